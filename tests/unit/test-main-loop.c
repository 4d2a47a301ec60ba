/* SPDX-License-Identifier: GPL-2.0-or-later */
/* util/: timers, bottom halves, fd handlers, worker threads, RCU. */
#include "qemu/osdep.h"
#include "qemu/event_notifier.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "qemu/thread-pool.h"
#include "qemu/timer.h"
#include "qapi/error.h"

/* --- timers, on a clock the test moves --- */

static int64_t now;

static int64_t test_clock(void)
{
    return now;
}

static GString *fired;

static void fire(void *opaque)
{
    g_string_append(fired, opaque);
}

static void test_timers(void)
{
    QEMUTimer *t[8];
    static char names[8][2];

    fired = g_string_new(NULL);
    qemu_clock_set_virtual_source(test_clock);
    for (int i = 0; i < 8; i++) {
        names[i][0] = 'a' + i;
        t[i] = timer_new_ns(QEMU_CLOCK_VIRTUAL, fire, names[i]);
        timer_mod(t[i], 100 * ((i * 5) % 8 + 1));
    }
    /* due at 100, 600, 300, 800, 500, 200, 700, 400 */
    g_assert_cmpint(qemu_clock_expire_ns(QEMU_CLOCK_VIRTUAL), ==, 100);
    timer_del(t[5]);
    timer_mod(t[0], 850);
    timer_mod_anticipate(t[7], 9999);            /* later than it is: no change */
    g_assert_false(timer_pending(t[5]));
    now = 400;
    qemu_clock_run_timers(QEMU_CLOCK_VIRTUAL);
    g_assert_cmpstr(fired->str, ==, "ch");
    now = 10000;
    qemu_clock_run_timers(QEMU_CLOCK_VIRTUAL);
    g_assert_cmpstr(fired->str, ==, "chebgda");
    g_assert_cmpint(qemu_clock_deadline_ns_all(QEMU_CLOCK_VIRTUAL), ==, -1);
    qemu_clock_enable(QEMU_CLOCK_VIRTUAL, false);
    timer_mod(t[1], 0);
    g_assert_false(qemu_clock_run_timers(QEMU_CLOCK_VIRTUAL));
    qemu_clock_enable(QEMU_CLOCK_VIRTUAL, true);
    g_assert_true(qemu_clock_run_timers(QEMU_CLOCK_VIRTUAL));
    for (int i = 0; i < 8; i++) {
        timer_free(t[i]);
    }
    g_string_free(fired, true);
}

/* Random arming and disarming against a plain scan. */
static void count_fire(void *opaque)
{
    ++*(int *)opaque;
}

static void test_timer_heap(void)
{
    enum { N = 50 };
    QEMUTimer *t[N];
    int64_t when[N];
    int hits[N] = { 0 }, expect[N] = { 0 };
    g_autoptr(GRand) rand = g_rand_new_with_seed(2);

    now = 0;
    for (int i = 0; i < N; i++) {
        t[i] = timer_new_ns(QEMU_CLOCK_VIRTUAL, count_fire, &hits[i]);
        when[i] = -1;
    }
    for (int round = 0; round < 20000; round++) {
        int i = g_rand_int_range(rand, 0, N);

        if (round % 5 == 4) {
            now += g_rand_int_range(rand, 0, 40);
            for (int k = 0; k < N; k++) {
                if (when[k] >= 0 && when[k] <= now) {
                    expect[k]++;
                    when[k] = -1;
                }
            }
            qemu_clock_run_timers(QEMU_CLOCK_VIRTUAL);
        } else if (round % 5 == 3) {
            timer_del(t[i]);
            when[i] = -1;
        } else {
            when[i] = now + g_rand_int_range(rand, 0, 100);
            timer_mod(t[i], when[i]);
        }
        int64_t nearest = -1;
        for (int k = 0; k < N; k++) {
            g_assert_cmpint(hits[k], ==, expect[k]);
            if (when[k] >= 0 && (nearest < 0 || when[k] < nearest)) {
                nearest = when[k];
            }
        }
        g_assert_cmpint(qemu_clock_expire_ns(QEMU_CLOCK_VIRTUAL), ==, nearest);
    }
    for (int i = 0; i < N; i++) {
        timer_free(t[i]);
    }
    qemu_clock_set_virtual_source(NULL);
}

/* --- the loop --- */

static int calls;

static void call(void *opaque)
{
    g_assert_true(bql_locked());
    calls++;
}

static void *schedule_from_thread(void *bh)
{
    qemu_bh_schedule(bh);
    return NULL;
}

static void test_bh(void)
{
    QEMUBH *bh = qemu_bh_new(call, NULL);
    QemuThread thread;

    calls = 0;
    qemu_bh_schedule(bh);
    qemu_bh_schedule(bh);
    main_loop_wait(false);
    g_assert_cmpint(calls, ==, 1);
    qemu_bh_schedule(bh);
    qemu_bh_cancel(bh);
    main_loop_wait(true);
    g_assert_cmpint(calls, ==, 1);
    qemu_thread_create(&thread, "bh", schedule_from_thread, bh, QEMU_THREAD_JOINABLE);
    while (calls == 1) {
        main_loop_wait(false);
    }
    qemu_thread_join(&thread);
    qemu_bh_delete(bh);
    qemu_bh_schedule_oneshot(call, NULL);
    main_loop_wait(false);
    main_loop_wait(true);
    g_assert_cmpint(calls, ==, 3);
}

