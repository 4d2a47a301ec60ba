/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network device (virtio 1.2, 5.1), one queue pair and a control queue. */
#ifndef HW_VIRTIO_VIRTIO_NET_H
#define HW_VIRTIO_VIRTIO_NET_H

#include <linux/virtio_net.h>

#include "hw/virtio/virtio.h"
#include "net/net.h"

#define TYPE_VIRTIO_NET "virtio-net-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIONet, VIRTIO_NET)

#define VIRTIO_NET_MAC_TABLE_ENTRIES 64
#define VIRTIO_NET_MAX_VLAN (1 << 12)

struct VirtIONet {
    VirtIODevice parent_obj;

    uint8_t mac[6];
    uint16_t status;
    VirtQueue *rx_vq, *tx_vq, *ctrl_vq;
    NICState *nic;
    NICConf nic_conf;
    QEMUBH *tx_bh;
    int32_t tx_waiting;
    uint32_t has_vnet_hdr;
    size_t host_hdr_len;
    size_t guest_hdr_len;
    uint32_t tx_timeout;
    int32_t tx_burst;
    VirtQueueElement *tx_elem;          /* waiting for the back end */
    uint8_t mergeable_rx_bufs;
    uint8_t promisc, allmulti, alluni, nomulti, nouni, nobcast;
    uint8_t has_ufo;
    struct {
        uint32_t in_use;
        uint32_t first_multi;
        uint8_t multi_overflow;
        uint8_t uni_overflow;
        uint8_t *macs;                  /* VIRTIO_NET_MAC_TABLE_ENTRIES */
    } mac_table;
    uint32_t *vlans;                    /* bitmap of 4096 */
    uint16_t max_queue_pairs;
    uint16_t curr_queue_pairs;
    uint64_t curr_guest_offloads;
    uint16_t rx_queue_size, tx_queue_size;
    uint16_t host_mtu;
    char *tx;
    char *netclient_name;
};

#endif
