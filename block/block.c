// SPDX-License-Identifier: GPL-2.0-or-later
/* The node graph: opening, names, references, and the life of requests. See block.h for the picture. */
#include "qemu/osdep.h"
#include "block-internal.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/thread.h"
#include "qemu/timer.h"
#include "system/runstate.h"

static struct {
    QTAILQ_HEAD(, BlockDriverState) nodes;
    unsigned in_flight;
    unsigned next_implicit;
    bool ready;
    QemuCond drained;
    pthread_t main_thread;
    VMChangeStateEntry *vmstate;
} graph;

static void vm_state_changed(void *opaque, bool running, RunState state)
{
    if (!running) {
        bdrv_drain_all();
    } else {
        Error *err = NULL;

        if (!bdrv_activate_all(&err)) {
            error_report_err(err);
        }
    }
}

static void graph_init(void)
{
    if (!graph.ready) {
        QTAILQ_INIT(&graph.nodes);
        qemu_cond_init(&graph.drained);
        graph.main_thread = pthread_self();
        graph.ready = true;
        graph.vmstate = qemu_add_vm_change_state_handler(vm_state_changed, NULL);
    }
}

BlockDriverState *bdrv_first_node(void)
{
    graph_init();
    return QTAILQ_FIRST(&graph.nodes);
}

BlockDriverState *bdrv_find_node(const char *name)
{
    BlockDriverState *bs;

    graph_init();
    QTAILQ_FOREACH(bs, &graph.nodes, link) {
        if (g_str_equal(bs->node_name, name)) {
            return bs;
        }
    }
    return NULL;
}

static const BlockDriver *driver_of(BlockdevDriver d)
{
    switch (d) {
    case BLOCKDEV_DRIVER_FILE: return &bdrv_file;
    case BLOCKDEV_DRIVER_HOST_DEVICE: return &bdrv_host_device;
    case BLOCKDEV_DRIVER_RAW: return &bdrv_raw;
    case BLOCKDEV_DRIVER_NULL_CO: return &bdrv_null_co;
    case BLOCKDEV_DRIVER_NULL_AIO: return &bdrv_null_aio;
    default: return NULL;
    }
}

static bool check_name(const char *name, Error **errp)
{
    bool ok = g_ascii_isalpha(name[0]) && strlen(name) < 128;

    for (const char *p = name; ok && *p; p++) {
        ok = g_ascii_isalnum(*p) || strchr("-._", *p);
    }
    if (!ok) {
        error_setg(errp, "Invalid node-name: '%s'", name);
        return false;
    }
    if (bdrv_find_node(name) || blk_by_name(name)) {
        error_setg(errp, "Duplicate nodes with node-name='%s'", name);
        return false;
    }
    return true;
}

BlockDriverState *bdrv_open(const BlockdevOptions *opts, Error **errp)
{
    const BlockDriver *drv = driver_of(opts->driver);
    BlockDriverState *bs;

    graph_init();
    if (!drv) {
        error_setg(errp, "Block driver is not available");
        return NULL;
    }
    if (opts->node_name && !check_name(opts->node_name, errp)) {
        return NULL;
    }
    bs = g_new0(BlockDriverState, 1);
    bs->drv = drv;
    bs->refcnt = 1;
    bs->implicit = !opts->node_name;
    bs->node_name = opts->node_name ? g_strdup(opts->node_name) : g_strdup_printf("#block%03u", graph.next_implicit++);
    bs->read_only = opts->has_read_only && opts->read_only;
    bs->writeback = true;
    bs->direct = opts->cache && opts->cache->has_direct && opts->cache->direct;
    bs->no_flush = opts->cache && opts->cache->has_no_flush && opts->cache->no_flush;
    bs->discard_unmap = opts->has_discard && opts->discard == BLOCKDEV_DISCARD_OPTIONS_UNMAP;
    bs->detect_zeroes = opts->has_detect_zeroes ? opts->detect_zeroes : BLOCKDEV_DETECT_ZEROES_OPTIONS_OFF;
    bs->opaque = g_malloc0(drv->state_size);
    if (!drv->open(bs, opts, errp)) {
        g_free(bs->opaque);
        g_free(bs->filename);
        g_free(bs->node_name);
        g_free(bs);
        return NULL;
    }
    QTAILQ_INSERT_TAIL(&graph.nodes, bs, link);
    return bs;
}

void bdrv_ref(BlockDriverState *bs)
{
    bs->refcnt++;
}

void bdrv_unref(BlockDriverState *bs)
{
    if (!bs || --bs->refcnt) {
        return;
    }
    QTAILQ_REMOVE(&graph.nodes, bs, link);
    if (bs->drv->close) {
        bs->drv->close(bs);
    }
    bdrv_unref(bs->file);
    g_free(bs->opaque);
    g_free(bs->filename);
    g_free(bs->node_name);
    g_free(bs);
}

int64_t bdrv_getlength(BlockDriverState *bs)
{
    return bs->drv->getlength(bs);
}

/* ---- requests ---- */

void bdrv_request_begin(BlockRequest *req)
{
    graph.in_flight++;
}

void bdrv_submit(BlockDriverState *bs, BlockRequest *req)
{
    req->bs = bs;
    bs->drv->submit(bs, req);
}

void bdrv_request_done(BlockRequest *req, int ret)
{
    req->ret = ret;
    blk_request_done(req);
    if (--graph.in_flight == 0) {
        qemu_cond_broadcast(&graph.drained);
    }
}

void bdrv_drain_all(void)
{
    graph_init();
    while (graph.in_flight) {
        if (pthread_equal(pthread_self(), graph.main_thread)) {
            main_loop_wait(false);
        } else {
            qemu_cond_wait_bql(&graph.drained);
        }
    }
}

bool bdrv_activate_all(Error **errp)
{
    BlockDriverState *bs;

    graph_init();
    QTAILQ_FOREACH(bs, &graph.nodes, link) {
        if (bs->drv->activate && !bs->drv->activate(bs, errp)) {
            return false;
        }
    }
    return true;
}

bool bdrv_flush_all(Error **errp)
{
    bdrv_drain_all();
    for (BlockBackend *blk = NULL; (blk = blk_next(blk));) {
        int ret = blk_flush_wait(blk);

        if (ret < 0) {
            error_setg_errno(errp, -ret, "Flushing '%s' failed", blk_name(blk));
            return false;
        }
    }
    return true;
}

bool bdrv_inactivate_all(Error **errp)
{
    BlockDriverState *bs;

    graph_init();
    if (!bdrv_flush_all(errp)) {
        return false;
    }
    QTAILQ_FOREACH(bs, &graph.nodes, link) {
        if (bs->drv->inactivate) {
            bs->drv->inactivate(bs);
        }
    }
    return true;
}

void bdrv_close_all(void)
{
    BlockDriverState *bs;

    if (!graph.ready) {
        return;
    }
    bdrv_flush_all(NULL);
    QTAILQ_FOREACH(bs, &graph.nodes, link) {
        if (bs->drv->inactivate) {
            bs->drv->inactivate(bs);
        }
    }
}
