/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmstate walker: saves and loads what a VMStateDescription describes, and writes its JSON description.
 *
 * Owns the rules that are common to all fields: presence, counts, pointers, allocation, subsections, hooks.
 * Specification: docs/devel/vmstate.md. Lock: as the caller's (BQL).
 */
#include "qemu/osdep.h"
#include "migration/qemu-file.h"
#include "migration/vmstate-internal.h"

#define QEMU_VM_SUBSECTION 0x05

/* ---- What a field is, seen from its flags ---- */

typedef struct FieldShape {
    void *base;             /* first element, or first slot of an array of pointers */
    uint64_t n;             /* elements */
    size_t stride;          /* from one element (or slot) to the next */
    size_t size;            /* of one object, for the codec */
    bool is_array;
} FieldShape;

static bool is_pointer_array(const VMStateField *fd)
{
    return fd->flags & VMS_ARRAY_OF_POINTER;
}

static bool is_auto_alloc(const VMStateField *fd)
{
    return fd->flags & VMS_ARRAY_OF_POINTER_AUTO_ALLOC;
}

static bool field_exists(const VMStateField *fd, void *opaque, int version_id)
{
    return fd->field_exists ? fd->field_exists(opaque, version_id) : fd->version_id <= version_id;
}

static bool field_count(const VMStateField *fd, void *opaque, uint64_t *n, Error **errp)
{
    const void *p = (const uint8_t *)opaque + fd->num_offset;

    if (fd->flags & VMS_ARRAY) {
        *n = fd->num;
    } else if (fd->flags & VMS_VARRAY_INT32) {
        int32_t v = *(const int32_t *)p;

        if (v < 0) {
            error_setg(errp, "element count %" PRId32 " is negative", v);
            return false;
        }
        *n = v;
    } else if (fd->flags & VMS_VARRAY_UINT32) {
        *n = *(const uint32_t *)p;
    } else if (fd->flags & VMS_VARRAY_UINT16) {
        *n = *(const uint16_t *)p;
    } else if (fd->flags & VMS_VARRAY_UINT8) {
        *n = *(const uint8_t *)p;
    } else {
        *n = 1;
    }
    if (fd->flags & VMS_MULTIPLY_ELEMENTS) {
        *n *= fd->num;
    }
    return true;
}

static bool field_size(const VMStateField *fd, void *opaque, size_t *size, Error **errp)
{
    bool from_field = (fd->flags & VMS_VBUFFER) || (is_auto_alloc(fd) && fd->size == 0);

    *size = fd->size;
    if (from_field) {
        int32_t v = *(const int32_t *)((const uint8_t *)opaque + fd->size_offset);

        if (v < 0) {
            error_setg(errp, "length 0x%" PRIx32 " is out of range", (uint32_t)v);
            return false;
        }
        *size = v;
        if (fd->flags & VMS_MULTIPLY) {
            *size *= fd->size;
        }
    }
    return true;
}

static size_t alloc_bytes(const VMStateField *fd, const FieldShape *sh)
{
    size_t size = fd->info == &vmstate_info_bitmap ? DIV_ROUND_UP(sh->size, 64) * 8 : sh->size;

    return size * sh->n;
}

/* Free what a slot got, unless a hook has put something else there meanwhile. */
void vmstate_undo_slot(void *where, void *what, const void *arg)
{
    void **slot = where;

    if (*slot == what) {
        *slot = NULL;
        g_free(what);
    }
}

void *vmstate_load_alloc(QEMUFile *f, size_t bytes, Error **errp)
{
    size_t *used = qemu_file_load_bytes(f);
    void *p = NULL;

    if (bytes > VMSTATE_ALLOC_MAX - *used) {
        error_setg(errp, "%zu bytes on top of %zu are more than a section may allocate (%u)", bytes, *used,
                   VMSTATE_ALLOC_MAX);
    } else {
        p = g_try_malloc0(bytes);
        if (p) {
            *used += bytes;
        } else {
            error_setg(errp, "no memory for %zu bytes", bytes);
        }
    }
    return p;
}

