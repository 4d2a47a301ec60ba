/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk properties that all disk devices share. */
#ifndef HW_BLOCK_BLOCK_H
#define HW_BLOCK_BLOCK_H

#include "block/block.h"
#include "hw/core/qdev-properties.h"

typedef struct BlockConf {
    BlockBackend *blk;
    uint32_t physical_block_size;
    uint32_t logical_block_size;
    uint32_t min_io_size;
    uint32_t opt_io_size;
    int32_t bootindex;
    uint32_t discard_granularity;
    OnOffAuto wce;
    bool share_rw;
    char *rerror, *werror;
} BlockConf;

/* A drive id or a node name; the device owns the back end until it is unrealized. */
extern const PropertyInfo qdev_prop_drive;
#define DEFINE_PROP_DRIVE(_n, _s, _f) DEFINE_PROP(_n, _s, _f, qdev_prop_drive, BlockBackend *)
#define DEFINE_BLOCK_PROPERTIES(_state, _conf) \
    DEFINE_PROP_DRIVE("drive", _state, _conf.blk), \
    DEFINE_PROP_SIZE32("logical_block_size", _state, _conf.logical_block_size, 512), \
    DEFINE_PROP_SIZE32("physical_block_size", _state, _conf.physical_block_size, 512), \
    DEFINE_PROP_SIZE32("min_io_size", _state, _conf.min_io_size, 0), \
    DEFINE_PROP_SIZE32("opt_io_size", _state, _conf.opt_io_size, 0), \
    DEFINE_PROP_SIZE32("discard_granularity", _state, _conf.discard_granularity, UINT32_MAX), \
    DEFINE_PROP_ON_OFF_AUTO("write-cache", _state, _conf.wce, ON_OFF_AUTO_AUTO), \
    DEFINE_PROP_BOOL("share-rw", _state, _conf.share_rw, false), \
    DEFINE_PROP_INT32("bootindex", _state, _conf.bootindex, -1), \
    DEFINE_PROP_STRING("rerror", _state, _conf.rerror), \
    DEFINE_PROP_STRING("werror", _state, _conf.werror)

/* Check and apply; @dev becomes the user of the back end. */
bool blkconf_apply(BlockConf *conf, DeviceState *dev, bool readonly_ok, Error **errp);
void blkconf_release(BlockConf *conf, DeviceState *dev);

#endif
