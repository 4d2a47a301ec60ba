/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds of QOM property: bool, str, enum, integers behind a pointer, links, children and aliases. Each kind is a
 * small closure, a getter, a setter and a release function.
 */
#include "qemu/osdep.h"
#include "qom/type.h"
#include "qapi/visitor.h"

/* --- bool and str: callbacks --- */

typedef struct BoolProperty {
    bool (*get)(Object *, Error **);
    void (*set)(Object *, bool, Error **);
} BoolProperty;

static void bool_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    ERRP_GUARD();
    BoolProperty *p = opaque;
    bool value = p->get(obj, errp);

    if (!*errp) {
        visit_type_bool(v, name, &value, errp);
    }
}

static void bool_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    BoolProperty *p = opaque;
    bool value;

    if (visit_type_bool(v, name, &value, errp)) {
        p->set(obj, value, errp);
    }
}

static void closure_release(Object *obj, const char *name, void *opaque)
{
    g_free(opaque);
}

ObjectProperty *object_property_add_bool(Object *obj, const char *name, bool (*get)(Object *, Error **),
                                         void (*set)(Object *, bool, Error **))
{
    BoolProperty *p = g_memdup2(&(BoolProperty){ get, set }, sizeof(*p));

    return object_property_add(obj, name, "bool", get ? bool_get : NULL, set ? bool_set : NULL, closure_release, p);
}

ObjectProperty *object_class_property_add_bool(ObjectClass *klass, const char *name,
                                               bool (*get)(Object *, Error **),
                                               void (*set)(Object *, bool, Error **))
{
    BoolProperty *p = g_memdup2(&(BoolProperty){ get, set }, sizeof(*p));

    return object_class_property_add(klass, name, "bool", get ? bool_get : NULL, set ? bool_set : NULL, NULL, p);
}

typedef struct StringProperty {
    char *(*get)(Object *, Error **);
    void (*set)(Object *, const char *, Error **);
} StringProperty;

static void str_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    ERRP_GUARD();
    StringProperty *p = opaque;
    g_autofree char *value = p->get(obj, errp);

    if (!*errp) {
        char *text = value ? value : (char *)"";
        visit_type_str(v, name, &text, errp);
    }
}

static void str_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    StringProperty *p = opaque;
    g_autofree char *value = NULL;

    if (visit_type_str(v, name, &value, errp)) {
        p->set(obj, value, errp);
    }
}

ObjectProperty *object_property_add_str(Object *obj, const char *name, char *(*get)(Object *, Error **),
                                        void (*set)(Object *, const char *, Error **))
{
    StringProperty *p = g_memdup2(&(StringProperty){ get, set }, sizeof(*p));

    return object_property_add(obj, name, "string", get ? str_get : NULL, set ? str_set : NULL, closure_release, p);
}

ObjectProperty *object_class_property_add_str(ObjectClass *klass, const char *name,
                                              char *(*get)(Object *, Error **),
                                              void (*set)(Object *, const char *, Error **))
{
    StringProperty *p = g_memdup2(&(StringProperty){ get, set }, sizeof(*p));

    return object_class_property_add(klass, name, "string", get ? str_get : NULL, set ? str_set : NULL, NULL, p);
}

/* --- enum --- */

typedef struct EnumProperty {
    const QEnumLookup *lookup;
    int (*get)(Object *, Error **);
    void (*set)(Object *, int, Error **);
} EnumProperty;

static void enum_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    ERRP_GUARD();
    EnumProperty *p = opaque;
    int value = p->get(obj, errp);

    if (!*errp) {
        visit_type_enum(v, name, &value, p->lookup, errp);
    }
}

static void enum_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    EnumProperty *p = opaque;
    int value;

    if (visit_type_enum(v, name, &value, p->lookup, errp)) {
        p->set(obj, value, errp);
    }
}

ObjectProperty *object_property_add_enum(Object *obj, const char *name, const char *type_name,
                                         const QEnumLookup *lookup, int (*get)(Object *, Error **),
                                         void (*set)(Object *, int, Error **))
{
    EnumProperty *p = g_memdup2(&(EnumProperty){ lookup, get, set }, sizeof(*p));

    return object_property_add(obj, name, type_name, get ? enum_get : NULL, set ? enum_set : NULL, closure_release,
                               p);
}

ObjectProperty *object_class_property_add_enum(ObjectClass *klass, const char *name, const char *type_name,
                                               const QEnumLookup *lookup, int (*get)(Object *, Error **),
                                               void (*set)(Object *, int, Error **))
{
    EnumProperty *p = g_memdup2(&(EnumProperty){ lookup, get, set }, sizeof(*p));

    return object_class_property_add(klass, name, type_name, get ? enum_get : NULL, set ? enum_set : NULL, NULL, p);
}