static bool alloc_slot(QEMUFile *f, void **slot, size_t bytes, Error **errp)
{
    *slot = bytes ? vmstate_load_alloc(f, bytes, errp) : NULL;
    if (*slot) {
        qemu_file_undo_push(f, vmstate_undo_slot, slot, *slot, NULL);
    }
    return *slot || !bytes;
}

/* Fill in @sh. @f is the file loaded from, NULL when saving. */
static bool field_shape(QEMUFile *f, const VMStateField *fd, void *opaque, FieldShape *sh, Error **errp)
{
    if (!field_count(fd, opaque, &sh->n, errp) || !field_size(fd, opaque, &sh->size, errp)) {
        return false;
    }
    sh->is_array = fd->flags & (VMS_ARRAY | VMS_VARRAY_ANY);
    sh->stride = is_pointer_array(fd) ? sizeof(void *) : sh->size;
    sh->base = (uint8_t *)opaque + fd->offset;
    if (!(fd->flags & VMS_POINTER)) {
        return true;
    }
    if (f && (fd->flags & VMS_ALLOC)) {
        void **slot = sh->base;
        unsigned __int128 total = (unsigned __int128)sh->size * sh->n;

        g_free(*slot);
        *slot = NULL;
        if (total > VMSTATE_ALLOC_MAX) {
            error_setg(errp, "%" PRIu64 " elements of %zu bytes are more than a section may allocate (%u)",
                       sh->n, sh->size, VMSTATE_ALLOC_MAX);
            return false;
        }
        if (!alloc_slot(f, slot, alloc_bytes(fd, sh), errp)) {
            return false;
        }
    }
    sh->base = *(void **)sh->base;
    if (!sh->base && sh->n && (sh->size || is_pointer_array(fd))) {
        error_setg(errp, "the pointer is NULL");
        return false;
    }
    return true;
}

/* ---- Codecs ---- */

int vmstate_info_load(QEMUFile *f, const VMStateInfo *info, void *pv, size_t size, const VMStateField *fd,
                      Error **errp)
{
    int ret;

    if (info->load) {
        return info->load(f, pv, size, fd, errp) ? 0 : -EINVAL;
    }
    ret = info->get(f, pv, size, fd);
    if (ret < 0 && !qemu_file_get_error_obj(f, errp)) {
        error_setg(errp, "invalid value for type '%s' (%s)", info->name, strerror(-ret));
    }
    return MIN(ret, 0);
}

int vmstate_info_save(QEMUFile *f, const VMStateInfo *info, void *pv, size_t size, const VMStateField *fd,
                      JSONWriter *vmdesc, Error **errp)
{
    int ret;

    if (info->save) {
        return info->save(f, pv, size, fd, vmdesc, errp) ? 0 : -EINVAL;
    }
    ret = info->put(f, pv, size, fd, vmdesc);
    if (ret < 0) {
        error_setg(errp, "cannot save type '%s' (%s)", info->name, strerror(-ret));
    }
    return MIN(ret, 0);
}

/* ---- Loading ---- */

static int load_object(QEMUFile *f, const VMStateField *fd, void *obj, size_t size, Error **errp)
{
    if (fd->flags & VMS_STRUCT) {
        return vmstate_load_state(f, fd->vmsd, obj, fd->vmsd->version_id, errp);
    }
    if (fd->flags & VMS_VSTRUCT) {
        return vmstate_load_state(f, fd->vmsd, obj, fd->struct_version_id, errp);
    }
    return vmstate_info_load(f, fd->info, obj, size, fd, errp);
}

