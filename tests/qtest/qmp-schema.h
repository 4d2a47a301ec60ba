/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The schema an emulator reports about itself (query-qmp-schema), for tests that walk over all commands: check that
 * a value is of a type, and make up values of a type. Types are the schema's own names ("int", "17", ...).
 */
#ifndef TESTS_QMP_SCHEMA_H
#define TESTS_QMP_SCHEMA_H

#include "tests/qtest/libqtest.h"

typedef struct QMPSchema QMPSchema;

QMPSchema *qmp_schema_new(QTestState *s);
void qmp_schema_free(QMPSchema *schema);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QMPSchema, qmp_schema_free)

/* The entry of that name (borrowed); fails the test when the schema has none. */
QDict *qmp_schema_entry(QMPSchema *schema, const char *name);
/* Names of all entries of one meta-type ("command", "event", ...), borrowed. */
GPtrArray *qmp_schema_names(QMPSchema *schema, const char *meta_type);
/* NULL when @value is a @type; otherwise what is wrong with it, to be freed. */
char *qmp_schema_mismatch(QMPSchema *schema, const char *type, QObject *value);
/* Some value of @type, another one for each @seed. Optional members are there when @seed is odd. */
QObject *qmp_schema_sample(QMPSchema *schema, const char *type, unsigned seed);

#endif
