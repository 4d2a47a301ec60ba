/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "isa-serial": a 16550A at one of the four customary ISA addresses, or where iobase and irq say. BQL. */
#include "qemu/osdep.h"
#include "hw/char/serial.h"
#include "hw/core/qdev-properties-system.h"
#include "hw/core/qdev-properties.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "system/system.h"

OBJECT_DECLARE_SIMPLE_TYPE(ISASerialState, ISA_SERIAL)

struct ISASerialState {
    ISADevice parent_obj;

    uint32_t index;                 /* -1: the next free one */
    uint32_t iobase;
    uint32_t isairq;
    SerialState state;
};

static const uint16_t isa_serial_io[MAX_ISA_SERIAL_PORTS] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
static const uint8_t isa_serial_irq[MAX_ISA_SERIAL_PORTS] = { 4, 3, 4, 3 };

/* First index that no earlier isa-serial on this bus has. */
static uint32_t isa_serial_free_index(ISADevice *dev)
{
    BusChild *kid;
    uint32_t used = 0;

    QTAILQ_FOREACH(kid, &qdev_get_parent_bus(DEVICE(dev))->children, sibling) {
        ISASerialState *other;

        if (kid->child == DEVICE(dev) || !kid->child->realized ||
            !object_dynamic_cast(OBJECT(kid->child), TYPE_ISA_SERIAL)) {
            continue;
        }
        other = ISA_SERIAL(kid->child);
        if (other->index < MAX_ISA_SERIAL_PORTS) {
            used |= 1u << other->index;
        }
    }
    return __builtin_ctz(~used);
}

static void serial_isa_realizefn(DeviceState *dev, Error **errp)
{
    ISADevice *isadev = ISA_DEVICE(dev);
    ISASerialState *isa = ISA_SERIAL(dev);
    SerialState *s = &isa->state;

    if (isa->index == -1) {
        isa->index = isa_serial_free_index(isadev);
    }
    if (isa->index >= MAX_ISA_SERIAL_PORTS && (isa->iobase == -1 || isa->isairq == -1)) {
        error_setg(errp, "isa-serial: index %u has no customary address (at most %d ports): set iobase and irq",
                   isa->index, MAX_ISA_SERIAL_PORTS);
        return;
    }
    if (isa->iobase == -1) {
        isa->iobase = isa_serial_io[isa->index];
    }
    if (isa->isairq == -1) {
        isa->isairq = isa_serial_irq[isa->index];
    }
    if (isa->isairq >= ISA_NUM_IRQS || isa->iobase > 0xfff8) {
        error_setg(errp, "isa-serial: irq=%u,iobase=0x%x: irq must be below %d and iobase at most 0xfff8",
                   isa->isairq, isa->iobase, ISA_NUM_IRQS);
        return;
    }
    s->irq = isa_get_irq(isadev, isa->isairq);
    if (!qdev_realize(DEVICE(s), NULL, errp)) {
        return;
    }
    qdev_set_legacy_instance_id(dev, isa->iobase, 3);
    memory_region_init_io(&s->io, OBJECT(isa), &serial_io_ops, s, "serial", 8);
    isa_register_ioport(isadev, &s->io, isa->iobase);
}

static const VMStateDescription vmstate_isa_serial = {
    .name = "serial",
    .version_id = 3,
    .minimum_version_id = 2,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(state, ISASerialState, 0, vmstate_serial, SerialState),
        VMSTATE_END_OF_LIST()
    }
};

static const Property serial_isa_properties[] = {
    DEFINE_PROP_UINT32("index", ISASerialState, index, -1),
    DEFINE_PROP_UINT32("iobase", ISASerialState, iobase, -1),
    DEFINE_PROP_UINT32("irq", ISASerialState, isairq, -1),
};

static void serial_isa_initfn(Object *o)
{
    ISASerialState *self = ISA_SERIAL(o);

    object_initialize_child(o, "serial", &self->state, TYPE_SERIAL);
    qdev_alias_all_properties(DEVICE(&self->state), o);
}

static void serial_isa_reset(DeviceState *dev)
{
    device_cold_reset(DEVICE(&ISA_SERIAL(dev)->state));
}

static void serial_isa_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = serial_isa_realizefn;
    dc->reset = serial_isa_reset;
    dc->vmsd = &vmstate_isa_serial;
    device_class_set_props(dc, serial_isa_properties);
    set_bit(DEVICE_CATEGORY_INPUT, dc->categories);
}

static const TypeInfo serial_isa_types[] = {
    {
        .name = TYPE_ISA_SERIAL,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(ISASerialState),
        .instance_init = serial_isa_initfn,
        .class_init = serial_isa_class_init,
    },
};
DEFINE_TYPES(serial_isa_types)

static void serial_isa_init(ISABus *bus, int index, Chardev *chr)
{
    ISADevice *isadev = isa_new(TYPE_ISA_SERIAL);

    qdev_prop_set_uint32(DEVICE(isadev), "index", index);
    qdev_prop_set_chr(DEVICE(isadev), "chardev", chr);
    isa_realize_and_unref(isadev, bus, &error_fatal);
}

void serial_hds_isa_init(ISABus *bus, int from, int to)
{
    for (int i = from; i < MIN(to, MAX_ISA_SERIAL_PORTS); i++) {
        Chardev *chr = serial_hd(i);

        if (chr) {
            serial_isa_init(bus, i, chr);
        }
    }
}
