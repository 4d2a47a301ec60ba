/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 8254 (datasheet 231164) on ports 0x40-0x43.
 *
 * A counter is not stepped: its value and output follow from the load time and the virtual clock. Only counter 0
 * has a host timer, one per output transition, replayed in order so that a late main loop loses no tick. BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/timer/i8254.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/timer.h"

#define RW_LATCH 0
#define RW_LSB 1
#define RW_MSB 2
#define RW_WORD 3               /* low byte first; as a state: low byte is next */
#define RW_WORD_HIGH 4          /* state only: high byte is next */

#define READBACK_NO_COUNT 0x20
#define READBACK_NO_STATUS 0x10
#define STATUS_OUT 0x80

typedef struct PITChannelState {
    int32_t count;              /* 1 .. 0x10000 */
    uint16_t latched_count;
    uint8_t count_latched;
    uint8_t status_latched;
    uint8_t status;
    uint8_t read_state;
    uint8_t write_state;
    uint8_t write_latch;
    uint8_t rw_mode;
    uint8_t mode;
    uint8_t bcd;                /* kept, but counting is binary */
    uint8_t gate;
    int64_t count_load_time;    /* virtual clock, ns */
    int64_t next_transition_time;
    QEMUTimer *irq_timer;       /* counter 0 only */
    qemu_irq irq;
    uint32_t irq_disabled;
} PITChannelState;

struct PITState {
    ISADevice parent_obj;

    MemoryRegion ioports;
    uint32_t iobase;
    PITChannelState channels[3];
};

static uint64_t pit_ticks_at(const PITChannelState *s, int64_t now)
{
    int64_t ns = MAX(now - s->count_load_time, 0);

    return (unsigned __int128)ns * PIT_FREQ / NANOSECONDS_PER_SECOND;
}

/* First nanosecond at which @ticks have passed since the load. */
static int64_t pit_time_of(const PITChannelState *s, uint64_t ticks)
{
    unsigned __int128 ns = (unsigned __int128)ticks * NANOSECONDS_PER_SECOND + PIT_FREQ - 1;

    return s->count_load_time + (int64_t)(ns / PIT_FREQ);
}

static int pit_get_count(const PITChannelState *s, int64_t now)
{
    uint64_t d = pit_ticks_at(s, now);

    switch (s->mode) {
    case 2:
        return s->count - d % s->count;
    case 3:                     /* counts by two, twice per period */
        return s->count - (2 * d) % s->count;
    default:
        return (s->count - d) & 0xffff;
    }
}

static int pit_get_out(const PITChannelState *s, int64_t now)
{
    uint64_t d = pit_ticks_at(s, now);

    switch (s->mode) {
    case 0:
        return d >= s->count;
    case 1:
        return d >= s->count;
    case 2:
        return d % s->count != s->count - 1;
    case 3:
        return d % s->count < (s->count + 1) >> 1;
    default:
        return d != s->count;
    }
}

/* When the output changes next after @now, or -1. */
static int64_t pit_next_transition(const PITChannelState *s, int64_t now)
{
    uint64_t d = pit_ticks_at(s, now), start = d - d % s->count, next, half;

    switch (s->mode) {
    case 0:
    case 1:
        if (d >= s->count) {
            return -1;
        }
        next = s->count;
        break;
    case 2:
        next = start + s->count;
        if (d < next - 1) {
            next--;
        }
        break;
    case 3:
        half = (s->count + 1) >> 1;
        next = d - start < half ? start + half : start + s->count;
        break;
    default:
        if (d > s->count) {
            return -1;
        }
        next = d < s->count ? s->count : d + 1;
        break;
    }
    return MAX(pit_time_of(s, next), now + 1);
}

static void pit_irq_timer_update(PITChannelState *s, int64_t now)
{
    if (!s->irq_timer || s->irq_disabled) {
        return;
    }
    qemu_set_irq(s->irq, pit_get_out(s, now));
    s->next_transition_time = pit_next_transition(s, now);
    if (s->next_transition_time != -1) {
        timer_mod(s->irq_timer, s->next_transition_time);
    } else {
        timer_del(s->irq_timer);
    }
}

/* Late transitions are made up for one by one, but no more of them than this: a stream may say they are years late. */
#define CATCH_UP_NS NANOSECONDS_PER_SECOND

static void pit_irq_timer(void *opaque)
{
    PITChannelState *s = opaque;

    pit_irq_timer_update(s, MAX(s->next_transition_time, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) - CATCH_UP_NS));
}

static void pit_load_count(PITChannelState *s, int val)
{
    s->count = val ? val : 0x10000;
    s->count_load_time = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    pit_irq_timer_update(s, s->count_load_time);
}

