// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio over MMIO (virtio 1.2, 4.2): a 512-byte window with one device behind it. force-legacy chooses between
 * version 1 (page-frame queue addresses, 4.2.4) and version 2.
 *
 * On a device's stream: host_features_sel, guest_features_sel, guest_page_shift (u32 each); version 2 adds
 * virtio/extra_state with "virtio_mmio".
 */
#include "qemu/osdep.h"
#include <linux/virtio_mmio.h>
#include "hw/virtio/virtio-mmio.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "migration/qemu-file-types.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "system/address-spaces.h"

#define VIRT_MAGIC 0x74726976
#define VIRT_VENDOR 0x554d4551
#define CONFIG_OFF 0x100

static VirtIODevice *device(VirtIOMMIOProxy *proxy)
{
    return virtio_bus_get_device(&proxy->bus);
}

/* ---- registers ---- */

/*
 * What a driver's reset clears. The page size of version 1 belongs to the transport: drivers write it once, before
 * their first reset (4.2.4), so only a reset of the machine clears it.
 */
static void soft_reset(VirtIOMMIOProxy *proxy)
{
    virtio_bus_reset(&proxy->bus);
    proxy->host_features_sel = 0;
    proxy->guest_features_sel = 0;
    proxy->guest_features[0] = proxy->guest_features[1] = 0;
    memset(proxy->vqs, 0, VIRTIO_QUEUE_MAX * sizeof(*proxy->vqs));
}

static uint32_t features_word(VirtIOMMIOProxy *proxy, VirtIODevice *vdev)
{
    uint64_t f = vdev->host_features;

    if (!proxy->legacy) {
        f &= ~VIRTIO_DEVICE_GET_CLASS(vdev)->legacy_features;
    } else if (proxy->host_features_sel) {
        return 0;
    }
    return proxy->host_features_sel <= 1 ? f >> (32 * proxy->host_features_sel) : 0;
}

static uint64_t mmio_read(void *opaque, hwaddr off, unsigned size)
{
    VirtIOMMIOProxy *proxy = opaque;
    VirtIODevice *vdev = device(proxy);

    if (!vdev) {
        /* An empty slot: right magic, device id 0. */
        return off == VIRTIO_MMIO_MAGIC_VALUE ? VIRT_MAGIC : off == VIRTIO_MMIO_VERSION ? 1 + !proxy->legacy
             : off == VIRTIO_MMIO_VENDOR_ID ? VIRT_VENDOR : 0;
    }
    if (off >= CONFIG_OFF) {
        return virtio_config_read(vdev, off - CONFIG_OFF, size);
    }
    if (size != 4) {
        return 0;
    }
    switch (off) {
    case VIRTIO_MMIO_MAGIC_VALUE:
        return VIRT_MAGIC;
    case VIRTIO_MMIO_VERSION:
        return proxy->legacy ? 1 : 2;
    case VIRTIO_MMIO_DEVICE_ID:
        return vdev->device_id;
    case VIRTIO_MMIO_VENDOR_ID:
        return VIRT_VENDOR;
    case VIRTIO_MMIO_DEVICE_FEATURES:
        return features_word(proxy, vdev);
    case VIRTIO_MMIO_QUEUE_NUM_MAX:
        return virtio_queue_get_max_num(vdev, vdev->queue_sel);
    case VIRTIO_MMIO_QUEUE_PFN:
        return proxy->legacy ? virtio_queue_get_addr(vdev, vdev->queue_sel) >> proxy->guest_page_shift : 0;
    case VIRTIO_MMIO_QUEUE_READY:
        return proxy->legacy ? 0 : proxy->vqs[vdev->queue_sel].enabled;
    case VIRTIO_MMIO_INTERRUPT_STATUS:
        return vdev->isr;
    case VIRTIO_MMIO_STATUS:
        return vdev->status;
    case VIRTIO_MMIO_CONFIG_GENERATION:
        return proxy->legacy ? 0 : vdev->generation;
    case VIRTIO_MMIO_SHM_LEN_LOW:
    case VIRTIO_MMIO_SHM_LEN_HIGH:
        return 0xffffffff;
    default:
        return 0;
    }
}

