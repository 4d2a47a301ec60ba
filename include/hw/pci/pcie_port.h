/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI Express ports (root and downstream) and the hot-plug slots behind them. */
#ifndef HW_PCI_PCIE_PORT_H
#define HW_PCI_PCIE_PORT_H

#include "hw/pci/pci_bridge.h"

#define TYPE_PCIE_PORT "pcie-port"
OBJECT_DECLARE_SIMPLE_TYPE(PCIEPort, PCIE_PORT)

struct PCIEPort {
    PCIBridge parent_obj;

    uint8_t port;
};

#define TYPE_PCIE_SLOT "pcie-slot"
OBJECT_DECLARE_SIMPLE_TYPE(PCIESlot, PCIE_SLOT)

struct PCIESlot {
    PCIEPort parent_obj;

    uint8_t chassis;
    uint16_t slot;
    bool native_hotplug;
    bool hotplug;
    bool disable_acs;
    bool power_controller_present;
    uint32_t speed;
    uint32_t width;
};

#define TYPE_PCIE_ROOT_PORT "pcie-root-port-base"
typedef struct PCIERootPortClass PCIERootPortClass;
DECLARE_CLASS_CHECKERS(PCIERootPortClass, PCIE_ROOT_PORT, TYPE_PCIE_ROOT_PORT)

struct PCIERootPortClass {
    PCIDeviceClass parent_class;

    uint8_t (*aer_vector)(const PCIDevice *dev);
    int (*interrupts_init)(PCIDevice *dev, Error **errp);
    void (*interrupts_uninit)(PCIDevice *dev);
    int exp_offset;
    int aer_offset;
    int ssvid_offset;
    int acs_offset;
    int ssid;
};

#endif
