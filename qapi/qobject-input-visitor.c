/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QObject to C value. A stack of containers, each with the set of members not yet visited, so that what is left over is
 * reported. Error messages carry the path from the root: 'a.b[2].c'.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/qobject-input-visitor.h"
#include "qapi/visitor-impl.h"
#include "qobject/keyval.h"
#include "qobject/qbool.h"
#include "qobject/qlist.h"
#include "qobject/qnull.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"
#include "text-number.h"

typedef struct Level {
    char *name;                     /* member name of this container in its parent */
    QObject *obj;                   /* borrowed */
    GHashTable *unvisited;          /* QDict: keys (borrowed) */
    const QListEntry *entry;        /* QList: the next element */
    int index;                      /* QList: of the element last taken, from -1 */
} Level;

typedef struct InputVisitor {
    Visitor visitor;
    QObject *root;
    GQueue stack;                   /* Level; head is innermost */
    bool keyval;
} InputVisitor;

static InputVisitor *to_iv(Visitor *v)
{
    return container_of(v, InputVisitor, visitor);
}

static void level_free(Level *level)
{
    g_clear_pointer(&level->unvisited, g_hash_table_destroy);
    g_free(level->name);
    g_free(level);
}

/* Path of member @name of the container @above levels out from the innermost. */
static char *path_of(InputVisitor *iv, const char *name, guint above)
{
    GString *s = g_string_new(NULL);
    GList *l = g_list_nth(iv->stack.head, above);

    for (; l; l = l->next) {
        Level *level = l->data;

        if (qobject_type(level->obj) == QTYPE_QLIST) {
            g_autofree char *index = g_strdup_printf(iv->keyval ? ".%d" : "[%d]", level->index);

            g_string_prepend(s, index);
        } else {
            g_string_prepend(s, name ? name : "<anonymous>");
            g_string_prepend_c(s, '.');
        }
        name = level->name;
    }
    g_string_prepend(s, name ? name : "");
    if (*s->str == '.') {
        g_string_erase(s, 0, 1);
    }
    return g_string_free(s, FALSE);
}

/* @what completes the sentence "Parameter 'path' ...". */
static bool fail(InputVisitor *iv, const char *name, const char *what, Error **errp)
{
    g_autofree char *path = path_of(iv, name, 0);

    error_setg(errp, "Parameter '%s' %s", *path ? path : "null", what);
    return false;
}

/* The object to visit as @name, or NULL when there is none. Taking it marks it visited if @consume. */
static QObject *try_get(InputVisitor *iv, const char *name, bool consume)
{
    Level *top = g_queue_peek_head(&iv->stack);
    QObject *obj;

    if (!top) {
        return iv->root;
    }
    if (qobject_type(top->obj) == QTYPE_QDICT) {
        obj = name ? qdict_get(qobject_to(QDict, top->obj), name) : NULL;
        if (obj && consume) {
            g_hash_table_remove(top->unvisited, name);
        }
        return obj;
    }
    if (!top->entry) {
        return NULL;
    }
    obj = top->entry->value;
    if (consume) {
        top->entry = top->entry->next;
        top->index++;
    }
    return obj;
}

static QObject *get(InputVisitor *iv, const char *name, Error **errp)
{
    QObject *obj = try_get(iv, name, true);

    if (!obj) {
        fail(iv, name, "is missing", errp);
    }
    return obj;
}

static bool wrong_type(InputVisitor *iv, const char *name, const char *type, Error **errp)
{
    g_autofree char *path = path_of(iv, name, 0);

    error_setg(errp, "Invalid parameter type for '%s', expected: %s", *path ? path : "null", type);
    return false;
}

static const char *get_text(InputVisitor *iv, const char *name, Error **errp)
{
    QObject *obj = get(iv, name, errp);
    QString *qs = qobject_to(QString, obj);

    if (obj && !qs) {
        fail(iv, name, "expects a single value", errp);
    }
    return qs ? qstring_get_str(qs) : NULL;
}

