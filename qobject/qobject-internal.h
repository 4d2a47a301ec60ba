/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kinds of QObject share among their source files. */
#ifndef QOBJECT_INTERNAL_H
#define QOBJECT_INTERNAL_H

#include "qobject/qdict.h"
#include "qobject/qlist.h"

void qobject_init(QObject *obj, QType type);
void qdict_clear(QDict *qdict);
void qlist_clear(QList *qlist);
bool qdict_is_equal(const QDict *x, const QDict *y);
bool qlist_is_equal(const QList *x, const QList *y);

#endif
