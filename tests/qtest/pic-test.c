/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 8259 pair, ELCR and I/O APIC through their registers. */
#include "qemu/osdep.h"
#include "libqtest.h"

static QTestState *start(void)
{
    return qtest_init("-machine pc -nodefaults");
}

static void pic_setup(QTestState *s, uint8_t imr_master)
{
    qtest_outb(s, 0x20, 0x11);
    qtest_outb(s, 0x21, 0x20);
    qtest_outb(s, 0x21, 0x04);
    qtest_outb(s, 0x21, 0x01);
    qtest_outb(s, 0x21, imr_master);
    qtest_outb(s, 0xa0, 0x11);
    qtest_outb(s, 0xa1, 0x28);
    qtest_outb(s, 0xa1, 0x02);
    qtest_outb(s, 0xa1, 0x01);
    qtest_outb(s, 0xa1, 0xff);
}

static void test_pic_registers(void)
{
    QTestState *s = start();

    pic_setup(s, 0xa5);
    g_assert_cmphex(qtest_inb(s, 0x21), ==, 0xa5);
    g_assert_cmphex(qtest_inb(s, 0xa1), ==, 0xff);
    qtest_outb(s, 0x20, 0x0b);                  /* read ISR */
    g_assert_cmphex(qtest_inb(s, 0x20), ==, 0);
    qtest_outb(s, 0x4d0, 0xff);                 /* lines 0-2 cannot be level triggered */
    g_assert_cmphex(qtest_inb(s, 0x4d0), ==, 0xf8);
    qtest_outb(s, 0x4d1, 0xff);
    g_assert_cmphex(qtest_inb(s, 0x4d1), ==, 0xde);
    qtest_quit(s);
}

/* Counter 0 raises line 0; poll mode acknowledges it, a specific EOI ends it. */
static void test_pic_poll_and_eoi(void)
{
    QTestState *s = start();

    pic_setup(s, 0xfe);
    qtest_outb(s, 0x43, 0x34);
    qtest_outb(s, 0x40, 0x00);
    qtest_outb(s, 0x40, 0x10);
    qtest_clock_step(s, 10 * 1000 * 1000);
    qtest_outb(s, 0x20, 0x0a);
    g_assert_cmphex(qtest_inb(s, 0x20) & 1, ==, 1);
    qtest_outb(s, 0x20, 0x0c);
    g_assert_cmphex(qtest_inb(s, 0x20), ==, 0x80);
    qtest_outb(s, 0x20, 0x0b);
    g_assert_cmphex(qtest_inb(s, 0x20), ==, 0x01);
    qtest_outb(s, 0x20, 0x60);
    qtest_outb(s, 0x20, 0x0b);
    g_assert_cmphex(qtest_inb(s, 0x20), ==, 0x00);
    qtest_quit(s);
}

static uint32_t ioapic_read(QTestState *s, uint8_t reg)
{
    qtest_writel(s, 0xfec00000, reg);
    return qtest_readl(s, 0xfec00010);
}

static void ioapic_write(QTestState *s, uint8_t reg, uint32_t val)
{
    qtest_writel(s, 0xfec00000, reg);
    qtest_writel(s, 0xfec00010, val);
}

static void test_ioapic(void)
{
    QTestState *s = start();

    g_assert_cmphex(ioapic_read(s, 1), ==, 0x00170020);
    ioapic_write(s, 0, 0xff000000);
    g_assert_cmphex(ioapic_read(s, 0), ==, 0x0f000000);
    g_assert_cmphex(ioapic_read(s, 0x10), ==, 0x00010000);
    ioapic_write(s, 0x11, 0x12000000);
    ioapic_write(s, 0x10, 0x0001ffff);          /* delivery status and remote IRR are read only */
    g_assert_cmphex(ioapic_read(s, 0x10), ==, 0x0001afff);
    g_assert_cmphex(ioapic_read(s, 0x11), ==, 0x12000000);
    g_assert_cmphex(ioapic_read(s, 0x40), ==, 0);
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pic/registers", test_pic_registers);
    qtest_add_func("/pic/poll-and-eoi", test_pic_poll_and_eoi);
    qtest_add_func("/ioapic/registers", test_ioapic);
    return g_test_run();
}
