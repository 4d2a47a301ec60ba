/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule C13 of docs/devel/migration.md: what is said of made-up histories of migrations. */
#include "qemu/osdep.h"
#include "migration/convergence.h"

#define MB 1000000ull
#define MS 1000000ll

/* A guest and a channel: passes of what was dirtied while the pass before was sent. */
typedef struct Sim {
    Convergence c;
    int64_t now;
    uint64_t left, bandwidth, dirty, working_set, threshold, stopcopy;
    uint32_t acks;
    double last_progress;
} Sim;

static void begin(Sim *s)
{
    s->now = 5 * MS;
    convergence_start(&s->c, s->now, s->left);
    s->last_progress = 0;
}

static void look(Sim *s, bool exact, uint64_t fresh)
{
    ConvergenceLook l = {
        .now_ns = s->now, .left = s->left + s->stopcopy, .stopcopy = s->stopcopy, .fresh = fresh,
        .threshold = s->threshold, .bandwidth = s->bandwidth, .acks = s->acks, .exact = exact,
    };

    convergence_look(&s->c, &l);
    g_assert_cmpfloat(s->c.progress, >=, s->last_progress);
    g_assert_cmpfloat(s->c.progress, <, 1);
    s->last_progress = s->c.progress;
}

/* Sends all there is in ten steps, then finds what got dirty. */
static void pass(Sim *s)
{
    int64_t start = s->now;
    uint64_t all = s->left, fresh;

    for (int i = 1; i <= 10; i++) {
        s->now += all / 10 * 1000 / s->bandwidth * MS;
        s->left = all - all / 10 * i;
        look(s, false, 0);
    }
    s->now += MS;
    fresh = MIN(s->working_set, s->dirty * ((s->now - start) / MS) / 1000);
    s->left = fresh;
    look(s, true, fresh);
}

static void assert_says(Sim *s, ConvergenceState state, ConvergenceReason reason)
{
    g_assert_cmpstr(ConvergenceState_str(s->c.state), ==, ConvergenceState_str(state));
    g_assert_cmpstr(ConvergenceReason_str(s->c.reason), ==, ConvergenceReason_str(reason));
}

/* The channel is four times as fast as the guest: an ETA that falls, then it fits. */
static void test_converging(void)
{
    Sim s = { .left = 1000 * MB, .bandwidth = 100 * MB, .dirty = 25 * MB, .working_set = 500 * MB, .threshold = 10 * MB };
    uint64_t eta;

    begin(&s);
    look(&s, false, 0);
    assert_says(&s, CONVERGENCE_STATE_CONVERGING, CONVERGENCE_REASON_FIRST_PASS);
    g_assert_true(s.c.has_eta);
    pass(&s);
    assert_says(&s, CONVERGENCE_STATE_CONVERGING, CONVERGENCE_REASON_SHRINKING);
    g_assert_cmpuint(s.c.dirty_rate / MB, >=, 24);
    g_assert_cmpuint(s.c.dirty_rate / MB, <=, 25);
    g_assert_true(s.c.has_eta);
    eta = s.c.eta_ms;
    /* 250 MB left, 240 too much, 75 MB/s net. */
    g_assert_cmpuint(eta, >, 3000);
    g_assert_cmpuint(eta, <, 3400);
    pass(&s);
    g_assert_cmpuint(s.c.eta_ms, <, eta);
    while (s.left > s.threshold) {
        pass(&s);
    }
    assert_says(&s, CONVERGENCE_STATE_CONVERGING, CONVERGENCE_REASON_FITS);
    g_assert_cmpuint(s.c.eta_ms, ==, 0);
    convergence_complete(&s.c);
    g_assert_cmpfloat(s.c.progress, ==, 1);
}

