/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C scalar to text. Structures show as <struct>; lists are joined by commas, runs of integers as ranges. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/string-output-visitor.h"
#include "qapi/visitor-impl.h"
#include "qobject/qjson.h"
#include "qobject/qnull.h"

typedef struct StringOutputVisitor {
    Visitor visitor;
    bool human;
    GString *out;
    char **result;
    unsigned struct_depth;
    bool in_list, have_run;
    uint64_t run_first, run_last;   /* a run of consecutive integers not yet written */
    bool run_signed;
} StringOutputVisitor;

static StringOutputVisitor *to_sov(Visitor *v)
{
    return container_of(v, StringOutputVisitor, visitor);
}

static void separate(StringOutputVisitor *sov)
{
    if (sov->in_list && sov->out->len) {
        g_string_append_c(sov->out, ',');
    }
}

static void write_int(StringOutputVisitor *sov, uint64_t val)
{
    g_string_append_printf(sov->out, sov->run_signed ? "%" PRId64 : "%" PRIu64, val);
}

static void flush_run(StringOutputVisitor *sov)
{
    if (!sov->have_run) {
        return;
    }
    separate(sov);
    write_int(sov, sov->run_first);
    if (sov->run_last != sov->run_first) {
        g_string_append_c(sov->out, '-');
        write_int(sov, sov->run_last);
    } else if (sov->human && !sov->in_list) {
        g_string_append_printf(sov->out, " (0x%" PRIx64 ")", sov->run_first);
    }
    sov->have_run = false;
}

static bool add_int(StringOutputVisitor *sov, uint64_t val, bool is_signed)
{
    if (sov->struct_depth) {
        return true;
    }
    if (sov->have_run && sov->run_last + 1 == val) {
        sov->run_last = val;
        return true;
    }
    flush_run(sov);
    sov->run_first = sov->run_last = val;
    sov->run_signed = is_signed;
    sov->have_run = true;
    if (!sov->in_list) {
        flush_run(sov);
    }
    return true;
}

static bool add_text(StringOutputVisitor *sov, const char *text)
{
    if (!sov->struct_depth) {
        separate(sov);
        g_string_append(sov->out, text);
    }
    return true;
}

static bool type_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    return add_int(to_sov(v), *obj, true);
}

static bool type_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    return add_int(to_sov(v), *obj, false);
}

static bool type_size(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    StringOutputVisitor *sov = to_sov(v);
    g_autofree char *text = NULL, *unit = NULL;

    if (!sov->human || sov->in_list) {
        return add_int(sov, *obj, false);
    }
    unit = g_format_size_full(*obj, G_FORMAT_SIZE_IEC_UNITS);
    text = g_strdup_printf("%" PRIu64 " (%s)", *obj, unit);
    return add_text(sov, text);
}

static bool type_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    return add_text(to_sov(v), *obj ? "true" : "false");
}

static bool type_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    StringOutputVisitor *sov = to_sov(v);
    g_autofree char *text = NULL;

    if (!sov->human) {
        return add_text(sov, *obj ? *obj : "");
    }
    text = *obj ? g_strdup_printf("\"%s\"", *obj) : g_strdup("<null>");
    return add_text(sov, text);
}

static bool type_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    g_autofree char *text = g_strdup_printf("%.17g", *obj);

    return add_text(to_sov(v), text);
}

static bool type_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    GString *json = *obj ? qobject_to_json(*obj) : g_string_new("null");

    add_text(to_sov(v), json->str);
    g_string_free(json, TRUE);
    return true;
}

static bool type_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    return add_text(to_sov(v), to_sov(v)->human ? "<null>" : "");
}

static bool start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    add_text(to_sov(v), "<struct>");
    to_sov(v)->struct_depth++;
    return true;
}

static void end_struct(Visitor *v, void **obj)
{
    to_sov(v)->struct_depth--;
}

static bool start_list(Visitor *v, const char *name, GenericList **list, size_t size, Error **errp)
{
    if (!to_sov(v)->struct_depth) {
        to_sov(v)->in_list = true;
    }
    return true;
}

static void end_list(Visitor *v, void **list)
{
    StringOutputVisitor *sov = to_sov(v);

    if (!sov->struct_depth) {
        flush_run(sov);
        sov->in_list = false;
    }
}

static void complete(Visitor *v, void *opaque)
{
    StringOutputVisitor *sov = to_sov(v);

    *sov->result = g_string_free(g_steal_pointer(&sov->out), FALSE);
}

static void string_output_free(Visitor *v)
{
    StringOutputVisitor *sov = to_sov(v);

    if (sov->out) {
        g_string_free(sov->out, TRUE);
    }
    g_free(sov);
}

Visitor *string_output_visitor_new(bool human, char **result)
{
    StringOutputVisitor *sov = g_new0(StringOutputVisitor, 1);
    Visitor *v = &sov->visitor;

    *result = NULL;
    sov->human = human;
    sov->out = g_string_new(NULL);
    sov->result = result;
    v->type = VISITOR_OUTPUT;
    v->start_struct = start_struct;
    v->end_struct = end_struct;
    v->start_list = start_list;
    v->end_list = end_list;
    v->type_int64 = type_int64;
    v->type_uint64 = type_uint64;
    v->type_size = type_size;
    v->type_bool = type_bool;
    v->type_str = type_str;
    v->type_number = type_number;
    v->type_any = type_any;
    v->type_null = type_null;
    v->complete = complete;
    v->free = string_output_free;
    return v;
}
