/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole streams without a machine: RAM blocks of the memory core and two sections go out and come back; then the same
 * stream cut and corrupted. What lies above the stream code (run state, CPUs, the source's loop) is supplied here.
 */
#include "qemu/osdep.h"
#include "qemu/bitmap.h"
#include "qemu/main-loop.h"
#include "system/address-spaces.h"
#include "system/cpus.h"
#include "system/memory.h"
#include "system/ram_addr.h"
#include "system/runstate.h"
#include "migration/blocker.h"
#include "migration/migration-stats.h"
#include "migration/misc.h"
#include "migration/ram.h"
#include "migration/savevm.h"
#include "tests/unit/memory-test-common.h"

/* ---- What the stream code calls upwards ---- */

MigrationAtomicStats mig_stats;
bool only_migratable;
static unsigned page_budget;

bool migration_rate_exceeded(QEMUFile *f)
{
    return page_budget && mig_stat_get(normal_pages) >= page_budget;
}

bool migration_should_stop(QEMUFile *f)
{
    return false;
}

bool migration_is_running(void)
{
    return false;
}

const char *runstate_name(RunState state)
{
    return RunState_str(state);
}

RunState runstate_get(void)
{
    return RUN_STATE_RUNNING;
}

void cpu_synchronize_all_states(void)
{
}

void cpu_synchronize_all_pre_loadvm(void)
{
}

void cpu_synchronize_all_post_init(void)
{
}

/* ---- A small machine ---- */

#define BIG (32ull << 20)
#define SMALL (64ull << 10)

static MemoryRegion big, small;

typedef struct Dev {
    uint32_t reg;
    uint8_t fifo[8];
} Dev;

static Dev dev;

static const VMStateDescription vmstate_dev = {
    .name = "tdev", .version_id = 1, .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(reg, Dev), VMSTATE_BUFFER(fifo, Dev), VMSTATE_END_OF_LIST()
    },
};

static uint8_t *page_of(MemoryRegion *mr, unsigned page)
{
    return (uint8_t *)memory_region_get_ram_ptr(mr) + page * TARGET_PAGE_SIZE;
}

static void store(MemoryRegion *mr, unsigned page, uint8_t value)
{
    memset(page_of(mr, page), value, TARGET_PAGE_SIZE / 2);
    memory_region_set_dirty(mr, page * TARGET_PAGE_SIZE, TARGET_PAGE_SIZE);
}

static void machine_init(void)
{
    memory_region_init_ram(&big, NULL, "big", BIG, &error_abort);
    memory_region_init_ram(&small, NULL, "small", SMALL, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, &big);
    memory_region_add_subregion(get_system_memory(), BIG, &small);
    ram_mig_init();
    vmstate_register(NULL, 0, &vmstate_dev, &dev);
    global_state_register();
}

static void machine_fill(void)
{
    ram_block_discard_range(big.ram_block, 0, BIG);
    for (unsigned i = 0; i < 40; i++) {
        store(&big, i * 200, i + 1);
    }
    memset(page_of(&big, 77), 0, TARGET_PAGE_SIZE);          /* touched, zero */
    store(&small, 3, 9);
    dev = (Dev){ 0x1234, "abcdefg" };
}

static QEMUFile *save_all(void)
{
    QEMUFile *f = qemu_file_new_output_mem();
    MigPendingData pending;

    mig_stats = (MigrationAtomicStats){ 0 };
    global_state_store();
    qemu_savevm_state_header(f);
    g_assert_cmpint(qemu_savevm_state_setup(f, &error_abort), ==, 0);
    qemu_savevm_state_query_pending(&pending, false);
    /* Only what was touched is left to send: 40 pages, the zero one, the small block. */
    g_assert_cmpuint(pending.precopy_bytes, ==, (41 + SMALL / TARGET_PAGE_SIZE) * TARGET_PAGE_SIZE);
    while (qemu_savevm_state_iterate(f, &error_abort) == 0) {
        page_budget += 16;
    }
    qemu_savevm_state_query_pending(&pending, false);
    g_assert_cmpuint(pending.precopy_bytes, ==, 0);

    /* The guest went on meanwhile: only the exact query knows. */
    store(&big, 200, 0xee);
    store(&big, 5000, 0xdd);
    qemu_savevm_state_query_pending(&pending, false);
    g_assert_cmpuint(pending.precopy_bytes, ==, 0);
    qemu_savevm_state_query_pending(&pending, true);
    g_assert_cmpuint(pending.precopy_bytes, ==, 2 * TARGET_PAGE_SIZE);
    store(&big, 5001, 0xcc);

    g_assert_cmpint(qemu_savevm_state_complete_iterable(f, &error_abort), ==, 0);
    g_assert_cmpint(qemu_savevm_state_complete_devices(f, NULL, NULL, &error_abort), ==, 0);
    qemu_savevm_state_cleanup();
    g_assert_cmpuint(mig_stat_get(normal_pages), ==, 40 + 1 + 3);
    return f;
}

static void *snapshot(MemoryRegion *mr, size_t size)
{
    return g_memdup2(memory_region_get_ram_ptr(mr), size);
}

