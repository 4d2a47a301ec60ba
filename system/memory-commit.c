/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions: collects what changed, and at the outermost commit brings views, address spaces and listeners up to
 * date. Rules A1, A3, A5, A7, A12 and A14 of docs/devel/memory.md are kept here. Big lock.
 *
 *   1. address spaces whose root resolves elsewhere move to the view they now share (creating it on first use)
 *   2. damaged views render their windows; a window that renders as before changes nothing
 *   3. listeners of address spaces that show something new hear the difference, window by window
 */
#include "qemu/osdep.h"
#include "system/memory-internal.h"
#include "trace/trace-system.h"

union AddressSpaceList address_spaces = QTAILQ_HEAD_INITIALIZER(address_spaces);
union MemoryListenerList memory_listeners = QTAILQ_HEAD_INITIALIZER(memory_listeners);
MemoryStats memory_stats;
MemoryRegion io_mem_unassigned;

static struct {
    unsigned depth;
    bool changed;
    QTAILQ_HEAD(, AddressSpace) unresolved;
    GPtrArray *dirty_views;      /* of SharedView */
    GPtrArray *views;            /* all but the empty one */
    SharedView *empty;
    uint64_t next_id;
    unsigned long next_index;
    uint64_t commits_before_load;
} topo = { .unresolved = QTAILQ_HEAD_INITIALIZER(topo.unresolved) };

/* ---- Views ---- */

FlatView *flatview_new(MemoryRegion *root, FlatNode *tree)
{
    FlatView *fv = g_new(FlatView, 1);

    *fv = (FlatView) { .refs = 1, .id = ++topo.next_id, .root = root, .tree = tree };
    if (root) {
        memory_region_ref(root);
    }
    return fv;
}

static void flatview_free(FlatView *fv)
{
    flat_tree_unref(fv->tree);
    if (fv->root) {
        memory_region_unref(fv->root);
    }
    g_free(fv);
}

bool flatview_tryref(FlatView *fv)
{
    uint32_t n = qatomic_read(&fv->refs);

    while (n) {
        uint32_t seen = qatomic_cmpxchg(&fv->refs, n, n + 1);
        if (seen == n) {
            return true;
        }
        n = seen;
    }
    return false;
}

void flatview_ref(FlatView *fv)
{
    bool alive = flatview_tryref(fv);

    assert(alive);
}

void flatview_unref(FlatView *fv)
{
    if (qatomic_fetch_dec(&fv->refs) == 1) {
        call_rcu(fv, flatview_free, rcu);
    }
}

FlatView *address_space_to_flatview(AddressSpace *as)
{
    return qatomic_rcu_read(&qatomic_rcu_read(&as->shared)->current);
}

FlatView *address_space_get_flatview(AddressSpace *as)
{
    FlatView *fv;

    RCU_READ_LOCK_GUARD();
    do {
        fv = address_space_to_flatview(as);
    } while (!flatview_tryref(fv));
    return fv;
}

uint64_t address_space_epoch(AddressSpace *as)
{
    RCU_READ_LOCK_GUARD();
    return address_space_to_flatview(as)->id;
}

static SharedView *shared_view_new(MemoryRegion *root)
{
    SharedView *v = g_new0(SharedView, 1);

    v->root = root;
    v->current = flatview_new(root, NULL);
    v->damage = g_array_new(false, false, sizeof(Window));
    v->index = topo.next_index++;
    QTAILQ_INIT(&v->users);
    QTAILQ_INIT(&v->observed);
    if (root) {
        trace_flatview_new(v, root);
        memory_stats.views_created++;
        g_ptr_array_add(topo.views, v);
        root->view = v;
        memory_region_live_inc(root);
        memory_view_damaged(v, 0, (hwaddr)(root->size - 1), DAMAGE_RANGES);
    }
    return v;
}

