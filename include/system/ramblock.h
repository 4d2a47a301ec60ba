/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RAM blocks: one host mapping each, with a place in the ram_addr space (the numbering of all guest RAM that dirty
 * bitmaps and migration use) and a name that is the same on both sides of a migration.
 *
 * The list is read under RCU and changed under ram_list.mutex. A block stays mapped until the grace period after
 * its removal.
 */
#ifndef SYSTEM_RAMBLOCK_H
#define SYSTEM_RAMBLOCK_H

#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "qemu/rcu.h"
#include "qemu/thread.h"
#include "exec/target_page.h"

#define RAM_PREALLOC (1 << 0)        /* host memory belongs to somebody else */
#define RAM_SHARED (1 << 1)
#define RAM_RESIZEABLE (1 << 2)
#define RAM_MIGRATABLE (1 << 4)
#define RAM_PMEM (1 << 5)
#define RAM_NORESERVE (1 << 7)
#define RAM_PROTECTED (1 << 8)
#define RAM_NAMED_FILE (1 << 9)
#define RAM_READONLY (1 << 10)
#define RAM_READONLY_FD (1 << 11)
#define RAM_PRIVATE (1 << 13)

typedef void (*RAMBlockResized)(const char *id, uint64_t length, void *host);

struct RAMBlock {
    struct rcu_head rcu;
    MemoryRegion *mr;
    uint8_t *host;
    ram_addr_t offset;           /* first ram_addr */
    ram_addr_t used_length;      /* bytes the guest sees, a multiple of the host page */
    ram_addr_t max_length;
    RAMBlockResized resized;
    uint32_t flags;
    char idstr[256];             /* empty until vmstate_register_ram() */
    QLIST_ENTRY(RAMBlock) next;
    QLIST_HEAD(, RAMBlockNotifier) ramblock_notifiers;
    int fd;                      /* -1: anonymous */
    uint64_t fd_offset;
    size_t page_size;            /* of the host mapping */
    size_t mapped_length;        /* what munmap() takes */

    /* migration's own */
    unsigned long *bmap;
    unsigned long *receivedmap;
    unsigned long *clear_bmap;
    uint8_t clear_bmap_shift;
    ram_addr_t postcopy_length;
    off_t bitmap_offset;
    uint64_t pages_offset;
    unsigned long *file_bmap;
};

typedef struct RAMBlockNotifier RAMBlockNotifier;
struct RAMBlockNotifier {
    void (*ram_block_added)(RAMBlockNotifier *n, void *host, size_t size, size_t max_size);
    void (*ram_block_removed)(RAMBlockNotifier *n, void *host, size_t size, size_t max_size);
    void (*ram_block_resized)(RAMBlockNotifier *n, void *host, size_t old_size, size_t new_size);
    QLIST_ENTRY(RAMBlockNotifier) next;
};

typedef struct RAMList {
    QemuMutex mutex;
    QLIST_HEAD(, RAMBlock) blocks;   /* largest first */
    uint32_t version;                /* changes with the list */
    QLIST_HEAD(, RAMBlockNotifier) ramblock_notifiers;
} RAMList;
extern RAMList ram_list;

/* Inside an RCU read section. */
#define RAMBLOCK_FOREACH(block)                                                           \
    for ((block) = qatomic_rcu_read(&ram_list.blocks.lh_first); (block);                  \
         (block) = qatomic_rcu_read(&(block)->next.le_next))
#define INTERNAL_RAMBLOCK_FOREACH(block) RAMBLOCK_FOREACH(block)

void qemu_mutex_lock_ramlist(void);
void qemu_mutex_unlock_ramlist(void);

void ram_block_notifier_add(RAMBlockNotifier *n);
void ram_block_notifier_remove(RAMBlockNotifier *n);

RAMBlock *qemu_ram_block_by_name(const char *name);
/* The block whose host memory contains @ptr; *offset within it. NULL: not guest RAM. Under RCU. */
RAMBlock *qemu_ram_block_from_host(void *ptr, bool round_offset, ram_addr_t *offset);
ram_addr_t qemu_ram_addr_from_host(void *ptr);
#define RAM_ADDR_INVALID (~(ram_addr_t)0)
typedef int (*RAMBlockIterFunc)(RAMBlock *rb, void *opaque);
int qemu_ram_foreach_block(RAMBlockIterFunc func, void *opaque);

const char *qemu_ram_get_idstr(const RAMBlock *rb);
void *qemu_ram_get_host_addr(const RAMBlock *rb);
ram_addr_t qemu_ram_get_offset(const RAMBlock *rb);
ram_addr_t qemu_ram_get_used_length(const RAMBlock *rb);
ram_addr_t qemu_ram_get_max_length(const RAMBlock *rb);
size_t qemu_ram_pagesize(const RAMBlock *rb);
size_t qemu_ram_pagesize_largest(void);
int qemu_ram_get_fd(const RAMBlock *rb);
bool qemu_ram_is_shared(const RAMBlock *rb);
bool qemu_ram_is_noreserve(const RAMBlock *rb);
bool qemu_ram_is_named_file(const RAMBlock *rb);
bool qemu_ram_is_migratable(const RAMBlock *rb);
void qemu_ram_set_migratable(RAMBlock *rb);
void qemu_ram_unset_migratable(RAMBlock *rb);
/* Name = "<device path>/<name>", or just @name when @dev is NULL or has no path. Must be unique. */
void qemu_ram_set_idstr(RAMBlock *rb, const char *name, DeviceState *dev);
void qemu_ram_unset_idstr(RAMBlock *rb);
int qemu_ram_resize(RAMBlock *rb, ram_addr_t newsize, Error **errp);

static inline bool offset_in_ramblock(const RAMBlock *rb, ram_addr_t offset)
{
    return rb && rb->host && offset < rb->used_length;
}

static inline void *ramblock_ptr(const RAMBlock *rb, ram_addr_t offset)
{
    return rb->host + offset;
}

/* Give the host pages of a range back; the guest reads zeros (or the file's bytes when private). 0 or -errno. */
int ram_block_discard_range(RAMBlock *rb, uint64_t start, size_t length);
/* Balloon and friends are forbidden to discard while somebody pins RAM. */
int ram_block_discard_disable(bool state);
int ram_block_uncoordinated_discard_disable(bool state);
bool ram_block_discard_is_disabled(void);

/* The text of `info ramblock`. */
GString *ram_block_format(void);

#endif
