/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regions, views and listeners: the rules of docs/devel/memory.md, cited by number. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/event_notifier.h"
#include "qemu/log.h"
#include "system/address-spaces.h"
#include "tests/unit/memory-test-common.h"
#include "trace/control.h"

static uint64_t zero_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

static void no_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
}

static const MemoryRegionOps ops = { .read = zero_read, .write = no_write };

typedef struct Owner {
    Object parent_obj;
} Owner;
static const TypeInfo owner_types[] = {
    { .name = "test-owner", .parent = TYPE_OBJECT, .instance_size = sizeof(Owner) },
};
DEFINE_TYPES(owner_types)

static MemoryRegion *container(const char *name)
{
    MemoryRegion *mr = g_new(MemoryRegion, 1);

    memory_region_init(mr, NULL, name, UINT64_MAX);
    return mr;
}

static MemoryRegion *io(const char *name, uint64_t size)
{
    MemoryRegion *mr = g_new(MemoryRegion, 1);

    memory_region_init_io(mr, NULL, &ops, NULL, name, size);
    return mr;
}

static MemoryRegion *alias(const char *name, MemoryRegion *target, hwaddr offset, uint64_t size)
{
    MemoryRegion *mr = g_new(MemoryRegion, 1);

    memory_region_init_alias(mr, NULL, name, target, offset, size);
    return mr;
}

/* Destroy in the order given; containers first. */
static void drop(MemoryRegion *mr, ...)
{
    va_list ap;

    va_start(ap, mr);
    for (; mr; mr = va_arg(ap, MemoryRegion *)) {
        object_unref(OBJECT(mr));
        memory_test_settle();
        g_free(mr);
    }
    va_end(ap);
}

static char *show(AddressSpace *as)
{
    g_autoptr(GArray) r = view_ranges(as);
    GString *s = g_string_new(NULL);

    for (unsigned i = 0; i < r->len; i++) {
        const RefRange *x = &g_array_index(r, RefRange, i);
        g_string_append_printf(s, "%s%" PRIx64 "-%" PRIx64 ":%s", i ? " " : "", x->first, x->last, x->mr->name);
        if (x->offset) {
            g_string_append_printf(s, "@%" PRIx64, x->offset);
        }
    }
    return g_string_free(s, false);
}

#define assert_shows(as, expected) do {                  \
        g_autofree char *got_ = show(as);                \
        g_assert_cmpstr(got_, ==, expected);             \
    } while (0)

/* A1, A5: one view per distinct root, and a new address space renders only its own. */
static void test_sharing(void)
{
    MemoryRegion *root = container("root"), *dev = io("dev", 0x1000);
    MemoryRegion *whole = alias("whole", root, 0, UINT64_MAX), *part = alias("part", root, 0x1000, UINT64_MAX);
    AddressSpace a, b, c, d;
    MemoryStats s0, s1;

    memory_region_add_subregion(root, 0x2000, dev);
    memory_get_stats(&s0);
    address_space_init(&a, root, "a");
    address_space_init(&b, root, "b");
    address_space_init(&c, whole, "c");
    memory_get_stats(&s1);
    g_assert_cmpuint(s1.views_alive - s0.views_alive, ==, 1);
    g_assert_cmpuint(s1.ranges_rendered - s0.ranges_rendered, ==, 1);
    g_assert_true(address_space_to_flatview(&a) == address_space_to_flatview(&c));
    g_assert_cmpuint(address_space_epoch(&a), ==, address_space_epoch(&b));

    address_space_init(&d, part, "d");           /* not the whole target: a root of its own */
    memory_get_stats(&s1);
    g_assert_cmpuint(s1.views_alive - s0.views_alive, ==, 2);
    g_assert_cmpuint(s1.ranges_rendered - s0.ranges_rendered, ==, 2);
    assert_shows(&a, "2000-2fff:dev");
    assert_shows(&c, "2000-2fff:dev");
    assert_shows(&d, "1000-1fff:dev");

    address_space_destroy(&a);
    address_space_destroy(&b);
    assert_shows(&c, "2000-2fff:dev");
    address_space_destroy(&c);
    address_space_destroy(&d);
    memory_get_stats(&s1);
    g_assert_cmpuint(s1.views_alive, ==, s0.views_alive);
    drop(whole, part, root, dev, NULL);
}

