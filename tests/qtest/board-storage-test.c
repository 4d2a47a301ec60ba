/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boards' storage controllers without media: floppy, IDE, AHCI; and the SMBus function of q35. */
#include "qemu/osdep.h"
#include "tests/qtest/libpci.h"

enum { DOR = 0x3f2, MSR = 0x3f4, FIFO = 0x3f5, CHANGED = 0x3f7 };

static void fdc_send(QTestState *s, const uint8_t *p, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        g_assert_cmphex(qtest_inb(s, MSR) & 0xc0, ==, 0x80);
        qtest_outb(s, FIFO, p[i]);
    }
}

static void fdc_result(QTestState *s, uint8_t *p, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        g_assert_cmphex(qtest_inb(s, MSR) & 0xd0, ==, 0xd0);
        p[i] = qtest_inb(s, FIFO);
    }
    g_assert_cmphex(qtest_inb(s, MSR) & 0xd0, ==, 0x80);
}

static void test_fdc(void)
{
    static const uint8_t version[] = { 0x10 }, sense[] = { 0x08 }, recalibrate[] = { 0x07, 0 }, seek[] = { 0x0f, 1, 40 },
                         read[] = { 0xe6, 0, 0, 0, 1, 2, 18, 27, 255 }, invalid[] = { 0x1f }, dump[] = { 0x0e },
                         configure[] = { 0x13, 0, 0x57, 0 }, lock[] = { 0x94 };
    QTestState *s = qtest_init("-machine pc -nodefaults");
    uint8_t r[16];

    qtest_irq_intercept_in(s, "ioapic");
    g_assert_cmphex(qtest_inb(s, MSR), ==, 0x80);
    fdc_send(s, version, 1);
    fdc_result(s, r, 1);
    g_assert_cmphex(r[0], ==, 0x90);
    /* reset: an interrupt, and four states that changed */
    qtest_outb(s, DOR, 0x08);
    g_assert_cmphex(qtest_inb(s, MSR), ==, 0);
    qtest_outb(s, DOR, 0x0c);
    g_assert_true(qtest_get_irq(s, 6));
    for (int i = 0; i < 4; i++) {
        fdc_send(s, sense, 1);
        fdc_result(s, r, 2);
        g_assert_cmphex(r[0], ==, 0xc0 + i);
    }
    g_assert_false(qtest_get_irq(s, 6));
    fdc_send(s, sense, 1);
    fdc_result(s, r, 1);
    g_assert_cmphex(r[0], ==, 0x80);
    fdc_send(s, seek, 3);
    g_assert_true(qtest_get_irq(s, 6));
    fdc_send(s, sense, 1);
    fdc_result(s, r, 2);
    g_assert_cmphex(r[0], ==, 0x21);
    g_assert_cmphex(r[1], ==, 40);
    fdc_send(s, recalibrate, 2);
    fdc_send(s, sense, 1);
    fdc_result(s, r, 2);
    g_assert_cmphex(r[0], ==, 0x20);
    /* no disk */
    fdc_send(s, read, 9);
    g_assert_true(qtest_get_irq(s, 6));
    fdc_result(s, r, 7);
    g_assert_cmphex(r[0] & 0xc0, ==, 0x40);
    g_assert_cmphex(r[1], ==, 1);
    qtest_outb(s, DOR, 0x1c);
    g_assert_cmphex(qtest_inb(s, CHANGED) & 0x80, ==, 0x80);
    /* CONFIGURE that LOCK keeps over a reset */
    fdc_send(s, configure, 4);
    fdc_send(s, lock, 1);
    fdc_result(s, r, 1);
    g_assert_cmphex(r[0], ==, 0x10);
    qtest_outb(s, MSR, 0x80);
    fdc_send(s, sense, 1);
    fdc_result(s, r, 2);
    fdc_send(s, dump, 1);
    fdc_result(s, r, 10);
    g_assert_cmphex(r[7] & 0x80, ==, 0x80);
    g_assert_cmphex(r[8], ==, 0x57);
    fdc_send(s, invalid, 1);
    fdc_result(s, r, 1);
    g_assert_cmphex(r[0], ==, 0x80);
    /* any bytes, in any order, to any port */
    for (unsigned i = 0; i < 5000; i++) {
        qtest_outb(s, 0x3f1 + i % 7, i * 37 >> 3);
        qtest_inb(s, FIFO);
    }
    qtest_quit(s);
}

