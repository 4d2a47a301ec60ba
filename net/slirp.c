// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * User-mode networking through libslirp: the guest sits behind a NAT of this process. Polling goes through a GSource
 * on the main context; slirp's timers are ours. On a stream, section "slirp" is a list of socket states as libslirp
 * writes it.
 */
#include "qemu/osdep.h"
#include <arpa/inet.h>
#include <libslirp.h>
#include "migration/qemu-file-types.h"
#include "migration/register.h"
#include "net/net.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "system/runstate.h"

typedef struct SlirpState {
    NetClientState nc;
    Slirp *slirp;
    GSource *source;
} SlirpState;

/* ---- what libslirp asks of us ---- */

static ssize_t cb_send_packet(const void *buf, size_t len, void *opaque)
{
    SlirpState *s = opaque;

    return qemu_send_packet(&s->nc, buf, len);
}

static void cb_guest_error(const char *msg, void *opaque)
{
}

static int64_t cb_clock(void *opaque)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

typedef struct SlirpTimer {
    QEMUTimer timer;
    SlirpTimerCb cb;
    void *cb_opaque;
} SlirpTimer;

static void timer_fired(void *opaque)
{
    SlirpTimer *t = opaque;

    t->cb(t->cb_opaque);
}

static void *cb_timer_new(SlirpTimerCb cb, void *cb_opaque, void *opaque)
{
    SlirpTimer *t = g_new0(SlirpTimer, 1);

    t->cb = cb;
    t->cb_opaque = cb_opaque;
    timer_init_ms(&t->timer, QEMU_CLOCK_VIRTUAL, timer_fired, t);
    return t;
}

static void cb_timer_free(void *timer, void *opaque)
{
    timer_deinit(&((SlirpTimer *)timer)->timer);
    g_free(timer);
}

static void cb_timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
    timer_mod(&((SlirpTimer *)timer)->timer, expire_ms);
}

static void cb_poll_fd(int fd, void *opaque)
{
}

static void cb_notify(void *opaque)
{
    qemu_notify_event();
}

static const SlirpCb slirp_cb = {
    .send_packet = cb_send_packet,
    .guest_error = cb_guest_error,
    .clock_get_ns = cb_clock,
    .timer_new = cb_timer_new,
    .timer_free = cb_timer_free,
    .timer_mod = cb_timer_mod,
    .register_poll_fd = cb_poll_fd,
    .unregister_poll_fd = cb_poll_fd,
    .notify = cb_notify,
};

/* ---- polling ---- */

/* The set of descriptors changes from round to round: each round the source drops its old ones and adds the new. */
typedef struct SlirpSource {
    GSource source;
    SlirpState *s;
    GArray *fds;                /* GPollFD, addresses fixed while registered */
    unsigned used;
} SlirpSource;

#define SLIRP_FD_MAX 4096

static int add_poll(int fd, int events, void *opaque)
{
    SlirpSource *src = opaque;
    GPollFD *p;

    if (src->used == SLIRP_FD_MAX) {
        return -1;
    }
    p = &g_array_index(src->fds, GPollFD, src->used);
    p->fd = fd;
    p->events = (events & SLIRP_POLL_IN ? G_IO_IN : 0) | (events & SLIRP_POLL_OUT ? G_IO_OUT : 0) |
                (events & SLIRP_POLL_PRI ? G_IO_PRI : 0) | (events & SLIRP_POLL_ERR ? G_IO_ERR : 0) |
                (events & SLIRP_POLL_HUP ? G_IO_HUP : 0);
    p->revents = 0;
    return src->used++;
}

static int get_revents(int idx, void *opaque)
{
    SlirpSource *src = opaque;
    int ev = idx >= 0 && idx < src->used ? g_array_index(src->fds, GPollFD, idx).revents : 0;

    return (ev & G_IO_IN ? SLIRP_POLL_IN : 0) | (ev & G_IO_OUT ? SLIRP_POLL_OUT : 0) |
           (ev & G_IO_PRI ? SLIRP_POLL_PRI : 0) | (ev & G_IO_ERR ? SLIRP_POLL_ERR : 0) |
           (ev & G_IO_HUP ? SLIRP_POLL_HUP : 0);
}

/* A stream is loaded in pieces, between which the main loop runs: libslirp must not look at half of its state. */
static bool being_loaded(void)
{
    return runstate_check(RUN_STATE_INMIGRATE);
}

