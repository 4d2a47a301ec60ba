/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a transport is to a virtio device: one bus with one device on it. */
#ifndef HW_VIRTIO_VIRTIO_BUS_H
#define HW_VIRTIO_VIRTIO_BUS_H

#include "hw/virtio/virtio.h"

#define TYPE_VIRTIO_BUS "virtio-bus"
DECLARE_OBJ_CHECKERS(VirtioBusState, VirtioBusClass, VIRTIO_BUS, TYPE_VIRTIO_BUS)

struct VirtioBusState {
    BusState parent_obj;
};

struct VirtioBusClass {
    BusClass parent;

    void (*notify)(DeviceState *d, uint16_t vector);
    /* Transport's part of the stream: before the common fields, per queue, and in virtio/extra_state. */
    void (*save_config)(DeviceState *d, QEMUFile *f);
    void (*save_queue)(DeviceState *d, int n, QEMUFile *f);
    void (*save_extra_state)(DeviceState *d, QEMUFile *f);
    int (*load_config)(DeviceState *d, QEMUFile *f);
    int (*load_queue)(DeviceState *d, int n, QEMUFile *f);
    int (*load_extra_state)(DeviceState *d, QEMUFile *f);
    bool (*has_extra_state)(DeviceState *d);
    void (*vmstate_change)(DeviceState *d, bool running);
    void (*pre_plugged)(DeviceState *d, Error **errp);
    void (*device_plugged)(DeviceState *d, Error **errp);
    void (*device_unplugged)(DeviceState *d);
    int (*query_nvectors)(DeviceState *d);
    bool (*queue_enabled)(DeviceState *d, int n);
    AddressSpace *(*get_dma_as)(DeviceState *d);
    bool has_variable_vring_alignment;
};

void virtio_bus_device_plugged(VirtIODevice *vdev, Error **errp);
void virtio_bus_device_unplugged(VirtIODevice *vdev);
void virtio_bus_reset(VirtioBusState *bus);
VirtIODevice *virtio_bus_get_device(VirtioBusState *bus);
static inline VirtIODevice *virtio_bus_peek(VirtioBusState *bus)
{
    return virtio_bus_get_device(bus);
}

#endif
