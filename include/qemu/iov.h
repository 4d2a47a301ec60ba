/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scatter-gather vectors. */
#ifndef QEMU_IOV_H
#define QEMU_IOV_H

#include "qemu/osdep.h"

size_t iov_size(const struct iovec *iov, unsigned iov_cnt);
/* Copy at most @bytes from/to @offset of the vector; how much was copied. */
size_t iov_from_buf(const struct iovec *iov, unsigned iov_cnt, size_t offset, const void *buf, size_t bytes);
size_t iov_to_buf(const struct iovec *iov, unsigned iov_cnt, size_t offset, void *buf, size_t bytes);
size_t iov_memset(const struct iovec *iov, unsigned iov_cnt, size_t offset, int fillc, size_t bytes);
/* The part [offset, offset + bytes) of @iov as a vector in @dst; how many entries. */
unsigned iov_copy(struct iovec *dst, unsigned dst_cnt, const struct iovec *iov, unsigned iov_cnt, size_t offset,
                  size_t bytes);
size_t iov_discard_front(struct iovec **iov, unsigned *iov_cnt, size_t bytes);
size_t iov_discard_back(struct iovec *iov, unsigned *iov_cnt, size_t bytes);

typedef struct QEMUIOVector {
    struct iovec *iov;
    int niov;
    int nalloc;                  /* -1: external iov */
    size_t size;
} QEMUIOVector;
void qemu_iovec_init(QEMUIOVector *qiov, int alloc_hint);
void qemu_iovec_init_external(QEMUIOVector *qiov, struct iovec *iov, int niov);
void qemu_iovec_add(QEMUIOVector *qiov, void *base, size_t len);
void qemu_iovec_destroy(QEMUIOVector *qiov);
void qemu_iovec_reset(QEMUIOVector *qiov);
size_t qemu_iovec_to_buf(QEMUIOVector *qiov, size_t offset, void *buf, size_t bytes);
size_t qemu_iovec_from_buf(QEMUIOVector *qiov, size_t offset, const void *buf, size_t bytes);

#endif
