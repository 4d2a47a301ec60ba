/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON in and out: exact numbers, strings, errors with offsets, limits, and streams cut anywhere. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qobject/json-parser.h"
#include "qobject/json-writer.h"
#include "qobject/qbool.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"

static void check_round_trip(const char *in, const char *out)
{
    QObject *obj = qobject_from_json(in, &error_abort);
    GString *s = qobject_to_json(obj);
    QObject *again = qobject_from_json(s->str, &error_abort);

    g_assert_cmpstr(s->str, ==, out);
    g_assert_true(qobject_is_equal(obj, again));
    g_string_free(s, TRUE);
    qobject_unref(obj);
    qobject_unref(again);
}

static void test_values(void)
{
    check_round_trip("null", "null");
    check_round_trip(" true ", "true");
    check_round_trip("-0", "0");
    check_round_trip("18446744073709551615", "18446744073709551615");
    check_round_trip("-9223372036854775808", "-9223372036854775808");
    check_round_trip("1.25e-3", "0.00125");
    check_round_trip("0.25", "0.25");
    check_round_trip("{ 'z': 1, \"a\": [ ], 'm': { } }", "{\"z\": 1, \"a\": [], \"m\": {}}");
    check_round_trip("'it\\'s \\u00e9 \\ud83d\\ude00 \\n'", "\"it's \\u00E9 \\uD83D\\uDE00 \\n\"");
    check_round_trip("\"\xc3\xa9\"", "\"\\u00E9\"");
}

static void test_big_integer_is_double(void)
{
    QNum *qn = qobject_to(QNum, qobject_from_json("18446744073709551616", &error_abort));
    int64_t i;
    uint64_t u;

    g_assert_false(qnum_get_try_int(qn, &i));
    g_assert_false(qnum_get_try_uint(qn, &u));
    g_assert_cmpfloat(qnum_get_double(qn), ==, 18446744073709551616.0);
    qobject_unref(qn);
}

static void test_errors(void)
{
    static const char *const bad[] = {
        "", " ", "{", "[1,", "[1 2]", "{'a'}", "{'a':}", "{'a':1,}", "{1:2}", "[,]", "'abc", "'\\x'", "'\\ud800'",
        "'\\u0000'", "'\\udc00'", "01", "-", "1.", ".5", "1e", "+1", "nul", "True", "NaN", "1 2", "[1]]", "{'a':1,'a':2}",
        "\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "'a\nb'", "%s", "1e999", "}", "]", "[}", "\"\\", "@", "[1;2]",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        Error *err = NULL;
        QObject *obj = qobject_from_json(bad[i], &err);

        if (obj || !err) {
            g_error("accepted: %s", bad[i]);
        }
        error_free(err);
    }
}

static void test_error_offset(void)
{
    Error *err = NULL;

    g_assert_null(qobject_from_json("{'a': 1 'b'}", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "byte 8,"));
    error_free(err);
}

static void test_nesting(void)
{
    GString *s = g_string_new(NULL);
    Error *err = NULL;
    QObject *obj;

    for (int i = 0; i < JSON_MAX_NESTING; i++) {
        g_string_append_c(s, '[');
    }
    for (int i = 0; i < JSON_MAX_NESTING; i++) {
        g_string_append_c(s, ']');
    }
    obj = qobject_from_json(s->str, &error_abort);
    qobject_unref(obj);
    g_string_prepend_c(s, '[');
    g_string_append_c(s, ']');
    g_assert_null(qobject_from_json(s->str, &err));
    error_free(err);
    g_string_free(s, TRUE);
}

static void test_interpolation(void)
{
    QDict *d = qdict_from_jsonf_nofail("{ 's': %s, 'n': %" PRId64 ", 'u': %" PRIu64 ", 'o': %p, 'b': %i, '%%': [ %d ] }",
                                       "x'\"", INT64_MIN, UINT64_MAX, (void *)QOBJECT(qlist_new()), true, -3);

    g_assert_cmpstr(qdict_get_str(d, "s"), ==, "x'\"");
    g_assert_cmpint(qdict_get_int(d, "n"), ==, INT64_MIN);
    g_assert_cmpuint(qnum_get_uint(qobject_to(QNum, qdict_get(d, "u"))), ==, UINT64_MAX);
    g_assert_nonnull(qdict_get_qlist(d, "o"));
    g_assert_true(qdict_get_bool(d, "b"));
    qobject_unref(d);
}

typedef struct Seen {
    int objects, errors;
    GString *log;
} Seen;

static void emit(void *opaque, QObject *json, Error *err)
{
    Seen *seen = opaque;

    if (json) {
        GString *s = qobject_to_json(json);

        seen->objects++;
        g_string_append(seen->log, s->str);
        g_string_append_c(seen->log, ';');
        g_string_free(s, TRUE);
        qobject_unref(json);
    } else {
        g_assert_nonnull(err);
        seen->errors++;
        g_string_append(seen->log, "E;");
        error_free(err);
    }
}

static void feed(const char *text, size_t len, size_t chunk, Seen *seen)
{
    JSONMessageParser p;

    *seen = (Seen) { .log = g_string_new(NULL) };
    json_message_parser_init(&p, emit, seen, NULL);
    for (size_t i = 0; i < len; i += chunk) {
        json_message_parser_feed(&p, text + i, MIN(chunk, len - i));
    }
    json_message_parser_flush(&p);
    json_message_parser_destroy(&p);
}

