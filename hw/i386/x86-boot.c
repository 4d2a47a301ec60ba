/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Booting a kernel without firmware: which loader an image needs, the memory map, and after every reset what
 * firmware would leave behind (low memory, MTRRs, PCI) and the state in which the boot processor starts.
 * Layout of low memory: hw/i386/x86.h. Start-up and reset, BQL; vCPUs are stopped.
 */
#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "hw/core/loader.h"
#include "hw/i386/pc.h"
#include "hw/intc/i8259.h"
#include "qapi/error.h"
#include "qemu/bswap.h"
#include "qemu/units.h"
#include "system/address-spaces.h"
#include "target/i386/cpu.h"

#define KERNEL_FILE_MAX (1 * GiB)
#define CODE32_SEL 0x10
#define DATA_SEL 0x18
#define MULTIBOOT_MAGIC_EAX 0x2badb002

/* ---- memory map ---- */

static unsigned e820_add(E820Entry *map, unsigned n, uint64_t start, uint64_t end, uint32_t type)
{
    if (start < end && n < BOOT_E820_MAX) {
        map[n++] = (E820Entry) { cpu_to_le64(start), cpu_to_le64(end - start), cpu_to_le32(type) };
    }
    return n;
}

uint64_t x86_boot_ram_end(const X86MachineState *x86ms)
{
    uint64_t end = x86ms->acpi_data_size ? x86ms->acpi_data_addr : x86ms->below_4g_mem_size;

    return end - x86ms->boot_data_size;
}

bool x86_boot_alloc(X86MachineState *x86ms, size_t size, hwaddr *addr, Error **errp)
{
    uint64_t end = x86_boot_ram_end(x86ms);

    if (size > end || end - size < 4 * MiB) {
        error_setg(errp, "no room in guest memory for %zu bytes of boot data: use more memory (-m)", size);
        return false;
    }
    x86ms->boot_data_size += end - QEMU_ALIGN_DOWN(end - size, 4 * KiB);
    *addr = x86_boot_ram_end(x86ms);
    return true;
}

unsigned x86_build_e820(X86MachineState *x86ms, E820Entry *map, bool firmwareless)
{
    uint64_t low = x86ms->below_4g_mem_size, top = x86_boot_ram_end(x86ms);
    PCMachineState *pcms = (PCMachineState *)object_dynamic_cast(OBJECT(x86ms), TYPE_PC_MACHINE);
    unsigned n = 0;

    if (!firmwareless) {
        n = e820_add(map, n, 0, low, E820_RAM);
    } else {
        n = e820_add(map, n, 0, BOOT_EBDA_ADDR, E820_RAM);
        n = e820_add(map, n, BOOT_EBDA_ADDR, 0xa0000, E820_RESERVED);
        n = e820_add(map, n, BOOT_F_SEGMENT, 0x100000, E820_RESERVED);
        n = e820_add(map, n, 0x100000, top, E820_RAM);
        n = e820_add(map, n, top, low, E820_RESERVED);
        if (pcms && PC_MACHINE_GET_CLASS(pcms)->is_q35) {
            n = e820_add(map, n, PC_MMCONFIG_BASE, PC_MMCONFIG_BASE + PC_MMCONFIG_SIZE, E820_RESERVED);
        }
        if (pcms) {
            n = e820_add(map, n, 0xfffc0000, 0x100000000ULL, E820_RESERVED);
        }
    }
    n = e820_add(map, n, x86ms->above_4g_mem_start, x86ms->above_4g_mem_start + x86ms->above_4g_mem_size, E820_RAM);
    return n;
}

