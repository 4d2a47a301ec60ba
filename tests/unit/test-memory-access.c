/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One access: sizes, alignment, byte order, splitting, re-entrancy, ROM, holes, mapping, caches, IOMMUs. */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "qapi/error.h"
#include "system/address-spaces.h"
#include "system/dma.h"
#include "system/ioport.h"
#include "system/ram_addr.h"
#include "tests/unit/memory-test-common.h"

#define ATTRS MEMTXATTRS_UNSPECIFIED

/* A device of 32 bytes of storage in a chosen byte order, which logs the calls it sees. */
typedef struct Dev {
    MemoryRegionOps ops;
    MemoryRegion mr;
    uint8_t bytes[32];
    GString *log;
} Dev;

static uint64_t dev_read(void *opaque, hwaddr addr, unsigned size)
{
    Dev *d = opaque;
    bool big = d->ops.endianness == DEVICE_BIG_ENDIAN;
    uint64_t v = 0;

    g_string_append_printf(d->log, "r%" PRIx64 "/%u ", addr, size);
    for (unsigned i = 0; i < size; i++) {
        v |= (uint64_t)d->bytes[addr + i] << 8 * (big ? size - 1 - i : i);
    }
    return v;
}

static void dev_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Dev *d = opaque;
    bool big = d->ops.endianness == DEVICE_BIG_ENDIAN;

    g_string_append_printf(d->log, "w%" PRIx64 "/%u=%" PRIx64 " ", addr, size, data);
    for (unsigned i = 0; i < size; i++) {
        d->bytes[addr + i] = data >> 8 * (big ? size - 1 - i : i);
    }
}

static AddressSpace as;
static MemoryRegion root;

static Dev *dev_new(MemoryRegionOps ops)
{
    Dev *d = g_new0(Dev, 1);

    d->ops = ops;
    d->ops.read = dev_read;
    d->ops.write = dev_write;
    d->log = g_string_new(NULL);
    for (unsigned i = 0; i < sizeof(d->bytes); i++) {
        d->bytes[i] = 0x10 + i;
    }
    memory_region_init_io(&d->mr, NULL, &d->ops, d, "dev", sizeof(d->bytes));
    memory_region_add_subregion(&root, 0x1000, &d->mr);
    return d;
}

static void dev_free(Dev *d)
{
    object_unref(OBJECT(&d->mr));
    memory_test_settle();
    g_string_free(d->log, true);
    g_free(d);
}

#define assert_calls(d, expected) do {                   \
        g_assert_cmpstr((d)->log->str, ==, expected);    \
        g_string_truncate((d)->log, 0);                  \
    } while (0)

/* Every kind of device gives back the bytes it holds, whatever the access, and stores what it is given. */
static void test_matrix(void)
{
    static const unsigned sizes[] = { 1, 2, 4, 8 };
    unsigned combinations = 0;

    for (int endian = DEVICE_NATIVE_ENDIAN; endian <= DEVICE_LITTLE_ENDIAN; endian++) {
        for (unsigned min = 0; min < 4; min++) {
            for (unsigned max = min; max < 4; max++) {
                for (int unaligned = 0; unaligned < 2; unaligned++) {
                    Dev *d = dev_new((MemoryRegionOps) {
                        .endianness = endian,
                        .valid = { 1, 8, true, NULL },
                        .impl = { sizes[min], sizes[max], unaligned },
                    });
                    for (unsigned op = 0; op < 4; op++) {
                        for (hwaddr addr = 0; addr < 16; addr++) {
                            uint64_t le = 0, be = 0, v;

                            for (unsigned i = 0; i < sizes[op]; i++) {
                                le |= (uint64_t)(0x10 + addr + i) << 8 * i;
                                be = be << 8 | (0x10 + addr + i);
                            }
                            g_assert_cmpuint(memory_region_dispatch_read(&d->mr, addr, &v, op | MO_LE, ATTRS), ==,
                                             MEMTX_OK);
                            g_assert_cmphex(v, ==, le);
                            memory_region_dispatch_read(&d->mr, addr, &v, op | MO_BE, ATTRS);
                            g_assert_cmphex(v, ==, be);
                            if (min == 0) {              /* narrower writes have empty lanes */
                                memory_region_dispatch_write(&d->mr, addr, le ^ 0xff, op | MO_LE, ATTRS);
                                g_assert_cmphex(d->bytes[addr], ==, (0x10 + addr) ^ 0xff);
                                g_assert_cmphex(d->bytes[addr + sizes[op]], ==, 0x10 + addr + sizes[op]);
                                memory_region_dispatch_write(&d->mr, addr, be, op | MO_BE, ATTRS);
                                g_assert_cmphex(d->bytes[addr], ==, 0x10 + addr);
                            }
                            combinations++;
                        }
                    }
                    dev_free(d);
                }
            }
        }
    }
    g_assert_cmpuint(combinations, ==, 3 * 10 * 2 * 4 * 16);
}

