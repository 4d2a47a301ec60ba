/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QOM: types with single inheritance and interfaces, reference-counted objects with named properties, and the
 * tree of all objects ("/machine", "/objects", "/chardevs").
 *
 * Rules
 *  - Types are registered before main() (DEFINE_TYPES) and never go away. A class is initialised on first use:
 *    the parent's bytes are copied, then class_init runs.
 *  - object_new() gives the caller a reference; a child property holds one of its own.
 *  - instance_init cannot fail and touches nothing outside the object. What can fail happens in realize or in a
 *    property setter.
 *  - Properties are read and written through a Visitor, under the BQL.
 *
 *  right:  OBJECT_DECLARE_SIMPLE_TYPE(FooState, FOO)           // foo.h
 *          static const TypeInfo foo_types[] = {
 *              { .name = TYPE_FOO, .parent = TYPE_DEVICE, .instance_size = sizeof(FooState),
 *                .class_init = foo_class_init },
 *          };
 *          DEFINE_TYPES(foo_types)
 *  wrong:  FooState *s = (FooState *)obj;                      // use FOO(obj): it is checked and as fast
 *
 * Lock: the BQL, except object_ref/unref and casts, which any thread may use.
 */
#ifndef QOM_OBJECT_H
#define QOM_OBJECT_H

#include "qemu/osdep.h"
#include "qemu/module.h"
#include "qapi/error.h"

typedef struct TypeImpl *Type;
typedef struct TypeInfo TypeInfo;
typedef struct InterfaceInfo InterfaceInfo;
typedef struct InterfaceClass InterfaceClass;
typedef struct EnumPropertyInfo EnumPropertyInfo;
typedef struct QEnumLookup QEnumLookup;

#define TYPE_OBJECT "object"
#define TYPE_CONTAINER "container"
#define TYPE_INTERFACE "interface"

typedef void ObjectPropertyAccessor(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp);
typedef Object *ObjectPropertyResolve(Object *obj, void *opaque, const char *part);
typedef void ObjectPropertyRelease(Object *obj, const char *name, void *opaque);
typedef void ObjectPropertyInit(Object *obj, ObjectProperty *prop);
typedef void ObjectUnparent(Object *obj);
typedef void ObjectFree(void *obj);

struct ObjectProperty {
    char *name;
    char *type;
    char *description;
    ObjectPropertyAccessor *get;
    ObjectPropertyAccessor *set;
    ObjectPropertyResolve *resolve;
    ObjectPropertyRelease *release;
    ObjectPropertyInit *init;
    void *opaque;
    QObject *defval;
    unsigned next_index;       /* of an instance's "base[0]": all of "base[N]" below are taken */
};

struct ObjectClass {
    Type type;
    ObjectUnparent *unparent;
    GHashTable *properties;    /* class properties by name; NULL when there are none */
};

struct Object {
    ObjectClass *class;
    ObjectFree *free;
    GHashTable *properties;    /* instance properties; NULL until the first is added */
    uint32_t ref;              /* atomic */
    Object *parent;
};

struct TypeInfo {
    const char *name;
    const char *parent;
    size_t instance_size;
    size_t instance_align;
    void (*instance_init)(Object *obj);
    void (*instance_post_init)(Object *obj);
    void (*instance_finalize)(Object *obj);
    bool abstract;
    size_t class_size;
    void (*class_init)(ObjectClass *klass, const void *data);
    void (*class_base_init)(ObjectClass *klass, const void *data);
    const void *class_data;
    const InterfaceInfo *interfaces;   /* ends with an empty entry */
};

struct InterfaceInfo {
    const char *type;
};

struct InterfaceClass {
    ObjectClass parent_class;
    ObjectClass *concrete_class;
};

#define INTERFACE_CLASS(klass) OBJECT_CLASS_CHECK(InterfaceClass, klass, TYPE_INTERFACE)
/* The object itself, typed as interface @interface, asserted to implement @name. */
#define INTERFACE_CHECK(interface, obj, name) \
    ((interface *)object_dynamic_cast_assert(OBJECT((obj)), (name), __FILE__, __LINE__, __func__))

#define OBJECT(obj) ((Object *)(obj))
#define OBJECT_CLASS(klass) ((ObjectClass *)(klass))
#define OBJECT_CHECK(type, obj, name) \
    ((type *)object_dynamic_cast_assert(OBJECT(obj), (name), __FILE__, __LINE__, __func__))
#define OBJECT_CLASS_CHECK(class_type, klass, name) \
    ((class_type *)object_class_dynamic_cast_assert(OBJECT_CLASS(klass), (name), __FILE__, __LINE__, __func__))
