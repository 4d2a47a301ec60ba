// SPDX-License-Identifier: GPL-2.0-or-later
/* Network clients: links, queues, command line. See net.h. */
#include "qemu/osdep.h"
#include "net/net.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-net.h"
#include "qapi/qapi-visit-net.h"
#include "qapi/qobject-input-visitor.h"
#include "qemu/error-report.h"
#include "qemu/iov.h"
#include "qobject/keyval.h"
#include "qobject/qdict.h"
#include "system/runstate.h"

#define QUEUE_MAX 10000

static QTAILQ_HEAD(, NetClientState) clients = QTAILQ_HEAD_INITIALIZER(clients);
NICInfo nd_table[MAX_NICS];
int nb_nics;
static bool any_option;

/* ---- clients ---- */

static char *assign_name(const char *model)
{
    for (int i = 0;; i++) {
        g_autofree char *name = g_strdup_printf("%s.%d", model, i);
        NetClientState *nc;
        bool taken = false;

        QTAILQ_FOREACH(nc, &clients, next) {
            taken |= g_str_equal(nc->name, name);
        }
        if (!taken) {
            return g_steal_pointer(&name);
        }
    }
}

static void vm_change(void *opaque, bool running, RunState state)
{
    NetClientState *nc;

    if (running) {
        QTAILQ_FOREACH(nc, &clients, next) {
            qemu_flush_queued_packets(nc);
        }
    }
}

NetClientState *qemu_new_net_client(const NetClientInfo *info, NetClientState *peer, const char *model,
                                    const char *name)
{
    static VMChangeStateEntry *change;
    NetClientState *nc = g_malloc0(info->size);

    if (!change) {
        change = qemu_add_vm_change_state_handler(vm_change, NULL);
    }
    nc->info = info;
    nc->model = g_strdup(model);
    nc->name = name ? g_strdup(name) : assign_name(model);
    nc->peer = peer;
    if (peer) {
        peer->peer = nc;
    }
    QTAILQ_INIT(&nc->incoming);
    QTAILQ_INSERT_TAIL(&clients, nc, next);
    return nc;
}

void qemu_purge_queued_packets(NetClientState *nc)
{
    /* What @nc sent and its peer has not taken. */
    if (!nc->peer) {
        return;
    }
    while (!QTAILQ_EMPTY(&nc->peer->incoming)) {
        NetPacket *p = QTAILQ_FIRST(&nc->peer->incoming);

        QTAILQ_REMOVE(&nc->peer->incoming, p, entry);
        nc->peer->nr_incoming--;
        if (p->sent_cb) {
            p->sent_cb(p->sender, 0);
        }
        g_free(p);
    }
}

void qemu_del_net_client(NetClientState *nc)
{
    qemu_purge_queued_packets(nc);
    if (nc->peer) {
        qemu_purge_queued_packets(nc->peer);
        nc->peer->peer = NULL;
    }
    QTAILQ_REMOVE(&clients, nc, next);
    if (nc->info->cleanup) {
        nc->info->cleanup(nc);
    }
    g_free(nc->name);
    g_free(nc->model);
    g_free(nc);
}

NetClientState *net_client_first(void)
{
    return QTAILQ_FIRST(&clients);
}

NetClientState *qemu_find_netdev(const char *id)
{
    NetClientState *nc;

    QTAILQ_FOREACH(nc, &clients, next) {
        if (nc->info->type != NET_CLIENT_DRIVER_NIC && g_str_equal(nc->name, id)) {
            return nc;
        }
    }
    return NULL;
}

NICState *qemu_new_nic(const NetClientInfo *info, NICConf *conf, const char *model, const char *name, void *opaque)
{
    NetClientState *nc = qemu_new_net_client(info, conf->peers.ncs, model, name);
    NICState *nic = (NICState *)nc;

    nic->conf = conf;
    nic->opaque = opaque;
    nc->opaque = opaque;
    return nic;
}

void qemu_del_nic(NICState *nic)
{
    qemu_del_net_client(&nic->nc);
}

