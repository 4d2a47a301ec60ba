/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QMP and HMP sessions over sockets: negotiation, out-of-band, events, descriptors, hang-ups, junk, argument shapes. */
#include "qemu/osdep.h"
#include "chardev/char.h"
#include "io/channel-socket.h"
#include "io/sockets.h"
#include "monitor/hmp-args.h"
#include "monitor/monitor.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-char.h"
#include "qapi/qapi-commands-misc.h"
#include "qapi/qapi-events-run-state.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qobject/qjson.h"

static int stops;

void qmp_stop(Error **errp)
{
    stops++;
}

void qmp_cont(Error **errp)
{
    error_setg(errp, "will not");
}

typedef struct Client {
    QIOChannel *ioc;
    GString *in;
} Client;

static char *dir, *uri;

static Client client_new(void)
{
    g_autoptr(SocketAddress) addr = socket_parse(uri, &error_abort);
    QIOChannelSocket *s = qio_channel_socket_new();

    g_assert_cmpint(qio_channel_socket_connect_sync(s, addr, &error_abort), ==, 0);
    qio_channel_set_blocking(QIO_CHANNEL(s), false, &error_abort);
    return (Client) { QIO_CHANNEL(s), g_string_new(NULL) };
}

static void client_free(Client *c)
{
    object_unref(OBJECT(c->ioc));
    g_string_free(c->in, TRUE);
}

/* Runs the loop until the client has received @what. */
static void wait_text(Client *c, const char *what)
{
    char buf[4096];

    while (!strstr(c->in->str, what)) {
        ssize_t n = qio_channel_read(c->ioc, buf, sizeof(buf), &error_abort);

        g_assert_cmpint(n, !=, 0);
        if (n > 0) {
            g_string_append_len(c->in, buf, n);
        } else {
            main_loop_wait(true);
            qio_channel_wait_timeout(c->ioc, G_IO_IN, 1);
        }
    }
}

static void send_text(Client *c, const char *text)
{
    qio_channel_write_all(c->ioc, text, strlen(text), &error_abort);
}

static QDict *command(Client *c, const char *text)
{
    char *end;
    QDict *d;

    send_text(c, text);
    wait_text(c, "\n");
    end = strchr(c->in->str, '\n');
    *end = '\0';
    d = qobject_to(QDict, qobject_from_json(c->in->str, &error_abort));
    g_string_erase(c->in, 0, end + 1 - c->in->str);
    return d;
}

static void expect(Client *c, const char *text, const char *member)
{
    QDict *d = command(c, text);

    if (!qdict_haskey(d, member)) {
        g_error("%s: got %s", text, qobject_to_json(QOBJECT(d))->str);
    }
    qobject_unref(d);
}

static void test_session(void)
{
    Client c = client_new();
    QDict *d;
    QListEntry *e;
    bool saw_stop = false, saw_quit = false;

    expect(&c, "", "QMP");
    expect(&c, "{'execute': 'query-version'}", "error");
    expect(&c, "junk {'execute'", "error");
    send_text(&c, ": 1}");
    expect(&c, "", "error");
    expect(&c, "{'execute': 'qmp_capabilities'}", "return");
    expect(&c, "{'execute': 'qmp_capabilities'}", "error");
    expect(&c, "{'exec-oob': 'query-version'}", "error");
    d = command(&c, "{'execute': 'query-version', 'id': [1]}");
    g_assert_cmpint(qdict_get_int(qdict_get_qdict(qdict_get_qdict(d, "return"), "qemu"), "major"), ==, 11);
    g_assert_true(qdict_haskey(d, "id"));
    qobject_unref(d);
    expect(&c, "{'execute': 'stop'}", "return");
    g_assert_cmpint(stops, ==, 1);
    expect(&c, "{'execute': 'cont'}", "error");
    d = command(&c, "{'execute': 'query-qmp-schema'}");
    QLIST_FOREACH_ENTRY(qdict_get_qlist(d, "return"), e) {
        const char *name = qdict_get_str(qobject_to(QDict, e->value), "name");

        saw_stop |= !strcmp(name, "stop");
        saw_quit |= !strcmp(name, "quit");
    }
    g_assert_true(saw_stop && !saw_quit);       /* quit is not linked here */
    qobject_unref(d);
    client_free(&c);
}

