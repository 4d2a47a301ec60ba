/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HMP commands that stand on QMP ones. Those a program does not link are weak and answer "not available here", so that a
 * test links the monitor alone. Commands of one module live with it and register themselves.
 */
#include "qemu/osdep.h"
#include "monitor-internal.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-block-core.h"
#include "qapi/qapi-commands-char.h"
#include "qapi/qapi-commands-control.h"
#include "qapi/qapi-commands-machine.h"
#include "qapi/qapi-commands-misc.h"
#include "qapi/qapi-commands-net.h"
#include "qapi/qapi-commands-qdev.h"
#include "qapi/qapi-commands-qom.h"
#include "qapi/qapi-commands-run-state.h"
#include "qemu/log.h"
#include "qobject/qjson.h"
#include "trace/control.h"

/* Run a command by its QMP name. The result is the caller's. */
static QObject *call(Monitor *mon, const char *name, QDict *args)
{
    const QmpCommand *cmd = qmp_find_command(&qmp_commands, name);
    g_autoptr(QDict) owned = args ? args : qdict_new();
    QObject *ret = NULL;
    Error *err = NULL;

    if (!cmd) {
        monitor_printf(mon, "Error: %s is not available in this program\n", name);
        return NULL;
    }
    cmd->fn(owned, &ret, &err);
    if (hmp_handle_error(mon, err)) {
        qobject_unref(ret);
        return NULL;
    }
    return ret ? ret : QOBJECT(qdict_new());
}

static void call_quietly(Monitor *mon, const char *name, QDict *args)
{
    QObject *ret = call(mon, name, args);

    qobject_unref(ret);
}

static QDict *one_arg(const char *key, const char *value)
{
    QDict *args = qdict_new();

    qdict_put_str(args, key, value);
    return args;
}

#define SIMPLE(fn, qmp)                                                 \
    static void fn(Monitor *mon, const QDict *qdict)                    \
    {                                                                   \
        call_quietly(mon, qmp, NULL);                                   \
    }

SIMPLE(hmp_quit, "quit")
SIMPLE(hmp_stop, "stop")
SIMPLE(hmp_cont, "cont")
SIMPLE(hmp_reset, "system_reset")
SIMPLE(hmp_powerdown, "system_powerdown")
SIMPLE(hmp_wakeup, "system_wakeup")
SIMPLE(hmp_nmi, "inject-nmi")

static void hmp_device_add(Monitor *mon, const QDict *qdict)
{
    QDict *args = qdict_get_qdict(qdict, "device");

    call_quietly(mon, "device_add", qobject_ref(args));
}

static void hmp_device_del(Monitor *mon, const QDict *qdict)
{
    call_quietly(mon, "device_del", one_arg("id", qdict_get_str(qdict, "id")));
}

static void hmp_object_add(Monitor *mon, const QDict *qdict)
{
    QDict *args = qdict_get_qdict(qdict, "object");

    call_quietly(mon, "object-add", qobject_ref(args));
}

static void hmp_object_del(Monitor *mon, const QDict *qdict)
{
    call_quietly(mon, "object-del", one_arg("id", qdict_get_str(qdict, "id")));
}

static void hmp_chardev_remove(Monitor *mon, const QDict *qdict)
{
    call_quietly(mon, "chardev-remove", one_arg("id", qdict_get_str(qdict, "id")));
}

static void hmp_chardev_add(Monitor *mon, const QDict *qdict)
{
    Error *err = NULL;

    qemu_chr_new_from_option(qdict_get_str(qdict, "args"), &err);
    hmp_handle_error(mon, err);
}

static void hmp_netdev_del(Monitor *mon, const QDict *qdict)
{
    call_quietly(mon, "netdev_del", one_arg("id", qdict_get_str(qdict, "id")));
}

static void hmp_set_link(Monitor *mon, const QDict *qdict)
{
    QDict *args = one_arg("name", qdict_get_str(qdict, "name"));

    qdict_put_bool(args, "up", qdict_get_bool(qdict, "up"));
    call_quietly(mon, "set_link", args);
}

