/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RAM blocks, dirty bitmaps and memory back ends; readers of views racing with writers (rules A4, A6). */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/bitmap.h"
#include "qemu/units.h"
#include "qom/object_interfaces.h"
#include "system/address-spaces.h"
#include "system/hostmem.h"
#include "system/ram_addr.h"
#include "tests/unit/memory-test-common.h"

static MemoryRegion *ram_new(const char *name, uint64_t size)
{
    MemoryRegion *mr = g_new(MemoryRegion, 1);

    g_assert_true(memory_region_init_ram(mr, NULL, name, size, &error_abort));
    return mr;
}

static void ram_drop(MemoryRegion *mr)
{
    object_unref(OBJECT(mr));
    memory_test_settle();
    g_free(mr);
}

/* Blocks keep their distance, reuse gaps, and are listed by size. */
static void test_blocks(void)
{
    MemoryRegion *a = ram_new("a", 1 * MiB), *b = ram_new("b", 4096), *c = ram_new("c", 2 * MiB), *d;
    ram_addr_t at_b = b->ram_block->offset, offset;
    g_autoptr(GString) text = NULL;

    g_assert_cmphex(a->ram_block->offset, ==, 0);
    g_assert_cmphex(at_b, ==, 1 * MiB);
    g_assert_cmphex(c->ram_block->offset, ==, 1 * MiB + 256 * KiB);
    text = ram_block_format();
    g_assert_cmpstr(text->str, ==,
        "              Block Name    PSize              Offset               Used              Total\n"
        "                       c    4 KiB  0x0000000000140000 0x0000000000200000 0x0000000000200000\n"
        "                       a    4 KiB  0x0000000000000000 0x0000000000100000 0x0000000000100000\n"
        "                       b    4 KiB  0x0000000000100000 0x0000000000001000 0x0000000000001000\n");
    WITH_RCU_READ_LOCK_GUARD() {
        g_assert_true(qemu_ram_block_by_name("c") == c->ram_block);
        g_assert_null(qemu_ram_block_by_name("x"));
        g_assert_true(qemu_ram_block_from_host(c->ram_block->host + 5000, true, &offset) == c->ram_block);
        g_assert_cmphex(offset, ==, 4096);
    }
    g_assert_cmphex(qemu_ram_addr_from_host(b->ram_block->host + 1), ==, at_b + 1);
    g_assert_cmphex(ram_bytes_total(), ==, 3 * MiB + 4096);
    ram_drop(b);
    d = ram_new("d", 8192);
    g_assert_cmphex(d->ram_block->offset, ==, at_b);
    ram_drop(a);
    ram_drop(c);
    ram_drop(d);
}

static uint64_t resized_to;
static void on_resized(const char *id, uint64_t length, void *host)
{
    resized_to = length;
}

static void test_resize(void)
{
    MemoryRegion *mr = g_new(MemoryRegion, 1), *fixed = ram_new("fixed", 4096);
    Error *err = NULL;

    memory_region_init_resizeable_ram(mr, NULL, "blob", 0x2000, 0x10000, on_resized, &error_abort);
    vmstate_register_ram_global(mr);
    g_assert_cmphex(mr->ram_block->used_length, ==, 0x2000);
    g_assert_cmphex(mr->ram_block->max_length, ==, 0x10000);
    g_assert_true(memory_region_ram_resize(mr, 0x3001, &error_abort));
    g_assert_cmphex(mr->ram_block->used_length, ==, 0x4000);
    g_assert_cmphex(memory_region_size(mr), ==, 0x3001);
    g_assert_cmphex(resized_to, ==, 0x3001);
    g_assert_false(memory_region_ram_resize(mr, 0x10001, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "'blob'"));
    error_free(err);
    err = NULL;
    g_assert_false(memory_region_ram_resize(fixed, 0x2000, &err));
    error_free(err);
    ram_drop(mr);
    ram_drop(fixed);
}

