/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multiboot 1 (GNU Multiboot specification 0.6.96) and PVH (Xen's hvm/start_info.h) images. -initrd for multiboot
 * is a comma-separated list of modules, each "file arguments". Start-up.
 */
#include "qemu/osdep.h"
#include "hw/core/loader.h"
#include "hw/i386/x86.h"
#include "qapi/error.h"
#include "qemu/bswap.h"
#include "qemu/units.h"

#define MB_HEADER_MAGIC 0x1badb002
#define MB_SEARCH 8192
#define MB_FLAG_ADDRESSES (1u << 16)
#define MB_MAX_MODULES 64

#define MBI_MEM 0x001
#define MBI_BOOT_DEVICE 0x002
#define MBI_CMDLINE 0x004
#define MBI_MODS 0x008
#define MBI_MMAP 0x040
#define MBI_LOADER_NAME 0x200
#define MBI_SIZE 0x78

#define PVH_MAGIC 0x336ec578

static const char loader_name[] = "qemu";

/* A place for @size bytes at the next page above *end. */
static bool place_module(X86MachineState *x86ms, const char *name, const uint8_t *data, size_t size, uint64_t *end,
                         uint64_t *addr, Error **errp)
{
    uint64_t limit = x86_boot_ram_end(x86ms);

    *addr = ROUND_UP(*end, 4 * KiB);
    if (*addr > limit || size > limit - *addr) {
        error_setg(errp, "-initrd: the %zu bytes of '%s' do not fit into guest memory: use more memory (-m)", size,
                   name);
        return false;
    }
    *end = *addr + size;
    return rom_add_blob_fixed_errp(name, data, size, *addr, errp);
}

/* Modules at @end and up; their descriptors and command lines at BOOT_MODULES_ADDR. */
static bool load_modules(X86MachineState *x86ms, uint64_t end, unsigned *count, Error **errp)
{
    const char *list = MACHINE(x86ms)->initrd_filename;
    g_auto(GStrv) items = g_strsplit(list ?: "", ",", -1);
    g_autoptr(GByteArray) strings = g_byte_array_new();
    uint8_t desc[MB_MAX_MODULES * 16] = { 0 };

    *count = 0;
    for (unsigned i = 0; items[i] && *items[i]; i++) {
        g_auto(GStrv) words = g_strsplit(items[i], " ", 2);
        g_autofree uint8_t *data = NULL;
        uint64_t addr;
        size_t len;

        if (i == MB_MAX_MODULES) {
            error_setg(errp, "-initrd: at most %d multiboot modules", MB_MAX_MODULES);
            return false;
        }
        if (!load_file_limited(words[0], UINT32_MAX, &data, &len, errp) ||
            !place_module(x86ms, words[0], data, len, &end, &addr, errp)) {
            return false;
        }
        stl_le_p(desc + i * 16, addr);
        stl_le_p(desc + i * 16 + 4, addr + len);
        stl_le_p(desc + i * 16 + 8, BOOT_MODULES_ADDR + sizeof(desc) + strings->len);
        g_byte_array_append(strings, (const uint8_t *)items[i], strlen(items[i]) + 1);
        if (strings->len > 0x8000) {
            error_setg(errp, "-initrd: the command lines of the modules are too long");
            return false;
        }
        (*count)++;
    }
    g_byte_array_prepend(strings, desc, sizeof(desc));
    return rom_add_blob_fixed_errp("multiboot modules", strings->data, strings->len, BOOT_MODULES_ADDR, errp);
}

static bool write_info(X86MachineState *x86ms, unsigned modules, Error **errp)
{
    MachineState *ms = MACHINE(x86ms);
    g_autofree char *cmdline = g_strdup_printf("%s %s", ms->kernel_filename, ms->kernel_cmdline);
    uint8_t info[MBI_SIZE + BOOT_E820_MAX * 24 + sizeof(loader_name)] = { 0 };
    E820Entry map[BOOT_E820_MAX];
    unsigned n = x86_build_e820(x86ms, map, true);

    stl_le_p(info, MBI_MEM | MBI_BOOT_DEVICE | MBI_CMDLINE | MBI_MODS | MBI_MMAP | MBI_LOADER_NAME);
    stl_le_p(info + 4, BOOT_EBDA_ADDR / KiB);
    stl_le_p(info + 8, (x86ms->below_4g_mem_size - 1 * MiB) / KiB);
    stl_le_p(info + 12, 0x8000ffff);
    stl_le_p(info + 16, BOOT_CMDLINE_ADDR);
    stl_le_p(info + 20, modules);
    stl_le_p(info + 24, BOOT_MODULES_ADDR);
    stl_le_p(info + 44, n * 24);
    stl_le_p(info + 48, BOOT_INFO_ADDR + MBI_SIZE);
    stl_le_p(info + 64, BOOT_INFO_ADDR + MBI_SIZE + n * 24);
    for (unsigned i = 0; i < n; i++) {
        stl_le_p(info + MBI_SIZE + i * 24, 20);
        memcpy(info + MBI_SIZE + i * 24 + 4, &map[i], 20);
    }
    memcpy(info + MBI_SIZE + n * 24, loader_name, sizeof(loader_name));
    return rom_add_blob_fixed_errp("multiboot cmdline", cmdline, MIN(strlen(cmdline) + 1, BOOT_CMDLINE_MAX),
                                   BOOT_CMDLINE_ADDR, errp) &&
           rom_add_blob_fixed_errp("multiboot info", info, sizeof(info), BOOT_INFO_ADDR, errp);
}

/* The header's own addresses: for images that are not ELF. */
static bool load_by_addresses(X86MachineState *x86ms, const uint8_t *image, size_t len, const uint8_t *h,
                              uint64_t *entry, uint64_t *end, Error **errp)
{
    uint64_t header = ldl_le_p(h + 12), load = ldl_le_p(h + 16), load_end = ldl_le_p(h + 20);
    uint64_t bss_end = ldl_le_p(h + 24), offset = h - image, start, size;
    g_autofree uint8_t *copy = NULL;

    if (load > header || header - load > offset) {
        error_setg(errp, "-kernel: the multiboot header's load address lies before the file");
        return false;
    }
    start = offset - (header - load);
    size = load_end ? load_end - load : len - start;
    if ((load_end && load_end < load) || size > len - start) {
        error_setg(errp, "-kernel: the multiboot image is truncated");
        return false;
    }
    *end = MAX(load + size, bss_end);
    if (*end > x86ms->below_4g_mem_size || load < 0x100000) {
        error_setg(errp, "-kernel: the multiboot image (0x%" PRIx64 "-0x%" PRIx64 ") does not fit into guest memory "
                   "above 1 MiB", load, *end);
        return false;
    }
    copy = g_malloc0(*end - load);
    memcpy(copy, image + start, size);
    *entry = ldl_le_p(h + 28);
    return rom_add_blob_fixed_errp("multiboot image", copy, *end - load, load, errp);
}

bool x86_load_multiboot(X86MachineState *x86ms, const uint8_t *image, size_t len, bool *is_multiboot, Error **errp)
{
    const uint8_t *h = NULL;
    uint64_t entry, end, low;
    unsigned modules;
    uint32_t flags;

    for (size_t i = 0; i + 48 <= MIN(len, MB_SEARCH) && !h; i += 4) {
        if (ldl_le_p(image + i) == MB_HEADER_MAGIC &&
            (uint32_t)(MB_HEADER_MAGIC + ldl_le_p(image + i + 4) + ldl_le_p(image + i + 8)) == 0) {
            h = image + i;
        }
    }
    *is_multiboot = h != NULL;
    if (!h) {
        return true;
    }
    flags = ldl_le_p(h + 4);
    if (flags & 0xfff8) {
        error_setg(errp, "-kernel: the multiboot image demands features (flags 0x%x) that are not offered", flags);
        return false;
    }
    if (flags & MB_FLAG_ADDRESSES) {
        if (!load_by_addresses(x86ms, image, len, h, &entry, &end, errp)) {
            return false;
        }
    } else if (!load_elf_image(MACHINE(x86ms)->kernel_filename, image, len, x86ms->below_4g_mem_size, &entry, &low,
                               &end, NULL, errp)) {
        return false;
    }
    if (!load_modules(x86ms, end, &modules, errp) || !write_info(x86ms, modules, errp)) {
        return false;
    }
    x86ms->boot = (X86BootState) { X86_BOOT_MULTIBOOT, entry, BOOT_INFO_ADDR };
    return true;
}

bool x86_load_pvh(X86MachineState *x86ms, uint32_t entry, uint64_t high, Error **errp)
{
    MachineState *ms = MACHINE(x86ms);
    uint8_t info[56 + 32 + BOOT_E820_MAX * 24] = { 0 };
    E820Entry map[BOOT_E820_MAX];
    unsigned n = x86_build_e820(x86ms, map, true);

    stl_le_p(info, PVH_MAGIC);
    stl_le_p(info + 4, 1);
    stq_le_p(info + 24, BOOT_CMDLINE_ADDR);
    stq_le_p(info + 32, x86ms->rsdp_addr);
    stq_le_p(info + 40, BOOT_INFO_ADDR + 56 + 32);
    stl_le_p(info + 48, n);
    for (unsigned i = 0; i < n; i++) {
        memcpy(info + 56 + 32 + i * 24, &map[i], 20);
    }
    if (ms->initrd_filename) {
        g_autofree uint8_t *data = NULL;
        uint64_t addr;
        size_t len;

        high = ROUND_UP(high, 2 * MiB);
        if (!load_file_limited(ms->initrd_filename, UINT32_MAX, &data, &len, errp) ||
            !place_module(x86ms, "initrd", data, len, &high, &addr, errp)) {
            return false;
        }
        stl_le_p(info + 12, 1);
        stq_le_p(info + 16, BOOT_INFO_ADDR + 56);
        stq_le_p(info + 56, addr);
        stq_le_p(info + 64, len);
    }
    x86ms->boot = (X86BootState) { X86_BOOT_PVH, entry, BOOT_INFO_ADDR };
    return rom_add_blob_fixed_errp("pvh cmdline", ms->kernel_cmdline, strlen(ms->kernel_cmdline) + 1,
                                   BOOT_CMDLINE_ADDR, errp) &&
           rom_add_blob_fixed_errp("pvh start info", info, sizeof(info), BOOT_INFO_ADDR, errp);
}
