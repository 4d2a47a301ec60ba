/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Character devices: notations, data both ways, mux keys, busy and duplicate ids, junk options. */
#include "qemu/osdep.h"
#include "chardev/char-fe.h"
#include "io/channel-socket.h"
#include "io/sockets.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-char.h"
#include "qemu/module.h"

typedef struct Fe {
    CharFrontend fe;
    GString *in;
    int room, opened, closed, breaks, mux_in, mux_out;
} Fe;

static int can_read(void *opaque)
{
    return ((Fe *)opaque)->room;
}

static void do_read(void *opaque, const uint8_t *buf, int size)
{
    g_string_append_len(((Fe *)opaque)->in, (const char *)buf, size);
}

static void do_event(void *opaque, QEMUChrEvent ev)
{
    Fe *f = opaque;

    f->opened += ev == CHR_EVENT_OPENED;
    f->closed += ev == CHR_EVENT_CLOSED;
    f->breaks += ev == CHR_EVENT_BREAK;
    f->mux_in += ev == CHR_EVENT_MUX_IN;
    f->mux_out += ev == CHR_EVENT_MUX_OUT;
}

static void fe_attach(Fe *f, Chardev *chr)
{
    *f = (Fe) { .in = g_string_new(NULL), .room = 64 };
    g_assert_true(qemu_chr_fe_init(&f->fe, chr, &error_abort));
    qemu_chr_fe_set_handlers(&f->fe, can_read, do_read, do_event, NULL, f, NULL, true);
}

static void fe_detach(Fe *f, bool del)
{
    qemu_chr_fe_deinit(&f->fe, del);
    g_string_free(f->in, TRUE);
}

static void wait_for(const int *flag)
{
    while (!*flag) {
        g_main_context_iteration(NULL, TRUE);
    }
}

static void wait_len(Fe *f, size_t len)
{
    while (f->in->len < len) {
        g_main_context_iteration(NULL, TRUE);
    }
}

static void test_null_and_ids(void)
{
    Chardev *chr = qemu_chr_new("n", "null", NULL, &error_abort);
    Error *err = NULL;
    CharFrontend fe, fe2;

    g_assert_null(qemu_chr_new("n", "null", NULL, &err));
    error_free_or_abort(&err);
    g_assert_true(qemu_chr_fe_init(&fe, chr, &error_abort));
    g_assert_false(qemu_chr_fe_init(&fe2, chr, &err));
    error_free_or_abort(&err);
    g_assert_cmpint(qemu_chr_fe_write_all(&fe, (const uint8_t *)"x", 1), ==, 1);
    qmp_chardev_remove("n", &err);
    error_free_or_abort(&err);
    qemu_chr_fe_deinit(&fe, false);
    qmp_chardev_remove("n", &error_abort);
    g_assert_null(qemu_chr_find("n"));
    qmp_chardev_remove("n", &err);
    error_free_or_abort(&err);
}

static void test_ringbuf(void)
{
    Chardev *chr = qemu_chr_new_from_option("ringbuf,id=rb,size=8", &error_abort);
    g_autofree char *s = NULL, *b64 = NULL;

    qemu_chr_write_all(chr, (const uint8_t *)"0123456789", 10);
    s = qmp_ringbuf_read("rb", 4, false, 0, &error_abort);
    g_assert_cmpstr(s, ==, "2345");
    qmp_ringbuf_write("rb", "eA==", true, DATA_FORMAT_BASE64, &error_abort);
    b64 = qmp_ringbuf_read("rb", 100, true, DATA_FORMAT_BASE64, &error_abort);
    g_assert_cmpstr(b64, ==, "Njc4OXg=");
    qmp_chardev_remove("rb", &error_abort);
}

