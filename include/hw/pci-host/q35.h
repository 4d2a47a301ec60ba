/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Q35 memory controller hub: host bridge of the "q35" machines. The host's links are set before it is realized. */
#ifndef HW_PCI_HOST_Q35_H
#define HW_PCI_HOST_Q35_H

#include "hw/pci-host/pam.h"
#include "hw/pci/pci_device.h"
#include "hw/pci/pcie_host.h"

#define TYPE_Q35_HOST_DEVICE "q35-pcihost"
OBJECT_DECLARE_SIMPLE_TYPE(Q35PCIHost, Q35_HOST_DEVICE)

#define TYPE_MCH_PCI_DEVICE "mch"
OBJECT_DECLARE_SIMPLE_TYPE(MCHPCIState, MCH_PCI_DEVICE)

struct MCHPCIState {
    PCIDevice parent_obj;

    MemoryRegion *ram_memory;
    MemoryRegion *pci_address_space;
    MemoryRegion *system_memory;
    MemoryRegion *address_space_io;
    PAMMemoryRegion pam_regions[PAM_REGIONS_COUNT];
    MemoryRegion smram_region;
    MemoryRegion smram, low_smram;
    Object *smram_obj;              /* target of /machine/smram */
    uint64_t below_4g_mem_size;
    uint64_t above_4g_mem_size;
    uint64_t pci_hole64_size;
    uint32_t short_root_bus;
    uint16_t ext_tseg_mbytes;
    bool has_smram_at_smbase;
};

struct Q35PCIHost {
    PCIExpressHost parent_obj;

    bool pci_hole64_fix;
    MCHPCIState mch;
};

#define MCH_HOST_BRIDGE_CONFIG_ADDR 0xcf8
#define MCH_HOST_BRIDGE_CONFIG_DATA 0xcfc

#define MCH_HOST_BRIDGE_PCIEXBAR 0x60
#define MCH_HOST_BRIDGE_PCIEXBAR_DEFAULT 0xb0000000ULL
#define MCH_HOST_BRIDGE_PCIEXBAR_MAX 0x10000000ULL
#define MCH_HOST_BRIDGE_PCIEXBAREN 1ULL
#define MCH_HOST_BRIDGE_PAM0 0x90
#define MCH_HOST_BRIDGE_SMRAM 0x9d
#define MCH_HOST_BRIDGE_ESMRAMC 0x9e

#endif
