/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision to switch over and the figures around it: rules C1, C3-C5, C8-C10 of docs/devel/migration.md. */
#include "qemu/osdep.h"
#include "migration/ledger.h"
#include "migration/switchover.h"

/* A fake set of modules: what the two kinds of query say, and how often they were asked. */
typedef struct Fake {
    MigPendingData estimate, exact;
    int estimates, exacts;
} Fake;

static void fake_query(void *opaque, bool exact, MigPendingData *out)
{
    Fake *f = opaque;

    *(exact ? &f->exacts : &f->estimates) += 1;
    *out = exact ? f->exact : f->estimate;
}

static SwitchoverDecision decide(Fake *f, uint64_t threshold)
{
    MigPendingData last;

    return switchover_decide(threshold, fake_query, f, &last);
}

/* C3: an estimate that equals the threshold still needs the exact figure, and dirty data since then counts. */
static void test_tie(void)
{
    Fake grew = { .estimate.precopy_bytes = 1000, .exact.precopy_bytes = 1001 };
    Fake tie = { .estimate.precopy_bytes = 1000, .exact.precopy_bytes = 1000 };
    Fake above = { .estimate.precopy_bytes = 1001, .exact.precopy_bytes = 0 };

    g_assert_cmpint(decide(&grew, 1000), ==, MIG_NEW_PASS);
    g_assert_cmpint(grew.exacts, ==, 1);
    g_assert_cmpint(decide(&tie, 1000), ==, MIG_SWITCHOVER);
    g_assert_cmpint(tie.exacts, ==, 1);
    g_assert_cmpint(decide(&above, 1000), ==, MIG_ITERATE);
    g_assert_cmpint(above.exacts, ==, 0);
}

/* C1: all three parts count, in both kinds of query. */
static void test_parts(void)
{
    Fake f = { .estimate = { 1, 2, 3 }, .exact = { 1, 2, 3 } };

    g_assert_cmpint(decide(&f, 6), ==, MIG_SWITCHOVER);
    g_assert_cmpint(decide(&f, 5), ==, MIG_ITERATE);
    f.exact.stopcopy_bytes = 3;
    g_assert_cmpint(decide(&f, 6), ==, MIG_NEW_PASS);
    /* Nothing dirty and no bandwidth known: may stop. */
    f = (Fake){ 0 };
    g_assert_cmpint(decide(&f, 0), ==, MIG_SWITCHOVER);
}

/* C8: outstanding acks hold the switchover back. */
static void test_acks(void)
{
    Fake f = { .exact.switchover_acks = 1 };

    g_assert_cmpint(decide(&f, 100), ==, MIG_ITERATE);
    f.exact.switchover_acks = 0;
    g_assert_cmpint(decide(&f, 100), ==, MIG_SWITCHOVER);
}

/* C4, C5: units, saturation, no division by nothing. */
static void test_figures(void)
{
    g_assert_cmpuint(switchover_bandwidth(0, 7), ==, 7);
    g_assert_cmpuint(switchover_bandwidth(9, 7), ==, 9);
    g_assert_cmpuint(switchover_threshold(1000000, 300), ==, 300000);
    g_assert_cmpuint(switchover_threshold(UINT64_MAX, 2000000), ==, UINT64_MAX);
    g_assert_cmpuint(switchover_threshold(0, 300), ==, 0);
    g_assert_cmpint(switchover_expected_downtime(300000, 1000000, 5), ==, 300);
    g_assert_cmpint(switchover_expected_downtime(300001, 1000000, 5), ==, 301);
    g_assert_cmpint(switchover_expected_downtime(0, 1000000, 5), ==, 0);
    g_assert_cmpint(switchover_expected_downtime(300000, 0, 5), ==, 5);
    g_assert_cmpint(switchover_expected_downtime(UINT64_MAX, 1, 5), ==, INT64_MAX);
    /* The figure for exactly the threshold is exactly the limit. */
    for (uint64_t bw = 1; bw < 1ull << 40; bw = bw * 3 + 1) {
        g_assert_cmpint(switchover_expected_downtime(switchover_threshold(bw, 300), bw, 0), <=, 300);
    }
}

/* C5: sizes that cannot be true are not added in. */
static void test_untrue_sizes(void)
{
    MigPendingData sum = { 10, 20, 30 }, wild = { .stopcopy_bytes = UINT64_MAX }, fine = { 1, 1, 1, 2 };

    g_assert_false(mig_pending_add(&sum, &wild, 1ull << 50));
    g_assert_cmpuint(mig_pending_total(&sum), ==, 60);
    g_assert_true(mig_pending_add(&sum, &fine, 1ull << 50));
    g_assert_cmpuint(mig_pending_total(&sum), ==, 63);
    g_assert_cmpuint(sum.switchover_acks, ==, 2);
    sum = (MigPendingData){ UINT64_MAX, 1, 0 };
    g_assert_cmpuint(mig_pending_total(&sum), ==, UINT64_MAX);
}

