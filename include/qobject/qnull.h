/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QNull: JSON null. One static object whose count never reaches zero. */
#ifndef QNULL_H
#define QNULL_H

#include "qobject/qobject.h"

struct QNull {
    struct QObjectBase_ base;
};

QNull *qnull(void);

static inline void qnull_unref(QNull *q)
{
    qobject_unref(q);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QNull, qnull_unref)

#endif
