/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host bridge with a memory-mapped configuration window (ECAM). */
#ifndef HW_PCI_PCIE_HOST_H
#define HW_PCI_PCIE_HOST_H

#include "hw/pci/pci_host.h"

#define TYPE_PCIE_HOST_BRIDGE "pcie-host-bridge"
OBJECT_DECLARE_SIMPLE_TYPE(PCIExpressHost, PCIE_HOST_BRIDGE)

#define PCIE_HOST_MCFG_BASE "MCFG"
#define PCIE_HOST_MCFG_SIZE "mcfg_size"
#define PCIE_BASE_ADDR_UNMAPPED ((hwaddr)-1ULL)

/* Offset within the window: bus << 20 | devfn << 12 | register. */
#define PCIE_MMCFG_SIZE_MAX (1ULL << 28)
#define PCIE_MMCFG_SIZE_MIN (1ULL << 20)
#define PCIE_MMCFG_BUS(addr) (((addr) >> 20) & 0xff)
#define PCIE_MMCFG_DEVFN(addr) (((addr) >> 12) & 0xff)
#define PCIE_MMCFG_CONFOFFSET(addr) ((addr) & 0xfff)

struct PCIExpressHost {
    PCIHostState pci;

    hwaddr base_addr;       /* PCIE_BASE_ADDR_UNMAPPED while off */
    hwaddr size;
    MemoryRegion mmio;
};

void pcie_host_mmcfg_init(PCIExpressHost *e, uint32_t size);
void pcie_host_mmcfg_map(PCIExpressHost *e, hwaddr addr, uint32_t size);
void pcie_host_mmcfg_unmap(PCIExpressHost *e);
void pcie_host_mmcfg_update(PCIExpressHost *e, int enable, hwaddr addr, uint32_t size);

#endif