static void hmp_balloon(Monitor *mon, const QDict *qdict)
{
    QDict *args = qdict_new();

    qdict_put_int(args, "value", qdict_get_int(qdict, "value"));
    call_quietly(mon, "balloon", args);
}

static void hmp_qom_list(Monitor *mon, const QDict *qdict)
{
    const char *path = qdict_get_try_str(qdict, "path");
    QObject *ret = call(mon, "qom-list", one_arg("path", path ? path : "/"));
    const QListEntry *e;

    if (!ret) {
        return;
    }
    QLIST_FOREACH_ENTRY(qobject_to(QList, ret), e) {
        QDict *p = qobject_to(QDict, e->value);

        monitor_printf(mon, "%s (%s)\n", qdict_get_str(p, "name"), qdict_get_str(p, "type"));
    }
    qobject_unref(ret);
}

static void hmp_qom_get(Monitor *mon, const QDict *qdict)
{
    QDict *args = one_arg("path", qdict_get_str(qdict, "path"));
    QObject *ret;
    GString *s;

    qdict_put_str(args, "property", qdict_get_str(qdict, "property"));
    ret = call(mon, "qom-get", args);
    if (ret) {
        s = qobject_to_json_pretty(ret, true);
        monitor_printf(mon, "%s\n", s->str);
        g_string_free(s, TRUE);
        qobject_unref(ret);
    }
}

