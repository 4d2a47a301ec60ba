// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Network device (virtio 1.2, 5.1): receive queue 0, transmit queue 1, control queue 2. The back ends speak plain
 * Ethernet, so no checksum or segmentation offload is offered; every packet crosses with an empty header.
 */
#include "qemu/osdep.h"
#include "hw/virtio/virtio-net.h"
#include "hw/net/net-props.h"
#include "migration/qemu-file-types.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/iov.h"
#include "qemu/main-loop.h"

#define VLAN_WORDS (VIRTIO_NET_MAX_VLAN / 32)

static bool started(VirtIONet *n)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(n);

    return (vdev->status & VIRTIO_CONFIG_S_DRIVER_OK) && vdev->vm_running && !vdev->broken;
}

/* ---- receive filter ---- */

static bool wanted(VirtIONet *n, const uint8_t *p, size_t size)
{
    static const uint8_t bcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    uint32_t first = 0, end = n->mac_table.first_multi;

    if (n->promisc) {
        return true;
    }
    if (size >= 18 && p[12] == 0x81 && p[13] == 0x00) {
        unsigned vid = lduw_be_p(p + 14) & 0xfff;

        if (!(n->vlans[vid >> 5] & (1u << (vid & 31)))) {
            return false;
        }
    }
    if (p[0] & 1) {
        if (!memcmp(p, bcast, 6)) {
            return !n->nobcast;
        }
        if (n->nomulti) {
            return false;
        }
        if (n->allmulti || n->mac_table.multi_overflow) {
            return true;
        }
        first = n->mac_table.first_multi;
        end = n->mac_table.in_use;
    } else {
        if (n->nouni) {
            return false;
        }
        if (n->alluni || n->mac_table.uni_overflow || !memcmp(p, n->mac, 6)) {
            return true;
        }
    }
    for (uint32_t i = first; i < end; i++) {
        if (!memcmp(p, n->mac_table.macs + i * 6, 6)) {
            return true;
        }
    }
    return false;
}

/* ---- receive ---- */

static bool can_receive(NetClientState *nc)
{
    VirtIONet *n = qemu_get_nic_opaque(nc);

    return started(n) && virtio_queue_ready(n->rx_vq);
}

static bool has_room(VirtIONet *n, size_t size)
{
    if (virtio_queue_empty(n->rx_vq) ||
        (n->mergeable_rx_bufs && !virtqueue_avail_bytes(n->rx_vq, size, 0))) {
        virtio_queue_set_notification(n->rx_vq, 1);
        /* It may have been filled in between. */
        if (virtio_queue_empty(n->rx_vq) ||
            (n->mergeable_rx_bufs && !virtqueue_avail_bytes(n->rx_vq, size, 0))) {
            return false;
        }
    }
    virtio_queue_set_notification(n->rx_vq, 0);
    return true;
}

#define MERGE_MAX 64

static ssize_t receive(NetClientState *nc, const uint8_t *buf, size_t size)
{
    VirtIONet *n = qemu_get_nic_opaque(nc);
    VirtIODevice *vdev = VIRTIO_DEVICE(n);
    struct virtio_net_hdr_v1 hdr = { 0 };
    VirtQueueElement *elems[MERGE_MAX];
    size_t lens[MERGE_MAX], done = 0;
    unsigned count = 0;

    if (!can_receive(nc)) {
        return -1;
    }
    if (size < 14 || !wanted(n, buf, size)) {
        return size;
    }
    if (!has_room(n, size + n->guest_hdr_len)) {
        return 0;
    }
    while (done < size) {
        VirtQueueElement *e = count < MERGE_MAX ? virtqueue_pop(n->rx_vq, sizeof(*e)) : NULL;
        size_t off = 0, chunk;

        if (!e) {
            goto drop;
        }
        elems[count++] = e;
        if (e->in_num < 1) {
            virtio_error(vdev, "virtio-net receive queue contains no in buffers");
            goto drop;
        }
        if (count == 1) {
            off = n->guest_hdr_len;
            if (iov_size(e->in_sg, e->in_num) < off) {
                virtio_error(vdev, "virtio-net: receive buffer smaller than its header");
                goto drop;
            }
        }
        chunk = iov_from_buf(e->in_sg, e->in_num, off, buf + done, size - done);
        done += chunk;
        lens[count - 1] = off + chunk;
        if (!n->mergeable_rx_bufs && done < size) {
            goto drop;
        }
    }
    hdr.num_buffers = cpu_to_le16(count);
    iov_from_buf(elems[0]->in_sg, elems[0]->in_num, 0, &hdr, n->guest_hdr_len);
    for (unsigned i = 0; i < count; i++) {
        virtqueue_fill(n->rx_vq, elems[i], lens[i], i);
        g_free(elems[i]);
    }
    virtqueue_flush(n->rx_vq, count);
    virtio_notify(vdev, n->rx_vq);
    return size;

drop:
    /* The last popped goes back first. */
    while (count--) {
        virtqueue_unpop(n->rx_vq, elems[count], 0);
        g_free(elems[count]);
    }
    return size;
}

