/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See memory-test-common.h. */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "system/address-spaces.h"
#include "tests/unit/memory-test-common.h"

void memory_test_init(int *argc, char ***argv)
{
    g_test_init(argc, argv, NULL);
    module_call_init(MODULE_INIT_QOM);
    bql_lock();
    cpu_exec_init_all();
}

void memory_test_settle(void)
{
    drain_call_rcu();
}

/* ---- Reference renderer ---- */

static void boundaries(const MemoryRegion *mr, __int128 base, GArray *out)
{
    MemoryRegion *child;
    __int128 edges[] = { base, base + mr->size };

    for (int i = 0; i < 2; i++) {
        if (edges[i] >= 0 && edges[i] <= UINT64_MAX) {
            hwaddr e = edges[i];
            g_array_append_val(out, e);
        }
    }
    if (mr->alias) {
        boundaries(mr->alias, base - mr->alias_offset, out);
    }
    QTAILQ_FOREACH(child, &mr->subregions, subregions_link) {
        boundaries(child, base + child->addr, out);
    }
}

/* Who answers at @addr of @mr? The best of all children that do, by priority, then by age; then @mr itself. */
static const MemoryRegion *answer(const MemoryRegion *mr, __int128 addr, bool *readonly, hwaddr *offset)
{
    const MemoryRegion *best = NULL, *found = NULL;
    MemoryRegion *child;
    bool ro = *readonly | mr->readonly;

    if (!mr->enabled || addr < 0 || addr >= mr->size) {
        return NULL;
    }
    if (mr->alias) {
        *readonly = ro;
        return answer(mr->alias, addr + mr->alias_offset, readonly, offset);
    }
    QTAILQ_FOREACH(child, &mr->subregions, subregions_link) {
        bool child_ro = ro;
        hwaddr child_offset;
        const MemoryRegion *f = answer(child, addr - child->addr, &child_ro, &child_offset);

        if (f && (!best || child->priority > best->priority ||
                  (child->priority == best->priority && child->seq > best->seq))) {
            best = child;
            found = f;
            *readonly = child_ro;
            *offset = child_offset;
        }
    }
    if (!found && mr->terminates) {
        found = mr;
        *readonly = ro;
        *offset = addr;
    }
    return found;
}

static int compare_hwaddr(const void *a, const void *b)
{
    hwaddr x = *(const hwaddr *)a, y = *(const hwaddr *)b;

    return x < y ? -1 : x > y;
}

GArray *reference_render(MemoryRegion *root)
{
    GArray *out = g_array_new(false, false, sizeof(RefRange));
    g_autoptr(GArray) edges = g_array_new(false, false, sizeof(hwaddr));

    boundaries(root, 0, edges);
    g_array_sort(edges, compare_hwaddr);
    for (unsigned i = 0; i < edges->len; i++) {
        hwaddr first = g_array_index(edges, hwaddr, i);
        hwaddr last = UINT64_MAX;
        RefRange r = { .first = first }, *prev;

        if (i + 1 < edges->len) {
            if (g_array_index(edges, hwaddr, i + 1) == first) {
                continue;
            }
            last = g_array_index(edges, hwaddr, i + 1) - 1;
        }
        r.last = last;
        r.mr = answer(root, first, &r.readonly, &r.offset);
        if (!r.mr) {
            continue;
        }
        prev = out->len ? &g_array_index(out, RefRange, out->len - 1) : NULL;
        if (prev && prev->mr == r.mr && prev->last + 1 == first && prev->readonly == r.readonly &&
            prev->offset + (first - prev->first) == r.offset) {
            prev->last = last;
        } else {
            g_array_append_val(out, r);
        }
    }
    return out;
}

/* ---- What a view shows ---- */

static bool add_range(Int128 start, Int128 len, const MemoryRegion *mr, hwaddr offset, void *opaque)
{
    RefRange r = { .first = start, .last = start + len - 1, .offset = offset, .mr = mr };

    g_array_append_val((GArray *)opaque, r);
    return false;
}

