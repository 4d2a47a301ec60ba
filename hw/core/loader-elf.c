/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading x86 ELF executables (System V ABI, ELF-32 and ELF-64) and finding the PVH entry note (Xen's
 * XEN_ELFNOTE_PHYS32_ENTRY). Every offset and size of the file is checked against the file. Start-up only.
 */
#include "qemu/osdep.h"
#include <elf.h>
#include "hw/core/loader.h"

#define XEN_ELFNOTE_PHYS32_ENTRY 18
#define MAX_PHDRS 128

/* A program header of either class. */
typedef struct Segment {
    uint32_t type;
    uint64_t offset, paddr, filesz, memsz;
} Segment;

typedef struct ElfImage {
    const char *name;
    const uint8_t *data;
    size_t len;
    bool is64;
    uint64_t entry, phoff;
    unsigned phentsize, phnum;
} ElfImage;

static bool elf_header(ElfImage *img, Error **errp)
{
    const Elf32_Ehdr *e32 = (const void *)img->data;
    const Elf64_Ehdr *e64 = (const void *)img->data;
    unsigned machine;

    if (img->len < sizeof(Elf64_Ehdr) || memcmp(img->data, ELFMAG, SELFMAG) || img->data[EI_DATA] != ELFDATA2LSB) {
        error_setg(errp, "'%s' is not a little-endian ELF file, or is truncated", img->name);
        return false;
    }
    img->is64 = img->data[EI_CLASS] == ELFCLASS64;
    machine = img->is64 ? e64->e_machine : e32->e_machine;
    if (machine != EM_X86_64 && machine != EM_386) {
        error_setg(errp, "'%s' is an ELF file for another machine (e_machine %u)", img->name, machine);
        return false;
    }
    img->entry = img->is64 ? e64->e_entry : e32->e_entry;
    img->phoff = img->is64 ? e64->e_phoff : e32->e_phoff;
    img->phentsize = img->is64 ? e64->e_phentsize : e32->e_phentsize;
    img->phnum = img->is64 ? e64->e_phnum : e32->e_phnum;
    if (img->phnum > MAX_PHDRS || img->phentsize < (img->is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)) ||
        img->phoff > img->len || (uint64_t)img->phnum * img->phentsize > img->len - img->phoff) {
        error_setg(errp, "'%s': the ELF program headers do not lie within the file", img->name);
        return false;
    }
    return true;
}

static bool elf_segment(const ElfImage *img, unsigned i, Segment *seg, Error **errp)
{
    const uint8_t *p = img->data + img->phoff + (size_t)i * img->phentsize;

    if (img->is64) {
        Elf64_Phdr ph;

        memcpy(&ph, p, sizeof(ph));
        *seg = (Segment) { ph.p_type, ph.p_offset, ph.p_paddr, ph.p_filesz, ph.p_memsz };
    } else {
        Elf32_Phdr ph;

        memcpy(&ph, p, sizeof(ph));
        *seg = (Segment) { ph.p_type, ph.p_offset, ph.p_paddr, ph.p_filesz, ph.p_memsz };
    }
    if (seg->offset > img->len || seg->filesz > img->len - seg->offset) {
        error_setg(errp, "'%s': ELF segment %u does not lie within the file: it is truncated", img->name, i);
        return false;
    }
    return true;
}

static uint32_t find_pvh_note(const ElfImage *img, const Segment *seg)
{
    const uint8_t *p = img->data + seg->offset;
    uint64_t left = seg->filesz;

    while (left >= sizeof(Elf32_Nhdr)) {
        Elf32_Nhdr n;
        uint64_t name, desc;

        memcpy(&n, p, sizeof(n));
        name = ROUND_UP((uint64_t)n.n_namesz, 4);
        desc = ROUND_UP((uint64_t)n.n_descsz, 4);
        if (sizeof(n) + name + desc > left) {
            return 0;
        }
        if (n.n_type == XEN_ELFNOTE_PHYS32_ENTRY && n.n_namesz == 4 && !memcmp(p + sizeof(n), "Xen", 4) &&
            n.n_descsz >= 4) {
            uint32_t entry;

            memcpy(&entry, p + sizeof(n) + name, 4);
            return entry;
        }
        p += sizeof(n) + name + desc;
        left -= sizeof(n) + name + desc;
    }
    return 0;
}

static bool load_segment(const ElfImage *img, const Segment *seg, unsigned i, hwaddr limit, Error **errp)
{
    g_autofree uint8_t *copy = NULL;
    g_autofree char *name = g_strdup_printf("%s ELF program header segment %u", img->name, i);

    if (seg->memsz < seg->filesz || seg->paddr > limit || seg->memsz > limit - seg->paddr) {
        error_setg(errp, "'%s': ELF segment %u (0x%" PRIx64 " bytes at 0x%" PRIx64 ") does not fit into guest memory "
                   "of 0x%" HWADDR_PRIx " bytes: use more memory (-m)", img->name, i, seg->memsz, seg->paddr, limit);
        return false;
    }
    copy = g_try_malloc0(seg->memsz);
    if (!copy) {
        error_setg(errp, "no host memory for the %" PRIu64 " bytes of ELF segment %u of '%s'", seg->memsz, i,
                   img->name);
        return false;
    }
    memcpy(copy, img->data + seg->offset, seg->filesz);
    return rom_add_blob_fixed_errp(name, copy, seg->memsz, seg->paddr, errp);
}

bool load_elf_image(const char *filename, const uint8_t *data, size_t len, hwaddr limit, uint64_t *entry,
                    uint64_t *low, uint64_t *high, uint32_t *pvh_entry, Error **errp)
{
    ElfImage img = { .name = filename, .data = data, .len = len };
    bool any = false;

    if (!elf_header(&img, errp)) {
        return false;
    }
    *entry = img.entry;
    *low = UINT64_MAX;
    *high = 0;
    if (pvh_entry) {
        *pvh_entry = 0;
    }
    for (unsigned i = 0; i < img.phnum; i++) {
        Segment seg;

        if (!elf_segment(&img, i, &seg, errp)) {
            return false;
        }
        if (seg.type == PT_NOTE && pvh_entry && !*pvh_entry) {
            *pvh_entry = find_pvh_note(&img, &seg);
        }
        if (seg.type != PT_LOAD || !seg.memsz) {
            continue;
        }
        if (!load_segment(&img, &seg, i, limit, errp)) {
            return false;
        }
        *low = MIN(*low, seg.paddr);
        *high = MAX(*high, seg.paddr + seg.memsz);
        any = true;
    }
    if (!any) {
        error_setg(errp, "'%s': the ELF file has nothing to load", filename);
    }
    return any;
}
