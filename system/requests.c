/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests: reset, shutdown, power button, suspend, wakeup, stop, and the main loop that carries them out.
 * A request is one atomic word, set by any thread; the last reason wins, none is lost. Carrying out needs the BQL.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "hw/core/boards.h"
#include "hw/core/cpu.h"
#include "system/cpus.h"
#include "system/reset.h"
#include "system/runstate.h"
#include "qapi/qapi-events-run-state.h"
#include "trace/trace-system.h"

RebootAction reboot_action = REBOOT_ACTION_RESET;
ShutdownAction shutdown_action = SHUTDOWN_ACTION_POWEROFF;
PanicAction panic_action = PANIC_ACTION_SHUTDOWN;
WatchdogAction watchdog_action = WATCHDOG_ACTION_RESET;

static struct {
    int reset, shutdown;             /* ShutdownCause, NONE (0): not asked for */
    int exit_code;
    int powerdown, suspend, debug, wakeup;
    int vmstop;                      /* RunState + 1 */
    int signal, sender;
} request;

static unsigned wakeup_reason_mask = ~(1u << QEMU_WAKEUP_REASON_NONE);
static bool wakeup_supported;
static NotifierList suspend_notifiers, wakeup_notifiers, powerdown_notifiers, shutdown_notifiers, exit_notifiers;

static void ask(int *which, int value)
{
    qatomic_set(which, value);
    qemu_notify_event();
}

void qemu_system_vmstop_request(RunState state)
{
    ask(&request.vmstop, state + 1);
}

void qemu_system_reset_request(ShutdownCause reason)
{
    if (reboot_action == REBOOT_ACTION_SHUTDOWN && reason != SHUTDOWN_CAUSE_SUBSYSTEM_RESET) {
        qemu_system_shutdown_request(reason);
        return;
    }
    ask(&request.reset, reason);
    cpu_stop_current();
}

void qemu_system_shutdown_request(ShutdownCause reason)
{
    trace_shutdown_request(ShutdownCause_str(reason));
    ask(&request.shutdown, reason);
    cpu_stop_current();
}

void qemu_system_shutdown_request_with_code(ShutdownCause reason, int exit_code)
{
    request.exit_code = exit_code;
    qemu_system_shutdown_request(reason);
}

void qemu_system_powerdown_request(void)
{
    ask(&request.powerdown, 1);
}

void qemu_system_suspend_request(void)
{
    if (!runstate_check(RUN_STATE_SUSPENDED)) {
        ask(&request.suspend, 1);
        cpu_stop_current();
    }
}

void qemu_system_debug_request(void)
{
    ask(&request.debug, 1);
}

/* In a signal handler: only stores and a write to the loop's wake-up fd. */
void qemu_system_killed(int signal, int pid)
{
    request.signal = signal;
    request.sender = pid;
    /* Asked to go, we go, whatever -no-shutdown says. */
    shutdown_action = SHUTDOWN_ACTION_POWEROFF;
    ask(&request.shutdown, SHUTDOWN_CAUSE_HOST_SIGNAL);
}

bool qemu_shutdown_requested(void)
{
    return qatomic_read(&request.shutdown) != SHUTDOWN_CAUSE_NONE;
}

bool qemu_system_wakeup_request(WakeupReason reason, Error **errp)
{
    if (!runstate_check(RUN_STATE_SUSPENDED)) {
        error_setg(errp, "Unable to wake up: guest is not in suspended state");
        return false;
    }
    if (!(wakeup_reason_mask & (1u << reason))) {
        return true;
    }
    runstate_set(RUN_STATE_RUNNING);
    ask(&request.wakeup, reason);
    return true;
}

void qemu_system_wakeup_enable(WakeupReason reason, bool enabled)
{
    if (enabled) {
        wakeup_reason_mask |= 1u << reason;
    } else {
        wakeup_reason_mask &= ~(1u << reason);
    }
}

void qemu_register_wakeup_support(void)
{
    wakeup_supported = true;
}

bool qemu_wakeup_suspend_enabled(void)
{
    return wakeup_supported;
}

#define DEFINE_NOTIFIER_LIST(function, list)            \
    void function(Notifier *notifier)                   \
    {                                                   \
        notifier_list_add(&list, notifier);             \
    }
DEFINE_NOTIFIER_LIST(qemu_register_suspend_notifier, suspend_notifiers)
DEFINE_NOTIFIER_LIST(qemu_register_wakeup_notifier, wakeup_notifiers)
DEFINE_NOTIFIER_LIST(qemu_register_powerdown_notifier, powerdown_notifiers)
DEFINE_NOTIFIER_LIST(qemu_register_shutdown_notifier, shutdown_notifiers)
DEFINE_NOTIFIER_LIST(qemu_add_exit_notifier, exit_notifiers)

void qemu_remove_exit_notifier(Notifier *notify)
{
    notifier_remove(notify);
}

void qemu_run_exit_notifiers(void)
{
    notifier_list_notify(&exit_notifiers, NULL);
}

