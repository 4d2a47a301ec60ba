/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending guest memory while it changes.
 *
 * Invariants
 *  R1. A page whose bit is set in its block's bmap has contents the destination may not have. Nothing else does,
 *      apart from what the memory core's own dirty bits know and the next sync brings over.
 *  R2. A bit is cleared before its page is read, and the memory core notes stores from before that: a store that
 *      the read misses sets the bit again.
 *  R3. dirty_pages is the number of set bits over all blocks.
 *  R4. Pages are read as late as the channel's flush; every section ends flushed or with R2 covering what follows.
 *
 * Locks: bmap and the cursor belong to the migration thread between save_setup and save_cleanup. Blocks do not come or
 * go while a migration runs (hotplug is refused), so the list is walked without an RCU section, which must not be held
 * across a write that may block. Start and stop of dirty tracking and each sync take the BQL.
 */
#include "qemu/osdep.h"
#include "qemu/bitmap.h"
#include "qemu/cutils.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "qemu/timer.h"
#include "system/memory.h"
#include "system/ram_addr.h"
#include "migration/migration-stats.h"
#include "migration/ram.h"
#include "migration/register.h"

/* Dirty rates of shorter intervals say nothing. */
#define RATE_INTERVAL_NS (20 * SCALE_MS)

/* Look at the clock and the rate only every so many pages. */
#define PAGES_PER_CHECK 64

typedef struct RAMState {
    uint64_t dirty_pages;
    RAMBlock *block;                /* cursor: where to look for the next dirty page */
    uint64_t page;
    RAMBlock *last_sent;            /* CONTINUE refers to it */
    int64_t rate_start_ns;          /* of the interval that dirty_pages_rate is measured over */
    uint64_t rate_pages;
    bool active;
} RAMState;

static RAMBlock *next_migratable(RAMBlock *rb)
{
    while (rb && !qemu_ram_is_migratable(rb)) {
        rb = qatomic_rcu_read(&rb->next.le_next);
    }
    return rb;
}

#define FOREACH_MIGRATABLE(_rb)                                                \
    for (_rb = next_migratable(qatomic_rcu_read(&ram_list.blocks.lh_first)); _rb;        \
         _rb = next_migratable(qatomic_rcu_read(&(_rb)->next.le_next)))

static uint64_t block_pages(const RAMBlock *rb)
{
    return rb->used_length >> TARGET_PAGE_BITS;
}

/* ---- Dirty tracking ---- */

/* Syncs that follow each other closely, as before the switchover, are one. */
static void account_rate(RAMState *rs, uint64_t fresh, int64_t now)
{
    int64_t elapsed = now - rs->rate_start_ns;

    rs->rate_pages += fresh;
    if (rs->rate_start_ns && elapsed < RATE_INTERVAL_NS) {
        return;
    }
    if (rs->rate_start_ns) {
        mig_stat_set(dirty_pages_rate, (uint64_t)((double)rs->rate_pages * NANOSECONDS_PER_SECOND / elapsed));
    }
    rs->rate_start_ns = now;
    rs->rate_pages = 0;
}

static void sync_bitmaps(RAMState *rs, bool last_stage)
{
    int64_t start = get_clock();
    uint64_t fresh = 0;
    RAMBlock *rb;

    memory_global_dirty_log_sync(last_stage);
    WITH_RCU_READ_LOCK_GUARD() {
        FOREACH_MIGRATABLE(rb) {
            if (rb->bmap) {
                fresh += cpu_physical_memory_sync_dirty_bitmap(rb, 0, rb->used_length);
            }
        }
    }
    memory_global_after_dirty_log_sync();
    rs->dirty_pages += fresh;
    account_rate(rs, fresh, start);
    mig_stat_set(ram_remaining, rs->dirty_pages * TARGET_PAGE_SIZE);
    mig_stat_set(last_sync_ns, get_clock() - start);
    mig_stat_add(sync_ns, mig_stat_get(last_sync_ns));
}

static void free_bitmaps(void)
{
    RAMBlock *rb;

    RCU_READ_LOCK_GUARD();
    FOREACH_MIGRATABLE(rb) {
        g_clear_pointer(&rb->bmap, g_free);
    }
}

/* All dirty, tracking on, then without what was never touched (in this order: R1). BQL. */
static bool start_tracking(RAMState *rs, Error **errp)
{
    RAMBlock *rb;

    WITH_RCU_READ_LOCK_GUARD() {
        FOREACH_MIGRATABLE(rb) {
            rb->bmap = bitmap_try_new(block_pages(rb));
            if (!rb->bmap) {
                error_setg(errp, "no memory for the dirty bitmap of RAM block '%s'", rb->idstr);
                return false;
            }
            bitmap_set(rb->bmap, 0, block_pages(rb));
            rs->dirty_pages += block_pages(rb);
        }
    }
    if (!memory_global_dirty_log_start(GLOBAL_DIRTY_MIGRATION, errp)) {
        return false;
    }
    sync_bitmaps(rs, false);
    WITH_RCU_READ_LOCK_GUARD() {
        FOREACH_MIGRATABLE(rb) {
            uint64_t n = ram_skip_untouched(rb, rb->bmap);

            rs->dirty_pages -= n;
            mig_stat_add(untouched_pages, n);
        }
    }
    mig_stat_set(ram_remaining, rs->dirty_pages * TARGET_PAGE_SIZE);
    return true;
}

/* ---- Sending ---- */

