/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trace events at run time: the list, switching, and one log line per event. */
#include "qemu/osdep.h"
#include "qemu/log.h"
#include "qemu/thread.h"
#include "trace/control.h"

static TraceEvent *events;

void trace_event_register(TraceEvent *ev)
{
    ev->next = events;
    events = ev;
}

TraceEvent *trace_event_first(void)
{
    return events;
}

unsigned trace_event_set_state(const char *pattern, bool enabled)
{
    unsigned matched = 0;

    for (TraceEvent *ev = events; ev; ev = ev->next) {
        if (g_pattern_match_simple(pattern, ev->name)) {
            qatomic_set(&ev->enabled, enabled);
            matched++;
        }
    }
    return matched;
}

void trace_print(const TraceEvent *ev, const char *fmt, ...)
{
    FILE *f = qemu_log_trylock();
    va_list ap;

    fprintf(f, "%d@%" PRId64 ".%06d:%s ", qemu_get_thread_id(), g_get_real_time() / 1000000,
            (int)(g_get_real_time() % 1000000), ev->name);
    va_start(ap, fmt);
    vfprintf(f, fmt, ap);
    va_end(ap);
    fputc('\n', f);
    qemu_log_unlock(f);
}
