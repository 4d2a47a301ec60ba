/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QIOChannel: a byte stream that may carry file descriptors; sockets, files, commands, memory.
 *
 * Rules
 *  - Reads and writes may be short. QIO_CHANNEL_ERR_BLOCK (no error set) means "would block, watch and try again" and only
 *    comes from channels set non-blocking. 0 from a read is end of stream.
 *  - The _all functions finish or fail. On a non-blocking channel they wait in poll(): for threads without a main loop.
 *  - One thread reads and one writes at a time. qio_channel_shutdown() may come from any thread and makes both return.
 *  - The object is a QOM object: object_unref() closes.
 */
#ifndef QIO_CHANNEL_H
#define QIO_CHANNEL_H

#include "qom/object.h"

#define TYPE_QIO_CHANNEL "qio-channel"
OBJECT_DECLARE_TYPE(QIOChannel, QIOChannelClass, QIO_CHANNEL)

#define QIO_CHANNEL_ERR_BLOCK (-2)
#define QIO_CHANNEL_MAX_FDS 16

typedef enum QIOChannelFeature {
    QIO_CHANNEL_FEATURE_FD_PASS,
    QIO_CHANNEL_FEATURE_SHUTDOWN,
    QIO_CHANNEL_FEATURE_LISTEN,
    QIO_CHANNEL_FEATURE_SEEKABLE,
} QIOChannelFeature;

typedef enum QIOChannelShutdown {
    QIO_CHANNEL_SHUTDOWN_READ = 1,
    QIO_CHANNEL_SHUTDOWN_WRITE = 2,
    QIO_CHANNEL_SHUTDOWN_BOTH = 3,
} QIOChannelShutdown;

typedef gboolean (*QIOChannelFunc)(QIOChannel *ioc, GIOCondition condition, gpointer data);

struct QIOChannel {
    Object parent;
    unsigned features;          /* 1 << QIOChannelFeature */
    char *name;
};

struct QIOChannelClass {
    ObjectClass parent;
    ssize_t (*io_writev)(QIOChannel *ioc, const struct iovec *iov, size_t niov, int *fds, size_t nfds, int flags,
                         Error **errp);
    ssize_t (*io_readv)(QIOChannel *ioc, const struct iovec *iov, size_t niov, int **fds, size_t *nfds, int flags,
                        Error **errp);
    int (*io_close)(QIOChannel *ioc, Error **errp);
    bool (*io_set_blocking)(QIOChannel *ioc, bool enabled, Error **errp);
    int (*io_shutdown)(QIOChannel *ioc, QIOChannelShutdown how, Error **errp);
    off_t (*io_seek)(QIOChannel *ioc, off_t offset, int whence, Error **errp);
    void (*io_set_delay)(QIOChannel *ioc, bool enabled);
    /* The descriptor to poll for @condition; -1: always ready. */
    int (*io_get_fd)(QIOChannel *ioc, GIOCondition condition);
};

bool qio_channel_has_feature(QIOChannel *ioc, QIOChannelFeature feature);
void qio_channel_set_feature(QIOChannel *ioc, QIOChannelFeature feature);
void qio_channel_set_name(QIOChannel *ioc, const char *name);

/* *@fds: g_malloc'ed array of received descriptors (close-on-exec), or NULL. */
ssize_t qio_channel_readv_full(QIOChannel *ioc, const struct iovec *iov, size_t niov, int **fds, size_t *nfds, int flags,
                               Error **errp);
ssize_t qio_channel_writev_full(QIOChannel *ioc, const struct iovec *iov, size_t niov, int *fds, size_t nfds, int flags,
                                Error **errp);
ssize_t qio_channel_readv(QIOChannel *ioc, const struct iovec *iov, size_t niov, Error **errp);
ssize_t qio_channel_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov, Error **errp);
ssize_t qio_channel_read(QIOChannel *ioc, char *buf, size_t buflen, Error **errp);
ssize_t qio_channel_write(QIOChannel *ioc, const char *buf, size_t buflen, Error **errp);

/* 0, or -1 with an error. The _eof form returns 1 for all, 0 for end of stream before the first byte, -1. */
int qio_channel_read_all(QIOChannel *ioc, char *buf, size_t buflen, Error **errp);
int qio_channel_read_all_eof(QIOChannel *ioc, char *buf, size_t buflen, Error **errp);
int qio_channel_readv_all(QIOChannel *ioc, const struct iovec *iov, size_t niov, Error **errp);
int qio_channel_write_all(QIOChannel *ioc, const char *buf, size_t buflen, Error **errp);
int qio_channel_writev_all(QIOChannel *ioc, const struct iovec *iov, size_t niov, Error **errp);

bool qio_channel_set_blocking(QIOChannel *ioc, bool enabled, Error **errp);
int qio_channel_close(QIOChannel *ioc, Error **errp);
int qio_channel_shutdown(QIOChannel *ioc, QIOChannelShutdown how, Error **errp);
off_t qio_channel_io_seek(QIOChannel *ioc, off_t offset, int whence, Error **errp);
void qio_channel_set_delay(QIOChannel *ioc, bool enabled);
int qio_channel_get_fd(QIOChannel *ioc, GIOCondition condition);

GSource *qio_channel_create_watch(QIOChannel *ioc, GIOCondition condition);
guint qio_channel_add_watch(QIOChannel *ioc, GIOCondition condition, QIOChannelFunc func, gpointer user_data,
                            GDestroyNotify notify);
/* @context NULL: the main loop. The source belongs to the caller, who destroys and unrefs it. */
GSource *qio_channel_add_watch_source(QIOChannel *ioc, GIOCondition condition, QIOChannelFunc func, gpointer user_data,
                                      GDestroyNotify notify, GMainContext *context);
/* Wait in poll() for @condition, at most @timeout_ms (-1: forever). False on timeout. */
bool qio_channel_wait_timeout(QIOChannel *ioc, GIOCondition condition, int timeout_ms);
void qio_channel_wait(QIOChannel *ioc, GIOCondition condition);

#endif
