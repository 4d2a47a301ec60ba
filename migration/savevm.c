/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a machine's state as a stream of sections. Interface: migration/savevm.h.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "qobject/json-writer.h"
#include "exec/target_page.h"
#include "system/cpus.h"
#include "migration/blocker.h"
#include "migration/migration-stats.h"
#include "migration/savevm.h"
#include "migration/savevm-config.h"
#include "migration/switchover.h"
#include "migration/vmstate-registry.h"

/* No module can truly have more than this to send: larger figures are a device's mistake (rule C5). */
#define PENDING_SANE_LIMIT (1ull << 50)

/* ---- The BQL while the channel waits ---- */

/* Per thread, because each has at most one channel that waits. */
static __thread bool bql_lent;

static void lend_bql(void *opaque)
{
    bql_lent = bql_locked();
    if (bql_lent) {
        bql_unlock();
    }
}

static void retake_bql(void *opaque)
{
    if (bql_lent) {
        bql_lent = false;
        bql_lock();
    }
}

void qemu_file_lend_bql(QEMUFile *f, bool on)
{
    qemu_file_set_wait_hooks(f, on ? lend_bql : NULL, on ? retake_bql : NULL, NULL);
}

/* ---- Framing ---- */

static void put_section_header(QEMUFile *f, const SaveStateEntry *se, uint8_t type)
{
    qemu_put_byte(f, type);
    qemu_put_be32(f, se->section_id);
    if (type == QEMU_VM_SECTION_FULL || type == QEMU_VM_SECTION_START) {
        qemu_put_counted_string(f, se->idstr);
        qemu_put_be32(f, se->instance_id);
        qemu_put_be32(f, se->version_id);
    }
}

static void put_section_footer(QEMUFile *f, const SaveStateEntry *se)
{
    qemu_put_byte(f, QEMU_VM_SECTION_FOOTER);
    qemu_put_be32(f, se->section_id);
}

void qemu_savevm_send_command(QEMUFile *f, MigCommand cmd, const void *data, uint16_t len)
{
    qemu_put_byte(f, QEMU_VM_COMMAND);
    qemu_put_be16(f, cmd);
    qemu_put_be16(f, len);
    qemu_put_buffer(f, data, len);
    qemu_fflush(f);
}

void qemu_savevm_send_ping(QEMUFile *f, uint32_t value)
{
    uint32_t be = g_htonl(value);

    qemu_savevm_send_command(f, MIG_CMD_PING, &be, sizeof(be));
}

/* ---- Before anything moves ---- */

bool qemu_savevm_state_blocked(Error **errp)
{
    const SaveStateEntry *se = vmstate_registry_unmigratable();

    if (se) {
        error_setg(errp, "State blocked by non-migratable device '%s'", se->idstr);
        return true;
    }
    return migration_is_blocked(errp);
}

void qemu_savevm_state_header(QEMUFile *f)
{
    qemu_put_be32(f, QEMU_VM_FILE_MAGIC);
    qemu_put_be32(f, QEMU_VM_FILE_VERSION);
    qemu_put_byte(f, QEMU_VM_CONFIGURATION);
    savevm_config_save(f);
}

/* ---- Modules with iterable state ---- */

static bool is_iterable(const SaveStateEntry *se)
{
    return se->ops && se->ops->save_setup && (!se->ops->is_active || se->ops->is_active(se->opaque));
}

/* The sticky channel error, or @ret with a message if the module gave none. */
static int module_result(QEMUFile *f, const SaveStateEntry *se, int ret, const char *doing, Error **errp)
{
    if (qemu_file_get_error(f)) {
        return qemu_file_get_error_obj(f, errp);
    }
    if (ret < 0) {
        if (errp && !*errp) {
            error_setg(errp, "%s (%s)", doing, strerror(-ret));
        }
        error_prepend(errp, "section '%s': ", se->idstr);
    }
    return ret;
}

int qemu_savevm_state_setup(QEMUFile *f, Error **errp)
{
    ERRP_GUARD();
    SaveStateEntry *se;
    int ret = 0;

    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        if (se->vmsd && se->vmsd->early_setup) {
            BQL_LOCK_GUARD();
            put_section_header(f, se, QEMU_VM_SECTION_FULL);
            ret = vmstate_save_state(f, se->vmsd, se->opaque, NULL, errp);
            put_section_footer(f, se);
        } else if (is_iterable(se)) {
            put_section_header(f, se, QEMU_VM_SECTION_START);
            ret = module_result(f, se, se->ops->save_setup(f, se->opaque, errp), "set-up failed", errp);
            put_section_footer(f, se);
        }
        if (ret < 0) {
            return ret;
        }
    }
    return 0;
}

int qemu_savevm_state_iterate(QEMUFile *f, Error **errp)
{
    ERRP_GUARD();
    SaveStateEntry *se;
    bool all_done = true;

    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        int ret;

        if (!is_iterable(se) || !se->ops->save_live_iterate) {
            continue;
        }
        put_section_header(f, se, QEMU_VM_SECTION_PART);
        ret = module_result(f, se, se->ops->save_live_iterate(f, se->opaque), "iteration failed", errp);
        put_section_footer(f, se);
        if (ret < 0) {
            return ret;
        }
        all_done = all_done && ret > 0;
    }
    return all_done;
}

