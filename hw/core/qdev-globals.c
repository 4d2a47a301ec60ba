/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -global driver.property=value: the user's defaults, in the order given. Lock: the BQL. */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "hw/core/qdev-properties.h"

static GPtrArray *globals;

static GPtrArray *global_list(void)
{
    if (!globals) {
        globals = g_ptr_array_new();
    }
    return globals;
}

void qdev_prop_register_global(GlobalProperty *prop)
{
    g_ptr_array_add(global_list(), prop);
}

const GlobalProperty *qdev_find_global_prop(Object *obj, const char *name)
{
    for (guint i = 0; i < global_list()->len; i++) {
        GlobalProperty *p = globals->pdata[i];

        if (object_dynamic_cast(obj, p->driver) && !strcmp(p->property, name)) {
            return p;
        }
    }
    return NULL;
}

/*
 * -global cannot name one device, so a bad value is the command line's fault when the device is the board's own
 * (exit), and only this device's when it is hot-plugged (warn and go on without).
 */
void qdev_prop_set_globals(DeviceState *dev)
{
    Error *err = NULL;

    if (object_apply_global_props(OBJECT(dev), global_list(), &err)) {
        return;
    }
    if (dev->hotplugged) {
        warn_report_err(err);
    } else {
        error_propagate(&error_fatal, err);
    }
}

int qdev_prop_check_globals(void)
{
    int bad = 0;

    for (guint i = 0; i < global_list()->len; i++) {
        GlobalProperty *p = globals->pdata[i];
        ObjectClass *oc;

        if (p->used) {
            continue;
        }
        oc = object_class_by_name(p->driver);
        oc = oc ? object_class_dynamic_cast(oc, TYPE_DEVICE) : NULL;
        if (!oc) {
            warn_report("global %s.%s has invalid class name", p->driver, p->property);
            bad++;
        } else if (!DEVICE_CLASS(oc)->hotpluggable && !phase_check(PHASE_MACHINE_READY)) {
            warn_report("global %s.%s=%s not used", p->driver, p->property, p->value);
            bad++;
        }
    }
    return bad;
}
