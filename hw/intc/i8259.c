/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 8259A programmable interrupt controller (datasheet 231468) and the ELCR register of PCI chipsets.
 *
 * Owns one controller; a PC has two, the slave's output wired to the master's input 2. Priorities are numbered 0
 * (highest) to 7 relative to priority_add, the level with the highest priority. Every entry point runs under the
 * BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/intc/i8259.h"
#include "migration/vmstate.h"
#include "qapi/error.h"

#define ICW1_INIT 0x10
#define ICW1_IC4 0x01
#define ICW1_SNGL 0x02
#define ICW1_LTIM 0x08
#define ICW4_AEOI 0x02
#define ICW4_SFNM 0x10
#define OCW3_SELECT 0x08
#define OCW3_POLL 0x04
#define OCW3_RR 0x02
#define OCW3_RIS 0x01
#define OCW3_ESMM 0x40
#define OCW3_SMM 0x20
#define CASCADE_LINE 2
#define NO_PRIORITY 8

struct PICCommonState {
    ISADevice parent_obj;

    uint8_t last_irr;           /* line levels, for edge detection */
    uint8_t irr;
    uint8_t imr;
    uint8_t isr;
    uint8_t priority_add;
    uint8_t irq_base;
    uint8_t read_reg_select;
    uint8_t poll;
    uint8_t special_mask;
    uint8_t init_state;         /* 0: ready, n: waiting for ICW(n+1) */
    uint8_t auto_eoi;
    uint8_t rotate_on_auto_eoi;
    uint8_t special_fully_nested_mode;
    uint8_t init4;              /* ICW4 expected */
    uint8_t single_mode;
    uint8_t elcr;               /* bit set: input is level triggered */
    uint8_t elcr_mask;
    uint8_t ltim;
    bool master;
    PICCommonState *slave;      /* of the master */
    qemu_irq int_out[1];
    uint32_t iobase;
    uint32_t elcr_addr;
    MemoryRegion base_io;
    MemoryRegion elcr_io;
};

PICCommonState *isa_pic;

/* Highest priority among the bits of @mask, 0..7, or NO_PRIORITY. */
static int pic_priority(const PICCommonState *s, uint8_t mask)
{
    for (int p = 0; p < 8; p++) {
        if (mask & (1 << ((p + s->priority_add) & 7))) {
            return p;
        }
    }
    return NO_PRIORITY;
}

/* The input to be served now, or -1. */
static int pic_pending(const PICCommonState *s)
{
    uint8_t in_service = s->isr;
    int want = pic_priority(s, s->irr & ~s->imr);

    if (want == NO_PRIORITY) {
        return -1;
    }
    if (s->special_mask) {
        in_service &= ~s->imr;
    }
    /* The master in special fully nested mode lets the slave interrupt its own service routine. */
    if (s->special_fully_nested_mode && s->master) {
        in_service &= ~(1 << CASCADE_LINE);
    }
    return want < pic_priority(s, in_service) ? (want + s->priority_add) & 7 : -1;
}

static void pic_update_irq(PICCommonState *s)
{
    qemu_set_irq(s->int_out[0], pic_pending(s) >= 0);
}

static bool pic_level_triggered(const PICCommonState *s, int irq)
{
    return s->ltim || (s->elcr & (1 << irq));
}

static void pic_set_irq(void *opaque, int irq, int level)
{
    PICCommonState *s = opaque;
    uint8_t bit = 1 << irq;

    if (!level) {
        /* Removing an edge request before it is acknowledged withdraws it from the level latch only. */
        if (pic_level_triggered(s, irq)) {
            s->irr &= ~bit;
        }
        s->last_irr &= ~bit;
    } else {
        if (pic_level_triggered(s, irq) || !(s->last_irr & bit)) {
            s->irr |= bit;
        }
        s->last_irr |= bit;
    }
    pic_update_irq(s);
}

static void pic_intack(PICCommonState *s, int irq)
{
    if (s->auto_eoi) {
        if (s->rotate_on_auto_eoi) {
            s->priority_add = (irq + 1) & 7;
        }
    } else {
        s->isr |= 1 << irq;
    }
    if (!pic_level_triggered(s, irq)) {
        s->irr &= ~(1 << irq);
    }
    pic_update_irq(s);
}

int pic_read_irq(PICCommonState *s)
{
    int irq = pic_pending(s), irq2;

    if (irq < 0) {
        return s->irq_base + 7;
    }
    if (irq != CASCADE_LINE || !s->slave) {
        pic_intack(s, irq);
        return s->irq_base + irq;
    }
    irq2 = pic_pending(s->slave);
    if (irq2 >= 0) {
        pic_intack(s->slave, irq2);
    } else {
        irq2 = 7;
    }
    pic_intack(s, irq);
    return s->slave->irq_base + irq2;
}

