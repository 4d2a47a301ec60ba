/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dirty bitmaps of guest RAM (system/ram_addr.h): atomic words in chunks, found through a table that is replaced
 * under RCU when RAM grows. Chunks never move and are never freed, so a writer may keep using one.
 *
 * Order: a store to RAM, full barrier, then its bit; test-and-clear (acquire, full barrier), then the read of RAM. A
 * reader that misses the bit runs before it is set, and the bit stays for the next round.
 */
#include "qemu/osdep.h"
#include "qemu/bitmap.h"
#include "qemu/bitops.h"
#include "system/dirty.h"
#include "system/memory-internal.h"
#include "system/ram_addr.h"

/* 32 Ki pages: 4 KiB of bits for 128 MiB of RAM. */
#define CHUNK_PAGES 32768ULL
#define CHUNK_WORDS (CHUNK_PAGES / BITS_PER_LONG)

typedef struct DirtyTable {
    struct rcu_head rcu;
    size_t nr_chunks;
    unsigned long *chunks[];     /* [client * nr_chunks + chunk] */
} DirtyTable;

static DirtyTable *table;        /* under RCU */
static const RamAccelHooks *accel_hooks;

void ram_set_accel_hooks(const RamAccelHooks *hooks)
{
    accel_hooks = hooks;
}

void dirty_memory_extend(ram_addr_t end)
{
    size_t n = DIV_ROUND_UP(end >> TARGET_PAGE_BITS, CHUNK_PAGES);
    size_t old_n = table ? table->nr_chunks : 0;
    DirtyTable *old = table, *t;

    if (n <= old_n) {
        return;
    }
    t = g_malloc0(sizeof(*t) + DIRTY_MEMORY_NUM * n * sizeof(t->chunks[0]));
    t->nr_chunks = n;
    for (unsigned client = 0; client < DIRTY_MEMORY_NUM; client++) {
        for (size_t i = 0; i < n; i++) {
            t->chunks[client * n + i] = i < old_n ? old->chunks[client * old_n + i]
                                                  : g_new0(unsigned long, CHUNK_WORDS);
        }
    }
    qatomic_rcu_set(&table, t);
    if (old) {
        g_free_rcu(old, rcu);
    }
}

/* ---- Walking a range word by word ---- */

/*
 * Calls body with `word` (pointer to the word) and `mask` (the bits of it inside the range) for each word of pages
 * [page, end). Needs RCU. A range beyond the table is a caller's bug and is cut off.
 */
#define FOREACH_WORD(client, page, end, word, mask, body) do {                                              \
        DirtyTable *t_ = qatomic_rcu_read(&table);                                                          \
        uint64_t p_ = (page), e_ = t_ ? MIN((end), t_->nr_chunks * CHUNK_PAGES) : 0;                        \
        while (p_ < e_) {                                                                                   \
            unsigned long *word = &t_->chunks[(client) * t_->nr_chunks + p_ / CHUNK_PAGES]                  \
                                             [p_ % CHUNK_PAGES / BITS_PER_LONG];                            \
            unsigned bit_ = p_ % BITS_PER_LONG;                                                             \
            uint64_t n_ = MIN(e_ - p_, BITS_PER_LONG - bit_);                                               \
            unsigned long mask = (~0UL >> (BITS_PER_LONG - n_)) << bit_;                                    \
            body                                                                                            \
            p_ += n_;                                                                                       \
        }                                                                                                   \
    } while (0)

static uint64_t first_page(ram_addr_t start)
{
    return start >> TARGET_PAGE_BITS;
}

static uint64_t end_page(ram_addr_t start, ram_addr_t length)
{
    return (start + length + TARGET_PAGE_SIZE - 1) >> TARGET_PAGE_BITS;
}

/* ---- Asking ---- */

bool cpu_physical_memory_get_dirty(ram_addr_t start, ram_addr_t length, unsigned client)
{
    RCU_READ_LOCK_GUARD();
    FOREACH_WORD(client, first_page(start), end_page(start, length), word, mask, {
        if (qatomic_read(word) & mask) {
            return true;
        }
    });
    return false;
}

bool cpu_physical_memory_all_dirty(ram_addr_t start, ram_addr_t length, unsigned client)
{
    RCU_READ_LOCK_GUARD();
    FOREACH_WORD(client, first_page(start), end_page(start, length), word, mask, {
        if (~qatomic_read(word) & mask) {
            return false;
        }
    });
    return true;
}

bool cpu_physical_memory_get_dirty_flag(ram_addr_t addr, unsigned client)
{
    return cpu_physical_memory_get_dirty(addr, 1, client);
}

