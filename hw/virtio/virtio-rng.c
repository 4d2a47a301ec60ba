// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entropy device (virtio 1.2, 5.4): fills the guest's buffers from the host's random number generator. "max-bytes" per
 * "period" milliseconds bounds how much. "rng" may name a back-end object; without one the host kernel is the source.
 */
#include "qemu/osdep.h"
#include "hw/virtio/virtio.h"
#include "hw/core/qdev-properties.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/iov.h"
#include "qemu/timer.h"
#include "system/rng.h"

#define TYPE_VIRTIO_RNG "virtio-rng-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIORNG, VIRTIO_RNG)

struct VirtIORNG {
    VirtIODevice parent_obj;

    VirtQueue *vq;
    RngBackend *rng;
    uint64_t max_bytes;
    uint32_t period_ms;
    int64_t quota_remaining;
    bool activate_timer;
    QEMUTimer *rate_limit_timer;
};

static bool is_guest_ready(VirtIORNG *s)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);

    return virtio_queue_ready(s->vq) && (vdev->status & VIRTIO_CONFIG_S_DRIVER_OK);
}

static void process(VirtIORNG *s);

static void rng_ready(void *opaque)
{
    process(opaque);
}

/* One buffer; at most what the quota allows. False: no buffer, or nothing to put into it yet. */
static bool serve_one(VirtIORNG *s)
{
    g_autofree VirtQueueElement *elem = virtqueue_pop(s->vq, sizeof(VirtQueueElement));
    size_t done = 0;
    bool dry = false;

    if (!elem) {
        return false;
    }
    for (unsigned i = 0; i < elem->in_num && done < s->quota_remaining && !dry; i++) {
        size_t want = MIN(elem->in_sg[i].iov_len, (uint64_t)s->quota_remaining - done);
        size_t pos = 0;

        while (pos < want && !dry) {
            size_t n = rng_backend_read(s->rng, (char *)elem->in_sg[i].iov_base + pos, want - pos);

            dry = n == 0;
            pos += n;
        }
        done += pos;
    }
    if (done == 0 && dry) {
        virtqueue_unpop(s->vq, elem, 0);
        rng_backend_wait(s->rng, rng_ready, s);
        return false;
    }
    s->quota_remaining -= done;
    virtqueue_push(s->vq, elem, done);
    return true;
}

static void process(VirtIORNG *s)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    bool any = false;

    if (!is_guest_ready(s) || !vdev->vm_running) {
        return;
    }
    if (s->activate_timer) {
        timer_mod(s->rate_limit_timer, qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + s->period_ms);
        s->activate_timer = false;
    }
    while (s->quota_remaining > 0 && serve_one(s)) {
        any = true;
    }
    if (any) {
        virtio_notify(vdev, s->vq);
    }
}

static void handle_input(VirtIODevice *vdev, VirtQueue *vq)
{
    process(VIRTIO_RNG(vdev));
}

static void refill(void *opaque)
{
    VirtIORNG *s = opaque;

    s->quota_remaining = s->max_bytes;
    process(s);
    s->activate_timer = true;
}

static uint64_t get_features(VirtIODevice *vdev, uint64_t f, Error **errp)
{
    return f;
}

static void set_status(VirtIODevice *vdev, uint8_t status)
{
    vdev->status = status;
    process(VIRTIO_RNG(vdev));
}

static void virtio_rng_realize(DeviceState *dev, Error **errp)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtIORNG *s = VIRTIO_RNG(dev);

    if (s->period_ms == 0) {
        error_setg(errp, "'period' parameter expects a positive integer");
        return;
    }
    if (s->max_bytes > INT64_MAX) {
        error_setg(errp, "'max-bytes' parameter must be non-negative, and less than 2^63");
        return;
    }
    virtio_init(vdev, VIRTIO_ID_RNG, 0);
    s->vq = virtio_add_queue(vdev, 8, handle_input);
    s->quota_remaining = s->max_bytes;
    s->rate_limit_timer = timer_new_ms(QEMU_CLOCK_VIRTUAL, refill, s);
    s->activate_timer = true;
}

static void virtio_rng_unrealize(DeviceState *dev)
{
    VirtIORNG *s = VIRTIO_RNG(dev);

    rng_backend_wait(s->rng, NULL, NULL);
    timer_free(s->rate_limit_timer);
    virtio_cleanup(VIRTIO_DEVICE(dev));
}

static const VMStateDescription vmstate_virtio_rng = {
    .name = "virtio-rng",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_VIRTIO_DEVICE,
        VMSTATE_END_OF_LIST()
    },
};

static const Property virtio_rng_props[] = {
    DEFINE_PROP_UINT64("max-bytes", VirtIORNG, max_bytes, INT64_MAX),
    DEFINE_PROP_UINT32("period", VirtIORNG, period_ms, 1 << 16),
    DEFINE_PROP_LINK("rng", VirtIORNG, rng, TYPE_RNG_BACKEND, RngBackend *),
};

static void virtio_rng_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    device_class_set_props(dc, virtio_rng_props);
    dc->vmsd = &vmstate_virtio_rng;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    vdc->realize = virtio_rng_realize;
    vdc->unrealize = virtio_rng_unrealize;
    vdc->get_features = get_features;
    vdc->set_status = set_status;
}

static const TypeInfo virtio_rng_types[] = {
    {
        .name = TYPE_VIRTIO_RNG,
        .parent = TYPE_VIRTIO_DEVICE,
        .instance_size = sizeof(VirtIORNG),
        .class_init = virtio_rng_class_init,
    },
};

DEFINE_TYPES(virtio_rng_types)