void qemu_savevm_state_query_pending(MigPendingData *out, bool exact)
{
    SaveStateEntry *se;

    *out = (MigPendingData){ 0 };
    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        MigPendingData mod = { 0 };

        if (is_iterable(se) && se->ops->save_query_pending) {
            se->ops->save_query_pending(se->opaque, &mod, exact);
            if (!mig_pending_add(out, &mod, PENDING_SANE_LIMIT)) {
                warn_report_once("'%s' reports sizes that cannot be true; they are left out of the migration's sums",
                                 se->idstr);
            }
        }
    }
}

static void note_section(SaveStateEntry *se, uint64_t bytes, int64_t ns)
{
    qatomic_set(&se->bytes, bytes);
    qatomic_set(&se->save_ns, ns);
    qatomic_set(&se->load_ns, 0);
}

int qemu_savevm_state_complete_iterable(QEMUFile *f, Error **errp)
{
    ERRP_GUARD();
    SaveStateEntry *se;

    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        uint64_t before;
        int64_t start;
        int ret;

        if (!is_iterable(se) || !se->ops->save_complete) {
            continue;
        }
        before = qemu_file_transferred(f);
        start = get_clock();
        put_section_header(f, se, QEMU_VM_SECTION_END);
        ret = module_result(f, se, se->ops->save_complete(f, se->opaque), "completion failed", errp);
        put_section_footer(f, se);
        note_section(se, qemu_file_transferred(f) - before, get_clock() - start);
        if (ret < 0) {
            return ret;
        }
    }
    return 0;
}

/* ---- Devices ---- */

/* A section without a table is one opaque field in the description. */
static int save_opaque_section(QEMUFile *f, const SaveStateEntry *se, JSONWriter *w)
{
    uint64_t before = qemu_file_transferred(f);

    se->ops->save_state(f, se->opaque);
    json_writer_start_array(w, "fields");
    json_writer_start_object(w, NULL);
    json_writer_str(w, "name", "data");
    json_writer_uint64(w, "size", qemu_file_transferred(f) - before);
    json_writer_str(w, "type", "buffer");
    json_writer_end_object(w);
    json_writer_end_array(w);
    return 0;
}

static int save_device(QEMUFile *f, SaveStateEntry *se, JSONWriter *w, Error **errp)
{
    ERRP_GUARD();
    uint64_t before = qemu_file_transferred(f);
    int64_t start = get_clock();
    int ret;

    put_section_header(f, se, QEMU_VM_SECTION_FULL);
    json_writer_start_object(w, NULL);
    json_writer_str(w, "name", se->idstr);
    json_writer_uint64(w, "instance_id", se->instance_id);
    ret = se->vmsd ? vmstate_save_state(f, se->vmsd, se->opaque, w, errp) : save_opaque_section(f, se, w);
    json_writer_end_object(w);
    put_section_footer(f, se);
    if (ret < 0) {
        error_prepend(errp, "section '%s' instance %" PRIu32 ": ", se->idstr, se->instance_id);
    }
    if (!qemu_file_is_dry(f)) {
        note_section(se, qemu_file_transferred(f) - before, get_clock() - start);
    }
    return ret;
}

static bool has_device_state(const SaveStateEntry *se)
{
    return se->vmsd ? !se->vmsd->early_setup && vmstate_section_needed(se->vmsd, se->opaque)
                    : se->ops && se->ops->save_state;
}

/* Every device, and the description of all in @w. */
static int save_devices(QEMUFile *f, JSONWriter *w, Error **errp)
{
    SaveStateEntry *se;

    json_writer_start_object(w, NULL);
    json_writer_int64(w, "page_size", TARGET_PAGE_SIZE);
    json_writer_start_array(w, "devices");
    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        if (has_device_state(se)) {
            int ret = save_device(f, se, w, errp);

            if (ret < 0) {
                return ret;
            }
        }
    }
    json_writer_end_array(w);
    json_writer_end_object(w);
    return 0;
}

uint64_t qemu_savevm_state_dry(void)
{
    g_autoptr(JSONWriter) w = json_writer_new(false);
    QEMUFile *f = qemu_file_new_dry();
    uint64_t bytes = 0;

    if (save_devices(f, w, NULL) >= 0) {
        bytes = qemu_file_transferred(f) + strlen(json_writer_get(w));
    }
    qemu_fclose(f);
    return bytes;
}

static void timed_flush(QEMUFile *f)
{
    int64_t start = get_clock();

    qemu_fflush(f);
    mig_stat_add(flush_ns, get_clock() - start);
}

int qemu_savevm_state_complete_devices(QEMUFile *f, bool (*commit)(void *opaque), void *opaque, Error **errp)
{
    g_autoptr(JSONWriter) w = json_writer_new(false);
    const char *text;
    int ret;

    cpu_synchronize_all_states();
    ret = save_devices(f, w, errp);
    if (ret < 0) {
        return ret;
    }
    timed_flush(f);
    if (qemu_file_get_error(f)) {
        return qemu_file_get_error_obj(f, errp);
    }
    if (commit && !commit(opaque)) {
        return -ECANCELED;
    }
    qemu_put_byte(f, QEMU_VM_EOF);
    text = json_writer_get(w);
    qemu_put_byte(f, QEMU_VM_VMDESCRIPTION);
    qemu_put_be32(f, strlen(text));
    qemu_put_buffer(f, (const uint8_t *)text, strlen(text));
    timed_flush(f);
    return qemu_file_get_error_obj(f, errp);
}

void qemu_savevm_state_cleanup(void)
{
    SaveStateEntry *se;

    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        if (se->ops && se->ops->save_cleanup) {
            se->ops->save_cleanup(se->opaque);
        }
    }
}
