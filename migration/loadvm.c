/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a stream of sections into this machine. Interface: migration/savevm.h.
 *
 * The loader trusts nothing: every type byte, name, instance, version, footer and order is checked, and every error
 * names the section and the offset. Device sections load under the BQL, which a read that must wait gives back.
 * From the first of them to the end mark one memory transaction is open: the topology is updated once (rule A14).
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "system/cpus.h"
#include "system/memory.h"
#include "migration/migration-stats.h"
#include "migration/savevm.h"
#include "migration/savevm-config.h"
#include "migration/vmstate-registry.h"

/* Descriptions are a few hundred kB; this many bytes are skipped at most. */
#define VMDESC_MAX (64u << 20)

typedef struct Loader {
    QEMUFile *f;
    const LoadCallbacks *cb;
    void *opaque;
    bool devices;                /* their state has begun: the transaction is open */
    int64_t devices_ns;          /* when */
} Loader;

/* ---- The devices' transaction ---- */

static void devices_begin(Loader *l)
{
    if (!l->devices) {
        l->devices = true;
        l->devices_ns = get_clock();
        memory_load_begin();
        vmstate_later_begin();
    }
}

static int devices_end(Loader *l, int ret, Error **errp)
{
    if (l->devices) {
        BQL_LOCK_GUARD();

        l->devices = false;
        memory_load_end();
        if (!vmstate_later_end(ret >= 0, errp)) {
            ret = -EINVAL;
        }
    }
    return ret;
}

/* ---- Sections ---- */

static bool check_footer(Loader *l, const SaveStateEntry *se, Error **errp)
{
    int type = qemu_get_byte(l->f);
    uint32_t id = qemu_get_be32(l->f);

    if (qemu_file_get_error(l->f)) {
        qemu_file_get_error_obj(l->f, errp);
        error_prepend(errp, "end of section '%s': ", se->idstr);
        return false;
    }
    if (type != QEMU_VM_SECTION_FOOTER || id != se->load_section_id) {
        error_setg(errp, "section '%s' instance %" PRIu32 " does not end at offset %" PRIu64
                   ": its layout differs between source and destination", se->idstr, se->instance_id,
                   qemu_file_transferred(l->f));
        return false;
    }
    return true;
}

static int load_contents(Loader *l, SaveStateEntry *se, Error **errp)
{
    int64_t start = get_clock();
    int ret;

    if (se->vmsd) {
        BQL_LOCK_GUARD();
        if (!se->vmsd->early_setup) {
            devices_begin(l);
        }
        ret = vmstate_load_state(l->f, se->vmsd, se->opaque, se->load_version_id, errp);
    } else if (!se->ops->load_state) {
        error_setg(errp, "cannot be loaded");
        ret = -EINVAL;
    } else {
        /* Modules with iterable state take the BQL themselves when they need it: RAM does not. */
        bool device = !se->ops->save_setup;

        if (device) {
            bql_lock();
        }
        ret = se->ops->load_state(l->f, se->opaque, se->load_version_id);
        if (device) {
            bql_unlock();
        }
        if (ret >= 0) {
            ret = qemu_file_get_error(l->f);
        }
        if (ret < 0 && !qemu_file_get_error_obj(l->f, errp)) {
            error_setg(errp, "malformed contents (%s)", strerror(-ret));
        }
    }
    if (ret < 0) {
        error_prepend(errp, "section '%s' instance %" PRIu32 ": ", se->idstr, se->instance_id);
        return ret;
    }
    qatomic_set(&se->load_ns, get_clock() - start);
    return check_footer(l, se, errp) ? 0 : -EINVAL;
}

