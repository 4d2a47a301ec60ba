/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux bzImage by the x86 boot protocol (Documentation/arch/x86/boot.rst, zero-page.rst): the protected-mode part
 * goes to memory as it is, boot_params says where everything else is, and the kernel is entered at its 64-bit
 * entry point, or at the 32-bit one when it has none or the CPU has no long mode. Start-up.
 */
#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "hw/core/loader.h"
#include "hw/i386/x86.h"
#include "qapi/error.h"
#include "qemu/bswap.h"
#include "qemu/units.h"
#include "target/i386/cpu.h"

/* offsets in boot_params */
#define BP_EXT_MEM_K 0x002
#define BP_ACPI_RSDP 0x070
#define BP_EXT_RAMDISK_IMAGE 0x0c0
#define BP_EXT_RAMDISK_SIZE 0x0c4
#define BP_EXT_CMDLINE 0x0c8
#define BP_ALT_MEM_K 0x1e0
#define BP_E820_ENTRIES 0x1e8
#define BP_HDR 0x1f1
#define BP_E820_TABLE 0x2d0
#define BP_SIZE 0x1000

/* offsets of the setup header, same in the file and in boot_params */
#define HDR_SETUP_SECTS 0x1f1
#define HDR_HDR_LEN 0x201
#define HDR_VERSION 0x206
#define HDR_TYPE_OF_LOADER 0x210
#define HDR_LOADFLAGS 0x211
#define HDR_CODE32_START 0x214
#define HDR_RAMDISK_IMAGE 0x218
#define HDR_RAMDISK_SIZE 0x21c
#define HDR_CMD_LINE_PTR 0x228
#define HDR_INITRD_ADDR_MAX 0x22c
#define HDR_RELOCATABLE 0x234
#define HDR_XLOADFLAGS 0x236
#define HDR_CMDLINE_SIZE 0x238
#define HDR_SETUP_DATA 0x250
#define HDR_PREF_ADDRESS 0x258
#define HDR_INIT_SIZE 0x260
#define HDR_MAX_END 0x290

#define LOADED_HIGH 0x01
#define XLF_KERNEL_64 0x01
#define LOADER_ID 0xb0
#define SETUP_DTB 2
#define SETUP_DATA_HEADER 16        /* next: 8, type: 4, length: 4 */
#define DTB_FILE_MAX (2 * MiB)
#define KERNEL_ADDR 0x100000
#define ENTRY64_OFFSET 0x200

/* Highest page-aligned place for @size bytes that ends at or below @limit and starts above @floor. */
static bool place_initrd(uint64_t size, uint64_t limit, uint64_t floor, uint64_t *addr)
{
    if (size > limit || limit - size < floor) {
        return false;
    }
    *addr = QEMU_ALIGN_DOWN(limit - size, 4 * KiB);
    return *addr >= floor;
}

static bool load_initrd(X86MachineState *x86ms, uint8_t *bp, uint64_t kernel_end, Error **errp)
{
    ERRP_GUARD();
    const char *file = MACHINE(x86ms)->initrd_filename;
    uint64_t limit = (uint64_t)ldl_le_p(bp + HDR_INITRD_ADDR_MAX) + 1, addr;
    uint64_t ram_end = x86_boot_ram_end(x86ms);
    g_autofree uint8_t *data = NULL;
    size_t len;

    if (!file) {
        return true;
    }
    if (!load_file_limited(file, UINT32_MAX, &data, &len, errp)) {
        error_prepend(errp, "-initrd: ");
        return false;
    }
    if (!place_initrd(len, MIN(limit, ram_end), kernel_end, &addr)) {
        error_setg(errp, "-initrd: the %zu bytes of '%s' do not fit into guest memory beside the kernel: use more "
                   "memory (-m)", len, file);
        return false;
    }
    stl_le_p(bp + HDR_RAMDISK_IMAGE, addr);
    stl_le_p(bp + HDR_RAMDISK_SIZE, len);
    return rom_add_blob_fixed_errp("initrd", data, len, addr, errp);
}

bool x86_add_setup_dtb(X86MachineState *x86ms, const uint8_t *data, size_t len, Error **errp)
{
    g_autofree uint8_t *item = g_malloc0(SETUP_DATA_HEADER + len);
    hwaddr addr;

    if (!x86_boot_alloc(x86ms, SETUP_DATA_HEADER + len, &addr, errp)) {
        return false;
    }
    stq_le_p(item, x86ms->setup_data_addr);
    stl_le_p(item + 8, SETUP_DTB);
    stl_le_p(item + 12, len);
    memcpy(item + SETUP_DATA_HEADER, data, len);
    x86ms->setup_data_addr = addr;
    return rom_add_blob_fixed_errp("device tree", item, SETUP_DATA_HEADER + len, addr, errp);
}

/* -dtb */
static bool load_dtb(X86MachineState *x86ms, Error **errp)
{
    const char *file = MACHINE(x86ms)->dtb;
    g_autofree uint8_t *data = NULL;
    size_t len;

    if (!file) {
        return true;
    }
    if (!load_file_limited(file, DTB_FILE_MAX, &data, &len, errp)) {
        return false;
    }
    if (len < 40 || ldl_be_p(data) != 0xd00dfeed || ldl_be_p(data + 4) > len) {
        error_setg(errp, "-dtb: '%s' is not a device tree blob, or is truncated", file);
        return false;
    }
    return x86_add_setup_dtb(x86ms, data, len, errp);
}

