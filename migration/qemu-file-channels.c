/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a QEMUFile's bytes go: a file descriptor (socket, pipe, file) or memory. Interface: migration/qemu-file.h.
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "migration/qemu-file.h"
#include <poll.h>
#include <sys/socket.h>

typedef struct FdChannel {
    int fd;
    bool is_socket;
    bool shut;              /* atomic: pipes have no shutdown() */
} FdChannel;

/*
 * Wait until the descriptor can move data. shutdown() wakes a socket; a pipe, which is non-blocking for that reason,
 * looks around a few times a second. -errno when it was shut down.
 */
static int fd_wait(FdChannel *c, short events)
{
    struct pollfd p = { .fd = c->fd, .events = events };

    poll(&p, 1, c->is_socket ? -1 : 200);
    return qatomic_read(&c->shut) ? -EIO : 0;
}

static ssize_t fd_readv(void *opaque, struct iovec *iov, int iovcnt)
{
    FdChannel *c = opaque;

    for (;;) {
        ssize_t n = readv(c->fd, iov, iovcnt);

        if (n >= 0) {
            return n;
        }
        if (errno == EAGAIN) {
            if (fd_wait(c, POLLIN) < 0) {
                return -EIO;
            }
        } else if (errno != EINTR) {
            return -errno;
        }
    }
}

static ssize_t fd_writev(void *opaque, const struct iovec *iov, int iovcnt)
{
    FdChannel *c = opaque;

    for (;;) {
        struct msghdr msg = { .msg_iov = (struct iovec *)iov, .msg_iovlen = iovcnt };
        ssize_t n = c->is_socket ? sendmsg(c->fd, &msg, MSG_NOSIGNAL) : writev(c->fd, iov, iovcnt);

        if (n >= 0) {
            return n;
        }
        if (errno == EAGAIN) {
            if (fd_wait(c, POLLOUT) < 0) {
                return -EIO;
            }
        } else if (errno != EINTR) {
            return -errno;
        }
    }
}

static int fd_shutdown(void *opaque)
{
    FdChannel *c = opaque;

    qatomic_set(&c->shut, true);
    return shutdown(c->fd, SHUT_RDWR) < 0 ? -errno : 0;
}

static int fd_close(void *opaque)
{
    FdChannel *c = opaque;
    int ret = close(c->fd) < 0 ? -errno : 0;

    g_free(c);
    return ret;
}

static const QEMUFileOps fd_ops = {
    .readv = fd_readv, .writev = fd_writev, .shutdown = fd_shutdown, .close = fd_close,
};

QEMUFile *qemu_file_new_fd(int fd, bool writable)
{
    FdChannel *c = g_new0(FdChannel, 1);
    struct stat st;

    c->fd = fd;
    if (fstat(fd, &st) == 0) {
        c->is_socket = S_ISSOCK(st.st_mode);
        if (S_ISFIFO(st.st_mode)) {
            qemu_set_blocking(fd, false);
        }
    }
    return qemu_file_new(&fd_ops, c, writable);
}

typedef struct MemChannel {
    GByteArray *out;
    const uint8_t *in;
    size_t in_size;
    size_t in_pos;
} MemChannel;

static ssize_t mem_writev(void *opaque, const struct iovec *iov, int iovcnt)
{
    MemChannel *c = opaque;
    ssize_t n = 0;

    for (int i = 0; i < iovcnt; i++) {
        g_byte_array_append(c->out, iov[i].iov_base, iov[i].iov_len);
        n += iov[i].iov_len;
    }
    return n;
}

static ssize_t mem_readv(void *opaque, struct iovec *iov, int iovcnt)
{
    MemChannel *c = opaque;
    ssize_t n = 0;

    /* An empty channel may have no memory at all. */
    for (int i = 0; i < iovcnt && c->in_pos < c->in_size; i++) {
        size_t k = MIN(iov[i].iov_len, c->in_size - c->in_pos);

        memcpy(iov[i].iov_base, c->in + c->in_pos, k);
        c->in_pos += k;
        n += k;
    }
    return n;
}

static int mem_close(void *opaque)
{
    MemChannel *c = opaque;

    if (c->out) {
        g_byte_array_free(c->out, true);
    }
    g_free(c);
    return 0;
}

static const QEMUFileOps mem_ops = { .readv = mem_readv, .writev = mem_writev, .close = mem_close };

QEMUFile *qemu_file_new_output_mem(void)
{
    MemChannel *c = g_new0(MemChannel, 1);

    c->out = g_byte_array_new();
    return qemu_file_new(&mem_ops, c, true);
}

QEMUFile *qemu_file_new_input_mem(const void *data, size_t size)
{
    MemChannel *c = g_new0(MemChannel, 1);

    c->in = data;
    c->in_size = size;
    return qemu_file_new(&mem_ops, c, false);
}

const uint8_t *qemu_file_get_mem(QEMUFile *f, size_t *size)
{
    MemChannel *c = qemu_file_opaque(f, &mem_ops);

    qemu_fflush(f);
    *size = c->out->len;
    return c->out->data;
}
