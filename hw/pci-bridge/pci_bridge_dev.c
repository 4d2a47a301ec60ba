// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "pci-bridge": a conventional PCI-to-PCI bridge with a slot id capability. Standard hot-plug (SHPC) is not
 * implemented: "shpc" must stay off.
 *
 * "i82801b11-bridge": from a PCI Express root bus to a conventional one.
 */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "hw/pci/msi.h"
#include "hw/pci/pci_bridge.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qapi/qapi-types-common.h"

#define TYPE_PCI_BRIDGE_DEV "pci-bridge"
OBJECT_DECLARE_SIMPLE_TYPE(PCIBridgeDev, PCI_BRIDGE_DEV)

struct PCIBridgeDev {
    PCIBridge parent_obj;

    uint8_t chassis_nr;
    bool shpc;
    OnOffAuto msi;
    PCIResReserve res_reserve;
};

static bool msi_if_wanted(PCIDevice *d, OnOffAuto want, uint8_t offset, Error **errp)
{
    Error *err = NULL;

    if (want == ON_OFF_AUTO_OFF || msi_init(d, offset, 1, true, true, &err) >= 0) {
        return true;
    }
    if (want == ON_OFF_AUTO_ON) {
        error_propagate(errp, err);
        return false;
    }
    error_free(err);
    return true;
}

static int slotid_cap_init(PCIDevice *d, uint8_t chassis, Error **errp)
{
    int pos;

    if (!chassis) {
        error_setg(errp, "pci-bridge: chassis_nr must be set to a value from 1 to 255");
        return -EINVAL;
    }
    pos = pci_add_capability(d, PCI_CAP_ID_SLOTID, 0, 4, errp);
    if (pos >= 0) {
        d->config[pos + PCI_SID_ESR] = PCI_SID_ESR_FIC;
        d->config[pos + PCI_SID_CHASSIS_NR] = chassis;
        d->wmask[pos + PCI_SID_CHASSIS_NR] = 0xff;
    }
    return pos;
}

static void pci_bridge_dev_realize(PCIDevice *d, Error **errp)
{
    PCIBridgeDev *s = PCI_BRIDGE_DEV(d);

    if (s->shpc) {
        error_setg(errp, "pci-bridge: shpc=on is not supported");
        return;
    }
    pci_bridge_initfn(d, TYPE_PCI_BUS);
    d->config[PCI_INTERRUPT_PIN] = 1;
    if (slotid_cap_init(d, s->chassis_nr, errp) < 0 || !msi_if_wanted(d, s->msi, 0, errp) ||
        pci_bridge_qemu_reserve_cap_init(d, 0, s->res_reserve, errp) < 0) {
        pci_bridge_exitfn(d);
    }
}

static const VMStateDescription vmstate_pci_bridge_dev = {
    .name = "pci_bridge",
    .priority = MIG_PRI_PCI_BUS,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, PCIBridge),
        VMSTATE_END_OF_LIST()
    },
};

static const Property pci_bridge_dev_props[] = {
    DEFINE_PROP_UINT8(PCI_BRIDGE_DEV_PROP_CHASSIS_NR, PCIBridgeDev, chassis_nr, 0),
    DEFINE_PROP_ON_OFF_AUTO(PCI_BRIDGE_DEV_PROP_MSI, PCIBridgeDev, msi, ON_OFF_AUTO_AUTO),
    DEFINE_PROP_BOOL(PCI_BRIDGE_DEV_PROP_SHPC, PCIBridgeDev, shpc, false),
    DEFINE_PROP_UINT32("bus-reserve", PCIBridgeDev, res_reserve.bus, UINT32_MAX),
    DEFINE_PROP_SIZE("io-reserve", PCIBridgeDev, res_reserve.io, UINT64_MAX),
    DEFINE_PROP_SIZE("mem-reserve", PCIBridgeDev, res_reserve.mem_non_pref, UINT64_MAX),
    DEFINE_PROP_SIZE("pref32-reserve", PCIBridgeDev, res_reserve.mem_pref_32, UINT64_MAX),
    DEFINE_PROP_SIZE("pref64-reserve", PCIBridgeDev, res_reserve.mem_pref_64, UINT64_MAX),
};

static void bridge_common_class_init(DeviceClass *dc, PCIDeviceClass *k)
{
    k->exit = pci_bridge_exitfn;
    k->config_write = pci_bridge_write_config;
    dc->reset = pci_bridge_reset;
    set_bit(DEVICE_CATEGORY_BRIDGE, dc->categories);
}

static void pci_bridge_dev_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    bridge_common_class_init(dc, k);
    k->realize = pci_bridge_dev_realize;
    k->vendor_id = PCI_VENDOR_ID_REDHAT;
    k->device_id = PCI_DEVICE_ID_REDHAT_BRIDGE;
    k->class_id = PCI_CLASS_BRIDGE_PCI;
    dc->desc = "Standard PCI Bridge";
    dc->vmsd = &vmstate_pci_bridge_dev;
    device_class_set_props(dc, pci_bridge_dev_props);
}

/* ---- i82801b11-bridge ---- */

static void i82801b11_realize(PCIDevice *d, Error **errp)
{
    pci_bridge_initfn(d, TYPE_PCI_BUS);
    if (pci_bridge_ssvid_init(d, 0x50, PCI_VENDOR_ID_INTEL, 0, errp) < 0) {
        pci_bridge_exitfn(d);
        return;
    }
    pci_config_set_prog_interface(d->config, PCI_CLASS_BRIDGE_PCI_INF_SUB);
}

static const VMStateDescription vmstate_i82801b11 = {
    .name = "i82801b11_bridge",
    .priority = MIG_PRI_PCI_BUS,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, PCIBridge),
        VMSTATE_END_OF_LIST()
    },
};

static void i82801b11_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    bridge_common_class_init(dc, k);
    k->realize = i82801b11_realize;
    k->vendor_id = PCI_VENDOR_ID_INTEL;
    k->device_id = PCI_DEVICE_ID_INTEL_82801BA_11;
    k->revision = 0x92;
    dc->vmsd = &vmstate_i82801b11;
}

static const TypeInfo bridge_types[] = {
    {
        .name = TYPE_PCI_BRIDGE_DEV,
        .parent = TYPE_PCI_BRIDGE,
        .instance_size = sizeof(PCIBridgeDev),
        .class_init = pci_bridge_dev_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } },
    },
    {
        .name = "i82801b11-bridge",
        .parent = TYPE_PCI_BRIDGE,
        .class_init = i82801b11_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } },
    },
};

DEFINE_TYPES(bridge_types)
