/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I/O APIC, Intel 82093AA (datasheet 290566) with the directed EOI register of version 0x20.
 *
 *   base + 0x00  IOREGSEL   register index
 *   base + 0x10  IOWIN      selected register: 0 id, 1 version, 2 arbitration, 0x10 + 2n entry n low, +1 high
 *   base + 0x40  EOI        write: end of interrupt for a vector
 *
 * Messages go to the local APICs as message-signalled interrupts, by a store to system memory. Runs under the BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/sysbus.h"
#include "hw/intc/i8259.h"
#include "hw/intc/ioapic.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/timer.h"
#include "system/address-spaces.h"

#define MAX_IOAPICS 2

#define IOAPIC_IOREGSEL 0x00
#define IOAPIC_IOWIN 0x10
#define IOAPIC_EOI 0x40

#define REG_ID 0x00
#define REG_VER 0x01
#define REG_ARB 0x02
#define REG_REDTBL 0x10
#define ID_SHIFT 24
#define ID_MASK 0xf

#define LVT_VECTOR 0xffULL
#define LVT_DELIVERY_SHIFT 8
#define LVT_DEST_MODE (1ULL << 11)
#define LVT_DELIV_STATUS (1ULL << 12)
#define LVT_REMOTE_IRR (1ULL << 14)
#define LVT_LEVEL (1ULL << 15)
#define LVT_MASKED (1ULL << 16)
#define LVT_RO_BITS (LVT_DELIV_STATUS | LVT_REMOTE_IRR)
#define LVT_DEST_SHIFT 56
#define LVT_EXT_DEST_SHIFT 48   /* destination bits 14:8, when the platform offers them */

#define DM_EXTINT 7

/* A level line that fires again straight after every EOI this often is paced, so that a guest can make progress. */
#define STORM_EOIS 10000
#define STORM_DELAY_NS (NANOSECONDS_PER_SECOND / 100)

#define MSI_BASE 0xfee00000ULL
#define MSI_DEST_SHIFT 12
#define MSI_DEST_MODE_SHIFT 2
#define MSI_TRIGGER_SHIFT 15
#define MSI_LEVEL_ASSERT (1U << 14)

OBJECT_DECLARE_SIMPLE_TYPE(IOAPICState, IOAPIC)

struct IOAPICState {
    SysBusDevice parent_obj;

    MemoryRegion io_memory;
    uint8_t id;
    uint8_t ioregsel;
    uint32_t irr;               /* pending: latched edges and the levels of lines in level mode */
    uint64_t ioredtbl[IOAPIC_NUM_PINS];
    uint32_t version;
    uint32_t irq_level;
    uint32_t irq_eoi[IOAPIC_NUM_PINS];
    QEMUTimer *delayed_service;
};

/* Local APICs broadcast EOIs to every I/O APIC of the machine, without knowing them. */
static IOAPICState *ioapics[MAX_IOAPICS];

static void ioapic_send(IOAPICState *s, int pin, uint64_t entry)
{
    unsigned mode = (entry >> LVT_DELIVERY_SHIFT) & 7;
    uint32_t dest = entry >> LVT_DEST_SHIFT;
    uint32_t ext = (entry >> LVT_EXT_DEST_SHIFT) & 0x7f;
    uint8_t vector = entry & LVT_VECTOR;
    bool level = entry & LVT_LEVEL;
    uint64_t addr;
    uint32_t data;

    if (mode == DM_EXTINT) {
        if (!isa_pic) {
            return;
        }
        vector = pic_read_irq(isa_pic);
        mode = 0;
    }
    addr = MSI_BASE | (uint64_t)dest << MSI_DEST_SHIFT | (uint64_t)ext << 5 |
           (uint64_t)!!(entry & LVT_DEST_MODE) << MSI_DEST_MODE_SHIFT;
    data = vector | mode << LVT_DELIVERY_SHIFT | MSI_LEVEL_ASSERT | (uint32_t)level << MSI_TRIGGER_SHIFT;
    address_space_stl_le(&address_space_memory, addr, data, MEMTXATTRS_UNSPECIFIED, NULL);
}