static const LoadCallbacks no_callbacks;

static int load_bytes(const uint8_t *data, size_t size, Error **errp)
{
    QEMUFile *f = qemu_file_new_input_mem(data, size);
    int ret = qemu_loadvm_state(f, &no_callbacks, NULL, errp);

    qemu_fclose(f);
    return ret;
}

static void test_round_trip(void)
{
    g_autofree void *big_copy = NULL, *small_copy = NULL;
    const uint8_t *data;
    QEMUFile *f;
    size_t size;

    machine_fill();
    f = save_all();
    big_copy = snapshot(&big, BIG);
    small_copy = snapshot(&small, SMALL);
    data = qemu_file_get_mem(f, &size);
    g_assert_cmpuint(qemu_file_transferred(f), ==, size);
    g_assert_cmphex(data[0], ==, 0x51);

    /* Memory the destination has of its own must not shine through. */
    store(&big, 999, 0x55);
    memset(page_of(&small, 0), 0x66, SMALL);
    dev = (Dev){ 0 };
    g_assert_cmpint(load_bytes(data, size, &error_abort), ==, 0);
    g_assert_true(!memcmp(big_copy, memory_region_get_ram_ptr(&big), BIG));
    g_assert_true(!memcmp(small_copy, memory_region_get_ram_ptr(&small), SMALL));
    g_assert_cmphex(dev.reg, ==, 0x1234);
    g_assert_cmpstr(global_state_get(), ==, "running");
    g_assert_true(global_state_received());
    qemu_fclose(f);
}

/* Cut anywhere before the end mark: an error, with words. */
static void test_cut(void)
{
    const uint8_t *data, *end;
    QEMUFile *f;
    size_t size;

    machine_fill();
    f = save_all();
    data = qemu_file_get_mem(f, &size);
    for (end = data + size; memcmp(end, "{\"page_size\"", 12); end--) {
    }
    end -= 6;                           /* the end mark */
    for (size_t cut = 0; cut < (size_t)(end - data); cut += cut < 300 ? 1 : 997) {
        g_autoptr(Error) err = NULL;

        g_assert_cmpint(load_bytes(data, cut, &err), <, 0);
        g_assert_nonnull(err);
    }
    for (const uint8_t *p = end - 200; p < end; p++) {
        g_autoptr(Error) err = NULL;

        g_assert_cmpint(load_bytes(data, p - data, &err), <, 0);
        g_assert_nonnull(err);
    }
    qemu_fclose(f);
}

static void test_corrupt(void)
{
    const uint8_t *data;
    QEMUFile *f;
    size_t size;

    machine_fill();
    f = save_all();
    data = qemu_file_get_mem(f, &size);
    for (int round = 0; round < 1500; round++) {
        g_autofree uint8_t *bad = g_memdup2(data, size);
        g_autoptr(Error) err = NULL;
        /* Half of them in the header and block list, where every byte means something. */
        size_t at = g_test_rand_int_range(0, round % 2 ? size : 120);
        int ret;

        bad[at] ^= 1 << g_test_rand_int_range(0, 8);
        ret = load_bytes(bad, size, &err);
        g_assert_true((ret < 0) == (err != NULL));
    }
    qemu_fclose(f);
}

static void expect_error(GByteArray *b, const char *pattern)
{
    g_autoptr(Error) err = NULL;

    g_assert_cmpint(load_bytes(b->data, b->len, &err), <, 0);
    if (!g_pattern_match_simple(pattern, error_get_pretty(err))) {
        g_error("'%s' does not match '%s'", error_get_pretty(err), pattern);
    }
}

#define ADD(_b, ...) do {                                       \
        static const uint8_t bytes_[] = { __VA_ARGS__ };        \
        g_byte_array_append(_b, bytes_, sizeof(bytes_));        \
    } while (0)
#define HEADER 'Q', 'E', 'V', 'M', 0, 0, 0, 3, 7, 0, 0, 0, 4, 'n', 'o', 'n', 'e'

