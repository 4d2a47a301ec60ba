/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stream sockets as character devices, one peer at a time.
 *
 *     disconnected --(client: connect in a thread, retried after reconnect-ms; server: accept)--> connected
 *     connected --(end of stream, error, chr_disconnect)--> disconnected, CHR_EVENT_CLOSED
 *
 * Descriptors that arrive with data wait in @fds until the front end takes them; those not taken when more arrive, or when
 * the peer goes, are closed. Telnet is answered with character mode and its commands are dropped (RFC 854).
 */
#include "qemu/osdep.h"
#include "char-internal.h"
#include "io/net-listener.h"
#include "io/sockets.h"
#include "qapi/error.h"
#include "qemu/error-report.h"

typedef struct SocketChardev {
    Chardev parent;
    QIOChannelSocket *sioc;
    QIONetListener *listener;
    GSource *source, *hup_source, *reconnect_timer;
    SocketAddress *addr;
    bool is_listen, is_telnet, nodelay, connecting, connect_failed;
    int64_t reconnect_ms;
    int telnet_state;
    int *fds;
    size_t nfds;
    int *out_fds;
    size_t n_out_fds;
} SocketChardev;
DECLARE_INSTANCE_CHECKER(SocketChardev, SOCKET_CHARDEV, TYPE_CHARDEV_SOCKET)

static void schedule_reconnect(SocketChardev *s);

static void close_fds(SocketChardev *s)
{
    for (size_t i = 0; i < s->nfds; i++) {
        qemu_close(s->fds[i]);
    }
    g_clear_pointer(&s->fds, g_free);
    s->nfds = 0;
}

static void drop_source(GSource **source)
{
    if (*source) {
        g_source_destroy(*source);
        g_source_unref(*source);
        *source = NULL;
    }
}

static void update_filename(SocketChardev *s)
{
    Chardev *chr = CHARDEV(s);
    g_autofree char *uri = socket_uri(s->addr);
    g_autoptr(SocketAddress) peer = s->sioc ? qio_channel_socket_get_remote_address(s->sioc, NULL) : NULL;
    g_autofree char *peer_uri = peer ? socket_uri(peer) : NULL;

    g_free(chr->filename);
    chr->filename = g_strdup_printf("%s%s%s%s%s", s->sioc ? "" : "disconnected:", uri, s->is_listen ? ",server=on" : "",
                                    peer_uri ? " <-> " : "", peer_uri ? peer_uri : "");
}

static void on_client(QIONetListener *listener, QIOChannelSocket *sioc, gpointer opaque);

static void disconnect(SocketChardev *s)
{
    if (!s->sioc) {
        return;
    }
    io_remove_watch_poll(&s->source);
    drop_source(&s->hup_source);
    close_fds(s);
    qio_channel_close(QIO_CHANNEL(s->sioc), NULL);
    object_unref(OBJECT(s->sioc));
    s->sioc = NULL;
    update_filename(s);
    qemu_chr_be_event(CHARDEV(s), CHR_EVENT_CLOSED);
    if (s->listener) {
        qio_net_listener_set_client_func_full(s->listener, on_client, s, NULL, CHARDEV(s)->gcontext);
    } else {
        schedule_reconnect(s);
    }
}

/* Drops telnet commands from @buf; returns what is left. */
static int telnet_filter(SocketChardev *s, uint8_t *buf, int len)
{
    enum { DATA, COMMAND, OPTION };
    int out = 0;

    for (int i = 0; i < len; i++) {
        switch (s->telnet_state) {
        case DATA:
            if (buf[i] == 0xff) {
                s->telnet_state = COMMAND;
            } else {
                buf[out++] = buf[i];
            }
            break;
        case COMMAND:
            s->telnet_state = buf[i] >= 0xfb && buf[i] <= 0xfe ? OPTION : DATA;
            if (buf[i] == 0xff) {
                buf[out++] = 0xff;
            } else if (buf[i] == 0xf3) {
                qemu_chr_be_event(CHARDEV(s), CHR_EVENT_BREAK);
            }
            break;
        default:
            s->telnet_state = DATA;
            break;
        }
    }
    return out;
}

static int can_read(void *opaque)
{
    return qemu_chr_be_can_write(CHARDEV(opaque));
}

