/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -dump-vmstate: the description of every device type, by type name, with the machine's name first; then what the machine
 * has registered besides (CPUs, clocks, ...).
 * scripts/vmstate-static-checker.py compares two such files.
 */
#include "qemu/osdep.h"
#include "qobject/json-writer.h"
#include "hw/core/qdev.h"
#include "migration/misc.h"
#include "migration/vmstate-registry.h"

static void dump_one(JSONWriter *w, const char *name, const VMStateDescription *vmsd)
{
    json_writer_start_object(w, name);
    json_writer_str(w, "Name", name);
    json_writer_int64(w, "version_id", vmsd->version_id);
    json_writer_int64(w, "minimum_version_id", vmsd->minimum_version_id);
    vmstate_dump(w, "Description", vmsd);
    json_writer_end_object(w);
}

typedef struct Dump {
    JSONWriter *w;
    GHashTable *done;               /* set of descriptions */
} Dump;

static void dump_class(ObjectClass *oc, void *opaque)
{
    const VMStateDescription *vmsd = DEVICE_CLASS(oc)->vmsd;
    Dump *d = opaque;

    if (vmsd) {
        dump_one(d->w, object_class_get_name(oc), vmsd);
        g_hash_table_add(d->done, (void *)vmsd);
    }
}

/* Those of this machine that belong to no device type, by their own names. */
static void dump_others(Dump *d)
{
    SaveStateEntry *se;

    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        if (se->vmsd && g_hash_table_add(d->done, (void *)se->vmsd)) {
            dump_one(d->w, se->vmsd->name, se->vmsd);
        }
    }
}

void dump_vmstate_json_to_file(FILE *out)
{
    g_autoptr(JSONWriter) w = json_writer_new(true);
    Dump d = { w, g_hash_table_new(NULL, NULL) };
    Object *machine = object_resolve_path("/machine", NULL);
    g_autofree char *name = g_strdup(machine ? object_get_typename(machine) : "none-machine");

    if (g_str_has_suffix(name, "-machine")) {
        name[strlen(name) - strlen("-machine")] = 0;
    }
    json_writer_start_object(w, NULL);
    json_writer_start_object(w, "vmschkmachine");
    json_writer_str(w, "Name", name);
    json_writer_end_object(w);
    object_class_foreach(dump_class, TYPE_DEVICE, false, &d);
    dump_others(&d);
    g_hash_table_destroy(d.done);
    json_writer_end_object(w);
    fprintf(out, "%s\n", json_writer_get(w));
    fclose(out);
}