static void pit_latch_count(PITChannelState *s)
{
    if (!s->count_latched) {
        s->latched_count = pit_get_count(s, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL));
        s->count_latched = s->rw_mode;
    }
}

static void pit_latch_status(PITChannelState *s)
{
    if (!s->status_latched) {
        s->status = pit_get_out(s, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL)) * STATUS_OUT | s->rw_mode << 4 |
                    s->mode << 1 | s->bcd;
        s->status_latched = 1;
    }
}

static void pit_write_control(PITState *pit, uint8_t val)
{
    unsigned channel = val >> 6, rw = (val >> 4) & 3;
    PITChannelState *s;

    if (channel == 3) {         /* read-back command */
        for (int i = 0; i < 3; i++) {
            if (val & (2 << i)) {
                s = &pit->channels[i];
                if (!(val & READBACK_NO_COUNT)) {
                    pit_latch_count(s);
                }
                if (!(val & READBACK_NO_STATUS)) {
                    pit_latch_status(s);
                }
            }
        }
        return;
    }
    s = &pit->channels[channel];
    if (rw == RW_LATCH) {
        pit_latch_count(s);
        return;
    }
    s->rw_mode = rw;
    s->read_state = rw;
    s->write_state = rw;
    s->mode = (val >> 1) & 7;
    if (s->mode > 5) {
        s->mode -= 4;           /* bit 2 is ignored for modes 2 and 3 */
    }
    s->bcd = val & 1;
}

static void pit_ioport_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    PITState *pit = opaque;
    PITChannelState *s;

    if (addr == 3) {
        pit_write_control(pit, val);
        return;
    }
    s = &pit->channels[addr & 3];
    switch (s->write_state) {
    case RW_LSB:
        pit_load_count(s, val);
        break;
    case RW_MSB:
        pit_load_count(s, val << 8);
        break;
    case RW_WORD:
        s->write_latch = val;
        s->write_state = RW_WORD_HIGH;
        break;
    case RW_WORD_HIGH:
        s->write_state = RW_WORD;
        pit_load_count(s, s->write_latch | val << 8);
        break;
    }
}

static uint8_t pit_read_latched(PITChannelState *s)
{
    switch (s->count_latched) {
    case RW_LSB:
        s->count_latched = 0;
        return s->latched_count;
    case RW_WORD:
        s->count_latched = RW_MSB;
        return s->latched_count;
    default:
        s->count_latched = 0;
        return s->latched_count >> 8;
    }
}

static uint64_t pit_ioport_read(void *opaque, hwaddr addr, unsigned size)
{
    PITState *pit = opaque;
    PITChannelState *s;
    int count;

    if (addr == 3) {
        return 0;               /* the control word cannot be read */
    }
    s = &pit->channels[addr & 3];
    if (s->status_latched) {
        s->status_latched = 0;
        return s->status;
    }
    if (s->count_latched) {
        return pit_read_latched(s);
    }
    count = pit_get_count(s, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL));
    switch (s->read_state) {
    case RW_MSB:
        return (count >> 8) & 0xff;
    case RW_WORD:
        s->read_state = RW_WORD_HIGH;
        return count & 0xff;
    case RW_WORD_HIGH:
        s->read_state = RW_WORD;
        return (count >> 8) & 0xff;
    default:
        return count & 0xff;
    }
}

void pit_set_gate(ISADevice *dev, int channel, int val)
{
    PITChannelState *s = &I8254(dev)->channels[channel];

    /* Modes 1 and 5 trigger, 2 and 3 restart on a rising gate. */
    if (val && !s->gate && s->mode != 0 && s->mode != 4) {
        s->count_load_time = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
        pit_irq_timer_update(s, s->count_load_time);
    }
    s->gate = val;
}

void pit_get_channel_info(ISADevice *dev, int channel, PITChannelInfo *info)
{
    PITChannelState *s = &I8254(dev)->channels[channel];

    info->gate = s->gate;
    info->mode = s->mode;
    info->initial_count = s->count;
    info->out = pit_get_out(s, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL));
}

/* gpio-in 0: level 0 takes interrupt 0 away from the PIT, 1 gives it back. */
static void pit_irq_control(void *opaque, int n, int enable)
{
    PITState *pit = opaque;
    PITChannelState *s = &pit->channels[0];

    s->irq_disabled = !enable;
    if (enable) {
        pit_irq_timer_update(s, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL));
    } else {
        timer_del(s->irq_timer);
    }
}