void x86_fw_cfg_init(X86MachineState *x86ms)
{
    MachineState *ms = MACHINE(x86ms);
    FWCfgState *s = x86ms->fw_cfg;
    E820Entry *map = g_new0(E820Entry, BOOT_E820_MAX);
    unsigned n;

    if (!s) {
        return;
    }
    fw_cfg_add_i16(s, FW_CFG_NB_CPUS, x86ms->boot_cpus);
    fw_cfg_add_i16(s, FW_CFG_MAX_CPUS, x86ms->apic_id_limit);
    fw_cfg_add_i64(s, FW_CFG_RAM_SIZE, ms->ram_size);
    fw_cfg_add_i16(s, FW_CFG_NOGRAPHIC, !ms->enable_graphics);
    fw_cfg_add_i16(s, FW_CFG_BOOT_MENU, ms->boot_config.has_menu && ms->boot_config.menu);
    fw_cfg_add_i32(s, FW_CFG_IRQ0_OVERRIDE, 1);
    if (ms->boot_config.order && *ms->boot_config.order) {
        fw_cfg_add_i16(s, FW_CFG_BOOT_DEVICE, ms->boot_config.order[0]);
    }
    n = x86_build_e820(x86ms, map, false);
    fw_cfg_add_file(s, "etc/e820", map, n * sizeof(E820Entry));
}

/* ---- choosing a loader ---- */

static bool load_image(X86MachineState *x86ms, const char *name, const uint8_t *data, size_t len, Error **errp)
{
    bool is_multiboot = false;

    if (len >= 0x206 && !memcmp(data + 0x202, "HdrS", 4)) {
        return x86_load_linux(x86ms, data, len, errp);
    }
    if (!x86_load_multiboot(x86ms, data, len, &is_multiboot, errp)) {
        return false;
    }
    if (is_multiboot) {
        return true;
    }
    if (len >= 4 && !memcmp(data, "\177ELF", 4)) {
        uint64_t entry, low, high;
        uint32_t pvh = 0;

        if (!load_elf_image(name, data, len, x86ms->below_4g_mem_size, &entry, &low, &high, &pvh, errp)) {
            return false;
        }
        if (!pvh) {
            error_setg(errp, "-kernel: '%s' is an ELF file without a PVH entry note (Linux: CONFIG_PVH)", name);
            return false;
        }
        return x86_load_pvh(x86ms, pvh, high, errp);
    }
    error_setg(errp, "-kernel: '%s' is not a Linux bzImage, a PVH ELF file or a multiboot image, or is truncated",
               name);
    return false;
}

bool x86_load_kernel(X86MachineState *x86ms, Error **errp)
{
    ERRP_GUARD();
    MachineState *ms = MACHINE(x86ms);
    g_autofree uint8_t *data = NULL;
    size_t len;

    if (!ms->kernel_filename || ms->firmware) {
        if (ms->initrd_filename && !ms->kernel_filename) {
            error_setg(errp, "-initrd only works together with -kernel");
            return false;
        }
        return true;
    }
    if (strlen(ms->kernel_cmdline) >= BOOT_CMDLINE_MAX) {
        error_setg(errp, "-append: %zu characters, at most %d fit", strlen(ms->kernel_cmdline),
                   BOOT_CMDLINE_MAX - 1);
        return false;
    }
    if (!load_file_limited(ms->kernel_filename, KERNEL_FILE_MAX, &data, &len, errp)) {
        error_prepend(errp, "-kernel: ");
        return false;
    }
    return load_image(x86ms, ms->kernel_filename, data, len, errp);
}

/* ---- reset ---- */

static void put(hwaddr addr, const void *data, size_t len)
{
    address_space_write_rom(&address_space_memory, addr, MEMTXATTRS_UNSPECIFIED, data, len);
}

static void put64(hwaddr addr, uint64_t val)
{
    val = cpu_to_le64(val);
    put(addr, &val, 8);
}

/* Identity map of the first 4 GiB with 2 MiB pages. */
static void write_page_tables(void)
{
    for (int i = 0; i < 4; i++) {
        hwaddr pd = BOOT_PAGE_TABLES + 0x2000 + i * 0x1000;
        uint64_t table[512];

        for (int j = 0; j < 512; j++) {
            table[j] = cpu_to_le64(((uint64_t)i << 30 | (uint64_t)j << 21) | 0x83);
        }
        put(pd, table, sizeof(table));
        put64(BOOT_PAGE_TABLES + 0x1000 + i * 8, pd | 3);
    }
    put64(BOOT_PAGE_TABLES, (BOOT_PAGE_TABLES + 0x1000) | 3);
}

