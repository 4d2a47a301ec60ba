/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Will this migration end? Rule C13. Pure functions over the figures of each look at the whole system, so that histories can
 * be made up (tests/unit/test-convergence.c). Owned by the migration thread; the caller locks.
 *
 * Progress, 0 to 1, counts two things that can only be gained. The first half is the first pass: what of it is sent, at
 * the most so far; what gets dirty meanwhile belongs to later passes. The second half is how near to the switchover it ever came: the least distance
 * after a pass, in halvings, of those the first pass left. Distance: bytes left / bytes that fit into the downtime limit. A
 * guest that gets busier, or a lower limit, makes the migration longer and the distance greater, but does not undo that the
 * nearest point was reached. 1 is said only when it is over.
 */
#ifndef MIGRATION_CONVERGENCE_H
#define MIGRATION_CONVERGENCE_H

#include "qemu/osdep.h"
#include "qapi/qapi-types-migration.h"

/* Looks that a verdict rests on: "hopeless" is said at the third. */
#define CONVERGENCE_LOOKS 3

typedef struct ConvergenceLook {
    int64_t now_ns;
    uint64_t left;                  /* bytes, all modules */
    uint64_t stopcopy;              /* of these: can move only when the guest is stopped */
    uint64_t fresh;                 /* of these: dirtied since the look before, as far as an exact query tells */
    uint64_t threshold;             /* bytes that fit */
    uint64_t bandwidth;             /* bytes/second; 0: not known */
    uint32_t acks;                  /* owed */
    bool exact;                     /* ends a pass */
} ConvergenceLook;

typedef struct Convergence {
    ConvergenceState state;
    ConvergenceReason reason;
    bool has_eta;
    uint64_t eta_ms;                /* until the guest can stop */
    uint64_t dirty_rate;            /* bytes/second */
    double progress;

    /* History. */
    uint64_t first_total, least_left;   /* of the first pass */
    unsigned passes;
    double first_distance, best_distance;
    int64_t rate_start_ns;
    uint64_t rate_bytes;
    unsigned losing, waiting;       /* passes in a row: dirtied faster than sent; no nearer than before */
} Convergence;

void convergence_start(Convergence *c, int64_t now_ns, uint64_t total);
void convergence_look(Convergence *c, const ConvergenceLook *l);
void convergence_complete(Convergence *c);

#endif
