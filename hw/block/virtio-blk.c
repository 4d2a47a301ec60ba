// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Block device (virtio 1.2, 5.2). A request is a chain: header (16 bytes, readable), data, status (1 byte, writable,
 * last). Requests complete in any order. With werror/rerror=stop a failed request waits in s->rq until the machine runs
 * again; these requests travel with a migration.
 */
#include "qemu/osdep.h"
#include "hw/virtio/virtio-blk.h"
#include "hw/core/boards.h"
#include "migration/qemu-file-types.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/iov.h"
#include "system/iothread.h"

/* ---- completion ---- */

static void req_free(VirtIOBlockReq *req)
{
    g_free(req->iov_alloc);
    g_free(req);
}

static void req_complete(VirtIOBlockReq *req, uint8_t status)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(req->dev);

    stb_p(req->status, status);
    virtqueue_push(req->vq, &req->elem, req->in_len);
    virtio_notify(vdev, req->vq);
    req_free(req);
}

static bool is_write_type(uint32_t type)
{
    return type & VIRTIO_BLK_T_OUT;
}

/* True when the request is taken care of: kept for later, or completed with an error. */
static bool handle_rw_error(VirtIOBlockReq *req, int error, bool is_read)
{
    VirtIOBlock *s = req->dev;
    BlockErrorAction action = blk_get_error_action(s->blk, is_read, error);

    if (action == BLOCK_ERROR_ACTION_STOP) {
        req->next = s->rq;
        s->rq = req;
    } else if (action == BLOCK_ERROR_ACTION_REPORT) {
        req_complete(req, VIRTIO_BLK_S_IOERR);
    }
    blk_error_action(s->blk, action, is_read, error);
    return action != BLOCK_ERROR_ACTION_IGNORE;
}

static void rw_done(void *opaque, int ret)
{
    VirtIOBlockReq *req = opaque;

    req->dev->in_flight--;
    if (ret && handle_rw_error(req, -ret, !is_write_type(le32_to_cpu(req->out.type)))) {
        return;
    }
    req_complete(req, VIRTIO_BLK_S_OK);
}

static void flush_done(void *opaque, int ret)
{
    VirtIOBlockReq *req = opaque;

    req->dev->in_flight--;
    if (ret && handle_rw_error(req, -ret, false)) {
        return;
    }
    req_complete(req, VIRTIO_BLK_S_OK);
}

/* ---- requests ---- */

static bool range_ok(VirtIOBlock *s, uint64_t sector, uint64_t bytes)
{
    uint64_t total, n = bytes >> BDRV_SECTOR_BITS;

    if (bytes % s->conf.conf.logical_block_size || sector % (s->conf.conf.logical_block_size / 512)) {
        return false;
    }
    blk_get_geometry(s->blk, &total);
    return bytes <= BDRV_REQUEST_MAX_BYTES && sector <= total && n <= total - sector;
}

static void do_rw(VirtIOBlock *s, VirtIOBlockReq *req, struct iovec *iov, unsigned n, bool is_write)
{
    uint64_t sector = le64_to_cpu(req->out.sector);

    qemu_iovec_init_external(&req->qiov, iov, n);
    if (!range_ok(s, sector, req->qiov.size)) {
        req_complete(req, VIRTIO_BLK_S_IOERR);
        return;
    }
    s->in_flight++;
    if (is_write) {
        blk_aio_pwritev(s->blk, sector << BDRV_SECTOR_BITS, &req->qiov, rw_done, req);
    } else {
        req->in_len += req->qiov.size;
        blk_aio_preadv(s->blk, sector << BDRV_SECTOR_BITS, &req->qiov, rw_done, req);
    }
}

static uint8_t check_segment(VirtIOBlock *s, const struct virtio_blk_discard_write_zeroes *seg, bool zeroes)
{
    uint32_t n = le32_to_cpu(seg->num_sectors), flags = le32_to_cpu(seg->flags);
    uint32_t max = zeroes ? s->conf.max_write_zeroes_sectors : s->conf.max_discard_sectors;

    if (n > max || !range_ok(s, le64_to_cpu(seg->sector), (uint64_t)n << BDRV_SECTOR_BITS)) {
        return VIRTIO_BLK_S_IOERR;
    }
    if ((flags & ~VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP) || (!zeroes && flags)) {
        return VIRTIO_BLK_S_UNSUPP;
    }
    return VIRTIO_BLK_S_OK;
}

