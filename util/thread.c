/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads and locks over pthreads. A failing pthread call is a bug in this program: abort with its name. */
#include "qemu/osdep.h"
#include "qemu/thread.h"
#include "qemu/rcu.h"
#include <sys/syscall.h>

static bool name_threads;

#define CHECK(call) do {                                                        \
        int err_ = (call);                                                      \
        if (unlikely(err_)) {                                                   \
            fprintf(stderr, "%s: %s\n", #call, strerror(err_));                 \
            abort();                                                            \
        }                                                                       \
    } while (0)

void qemu_mutex_init(QemuMutex *mutex)
{
    CHECK(pthread_mutex_init(&mutex->lock, NULL));
}

void qemu_mutex_destroy(QemuMutex *mutex)
{
    CHECK(pthread_mutex_destroy(&mutex->lock));
}

void qemu_mutex_lock(QemuMutex *mutex)
{
    CHECK(pthread_mutex_lock(&mutex->lock));
}

int qemu_mutex_trylock(QemuMutex *mutex)
{
    return pthread_mutex_trylock(&mutex->lock) ? -EBUSY : 0;
}

void qemu_mutex_unlock(QemuMutex *mutex)
{
    CHECK(pthread_mutex_unlock(&mutex->lock));
}

void qemu_rec_mutex_init(QemuRecMutex *mutex)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    CHECK(pthread_mutex_init(&mutex->m.lock, &attr));
    pthread_mutexattr_destroy(&attr);
}

void qemu_rec_mutex_destroy(QemuRecMutex *mutex)
{
    qemu_mutex_destroy(&mutex->m);
}

void qemu_rec_mutex_lock(QemuRecMutex *mutex)
{
    qemu_mutex_lock(&mutex->m);
}

void qemu_rec_mutex_unlock(QemuRecMutex *mutex)
{
    qemu_mutex_unlock(&mutex->m);
}

void qemu_cond_init(QemuCond *cond)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    CHECK(pthread_cond_init(&cond->cond, &attr));
    pthread_condattr_destroy(&attr);
}

void qemu_cond_destroy(QemuCond *cond)
{
    CHECK(pthread_cond_destroy(&cond->cond));
}

void qemu_cond_signal(QemuCond *cond)
{
    CHECK(pthread_cond_signal(&cond->cond));
}

void qemu_cond_broadcast(QemuCond *cond)
{
    CHECK(pthread_cond_broadcast(&cond->cond));
}

void qemu_cond_wait(QemuCond *cond, QemuMutex *mutex)
{
    CHECK(pthread_cond_wait(&cond->cond, &mutex->lock));
}

bool qemu_cond_timedwait_ns(QemuCond *cond, QemuMutex *mutex, int64_t ns)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    ns += ts.tv_nsec;
    ts.tv_sec += ns / 1000000000;
    ts.tv_nsec = ns % 1000000000;
    int err = pthread_cond_timedwait(&cond->cond, &mutex->lock, &ts);
    if (err && err != ETIMEDOUT) {
        CHECK(err);
    }
    return err == 0;
}

bool qemu_cond_timedwait(QemuCond *cond, QemuMutex *mutex, int ms)
{
    return qemu_cond_timedwait_ns(cond, mutex, (int64_t)ms * 1000000);
}

void qemu_sem_init(QemuSemaphore *sem, unsigned init)
{
    qemu_mutex_init(&sem->mutex);
    qemu_cond_init(&sem->cond);
    sem->count = init;
}

void qemu_sem_destroy(QemuSemaphore *sem)
{
    qemu_cond_destroy(&sem->cond);
    qemu_mutex_destroy(&sem->mutex);
}

void qemu_sem_post(QemuSemaphore *sem)
{
    QEMU_LOCK_GUARD(&sem->mutex);
    sem->count++;
    qemu_cond_signal(&sem->cond);
}

void qemu_sem_wait(QemuSemaphore *sem)
{
    QEMU_LOCK_GUARD(&sem->mutex);
    while (!sem->count) {
        qemu_cond_wait(&sem->cond, &sem->mutex);
    }
    sem->count--;
}

int qemu_sem_timedwait(QemuSemaphore *sem, int ms)
{
    bool in_time = true;

    QEMU_LOCK_GUARD(&sem->mutex);
    while (!sem->count && in_time) {
        in_time = qemu_cond_timedwait(&sem->cond, &sem->mutex, ms);
    }
    if (!sem->count) {
        return -1;
    }
    sem->count--;
    return 0;
}

void qemu_event_init(QemuEvent *ev, bool init)
{
    qemu_mutex_init(&ev->mutex);
    qemu_cond_init(&ev->cond);
    ev->set = init;
}

void qemu_event_destroy(QemuEvent *ev)
{
    qemu_cond_destroy(&ev->cond);
    qemu_mutex_destroy(&ev->mutex);
}

void qemu_event_set(QemuEvent *ev)
{
    QEMU_LOCK_GUARD(&ev->mutex);
    ev->set = true;
    qemu_cond_broadcast(&ev->cond);
}

void qemu_event_reset(QemuEvent *ev)
{
    QEMU_LOCK_GUARD(&ev->mutex);
    ev->set = false;
}

void qemu_event_wait(QemuEvent *ev)
{
    QEMU_LOCK_GUARD(&ev->mutex);
    while (!ev->set) {
        qemu_cond_wait(&ev->cond, &ev->mutex);
    }
}

typedef struct ThreadStart {
    void *(*start)(void *);
    void *arg;
    char name[16];
} ThreadStart;

static void *thread_start(void *opaque)
{
    ThreadStart ts = *(ThreadStart *)opaque;

    g_free(opaque);
    if (name_threads) {
        pthread_setname_np(pthread_self(), ts.name);
    }
    rcu_register_thread();
    void *ret = ts.start(ts.arg);
    rcu_unregister_thread();
    return ret;
}

void qemu_thread_create(QemuThread *thread, const char *name, void *(*start)(void *), void *arg, int mode)
{
    ThreadStart *ts = g_new0(ThreadStart, 1);
    pthread_attr_t attr;
    sigset_t all, old;

    ts->start = start;
    ts->arg = arg;
    g_strlcpy(ts->name, name, sizeof(ts->name));
    pthread_attr_init(&attr);
    if (mode == QEMU_THREAD_DETACHED) {
        pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    }
    /* Faults on our own code must stay deliverable. */
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    CHECK(pthread_create(&thread->thread, &attr, thread_start, ts));
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
}

void *qemu_thread_join(QemuThread *thread)
{
    void *ret;

    CHECK(pthread_join(thread->thread, &ret));
    return ret;
}

void qemu_thread_get_self(QemuThread *thread)
{
    thread->thread = pthread_self();
}

bool qemu_thread_is_self(const QemuThread *thread)
{
    return pthread_equal(pthread_self(), thread->thread);
}

int qemu_get_thread_id(void)
{
    return syscall(SYS_gettid);
}

void qemu_thread_naming(bool enable)
{
    name_threads = enable;
}