static void queue_ready(VirtIOMMIOProxy *proxy, VirtIODevice *vdev, uint32_t val)
{
    VirtIOMMIOQueue *q = &proxy->vqs[vdev->queue_sel];

    if (val & 1) {
        virtio_queue_set_num(vdev, vdev->queue_sel, q->num);
        virtio_queue_set_rings(vdev, vdev->queue_sel, (uint64_t)q->desc[1] << 32 | q->desc[0],
                               (uint64_t)q->avail[1] << 32 | q->avail[0], (uint64_t)q->used[1] << 32 | q->used[0]);
        q->enabled = true;
    } else {
        virtio_queue_reset(vdev, vdev->queue_sel);
        q->enabled = false;
    }
}

static void mmio_write_v1(VirtIOMMIOProxy *proxy, VirtIODevice *vdev, hwaddr off, uint32_t val)
{
    switch (off) {
    case VIRTIO_MMIO_GUEST_PAGE_SIZE:
        proxy->guest_page_shift = val ? ctz32(val) : 0;
        break;
    case VIRTIO_MMIO_QUEUE_ALIGN:
        virtio_queue_set_align(vdev, vdev->queue_sel, val);
        break;
    case VIRTIO_MMIO_QUEUE_PFN:
        if (val == 0) {
            soft_reset(proxy);
        } else {
            virtio_queue_set_addr(vdev, vdev->queue_sel, (hwaddr)val << proxy->guest_page_shift);
        }
        break;
    }
}

static void mmio_write_v2(VirtIOMMIOProxy *proxy, VirtIODevice *vdev, hwaddr off, uint32_t val)
{
    VirtIOMMIOQueue *q = &proxy->vqs[vdev->queue_sel];

    switch (off) {
    case VIRTIO_MMIO_QUEUE_READY:
        queue_ready(proxy, vdev, val);
        break;
    case VIRTIO_MMIO_QUEUE_DESC_LOW:
        q->desc[0] = val;
        break;
    case VIRTIO_MMIO_QUEUE_DESC_HIGH:
        q->desc[1] = val;
        break;
    case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
        q->avail[0] = val;
        break;
    case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
        q->avail[1] = val;
        break;
    case VIRTIO_MMIO_QUEUE_USED_LOW:
        q->used[0] = val;
        break;
    case VIRTIO_MMIO_QUEUE_USED_HIGH:
        q->used[1] = val;
        break;
    }
}

static void mmio_write(void *opaque, hwaddr off, uint64_t val, unsigned size)
{
    VirtIOMMIOProxy *proxy = opaque;
    VirtIODevice *vdev = device(proxy);

    if (!vdev) {
        return;
    }
    if (off >= CONFIG_OFF) {
        virtio_config_write(vdev, off - CONFIG_OFF, val, size);
        return;
    }
    if (size != 4) {
        return;
    }
    switch (off) {
    case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
        proxy->host_features_sel = val;
        break;
    case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
        proxy->guest_features_sel = val;
        break;
    case VIRTIO_MMIO_DRIVER_FEATURES:
        if (proxy->guest_features_sel < (proxy->legacy ? 1 : 2)) {
            proxy->guest_features[proxy->guest_features_sel] = val;
            virtio_set_features(vdev, (uint64_t)proxy->guest_features[1] << 32 | proxy->guest_features[0]);
        }
        break;
    case VIRTIO_MMIO_QUEUE_SEL:
        if (val < VIRTIO_QUEUE_MAX) {
            vdev->queue_sel = val;
        }
        break;
    case VIRTIO_MMIO_QUEUE_NUM:
        virtio_queue_set_num(vdev, vdev->queue_sel, val);
        proxy->vqs[vdev->queue_sel].num = val;
        if (proxy->legacy) {
            virtio_queue_update_rings(vdev, vdev->queue_sel);
        }
        break;
    case VIRTIO_MMIO_QUEUE_NOTIFY:
        if (val < VIRTIO_QUEUE_MAX) {
            virtio_queue_notify(vdev, val);
        }
        break;
    case VIRTIO_MMIO_INTERRUPT_ACK:
        vdev->isr &= ~val;
        virtio_update_irq(vdev);
        break;
    case VIRTIO_MMIO_STATUS:
        if ((val & 0xff) == 0) {
            soft_reset(proxy);
        } else {
            virtio_set_status(vdev, val & 0xff);
        }
        break;
    default:
        if (proxy->legacy) {
            mmio_write_v1(proxy, vdev, off, val);
        } else {
            mmio_write_v2(proxy, vdev, off, val);
        }
    }
}

