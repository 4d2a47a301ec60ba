/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP sessions: greeting, negotiation, the request queue and its dispatcher.
 *
 * Invariants
 *  1. Requests of one session run in order, one at a time, on the main loop; out-of-band ones at once, in the session's
 *     context.
 *  2. A session has at most QMP_REQ_QUEUE_LEN_MAX requests waiting; then it is not read until half are done.
 *  3. When the peer goes, requests that wait are dropped and negotiation starts again.
 */
#include "qemu/osdep.h"
#include "monitor-internal.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/tsan.h"
#include "qobject/qjson.h"

QmpCommandList qmp_commands, qmp_cap_negotiation_commands;

static QEMUBH *dispatcher_bh;

void qmp_send_response(MonitorQMP *mon, const QDict *rsp)
{
    GString *json = qobject_to_json_pretty(QOBJECT((QDict *)rsp), mon->pretty);

    g_string_append_c(json, '\n');
    monitor_puts(&mon->common, json->str);
    g_string_free(json, TRUE);
}

static void request_free(QmpRequest *r)
{
    qobject_unref(r->req);
    error_free(r->err);
    g_free(r);
}

static void explain_negotiation(MonitorQMP *mon, QDict *rsp)
{
    QDict *error = rsp ? qdict_get_qdict(rsp, "error") : NULL;

    if (error && mon->commands == &qmp_cap_negotiation_commands
        && !g_strcmp0(qdict_get_str(error, "class"), "CommandNotFound")) {
        qdict_put_str(error, "desc", "Expecting capabilities negotiation with 'qmp_capabilities'");
    }
}

static void run_request(MonitorQMP *mon, QObject *req)
{
    Monitor *old = monitor_set_cur(&mon->common);
    g_autoptr(QDict) rsp = qmp_dispatch(mon->commands, req, mon->oob_enabled);

    monitor_set_cur(old);
    if (rsp) {
        explain_negotiation(mon, rsp);
        qmp_send_response(mon, rsp);
    }
}

/* The next request of any session, taking turns. */
static QmpRequest *next_request(MonitorQMP **from)
{
    static MonitorQMP *last;
    Monitor *m;
    int pass;

    for (pass = 0; pass < 2; pass++) {
        bool past = pass == 1 || !last;

        for (m = monitor_first(); m; m = m->next) {
            MonitorQMP *mon = (MonitorQMP *)m;
            QmpRequest *r = NULL;

            if (past && m->is_qmp) {
                qemu_mutex_lock(&m->mon_lock);
                r = g_queue_pop_head(&mon->requests);
                qemu_mutex_unlock(&m->mon_lock);
            }
            if (r) {
                *from = last = mon;
                return r;
            }
            past |= mon == last;
        }
    }
    return NULL;
}

static void maybe_resume(MonitorQMP *mon)
{
    bool resume;

    qemu_mutex_lock(&mon->common.mon_lock);
    resume = mon->suspended && g_queue_get_length(&mon->requests) <= QMP_REQ_QUEUE_LEN_MAX / 2;
    if (resume) {
        mon->suspended = false;
    }
    qemu_mutex_unlock(&mon->common.mon_lock);
    if (resume) {
        qemu_chr_fe_accept_input(&mon->common.chr);
    }
}

static void dispatch_bh(void *opaque)
{
    MonitorQMP *mon;
    QmpRequest *r = next_request(&mon);

    if (!r) {
        return;
    }
    qemu_bh_schedule(dispatcher_bh);            /* one per round: the loop's other work goes on */
    if (r->err) {
        g_autoptr(QDict) rsp = qmp_error_response(g_steal_pointer(&r->err));

        qmp_send_response(mon, rsp);
    } else {
        run_request(mon, r->req);
    }
    request_free(r);
    maybe_resume(mon);
}

/* A whole message, in the session's context. */
static void on_message(void *opaque, QObject *req, Error *err)
{
    MonitorQMP *mon = opaque;
    QDict *dict = qobject_to(QDict, req);
    QmpRequest *r;

    if (dict && mon->oob_enabled && qmp_is_oob(dict)) {
        run_request(mon, req);
        qobject_unref(req);
        return;
    }
    r = g_new0(QmpRequest, 1);
    r->mon = &mon->common;
    r->req = req;
    r->err = err;
    qemu_mutex_lock(&mon->common.mon_lock);
    g_queue_push_tail(&mon->requests, r);
    mon->suspended = g_queue_get_length(&mon->requests) >= QMP_REQ_QUEUE_LEN_MAX;
    qemu_mutex_unlock(&mon->common.mon_lock);
    qemu_bh_schedule(dispatcher_bh);
}

