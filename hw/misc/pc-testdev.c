/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pc-testdev: what kernel unit tests poke.
 *
 *   0xe0..0xe3, 0xe8..0xeb     a 32-bit scratch register, byte to long; at 0xe8 seen byte by byte
 *   0xe4                       write a page address: it is unmapped and mapped again (flush)
 *   0x2000..0x2017             write 0 or 1: level of ISA line (port - 0x2000)
 *   0xff000000, 64 KiB         scratch memory behind callbacks
 *
 * Runs under the BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/isa/isa.h"
#include "system/address-spaces.h"

#define IOMEM_LEN 0x10000
#define IRQ_LINES 24

#define TYPE_TESTDEV "pc-testdev"
OBJECT_DECLARE_SIMPLE_TYPE(PCTestdev, TESTDEV)

struct PCTestdev {
    ISADevice parent_obj;

    MemoryRegion ioport, ioport_byte, flush, irq, iomem;
    uint32_t ioport_data;
    char iomem_buf[IOMEM_LEN];
};

static uint64_t test_irq_line_read(void *opaque, hwaddr addr, unsigned len)
{
    return 0;
}

static void test_irq_line_write(void *opaque, hwaddr addr, uint64_t data, unsigned len)
{
    PCTestdev *dev = opaque;

    if (addr < ISA_NUM_IRQS) {
        qemu_set_irq(isa_get_irq(ISA_DEVICE(dev), addr), !!data);
    }
}

static void test_ioport_write(void *opaque, hwaddr addr, uint64_t data, unsigned len)
{
    PCTestdev *dev = opaque;
    unsigned bits = len * 8, shift = addr * 8;

    if (shift + bits <= 32) {
        uint32_t mask = (uint32_t)(((1ULL << bits) - 1) << shift);

        dev->ioport_data = (dev->ioport_data & ~mask) | ((uint32_t)data << shift & mask);
    }
}

static uint64_t test_ioport_read(void *opaque, hwaddr addr, unsigned len)
{
    PCTestdev *dev = opaque;

    return addr * 8 < 32 ? ((uint64_t)dev->ioport_data >> (addr * 8)) & ((1ULL << len * 8) - 1) : 0;
}

static void test_flush_page_write(void *opaque, hwaddr addr, uint64_t data, unsigned len)
{
    hwaddr page = 4096;
    void *a = address_space_map(&address_space_memory, data & ~0xfffULL, &page, false, MEMTXATTRS_UNSPECIFIED);

    if (a) {
        address_space_unmap(&address_space_memory, a, page, false, 0);
    }
}

static uint64_t test_iomem_read(void *opaque, hwaddr addr, unsigned len)
{
    PCTestdev *dev = opaque;
    uint64_t ret = 0;

    memcpy(&ret, &dev->iomem_buf[addr], len);
    return ret;
}

static void test_iomem_write(void *opaque, hwaddr addr, uint64_t val, unsigned len)
{
    PCTestdev *dev = opaque;

    memcpy(&dev->iomem_buf[addr], &val, len);
}

static const MemoryRegionOps test_irq_ops = {
    .read = test_irq_line_read, .write = test_irq_line_write,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static const MemoryRegionOps test_ioport_ops = {
    .read = test_ioport_read, .write = test_ioport_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static const MemoryRegionOps test_ioport_byte_ops = {
    .read = test_ioport_read, .write = test_ioport_write,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static const MemoryRegionOps test_flush_ops = {
    .read = test_irq_line_read, .write = test_flush_page_write,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static const MemoryRegionOps test_iomem_ops = {
    .read = test_iomem_read, .write = test_iomem_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void testdev_realizefn(DeviceState *d, Error **errp)
{
    ISADevice *isa = ISA_DEVICE(d);
    PCTestdev *dev = TESTDEV(d);
    Object *o = OBJECT(dev);
    MemoryRegion *io = isa_address_space_io(isa);

    memory_region_init_io(&dev->ioport, o, &test_ioport_ops, dev, "pc-testdev-ioport", 4);
    memory_region_init_io(&dev->ioport_byte, o, &test_ioport_byte_ops, dev, "pc-testdev-ioport-byte", 4);
    memory_region_init_io(&dev->flush, o, &test_flush_ops, dev, "pc-testdev-flush-page", 4);
    memory_region_init_io(&dev->irq, o, &test_irq_ops, dev, "pc-testdev-irq-line", IRQ_LINES);
    memory_region_init_io(&dev->iomem, o, &test_iomem_ops, dev, "pc-testdev-iomem", IOMEM_LEN);
    memory_region_add_subregion(isa_address_space(isa), 0xff000000, &dev->iomem);
    memory_region_add_subregion(io, 0xe0, &dev->ioport);
    memory_region_add_subregion(io, 0xe4, &dev->flush);
    memory_region_add_subregion(io, 0xe8, &dev->ioport_byte);
    memory_region_add_subregion(io, 0x2000, &dev->irq);
}

static void testdev_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    dc->realize = testdev_realizefn;
}

static const TypeInfo testdev_types[] = {
    {
        .name = TYPE_TESTDEV,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(PCTestdev),
        .class_init = testdev_class_init,
    },
};
DEFINE_TYPES(testdev_types)
