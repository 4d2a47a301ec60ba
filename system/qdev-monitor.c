/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making and removing devices at the user's word. Help and trees are in qdev-print.c. Lock: the BQL. */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/boards.h"
#include "hw/core/sysbus.h"
#include "system/qdev-monitor.h"
#include "qapi/qapi-commands-qdev.h"
#include "qapi/qapi-events-qdev.h"
#include "qobject/keyval.h"
#include "qobject/qbool.h"
#include "qobject/qdict.h"
#include "qobject/qnum.h"
#include "qemu/timer.h"

bool (*hotplug_forbidden_hook)(void);

static bool hotplug_forbidden(void)
{
    return hotplug_forbidden_hook && hotplug_forbidden_hook();
}

static DeviceClass *creatable_class(const char *driver, Error **errp)
{
    ObjectClass *oc = object_class_by_name(driver);
    DeviceClass *dc;

    if (!oc || !object_class_dynamic_cast(oc, TYPE_DEVICE)) {
        error_setg(errp, "'%s' is not a valid device model name", driver);
        return NULL;
    }
    dc = DEVICE_CLASS(oc);
    if (object_class_is_abstract(oc)) {
        error_setg(errp, "Parameter 'driver' expects a non-abstract device type, '%s' is abstract", driver);
        return NULL;
    }
    if (!dc->user_creatable || (phase_check(PHASE_MACHINE_READY) && !dc->hotpluggable)) {
        error_setg(errp, dc->user_creatable ? "Device '%s' does not support hotplugging"
                                            : "Parameter 'driver' expects a pluggable device type, '%s' is none",
                   driver);
        return NULL;
    }
    return dc;
}

/* --- buses --- */

static bool bus_has_room(BusState *bus)
{
    BusClass *bc = BUS_GET_CLASS(bus);

    return !bus->full && (!bc->max_dev || bus->num_children < bc->max_dev);
}

typedef struct BusSearch {
    const char *type;             /* NULL: any */
    const char *name;             /* NULL: any */
    BusState *found;
    BusState *full;
} BusSearch;

static int match_bus(BusState *bus, void *opaque)
{
    BusSearch *s = opaque;

    if ((s->type && !object_dynamic_cast(OBJECT(bus), s->type)) || (s->name && strcmp(s->name, bus->name))) {
        return 0;
    }
    /* By name the user means this very bus; by type, one with a free place. */
    if (s->name || bus_has_room(bus)) {
        s->found = bus;
        return -1;
    }
    s->full = bus;
    return 0;
}

static BusState *bus_by_path(const char *path, Error **errp)
{
    const char *component = strrchr(path, '/');
    BusSearch s = { .name = component ? component + 1 : path };
    Object *obj;

    if (*path == '/') {
        obj = object_resolve_path_type(path, TYPE_BUS, NULL);
        if (obj) {
            return BUS(obj);
        }
    }
    qbus_walk_children(sysbus_get_default(), NULL, match_bus, NULL, NULL, &s);
    if (!s.found) {
        error_setg(errp, "Bus '%s' not found", path);
        error_append_hint(errp, "HMP 'info qtree' shows the buses there are.\n");
    }
    return s.found;
}

static BusState *choose_bus(DeviceClass *dc, const char *driver, const char *path, Error **errp)
{
    BusSearch s = { .type = dc->bus_type };

    if (path) {
        BusState *bus = bus_by_path(path, errp);

        if (bus && !object_dynamic_cast(OBJECT(bus), dc->bus_type)) {
            error_setg(errp, "Device '%s' can't go on %s bus", driver, object_get_typename(OBJECT(bus)));
            return NULL;
        }
        return bus;
    }
    qbus_walk_children(sysbus_get_default(), NULL, match_bus, NULL, NULL, &s);
    if (!s.found) {
        error_setg(errp, s.full ? "No '%s' bus with a free place found for device '%s'"
                                : "No '%s' bus found for device '%s'", dc->bus_type, driver);
    }
    return s.found;
}

/* --- adding --- */

static bool set_device_id(DeviceState *dev, const char *id, Error **errp)
{
    Object *parent = container_get(qdev_get_machine(), id ? "/peripheral" : "/peripheral-anon");

    if (id && object_resolve_path_component(parent, id)) {
        error_setg(errp, "Duplicate device ID '%s'", id);
        return false;
    }
    if (!object_property_try_add_child(parent, id ? id : "device[*]", OBJECT(dev), errp)) {
        return false;
    }
    dev->id = g_strdup(id);
    return true;
}

/* The properties: all of @args but what names the device and its place. */
static QDict *property_args(const QDict *args)
{
    QDict *props = qdict_clone_shallow(args);

    qdict_del(props, "driver");
    qdict_del(props, "id");
    qdict_del(props, "bus");
    return props;
}

static const char *string_arg(const QDict *args, const char *key, Error **errp)
{
    const char *text = qdict_get_try_str(args, key);

    if (!text && qdict_haskey(args, key)) {
        error_setg(errp, "Invalid parameter type for '%s', expected: string", key);
    }
    return text;
}

