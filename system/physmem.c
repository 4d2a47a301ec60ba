/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access to guest memory through an address space: lookup, translation by IOMMUs, reads and writes of any length,
 * single loads and stores, and what a TLB fill asks. Mapping is in physmem-map.c, one device access in
 * memory-access.c. Any thread; views are read under RCU, devices are entered with the big lock.
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/main-loop.h"
#include "system/address-spaces.h"
#include "system/ioport.h"
#include "system/physmem-internal.h"

AddressSpace address_space_memory;
AddressSpace address_space_io;
static MemoryRegion *system_memory, *system_io;

MemoryRegion *get_system_memory(void)
{
    return system_memory;
}

MemoryRegion *get_system_io(void)
{
    return system_io;
}

void cpu_exec_init_all(void)
{
    if (system_memory) {
        return;
    }
    system_memory = g_new(MemoryRegion, 1);
    memory_region_init(system_memory, NULL, "system", UINT64_MAX);
    address_space_init(&address_space_memory, system_memory, "memory");
    system_io = g_new(MemoryRegion, 1);
    memory_region_init_io(system_io, NULL, &unassigned_io_ops, NULL, "io", 65536);
    memory_region_enable_lockless_io(system_io);         /* the ports nobody claims */
    address_space_init(&address_space_io, system_io, "I/O");
}

/* ---- Lookup and translation (under RCU) ---- */

/* No sane machine stacks more IOMMUs than this; a loop of them must end. */
#define MAX_IOMMU_DEPTH 8

static void lookup(FlatView *fv, hwaddr addr, Xlat *x)
{
    hwaddr gap_last;
    const FlatRange *r = flat_tree_find(fv->tree, addr, &gap_last);

    if (r) {
        x->mr = r->mr;
        x->offset = r->offset + (addr - r->first);
        x->left = r->last - addr;
        x->readonly = r->readonly;
        x->range = r;
    } else {
        x->mr = &io_mem_unassigned;
        x->offset = addr;
        x->left = gap_last - addr;
        x->readonly = false;
        x->range = NULL;
    }
}

static void nothing(Xlat *x, hwaddr addr)
{
    x->mr = &io_mem_unassigned;
    x->offset = addr;
    x->range = NULL;
}

/* @x->mr is an IOMMU: go on to where it sends the access. */
static void through_iommu(Xlat *x, bool is_write, MemTxAttrs attrs)
{
    hwaddr left = x->left;

    for (int depth = 0; x->mr->is_iommu; depth++) {
        IOMMUMemoryRegion *iommu = (IOMMUMemoryRegion *)x->mr;
        IOMMUMemoryRegionClass *k = (IOMMUMemoryRegionClass *)object_get_class(OBJECT(iommu));
        IOMMUAccessFlags flag = is_write ? IOMMU_WO : IOMMU_RO;
        IOMMUTLBEntry e = { 0 };

        if (k->translate) {
            e = k->translate(iommu, x->offset, flag, memory_region_iommu_attrs_to_index(iommu, attrs));
        }
        left = MIN(left, e.addr_mask - (x->offset & e.addr_mask));
        if (!(e.perm & flag) || !e.target_as || depth == MAX_IOMMU_DEPTH) {
            nothing(x, x->offset);
        } else {
            lookup(address_space_to_flatview(e.target_as),
                   (e.translated_addr & ~e.addr_mask) | (x->offset & e.addr_mask), x);
            left = MIN(left, x->left);
        }
    }
    x->left = left;
}

void flatview_translate(FlatView *fv, hwaddr addr, bool is_write, MemTxAttrs attrs, Xlat *x)
{
    lookup(fv, addr, x);
    if (unlikely(x->mr->is_iommu)) {
        through_iommu(x, is_write, attrs);
    }
    /*
     * A device decodes an access by its first byte and sees all of it, even where a region of higher priority covers
     * the next bytes (port 0xcf9 inside the 32-bit register at 0xcf8).
     */
    if (x->range && x->left < 7 && !x->mr->ram && !x->mr->rom_device && x->mr->terminates) {
        uint64_t size = memory_region_size(x->mr);

        if (x->offset < size) {
            x->left = MAX(x->left, MIN(7, size - 1 - x->offset));
        }
    }
}

