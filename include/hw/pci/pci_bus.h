/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of one PCI bus segment: root buses and the secondary side of bridges. */
#ifndef HW_PCI_PCI_BUS_H
#define HW_PCI_PCI_BUS_H

#include "hw/pci/pci.h"

struct PCIBusClass {
    BusClass parent_class;

    int (*bus_num)(const PCIBus *bus);
    uint16_t (*numa_node)(const PCIBus *bus);
};

enum PCIBusFlags {
    PCI_BUS_IS_ROOT = 0x1,
    PCI_BUS_EXTENDED_CONFIG_SPACE = 0x2,
};

struct PCIBus {
    BusState qbus;
    uint32_t flags;
    const PCIIOMMUOps *iommu_ops;
    void *iommu_opaque;
    uint8_t devfn_min;
    uint32_t slot_reserved_mask;
    pci_set_irq_fn set_irq;         /* root buses only: what INTx lines end in */
    pci_map_irq_fn map_irq;
    pci_route_irq_fn route_intx_to_irq;
    void *irq_opaque;
    PCIDevice *devices[PCI_DEVFN_MAX];
    PCIDevice *parent_dev;          /* the bridge this is the secondary bus of, or NULL */
    MemoryRegion *address_space_mem;
    MemoryRegion *address_space_io;
    GSList *child;                  /* secondary buses of bridges that sit on this one, in order */
    struct PCIBusNumbers *numbers;  /* root buses only: which bus answers to a number */

    int32_t nirq;
    int32_t *irq_count;             /* how many functions assert each of the root's lines */
};

#endif