static void test_events(void)
{
    Client c = client_new();

    expect(&c, "", "QMP");
    qapi_event_send_stop();                     /* not negotiated: not seen */
    expect(&c, "{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}", "return");
    qapi_event_send_resume();
    wait_text(&c, "RESUME");
    g_assert_null(strstr(c.in->str, "STOP"));
    client_free(&c);
}

static void test_fds(void)
{
    Client c = client_new();
    char text[] = "{'execute': 'getfd', 'arguments': {'fdname': 'f'}}";
    struct iovec iov = { text, strlen(text) };
    int fd = open("/dev/null", O_RDONLY);

    expect(&c, "", "QMP");
    expect(&c, "{'execute': 'qmp_capabilities'}", "return");
    expect(&c, text, "error");
    g_assert_cmpint(qio_channel_writev_full(c.ioc, &iov, 1, &fd, 1, 0, &error_abort), ==, iov.iov_len);
    expect(&c, "", "return");
    expect(&c, "{'execute': 'closefd', 'arguments': {'fdname': 'f'}}", "return");
    expect(&c, "{'execute': 'closefd', 'arguments': {'fdname': 'f'}}", "error");
    strcpy(text, "{'execute': 'add-fd'}");
    iov.iov_len = strlen(text);
    qio_channel_writev_full(c.ioc, &iov, 1, &fd, 1, 0, &error_abort);
    expect(&c, "", "return");
    expect(&c, "{'execute': 'query-fdsets'}", "return");
    expect(&c, "{'execute': 'remove-fd', 'arguments': {'fdset-id': 0}}", "return");
    close(fd);
    client_free(&c);
}

static void test_flood_and_hangup(void)
{
    for (int round = 0; round < 3; round++) {
        Client c = client_new();

        expect(&c, "", "QMP");
        expect(&c, "{'execute': 'qmp_capabilities'}", "return");
        for (int i = 0; i < 100; i++) {
            g_autofree char *s = g_strdup_printf("{'execute': 'query-commands', 'id': %d}\n", i);

            send_text(&c, s);
        }
        if (round) {
            wait_text(&c, "\"id\": 99");
        }
        client_free(&c);
    }
}

static void test_hmp_command(void)
{
    Client c = client_new();
    QDict *d;

    expect(&c, "", "QMP");
    expect(&c, "{'execute': 'qmp_capabilities'}", "return");
    d = command(&c, "{'execute': 'human-monitor-command', 'arguments': {'command-line': 'info version'}}");
    g_assert_true(g_str_has_prefix(qdict_get_str(d, "return"), "11.1.0 ("));
    qobject_unref(d);
    d = command(&c, "{'execute': 'human-monitor-command', 'arguments': {'command-line': 'zzz'}}");
    g_assert_cmpstr(qdict_get_str(d, "return"), ==, "unknown command: 'zzz'\n");
    qobject_unref(d);
    d = command(&c, "{'execute': 'human-monitor-command', 'arguments': {'command-line': 'cont'}}");
    g_assert_cmpstr(qdict_get_str(d, "return"), ==, "Error: will not\n");
    qobject_unref(d);
    client_free(&c);
}

static void test_hmp_session(void)
{
    g_autofree char *arg = g_strdup_printf("unix:%s/h,server=on,wait=off", dir);
    g_autofree char *huri = g_strdup_printf("unix:%s/h", dir);
    g_autoptr(SocketAddress) addr = socket_parse(huri, &error_abort);
    QIOChannelSocket *s = qio_channel_socket_new();
    Client c = { QIO_CHANNEL(s), g_string_new(NULL) };

    monitor_init_hmp(qemu_chr_new("hmp", arg, NULL, &error_abort), true, &error_abort);
    qio_channel_socket_connect_sync(s, addr, &error_abort);
    qio_channel_set_blocking(c.ioc, false, &error_abort);
    wait_text(&c, "(qemu) ");
    g_string_truncate(c.in, 0);
    send_text(&c, "info ver\t\n");
    wait_text(&c, "11.1.0 (");
    wait_text(&c, "\r\n(qemu) ");
    client_free(&c);
}