static void do_discard_zero(VirtIOBlock *s, VirtIOBlockReq *req, struct iovec *iov, unsigned n, bool zeroes)
{
    struct virtio_blk_discard_write_zeroes seg;
    uint8_t status;
    int64_t offset, bytes;

    /* One segment, as the configuration says. */
    if (iov_to_buf(iov, n, 0, &seg, sizeof(seg)) != sizeof(seg) || iov_size(iov, n) > sizeof(seg)) {
        req_complete(req, iov_size(iov, n) > sizeof(seg) ? VIRTIO_BLK_S_UNSUPP : VIRTIO_BLK_S_IOERR);
        return;
    }
    status = check_segment(s, &seg, zeroes);
    if (status != VIRTIO_BLK_S_OK) {
        req_complete(req, status);
        return;
    }
    offset = le64_to_cpu(seg.sector) << BDRV_SECTOR_BITS;
    bytes = (int64_t)le32_to_cpu(seg.num_sectors) << BDRV_SECTOR_BITS;
    s->in_flight++;
    if (zeroes) {
        blk_aio_pwrite_zeroes(s->blk, offset, bytes, le32_to_cpu(seg.flags) & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP,
                              rw_done, req);
    } else {
        blk_aio_pdiscard(s->blk, offset, bytes, rw_done, req);
    }
}

static void do_get_id(VirtIOBlock *s, VirtIOBlockReq *req, struct iovec *iov, unsigned n)
{
    char id[VIRTIO_BLK_ID_BYTES] = { 0 };

    if (s->conf.serial) {
        memcpy(id, s->conf.serial, MIN(strlen(s->conf.serial), sizeof(id)));
    }
    req->in_len += iov_from_buf(iov, n, 0, id, sizeof(id));
    req_complete(req, VIRTIO_BLK_S_OK);
}

/* False: the chain is not a request at all. The element stays ours. */
static bool handle_request(VirtIOBlock *s, VirtIOBlockReq *req)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    unsigned in_num = req->elem.in_num, out_num = req->elem.out_num;
    struct iovec *in, *out, *last;
    uint32_t type;

    if (out_num < 1 || in_num < 1) {
        virtio_error(vdev, "virtio-blk missing headers");
        return false;
    }
    req->iov_alloc = g_new(struct iovec, in_num + out_num);
    in = req->iov_alloc;
    out = in + in_num;
    memcpy(in, req->elem.in_sg, in_num * sizeof(*in));
    memcpy(out, req->elem.out_sg, out_num * sizeof(*out));
    if (iov_to_buf(out, out_num, 0, &req->out, sizeof(req->out)) != sizeof(req->out)) {
        virtio_error(vdev, "virtio-blk request outhdr too short");
        return false;
    }
    iov_discard_front(&out, &out_num, sizeof(req->out));
    last = &in[in_num - 1];
    req->status = (uint8_t *)last->iov_base + last->iov_len - 1;
    last->iov_len--;
    if (last->iov_len == 0) {
        in_num--;
    }
    req->in_len = 1;
    type = le32_to_cpu(req->out.type) & ~VIRTIO_BLK_T_BARRIER;
    switch (type) {
    case VIRTIO_BLK_T_IN:
        do_rw(s, req, in, in_num, false);
        break;
    case VIRTIO_BLK_T_OUT:
        do_rw(s, req, out, out_num, true);
        break;
    case VIRTIO_BLK_T_FLUSH:
        s->in_flight++;
        blk_aio_flush(s->blk, flush_done, req);
        break;
    case VIRTIO_BLK_T_GET_ID:
        do_get_id(s, req, in, in_num);
        break;
    case VIRTIO_BLK_T_DISCARD:
    case VIRTIO_BLK_T_WRITE_ZEROES:
        if (virtio_vdev_has_feature(vdev, type == VIRTIO_BLK_T_DISCARD ? VIRTIO_BLK_F_DISCARD
                                                                       : VIRTIO_BLK_F_WRITE_ZEROES)) {
            do_discard_zero(s, req, out, out_num, type == VIRTIO_BLK_T_WRITE_ZEROES);
            break;
        }
        /* fall through */
    default:
        req_complete(req, VIRTIO_BLK_S_UNSUPP);
    }
    return true;
}