MemoryRegion *address_space_translate(AddressSpace *as, hwaddr addr, hwaddr *xlat, hwaddr *plen, bool is_write,
                                      MemTxAttrs attrs)
{
    Xlat x;

    flatview_translate(address_space_to_flatview(as), addr, is_write, attrs, &x);
    *xlat = x.offset;
    if (*plen && *plen - 1 > x.left) {
        *plen = x.left + 1;
    }
    return x.mr;
}

IOMMUTLBEntry address_space_get_iotlb_entry(AddressSpace *as, hwaddr addr, bool is_write, MemTxAttrs attrs)
{
    IOMMUTLBEntry none = { .target_as = NULL, .perm = IOMMU_NONE };
    Xlat x;
    hwaddr mask, to;

    RCU_READ_LOCK_GUARD();
    flatview_translate(address_space_to_flatview(as), addr, is_write, attrs, &x);
    if (x.mr == &io_mem_unassigned || !x.range) {
        return none;
    }
    /* the largest naturally aligned block around addr that goes the same way */
    to = x.range->first + (x.offset - x.range->offset);
    mask = 0;
    while (mask != UINT64_MAX) {
        hwaddr bigger = mask << 1 | 1, below = addr & bigger;
        if (below != (to & bigger) || bigger - below > x.left || below > to - x.range->first) {
            break;
        }
        mask = bigger;
    }
    return (IOMMUTLBEntry) {
        .target_as = as, .iova = addr & ~mask, .addr_mask = mask, .perm = IOMMU_RW,
        .translated_addr = to & ~mask,
    };
}

/* ---- What kind of access ---- */

bool prepare_mmio_access(MemoryRegion *mr)
{
    if (mr->lockless_io || bql_locked()) {
        return false;
    }
    bql_lock();
    return true;
}

/* How many of @len bytes at @offset may go to the device at once: a power of two. */
static unsigned device_access_size(MemoryRegion *mr, hwaddr len, hwaddr offset)
{
    unsigned max = mr->ops->valid.max_access_size ? mr->ops->valid.max_access_size : 4;

    max = MIN(max, 8);
    if (!mr->ops->impl.unaligned && (offset & (max - 1))) {
        max = 1u << __builtin_ctzll(offset);
    }
    return len >= max ? max : 1u << (63 - __builtin_clzll(len));
}

static MemTxResult device_read(MemoryRegion *mr, hwaddr offset, uint64_t *val, MemOp op, MemTxAttrs attrs)
{
    bool unlock = prepare_mmio_access(mr);
    MemTxResult r = memory_region_dispatch_read(mr, offset, val, op, attrs);

    if (unlock) {
        bql_unlock();
    }
    return r;
}

static MemTxResult device_write(MemoryRegion *mr, hwaddr offset, uint64_t val, MemOp op, MemTxAttrs attrs)
{
    bool unlock = prepare_mmio_access(mr);
    MemTxResult r = memory_region_dispatch_write(mr, offset, val, op, attrs);

    if (unlock) {
        bql_unlock();
    }
    return r;
}

/* ---- Any length ---- */

MemTxResult flatview_read(FlatView *fv, hwaddr addr, MemTxAttrs attrs, void *buf, hwaddr len)
{
    MemTxResult result = MEMTX_OK;
    uint8_t *p = buf;

    while (len) {
        hwaddr n;
        uint64_t val;
        Xlat x;

        flatview_translate(fv, addr, false, attrs, &x);
        n = len - 1 > x.left ? x.left + 1 : len;
        if (xlat_direct(&x, false)) {
            memcpy(p, ramblock_ptr(x.mr->ram_block, x.offset), n);
        } else if (attrs.memory) {
            memset(p, 0, n);
            result |= MEMTX_ACCESS_ERROR;
        } else {
            n = device_access_size(x.mr, n, x.offset);
            result |= device_read(x.mr, x.offset, &val, size_memop(n) | MO_LE, attrs);
            val = cpu_to_le64(val);
            memcpy(p, &val, n);
        }
        p += n;
        addr += n;
        len -= n;
    }
    return result;
}