/* One slot of an array of pointers: rules B3, B4, B7. */
static int load_slot(QEMUFile *f, const VMStateField *fd, void **slot, size_t size, Error **errp)
{
    int marker;

    if (*slot && is_auto_alloc(fd)) {
        error_setg(errp, "the slot is in use before the load");
        return -EINVAL;
    }
    if (*slot) {
        return load_object(f, fd, *slot, size, errp);
    }
    marker = qemu_get_byte(f);
    if (qemu_file_get_error(f)) {
        return qemu_file_get_error_obj(f, errp);
    }
    if (marker == VMS_NULLPTR_MARKER) {
        return 0;
    }
    if (!is_auto_alloc(fd) || marker != VMS_VALIDPTR_MARKER) {
        error_setg(errp, "pointer marker is 0x%02x, expected %s", marker,
                   is_auto_alloc(fd) ? "0x30 or 0x31" : "0x30: the slot is empty here");
        return -EINVAL;
    }
    if (!alloc_slot(f, slot, size, errp)) {
        return -ENOMEM;
    }
    return load_object(f, fd, *slot, size, errp);
}

static int load_field(QEMUFile *f, const VMStateDescription *vmsd, const VMStateField *fd, void *opaque,
                      Error **errp)
{
    ERRP_GUARD();
    FieldShape sh;
    int ret = 0;

    if (!field_shape(f, fd, opaque, &sh, errp)) {
        error_prepend(errp, "field '%s' of '%s': ", fd->name, vmsd->name);
        return -EINVAL;
    }
    for (uint64_t i = 0; i < sh.n; i++) {
        void *p = (uint8_t *)sh.base + i * sh.stride;

        ret = is_pointer_array(fd) ? load_slot(f, fd, p, sh.size, errp) : load_object(f, fd, p, sh.size, errp);
        if (ret >= 0 && qemu_file_get_error(f)) {
            ret = qemu_file_get_error_obj(f, errp);
        }
        if (ret < 0) {
            g_autofree char *index = sh.is_array ? g_strdup_printf("[%" PRIu64 "]", i) : g_strdup("");

            error_prepend(errp, "field '%s%s' of '%s': ", fd->name, index, vmsd->name);
            break;
        }
    }
    return ret;
}

static int load_fields(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, int version_id, Error **errp)
{
    for (const VMStateField *fd = vmsd->fields; fd && !(fd->flags & VMS_END); fd++) {
        if (field_exists(fd, opaque, version_id)) {
            int ret = load_field(f, vmsd, fd, opaque, errp);

            if (ret < 0) {
                return ret;
            }
        } else if (fd->flags & VMS_MUST_EXIST) {
            error_setg(errp, "check '%s' of '%s' (version %d) failed", fd->name, vmsd->name, version_id);
            return -EINVAL;
        }
    }
    return 0;
}

static int find_subsection(const VMStateDescription *vmsd, const char *name)
{
    for (int i = 0; vmsd->subsections && vmsd->subsections[i]; i++) {
        if (!strcmp(vmsd->subsections[i]->name, name)) {
            return i;
        }
    }
    return -1;
}

/*
 * Subsections follow the fields of the description they belong to, and are told from what comes next by their first
 * byte and by a name that starts with that description's: anything else is left for an outer description.
 */
static int load_subsections(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, Error **errp)
{
    size_t own = strlen(vmsd->name);
    uint64_t seen = 0;

    while (qemu_peek_byte(f, 0) == QEMU_VM_SUBSECTION) {
        char name[256];
        const uint8_t *p;
        size_t len = qemu_peek_byte(f, 1);
        int i, version_id, ret;

        if (len < own + 1 || qemu_peek_buffer(f, &p, len, 2) != len) {
            return 0;
        }
        memcpy(name, p, len);
        name[len] = 0;
        if (strlen(name) != len || memcmp(name, vmsd->name, own) || !name[own]) {
            return 0;
        }
        i = find_subsection(vmsd, name);
        if (i < 0) {
            error_setg(errp, "subsection '%s' of '%s' is unknown here", name, vmsd->name);
            return -ENOENT;
        }
        if (i < 64 && (seen & (1ull << i))) {
            error_setg(errp, "subsection '%s' comes twice", name);
            return -EINVAL;
        }
        seen |= i < 64 ? 1ull << i : 0;
        qemu_file_skip(f, len + 2);
        version_id = qemu_get_be32(f);
        ret = vmstate_load_state(f, vmsd->subsections[i], opaque, version_id, errp);
        if (ret < 0) {
            return ret;
        }
    }
    return 0;
}

