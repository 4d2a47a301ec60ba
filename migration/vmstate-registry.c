/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registration of sections: names, instances, order. Interface and lock: migration/vmstate-registry.h.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "migration/vmstate-if.h"
#include "migration/vmstate-internal.h"
#include "migration/vmstate-registry.h"

/* What the process has registered. by_name finds the entries of one idstr (or compat idstr) without a walk. */
static SaveStateList entries = QTAILQ_HEAD_INITIALIZER(entries);
static GHashTable *by_name;
static GHashTable *by_compat;
/* Not 0: the reference takes a part of section 0 for one of the first section that has none. */
static uint32_t next_section_id = 1;

SaveStateList *vmstate_registry(void)
{
    return &entries;
}

static GPtrArray *bucket(GHashTable **table, const char *name, bool create)
{
    GPtrArray *b;

    if (!*table) {
        *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    }
    b = g_hash_table_lookup(*table, name);
    if (!b && create) {
        b = g_ptr_array_new();
        g_hash_table_insert(*table, g_strdup(name), b);
    }
    return b;
}

static void bucket_remove(GHashTable **table, const char *name, SaveStateEntry *se)
{
    GPtrArray *b = bucket(table, name, false);

    if (b) {
        g_ptr_array_remove(b, se);
        if (b->len == 0) {
            g_hash_table_remove(*table, name);
        }
    }
}

static uint32_t free_instance(GHashTable **table, const char *name, bool compat)
{
    GPtrArray *b = bucket(table, name, false);
    uint32_t next = 0;

    for (guint i = 0; b && i < b->len; i++) {
        const SaveStateEntry *se = b->pdata[i];

        next = MAX(next, (compat ? se->compat_instance_id : se->instance_id) + 1);
    }
    return next;
}

static SaveStateEntry *find_exact(GHashTable **table, const char *name, uint32_t id, bool compat)
{
    GPtrArray *b = bucket(table, name, false);

    for (guint i = 0; b && i < b->len; i++) {
        SaveStateEntry *se = b->pdata[i];

        if ((compat ? se->compat_instance_id : se->instance_id) == id ||
            (se->alias_id >= 0 && (uint32_t)se->alias_id == id)) {
            return se;
        }
    }
    return NULL;
}

SaveStateEntry *vmstate_registry_find(const char *idstr, uint32_t instance_id)
{
    SaveStateEntry *se = find_exact(&by_name, idstr, instance_id, false);

    return se ? se : find_exact(&by_compat, idstr, instance_id, true);
}

MigrationPriority vmstate_entry_priority(const SaveStateEntry *se)
{
    MigrationPriority p = se->vmsd ? se->vmsd->priority : MIG_PRI_DEFAULT;

    return p == MIG_PRI_UNINITIALIZED ? MIG_PRI_DEFAULT : p;
}

const SaveStateEntry *vmstate_registry_unmigratable(void)
{
    SaveStateEntry *se;

    QTAILQ_FOREACH(se, &entries, entry) {
        if (se->vmsd && se->vmsd->unmigratable) {
            return se;
        }
    }
    return NULL;
}

/* After the last entry of the same or a higher priority. */
static void insert_entry(SaveStateEntry *se)
{
    MigrationPriority mine = vmstate_entry_priority(se);
    SaveStateEntry *at;

    QTAILQ_FOREACH_REVERSE(at, &entries, entry) {
        if (vmstate_entry_priority(at) >= mine) {
            QTAILQ_INSERT_AFTER(&entries, at, se, entry);
            return;
        }
    }
    QTAILQ_INSERT_HEAD(&entries, se, entry);
}

/* Name the entry "<path>/<name>"; false when that does not fit the one length byte of the stream. */
static bool name_entry(SaveStateEntry *se, VMStateIf *obj, const char *name, uint32_t instance_id, Error **errp)
{
    g_autofree char *path = vmstate_if_get_id(obj);
    size_t len = snprintf(se->idstr, sizeof(se->idstr), "%s%s%s", path ? path : "", path ? "/" : "", name);

    if (len >= sizeof(se->idstr)) {
        error_setg(errp, "vmstate name '%s/%s' is longer than 255 bytes", path ? path : "", name);
        return false;
    }
    if (path) {
        snprintf(se->compat_idstr, sizeof(se->compat_idstr), "%s", name);
        se->compat_instance_id = instance_id == VMSTATE_INSTANCE_ID_ANY ? free_instance(&by_compat, name, true)
                                                                        : instance_id;
        instance_id = VMSTATE_INSTANCE_ID_ANY;
    }
    se->instance_id = instance_id == VMSTATE_INSTANCE_ID_ANY ? free_instance(&by_name, se->idstr, false)
                                                             : instance_id;
    if (find_exact(&by_name, se->idstr, se->instance_id, false)) {
        error_setg(errp, "vmstate '%s' instance %" PRIu32 " is registered already", se->idstr, se->instance_id);
        return false;
    }
    return true;
}

