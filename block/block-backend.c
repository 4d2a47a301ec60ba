// SPDX-License-Identifier: GPL-2.0-or-later
/* BlockBackend: a device's handle on a node. Bounds, statistics, error policy. */
#include "qemu/osdep.h"
#include "block-internal.h"
#include "qapi/error.h"
#include "qapi/qapi-events-block-core.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "system/runstate.h"

static QTAILQ_HEAD(, BlockBackend) backends = QTAILQ_HEAD_INITIALIZER(backends);

BlockBackend *blk_new(const char *name)
{
    BlockBackend *blk = g_new0(BlockBackend, 1);

    blk->name = g_strdup(name ?: "");
    blk->refcnt = 1;
    blk->wce = true;
    blk->on_read_error = BLOCKDEV_ON_ERROR_REPORT;
    blk->on_write_error = BLOCKDEV_ON_ERROR_ENOSPC;
    QTAILQ_INSERT_TAIL(&backends, blk, link);
    return blk;
}

BlockBackend *blk_by_name(const char *name)
{
    BlockBackend *blk;

    QTAILQ_FOREACH(blk, &backends, link) {
        if (*name && g_str_equal(blk->name, name)) {
            return blk;
        }
    }
    return NULL;
}

BlockBackend *blk_next(BlockBackend *blk)
{
    return blk ? QTAILQ_NEXT(blk, link) : QTAILQ_FIRST(&backends);
}

void blk_ref(BlockBackend *blk)
{
    blk->refcnt++;
}

void blk_unref(BlockBackend *blk)
{
    if (!blk || --blk->refcnt) {
        return;
    }
    blk_drain(blk);
    if (blk->root && blk->root->user == blk) {
        blk->root->user = NULL;
    }
    bdrv_unref(blk->root);
    QTAILQ_REMOVE(&backends, blk, link);
    g_free(blk->dev_path);
    g_free(blk->dev_id);
    g_free(blk->name);
    g_free(blk);
}

bool blk_insert_bs(BlockBackend *blk, BlockDriverState *bs, Error **errp)
{
    if (bs->user) {
        error_setg(errp, "Node '%s' is already in use by '%s'", bs->node_name,
                   bs->user->dev_id ?: bs->user->dev_path ?: bs->user->name);
        return false;
    }
    bdrv_ref(bs);
    bs->user = blk;
    blk->root = bs;
    return true;
}

BlockDriverState *blk_bs(BlockBackend *blk)
{
    return blk->root;
}

const char *blk_name(const BlockBackend *blk)
{
    return blk->name;
}

bool blk_attach_dev(BlockBackend *blk, void *dev, const char *qom_path, const char *id, Error **errp)
{
    if (blk->dev && blk->dev != dev) {
        error_setg(errp, "Drive '%s' is already in use by another device", blk->name);
        return false;
    }
    blk->dev = dev;
    g_free(blk->dev_path);
    g_free(blk->dev_id);
    blk->dev_path = g_strdup(qom_path);
    blk->dev_id = g_strdup(id);
    return true;
}

void blk_detach_dev(BlockBackend *blk, void *dev)
{
    if (blk->dev == dev) {
        blk_drain(blk);
        blk->dev = NULL;
        blk->ops = NULL;
        g_clear_pointer(&blk->dev_path, g_free);
        g_clear_pointer(&blk->dev_id, g_free);
    }
}

void blk_set_dev_ops(BlockBackend *blk, const BlockDevOps *ops, void *opaque)
{
    blk->ops = ops;
    blk->ops_opaque = opaque;
}

bool blk_is_writable(BlockBackend *blk)
{
    return blk->root && !blk->root->read_only;
}

bool blk_enable_write_cache(BlockBackend *blk)
{
    return blk->wce;
}

void blk_set_enable_write_cache(BlockBackend *blk, bool wce)
{
    blk->wce = wce;
}

int64_t blk_getlength(BlockBackend *blk)
{
    return blk->root ? bdrv_getlength(blk->root) : -ENOMEDIUM;
}

void blk_get_geometry(BlockBackend *blk, uint64_t *nb_sectors)
{
    int64_t len = blk_getlength(blk);

    *nb_sectors = len < 0 ? 0 : len >> BDRV_SECTOR_BITS;
}

/* ---- errors ---- */

void blk_set_on_error(BlockBackend *blk, BlockdevOnError on_read, BlockdevOnError on_write)
{
    /* "auto" keeps what -drive said, or the default. */
    blk->on_read_error = on_read == BLOCKDEV_ON_ERROR_AUTO ? blk->on_read_error : on_read;
    blk->on_write_error = on_write == BLOCKDEV_ON_ERROR_AUTO ? blk->on_write_error : on_write;
}

BlockErrorAction blk_get_error_action(BlockBackend *blk, bool is_read, int error)
{
    switch (is_read ? blk->on_read_error : blk->on_write_error) {
    case BLOCKDEV_ON_ERROR_IGNORE:
        return BLOCK_ERROR_ACTION_IGNORE;
    case BLOCKDEV_ON_ERROR_STOP:
        return BLOCK_ERROR_ACTION_STOP;
    case BLOCKDEV_ON_ERROR_ENOSPC:
        return error == ENOSPC ? BLOCK_ERROR_ACTION_STOP : BLOCK_ERROR_ACTION_REPORT;
    default:
        return BLOCK_ERROR_ACTION_REPORT;
    }
}