void qemu_system_guest_panicked(GuestPanicInformation *info)
{
    error_report("Guest panicked");
    if (panic_action == PANIC_ACTION_PAUSE ||
        (panic_action == PANIC_ACTION_SHUTDOWN && shutdown_action == SHUTDOWN_ACTION_PAUSE)) {
        qapi_event_send_guest_panicked(GUEST_PANIC_ACTION_PAUSE, info);
        vm_stop(RUN_STATE_GUEST_PANICKED);
    } else if (panic_action == PANIC_ACTION_SHUTDOWN || panic_action == PANIC_ACTION_EXIT_FAILURE) {
        qapi_event_send_guest_panicked(GUEST_PANIC_ACTION_POWEROFF, info);
        vm_stop(RUN_STATE_GUEST_PANICKED);
        qemu_system_shutdown_request_with_code(SHUTDOWN_CAUSE_GUEST_PANIC,
                                               panic_action == PANIC_ACTION_EXIT_FAILURE ? EXIT_FAILURE : 0);
    } else {
        qapi_event_send_guest_panicked(GUEST_PANIC_ACTION_RUN, info);
    }
    qapi_free_GuestPanicInformation(info);
}

void watchdog_perform_action(void)
{
    qapi_event_send_watchdog(watchdog_action);
    switch (watchdog_action) {
    case WATCHDOG_ACTION_RESET:
        qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
        break;
    case WATCHDOG_ACTION_SHUTDOWN:
        qemu_system_powerdown_request();
        break;
    case WATCHDOG_ACTION_POWEROFF:
        qemu_system_shutdown_request(SHUTDOWN_CAUSE_GUEST_PANIC);
        break;
    case WATCHDOG_ACTION_PAUSE:
        qemu_system_vmstop_request(RUN_STATE_WATCHDOG);
        break;
    case WATCHDOG_ACTION_DEBUG:
        error_report("watchdog: timer fired");
        break;
    default:
        break;
    }
}

/* --- carrying out --- */

static bool caused_by_guest(ShutdownCause cause)
{
    return cause >= SHUTDOWN_CAUSE_GUEST_SHUTDOWN && cause <= SHUTDOWN_CAUSE_GUEST_PANIC;
}

void qemu_system_reset(ShutdownCause reason)
{
    MachineClass *mc = current_machine ? MACHINE_GET_CLASS(current_machine) : NULL;

    cpu_synchronize_all_states();
    if (mc && mc->reset) {
        mc->reset(current_machine);
    } else {
        qemu_devices_reset();
    }
    if (reason != SHUTDOWN_CAUSE_NONE && reason != SHUTDOWN_CAUSE_SUBSYSTEM_RESET &&
        reason != SHUTDOWN_CAUSE_SNAPSHOT_LOAD) {
        qapi_event_send_reset(caused_by_guest(reason), reason);
    }
    cpu_synchronize_all_post_reset();
}

static void do_reset(ShutdownCause reason)
{
    pause_all_vcpus();
    qemu_system_reset(reason);
    if (runstate_is_running()) {
        resume_all_vcpus();
    }
    /* These states end with a reset. */
    if (runstate_needs_reset() || runstate_check(RUN_STATE_GUEST_PANICKED)) {
        runstate_set(RUN_STATE_PRELAUNCH);
    }
}

static void do_wakeup(void)
{
    MachineClass *mc = MACHINE_GET_CLASS(current_machine);

    pause_all_vcpus();
    cpu_synchronize_all_states();
    if (mc->wakeup) {
        mc->wakeup(current_machine);
    }
    cpu_synchronize_all_post_reset();
    notifier_list_notify(&wakeup_notifiers, &request.wakeup);
    request.wakeup = 0;
    resume_all_vcpus();
    qapi_event_send_wakeup();
}

/* True when the program should end. */
static bool do_shutdown(ShutdownCause reason)
{
    if (request.signal) {
        error_report("terminating on signal %d from pid %d", request.signal, request.sender);
    }
    qapi_event_send_shutdown(caused_by_guest(reason), reason);
    notifier_list_notify(&shutdown_notifiers, &reason);
    if (shutdown_action == SHUTDOWN_ACTION_PAUSE) {
        vm_stop(RUN_STATE_SHUTDOWN);
        return false;
    }
    return true;
}

static bool handle_requests(int *status)
{
    int r;

    if (qatomic_xchg(&request.debug, 0)) {
        vm_stop(RUN_STATE_DEBUG);
    }
    if (qatomic_xchg(&request.suspend, 0)) {
        pause_all_vcpus();
        notifier_list_notify(&suspend_notifiers, NULL);
        runstate_set(RUN_STATE_SUSPENDED);
        qapi_event_send_suspend();
    }
    if ((r = qatomic_xchg(&request.shutdown, 0)) && do_shutdown(r)) {
        *status = request.exit_code;
        return true;
    }
    if ((r = qatomic_xchg(&request.reset, 0))) {
        do_reset(r);
    }
    if (qatomic_read(&request.wakeup)) {
        do_wakeup();
    }
    if (qatomic_xchg(&request.powerdown, 0)) {
        qapi_event_send_powerdown();
        notifier_list_notify(&powerdown_notifiers, NULL);
    }
    if ((r = qatomic_xchg(&request.vmstop, 0))) {
        vm_stop(r - 1);
    }
    return false;
}

int qemu_main_loop(void)
{
    int status = EXIT_SUCCESS;

    while (!handle_requests(&status)) {
        main_loop_wait(false);
    }
    return status;
}
