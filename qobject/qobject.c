/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QObject: the scalars, destruction and comparison. Lists and dictionaries have files of their own. */
#include "qemu/osdep.h"
#include "qobject/qbool.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qnull.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"
#include "qobject-internal.h"

void qobject_init(QObject *obj, QType type)
{
    obj->base.type = type;
    obj->base.refcnt = 1;
}

QNull *qnull(void)
{
    /* Constant but for its count, which only ever moves between one and what callers hold. */
    static QNull null = { .base = { .type = QTYPE_QNULL, .refcnt = 1 } };

    return qobject_ref(&null);
}

QBool *qbool_from_bool(bool value)
{
    QBool *qb = g_new(QBool, 1);

    qobject_init(QOBJECT(qb), QTYPE_QBOOL);
    qb->value = value;
    return qb;
}

bool qbool_get_bool(const QBool *qb)
{
    return qb->value;
}

QString *qstring_new(void)
{
    return qstring_from_str("");
}

static QString *qstring_take(char *str)
{
    QString *qs = g_new(QString, 1);

    qobject_init(QOBJECT(qs), QTYPE_QSTRING);
    qs->string = str;
    return qs;
}

QString *qstring_from_str(const char *str)
{
    return qstring_take(g_strdup(str));
}

QString *qstring_from_substr(const char *str, size_t start, size_t end)
{
    return qstring_take(g_strndup(str + start, end - start));
}

QString *qstring_from_gstring(GString *gstr)
{
    return qstring_take(g_string_free(gstr, FALSE));
}

const char *qstring_get_str(const QString *qs)
{
    return qs->string;
}

static QNum *qnum_new(QNumKind kind)
{
    QNum *qn = g_new0(QNum, 1);

    qobject_init(QOBJECT(qn), QTYPE_QNUM);
    qn->kind = kind;
    return qn;
}

QNum *qnum_from_int(int64_t value)
{
    QNum *qn = qnum_new(QNUM_I64);

    qn->u.i64 = value;
    return qn;
}

QNum *qnum_from_uint(uint64_t value)
{
    QNum *qn = qnum_new(QNUM_U64);

    qn->u.u64 = value;
    return qn;
}

QNum *qnum_from_double(double value)
{
    QNum *qn = qnum_new(QNUM_DOUBLE);

    qn->u.dbl = value;
    return qn;
}

bool qnum_get_try_int(const QNum *qn, int64_t *val)
{
    if (qn->kind == QNUM_DOUBLE || (qn->kind == QNUM_U64 && qn->u.u64 > INT64_MAX)) {
        return false;
    }
    *val = qn->u.i64;
    return true;
}

bool qnum_get_try_uint(const QNum *qn, uint64_t *val)
{
    if (qn->kind == QNUM_DOUBLE || (qn->kind == QNUM_I64 && qn->u.i64 < 0)) {
        return false;
    }
    *val = qn->u.u64;
    return true;
}

int64_t qnum_get_int(const QNum *qn)
{
    int64_t val = 0;

    qnum_get_try_int(qn, &val);
    return val;
}

uint64_t qnum_get_uint(const QNum *qn)
{
    uint64_t val = 0;

    qnum_get_try_uint(qn, &val);
    return val;
}

double qnum_get_double(const QNum *qn)
{
    switch (qn->kind) {
    case QNUM_I64:
        return qn->u.i64;
    case QNUM_U64:
        return qn->u.u64;
    default:
        return qn->u.dbl;
    }
}

char *qnum_to_string(const QNum *qn)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];

    switch (qn->kind) {
    case QNUM_I64:
        return g_strdup_printf("%" PRId64, qn->u.i64);
    case QNUM_U64:
        return g_strdup_printf("%" PRIu64, qn->u.u64);
    default:
        return g_strdup(g_ascii_formatd(buf, sizeof(buf), "%.17g", qn->u.dbl));
    }
}

static bool qnum_is_equal(const QNum *x, const QNum *y)
{
    int64_t xi, yi;
    uint64_t xu, yu;

    if (qnum_get_try_int(x, &xi)) {
        return qnum_get_try_int(y, &yi) && xi == yi;
    }
    if (qnum_get_try_uint(x, &xu)) {
        return qnum_get_try_uint(y, &yu) && xu == yu;
    }
    return y->kind == QNUM_DOUBLE && x->u.dbl == y->u.dbl;
}

void qobject_destroy(QObject *obj)
{
    switch (obj->base.type) {
    case QTYPE_QNULL:
        obj->base.refcnt = 1;
        return;
    case QTYPE_QSTRING:
        g_free(((QString *)obj)->string);
        break;
    case QTYPE_QDICT:
        qdict_clear((QDict *)obj);
        break;
    case QTYPE_QLIST:
        qlist_clear((QList *)obj);
        break;
    default:
        break;
    }
    g_free(obj);
}

bool qobject_is_equal(const QObject *x, const QObject *y)
{
    if (!x || !y || x == y) {
        return x == y;
    }
    if (x->base.type != y->base.type) {
        return false;
    }
    switch (x->base.type) {
    case QTYPE_QNUM:
        return qnum_is_equal((const QNum *)x, (const QNum *)y);
    case QTYPE_QSTRING:
        return g_str_equal(((const QString *)x)->string, ((const QString *)y)->string);
    case QTYPE_QBOOL:
        return ((const QBool *)x)->value == ((const QBool *)y)->value;
    case QTYPE_QDICT:
        return qdict_is_equal((const QDict *)x, (const QDict *)y);
    case QTYPE_QLIST:
        return qlist_is_equal((const QList *)x, (const QList *)y);
    default:
        return true;
    }
}