/* Offset and flags, and the block's name when it changes. */
static void put_page_header(QEMUFile *f, RAMState *rs, RAMBlock *rb, uint64_t offset, uint64_t flags)
{
    if (rb == rs->last_sent) {
        qemu_put_be64(f, offset | flags | RAM_SAVE_FLAG_CONTINUE);
    } else {
        qemu_put_be64(f, offset | flags);
        qemu_put_counted_string(f, rb->idstr);
        rs->last_sent = rb;
    }
}

static void send_page(QEMUFile *f, RAMState *rs, RAMBlock *rb, uint64_t page)
{
    uint64_t offset = page << TARGET_PAGE_BITS;
    uint8_t *p = rb->host + offset;

    if (buffer_is_zero(p, TARGET_PAGE_SIZE)) {
        put_page_header(f, rs, rb, offset, RAM_SAVE_FLAG_ZERO);
        qemu_put_byte(f, 0);
        mig_stat_add(zero_pages, 1);
    } else {
        put_page_header(f, rs, rb, offset, RAM_SAVE_FLAG_PAGE);
        qemu_put_buffer_async(f, p, TARGET_PAGE_SIZE);
        mig_stat_add(normal_pages, 1);
    }
}

/* The next dirty page from the cursor on, wrapping once; false when none is left. */
static bool next_dirty(RAMState *rs, RAMBlock **rb_out, uint64_t *page_out)
{
    if (!rs->dirty_pages) {
        return false;
    }
    for (int wraps = 0; wraps < 3;) {
        uint64_t n, page;

        if (!rs->block) {
            rs->block = next_migratable(qatomic_rcu_read(&ram_list.blocks.lh_first));
            rs->page = 0;
            wraps++;
            if (!rs->block) {
                return false;
            }
        }
        n = block_pages(rs->block);
        page = rs->block->bmap ? find_next_bit(rs->block->bmap, n, rs->page) : n;
        if (page < n) {
            *rb_out = rs->block;
            *page_out = page;
            rs->page = page + 1;
            return true;
        }
        rs->block = next_migratable(qatomic_rcu_read(&rs->block->next.le_next));
        rs->page = 0;
    }
    return false;
}

/* Until @stop says so; true when nothing dirty is left. */
static bool send_dirty(QEMUFile *f, RAMState *rs, bool (*stop)(QEMUFile *f))
{
    unsigned n = 0;
    RAMBlock *rb;
    uint64_t page;

    while (next_dirty(rs, &rb, &page)) {
        clear_bit(page, rb->bmap);
        rs->dirty_pages--;
        send_page(f, rs, rb, page);
        if (++n % PAGES_PER_CHECK == 0 && (qemu_file_get_error(f) || stop(f))) {
            break;
        }
    }
    mig_stat_set(ram_remaining, rs->dirty_pages * TARGET_PAGE_SIZE);
    return rs->dirty_pages == 0;
}

/* ---- Handlers ---- */

static int ram_save_setup(QEMUFile *f, void *opaque, Error **errp)
{
    RAMState *rs = opaque;
    uint64_t total = 0;
    RAMBlock *rb;

    *rs = (RAMState){ .active = true };
    {
        BQL_LOCK_GUARD();
        if (!start_tracking(rs, errp)) {
            return -ENOMEM;
        }
    }
    FOREACH_MIGRATABLE(rb) {
        total += rb->used_length;
    }
    qemu_put_be64(f, total | RAM_SAVE_FLAG_MEM_SIZE);
    FOREACH_MIGRATABLE(rb) {
        qemu_put_counted_string(f, rb->idstr);
        qemu_put_be64(f, rb->used_length);
    }
    qemu_put_be64(f, RAM_SAVE_FLAG_EOS);
    return qemu_fflush(f);
}

static int ram_save_iterate(QEMUFile *f, void *opaque)
{
    RAMState *rs = opaque;
    bool done;

    /* The block list may have been a different one when the last section was written. */
    rs->last_sent = NULL;
    done = send_dirty(f, rs, migration_rate_exceeded);
    qemu_put_be64(f, RAM_SAVE_FLAG_EOS);
    return qemu_fflush(f) ?: done;
}

static int ram_save_complete(QEMUFile *f, void *opaque)
{
    RAMState *rs = opaque;

    sync_bitmaps(rs, true);
    rs->last_sent = NULL;
    send_dirty(f, rs, migration_should_stop);
    qemu_put_be64(f, RAM_SAVE_FLAG_EOS);
    return qemu_fflush(f);
}

static void ram_query_pending(void *opaque, MigPendingData *pending, bool exact)
{
    RAMState *rs = opaque;

    if (exact) {
        BQL_LOCK_GUARD();
        sync_bitmaps(rs, false);
    }
    pending->precopy_bytes += rs->dirty_pages * TARGET_PAGE_SIZE;
}

static void ram_save_cleanup(void *opaque)
{
    RAMState *rs = opaque;

    if (rs->active) {
        rs->active = false;
        memory_global_dirty_log_stop(GLOBAL_DIRTY_MIGRATION);
        free_bitmaps();
    }
}

static const SaveVMHandlers ram_handlers = {
    .save_setup = ram_save_setup,
    .save_query_pending = ram_query_pending,
    .save_live_iterate = ram_save_iterate,
    .save_complete = ram_save_complete,
    .save_cleanup = ram_save_cleanup,
    .load_setup = ram_load_setup,
    .load_state = ram_load,
    .load_cleanup = ram_load_cleanup,
};

void ram_mig_init(void)
{
    static RAMState state;

    register_savevm_live("ram", 0, RAM_SECTION_VERSION, &ram_handlers, &state);
}