static void push(InputVisitor *iv, const char *name, QObject *obj)
{
    Level *level = g_new0(Level, 1);
    QDict *dict = qobject_to(QDict, obj);
    const QDictEntry *e;

    level->name = g_strdup(name);
    level->obj = obj;
    level->index = -1;
    if (dict) {
        level->unvisited = g_hash_table_new(g_str_hash, g_str_equal);
        for (e = qdict_first(dict); e; e = qdict_next(dict, e)) {
            g_hash_table_add(level->unvisited, (void *)qdict_entry_key(e));
        }
    } else {
        level->entry = qlist_first(qobject_to(QList, obj));
    }
    g_queue_push_head(&iv->stack, level);
}

static void pop(Visitor *v, void **obj)
{
    Level *level = g_queue_pop_head(&to_iv(v)->stack);

    if (level) {
        level_free(level);
    }
}

static bool start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    QObject *qobj = get(iv, name, errp);

    if (obj) {
        *obj = NULL;
    }
    if (!qobj) {
        return false;
    }
    if (qobject_type(qobj) != QTYPE_QDICT) {
        return wrong_type(iv, name, "object", errp);
    }
    push(iv, name, qobj);
    if (obj) {
        *obj = g_malloc0(size);
    }
    return true;
}

static bool check_struct(Visitor *v, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    Level *top = g_queue_peek_head(&iv->stack);
    GHashTableIter iter;
    void *key;

    g_hash_table_iter_init(&iter, top->unvisited);
    if (g_hash_table_iter_next(&iter, &key, NULL)) {
        return fail(iv, key, "is unexpected", errp);
    }
    return true;
}

static bool start_list(Visitor *v, const char *name, GenericList **list, size_t size, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    QObject *qobj = get(iv, name, errp);

    if (list) {
        *list = NULL;
    }
    if (!qobj) {
        return false;
    }
    if (qobject_type(qobj) != QTYPE_QLIST) {
        return wrong_type(iv, name, "array", errp);
    }
    push(iv, name, qobj);
    if (list && !qlist_empty(qobject_to(QList, qobj))) {
        *list = g_malloc0(size);
    }
    return true;
}

static GenericList *next_list(Visitor *v, GenericList *tail, size_t size)
{
    Level *top = g_queue_peek_head(&to_iv(v)->stack);

    if (top->entry) {
        tail->next = g_malloc0(size);
    }
    return tail->next;
}

static bool check_list(Visitor *v, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    Level *top = g_queue_peek_head(&iv->stack);
    g_autofree char *path = NULL;

    if (!top->entry) {
        return true;
    }
    path = path_of(iv, top->name, 1);
    error_setg(errp, "Only %d list elements expected in '%s'", top->index + 1, path);
    return false;
}

static bool start_alternate(Visitor *v, const char *name, GenericAlternate **obj, size_t size, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    QObject *qobj = try_get(iv, name, false);

    *obj = NULL;
    if (!qobj) {
        return fail(iv, name, "is missing", errp);
    }
    *obj = g_malloc0(size);
    (*obj)->type = qobject_type(qobj);
    return true;
}

static void optional(Visitor *v, const char *name, bool *present)
{
    *present = try_get(to_iv(v), name, false) != NULL;
}

static bool type_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    QObject *qobj = get(iv, name, errp);
    QNum *qn = qobject_to(QNum, qobj);

    return qobj && ((qn && qnum_get_try_int(qn, obj)) || wrong_type(iv, name, "integer", errp));
}

/* A negative integer is its two's complement: clients have always been able to say -1 for the largest value. */
static bool type_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    QObject *qobj = get(iv, name, errp);
    QNum *qn = qobject_to(QNum, qobj);
    int64_t i64;

    if (!qobj) {
        return false;
    }
    if (qn && qnum_get_try_uint(qn, obj)) {
        return true;
    }
    if (qn && qnum_get_try_int(qn, &i64)) {
        *obj = i64;
        return true;
    }
    return wrong_type(iv, name, "uint64", errp);
}

static bool type_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    QObject *qobj = get(iv, name, errp);
    QBool *qb = qobject_to(QBool, qobj);

    if (qb) {
        *obj = qbool_get_bool(qb);
        return true;
    }
    return qobj && wrong_type(iv, name, "boolean", errp);
}

static bool type_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    QObject *qobj = get(iv, name, errp);
    QString *qs = qobject_to(QString, qobj);

    if (qs) {
        *obj = g_strdup(qstring_get_str(qs));
        return true;
    }
    return qobj && wrong_type(iv, name, "string", errp);
}