static int load_section_start(Loader *l, Error **errp)
{
    uint32_t section_id = qemu_get_be32(l->f);
    char idstr[256];
    size_t len = qemu_get_counted_string(l->f, idstr);
    uint32_t instance_id = qemu_get_be32(l->f);
    uint32_t version_id = qemu_get_be32(l->f);
    SaveStateEntry *se;

    if (qemu_file_get_error(l->f)) {
        return qemu_file_get_error_obj(l->f, errp);
    }
    if (!len) {
        error_setg(errp, "section with an empty or malformed name at offset %" PRIu64, qemu_file_transferred(l->f));
        return -EINVAL;
    }
    se = vmstate_registry_find(idstr, instance_id);
    if (!se) {
        g_autofree char *shown = g_strescape(idstr, NULL);

        error_setg(errp, "section '%s' instance %" PRIu32 " has no device here: "
                   "start the destination with the same devices", shown, instance_id);
        return -EINVAL;
    }
    if (se->loaded) {
        error_setg(errp, "section '%s' instance %" PRIu32 " comes twice", idstr, instance_id);
        return -EINVAL;
    }
    if (version_id > (uint32_t)se->version_id) {
        error_setg(errp, "section '%s' has version %" PRIu32 ", this binary reads up to %d", idstr, version_id,
                   se->version_id);
        return -EINVAL;
    }
    se->load_section_id = section_id;
    se->load_version_id = version_id;
    se->loaded = true;
    return load_contents(l, se, errp);
}

static int load_section_part(Loader *l, Error **errp)
{
    uint32_t section_id = qemu_get_be32(l->f);
    SaveStateEntry *se;

    if (qemu_file_get_error(l->f)) {
        return qemu_file_get_error_obj(l->f, errp);
    }
    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        if (se->loaded && se->load_section_id == section_id && se->ops) {
            return load_contents(l, se, errp);
        }
    }
    error_setg(errp, "section number %" PRIu32 " was never started (offset %" PRIu64 ")", section_id,
               qemu_file_transferred(l->f));
    return -EINVAL;
}

/* ---- Commands ---- */

static bool command_length(MigCommand cmd, uint16_t len, uint16_t want, Error **errp)
{
    if (len != want) {
        error_setg(errp, "migration command %d has %u bytes of data instead of %u", cmd, len, want);
    }
    return len == want;
}

static bool unsupported(MigCommand cmd, Error **errp)
{
    error_setg(errp, "migration command %d is not supported", cmd);
    return false;
}

static bool load_command(Loader *l, Error **errp)
{
    MigCommand cmd = qemu_get_be16(l->f);
    uint16_t len = qemu_get_be16(l->f);

    if (qemu_file_get_error(l->f)) {
        qemu_file_get_error_obj(l->f, errp);
        return false;
    }
    switch (cmd) {
    case MIG_CMD_OPEN_RETURN_PATH:
        return command_length(cmd, len, 0, errp) &&
               (l->cb->open_return_path ? l->cb->open_return_path(l->opaque, errp) : unsupported(cmd, errp));
    case MIG_CMD_PING:
        return command_length(cmd, len, 4, errp) &&
               (l->cb->ping ? l->cb->ping(l->opaque, qemu_get_be32(l->f), errp) : unsupported(cmd, errp));
    case MIG_CMD_SWITCHOVER_START:
        return command_length(cmd, len, 0, errp);
    default:
        return unsupported(cmd, errp);
    }
}

bool qemu_loadvm_command(QEMUFile *f, const LoadCallbacks *cb, void *opaque, Error **errp)
{
    Loader l = { f, cb, opaque };
    int type = qemu_get_byte(f);

    if (qemu_file_get_error(f)) {
        qemu_file_get_error_obj(f, errp);
        return false;
    }
    if (type != QEMU_VM_COMMAND) {
        error_setg(errp, "byte 0x%02x after the end of the stream", type);
        return false;
    }
    return load_command(&l, errp);
}

/* ---- The whole stream ---- */

static int load_header(Loader *l, Error **errp)
{
    uint32_t magic = qemu_get_be32(l->f);
    uint32_t version = qemu_get_be32(l->f);

    if (qemu_file_get_error(l->f)) {
        return qemu_file_get_error_obj(l->f, errp);
    }
    if (magic != QEMU_VM_FILE_MAGIC) {
        error_setg(errp, "not a migration stream (it starts with 0x%08" PRIx32 ")", magic);
        return -EINVAL;
    }
    if (version != QEMU_VM_FILE_VERSION) {
        error_setg(errp, "migration stream format %" PRIu32 " is not supported, only %d", version,
                   QEMU_VM_FILE_VERSION);
        return -ENOTSUP;
    }
    if (qemu_get_byte(l->f) != QEMU_VM_CONFIGURATION) {
        error_setg(errp, "the stream's configuration section is missing");
        return -EINVAL;
    }
    BQL_LOCK_GUARD();
    return savevm_config_load(l->f, errp);
}

