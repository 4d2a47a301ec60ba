/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IOMMU regions: notifiers of mapping changes and their replay. Translation itself happens in physmem.c. Big lock.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "system/memory-internal.h"

static IOMMUMemoryRegionClass *class_of(IOMMUMemoryRegion *iommu)
{
    return (IOMMUMemoryRegionClass *)object_get_class(OBJECT(iommu));
}

void iommu_notifier_init(IOMMUNotifier *n, IOMMUNotify fn, IOMMUNotifierFlag flags, hwaddr start, hwaddr end,
                         int iommu_idx)
{
    n->notify = fn;
    n->notifier_flags = flags;
    n->start = start;
    n->end = end;
    n->iommu_idx = iommu_idx;
}

static int update_flags(IOMMUMemoryRegion *iommu, Error **errp)
{
    IOMMUNotifierFlag flags = IOMMU_NOTIFIER_NONE;
    IOMMUNotifier *n;
    int ret = 0;

    QLIST_FOREACH(n, &iommu->iommu_notify, node) {
        flags |= n->notifier_flags;
    }
    if (flags != iommu->iommu_notify_flags && class_of(iommu)->notify_flag_changed) {
        ret = class_of(iommu)->notify_flag_changed(iommu, iommu->iommu_notify_flags, flags, errp);
    }
    if (ret == 0) {
        iommu->iommu_notify_flags = flags;
    }
    return ret;
}

static IOMMUMemoryRegion *iommu_of(MemoryRegion *mr)
{
    while (mr->alias) {
        mr = mr->alias;
    }
    return (IOMMUMemoryRegion *)mr;
}

int memory_region_register_iommu_notifier(MemoryRegion *mr, IOMMUNotifier *n, Error **errp)
{
    IOMMUMemoryRegion *iommu = iommu_of(mr);
    int ret;

    QLIST_INSERT_HEAD(&iommu->iommu_notify, n, node);
    ret = update_flags(iommu, errp);
    if (ret) {
        QLIST_REMOVE(n, node);
    }
    return ret;
}

void memory_region_unregister_iommu_notifier(MemoryRegion *mr, IOMMUNotifier *n)
{
    QLIST_REMOVE(n, node);
    update_flags(iommu_of(mr), NULL);
}

void memory_region_notify_iommu_one(IOMMUNotifier *n, const IOMMUTLBEvent *event)
{
    IOMMUTLBEntry e = event->entry;
    hwaddr end = e.iova + e.addr_mask;

    if (!(event->type & n->notifier_flags) || n->start > end || n->end < e.iova) {
        return;
    }
    n->notify(n, &e);
}

void memory_region_notify_iommu(IOMMUMemoryRegion *iommu, int iommu_idx, const IOMMUTLBEvent event)
{
    IOMMUNotifier *n, *next;

    QLIST_FOREACH_SAFE(n, &iommu->iommu_notify, node, next) {
        if (n->iommu_idx == iommu_idx) {
            memory_region_notify_iommu_one(n, &event);
        }
    }
}

void memory_region_unmap_iommu_notifier_range(IOMMUNotifier *n)
{
    IOMMUTLBEvent event = {
        .type = IOMMU_NOTIFIER_UNMAP,
        .entry = { .iova = n->start, .addr_mask = n->end - n->start, .perm = IOMMU_NONE },
    };

    memory_region_notify_iommu_one(n, &event);
}

uint64_t memory_region_iommu_get_min_page_size(IOMMUMemoryRegion *iommu)
{
    IOMMUMemoryRegionClass *k = class_of(iommu);

    return k->get_min_page_size ? k->get_min_page_size(iommu) : TARGET_PAGE_SIZE;
}

void memory_region_iommu_replay(IOMMUMemoryRegion *iommu, IOMMUNotifier *n)
{
    IOMMUMemoryRegionClass *k = class_of(iommu);
    uint64_t step = memory_region_iommu_get_min_page_size(iommu);
    hwaddr last = memory_region_size(&iommu->parent_obj) - 1;

    if (k->replay) {
        k->replay(iommu, n);
        return;
    }
    for (hwaddr addr = 0; addr <= last; addr += step) {
        IOMMUTLBEntry e = k->translate(iommu, addr, IOMMU_NONE, n->iommu_idx);

        if (e.perm != IOMMU_NONE) {
            n->notify(n, &e);
        }
        if (addr + step < addr) {
            break;
        }
    }
}

int memory_region_iommu_attrs_to_index(IOMMUMemoryRegion *iommu, MemTxAttrs attrs)
{
    IOMMUMemoryRegionClass *k = class_of(iommu);

    return k->attrs_to_index ? k->attrs_to_index(iommu, attrs) : 0;
}

int memory_region_iommu_num_indexes(IOMMUMemoryRegion *iommu)
{
    IOMMUMemoryRegionClass *k = class_of(iommu);

    return k->num_indexes ? k->num_indexes(iommu) : 1;
}