static void test_splitting(void)
{
    Dev *d = dev_new((MemoryRegionOps) { .valid = { 1, 8, true, NULL }, .impl = { 1, 4, false } });
    uint64_t v;

    memory_region_dispatch_read(&d->mr, 0, &v, MO_LEUQ, ATTRS);
    assert_calls(d, "r0/4 r4/4 ");
    memory_region_dispatch_read(&d->mr, 1, &v, MO_LEUL, ATTRS);
    assert_calls(d, "r1/1 r2/2 r4/1 ");
    memory_region_dispatch_write(&d->mr, 6, 0x44332211, MO_LEUL, ATTRS);
    assert_calls(d, "w6/2=2211 w8/2=4433 ");
    dev_free(d);

    d = dev_new((MemoryRegionOps) { .valid = { 1, 4, false, NULL }, .impl = { 4, 4, false } });
    memory_region_dispatch_read(&d->mr, 5, &v, MO_8, ATTRS);
    g_assert_cmphex(v, ==, 0x15);
    assert_calls(d, "r4/4 ");
    memory_region_dispatch_write(&d->mr, 6, 0xbeef, MO_LEUW, ATTRS);
    assert_calls(d, "w4/4=beef0000 ");
    dev_free(d);

    d = dev_new((MemoryRegionOps) { .endianness = DEVICE_BIG_ENDIAN, .impl = { 2, 2, false } });
    memory_region_dispatch_read(&d->mr, 4, &v, MO_BEUL, ATTRS);
    g_assert_cmphex(v, ==, 0x14151617);
    assert_calls(d, "r4/2 r6/2 ");
    dev_free(d);
}

static bool refuse_8(void *opaque, hwaddr addr, unsigned size, bool is_write, MemTxAttrs attrs)
{
    return addr != 8;
}

static void test_valid(void)
{
    Dev *d = dev_new((MemoryRegionOps) { .valid = { 2, 4, false, refuse_8 } });
    uint64_t v;

    g_assert_cmpuint(memory_region_dispatch_read(&d->mr, 0, &v, MO_8, ATTRS), ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(v, ==, 0);
    g_assert_cmpuint(memory_region_dispatch_read(&d->mr, 0, &v, MO_LEUQ, ATTRS), ==, MEMTX_DECODE_ERROR);
    g_assert_cmpuint(memory_region_dispatch_read(&d->mr, 1, &v, MO_LEUW, ATTRS), ==, MEMTX_DECODE_ERROR);
    g_assert_cmpuint(memory_region_dispatch_write(&d->mr, 8, 0, MO_LEUW, ATTRS), ==, MEMTX_DECODE_ERROR);
    assert_calls(d, "");
    g_assert_cmpuint(memory_region_dispatch_read(&d->mr, 2, &v, MO_LEUW, ATTRS), ==, MEMTX_OK);
    assert_calls(d, "r2/2 ");
    dev_free(d);
}

/* Long transfers are cut to what the device takes; the ends of regions too. */
static void test_transfers(void)
{
    Dev *d = dev_new((MemoryRegionOps) { .valid = { 1, 4, false, NULL } });
    uint8_t buf[40] = { 0 };

    g_assert_cmpuint(address_space_read(&as, 0x1001, ATTRS, buf, 8), ==, MEMTX_OK);
    assert_calls(d, "r1/1 r2/2 r4/4 r8/1 ");
    g_assert_cmphex(buf[0], ==, 0x11);
    g_assert_cmphex(buf[7], ==, 0x18);
    memset(buf, 0xee, sizeof(buf));
    /* runs off the end: what is not there reads as zeros, and the result says so */
    g_assert_cmpuint(address_space_read(&as, 0x101c, ATTRS, buf, 8), ==, MEMTX_DECODE_ERROR);
    assert_calls(d, "r1c/4 ");
    g_assert_cmphex(buf[3], ==, 0x2f);
    g_assert_cmphex(buf[4], ==, 0);
    g_assert_cmphex(buf[7], ==, 0);
    g_assert_cmphex(buf[8], ==, 0xee);
    /* a load across the seam */
    g_assert_cmphex(ldl_le_phys(&as, 0x101e), ==, 0x2f2e);
    g_assert_cmphex(ldl_be_phys(&as, 0x1000), ==, 0x10111213);
    g_assert_true(address_space_access_valid(&as, 0x1000, 32, true, ATTRS));
    g_assert_false(address_space_access_valid(&as, 0x1000, 33, true, ATTRS));
    dev_free(d);
}

static void test_memory_attribute(void)
{
    Dev *d = dev_new((MemoryRegionOps) { 0 });
    MemTxAttrs only_memory = { .memory = 1 };
    uint32_t v = 5;

    g_assert_cmpuint(address_space_read(&as, 0x1000, only_memory, &v, 4), ==, MEMTX_ACCESS_ERROR);
    g_assert_cmpuint(v, ==, 0);
    assert_calls(d, "");
    dev_free(d);
}

/* ---- Re-entrancy ---- */

typedef struct Looper {
    DeviceState parent_obj;
    MemoryRegion mr, other;
    MemTxResult inner;
    unsigned calls;
} Looper;

static void looper_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Looper *l = opaque;

    l->calls++;
    g_assert_cmpuint(l->calls, <, 4);
    /* DMA into our own registers: data says which */
    address_space_stl(&as, data, 0x8000, ATTRS, &l->inner);
}

