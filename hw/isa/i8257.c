/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 8237A DMA controller (datasheet 231466): the register file, which guests initialise and probe. No device
 * of this tree asks for ISA DMA, so no transfer engine stands behind it. Runs under the BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "hw/isa/i8257.h"
#include "migration/vmstate.h"
#include "qapi/error.h"

typedef struct I8257Regs {
    int32_t now[2];             /* address, count */
    uint16_t base[2];
    uint8_t mode;
    uint8_t page;
    uint8_t pageh;
    uint8_t dack;
    uint8_t eop;
} I8257Regs;

struct IsaDma {
    ISADevice parent_obj;

    int32_t base;
    int32_t page_base;
    int32_t pageh_base;
    int32_t dshift;             /* log2 of the register spacing */
    uint8_t status;
    uint8_t command;
    uint8_t mask;
    uint8_t flip_flop;
    I8257Regs regs[4];
    MemoryRegion channel_io;
    MemoryRegion cont_io;
    MemoryRegion page_io[2];
};
typedef struct IsaDma I8257State;
DECLARE_INSTANCE_CHECKER(I8257State, I8257, TYPE_I8257)

/* The AT's page registers at 0x81-0x83 belong to channels 2, 3, 1; the one at 0x87 to channel 0. */
static const uint8_t page_channel[3] = { 2, 3, 1 };

static void i8257_write_page(void *opaque, hwaddr nport, uint64_t data, unsigned size)
{
    ((I8257State *)opaque)->regs[page_channel[nport]].page = data;
}

static uint64_t i8257_read_page(void *opaque, hwaddr nport, unsigned size)
{
    return ((I8257State *)opaque)->regs[page_channel[nport]].page;
}

static void i8257_write_page0(void *opaque, hwaddr nport, uint64_t data, unsigned size)
{
    ((I8257State *)opaque)->regs[0].page = data;
}

static uint64_t i8257_read_page0(void *opaque, hwaddr nport, unsigned size)
{
    return ((I8257State *)opaque)->regs[0].page;
}

static uint64_t i8257_read_chan(void *opaque, hwaddr nport, unsigned size)
{
    I8257State *d = opaque;
    unsigned reg = nport >> d->dshift;
    I8257Regs *r = &d->regs[(reg >> 1) & 3];
    uint32_t val;

    d->flip_flop = !d->flip_flop;
    val = reg & 1 ? (r->base[1] << d->dshift) - r->now[1] : r->now[0] + r->now[1];
    return (val >> (d->dshift + (d->flip_flop ? 0 : 8))) & 0xff;
}

static void i8257_write_chan(void *opaque, hwaddr nport, uint64_t data, unsigned size)
{
    I8257State *d = opaque;
    unsigned reg = nport >> d->dshift;
    I8257Regs *r = &d->regs[(reg >> 1) & 3];

    d->flip_flop = !d->flip_flop;
    if (d->flip_flop) {
        r->base[reg & 1] = (r->base[reg & 1] & 0xff00) | (data & 0xff);
    } else {
        r->base[reg & 1] = (r->base[reg & 1] & 0x00ff) | (data & 0xff) << 8;
        r->now[0] = r->base[0] << d->dshift;
        r->now[1] = 0;
    }
}

static void i8257_master_clear(I8257State *d)
{
    d->flip_flop = 0;
    d->mask = 0xff;
    d->status = 0;
    d->command = 0;
}

static void i8257_write_cont(void *opaque, hwaddr nport, uint64_t data, unsigned size)
{
    I8257State *d = opaque;
    unsigned ch = data & 3;

    switch ((nport >> d->dshift) & 7) {
    case 0:
        d->command = data;
        break;
    case 1:                     /* software request */
        if (data & 4) {
            d->status |= 1 << (ch + 4);
        } else {
            d->status &= ~(1 << (ch + 4));
        }
        break;
    case 2:                     /* single mask */
        if (data & 4) {
            d->mask |= 1 << ch;
        } else {
            d->mask &= ~(1 << ch);
        }
        break;
    case 3:
        d->regs[ch].mode = data;
        break;
    case 4:
        d->flip_flop = 0;
        break;
    case 5:
        i8257_master_clear(d);
        break;
    case 6:
        d->mask = 0;
        break;
    case 7:
        d->mask = data;
        break;
    }
}

static uint64_t i8257_read_cont(void *opaque, hwaddr nport, unsigned size)
{
    I8257State *d = opaque;
    uint8_t val;

    switch ((nport >> d->dshift) & 7) {
    case 0:                     /* status: reading clears the terminal counts */
        val = d->status;
        d->status &= 0xf0;
        return val;
    case 7:
        return d->mask;
    default:
        return 0;
    }
}

#define BYTE_OPS(_name, _read, _write)                              \
    static const MemoryRegionOps _name = {                          \
        .read = _read, .write = _write,                             \
        .impl = { .min_access_size = 1, .max_access_size = 1 },     \
        .endianness = DEVICE_LITTLE_ENDIAN,                         \
    }
