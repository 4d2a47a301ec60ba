/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of hw/pci share and nobody else needs. */
#ifndef HW_PCI_INTERNAL_H
#define HW_PCI_INTERNAL_H

#include "hw/core/qdev-properties-system.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"

extern const VMStateDescription vmstate_pcibus;

/* Recompute everything that follows from the command register and BARs. */
void pci_update_bus_master(PCIDevice *d);
/* INTx Disable may have changed. */
void pci_update_irq_disabled(PCIDevice *d, bool was_disabled);
bool pci_irq_disabled(const PCIDevice *d);
void pci_update_irq_status(PCIDevice *d);

/* Room for the masks of extended configuration space; without it they are zero there. */
void pci_extend_masks(PCIDevice *d);
static inline bool pci_has_masks_at(const PCIDevice *d, uint32_t addr)
{
    return addr < PCI_CONFIG_SPACE_SIZE || d->extended;
}
/* A bridge below this root came or went, or its bus numbers changed. */
void pci_bus_numbers_changed(PCIBus *bus);

#endif