static const MemoryRegionOps looper_ops = { .write = looper_write };
static const TypeInfo looper_types[] = {
    { .name = "test-looper", .parent = TYPE_DEVICE, .instance_size = sizeof(Looper) },
};
DEFINE_TYPES(looper_types)

static void test_reentrancy(void)
{
    Looper *l = (Looper *)object_new("test-looper");
    Dev *d = dev_new((MemoryRegionOps) { 0 });

    memory_region_init_io(&l->mr, OBJECT(l), &looper_ops, l, "looper", 0x100);
    memory_region_init_io(&l->other, OBJECT(l), &looper_ops, l, "other", 0x100);
    memory_region_add_subregion(&root, 0x8000, &l->mr);
    memory_region_add_subregion(&root, 0x9000, &l->other);
    address_space_stl(&as, 0x8000, 0x8004, ATTRS, NULL);
    g_assert_cmpuint(l->inner, ==, MEMTX_ACCESS_ERROR);
    g_assert_cmpuint(l->calls, ==, 1);
    address_space_stl(&as, 0x8000, 0x9000, ATTRS, NULL);         /* another region of the same device */
    g_assert_cmpuint(l->inner, ==, MEMTX_ACCESS_ERROR);
    g_assert_cmpuint(l->calls, ==, 2);
    address_space_stl(&as, 0x8000, 0x1000, ATTRS, NULL);         /* another device: fine */
    g_assert_cmpuint(l->inner, ==, MEMTX_OK);
    assert_calls(d, "w0/4=8000 ");
    memory_region_del_subregion(&root, &l->mr);
    memory_region_del_subregion(&root, &l->other);
    object_unref(OBJECT(l));
    dev_free(d);
}

/* ---- RAM, ROM, ROM devices ---- */

