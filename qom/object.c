/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instances: life and reference counting. Types are in type.c, properties in property.c, paths in path.c. */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qom/type.h"

static void run_instance_init(Object *obj, Type type)
{
    if (type->parent) {
        run_instance_init(obj, type->parent);
    }
    if (type->info.instance_init) {
        type->info.instance_init(obj);
    }
}

static void run_instance_post_init(Object *obj, Type type)
{
    if (type->parent) {
        run_instance_post_init(obj, type->parent);
    }
    if (type->info.instance_post_init) {
        type->info.instance_post_init(obj);
    }
}

static void initialize(void *data, size_t size, Type type)
{
    Object *obj = data;

    type_resolve(type);
    g_assert(type->info.instance_size >= sizeof(Object) && size >= type->info.instance_size);
    g_assert(!type->info.abstract);
    memset(obj, 0, type->info.instance_size);
    obj->class = type_class(type);
    obj->ref = 1;
    object_init_class_properties(obj, obj->class);
    run_instance_init(obj, type);
    run_instance_post_init(obj, type);
}

static Type known_type(const char *type_name)
{
    Type type = type_get_by_name(type_name);

    if (!type) {
        fprintf(stderr, "unknown type '%s'\n", type_name);
        abort();
    }
    return type;
}

void object_initialize(void *obj, size_t size, const char *type_name)
{
    initialize(obj, size, known_type(type_name));
}

Object *object_new_with_class(ObjectClass *klass)
{
    Type type = klass->type;
    size_t size = type_instance_size(type);
    Object *obj;

    if (type->info.instance_align > __alignof__(max_align_t)) {
        /* free() takes what posix_memalign() gives. */
        void *p = NULL;
        if (posix_memalign(&p, type->info.instance_align, size)) {
            abort();
        }
        obj = p;
        initialize(obj, size, type);
        obj->free = free;
    } else {
        obj = g_malloc(size);
        initialize(obj, size, type);
        obj->free = g_free;
    }
    return obj;
}

Object *object_new(const char *type_name)
{
    return object_new_with_class(type_class(known_type(type_name)));
}

void object_initialize_child_internal(Object *parent, const char *propname, void *child, size_t size,
                                      const char *type)
{
    object_initialize(child, size, type);
    object_property_add_child(parent, propname, OBJECT(child));
    object_unref(child);
}

static void finalize(Object *obj)
{
    object_property_del_all(obj);
    for (Type type = obj->class->type; type; type = type->parent) {
        if (type->info.instance_finalize) {
            type->info.instance_finalize(obj);
        }
    }
    g_assert(!obj->parent);
    if (obj->free) {
        obj->free(obj);
    }
}

Object *object_ref(void *objptr)
{
    Object *obj = objptr;

    if (obj) {
        uint32_t old = qatomic_fetch_inc(&obj->ref);
        g_assert(old > 0 && old < INT_MAX);
    }
    return obj;
}

void object_unref(void *objptr)
{
    Object *obj = objptr;

    if (obj) {
        uint32_t old = qatomic_fetch_dec(&obj->ref);
        g_assert(old > 0);
        if (old == 1) {
            finalize(obj);
        }
    }
}

void object_unparent(Object *obj)
{
    if (obj->parent) {
        object_property_del_child(obj->parent, obj);
    }
}

ObjectClass *object_get_class(Object *obj)
{
    return obj->class;
}

const char *object_get_typename(const Object *obj)
{
    return obj->class->type->name;
}

static char *get_type(Object *obj, Error **errp)
{
    return g_strdup(object_get_typename(obj));
}

static void object_class_init(ObjectClass *oc, const void *data)
{
    object_class_property_add_str(oc, "type", get_type, NULL);
}

static const TypeInfo base_types[] = {
    { .name = TYPE_OBJECT, .instance_size = sizeof(Object), .abstract = true, .class_init = object_class_init },
    { .name = TYPE_INTERFACE, .class_size = sizeof(InterfaceClass), .abstract = true },
    { .name = TYPE_CONTAINER, .parent = TYPE_OBJECT },
};
DEFINE_TYPES(base_types)
