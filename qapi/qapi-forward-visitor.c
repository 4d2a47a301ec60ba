/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Renames one top-level member on its way to another visitor; inside that member everything passes unchanged. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/forward-visitor.h"
#include "qapi/visitor-impl.h"

typedef struct ForwardFieldVisitor {
    Visitor visitor;
    Visitor *target;
    char *from, *to;
    int depth;
} ForwardFieldVisitor;

static ForwardFieldVisitor *to_ffv(Visitor *v)
{
    return container_of(v, ForwardFieldVisitor, visitor);
}

static bool translate(ForwardFieldVisitor *ffv, const char **name, Error **errp)
{
    if (ffv->depth) {
        return true;
    }
    if (g_strcmp0(*name, ffv->from)) {
        error_setg(errp, "Parameter '%s' is unexpected", *name ? *name : "null");
        return false;
    }
    *name = ffv->to;
    return true;
}

#define FORWARD(method, type)                                                                   \
    static bool forward_##method(Visitor *v, const char *name, type *obj, Error **errp)         \
    {                                                                                           \
        ForwardFieldVisitor *ffv = to_ffv(v);                                                   \
                                                                                                \
        return translate(ffv, &name, errp) && visit_type_##method(ffv->target, name, obj, errp); \
    }

FORWARD(int64, int64_t)
FORWARD(uint64, uint64_t)
FORWARD(size, uint64_t)
FORWARD(bool, bool)
FORWARD(str, char *)
FORWARD(number, double)
FORWARD(any, QObject *)
FORWARD(null, QNull *)

static bool start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    ForwardFieldVisitor *ffv = to_ffv(v);

    if (!translate(ffv, &name, errp) || !visit_start_struct(ffv->target, name, obj, size, errp)) {
        return false;
    }
    ffv->depth++;
    return true;
}

static bool check_struct(Visitor *v, Error **errp)
{
    return visit_check_struct(to_ffv(v)->target, errp);
}

static void end_struct(Visitor *v, void **obj)
{
    to_ffv(v)->depth--;
    visit_end_struct(to_ffv(v)->target, obj);
}

static bool start_list(Visitor *v, const char *name, GenericList **list, size_t size, Error **errp)
{
    ForwardFieldVisitor *ffv = to_ffv(v);

    if (!translate(ffv, &name, errp) || !visit_start_list(ffv->target, name, list, size, errp)) {
        return false;
    }
    ffv->depth++;
    return true;
}

static GenericList *next_list(Visitor *v, GenericList *tail, size_t size)
{
    return visit_next_list(to_ffv(v)->target, tail, size);
}

static bool check_list(Visitor *v, Error **errp)
{
    return visit_check_list(to_ffv(v)->target, errp);
}

static void end_list(Visitor *v, void **list)
{
    to_ffv(v)->depth--;
    visit_end_list(to_ffv(v)->target, list);
}

/* An alternate's value is visited under the same name, so it does not add a level. */
static bool start_alternate(Visitor *v, const char *name, GenericAlternate **obj, size_t size, Error **errp)
{
    ForwardFieldVisitor *ffv = to_ffv(v);

    return translate(ffv, &name, errp) && visit_start_alternate(ffv->target, name, obj, size, errp);
}

static void end_alternate(Visitor *v, void **obj)
{
    visit_end_alternate(to_ffv(v)->target, obj);
}

static void optional(Visitor *v, const char *name, bool *present)
{
    ForwardFieldVisitor *ffv = to_ffv(v);

    if (translate(ffv, &name, NULL)) {
        visit_optional(ffv->target, name, present);
    } else {
        *present = false;
    }
}

static void forward_free(Visitor *v)
{
    ForwardFieldVisitor *ffv = to_ffv(v);

    g_free(ffv->from);
    g_free(ffv->to);
    g_free(ffv);
}

Visitor *visitor_forward_field(Visitor *target, const char *from, const char *to)
{
    ForwardFieldVisitor *ffv = g_new0(ForwardFieldVisitor, 1);
    Visitor *v = &ffv->visitor;

    ffv->target = target;
    ffv->from = g_strdup(from);
    ffv->to = g_strdup(to);
    v->type = target->type;
    v->start_struct = start_struct;
    v->check_struct = check_struct;
    v->end_struct = end_struct;
    v->start_list = start_list;
    v->next_list = next_list;
    v->check_list = check_list;
    v->end_list = end_list;
    v->start_alternate = start_alternate;
    v->end_alternate = end_alternate;
    v->optional = optional;
    v->type_int64 = forward_int64;
    v->type_uint64 = forward_uint64;
    v->type_size = forward_size;
    v->type_bool = forward_bool;
    v->type_str = forward_str;
    v->type_number = forward_number;
    v->type_any = forward_any;
    v->type_null = forward_null;
    v->free = forward_free;
    return v;
}
