/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams: each write is one, and what arrives is delivered byte by byte without message boundaries. */
#include "qemu/osdep.h"
#include <netdb.h>
#include <sys/socket.h>
#include "char-internal.h"
#include "io/channel-file.h"
#include "qapi/error.h"

static struct addrinfo *lookup(const InetSocketAddress *a, bool passive, int family, Error **errp)
{
    struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_DGRAM, .ai_flags = passive ? AI_PASSIVE : 0 };
    struct addrinfo *res;
    int rc = getaddrinfo(*a->host ? a->host : passive ? NULL : "localhost", a->port, &hints, &res);

    if (rc) {
        error_setg(errp, "address resolution failed for %s:%s: %s", a->host, a->port, gai_strerror(rc));
        return NULL;
    }
    return res;
}

static int open_pair(const InetSocketAddress *remote, const InetSocketAddress *local, Error **errp)
{
    struct addrinfo *r = lookup(remote, false, AF_UNSPEC, errp), *l = NULL;
    int fd = -1;

    if (r && local) {
        l = lookup(local, true, r->ai_family, errp);
    }
    if (r && (l || !local)) {
        fd = socket(r->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || (l && bind(fd, l->ai_addr, l->ai_addrlen) < 0) || connect(fd, r->ai_addr, r->ai_addrlen) < 0) {
            error_setg_errno(errp, errno, "Failed to open datagram socket to '%s:%s'", remote->host, remote->port);
            qemu_close(fd);
            fd = -1;
        }
    }
    if (r) {
        freeaddrinfo(r);
    }
    if (l) {
        freeaddrinfo(l);
    }
    return fd;
}

static bool udp_open(Chardev *chr, ChardevBackend *backend, bool *be_opened, Error **errp)
{
    ChardevUdp *o = backend->u.udp.data;
    int fd;

    if (o->remote->type != SOCKET_ADDRESS_TYPE_INET || (o->local && o->local->type != SOCKET_ADDRESS_TYPE_INET)) {
        error_setg(errp, "chardev: udp: addresses must be of type inet");
        return false;
    }
    fd = open_pair(o->remote->u.inet.data, o->local ? o->local->u.inet.data : NULL, errp);
    if (fd < 0) {
        return false;
    }
    fd_chr_set_channel(chr, QIO_CHANNEL(qio_channel_file_new_fd(fd)));
    chr->filename = g_strdup("udp");
    return true;
}

static void udp_class_init(ObjectClass *oc, const void *data)
{
    CHARDEV_CLASS(oc)->kind = "udp";
    CHARDEV_CLASS(oc)->chr_open = udp_open;
}

static const TypeInfo udp_types[] = {
    {
        .name = TYPE_CHARDEV_UDP,
        .parent = TYPE_CHARDEV_FD,
        .instance_size = sizeof(FDChardev),
        .class_init = udp_class_init,
    },
};
DEFINE_TYPES(udp_types)
