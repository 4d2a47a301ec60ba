/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A description as the JSON that -dump-vmstate prints and scripts/vmstate-static-checker.py compares (rule B10).
 */
#include "qemu/osdep.h"
#include "migration/vmstate-internal.h"
#include "migration/vmstate-registry.h"

/* Beyond what such files have elsewhere: what the layout depends on besides sizes. */
static void dump_kind(JSONWriter *w, const VMStateField *fd)
{
    if (fd->flags & VMS_MUST_EXIST) {
        json_writer_bool(w, "check", true);
        return;
    }
    if (!fd->vmsd) {
        json_writer_str(w, "type", fd->info->name);
    }
    if (fd->flags & VMS_ARRAY) {
        json_writer_int64(w, "num", fd->num);
    }
}

static void dump_field(JSONWriter *w, const VMStateField *fd)
{
    json_writer_start_object(w, NULL);
    json_writer_str(w, "field", fd->name);
    json_writer_int64(w, "version_id", fd->version_id);
    json_writer_bool(w, "field_exists", fd->field_exists != NULL);
    json_writer_uint64(w, "size", fd->flags & VMS_ARRAY_OF_POINTER ? sizeof(void *) : fd->size);
    dump_kind(w, fd);
    if (fd->vmsd) {
        vmstate_dump(w, "Description", fd->vmsd);
    }
    json_writer_end_object(w);
}

void vmstate_dump(JSONWriter *w, const char *key, const VMStateDescription *vmsd)
{
    json_writer_start_object(w, key);
    json_writer_str(w, "name", vmsd->name);
    json_writer_int64(w, "version_id", vmsd->version_id);
    json_writer_int64(w, "minimum_version_id", vmsd->minimum_version_id);
    if (vmsd->fields && !(vmsd->fields->flags & VMS_END)) {
        json_writer_start_array(w, "Fields");
        for (const VMStateField *fd = vmsd->fields; !(fd->flags & VMS_END); fd++) {
            dump_field(w, fd);
        }
        json_writer_end_array(w);
    }
    if (vmsd->subsections && vmsd->subsections[0]) {
        json_writer_start_array(w, "Subsections");
        for (int i = 0; vmsd->subsections[i]; i++) {
            vmstate_dump(w, NULL, vmsd->subsections[i]);
        }
        json_writer_end_array(w);
    }
    json_writer_end_object(w);
}