static void handle_rx(VirtIODevice *vdev, VirtQueue *vq)
{
    qemu_flush_queued_packets(qemu_get_queue(VIRTIO_NET(vdev)->nic));
}

/* ---- transmit ---- */

static void flush_tx(VirtIONet *n);

static void tx_complete(NetClientState *nc, ssize_t len)
{
    VirtIONet *n = qemu_get_nic_opaque(nc);

    if (!n->tx_elem) {
        return;
    }
    virtqueue_push(n->tx_vq, n->tx_elem, 0);
    virtio_notify(VIRTIO_DEVICE(n), n->tx_vq);
    g_clear_pointer(&n->tx_elem, g_free);
    virtio_queue_set_notification(n->tx_vq, 1);
    flush_tx(n);
}

static void flush_tx(VirtIONet *n)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(n);
    bool any = false;
    VirtQueueElement *e;

    if (!started(n) || n->tx_elem) {
        return;
    }
    for (int i = 0; i < n->tx_burst && (e = virtqueue_pop(n->tx_vq, sizeof(*e))); i++) {
        g_autofree uint8_t *buf = NULL;
        size_t size = iov_size(e->out_sg, e->out_num);

        if (e->out_num < 1 || size < n->guest_hdr_len) {
            virtio_error(vdev, "virtio-net header not in first element");
            virtqueue_detach_element(n->tx_vq, e, 0);
            g_free(e);
            return;
        }
        size -= n->guest_hdr_len;
        if (size > 0 && size <= NET_BUFSIZE) {
            buf = g_malloc(size);
            iov_to_buf(e->out_sg, e->out_num, n->guest_hdr_len, buf, size);
            if (qemu_send_packet_async(qemu_get_queue(n->nic), buf, size, tx_complete) == 0) {
                n->tx_elem = e;
                virtio_queue_set_notification(n->tx_vq, 0);
                break;
            }
        }
        virtqueue_push(n->tx_vq, e, 0);
        g_free(e);
        any = true;
    }
    if (any) {
        virtio_notify(vdev, n->tx_vq);
    }
}

static void tx_bh(void *opaque)
{
    VirtIONet *n = opaque;

    if (!VIRTIO_DEVICE(n)->vm_running) {
        return;                 /* tx_waiting stays: continued when the machine runs */
    }
    n->tx_waiting = 0;
    if (!started(n)) {
        return;
    }
    virtio_queue_set_notification(n->tx_vq, 1);
    flush_tx(n);
    if (!n->tx_elem && !virtio_queue_empty(n->tx_vq)) {
        virtio_queue_set_notification(n->tx_vq, 0);
        n->tx_waiting = 1;
        qemu_bh_schedule(n->tx_bh);
    }
}

static void handle_tx(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIONet *n = VIRTIO_NET(vdev);

    if (n->tx_waiting) {
        return;
    }
    n->tx_waiting = 1;
    if (!vdev->vm_running) {
        return;
    }
    virtio_queue_set_notification(vq, 0);
    qemu_bh_schedule(n->tx_bh);
}

