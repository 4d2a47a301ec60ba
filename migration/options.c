/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capabilities and parameters: their defaults, limits, and the commands that read and set them. BQL.
 *
 * Names and defaults are the reference's. What is accepted is what works; what does not is refused with a reason, and
 * query-migrate-capabilities still lists it, as clients expect.
 */
#include "qemu/osdep.h"
#include "qapi/clone-visitor.h"
#include "qapi/qapi-commands-migration.h"
#include "qapi/qapi-visit-migration.h"
#include "migration/migration.h"
#include "migration/misc.h"

/* ---- Capabilities ---- */

static bool capability_works(MigrationCapability cap)
{
    switch (cap) {
    case MIGRATION_CAPABILITY_EVENTS:
    case MIGRATION_CAPABILITY_RETURN_PATH:
    case MIGRATION_CAPABILITY_PAUSE_BEFORE_SWITCHOVER:
    case MIGRATION_CAPABILITY_SWITCHOVER_ACK:
    case MIGRATION_CAPABILITY_LATE_BLOCK_ACTIVATE:
        return true;
    default:
        return false;
    }
}

void qmp_migrate_set_capabilities(MigrationCapabilityStatusList *list, Error **errp)
{
    MigrationState *s = migrate_get_current();

    if (migration_is_running()) {
        error_setg(errp, "There's a migration process in progress: capabilities cannot change");
        return;
    }
    for (MigrationCapabilityStatusList *l = list; l; l = l->next) {
        if (l->value->state && !capability_works(l->value->capability)) {
            error_setg(errp, "Migration capability '%s' is not supported",
                       MigrationCapability_str(l->value->capability));
            return;
        }
    }
    for (MigrationCapabilityStatusList *l = list; l; l = l->next) {
        s->capabilities[l->value->capability] = l->value->state;
    }
}

MigrationCapabilityStatusList *qmp_query_migrate_capabilities(Error **errp)
{
    MigrationCapabilityStatusList *head = NULL, **tail = &head;

    for (int i = 0; i < MIGRATION_CAPABILITY__MAX; i++) {
        MigrationCapabilityStatusList *e = g_new0(MigrationCapabilityStatusList, 1);

        e->value = g_new0(MigrationCapabilityStatus, 1);
        e->value->capability = i;
        e->value->state = migrate_get_current()->capabilities[i];
        *tail = e;
        tail = &e->next;
    }
    return head;
}

/* ---- Parameters ---- */

/* Scalars: member, default, least, most. Bytes, bytes/second, ms, per cent as in the schema. */
#define SCALAR_PARAMETERS(P)                                          \
    P(announce_initial, 50, 0, 100000)                                \
    P(announce_max, 550, 0, 100000)                                   \
    P(announce_rounds, 5, 0, 1000)                                    \
    P(announce_step, 100, 0, 10000)                                   \
    P(throttle_trigger_threshold, 50, 1, 100)                         \
    P(cpu_throttle_initial, 20, 1, 99)                                \
    P(cpu_throttle_increment, 10, 1, 99)                              \
    P(cpu_throttle_tailslow, false, false, true)                      \
    P(max_bandwidth, 128 << 20, 0, INT64_MAX)                         \
    P(avail_switchover_bandwidth, 0, 0, INT64_MAX)                    \
    P(downtime_limit, 300, 0, 2000 * 1000)                            \
    P(x_checkpoint_delay, 20000, 0, UINT32_MAX)                       \
    P(multifd_channels, 2, 1, 255)                                    \
    P(xbzrle_cache_size, 64 << 20, 4096, INT64_MAX)                   \
    P(max_postcopy_bandwidth, 0, 0, INT64_MAX)                        \
    P(max_cpu_throttle, 99, 1, 99)                                    \
    P(multifd_zlib_level, 1, 0, 9)                                    \
    P(multifd_qatzip_level, 1, 1, 9)                                  \
    P(multifd_zstd_level, 1, 0, 20)                                   \
    P(x_vcpu_dirty_limit_period, 1000, 1, 1000)                       \
    P(vcpu_dirty_limit, 1, 1, INT64_MAX)                              \
    P(mode, MIG_MODE_NORMAL, 0, MIG_MODE_NORMAL)                      \
    P(zero_page_detection, ZERO_PAGE_DETECTION_LEGACY, 0, ZERO_PAGE_DETECTION_LEGACY) \
    P(multifd_compression, MULTIFD_COMPRESSION_NONE, 0, MULTIFD_COMPRESSION_NONE)     \
    P(direct_io, false, false, false)

static StrOrNull *new_string(const char *s)
{
    StrOrNull *v = g_new0(StrOrNull, 1);

    v->type = QTYPE_QSTRING;
    v->u.s = g_strdup(s);
    return v;
}

void migration_default_options(MigrationState *s)
{
    MigrationParameters *p = &s->params;

#define SET_DEFAULT(_name, _default, _least, _most) \
    p->has_##_name = true; \
    p->_name = (_default);
    SCALAR_PARAMETERS(SET_DEFAULT)
#undef SET_DEFAULT
    p->tls_creds = new_string("");
    p->tls_hostname = new_string("");
    p->tls_authz = new_string("");
}

static bool in_range(const char *member, uint64_t value, uint64_t least, uint64_t most, Error **errp)
{
    g_autofree char *name = NULL;

    if (value >= least && value <= most) {
        return true;
    }
    name = g_strdelimit(g_strdup(member), "_", '-');
    error_setg(errp, "Parameter '%s' expects a value from %" PRIu64 " to %" PRIu64, name, least, most);
    return false;
}

static bool is_set(const StrOrNull *v)
{
    return v && v->type == QTYPE_QSTRING && *v->u.s;
}

static bool check_parameters(const MigrationParameters *p, Error **errp)
{
#define CHECK(_name, _default, _least, _most) \
    if (p->has_##_name && !in_range(#_name, p->_name, _least, _most, errp)) { \
        return false; \
    }
    SCALAR_PARAMETERS(CHECK)
#undef CHECK
    if (is_set(p->tls_creds) || is_set(p->tls_authz)) {
        error_setg(errp, "Parameter 'tls-creds': TLS is not supported");
        return false;
    }
    if (p->block_bitmap_mapping || p->cpr_exec_command) {
        error_setg(errp, "Parameter '%s' is not supported",
                   p->cpr_exec_command ? "cpr-exec-command" : "block-bitmap-mapping");
        return false;
    }
    return true;
}

void qmp_migrate_set_parameters(MigrationParameters *arg, Error **errp)
{
    MigrationState *s = migrate_get_current();
    MigrationParameters *p = &s->params;

    if (!check_parameters(arg, errp)) {
        return;
    }
#define COPY(_name, _default, _least, _most) \
    if (arg->has_##_name) { \
        p->_name = arg->_name; \
    }
    SCALAR_PARAMETERS(COPY)
#undef COPY
    /* A running migration looks at new limits at once. */
    qemu_sem_post(&s->wake);
}

MigrationParameters *qmp_query_migrate_parameters(Error **errp)
{
    return QAPI_CLONE(MigrationParameters, &migrate_get_current()->params);
}
