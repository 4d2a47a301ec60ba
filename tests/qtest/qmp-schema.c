/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema as data: see the header. */
#include "qemu/osdep.h"
#include "qobject/qbool.h"
#include "qobject/qnull.h"
#include "qobject/qnum.h"
#include "tests/qtest/qmp-schema.h"

#define MAX_DEPTH 8              /* types may contain themselves */

struct QMPSchema {
    QList *entries;
    GHashTable *by_name;         /* -> QDict inside entries */
};

QMPSchema *qmp_schema_new(QTestState *s)
{
    QMPSchema *schema = g_new0(QMPSchema, 1);
    QDict *rsp = qtest_qmp(s, "{'execute': 'query-qmp-schema'}");
    const QListEntry *e;

    schema->entries = qdict_get_qlist(rsp, "return");
    g_assert_nonnull(schema->entries);
    qobject_ref(schema->entries);
    qobject_unref(rsp);
    schema->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    QLIST_FOREACH_ENTRY(schema->entries, e) {
        QDict *d = qobject_to(QDict, qlist_entry_obj(e));

        g_assert_true(g_hash_table_insert(schema->by_name, (char *)qdict_get_str(d, "name"), d));
    }
    return schema;
}

void qmp_schema_free(QMPSchema *schema)
{
    g_hash_table_destroy(schema->by_name);
    qobject_unref(schema->entries);
    g_free(schema);
}

QDict *qmp_schema_entry(QMPSchema *schema, const char *name)
{
    QDict *d = g_hash_table_lookup(schema->by_name, name);

    if (!d) {
        g_error("the schema refers to '%s' and has no such entry", name);
    }
    return d;
}

GPtrArray *qmp_schema_names(QMPSchema *schema, const char *meta_type)
{
    GPtrArray *names = g_ptr_array_new();
    const QListEntry *e;

    QLIST_FOREACH_ENTRY(schema->entries, e) {
        QDict *d = qobject_to(QDict, qlist_entry_obj(e));

        if (!strcmp(qdict_get_str(d, "meta-type"), meta_type)) {
            g_ptr_array_add(names, (char *)qdict_get_str(d, "name"));
        }
    }
    return names;
}

/* ---- Is a value of a type? ---- */

static bool builtin_matches(const char *json_type, QObject *value)
{
    int64_t i;
    uint64_t u;

    switch (qobject_type(value)) {
    case QTYPE_QNUM:
        if (!strcmp(json_type, "int")) {
            return qnum_get_try_int(qobject_to(QNum, value), &i) || qnum_get_try_uint(qobject_to(QNum, value), &u);
        }
        return !strcmp(json_type, "number") || !strcmp(json_type, "value");
    case QTYPE_QSTRING:
        return !strcmp(json_type, "string") || !strcmp(json_type, "value");
    case QTYPE_QBOOL:
        return !strcmp(json_type, "boolean") || !strcmp(json_type, "value");
    case QTYPE_QNULL:
        return !strcmp(json_type, "null") || !strcmp(json_type, "value");
    default:
        return !strcmp(json_type, "value");
    }
}

static bool enum_has(QDict *type, const char *name)
{
    const QListEntry *e;

    QLIST_FOREACH_ENTRY(qdict_get_qlist(type, "members"), e) {
        if (!g_strcmp0(qdict_get_str(qobject_to(QDict, qlist_entry_obj(e)), "name"), name)) {
            return true;
        }
    }
    return false;
}

/* The type that the tag's value in @value adds to a union, or NULL. */
static const char *variant_type(QDict *type, const char *tag_value)
{
    QList *variants = qdict_get_qlist(type, "variants");
    const QListEntry *e;

    if (!variants || !tag_value) {
        return NULL;
    }
    QLIST_FOREACH_ENTRY(variants, e) {
        QDict *v = qobject_to(QDict, qlist_entry_obj(e));

        if (!strcmp(qdict_get_str(v, "case"), tag_value)) {
            return qdict_get_str(v, "type");
        }
    }
    return NULL;
}

/* Check the members of @type that @value has, and count them. */
static char *object_mismatch(QMPSchema *schema, QDict *type, QDict *value, size_t *known)
{
    const char *tag = qdict_get_try_str(type, "tag");
    const char *variant = tag ? variant_type(type, qdict_get_try_str(value, tag)) : NULL;
    const QListEntry *e;

    QLIST_FOREACH_ENTRY(qdict_get_qlist(type, "members"), e) {
        QDict *m = qobject_to(QDict, qlist_entry_obj(e));
        const char *name = qdict_get_str(m, "name");
        QObject *member = qdict_get(value, name);
        char *why;

        if (!member) {
            if (!qdict_haskey(m, "default")) {
                return g_strdup_printf("member '%s' is missing", name);
            }
            continue;
        }
        ++*known;
        why = qmp_schema_mismatch(schema, qdict_get_str(m, "type"), member);
        if (why) {
            g_autofree char *inner = why;
            return g_strdup_printf("%s: %s", name, inner);
        }
    }
    return variant ? object_mismatch(schema, qmp_schema_entry(schema, variant), value, known) : NULL;
}

static char *array_mismatch(QMPSchema *schema, QDict *type, QList *value)
{
    const QListEntry *e;

    QLIST_FOREACH_ENTRY(value, e) {
        char *why = qmp_schema_mismatch(schema, qdict_get_str(type, "element-type"), qlist_entry_obj(e));

        if (why) {
            return why;
        }
    }
    return NULL;
}

