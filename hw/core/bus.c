/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buses: children, walking, names. Lock: the BQL. */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "system/reset.h"
#include "migration/vmstate.h"

static void bus_reset_handler(void *bus)
{
    bus_cold_reset(bus);
}

static char *automatic_name(BusState *bus)
{
    BusClass *bc = BUS_GET_CLASS(bus);
    DeviceState *parent = bus->parent;
    char *name;

    if (parent && parent->id) {
        return g_strdup_printf("%s.%d", parent->id, parent->num_child_bus);
    }
    name = g_strdup_printf("%s.%d", object_get_typename(OBJECT(bus)), bc->automatic_ids++);
    for (char *p = name; *p; p++) {
        *p = g_ascii_tolower(*p);
    }
    return name;
}

/* A child of the device, under the bus's name; that may be an id the user chose, and one of the properties' names. */
static void add_to_parent(BusState *bus)
{
    Object *parent = OBJECT(bus->parent);
    g_autofree char *other = g_strdup_printf("%s.bus", bus->name);

    object_property_add_child(parent, object_property_find(parent, bus->name) ? other : bus->name, OBJECT(bus));
}

static void bus_attach(BusState *bus, DeviceState *parent, const char *name)
{
    bus->parent = parent;
    bus->name = name ? g_strdup(name) : automatic_name(bus);
    if (parent) {
        QLIST_INSERT_HEAD(&parent->child_bus, bus, sibling);
        parent->num_child_bus++;
        add_to_parent(bus);
        object_unref(bus);
    } else if (g_strcmp0(object_get_typename(OBJECT(bus)), "System")) {
        /* A bus on its own: nothing above it would reset it. */
        qemu_register_reset(bus_reset_handler, bus);
    }
}

void qbus_init(void *bus, size_t size, const char *typename, DeviceState *parent, const char *name)
{
    object_initialize(bus, size, typename);
    bus_attach(bus, parent, name);
}

BusState *qbus_new(const char *typename, DeviceState *parent, const char *name)
{
    BusState *bus = BUS(object_new(typename));

    bus_attach(bus, parent, name);
    return bus;
}

bool qbus_realize(BusState *bus, Error **errp)
{
    ERRP_GUARD();
    BusClass *bc = BUS_GET_CLASS(bus);

    if (!bus->realized) {
        if (bc->realize) {
            bc->realize(bus, errp);
        }
        bus->realized = !*errp;
    }
    return bus->realized;
}

void qbus_unrealize(BusState *bus)
{
    BusClass *bc = BUS_GET_CLASS(bus);
    BusChild *kid;

    if (!bus->realized) {
        return;
    }
    QTAILQ_FOREACH(kid, &bus->children, sibling) {
        qdev_unrealize(kid->child);
    }
    if (bc->unrealize) {
        bc->unrealize(bus);
    }
    bus->realized = false;
}

bool qbus_is_hotpluggable(BusState *bus)
{
    return bus->hotplug_handler != NULL;
}

void qbus_set_hotplug_handler(BusState *bus, Object *handler)
{
    object_property_set_link(OBJECT(bus), "hotplug-handler", handler, &error_abort);
}

void qbus_set_bus_hotplug_handler(BusState *bus)
{
    qbus_set_hotplug_handler(bus, OBJECT(bus));
}

int qbus_walk_children(BusState *bus, int (*pre_dev)(DeviceState *, void *), int (*pre_bus)(BusState *, void *),
                       int (*post_dev)(DeviceState *, void *), int (*post_bus)(BusState *, void *), void *opaque)
{
    BusChild *kid, *next;
    int ret;

    if (pre_bus && (ret = pre_bus(bus, opaque))) {
        return ret;
    }
    QTAILQ_FOREACH_SAFE(kid, &bus->children, sibling, next) {
        ret = qdev_walk_children(kid->child, pre_dev, pre_bus, post_dev, post_bus, opaque);
        if (ret < 0) {
            return ret;
        }
    }
    return post_bus ? post_bus(bus, opaque) : 0;
}

