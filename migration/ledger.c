/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ledger of a pause and the estimate it is compared with. Rules: migration/ledger.h. */
#include "qemu/osdep.h"
#include "migration/ledger.h"
#include "qemu/atomic.h"

/* What a small machine's last steps take. */
#define STOP_NS 1000000

void ledger_begin(SwitchoverTimes *l, int64_t now)
{
    l->mark_ns = now;
    memset(l->phase_ns, 0, sizeof(l->phase_ns));
}

void ledger_phase_ends(SwitchoverTimes *l, SwitchoverPhase phase, int64_t now)
{
    l->phase_ns[phase] += MAX(now - l->mark_ns, 0);
    l->mark_ns = MAX(now, l->mark_ns);
}

int64_t ledger_actual(const SwitchoverTimes *l)
{
    int64_t sum = 0;

    for (int i = 0; i < PHASE__MAX; i++) {
        sum += l->phase_ns[i];
    }
    return sum;
}

int64_t switchover_forecast(const SwitchoverForecast *f, uint64_t bytes, uint64_t bandwidth)
{
    int64_t save = qatomic_read(&f->save_ns), load = qatomic_read(&f->load_ns);
    double move = ((double)bytes + qatomic_read(&f->device_bytes)) / (bandwidth ? bandwidth : NOMINAL_BANDWIDTH) * 1e9;
    double fixed = (double)STOP_NS + qatomic_read(&f->sync_ns) + save + (load ? load : save) +
                   qatomic_read(&f->rtt_ns) * 2.0;

    /* Below what a double can tell from INT64_MAX. */
    return MIN(move + fixed, 9e18);
}
