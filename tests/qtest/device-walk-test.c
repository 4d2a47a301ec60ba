/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks over everything there is: each device type plugged into each machine, at start and at run time, twice; each
 * property of each object read; each type asked for its properties. Refusing is fine (a device may need a back end, or
 * a bus the machine lacks) as long as the emulator says so and goes on; memory errors show under ASan.
 */
#include "qemu/osdep.h"
#include "qobject/qjson.h"
#include "tests/qtest/libqtest.h"

static const char *const machines[] = { "none", "pc", "q35", "microvm" };

/* Types that implement @base and can be made. */
static QList *types(QTestState *s, const char *base)
{
    g_autoptr(QDict) rsp = qtest_qmp(s, "{'execute': 'qom-list-types', 'arguments': {'implements': %s, "
                                     "'abstract': false}}", base);
    QList *list = qdict_get_qlist(rsp, "return");

    g_assert_nonnull(list);
    g_assert_false(qlist_empty(list));
    qobject_ref(list);
    return list;
}

static const char *entry_name(const QListEntry *e)
{
    return qdict_get_str(qobject_to(QDict, qlist_entry_obj(e)), "name");
}

/* CPU models differ in data only; those of one suffix are enough. */
static bool skip_type(const char *type)
{
    return g_str_has_suffix(type, "-x86_64-cpu") && strcmp(type, "qemu64-x86_64-cpu") && strcmp(type, "max-x86_64-cpu");
}

/* The reply must be an error that says something. */
static void check_refusal(QDict *rsp, const char *type)
{
    QDict *error = qdict_get_qdict(rsp, "error");

    g_assert_nonnull(error);
    if (!*qdict_get_str(error, "desc")) {
        g_error("device_add %s fails without a reason", type);
    }
}

/* Its parts are announced before it, without an id. */
static void wait_deleted(QTestState *s, const char *id)
{
    bool found = false;

    while (!found) {
        QDict *event = qtest_qmp_eventwait_ref(s, "DEVICE_DELETED");

        found = !g_strcmp0(qdict_get_try_str(qdict_get_qdict(event, "data"), "device"), id);
        qobject_unref(event);
    }
}

/* Plug and unplug; an unplug that waits for the guest is completed by the reset. False: it is there to stay. */
static bool plug_and_unplug(QTestState *s, const char *type, const char *bus, bool *gone)
{
    QDict *args = qdict_from_jsonf_nofail("{'driver': %s, 'id': 'walk'}", type);
    g_autoptr(QDict) added = NULL;
    g_autoptr(QDict) deleted = NULL;

    if (bus) {
        qdict_put_str(args, "bus", bus);
    }
    added = qtest_qmp(s, "{'execute': 'device_add', 'arguments': %p}", args);
    if (!qdict_haskey(added, "return")) {
        check_refusal(added, type);
        return true;
    }
    deleted = qtest_qmp(s, "{'execute': 'device_del', 'arguments': {'id': 'walk'}}");
    if (!qdict_haskey(deleted, "return")) {
        check_refusal(deleted, type);
        return false;
    }
    qtest_qmp_assert_success(s, "{'execute': 'system_reset'}");
    wait_deleted(s, "walk");
    *gone = true;
    return true;
}

/* Into @bus, or wherever it fits; the number of devices that came and went. */
static unsigned plug_all(const char *machine, const char *bus)
{
    QTestState *s = qtest_initf("-machine %s -m 16M -nodefaults", machine);
    unsigned n = 0;
    g_autoptr(QList) list = types(s, "device");
    const QListEntry *e;

    QLIST_FOREACH_ENTRY(list, e) {
        const char *type = entry_name(e);

        if (skip_type(type)) {
            continue;
        }
        for (int turn = 0; turn < 2; turn++) {
            bool gone = false;

            if (!plug_and_unplug(s, type, bus, &gone)) {
                qtest_quit(s);           /* go on with a fresh machine */
                s = qtest_initf("-machine %s -m 16M -nodefaults", machine);
                break;
            }
            n += gone;
        }
    }
    qtest_quit(s);
    return n;
}

