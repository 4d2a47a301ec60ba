/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of virtio-pci. */
#ifndef HW_VIRTIO_PCI_INTERNAL_H
#define HW_VIRTIO_PCI_INTERNAL_H

#include <linux/virtio_pci.h>

#include "hw/virtio/virtio-pci.h"
#include "qemu/host-utils.h"

#ifndef VIRTIO_PCI_CAP_LEN
#define VIRTIO_PCI_CAP_LEN 2
#define VIRTIO_PCI_CAP_CFG_TYPE 3
#define VIRTIO_PCI_CAP_BAR 4
#define VIRTIO_PCI_CAP_OFFSET 8
#define VIRTIO_PCI_CAP_LENGTH 12
#endif

enum { VPCI_LEGACY_BAR = 0, VPCI_MSIX_BAR = 1, VPCI_MODERN_BAR = 4 };
enum { VPCI_COMMON_OFF = 0x0000, VPCI_ISR_OFF = 0x1000, VPCI_DEVICE_OFF = 0x2000, VPCI_NOTIFY_OFF = 0x3000 };

#define VPCI_FLAG_DISABLE_PCIE_BIT 6
#define VPCI_FLAG_DISABLE_PCIE (1u << VPCI_FLAG_DISABLE_PCIE_BIT)
#define VPCI_FLAG_PAGE_PER_VQ_BIT 7
#define VPCI_FLAG_PAGE_PER_VQ (1u << VPCI_FLAG_PAGE_PER_VQ_BIT)

static inline uint32_t virtio_pci_notify_mult(const VirtIOPCIProxy *proxy)
{
    return proxy->flags & VPCI_FLAG_PAGE_PER_VQ ? 0x1000 : 4;
}
static inline uint32_t virtio_pci_notify_len(const VirtIOPCIProxy *proxy)
{
    return virtio_pci_notify_mult(proxy) * VIRTIO_QUEUE_MAX;
}

extern const MemoryRegionOps virtio_pci_legacy_ops;
extern const MemoryRegionOps virtio_pci_modern_ops;
PCIConfigReadFunc virtio_pci_read_config;
PCIConfigWriteFunc virtio_pci_write_config;
uint16_t virtio_pci_change_vector(VirtIOPCIProxy *proxy, uint16_t old, uint16_t new_vector);
void virtio_pci_reset_device(VirtIOPCIProxy *proxy);

#endif