/* ---- control queue ---- */

static uint8_t ctrl_rx(VirtIONet *n, uint8_t cmd, const uint8_t *d, size_t size)
{
    uint8_t *const flags[] = { &n->promisc, &n->allmulti, &n->alluni, &n->nomulti, &n->nouni, &n->nobcast };

    if (size != 1 || cmd >= ARRAY_SIZE(flags)) {
        return VIRTIO_NET_ERR;
    }
    *flags[cmd] = d[0] != 0;
    return VIRTIO_NET_OK;
}

static uint8_t ctrl_mac(VirtIONet *n, uint8_t cmd, const uint8_t *d, size_t size)
{
    uint32_t uni, multi;
    const uint8_t *p;

    if (cmd == VIRTIO_NET_CTRL_MAC_ADDR_SET) {
        if (size != 6) {
            return VIRTIO_NET_ERR;
        }
        memcpy(n->mac, d, 6);
        qemu_format_nic_info_str(qemu_get_queue(n->nic), n->mac);
        return VIRTIO_NET_OK;
    }
    if (cmd != VIRTIO_NET_CTRL_MAC_TABLE_SET || size < 8) {
        return VIRTIO_NET_ERR;
    }
    uni = ldl_le_p(d);
    if (uni > (size - 8) / 6) {
        return VIRTIO_NET_ERR;
    }
    p = d + 4 + uni * 6;
    multi = ldl_le_p(p);
    if (multi > (size - 8 - uni * 6) / 6 || size != 8 + (size_t)(uni + multi) * 6) {
        return VIRTIO_NET_ERR;
    }
    n->mac_table.uni_overflow = uni > VIRTIO_NET_MAC_TABLE_ENTRIES;
    if (n->mac_table.uni_overflow) {
        uni = 0;
    }
    memcpy(n->mac_table.macs, d + 4, uni * 6);
    n->mac_table.first_multi = uni;
    n->mac_table.multi_overflow = uni + multi > VIRTIO_NET_MAC_TABLE_ENTRIES;
    if (n->mac_table.multi_overflow) {
        multi = 0;
    }
    memcpy(n->mac_table.macs + uni * 6, p + 4, multi * 6);
    n->mac_table.in_use = uni + multi;
    return VIRTIO_NET_OK;
}

static uint8_t ctrl_vlan(VirtIONet *n, uint8_t cmd, const uint8_t *d, size_t size)
{
    uint16_t vid = size == 2 ? lduw_le_p(d) : VIRTIO_NET_MAX_VLAN;

    if (vid >= VIRTIO_NET_MAX_VLAN || cmd > VIRTIO_NET_CTRL_VLAN_DEL) {
        return VIRTIO_NET_ERR;
    }
    if (cmd == VIRTIO_NET_CTRL_VLAN_ADD) {
        n->vlans[vid >> 5] |= 1u << (vid & 31);
    } else {
        n->vlans[vid >> 5] &= ~(1u << (vid & 31));
    }
    return VIRTIO_NET_OK;
}

static uint8_t ctrl_announce(VirtIONet *n, uint8_t cmd)
{
    if (cmd != VIRTIO_NET_CTRL_ANNOUNCE_ACK || !(n->status & VIRTIO_NET_S_ANNOUNCE)) {
        return VIRTIO_NET_ERR;
    }
    n->status &= ~VIRTIO_NET_S_ANNOUNCE;
    return VIRTIO_NET_OK;
}

static uint8_t ctrl_offloads(VirtIONet *n, uint8_t cmd, const uint8_t *d, size_t size)
{
    /* None are offered, so none may be set. */
    return cmd == VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET && size == 8 && ldq_le_p(d) == 0 ? VIRTIO_NET_OK
                                                                                     : VIRTIO_NET_ERR;
}