/* On a mux the monitor greets once, when it has the input. */
static void test_hmp_mux(void)
{
    g_autofree char *out = NULL;

    qemu_chr_new("hm-base", "ringbuf", NULL, &error_abort);
    monitor_init_hmp(qemu_chr_new_from_option("mux,id=hm,chardev=hm-base", &error_abort), true, &error_abort);
    while (main_loop_wait(true), !out || !*out) {
        g_free(out);
        out = qmp_ringbuf_read("hm-base", 4096, false, 0, &error_abort);
    }
    g_assert_nonnull(strstr(out, "(qemu) "));
    g_assert_null(strstr(strstr(out, "(qemu) ") + 1, "(qemu) "));
}

static void test_args(void)
{
    static const struct { const char *type, *args, *json; } good[] = {
        { "", "", "{}" }, { "a:s,b:s?", "x", "{\"a\": \"x\"}" }, { "a:s", "\"x y\\\"\"", "{\"a\": \"x y\\\"\"}" },
        { "f:-d,a:s", "-d u", "{\"f\": true, \"a\": \"u\"}" }, { "f:-d,a:s", "u", "{\"a\": \"u\"}" },
        { "n:i", "0x10", "{\"n\": 16}" }, { "v:M", "2", "{\"v\": 2097152}" }, { "v:o", "2k", "{\"v\": 2048}" },
        { "b:b", "on", "{\"b\": true}" }, { "r:S", "all  the rest", "{\"r\": \"all  the rest\"}" },
        { "fmt:/,addr:l", "/4xb 0x100", "{\"count\": 4, \"format\": 120, \"size\": 1, \"addr\": 256}" },
        { "d:O", "e1000,id=n", "{\"d\": {\"driver\": \"e1000\", \"id\": \"n\"}}" },
    };
    static const char *const bad[][2] = {
        { "a:s", "" }, { "", "x" }, { "n:i", "x" }, { "n:i", "99999999999" }, { "b:b", "maybe" }, { "v:M", "1Z" },
        { "fmt:/,addr:l", "/99999999x 1" }, { "fmt:/,addr:l", "/q 1" }, { "d:O", "a,b" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        g_autoptr(QDict) d = hmp_parse_args("c", good[i].type, good[i].args, &error_abort);
        GString *s = qobject_to_json(QOBJECT(d));

        g_assert_cmpstr(s->str, ==, good[i].json);
        g_string_free(s, TRUE);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        Error *err = NULL;

        if (hmp_parse_args("c", bad[i][0], bad[i][1], &err)) {
            g_error("accepted %s for %s", bad[i][1], bad[i][0]);
        }
        error_free_or_abort(&err);
    }
}

int main(int argc, char **argv)
{
    g_autofree char *arg = NULL;
    int ret;

    module_call_init(MODULE_INIT_QOM);
    g_test_init(&argc, &argv, NULL);
    qemu_init_main_loop(&error_abort);
    dir = g_dir_make_tmp("mon-XXXXXX", NULL);
    uri = g_strdup_printf("unix:%s/q", dir);
    arg = g_strdup_printf("%s,server=on,wait=off", uri);
    monitor_init_qmp(qemu_chr_new("qmp", arg, NULL, &error_abort), false, &error_abort);
    g_test_add_func("/monitor/session", test_session);
    g_test_add_func("/monitor/events", test_events);
    g_test_add_func("/monitor/fds", test_fds);
    g_test_add_func("/monitor/flood", test_flood_and_hangup);
    g_test_add_func("/monitor/human-monitor-command", test_hmp_command);
    g_test_add_func("/monitor/hmp", test_hmp_session);
    g_test_add_func("/monitor/hmp-mux", test_hmp_mux);
    g_test_add_func("/monitor/args", test_args);
    ret = g_test_run();
    monitor_cleanup();
    qemu_chr_cleanup();
    rmdir(dir);
    return ret;
}
