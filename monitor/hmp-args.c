/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See hmp-args.h. */
#include "qemu/osdep.h"
#include "hmp-args.h"
#include "qapi/error.h"
#include "qemu/cutils.h"
#include "qobject/keyval.h"

typedef struct Args {
    const char *cmd, *p;
    QDict *out;
    Error **errp;
} Args;

static void skip_blanks(Args *a)
{
    while (g_ascii_isspace(*a->p)) {
        a->p++;
    }
}

/* A word, or a string in double quotes with \" \\ \n. NULL at the end of the line. */
static char *next_word(Args *a)
{
    g_autoptr(GString) s = g_string_new(NULL);

    skip_blanks(a);
    if (!*a->p) {
        return NULL;
    }
    if (*a->p != '"') {
        while (*a->p && !g_ascii_isspace(*a->p)) {
            g_string_append_c(s, *a->p++);
        }
        return g_strdup(s->str);
    }
    for (a->p++; *a->p && *a->p != '"'; a->p++) {
        if (*a->p == '\\' && a->p[1]) {
            a->p++;
        }
        g_string_append_c(s, *a->p == 'n' && a->p[-1] == '\\' ? '\n' : *a->p);
    }
    if (*a->p) {
        a->p++;
    }
    return g_strdup(s->str);
}

static bool fail(Args *a, const char *name, const char *what)
{
    error_setg(a->errp, "%s: parameter '%s' expects %s", a->cmd, name, what);
    return false;
}

static bool put_number(Args *a, const char *name, const char *word, char type)
{
    uint64_t size;
    int64_t val;

    if (type == 'o' || type == 'M') {
        if ((type == 'M' ? qemu_strtosz_MiB : qemu_strtosz)(word, NULL, &size) < 0 || size > INT64_MAX) {
            return fail(a, name, "a size");
        }
        val = size;
    } else {
        char *end;

        errno = 0;
        val = *word == '-' ? strtoll(word, &end, 0) : (int64_t)strtoull(word, &end, 0);
        if (errno || *end || !*word || (type == 'i' && (val > UINT32_MAX || val < INT32_MIN))) {
            return fail(a, name, type == 'i' ? "a 32-bit integer" : "an integer");
        }
    }
    qdict_put_int(a->out, name, val);
    return true;
}

/* "/4xw": count, format letter, size letter, in any order after the slash; kept from one use to the next is not done. */
static bool put_format(Args *a)
{
    int64_t count = 1;
    int format = 'x', size = 4;

    skip_blanks(a);
    if (*a->p == '/') {
        a->p++;
        if (g_ascii_isdigit(*a->p)) {
            count = strtol(a->p, (char **)&a->p, 10);
        }
        for (; *a->p && !g_ascii_isspace(*a->p); a->p++) {
            static const char sizes[] = "bhwg";
            const char *s = strchr(sizes, *a->p);

            if (s) {
                size = 1 << (s - sizes);
            } else if (strchr("oduxcis", *a->p)) {
                format = *a->p;
            } else {
                return fail(a, "fmt", "a count, one of o d u x c i and one of b h w g");
            }
        }
    }
    if (count < 1 || count > 65536) {
        return fail(a, "fmt", "a count between 1 and 65536");
    }
    qdict_put_int(a->out, "count", count);
    qdict_put_int(a->out, "format", format);
    qdict_put_int(a->out, "size", size);
    return true;
}

static bool put_flag(Args *a, const char *name, char letter)
{
    skip_blanks(a);
    if (a->p[0] == '-' && a->p[1] == letter && (!a->p[2] || g_ascii_isspace(a->p[2]))) {
        a->p += 2;
        qdict_put_bool(a->out, name, true);
    }
    return true;
}

static bool put_keyval(Args *a, const char *name, const char *word)
{
    QDict *sub = keyval_parse(word, g_str_equal(a->cmd, "object_add") ? "qom-type" : "driver", NULL, a->errp);

    if (sub) {
        qdict_put(a->out, name, sub);
    }
    return sub != NULL;
}

static bool put_value(Args *a, const char *name, char type, const char *word)
{
    bool on;

    switch (type) {
    case 'b':
        if (!qapi_bool_parse(name, word, &on, a->errp)) {
            return false;
        }
        qdict_put_bool(a->out, name, on);
        return true;
    case 'i':
    case 'l':
    case 'o':
    case 'M':
        return put_number(a, name, word, type);
    case 'O':
        return put_keyval(a, name, word);
    default:
        qdict_put_str(a->out, name, word);
        return true;
    }
}

static bool parse_one(Args *a, const char *spec)
{
    const char *colon = strchr(spec, ':');
    g_autofree char *name = g_strndup(spec, colon - spec), *word = NULL;
    char type = colon[1];

    if (type == '-') {
        return put_flag(a, name, colon[2]);
    }
    if (type == '/') {
        return put_format(a);
    }
    if (type == 'S') {
        skip_blanks(a);
        word = *a->p ? g_strdup(a->p) : NULL;
        a->p += strlen(a->p);
    } else {
        word = next_word(a);
    }
    if (!word) {
        if (strchr(colon, '?')) {
            return true;
        }
        error_setg(a->errp, "%s: parameter '%s' is missing; try \"help %s\"", a->cmd, name, a->cmd);
        return false;
    }
    return put_value(a, name, type, word);
}

QDict *hmp_parse_args(const char *cmd, const char *args_type, const char *args, Error **errp)
{
    g_auto(GStrv) spec = g_strsplit(args_type ? args_type : "", ",", 0);
    Args a = { .cmd = cmd, .p = args, .out = qdict_new(), .errp = errp };
    bool ok = true;

    for (int i = 0; ok && spec[i]; i++) {
        ok = parse_one(&a, spec[i]);
    }
    skip_blanks(&a);
    if (ok && *a.p) {
        error_setg(errp, "%s: extraneous arguments at '%s'", cmd, a.p);
        ok = false;
    }
    if (!ok) {
        qobject_unref(a.out);
        return NULL;
    }
    return a.out;
}