/* A2: what resolves to what. */
static void test_resolving(void)
{
    MemoryRegion *sys = container("sys"), *dev = io("dev", 0x1000), *dev2 = io("dev2", 0x1000);
    MemoryRegion *bm = container("bm"), *master = alias("master", sys, 0, UINT64_MAX);
    MemoryRegion *outer = container("outer");

    memory_region_add_subregion(sys, 0x1000, dev);
    memory_region_add_subregion(sys, 0x2000, dev2);
    g_assert_true(sys->resolved == sys);
    g_assert_null(bm->resolved);
    memory_region_add_subregion(bm, 0, master);
    g_assert_true(bm->resolved == sys);
    memory_region_set_enabled(master, false);
    g_assert_null(bm->resolved);
    memory_region_set_enabled(master, true);
    memory_region_add_subregion(outer, 0, bm);
    g_assert_true(outer->resolved == sys);
    memory_region_set_address(bm, 0x1000);
    g_assert_true(outer->resolved == outer);     /* shifted */
    memory_region_set_address(bm, 0);
    memory_region_set_alias_offset(master, 0x1000);
    g_assert_true(outer->resolved == master);
    memory_region_set_alias_offset(master, 0);
    memory_region_set_readonly(master, true);
    g_assert_true(outer->resolved == master);    /* looking through it would lose the attribute */
    memory_region_set_readonly(master, false);
    memory_region_set_enabled(sys, false);
    g_assert_null(outer->resolved);
    memory_region_set_enabled(sys, true);
    memory_region_set_size(master, 0x10000);
    g_assert_true(outer->resolved == master);    /* no longer covers its target */
    memory_region_set_size(sys, 0x10000);
    g_assert_true(outer->resolved == sys);       /* does again */
    memory_region_set_size(outer, 0x8000);
    g_assert_true(outer->resolved == outer);     /* the child does not fit */
    /* a container with one enabled child at 0 is that child */
    memory_region_del_subregion(sys, dev2);
    memory_region_set_address(dev, 0);
    g_assert_true(bm->resolved == dev);
    drop(outer, bm, master, sys, dev, dev2, NULL);
}

/* A3: nothing resolves to one permanent empty view, which works. */
static void test_empty_view(void)
{
    MemoryRegion *sys = container("sys"), *dev = io("dev", 0x1000), *dev2 = io("dev2", 0x1000);
    MemoryRegion *bm = container("bm"), *master = alias("master", sys, 0, UINT64_MAX), *off = container("off");
    AddressSpace as, other, none;
    MemoryStats s0, s1;
    MemTxResult r;

    memory_region_add_subregion(sys, 0x1000, dev);
    memory_region_add_subregion(sys, 0x4000, dev2);
    memory_region_add_subregion(bm, 0, master);
    memory_region_set_enabled(master, false);
    memory_get_stats(&s0);
    address_space_init(&as, bm, "bm");
    address_space_init(&none, off, "off");
    memory_get_stats(&s1);
    g_assert_cmpuint(s1.views_alive, ==, s0.views_alive);
    g_assert_true(address_space_to_flatview(&as) == address_space_to_flatview(&none));
    g_assert_cmpuint(address_space_ldl(&as, 0x1000, MEMTXATTRS_UNSPECIFIED, &r), ==, 0);
    g_assert_cmpuint(r, ==, MEMTX_DECODE_ERROR);
    address_space_init(&other, sys, "sys");
    memory_region_set_enabled(master, true);
    g_assert_true(address_space_to_flatview(&as) == address_space_to_flatview(&other));
    assert_shows(&as, "1000-1fff:dev 4000-4fff:dev2");
    memory_region_set_enabled(master, false);
    assert_shows(&as, "");
    address_space_destroy(&as);
    address_space_destroy(&other);
    address_space_destroy(&none);
    drop(bm, master, off, sys, dev, dev2, NULL);
}

/* Overlap, priority, nesting, aliases, holes: the shape of a view. */
static void test_rendering(void)
{
    MemoryRegion *root = container("root"), *low = io("low", 0x10000), *hi = io("hi", 0x1000);
    MemoryRegion *pci = container("pci"), *bar = io("bar", 0x800), *win = alias("win", pci, 0x1000, 0x400);
    AddressSpace as;

    address_space_init(&as, root, "as");
    memory_region_add_subregion_overlap(root, 0, low, -1);
    assert_shows(&as, "0-ffff:low");
    memory_region_add_subregion(root, 0x2000, hi);
    assert_shows(&as, "0-1fff:low 2000-2fff:hi 3000-ffff:low@3000");
    memory_region_add_subregion(pci, 0x1200, bar);
    memory_region_add_subregion_overlap(root, 0x2800, win, 1);
    assert_shows(&as, "0-1fff:low 2000-29ff:hi 2a00-2bff:bar 2c00-2fff:hi@c00 3000-ffff:low@3000");
    memory_region_set_alias_offset(win, 0x1200);
    assert_shows(&as, "0-1fff:low 2000-27ff:hi 2800-2bff:bar 2c00-2fff:hi@c00 3000-ffff:low@3000");
    memory_region_set_address(bar, 0x5000);
    assert_shows(&as, "0-1fff:low 2000-2fff:hi 3000-ffff:low@3000");
    memory_region_set_enabled(hi, false);
    assert_shows(&as, "0-ffff:low");             /* joined again */
    memory_region_set_size(low, 0x800);
    assert_shows(&as, "0-7ff:low");
    address_space_destroy(&as);
    drop(root, win, pci, bar, low, hi, NULL);
}

