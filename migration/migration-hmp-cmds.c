/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HMP commands about migration, over the QMP ones. Main loop, BQL. The text goes to the monitor as data; this file needs
 * only the table registration of monitor/hmp.h.
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "qemu/cutils.h"
#include "qapi/qapi-commands-migration.h"
#include "qapi/qobject-input-visitor.h"
#include "qapi/qapi-visit-migration.h"
#include "qobject/qdict.h"
#include "qobject/qnum.h"
#include "qobject/qbool.h"
#include "qobject/qstring.h"
#include "monitor/hmp.h"
#include "migration/migration.h"

static HumanReadableText *text_of(GString *s)
{
    HumanReadableText *t = g_new0(HumanReadableText, 1);

    t->human_readable_text = g_string_free(s, false);
    return t;
}

/* ---- info ---- */

static void print_size(GString *s, const char *name, uint64_t bytes)
{
    g_autofree char *text = size_to_str(bytes);

    g_string_append_printf(s, "%s=%s", name, text);
}

static void print_ram(GString *s, const MigrationStats *r)
{
    g_string_append_printf(s, "RAM info:\n  Throughput (Mbps): %.2f\n  Sizes: ", r->mbps);
    print_size(s, "pagesize", r->page_size);
    print_size(s, ", total", r->total);
    g_string_append(s, "\n  Transfers: ");
    print_size(s, "transferred", r->transferred);
    print_size(s, ", remain", r->remaining);
    g_string_append(s, "\n    Channels: ");
    print_size(s, "precopy", r->precopy_bytes);
    print_size(s, ", multifd", r->multifd_bytes);
    print_size(s, ", postcopy", r->postcopy_bytes);
    g_string_append_printf(s, "\n    Page Types: normal=%" PRId64 ", zero=%" PRId64 "\n", r->normal, r->duplicate);
    g_string_append_printf(s, "  Page Rates (pps): transfer=%" PRIu64 ", dirty=%" PRId64 "\n", r->pages_per_second,
                           r->dirty_pages_rate);
    g_string_append_printf(s, "  Others: dirty_syncs=%" PRId64 "\n", r->dirty_sync_count);
}

static void print_times(GString *s, const MigrationInfo *info)
{
    if (!info->has_total_time) {
        return;
    }
    g_string_append_printf(s, "Time (ms): total=%" PRId64, info->total_time);
    if (info->has_setup_time) {
        g_string_append_printf(s, ", setup=%" PRId64, info->setup_time);
    }
    if (info->has_expected_downtime) {
        g_string_append_printf(s, ", exp_down=%" PRId64, info->expected_downtime);
    }
    if (info->has_downtime) {
        g_string_append_printf(s, ", down=%" PRId64, info->downtime);
    }
    g_string_append_c(s, '\n');
}

static HumanReadableText *info_migrate(Error **errp)
{
    MigrationInfo *info = qmp_query_migrate(errp);
    GString *s = g_string_new(NULL);

    for (strList *l = info->blocked_reasons; l; l = l->next) {
        g_string_append_printf(s, "Outgoing migration blocked:\n  %s\n", l->value);
    }
    if (info->has_status) {
        g_string_append_printf(s, "Status: %s", MigrationStatus_str(info->status));
        if (info->error_desc) {
            g_string_append_printf(s, " (%s)", info->error_desc);
        }
        g_string_append_c(s, '\n');
    }
    print_times(s, info);
    if (info->x_convergence) {
        const MigrationConvergence *c = info->x_convergence;

        g_string_append_printf(s, "Convergence: %s (%s), progress=%.1f%%", ConvergenceState_str(c->state),
                               ConvergenceReason_str(c->reason), c->progress * 100);
        if (c->has_eta) {
            g_string_append_printf(s, ", eta=%" PRIu64 " ms", c->eta);
        }
        g_string_append_c(s, '\n');
    }
    if (info->has_remaining) {
        print_size(s, "Remaining: all", info->remaining);
        g_string_append_c(s, '\n');
    }
    if (info->ram) {
        print_ram(s, info->ram);
    }
    qapi_free_MigrationInfo(info);
    return text_of(s);
}

