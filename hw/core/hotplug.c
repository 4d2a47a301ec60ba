/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hotplug handlers: who is told when a device comes or should go. */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "hw/core/boards.h"

#define CALL(handler, method, dev, errp) do {                                   \
        HotplugHandlerClass *hdc_ = HOTPLUG_HANDLER_GET_CLASS(handler);         \
        if (hdc_->method) {                                                     \
            hdc_->method(handler, dev, errp);                                   \
        }                                                                       \
    } while (0)

void hotplug_handler_plug(HotplugHandler *h, DeviceState *dev, Error **errp)
{
    CALL(h, plug, dev, errp);
}

void hotplug_handler_pre_plug(HotplugHandler *h, DeviceState *dev, Error **errp)
{
    CALL(h, pre_plug, dev, errp);
}

void hotplug_handler_unplug_request(HotplugHandler *h, DeviceState *dev, Error **errp)
{
    CALL(h, unplug_request, dev, errp);
}

void hotplug_handler_unplug(HotplugHandler *h, DeviceState *dev, Error **errp)
{
    CALL(h, unplug, dev, errp);
}

HotplugHandler *qdev_get_machine_hotplug_handler(DeviceState *dev)
{
    MachineState *machine = (MachineState *)object_dynamic_cast(qdev_get_machine(), TYPE_MACHINE);
    MachineClass *mc = machine ? MACHINE_GET_CLASS(machine) : NULL;

    return mc && mc->get_hotplug_handler ? mc->get_hotplug_handler(machine, dev) : NULL;
}

HotplugHandler *qdev_get_hotplug_handler(DeviceState *dev)
{
    HotplugHandler *h = qdev_get_machine_hotplug_handler(dev);

    return h ? h : dev->parent_bus ? dev->parent_bus->hotplug_handler : NULL;
}

void qdev_simple_device_unplug_cb(HotplugHandler *hotplug_dev, DeviceState *dev, Error **errp)
{
    qdev_unrealize(dev);
}

static const TypeInfo hotplug_types[] = {
    { .name = TYPE_HOTPLUG_HANDLER, .parent = TYPE_INTERFACE, .class_size = sizeof(HotplugHandlerClass) },
};
DEFINE_TYPES(hotplug_types)