static void test_messages(void)
{
    g_autoptr(GByteArray) b = g_byte_array_new();

    ADD(b, 'E', 'L', 'F', 0, 0, 0, 0, 3);
    expect_error(b, "*not a migration stream*");
    g_byte_array_set_size(b, 0);
    ADD(b, 'Q', 'E', 'V', 'M', 0, 0, 0, 9);
    expect_error(b, "*migration stream format 9*");
    g_byte_array_set_size(b, 0);
    ADD(b, 'Q', 'E', 'V', 'M', 0, 0, 0, 3, 7, 0, 0, 0, 2, 'p', 'c', 0);
    expect_error(b, "*machine type 'pc', this is 'none'*");
    g_byte_array_set_size(b, 0);
    ADD(b, 'Q', 'E', 'V', 'M', 0, 0, 0, 3, 7, 0, 0, 0, 0, 0);
    expect_error(b, "*check 'machine name has 1 to 255 bytes'*failed*");
    g_byte_array_set_size(b, 0);
    ADD(b, HEADER, 4, 0, 0, 0, 1, 3, 'x', 'y', 'z', 0, 0, 0, 7, 0, 0, 0, 1);
    expect_error(b, "*section 'xyz' instance 7 has no device here*");
    g_byte_array_set_size(b, 0);
    ADD(b, HEADER, 4, 0, 0, 0, 1, 4, 't', 'd', 'e', 'v', 0, 0, 0, 0, 0, 0, 0, 2);
    expect_error(b, "*section 'tdev' has version 2, this binary reads up to 1*");
    g_byte_array_set_size(b, 0);
    ADD(b, HEADER, 4, 0, 0, 0, 1, 4, 't', 'd', 'e', 'v', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8,
        0x7e, 0, 0, 0, 2);
    expect_error(b, "*section 'tdev' instance 0 does not end at offset*");
    g_byte_array_set_size(b, 0);
    ADD(b, HEADER, 4, 0, 0, 0, 1, 4, 't', 'd', 'e', 'v', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8,
        0x7e, 0, 0, 0, 1, 4, 0, 0, 0, 1, 4, 't', 'd', 'e', 'v', 0, 0, 0, 0, 0, 0, 0, 1);
    expect_error(b, "*section 'tdev' instance 0 comes twice*");
    g_byte_array_set_size(b, 0);
    ADD(b, HEADER, 3, 0, 0, 0, 9);
    expect_error(b, "*section number 9 was never started*");
    g_byte_array_set_size(b, 0);
    ADD(b, HEADER, 0x33);
    expect_error(b, "*unknown section type 0x33 at offset*");
    g_byte_array_set_size(b, 0);
    ADD(b, HEADER, 8, 0, 3, 0, 0);
    expect_error(b, "*migration command 3 is not supported*");
    g_byte_array_set_size(b, 0);
    /* RAM: a block that does not exist, a page outside, flags of another kind, a page before any block. */
#define RAM HEADER, 1, 0, 0, 0, 2, 3, 'r', 'a', 'm', 0, 0, 0, 0, 0, 0, 0, 4
    ADD(b, RAM, 0, 0, 0, 0, 0, 0, 0x10, 0x04, 2, 'n', 'o', 0, 0, 0, 0, 0, 0, 0x10, 0);
    expect_error(b, "*section 'ram' instance 0: RAM block 'no' does not exist here*");
    g_byte_array_set_size(b, 0);
    ADD(b, RAM, 0, 0, 0, 0, 0, 0, 0x10, 0x04, 5, 's', 'm', 'a', 'l', 'l', 0, 0, 0, 0, 0, 0, 0x10, 0);
    expect_error(b, "*section 'ram'*RAM block 'small' has 4096 bytes in the stream but 65536 here*");
    g_byte_array_set_size(b, 0);
    ADD(b, RAM, 0, 0, 0, 0, 0, 1, 0, 0x08, 5, 's', 'm', 'a', 'l', 'l');
    expect_error(b, "*section 'ram'*RAM block 'small': page 0x10000 is outside*");
    g_byte_array_set_size(b, 0);
    /* The block named last is still the one in the next section, but not in the next stream. */
    ADD(b, RAM, 0, 0, 0, 0, 0, 0, 0, 0x02, 5, 's', 'm', 'a', 'l', 'l', 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x7e, 0, 0, 0, 2,
        2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0x28);
    expect_error(b, "*section 'ram'*RAM block 'small': page 0x10000 is outside*");
    g_byte_array_set_size(b, 0);
    ADD(b, RAM, 0, 0, 0, 0, 0, 0, 0, 0x28);
    expect_error(b, "*section 'ram'*continues a block but none was named*");
    g_byte_array_set_size(b, 0);
    ADD(b, RAM, 0, 0, 0, 0, 0, 0, 0, 0x48);
    expect_error(b, "*section 'ram'*flags this binary does not know*");
}

static void test_blockers(void)
{
    Error *reason = NULL, *err = NULL;

    error_setg(&reason, "a passed-through device");
    g_assert_cmpint(migrate_add_blocker(&reason, &error_abort), ==, 0);
    g_assert_true(qemu_savevm_state_blocked(&err));
    g_assert_cmpstr(error_get_pretty(err), ==, "a passed-through device");
    error_free(err);
    migrate_del_blocker(&reason);
    g_assert_null(reason);
    g_assert_false(qemu_savevm_state_blocked(NULL));
    only_migratable = true;
    error_setg(&reason, "another");
    err = NULL;
    g_assert_cmpint(migrate_add_blocker(&reason, &err), <, 0);
    g_assert_null(reason);
    error_free_or_abort(&err);
    only_migratable = false;
}

int main(int argc, char **argv)
{
    memory_test_init(&argc, &argv);
    machine_init();
    g_test_add_func("/migration-stream/round-trip", test_round_trip);
    g_test_add_func("/migration-stream/cut", test_cut);
    g_test_add_func("/migration-stream/corrupt", test_corrupt);
    g_test_add_func("/migration-stream/messages", test_messages);
    g_test_add_func("/migration-stream/blockers", test_blockers);
    return g_test_run();
}