/* C10: only busy time makes a window. */
static void test_meter(void)
{
    BandwidthMeter m = { 0 };

    g_assert_false(bandwidth_meter_add(&m, 5000000, MIG_WINDOW_NS / 2));
    g_assert_cmpuint(m.rate, ==, 0);
    g_assert_true(bandwidth_meter_add(&m, 5000000, MIG_WINDOW_NS / 2));
    g_assert_cmpuint(m.rate, ==, 100000000);
    /* A window under way does not disturb the last rate. */
    g_assert_false(bandwidth_meter_add(&m, 1, 1));
    g_assert_cmpuint(m.rate, ==, 100000000);
}

static void test_polish(void)
{
    SwitchoverPolish p = { 0 };
    const uint64_t bw = 1000000000;

    g_assert_true(switchover_polish(&p, 100000000, 0, bw));      /* 100 ms: go on */
    g_assert_true(switchover_polish(&p, 50000000, 0, bw));       /* halved */
    g_assert_false(switchover_polish(&p, 40000000, 0, bw));      /* no longer pays */
    p = (SwitchoverPolish){ 0 };
    g_assert_false(switchover_polish(&p, 2000000, 0, bw));       /* 2 ms is short enough */
    g_assert_false(switchover_polish(&p, 100000000, 99000000, bw));  /* the rest moves only when stopped */
    for (uint64_t left = 1ull << 40, n = 0; n < MIG_POLISH_PASSES; n++, left /= 2) {
        g_assert_true(switchover_polish(&p, left, 0, bw));
    }
    g_assert_false(switchover_polish(&p, 1ull << 30, 0, bw));    /* enough */
}

/* C11: bytes at the bandwidth, device state among them, and what does not depend on bytes; always a figure. */
static void test_forecast(void)
{
    SwitchoverForecast f = { 0 };
    int64_t fixed = switchover_forecast(&f, 0, 1000000), a, b;

    g_assert_cmpint(fixed, >, 0);
    g_assert_cmpint(switchover_forecast(&f, 1000000, 1000000), ==, fixed + 1000000000);
    f.device_bytes = 500000;
    g_assert_cmpint(switchover_forecast(&f, 1000000, 1000000), ==, fixed + 1500000000);
    f = (SwitchoverForecast){ .save_ns = 1000, .sync_ns = 10, .rtt_ns = 1000000 };
    g_assert_cmpint(switchover_forecast(&f, 0, 1), ==, fixed + 2002010);
    f.load_ns = 5000;                                            /* the destination knows better */
    g_assert_cmpint(switchover_forecast(&f, 0, 1), ==, fixed + 2006010);
    /* Nothing measured yet: more bytes still take longer. */
    a = switchover_forecast(&f, 1 << 20, 0);
    b = switchover_forecast(&f, 1 << 30, 0);
    g_assert_cmpint(a, <, b);
    f.device_bytes = UINT64_MAX;
    g_assert_cmpint(switchover_forecast(&f, UINT64_MAX, 1), >, INT64_MAX / 2);
}

/* C12: phases without a gap; a clock that stands still or goes back adds nothing. */
static void test_ledger(void)
{
    SwitchoverTimes l = { 0 };

    ledger_begin(&l, 100);
    ledger_phase_ends(&l, PHASE_STOP, 130);
    ledger_phase_ends(&l, PHASE_ITERABLE, 120);
    ledger_phase_ends(&l, PHASE_IMAGES, 130);
    ledger_phase_ends(&l, PHASE_DEVICES, 170);
    g_assert_cmpint(l.phase_ns[PHASE_STOP], ==, 30);
    g_assert_cmpint(l.phase_ns[PHASE_ITERABLE], ==, 0);
    g_assert_cmpint(l.phase_ns[PHASE_DEVICES], ==, 40);
    g_assert_cmpint(ledger_actual(&l), ==, 70);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/switchover/C3-tie", test_tie);
    g_test_add_func("/switchover/C1-parts", test_parts);
    g_test_add_func("/switchover/C8-acks", test_acks);
    g_test_add_func("/switchover/C4-C5-figures", test_figures);
    g_test_add_func("/switchover/C5-untrue-sizes", test_untrue_sizes);
    g_test_add_func("/switchover/C10-meter", test_meter);
    g_test_add_func("/switchover/C11-forecast", test_forecast);
    g_test_add_func("/switchover/C12-ledger", test_ledger);
    g_test_add_func("/switchover/polish", test_polish);
    return g_test_run();
}
