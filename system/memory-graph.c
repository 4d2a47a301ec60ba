/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The graph of memory regions, and how a change in it travels upwards.
 *
 * Three things are kept up to date at every single change, so that a commit touches only what changed (rule A12):
 *  - resolved: where a view rooted at this region would really start (A2). A change moves on to the container and
 *    to aliases only while the result differs.
 *  - live: in how many ways a view reaches this region. Damage climbs only along live edges, so the thousand
 *    bus-master aliases of system memory, which resolve through and render nothing themselves, cost nothing.
 *  - damage: the address windows that views rooted above must render again. Invariant: outside its damage a view's
 *    current tree equals a fresh rendering of the graph as it is now.
 *
 * Big lock, always; readers never look here.
 */
#include "qemu/osdep.h"
#include "system/memory-internal.h"
#include "system/region-index.h"

/* ---- Damage ---- */

void memory_region_damage(MemoryRegion *mr, Int128 first, Int128 last, unsigned kind)
{
    MemoryRegion *alias;

    first = MAX(first, 0);
    last = MIN(last, mr->size - 1);
    if (!mr->live || first > last) {
        return;
    }
    if (mr->view) {
        memory_view_damaged(mr->view, (hwaddr)first, (hwaddr)last, kind);
    }
    if (mr->in_index && mr->container->live) {
        memory_region_damage(mr->container, first + mr->addr, last + mr->addr, kind);
    }
    QTAILQ_FOREACH(alias, &mr->live_aliases, alias_link) {
        memory_region_damage(alias, first - alias->alias_offset, last - alias->alias_offset, kind);
    }
}

void memory_region_damage_all(MemoryRegion *mr, unsigned kind)
{
    memory_region_damage(mr, 0, mr->size - 1, kind);
}

/* ---- Liveness ---- */

void memory_region_live_inc(MemoryRegion *mr)
{
    MemoryRegion *child, *target = mr->alias;

    if (mr->live++) {
        return;
    }
    QTAILQ_FOREACH(child, &mr->subregions, subregions_link) {
        memory_region_live_inc(child);
    }
    if (target) {
        QTAILQ_REMOVE(&target->idle_aliases, mr, alias_link);
        QTAILQ_INSERT_TAIL(&target->live_aliases, mr, alias_link);
        memory_region_live_inc(target);
    }
}

void memory_region_live_dec(MemoryRegion *mr)
{
    MemoryRegion *child, *target = mr->alias;

    assert(mr->live);
    if (--mr->live) {
        return;
    }
    QTAILQ_FOREACH(child, &mr->subregions, subregions_link) {
        memory_region_live_dec(child);
    }
    if (target) {
        QTAILQ_REMOVE(&target->live_aliases, mr, alias_link);
        QTAILQ_INSERT_TAIL(&target->idle_aliases, mr, alias_link);
        memory_region_live_dec(target);
    }
}

void memory_region_attach_alias(MemoryRegion *mr)
{
    QTAILQ_INSERT_TAIL(&mr->alias->idle_aliases, mr, alias_link);
    mr->alias->mapped_via_alias++;
}

void memory_region_detach_alias(MemoryRegion *mr)
{
    assert(!mr->live);
    QTAILQ_REMOVE(&mr->alias->idle_aliases, mr, alias_link);
    mr->alias->mapped_via_alias--;
}

/* ---- Resolving (A2) ---- */

/* Views may look through @mr: it changes nothing about what is below it. */
static bool transparent(const MemoryRegion *mr)
{
    return !mr->readonly && !mr->nonvolatile && !mr->unmergeable;
}

static MemoryRegion *resolve(MemoryRegion *mr)
{
    MemoryRegion *child = mr->index;

    if (!mr->enabled || mr->size == 0) {
        return NULL;
    }
    if (mr->alias) {
        bool whole = mr->alias_offset == 0 && mr->size >= mr->alias->size;
        return whole && transparent(mr) ? mr->alias->resolved : mr;
    }
    if (mr->terminates) {
        return mr;
    }
    if (mr->index_count == 0) {
        return NULL;
    }
    if (mr->index_count == 1 && child->addr == 0 && child->size <= mr->size && transparent(mr)) {
        return child->resolved;
    }
    return mr;
}

void memory_region_update_resolved(MemoryRegion *mr)
{
    MemoryRegion *now = resolve(mr), *alias;
    AddressSpace *as;

    if (now == mr->resolved) {
        return;
    }
    mr->resolved = now;
    QTAILQ_FOREACH(as, &mr->roots, root_link) {
        memory_address_space_unresolved(as);
    }
    if (mr->in_index && mr->container->index_count == 1) {
        memory_region_update_resolved(mr->container);
    }
    QTAILQ_FOREACH(alias, &mr->live_aliases, alias_link) {
        memory_region_update_resolved(alias);
    }
    QTAILQ_FOREACH(alias, &mr->idle_aliases, alias_link) {
        memory_region_update_resolved(alias);
    }
}

/* ---- Children ---- */

