// SPDX-License-Identifier: GPL-2.0-or-later
/* Nodes and drives by the user's hand: -blockdev, -drive, and the commands that add, list and resize. */
#include "qemu/osdep.h"
#include "block-internal.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-block-core.h"
#include "qapi/qapi-visit-block-core.h"
#include "qapi/qobject-input-visitor.h"
#include "qemu/cutils.h"
#include "qemu/error-report.h"
#include "qemu/timer.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/keyval.h"

/* ---- adding and removing ---- */

void qmp_blockdev_add(BlockdevOptions *options, Error **errp)
{
    BlockDriverState *bs;

    if (!options->node_name) {
        error_setg(errp, "'node-name' must be specified for the root node");
        return;
    }
    bs = bdrv_open(options, errp);
    if (bs) {
        bs->monitor_owned = true;
    }
}

void qmp_blockdev_del(const char *node_name, Error **errp)
{
    BlockDriverState *bs = bdrv_find_node(node_name);

    if (!bs) {
        error_setg(errp, "Failed to find node with node-name='%s'", node_name);
        return;
    }
    if (!bs->monitor_owned) {
        error_setg(errp, "Node %s is not owned by the monitor", node_name);
        return;
    }
    if (bs->refcnt > 1) {
        error_setg(errp, "Block device %s is in use", node_name);
        return;
    }
    bdrv_drain_all();
    bdrv_unref(bs);
}

bool blockdev_add_option(const char *arg, Error **errp)
{
    BlockdevOptions *opts = NULL;
    Visitor *v = qobject_input_visitor_new_str(arg, "driver", errp);
    Error *err = NULL;

    if (!v) {
        return false;
    }
    visit_type_BlockdevOptions(v, NULL, &opts, &err);
    visit_free(v);
    if (!err) {
        qmp_blockdev_add(opts, &err);
    }
    qapi_free_BlockdevOptions(opts);
    if (err) {
        error_propagate(errp, err);
        return false;
    }
    return true;
}

void qmp_block_resize(const char *device, const char *node_name, int64_t size, Error **errp)
{
    BlockBackend *blk = device ? blk_by_name(device) : NULL;
    BlockDriverState *bs = blk ? blk->root : bdrv_find_node(node_name ?: device ?: "");

    if (!bs) {
        error_setg(errp, "Cannot find device='%s' nor node-name='%s'", device ?: "", node_name ?: "");
        return;
    }
    if (size < 0) {
        error_setg(errp, "Parameter 'size' expects a >0 size");
        return;
    }
    if (!bs->drv->truncate) {
        error_setg(errp, "Node '%s' cannot be resized", bs->node_name);
        return;
    }
    bdrv_drain_all();
    if (bs->drv->truncate(bs, size, errp) && bs->user && bs->user->ops && bs->user->ops->resize_cb) {
        bs->user->ops->resize_cb(bs->user->ops_opaque);
    }
}

/* ---- -drive ---- */


static GSList *pending_drives;

static bool flag(QDict *d, const char *key, bool def, bool *out, Error **errp)
{
    const char *s = qdict_get_try_str(d, key);

    *out = def;
    if (!s || g_str_equal(s, "on") || g_str_equal(s, "off")) {
        *out = s ? g_str_equal(s, "on") : def;
        qdict_del(d, key);
        return true;
    }
    error_setg(errp, "-drive: parameter '%s' expects 'on' or 'off'", key);
    return false;
}

static char *take(QDict *d, const char *key)
{
    char *s = g_strdup(qdict_get_try_str(d, key));

    qdict_del(d, key);
    return s;
}

static bool cache_mode(const char *mode, BlockdevOptions *o, bool *wce, Error **errp)
{
    static const struct { const char *name; bool direct, no_flush, wce; } modes[] = {
        { "writeback", false, false, true }, { "none", true, false, true }, { "off", true, false, true },
        { "writethrough", false, false, false }, { "directsync", true, false, false }, { "unsafe", false, true, true },
    };

    for (int i = 0; i < ARRAY_SIZE(modes); i++) {
        if (!mode || g_str_equal(mode, modes[i].name)) {
            o->cache->has_direct = o->cache->has_no_flush = true;
            o->cache->direct = modes[i].direct;
            o->cache->no_flush = modes[i].no_flush;
            *wce = modes[i].wce;
            return true;
        }
    }
    error_setg(errp, "-drive: invalid cache option '%s'", mode);
    return false;
}

