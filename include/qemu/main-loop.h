/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main loop (GLib's default main context) and the big lock.
 *
 * Handlers, bottom halves and timers run on the main thread with the BQL held. The loop drops it only while it
 * waits. Other threads hand work over with a bottom half.
 */
#ifndef QEMU_MAIN_LOOP_H
#define QEMU_MAIN_LOOP_H

#include "qemu/osdep.h"
#include "qemu/thread.h"

typedef void QEMUBHFunc(void *opaque);
typedef void IOHandler(void *opaque);

bool qemu_init_main_loop(Error **errp);
void main_loop_wait(bool nonblocking);           /* one round; BQL held on entry and return */
void qemu_notify_event(void);                    /* wake the loop from any thread */

/* One-shot deferred calls. Scheduling is safe from any thread and signal-safe enough for vCPU threads. */
QEMUBH *qemu_bh_new(QEMUBHFunc *cb, void *opaque);
/* A BH of another context than the main loop's (an I/O thread's). */
QEMUBH *qemu_bh_new_in(GMainContext *context, QEMUBHFunc *cb, void *opaque);
void qemu_bh_schedule(QEMUBH *bh);
void qemu_bh_cancel(QEMUBH *bh);
void qemu_bh_delete(QEMUBH *bh);
/* Run @cb once on the main loop. */
void qemu_bh_schedule_oneshot(QEMUBHFunc *cb, void *opaque);

/* Watch @fd (NULL handlers: stop). Level-triggered, main loop only. */
void qemu_set_fd_handler(int fd, IOHandler *fd_read, IOHandler *fd_write, void *opaque);

/* The big lock: rank 1 of docs/devel/locking. */
void bql_lock_impl(const char *file, int line);
#define bql_lock() bql_lock_impl(__FILE__, __LINE__)
void bql_unlock(void);
bool bql_locked(void);
void qemu_cond_wait_bql(QemuCond *cond);
void qemu_cond_timedwait_bql(QemuCond *cond, int ms);

static inline void *bql_auto_lock(void)
{
    if (bql_locked()) {
        return NULL;
    }
    bql_lock();
    return (void *)1;
}
static inline void bql_auto_unlock(void **l)
{
    if (*l) {
        bql_unlock();
    }
}
/* Take the BQL for this block unless this thread has it. */
#define BQL_LOCK_GUARD() \
    __attribute__((cleanup(bql_auto_unlock), unused)) void *glue(bql_guard_, __COUNTER__) = bql_auto_lock()

#endif
