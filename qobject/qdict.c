/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QDict: entries in a doubly linked list, which keeps the order of insertion, and a GHashTable from key to entry.
 */
#include "qemu/osdep.h"
#include "qobject/qbool.h"
#include "qobject/qdict.h"
#include "qobject/qnull.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"
#include "qobject-internal.h"

QDict *qdict_new(void)
{
    QDict *qdict = g_new0(QDict, 1);

    qobject_init(QOBJECT(qdict), QTYPE_QDICT);
    return qdict;
}

const char *qdict_entry_key(const QDictEntry *entry)
{
    return entry->key;
}

QObject *qdict_entry_value(const QDictEntry *entry)
{
    return entry->value;
}

static QDictEntry *qdict_find(const QDict *qdict, const char *key)
{
    return qdict->index ? g_hash_table_lookup(qdict->index, key) : NULL;
}

size_t qdict_size(const QDict *qdict)
{
    return qdict->index ? g_hash_table_size(qdict->index) : 0;
}

void qdict_put_obj(QDict *qdict, const char *key, QObject *value)
{
    QDictEntry *e = qdict_find(qdict, key);

    if (e) {
        QObject *old = e->value;

        e->value = value;
        qobject_unref(old);
        return;
    }
    if (!qdict->index) {
        qdict->index = g_hash_table_new(g_str_hash, g_str_equal);
    }
    e = g_new0(QDictEntry, 1);
    e->key = g_strdup(key);
    e->value = value;
    e->prev = qdict->tail;
    if (e->prev) {
        e->prev->next = e;
    } else {
        qdict->head = e;
    }
    qdict->tail = e;
    g_hash_table_insert(qdict->index, e->key, e);
}

static void qdict_remove_entry(QDict *qdict, QDictEntry *e)
{
    g_hash_table_remove(qdict->index, e->key);
    if (e->prev) {
        e->prev->next = e->next;
    } else {
        qdict->head = e->next;
    }
    if (e->next) {
        e->next->prev = e->prev;
    } else {
        qdict->tail = e->prev;
    }
    qobject_unref(e->value);
    g_free(e->key);
    g_free(e);
}

void qdict_del(QDict *qdict, const char *key)
{
    QDictEntry *e = qdict_find(qdict, key);

    if (e) {
        qdict_remove_entry(qdict, e);
    }
}

void qdict_clear(QDict *qdict)
{
    while (qdict->head) {
        qdict_remove_entry(qdict, qdict->head);
    }
    if (qdict->index) {
        g_hash_table_destroy(qdict->index);
    }
}

bool qdict_haskey(const QDict *qdict, const char *key)
{
    return qdict_find(qdict, key) != NULL;
}

QObject *qdict_get(const QDict *qdict, const char *key)
{
    QDictEntry *e = qdict_find(qdict, key);

    return e ? e->value : NULL;
}

const QDictEntry *qdict_first(const QDict *qdict)
{
    return qdict->head;
}

const QDictEntry *qdict_next(const QDict *qdict, const QDictEntry *entry)
{
    return entry->next;
}

void qdict_put_bool(QDict *qdict, const char *key, bool value)
{
    qdict_put(qdict, key, qbool_from_bool(value));
}

void qdict_put_int(QDict *qdict, const char *key, int64_t value)
{
    qdict_put(qdict, key, qnum_from_int(value));
}

void qdict_put_null(QDict *qdict, const char *key)
{
    qdict_put(qdict, key, qnull());
}

void qdict_put_str(QDict *qdict, const char *key, const char *value)
{
    qdict_put(qdict, key, qstring_from_str(value));
}

double qdict_get_double(const QDict *qdict, const char *key)
{
    QNum *qn = qobject_to(QNum, qdict_get(qdict, key));

    return qn ? qnum_get_double(qn) : 0;
}

int64_t qdict_get_int(const QDict *qdict, const char *key)
{
    return qdict_get_try_int(qdict, key, 0);
}

bool qdict_get_bool(const QDict *qdict, const char *key)
{
    return qdict_get_try_bool(qdict, key, false);
}

QList *qdict_get_qlist(const QDict *qdict, const char *key)
{
    return qobject_to(QList, qdict_get(qdict, key));
}

QDict *qdict_get_qdict(const QDict *qdict, const char *key)
{
    return qobject_to(QDict, qdict_get(qdict, key));
}

const char *qdict_get_str(const QDict *qdict, const char *key)
{
    return qdict_get_try_str(qdict, key);
}

int64_t qdict_get_try_int(const QDict *qdict, const char *key, int64_t def_value)
{
    QNum *qn = qobject_to(QNum, qdict_get(qdict, key));
    int64_t val;

    return qn && qnum_get_try_int(qn, &val) ? val : def_value;
}

bool qdict_get_try_bool(const QDict *qdict, const char *key, bool def_value)
{
    QBool *qb = qobject_to(QBool, qdict_get(qdict, key));

    return qb ? qb->value : def_value;
}

const char *qdict_get_try_str(const QDict *qdict, const char *key)
{
    QString *qs = qobject_to(QString, qdict_get(qdict, key));

    return qs ? qs->string : NULL;
}

QDict *qdict_clone_shallow(const QDict *src)
{
    QDict *dst = qdict_new();
    const QDictEntry *e;

    for (e = src->head; e; e = e->next) {
        qdict_put_obj(dst, e->key, qobject_ref(e->value));
    }
    return dst;
}

void qdict_join(QDict *dest, QDict *src, bool overwrite)
{
    QDictEntry *e, *next;

    for (e = src->head; e; e = next) {
        next = e->next;
        if (overwrite || !qdict_haskey(dest, e->key)) {
            qdict_put_obj(dest, e->key, qobject_ref(e->value));
            qdict_remove_entry(src, e);
        }
    }
}

bool qdict_is_equal(const QDict *x, const QDict *y)
{
    const QDictEntry *e;

    if (qdict_size(x) != qdict_size(y)) {
        return false;
    }
    for (e = x->head; e; e = e->next) {
        if (!qobject_is_equal(e->value, qdict_get(y, e->key))) {
            return false;
        }
    }
    return true;
}
