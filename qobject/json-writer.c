/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSONWriter, and QObject to JSON on top of it. */
#include "qemu/osdep.h"
#include "qobject/json-writer.h"
#include "qobject/qbool.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"

struct JSONWriter {
    bool pretty;
    bool need_comma;            /* the innermost container has an element already */
    unsigned depth;
    GString *out;
};

JSONWriter *json_writer_new(bool pretty)
{
    JSONWriter *w = g_new0(JSONWriter, 1);

    w->pretty = pretty;
    w->out = g_string_new(NULL);
    return w;
}

const char *json_writer_get(JSONWriter *writer)
{
    return writer->out->str;
}

GString *json_writer_get_and_free(JSONWriter *writer)
{
    GString *out = writer->out;

    g_free(writer);
    return out;
}

void json_writer_free(JSONWriter *writer)
{
    if (writer) {
        g_string_free(writer->out, TRUE);
        g_free(writer);
    }
}

static void write_escape(GString *out, gunichar c)
{
    if (c >= 0x10000) {
        g_string_append_printf(out, "\\u%04X\\u%04X", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
    } else {
        g_string_append_printf(out, "\\u%04X", c);
    }
}

static void write_quoted(GString *out, const char *str)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
    const char *hit;

    g_string_append_c(out, '"');
    while (*str) {
        unsigned char c = *str;

        if ((hit = strchr(plain, c))) {
            g_string_append_c(out, '\\');
            g_string_append_c(out, letter[hit - plain]);
            str++;
        } else if (c >= 0x20 && c < 0x7f) {
            g_string_append_c(out, c);
            str++;
        } else {
            gunichar u = g_utf8_get_char_validated(str, -1);

            if (u == (gunichar)-1 || u == (gunichar)-2) {
                u = 0xfffd;     /* not UTF-8: one replacement character per byte */
                str++;
            } else {
                str = g_utf8_next_char(str);
            }
            write_escape(out, u);
        }
    }
    g_string_append_c(out, '"');
}

static void pretty_newline(JSONWriter *w)
{
    if (w->pretty) {
        g_string_append_printf(w->out, "\n%*s", w->depth * 4, "");
    }
}

static void start_value(JSONWriter *w, const char *name)
{
    if (w->need_comma) {
        g_string_append(w->out, w->pretty ? "," : ", ");
    }
    if (w->depth) {
        pretty_newline(w);
    }
    w->need_comma = true;
    if (name) {
        write_quoted(w->out, name);
        g_string_append(w->out, ": ");
    }
}

static void start_container(JSONWriter *w, const char *name, char c)
{
    start_value(w, name);
    g_string_append_c(w->out, c);
    w->depth++;
    w->need_comma = false;
}

static void end_container(JSONWriter *w, char c)
{
    w->depth--;
    if (w->need_comma) {
        pretty_newline(w);
    }
    g_string_append_c(w->out, c);
    w->need_comma = true;
}

void json_writer_start_object(JSONWriter *writer, const char *name)
{
    start_container(writer, name, '{');
}

void json_writer_end_object(JSONWriter *writer)
{
    end_container(writer, '}');
}

void json_writer_start_array(JSONWriter *writer, const char *name)
{
    start_container(writer, name, '[');
}

void json_writer_end_array(JSONWriter *writer)
{
    end_container(writer, ']');
}

void json_writer_bool(JSONWriter *writer, const char *name, bool val)
{
    start_value(writer, name);
    g_string_append(writer->out, val ? "true" : "false");
}

void json_writer_null(JSONWriter *writer, const char *name)
{
    start_value(writer, name);
    g_string_append(writer->out, "null");
}

void json_writer_int64(JSONWriter *writer, const char *name, int64_t val)
{
    start_value(writer, name);
    g_string_append_printf(writer->out, "%" PRId64, val);
}

void json_writer_uint64(JSONWriter *writer, const char *name, uint64_t val)
{
    start_value(writer, name);
    g_string_append_printf(writer->out, "%" PRIu64, val);
}

void json_writer_double(JSONWriter *writer, const char *name, double val)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isfinite(val)) {
        json_writer_null(writer, name);
        return;
    }
    start_value(writer, name);
    g_string_append(writer->out, g_ascii_formatd(buf, sizeof(buf), "%.17g", val));
}

void json_writer_str(JSONWriter *writer, const char *name, const char *str)
{
    start_value(writer, name);
    write_quoted(writer->out, str);
}

static void write_qobject(JSONWriter *w, const char *name, const QObject *obj);

static void write_qnum(JSONWriter *w, const char *name, const QNum *qn)
{
    switch (qn->kind) {
    case QNUM_I64:
        json_writer_int64(w, name, qn->u.i64);
        break;
    case QNUM_U64:
        json_writer_uint64(w, name, qn->u.u64);
        break;
    default:
        json_writer_double(w, name, qn->u.dbl);
        break;
    }
}

static void write_qdict(JSONWriter *w, const char *name, const QDict *qdict)
{
    const QDictEntry *e;

    json_writer_start_object(w, name);
    for (e = qdict_first(qdict); e; e = qdict_next(qdict, e)) {
        write_qobject(w, e->key, e->value);
    }
    json_writer_end_object(w);
}

static void write_qlist(JSONWriter *w, const char *name, const QList *qlist)
{
    const QListEntry *e;

    json_writer_start_array(w, name);
    QLIST_FOREACH_ENTRY(qlist, e) {
        write_qobject(w, NULL, e->value);
    }
    json_writer_end_array(w);
}

static void write_qobject(JSONWriter *w, const char *name, const QObject *obj)
{
    switch (qobject_type(obj)) {
    case QTYPE_QNUM:
        write_qnum(w, name, qobject_to(QNum, obj));
        break;
    case QTYPE_QSTRING:
        json_writer_str(w, name, qobject_to(QString, obj)->string);
        break;
    case QTYPE_QBOOL:
        json_writer_bool(w, name, qobject_to(QBool, obj)->value);
        break;
    case QTYPE_QDICT:
        write_qdict(w, name, qobject_to(QDict, obj));
        break;
    case QTYPE_QLIST:
        write_qlist(w, name, qobject_to(QList, obj));
        break;
    default:
        json_writer_null(w, name);
        break;
    }
}

GString *qobject_to_json_pretty(const QObject *obj, bool pretty)
{
    JSONWriter *w = json_writer_new(pretty);

    write_qobject(w, NULL, obj);
    return json_writer_get_and_free(w);
}

GString *qobject_to_json(const QObject *obj)
{
    return qobject_to_json_pretty(obj, false);
}