static void test_ram(void)
{
    MemoryRegion *ram = g_new(MemoryRegion, 1), *rom = g_new(MemoryRegion, 1), *view = g_new(MemoryRegion, 1);
    uint32_t v = 0xdeadbeef;
    MemTxResult r;

    g_assert_true(memory_region_init_ram_nomigrate(ram, NULL, "ram", 0x4000, &error_abort));
    g_assert_true(memory_region_init_rom_nomigrate(rom, NULL, "rom", 0x1000, &error_abort));
    memory_region_init_alias(view, NULL, "view", ram, 0, 0x1000);
    memory_region_add_subregion(&root, 0x10000, ram);
    memory_region_add_subregion(&root, 0x20000, rom);
    memory_region_add_subregion(&root, 0x30000, view);
    stl_le_phys(&as, 0x10ffe, 0x11223344);
    g_assert_cmphex(ldl_be_phys(&as, 0x10ffe), ==, 0x44332211);
    g_assert_cmphex(lduw_le_phys(&as, 0x30ffe), ==, 0x3344);
    /* ROM: writes are refused, loaders may */
    g_assert_cmpuint(address_space_write(&as, 0x20000, ATTRS, &v, 4), ==, MEMTX_DECODE_ERROR);
    address_space_stl(&as, 0x20000, 7, ATTRS, &r);
    g_assert_cmpuint(r, ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(ldl_phys(&as, 0x20000), ==, 0);
    address_space_write_rom(&as, 0x20000, ATTRS, &v, 4);
    g_assert_cmphex(ldl_phys(&as, 0x20000), ==, 0xdeadbeef);
    /* a read-only alias of RAM */
    memory_region_set_readonly(view, true);
    stl_phys(&as, 0x30000, 1);
    g_assert_cmphex(ldl_phys(&as, 0x10000), ==, 0);
    memory_region_set_readonly(view, false);
    stl_phys(&as, 0x30000, 1);
    g_assert_cmphex(ldl_phys(&as, 0x10000), ==, 1);
    /* pages as a TLB sees them */
    WITH_RCU_READ_LOCK_GUARD() {
        MemoryPage p;

        address_space_page(&as, 0x31234 & ~0x1000, ATTRS, &p);
        g_assert_true(p.whole && p.host == (uint8_t *)memory_region_get_ram_ptr(ram) && !p.readonly);
        address_space_page(&as, 0x20000, ATTRS, &p);
        g_assert_true(p.whole && p.readonly && p.host);
        address_space_page(&as, 0x40000, ATTRS, &p);
        g_assert_true(p.whole && !p.host);
    }
    object_unref(OBJECT(view));
    object_unref(OBJECT(ram));
    object_unref(OBJECT(rom));
    memory_test_settle();
    g_free(view);
    g_free(ram);
    g_free(rom);
}

static void test_rom_device(void)
{
    Dev *d = dev_new((MemoryRegionOps) { 0 });
    MemoryRegion *flash = g_new(MemoryRegion, 1);

    g_assert_true(memory_region_init_rom_device_nomigrate(flash, NULL, &d->ops, d, "flash", 0x1000, &error_abort));
    memory_region_add_subregion(&root, 0x20000, flash);
    memcpy(ramblock_ptr(flash->ram_block, 0), "flsh", 4);
    g_assert_cmphex(ldl_le_phys(&as, 0x20000), ==, 0x68736c66);
    stl_le_phys(&as, 0x20004, 0x90);
    assert_calls(d, "w4/4=90 ");
    memory_region_rom_device_set_romd(flash, false);
    ldl_le_phys(&as, 0x20000);
    assert_calls(d, "r0/4 ");
    object_unref(OBJECT(flash));
    memory_test_settle();
    g_free(flash);
    dev_free(d);
}

/* ---- Mapping ---- */

static void test_map(void)
{
    Dev *d = dev_new((MemoryRegionOps) { .valid = { 1, 4, false, NULL } });
    MemoryRegion *ram = g_new(MemoryRegion, 1);
    hwaddr len = 0x8000;
    uint8_t *p, *q;

    memory_region_init_ram_nomigrate(ram, NULL, "ram", 0x4000, &error_abort);
    memory_region_add_subregion(&root, 0x10000, ram);
    p = address_space_map(&as, 0x11000, &len, true, ATTRS);
    g_assert_true(p == (uint8_t *)memory_region_get_ram_ptr(ram) + 0x1000);
    g_assert_cmphex(len, ==, 0x3000);
    address_space_unmap(&as, p, len, true, len);

    /* a bounce buffer: read when mapped, written when unmapped, no more than was used */
    len = 16;
    p = address_space_map(&as, 0x1000, &len, true, ATTRS);
    g_assert_nonnull(p);
    g_assert_cmpuint(len, ==, 16);
    memset(p, 0xaa, 16);
    address_space_unmap(&as, p, len, true, 4);
    g_assert_cmphex(d->bytes[3], ==, 0xaa);
    g_assert_cmphex(d->bytes[4], ==, 0x14);
    len = 16;
    p = address_space_map(&as, 0x1000, &len, false, ATTRS);
    g_assert_cmphex(p[4], ==, 0x14);

    /* the limit counts all that are out */
    as.max_bounce_buffer_size = 24;
    len = 16;
    q = address_space_map(&as, 0x1010, &len, false, ATTRS);
    g_assert_nonnull(q);
    g_assert_cmpuint(len, ==, 8);
    len = 16;
    g_assert_null(address_space_map(&as, 0x1010, &len, false, ATTRS));
    address_space_unmap(&as, p, 16, false, 16);
    address_space_unmap(&as, q, 8, false, 8);
    g_assert_cmpuint(as.bounce_buffer_size, ==, 0);
    as.max_bounce_buffer_size = DEFAULT_MAX_BOUNCE_BUFFER_SIZE;
    object_unref(OBJECT(ram));
    memory_test_settle();
    g_free(ram);
    dev_free(d);
}

static void test_cache(void)
{
    MemoryRegion *ram = g_new(MemoryRegion, 1);
    Dev *d = dev_new((MemoryRegionOps) { 0 });
    MemoryRegionCache c;
    uint8_t buf[4];
    Looper *l;

    memory_region_init_ram_nomigrate(ram, NULL, "ram", 0x4000, &error_abort);
    memory_region_add_subregion(&root, 0x10000, ram);
    g_assert_cmpint(address_space_cache_init(&c, &as, 0x13000, 0x2000, true), ==, 0x1000);
    stl_le_phys_cached(&c, 0x10, 0x01020304);
    g_assert_cmphex(ldl_be_phys(&as, 0x13010), ==, 0x04030201);
    g_assert_cmphex(lduw_be_phys_cached(&c, 0x12), ==, 0x0201);
    address_space_cache_destroy(&c);
    /* a device works too, only slowly */
    g_assert_cmpint(address_space_cache_init(&c, &as, 0x1000, 32, true), ==, 32);
    g_assert_cmphex(ldl_le_phys_cached(&c, 4), ==, 0x17161514);
    address_space_read_cached(&c, 28, buf, 4);
    g_assert_cmphex(buf[3], ==, 0x2f);
    stw_le_phys_cached(&c, 2, 0xabcd);
    g_assert_cmphex(d->bytes[3], ==, 0xab);
    address_space_cache_destroy(&c);
    g_assert_cmpint(address_space_cache_init(&c, &as, 0x1000, 0, true), <, 0);
    address_space_cache_destroy(&c);

    /* a cache of RAM keeps the RAM, not what else was there when it was made */
    l = (Looper *)object_new("test-looper");
    memory_region_init_io(&l->mr, OBJECT(l), &looper_ops, l, "looper", 0x100);
    memory_region_add_subregion(&root, 0x8000, &l->mr);
    g_assert_cmpint(address_space_cache_init(&c, &as, 0x10000, 64, true), ==, 64);
    memory_region_del_subregion(&root, &l->mr);
    memory_test_settle();
    g_assert_cmpuint(OBJECT(l)->ref, ==, 1);
    stl_le_phys_cached(&c, 0, 5);
    g_assert_cmphex(ldl_le_phys(&as, 0x10000), ==, 5);
    address_space_cache_destroy(&c);
    object_unref(OBJECT(l));
    object_unref(OBJECT(ram));
    memory_test_settle();
    g_free(ram);
    dev_free(d);
}

/* ---- IOMMU ---- */

#define TYPE_TEST_IOMMU "test-iommu"

/* Page n of the window goes to page n ^ 1; pages from 8 on are not mapped; page 4 is read-only; page 6 loops. */
static AddressSpace iommu_as;

static IOMMUTLBEntry translate(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag, int idx)
{
    hwaddr page = addr >> 12;

    return (IOMMUTLBEntry) {
        .target_as = page == 6 ? &iommu_as : &as, .iova = addr & ~0xfffULL, .addr_mask = 0xfff,
        .translated_addr = page == 6 ? addr & ~0xfffULL : 0x10000 + ((page ^ 1) << 12),
        .perm = page >= 8 ? IOMMU_NONE : page == 4 ? IOMMU_RO : IOMMU_RW,
    };
}

static void iommu_class_init(ObjectClass *oc, const void *data)
{
    ((IOMMUMemoryRegionClass *)oc)->translate = translate;
}

static const TypeInfo iommu_types[] = {
    { .name = TYPE_TEST_IOMMU, .parent = TYPE_IOMMU_MEMORY_REGION, .class_init = iommu_class_init },
};
DEFINE_TYPES(iommu_types)

static void test_iommu(void)
{
    IOMMUMemoryRegion *iommu = g_new(IOMMUMemoryRegion, 1);
    MemoryRegion *ram = g_new(MemoryRegion, 1);
    uint8_t buf[0x2000];
    MemTxResult r;

    memory_region_init_iommu(iommu, sizeof(*iommu), TYPE_TEST_IOMMU, NULL, "iommu", UINT64_MAX);
    memory_region_init_ram_nomigrate(ram, NULL, "ram", 0x8000, &error_abort);
    memory_region_add_subregion(&root, 0x10000, ram);
    address_space_init(&iommu_as, MEMORY_REGION(iommu), "iommu");
    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = i >> 8;
    }
    g_assert_cmpuint(address_space_write(&iommu_as, 0, ATTRS, buf, sizeof(buf)), ==, MEMTX_OK);
    g_assert_cmphex(ldub_phys(&as, 0x11000), ==, 0);
    g_assert_cmphex(ldub_phys(&as, 0x10000), ==, 0x10);
    address_space_stl(&iommu_as, 0x4000, 1, ATTRS, &r);
    g_assert_cmpuint(r, ==, MEMTX_DECODE_ERROR);
    address_space_ldl(&iommu_as, 0x4000, ATTRS, &r);
    g_assert_cmpuint(r, ==, MEMTX_OK);
    address_space_ldl(&iommu_as, 0x8000, ATTRS, &r);
    g_assert_cmpuint(r, ==, MEMTX_DECODE_ERROR);
    address_space_ldl(&iommu_as, 0x6000, ATTRS, &r);             /* an endless chain ends */
    g_assert_cmpuint(r, ==, MEMTX_DECODE_ERROR);
    address_space_destroy(&iommu_as);
    object_unref(OBJECT(iommu));
    object_unref(OBJECT(ram));
    memory_test_settle();
    g_free(iommu);
    g_free(ram);
}