/* Among equal priorities the newest wins, and a moved region is the newest. */
static void test_newest_wins(void)
{
    MemoryRegion *root = container("root"), *a = io("a", 0x1000), *b = io("b", 0x1000);
    AddressSpace as;

    address_space_init(&as, root, "as");
    memory_region_add_subregion(root, 0, a);
    memory_region_add_subregion(root, 0x800, b);
    assert_shows(&as, "0-7ff:a 800-17ff:b");
    memory_region_set_address(a, 0x400);
    assert_shows(&as, "400-13ff:a 1400-17ff:b@c00");
    address_space_destroy(&as);
    drop(root, a, b, NULL);
}

/* A view may reach the last byte of the address space, and aliases may start before it. */
static void test_extremes(void)
{
    MemoryRegion *root = container("root"), *top = io("top", 0x1000), *all = io("all", UINT64_MAX);
    MemoryRegion *back = alias("back", top, 0xff0, 0x100);
    AddressSpace as;

    address_space_init(&as, root, "as");
    memory_region_add_subregion(root, UINT64_MAX - 0xfff, top);
    assert_shows(&as, "fffffffffffff000-ffffffffffffffff:top");
    memory_region_add_subregion_overlap(root, 0, all, -1);
    assert_shows(&as, "0-ffffffffffffefff:all fffffffffffff000-ffffffffffffffff:top");
    memory_region_add_subregion(root, 0x100, back);      /* target ends after 0x10 bytes */
    assert_shows(&as, "0-ff:all 100-10f:top@ff0 110-ffffffffffffefff:all@110 "
                 "fffffffffffff000-ffffffffffffffff:top");
    memory_region_set_address(top, UINT64_MAX - 0xff);   /* sticks out: cut at 2^64 */
    assert_shows(&as, "0-ff:all 100-10f:top@ff0 110-fffffffffffffeff:all@110 "
                 "ffffffffffffff00-ffffffffffffffff:top");
    address_space_destroy(&as);
    drop(root, back, top, all, NULL);
}

/* A7, A14: one transaction is one commit; unchanged address spaces hear nothing. */
static void test_transactions(void)
{
    MemoryRegion *root = container("root"), *a = io("a", 0x1000), *b = io("b", 0x1000);
    MemoryRegion *root2 = container("root2"), *c = io("c", 0x1000), *d = io("d", 0x1000);
    AddressSpace as, as2;
    LogListener ll, ll2;
    MemoryStats s0, s1;

    address_space_init(&as, root, "as");
    address_space_init(&as2, root2, "as2");
    memory_region_add_subregion(root, 0, a);
    memory_region_add_subregion(root, 0x4000, b);
    memory_region_add_subregion(root2, 0, c);
    memory_region_add_subregion(root2, 0x4000, d);
    log_listener_register(&ll, &as);
    log_listener_register(&ll2, &as2);
    assert_log(&ll, "begin +0-fff:a +4000-4fff:b commit");
    assert_log(&ll2, "begin +0-fff:c +4000-4fff:d commit");

    memory_get_stats(&s0);
    memory_region_transaction_begin();
    memory_region_set_address(a, 0x1000);
    memory_region_set_address(b, 0x8000);
    memory_region_transaction_begin();
    memory_region_set_address(a, 0x2000);
    memory_region_transaction_commit();
    assert_log(&ll, "");
    memory_region_transaction_commit();
    memory_get_stats(&s1);
    g_assert_cmpuint(s1.commits - s0.commits, ==, 1);
    g_assert_cmpuint(s1.views_updated - s0.views_updated, ==, 1);
    assert_log(&ll, "begin -0-fff:a -4000-4fff:b +2000-2fff:a +8000-8fff:b commit");
    assert_log(&ll2, "");

    /* away and back within a transaction: nothing happened */
    memory_region_transaction_begin();
    memory_region_set_address(a, 0x3000);
    memory_region_set_address(a, 0x2000);
    memory_region_transaction_commit();
    assert_log(&ll, "");
    memory_get_stats(&s0);
    memory_region_transaction_begin();
    memory_region_transaction_commit();
    memory_get_stats(&s1);
    g_assert_cmpuint(s1.commits, ==, s0.commits);

    log_listener_unregister(&ll);
    log_listener_unregister(&ll2);
    address_space_destroy(&as);
    address_space_destroy(&as2);
    drop(root, a, b, root2, c, d, NULL);
}

