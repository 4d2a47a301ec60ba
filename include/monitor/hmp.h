/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HMP commands as data. Tables are registered while the program starts, from any module that is linked.
 *
 * args: comma-separated name:type, an optional one ends in '?'. Types
 *     s  word ("quoted" if it has blanks)      S  rest of the line
 *     F  file name       B  block device       i  32-bit integer   l  64-bit integer
 *     M  megabytes, or with a suffix           o  size with suffix, bytes by default
 *     b  on or off       -x flag, true when given
 *     /  format as in /4xw (keys count, format, size)
 *     O  key=value list, as a dictionary under the name
 */
#ifndef MONITOR_HMP_H
#define MONITOR_HMP_H

#include "qapi/qapi-types-common.h"
#include "qobject/qdict.h"

typedef struct HMPCommand {
    const char *name;                   /* alternatives separated by | */
    const char *args_type;
    const char *params;                 /* shown by help */
    const char *help;
    void (*cmd)(Monitor *mon, const QDict *qdict);
    /* Instead of cmd: text from a QMP-like function. */
    HumanReadableText *(*cmd_info_hrt)(Error **errp);
    bool allow_preconfig;
    void (*complete)(void *readline, int nb_args, const char *str);
} HMPCommand;

/* @table ends with a NULL name and must live forever. */
void hmp_register_commands(const HMPCommand *table);
void hmp_register_info(const HMPCommand *table);

/* Print through @mon and free. True when there was an error. */
bool hmp_handle_error(Monitor *mon, Error *err);

#endif
