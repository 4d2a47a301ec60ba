/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QList: a list of QObjects in order. Append, pop the head and size are O(1). */
#ifndef QLIST_H
#define QLIST_H

#include "qobject/qobject.h"

typedef struct QListEntry {
    QObject *value;
    struct QListEntry *next;
} QListEntry;

struct QList {
    struct QObjectBase_ base;
    QListEntry *head, *tail;
    size_t size;
};

#define qlist_append(qlist, obj) qlist_append_obj(qlist, QOBJECT(obj))
#define QLIST_FOREACH_ENTRY(qlist, var) for ((var) = (qlist)->head; (var); (var) = (var)->next)

QList *qlist_new(void);
QList *qlist_copy(QList *src);                      /* shares the elements */
void qlist_append_obj(QList *qlist, QObject *obj);
void qlist_append_str(QList *qlist, const char *value);
void qlist_append_int(QList *qlist, int64_t value);
void qlist_append_bool(QList *qlist, bool value);
void qlist_append_null(QList *qlist);
QObject *qlist_pop(QList *qlist);                   /* NULL when empty */
QObject *qlist_peek(QList *qlist);
size_t qlist_size(const QList *qlist);
bool qlist_empty(const QList *qlist);

static inline const QListEntry *qlist_first(const QList *qlist)
{
    return qlist->head;
}

static inline const QListEntry *qlist_next(const QListEntry *entry)
{
    return entry->next;
}

static inline QObject *qlist_entry_obj(const QListEntry *entry)
{
    return entry->value;
}

static inline void qlist_unref(QList *q)
{
    qobject_unref(q);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QList, qlist_unref)

#endif
