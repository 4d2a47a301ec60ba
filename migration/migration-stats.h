/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters of the current (or last) migration. Written by the migration thread, read by query-migrate from any thread
 * without a lock: every member is accessed with qatomic_read/qatomic_set/qatomic_add.
 */
#ifndef MIGRATION_STATS_H
#define MIGRATION_STATS_H

#include "qemu/osdep.h"
#include "qemu/atomic.h"

typedef struct MigrationAtomicStats {
    uint64_t zero_pages;
    uint64_t normal_pages;
    uint64_t untouched_pages;        /* never sent: nobody wrote to them */
    uint64_t dirty_bytes_total;      /* C2: total of the latest query of all modules */
    uint64_t dirty_sync_count;       /* C6: passes of the whole system, from 1 */
    uint64_t dirty_pages_rate;       /* pages/second between the last two syncs */
    uint64_t ram_remaining;          /* bytes */
    uint64_t transferred;            /* bytes the channel took */
    uint64_t precopy_bytes;          /* of these: while the guest ran */
    uint64_t downtime_bytes;         /* of these: while it was stopped */
    uint64_t bandwidth;              /* bytes/second, last busy window */
    uint64_t pages_per_second;
    uint64_t zero_scan_ns;
    uint64_t sync_ns;
    uint64_t last_sync_ns;           /* of these: the latest */
    uint64_t flush_ns;               /* of the switchover: waiting for the channel */
    uint64_t load_ns;                /* destination: from the first device section to the end */
    uint64_t in_flight;              /* bytes the channel took that the destination's kernel has not */
} MigrationAtomicStats;

extern MigrationAtomicStats mig_stats;

#define mig_stat_get(_name) qatomic_read(&mig_stats._name)
#define mig_stat_set(_name, _v) qatomic_set(&mig_stats._name, (_v))
#define mig_stat_add(_name, _v) qatomic_set(&mig_stats._name, qatomic_read(&mig_stats._name) + (_v))

/* True when the migration thread has sent what max-bandwidth allows in this window, or should look around. */
bool migration_rate_exceeded(QEMUFile *f);
/* The user cancelled, or the channel failed: stop sending. */
bool migration_should_stop(QEMUFile *f);

#endif
