/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stream socket channels; descriptors travel as SCM_RIGHTS (unix(7)). */
#include "qemu/osdep.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "io/channel-socket.h"
#include "io/sockets.h"
#include "qapi/clone-visitor.h"
#include "qapi/error.h"
#include "qapi/qapi-visit-sockets.h"

QIOChannelSocket *qio_channel_socket_new(void)
{
    QIOChannelSocket *s = QIO_CHANNEL_SOCKET(object_new(TYPE_QIO_CHANNEL_SOCKET));

    qio_channel_set_feature(QIO_CHANNEL(s), QIO_CHANNEL_FEATURE_SHUTDOWN);
    return s;
}

static bool set_fd(QIOChannelSocket *s, int fd, Error **errp)
{
    struct sockaddr_storage ss = { 0 };
    socklen_t len = sizeof(ss);
    int listening = 0;
    socklen_t optlen = sizeof(listening);

    if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0) {
        error_setg_errno(errp, errno, "File descriptor %d is not a socket", fd);
        return false;
    }
    if (ss.ss_family == AF_UNIX) {
        qio_channel_set_feature(QIO_CHANNEL(s), QIO_CHANNEL_FEATURE_FD_PASS);
    }
    if (!getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &optlen) && listening) {
        qio_channel_set_feature(QIO_CHANNEL(s), QIO_CHANNEL_FEATURE_LISTEN);
    }
    s->fd = fd;
    return true;
}

QIOChannelSocket *qio_channel_socket_new_fd(int fd, Error **errp)
{
    QIOChannelSocket *s = qio_channel_socket_new();

    if (!set_fd(s, fd, errp)) {
        object_unref(OBJECT(s));
        return NULL;
    }
    return s;
}

int qio_channel_socket_connect_sync(QIOChannelSocket *ioc, SocketAddress *addr, Error **errp)
{
    int fd = socket_connect(addr, errp);

    if (fd >= 0 && !set_fd(ioc, fd, errp)) {
        close(fd);
        fd = -1;
    }
    return fd < 0 ? -1 : 0;
}

static void connect_worker(QIOTask *task, gpointer opaque)
{
    Error *err = NULL;

    if (qio_channel_socket_connect_sync(QIO_CHANNEL_SOCKET(qio_task_get_source(task)), opaque, &err) < 0) {
        qio_task_set_error(task, err);
    }
}

static void free_address(gpointer opaque)
{
    qapi_free_SocketAddress(opaque);
}

void qio_channel_socket_connect_async(QIOChannelSocket *ioc, SocketAddress *addr, QIOTaskFunc callback, gpointer opaque,
                                      GDestroyNotify destroy, GMainContext *context)
{
    QIOTask *task = qio_task_new(OBJECT(ioc), callback, opaque, destroy);

    qio_task_run_in_thread(task, connect_worker, QAPI_CLONE(SocketAddress, addr), free_address, context);
}

int qio_channel_socket_listen_sync(QIOChannelSocket *ioc, SocketAddress *addr, int num, Error **errp)
{
    int fd = socket_listen(addr, num, errp);

    if (fd < 0) {
        return -1;
    }
    if (!set_fd(ioc, fd, errp)) {
        close(fd);
        return -1;
    }
    if (addr->type == SOCKET_ADDRESS_TYPE_UNIX && !(addr->u.q_unix.has_abstract && addr->u.q_unix.abstract)) {
        ioc->unlink_path = g_strdup(addr->u.q_unix.path);
    }
    return 0;
}

QIOChannelSocket *qio_channel_socket_accept(QIOChannelSocket *ioc, Error **errp)
{
    QIOChannelSocket *s;
    int fd;

    do {
        fd = accept4(ioc->fd, NULL, NULL, SOCK_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        if (errno != EAGAIN && errno != ECONNABORTED) {
            error_setg_errno(errp, errno, "Unable to accept a connection");
        }
        return NULL;
    }
    s = qio_channel_socket_new_fd(fd, errp);
    if (!s) {
        close(fd);
    }
    return s;
}

SocketAddress *qio_channel_socket_get_local_address(QIOChannelSocket *ioc, Error **errp)
{
    return socket_local_address(ioc->fd, errp);
}

SocketAddress *qio_channel_socket_get_remote_address(QIOChannelSocket *ioc, Error **errp)
{
    return socket_remote_address(ioc->fd, errp);
}

/* All descriptors of @msg to a new array. More than one header may carry some. */
static void take_fds(struct msghdr *msg, int **fds, size_t *nfds)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(int));
    struct cmsghdr *c;

    for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            g_array_append_vals(all, CMSG_DATA(c), (c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        }
    }
    *nfds = all->len;
    *fds = (int *)(void *)g_array_free(all, all->len == 0);
}