static uint8_t ctrl_command(VirtIONet *n, const uint8_t *d, size_t size)
{
    uint8_t class = d[0], cmd = d[1];

    d += 2;
    size -= 2;
    switch (class) {
    case VIRTIO_NET_CTRL_RX:
        return ctrl_rx(n, cmd, d, size);
    case VIRTIO_NET_CTRL_MAC:
        return ctrl_mac(n, cmd, d, size);
    case VIRTIO_NET_CTRL_VLAN:
        return ctrl_vlan(n, cmd, d, size);
    case VIRTIO_NET_CTRL_ANNOUNCE:
        return ctrl_announce(n, cmd);
    case VIRTIO_NET_CTRL_GUEST_OFFLOADS:
        return ctrl_offloads(n, cmd, d, size);
    default:
        return VIRTIO_NET_ERR;
    }
}

static void handle_ctrl(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIONet *n = VIRTIO_NET(vdev);
    VirtQueueElement *e;

    while ((e = virtqueue_pop(vq, sizeof(*e)))) {
        size_t size = iov_size(e->out_sg, e->out_num);
        uint8_t ack;

        if (iov_size(e->in_sg, e->in_num) < 1 || size < 2) {
            virtio_error(vdev, "virtio-net ctrl missing headers");
            virtqueue_detach_element(vq, e, 0);
            g_free(e);
            return;
        }
        if (size > 65536) {
            ack = VIRTIO_NET_ERR;
        } else {
            g_autofree uint8_t *buf = g_malloc(size);

            iov_to_buf(e->out_sg, e->out_num, 0, buf, size);
            ack = ctrl_command(n, buf, size);
        }
        iov_from_buf(e->in_sg, e->in_num, 0, &ack, 1);
        virtqueue_push(vq, e, 1);
        virtio_notify(vdev, vq);
        g_free(e);
    }
}

/* ---- configuration, status ---- */

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    VirtIONet *n = VIRTIO_NET(vdev);
    struct virtio_net_config c = { 0 };

    memcpy(c.mac, n->mac, 6);
    c.status = cpu_to_le16(n->status);
    memcpy(config, &c, vdev->config_len);
}

static void set_config(VirtIODevice *vdev, const uint8_t *config)
{
    VirtIONet *n = VIRTIO_NET(vdev);

    /* Only legacy drivers without the control command may. */
    if (!virtio_vdev_has_feature(vdev, VIRTIO_NET_F_CTRL_MAC_ADDR) &&
        !virtio_vdev_has_feature(vdev, VIRTIO_F_VERSION_1) && memcmp(config, n->mac, 6)) {
        memcpy(n->mac, config, 6);
    }
}

static uint64_t get_features(VirtIODevice *vdev, uint64_t f, Error **errp)
{
    static const uint8_t needs_vnet_hdr[] = {
        VIRTIO_NET_F_CSUM, VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_GSO, VIRTIO_NET_F_HOST_TSO4,
        VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_HOST_ECN, VIRTIO_NET_F_HOST_UFO, VIRTIO_NET_F_GUEST_TSO4,
        VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_ECN, VIRTIO_NET_F_GUEST_UFO,
    };

    virtio_add_feature(&f, VIRTIO_NET_F_MAC);
    for (int i = 0; i < ARRAY_SIZE(needs_vnet_hdr); i++) {
        virtio_clear_feature(&f, needs_vnet_hdr[i]);
    }
    return f;
}

static void set_features(VirtIODevice *vdev, uint64_t f)
{
    VirtIONet *n = VIRTIO_NET(vdev);

    n->mergeable_rx_bufs = virtio_has_feature(f, VIRTIO_NET_F_MRG_RXBUF);
    n->guest_hdr_len = n->mergeable_rx_bufs || virtio_has_feature(f, VIRTIO_F_VERSION_1)
                           ? sizeof(struct virtio_net_hdr_v1) : sizeof(struct virtio_net_hdr);
    /* A driver that cannot filter sees all; one that can starts from none. A load has its own bitmap. */
    if (!runstate_check(RUN_STATE_INMIGRATE)) {
        memset(n->vlans, virtio_has_feature(f, VIRTIO_NET_F_CTRL_VLAN) ? 0 : 0xff, VLAN_WORDS * 4);
    }
}