int pic_get_output(PICCommonState *s)
{
    return pic_pending(s) >= 0;
}

static void pic_init_reset(PICCommonState *s)
{
    s->last_irr = 0;
    s->irr &= s->elcr;          /* ICW1 clears the edge sense circuit; levels that are still up stay */
    s->imr = 0;
    s->isr = 0;
    s->priority_add = 0;
    s->irq_base = 0;
    s->read_reg_select = 0;
    s->poll = 0;
    s->special_mask = 0;
    s->init_state = 0;
    s->auto_eoi = 0;
    s->rotate_on_auto_eoi = 0;
    s->special_fully_nested_mode = 0;
    s->init4 = 0;
    s->single_mode = 0;
    s->ltim = 0;
    pic_update_irq(s);
}

static void pic_reset(DeviceState *dev)
{
    PICCommonState *s = PIC_COMMON(dev);

    s->elcr = 0;
    s->irr = 0;
    pic_init_reset(s);
}

/* End the service of the highest-priority level, or of @irq when it is not negative; returns the level or -1. */
static int pic_eoi(PICCommonState *s, int irq)
{
    if (irq < 0) {
        int p = pic_priority(s, s->isr);

        if (p == NO_PRIORITY) {
            return -1;
        }
        irq = (p + s->priority_add) & 7;
    }
    s->isr &= ~(1 << irq);
    return irq;
}

static void pic_write_ocw2(PICCommonState *s, uint8_t val)
{
    int irq = val & 7, done;

    switch (val >> 5) {
    case 0:                     /* rotate in automatic EOI mode: clear */
    case 4:                     /* and set */
        s->rotate_on_auto_eoi = val >> 7;
        break;
    case 1:                     /* non-specific EOI, 5: and rotate */
    case 5:
        done = pic_eoi(s, -1);
        if (done >= 0 && (val >> 5) == 5) {
            s->priority_add = (done + 1) & 7;
        }
        break;
    case 3:                     /* specific EOI, 7: and rotate */
        pic_eoi(s, irq);
        break;
    case 7:
        pic_eoi(s, irq);
        s->priority_add = (irq + 1) & 7;
        break;
    case 6:                     /* set priority */
        s->priority_add = (irq + 1) & 7;
        break;
    }
    pic_update_irq(s);
}

static void pic_write_ocw3(PICCommonState *s, uint8_t val)
{
    if (val & OCW3_POLL) {
        s->poll = 1;
    }
    if (val & OCW3_RR) {
        s->read_reg_select = val & OCW3_RIS;
    }
    if (val & OCW3_ESMM) {
        s->special_mask = !!(val & OCW3_SMM);
        pic_update_irq(s);
    }
}

static void pic_write_data(PICCommonState *s, uint8_t val)
{
    switch (s->init_state) {
    case 0:
        s->imr = val;
        pic_update_irq(s);
        break;
    case 1:
        s->irq_base = val & 0xf8;
        s->init_state = s->single_mode ? (s->init4 ? 3 : 0) : 2;
        break;
    case 2:                     /* ICW3: the cascade wiring of a PC is fixed */
        s->init_state = s->init4 ? 3 : 0;
        break;
    case 3:
        s->special_fully_nested_mode = !!(val & ICW4_SFNM);
        s->auto_eoi = !!(val & ICW4_AEOI);
        s->init_state = 0;
        break;
    }
}

static void pic_ioport_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    PICCommonState *s = opaque;

    if (addr & 1) {
        pic_write_data(s, val);
    } else if (val & ICW1_INIT) {
        pic_init_reset(s);
        s->init_state = 1;
        s->init4 = val & ICW1_IC4;
        s->single_mode = val & ICW1_SNGL;
        s->ltim = val & ICW1_LTIM;
    } else if (val & OCW3_SELECT) {
        pic_write_ocw3(s, val);
    } else {
        pic_write_ocw2(s, val);
    }
}

static uint64_t pic_ioport_read(void *opaque, hwaddr addr, unsigned size)
{
    PICCommonState *s = opaque;

    if (s->poll) {
        int irq = pic_pending(s);

        s->poll = 0;
        if (irq < 0) {
            return 0;
        }
        pic_intack(s, irq);
        return irq | 0x80;
    }
    if (addr & 1) {
        return s->imr;
    }
    return s->read_reg_select ? s->isr : s->irr;
}

static void elcr_ioport_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    PICCommonState *s = opaque;

    s->elcr = val & s->elcr_mask;
}

static uint64_t elcr_ioport_read(void *opaque, hwaddr addr, unsigned size)
{
    PICCommonState *s = opaque;

    return s->elcr;
}

