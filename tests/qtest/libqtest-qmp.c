/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libqtest: QMP. Replies and events are told apart, and anything that is neither fails the test. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qobject/qjson.h"
#include "tests/qtest/libqtest-internal.h"
#include <sys/socket.h>

static void on_message(void *opaque, QObject *json, Error *err)
{
    QTestState *s = opaque;

    if (err) {
        g_error("QMP: what arrives is not JSON: %s", error_get_pretty(err));
    }
    g_assert_nonnull(qobject_to(QDict, json));
    g_queue_push_tail(s->inbox, qobject_to(QDict, json));
}

void qtest_qmp_init(QTestState *s)
{
    s->inbox = g_queue_new();
    json_message_parser_init(&s->parser, on_message, s, NULL);
}

static void unref_dict(gpointer p)
{
    qobject_unref((QDict *)p);
}

void qtest_qmp_cleanup(QTestState *s)
{
    json_message_parser_destroy(&s->parser);
    g_queue_free_full(s->inbox, unref_dict);
    g_queue_free_full(s->events, unref_dict);
}

QDict *qtest_qmp_receive_dict(QTestState *s)
{
    while (g_queue_is_empty(s->inbox)) {
        char buf[4096];
        ssize_t n = recv(s->qmp_fd, buf, sizeof(buf), 0);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            qtest_wait_qemu(s);
            g_error("the emulator closed the QMP channel");
        }
        json_message_parser_feed(&s->parser, buf, n);
    }
    return g_queue_pop_head(s->inbox);
}

/* Fails the test unless @d is a well-formed event or reply (docs: qmp-spec). */
static void check_message(QDict *d)
{
    if (qdict_haskey(d, "event")) {
        QDict *t = qdict_get_qdict(d, "timestamp");

        g_assert_nonnull(qdict_get_try_str(d, "event"));
        g_assert_nonnull(t);
        g_assert_true(qdict_haskey(t, "seconds") && qdict_haskey(t, "microseconds"));
    } else if (qdict_haskey(d, "error")) {
        QDict *e = qdict_get_qdict(d, "error");

        g_assert_false(qdict_haskey(d, "return"));
        g_assert_nonnull(e);
        g_assert_nonnull(qdict_get_try_str(e, "class"));
        g_assert_nonnull(qdict_get_try_str(e, "desc"));
    } else {
        g_assert_true(qdict_haskey(d, "return"));
    }
}

QDict *qtest_qmp_receive(QTestState *s)
{
    for (;;) {
        QDict *d = qtest_qmp_receive_dict(s);

        check_message(d);
        if (!qdict_haskey(d, "event")) {
            return d;
        }
        g_queue_push_tail(s->events, d);
    }
}

static void send_v(QTestState *s, const char *fmt, va_list ap)
{
    QDict *d = qdict_from_vjsonf_nofail(fmt, ap);
    GString *text = qobject_to_json(QOBJECT(d));

    g_string_append_c(text, '\n');
    if (g_getenv("QTEST_LOG")) {
        fprintf(stderr, "QMP> %s", text->str);
    }
    qtest_socket_send(s->qmp_fd, text->str, text->len);
    g_string_free(text, true);
    qobject_unref(d);
}

void qtest_qmp_send(QTestState *s, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    send_v(s, fmt, ap);
    va_end(ap);
}

void qtest_qmp_send_raw(QTestState *s, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    qtest_socket_send(s->qmp_fd, text, strlen(text));
}

QDict *qtest_vqmp(QTestState *s, const char *fmt, va_list ap)
{
    send_v(s, fmt, ap);
    return qtest_qmp_receive(s);
}

QDict *qtest_qmp(QTestState *s, const char *fmt, ...)
{
    QDict *d;
    va_list ap;

    va_start(ap, fmt);
    d = qtest_vqmp(s, fmt, ap);
    va_end(ap);
    return d;
}

static void fail_with(const char *what, QDict *rsp)
{
    GString *text = qobject_to_json_pretty(QOBJECT(rsp), true);

    g_error("%s: %s", what, text->str);
}

QDict *qtest_qmp_assert_success_ref(QTestState *s, const char *fmt, ...)
{
    QDict *rsp, *ret;
    va_list ap;

    va_start(ap, fmt);
    rsp = qtest_vqmp(s, fmt, ap);
    va_end(ap);
    if (!qdict_haskey(rsp, "return")) {
        fail_with("QMP command failed", rsp);
    }
    ret = qdict_get_qdict(rsp, "return");
    g_assert_nonnull(ret);
    qobject_ref(ret);
    qobject_unref(rsp);
    return ret;
}

void qtest_qmp_assert_success(QTestState *s, const char *fmt, ...)
{
    QDict *rsp;
    va_list ap;

    va_start(ap, fmt);
    rsp = qtest_vqmp(s, fmt, ap);
    va_end(ap);
    if (!qdict_haskey(rsp, "return")) {
        fail_with("QMP command failed", rsp);
    }
    qobject_unref(rsp);
}

QDict *qtest_qmp_assert_failure_ref(QTestState *s, const char *fmt, ...)
{
    QDict *rsp, *err;
    va_list ap;

    va_start(ap, fmt);
    rsp = qtest_vqmp(s, fmt, ap);
    va_end(ap);
    if (!qdict_haskey(rsp, "error")) {
        fail_with("QMP command should have failed", rsp);
    }
    err = qdict_get_qdict(rsp, "error");
    qobject_ref(err);
    qobject_unref(rsp);
    return err;
}

