/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps of start-up in order, and taking everything down. Apart from main() so that tests can have a whole machine
 * in their own process.
 */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "startup.h"
#include "chardev/char.h"
#include "hw/core/boards.h"
#include "hw/core/qdev-properties.h"
#include "monitor/monitor.h"
#include "qom/object_interfaces.h"
#include "migration/misc.h"
#include "system/address-spaces.h"
#include "qemu/timer.h"
#include "hw/core/cpu.h"
#include "system/qtest.h"
#include "system/runstate.h"
#include "system/system.h"

static QEMU_NORETURN void fail(Error *err)
{
    error_report_err(err);
    exit(1);
}

/* The error by address: it is set while the other argument is evaluated. */
static void check(bool ok, Error **err)
{
    if (!ok) {
        fail(*err);
    }
}

static void init_process(Startup *s)
{
    Error *err = NULL;

    if (s->daemonize) {
        os_daemonize();
    }
    if (s->pidfile) {
        check(os_write_pidfile(s->pidfile, &err), &err);
    }
    check(qemu_init_main_loop(&err), &err);
    init_clocks();
    bql_lock();
    os_setup_signal_handling();
    qemu_add_default_firmwarepath();
}

/* C-a x on a shared terminal: the user wants out, whatever -no-shutdown says. */
static void quit_from_terminal(void)
{
    shutdown_action = SHUTDOWN_ACTION_POWEROFF;
    qemu_system_shutdown_request(SHUTDOWN_CAUSE_HOST_UI);
}

static void init_backends(Startup *s)
{
    qemu_chr_set_quit_func(quit_from_terminal);
    monitor_init_globals();
    startup_run_step(s, STEP_CHARDEV);
    startup_run_step(s, STEP_OBJECT);
    startup_run_step(s, STEP_MONITOR);
}

static void init_machine(Startup *s)
{
    Error *err = NULL;

    startup_create_machine(s);
    cpu_exec_init_all();            /* regions without an owner are shown below the machine */
    migration_object_init();
    cpu_timers_register_vmstate();
    startup_init_accel(s);
    startup_init_cpu_and_memory(s);
    if (s->qtest) {
        check(qtest_server_init(s->qtest, s->qtest_log, &err), &err);
    }
    startup_default_backends(s);
    s->late_objects = true;
    startup_run_step(s, STEP_OBJECT);
    startup_run_step(s, STEP_BACKEND);
    startup_default_network(s);
    check(machine_run_board_init(current_machine, s->mem_path, &err), &err);
    startup_run_step(s, STEP_DEVICE);
    qdev_machine_creation_done();
    qdev_prop_check_globals();
}

/* -dump-vmstate: the machine exists, which is all it takes. */
static void dump_vmstate(const char *path)
{
    FILE *out = fopen(path, "w");

    if (!out) {
        error_report("-dump-vmstate: cannot open '%s': %s", path, strerror(errno));
        exit(EXIT_FAILURE);
    }
    dump_vmstate_json_to_file(out);
    exit(EXIT_SUCCESS);
}

static void start_machine(Startup *s)
{
    if (s->dump_vmstate) {
        dump_vmstate(s->dump_vmstate);
    }
    qemu_system_reset(SHUTDOWN_CAUSE_NONE);
    if (s->incoming) {
        Error *err = NULL;

        check(qmp_migrate_incoming_uri(s->incoming, &err), &err);
    } else if (autostart) {
        vm_start();
    }
}

static void cleanup(void)
{
    migration_shutdown();
    vm_shutdown();
    monitor_cleanup();
    qemu_run_exit_notifiers();
    qemu_chr_cleanup();
}

static void free_options(Startup *s)
{
    QDict *dicts[] = { s->machine, s->smp, s->memory, s->boot, s->rtc };

    for (unsigned i = 0; i < ARRAY_SIZE(dicts); i++) {
        qobject_unref(dicts[i]);
    }
    g_ptr_array_free(s->accels, true);
    g_ptr_array_free(s->numa, true);
}

void startup_bring_up(Startup *s, int argc, char **argv)
{
    *s = (Startup){
        .machine = qdict_new(), .smp = qdict_new(), .memory = qdict_new(), .boot = qdict_new(),
        .rtc = qdict_new(), .accels = g_ptr_array_new(), .numa = g_ptr_array_new(),
    };
    error_init(argv[0]);
    module_call_init(MODULE_INIT_QOM);
    module_call_init(MODULE_INIT_OPTS);
    startup_parse_cmdline(s, argc, argv);
    startup_run_step(s, STEP_CONFIG);
    startup_run_step(s, STEP_LOG);
    if (s->incoming) {
        /* Before images are opened (the source still has their locks) and before the reset (the stream fills memory). */
        runstate_set(RUN_STATE_INMIGRATE);
    }
    init_process(s);
    init_backends(s);
    init_machine(s);
    start_machine(s);
    os_setup_post();
}

void startup_take_down(Startup *s)
{
    cleanup();
    free_options(s);
    bql_unlock();
}
