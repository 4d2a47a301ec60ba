/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clocks and timers. All times are nanoseconds unless a timer's scale says otherwise.
 *
 *   QEMU_CLOCK_REALTIME  host monotonic time; always runs
 *   QEMU_CLOCK_VIRTUAL   guest time; stops with the machine; what devices use
 *   QEMU_CLOCK_HOST      host wall-clock time; may jump
 *   QEMU_CLOCK_VIRTUAL_RT  as VIRTUAL, kept apart for host-driven work
 *
 * Timer callbacks run on the main loop with the BQL held. timer_mod() and timer_del() may be called by any
 * thread. Under qtest the virtual clock moves only by command.
 */
#ifndef QEMU_TIMER_H
#define QEMU_TIMER_H

#include "qemu/osdep.h"
#include "qemu/host-utils.h"
#include "qemu/notify.h"

#define NANOSECONDS_PER_SECOND 1000000000LL
#define SCALE_MS 1000000
#define SCALE_US 1000
#define SCALE_NS 1

typedef enum QEMUClockType {
    QEMU_CLOCK_REALTIME = 0,
    QEMU_CLOCK_VIRTUAL = 1,
    QEMU_CLOCK_HOST = 2,
    QEMU_CLOCK_VIRTUAL_RT = 3,
    QEMU_CLOCK_MAX
} QEMUClockType;

typedef void QEMUTimerCB(void *opaque);

struct QEMUTimer {
    int64_t expire_time;            /* ns, -1: not armed */
    QEMUClockType type;
    int scale;
    QEMUTimerCB *cb;
    void *opaque;
    unsigned heap_index;            /* place in the clock's heap while armed */
};

int64_t qemu_clock_get_ns(QEMUClockType type);
static inline int64_t qemu_clock_get_ms(QEMUClockType type)
{
    return qemu_clock_get_ns(type) / SCALE_MS;
}
static inline int64_t qemu_clock_get_us(QEMUClockType type)
{
    return qemu_clock_get_ns(type) / SCALE_US;
}
int64_t get_clock(void);                         /* host monotonic, ns */
int64_t get_clock_realtime(void);                /* host wall clock, ns */

void timer_init_full(QEMUTimer *ts, QEMUClockType type, int scale, QEMUTimerCB *cb, void *opaque);
static inline void timer_init_ns(QEMUTimer *ts, QEMUClockType type, QEMUTimerCB *cb, void *opaque)
{
    timer_init_full(ts, type, SCALE_NS, cb, opaque);
}
static inline void timer_init_us(QEMUTimer *ts, QEMUClockType type, QEMUTimerCB *cb, void *opaque)
{
    timer_init_full(ts, type, SCALE_US, cb, opaque);
}
static inline void timer_init_ms(QEMUTimer *ts, QEMUClockType type, QEMUTimerCB *cb, void *opaque)
{
    timer_init_full(ts, type, SCALE_MS, cb, opaque);
}
QEMUTimer *timer_new_full(QEMUClockType type, int scale, QEMUTimerCB *cb, void *opaque);
static inline QEMUTimer *timer_new_ns(QEMUClockType type, QEMUTimerCB *cb, void *opaque)
{
    return timer_new_full(type, SCALE_NS, cb, opaque);
}
static inline QEMUTimer *timer_new_us(QEMUClockType type, QEMUTimerCB *cb, void *opaque)
{
    return timer_new_full(type, SCALE_US, cb, opaque);
}
static inline QEMUTimer *timer_new_ms(QEMUClockType type, QEMUTimerCB *cb, void *opaque)
{
    return timer_new_full(type, SCALE_MS, cb, opaque);
}
void timer_deinit(QEMUTimer *ts);
void timer_free(QEMUTimer *ts);                  /* disarms; NULL is a no-op */
void timer_del(QEMUTimer *ts);
void timer_mod_ns(QEMUTimer *ts, int64_t expire_time);
void timer_mod(QEMUTimer *ts, int64_t expire_time);            /* in the timer's scale */
void timer_mod_anticipate(QEMUTimer *ts, int64_t expire_time); /* only if that is earlier */
void timer_mod_anticipate_ns(QEMUTimer *ts, int64_t expire_time);
bool timer_pending(const QEMUTimer *ts);
bool timer_expired(const QEMUTimer *ts, int64_t current_time);
uint64_t timer_expire_time_ns(const QEMUTimer *ts);            /* -1: not armed */

/* For the main loop and qtest. */
int64_t qemu_clock_deadline_ns_all(QEMUClockType type);        /* ns from now, -1: none, 0: due */
int64_t qemu_clock_expire_ns(QEMUClockType type);              /* absolute, -1: none */
bool qemu_clock_run_timers(QEMUClockType type);
bool qemu_clock_run_all_timers(void);
void qemu_clock_enable(QEMUClockType type, bool enabled);
void qemu_clock_notify(QEMUClockType type);

/* Guest time (system/cpu-timers): ticks while the machine runs, is part of the migration stream. */
int64_t cpu_get_ticks(void);                     /* the TSC's base */
int64_t cpu_get_clock(void);
void cpu_enable_ticks(void);
void cpu_disable_ticks(void);
void init_clocks(void);
/* The accelerator's virtual clock, when it has one of its own (qtest); NULL restores the default. */
void qemu_clock_set_virtual_source(int64_t (*get_ns)(void));
void cpu_timers_register_vmstate(void);

static inline int64_t cpu_get_host_ticks(void)
{
    return __builtin_ia32_rdtsc();
}

#endif
