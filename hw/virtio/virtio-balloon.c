// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory balloon (virtio 1.2, 5.5): pages the guest puts on the inflate queue are given back to the host, pages on
 * the deflate queue are wanted again (they read as zeroes; nothing to do). The statistics queue carries one buffer
 * that the guest fills and we return to ask for fresh numbers, every "guest-stats-polling-interval" seconds.
 *
 * On a stream, after the common part: num_pages, actual (u32 each).
 */
#include "qemu/osdep.h"
#include <linux/virtio_balloon.h>
#include "hw/core/boards.h"
#include "hw/virtio/virtio.h"
#include "hw/virtio/virtio-balloon.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-machine.h"
#include "qapi/qapi-events-machine.h"
#include "qapi/visitor.h"
#include "qemu/iov.h"
#include "qemu/timer.h"
#include "system/address-spaces.h"

#define PAGE_SHIFT VIRTIO_BALLOON_PFN_SHIFT
#define PAGE_SIZE (1u << PAGE_SHIFT)

#define TYPE_VIRTIO_BALLOON "virtio-balloon-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOBalloon, VIRTIO_BALLOON)

struct VirtIOBalloon {
    VirtIODevice parent_obj;

    VirtQueue *ivq, *dvq, *svq;
    uint32_t num_pages;         /* asked for */
    uint32_t actual;            /* what the guest reports */
    VirtQueueElement *stats_elem;
    uint64_t stats[VIRTIO_BALLOON_S_NR];
    int64_t stats_last_update;
    int64_t stats_poll_interval;
    QEMUTimer *stats_timer;
};

static const char *const stat_names[VIRTIO_BALLOON_S_NR] = {
    [VIRTIO_BALLOON_S_SWAP_IN] = "stat-swap-in",
    [VIRTIO_BALLOON_S_SWAP_OUT] = "stat-swap-out",
    [VIRTIO_BALLOON_S_MAJFLT] = "stat-major-faults",
    [VIRTIO_BALLOON_S_MINFLT] = "stat-minor-faults",
    [VIRTIO_BALLOON_S_MEMFREE] = "stat-free-memory",
    [VIRTIO_BALLOON_S_MEMTOT] = "stat-total-memory",
    [VIRTIO_BALLOON_S_AVAIL] = "stat-available-memory",
    [VIRTIO_BALLOON_S_CACHES] = "stat-disk-caches",
    [VIRTIO_BALLOON_S_HTLB_PGALLOC] = "stat-htlb-pgalloc",
    [VIRTIO_BALLOON_S_HTLB_PGFAIL] = "stat-htlb-pgfail",
};

/* ---- inflate and deflate ---- */

/* Only anonymous RAM of the machine is given back; anything else stays as it is. */
static void release_page(hwaddr pa)
{
    hwaddr len = PAGE_SIZE;
    void *p = address_space_map(&address_space_memory, pa, &len, true, MEMTXATTRS_UNSPECIFIED);

    if (!p) {
        return;
    }
    if (len == PAGE_SIZE && QEMU_IS_ALIGNED((uintptr_t)p, PAGE_SIZE)) {
        hwaddr xlat, l = PAGE_SIZE;
        MemoryRegion *mr;

        rcu_read_lock();
        mr = address_space_translate(&address_space_memory, pa, &xlat, &l, true, MEMTXATTRS_UNSPECIFIED);
        if (mr->ram && !mr->readonly && !mr->ram_device && memory_region_get_fd(mr) < 0) {
            madvise(p, PAGE_SIZE, MADV_DONTNEED);
        }
        rcu_read_unlock();
    }
    /* Contents changed: the unmap marks the page dirty. */
    address_space_unmap(&address_space_memory, p, len, true, len);
}

static void handle_pages(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);
    VirtQueueElement *e;

    while ((e = virtqueue_pop(vq, sizeof(*e)))) {
        size_t offset = 0;
        uint32_t pfn;

        while (iov_to_buf(e->out_sg, e->out_num, offset, &pfn, 4) == 4) {
            offset += 4;
            if (vq == s->ivq) {
                release_page((hwaddr)le32_to_cpu(pfn) << PAGE_SHIFT);
            }
        }
        virtqueue_push(vq, e, 0);
        virtio_notify(vdev, vq);
        g_free(e);
    }
}

