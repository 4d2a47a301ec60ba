/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arithmetic of a migration. Rules and units: migration/switchover.h. */
#include "qemu/osdep.h"
#include "migration/switchover.h"

static uint64_t add_sat(uint64_t a, uint64_t b)
{
    return a + b < a ? UINT64_MAX : a + b;
}

/* a * b / c without overflow, saturating; c is not 0. */
static uint64_t mul_div_sat(uint64_t a, uint64_t b, uint64_t c)
{
    unsigned __int128 r = (unsigned __int128)a * b / c;

    return r > UINT64_MAX ? UINT64_MAX : (uint64_t)r;
}

uint64_t mig_pending_total(const MigPendingData *p)
{
    return add_sat(add_sat(p->precopy_bytes, p->stopcopy_bytes), p->postcopy_bytes);
}

bool mig_pending_add(MigPendingData *sum, const MigPendingData *mod, uint64_t limit)
{
    sum->switchover_acks += mod->switchover_acks;
    if (mod->precopy_bytes > limit || mod->stopcopy_bytes > limit || mod->postcopy_bytes > limit) {
        return false;
    }
    sum->precopy_bytes = add_sat(sum->precopy_bytes, mod->precopy_bytes);
    sum->stopcopy_bytes = add_sat(sum->stopcopy_bytes, mod->stopcopy_bytes);
    sum->postcopy_bytes = add_sat(sum->postcopy_bytes, mod->postcopy_bytes);
    return true;
}

bool bandwidth_meter_add(BandwidthMeter *m, uint64_t bytes, int64_t ns)
{
    m->bytes = add_sat(m->bytes, bytes);
    m->busy_ns += MAX(ns, 0);
    if (m->busy_ns < MIG_WINDOW_NS) {
        return false;
    }
    m->rate = mul_div_sat(m->bytes, 1000000000, m->busy_ns);
    m->bytes = 0;
    m->busy_ns = 0;
    return true;
}

uint64_t switchover_bandwidth(uint64_t avail_switchover_bandwidth, uint64_t measured)
{
    return avail_switchover_bandwidth ? avail_switchover_bandwidth : measured;
}

uint64_t switchover_threshold(uint64_t bandwidth, uint64_t downtime_limit_ms)
{
    return mul_div_sat(bandwidth, downtime_limit_ms, 1000);
}

int64_t switchover_expected_downtime(uint64_t dirty_bytes_total, uint64_t bandwidth, int64_t fallback_ms)
{
    uint64_t ms;

    if (!bandwidth) {
        return fallback_ms;
    }
    ms = mul_div_sat(dirty_bytes_total, 1000, bandwidth);
    if (mul_div_sat(ms, bandwidth, 1000) < dirty_bytes_total && ms < UINT64_MAX) {
        ms++;
    }
    return MIN(ms, (uint64_t)INT64_MAX);
}

bool switchover_fits(uint64_t total, uint64_t threshold)
{
    return total <= threshold;
}

SwitchoverDecision switchover_decide(uint64_t threshold, void (*query)(void *opaque, bool exact, MigPendingData *out),
                                     void *opaque, MigPendingData *last)
{
    query(opaque, false, last);
    if (!switchover_fits(mig_pending_total(last), threshold)) {
        /* C9, C10: nothing that can move now is left, yet the rest does not fit: the exact figure may tell more,
         * but only once there is nothing to send meanwhile. */
        return MIG_ITERATE;
    }
    query(opaque, true, last);
    if (!switchover_fits(mig_pending_total(last), threshold)) {
        return MIG_NEW_PASS;
    }
    return last->switchover_acks ? MIG_ITERATE : MIG_SWITCHOVER;
}

bool switchover_polish(SwitchoverPolish *p, uint64_t exact_total, uint64_t stopcopy_bytes, uint64_t bandwidth)
{
    uint64_t movable = exact_total - MIN(stopcopy_bytes, exact_total);
    bool shrinks = p->last_total == 0 || exact_total <= p->last_total / 2;

    if (!bandwidth || p->passes >= MIG_POLISH_PASSES || !shrinks ||
        switchover_expected_downtime(movable, bandwidth, 0) <= MIG_POLISH_MS) {
        return false;
    }
    p->last_total = exact_total;
    p->passes++;
    return true;
}
