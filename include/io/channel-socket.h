/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stream sockets: TCP, UNIX (which pass descriptors), vsock, and descriptors that are sockets already. */
#ifndef QIO_CHANNEL_SOCKET_H
#define QIO_CHANNEL_SOCKET_H

#include "io/channel.h"
#include "io/task.h"
#include "qapi/qapi-types-sockets.h"

#define TYPE_QIO_CHANNEL_SOCKET "qio-channel-socket"
OBJECT_DECLARE_SIMPLE_TYPE(QIOChannelSocket, QIO_CHANNEL_SOCKET)

struct QIOChannelSocket {
    QIOChannel parent;
    int fd;
    char *unlink_path;          /* of a listening UNIX socket */
};

QIOChannelSocket *qio_channel_socket_new(void);
QIOChannelSocket *qio_channel_socket_new_fd(int fd, Error **errp);     /* takes @fd on success */
int qio_channel_socket_connect_sync(QIOChannelSocket *ioc, SocketAddress *addr, Error **errp);
/* Names are looked up and the connection made in a thread; @callback runs in @context (NULL: main loop). */
void qio_channel_socket_connect_async(QIOChannelSocket *ioc, SocketAddress *addr, QIOTaskFunc callback, gpointer opaque,
                                      GDestroyNotify destroy, GMainContext *context);
int qio_channel_socket_listen_sync(QIOChannelSocket *ioc, SocketAddress *addr, int num, Error **errp);
/* Blocks unless the listening channel is non-blocking; then NULL without an error means nobody is there. */
QIOChannelSocket *qio_channel_socket_accept(QIOChannelSocket *ioc, Error **errp);
SocketAddress *qio_channel_socket_get_local_address(QIOChannelSocket *ioc, Error **errp);
SocketAddress *qio_channel_socket_get_remote_address(QIOChannelSocket *ioc, Error **errp);

#endif
