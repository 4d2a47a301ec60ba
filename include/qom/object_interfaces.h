/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User-creatable objects: what -object and object-add may make under /objects. */
#ifndef QOM_OBJECT_INTERFACES_H
#define QOM_OBJECT_INTERFACES_H

#include "qom/object.h"

#define TYPE_USER_CREATABLE "user-creatable"
typedef struct UserCreatable UserCreatable;
typedef struct UserCreatableClass UserCreatableClass;
DECLARE_CLASS_CHECKERS(UserCreatableClass, USER_CREATABLE, TYPE_USER_CREATABLE)
#define USER_CREATABLE(obj) INTERFACE_CHECK(UserCreatable, (obj), TYPE_USER_CREATABLE)

struct UserCreatableClass {
    InterfaceClass parent_class;
    void (*complete)(UserCreatable *uc, Error **errp);   /* after all properties are set */
    bool (*can_be_deleted)(UserCreatable *uc);
};

bool user_creatable_complete(UserCreatable *uc, Error **errp);
bool user_creatable_can_be_deleted(UserCreatable *uc);

/* Make type @type as /objects/@id with @props (keyval strings, or JSON values). The object, borrowed, or NULL. */
Object *user_creatable_add_type(const char *type, const char *id, const QDict *props, bool from_json,
                                Error **errp);
/* -object: "qom-type,id=x,prop=val..." or a JSON object; prints help and returns false with no error for "help". */
bool user_creatable_add_from_str(const char *str, Error **errp);
bool user_creatable_del(const char *id, Error **errp);
void user_creatable_cleanup(void);
/* Property help for @type, or the list of types when @type is NULL. */
bool user_creatable_print_help(const char *type);

#endif