static void test_dirty(void)
{
    MemoryRegion *mr = ram_new("ram", 300 * MiB);        /* more than two chunks */
    ram_addr_t base = mr->ram_block->offset;
    const uint64_t seam = 128 * MiB;
    DirtyBitmapSnapshot *snap;
    AddressSpace as;

    address_space_init(&as, mr, "ram");
    for (unsigned client = 0; client < DIRTY_MEMORY_NUM; client++) {
        g_assert_true(cpu_physical_memory_all_dirty(base, 300 * MiB, client));
        g_assert_true(cpu_physical_memory_test_and_clear_dirty(base, 300 * MiB, client));
        g_assert_false(cpu_physical_memory_get_dirty(base, 300 * MiB, client));
        g_assert_false(cpu_physical_memory_test_and_clear_dirty(base, 300 * MiB, client));
    }
    /* nobody watches: stores set nothing */
    stl_phys(&as, 0x1000, 1);
    g_assert_false(cpu_physical_memory_get_dirty(base, 300 * MiB, DIRTY_MEMORY_VGA));
    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    memory_region_set_log(mr, false, DIRTY_MEMORY_VGA);
    stl_phys(&as, 0x1ffe, 1);
    g_assert_true(memory_region_get_dirty(mr, 0x1000, 1, DIRTY_MEMORY_VGA));
    g_assert_true(memory_region_get_dirty(mr, 0x2000, 1, DIRTY_MEMORY_VGA));
    g_assert_false(memory_region_get_dirty(mr, 0x3000, 0x1000, DIRTY_MEMORY_VGA));
    g_assert_false(cpu_physical_memory_get_dirty(base, 300 * MiB, DIRTY_MEMORY_MIGRATION));
    snap = memory_region_snapshot_and_clear_dirty(mr, 0x1000, 0x4000, DIRTY_MEMORY_VGA);
    g_assert_true(memory_region_snapshot_get_dirty(mr, snap, 0x1000, 0x1000));
    g_assert_true(memory_region_snapshot_get_dirty(mr, snap, 0x2000, 0x1000));
    g_assert_false(memory_region_snapshot_get_dirty(mr, snap, 0x3000, 0x2000));
    g_free(snap);
    g_assert_false(cpu_physical_memory_get_dirty(base, 300 * MiB, DIRTY_MEMORY_VGA));
    memory_region_set_log(mr, false, DIRTY_MEMORY_VGA);

    /* migration, across a chunk's end */
    g_assert_true(memory_global_dirty_log_start(GLOBAL_DIRTY_MIGRATION, &error_abort));
    mr->ram_block->bmap = bitmap_new(300 * MiB >> TARGET_PAGE_BITS);
    stl_phys(&as, seam - 2, 1);
    stb_phys(&as, 300 * MiB - 1, 1);
    g_assert_cmpuint(cpu_physical_memory_sync_dirty_bitmap(mr->ram_block, 0, 300 * MiB), ==, 3);
    g_assert_true(test_bit((seam >> 12) - 1, mr->ram_block->bmap));
    g_assert_true(test_bit(seam >> 12, mr->ram_block->bmap));
    g_assert_true(test_bit((300 * MiB >> 12) - 1, mr->ram_block->bmap));
    stl_phys(&as, seam, 1);
    g_assert_cmpuint(cpu_physical_memory_sync_dirty_bitmap(mr->ram_block, 0, 300 * MiB), ==, 0);
    memory_global_dirty_log_stop(GLOBAL_DIRTY_MIGRATION);
    stl_phys(&as, 0, 1);
    g_assert_false(cpu_physical_memory_get_dirty(base, 300 * MiB, DIRTY_MEMORY_MIGRATION));
    address_space_destroy(&as);
    ram_drop(mr);
}

/* Code: a store to a clean page is reported, and only to a clean one. */
static ram_addr_t code_at;
static unsigned code_reports, resets;
static void on_code(ram_addr_t start, ram_addr_t length)
{
    code_at = start;
    code_reports++;
}

static void on_reset(ram_addr_t start, ram_addr_t length)
{
    resets++;
}

static void test_code(void)
{
    static const RamAccelHooks hooks = { on_code, on_reset };
    MemoryRegion *mr = ram_new("ram", 1 * MiB);
    ram_addr_t base = mr->ram_block->offset;
    AddressSpace as;

    address_space_init(&as, mr, "ram");
    ram_set_accel_hooks(&hooks);
    stl_phys(&as, 0x5000, 1);
    g_assert_cmpuint(code_reports, ==, 0);
    cpu_physical_memory_test_and_clear_dirty(base + 0x5000, 0x1000, DIRTY_MEMORY_CODE);
    g_assert_cmpuint(resets, ==, 1);
    g_assert_true(cpu_physical_memory_is_clean(base + 0x5000));
    stl_phys(&as, 0x6000, 1);
    g_assert_cmpuint(code_reports, ==, 0);
    stl_phys(&as, 0x5ffc, 1);
    g_assert_cmpuint(code_reports, ==, 1);
    g_assert_cmphex(code_at, ==, base + 0x5ffc);
    cpu_physical_memory_set_dirty_flag(base + 0x5000, DIRTY_MEMORY_CODE);
    stl_phys(&as, 0x5ffc, 1);
    g_assert_cmpuint(code_reports, ==, 1);
    ram_set_accel_hooks(NULL);
    address_space_destroy(&as);
    ram_drop(mr);
}