static int register_entry(SaveStateEntry *se, VMStateIf *obj, const char *name, uint32_t instance_id, Error **errp)
{
    if (!name_entry(se, obj, name, instance_id, errp)) {
        g_free(se);
        return -1;
    }
    se->section_id = next_section_id++;
    g_ptr_array_add(bucket(&by_name, se->idstr, true), se);
    if (se->compat_idstr[0]) {
        g_ptr_array_add(bucket(&by_compat, se->compat_idstr, true), se);
    }
    insert_entry(se);
    return 0;
}

int vmstate_register_with_alias_id(VMStateIf *obj, uint32_t instance_id, const VMStateDescription *vmsd,
                                   void *base, int alias_id, int required_for_version, Error **errp)
{
    SaveStateEntry *se;

    if (!vmstate_check(vmsd, errp)) {
        return -1;
    }
    se = g_new0(SaveStateEntry, 1);
    se->version_id = vmsd->version_id;
    se->vmsd = vmsd;
    se->opaque = base;
    se->alias_id = alias_id;
    return register_entry(se, obj, vmsd->name, instance_id, errp);
}

int vmstate_register(VMStateIf *obj, int instance_id, const VMStateDescription *vmsd, void *opaque)
{
    return vmstate_register_with_alias_id(obj, instance_id, vmsd, opaque, -1, 0, &error_abort);
}

int vmstate_register_any(VMStateIf *obj, const VMStateDescription *vmsd, void *opaque)
{
    return vmstate_register(obj, VMSTATE_INSTANCE_ID_ANY, vmsd, opaque);
}

int register_savevm_live(const char *idstr, uint32_t instance_id, int version_id, const SaveVMHandlers *ops,
                         void *opaque)
{
    SaveStateEntry *se = g_new0(SaveStateEntry, 1);

    se->version_id = version_id;
    se->ops = ops;
    se->opaque = opaque;
    se->alias_id = -1;
    return register_entry(se, NULL, idstr, instance_id, &error_abort);
}

static void unregister_entry(SaveStateEntry *se)
{
    QTAILQ_REMOVE(&entries, se, entry);
    bucket_remove(&by_name, se->idstr, se);
    if (se->compat_idstr[0]) {
        bucket_remove(&by_compat, se->compat_idstr, se);
    }
    g_free(se);
}

void vmstate_unregister(VMStateIf *obj, const VMStateDescription *vmsd, void *opaque)
{
    SaveStateEntry *se, *next;

    QTAILQ_FOREACH_SAFE(se, &entries, entry, next) {
        if (se->vmsd == vmsd && se->opaque == opaque) {
            unregister_entry(se);
        }
    }
}

void unregister_savevm(VMStateIf *obj, const char *idstr, void *opaque)
{
    g_autofree char *path = vmstate_if_get_id(obj);
    g_autofree char *name = path ? g_strdup_printf("%s/%s", path, idstr) : g_strdup(idstr);
    SaveStateEntry *se, *next;

    QTAILQ_FOREACH_SAFE(se, &entries, entry, next) {
        if (se->ops && se->opaque == opaque && !strcmp(se->idstr, name)) {
            unregister_entry(se);
        }
    }
}

/* ---- What a load leaves for its end ---- */

typedef struct Later {
    VMStateLoadLater fn;
    void *opaque;
} Later;

static GArray *later;            /* of Later; NULL: nothing is loading */

bool vmstate_load_later(VMStateLoadLater fn, void *opaque, Error **errp)
{
    Later l = { fn, opaque };

    if (!later) {
        return fn(opaque, errp);
    }
    g_array_append_val(later, l);
    return true;
}

void vmstate_later_begin(void)
{
    later = g_array_new(false, false, sizeof(Later));
}

bool vmstate_later_end(bool run, Error **errp)
{
    g_autoptr(GArray) todo = g_steal_pointer(&later);
    bool ok = true;

    for (unsigned i = 0; run && ok && i < todo->len; i++) {
        Later *l = &g_array_index(todo, Later, i);
        ok = l->fn(l->opaque, errp);
    }
    return ok;
}

/* ---- Acknowledgements, sent by the incoming side of migration proper ---- */

bool (*approve_switchover_hook)(Error **errp);

bool qemu_loadvm_approve_switchover(Error **errp)
{
    if (!approve_switchover_hook) {
        error_setg(errp, "no migration comes in");
        return false;
    }
    return approve_switchover_hook(errp);
}