bool qmp_rsp_is_err(QDict *rsp)
{
    bool is_err = qdict_haskey(rsp, "error");

    qobject_unref(rsp);
    return is_err;
}

void qmp_expect_error_and_unref(QDict *rsp, const char *cls)
{
    QDict *e = qdict_get_qdict(rsp, "error");

    g_assert_nonnull(e);
    g_assert_cmpstr(qdict_get_try_str(e, "class"), ==, cls);
    g_assert_nonnull(qdict_get_try_str(e, "desc"));
    qobject_unref(rsp);
}

QDict *qtest_qmp_event_ref(QTestState *s, const char *event)
{
    for (GList *l = s->events->head; l; l = l->next) {
        QDict *d = l->data;

        if (!strcmp(qdict_get_str(d, "event"), event)) {
            g_queue_delete_link(s->events, l);
            return d;
        }
    }
    return NULL;
}

QDict *qtest_qmp_eventwait_ref(QTestState *s, const char *event)
{
    QDict *d = qtest_qmp_event_ref(s, event);

    while (!d) {
        d = qtest_qmp_receive_dict(s);
        check_message(d);
        if (!qdict_haskey(d, "event")) {
            fail_with("a reply nobody waits for", d);
        }
        if (strcmp(qdict_get_str(d, "event"), event)) {
            g_queue_push_tail(s->events, d);
            d = NULL;
        }
    }
    return d;
}

void qtest_qmp_eventwait(QTestState *s, const char *event)
{
    qobject_unref(qtest_qmp_eventwait_ref(s, event));
}

char *qtest_hmp(QTestState *s, const char *fmt, ...)
{
    g_autofree char *line = NULL;
    QDict *rsp;
    char *text;
    va_list ap;

    va_start(ap, fmt);
    line = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    rsp = qtest_qmp(s, "{'execute': 'human-monitor-command', 'arguments': {'command-line': %s}}", line);
    text = g_strdup(qdict_get_try_str(rsp, "return"));
    if (!text) {
        fail_with("HMP command gives no text", rsp);
    }
    qobject_unref(rsp);
    return text;
}

/* ---- Devices and objects ---- */

void qtest_qmp_device_add_qdict(QTestState *s, const char *drv, const QDict *arguments)
{
    QDict *args = arguments ? qdict_clone_shallow(arguments) : qdict_new();

    qdict_put_str(args, "driver", drv);
    qtest_qmp_assert_success(s, "{'execute': 'device_add', 'arguments': %p}", args);
}

void qtest_qmp_device_add(QTestState *s, const char *driver, const char *id, const char *fmt, ...)
{
    QDict *args;
    va_list ap;

    va_start(ap, fmt);
    args = qdict_from_vjsonf_nofail(fmt, ap);
    va_end(ap);
    g_assert_false(qdict_haskey(args, "driver") || qdict_haskey(args, "id"));
    qdict_put_str(args, "id", id);
    qtest_qmp_device_add_qdict(s, driver, args);
    qobject_unref(args);
}

void qtest_qmp_device_del_send(QTestState *s, const char *id)
{
    qtest_qmp_assert_success(s, "{'execute': 'device_del', 'arguments': {'id': %s}}", id);
}

void qtest_qmp_device_del(QTestState *s, const char *id)
{
    qtest_qmp_device_del_send(s, id);
    qtest_qmp_eventwait(s, "DEVICE_DELETED");
}

void qtest_qom_set_bool(QTestState *s, const char *path, const char *property, bool value)
{
    qtest_qmp_assert_success(s, "{'execute': 'qom-set', 'arguments': {'path': %s, 'property': %s, 'value': %i}}",
                             path, property, value);
}

bool qtest_qom_get_bool(QTestState *s, const char *path, const char *property)
{
    QDict *rsp = qtest_qmp(s, "{'execute': 'qom-get', 'arguments': {'path': %s, 'property': %s}}", path, property);
    bool value;

    if (!qdict_haskey(rsp, "return")) {
        fail_with("QMP command failed", rsp);
    }
    value = qdict_get_bool(rsp, "return");
    qobject_unref(rsp);
    return value;
}

/* ---- What the binary has ---- */

/* Is @name among the "name"s that @command lists on a machine without anything? */
static bool listed(const char *command, const char *arguments, const char *name)
{
    QTestState *s = qtest_init("-machine none");
    QDict *rsp = arguments ? qtest_qmp(s, "{'execute': %s, 'arguments': %p}", command,
                                       qobject_from_json(arguments, &error_abort))
                           : qtest_qmp(s, "{'execute': %s}", command);
    QList *list = qdict_get_qlist(rsp, "return");
    const QListEntry *e;
    bool found = false;

    g_assert_nonnull(list);
    QLIST_FOREACH_ENTRY(list, e) {
        QDict *d = qobject_to(QDict, qlist_entry_obj(e));
        found |= !g_strcmp0(qdict_get_try_str(d, "name"), name) || !g_strcmp0(qdict_get_try_str(d, "alias"), name);
    }
    qobject_unref(rsp);
    qtest_quit(s);
    return found;
}

bool qtest_has_machine(const char *machine)
{
    return listed("query-machines", NULL, machine);
}

bool qtest_has_device(const char *device)
{
    return listed("qom-list-types", "{\"implements\": \"device\", \"abstract\": false}", device);
}

bool qtest_has_accel(const char *accel)
{
    if (!strcmp(accel, "tcg") || !strcmp(accel, "qtest")) {
        return true;
    }
    return !strcmp(accel, "kvm") && access("/dev/kvm", R_OK | W_OK) == 0;
}