static void topo_init(void)
{
    if (!topo.empty) {
        topo.dirty_views = g_ptr_array_new();
        topo.views = g_ptr_array_new();
        topo.empty = shared_view_new(NULL);
        memory_region_init_io(&io_mem_unassigned, NULL, NULL, NULL, NULL, UINT64_MAX);
        memory_region_enable_lockless_io(&io_mem_unassigned);    /* nothing there to protect */
    }
}

static void shared_view_free(SharedView *v)
{
    trace_flatview_destroy_rcu(v, v->root);
    flatview_unref(v->current);
    g_array_free(v->damage, true);
    g_free(v);
}

static void shared_view_destroy(SharedView *v)
{
    trace_flatview_destroy(v, v->root);
    if (v->dirty) {
        g_ptr_array_remove(topo.dirty_views, v);
    }
    g_ptr_array_remove(topo.views, v);
    v->root->view = NULL;
    memory_region_live_dec(v->root);
    call_rcu(v, shared_view_free, rcu);
}

GPtrArray *memory_shared_views(void)
{
    topo_init();
    return topo.views;
}

SharedView *memory_empty_view(void)
{
    topo_init();
    return topo.empty;
}

void memory_get_stats(MemoryStats *stats)
{
    topo_init();
    *stats = memory_stats;
    stats->views_alive = topo.views->len;
    stats->nodes_copied = flat_nodes_made;
}

void memory_view_damaged(SharedView *view, hwaddr first, hwaddr last, unsigned kind)
{
    Window w = { first, last };

    topo.changed = true;
    if (kind & DAMAGE_EVENTFDS) {
        view->eventfds_dirty = true;
    }
    if (kind & DAMAGE_RANGES) {
        g_array_append_val(view->damage, w);
    }
    if (!view->dirty) {
        view->dirty = true;
        g_ptr_array_add(topo.dirty_views, view);
    }
}

void memory_address_space_unresolved(AddressSpace *as)
{
    topo.changed = true;
    if (!QTAILQ_IN_USE(as, pending_link)) {
        QTAILQ_INSERT_TAIL(&topo.unresolved, as, pending_link);
    }
}

/* ---- Address spaces and views ---- */

/* @v is no longer published in @as. */
static void detach(AddressSpace *as, SharedView *v)
{
    QTAILQ_REMOVE(&v->users, as, users_link);
    if (QTAILQ_IN_USE(as, observed_link)) {
        QTAILQ_REMOVE(&v->observed, as, observed_link);
    }
    if (--v->nr_users == 0 && v != topo.empty) {
        shared_view_destroy(v);
    }
}

/* NULL: it does not exist yet. */
static SharedView *resolved_view(const AddressSpace *as)
{
    MemoryRegion *root = as->root->resolved;

    return root ? root->view : topo.empty;
}

/* Move @as to the view its root resolves to now. False: it is there already. */
static bool attach(AddressSpace *as)
{
    SharedView *old = as->shared, *v = resolved_view(as);

    memory_stats.resolutions++;
    if (old && old == v) {
        return false;
    }
    if (!v) {
        v = shared_view_new(as->root->resolved);
    }
    v->nr_users++;
    qatomic_rcu_set(&as->shared, v);
    if (old) {
        detach(as, old);
    }
    QTAILQ_INSERT_TAIL(&v->users, as, users_link);
    if (!QTAILQ_EMPTY(&as->listeners)) {
        QTAILQ_INSERT_TAIL(&v->observed, as, observed_link);
    }
    return true;
}

/* ---- Rendering what is damaged ---- */

static int by_first(const void *a, const void *b)
{
    hwaddr fa = ((const Window *)a)->first, fb = ((const Window *)b)->first;

    return fa < fb ? -1 : fa > fb;
}

