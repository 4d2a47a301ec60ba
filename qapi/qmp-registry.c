/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command list and the modules that fill it. Written while the program starts, read only afterwards. */
#include "qemu/osdep.h"
#include "qapi/qmp-registry.h"

typedef struct QmpModule {
    void (*init)(QmpCommandList *cmds);
    struct QmpModule *next;
} QmpModule;

static QmpModule *modules;

void qmp_add_module(void (*init)(QmpCommandList *cmds))
{
    QmpModule *m = g_new(QmpModule, 1);

    m->init = init;
    m->next = modules;
    modules = m;
}

void qmp_register_all(QmpCommandList *cmds)
{
    for (QmpModule *m = modules; m; m = m->next) {
        m->init(cmds);
    }
}

void qmp_register_command(QmpCommandList *cmds, const char *name, QmpCommandFunc *fn, unsigned options)
{
    QmpCommand *cmd = g_new0(QmpCommand, 1);

    if (!cmds->by_name) {
        cmds->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    }
    cmd->name = name;
    cmd->fn = fn;
    cmd->options = options;
    cmd->enabled = true;
    if (cmds->last) {
        cmds->last->next = cmd;
    } else {
        cmds->first = cmd;
    }
    cmds->last = cmd;
    g_hash_table_insert(cmds->by_name, (void *)name, cmd);
}

const QmpCommand *qmp_find_command(const QmpCommandList *cmds, const char *name)
{
    return cmds->by_name ? g_hash_table_lookup(cmds->by_name, name) : NULL;
}

void qmp_disable_command(QmpCommandList *cmds, const char *name, const char *reason)
{
    QmpCommand *cmd = (QmpCommand *)qmp_find_command(cmds, name);

    if (cmd) {
        cmd->enabled = false;
        cmd->disable_reason = reason;
    }
}

void qmp_for_each_command(const QmpCommandList *cmds, void (*fn)(const QmpCommand *cmd, void *opaque), void *opaque)
{
    for (QmpCommand *cmd = cmds->first; cmd; cmd = cmd->next) {
        fn(cmd, opaque);
    }
}

const char *qmp_command_name(const QmpCommand *cmd)
{
    return cmd->name;
}

bool qmp_has_success_response(const QmpCommand *cmd)
{
    return !(cmd->options & QCO_NO_SUCCESS_RESP);
}

void qmp_command_list_destroy(QmpCommandList *cmds)
{
    QmpCommand *cmd, *next;

    for (cmd = cmds->first; cmd; cmd = next) {
        next = cmd->next;
        g_free(cmd);
    }
    g_clear_pointer(&cmds->by_name, g_hash_table_destroy);
    cmds->first = cmds->last = NULL;
}
