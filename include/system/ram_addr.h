/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dirty tracking of guest RAM: one bit per guest page and client, in atomic words, addressed by ram_addr.
 *
 * Clients: VGA (display refresh), CODE (a *clear* bit means translated code exists for the page: stores must go
 * through the notification path), MIGRATION. New RAM starts all dirty. Setting needs no lock and is ordered after
 * the store to RAM that it reports; whoever tests and clears sees that store. The words live in chunks found
 * through an RCU-published table, so the bitmaps grow without stopping writers.
 */
#ifndef SYSTEM_RAM_ADDR_H
#define SYSTEM_RAM_ADDR_H

#include "system/memory.h"
#include "system/ramblock.h"

#define DIRTY_CLIENTS_ALL ((1 << DIRTY_MEMORY_NUM) - 1)
#define DIRTY_CLIENTS_NOCODE (DIRTY_CLIENTS_ALL & ~(1 << DIRTY_MEMORY_CODE))

/* Creating blocks: used by memory_region_init_ram*() and the back ends. */
RAMBlock *qemu_ram_alloc(ram_addr_t size, uint32_t ram_flags, MemoryRegion *mr, Error **errp);
RAMBlock *qemu_ram_alloc_from_ptr(ram_addr_t size, void *host, MemoryRegion *mr, Error **errp);
RAMBlock *qemu_ram_alloc_from_fd(ram_addr_t size, ram_addr_t max_size, RAMBlockResized resized, MemoryRegion *mr,
                                 uint32_t ram_flags, int fd, off_t offset, bool grow, Error **errp);
RAMBlock *qemu_ram_alloc_from_file(ram_addr_t size, uint64_t align, MemoryRegion *mr, uint32_t ram_flags,
                                   const char *mem_path, off_t offset, Error **errp);
RAMBlock *qemu_ram_alloc_resizeable(ram_addr_t size, ram_addr_t max_size, RAMBlockResized resized, MemoryRegion *mr,
                                    Error **errp);
void qemu_ram_free(RAMBlock *block);
/* Host address of a ram_addr; under RCU. @block may be NULL. */
void *qemu_map_ram_ptr(RAMBlock *block, ram_addr_t addr);
RAMBlock *qemu_get_ram_block(ram_addr_t addr);
/* End of the ram_addr space in use. */
ram_addr_t last_ram_page(void);
uint64_t ram_bytes_total(void);

/* True when every page of the range is dirty for @client / any page is. */
bool cpu_physical_memory_all_dirty(ram_addr_t start, ram_addr_t length, unsigned client);
bool cpu_physical_memory_get_dirty(ram_addr_t start, ram_addr_t length, unsigned client);
bool cpu_physical_memory_get_dirty_flag(ram_addr_t addr, unsigned client);
/* True when some client would still learn something from a store to this page. */
bool cpu_physical_memory_is_clean(ram_addr_t addr);
/* Which clients of @mask have a clean page in the range. */
uint8_t cpu_physical_memory_range_includes_clean(ram_addr_t start, ram_addr_t length, uint8_t mask);
void cpu_physical_memory_set_dirty_flag(ram_addr_t addr, unsigned client);
void cpu_physical_memory_set_dirty_range(ram_addr_t start, ram_addr_t length, uint8_t mask);
void cpu_physical_memory_clear_dirty_range(ram_addr_t start, ram_addr_t length);
/* True when a page was dirty. Afterwards stores by vCPUs are noticed again: the reset hook has run. */
bool cpu_physical_memory_test_and_clear_dirty(ram_addr_t start, ram_addr_t length, unsigned client);
DirtyBitmapSnapshot *cpu_physical_memory_snapshot_and_clear_dirty(MemoryRegion *mr, hwaddr offset, hwaddr length,
                                                                  unsigned client);
bool cpu_physical_memory_snapshot_get_dirty(DirtyBitmapSnapshot *snap, ram_addr_t start, ram_addr_t length);
/* Or a little-endian bitmap of pages (from KVM) in; returns how many pages became dirty for migration. */
uint64_t cpu_physical_memory_set_dirty_lebitmap(unsigned long *bitmap, ram_addr_t start, ram_addr_t pages);
/* Move MIGRATION bits of [start, start+length) of @rb into rb->bmap, clearing them; returns how many are new. */
uint64_t cpu_physical_memory_sync_dirty_bitmap(RAMBlock *rb, ram_addr_t start, ram_addr_t length);

/*
 * What an accelerator that caches host pointers must provide (software emulation does; else leave unset).
 *  - code_written: guest bytes that may be translated code changed; forget the translations.
 *  - dirty_reset: pages of this range went from dirty to clean; make vCPUs notice stores to them again.
 */
typedef struct RamAccelHooks {
    void (*code_written)(ram_addr_t start, ram_addr_t length);
    void (*dirty_reset)(ram_addr_t start, ram_addr_t length);
} RamAccelHooks;
void ram_set_accel_hooks(const RamAccelHooks *hooks);
/* After a store through a host pointer: set dirty bits that @mask asks for, and report code. */
void ram_invalidate_and_set_dirty(MemoryRegion *mr, hwaddr addr, hwaddr length);

#endif
