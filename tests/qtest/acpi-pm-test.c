/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power management of PIIX4, ICH9 and microvm: PM timer, power button, sleep states, resets. */
#include "qemu/osdep.h"
#include "libpci.h"

#define PM_BASE 0x600
#define PM1_STS (PM_BASE + 0)
#define PM1_EN (PM_BASE + 2)
#define PM1_CNT (PM_BASE + 4)
#define PM_TMR (PM_BASE + 8)

#define TMR_STS 0x0001
#define PWRBTN 0x0100
#define SLP_EN 0x2000
#define SCI_LINE 9

#define PM_HZ 3579545
#define SECOND 1000000000ll

typedef struct Machine {
    const char *name;
    int devfn, base_reg, enable_reg;
    uint8_t enable;
} Machine;

static const Machine machines[] = {
    { "pc", QPCI_DEVFN(1, 3), 0x40, 0x80, 0x01 },
    { "q35", QPCI_DEVFN(31, 0), 0x40, 0x44, 0x80 },
};

/* The block mapped at PM_BASE, and the I/O APIC's pins watched. */
static QTestState *start(const Machine *m, const char *options)
{
    QTestState *s = qtest_initf("-machine %s -m 16M -nodefaults %s", m->name, options);
    QPCIDevice pm;
    QPCIBus bus;

    qpci_init_pc(&bus, s);
    g_assert_true(qpci_device_init(&pm, &bus, m->devfn));
    qpci_config_writel(&pm, m->base_reg, PM_BASE | 1);
    qpci_config_writeb(&pm, m->enable_reg, m->enable);
    qtest_irq_intercept_in(s, "ioapic");
    return s;
}

static uint32_t ticks_at(int64_t ns)
{
    return (uint32_t)((__int128)ns * PM_HZ / SECOND) & 0xffffff;
}

static void test_timer(const void *data)
{
    QTestState *s = start(data, "");
    int64_t now = qtest_clock_step(s, SECOND / 7);

    g_assert_cmpuint(qtest_inl(s, PM_TMR), ==, ticks_at(now));
    qtest_outl(s, PM_TMR, 0);                           /* read only */
    now = qtest_clock_step(s, 20 * SECOND);             /* wraps after 4.7 s */
    g_assert_cmpuint(qtest_inl(s, PM_TMR), ==, ticks_at(now));
    qtest_quit(s);
}

/* Bit 23 toggles every 2^23 ticks: status, and SCI when enabled. */
static void test_timer_interrupt(const void *data)
{
    QTestState *s = start(data, "");

    qtest_outw(s, PM1_STS, TMR_STS);
    g_assert_cmphex(qtest_inw(s, PM1_STS) & TMR_STS, ==, 0);
    qtest_outw(s, PM1_EN, TMR_STS);
    g_assert_false(qtest_get_irq(s, SCI_LINE));
    qtest_clock_step(s, 3 * SECOND);
    g_assert_true(qtest_get_irq(s, SCI_LINE));
    g_assert_cmphex(qtest_inw(s, PM1_STS) & TMR_STS, ==, TMR_STS);
    qtest_outw(s, PM1_STS, TMR_STS);
    g_assert_false(qtest_get_irq(s, SCI_LINE));
    qtest_clock_step(s, 3 * SECOND);
    g_assert_true(qtest_get_irq(s, SCI_LINE));
    qtest_quit(s);
}

static void test_power_button(const void *data)
{
    QTestState *s = start(data, "");

    qtest_qmp_assert_success(s, "{'execute': 'system_powerdown'}");
    qtest_qmp_eventwait(s, "POWERDOWN");
    g_assert_cmphex(qtest_inw(s, PM1_STS) & PWRBTN, ==, 0);         /* disabled: nobody is told */
    qtest_outw(s, PM1_EN, PWRBTN);
    qtest_qmp_assert_success(s, "{'execute': 'system_powerdown'}");
    qtest_qmp_eventwait(s, "POWERDOWN");
    g_assert_cmphex(qtest_inw(s, PM1_STS) & PWRBTN, ==, PWRBTN);
    g_assert_true(qtest_get_irq(s, SCI_LINE));
    qtest_outw(s, PM1_STS, PWRBTN);
    g_assert_false(qtest_get_irq(s, SCI_LINE));
    qtest_quit(s);
}