uint8_t cpu_physical_memory_range_includes_clean(ram_addr_t start, ram_addr_t length, uint8_t mask)
{
    uint8_t clean = 0;

    for (unsigned client = 0; client < DIRTY_MEMORY_NUM; client++) {
        if (mask & 1 << client && !cpu_physical_memory_all_dirty(start, length, client)) {
            clean |= 1 << client;
        }
    }
    return clean;
}

bool cpu_physical_memory_is_clean(ram_addr_t addr)
{
    return cpu_physical_memory_range_includes_clean(addr, 1, DIRTY_CLIENTS_ALL) != 0;
}

/* ---- Setting ---- */

static void set_range(ram_addr_t start, ram_addr_t length, unsigned client)
{
    /* The store being reported must be visible before the bit is seen set: who clears the bit then reads the store. */
    smp_mb();
    FOREACH_WORD(client, first_page(start), end_page(start, length), word, mask, {
        if (~qatomic_read(word) & mask) {
            qatomic_or(word, mask);
        }
    });
}

void cpu_physical_memory_set_dirty_flag(ram_addr_t addr, unsigned client)
{
    RCU_READ_LOCK_GUARD();
    set_range(addr, 1, client);
}

void cpu_physical_memory_set_dirty_range(ram_addr_t start, ram_addr_t length, uint8_t mask)
{
    if (!length) {
        return;
    }
    RCU_READ_LOCK_GUARD();
    for (unsigned client = 0; client < DIRTY_MEMORY_NUM; client++) {
        if (mask & 1 << client) {
            set_range(start, length, client);
        }
    }
}

void ram_invalidate_and_set_dirty(MemoryRegion *mr, hwaddr addr, hwaddr length)
{
    ram_addr_t start = mr->ram_block->offset + addr;
    uint8_t mask = memory_region_get_dirty_log_mask(mr);

    if (likely(!mask) || !length) {
        return;
    }
    smp_mb();                    /* as in set_range() */
    mask = cpu_physical_memory_range_includes_clean(start, length, mask);
    if (mask & 1 << DIRTY_MEMORY_CODE) {
        accel_hooks->code_written(start, length);       /* sets the bit when no code is left */
        mask &= ~(1 << DIRTY_MEMORY_CODE);
    }
    cpu_physical_memory_set_dirty_range(start, length, mask);
}

/* ---- Clearing ---- */

/* Pages became clean for some client: vCPUs that store to them directly must stop doing so. */
static void cleared(ram_addr_t start, ram_addr_t length)
{
    if (accel_hooks && accel_hooks->dirty_reset) {
        accel_hooks->dirty_reset(start, length);
    }
}

static bool test_and_clear(ram_addr_t start, ram_addr_t length, unsigned client)
{
    bool dirty = false;

    FOREACH_WORD(client, first_page(start), end_page(start, length), word, mask, {
        if (qatomic_read(word) & mask) {
            dirty |= (qatomic_fetch_and(word, ~mask) & mask) != 0;
        }
    });
    return dirty;
}

bool cpu_physical_memory_test_and_clear_dirty(ram_addr_t start, ram_addr_t length, unsigned client)
{
    bool dirty;

    if (!length) {
        return false;
    }
    WITH_RCU_READ_LOCK_GUARD() {
        dirty = test_and_clear(start, length, client);
    }
    if (dirty) {
        cleared(start, length);
    }
    return dirty;
}

void cpu_physical_memory_clear_dirty_range(ram_addr_t start, ram_addr_t length)
{
    for (unsigned client = 0; client < DIRTY_MEMORY_NUM; client++) {
        cpu_physical_memory_test_and_clear_dirty(start, length, client);
    }
}

/* ---- Snapshots ---- */

struct DirtyBitmapSnapshot {
    ram_addr_t start, end;       /* whole words of pages */
    unsigned long dirty[];
};

DirtyBitmapSnapshot *cpu_physical_memory_snapshot_and_clear_dirty(MemoryRegion *mr, hwaddr offset, hwaddr length,
                                                                  unsigned client)
{
    const ram_addr_t align = (ram_addr_t)BITS_PER_LONG << TARGET_PAGE_BITS;
    ram_addr_t start = memory_region_get_ram_addr(mr) + offset;
    ram_addr_t first = ROUND_DOWN(start, align), end = ROUND_UP(start + length, align);
    DirtyBitmapSnapshot *snap = g_malloc0(sizeof(*snap) + (end - first) / align * sizeof(unsigned long));
    bool any = false;
    size_t i = 0;

    snap->start = first;
    snap->end = end;
    WITH_RCU_READ_LOCK_GUARD() {
        FOREACH_WORD(client, first_page(first), first_page(end), word, mask, {
            if (qatomic_read(word) & mask) {
                snap->dirty[i] = qatomic_xchg(word, 0);
                any = true;
            }
            i++;
        });
    }
    if (any) {
        cleared(first, end - first);
    }
    memory_region_clear_dirty_bitmap(mr, offset, length);
    return snap;
}

