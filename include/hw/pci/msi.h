/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message signalled interrupts (PCI 3.0, 6.8.1): the capability in config space. */
#ifndef HW_PCI_MSI_H
#define HW_PCI_MSI_H

#include "hw/pci/pci_device.h"

extern bool msi_nonbroken;      /* the machine has an interrupt controller that takes messages */

int msi_init(PCIDevice *dev, uint8_t offset, unsigned int nr_vectors, bool msi64bit,
             bool msi_per_vector_mask, Error **errp);
void msi_uninit(PCIDevice *dev);
void msi_reset(PCIDevice *dev);
bool msi_enabled(const PCIDevice *dev);
void msi_notify(PCIDevice *dev, unsigned int vector);
void msi_send_message(PCIDevice *dev, MSIMessage msg);
void msi_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len);
unsigned int msi_nr_vectors_allocated(const PCIDevice *dev);
MSIMessage msi_get_message(PCIDevice *dev, unsigned int vector);
void msi_set_message(PCIDevice *dev, MSIMessage msg);
bool msi_is_masked(const PCIDevice *dev, unsigned vector);
void msi_set_mask(PCIDevice *dev, int vector, bool mask, Error **errp);

static inline bool msi_present(const PCIDevice *dev)
{
    return dev->cap_present & QEMU_PCI_CAP_MSI;
}

#endif
