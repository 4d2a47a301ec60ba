/* SPDX-License-Identifier: GPL-2.0-or-later */
/* isa-debugcon: bytes written to a port go to a character back end; reading answers "readback". BQL. */
#include "qemu/osdep.h"
#include "chardev/char-fe.h"
#include "hw/core/qdev-properties-system.h"
#include "hw/core/qdev-properties.h"
#include "hw/isa/isa.h"
#include "qapi/error.h"

#define TYPE_ISA_DEBUGCON_DEVICE "isa-debugcon"
OBJECT_DECLARE_SIMPLE_TYPE(ISADebugconState, ISA_DEBUGCON_DEVICE)

struct ISADebugconState {
    ISADevice parent_obj;

    uint32_t iobase;
    uint32_t readback;
    MemoryRegion io;
    CharFrontend chr;
};

static void debugcon_ioport_write(void *opaque, hwaddr addr, uint64_t val, unsigned width)
{
    ISADebugconState *s = opaque;
    uint8_t ch = val;

    qemu_chr_fe_write_all(&s->chr, &ch, 1);
}

static uint64_t debugcon_ioport_read(void *opaque, hwaddr addr, unsigned width)
{
    return ((ISADebugconState *)opaque)->readback;
}

static const MemoryRegionOps debugcon_ops = {
    .read = debugcon_ioport_read,
    .write = debugcon_ioport_write,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void debugcon_isa_realizefn(DeviceState *dev, Error **errp)
{
    ISADebugconState *s = ISA_DEBUGCON_DEVICE(dev);

    if (!qemu_chr_fe_backend_connected(&s->chr)) {
        error_setg(errp, "isa-debugcon: needs a chardev=");
        return;
    }
    if (s->iobase > 0xffff) {
        error_setg(errp, "isa-debugcon: iobase=0x%x is not an I/O port", s->iobase);
        return;
    }
    qemu_chr_fe_set_handlers(&s->chr, NULL, NULL, NULL, NULL, s, NULL, true);
    memory_region_init_io(&s->io, OBJECT(dev), &debugcon_ops, s, TYPE_ISA_DEBUGCON_DEVICE, 1);
    isa_register_ioport(ISA_DEVICE(dev), &s->io, s->iobase);
}

static const Property debugcon_isa_properties[] = {
    DEFINE_PROP_UINT32("iobase", ISADebugconState, iobase, 0xe9),
    DEFINE_PROP_CHR("chardev", ISADebugconState, chr),
    DEFINE_PROP_UINT32("readback", ISADebugconState, readback, 0xe9),
};

static void debugcon_isa_class_initfn(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = debugcon_isa_realizefn;
    device_class_set_props(dc, debugcon_isa_properties);
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo debugcon_types[] = {
    {
        .name = TYPE_ISA_DEBUGCON_DEVICE,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(ISADebugconState),
        .class_init = debugcon_isa_class_initfn,
    },
};
DEFINE_TYPES(debugcon_types)
