/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stop, cont, quit, system_*, set-action, query-status. Lock: the BQL. */
#include "qemu/osdep.h"
#include "block/block.h"
#include "hw/core/cpu.h"
#include "system/runstate.h"
#include "qapi/qapi-commands-control.h"
#include "qapi/qapi-commands-machine.h"
#include "qapi/qapi-commands-misc.h"
#include "qapi/qapi-commands-run-state.h"

bool (*cont_hook)(Error **errp);
void (*inject_nmi_hook)(Error **errp);

StatusInfo *qmp_query_status(Error **errp)
{
    StatusInfo *info = g_new0(StatusInfo, 1);

    info->running = runstate_is_running();
    info->status = runstate_get();
    return info;
}

void qmp_stop(Error **errp)
{
    /* While a stream comes in, "stop" decides what happens when it has arrived. */
    if (runstate_check(RUN_STATE_INMIGRATE)) {
        autostart = false;
    } else {
        vm_stop(RUN_STATE_PAUSED);
    }
}

void qmp_cont(Error **errp)
{
    if (runstate_needs_reset()) {
        error_setg(errp, "Resetting the Virtual Machine is required");
        return;
    }
    if (runstate_check(RUN_STATE_SUSPENDED)) {
        return;
    }
    if (runstate_check(RUN_STATE_INMIGRATE)) {
        autostart = true;
        return;
    }
    if ((cont_hook && !cont_hook(errp)) || !bdrv_activate_all(errp)) {
        return;
    }
    vm_start();
}

void qmp_quit(Error **errp)
{
    shutdown_action = SHUTDOWN_ACTION_POWEROFF;
    qemu_system_shutdown_request(SHUTDOWN_CAUSE_HOST_QMP_QUIT);
}

void qmp_system_reset(Error **errp)
{
    qemu_system_reset_request(SHUTDOWN_CAUSE_HOST_QMP_SYSTEM_RESET);
}

void qmp_system_powerdown(Error **errp)
{
    qemu_system_powerdown_request();
}

void qmp_system_wakeup(Error **errp)
{
    if (!qemu_wakeup_suspend_enabled()) {
        error_setg(errp, "wake-up from suspend is not supported by this guest");
        return;
    }
    qemu_system_wakeup_request(QEMU_WAKEUP_REASON_OTHER, errp);
}

void qmp_set_action(bool has_reboot, RebootAction reboot, bool has_shutdown, ShutdownAction shutdown, bool has_panic,
                    PanicAction panic, bool has_watchdog, WatchdogAction watchdog, Error **errp)
{
    if (has_reboot) {
        reboot_action = reboot;
    }
    if (has_panic) {
        panic_action = panic;
    }
    if (has_watchdog) {
        watchdog_action = watchdog;
    }
    if (has_shutdown) {
        shutdown_action = shutdown;
    }
}

void qmp_watchdog_set_action(WatchdogAction action, Error **errp)
{
    watchdog_action = action;
}

void qmp_inject_nmi(Error **errp)
{
    if (!inject_nmi_hook) {
        error_setg(errp, "the machine has no way to inject an NMI");
        return;
    }
    inject_nmi_hook(errp);
}

void qmp_x_exit_preconfig(Error **errp)
{
    error_setg(errp, "The command is permitted only before machine initialization");
}
