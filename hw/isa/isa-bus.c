/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ISA bus and its bare bridge ("isabus-bridge", for boards without PCI). Owns the bus and device types; the
 * chips on it own themselves. Runs under the BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/core/sysbus.h"
#include "hw/isa/isa.h"
#include "qapi/error.h"
#include "qemu/module.h"

static char *isabus_get_fw_dev_path(DeviceState *dev)
{
    ISADevice *d = ISA_DEVICE(dev);

    if (d->ioport_id < 0) {
        return g_strdup(qdev_fw_name(dev));
    }
    return g_strdup_printf("%s@%04x", qdev_fw_name(dev), d->ioport_id);
}

ISABus *isa_bus_new(DeviceState *dev, MemoryRegion *address_space, MemoryRegion *address_space_io, Error **errp)
{
    ISABus *bus;

    if (!dev) {
        dev = qdev_new("isabus-bridge");
        sysbus_realize_and_unref(SYS_BUS_DEVICE(dev), &error_fatal);
    }
    bus = ISA_BUS(qbus_new(TYPE_ISA_BUS, dev, NULL));
    bus->address_space = address_space;
    bus->address_space_io = address_space_io;
    return bus;
}

void isa_bus_register_input_irqs(ISABus *bus, qemu_irq *irqs_in)
{
    bus->irqs_in = irqs_in;
}

void isa_bus_dma(ISABus *bus, IsaDma *dma8, IsaDma *dma16)
{
    bus->dma[0] = dma8;
    bus->dma[1] = dma16;
}

IsaDma *isa_bus_get_dma(ISABus *bus, int nchan)
{
    return bus->dma[nchan > 3 ? 1 : 0];
}

qemu_irq isa_bus_get_irq(ISABus *bus, unsigned irqnum)
{
    return irqnum < ISA_NUM_IRQS && bus->irqs_in ? bus->irqs_in[irqnum] : NULL;
}

ISABus *isa_bus_from_device(ISADevice *dev)
{
    return ISA_BUS(qdev_get_parent_bus(DEVICE(dev)));
}

qemu_irq isa_get_irq(ISADevice *dev, unsigned isairq)
{
    return isa_bus_get_irq(isa_bus_from_device(dev), isairq);
}

void isa_connect_gpio_out(ISADevice *isadev, int gpioirq, unsigned isairq)
{
    qdev_connect_gpio_out(DEVICE(isadev), gpioirq, isa_get_irq(isadev, isairq));
}

MemoryRegion *isa_address_space(ISADevice *dev)
{
    return isa_bus_from_device(dev)->address_space;
}

MemoryRegion *isa_address_space_io(ISADevice *dev)
{
    return isa_bus_from_device(dev)->address_space_io;
}

ISADevice *isa_new(const char *name)
{
    return ISA_DEVICE(qdev_new(name));
}

ISADevice *isa_try_new(const char *name)
{
    DeviceState *dev = qdev_try_new(name);

    return dev ? ISA_DEVICE(dev) : NULL;
}

bool isa_realize_and_unref(ISADevice *dev, ISABus *bus, Error **errp)
{
    return qdev_realize_and_unref(DEVICE(dev), BUS(bus), errp);
}

ISADevice *isa_create_simple(ISABus *bus, const char *name)
{
    ISADevice *dev = isa_new(name);

    isa_realize_and_unref(dev, bus, &error_fatal);
    return dev;
}

void isa_register_ioport(ISADevice *dev, MemoryRegion *io, uint16_t start)
{
    memory_region_add_subregion(isa_address_space_io(dev), start, io);
    if (dev->ioport_id < 0) {
        dev->ioport_id = start;
    }
}

static void isa_device_init(Object *obj)
{
    ISA_DEVICE(obj)->ioport_id = -1;
}

static void isa_device_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->bus_type = TYPE_ISA_BUS;
}

static void isa_bus_class_init(ObjectClass *klass, const void *data)
{
    BUS_CLASS(klass)->get_fw_dev_path = isabus_get_fw_dev_path;
}

static void isabus_bridge_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    set_bit(DEVICE_CATEGORY_BRIDGE, dc->categories);
    dc->fw_name = "isa";
}

static const TypeInfo isa_types[] = {
    {
        .name = TYPE_ISA_BUS,
        .parent = TYPE_BUS,
        .instance_size = sizeof(ISABus),
        .class_init = isa_bus_class_init,
    },
    {
        .name = TYPE_ISA_DEVICE,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(ISADevice),
        .instance_init = isa_device_init,
        .class_size = sizeof(ISADeviceClass),
        .class_init = isa_device_class_init,
        .abstract = true,
    },
    {
        .name = "isabus-bridge",
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(SysBusDevice),
        .class_init = isabus_bridge_class_init,
    },
};
DEFINE_TYPES(isa_types)
