/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The run state, its handlers, and starting and stopping: see include/system/runstate.h for the invariants. */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "hw/core/cpu.h"
#include "system/cpus.h"
#include "system/runstate.h"
#include "qapi/qapi-events-run-state.h"
#include "trace/trace-system.h"

static RunState current_state = RUN_STATE_PRELAUNCH;
bool autostart = true;
int (*vm_stop_flush_hook)(void);

#define BIT_OF(s) (1u << RUN_STATE_##s)

/* For each state, those that may follow. A state may always follow itself. */
static const uint32_t successors[RUN_STATE__MAX] = {
    [RUN_STATE_PRELAUNCH] = BIT_OF(INMIGRATE) | BIT_OF(RUNNING) | BIT_OF(FINISH_MIGRATE) | BIT_OF(PAUSED) |
                            BIT_OF(SUSPENDED) | BIT_OF(SHUTDOWN) | BIT_OF(POSTMIGRATE) | BIT_OF(RESTORE_VM) |
                            BIT_OF(SAVE_VM) | BIT_OF(GUEST_PANICKED) | BIT_OF(INTERNAL_ERROR),
    [RUN_STATE_INMIGRATE] = BIT_OF(INTERNAL_ERROR) | BIT_OF(IO_ERROR) | BIT_OF(PAUSED) | BIT_OF(RUNNING) |
                            BIT_OF(SHUTDOWN) | BIT_OF(SUSPENDED) | BIT_OF(WATCHDOG) | BIT_OF(GUEST_PANICKED) |
                            BIT_OF(FINISH_MIGRATE) | BIT_OF(PRELAUNCH) | BIT_OF(POSTMIGRATE) | BIT_OF(COLO),
    [RUN_STATE_RUNNING] = BIT_OF(DEBUG) | BIT_OF(INTERNAL_ERROR) | BIT_OF(IO_ERROR) | BIT_OF(PAUSED) |
                          BIT_OF(FINISH_MIGRATE) | BIT_OF(RESTORE_VM) | BIT_OF(SAVE_VM) | BIT_OF(SHUTDOWN) |
                          BIT_OF(WATCHDOG) | BIT_OF(GUEST_PANICKED) | BIT_OF(SUSPENDED) | BIT_OF(COLO),
    [RUN_STATE_PAUSED] = BIT_OF(RUNNING) | BIT_OF(SUSPENDED) | BIT_OF(FINISH_MIGRATE) | BIT_OF(POSTMIGRATE) |
                         BIT_OF(PRELAUNCH) | BIT_OF(SHUTDOWN) | BIT_OF(RESTORE_VM) | BIT_OF(SAVE_VM) | BIT_OF(COLO),
    [RUN_STATE_SUSPENDED] = BIT_OF(RUNNING) | BIT_OF(PAUSED) | BIT_OF(FINISH_MIGRATE) | BIT_OF(PRELAUNCH) |
                            BIT_OF(SHUTDOWN) | BIT_OF(RESTORE_VM) | BIT_OF(SAVE_VM) | BIT_OF(COLO),
    [RUN_STATE_FINISH_MIGRATE] = BIT_OF(RUNNING) | BIT_OF(PAUSED) | BIT_OF(POSTMIGRATE) | BIT_OF(PRELAUNCH) |
                                 BIT_OF(SUSPENDED) | BIT_OF(SHUTDOWN) | BIT_OF(IO_ERROR) | BIT_OF(INTERNAL_ERROR) |
                                 BIT_OF(GUEST_PANICKED) | BIT_OF(WATCHDOG) | BIT_OF(DEBUG) | BIT_OF(COLO),
    [RUN_STATE_POSTMIGRATE] = BIT_OF(RUNNING) | BIT_OF(FINISH_MIGRATE) | BIT_OF(PRELAUNCH) | BIT_OF(SHUTDOWN),
    [RUN_STATE_RESTORE_VM] = BIT_OF(RUNNING) | BIT_OF(PRELAUNCH) | BIT_OF(PAUSED) | BIT_OF(SUSPENDED) |
                             BIT_OF(SHUTDOWN),
    [RUN_STATE_SAVE_VM] = BIT_OF(RUNNING) | BIT_OF(PAUSED) | BIT_OF(SUSPENDED) | BIT_OF(PRELAUNCH) |
                          BIT_OF(SHUTDOWN) | BIT_OF(IO_ERROR) | BIT_OF(INTERNAL_ERROR) | BIT_OF(WATCHDOG) |
                          BIT_OF(GUEST_PANICKED) | BIT_OF(DEBUG),
    [RUN_STATE_SHUTDOWN] = BIT_OF(PAUSED) | BIT_OF(FINISH_MIGRATE) | BIT_OF(PRELAUNCH) | BIT_OF(COLO) |
                           BIT_OF(RUNNING) | BIT_OF(SAVE_VM),
    [RUN_STATE_DEBUG] = BIT_OF(RUNNING) | BIT_OF(SUSPENDED) | BIT_OF(FINISH_MIGRATE) | BIT_OF(PRELAUNCH) |
                        BIT_OF(SHUTDOWN) | BIT_OF(SAVE_VM) | BIT_OF(PAUSED),
    [RUN_STATE_INTERNAL_ERROR] = BIT_OF(PAUSED) | BIT_OF(FINISH_MIGRATE) | BIT_OF(PRELAUNCH) | BIT_OF(SHUTDOWN) |
                                 BIT_OF(SAVE_VM),
    [RUN_STATE_IO_ERROR] = BIT_OF(RUNNING) | BIT_OF(FINISH_MIGRATE) | BIT_OF(PRELAUNCH) | BIT_OF(SHUTDOWN) |
                           BIT_OF(SAVE_VM) | BIT_OF(PAUSED),
    [RUN_STATE_WATCHDOG] = BIT_OF(RUNNING) | BIT_OF(FINISH_MIGRATE) | BIT_OF(PRELAUNCH) | BIT_OF(SHUTDOWN) |
                           BIT_OF(SAVE_VM) | BIT_OF(PAUSED),
    [RUN_STATE_GUEST_PANICKED] = BIT_OF(RUNNING) | BIT_OF(FINISH_MIGRATE) | BIT_OF(PRELAUNCH) | BIT_OF(SHUTDOWN) |
                                 BIT_OF(SAVE_VM) | BIT_OF(PAUSED),
    [RUN_STATE_COLO] = BIT_OF(RUNNING) | BIT_OF(PRELAUNCH) | BIT_OF(SHUTDOWN),
};

