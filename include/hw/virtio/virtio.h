/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtio device model, whatever it is attached to (PCI, MMIO), and its virtqueues (virtio 1.2, chapters 2-3).
 *
 * What the guest owns and what we believe of it: nothing. Every descriptor index, length, chain and ring index is
 * checked when it is read, once, into memory of our own. A device that finds its queue malformed calls
 * virtio_error(): it is then *broken*, sets DEVICE_NEEDS_RESET when the driver speaks virtio 1, and ignores its
 * queues until reset.
 *
 *   States of a device:        reset --status=DRIVER_OK--> started --virtio_error--> broken --status=0--> reset
 *   Functions:                         virtio_set_status            virtio_error             virtio_reset
 *
 * Invariants of a queue
 *   V1. last_avail_idx - used_idx (mod 2^16) == inuse <= vring.num
 *   V2. a VirtQueueElement holds at most VIRTQUEUE_MAX_SIZE segments and every segment was mapped for DMA
 *   V3. every element popped is pushed, detached or unpopped exactly once
 *   V4. while broken, disabled, or without addresses, a queue is empty
 *   V5. used idx is published only after the entries before it (write barrier in virtqueue_flush)
 *
 * Everything runs under the big lock.
 */
#ifndef HW_VIRTIO_VIRTIO_H
#define HW_VIRTIO_VIRTIO_H

#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>

#include "hw/core/qdev-properties.h"
#include "migration/vmstate.h"
#include "system/memory.h"
#include "system/runstate.h"

#define VIRTIO_F_BAD_FEATURE 30
#define VIRTIO_LEGACY_FEATURES ((0x1ULL << VIRTIO_F_BAD_FEATURE) | (0x1ULL << VIRTIO_F_NOTIFY_ON_EMPTY) | \
                                (0x1ULL << VIRTIO_F_ANY_LAYOUT))
#define VIRTIO_QUEUE_MAX 1024
#define VIRTQUEUE_MAX_SIZE 1024
#define VIRTIO_NO_VECTOR 0xffff
#define VIRTIO_PCI_VRING_ALIGN 4096

typedef struct VirtIODevice VirtIODevice;
typedef struct VirtioDeviceClass VirtioDeviceClass;
typedef struct VirtQueue VirtQueue;
typedef struct VirtioBusState VirtioBusState;
typedef struct VirtioBusClass VirtioBusClass;
typedef void (*VirtIOHandleOutput)(VirtIODevice *, VirtQueue *);

/* One request: a descriptor chain, checked and mapped. Devices embed it first in a structure of their own. */
typedef struct VirtQueueElement {
    unsigned int index;
    unsigned int len;
    unsigned int ndescs;
    unsigned int out_num;
    unsigned int in_num;
    hwaddr *in_addr;
    hwaddr *out_addr;
    struct iovec *in_sg;        /* what the device writes */
    struct iovec *out_sg;       /* what the device reads */
} VirtQueueElement;

#define TYPE_VIRTIO_DEVICE "virtio-device"
DECLARE_OBJ_CHECKERS(VirtIODevice, VirtioDeviceClass, VIRTIO_DEVICE, TYPE_VIRTIO_DEVICE)

struct VirtIODevice {
    DeviceState parent_obj;

    const char *name;
    uint8_t status;
    uint8_t isr;
    uint16_t queue_sel;
    uint64_t host_features;
    uint64_t guest_features;
    size_t config_len;
    void *config;
    uint16_t config_vector;
    uint32_t generation;
    int nvectors;
    VirtQueue *vq;              /* nvqs of them */
    unsigned nvqs;
    uint16_t device_id;
    bool vm_running;
    bool broken;
    bool use_disabled_flag;
    bool disabled;              /* the bus took DMA away (legacy bus master off) */
    bool use_started;
    bool started;
    bool start_on_kick;
    bool disable_legacy_check;
    VMChangeStateEntry *vmstate;
    AddressSpace *dma_as;
};

struct VirtioDeviceClass {
    DeviceClass parent;