/* Listeners hear whole ranges: a cut in the middle of one removes it and adds its parts. */
static void test_listener_seams(void)
{
    MemoryRegion *root = container("root"), *ram = io("ram", 0x10000), *pam = io("pam", 0x1000);
    AddressSpace as;
    LogListener ll;

    address_space_init(&as, root, "as");
    memory_region_add_subregion_overlap(root, 0, ram, -1);
    memory_region_add_subregion(root, 0x4000, pam);
    memory_region_set_enabled(pam, false);
    log_listener_register(&ll, &as);
    assert_log(&ll, "begin +0-ffff:ram commit");
    memory_region_set_enabled(pam, true);
    assert_log(&ll, "begin -0-ffff:ram +0-3fff:ram +4000-4fff:pam +5000-ffff:ram commit");
    memory_region_set_address(pam, 0x6000);
    assert_log(&ll, "begin -0-3fff:ram -4000-4fff:pam -5000-ffff:ram +0-5fff:ram +6000-6fff:pam +7000-ffff:ram "
               "commit");
    memory_region_set_enabled(pam, false);
    assert_log(&ll, "begin -0-5fff:ram -6000-6fff:pam -7000-ffff:ram +0-ffff:ram commit");
    log_listener_unregister(&ll);
    address_space_destroy(&as);
    drop(root, ram, pam, NULL);
}

/* An address space that moves to another view: the listener hears the difference of the two. */
static void test_listener_moves(void)
{
    MemoryRegion *sys = container("sys"), *a = io("a", 0x1000), *b = io("b", 0x1000);
    MemoryRegion *bm = container("bm"), *master = alias("master", sys, 0, UINT64_MAX);
    AddressSpace as;
    LogListener ll;

    memory_region_add_subregion(sys, 0, a);
    memory_region_add_subregion(sys, 0x4000, b);
    memory_region_add_subregion(bm, 0, master);
    memory_region_set_enabled(master, false);
    address_space_init(&as, bm, "bm");
    log_listener_register(&ll, &as);
    assert_log(&ll, "begin commit");
    memory_region_set_enabled(master, true);
    assert_log(&ll, "begin +0-fff:a +4000-4fff:b commit");
    memory_region_set_enabled(b, false);         /* now the container is just a */
    assert_log(&ll, "begin -4000-4fff:b commit");
    memory_region_set_enabled(master, false);
    assert_log(&ll, "begin -0-fff:a commit");
    log_listener_unregister(&ll);
    address_space_destroy(&as);
    drop(bm, master, sys, a, b, NULL);
}

/* A8: ioeventfds are kept per address space, follow the region, and a change of them alone renders nothing (A7). */
static void test_ioeventfd(void)
{
    MemoryRegion *root = container("root"), *dev = io("dev", 0x1000), *pad = io("pad", 0x10);
    MemoryRegion *shifted = container("shifted"), *win = alias("win", root, 0, 0x100000);
    AddressSpace as, as2;
    LogListener ll, ll2;
    EventNotifier e;
    MemoryStats s0, s1;

    g_assert_cmpint(event_notifier_init(&e, 0), ==, 0);
    memory_region_add_subregion(root, 0x2000, dev);
    memory_region_add_subregion(root, 0, pad);
    memory_region_add_subregion(shifted, 0x100000, win);
    address_space_init(&as, root, "as");
    address_space_init(&as2, shifted, "as2");
    log_listener_register(&ll, &as);
    log_listener_register(&ll2, &as2);
    g_free(log_take(&ll));
    g_free(log_take(&ll2));

    memory_get_stats(&s0);
    memory_region_add_eventfd(dev, 0x10, 2, true, 5, &e);
    memory_get_stats(&s1);
    g_assert_cmpuint(s1.ranges_rendered, ==, s0.ranges_rendered);
    g_assert_cmpuint(s1.views_updated, ==, s0.views_updated);
    assert_log(&ll, "begin e+2010 commit");
    assert_log(&ll2, "begin e+102010 commit");

    /* without a kernel to do it, the core signals */
    address_space_stw(&as, 0x2010, 4, MEMTXATTRS_UNSPECIFIED, NULL);
    g_assert_false(event_notifier_test_and_clear(&e));
    address_space_stb(&as, 0x2010, 5, MEMTXATTRS_UNSPECIFIED, NULL);
    g_assert_false(event_notifier_test_and_clear(&e));
    address_space_stw(&as2, 0x102010, 5, MEMTXATTRS_UNSPECIFIED, NULL);
    g_assert_true(event_notifier_test_and_clear(&e));

    memory_region_set_address(dev, 0x3000);
    assert_log(&ll, "begin -2000-2fff:dev +3000-3fff:dev e-2010 e+3010 commit");
    memory_region_set_enabled(dev, false);
    assert_log(&ll, "begin -3000-3fff:dev e-3010 commit");
    memory_region_set_enabled(dev, true);
    g_free(log_take(&ll));
    g_free(log_take(&ll2));
    memory_region_del_eventfd(dev, 0x10, 2, true, 5, &e);
    assert_log(&ll, "begin e-3010 commit");
    assert_log(&ll2, "begin e-103010 commit");

    log_listener_unregister(&ll);
    log_listener_unregister(&ll2);
    address_space_destroy(&as);
    address_space_destroy(&as2);
    drop(shifted, win, root, dev, pad, NULL);
    event_notifier_cleanup(&e);
}

