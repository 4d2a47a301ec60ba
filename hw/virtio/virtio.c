// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The virtio device base type: features, status, configuration space, queue set-up and interrupts (virtio 1.2,
 * chapter 2). Queue contents are virtqueue.c, the stream is virtio-vmstate.c.
 */
#include "qemu/osdep.h"
#include "hw/virtio/virtio.h"
#include "hw/virtio/virtio-bus.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "virtqueue-internal.h"

static VirtioBusState *bus_of(VirtIODevice *vdev)
{
    return VIRTIO_BUS(qdev_get_parent_bus(DEVICE(vdev)));
}

static DeviceState *proxy_of(VirtIODevice *vdev)
{
    return BUS(bus_of(vdev))->parent;
}

static void notify_vector(VirtIODevice *vdev, uint16_t vector)
{
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus_of(vdev));

    if (!vdev->broken && k->notify) {
        k->notify(proxy_of(vdev), vector);
    }
}

void virtio_error(VirtIODevice *vdev, const char *fmt, ...)
{
    va_list ap;

    if (vdev->broken) {
        return;
    }
    va_start(ap, fmt);
    error_vreport(fmt, ap);
    va_end(ap);
    if (virtio_vdev_has_feature(vdev, VIRTIO_F_VERSION_1)) {
        vdev->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
        virtio_notify_config(vdev);
    }
    vdev->broken = true;
}

/* ---- life ---- */

void virtio_init(VirtIODevice *vdev, uint16_t device_id, size_t config_size)
{
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus_of(vdev));

    vdev->device_id = device_id;
    vdev->name = virtio_id_to_name(device_id);
    vdev->status = 0;
    vdev->isr = 0;
    vdev->queue_sel = 0;
    vdev->config_vector = VIRTIO_NO_VECTOR;
    vdev->vm_running = runstate_is_running();
    vdev->broken = false;
    vdev->config_len = config_size;
    vdev->config = config_size ? g_malloc0(config_size) : NULL;
    vdev->nvectors = k->query_nvectors ? k->query_nvectors(proxy_of(vdev)) : 0;
}

void virtio_cleanup(VirtIODevice *vdev)
{
    for (unsigned i = 0; i < vdev->nvqs; i++) {
        virtqueue_uncache(&vdev->vq[i]);
    }
    qemu_sparse_free(g_steal_pointer(&vdev->vq), VIRTIO_QUEUE_MAX * sizeof(VirtQueue));
    vdev->nvqs = 0;
    g_clear_pointer(&vdev->config, g_free);
}

const char *virtio_id_to_name(uint16_t id)
{
    static const char *const names[] = {
        [VIRTIO_ID_NET] = "virtio-net", [VIRTIO_ID_BLOCK] = "virtio-blk", [VIRTIO_ID_CONSOLE] = "virtio-serial",
        [VIRTIO_ID_RNG] = "virtio-rng", [VIRTIO_ID_BALLOON] = "virtio-balloon", [VIRTIO_ID_SCSI] = "virtio-scsi",
        [VIRTIO_ID_9P] = "virtio-9p", [VIRTIO_ID_INPUT] = "virtio-input", [VIRTIO_ID_VSOCK] = "virtio-vsock",
    };

    return id < ARRAY_SIZE(names) && names[id] ? names[id] : "virtio";
}

/* Device code keeps pointers to its queues, so the array never moves: queues come in blocks that are big enough. */
VirtQueue *virtio_add_queue(VirtIODevice *vdev, int queue_size, VirtIOHandleOutput handle_output)
{
    VirtQueue *vq;

    g_assert(queue_size > 0 && queue_size <= VIRTQUEUE_MAX_SIZE && vdev->nvqs < VIRTIO_QUEUE_MAX);
    if (!vdev->vq) {
        vdev->vq = qemu_sparse_alloc(VIRTIO_QUEUE_MAX * sizeof(VirtQueue));
    }
    vq = &vdev->vq[vdev->nvqs];
    *vq = (VirtQueue) { .queue_index = vdev->nvqs, .vdev = vdev, .vector = VIRTIO_NO_VECTOR, .notification = true };
    vdev->nvqs++;
    vq->vring.num = queue_size;
    vq->vring.num_default = queue_size;
    vq->vring.align = VIRTIO_PCI_VRING_ALIGN;
    vq->handle_output = handle_output;
    return vq;
}

void virtio_delete_queue(VirtQueue *vq)
{
    virtqueue_uncache(vq);
    vq->vring.num = 0;
    vq->vring.num_default = 0;
    vq->handle_output = NULL;
}

void virtio_del_queue(VirtIODevice *vdev, int n)
{
    if (n >= 0 && n < vdev->nvqs) {
        virtio_delete_queue(&vdev->vq[n]);
    }
}

