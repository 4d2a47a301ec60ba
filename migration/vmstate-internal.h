/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the vmstate core share: undo of allocations (rule B8) and calling a codec.
 */
#ifndef MIGRATION_VMSTATE_INTERNAL_H
#define MIGRATION_VMSTATE_INTERNAL_H

#include "qapi/error.h"
#include "qobject/json-writer.h"
#include "migration/vmstate.h"

/* How deep descriptions may nest in a stream. */
#define VMSTATE_DEPTH_MAX 32

/* Undo actions. */
void vmstate_undo_slot(void *where, void *what, const void *arg);   /* g_free(what), *where = NULL */

/* Zeroed memory within the section's bound, or NULL with an error; @bytes > 0. The caller enters it in the undo log. */
void *vmstate_load_alloc(QEMUFile *f, size_t bytes, Error **errp);

/* Run the codec. 0, or a negative errno with an error set. */
int vmstate_info_load(QEMUFile *f, const VMStateInfo *info, void *pv, size_t size, const VMStateField *field,
                      Error **errp);
int vmstate_info_save(QEMUFile *f, const VMStateInfo *info, void *pv, size_t size, const VMStateField *field,
                      JSONWriter *vmdesc, Error **errp);

#endif