/* Until the end mark. */
static int load_sections(Loader *l, Error **errp)
{
    for (;;) {
        int type = qemu_get_byte(l->f);
        int ret;

        if (qemu_file_get_error(l->f)) {
            return qemu_file_get_error_obj(l->f, errp);
        }
        switch (type) {
        case QEMU_VM_SECTION_START:
        case QEMU_VM_SECTION_FULL:
            ret = load_section_start(l, errp);
            break;
        case QEMU_VM_SECTION_PART:
        case QEMU_VM_SECTION_END:
            ret = load_section_part(l, errp);
            break;
        case QEMU_VM_COMMAND:
            ret = load_command(l, errp) ? 0 : -EINVAL;
            break;
        case QEMU_VM_EOF:
            return 0;
        default:
            error_setg(errp, "unknown section type 0x%02x at offset %" PRIu64, type, qemu_file_transferred(l->f));
            ret = -EINVAL;
        }
        if (ret < 0) {
            return ret;
        }
    }
}

/* The description after the end mark is for tools; a live load only steps over it. */
static int skip_description(Loader *l, Error **errp)
{
    uint32_t left;
    uint8_t sink[4096];

    if (qemu_peek_byte(l->f, 0) != QEMU_VM_VMDESCRIPTION) {
        return 0;
    }
    qemu_file_skip(l->f, 1);
    left = qemu_get_be32(l->f);
    if (left > VMDESC_MAX) {
        error_setg(errp, "description of %" PRIu32 " bytes is too long", left);
        return -EINVAL;
    }
    while (left && !qemu_file_get_error(l->f)) {
        left -= qemu_get_buffer(l->f, sink, MIN(left, sizeof(sink)));
    }
    return qemu_file_get_error_obj(l->f, errp);
}

static int for_each_load(QEMUFile *f, bool setup, Error **errp)
{
    SaveStateEntry *se;

    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        int ret = 0;

        se->loaded = se->loaded && !setup;
        if (se->ops && setup && se->ops->load_setup) {
            ret = se->ops->load_setup(f, se->opaque, errp);
        } else if (se->ops && !setup && se->ops->load_cleanup) {
            se->ops->load_cleanup(se->opaque);
        }
        if (ret < 0) {
            error_prepend(errp, "section '%s': ", se->idstr);
            return ret;
        }
    }
    return 0;
}

int qemu_loadvm_state(QEMUFile *f, const LoadCallbacks *cb, void *opaque, Error **errp)
{
    ERRP_GUARD();
    Loader l = { f, cb, opaque };
    int ret;

    qemu_file_lend_bql(f, true);
    ret = load_header(&l, errp);
    if (ret >= 0) {
        BQL_LOCK_GUARD();

        cpu_synchronize_all_pre_loadvm();
        ret = for_each_load(f, true, errp);
    }
    if (ret >= 0) {
        ret = load_sections(&l, errp);
    }
    ret = devices_end(&l, ret, errp);
    if (ret >= 0) {
        ret = skip_description(&l, errp);
    }
    {
        BQL_LOCK_GUARD();

        for_each_load(f, false, NULL);
        if (ret >= 0) {
            cpu_synchronize_all_post_init();
        }
    }
    mig_stat_set(load_ns, l.devices_ns ? get_clock() - l.devices_ns : 0);
    qemu_file_lend_bql(f, false);
    if (ret < 0 && errp && !strstr(error_get_pretty(*errp), "offset ")) {
        error_prepend(errp, "at offset %" PRIu64 ": ", qemu_file_transferred(f));
    }
    return MIN(ret, 0);
}
