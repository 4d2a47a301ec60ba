/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The switchover with a device of any size, rules C1-C10 and C15 of docs/devel/migration.md, through the whole program. Nothing
 * here depends on speed: the threshold is set by hand, and what the device reports decides.
 */
#include "qemu/osdep.h"
#include "qobject/qnum.h"
#include "tests/qtest/libqtest.h"

#define DEV "/machine/peripheral/td"
/* avail-switchover-bandwidth 1 MB/s, downtime-limit 1 s. */
#define THRESHOLD 1000000

typedef struct Pair {
    char *uri, *log;
    QTestState *from, *to;
} Pair;

static QTestState *launch(Pair *p, const char *machine, const char *props, const char *more)
{
    return qtest_initf("-machine %s -nodefaults -device migration-testdev,id=td%s %s 2>>%s", machine, props, more,
                       p->log);
}

static void begin_on(Pair *p, const char *machine, const char *props)
{
    g_autofree char *incoming = NULL;

    p->uri = g_strdup_printf("unix:%s/testdev-%d.sock", g_get_tmp_dir(), getpid());
    p->log = g_strdup_printf("%s/testdev-%d.log", g_get_tmp_dir(), getpid());
    incoming = g_strdup_printf("-incoming %s", p->uri);
    p->from = launch(p, machine, props, "");
    p->to = launch(p, machine, "", incoming);
    qtest_qmp_assert_success(p->from, "{'execute': 'migrate-set-parameters', 'arguments': {"
                             "'avail-switchover-bandwidth': 1000000, 'downtime-limit': 1000, 'max-bandwidth': 0}}");
}

static void begin(Pair *p, const char *props)
{
    begin_on(p, "none", props);
}

static void finish(Pair *p)
{
    qtest_quit(p->from);
    if (p->to) {
        qtest_quit(p->to);
    }
    unlink(p->uri + strlen("unix:"));
    unlink(p->log);
    g_free(p->uri);
    g_free(p->log);
}

/* A destination whose source failed has ended by itself, with status 1. */
static void finish_failed(Pair *p)
{
    qtest_set_expected_status(p->to, EXIT_FAILURE);
    qtest_wait_qemu(p->to);
    qtest_quit(p->to);
    p->to = NULL;
    finish(p);
}

static uint64_t get(QTestState *s, const char *name)
{
    QDict *r = qtest_qmp(s, "{'execute': 'qom-get', 'arguments': {'path': %s, 'property': %s}}", DEV, name);
    uint64_t v = qdict_get_int(r, "return");

    qobject_unref(r);
    return v;
}

static void set(QTestState *s, const char *name, uint64_t v)
{
    qtest_qmp_assert_success(s, "{'execute': 'qom-set', 'arguments': {'path': %s, 'property': %s, 'value': %" PRIu64
                             "}}", DEV, name, v);
}

static void migrate(Pair *p)
{
    qtest_qmp_assert_success(p->from, "{'execute': 'migrate', 'arguments': {'uri': %s}}", p->uri);
}

static QDict *query(Pair *p)
{
    return qtest_qmp_assert_success_ref(p->from, "{'execute': 'query-migrate'}");
}

static bool has_status(Pair *p, const char *want)
{
    g_autoptr(QDict) r = query(p);

    return !strcmp(qdict_get_str(r, "status"), want);
}

static void wait_status(Pair *p, const char *want)
{
    while (!has_status(p, want)) {
        if (has_status(p, "failed") || has_status(p, "completed")) {
            g_autoptr(QDict) r = query(p);

            if (strcmp(qdict_get_str(r, "status"), want)) {
                g_error("%s: %s", qdict_get_str(r, "status"), qdict_get_try_str(r, "error-desc"));
            }
        }
        g_usleep(2000);
    }
}

