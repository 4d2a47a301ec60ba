/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block device (virtio 1.2, 5.2). */
#ifndef HW_VIRTIO_VIRTIO_BLK_H
#define HW_VIRTIO_VIRTIO_BLK_H

#include <linux/virtio_blk.h>

#include "hw/block/block.h"
#include "hw/virtio/virtio.h"

#define TYPE_VIRTIO_BLK "virtio-blk-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOBlock, VIRTIO_BLK)

#define VIRTIO_BLK_AUTO_NUM_QUEUES UINT16_MAX

typedef struct VirtIOBlkConf {
    BlockConf conf;
    char *serial;
    struct IOThread *iothread;  /* accepted; requests complete on the main loop */
    uint32_t cyls, heads, secs;
    uint32_t request_merging;
    uint16_t num_queues;
    uint16_t queue_size;
    bool seg_max_adjust;
    bool report_discard_granularity;
    uint32_t max_discard_sectors;
    uint32_t max_write_zeroes_sectors;
    bool x_enable_wce_if_config_wce;
} VirtIOBlkConf;

typedef struct VirtIOBlockReq {
    VirtQueueElement elem;
    struct VirtIOBlock *dev;
    VirtQueue *vq;
    struct virtio_blk_outhdr out;       /* as the guest wrote it, little-endian */
    QEMUIOVector qiov;
    struct iovec *iov_alloc;
    uint8_t *status;
    size_t in_len;
    struct VirtIOBlockReq *next;
} VirtIOBlockReq;

struct VirtIOBlock {
    VirtIODevice parent_obj;

    BlockBackend *blk;
    VirtIOBlkConf conf;
    VirtIOBlockReq *rq;                 /* failed under "stop", to be tried again */
    unsigned in_flight;
    VMChangeStateEntry *change;
    bool original_wce;
};

#endif
