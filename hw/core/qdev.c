/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices: creation, realizing and its undoing, paths, listeners, machine phases. Lock: the BQL. */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/boards.h"
#include "hw/core/vmstate-if.h"
#include "migration/vmstate.h"
#include "qobject/qdict.h"

static QTAILQ_HEAD(, DeviceListener) listeners = QTAILQ_HEAD_INITIALIZER(listeners);
static MachineInitPhase machine_phase;

bool phase_check(MachineInitPhase phase)
{
    return machine_phase >= phase;
}

void phase_advance(MachineInitPhase phase)
{
    machine_phase = phase;
}

Object *qdev_get_machine(void)
{
    return object_get_container("machine");
}

/* --- creating --- */

DeviceState *qdev_new(const char *name)
{
    return DEVICE(object_new(name));
}

DeviceState *qdev_try_new(const char *name)
{
    ObjectClass *oc = object_class_by_name(name);

    return oc && object_class_dynamic_cast(oc, TYPE_DEVICE) ? DEVICE(object_new(name)) : NULL;
}

bool qdev_is_realized(DeviceState *dev)
{
    return qatomic_load_acquire(&dev->realized);
}

BusState *qdev_get_parent_bus(const DeviceState *dev)
{
    return dev->parent_bus;
}

BusState *qdev_get_child_bus(DeviceState *dev, const char *name)
{
    BusState *bus;

    QLIST_FOREACH(bus, &dev->child_bus, sibling) {
        if (!strcmp(name, bus->name)) {
            return bus;
        }
    }
    return NULL;
}

static void bus_add_child(BusState *bus, DeviceState *child)
{
    BusChild *kid = g_new0(BusChild, 1);
    g_autofree char *name = NULL;

    kid->index = bus->max_index++;
    kid->child = child;
    object_ref(child);
    bus->num_children++;
    QTAILQ_INSERT_HEAD(&bus->children, kid, sibling);
    name = g_strdup_printf("child[%d]", kid->index);
    object_property_add_link(OBJECT(bus), name, object_get_typename(OBJECT(child)), (Object **)&kid->child, NULL, 0);
}

static void bus_remove_child(BusState *bus, DeviceState *child)
{
    BusChild *kid;

    QTAILQ_FOREACH(kid, &bus->children, sibling) {
        if (kid->child == child) {
            g_autofree char *name = g_strdup_printf("child[%d]", kid->index);

            QTAILQ_REMOVE(&bus->children, kid, sibling);
            bus->num_children--;
            object_property_del(OBJECT(bus), name);
            g_free(kid);
            object_unref(child);
            return;
        }
    }
}

bool qdev_set_parent_bus(DeviceState *dev, BusState *bus, Error **errp)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    BusClass *bc = BUS_GET_CLASS(bus);
    BusState *old = dev->parent_bus;

    g_assert(dc->bus_type && object_dynamic_cast(OBJECT(bus), dc->bus_type));
    if (bc->check_address && !bc->check_address(bus, dev, errp)) {
        return false;
    }
    object_ref(dev);
    if (old) {
        bus_remove_child(old, dev);
        object_unref(old);
    }
    object_ref(bus);
    dev->parent_bus = bus;
    bus_add_child(bus, dev);
    object_unref(dev);
    return true;
}

bool qdev_realize(DeviceState *dev, BusState *bus, Error **errp)
{
    g_assert(!dev->realized);
    if (bus && dev->parent_bus != bus && !qdev_set_parent_bus(dev, bus, errp)) {
        return false;
    }
    return object_property_set_bool(OBJECT(dev), "realized", true, errp);
}

bool qdev_realize_and_unref(DeviceState *dev, BusState *bus, Error **errp)
{
    bool ok = qdev_realize(dev, bus, errp);

    object_unref(dev);
    return ok;
}

void qdev_unrealize(DeviceState *dev)
{
    object_property_set_bool(OBJECT(dev), "realized", false, &error_abort);
}

void qdev_set_legacy_instance_id(DeviceState *dev, int alias_id, int required_for_version)
{
    dev->instance_id_alias = alias_id;
    dev->alias_required_for_version = required_for_version;
}

const VMStateDescription *qdev_get_vmsd(DeviceState *dev)
{
    return DEVICE_GET_CLASS(dev)->vmsd;
}

/* --- paths and names --- */

char *qdev_get_dev_path(DeviceState *dev)
{
    BusClass *bc = dev->parent_bus ? BUS_GET_CLASS(dev->parent_bus) : NULL;

    return bc && bc->get_dev_path ? bc->get_dev_path(dev) : NULL;
}

