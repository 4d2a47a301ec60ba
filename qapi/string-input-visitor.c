/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to one scalar or one list of integers: items are numbers or ranges a-b, separated by commas. A range is walked, not
 * stored; it may cover at most MAX_RANGE values.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/string-input-visitor.h"
#include "qapi/visitor-impl.h"
#include "qobject/qnull.h"
#include "text-number.h"

enum { MAX_RANGE = 65536 };

typedef struct StringInputVisitor {
    Visitor visitor;
    char *string;
    bool in_list;
    char **items;
    unsigned next_item;
    uint64_t cur, last;             /* of the range being walked */
    bool range_open;
} StringInputVisitor;

static StringInputVisitor *to_siv(Visitor *v)
{
    return container_of(v, StringInputVisitor, visitor);
}

static bool bad(const char *name, const char *type, Error **errp)
{
    error_setg(errp, "Parameter '%s' expects %s", name ? name : "null", type);
    return false;
}

/* Splits "a-b" after the sign of a; @hi is @lo for a single number. */
static bool parse_range(const char *item, uint64_t *lo, uint64_t *hi)
{
    const char *dash = *item ? strchr(item + 1, '-') : NULL;
    g_autofree char *left = dash ? g_strndup(item, dash - item) : g_strdup(item);
    int64_t slo, shi;

    if (*item == '-') {
        if (!text_to_int64(left, &slo) || (dash && !text_to_int64(dash + 1, &shi))) {
            return false;
        }
        *lo = slo;
        *hi = dash ? shi : slo;
        return !dash || (shi >= slo && (uint64_t)(shi - slo) < MAX_RANGE);
    }
    if (!text_to_uint64(left, lo) || (dash && !text_to_uint64(dash + 1, hi))) {
        return false;
    }
    if (!dash) {
        *hi = *lo;
    }
    return *hi >= *lo && *hi - *lo < MAX_RANGE;
}

static bool more(StringInputVisitor *siv)
{
    return siv->range_open || (siv->items && siv->items[siv->next_item]);
}

static bool start_list(Visitor *v, const char *name, GenericList **list, size_t size, Error **errp)
{
    StringInputVisitor *siv = to_siv(v);

    if (siv->in_list) {
        return bad(name, "a plain list", errp);
    }
    siv->in_list = true;
    siv->items = *siv->string ? g_strsplit(siv->string, ",", 0) : NULL;
    if (list) {
        *list = siv->items ? g_malloc0(size) : NULL;
    }
    return true;
}

static GenericList *next_list(Visitor *v, GenericList *tail, size_t size)
{
    if (more(to_siv(v))) {
        tail->next = g_malloc0(size);
    }
    return tail->next;
}

static bool check_list(Visitor *v, Error **errp)
{
    if (more(to_siv(v))) {
        error_setg(errp, "Fewer list elements expected");
        return false;
    }
    return true;
}

static void end_list(Visitor *v, void **list)
{
    StringInputVisitor *siv = to_siv(v);

    siv->in_list = false;
    g_clear_pointer(&siv->items, g_strfreev);
    siv->next_item = 0;
    siv->range_open = false;
}

static bool next_in_list(StringInputVisitor *siv, const char *name, uint64_t *obj, Error **errp)
{
    if (!more(siv)) {
        return bad(name, "more list elements", errp);
    }
    if (!siv->range_open) {
        if (!parse_range(siv->items[siv->next_item++], &siv->cur, &siv->last)) {
            return bad(name, "integers or ranges, such as 1,3-5", errp);
        }
        siv->range_open = true;
    }
    *obj = siv->cur;
    siv->range_open = siv->cur++ != siv->last;
    return true;
}

static bool type_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    StringInputVisitor *siv = to_siv(v);

    if (siv->in_list) {
        return next_in_list(siv, name, (uint64_t *)obj, errp);
    }
    return text_to_int64(siv->string, obj) || bad(name, "an integer", errp);
}

static bool type_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    StringInputVisitor *siv = to_siv(v);

    if (siv->in_list) {
        return next_in_list(siv, name, obj, errp);
    }
    return text_to_uint64(siv->string, obj) || bad(name, "an integer", errp);
}

static bool type_size(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    StringInputVisitor *siv = to_siv(v);

    if (siv->in_list) {
        return next_in_list(siv, name, obj, errp);
    }
    return text_to_size(siv->string, obj) || bad(name, "a size, such as 4096, 64k, 1.5G", errp);
}

static bool type_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    return qapi_bool_parse(name ? name : "null", to_siv(v)->string, obj, errp);
}

static bool type_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    *obj = g_strdup(to_siv(v)->string);
    return true;
}

static bool type_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    return text_to_double(to_siv(v)->string, obj) || bad(name, "a number", errp);
}

static bool type_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    if (*to_siv(v)->string) {
        return bad(name, "null (an empty value)", errp);
    }
    *obj = qnull();
    return true;
}

static bool start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    if (obj) {
        *obj = NULL;
    }
    return bad(name, "a structure, which plain text cannot give", errp);
}

static void string_input_free(Visitor *v)
{
    StringInputVisitor *siv = to_siv(v);

    g_strfreev(siv->items);
    g_free(siv->string);
    g_free(siv);
}

Visitor *string_input_visitor_new(const char *str)
{
    StringInputVisitor *siv = g_new0(StringInputVisitor, 1);
    Visitor *v = &siv->visitor;

    siv->string = g_strdup(str);
    v->type = VISITOR_INPUT;
    v->start_struct = start_struct;
    v->start_list = start_list;
    v->next_list = next_list;
    v->check_list = check_list;
    v->end_list = end_list;
    v->type_int64 = type_int64;
    v->type_uint64 = type_uint64;
    v->type_size = type_size;
    v->type_bool = type_bool;
    v->type_str = type_str;
    v->type_number = type_number;
    v->type_null = type_null;
    v->free = string_input_free;
    return v;
}