int object_property_get_enum(Object *obj, const char *name, const char *type_name, Error **errp)
{
    ObjectProperty *prop = object_property_find_err(obj, name, errp);
    g_autofree char *text = NULL;

    if (!prop) {
        return -1;
    }
    if (prop->get != enum_get || strcmp(prop->type, type_name)) {
        error_setg(errp, "Property '%s.%s' is not of type '%s'", object_get_typename(obj), name, type_name);
        return -1;
    }
    text = object_property_get_str(obj, name, errp);
    return text ? qapi_enum_parse(((EnumProperty *)prop->opaque)->lookup, text, -1, errp) : -1;
}

/* --- integers behind a pointer --- */

#define DEFINE_PTR_PROPERTY(kind)                                                                               \
    static void kind##_ptr_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)           \
    {                                                                                                           \
        kind##_t value = *(kind##_t *)opaque;                                                                   \
        visit_type_##kind(v, name, &value, errp);                                                               \
    }                                                                                                           \
    static void kind##_ptr_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)           \
    {                                                                                                           \
        kind##_t value;                                                                                         \
        if (visit_type_##kind(v, name, &value, errp)) {                                                         \
            *(kind##_t *)opaque = value;                                                                        \
        }                                                                                                       \
    }                                                                                                           \
    ObjectProperty *object_property_add_##kind##_ptr(Object *obj, const char *name, const kind##_t *v,          \
                                                     ObjectPropertyFlags flags)                                 \
    {                                                                                                           \
        return object_property_add(obj, name, #kind, flags & OBJ_PROP_FLAG_READ ? kind##_ptr_get : NULL,        \
                                   flags & OBJ_PROP_FLAG_WRITE ? kind##_ptr_set : NULL, NULL, (void *)v);       \
    }
DEFINE_PTR_PROPERTY(uint8)
DEFINE_PTR_PROPERTY(uint16)
DEFINE_PTR_PROPERTY(uint32)
DEFINE_PTR_PROPERTY(uint64)

/* --- links: a pointer to another object, read and written as its path --- */

typedef struct LinkProperty {
    Object **targetp;             /* instance property */
    ptrdiff_t offset;             /* class property */
    char *type;
    void (*check)(const Object *obj, const char *name, Object *val, Error **errp);
    ObjectPropertyLinkFlags flags;
} LinkProperty;

static Object **link_slot(Object *obj, const LinkProperty *p)
{
    return p->flags & OBJ_PROP_LINK_CLASS ? (Object **)((char *)obj + p->offset) : p->targetp;
}

static void link_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    Object *target = *link_slot(obj, opaque);
    g_autofree char *path = target ? object_get_canonical_path(target) : NULL;
    char *text = path ? path : (char *)"";

    visit_type_str(v, name, &text, errp);
}

static Object *link_resolve(const LinkProperty *p, const char *name, const char *path, Error **errp)
{
    bool ambiguous = false;
    Object *target = object_resolve_path_type(path, p->type, &ambiguous);

    if (ambiguous) {
        error_setg(errp, "Path '%s' does not uniquely identify an object", path);
    } else if (!target && object_resolve_path(path, NULL)) {
        error_setg(errp, "Invalid parameter type for '%s', expected: %s", name, p->type);
    } else if (!target) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found", path);
    }
    return target;
}

static void link_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    ERRP_GUARD();
    LinkProperty *p = opaque;
    Object **slot = link_slot(obj, p);
    Object *target = NULL;
    g_autofree char *path = NULL;

    if (!visit_type_str(v, name, &path, errp)) {
        return;
    }
    if (*path && !(target = link_resolve(p, name, path, errp))) {
        return;
    }
    if (p->check) {
        p->check(obj, name, target, errp);
        if (*errp) {
            return;
        }
    }
    Object *old = *slot;
    *slot = target;
    if (p->flags & OBJ_PROP_LINK_STRONG) {
        object_ref(target);
        object_unref(old);
    }
}

static Object *link_follow(Object *obj, void *opaque, const char *part)
{
    return *link_slot(obj, opaque);
}

static void link_release(Object *obj, const char *name, void *opaque)
{
    LinkProperty *p = opaque;
    Object **slot = link_slot(obj, p);

    if ((p->flags & OBJ_PROP_LINK_STRONG) && *slot) {
        object_unref(*slot);
        *slot = NULL;
    }
    if (!(p->flags & OBJ_PROP_LINK_CLASS)) {
        g_free(p->type);
        g_free(p);
    }
}

