// SPDX-License-Identifier: GPL-2.0-or-later
/* The bus between a transport and its one virtio device: where features are settled when the two meet. */
#include "qemu/osdep.h"
#include "hw/virtio/virtio-bus.h"
#include "qapi/error.h"
#include "system/address-spaces.h"

VirtIODevice *virtio_bus_get_device(VirtioBusState *bus)
{
    BusChild *kid = QTAILQ_FIRST(&BUS(bus)->children);

    return kid ? (VirtIODevice *)kid->child : NULL;
}

void virtio_bus_device_plugged(VirtIODevice *vdev, Error **errp)
{
    ERRP_GUARD();
    BusState *qbus = qdev_get_parent_bus(DEVICE(vdev));
    VirtioBusClass *klass = VIRTIO_BUS_GET_CLASS(qbus);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);

    if (klass->pre_plugged) {
        klass->pre_plugged(qbus->parent, errp);
        if (*errp) {
            return;
        }
    }
    vdev->host_features = vdc->get_features(vdev, vdev->host_features, errp);
    if (*errp) {
        return;
    }
    vdev->dma_as = klass->get_dma_as ? klass->get_dma_as(qbus->parent) : &address_space_memory;
    if (klass->device_plugged) {
        klass->device_plugged(qbus->parent, errp);
    }
}

void virtio_bus_device_unplugged(VirtIODevice *vdev)
{
    BusState *qbus = qdev_get_parent_bus(DEVICE(vdev));
    VirtioBusClass *klass = VIRTIO_BUS_GET_CLASS(qbus);

    if (klass->device_unplugged) {
        klass->device_unplugged(qbus->parent);
    }
}

void virtio_bus_reset(VirtioBusState *bus)
{
    VirtIODevice *vdev = virtio_bus_get_device(bus);

    if (vdev) {
        virtio_reset(vdev);
    }
}

/* A virtio device is known by its transport's place. */
static char *virtio_bus_get_dev_path(DeviceState *dev)
{
    return qdev_get_dev_path(qdev_get_parent_bus(dev)->parent);
}

static char *virtio_bus_get_fw_dev_path(DeviceState *dev)
{
    return NULL;
}

static void virtio_bus_class_init(ObjectClass *klass, const void *data)
{
    BusClass *bc = BUS_CLASS(klass);

    bc->get_dev_path = virtio_bus_get_dev_path;
    bc->get_fw_dev_path = virtio_bus_get_fw_dev_path;
    bc->max_dev = 1;
}

static const TypeInfo virtio_bus_types[] = {
    {
        .name = TYPE_VIRTIO_BUS,
        .parent = TYPE_BUS,
        .instance_size = sizeof(VirtioBusState),
        .abstract = true,
        .class_size = sizeof(VirtioBusClass),
        .class_init = virtio_bus_class_init,
    },
};

DEFINE_TYPES(virtio_bus_types)
