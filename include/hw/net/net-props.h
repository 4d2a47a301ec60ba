/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Properties that all NICs share. */
#ifndef HW_NET_NET_PROPS_H
#define HW_NET_NET_PROPS_H

#include "hw/core/qdev-properties.h"
#include "net/net.h"

extern const PropertyInfo qdev_prop_macaddr, qdev_prop_netdev;
#define DEFINE_PROP_MACADDR(_n, _s, _f) DEFINE_PROP(_n, _s, _f, qdev_prop_macaddr, MACAddr)
#define DEFINE_PROP_NETDEV(_n, _s, _f) DEFINE_PROP(_n, _s, _f, qdev_prop_netdev, NICPeers)
#define DEFINE_NIC_PROPERTIES(_state, _conf) \
    DEFINE_PROP_MACADDR("mac", _state, _conf.macaddr), \
    DEFINE_PROP_NETDEV("netdev", _state, _conf.peers), \
    DEFINE_PROP_INT32("bootindex", _state, _conf.bootindex, -1)

#endif
