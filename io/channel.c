/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all channels share: whole reads and writes, waiting, watches. */
#include "qemu/osdep.h"
#include <glib-unix.h>
#include <poll.h>
#include "io/channel.h"
#include "qapi/error.h"

bool qio_channel_has_feature(QIOChannel *ioc, QIOChannelFeature feature)
{
    return ioc->features & (1u << feature);
}

void qio_channel_set_feature(QIOChannel *ioc, QIOChannelFeature feature)
{
    ioc->features |= 1u << feature;
}

void qio_channel_set_name(QIOChannel *ioc, const char *name)
{
    g_free(ioc->name);
    ioc->name = g_strdup(name);
}

ssize_t qio_channel_readv_full(QIOChannel *ioc, const struct iovec *iov, size_t niov, int **fds, size_t *nfds, int flags,
                               Error **errp)
{
    if (fds) {
        *fds = NULL;
        *nfds = 0;
    }
    return QIO_CHANNEL_GET_CLASS(ioc)->io_readv(ioc, iov, niov, fds, nfds, flags, errp);
}

ssize_t qio_channel_writev_full(QIOChannel *ioc, const struct iovec *iov, size_t niov, int *fds, size_t nfds, int flags,
                                Error **errp)
{
    if (nfds && !qio_channel_has_feature(ioc, QIO_CHANNEL_FEATURE_FD_PASS)) {
        error_setg(errp, "Channel '%s' cannot pass file descriptors", ioc->name ? ioc->name : "unnamed");
        return -1;
    }
    return QIO_CHANNEL_GET_CLASS(ioc)->io_writev(ioc, iov, niov, fds, nfds, flags, errp);
}

ssize_t qio_channel_readv(QIOChannel *ioc, const struct iovec *iov, size_t niov, Error **errp)
{
    return qio_channel_readv_full(ioc, iov, niov, NULL, NULL, 0, errp);
}

ssize_t qio_channel_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov, Error **errp)
{
    return qio_channel_writev_full(ioc, iov, niov, NULL, 0, 0, errp);
}

ssize_t qio_channel_read(QIOChannel *ioc, char *buf, size_t buflen, Error **errp)
{
    struct iovec iov = { .iov_base = buf, .iov_len = buflen };

    return qio_channel_readv(ioc, &iov, 1, errp);
}

ssize_t qio_channel_write(QIOChannel *ioc, const char *buf, size_t buflen, Error **errp)
{
    struct iovec iov = { .iov_base = (char *)buf, .iov_len = buflen };

    return qio_channel_writev(ioc, &iov, 1, errp);
}

int qio_channel_read_all_eof(QIOChannel *ioc, char *buf, size_t buflen, Error **errp)
{
    size_t done = 0;

    while (done < buflen) {
        ssize_t n = qio_channel_read(ioc, buf + done, buflen - done, errp);

        if (n == QIO_CHANNEL_ERR_BLOCK) {
            qio_channel_wait(ioc, G_IO_IN);
        } else if (n < 0) {
            return -1;
        } else if (n == 0) {
            if (!done) {
                return 0;
            }
            error_setg(errp, "Unexpected end-of-file before all data were read");
            return -1;
        } else {
            done += n;
        }
    }
    return 1;
}

int qio_channel_read_all(QIOChannel *ioc, char *buf, size_t buflen, Error **errp)
{
    int ret = buflen ? qio_channel_read_all_eof(ioc, buf, buflen, errp) : 1;

    if (ret == 0) {
        error_setg(errp, "Unexpected end-of-file before all data were read");
        return -1;
    }
    return ret < 0 ? -1 : 0;
}