/* Dirtied faster than sent: said at the third pass; a wider limit, or a guest that calms down, is seen at once. */
static void test_hopeless(void)
{
    Sim s = { .left = 1000 * MB, .bandwidth = 100 * MB, .dirty = 300 * MB, .working_set = 400 * MB, .threshold = 10 * MB };

    begin(&s);
    for (int i = 0; i < CONVERGENCE_LOOKS; i++) {
        g_assert_cmpint(s.c.state, !=, CONVERGENCE_STATE_HOPELESS);
        /* the working set is found dirty again and again, at 100 MB/s or more */
        s.left = i ? 400 * MB : 1000 * MB;
        s.now += 3000 * MS;
        s.left = 400 * MB;
        look(&s, true, 400 * MB);
    }
    g_assert_cmpint(s.c.passes, ==, CONVERGENCE_LOOKS);
    assert_says(&s, CONVERGENCE_STATE_HOPELESS, CONVERGENCE_REASON_DIRTY_RATE);
    g_assert_false(s.c.has_eta);
    s.dirty = 20 * MB;
    pass(&s);
    assert_says(&s, CONVERGENCE_STATE_CONVERGING, CONVERGENCE_REASON_SHRINKING);
    g_assert_true(s.c.has_eta);
    s.threshold = 1000 * MB;
    look(&s, false, 0);
    assert_says(&s, CONVERGENCE_STATE_CONVERGING, CONVERGENCE_REASON_FITS);
}

/* Sent a little faster than dirtied, but a pass never gets smaller. */
static void test_stalled(void)
{
    Sim s = { .left = 1000 * MB, .bandwidth = 100 * MB, .dirty = 99 * MB, .working_set = 90 * MB, .threshold = 10 * MB };

    begin(&s);
    for (int i = 0; i < 5; i++) {
        pass(&s);
    }
    assert_says(&s, CONVERGENCE_STATE_STALLED, CONVERGENCE_REASON_NO_GAIN);
    g_assert_false(s.c.has_eta);
    s.dirty = 20 * MB;
    pass(&s);
    assert_says(&s, CONVERGENCE_STATE_CONVERGING, CONVERGENCE_REASON_SHRINKING);
}

/* Device state alone exceeds the limit: no amount of copying helps. */
static void test_stopcopy(void)
{
    Sim s = { .left = 100 * MB, .bandwidth = 100 * MB, .threshold = 10 * MB, .stopcopy = 11 * MB };

    begin(&s);
    pass(&s);
    assert_says(&s, CONVERGENCE_STATE_HOPELESS, CONVERGENCE_REASON_STOPCOPY_SIZE);
    s.threshold = 11 * MB;
    look(&s, false, 0);
    assert_says(&s, CONVERGENCE_STATE_CONVERGING, CONVERGENCE_REASON_FITS);
}

static void test_acks(void)
{
    Sim s = { .left = 100 * MB, .bandwidth = 100 * MB, .threshold = 10 * MB, .acks = 1 };

    begin(&s);
    pass(&s);
    assert_says(&s, CONVERGENCE_STATE_STALLED, CONVERGENCE_REASON_ACKS);
    s.acks = 0;
    look(&s, true, 0);
    assert_says(&s, CONVERGENCE_STATE_CONVERGING, CONVERGENCE_REASON_FITS);
}

/* Random histories, with figures no channel has: look() checks that progress never goes back and stays below 1. */
static void test_progress(void)
{
    for (int run = 0; run < 300; run++) {
        Sim s = { .left = g_test_rand_int_range(0, 1000) * MB, .threshold = g_test_rand_int_range(0, 50) * MB };

        begin(&s);
        for (int i = 0; i < 100; i++) {
            bool exact = g_test_rand_int_range(0, 4) == 0;

            s.now += g_test_rand_int_range(0, 100) * MS;
            s.bandwidth = g_test_rand_int_range(0, 200) * MB;
            s.stopcopy = g_test_rand_int_range(0, 3) * MB;
            if (g_test_rand_int_range(0, 10) == 0) {
                s.threshold = g_test_rand_int_range(0, 50) * MB;
            }
            if (exact) {
                s.left = g_test_rand_int_range(0, 1000) * MB;
            } else {
                s.left -= MIN(s.left, s.stopcopy + g_test_rand_int_range(3, 100) * MB);
            }
            if (i == 99) {
                s.left = UINT64_MAX - s.stopcopy;
            }
            look(&s, exact || i == 99, s.left);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/convergence/C13-converging", test_converging);
    g_test_add_func("/convergence/C13-hopeless", test_hopeless);
    g_test_add_func("/convergence/C13-stalled", test_stalled);
    g_test_add_func("/convergence/C13-stopcopy", test_stopcopy);
    g_test_add_func("/convergence/C13-acks", test_acks);
    g_test_add_func("/convergence/C13-progress", test_progress);
    return g_test_run();
}
