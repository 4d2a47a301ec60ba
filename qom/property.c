/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties: where they are kept, adding, finding, reading and writing. The kinds are in property-types.c.
 * Lookup goes to the class first, from the derived type up, then to the instance.
 */
#include "qemu/osdep.h"
#include "qom/object_interfaces.h"
#include "qom/type.h"
#include "qapi/qobject-input-visitor.h"
#include "qapi/qobject-output-visitor.h"
#include "qapi/string-input-visitor.h"
#include "qapi/string-output-visitor.h"
#include "qobject/qbool.h"
#include "qobject/qdict.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"

void object_property_free(gpointer data)
{
    ObjectProperty *prop = data;

    qobject_unref(prop->defval);
    g_free(prop->name);
    g_free(prop->type);
    g_free(prop->description);
    g_free(prop);
}

static ObjectProperty *property_new(const char *name, const char *type, ObjectPropertyAccessor *get,
                                    ObjectPropertyAccessor *set, ObjectPropertyRelease *release, void *opaque)
{
    ObjectProperty *prop = g_new0(ObjectProperty, 1);

    prop->name = g_strdup(name);
    prop->type = g_strdup(type);
    prop->get = get;
    prop->set = set;
    prop->release = release;
    prop->opaque = opaque;
    return prop;
}

static GHashTable *property_table(GHashTable **table)
{
    if (!*table) {
        *table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, object_property_free);
    }
    return *table;
}

/* The property "base[0]" of @obj itself, which remembers where a search may start. */
static ObjectProperty *first_of(Object *obj, const char *name, size_t base)
{
    g_autofree char *full = g_strdup_printf("%.*s[0]", (int)base, name);

    return obj->properties ? g_hash_table_lookup(obj->properties, full) : NULL;
}

/* "base[*]" -> "base[N]" with the first N that is free. */
static char *free_indexed_name(Object *obj, const char *name)
{
    size_t base = strlen(name) - 3;
    ObjectProperty *first = first_of(obj, name, base);

    for (unsigned i = first ? first->next_index : 0;; i++) {
        char *full = g_strdup_printf("%.*s[%u]", (int)base, name, i);

        if (!object_property_find(obj, full)) {
            if (first) {
                first->next_index = i;
            }
            return full;
        }
        g_free(full);
    }
}

/* @name, which goes, may be "base[N]". */
static void index_is_free(Object *obj, const char *name)
{
    const char *bracket = strrchr(name, '[');
    ObjectProperty *first = bracket ? first_of(obj, name, bracket - name) : NULL;

    if (first) {
        first->next_index = MIN(first->next_index, strtoul(bracket + 1, NULL, 10));
    }
}

ObjectProperty *object_property_try_add(Object *obj, const char *name, const char *type,
                                        ObjectPropertyAccessor *get, ObjectPropertyAccessor *set,
                                        ObjectPropertyRelease *release, void *opaque, Error **errp)
{
    g_autofree char *indexed = NULL;
    ObjectProperty *prop;

    if (g_str_has_suffix(name, "[*]")) {
        name = indexed = free_indexed_name(obj, name);
    }
    if (object_property_find(obj, name)) {
        error_setg(errp, "attempt to add duplicate property '%s' to object (type '%s')", name,
                   object_get_typename(obj));
        return NULL;
    }
    prop = property_new(name, type, get, set, release, opaque);
    g_hash_table_insert(property_table(&obj->properties), prop->name, prop);
    return prop;
}

ObjectProperty *object_property_add(Object *obj, const char *name, const char *type, ObjectPropertyAccessor *get,
                                    ObjectPropertyAccessor *set, ObjectPropertyRelease *release, void *opaque)
{
    return object_property_try_add(obj, name, type, get, set, release, opaque, &error_abort);
}

ObjectProperty *object_class_property_add(ObjectClass *klass, const char *name, const char *type,
                                          ObjectPropertyAccessor *get, ObjectPropertyAccessor *set,
                                          ObjectPropertyRelease *release, void *opaque)
{
    ObjectProperty *prop;

    if (object_class_property_find(klass, name)) {
        fprintf(stderr, "class '%s' already has a property '%s'\n", object_class_get_name(klass), name);
        abort();
    }
    prop = property_new(name, type, get, set, release, opaque);
    g_hash_table_insert(property_table(&klass->properties), prop->name, prop);
    return prop;
}

