/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source of a migration: its thread, the loop, the switchover. States and invariants: migration/migration.h;
 * arithmetic: migration/switchover.c.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "qemu/timer.h"
#include "qapi/qapi-events-migration.h"
#include "qapi/qapi-visit-migration.h"
#include "block/block.h"
#include "exec/target_page.h"
#include "system/qdev-monitor.h"
#include "system/runstate.h"
#include "migration/migration.h"
#include "migration/migration-stats.h"
#include "migration/misc.h"
#include "migration/ram.h"
#include "migration/savevm.h"
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

MigrationAtomicStats mig_stats;

/* Re-evaluate at least this often while there is something to send. */
#define ITERATION_NS (50 * SCALE_MS)
#define HELLO_TIMEOUT_MS 1000

static MigrationState current = { .fd = -1 };

MigrationState *migrate_get_current(void)
{
    return &current;
}

/* ---- State and errors ---- */

MigrationStatus migrate_state(const MigrationState *s)
{
    return qatomic_read(&s->state);
}

bool migrate_set_state(MigrationState *s, MigrationStatus from, MigrationStatus to)
{
    int expected = from;

    if (!__atomic_compare_exchange_n(&s->state, &expected, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        return false;
    }
    if (s->capabilities[MIGRATION_CAPABILITY_EVENTS]) {
        qapi_event_send_migration(to);
    }
    return true;
}

bool migrate_status_in_progress(MigrationStatus st)
{
    return st == MIGRATION_STATUS_SETUP || st == MIGRATION_STATUS_ACTIVE || st == MIGRATION_STATUS_PRE_SWITCHOVER ||
           st == MIGRATION_STATUS_DEVICE || st == MIGRATION_STATUS_CANCELLING;
}

void migrate_set_error(MigrationState *s, Error *err)
{
    qemu_mutex_lock(&s->error_lock);
    if (s->error) {
        error_free(err);
    } else {
        s->error = err;
    }
    qemu_mutex_unlock(&s->error_lock);
}

void migrate_set_error_text(const char *fmt, ...)
{
    g_autofree char *text = NULL;
    Error *err = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    error_setg(&err, "%s", text);
    migrate_set_error(&current, err);
}

static bool commit_to(MigrationState *s, MigCommit to)
{
    int expected = MIG_COMMIT_OPEN;

    return __atomic_compare_exchange_n(&s->commit, &expected, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

bool migration_is_running(void)
{
    return migrate_status_in_progress(migrate_state(&current)) ||
           migrate_status_in_progress(migration_incoming_state());
}

bool migration_is_idle(void)
{
    return !migration_is_running();
}

bool migration_cont_allowed(Error **errp)
{
    MigrationState *s = &current;

    if (s->guest_stopped && migrate_status_in_progress(migrate_state(s))) {
        error_setg(errp, "The guest is being handed over; use migrate_cancel to keep it here");
        return false;
    }
    if (runstate_check(RUN_STATE_POSTMIGRATE) && qatomic_read(&s->commit) == MIG_COMMIT_COMMITTED && !s->to_storage) {
        error_setg(errp, "The guest was handed over and may run at the destination");
        return false;
    }
    return true;
}

/* ---- Bandwidth, window, rate limit ---- */

uint64_t migration_bandwidth(MigrationState *s)
{
    return switchover_bandwidth(s->params.avail_switchover_bandwidth, mig_stat_get(bandwidth));
}

uint64_t migration_threshold(MigrationState *s)
{
    return switchover_threshold(migration_bandwidth(s), s->params.downtime_limit);
}

int64_t migration_estimate_ns(MigrationState *s)
{
    return switchover_forecast(&s->ledger.forecast, mig_stat_get(dirty_bytes_total) + mig_stat_get(in_flight),
                               migration_bandwidth(s));
}

bool migration_should_stop(QEMUFile *f)
{
    return migrate_state(&current) == MIGRATION_STATUS_CANCELLING || qemu_file_get_error(f);
}

static uint64_t window_allowance(const MigrationState *s)
{
    uint64_t rate = s->params.max_bandwidth;

    return rate ? MAX(rate / (NANOSECONDS_PER_SECOND / MIG_WINDOW_NS), 1) : UINT64_MAX;
}

bool migration_rate_exceeded(QEMUFile *f)
{
    MigrationState *s = &current;

    return migration_should_stop(f) || qemu_file_transferred(f) - s->window_bytes >= window_allowance(s) ||
           get_clock() - s->iteration_start_ns >= ITERATION_NS;
}

/* Sleep out what is left of the window when its allowance is used up; woken by cancel and new parameters. */
static void throttle(MigrationState *s)
{
    uint64_t sent = qemu_file_transferred(s->to_dst);
    int64_t now = get_clock();

    if (sent - s->window_bytes >= window_allowance(s)) {
        int64_t left = s->window_start_ns + MIG_WINDOW_NS - now;

        if (left > 0) {
            qemu_sem_timedwait(&s->wake, DIV_ROUND_UP(left, SCALE_MS));
        }
        now = get_clock();
    }
    if (now - s->window_start_ns >= MIG_WINDOW_NS || sent - s->window_bytes >= window_allowance(s)) {
        s->window_start_ns = now;
        s->window_bytes = sent;
    }
}

/*
 * C10: only stretches in which the channel was the limit tell its bandwidth: those that were mostly real data, of RAM or of
 * devices, and either did not run dry or lasted. Until there is one, the average over the time spent sending has to do, because
 * waiting makes no channel slower; but as it may be of zero pages and socket buffers, it promises a nominal link at most.
 */
static void account_iteration(MigrationState *s, uint64_t bytes, uint64_t zero, int64_t ns, bool dry)
{
    uint64_t real = bytes / TARGET_PAGE_SIZE;
    bool busy = real * 4 >= zero && real > 0 && (!dry || ns >= 10 * SCALE_MS);

    mig_stat_set(transferred, qemu_file_transferred_noflush(s->to_dst));
    if (busy && bandwidth_meter_add(&s->meter, bytes, ns)) {
        mig_stat_set(bandwidth, s->meter.rate);
        mig_stat_set(pages_per_second, s->meter.rate / TARGET_PAGE_SIZE);
    } else if (!s->meter.rate) {
        if (real || zero) {
            s->sending_ns += ns;
            s->sending_bytes += bytes + zero * TARGET_PAGE_SIZE;
        }
        mig_stat_set(bandwidth, MIN((double)s->sending_bytes * NANOSECONDS_PER_SECOND / MAX(s->sending_ns, 1),
                                    NOMINAL_BANDWIDTH));
    }
}

/* ---- Queries ---- */

static void pass_done(MigrationState *s)
{
    mig_stat_add(dirty_sync_count, 1);
    if (s->capabilities[MIGRATION_CAPABILITY_EVENTS]) {
        qapi_event_send_migration_pass(mig_stat_get(dirty_sync_count));
    }
}

/* C8: modules report what they ever asked for; what is owed remains. */
static void count_acks(MigrationState *s, MigPendingData *p)
{
    if (!s->capabilities[MIGRATION_CAPABILITY_SWITCHOVER_ACK]) {
        p->switchover_acks = 0;
        return;
    }
    qatomic_set(&s->acks_asked, p->switchover_acks);
    p->switchover_acks = switchover_acks_owed(p->switchover_acks, qatomic_read(&s->acks_got));
}

/* C11: the device state as it is now; without the guest noticing. */
static void forecast_devices(MigrationState *s)
{
    SwitchoverForecast *f = &s->ledger.forecast;
    int64_t start;

    BQL_LOCK_GUARD();
    start = get_clock();
    f->device_bytes = qemu_savevm_state_dry();
    f->save_ns = get_clock() - start;
}

/* C11: bytes on the way, and how far the destination is. Once per pass. Other sockets than TCP's stay on this host. */
static void look_ahead(MigrationState *s)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);
    int left = 0;

    if (s->rp_open && getsockopt(s->channel_fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0) {
        qatomic_set(&s->ledger.forecast.rtt_ns, info.tcpi_rtt * (int64_t)SCALE_US);
    }
    mig_stat_set(in_flight, s->rp_open && ioctl(s->channel_fd, SIOCOUTQ, &left) == 0 ? MAX(left, 0) : 0);
    qatomic_set(&s->ledger.forecast.sync_ns, mig_stat_get(last_sync_ns));
}

/* C13 */
static void judge(MigrationState *s, const MigPendingData *p, bool exact)
{
    ConvergenceLook l = {
        .now_ns = get_clock(), .left = mig_pending_total(p), .stopcopy = p->stopcopy_bytes, .exact = exact,
        .threshold = migration_threshold(s), .bandwidth = migration_bandwidth(s), .acks = p->switchover_acks,
    };

    l.fresh = exact && l.left > s->estimate_left ? l.left - s->estimate_left : 0;
    s->estimate_left = l.left;
    qemu_mutex_lock(&s->error_lock);
    convergence_look(&s->convergence, &l);
    qemu_mutex_unlock(&s->error_lock);
}

/* C2, C6: the total is remembered; an exact query of all modules is a pass. */
static void query_all(void *opaque, bool exact, MigPendingData *out)
{
    qemu_savevm_state_query_pending(out, exact);
    mig_stat_set(dirty_bytes_total, mig_pending_total(out));
    count_acks(opaque, out);
    judge(opaque, out, exact);
    if (exact) {
        look_ahead(opaque);
        pass_done(opaque);
    }
}

/* ---- The loop ---- */

static bool running_ok(MigrationState *s)
{
    if (qatomic_read(&s->rp_closed) && s->rp_open && !s->rp_shut) {
        migrate_set_error_text("the destination closed the connection");
        return false;
    }
    return !migration_should_stop(s->to_dst) && !qatomic_read(&s->rp_shut);
}

static bool iterate_once(MigrationState *s, bool *dry, Error **errp)
{
    uint64_t bytes = qemu_file_transferred(s->to_dst);
    uint64_t zero = mig_stat_get(zero_pages);
    int ret;

    s->iteration_start_ns = get_clock();
    ret = qemu_savevm_state_iterate(s->to_dst, errp);
    if (ret < 0) {
        return false;
    }
    *dry = ret > 0;
    throttle(s);
    account_iteration(s, qemu_file_transferred(s->to_dst) - bytes, mig_stat_get(zero_pages) - zero,
                      get_clock() - s->iteration_start_ns, *dry);
    return true;
}

/*
 * Nothing can move, and what is left does not fit or waits for an ack: look again after a while, not in a spin (C9, C10). One
 * exact query per round: if @d is of an estimate alone, that is all that was asked.
 */
static bool wait_for_change(MigrationState *s, SwitchoverDecision d, MigPendingData *pending, Error **errp)
{
    if (pending->switchover_acks && !s->rp_open) {
        error_setg(errp, "a device waits for an acknowledgement of the destination (switchover-ack), and this channel "
                   "has no way back: use a socket, or turn switchover-ack off");
        return false;
    }
    qemu_sem_timedwait(&s->wake, MIG_WINDOW_NS / SCALE_MS);
    if (d == MIG_ITERATE && !pending->switchover_acks) {
        query_all(s, true, pending);
    }
    return true;
}

/* Copy until the rest fits. False: cancelled or failed. */
static bool precopy(MigrationState *s, Error **errp)
{
    SwitchoverPolish polish = { 0 };
    MigPendingData pending;
    bool dry = false;

    while (running_ok(s)) {
        SwitchoverDecision d = switchover_decide(migration_threshold(s), query_all, s, &pending);

        if (d == MIG_SWITCHOVER && !switchover_polish(&polish, mig_pending_total(&pending), pending.stopcopy_bytes,
                                                      migration_bandwidth(s))) {
            s->ledger.estimate_ns = migration_estimate_ns(s);
            return true;
        }
        if (d != MIG_SWITCHOVER && pending.precopy_bytes == 0 && !wait_for_change(s, d, &pending, errp)) {
            return false;
        }
        if (!iterate_once(s, &dry, errp)) {
            return false;
        }
    }
    return false;
}

/* ---- Switchover ---- */

static void phase_ends(MigrationState *s, SwitchoverPhase phase)
{
    ledger_phase_ends(&s->ledger, phase, get_clock());
}

/* BQL. The guest stands still when this returns true; the state is device. */
static bool migration_stop_guest(MigrationState *s, Error **errp)
{
    int ret;

    s->old_runstate = runstate_get();
    global_state_store();
    s->stop_ms = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);
    ledger_begin(&s->ledger, get_clock());
    s->guest_stopped = true;
    ret = vm_stop_force_state(RUN_STATE_FINISH_MIGRATE);
    phase_ends(s, PHASE_STOP);
    mig_stat_set(precopy_bytes, qemu_file_transferred(s->to_dst));
    if (ret < 0) {
        error_setg_errno(errp, -ret, "the guest cannot be stopped");
        return false;
    }
    if (!s->capabilities[MIGRATION_CAPABILITY_PAUSE_BEFORE_SWITCHOVER]) {
        return migrate_set_state(s, MIGRATION_STATUS_ACTIVE, MIGRATION_STATUS_DEVICE);
    }
    if (!migrate_set_state(s, MIGRATION_STATUS_ACTIVE, MIGRATION_STATUS_PRE_SWITCHOVER)) {
        return false;
    }
    bql_unlock();
    while (migrate_state(s) == MIGRATION_STATUS_PRE_SWITCHOVER) {
        qemu_sem_wait(&s->wake);
    }
    bql_lock();
    phase_ends(s, PHASE_HOLD);
    return migrate_state(s) == MIGRATION_STATUS_DEVICE;
}

/* C8: the last chance to ask. Whoever does so now is not waited for: the guest runs on here. BQL. */
static bool no_ack_owed(MigrationState *s, Error **errp)
{
    MigPendingData pending;

    qemu_savevm_state_query_pending(&pending, false);
    count_acks(s, &pending);
    if (pending.switchover_acks) {
        error_setg(errp, "a device asked for an acknowledgement of the destination when the guest was stopped already");
        return false;
    }
    return true;
}

/* M5, without the hand-over protocol: commit before the end mark leaves. */
static bool commit_at_end_mark(void *opaque)
{
    return commit_to(opaque, MIG_COMMIT_COMMITTED);
}

/* Final RAM, devices, end mark. BQL. */
static bool send_rest(MigrationState *s, bool protocol, Error **errp)
{
    uint64_t synced = mig_stat_get(sync_ns);
    bool ok;

    ok = qemu_savevm_state_complete_iterable(s->to_dst, errp) >= 0;
    s->ledger.sync_ns = mig_stat_get(sync_ns) - synced;
    phase_ends(s, PHASE_ITERABLE);
    /* Images: flushed and unlocked for the destination. */
    ok = ok && bdrv_inactivate_all(errp);
    phase_ends(s, PHASE_IMAGES);
    if (!ok) {
        return false;
    }
    if (protocol) {
        qemu_savevm_send_ping(s->to_dst, MIG_PING_COMMITS);
    }
    ok = qemu_savevm_state_complete_devices(s->to_dst, protocol ? NULL : commit_at_end_mark, s, errp) >= 0;
    s->ledger.flush_ns = mig_stat_get(flush_ns);
    phase_ends(s, PHASE_DEVICES);
    return ok;
}

/* The hand-over protocol after the end mark (M5, M6). */
static bool hand_over(MigrationState *s, Error **errp)
{
    if (!migration_wait_return_path(s, &s->rp_loaded, -1)) {
        error_setg(errp, "the destination did not confirm that it has the guest's state");
        return false;
    }
    phase_ends(s, PHASE_LOAD_WAIT);
    if (!commit_to(s, MIG_COMMIT_COMMITTED)) {
        return false;               /* cancelled just now */
    }
    qemu_savevm_send_ping(s->to_dst, MIG_PING_GO);
    return true;
}

static bool await_destination(MigrationState *s, Error **errp)
{
    if (migration_wait_return_path(s, &s->rp_shut, -1) && s->rp_shut_value == 0) {
        phase_ends(s, PHASE_HAND_OVER);
        return true;
    }
    error_setg(errp, "the connection broke at the hand-over: look at the destination, and if its guest is paused "
               "there, `cont` it there");
    return false;
}

static bool complete(MigrationState *s, Error **errp)
{
    bool protocol, ok;

    /* Both kinds of destination answer HELLO; only ours says PEER before. */
    if (s->rp_open) {
        migration_wait_return_path(s, &s->rp_hello, HELLO_TIMEOUT_MS);
    }
    protocol = s->rp_open && qatomic_read(&s->rp_peer);
    bql_lock();
    qemu_file_lend_bql(s->to_dst, true);
    ok = migration_stop_guest(s, errp) && no_ack_owed(s, errp) && send_rest(s, protocol, errp);
    qemu_file_lend_bql(s->to_dst, false);
    bql_unlock();
    mig_stat_set(transferred, qemu_file_transferred_noflush(s->to_dst));
    if (!ok || (protocol && !hand_over(s, errp))) {
        return false;
    }
    return !s->rp_open || !(protocol || s->capabilities[MIGRATION_CAPABILITY_RETURN_PATH]) ||
           await_destination(s, errp);
}

/* ---- The thread ---- */

static bool migration_cancelled(void)
{
    return migrate_state(&current) == MIGRATION_STATUS_CANCELLING;
}

/* A file, or a descriptor that is no socket; of what a command does with the stream we know nothing. */
static bool is_storage(const MigrationState *s, int fd)
{
    struct stat st;

    return s->addr->transport == MIGRATION_ADDRESS_TYPE_FILE ||
           (migration_address_is_fd(s->addr) && fstat(fd, &st) == 0 && !S_ISSOCK(st.st_mode));
}

static bool open_channel(MigrationState *s, Error **errp)
{
    int fd = s->fd >= 0 ? s->fd : migration_connect(s->addr, migration_cancelled, errp);

    s->fd = -1;
    if (fd < 0) {
        return false;
    }
    s->to_storage = is_storage(s, fd);
    s->channel_fd = fd;
    migration_no_delay(fd);
    qemu_mutex_lock(&s->file_lock);
    s->to_dst = qemu_file_new_fd(fd, true);
    qemu_mutex_unlock(&s->file_lock);
    migration_open_return_path(s, fd);
    return true;
}

static void start_judging(MigrationState *s)
{
    MigPendingData all;

    qemu_savevm_state_query_pending(&all, false);
    s->estimate_left = mig_pending_total(&all);
    mig_stat_set(dirty_bytes_total, s->estimate_left);
    qemu_mutex_lock(&s->error_lock);
    convergence_start(&s->convergence, get_clock(), s->estimate_left);
    qemu_mutex_unlock(&s->error_lock);
}

/* Header and set-up sections; ends in active. */
static bool migration_begin(MigrationState *s, Error **errp)
{
    if (!open_channel(s, errp)) {
        return false;
    }
    {
        BQL_LOCK_GUARD();
        qemu_savevm_state_header(s->to_dst);        /* a few hundred bytes: stays in the buffer */
    }
    if (s->rp_open) {
        qemu_savevm_send_command(s->to_dst, MIG_CMD_OPEN_RETURN_PATH, NULL, 0);
        qemu_savevm_send_ping(s->to_dst, MIG_PING_HELLO);
    }
    if (qemu_savevm_state_setup(s->to_dst, errp) < 0) {
        return false;
    }
    s->setup_ms = qemu_clock_get_ms(QEMU_CLOCK_REALTIME) - s->start_ms;
    s->window_start_ns = get_clock();
    s->window_bytes = qemu_file_transferred(s->to_dst);
    forecast_devices(s);
    start_judging(s);
    pass_done(s);
    return migrate_set_state(s, MIGRATION_STATUS_SETUP, MIGRATION_STATUS_ACTIVE);
}

/* The destination's own words first, if it still gets them out; then @err, or the channel's. */
static void collect_error(MigrationState *s, Error *err)
{
    if (migrate_state(s) == MIGRATION_STATUS_CANCELLING) {
        error_free(err);
        return;
    }
    migration_wait_return_path(s, &s->rp_shut, HELLO_TIMEOUT_MS);
    if (!err && s->to_dst) {
        qemu_file_get_error_obj(s->to_dst, &err);
    }
    if (err) {
        migrate_set_error(s, err);
    }
}

static void *migration_thread(void *opaque)
{
    MigrationState *s = opaque;
    Error *err = NULL;
    bool ok;

    rcu_register_thread();
    ok = migration_begin(s, &err) && precopy(s, &err) && complete(s, &err);
    s->end_ms = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);
    if (!ok) {
        commit_to(s, MIG_COMMIT_ABORTED);
        collect_error(s, err);
        if (s->to_dst) {
            qemu_file_shutdown(s->to_dst);
        }
    }
    if (s->to_dst) {
        mig_stat_set(transferred, qemu_file_transferred_noflush(s->to_dst));
    }
    mig_stat_set(downtime_bytes, s->guest_stopped ? mig_stat_get(transferred) - mig_stat_get(precopy_bytes) : 0);
    rcu_unregister_thread();
    qemu_bh_schedule(s->finish_bh);
    return NULL;
}

