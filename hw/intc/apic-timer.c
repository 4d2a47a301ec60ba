// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local APIC's timer: one-shot, periodic and TSC-deadline (Intel SDM vol. 3, 11.5.4).
 *
 * It counts nanoseconds of the virtual clock (a 1 GHz bus clock, see CPUID leaf 15h) shifted down by the divider.
 * It owns no interrupt logic: when it expires it delivers LVT timer. BQL.
 */
#include "qemu/osdep.h"
#include "hw/intc/apic-internal.h"

/* A guest may ask for a period of one nanosecond; the host is woken no oftener than this. */
#define APIC_MIN_PERIOD_NS 5000

static int64_t now_ns(void)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

static void arm(APICCommonState *s, int64_t when)
{
    s->next_time = when;
    s->timer_expiry = when;
    timer_mod(s->timer, when);
}

static void disarm(APICCommonState *s)
{
    s->timer_expiry = -1;
    timer_del(s->timer);
}

static int64_t period_ns(const APICCommonState *s)
{
    return (int64_t)s->initial_count << s->count_shift;
}

/* The first multiple of the period after @now. */
static int64_t next_period(const APICCommonState *s, int64_t now)
{
    int64_t period = period_ns(s);
    int64_t n = (now - s->initial_count_load_time) / period + 1;
    int64_t when = s->initial_count_load_time + n * period;

    return MAX(when, now + APIC_MIN_PERIOD_NS);
}

static void schedule(APICCommonState *s)
{
    int64_t end = s->initial_count_load_time + period_ns(s);
    int64_t now = now_ns();

    if (!s->initial_count || apic_timer_mode(s) > APIC_TIMER_PERIODIC) {
        disarm(s);
    } else if (apic_timer_mode(s) == APIC_TIMER_PERIODIC) {
        arm(s, next_period(s, now));
    } else if (now < end) {
        arm(s, end);
    } else {
        disarm(s);
    }
}

static void apic_timer_expired(void *opaque)
{
    APICCommonState *s = opaque;

    s->timer_expiry = -1;
    s->tsc_deadline = 0;
    apic_local_deliver(s, APIC_LVT_TIMER);
    if (apic_timer_mode(s) == APIC_TIMER_PERIODIC && s->initial_count) {
        arm(s, next_period(s, now_ns()));
    }
}

void apic_timer_init(APICCommonState *s)
{
    s->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, apic_timer_expired, s);
    s->timer_expiry = -1;
}

void apic_timer_free(APICCommonState *s)
{
    timer_free(s->timer);
    s->timer = NULL;
}

void apic_timer_reset(APICCommonState *s)
{
    s->divide_conf = 0;
    s->count_shift = 1;
    s->initial_count = 0;
    s->initial_count_load_time = 0;
    s->next_time = 0;
    s->tsc_deadline = 0;
    disarm(s);
}

/* Divide configuration register: bits 3, 1, 0 are the power of two less one; 111b divides by 1. */
void apic_timer_set_divider(APICCommonState *s, uint32_t val)
{
    unsigned code = (val & 3) | (val >> 1 & 4);

    s->divide_conf = val & 0xb;
    s->count_shift = (code + 1) & 7;
}

void apic_timer_set_initial_count(APICCommonState *s, uint32_t val)
{
    if (apic_timer_mode(s) == APIC_TIMER_TSC_DEADLINE) {
        return;
    }
    s->initial_count = val;
    s->initial_count_load_time = now_ns();
    schedule(s);
}

/* Changing between TSC-deadline and the others disarms; between one-shot and periodic the count goes on. */
void apic_timer_lvt_changed(APICCommonState *s, uint32_t old_lvt)
{
    unsigned old_mode = old_lvt >> APIC_LVT_TIMER_SHIFT & 3;

    if (old_mode == apic_timer_mode(s)) {
        return;
    }
    if (old_mode == APIC_TIMER_TSC_DEADLINE || apic_timer_mode(s) == APIC_TIMER_TSC_DEADLINE) {
        s->tsc_deadline = 0;
        s->initial_count = 0;
        disarm(s);
    } else {
        schedule(s);
    }
}

uint32_t apic_timer_current_count(APICCommonState *s)
{
    uint64_t ticks;

    if (!s->initial_count || apic_timer_mode(s) == APIC_TIMER_TSC_DEADLINE) {
        return 0;
    }
    ticks = (uint64_t)(now_ns() - s->initial_count_load_time) >> s->count_shift;
    if (apic_timer_mode(s) == APIC_TIMER_PERIODIC) {
        return s->initial_count - ticks % s->initial_count;
    }
    return ticks < s->initial_count ? s->initial_count - ticks : 0;
}

void apic_timer_restore(APICCommonState *s)
{
    if (s->timer_expiry >= 0) {
        timer_mod(s->timer, s->timer_expiry);
    } else {
        timer_del(s->timer);
    }
}

void apic_set_tsc_deadline(DeviceState *dev, uint64_t value, int64_t expire_ns)
{
    APICCommonState *s = dev ? APIC_COMMON(dev) : NULL;

    if (!s || apic_timer_mode(s) != APIC_TIMER_TSC_DEADLINE) {
        return;
    }
    s->tsc_deadline = value;
    if (value) {
        arm(s, MAX(expire_ns, 0));
    } else {
        disarm(s);
    }
}

uint64_t apic_get_tsc_deadline(DeviceState *dev)
{
    return dev ? APIC_COMMON(dev)->tsc_deadline : 0;
}

void apic_restore_tsc_deadline(DeviceState *dev, uint64_t value)
{
    if (dev) {
        APIC_COMMON(dev)->tsc_deadline = value;
    }
}
