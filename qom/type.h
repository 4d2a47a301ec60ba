/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to qom/: what a registered type is. */
#ifndef QOM_TYPE_H
#define QOM_TYPE_H

#include "qom/object.h"

/*
 * @line is the type's line of descent, root first and itself last, so "is a kind of" is one comparison.
 * @cast_cache remembers name pointers that casts of this class have accepted; entries are only ever replaced.
 */
struct TypeImpl {
    TypeInfo info;
    char *name;
    Type parent;
    unsigned depth;
    Type *line;
    ObjectClass *class;            /* NULL until first use */
    GPtrArray *interface_types;    /* Type: all implemented, inherited ones too */
    GPtrArray *interface_classes;  /* InterfaceClass *, same order */
    const char *cast_cache[4];
    unsigned cast_next;
};

Type type_get_by_name(const char *name);
/* Parent and line resolved; aborts when a parent is not registered. */
void type_resolve(Type type);
/* The class, made on first use. */
ObjectClass *type_class(Type type);
bool type_is_ancestor(Type type, Type target);
size_t type_instance_size(Type type);
bool type_is_interface(Type type);

void object_property_free(gpointer data);
void object_property_del_all(Object *obj);
void object_property_del_child(Object *obj, Object *child);
void object_init_class_properties(Object *obj, ObjectClass *klass);
void object_class_init_properties(ObjectClass *klass);

#endif
