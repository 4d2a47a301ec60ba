/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: what HMP and QMP share.
 *
 *   session context (monitor thread for QMP, main loop for HMP)        main loop
 *   bytes -> parser -> request  ---- queue (mon_lock) ---->  dispatcher: run, answer
 *   flush <---- outbuf (mon_lock), flush bottom half <----   monitor_puts, events
 *
 * All chardev calls of a session are made in its context; other threads only append to outbuf and schedule the flush.
 * mon_lock is a leaf: nothing else is taken under it.
 */
#ifndef MONITOR_INTERNAL_H
#define MONITOR_INTERNAL_H

#include "monitor/hmp.h"
#include "monitor/monitor.h"
#include "qapi/qmp-registry.h"
#include "qemu/thread.h"
#include "qobject/json-parser.h"
#include "readline.h"

#define QMP_REQ_QUEUE_LEN_MAX 8

struct Monitor {
    CharFrontend chr;
    bool is_qmp;
    GMainContext *context;      /* NULL: main loop */
    QemuMutex mon_lock;
    GString *outbuf;            /* mon_lock */
    guint out_watch;            /* mon_lock */
    QEMUBH *flush_bh;
    GHashTable *fds;            /* name -> fd + 1; mon_lock */
    int cpu_index;              /* of HMP's "cpu" */
    bool capture;               /* output is collected, not sent: human-monitor-command */
    Monitor *next;
};

typedef struct QmpRequest {
    Monitor *mon;
    QObject *req;               /* or */
    Error *err;
    bool reset;                 /* stands for "the peer went": everything before it is dropped */
} QmpRequest;

typedef struct MonitorQMP {
    Monitor common;
    JSONMessageParser parser;
    bool pretty;
    const QmpCommandList *commands;     /* negotiation or all; mon_lock */
    bool oob_enabled;                   /* mon_lock */
    GQueue requests;                    /* QmpRequest; mon_lock */
    bool suspended;                     /* the queue was full; mon_lock */
} MonitorQMP;

typedef struct MonitorHMP {
    Monitor common;
    bool use_readline;
    ReadLineState *rs;
    bool mux_out, greeted;
    GString *line;                      /* without readline */
} MonitorHMP;

extern QmpCommandList qmp_commands, qmp_cap_negotiation_commands;

Monitor *monitor_first(void);
void monitor_base_init(Monitor *mon, bool is_qmp, GMainContext *context);
void monitor_base_destroy(Monitor *mon);
void monitor_list_add(Monitor *mon);
Monitor *monitor_set_cur(Monitor *mon);         /* returns the one before */
void monitor_flush(Monitor *mon);
GMainContext *monitor_thread_context(void);
void monitor_fds_close(Monitor *mon);

void qmp_send_response(MonitorQMP *mon, const QDict *rsp);
void monitor_qmp_cleanup(MonitorQMP *mon);
void monitor_events_init(void);
void qmp_event_stop(void);
QDict *qmp_greeting(void);

/* Run one line; output goes to @mon. */
void handle_hmp_command(MonitorHMP *mon, const char *line);
void hmp_foreach_command(bool info, void (*fn)(const HMPCommand *cmd, void *opaque), void *opaque);
void hmp_commands_init(void);
extern const HMPCommand hmp_info_commands[];
extern const HMPCommand hmp_cpu_commands[], hmp_cpu_info_commands[];
QObject *hmp_call_qmp(Monitor *mon, const char *name, QDict *args);    /* takes @args; NULL: failed and told */
void hmp_find_completion(void *opaque, const char *line, ReadLineState *rs);

#endif
