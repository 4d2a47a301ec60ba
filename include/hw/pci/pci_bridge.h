/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI-to-PCI bridges. The secondary bus has memory and I/O containers of its own; windows are aliases of
 * these containers, placed on the primary side by the base and limit registers:
 *
 *     parent->address_space_mem  <- alias pref_mem, mem  <- br->address_space_mem
 *     parent->address_space_io   <- alias io             <- br->address_space_io
 */
#ifndef HW_PCI_PCI_BRIDGE_H
#define HW_PCI_PCI_BRIDGE_H

#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"

#define TYPE_PCI_BRIDGE "base-pci-bridge"
OBJECT_DECLARE_SIMPLE_TYPE(PCIBridge, PCI_BRIDGE)

enum { PCI_BRIDGE_WIN_IO, PCI_BRIDGE_WIN_MEM, PCI_BRIDGE_WIN_PREF, PCI_BRIDGE_WIN_VGA_IO_LO,
       PCI_BRIDGE_WIN_VGA_IO_HI, PCI_BRIDGE_WIN_VGA_MEM, PCI_BRIDGE_WIN_COUNT };

typedef struct PCIBridgeWindow {
    MemoryRegion alias;
    bool mapped;
    pcibus_t base;
    pcibus_t size;
} PCIBridgeWindow;

struct PCIBridge {
    PCIDevice parent_obj;

    PCIBus sec_bus;
    MemoryRegion address_space_mem;
    MemoryRegion address_space_io;
    PCIBridgeWindow windows[PCI_BRIDGE_WIN_COUNT];
    pci_map_irq_fn map_irq;
    const char *bus_name;
    bool pcie_writeable_slt_bug;
};

#define PCI_BRIDGE_DEV_PROP_CHASSIS_NR "chassis_nr"
#define PCI_BRIDGE_DEV_PROP_MSI "msi"
#define PCI_BRIDGE_DEV_PROP_SHPC "shpc"

int pci_bridge_ssvid_init(PCIDevice *dev, uint8_t offset, uint16_t svid, uint16_t ssid, Error **errp);
PCIBus *pci_bridge_get_sec_bus(PCIBridge *br);
pcibus_t pci_bridge_get_base(const PCIDevice *bridge, uint8_t type);
pcibus_t pci_bridge_get_limit(const PCIDevice *bridge, uint8_t type);
void pci_bridge_update_mappings(PCIBridge *br);
void pci_bridge_write_config(PCIDevice *d, uint32_t address, uint32_t val, int len);
void pci_bridge_disable_base_limit(PCIDevice *dev);
void pci_bridge_reset(DeviceState *qdev);
void pci_bridge_initfn(PCIDevice *pci_dev, const char *typename);
void pci_bridge_exitfn(PCIDevice *pci_dev);
void pci_bridge_map_irq(PCIBridge *br, const char *bus_name, pci_map_irq_fn map_irq);

/* Hints to firmware in a vendor capability: how much room to leave behind this bridge. -1: no wish. */
typedef struct PCIResReserve {
    uint32_t bus;
    uint64_t io;
    uint64_t mem_non_pref;
    uint64_t mem_pref_32;
    uint64_t mem_pref_64;
} PCIResReserve;
int pci_bridge_qemu_reserve_cap_init(PCIDevice *dev, int cap_offset, PCIResReserve res_reserve, Error **errp);

#endif