/* ---- Start and end, on the main loop ---- */

/* M3: the guest is still ours. */
static void resume_guest(MigrationState *s)
{
    if (runstate_is_live(s->old_runstate)) {
        vm_start();
    } else {
        runstate_set(s->old_runstate);
    }
}

static void migration_finish_source(void *opaque)
{
    MigrationState *s = opaque;
    bool committed = qatomic_read(&s->commit) == MIG_COMMIT_COMMITTED;
    bool failed;
    MigrationStatus st, to;

    qemu_thread_join(&s->thread);
    s->thread_running = false;
    g_clear_pointer(&s->finish_bh, qemu_bh_delete);
    qemu_savevm_state_cleanup();
    migration_close_return_path(s);
    qemu_mutex_lock(&s->file_lock);
    if (s->to_dst) {
        qemu_fclose(s->to_dst);
        s->to_dst = NULL;
    }
    qemu_mutex_unlock(&s->file_lock);
    g_clear_pointer(&s->addr, qapi_free_MigrationAddress);

    qemu_mutex_lock(&s->error_lock);
    failed = s->error != NULL;
    qemu_mutex_unlock(&s->error_lock);
    st = migrate_state(s);
    if (committed) {
        s->downtime_ms = s->end_ms - s->stop_ms;
        s->ledger.complete = !failed;
        qemu_mutex_lock(&s->error_lock);
        convergence_complete(&s->convergence);
        qemu_mutex_unlock(&s->error_lock);
        runstate_set(RUN_STATE_POSTMIGRATE);
        to = failed ? MIGRATION_STATUS_FAILED : MIGRATION_STATUS_COMPLETED;
    } else {
        if (s->guest_stopped) {
            resume_guest(s);
        }
        to = st == MIGRATION_STATUS_CANCELLING ? MIGRATION_STATUS_CANCELLED : MIGRATION_STATUS_FAILED;
    }
    s->guest_stopped = false;
    migrate_set_state(s, st, to);
}