static void test_plug(const void *machine)
{
    plug_all(machine, NULL);
}

/* Behind a root port, where PCI devices may come and go. */
static void test_plug_port(void)
{
    g_assert_cmpuint(plug_all("q35 -device pcie-root-port,id=port", "port"), >=, 8);
}

/* "-device X": starts and quits with 0, or ends with 1 and a line that names X or what it misses. */
static void test_start(const void *machine)
{
    QTestState *s = qtest_init("-machine none");
    g_autoptr(QList) list = types(s, "device");
    const QListEntry *e;

    qtest_quit(s);
    QLIST_FOREACH_ENTRY(list, e) {
        g_autofree char *args = NULL, *output = NULL;
        int status;

        if (skip_type(entry_name(e))) {
            continue;
        }
        args = g_strdup_printf("-machine %s -accel qtest -m 16M -nodefaults -display none -S -monitor stdio -device %s 2>&1 "
                               "<<E\nquit\nE\n", (const char *)machine, entry_name(e));
        status = qtest_run_to_exit(args, &output);
        if (status != 0 && (status != 1 || !strstr(output, "-device"))) {
            g_error("-M %s -device %s: exit status %d: %s", (const char *)machine, entry_name(e), status, output);
        }
    }
}

static unsigned read_tree(QTestState *s, const char *path, int depth)
{
    g_autoptr(QDict) rsp = qtest_qmp(s, "{'execute': 'qom-list', 'arguments': {'path': %s}}", path);
    QList *list = qdict_get_qlist(rsp, "return");
    const QListEntry *e;
    unsigned n = 0;

    g_assert_nonnull(list);
    g_assert_cmpint(depth, <, 20);
    QLIST_FOREACH_ENTRY(list, e) {
        const char *type = qdict_get_str(qobject_to(QDict, qlist_entry_obj(e)), "type");

        qobject_unref(qtest_qmp(s, "{'execute': 'qom-get', 'arguments': {'path': %s, 'property': %s}}", path,
                                entry_name(e)));
        n++;
        if (g_str_has_prefix(type, "child<")) {
            g_autofree char *child = g_strdup_printf("%s/%s", path[1] ? path : "", entry_name(e));
            n += read_tree(s, child, depth + 1);
        }
    }
    return n;
}

static void test_properties(const void *machine)
{
    QTestState *s = qtest_initf("-machine %s -m 16M", (const char *)machine);

    g_assert_cmpuint(read_tree(s, "/", 0), >, 10);
    qtest_quit(s);
}

static void ask_types(QTestState *s, const char *base, const char *command)
{
    g_autoptr(QList) list = types(s, base);
    const QListEntry *e;

    QLIST_FOREACH_ENTRY(list, e) {
        g_autoptr(QDict) rsp = qtest_qmp(s, "{'execute': %s, 'arguments': {'typename': %s}}", command, entry_name(e));

        if (!qdict_haskey(rsp, "return")) {
            g_error("%s %s: %s", command, entry_name(e), qdict_get_str(qdict_get_qdict(rsp, "error"), "desc"));
        }
    }
}

static void test_types(void)
{
    QTestState *s = qtest_init("-machine none");

    ask_types(s, "object", "qom-list-properties");
    ask_types(s, "device", "device-list-properties");
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*fn)(const void *machine);
    } walks[] = { { "plug", test_plug }, { "start", test_start }, { "properties", test_properties } };

    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/walk/types", test_types);
    qtest_add_func("/walk/plug-port", test_plug_port);
    for (unsigned w = 0; w < ARRAY_SIZE(walks); w++) {
        for (unsigned m = 0; m < ARRAY_SIZE(machines); m++) {
            g_autofree char *path = g_strdup_printf("/walk/%s/%s", walks[w].name, machines[m]);
            qtest_add_data_func(path, machines[m], walks[w].fn);
        }
    }
    return g_test_run();
}
