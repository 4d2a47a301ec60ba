/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A channel in memory. */
#include "qemu/osdep.h"
#include "io/channel-buffer.h"
#include "qapi/error.h"

QIOChannelBuffer *qio_channel_buffer_new(size_t capacity)
{
    QIOChannelBuffer *b = QIO_CHANNEL_BUFFER(object_new(TYPE_QIO_CHANNEL_BUFFER));

    b->data = g_malloc0(capacity);
    b->capacity = capacity;
    return b;
}

static ssize_t buffer_readv(QIOChannel *ioc, const struct iovec *iov, size_t niov, int **fds, size_t *nfds, int flags,
                            Error **errp)
{
    QIOChannelBuffer *b = QIO_CHANNEL_BUFFER(ioc);
    ssize_t done = 0;

    for (size_t i = 0; i < niov && b->offset < b->usage; i++) {
        size_t n = MIN(iov[i].iov_len, b->usage - b->offset);

        memcpy(iov[i].iov_base, b->data + b->offset, n);
        b->offset += n;
        done += n;
    }
    return done;
}

static ssize_t buffer_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov, int *fds, size_t nfds, int flags,
                             Error **errp)
{
    QIOChannelBuffer *b = QIO_CHANNEL_BUFFER(ioc);
    ssize_t done = 0;

    for (size_t i = 0; i < niov; i++) {
        size_t n = iov[i].iov_len;

        if (b->offset + n > b->capacity) {
            b->capacity = MAX(b->offset + n, b->capacity * 2);
            b->data = g_realloc(b->data, b->capacity);
        }
        memcpy(b->data + b->offset, iov[i].iov_base, n);
        b->offset += n;
        done += n;
    }
    b->usage = MAX(b->usage, b->offset);
    return done;
}

static int buffer_close(QIOChannel *ioc, Error **errp)
{
    QIOChannelBuffer *b = QIO_CHANNEL_BUFFER(ioc);

    g_clear_pointer(&b->data, g_free);
    b->capacity = b->usage = b->offset = 0;
    return 0;
}

static off_t buffer_seek(QIOChannel *ioc, off_t offset, int whence, Error **errp)
{
    QIOChannelBuffer *b = QIO_CHANNEL_BUFFER(ioc);
    off_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? b->offset : b->usage;

    if (base + offset < 0 || base + offset > b->usage) {
        error_setg(errp, "Seek to %" PRId64 " is outside the buffer", (int64_t)(base + offset));
        return -1;
    }
    b->offset = base + offset;
    return b->offset;
}

static void buffer_finalize(Object *obj)
{
    buffer_close(QIO_CHANNEL(obj), NULL);
}

static void buffer_class_init(ObjectClass *oc, const void *data)
{
    QIOChannelClass *k = QIO_CHANNEL_CLASS(oc);

    k->io_readv = buffer_readv;
    k->io_writev = buffer_writev;
    k->io_close = buffer_close;
    k->io_seek = buffer_seek;
}

static const TypeInfo buffer_types[] = {
    {
        .name = TYPE_QIO_CHANNEL_BUFFER,
        .parent = TYPE_QIO_CHANNEL,
        .instance_size = sizeof(QIOChannelBuffer),
        .instance_finalize = buffer_finalize,
        .class_init = buffer_class_init,
    },
};
DEFINE_TYPES(buffer_types)