static void reset_for_start(MigrationState *s)
{
    MigrationAtomicStats zero = { 0 };

    mig_stats = zero;
    s->meter = (BandwidthMeter){ 0 };
    s->ledger = (SwitchoverTimes){ 0 };
    convergence_start(&s->convergence, get_clock(), 0);
    s->estimate_left = 0;
    s->commit = MIG_COMMIT_OPEN;
    s->rp_hello = s->rp_peer = s->rp_loaded = s->rp_shut = s->rp_closed = false;
    s->rp_shut_value = 0;
    s->acks_asked = s->acks_got = 0;
    s->sending_ns = 0;
    s->sending_bytes = 0;
    s->guest_stopped = false;
    s->to_storage = false;
    s->setup_ms = s->stop_ms = s->end_ms = s->downtime_ms = 0;
    s->start_ms = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);
    g_clear_pointer(&s->error, error_free);
    while (qemu_sem_timedwait(&s->wake, 0) == 0) {
    }
    while (qemu_sem_timedwait(&s->rp_sem, 0) == 0) {
    }
}

void migration_start(MigrationState *s, MigrationAddress *addr, int fd)
{
    reset_for_start(s);
    s->addr = addr;
    s->fd = fd;
    s->finish_bh = qemu_bh_new(migration_finish_source, s);
    migrate_set_state(s, migrate_state(s), MIGRATION_STATUS_SETUP);
    s->thread_running = true;
    qemu_thread_create(&s->thread, "mig/src/main", migration_thread, s, QEMU_THREAD_JOINABLE);
}