static void take_fds(SocketChardev *s, int *fds, size_t nfds)
{
    if (nfds) {
        close_fds(s);
        s->fds = fds;
        s->nfds = nfds;
    }
}

static gboolean on_input(QIOChannel *ioc, GIOCondition cond, gpointer opaque)
{
    SocketChardev *s = opaque;
    uint8_t buf[CHR_READ_BUF_LEN];
    struct iovec iov = { buf, MIN(can_read(s), (int)sizeof(buf)) };
    size_t nfds = 0;
    int *fds = NULL;
    ssize_t n;

    if (iov.iov_len <= 0 || (int)iov.iov_len <= 0) {
        return G_SOURCE_CONTINUE;
    }
    n = qio_channel_readv_full(ioc, &iov, 1, &fds, &nfds, 0, NULL);
    if (n > 0) {
        take_fds(s, fds, nfds);
        if (s->is_telnet) {
            n = telnet_filter(s, buf, n);
        }
        if (n > 0) {
            qemu_chr_be_write(CHARDEV(s), buf, n);
        }
        return G_SOURCE_CONTINUE;
    }
    if (n != QIO_CHANNEL_ERR_BLOCK) {
        disconnect(s);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

/* A peer that goes while nobody reads is noticed here. */
static gboolean on_hup(QIOChannel *ioc, GIOCondition cond, gpointer opaque)
{
    disconnect(opaque);
    return G_SOURCE_REMOVE;
}

static void update_read_handler(Chardev *chr)
{
    SocketChardev *s = SOCKET_CHARDEV(chr);

    io_remove_watch_poll(&s->source);
    drop_source(&s->hup_source);
    if (s->listener && !s->sioc) {
        qio_net_listener_set_client_func_full(s->listener, on_client, s, NULL, chr->gcontext);
    }
    if (!s->sioc) {
        return;
    }
    if (chr->fe && chr->fe->chr_read) {
        s->source = io_add_watch_poll(QIO_CHANNEL(s->sioc), can_read, on_input, s, chr->gcontext);
    } else {
        s->hup_source = qio_channel_add_watch_source(QIO_CHANNEL(s->sioc), G_IO_HUP, on_hup, s, NULL, chr->gcontext);
    }
}

static void telnet_hello(SocketChardev *s)
{
    /* IAC WILL ECHO, WILL SUPPRESS-GO-AHEAD, WILL BINARY, DO BINARY */
    static const uint8_t hello[] = { 0xff, 0xfb, 1, 0xff, 0xfb, 3, 0xff, 0xfb, 0, 0xff, 0xfd, 0 };

    s->telnet_state = 0;
    io_channel_send(QIO_CHANNEL(s->sioc), hello, sizeof(hello));
}

static void connected(SocketChardev *s, QIOChannelSocket *sioc)
{
    s->sioc = sioc;
    object_ref(OBJECT(sioc));
    qio_channel_set_blocking(QIO_CHANNEL(sioc), false, NULL);
    if (s->nodelay) {
        qio_channel_set_delay(QIO_CHANNEL(sioc), false);
    }
    if (s->listener) {
        qio_net_listener_set_client_func_full(s->listener, NULL, NULL, NULL, NULL);
    }
    if (s->is_telnet) {
        telnet_hello(s);
    }
    update_filename(s);
    update_read_handler(CHARDEV(s));
    qemu_chr_be_event(CHARDEV(s), CHR_EVENT_OPENED);
}

static void on_client(QIONetListener *listener, QIOChannelSocket *sioc, gpointer opaque)
{
    SocketChardev *s = opaque;

    if (!s->sioc) {
        connected(s, sioc);
    }
}

static void on_connected(QIOTask *task, gpointer opaque)
{
    SocketChardev *s = opaque;
    Error *err = NULL;

    s->connecting = false;
    if (!OBJECT(s)->parent && CHARDEV(s)->label) {
        qio_task_propagate_error(task, NULL);
        return;                             /* removed while the thread was busy */
    }
    if (qio_task_propagate_error(task, &err)) {
        if (!s->connect_failed) {
            error_reportf_err(err, "Unable to connect character device %s: ", CHARDEV(s)->label);
        } else {
            error_free(err);
        }
        s->connect_failed = true;           /* say it once, then retry quietly */
        schedule_reconnect(s);
        return;
    }
    s->connect_failed = false;
    connected(s, QIO_CHANNEL_SOCKET(qio_task_get_source(task)));
}

static void start_connect(SocketChardev *s)
{
    QIOChannelSocket *sioc = qio_channel_socket_new();

    s->connecting = true;
    object_ref(OBJECT(s));
    qio_channel_socket_connect_async(sioc, s->addr, on_connected, s, object_unref, CHARDEV(s)->gcontext);
    object_unref(OBJECT(sioc));
}

static gboolean on_reconnect_timer(gpointer opaque)
{
    SocketChardev *s = opaque;

    drop_source(&s->reconnect_timer);
    if (!s->connecting && !s->sioc) {
        start_connect(s);
    }
    return G_SOURCE_REMOVE;
}

static void schedule_reconnect(SocketChardev *s)
{
    if (s->reconnect_ms > 0 && !s->reconnect_timer) {
        s->reconnect_timer = g_timeout_source_new(MIN(s->reconnect_ms, INT_MAX));
        g_source_set_callback(s->reconnect_timer, on_reconnect_timer, s, NULL);
        g_source_attach(s->reconnect_timer, CHARDEV(s)->gcontext);
    }
}

static int socket_write(Chardev *chr, const uint8_t *buf, int len)
{
    SocketChardev *s = SOCKET_CHARDEV(chr);
    struct iovec iov = { (void *)buf, len };
    ssize_t n;

    if (!s->sioc) {
        return len;                         /* nobody there: output is lost */
    }
    n = qio_channel_writev_full(QIO_CHANNEL(s->sioc), &iov, 1, s->out_fds, s->n_out_fds, 0, NULL);
    if (n == QIO_CHANNEL_ERR_BLOCK) {
        errno = EAGAIN;
        return -1;
    }
    g_clear_pointer(&s->out_fds, g_free);
    s->n_out_fds = 0;
    if (n < 0) {
        /* The input side sees the end too, and closes in its own context. */
        qio_channel_shutdown(QIO_CHANNEL(s->sioc), QIO_CHANNEL_SHUTDOWN_BOTH, NULL);
        return len;
    }
    return n;
}

static GSource *socket_add_watch(Chardev *chr, GIOCondition cond)
{
    SocketChardev *s = SOCKET_CHARDEV(chr);

    return s->sioc ? qio_channel_create_watch(QIO_CHANNEL(s->sioc), cond) : NULL;
}

static int socket_get_msgfds(Chardev *chr, int *fds, int num)
{
    SocketChardev *s = SOCKET_CHARDEV(chr);
    int n = MIN((size_t)num, s->nfds);

    if (!n) {
        return 0;
    }
    memcpy(fds, s->fds, n * sizeof(int));
    memmove(s->fds, s->fds + n, (s->nfds - n) * sizeof(int));
    s->nfds -= n;
    close_fds(s);
    return n;
}

static int socket_set_msgfds(Chardev *chr, int *fds, int num)
{
    SocketChardev *s = SOCKET_CHARDEV(chr);

    g_free(s->out_fds);
    s->out_fds = g_memdup2(fds, num * sizeof(int));
    s->n_out_fds = num;
    return s->sioc && qio_channel_has_feature(QIO_CHANNEL(s->sioc), QIO_CHANNEL_FEATURE_FD_PASS) ? 0 : -1;
}

static void socket_disconnect(Chardev *chr)
{
    disconnect(SOCKET_CHARDEV(chr));
}

static bool socket_wait_connected(Chardev *chr, Error **errp)
{
    SocketChardev *s = SOCKET_CHARDEV(chr);
    QIOChannelSocket *sioc;

    if (s->sioc) {
        return true;
    }
    if (s->listener) {
        info_report("QEMU waiting for connection on: %s", chr->filename);
        sioc = qio_net_listener_wait_client(s->listener);
    } else {
        sioc = qio_channel_socket_new();
        if (qio_channel_socket_connect_sync(sioc, s->addr, errp) < 0) {
            object_unref(OBJECT(sioc));
            return false;
        }
    }
    if (!sioc) {
        error_setg(errp, "chardev '%s' is not listening any more", chr->label);
        return false;
    }
    connected(s, sioc);
    object_unref(OBJECT(sioc));
    return true;
}

static bool check_options(const ChardevSocket *o, Error **errp)
{
    bool server = !o->has_server || o->server;
    const char *unsupported = o->tls_creds ? "tls-creds" : o->has_websocket && o->websocket ? "websocket"
                              : o->has_tn3270 && o->tn3270 ? "tn3270" : NULL;

    if (unsupported) {
        error_setg(errp, "socket chardev option '%s' is not supported yet", unsupported);
        return false;
    }
    if (server && o->has_reconnect_ms && o->reconnect_ms) {
        error_setg(errp, "'reconnect-ms' option is incompatible with socket in server listen mode");
        return false;
    }
    if (!server && o->has_wait) {
        error_setg(errp, "'wait' option is incompatible with socket in client connect mode");
        return false;
    }
    if (o->has_reconnect_ms && o->reconnect_ms < 0) {
        error_setg(errp, "'reconnect-ms' must not be negative");
        return false;
    }
    return true;
}

static bool open_server(SocketChardev *s, bool wait, Error **errp)
{
    s->listener = qio_net_listener_new();
    if (qio_net_listener_open_sync(s->listener, s->addr, 1, errp) < 0) {
        return false;
    }
    if (s->addr->type == SOCKET_ADDRESS_TYPE_INET) {            /* show the port that port 0 became */
        SocketAddress *bound = qio_channel_socket_get_local_address(s->listener->sioc[0], NULL);

        if (bound) {
            qapi_free_SocketAddress(s->addr);
            s->addr = bound;
        }
    }
    update_filename(s);
    if (wait) {
        return socket_wait_connected(CHARDEV(s), errp);
    }
    qio_net_listener_set_client_func_full(s->listener, on_client, s, NULL, CHARDEV(s)->gcontext);
    return true;
}

static bool socket_open(Chardev *chr, ChardevBackend *backend, bool *be_opened, Error **errp)
{
    SocketChardev *s = SOCKET_CHARDEV(chr);
    ChardevSocket *o = backend->u.socket.data;

    if (!check_options(o, errp)) {
        return false;
    }
    *be_opened = false;                     /* connected() says when */
    s->addr = socket_address_flatten(o->addr);
    s->is_listen = !o->has_server || o->server;
    s->is_telnet = o->has_telnet && o->telnet;
    s->nodelay = o->has_nodelay && o->nodelay;
    s->reconnect_ms = o->has_reconnect_ms ? o->reconnect_ms : 0;
    update_filename(s);
    if (s->is_listen) {
        return open_server(s, o->has_wait && o->wait, errp);
    }
    if (s->reconnect_ms) {
        start_connect(s);
        return true;
    }
    return socket_wait_connected(chr, errp);
}

static void socket_finalize(Object *obj)
{
    SocketChardev *s = SOCKET_CHARDEV(obj);

    s->reconnect_ms = 0;
    if (s->listener) {
        qio_net_listener_set_client_func_full(s->listener, NULL, NULL, NULL, NULL);
        qio_net_listener_disconnect(s->listener);
        object_unref(OBJECT(s->listener));
        s->listener = NULL;
    }
    disconnect(s);
    drop_source(&s->reconnect_timer);
    g_free(s->out_fds);
    qapi_free_SocketAddress(s->addr);
}

static void socket_class_init(ObjectClass *oc, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(oc);

    cc->kind = "socket";
    cc->supports_yank = true;
    cc->chr_open = socket_open;
    cc->chr_write = socket_write;
    cc->chr_add_watch = socket_add_watch;
    cc->chr_update_read_handler = update_read_handler;
    cc->get_msgfds = socket_get_msgfds;
    cc->set_msgfds = socket_set_msgfds;
    cc->chr_disconnect = socket_disconnect;
    cc->chr_wait_connected = socket_wait_connected;
}

static const TypeInfo socket_types[] = {
    {
        .name = TYPE_CHARDEV_SOCKET,
        .parent = TYPE_CHARDEV,
        .instance_size = sizeof(SocketChardev),
        .instance_finalize = socket_finalize,
        .class_init = socket_class_init,
    },
};
DEFINE_TYPES(socket_types)