static const MemoryRegionOps pic_base_ioport_ops = {
    .read = pic_ioport_read,
    .write = pic_ioport_write,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

static const MemoryRegionOps pic_elcr_ioport_ops = {
    .read = elcr_ioport_read,
    .write = elcr_ioport_write,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

static bool pic_ltim_needed(void *opaque)
{
    PICCommonState *s = opaque;

    return s->ltim != 0;
}

static const VMStateDescription vmstate_pic_ltim = {
    .name = "i8259/ltim",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = pic_ltim_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(ltim, PICCommonState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_pic = {
    .name = "i8259",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(last_irr, PICCommonState),
        VMSTATE_UINT8(irr, PICCommonState),
        VMSTATE_UINT8(imr, PICCommonState),
        VMSTATE_UINT8(isr, PICCommonState),
        VMSTATE_UINT8(priority_add, PICCommonState),
        VMSTATE_UINT8(irq_base, PICCommonState),
        VMSTATE_UINT8(read_reg_select, PICCommonState),
        VMSTATE_UINT8(poll, PICCommonState),
        VMSTATE_UINT8(special_mask, PICCommonState),
        VMSTATE_UINT8(init_state, PICCommonState),
        VMSTATE_UINT8(auto_eoi, PICCommonState),
        VMSTATE_UINT8(rotate_on_auto_eoi, PICCommonState),
        VMSTATE_UINT8(special_fully_nested_mode, PICCommonState),
        VMSTATE_UINT8(init4, PICCommonState),
        VMSTATE_UINT8(single_mode, PICCommonState),
        VMSTATE_UINT8(elcr, PICCommonState),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription * const []) {
        &vmstate_pic_ltim,
        NULL
    }
};

static const Property pic_properties[] = {
    DEFINE_PROP_UINT32("iobase", PICCommonState, iobase, -1),
    DEFINE_PROP_UINT32("elcr_addr", PICCommonState, elcr_addr, -1),
    DEFINE_PROP_UINT8("elcr_mask", PICCommonState, elcr_mask, -1),
    DEFINE_PROP_BOOL("master", PICCommonState, master, false),
};

static void pic_realize(DeviceState *dev, Error **errp)
{
    PICCommonState *s = PIC_COMMON(dev);
    ISADevice *isa = ISA_DEVICE(dev);

    memory_region_init_io(&s->base_io, OBJECT(s), &pic_base_ioport_ops, s, "pic", 2);
    memory_region_init_io(&s->elcr_io, OBJECT(s), &pic_elcr_ioport_ops, s, "elcr", 1);
    isa_register_ioport(isa, &s->base_io, s->iobase);
    if (s->elcr_addr != -1) {
        isa_register_ioport(isa, &s->elcr_io, s->elcr_addr);
    }
    qdev_init_gpio_out(dev, s->int_out, ARRAY_SIZE(s->int_out));
    qdev_init_gpio_in(dev, pic_set_irq, 8);
    qdev_set_legacy_instance_id(dev, s->iobase, 1);
}

static void pic_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = pic_realize;
    dc->reset = pic_reset;
    dc->vmsd = &vmstate_pic;
    dc->user_creatable = false;     /* the machine wires the pair */
    device_class_set_props(dc, pic_properties);
}

static const TypeInfo pic_types[] = {
    {
        .name = TYPE_I8259,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(PICCommonState),
        .class_init = pic_class_init,
    },
};
DEFINE_TYPES(pic_types)

static ISADevice *i8259_create(ISABus *bus, bool master)
{
    ISADevice *isa = isa_new(TYPE_I8259);
    DeviceState *dev = DEVICE(isa);

    qdev_prop_set_uint32(dev, "iobase", master ? 0x20 : 0xa0);
    qdev_prop_set_uint32(dev, "elcr_addr", master ? 0x4d0 : 0x4d1);
    qdev_prop_set_uint8(dev, "elcr_mask", master ? 0xf8 : 0xde);
    qdev_prop_set_bit(dev, "master", master);
    isa_realize_and_unref(isa, bus, &error_fatal);
    return isa;
}

qemu_irq *i8259_init(ISABus *bus, qemu_irq parent_irq_in)
{
    qemu_irq *irqs = g_new0(qemu_irq, ISA_NUM_IRQS);
    DeviceState *master = DEVICE(i8259_create(bus, true));
    DeviceState *slave = DEVICE(i8259_create(bus, false));

    qdev_connect_gpio_out(master, 0, parent_irq_in);
    for (int i = 0; i < 8; i++) {
        irqs[i] = qdev_get_gpio_in(master, i);
        irqs[i + 8] = qdev_get_gpio_in(slave, i);
    }
    qdev_connect_gpio_out(slave, 0, irqs[CASCADE_LINE]);
    isa_pic = PIC_COMMON(master);
    isa_pic->slave = PIC_COMMON(slave);
    return irqs;
}
