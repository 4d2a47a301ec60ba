/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI from a test's side: configuration space through 0xcf8/0xcfc, BARs sized, placed and mapped.
 *
 *      QPCIBus bus; QPCIDevice dev; QPCIBar bar;
 *      qpci_init_pc(&bus, qts);
 *      qpci_device_init(&dev, &bus, QPCI_DEVFN(4, 0));
 *      qpci_device_enable(&dev);
 *      bar = qpci_iomap(&dev, 0, NULL);
 *      qpci_io_writel(&dev, bar, 0x38, 1);
 */
#ifndef TESTS_LIBPCI_H
#define TESTS_LIBPCI_H

#include "tests/qtest/libqtest.h"

#define QPCI_DEVFN(dev, fn) (((dev) << 3) | (fn))

typedef struct QPCIBus {
    QTestState *qts;
    uint16_t next_io;            /* where the next BAR goes */
    uint64_t next_mem, end_mem;
} QPCIBus;

typedef struct QPCIDevice {
    QPCIBus *bus;
    uint8_t bus_num, devfn;
    bool msix_enabled;
} QPCIDevice;

typedef struct QPCIBar {
    uint64_t addr;
    uint64_t size;
    bool is_io;
} QPCIBar;

void qpci_init_pc(QPCIBus *bus, QTestState *qts);
/* False: nobody answers there. */
bool qpci_device_init(QPCIDevice *dev, QPCIBus *bus, int devfn);
bool qpci_device_init_on(QPCIDevice *dev, QPCIBus *bus, int bus_num, int devfn);
/* Memory, I/O and bus mastering on, checked by reading back. */
void qpci_device_enable(QPCIDevice *dev);
uint8_t qpci_find_capability(QPCIDevice *dev, uint8_t id, uint8_t start_addr);

uint8_t qpci_config_readb(QPCIDevice *dev, uint8_t offset);
uint16_t qpci_config_readw(QPCIDevice *dev, uint8_t offset);
uint32_t qpci_config_readl(QPCIDevice *dev, uint8_t offset);
void qpci_config_writeb(QPCIDevice *dev, uint8_t offset, uint8_t value);
void qpci_config_writew(QPCIDevice *dev, uint8_t offset, uint16_t value);
void qpci_config_writel(QPCIDevice *dev, uint8_t offset, uint32_t value);

/* Size BAR @barno, give it an address, switch its decoding on. */
QPCIBar qpci_iomap(QPCIDevice *dev, int barno, uint64_t *size);
QPCIBar qpci_legacy_iomap(QPCIDevice *dev, uint16_t addr);

uint8_t qpci_io_readb(QPCIDevice *dev, QPCIBar bar, uint64_t off);
uint16_t qpci_io_readw(QPCIDevice *dev, QPCIBar bar, uint64_t off);
uint32_t qpci_io_readl(QPCIDevice *dev, QPCIBar bar, uint64_t off);
uint64_t qpci_io_readq(QPCIDevice *dev, QPCIBar bar, uint64_t off);
void qpci_io_writeb(QPCIDevice *dev, QPCIBar bar, uint64_t off, uint8_t value);
void qpci_io_writew(QPCIDevice *dev, QPCIBar bar, uint64_t off, uint16_t value);
void qpci_io_writel(QPCIDevice *dev, QPCIBar bar, uint64_t off, uint32_t value);
void qpci_io_writeq(QPCIDevice *dev, QPCIBar bar, uint64_t off, uint64_t value);
void qpci_memread(QPCIDevice *dev, QPCIBar bar, uint64_t off, void *buf, size_t len);
void qpci_memwrite(QPCIDevice *dev, QPCIBar bar, uint64_t off, const void *buf, size_t len);

#endif
