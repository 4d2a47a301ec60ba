/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qom-list, qom-get, qom-set, qom-list-types, qom-list-properties, object-add, object-del. Lock: the BQL. */
#include "qemu/osdep.h"
#include "qapi/qapi-commands-qom.h"
#include "qom/object_interfaces.h"
#include "qobject/qdict.h"

static Object *object_at(const char *path, Error **errp)
{
    bool ambiguous = false;
    Object *obj = object_resolve_path(path, &ambiguous);

    if (ambiguous) {
        error_setg(errp, "Path '%s' is ambiguous", path);
    } else if (!obj) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found", path);
    }
    return obj;
}

static ObjectPropertyInfo *property_info(const ObjectProperty *prop, bool with_details)
{
    ObjectPropertyInfo *info = g_new0(ObjectPropertyInfo, 1);

    info->name = g_strdup(prop->name);
    info->type = g_strdup(prop->type);
    if (with_details) {
        info->description = g_strdup(prop->description);
        info->default_value = qobject_ref(prop->defval);
    }
    return info;
}

ObjectPropertyInfoList *qmp_qom_list(const char *path, Error **errp)
{
    Object *obj = object_at(path, errp);
    ObjectPropertyInfoList *list = NULL;
    ObjectPropertyIterator iter;
    ObjectProperty *prop;

    if (obj) {
        object_property_iter_init(&iter, obj);
        while ((prop = object_property_iter_next(&iter))) {
            QAPI_LIST_PREPEND(list, property_info(prop, false));
        }
    }
    return list;
}

static ObjectPropertiesValues *values_of(Object *obj)
{
    ObjectPropertiesValues *values = g_new0(ObjectPropertiesValues, 1);
    ObjectPropertyIterator iter;
    ObjectProperty *prop;

    object_property_iter_init(&iter, obj);
    while ((prop = object_property_iter_next(&iter))) {
        ObjectPropertyValue *v = g_new0(ObjectPropertyValue, 1);

        v->name = g_strdup(prop->name);
        v->type = g_strdup(prop->type);
        v->value = object_property_get_qobject(obj, prop->name, NULL);
        QAPI_LIST_PREPEND(values->properties, v);
    }
    return values;
}

ObjectPropertiesValuesList *qmp_qom_list_get(strList *paths, Error **errp)
{
    ObjectPropertiesValuesList *head = NULL, **tail = &head;

    for (; paths; paths = paths->next) {
        Object *obj = object_at(paths->value, errp);

        if (!obj) {
            qapi_free_ObjectPropertiesValuesList(head);
            return NULL;
        }
        QAPI_LIST_APPEND(tail, values_of(obj));
    }
    return head;
}

QObject *qmp_qom_get(const char *path, const char *property, Error **errp)
{
    Object *obj = object_at(path, errp);

    return obj ? object_property_get_qobject(obj, property, errp) : NULL;
}

void qmp_qom_set(const char *path, const char *property, QObject *value, Error **errp)
{
    Object *obj = object_at(path, errp);

    if (obj) {
        object_property_set_qobject(obj, property, value, errp);
    }
}

static void add_type(ObjectClass *klass, void *opaque)
{
    ObjectTypeInfoList **list = opaque;
    ObjectTypeInfo *info = g_new0(ObjectTypeInfo, 1);
    ObjectClass *parent = object_class_get_parent(klass);

    info->name = g_strdup(object_class_get_name(klass));
    info->has_abstract = info->abstract = object_class_is_abstract(klass);
    info->parent = parent ? g_strdup(object_class_get_name(parent)) : NULL;
    QAPI_LIST_PREPEND(*list, info);
}

ObjectTypeInfoList *qmp_qom_list_types(const char *implements, bool has_abstract, bool abstract, Error **errp)
{
    ObjectTypeInfoList *list = NULL;

    object_class_foreach(add_type, implements, has_abstract && abstract, &list);
    return list;
}

ObjectPropertyInfoList *qmp_qom_list_properties(const char *typename, Error **errp)
{
    ObjectClass *klass = object_class_by_name(typename);
    ObjectPropertyInfoList *list = NULL;
    ObjectPropertyIterator iter;
    ObjectProperty *prop;
    Object *obj = NULL;

    if (!klass || !object_class_dynamic_cast(klass, TYPE_OBJECT)) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Class '%s' not found", typename);
        return NULL;
    }
    /* Some properties belong to instances: show those of a fresh one where one can be made. */
    if (object_class_is_abstract(klass)) {
        object_class_property_iter_init(&iter, klass);
    } else {
        obj = object_new_with_class(klass);
        object_property_iter_init(&iter, obj);
    }
    while ((prop = object_property_iter_next(&iter))) {
        QAPI_LIST_PREPEND(list, property_info(prop, true));
    }
    object_unref(obj);
    return list;
}

void qmp_object_add(QDict *args, QObject **ret, Error **errp)
{
    g_autofree char *type = g_strdup(qdict_get_try_str(args, "qom-type"));
    g_autofree char *id = g_strdup(qdict_get_try_str(args, "id"));

    if (!type || !id) {
        error_setg(errp, "Parameter '%s' is missing", type ? "id" : "qom-type");
        return;
    }
    qdict_del(args, "qom-type");
    qdict_del(args, "id");
    user_creatable_add_type(type, id, args, true, errp);
}

void qmp_object_del(const char *id, Error **errp)
{
    user_creatable_del(id, errp);
}
