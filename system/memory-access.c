/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One access to a device region: is it allowed, into which calls is it cut, in which byte order, and may it happen
 * now (re-entrancy).
 *
 * The bytes of an access are handled in bus order. A callback's value holds its bytes in the device's order, the
 * caller's value in the order that its MemOp names. Cutting, from the lowest address up:
 *  - more than impl.max_access_size: several calls
 *  - not aligned, and the device does not implement that: the largest naturally aligned pieces
 *  - less than impl.min_access_size: one call of that size on the aligned word around the bytes; reads take their
 *    lanes from it, writes present their lanes with zeros in the others (byte enables are not passed on)
 *
 * Big lock, unless the region does without.
 */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "system/memory-internal.h"
#include "system/ram_addr.h"
#include "trace/trace-system.h"

/* ---- Nothing there ---- */

static MemTxResult unassigned_read(void *opaque, hwaddr addr, uint64_t *data, unsigned size, MemTxAttrs attrs)
{
    *data = 0;
    return MEMTX_DECODE_ERROR;
}

static MemTxResult unassigned_write(void *opaque, hwaddr addr, uint64_t data, unsigned size, MemTxAttrs attrs)
{
    return MEMTX_DECODE_ERROR;
}

const MemoryRegionOps unassigned_mem_ops = {
    .read_with_attrs = unassigned_read,
    .write_with_attrs = unassigned_write,
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* ---- RAM accessed as if it were a device: ROM writes, and regions that must not be copied wholesale ---- */

static MemTxResult ram_read(void *opaque, hwaddr addr, uint64_t *data, unsigned size, MemTxAttrs attrs)
{
    MemoryRegion *mr = opaque;

    *data = 0;
    memcpy(data, ramblock_ptr(mr->ram_block, addr), size);
    return MEMTX_OK;
}

static MemTxResult ram_write(void *opaque, hwaddr addr, uint64_t data, unsigned size, MemTxAttrs attrs)
{
    MemoryRegion *mr = opaque;

    if (mr->readonly) {
        return MEMTX_DECODE_ERROR;
    }
    memcpy(ramblock_ptr(mr->ram_block, addr), &data, size);
    ram_invalidate_and_set_dirty(mr, addr, size);
    return MEMTX_OK;
}

const MemoryRegionOps ram_ops = {
    .read_with_attrs = ram_read,
    .write_with_attrs = ram_write,
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static uint64_t ram_device_read(void *opaque, hwaddr addr, unsigned size)
{
    void *p = ramblock_ptr(((MemoryRegion *)opaque)->ram_block, addr);

    switch (size) {
    case 1:
        return *(volatile uint8_t *)p;
    case 2:
        return *(volatile uint16_t *)p;
    case 4:
        return *(volatile uint32_t *)p;
    default:
        return *(volatile uint64_t *)p;
    }
}

static void ram_device_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    void *p = ramblock_ptr(((MemoryRegion *)opaque)->ram_block, addr);

    switch (size) {
    case 1:
        *(volatile uint8_t *)p = data;
        break;
    case 2:
        *(volatile uint16_t *)p = data;
        break;
    case 4:
        *(volatile uint32_t *)p = data;
        break;
    default:
        *(volatile uint64_t *)p = data;
        break;
    }
}

const MemoryRegionOps ram_device_ops = {
    .read = ram_device_read,
    .write = ram_device_write,
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* ---- Rules ---- */

bool memory_region_access_valid(MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write, MemTxAttrs attrs)
{
    const MemoryRegionOps *ops = mr->ops;
    const char *why;

    if (!ops->valid.unaligned && (addr & (size - 1))) {
        why = "unaligned";
    } else if (ops->valid.max_access_size &&
               (size > ops->valid.max_access_size || size < ops->valid.min_access_size)) {
        why = "size";
    } else if (ops->valid.accepts && !ops->valid.accepts(mr->opaque, addr, size, is_write, attrs)) {
        why = "by device";
    } else {
        return true;
    }
    trace_memory_region_invalid_access(memory_region_name(mr), addr, size, why);
    return false;
}

/* Bus order <-> number. */
static uint64_t from_bytes(const uint8_t *buf, unsigned size, bool big)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < size; i++) {
        v |= (uint64_t)buf[i] << 8 * (big ? size - 1 - i : i);
    }
    return v;
}

static void to_bytes(uint8_t *buf, uint64_t v, unsigned size, bool big)
{
    for (unsigned i = 0; i < size; i++) {
        buf[i] = v >> 8 * (big ? size - 1 - i : i);
    }
}

static MemTxResult call_read(MemoryRegion *mr, hwaddr addr, uint64_t *data, unsigned size, MemTxAttrs attrs)
{
    *data = 0;
    if (mr->ops->read) {
        *data = mr->ops->read(mr->opaque, addr, size);
        return MEMTX_OK;
    }
    return mr->ops->read_with_attrs ? mr->ops->read_with_attrs(mr->opaque, addr, data, size, attrs)
                                    : MEMTX_DECODE_ERROR;
}

static MemTxResult call_write(MemoryRegion *mr, hwaddr addr, uint64_t data, unsigned size, MemTxAttrs attrs)
{
    if (mr->ops->write) {
        mr->ops->write(mr->opaque, addr, data, size);
        return MEMTX_OK;
    }
    return mr->ops->write_with_attrs ? mr->ops->write_with_attrs(mr->opaque, addr, data, size, attrs)
                                     : MEMTX_DECODE_ERROR;
}