static void test_soft_off(const void *data)
{
    QTestState *s = start(data, "-no-shutdown");
    QDict *event;

    qtest_outw(s, PM1_CNT, 1 << 10);                    /* a type alone does nothing */
    g_assert_cmphex(qtest_inw(s, PM1_CNT), ==, 1 << 10);
    qtest_outw(s, PM1_CNT, SLP_EN);
    event = qtest_qmp_eventwait_ref(s, "SHUTDOWN");
    g_assert_cmpstr(qdict_get_str(qdict_get_qdict(event, "data"), "reason"), ==, "guest-shutdown");
    qobject_unref(event);
    qtest_quit(s);
}

static void test_suspend_and_wake(const void *data)
{
    QTestState *s = start(data, "");

    qtest_outw(s, PM1_CNT, SLP_EN | 1 << 10);
    qtest_qmp_eventwait(s, "SUSPEND");
    qtest_qmp_assert_success(s, "{'execute': 'system_wakeup'}");
    qtest_qmp_eventwait(s, "WAKEUP");
    qtest_quit(s);
}

/* The reset control register takes the machine back: the block is not mapped any more. */
static void test_reset_control(const void *data)
{
    QTestState *s = start(data, "");
    QDict *event;

    qtest_outw(s, PM1_EN, PWRBTN);
    qtest_outb(s, 0xcf9, 0x02);
    qtest_outb(s, 0xcf9, 0x06);
    event = qtest_qmp_eventwait_ref(s, "RESET");
    g_assert_cmpstr(qdict_get_str(qdict_get_qdict(event, "data"), "reason"), ==, "guest-reset");
    qobject_unref(event);
    g_assert_cmphex(qtest_inw(s, PM1_EN), !=, PWRBTN);
    qtest_quit(s);
}

/* Writing 0xb2 switches between legacy and ACPI mode. */
static void test_acpi_enable(const void *data)
{
    QTestState *s = start(data, "");
    bool q35 = !strcmp(((const Machine *)data)->name, "q35");

    qtest_outb(s, 0xb2, q35 ? 0x02 : 0xf1);
    g_assert_cmphex(qtest_inw(s, PM1_CNT) & 1, ==, 1);
    qtest_outb(s, 0xb2, q35 ? 0x03 : 0xf0);
    g_assert_cmphex(qtest_inw(s, PM1_CNT) & 1, ==, 0);
    qtest_quit(s);
}

#define GED 0xfea00000
#define GED_REGS (GED + 0x200)

static void test_ged(void)
{
    QTestState *s = qtest_init("-machine microvm -m 16M -nodefaults -no-shutdown");

    g_assert_cmphex(qtest_readl(s, GED), ==, 0);
    qtest_qmp_assert_success(s, "{'execute': 'system_powerdown'}");
    qtest_qmp_eventwait(s, "POWERDOWN");
    g_assert_cmphex(qtest_readl(s, GED), ==, 2);
    g_assert_cmphex(qtest_readl(s, GED), ==, 0);        /* read once */
    qtest_writeb(s, GED_REGS + 2, 0x41);                /* not the reset value */
    g_assert_null(qtest_qmp_event_ref(s, "RESET"));
    qtest_writeb(s, GED_REGS + 2, 0x42);
    qtest_qmp_eventwait(s, "RESET");
    qtest_writeb(s, GED_REGS, 0x20 | 5 << 2);
    qtest_qmp_eventwait(s, "SHUTDOWN");
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*fn)(const void *machine);
    } tests[] = {
        { "timer", test_timer },
        { "timer-interrupt", test_timer_interrupt },
        { "power-button", test_power_button },
        { "soft-off", test_soft_off },
        { "suspend-and-wake", test_suspend_and_wake },
        { "reset-control", test_reset_control },
        { "acpi-enable", test_acpi_enable },
    };

    g_test_init(&argc, &argv, NULL);
    for (unsigned m = 0; m < ARRAY_SIZE(machines); m++) {
        for (unsigned t = 0; t < ARRAY_SIZE(tests); t++) {
            g_autofree char *path = g_strdup_printf("/acpi-pm/%s/%s", machines[m].name, tests[t].name);
            qtest_add_data_func(path, &machines[m], tests[t].fn);
        }
    }
    qtest_add_func("/acpi-pm/microvm/generic-event-device", test_ged);
    return g_test_run();
}