int qdev_walk_children(DeviceState *dev, int (*pre_dev)(DeviceState *, void *), int (*pre_bus)(BusState *, void *),
                       int (*post_dev)(DeviceState *, void *), int (*post_bus)(BusState *, void *), void *opaque)
{
    BusState *bus;
    int ret;

    if (pre_dev && (ret = pre_dev(dev, opaque))) {
        return ret;
    }
    QLIST_FOREACH(bus, &dev->child_bus, sibling) {
        ret = qbus_walk_children(bus, pre_dev, pre_bus, post_dev, post_bus, opaque);
        if (ret < 0) {
            return ret;
        }
    }
    return post_dev ? post_dev(dev, opaque) : 0;
}

static int reset_one_device(DeviceState *dev, void *opaque)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);

    if (dc->reset && !dev->reset_guard) {
        dev->reset_guard = true;
        dc->reset(dev);
        dev->reset_guard = false;
    }
    return 0;
}

static int reset_one_bus(BusState *bus, void *opaque)
{
    BusClass *bc = BUS_GET_CLASS(bus);

    if (bc->reset) {
        bc->reset(bus);
    }
    return 0;
}

void bus_cold_reset(BusState *bus)
{
    qbus_walk_children(bus, NULL, NULL, reset_one_device, reset_one_bus, NULL);
}

void device_cold_reset(DeviceState *dev)
{
    qdev_walk_children(dev, NULL, NULL, reset_one_device, reset_one_bus, NULL);
}

DeviceState *qdev_find_recursive(BusState *bus, const char *id)
{
    BusChild *kid;
    BusState *child;

    QTAILQ_FOREACH(kid, &bus->children, sibling) {
        if (kid->child->id && !strcmp(kid->child->id, id)) {
            return kid->child;
        }
        QLIST_FOREACH(child, &kid->child->child_bus, sibling) {
            DeviceState *found = qdev_find_recursive(child, id);
            if (found) {
                return found;
            }
        }
    }
    return NULL;
}

static void bus_unparent(Object *obj)
{
    BusState *bus = BUS(obj);
    BusChild *kid;

    while ((kid = QTAILQ_FIRST(&bus->children))) {
        object_unparent(OBJECT(kid->child));
    }
    if (bus->parent) {
        QLIST_REMOVE(bus, sibling);
        bus->parent->num_child_bus--;
        bus->parent = NULL;
    } else {
        qemu_unregister_reset(bus_reset_handler, bus);
    }
}

static bool bus_get_realized(Object *obj, Error **errp)
{
    return BUS(obj)->realized;
}

static void bus_set_realized(Object *obj, bool value, Error **errp)
{
    if (value) {
        qbus_realize(BUS(obj), errp);
    } else {
        qbus_unrealize(BUS(obj));
    }
}

static void bus_initfn(Object *obj)
{
    BusState *bus = BUS(obj);

    QTAILQ_INIT(&bus->children);
    object_property_add_link(obj, "hotplug-handler", TYPE_HOTPLUG_HANDLER, (Object **)&bus->hotplug_handler,
                             object_property_allow_set_link, 0);
    object_property_add_bool(obj, "realized", bus_get_realized, bus_set_realized);
}

static void bus_finalize(Object *obj)
{
    g_free(BUS(obj)->name);
}

static char *default_fw_dev_path(DeviceState *dev)
{
    return g_strdup(qdev_fw_name(dev));
}

static void bus_class_init(ObjectClass *oc, const void *data)
{
    oc->unparent = bus_unparent;
    BUS_CLASS(oc)->get_fw_dev_path = default_fw_dev_path;
}

static const TypeInfo bus_types[] = {
    { .name = TYPE_BUS, .parent = TYPE_OBJECT, .instance_size = sizeof(BusState), .abstract = true,
      .class_size = sizeof(BusClass), .instance_init = bus_initfn, .instance_finalize = bus_finalize,
      .class_init = bus_class_init },
};
DEFINE_TYPES(bus_types)