static void test_ide(void)
{
    QTestState *s = qtest_init("-machine pc -nodefaults");
    QPCIBus bus;
    QPCIDevice dev;
    QPCIBar bar;

    qpci_init_pc(&bus, s);
    g_assert_true(qpci_device_init(&dev, &bus, QPCI_DEVFN(1, 1)));
    g_assert_cmphex(qpci_config_readl(&dev, 0), ==, 0x70108086);
    g_assert_cmphex(qpci_config_readl(&dev, 8), ==, 0x01018000);
    bar = qpci_iomap(&dev, 4, NULL);
    g_assert_cmpuint(bar.size, ==, 16);
    for (int c = 0; c < 2; c++) {
        uint16_t base = c ? 0x170 : 0x1f0;

        qtest_outb(s, base + 6, 0xf0);
        qtest_outb(s, base + 2, 0x55);
        g_assert_cmphex(qtest_inb(s, base + 2), ==, 0);
        g_assert_cmphex(qtest_inb(s, base + 7), ==, 0);
        qtest_outb(s, base + 7, 0xec);
        qtest_outb(s, base + 0x206, 4);
        qtest_outb(s, base + 0x206, 0);
        g_assert_cmphex(qtest_inb(s, base + 0x206), ==, 0);
        qpci_io_writel(&dev, bar, c * 8 + 4, 0x12345677);
        g_assert_cmphex(qpci_io_readl(&dev, bar, c * 8 + 4), ==, 0x12345674);
        qpci_io_writeb(&dev, bar, c * 8 + 2, 0xff);
        g_assert_cmphex(qpci_io_readb(&dev, bar, c * 8 + 2), ==, 0x60);
    }
    qtest_quit(s);
}

static void test_ahci(void)
{
    QTestState *s = qtest_init("-machine q35 -nodefaults");
    QPCIBus bus;
    QPCIDevice dev, smb;
    QPCIBar abar, idp;

    qpci_init_pc(&bus, s);
    g_assert_true(qpci_device_init(&smb, &bus, QPCI_DEVFN(31, 3)));
    g_assert_cmphex(qpci_config_readl(&smb, 0), ==, 0x29308086);
    g_assert_true(qpci_device_init(&dev, &bus, QPCI_DEVFN(31, 2)));
    g_assert_cmphex(qpci_config_readl(&dev, 8), ==, 0x01060102);
    g_assert_cmphex(qpci_find_capability(&dev, 0x05, 0), ==, 0x80);
    g_assert_cmphex(qpci_find_capability(&dev, 0x12, 0), ==, 0xa8);
    abar = qpci_iomap(&dev, 5, NULL);
    idp = qpci_iomap(&dev, 4, NULL);
    qpci_device_enable(&dev);
    g_assert_cmphex(qpci_io_readl(&dev, abar, 0), ==, 0xc0141f05);
    g_assert_cmphex(qpci_io_readl(&dev, abar, 0x0c), ==, 0x3f);
    qpci_io_writel(&dev, abar, 4, 2);
    g_assert_cmphex(qpci_io_readl(&dev, abar, 4), ==, 0x80000002);
    for (int i = 0; i < 6; i++) {
        uint32_t p = 0x100 + i * 0x80;

        g_assert_cmphex(qpci_io_readl(&dev, abar, p + 0x28), ==, 0);
        g_assert_cmphex(qpci_io_readl(&dev, abar, p + 0x20), ==, 0x7f);
        qpci_io_writel(&dev, abar, p, 0x100400);
        qpci_io_writel(&dev, abar, p + 8, 0x100100);
        qpci_io_writel(&dev, abar, p + 0x18, 0x11);
        g_assert_cmphex(qpci_io_readl(&dev, abar, p + 0x18), ==, 0xc017);
        qpci_io_writel(&dev, abar, p + 0x38, ~0u);
        qpci_io_writel(&dev, abar, p + 0x18, 0x10);
        g_assert_cmphex(qpci_io_readl(&dev, abar, p + 0x38), ==, 0);
    }
    qpci_io_writel(&dev, idp, 16, 0x100);
    g_assert_cmphex(qpci_io_readl(&dev, idp, 20), ==, 0x100400);
    qpci_io_writel(&dev, abar, 4, 1);
    g_assert_cmphex(qpci_io_readl(&dev, abar, 4), ==, 0x80000000);
    g_assert_cmphex(qpci_io_readl(&dev, abar, 0x100), ==, 0);
    qtest_quit(s);
}

/* Who asks for no sata, smbus, or vmport has none. */
static void test_switched_off(void)
{
    QTestState *s = qtest_init("-machine q35,sata=off,smbus=off,vmport=off -nodefaults");
    QPCIBus bus;
    QPCIDevice dev;

    qpci_init_pc(&bus, s);
    g_assert_false(qpci_device_init(&dev, &bus, QPCI_DEVFN(31, 2)));
    g_assert_false(qpci_device_init(&dev, &bus, QPCI_DEVFN(31, 3)));
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/board-storage/fdc", test_fdc);
    qtest_add_func("/board-storage/ide", test_ide);
    qtest_add_func("/board-storage/ahci", test_ahci);
    qtest_add_func("/board-storage/switched-off", test_switched_off);
    return g_test_run();
}
