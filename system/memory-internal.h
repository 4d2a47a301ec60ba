/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of the memory core only. Everything here needs the big lock. */
#ifndef SYSTEM_MEMORY_INTERNAL_H
#define SYSTEM_MEMORY_INTERNAL_H

#include "system/flatview.h"

struct MemoryRegionIoeventfd {
    hwaddr first, last;          /* in the region, or in the address space */
    bool any_size;
    bool match_data;
    uint64_t data;
    EventNotifier *e;
};

struct CoalescedMemoryRange {
    hwaddr addr, size;           /* in the region */
    QTAILQ_ENTRY(CoalescedMemoryRange) link;
};

typedef struct AddressSpaceIoeventfd {
    MemoryRegionIoeventfd fd;
    MemoryRegionSection section;
} AddressSpaceIoeventfd;

enum {
    DAMAGE_RANGES = 1,
    DAMAGE_EVENTFDS = 2,
};

/* Something about what @mr shows in [first, last] (in @mr) changes: tell every view that shows it. */
void memory_region_damage(MemoryRegion *mr, Int128 first, Int128 last, unsigned kind);
void memory_region_damage_all(MemoryRegion *mr, unsigned kind);
/* Recompute mr->resolved (rule A2) and what depends on it. */
void memory_region_update_resolved(MemoryRegion *mr);
/* @mr becomes, or stops being, reachable from a view in one more way. */
void memory_region_live_inc(MemoryRegion *mr);
void memory_region_live_dec(MemoryRegion *mr);
/* Register the alias @mr with its target. */
void memory_region_attach_alias(MemoryRegion *mr);
void memory_region_detach_alias(MemoryRegion *mr);

/* Collected by the running transaction. */
void memory_view_damaged(SharedView *view, hwaddr first, hwaddr last, unsigned kind);
void memory_address_space_unresolved(AddressSpace *as);

QTAILQ_HEAD(AddressSpaceList, AddressSpace);
QTAILQ_HEAD(MemoryListenerList, MemoryListener);
extern union AddressSpaceList address_spaces;
extern union MemoryListenerList memory_listeners;            /* by priority */
/* Every live view but the empty one, oldest first; and the empty view (A3). */
GPtrArray *memory_shared_views(void);
SharedView *memory_empty_view(void);
extern MemoryStats memory_stats;

extern const MemoryRegionOps unassigned_mem_ops, ram_ops, ram_device_ops;
extern MemoryRegion io_mem_unassigned;   /* what every address leads to that no range covers */

void address_space_update_ioeventfds(AddressSpace *as);
bool address_space_wants(AddressSpace *as, size_t callback_offset);

bool ioeventfd_equal(const MemoryRegionIoeventfd *a, const MemoryRegionIoeventfd *b);

#endif
