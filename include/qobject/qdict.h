/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QDict: string keys to QObjects, in the order the keys were first put. Putting an existing key replaces its value
 * in place. The entry just visited may be deleted while iterating if its successor was fetched first.
 */
#ifndef QDICT_H
#define QDICT_H

#include "qobject/qobject.h"
#include "qobject/qlist.h"

typedef struct QDictEntry {
    char *key;
    QObject *value;
    struct QDictEntry *next, *prev;
} QDictEntry;

struct QDict {
    struct QObjectBase_ base;
    QDictEntry *head, *tail;
    GHashTable *index;              /* key -> entry; made when the first key is put */
};

QDict *qdict_new(void);
const char *qdict_entry_key(const QDictEntry *entry);
QObject *qdict_entry_value(const QDictEntry *entry);
size_t qdict_size(const QDict *qdict);
void qdict_put_obj(QDict *qdict, const char *key, QObject *value);
void qdict_del(QDict *qdict, const char *key);
bool qdict_haskey(const QDict *qdict, const char *key);
QObject *qdict_get(const QDict *qdict, const char *key);
const QDictEntry *qdict_first(const QDict *qdict);
const QDictEntry *qdict_next(const QDict *qdict, const QDictEntry *entry);

#define qdict_put(qdict, key, obj) qdict_put_obj(qdict, key, QOBJECT(obj))
void qdict_put_bool(QDict *qdict, const char *key, bool value);
void qdict_put_int(QDict *qdict, const char *key, int64_t value);
void qdict_put_null(QDict *qdict, const char *key);
void qdict_put_str(QDict *qdict, const char *key, const char *value);

/* Of the wrong kind or absent: 0, false or NULL, and the try forms give @def_value. */
double qdict_get_double(const QDict *qdict, const char *key);
int64_t qdict_get_int(const QDict *qdict, const char *key);
bool qdict_get_bool(const QDict *qdict, const char *key);
QList *qdict_get_qlist(const QDict *qdict, const char *key);
QDict *qdict_get_qdict(const QDict *qdict, const char *key);
const char *qdict_get_str(const QDict *qdict, const char *key);
int64_t qdict_get_try_int(const QDict *qdict, const char *key, int64_t def_value);
bool qdict_get_try_bool(const QDict *qdict, const char *key, bool def_value);
const char *qdict_get_try_str(const QDict *qdict, const char *key);

QDict *qdict_clone_shallow(const QDict *src);
/* Move into @dest what it lacks, or everything if @overwrite. */
void qdict_join(QDict *dest, QDict *src, bool overwrite);

static inline void qdict_unref(QDict *q)
{
    qobject_unref(q);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QDict, qdict_unref)

#endif