void qemu_set_info_str(NetClientState *nc, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(nc->info_str, sizeof(nc->info_str), fmt, ap);
    va_end(ap);
}

void qemu_format_nic_info_str(NetClientState *nc, const uint8_t m[6])
{
    qemu_set_info_str(nc, "model=%s,macaddr=%02x:%02x:%02x:%02x:%02x:%02x", nc->model, m[0], m[1], m[2], m[3], m[4],
                      m[5]);
}

void qemu_macaddr_default_if_unset(MACAddr *mac)
{
    static int next;
    static const MACAddr zero;

    if (memcmp(mac, &zero, sizeof(zero)) == 0) {
        *mac = (MACAddr) { { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 + next++ } };
    }
}

/* ---- packets ---- */

static bool can_deliver(NetClientState *to)
{
    if (to->info->type == NET_CLIENT_DRIVER_NIC && !runstate_is_running()) {
        return false;
    }
    return !to->info->can_receive || to->info->can_receive(to);
}

bool qemu_can_send_packet(NetClientState *nc)
{
    return !nc->peer || can_deliver(nc->peer);
}

static ssize_t deliver(NetClientState *to, const uint8_t *buf, size_t size)
{
    ssize_t ret;

    if (to->link_down) {
        return size;
    }
    to->delivering = true;
    ret = to->info->receive(to, buf, size);
    to->delivering = false;
    return ret;
}

static void enqueue(NetClientState *to, NetClientState *sender, const uint8_t *buf, int size, NetPacketSent *cb)
{
    NetPacket *p;

    if (to->nr_incoming >= QUEUE_MAX && !cb) {
        return;
    }
    p = g_malloc(sizeof(*p) + size);
    *p = (NetPacket) { .sender = sender, .sent_cb = cb, .size = size };
    memcpy(p->data, buf, size);
    QTAILQ_INSERT_TAIL(&to->incoming, p, entry);
    to->nr_incoming++;
}

/* 0: queued; @sent_cb will tell. */
ssize_t qemu_send_packet_async(NetClientState *nc, const uint8_t *buf, int size, NetPacketSent *sent_cb)
{
    NetClientState *to = nc->peer;
    ssize_t ret;

    if (nc->link_down || !to) {
        return size;
    }
    if (to->delivering || !QTAILQ_EMPTY(&to->incoming) || !can_deliver(to)) {
        enqueue(to, nc, buf, size, sent_cb);
        return 0;
    }
    ret = deliver(to, buf, size);
    if (ret == 0) {
        enqueue(to, nc, buf, size, sent_cb);
        return 0;
    }
    qemu_flush_queued_packets(to);
    return ret;
}

ssize_t qemu_send_packet(NetClientState *nc, const uint8_t *buf, int size)
{
    return qemu_send_packet_async(nc, buf, size, NULL);
}

ssize_t qemu_sendv_packet_async(NetClientState *nc, const struct iovec *iov, int iovcnt, NetPacketSent *sent_cb)
{
    size_t size = iov_size(iov, iovcnt);
    g_autofree uint8_t *buf = NULL;

    if (iovcnt == 1) {
        return qemu_send_packet_async(nc, iov[0].iov_base, size, sent_cb);
    }
    if (size > NET_BUFSIZE) {
        return size;
    }
    buf = g_malloc(size);
    iov_to_buf(iov, iovcnt, 0, buf, size);
    return qemu_send_packet_async(nc, buf, size, sent_cb);
}

void qemu_flush_queued_packets(NetClientState *nc)
{
    if (nc->delivering) {
        return;
    }
    while (!QTAILQ_EMPTY(&nc->incoming) && can_deliver(nc)) {
        NetPacket *p = QTAILQ_FIRST(&nc->incoming);
        ssize_t ret;

        QTAILQ_REMOVE(&nc->incoming, p, entry);
        nc->nr_incoming--;
        ret = deliver(nc, p->data, p->size);
        if (ret == 0) {
            QTAILQ_INSERT_HEAD(&nc->incoming, p, entry);
            nc->nr_incoming++;
            return;
        }
        if (p->sent_cb) {
            p->sent_cb(p->sender, ret);
        }
        g_free(p);
    }
}

