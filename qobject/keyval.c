/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KEY=VALUE,... to QDict: the grammar is in the header. First everything is dictionaries, then index keys become lists. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qobject/keyval.h"
#include "qobject/qjson.h"
#include "qobject/qstring.h"

enum { MAX_FRAGMENT = 127, MAX_DEPTH = 32 };

static bool fragment_is_index(const char *s, size_t len)
{
    return len && strspn(s, "0123456789") >= len;
}

static bool fragment_valid(const char *s, size_t len)
{
    size_t i;

    if (!len || len > MAX_FRAGMENT || fragment_is_index(s, len)) {
        return len && len <= MAX_FRAGMENT;
    }
    if (!g_ascii_isalpha(*s) && *s != '_') {
        return false;
    }
    for (i = 0; i < len; i++) {
        if (!g_ascii_isalnum(s[i]) && s[i] != '-' && s[i] != '_') {
            return false;
        }
    }
    return true;
}

/* The dictionary at @dict's @name, made when absent; NULL when something else is there. */
static QDict *descend(QDict *dict, const char *name)
{
    QObject *next = qdict_get(dict, name);

    if (!next) {
        QDict *made = qdict_new();

        qdict_put(dict, name, made);
        return made;
    }
    return qobject_to(QDict, next);
}

static bool put_leaf(QDict *dict, const char *name, const char *value)
{
    QObject *old = qdict_get(dict, name);

    if (old && qobject_type(old) != QTYPE_QSTRING) {
        return false;
    }
    qdict_put_str(dict, name, value);
    return true;
}

static bool put_path(QDict *dict, const char *key, const char *value, Error **errp)
{
    g_auto(GStrv) part = g_strsplit(key, ".", MAX_DEPTH + 1);
    int i, n = g_strv_length(part);

    if (n > MAX_DEPTH) {
        error_setg(errp, "Parameter '%s' is nested too deep", key);
        return false;
    }
    if (!n) {
        error_setg(errp, "Parameter name missing before '=%s'", value);
        return false;
    }
    for (i = 0; i < n; i++) {
        if (!fragment_valid(part[i], strlen(part[i])) || (i == 0 && g_ascii_isdigit(*part[i]))) {
            error_setg(errp, "Invalid parameter '%s'", key);
            return false;
        }
    }
    for (i = 0; dict && i < n - 1; i++) {
        dict = descend(dict, part[i]);
    }
    if (!dict || !put_leaf(dict, part[n - 1], value)) {
        error_setg(errp, "Parameters '%s.*' used inconsistently", key);
        return false;
    }
    return true;
}

/* Copy up to a lone comma, folding doubled ones; @p ends past that comma. */
static char *take_value(const char **p)
{
    GString *s = g_string_new(NULL);

    while (**p) {
        if (**p == ',') {
            (*p)++;
            if (**p != ',') {
                break;
            }
        }
        g_string_append_c(s, *(*p)++);
    }
    return g_string_free(s, FALSE);
}

static bool is_help(const char *s, size_t len)
{
    return (len == 4 && !memcmp(s, "help", 4)) || (len == 1 && *s == '?');
}

static bool parse_one(QDict *dict, const char **p, const char *implied_key, bool *help, Error **errp)
{
    size_t len = strcspn(*p, "=,");
    g_autofree char *key = NULL, *value = NULL;

    if ((*p)[len] == '=') {
        key = g_strndup(*p, len);
        *p += len + 1;
    } else if (help && is_help(*p, len)) {
        *help = true;
        *p += len + ((*p)[len] == ',');
        return true;
    } else if (implied_key && len) {
        key = g_strdup(implied_key);
    } else {
        error_setg(errp, len ? "Expected '=' after parameter '%.*s'" : "Invalid parameter '%.*s'", (int)len, *p);
        return false;
    }
    value = take_value(p);
    return put_path(dict, key, value, errp);
}

static QObject *listify(QDict *dict, const char *path, Error **errp);

