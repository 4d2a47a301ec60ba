// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A virtio device on the migration stream; all numbers big-endian unless stated:
 *
 *   transport's own part (PCI: vmstate "PCIDevice", MSI-X table, u16 config vector if MSI-X)
 *   u8 status, u8 isr, u16 queue_sel, u32 guest features low, u32 config length, config bytes
 *   u32 number of queues, per queue: u32 num, [u32 align], u64 desc, u16 last_avail_idx, [u16 MSI-X vector]
 *   device's own part: vdc->save, then the fields of vdc->vmsd
 *   subsections of "virtio" (below)
 *
 * Addresses of the available and used rings follow from desc in the legacy layout; with VERSION_1 offered they are in
 * the subsection virtio/virtqueues, which always has VIRTIO_QUEUE_MAX entries.
 */
#include "qemu/osdep.h"
#include "hw/virtio/virtio-bus.h"
#include "migration/qemu-file-types.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "virtqueue-internal.h"

#define VIRTIO_MAX_CONFIG 65536

static DeviceState *proxy(VirtIODevice *vdev)
{
    return qdev_get_parent_bus(DEVICE(vdev))->parent;
}

static VirtioBusClass *bus_class(VirtIODevice *vdev)
{
    return VIRTIO_BUS_GET_CLASS(qdev_get_parent_bus(DEVICE(vdev)));
}

/* ---- fields that are one value per possible queue ---- */

static int queues_put(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc)
{
    VirtIODevice *vdev = pv;

    for (unsigned i = 0; i < VIRTIO_QUEUE_MAX; i++) {
        qemu_put_be64(f, i < vdev->nvqs ? vdev->vq[i].vring.avail : 0);
        qemu_put_be64(f, i < vdev->nvqs ? vdev->vq[i].vring.used : 0);
    }
    return 0;
}

static int queues_get(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    VirtIODevice *vdev = pv;

    for (unsigned i = 0; i < VIRTIO_QUEUE_MAX; i++) {
        uint64_t avail = qemu_get_be64(f), used = qemu_get_be64(f);

        if (i < vdev->nvqs) {
            vdev->vq[i].vring.avail = avail;
            vdev->vq[i].vring.used = used;
        }
    }
    return qemu_file_get_error(f);
}

static int sizes_put(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc)
{
    VirtIODevice *vdev = pv;

    for (unsigned i = 0; i < VIRTIO_QUEUE_MAX; i++) {
        qemu_put_be32(f, i < vdev->nvqs ? vdev->vq[i].vring.num_default : 0);
    }
    return 0;
}

static int sizes_get(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    VirtIODevice *vdev = pv;

    for (unsigned i = 0; i < VIRTIO_QUEUE_MAX; i++) {
        uint32_t num = qemu_get_be32(f);

        if (i < vdev->nvqs && num && num <= VIRTQUEUE_MAX_SIZE) {
            vdev->vq[i].vring.num_default = num;
        }
    }
    return qemu_file_get_error(f);
}

static int extra_put(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc)
{
    VirtIODevice *vdev = pv;

    bus_class(vdev)->save_extra_state(proxy(vdev), f);
    return 0;
}

static int extra_get(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    VirtIODevice *vdev = pv;

    return bus_class(vdev)->load_extra_state ? bus_class(vdev)->load_extra_state(proxy(vdev), f) : -EINVAL;
}

static const VMStateInfo info_queues = { .name = "virtqueue_state", .get = queues_get, .put = queues_put };
static const VMStateInfo info_sizes = { .name = "ringsize_state", .get = sizes_get, .put = sizes_put };
static const VMStateInfo info_extra = { .name = "virtqueue_extra_state", .get = extra_get, .put = extra_put };

static bool needed_64bit(void *opaque)
{
    return ((VirtIODevice *)opaque)->host_features >> 32;
}

static bool needed_virtqueues(void *opaque)
{
    return virtio_host_has_feature(opaque, VIRTIO_F_VERSION_1);
}

static bool needed_ringsize(void *opaque)
{
    VirtIODevice *vdev = opaque;

    for (unsigned i = 0; i < vdev->nvqs; i++) {
        if (vdev->vq[i].vring.num != vdev->vq[i].vring.num_default) {
            return true;
        }
    }
    return false;
}

static bool needed_broken(void *opaque)
{
    return ((VirtIODevice *)opaque)->broken;
}

static bool needed_extra(void *opaque)
{
    VirtIODevice *vdev = opaque;

    return bus_class(vdev)->has_extra_state && bus_class(vdev)->has_extra_state(proxy(vdev));
}

static bool needed_started(void *opaque)
{
    return ((VirtIODevice *)opaque)->started;
}

static bool needed_disabled(void *opaque)
{
    return ((VirtIODevice *)opaque)->disabled;
}

