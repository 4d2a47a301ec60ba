/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See overlay.h. A bit per cluster says which file has its contents; a partial first write copies the rest. */
#include "qemu/osdep.h"
#include "overlay.h"
#include "qapi/error.h"
#include "qemu/bitmap.h"
#include "qemu/bitops.h"
#include "qemu/iov.h"
#include "qemu/thread.h"
#include "qemu/units.h"

#define CLUSTER (64 * KiB)

struct Overlay {
    QemuMutex lock;
    int fd;
    unsigned long *written;
    uint8_t *buf;               /* one cluster */
};

Overlay *overlay_new(int64_t size, Error **errp)
{
    g_autofree char *path = g_strdup_printf("%s/vl.XXXXXX", g_get_tmp_dir());
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    Overlay *o;

    if (fd < 0) {
        error_setg_errno(errp, errno, "snapshot=on: could not create temporary file '%s'", path);
        return NULL;
    }
    unlink(path);
    o = g_new0(Overlay, 1);
    qemu_mutex_init(&o->lock);
    o->fd = fd;
    o->written = bitmap_new(DIV_ROUND_UP(size, CLUSTER) + 1);
    o->buf = g_malloc(CLUSTER);
    return o;
}

void overlay_free(Overlay *o)
{
    if (o) {
        close(o->fd);
        qemu_mutex_destroy(&o->lock);
        g_free(o->written);
        g_free(o->buf);
        g_free(o);
    }
}

/* All of @len; past the end of the file there are zeroes. */
static int read_all(int fd, uint8_t *buf, size_t len, off_t at)
{
    while (len) {
        ssize_t n = pread(fd, buf, len, at);

        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        if (n == 0) {
            memset(buf, 0, len);
            return 0;
        }
        if (n > 0) {
            buf += n, at += n, len -= n;
        }
    }
    return 0;
}

static int write_all(int fd, const uint8_t *buf, size_t len, off_t at)
{
    while (len) {
        ssize_t n = pwrite(fd, buf, len, at);

        if (n == 0 || (n < 0 && errno != EINTR)) {
            return n ? -errno : -ENOSPC;
        }
        if (n > 0) {
            buf += n, at += n, len -= n;
        }
    }
    return 0;
}

/* @len bytes at @at, inside one cluster; @done bytes of the request came before. */
static int one_cluster(Overlay *o, int base_fd, BlockRequest *req, off_t at, size_t len, size_t done)
{
    size_t cluster = at / CLUSTER;
    bool have = test_bit(cluster, o->written);
    off_t start = (off_t)cluster * CLUSTER;
    int ret;

    if (req->op == BLOCK_OP_READ) {
        ret = read_all(have ? o->fd : base_fd, o->buf, len, at);
        if (ret == 0) {
            iov_from_buf(req->iov, req->niov, done, o->buf, len);
        }
        return ret;
    }
    if (!have && len != CLUSTER) {
        ret = read_all(base_fd, o->buf, CLUSTER, start);
        if (ret == 0) {
            ret = write_all(o->fd, o->buf, CLUSTER, start);
        }
        if (ret) {
            return ret;
        }
    }
    if (req->op == BLOCK_OP_WRITE) {
        iov_to_buf(req->iov, req->niov, done, o->buf, len);
    } else {
        memset(o->buf, 0, len);
    }
    ret = write_all(o->fd, o->buf, len, at);
    if (ret == 0) {
        set_bit(cluster, o->written);
    }
    return ret;
}

int overlay_request(Overlay *o, int base_fd, BlockRequest *req)
{
    int64_t done = 0;
    int ret = 0;

    qemu_mutex_lock(&o->lock);
    while (done < req->bytes && ret == 0) {
        off_t at = req->offset + done;
        size_t len = MIN(req->bytes - done, CLUSTER - at % CLUSTER);

        ret = one_cluster(o, base_fd, req, at, len, done);
        done += len;
    }
    qemu_mutex_unlock(&o->lock);
    return ret;
}
