// SPDX-License-Identifier: GPL-2.0-or-later
/* Base types of PCI Express ports and of ports with a hot-plug slot: properties and the hot-plug handler. */
#include "qemu/osdep.h"
#include "hw/pci/pcie_port.h"
#include "hw/core/qdev-properties.h"
#include "qapi/error.h"

static const Property pcie_port_props[] = {
    DEFINE_PROP_UINT8("port", PCIEPort, port, 0),
    DEFINE_PROP_UINT16("aer_log_max", PCIEPort, parent_obj.parent_obj.exp.aer_log.log_max,
                       PCIE_AER_LOG_MAX_DEFAULT),
};

static void pcie_port_class_init(ObjectClass *oc, const void *data)
{
    device_class_set_props(DEVICE_CLASS(oc), pcie_port_props);
}

static const Property pcie_slot_props[] = {
    DEFINE_PROP_UINT8("chassis", PCIESlot, chassis, 0),
    DEFINE_PROP_UINT16("slot", PCIESlot, slot, 0),
    DEFINE_PROP_BOOL("hotplug", PCIESlot, hotplug, true),
    DEFINE_PROP_BOOL("x-native-hotplug", PCIESlot, native_hotplug, true),
    DEFINE_PROP_BOOL("power_controller_present", PCIESlot, power_controller_present, true),
    DEFINE_PROP_BOOL("disable-acs", PCIESlot, disable_acs, false),
};

static void slot_device_check(HotplugHandler *h, DeviceState *dev, Error **errp)
{
    if (!object_dynamic_cast(OBJECT(dev), TYPE_PCI_DEVICE)) {
        error_setg(errp, "%s is not a PCI device", object_get_typename(OBJECT(dev)));
        return;
    }
    pcie_cap_slot_pre_plug_cb(h, dev, errp);
}

static void pcie_slot_class_init(ObjectClass *oc, const void *data)
{
    HotplugHandlerClass *hc = HOTPLUG_HANDLER_CLASS(oc);

    device_class_set_props(DEVICE_CLASS(oc), pcie_slot_props);
    hc->pre_plug = slot_device_check;
    hc->plug = pcie_cap_slot_plug_cb;
    hc->unplug = pcie_cap_slot_unplug_cb;
    hc->unplug_request = pcie_cap_slot_unplug_request_cb;
}

static void pcie_slot_init(Object *obj)
{
    PCIESlot *s = PCIE_SLOT(obj);

    s->speed = QEMU_PCI_EXP_LNK_2_5GT;
    s->width = 1;
}

static const TypeInfo pcie_port_types[] = {
    {
        .name = TYPE_PCIE_PORT,
        .parent = TYPE_PCI_BRIDGE,
        .instance_size = sizeof(PCIEPort),
        .abstract = true,
        .class_init = pcie_port_class_init,
    },
    {
        .name = TYPE_PCIE_SLOT,
        .parent = TYPE_PCIE_PORT,
        .instance_size = sizeof(PCIESlot),
        .instance_init = pcie_slot_init,
        .abstract = true,
        .class_init = pcie_slot_class_init,
        .interfaces = (const InterfaceInfo[]) { { TYPE_HOTPLUG_HANDLER }, { } },
    },
};

DEFINE_TYPES(pcie_port_types)
