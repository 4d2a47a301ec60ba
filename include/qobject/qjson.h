/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON text (RFC 8259, plus single-quoted strings) to QObject and back. */
#ifndef QJSON_H
#define QJSON_H

#include "qobject/qobject.h"

/* One complete value; anything after it but white space is an error. NULL on error. */
QObject *qobject_from_json(const char *string, Error **errp);

/*
 * The same with values taken from the argument list where a conversion stands in place of a value:
 * %p QObject* (takes it), %i (bool, as int), %d %ld %lld %u %lu %llu, %f, %s. A conversion inside a string is text.
 * For literals in our own code and tests: aborts on bad syntax.
 */
QObject *qobject_from_vjsonf_nofail(const char *string, va_list ap);
QObject *qobject_from_jsonf_nofail(const char *string, ...) G_GNUC_PRINTF(1, 2);
QDict *qdict_from_vjsonf_nofail(const char *string, va_list ap);
QDict *qdict_from_jsonf_nofail(const char *string, ...) G_GNUC_PRINTF(1, 2);

/* Output is pure ASCII: other characters are \u escapes. */
GString *qobject_to_json(const QObject *obj);
GString *qobject_to_json_pretty(const QObject *obj, bool pretty);

#endif
