/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trace events: named printf points that cost a load and a branch while off. Folders list theirs in a
 * trace-events file; -trace, QMP trace-event-set-state and HMP switch them on by glob pattern. Output goes to
 * the log (-D), one line each. Safe from any thread.
 */
#ifndef TRACE_CONTROL_H
#define TRACE_CONTROL_H

#include "qemu/osdep.h"

typedef struct TraceEvent TraceEvent;
struct TraceEvent {
    const char *name;
    bool enabled;              /* read and written relaxed, from any thread */
    TraceEvent *next;
};

static inline bool trace_event_enabled(const TraceEvent *ev)
{
    return unlikely(__atomic_load_n(&ev->enabled, __ATOMIC_RELAXED));
}

void trace_event_register(TraceEvent *ev);
void trace_print(const TraceEvent *ev, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* Switch all events whose name matches the glob @pattern; returns how many matched. */
unsigned trace_event_set_state(const char *pattern, bool enabled);

/* The first event, for iterating with ->next. */
TraceEvent *trace_event_first(void);

#endif