static void set_status(VirtIODevice *vdev, uint8_t status)
{
    VirtIONet *n = VIRTIO_NET(vdev);
    bool run = (status & VIRTIO_CONFIG_S_DRIVER_OK) && vdev->vm_running;

    if (run && n->tx_waiting) {
        qemu_bh_schedule(n->tx_bh);
    } else if (!run && n->tx_waiting) {
        qemu_bh_cancel(n->tx_bh);
    }
}

static void drop_tx(VirtIONet *n)
{
    if (n->nic) {
        qemu_purge_queued_packets(qemu_get_queue(n->nic));
    }
    if (n->tx_elem) {
        virtqueue_detach_element(n->tx_vq, n->tx_elem, 0);
        g_clear_pointer(&n->tx_elem, g_free);
    }
    n->tx_waiting = 0;
    qemu_bh_cancel(n->tx_bh);
}

static void virtio_net_reset(VirtIODevice *vdev)
{
    VirtIONet *n = VIRTIO_NET(vdev);

    drop_tx(n);
    n->promisc = 1;
    n->allmulti = n->alluni = n->nomulti = n->nouni = n->nobcast = 0;
    n->status &= ~VIRTIO_NET_S_ANNOUNCE;
    n->mac_table.in_use = n->mac_table.first_multi = 0;
    n->mac_table.multi_overflow = n->mac_table.uni_overflow = 0;
    memcpy(n->mac, n->nic_conf.macaddr.a, 6);
    memset(n->vlans, 0, VLAN_WORDS * 4);
    qemu_format_nic_info_str(qemu_get_queue(n->nic), n->mac);
}

static void queue_reset(VirtIODevice *vdev, uint32_t index)
{
    VirtIONet *n = VIRTIO_NET(vdev);

    if (index == 1) {
        drop_tx(n);
    }
}

static void link_changed(NetClientState *nc)
{
    VirtIONet *n = qemu_get_nic_opaque(nc);
    uint16_t old = n->status;

    n->status = nc->link_down ? n->status & ~VIRTIO_NET_S_LINK_UP : n->status | VIRTIO_NET_S_LINK_UP;
    if (n->status != old) {
        virtio_notify_config(VIRTIO_DEVICE(n));
    }
}

static void announce(NetClientState *nc)
{
    VirtIONet *n = qemu_get_nic_opaque(nc);

    if (virtio_vdev_has_feature(VIRTIO_DEVICE(n), VIRTIO_NET_F_GUEST_ANNOUNCE) &&
        virtio_vdev_has_feature(VIRTIO_DEVICE(n), VIRTIO_NET_F_CTRL_VQ)) {
        n->status |= VIRTIO_NET_S_ANNOUNCE;
        virtio_notify_config(VIRTIO_DEVICE(n));
    }
}

static RxFilterInfo *query_rx_filter(NetClientState *nc)
{
    VirtIONet *n = qemu_get_nic_opaque(nc);
    RxFilterInfo *i = g_new0(RxFilterInfo, 1);
    strList **uni = &i->unicast_table, **multi = &i->multicast_table;

    i->name = g_strdup(nc->name);
    i->promiscuous = n->promisc;
    i->unicast = n->nouni ? RX_STATE_NONE : n->alluni ? RX_STATE_ALL : RX_STATE_NORMAL;
    i->multicast = n->nomulti ? RX_STATE_NONE : n->allmulti ? RX_STATE_ALL : RX_STATE_NORMAL;
    i->vlan = virtio_vdev_has_feature(VIRTIO_DEVICE(n), VIRTIO_NET_F_CTRL_VLAN) ? RX_STATE_NORMAL : RX_STATE_ALL;
    i->broadcast_allowed = !n->nobcast;
    i->multicast_overflow = n->mac_table.multi_overflow;
    i->unicast_overflow = n->mac_table.uni_overflow;
    i->main_mac = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", n->mac[0], n->mac[1], n->mac[2], n->mac[3],
                                  n->mac[4], n->mac[5]);
    for (uint32_t k = 0; k < n->mac_table.in_use; k++) {
        const uint8_t *m = n->mac_table.macs + k * 6;
        char *s = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);

        if (k < n->mac_table.first_multi) {
            QAPI_LIST_APPEND(uni, s);
        } else {
            QAPI_LIST_APPEND(multi, s);
        }
    }
    return i;
}