static void test_mux(void)
{
    Chardev *base = qemu_chr_new("base", "ringbuf", NULL, &error_abort);
    Chardev *mux = qemu_chr_new_from_option("mux,id=m,chardev=base", &error_abort);
    Error *err = NULL;
    Fe a, b;

    fe_attach(&a, mux);
    fe_attach(&b, mux);
    qemu_chr_fe_take_focus(&a.fe);
    qemu_chr_be_write(base, (const uint8_t *)"A\1cB\1bC\1\1", 9);
    g_assert_cmpstr(a.in->str, ==, "A");
    g_assert_cmpstr(b.in->str, ==, "BC\1");
    g_assert_cmpint(b.breaks, ==, 1);
    g_assert_cmpint(a.mux_out, >=, 1);
    b.room = 0;
    qemu_chr_be_write(base, (const uint8_t *)"wait", 4);
    g_assert_cmpuint(b.in->len, ==, 3);
    b.room = 9;
    qemu_chr_fe_accept_input(&b.fe);
    g_assert_cmpstr(b.in->str, ==, "BC\1wait");
    qmp_chardev_remove("m", &err);
    error_free_or_abort(&err);
    fe_detach(&b, false);
    g_assert_cmpint(a.mux_in, >=, 2);
    fe_detach(&a, false);
    qmp_chardev_remove("m", &error_abort);
    qmp_chardev_remove("base", &error_abort);
}

static void test_socket(void)
{
    g_autofree char *dir = g_dir_make_tmp("char-XXXXXX", NULL);
    g_autofree char *arg = g_strdup_printf("socket,id=s,path=%s/s,server=on,wait=off", dir);
    g_autofree char *uri = g_strdup_printf("unix:%s/s", dir);
    g_autoptr(SocketAddress) addr = socket_parse(uri, &error_abort);
    Chardev *chr = qemu_chr_new_from_option(arg, &error_abort);
    Fe f;

    fe_attach(&f, chr);
    for (int round = 1; round <= 2; round++) {          /* a second client after the first has gone */
        QIOChannelSocket *c = qio_channel_socket_new();
        char buf[3] = "", byte = 'f';
        struct iovec iov = { &byte, 1 };
        int fd = open("/dev/null", O_RDONLY), got;

        g_assert_cmpint(qio_channel_socket_connect_sync(c, addr, &error_abort), ==, 0);
        f.opened = 0;
        wait_for(&f.opened);
        qemu_chr_fe_write_all(&f.fe, (const uint8_t *)"hi", 2);
        qio_channel_read_all(QIO_CHANNEL(c), buf, 2, &error_abort);
        g_assert_cmpstr(buf, ==, "hi");
        g_string_truncate(f.in, 0);
        qio_channel_writev_full(QIO_CHANNEL(c), &iov, 1, &fd, 1, 0, &error_abort);
        wait_len(&f, 1);
        got = qemu_chr_fe_get_msgfd(&f.fe);
        g_assert_cmpint(got, >=, 0);
        g_assert_cmpint(qemu_chr_fe_get_msgfd(&f.fe), ==, -1);
        close(got);
        close(fd);
        f.closed = 0;
        object_unref(OBJECT(c));
        wait_for(&f.closed);
    }
    fe_detach(&f, true);
    rmdir(dir);
}

static void test_reconnect(void)
{
    g_autofree char *dir = g_dir_make_tmp("char-XXXXXX", NULL);
    g_autofree char *arg = g_strdup_printf("socket,id=r,path=%s/s,reconnect-ms=10", dir);
    g_autofree char *uri = g_strdup_printf("unix:%s/s", dir);
    g_autoptr(SocketAddress) addr = socket_parse(uri, &error_abort);
    QIOChannelSocket *l = qio_channel_socket_new();
    Chardev *chr = qemu_chr_new_from_option(arg, &error_abort);
    Fe f;

    fe_attach(&f, chr);
    g_assert_cmpint(qio_channel_socket_listen_sync(l, addr, 1, &error_abort), ==, 0);
    wait_for(&f.opened);
    fe_detach(&f, true);
    object_unref(OBJECT(l));
    rmdir(dir);
}

static void test_file_and_log(void)
{
    g_autofree char *dir = g_dir_make_tmp("char-XXXXXX", NULL);
    g_autofree char *out = g_strdup_printf("%s/o", dir), *log = g_strdup_printf("%s/l", dir);
    g_autofree char *arg = g_strdup_printf("file,id=f,path=%s,logfile=%s", out, log), *text = NULL, *text2 = NULL;
    Chardev *chr = qemu_chr_new_from_option(arg, &error_abort);

    qemu_chr_write_all(chr, (const uint8_t *)"data", 4);
    qmp_chardev_remove("f", &error_abort);
    g_assert_true(g_file_get_contents(out, &text, NULL, NULL));
    g_assert_true(g_file_get_contents(log, &text2, NULL, NULL));
    g_assert_cmpstr(text, ==, "data");
    g_assert_cmpstr(text2, ==, "data");
    unlink(out);
    unlink(log);
    rmdir(dir);
}

