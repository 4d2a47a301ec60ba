/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels of every kind, descriptor passing, listeners, asynchronous connects, address notation. */
#include "qemu/osdep.h"
#include <sys/socket.h>
#include "io/channel-buffer.h"
#include "io/channel-file.h"
#include "io/net-listener.h"
#include "io/sockets.h"
#include "qapi/error.h"
#include "qemu/module.h"

static void make_pair(QIOChannel **a, QIOChannel **b)
{
    int sv[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), ==, 0);
    *a = QIO_CHANNEL(qio_channel_socket_new_fd(sv[0], &error_abort));
    *b = QIO_CHANNEL(qio_channel_socket_new_fd(sv[1], &error_abort));
}

static void test_pair(void)
{
    g_autoptr(QIOChannel) a = NULL, b = NULL;
    char buf[6] = "";
    struct iovec iov[] = { { (char *)"he", 2 }, { (char *)"", 0 }, { (char *)"llo", 3 } };
    Error *err = NULL;

    make_pair(&a, &b);
    g_assert_cmpint(qio_channel_writev_all(a, iov, 3, &error_abort), ==, 0);
    g_assert_cmpint(qio_channel_read_all(b, buf, 5, &error_abort), ==, 0);
    g_assert_cmpstr(buf, ==, "hello");
    g_assert_true(qio_channel_set_blocking(b, false, &error_abort));
    g_assert_cmpint(qio_channel_read(b, buf, 5, &error_abort), ==, QIO_CHANNEL_ERR_BLOCK);
    g_assert_false(qio_channel_wait_timeout(b, G_IO_IN, 0));
    qio_channel_write_all(a, "xy", 2, &error_abort);
    qio_channel_shutdown(a, QIO_CHANNEL_SHUTDOWN_BOTH, &error_abort);
    g_assert_cmpint(qio_channel_read_all(b, buf, 3, &err), ==, -1);
    error_free_or_abort(&err);
    g_assert_cmpint(qio_channel_read_all_eof(b, buf, 3, &error_abort), ==, 0);
    g_assert_cmpint(qio_channel_write_all(a, "z", 1, &err), ==, -1);
    error_free_or_abort(&err);
}