static char *alternate_mismatch(QMPSchema *schema, QDict *type, QObject *value)
{
    const QListEntry *e;

    QLIST_FOREACH_ENTRY(qdict_get_qlist(type, "members"), e) {
        QDict *m = qobject_to(QDict, qlist_entry_obj(e));
        g_autofree char *why = qmp_schema_mismatch(schema, qdict_get_str(m, "type"), value);

        if (!why) {
            return NULL;
        }
    }
    return g_strdup("none of the alternatives");
}

char *qmp_schema_mismatch(QMPSchema *schema, const char *name, QObject *value)
{
    QDict *type = qmp_schema_entry(schema, name);
    const char *meta = qdict_get_str(type, "meta-type");
    size_t known = 0;

    if (!strcmp(meta, "builtin")) {
        return builtin_matches(qdict_get_str(type, "json-type"), value) ? NULL
            : g_strdup_printf("not of type %s", name);
    } else if (!strcmp(meta, "enum")) {
        QString *s = qobject_to(QString, value);

        return s && enum_has(type, qstring_get_str(s)) ? NULL
            : g_strdup_printf("'%s' is not in the enumeration", s ? qstring_get_str(s) : "(not a string)");
    } else if (!strcmp(meta, "array")) {
        QList *l = qobject_to(QList, value);

        return l ? array_mismatch(schema, type, l) : g_strdup("not a list");
    } else if (!strcmp(meta, "alternate")) {
        return alternate_mismatch(schema, type, value);
    } else {
        QDict *d = qobject_to(QDict, value);
        char *why = d ? object_mismatch(schema, type, d, &known) : g_strdup("not an object");

        return why ? why : known < qdict_size(d) ? g_strdup("a member that the schema does not have") : NULL;
    }
}

/* ---- Values of a type ---- */

static QObject *sample(QMPSchema *schema, const char *name, unsigned seed, int depth);

static QObject *sample_builtin(const char *json_type, unsigned seed)
{
    static const char *const strings[] = { "", "junk", "0", "/machine", "none", "%n%s", "pc.ram", "\xc3\xa9,=" };
    static const int64_t ints[] = { 0, -1, 1, INT64_MAX, INT64_MIN, 4096, UINT32_MAX, 255 };

    if (!strcmp(json_type, "int")) {
        return QOBJECT(qnum_from_int(ints[seed / 2 % ARRAY_SIZE(ints)]));
    } else if (!strcmp(json_type, "number")) {
        return QOBJECT(qnum_from_double(seed & 2 ? 1e300 : -0.5));
    } else if (!strcmp(json_type, "boolean")) {
        return QOBJECT(qbool_from_bool(seed & 2));
    } else if (!strcmp(json_type, "null")) {
        return QOBJECT(qnull());
    }
    return QOBJECT(qstring_from_str(strings[seed / 2 % ARRAY_SIZE(strings)]));
}

static QDict *pick(QList *list, unsigned seed)
{
    const QListEntry *e = qlist_first(list);

    for (size_t skip = seed % qlist_size(list); skip; skip--) {
        e = qlist_next(e);
    }
    return qobject_to(QDict, qlist_entry_obj(e));
}

static void add_members(QMPSchema *schema, QDict *type, QDict *to, unsigned seed, int depth)
{
    const char *tag = qdict_get_try_str(type, "tag"), *variant;
    const QListEntry *e;

    QLIST_FOREACH_ENTRY(qdict_get_qlist(type, "members"), e) {
        QDict *m = qobject_to(QDict, qlist_entry_obj(e));
        bool optional = qdict_haskey(m, "default");

        if (!optional || ((seed & 1) && depth < MAX_DEPTH)) {
            qdict_put_obj(to, qdict_get_str(m, "name"), sample(schema, qdict_get_str(m, "type"), seed, depth + 1));
        }
    }
    variant = tag ? variant_type(type, qdict_get_try_str(to, tag)) : NULL;
    if (variant) {
        add_members(schema, qmp_schema_entry(schema, variant), to, seed, depth + 1);
    }
}

static QObject *sample(QMPSchema *schema, const char *name, unsigned seed, int depth)
{
    QDict *type = qmp_schema_entry(schema, name);
    const char *meta = qdict_get_str(type, "meta-type");

    if (depth > 3 * MAX_DEPTH || !strcmp(meta, "builtin")) {
        return sample_builtin(qdict_get_try_str(type, "json-type") ?: "null", seed);
    } else if (!strcmp(meta, "enum")) {
        return QOBJECT(qstring_from_str(qdict_get_str(pick(qdict_get_qlist(type, "members"), seed / 2), "name")));
    } else if (!strcmp(meta, "array")) {
        QList *l = qlist_new();

        if (depth < MAX_DEPTH) {
            qlist_append_obj(l, sample(schema, qdict_get_str(type, "element-type"), seed, depth + 1));
        }
        return QOBJECT(l);
    } else if (!strcmp(meta, "alternate")) {
        return sample(schema, qdict_get_str(pick(qdict_get_qlist(type, "members"), seed), "type"), seed, depth + 1);
    } else {
        QDict *d = qdict_new();

        add_members(schema, type, d, seed, depth);
        return QOBJECT(d);
    }
}

QObject *qmp_schema_sample(QMPSchema *schema, const char *type, unsigned seed)
{
    return sample(schema, type, seed, 0);
}