static gboolean source_prepare(GSource *source, gint *timeout)
{
    SlirpSource *src = (SlirpSource *)source;
    uint32_t t = UINT32_MAX;

    for (unsigned i = 0; i < src->used; i++) {
        g_source_remove_poll(source, &g_array_index(src->fds, GPollFD, i));
    }
    src->used = 0;
    *timeout = -1;
    if (being_loaded()) {
        return FALSE;
    }
    slirp_pollfds_fill(src->s->slirp, &t, add_poll, src);
    for (unsigned i = 0; i < src->used; i++) {
        g_source_add_poll(source, &g_array_index(src->fds, GPollFD, i));
    }
    *timeout = t > INT_MAX ? -1 : (gint)t;
    return FALSE;
}

static gboolean source_check(GSource *source)
{
    return !being_loaded();
}

static gboolean source_dispatch(GSource *source, GSourceFunc cb, gpointer data)
{
    SlirpSource *src = (SlirpSource *)source;

    slirp_pollfds_poll(src->s->slirp, 0, get_revents, src);
    return G_SOURCE_CONTINUE;
}

static void source_finalize(GSource *source)
{
    g_array_free(((SlirpSource *)source)->fds, TRUE);
}

static GSourceFuncs source_funcs = { source_prepare, source_check, source_dispatch, source_finalize, NULL, NULL };

static void start_polling(SlirpState *s)
{
    SlirpSource *src = (SlirpSource *)g_source_new(&source_funcs, sizeof(SlirpSource));

    src->s = s;
    src->fds = g_array_sized_new(FALSE, TRUE, sizeof(GPollFD), SLIRP_FD_MAX);
    g_array_set_size(src->fds, SLIRP_FD_MAX);
    g_source_attach(&src->source, NULL);
    s->source = &src->source;
}

/* ---- client ---- */

static ssize_t user_receive(NetClientState *nc, const uint8_t *buf, size_t size)
{
    SlirpState *s = container_of(nc, SlirpState, nc);

    slirp_input(s->slirp, buf, size);
    qemu_notify_event();
    return size;
}

static void user_cleanup(NetClientState *nc)
{
    SlirpState *s = container_of(nc, SlirpState, nc);

    unregister_savevm(NULL, "slirp", s->slirp);
    g_source_destroy(s->source);
    g_source_unref(s->source);
    slirp_cleanup(s->slirp);
}

static const NetClientInfo user_info = {
    .type = NET_CLIENT_DRIVER_USER,
    .size = sizeof(SlirpState),
    .receive = user_receive,
    .cleanup = user_cleanup,
};

/* ---- migration ---- */

static ssize_t state_write(const void *buf, size_t size, void *opaque)
{
    qemu_put_buffer(opaque, buf, size);
    return size;
}

static ssize_t state_read(void *buf, size_t size, void *opaque)
{
    return qemu_get_buffer(opaque, buf, size);
}

static void slirp_save(QEMUFile *f, void *opaque)
{
    qemu_put_be32(f, slirp_state_version());
    slirp_state_save(opaque, state_write, f);
}

static int slirp_load(QEMUFile *f, void *opaque, int version_id)
{
    int version = qemu_get_be32(f);

    if (version < 0 || version > slirp_state_version()) {
        return qemu_file_fail(f, "slirp: state version %d, this libslirp reads up to %d", version,
                              slirp_state_version());
    }
    return slirp_state_load(opaque, version, state_read, f);
}

static const SaveVMHandlers savevm_slirp = { .save_state = slirp_save, .load_state = slirp_load };

/* ---- forwarding rules: [tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport ---- */

static bool parse_end(const char *s, struct in_addr *addr, int *port, bool zero_ok)
{
    const char *colon = strrchr(s, ':');
    g_autofree char *host = colon ? g_strndup(s, colon - s) : NULL;
    char *end;
    long v;

    if (!colon || !colon[1]) {
        return false;
    }
    if (*host && !inet_aton(host, addr)) {
        return false;
    }
    v = strtol(colon + 1, &end, 10);
    *port = v;
    return !*end && v >= (zero_ok ? 0 : 1) && v <= 65535;
}