static bool listify_members(QDict *dict, const char *path, Error **errp)
{
    const QDictEntry *e;

    for (e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        QDict *sub = qobject_to(QDict, e->value);
        g_autofree char *sub_path = NULL;
        QObject *obj;

        if (!sub) {
            continue;
        }
        sub_path = path ? g_strdup_printf("%s.%s", path, e->key) : g_strdup(e->key);
        obj = listify(sub, sub_path, errp);
        if (!obj) {
            return false;
        }
        qdict_put_obj(dict, e->key, obj);
    }
    return true;
}

/* A reference to @dict, or to the list it means. NULL on error. */
static QObject *listify(QDict *dict, const char *path, Error **errp)
{
    const QDictEntry *e;
    size_t i, indexes = 0, n = qdict_size(dict);
    g_autoptr(QList) list = NULL;

    if (!listify_members(dict, path, errp)) {
        return NULL;
    }
    for (e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        indexes += g_ascii_isdigit(*e->key);
    }
    if (!indexes || !path) {
        return QOBJECT(qobject_ref(dict));
    }
    if (indexes != n) {
        error_setg(errp, "Parameters '%s.*' used inconsistently", path);
        return NULL;
    }
    list = qlist_new();
    for (i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("%zu", i);
        QObject *obj = qdict_get(dict, key);

        if (!obj) {
            error_setg(errp, "Parameter '%s.%zu' missing", path, i);
            return NULL;
        }
        qlist_append_obj(list, qobject_ref(obj));
    }
    return QOBJECT(g_steal_pointer(&list));
}

QDict *keyval_parse_into(QDict *qdict, const char *params, const char *implied_key, bool *help, Error **errp)
{
    const char *p = params;
    g_autoptr(QDict) fresh = qdict_new();
    bool saw_help = false;
    QObject *tree;

    while (*p) {
        if (!parse_one(fresh, &p, implied_key, help ? &saw_help : NULL, errp)) {
            return NULL;
        }
        implied_key = NULL;
    }
    tree = listify(fresh, NULL, errp);
    if (!tree) {
        return NULL;
    }
    qobject_unref(tree);
    if (!keyval_merge(qdict, fresh, errp)) {
        return NULL;
    }
    if (help) {
        *help = saw_help;
    }
    return qdict;
}

QDict *keyval_parse(const char *params, const char *implied_key, bool *help, Error **errp)
{
    QDict *qdict = qdict_new();

    if (!keyval_parse_into(qdict, params, implied_key, help, errp)) {
        qobject_unref(qdict);
        return NULL;
    }
    return qdict;
}

static bool merge_one(QDict *dest, const char *key, QObject *src, Error **errp)
{
    QObject *old = qdict_get(dest, key);
    QListEntry *e;

    if (!old || (qobject_type(old) == QTYPE_QSTRING && qobject_type(src) == QTYPE_QSTRING)) {
        qdict_put_obj(dest, key, qobject_ref(src));
        return true;
    }
    if (qobject_type(old) != qobject_type(src)) {
        error_setg(errp, "Parameter '%s' used inconsistently", key);
        return false;
    }
    if (qobject_type(old) == QTYPE_QDICT) {
        return keyval_merge(qobject_to(QDict, old), qobject_to(QDict, src), errp);
    }
    if (qobject_type(old) == QTYPE_QLIST) {
        QLIST_FOREACH_ENTRY(qobject_to(QList, src), e) {
            qlist_append_obj(qobject_to(QList, old), qobject_ref(e->value));
        }
        return true;
    }
    qdict_put_obj(dest, key, qobject_ref(src));
    return true;
}

bool keyval_merge(QDict *dest, const QDict *src, Error **errp)
{
    const QDictEntry *e;

    for (e = qdict_first(src); e; e = qdict_next(src, e)) {
        if (!merge_one(dest, e->key, e->value, errp)) {
            return false;
        }
    }
    return true;
}

QDict *option_arg_parse(const char *arg, const char *implied_key, bool *is_keyval, bool *help, Error **errp)
{
    QObject *obj;

    *is_keyval = *arg != '{';
    if (*is_keyval) {
        return keyval_parse(arg, implied_key, help, errp);
    }
    if (help) {
        *help = false;
    }
    obj = qobject_from_json(arg, errp);
    return obj ? qobject_to(QDict, obj) : NULL;
}