ObjectProperty *object_class_property_find(ObjectClass *klass, const char *name)
{
    for (Type type = klass->type; type; type = type->parent) {
        ObjectClass *k = type_class(type);
        ObjectProperty *prop = k->properties ? g_hash_table_lookup(k->properties, name) : NULL;

        if (prop) {
            return prop;
        }
    }
    return NULL;
}

ObjectProperty *object_property_find(Object *obj, const char *name)
{
    ObjectProperty *prop = object_class_property_find(obj->class, name);

    if (!prop && obj->properties) {
        prop = g_hash_table_lookup(obj->properties, name);
    }
    return prop;
}

ObjectProperty *object_property_find_err(Object *obj, const char *name, Error **errp)
{
    ObjectProperty *prop = object_property_find(obj, name);

    if (!prop) {
        error_setg(errp, "Property '%s.%s' not found", object_get_typename(obj), name);
    }
    return prop;
}

void object_init_class_properties(Object *obj, ObjectClass *klass)
{
    ObjectPropertyIterator iter;
    ObjectProperty *prop;

    object_class_property_iter_init(&iter, klass);
    while ((prop = object_property_iter_next(&iter))) {
        if (prop->init) {
            prop->init(obj, prop);
        }
    }
}

void object_property_del(Object *obj, const char *name)
{
    ObjectProperty *prop = g_hash_table_lookup(property_table(&obj->properties), name);

    g_assert(prop);
    g_hash_table_steal(obj->properties, name);
    index_is_free(obj, prop->name);
    if (prop->release) {
        prop->release(obj, prop->name, prop->opaque);
    }
    object_property_free(prop);
}

/* Releasing one property may delete others, so start afresh each time. */
void object_property_del_all(Object *obj)
{
    ObjectPropertyIterator class_iter;
    ObjectProperty *prop;
    GHashTableIter iter;
    gpointer value;

    while (obj->properties && g_hash_table_size(obj->properties)) {
        g_hash_table_iter_init(&iter, obj->properties);
        g_hash_table_iter_next(&iter, NULL, &value);
        prop = value;
        g_hash_table_iter_steal(&iter);
        if (prop->release) {
            prop->release(obj, prop->name, prop->opaque);
        }
        object_property_free(prop);
    }
    g_clear_pointer(&obj->properties, g_hash_table_unref);
    object_class_property_iter_init(&class_iter, obj->class);
    while ((prop = object_property_iter_next(&class_iter))) {
        if (prop->release) {
            prop->release(obj, prop->name, prop->opaque);
        }
    }
}

void object_property_del_child(Object *obj, Object *child)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, obj->properties);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        ObjectProperty *prop = value;

        if (prop->opaque == child && g_str_has_prefix(prop->type, "child<")) {
            object_property_del(obj, prop->name);
            return;
        }
    }
}

void object_property_iter_init(ObjectPropertyIterator *iter, Object *obj)
{
    iter->nextclass = obj->class;
    iter->valid = obj->properties != NULL;
    if (iter->valid) {
        g_hash_table_iter_init(&iter->iter, obj->properties);
    }
}

void object_class_property_iter_init(ObjectPropertyIterator *iter, ObjectClass *klass)
{
    iter->nextclass = klass;
    iter->valid = false;
}

ObjectProperty *object_property_iter_next(ObjectPropertyIterator *iter)
{
    gpointer value;

    for (;;) {
        if (iter->valid && g_hash_table_iter_next(&iter->iter, NULL, &value)) {
            return value;
        }
        if (!iter->nextclass) {
            return NULL;
        }
        iter->valid = iter->nextclass->properties != NULL;
        if (iter->valid) {
            g_hash_table_iter_init(&iter->iter, iter->nextclass->properties);
        }
        iter->nextclass = object_class_get_parent(iter->nextclass);
    }
}

static void replace_string(char **dest, const char *text)
{
    g_free(*dest);
    *dest = g_strdup(text);
}

void object_property_set_description(Object *obj, const char *name, const char *description)
{
    replace_string(&object_property_find_err(obj, name, &error_abort)->description, description);
}

void object_class_property_set_description(ObjectClass *klass, const char *name, const char *description)
{
    ObjectProperty *prop = object_class_property_find(klass, name);

    g_assert(prop);
    replace_string(&prop->description, description);
}

/* --- defaults: set when an instance is made --- */

static void set_default(Object *obj, ObjectProperty *prop)
{
    object_property_set_qobject(obj, prop->name, prop->defval, &error_abort);
}