static HumanReadableText *info_capabilities(Error **errp)
{
    MigrationCapabilityStatusList *list = qmp_query_migrate_capabilities(errp);
    GString *s = g_string_new(NULL);

    for (MigrationCapabilityStatusList *l = list; l; l = l->next) {
        g_string_append_printf(s, "%s: %s\n", MigrationCapability_str(l->value->capability),
                               l->value->state ? "on" : "off");
    }
    qapi_free_MigrationCapabilityStatusList(list);
    return text_of(s);
}

static HumanReadableText *info_parameters(Error **errp)
{
    const MigrationParameters *p = &migrate_get_current()->params;
    GString *s = g_string_new(NULL);

    g_string_append_printf(s, "announce-initial: %" PRIu64 " ms\nannounce-max: %" PRIu64 " ms\n"
                           "announce-rounds: %" PRIu64 "\nannounce-step: %" PRIu64 " ms\n", p->announce_initial,
                           p->announce_max, p->announce_rounds, p->announce_step);
    g_string_append_printf(s, "throttle-trigger-threshold: %u\ncpu-throttle-initial: %u\ncpu-throttle-increment: %u\n"
                           "cpu-throttle-tailslow: %s\nmax-cpu-throttle: %u\n", p->throttle_trigger_threshold,
                           p->cpu_throttle_initial, p->cpu_throttle_increment, p->cpu_throttle_tailslow ? "on" : "off",
                           p->max_cpu_throttle);
    g_string_append_printf(s, "max-bandwidth: %" PRIu64 " bytes/second\navail-switchover-bandwidth: %" PRIu64
                           " bytes/second\ndowntime-limit: %" PRIu64 " ms\n", p->max_bandwidth,
                           p->avail_switchover_bandwidth, p->downtime_limit);
    g_string_append_printf(s, "multifd-channels: %u\nmultifd-compression: %s\nzero-page-detection: %s\n"
                           "xbzrle-cache-size: %" PRIu64 " bytes\nmax-postcopy-bandwidth: %" PRIu64 "\nmode: %s\n",
                           p->multifd_channels, MultiFDCompression_str(p->multifd_compression),
                           ZeroPageDetection_str(p->zero_page_detection), p->xbzrle_cache_size,
                           p->max_postcopy_bandwidth, MigMode_str(p->mode));
    return text_of(s);
}

/* ---- Commands ---- */

static void hmp_migrate(Monitor *mon, const QDict *qdict)
{
    Error *err = NULL;

    qmp_migrate(qdict_get_str(qdict, "uri"), false, NULL, false, false, true,
                qdict_get_try_bool(qdict, "resume", false), &err);
    hmp_handle_error(mon, err);
}

static void hmp_migrate_cancel(Monitor *mon, const QDict *qdict)
{
    Error *err = NULL;

    qmp_migrate_cancel(&err);
    hmp_handle_error(mon, err);
}

static void hmp_migrate_continue(Monitor *mon, const QDict *qdict)
{
    Error *err = NULL;
    int st = qapi_enum_parse(&MigrationStatus_lookup, qdict_get_str(qdict, "state"), -1, &err);

    if (st >= 0) {
        qmp_migrate_continue(st, &err);
    }
    hmp_handle_error(mon, err);
}

static void hmp_migrate_incoming(Monitor *mon, const QDict *qdict)
{
    Error *err = NULL;

    qmp_migrate_incoming(qdict_get_str(qdict, "uri"), false, NULL, false, false, &err);
    hmp_handle_error(mon, err);
}

