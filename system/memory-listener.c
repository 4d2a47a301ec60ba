/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory listeners, and the two things that exist for their sake: ioeventfds and coalesced ranges. Also switching
 * dirty logging on and off. Nothing here is stored in shared ranges (rule A8): ioeventfds are kept per address
 * space, coalesced ranges per region. Big lock.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "system/memory-internal.h"

unsigned int global_dirty_tracking;

/* ---- Registration ---- */

static void tell_existing(MemoryListener *l, AddressSpace *as, bool add)
{
    FlatView *fv = as->shared->current;
    g_autoptr(GArray) ranges = g_array_new(false, false, sizeof(FlatRange));

    flat_tree_collect(fv->tree, 0, UINT64_MAX, false, ranges);
    if (add && l->begin) {
        l->begin(l);
    }
    if (add && global_dirty_tracking && l->log_global_start) {
        l->log_global_start(l, &error_abort);
    }
    for (unsigned i = 0; i < ranges->len; i++) {
        const FlatRange *r = &g_array_index(ranges, FlatRange, i);
        MemoryRegionSection s = section_from_flat_range(r, fv);
        uint8_t mask = memory_region_get_dirty_log_mask(r->mr);

        if (add) {
            if (l->region_add) {
                l->region_add(l, &s);
            }
            if (mask && l->log_start) {
                l->log_start(l, &s, 0, mask);
            }
        } else {
            if (mask && l->log_stop) {
                l->log_stop(l, &s, mask, 0);
            }
            if (l->region_del) {
                l->region_del(l, &s);
            }
        }
    }
    if (add) {
        if (l->eventfd_add) {
            address_space_update_ioeventfds(as);
            for (unsigned i = 0; i < as->ioeventfd_nb; i++) {
                AddressSpaceIoeventfd *fd = &as->ioeventfds[i];
                l->eventfd_add(l, &fd->section, fd->fd.match_data, fd->fd.data, fd->fd.e);
            }
        }
        if (l->commit) {
            l->commit(l);
        }
    }
}

void memory_listener_register(MemoryListener *l, AddressSpace *as)
{
    MemoryListener *other;
    bool first = QTAILQ_EMPTY(&as->listeners);

    /* the list of a space whose first eventfd listener this is must not be reported twice */
    if (l->eventfd_add && !address_space_wants(as, offsetof(MemoryListener, eventfd_add))) {
        address_space_update_ioeventfds(as);
    }
    l->address_space = as;
    QTAILQ_FOREACH(other, &memory_listeners, link) {
        if (other->priority > l->priority) {
            break;
        }
    }
    if (other) {
        QTAILQ_INSERT_BEFORE(other, l, link);
    } else {
        QTAILQ_INSERT_TAIL(&memory_listeners, l, link);
    }
    QTAILQ_FOREACH(other, &as->listeners, link_as) {
        if (other->priority > l->priority) {
            break;
        }
    }
    if (other) {
        QTAILQ_INSERT_BEFORE(other, l, link_as);
    } else {
        QTAILQ_INSERT_TAIL(&as->listeners, l, link_as);
    }
    if (first) {
        QTAILQ_INSERT_TAIL(&as->shared->observed, as, observed_link);
    }
    tell_existing(l, as, true);
}

void memory_listener_unregister(MemoryListener *l)
{
    AddressSpace *as = l->address_space;

    if (!as) {
        return;
    }
    tell_existing(l, as, false);
    QTAILQ_REMOVE(&memory_listeners, l, link);
    QTAILQ_REMOVE(&as->listeners, l, link_as);
    if (QTAILQ_EMPTY(&as->listeners)) {
        QTAILQ_REMOVE(&as->shared->observed, as, observed_link);
    }
    l->address_space = NULL;
}

/* ---- ioeventfds ---- */

static int ioeventfd_compare(const void *pa, const void *pb)
{
    const MemoryRegionIoeventfd *a = pa, *b = pb;

#define BY(field) if (a->field != b->field) return a->field < b->field ? -1 : 1
    BY(first);
    BY(last);
    BY(any_size);
    BY(match_data);
    BY(data);
    BY(e);
#undef BY
    return 0;
}

bool ioeventfd_equal(const MemoryRegionIoeventfd *a, const MemoryRegionIoeventfd *b)
{
    return ioeventfd_compare(a, b) == 0;
}