static bool run_pre_load(const VMStateDescription *vmsd, void *opaque, Error **errp)
{
    if (vmsd->pre_load_errp) {
        return vmsd->pre_load_errp(opaque, errp);
    }
    if (vmsd->pre_load && vmsd->pre_load(opaque)) {
        error_setg(errp, "'%s' is not ready to be loaded", vmsd->name);
        return false;
    }
    return true;
}

static bool run_post_load(const VMStateDescription *vmsd, void *opaque, int version_id, Error **errp)
{
    int ret;

    if (vmsd->post_load_errp) {
        return vmsd->post_load_errp(opaque, version_id, errp);
    }
    ret = vmsd->post_load ? vmsd->post_load(opaque, version_id) : 0;
    if (ret) {
        error_setg(errp, "'%s' (version %d) refuses the loaded state (%d)", vmsd->name, version_id, ret);
        return false;
    }
    return true;
}

static int load_state(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, int version_id, Error **errp)
{
    int ret;

    if (version_id > vmsd->version_id || version_id < vmsd->minimum_version_id) {
        error_setg(errp, "'%s' has version %d in the stream, this binary reads %d to %d", vmsd->name, version_id,
                   vmsd->minimum_version_id, vmsd->version_id);
        return -EINVAL;
    }
    if (!run_pre_load(vmsd, opaque, errp)) {
        return -EINVAL;
    }
    ret = load_fields(f, vmsd, opaque, version_id, errp);
    if (ret >= 0) {
        ret = load_subsections(f, vmsd, opaque, errp);
    }
    if (ret >= 0 && qemu_file_get_error(f)) {
        ret = qemu_file_get_error_obj(f, errp);
    }
    if (ret >= 0 && !run_post_load(vmsd, opaque, version_id, errp)) {
        ret = -EINVAL;
    }
    return MIN(ret, 0);
}

int vmstate_load_state(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, int version_id, Error **errp)
{
    ERRP_GUARD();
    int *depth = qemu_file_load_depth(f);
    size_t mark = qemu_file_undo_mark(f);
    int ret;

    /* A description may reach itself through a list: the stream must not choose our stack's depth. */
    if (*depth >= VMSTATE_DEPTH_MAX) {
        error_setg(errp, "'%s' is nested more than %d deep", vmsd->name, VMSTATE_DEPTH_MAX);
        return -EINVAL;
    }
    if (*depth == 0) {
        *qemu_file_load_bytes(f) = 0;
    }
    (*depth)++;
    ret = load_state(f, vmsd, opaque, version_id, errp);
    (*depth)--;
    if (*depth == 0) {
        if (ret < 0) {
            qemu_file_undo_rollback(f, mark);
            error_prepend(errp, "at offset %" PRIu64 ": ", qemu_file_transferred(f));
        } else {
            qemu_file_undo_forget(f, mark, NULL, SIZE_MAX);
        }
    }
    return ret;
}

/* ---- Saving ---- */

/* Fields of one name are told apart in the JSON by "[k]", k counting those before them in the table. */
static char *json_field_name(const VMStateDescription *vmsd, const VMStateField *fd)
{
    int same = 0, before = 0;

    for (const VMStateField *o = vmsd->fields; !(o->flags & VMS_END); o++) {
        if (!strcmp(o->name, fd->name)) {
            same++;
            before += o < fd;
        }
    }
    return same > 1 ? g_strdup_printf("%s[%d]", fd->name, before) : g_strdup(fd->name);
}