/* ---- netdevs ---- */

static bool net_client_init(const Netdev *netdev, bool is_netdev, Error **errp)
{
    NetClientState *nc;
    bool ok;

    if (qemu_find_netdev(netdev->id)) {
        error_setg(errp, "Duplicate ID '%s' for netdev", netdev->id);
        return false;
    }
    switch (netdev->type) {
#ifdef CONFIG_SLIRP
    case NET_CLIENT_DRIVER_USER:
        ok = net_init_user(netdev, netdev->id, NULL, errp);
        break;
#endif
    case NET_CLIENT_DRIVER_TAP:
        ok = net_init_tap(netdev, netdev->id, NULL, errp);
        break;
    default:
        error_setg(errp, "network backend '%s' is not compiled into this binary",
                   NetClientDriver_str(netdev->type));
        return false;
    }
    nc = qemu_find_netdev(netdev->id);
    if (ok && nc) {
        nc->is_netdev = is_netdev;
    }
    return ok;
}

void net_print_backends(void)
{
    printf("Available netdev backend types:\n");
#ifdef CONFIG_SLIRP
    printf("%s\n", NetClientDriver_str(NET_CLIENT_DRIVER_USER));
#endif
    printf("%s\n", NetClientDriver_str(NET_CLIENT_DRIVER_TAP));
}

void qmp_netdev_add(Netdev *netdev, Error **errp)
{
    net_client_init(netdev, true, errp);
}

void qmp_netdev_del(const char *id, Error **errp)
{
    NetClientState *nc = qemu_find_netdev(id);

    if (!nc) {
        error_setg(errp, "Device '%s' not found", id);
        return;
    }
    if (!nc->is_netdev) {
        error_setg(errp, "Device '%s' is not a netdev", id);
        return;
    }
    qemu_del_net_client(nc);
}

void qmp_set_link(const char *name, bool up, Error **errp)
{
    NetClientState *nc;

    QTAILQ_FOREACH(nc, &clients, next) {
        if (!g_str_equal(nc->name, name)) {
            continue;
        }
        nc->link_down = !up;
        if (nc->info->link_status_changed) {
            nc->info->link_status_changed(nc);
        }
        /* A back end that goes down takes its NIC's carrier with it. */
        if (nc->peer && nc->info->type != NET_CLIENT_DRIVER_NIC && nc->peer->info->link_status_changed) {
            nc->peer->link_down = !up;
            nc->peer->info->link_status_changed(nc->peer);
        }
        return;
    }
    error_setg(errp, "Device '%s' not found", name);
}

RxFilterInfoList *qmp_query_rx_filter(const char *name, Error **errp)
{
    RxFilterInfoList *head = NULL, **tail = &head;
    NetClientState *nc;
    bool found = false;

    QTAILQ_FOREACH(nc, &clients, next) {
        if (name && !g_str_equal(nc->name, name)) {
            continue;
        }
        found = true;
        if (nc->info->query_rx_filter) {
            QAPI_LIST_APPEND(tail, nc->info->query_rx_filter(nc));
        } else if (name) {
            error_setg(errp, "net client(%s) doesn't support rx-filter querying", name);
            return NULL;
        }
    }
    if (name && !found) {
        error_setg(errp, "invalid net client name: %s", name);
    }
    return head;
}

void qmp_announce_self(AnnounceParameters *params, Error **errp)
{
    NetClientState *nc;

    QTAILQ_FOREACH(nc, &clients, next) {
        if (nc->info->announce) {
            nc->info->announce(nc);
        }
    }
}

/* ---- command line ---- */

static bool netdev_from(QDict *d, Error **errp)
{
    Visitor *v = qobject_input_visitor_new_keyval(QOBJECT(d));
    Netdev *nd = NULL;
    Error *err = NULL;

    visit_type_Netdev(v, NULL, &nd, &err);
    visit_free(v);
    if (!err) {
        net_client_init(nd, true, &err);
    }
    qapi_free_Netdev(nd);
    error_propagate(errp, err);
    return err == NULL;
}