#define SUBSECTION(var, sub, need, ...) \
    static const VMStateDescription var = { .name = "virtio/" sub, .version_id = 1, .minimum_version_id = 1, \
        .needed = (need), .fields = (const VMStateField[]) { __VA_ARGS__, VMSTATE_END_OF_LIST() } }
#define WHOLE(n, i) { .name = (n), .info = &(i), .flags = VMS_SINGLE, .size = sizeof(VirtIODevice) }

SUBSECTION(sub_64bit, "64bit_features", needed_64bit, VMSTATE_UINT64(guest_features, VirtIODevice));
SUBSECTION(sub_queues, "virtqueues", needed_virtqueues, WHOLE("vq", info_queues));
SUBSECTION(sub_ringsize, "ringsize", needed_ringsize, WHOLE("vq", info_sizes));
SUBSECTION(sub_broken, "broken", needed_broken, VMSTATE_BOOL(broken, VirtIODevice));
SUBSECTION(sub_extra, "extra_state", needed_extra, WHOLE("extra_state", info_extra));
SUBSECTION(sub_started, "started", needed_started, VMSTATE_BOOL(started, VirtIODevice));
SUBSECTION(sub_disabled, "disabled", needed_disabled, VMSTATE_BOOL(disabled, VirtIODevice));

static const VMStateDescription vmstate_virtio = {
    .name = "virtio",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription *const []) {
        &sub_64bit, &sub_queues, &sub_ringsize, &sub_broken, &sub_extra, &sub_started, &sub_disabled, NULL
    },
};

/* ---- save ---- */

int virtio_save(VirtIODevice *vdev, QEMUFile *f)
{
    VirtioBusClass *k = bus_class(vdev);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);
    int nq = virtio_get_num_queues(vdev);
    Error *err = NULL;

    if (k->save_config) {
        k->save_config(proxy(vdev), f);
    }
    qemu_put_byte(f, vdev->status);
    qemu_put_byte(f, vdev->isr);
    qemu_put_be16(f, vdev->queue_sel);
    qemu_put_be32(f, vdev->guest_features & 0xffffffff);
    qemu_put_be32(f, vdev->config_len);
    qemu_put_buffer(f, vdev->config, vdev->config_len);
    qemu_put_be32(f, nq);
    for (int i = 0; i < nq; i++) {
        VirtQueue *vq = &vdev->vq[i];

        qemu_put_be32(f, vq->vring.num);
        if (k->has_variable_vring_alignment) {
            qemu_put_be32(f, vq->vring.align);
        }
        qemu_put_be64(f, vq->vring.desc);
        qemu_put_be16(f, vq->last_avail_idx);
        if (k->save_queue) {
            k->save_queue(proxy(vdev), i, f);
        }
    }
    if (vdc->save) {
        vdc->save(vdev, f);
    }
    if (vdc->vmsd) {
        int ret = vmstate_save_state(f, vdc->vmsd, vdev, NULL, &err);

        if (ret) {
            return qemu_file_fail_err(f, err);
        }
    }
    return vmstate_save_state(f, &vmstate_virtio, vdev, NULL, NULL);
}

/* ---- load ---- */

static int load_queue_header(VirtIODevice *vdev, QEMUFile *f, int i)
{
    VirtioBusClass *k = bus_class(vdev);
    VirtQueue *vq = &vdev->vq[i];
    uint32_t num = qemu_get_be32(f), align = k->has_variable_vring_alignment ? qemu_get_be32(f) : vq->vring.align;

    if (num > VIRTQUEUE_MAX_SIZE || !num != !vq->vring.num_default || (align && !is_power_of_2(align))) {
        return qemu_file_fail(f, "%s: queue %d: bad size %u or alignment %u", vdev->name, i, num, align);
    }
    virtqueue_reset_state(vq);
    vq->vring.num = num;
    vq->vring.align = align;
    vq->vring.desc = qemu_get_be64(f);
    vq->last_avail_idx = qemu_get_be16(f);
    vq->signalled_used_valid = false;
    vq->notification = true;
    if (!vq->vring.desc && vq->last_avail_idx) {
        return qemu_file_fail(f, "%s: queue %d has no address but index 0x%x", vdev->name, i, vq->last_avail_idx);
    }
    return k->load_queue ? k->load_queue(proxy(vdev), i, f) : 0;
}

/* What the rings in guest memory say. False when that cannot be true of a device that was running. */
static bool check_queue(VirtIODevice *vdev, int i, Error **errp)
{
    VirtQueue *vq = &vdev->vq[i];
    uint16_t nheads = vring_avail_idx(vq) - vq->last_avail_idx;

    if (nheads > vq->vring.num) {
        virtio_error(vdev, "%s: queue %d size 0x%x: guest index 0x%x inconsistent with host index 0x%x", vdev->name,
                     i, vq->vring.num, vq->shadow_avail_idx, vq->last_avail_idx);
        vq->used_idx = 0;
        vq->shadow_avail_idx = 0;
        vq->inuse = 0;
        return true;
    }
    vq->used_idx = vring_used_idx(vq);
    vq->inuse = (uint16_t)(vq->last_avail_idx - vq->used_idx);
    if (vq->inuse > vq->vring.num) {
        error_setg(errp, "%s: queue %d size 0x%x < last_avail_idx 0x%x - used_idx 0x%x", vdev->name, i, vq->vring.num,
                   vq->last_avail_idx, vq->used_idx);
        return false;
    }
    return true;
}

