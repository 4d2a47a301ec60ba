/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The QMP envelope: what is refused and how, ids, out-of-band, weak registration, events. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-control.h"
#include "qapi/qapi-commands-migration.h"
#include "qapi/qapi-commands-misc.h"
#include "qapi/qapi-emit-events.h"
#include "qapi/qapi-events-qdev.h"
#include "qapi/qmp-event.h"
#include "qapi/qmp-registry.h"
#include "qobject/qjson.h"

static bool quit_called, preconfig;
static char *last_uri;

/* The commands this program has; all others of the schema are absent. */
void qmp_quit(Error **errp)
{
    quit_called = true;
}

void qmp_cont(Error **errp)
{
    error_set(errp, ERROR_CLASS_DEVICE_NOT_ACTIVE, "cannot");
}

NameInfo *qmp_query_name(Error **errp)
{
    return g_new0(NameInfo, 1);
}

void qmp_migrate(const char *uri, bool has_channels, MigrationChannelList *channels, bool has_detach, bool detach,
                 bool has_resume, bool resume, Error **errp)
{
    g_free(last_uri);
    last_uri = g_strdup(uri);
}

void qmp_migrate_pause(Error **errp)
{
}

static QmpCommandList *commands(void)
{
    static QmpCommandList cmds;

    if (!cmds.first) {
        qmp_register_all(&cmds);
    }
    return &cmds;
}

static void check(const char *request, const char *expect)
{
    QObject *req = qobject_from_json(request, &error_abort), *exp = qobject_from_json(expect, &error_abort);
    QDict *rsp = qmp_dispatch(commands(), req, true);
    QDict *error = qdict_get_qdict(rsp, "error");

    if (error) {                /* the words are checked only where they are interface */
        qdict_del(error, "desc");
    }
    if (!qobject_is_equal(QOBJECT(rsp), exp)) {
        g_error("%s: got %s", request, qobject_to_json(QOBJECT(rsp))->str);
    }
    qobject_unref(rsp);
    qobject_unref(req);
    qobject_unref(exp);
}

#define GENERIC "'error': {'class': 'GenericError'}"

static void test_envelope(void)
{
    check("1", "{" GENERIC "}");
    check("[]", "{" GENERIC "}");
    check("{}", "{" GENERIC "}");
    check("{'id': 7}", "{" GENERIC ", 'id': 7}");
    check("{'execute': 1}", "{" GENERIC "}");
    check("{'execute': 'quit', 'arguments': []}", "{" GENERIC "}");
    check("{'execute': 'quit', 'exec-oob': 'quit'}", "{" GENERIC "}");
    check("{'execute': 'quit', 'extra': 1}", "{" GENERIC "}");
    check("{'execute': 'quit', 'arguments': {'a': 1}}", "{" GENERIC "}");
    check("{'execute': 'no-such', 'id': {'a': [1]}}", "{'error': {'class': 'CommandNotFound'}, 'id': {'a': [1]}}");
    g_assert_false(quit_called);
    check("{'execute': 'quit', 'id': 'x'}", "{'return': {}, 'id': 'x'}");
    g_assert_true(quit_called);
    check("{'execute': 'cont'}", "{'error': {'class': 'DeviceNotActive'}}");
    check("{'execute': 'query-name'}", "{'return': {}}");
}

static void test_arguments(void)
{
    check("{'execute': 'migrate', 'arguments': {'uri': 'tcp:h:1', 'detach': true}}", "{'return': {}}");
    g_assert_cmpstr(last_uri, ==, "tcp:h:1");
    check("{'execute': 'migrate', 'arguments': {'uri': 1}}", "{" GENERIC "}");
    check("{'execute': 'migrate', 'arguments': {'channels': [{'channel-type': 'main', 'addr': {'transport': 'exec'}}]}}",
          "{" GENERIC "}");
    check("{'execute': 'migrate', 'arguments': {'channels': [{'channel-type': 'main', 'addr': {'transport': 'socket',"
          "'type': 'unix', 'path': '/x'}}]}}", "{'return': {}}");
    g_clear_pointer(&last_uri, g_free);
}

static void test_oob(void)
{
    check("{'exec-oob': 'migrate-pause', 'id': 1}", "{'return': {}, 'id': 1}");
    check("{'exec-oob': 'quit', 'id': 1}", "{" GENERIC ", 'id': 1}");
}

static bool in_preconfig(void)
{
    return preconfig;
}

static void test_preconfig(void)
{
    qmp_set_preconfig_check(in_preconfig);
    preconfig = true;
    check("{'execute': 'query-name'}", "{'return': {}}");
    check("{'execute': 'migrate-pause'}", "{" GENERIC "}");
    preconfig = false;
    check("{'execute': 'migrate-pause'}", "{'return': {}}");
}

static void test_weak(void)
{
    g_assert_nonnull(qmp_find_command(commands(), "quit"));
    g_assert_null(qmp_find_command(commands(), "stop"));
    qmp_disable_command(commands(), "query-name", "test");
    check("{'execute': 'query-name'}", "{'error': {'class': 'CommandNotFound'}}");
}

static QDict *last_event;

static void sink(int event, QDict *dict)
{
    g_assert_cmpint(event, ==, QAPI_EVENT_DEVICE_DELETED);
    last_event = qobject_ref(dict);
}

static void test_event(void)
{
    qapi_event_send_device_deleted("gone", "/p");       /* nobody listens */
    qmp_event_set_sink(sink);
    qapi_event_send_device_deleted(NULL, "/p");
    qmp_event_set_sink(NULL);
    g_assert_cmpstr(qdict_get_str(last_event, "event"), ==, "DEVICE_DELETED");
    g_assert_true(qdict_haskey(qdict_get_qdict(last_event, "timestamp"), "microseconds"));
    g_assert_cmpuint(qdict_size(qdict_get_qdict(last_event, "data")), ==, 1);
    qobject_unref(last_event);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qmp/envelope", test_envelope);
    g_test_add_func("/qmp/arguments", test_arguments);
    g_test_add_func("/qmp/oob", test_oob);
    g_test_add_func("/qmp/preconfig", test_preconfig);
    g_test_add_func("/qmp/event", test_event);
    g_test_add_func("/qmp/weak", test_weak);
    return g_test_run();
}
