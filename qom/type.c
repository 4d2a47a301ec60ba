/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registry of types and their classes. Types are registered before main(); classes are made on first use under
 * the BQL. Casts are in cast.c, instances in object.c.
 */
#include "qemu/osdep.h"
#include "qom/type.h"

static GHashTable *types;        /* name -> Type */

static Type type_new(const TypeInfo *info)
{
    Type type = g_new0(struct TypeImpl, 1);

    g_assert(info->name);
    if (!types) {
        types = g_hash_table_new(g_str_hash, g_str_equal);
    }
    if (g_hash_table_contains(types, info->name)) {
        fprintf(stderr, "type '%s' is registered twice\n", info->name);
        abort();
    }
    type->info = *info;
    type->name = g_strdup(info->name);
    type->info.name = type->name;
    type->info.parent = g_strdup(info->parent);
    g_hash_table_insert(types, type->name, type);
    return type;
}

Type type_register(const TypeInfo *info)
{
    return type_new(info);
}

Type type_register_static(const TypeInfo *info)
{
    return type_new(info);
}

void type_register_static_array(const TypeInfo *infos, int nr_infos)
{
    for (int i = 0; i < nr_infos; i++) {
        type_new(&infos[i]);
    }
}

Type type_get_by_name(const char *name)
{
    return name && types ? g_hash_table_lookup(types, name) : NULL;
}

const char *type_get_parent_name(const char *name)
{
    Type type = type_get_by_name(name);

    return type ? type->info.parent : NULL;
}

void type_resolve(Type type)
{
    if (type->line) {
        return;
    }
    if (type->info.parent) {
        type->parent = type_get_by_name(type->info.parent);
        if (!type->parent) {
            fprintf(stderr, "type '%s' has an unknown parent '%s'\n", type->name, type->info.parent);
            abort();
        }
        type_resolve(type->parent);
        type->depth = type->parent->depth + 1;
        if (type->depth == 1 && !strcmp(type->info.parent, TYPE_INTERFACE)) {
            type->info.abstract = true;         /* only implemented, never made */
        }
        type->info.class_size = MAX(type->info.class_size, type->parent->info.class_size);
        type->info.instance_size = MAX(type->info.instance_size, type->parent->info.instance_size);
        type->info.instance_align = MAX(type->info.instance_align, type->parent->info.instance_align);
    }
    type->info.class_size = MAX(type->info.class_size, sizeof(ObjectClass));
    type->line = g_new(Type, type->depth + 1);
    if (type->parent) {
        memcpy(type->line, type->parent->line, type->depth * sizeof(Type));
    }
    type->line[type->depth] = type;
}

bool type_is_ancestor(Type type, Type target)
{
    type_resolve(type);
    type_resolve(target);
    return target->depth <= type->depth && type->line[target->depth] == target;
}

bool type_is_interface(Type type)
{
    static Type interface;

    if (!interface) {
        interface = type_get_by_name(TYPE_INTERFACE);
    }
    return type_is_ancestor(type, interface);
}

size_t type_instance_size(Type type)
{
    type_resolve(type);
    return type->info.instance_size;
}

/* Give @type's class an instance of interface class @iface, copied from its parent's or made from the type. */
static void add_interface(Type type, Type iface)
{
    InterfaceClass *model = NULL;

    type_resolve(iface);
    for (guint i = 0; i < type->interface_types->len; i++) {
        if (type_is_ancestor(type->interface_types->pdata[i], iface)) {
            return;
        }
    }
    for (guint i = 0; type->parent && i < type->parent->interface_types->len; i++) {
        if (type->parent->interface_types->pdata[i] == iface) {
            model = type->parent->interface_classes->pdata[i];
        }
    }
    if (!model) {
        model = (InterfaceClass *)type_class(iface);
    }
    InterfaceClass *ic = g_memdup2(model, iface->info.class_size);
    ic->concrete_class = type->class;
    ic->parent_class.properties = NULL;
    g_ptr_array_add(type->interface_types, iface);
    g_ptr_array_add(type->interface_classes, ic);
}

static void init_interfaces(Type type)
{
    type->interface_types = g_ptr_array_new();
    type->interface_classes = g_ptr_array_new();
    for (guint i = 0; type->parent && i < type->parent->interface_types->len; i++) {
        add_interface(type, type->parent->interface_types->pdata[i]);
    }
    for (const InterfaceInfo *info = type->info.interfaces; info && info->type; info++) {
        Type iface = type_get_by_name(info->type);

        if (!iface) {
            fprintf(stderr, "type '%s' implements unknown interface '%s'\n", type->name, info->type);
            abort();
        }
        add_interface(type, iface);
    }
}

ObjectClass *type_class(Type type)
{
    if (likely(type->class)) {
        return type->class;
    }
    type_resolve(type);
    ObjectClass *klass = g_malloc0(type->info.class_size);
    if (type->parent) {
        memcpy(klass, type_class(type->parent), type->parent->info.class_size);
        klass->properties = NULL;
    }
    klass->type = type;
    type->class = klass;
    init_interfaces(type);
    for (Type t = type->parent; t; t = t->parent) {
        if (t->info.class_base_init) {
            t->info.class_base_init(klass, type->info.class_data);
        }
    }
    if (type->info.class_init) {
        type->info.class_init(klass, type->info.class_data);
    }
    return klass;
}