/* Mapping and cached access through an IOMMU: no further than one page of it, and only where it allows. */
static void test_iommu_map(void)
{
    IOMMUMemoryRegion *iommu = g_new(IOMMUMemoryRegion, 1);
    MemoryRegion *ram = g_new(MemoryRegion, 1);
    MemoryRegionCache c;
    IOMMUTLBEntry e;
    hwaddr len = 0x3000;
    uint8_t *p;

    memory_region_init_iommu(iommu, sizeof(*iommu), TYPE_TEST_IOMMU, NULL, "iommu", UINT64_MAX);
    memory_region_init_ram_nomigrate(ram, NULL, "ram", 0x8000, &error_abort);
    memory_region_add_subregion(&root, 0x10000, ram);
    address_space_init(&iommu_as, MEMORY_REGION(iommu), "iommu");
    p = address_space_map(&iommu_as, 0x800, &len, true, ATTRS);
    g_assert_true(p == (uint8_t *)memory_region_get_ram_ptr(ram) + 0x1800);
    g_assert_cmphex(len, ==, 0x800);
    address_space_unmap(&iommu_as, p, len, true, len);
    g_assert_true(address_space_access_valid(&iommu_as, 0, 0x4000, true, ATTRS));
    g_assert_false(address_space_access_valid(&iommu_as, 0x4000, 4, true, ATTRS));
    g_assert_true(address_space_access_valid(&iommu_as, 0x4000, 4, false, ATTRS));
    g_assert_false(address_space_access_valid(&iommu_as, 0x7000, 0x1001, false, ATTRS));
    g_assert_cmpint(address_space_cache_init(&c, &iommu_as, 0x2f00, 0x200, true), ==, 0x100);
    stb_phys_cached(&c, 0xff, 0x77);
    g_assert_cmphex(ldub_phys(&as, 0x13fff), ==, 0x77);
    address_space_cache_destroy(&c);
    e = address_space_get_iotlb_entry(&as, 0x12345, false, ATTRS);
    g_assert_true(e.target_as == &as && e.perm == IOMMU_RW && e.addr_mask >= 0xfff);
    g_assert_cmphex(address_space_get_iotlb_entry(&as, 0x900000, false, ATTRS).perm, ==, IOMMU_NONE);
    address_space_destroy(&iommu_as);
    object_unref(OBJECT(iommu));
    object_unref(OBJECT(ram));
    memory_test_settle();
    g_free(iommu);
    g_free(ram);
}

