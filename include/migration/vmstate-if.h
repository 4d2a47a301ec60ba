/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMStateIf: the QOM interface through which the registry learns under which id an object's sections are saved.
 * qdev implements it with the device's path on its bus ("0000:00:02.0"), or NULL for none.
 */
#ifndef MIGRATION_VMSTATE_IF_H
#define MIGRATION_VMSTATE_IF_H

#include "qom/object.h"
#include "migration/vmstate.h"

#define TYPE_VMSTATE_IF "vmstate-if"

typedef struct VMStateIfClass VMStateIfClass;
DECLARE_CLASS_CHECKERS(VMStateIfClass, VMSTATE_IF, TYPE_VMSTATE_IF)
#define VMSTATE_IF(obj) INTERFACE_CHECK(VMStateIf, (obj), TYPE_VMSTATE_IF)

struct VMStateIfClass {
    InterfaceClass parent_class;

    /* The id, to be freed by the caller, or NULL. */
    char *(*get_id)(VMStateIf *obj);
};

/* NULL without an object or without an id. */
char *vmstate_if_get_id(VMStateIf *vmif);

#endif