/* A8: coalesced ranges are told per address space, where the range is there. */
static void test_coalesced(void)
{
    MemoryRegion *root = container("root"), *dev = io("dev", 0x1000), *pad = io("pad", 0x10);
    AddressSpace as;
    LogListener ll;

    memory_region_add_subregion(root, 0x2000, dev);
    memory_region_add_subregion(root, 0, pad);
    address_space_init(&as, root, "as");
    log_listener_register(&ll, &as);
    g_free(log_take(&ll));
    memory_region_add_coalescing(dev, 0x100, 0x40);
    assert_log(&ll, "c+2100/40");
    memory_region_set_address(dev, 0x3000);
    assert_log(&ll, "begin c-2100/40 -2000-2fff:dev +3000-3fff:dev c+3100/40 commit");
    memory_region_clear_coalescing(dev);
    assert_log(&ll, "c-3100/40");
    log_listener_unregister(&ll);
    address_space_destroy(&as);
    drop(root, dev, pad, NULL);
}

/* Dirty logging: listeners hear when it starts and stops, of one client or of migration, and are asked to sync and clear. */
static unsigned syncs, clears;
static void on_sync(MemoryListener *l, MemoryRegionSection *s) { syncs++; }
static void on_clear(MemoryListener *l, MemoryRegionSection *s)
{
    clears++;
    g_assert_cmphex(s->offset_within_region, ==, 0x1000);
    g_assert_cmphex(s->offset_within_address_space, ==, 0x11000);
    g_assert_cmphex((uint64_t)s->size, ==, 0x2000);
}

static void test_dirty_listeners(void)
{
    MemoryRegion *root = container("root"), *ram = g_new(MemoryRegion, 1), *pad = io("pad", 0x10);
    AddressSpace as;
    LogListener ll;

    g_assert_true(memory_region_init_ram_nomigrate(ram, NULL, "ram", 0x4000, &error_abort));
    vmstate_register_ram_global(ram);
    memory_region_add_subregion(root, 0x10000, ram);
    memory_region_add_subregion(root, 0, pad);
    address_space_init(&as, root, "as");
    log_listener_register(&ll, &as);
    ll.l.log_sync = on_sync;
    ll.l.log_clear = on_clear;
    g_free(log_take(&ll));
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    assert_log(&ll, "begin log+10000-13fff:ram commit");
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    assert_log(&ll, "");                         /* counted */
    g_assert_true(memory_global_dirty_log_start(GLOBAL_DIRTY_MIGRATION, &error_abort));
    assert_log(&ll, "log+10000-13fff:ram");
    memory_region_set_address(ram, 0x11000);     /* moves: the new place is logged from the start */
    assert_log(&ll, "begin -10000-13fff:ram +11000-14fff:ram log+11000-14fff:ram commit");
    memory_region_set_address(ram, 0x10000);
    g_free(log_take(&ll));
    syncs = clears = 0;
    memory_global_dirty_log_sync(false);
    g_assert_cmpuint(syncs, ==, 1);
    memory_region_clear_dirty_bitmap(ram, 0x1000, 0x2000);
    g_assert_cmpuint(clears, ==, 1);
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    assert_log(&ll, "begin log-10000-13fff:ram commit");
    memory_region_set_address(ram, 0x11000);     /* for migration alone, too */
    assert_log(&ll, "begin -10000-13fff:ram +11000-14fff:ram log+11000-14fff:ram commit");
    memory_global_dirty_log_stop(GLOBAL_DIRTY_MIGRATION);
    assert_log(&ll, "log-11000-14fff:ram");
    memory_region_set_address(ram, 0x10000);
    assert_log(&ll, "begin -11000-14fff:ram +10000-13fff:ram commit");
    log_listener_unregister(&ll);
    address_space_destroy(&as);
    drop(root, ram, pad, NULL);
}

