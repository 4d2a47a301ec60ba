/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci-testdev: a PCI function whose BARs count writes, for tests of how accesses travel. No interrupt, no DMA. BQL.
 *
 *   BAR 0  memory, 4 KiB: header at 0, data area in the upper half
 *   BAR 1  I/O, 256 bytes: the same
 *   BAR 2  membar= bytes of memory that reads as zeroes, only for its size (64-bit, prefetchable)
 *
 *   header  0  u8   test    write: choose a test and clear its count
 *           1  u8   width   of the accesses that count
 *           4  u32  offset  where in this BAR to write
 *           8  u32  data    what to write
 *          12  u32  count   matching writes since the test was chosen
 *          16  name, ends with a zero; empty when there is no such test
 */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "hw/pci/pci.h"
#include "hw/pci/pci_device.h"
#include "qapi/error.h"
#include "qemu/bswap.h"

#define TYPE_PCI_TEST_DEV "pci-testdev"
OBJECT_DECLARE_SIMPLE_TYPE(PCITestDevState, PCI_TEST_DEV)

#define TESTS 3
#define DATA_MATCH 0xfa
#define DATA_ANY 0xce

enum { HDR_TEST, HDR_WIDTH, HDR_OFFSET = 4, HDR_DATA = 8, HDR_COUNT = 12, HDR_NAME = 16, HDR_SIZE = 64 };

typedef struct TestBar {
    MemoryRegion mr;
    const char *kind;
    unsigned half;              /* the header's half, then the data's */
    unsigned first;             /* numbers of data places go on from BAR to BAR */
    uint8_t header[HDR_SIZE];
} TestBar;

struct PCITestDevState {
    PCIDevice parent_obj;

    TestBar mmio, portio;
    MemoryRegion membar;
    uint64_t membar_size;
};

static void choose(TestBar *b, uint8_t test)
{
    static const char *const names[TESTS] = { "no-eventfd", "wildcard-eventfd", "datamatch-eventfd" };

    memset(b->header, 0, sizeof(b->header));
    b->header[HDR_TEST] = test;
    if (test < TESTS) {
        b->header[HDR_WIDTH] = 1;
        stl_le_p(b->header + HDR_OFFSET, b->half + b->first + test);
        stl_le_p(b->header + HDR_DATA, test == 1 ? DATA_ANY : DATA_MATCH);
        snprintf((char *)b->header + HDR_NAME, HDR_SIZE - HDR_NAME, "%s-%s", b->kind, names[test]);
    }
}

static uint64_t testdev_read(void *opaque, hwaddr addr, unsigned size)
{
    TestBar *b = opaque;

    return addr + size <= HDR_SIZE ? ldn_le_p(b->header + addr, size) : 0;
}

static void testdev_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    TestBar *b = opaque;

    if (addr == HDR_TEST) {
        choose(b, val);
    } else if (b->header[HDR_WIDTH] == size && addr == ldl_le_p(b->header + HDR_OFFSET) &&
               (b->header[HDR_TEST] == 1 || val == ldl_le_p(b->header + HDR_DATA))) {
        stl_le_p(b->header + HDR_COUNT, ldl_le_p(b->header + HDR_COUNT) + 1);
    }
}

static const MemoryRegionOps testdev_ops = {
    .read = testdev_read,
    .write = testdev_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void init_bar(PCITestDevState *s, TestBar *b, int n, const char *kind, unsigned half)
{
    g_autofree char *name = g_strdup_printf("pci-testdev-%s", kind);

    b->kind = kind;
    b->half = half;
    b->first = n * TESTS;
    memory_region_init_io(&b->mr, OBJECT(s), &testdev_ops, b, name, 2 * half);
    pci_register_bar(PCI_DEVICE(s), n, n ? PCI_BASE_ADDRESS_SPACE_IO : PCI_BASE_ADDRESS_SPACE_MEMORY, &b->mr);
}

static uint64_t zero_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

static void no_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
}

static const MemoryRegionOps membar_ops = {
    .read = zero_read,
    .write = no_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void testdev_reset(DeviceState *dev)
{
    PCITestDevState *s = PCI_TEST_DEV(dev);

    choose(&s->mmio, 0xff);
    choose(&s->portio, 0xff);
}

static void testdev_realize(PCIDevice *pci, Error **errp)
{
    PCITestDevState *s = PCI_TEST_DEV(pci);

    if (s->membar_size && (!is_power_of_2(s->membar_size) || s->membar_size < 16)) {
        error_setg(errp, "membar: a size must be a power of 2 of at least 16 bytes, not %" PRIu64, s->membar_size);
        return;
    }
    init_bar(s, &s->mmio, 0, "mmio", 2048);
    init_bar(s, &s->portio, 1, "portio", 128);
    if (s->membar_size) {
        memory_region_init_io(&s->membar, OBJECT(s), &membar_ops, s, "pci-testdev-membar", s->membar_size);
        pci_register_bar(pci, 2, PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH, &s->membar);
    }
    testdev_reset(DEVICE(s));
}

static const Property testdev_props[] = {
    DEFINE_PROP_SIZE("membar", PCITestDevState, membar_size, 0),
};

static void testdev_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = testdev_realize;
    k->vendor_id = PCI_VENDOR_ID_REDHAT;
    k->device_id = PCI_DEVICE_ID_REDHAT_TEST;
    k->class_id = PCI_CLASS_OTHERS;
    dc->desc = "PCI Test Device";
    dc->reset = testdev_reset;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, testdev_props);
}

static const TypeInfo testdev_types[] = {
    {
        .name = TYPE_PCI_TEST_DEV,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(PCITestDevState),
        .class_init = testdev_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } },
    },
};
DEFINE_TYPES(testdev_types)