/* "auto" is the device's choice: the back end's default. */
static bool on_error(QDict *d, const char *key, BlockdevOnError def, BlockdevOnError *out, Error **errp)
{
    g_autofree char *s = take(d, key);
    int v;

    *out = def;
    if (!s) {
        return true;
    }
    v = qapi_enum_parse(&BlockdevOnError_lookup, s, -1, NULL);
    if (v < 0 || (v == BLOCKDEV_ON_ERROR_ENOSPC && key[0] == 'r')) {
        error_setg(errp, "-drive: invalid value '%s' of %s", s, key);
        return false;
    }
    *out = v == BLOCKDEV_ON_ERROR_AUTO ? def : v;
    return true;
}

/* Without format=, a file that starts like a known image format is not taken for a raw disk. */
static bool raw_by_looks(const char *file, Error **errp)
{
    static const struct { const char *format; size_t len; const char *magic; } known[] = {
        { "qcow", 4, "QFI\xfb" }, { "qed", 4, "QED" }, { "vmdk", 4, "KDMV" }, { "vhdx", 8, "vhdxfile" },
        { "vpc", 8, "conectix" }, { "luks", 6, "LUKS\xba\xbe" },
    };
    char head[8] = { 0 };
    int fd = open(file, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return true;            /* opening it in earnest says why */
    }
    (void)!read(fd, head, sizeof(head));
    close(fd);
    for (int i = 0; i < ARRAY_SIZE(known); i++) {
        if (!memcmp(head, known[i].magic, known[i].len)) {
            error_setg(errp, "-drive: '%s' looks like a %s image, which is not supported; format=raw uses it as it is",
                       file, known[i].format);
            return false;
        }
    }
    warn_report("no format given for '%s': it is taken as raw (format=raw says so without warning)", file);
    return true;
}