MemTxResult flatview_write(FlatView *fv, hwaddr addr, MemTxAttrs attrs, const void *buf, hwaddr len)
{
    MemTxResult result = MEMTX_OK;
    const uint8_t *p = buf;

    while (len) {
        hwaddr n;
        uint64_t val = 0;
        Xlat x;

        flatview_translate(fv, addr, true, attrs, &x);
        n = len - 1 > x.left ? x.left + 1 : len;
        if (xlat_direct(&x, true)) {
            memmove(ramblock_ptr(x.mr->ram_block, x.offset), p, n);
            ram_invalidate_and_set_dirty(x.mr, x.offset, n);
        } else if (attrs.memory) {
            result |= MEMTX_ACCESS_ERROR;
        } else if (x.readonly && x.mr->ram) {
            result |= MEMTX_DECODE_ERROR;
        } else {
            n = device_access_size(x.mr, n, x.offset);
            memcpy(&val, p, n);
            result |= device_write(x.mr, x.offset, le64_to_cpu(val), size_memop(n) | MO_LE, attrs);
        }
        p += n;
        addr += n;
        len -= n;
    }
    return result;
}

MemTxResult address_space_read_full(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, void *buf, hwaddr len)
{
    RCU_READ_LOCK_GUARD();
    return flatview_read(address_space_to_flatview(as), addr, attrs, buf, len);
}

MemTxResult address_space_read(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, void *buf, hwaddr len)
{
    return address_space_read_full(as, addr, attrs, buf, len);
}

MemTxResult address_space_write(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, const void *buf, hwaddr len)
{
    RCU_READ_LOCK_GUARD();
    return flatview_write(address_space_to_flatview(as), addr, attrs, buf, len);
}

MemTxResult address_space_rw(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, void *buf, hwaddr len, bool is_write)
{
    return is_write ? address_space_write(as, addr, attrs, buf, len)
                    : address_space_read_full(as, addr, attrs, buf, len);
}

MemTxResult address_space_write_rom(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, const void *buf, hwaddr len)
{
    const uint8_t *p = buf;
    FlatView *fv;

    RCU_READ_LOCK_GUARD();
    fv = address_space_to_flatview(as);
    while (len) {
        hwaddr n;
        Xlat x;

        flatview_translate(fv, addr, true, attrs, &x);
        n = len - 1 > x.left ? x.left + 1 : len;
        if (x.mr->ram_block && !x.mr->ram_device) {
            memcpy(ramblock_ptr(x.mr->ram_block, x.offset), p, n);
            ram_invalidate_and_set_dirty(x.mr, x.offset, n);
        }
        p += n;
        addr += n;
        len -= n;
    }
    return MEMTX_OK;
}

MemTxResult address_space_set(AddressSpace *as, hwaddr addr, uint8_t c, hwaddr len, MemTxAttrs attrs)
{
    MemTxResult result = MEMTX_OK;
    uint8_t fill[512];

    memset(fill, c, sizeof(fill));
    while (len) {
        hwaddr n = MIN(len, sizeof(fill));

        result |= address_space_write(as, addr, attrs, fill, n);
        addr += n;
        len -= n;
    }
    return result;
}

bool address_space_access_valid(AddressSpace *as, hwaddr addr, hwaddr len, bool is_write, MemTxAttrs attrs)
{
    FlatView *fv;

    RCU_READ_LOCK_GUARD();
    fv = address_space_to_flatview(as);
    while (len) {
        hwaddr n;
        Xlat x;

        flatview_translate(fv, addr, is_write, attrs, &x);
        n = len - 1 > x.left ? x.left + 1 : len;
        if (!xlat_direct(&x, is_write)) {
            n = device_access_size(x.mr, n, x.offset);
            if (x.mr == &io_mem_unassigned || (x.mr->ram && x.readonly && is_write) ||
                !memory_region_access_valid(x.mr, x.offset, n, is_write, attrs)) {
                return false;
            }
        }
        addr += n;
        len -= n;
    }
    return true;
}

