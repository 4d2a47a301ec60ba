/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random topologies: after every transaction each address space must show exactly what the reference renderer finds,
 * address spaces with the same resolved root must share one view, and what a listener was told must add up to what is
 * there. Meanwhile another thread walks the views as a vCPU would. MEMORY_TEST_OPS sets the number of operations,
 * MEMORY_TEST_SEED the seed (printed). Rules A1, A2, A4, A6, A7, A12 of docs/devel/memory.md.
 */
#include "qemu/osdep.h"
#include "system/address-spaces.h"
#include "tests/unit/memory-test-common.h"

#define N_CONTAINERS 6
#define N_ALIASES 10
#define N_LEAVES 20
#define N_REGIONS (N_CONTAINERS + N_ALIASES + N_LEAVES)
#define N_SPACES 6
#define SPACE 0x1000            /* small, so that things collide */

/* Adds up what it hears. */
typedef struct Tally {
    MemoryListener l;
    GArray *ranges;              /* of RefRange, sorted */
    bool in_update;
} Tally;

static uint64_t ranges_seen, spaces_seen, views_walked;

typedef struct World {
    GRand *rand;
    MemoryRegion *mr[N_REGIONS];
    AddressSpace as[N_SPACES];
    Tally tally[N_SPACES];
    QemuThread reader;
    bool stop;                   /* atomic */
    uint64_t walks;
} World;

