/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See libpci.h. PCI Local Bus 3.0: 3.2.2.3.2 (mechanism #1), 6.2.5 (base address registers). */
#include "qemu/osdep.h"
#include "tests/qtest/libpci.h"

enum {
    CFG_VENDOR = 0x00, CFG_COMMAND = 0x04, CFG_STATUS = 0x06, CFG_BAR0 = 0x10, CFG_CAP = 0x34,
    COMMAND_IO = 1, COMMAND_MEMORY = 2, COMMAND_MASTER = 4, STATUS_CAP = 0x10,
};

void qpci_init_pc(QPCIBus *bus, QTestState *qts)
{
    *bus = (QPCIBus) { .qts = qts, .next_io = 0xc000, .next_mem = 0xe0000000, .end_mem = 0xfec00000 };
}

static uint16_t select_register(QPCIDevice *dev, uint8_t offset)
{
    qtest_outl(dev->bus->qts, 0xcf8, 1u << 31 | dev->bus_num << 16 | dev->devfn << 8 | (offset & 0xfc));
    return 0xcfc + (offset & 3);
}

#define DEFINE_CONFIG(letter, type)                                                         \
    type qpci_config_read##letter(QPCIDevice *dev, uint8_t offset)                          \
    {                                                                                       \
        return qtest_in##letter(dev->bus->qts, select_register(dev, offset));               \
    }                                                                                       \
    void qpci_config_write##letter(QPCIDevice *dev, uint8_t offset, type value)             \
    {                                                                                       \
        qtest_out##letter(dev->bus->qts, select_register(dev, offset), value);              \
    }
DEFINE_CONFIG(b, uint8_t)
DEFINE_CONFIG(w, uint16_t)
DEFINE_CONFIG(l, uint32_t)

bool qpci_device_init_on(QPCIDevice *dev, QPCIBus *bus, int bus_num, int devfn)
{
    *dev = (QPCIDevice) { .bus = bus, .bus_num = bus_num, .devfn = devfn };
    return qpci_config_readw(dev, CFG_VENDOR) != 0xffff;
}

bool qpci_device_init(QPCIDevice *dev, QPCIBus *bus, int devfn)
{
    return qpci_device_init_on(dev, bus, 0, devfn);
}

void qpci_device_enable(QPCIDevice *dev)
{
    uint16_t want = COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER;
    uint16_t cmd = qpci_config_readw(dev, CFG_COMMAND) | want;

    qpci_config_writew(dev, CFG_COMMAND, cmd);
    g_assert_cmphex(qpci_config_readw(dev, CFG_COMMAND) & COMMAND_MASTER, ==, COMMAND_MASTER);
}

uint8_t qpci_find_capability(QPCIDevice *dev, uint8_t id, uint8_t start_addr)
{
    uint8_t addr;

    if (!(qpci_config_readw(dev, CFG_STATUS) & STATUS_CAP)) {
        return 0;
    }
    addr = qpci_config_readb(dev, start_addr ? start_addr + 1 : CFG_CAP);
    for (int i = 0; addr && i < 48; i++) {
        if (qpci_config_readb(dev, addr) == id) {
            return addr;
        }
        addr = qpci_config_readb(dev, addr + 1);
    }
    return 0;
}

static QPCIBar map_io(QPCIDevice *dev, uint8_t reg)
{
    QPCIBar bar = { .is_io = true };
    QPCIBus *bus = dev->bus;

    qpci_config_writel(dev, reg, 0xffffffff);
    bar.size = (uint16_t)-(qpci_config_readl(dev, reg) & 0xfffc);
    g_assert_cmpuint(bar.size, !=, 0);
    bar.addr = ROUND_UP(bus->next_io, bar.size);
    bus->next_io = bar.addr + bar.size;
    qpci_config_writel(dev, reg, bar.addr | 1);
    return bar;
}

static QPCIBar map_memory(QPCIDevice *dev, uint8_t reg, bool is_64)
{
    QPCIBar bar = { 0 };
    QPCIBus *bus = dev->bus;
    uint64_t mask;

    qpci_config_writel(dev, reg, 0xffffffff);
    mask = qpci_config_readl(dev, reg) & ~0xfu;
    if (is_64) {
        qpci_config_writel(dev, reg + 4, 0xffffffff);
        mask |= (uint64_t)qpci_config_readl(dev, reg + 4) << 32;
        qpci_config_writel(dev, reg + 4, 0);
    } else {
        mask |= 0xffffffff00000000ULL;
    }
    bar.size = -mask;
    g_assert_cmpuint(bar.size, !=, 0);
    bar.addr = ROUND_UP(bus->next_mem, bar.size);
    bus->next_mem = bar.addr + bar.size;
    g_assert_cmphex(bus->next_mem, <=, bus->end_mem);
    qpci_config_writel(dev, reg, bar.addr);
    return bar;
}

QPCIBar qpci_iomap(QPCIDevice *dev, int barno, uint64_t *size)
{
    uint8_t reg = CFG_BAR0 + 4 * barno;
    uint32_t kind = qpci_config_readl(dev, reg);
    uint16_t cmd = qpci_config_readw(dev, CFG_COMMAND);
    bool is_io = kind & 1;
    QPCIBar bar;

    g_assert_cmpint(barno, <, 6);
    qpci_config_writew(dev, CFG_COMMAND, cmd & ~(is_io ? COMMAND_IO : COMMAND_MEMORY));
    bar = is_io ? map_io(dev, reg) : map_memory(dev, reg, (kind & 6) == 4);
    qpci_config_writew(dev, CFG_COMMAND, cmd | (is_io ? COMMAND_IO : COMMAND_MEMORY));
    if (size) {
        *size = bar.size;
    }
    return bar;
}

QPCIBar qpci_legacy_iomap(QPCIDevice *dev, uint16_t addr)
{
    return (QPCIBar) { .addr = addr, .size = 0x10000 - addr, .is_io = true };
}

#define DEFINE_IO(letter, type)                                                                         \
    type qpci_io_read##letter(QPCIDevice *dev, QPCIBar bar, uint64_t off)                               \
    {                                                                                                   \
        return bar.is_io ? qtest_in##letter(dev->bus->qts, bar.addr + off)                              \
                         : qtest_read##letter(dev->bus->qts, bar.addr + off);                           \
    }                                                                                                   \
    void qpci_io_write##letter(QPCIDevice *dev, QPCIBar bar, uint64_t off, type value)                  \
    {                                                                                                   \
        if (bar.is_io) {                                                                                \
            qtest_out##letter(dev->bus->qts, bar.addr + off, value);                                    \
        } else {                                                                                        \
            qtest_write##letter(dev->bus->qts, bar.addr + off, value);                                  \
        }                                                                                               \
    }
DEFINE_IO(b, uint8_t)
DEFINE_IO(w, uint16_t)
DEFINE_IO(l, uint32_t)

uint64_t qpci_io_readq(QPCIDevice *dev, QPCIBar bar, uint64_t off)
{
    if (bar.is_io) {
        uint64_t low = qpci_io_readl(dev, bar, off);
        return low | (uint64_t)qpci_io_readl(dev, bar, off + 4) << 32;
    }
    return qtest_readq(dev->bus->qts, bar.addr + off);
}

void qpci_io_writeq(QPCIDevice *dev, QPCIBar bar, uint64_t off, uint64_t value)
{
    if (bar.is_io) {
        qpci_io_writel(dev, bar, off, value);
        qpci_io_writel(dev, bar, off + 4, value >> 32);
    } else {
        qtest_writeq(dev->bus->qts, bar.addr + off, value);
    }
}

void qpci_memread(QPCIDevice *dev, QPCIBar bar, uint64_t off, void *buf, size_t len)
{
    g_assert_false(bar.is_io);
    qtest_memread(dev->bus->qts, bar.addr + off, buf, len);
}

void qpci_memwrite(QPCIDevice *dev, QPCIBar bar, uint64_t off, const void *buf, size_t len)
{
    g_assert_false(bar.is_io);
    qtest_memwrite(dev->bus->qts, bar.addr + off, buf, len);
}
