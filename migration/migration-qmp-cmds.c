/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP commands about migration, and -incoming. Main loop, BQL. query-migrate reads counters only (rule C2): it never
 * calls into modules.
 */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "qapi/qapi-commands-migration.h"
#include "qapi/qapi-visit-migration.h"
#include "exec/target_page.h"
#include "system/ram_addr.h"
#include "system/runstate.h"
#include "migration/blocker.h"
#include "migration/migration.h"
#include "migration/migration-stats.h"
#include "migration/misc.h"
#include "migration/savevm.h"
#include "migration/vmstate-registry.h"

/* ---- query-migrate ---- */

static MigrationStats *ram_stats(MigrationState *s)
{
    MigrationStats *r = g_new0(MigrationStats, 1);
    uint64_t transferred = mig_stat_get(transferred);
    int64_t end = s->end_ms ? s->end_ms : qemu_clock_get_ms(QEMU_CLOCK_REALTIME);
    uint64_t elapsed = MAX(end - s->start_ms - s->setup_ms, 1);

    r->transferred = transferred;
    r->total = ram_bytes_total();
    r->duplicate = mig_stat_get(zero_pages);
    r->normal = mig_stat_get(normal_pages);
    r->normal_bytes = r->normal * TARGET_PAGE_SIZE;
    r->remaining = mig_stat_get(ram_remaining);
    r->dirty_pages_rate = mig_stat_get(dirty_pages_rate);
    r->mbps = (double)transferred * 8 / 1000 / elapsed;
    r->dirty_sync_count = mig_stat_get(dirty_sync_count);
    r->page_size = TARGET_PAGE_SIZE;
    r->pages_per_second = mig_stat_get(pages_per_second);
    r->downtime_bytes = mig_stat_get(downtime_bytes);
    r->precopy_bytes = s->guest_stopped || r->downtime_bytes ? mig_stat_get(precopy_bytes) : transferred;
    return r;
}

static char *error_text(MigrationState *s)
{
    char *text;

    qemu_mutex_lock(&s->error_lock);
    text = s->error ? g_strdup(error_get_pretty(s->error)) : NULL;
    qemu_mutex_unlock(&s->error_lock);
    return text;
}

static void add_blockers(MigrationInfo *info)
{
    Error *err = NULL;

    if (qemu_savevm_state_blocked(&err)) {
        info->has_blocked_reasons = true;
        info->blocked_reasons = g_new0(strList, 1);
        info->blocked_reasons->value = g_strdup(error_get_pretty(err));
        error_free(err);
    }
}

static SwitchoverSectionList *switchover_sections(bool reported)
{
    SwitchoverSectionList *head = NULL, **tail = &head;
    SaveStateEntry *se;

    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        SwitchoverSection *v;

        if (!qatomic_read(&se->bytes)) {
            continue;
        }
        v = g_new0(SwitchoverSection, 1);
        v->name = g_strdup(se->idstr);
        v->instance = se->instance_id;
        v->bytes = qatomic_read(&se->bytes);
        v->save_us = qatomic_read(&se->save_ns) / SCALE_US;
        v->has_load_us = reported;
        v->load_us = qatomic_read(&se->load_ns) / SCALE_US;
        QAPI_LIST_APPEND(tail, v);
    }
    return head;
}

/* C12. The phases are rounded one by one, and so is their sum: they add up. */
static SwitchoverLedger *new_ledger(const SwitchoverTimes *l)
{
    SwitchoverLedger *v = g_new0(SwitchoverLedger, 1);

    v->estimate_us = l->estimate_ns / SCALE_US;
    v->stop_us = l->phase_ns[PHASE_STOP] / SCALE_US;
    v->hold_us = l->phase_ns[PHASE_HOLD] / SCALE_US;
    v->iterable_us = l->phase_ns[PHASE_ITERABLE] / SCALE_US;
    v->images_us = l->phase_ns[PHASE_IMAGES] / SCALE_US;
    v->devices_us = l->phase_ns[PHASE_DEVICES] / SCALE_US;
    v->load_wait_us = l->phase_ns[PHASE_LOAD_WAIT] / SCALE_US;
    v->hand_over_us = l->phase_ns[PHASE_HAND_OVER] / SCALE_US;
    v->actual_us = v->stop_us + v->hold_us + v->iterable_us + v->images_us + v->devices_us + v->load_wait_us +
                   v->hand_over_us;
    v->final_sync_us = l->sync_ns / SCALE_US;
    v->flush_us = l->flush_ns / SCALE_US;
    v->has_destination_load_us = v->has_destination_images_us = v->has_destination_resume_us = l->reported;
    v->destination_load_us = l->report_ns[REPORT_LOAD] / SCALE_US;
    v->destination_images_us = l->report_ns[REPORT_IMAGES] / SCALE_US;
    v->destination_resume_us = l->report_ns[REPORT_RESUME] / SCALE_US;
    v->sections = switchover_sections(l->reported);
    return v;
}

/* C13 */
static MigrationConvergence *new_convergence(MigrationState *s)
{
    MigrationConvergence *v = g_new0(MigrationConvergence, 1);
    Convergence c;

    qemu_mutex_lock(&s->error_lock);
    c = s->convergence;
    qemu_mutex_unlock(&s->error_lock);
    v->state = c.state;
    v->reason = c.reason;
    v->progress = c.progress;
    v->has_eta = c.has_eta;
    v->eta = c.eta_ms;
    v->dirty_rate = c.dirty_rate;
    v->bandwidth = migration_bandwidth(s);
    v->threshold = migration_threshold(s);
    return v;
}