static void handle_output(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);
    bool suppress = virtio_queue_get_notification(vq);

    if (!vdev->vm_running) {
        return;
    }
    do {
        VirtIOBlockReq *req;

        if (suppress) {
            virtio_queue_set_notification(vq, 0);
        }
        while ((req = virtqueue_pop(vq, sizeof(*req)))) {
            req->dev = s;
            req->vq = vq;
            if (!handle_request(s, req)) {
                virtqueue_detach_element(vq, &req->elem, 0);
                req_free(req);
                break;
            }
        }
        if (suppress) {
            virtio_queue_set_notification(vq, 1);
        }
    } while (!virtio_queue_empty(vq));
}

/* ---- machine stops and runs ---- */

static void retry_all(VirtIOBlock *s)
{
    VirtIOBlockReq *req = s->rq;

    s->rq = NULL;
    while (req) {
        VirtIOBlockReq *next = req->next;

        req->next = NULL;
        g_clear_pointer(&req->iov_alloc, g_free);
        if (!handle_request(s, req)) {
            virtqueue_detach_element(req->vq, &req->elem, 0);
            req_free(req);
        }
        req = next;
    }
}

static void vm_change(void *opaque, bool running, RunState state)
{
    VirtIOBlock *s = opaque;
    VirtIODevice *vdev = VIRTIO_DEVICE(s);

    if (!running) {
        return;
    }
    vdev->vm_running = true;
    retry_all(s);
    /* What the guest queued while we were not looking. */
    for (unsigned i = 0; i < vdev->nvqs; i++) {
        if (virtio_queue_ready(virtio_get_queue(vdev, i))) {
            virtio_queue_notify(vdev, i);
        }
    }
}

static void drop_waiting(VirtIOBlock *s)
{
    while (s->rq) {
        VirtIOBlockReq *req = s->rq;

        s->rq = req->next;
        virtqueue_detach_element(req->vq, &req->elem, 0);
        req_free(req);
    }
}

static void virtio_blk_reset(VirtIODevice *vdev)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);

    blk_drain(s->blk);
    drop_waiting(s);
    blk_set_enable_write_cache(s->blk, s->original_wce);
}

/* ---- configuration ---- */

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);
    BlockConf *conf = &s->conf.conf;
    struct virtio_blk_config c = { 0 };
    uint64_t sectors;

    blk_get_geometry(s->blk, &sectors);
    c.capacity = cpu_to_le64(sectors);
    c.seg_max = cpu_to_le32(s->conf.seg_max_adjust ? s->conf.queue_size - 2 : 126);
    c.geometry.cylinders = cpu_to_le16(s->conf.cyls ?: MIN(sectors / (16 * 63), 16383));
    c.geometry.heads = s->conf.heads ?: 16;
    c.geometry.sectors = s->conf.secs ?: 63;
    c.blk_size = cpu_to_le32(conf->logical_block_size);
    c.min_io_size = cpu_to_le16(conf->min_io_size / conf->logical_block_size);
    c.opt_io_size = cpu_to_le32(conf->opt_io_size / conf->logical_block_size);
    c.physical_block_exp = __builtin_ctz(conf->physical_block_size / conf->logical_block_size);
    c.wce = blk_enable_write_cache(s->blk);
    c.num_queues = cpu_to_le16(s->conf.num_queues);
    c.max_discard_sectors = cpu_to_le32(s->conf.max_discard_sectors);
    c.max_discard_seg = cpu_to_le32(1);
    c.discard_sector_alignment = cpu_to_le32((conf->discard_granularity == UINT32_MAX ? conf->logical_block_size
                                                                                      : conf->discard_granularity) >> 9);
    c.max_write_zeroes_sectors = cpu_to_le32(s->conf.max_write_zeroes_sectors);
    c.max_write_zeroes_seg = cpu_to_le32(1);
    c.write_zeroes_may_unmap = 1;
    memcpy(config, &c, vdev->config_len);
}

static void set_config(VirtIODevice *vdev, const uint8_t *config)
{
    struct virtio_blk_config c;

    memcpy(&c, config, MIN(sizeof(c), vdev->config_len));
    blk_set_enable_write_cache(VIRTIO_BLK(vdev)->blk, c.wce != 0);
}

