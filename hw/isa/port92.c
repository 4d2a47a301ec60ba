/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System control port A of the PS/2, port 0x92: bit 0 fast reset, bit 1 A20 gate. BQL. */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/isa/isa.h"
#include "migration/vmstate.h"
#include "system/runstate.h"

#define TYPE_PORT92 "port92"
OBJECT_DECLARE_SIMPLE_TYPE(Port92State, PORT92)

struct Port92State {
    ISADevice parent_obj;

    MemoryRegion io;
    uint8_t outport;
    qemu_irq a20_out;
};

static void port92_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    Port92State *s = opaque;
    uint8_t old = s->outport;

    s->outport = val;
    qemu_set_irq(s->a20_out, (val >> 1) & 1);
    if ((val & 1) && !(old & 1)) {
        qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
    }
}

static uint64_t port92_read(void *opaque, hwaddr addr, unsigned size)
{
    return ((Port92State *)opaque)->outport;
}

static const MemoryRegionOps port92_ops = {
    .read = port92_read,
    .write = port92_write,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static const VMStateDescription vmstate_port92 = {
    .name = "port92",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(outport, Port92State),
        VMSTATE_END_OF_LIST()
    }
};

static void port92_reset(DeviceState *d)
{
    PORT92(d)->outport &= ~1;
}

static void port92_initfn(Object *obj)
{
    Port92State *s = PORT92(obj);

    memory_region_init_io(&s->io, obj, &port92_ops, s, "port92", 1);
    qdev_init_gpio_out_named(DEVICE(obj), &s->a20_out, "a20", 1);
}

static void port92_realize(DeviceState *dev, Error **errp)
{
    isa_register_ioport(ISA_DEVICE(dev), &PORT92(dev)->io, 0x92);
}

static void port92_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = port92_realize;
    dc->reset = port92_reset;
    dc->vmsd = &vmstate_port92;
    dc->user_creatable = false;
}

static const TypeInfo port92_types[] = {
    {
        .name = TYPE_PORT92,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(Port92State),
        .instance_init = port92_initfn,
        .class_init = port92_class_init,
    },
};
DEFINE_TYPES(port92_types)
