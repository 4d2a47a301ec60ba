/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every QMP command is sent arguments of wrong kinds and senseless values of the right kinds. It must answer each, with a
 * value of the type its schema promises or an error, and the emulator must go on; memory errors show under ASan.
 */
#include "qemu/osdep.h"
#include "qobject/qjson.h"
#include "qobject/qnull.h"
#include "qobject/qnum.h"
#include "tests/qtest/qmp-schema.h"
#include <glib/gstdio.h>

#define SEEDS 8

/* These end the emulator, which is what they are for. */
static bool ends_emulator(const char *command)
{
    return !strcmp(command, "quit");
}

static bool is_object(QMPSchema *schema, const char *type)
{
    return !strcmp(qdict_get_str(qmp_schema_entry(schema, type), "meta-type"), "object");
}

/* Takes @args. */
static void send_junk(QTestState *s, QMPSchema *schema, const char *command, QObject *args)
{
    QDict *entry = qmp_schema_entry(schema, command);
    g_autoptr(GString) text = qobject_to_json(args);
    g_autoptr(QDict) rsp = qtest_qmp(s, "{'execute': %s, 'arguments': %p}", command, args);
    QObject *value = qdict_get(rsp, "return");

    if (value) {
        g_autofree char *why = qmp_schema_mismatch(schema, qdict_get_str(entry, "ret-type"), value);

        if (why) {
            g_autoptr(GString) got = qobject_to_json(value);
            g_error("%s%s returned %s: %s", command, text->str, got->str, why);
        }
    }
}

static QObject *junk(unsigned kind)
{
    switch (kind) {
    case 0: return QOBJECT(qstring_from_str("junk"));
    case 1: return QOBJECT(qnum_from_int(-1));
    case 2: return QOBJECT(qnull());
    case 3: return QOBJECT(qlist_new());
    default: return QOBJECT(qdict_new());
    }
}

static void wrong_kinds(QTestState *s, QMPSchema *schema, const char *command)
{
    const char *arg_type = qdict_get_str(qmp_schema_entry(schema, command), "arg-type");
    const QListEntry *e;

    for (unsigned kind = 0; kind < 4; kind++) {
        send_junk(s, schema, command, junk(kind));
    }
    send_junk(s, schema, command, qobject_from_jsonf_nofail("{'no-such-argument': {'a': [null]}}"));
    if (!is_object(schema, arg_type)) {
        return;
    }
    QLIST_FOREACH_ENTRY(qdict_get_qlist(qmp_schema_entry(schema, arg_type), "members"), e) {
        for (unsigned kind = 0; kind < 5; kind++) {
            QDict *args = qobject_to(QDict, qmp_schema_sample(schema, arg_type, 0));

            qdict_put_obj(args, qdict_get_str(qobject_to(QDict, qlist_entry_obj(e)), "name"), junk(kind));
            send_junk(s, schema, command, QOBJECT(args));
        }
    }
}

/* Commands that write files do so in a folder of ours. */
static char *enter_scratch(void)
{
    char *dir = g_dir_make_tmp("qmp-junk-XXXXXX", NULL);

    g_assert_nonnull(dir);
    g_assert_cmpint(chdir(dir), ==, 0);
    return dir;
}

static void leave_scratch(char *dir)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(d))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        g_remove(path);
    }
    g_dir_close(d);
    g_assert_cmpint(chdir("/"), ==, 0);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
    g_free(dir);
}

static void test_junk(const void *data)
{
    char *dir = enter_scratch();
    QTestState *s = qtest_initf("-machine %s -m 16M -no-shutdown", (const char *)data);
    g_autoptr(QMPSchema) schema = qmp_schema_new(s);
    g_autoptr(GPtrArray) commands = qmp_schema_names(schema, "command");

    for (unsigned i = 0; i < commands->len; i++) {
        const char *command = g_ptr_array_index(commands, i);
        const char *arg_type = qdict_get_str(qmp_schema_entry(schema, command), "arg-type");

        if (ends_emulator(command)) {
            continue;
        }
        wrong_kinds(s, schema, command);
        for (unsigned seed = 0; is_object(schema, arg_type) && seed < SEEDS; seed++) {
            send_junk(s, schema, command, qmp_schema_sample(schema, arg_type, seed));
        }
    }
    qtest_quit(s);
    leave_scratch(dir);
}

/* Each type that an entry names is in the schema, and each sample of a type is of that type. */
static void test_schema_is_closed(void)
{
    QTestState *s = qtest_init("-machine none");
    g_autoptr(QMPSchema) schema = qmp_schema_new(s);
    static const char *const kinds[] = { "command", "event" };

    for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++) {
        g_autoptr(GPtrArray) names = qmp_schema_names(schema, kinds[k]);

        for (unsigned i = 0; i < names->len; i++) {
            const char *type = qdict_get_str(qmp_schema_entry(schema, g_ptr_array_index(names, i)), "arg-type");

            for (unsigned seed = 0; seed < SEEDS; seed++) {
                QObject *value = qmp_schema_sample(schema, type, seed);
                g_autofree char *why = qmp_schema_mismatch(schema, type, value);

                g_assert_cmpstr(why, ==, NULL);
                qobject_unref(value);
            }
        }
    }
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    static const char *const machines[] = { "none", "pc", "q35", "microvm" };

    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/qmp/schema-is-closed", test_schema_is_closed);
    for (unsigned i = 0; i < ARRAY_SIZE(machines); i++) {
        g_autofree char *path = g_strdup_printf("/qmp/junk/%s", machines[i]);
        qtest_add_data_func(path, machines[i], test_junk);
    }
    return g_test_run();
}
