/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interval tree of a region's enabled children: see region-index.h. */
#include "qemu/osdep.h"
#include "system/region-index.h"

hwaddr region_last(const MemoryRegion *mr)
{
    Int128 last = (Int128)mr->addr + mr->size - 1;
    return last > UINT64_MAX ? UINT64_MAX : (hwaddr)last;
}

static int height(const MemoryRegion *n)
{
    return n ? n->index_height : 0;
}

static MemoryRegion *update(MemoryRegion *n)
{
    MemoryRegion *l = n->index_left, *r = n->index_right;

    n->index_height = 1 + MAX(height(l), height(r));
    n->index_max = region_last(n);
    if (l) {
        n->index_max = MAX(n->index_max, l->index_max);
    }
    if (r) {
        n->index_max = MAX(n->index_max, r->index_max);
    }
    return n;
}

static MemoryRegion *rotate_right(MemoryRegion *n)
{
    MemoryRegion *l = n->index_left;

    n->index_left = l->index_right;
    l->index_right = update(n);
    return update(l);
}

static MemoryRegion *rotate_left(MemoryRegion *n)
{
    MemoryRegion *r = n->index_right;

    n->index_right = r->index_left;
    r->index_left = update(n);
    return update(r);
}

static MemoryRegion *balance(MemoryRegion *n)
{
    int diff = height(n->index_left) - height(n->index_right);

    if (diff > 1) {
        if (height(n->index_left->index_left) < height(n->index_left->index_right)) {
            n->index_left = rotate_left(n->index_left);
        }
        return rotate_right(n);
    }
    if (diff < -1) {
        if (height(n->index_right->index_right) < height(n->index_right->index_left)) {
            n->index_right = rotate_right(n->index_right);
        }
        return rotate_left(n);
    }
    return update(n);
}

static bool before(const MemoryRegion *a, const MemoryRegion *b)
{
    return a->addr != b->addr ? a->addr < b->addr : a->seq < b->seq;
}

static MemoryRegion *insert(MemoryRegion *n, MemoryRegion *child)
{
    if (!n) {
        child->index_left = child->index_right = NULL;
        return update(child);
    }
    if (before(child, n)) {
        n->index_left = insert(n->index_left, child);
    } else {
        n->index_right = insert(n->index_right, child);
    }
    return balance(n);
}

static MemoryRegion *remove_first(MemoryRegion *n, MemoryRegion **first)
{
    if (!n->index_left) {
        *first = n;
        return n->index_right;
    }
    n->index_left = remove_first(n->index_left, first);
    return balance(n);
}

static MemoryRegion *remove_node(MemoryRegion *n, MemoryRegion *child)
{
    MemoryRegion *next, *right;

    assert(n);
    if (n != child) {
        if (before(child, n)) {
            n->index_left = remove_node(n->index_left, child);
        } else {
            n->index_right = remove_node(n->index_right, child);
        }
        return balance(n);
    }
    if (!n->index_right) {
        return n->index_left;
    }
    right = remove_first(n->index_right, &next);
    next->index_left = n->index_left;
    next->index_right = right;
    return balance(next);
}

void region_index_insert(MemoryRegion *parent, MemoryRegion *child)
{
    parent->index = insert(parent->index, child);
    parent->index_count++;
}

void region_index_remove(MemoryRegion *parent, MemoryRegion *child)
{
    parent->index = remove_node(parent->index, child);
    parent->index_count--;
    child->index_left = child->index_right = NULL;
}

static void foreach(MemoryRegion *n, hwaddr first, hwaddr last, void (*fn)(MemoryRegion *, void *), void *opaque)
{
    while (n && n->index_max >= first) {
        foreach(n->index_left, first, last, fn, opaque);
        if (n->addr > last) {
            return;
        }
        if (region_last(n) >= first) {
            fn(n, opaque);
        }
        n = n->index_right;
    }
}

void region_index_foreach(MemoryRegion *parent, hwaddr first, hwaddr last,
                          void (*fn)(MemoryRegion *child, void *opaque), void *opaque)
{
    foreach(parent->index, first, last, fn, opaque);
}