/* hostfwd= and the like may repeat: "hostfwd=a,hostfwd=b" becomes hostfwd.0.str=a,hostfwd.1.str=b. */
static char *number_lists(const char *arg)
{
    static const char *const lists[] = { "hostfwd", "guestfwd", "dnssearch" };
    int count[ARRAY_SIZE(lists)] = { 0 };
    g_auto(GStrv) parts = g_strsplit(arg, ",", -1);

    for (char **p = parts; *p; p++) {
        for (int i = 0; i < ARRAY_SIZE(lists); i++) {
            size_t n = strlen(lists[i]);

            if (g_str_has_prefix(*p, lists[i]) && (*p)[n] == '=') {
                char *old = *p;

                *p = g_strdup_printf("%s.%d.str=%s", lists[i], count[i]++, old + n + 1);
                g_free(old);
            }
        }
    }
    return g_strjoinv(",", parts);
}

static QDict *parse(const char *arg, const char *implied, Error **errp)
{
    g_autofree char *s = number_lists(arg);
    bool help = false;

    return keyval_parse(s, implied, &help, errp);
}

bool netdev_add_option(const char *arg, Error **errp)
{
    QDict *d;
    bool ok;

    any_option = true;
    if (*arg == '{') {
        Visitor *v = qobject_input_visitor_new_str(arg, "type", errp);
        Netdev *nd = NULL;
        Error *err = NULL;

        if (!v) {
            return false;
        }
        visit_type_Netdev(v, NULL, &nd, &err);
        visit_free(v);
        if (!err) {
            net_client_init(nd, true, &err);
        }
        qapi_free_Netdev(nd);
        error_propagate(errp, err);
        return err == NULL;
    }
    d = parse(arg, "type", errp);
    if (!d) {
        return false;
    }
    ok = netdev_from(d, errp);
    qobject_unref(d);
    return ok;
}

static bool parse_mac(const char *s, MACAddr *mac)
{
    int n = 0;

    return sscanf(s, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac->a[0], &mac->a[1], &mac->a[2], &mac->a[3],
                  &mac->a[4], &mac->a[5], &n) == 6 && !s[n];
}

static NICInfo *add_nic(QDict *d, Error **errp)
{
    const char *mac = qdict_get_try_str(d, "mac") ?: qdict_get_try_str(d, "macaddr");
    NICInfo *nd;

    if (nb_nics == MAX_NICS) {
        error_setg(errp, "too many NICs: at most %d by -nic and -net", MAX_NICS);
        return NULL;
    }
    nd = &nd_table[nb_nics];
    *nd = (NICInfo) { .used = true, .model = g_strdup(qdict_get_try_str(d, "model")),
                      .devaddr = g_strdup(qdict_get_try_str(d, "addr")) };
    if (mac && !parse_mac(mac, &nd->macaddr)) {
        error_setg(errp, "invalid syntax for ethernet address '%s'", mac);
        return NULL;
    }
    nd->has_mac = mac != NULL;
    nb_nics++;
    for (int i = 0; i < 4; i++) {
        static const char *const keys[] = { "mac", "macaddr", "model", "addr" };

        qdict_del(d, keys[i]);
    }
    return nd;
}

bool net_nic_option(const char *arg, Error **errp)
{
    g_autofree char *id = NULL;
    static int n;
    NICInfo *nd;
    QDict *d;
    bool ok;

    any_option = true;
    if (g_str_equal(arg, "none")) {
        return true;
    }
    d = parse(arg, "type", errp);
    if (!d) {
        return false;
    }
    nd = add_nic(d, errp);
    if (!nd) {
        qobject_unref(d);
        return false;
    }
    if (!qdict_haskey(d, "id")) {
        id = g_strdup_printf("__org.qemu.nic%d", n++);
        qdict_put_str(d, "id", id);
    }
    ok = netdev_from(d, errp);
    if (ok) {
        nd->netdev = qemu_find_netdev(qdict_get_str(d, "id"));
    }
    qobject_unref(d);
    return ok;
}

