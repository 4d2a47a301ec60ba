/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtio transport in 512 bytes of memory-mapped registers and one interrupt line. */
#ifndef HW_VIRTIO_VIRTIO_MMIO_H
#define HW_VIRTIO_VIRTIO_MMIO_H

#include "hw/core/sysbus.h"
#include "hw/virtio/virtio-bus.h"
#include "qemu/host-utils.h"

#define TYPE_VIRTIO_MMIO_BUS "virtio-mmio-bus"
#define TYPE_VIRTIO_MMIO "virtio-mmio"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOMMIOProxy, VIRTIO_MMIO)

typedef struct VirtIOMMIOQueue {
    uint16_t num;
    bool enabled;
    uint32_t desc[2];
    uint32_t avail[2];
    uint32_t used[2];
} VirtIOMMIOQueue;

struct VirtIOMMIOProxy {
    SysBusDevice parent_obj;

    MemoryRegion iomem;
    qemu_irq irq;
    bool legacy;
    uint32_t flags;
    uint32_t host_features_sel;
    uint32_t guest_features_sel;
    uint32_t guest_page_shift;
    VirtioBusState bus;
    bool format_transport_address;
    uint32_t guest_features[2];
    VirtIOMMIOQueue *vqs;       /* VIRTIO_QUEUE_MAX */
};

#endif