/* ---- Single loads and stores ---- */

uint64_t flatview_load(FlatView *fv, hwaddr addr, MemOp op, MemTxAttrs attrs, MemTxResult *result)
{
    unsigned size = memop_size(op);
    MemTxResult r = MEMTX_OK;
    uint64_t val = 0;
    Xlat x;

    flatview_translate(fv, addr, false, attrs, &x);
    if (likely(x.left >= size - 1) && !xlat_direct(&x, false) && !attrs.memory) {
        r = device_read(x.mr, x.offset, &val, op, attrs);
    } else {
        if (likely(x.left >= size - 1) && xlat_direct(&x, false)) {
            memcpy(&val, ramblock_ptr(x.mr->ram_block, x.offset), size);
        } else {
            r = flatview_read(fv, addr, attrs, &val, size);      /* crosses ranges */
        }
        if (op & MO_BSWAP) {
            val = __builtin_bswap64(val) >> (64 - 8 * size);
        }
    }
    if (result) {
        *result = r;
    }
    return val;
}

void flatview_store(FlatView *fv, hwaddr addr, uint64_t val, MemOp op, MemTxAttrs attrs, MemTxResult *result)
{
    unsigned size = memop_size(op);
    MemTxResult r = MEMTX_OK;
    Xlat x;

    flatview_translate(fv, addr, true, attrs, &x);
    if (likely(x.left >= size - 1) && !xlat_direct(&x, true) && !attrs.memory && !(x.readonly && x.mr->ram)) {
        r = device_write(x.mr, x.offset, val, op, attrs);
    } else {
        if (op & MO_BSWAP) {
            val = __builtin_bswap64(val) >> (64 - 8 * size);
        }
        if (likely(x.left >= size - 1) && xlat_direct(&x, true)) {
            memcpy(ramblock_ptr(x.mr->ram_block, x.offset), &val, size);
            ram_invalidate_and_set_dirty(x.mr, x.offset, size);
        } else {
            r = flatview_write(fv, addr, attrs, &val, size);
        }
    }
    if (result) {
        *result = r;
    }
}

static uint64_t load(AddressSpace *as, hwaddr addr, MemOp op, MemTxAttrs attrs, MemTxResult *result)
{
    RCU_READ_LOCK_GUARD();
    return flatview_load(address_space_to_flatview(as), addr, op, attrs, result);
}

static void store(AddressSpace *as, hwaddr addr, uint64_t val, MemOp op, MemTxAttrs attrs, MemTxResult *result)
{
    RCU_READ_LOCK_GUARD();
    flatview_store(address_space_to_flatview(as), addr, val, op, attrs, result);
}

#define UNSPEC MEMTXATTRS_UNSPECIFIED
#define DEFINE_LDST(lname, sname, type, op)                                                                         \
    type address_space_##lname(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, MemTxResult *result)                \
    {                                                                                                               \
        return load(as, addr, op, attrs, result);                                                                   \
    }                                                                                                               \
    void address_space_##sname(AddressSpace *as, hwaddr addr, type val, MemTxAttrs attrs, MemTxResult *result)      \
    {                                                                                                               \
        store(as, addr, val, op, attrs, result);                                                                    \
    }                                                                                                               \
    type lname##_phys(AddressSpace *as, hwaddr addr)                                                                \
    {                                                                                                               \
        return load(as, addr, op, UNSPEC, NULL);                                                                    \
    }                                                                                                               \
    void sname##_phys(AddressSpace *as, hwaddr addr, type val)                                                      \
    {                                                                                                               \
        store(as, addr, val, op, UNSPEC, NULL);                                                                     \
    }
DEFINE_LDST(lduw, stw, uint32_t, MO_LEUW)
DEFINE_LDST(ldl, stl, uint32_t, MO_LEUL)
DEFINE_LDST(ldq, stq, uint64_t, MO_LEUQ)
DEFINE_LDST(lduw_le, stw_le, uint32_t, MO_LEUW)
DEFINE_LDST(ldl_le, stl_le, uint32_t, MO_LEUL)
DEFINE_LDST(ldq_le, stq_le, uint64_t, MO_LEUQ)
DEFINE_LDST(lduw_be, stw_be, uint32_t, MO_BEUW)
DEFINE_LDST(ldl_be, stl_be, uint32_t, MO_BEUL)
DEFINE_LDST(ldq_be, stq_be, uint64_t, MO_BEUQ)

