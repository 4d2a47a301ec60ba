/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of sessions, their output, the monitor thread, and start and end of it all. */
#include "qemu/osdep.h"
#include "monitor-internal.h"
#include "qapi/error.h"
#include "qapi/qapi-visit-control.h"
#include "qapi/qobject-input-visitor.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"

static Monitor *mon_list;                       /* BQL */
static __thread Monitor *cur_mon;
static GMainContext *thread_context;
static GMainLoop *thread_loop;
static GThread *thread;
static QmpCommandList all_commands;

Monitor *monitor_first(void)
{
    return mon_list;
}

Monitor *monitor_cur(void)
{
    return cur_mon;
}

bool monitor_cur_is_qmp(void)
{
    return cur_mon && cur_mon->is_qmp;
}

Monitor *monitor_set_cur(Monitor *mon)
{
    Monitor *old = cur_mon;

    cur_mon = mon;
    return old;
}

static gpointer run_thread(gpointer opaque)
{
    g_main_context_push_thread_default(thread_context);
    g_main_loop_run(thread_loop);
    g_main_context_pop_thread_default(thread_context);
    return NULL;
}

GMainContext *monitor_thread_context(void)
{
    if (!thread) {
        thread_context = g_main_context_new();
        thread_loop = g_main_loop_new(thread_context, FALSE);
        thread = g_thread_new("mon_iothread", run_thread, NULL);
    }
    return thread_context;
}

static gboolean on_writable(void *do_not_use, GIOCondition cond, void *opaque)
{
    Monitor *mon = opaque;

    qemu_mutex_lock(&mon->mon_lock);
    mon->out_watch = 0;
    qemu_mutex_unlock(&mon->mon_lock);
    monitor_flush(mon);
    return G_SOURCE_REMOVE;
}

/* In the session's context. */
void monitor_flush(Monitor *mon)
{
    int n;

    QEMU_LOCK_GUARD(&mon->mon_lock);
    if (mon->out_watch || !mon->outbuf->len) {
        return;
    }
    n = qemu_chr_fe_write(&mon->chr, (const uint8_t *)mon->outbuf->str, mon->outbuf->len);
    if (n > 0) {
        g_string_erase(mon->outbuf, 0, n);
    } else if (errno != EAGAIN) {
        g_string_truncate(mon->outbuf, 0);      /* nobody can read it */
    }
    if (mon->outbuf->len) {
        mon->out_watch = qemu_chr_fe_add_watch(&mon->chr, G_IO_OUT | G_IO_HUP, on_writable, mon);
    }
}

static void flush_bh(void *opaque)
{
    monitor_flush(opaque);
}

int monitor_puts(Monitor *mon, const char *str)
{
    qemu_mutex_lock(&mon->mon_lock);
    for (const char *p = str; *p; p++) {
        if (*p == '\n' && !mon->capture) {
            g_string_append_c(mon->outbuf, '\r');
        }
        g_string_append_c(mon->outbuf, *p);
    }
    qemu_mutex_unlock(&mon->mon_lock);
    if (!mon->capture) {
        qemu_bh_schedule(mon->flush_bh);
    }
    return strlen(str);
}

int monitor_vprintf(Monitor *mon, const char *fmt, va_list ap)
{
    g_autofree char *text = NULL;

    if (!mon || mon->is_qmp) {
        return -1;
    }
    text = g_strdup_vprintf(fmt, ap);
    return monitor_puts(mon, text);
}

int monitor_printf(Monitor *mon, const char *fmt, ...)
{
    va_list ap;
    int ret;

    va_start(ap, fmt);
    ret = monitor_vprintf(mon, fmt, ap);
    va_end(ap);
    return ret;
}

/* Errors reported while an HMP command runs go to its session. */
static bool print_error(const char *text)
{
    if (!cur_mon || cur_mon->is_qmp) {
        return false;
    }
    monitor_puts(cur_mon, text);
    return true;
}