static const MemoryRegionOps mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* ---- the bus's view ---- */

static void mmio_notify(DeviceState *d, uint16_t vector)
{
    VirtIOMMIOProxy *proxy = VIRTIO_MMIO(d);
    VirtIODevice *vdev = device(proxy);

    if (vdev) {
        qemu_set_irq(proxy->irq, vdev->isr != 0);
    }
}

static void mmio_save_config(DeviceState *d, QEMUFile *f)
{
    VirtIOMMIOProxy *proxy = VIRTIO_MMIO(d);

    qemu_put_be32(f, proxy->host_features_sel);
    qemu_put_be32(f, proxy->guest_features_sel);
    qemu_put_be32(f, proxy->guest_page_shift);
}

static int mmio_load_config(DeviceState *d, QEMUFile *f)
{
    VirtIOMMIOProxy *proxy = VIRTIO_MMIO(d);

    proxy->host_features_sel = qemu_get_be32(f);
    proxy->guest_features_sel = qemu_get_be32(f);
    proxy->guest_page_shift = qemu_get_be32(f);
    if (proxy->guest_page_shift > 31) {
        return qemu_file_fail(f, "virtio-mmio: guest page shift %u", proxy->guest_page_shift);
    }
    return 0;
}

static const VMStateDescription vmstate_queue = {
    .name = "virtio_mmio/queue_state",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT16(num, VirtIOMMIOQueue),
        VMSTATE_BOOL(enabled, VirtIOMMIOQueue),
        VMSTATE_UINT32_ARRAY(desc, VirtIOMMIOQueue, 2),
        VMSTATE_UINT32_ARRAY(avail, VirtIOMMIOQueue, 2),
        VMSTATE_UINT32_ARRAY(used, VirtIOMMIOQueue, 2),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_state_sub = {
    .name = "virtio_mmio/state",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32_ARRAY(guest_features, VirtIOMMIOProxy, 2),
        VMSTATE_STRUCT_VARRAY_POINTER_KNOWN(vqs, VirtIOMMIOProxy, VIRTIO_QUEUE_MAX, 0, vmstate_queue,
                                            VirtIOMMIOQueue),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_virtio_mmio = {
    .name = "virtio_mmio",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription *const []) { &vmstate_state_sub, NULL },
};

static void mmio_save_extra_state(DeviceState *d, QEMUFile *f)
{
    vmstate_save_state(f, &vmstate_virtio_mmio, VIRTIO_MMIO(d), NULL, NULL);
}

static int mmio_load_extra_state(DeviceState *d, QEMUFile *f)
{
    Error *err = NULL;
    int ret = vmstate_load_state(f, &vmstate_virtio_mmio, VIRTIO_MMIO(d), 1, &err);

    return ret ? qemu_file_fail_err(f, err) : 0;
}

static bool mmio_has_extra_state(DeviceState *d)
{
    return !VIRTIO_MMIO(d)->legacy;
}

static void mmio_pre_plugged(DeviceState *d, Error **errp)
{
    VirtIOMMIOProxy *proxy = VIRTIO_MMIO(d);

    if (!proxy->legacy) {
        virtio_add_feature(&device(proxy)->host_features, VIRTIO_F_VERSION_1);
    }
}

static bool mmio_queue_enabled(DeviceState *d, int n)
{
    VirtIOMMIOProxy *proxy = VIRTIO_MMIO(d);

    return proxy->legacy ? virtio_queue_get_desc_addr(device(proxy), n) != 0 : proxy->vqs[n].enabled;
}

/* ---- device ---- */

static void mmio_reset(DeviceState *d)
{
    VirtIOMMIOProxy *proxy = VIRTIO_MMIO(d);

    if (d->realized) {
        soft_reset(proxy);
        proxy->guest_page_shift = 0;
    }
}

static void mmio_realize(DeviceState *d, Error **errp)
{
    VirtIOMMIOProxy *proxy = VIRTIO_MMIO(d);
    SysBusDevice *sbd = SYS_BUS_DEVICE(d);

    proxy->vqs = g_new0(VirtIOMMIOQueue, VIRTIO_QUEUE_MAX);
    qbus_init(&proxy->bus, sizeof(proxy->bus), TYPE_VIRTIO_MMIO_BUS, d, NULL);
    sysbus_init_irq(sbd, &proxy->irq);
    memory_region_init_io(&proxy->iomem, OBJECT(d), &mmio_ops, proxy, TYPE_VIRTIO_MMIO, 0x200);
    sysbus_init_mmio(sbd, &proxy->iomem);
}

static const Property mmio_props[] = {
    DEFINE_PROP_BOOL("format_transport_address", VirtIOMMIOProxy, format_transport_address, true),
    DEFINE_PROP_BOOL("force-legacy", VirtIOMMIOProxy, legacy, true),
    DEFINE_PROP_BIT("ioeventfd", VirtIOMMIOProxy, flags, 1, true),
};

static void mmio_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = mmio_realize;
    dc->reset = mmio_reset;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, mmio_props);
}