static void test_fd_passing(void)
{
    g_autoptr(QIOChannel) a = NULL, b = NULL;
    int pipefd[2], *fds;
    size_t nfds;
    char c = 'x';
    struct iovec iov = { &c, 1 };

    make_pair(&a, &b);
    g_assert_cmpint(pipe(pipefd), ==, 0);
    g_assert_cmpint(qio_channel_writev_full(a, &iov, 1, pipefd, 2, 0, &error_abort), ==, 1);
    close(pipefd[0]);
    close(pipefd[1]);
    g_assert_cmpint(qio_channel_readv_full(b, &iov, 1, &fds, &nfds, 0, &error_abort), ==, 1);
    g_assert_cmpuint(nfds, ==, 2);
    g_assert_cmpint(write(fds[1], "q", 1), ==, 1);
    g_assert_cmpint(read(fds[0], &c, 1), ==, 1);
    g_assert_cmpint(c, ==, 'q');
    g_assert_cmpint(fcntl(fds[0], F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
    close(fds[0]);
    close(fds[1]);
    g_free(fds);
}

static void test_buffer(void)
{
    g_autoptr(QIOChannel) b = QIO_CHANNEL(qio_channel_buffer_new(1));
    char buf[4] = "";

    qio_channel_write_all(b, "abcdef", 6, &error_abort);
    g_assert_cmpint(qio_channel_io_seek(b, 3, SEEK_SET, &error_abort), ==, 3);
    g_assert_cmpint(qio_channel_read(b, buf, 4, &error_abort), ==, 3);
    g_assert_cmpstr(buf, ==, "def");
    g_assert_cmpint(qio_channel_read(b, buf, 4, &error_abort), ==, 0);
    g_assert_cmpint(qio_channel_io_seek(b, 7, SEEK_SET, NULL), ==, -1);
}

static void test_command(void)
{
    static const char *const cat[] = { "/bin/cat", NULL }, *const fail[] = { "/bin/false", NULL },
                      *const none[] = { "/no/such/program", NULL };
    QIOChannel *c = QIO_CHANNEL(qio_channel_command_new_spawn(cat, O_RDWR, &error_abort));
    char buf[3] = "";
    Error *err = NULL;

    qio_channel_write_all(c, "hi", 2, &error_abort);
    qio_channel_read_all(c, buf, 2, &error_abort);
    g_assert_cmpstr(buf, ==, "hi");
    g_assert_cmpint(qio_channel_close(c, &error_abort), ==, 0);
    object_unref(OBJECT(c));
    c = QIO_CHANNEL(qio_channel_command_new_spawn(fail, O_RDONLY, &error_abort));
    g_assert_cmpint(qio_channel_close(c, &err), ==, -1);
    error_free_or_abort(&err);
    object_unref(OBJECT(c));
    g_assert_null(qio_channel_command_new_spawn(none, O_RDONLY, &err));
    error_free_or_abort(&err);
}

typedef struct Net {
    GMainLoop *loop;
    QIOChannel *client, *server;
    bool failed;
} Net;

static void maybe_done(Net *n)
{
    if (n->failed || (n->client && n->server)) {
        g_main_loop_quit(n->loop);
    }
}

static void on_client(QIONetListener *l, QIOChannelSocket *sioc, gpointer opaque)
{
    Net *n = opaque;

    n->server = QIO_CHANNEL(sioc);
    object_ref(OBJECT(sioc));
    maybe_done(n);
}

static void on_connected(QIOTask *task, gpointer opaque)
{
    Net *n = opaque;

    n->failed = qio_task_propagate_error(task, NULL);
    if (!n->failed) {
        n->client = QIO_CHANNEL(qio_task_get_source(task));
        object_ref(OBJECT(n->client));
    }
    maybe_done(n);
}

static void check_listener(SocketAddress *addr, bool expect_failure)
{
    QIONetListener *l = qio_net_listener_new();
    QIOChannelSocket *c = qio_channel_socket_new();
    Net n = { .loop = g_main_loop_new(NULL, FALSE) };
    g_autoptr(SocketAddress) bound = NULL;
    char buf[2] = "";

    g_assert_cmpint(qio_net_listener_open_sync(l, addr, 1, &error_abort), ==, 0);
    bound = qio_channel_socket_get_local_address(l->sioc[0], &error_abort);
    if (expect_failure) {
        qio_net_listener_disconnect(l);
        g_assert_false(qio_net_listener_is_connected(l));
    } else {
        qio_net_listener_set_client_func(l, on_client, &n, NULL);
    }
    qio_channel_socket_connect_async(c, bound, on_connected, &n, NULL, NULL);
    g_main_loop_run(n.loop);
    g_assert_cmpint(n.failed, ==, expect_failure);
    if (!expect_failure) {
        qio_channel_write_all(n.client, "k", 1, &error_abort);
        qio_channel_read_all(n.server, buf, 1, &error_abort);
        g_assert_cmpstr(buf, ==, "k");
        object_unref(OBJECT(n.client));
        object_unref(OBJECT(n.server));
    }
    qio_net_listener_disconnect(l);
    object_unref(OBJECT(l));
    object_unref(OBJECT(c));
    g_main_loop_unref(n.loop);
    qapi_free_SocketAddress(addr);
}

static void test_tcp(void)
{
    check_listener(socket_parse("127.0.0.1:0", &error_abort), false);
    check_listener(socket_parse("127.0.0.1:0", &error_abort), true);
}

static void test_unix(void)
{
    g_autofree char *dir = g_dir_make_tmp("sock-XXXXXX", NULL), *uri = g_strdup_printf("unix:%s/s", dir);

    check_listener(socket_parse(uri, &error_abort), false);
    g_assert_false(g_file_test(uri + 5, G_FILE_TEST_EXISTS));
    rmdir(dir);
}

static void test_parse(void)
{
    static const char *const good[][2] = {
        { "tcp:host:1", "tcp:host:1" }, { "host:1", "tcp:host:1" }, { ":5", "tcp::5" }, { "tcp:[::1]:80", "tcp:[::1]:80" },
        { "unix:/a,b", "unix:/a,b" }, { "fd:name", "fd:name" }, { "vsock:3:4", "vsock:3:4" },
        { "h:1,to=9,ipv4=on,ipv6", "tcp:h:1" },
    };
    static const char *const bad[] = {
        "", "host", "host:", "tcp:", "[::1]", "[::1:80", "unix:", "fd:", "vsock:1", "vsock::2", "h:1,to=x", "h:1,to=70000",
        "h:1,zz=1", "h:1,ipv4=maybe", "a:b:c", "h,x:1",
    };

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        g_autoptr(SocketAddress) a = socket_parse(good[i][0], &error_abort);
        g_autofree char *uri = socket_uri(a);

        g_assert_cmpstr(uri, ==, good[i][1]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        Error *err = NULL;

        if (socket_parse(bad[i], &err)) {
            g_error("accepted %s", bad[i]);
        }
        error_free_or_abort(&err);
    }
}

static void test_errors(void)
{
    static const char *const bad[] = { "unix:/no/such/dir/s", "fd:999", "fd:nobody", "127.0.0.1:99999" };
    g_autofree char *longpath = g_strnfill(200, 'x'), *longuri = g_strdup_printf("unix:%s", longpath);

    for (size_t i = 0; i <= ARRAY_SIZE(bad); i++) {
        g_autoptr(SocketAddress) a = socket_parse(i < ARRAY_SIZE(bad) ? bad[i] : longuri, &error_abort);
        Error *err = NULL;

        g_assert_cmpint(socket_connect(a, &err), ==, -1);
        error_free_or_abort(&err);
        g_assert_cmpint(socket_listen(a, 1, &err), ==, -1);
        error_free_or_abort(&err);
    }
}

int main(int argc, char **argv)
{
    module_call_init(MODULE_INIT_QOM);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/io/pair", test_pair);
    g_test_add_func("/io/fd-passing", test_fd_passing);
    g_test_add_func("/io/buffer", test_buffer);
    g_test_add_func("/io/command", test_command);
    g_test_add_func("/io/tcp", test_tcp);
    g_test_add_func("/io/unix", test_unix);
    g_test_add_func("/io/parse", test_parse);
    g_test_add_func("/io/errors", test_errors);
    return g_test_run();
}