static unsigned notified;
static IOMMUTLBEntry last_notified;
static void on_iommu(IOMMUNotifier *n, IOMMUTLBEntry *e)
{
    notified++;
    last_notified = *e;
}

static void notify(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag type, hwaddr iova)
{
    IOMMUTLBEvent ev = { .type = type, .entry = { .iova = iova, .addr_mask = 0xfff } };

    notified = 0;
    memory_region_notify_iommu(iommu, 0, ev);
}

/* Who listens hears of the events and addresses that it asked for; a replay tells what is mapped already. */
static void test_iommu_notifiers(void)
{
    IOMMUMemoryRegion *iommu = g_new(IOMMUMemoryRegion, 1);
    MemoryRegion *mr = &iommu->parent_obj;
    IOMMUNotifier n, other;

    memory_region_init_iommu(iommu, sizeof(*iommu), TYPE_TEST_IOMMU, NULL, "iommu", 0x10000);
    iommu_notifier_init(&n, on_iommu, IOMMU_NOTIFIER_UNMAP, 0x2000, 0x3fff, 0);
    iommu_notifier_init(&other, on_iommu, IOMMU_NOTIFIER_ALL, 0, UINT64_MAX, 1);
    g_assert_cmpint(memory_region_register_iommu_notifier(mr, &n, &error_abort), ==, 0);
    g_assert_cmpint(memory_region_register_iommu_notifier(mr, &other, &error_abort), ==, 0);
    notify(iommu, IOMMU_NOTIFIER_UNMAP, 0x3000);
    g_assert_cmpuint(notified, ==, 1);
    g_assert_cmphex(last_notified.iova, ==, 0x3000);
    notify(iommu, IOMMU_NOTIFIER_UNMAP, 0x4000);
    g_assert_cmpuint(notified, ==, 0);
    notify(iommu, IOMMU_NOTIFIER_MAP, 0x3000);
    g_assert_cmpuint(notified, ==, 0);
    memory_region_unregister_iommu_notifier(mr, &other);
    g_assert_cmphex(iommu->iommu_notify_flags, ==, IOMMU_NOTIFIER_UNMAP);
    notified = 0;
    memory_region_iommu_replay(iommu, &n);
    g_assert_cmpuint(notified, ==, 8);           /* pages 0 to 7 are mapped, 8 to 15 are not */
    memory_region_unmap_iommu_notifier_range(&n);
    g_assert_cmphex(last_notified.iova, ==, 0x2000);
    g_assert_cmphex(last_notified.addr_mask, ==, 0x1fff);
    memory_region_unregister_iommu_notifier(mr, &n);
    object_unref(OBJECT(iommu));
    memory_test_settle();
    g_free(iommu);
}