/* -net joins one NIC and one back end, in the order given: enough for "-net nic -net user". */
bool net_legacy_option(const char *arg, Error **errp)
{
    static int n;
    QDict *d;
    const char *type;
    bool ok = true;

    any_option = true;
    if (g_str_equal(arg, "none")) {
        return true;
    }
    d = parse(arg, "type", errp);
    if (!d) {
        return false;
    }
    type = qdict_get_try_str(d, "type") ?: "nic";
    if (g_str_equal(type, "nic")) {
        ok = add_nic(d, errp) != NULL;
    } else {
        if (!qdict_haskey(d, "id")) {
            g_autofree char *id = g_strdup_printf("#net%03d", n++);

            qdict_put_str(d, "id", id);
        }
        ok = netdev_from(d, errp);
    }
    for (int i = 0; ok && i < nb_nics; i++) {
        NetClientState *nc;

        if (nd_table[i].netdev || nd_table[i].instantiated) {
            continue;
        }
        QTAILQ_FOREACH(nc, &clients, next) {
            if (g_str_has_prefix(nc->name, "#net") && !nc->opaque) {
                nd_table[i].netdev = nc;
                nc->opaque = &nd_table[i];
                break;
            }
        }
    }
    qobject_unref(d);
    return ok;
}

bool net_init_default(bool want_default, Error **errp)
{
    if (any_option || !want_default) {
        return true;
    }
#ifdef CONFIG_SLIRP
    return net_nic_option("user", errp);
#else
    return true;
#endif
}

NICInfo *qemu_next_nic_info(void)
{
    for (int i = 0; i < nb_nics; i++) {
        if (nd_table[i].used && !nd_table[i].instantiated) {
            return &nd_table[i];
        }
    }
    return NULL;
}

NICInfo *qemu_find_nic_info(const char *typename, bool match_default, const char *alias)
{
    for (int i = 0; i < nb_nics; i++) {
        NICInfo *nd = &nd_table[i];

        if (nd->used && !nd->instantiated &&
            (nd->model ? !g_strcmp0(nd->model, typename) || !g_strcmp0(nd->model, alias) : match_default)) {
            return nd;
        }
    }
    return NULL;
}

static void client_text(GString *out, const char *indent, NetClientState *nc)
{
    g_string_append_printf(out, "%s%s: index=0,type=%s,%s\n", indent, nc->name, NetClientDriver_str(nc->info->type),
                           nc->info_str);
}

void net_info_text(GString *out)
{
    NetClientState *nc;

    QTAILQ_FOREACH(nc, &clients, next) {
        if (nc->info->type == NET_CLIENT_DRIVER_NIC || !nc->peer) {
            client_text(out, "", nc);
        }
        if (nc->info->type == NET_CLIENT_DRIVER_NIC && nc->peer) {
            client_text(out, " \\ ", nc->peer);
        }
    }
}

void net_check_clients(void)
{
    NetClientState *nc;

    for (int i = 0; i < nb_nics; i++) {
        if (nd_table[i].used && !nd_table[i].instantiated) {
            warn_report("requested NIC (#%d, model %s) was not created (not supported by this machine?)", i,
                        nd_table[i].model ?: "unspecified");
        }
    }
    QTAILQ_FOREACH(nc, &clients, next) {
        if (!nc->peer) {
            warn_report("%s %s has no peer", nc->info->type == NET_CLIENT_DRIVER_NIC ? "nic" : "netdev", nc->name);
        }
    }
}

void net_cleanup(void)
{
    NetClientState *nc, *tmp;

    /* NICs belong to their devices. */
    QTAILQ_FOREACH_SAFE(nc, &clients, next, tmp) {
        if (nc->info->type != NET_CLIENT_DRIVER_NIC) {
            qemu_del_net_client(nc);
        }
    }
}
