/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads, mutexes, condition variables, semaphores and events, over pthreads and GLib.
 * Locks are taken in the order docs/devel/locking gives; every lock names its place there.
 *
 *  right:  WITH_QEMU_LOCK_GUARD(&s->lock) { s->count++; }
 *  wrong:  return between qemu_mutex_lock() and _unlock()
 */
#ifndef QEMU_THREAD_H
#define QEMU_THREAD_H

#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include <pthread.h>

typedef struct QemuMutex {
    pthread_mutex_t lock;
} QemuMutex;
typedef struct QemuRecMutex {
    QemuMutex m;
} QemuRecMutex;
typedef struct QemuCond {
    pthread_cond_t cond;           /* on CLOCK_MONOTONIC */
} QemuCond;
typedef struct QemuSemaphore {
    QemuMutex mutex;
    QemuCond cond;
    unsigned count;
} QemuSemaphore;
typedef struct QemuEvent {
    QemuMutex mutex;
    QemuCond cond;
    bool set;
} QemuEvent;
typedef struct QemuThread {
    pthread_t thread;
} QemuThread;

#define QEMU_THREAD_JOINABLE 0
#define QEMU_THREAD_DETACHED 1

void qemu_mutex_init(QemuMutex *mutex);
void qemu_mutex_destroy(QemuMutex *mutex);
void qemu_mutex_lock(QemuMutex *mutex);
int qemu_mutex_trylock(QemuMutex *mutex);        /* 0 when taken */
void qemu_mutex_unlock(QemuMutex *mutex);
void qemu_rec_mutex_init(QemuRecMutex *mutex);
void qemu_rec_mutex_destroy(QemuRecMutex *mutex);
void qemu_rec_mutex_lock(QemuRecMutex *mutex);
void qemu_rec_mutex_unlock(QemuRecMutex *mutex);

void qemu_cond_init(QemuCond *cond);
void qemu_cond_destroy(QemuCond *cond);
void qemu_cond_signal(QemuCond *cond);
void qemu_cond_broadcast(QemuCond *cond);
void qemu_cond_wait(QemuCond *cond, QemuMutex *mutex);
bool qemu_cond_timedwait(QemuCond *cond, QemuMutex *mutex, int ms);      /* false: timed out */
bool qemu_cond_timedwait_ns(QemuCond *cond, QemuMutex *mutex, int64_t ns);

void qemu_sem_init(QemuSemaphore *sem, unsigned init);
void qemu_sem_destroy(QemuSemaphore *sem);
void qemu_sem_post(QemuSemaphore *sem);
void qemu_sem_wait(QemuSemaphore *sem);
int qemu_sem_timedwait(QemuSemaphore *sem, int ms);                      /* -1: timed out */

void qemu_event_init(QemuEvent *ev, bool init);
void qemu_event_destroy(QemuEvent *ev);
void qemu_event_set(QemuEvent *ev);
void qemu_event_reset(QemuEvent *ev);
void qemu_event_wait(QemuEvent *ev);

/* All signals are blocked in the new thread; the main thread takes them. */
void qemu_thread_create(QemuThread *thread, const char *name, void *(*start)(void *), void *arg, int mode);
void *qemu_thread_join(QemuThread *thread);
void qemu_thread_get_self(QemuThread *thread);
bool qemu_thread_is_self(const QemuThread *thread);
int qemu_get_thread_id(void);
/* -name debug-threads=on: threads carry their names for ps and gdb. */
void qemu_thread_naming(bool enable);

static inline QemuMutex *qemu_lock_guard_lock(QemuMutex *m)
{
    qemu_mutex_lock(m);
    return m;
}
static inline void qemu_lock_guard_unlock(QemuMutex **m)
{
    if (*m) {
        qemu_mutex_unlock(*m);
    }
}
#define QEMU_LOCK_GUARD_ __attribute__((cleanup(qemu_lock_guard_unlock), unused)) QemuMutex *
/* Held until the enclosing block ends. */
#define QEMU_LOCK_GUARD(m) QEMU_LOCK_GUARD_ glue(lock_guard_, __COUNTER__) = qemu_lock_guard_lock(m)
#define WITH_QEMU_LOCK_GUARD(m)                                                               \
    for (QEMU_LOCK_GUARD_ lock_guard_var_ = qemu_lock_guard_lock(m); lock_guard_var_;         \
         qemu_mutex_unlock(lock_guard_var_), lock_guard_var_ = NULL)

#endif