/* One drive: a raw node over a file node, a back end named after it, and perhaps a device to come. */
static bool drive_new(QDict *d, Error **errp)
{
    static const char *const no_effect[] = { "aio", "index", "read-only", NULL };
    static int index, ide_index;
    BlockdevOnError on_read, on_write;
    g_autofree char *file = take(d, "file"), *id = take(d, "id"), *iface = take(d, "if");
    g_autofree char *format = take(d, "format"), *cache = take(d, "cache"), *discard = take(d, "discard");
    g_autofree char *media = take(d, "media"), *serial = take(d, "serial");
    BlockdevCacheOptions cache_opts = { 0 };
    BlockdevOptions node = { .driver = BLOCKDEV_DRIVER_RAW, .cache = &cache_opts, .has_read_only = true };
    BlockdevRef ref = { .type = QTYPE_QDICT };
    BlockDriverState *bs;
    BlockBackend *blk;
    struct stat st;
    bool readonly, snapshot, wce, virtio, ide, ok;

    if (!flag(d, "readonly", qdict_haskey(d, "read-only") ? g_strcmp0(qdict_get_try_str(d, "read-only"), "on") == 0
                                                          : false, &readonly, errp) ||
        !flag(d, "snapshot", false, &snapshot, errp) || !cache_mode(cache, &node, &wce, errp) ||
        !on_error(d, "rerror", BLOCKDEV_ON_ERROR_REPORT, &on_read, errp) ||
        !on_error(d, "werror", BLOCKDEV_ON_ERROR_ENOSPC, &on_write, errp)) {
        return false;
    }
    for (const char *const *key = no_effect; *key; key++) {
        qdict_del(d, *key);
    }
    if (qdict_size(d)) {
        error_setg(errp, "-drive: invalid parameter '%s'", qdict_first(d)->key);
        return false;
    }
    if (format && !g_str_equal(format, "raw")) {
        error_setg(errp, "-drive: Unknown driver '%s'", format);
        return false;
    }
    if (!file) {
        error_setg(errp, "-drive: parameter 'file' is missing");
        return false;
    }
    virtio = !iface || g_str_equal(iface, "virtio");
    ide = iface && g_str_equal(iface, "ide");
    if (!virtio && !ide && !g_str_equal(iface, "none")) {
        error_setg(errp, "-drive: if=%s is not supported, use if=virtio, if=ide (q35) or if=none with -device", iface);
        return false;
    }
    if (ide && media && g_str_equal(media, "cdrom")) {
        error_setg(errp, "-drive: if=ide has disks only, use if=virtio for a read-only image");
        return false;
    }
    if (id && blk_by_name(id)) {
        error_setg(errp, "Duplicate ID '%s' for drive", id);
        return false;
    }
    readonly |= media && g_str_equal(media, "cdrom");
    if (!format && !raw_by_looks(file, errp)) {
        return false;
    }
    node.read_only = readonly || snapshot;
    if (snapshot) {
        cache_opts.direct = false;      /* copies whole clusters, whatever the file's alignment */
    }
    if (discard && (g_str_equal(discard, "unmap") || g_str_equal(discard, "on"))) {
        node.has_discard = true;
        node.discard = BLOCKDEV_DISCARD_OPTIONS_UNMAP;
    }
    ref.u.definition = node;
    ref.u.definition.driver = stat(file, &st) == 0 && S_ISBLK(st.st_mode) ? BLOCKDEV_DRIVER_HOST_DEVICE
                                                                          : BLOCKDEV_DRIVER_FILE;
    ref.u.definition.u.file.filename = file;
    node.u.raw.file = &ref;
    bs = bdrv_open(&node, errp);
    if (!bs) {
        return false;
    }
    if (snapshot && !readonly) {
        if (!bdrv_file_make_temporary(bs->file, errp)) {
            bdrv_unref(bs);
            return false;
        }
        bs->read_only = false;
    }
    if (!id) {
        id = ide ? g_strdup_printf("ide%d-hd0", ide_index) : g_strdup_printf("%s%d", virtio ? "virtio" : "none", index);
    }
    index++;
    blk = blk_new(id);
    blk_set_enable_write_cache(blk, wce);
    blk_set_on_error(blk, on_read, on_write);
    ok = blk_insert_bs(blk, bs, errp);
    bdrv_unref(bs);
    if (ok && !iface) {
        warn_report("drive '%s': '%s' becomes a virtio disk (if=virtio says so without warning; if=ide is a SATA disk of q35)",
                    id, file);
    }
    if (ok && virtio) {
        pending_drives = g_slist_append(pending_drives, g_strdup_printf("virtio-blk-pci,drive=%s%s%s", id,
                                                                        serial ? ",serial=" : "", serial ?: ""));
    } else if (ok && ide) {
        pending_drives = g_slist_append(pending_drives, g_strdup_printf("ide-hd,bus=ide.%d,drive=%s%s%s", ide_index++, id,
                                                                        serial ? ",serial=" : "", serial ?: ""));
    }
    return ok;
}

bool drive_add_option(const char *arg, bool default_snapshot, Error **errp)
{
    bool help = false;
    QDict *d = keyval_parse(arg, NULL, &help, errp);
    bool ok;

    if (!d) {
        return false;
    }
    if (default_snapshot && !qdict_haskey(d, "snapshot")) {
        qdict_put_str(d, "snapshot", "on");
    }
    ok = drive_new(d, errp);
    qobject_unref(d);
    return ok;
}

