/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Monitors: sessions of people (HMP) and programs (QMP) on character devices.
 *
 * Commands run on the main loop under the big lock, except out-of-band ones, which run in the monitor thread. Modules below
 * never see this header: they implement qmp_ functions, send events, and register HMP commands through monitor/hmp.h.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include "chardev/char-fe.h"
#include "qapi/qapi-types-control.h"
#include "qapi/qapi-types-misc.h"

void monitor_init_globals(void);
bool monitor_init(MonitorOptions *opts, bool allow_hmp, Error **errp);
bool monitor_init_opts(const QDict *opts, Error **errp);        /* -mon */
void monitor_init_qmp(Chardev *chr, bool pretty, Error **errp);
void monitor_init_hmp(Chardev *chr, bool use_readline, Error **errp);
void monitor_cleanup(void);

/* The session whose command this thread is running, or NULL. */
Monitor *monitor_cur(void);
bool monitor_cur_is_qmp(void);
int monitor_puts(Monitor *mon, const char *str);
int monitor_vprintf(Monitor *mon, const char *fmt, va_list ap) G_GNUC_PRINTF(2, 0);
int monitor_printf(Monitor *mon, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* Descriptors given by getfd, taken by name; or a number. -1 on error. */
int monitor_get_fd(Monitor *mon, const char *fdname, Error **errp);
int monitor_fd_param(Monitor *mon, const char *fdname, Error **errp);
/* Descriptor sets (-add-fd, add-fd): a duplicate of one with the access mode of @flags. */
int monitor_fdset_dup_fd_add(int64_t fdset_id, int flags, Error **errp);
AddfdInfo *monitor_fdset_add_fd(int fd, bool has_fdset_id, int64_t fdset_id, const char *opaque, Error **errp);

#endif