static void pit_reset(DeviceState *dev)
{
    PITState *pit = I8254(dev);

    for (int i = 0; i < 3; i++) {
        PITChannelState *s = &pit->channels[i];

        s->mode = 3;
        s->gate = i != 2;
        s->count_latched = 0;
        s->status_latched = 0;
        s->rw_mode = s->read_state = s->write_state = RW_WORD;
        s->bcd = 0;
        s->irq_disabled = 0;
        s->count = 0x10000;
        s->count_load_time = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
        pit_irq_timer_update(s, s->count_load_time);
    }
}

static const MemoryRegionOps pit_ioport_ops = {
    .read = pit_ioport_read,
    .write = pit_ioport_write,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static int pit_post_load(void *opaque, int version_id)
{
    PITState *pit = opaque;

    for (int i = 0; i < 3; i++) {
        PITChannelState *s = &pit->channels[i];

        if (s->count < 1 || s->count > 0x10000 || s->mode > 5) {
            return -EINVAL;
        }
    }
    if (pit->channels[0].next_transition_time != -1 && !pit->channels[0].irq_disabled) {
        timer_mod(pit->channels[0].irq_timer, pit->channels[0].next_transition_time);
    } else {
        timer_del(pit->channels[0].irq_timer);
    }
    return 0;
}

/* A counter that holds 0 counts 65536. */
static bool count_possible(void *opaque, int version_id)
{
    const PITChannelState *s = opaque;

    return s->count >= 1 && s->count <= 0x10000;
}

static const VMStateDescription vmstate_pit_channel = {
    .name = "pit channel",
    .version_id = 2,
    .minimum_version_id = 2,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32(count, PITChannelState),
        VMSTATE_VALIDATE("count is 1 to 65536", count_possible),
        VMSTATE_UINT16(latched_count, PITChannelState),
        VMSTATE_UINT8(count_latched, PITChannelState),
        VMSTATE_UINT8(status_latched, PITChannelState),
        VMSTATE_UINT8(status, PITChannelState),
        VMSTATE_UINT8(read_state, PITChannelState),
        VMSTATE_UINT8(write_state, PITChannelState),
        VMSTATE_UINT8(write_latch, PITChannelState),
        VMSTATE_UINT8(rw_mode, PITChannelState),
        VMSTATE_UINT8(mode, PITChannelState),
        VMSTATE_UINT8(bcd, PITChannelState),
        VMSTATE_UINT8(gate, PITChannelState),
        VMSTATE_INT64(count_load_time, PITChannelState),
        VMSTATE_INT64(next_transition_time, PITChannelState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_pit = {
    .name = "i8254",
    .version_id = 3,
    .minimum_version_id = 2,
    .post_load = pit_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32_V(channels[0].irq_disabled, PITState, 3),
        VMSTATE_STRUCT_ARRAY(channels, PITState, 3, 2, vmstate_pit_channel, PITChannelState),
        VMSTATE_INT64(channels[0].next_transition_time, PITState),
        VMSTATE_END_OF_LIST()
    }
};

static const Property pit_properties[] = {
    DEFINE_PROP_UINT32("iobase", PITState, iobase, -1),
};

static void pit_realize(DeviceState *dev, Error **errp)
{
    PITState *pit = I8254(dev);
    PITChannelState *s = &pit->channels[0];

    for (int i = 0; i < 3; i++) {
        pit->channels[i].count = 0x10000;
    }
    s->irq_timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, pit_irq_timer, s);
    qdev_init_gpio_out(dev, &s->irq, 1);
    memory_region_init_io(&pit->ioports, OBJECT(pit), &pit_ioport_ops, pit, "pit", 4);
    qdev_init_gpio_in(dev, pit_irq_control, 1);
    isa_register_ioport(ISA_DEVICE(dev), &pit->ioports, pit->iobase);
    qdev_set_legacy_instance_id(dev, pit->iobase, 2);
}

static void pit_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = pit_realize;
    dc->reset = pit_reset;
    dc->vmsd = &vmstate_pit;
    dc->user_creatable = false;
    device_class_set_props(dc, pit_properties);
}

static const TypeInfo pit_types[] = {
    {
        .name = TYPE_I8254,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(PITState),
        .class_init = pit_class_init,
    },
};
DEFINE_TYPES(pit_types)

ISADevice *i8254_pit_init(ISABus *bus, int base, int isa_irq, qemu_irq alt_irq)
{
    ISADevice *d = isa_new(TYPE_I8254);
    DeviceState *dev = DEVICE(d);

    qdev_prop_set_uint32(dev, "iobase", base);
    isa_realize_and_unref(d, bus, &error_fatal);
    qdev_connect_gpio_out(dev, 0, isa_irq >= 0 ? isa_get_irq(d, isa_irq) : alt_irq);
    return d;
}
