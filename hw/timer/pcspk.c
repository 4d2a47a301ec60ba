/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Port 0x61 of the AT: bit 0 gate of PIT counter 2, bit 1 speaker data, bit 4 refresh toggle, bit 5 counter 2
 * output. No sound is made here. BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "hw/timer/i8254.h"
#include "hw/timer/pcspk.h"
#include "migration/vmstate.h"
#include "qapi/error.h"

OBJECT_DECLARE_SIMPLE_TYPE(PCSpkState, PC_SPEAKER)

struct PCSpkState {
    ISADevice parent_obj;

    MemoryRegion ioport;
    uint32_t iobase;
    char *audiodev;
    ISADevice *pit;
    uint8_t data_on;
    uint8_t dummy_refresh_clock;
    bool migrate;
};

static uint64_t pcspk_io_read(void *opaque, hwaddr addr, unsigned size)
{
    PCSpkState *s = opaque;
    PITChannelInfo ch;

    pit_get_channel_info(s->pit, 2, &ch);
    s->dummy_refresh_clock ^= 1;
    return ch.gate | s->data_on << 1 | s->dummy_refresh_clock << 4 | ch.out << 5;
}

static void pcspk_io_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    PCSpkState *s = opaque;

    s->data_on = (val >> 1) & 1;
    pit_set_gate(s->pit, 2, val & 1);
}

static const MemoryRegionOps pcspk_io_ops = {
    .read = pcspk_io_read,
    .write = pcspk_io_write,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

static bool pcspk_migrate_needed(void *opaque)
{
    PCSpkState *s = opaque;

    return s->migrate;
}

static const VMStateDescription vmstate_pcspk = {
    .name = "pcspk",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = pcspk_migrate_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(data_on, PCSpkState),
        VMSTATE_UINT8(dummy_refresh_clock, PCSpkState),
        VMSTATE_END_OF_LIST()
    }
};

static const Property pcspk_properties[] = {
    DEFINE_PROP_STRING("audiodev", PCSpkState, audiodev),
    DEFINE_PROP_UINT32("iobase", PCSpkState, iobase, 0x61),
    DEFINE_PROP_BOOL("migrate", PCSpkState, migrate, true),
};

static void pcspk_realize(DeviceState *dev, Error **errp)
{
    PCSpkState *s = PC_SPEAKER(dev);

    if (!s->pit) {
        error_setg(errp, "isa-pcspk: the machine must wire it to the interval timer");
        return;
    }
    memory_region_init_io(&s->ioport, OBJECT(s), &pcspk_io_ops, s, "pcspk", 1);
    isa_register_ioport(ISA_DEVICE(dev), &s->ioport, s->iobase);
}

static void pcspk_reset(DeviceState *dev)
{
    PCSpkState *s = PC_SPEAKER(dev);

    s->data_on = 0;
    s->dummy_refresh_clock = 0;
}

static void pcspk_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    set_bit(DEVICE_CATEGORY_SOUND, dc->categories);
    dc->realize = pcspk_realize;
    dc->reset = pcspk_reset;
    dc->vmsd = &vmstate_pcspk;
    dc->user_creatable = false;
    device_class_set_props(dc, pcspk_properties);
}

static const TypeInfo pcspk_types[] = {
    {
        .name = TYPE_PC_SPEAKER,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(PCSpkState),
        .class_init = pcspk_class_init,
    },
};
DEFINE_TYPES(pcspk_types)

ISADevice *pcspk_init(ISADevice *isa_dev, ISABus *bus, ISADevice *pit)
{
    PC_SPEAKER(isa_dev)->pit = pit;
    isa_realize_and_unref(isa_dev, bus, &error_fatal);
    return isa_dev;
}