static void hmp_qom_set(Monitor *mon, const QDict *qdict)
{
    const char *path = qdict_get_str(qdict, "path");
    Object *obj = object_resolve_path(path, NULL);
    Error *err = NULL;

    if (!obj) {
        error_set(&err, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found", path);
    } else {
        object_property_parse(obj, qdict_get_str(qdict, "property"), qdict_get_str(qdict, "value"), &err);
    }
    hmp_handle_error(mon, err);
}

static void hmp_logfile(Monitor *mon, const QDict *qdict)
{
    Error *err = NULL;

    qemu_set_log_filename(qdict_get_str(qdict, "filename"), &err);
    hmp_handle_error(mon, err);
}

static void hmp_log(Monitor *mon, const QDict *qdict)
{
    const char *items = qdict_get_str(qdict, "items");
    unsigned mask = g_str_equal(items, "none") ? 0 : qemu_str_to_log_mask(items);
    Error *err = NULL;

    if (!mask && !g_str_equal(items, "none")) {
        error_setg(&err, "unknown log item in '%s'", items);
    } else {
        qemu_set_log(mask, &err);
    }
    hmp_handle_error(mon, err);
}

static void hmp_trace_event(Monitor *mon, const QDict *qdict)
{
    const char *name = qdict_get_str(qdict, "name");

    if (!trace_event_set_state(name, qdict_get_bool(qdict, "option"))) {
        monitor_printf(mon, "Error: unknown event \"%s\"\n", name);
    }
}

static void hmp_cpu(Monitor *mon, const QDict *qdict)
{
    mon->cpu_index = qdict_get_int(qdict, "index");
}

static void print_help_line(const HMPCommand *cmd, void *opaque)
{
    void **args = opaque;
    const char *prefix = args[1], *want = args[2];
    g_auto(GStrv) names = g_strsplit(cmd->name, "|", 0);

    if (!want || g_strv_contains((const char *const *)names, want)) {
        monitor_printf(args[0], "%s%s%s%s -- %s\n", prefix, cmd->name, *cmd->params ? " " : "", cmd->params, cmd->help);
    }
}

static void hmp_help(Monitor *mon, const QDict *qdict)
{
    const char *name = qdict_get_try_str(qdict, "name");
    void *args[] = { mon, (void *)"", (void *)name };

    if (name && g_str_has_prefix(name, "info")) {
        args[1] = (void *)"info ";
        args[2] = name[4] == ' ' ? (void *)(name + 5) : NULL;
        hmp_foreach_command(true, print_help_line, args);
        return;
    }
    hmp_foreach_command(false, print_help_line, args);
}

static void hmp_info(Monitor *mon, const QDict *qdict)
{
    void *args[] = { mon, (void *)"info ", NULL };

    hmp_foreach_command(true, print_help_line, args);
}

static void complete_device_del(void *opaque, int nb_args, const char *str)
{
    QObject *ret = call(NULL, "qom-list", one_arg("path", "/machine/peripheral"));
    const QListEntry *e;

    if (!ret) {
        return;
    }
    QLIST_FOREACH_ENTRY(qobject_to(QList, ret), e) {
        const char *name = qdict_get_str(qobject_to(QDict, e->value), "name");

        if (!g_str_equal(name, "type")) {
            readline_add_completion(opaque, name);
        }
    }
    qobject_unref(ret);
}

#define CMD(n, a, p, h, f) { .name = n, .args_type = a, .params = p, .help = h, .cmd = f }

static const HMPCommand commands[] = {
    CMD("help|?", "name:S?", "[cmd]", "show the help", hmp_help),
    CMD("info", "item:S?", "[subcommand]", "show various information about the system state", hmp_info),
    CMD("quit|q", "", "", "quit the emulator", hmp_quit),
    CMD("stop|s", "", "", "stop emulation", hmp_stop),
    CMD("cont|c", "", "", "resume emulation", hmp_cont),
    CMD("system_reset", "", "", "reset the system", hmp_reset),
    CMD("system_powerdown", "", "", "press the power button", hmp_powerdown),
    CMD("system_wakeup", "", "", "wake the guest from suspend", hmp_wakeup),
    CMD("nmi", "", "", "send a non-maskable interrupt to the guest", hmp_nmi),
    CMD("device_add", "device:O", "driver[,prop=value][,...]", "add a device, as -device does", hmp_device_add),
    { .name = "device_del", .args_type = "id:s", .params = "device", .help = "remove a device",
      .cmd = hmp_device_del, .complete = complete_device_del },
    CMD("object_add", "object:O", "[qom-type=]type,id=str[,prop=value][,...]", "create an object", hmp_object_add),
    CMD("object_del", "id:s", "id", "remove an object", hmp_object_del),
    CMD("chardev-add", "args:s", "args", "add a character device, as -chardev does", hmp_chardev_add),
    CMD("chardev-remove", "id:s", "id", "remove a character device", hmp_chardev_remove),
    CMD("netdev_del", "id:s", "id", "remove a network back end", hmp_netdev_del),
    CMD("set_link", "name:s,up:b", "name on|off", "plug or unplug the cable of a network device", hmp_set_link),
    CMD("balloon", "value:M", "target", "ask the guest to change its memory to target megabytes", hmp_balloon),
    CMD("qom-list", "path:s?", "path", "list the properties of an object", hmp_qom_list),
    CMD("qom-get", "path:s,property:s", "path property", "print a property of an object", hmp_qom_get),
    CMD("qom-set", "path:s,property:s,value:S", "path property value", "set a property of an object", hmp_qom_set),
    CMD("logfile", "filename:F", "filename", "write the log to a file", hmp_logfile),
    CMD("log", "items:s", "item1[,...]", "choose what is logged, or none", hmp_log),
    CMD("trace-event", "name:s,option:b", "name on|off", "switch trace events; the name may contain * and ?",
        hmp_trace_event),
    CMD("cpu", "index:i", "index", "choose the CPU that other commands are about", hmp_cpu),
    { .name = NULL },
};

void hmp_commands_init(void)
{
    hmp_register_commands(commands);
    hmp_register_info(hmp_info_commands);
    hmp_register_commands(hmp_cpu_commands);
    hmp_register_info(hmp_cpu_info_commands);
}

QObject *hmp_call_qmp(Monitor *mon, const char *name, QDict *args)
{
    return call(mon, name, args);
}