/* True when every object of the description has the same bytes' layout, so that one entry can stand for an array. */
static bool fixed_layout(const VMStateDescription *vmsd)
{
    if (vmsd->subsections && vmsd->subsections[0]) {
        return false;
    }
    for (const VMStateField *fd = vmsd->fields; fd && !(fd->flags & VMS_END); fd++) {
        if (fd->field_exists || (fd->flags & (VMS_VARRAY_ANY | VMS_VBUFFER | VMS_ARRAY_OF_POINTER)) ||
            fd->info == &vmstate_info_qtailq || fd->info == &vmstate_info_qlist ||
            fd->info == &vmstate_info_gtree) {
            return false;
        }
        if ((fd->flags & (VMS_STRUCT | VMS_VSTRUCT)) && !fixed_layout(fd->vmsd)) {
            return false;
        }
    }
    return true;
}

/* Rule B5: an array becomes one entry with array_len when it can; never an array of pointers. */
static bool can_compress(const VMStateField *fd)
{
    return !is_pointer_array(fd) && (!(fd->flags & (VMS_STRUCT | VMS_VSTRUCT)) || fixed_layout(fd->vmsd));
}

static const char *json_type(const VMStateField *fd)
{
    return fd->flags & VMS_STRUCT ? "struct" : fd->flags & VMS_VSTRUCT ? "vstruct" : fd->info->name;
}

static void json_field_start(JSONWriter *w, const VMStateDescription *vmsd, const VMStateField *fd,
                             const FieldShape *sh, uint64_t i, const char *type, bool compress)
{
    g_autofree char *name = json_field_name(vmsd, fd);

    json_writer_start_object(w, NULL);
    json_writer_str(w, "name", name);
    if (sh->is_array && compress && sh->n > 1) {
        json_writer_int64(w, "array_len", sh->n);
    } else if (sh->is_array && sh->n > 1) {
        json_writer_int64(w, "index", i);
    }
    json_writer_str(w, "type", type);
}

static void json_field_end(JSONWriter *w, uint64_t size)
{
    json_writer_uint64(w, "size", size);
    json_writer_end_object(w);
}

static int save_object(QEMUFile *f, const VMStateField *fd, void *obj, size_t size, JSONWriter *w, Error **errp)
{
    int ret;

    if (!(fd->flags & (VMS_STRUCT | VMS_VSTRUCT))) {
        return vmstate_info_save(f, fd->info, obj, size, fd, w, errp);
    }
    if (w) {
        json_writer_start_object(w, "struct");
    }
    ret = vmstate_save_state_v(f, fd->vmsd, obj, w,
                               fd->flags & VMS_VSTRUCT ? fd->struct_version_id : fd->vmsd->version_id, errp);
    if (w) {
        json_writer_end_object(w);
    }
    return ret;
}

static int save_described(QEMUFile *f, const VMStateDescription *vmsd, const VMStateField *fd, void *obj,
                          const FieldShape *sh, uint64_t i, bool compress, JSONWriter *w, Error **errp)
{
    uint64_t before = qemu_file_transferred(f);
    int ret;

    if (w) {
        json_field_start(w, vmsd, fd, sh, i, json_type(fd), compress);
    }
    ret = save_object(f, fd, obj, sh->size, w, errp);
    if (w) {
        json_field_end(w, qemu_file_transferred(f) - before);
    }
    return ret;
}

static int save_slot(QEMUFile *f, const VMStateDescription *vmsd, const VMStateField *fd, void *obj,
                     const FieldShape *sh, uint64_t i, JSONWriter *w, Error **errp)
{
    if (!obj || is_auto_alloc(fd)) {
        qemu_put_byte(f, obj ? VMS_VALIDPTR_MARKER : VMS_NULLPTR_MARKER);
        if (w) {
            json_field_start(w, vmsd, fd, sh, i, vmstate_info_ptr_marker.name, false);
            json_field_end(w, 1);
        }
    }
    return obj ? save_described(f, vmsd, fd, obj, sh, i, false, w, errp) : 0;
}

