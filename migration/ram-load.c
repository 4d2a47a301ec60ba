/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receiving guest memory. Every header is checked against the block list before anything is written; errors name the
 * block and the offset in it. Runs without the BQL: vCPUs have not started, nobody else writes guest memory, and blocks do
 * not come or go meanwhile (hotplug is refused), so no RCU section is held over a read that may block.
 */
#include "qemu/osdep.h"
#include "qemu/bitmap.h"
#include "qemu/cutils.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "exec/target_page.h"
#include "migration/ram.h"

#define KNOWN_FLAGS (RAM_SAVE_FLAG_ZERO | RAM_SAVE_FLAG_MEM_SIZE | RAM_SAVE_FLAG_PAGE | RAM_SAVE_FLAG_EOS | \
                     RAM_SAVE_FLAG_CONTINUE)

/* The block named last: a page of a later section may still refer to it. NULL outside of a load. */
static RAMBlock *last_named;

/*
 * Blocks that may skip untouched pages start out empty: what this process put there itself (a kernel loaded at reset)
 * must not shine through. receivedmap: pages that came; the others of such a block are known to be zero.
 */
int ram_load_setup(QEMUFile *f, void *opaque, Error **errp)
{
    RAMBlock *rb;

    last_named = NULL;
    RCU_READ_LOCK_GUARD();
    RAMBLOCK_FOREACH(rb) {
        if (qemu_ram_is_migratable(rb) && ram_may_skip_untouched(rb) && rb->fd < 0 &&
            ram_block_discard_range(rb, 0, rb->used_length) == 0) {
            g_free(rb->receivedmap);
            rb->receivedmap = bitmap_try_new(rb->max_length >> TARGET_PAGE_BITS);
        }
    }
    return 0;
}

int ram_load_cleanup(void *opaque)
{
    RAMBlock *rb;

    last_named = NULL;
    RCU_READ_LOCK_GUARD();
    RAMBLOCK_FOREACH(rb) {
        g_clear_pointer(&rb->receivedmap, g_free);
    }
    return 0;
}

static int fail(QEMUFile *f, Error *err)
{
    qemu_file_set_error_obj(f, -EINVAL, err);
    return -EINVAL;
}

static RAMBlock *get_block(QEMUFile *f, Error **errp)
{
    char name[256];
    size_t len = qemu_get_counted_string(f, name);
    RAMBlock *rb;

    RCU_READ_LOCK_GUARD();
    rb = len ? qemu_ram_block_by_name(name) : NULL;

    if (!rb || !qemu_ram_is_migratable(rb)) {
        g_autofree char *shown = g_strescape(name, NULL);

        error_setg(errp, "RAM block '%s' does not exist here: start the destination with the same memory and devices",
                   shown);
        return NULL;
    }
    return rb;
}

static bool adopt_length(RAMBlock *rb, uint64_t length, Error **errp)
{
    if (length == rb->used_length) {
        return true;
    }
    if (!(rb->flags & RAM_RESIZEABLE) || length > rb->max_length || !QEMU_IS_ALIGNED(length, TARGET_PAGE_SIZE)) {
        error_setg(errp, "RAM block '%s' has %" PRIu64 " bytes in the stream but %" PRIu64 " here", rb->idstr, length,
                   (uint64_t)rb->used_length);
        return false;
    }
    BQL_LOCK_GUARD();
    return qemu_ram_resize(rb, length, errp) >= 0;
}

static int load_block_list(QEMUFile *f, uint64_t total)
{
    Error *err = NULL;

    while (total) {
        RAMBlock *rb = get_block(f, &err);
        uint64_t length = qemu_get_be64(f);

        if (qemu_file_get_error(f)) {
            error_free(err);
            return qemu_file_get_error(f);
        }
        if (rb && (length > total || length == 0)) {
            error_setg(&err, "RAM block '%s': lengths do not add up to the announced total", rb->idstr);
            return fail(f, err);
        }
        if (!rb || !adopt_length(rb, length, &err)) {
            return fail(f, err);
        }
        total -= length;
    }
    return 0;
}

/* A page of one repeated byte; zeroes do not touch memory that is zero already. */
static void fill_page(RAMBlock *rb, uint64_t offset, uint8_t value)
{
    uint64_t page = offset >> TARGET_PAGE_BITS;
    uint8_t *p = rb->host + offset;

    if (value == 0 && rb->receivedmap && !test_bit(page, rb->receivedmap)) {
        return;
    }
    if (value != 0 || !buffer_is_zero(p, TARGET_PAGE_SIZE)) {
        memset(p, value, TARGET_PAGE_SIZE);
        if (rb->receivedmap) {
            set_bit(page, rb->receivedmap);
        }
    }
}

static int load_page(QEMUFile *f, RAMBlock *rb, uint64_t offset, uint64_t flags)
{
    if (flags & RAM_SAVE_FLAG_ZERO) {
        int value = qemu_get_byte(f);

        if (!qemu_file_get_error(f)) {
            fill_page(rb, offset, value);
        }
    } else {
        if (rb->receivedmap) {
            set_bit(offset >> TARGET_PAGE_BITS, rb->receivedmap);
        }
        qemu_get_buffer(f, rb->host + offset, TARGET_PAGE_SIZE);
    }
    return qemu_file_get_error(f);
}

static bool flags_ok(uint64_t flags)
{
    uint64_t kind = flags & ~RAM_SAVE_FLAG_CONTINUE;

    return !(flags & ~KNOWN_FLAGS) && is_power_of_2(kind) &&
           (flags == kind || kind == RAM_SAVE_FLAG_ZERO || kind == RAM_SAVE_FLAG_PAGE);
}

/* One section's worth: headers and pages up to the end mark. */
int ram_load(QEMUFile *f, void *opaque, int version_id)
{
    RAMBlock *rb;
    int ret = 0;

    if (version_id != RAM_SECTION_VERSION) {
        Error *err = NULL;

        error_setg(&err, "version %d of the RAM section is not supported, only %d", version_id, RAM_SECTION_VERSION);
        return fail(f, err);
    }
    while (ret == 0) {
        uint64_t header = qemu_get_be64(f);
        uint64_t flags = header & ~TARGET_PAGE_MASK, offset = header & TARGET_PAGE_MASK;
        Error *err = NULL;

        if (qemu_file_get_error(f)) {
            return qemu_file_get_error(f);
        }
        if (!flags_ok(flags)) {
            error_setg(&err, "RAM page header 0x%" PRIx64 " has flags this binary does not know (xbzrle, compression "
                       "and multifd are not supported)", header);
            return fail(f, err);
        }
        if (flags & RAM_SAVE_FLAG_EOS) {
            return 0;
        }
        if (flags & RAM_SAVE_FLAG_MEM_SIZE) {
            ret = load_block_list(f, offset);
            continue;
        }
        if (!(flags & RAM_SAVE_FLAG_CONTINUE)) {
            last_named = rb = get_block(f, &err);
        } else if (!(rb = last_named)) {
            error_setg(&err, "RAM page header 0x%" PRIx64 " continues a block but none was named", header);
        }
        if (!rb || err) {
            return qemu_file_get_error(f) ? (error_free(err), qemu_file_get_error(f)) : fail(f, err);
        }
        if (!offset_in_ramblock(rb, offset)) {
            error_setg(&err, "RAM block '%s': page 0x%" PRIx64 " is outside (0x%" PRIx64 " bytes)", rb->idstr, offset,
                       (uint64_t)rb->used_length);
            return fail(f, err);
        }
        ret = load_page(f, rb, offset, flags);
    }
    return ret;
}
