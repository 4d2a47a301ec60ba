/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule B2: malformed descriptions are found when they are registered, not when a guest's state is at stake.
 * Each description is checked once per process. Lock: BQL.
 */
#include "qemu/osdep.h"
#include "migration/vmstate-internal.h"

/* A table without its terminator is caught here rather than by a crash, if it is lucky enough. */
#define FIELDS_MAX 4096

static bool one_bit(unsigned v)
{
    return (v & (v - 1)) == 0;
}

/* What is wrong with one field, or NULL. */
static const char *field_fault(const VMStateDescription *vmsd, const VMStateField *fd)
{
    unsigned flags = fd->flags;
    unsigned count = flags & (VMS_ARRAY | VMS_VARRAY_ANY);
    bool ptr_array = flags & VMS_ARRAY_OF_POINTER;
    bool auto_alloc = flags & VMS_ARRAY_OF_POINTER_AUTO_ALLOC;
    bool structure = flags & (VMS_STRUCT | VMS_VSTRUCT);

    if (!fd->name) {
        return "has no name";
    }
    if (!one_bit(count) || (count && (flags & VMS_SINGLE))) {
        return "has more than one kind of count";
    }
    if ((flags & VMS_STRUCT) && (flags & VMS_VSTRUCT)) {
        return "is both a struct and a vstruct";
    }
    if (structure ? !fd->vmsd : !fd->info) {
        return structure ? "is a struct without a description" : "has no codec";
    }
    if (auto_alloc && !ptr_array) {
        return "allocates slots but is not an array of pointers";
    }
    if (ptr_array && !count) {
        return "is an array of pointers without a count";
    }
    if (auto_alloc && !(fd->size || fd->size_offset)) {
        return "allocates objects but gives no size";
    }
    if (auto_alloc && fd->size && fd->size_offset) {
        return "has both size and size_offset";
    }
    if (ptr_array && !auto_alloc && (fd->size || fd->size_offset)) {
        return "is a plain array of pointers and must not give a size";
    }
    if (!(flags & VMS_VBUFFER) && !auto_alloc && fd->size_offset) {
        return "has a size_offset but is no variable buffer";
    }
    if ((flags & VMS_VBUFFER) && fd->size && !(flags & VMS_MULTIPLY)) {
        return "has both size and size_offset";
    }
    if ((flags & VMS_MULTIPLY) && !((flags & VMS_VBUFFER) && fd->size)) {
        return "multiplies a length it does not have";
    }
    if ((flags & VMS_MULTIPLY_ELEMENTS) && (!(flags & VMS_VARRAY_ANY) || fd->num <= 0)) {
        return "multiplies a count it does not have";
    }
    if ((flags & VMS_ALLOC) && !(flags & VMS_POINTER)) {
        return "allocates but is not a pointer";
    }
    if ((flags & VMS_ALLOC) && ptr_array) {
        return "allocates its array of pointers";
    }
    if (!ptr_array && !(flags & VMS_VBUFFER) && !fd->size) {
        return "has no size";
    }
    if ((flags & VMS_ARRAY) && fd->num < 0) {
        return "has a negative count";
    }
    if ((flags & VMS_MUST_EXIST) && !fd->field_exists) {
        return "is a check without a function";
    }
    if (!fd->field_exists && fd->version_id > vmsd->version_id) {
        return "is newer than its description's version and would never be saved";
    }
    return NULL;
}

static const char *head_fault(const VMStateDescription *vmsd)
{
    if (vmsd->version_id < 0 || vmsd->minimum_version_id > vmsd->version_id) {
        return "reads no version it writes";
    }
    if ((vmsd->pre_load && vmsd->pre_load_errp) || (vmsd->post_load && vmsd->post_load_errp) ||
        (vmsd->pre_save && vmsd->pre_save_errp)) {
        return "has both forms of a hook";
    }
    return NULL;
}

static bool check_subsection(const VMStateDescription *vmsd, const VMStateDescription *sub, Error **errp)
{
    size_t own = strlen(vmsd->name);

    if (!sub->name || strncmp(sub->name, vmsd->name, own) || !sub->name[own] || strlen(sub->name) > 255) {
        error_setg(errp, "vmstate '%s': the name of subsection '%s' must be '%s...' and fit 255 bytes", vmsd->name,
                   sub->name ? sub->name : "", vmsd->name);
        return false;
    }
    return true;
}

static bool check_one(const VMStateDescription *vmsd, GHashTable *seen, Error **errp)
{
    const char *fault;
    int n = 0;

    if (!g_hash_table_add(seen, (void *)vmsd)) {
        return true;
    }
    fault = vmsd->name ? head_fault(vmsd) : "has no name";
    if (fault) {
        error_setg(errp, "vmstate '%s' %s", vmsd->name ? vmsd->name : "?", fault);
        return false;
    }
    for (const VMStateField *fd = vmsd->fields; fd && !(fd->flags & VMS_END); fd++) {
        fault = ++n > FIELDS_MAX ? "is past any sensible table: VMSTATE_END_OF_LIST() is missing"
                                 : field_fault(vmsd, fd);
        if (fault) {
            error_setg(errp, "vmstate '%s': field '%s' %s", vmsd->name, fd->name ? fd->name : "?", fault);
            return false;
        }
        if (fd->vmsd && !check_one(fd->vmsd, seen, errp)) {
            return false;
        }
        if (fd->info == &vmstate_info_gtree && fd->start && !check_one(fd->vmsd + 1, seen, errp)) {
            return false;
        }
    }
    for (int i = 0; vmsd->subsections && vmsd->subsections[i]; i++) {
        if (!check_subsection(vmsd, vmsd->subsections[i], errp) ||
            !check_one(vmsd->subsections[i], seen, errp)) {
            return false;
        }
    }
    return true;
}

bool vmstate_check(const VMStateDescription *vmsd, Error **errp)
{
    static GHashTable *good;
    g_autoptr(GHashTable) seen = NULL;

    if (good && g_hash_table_contains(good, vmsd)) {
        return true;
    }
    seen = g_hash_table_new(NULL, NULL);
    if (!check_one(vmsd, seen, errp)) {
        return false;
    }
    if (!good) {
        good = g_hash_table_new(NULL, NULL);
    }
    g_hash_table_add(good, (void *)vmsd);
    return true;
}