/* Until the device was asked @more times; the migration must be active all the time. */
static void active_for(Pair *p, uint64_t more)
{
    uint64_t end;

    wait_status(p, "active");
    end = get(p->from, "exacts") + more;
    while (get(p->from, "exacts") < end) {
        g_assert_true(has_status(p, "active"));
        g_usleep(2000);
    }
}

static void arrives(Pair *p, uint64_t bytes)
{
    wait_status(p, "completed");
    g_assert_cmpuint(get(p->to, "received"), ==, bytes);
}

static void assert_running(QTestState *s, bool running)
{
    g_autoptr(QDict) r = qtest_qmp_assert_success_ref(s, "{'execute': 'query-status'}");

    g_assert_cmpint(qdict_get_bool(r, "running"), ==, running);
}

/* C1, C7: all kinds of bytes count and arrive, on a machine with RAM. */
static void test_sizes(void)
{
    Pair p = { 0 };
    QDict *r;

    begin_on(&p, "pc -m 16", ",initial-size=3000001,dirty-size=70001,stopcopy-size=500001");
    migrate(&p);
    wait_status(&p, "completed");
    g_assert_cmpuint(get(p.to, "received"), >=, 3500002);
    r = query(&p);
    g_assert_cmpint(qdict_get_int(qdict_get_qdict(r, "ram"), "downtime-bytes"), >=, 500001);
    qobject_unref(r);
    assert_running(p.from, false);
    assert_running(p.to, true);
    finish(&p);
}

/*
 * C3: the estimate is exactly the threshold, the exact figure one byte more: never enough. Then that is the threshold too:
 * enough at the next look. With < in either place, or without the exact query, one of the two fails.
 */
static void test_tie(void)
{
    Pair p = { 0 };
    uint64_t before;

    begin(&p, ",stopcopy-size=1000000,exact-extra=1");
    migrate(&p);
    active_for(&p, 4);
    set(p.from, "exact-extra", 0);
    before = get(p.from, "exacts");
    while (!has_status(&p, "completed")) {
        g_assert_cmpuint(get(p.from, "exacts"), <=, before + 3);
        g_usleep(2000);
    }
    arrives(&p, THRESHOLD);
    finish(&p);
}

/* C3: one byte above the threshold is too much also when both queries agree. */
static void test_above(void)
{
    Pair p = { 0 };

    begin(&p, ",stopcopy-size=1000001");
    migrate(&p);
    active_for(&p, 4);
    set(p.from, "stopcopy-size", THRESHOLD);
    arrives(&p, THRESHOLD);
    finish(&p);
}

/* C5: sizes that cannot be: left out, with one warning that names the device; the figures stay sane. */
static void test_garbage(void)
{
    for (int kind = 1; kind <= 3; kind++) {
        Pair p = { 0 };
        g_autofree char *props = g_strdup_printf(",stopcopy-size=1000,garbage=%d", kind);
        g_autofree char *log = NULL;
        int64_t downtime;
        QDict *r;

        begin(&p, props);
        qtest_qmp_assert_success(p.from, "{'execute': 'migrate-set-capabilities', 'arguments': {'capabilities': "
                                 "[{'capability': 'pause-before-switchover', 'state': true}]}}");
        migrate(&p);
        wait_status(&p, "pre-switchover");
        r = query(&p);
        downtime = qdict_get_int(r, "expected-downtime");
        g_assert_cmpint(downtime, >=, 0);
        g_assert_cmpint(downtime, <, 60000);
        qobject_unref(r);
        qtest_qmp_assert_success(p.from, "{'execute': 'migrate-continue', 'arguments': {'state': 'pre-switchover'}}");
        arrives(&p, 1000);
        g_assert_true(g_file_get_contents(p.log, &log, NULL, NULL));
        g_assert_nonnull(strstr(log, "'td/migration-testdev' reports sizes that cannot be true"));
        finish(&p);
    }
}

static void with_acks(Pair *p, const char *props)
{
    begin(p, props);
    qtest_qmp_assert_success(p->from, "{'execute': 'migrate-set-capabilities', 'arguments': {'capabilities': "
                             "[{'capability': 'switchover-ack', 'state': true}]}}");
}

