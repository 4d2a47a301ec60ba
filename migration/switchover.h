/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of a migration: bandwidth windows, threshold, the decision to switch over, the expected pause.
 * Pure functions over plain records, so that every case, exact ties included, has a deterministic test
 * (tests/unit/test-switchover.c). Rules: docs/devel/migration.md, C3-C5, C9-C11.
 *
 * Units: bytes, bytes per second, nanoseconds for intervals, milliseconds for limits and results.
 */
#ifndef MIGRATION_SWITCHOVER_H
#define MIGRATION_SWITCHOVER_H

#include "qemu/osdep.h"
#include "migration/register.h"

/* C1: total = the sum of the three; saturates instead of wrapping. */
uint64_t mig_pending_total(const MigPendingData *p);
/* C5: add @mod to @sum; false (nothing added) when a size cannot be true: above @limit or wrapping. */
bool mig_pending_add(MigPendingData *sum, const MigPendingData *mod, uint64_t limit);

/* C8: what of @asked acknowledgements is still owed after @got. */
static inline uint32_t switchover_acks_owed(uint32_t asked, uint32_t got)
{
    return asked > got ? asked - got : 0;
}

/* ---- Bandwidth, over windows in which the channel was kept busy (C10) ---- */

typedef struct BandwidthMeter {
    uint64_t bytes;                 /* moved in busy time of the current window */
    int64_t busy_ns;
    uint64_t rate;                  /* bytes/second of the last full window; 0: not known yet */
} BandwidthMeter;

#define MIG_WINDOW_NS (100 * 1000 * 1000LL)

/*
 * @bytes went out in @ns of uninterrupted sending (pauses for max-bandwidth count as sending: the cap is the channel).
 * True when a window ended and rate is new.
 */
bool bandwidth_meter_add(BandwidthMeter *m, uint64_t bytes, int64_t ns);

/* C4: what the final stretch may use: the user's figure if set (non-zero), else the measured rate. */
uint64_t switchover_bandwidth(uint64_t avail_switchover_bandwidth, uint64_t measured);
/* C4: bytes that fit into the allowed pause; saturates. */
uint64_t switchover_threshold(uint64_t bandwidth, uint64_t downtime_limit_ms);
/*
 * C5: the pause that moving @dirty_bytes_total would take, in ms, rounded up. With no bandwidth known yet the
 * answer is @fallback_ms. Saturates at INT64_MAX.
 */
int64_t switchover_expected_downtime(uint64_t dirty_bytes_total, uint64_t bandwidth, int64_t fallback_ms);

/* ---- The decision ---- */

typedef enum SwitchoverDecision {
    MIG_ITERATE,                    /* keep copying */
    MIG_NEW_PASS,                   /* the exact query found more: a new pass over what is dirty */
    MIG_SWITCHOVER,
} SwitchoverDecision;

/* The one comparison of rule C3, for the estimate and for the exact figure alike. */
bool switchover_fits(uint64_t total, uint64_t threshold);

/*
 * Rule C3. Queries the estimate; if it fits, the exact figure; only that can say MIG_SWITCHOVER. @last gets the
 * latest figures. Acks that are outstanding hold the switchover back (C8).
 */
SwitchoverDecision switchover_decide(uint64_t threshold, void (*query)(void *opaque, bool exact, MigPendingData *out),
                                     void *opaque, MigPendingData *last);

/*
 * When to copy on although one may stop: a further pass pays while each exact figure is at most half of the one
 * before, the pause is still above MIG_POLISH_MS, and at most MIG_POLISH_PASSES were spent.
 */
#define MIG_POLISH_MS 2
#define MIG_POLISH_PASSES 4
typedef struct SwitchoverPolish {
    uint64_t last_total;            /* exact figure at the last chance to stop; 0: none yet */
    unsigned passes;
} SwitchoverPolish;
bool switchover_polish(SwitchoverPolish *p, uint64_t exact_total, uint64_t stopcopy_bytes, uint64_t bandwidth);

#endif
