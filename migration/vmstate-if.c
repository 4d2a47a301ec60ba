/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The "vmstate-if" interface type and its one call. */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "migration/vmstate-if.h"

char *vmstate_if_get_id(VMStateIf *vmif)
{
    VMStateIfClass *vc = vmif ? VMSTATE_IF_GET_CLASS(vmif) : NULL;

    return vc && vc->get_id ? vc->get_id(vmif) : NULL;
}

static const TypeInfo vmstate_if_types[] = {
    {
        .name = TYPE_VMSTATE_IF,
        .parent = TYPE_INTERFACE,
        .class_size = sizeof(VMStateIfClass),
    },
};

DEFINE_TYPES(vmstate_if_types)