static const NetClientInfo net_info = {
    .type = NET_CLIENT_DRIVER_NIC,
    .size = sizeof(NICState),
    .can_receive = can_receive,
    .receive = receive,
    .link_status_changed = link_changed,
    .query_rx_filter = query_rx_filter,
    .announce = announce,
};

/* ---- migration: see virtio-vmstate.c for where this stands ---- */

static void virtio_net_save(VirtIODevice *vdev, QEMUFile *f)
{
    VirtIONet *n = VIRTIO_NET(vdev);

    qemu_put_buffer(f, n->mac, 6);
    /* A packet handed to a full back end is sent again by the other side: its element is put back. */
    qemu_put_be32(f, n->tx_waiting);
    qemu_put_be32(f, n->mergeable_rx_bufs);
    qemu_put_be16(f, n->status);
    qemu_put_byte(f, n->promisc);
    qemu_put_byte(f, n->allmulti);
    qemu_put_be32(f, n->mac_table.in_use);
    qemu_put_buffer(f, n->mac_table.macs, n->mac_table.in_use * 6);
    qemu_put_buffer(f, (uint8_t *)n->vlans, VLAN_WORDS * 4);
    qemu_put_be32(f, 0);        /* has_vnet_hdr */
    qemu_put_byte(f, n->mac_table.multi_overflow);
    qemu_put_byte(f, n->mac_table.uni_overflow);
    qemu_put_byte(f, n->alluni);
    qemu_put_byte(f, n->nomulti);
    qemu_put_byte(f, n->nouni);
    qemu_put_byte(f, n->nobcast);
    qemu_put_byte(f, 0);        /* has_ufo */
    if (virtio_vdev_has_feature(vdev, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS)) {
        qemu_put_be64(f, 0);
    }
}

static int virtio_net_load(VirtIODevice *vdev, QEMUFile *f, int version_id)
{
    VirtIONet *n = VIRTIO_NET(vdev);
    uint32_t in_use;

    qemu_get_buffer(f, n->mac, 6);
    n->tx_waiting = qemu_get_be32(f) != 0;
    n->mergeable_rx_bufs = qemu_get_be32(f) != 0;
    n->status = qemu_get_be16(f);
    n->promisc = qemu_get_byte(f);
    n->allmulti = qemu_get_byte(f);
    in_use = qemu_get_be32(f);
    if (in_use > VIRTIO_NET_MAC_TABLE_ENTRIES) {
        return qemu_file_fail(f, "virtio-net: %u MAC addresses in the stream, at most %d", in_use,
                              VIRTIO_NET_MAC_TABLE_ENTRIES);
    }
    qemu_get_buffer(f, n->mac_table.macs, in_use * 6);
    n->mac_table.in_use = in_use;
    qemu_get_buffer(f, (uint8_t *)n->vlans, VLAN_WORDS * 4);
    if (qemu_get_be32(f)) {
        return qemu_file_fail(f,
                              "virtio-net: the stream uses packet headers (offloads), which the back end here lacks");
    }
    n->mac_table.multi_overflow = qemu_get_byte(f);
    n->mac_table.uni_overflow = qemu_get_byte(f);
    n->alluni = qemu_get_byte(f);
    n->nomulti = qemu_get_byte(f);
    n->nouni = qemu_get_byte(f);
    n->nobcast = qemu_get_byte(f);
    qemu_get_byte(f);
    if (virtio_vdev_has_feature(vdev, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS)) {
        n->curr_guest_offloads = qemu_get_be64(f);
    }
    /* The table is sorted: unicast first. */
    for (n->mac_table.first_multi = 0; n->mac_table.first_multi < in_use &&
         !(n->mac_table.macs[n->mac_table.first_multi * 6] & 1); n->mac_table.first_multi++) {
    }
    return 0;
}

