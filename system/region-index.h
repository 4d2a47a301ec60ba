/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The enabled children of one region, by address: an AVL tree threaded through the children themselves, each node
 * knowing the last address used below it, so that the children meeting a window are found in time proportional to
 * how many there are. Big lock.
 */
#ifndef SYSTEM_REGION_INDEX_H
#define SYSTEM_REGION_INDEX_H

#include "system/memory.h"

/* Last address of @mr in its container, cut at 2^64 - 1. */
hwaddr region_last(const MemoryRegion *mr);

/* @child has a size, is not in the index, and its address, size and seq stay fixed while it is. */
void region_index_insert(MemoryRegion *parent, MemoryRegion *child);
void region_index_remove(MemoryRegion *parent, MemoryRegion *child);

/* Call @fn for each child that meets [first, last], in address order. */
void region_index_foreach(MemoryRegion *parent, hwaddr first, hwaddr last,
                          void (*fn)(MemoryRegion *child, void *opaque), void *opaque);

#endif