static void property_default(ObjectProperty *prop, QObject *defval)
{
    g_assert(!prop->defval && !prop->init);
    prop->defval = defval;
    prop->init = set_default;
}

void object_property_set_default_bool(ObjectProperty *prop, bool value)
{
    property_default(prop, QOBJECT(qbool_from_bool(value)));
}

void object_property_set_default_str(ObjectProperty *prop, const char *value)
{
    property_default(prop, QOBJECT(qstring_from_str(value)));
}

void object_property_set_default_int(ObjectProperty *prop, int64_t value)
{
    property_default(prop, QOBJECT(qnum_from_int(value)));
}

void object_property_set_default_uint(ObjectProperty *prop, uint64_t value)
{
    property_default(prop, QOBJECT(qnum_from_uint(value)));
}

/* --- reading and writing --- */

bool object_property_get(Object *obj, const char *name, Visitor *v, Error **errp)
{
    ERRP_GUARD();
    ObjectProperty *prop = object_property_find_err(obj, name, errp);

    if (!prop) {
        return false;
    }
    if (!prop->get) {
        error_setg(errp, "Property '%s.%s' is not readable", object_get_typename(obj), name);
        return false;
    }
    prop->get(obj, v, name, prop->opaque, errp);
    return !*errp;
}

bool object_property_set(Object *obj, const char *name, Visitor *v, Error **errp)
{
    ERRP_GUARD();
    ObjectProperty *prop = object_property_find_err(obj, name, errp);

    if (!prop) {
        return false;
    }
    if (!prop->set) {
        error_setg(errp, "Property '%s.%s' is not writable", object_get_typename(obj), name);
        return false;
    }
    prop->set(obj, v, name, prop->opaque, errp);
    return !*errp;
}

bool object_property_set_qobject(Object *obj, const char *name, QObject *value, Error **errp)
{
    g_autoptr(Visitor) v = qobject_input_visitor_new(value);

    return object_property_set(obj, name, v, errp);
}

QObject *object_property_get_qobject(Object *obj, const char *name, Error **errp)
{
    QObject *value = NULL;
    g_autoptr(Visitor) v = qobject_output_visitor_new(&value);

    if (object_property_get(obj, name, v, errp)) {
        visit_complete(v, &value);
    }
    return value;
}

bool object_property_parse(Object *obj, const char *name, const char *string, Error **errp)
{
    g_autoptr(Visitor) v = string_input_visitor_new(string);

    return object_property_set(obj, name, v, errp);
}

char *object_property_print(Object *obj, const char *name, bool human, Error **errp)
{
    char *text = NULL;
    g_autoptr(Visitor) v = string_output_visitor_new(human, &text);

    if (object_property_get(obj, name, v, errp)) {
        visit_complete(v, &text);
    }
    return text;
}

const char *object_property_get_type(Object *obj, const char *name, Error **errp)
{
    ObjectProperty *prop = object_property_find_err(obj, name, errp);

    return prop ? prop->type : NULL;
}

static bool set_and_unref(Object *obj, const char *name, QObject *value, Error **errp)
{
    bool ok = object_property_set_qobject(obj, name, value, errp);

    qobject_unref(value);
    return ok;
}

bool object_property_set_str(Object *obj, const char *name, const char *value, Error **errp)
{
    return set_and_unref(obj, name, QOBJECT(qstring_from_str(value)), errp);
}

bool object_property_set_bool(Object *obj, const char *name, bool value, Error **errp)
{
    return set_and_unref(obj, name, QOBJECT(qbool_from_bool(value)), errp);
}

bool object_property_set_int(Object *obj, const char *name, int64_t value, Error **errp)
{
    return set_and_unref(obj, name, QOBJECT(qnum_from_int(value)), errp);
}

bool object_property_set_uint(Object *obj, const char *name, uint64_t value, Error **errp)
{
    return set_and_unref(obj, name, QOBJECT(qnum_from_uint(value)), errp);
}

bool object_property_set_link(Object *obj, const char *name, Object *value, Error **errp)
{
    g_autofree char *path = value ? object_get_canonical_path(value) : g_strdup("");

    if (!path) {
        error_setg(errp, "Object for link '%s' is not in the object tree", name);
        return false;
    }
    return object_property_set_str(obj, name, path, errp);
}

