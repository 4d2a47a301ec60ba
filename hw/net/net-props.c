// SPDX-License-Identifier: GPL-2.0-or-later
/* The "mac" and "netdev" properties of NICs, and NICs asked for by -nic. */
#include "qemu/osdep.h"
#include "hw/net/net-props.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "qapi/error.h"
#include "qapi/visitor.h"

static void get_mac(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    MACAddr *m = object_field_prop_ptr(obj, opaque);
    char *s = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", m->a[0], m->a[1], m->a[2], m->a[3], m->a[4], m->a[5]);

    visit_type_str(v, name, &s, errp);
    g_free(s);
}

static void set_mac(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    MACAddr *m = object_field_prop_ptr(obj, opaque), t;
    g_autofree char *s = NULL;
    int n = 0;

    if (!visit_type_str(v, name, &s, errp)) {
        return;
    }
    if (sscanf(s, "%2hhx%*1[:-]%2hhx%*1[:-]%2hhx%*1[:-]%2hhx%*1[:-]%2hhx%*1[:-]%2hhx%n", &t.a[0], &t.a[1], &t.a[2],
               &t.a[3], &t.a[4], &t.a[5], &n) != 6 || s[n]) {
        error_setg(errp, "Property '%s.%s' doesn't take value '%s'", object_get_typename(obj), name, s);
        return;
    }
    *m = t;
}

const PropertyInfo qdev_prop_macaddr = {
    .type = "str", .description = "Ethernet 6-byte MAC Address, example: 52:54:00:12:34:56", .get = get_mac,
    .set = set_mac,
};

static void get_netdev(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    NICPeers *p = object_field_prop_ptr(obj, opaque);
    char *s = g_strdup(p->ncs ? p->ncs->name : "");

    visit_type_str(v, name, &s, errp);
    g_free(s);
}

static void set_netdev(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    NICPeers *p = object_field_prop_ptr(obj, opaque);
    g_autofree char *s = NULL;
    NetClientState *nc;

    if (!visit_type_str(v, name, &s, errp)) {
        return;
    }
    nc = qemu_find_netdev(s);
    if (!nc) {
        error_setg(errp, "Property '%s.%s' can't find value '%s'", object_get_typename(obj), name, s);
        return;
    }
    if (nc->peer) {
        error_setg(errp, "Property '%s.%s' can't take value '%s', it's in use", object_get_typename(obj), name, s);
        return;
    }
    p->ncs = nc;
}

const PropertyInfo qdev_prop_netdev = {
    .type = "str", .description = "ID of a netdev to use as a backend", .get = get_netdev, .set = set_netdev,
};

/* ---- -nic ---- */

static const char *nic_model(const char *model)
{
    return g_str_equal(model, "virtio") ? "virtio-net-pci" : model;
}

/* One PCI device per NIC that is asked for; a model this tree lacks falls back to the default, then to virtio. */
void pci_init_nic_devices(PCIBus *bus, const char *default_model)
{
    NICInfo *nd;

    while ((nd = qemu_next_nic_info())) {
        const char *model = nic_model(nd->model ?: default_model);
        DeviceState *dev;

        if (!object_class_by_name(model)) {
            if (nd->model) {
                error_setg(&error_fatal, "Unsupported NIC model: %s", nd->model);
                return;
            }
            model = "virtio-net-pci";
        }
        dev = qdev_new(model);
        if (nd->has_mac) {
            g_autofree char *mac = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", nd->macaddr.a[0],
                                                   nd->macaddr.a[1], nd->macaddr.a[2], nd->macaddr.a[3],
                                                   nd->macaddr.a[4], nd->macaddr.a[5]);

            object_property_set_str(OBJECT(dev), "mac", mac, &error_fatal);
        }
        if (nd->netdev) {
            object_property_set_str(OBJECT(dev), "netdev", nd->netdev->name, &error_fatal);
        }
        if (nd->devaddr) {
            object_property_set_str(OBJECT(dev), "addr", nd->devaddr, &error_fatal);
        }
        nd->instantiated = true;
        qdev_realize_and_unref(dev, BUS(bus), &error_fatal);
    }
}

bool pci_init_nic_in_slot(PCIBus *bus, const char *default_model, const char *alias, const char *devaddr)
{
    return false;
}
