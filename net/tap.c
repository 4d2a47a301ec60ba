// SPDX-License-Identifier: GPL-2.0-or-later
/* A host TAP interface, by name or as a descriptor handed to us. No scripts are run. */
#include "qemu/osdep.h"
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include "net/net.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"

typedef struct TAPState {
    NetClientState nc;
    int fd;
    bool waiting;               /* the guest is full: not reading */
    uint8_t buf[NET_BUFSIZE];
} TAPState;

static void tap_read(void *opaque);

static void tap_poll(TAPState *s, bool on)
{
    qemu_set_fd_handler(s->fd, on ? tap_read : NULL, NULL, s);
}

static void tap_sent(NetClientState *nc, ssize_t len)
{
    TAPState *s = container_of(nc, TAPState, nc);

    s->waiting = false;
    tap_poll(s, true);
}

static void tap_read(void *opaque)
{
    TAPState *s = opaque;

    for (int i = 0; i < 50; i++) {
        ssize_t n = read(s->fd, s->buf, sizeof(s->buf));

        if (n <= 0) {
            return;
        }
        if (qemu_send_packet_async(&s->nc, s->buf, n, tap_sent) == 0) {
            s->waiting = true;
            tap_poll(s, false);
            return;
        }
    }
}

static ssize_t tap_receive(NetClientState *nc, const uint8_t *buf, size_t size)
{
    TAPState *s = container_of(nc, TAPState, nc);
    ssize_t n;

    do {
        n = write(s->fd, buf, size);
    } while (n < 0 && errno == EINTR);
    /* A full queue drops, as a wire does. */
    return size;
}

static void tap_cleanup(NetClientState *nc)
{
    TAPState *s = container_of(nc, TAPState, nc);

    tap_poll(s, false);
    qemu_close(s->fd);
}

static const NetClientInfo tap_info = {
    .type = NET_CLIENT_DRIVER_TAP, .size = sizeof(TAPState), .receive = tap_receive, .cleanup = tap_cleanup,
};

static int tap_open(const char *ifname, Error **errp)
{
    struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
    int fd = qemu_open_cloexec("/dev/net/tun", O_RDWR, 0);

    if (fd < 0) {
        error_setg_errno(errp, errno, "could not open /dev/net/tun");
        return -1;
    }
    if (ifname) {
        g_strlcpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name));
    }
    if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
        error_setg_errno(errp, errno, "could not configure tap interface '%s'", ifname ?: "");
        qemu_close(fd);
        return -1;
    }
    return fd;
}

bool net_init_tap(const Netdev *netdev, const char *name, NetClientState *peer, Error **errp)
{
    const NetdevTapOptions *t = &netdev->u.tap;
    NetClientState *nc;
    int fd;

    if (t->fds || t->helper || t->br || (t->has_vhost && t->vhost) || (t->has_queues && t->queues > 1) ||
        (t->script && *t->script && !g_str_equal(t->script, "no"))) {
        error_setg(errp, "tap: only ifname, fd and script=no are supported");
        return false;
    }
    if (t->fd) {
        char *end;

        fd = strtol(t->fd, &end, 10);
        if (*end || fcntl(fd, F_GETFD) < 0) {
            error_setg(errp, "tap: fd '%s' is not an open file descriptor", t->fd);
            return false;
        }
    } else if ((fd = tap_open(t->ifname, errp)) < 0) {
        return false;
    }
    qemu_set_blocking(fd, false);
    nc = qemu_new_net_client(&tap_info, peer, "tap", name);
    qemu_set_info_str(nc, "fd=%d,ifname=%s", fd, t->ifname ?: "");
    container_of(nc, TAPState, nc)->fd = fd;
    tap_poll(container_of(nc, TAPState, nc), true);
    return true;
}