/* A listener's priority decides the order: adds upwards, removals downwards. */
static GString *order_log;
static void first_add(MemoryListener *l, MemoryRegionSection *s) { g_string_append(order_log, "1+ "); }
static void first_del(MemoryListener *l, MemoryRegionSection *s) { g_string_append(order_log, "1- "); }
static void second_add(MemoryListener *l, MemoryRegionSection *s) { g_string_append(order_log, "2+ "); }
static void second_del(MemoryListener *l, MemoryRegionSection *s) { g_string_append(order_log, "2- "); }

static void test_listener_order(void)
{
    MemoryListener one = { .priority = 1, .region_add = first_add, .region_del = first_del };
    MemoryListener two = { .priority = 2, .region_add = second_add, .region_del = second_del };
    MemoryRegion *root = container("root"), *dev = io("dev", 0x1000);
    AddressSpace as;

    order_log = g_string_new(NULL);
    address_space_init(&as, root, "as");
    memory_listener_register(&two, &as);
    memory_listener_register(&one, &as);
    memory_region_add_subregion(root, 0x2000, dev);
    memory_region_set_enabled(dev, false);
    g_assert_cmpstr(order_log->str, ==, "1+ 2+ 2- 1- ");
    memory_listener_unregister(&one);
    memory_listener_unregister(&two);
    g_string_free(order_log, true);
    address_space_destroy(&as);
    drop(root, dev, NULL);
}

/* A9: toggling leaves every reference count where it was. */
static void test_refcounts(void)
{
    unsigned rounds = g_test_thorough() ? 1000000 : 20000;
    Object *owner = object_new("test-owner"), *bar_owner = object_new("test-owner");
    MemoryRegion *sys = container("sys"), *pci = container("pci"), *ram = io("ram", 0x100000);
    MemoryRegion *bar = g_new(MemoryRegion, 1), *bm = g_new(MemoryRegion, 1), *master = g_new(MemoryRegion, 1);
    AddressSpace all, as;
    uint32_t owner_refs, bar_refs;

    memory_region_init_io(bar, bar_owner, &ops, NULL, "bar", 0x1000);
    memory_region_init(bm, owner, "bm", UINT64_MAX);
    memory_region_init_alias(master, owner, "master", sys, 0, UINT64_MAX);
    memory_region_add_subregion_overlap(sys, 0, ram, -1);
    memory_region_add_subregion(sys, 0, pci);
    memory_region_add_subregion(pci, 0x4000, bar);
    memory_region_add_subregion(bm, 0, master);
    address_space_init(&all, sys, "all");
    address_space_init(&as, bm, "as");
    memory_test_settle();
    owner_refs = owner->ref;
    bar_refs = bar_owner->ref;
    for (unsigned i = 0; i < rounds; i++) {
        memory_region_set_enabled(bar, i & 1);
        memory_region_set_enabled(master, i & 1);
    }
    memory_test_settle();
    g_assert_cmpuint(owner->ref, ==, owner_refs);
    g_assert_cmpuint(bar_owner->ref, ==, bar_refs);
    address_space_destroy(&all);
    address_space_destroy(&as);
    memory_region_del_subregion(pci, bar);
    memory_test_settle();
    g_assert_cmpuint(bar_owner->ref, ==, 1);     /* the tree's own */
    g_assert_cmpuint(owner->ref, ==, 1);
    object_unref(owner);
    object_unref(bar_owner);
    memory_test_settle();
    g_free(bm);
    g_free(master);
    g_free(bar);
    drop(sys, pci, ram, NULL);
}

/* A12: the work of one change, in a machine with @n devices. */
static MemoryStats toggle_cost(unsigned n)
{
    MemoryRegion *sys = container("sys"), *pci = container("pci"), *ram = io("ram", 0x10000000);
    MemoryRegion *window = alias("window", pci, 0xe0000000, 0x10000000);
    g_autofree MemoryRegion *bars = g_new(MemoryRegion, n), *bms = g_new(MemoryRegion, n);
    g_autofree MemoryRegion *masters = g_new(MemoryRegion, n);
    g_autofree AddressSpace *ass = g_new(AddressSpace, n);
    AddressSpace all;
    MemoryStats s0, s1;

    memory_region_add_subregion(sys, 0, ram);
    memory_region_add_subregion(sys, 0xe0000000, window);
    address_space_init(&all, sys, "all");
    memory_get_stats(&s0);
    for (unsigned i = 0; i < n; i++) {
        memory_region_init_io(&bars[i], NULL, &ops, NULL, "bar", 0x1000);
        memory_region_add_subregion(pci, 0xe0000000 + i * 0x2000, &bars[i]);
        memory_region_init(&bms[i], NULL, "bm", UINT64_MAX);
        memory_region_init_alias(&masters[i], NULL, "master", sys, 0, UINT64_MAX);
        memory_region_add_subregion(&bms[i], 0, &masters[i]);
        address_space_init(&ass[i], &bms[i], "dev");
    }
    memory_get_stats(&s1);
    g_assert_cmpuint(s1.views_alive, ==, s0.views_alive);            /* all share the system's */
    g_assert_cmpuint(s1.ranges_rendered - s0.ranges_rendered, ==, n); /* A13: linear */

    memory_get_stats(&s0);
    memory_region_set_address(&bars[n / 2], 0xee000000);
    memory_region_set_enabled(&masters[n / 2], false);
    memory_region_set_enabled(&masters[n / 2], true);
    memory_get_stats(&s1);

    for (unsigned i = 0; i < n; i++) {
        address_space_destroy(&ass[i]);
        object_unref(OBJECT(&bms[i]));
        object_unref(OBJECT(&masters[i]));
        object_unref(OBJECT(&bars[i]));
    }
    address_space_destroy(&all);
    drop(sys, window, pci, ram, NULL);
    return (MemoryStats) {
        .commits = s1.commits - s0.commits,
        .views_created = s1.views_created - s0.views_created,
        .views_updated = s1.views_updated - s0.views_updated,
        .ranges_rendered = s1.ranges_rendered - s0.ranges_rendered,
        .resolutions = s1.resolutions - s0.resolutions,
        .nodes_copied = s1.nodes_copied - s0.nodes_copied,
        .diffs = s1.diffs - s0.diffs,
    };
}

