/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which parts of guest memory nobody has ever touched, asked of the host instead of reading every page.
 *
 * Private anonymous memory: /proc/self/pagemap has neither the present nor the swapped bit. Shared memory with a file
 * descriptor: holes of the file. Anything else counts as touched.
 */
#include "qemu/osdep.h"
#include "qemu/bitmap.h"
#include "exec/target_page.h"
#include "migration/ram.h"

#define PAGEMAP_TOUCHED (3ull << 62)         /* present, swapped */
#define PAGEMAP_BATCH 8192

bool ram_may_skip_untouched(const RAMBlock *rb)
{
    if (rb->used_length < RAM_SKIP_MIN_BLOCK || (rb->flags & (RAM_PREALLOC | RAM_READONLY | RAM_NAMED_FILE))) {
        return false;
    }
    return rb->fd < 0 ? !(rb->flags & RAM_SHARED) : (rb->flags & RAM_SHARED) != 0;
}

/* Clears [first, end) and counts what was set. */
static uint64_t clear_run(unsigned long *bmap, uint64_t first, uint64_t end)
{
    uint64_t n = bitmap_count_one_with_offset(bmap, first, end - first);

    bitmap_clear(bmap, first, end - first);
    return n;
}

static uint64_t skip_by_pagemap(RAMBlock *rb, unsigned long *bmap)
{
    uint64_t pages = rb->used_length >> TARGET_PAGE_BITS;
    uint64_t first = (uintptr_t)rb->host / qemu_real_host_page_size();
    g_autofree uint64_t *map = g_new(uint64_t, PAGEMAP_BATCH);
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    uint64_t cleared = 0, run = 0;

    if (fd < 0) {
        return 0;
    }
    for (uint64_t page = 0; page < pages;) {
        size_t want = MIN(pages - page, PAGEMAP_BATCH);
        ssize_t got = pread(fd, map, want * 8, (first + page) * 8) / 8;

        if (got <= 0) {
            break;
        }
        for (ssize_t i = 0; i < got; i++) {
            if (map[i] & PAGEMAP_TOUCHED) {
                cleared += run < page + i ? clear_run(bmap, run, page + i) : 0;
                run = page + i + 1;
            }
        }
        page += got;
        if (page >= pages && run < pages) {
            cleared += clear_run(bmap, run, pages);
        }
    }
    close(fd);
    return cleared;
}

static uint64_t skip_by_holes(RAMBlock *rb, unsigned long *bmap)
{
    uint64_t cleared = 0;
    off_t base = rb->fd_offset, end = base + rb->used_length;

    for (off_t at = base; at < end;) {
        off_t data = lseek(rb->fd, at, SEEK_DATA);

        if (data < 0 && errno != ENXIO) {
            break;
        }
        data = data < 0 ? end : MIN(data, end);
        cleared += clear_run(bmap, (at - base) >> TARGET_PAGE_BITS, (data - base) >> TARGET_PAGE_BITS);
        if (data == end) {
            break;
        }
        at = lseek(rb->fd, data, SEEK_HOLE);
        if (at <= data) {
            break;
        }
    }
    return cleared;
}

uint64_t ram_skip_untouched(RAMBlock *rb, unsigned long *bmap)
{
    if (!ram_may_skip_untouched(rb) || qemu_real_host_page_size() != TARGET_PAGE_SIZE) {
        return 0;
    }
    return rb->fd < 0 ? skip_by_pagemap(rb, bmap) : skip_by_holes(rb, bmap);
}