static void test_pty(void)
{
    ChardevPty opts = { 0 };
    ChardevBackend backend = { .type = CHARDEV_BACKEND_KIND_PTY, .u.pty.data = &opts };
    g_autoptr(ChardevReturn) ret = qmp_chardev_add("p", &backend, &error_abort);
    int fd = open(ret->pty, O_RDWR | O_NOCTTY);
    char c = 0;
    Fe f;

    g_assert_cmpint(fd, >=, 0);
    fe_attach(&f, qemu_chr_find("p"));
    g_assert_cmpint(write(fd, "k", 1), ==, 1);
    wait_len(&f, 1);
    qemu_chr_fe_write_all(&f.fe, (const uint8_t *)"z", 1);
    g_assert_cmpint(read(fd, &c, 1), ==, 1);
    g_assert_cmpint(c, ==, 'z');
    close(fd);
    fe_detach(&f, true);
}

static void test_parse(void)
{
    static const struct { const char *text; ChardevBackendKind kind; } good[] = {
        { "null", CHARDEV_BACKEND_KIND_NULL }, { "stdio", CHARDEV_BACKEND_KIND_STDIO }, { "pty", CHARDEV_BACKEND_KIND_PTY },
        { "file:/x,y", CHARDEV_BACKEND_KIND_FILE }, { "unix:/s,server=on,wait=off", CHARDEV_BACKEND_KIND_SOCKET },
        { "unix:/s,server,nowait", CHARDEV_BACKEND_KIND_SOCKET }, { "tcp:h:1", CHARDEV_BACKEND_KIND_SOCKET },
        { "tcp:[::1]:1,server,nowait,nodelay", CHARDEV_BACKEND_KIND_SOCKET },
        { "telnet::1,server=on,wait=off", CHARDEV_BACKEND_KIND_SOCKET }, { "udp:h:1@:2", CHARDEV_BACKEND_KIND_UDP },
        { "/dev/ttyS0", CHARDEV_BACKEND_KIND_SERIAL }, { "pipe:/p", CHARDEV_BACKEND_KIND_PIPE },
    };
    static const char *const bad_short[] = { "", "nul", "tcp:", "tcp:h", "unix:/s,zz=1", "udp:1", "unix:/s,server=maybe" };
    static const char *const bad_option[] = {
        "", "null", "zzz,id=a", "socket,id=a", "socket,id=a,path=/x,host=y,port=1", "file,id=a", "stdio,id=a,bogus=1",
        "socket,id=a,path=/no/such/dir/x", "socket,id=a,path=/x,server=on,reconnect=1", "ringbuf,id=a,size=3",
        "mux,id=a,chardev=none", "socket,id=a,path=/x,wait=on", "socket,id=a,port=1,reconnect=x", "{\"backend\":1}",
        "{\"backend\":\"null\"}", "{", "udp,id=a", "file,id=a,path=/no/such/dir/f", "pipe,id=a,path=/no/p",
        "serial,id=a,path=/dev/null",
    };

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        g_autoptr(ChardevBackend) b = qemu_chr_parse_compat(good[i].text, &error_abort);

        g_assert_cmpint(b->type, ==, good[i].kind);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad_short); i++) {
        Error *err = NULL;

        if (qemu_chr_parse_compat(bad_short[i], &err)) {
            g_error("accepted %s", bad_short[i]);
        }
        error_free_or_abort(&err);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad_option); i++) {
        Error *err = NULL;

        if (qemu_chr_new_from_option(bad_option[i], &err)) {
            g_error("accepted %s", bad_option[i]);
        }
        error_free_or_abort(&err);
    }
}

int main(int argc, char **argv)
{
    module_call_init(MODULE_INIT_QOM);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/char/null", test_null_and_ids);
    g_test_add_func("/char/ringbuf", test_ringbuf);
    g_test_add_func("/char/mux", test_mux);
    g_test_add_func("/char/socket", test_socket);
    g_test_add_func("/char/reconnect", test_reconnect);
    g_test_add_func("/char/file-log", test_file_and_log);
    g_test_add_func("/char/pty", test_pty);
    g_test_add_func("/char/parse", test_parse);
    return g_test_run();
}
