/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON text of one value to a QObject, by recursive descent; depth is limited to JSON_MAX_NESTING. Grammar: RFC 8259, and
 * strings may be in single quotes. The common C libraries keep integers as int64_t only and accept no single quotes, and we
 * need both: that is why this is written here.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qobject/json-parser.h"
#include "qobject/qbool.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qlist.h"
#include "qobject/qnull.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"

typedef struct JSONText {
    const char *start, *p, *end;
    uint64_t base;
    unsigned depth;
    va_list *ap;
    Error **errp;
} JSONText;

static QObject *parse_value(JSONText *t);

static void *syntax_error(JSONText *t, const char *what)
{
    error_setg(t->errp, "JSON parse error at byte %" PRIu64 ", %s", t->base + (uint64_t)(t->p - t->start), what);
    return NULL;
}

static void skip_space(JSONText *t)
{
    while (t->p < t->end && strchr(" \t\r\n", *t->p) && *t->p) {
        t->p++;
    }
}

static bool take(JSONText *t, char c)
{
    skip_space(t);
    if (t->p < t->end && *t->p == c) {
        t->p++;
        return true;
    }
    return false;
}

static bool parse_hex4(JSONText *t, unsigned *val)
{
    int i;

    if (t->end - t->p < 4) {
        return false;
    }
    for (i = 0, *val = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(t->p[i]);

        if (digit < 0) {
            return false;
        }
        *val = *val * 16 + digit;
    }
    t->p += 4;
    return true;
}

/* After \u. Two escapes that form a surrogate pair are one character. */
static bool parse_unicode_escape(JSONText *t, GString *out)
{
    unsigned hi, lo;

    if (!parse_hex4(t, &hi)) {
        return false;
    }
    if (hi >= 0xd800 && hi < 0xdc00) {
        if (t->end - t->p < 6 || t->p[0] != '\\' || t->p[1] != 'u') {
            return false;
        }
        t->p += 2;
        if (!parse_hex4(t, &lo) || lo < 0xdc00 || lo >= 0xe000) {
            return false;
        }
        hi = 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
    } else if (hi == 0 || (hi >= 0xdc00 && hi < 0xe000)) {
        return false;
    }
    g_string_append_unichar(out, hi);
    return true;
}

static bool parse_escape(JSONText *t, GString *out)
{
    static const char letter[] = "\"'\\/bfnrt", value[] = "\"'\\/\b\f\n\r\t";
    const char *hit;
    char c;

    if (t->p >= t->end) {
        return false;
    }
    c = *t->p++;
    if (c == 'u') {
        return parse_unicode_escape(t, out);
    }
    hit = c ? strchr(letter, c) : NULL;
    if (!hit) {
        return false;
    }
    g_string_append_c(out, value[hit - letter]);
    return true;
}

static QObject *parse_string(JSONText *t)
{
    GString *out = g_string_new(NULL);
    char quote = *t->p++;
    const char *what = "unterminated string";

    while (t->p < t->end && *t->p != quote) {
        gunichar u = g_utf8_get_char_validated(t->p, t->end - t->p);

        if (*t->p == '\\') {
            t->p++;
            if (!parse_escape(t, out)) {
                what = "invalid escape sequence in string";
                goto fail;
            }
        } else if ((unsigned char)*t->p < 0x20) {
            what = "control character in string";
            goto fail;
        } else if (u == (gunichar)-1 || u == (gunichar)-2) {
            what = "invalid UTF-8 sequence in string";
            goto fail;
        } else {
            const char *next = g_utf8_next_char(t->p);

            g_string_append_len(out, t->p, next - t->p);
            t->p = next;
        }
    }
    if (t->p < t->end) {
        t->p++;
        return QOBJECT(qstring_from_gstring(out));
    }
fail:
    g_string_free(out, TRUE);
    return syntax_error(t, what);
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && g_ascii_isdigit(*p)) {
        p++;
    }
    return p;
}