static void wait_wanted(Pair *p, uint64_t n)
{
    while (get(p->to, "acks-wanted") < n) {
        g_usleep(2000);
    }
}

/* C8: acks hold the switchover back, are asked for more than once, and come late. */
static void test_acks(void)
{
    Pair p = { 0 };

    with_acks(&p, ",stopcopy-size=1000,acks=2");
    migrate(&p);
    wait_wanted(&p, 2);
    active_for(&p, 2);
    set(p.to, "acknowledge", 1);
    active_for(&p, 2);
    set(p.from, "acks", 3);
    wait_wanted(&p, 3);
    set(p.to, "acknowledge", 1);
    active_for(&p, 2);
    set(p.to, "acknowledge", 1);
    arrives(&p, 1000);
    finish(&p);
}

/* C8: an ack too many is ignored and does not answer a later question. */
static void test_ack_twice(void)
{
    Pair p = { 0 };

    with_acks(&p, ",stopcopy-size=1000001,acks=1");
    migrate(&p);
    wait_wanted(&p, 1);
    set(p.to, "acknowledge", 3);
    active_for(&p, 2);
    set(p.from, "acks", 2);
    wait_wanted(&p, 2);
    set(p.from, "stopcopy-size", 1000);
    active_for(&p, 3);
    set(p.to, "acknowledge", 1);
    arrives(&p, 1000);
    finish(&p);
}

/* C8: one that never comes: the guest runs, and migrate_cancel ends it. */
static void test_ack_never(void)
{
    Pair p = { 0 };

    with_acks(&p, ",acks=1");
    migrate(&p);
    wait_wanted(&p, 1);
    active_for(&p, 3);
    qtest_qmp_assert_success(p.from, "{'execute': 'migrate_cancel'}");
    wait_status(&p, "cancelled");
    assert_running(p.from, true);
    finish_failed(&p);
}

/* C8: asked for when the decision was made: failed, and the guest runs on here. */
static void test_ack_after_decision(void)
{
    Pair p = { 0 };
    g_autoptr(QDict) r = NULL;

    with_acks(&p, ",stopcopy-size=1000,late-acks=1");
    migrate(&p);
    wait_status(&p, "failed");
    r = query(&p);
    g_assert_nonnull(strstr(qdict_get_str(r, "error-desc"), "acknowledgement"));
    assert_running(p.from, true);
    finish_failed(&p);
}

/* C8: no way back for an ack: an error at once, not a wait for ever. */
static void test_ack_file(void)
{
    Pair p = { 0 };
    g_autoptr(QDict) r = NULL;

    with_acks(&p, ",acks=1");
    qtest_qmp_assert_success(p.from, "{'execute': 'migrate', 'arguments': {'uri': 'file:/dev/null'}}");
    wait_status(&p, "failed");
    r = query(&p);
    g_assert_nonnull(strstr(qdict_get_str(r, "error-desc"), "switchover-ack"));
    assert_running(p.from, true);
    finish(&p);
}

/*
 * C9, C10: nothing moves and the rest does not fit. Not more than one exact query per 100 ms window, each one a pass (C6), and
 * the bandwidth, which nobody set here, stays what it was when the channel was busy, and so does the estimate.
 */