static int virtio_net_post_load(VirtIODevice *vdev)
{
    VirtIONet *n = VIRTIO_NET(vdev);

    qemu_get_queue(n->nic)->link_down = !(n->status & VIRTIO_NET_S_LINK_UP);
    /* Tell switches where the guest is now. */
    announce(qemu_get_queue(n->nic));
    return 0;
}

/* A packet that waits for the back end is sent by the destination instead. */
static int net_pre_save(void *opaque)
{
    VirtIONet *n = opaque;

    if (n->tx_elem) {
        virtqueue_unpop(n->tx_vq, n->tx_elem, 0);
        g_clear_pointer(&n->tx_elem, g_free);
        qemu_purge_queued_packets(qemu_get_queue(n->nic));
        n->tx_waiting = 1;
    }
    return 0;
}

static const VMStateDescription vmstate_virtio_net = {
    .name = "virtio-net",
    .minimum_version_id = 11,
    .version_id = 11,
    .pre_save = net_pre_save,
    .fields = (const VMStateField[]) {
        VMSTATE_VIRTIO_DEVICE,
        VMSTATE_END_OF_LIST()
    },
};

/* ---- type ---- */

static void virtio_net_realize(DeviceState *dev, Error **errp)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtIONet *n = VIRTIO_NET(dev);
    DeviceState *card;

    if (n->rx_queue_size < 256 || n->rx_queue_size > VIRTQUEUE_MAX_SIZE || !is_power_of_2(n->rx_queue_size)) {
        error_setg(errp, "Invalid rx_queue_size (= %u), must be a power of 2 between 256 and %d.", n->rx_queue_size,
                   VIRTQUEUE_MAX_SIZE);
        return;
    }
    if (n->tx_queue_size < 256 || n->tx_queue_size > VIRTQUEUE_MAX_SIZE || !is_power_of_2(n->tx_queue_size)) {
        error_setg(errp, "Invalid tx_queue_size (= %u), must be a power of 2 between 256 and %d", n->tx_queue_size,
                   VIRTQUEUE_MAX_SIZE);
        return;
    }
    virtio_init(vdev, VIRTIO_ID_NET, offsetof(struct virtio_net_config, max_virtqueue_pairs));
    n->max_queue_pairs = n->curr_queue_pairs = 1;
    n->rx_vq = virtio_add_queue(vdev, n->rx_queue_size, handle_rx);
    n->tx_vq = virtio_add_queue(vdev, n->tx_queue_size, handle_tx);
    n->ctrl_vq = virtio_add_queue(vdev, 64, handle_ctrl);
    n->tx_bh = qemu_bh_new(tx_bh, n);
    qemu_macaddr_default_if_unset(&n->nic_conf.macaddr);
    memcpy(n->mac, n->nic_conf.macaddr.a, 6);
    n->status = VIRTIO_NET_S_LINK_UP;
    n->mac_table.macs = g_malloc0(VIRTIO_NET_MAC_TABLE_ENTRIES * 6);
    n->vlans = g_malloc0(VLAN_WORDS * 4);
    n->promisc = 1;
    n->guest_hdr_len = sizeof(struct virtio_net_hdr);
    /* The card a user knows is the PCI function around it. */
    card = qdev_get_parent_bus(dev)->parent;
    n->nic = qemu_new_nic(&net_info, &n->nic_conf,
                          object_get_typename(object_dynamic_cast(OBJECT(card), "pci-device") ?: OBJECT(dev)),
                          dev->id ?: card->id, n);
    qemu_format_nic_info_str(qemu_get_queue(n->nic), n->mac);
}

