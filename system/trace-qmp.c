/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trace-event-get-state, trace-event-set-state. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-trace.h"
#include "trace/control.h"

static bool is_pattern(const char *name)
{
    return strpbrk(name, "*?") != NULL;
}

static bool known(const char *name, Error **errp)
{
    for (TraceEvent *ev = trace_event_first(); ev; ev = ev->next) {
        if (is_pattern(name) || !strcmp(name, ev->name)) {
            return true;
        }
    }
    error_setg(errp, "unknown event \"%s\"", name);
    return false;
}

TraceEventInfoList *qmp_trace_event_get_state(const char *name, Error **errp)
{
    TraceEventInfoList *list = NULL;

    if (!known(name, errp)) {
        return NULL;
    }
    for (TraceEvent *ev = trace_event_first(); ev; ev = ev->next) {
        if (g_pattern_match_simple(name, ev->name)) {
            TraceEventInfo *info = g_new0(TraceEventInfo, 1);

            info->name = g_strdup(ev->name);
            info->state = trace_event_enabled(ev) ? TRACE_EVENT_STATE_ENABLED : TRACE_EVENT_STATE_DISABLED;
            QAPI_LIST_PREPEND(list, info);
        }
    }
    return list;
}

void qmp_trace_event_set_state(const char *name, bool enable, bool has_ignore_unavailable, bool ignore_unavailable,
                               Error **errp)
{
    if (known(name, errp)) {
        trace_event_set_state(name, enable);
    }
}