static void fill_outgoing(MigrationInfo *info, MigrationState *s, MigrationStatus st)
{
    int64_t now = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);

    info->has_status = true;
    info->status = st;
    info->ram = ram_stats(s);
    info->has_total_time = info->has_setup_time = true;
    info->setup_time = s->setup_ms;
    info->total_time = (migrate_status_in_progress(st) || !s->end_ms ? now : s->end_ms) - s->start_ms;
    if (st == MIGRATION_STATUS_COMPLETED) {
        info->has_downtime = true;
        info->downtime = s->downtime_ms;
        info->x_switchover = new_ledger(&s->ledger);
    } else if (migrate_status_in_progress(st)) {
        /* C5, C11: computed here, from what all modules reported, devices included. */
        info->has_expected_downtime = true;
        info->expected_downtime = DIV_ROUND_UP(migration_estimate_ns(s), SCALE_MS);
        if (st == MIGRATION_STATUS_ACTIVE) {
            info->has_remaining = true;
            info->remaining = mig_stat_get(dirty_bytes_total);
        }
    }
    info->x_convergence = new_convergence(s);
    info->error_desc = error_text(s);
}

static void fill_incoming(MigrationInfo *info, MigrationStatus st)
{
    info->has_status = true;
    info->status = st;
    info->error_desc = migration_incoming_error();
    info->socket_address = migration_incoming_addresses();
    info->has_socket_address = info->socket_address;
}

MigrationInfo *qmp_query_migrate(Error **errp)
{
    MigrationInfo *info = g_new0(MigrationInfo, 1);
    MigrationState *s = migrate_get_current();
    MigrationStatus out = migrate_state(s), in = migration_incoming_state();

    add_blockers(info);
    if (out != MIGRATION_STATUS_NONE) {
        fill_outgoing(info, s, out);
    } else if (in != MIGRATION_STATUS_NONE) {
        fill_incoming(info, in);
    }
    return info;
}

/* ---- migrate and its companions ---- */

/* A passed descriptor is taken while the monitor that knows it is at hand. */
static bool take_fd(const MigrationAddress *addr, int *fd, bool incoming, Error **errp)
{
    *fd = -1;
    if (migration_address_is_fd(addr)) {
        *fd = incoming ? migration_open_incoming(addr, errp) : migration_connect(addr, NULL, errp);
        return *fd >= 0;
    }
    return true;
}

static bool may_start(Error **errp)
{
    if (migration_is_running()) {
        error_setg(errp, "There's a migration process in progress");
        return false;
    }
    if (runstate_check(RUN_STATE_INMIGRATE)) {
        error_setg(errp, "Guest is waiting for an incoming migration");
        return false;
    }
    if (runstate_check(RUN_STATE_POSTMIGRATE)) {
        error_setg(errp, "Can't migrate the vm that was paused due to previous migration");
        return false;
    }
    return !qemu_savevm_state_blocked(errp);
}

void qmp_migrate(const char *uri, bool has_channels, MigrationChannelList *channels, bool has_detach, bool detach,
                 bool has_resume, bool resume, Error **errp)
{
    MigrationAddress *addr;
    int fd;

    if (has_resume && resume) {
        error_setg(errp, "Postcopy is not supported, there is nothing to resume");
        return;
    }
    if (!may_start(errp)) {
        return;
    }
    addr = migration_address(uri, channels, errp);
    if (!addr) {
        return;
    }
    if (!take_fd(addr, &fd, false, errp)) {
        qapi_free_MigrationAddress(addr);
        return;
    }
    migration_start(migrate_get_current(), addr, fd);
}

void qmp_migrate_cancel(Error **errp)
{
    migration_cancel(migrate_get_current(), errp);
}

void qmp_migrate_continue(MigrationStatus state, Error **errp)
{
    MigrationState *s = migrate_get_current();

    if (state != MIGRATION_STATUS_PRE_SWITCHOVER || migrate_state(s) != state) {
        error_setg(errp, "Migration not in expected state: %s", MigrationStatus_str(migrate_state(s)));
        return;
    }
    migrate_set_state(s, MIGRATION_STATUS_PRE_SWITCHOVER, MIGRATION_STATUS_DEVICE);
    qemu_sem_post(&s->wake);
}

void qmp_migrate_incoming(const char *uri, bool has_channels, MigrationChannelList *channels, bool has_exit_on_error,
                          bool exit_on_error, Error **errp)
{
    MigrationAddress *addr;
    int fd;

    if (!migration_incoming_deferred()) {
        error_setg(errp, "'-incoming' was not specified on the command line, or the migration has started");
        return;
    }
    addr = migration_address(uri, channels, errp);
    if (!addr) {
        return;
    }
    if (!take_fd(addr, &fd, true, errp)) {
        qapi_free_MigrationAddress(addr);
        return;
    }
    migration_incoming_start(addr, fd, !has_exit_on_error || exit_on_error, errp);
}

bool qmp_migrate_incoming_uri(const char *uri, Error **errp)
{
    ERRP_GUARD();

    migration_incoming_defer();
    if (strcmp(uri, "defer")) {
        qmp_migrate_incoming(uri, false, NULL, false, false, errp);
    }
    return !*errp;
}

void qmp_migrate_start_postcopy(Error **errp)
{
    error_setg(errp, "Postcopy is not supported: enable it with the 'postcopy-ram' capability on a binary that has it");
}

void qmp_migrate_recover(const char *uri, Error **errp)
{
    error_setg(errp, "Migrate recover can only be run when postcopy is paused.");
}

void qmp_migrate_pause(Error **errp)
{
    error_setg(errp, "migrate-pause is currently only supported during postcopy-active or postcopy-recover state");
}
