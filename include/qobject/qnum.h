/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QNum: a JSON number that remembers how it was written, so that every int64_t and uint64_t survives unrounded.
 * Numbers with a fraction or exponent, and integers beyond 64 bits, are doubles.
 */
#ifndef QNUM_H
#define QNUM_H

#include "qobject/qobject.h"

typedef enum QNumKind {
    QNUM_I64,
    QNUM_U64,
    QNUM_DOUBLE,
} QNumKind;

struct QNum {
    struct QObjectBase_ base;
    QNumKind kind;
    union {
        int64_t i64;
        uint64_t u64;
        double dbl;
    } u;
};

QNum *qnum_from_int(int64_t value);
QNum *qnum_from_uint(uint64_t value);
QNum *qnum_from_double(double value);

/* False when the value is not an integer of that range; doubles never convert. */
bool qnum_get_try_int(const QNum *qn, int64_t *val);
bool qnum_get_try_uint(const QNum *qn, uint64_t *val);
int64_t qnum_get_int(const QNum *qn);       /* 0 when out of range */
uint64_t qnum_get_uint(const QNum *qn);
double qnum_get_double(const QNum *qn);
char *qnum_to_string(const QNum *qn);       /* caller frees */

static inline void qnum_unref(QNum *q)
{
    qobject_unref(q);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QNum, qnum_unref)

#endif
