/* SPDX-License-Identifier: GPL-2.0-or-later */
/* query-command-line-options: the options that take key=value pairs, with the keys they know. */
#include "qemu/osdep.h"
#include "startup.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-misc.h"
#include "qobject/qdict.h"

#define S COMMAND_LINE_PARAMETER_TYPE_STRING
#define B COMMAND_LINE_PARAMETER_TYPE_BOOLEAN
#define N COMMAND_LINE_PARAMETER_TYPE_NUMBER
#define Z COMMAND_LINE_PARAMETER_TYPE_SIZE

typedef struct ParamDef {
    const char *name;
    CommandLineParameterType type;
} ParamDef;

static const struct {
    const char *option;
    ParamDef params[16];
} groups[] = {
    { "accel", { { "accel", S }, { "thread", S }, { "tb-size", N }, { "dirty-ring-size", N } } },
    { "action", { { "shutdown", S }, { "reboot", S }, { "panic", S }, { "watchdog", S } } },
    { "add-fd", { { "fd", N }, { "set", N }, { "opaque", S } } },
    { "boot-opts", { { "order", S }, { "once", S }, { "menu", B }, { "splash", S }, { "splash-time", N },
                     { "reboot-timeout", N }, { "strict", B } } },
    { "chardev", { { "backend", S }, { "path", S }, { "host", S }, { "port", S }, { "fd", S }, { "server", B },
                   { "wait", B }, { "telnet", B }, { "reconnect-ms", N }, { "mux", B }, { "signal", B },
                   { "size", Z }, { "logfile", S }, { "logappend", B }, { "append", B } } },
    { "device", { { NULL } } },
    { "drive", { { "bus", N }, { "unit", N }, { "if", S }, { "index", N }, { "media", S }, { "snapshot", B },
                 { "file", S }, { "cache", S }, { "aio", S }, { "format", S }, { "read-only", B }, { "discard", S },
                 { "detect-zeroes", S } } },
    { "fw_cfg", { { "name", S }, { "file", S }, { "string", S } } },
    { "global", { { "driver", S }, { "property", S }, { "value", S } } },
    { "incoming", { { "uri", S } } },
    { "machine", { { "type", S }, { "accel", S }, { "kernel", S }, { "initrd", S }, { "append", S }, { "dtb", S },
                   { "dump-guest-core", B }, { "mem-merge", B }, { "usb", B }, { "firmware", S },
                   { "memory-backend", S }, { "graphics", B }, { "memory-encryption", S } } },
    { "memory", { { "size", Z }, { "slots", N }, { "maxmem", Z } } },
    { "mon", { { "mode", S }, { "chardev", S }, { "pretty", B } } },
    { "msg", { { "timestamp", B }, { "guest-name", B } } },
    { "name", { { "guest", S }, { "process", S }, { "debug-threads", B } } },
    { "netdev", { { NULL } } },
    { "numa", { { NULL } } },
    { "object", { { NULL } } },
    { "overcommit", { { "mem-lock", B }, { "cpu-pm", B } } },
    { "rtc", { { "base", S }, { "clock", S }, { "driftfix", S } } },
    { "sandbox", { { "enable", B }, { "obsolete", S }, { "elevateprivileges", S }, { "spawn", S },
                   { "resourcecontrol", S } } },
    { "smbios", { { NULL } } },
    { "smp-opts", { { "cpus", N }, { "sockets", N }, { "dies", N }, { "clusters", N }, { "cores", N },
                    { "threads", N }, { "maxcpus", N } } },
    { "trace", { { "enable", S }, { "events", S }, { "file", S } } },
};

CommandLineOptionInfoList *qmp_query_command_line_options(const char *option, Error **errp)
{
    CommandLineOptionInfoList *list = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        CommandLineOptionInfo *info;

        if (option && strcmp(option, groups[i].option)) {
            continue;
        }
        info = g_new0(CommandLineOptionInfo, 1);
        info->option = g_strdup(groups[i].option);
        for (const ParamDef *p = groups[i].params; p->name; p++) {
            CommandLineParameterInfo *param = g_new0(CommandLineParameterInfo, 1);

            param->name = g_strdup(p->name);
            param->type = p->type;
            QAPI_LIST_PREPEND(info->parameters, param);
        }
        QAPI_LIST_PREPEND(list, info);
    }
    if (option && !list) {
        error_setg(errp, "invalid option name: %s", option);
    }
    return list;
}

bool startup_known_parameters(const QDict *opts, const char *option, Error **errp)
{
    for (const QDictEntry *e = qdict_first(opts); e; e = qdict_next(opts, e)) {
        bool found = false;

        for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
            for (const ParamDef *p = groups[i].params; !strcmp(groups[i].option, option) && p->name; p++) {
                found |= !strcmp(p->name, qdict_entry_key(e));
            }
        }
        if (!found) {
            error_setg(errp, "Invalid parameter '%s'", qdict_entry_key(e));
            return false;
        }
    }
    return true;
}