static void test_no_spin(void)
{
    static const char *const props[] = {
        ",initial-size=2000000,stopcopy-size=1000000000000", ",initial-size=2000000,exact-extra=1000000000000",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(props); i++) {
        Pair p = { 0 };
        uint64_t exacts, passes;
        int64_t before, start;
        QDict *r;

        begin(&p, props[i]);
        qtest_qmp_assert_success(p.from, "{'execute': 'migrate-set-parameters', 'arguments': "
                                 "{'avail-switchover-bandwidth': 0}}");
        migrate(&p);
        active_for(&p, 2);
        start = g_get_monotonic_time();
        exacts = get(p.from, "exacts");
        r = query(&p);
        before = qdict_get_int(r, "expected-downtime");
        qobject_unref(r);
        active_for(&p, 8);
        exacts = get(p.from, "exacts") - exacts;
        g_assert_cmpuint(exacts, <=, (g_get_monotonic_time() - start) / 100000 + 2);
        passes = get(p.from, "exacts");
        r = query(&p);
        g_assert_cmpuint(qdict_get_int(qdict_get_qdict(r, "ram"), "dirty-sync-count"), >, passes);
        g_assert_cmpuint(qdict_get_int(qdict_get_qdict(r, "ram"), "dirty-sync-count"), <=, passes + 4);
        if (i == 0) {
            g_assert_cmpint(qdict_get_int(r, "expected-downtime"), ==, before);
        }
        qobject_unref(r);
        set(p.from, "stopcopy-size", 0);
        set(p.from, "exact-extra", 0);
        arrives(&p, 2000000);
        finish(&p);
    }
}

/* C11: an estimate in the first pass too, not the limit itself, and it grows with what is left. */
static void test_first_estimate(void)
{
    int64_t given[2];

    for (int i = 0; i < 2; i++) {
        Pair p = { 0 };
        QDict *r;

        begin(&p, i ? ",initial-size=900000000000" : ",initial-size=300000000000");
        qtest_qmp_assert_success(p.from, "{'execute': 'migrate-set-parameters', 'arguments': {'max-bandwidth': 100000}}");
        migrate(&p);
        wait_status(&p, "active");
        while (get(p.from, "estimates") == 0) {
            g_usleep(1000);
        }
        r = query(&p);
        given[i] = qdict_get_int(r, "expected-downtime");
        g_assert_cmpint(qdict_get_int(qdict_get_qdict(r, "ram"), "dirty-sync-count"), ==, 1);
        qobject_unref(r);
        qtest_qmp_assert_success(p.from, "{'execute': 'migrate_cancel'}");
        wait_status(&p, "cancelled");
        finish_failed(&p);
    }
    /* At the 1 MB/s that begin() sets. */
    g_assert_cmpint(given[0], >, 290000000);
    g_assert_cmpint(given[1], >, 890000000);
}

/*
 * C12: the ledger adds up; the section whose load was made slow is the slow one, in the destination's report and in the phase
 * where the source waits.
 */
static void test_ledger(void)
{
    static const char *const phases[] = {
        "stop-us", "hold-us", "iterable-us", "images-us", "devices-us", "load-wait-us", "hand-over-us",
    };
    Pair p = { 0 };
    g_autoptr(QDict) r = NULL;
    QDict *l;
    const QListEntry *e;
    int64_t sum = 0;
    bool found = false;

    begin_on(&p, "pc -m 16", ",stopcopy-size=10000");
    set(p.to, "load-delay-us", 200000);
    migrate(&p);
    arrives(&p, 10000);
    r = query(&p);
    l = qdict_get_qdict(r, "x-switchover");
    g_assert_nonnull(l);
    for (unsigned i = 0; i < G_N_ELEMENTS(phases); i++) {
        sum += qdict_get_int(l, phases[i]);
    }
    g_assert_cmpint(sum, ==, qdict_get_int(l, "actual-us"));
    g_assert_cmpint(qdict_get_int(l, "actual-us"), >=, 200000);
    g_assert_cmpint(qdict_get_int(l, "estimate-us"), >=, 10000);         /* 10 kB at 1 MB/s */
    g_assert_true(qdict_haskey(l, "destination-load-us") && qdict_haskey(l, "destination-resume-us"));
    for (e = qlist_first(qdict_get_qlist(l, "sections")); e; e = qlist_next(e)) {
        QDict *d = qobject_to(QDict, qlist_entry_obj(e));

        if (!strcmp(qdict_get_str(d, "name"), "td/migration-testdev")) {
            found = true;
            g_assert_cmpint(qdict_get_int(d, "bytes"), >=, 10000);
            g_assert_cmpint(qdict_get_int(d, "load-us"), >=, 200000);
        }
    }
    g_assert_true(found);
    finish(&p);
}