static void *wrong_type(const char *name, const char *expected, Error **errp)
{
    error_setg(errp, "Invalid parameter type for '%s', expected: %s", name, expected);
    return NULL;
}

char *object_property_get_str(Object *obj, const char *name, Error **errp)
{
    QObject *value = object_property_get_qobject(obj, name, errp);
    QString *s = value ? qobject_to(QString, value) : NULL;
    char *text = s ? g_strdup(qstring_get_str(s)) : value ? wrong_type(name, "string", errp) : NULL;

    qobject_unref(value);
    return text;
}

Object *object_property_get_link(Object *obj, const char *name, Error **errp)
{
    g_autofree char *path = object_property_get_str(obj, name, errp);
    Object *target = NULL;

    if (path && *path) {
        target = object_resolve_path(path, NULL);
        if (!target) {
            error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found", path);
        }
    }
    return target;
}

bool object_property_get_bool(Object *obj, const char *name, Error **errp)
{
    QObject *value = object_property_get_qobject(obj, name, errp);
    QBool *b = value ? qobject_to(QBool, value) : NULL;
    bool ret = b && qbool_get_bool(b);

    if (value && !b) {
        wrong_type(name, "boolean", errp);
    }
    qobject_unref(value);
    return ret;
}

int64_t object_property_get_int(Object *obj, const char *name, Error **errp)
{
    QObject *value = object_property_get_qobject(obj, name, errp);
    QNum *n = value ? qobject_to(QNum, value) : NULL;
    int64_t ret = -1;

    if (value && (!n || !qnum_get_try_int(n, &ret))) {
        wrong_type(name, "int", errp);
        ret = -1;
    }
    qobject_unref(value);
    return ret;
}

uint64_t object_property_get_uint(Object *obj, const char *name, Error **errp)
{
    QObject *value = object_property_get_qobject(obj, name, errp);
    QNum *n = value ? qobject_to(QNum, value) : NULL;
    uint64_t ret = 0;

    if (value && (!n || !qnum_get_try_uint(n, &ret))) {
        wrong_type(name, "uint", errp);
        ret = 0;
    }
    qobject_unref(value);
    return ret;
}

/* --- many at once --- */

static bool set_props_va(Object *obj, Error **errp, va_list ap)
{
    const char *name;

    while ((name = va_arg(ap, const char *))) {
        if (!object_property_parse(obj, name, va_arg(ap, const char *), errp)) {
            return false;
        }
    }
    return true;
}

bool object_set_props(Object *obj, Error **errp, ...)
{
    va_list ap;

    va_start(ap, errp);
    bool ok = set_props_va(obj, errp, ap);
    va_end(ap);
    return ok;
}

Object *object_new_with_props(const char *type_name, Object *parent, const char *id, Error **errp, ...)
{
    ObjectClass *klass = object_class_by_name(type_name);
    Object *obj;
    va_list ap;

    if (!klass || object_class_is_abstract(klass)) {
        error_setg(errp, klass ? "object type '%s' is abstract" : "invalid object type: %s", type_name);
        return NULL;
    }
    obj = object_new_with_class(klass);
    va_start(ap, errp);
    bool ok = set_props_va(obj, errp, ap);
    va_end(ap);
    ok = ok && (!id || object_property_try_add_child(parent, id, obj, errp));
    if (!ok) {
        object_unref(obj);
        return NULL;
    }
    if (object_class_dynamic_cast(klass, TYPE_USER_CREATABLE) &&
        !user_creatable_complete(USER_CREATABLE(obj), errp)) {
        if (id) {
            object_unparent(obj);
        }
        object_unref(obj);
        return NULL;
    }
    if (id) {
        object_unref(obj);
    }
    return obj;
}

bool object_set_properties_from_keyval(Object *obj, const QDict *props, bool from_json, Error **errp)
{
    g_autoptr(Visitor) v = from_json ? qobject_input_visitor_new(QOBJECT(props))
                                     : qobject_input_visitor_new_keyval(QOBJECT(props));
    const QDictEntry *e;

    if (!visit_start_struct(v, NULL, NULL, 0, errp)) {
        return false;
    }
    for (e = qdict_first(props); e; e = qdict_next(props, e)) {
        if (!object_property_set(obj, qdict_entry_key(e), v, errp)) {
            visit_end_struct(v, NULL);
            return false;
        }
    }
    bool ok = visit_check_struct(v, errp);
    visit_end_struct(v, NULL);
    return ok;
}