const char *qdev_fw_name(DeviceState *dev)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);

    return dc->fw_name ? dc->fw_name : object_get_typename(OBJECT(dev));
}

char *qdev_get_fw_dev_path(DeviceState *dev)
{
    g_autofree char *above = NULL, *own = NULL;

    if (!dev || !dev->parent_bus) {
        return g_strdup("");
    }
    above = qdev_get_fw_dev_path(dev->parent_bus->parent);
    own = BUS_GET_CLASS(dev->parent_bus)->get_fw_dev_path(dev);
    return g_strdup_printf("%s/%s", above, own ? own : qdev_fw_name(dev));
}

char *qdev_get_human_name(DeviceState *dev)
{
    return dev->id ? g_strdup(dev->id) : object_get_canonical_path(OBJECT(dev));
}

/* --- listeners --- */

void device_listener_register(DeviceListener *listener)
{
    QTAILQ_INSERT_TAIL(&listeners, listener, link);
}

void device_listener_unregister(DeviceListener *listener)
{
    QTAILQ_REMOVE(&listeners, listener, link);
}

/* --- realizing --- */

static void ensure_path(DeviceState *dev)
{
    if (!OBJECT(dev)->parent) {
        object_property_add_child(container_get(qdev_get_machine(), "/unattached"), "device[*]", OBJECT(dev));
    }
    dev->canonical_path = object_get_canonical_path(OBJECT(dev));
}

static bool realize_children(DeviceState *dev, Error **errp)
{
    BusState *bus;

    QLIST_FOREACH(bus, &dev->child_bus, sibling) {
        if (!qbus_realize(bus, errp)) {
            return false;
        }
    }
    return true;
}

static void unrealize_children(DeviceState *dev)
{
    BusState *bus;

    QLIST_FOREACH(bus, &dev->child_bus, sibling) {
        qbus_unrealize(bus);
    }
}

static bool register_vmstate(DeviceState *dev, Error **errp)
{
    ERRP_GUARD();
    const VMStateDescription *vmsd = qdev_get_vmsd(dev);

    if (!vmsd || vmstate_register_with_alias_id(VMSTATE_IF(dev), VMSTATE_INSTANCE_ID_ANY, vmsd, dev, dev->instance_id_alias,
                                                dev->alias_required_for_version, errp) >= 0) {
        return true;
    }
    error_prepend(errp, "device type '%s': ", object_get_typename(OBJECT(dev)));
    return false;
}

static void device_realize(DeviceState *dev, Error **errp)
{
    ERRP_GUARD();
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    HotplugHandler *hotplug;
    DeviceListener *listener;

    if (dev->hotplugged && !dc->hotpluggable) {
        error_setg(errp, "Device '%s' does not support hotplugging", object_get_typename(OBJECT(dev)));
        return;
    }
    ensure_path(dev);
    hotplug = qdev_get_hotplug_handler(dev);
    if (hotplug) {
        hotplug_handler_pre_plug(hotplug, dev, errp);
        if (*errp) {
            goto fail;
        }
    }
    if (dc->realize) {
        dc->realize(dev, errp);
        if (*errp) {
            goto fail;
        }
    }
    QTAILQ_FOREACH(listener, &listeners, link) {
        if (listener->realize) {
            listener->realize(listener, dev);
        }
    }
    if (!register_vmstate(dev, errp)) {
        goto fail_unrealize;
    }
    if (!realize_children(dev, errp)) {
        goto fail_children;
    }
    if (dev->hotplugged) {
        device_cold_reset(dev);
    }
    dev->pending_deleted_event = false;
    if (hotplug) {
        hotplug_handler_plug(hotplug, dev, errp);
        if (*errp) {
            goto fail_children;
        }
    }
    qatomic_store_release(&dev->realized, true);
    return;

fail_children:
    unrealize_children(dev);
    if (qdev_get_vmsd(dev)) {
        vmstate_unregister(VMSTATE_IF(dev), qdev_get_vmsd(dev), dev);
    }
fail_unrealize:
    if (dc->unrealize) {
        dc->unrealize(dev);
    }
fail:
    g_clear_pointer(&dev->canonical_path, g_free);
}

static void device_unrealize(DeviceState *dev)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    DeviceListener *listener;

    qatomic_set(&dev->realized, false);
    smp_wmb();
    unrealize_children(dev);
    if (qdev_get_vmsd(dev)) {
        vmstate_unregister(VMSTATE_IF(dev), qdev_get_vmsd(dev), dev);
    }
    if (dc->unrealize) {
        dc->unrealize(dev);
    }
    dev->pending_deleted_event = true;
    QTAILQ_FOREACH(listener, &listeners, link) {
        if (listener->unrealize) {
            listener->unrealize(listener, dev);
        }
    }
}

