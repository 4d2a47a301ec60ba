/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a device's pin to the interrupt controllers: PIRQ routing of PIIX3 and ICH9, swizzling behind a bridge, ISA
 * lines (pc-testdev), level and edge delivery of the I/O APIC. The interrupting device is a virtio balloon: its
 * configuration changes when the monitor says so.
 */
#include "qemu/osdep.h"
#include "libpci.h"

#define BALLOON_IO 0xc000
#define ISR (BALLOON_IO + 0x13)

/* Legacy registers at BALLOON_IO, driver ready, pin INTA in use. */
static void balloon_start(QPCIDevice *d)
{
    qpci_config_writel(d, 0x10, BALLOON_IO);
    qpci_config_writew(d, 0x04, 1);
    qtest_outb(d->bus->qts, BALLOON_IO + 0x12, 1 | 2 | 4);
}

static void balloon_raise(QTestState *s, int megabytes)
{
    qtest_qmp_assert_success(s, "{'execute': 'balloon', 'arguments': {'value': %d}}", megabytes << 20);
}

static QTestState *start(const char *args, QPCIBus *bus, QPCIDevice *d, int bus_num, int devfn)
{
    QTestState *s = qtest_init(args);

    qpci_init_pc(bus, s);
    if (bus_num) {
        QPCIDevice bridge;

        g_assert_true(qpci_device_init(&bridge, bus, QPCI_DEVFN(3, 0)));
        qpci_config_writel(&bridge, 0x18, bus_num << 16 | bus_num << 8);
        qpci_config_writew(&bridge, 0x1c, 0xc0c0);          /* I/O window 0xc000-0xcfff */
        qpci_config_writew(&bridge, 0x04, 7);
    }
    g_assert_true(qpci_device_init_on(d, bus, bus_num, devfn));
    return s;
}

/* PIIX3: slot n pin A is PIRQ (n - 1 + 0) % 4; 0x60 + PIRQ holds its line. */
static void test_piix3(void)
{
    QPCIDevice d, isa;
    QPCIBus bus;
    QTestState *s = start("-machine pc -m 64M -nodefaults -device virtio-balloon-pci,addr=4", &bus, &d, 0,
                          QPCI_DEVFN(4, 0));

    g_assert_true(qpci_device_init(&isa, &bus, QPCI_DEVFN(1, 0)));
    qpci_config_writel(&isa, 0x60, 0x8080800b);             /* PIRQA at line 11: not ours */
    qtest_irq_intercept_in(s, "ioapic");
    balloon_start(&d);
    balloon_raise(s, 60);
    g_assert_false(qtest_get_irq(s, 11));
    qpci_config_writel(&isa, 0x60, 0x0b808080);             /* PIRQD, while the pin is up */
    g_assert_true(qtest_get_irq(s, 11));
    qpci_config_writeb(&isa, 0x63, 0x0a);                   /* the line moves with its level */
    g_assert_false(qtest_get_irq(s, 11));
    g_assert_true(qtest_get_irq(s, 10));
    g_assert_cmphex(qtest_inb(s, ISR) & 2, ==, 2);              /* reading acknowledges */
    g_assert_false(qtest_get_irq(s, 10));
    qpci_config_writew(&d, 0x04, 1 | 1 << 10);              /* INTx disabled */
    balloon_raise(s, 50);
    g_assert_false(qtest_get_irq(s, 10));
    g_assert_cmphex(qpci_config_readw(&d, 0x06) & 8, ==, 8);
    qpci_config_writew(&d, 0x04, 1);
    g_assert_true(qtest_get_irq(s, 10));
    qtest_quit(s);
}

/* ICH9: slots below 25 rotate over PIRQE..H; PIRQ n is also input 16 + n of the I/O APIC. */
static void test_ich9(void)
{
    QPCIDevice d, lpc;
    QPCIBus bus;
    QTestState *s = start("-machine q35 -m 64M -nodefaults -device virtio-balloon-pci-transitional,addr=4", &bus, &d, 0,
                          QPCI_DEVFN(4, 0));

    g_assert_true(qpci_device_init(&lpc, &bus, QPCI_DEVFN(31, 0)));
    qpci_config_writel(&lpc, 0x60, 0x80808080);
    qpci_config_writel(&lpc, 0x68, 0x80808080);
    qtest_irq_intercept_in(s, "ioapic");
    balloon_start(&d);
    balloon_raise(s, 60);
    g_assert_true(qtest_get_irq(s, 20));                    /* slot 4 pin A: PIRQE */
    g_assert_false(qtest_get_irq(s, 21));
    qpci_config_writeb(&lpc, 0x68, 0x0b);
    g_assert_true(qtest_get_irq(s, 11));
    qtest_inb(s, ISR);
    g_assert_false(qtest_get_irq(s, 11));
    g_assert_false(qtest_get_irq(s, 20));
    qtest_quit(s);
}