const char *runstate_name(RunState state)
{
    return RunState_str(state);
}

RunState runstate_get(void)
{
    return current_state;
}

bool runstate_check(RunState state)
{
    return current_state == state;
}

void runstate_set(RunState new_state)
{
    trace_runstate_set(runstate_name(current_state), runstate_name(new_state));
    if (new_state != current_state && !(successors[current_state] & (1u << new_state))) {
        /* A missing edge is our bug, not the client's: say so and carry on, the guest is worth more. */
        error_report("internal error: run state '%s' cannot follow '%s'", runstate_name(new_state),
                     runstate_name(current_state));
    }
    current_state = new_state;
}

bool runstate_is_running(void)
{
    return current_state == RUN_STATE_RUNNING;
}

bool runstate_is_live(RunState state)
{
    return state == RUN_STATE_RUNNING || state == RUN_STATE_SUSPENDED;
}

bool runstate_needs_reset(void)
{
    return current_state == RUN_STATE_INTERNAL_ERROR || current_state == RUN_STATE_SHUTDOWN;
}

/* --- handlers --- */

struct VMChangeStateEntry {
    VMChangeStateHandler *cb;
    void *opaque;
    int priority;
    QTAILQ_ENTRY(VMChangeStateEntry) entries;
};

static QTAILQ_HEAD(, VMChangeStateEntry) change_handlers = QTAILQ_HEAD_INITIALIZER(change_handlers);

VMChangeStateEntry *qemu_add_vm_change_state_handler_prio(VMChangeStateHandler *cb, void *opaque, int priority)
{
    VMChangeStateEntry *e = g_new0(VMChangeStateEntry, 1);
    VMChangeStateEntry *other;

    e->cb = cb;
    e->opaque = opaque;
    e->priority = priority;
    QTAILQ_FOREACH(other, &change_handlers, entries) {
        if (other->priority > priority) {
            QTAILQ_INSERT_BEFORE(other, e, entries);
            return e;
        }
    }
    QTAILQ_INSERT_TAIL(&change_handlers, e, entries);
    return e;
}

VMChangeStateEntry *qemu_add_vm_change_state_handler(VMChangeStateHandler *cb, void *opaque)
{
    return qemu_add_vm_change_state_handler_prio(cb, opaque, 0);
}

void qemu_del_vm_change_state_handler(VMChangeStateEntry *e)
{
    QTAILQ_REMOVE(&change_handlers, e, entries);
    g_free(e);
}

void vm_state_notify(bool running, RunState state)
{
    VMChangeStateEntry *e, *next;

    trace_vm_state_notify(running, runstate_name(state));
    if (running) {
        QTAILQ_FOREACH_SAFE(e, &change_handlers, entries, next) {
            e->cb(e->opaque, running, state);
        }
        return;
    }
    for (e = QTAILQ_LAST(&change_handlers); e; e = next) {
        next = QTAILQ_PREV(e, entries);
        e->cb(e->opaque, running, state);
    }
}

/* --- starting and stopping --- */

bool vm_prepare_start(bool step_pending)
{
    if (runstate_is_running()) {
        /* "stop" and "cont" in a row: clients wait for one of each. */
        qapi_event_send_stop();
        qapi_event_send_resume();
        return false;
    }
    qapi_event_send_resume();
    cpu_enable_ticks();
    runstate_set(RUN_STATE_RUNNING);
    vm_state_notify(true, RUN_STATE_RUNNING);
    return true;
}

void vm_start(void)
{
    if (vm_prepare_start(false)) {
        resume_all_vcpus();
    }
}

static int do_vm_stop(RunState state, bool send_event)
{
    if (runstate_is_live(current_state)) {
        runstate_set(state);
        cpu_disable_ticks();
        pause_all_vcpus();
        vm_state_notify(false, state);
        if (send_event) {
            qapi_event_send_stop();
        }
    }
    return vm_stop_flush_hook ? vm_stop_flush_hook() : 0;
}

int vm_stop(RunState state)
{
    if (current_cpu) {
        /* Its own CPU cannot wait for itself: the main loop does it, after this CPU has left the guest. */
        qemu_system_vmstop_request(state);
        cpu_stop_current();
        return 0;
    }
    return do_vm_stop(state, true);
}

int vm_stop_force_state(RunState state)
{
    if (runstate_is_live(current_state)) {
        return vm_stop(state);
    }
    runstate_set(state);
    return vm_stop_flush_hook ? vm_stop_flush_hook() : 0;
}

int vm_shutdown(void)
{
    return do_vm_stop(RUN_STATE_SHUTDOWN, false);
}
