/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run state: what the machine is doing, and requests to change it.
 *
 *   prelaunch --cont--> running <--stop/cont--> paused            (vm_start, vm_stop)
 *   inmigrate --stream loaded--> running | paused                 (migration)
 *   running --switchover--> finish-migrate --done--> postmigrate  (migration)
 *   any --guest powers off--> shutdown; --panic--> guest-panicked; --error--> io-error | internal-error
 *
 * Invariants
 *  1. vCPUs execute only in "running" (and "suspended" counts as running with sleeping CPUs).
 *  2. The state changes only in runstate_set(), with the BQL held, and only along an edge of its table.
 *  3. A request (reset, shutdown, ...) may come from any thread; the main loop carries it out with the BQL held and
 *     the CPUs paused.
 *  4. STOP, RESUME, RESET, SHUTDOWN, POWERDOWN, SUSPEND, WAKEUP are emitted exactly once per change.
 */
#ifndef SYSTEM_RUNSTATE_H
#define SYSTEM_RUNSTATE_H

#include "qemu/notify.h"
#include "qapi/qapi-types-run-state.h"

bool runstate_check(RunState state);
void runstate_set(RunState new_state);
RunState runstate_get(void);
bool runstate_is_running(void);
bool runstate_is_live(RunState state);
bool runstate_needs_reset(void);
/* What the source was doing, as the stream says; applied when an incoming migration ends (see migration/). */
const char *runstate_name(RunState state);

/* Called when the machine starts or stops: on start in registration order, on stop in reverse. */
typedef void VMChangeStateHandler(void *opaque, bool running, RunState state);
typedef struct VMChangeStateEntry VMChangeStateEntry;
VMChangeStateEntry *qemu_add_vm_change_state_handler(VMChangeStateHandler *cb, void *opaque);
/* Lower @priority is called earlier on start and later on stop. */
VMChangeStateEntry *qemu_add_vm_change_state_handler_prio(VMChangeStateHandler *cb, void *opaque, int priority);
void qemu_del_vm_change_state_handler(VMChangeStateEntry *e);
void vm_state_notify(bool running, RunState state);

void vm_start(void);
/* Everything vm_start() does but letting the CPUs go; false when the machine runs already. */
bool vm_prepare_start(bool step_pending);
/* Stop the CPUs, tell the handlers, drain and flush the disks; -errno when a flush failed. */
int vm_stop(RunState state);
/* As vm_stop(), also when the machine is stopped already: then only the state changes. */
int vm_stop_force_state(RunState state);
int vm_shutdown(void);
void qemu_system_vmstop_request(RunState state);     /* from any thread */
/* Called on stop after the handlers: drains and flushes the back ends. Set by the block layer. */
extern int (*vm_stop_flush_hook)(void);

/* Asked by "cont": false, with an error, when this machine must not run (its state has moved elsewhere). */
extern bool (*cont_hook)(Error **errp);
/* Sends an NMI to the CPUs; set by the board. */
extern void (*inject_nmi_hook)(Error **errp);

void qemu_system_reset_request(ShutdownCause reason);
void qemu_system_shutdown_request(ShutdownCause reason);
void qemu_system_shutdown_request_with_code(ShutdownCause reason, int exit_code);
void qemu_system_powerdown_request(void);
void qemu_system_suspend_request(void);
void qemu_system_debug_request(void);
void qemu_system_killed(int signal, int pid);
void qemu_system_guest_panicked(GuestPanicInformation *info);
void qemu_system_reset(ShutdownCause reason);
bool qemu_shutdown_requested(void);

typedef enum WakeupReason {
    QEMU_WAKEUP_REASON_NONE = 0,
    QEMU_WAKEUP_REASON_RTC,
    QEMU_WAKEUP_REASON_PMTIMER,
    QEMU_WAKEUP_REASON_OTHER,
} WakeupReason;
bool qemu_system_wakeup_request(WakeupReason reason, Error **errp);
void qemu_system_wakeup_enable(WakeupReason reason, bool enabled);
bool qemu_wakeup_suspend_enabled(void);
void qemu_register_wakeup_support(void);
void qemu_register_suspend_notifier(Notifier *notifier);
void qemu_register_wakeup_notifier(Notifier *notifier);
void qemu_register_powerdown_notifier(Notifier *notifier);
void qemu_register_shutdown_notifier(Notifier *notifier);
void qemu_add_exit_notifier(Notifier *notify);
void qemu_remove_exit_notifier(Notifier *notify);
void qemu_run_exit_notifiers(void);

/* -action, set-action, -no-reboot, -no-shutdown, -watchdog-action */
extern RebootAction reboot_action;
extern ShutdownAction shutdown_action;
extern PanicAction panic_action;
extern WatchdogAction watchdog_action;
void watchdog_perform_action(void);

/* Run until the program should end; its exit status. */
int qemu_main_loop(void);

extern bool autostart;                /* false with -S */

#endif
