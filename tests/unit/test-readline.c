/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line editor: editing keys, history, completion, and random bytes. */
#include "qemu/osdep.h"
#include "monitor/readline.h"

static char *last_line;
static int lines;

static void print(void *opaque, const char *text)
{
}

static void done(void *opaque, const char *line)
{
    g_free(last_line);
    last_line = g_strdup(line);
    lines++;
}

static void complete(void *opaque, const char *line, ReadLineState *rs)
{
    readline_add_completion(rs, "migrate");
    readline_add_completion(rs, "migrate_cancel");
    readline_add_completion(rs, "quit");
}

static void check(ReadLineState *rs, const char *keys, const char *expect)
{
    int before = lines;

    for (; *keys; keys++) {
        readline_handle_byte(rs, (unsigned char)*keys);
    }
    readline_handle_byte(rs, '\r');
    g_assert_cmpint(lines, ==, before + 1);
    g_assert_cmpstr(last_line, ==, expect);
}

static void test_keys(void)
{
    ReadLineState *rs = readline_new(print, done, complete, NULL);

    readline_start(rs, "> ");
    check(rs, "hello", "hello");
    check(rs, "ab\bc", "ac");
    check(rs, "bc\1a\5d", "abcd");
    check(rs, "ac\033[Db", "abc");
    check(rs, "one two\027three", "one three");
    check(rs, "gone\025here", "here");
    check(rs, "cut\1\013", "");
    check(rs, "\033[3~\033[99zx\033OHy", "yx");
    check(rs, "\b\033[D\033[C\004z", "z");
    readline_free(rs);
}

static void test_history(void)
{
    ReadLineState *rs = readline_new(print, done, complete, NULL);

    readline_start(rs, "> ");
    check(rs, "first", "first");
    check(rs, "second", "second");
    check(rs, "\033[A\033[A!", "first!");
    check(rs, "\020\020\020\016", "second");
    check(rs, "new\033[A\033[B", "new");
    for (int i = 0; i < 3 * READLINE_MAX_HISTORY; i++) {
        g_autofree char *l = g_strdup_printf("l%d", i);

        check(rs, l, l);
    }
    g_assert_nonnull(readline_get_history(rs, READLINE_MAX_HISTORY - 1));
    g_assert_null(readline_get_history(rs, READLINE_MAX_HISTORY));
    readline_free(rs);
}

static void test_completion(void)
{
    ReadLineState *rs = readline_new(print, done, complete, NULL);

    readline_start(rs, "> ");
    check(rs, "q\t", "quit ");
    check(rs, "mi\t_\t", "migrate_cancel ");
    check(rs, "x\t", "x");
    check(rs, "help q\t", "help quit ");
    readline_free(rs);
}

static void test_junk(void)
{
    ReadLineState *rs = readline_new(print, done, complete, NULL);
    GRand *r = g_rand_new_with_seed(7);

    readline_start(rs, "> ");
    for (int i = 0; i < 100000; i++) {
        readline_handle_byte(rs, g_rand_int_range(r, 0, 256));
    }
    for (int i = 0; i < 2 * READLINE_MAX_LINE; i++) {
        readline_handle_byte(rs, 'x');
    }
    readline_handle_byte(rs, '\n');
    g_assert_cmpuint(strlen(last_line), <=, READLINE_MAX_LINE);
    g_rand_free(r);
    readline_free(rs);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/readline/keys", test_keys);
    g_test_add_func("/readline/history", test_history);
    g_test_add_func("/readline/completion", test_completion);
    g_test_add_func("/readline/junk", test_junk);
    return g_test_run();
}