static void write_gdt(bool long_mode)
{
    uint64_t gdt[4] = {
        0, 0, long_mode ? 0x00af9b000000ffffULL : 0x00cf9b000000ffffULL, 0x00cf93000000ffffULL,
    };

    for (int i = 0; i < 4; i++) {
        put64(BOOT_GDT_ADDR + i * 8, gdt[i]);
    }
}

/*
 * What real-mode code and kernels look for: interrupt vectors that return, the BIOS data area, the EBDA, and at
 * the top of the F segment an IRET, a reset vector, and the machine's model byte.
 *
 * A jump to the reset vector is how software restarts a PC when nothing else works (Linux on a hardware-reduced
 * platform always does). There is no power-on code to run here, so it resets the machine: an interrupt without an
 * interrupt table is a triple fault.
 */
static void write_low_memory(void)
{
    static const uint8_t iret = 0xcf;
    static const uint8_t restart[] = {
        0xfa,                                   /* cli */
        0x2e, 0x0f, 0x01, 0x1e, 0x68, 0xe0,     /* lidt cs:[0xe068] */
        0xcd, 0x03,                             /* int 3 */
        0xf4, 0xeb, 0xfd,                       /* hlt; jmp to it */
        0, 0, 0, 0, 0, 0, 0,                    /* 0xe068: limit and base */
    };
    static const uint8_t top[16] = { 0xea, 0x5b, 0xe0, 0x00, 0xf0, '0', '6', '/', '2', '3', '/', '9', '9', 0, 0xfc, 0 };
    uint8_t ivt[0x400], bda[0x100] = { 0 }, ebda[0x400] = { 1 };

    for (int i = 0; i < 256; i++) {
        stw_le_p(ivt + i * 4, 0xff53);
        stw_le_p(ivt + i * 4 + 2, 0xf000);
    }
    stw_le_p(bda + 0x00, 0x3f8);
    stw_le_p(bda + 0x0e, BOOT_EBDA_ADDR >> 4);
    stw_le_p(bda + 0x13, BOOT_EBDA_ADDR / KiB);
    put(0, ivt, sizeof(ivt));
    put(0x400, bda, sizeof(bda));
    put(BOOT_EBDA_ADDR, ebda, sizeof(ebda));
    put(0xfff53, &iret, 1);
    put(0xfe05b, restart, sizeof(restart));
    put(0xffff0, top, sizeof(top));
}

/* Write-back memory but for the PCI hole and the legacy video area, on every CPU. */
static void setup_mtrrs(X86MachineState *x86ms, CPUX86State *env)
{
    uint64_t mask = (1ULL << MAX(env_archcpu(env)->phys_bits, 36)) - 1;

    if (!(env->features[FEAT_1_EDX] & (1u << 12))) {
        return;
    }
    for (int i = 0; i < 11; i++) {
        /* 64K 0-7ffff, 16K 80000-9ffff: WB; 16K a0000-bffff: UC; 4K c0000-fffff: WP */
        env->mtrr_fixed[i] = i < 2 ? 0x0606060606060606ULL : i == 2 ? 0 : 0x0505050505050505ULL;
    }
    env->mtrr_var[0].base = x86ms->below_4g_mem_size > 0x80000000ULL || x86ms->below_4g_mem_size > 0xc0000000ULL ?
                            0xc0000000ULL : 0x80000000ULL;
    env->mtrr_var[0].mask = (mask & ~(0x100000000ULL - env->mtrr_var[0].base - 1)) | 0x800;
    env->mtrr_deftype = 0xc06;
}