#define OBJECT_GET_CLASS(class, obj, name) OBJECT_CLASS_CHECK(class, object_get_class(OBJECT(obj)), name)

#define DECLARE_INSTANCE_CHECKER(InstanceType, OBJ_NAME, TYPENAME)                      \
    static inline G_GNUC_UNUSED InstanceType *OBJ_NAME(const void *obj)                 \
    {                                                                                   \
        return OBJECT_CHECK(InstanceType, obj, TYPENAME);                               \
    }
#define DECLARE_CLASS_CHECKERS(ClassType, OBJ_NAME, TYPENAME)                           \
    static inline G_GNUC_UNUSED ClassType *OBJ_NAME##_GET_CLASS(const void *obj)        \
    {                                                                                   \
        return OBJECT_GET_CLASS(ClassType, obj, TYPENAME);                              \
    }                                                                                   \
    static inline G_GNUC_UNUSED ClassType *OBJ_NAME##_CLASS(const void *klass)          \
    {                                                                                   \
        return OBJECT_CLASS_CHECK(ClassType, klass, TYPENAME);                          \
    }
#define DECLARE_OBJ_CHECKERS(InstanceType, ClassType, OBJ_NAME, TYPENAME)               \
    DECLARE_INSTANCE_CHECKER(InstanceType, OBJ_NAME, TYPENAME)                          \
    DECLARE_CLASS_CHECKERS(ClassType, OBJ_NAME, TYPENAME)