static bool check_header(const uint8_t *image, size_t len, size_t *setup_size, Error **errp)
{
    unsigned version = lduw_le_p(image + HDR_VERSION);

    *setup_size = ((image[HDR_SETUP_SECTS] ?: 4) + 1) * 512;
    if (version < 0x0202 || !(image[HDR_LOADFLAGS] & LOADED_HIGH)) {
        error_setg(errp, "-kernel: Linux boot protocol %u.%02u or a zImage: 2.02 and a bzImage are needed",
                   version >> 8, version & 0xff);
        return false;
    }
    if (len <= *setup_size || len < HDR_MAX_END) {
        error_setg(errp, "-kernel: the Linux image ends before its kernel begins: it is truncated");
        return false;
    }
    return true;
}

/* The header says how long the protected-mode part is, in 16-byte units: catch cut-off files. */
static bool check_length(const uint8_t *image, size_t len, size_t setup_size, Error **errp)
{
    uint64_t want = (uint64_t)ldl_le_p(image + 0x1f4) * 16;

    if (lduw_le_p(image + HDR_VERSION) >= 0x0204 && len - setup_size < want) {
        error_setg(errp, "-kernel: the Linux image is truncated: %zu of %" PRIu64 " bytes", len,
                   want + setup_size);
        return false;
    }
    return true;
}

static void fill_boot_params(X86MachineState *x86ms, uint8_t *bp, const uint8_t *image)
{
    size_t hdr_end = MIN(HDR_HDR_LEN + 1 + image[HDR_HDR_LEN], HDR_MAX_END);
    E820Entry map[BOOT_E820_MAX];
    unsigned n = x86_build_e820(x86ms, map, true);
    uint64_t ext_k = (x86ms->below_4g_mem_size - 1 * MiB) / KiB;

    memcpy(bp + BP_HDR, image + BP_HDR, hdr_end - BP_HDR);
    if (lduw_le_p(bp + HDR_VERSION) >= 0x0209) {
        stq_le_p(bp + HDR_SETUP_DATA, x86ms->setup_data_addr);
    }
    bp[HDR_TYPE_OF_LOADER] = LOADER_ID;
    stl_le_p(bp + HDR_CODE32_START, KERNEL_ADDR);
    stl_le_p(bp + HDR_CMD_LINE_PTR, BOOT_CMDLINE_ADDR);
    if (lduw_le_p(bp + HDR_VERSION) < 0x0203) {
        stl_le_p(bp + HDR_INITRD_ADDR_MAX, 0x37ffffff);
    }
    stw_le_p(bp + BP_EXT_MEM_K, MIN(ext_k, 0xfc00));
    stl_le_p(bp + BP_ALT_MEM_K, MIN(ext_k, UINT32_MAX));
    stq_le_p(bp + BP_ACPI_RSDP, x86ms->rsdp_addr);
    bp[BP_E820_ENTRIES] = n;
    memcpy(bp + BP_E820_TABLE, map, n * sizeof(E820Entry));
}

bool x86_load_linux(X86MachineState *x86ms, const uint8_t *image, size_t len, Error **errp)
{
    MachineState *ms = MACHINE(x86ms);
    CPUX86State *env = cpu_env(first_cpu);
    uint8_t bp[BP_SIZE] = { 0 };
    unsigned version = lduw_le_p(image + HDR_VERSION);
    size_t setup_size, kernel_size;
    uint64_t kernel_end, init_size = 0, pref = KERNEL_ADDR;
    bool entry64;

    if (!check_header(image, len, &setup_size, errp) || !check_length(image, len, setup_size, errp)) {
        return false;
    }
    if (!load_dtb(x86ms, errp)) {
        return false;
    }
    kernel_size = len - setup_size;
    fill_boot_params(x86ms, bp, image);
    if (version >= 0x020a) {
        pref = ldq_le_p(image + HDR_PREF_ADDRESS);
        init_size = ldl_le_p(image + HDR_INIT_SIZE);
    }
    kernel_end = MAX(KERNEL_ADDR + kernel_size, MAX(pref, KERNEL_ADDR) + init_size);
    if (kernel_end > x86ms->below_4g_mem_size) {
        error_setg(errp, "-kernel: the kernel needs %" PRIu64 " MiB of memory, the machine has %" PRIu64
                   ": use more memory (-m)", DIV_ROUND_UP(kernel_end, MiB), (uint64_t)x86ms->below_4g_mem_size / MiB);
        return false;
    }
    if (version >= 0x0206 && strlen(ms->kernel_cmdline) > ldl_le_p(image + HDR_CMDLINE_SIZE)) {
        error_setg(errp, "-append: %zu characters, this kernel takes at most %u", strlen(ms->kernel_cmdline),
                   ldl_le_p(image + HDR_CMDLINE_SIZE));
        return false;
    }
    if (!load_initrd(x86ms, bp, kernel_end, errp)) {
        return false;
    }
    entry64 = version >= 0x020c && (lduw_le_p(image + HDR_XLOADFLAGS) & XLF_KERNEL_64) &&
              (env->features[FEAT_8000_0001_EDX] & (1u << 29));
    x86ms->boot.kind = entry64 ? X86_BOOT_LINUX64 : X86_BOOT_LINUX32;
    x86ms->boot.entry = entry64 ? KERNEL_ADDR + ENTRY64_OFFSET : KERNEL_ADDR;
    x86ms->boot.arg = BOOT_PARAMS_ADDR;
    return rom_add_blob_fixed_errp("linux kernel", image + setup_size, kernel_size, KERNEL_ADDR, errp) &&
           rom_add_blob_fixed_errp("linux cmdline", ms->kernel_cmdline, strlen(ms->kernel_cmdline) + 1,
                                   BOOT_CMDLINE_ADDR, errp) &&
           rom_add_blob_fixed_errp("linux boot_params", bp, sizeof(bp), BOOT_PARAMS_ADDR, errp);
}