void virtio_reset(void *opaque)
{
    VirtIODevice *vdev = opaque;
    VirtioDeviceClass *k = VIRTIO_DEVICE_GET_CLASS(vdev);

    virtio_set_status(vdev, 0);
    if (k->reset) {
        k->reset(vdev);
    }
    vdev->start_on_kick = false;
    vdev->started = false;
    vdev->broken = false;
    virtio_set_features(vdev, 0);
    vdev->guest_features = 0;
    vdev->queue_sel = 0;
    vdev->status = 0;
    vdev->disabled = false;
    vdev->isr = 0;
    vdev->config_vector = VIRTIO_NO_VECTOR;
    notify_vector(vdev, VIRTIO_NO_VECTOR);
    for (unsigned i = 0; i < vdev->nvqs; i++) {
        virtqueue_reset_state(&vdev->vq[i]);
        virtio_queue_set_vector(vdev, i, VIRTIO_NO_VECTOR);
    }
}

/* ---- features and status ---- */

static uint64_t allowed_features(VirtIODevice *vdev, uint64_t val)
{
    return val & vdev->host_features;
}

int virtio_set_features(VirtIODevice *vdev, uint64_t val)
{
    VirtioDeviceClass *k = VIRTIO_DEVICE_GET_CLASS(vdev);
    bool bad = val & ~vdev->host_features;

    /* Fixed once the driver said so. */
    if (vdev->status & VIRTIO_CONFIG_S_FEATURES_OK) {
        return -EINVAL;
    }
    val = allowed_features(vdev, val);
    if (k->set_features) {
        k->set_features(vdev, val);
    }
    vdev->guest_features = val;
    for (unsigned i = 0; virtio_vdev_has_feature(vdev, VIRTIO_RING_F_EVENT_IDX) && i < vdev->nvqs; i++) {
        vdev->vq[i].signalled_used_valid = false;
    }
    return bad ? -1 : 0;
}

static int validate_features(VirtIODevice *vdev)
{
    VirtioDeviceClass *k = VIRTIO_DEVICE_GET_CLASS(vdev);

    if (virtio_host_has_feature(vdev, VIRTIO_F_ACCESS_PLATFORM) &&
        !virtio_vdev_has_feature(vdev, VIRTIO_F_ACCESS_PLATFORM)) {
        return -EFAULT;
    }
    return k->validate_features ? k->validate_features(vdev) : 0;
}

int virtio_set_status(VirtIODevice *vdev, uint8_t val)
{
    VirtioDeviceClass *k = VIRTIO_DEVICE_GET_CLASS(vdev);

    if (virtio_vdev_has_feature(vdev, VIRTIO_F_VERSION_1) && !(vdev->status & VIRTIO_CONFIG_S_FEATURES_OK) &&
        (val & VIRTIO_CONFIG_S_FEATURES_OK)) {
        int ret = validate_features(vdev);

        if (ret) {
            return ret;
        }
    }
    if ((vdev->status ^ val) & VIRTIO_CONFIG_S_DRIVER_OK) {
        vdev->started = val & VIRTIO_CONFIG_S_DRIVER_OK;
    }
    if (k->set_status) {
        k->set_status(vdev, val);
    }
    vdev->status = val;
    /* What broke while the driver wrote must stay visible until it resets. */
    if (val && vdev->broken && virtio_vdev_has_feature(vdev, VIRTIO_F_VERSION_1)) {
        vdev->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
    }
    return 0;
}

void virtio_set_disabled(VirtIODevice *vdev, bool disable)
{
    if (vdev->use_disabled_flag) {
        vdev->disabled = disable;
    }
}

/* ---- configuration space ---- */

/* Reads past the end give ones, writes vanish. */
uint32_t virtio_config_read(VirtIODevice *vdev, uint32_t addr, unsigned size)
{
    VirtioDeviceClass *k = VIRTIO_DEVICE_GET_CLASS(vdev);

    if (addr > vdev->config_len || size > vdev->config_len - addr) {
        return ~0u;
    }
    k->get_config(vdev, vdev->config);
    return ldn_le_p((uint8_t *)vdev->config + addr, size);
}

void virtio_config_write(VirtIODevice *vdev, uint32_t addr, uint32_t data, unsigned size)
{
    VirtioDeviceClass *k = VIRTIO_DEVICE_GET_CLASS(vdev);

    if (addr > vdev->config_len || size > vdev->config_len - addr) {
        return;
    }
    stn_le_p((uint8_t *)vdev->config + addr, size, data);
    if (k->set_config) {
        k->set_config(vdev, vdev->config);
    }
}

uint32_t virtio_config_readb(VirtIODevice *vdev, uint32_t addr)
{
    return virtio_config_read(vdev, addr, 1);
}

