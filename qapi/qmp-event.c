/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The path of an event from generated code to the monitor. */
#include "qemu/osdep.h"
#include "qapi/qmp-event.h"

static QmpEventSink *event_sink;        /* set once, before threads run */

void qmp_event_set_sink(QmpEventSink *sink)
{
    event_sink = sink;
}

QDict *qmp_event_build_dict(const char *event_name)
{
    QDict *dict = qdict_new(), *ts = qdict_new();
    int64_t us = g_get_real_time();

    qdict_put_int(ts, "seconds", us / G_USEC_PER_SEC);
    qdict_put_int(ts, "microseconds", us % G_USEC_PER_SEC);
    qdict_put(dict, "timestamp", ts);
    qdict_put_str(dict, "event", event_name);
    return dict;
}

void qapi_event_emit(int event, QDict *dict)
{
    if (event_sink) {
        event_sink(event, dict);
    }
}
