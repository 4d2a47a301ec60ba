// SPDX-License-Identifier: GPL-2.0-or-later
/* The property kind of "addr": slot[.function] in hexadecimal, or a number (slot * 8 + function). -1: any free. */
#include "qemu/osdep.h"
#include "hw/pci/pci.h"
#include "pci-internal.h"
#include "qapi/error.h"
#include "qapi/visitor.h"

static void set_devfn(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    int32_t *ptr = object_field_prop_ptr(obj, opaque), value;
    g_autofree char *str = NULL;
    unsigned slot, fn = 0;
    int n = 0;
    Error *err = NULL;

    /* JSON may give a number; text is always slot.function. */
    if (!visit_type_str(v, name, &str, NULL)) {
        if (!visit_type_int32(v, name, &value, &err)) {
            error_propagate(errp, err);
            return;
        }
        if (value < -1 || value > 255) {
            error_setg(errp, "Property '%s.%s' must be between -1 and 255, not %d", object_get_typename(obj), name,
                       value);
            return;
        }
        *ptr = value;
        return;
    }
    if (sscanf(str, "%x.%x%n", &slot, &fn, &n) != 2 || str[n]) {
        fn = 0;
        if (sscanf(str, "%x%n", &slot, &n) != 1 || str[n]) {
            goto invalid;
        }
    }
    if (fn > 7 || slot > 31) {
        goto invalid;
    }
    *ptr = PCI_DEVFN(slot, fn);
    return;

invalid:
    error_setg(errp, "Property '%s.%s' doesn't take value '%s': use slot[.function], hexadecimal, as in 06.0",
               object_get_typename(obj), name, str);
}

static void get_devfn(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    int32_t *ptr = object_field_prop_ptr(obj, opaque);

    visit_type_int32(v, name, ptr, errp);
}

static char *print_devfn(Object *obj, const Property *prop)
{
    int32_t *ptr = object_field_prop_ptr(obj, prop);

    return *ptr == -1 ? g_strdup("<unset>") : g_strdup_printf("%02x.%x", *ptr >> 3, *ptr & 7);
}

static void set_default(ObjectProperty *op, const Property *prop)
{
    object_property_set_default_int(op, prop->defval.i);
}

const PropertyInfo qdev_prop_pci_devfn = {
    .type = "str",
    .description = "Slot and optional function number, example: 06.0 or 06",
    .print = print_devfn,
    .get = get_devfn,
    .set = set_devfn,
    .set_default_value = set_default,
};