static void test_cost_of_change(void)
{
    MemoryStats few = toggle_cost(10), many = toggle_cost(1000);

    g_assert_cmpuint(few.commits, ==, 3);
    g_assert_cmpuint(few.views_created, ==, 0);
    g_assert_cmpuint(few.views_updated, ==, 1);
    g_assert_cmpuint(few.ranges_rendered, ==, 1);
    g_assert_cmpuint(few.resolutions, ==, 2);
    g_assert_cmpuint(few.diffs, ==, 0);          /* A7: no listeners, no comparing */
    g_assert_cmpuint(many.commits, ==, few.commits);
    g_assert_cmpuint(many.views_created, ==, few.views_created);
    g_assert_cmpuint(many.views_updated, ==, few.views_updated);
    g_assert_cmpuint(many.ranges_rendered, ==, few.ranges_rendered);
    g_assert_cmpuint(many.resolutions, ==, few.resolutions);
    g_assert_cmpuint(many.diffs, ==, few.diffs);
    g_assert_cmpuint(many.nodes_copied, <=, 8 * few.nodes_copied);   /* a path: logarithmic */
}

/* A10: the text of info mtree. */
static void test_mtree(void)
{
    MemoryRegion *root = container("top"), *dev = io("dev", 0x1000), *off = io("off", 0x10);
    MemoryRegion *al = alias("al", dev, 0x100, 0x200);
    g_autoptr(GString) tree = g_string_new(NULL);
    g_autoptr(GString) flat = g_string_new(NULL);
    g_autoptr(GString) dis = g_string_new(NULL);
    AddressSpace as, as2;

    memory_region_add_subregion(root, 0x2000, dev);
    memory_region_add_subregion_overlap(root, 0x8000, al, 2);
    memory_region_add_subregion(root, 0x9000, off);
    memory_region_set_enabled(off, false);
    address_space_init(&as, root, "one");
    address_space_init(&as2, root, "two");
    mtree_info(tree, false, false, false, false);
    g_assert_nonnull(strstr(tree->str,
        "address-space: one\n"
        "address-space: two\n"
        "  0000000000000000-ffffffffffffffff (prio 0, i/o): top\n"
        "    0000000000002000-0000000000002fff (prio 0, i/o): dev\n"
        "    0000000000008000-00000000000081ff (prio 2, i/o): alias al @dev 0000000000000100-00000000000002ff\n"
        "\n"));
    g_assert_nonnull(strstr(tree->str,
        "memory-region: dev\n"
        "  0000000000002000-0000000000002fff (prio 0, i/o): dev\n"
        "\n"));
    mtree_info(dis, false, false, true, true);
    g_assert_nonnull(strstr(dis->str, "0000000000009000-000000000000900f (prio 0, i/o): off [disabled] orphan\n"));
    mtree_info(flat, true, false, false, false);
    g_assert_nonnull(strstr(flat->str,
        " AS \"one\", root: top\n"
        " AS \"two\", root: top\n"
        " Root memory region: top\n"
        "  0000000000002000-0000000000002fff (prio 0, i/o): dev\n"
        "  0000000000008000-00000000000081ff (prio 0, i/o): dev @0000000000000100\n"
        "\n"));
    address_space_destroy(&as);
    address_space_destroy(&as2);
    drop(root, al, dev, off, NULL);
}