/* ---- statistics ---- */

static void stats_poll(void *opaque)
{
    VirtIOBalloon *s = opaque;

    if (s->stats_elem) {
        virtqueue_push(s->svq, s->stats_elem, 0);
        virtio_notify(VIRTIO_DEVICE(s), s->svq);
        g_clear_pointer(&s->stats_elem, g_free);
    } else if (s->stats_poll_interval) {
        timer_mod(s->stats_timer, qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + s->stats_poll_interval * 1000);
    }
}

static void handle_stats(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);
    VirtQueueElement *e = virtqueue_pop(vq, sizeof(*e));
    struct virtio_balloon_stat stat;
    size_t offset = 0;

    if (!e) {
        return;
    }
    if (s->stats_elem) {
        /* One at a time, says the specification. */
        virtqueue_push(vq, s->stats_elem, 0);
        virtio_notify(vdev, vq);
        g_free(s->stats_elem);
    }
    s->stats_elem = e;
    memset(s->stats, 0xff, sizeof(s->stats));
    while (iov_to_buf(e->out_sg, e->out_num, offset, &stat, sizeof(stat)) == sizeof(stat)) {
        uint16_t tag = le16_to_cpu(stat.tag);

        offset += sizeof(stat);
        if (tag < VIRTIO_BALLOON_S_NR) {
            s->stats[tag] = le64_to_cpu(stat.val);
        }
    }
    s->stats_last_update = g_get_real_time() / G_USEC_PER_SEC;
    if (s->stats_poll_interval) {
        timer_mod(s->stats_timer, qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + s->stats_poll_interval * 1000);
    }
}

static void get_stats(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(obj);
    bool ok = visit_start_struct(v, name, NULL, 0, errp);

    if (!ok) {
        return;
    }
    ok = visit_type_int(v, "last-update", &s->stats_last_update, errp) &&
         visit_start_struct(v, "stats", NULL, 0, errp);
    if (ok) {
        for (int i = 0; ok && i < VIRTIO_BALLOON_S_NR; i++) {
            ok = visit_type_uint64(v, stat_names[i], &s->stats[i], errp);
        }
        visit_end_struct(v, NULL);
    }
    visit_end_struct(v, NULL);
}

static void get_interval(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    visit_type_int(v, name, &VIRTIO_BALLOON(obj)->stats_poll_interval, errp);
}

static void set_interval(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(obj);
    int64_t value;

    if (!visit_type_int(v, name, &value, errp)) {
        return;
    }
    if (value < 0 || value > UINT32_MAX) {
        error_setg(errp, "timer value must be between 0 and %u seconds", UINT32_MAX);
        return;
    }
    s->stats_poll_interval = value;
    if (s->stats_timer && value) {
        timer_mod(s->stats_timer, qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL));
    } else if (s->stats_timer) {
        timer_del(s->stats_timer);
    }
}

/* ---- configuration ---- */

static uint64_t current_ram(void)
{
    return current_machine ? current_machine->ram_size : 0;
}

static VirtIOBalloon *the_balloon(void)
{
    return (VirtIOBalloon *)object_resolve_path_type("", TYPE_VIRTIO_BALLOON, NULL);
}

bool virtio_balloon_info(uint64_t *actual)
{
    VirtIOBalloon *s = the_balloon();

    if (s) {
        *actual = current_ram() - ((uint64_t)s->actual << PAGE_SHIFT);
    }
    return s != NULL;
}

bool virtio_balloon_set_target(int64_t target, Error **errp)
{
    VirtIOBalloon *s = the_balloon();
    uint64_t ram = current_ram();

    if (!s) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_ACTIVE, "No balloon device has been activated");
        return false;
    }
    if (target <= 0) {
        error_setg(errp, "Parameter 'target' expects a size");
        return false;
    }
    s->num_pages = (ram - MIN((uint64_t)target, ram)) >> PAGE_SHIFT;
    virtio_notify_config(VIRTIO_DEVICE(s));
    return true;
}

void qmp_balloon(int64_t value, Error **errp)
{
    virtio_balloon_set_target(value, errp);
}

