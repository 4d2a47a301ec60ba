/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deep copy: each pointer met is replaced by a copy of what it points to, then the walk goes on inside the copy. Scalars came
 * along with their struct. The root struct of a members walk is copied by the caller.
 */
#include "qemu/osdep.h"
#include "qapi/clone-visitor.h"
#include "qapi/visitor-impl.h"
#include "qobject/qnull.h"

static bool start_copy(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    if (obj && *obj) {
        *obj = g_memdup2(*obj, size);
    }
    return true;
}

static bool start_list(Visitor *v, const char *name, GenericList **list, size_t size, Error **errp)
{
    return start_copy(v, name, (void **)list, size, errp);
}

static GenericList *next_list(Visitor *v, GenericList *tail, size_t size)
{
    if (tail->next) {
        tail->next = g_memdup2(tail->next, size);
    }
    return tail->next;
}

static bool start_alternate(Visitor *v, const char *name, GenericAlternate **obj, size_t size, Error **errp)
{
    return start_copy(v, name, (void **)obj, size, errp);
}

static bool type_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    *obj = g_strdup(*obj);
    return true;
}

static bool type_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    qobject_ref(*obj);
    return true;
}

static bool type_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    *obj = qnull();
    return true;
}

static void clone_free(Visitor *v)
{
    g_free(v);
}

static Visitor *clone_visitor_new(void)
{
    Visitor *v = g_new0(Visitor, 1);

    v->type = VISITOR_CLONE;
    v->start_struct = start_copy;
    v->start_list = start_list;
    v->next_list = next_list;
    v->start_alternate = start_alternate;
    v->type_str = type_str;
    v->type_any = type_any;
    v->type_null = type_null;
    v->free = clone_free;
    return v;
}

void *qapi_clone(const void *src, bool (*visit_type)(Visitor *, const char *, void **, Error **))
{
    void *dst = (void *)src;
    Visitor *v;

    if (!src) {
        return NULL;
    }
    v = clone_visitor_new();
    visit_type(v, NULL, &dst, NULL);
    visit_free(v);
    return dst;
}

void qapi_clone_members(void *dst, const void *src, size_t sz, bool (*visit_members)(Visitor *, void *, Error **))
{
    Visitor *v = clone_visitor_new();

    memcpy(dst, src, sz);
    visit_members(v, dst, NULL);
    visit_free(v);
}
