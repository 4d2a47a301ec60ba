/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges of guest memory that a disk command names, for copies or mapped for the block layer. Memory only: a range that
 * leads to a device fails. BQL.
 *
 *      guest_sg_init(&sg, DEVICE(s), as, true);
 *      guest_sg_add(&sg, addr, len); ...
 *      if (!guest_sg_map(&sg, &qiov)) { guest_sg_free(&sg); return error; }
 *      blk_aio_preadv(blk, offset, &qiov, done, req);          // done() calls guest_sg_free()
 */
#ifndef HW_BLOCK_GUEST_SG_H
#define HW_BLOCK_GUEST_SG_H

#include "qemu/iov.h"
#include "system/dma.h"

typedef struct GuestSg {
    QEMUSGList list;
    struct iovec *iov;
    int niov;
    bool to_guest;
} GuestSg;

#define GUEST_SG_ATTRS ((MemTxAttrs) { .memory = 1 })
/* Most pieces that ranges may fall into. */
#define GUEST_SG_MAX 131072

void guest_sg_init(GuestSg *sg, DeviceState *dev, AddressSpace *as, bool to_guest);
/* Neighbours become one range; true when it is a new one. */
bool guest_sg_add(GuestSg *sg, uint64_t addr, uint64_t len);
bool guest_sg_map(GuestSg *sg, QEMUIOVector *qiov);
bool guest_sg_copy(GuestSg *sg, uint64_t offset, void *buf, uint64_t len);
/* Also when nothing was initialised. */
void guest_sg_free(GuestSg *sg);

#endif
