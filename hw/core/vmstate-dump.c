/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -dump-vmstate: the description of every device type, by type name, with the machine's name first.
 * scripts/vmstate-static-checker.py compares two such files.
 */
#include "qemu/osdep.h"
#include "qobject/json-writer.h"
#include "hw/core/qdev.h"
#include "migration/misc.h"
#include "migration/vmstate-registry.h"

static void dump_class(ObjectClass *oc, void *opaque)
{
    const VMStateDescription *vmsd = DEVICE_CLASS(oc)->vmsd;
    JSONWriter *w = opaque;

    if (!vmsd) {
        return;
    }
    json_writer_start_object(w, object_class_get_name(oc));
    json_writer_str(w, "Name", object_class_get_name(oc));
    json_writer_int64(w, "version_id", vmsd->version_id);
    json_writer_int64(w, "minimum_version_id", vmsd->minimum_version_id);
    vmstate_dump(w, "Description", vmsd);
    json_writer_end_object(w);
}

void dump_vmstate_json_to_file(FILE *out)
{
    g_autoptr(JSONWriter) w = json_writer_new(true);
    Object *machine = object_resolve_path("/machine", NULL);
    g_autofree char *name = g_strdup(machine ? object_get_typename(machine) : "none-machine");

    if (g_str_has_suffix(name, "-machine")) {
        name[strlen(name) - strlen("-machine")] = 0;
    }
    json_writer_start_object(w, NULL);
    json_writer_start_object(w, "vmschkmachine");
    json_writer_str(w, "Name", name);
    json_writer_end_object(w);
    object_class_foreach(dump_class, TYPE_DEVICE, false, w);
    json_writer_end_object(w);
    fprintf(out, "%s\n", json_writer_get(w));
    fclose(out);
}