BYTE_OPS(channel_io_ops, i8257_read_chan, i8257_write_chan);
BYTE_OPS(cont_io_ops, i8257_read_cont, i8257_write_cont);
BYTE_OPS(page_io_ops, i8257_read_page, i8257_write_page);
BYTE_OPS(page0_io_ops, i8257_read_page0, i8257_write_page0);

static void i8257_reset(DeviceState *dev)
{
    i8257_master_clear(I8257(dev));
}

static const VMStateDescription vmstate_i8257_regs = {
    .name = "dma_regs",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32_ARRAY(now, I8257Regs, 2),
        VMSTATE_UINT16_ARRAY(base, I8257Regs, 2),
        VMSTATE_UINT8(mode, I8257Regs),
        VMSTATE_UINT8(page, I8257Regs),
        VMSTATE_UINT8(pageh, I8257Regs),
        VMSTATE_UINT8(dack, I8257Regs),
        VMSTATE_UINT8(eop, I8257Regs),
        VMSTATE_END_OF_LIST()
    }
};

/* The spacing is wiring, not state: a stream must not change it. */
static int i8257_post_load(void *opaque, int version_id)
{
    I8257State *d = opaque;

    return d->dshift == (d->base == 0xc0) ? 0 : -EINVAL;
}

static const VMStateDescription vmstate_i8257 = {
    .name = "dma",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = i8257_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(command, I8257State),
        VMSTATE_UINT8(mask, I8257State),
        VMSTATE_UINT8(flip_flop, I8257State),
        VMSTATE_INT32(dshift, I8257State),
        VMSTATE_STRUCT_ARRAY(regs, I8257State, 4, 1, vmstate_i8257_regs, I8257Regs),
        VMSTATE_END_OF_LIST()
    }
};

static void i8257_realize(DeviceState *dev, Error **errp)
{
    I8257State *d = I8257(dev);
    ISADevice *isa = ISA_DEVICE(dev);

    if (d->dshift < 0 || d->dshift > 1) {
        error_setg(errp, "i8257: property 'dshift' must be 0 or 1");
        return;
    }
    memory_region_init_io(&d->channel_io, OBJECT(dev), &channel_io_ops, d, "dma-chan", 8 << d->dshift);
    isa_register_ioport(isa, &d->channel_io, d->base);
    memory_region_init_io(&d->page_io[0], OBJECT(dev), &page_io_ops, d, "dma-page", 3);
    memory_region_init_io(&d->page_io[1], OBJECT(dev), &page0_io_ops, d, "dma-page", 1);
    memory_region_init_io(&d->cont_io, OBJECT(dev), &cont_io_ops, d, "dma-cont", 8 << d->dshift);
    isa_register_ioport(isa, &d->cont_io, d->base + (8 << d->dshift));
    memory_region_add_subregion(isa_address_space_io(isa), d->page_base + 1, &d->page_io[0]);
    memory_region_add_subregion(isa_address_space_io(isa), d->page_base + 7, &d->page_io[1]);
    for (int i = 0; i < 4; i++) {
        d->regs[i].now[0] = d->regs[i].now[1] = 0;
    }
    qdev_set_legacy_instance_id(dev, d->base, 1);
}

static const Property i8257_properties[] = {
    DEFINE_PROP_INT32("base", I8257State, base, 0x00),
    DEFINE_PROP_INT32("page-base", I8257State, page_base, 0x80),
    DEFINE_PROP_INT32("pageh-base", I8257State, pageh_base, 0x480),
    DEFINE_PROP_INT32("dshift", I8257State, dshift, 0),
};

static void i8257_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = i8257_realize;
    dc->reset = i8257_reset;
    dc->vmsd = &vmstate_i8257;
    dc->user_creatable = false;
    device_class_set_props(dc, i8257_properties);
}

static const TypeInfo i8257_types[] = {
    {
        .name = TYPE_I8257,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(I8257State),
        .class_init = i8257_class_init,
    },
};
DEFINE_TYPES(i8257_types)

static ISADevice *i8257_create(ISABus *bus, int base, int page_base, int dshift, bool high_page)
{
    ISADevice *isa = isa_new(TYPE_I8257);
    DeviceState *d = DEVICE(isa);

    qdev_prop_set_int32(d, "base", base);
    qdev_prop_set_int32(d, "page-base", page_base);
    qdev_prop_set_int32(d, "pageh-base", high_page ? page_base + 0x400 : -1);
    qdev_prop_set_int32(d, "dshift", dshift);
    isa_realize_and_unref(isa, bus, &error_fatal);
    return isa;
}

void i8257_dma_init(ISABus *bus, bool high_page_enable)
{
    ISADevice *low = i8257_create(bus, 0x00, 0x80, 0, high_page_enable);
    ISADevice *high = i8257_create(bus, 0xc0, 0x88, 1, high_page_enable);

    isa_bus_dma(bus, (IsaDma *)low, (IsaDma *)high);
}