    DeviceRealize realize;
    DeviceUnrealize unrealize;
    uint64_t (*get_features)(VirtIODevice *vdev, uint64_t requested_features, Error **errp);
    uint64_t (*bad_features)(VirtIODevice *vdev);
    void (*set_features)(VirtIODevice *vdev, uint64_t val);
    int (*validate_features)(VirtIODevice *vdev);
    void (*get_config)(VirtIODevice *vdev, uint8_t *config);
    void (*set_config)(VirtIODevice *vdev, const uint8_t *config);
    void (*reset)(VirtIODevice *vdev);
    void (*set_status)(VirtIODevice *vdev, uint8_t val);
    void (*queue_reset)(VirtIODevice *vdev, uint32_t queue_index);
    /* Bits a pure virtio 1 device must not offer. */
    uint64_t legacy_features;
    /* Device part of the stream, before the common subsections. */
    void (*save)(VirtIODevice *vdev, QEMUFile *f);
    int (*load)(VirtIODevice *vdev, QEMUFile *f, int version_id);
    int (*post_load)(VirtIODevice *vdev);
    const VMStateDescription *vmsd;
};

void virtio_init(VirtIODevice *vdev, uint16_t device_id, size_t config_size);
void virtio_cleanup(VirtIODevice *vdev);
void virtio_error(VirtIODevice *vdev, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
void virtio_device_set_child_bus_name(VirtIODevice *vdev, char *bus_name);
const char *virtio_id_to_name(uint16_t device_id);

VirtQueue *virtio_add_queue(VirtIODevice *vdev, int queue_size, VirtIOHandleOutput handle_output);
void virtio_del_queue(VirtIODevice *vdev, int n);
void virtio_delete_queue(VirtQueue *vq);

/* ---- what devices do with queues ---- */
/* @sz: size of the caller's structure around VirtQueueElement; freed with g_free. NULL: nothing to do, or broken. */
void *virtqueue_pop(VirtQueue *vq, size_t sz);
void virtqueue_push(VirtQueue *vq, const VirtQueueElement *elem, unsigned int len);
void virtqueue_fill(VirtQueue *vq, const VirtQueueElement *elem, unsigned int len, unsigned int idx);
void virtqueue_flush(VirtQueue *vq, unsigned int count);
/* Give up without a used entry (reset). */
void virtqueue_detach_element(VirtQueue *vq, const VirtQueueElement *elem, unsigned int len);
/* Put back: the next pop returns it again. */
void virtqueue_unpop(VirtQueue *vq, const VirtQueueElement *elem, unsigned int len);
bool virtqueue_rewind(VirtQueue *vq, unsigned int num);
unsigned int virtqueue_drop_all(VirtQueue *vq);
/* Are there chains available with at least this much room? Stops counting once both are reached. */
int virtqueue_avail_bytes(VirtQueue *vq, unsigned int in_bytes, unsigned int out_bytes);
void virtqueue_get_avail_bytes(VirtQueue *vq, unsigned int *in_bytes, unsigned int *out_bytes,
                               unsigned max_in_bytes, unsigned max_out_bytes);
void virtio_notify(VirtIODevice *vdev, VirtQueue *vq);
void virtio_notify_config(VirtIODevice *vdev);
bool virtio_queue_get_notification(VirtQueue *vq);
/* Ask the driver (not) to notify; racy by nature: check the queue again after enabling. */
void virtio_queue_set_notification(VirtQueue *vq, int enable);
int virtio_queue_ready(VirtQueue *vq);
int virtio_queue_empty(VirtQueue *vq);
void *qemu_get_virtqueue_element(VirtIODevice *vdev, QEMUFile *f, size_t sz);
void qemu_put_virtqueue_element(VirtIODevice *vdev, QEMUFile *f, VirtQueueElement *elem);

/* ---- what transports do ---- */
uint32_t virtio_config_readb(VirtIODevice *vdev, uint32_t addr);
uint32_t virtio_config_readw(VirtIODevice *vdev, uint32_t addr);
uint32_t virtio_config_readl(VirtIODevice *vdev, uint32_t addr);
void virtio_config_writeb(VirtIODevice *vdev, uint32_t addr, uint32_t data);
void virtio_config_writew(VirtIODevice *vdev, uint32_t addr, uint32_t data);
void virtio_config_writel(VirtIODevice *vdev, uint32_t addr, uint32_t data);
/* The same in one: sizes 1, 2, 4. */
uint32_t virtio_config_read(VirtIODevice *vdev, uint32_t addr, unsigned size);
void virtio_config_write(VirtIODevice *vdev, uint32_t addr, uint32_t data, unsigned size);
void virtio_queue_set_addr(VirtIODevice *vdev, int n, hwaddr addr);
hwaddr virtio_queue_get_addr(VirtIODevice *vdev, int n);
void virtio_queue_set_num(VirtIODevice *vdev, int n, int num);
int virtio_queue_get_num(VirtIODevice *vdev, int n);
int virtio_queue_get_max_num(VirtIODevice *vdev, int n);
int virtio_get_num_queues(VirtIODevice *vdev);
void virtio_queue_set_rings(VirtIODevice *vdev, int n, hwaddr desc, hwaddr avail, hwaddr used);
void virtio_queue_update_rings(VirtIODevice *vdev, int n);
void virtio_queue_set_align(VirtIODevice *vdev, int n, int align);
void virtio_queue_notify(VirtIODevice *vdev, int n);
uint16_t virtio_queue_vector(VirtIODevice *vdev, int n);
void virtio_queue_set_vector(VirtIODevice *vdev, int n, uint16_t vector);
void virtio_queue_enable(VirtIODevice *vdev, uint32_t queue_index);
void virtio_queue_reset(VirtIODevice *vdev, uint32_t queue_index);
int virtio_set_status(VirtIODevice *vdev, uint8_t val);
void virtio_reset(void *opaque);
void virtio_update_irq(VirtIODevice *vdev);
int virtio_set_features(VirtIODevice *vdev, uint64_t val);
void virtio_set_disabled(VirtIODevice *vdev, bool disable);

int virtio_save(VirtIODevice *vdev, QEMUFile *f);
int virtio_load(VirtIODevice *vdev, QEMUFile *f, int version_id);
extern const VMStateInfo virtio_vmstate_info;
#define VMSTATE_VIRTIO_DEVICE { .name = "virtio", .info = &virtio_vmstate_info, .flags = VMS_SINGLE, \
                                .size = sizeof(VirtIODevice) }