/* ---- Subpages ---- */

/* Regions smaller than a page, side by side in one: each byte goes to its own, and a TLB is told not to cache it. */
static void test_subpages(void)
{
    Dev *d = dev_new((MemoryRegionOps) { 0 });
    MemoryRegion *ram = g_new(MemoryRegion, 1), *slice = g_new(MemoryRegion, 1);
    uint8_t buf[0x40];

    memory_region_init_ram_nomigrate(ram, NULL, "ram", 0x2000, &error_abort);
    memory_region_init_alias(slice, NULL, "slice", ram, 0x1010, 0x10);
    memory_region_add_subregion(&root, 0x10000, ram);
    memory_region_add_subregion_overlap(&root, 0x10fe0, slice, 1);
    memset(memory_region_get_ram_ptr(ram), 0x11, 0x2000);
    memset((uint8_t *)memory_region_get_ram_ptr(ram) + 0x1010, 0x22, 0x10);
    address_space_read(&as, 0x10fd0, ATTRS, buf, sizeof(buf));
    g_assert_cmphex(buf[0xf], ==, 0x11);
    g_assert_cmphex(buf[0x10], ==, 0x22);
    g_assert_cmphex(buf[0x1f], ==, 0x22);
    g_assert_cmphex(buf[0x20], ==, 0x11);
    g_assert_cmphex(ldl_le_phys(&as, 0x10fde), ==, 0x22221111);
    WITH_RCU_READ_LOCK_GUARD() {
        MemoryPage p;

        address_space_page(&as, 0x10123, ATTRS, &p);
        g_assert_false(p.whole);
        address_space_page(&as, 0x11000, ATTRS, &p);
        g_assert_true(p.whole && p.host);
        address_space_page(&as, 0x1000, ATTRS, &p);      /* a device of less than a page */
        g_assert_null(p.host);
    }
    memory_region_set_enabled(slice, false);
    WITH_RCU_READ_LOCK_GUARD() {
        MemoryPage p;

        address_space_page(&as, 0x10123, ATTRS, &p);
        g_assert_true(p.whole && p.host);
    }
    object_unref(OBJECT(slice));
    object_unref(OBJECT(ram));
    memory_test_settle();
    g_free(slice);
    g_free(ram);
    dev_free(d);
}

/* ---- Waiting for a bounce buffer ---- */

static unsigned clients_woken;
static void on_room(void *opaque)
{
    clients_woken++;
}

static void test_map_clients(void)
{
    Dev *d = dev_new((MemoryRegionOps) { 0 });
    QEMUBH *bh = qemu_bh_new(on_room, NULL), *gone = qemu_bh_new(on_room, NULL);
    hwaddr len = 16;
    void *p;

    as.max_bounce_buffer_size = 16;
    p = address_space_map(&as, 0x1000, &len, false, ATTRS);
    g_assert_nonnull(p);
    g_assert_null(address_space_map(&as, 0x1000, &len, false, ATTRS));
    address_space_register_map_client(&as, bh);
    address_space_register_map_client(&as, gone);
    address_space_unregister_map_client(&as, gone);
    g_main_context_iteration(NULL, false);
    g_assert_cmpuint(clients_woken, ==, 0);
    address_space_unmap(&as, p, 16, false, 16);
    while (!clients_woken) {
        g_main_context_iteration(NULL, true);
    }
    g_main_context_iteration(NULL, false);
    g_assert_cmpuint(clients_woken, ==, 1);
    /* with room left a client is told at once, so none can miss the last buffer */
    address_space_register_map_client(&as, bh);
    while (clients_woken < 2) {
        g_main_context_iteration(NULL, true);
    }
    as.max_bounce_buffer_size = DEFAULT_MAX_BOUNCE_BUFFER_SIZE;
    qemu_bh_delete(bh);
    qemu_bh_delete(gone);
    dev_free(d);
}

