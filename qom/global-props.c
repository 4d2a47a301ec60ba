/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Defaults from outside the type: what the machine version says, what the accelerator says. -global's list is in
 * hw/core/qdev-globals.c and applied after these.
 */
#include "qemu/osdep.h"
#include "qom/object.h"

enum { COMPAT_ACCEL, COMPAT_MACHINE, COMPAT_MAX };
static GPtrArray *compat_props[COMPAT_MAX];

bool object_apply_global_props(Object *obj, const GPtrArray *props, Error **errp)
{
    for (guint i = 0; props && i < props->len; i++) {
        GlobalProperty *p = props->pdata[i];

        if (!object_dynamic_cast(obj, p->driver) || (p->optional && !object_property_find(obj, p->property))) {
            continue;
        }
        p->used = true;
        if (!object_property_parse(obj, p->property, p->value, errp)) {
            error_prepend(errp, "can't apply global %s.%s=%s: ", p->driver, p->property, p->value);
            return false;
        }
    }
    return true;
}

void object_set_machine_compat_props(GPtrArray *props)
{
    compat_props[COMPAT_MACHINE] = props;
}

void object_set_accelerator_compat_props(GPtrArray *props)
{
    compat_props[COMPAT_ACCEL] = props;
}

void object_apply_compat_props(Object *obj)
{
    for (int i = 0; i < COMPAT_MAX; i++) {
        object_apply_global_props(obj, compat_props[i], &error_abort);
    }
}