/* Devices of several transports are told apart by address: "virtio-mmio@00000000feb00000". */
static char *mmio_bus_get_dev_path(DeviceState *dev)
{
    VirtIOMMIOProxy *proxy = VIRTIO_MMIO(qdev_get_parent_bus(dev)->parent);
    g_autofree char *path = qdev_get_dev_path(DEVICE(proxy));

    if (!proxy->format_transport_address) {
        return g_steal_pointer(&path);
    }
    return path ? g_strdup_printf("%s/virtio-mmio@%016" PRIx64, path, SYS_BUS_DEVICE(proxy)->mmio[0].addr)
                : g_strdup_printf("virtio-mmio@%016" PRIx64, SYS_BUS_DEVICE(proxy)->mmio[0].addr);
}

static void mmio_bus_class_init(ObjectClass *klass, const void *data)
{
    VirtioBusClass *k = VIRTIO_BUS_CLASS(klass);

    BUS_CLASS(klass)->get_dev_path = mmio_bus_get_dev_path;
    k->notify = mmio_notify;
    k->save_config = mmio_save_config;
    k->load_config = mmio_load_config;
    k->save_extra_state = mmio_save_extra_state;
    k->load_extra_state = mmio_load_extra_state;
    k->has_extra_state = mmio_has_extra_state;
    k->pre_plugged = mmio_pre_plugged;
    k->queue_enabled = mmio_queue_enabled;
    k->has_variable_vring_alignment = true;
}

static const TypeInfo virtio_mmio_types[] = {
    {
        .name = TYPE_VIRTIO_MMIO,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(VirtIOMMIOProxy),
        .class_init = mmio_class_init,
    },
    {
        .name = TYPE_VIRTIO_MMIO_BUS,
        .parent = TYPE_VIRTIO_BUS,
        .class_init = mmio_bus_class_init,
    },
};

DEFINE_TYPES(virtio_mmio_types)