void monitor_base_init(Monitor *mon, bool is_qmp, GMainContext *context)
{
    mon->is_qmp = is_qmp;
    mon->context = context;
    mon->cpu_index = -1;
    qemu_mutex_init(&mon->mon_lock);
    mon->outbuf = g_string_new(NULL);
    mon->fds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    mon->flush_bh = context ? qemu_bh_new_in(context, flush_bh, mon) : qemu_bh_new(flush_bh, mon);
}

void monitor_base_destroy(Monitor *mon)
{
    qemu_bh_delete(mon->flush_bh);
    monitor_fds_close(mon);
    g_hash_table_destroy(mon->fds);
    g_string_free(mon->outbuf, TRUE);
    qemu_mutex_destroy(&mon->mon_lock);
}

void monitor_list_add(Monitor *mon)
{
    mon->next = mon_list;
    mon_list = mon;
}

static bool init_on_mux(Chardev *chr, Error **errp)
{
    ERRP_GUARD();

    monitor_init_hmp(chr, true, errp);
    return !*errp;
}

void monitor_init_globals(void)
{
    if (all_commands.first) {
        return;
    }
    qmp_register_all(&all_commands);
    qmp_commands = all_commands;
    qmp_register_command(&qmp_cap_negotiation_commands, "qmp_capabilities",
                         qmp_find_command(&all_commands, "qmp_capabilities")->fn, QCO_ALLOW_PRECONFIG);
    hmp_commands_init();
    monitor_events_init();
    error_print_hook = print_error;
    qemu_chr_set_monitor_init(init_on_mux);
}

bool monitor_init(MonitorOptions *opts, bool allow_hmp, Error **errp)
{
    ERRP_GUARD();
    Chardev *chr = qemu_chr_find(opts->chardev);
    bool qmp = opts->has_mode && opts->mode == MONITOR_MODE_CONTROL;

    if (!chr) {
        error_setg(errp, "chardev \"%s\" not found", opts->chardev);
        return false;
    }
    if (!qmp && (!allow_hmp || (opts->has_pretty && opts->pretty))) {
        error_setg(errp, allow_hmp ? "'pretty' is not compatible with HMP monitors" : "Only QMP is supported");
        return false;
    }
    if (qmp) {
        monitor_init_qmp(chr, opts->has_pretty && opts->pretty, errp);
    } else {
        monitor_init_hmp(chr, true, errp);
    }
    return !*errp;
}

bool monitor_init_opts(const QDict *opts, Error **errp)
{
    Visitor *v = qobject_input_visitor_new_keyval(QOBJECT((QDict *)opts));
    g_autoptr(MonitorOptions) options = NULL;
    bool ok = visit_type_MonitorOptions(v, NULL, &options, errp);

    visit_free(v);
    return ok && monitor_init(options, true, errp);
}

/* What is still to be said goes out; a peer that does not read cannot hold us up. */
static void last_words(Monitor *mon)
{
    for (int tries = 0; mon->outbuf->len && tries < 100; tries++) {
        int n = qemu_chr_fe_write(&mon->chr, (const uint8_t *)mon->outbuf->str, mon->outbuf->len);

        if (n > 0) {
            g_string_erase(mon->outbuf, 0, n);
        } else {
            g_usleep(1000);
        }
    }
}

void monitor_cleanup(void)
{
    Monitor *mon;

    qmp_event_stop();
    if (thread) {
        g_main_loop_quit(thread_loop);
        g_thread_join(thread);
        thread = NULL;
    }
    while ((mon = mon_list)) {
        mon_list = mon->next;
        last_words(mon);
        qemu_chr_fe_deinit(&mon->chr, false);
        if (mon->is_qmp) {
            monitor_qmp_cleanup((MonitorQMP *)mon);
        } else {
            readline_free(((MonitorHMP *)mon)->rs);
            g_string_free(((MonitorHMP *)mon)->line, TRUE);
        }
        monitor_base_destroy(mon);
        g_free(mon);
    }
    error_print_hook = NULL;
}