static void hmp_set_capability(Monitor *mon, const QDict *qdict)
{
    Error *err = NULL;
    MigrationCapabilityStatus st = { .state = qdict_get_bool(qdict, "state") };
    MigrationCapabilityStatusList list = { .value = &st };
    int cap = qapi_enum_parse(&MigrationCapability_lookup, qdict_get_str(qdict, "capability"), -1, &err);

    if (cap >= 0) {
        st.capability = cap;
        qmp_migrate_set_capabilities(&list, &err);
    }
    hmp_handle_error(mon, err);
}

/* max-bandwidth and friends take sizes with a suffix, M by default; others the text of the schema's type. */
static bool put_parameter(QDict *args, const char *name, const char *value, Error **errp)
{
    static const char *const in_megabytes[] = { "max-bandwidth", "avail-switchover-bandwidth",
                                                "max-postcopy-bandwidth", "xbzrle-cache-size", NULL };
    uint64_t size;

    if (!g_strv_contains(in_megabytes, name)) {
        qdict_put_str(args, name, value);
        return true;
    }
    if (qemu_strtosz_MiB(value, NULL, &size) < 0) {
        error_setg(errp, "Parameter '%s': '%s' is not a size", name, value);
        return false;
    }
    {
        g_autofree char *bytes = g_strdup_printf("%" PRIu64, size);

        qdict_put_str(args, name, bytes);
    }
    return true;
}

static void hmp_set_parameter(Monitor *mon, const QDict *qdict)
{
    const char *name = qdict_get_str(qdict, "parameter");
    g_autoptr(QDict) args = qdict_new();
    MigrationParameters *p = NULL;
    Error *err = NULL;

    if (qapi_enum_parse(&MigrationParameter_lookup, name, -1, &err) >= 0 &&
        put_parameter(args, name, qdict_get_str(qdict, "value"), &err)) {
        Visitor *v = qobject_input_visitor_new_keyval(QOBJECT(args));

        if (visit_type_MigrationParameters(v, NULL, &p, &err)) {
            qmp_migrate_set_parameters(p, &err);
        }
        visit_free(v);
        qapi_free_MigrationParameters(p);
    }
    hmp_handle_error(mon, err);
}

static const HMPCommand commands[] = {
    { .name = "migrate", .args_type = "detach:-d,resume:-r,uri:s", .params = "[-d] [-r] uri",
      .help = "move the guest to URI in the background (-d is accepted and implied)", .cmd = hmp_migrate },
    { .name = "migrate_cancel", .args_type = "", .params = "", .help = "cancel the migration that is running",
      .cmd = hmp_migrate_cancel },
    { .name = "migrate_continue", .args_type = "state:s", .params = "state",
      .help = "go on from the given state (pre-switchover)", .cmd = hmp_migrate_continue },
    { .name = "migrate_incoming", .args_type = "uri:s", .params = "uri",
      .help = "where to receive from, after -incoming defer", .cmd = hmp_migrate_incoming },
    { .name = "migrate_set_capability", .args_type = "capability:s,state:b", .params = "capability state",
      .help = "switch a migration capability on or off", .cmd = hmp_set_capability },
    { .name = "migrate_set_parameter", .args_type = "parameter:s,value:s", .params = "parameter value",
      .help = "set a migration parameter", .cmd = hmp_set_parameter },
    { .name = NULL },
};

static const HMPCommand info_commands[] = {
    { .name = "migrate", .args_type = "all:-a", .params = "[-a]", .help = "state and figures of the migration",
      .cmd_info_hrt = info_migrate },
    { .name = "migrate_capabilities", .args_type = "", .params = "", .help = "migration capabilities",
      .cmd_info_hrt = info_capabilities },
    { .name = "migrate_parameters", .args_type = "", .params = "", .help = "migration parameters",
      .cmd_info_hrt = info_parameters },
    { .name = NULL },
};

void migration_hmp_init(void)
{
    hmp_register_commands(commands);
    hmp_register_info(info_commands);
}
