/* SPDX-License-Identifier: GPL-2.0-or-later */
/* isa-debug-exit: a guest's write of V to iobase ends the process with status (V << 1) | 1. BQL. */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "hw/isa/isa.h"
#include "qapi/error.h"
#include "system/runstate.h"

#define TYPE_ISA_DEBUG_EXIT_DEVICE "isa-debug-exit"
OBJECT_DECLARE_SIMPLE_TYPE(ISADebugExitState, ISA_DEBUG_EXIT_DEVICE)

struct ISADebugExitState {
    ISADevice parent_obj;

    uint32_t iobase;
    uint32_t iosize;
    MemoryRegion io;
};

static uint64_t debug_exit_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

static void debug_exit_write(void *opaque, hwaddr addr, uint64_t val, unsigned width)
{
    qemu_system_shutdown_request_with_code(SHUTDOWN_CAUSE_GUEST_SHUTDOWN, (val << 1) | 1);
}

static const MemoryRegionOps debug_exit_ops = {
    .read = debug_exit_read,
    .write = debug_exit_write,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void debug_exit_realizefn(DeviceState *d, Error **errp)
{
    ISADebugExitState *isa = ISA_DEBUG_EXIT_DEVICE(d);

    if (isa->iosize < 1 || isa->iobase > 0xffff || isa->iosize > 0x10000 - isa->iobase) {
        error_setg(errp, "isa-debug-exit: iobase=0x%x,iosize=%u does not fit in the I/O port space", isa->iobase,
                   isa->iosize);
        return;
    }
    memory_region_init_io(&isa->io, OBJECT(d), &debug_exit_ops, isa, TYPE_ISA_DEBUG_EXIT_DEVICE, isa->iosize);
    isa_register_ioport(ISA_DEVICE(d), &isa->io, isa->iobase);
}

static const Property debug_exit_properties[] = {
    DEFINE_PROP_UINT32("iobase", ISADebugExitState, iobase, 0x501),
    DEFINE_PROP_UINT32("iosize", ISADebugExitState, iosize, 0x02),
};

static void debug_exit_class_initfn(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = debug_exit_realizefn;
    device_class_set_props(dc, debug_exit_properties);
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo debug_exit_types[] = {
    {
        .name = TYPE_ISA_DEBUG_EXIT_DEVICE,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(ISADebugExitState),
        .class_init = debug_exit_class_initfn,
    },
};
DEFINE_TYPES(debug_exit_types)
