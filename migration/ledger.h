/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a switchover is expected to take and what it took, phase by phase (rules C11, C12).
 *
 * The pause is cut into phases that follow each other without a gap, so they add up to it exactly. Each section's part is
 * kept with the section itself (vmstate-registry.h). Written by the migration thread and, for what the destination
 * reports, by the return path's; read by query-migrate after the end. Nanoseconds.
 */
#ifndef MIGRATION_LEDGER_H
#define MIGRATION_LEDGER_H

#include "qemu/osdep.h"

/* Bytes/second, a link of 1 Gbit/s: as long as no channel was seen at work. */
#define NOMINAL_BANDWIDTH 125000000

typedef enum SwitchoverPhase {
    PHASE_STOP,                     /* vCPUs stop, block requests drain */
    PHASE_HOLD,                     /* pause-before-switchover: the user's */
    PHASE_ITERABLE,                 /* last sync, the rest of RAM and of devices with iterable state */
    PHASE_IMAGES,                   /* flushed and unlocked */
    PHASE_DEVICES,                  /* device sections, end mark, description, all flushed */
    PHASE_LOAD_WAIT,                /* until the destination has it all */
    PHASE_HAND_OVER,                /* GO and the answer: the guest runs there */
    PHASE__MAX,
} SwitchoverPhase;

/* What the destination tells, on the wire as be64 in this order. */
typedef enum SwitchoverReport {
    REPORT_LOAD,                    /* from the first device section to the end of the description */
    REPORT_IMAGES,                  /* taking the images */
    REPORT_RESUME,                  /* from GO until the guest runs */
    REPORT__MAX,
} SwitchoverReport;

/*
 * Parts of the estimate, written by the migration and the return path thread, read by any: atomically. Bytes go at the
 * switchover bandwidth; the rest is added.
 */
typedef struct SwitchoverForecast {
    uint64_t device_bytes;          /* device sections and description: a dry serialisation */
    int64_t save_ns;                /* that took so long */
    int64_t sync_ns;                /* the latest dirty bitmap sync */
    int64_t rtt_ns;                 /* source to destination and back; 0: same host, or not known */
    int64_t load_ns;                /* as save_ns, measured by the destination; 0: it does not say, so save_ns is taken */
} SwitchoverForecast;

typedef struct SwitchoverTimes {
    SwitchoverForecast forecast;
    int64_t mark_ns;                /* end of the latest phase */
    int64_t phase_ns[PHASE__MAX];
    int64_t sync_ns, flush_ns;      /* of PHASE_ITERABLE, of PHASE_DEVICES */
    int64_t estimate_ns;            /* given just before the guest stopped */
    bool complete, reported;
    int64_t report_ns[REPORT__MAX];
} SwitchoverTimes;

void ledger_begin(SwitchoverTimes *l, int64_t now);
void ledger_phase_ends(SwitchoverTimes *l, SwitchoverPhase phase, int64_t now);
int64_t ledger_actual(const SwitchoverTimes *l);

/* Rule C11. @bytes: RAM and iterable state still to move. 0 bandwidth: nothing measured yet, a nominal one is assumed. */
int64_t switchover_forecast(const SwitchoverForecast *f, uint64_t bytes, uint64_t bandwidth);

#endif
