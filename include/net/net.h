/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network clients and links. A NetClientState is one end: a guest's NIC or a host back end; its peer is the other.
 *
 *     NIC nc <--peer--> back end nc
 *
 * qemu_send_packet() delivers to the peer at once, or queues when the peer cannot take it; the peer calls
 * qemu_flush_queued_packets() when it can again. A queue is bounded: what does not fit is dropped, as on a wire.
 * While the machine is stopped NICs receive nothing and packets wait. All under the big lock.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "qapi/qapi-types-net.h"
#include "qemu/queue.h"

#define MAX_NICS 8
#define NET_BUFSIZE (4096 + 65536)

typedef struct MACAddr { uint8_t a[6]; } MACAddr;

typedef ssize_t (NetReceive)(NetClientState *nc, const uint8_t *buf, size_t size);
typedef ssize_t (NetReceiveIOV)(NetClientState *nc, const struct iovec *iov, int iovcnt);
typedef void (NetPacketSent)(NetClientState *sender, ssize_t ret);

typedef struct NetClientInfo {
    NetClientDriver type;
    size_t size;
    NetReceive *receive;                        /* 0: cannot take it now, keep it */
    bool (*can_receive)(NetClientState *nc);
    void (*cleanup)(NetClientState *nc);
    void (*link_status_changed)(NetClientState *nc);
    RxFilterInfo *(*query_rx_filter)(NetClientState *nc);
    void (*announce)(NetClientState *nc);
} NetClientInfo;

typedef struct NetPacket {
    QTAILQ_ENTRY(NetPacket) entry;
    NetClientState *sender;
    NetPacketSent *sent_cb;
    int size;
    uint8_t data[];
} NetPacket;

struct NetClientState {
    const NetClientInfo *info;
    bool link_down;
    QTAILQ_ENTRY(NetClientState) next;
    NetClientState *peer;
    QTAILQ_HEAD(, NetPacket) incoming;          /* waiting for this client */
    unsigned nr_incoming;
    bool delivering;
    char *model;
    char *name;
    char info_str[256];
    bool is_netdev;                             /* made by -netdev or netdev_add */
    void *opaque;                               /* NIC: the device */
};

typedef struct NICPeers {
    NetClientState *ncs;
} NICPeers;

typedef struct NICConf {
    MACAddr macaddr;
    NICPeers peers;
    int32_t bootindex;
} NICConf;

typedef struct NICState {
    NetClientState nc;
    NICConf *conf;
    void *opaque;
} NICState;

/* -nic and -net nic: waiting for the machine to make a device of it. */
struct NICInfo {
    MACAddr macaddr;
    bool has_mac;
    char *model;
    char *devaddr;
    NetClientState *netdev;
    bool used;
    bool instantiated;
};

extern NICInfo nd_table[MAX_NICS];
extern int nb_nics;

NetClientState *qemu_new_net_client(const NetClientInfo *info, NetClientState *peer, const char *model,
                                    const char *name);
void qemu_del_net_client(NetClientState *nc);
NetClientState *qemu_find_netdev(const char *id);
NetClientState *net_client_first(void);
NICState *qemu_new_nic(const NetClientInfo *info, NICConf *conf, const char *model, const char *name, void *opaque);
void qemu_del_nic(NICState *nic);
static inline NetClientState *qemu_get_queue(NICState *nic)
{
    return &nic->nc;
}
static inline void *qemu_get_nic_opaque(NetClientState *nc)
{
    return nc->opaque;
}

bool qemu_can_send_packet(NetClientState *nc);
ssize_t qemu_send_packet(NetClientState *nc, const uint8_t *buf, int size);
ssize_t qemu_sendv_packet_async(NetClientState *nc, const struct iovec *iov, int iovcnt, NetPacketSent *sent_cb);
ssize_t qemu_send_packet_async(NetClientState *nc, const uint8_t *buf, int size, NetPacketSent *sent_cb);
void qemu_flush_queued_packets(NetClientState *nc);
void qemu_purge_queued_packets(NetClientState *nc);
void qemu_format_nic_info_str(NetClientState *nc, const uint8_t macaddr[6]);
void qemu_macaddr_default_if_unset(MACAddr *macaddr);
/* For people: every card with its back end below it, and what has no peer. */
void net_info_text(GString *out);
void qemu_set_info_str(NetClientState *nc, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* Command line. Legacy -net and -nic are kept until the machine asks. */
bool netdev_add_option(const char *arg, Error **errp);
void net_print_backends(void);             /* -netdev help */
bool net_nic_option(const char *arg, Error **errp);         /* -nic */
bool net_legacy_option(const char *arg, Error **errp);      /* -net */
/* Was any network option given? Without, the machine gets one default NIC on user networking. */
bool net_init_default(bool want_default, Error **errp);
void net_check_clients(void);
void net_cleanup(void);
/* The next -nic this model fits; NULL when there is none. @match_default: also those without a model. */
NICInfo *qemu_find_nic_info(const char *typename, bool match_default, const char *alias);
NICInfo *qemu_next_nic_info(void);

bool net_init_user(const Netdev *netdev, const char *name, NetClientState *peer, Error **errp);
bool net_init_tap(const Netdev *netdev, const char *name, NetClientState *peer, Error **errp);

#endif
