/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QObject: a reference counted value that can be written as JSON (null, bool, number, string, list, dictionary).
 *
 * Rules
 *  - A new object has one reference, which belongs to the caller.
 *  - *_put_obj and *_append_obj take over the caller's reference; *_get and *_first return borrowed pointers.
 *  - Counts are not atomic: an object belongs to one thread at a time.
 *
 *  right:  qdict_put(dict, "list", qlist_new());
 *  wrong:  QList *l = qlist_new(); qdict_put(dict, "list", l); qobject_unref(l);
 */
#ifndef QOBJECT_H
#define QOBJECT_H

#include "qemu/osdep.h"

typedef enum QType {
    QTYPE_NONE,
    QTYPE_QNULL,
    QTYPE_QNUM,
    QTYPE_QSTRING,
    QTYPE_QDICT,
    QTYPE_QLIST,
    QTYPE_QBOOL,
    QTYPE__MAX,
} QType;

struct QObjectBase_ {
    QType type;
    size_t refcnt;
};

struct QObject {
    struct QObjectBase_ base;
};

/* Every kind of object starts with `struct QObjectBase_ base`; NULL stays NULL. */
#define QOBJECT(obj) ((QObject *)(1 ? (obj) : (void *)(0 ? &(obj)->base : NULL)))

#define QTYPE_CAST_TO_QNull QTYPE_QNULL
#define QTYPE_CAST_TO_QNum QTYPE_QNUM
#define QTYPE_CAST_TO_QString QTYPE_QSTRING
#define QTYPE_CAST_TO_QDict QTYPE_QDICT
#define QTYPE_CAST_TO_QList QTYPE_QLIST
#define QTYPE_CAST_TO_QBool QTYPE_QBOOL

/* @obj as a @type, or NULL when it is NULL or something else. */
#define qobject_to(type, obj) ((type *)qobject_check_type((const QObject *)(obj), QTYPE_CAST_TO_##type))

void qobject_destroy(QObject *obj);
bool qobject_is_equal(const QObject *x, const QObject *y);

static inline QType qobject_type(const QObject *obj)
{
    return obj->base.type;
}

static inline QObject *qobject_check_type(const QObject *obj, QType type)
{
    return obj && obj->base.type == type ? (QObject *)obj : NULL;
}

static inline void *qobject_ref_impl(QObject *obj)
{
    if (obj) {
        obj->base.refcnt++;
    }
    return obj;
}

static inline void qobject_unref_impl(QObject *obj)
{
    if (obj && --obj->base.refcnt == 0) {
        qobject_destroy(obj);
    }
}

#define qobject_ref(obj) ((typeof(obj))qobject_ref_impl(QOBJECT(obj)))
#define qobject_unref(obj) qobject_unref_impl(QOBJECT(obj))

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QObject, qobject_unref_impl)

#endif