static bool add_hostfwd(SlirpState *s, const char *rule, Error **errp)
{
    struct in_addr host = { INADDR_ANY }, guest = { 0 };
    bool is_udp = g_str_has_prefix(rule, "udp:");
    const char *p = is_udp || g_str_has_prefix(rule, "tcp:") ? rule + 4 : *rule == ':' ? rule + 1 : NULL;
    const char *dash = p ? strrchr(p, '-') : NULL;
    g_autofree char *left = dash ? g_strndup(p, dash - p) : NULL;
    int host_port, guest_port;

    if (!dash || !parse_end(left, &host, &host_port, true) || !parse_end(dash + 1, &guest, &guest_port, false)) {
        error_setg(errp, "Invalid host forwarding rule '%s'", rule);
        return false;
    }
    if (slirp_add_hostfwd(s->slirp, is_udp, host, host_port, guest, guest_port) < 0) {
        error_setg(errp, "Could not set up host forwarding rule '%s'", rule);
        return false;
    }
    return true;
}

/* ---- options ---- */

static bool set_addr(const char *name, const char *val, struct in_addr *out, Error **errp)
{
    if (val && !inet_aton(val, out)) {
        error_setg(errp, "user network: %s '%s' is not an IPv4 address", name, val);
        return false;
    }
    return true;
}

/* "10.0.2.0/24" */
static bool set_net(const char *val, SlirpConfig *c, Error **errp)
{
    g_auto(GStrv) parts = val ? g_strsplit(val, "/", 2) : NULL;
    int bits = 24;

    if (!val) {
        return true;
    }
    if (parts[1]) {
        bits = atoi(parts[1]);
    }
    if (bits < 4 || bits > 28 || !set_addr("net", parts[0], &c->vnetwork, errp)) {
        if (bits < 4 || bits > 28) {
            error_setg(errp, "user network: net '%s': the prefix must be 4 to 28 bits", val);
        }
        return false;
    }
    c->vnetmask.s_addr = htonl(~0u << (32 - bits));
    c->vnetwork.s_addr &= c->vnetmask.s_addr;
    c->vhost.s_addr = c->vnetwork.s_addr | htonl(0x0002);
    c->vnameserver.s_addr = c->vnetwork.s_addr | htonl(0x0003);
    c->vdhcp_start.s_addr = c->vnetwork.s_addr | htonl(0x000f);
    return true;
}

bool net_init_user(const Netdev *netdev, const char *name, NetClientState *peer, Error **errp)
{
    const NetdevUserOptions *u = &netdev->u.user;
    SlirpConfig c = { .version = 1 };
    NetClientState *nc;
    SlirpState *s;

    c.restricted = u->has_q_restrict && u->q_restrict;
    c.in_enabled = !(u->has_ipv4 && !u->ipv4);
    c.in6_enabled = u->has_ipv6 ? u->ipv6 : true;
    if (!c.in_enabled && !c.in6_enabled) {
        error_setg(errp, "user network: IPv4 and IPv6 are both off");
        return false;
    }
    c.vnetwork.s_addr = htonl(0x0a000200);
    c.vnetmask.s_addr = htonl(0xffffff00);
    c.vhost.s_addr = htonl(0x0a000202);
    c.vdhcp_start.s_addr = htonl(0x0a00020f);
    c.vnameserver.s_addr = htonl(0x0a000203);
    inet_pton(AF_INET6, "fec0::", &c.vprefix_addr6);
    c.vprefix_len = 64;
    inet_pton(AF_INET6, "fec0::2", &c.vhost6);
    inet_pton(AF_INET6, "fec0::3", &c.vnameserver6);
    c.vhostname = u->hostname;
    c.vdomainname = u->domainname;
    c.bootfile = u->bootfile;
    if (u->tftp || u->smb || u->guestfwd) {
        error_setg(errp, "user network: tftp, smb and guestfwd are not supported");
        return false;
    }
    if (!set_net(u->net ?: u->ip, &c, errp) || !set_addr("host", u->host, &c.vhost, errp) ||
        !set_addr("dns", u->dns, &c.vnameserver, errp) ||
        !set_addr("dhcpstart", u->dhcpstart, &c.vdhcp_start, errp)) {
        return false;
    }
    nc = qemu_new_net_client(&user_info, peer, "user", name);
    qemu_set_info_str(nc, "net=%s,restrict=%s", inet_ntoa(c.vnetwork), c.restricted ? "on" : "off");
    s = container_of(nc, SlirpState, nc);
    s->slirp = slirp_new(&c, &slirp_cb, s);
    start_polling(s);
    register_savevm_live("slirp", VMSTATE_INSTANCE_ID_ANY, 4, &savevm_slirp, s->slirp);
    for (StringList *l = u->hostfwd; l; l = l->next) {
        if (!add_hostfwd(s, l->value->str, errp)) {
            qemu_del_net_client(nc);
            return false;
        }
    }
    return true;
}