static LinkProperty *link_new(const char *type, void (*check)(const Object *, const char *, Object *, Error **),
                              ObjectPropertyLinkFlags flags)
{
    LinkProperty *p = g_new0(LinkProperty, 1);

    /* "link<foo>" and "foo" are both taken. */
    p->type = g_str_has_prefix(type, "link<") ? g_strndup(type + 5, strlen(type) - 6) : g_strdup(type);
    p->check = check;
    p->flags = flags;
    return p;
}

ObjectProperty *object_property_add_link(Object *obj, const char *name, const char *type, Object **targetp,
                                         void (*check)(const Object *, const char *, Object *, Error **),
                                         ObjectPropertyLinkFlags flags)
{
    LinkProperty *p = link_new(type, check, flags);
    g_autofree char *full = g_strdup_printf("link<%s>", p->type);
    ObjectProperty *op;

    p->targetp = targetp;
    op = object_property_add(obj, name, full, link_get, check ? link_set : NULL, link_release, p);
    op->resolve = link_follow;
    return op;
}

ObjectProperty *object_class_property_add_link(ObjectClass *klass, const char *name, const char *type,
                                               ptrdiff_t offset,
                                               void (*check)(const Object *, const char *, Object *, Error **),
                                               ObjectPropertyLinkFlags flags)
{
    LinkProperty *p = link_new(type, check, flags | OBJ_PROP_LINK_CLASS);
    g_autofree char *full = g_strdup_printf("link<%s>", p->type);
    ObjectProperty *op;

    p->offset = offset;
    op = object_class_property_add(klass, name, full, link_get, check ? link_set : NULL, link_release, p);
    op->resolve = link_follow;
    return op;
}

void object_property_allow_set_link(const Object *obj, const char *name, Object *child, Error **errp)
{
}

/* --- children: the tree's edges --- */

static void child_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    g_autofree char *path = object_get_canonical_path(opaque);

    visit_type_str(v, name, &path, errp);
}

static Object *child_follow(Object *obj, void *opaque, const char *part)
{
    return opaque;
}

static void child_release(Object *obj, const char *name, void *opaque)
{
    Object *child = opaque;
    ObjectClass *klass = child->class;

    if (klass->unparent) {
        klass->unparent(child);
    }
    child->parent = NULL;
    object_unref(child);
}

ObjectProperty *object_property_try_add_child(Object *obj, const char *name, Object *child, Error **errp)
{
    g_autofree char *type = g_strdup_printf("child<%s>", object_get_typename(child));
    ObjectProperty *op;

    g_assert(!child->parent);
    op = object_property_try_add(obj, name, type, child_get, NULL, child_release, child, errp);
    if (op) {
        op->resolve = child_follow;
        object_ref(child);
        child->parent = obj;
    }
    return op;
}

ObjectProperty *object_property_add_child(Object *obj, const char *name, Object *child)
{
    return object_property_try_add_child(obj, name, child, &error_abort);
}

/* --- aliases --- */

typedef struct AliasProperty {
    Object *target;
    char *name;
} AliasProperty;

static void alias_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    AliasProperty *p = opaque;
    ObjectProperty *op = object_property_find_err(p->target, p->name, errp);

    /* The visitor is asked for the alias's own name. */
    if (op && op->get) {
        op->get(p->target, v, name, op->opaque, errp);
    }
}

static void alias_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    AliasProperty *p = opaque;
    ObjectProperty *op = object_property_find_err(p->target, p->name, errp);

    if (op && !op->set) {
        error_setg(errp, "Property '%s.%s' is not writable", object_get_typename(obj), name);
    } else if (op) {
        op->set(p->target, v, name, op->opaque, errp);
    }
}

static Object *alias_follow(Object *obj, void *opaque, const char *part)
{
    AliasProperty *p = opaque;

    return object_resolve_path_component(p->target, p->name);
}

static void alias_release(Object *obj, const char *name, void *opaque)
{
    AliasProperty *p = opaque;

    g_free(p->name);
    g_free(p);
}

ObjectProperty *object_property_add_alias(Object *obj, const char *name, Object *target_obj, const char *target_name)
{
    ObjectProperty *target = object_property_find_err(target_obj, target_name, &error_abort);
    AliasProperty *p = g_new0(AliasProperty, 1);
    g_autofree char *type = NULL;
    ObjectProperty *op;

    p->target = target_obj;
    p->name = g_strdup(target_name);
    /* The alias is no second parent: it shows a child as a link. */
    type = g_str_has_prefix(target->type, "child<") ? g_strdup_printf("link%s", target->type + strlen("child"))
                                                    : g_strdup(target->type);
    op = object_property_add(obj, name, type, alias_get, target->set ? alias_set : NULL, alias_release, p);
    op->resolve = alias_follow;
    if (target->description) {
        object_property_set_description(obj, op->name, target->description);
    }
    return op;
}
