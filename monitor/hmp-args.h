/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line's arguments to a dictionary, by the shapes of monitor/hmp.h. */
#ifndef MONITOR_HMP_ARGS_H
#define MONITOR_HMP_ARGS_H

#include "qobject/qdict.h"

/* NULL and an error when @args does not fit @args_type. */
QDict *hmp_parse_args(const char *cmd, const char *args_type, const char *args, Error **errp);

#endif
