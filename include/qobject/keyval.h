/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KEY=VALUE,... to a QDict, the notation of structured command line options.
 *
 *     params  = [ [ value-without-key "," ] pair { "," pair } [ "," ] ]
 *     pair    = key "=" value          a comma in a value is doubled
 *     key     = fragment { "." fragment }     a.b=1,a.c=2 -> { "a": { "b": "1", "c": "2" } }
 *     fragment = name | decimal index         a.0=x,a.1=y -> { "a": [ "x", "y" ] }
 *
 * All leaves are strings; the keyval flavour of the QObject input visitor turns them into typed values. A later pair with
 * the same key replaces an earlier one.
 */
#ifndef QOBJECT_KEYVAL_H
#define QOBJECT_KEYVAL_H

#include "qobject/qdict.h"

/*
 * @implied_key: key of a first value given without one, or NULL.
 * @help: set when `help` or `?` stands alone; with NULL that is an error. NULL on error.
 */
QDict *keyval_parse(const char *params, const char *implied_key, bool *help, Error **errp);
QDict *keyval_parse_into(QDict *qdict, const char *params, const char *implied_key, bool *help, Error **errp);
/* Add @src to @dest: dictionaries join, lists append, scalars replace. False when kinds differ. */
bool keyval_merge(QDict *dest, const QDict *src, Error **errp);

/* An option argument in either notation: JSON if it starts with `{`. *@is_keyval tells which visitor flavour fits. */
QDict *option_arg_parse(const char *arg, const char *implied_key, bool *is_keyval, bool *help, Error **errp);

#endif