/* Deliver what is pending and neither masked nor waiting for its EOI. */
static void ioapic_service(IOAPICState *s)
{
    for (int i = 0; i < IOAPIC_NUM_PINS; i++) {
        uint64_t entry = s->ioredtbl[i];

        if (!(s->irr & (1U << i)) || (entry & LVT_MASKED)) {
            continue;
        }
        if (entry & LVT_LEVEL) {
            if (entry & LVT_REMOTE_IRR) {
                continue;
            }
            s->ioredtbl[i] |= LVT_REMOTE_IRR;
        } else {
            s->irr &= ~(1U << i);
        }
        ioapic_send(s, i, entry);
    }
}

static void ioapic_delayed_service(void *opaque)
{
    ioapic_service(opaque);
}

static void ioapic_set_irq(void *opaque, int vector, int level)
{
    IOAPICState *s = opaque;
    uint32_t bit = 1U << vector;

    if (s->ioredtbl[vector] & LVT_LEVEL) {
        if (level) {
            s->irr |= bit;
        } else {
            s->irr &= ~bit;
        }
    } else if (level && !(s->irq_level & bit) && !(s->ioredtbl[vector] & LVT_MASKED)) {
        s->irr |= bit;          /* edges that arrive while masked are lost */
    }
    if (level) {
        s->irq_level |= bit;
        ioapic_service(s);
    } else {
        s->irq_level &= ~bit;
    }
}

static void ioapic_eoi(IOAPICState *s, int vector)
{
    for (int i = 0; i < IOAPIC_NUM_PINS; i++) {
        uint64_t entry = s->ioredtbl[i];

        if ((entry & LVT_VECTOR) != vector || !(entry & LVT_LEVEL) || !(entry & LVT_REMOTE_IRR)) {
            continue;
        }
        s->ioredtbl[i] = entry & ~LVT_REMOTE_IRR;
        if (!(s->irr & (1U << i)) || (entry & LVT_MASKED)) {
            s->irq_eoi[i] = 0;
            continue;
        }
        if (++s->irq_eoi[i] >= STORM_EOIS) {
            s->irq_eoi[i] = 0;
            timer_mod(s->delayed_service, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + STORM_DELAY_NS);
        } else {
            ioapic_service(s);
        }
    }
}

void ioapic_eoi_broadcast(int vector)
{
    for (int i = 0; i < MAX_IOAPICS; i++) {
        if (ioapics[i]) {
            ioapic_eoi(ioapics[i], vector);
        }
    }
}

static uint32_t ioapic_read_register(IOAPICState *s)
{
    unsigned index;

    switch (s->ioregsel) {
    case REG_ID:
    case REG_ARB:
        return (uint32_t)s->id << ID_SHIFT;
    case REG_VER:
        return s->version | (IOAPIC_NUM_PINS - 1) << 16;
    }
    index = (s->ioregsel - REG_REDTBL) >> 1;
    if (s->ioregsel < REG_REDTBL || index >= IOAPIC_NUM_PINS) {
        return 0;
    }
    return s->ioregsel & 1 ? s->ioredtbl[index] >> 32 : (uint32_t)s->ioredtbl[index];
}

static void ioapic_write_entry(IOAPICState *s, int n, bool high, uint32_t val)
{
    uint64_t old = s->ioredtbl[n], entry;

    if (high) {
        entry = (uint64_t)val << 32 | (uint32_t)old;
    } else {
        entry = (old & ~0xffffffffULL) | (val & ~(uint32_t)LVT_RO_BITS) | (old & LVT_RO_BITS);
    }
    if (!(entry & LVT_LEVEL)) {
        entry &= ~LVT_REMOTE_IRR;   /* going through edge mode is how software without an EOI register does it */
        if (old & LVT_LEVEL) {
            s->irr &= ~(1U << n);
        }
    } else if (!(old & LVT_LEVEL)) {
        s->irr &= ~(1U << n);
        s->irr |= s->irq_level & (1U << n);
    }
    s->ioredtbl[n] = entry;
    s->irq_eoi[n] = 0;
    ioapic_service(s);
}

static void ioapic_write_register(IOAPICState *s, uint32_t val)
{
    unsigned index = (s->ioregsel - REG_REDTBL) >> 1;

    if (s->ioregsel == REG_ID) {
        s->id = (val >> ID_SHIFT) & ID_MASK;
    } else if (s->ioregsel >= REG_REDTBL && index < IOAPIC_NUM_PINS) {
        ioapic_write_entry(s, index, s->ioregsel & 1, val);
    }
}