static int can_read(void *opaque)
{
    MonitorQMP *mon = opaque;

    QEMU_LOCK_GUARD(&mon->common.mon_lock);
    return mon->suspended ? 0 : 1;
}

static void on_read(void *opaque, const uint8_t *buf, int size)
{
    json_message_parser_feed(&((MonitorQMP *)opaque)->parser, (const char *)buf, size);
}

static void drop_requests(MonitorQMP *mon)
{
    QmpRequest *r;

    qemu_mutex_lock(&mon->common.mon_lock);
    while ((r = g_queue_pop_head(&mon->requests))) {
        request_free(r);
    }
    mon->suspended = false;
    mon->oob_enabled = false;
    mon->commands = &qmp_cap_negotiation_commands;
    qemu_mutex_unlock(&mon->common.mon_lock);
}

static void restart_parser(MonitorQMP *mon)
{
    json_message_parser_destroy(&mon->parser);
    json_message_parser_init(&mon->parser, on_message, mon, NULL);
}

static void on_event(void *opaque, QEMUChrEvent event)
{
    MonitorQMP *mon = opaque;

    if (event == CHR_EVENT_OPENED) {
        g_autoptr(QDict) greeting = qmp_greeting();

        drop_requests(mon);
        qmp_send_response(mon, greeting);
    } else if (event == CHR_EVENT_CLOSED) {
        drop_requests(mon);
        restart_parser(mon);
        monitor_fds_close(&mon->common);
        qemu_mutex_lock(&mon->common.mon_lock);
        g_string_truncate(mon->common.outbuf, 0);
        qemu_mutex_unlock(&mon->common.mon_lock);
    }
}

static void attach(MonitorQMP *mon)
{
    qemu_chr_fe_set_handlers(&mon->common.chr, can_read, on_read, on_event, NULL, mon, mon->common.context, true);
}

typedef struct Attach {
    MonitorQMP *mon;
    QemuSemaphore done;
} Attach;

static gboolean attach_in_thread(gpointer opaque)
{
    Attach *a = opaque;

    tsan_acquire(a);
    attach(a->mon);
    qemu_sem_post(&a->done);
    return G_SOURCE_REMOVE;
}

/* The main loop stands still meanwhile: a client that comes now meets the chardev in one context or the other. */
static void attach_and_wait(MonitorQMP *mon)
{
    Attach a = { .mon = mon };
    GMainContext *context = mon->common.context;
    GSource *idle = g_idle_source_new();

    qemu_sem_init(&a.done, 0);
    g_source_set_callback(idle, attach_in_thread, &a, NULL);
    tsan_release(&a);
    g_source_attach(idle, context);
    g_source_unref(idle);
    qemu_sem_wait(&a.done);
    qemu_sem_destroy(&a.done);
}

void monitor_init_qmp(Chardev *chr, bool pretty, Error **errp)
{
    MonitorQMP *mon = g_new0(MonitorQMP, 1);
    bool mux = object_dynamic_cast(OBJECT(chr), TYPE_CHARDEV_MUX);

    monitor_init_globals();
    if (!qemu_chr_fe_init(&mon->common.chr, chr, errp)) {
        g_free(mon);
        return;
    }
    qemu_chr_fe_set_echo(&mon->common.chr, true);
    monitor_base_init(&mon->common, true, mux ? NULL : monitor_thread_context());
    mon->pretty = pretty;
    mon->commands = &qmp_cap_negotiation_commands;
    g_queue_init(&mon->requests);
    json_message_parser_init(&mon->parser, on_message, mon, NULL);
    if (!dispatcher_bh) {
        dispatcher_bh = qemu_bh_new(dispatch_bh, NULL);
    }
    monitor_list_add(&mon->common);
    if (mux) {
        attach(mon);
    } else {
        attach_and_wait(mon);
    }
}

void monitor_qmp_cleanup(MonitorQMP *mon)
{
    drop_requests(mon);
    json_message_parser_destroy(&mon->parser);
}