static uint64_t read0(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

static const MemoryRegionOps ops = { .read = read0 };

static void on_begin(MemoryListener *l)
{
    Tally *t = container_of(l, Tally, l);

    g_assert_false(t->in_update);
    t->in_update = true;
}

static void on_commit(MemoryListener *l)
{
    Tally *t = container_of(l, Tally, l);

    g_assert_true(t->in_update);
    t->in_update = false;
}

static unsigned position(const GArray *ranges, hwaddr first)
{
    unsigned i = 0;

    while (i < ranges->len && g_array_index(ranges, RefRange, i).first < first) {
        i++;
    }
    return i;
}

static void on_add(MemoryListener *l, MemoryRegionSection *s)
{
    Tally *t = container_of(l, Tally, l);
    RefRange r = {
        .first = s->offset_within_address_space, .last = s->offset_within_address_space + (hwaddr)(s->size - 1),
        .offset = s->offset_within_region, .mr = s->mr, .readonly = s->readonly,
    };
    unsigned i = position(t->ranges, r.first);

    /* must fall into a hole */
    g_assert_true(i == 0 || g_array_index(t->ranges, RefRange, i - 1).last < r.first);
    g_assert_true(i == t->ranges->len || g_array_index(t->ranges, RefRange, i).first > r.last);
    g_array_insert_val(t->ranges, i, r);
}

static void on_del(MemoryListener *l, MemoryRegionSection *s)
{
    Tally *t = container_of(l, Tally, l);
    unsigned i = position(t->ranges, s->offset_within_address_space);
    RefRange *r = &g_array_index(t->ranges, RefRange, i);

    /* must be exactly a range that was added */
    g_assert_cmpuint(i, <, t->ranges->len);
    g_assert_true(r->first == s->offset_within_address_space && r->mr == s->mr);
    g_assert_true(r->last - r->first == (hwaddr)(s->size - 1) && r->readonly == s->readonly);
    g_array_remove_index(t->ranges, i);
}

static int pick(World *w, int n)
{
    return g_rand_int_range(w->rand, 0, n);
}

/* Would @sub below @mr make a circle? */
static bool reaches(const MemoryRegion *mr, const MemoryRegion *target)
{
    MemoryRegion *child;

    if (mr == target) {
        return true;
    }
    if (mr->alias) {
        return reaches(mr->alias, target);
    }
    QTAILQ_FOREACH(child, &mr->subregions, subregions_link) {
        if (reaches(child, target)) {
            return true;
        }
    }
    return false;
}

static void random_op(World *w)
{
    MemoryRegion *mr = w->mr[pick(w, N_REGIONS)], *parent = w->mr[pick(w, 1 + pick(w, N_CONTAINERS))];
    bool branch = !mr->terminates;               /* much hangs on it: change it rarely */
    static const hwaddr favourites[] = { 0, 0, 0, 0x80, 0x100, 0x200 };

    switch (pick(w, 13)) {
    case 0:
    case 1:
    case 10:
    case 11:
    case 12:
        if (!mr->container && !reaches(mr, parent)) {
            hwaddr at = pick(w, 2) ? favourites[pick(w, ARRAY_SIZE(favourites))] : (hwaddr)pick(w, SPACE);
            memory_region_add_subregion_overlap(parent, at, mr, pick(w, 3) - 1);
        }
        break;
    case 2:
        if (mr->container && (!branch || pick(w, 4) == 0)) {
            memory_region_del_subregion(mr->container, mr);
        }
        break;
    case 3:
    case 4:
    case 5:
        memory_region_set_enabled(mr, !mr->enabled || pick(w, branch ? 8 : 2));
        break;
    case 6:
        memory_region_set_address(mr, pick(w, 2) ? favourites[pick(w, ARRAY_SIZE(favourites))]
                                                 : (hwaddr)pick(w, SPACE));
        break;
    case 7:
        memory_region_set_size(mr, branch && pick(w, 8) ? UINT64_MAX : 1 + (hwaddr)pick(w, branch ? SPACE : SPACE / 8));
        break;
    case 8:
        if (mr->alias) {
            memory_region_set_alias_offset(mr, pick(w, 3) ? 0 : (hwaddr)pick(w, SPACE));
        }
        break;
    case 9:
        if (!mr->alias || pick(w, 4) == 0) {
            memory_region_set_readonly(mr, !mr->readonly);
        }
        break;
    }
}

static MemoryRegion *resolve_by_hand(MemoryRegion *mr)
{
    MemoryRegion *child, *only = NULL;
    unsigned enabled = 0;
    bool attributes = mr->readonly || mr->nonvolatile || mr->unmergeable;

    if (!mr->enabled || !mr->size) {
        return NULL;
    }
    if (mr->alias) {
        return mr->alias_offset == 0 && mr->size >= mr->alias->size && !attributes ? resolve_by_hand(mr->alias) : mr;
    }
    if (mr->terminates) {
        return mr;
    }
    QTAILQ_FOREACH(child, &mr->subregions, subregions_link) {
        if (child->enabled && child->size) {
            only = child;
            enabled++;
        }
    }
    if (!enabled) {
        return NULL;
    }
    return enabled == 1 && only->addr == 0 && only->size <= mr->size && !attributes ? resolve_by_hand(only) : mr;
}

static void check(World *w, unsigned step)
{
    for (unsigned i = 0; i < N_SPACES; i++) {
        AddressSpace *as = &w->as[i];
        g_autoptr(GArray) expected = reference_render(as->root);
        g_autoptr(GArray) shown = view_ranges(as);
        g_autofree char *diff = ranges_differ(expected, shown);
        g_autofree char *told = NULL;

        ranges_seen += expected->len;
        spaces_seen++;
        if (diff) {
            g_error("step %u, space %u: reference / view: %s", step, i, diff);
        }
        g_assert_true(as->root->resolved == resolve_by_hand(as->root));
        for (unsigned j = 0; j < i; j++) {
            bool same = as->root->resolved == w->as[j].root->resolved;
            g_assert_true((address_space_to_flatview(as) == address_space_to_flatview(&w->as[j])) == same);
        }
        if (w->tally[i].ranges) {
            g_assert_false(w->tally[i].in_update);
            told = ranges_differ(expected, w->tally[i].ranges);
            if (told) {
                g_error("step %u, space %u: reference / listener: %s", step, i, told);
            }
            for (unsigned k = 0; k < expected->len; k++) {
                g_assert_cmpint(g_array_index(expected, RefRange, k).readonly, ==,
                                g_array_index(w->tally[i].ranges, RefRange, k).readonly);
            }
        }
    }
}

/* ---- A reader without the big lock ---- */

typedef struct Walk {
    hwaddr next;                 /* ranges are sorted and do not overlap */
    bool any;
    uint64_t seen;
} Walk;

static bool walk_range(Int128 start, Int128 len, const MemoryRegion *mr, hwaddr offset, void *opaque)
{
    Walk *walk = opaque;

    g_assert_true(!walk->any || start > walk->next);
    g_assert_true(len > 0);
    g_assert_nonnull(mr);
    walk->any = true;
    walk->next = (hwaddr)(start + len - 1);
    walk->seen++;
    return false;
}

static void *reader(void *opaque)
{
    World *w = opaque;

    rcu_register_thread();
    for (unsigned i = 0; !qatomic_read(&w->stop); i = (i + 1) % N_SPACES) {
        Walk walk = { 0 }, again = { 0 };
        FlatView *fv;

        WITH_RCU_READ_LOCK_GUARD() {
            flatview_for_each_range(address_space_to_flatview(&w->as[i]), walk_range, &walk);
        }
        fv = address_space_get_flatview(&w->as[i]);      /* kept over what would be a grace period */
        walk = (Walk) { 0 };
        flatview_for_each_range(fv, walk_range, &walk);
        flatview_for_each_range(fv, walk_range, &again);
        g_assert_cmpuint(walk.seen, ==, again.seen);
        flatview_unref(fv);
        w->walks++;
        g_usleep(10);
    }
    rcu_unregister_thread();
    return NULL;
}

static void world_create(World *w)
{
    for (unsigned i = 0; i < N_REGIONS; i++) {
        g_autofree char *name = g_strdup_printf("%c%u", i < N_CONTAINERS ? 'c' : i < N_CONTAINERS + N_ALIASES ?
                                                'a' : 'l', i);
        w->mr[i] = g_new(MemoryRegion, 1);
        if (i < N_CONTAINERS) {
            memory_region_init(w->mr[i], NULL, name, UINT64_MAX);
        } else if (i >= N_CONTAINERS + N_ALIASES) {
            memory_region_init_io(w->mr[i], NULL, &ops, NULL, name, 1 + pick(w, SPACE / 8));
        }
    }
    /* aliases last: their targets exist, most of them containers */
    for (unsigned i = N_CONTAINERS; i < N_CONTAINERS + N_ALIASES; i++) {
        g_autofree char *name = g_strdup_printf("a%u", i);
        MemoryRegion *target = pick(w, 3) ? w->mr[pick(w, N_CONTAINERS)]
                                          : w->mr[N_CONTAINERS + N_ALIASES + pick(w, N_LEAVES)];
        memory_region_init_alias(w->mr[i], NULL, name, target, 0, pick(w, 2) ? UINT64_MAX : SPACE);
    }
    for (unsigned i = 0; i < N_SPACES; i++) {
        address_space_init(&w->as[i], w->mr[pick(w, i < 3 ? 2 : N_CONTAINERS + N_ALIASES)], "random");
        if (i % 2 == 0) {
            w->tally[i] = (Tally) {
                .l = { .begin = on_begin, .commit = on_commit, .region_add = on_add, .region_del = on_del },
                .ranges = g_array_new(false, false, sizeof(RefRange)),
            };
            memory_listener_register(&w->tally[i].l, &w->as[i]);
        }
    }
    qemu_thread_create(&w->reader, "reader", reader, w, QEMU_THREAD_JOINABLE);
}

static void world_destroy(World *w)
{
    qatomic_set(&w->stop, true);
    bql_unlock();
    qemu_thread_join(&w->reader);
    bql_lock();
    views_walked += w->walks;
    for (unsigned i = 0; i < N_SPACES; i++) {
        if (w->tally[i].ranges) {
            memory_listener_unregister(&w->tally[i].l);
            g_assert_cmpuint(w->tally[i].ranges->len, ==, 0);
            g_array_free(w->tally[i].ranges, true);
        }
        address_space_destroy(&w->as[i]);
    }
    for (unsigned i = 0; i < N_REGIONS; i++) {
        if (w->mr[i]->container) {
            memory_region_del_subregion(w->mr[i]->container, w->mr[i]);
        }
    }
    for (unsigned i = 0; i < N_REGIONS; i++) {
        object_unref(OBJECT(w->mr[i]));
    }
    memory_test_settle();
    for (unsigned i = 0; i < N_REGIONS; i++) {
        g_free(w->mr[i]);
    }
}

static unsigned env(const char *name, unsigned otherwise)
{
    const char *v = g_getenv(name);

    return v ? strtoul(v, NULL, 0) : otherwise;
}

static void test_random(void)
{
    unsigned total = env("MEMORY_TEST_OPS", 20000), seed = env("MEMORY_TEST_SEED", g_test_rand_int()), step = 0;
    MemoryStats before, after;

    g_test_message("MEMORY_TEST_SEED=%u MEMORY_TEST_OPS=%u", seed, total);
    memory_get_stats(&before);
    while (step < total) {
        World *w = g_new0(World, 1);

        w->rand = g_rand_new_with_seed(seed + step);
        world_create(w);
        check(w, step);
        for (unsigned i = 0; i < 500 && step < total; i++) {
            unsigned n = pick(w, 4) ? 1 : 1 + pick(w, 6);

            memory_region_transaction_begin();
            for (unsigned k = 0; k < n; k++, step++) {
                random_op(w);
            }
            memory_region_transaction_commit();
            check(w, step);
        }
        world_destroy(w);
        g_rand_free(w->rand);
        g_free(w);
    }
    g_test_message("%.1f ranges in a view on average; %" PRIu64 " walks by the other thread",
                   (double)ranges_seen / spaces_seen, views_walked);
    g_assert_cmpuint(ranges_seen, >, 3 * spaces_seen);           /* the test is about something */
    memory_get_stats(&after);
    g_assert_cmpuint(after.views_alive, ==, before.views_alive);
}

int main(int argc, char **argv)
{
    memory_test_init(&argc, &argv);
    g_test_add_func("/memory/random", test_random);
    return g_test_run();
}
