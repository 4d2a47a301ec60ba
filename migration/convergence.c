/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State and progress of a migration from its figures. Definitions: migration/convergence.h. */
#include "qemu/osdep.h"
#include "migration/convergence.h"
#include <math.h>

/* A dirty rate of a shorter interval says nothing. */
#define RATE_NS 20000000
/* Nearer by less than this share of the best is no gain. */
#define GAIN 0.95

void convergence_start(Convergence *c, int64_t now_ns, uint64_t total)
{
    *c = (Convergence){
        .state = CONVERGENCE_STATE_CONVERGING, .reason = CONVERGENCE_REASON_FIRST_PASS, .first_total = total, .least_left = total,
        .rate_start_ns = now_ns,
    };
}

void convergence_complete(Convergence *c)
{
    c->state = CONVERGENCE_STATE_CONVERGING;
    c->reason = CONVERGENCE_REASON_FITS;
    c->has_eta = false;
    c->progress = 1;
}

/* At least 1: it fits. */
static double distance(const ConvergenceLook *l)
{
    return MAX((double)l->left / MAX(l->threshold, 1), 1);
}

static void note_rate(Convergence *c, const ConvergenceLook *l)
{
    int64_t ns = l->now_ns - c->rate_start_ns;

    c->rate_bytes += l->fresh;
    if (ns >= RATE_NS) {
        c->dirty_rate = (double)c->rate_bytes * 1e9 / ns;
        c->rate_start_ns = l->now_ns;
        c->rate_bytes = 0;
    }
}

static void note_pass(Convergence *c, const ConvergenceLook *l)
{
    double d = distance(l);

    note_rate(c, l);
    if (!c->passes++) {
        c->first_distance = c->best_distance = d;
        return;
    }
    c->waiting = d > 1 && d > c->best_distance * GAIN ? c->waiting + 1 : 0;
    c->losing = d > 1 && c->dirty_rate >= l->bandwidth ? c->losing + 1 : 0;
    c->best_distance = MIN(c->best_distance, d);
}

static double progress_of(Convergence *c, const ConvergenceLook *l)
{
    double done;

    if (!c->passes) {
        c->least_left = MIN(c->least_left, l->left);
        return c->first_total ? 0.5 * (c->first_total - c->least_left) / c->first_total : 0;
    }
    done = c->first_distance > 1 ? 1 - log(c->best_distance) / log(c->first_distance) : 1;
    return 0.5 + 0.499 * done;
}

static void say(Convergence *c, ConvergenceState state, ConvergenceReason reason)
{
    c->state = state;
    c->reason = reason;
}

static void judge(Convergence *c, const ConvergenceLook *l)
{
    if (l->stopcopy > l->threshold && c->passes) {
        say(c, CONVERGENCE_STATE_HOPELESS, CONVERGENCE_REASON_STOPCOPY_SIZE);
    } else if (!c->passes) {
        say(c, CONVERGENCE_STATE_CONVERGING, CONVERGENCE_REASON_FIRST_PASS);
    } else if (l->left <= l->threshold) {
        say(c, l->acks ? CONVERGENCE_STATE_STALLED : CONVERGENCE_STATE_CONVERGING,
            l->acks ? CONVERGENCE_REASON_ACKS : CONVERGENCE_REASON_FITS);
    } else if (c->losing >= CONVERGENCE_LOOKS - 1) {
        say(c, CONVERGENCE_STATE_HOPELESS, CONVERGENCE_REASON_DIRTY_RATE);
    } else if (c->waiting >= CONVERGENCE_LOOKS) {
        say(c, CONVERGENCE_STATE_STALLED, CONVERGENCE_REASON_NO_GAIN);
    } else if (l->exact || c->state == CONVERGENCE_STATE_CONVERGING) {
        say(c, CONVERGENCE_STATE_CONVERGING, CONVERGENCE_REASON_SHRINKING);
    }
}

/* What is too much goes at the rate that is left over after what gets dirty. */
static void foresee(Convergence *c, const ConvergenceLook *l)
{
    double net = (double)l->bandwidth - c->dirty_rate;
    uint64_t more = l->left > l->threshold ? l->left - l->threshold : 0;
    double ms = more ? more * 1000.0 / net : 0;

    c->has_eta = c->state == CONVERGENCE_STATE_CONVERGING && (!more || (net > 0 && ms < 1e15));
    c->eta_ms = c->has_eta ? ms : 0;
}

void convergence_look(Convergence *c, const ConvergenceLook *l)
{
    if (l->exact) {
        note_pass(c, l);
    }
    judge(c, l);
    foresee(c, l);
    c->progress = progress_of(c, l);
}