/* Sort, and join windows that overlap or touch. */
static void windows_normalise(GArray *ws)
{
    Window *w = (Window *)ws->data;
    unsigned out = 0;

    if (ws->len < 2) {
        return;
    }
    qsort(w, ws->len, sizeof(*w), by_first);
    for (unsigned i = 1; i < ws->len; i++) {
        if (w[out].last == UINT64_MAX || w[i].first <= w[out].last + 1) {
            w[out].last = MAX(w[out].last, w[i].last);
        } else {
            w[++out] = w[i];
        }
    }
    g_array_set_size(ws, out + 1);
}

static bool same_ranges(const GArray *a, const GArray *b)
{
    if (a->len != b->len) {
        return false;
    }
    for (unsigned i = 0; i < a->len; i++) {
        const FlatRange *x = &g_array_index(a, FlatRange, i), *y = &g_array_index(b, FlatRange, i);
        if (!flat_range_same_place(x, y) || x->dirty_log_mask != y->dirty_log_mask) {
            return false;
        }
    }
    return true;
}

/* Render one window of *tree (owned). False: nothing differs. */
static bool render_window(SharedView *v, FlatNode **tree, const Window *w, GArray *old, GArray *fresh)
{
    g_array_set_size(old, 0);
    g_array_set_size(fresh, 0);
    flatview_render(v->root, w->first, w->last, fresh);
    memory_stats.ranges_rendered += fresh->len;
    flat_tree_collect(*tree, w->first, w->last, true, old);
    if (same_ranges(old, fresh)) {
        return false;
    }
    *tree = flat_tree_replace(*tree, w->first, w->last, (FlatRange *)fresh->data, fresh->len);
    return true;
}

/* Returns the windows that really changed (a subset of v->damage, which is emptied), or NULL. */
static GArray *render_damage(SharedView *v, FlatNode **tree)
{
    g_autoptr(GArray) old = g_array_new(false, false, sizeof(FlatRange));
    g_autoptr(GArray) fresh = g_array_new(false, false, sizeof(FlatRange));
    GArray *changed = g_array_new(false, false, sizeof(Window));

    windows_normalise(v->damage);
    memory_stats.views_updated += v->damage->len > 0;
    for (unsigned i = 0; i < v->damage->len; i++) {
        const Window *w = &g_array_index(v->damage, Window, i);
        if (render_window(v, tree, w, old, fresh)) {
            g_array_append_val(changed, *w);
        }
    }
    g_array_set_size(v->damage, 0);
    return changed;
}

/* ---- Telling listeners ---- */