/* Slot 2 behind the bridge in slot 3: pin A becomes C there, which is PIRQ (3 + 2) % 4 of the rotation. */
static void test_bridge_swizzle(void)
{
    QPCIDevice d;
    QPCIBus bus;
    QTestState *s = start("-machine q35 -m 64M -nodefaults -device i82801b11-bridge,id=b,addr=3 "
                          "-device virtio-balloon-pci-transitional,bus=b,addr=2", &bus, &d, 1, QPCI_DEVFN(2, 0));

    qtest_irq_intercept_in(s, "ioapic");
    balloon_start(&d);
    balloon_raise(s, 60);
    for (int pin = 16; pin < 24; pin++) {
        g_assert_cmpint(qtest_get_irq(s, pin), ==, pin == 21);
    }
    g_assert_cmphex(qtest_inb(s, ISR) & 2, ==, 2);
    g_assert_false(qtest_get_irq(s, 21));
    qtest_quit(s);
}

static void test_testdev_lines(void)
{
    QTestState *s = qtest_init("-machine pc -m 16M -nodefaults -device pc-testdev");

    qtest_irq_intercept_in(s, "ioapic");
    for (int line = 3; line < 8; line++) {
        qtest_outb(s, 0x2000 + line, 1);
        g_assert_true(qtest_get_irq(s, line));
        qtest_outb(s, 0x2000 + line, 0);
        g_assert_false(qtest_get_irq(s, line));
    }
    qtest_outb(s, 0x2000 + 17, 1);                          /* no such ISA line */
    qtest_quit(s);
}

static uint32_t rte(QTestState *s, int pin)
{
    qtest_writel(s, 0xfec00000, 0x10 + 2 * pin);
    return qtest_readl(s, 0xfec00010);
}

static void set_rte(QTestState *s, int pin, uint32_t low)
{
    qtest_writel(s, 0xfec00000, 0x10 + 2 * pin);
    qtest_writel(s, 0xfec00010, low);
}

#define REMOTE_IRR 0x4000
#define LEVEL 0x8000
#define MASKED 0x10000

/* A level line is delivered once, until the end of interrupt (register 0x40); then again if it is still up. */
static void test_ioapic_delivery(void)
{
    QTestState *s = qtest_init("-machine pc -m 16M -nodefaults -device pc-testdev");

    set_rte(s, 5, MASKED | LEVEL | 0x35);
    qtest_outb(s, 0x2005, 1);
    g_assert_cmphex(rte(s, 5) & REMOTE_IRR, ==, 0);
    set_rte(s, 5, LEVEL | 0x35);
    g_assert_cmphex(rte(s, 5) & REMOTE_IRR, ==, REMOTE_IRR);
    qtest_writel(s, 0xfec00040, 0x34);                      /* another vector */
    g_assert_cmphex(rte(s, 5) & REMOTE_IRR, ==, REMOTE_IRR);
    qtest_outb(s, 0x2005, 0);
    qtest_writel(s, 0xfec00040, 0x35);
    g_assert_cmphex(rte(s, 5) & REMOTE_IRR, ==, 0);
    set_rte(s, 6, 0x36);                                    /* edge: never sets it */
    qtest_outb(s, 0x2006, 1);
    g_assert_cmphex(rte(s, 6) & REMOTE_IRR, ==, 0);
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/interrupts/piix3-pirq", test_piix3);
    qtest_add_func("/interrupts/ich9-pirq", test_ich9);
    qtest_add_func("/interrupts/bridge-swizzle", test_bridge_swizzle);
    qtest_add_func("/interrupts/testdev-lines", test_testdev_lines);
    qtest_add_func("/interrupts/ioapic-delivery", test_ioapic_delivery);
    return g_test_run();
}
