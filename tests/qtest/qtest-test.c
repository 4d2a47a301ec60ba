/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The qtest protocol itself: docs/specs/qtest.md. */
#include "qemu/osdep.h"
#include "tests/qtest/libqtest.h"

static void expect(QTestState *s, const char *command, const char *reply)
{
    g_autofree char *got = qtest_command(s, "%s", command);

    g_assert_cmpstr(got, ==, reply);
}

static void test_bad_lines(void)
{
    QTestState *s = qtest_init("-machine none");

    expect(s, "frobnicate 1", "FAIL Unknown command 'frobnicate'");
    expect(s, "inb", "FAIL Bad arguments");
    expect(s, "inb 0x10000", "FAIL Bad arguments");
    expect(s, "outb 0x80 zero", "FAIL Bad arguments");
    expect(s, "read 0 0", "FAIL Bad address or length");
    expect(s, "read 0 0xffffffffffff", "FAIL Bad address or length");
    expect(s, "write 0 2 0x1g00", "FAIL Bad data");
    expect(s, "write 0 2 0x12", "FAIL Too few data");
    expect(s, "b64write 0 2 AA==", "FAIL Data do not have the length given");
    expect(s, "irq_intercept_in /nowhere", "FAIL Unknown device");
    expect(s, "set_irq_in /nowhere unnamed-gpio-in 0 1", "FAIL Unknown device or bad arguments");
    expect(s, "endianness", "OK little");
    qtest_quit(s);
}

static void test_clock(void)
{
    QTestState *s = qtest_init("-machine none");
    int64_t now = qtest_clock_step(s, 0);

    g_assert_cmpint(qtest_clock_step(s, 1000), ==, now + 1000);
    g_assert_cmpint(qtest_clock_set(s, now + 5000), ==, now + 5000);
    g_assert_cmpint(qtest_clock_set(s, now), ==, now + 5000);        /* never backwards */
    qtest_quit(s);
}

static void test_memory(void)
{
    QTestState *s = qtest_init("-machine pc -m 16");
    uint8_t out[1000], in[1000];

    for (unsigned i = 0; i < sizeof(out); i++) {
        out[i] = i * 7;
    }
    qtest_writeq(s, 0x100000, 0x1122334455667788);
    g_assert_cmphex(qtest_readq(s, 0x100000), ==, 0x1122334455667788);
    g_assert_cmphex(qtest_readl(s, 0x100000), ==, 0x55667788);
    g_assert_cmphex(qtest_readw(s, 0x100006), ==, 0x1122);
    g_assert_cmphex(qtest_readb(s, 0x100003), ==, 0x55);
    qtest_memwrite(s, 0x200000, out, sizeof(out));
    qtest_bufread(s, 0x200000, in, sizeof(in));
    g_assert_cmpmem(in, sizeof(in), out, sizeof(out));
    qtest_bufwrite(s, 0x300001, out, sizeof(out));
    qtest_memread(s, 0x300001, in, sizeof(in));
    g_assert_cmpmem(in, sizeof(in), out, sizeof(out));
    qtest_memset(s, 0x200010, 0xa5, 16);
    qtest_memread(s, 0x200000, in, 64);
    g_assert_cmphex(in[15], ==, out[15]);
    g_assert_cmphex(in[16], ==, 0xa5);
    g_assert_cmphex(in[31], ==, 0xa5);
    g_assert_cmphex(in[32], ==, out[32]);
    /* nothing there: memory reads zeros, ports all ones */
    g_assert_cmphex(qtest_readl(s, 0xd0000000), ==, 0);
    g_assert_cmphex(qtest_inl(s, 0x7f00), ==, 0xffffffff);
    qtest_quit(s);
}

static void test_qmp(void)
{
    QTestState *s = qtest_init("-machine none");
    QDict *rsp = qtest_qmp(s, "{'execute': 'query-status', 'id': 7}");

    g_assert_cmpint(qdict_get_int(rsp, "id"), ==, 7);
    g_assert_nonnull(qdict_get_try_str(qdict_get_qdict(rsp, "return"), "status"));
    qobject_unref(rsp);
    qmp_expect_error_and_unref(qtest_qmp(s, "{'execute': 'no-such-command'}"), "CommandNotFound");
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("qtest/bad-lines", test_bad_lines);
    qtest_add_func("qtest/clock", test_clock);
    qtest_add_func("qtest/memory", test_memory);
    qtest_add_func("qtest/qmp", test_qmp);
    return g_test_run();
}
