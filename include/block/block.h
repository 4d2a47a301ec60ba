/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block nodes and back ends.
 *
 *     guest device -> BlockBackend -> node (raw) -> node (file) -> host file
 *
 * A node is one layer with a driver; a format node has a child in `file`. Requests go down by ->submit and come back
 * by completing the request on the main loop with the big lock held, in any order. A BlockBackend is a device's (or an
 * exporter's) handle: it checks bounds, counts requests in flight and keeps statistics.
 *
 * Drain: bdrv_drain_all() returns when no request is in flight; stopping the machine does it.
 * Locking of images: OFD locks on bytes 100+n (permission n in use) and 200+n (permission n refused to others).
 */
#ifndef BLOCK_BLOCK_H
#define BLOCK_BLOCK_H

#include "qapi/qapi-types-block-core.h"
#include "qemu/iov.h"
#include "qemu/queue.h"

#define BDRV_SECTOR_BITS 9
#define BDRV_SECTOR_SIZE (1ULL << BDRV_SECTOR_BITS)
#define BDRV_REQUEST_MAX_BYTES (1u << 30)

typedef struct BlockDriverState BlockDriverState;
typedef struct BlockDriver BlockDriver;
typedef struct BlockBackend BlockBackend;
typedef struct BlockRequest BlockRequest;
typedef void BlockCompletionFunc(void *opaque, int ret);

typedef enum BlockOp { BLOCK_OP_READ, BLOCK_OP_WRITE, BLOCK_OP_FLUSH, BLOCK_OP_DISCARD, BLOCK_OP_ZERO } BlockOp;

/* A request on its way through the nodes. Drivers may change offset while passing it down. */
struct BlockRequest {
    BlockOp op;
    BlockDriverState *bs;
    int64_t offset;
    int64_t bytes;
    struct iovec *iov;
    int niov;
    bool may_unmap;             /* zeroing may make a hole */
    bool fua;
    int ret;
    BlockBackend *blk;
    int64_t start_ns;
    BlockCompletionFunc *cb;
    void *opaque;
};

struct BlockDriver {
    const char *name;
    size_t state_size;
    bool (*open)(BlockDriverState *bs, const BlockdevOptions *opts, Error **errp);
    void (*close)(BlockDriverState *bs);
    /* Must end in bdrv_request_done(), now or later. */
    void (*submit)(BlockDriverState *bs, BlockRequest *req);
    int64_t (*getlength)(BlockDriverState *bs);                 /* bytes or -errno */
    bool (*truncate)(BlockDriverState *bs, int64_t size, Error **errp);
    /* Take or give up the locks that a running guest needs. */
    bool (*activate)(BlockDriverState *bs, Error **errp);
    void (*inactivate)(BlockDriverState *bs);
};

struct BlockDriverState {
    const BlockDriver *drv;
    void *opaque;
    char *node_name;
    char *filename;
    BlockDriverState *file;
    int refcnt;
    bool monitor_owned;         /* blockdev-add's reference is among refcnt */
    bool implicit;              /* has a generated name */
    bool read_only;
    bool writeback, direct, no_flush;
    bool discard_unmap;
    BlockdevDetectZeroesOptions detect_zeroes;
    BlockBackend *user;         /* the one writer */
    QTAILQ_ENTRY(BlockDriverState) link;
};

BlockDriverState *bdrv_find_node(const char *name);
BlockDriverState *bdrv_open(const BlockdevOptions *opts, Error **errp);
void bdrv_ref(BlockDriverState *bs);
void bdrv_unref(BlockDriverState *bs);
int64_t bdrv_getlength(BlockDriverState *bs);
void bdrv_submit(BlockDriverState *bs, BlockRequest *req);
void bdrv_request_done(BlockRequest *req, int ret);
void bdrv_drain_all(void);
/* Before handing over to another process: drained, flushed, unlocked. */
bool bdrv_inactivate_all(Error **errp);
bool bdrv_activate_all(Error **errp);
bool bdrv_flush_all(Error **errp);
void bdrv_close_all(void);
extern const BlockDriver bdrv_file, bdrv_host_device, bdrv_raw, bdrv_null_co, bdrv_null_aio;

/* ---- back ends ---- */

typedef struct BlockDevOps {
    void (*resize_cb)(void *opaque);
} BlockDevOps;

BlockBackend *blk_new(const char *name);
BlockBackend *blk_by_name(const char *name);
BlockBackend *blk_next(BlockBackend *blk);
void blk_ref(BlockBackend *blk);
void blk_unref(BlockBackend *blk);
bool blk_insert_bs(BlockBackend *blk, BlockDriverState *bs, Error **errp);
BlockDriverState *blk_bs(BlockBackend *blk);
const char *blk_name(const BlockBackend *blk);
/* One device per back end. @id: what query-block calls it, the device's QOM path or id. */
bool blk_attach_dev(BlockBackend *blk, void *dev, const char *qom_path, const char *id, Error **errp);
void blk_detach_dev(BlockBackend *blk, void *dev);
void blk_set_dev_ops(BlockBackend *blk, const BlockDevOps *ops, void *opaque);
bool blk_is_writable(BlockBackend *blk);
bool blk_enable_write_cache(BlockBackend *blk);
void blk_set_enable_write_cache(BlockBackend *blk, bool wce);
int64_t blk_getlength(BlockBackend *blk);
void blk_get_geometry(BlockBackend *blk, uint64_t *nb_sectors);
void blk_set_on_error(BlockBackend *blk, BlockdevOnError on_read, BlockdevOnError on_write);
BlockErrorAction blk_get_error_action(BlockBackend *blk, bool is_read, int error);
/* Sends BLOCK_IO_ERROR and, for "stop", stops the machine. */
void blk_error_action(BlockBackend *blk, BlockErrorAction action, bool is_read, int error);

void blk_aio_preadv(BlockBackend *blk, int64_t offset, QEMUIOVector *qiov, BlockCompletionFunc *cb, void *opaque);
void blk_aio_pwritev(BlockBackend *blk, int64_t offset, QEMUIOVector *qiov, BlockCompletionFunc *cb, void *opaque);
void blk_aio_flush(BlockBackend *blk, BlockCompletionFunc *cb, void *opaque);
void blk_aio_pdiscard(BlockBackend *blk, int64_t offset, int64_t bytes, BlockCompletionFunc *cb, void *opaque);
void blk_aio_pwrite_zeroes(BlockBackend *blk, int64_t offset, int64_t bytes, bool may_unmap,
                           BlockCompletionFunc *cb, void *opaque);
void blk_drain(BlockBackend *blk);

/* ---- command line ---- */

/* -blockdev: JSON or key=value. */
bool blockdev_add_option(const char *arg, Error **errp);
/* -drive. What it makes for the guest is added later by drive_make_devices(). */
bool drive_add_option(const char *arg, bool default_snapshot, Error **errp);
bool drive_make_devices(bool (*add_device)(const char *args, Error **errp), Error **errp);

#endif
