/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main loop: GLib's default context with a poll function that drops the BQL while it waits and wakes for the
 * nearest timer to the nanosecond (GLib's own timeouts are milliseconds). Also bottom halves and fd handlers,
 * both as GLib sources, and the BQL itself.
 */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "qemu/timer.h"
#include "qapi/error.h"
#include <glib-unix.h>
#include <poll.h>

/* --- the big lock --- */

static QemuMutex bql = { PTHREAD_MUTEX_INITIALIZER };
static __thread bool have_bql;

void bql_lock_impl(const char *file, int line)
{
    g_assert(!have_bql);
    qemu_mutex_lock(&bql);
    have_bql = true;
}

void bql_unlock(void)
{
    g_assert(have_bql);
    have_bql = false;
    qemu_mutex_unlock(&bql);
}

bool bql_locked(void)
{
    return have_bql;
}

void qemu_cond_wait_bql(QemuCond *cond)
{
    have_bql = false;
    qemu_cond_wait(cond, &bql);
    have_bql = true;
}

void qemu_cond_timedwait_bql(QemuCond *cond, int ms)
{
    have_bql = false;
    qemu_cond_timedwait(cond, &bql, ms);
    have_bql = true;
}

/* --- the loop --- */

static int64_t nearest_timer_ns(void)
{
    int64_t nearest = -1;

    for (int type = 0; type < QEMU_CLOCK_MAX; type++) {
        int64_t ns = qemu_clock_deadline_ns_all(type);

        if (ns >= 0 && (nearest < 0 || ns < nearest)) {
            nearest = ns;
        }
    }
    return nearest;
}

static gint poll_without_bql(GPollFD *fds, guint nfds, gint timeout_ms)
{
    int64_t ns = timeout_ms < 0 ? -1 : (int64_t)timeout_ms * SCALE_MS;
    int64_t timer_ns = ns == 0 ? -1 : nearest_timer_ns();
    struct timespec ts;

    QEMU_BUILD_BUG_ON(sizeof(GPollFD) != sizeof(struct pollfd));
    if (timer_ns >= 0 && (ns < 0 || timer_ns < ns)) {
        ns = timer_ns;
    }
    ts.tv_sec = ns / NANOSECONDS_PER_SECOND;
    ts.tv_nsec = ns % NANOSECONDS_PER_SECOND;

    bool locked = bql_locked();
    if (locked) {
        bql_unlock();
    }
    int ret = ppoll((struct pollfd *)fds, nfds, ns < 0 ? NULL : &ts, NULL);
    int saved_errno = errno;
    if (locked) {
        bql_lock();
    }
    errno = saved_errno;
    return ret;
}

bool qemu_init_main_loop(Error **errp)
{
    rcu_register_thread();
    g_main_context_set_poll_func(NULL, poll_without_bql);
    if (!g_main_context_acquire(NULL)) {
        error_setg(errp, "The main loop belongs to another thread");
        return false;
    }
    return true;
}

void main_loop_wait(bool nonblocking)
{
    g_main_context_iteration(NULL, !nonblocking);
    qemu_clock_run_all_timers();
}

void qemu_notify_event(void)
{
    g_main_context_wakeup(NULL);
}

/* --- bottom halves: a source that is ready whenever @scheduled is set --- */

struct QEMUBH {
    GSource source;
    QEMUBHFunc *cb;
    void *opaque;
    bool scheduled;
    bool oneshot;
};

static gboolean bh_prepare(GSource *source, gint *timeout)
{
    *timeout = -1;
    return qatomic_load_acquire(&((QEMUBH *)source)->scheduled);
}

static gboolean bh_check(GSource *source)
{
    return qatomic_load_acquire(&((QEMUBH *)source)->scheduled);
}

static gboolean bh_dispatch(GSource *source, GSourceFunc unused, gpointer data)
{
    QEMUBH *bh = (QEMUBH *)source;

    if (!qatomic_xchg(&bh->scheduled, false)) {
        return G_SOURCE_CONTINUE;
    }
    bool oneshot = bh->oneshot;
    bh->cb(bh->opaque);
    return oneshot ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static GSourceFuncs bh_funcs = { .prepare = bh_prepare, .check = bh_check, .dispatch = bh_dispatch };

QEMUBH *qemu_bh_new_in(GMainContext *context, QEMUBHFunc *cb, void *opaque)
{
    QEMUBH *bh = (QEMUBH *)g_source_new(&bh_funcs, sizeof(QEMUBH));

    bh->cb = cb;
    bh->opaque = opaque;
    g_source_set_can_recurse(&bh->source, true);
    g_source_attach(&bh->source, context);
    return bh;
}

QEMUBH *qemu_bh_new(QEMUBHFunc *cb, void *opaque)
{
    return qemu_bh_new_in(NULL, cb, opaque);
}

void qemu_bh_schedule(QEMUBH *bh)
{
    if (!qatomic_xchg(&bh->scheduled, true)) {
        g_main_context_wakeup(g_source_get_context(&bh->source));
    }
}

void qemu_bh_cancel(QEMUBH *bh)
{
    qatomic_set(&bh->scheduled, false);
}

void qemu_bh_delete(QEMUBH *bh)
{
    g_source_destroy(&bh->source);
    g_source_unref(&bh->source);
}

void qemu_bh_schedule_oneshot(QEMUBHFunc *cb, void *opaque)
{
    QEMUBH *bh = (QEMUBH *)g_source_new(&bh_funcs, sizeof(QEMUBH));

    bh->cb = cb;
    bh->opaque = opaque;
    bh->oneshot = true;
    qatomic_store_release(&bh->scheduled, true);        /* bh_dispatch() sees the rest */
    g_source_attach(&bh->source, NULL);
    g_source_unref(&bh->source);
}

/* --- fd handlers --- */

typedef struct FDHandler {
    GSource source;
    gpointer tag;
    int fd;
    IOHandler *fd_read, *fd_write;
    void *opaque;
} FDHandler;

static GHashTable *fd_handlers;      /* int fd -> FDHandler, main thread */

static gboolean fd_dispatch(GSource *source, GSourceFunc unused, gpointer data)
{
    FDHandler *h = (FDHandler *)source;
    GIOCondition ready = g_source_query_unix_fd(source, h->tag);

    if (h->fd_read && (ready & (G_IO_IN | G_IO_HUP | G_IO_ERR))) {
        h->fd_read(h->opaque);
    }
    if (!g_source_is_destroyed(source) && h->fd_write && (ready & (G_IO_OUT | G_IO_ERR))) {
        h->fd_write(h->opaque);
    }
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs fd_funcs = { .dispatch = fd_dispatch };

void qemu_set_fd_handler(int fd, IOHandler *fd_read, IOHandler *fd_write, void *opaque)
{
    if (!fd_handlers) {
        fd_handlers = g_hash_table_new(NULL, NULL);
    }
    FDHandler *old = g_hash_table_lookup(fd_handlers, GINT_TO_POINTER(fd));
    if (old) {
        g_hash_table_remove(fd_handlers, GINT_TO_POINTER(fd));
        g_source_destroy(&old->source);
        g_source_unref(&old->source);
    }
    if (!fd_read && !fd_write) {
        return;
    }
    FDHandler *h = (FDHandler *)g_source_new(&fd_funcs, sizeof(FDHandler));
    h->fd = fd;
    h->fd_read = fd_read;
    h->fd_write = fd_write;
    h->opaque = opaque;
    h->tag = g_source_add_unix_fd(&h->source, fd, (fd_read ? G_IO_IN | G_IO_HUP | G_IO_ERR : 0) |
                                  (fd_write ? G_IO_OUT | G_IO_ERR : 0));
    g_source_set_can_recurse(&h->source, true);
    g_source_attach(&h->source, NULL);
    g_hash_table_insert(fd_handlers, GINT_TO_POINTER(fd), h);
}
