/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about the protocol: negotiation, version, introspection. */
#include "qemu/osdep.h"
#include "monitor-internal.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-control.h"
#include "qapi/qapi-commands-introspect.h"
#include "qapi/qapi-introspect.h"
#include "qapi/qapi-visit-control.h"
#include "qapi/qobject-output-visitor.h"
#include "qobject/qjson.h"

/* The interface's version, and ours. */
enum { VERSION_MAJOR = 11, VERSION_MINOR = 1, VERSION_MICRO = 0 };
#define VERSION_PACKAGE "switchover 0.1.0"

VersionInfo *qmp_query_version(Error **errp)
{
    VersionInfo *info = g_new0(VersionInfo, 1);

    info->qemu = g_new0(VersionTriple, 1);
    info->qemu->major = VERSION_MAJOR;
    info->qemu->minor = VERSION_MINOR;
    info->qemu->micro = VERSION_MICRO;
    info->package = g_strdup(VERSION_PACKAGE);
    return info;
}

QDict *qmp_greeting(void)
{
    g_autoptr(VersionInfo) info = qmp_query_version(NULL);
    QObject *version;
    Visitor *v = qobject_output_visitor_new(&version);

    visit_type_VersionInfo(v, NULL, &info, &error_abort);
    visit_complete(v, &version);
    visit_free(v);
    return qdict_from_jsonf_nofail("{'QMP': {'version': %p, 'capabilities': ['oob']}}", (void *)version);
}

void qmp_qmp_capabilities(bool has_enable, QMPCapabilityList *enable, Error **errp)
{
    MonitorQMP *mon = (MonitorQMP *)monitor_cur();
    bool oob = false;

    if (!monitor_cur_is_qmp()) {
        error_setg(errp, "Capabilities are negotiated in a QMP session");
        return;
    }
    if (mon->commands != &qmp_cap_negotiation_commands) {
        error_set(errp, ERROR_CLASS_COMMAND_NOT_FOUND, "Capabilities negotiation is already complete, command ignored");
        return;
    }
    for (; enable; enable = enable->next) {
        if (!mon->common.context) {
            error_setg(errp, "Capability 'oob' is not available on a multiplexed character device");
            return;
        }
        oob = true;
    }
    qemu_mutex_lock(&mon->common.mon_lock);
    mon->oob_enabled = oob;
    mon->commands = &qmp_commands;
    qemu_mutex_unlock(&mon->common.mon_lock);
}

static void add_command(const QmpCommand *cmd, void *opaque)
{
    CommandInfoList **list = opaque;
    CommandInfo *info = g_new0(CommandInfo, 1);

    if (!cmd->enabled) {
        g_free(info);
        return;
    }
    info->name = g_strdup(cmd->name);
    QAPI_LIST_PREPEND(*list, info);
}

CommandInfoList *qmp_query_commands(Error **errp)
{
    CommandInfoList *list = NULL;

    qmp_for_each_command(&qmp_commands, add_command, &list);
    return list;
}

void qmp_query_qmp_schema(QDict *args, QObject **ret, Error **errp)
{
    QList *list;

    if (qdict_size(args)) {
        error_setg(errp, "Parameter '%s' is unexpected", qdict_entry_key(qdict_first(args)));
        return;
    }
    list = qlist_new();
    for (size_t i = 0; i < qmp_schema_size; i++) {
        const char *command = qmp_schema[i].command;

        if (!command || qmp_find_command(&qmp_commands, command)) {
            qlist_append_obj(list, qobject_from_json(qmp_schema[i].json, &error_abort));
        }
    }
    *ret = QOBJECT(list);
}
