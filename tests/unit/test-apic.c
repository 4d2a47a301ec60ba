// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages between local APICs, with CPUs that never run: the test looks at what would be taken. */
#include "qemu/osdep.h"
#include "hw/i386/apic.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "system/address-spaces.h"
#include "target/i386/cpu.h"

static X86CPU *cpus[2];

static void make_cpus(void)
{
    for (unsigned i = 0; i < 2; i++) {
        cpus[i] = X86_CPU(object_new(X86_CPU_TYPE_NAME("x86-64-v3")));
        cpus[i]->apic_id = i;
        g_assert_true(qdev_realize(DEVICE(cpus[i]), NULL, &error_abort));
    }
}

/* SDM vol. 3, 8.4.4.1: INIT then SIPI; the target's thread may come to both only later, together. */
static void test_sipi_right_after_init(void)
{
    CPUState *cs = CPU(cpus[1]);

    apic_deliver_irq(1, 0, APIC_DM_INIT, 0, APIC_TRIGGER_EDGE);
    apic_deliver_irq(1, 0, APIC_DM_SIPI, 0x9a, APIC_TRIGGER_EDGE);
    g_assert_true(cpu_test_interrupt(cs, CPU_INTERRUPT_INIT));
    cpu_reset_interrupt(cs, CPU_INTERRUPT_INIT);
    do_cpu_init(cpus[1]);
    g_assert_true(cs->halted);
    g_assert_true(cpu_test_interrupt(cs, CPU_INTERRUPT_SIPI));
    do_cpu_sipi(cpus[1]);
    g_assert_false(cs->halted);
    g_assert_cmphex(cpus[1]->env.segs[R_CS].selector, ==, 0x9a00);
    g_assert_cmphex(cpus[1]->env.segs[R_CS].base, ==, 0x9a000);
    /* the second SIPI of the usual sequence finds it running */
    apic_deliver_irq(1, 0, APIC_DM_SIPI, 0x55, APIC_TRIGGER_EDGE);
    g_assert_false(cpu_test_interrupt(cs, CPU_INTERRUPT_SIPI));
}

static void test_disabled_apic_takes_nothing(void)
{
    apic_deliver_irq(0, 0, APIC_DM_FIXED, 0x41, APIC_TRIGGER_EDGE);
    g_assert_cmpint(apic_get_highest_priority_irr(cpus[0]->apic_state), ==, -1);
    g_assert_false(cpu_test_interrupt(CPU(cpus[0]), CPU_INTERRUPT_HARD));
}

static void test_msi_to_x2apic(void)
{
    DeviceState *apic = cpus[0]->apic_state;
    uint64_t v;

    cpu_set_apic_base(apic, cpu_get_apic_base(apic) | MSR_IA32_APICBASE_EXTD);
    g_assert_true(apic_msr_write(apic, 0x0f, 0x1ff));
    apic_deliver_msi(0xfee00000, 0x41);
    g_assert_true(cpu_test_interrupt(CPU(cpus[0]), CPU_INTERRUPT_HARD));
    g_assert_cmpint(apic_get_interrupt(apic), ==, 0x41);
    apic_deliver_msi(0xfee00000, 0x42);
    g_assert_cmpint(apic_get_interrupt(apic), ==, -1);          /* same class as the one in service */
    g_assert_true(apic_msr_write(apic, 0x0b, 0));
    g_assert_cmpint(apic_get_interrupt(apic), ==, 0x42);
    g_assert_false(apic_msr_write(apic, 0x0b, 1));              /* EOI takes zero only */
    g_assert_true(apic_msr_read(apic, 0x02, &v));
    g_assert_cmphex(v, ==, 0);
    g_assert_false(apic_msr_read(apic, 0x0e, &v));              /* there is no DFR in x2APIC mode */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init(MODULE_INIT_QOM);
    qemu_init_main_loop(&error_abort);
    bql_lock();
    cpu_exec_init_all();
    make_cpus();
    g_test_add_func("/apic/sipi-right-after-init", test_sipi_right_after_init);
    g_test_add_func("/apic/disabled", test_disabled_apic_takes_nothing);
    g_test_add_func("/apic/msi-x2apic", test_msi_to_x2apic);
    return g_test_run();
}
