/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -object, object-add, object-del: objects the user makes under /objects. Lock: the BQL. */
#include "qemu/osdep.h"
#include "qom/object_interfaces.h"
#include "qobject/keyval.h"
#include "qobject/qdict.h"
#include "qapi/util.h"

bool user_creatable_complete(UserCreatable *uc, Error **errp)
{
    ERRP_GUARD();
    UserCreatableClass *ucc = USER_CREATABLE_GET_CLASS(uc);

    if (ucc->complete) {
        ucc->complete(uc, errp);
    }
    return !*errp;
}

bool user_creatable_can_be_deleted(UserCreatable *uc)
{
    UserCreatableClass *ucc = USER_CREATABLE_GET_CLASS(uc);

    return !ucc->can_be_deleted || ucc->can_be_deleted(uc);
}

static bool well_formed_id(const char *id)
{
    if (!g_ascii_isalpha(*id)) {
        return false;
    }
    for (; *id; id++) {
        if (!g_ascii_isalnum(*id) && !strchr("-._", *id)) {
            return false;
        }
    }
    return true;
}

static ObjectClass *creatable_class(const char *type, Error **errp)
{
    ObjectClass *klass = object_class_by_name(type);

    if (!klass || !object_class_dynamic_cast(klass, TYPE_USER_CREATABLE)) {
        error_setg(errp, klass ? "object type '%s' isn't supported by object-add" : "invalid object type: %s", type);
        return NULL;
    }
    if (object_class_is_abstract(klass)) {
        error_setg(errp, "object type '%s' is abstract", type);
        return NULL;
    }
    return klass;
}

Object *user_creatable_add_type(const char *type, const char *id, const QDict *props, bool from_json, Error **errp)
{
    ObjectClass *klass = creatable_class(type, errp);
    Object *obj;

    if (!klass) {
        return NULL;
    }
    if (!well_formed_id(id)) {
        error_setg(errp, "Parameter 'id' expects an identifier, not '%s'", id);
        error_append_hint(errp, "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.\n");
        return NULL;
    }
    obj = object_new_with_class(klass);
    if (!object_set_properties_from_keyval(obj, props, from_json, errp) ||
        !object_property_try_add_child(object_get_objects_root(), id, obj, errp)) {
        object_unref(obj);
        return NULL;
    }
    if (!user_creatable_complete(USER_CREATABLE(obj), errp)) {
        object_unparent(obj);
        object_unref(obj);
        return NULL;
    }
    object_unref(obj);
    return obj;
}

static void print_type(ObjectClass *klass, void *opaque)
{
    printf("  %s\n", object_class_get_name(klass));
}

static void print_property(const char *type, const ObjectProperty *prop)
{
    g_autofree char *head = g_strdup_printf("%s=<%s>", prop->name, prop->type);

    printf("  %-22s", head);
    if (prop->description) {
        printf(" - %s", prop->description);
    }
    putchar('\n');
}

bool user_creatable_print_help(const char *type)
{
    ObjectPropertyIterator iter;
    ObjectProperty *prop;
    ObjectClass *klass;

    if (!type) {
        printf("List of user creatable objects:\n");
        object_class_foreach(print_type, TYPE_USER_CREATABLE, false, NULL);
        return true;
    }
    klass = creatable_class(type, NULL);
    if (!klass) {
        return false;
    }
    printf("%s options:\n", type);
    object_class_property_iter_init(&iter, klass);
    while ((prop = object_property_iter_next(&iter))) {
        if (prop->set) {
            print_property(type, prop);
        }
    }
    return true;
}

/* Take the string member @key out of @args. */
static char *take_string(QDict *args, const char *key, Error **errp)
{
    const char *text = qdict_get_try_str(args, key);
    char *copy = g_strdup(text);

    if (!text) {
        error_setg(errp, "Parameter '%s' is missing", key);
    } else {
        qdict_del(args, key);
    }
    return copy;
}

bool user_creatable_add_from_str(const char *str, Error **errp)
{
    bool is_keyval, help = false;
    QDict *args = option_arg_parse(str, "qom-type", &is_keyval, &help, errp);
    bool ok = false;

    if (!args) {
        return false;
    }
    if (help) {
        const char *type = qdict_get_try_str(args, "qom-type");
        if (!user_creatable_print_help(type)) {
            error_setg(errp, "invalid object type: %s", type);
        }
    } else {
        g_autofree char *type = take_string(args, "qom-type", errp);
        g_autofree char *id = type ? take_string(args, "id", errp) : NULL;
        ok = id && user_creatable_add_type(type, id, args, !is_keyval, errp);
    }
    qobject_unref(args);
    return ok;
}

bool user_creatable_del(const char *id, Error **errp)
{
    Object *obj = object_resolve_path_component(object_get_objects_root(), id);

    if (!obj) {
        error_setg(errp, "object '%s' not found", id);
        return false;
    }
    if (!user_creatable_can_be_deleted(USER_CREATABLE(obj))) {
        error_setg(errp, "object '%s' is in use, can not be deleted", id);
        return false;
    }
    object_unparent(obj);
    return true;
}

void user_creatable_cleanup(void)
{
    object_unparent(object_get_objects_root());
}

static const TypeInfo user_creatable_types[] = {
    { .name = TYPE_USER_CREATABLE, .parent = TYPE_INTERFACE, .class_size = sizeof(UserCreatableClass) },
};
DEFINE_TYPES(user_creatable_types)