static int save_field(QEMUFile *f, const VMStateDescription *vmsd, const VMStateField *fd, void *opaque,
                      JSONWriter *w, Error **errp)
{
    ERRP_GUARD();
    bool compress = w && can_compress(fd);
    FieldShape sh;
    int ret = 0;

    if (!field_shape(NULL, fd, opaque, &sh, errp)) {
        error_prepend(errp, "field '%s' of '%s': ", fd->name, vmsd->name);
        return -EINVAL;
    }
    for (uint64_t i = 0; i < sh.n && ret >= 0; i++) {
        void *p = (uint8_t *)sh.base + i * sh.stride;

        ret = is_pointer_array(fd)
              ? save_slot(f, vmsd, fd, *(void **)p, &sh, i, w, errp)
              : save_described(f, vmsd, fd, p, &sh, i, compress, compress && i ? NULL : w, errp);
    }
    if (ret < 0) {
        error_prepend(errp, "field '%s' of '%s': ", fd->name, vmsd->name);
    }
    return ret;
}

static int save_fields(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, JSONWriter *w, int version_id,
                       Error **errp)
{
    for (const VMStateField *fd = vmsd->fields; fd && !(fd->flags & VMS_END); fd++) {
        if (field_exists(fd, opaque, version_id)) {
            int ret = save_field(f, vmsd, fd, opaque, w, errp);

            if (ret < 0) {
                return ret;
            }
        } else if (fd->flags & VMS_MUST_EXIST) {
            error_setg(errp, "check '%s' of '%s' (version %d) failed", fd->name, vmsd->name, version_id);
            return -EINVAL;
        }
    }
    return 0;
}

bool vmstate_section_needed(const VMStateDescription *vmsd, void *opaque)
{
    return !vmsd->needed || vmsd->needed(opaque);
}

bool vmstate_save_needed(const VMStateDescription *vmsd, void *opaque)
{
    return vmstate_section_needed(vmsd, opaque);
}

static int save_subsections(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, JSONWriter *w, Error **errp)
{
    bool open = false;
    int ret = 0;

    for (int i = 0; vmsd->subsections && vmsd->subsections[i] && ret >= 0; i++) {
        const VMStateDescription *sub = vmsd->subsections[i];

        if (!vmstate_section_needed(sub, opaque)) {
            continue;
        }
        qemu_put_byte(f, QEMU_VM_SUBSECTION);
        qemu_put_counted_string(f, sub->name);
        qemu_put_be32(f, sub->version_id);
        if (w) {
            if (!open) {
                json_writer_start_array(w, "subsections");
                open = true;
            }
            json_writer_start_object(w, NULL);
        }
        ret = vmstate_save_state(f, sub, opaque, w, errp);
        if (w) {
            json_writer_end_object(w);
        }
    }
    if (open) {
        json_writer_end_array(w);
    }
    return ret;
}

static bool run_pre_save(const VMStateDescription *vmsd, void *opaque, Error **errp)
{
    if (vmsd->pre_save_errp) {
        return vmsd->pre_save_errp(opaque, errp);
    }
    if (vmsd->pre_save && vmsd->pre_save(opaque)) {
        error_setg(errp, "'%s' cannot be saved now", vmsd->name);
        return false;
    }
    return true;
}

int vmstate_save_state_v(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, JSONWriter *w, int version_id,
                         Error **errp)
{
    int ret;

    if (!qemu_file_is_dry(f) && !run_pre_save(vmsd, opaque, errp)) {
        return -EINVAL;
    }
    if (w) {
        json_writer_str(w, "vmsd_name", vmsd->name);
        json_writer_int64(w, "version", version_id);
        json_writer_start_array(w, "fields");
    }
    ret = save_fields(f, vmsd, opaque, w, version_id, errp);
    if (w) {
        json_writer_end_array(w);
    }
    if (ret >= 0) {
        ret = save_subsections(f, vmsd, opaque, w, errp);
    }
    if (vmsd->post_save && !qemu_file_is_dry(f)) {
        int post = vmsd->post_save(opaque);

        if (ret >= 0 && post) {
            error_setg(errp, "'%s' failed after it was saved", vmsd->name);
            ret = -EINVAL;
        }
    }
    return MIN(ret, 0);
}

int vmstate_save_state(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, JSONWriter *w, Error **errp)
{
    return vmstate_save_state_v(f, vmsd, opaque, w, vmsd->version_id, errp);
}
