/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events: generated qapi_event_send_X() build {"event": "X", "data": {...}, "timestamp": {...}} and hand it to one
 * sink, which the monitor sets. Without a monitor events go nowhere. Any thread may send.
 */
#ifndef QAPI_QMP_EVENT_H
#define QAPI_QMP_EVENT_H

#include "qobject/qdict.h"

/* @event is the value in the generated enumeration QAPIEvent; the sink borrows @dict. */
typedef void QmpEventSink(int event, QDict *dict);

void qmp_event_set_sink(QmpEventSink *sink);
QDict *qmp_event_build_dict(const char *event_name);
void qapi_event_emit(int event, QDict *dict);

#endif
