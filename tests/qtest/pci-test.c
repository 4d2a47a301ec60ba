/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI core: BAR sizing, decoding, bus numbers behind bridges, ECAM, capability lists. */
#include "qemu/osdep.h"
#include "libpci.h"

static void test_bar_size(void)
{
    QTestState *s = qtest_init("-machine pc -m 64 -nodefaults -device virtio-rng-pci,addr=4");
    QPCIDevice d;
    QPCIBus bus;

    qpci_init_pc(&bus, s);
    g_assert_true(qpci_device_init(&d, &bus, QPCI_DEVFN(4, 0)));
    g_assert_false(qpci_device_init(&(QPCIDevice) { 0 }, &bus, QPCI_DEVFN(9, 0)));
    qpci_config_writel(&d, 0x20, 0xffffffff);
    qpci_config_writel(&d, 0x24, 0xffffffff);
    g_assert_cmphex(qpci_config_readl(&d, 0x20), ==, 0xffffc00c);   /* 16 KiB, 64-bit, prefetchable */
    g_assert_cmphex(qpci_config_readl(&d, 0x24), ==, 0xffffffff);
    qpci_config_writel(&d, 0x14, 0xffffffff);
    g_assert_cmphex(qpci_config_readl(&d, 0x14), ==, 0xfffff000);   /* MSI-X table */
    qpci_config_writel(&d, 0x00, 0);
    g_assert_cmphex(qpci_config_readl(&d, 0x00), ==, 0x10051af4);   /* read-only */
    g_assert_cmphex(qpci_find_capability(&d, 0x11, 0), !=, 0);
    qtest_quit(s);
}

static void test_bridge(void)
{
    QTestState *s = qtest_init("-machine q35 -m 64 -nodefaults -device pcie-root-port,id=r,chassis=1,addr=3 "
                               "-device virtio-rng-pci,bus=r");
    QPCIDevice port, d;
    QPCIBus bus;

    qpci_init_pc(&bus, s);
    g_assert_true(qpci_device_init(&port, &bus, QPCI_DEVFN(3, 0)));
    g_assert_cmphex(qpci_config_readb(&port, 0x0e) & 0x7f, ==, 1);
    qpci_config_writel(&port, 0x18, 0x00020200);
    g_assert_true(qpci_device_init_on(&d, &bus, 2, QPCI_DEVFN(0, 0)));
    g_assert_cmphex(qpci_config_readl(&d, 0), ==, 0x10441af4);      /* modern: no legacy behind a port */
    g_assert_cmphex(qpci_find_capability(&d, 0x10, 0), ==, 0x40);
    /* Another number, and the old one is empty. */
    qpci_config_writel(&port, 0x18, 0x00070700);
    g_assert_false(qpci_device_init_on(&d, &bus, 2, QPCI_DEVFN(0, 0)));
    g_assert_true(qpci_device_init_on(&d, &bus, 7, QPCI_DEVFN(0, 0)));
    qtest_quit(s);
}

static void test_ecam(void)
{
    QTestState *s = qtest_init("-machine q35 -m 64 -nodefaults");
    QPCIDevice mch;
    QPCIBus bus;

    qpci_init_pc(&bus, s);
    g_assert_true(qpci_device_init(&mch, &bus, 0));
    qpci_config_writel(&mch, 0x64, 0);
    qpci_config_writel(&mch, 0x60, 0xb0000001);
    g_assert_cmphex(qtest_readl(s, 0xb0000000), ==, 0x29c08086);
    g_assert_cmphex(qtest_readl(s, 0xb0000000 + (31 << 15)), ==, 0x29188086);
    g_assert_cmphex(qtest_readl(s, 0xb0000000 + (5 << 15)), ==, 0xffffffff);
    g_assert_cmphex(qtest_readl(s, 0xb0000100), ==, 0);             /* no extended capabilities */
    qpci_config_writel(&mch, 0x60, 0xc0000001);
    g_assert_cmphex(qtest_readl(s, 0xc0000000), ==, 0x29c08086);
    qtest_quit(s);
}

/* The reset control port sits inside the 32-bit address register. */
static void test_cf8_width(void)
{
    QTestState *s = qtest_init("-machine q35 -m 64 -nodefaults");

    qtest_outl(s, 0xcf8, 0x80000000);
    g_assert_cmphex(qtest_inl(s, 0xcf8), ==, 0x80000000);
    g_assert_cmphex(qtest_inl(s, 0xcfc), ==, 0x29c08086);
    qtest_outb(s, 0xcf9, 0x02);
    g_assert_cmphex(qtest_inb(s, 0xcf9), ==, 0x02);
    g_assert_cmphex(qtest_inl(s, 0xcf8), ==, 0x80000000);
    qtest_quit(s);
}