ObjectClass *object_class_by_name(const char *type_name)
{
    Type type = type_get_by_name(type_name);

    return type ? type_class(type) : NULL;
}

ObjectClass *object_class_get_parent(ObjectClass *klass)
{
    return klass->type->parent ? type_class(klass->type->parent) : NULL;
}

const char *object_class_get_name(const ObjectClass *klass)
{
    return klass->type->name;
}

bool object_class_is_abstract(const ObjectClass *klass)
{
    return klass->type->info.abstract;
}

static gint compare_types(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const Type *)a)->name, (*(const Type *)b)->name);
}

/* All types in the order of their names: making a class may register nothing, but keep a snapshot anyway. */
static GPtrArray *types_sorted(void)
{
    GPtrArray *all = g_ptr_array_new();
    GHashTableIter iter;
    gpointer type;

    g_hash_table_iter_init(&iter, types);
    while (g_hash_table_iter_next(&iter, NULL, &type)) {
        g_ptr_array_add(all, type);
    }
    g_ptr_array_sort(all, compare_types);
    return all;
}

void object_class_foreach(void (*fn)(ObjectClass *klass, void *opaque), const char *implements_type,
                          bool include_abstract, void *opaque)
{
    g_autoptr(GPtrArray) all = types_sorted();

    for (guint i = 0; i < all->len; i++) {
        Type type = all->pdata[i];
        ObjectClass *klass;

        if (!include_abstract && type->info.abstract) {
            continue;
        }
        klass = type_class(type);
        if (!implements_type || object_class_dynamic_cast(klass, implements_type)) {
            fn(klass, opaque);
        }
    }
}

static void collect(ObjectClass *klass, void *opaque)
{
    GSList **list = opaque;

    *list = g_slist_prepend(*list, klass);
}

GSList *object_class_get_list_sorted(const char *implements_type, bool include_abstract)
{
    GSList *list = NULL;

    object_class_foreach(collect, implements_type, include_abstract, &list);
    return g_slist_reverse(list);
}

GSList *object_class_get_list(const char *implements_type, bool include_abstract)
{
    return object_class_get_list_sorted(implements_type, include_abstract);
}

/* --- casts --- */

ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type_name)
{
    Type type, target;

    if (!klass) {
        return NULL;
    }
    type = klass->type;
    if (type->name == type_name) {
        return klass;
    }
    target = type_get_by_name(type_name);
    if (!target) {
        return NULL;
    }
    if (type_is_ancestor(type, target)) {
        return klass;
    }
    if (!type->interface_types) {
        return NULL;
    }
    for (guint i = 0; i < type->interface_types->len; i++) {
        if (type_is_ancestor(type->interface_types->pdata[i], target)) {
            return type->interface_classes->pdata[i];
        }
    }
    return NULL;
}

ObjectClass *object_class_dynamic_cast_assert(ObjectClass *klass, const char *type_name, const char *file,
                                              int line, const char *func)
{
    ObjectClass *ret = object_class_dynamic_cast(klass, type_name);

    if (!ret && klass) {
        fprintf(stderr, "%s:%d:%s: class '%s' is no '%s'\n", file, line, func, klass->type->name, type_name);
        abort();
    }
    return ret;
}

/* Casts in hot paths pass string literals: comparing pointers settles nearly all of them. */
static bool cast_cached(Type type, const char *type_name)
{
    for (size_t i = 0; i < ARRAY_SIZE(type->cast_cache); i++) {
        if (__atomic_load_n(&type->cast_cache[i], __ATOMIC_RELAXED) == type_name) {
            return true;
        }
    }
    return false;
}

Object *object_dynamic_cast(Object *obj, const char *type_name)
{
    Type type;

    if (!obj) {
        return NULL;
    }
    type = obj->class->type;
    if (type->name == type_name || object_class_dynamic_cast(obj->class, type_name)) {
        return obj;
    }
    return NULL;
}

Object *object_dynamic_cast_assert(Object *obj, const char *type_name, const char *file, int line, const char *func)
{
    Type type;

    if (!obj) {
        return NULL;
    }
    type = obj->class->type;
    if (cast_cached(type, type_name)) {
        return obj;
    }
    if (!object_dynamic_cast(obj, type_name)) {
        fprintf(stderr, "%s:%d:%s: object %p of type '%s' is no '%s'\n", file, line, func, (void *)obj, type->name,
                type_name);
        abort();
    }
    unsigned slot = __atomic_fetch_add(&type->cast_next, 1, __ATOMIC_RELAXED) % ARRAY_SIZE(type->cast_cache);
    __atomic_store_n(&type->cast_cache[slot], type_name, __ATOMIC_RELAXED);
    return obj;
}