/* Typedefs and checkers for a type with a class structure of its own; TYPE_@NAME must be defined. */
#define OBJECT_DECLARE_TYPE(InstanceType, ClassType, MODULE_OBJ_NAME)                   \
    typedef struct InstanceType InstanceType;                                           \
    typedef struct ClassType ClassType;                                                 \
    G_DEFINE_AUTOPTR_CLEANUP_FUNC(InstanceType, object_unref)                           \
    DECLARE_OBJ_CHECKERS(InstanceType, ClassType, MODULE_OBJ_NAME, TYPE_##MODULE_OBJ_NAME)
#define OBJECT_DECLARE_SIMPLE_TYPE(InstanceType, MODULE_OBJ_NAME)                       \
    typedef struct InstanceType InstanceType;                                           \
    G_DEFINE_AUTOPTR_CLEANUP_FUNC(InstanceType, object_unref)                           \
    DECLARE_INSTANCE_CHECKER(InstanceType, MODULE_OBJ_NAME, TYPE_##MODULE_OBJ_NAME)

/* Register @infos (an array) before main(). */
#define DEFINE_TYPES(type_array)                                                        \
    static void do_register_types_##type_array(void)                                    \
    {                                                                                   \
        type_register_static_array(type_array, ARRAY_SIZE(type_array));                 \
    }                                                                                   \
    type_init(do_register_types_##type_array)

Type type_register_static(const TypeInfo *info);
void type_register_static_array(const TypeInfo *infos, int nr_infos);
/* As type_register_static(), for names made at run time: the strings are copied. */
Type type_register(const TypeInfo *info);
const char *type_get_parent_name(const char *name);   /* NULL for roots and unknown types */

/* Creating and destroying. object_new() aborts on an unknown or abstract type: check user input first. */
Object *object_new(const char *type_name);
Object *object_new_with_class(ObjectClass *klass);
void object_initialize(void *obj, size_t size, const char *type_name);
/* Initialise the embedded object at @childobj and make it child @propname of @parent. */
void object_initialize_child_internal(Object *parent, const char *propname, void *child, size_t size,
                                      const char *type);
#define object_initialize_child(parent, propname, child, type) \
    object_initialize_child_internal((parent), (propname), (child), sizeof(*(child)), (type))
/* New object under @parent as @id (no parent when NULL) with name/value string pairs, completed if user-creatable. */
Object *object_new_with_props(const char *type_name, Object *parent, const char *id, Error **errp, ...)
    G_GNUC_NULL_TERMINATED;
bool object_set_props(Object *obj, Error **errp, ...) G_GNUC_NULL_TERMINATED;
Object *object_ref(void *obj);
void object_unref(void *obj);
void object_unparent(Object *obj);

/* Casts. Return NULL, or abort in the _assert variants, when the type does not fit. */
Object *object_dynamic_cast(Object *obj, const char *type_name);
Object *object_dynamic_cast_assert(Object *obj, const char *type_name, const char *file, int line,
                                   const char *func);
ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type_name);
ObjectClass *object_class_dynamic_cast_assert(ObjectClass *klass, const char *type_name, const char *file,
                                              int line, const char *func);

ObjectClass *object_get_class(Object *obj);
const char *object_get_typename(const Object *obj);
const char *object_class_get_name(const ObjectClass *klass);
ObjectClass *object_class_by_name(const char *type_name);    /* NULL when unknown */
ObjectClass *object_class_get_parent(ObjectClass *klass);
bool object_class_is_abstract(const ObjectClass *klass);
void object_class_foreach(void (*fn)(ObjectClass *klass, void *opaque), const char *implements_type,
                          bool include_abstract, void *opaque);
GSList *object_class_get_list(const char *implements_type, bool include_abstract);
GSList *object_class_get_list_sorted(const char *implements_type, bool include_abstract);

/* Properties. A name ending in "[*]" takes the first free index. */
ObjectProperty *object_property_try_add(Object *obj, const char *name, const char *type,
                                        ObjectPropertyAccessor *get, ObjectPropertyAccessor *set,
                                        ObjectPropertyRelease *release, void *opaque, Error **errp);
ObjectProperty *object_property_add(Object *obj, const char *name, const char *type, ObjectPropertyAccessor *get,
                                    ObjectPropertyAccessor *set, ObjectPropertyRelease *release, void *opaque);
ObjectProperty *object_class_property_add(ObjectClass *klass, const char *name, const char *type,
                                          ObjectPropertyAccessor *get, ObjectPropertyAccessor *set,
                                          ObjectPropertyRelease *release, void *opaque);
void object_property_del(Object *obj, const char *name);
ObjectProperty *object_property_find(Object *obj, const char *name);
ObjectProperty *object_property_find_err(Object *obj, const char *name, Error **errp);
ObjectProperty *object_class_property_find(ObjectClass *klass, const char *name);
void object_property_set_description(Object *obj, const char *name, const char *description);
void object_class_property_set_description(ObjectClass *klass, const char *name, const char *description);
void object_property_set_default_bool(ObjectProperty *prop, bool value);
void object_property_set_default_str(ObjectProperty *prop, const char *value);
void object_property_set_default_int(ObjectProperty *prop, int64_t value);
void object_property_set_default_uint(ObjectProperty *prop, uint64_t value);

typedef struct ObjectPropertyIterator {
    ObjectClass *nextclass;
    GHashTableIter iter;
    bool valid;
} ObjectPropertyIterator;
void object_property_iter_init(ObjectPropertyIterator *iter, Object *obj);
void object_class_property_iter_init(ObjectPropertyIterator *iter, ObjectClass *klass);
ObjectProperty *object_property_iter_next(ObjectPropertyIterator *iter);

bool object_property_get(Object *obj, const char *name, Visitor *v, Error **errp);
bool object_property_set(Object *obj, const char *name, Visitor *v, Error **errp);
bool object_property_parse(Object *obj, const char *name, const char *string, Error **errp);
char *object_property_print(Object *obj, const char *name, bool human, Error **errp);
const char *object_property_get_type(Object *obj, const char *name, Error **errp);
bool object_property_set_str(Object *obj, const char *name, const char *value, Error **errp);
char *object_property_get_str(Object *obj, const char *name, Error **errp);
bool object_property_set_link(Object *obj, const char *name, Object *value, Error **errp);
Object *object_property_get_link(Object *obj, const char *name, Error **errp);
bool object_property_set_bool(Object *obj, const char *name, bool value, Error **errp);
bool object_property_get_bool(Object *obj, const char *name, Error **errp);
bool object_property_set_int(Object *obj, const char *name, int64_t value, Error **errp);
int64_t object_property_get_int(Object *obj, const char *name, Error **errp);
bool object_property_set_uint(Object *obj, const char *name, uint64_t value, Error **errp);
uint64_t object_property_get_uint(Object *obj, const char *name, Error **errp);
int object_property_get_enum(Object *obj, const char *name, const char *type_name, Error **errp);
/* Through a QObject of the right JSON type. */
bool object_property_set_qobject(Object *obj, const char *name, QObject *value, Error **errp);
QObject *object_property_get_qobject(Object *obj, const char *name, Error **errp);
/* Set every member of @props; a key that is no property is an error naming it. */
bool object_set_properties_from_keyval(Object *obj, const QDict *props, bool from_json, Error **errp);

typedef enum ObjectPropertyFlags {
    OBJ_PROP_FLAG_READ = 1 << 0,
    OBJ_PROP_FLAG_WRITE = 1 << 1,
    OBJ_PROP_FLAG_READWRITE = OBJ_PROP_FLAG_READ | OBJ_PROP_FLAG_WRITE,
} ObjectPropertyFlags;

typedef enum ObjectPropertyLinkFlags {
    OBJ_PROP_LINK_STRONG = 1,   /* the link holds a reference */
    OBJ_PROP_LINK_DIRECT = 2,
    OBJ_PROP_LINK_CLASS = 4,    /* (class property) the pointer is at an offset in the object */
} ObjectPropertyLinkFlags;

ObjectProperty *object_property_add_bool(Object *obj, const char *name, bool (*get)(Object *, Error **),
                                         void (*set)(Object *, bool, Error **));
ObjectProperty *object_class_property_add_bool(ObjectClass *klass, const char *name,
                                               bool (*get)(Object *, Error **),
                                               void (*set)(Object *, bool, Error **));
ObjectProperty *object_property_add_str(Object *obj, const char *name, char *(*get)(Object *, Error **),
                                        void (*set)(Object *, const char *, Error **));
ObjectProperty *object_class_property_add_str(ObjectClass *klass, const char *name,
                                              char *(*get)(Object *, Error **),
                                              void (*set)(Object *, const char *, Error **));
ObjectProperty *object_property_add_enum(Object *obj, const char *name, const char *type_name,
                                         const QEnumLookup *lookup, int (*get)(Object *, Error **),
                                         void (*set)(Object *, int, Error **));
ObjectProperty *object_class_property_add_enum(ObjectClass *klass, const char *name, const char *type_name,
                                               const QEnumLookup *lookup, int (*get)(Object *, Error **),
                                               void (*set)(Object *, int, Error **));
ObjectProperty *object_property_add_uint8_ptr(Object *obj, const char *name, const uint8_t *v,
                                              ObjectPropertyFlags flags);
ObjectProperty *object_property_add_uint16_ptr(Object *obj, const char *name, const uint16_t *v,
                                               ObjectPropertyFlags flags);
ObjectProperty *object_property_add_uint32_ptr(Object *obj, const char *name, const uint32_t *v,
                                               ObjectPropertyFlags flags);
ObjectProperty *object_property_add_uint64_ptr(Object *obj, const char *name, const uint64_t *v,
                                               ObjectPropertyFlags flags);
ObjectProperty *object_property_add_link(Object *obj, const char *name, const char *type, Object **targetp,
                                         void (*check)(const Object *obj, const char *name, Object *val,
                                                       Error **errp),
                                         ObjectPropertyLinkFlags flags);
ObjectProperty *object_class_property_add_link(ObjectClass *klass, const char *name, const char *type,
                                               ptrdiff_t offset,
                                               void (*check)(const Object *obj, const char *name, Object *val,
                                                             Error **errp),
                                               ObjectPropertyLinkFlags flags);
/* A check for links that may change until the device is realized: use as @check above (see qdev). */
void object_property_allow_set_link(const Object *obj, const char *name, Object *child, Error **errp);
ObjectProperty *object_property_add_child(Object *obj, const char *name, Object *child);
ObjectProperty *object_property_try_add_child(Object *obj, const char *name, Object *child, Error **errp);
ObjectProperty *object_property_add_alias(Object *obj, const char *name, Object *target_obj,
                                          const char *target_name);

/* The tree. */
Object *object_get_root(void);
Object *object_get_container(const char *name);     /* child of the root, made on first use */
Object *object_get_objects_root(void);              /* "/objects" */
Object *container_get(Object *root, const char *path);
Object *object_property_add_new_container(Object *obj, const char *name);
const char *object_get_canonical_path_component(const Object *obj);
char *object_get_canonical_path(const Object *obj);  /* NULL when not in the tree; free with g_free */
/* Absolute path, or a partial path that must be unambiguous (*ambiguous says so otherwise). Borrowed. */
Object *object_resolve_path(const char *path, bool *ambiguous);
Object *object_resolve_path_type(const char *path, const char *type_name, bool *ambiguous);
Object *object_resolve_path_component(Object *parent, const char *part);
Object *object_resolve_path_at(Object *parent, const char *path);
Object *object_resolve_path_from(Object *parent, const char *path);
Object *object_resolve_type_unambiguous(const char *type_name, Error **errp);
int object_child_foreach(Object *obj, int (*fn)(Object *child, void *opaque), void *opaque);
int object_child_foreach_recursive(Object *obj, int (*fn)(Object *child, void *opaque), void *opaque);

/*
 * Default property values that -global and machine compat tables give: applied in instance_post_init order,
 * machine type first, then the user's.
 */
typedef struct GlobalProperty {
    const char *driver;
    const char *property;
    const char *value;
    bool used;
    bool optional;             /* silently ignored where the type has no such property */
} GlobalProperty;
bool object_apply_global_props(Object *obj, const GPtrArray *props, Error **errp);
void object_apply_compat_props(Object *obj);
void object_set_machine_compat_props(GPtrArray *compat_props);
void object_set_accelerator_compat_props(GPtrArray *compat_props);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Object, object_unref)

#endif
