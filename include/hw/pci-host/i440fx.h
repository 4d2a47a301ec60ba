/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 82441FX PCI and memory controller (PMC): host bridge of the "pc" machines. */
#ifndef HW_PCI_HOST_I440FX_H
#define HW_PCI_HOST_I440FX_H

#include "hw/pci-host/pam.h"
#include "hw/pci/pci_device.h"

#define I440FX_HOST_PROP_PCI_TYPE "pci-type"
#define TYPE_I440FX_PCI_HOST_BRIDGE "i440FX-pcihost"
#define TYPE_I440FX_PCI_DEVICE "i440FX"

OBJECT_DECLARE_SIMPLE_TYPE(PCII440FXState, I440FX_PCI_DEVICE)

struct PCII440FXState {
    PCIDevice parent_obj;

    MemoryRegion *system_memory;
    MemoryRegion *pci_address_space;
    MemoryRegion *ram_memory;
    PAMMemoryRegion pam_regions[PAM_REGIONS_COUNT];
    MemoryRegion smram_region;      /* the PCI view of 0xa0000, hides the RAM there */
    MemoryRegion smram, low_smram;  /* what only CPUs in system management mode see */
    Object *smram_obj;              /* target of /machine/smram */
};

#endif