void blk_error_action(BlockBackend *blk, BlockErrorAction action, bool is_read, int error)
{
    if (action == BLOCK_ERROR_ACTION_STOP) {
        blk->io_status = error == ENOSPC ? BLOCK_DEVICE_IO_STATUS_NOSPACE : BLOCK_DEVICE_IO_STATUS_FAILED;
    }
    qapi_event_send_block_io_error(blk->dev_path ?: "", blk->name, blk->root ? blk->root->node_name : NULL,
                                   is_read ? IO_OPERATION_TYPE_READ : IO_OPERATION_TYPE_WRITE, action,
                                   true, error == ENOSPC, strerror(error));
    if (action == BLOCK_ERROR_ACTION_STOP) {
        qemu_system_vmstop_request(RUN_STATE_IO_ERROR);
    }
}

/* ---- requests ---- */

void blk_request_done(BlockRequest *req)
{
    BlockBackend *blk = req->blk;
    int64_t now = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);

    if (req->ret < 0) {
        blk->stats.failed[req->op]++;
    } else {
        blk->stats.ops[req->op]++;
        blk->stats.bytes[req->op] += req->bytes;
        if (req->op == BLOCK_OP_WRITE) {
            blk->stats.wr_highest = MAX(blk->stats.wr_highest, req->offset + req->bytes);
        }
    }
    blk->stats.time_ns[req->op] += now - req->start_ns;
    blk->stats.last_access_ns = now;
    blk->in_flight--;
    req->cb(req->opaque, req->ret);
    blk_unref(blk);
    g_free(req);
}

static void complete_early(void *opaque)
{
    BlockRequest *req = opaque;

    bdrv_request_done(req, req->ret);
}

void bdrv_complete_soon(BlockRequest *req, int ret)
{
    req->ret = ret;
    qemu_bh_schedule_oneshot(complete_early, req);
}

static int check(BlockBackend *blk, BlockRequest *req)
{
    int64_t len;

    if (!blk->root) {
        return -ENOMEDIUM;
    }
    if (req->op == BLOCK_OP_FLUSH) {
        return 0;
    }
    if (req->op != BLOCK_OP_READ && blk->root->read_only) {
        return -EACCES;
    }
    len = blk_getlength(blk);
    if (len < 0) {
        return len;
    }
    return req->offset < 0 || req->bytes < 0 || req->offset > len || req->bytes > len - req->offset ? -EIO : 0;
}

static void blk_aio(BlockBackend *blk, BlockRequest tmpl)
{
    BlockRequest *req = g_new(BlockRequest, 1);

    *req = tmpl;
    req->blk = blk;
    req->start_ns = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
    blk_ref(blk);
    blk->in_flight++;
    bdrv_request_begin(req);
    req->ret = check(blk, req);
    if (req->ret < 0) {
        bdrv_complete_soon(req, req->ret);
        return;
    }
    bdrv_submit(blk->root, req);
}

void blk_aio_preadv(BlockBackend *blk, int64_t offset, QEMUIOVector *qiov, BlockCompletionFunc *cb, void *opaque)
{
    blk_aio(blk, (BlockRequest) { .op = BLOCK_OP_READ, .offset = offset, .bytes = qiov->size, .iov = qiov->iov,
                                  .niov = qiov->niov, .cb = cb, .opaque = opaque });
}

void blk_aio_pwritev(BlockBackend *blk, int64_t offset, QEMUIOVector *qiov, BlockCompletionFunc *cb, void *opaque)
{
    blk_aio(blk, (BlockRequest) { .op = BLOCK_OP_WRITE, .offset = offset, .bytes = qiov->size, .iov = qiov->iov,
                                  .niov = qiov->niov, .fua = !blk->wce, .cb = cb, .opaque = opaque });
}

void blk_aio_flush(BlockBackend *blk, BlockCompletionFunc *cb, void *opaque)
{
    blk_aio(blk, (BlockRequest) { .op = BLOCK_OP_FLUSH, .cb = cb, .opaque = opaque });
}

void blk_aio_pdiscard(BlockBackend *blk, int64_t offset, int64_t bytes, BlockCompletionFunc *cb, void *opaque)
{
    blk_aio(blk, (BlockRequest) { .op = BLOCK_OP_DISCARD, .offset = offset, .bytes = bytes, .cb = cb,
                                  .opaque = opaque });
}

void blk_aio_pwrite_zeroes(BlockBackend *blk, int64_t offset, int64_t bytes, bool may_unmap,
                           BlockCompletionFunc *cb, void *opaque)
{
    blk_aio(blk, (BlockRequest) { .op = BLOCK_OP_ZERO, .offset = offset, .bytes = bytes, .may_unmap = may_unmap,
                                  .fua = !blk->wce, .cb = cb, .opaque = opaque });
}

void blk_drain(BlockBackend *blk)
{
    if (blk->in_flight) {
        bdrv_drain_all();
    }
}

static void store_ret(void *opaque, int ret)
{
    *(int *)opaque = ret;
}

int blk_flush_wait(BlockBackend *blk)
{
    int ret = -EINPROGRESS;

    if (!blk->root || blk->root->read_only) {
        return 0;
    }
    blk_aio_flush(blk, store_ret, &ret);
    bdrv_drain_all();
    return ret;
}