static void virtio_net_unrealize(DeviceState *dev)
{
    VirtIONet *n = VIRTIO_NET(dev);

    drop_tx(n);
    qemu_del_nic(n->nic);
    n->nic = NULL;
    qemu_bh_delete(n->tx_bh);
    g_free(n->mac_table.macs);
    g_free(n->vlans);
    virtio_cleanup(VIRTIO_DEVICE(dev));
}

#define FEATURE(name, bit, on) DEFINE_PROP_BIT64(name, VirtIONet, parent_obj.host_features, bit, on)

static const Property virtio_net_props[] = {
    FEATURE("csum", VIRTIO_NET_F_CSUM, true),
    FEATURE("guest_csum", VIRTIO_NET_F_GUEST_CSUM, true),
    FEATURE("gso", VIRTIO_NET_F_GSO, true),
    FEATURE("guest_tso4", VIRTIO_NET_F_GUEST_TSO4, true),
    FEATURE("guest_tso6", VIRTIO_NET_F_GUEST_TSO6, true),
    FEATURE("guest_ecn", VIRTIO_NET_F_GUEST_ECN, true),
    FEATURE("guest_ufo", VIRTIO_NET_F_GUEST_UFO, true),
    FEATURE("guest_announce", VIRTIO_NET_F_GUEST_ANNOUNCE, true),
    FEATURE("host_tso4", VIRTIO_NET_F_HOST_TSO4, true),
    FEATURE("host_tso6", VIRTIO_NET_F_HOST_TSO6, true),
    FEATURE("host_ecn", VIRTIO_NET_F_HOST_ECN, true),
    FEATURE("host_ufo", VIRTIO_NET_F_HOST_UFO, true),
    FEATURE("mrg_rxbuf", VIRTIO_NET_F_MRG_RXBUF, true),
    FEATURE("status", VIRTIO_NET_F_STATUS, true),
    FEATURE("ctrl_vq", VIRTIO_NET_F_CTRL_VQ, true),
    FEATURE("ctrl_rx", VIRTIO_NET_F_CTRL_RX, true),
    FEATURE("ctrl_vlan", VIRTIO_NET_F_CTRL_VLAN, true),
    FEATURE("ctrl_rx_extra", VIRTIO_NET_F_CTRL_RX_EXTRA, true),
    FEATURE("ctrl_mac_addr", VIRTIO_NET_F_CTRL_MAC_ADDR, true),
    FEATURE("ctrl_guest_offloads", VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, true),
    DEFINE_NIC_PROPERTIES(VirtIONet, nic_conf),
    DEFINE_PROP_UINT32("x-txtimer", VirtIONet, tx_timeout, 150000),
    DEFINE_PROP_INT32("x-txburst", VirtIONet, tx_burst, 256),
    DEFINE_PROP_STRING("tx", VirtIONet, tx),
    DEFINE_PROP_UINT16("rx_queue_size", VirtIONet, rx_queue_size, 256),
    DEFINE_PROP_UINT16("tx_queue_size", VirtIONet, tx_queue_size, 256),
};

static void virtio_net_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    device_class_set_props(dc, virtio_net_props);
    dc->vmsd = &vmstate_virtio_net;
    set_bit(DEVICE_CATEGORY_NETWORK, dc->categories);
    vdc->realize = virtio_net_realize;
    vdc->unrealize = virtio_net_unrealize;
    vdc->get_config = get_config;
    vdc->set_config = set_config;
    vdc->get_features = get_features;
    vdc->set_features = set_features;
    vdc->reset = virtio_net_reset;
    vdc->set_status = set_status;
    vdc->queue_reset = queue_reset;
    vdc->save = virtio_net_save;
    vdc->load = virtio_net_load;
    vdc->post_load = virtio_net_post_load;
    vdc->legacy_features |= 1ull << VIRTIO_NET_F_GSO;
}

static const TypeInfo virtio_net_types[] = {
    {
        .name = TYPE_VIRTIO_NET,
        .parent = TYPE_VIRTIO_DEVICE,
        .instance_size = sizeof(VirtIONet),
        .class_init = virtio_net_class_init,
    },
};

DEFINE_TYPES(virtio_net_types)