static uint64_t ioapic_mem_read(void *opaque, hwaddr addr, unsigned size)
{
    IOAPICState *s = opaque;

    switch (addr & 0xff) {
    case IOAPIC_IOREGSEL:
        return s->ioregsel;
    case IOAPIC_IOWIN:
        return size == 4 ? ioapic_read_register(s) : 0;
    }
    return 0;
}

static void ioapic_mem_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    IOAPICState *s = opaque;

    switch (addr & 0xff) {
    case IOAPIC_IOREGSEL:
        s->ioregsel = val;
        break;
    case IOAPIC_IOWIN:
        if (size == 4) {
            ioapic_write_register(s, val);
        }
        break;
    case IOAPIC_EOI:
        if (size == 4 && s->version >= 0x20) {
            ioapic_eoi_broadcast(val & 0xff);
        }
        break;
    }
}

static const MemoryRegionOps ioapic_io_ops = {
    .read = ioapic_mem_read,
    .write = ioapic_mem_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void ioapic_reset(DeviceState *dev)
{
    IOAPICState *s = IOAPIC(dev);

    s->id = 0;
    s->ioregsel = 0;
    s->irr = 0;
    s->irq_level = 0;
    for (int i = 0; i < IOAPIC_NUM_PINS; i++) {
        s->ioredtbl[i] = LVT_MASKED;
        s->irq_eoi[i] = 0;
    }
    timer_del(s->delayed_service);
}

/* Version 1 streams have no pending bits: start with none. */
static int ioapic_post_load(void *opaque, int version_id)
{
    IOAPICState *s = opaque;

    if (version_id == 1) {
        s->irr = 0;
    }
    return 0;
}

static const VMStateDescription vmstate_ioapic = {
    .name = "ioapic",
    .version_id = 3,
    .minimum_version_id = 1,
    .post_load = ioapic_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(id, IOAPICState),
        VMSTATE_UINT8(ioregsel, IOAPICState),
        VMSTATE_UNUSED_V(2, 8),
        VMSTATE_UINT32_V(irr, IOAPICState, 2),
        VMSTATE_UINT64_ARRAY(ioredtbl, IOAPICState, IOAPIC_NUM_PINS),
        VMSTATE_END_OF_LIST()
    }
};

static const Property ioapic_properties[] = {
    DEFINE_PROP_UINT32("version", IOAPICState, version, 0x20),
};

static void ioapic_realize(DeviceState *dev, Error **errp)
{
    IOAPICState *s = IOAPIC(dev);
    int n = 0;

    if (s->version != 0x11 && s->version != 0x20) {
        error_setg(errp, "ioapic: version 0x%x is not supported, use 0x11 or 0x20", s->version);
        return;
    }
    while (n < MAX_IOAPICS && ioapics[n]) {
        n++;
    }
    if (n == MAX_IOAPICS) {
        error_setg(errp, "ioapic: at most %d per machine", MAX_IOAPICS);
        return;
    }
    memory_region_init_io(&s->io_memory, OBJECT(s), &ioapic_io_ops, s, "ioapic", 0x1000);
    sysbus_init_mmio(SYS_BUS_DEVICE(dev), &s->io_memory);
    qdev_init_gpio_in(dev, ioapic_set_irq, IOAPIC_NUM_PINS);
    s->delayed_service = timer_new_ns(QEMU_CLOCK_VIRTUAL, ioapic_delayed_service, s);
    ioapics[n] = s;
}

static void ioapic_unrealize(DeviceState *dev)
{
    IOAPICState *s = IOAPIC(dev);

    timer_free(s->delayed_service);
    for (int i = 0; i < MAX_IOAPICS; i++) {
        if (ioapics[i] == s) {
            ioapics[i] = NULL;
        }
    }
}

static void ioapic_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = ioapic_realize;
    dc->unrealize = ioapic_unrealize;
    dc->reset = ioapic_reset;
    dc->vmsd = &vmstate_ioapic;
    dc->user_creatable = false;
    device_class_set_props(dc, ioapic_properties);
}

static const TypeInfo ioapic_types[] = {
    {
        .name = TYPE_IOAPIC,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(IOAPICState),
        .class_init = ioapic_class_init,
    },
};
DEFINE_TYPES(ioapic_types)