static void notified(EventNotifier *e)
{
    if (event_notifier_test_and_clear(e)) {
        calls++;
    }
}

static void test_fd(void)
{
    EventNotifier e;

    calls = 0;
    g_assert_cmpint(event_notifier_init(&e, 0), ==, 0);
    event_notifier_set_handler(&e, notified);
    event_notifier_set(&e);
    main_loop_wait(false);
    g_assert_cmpint(calls, ==, 1);
    event_notifier_set_handler(&e, NULL);
    event_notifier_set(&e);
    main_loop_wait(true);
    g_assert_cmpint(calls, ==, 1);
    event_notifier_cleanup(&e);
}

static int work(void *arg)
{
    g_assert_false(bql_locked());
    return *(int *)arg * 2;
}

static void work_done(void *opaque, int ret)
{
    g_assert_true(bql_locked());
    *(int *)opaque = ret;
    calls++;
}

static void test_pool(void)
{
    int values[100];

    calls = 0;
    for (int i = 0; i < 100; i++) {
        values[i] = i;
        thread_pool_submit(NULL, work, &values[i], work_done, &values[i]);
    }
    while (calls < 100) {
        main_loop_wait(false);
    }
    for (int i = 0; i < 100; i++) {
        g_assert_cmpint(values[i], ==, 2 * i);
    }
}

/* The BQL is free while the loop waits, and timers wake it. */
static void *take_bql(void *arg)
{
    bql_lock();
    calls++;
    bql_unlock();
    qemu_notify_event();
    return NULL;
}

static void test_bql(void)
{
    QemuThread thread;
    QEMUTimer *t = timer_new_ms(QEMU_CLOCK_REALTIME, call, NULL);

    calls = 0;
    qemu_thread_create(&thread, "bql", take_bql, NULL, QEMU_THREAD_JOINABLE);
    while (!calls) {
        main_loop_wait(false);
    }
    qemu_thread_join(&thread);
    timer_mod(t, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + 1);
    while (calls < 2) {
        main_loop_wait(false);
    }
    timer_free(t);
}

/* --- RCU: a reader never sees a freed object, and every object is freed --- */

typedef struct Node {
    struct rcu_head rcu;
    unsigned canary;
} Node;

static Node *published;
static unsigned freed;
static bool stop_readers;

static void free_node(Node *n)
{
    g_assert_cmpuint(n->canary, ==, 0xfeed);
    n->canary = 0xdead;
    qatomic_inc(&freed);
    g_free(n);
}

static void *read_nodes(void *arg)
{
    while (!qatomic_read(&stop_readers)) {
        RCU_READ_LOCK_GUARD();
        Node *n = qatomic_rcu_read(&published);
        for (int i = 0; i < 50; i++) {
            g_assert_cmpuint(qatomic_read(&n->canary), ==, 0xfeed);
        }
    }
    return NULL;
}

static void test_rcu(void)
{
    enum { ROUNDS = 2000, READERS = 3 };
    QemuThread readers[READERS];

    published = g_new0(Node, 1);
    published->canary = 0xfeed;
    for (int i = 0; i < READERS; i++) {
        qemu_thread_create(&readers[i], "reader", read_nodes, NULL, QEMU_THREAD_JOINABLE);
    }
    for (int i = 0; i < ROUNDS; i++) {
        Node *n = g_new0(Node, 1), *old = published;

        n->canary = 0xfeed;
        qatomic_rcu_set(&published, n);
        if (i % 100 == 0) {
            synchronize_rcu();
            free_node(old);
        } else {
            call_rcu(old, free_node, rcu);
        }
    }
    qatomic_set(&stop_readers, true);
    for (int i = 0; i < READERS; i++) {
        qemu_thread_join(&readers[i]);
    }
    drain_call_rcu();
    g_assert_cmpuint(freed, ==, ROUNDS);
    g_free(published);
}

static bool forced;

static void force(void)
{
    qatomic_set(&forced, true);
}

static void *long_reader(void *arg)
{
    rcu_read_lock();
    qemu_sem_post(arg);
    while (!qatomic_read(&forced)) {
        g_thread_yield();
    }
    rcu_read_unlock();
    return NULL;
}

/* A reader that stays until it is told to leave: the hook must tell it. */
static void test_rcu_force(void)
{
    QemuThread thread;
    QemuSemaphore ready;

    qemu_sem_init(&ready, 0);
    rcu_set_force_hook(force);
    qemu_thread_create(&thread, "long", long_reader, &ready, QEMU_THREAD_JOINABLE);
    qemu_sem_wait(&ready);
    synchronize_rcu();
    g_assert_true(forced);
    qemu_thread_join(&thread);
    rcu_set_force_hook(NULL);
    qemu_sem_destroy(&ready);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qemu_init_main_loop(&error_abort);
    bql_lock();
    g_test_add_func("/timer/order", test_timers);
    g_test_add_func("/timer/heap", test_timer_heap);
    g_test_add_func("/main-loop/bh", test_bh);
    g_test_add_func("/main-loop/fd", test_fd);
    g_test_add_func("/main-loop/bql", test_bql);
    g_test_add_func("/thread-pool", test_pool);
    g_test_add_func("/rcu/free", test_rcu);
    g_test_add_func("/rcu/force", test_rcu_force);
    return g_test_run();
}