/* Put @mr into its container's index, or take it out, as its state now demands. */
static void index_enter(MemoryRegion *mr)
{
    if (mr->container && mr->enabled && mr->size > 0 && !mr->in_index) {
        region_index_insert(mr->container, mr);
        mr->in_index = true;
    }
}

static void index_leave(MemoryRegion *mr)
{
    if (mr->in_index) {
        region_index_remove(mr->container, mr);
        mr->in_index = false;
    }
}

/*
 * A change of where or whether @mr shows: everything between shows it in its old place (or not), so both places are
 * damaged. resolved is updated once the change is whole.
 */
static void change_begin(MemoryRegion *mr)
{
    memory_region_transaction_begin();
    memory_region_damage_all(mr, DAMAGE_RANGES);
    index_leave(mr);
}

static void change_end(MemoryRegion *mr)
{
    index_enter(mr);
    memory_region_damage_all(mr, DAMAGE_RANGES);
    memory_region_update_resolved(mr);
    if (mr->container) {
        memory_region_update_resolved(mr->container);
    }
    memory_region_transaction_commit();
}

static void add_subregion(MemoryRegion *mr, hwaddr offset, MemoryRegion *sub, int priority)
{
    assert(!sub->container);
    assert(!mr->alias);
    memory_region_transaction_begin();
    if (sub->owner != mr->owner) {       /* an owner that referenced itself would never go */
        memory_region_ref(sub);
    }
    sub->container = mr;
    sub->addr = offset;
    sub->priority = priority;
    sub->seq = ++mr->subregion_seq;
    QTAILQ_INSERT_TAIL(&mr->subregions, sub, subregions_link);
    if (mr->live) {
        memory_region_live_inc(sub);
    }
    change_end(sub);
}

void memory_region_add_subregion(MemoryRegion *mr, hwaddr offset, MemoryRegion *subregion)
{
    add_subregion(mr, offset, subregion, 0);
}

void memory_region_add_subregion_overlap(MemoryRegion *mr, hwaddr offset, MemoryRegion *subregion, int priority)
{
    add_subregion(mr, offset, subregion, priority);
}

void memory_region_del_subregion(MemoryRegion *mr, MemoryRegion *sub)
{
    assert(sub->container == mr);
    change_begin(sub);
    QTAILQ_REMOVE(&mr->subregions, sub, subregions_link);
    if (mr->live) {
        memory_region_live_dec(sub);
    }
    sub->container = NULL;
    memory_region_update_resolved(mr);
    memory_region_transaction_commit();
    if (sub->owner != mr->owner) {
        memory_region_unref(sub);
    }
}

void memory_region_set_enabled(MemoryRegion *mr, bool enabled)
{
    if (enabled == mr->enabled) {
        return;
    }
    change_begin(mr);
    mr->enabled = enabled;
    change_end(mr);
}

void memory_region_set_address(MemoryRegion *mr, hwaddr addr)
{
    if (addr == mr->addr) {
        return;
    }
    change_begin(mr);
    mr->addr = addr;
    if (mr->container) {
        mr->seq = ++mr->container->subregion_seq;
    }
    change_end(mr);
}

void memory_region_set_size(MemoryRegion *mr, uint64_t size)
{
    Int128 s = size == UINT64_MAX ? int128_2_64() : size;
    MemoryRegion *alias;

    if (s == mr->size) {
        return;
    }
    change_begin(mr);
    mr->size = s;
    /* aliases may cover it now, or no longer */
    QTAILQ_FOREACH(alias, &mr->live_aliases, alias_link) {
        memory_region_update_resolved(alias);
    }
    QTAILQ_FOREACH(alias, &mr->idle_aliases, alias_link) {
        memory_region_update_resolved(alias);
    }
    change_end(mr);
}

void memory_region_set_alias_offset(MemoryRegion *mr, hwaddr offset)
{
    assert(mr->alias);
    if (offset == mr->alias_offset) {
        return;
    }
    change_begin(mr);
    mr->alias_offset = offset;
    change_end(mr);
}

static void set_flag(MemoryRegion *mr, bool *flag, bool value)
{
    if (*flag != value) {
        memory_region_transaction_begin();
        *flag = value;
        memory_region_damage_all(mr, DAMAGE_RANGES);
        memory_region_update_resolved(mr);
        memory_region_transaction_commit();
    }
}

void memory_region_set_readonly(MemoryRegion *mr, bool readonly)
{
    set_flag(mr, &mr->readonly, readonly);
}

void memory_region_set_nonvolatile(MemoryRegion *mr, bool nonvolatile)
{
    set_flag(mr, &mr->nonvolatile, nonvolatile);
}

void memory_region_set_unmergeable(MemoryRegion *mr, bool unmergeable)
{
    set_flag(mr, &mr->unmergeable, unmergeable);
}

void memory_region_rom_device_set_romd(MemoryRegion *mr, bool romd_mode)
{
    set_flag(mr, &mr->romd_mode, romd_mode);
}

bool memory_region_is_mapped(MemoryRegion *mr)
{
    return mr->container || mr->mapped_via_alias;
}
