/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x-query-mtree and x-query-memory-stats: the topology and its counters, for programs (rule A10; the text for people is
 * in mtree.c). Big lock.
 */
#include "qemu/osdep.h"
#include <malloc.h>
#include "qapi/qapi-commands-memory.h"
#include "system/memory-internal.h"
#include "system/runstate.h"

/* Numbers regions in the order in which they are met; those after @done have not been described yet. */
typedef struct Census {
    GHashTable *ids;             /* MemoryRegion -> number + 1 */
    GPtrArray *regions;
    unsigned done;
} Census;

static int64_t region_id(Census *c, MemoryRegion *mr)
{
    gpointer known = g_hash_table_lookup(c->ids, mr);

    if (!known) {
        g_ptr_array_add(c->regions, mr);
        known = GUINT_TO_POINTER(c->regions->len);
        g_hash_table_insert(c->ids, mr, known);
    }
    return GPOINTER_TO_UINT(known) - 1;
}

static MtreeRegionType type_of(const MemoryRegion *mr)
{
    if (mr->alias) {
        return MTREE_REGION_TYPE_ALIAS;
    }
    if (mr->is_iommu) {
        return MTREE_REGION_TYPE_IOMMU;
    }
    if (mr->ram_device) {
        return MTREE_REGION_TYPE_RAM_DEVICE;
    }
    if (mr->rom_device) {
        return MTREE_REGION_TYPE_ROMD;
    }
    if (mr->ram) {
        return mr->readonly ? MTREE_REGION_TYPE_ROM : MTREE_REGION_TYPE_RAM;
    }
    return mr->terminates ? MTREE_REGION_TYPE_IO : MTREE_REGION_TYPE_CONTAINER;
}

static MtreeRegion *describe_region(Census *c, MemoryRegion *mr)
{
    MtreeRegion *info = g_new0(MtreeRegion, 1);
    MemoryRegion *child;

    info->id = region_id(c, mr);
    info->name = g_strdup(memory_region_name(mr));
    info->type = type_of(mr);
    info->size = memory_region_size(mr);
    info->addr = mr->addr;
    info->priority = mr->priority;
    info->enabled = mr->enabled;
    info->readonly = mr->readonly;
    info->nonvolatile = mr->nonvolatile;
    if (mr->container) {
        info->has_container = true;
        info->container = region_id(c, mr->container);
    }
    if (mr->alias) {
        info->has_alias = info->has_offset = true;
        info->alias = region_id(c, mr->alias);
        info->offset = mr->alias_offset;
    }
    if (mr->resolved) {
        info->has_resolved = true;
        info->resolved = region_id(c, mr->resolved);
    }
    if (mr->owner) {
        info->owner = object_get_canonical_path(mr->owner);
        info->has_owner_refs = true;
        info->owner_refs = mr->owner->ref;
    }
    QTAILQ_FOREACH(child, &mr->subregions, subregions_link) {
        region_id(c, child);
    }
    return info;
}

/* Describing a region may meet more of them. */
static MtreeRegionList *describe_regions(Census *c)
{
    MtreeRegionList *head = NULL, **tail = &head;

    while (c->done < c->regions->len) {
        QAPI_LIST_APPEND(tail, describe_region(c, g_ptr_array_index(c->regions, c->done++)));
    }
    return head;
}

/* ---- Views ---- */

typedef struct Ranges {
    Census *census;
    MtreeView *view;
    MtreeRangeList **tail;
    bool wanted;
} Ranges;

static bool describe_range(const FlatRange *r, void *opaque)
{
    Ranges *rs = opaque;

    rs->view->nodes++;
    if (rs->wanted) {
        MtreeRange *info = g_new0(MtreeRange, 1);

        info->first = r->first;
        info->last = r->last;
        info->region = region_id(rs->census, r->mr);
        info->offset = r->offset;
        info->readonly = r->readonly;
        info->dirty_log_mask = r->dirty_log_mask;
        QAPI_LIST_APPEND(rs->tail, info);
    }
    return false;
}

static MtreeView *describe_view(Census *c, SharedView *v, bool ranges)
{
    MtreeView *info = g_new0(MtreeView, 1);
    Ranges rs = { c, info, &info->ranges, ranges };
    strList **users = &info->users;
    AddressSpace *as;

    info->id = v->index;
    info->version = v->current->id;
    info->has_ranges = ranges;
    if (v->root) {
        info->has_root = true;
        info->root = region_id(c, v->root);
    }
    QTAILQ_FOREACH(as, &v->users, users_link) {
        QAPI_LIST_APPEND(users, g_strdup(as->name));
    }
    info->height = flat_tree_height(v->current->tree);
    flat_tree_foreach(v->current->tree, 0, UINT64_MAX, describe_range, &rs);
    return info;
}

static MtreeViewList *describe_views(Census *c, bool ranges)
{
    MtreeViewList *head = NULL, **tail = &head;
    GPtrArray *views = memory_shared_views();

    for (unsigned i = 0; i < views->len; i++) {
        QAPI_LIST_APPEND(tail, describe_view(c, g_ptr_array_index(views, i), ranges));
    }
    if (memory_empty_view()->nr_users) {
        QAPI_LIST_APPEND(tail, describe_view(c, memory_empty_view(), ranges));
    }
    return head;
}

static MtreeAddressSpaceList *describe_address_spaces(Census *c)
{
    MtreeAddressSpaceList *head = NULL, **tail = &head;
    MemoryListener *l;
    AddressSpace *as;

    QTAILQ_FOREACH(as, &address_spaces, address_spaces_link) {
        MtreeAddressSpace *info = g_new0(MtreeAddressSpace, 1);

        info->name = g_strdup(as->name);
        info->root = region_id(c, as->root);
        info->view = as->shared->index;
        QTAILQ_FOREACH(l, &as->listeners, link_as) {
            info->listeners++;
        }
        QAPI_LIST_APPEND(tail, info);
    }
    return head;
}

/* ---- Commands ---- */

MtreeInfo *qmp_x_query_mtree(bool has_ranges, bool ranges, Error **errp)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) regions = g_ptr_array_new();
    Census c = { ids, regions, 0 };
    MtreeInfo *info = g_new0(MtreeInfo, 1);

    info->address_spaces = describe_address_spaces(&c);
    info->views = describe_views(&c, !has_ranges || ranges);
    info->regions = describe_regions(&c);
    return info;
}

MemoryTopologyStats *qmp_x_query_memory_stats(Error **errp)
{
    MemoryTopologyStats *info = g_new0(MemoryTopologyStats, 1);
    MemoryStats s;

    if (!runstate_is_running()) {
        drain_call_rcu();        /* what is on its way out does not count; a running guest might not let this end */
    }
    memory_get_stats(&s);
    info->commits = s.commits;
    info->views_alive = s.views_alive;
    info->views_created = s.views_created;
    info->views_updated = s.views_updated;
    info->ranges_rendered = s.ranges_rendered;
    info->nodes_copied = s.nodes_copied;
    info->resolutions = s.resolutions;
    info->diffs = s.diffs;
    info->has_load_commits = s.loads != 0;
    info->load_commits = s.load_commits;
    info->heap = mallinfo2().uordblks + mallinfo2().hblkhd;
    return info;
}
