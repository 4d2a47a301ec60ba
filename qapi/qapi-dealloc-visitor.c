/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The visitor behind qapi_free_T(): frees strings, objects, list links and structs on the way out. */
#include "qemu/osdep.h"
#include "qapi/dealloc-visitor.h"
#include "qapi/visitor-impl.h"
#include "qobject/qnull.h"

static void end_free(Visitor *v, void **obj)
{
    if (obj) {
        g_free(*obj);
    }
}

static GenericList *next_list(Visitor *v, GenericList *tail, size_t size)
{
    GenericList *next = tail->next;

    g_free(tail);
    return next;
}

static bool type_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    if (obj) {
        g_free(*obj);
    }
    return true;
}

static bool type_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    if (obj) {
        qobject_unref(*obj);
    }
    return true;
}

static bool type_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    if (obj) {
        qobject_unref(*obj);
    }
    return true;
}

static void dealloc_free(Visitor *v)
{
    g_free(v);
}

Visitor *qapi_dealloc_visitor_new(void)
{
    Visitor *v = g_new0(Visitor, 1);

    v->type = VISITOR_DEALLOC;
    v->end_struct = end_free;
    v->next_list = next_list;
    v->end_alternate = end_free;
    v->type_str = type_str;
    v->type_any = type_any;
    v->type_null = type_null;
    v->free = dealloc_free;
    return v;
}