static MemoryRegionIoeventfd make_fd(hwaddr addr, unsigned size, bool match_data, uint64_t data, EventNotifier *e)
{
    return (MemoryRegionIoeventfd) {
        .first = addr, .last = addr + (size ? size - 1 : 0), .any_size = size == 0, .match_data = match_data,
        .data = match_data ? data : 0, .e = e,
    };
}

static void eventfds_changed(MemoryRegion *mr, const MemoryRegionIoeventfd *fd)
{
    memory_region_transaction_begin();
    memory_region_damage(mr, fd->first, fd->last, DAMAGE_EVENTFDS);
    memory_region_transaction_commit();
}

void memory_region_add_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size, bool match_data, uint64_t data,
                               EventNotifier *e)
{
    MemoryRegionIoeventfd fd = make_fd(addr, size, match_data, data, e);
    MemoryRegionIoeventfd *fds = g_new(MemoryRegionIoeventfd, mr->ioeventfd_nb + 1);
    unsigned i = 0;

    while (i < mr->ioeventfd_nb && ioeventfd_compare(&mr->ioeventfds[i], &fd) < 0) {
        i++;
    }
    if (mr->ioeventfd_nb) {
        memcpy(fds, mr->ioeventfds, i * sizeof(fd));
        memcpy(fds + i + 1, mr->ioeventfds + i, (mr->ioeventfd_nb - i) * sizeof(fd));
    }
    fds[i] = fd;
    g_free(mr->ioeventfds);
    mr->ioeventfds = fds;
    mr->ioeventfd_nb++;
    eventfds_changed(mr, &fd);
}

void memory_region_del_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size, bool match_data, uint64_t data,
                               EventNotifier *e)
{
    MemoryRegionIoeventfd fd = make_fd(addr, size, match_data, data, e);
    unsigned i = 0;

    while (i < mr->ioeventfd_nb && !ioeventfd_equal(&mr->ioeventfds[i], &fd)) {
        i++;
    }
    assert(i < mr->ioeventfd_nb);
    mr->ioeventfd_nb--;
    memmove(mr->ioeventfds + i, mr->ioeventfds + i + 1, (mr->ioeventfd_nb - i) * sizeof(fd));
    eventfds_changed(mr, &fd);
}

typedef struct CollectFds {
    GArray *out;                 /* of AddressSpaceIoeventfd */
    FlatView *fv;
} CollectFds;

static bool collect_fds(const FlatRange *r, void *opaque)
{
    CollectFds *c = opaque;

    for (unsigned i = 0; i < r->mr->ioeventfd_nb; i++) {
        MemoryRegionIoeventfd fd = r->mr->ioeventfds[i];

        if (fd.first >= r->offset && fd.last - r->offset <= r->last - r->first) {
            AddressSpaceIoeventfd a = {
                .fd = fd,
                .section = {
                    .mr = r->mr, .fv = c->fv, .offset_within_region = fd.first,
                    .offset_within_address_space = r->first + (fd.first - r->offset),
                    .size = fd.any_size ? 0 : (Int128)(fd.last - fd.first) + 1,
                },
            };
            a.fd.last = a.section.offset_within_address_space + (fd.last - fd.first);
            a.fd.first = a.section.offset_within_address_space;
            g_array_append_val(c->out, a);
        }
    }
    return false;
}

static int by_fd(const void *a, const void *b)
{
    return ioeventfd_compare(&((const AddressSpaceIoeventfd *)a)->fd, &((const AddressSpaceIoeventfd *)b)->fd);
}

static void tell_eventfd(AddressSpace *as, AddressSpaceIoeventfd *fd, bool add)
{
    MemoryListener *l;

    QTAILQ_FOREACH(l, &as->listeners, link_as) {
        if (add && l->eventfd_add) {
            l->eventfd_add(l, &fd->section, fd->fd.match_data, fd->fd.data, fd->fd.e);
        } else if (!add && l->eventfd_del) {
            l->eventfd_del(l, &fd->section, fd->fd.match_data, fd->fd.data, fd->fd.e);
        }
    }
}

