/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C value to QObject: a stack of the containers being filled. */
#include "qemu/osdep.h"
#include "qapi/qobject-output-visitor.h"
#include "qapi/visitor-impl.h"
#include "qobject/qbool.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qnull.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"

typedef struct OutputVisitor {
    Visitor visitor;
    GPtrArray *stack;           /* borrowed: each is owned by the one below, the first by root */
    QObject *root;
    QObject **result;
} OutputVisitor;

static OutputVisitor *to_ov(Visitor *v)
{
    return container_of(v, OutputVisitor, visitor);
}

static bool add(Visitor *v, const char *name, QObject *value)
{
    OutputVisitor *ov = to_ov(v);
    QObject *top = ov->stack->len ? g_ptr_array_index(ov->stack, ov->stack->len - 1) : NULL;

    if (!top) {
        qobject_unref(ov->root);
        ov->root = value;
    } else if (qobject_type(top) == QTYPE_QDICT) {
        qdict_put_obj(qobject_to(QDict, top), name, value);
    } else {
        qlist_append_obj(qobject_to(QList, top), value);
    }
    return true;
}

static bool push(Visitor *v, const char *name, QObject *container)
{
    add(v, name, container);
    g_ptr_array_add(to_ov(v)->stack, container);
    return true;
}

static void pop(Visitor *v, void **obj)
{
    g_ptr_array_set_size(to_ov(v)->stack, to_ov(v)->stack->len - 1);
}

static bool start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    return push(v, name, QOBJECT(qdict_new()));
}

static bool start_list(Visitor *v, const char *name, GenericList **list, size_t size, Error **errp)
{
    return push(v, name, QOBJECT(qlist_new()));
}

static bool type_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    return add(v, name, QOBJECT(qnum_from_int(*obj)));
}

static bool type_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    return add(v, name, QOBJECT(qnum_from_uint(*obj)));
}

static bool type_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    return add(v, name, QOBJECT(qbool_from_bool(*obj)));
}

static bool type_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    return add(v, name, QOBJECT(qstring_from_str(*obj ? *obj : "")));
}

static bool type_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    return add(v, name, QOBJECT(qnum_from_double(*obj)));
}

static bool type_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    return add(v, name, *obj ? qobject_ref(*obj) : QOBJECT(qnull()));
}

static bool type_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    return add(v, name, QOBJECT(qnull()));
}

static void complete(Visitor *v, void *opaque)
{
    OutputVisitor *ov = to_ov(v);

    *ov->result = g_steal_pointer(&ov->root);
}

static void output_free(Visitor *v)
{
    OutputVisitor *ov = to_ov(v);

    g_ptr_array_free(ov->stack, TRUE);
    qobject_unref(ov->root);
    g_free(ov);
}

Visitor *qobject_output_visitor_new(QObject **result)
{
    OutputVisitor *ov = g_new0(OutputVisitor, 1);
    Visitor *v = &ov->visitor;

    *result = NULL;
    ov->result = result;
    ov->stack = g_ptr_array_new();
    v->type = VISITOR_OUTPUT;
    v->start_struct = start_struct;
    v->end_struct = pop;
    v->start_list = start_list;
    v->end_list = pop;
    v->type_int64 = type_int64;
    v->type_uint64 = type_uint64;
    v->type_bool = type_bool;
    v->type_str = type_str;
    v->type_number = type_number;
    v->type_any = type_any;
    v->type_null = type_null;
    v->complete = complete;
    v->free = output_free;
    return v;
}
