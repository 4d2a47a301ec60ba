/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scatter-gather vectors. */
#include "qemu/osdep.h"
#include "qemu/iov.h"

size_t iov_size(const struct iovec *iov, unsigned iov_cnt)
{
    size_t len = 0;

    for (unsigned i = 0; i < iov_cnt; i++) {
        len += iov[i].iov_len;
    }
    return len;
}

/* Walk [offset, offset + bytes): @op gets each piece as (p, n), @done counts. */
#define FOR_PIECES(iov, cnt, offset, bytes, p, n, done, op) do {                \
        size_t skip_ = (offset);                                                \
        for (unsigned i_ = 0; i_ < (cnt) && done < (bytes); i_++) {             \
            if (skip_ >= (iov)[i_].iov_len) {                                   \
                skip_ -= (iov)[i_].iov_len;                                     \
                continue;                                                       \
            }                                                                   \
            char *p = (char *)(iov)[i_].iov_base + skip_;                       \
            size_t n = MIN((iov)[i_].iov_len - skip_, (bytes) - done);          \
            op;                                                                 \
            done += n;                                                          \
            skip_ = 0;                                                          \
        }                                                                       \
    } while (0)

size_t iov_from_buf(const struct iovec *iov, unsigned iov_cnt, size_t offset, const void *buf, size_t bytes)
{
    size_t done = 0;

    FOR_PIECES(iov, iov_cnt, offset, bytes, p, n, done, memcpy(p, (const char *)buf + done, n));
    return done;
}

size_t iov_to_buf(const struct iovec *iov, unsigned iov_cnt, size_t offset, void *buf, size_t bytes)
{
    size_t done = 0;

    FOR_PIECES(iov, iov_cnt, offset, bytes, p, n, done, memcpy((char *)buf + done, p, n));
    return done;
}

size_t iov_memset(const struct iovec *iov, unsigned iov_cnt, size_t offset, int fillc, size_t bytes)
{
    size_t done = 0;

    FOR_PIECES(iov, iov_cnt, offset, bytes, p, n, done, memset(p, fillc, n));
    return done;
}

unsigned iov_copy(struct iovec *dst, unsigned dst_cnt, const struct iovec *iov, unsigned iov_cnt, size_t offset,
                  size_t bytes)
{
    size_t done = 0;
    unsigned used = 0;

    FOR_PIECES(iov, iov_cnt, offset, bytes, p, n, done, {
        if (used == dst_cnt) {
            break;
        }
        dst[used].iov_base = p;
        dst[used++].iov_len = n;
    });
    return used;
}

size_t iov_discard_front(struct iovec **iov, unsigned *iov_cnt, size_t bytes)
{
    size_t total = 0;

    while (*iov_cnt && total < bytes) {
        size_t n = MIN((*iov)->iov_len, bytes - total);

        total += n;
        if (n < (*iov)->iov_len) {
            (*iov)->iov_base = (char *)(*iov)->iov_base + n;
            (*iov)->iov_len -= n;
            break;
        }
        (*iov)++;
        (*iov_cnt)--;
    }
    return total;
}

size_t iov_discard_back(struct iovec *iov, unsigned *iov_cnt, size_t bytes)
{
    size_t total = 0;

    while (*iov_cnt && total < bytes) {
        struct iovec *last = &iov[*iov_cnt - 1];
        size_t n = MIN(last->iov_len, bytes - total);

        total += n;
        last->iov_len -= n;
        if (!last->iov_len) {
            (*iov_cnt)--;
        }
    }
    return total;
}

void qemu_iovec_init(QEMUIOVector *qiov, int alloc_hint)
{
    qiov->iov = g_new(struct iovec, MAX(alloc_hint, 1));
    qiov->nalloc = MAX(alloc_hint, 1);
    qemu_iovec_reset(qiov);
}

void qemu_iovec_init_external(QEMUIOVector *qiov, struct iovec *iov, int niov)
{
    qiov->iov = iov;
    qiov->niov = niov;
    qiov->nalloc = -1;
    qiov->size = iov_size(iov, niov);
}

void qemu_iovec_add(QEMUIOVector *qiov, void *base, size_t len)
{
    g_assert(qiov->nalloc != -1);
    if (qiov->niov == qiov->nalloc) {
        qiov->nalloc *= 2;
        qiov->iov = g_renew(struct iovec, qiov->iov, qiov->nalloc);
    }
    qiov->iov[qiov->niov++] = (struct iovec){ .iov_base = base, .iov_len = len };
    qiov->size += len;
}

void qemu_iovec_reset(QEMUIOVector *qiov)
{
    qiov->niov = 0;
    qiov->size = 0;
}

void qemu_iovec_destroy(QEMUIOVector *qiov)
{
    if (qiov->nalloc != -1) {
        g_free(qiov->iov);
    }
    memset(qiov, 0, sizeof(*qiov));
}

size_t qemu_iovec_to_buf(QEMUIOVector *qiov, size_t offset, void *buf, size_t bytes)
{
    return iov_to_buf(qiov->iov, qiov->niov, offset, buf, bytes);
}

size_t qemu_iovec_from_buf(QEMUIOVector *qiov, size_t offset, const void *buf, size_t bytes)
{
    return iov_from_buf(qiov->iov, qiov->niov, offset, buf, bytes);
}
