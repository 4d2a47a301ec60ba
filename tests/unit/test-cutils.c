/* SPDX-License-Identifier: GPL-2.0-or-later */
/* util/cutils.c: numbers, sizes, flags; util/iov.c. */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qemu/iov.h"
#include "qemu/units.h"
#include "qapi/error.h"

static void test_integers(void)
{
    const char *end;
    uint64_t u;
    int64_t s;
    int i;

    g_assert_cmpint(qemu_strtoi("2147483647", NULL, 10, &i), ==, 0);
    g_assert_cmpint(i, ==, INT_MAX);
    g_assert_cmpint(qemu_strtoi("2147483648", NULL, 10, &i), ==, -ERANGE);
    g_assert_cmpint(i, ==, INT_MAX);
    g_assert_cmpint(qemu_strtoi("12x", NULL, 10, &i), ==, -EINVAL);
    g_assert_cmpint(qemu_strtoi("12x", &end, 10, &i), ==, 0);
    g_assert_cmpstr(end, ==, "x");
    g_assert_cmpint(qemu_strtoi("", NULL, 10, &i), ==, -EINVAL);
    g_assert_cmpint(qemu_strtou64("18446744073709551615", NULL, 0, &u), ==, 0);
    g_assert_cmpuint(u, ==, UINT64_MAX);
    g_assert_cmpint(qemu_strtou64("18446744073709551616", NULL, 0, &u), ==, -ERANGE);
    g_assert_cmpint(qemu_strtoi64("-9223372036854775808", NULL, 0, &s), ==, 0);
    g_assert_cmpint(s, ==, INT64_MIN);
    g_assert_cmpint(parse_uint_full("-1", 0, &u), ==, -EINVAL);
}

static void test_sizes(void)
{
    static const struct { const char *text; int ret; uint64_t value; } cases[] = {
        { "0", 0, 0 }, { "512", 0, 512 }, { "1k", 0, KiB }, { "1.5M", 0, 3 * MiB / 2 }, { "0x10", 0, 16 },
        { "2T", 0, 2 * TiB }, { "18446744073709551615", 0, UINT64_MAX }, { "16E", -ERANGE, 0 },
        { "18446744073709551616", -ERANGE, 0 }, { "-1", -EINVAL, 0 }, { "1.5", -EINVAL, 0 }, { "1Q", -EINVAL, 0 },
        { "", -EINVAL, 0 }, { "inf", -EINVAL, 0 }, { "k", -EINVAL, 0 },
    };
    const char *end;
    uint64_t v;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int ret = qemu_strtosz(cases[i].text, NULL, &v);

        if (ret != cases[i].ret || v != cases[i].value) {
            g_error("'%s': %d, %" PRIu64, cases[i].text, ret, v);
        }
    }
    g_assert_cmpint(qemu_strtosz_MiB("2", NULL, &v), ==, 0);
    g_assert_cmpuint(v, ==, 2 * MiB);
    g_assert_cmpint(qemu_strtosz_metric("1k", NULL, &v), ==, 0);
    g_assert_cmpuint(v, ==, 1000);
    g_assert_cmpint(qemu_strtosz("4G,more", &end, &v), ==, 0);
    g_assert_cmpstr(end, ==, ",more");
}

static void test_bool(void)
{
    Error *err = NULL;
    bool b = false;

    g_assert_true(qapi_bool_parse("x", "on", &b, &error_abort) && b);
    g_assert_true(qapi_bool_parse("x", "no", &b, &error_abort) && !b);
    g_assert_false(qapi_bool_parse("flag", "maybe", &b, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Parameter 'flag' expects 'on' or 'off'");
    error_free(err);
}

static void test_zero(void)
{
    g_autofree uint8_t *page = g_malloc0(4096 + 3);

    for (int i = 0; i < 4096; i += 37) {
        g_assert_true(buffer_is_zero(page, 4096));
        page[i] = 1;
        g_assert_false(buffer_is_zero(page, 4096));
        page[i] = 0;
    }
    page[4096] = 1;
    g_assert_true(buffer_is_zero(page, 4096));
    g_assert_false(buffer_is_zero(page + 3, 4096));       /* unaligned, last byte counts */
    g_assert_true(buffer_is_zero(page, 0));
}

static void test_iov(void)
{
    char a[4] = "abcd", b[3] = "efg", out[8] = "";
    struct iovec iov[] = { { a, 4 }, { b, 0 }, { b, 3 } }, copy[3], *p = iov;
    unsigned n = 3;

    g_assert_cmpuint(iov_size(iov, 3), ==, 7);
    g_assert_cmpuint(iov_to_buf(iov, 3, 2, out, 100), ==, 5);
    g_assert_cmpstr(out, ==, "cdefg");
    g_assert_cmpuint(iov_from_buf(iov, 3, 3, "XY", 2), ==, 2);
    g_assert_true(a[3] == 'X' && b[0] == 'Y');
    g_assert_cmpuint(iov_copy(copy, 3, iov, 3, 3, 3), ==, 2);
    g_assert_true(copy[0].iov_base == a + 3 && copy[0].iov_len == 1 && copy[1].iov_len == 2);
    g_assert_cmpuint(iov_discard_front(&p, &n, 5), ==, 5);
    g_assert_true(n == 1 && p[0].iov_base == b + 1 && p[0].iov_len == 2);
    g_assert_cmpuint(iov_discard_back(p, &n, 9), ==, 2);
    g_assert_cmpuint(n, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cutils/integers", test_integers);
    g_test_add_func("/cutils/sizes", test_sizes);
    g_test_add_func("/cutils/bool", test_bool);
    g_test_add_func("/cutils/zero", test_zero);
    g_test_add_func("/iov", test_iov);
    return g_test_run();
}