static uint64_t get_features(VirtIODevice *vdev, uint64_t f, Error **errp)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);

    virtio_add_feature(&f, VIRTIO_BLK_F_SEG_MAX);
    virtio_add_feature(&f, VIRTIO_BLK_F_GEOMETRY);
    virtio_add_feature(&f, VIRTIO_BLK_F_TOPOLOGY);
    virtio_add_feature(&f, VIRTIO_BLK_F_BLK_SIZE);
    if (blk_enable_write_cache(s->blk) || virtio_has_feature(f, VIRTIO_BLK_F_CONFIG_WCE)) {
        virtio_add_feature(&f, VIRTIO_BLK_F_FLUSH);
    }
    if (!blk_is_writable(s->blk)) {
        virtio_add_feature(&f, VIRTIO_BLK_F_RO);
    }
    if (s->conf.num_queues > 1) {
        virtio_add_feature(&f, VIRTIO_BLK_F_MQ);
    }
    return f;
}

static void set_status(VirtIODevice *vdev, uint8_t status)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);

    if (!(status & VIRTIO_CONFIG_S_DRIVER_OK)) {
        return;
    }
    /* A driver that knows neither flush nor a writeback bit must get write-through. */
    if (!virtio_vdev_has_feature(vdev, VIRTIO_BLK_F_CONFIG_WCE)) {
        blk_set_enable_write_cache(s->blk, virtio_vdev_has_feature(vdev, VIRTIO_BLK_F_FLUSH));
    }
}

static void resized(void *opaque)
{
    virtio_notify_config(VIRTIO_DEVICE(opaque));
}

static const BlockDevOps dev_ops = { .resize_cb = resized };

/* ---- migration: after the common part, each waiting request as 1, [queue], element; then 0 ---- */

static void save_requests(VirtIODevice *vdev, QEMUFile *f)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);

    for (VirtIOBlockReq *req = s->rq; req; req = req->next) {
        qemu_put_sbyte(f, 1);
        if (s->conf.num_queues > 1) {
            qemu_put_be32(f, virtio_get_queue_index(req->vq));
        }
        qemu_put_virtqueue_element(vdev, f, &req->elem);
    }
    qemu_put_sbyte(f, 0);
}

static int load_requests(VirtIODevice *vdev, QEMUFile *f, int version_id)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);
    unsigned count = 0;

    while (qemu_get_sbyte(f)) {
        uint32_t n = s->conf.num_queues > 1 ? qemu_get_be32(f) : 0;
        VirtIOBlockReq *req;

        if (n >= s->conf.num_queues || ++count > VIRTQUEUE_MAX_SIZE * s->conf.num_queues) {
            return qemu_file_fail(f, "virtio-blk: request for queue %u of %u", n, s->conf.num_queues);
        }
        req = qemu_get_virtqueue_element(vdev, f, sizeof(*req));
        if (!req) {
            return qemu_file_fail(f, "virtio-blk: a waiting request is malformed");
        }
        req->dev = s;
        req->vq = virtio_get_queue(vdev, n);
        req->next = s->rq;
        s->rq = req;
    }
    return 0;
}

/* ---- type ---- */

static bool check_conf(VirtIOBlkConf *c, Error **errp)
{
    if (c->num_queues == VIRTIO_BLK_AUTO_NUM_QUEUES) {
        c->num_queues = 1;
    }
    if (!c->num_queues || c->num_queues > VIRTIO_QUEUE_MAX - 1) {
        error_setg(errp, "num-queues property must be larger than 0 and at most %d", VIRTIO_QUEUE_MAX - 1);
        return false;
    }
    if (c->queue_size <= 2 || !is_power_of_2(c->queue_size) || c->queue_size > VIRTQUEUE_MAX_SIZE) {
        error_setg(errp, "invalid queue-size property (%u), must be a power of 2 from 4 to %d", c->queue_size,
                   VIRTQUEUE_MAX_SIZE);
        return false;
    }
    return true;
}