bool cpu_physical_memory_snapshot_get_dirty(DirtyBitmapSnapshot *snap, ram_addr_t start, ram_addr_t length)
{
    assert(start >= snap->start && start + length <= snap->end);
    for (uint64_t p = first_page(start - snap->start); p < end_page(start - snap->start, length); p++) {
        if (snap->dirty[p / BITS_PER_LONG] & 1UL << p % BITS_PER_LONG) {
            return true;
        }
    }
    return false;
}

/* ---- Migration ---- */

uint64_t cpu_physical_memory_set_dirty_lebitmap(unsigned long *bitmap, ram_addr_t start, ram_addr_t pages)
{
    uint8_t clients = global_dirty_tracking ? DIRTY_CLIENTS_NOCODE : 1 << DIRTY_MEMORY_VGA;
    uint64_t count = 0;

    for (uint64_t p = 0; p < pages; p++) {
        if (bitmap[p / BITS_PER_LONG] == 0) {
            p |= BITS_PER_LONG - 1;
        } else if (bitmap[p / BITS_PER_LONG] & 1UL << p % BITS_PER_LONG) {
            ram_addr_t addr = start + (p << TARGET_PAGE_BITS);
            count += !cpu_physical_memory_get_dirty_flag(addr, DIRTY_MEMORY_MIGRATION);
            cpu_physical_memory_set_dirty_range(addr, TARGET_PAGE_SIZE, clients);
        }
    }
    return count;
}

uint64_t cpu_physical_memory_sync_dirty_bitmap(RAMBlock *rb, ram_addr_t start, ram_addr_t length)
{
    ram_addr_t from = rb->offset + start;
    uint64_t page = first_page(start), fresh = 0;
    bool any = false;

    WITH_RCU_READ_LOCK_GUARD() {
        FOREACH_WORD(DIRTY_MEMORY_MIGRATION, first_page(from), end_page(from, length), word, mask, {
            /* blocks start on a word boundary, so both bitmaps are cut in the same places */
            unsigned long *dest = &rb->bmap[page / BITS_PER_LONG];

            if (qatomic_read(word) & mask) {
                unsigned long bits = qatomic_fetch_and(word, ~mask) & mask;
                fresh += ctpop64(bits & ~*dest);
                *dest |= bits;
                any = true;
            }
            page = ROUND_DOWN(page, (uint64_t)BITS_PER_LONG) + BITS_PER_LONG;
        });
    }
    if (any) {
        cleared(from, length);
    }
    return fresh;
}

/* ---- The same, by region ---- */

uint8_t memory_region_get_dirty_log_mask(MemoryRegion *mr)
{
    uint8_t mask = mr->dirty_log_mask;
    RAMBlock *rb = mr->ram_block;

    if (!rb) {
        return 0;
    }
    if (unlikely(qatomic_read(&global_dirty_tracking)) && rb->flags & RAM_MIGRATABLE) {
        mask |= 1 << DIRTY_MEMORY_MIGRATION;
    }
    if (accel_hooks && accel_hooks->code_written) {
        mask |= 1 << DIRTY_MEMORY_CODE;
    }
    return mask;
}

bool memory_region_is_logging(MemoryRegion *mr, uint8_t client)
{
    return memory_region_get_dirty_log_mask(mr) & 1 << client;
}

void memory_region_set_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size)
{
    cpu_physical_memory_set_dirty_range(mr->ram_block->offset + addr, size, memory_region_get_dirty_log_mask(mr));
}

bool memory_region_get_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size, unsigned client)
{
    return cpu_physical_memory_get_dirty(mr->ram_block->offset + addr, size, client);
}

void memory_region_reset_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size, unsigned client)
{
    cpu_physical_memory_test_and_clear_dirty(mr->ram_block->offset + addr, size, client);
}

DirtyBitmapSnapshot *memory_region_snapshot_and_clear_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size,
                                                            unsigned client)
{
    memory_global_dirty_log_sync(false);
    return cpu_physical_memory_snapshot_and_clear_dirty(mr, addr, size, client);
}

bool memory_region_snapshot_get_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap, hwaddr addr, hwaddr size)
{
    return cpu_physical_memory_snapshot_get_dirty(snap, mr->ram_block->offset + addr, size);
}
