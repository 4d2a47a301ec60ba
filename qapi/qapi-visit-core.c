/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kind-independent part of visiting: dispatch, integer ranges, enumerations. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor-impl.h"

void visit_complete(Visitor *v, void *opaque)
{
    if (v->complete) {
        v->complete(v, opaque);
    }
}

void visit_free(Visitor *v)
{
    if (v) {
        v->free(v);
    }
}

bool visit_start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    return !v->start_struct || v->start_struct(v, name, obj, size, errp);
}

bool visit_check_struct(Visitor *v, Error **errp)
{
    return !v->check_struct || v->check_struct(v, errp);
}

void visit_end_struct(Visitor *v, void **obj)
{
    if (v->end_struct) {
        v->end_struct(v, obj);
    }
}

bool visit_start_list(Visitor *v, const char *name, GenericList **list, size_t size, Error **errp)
{
    return !v->start_list || v->start_list(v, name, list, size, errp);
}

GenericList *visit_next_list(Visitor *v, GenericList *tail, size_t size)
{
    return v->next_list ? v->next_list(v, tail, size) : tail->next;
}

bool visit_check_list(Visitor *v, Error **errp)
{
    return !v->check_list || v->check_list(v, errp);
}

void visit_end_list(Visitor *v, void **list)
{
    if (v->end_list) {
        v->end_list(v, list);
    }
}

bool visit_start_alternate(Visitor *v, const char *name, GenericAlternate **obj, size_t size, Error **errp)
{
    return !v->start_alternate || v->start_alternate(v, name, obj, size, errp);
}

void visit_end_alternate(Visitor *v, void **obj)
{
    if (v->end_alternate) {
        v->end_alternate(v, obj);
    }
}

bool visit_optional(Visitor *v, const char *name, bool *present)
{
    if (v->optional) {
        v->optional(v, name, present);
    }
    return *present;
}

bool visit_is_input(const Visitor *v)
{
    return v->type == VISITOR_INPUT;
}

bool visit_is_dealloc(const Visitor *v)
{
    return v->type == VISITOR_DEALLOC;
}

bool visit_type_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    return !v->type_int64 || v->type_int64(v, name, obj, errp);
}

bool visit_type_int(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    return visit_type_int64(v, name, obj, errp);
}

bool visit_type_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    return !v->type_uint64 || v->type_uint64(v, name, obj, errp);
}

bool visit_type_size(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    return v->type_size ? v->type_size(v, name, obj, errp) : visit_type_uint64(v, name, obj, errp);
}

#define DEFINE_NARROW(ctype, cname, wide, wname, in_range)                                          \
    bool visit_type_##cname(Visitor *v, const char *name, ctype *obj, Error **errp)                 \
    {                                                                                               \
        wide value = *obj;                                                                          \
                                                                                                    \
        if (!visit_type_##wname(v, name, &value, errp)) {                                           \
            return false;                                                                           \
        }                                                                                           \
        if (!(in_range)) {                                                                          \
            error_setg(errp, "Parameter '%s' expects a value of type " #cname,                      \
                       name ? name : "null");                                                       \
            return false;                                                                           \
        }                                                                                           \
        *obj = value;                                                                               \
        return true;                                                                                \
    }

DEFINE_NARROW(uint8_t, uint8, uint64_t, uint64, value <= UINT8_MAX)
DEFINE_NARROW(uint16_t, uint16, uint64_t, uint64, value <= UINT16_MAX)
DEFINE_NARROW(uint32_t, uint32, uint64_t, uint64, value <= UINT32_MAX)
DEFINE_NARROW(int8_t, int8, int64_t, int64, value >= INT8_MIN && value <= INT8_MAX)
DEFINE_NARROW(int16_t, int16, int64_t, int64, value >= INT16_MIN && value <= INT16_MAX)
DEFINE_NARROW(int32_t, int32, int64_t, int64, value >= INT32_MIN && value <= INT32_MAX)

bool visit_type_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    return !v->type_bool || v->type_bool(v, name, obj, errp);
}

bool visit_type_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    if (visit_is_input(v)) {
        *obj = NULL;
    }
    return !v->type_str || v->type_str(v, name, obj, errp);
}

bool visit_type_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    return !v->type_number || v->type_number(v, name, obj, errp);
}

bool visit_type_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    if (visit_is_input(v)) {
        *obj = NULL;
    }
    return !v->type_any || v->type_any(v, name, obj, errp);
}

bool visit_type_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    if (visit_is_input(v)) {
        *obj = NULL;
    }
    return !v->type_null || v->type_null(v, name, obj, errp);
}

static bool input_enum(Visitor *v, const char *name, int *obj, const QEnumLookup *lookup, Error **errp)
{
    g_autofree char *word = NULL;
    int value;

    if (!visit_type_str(v, name, &word, errp)) {
        return false;
    }
    value = qapi_enum_parse(lookup, word, -1, NULL);
    if (value < 0) {
        error_setg(errp, "Parameter '%s' does not accept value '%s'", name ? name : "null", word);
        return false;
    }
    *obj = value;
    return true;
}

static bool output_enum(Visitor *v, const char *name, int *obj, const QEnumLookup *lookup, Error **errp)
{
    char *word;

    if (*obj < 0 || *obj >= lookup->size) {
        error_setg(errp, "Parameter '%s' has the invalid value %d", name ? name : "null", *obj);
        return false;
    }
    word = (char *)lookup->array[*obj];
    return visit_type_str(v, name, &word, errp);
}

bool visit_type_enum(Visitor *v, const char *name, int *obj, const QEnumLookup *lookup, Error **errp)
{
    switch (v->type) {
    case VISITOR_INPUT:
        return input_enum(v, name, obj, lookup, errp);
    case VISITOR_OUTPUT:
        return output_enum(v, name, obj, lookup, errp);
    default:
        return true;
    }
}
