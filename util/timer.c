/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timers: one binary heap per clock, by expiry. Owns no notion of guest time: system/cpu-timers.c gives the
 * virtual clock its source. Lock: each clock's own, a leaf; callbacks run without it.
 */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "qemu/thread.h"
#include "qemu/main-loop.h"

typedef struct TimerHeap {
    QemuMutex lock;
    QEMUTimer **slot;
    unsigned n, alloc;
    bool enabled;
} TimerHeap;

#define HEAP { .lock = { PTHREAD_MUTEX_INITIALIZER }, .enabled = true }
static TimerHeap heaps[QEMU_CLOCK_MAX] = { HEAP, HEAP, HEAP, HEAP };
static int64_t (*virtual_source)(void);

int64_t get_clock(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * NANOSECONDS_PER_SECOND + ts.tv_nsec;
}

int64_t get_clock_realtime(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return ts.tv_sec * NANOSECONDS_PER_SECOND + ts.tv_nsec;
}

void qemu_clock_set_virtual_source(int64_t (*get_ns)(void))
{
    virtual_source = get_ns;
}

int64_t qemu_clock_get_ns(QEMUClockType type)
{
    switch (type) {
    case QEMU_CLOCK_HOST:
        return get_clock_realtime();
    case QEMU_CLOCK_VIRTUAL:
    case QEMU_CLOCK_VIRTUAL_RT:
        return virtual_source ? virtual_source() : get_clock();
    default:
        return get_clock();
    }
}

static void place(TimerHeap *h, unsigned i, QEMUTimer *ts)
{
    h->slot[i] = ts;
    ts->heap_index = i;
}

