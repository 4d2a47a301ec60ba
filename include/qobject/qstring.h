/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QString: an immutable, NUL-terminated UTF-8 string. */
#ifndef QSTRING_H
#define QSTRING_H

#include "qobject/qobject.h"

struct QString {
    struct QObjectBase_ base;
    char *string;
};

QString *qstring_new(void);
QString *qstring_from_str(const char *str);
QString *qstring_from_substr(const char *str, size_t start, size_t end);
QString *qstring_from_gstring(GString *gstr);       /* takes @gstr */
const char *qstring_get_str(const QString *qs);

static inline void qstring_unref(QString *q)
{
    qobject_unref(q);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QString, qstring_unref)

#endif
