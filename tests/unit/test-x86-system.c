// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a bare-metal guest (tests/tcg/system) on one CPU with its local APIC, RAM and two ports, no board: what the
 * system half of the interpreter and the APIC do, without anything else to go wrong. argv[1] is the guest's ELF image;
 * it ends by writing the number of the check that failed, or 0, to port 0xf4.
 */
#include "qemu/osdep.h"
#include <elf.h>
#include "hw/core/cpu.h"
#include "qapi/error.h"
#include "qemu/accel.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/timer.h"
#include "system/address-spaces.h"
#include "system/cpus.h"
#include "system/ioport.h"
#include "target/i386/cpu.h"

#define RAM_SIZE (16 << 20)
#define TIMEOUT_NS (60 * NANOSECONDS_PER_SECOND)

static int result = -1;
static char *guest;

static void port_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    if (opaque) {
        result = val & 0xff;
        cpu_exit(first_cpu);
    } else {
        putchar(val);
    }
}

static uint64_t port_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0xe9;
}

static const MemoryRegionOps port_ops = {
    .read = port_read,
    .write = port_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void add_port(unsigned port, void *opaque)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    memory_region_init_io(mr, NULL, &port_ops, opaque, "test-port", 1);
    memory_region_add_subregion(get_system_io(), port, mr);
}

/* Load the image's segments; return its entry point. */
static uint32_t load_guest(const char *path)
{
    g_autofree char *image = NULL;
    g_autoptr(GError) err = NULL;
    gsize len;
    const Elf32_Ehdr *eh;

    g_file_get_contents(path, &image, &len, &err);
    g_assert_no_error(err);
    eh = (const Elf32_Ehdr *)image;
    g_assert_cmpmem(eh->e_ident, 4, ELFMAG, 4);
    for (unsigned i = 0; i < eh->e_phnum; i++) {
        const Elf32_Phdr *ph = (const Elf32_Phdr *)(image + eh->e_phoff) + i;

        if (ph->p_type == PT_LOAD) {
            g_assert_cmpint(address_space_write(&address_space_memory, ph->p_paddr, MEMTXATTRS_UNSPECIFIED,
                                                image + ph->p_offset, ph->p_filesz), ==, MEMTX_OK);
        }
    }
    return eh->e_entry;
}

/* Flat 32-bit protected mode, as the multiboot specification (3.2) has it. */
static void enter_protected_mode(CPUX86State *env, uint32_t entry)
{
    uint32_t flags = DESC_G_MASK | DESC_B_MASK | DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | DESC_A_MASK;

    cpu_x86_update_cr0(env, CR0_PE_MASK | CR0_ET_MASK);
    cpu_x86_load_seg_cache(env, R_CS, 8, 0, UINT32_MAX, flags | DESC_CS_MASK);
    for (unsigned i = 0; i < 6; i++) {
        if (i != R_CS) {
            cpu_x86_load_seg_cache(env, i, 0x10, 0, UINT32_MAX, flags);
        }
    }
    x86_update_hflags(env);
    env->regs[R_EAX] = 0x2badb002;
    env->eip = entry;
}

static void run_until_result(CPUState *cs)
{
    int64_t end = get_clock() + TIMEOUT_NS;

    while (result < 0 && get_clock() < end) {
        qatomic_set(&cs->exit_request, false);
        bql_unlock();
        cs->cc->tcg_ops->cpu_exec(cs);
        bql_lock();
        main_loop_wait(true);
    }
}

static void test_guest(void)
{
    MemoryRegion *ram = g_new0(MemoryRegion, 1);
    X86CPU *cpu;

    memory_region_init_ram(ram, NULL, "ram", RAM_SIZE, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, ram);
    add_port(0xf4, &result);
    add_port(0xe9, NULL);
    tcg_allowed = true;
    cpu = X86_CPU(object_new(X86_CPU_TYPE_NAME("max")));
    cpu->apic_id = 0;
    g_assert_true(qdev_realize(DEVICE(cpu), NULL, &error_abort));
    cpu_enable_ticks();
    CPU(cpu)->cc->tcg_ops->realize(CPU(cpu));
    enter_protected_mode(&cpu->env, load_guest(guest));
    run_until_result(CPU(cpu));
    if (result) {
        cpu_dump_state(CPU(cpu), stderr, 0);
    }
    g_assert_cmpint(result, ==, 0);
}

int main(int argc, char **argv)
{
    g_autofree char *name = NULL, *path = NULL;

    g_test_init(&argc, &argv, NULL);
    if (argc != 2) {
        fprintf(stderr, "usage: %s [glib test options] GUEST.elf\n", argv[0]);
        return 2;
    }
    guest = argv[1];
    name = g_path_get_basename(guest);
    module_call_init(MODULE_INIT_QOM);
    qemu_init_main_loop(&error_abort);
    bql_lock();
    cpu_exec_init_all();
    path = g_strconcat("/x86/system/", name, NULL);
    g_test_add_func(path, test_guest);
    return g_test_run();
}
