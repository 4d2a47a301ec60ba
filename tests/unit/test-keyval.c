/* SPDX-License-Identifier: GPL-2.0-or-later */
/* key=value notation: nesting, lists, implied keys, doubled commas, help, and what must be refused. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qobject/keyval.h"
#include "qobject/qjson.h"

static void check(const char *in, const char *implied, const char *out)
{
    QDict *d = keyval_parse(in, implied, NULL, &error_abort);
    GString *s = qobject_to_json(QOBJECT(d));

    g_assert_cmpstr(s->str, ==, out);
    g_string_free(s, TRUE);
    qobject_unref(d);
}

static void test_good(void)
{
    check("", NULL, "{}");
    check("a=b,c=", NULL, "{\"a\": \"b\", \"c\": \"\"}");
    check("a=1,a=2,", NULL, "{\"a\": \"2\"}");
    check("a=x,,y,b=,,,c=z=z", NULL, "{\"a\": \"x,y\", \"b\": \",\", \"c\": \"z=z\"}");
    check("socket,id=c", "backend", "{\"backend\": \"socket\", \"id\": \"c\"}");
    check("a.b.c=1,a.b.d=2,a.e=3", NULL, "{\"a\": {\"b\": {\"c\": \"1\", \"d\": \"2\"}, \"e\": \"3\"}}");
    check("l.1=y,l.0=x,m.0.k=v", NULL, "{\"l\": [\"x\", \"y\"], \"m\": [{\"k\": \"v\"}]}");
    check("a=1,,,", NULL, "{\"a\": \"1,\"}");
    check("x-y_z=1", NULL, "{\"x-y_z\": \"1\"}");
}

static void test_bad(void)
{
    static const char *const bad[] = {
        "a", "=b", ",a=b", "a=1,b", "a..b=1", ".a=1", "a.=1", "0=1", "a.1=x", "a.0=x,a.b=y", "a=1,a.b=2", "a.b=2,a=1",
        "a b=1", "a.0=1,a.00=2", "help",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        Error *err = NULL;
        QDict *d = keyval_parse(bad[i], NULL, NULL, &err);

        if (d || !err) {
            g_error("accepted: %s", bad[i]);
        }
        error_free(err);
    }
}

static void test_depth(void)
{
    GString *s = g_string_new("a");
    Error *err = NULL;

    for (int i = 0; i < 100000; i++) {
        g_string_append(s, ".a");
    }
    g_string_append(s, "=1");
    g_assert_null(keyval_parse(s->str, NULL, NULL, &err));
    error_free(err);
    g_string_free(s, TRUE);
}

static void test_help(void)
{
    bool help;
    QDict *d = keyval_parse("help", "driver", &help, &error_abort);

    g_assert_true(help);
    qobject_unref(d);
    d = keyval_parse("e1000,?", "driver", &help, &error_abort);
    g_assert_true(help);
    g_assert_cmpstr(qdict_get_str(d, "driver"), ==, "e1000");
    qobject_unref(d);
    d = keyval_parse("e1000", "driver", &help, &error_abort);
    g_assert_false(help);
    qobject_unref(d);
}

static void test_json_argument(void)
{
    bool keyval, help;
    Error *err = NULL;
    QDict *d = option_arg_parse("{\"driver\":\"x\",\"n\":1}", "driver", &keyval, &help, &error_abort);

    g_assert_false(keyval);
    g_assert_cmpint(qdict_get_int(d, "n"), ==, 1);
    qobject_unref(d);
    d = option_arg_parse("x,n=1", "driver", &keyval, &help, &error_abort);
    g_assert_true(keyval);
    g_assert_cmpstr(qdict_get_str(d, "n"), ==, "1");
    qobject_unref(d);
    g_assert_null(option_arg_parse("{", "driver", &keyval, &help, &err));
    error_free(err);
}

static void test_merge(void)
{
    QDict *d = keyval_parse("a.x=1,l.0=p,s=1", NULL, NULL, &error_abort);
    GString *s;

    g_assert_nonnull(keyval_parse_into(d, "a.y=2,l.0=q,s=2", NULL, NULL, &error_abort));
    s = qobject_to_json(QOBJECT(d));
    g_assert_cmpstr(s->str, ==, "{\"a\": {\"x\": \"1\", \"y\": \"2\"}, \"l\": [\"p\", \"q\"], \"s\": \"2\"}");
    g_string_free(s, TRUE);
    g_assert_null(keyval_parse_into(d, "a=3", NULL, NULL, NULL));
    qobject_unref(d);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keyval/good", test_good);
    g_test_add_func("/keyval/bad", test_bad);
    g_test_add_func("/keyval/depth", test_depth);
    g_test_add_func("/keyval/help", test_help);
    g_test_add_func("/keyval/json-argument", test_json_argument);
    g_test_add_func("/keyval/merge", test_merge);
    return g_test_run();
}
