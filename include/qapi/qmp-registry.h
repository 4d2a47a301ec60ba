/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP commands by name, and the one place that turns a request object into a response object.
 *
 * Generated code registers each schema module's commands when the program starts; a command whose qmp_ function is not
 * linked into the program is left out, of introspection too. Lists are built once, before threads run.
 */
#ifndef QAPI_QMP_REGISTRY_H
#define QAPI_QMP_REGISTRY_H

#include "qemu/osdep.h"
#include "qobject/qdict.h"

typedef void QmpCommandFunc(QDict *args, QObject **ret, Error **errp);

typedef enum QmpCommandOptions {
    QCO_NO_SUCCESS_RESP = 1 << 0,
    QCO_ALLOW_OOB = 1 << 1,
    QCO_ALLOW_PRECONFIG = 1 << 2,
    QCO_COROUTINE = 1 << 3,
    QCO_DEPRECATED = 1 << 4,
    QCO_UNSTABLE = 1 << 5,
} QmpCommandOptions;

typedef struct QmpCommand {
    const char *name;
    QmpCommandFunc *fn;
    QmpCommandOptions options;
    struct QmpCommand *next;
    bool enabled;
    const char *disable_reason;
} QmpCommand;

typedef struct QmpCommandList {
    GHashTable *by_name;
    QmpCommand *first, *last;
} QmpCommandList;

void qmp_register_command(QmpCommandList *cmds, const char *name, QmpCommandFunc *fn, unsigned options);
const QmpCommand *qmp_find_command(const QmpCommandList *cmds, const char *name);
void qmp_disable_command(QmpCommandList *cmds, const char *name, const char *reason);
void qmp_for_each_command(const QmpCommandList *cmds, void (*fn)(const QmpCommand *cmd, void *opaque), void *opaque);
const char *qmp_command_name(const QmpCommand *cmd);
bool qmp_has_success_response(const QmpCommand *cmd);
void qmp_command_list_destroy(QmpCommandList *cmds);

/* Called by generated constructors; qmp_register_all() then fills a list from all modules. */
void qmp_add_module(void (*init)(QmpCommandList *cmds));
void qmp_register_all(QmpCommandList *cmds);

/* Before the machine exists only commands marked allow-preconfig may run; the owner of machine phases supplies this. */
typedef bool QmpPreconfigFunc(void);
void qmp_set_preconfig_check(QmpPreconfigFunc *in_preconfig);

/*
 * Run @request: {"execute": name, "arguments": {...}, "id": any}, or "exec-oob" when @allow_oob.
 * Returns {"return": ...} or {"error": ...} with the id, or NULL when the command answers nothing on success.
 */
QDict *qmp_dispatch(const QmpCommandList *cmds, QObject *request, bool allow_oob);
QDict *qmp_error_response(Error *err);          /* takes @err */
bool qmp_is_oob(const QDict *dict);

#endif
