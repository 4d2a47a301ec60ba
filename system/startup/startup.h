/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start-up: from argv to a machine that is ready to run.
 *
 * The command line is read into a list of (option, argument, place). Each option belongs to a step; the steps run in
 * the order below, and within a step options run in the order they were given. An option's handler either does its
 * work or remembers its argument in Startup. A handler that fails sets an error; the place names the option.
 *
 *   PARSE    on sight: help, version, config files
 *   CONFIG   remembered: machine, memory, CPUs, actions
 *   LOG      -d, -D, -trace, -msg, -name
 *   (daemonize, main loop)
 *   CHARDEV  -add-fd, -chardev; -object that back ends need
 *   MONITOR  -mon, -qmp, -monitor, -qtest, -serial ...
 *   (machine object, accelerator, CPU model, memory)
 *   BACKEND  -netdev, -blockdev, -drive; the other -object
 *   (board)
 *   DEVICE   -device
 *   (machine ready: reset, incoming migration, run)
 */
#ifndef SYSTEM_STARTUP_H
#define SYSTEM_STARTUP_H

#include "qemu/error-report.h"
#include "qapi/error.h"
#include "qobject/qdict.h"

typedef enum StartupStep {
    STEP_PARSE,
    STEP_CONFIG,
    STEP_LOG,
    STEP_CHARDEV,
    STEP_MONITOR,
    STEP_BACKEND,
    STEP_DEVICE,
    STEP_OBJECT,           /* run twice, with late_objects off and on */
} StartupStep;

typedef struct Startup {
    QDict *machine;        /* -machine, merged */
    QDict *smp, *memory, *boot, *rtc;
    GPtrArray *accels;     /* char *: arguments of -accel */
    GPtrArray *numa;       /* char *: arguments of -numa */
    const char *cpu;
    const char *mem_path;
    const char *incoming;
    const char *loadvm;
    const char *dump_vmstate;
    const char *pidfile;
    const char *qtest, *qtest_log;
    const char *gdbstub;
    const char *bios;
    bool mem_prealloc;
    bool daemonize, nographic, nodefaults, no_user_config, preconfig;
    bool late_objects;
    bool serial_given, monitor_given, net_given, snapshot;
    int serials, parallels, qmps, hmps, debugcons;
    GPtrArray *numbered_drives;
} Startup;

typedef struct OptionDef {
    const char *name;
    bool has_arg;
    StartupStep step;
    bool (*run)(Startup *s, const char *arg, Error **errp);
    const char *help;      /* as -help prints it; NULL: accepted, not shown */
} OptionDef;

extern const OptionDef startup_options[];        /* ends with a NULL name */

/* Reading: fills the list, runs STEP_PARSE options. Exits on errors. */
void startup_parse_cmdline(Startup *s, int argc, char **argv);
/* Queue an option as if it had been given, from a config file. */
bool startup_queue(Startup *s, const char *name, const char *arg, const Location *loc, Error **errp);
/* Run all queued options of @step; reports and exits on the first error. */
void startup_run_step(Startup *s, StartupStep step);
/* How many options of @name were given. */
int startup_count(const char *name);

bool startup_read_config(Startup *s, const char *path, Error **errp);
void startup_print_help(void);
/* False when @opts has a key that query-command-line-options does not list for @option. */
bool startup_known_parameters(const QDict *opts, const char *option, Error **errp);

/* The machine: each reports and exits on error. */
void startup_create_machine(Startup *s);
void startup_init_accel(Startup *s);
void startup_init_cpu_and_memory(Startup *s);
void startup_default_backends(Startup *s);
/* After the network options ran: the NIC of a machine whose user named none. */
void startup_default_network(Startup *s);

/* All of it, up to the main loop; the BQL is held from then on. Exits when the command line asks for the impossible. */
void startup_bring_up(Startup *s, int argc, char **argv);
void startup_take_down(Startup *s);

/* The process */
void os_daemonize(void);                         /* returns in the child; the parent waits for os_setup_post() */
void os_setup_post(void);
void os_setup_signal_handling(void);
bool os_write_pidfile(const char *path, Error **errp);
bool os_set_runas(const char *user, Error **errp);
bool os_set_chroot(const char *path, Error **errp);

#endif