/* Writers set bits, a reader takes them, RAM grows meanwhile: no store is ever missed. */
typedef struct Race {
    MemoryRegion *mr;
    uint32_t *counters;          /* in guest RAM, one per page */
    bool stop;
    unsigned first;
} Race;

#define RACE_PAGES 256

static void *race_writer(void *opaque)
{
    Race *r = opaque;

    for (unsigned i = 0; !qatomic_read(&r->stop); i++) {
        unsigned page = r->first + i % (RACE_PAGES / 2);
        uint32_t *p = r->counters + page * 1024;

        __atomic_fetch_add(p, 1, __ATOMIC_RELAXED);
        cpu_physical_memory_set_dirty_range(r->mr->ram_block->offset + page * 4096, 4, 1 << DIRTY_MEMORY_VGA);
    }
    return NULL;
}

static void test_dirty_race(void)
{
    MemoryRegion *mr = ram_new("ram", RACE_PAGES * 4096), *grown[8];
    ram_addr_t base = mr->ram_block->offset;
    uint32_t seen[RACE_PAGES] = { 0 };
    Race r[2] = { { mr }, { mr, .first = RACE_PAGES / 2 } };
    QemuThread t[2];

    cpu_physical_memory_test_and_clear_dirty(base, RACE_PAGES * 4096, DIRTY_MEMORY_VGA);
    for (int i = 0; i < 2; i++) {
        r[i].counters = memory_region_get_ram_ptr(mr);
        qemu_thread_create(&t[i], "writer", race_writer, &r[i], QEMU_THREAD_JOINABLE);
    }
    for (unsigned round = 0; round < 2000; round++) {
        for (unsigned page = 0; page < RACE_PAGES; page++) {
            if (cpu_physical_memory_test_and_clear_dirty(base + page * 4096, 4096, DIRTY_MEMORY_VGA)) {
                seen[page] = __atomic_load_n(r[0].counters + page * 1024, __ATOMIC_RELAXED);
            }
        }
        if (round % 250 == 0) {
            g_autofree char *name = g_strdup_printf("grown%u", round);
            grown[round / 250] = ram_new(name, 200 * MiB);
        }
    }
    for (int i = 0; i < 2; i++) {
        qatomic_set(&r[i].stop, true);
        qemu_thread_join(&t[i]);
    }
    for (unsigned page = 0; page < RACE_PAGES; page++) {
        uint32_t now = r[0].counters[page * 1024];

        if (cpu_physical_memory_get_dirty(base + page * 4096, 4096, DIRTY_MEMORY_VGA)) {
            continue;
        }
        g_assert_cmpuint(seen[page], ==, now);       /* clean: everything was seen */
    }
    for (int i = 0; i < 8; i++) {
        ram_drop(grown[i]);
    }
    ram_drop(mr);
}

/* A4, A6: threads read through views while they come and go, and take references that must be to live ones. */
static AddressSpace race_as;
static bool race_stop;
static unsigned race_reads;

static void *race_reader(void *opaque)
{
    while (!qatomic_read(&race_stop)) {
        FlatView *fv = address_space_get_flatview(&race_as);
        uint32_t v = ldl_phys(&race_as, 0x1000);

        g_assert_true(v == 0 || v == 0x600dda7a);
        flatview_ref(fv);
        flatview_unref(fv);
        flatview_unref(fv);
        qatomic_inc(&race_reads);
    }
    return NULL;
}