/* One callback call: @size bytes at @addr, of which [skip, skip + take) belong to the access. */
typedef struct Piece {
    hwaddr addr;
    unsigned size, skip, take;
} Piece;

static Piece next_piece(const MemoryRegionOps *ops, hwaddr addr, unsigned left)
{
    unsigned min = ops->impl.min_access_size ? ops->impl.min_access_size : 1;
    unsigned max = ops->impl.max_access_size ? ops->impl.max_access_size : 4;
    unsigned size = MIN(max, 1u << (31 - __builtin_clz(left)));

    if (!ops->impl.unaligned && (addr & (size - 1))) {
        size = 1u << __builtin_ctzll(addr);
    }
    if (size >= min) {
        return (Piece) { addr, size, 0, size };
    }
    if (ops->impl.unaligned) {
        return (Piece) { addr, min, 0, MIN(left, min) };
    }
    unsigned skip = addr & (min - 1);
    return (Piece) { addr - skip, min, skip, MIN(left, min - skip) };
}

/* Enter the device; false: it is already inside a callback further up this very call chain. */
static bool guard_enter(MemoryRegion *mr, hwaddr addr, unsigned size)
{
    if (!mr->dev || mr->disable_reentrancy_guard || mr->ram || mr->rom_device) {
        return true;
    }
    if (mr->dev->mem_reentrancy_guard.engaged_in_io) {
        trace_memory_region_reentrant_io(memory_region_name(mr), addr, size);
        return false;
    }
    mr->dev->mem_reentrancy_guard.engaged_in_io = true;
    return true;
}

static void guard_leave(MemoryRegion *mr)
{
    if (mr->dev && !mr->disable_reentrancy_guard && !mr->ram && !mr->rom_device) {
        mr->dev->mem_reentrancy_guard.engaged_in_io = false;
    }
}

static bool big_endian(const MemoryRegion *mr)
{
    return mr->ops->endianness == DEVICE_BIG_ENDIAN;
}

static MemTxResult read_pieces(MemoryRegion *mr, hwaddr addr, uint8_t *buf, unsigned size, MemTxAttrs attrs)
{
    MemTxResult result = MEMTX_OK;
    uint8_t word[8];
    uint64_t v;

    for (unsigned pos = 0; pos < size;) {
        Piece p = next_piece(mr->ops, addr + pos, size - pos);

        result |= call_read(mr, p.addr, &v, p.size, attrs);
        to_bytes(word, v, p.size, big_endian(mr));
        memcpy(buf + pos, word + p.skip, p.take);
        pos += p.take;
    }
    return result;
}

static MemTxResult write_pieces(MemoryRegion *mr, hwaddr addr, const uint8_t *buf, unsigned size, MemTxAttrs attrs)
{
    MemTxResult result = MEMTX_OK;

    for (unsigned pos = 0; pos < size;) {
        Piece p = next_piece(mr->ops, addr + pos, size - pos);
        uint8_t word[8] = { 0 };

        memcpy(word + p.skip, buf + pos, p.take);
        result |= call_write(mr, p.addr, from_bytes(word, p.size, big_endian(mr)), p.size, attrs);
        pos += p.take;
    }
    return result;
}

static MemoryRegion *through_aliases(MemoryRegion *mr, hwaddr *addr)
{
    while (mr->alias) {
        *addr += mr->alias_offset;
        mr = mr->alias;
    }
    return mr;
}

MemTxResult memory_region_dispatch_read(MemoryRegion *mr, hwaddr addr, uint64_t *pval, MemOp op, MemTxAttrs attrs)
{
    unsigned size = memop_size(op);
    MemTxResult result;
    uint8_t buf[8];

    *pval = 0;
    mr = through_aliases(mr, &addr);
    if (size > 8 || !memory_region_access_valid(mr, addr, size, false, attrs)) {
        return MEMTX_DECODE_ERROR;
    }
    if (!guard_enter(mr, addr, size)) {
        return MEMTX_ACCESS_ERROR;
    }
    result = read_pieces(mr, addr, buf, size, attrs);
    guard_leave(mr);
    *pval = from_bytes(buf, size, op & MO_BSWAP);
    return result;
}

/* A write that an event notifier takes the place of. */
static bool signal_eventfd(MemoryRegion *mr, hwaddr addr, const uint8_t *buf, unsigned size)
{
    uint64_t data = from_bytes(buf, size, big_endian(mr));

    for (unsigned i = 0; i < mr->ioeventfd_nb; i++) {
        MemoryRegionIoeventfd *fd = &mr->ioeventfds[i];

        if (fd->first == addr && (fd->any_size || fd->last - fd->first + 1 == size) &&
            (!fd->match_data || fd->data == data)) {
            event_notifier_set(fd->e);
            return true;
        }
    }
    return false;
}

MemTxResult memory_region_dispatch_write(MemoryRegion *mr, hwaddr addr, uint64_t data, MemOp op, MemTxAttrs attrs)
{
    unsigned size = memop_size(op);
    MemTxResult result;
    uint8_t buf[8];

    mr = through_aliases(mr, &addr);
    if (size > 8 || !memory_region_access_valid(mr, addr, size, true, attrs)) {
        return MEMTX_DECODE_ERROR;
    }
    to_bytes(buf, data, size, op & MO_BSWAP);
    if (mr->ioeventfd_nb && signal_eventfd(mr, addr, buf, size)) {
        return MEMTX_OK;
    }
    if (!guard_enter(mr, addr, size)) {
        return MEMTX_ACCESS_ERROR;
    }
    result = write_pieces(mr, addr, buf, size, attrs);
    guard_leave(mr);
    return result;
}
