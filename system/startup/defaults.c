/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the user did not ask for but expects: a serial line and a monitor on the terminal with -nographic, and the
 * board's network card on a user network.
 */
#include "qemu/osdep.h"
#include "startup.h"
#include "chardev/char.h"
#include "hw/core/boards.h"
#include "monitor/monitor.h"
#include "net/net.h"
#include "system/system.h"

static QEMU_NORETURN void fail(Error *err)
{
    error_report_err(err);
    exit(1);
}

void startup_default_backends(Startup *s)
{
    MachineClass *mc = MACHINE_GET_CLASS(current_machine);
    bool want_serial = !s->nodefaults && !s->serial_given && !mc->no_serial;
    bool want_monitor = !s->nodefaults && !s->monitor_given;
    Error *err = NULL;

    if (!s->nographic) {
        /* No window to put a serial line or a monitor in. */
        if (want_serial) {
            serial_hd_set(0, qemu_chr_new("serial0", "null", NULL, &err));
        }
    } else if (want_serial) {
        const char *where = want_monitor ? "mon:stdio" : "stdio";

        if (s->daemonize) {
            error_report("-nographic cannot be used with -daemonize: use -display none");
            exit(1);
        }
        serial_hd_set(0, qemu_chr_new_mux_mon("serial0", where, NULL, &err));
    } else if (want_monitor) {
        Chardev *chr = qemu_chr_new_mux_mon("compat_monitor0", "stdio", NULL, &err);
        if (chr) {
            monitor_init_hmp(chr, true, &err);
        }
    }
    if (err) {
        fail(err);
    }
}

void startup_default_network(Startup *s)
{
    MachineClass *mc = MACHINE_GET_CLASS(current_machine);
    Error *err = NULL;

    if (!net_init_default(mc->default_nic && !s->nodefaults && !s->net_given, &err)) {
        fail(err);
    }
}
