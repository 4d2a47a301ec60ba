/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of block/. */
#ifndef BLOCK_INTERNAL_H
#define BLOCK_INTERNAL_H

#include "block/block.h"

BlockDriverState *bdrv_first_node(void);
void bdrv_request_begin(BlockRequest *req);
void blk_request_done(BlockRequest *req);
/* Complete from the main loop, never from inside the submission. */
void bdrv_complete_soon(BlockRequest *req, int ret);
int blk_flush_wait(BlockBackend *blk);
/* A "file" or "host_device" node opened read-only takes writes from now on and forgets them at its end. */
bool bdrv_file_make_temporary(BlockDriverState *bs, Error **errp);

struct BlockBackend {
    char *name;                 /* -drive's id; empty for a device's own */
    int refcnt;
    BlockDriverState *root;
    void *dev;
    char *dev_path;
    char *dev_id;
    const BlockDevOps *ops;
    void *ops_opaque;
    unsigned in_flight;
    bool wce;
    BlockdevOnError on_read_error, on_write_error;
    BlockDeviceIoStatus io_status;
    struct {
        int64_t bytes[5], ops[5], failed[5], time_ns[5];
        int64_t wr_highest, last_access_ns;
    } stats;
    QTAILQ_ENTRY(BlockBackend) link;
};

#endif
