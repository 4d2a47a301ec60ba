/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small ISA devices: debug console, DMA controllers, keyboard, port 92, speaker, and the slots of microvm. */
#include "qemu/osdep.h"
#include "libqtest.h"
#include <glib/gstdio.h>

static void test_debugcon(void)
{
    g_autofree char *path = g_strdup_printf("%s/debugcon-%d", g_get_tmp_dir(), (int)getpid());
    g_autofree char *text = NULL;
    QTestState *s = qtest_initf("-machine pc -nodefaults -chardev file,id=c,path=%s "
                                "-device isa-debugcon,chardev=c,iobase=0x402,readback=0x5a", path);

    g_assert_cmphex(qtest_inb(s, 0x402), ==, 0x5a);
    for (const char *p = "line 1\n"; *p; p++) {
        qtest_outb(s, 0x402, *p);
    }
    qtest_quit(s);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "line 1\n");
    g_unlink(path);
}

/* 16-bit registers go in halves through a flip-flop; the second controller's are two ports apart. */
static void test_dma(void)
{
    static const struct {
        uint16_t channel, clear_ff, mask, clear_mask, master;
    } c[] = { { 0x02, 0x0c, 0x0f, 0x0e, 0x0d }, { 0xc4, 0xd8, 0xde, 0xdc, 0xda } };
    QTestState *s = qtest_init("-machine pc -nodefaults");

    for (unsigned i = 0; i < ARRAY_SIZE(c); i++) {
        qtest_outb(s, c[i].clear_ff, 0);
        qtest_outb(s, c[i].channel, 0x34);
        qtest_outb(s, c[i].channel, 0x12);
        g_assert_cmphex(qtest_inb(s, c[i].channel), ==, 0x34);
        g_assert_cmphex(qtest_inb(s, c[i].channel), ==, 0x12);
        qtest_outb(s, c[i].master, 0);
        g_assert_cmphex(qtest_inb(s, c[i].mask) & 0xf, ==, 0xf);
        qtest_outb(s, c[i].clear_mask, 0);
        g_assert_cmphex(qtest_inb(s, c[i].mask) & 0xf, ==, 0);
    }
    qtest_quit(s);
}

static void kbd_write(QTestState *s, uint8_t byte)
{
    qtest_outb(s, 0x60, byte);
    g_assert_cmphex(qtest_inb(s, 0x60), ==, 0xfa);          /* acknowledged */
}

/* Identification, scan code set, and line 1 with its byte. */
static void test_keyboard(void)
{
    QTestState *s = qtest_init("-machine pc -nodefaults");

    qtest_irq_intercept_in(s, "ioapic");
    kbd_write(s, 0xf2);
    g_assert_cmphex(qtest_inb(s, 0x60), ==, 0xab);
    qtest_inb(s, 0x60);
    kbd_write(s, 0xf0);
    kbd_write(s, 0x02);
    qtest_outb(s, 0x64, 0x60);                              /* command byte: interrupt on */
    qtest_outb(s, 0x60, 0x01);
    g_assert_false(qtest_get_irq(s, 1));
    qtest_outb(s, 0x60, 0xee);                              /* echo */
    g_assert_true(qtest_get_irq(s, 1));
    g_assert_cmphex(qtest_inb(s, 0x60), ==, 0xee);
    g_assert_false(qtest_get_irq(s, 1));
    for (int i = 0; i < 1000; i++) {                        /* more answers than fit: dropped, not written anywhere */
        qtest_outb(s, 0x60, 0xf2);
    }
    g_assert_cmphex(qtest_inb(s, 0x64) & 1, ==, 1);
    qtest_quit(s);
}

static void test_resets(void)
{
    static const struct {
        uint16_t port;
        uint8_t value;
    } ways[] = { { 0x92, 0x01 }, { 0x64, 0xfe } };

    for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
        QTestState *s = qtest_init("-machine pc -nodefaults");

        qtest_outb(s, ways[i].port, ways[i].value);
        qtest_qmp_eventwait(s, "RESET");
        qtest_quit(s);
    }
}

/* Counter 2 shows on bit 5 of port 0x61 while its gate is up. */
static void test_speaker_port(void)
{
    QTestState *s = qtest_init("-machine pc -nodefaults");

    qtest_outb(s, 0x61, 0x03);
    g_assert_cmphex(qtest_inb(s, 0x61) & 3, ==, 3);
    qtest_outb(s, 0x43, 0xb0);                              /* mode 0 */
    qtest_outb(s, 0x42, 0x00);
    qtest_outb(s, 0x42, 0x10);
    g_assert_cmphex(qtest_inb(s, 0x61) & 0x20, ==, 0);
    qtest_clock_step(s, 10 * 1000 * 1000);
    g_assert_cmphex(qtest_inb(s, 0x61) & 0x20, ==, 0x20);
    qtest_quit(s);
}

#define SLOT(n) (0xfeb00000 + (n) * 0x200)

/* Slots are filled from the last one; empty ones show device 0. */
static void test_virtio_mmio_slots(void)
{
    QTestState *s = qtest_init("-machine microvm -m 16M -nodefaults -global virtio-mmio.force-legacy=false "
                               "-device virtio-rng-device -device virtio-balloon-device");
    unsigned devices = 0;

    for (int i = 0; i < 24; i++) {
        g_assert_cmphex(qtest_readl(s, SLOT(i)), ==, 0x74726976);
        g_assert_cmphex(qtest_readl(s, SLOT(i) + 4), ==, 2);
        devices |= 1u << qtest_readl(s, SLOT(i) + 8);
    }
    g_assert_cmphex(devices, ==, 1 << 0 | 1 << 4 | 1 << 5);
    g_assert_cmphex(qtest_readl(s, SLOT(23) + 8), ==, 4);
    qtest_writel(s, SLOT(0) + 0x70, 0xf);                   /* an empty slot takes any write */
    qtest_writel(s, SLOT(0) + 0x50, 0xffffffff);
    g_assert_cmphex(qtest_readl(s, SLOT(0) + 0x70), ==, 0);
    qtest_writel(s, SLOT(23) + 0x70, 3);
    g_assert_cmphex(qtest_readl(s, SLOT(23) + 0x70), ==, 3);
    qtest_writel(s, SLOT(23) + 0x70, 0);
    g_assert_cmphex(qtest_readl(s, SLOT(23) + 0x70), ==, 0);
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/isa/debugcon", test_debugcon);
    qtest_add_func("/isa/dma", test_dma);
    qtest_add_func("/isa/keyboard", test_keyboard);
    qtest_add_func("/isa/resets", test_resets);
    qtest_add_func("/isa/speaker-port", test_speaker_port);
    qtest_add_func("/microvm/virtio-mmio-slots", test_virtio_mmio_slots);
    return g_test_run();
}
