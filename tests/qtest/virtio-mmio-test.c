/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The MMIO transport on microvm: registers of both versions in the order Linux writes them, and the way of an
 * interrupt through the second I/O APIC. Register names: virtio 1.2, 4.2.2 and 4.2.4.
 */
#include "qemu/osdep.h"
#include <linux/virtio_mmio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include "libqtest.h"

#define SLOT_BASE 0xfeb00000ull         /* the first of 24 slots of 512 bytes; devices fill them from the end */
#define SLOT 23
#define REG(_r) (SLOT_BASE + SLOT * 0x200 + (_r))
#define IOAPIC2 0xfec10000ull
#define ENTRY_LEVEL (1u << 15)
#define ENTRY_REMOTE_IRR (1u << 14)

#define PFN 0x200u
#define DESC (PFN * 4096ull)
#define AVAIL (DESC + 8 * 16)
#define USED (DESC + 4096)
#define BUF 0x400000ull

static void put(QTestState *s, unsigned reg, uint32_t val)
{
    qtest_writel(s, REG(reg), val);
}

static uint32_t ioapic_entry(QTestState *s)
{
    qtest_writel(s, IOAPIC2, 0x10 + 2 * SLOT);
    return qtest_readl(s, IOAPIC2 + 0x10);
}

static void route_interrupt(QTestState *s)
{
    qtest_writel(s, 0xfee000f0, 0x1ff);         /* the local APIC takes messages */
    qtest_writel(s, IOAPIC2, 0x11 + 2 * SLOT);
    qtest_writel(s, IOAPIC2 + 0x10, 0);
    qtest_writel(s, IOAPIC2, 0x10 + 2 * SLOT);
    qtest_writel(s, IOAPIC2 + 0x10, ENTRY_LEVEL | 0x41);
}

/* One 32-byte buffer for the entropy device; it arrives, and so does its interrupt. */
static void fill_buffer(QTestState *s)
{
    struct vring_desc d = { BUF, 32, VRING_DESC_F_WRITE, 0 };
    uint8_t got[32], zero[32] = { 0 };

    qtest_memset(s, BUF, 0, sizeof(got));
    qtest_memwrite(s, DESC, &d, sizeof(d));
    qtest_writew(s, AVAIL + 4, 0);
    qtest_writew(s, AVAIL + 2, 1);
    put(s, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
    for (int i = 0; i < 200000 && qtest_readw(s, USED + 2) != 1; i++) {
        /* every read is a round trip through the main loop */
    }
    g_assert_cmpuint(qtest_readw(s, USED + 2), ==, 1);
    qtest_memread(s, BUF, got, sizeof(got));
    g_assert_cmpint(memcmp(got, zero, sizeof(got)), !=, 0);
    g_assert_cmphex(qtest_readl(s, REG(VIRTIO_MMIO_INTERRUPT_STATUS)), ==, VIRTIO_MMIO_INT_VRING);
    g_assert_cmphex(ioapic_entry(s) & ENTRY_REMOTE_IRR, ==, ENTRY_REMOTE_IRR);
    put(s, VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_VRING);
    g_assert_cmphex(qtest_readl(s, REG(VIRTIO_MMIO_INTERRUPT_STATUS)), ==, 0);
    /* The line fell: an end of interrupt does not bring it again. */
    qtest_writel(s, IOAPIC2 + 0x40, 0x41);
    g_assert_cmphex(ioapic_entry(s) & ENTRY_REMOTE_IRR, ==, 0);
}

static QTestState *start(const char *version, uint32_t number)
{
    QTestState *s = qtest_initf("-machine microvm -m 64 -nodefaults %s -device virtio-rng-device", version);

    g_assert_cmphex(qtest_readl(s, REG(VIRTIO_MMIO_MAGIC_VALUE)), ==, 0x74726976);
    g_assert_cmpuint(qtest_readl(s, REG(VIRTIO_MMIO_VERSION)), ==, number);
    g_assert_cmpuint(qtest_readl(s, REG(VIRTIO_MMIO_DEVICE_ID)), ==, 4);
    route_interrupt(s);
    return s;
}

/* The page size is written before the driver's reset and must outlive it. */
static void test_legacy(void)
{
    QTestState *s = start("", 1);

    put(s, VIRTIO_MMIO_GUEST_PAGE_SIZE, 4096);
    put(s, VIRTIO_MMIO_STATUS, 0);
    put(s, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
    put(s, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    put(s, VIRTIO_MMIO_DRIVER_FEATURES, 0);
    put(s, VIRTIO_MMIO_QUEUE_SEL, 0);
    g_assert_cmpuint(qtest_readl(s, REG(VIRTIO_MMIO_QUEUE_PFN)), ==, 0);
    put(s, VIRTIO_MMIO_QUEUE_NUM, 8);
    put(s, VIRTIO_MMIO_QUEUE_ALIGN, 4096);
    put(s, VIRTIO_MMIO_QUEUE_PFN, PFN);
    g_assert_cmphex(qtest_readl(s, REG(VIRTIO_MMIO_QUEUE_PFN)), ==, PFN);
    put(s, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_DRIVER_OK);
    fill_buffer(s);
    qtest_quit(s);
}

static void test_modern(void)
{
    QTestState *s = start("-global virtio-mmio.force-legacy=false", 2);
    uint32_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

    put(s, VIRTIO_MMIO_STATUS, 0);
    put(s, VIRTIO_MMIO_STATUS, status);
    put(s, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
    put(s, VIRTIO_MMIO_DRIVER_FEATURES, 1u << (VIRTIO_F_VERSION_1 - 32));
    put(s, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    put(s, VIRTIO_MMIO_DRIVER_FEATURES, 0);
    put(s, VIRTIO_MMIO_STATUS, status |= VIRTIO_CONFIG_S_FEATURES_OK);
    g_assert_cmphex(qtest_readl(s, REG(VIRTIO_MMIO_STATUS)), ==, status);
    put(s, VIRTIO_MMIO_QUEUE_SEL, 0);
    put(s, VIRTIO_MMIO_QUEUE_NUM, 8);
    put(s, VIRTIO_MMIO_QUEUE_DESC_LOW, DESC);
    put(s, VIRTIO_MMIO_QUEUE_AVAIL_LOW, AVAIL);
    put(s, VIRTIO_MMIO_QUEUE_USED_LOW, USED);
    put(s, VIRTIO_MMIO_QUEUE_READY, 1);
    put(s, VIRTIO_MMIO_STATUS, status | VIRTIO_CONFIG_S_DRIVER_OK);
    fill_buffer(s);
    qtest_quit(s);
}

/* A slot without device says so; access of any width and place does nothing. */
static void test_empty_slot(void)
{
    QTestState *s = qtest_init("-machine microvm -m 64 -nodefaults");

    g_assert_cmphex(qtest_readl(s, SLOT_BASE), ==, 0x74726976);
    for (unsigned off = 0; off < 0x200; off += 4) {
        qtest_writel(s, SLOT_BASE + off, 0xffffffff);
        qtest_writeb(s, SLOT_BASE + off, 0xff);
    }
    g_assert_cmpuint(qtest_readl(s, SLOT_BASE + VIRTIO_MMIO_DEVICE_ID), ==, 0);
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/virtio-mmio/legacy", test_legacy);
    qtest_add_func("/virtio-mmio/modern", test_modern);
    qtest_add_func("/virtio-mmio/empty-slot", test_empty_slot);
    return g_test_run();
}