static void test_view_race(void)
{
    MemoryRegion *sys = g_new(MemoryRegion, 1), *bm = g_new(MemoryRegion, 1), *master = g_new(MemoryRegion, 1);
    MemoryRegion *pad = ram_new("pad", 4096), *ram = ram_new("ram", 1 * MiB);
    QemuThread t[2];
    unsigned toggles = 0;

    memory_region_init(sys, NULL, "sys", UINT64_MAX);
    memory_region_init(bm, NULL, "bm", UINT64_MAX);
    memory_region_init_alias(master, NULL, "master", sys, 0, UINT64_MAX);
    *(uint32_t *)((char *)memory_region_get_ram_ptr(ram) + 0x1000) = 0x600dda7a;
    memory_region_add_subregion(sys, 0, ram);
    memory_region_add_subregion(sys, 16 * MiB, pad);
    memory_region_add_subregion(bm, 0, master);
    address_space_init(&race_as, bm, "race");
    for (int i = 0; i < 2; i++) {
        qemu_thread_create(&t[i], "reader", race_reader, NULL, QEMU_THREAD_JOINABLE);
    }
    while (qatomic_read(&race_reads) < 20000 || toggles < 5000) {
        memory_region_set_enabled(master, toggles & 1);
        memory_region_set_address(pad, (16 + (toggles & 7)) * MiB);
        if (++toggles % 64 == 0) {
            memory_test_settle();
        }
    }
    qatomic_set(&race_stop, true);
    bql_unlock();                    /* RAM needs no lock, but be sure nobody waits for it */
    for (int i = 0; i < 2; i++) {
        qemu_thread_join(&t[i]);
    }
    bql_lock();
    address_space_destroy(&race_as);
    object_unref(OBJECT(bm));
    object_unref(OBJECT(master));
    object_unref(OBJECT(sys));
    ram_drop(pad);
    ram_drop(ram);
    g_free(bm);
    g_free(master);
    g_free(sys);
}

/* ---- Back ends ---- */

static void test_backends(void)
{
    g_autofree char *path = g_strdup_printf("%s/test-ram-%d", g_get_tmp_dir(), (int)getpid());
    Object *root = object_get_objects_root(), *o;
    Error *err = NULL;
    MemoryRegion *mr;

    o = object_new_with_props(TYPE_MEMORY_BACKEND_RAM, root, "pc.ram", &error_abort, "size", "16M", NULL);
    mr = host_memory_backend_get_memory(MEMORY_BACKEND(o));
    g_assert_cmpstr(memory_region_name(mr), ==, "pc.ram");
    g_assert_cmphex(memory_region_size(mr), ==, 16 * MiB);
    g_assert_false(qemu_ram_is_shared(mr->ram_block));
    object_unparent(o);

    o = object_new_with_props(TYPE_MEMORY_BACKEND_MEMFD, root, "m", &error_abort, "size", "4M", "prealloc", "on",
                              NULL);
    mr = host_memory_backend_get_memory(MEMORY_BACKEND(o));
    g_assert_true(qemu_ram_is_shared(mr->ram_block));
    g_assert_cmpint(qemu_ram_get_fd(mr->ram_block), >=, 0);
    object_unparent(o);

    o = object_new_with_props(TYPE_MEMORY_BACKEND_FILE, root, "f", &error_abort, "size", "1M", "mem-path", path,
                              "share", "on", NULL);
    mr = host_memory_backend_get_memory(MEMORY_BACKEND(o));
    memcpy(memory_region_get_ram_ptr(mr), "kept", 4);
    object_unparent(o);
    memory_test_settle();
    o = object_new_with_props(TYPE_MEMORY_BACKEND_FILE, root, "f", &error_abort, "size", "1M", "mem-path", path,
                              "readonly", "on", NULL);
    mr = host_memory_backend_get_memory(MEMORY_BACKEND(o));
    g_assert_cmpmem(memory_region_get_ram_ptr(mr), 4, "kept", 4);
    g_assert_true(memory_region_is_rom(mr));
    object_unparent(o);
    unlink(path);

    g_assert_null(object_new_with_props(TYPE_MEMORY_BACKEND_RAM, root, "n", &err, NULL));
    g_assert_nonnull(strstr(error_get_pretty(err), "size"));
    error_free(err);
    err = NULL;
    g_assert_null(object_new_with_props(TYPE_MEMORY_BACKEND_FILE, root, "n", &err, "size", "1M", "mem-path",
                                        "/nonexistent/x", NULL));
    g_assert_nonnull(strstr(error_get_pretty(err), "/nonexistent/x"));
    error_free(err);
    memory_test_settle();
}

int main(int argc, char **argv)
{
    memory_test_init(&argc, &argv);
    g_test_add_func("/ram/blocks", test_blocks);
    g_test_add_func("/ram/resize", test_resize);
    g_test_add_func("/ram/dirty", test_dirty);
    g_test_add_func("/ram/code", test_code);
    g_test_add_func("/ram/dirty-race", test_dirty_race);
    g_test_add_func("/ram/A4-A6/view-race", test_view_race);
    g_test_add_func("/ram/backends", test_backends);
    return g_test_run();
}