/* A11: a view tells of its creation, its new versions, its end, and, after the grace period, of its being freed. */
static void test_trace(void)
{
    MemoryRegion *root = container("root"), *dev = io("dev", 0x1000), *pad = io("pad", 0x10);
    g_autofree char *name = NULL, *text = NULL;
    const char *at;
    AddressSpace as;
    int fd = g_file_open_tmp("trace-XXXXXX", &name, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    g_assert_true(qemu_set_log_filename(name, &error_abort));
    g_assert_cmpuint(trace_event_set_state("flatview_*", true), ==, 4);
    memory_region_add_subregion(root, 0, pad);
    memory_region_add_subregion(root, 0x2000, dev);
    address_space_init(&as, root, "as");
    memory_region_set_address(dev, 0x3000);
    address_space_destroy(&as);
    memory_test_settle();
    trace_event_set_state("flatview_*", false);
    g_assert_true(qemu_set_log_filename("/dev/stderr", &error_abort));     /* writes the rest out */
    g_assert_true(g_file_get_contents(name, &text, NULL, NULL));
    at = text;
    for (unsigned i = 0; i < 5; i++) {
        static const char *const expected[] = {
            ":flatview_new ", ":flatview_update ", ":flatview_update ", ":flatview_destroy ", ":flatview_destroy_rcu ",
        };
        at = strstr(at, expected[i]);
        g_assert_nonnull(at);
        at += strlen(expected[i]);
    }
    unlink(name);
    drop(root, dev, pad, NULL);
}

/* A region destroyed while an alias of it is mapped: the alias goes dark, nothing dangles. */
static void test_orphaned_alias(void)
{
    MemoryRegion *root = container("root"), *dev = io("dev", 0x1000), *pad = io("pad", 0x10);
    MemoryRegion *al = alias("al", dev, 0, 0x1000);
    AddressSpace as;

    address_space_init(&as, root, "as");
    memory_region_add_subregion(root, 0x2000, al);
    memory_region_add_subregion(root, 0x8000, pad);
    assert_shows(&as, "2000-2fff:dev 8000-800f:pad");
    drop(dev, NULL);
    assert_shows(&as, "8000-800f:pad");
    address_space_destroy(&as);
    drop(root, al, pad, NULL);
}

static void test_find(void)
{
    MemoryRegion *root = container("root"), *dev = io("dev", 0x1000), *sub = io("sub", 0x10);
    MemoryRegionSection s;
    AddressSpace as;

    address_space_init(&as, root, "as");
    memory_region_add_subregion(root, 0x2000, dev);
    memory_region_add_subregion(dev, 0x800, sub);
    s = memory_region_find(root, 0x1ff0, 0x100);
    g_assert_true(s.mr == dev);
    g_assert_cmphex(s.offset_within_address_space, ==, 0x2000);
    g_assert_cmphex((uint64_t)s.size, ==, 0xf0);
    memory_region_unref(s.mr);
    s = memory_region_find(dev, 0x804, 1);       /* addresses are the region's own */
    g_assert_true(s.mr == sub);
    g_assert_cmphex(s.offset_within_region, ==, 4);
    memory_region_unref(s.mr);
    g_assert_null(memory_region_find(root, 0, 0x2000).mr);
    g_assert_true(memory_region_present(root, 0x2000));
    g_assert_false(memory_region_present(root, 0x3000));
    address_space_destroy(&as);
    drop(root, dev, sub, NULL);
}

int main(int argc, char **argv)
{
    memory_test_init(&argc, &argv);
    g_test_add_func("/memory/A1-A5/sharing", test_sharing);
    g_test_add_func("/memory/A2/resolving", test_resolving);
    g_test_add_func("/memory/A3/empty-view", test_empty_view);
    g_test_add_func("/memory/rendering", test_rendering);
    g_test_add_func("/memory/rendering/newest-wins", test_newest_wins);
    g_test_add_func("/memory/rendering/extremes", test_extremes);
    g_test_add_func("/memory/A7-A14/transactions", test_transactions);
    g_test_add_func("/memory/A7/listener-seams", test_listener_seams);
    g_test_add_func("/memory/A7/listener-moves", test_listener_moves);
    g_test_add_func("/memory/dirty-listeners", test_dirty_listeners);
    g_test_add_func("/memory/listener-order", test_listener_order);
    g_test_add_func("/memory/A8/ioeventfd", test_ioeventfd);
    g_test_add_func("/memory/A8/coalesced", test_coalesced);
    g_test_add_func("/memory/A9/refcounts", test_refcounts);
    g_test_add_func("/memory/A12-A13/cost-of-change", test_cost_of_change);
    g_test_add_func("/memory/A10/mtree", test_mtree);
    g_test_add_func("/memory/A11/trace", test_trace);
    g_test_add_func("/memory/orphaned-alias", test_orphaned_alias);
    g_test_add_func("/memory/find", test_find);
    return g_test_run();
}