/* The rings are reached through the device's bus master, which shows them once all devices are loaded. */
static bool finish_load(void *opaque, Error **errp)
{
    VirtIODevice *vdev = opaque;
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);

    for (uint32_t i = 0; i < vdev->nvqs; i++) {
        if (vdev->vq[i].vring.desc && !vdev->broken && !vdev->disabled && !check_queue(vdev, i, errp)) {
            return false;
        }
    }
    if (vdc->post_load && vdc->post_load(vdev)) {
        error_setg(errp, "%s: the state that was loaded cannot be resumed", vdev->name);
        return false;
    }
    return true;
}

static int load_config(VirtIODevice *vdev, QEMUFile *f)
{
    uint32_t len = qemu_get_be32(f), keep = MIN(len, vdev->config_len);

    if (len > VIRTIO_MAX_CONFIG) {
        return qemu_file_fail(f, "%s: configuration of %u bytes", vdev->name, len);
    }
    qemu_get_buffer(f, vdev->config, keep);
    for (; keep < len; keep++) {
        qemu_get_byte(f);
    }
    return 0;
}

int virtio_load(VirtIODevice *vdev, QEMUFile *f, int version_id)
{
    VirtioBusClass *k = bus_class(vdev);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);
    uint64_t features;
    uint32_t nq;
    Error *err = NULL;
    int ret;

    if (k->load_config && (ret = k->load_config(proxy(vdev), f))) {
        return ret;
    }
    vdev->status = 0;       /* so that features are not taken for fixed yet */
    vdev->broken = vdev->disabled = vdev->started = false;      /* unless their subsections say so */
    uint8_t status = qemu_get_byte(f);
    vdev->isr = qemu_get_byte(f);
    vdev->queue_sel = qemu_get_be16(f);
    if (vdev->queue_sel >= VIRTIO_QUEUE_MAX) {
        return -EINVAL;
    }
    features = qemu_get_be32(f);
    vdev->guest_features = features;
    if ((ret = load_config(vdev, f))) {
        return ret;
    }
    nq = qemu_get_be32(f);
    if (nq > vdev->nvqs) {
        return qemu_file_fail(f, "%s: stream has %u queues, this device %u", vdev->name, nq, vdev->nvqs);
    }
    for (uint32_t i = 0; i < nq; i++) {
        if ((ret = load_queue_header(vdev, f, i))) {
            return ret;
        }
    }
    virtio_notify_config(vdev);
    if (vdc->load && (ret = vdc->load(vdev, f, version_id))) {
        return ret;
    }
    if (vdc->vmsd && (ret = vmstate_load_state(f, vdc->vmsd, vdev, version_id, &err))) {
        return qemu_file_fail_err(f, err);
    }
    ret = vmstate_load_state(f, &vmstate_virtio, vdev, 1, &err);
    if (ret) {
        return qemu_file_fail_err(f, err);
    }
    features = vdev->guest_features;
    if (virtio_set_features(vdev, features) < 0) {
        return qemu_file_fail(f, "%s: features 0x%" PRIx64 " unsupported. Allowed features: 0x%" PRIx64, vdev->name,
                              features, vdev->host_features);
    }
    vdev->status = status;
    if (!vdev->use_started || (status & VIRTIO_CONFIG_S_DRIVER_OK)) {
        vdev->started = status & VIRTIO_CONFIG_S_DRIVER_OK;
    }
    for (uint32_t i = 0; i < nq; i++) {
        if (vdev->vq[i].vring.desc && (!virtio_host_has_feature(vdev, VIRTIO_F_VERSION_1) || !vdev->vq[i].vring.avail)) {
            virtio_queue_update_rings(vdev, i);
        }
    }
    return vmstate_load_later(finish_load, vdev, &err) ? 0 : qemu_file_fail_err(f, err);
}

static int virtio_device_get(QEMUFile *f, void *opaque, size_t size, const VMStateField *field)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(opaque);
    DeviceClass *dc = DEVICE_GET_CLASS(vdev);

    return virtio_load(vdev, f, dc->vmsd->version_id);
}

static int virtio_device_put(QEMUFile *f, void *opaque, size_t size, const VMStateField *field, JSONWriter *vmdesc)
{
    return virtio_save(VIRTIO_DEVICE(opaque), f);
}

const VMStateInfo virtio_vmstate_info = {
    .name = "virtio",
    .get = virtio_device_get,
    .put = virtio_device_put,
};