DeviceState *qdev_device_add_from_qdict(const QDict *args, bool from_json, Error **errp)
{
    ERRP_GUARD();
    const char *driver = string_arg(args, "driver", errp);
    const char *id = *errp ? NULL : string_arg(args, "id", errp);
    const char *path = *errp ? NULL : string_arg(args, "bus", errp);
    BusState *bus = NULL;
    DeviceState *dev;
    DeviceClass *dc;

    if (*errp) {
        return NULL;
    }
    if (!driver) {
        error_setg(errp, "Parameter 'driver' is missing");
        return NULL;
    }
    driver = qdev_resolve_alias(driver);
    dc = creatable_class(driver, errp);
    if (!dc) {
        return NULL;
    }
    if (dc->bus_type) {
        bus = choose_bus(dc, driver, path, errp);
        if (!bus) {
            return NULL;
        }
    } else if (path) {
        error_setg(errp, "Device '%s' has no bus: remove bus=%s", driver, path);
        return NULL;
    }
    if (phase_check(PHASE_MACHINE_READY) && bus && !qbus_is_hotpluggable(bus)) {
        error_setg(errp, "Bus '%s' does not support hotplugging", bus->name);
        return NULL;
    }
    if (phase_check(PHASE_MACHINE_READY) && hotplug_forbidden()) {
        error_setg(errp, "device_add not allowed while migrating");
        return NULL;
    }
    dev = qdev_new(driver);
    if (bus && BUS_GET_CLASS(bus)->max_dev && !bus_has_room(bus)) {
        error_setg(errp, "Bus '%s' is full", bus->name);
        goto fail;
    }
    if (!set_device_id(dev, id, errp)) {
        goto fail;
    }
    dev->opts = property_args(args);
    if (!object_set_properties_from_keyval(OBJECT(dev), dev->opts, from_json, errp) ||
        !qdev_realize(dev, bus, errp)) {
        object_unparent(OBJECT(dev));
        goto fail;
    }
    return dev;

fail:
    object_unref(dev);
    return NULL;
}

DeviceState *qdev_device_add_from_str(const char *arg, bool *help, Error **errp)
{
    bool is_keyval;
    QDict *args = option_arg_parse(arg, "driver", &is_keyval, help, errp);
    DeviceState *dev = NULL;

    if (!args) {
        return NULL;
    }
    if (*help) {
        qdev_print_help(qdict_get_try_str(args, "driver"), errp);
    } else {
        dev = qdev_device_add_from_qdict(args, !is_keyval, errp);
    }
    qobject_unref(args);
    return dev;
}

/* Numbers and booleans as the command line writes them. */
static QDict *scalars_as_text(const QDict *args)
{
    QDict *out = qdict_clone_shallow(args);

    for (const QDictEntry *e = qdict_first(args); e; e = qdict_next(args, e)) {
        QObject *v = qdict_entry_value(e);

        if (qobject_to(QNum, v)) {
            g_autofree char *text = qnum_to_string(qobject_to(QNum, v));
            qdict_put_str(out, qdict_entry_key(e), text);
        } else if (qobject_to(QBool, v)) {
            qdict_put_str(out, qdict_entry_key(e), qbool_get_bool(qobject_to(QBool, v)) ? "on" : "off");
        }
    }
    return out;
}

void qmp_device_add(QDict *args, QObject **ret, Error **errp)
{
    /* People's scripts have always sent numbers and booleans as strings too: both notations are taken. */
    QDict *text = scalars_as_text(args);
    DeviceState *dev = qdev_device_add_from_qdict(text, false, errp);

    object_unref(dev);
    qobject_unref(text);
}

/* --- removing --- */

DeviceState *find_device_state(const char *id, Error **errp)
{
    Object *obj = *id == '/' ? object_resolve_path_type(id, TYPE_DEVICE, NULL)
                             : object_resolve_path_component(container_get(qdev_get_machine(), "/peripheral"), id);

    if (!obj || !object_dynamic_cast(obj, TYPE_DEVICE)) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found", id);
        return NULL;
    }
    return DEVICE(obj);
}

bool qdev_unplug(DeviceState *dev, Error **errp)
{
    ERRP_GUARD();
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    HotplugHandler *handler = qdev_get_hotplug_handler(dev);

    if (dev->parent_bus && !qbus_is_hotpluggable(dev->parent_bus)) {
        error_setg(errp, "Bus '%s' does not support hotplugging", dev->parent_bus->name);
    } else if (!dc->hotpluggable) {
        error_setg(errp, "Device '%s' does not support hotplugging", object_get_typename(OBJECT(dev)));
    } else if (hotplug_forbidden() && !dev->allow_unplug_during_migration) {
        error_setg(errp, "device_del not allowed while migrating");
    } else if (!handler) {
        error_setg(errp, "Device '%s' has no hotplug handler", object_get_typename(OBJECT(dev)));
    }
    if (*errp) {
        return false;
    }
    /* Handlers that ask the guest set unplug_request; the others take the device out at once. */
    if (HOTPLUG_HANDLER_GET_CLASS(handler)->unplug_request) {
        hotplug_handler_unplug_request(handler, dev, errp);
    } else {
        hotplug_handler_unplug(handler, dev, errp);
        if (!*errp) {
            object_unparent(OBJECT(dev));
        }
    }
    return !*errp;
}

void qmp_device_del(const char *id, Error **errp)
{
    DeviceState *dev = find_device_state(id, errp);

    if (!dev) {
        return;
    }
    if (dev->pending_deleted_event &&
        (!dev->pending_deleted_expires_ms ||
         dev->pending_deleted_expires_ms > qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL))) {
        error_setg(errp, "Device %s is already in the process of unplug", id);
        return;
    }
    qdev_unplug(dev, errp);
}

void qmp_device_sync_config(const char *id, Error **errp)
{
    if (find_device_state(id, errp)) {
        error_setg(errp, "Device '%s' has no configuration to synchronise", id);
    }
}

static void send_device_deleted(const char *id, const char *path)
{
    qapi_event_send_device_deleted(id, path);
}

static void __attribute__((constructor)) install_hook(void)
{
    device_deleted_hook = send_device_deleted;
}
