/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages for people: "<program>: <location>: message", on stderr, or on the monitor whose command runs now.
 * With -msg timestamp=on each starts with the time, with guest-name=on with the guest's name.
 */
#ifndef QEMU_ERROR_REPORT_H
#define QEMU_ERROR_REPORT_H

#include "qemu/osdep.h"

/* Where the input that is being read came from: a stack, so that nested files and options name themselves. */
typedef struct Location {
    enum { LOC_NONE, LOC_CMDLINE, LOC_FILE } kind;
    int num;
    const void *ptr;
    struct Location *prev;
} Location;
Location *loc_push_restore(Location *loc);
Location *loc_push_none(Location *loc);
Location *loc_pop(Location *loc);
void loc_set_none(void);
void loc_set_cmdline(char **argv, int idx, int cnt);
void loc_set_file(const char *fname, int lno);

void error_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
void error_vreport(const char *fmt, va_list ap) G_GNUC_PRINTF(1, 0);
void warn_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
void info_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
void error_printf(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
/* Once per @printed flag. */
bool warn_report_once_cond(bool *printed, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
#define warn_report_once(fmt, ...) ({                               \
        static bool print_once_;                                    \
        warn_report_once_cond(&print_once_, fmt, ##__VA_ARGS__);    \
    })

void error_init(const char *argv0);
const char *error_get_progname(void);
/* The monitor's hook: returns true when it has taken the text (HMP command running in this thread). */
extern bool (*error_print_hook)(const char *text);
extern bool message_with_timestamp;
extern bool error_with_guestname;
extern const char *error_guest_name;

#endif