GArray *view_ranges(AddressSpace *as)
{
    GArray *out = g_array_new(false, false, sizeof(RefRange));
    FlatView *fv = address_space_get_flatview(as);

    flatview_for_each_range(fv, add_range, out);
    flatview_unref(fv);
    return out;
}

char *ranges_differ(const GArray *a, const GArray *b)
{
    for (unsigned i = 0; i < MAX(a->len, b->len); i++) {
        const RefRange none = { 0 };
        const RefRange *x = i < a->len ? &g_array_index(a, RefRange, i) : &none;
        const RefRange *y = i < b->len ? &g_array_index(b, RefRange, i) : &none;

        if (x->first != y->first || x->last != y->last || x->offset != y->offset || x->mr != y->mr) {
            return g_strdup_printf("range %u: %" PRIx64 "-%" PRIx64 " %s @%" PRIx64 " / %" PRIx64 "-%" PRIx64
                                   " %s @%" PRIx64, i, x->first, x->last, x->mr ? x->mr->name : "-", x->offset,
                                   y->first, y->last, y->mr ? y->mr->name : "-", y->offset);
        }
    }
    return NULL;
}

/* ---- Recording listener ---- */

static void note(MemoryListener *l, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static void note(MemoryListener *l, const char *fmt, ...)
{
    GString *log = container_of(l, LogListener, l)->log;
    va_list ap;

    if (log->len) {
        g_string_append_c(log, ' ');
    }
    va_start(ap, fmt);
    g_string_append_vprintf(log, fmt, ap);
    va_end(ap);
}

static void note_section(MemoryListener *l, const char *what, MemoryRegionSection *s)
{
    hwaddr first = s->offset_within_address_space;

    note(l, "%s%" PRIx64 "-%" PRIx64 ":%s", what, first, first + (hwaddr)(s->size - 1), memory_region_name(s->mr));
}

static void on_begin(MemoryListener *l)
{
    note(l, "begin");
}

static void on_commit(MemoryListener *l)
{
    note(l, "commit");
}

static void on_add(MemoryListener *l, MemoryRegionSection *s)
{
    note_section(l, "+", s);
}

static void on_del(MemoryListener *l, MemoryRegionSection *s)
{
    note_section(l, "-", s);
}

static void on_log_start(MemoryListener *l, MemoryRegionSection *s, int from, int to)
{
    note_section(l, "log+", s);
}

static void on_log_stop(MemoryListener *l, MemoryRegionSection *s, int from, int to)
{
    note_section(l, "log-", s);
}

static void on_eventfd_add(MemoryListener *l, MemoryRegionSection *s, bool match, uint64_t data, EventNotifier *e)
{
    note(l, "e+%" PRIx64, s->offset_within_address_space);
}

static void on_eventfd_del(MemoryListener *l, MemoryRegionSection *s, bool match, uint64_t data, EventNotifier *e)
{
    note(l, "e-%" PRIx64, s->offset_within_address_space);
}

static void on_coalesced_add(MemoryListener *l, MemoryRegionSection *s, hwaddr addr, hwaddr len)
{
    note(l, "c+%" PRIx64 "/%" PRIx64, addr, len);
}

static void on_coalesced_del(MemoryListener *l, MemoryRegionSection *s, hwaddr addr, hwaddr len)
{
    note(l, "c-%" PRIx64 "/%" PRIx64, addr, len);
}

void log_listener_register(LogListener *ll, AddressSpace *as)
{
    *ll = (LogListener) {
        .l = {
            .name = "log", .begin = on_begin, .commit = on_commit, .region_add = on_add, .region_del = on_del,
            .log_start = on_log_start, .log_stop = on_log_stop, .eventfd_add = on_eventfd_add,
            .eventfd_del = on_eventfd_del, .coalesced_io_add = on_coalesced_add,
            .coalesced_io_del = on_coalesced_del,
        },
        .log = g_string_new(NULL),
    };
    memory_listener_register(&ll->l, as);
}

void log_listener_unregister(LogListener *ll)
{
    memory_listener_unregister(&ll->l);
    g_string_free(ll->log, true);
}

char *log_take(LogListener *ll)
{
    char *s = g_strdup(ll->log->str);

    g_string_truncate(ll->log, 0);
    return s;
}