static bool type_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    QObject *qobj = get(iv, name, errp);
    QNum *qn = qobject_to(QNum, qobj);

    if (qn) {
        *obj = qnum_get_double(qn);
        return true;
    }
    return qobj && wrong_type(iv, name, "number", errp);
}

static bool type_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    QObject *qobj = get(to_iv(v), name, errp);

    *obj = qobject_ref(qobj);
    return qobj != NULL;
}

static bool type_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    QObject *qobj = get(iv, name, errp);

    if (!qobj) {
        return false;
    }
    if (qobject_type(qobj) != QTYPE_QNULL) {
        return wrong_type(iv, name, "null", errp);
    }
    *obj = qnull();
    return true;
}

static bool keyval_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    const char *s = get_text(to_iv(v), name, errp);

    return s && (text_to_int64(s, obj) || fail(to_iv(v), name, "expects an integer", errp));
}

static bool keyval_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    const char *s = get_text(to_iv(v), name, errp);

    return s && (text_to_uint64(s, obj) || fail(to_iv(v), name, "expects an integer", errp));
}

static bool keyval_size(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    const char *s = get_text(to_iv(v), name, errp);

    return s && (text_to_size(s, obj)
                 || fail(to_iv(v), name, "expects a size, such as 4096, 64k, 1.5G", errp));
}

static bool keyval_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    InputVisitor *iv = to_iv(v);
    const char *s = get_text(iv, name, errp);
    g_autofree char *path = s ? path_of(iv, name, 0) : NULL;

    return s && qapi_bool_parse(path, s, obj, errp);
}

static bool keyval_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    const char *s = get_text(to_iv(v), name, errp);

    *obj = g_strdup(s);
    return s != NULL;
}

static bool keyval_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    const char *s = get_text(to_iv(v), name, errp);

    return s && (text_to_double(s, obj) || fail(to_iv(v), name, "expects a number", errp));
}

static bool keyval_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    const char *s = get_text(to_iv(v), name, errp);

    if (!s) {
        return false;
    }
    if (*s) {
        return fail(to_iv(v), name, "expects null (an empty value)", errp);
    }
    *obj = qnull();
    return true;
}

static void input_free(Visitor *v)
{
    InputVisitor *iv = to_iv(v);
    Level *level;

    while ((level = g_queue_pop_head(&iv->stack))) {
        level_free(level);
    }
    qobject_unref(iv->root);
    g_free(iv);
}

Visitor *qobject_input_visitor_new(QObject *obj)
{
    InputVisitor *iv = g_new0(InputVisitor, 1);
    Visitor *v = &iv->visitor;

    iv->root = qobject_ref(obj);
    g_queue_init(&iv->stack);
    v->type = VISITOR_INPUT;
    v->start_struct = start_struct;
    v->check_struct = check_struct;
    v->end_struct = pop;
    v->start_list = start_list;
    v->next_list = next_list;
    v->check_list = check_list;
    v->end_list = pop;
    v->start_alternate = start_alternate;
    v->optional = optional;
    v->type_int64 = type_int64;
    v->type_uint64 = type_uint64;
    v->type_bool = type_bool;
    v->type_str = type_str;
    v->type_number = type_number;
    v->type_any = type_any;
    v->type_null = type_null;
    v->free = input_free;
    return v;
}

Visitor *qobject_input_visitor_new_keyval(QObject *obj)
{
    Visitor *v = qobject_input_visitor_new(obj);

    to_iv(v)->keyval = true;
    v->type_int64 = keyval_int64;
    v->type_uint64 = keyval_uint64;
    v->type_size = keyval_size;
    v->type_bool = keyval_bool;
    v->type_str = keyval_str;
    v->type_number = keyval_number;
    v->type_null = keyval_null;
    return v;
}

Visitor *qobject_input_visitor_new_str(const char *str, const char *implied_key, Error **errp)
{
    bool is_keyval;
    g_autoptr(QDict) args = option_arg_parse(str, implied_key, &is_keyval, NULL, errp);

    if (!args) {
        return NULL;
    }
    return is_keyval ? qobject_input_visitor_new_keyval(QOBJECT(args)) : qobject_input_visitor_new(QOBJECT(args));
}