static bool device_get_realized(Object *obj, Error **errp)
{
    return DEVICE(obj)->realized;
}

static void device_set_realized(Object *obj, bool value, Error **errp)
{
    DeviceState *dev = DEVICE(obj);

    if (value && !dev->realized) {
        device_realize(dev, errp);
    } else if (!value && dev->realized) {
        device_unrealize(dev);
    }
}

static bool device_get_hotpluggable(Object *obj, Error **errp)
{
    DeviceState *dev = DEVICE(obj);

    return DEVICE_GET_CLASS(dev)->hotpluggable && (!dev->parent_bus || qbus_is_hotpluggable(dev->parent_bus));
}

static bool device_get_hotplugged(Object *obj, Error **errp)
{
    return DEVICE(obj)->hotplugged;
}

/* --- the type --- */

void device_class_set_parent_realize(DeviceClass *dc, DeviceRealize dev_realize, DeviceRealize *parent_realize)
{
    *parent_realize = dc->realize;
    dc->realize = dev_realize;
}

void device_class_set_parent_unrealize(DeviceClass *dc, DeviceUnrealize dev_unrealize,
                                       DeviceUnrealize *parent_unrealize)
{
    *parent_unrealize = dc->unrealize;
    dc->unrealize = dev_unrealize;
}

static void device_unparent(Object *obj)
{
    DeviceState *dev = DEVICE(obj);
    BusState *bus;

    if (dev->realized) {
        qdev_unrealize(dev);
    }
    while ((bus = QLIST_FIRST(&dev->child_bus))) {
        object_unparent(OBJECT(bus));
    }
    if (dev->parent_bus) {
        bus = dev->parent_bus;
        bus_remove_child(bus, dev);
        dev->parent_bus = NULL;
        object_unref(bus);
    }
}

static void device_initfn(Object *obj)
{
    DeviceState *dev = DEVICE(obj);

    dev->hotplugged = phase_check(PHASE_MACHINE_READY);
    dev->instance_id_alias = -1;
    dev->allow_unplug_during_migration = false;
}

static void device_post_init(Object *obj)
{
    /* Machine and accelerator first, so that -global has the last word. */
    object_apply_compat_props(obj);
    qdev_prop_set_globals(DEVICE(obj));
}

static void device_finalize(Object *obj)
{
    DeviceState *dev = DEVICE(obj);
    NamedGPIOList *list, *next;

    QLIST_FOREACH_SAFE(list, &dev->gpios, node, next) {
        QLIST_REMOVE(list, node);
        g_free(list->in);
        g_free(list->name);
        g_free(list);
    }
    if (dev->pending_deleted_event && dev->canonical_path && device_deleted_hook) {
        device_deleted_hook(dev->id, dev->canonical_path);
    }
    g_free(dev->canonical_path);
    qobject_unref(dev->opts);
    g_free(dev->id);
}

void (*device_deleted_hook)(const char *id, const char *path);

static char *device_vmstate_if_get_id(VMStateIf *obj)
{
    return qdev_get_dev_path(DEVICE(obj));
}

static void device_class_base_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    /* Inherited: only the type that lists them adds them to its class. */
    dc->props_ = NULL;
    dc->props_count_ = 0;
}

static void device_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    oc->unparent = device_unparent;
    dc->hotpluggable = true;
    dc->user_creatable = true;
    VMSTATE_IF_CLASS(oc)->get_id = device_vmstate_if_get_id;
    object_class_property_add_bool(oc, "realized", device_get_realized, device_set_realized);
    object_class_property_add_bool(oc, "hotpluggable", device_get_hotpluggable, NULL);
    object_class_property_add_bool(oc, "hotplugged", device_get_hotplugged, NULL);
    object_class_property_add_link(oc, "parent_bus", TYPE_BUS, offsetof(DeviceState, parent_bus), NULL, 0);
}

static const TypeInfo device_types[] = {
    { .name = TYPE_DEVICE, .parent = TYPE_OBJECT, .instance_size = sizeof(DeviceState), .abstract = true,
      .class_size = sizeof(DeviceClass), .instance_init = device_initfn, .instance_post_init = device_post_init,
      .instance_finalize = device_finalize, .class_base_init = device_class_base_init,
      .class_init = device_class_init,
      .interfaces = (const InterfaceInfo[]) { { TYPE_VMSTATE_IF }, { } } },
};
DEFINE_TYPES(device_types)