/* The end of the number at t->p by RFC 8259 section 6, or NULL. */
static const char *scan_number(JSONText *t, bool *integer)
{
    const char *p = t->p, *q;

    *integer = true;
    p += p < t->end && *p == '-';
    q = skip_digits(p, t->end);
    if (q == p || (*p == '0' && q - p > 1)) {
        return NULL;
    }
    p = q;
    if (p < t->end && *p == '.') {
        *integer = false;
        q = skip_digits(++p, t->end);
        if (q == p) {
            return NULL;
        }
        p = q;
    }
    if (p < t->end && (*p == 'e' || *p == 'E')) {
        *integer = false;
        p++;
        p += p < t->end && (*p == '+' || *p == '-');
        q = skip_digits(p, t->end);
        if (q == p) {
            return NULL;
        }
        p = q;
    }
    return p;
}

static QObject *parse_number(JSONText *t)
{
    bool integer;
    const char *end = scan_number(t, &integer);
    g_autofree char *num = NULL;
    double dbl;

    if (!end) {
        return syntax_error(t, "invalid number");
    }
    num = g_strndup(t->p, end - t->p);
    if (integer) {
        int64_t i64;
        uint64_t u64;

        errno = 0;
        i64 = strtoll(num, NULL, 10);
        if (!errno) {
            t->p = end;
            return QOBJECT(qnum_from_int(i64));
        }
        errno = 0;
        u64 = strtoull(num, NULL, 10);
        if (!errno && *num != '-') {
            t->p = end;
            return QOBJECT(qnum_from_uint(u64));
        }
    }
    dbl = g_ascii_strtod(num, NULL);
    if (!isfinite(dbl)) {
        return syntax_error(t, "number out of range");
    }
    t->p = end;
    return QOBJECT(qnum_from_double(dbl));
}

static QObject *parse_literal(JSONText *t)
{
    const char *p = t->p;
    size_t len;

    while (p < t->end && g_ascii_isalpha(*p)) {
        p++;
    }
    len = p - t->p;
    if (len == 4 && !memcmp(t->p, "true", 4)) {
        t->p = p;
        return QOBJECT(qbool_from_bool(true));
    }
    if (len == 5 && !memcmp(t->p, "false", 5)) {
        t->p = p;
        return QOBJECT(qbool_from_bool(false));
    }
    if (len == 4 && !memcmp(t->p, "null", 4)) {
        t->p = p;
        return QOBJECT(qnull());
    }
    return syntax_error(t, len ? "unknown keyword" : "unexpected character");
}

static bool take_word(JSONText *t, const char *word)
{
    size_t len = strlen(word);

    if (t->end - t->p < len || memcmp(t->p, word, len)) {
        return false;
    }
    t->p += len;
    return true;
}

/* PRId64 is "ld" here and "lld" elsewhere: both are accepted everywhere. */
static QObject *parse_conversion(JSONText *t)
{
    if (take_word(t, "%p")) {
        return va_arg(*t->ap, QObject *);
    } else if (take_word(t, "%i")) {
        return QOBJECT(qbool_from_bool(va_arg(*t->ap, int)));
    } else if (take_word(t, "%d")) {
        return QOBJECT(qnum_from_int(va_arg(*t->ap, int)));
    } else if (take_word(t, "%ld")) {
        return QOBJECT(qnum_from_int(va_arg(*t->ap, long)));
    } else if (take_word(t, "%lld")) {
        return QOBJECT(qnum_from_int(va_arg(*t->ap, long long)));
    } else if (take_word(t, "%u")) {
        return QOBJECT(qnum_from_uint(va_arg(*t->ap, unsigned)));
    } else if (take_word(t, "%lu")) {
        return QOBJECT(qnum_from_uint(va_arg(*t->ap, unsigned long)));
    } else if (take_word(t, "%llu")) {
        return QOBJECT(qnum_from_uint(va_arg(*t->ap, unsigned long long)));
    } else if (take_word(t, "%f")) {
        return QOBJECT(qnum_from_double(va_arg(*t->ap, double)));
    } else if (take_word(t, "%s")) {
        return QOBJECT(qstring_from_str(va_arg(*t->ap, const char *)));
    }
    return syntax_error(t, "unknown conversion");
}

