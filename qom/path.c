/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tree of objects: roots, containers, and finding objects by absolute or partial path. Lock: the BQL. */
#include "qemu/osdep.h"
#include "qom/type.h"
#include "qom/object_interfaces.h"

Object *object_get_root(void)
{
    static Object *root;

    if (!root) {
        root = object_new(TYPE_CONTAINER);
    }
    return root;
}

Object *object_property_add_new_container(Object *obj, const char *name)
{
    Object *child = object_new(TYPE_CONTAINER);

    object_property_add_child(obj, name, child);
    object_unref(child);
    return child;
}

Object *container_get(Object *root, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", 0);
    Object *obj = root;

    for (char **part = parts; *part; part++) {
        if (**part) {
            Object *child = object_resolve_path_component(obj, *part);
            obj = child ? child : object_property_add_new_container(obj, *part);
        }
    }
    return obj;
}

Object *object_get_container(const char *name)
{
    return container_get(object_get_root(), name);
}

Object *object_get_objects_root(void)
{
    return object_get_container("objects");
}

const char *object_get_canonical_path_component(const Object *obj)
{
    GHashTableIter iter;
    gpointer value;

    if (!obj->parent || !obj->parent->properties) {
        return NULL;
    }
    g_hash_table_iter_init(&iter, obj->parent->properties);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        ObjectProperty *prop = value;

        if (prop->opaque == obj && g_str_has_prefix(prop->type, "child<")) {
            return prop->name;
        }
    }
    return NULL;
}

char *object_get_canonical_path(const Object *obj)
{
    const Object *root = object_get_root();
    GString *path = g_string_new(NULL);

    for (; obj != root; obj = obj->parent) {
        const char *part = object_get_canonical_path_component(obj);

        if (!part) {
            g_string_free(path, true);
            return NULL;
        }
        g_string_prepend(path, part);
        g_string_prepend_c(path, '/');
    }
    if (!path->len) {
        g_string_append_c(path, '/');
    }
    return g_string_free(path, false);
}

Object *object_resolve_path_component(Object *parent, const char *part)
{
    ObjectProperty *prop = object_property_find(parent, part);

    return prop && prop->resolve ? prop->resolve(parent, prop->opaque, part) : NULL;
}

static Object *resolve_parts(Object *parent, char **parts, const char *type_name)
{
    for (; parent && *parts; parts++) {
        if (**parts) {
            parent = object_resolve_path_component(parent, *parts);
        }
    }
    return parent ? object_dynamic_cast(parent, type_name) : NULL;
}

/* Every object below @parent from which @parts leads somewhere; two different finds make the path ambiguous. */
static Object *resolve_partial(Object *parent, char **parts, const char *type_name, bool *ambiguous)
{
    Object *found = resolve_parts(parent, parts, type_name);
    GHashTableIter iter;
    gpointer value;

    if (!parent->properties) {
        return found;
    }
    g_hash_table_iter_init(&iter, parent->properties);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        ObjectProperty *prop = value;
        Object *more;

        if (!g_str_has_prefix(prop->type, "child<")) {
            continue;
        }
        more = resolve_partial(prop->opaque, parts, type_name, ambiguous);
        if (more && found && more != found) {
            *ambiguous = true;
        }
        if (*ambiguous) {
            return NULL;
        }
        found = found ? found : more;
    }
    return found;
}

Object *object_resolve_path_type(const char *path, const char *type_name, bool *ambiguous)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", 0);
    bool twice = false;
    Object *obj;

    /* An empty path with a type finds the one object of that type, wherever it is. */
    if (path[0] == '/') {
        obj = resolve_parts(object_get_root(), parts + 1, type_name);
    } else {
        obj = resolve_partial(object_get_root(), parts, type_name, &twice);
    }
    if (ambiguous) {
        *ambiguous = twice;
    }
    return obj;
}

Object *object_resolve_path(const char *path, bool *ambiguous)
{
    return object_resolve_path_type(path, TYPE_OBJECT, ambiguous);
}

Object *object_resolve_path_from(Object *parent, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", 0);

    return resolve_parts(parent, parts, TYPE_OBJECT);
}

Object *object_resolve_path_at(Object *parent, const char *path)
{
    return *path == '/' ? object_resolve_path(path, NULL) : object_resolve_path_from(parent, path);
}

typedef struct TypeSearch {
    const char *type_name;
    Object *found;
    bool ambiguous;
} TypeSearch;

static int match_type(Object *obj, void *opaque)
{
    TypeSearch *s = opaque;

    if (object_dynamic_cast(obj, s->type_name)) {
        s->ambiguous = s->found != NULL;
        s->found = obj;
    }
    return s->ambiguous;
}

Object *object_resolve_type_unambiguous(const char *type_name, Error **errp)
{
    TypeSearch s = { .type_name = type_name };

    object_child_foreach_recursive(object_get_root(), match_type, &s);
    if (s.ambiguous) {
        error_setg(errp, "There is more than one object of type %s", type_name);
        return NULL;
    }
    return s.found;
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp((*(ObjectProperty *const *)a)->name, (*(ObjectProperty *const *)b)->name);
}

/* In the order of names, so that what walks the tree does the same in every run. @fn may change the children. */
static int child_foreach(Object *obj, int (*fn)(Object *child, void *opaque), void *opaque, bool recurse)
{
    g_autoptr(GPtrArray) children = g_ptr_array_new();
    g_autoptr(GPtrArray) objects = g_ptr_array_new_with_free_func(object_unref);
    GHashTableIter iter;
    gpointer value;

    if (!obj->properties) {
        return 0;
    }
    g_hash_table_iter_init(&iter, obj->properties);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (g_str_has_prefix(((ObjectProperty *)value)->type, "child<")) {
            g_ptr_array_add(children, value);
        }
    }
    g_ptr_array_sort(children, compare_names);
    for (guint i = 0; i < children->len; i++) {
        g_ptr_array_add(objects, object_ref(((ObjectProperty *)children->pdata[i])->opaque));
    }
    for (guint i = 0; i < objects->len; i++) {
        int ret = fn(objects->pdata[i], opaque);

        if (!ret && recurse) {
            ret = child_foreach(objects->pdata[i], fn, opaque, true);
        }
        if (ret) {
            return ret;
        }
    }
    return 0;
}

int object_child_foreach(Object *obj, int (*fn)(Object *child, void *opaque), void *opaque)
{
    return child_foreach(obj, fn, opaque, false);
}

int object_child_foreach_recursive(Object *obj, int (*fn)(Object *child, void *opaque), void *opaque)
{
    return child_foreach(obj, fn, opaque, true);
}