/* Bring as->ioeventfds up to date with what it shows now, and report the differences: removals first. */
void address_space_update_ioeventfds(AddressSpace *as)
{
    GArray *news = g_array_new(false, false, sizeof(AddressSpaceIoeventfd));
    CollectFds c = { news, as->shared->current };
    AddressSpaceIoeventfd *olds = as->ioeventfds, *n;
    unsigned nr_olds = as->ioeventfd_nb;

    flat_tree_foreach(c.fv->tree, 0, UINT64_MAX, collect_fds, &c);
    g_array_sort(news, by_fd);
    as->ioeventfd_nb = news->len;
    n = as->ioeventfds = (AddressSpaceIoeventfd *)g_array_free(news, false);
    for (int adding = 0; adding < 2; adding++) {
        unsigned i = 0, j = 0;

        while (i < nr_olds || j < as->ioeventfd_nb) {
            int order = i == nr_olds ? 1 : j == as->ioeventfd_nb ? -1 : by_fd(&olds[i], &n[j]);

            if (order < 0 && !adding) {
                tell_eventfd(as, &olds[i], false);
            } else if (order > 0 && adding) {
                tell_eventfd(as, &n[j], true);
            }
            i += order <= 0;
            j += order >= 0;
        }
    }
    g_free(olds);
}

/* ---- Coalesced ranges ---- */

typedef struct TellCoalesced {
    MemoryRegion *mr;
    AddressSpace *as;
    FlatView *fv;
    CoalescedMemoryRange *c;
    bool add;
} TellCoalesced;

static bool tell_coalesced(const FlatRange *r, void *opaque)
{
    TellCoalesced *t = opaque;
    hwaddr lo = MAX(t->c->addr, r->offset);
    hwaddr hi = MIN(t->c->addr + t->c->size - 1, r->offset + (r->last - r->first));
    MemoryListener *l;

    if (r->mr == t->mr && lo <= hi) {
        MemoryRegionSection s = section_from_flat_range(r, t->fv);

        QTAILQ_FOREACH(l, &t->as->listeners, link_as) {
            void (*fn)(MemoryListener *, MemoryRegionSection *, hwaddr, hwaddr) =
                t->add ? l->coalesced_io_add : l->coalesced_io_del;
            if (fn) {
                fn(l, &s, r->first + (lo - r->offset), hi - lo + 1);
            }
        }
    }
    return false;
}

static void coalesced_changed(MemoryRegion *mr, CoalescedMemoryRange *c, bool add)
{
    AddressSpace *as;

    if (!mr->live) {
        return;
    }
    QTAILQ_FOREACH(as, &address_spaces, address_spaces_link) {
        if (!QTAILQ_EMPTY(&as->listeners)) {
            TellCoalesced t = { mr, as, as->shared->current, c, add };
            flat_tree_foreach(t.fv->tree, 0, UINT64_MAX, tell_coalesced, &t);
        }
    }
}

void memory_region_add_coalescing(MemoryRegion *mr, hwaddr offset, uint64_t size)
{
    CoalescedMemoryRange *c = g_new0(CoalescedMemoryRange, 1);

    assert(size);
    c->addr = offset;
    c->size = size;
    QTAILQ_INSERT_TAIL(&mr->coalesced, c, link);
    coalesced_changed(mr, c, true);
    memory_region_set_flush_coalesced(mr);
}

void memory_region_clear_coalescing(MemoryRegion *mr)
{
    CoalescedMemoryRange *c;

    while ((c = QTAILQ_FIRST(&mr->coalesced)) != NULL) {
        QTAILQ_REMOVE(&mr->coalesced, c, link);
        coalesced_changed(mr, c, false);
        g_free(c);
    }
    mr->flush_coalesced_mmio = false;
}

void memory_region_set_coalescing(MemoryRegion *mr)
{
    memory_region_clear_coalescing(mr);
    memory_region_add_coalescing(mr, 0, memory_region_size(mr));
}

void memory_region_set_flush_coalesced(MemoryRegion *mr)
{
    mr->flush_coalesced_mmio = true;
}

void memory_region_clear_flush_coalesced(MemoryRegion *mr)
{
    if (QTAILQ_EMPTY(&mr->coalesced)) {
        mr->flush_coalesced_mmio = false;
    }
}

/* ---- Dirty logging on and off ---- */

void memory_region_set_log(MemoryRegion *mr, bool log, unsigned client)
{
    uint8_t mask = 1 << client;

    assert(client == DIRTY_MEMORY_VGA);
    if (log ? mr->vga_logging_count++ : --mr->vga_logging_count) {
        return;
    }
    memory_region_transaction_begin();
    mr->dirty_log_mask = (mr->dirty_log_mask & ~mask) | (log ? mask : 0);
    memory_region_damage_all(mr, DAMAGE_RANGES);
    memory_region_transaction_commit();
}

typedef struct TellLog {
    MemoryListener *l;
    FlatView *fv;
    bool start;
} TellLog;

