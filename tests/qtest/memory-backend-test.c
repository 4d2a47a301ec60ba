/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory back ends as main memory: anonymous, memfd, file; their life over QMP; what is refused. */
#include "qemu/osdep.h"
#include "libqtest.h"
#include <glib/gstdio.h>

static void test_main_memory(const void *type)
{
    QTestState *s = qtest_initf("-machine pc,memory-backend=m -m 32M -nodefaults -object %s,id=m,size=32M",
                                (const char *)type);

    qtest_writeq(s, (32 << 20) - 8, 0x1122334455667788);
    g_assert_cmphex(qtest_readq(s, (32 << 20) - 8), ==, 0x1122334455667788);
    qmp_expect_error_and_unref(qtest_qmp(s, "{'execute': 'object-del', 'arguments': {'id': 'm'}}"), "GenericError");
    g_assert_cmphex(qtest_readb(s, (32 << 20) - 8), ==, 0x88);
    qtest_quit(s);
}

/* What the guest writes is in the shared file; a second process finds it there. */
static void test_shared_file(void)
{
    g_autofree char *path = g_strdup_printf("%s/memory-backend-%d", g_get_tmp_dir(), (int)getpid());
    g_autofree char *args = g_strdup_printf("-machine pc,memory-backend=m -m 16M -nodefaults "
                                            "-object memory-backend-file,id=m,size=16M,share=on,mem-path=%s", path);
    QTestState *s = qtest_init(args);
    g_autofree char *contents = NULL;
    gsize length;

    qtest_memset(s, 0x200000, 0xa5, 4096);
    qtest_quit(s);
    g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
    g_assert_cmpuint(length, ==, 16 << 20);
    g_assert_cmphex((uint8_t)contents[0x200fff], ==, 0xa5);
    g_assert_cmphex((uint8_t)contents[0x201000], ==, 0);
    s = qtest_init(args);
    g_assert_cmphex(qtest_readb(s, 0x200000), ==, 0xa5);
    qtest_quit(s);
    g_unlink(path);
}

static void test_life(void)
{
    QTestState *s = qtest_init("-machine pc -m 16M -nodefaults");

    for (int turn = 0; turn < 2; turn++) {
        qtest_qmp_assert_success(s, "{'execute': 'object-add', 'arguments': {'qom-type': 'memory-backend-ram', "
                                 "'id': 'x', 'size': 1048576}}");
        qmp_expect_error_and_unref(qtest_qmp(s, "{'execute': 'object-add', 'arguments': {'qom-type': "
                                             "'memory-backend-ram', 'id': 'x', 'size': 4096}}"), "GenericError");
        qtest_qmp_assert_success(s, "{'execute': 'object-del', 'arguments': {'id': 'x'}}");
    }
    qtest_quit(s);
}

static void test_refused(void)
{
    static const char *const bad[] = {
        "-object memory-backend-ram,id=m",                                  /* no size */
        "-object memory-backend-ram,id=m,size=0",
        "-object memory-backend-file,id=m,size=1M",                         /* no path */
        "-object memory-backend-file,id=m,size=1M,mem-path=/nonexistent/x",
        "-object memory-backend-ram,id=m,size=8M -machine pc,memory-backend=m -m 16M",
        "-machine pc,memory-backend=nobody",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        g_autofree char *args = g_strdup_printf("-accel qtest -display none -nodefaults -S %s", bad[i]);
        g_autofree char *output = NULL;

        g_assert_cmpint(qtest_run_to_exit(args, &output), ==, 1);
        g_assert_cmpint(strlen(output), >, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_data_func("/memory-backend/ram", "memory-backend-ram", test_main_memory);
    qtest_add_data_func("/memory-backend/memfd", "memory-backend-memfd", test_main_memory);
    qtest_add_func("/memory-backend/shared-file", test_shared_file);
    qtest_add_func("/memory-backend/life", test_life);
    qtest_add_func("/memory-backend/refused", test_refused);
    return g_test_run();
}