static ssize_t socket_readv(QIOChannel *ioc, const struct iovec *iov, size_t niov, int **fds, size_t *nfds, int flags,
                            Error **errp)
{
    QIOChannelSocket *s = QIO_CHANNEL_SOCKET(ioc);
    char control[CMSG_SPACE(sizeof(int) * QIO_CHANNEL_MAX_FDS)] __attribute__((aligned(8)));
    struct msghdr msg = { .msg_iov = (struct iovec *)iov, .msg_iovlen = niov };
    ssize_t n;

    if (fds && qio_channel_has_feature(ioc, QIO_CHANNEL_FEATURE_FD_PASS)) {
        msg.msg_control = control;
        msg.msg_controllen = sizeof(control);
    }
    do {
        n = recvmsg(s->fd, &msg, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        if (errno == EAGAIN) {
            return QIO_CHANNEL_ERR_BLOCK;
        }
        error_setg_errno(errp, errno, "Unable to read from socket");
        return -1;
    }
    if (msg.msg_control) {
        take_fds(&msg, fds, nfds);
    }
    return n;
}

static ssize_t socket_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov, int *fds, size_t nfds, int flags,
                             Error **errp)
{
    QIOChannelSocket *s = QIO_CHANNEL_SOCKET(ioc);
    char control[CMSG_SPACE(sizeof(int) * QIO_CHANNEL_MAX_FDS)] __attribute__((aligned(8))) = { 0 };
    struct msghdr msg = { .msg_iov = (struct iovec *)iov, .msg_iovlen = niov };
    ssize_t n;

    if (nfds > QIO_CHANNEL_MAX_FDS) {
        error_setg(errp, "Only %d file descriptors can be sent at once", QIO_CHANNEL_MAX_FDS);
        return -1;
    }
    if (nfds) {
        struct cmsghdr *c = (struct cmsghdr *)control;

        msg.msg_control = control;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
        c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
    }
    do {
        n = sendmsg(s->fd, &msg, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        if (errno == EAGAIN) {
            return QIO_CHANNEL_ERR_BLOCK;
        }
        error_setg_errno(errp, errno, "Unable to write to socket");
        return -1;
    }
    return n;
}

static int socket_close(QIOChannel *ioc, Error **errp)
{
    QIOChannelSocket *s = QIO_CHANNEL_SOCKET(ioc);
    int fd = s->fd;

    if (fd < 0) {
        return 0;
    }
    if (s->unlink_path) {
        unlink(s->unlink_path);
        g_clear_pointer(&s->unlink_path, g_free);
    }
    s->fd = -1;
    if (close(fd) < 0) {
        error_setg_errno(errp, errno, "Unable to close socket");
        return -1;
    }
    return 0;
}

static bool socket_set_blocking(QIOChannel *ioc, bool enabled, Error **errp)
{
    if (!qemu_set_blocking(QIO_CHANNEL_SOCKET(ioc)->fd, enabled)) {
        error_setg_errno(errp, errno, "Cannot change the blocking mode of the socket");
        return false;
    }
    return true;
}

static int socket_shutdown(QIOChannel *ioc, QIOChannelShutdown how, Error **errp)
{
    static const int map[] = { [QIO_CHANNEL_SHUTDOWN_READ] = SHUT_RD, [QIO_CHANNEL_SHUTDOWN_WRITE] = SHUT_WR,
                               [QIO_CHANNEL_SHUTDOWN_BOTH] = SHUT_RDWR };

    if (shutdown(QIO_CHANNEL_SOCKET(ioc)->fd, map[how]) < 0) {
        error_setg_errno(errp, errno, "Unable to shut down socket");
        return -1;
    }
    return 0;
}

static void socket_set_delay(QIOChannel *ioc, bool enabled)
{
    int v = !enabled;

    setsockopt(QIO_CHANNEL_SOCKET(ioc)->fd, IPPROTO_TCP, TCP_NODELAY, &v, sizeof(v));
}

static int socket_fd_of(QIOChannel *ioc, GIOCondition condition)
{
    return QIO_CHANNEL_SOCKET(ioc)->fd;
}

static void socket_instance_init(Object *obj)
{
    QIO_CHANNEL_SOCKET(obj)->fd = -1;
}

static void socket_finalize(Object *obj)
{
    socket_close(QIO_CHANNEL(obj), NULL);
}

static void socket_class_init(ObjectClass *oc, const void *data)
{
    QIOChannelClass *k = QIO_CHANNEL_CLASS(oc);

    k->io_readv = socket_readv;
    k->io_writev = socket_writev;
    k->io_close = socket_close;
    k->io_set_blocking = socket_set_blocking;
    k->io_shutdown = socket_shutdown;
    k->io_set_delay = socket_set_delay;
    k->io_get_fd = socket_fd_of;
}

static const TypeInfo socket_types[] = {
    {
        .name = TYPE_QIO_CHANNEL_SOCKET,
        .parent = TYPE_QIO_CHANNEL,
        .instance_size = sizeof(QIOChannelSocket),
        .instance_init = socket_instance_init,
        .instance_finalize = socket_finalize,
        .class_init = socket_class_init,
    },
};
DEFINE_TYPES(socket_types)