static void check_stream(const char *text, const char *expect)
{
    for (size_t chunk = 1; chunk < 9; chunk++) {
        Seen seen;

        feed(text, strlen(text), chunk, &seen);
        g_assert_cmpstr(seen.log->str, ==, expect);
        g_string_free(seen.log, TRUE);
    }
}

static void test_stream(void)
{
    check_stream("{'a':1}{'b':[2]}\n true 12 'x' ", "{\"a\": 1};{\"b\": [2]};true;12;\"x\";");
    check_stream("{'a':'}{\\'\"'}", "{\"a\": \"}{'\\\"\"};");
    check_stream("{'a' 1}{'b':2}", "E;{\"b\": 2};");
    check_stream("]{'b':2}", "E;{\"b\": 2};");
    check_stream("{'a': [\xff{'b':2}", "E;{\"b\": 2};");
    check_stream("{'a': 'unterminated\n{'b':2}", "E;{\"b\": 2};");
    check_stream("{'a':", "E;");
    check_stream("  \n", "");
}

static void test_stream_limits(void)
{
    size_t len = 3 * JSON_MAX_NESTING;
    g_autofree char *deep = g_malloc(2 * len + 4);
    Seen seen;

    memset(deep, '[', len);
    memset(deep + len, ']', len);
    memcpy(deep + 2 * len, " 7 ", 4);
    feed(deep, 2 * len + 3, 4096, &seen);
    g_assert_cmpstr(seen.log->str, ==, "E;7;");
    g_string_free(seen.log, TRUE);
}

static void test_stream_token_limit(void)
{
    size_t len = 2 * (JSON_MAX_TOKENS + 10);
    g_autofree char *many = g_malloc(len + 4);
    Seen seen;

    many[0] = '[';
    for (size_t i = 1; i < len; i++) {
        many[i] = i % 2 ? '1' : ',';
    }
    memcpy(many + len, "] 7", 4);
    feed(many, len + 3, 65536, &seen);
    g_assert_cmpstr(seen.log->str, ==, "E;7;");
    g_string_free(seen.log, TRUE);
}

static void test_junk(void)
{
    GRand *r = g_rand_new_with_seed(20240101);
    static const char alphabet[] = "{}[]\"':,\\ntrue0-1.e \n\xff\xc3";

    for (int round = 0; round < 3000; round++) {
        char buf[64];
        Seen seen;
        int len = g_rand_int_range(r, 1, sizeof(buf));

        for (int i = 0; i < len; i++) {
            buf[i] = alphabet[g_rand_int_range(r, 0, sizeof(alphabet) - 1)];
        }
        feed(buf, len, 7, &seen);
        g_string_free(seen.log, TRUE);
    }
    g_rand_free(r);
}

static void test_writer(void)
{
    JSONWriter *w = json_writer_new(true);
    GString *s;

    json_writer_start_object(w, NULL);
    json_writer_uint64(w, "u", UINT64_MAX);
    json_writer_start_array(w, "l");
    json_writer_bool(w, NULL, false);
    json_writer_double(w, NULL, NAN);
    json_writer_end_array(w);
    json_writer_start_array(w, "e");
    json_writer_end_array(w);
    json_writer_end_object(w);
    s = json_writer_get_and_free(w);
    g_assert_cmpstr(s->str, ==, "{\n    \"u\": 18446744073709551615,\n    \"l\": [\n        false,\n        null\n    ],\n"
                    "    \"e\": []\n}");
    g_string_free(s, TRUE);
}

static void test_dict(void)
{
    QDict *d = qdict_new(), *e = qdict_new();

    qdict_put_int(d, "one", 1);
    qdict_put_str(d, "two", "2");
    qdict_put_int(d, "one", 11);
    g_assert_cmpuint(qdict_size(d), ==, 2);
    g_assert_cmpstr(qdict_entry_key(qdict_first(d)), ==, "one");
    g_assert_cmpint(qdict_get_int(d, "one"), ==, 11);
    g_assert_cmpint(qdict_get_try_int(d, "two", -1), ==, -1);
    g_assert_null(qdict_get_str(d, "one"));
    qdict_put_int(e, "two", 5);
    qdict_put_int(e, "three", 3);
    qdict_join(d, e, false);
    g_assert_cmpuint(qdict_size(e), ==, 1);
    g_assert_cmpint(qdict_get_int(d, "three"), ==, 3);
    qdict_del(d, "one");
    g_assert_false(qdict_haskey(d, "one"));
    qobject_unref(d);
    qobject_unref(e);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/values", test_values);
    g_test_add_func("/json/big-integer", test_big_integer_is_double);
    g_test_add_func("/json/errors", test_errors);
    g_test_add_func("/json/error-offset", test_error_offset);
    g_test_add_func("/json/nesting", test_nesting);
    g_test_add_func("/json/interpolation", test_interpolation);
    g_test_add_func("/json/stream", test_stream);
    g_test_add_func("/json/stream-limits", test_stream_limits);
    g_test_add_func("/json/stream-token-limit", test_stream_token_limit);
    g_test_add_func("/json/junk", test_junk);
    g_test_add_func("/json/writer", test_writer);
    g_test_add_func("/qdict/basics", test_dict);
    return g_test_run();
}