/* ---- Ports ---- */

static uint32_t port_read(void *opaque, uint32_t addr)
{
    return addr & 0xff;
}

static uint32_t port_readw(void *opaque, uint32_t addr)
{
    return 0x1234;
}

static uint32_t port_last;
static void port_write(void *opaque, uint32_t addr, uint32_t data)
{
    port_last = addr << 8 | data;
}

static const MemoryRegionPortio ports[] = {
    { 0, 4, 1, .read = port_read, .write = port_write },
    { 0, 1, 2, .read = port_readw },
    { 0x10, 1, 1, .read = port_read, .write = port_write },
    PORTIO_END_OF_LIST(),
};

static void test_ports(void)
{
    PortioList list;

    g_assert_cmphex(cpu_inb(0x300), ==, 0xff);
    g_assert_cmphex(cpu_inl(0x300), ==, 0xffffffff);
    portio_list_init(&list, NULL, ports, NULL, "ports");
    portio_list_add(&list, get_system_io(), 0x300);
    g_assert_cmphex(cpu_inb(0x302), ==, 2);
    g_assert_cmphex(cpu_inw(0x300), ==, 0x1234);
    g_assert_cmphex(cpu_inw(0x302), ==, 0x0302);                 /* as two bytes */
    g_assert_cmphex(cpu_inw(0x303), ==, 0xff03);                 /* half of it is elsewhere */
    g_assert_cmphex(cpu_inb(0x308), ==, 0xff);
    cpu_outb(0x310, 0x55);
    g_assert_cmphex(port_last, ==, 0x31055);
    portio_list_set_address(&list, 0x400);
    g_assert_cmphex(cpu_inb(0x302), ==, 0xff);
    g_assert_cmphex(cpu_inb(0x402), ==, 2);
    portio_list_set_enabled(&list, false);
    g_assert_cmphex(cpu_inb(0x402), ==, 0xff);
    portio_list_del(&list);
    portio_list_destroy(&list);
    memory_test_settle();
}

static void test_sglist(void)
{
    MemoryRegion *ram = g_new(MemoryRegion, 1);
    QEMUSGList sg;
    dma_addr_t left;
    uint8_t buf[12] = "abcdefghijk";

    memory_region_init_ram_nomigrate(ram, NULL, "ram", 0x4000, &error_abort);
    memory_region_add_subregion(&root, 0x10000, ram);
    qemu_sglist_init(&sg, NULL, 1, &as);
    qemu_sglist_add(&sg, 0x10000, 4);
    qemu_sglist_add(&sg, 0x11000, 20);
    g_assert_cmpuint(dma_buf_read(buf, 12, &left, &sg, ATTRS), ==, MEMTX_OK);
    g_assert_cmpuint(left, ==, 12);
    g_assert_cmphex(ldub_phys(&as, 0x10003), ==, 'd');
    g_assert_cmphex(ldub_phys(&as, 0x11000), ==, 'e');
    memset(buf, 0, sizeof(buf));
    dma_buf_write(buf, 8, &left, &sg, ATTRS);
    g_assert_cmpmem(buf, 8, "abcdefgh", 8);
    qemu_sglist_destroy(&sg);
    object_unref(OBJECT(ram));
    memory_test_settle();
    g_free(ram);
}

int main(int argc, char **argv)
{
    memory_test_init(&argc, &argv);
    memory_region_init(&root, NULL, "root", UINT64_MAX);
    address_space_init(&as, &root, "as");
    g_test_add_func("/memory/access/matrix", test_matrix);
    g_test_add_func("/memory/access/splitting", test_splitting);
    g_test_add_func("/memory/access/valid", test_valid);
    g_test_add_func("/memory/access/transfers", test_transfers);
    g_test_add_func("/memory/access/memory-attribute", test_memory_attribute);
    g_test_add_func("/memory/access/reentrancy", test_reentrancy);
    g_test_add_func("/memory/access/ram", test_ram);
    g_test_add_func("/memory/access/rom-device", test_rom_device);
    g_test_add_func("/memory/access/map", test_map);
    g_test_add_func("/memory/access/cache", test_cache);
    g_test_add_func("/memory/access/iommu", test_iommu);
    g_test_add_func("/memory/access/iommu-map", test_iommu_map);
    g_test_add_func("/memory/access/iommu-notifiers", test_iommu_notifiers);
    g_test_add_func("/memory/access/subpages", test_subpages);
    g_test_add_func("/memory/access/map-clients", test_map_clients);
    g_test_add_func("/memory/access/ports", test_ports);
    g_test_add_func("/memory/access/sglist", test_sglist);
    return g_test_run();
}