uint32_t virtio_config_readw(VirtIODevice *vdev, uint32_t addr)
{
    return virtio_config_read(vdev, addr, 2);
}

uint32_t virtio_config_readl(VirtIODevice *vdev, uint32_t addr)
{
    return virtio_config_read(vdev, addr, 4);
}

void virtio_config_writeb(VirtIODevice *vdev, uint32_t addr, uint32_t data)
{
    virtio_config_write(vdev, addr, data, 1);
}

void virtio_config_writew(VirtIODevice *vdev, uint32_t addr, uint32_t data)
{
    virtio_config_write(vdev, addr, data, 2);
}

void virtio_config_writel(VirtIODevice *vdev, uint32_t addr, uint32_t data)
{
    virtio_config_write(vdev, addr, data, 4);
}

/* ---- queue set-up: @n comes from the guest ---- */

static VirtQueue *queue(VirtIODevice *vdev, int n)
{
    return n >= 0 && n < vdev->nvqs ? &vdev->vq[n] : NULL;
}

VirtQueue *virtio_get_queue(VirtIODevice *vdev, int n)
{
    return queue(vdev, n);
}

int virtio_get_queue_index(VirtQueue *vq)
{
    return vq->queue_index;
}

int virtio_get_num_queues(VirtIODevice *vdev)
{
    for (unsigned i = 0; i < vdev->nvqs; i++) {
        if (!vdev->vq[i].vring.num) {
            return i;
        }
    }
    return vdev->nvqs;
}

/* Legacy layout: available follows descriptors, used is at the next alignment boundary. */
void virtio_queue_update_rings(VirtIODevice *vdev, int n)
{
    VirtQueue *vq = queue(vdev, n);

    if (!vq || !vq->vring.num || !vq->vring.desc || !vq->vring.align) {
        return;
    }
    virtqueue_uncache(vq);
    vq->vring.avail = vq->vring.desc + 16ull * vq->vring.num;
    vq->vring.used = ROUND_UP(vq->vring.avail + 6 + 2ull * vq->vring.num, (hwaddr)vq->vring.align);
}

void virtio_queue_set_addr(VirtIODevice *vdev, int n, hwaddr addr)
{
    VirtQueue *vq = queue(vdev, n);

    if (vq && vq->vring.num) {
        virtqueue_uncache(vq);
        vq->vring.desc = addr;
        virtio_queue_update_rings(vdev, n);
    }
}

hwaddr virtio_queue_get_addr(VirtIODevice *vdev, int n)
{
    VirtQueue *vq = queue(vdev, n);

    return vq ? vq->vring.desc : 0;
}

void virtio_queue_set_rings(VirtIODevice *vdev, int n, hwaddr desc, hwaddr avail, hwaddr used)
{
    VirtQueue *vq = queue(vdev, n);

    if (vq && vq->vring.num) {
        virtqueue_uncache(vq);
        vq->vring.desc = desc;
        vq->vring.avail = avail;
        vq->vring.used = used;
    }
}

void virtio_queue_set_num(VirtIODevice *vdev, int n, int num)
{
    VirtQueue *vq = queue(vdev, n);

    /* A queue the device does not have cannot be made, and one it has not be unmade. */
    if (!vq || !vq->vring.num != !num || num < 0 || num > VIRTQUEUE_MAX_SIZE) {
        return;
    }
    virtqueue_uncache(vq);
    vq->vring.num = num;
}

int virtio_queue_get_num(VirtIODevice *vdev, int n)
{
    VirtQueue *vq = queue(vdev, n);

    return vq ? vq->vring.num : 0;
}

int virtio_queue_get_max_num(VirtIODevice *vdev, int n)
{
    VirtQueue *vq = queue(vdev, n);

    return vq ? vq->vring.num_default : 0;
}

void virtio_queue_set_align(VirtIODevice *vdev, int n, int align)
{
    VirtQueue *vq = queue(vdev, n);

    if (vq && align > 0 && is_power_of_2(align)) {
        vq->vring.align = align;
        virtio_queue_update_rings(vdev, n);
    }
}

hwaddr virtio_queue_get_desc_addr(VirtIODevice *vdev, int n)
{
    return queue(vdev, n) ? vdev->vq[n].vring.desc : 0;
}

hwaddr virtio_queue_get_avail_addr(VirtIODevice *vdev, int n)
{
    return queue(vdev, n) ? vdev->vq[n].vring.avail : 0;
}

hwaddr virtio_queue_get_used_addr(VirtIODevice *vdev, int n)
{
    return queue(vdev, n) ? vdev->vq[n].vring.used : 0;
}

bool virtio_queue_enabled(VirtIODevice *vdev, int n)
{
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus_of(vdev));

    return k->queue_enabled ? k->queue_enabled(proxy_of(vdev), n) : virtio_queue_get_desc_addr(vdev, n) != 0;
}