int qio_channel_readv_all(QIOChannel *ioc, const struct iovec *iov, size_t niov, Error **errp)
{
    for (size_t i = 0; i < niov; i++) {
        if (qio_channel_read_all(ioc, iov[i].iov_base, iov[i].iov_len, errp) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Drop the first @n bytes of @iov. */
static void iov_advance(struct iovec **iov, size_t *niov, size_t n)
{
    while (*niov && n >= (*iov)->iov_len) {
        n -= (*iov)->iov_len;
        (*iov)++;
        (*niov)--;
    }
    if (*niov) {
        (*iov)->iov_base = (char *)(*iov)->iov_base + n;
        (*iov)->iov_len -= n;
    }
}

int qio_channel_writev_all(QIOChannel *ioc, const struct iovec *iov, size_t niov, Error **errp)
{
    g_autofree struct iovec *copy = g_memdup2(iov, niov * sizeof(*iov));
    struct iovec *cur = copy;

    iov_advance(&cur, &niov, 0);
    while (niov) {
        ssize_t n = qio_channel_writev(ioc, cur, MIN(niov, (size_t)IOV_MAX), errp);

        if (n == QIO_CHANNEL_ERR_BLOCK) {
            qio_channel_wait(ioc, G_IO_OUT);
        } else if (n < 0) {
            return -1;
        } else {
            iov_advance(&cur, &niov, n);
        }
    }
    return 0;
}

int qio_channel_write_all(QIOChannel *ioc, const char *buf, size_t buflen, Error **errp)
{
    struct iovec iov = { .iov_base = (char *)buf, .iov_len = buflen };

    return qio_channel_writev_all(ioc, &iov, 1, errp);
}

bool qio_channel_set_blocking(QIOChannel *ioc, bool enabled, Error **errp)
{
    QIOChannelClass *klass = QIO_CHANNEL_GET_CLASS(ioc);

    return !klass->io_set_blocking || klass->io_set_blocking(ioc, enabled, errp);
}

int qio_channel_close(QIOChannel *ioc, Error **errp)
{
    return QIO_CHANNEL_GET_CLASS(ioc)->io_close(ioc, errp);
}

int qio_channel_shutdown(QIOChannel *ioc, QIOChannelShutdown how, Error **errp)
{
    QIOChannelClass *klass = QIO_CHANNEL_GET_CLASS(ioc);

    if (!klass->io_shutdown) {
        error_setg(errp, "Channel '%s' does not support shutdown", ioc->name ? ioc->name : "unnamed");
        return -1;
    }
    return klass->io_shutdown(ioc, how, errp);
}

off_t qio_channel_io_seek(QIOChannel *ioc, off_t offset, int whence, Error **errp)
{
    QIOChannelClass *klass = QIO_CHANNEL_GET_CLASS(ioc);

    if (!klass->io_seek) {
        error_setg(errp, "Channel '%s' does not support seeking", ioc->name ? ioc->name : "unnamed");
        return -1;
    }
    return klass->io_seek(ioc, offset, whence, errp);
}

void qio_channel_set_delay(QIOChannel *ioc, bool enabled)
{
    QIOChannelClass *klass = QIO_CHANNEL_GET_CLASS(ioc);

    if (klass->io_set_delay) {
        klass->io_set_delay(ioc, enabled);
    }
}

int qio_channel_get_fd(QIOChannel *ioc, GIOCondition condition)
{
    QIOChannelClass *klass = QIO_CHANNEL_GET_CLASS(ioc);

    return klass->io_get_fd ? klass->io_get_fd(ioc, condition) : -1;
}

typedef struct ChannelSource {
    GSource parent;
    QIOChannel *ioc;
    GIOCondition condition;
    gpointer tag;               /* NULL: always ready */
} ChannelSource;

static gboolean source_prepare(GSource *source, gint *timeout)
{
    *timeout = -1;
    return !((ChannelSource *)source)->tag;
}

static GIOCondition source_ready(ChannelSource *cs)
{
    return cs->tag ? g_source_query_unix_fd(&cs->parent, cs->tag) & (cs->condition | G_IO_HUP | G_IO_ERR)
                   : cs->condition & (G_IO_IN | G_IO_OUT);
}

static gboolean source_check(GSource *source)
{
    return source_ready((ChannelSource *)source) != 0;
}

static gboolean source_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    ChannelSource *cs = (ChannelSource *)source;
    QIOChannelFunc func = (QIOChannelFunc)(void (*)(void))callback;

    return func(cs->ioc, source_ready(cs), user_data);
}

static void source_finalize(GSource *source)
{
    object_unref(OBJECT(((ChannelSource *)source)->ioc));
}

static GSourceFuncs source_funcs = {
    .prepare = source_prepare,
    .check = source_check,
    .dispatch = source_dispatch,
    .finalize = source_finalize,
};

GSource *qio_channel_create_watch(QIOChannel *ioc, GIOCondition condition)
{
    GSource *source = g_source_new(&source_funcs, sizeof(ChannelSource));
    ChannelSource *cs = (ChannelSource *)source;
    int fd = qio_channel_get_fd(ioc, condition);

    cs->ioc = ioc;
    object_ref(OBJECT(ioc));
    cs->condition = condition;
    cs->tag = fd >= 0 ? g_source_add_unix_fd(source, fd, condition) : NULL;
    return source;
}

GSource *qio_channel_add_watch_source(QIOChannel *ioc, GIOCondition condition, QIOChannelFunc func, gpointer user_data,
                                      GDestroyNotify notify, GMainContext *context)
{
    GSource *source = qio_channel_create_watch(ioc, condition);

    g_source_set_callback(source, (GSourceFunc)(void (*)(void))func, user_data, notify);
    g_source_attach(source, context);
    return source;
}

guint qio_channel_add_watch(QIOChannel *ioc, GIOCondition condition, QIOChannelFunc func, gpointer user_data,
                            GDestroyNotify notify)
{
    GSource *source = qio_channel_add_watch_source(ioc, condition, func, user_data, notify, NULL);
    guint id = g_source_get_id(source);

    g_source_unref(source);
    return id;
}

bool qio_channel_wait_timeout(QIOChannel *ioc, GIOCondition condition, int timeout_ms)
{
    struct pollfd pfd = { .fd = qio_channel_get_fd(ioc, condition), .events = condition };
    int64_t deadline = timeout_ms < 0 ? 0 : g_get_monotonic_time() + timeout_ms * 1000LL;
    int left = timeout_ms, ret;

    if (pfd.fd < 0) {
        return true;
    }
    while ((ret = poll(&pfd, 1, left)) < 0 && errno == EINTR) {
        if (timeout_ms >= 0) {
            left = MAX(0, (deadline - g_get_monotonic_time()) / 1000);
        }
    }
    return ret != 0;
}

void qio_channel_wait(QIOChannel *ioc, GIOCondition condition)
{
    qio_channel_wait_timeout(ioc, condition, -1);
}

static void channel_finalize(Object *obj)
{
    g_free(QIO_CHANNEL(obj)->name);
}

static const TypeInfo channel_types[] = {
    {
        .name = TYPE_QIO_CHANNEL,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(QIOChannel),
        .instance_finalize = channel_finalize,
        .abstract = true,
        .class_size = sizeof(QIOChannelClass),
    },
};
DEFINE_TYPES(channel_types)