BalloonInfo *qmp_query_balloon(Error **errp)
{
    BalloonInfo *info;
    uint64_t actual;

    if (!virtio_balloon_info(&actual)) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_ACTIVE, "No balloon device has been activated");
        return NULL;
    }
    info = g_new0(BalloonInfo, 1);
    info->actual = actual;
    return info;
}

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);

    stl_le_p(config, s->num_pages);
    stl_le_p(config + 4, s->actual);
}

static void set_config(VirtIODevice *vdev, const uint8_t *config)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);
    uint32_t old = s->actual;

    s->actual = MIN(ldl_le_p(config + 4), current_ram() >> PAGE_SHIFT);
    if (s->actual != old) {
        qapi_event_send_balloon_change(current_ram() - ((uint64_t)s->actual << PAGE_SHIFT));
    }
}

static uint64_t get_features(VirtIODevice *vdev, uint64_t f, Error **errp)
{
    virtio_add_feature(&f, VIRTIO_BALLOON_F_STATS_VQ);
    return f;
}

static void virtio_balloon_reset(VirtIODevice *vdev)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);

    if (s->stats_elem) {
        virtqueue_detach_element(s->svq, s->stats_elem, 0);
        g_clear_pointer(&s->stats_elem, g_free);
    }
}

static void set_status(VirtIODevice *vdev, uint8_t status)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(vdev);

    /* A loaded or restarted machine: fetch the statistics buffer again. */
    if (!s->stats_elem && vdev->vm_running && (status & VIRTIO_CONFIG_S_DRIVER_OK) && virtio_queue_ready(s->svq) &&
        virtqueue_rewind(s->svq, 1)) {
        handle_stats(vdev, s->svq);
    }
}

static const VMStateDescription vmstate_device = {
    .name = "virtio-balloon-device",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(num_pages, VirtIOBalloon),
        VMSTATE_UINT32(actual, VirtIOBalloon),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_virtio_balloon = {
    .name = "virtio-balloon",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_VIRTIO_DEVICE,
        VMSTATE_END_OF_LIST()
    },
};

static void virtio_balloon_realize(DeviceState *dev, Error **errp)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtIOBalloon *s = VIRTIO_BALLOON(dev);

    if (the_balloon() && the_balloon() != s) {
        error_setg(errp, "Only one balloon device is supported");
        return;
    }
    virtio_init(vdev, VIRTIO_ID_BALLOON, 8);
    s->ivq = virtio_add_queue(vdev, 128, handle_pages);
    s->dvq = virtio_add_queue(vdev, 128, handle_pages);
    s->svq = virtio_add_queue(vdev, 128, handle_stats);
    memset(s->stats, 0xff, sizeof(s->stats));
    s->stats_timer = timer_new_ms(QEMU_CLOCK_VIRTUAL, stats_poll, s);
}

static void virtio_balloon_unrealize(DeviceState *dev)
{
    VirtIOBalloon *s = VIRTIO_BALLOON(dev);

    virtio_balloon_reset(VIRTIO_DEVICE(dev));
    timer_free(s->stats_timer);
    s->stats_timer = NULL;
    virtio_cleanup(VIRTIO_DEVICE(dev));
}

static const Property virtio_balloon_props[] = {
    DEFINE_PROP_BIT64("deflate-on-oom", VirtIOBalloon, parent_obj.host_features, VIRTIO_BALLOON_F_DEFLATE_ON_OOM,
                      false),
};

static void virtio_balloon_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    device_class_set_props(dc, virtio_balloon_props);
    object_class_property_add(klass, "guest-stats", "guest statistics", get_stats, NULL, NULL, NULL);
    object_class_property_add(klass, "guest-stats-polling-interval", "int", get_interval, set_interval, NULL, NULL);
    dc->vmsd = &vmstate_virtio_balloon;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    vdc->realize = virtio_balloon_realize;
    vdc->unrealize = virtio_balloon_unrealize;
    vdc->reset = virtio_balloon_reset;
    vdc->get_config = get_config;
    vdc->set_config = set_config;
    vdc->get_features = get_features;
    vdc->set_status = set_status;
    vdc->vmsd = &vmstate_device;
}

static const TypeInfo virtio_balloon_types[] = {
    {
        .name = TYPE_VIRTIO_BALLOON,
        .parent = TYPE_VIRTIO_DEVICE,
        .instance_size = sizeof(VirtIOBalloon),
        .class_init = virtio_balloon_class_init,
    },
};

DEFINE_TYPES(virtio_balloon_types)