void virtio_queue_enable(VirtIODevice *vdev, uint32_t n)
{
    VirtQueue *vq = queue(vdev, n);

    if (vq) {
        vq->reset_pending = false;
    }
}

void virtio_queue_reset(VirtIODevice *vdev, uint32_t n)
{
    VirtioDeviceClass *k = VIRTIO_DEVICE_GET_CLASS(vdev);
    VirtQueue *vq = queue(vdev, n);

    if (!vq) {
        return;
    }
    if (k->queue_reset) {
        k->queue_reset(vdev, n);
    }
    virtqueue_reset_state(vq);
}

void virtio_queue_notify(VirtIODevice *vdev, int n)
{
    VirtQueue *vq = queue(vdev, n);

    if (!vq || !vq->vring.desc || vdev->broken || !vq->handle_output) {
        return;
    }
    vq->handle_output(vdev, vq);
    if (vdev->start_on_kick) {
        vdev->started = true;
        vdev->start_on_kick = false;
    }
}

uint16_t virtio_queue_vector(VirtIODevice *vdev, int n)
{
    VirtQueue *vq = queue(vdev, n);

    return vq ? vq->vector : VIRTIO_NO_VECTOR;
}

void virtio_queue_set_vector(VirtIODevice *vdev, int n, uint16_t vector)
{
    VirtQueue *vq = queue(vdev, n);

    if (vq) {
        vq->vector = vector;
    }
}

/* ---- interrupts ---- */

void virtio_notify(VirtIODevice *vdev, VirtQueue *vq)
{
    if (!virtqueue_should_notify(vq)) {
        return;
    }
    vdev->isr |= 1;
    notify_vector(vdev, vq->vector);
}

void virtio_notify_config(VirtIODevice *vdev)
{
    if (!(vdev->status & VIRTIO_CONFIG_S_DRIVER_OK)) {
        return;
    }
    vdev->isr |= 3;
    vdev->generation++;
    notify_vector(vdev, vdev->config_vector);
}

void virtio_update_irq(VirtIODevice *vdev)
{
    notify_vector(vdev, VIRTIO_NO_VECTOR);
}

/* ---- type ---- */

static void vm_change(void *opaque, bool running, RunState state)
{
    VirtIODevice *vdev = opaque;
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus_of(vdev));
    bool backend_run = running && virtio_device_started(vdev, vdev->status);

    vdev->vm_running = running;
    if (backend_run) {
        virtio_set_status(vdev, vdev->status);
    }
    if (k->vmstate_change) {
        k->vmstate_change(proxy_of(vdev), backend_run);
    }
    if (!backend_run) {
        virtio_set_status(vdev, vdev->status);
    }
}

static void virtio_device_realize(DeviceState *dev, Error **errp)
{
    ERRP_GUARD();
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(dev);

    if (virtio_has_feature(vdev->host_features, VIRTIO_F_RING_PACKED)) {
        error_setg(errp, "%s: packed=on is not supported", object_get_typename(OBJECT(dev)));
        return;
    }
    if (vdc->realize) {
        vdc->realize(dev, errp);
        if (*errp) {
            return;
        }
    }
    virtio_bus_device_plugged(vdev, errp);
    if (*errp) {
        if (vdc->unrealize) {
            vdc->unrealize(dev);
        }
        return;
    }
    vdev->vmstate = qemu_add_vm_change_state_handler(vm_change, vdev);
}

static void virtio_device_unrealize(DeviceState *dev)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(dev);

    qemu_del_vm_change_state_handler(vdev->vmstate);
    virtio_bus_device_unplugged(vdev);
    if (vdc->unrealize) {
        vdc->unrealize(dev);
    }
}

static const Property virtio_props[] = {
    DEFINE_VIRTIO_COMMON_FEATURES(VirtIODevice, host_features),
    DEFINE_PROP_BOOL("use-started", VirtIODevice, use_started, true),
    DEFINE_PROP_BOOL("use-disabled-flag", VirtIODevice, use_disabled_flag, true),
    DEFINE_PROP_BOOL("x-disable-legacy-check", VirtIODevice, disable_legacy_check, false),
};

static void virtio_device_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    dc->realize = virtio_device_realize;
    dc->unrealize = virtio_device_unrealize;
    dc->bus_type = TYPE_VIRTIO_BUS;
    device_class_set_props(dc, virtio_props);
    vdc->legacy_features = VIRTIO_LEGACY_FEATURES;
}

static const TypeInfo virtio_types[] = {
    {
        .name = TYPE_VIRTIO_DEVICE,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(VirtIODevice),
        .class_init = virtio_device_class_init,
        .abstract = true,
        .class_size = sizeof(VirtioDeviceClass),
    },
};

DEFINE_TYPES(virtio_types)
