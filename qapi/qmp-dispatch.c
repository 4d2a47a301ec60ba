/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Request object to response object. Knows the QMP envelope and nothing about sessions. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/qmp-registry.h"
#include "qobject/qbool.h"
#include "qobject/qjson.h"
#include "qobject/qstring.h"

static QmpPreconfigFunc *preconfig_check;

void qmp_set_preconfig_check(QmpPreconfigFunc *in_preconfig)
{
    preconfig_check = in_preconfig;
}

static const char *error_class_name(ErrorClass class)
{
    static const char *const name[] = {
        [ERROR_CLASS_GENERIC_ERROR] = "GenericError",
        [ERROR_CLASS_COMMAND_NOT_FOUND] = "CommandNotFound",
        [ERROR_CLASS_DEVICE_NOT_ACTIVE] = "DeviceNotActive",
        [ERROR_CLASS_DEVICE_NOT_FOUND] = "DeviceNotFound",
        [ERROR_CLASS_KVM_MISSING_CAP] = "KVMMissingCap",
    };

    return name[class];
}

QDict *qmp_error_response(Error *err)
{
    QDict *error = qdict_new(), *rsp = qdict_new();

    qdict_put_str(error, "class", error_class_name(error_get_class(err)));
    qdict_put_str(error, "desc", error_get_pretty(err));
    qdict_put(rsp, "error", error);
    error_free(err);
    return rsp;
}

bool qmp_is_oob(const QDict *dict)
{
    return qdict_haskey(dict, "exec-oob") && !qdict_haskey(dict, "execute");
}

/* The name of the command, or NULL. Checks every member of the envelope. */
static const char *check_envelope(const QDict *dict, bool allow_oob, Error **errp)
{
    const char *command = NULL;
    const QDictEntry *e;

    for (e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        const char *key = qdict_entry_key(e);

        if (g_str_equal(key, "execute") || (g_str_equal(key, "exec-oob") && allow_oob)) {
            if (qobject_type(qdict_entry_value(e)) != QTYPE_QSTRING) {
                error_setg(errp, "QMP input member '%s' must be a string", key);
                return NULL;
            }
            if (command) {
                error_setg(errp, "QMP input member '%s' clashes with '%s'", "execute", "exec-oob");
                return NULL;
            }
            command = qdict_get_str(dict, key);
        } else if (g_str_equal(key, "arguments")) {
            if (qobject_type(qdict_entry_value(e)) != QTYPE_QDICT) {
                error_setg(errp, "QMP input member 'arguments' must be an object");
                return NULL;
            }
        } else if (!g_str_equal(key, "id")) {
            error_setg(errp, "QMP input member '%s' is unexpected", key);
            return NULL;
        }
    }
    if (!command) {
        error_setg(errp, "QMP input lacks member 'execute'");
    }
    return command;
}

static const QmpCommand *find_runnable(const QmpCommandList *cmds, const QDict *dict, const char *name, Error **errp)
{
    const QmpCommand *cmd = qmp_find_command(cmds, name);

    if (!cmd) {
        error_set(errp, ERROR_CLASS_COMMAND_NOT_FOUND, "The command %s has not been found", name);
        return NULL;
    }
    if (!cmd->enabled) {
        error_set(errp, ERROR_CLASS_COMMAND_NOT_FOUND, "Command %s has been disabled%s%s", name,
                  cmd->disable_reason ? ": " : "", cmd->disable_reason ? cmd->disable_reason : "");
        return NULL;
    }
    if (qmp_is_oob(dict) && !(cmd->options & QCO_ALLOW_OOB)) {
        error_setg(errp, "The command %s does not support OOB", name);
        return NULL;
    }
    if (!(cmd->options & QCO_ALLOW_PRECONFIG) && preconfig_check && preconfig_check()) {
        error_setg(errp, "The command '%s' is permitted only after machine initialization has completed", name);
        return NULL;
    }
    return cmd;
}

static QDict *run(const QmpCommandList *cmds, const QDict *dict, bool allow_oob, Error **errp)
{
    ERRP_GUARD();
    const char *name = check_envelope(dict, allow_oob, errp);
    const QmpCommand *cmd = name ? find_runnable(cmds, dict, name, errp) : NULL;
    g_autoptr(QDict) args = NULL;
    QObject *ret = NULL;
    QDict *rsp;

    if (!cmd) {
        return NULL;
    }
    args = qdict_haskey(dict, "arguments") ? qobject_ref(qdict_get_qdict(dict, "arguments")) : qdict_new();
    cmd->fn(args, &ret, errp);
    if (*errp) {
        qobject_unref(ret);
        return NULL;
    }
    if (!qmp_has_success_response(cmd)) {
        qobject_unref(ret);
        return NULL;
    }
    rsp = qdict_new();
    qdict_put_obj(rsp, "return", ret ? ret : QOBJECT(qdict_new()));
    return rsp;
}

QDict *qmp_dispatch(const QmpCommandList *cmds, QObject *request, bool allow_oob)
{
    QDict *dict = qobject_to(QDict, request), *rsp = NULL;
    Error *err = NULL;
    QObject *id;

    if (dict) {
        rsp = run(cmds, dict, allow_oob, &err);
    } else {
        error_setg(&err, "QMP input must be a JSON object");
    }
    if (err) {
        rsp = qmp_error_response(err);
    }
    id = dict ? qdict_get(dict, "id") : NULL;
    if (rsp && id) {
        qdict_put_obj(rsp, "id", qobject_ref(id));
    }
    return rsp;
}
