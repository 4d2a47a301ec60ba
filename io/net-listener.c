/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See io/net-listener.h. A watch holds the listener; disconnect drops the watches, so the two do not keep each other. */
#include "qemu/osdep.h"
#include <poll.h>
#include "io/net-listener.h"
#include "qapi/error.h"

QIONetListener *qio_net_listener_new(void)
{
    return QIO_NET_LISTENER(object_new(TYPE_QIO_NET_LISTENER));
}

void qio_net_listener_set_name(QIONetListener *listener, const char *name)
{
    g_free(listener->name);
    listener->name = g_strdup(name);
}

static gboolean client_ready(QIOChannel *ioc, GIOCondition condition, gpointer opaque)
{
    QIONetListener *listener = opaque;
    QIOChannelSocket *sioc = qio_channel_socket_accept(QIO_CHANNEL_SOCKET(ioc), NULL);

    if (sioc) {
        listener->io_func(listener, sioc, listener->io_data);
        object_unref(OBJECT(sioc));
    }
    return G_SOURCE_CONTINUE;
}

static void unwatch(QIONetListener *listener)
{
    for (size_t i = 0; i < listener->nsioc; i++) {
        if (listener->source[i]) {
            g_source_destroy(listener->source[i]);
            g_source_unref(listener->source[i]);
            listener->source[i] = NULL;
        }
    }
}

static void watch(QIONetListener *listener)
{
    for (size_t i = 0; listener->io_func && i < listener->nsioc; i++) {
        object_ref(OBJECT(listener));
        listener->source[i] = qio_channel_add_watch_source(QIO_CHANNEL(listener->sioc[i]), G_IO_IN, client_ready,
                                                           listener, object_unref, listener->context);
    }
}

void qio_net_listener_add(QIONetListener *listener, QIOChannelSocket *sioc)
{
    unwatch(listener);
    listener->nsioc++;
    listener->sioc = g_renew(QIOChannelSocket *, listener->sioc, listener->nsioc);
    listener->source = g_renew(GSource *, listener->source, listener->nsioc);
    object_ref(OBJECT(sioc));
    qio_channel_set_blocking(QIO_CHANNEL(sioc), false, NULL);
    listener->sioc[listener->nsioc - 1] = sioc;
    listener->source[listener->nsioc - 1] = NULL;
    watch(listener);
}

int qio_net_listener_open_sync(QIONetListener *listener, SocketAddress *addr, int num, Error **errp)
{
    QIOChannelSocket *sioc = qio_channel_socket_new();
    int ret = qio_channel_socket_listen_sync(sioc, addr, num, errp);

    if (!ret) {
        qio_net_listener_add(listener, sioc);
    }
    object_unref(OBJECT(sioc));
    return ret;
}

void qio_net_listener_set_client_func_full(QIONetListener *listener, QIONetListenerClientFunc func, gpointer data,
                                           GDestroyNotify notify, GMainContext *context)
{
    GDestroyNotify old_notify = listener->io_notify;
    gpointer old_data = listener->io_data;

    unwatch(listener);
    listener->io_func = func;
    listener->io_data = data;
    listener->io_notify = notify;
    listener->context = context;
    if (old_notify) {
        old_notify(old_data);
    }
    watch(listener);
}

void qio_net_listener_set_client_func(QIONetListener *listener, QIONetListenerClientFunc func, gpointer data,
                                      GDestroyNotify notify)
{
    qio_net_listener_set_client_func_full(listener, func, data, notify, NULL);
}

QIOChannelSocket *qio_net_listener_wait_client(QIONetListener *listener)
{
    g_autofree struct pollfd *pfd = g_new0(struct pollfd, listener->nsioc);

    while (listener->nsioc) {
        for (size_t i = 0; i < listener->nsioc; i++) {
            pfd[i] = (struct pollfd) { .fd = listener->sioc[i]->fd, .events = POLLIN };
        }
        if (poll(pfd, listener->nsioc, -1) < 0 && errno != EINTR) {
            return NULL;
        }
        for (size_t i = 0; i < listener->nsioc; i++) {
            QIOChannelSocket *sioc = qio_channel_socket_accept(listener->sioc[i], NULL);

            if (sioc) {
                return sioc;
            }
        }
    }
    return NULL;
}

void qio_net_listener_disconnect(QIONetListener *listener)
{
    unwatch(listener);
    for (size_t i = 0; i < listener->nsioc; i++) {
        qio_channel_close(QIO_CHANNEL(listener->sioc[i]), NULL);
        object_unref(OBJECT(listener->sioc[i]));
    }
    listener->nsioc = 0;
}

bool qio_net_listener_is_connected(QIONetListener *listener)
{
    return listener->nsioc > 0;
}

static void listener_finalize(Object *obj)
{
    QIONetListener *listener = QIO_NET_LISTENER(obj);

    qio_net_listener_disconnect(listener);
    if (listener->io_notify) {
        listener->io_notify(listener->io_data);
    }
    g_free(listener->sioc);
    g_free(listener->source);
    g_free(listener->name);
}

static const TypeInfo listener_types[] = {
    {
        .name = TYPE_QIO_NET_LISTENER,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(QIONetListener),
        .instance_finalize = listener_finalize,
    },
};
DEFINE_TYPES(listener_types)