static bool tell_log(const FlatRange *r, void *opaque)
{
    TellLog *t = opaque;
    uint8_t with = r->dirty_log_mask | 1 << DIRTY_MEMORY_MIGRATION;
    MemoryRegionSection s = section_from_flat_range(r, t->fv);

    if (!r->mr->ram_block) {
        return false;
    }
    if (t->start && t->l->log_start) {
        t->l->log_start(t->l, &s, r->dirty_log_mask, with);
    } else if (!t->start && t->l->log_stop) {
        t->l->log_stop(t->l, &s, with, r->dirty_log_mask);
    }
    return false;
}

static void tell_global_log(MemoryListener *l, bool start)
{
    TellLog t = { l, l->address_space->shared->current, start };

    if (start ? l->log_start != NULL : l->log_stop != NULL) {
        flat_tree_foreach(t.fv->tree, 0, UINT64_MAX, tell_log, &t);
    }
}

bool memory_global_dirty_log_start(unsigned int flags, Error **errp)
{
    unsigned int before = global_dirty_tracking;
    MemoryListener *l, *done;

    assert(flags && !(flags & ~GLOBAL_DIRTY_MASK));
    flags &= ~before;
    qatomic_set(&global_dirty_tracking, before | flags);
    if (before || !flags) {
        return true;
    }
    QTAILQ_FOREACH(l, &memory_listeners, link) {
        if (l->log_global_start && !l->log_global_start(l, errp)) {
            QTAILQ_FOREACH(done, &memory_listeners, link) {
                if (done == l) {
                    break;
                }
                if (done->log_global_stop) {
                    done->log_global_stop(done);
                }
            }
            qatomic_set(&global_dirty_tracking, before);
            return false;
        }
    }
    QTAILQ_FOREACH(l, &memory_listeners, link) {
        tell_global_log(l, true);
    }
    return true;
}

void memory_global_dirty_log_stop(unsigned int flags)
{
    unsigned int before = global_dirty_tracking;
    MemoryListener *l;

    qatomic_set(&global_dirty_tracking, before & ~flags);
    if (!before || global_dirty_tracking) {
        return;
    }
    QTAILQ_FOREACH_REVERSE(l, &memory_listeners, link) {
        tell_global_log(l, false);
        if (l->log_global_stop) {
            l->log_global_stop(l);
        }
    }
}

typedef struct TellSync {
    MemoryListener *l;
    FlatView *fv;
} TellSync;

static bool tell_sync(const FlatRange *r, void *opaque)
{
    TellSync *t = opaque;

    if (r->mr->ram_block && memory_region_get_dirty_log_mask(r->mr)) {
        MemoryRegionSection s = section_from_flat_range(r, t->fv);
        t->l->log_sync(t->l, &s);
    }
    return false;
}

void memory_global_dirty_log_sync(bool last_stage)
{
    MemoryListener *l;

    QTAILQ_FOREACH(l, &memory_listeners, link) {
        if (l->log_sync) {
            TellSync t = { l, l->address_space->shared->current };
            flat_tree_foreach(t.fv->tree, 0, UINT64_MAX, tell_sync, &t);
        } else if (l->log_sync_global) {
            l->log_sync_global(l, last_stage);
        }
    }
}

void memory_global_after_dirty_log_sync(void)
{
    MemoryListener *l;

    QTAILQ_FOREACH(l, &memory_listeners, link) {
        if (l->log_global_after_sync) {
            l->log_global_after_sync(l);
        }
    }
}

typedef struct TellClear {
    MemoryListener *l;
    FlatView *fv;
    MemoryRegion *mr;
    hwaddr first, last;          /* in mr */
} TellClear;

static bool tell_clear(const FlatRange *r, void *opaque)
{
    TellClear *t = opaque;
    hwaddr lo = MAX(t->first, r->offset), hi = MIN(t->last, r->offset + (r->last - r->first));

    if (r->mr == t->mr && lo <= hi) {
        MemoryRegionSection s = section_from_flat_range(r, t->fv);
        s.offset_within_region = lo;
        s.offset_within_address_space = r->first + (lo - r->offset);
        s.size = (Int128)(hi - lo) + 1;
        t->l->log_clear(t->l, &s);
    }
    return false;
}

void memory_region_clear_dirty_bitmap(MemoryRegion *mr, hwaddr start, hwaddr len)
{
    MemoryListener *l;

    QTAILQ_FOREACH(l, &memory_listeners, link) {
        if (l->log_clear && len) {
            TellClear t = { l, l->address_space->shared->current, mr, start, start + len - 1 };
            flat_tree_foreach(t.fv->tree, 0, UINT64_MAX, tell_clear, &t);
        }
    }
}