static bool parse_pair(JSONText *t, QDict *dict)
{
    QObject *key, *value;
    bool ok = false;

    skip_space(t);
    if (t->p >= t->end || (*t->p != '"' && *t->p != '\'' && !(t->ap && *t->p == '%'))) {
        syntax_error(t, "expected a string as object member name");
        return false;
    }
    key = parse_value(t);
    if (!key) {
        return false;
    }
    if (qobject_type(key) != QTYPE_QSTRING) {
        syntax_error(t, "expected a string as object member name");
    } else if (!take(t, ':')) {
        syntax_error(t, "expected ':' after object member name");
    } else if (qdict_haskey(dict, qobject_to(QString, key)->string)) {
        syntax_error(t, "duplicate object member name");
    } else if ((value = parse_value(t))) {
        qdict_put_obj(dict, qobject_to(QString, key)->string, value);
        ok = true;
    }
    qobject_unref(key);
    return ok;
}

static QObject *parse_object(JSONText *t)
{
    QDict *dict = qdict_new();

    if (take(t, '}')) {
        return QOBJECT(dict);
    }
    do {
        if (!parse_pair(t, dict)) {
            goto fail;
        }
    } while (take(t, ','));
    if (take(t, '}')) {
        return QOBJECT(dict);
    }
    syntax_error(t, "expected ',' or '}' in object");
fail:
    qobject_unref(dict);
    return NULL;
}

static QObject *parse_array(JSONText *t)
{
    QList *list = qlist_new();
    QObject *value;

    if (take(t, ']')) {
        return QOBJECT(list);
    }
    do {
        value = parse_value(t);
        if (!value) {
            goto fail;
        }
        qlist_append_obj(list, value);
    } while (take(t, ','));
    if (take(t, ']')) {
        return QOBJECT(list);
    }
    syntax_error(t, "expected ',' or ']' in array");
fail:
    qobject_unref(list);
    return NULL;
}

static QObject *parse_container(JSONText *t)
{
    bool is_object = *t->p == '{';
    QObject *obj;

    if (t->depth == JSON_MAX_NESTING) {
        return syntax_error(t, "nesting too deep");
    }
    t->p++;
    t->depth++;
    obj = is_object ? parse_object(t) : parse_array(t);
    t->depth--;
    return obj;
}

static QObject *parse_value(JSONText *t)
{
    skip_space(t);
    if (t->p >= t->end) {
        return syntax_error(t, "expected a value");
    }
    switch (*t->p) {
    case '{':
    case '[':
        return parse_container(t);
    case '"':
    case '\'':
        return parse_string(t);
    case '-':
    case '0' ... '9':
        return parse_number(t);
    case '%':
        if (t->ap) {
            return parse_conversion(t);
        }
        break;
    }
    return parse_literal(t);
}

QObject *json_parse_text(const char *text, size_t len, uint64_t base, va_list *ap, Error **errp)
{
    JSONText t = { .start = text, .p = text, .end = text + len, .base = base, .ap = ap, .errp = errp };
    QObject *obj = parse_value(&t);

    skip_space(&t);
    if (obj && t.p < t.end) {
        qobject_unref(obj);
        return syntax_error(&t, "expected end of input after the value");
    }
    return obj;
}

QObject *qobject_from_json(const char *string, Error **errp)
{
    size_t len = strlen(string);

    if (len > JSON_MAX_BYTES) {
        error_setg(errp, "JSON text is longer than %u bytes", JSON_MAX_BYTES);
        return NULL;
    }
    return json_parse_text(string, len, 0, NULL, errp);
}

QObject *qobject_from_vjsonf_nofail(const char *string, va_list ap)
{
    va_list copy;
    QObject *obj;

    va_copy(copy, ap);
    obj = json_parse_text(string, strlen(string), 0, &copy, &error_abort);
    va_end(copy);
    return obj;
}

QObject *qobject_from_jsonf_nofail(const char *string, ...)
{
    QObject *obj;
    va_list ap;

    va_start(ap, string);
    obj = qobject_from_vjsonf_nofail(string, ap);
    va_end(ap);
    return obj;
}

QDict *qdict_from_vjsonf_nofail(const char *string, va_list ap)
{
    QDict *qdict = qobject_to(QDict, qobject_from_vjsonf_nofail(string, ap));

    g_assert(qdict);
    return qdict;
}

QDict *qdict_from_jsonf_nofail(const char *string, ...)
{
    QDict *qdict;
    va_list ap;

    va_start(ap, string);
    qdict = qdict_from_vjsonf_nofail(string, ap);
    va_end(ap);
    return qdict;
}