static void assert_convergence(Pair *p, const char *state, const char *reason)
{
    g_autoptr(QDict) r = query(p);
    QDict *c = qdict_get_qdict(r, "x-convergence");

    g_assert_cmpstr(qdict_get_str(c, "state"), ==, state);
    g_assert_cmpstr(qdict_get_str(c, "reason"), ==, reason);
}

/*
 * C13: device state that is too much is hopeless, with that reason, and HMP says it too; a changed limit completes it.
 */
static void test_convergence(void)
{
    Pair p = { 0 };
    g_autoptr(QDict) r = NULL;
    g_autoptr(QDict) text = NULL;

    begin(&p, ",initial-size=10000000,stopcopy-size=1000001");
    migrate(&p);
    active_for(&p, 2);
    assert_convergence(&p, "hopeless", "stopcopy-size");
    text = qtest_qmp(p.from, "{'execute': 'human-monitor-command', 'arguments': {'command-line': 'info migrate'}}");
    g_assert_nonnull(strstr(qdict_get_str(text, "return"), "Convergence: hopeless (stopcopy-size), progress="));
    qtest_qmp_assert_success(p.from, "{'execute': 'migrate-set-parameters', 'arguments': {'downtime-limit': 2000}}");
    arrives(&p, 11000001);
    assert_convergence(&p, "converging", "fits");
    r = query(&p);
    g_assert_cmpfloat(qnum_get_double(qobject_to(QNum, qdict_get(qdict_get_qdict(r, "x-convergence"), "progress"))), ==, 1);
    finish(&p);
}

/* C13: a device that is dirtied faster than the channel sends, which is one byte a second as far as anyone knows. */
static void test_hopeless(void)
{
    Pair p = { 0 };

    begin(&p, ",initial-size=2000000,dirty-size=2000000");
    qtest_qmp_assert_success(p.from, "{'execute': 'migrate-set-parameters', 'arguments': "
                             "{'avail-switchover-bandwidth': 1}}");
    migrate(&p);
    for (bool hopeless = false; !hopeless;) {
        g_autoptr(QDict) r = query(&p);

        hopeless = !strcmp(qdict_get_str(qdict_get_qdict(r, "x-convergence"), "state"), "hopeless");
        g_usleep(2000);
    }
    assert_convergence(&p, "hopeless", "dirty-rate");
    qtest_qmp_assert_success(p.from, "{'execute': 'migrate-set-parameters', 'arguments': "
                             "{'avail-switchover-bandwidth': 1000000000000}}");
    wait_status(&p, "completed");
    assert_convergence(&p, "converging", "fits");
    finish(&p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/migration-testdev/C1-sizes", test_sizes);
    qtest_add_func("/migration-testdev/C3-tie", test_tie);
    qtest_add_func("/migration-testdev/C3-above", test_above);
    qtest_add_func("/migration-testdev/C5-garbage", test_garbage);
    qtest_add_func("/migration-testdev/C8-acks", test_acks);
    qtest_add_func("/migration-testdev/C8-ack-twice", test_ack_twice);
    qtest_add_func("/migration-testdev/C8-ack-never", test_ack_never);
    qtest_add_func("/migration-testdev/C8-ack-after-decision", test_ack_after_decision);
    qtest_add_func("/migration-testdev/C8-ack-file", test_ack_file);
    qtest_add_func("/migration-testdev/C10-no-spin", test_no_spin);
    qtest_add_func("/migration-testdev/C11-first-estimate", test_first_estimate);
    qtest_add_func("/migration-testdev/C12-ledger", test_ledger);
    qtest_add_func("/migration-testdev/C13-convergence", test_convergence);
    qtest_add_func("/migration-testdev/C13-hopeless", test_hopeless);
    return g_test_run();
}
