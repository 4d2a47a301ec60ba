/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The renderer: flattens the graph below one root, inside one window of addresses.
 *
 * Regions are visited from the most to the least important (higher priority first, newer first among equals, and a
 * container's children before the container's own contents); each takes what is still free. The free space is kept
 * as the gaps between the sorted ranges found so far. Big lock.
 */
#include "qemu/osdep.h"
#include "system/flatview.h"
#include "system/region-index.h"

typedef struct Render {
    GArray *ranges;              /* of FlatRange, sorted */
    Int128 first, last;          /* the window */
} Render;

/* Index of the first range found so far that ends at or behind @addr. */
static unsigned first_at(const GArray *ranges, hwaddr addr)
{
    unsigned lo = 0, hi = ranges->len;

    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        if (g_array_index(ranges, FlatRange, mid).last < addr) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* Give @mr (whose byte 0 is at @base) the free parts of [first, last]. */
static void claim(Render *rn, MemoryRegion *mr, Int128 base, hwaddr first, hwaddr last, bool readonly,
                  bool nonvolatile, bool unmergeable)
{
    FlatRange r = {
        .mr = mr, .dirty_log_mask = mr->dirty_log_mask, .romd_mode = mr->romd_mode, .readonly = readonly,
        .nonvolatile = nonvolatile, .unmergeable = unmergeable,
    };
    unsigned i = first_at(rn->ranges, first);

    for (;;) {
        bool more = i < rn->ranges->len && g_array_index(rn->ranges, FlatRange, i).first <= last;
        hwaddr next_first = more ? g_array_index(rn->ranges, FlatRange, i).first : 0;
        hwaddr next_last = more ? g_array_index(rn->ranges, FlatRange, i).last : 0;

        if (!more || next_first > first) {
            r.first = first;
            r.last = more ? next_first - 1 : last;
            r.offset = (hwaddr)(first - base);
            g_array_insert_val(rn->ranges, i, r);
            i++;
        }
        if (!more || next_last >= last) {
            return;
        }
        first = next_last + 1;
        i++;
    }
}

static void gather(MemoryRegion *child, void *opaque)
{
    g_ptr_array_add(opaque, child);
}

static int by_importance(const void *pa, const void *pb)
{
    const MemoryRegion *a = *(MemoryRegion *const *)pa, *b = *(MemoryRegion *const *)pb;

    if (a->priority != b->priority) {
        return a->priority > b->priority ? -1 : 1;
    }
    return a->seq > b->seq ? -1 : 1;
}

/* @mr with its byte 0 at @base, seen through [lo, hi] of the address space. */
static void render(Render *rn, MemoryRegion *mr, Int128 base, Int128 lo, Int128 hi, bool readonly, bool nonvolatile,
                   bool unmergeable)
{
    lo = MAX(lo, base);
    hi = MIN(hi, base + mr->size - 1);
    if (!mr->enabled || lo > hi) {
        return;
    }
    readonly |= mr->readonly;
    nonvolatile |= mr->nonvolatile;
    unmergeable |= mr->unmergeable;

    if (mr->alias) {
        render(rn, mr->alias, base - mr->alias_offset, lo, hi, readonly, nonvolatile, unmergeable);
        return;
    }
    if (mr->index) {
        g_autoptr(GPtrArray) children = g_ptr_array_new();

        region_index_foreach(mr, (hwaddr)(lo - base), (hwaddr)(hi - base), gather, children);
        if (children->len > 1) {
            qsort(children->pdata, children->len, sizeof(gpointer), by_importance);
        }
        for (unsigned i = 0; i < children->len; i++) {
            MemoryRegion *child = g_ptr_array_index(children, i);
            render(rn, child, base + child->addr, lo, hi, readonly, nonvolatile, unmergeable);
        }
    }
    if (mr->terminates) {
        claim(rn, mr, base, (hwaddr)lo, (hwaddr)hi, readonly, nonvolatile, unmergeable);
    }
}

static void merge(GArray *ranges)
{
    FlatRange *r = (FlatRange *)ranges->data;
    unsigned out = 0;

    for (unsigned i = 1; i < ranges->len; i++) {
        if (flat_range_can_merge(&r[out], &r[i])) {
            r[out].last = r[i].last;
        } else {
            r[++out] = r[i];
        }
    }
    if (ranges->len) {
        g_array_set_size(ranges, out + 1);
    }
}

void flatview_render(MemoryRegion *root, hwaddr first, hwaddr last, GArray *out)
{
    Render rn = { .ranges = out, .first = first, .last = last };

    if (root) {
        render(&rn, root, 0, first, last, false, false, false);
        merge(out);
    }
}