hwaddr virtio_queue_get_desc_addr(VirtIODevice *vdev, int n);
hwaddr virtio_queue_get_avail_addr(VirtIODevice *vdev, int n);
hwaddr virtio_queue_get_used_addr(VirtIODevice *vdev, int n);
VirtQueue *virtio_get_queue(VirtIODevice *vdev, int n);
int virtio_get_queue_index(VirtQueue *vq);
bool virtio_queue_enabled(VirtIODevice *vdev, int n);

static inline void virtio_add_feature(uint64_t *features, unsigned int fbit)
{
    *features |= 1ULL << fbit;
}
static inline void virtio_clear_feature(uint64_t *features, unsigned int fbit)
{
    *features &= ~(1ULL << fbit);
}
static inline bool virtio_has_feature(uint64_t features, unsigned int fbit)
{
    return features & (1ULL << fbit);
}
static inline bool virtio_vdev_has_feature(const VirtIODevice *vdev, unsigned int fbit)
{
    return virtio_has_feature(vdev->guest_features, fbit);
}
static inline bool virtio_host_has_feature(VirtIODevice *vdev, unsigned int fbit)
{
    return virtio_has_feature(vdev->host_features, fbit);
}
static inline bool virtio_device_started(VirtIODevice *vdev, uint8_t status)
{
    return vdev->use_started ? vdev->started : status & VIRTIO_CONFIG_S_DRIVER_OK;
}

#define DEFINE_VIRTIO_COMMON_FEATURES(_state, _field) \
    DEFINE_PROP_BIT64("indirect_desc", _state, _field, VIRTIO_RING_F_INDIRECT_DESC, true), \
    DEFINE_PROP_BIT64("event_idx", _state, _field, VIRTIO_RING_F_EVENT_IDX, true), \
    DEFINE_PROP_BIT64("notify_on_empty", _state, _field, VIRTIO_F_NOTIFY_ON_EMPTY, true), \
    DEFINE_PROP_BIT64("any_layout", _state, _field, VIRTIO_F_ANY_LAYOUT, true), \
    DEFINE_PROP_BIT64("iommu_platform", _state, _field, VIRTIO_F_ACCESS_PLATFORM, false), \
    DEFINE_PROP_BIT64("packed", _state, _field, VIRTIO_F_RING_PACKED, false), \
    DEFINE_PROP_BIT64("queue_reset", _state, _field, VIRTIO_F_RING_RESET, true)

#endif
