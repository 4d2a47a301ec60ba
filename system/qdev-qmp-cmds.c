/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device-list-properties. */
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "qapi/qapi-commands-qdev.h"

/* Not the user's business: the tree's own edges and what every device has. */
static bool hidden(const ObjectProperty *prop)
{
    static const char *const names[] = { "type", "realized", "hotpluggable", "hotplugged", "parent_bus" };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(prop->name, names[i])) {
            return true;
        }
    }
    return g_str_has_prefix(prop->name, "legacy-") || (!prop->set && g_str_has_prefix(prop->type, "link<"));
}

ObjectPropertyInfoList *qmp_device_list_properties(const char *typename, Error **errp)
{
    ObjectClass *klass = object_class_by_name(typename);
    ObjectPropertyInfoList *list = NULL;
    ObjectPropertyIterator iter;
    ObjectProperty *prop;
    Object *obj;

    if (!klass) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found", typename);
        return NULL;
    }
    if (!object_class_dynamic_cast(klass, TYPE_DEVICE) || object_class_is_abstract(klass)) {
        error_setg(errp, "Parameter 'typename' expects a non-abstract device type");
        return NULL;
    }
    obj = object_new_with_class(klass);
    object_property_iter_init(&iter, obj);
    while ((prop = object_property_iter_next(&iter))) {
        ObjectPropertyInfo *info;

        if (hidden(prop)) {
            continue;
        }
        info = g_new0(ObjectPropertyInfo, 1);
        info->name = g_strdup(prop->name);
        info->type = g_strdup(prop->type);
        info->description = g_strdup(prop->description);
        info->default_value = qobject_ref(prop->defval);
        QAPI_LIST_PREPEND(list, info);
    }
    object_unref(obj);
    return list;
}