void migration_cancel(MigrationState *s, Error **errp)
{
    MigrationStatus st;

    if (!migrate_status_in_progress(migrate_state(s)) || migrate_state(s) == MIGRATION_STATUS_CANCELLING) {
        return;
    }
    if (!commit_to(s, MIG_COMMIT_ABORTED)) {
        error_setg(errp, "It is too late to cancel: the guest was handed over");
        return;
    }
    do {
        st = migrate_state(s);
    } while (migrate_status_in_progress(st) && !migrate_set_state(s, st, MIGRATION_STATUS_CANCELLING));
    qemu_mutex_lock(&s->file_lock);
    if (s->to_dst) {
        qemu_file_shutdown(s->to_dst);
    }
    qemu_mutex_unlock(&s->file_lock);
    qemu_sem_post(&s->wake);
    qemu_sem_post(&s->rp_sem);
}

/* A stream describes the devices: they stay while one is written or read. */
static bool devices_are_fixed(void)
{
    return migrate_status_in_progress(migrate_state(&current)) ||
           migration_incoming_state() == MIGRATION_STATUS_ACTIVE;
}

void migration_object_init(void)
{
    MigrationState *s = &current;

    qemu_mutex_init(&s->file_lock);
    qemu_mutex_init(&s->error_lock);
    qemu_sem_init(&s->rp_sem, 0);
    qemu_sem_init(&s->wake, 0);
    migration_default_options(s);
    hotplug_forbidden_hook = devices_are_fixed;
    cont_hook = migration_cont_allowed;
    migration_hmp_init();
    ram_mig_init();
    global_state_register();
}

void migration_shutdown(void)
{
    MigrationState *s = &current;

    if (s->thread_running) {
        migration_cancel(s, NULL);
        bql_unlock();
        qemu_thread_join(&s->thread);
        bql_lock();
    }
}