/* Writes of the right width and value at the right place count, others do not; a BAR of the size asked for. */
static void testdev_bar(QPCIDevice *dev, QPCIBar bar, const char *kind)
{
    static const char *const names[] = { "no-eventfd", "wildcard-eventfd", "datamatch-eventfd" };

    for (int t = 0; t < 4; t++) {
        char name[48] = { 0 };
        g_autofree char *want = t < 3 ? g_strdup_printf("%s-%s", kind, names[t]) : g_strdup("");
        uint32_t off, data;

        qpci_io_writeb(dev, bar, 0, t);
        for (int i = 0; i < 47; i++) {
            name[i] = qpci_io_readb(dev, bar, 16 + i);
        }
        g_assert_cmpstr(name, ==, want);
        if (t == 3) {
            break;
        }
        g_assert_cmpuint(qpci_io_readb(dev, bar, 1), ==, 1);
        off = qpci_io_readl(dev, bar, 4);
        data = qpci_io_readl(dev, bar, 8);
        g_assert_cmpuint(off, <, bar.size);
        for (int i = 0; i < 5; i++) {
            qpci_io_writeb(dev, bar, off, data);
        }
        g_assert_cmpuint(qpci_io_readl(dev, bar, 12), ==, 5);
        qpci_io_writew(dev, bar, off, data);
        g_assert_cmpuint(qpci_io_readl(dev, bar, 12), ==, 5);
        qpci_io_writeb(dev, bar, off, data ^ 1);
        g_assert_cmpuint(qpci_io_readl(dev, bar, 12), ==, t == 1 ? 6 : 5);
    }
}

static void test_testdev(void)
{
    QTestState *s = qtest_init("-machine pc -m 64 -nodefaults -device pci-testdev,addr=4,membar=1M");
    uint64_t size;
    QPCIBus bus;
    QPCIDevice dev;

    qpci_init_pc(&bus, s);
    g_assert_true(qpci_device_init(&dev, &bus, QPCI_DEVFN(4, 0)));
    g_assert_cmphex(qpci_config_readl(&dev, 0), ==, 0x00051b36);
    qpci_device_enable(&dev);
    testdev_bar(&dev, qpci_iomap(&dev, 0, &size), "mmio");
    g_assert_cmpuint(size, ==, 4096);
    testdev_bar(&dev, qpci_iomap(&dev, 1, &size), "portio");
    g_assert_cmpuint(size, ==, 256);
    qpci_iomap(&dev, 2, &size);
    g_assert_cmpuint(size, ==, 1 << 20);
    qtest_quit(s);
}

/*
 * Hot-plug below a root port, with the slot registers of PCIe 5.0, 7.5.3.10 and .11: plugging presses the button and
 * shows a card; unplugging presses it again, and the card goes when the guest switched power and indicator off.
 */
static void test_hotplug(void)
{
    enum { SLOT_CONTROL = 0x18, SLOT_STATUS = 0x1a, BUTTON = 1, PRESENT = 1 << 6, IND_ON = 1 << 8, IND_OFF = 3 << 8,
           POWER_OFF = 1 << 10 };
    QTestState *s = qtest_init("-machine q35 -m 64 -nodefaults -device pcie-root-port,id=rp,chassis=1,slot=1,addr=4");
    QPCIBus bus;
    QPCIDevice port;
    uint8_t cap;
    bool gone;
    QDict *r;

    qpci_init_pc(&bus, s);
    g_assert_true(qpci_device_init(&port, &bus, QPCI_DEVFN(4, 0)));
    cap = qpci_find_capability(&port, 0x10, 0);
    g_assert_cmpuint(cap, !=, 0);
    for (int round = 0; round < 2; round++) {
        g_assert_cmphex(qpci_config_readw(&port, cap + SLOT_STATUS) & PRESENT, ==, 0);
        r = qtest_qmp(s, "{'execute': 'device_add', "
                         "'arguments': {'driver': 'virtio-rng-pci', 'id': 'r', 'bus': 'rp'}}");
        g_assert_true(qdict_haskey(r, "return"));
        qobject_unref(r);
        g_assert_cmphex(qpci_config_readw(&port, cap + SLOT_STATUS) & (PRESENT | BUTTON), ==, PRESENT | BUTTON);
        qpci_config_writew(&port, cap + SLOT_STATUS, 0x1f);
        qpci_config_writew(&port, cap + SLOT_CONTROL, IND_ON);
        r = qtest_qmp(s, "{'execute': 'device_del', 'arguments': {'id': 'r'}}");
        g_assert_true(qdict_haskey(r, "return"));
        qobject_unref(r);
        g_assert_cmphex(qpci_config_readw(&port, cap + SLOT_STATUS) & (PRESENT | BUTTON), ==, PRESENT | BUTTON);
        qpci_config_writew(&port, cap + SLOT_STATUS, 0x1f);
        qpci_config_writew(&port, cap + SLOT_CONTROL, IND_OFF | POWER_OFF);
        gone = false;
        while (!gone) {                 /* the device's inner one is announced first, without id */
            r = qtest_qmp_eventwait_ref(s, "DEVICE_DELETED");
            gone = qdict_haskey(qdict_get_qdict(r, "data"), "device");
            qobject_unref(r);
        }
    }
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pci/bar-size", test_bar_size);
    qtest_add_func("/pci/bridge", test_bridge);
    qtest_add_func("/pci/testdev", test_testdev);
    qtest_add_func("/pci/hotplug", test_hotplug);
    qtest_add_func("/pci/ecam", test_ecam);
    qtest_add_func("/pci/cf8-width", test_cf8_width);
    return g_test_run();
}