static void set_flat_segments(CPUX86State *env, bool long_mode)
{
    unsigned data_flags = DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | DESC_A_MASK | DESC_B_MASK | DESC_G_MASK;
    unsigned code_flags = DESC_P_MASK | DESC_S_MASK | DESC_CS_MASK | DESC_R_MASK | DESC_A_MASK | DESC_G_MASK |
                          (long_mode ? DESC_L_MASK : DESC_B_MASK);

    cpu_x86_load_seg_cache(env, R_CS, CODE32_SEL, 0, 0xffffffff, code_flags);
    for (int seg = 0; seg < 6; seg++) {
        if (seg != R_CS) {
            cpu_x86_load_seg_cache(env, seg, DATA_SEL, 0, 0xffffffff, data_flags);
        }
    }
    env->gdt.base = BOOT_GDT_ADDR;
    env->gdt.limit = 4 * 8 - 1;
    env->idt.base = 0;
    env->idt.limit = 0;
}

static void start_boot_processor(X86MachineState *x86ms, CPUState *cs)
{
    CPUX86State *env = cpu_env(cs);
    const X86BootState *boot = &x86ms->boot;
    bool long_mode = boot->kind == X86_BOOT_LINUX64;

    write_gdt(long_mode);
    if (long_mode) {
        write_page_tables();
        cpu_x86_update_cr4(env, CR4_PAE_MASK);
        cpu_load_efer(env, MSR_EFER_LME | MSR_EFER_LMA);
        cpu_x86_update_cr3(env, BOOT_PAGE_TABLES);
        cpu_x86_update_cr0(env, CR0_PE_MASK | CR0_PG_MASK | CR0_ET_MASK | CR0_WP_MASK);
    } else {
        cpu_x86_update_cr0(env, CR0_PE_MASK | CR0_ET_MASK);
    }
    set_flat_segments(env, long_mode);
    memset(env->regs, 0, sizeof(env->regs));
    env->eip = boot->entry;
    if (boot->kind == X86_BOOT_LINUX64 || boot->kind == X86_BOOT_LINUX32) {
        env->regs[R_ESI] = boot->arg;
    } else {
        env->regs[R_EBX] = boot->arg;
        env->regs[R_EAX] = boot->kind == X86_BOOT_MULTIBOOT ? MULTIBOOT_MAGIC_EAX : 0;
    }
    env->regs[R_ESP] = BOOT_PARAMS_ADDR;
    x86_update_hflags(env);
    tlb_flush(cs);
}

static void outb(uint16_t port, uint8_t val)
{
    address_space_stb(&address_space_io, port, val, MEMTXATTRS_UNSPECIFIED, NULL);
}

/*
 * The vectors of the AT and every line masked. A kernel that finds a hardware-reduced platform never touches the
 * 8259s, whose reset state would deliver the timer as vector 0.
 */
static void setup_pics(void)
{
    static const uint8_t icw[2][4] = { { 0x11, 0x08, 0x04, 0x01 }, { 0x11, 0x70, 0x02, 0x01 } };
    static const uint16_t port[2] = { 0x20, 0xa0 };

    for (int chip = 0; isa_pic && chip < 2; chip++) {
        for (int i = 0; i < 4; i++) {
            outb(port[chip] + (i > 0), icw[chip][i]);
        }
        outb(port[chip] + 1, 0xff);
    }
}

void x86_boot_reset(X86MachineState *x86ms)
{
    PCMachineState *pcms = (PCMachineState *)object_dynamic_cast(OBJECT(x86ms), TYPE_PC_MACHINE);
    CPUState *cs;

    if (!MACHINE(x86ms)->firmware) {
        write_low_memory();
    }
    rom_reset_all();
    if (MACHINE(x86ms)->firmware || x86ms->boot.kind == X86_BOOT_FIRMWARE) {
        return;
    }
    setup_pics();
    if (pcms) {
        pc_pci_setup(pcms);
    }
    CPU_FOREACH(cs) {
        setup_mtrrs(x86ms, cpu_env(cs));
    }
    if (first_cpu) {
        start_boot_processor(x86ms, first_cpu);
    }
}