static void sift_up(TimerHeap *h, unsigned i, QEMUTimer *ts)
{
    while (i > 0 && h->slot[(i - 1) / 2]->expire_time > ts->expire_time) {
        place(h, i, h->slot[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    place(h, i, ts);
}

static void sift_down(TimerHeap *h, unsigned i, QEMUTimer *ts)
{
    for (unsigned child; (child = 2 * i + 1) < h->n; i = child) {
        if (child + 1 < h->n && h->slot[child + 1]->expire_time < h->slot[child]->expire_time) {
            child++;
        }
        if (h->slot[child]->expire_time >= ts->expire_time) {
            break;
        }
        place(h, i, h->slot[child]);
    }
    place(h, i, ts);
}

static void heap_remove(TimerHeap *h, QEMUTimer *ts)
{
    unsigned i = ts->heap_index;
    QEMUTimer *last = h->slot[--h->n];

    qatomic_set(&ts->expire_time, -1);
    if (last != ts) {
        sift_up(h, i, last);
        sift_down(h, last->heap_index, last);
    }
}

static void heap_insert(TimerHeap *h, QEMUTimer *ts, int64_t when)
{
    if (h->n == h->alloc) {
        h->alloc = h->alloc ? h->alloc * 2 : 16;
        h->slot = g_renew(QEMUTimer *, h->slot, h->alloc);
    }
    qatomic_set(&ts->expire_time, when);
    h->n++;
    sift_up(h, h->n - 1, ts);
}

void timer_init_full(QEMUTimer *ts, QEMUClockType type, int scale, QEMUTimerCB *cb, void *opaque)
{
    *ts = (QEMUTimer){ .expire_time = -1, .type = type, .scale = scale, .cb = cb, .opaque = opaque };
}

QEMUTimer *timer_new_full(QEMUClockType type, int scale, QEMUTimerCB *cb, void *opaque)
{
    QEMUTimer *ts = g_new(QEMUTimer, 1);

    timer_init_full(ts, type, scale, cb, opaque);
    return ts;
}

void timer_deinit(QEMUTimer *ts)
{
    timer_del(ts);
}

void timer_free(QEMUTimer *ts)
{
    if (ts) {
        timer_del(ts);
        g_free(ts);
    }
}

void timer_del(QEMUTimer *ts)
{
    TimerHeap *h = &heaps[ts->type];

    if (!ts->cb) {                   /* never initialised: zeroed device state */
        return;
    }
    QEMU_LOCK_GUARD(&h->lock);
    if (ts->expire_time != -1) {
        heap_remove(h, ts);
    }
}

static void timer_arm(QEMUTimer *ts, int64_t when, bool only_earlier)
{
    TimerHeap *h = &heaps[ts->type];
    bool first;

    when = MAX(when, 0);
    WITH_QEMU_LOCK_GUARD(&h->lock) {
        if (ts->expire_time != -1) {
            if (only_earlier && ts->expire_time <= when) {
                return;
            }
            heap_remove(h, ts);
        }
        heap_insert(h, ts, when);
        first = h->slot[0] == ts;
    }
    if (first) {
        qemu_notify_event();
    }
}

void timer_mod_ns(QEMUTimer *ts, int64_t expire_time)
{
    timer_arm(ts, expire_time, false);
}

void timer_mod_anticipate_ns(QEMUTimer *ts, int64_t expire_time)
{
    timer_arm(ts, expire_time, true);
}

static int64_t scaled(const QEMUTimer *ts, int64_t t)
{
    int64_t ns;

    return __builtin_mul_overflow(t, ts->scale, &ns) ? (t < 0 ? 0 : INT64_MAX) : ns;
}

void timer_mod(QEMUTimer *ts, int64_t expire_time)
{
    timer_arm(ts, scaled(ts, expire_time), false);
}

void timer_mod_anticipate(QEMUTimer *ts, int64_t expire_time)
{
    timer_arm(ts, scaled(ts, expire_time), true);
}

bool timer_pending(const QEMUTimer *ts)
{
    return qatomic_read(&ts->expire_time) >= 0;
}

bool timer_expired(const QEMUTimer *ts, int64_t current_time)
{
    int64_t when = qatomic_read(&ts->expire_time);

    return when >= 0 && when <= scaled(ts, current_time);
}

uint64_t timer_expire_time_ns(const QEMUTimer *ts)
{
    return qatomic_read(&ts->expire_time);
}

int64_t qemu_clock_expire_ns(QEMUClockType type)
{
    TimerHeap *h = &heaps[type];

    QEMU_LOCK_GUARD(&h->lock);
    return h->enabled && h->n ? h->slot[0]->expire_time : -1;
}

int64_t qemu_clock_deadline_ns_all(QEMUClockType type)
{
    int64_t when = qemu_clock_expire_ns(type);

    return when < 0 ? -1 : MAX(when - qemu_clock_get_ns(type), 0);
}

void qemu_clock_enable(QEMUClockType type, bool enabled)
{
    TimerHeap *h = &heaps[type];

    WITH_QEMU_LOCK_GUARD(&h->lock) {
        h->enabled = enabled;
    }
    if (enabled) {
        qemu_notify_event();
    }
}

void qemu_clock_notify(QEMUClockType type)
{
    qemu_notify_event();
}

bool qemu_clock_run_timers(QEMUClockType type)
{
    TimerHeap *h = &heaps[type];
    int64_t now = qemu_clock_get_ns(type);
    bool progress = false;

    for (;;) {
        QEMUTimer *ts;
        QEMUTimerCB *cb;
        void *opaque;

        WITH_QEMU_LOCK_GUARD(&h->lock) {
            if (!h->enabled || !h->n || h->slot[0]->expire_time > now) {
                return progress;
            }
            ts = h->slot[0];
            cb = ts->cb;
            opaque = ts->opaque;
            heap_remove(h, ts);
        }
        cb(opaque);
        progress = true;
    }
}

bool qemu_clock_run_all_timers(void)
{
    bool progress = false;

    for (int type = 0; type < QEMU_CLOCK_MAX; type++) {
        progress |= qemu_clock_run_timers(type);
    }
    return progress;
}