static void virtio_blk_realize(DeviceState *dev, Error **errp)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtIOBlock *s = VIRTIO_BLK(dev);

    if (!check_conf(&s->conf, errp) || !blkconf_apply(&s->conf.conf, dev, true, errp)) {
        return;
    }
    s->blk = s->conf.conf.blk;
    s->original_wce = blk_enable_write_cache(s->blk);
    /* Older guests choke on what they cannot use: the space ends with the last feature offered. */
    virtio_init(vdev, VIRTIO_ID_BLOCK, offsetof(struct virtio_blk_config, unused1));
    for (int i = 0; i < s->conf.num_queues; i++) {
        virtio_add_queue(vdev, s->conf.queue_size, handle_output);
    }
    s->change = qemu_add_vm_change_state_handler(vm_change, s);
    blk_set_dev_ops(s->blk, &dev_ops, s);
}

static void virtio_blk_unrealize(DeviceState *dev)
{
    VirtIOBlock *s = VIRTIO_BLK(dev);

    blk_drain(s->blk);
    drop_waiting(s);
    qemu_del_vm_change_state_handler(s->change);
    blkconf_release(&s->conf.conf, dev);
    virtio_cleanup(VIRTIO_DEVICE(dev));
}

static const VMStateDescription vmstate_virtio_blk = {
    .name = "virtio-blk",
    .minimum_version_id = 2,
    .version_id = 2,
    .fields = (const VMStateField[]) {
        VMSTATE_VIRTIO_DEVICE,
        VMSTATE_END_OF_LIST()
    },
};

static const Property virtio_blk_props[] = {
    DEFINE_BLOCK_PROPERTIES(VirtIOBlock, conf.conf),
    DEFINE_PROP_UINT32("cyls", VirtIOBlock, conf.cyls, 0),
    DEFINE_PROP_UINT32("heads", VirtIOBlock, conf.heads, 0),
    DEFINE_PROP_UINT32("secs", VirtIOBlock, conf.secs, 0),
    DEFINE_PROP_STRING("serial", VirtIOBlock, conf.serial),
    DEFINE_PROP_BIT64("config-wce", VirtIOBlock, parent_obj.host_features, VIRTIO_BLK_F_CONFIG_WCE, true),
    DEFINE_PROP_BIT("request-merging", VirtIOBlock, conf.request_merging, 0, true),
    DEFINE_PROP_UINT16("num-queues", VirtIOBlock, conf.num_queues, VIRTIO_BLK_AUTO_NUM_QUEUES),
    DEFINE_PROP_UINT16("queue-size", VirtIOBlock, conf.queue_size, 256),
    DEFINE_PROP_BOOL("seg-max-adjust", VirtIOBlock, conf.seg_max_adjust, true),
    DEFINE_PROP_LINK("iothread", VirtIOBlock, conf.iothread, TYPE_IOTHREAD, IOThread *),
    DEFINE_PROP_BIT64("discard", VirtIOBlock, parent_obj.host_features, VIRTIO_BLK_F_DISCARD, true),
    DEFINE_PROP_BOOL("report-discard-granularity", VirtIOBlock, conf.report_discard_granularity, true),
    DEFINE_PROP_BIT64("write-zeroes", VirtIOBlock, parent_obj.host_features, VIRTIO_BLK_F_WRITE_ZEROES, true),
    DEFINE_PROP_UINT32("max-discard-sectors", VirtIOBlock, conf.max_discard_sectors, 4194303),
    DEFINE_PROP_UINT32("max-write-zeroes-sectors", VirtIOBlock, conf.max_write_zeroes_sectors, 4194303),
    DEFINE_PROP_BOOL("x-enable-wce-if-config-wce", VirtIOBlock, conf.x_enable_wce_if_config_wce, true),
};

static void virtio_blk_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    device_class_set_props(dc, virtio_blk_props);
    dc->vmsd = &vmstate_virtio_blk;
    set_bit(DEVICE_CATEGORY_STORAGE, dc->categories);
    vdc->realize = virtio_blk_realize;
    vdc->unrealize = virtio_blk_unrealize;
    vdc->get_config = get_config;
    vdc->set_config = set_config;
    vdc->get_features = get_features;
    vdc->set_status = set_status;
    vdc->reset = virtio_blk_reset;
    vdc->save = save_requests;
    vdc->load = load_requests;
}

static const TypeInfo virtio_blk_types[] = {
    {
        .name = TYPE_VIRTIO_BLK,
        .parent = TYPE_VIRTIO_DEVICE,
        .instance_size = sizeof(VirtIOBlock),
        .class_init = virtio_blk_class_init,
    },
};

DEFINE_TYPES(virtio_blk_types)