bool drive_make_devices(bool (*add_device)(const char *args, Error **errp), Error **errp)
{
    for (; pending_drives; pending_drives = g_slist_delete_link(pending_drives, pending_drives)) {
        bool ok = add_device(pending_drives->data, errp);

        g_free(pending_drives->data);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* ---- queries ---- */

static BlockDeviceInfo *node_info(BlockDriverState *bs, BlockBackend *blk)
{
    BlockDeviceInfo *i = g_new0(BlockDeviceInfo, 1);
    int64_t len = bdrv_getlength(bs);
    struct stat st;

    i->file = g_strdup(bs->filename ?: "");
    i->node_name = g_strdup(bs->node_name);
    i->ro = bs->read_only;
    i->drv = g_strdup(bs->drv->name);
    i->detect_zeroes = bs->detect_zeroes;
    i->cache = g_new0(BlockdevCacheInfo, 1);
    i->cache->writeback = blk ? blk->wce : true;
    i->cache->direct = bs->direct;
    i->cache->no_flush = bs->no_flush;
    i->image = g_new0(ImageInfo, 1);
    i->image->filename = g_strdup(bs->filename ?: "");
    i->image->format = g_strdup(bs->drv->name);
    i->image->virtual_size = MAX(len, 0);
    if (bs->filename && stat(bs->filename, &st) == 0) {
        i->image->has_actual_size = true;
        i->image->actual_size = (int64_t)st.st_blocks * 512;
    }
    return i;
}

BlockInfoList *qmp_query_block(Error **errp)
{
    BlockInfoList *head = NULL, **tail = &head;

    for (BlockBackend *blk = NULL; (blk = blk_next(blk));) {
        BlockInfo *i;

        if (!*blk->name && !blk->dev) {
            continue;
        }
        i = g_new0(BlockInfo, 1);
        i->device = g_strdup(blk->name);
        i->qdev = g_strdup(blk->dev_id ?: blk->dev_path);
        i->type = g_strdup("unknown");
        i->has_io_status = blk->dev != NULL;
        i->io_status = blk->io_status;
        i->inserted = blk->root ? node_info(blk->root, blk) : NULL;
        QAPI_LIST_APPEND(tail, i);
    }
    return head;
}

BlockDeviceInfoList *qmp_query_named_block_nodes(bool has_flat, bool flat, Error **errp)
{
    BlockDeviceInfoList *head = NULL;

    for (BlockDriverState *bs = bdrv_first_node(); bs; bs = QTAILQ_NEXT(bs, link)) {
        QAPI_LIST_PREPEND(head, node_info(bs, bs->user));
    }
    return head;
}

static BlockStats *stats_of(BlockBackend *blk)
{
    BlockStats *s = g_new0(BlockStats, 1);
    BlockDeviceStats *d = s->stats = g_new0(BlockDeviceStats, 1);

    s->device = g_strdup(blk->name);
    s->qdev = g_strdup(blk->dev_id ?: blk->dev_path);
    s->node_name = blk->root ? g_strdup(blk->root->node_name) : NULL;
    d->rd_bytes = blk->stats.bytes[BLOCK_OP_READ];
    d->wr_bytes = blk->stats.bytes[BLOCK_OP_WRITE];
    d->unmap_bytes = blk->stats.bytes[BLOCK_OP_DISCARD];
    d->rd_operations = blk->stats.ops[BLOCK_OP_READ];
    d->wr_operations = blk->stats.ops[BLOCK_OP_WRITE];
    d->flush_operations = blk->stats.ops[BLOCK_OP_FLUSH];
    d->unmap_operations = blk->stats.ops[BLOCK_OP_DISCARD];
    d->rd_total_time_ns = blk->stats.time_ns[BLOCK_OP_READ];
    d->wr_total_time_ns = blk->stats.time_ns[BLOCK_OP_WRITE];
    d->flush_total_time_ns = blk->stats.time_ns[BLOCK_OP_FLUSH];
    d->unmap_total_time_ns = blk->stats.time_ns[BLOCK_OP_DISCARD];
    d->wr_highest_offset = blk->stats.wr_highest;
    d->failed_rd_operations = blk->stats.failed[BLOCK_OP_READ];
    d->failed_wr_operations = blk->stats.failed[BLOCK_OP_WRITE];
    d->failed_flush_operations = blk->stats.failed[BLOCK_OP_FLUSH];
    d->failed_unmap_operations = blk->stats.failed[BLOCK_OP_DISCARD];
    d->account_failed = true;
    d->account_invalid = true;
    if (blk->stats.last_access_ns) {
        d->has_idle_time_ns = true;
        d->idle_time_ns = qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - blk->stats.last_access_ns;
    }
    return s;
}

BlockStatsList *qmp_query_blockstats(bool has_query_nodes, bool query_nodes, Error **errp)
{
    BlockStatsList *head = NULL, **tail = &head;

    for (BlockBackend *blk = NULL; (blk = blk_next(blk));) {
        QAPI_LIST_APPEND(tail, stats_of(blk));
    }
    return head;
}
