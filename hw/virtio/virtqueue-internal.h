/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The split virtqueue (virtio 1.2, 2.7), shared by the queue code, the device core and migration. */
#ifndef HW_VIRTIO_VIRTQUEUE_INTERNAL_H
#define HW_VIRTIO_VIRTQUEUE_INTERNAL_H

#include "hw/virtio/virtio.h"

typedef struct VRing {
    unsigned int num;
    unsigned int num_default;
    unsigned int align;
    hwaddr desc;
    hwaddr avail;
    hwaddr used;
    /* Translations of the three areas; rebuilt when the address space's epoch moved. */
    bool cached;
    uint64_t epoch;
    MemoryRegionCache desc_cache, avail_cache, used_cache;
} VRing;

struct VirtQueue {
    VRing vring;
    uint16_t last_avail_idx;
    uint16_t shadow_avail_idx;      /* the guest's index when we last looked */
    uint16_t used_idx;
    uint16_t signalled_used;        /* used_idx when we last interrupted */
    bool signalled_used_valid;
    bool notification;
    uint16_t queue_index;
    unsigned int inuse;
    uint16_t vector;
    bool reset_pending;
    VirtIOHandleOutput handle_output;
    VirtIODevice *vdev;
};

void virtqueue_uncache(VirtQueue *vq);
void virtqueue_reset_state(VirtQueue *vq);
/* The guest's indices, 0 when its rings are not accessible. */
uint16_t vring_avail_idx(VirtQueue *vq);
uint16_t vring_used_idx(VirtQueue *vq);
bool virtqueue_should_notify(VirtQueue *vq);

#endif