#define CALL_AS(as, reverse, callback, ...) do {                                                    \
        MemoryListener *l_;                                                                         \
        if (reverse) {                                                                              \
            QTAILQ_FOREACH_REVERSE(l_, &(as)->listeners, link_as) {                                 \
                if (l_->callback) { l_->callback(l_, ##__VA_ARGS__); }                              \
            }                                                                                       \
        } else {                                                                                    \
            QTAILQ_FOREACH(l_, &(as)->listeners, link_as) {                                         \
                if (l_->callback) { l_->callback(l_, ##__VA_ARGS__); }                              \
            }                                                                                       \
        }                                                                                           \
    } while (0)

MemoryRegionSection section_from_flat_range(const FlatRange *r, FlatView *fv)
{
    return (MemoryRegionSection) {
        .mr = r->mr, .fv = fv, .size = (Int128)r->last - r->first + 1, .offset_within_region = r->offset,
        .offset_within_address_space = r->first, .readonly = r->readonly, .nonvolatile = r->nonvolatile,
        .unmergeable = r->unmergeable,
    };
}

bool address_space_wants(AddressSpace *as, size_t callback_offset)
{
    MemoryListener *l;

    QTAILQ_FOREACH(l, &as->listeners, link_as) {
        if (*(void **)((char *)l + callback_offset)) {
            return true;
        }
    }
    return false;
}

static void tell_coalesced(AddressSpace *as, const FlatRange *r, MemoryRegionSection *s, bool add)
{
    CoalescedMemoryRange *c;

    QTAILQ_FOREACH(c, &r->mr->coalesced, link) {
        hwaddr lo = MAX(c->addr, r->offset);
        hwaddr hi = MIN(c->addr + c->size - 1, r->offset + (r->last - r->first));
        if (lo > hi) {
            continue;
        }
        if (add) {
            CALL_AS(as, false, coalesced_io_add, s, r->first + (lo - r->offset), hi - lo + 1);
        } else {
            CALL_AS(as, true, coalesced_io_del, s, r->first + (lo - r->offset), hi - lo + 1);
        }
    }
}

static void tell_gone(AddressSpace *as, FlatView *fv, const FlatRange *r)
{
    MemoryRegionSection s = section_from_flat_range(r, fv);

    tell_coalesced(as, r, &s, false);
    CALL_AS(as, true, region_del, &s);
}

static void tell_come(AddressSpace *as, FlatView *fv, const FlatRange *r)
{
    MemoryRegionSection s = section_from_flat_range(r, fv);
    uint8_t migration = memory_region_get_dirty_log_mask(r->mr) & (1 << DIRTY_MEMORY_MIGRATION);
    uint8_t mask = r->dirty_log_mask | migration;

    CALL_AS(as, false, region_add, &s);
    if (mask) {
        CALL_AS(as, false, log_start, &s, 0, mask);
    }
    tell_coalesced(as, r, &s, true);
}

static void tell_stayed(AddressSpace *as, FlatView *fv, const FlatRange *old, const FlatRange *r)
{
    MemoryRegionSection s = section_from_flat_range(r, fv);

    CALL_AS(as, false, region_nop, &s);
    if (r->dirty_log_mask & ~old->dirty_log_mask) {
        CALL_AS(as, false, log_start, &s, old->dirty_log_mask, r->dirty_log_mask);
    }
    if (old->dirty_log_mask & ~r->dirty_log_mask) {
        CALL_AS(as, true, log_stop, &s, old->dirty_log_mask, r->dirty_log_mask);
    }
}

/* One pass over two sorted lists; @adding says which half of the differences to report. */
static bool diff_pass(AddressSpace *as, const GArray *olds, const GArray *news, FlatView *ofv, FlatView *nfv,
                      bool adding, bool report)
{
    unsigned i = 0, j = 0;
    bool differs = false;

    while (i < olds->len || j < news->len) {
        const FlatRange *o = i < olds->len ? &g_array_index(olds, FlatRange, i) : NULL;
        const FlatRange *n = j < news->len ? &g_array_index(news, FlatRange, j) : NULL;

        if (o && n && flat_range_same_place(o, n)) {
            differs |= o->dirty_log_mask != n->dirty_log_mask;
            if (adding && report) {
                tell_stayed(as, nfv, o, n);
            }
            i++;
            j++;
        } else if (o && (!n || o->first <= n->first)) {
            differs = true;
            if (!adding && report) {
                tell_gone(as, ofv, o);
            }
            i++;
        } else {
            differs = true;
            if (adding && report) {
                tell_come(as, nfv, n);
            }
            j++;
        }
    }
    memory_stats.diffs += olds->len + news->len;
    return differs;
}

/* Ranges of @fv that meet the windows, each once. */
static GArray *ranges_in(FlatView *fv, const GArray *windows)
{
    GArray *out = g_array_new(false, false, sizeof(FlatRange));

    for (unsigned i = 0; i < windows->len; i++) {
        const Window *w = &g_array_index(windows, Window, i);
        flat_tree_collect(fv->tree, w->first, w->last, false, out);
    }
    return out;
}

/* Widen each window to whole ranges of both views, including those that merely touch it: seams may have moved. */
static GArray *windows_widen(const GArray *windows, FlatView *ofv, FlatView *nfv)
{
    GArray *out = g_array_new(false, false, sizeof(Window));
    FlatView *fvs[] = { ofv, nfv };

    for (unsigned i = 0; i < windows->len; i++) {
        const Window *src = &g_array_index(windows, Window, i);
        Window w = *src;

        for (unsigned k = 0; k < 2; k++) {
            hwaddr gap;
            const FlatRange *a = flat_tree_find(fvs[k]->tree, src->first ? src->first - 1 : 0, &gap);
            const FlatRange *b = flat_tree_find(fvs[k]->tree, src->last + (src->last != UINT64_MAX), &gap);
            w.first = MIN(w.first, a ? a->first : w.first);
            w.last = MAX(w.last, b ? b->last : w.last);
        }
        g_array_append_val(out, w);
    }
    windows_normalise(out);
    return out;
}

static bool has_eventfds(const GArray *ranges)
{
    for (unsigned i = 0; i < ranges->len; i++) {
        if (g_array_index(ranges, FlatRange, i).mr->ioeventfd_nb) {
            return true;
        }
    }
    return false;
}

/* What @as showed (@ofv) became @nfv within @windows. */
static void tell_listeners(AddressSpace *as, FlatView *ofv, FlatView *nfv, const GArray *windows,
                           bool eventfds_dirty)
{
    static const Window everything = { 0, UINT64_MAX };
    bool nop = address_space_wants(as, offsetof(MemoryListener, region_nop));
    g_autoptr(GArray) all = g_array_new(false, false, sizeof(Window));
    g_autoptr(GArray) wide = NULL;
    g_autoptr(GArray) olds = NULL;
    g_autoptr(GArray) news = NULL;
    bool differs;

    g_array_append_val(all, everything);
    wide = windows_widen(nop && windows->len ? all : windows, ofv, nfv);
    olds = ranges_in(ofv, wide);
    news = ranges_in(nfv, wide);
    differs = diff_pass(as, olds, news, ofv, nfv, false, false);
    eventfds_dirty |= differs && (has_eventfds(olds) || has_eventfds(news));
    if (!differs && !eventfds_dirty) {
        return;
    }
    CALL_AS(as, false, begin);
    diff_pass(as, olds, news, ofv, nfv, false, true);
    diff_pass(as, olds, news, ofv, nfv, true, true);
    if (eventfds_dirty) {
        address_space_update_ioeventfds(as);
    }
    CALL_AS(as, false, commit);
}

/* ---- Commit ---- */

/* An address space with listeners that moved to another view, and what it showed before. */
typedef struct Moved {
    AddressSpace *as;
    FlatView *old;
} Moved;

static void update_view(SharedView *v)
{
    FlatView *ofv = v->current, *nfv = ofv;
    FlatNode *tree = flat_tree_ref(ofv->tree);
    g_autoptr(GArray) changed = render_damage(v, &tree);
    bool eventfds_dirty = v->eventfds_dirty;
    AddressSpace *as, *next;

    v->dirty = false;
    v->eventfds_dirty = false;
    if (changed->len) {
        nfv = flatview_new(v->root, tree);
        qatomic_rcu_set(&v->current, nfv);
        trace_flatview_update(v, nfv->id, changed->len);
    } else {
        flat_tree_unref(tree);
    }
    if (changed->len || eventfds_dirty) {
        QTAILQ_FOREACH_SAFE(as, &v->observed, observed_link, next) {
            if (!QTAILQ_IN_USE(as, pending_link)) {
                tell_listeners(as, ofv, nfv, changed, eventfds_dirty);
            }
        }
    }
    if (nfv != ofv) {
        flatview_unref(ofv);
    }
}

static void tell_moved(const Moved *m)
{
    static const Window everything = { 0, UINT64_MAX };
    g_autoptr(GArray) all = g_array_new(false, false, sizeof(Window));

    g_array_append_val(all, everything);
    tell_listeners(m->as, m->old, m->as->shared->current, all, false);
    flatview_unref(m->old);
}

static void commit(void)
{
    g_autoptr(GArray) moved = g_array_new(false, false, sizeof(Moved));
    AddressSpace *as, *next;

    memory_stats.commits++;
    QTAILQ_FOREACH_SAFE(as, &topo.unresolved, pending_link, next) {
        Moved m = { as, as->shared->current };
        bool listens = !QTAILQ_EMPTY(&as->listeners);

        flatview_ref(m.old);
        if (attach(as) && listens) {
            g_array_append_val(moved, m);    /* stays marked pending until it has been told */
        } else {
            QTAILQ_REMOVE(&topo.unresolved, as, pending_link);
            flatview_unref(m.old);
        }
    }
    while (topo.dirty_views->len) {
        SharedView *v = g_ptr_array_index(topo.dirty_views, topo.dirty_views->len - 1);
        g_ptr_array_set_size(topo.dirty_views, topo.dirty_views->len - 1);
        update_view(v);
    }
    for (unsigned i = 0; i < moved->len; i++) {
        Moved *m = &g_array_index(moved, Moved, i);
        QTAILQ_REMOVE(&topo.unresolved, m->as, pending_link);
        tell_moved(m);
        if (resolved_view(m->as) != m->as->shared) {
            memory_address_space_unresolved(m->as);     /* a listener changed it meanwhile */
        }
    }
}

void memory_region_transaction_begin(void)
{
    topo_init();
    topo.depth++;
}

void memory_region_transaction_commit(void)
{
    assert(topo.depth);
    if (topo.depth == 1) {
        /* a listener that changes regions itself is part of this commit: go round until nothing is left */
        while (topo.changed) {
            topo.changed = false;
            commit();
        }
    }
    topo.depth--;
}

void memory_load_begin(void)
{
    memory_region_transaction_begin();
    topo.commits_before_load = memory_stats.commits;
}

void memory_load_end(void)
{
    memory_region_transaction_commit();
    memory_stats.loads++;
    memory_stats.load_commits = memory_stats.commits - topo.commits_before_load;
}

void address_space_init(AddressSpace *as, MemoryRegion *root, const char *name)
{
    assert(root);
    topo_init();
    *as = (AddressSpace) {
        .name = g_strdup(name ? name : "anonymous"), .root = root,
        .max_bounce_buffer_size = DEFAULT_MAX_BOUNCE_BUFFER_SIZE,
    };
    memory_region_ref(root);
    g_mutex_init(&as->map_client_lock);
    QLIST_INIT(&as->map_client_list);
    QTAILQ_INIT(&as->listeners);
    QTAILQ_INSERT_TAIL(&address_spaces, as, address_spaces_link);
    QTAILQ_INSERT_TAIL(&root->roots, as, root_link);
    memory_region_transaction_begin();
    attach(as);
    memory_region_transaction_commit();
}

void address_space_remove_listeners(AddressSpace *as)
{
    while (!QTAILQ_EMPTY(&as->listeners)) {
        memory_listener_unregister(QTAILQ_FIRST(&as->listeners));
    }
}

void address_space_destroy(AddressSpace *as)
{
    SharedView *old;

    assert(QTAILQ_EMPTY(&as->listeners));
    memory_region_transaction_begin();
    if (QTAILQ_IN_USE(as, pending_link)) {
        QTAILQ_REMOVE(&topo.unresolved, as, pending_link);
    }
    QTAILQ_REMOVE(&address_spaces, as, address_spaces_link);
    QTAILQ_REMOVE(&as->root->roots, as, root_link);
    old = as->shared;
    qatomic_rcu_set(&as->shared, topo.empty);
    detach(as, old);
    memory_region_transaction_commit();
    memory_region_unref(as->root);
    as->root = NULL;
    g_clear_pointer(&as->name, g_free);
    g_clear_pointer(&as->ioeventfds, g_free);
    as->ioeventfd_nb = 0;
}