uint8_t address_space_ldub(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, MemTxResult *result)
{
    return load(as, addr, MO_8, attrs, result);
}

void address_space_stb(AddressSpace *as, hwaddr addr, uint8_t val, MemTxAttrs attrs, MemTxResult *result)
{
    store(as, addr, val, MO_8, attrs, result);
}

uint32_t ldub_phys(AddressSpace *as, hwaddr addr)
{
    return load(as, addr, MO_8, UNSPEC, NULL);
}

void stb_phys(AddressSpace *as, hwaddr addr, uint32_t val)
{
    store(as, addr, val, MO_8, UNSPEC, NULL);
}

void cpu_physical_memory_read(hwaddr addr, void *buf, hwaddr len)
{
    address_space_read(&address_space_memory, addr, UNSPEC, buf, len);
}

void cpu_physical_memory_write(hwaddr addr, const void *buf, hwaddr len)
{
    address_space_write(&address_space_memory, addr, UNSPEC, buf, len);
}

/* ---- For TLB fills ---- */

void address_space_page(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, MemoryPage *page)
{
    Xlat x;

    addr &= TARGET_PAGE_MASK;
    flatview_translate(address_space_to_flatview(as), addr, false, attrs, &x);
    *page = (MemoryPage) { .mr = &io_mem_unassigned, .offset = addr };
    if (x.left < TARGET_PAGE_SIZE - 1) {
        return;
    }
    page->whole = true;
    page->mr = x.mr;
    page->offset = x.offset;
    page->readonly = x.readonly || (x.mr->rom_device && x.mr->romd_mode);
    if (xlat_direct(&x, false)) {
        page->host = ramblock_ptr(x.mr->ram_block, x.offset);
        page->ram_addr = x.mr->ram_block->offset + x.offset;
        page->dirty_log_mask = memory_region_get_dirty_log_mask(x.mr);
    }
}

/* ---- Finding a region ---- */

MemoryRegionSection memory_region_find(MemoryRegion *mr, hwaddr addr, uint64_t size)
{
    MemoryRegionSection s = { 0 };
    g_autoptr(GArray) found = g_array_new(false, false, sizeof(FlatRange));
    AddressSpace *as;
    FlatView *fv;
    hwaddr last;

    for (;; mr = mr->container) {
        as = QTAILQ_FIRST(&mr->roots);
        if (as || !mr->container) {
            break;
        }
        addr += mr->addr;
    }
    if (!as || !size) {
        return s;
    }
    RCU_READ_LOCK_GUARD();
    fv = address_space_to_flatview(as);
    last = addr + (size - 1) < addr ? UINT64_MAX : addr + (size - 1);
    flat_tree_collect(fv->tree, addr, last, true, found);
    if (found->len) {
        s = section_from_flat_range(&g_array_index(found, FlatRange, 0), fv);
        s.fv = NULL;             /* not referenced */
        memory_region_ref(s.mr);
    }
    return s;
}

bool memory_region_present(MemoryRegion *container, hwaddr addr)
{
    MemoryRegionSection s = memory_region_find(container, addr, 1);

    if (!s.mr) {
        return false;
    }
    memory_region_unref(s.mr);
    return s.mr != container;
}

void flatview_for_each_range(FlatView *fv, flatview_cb cb, void *opaque)
{
    g_autoptr(GArray) ranges = g_array_new(false, false, sizeof(FlatRange));

    flat_tree_collect(fv->tree, 0, UINT64_MAX, false, ranges);
    for (unsigned i = 0; i < ranges->len; i++) {
        const FlatRange *r = &g_array_index(ranges, FlatRange, i);
        if (cb(r->first, (Int128)(r->last - r->first) + 1, r->mr, r->offset, opaque)) {
            return;
        }
    }
}
