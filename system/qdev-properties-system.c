/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device properties: character back ends, UUIDs, PCI addresses. Network and block ones live with their layers. */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "hw/core/qdev-properties-system.h"
#include "qapi/visitor.h"

/* --- chardev by id --- */

static void chr_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    CharFrontend *fe = object_field_prop_ptr(obj, opaque);
    Chardev *chr = qemu_chr_fe_get_driver(fe);
    char *label = chr && chr->label ? chr->label : (char *)"";

    visit_type_str(v, name, &label, errp);
}

static void chr_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    CharFrontend *fe = object_field_prop_ptr(obj, opaque);
    g_autofree char *label = NULL;
    Chardev *chr;

    if (!visit_type_str(v, name, &label, errp) || !*label) {
        return;
    }
    chr = qemu_chr_find(label);
    if (!chr) {
        error_setg(errp, "Property '%s.%s' can't find value '%s'", object_get_typename(obj), name, label);
    } else if (!qemu_chr_fe_init(fe, chr, errp)) {
        error_prepend(errp, "Property '%s.%s' can't take value '%s': ", object_get_typename(obj), name, label);
    }
}

static void chr_release(Object *obj, const char *name, void *opaque)
{
    qemu_chr_fe_deinit(object_field_prop_ptr(obj, opaque), false);
}

const PropertyInfo qdev_prop_chr = { .type = "str", .description = "ID of a chardev to use as a backend",
                                     .get = chr_get, .set = chr_set, .release = chr_release };

void qdev_prop_set_chr(DeviceState *dev, const char *name, Chardev *value)
{
    qdev_prop_set_string(dev, name, value && value->label ? value->label : "");
}

/* --- UUID --- */

static void uuid_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    g_autofree char *text = qemu_uuid_unparse_strdup(object_field_prop_ptr(obj, opaque));

    visit_type_str(v, name, &text, errp);
}

static void uuid_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    QemuUUID *uuid = object_field_prop_ptr(obj, opaque);
    g_autofree char *text = NULL;

    if (!visit_type_str(v, name, &text, errp)) {
        return;
    }
    if (!strcmp(text, "auto")) {
        g_autofree char *fresh = g_uuid_string_random();
        qemu_uuid_parse(fresh, uuid);
    } else if (!qemu_uuid_parse(text, uuid)) {
        error_setg(errp, "Property '%s.%s' doesn't take value '%s': it is no UUID", object_get_typename(obj), name,
                   text);
    }
}

const PropertyInfo qdev_prop_uuid = { .type = "str", .description = "UUID (aka GUID) or \"auto\" for random value (default)",
                                      .get = uuid_get, .set = uuid_set };

/* --- PCI address --- */

static void devfn_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    visit_type_int32(v, name, object_field_prop_ptr(obj, opaque), errp);
}

static bool parse_devfn(const char *text, int32_t *devfn)
{
    const char *end;
    unsigned slot, fn = 0;

    if (qemu_strtoui(text, &end, 16, &slot) || slot > 31 ||
        (*end && (*end != '.' || qemu_strtoui(end + 1, NULL, 16, &fn) || fn > 7))) {
        return false;
    }
    *devfn = slot << 3 | fn;
    return true;
}

static void devfn_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    int32_t *devfn = object_field_prop_ptr(obj, opaque);
    g_autofree char *text = NULL;
    int32_t number;

    if (visit_type_str(v, name, &text, NULL)) {
        if (!parse_devfn(text, devfn)) {
            error_setg(errp, "Property '%s.%s' doesn't take value '%s': use SLOT[.FUNCTION] in hexadecimal",
                       object_get_typename(obj), name, text);
        }
    } else if (visit_type_int32(v, name, &number, errp)) {
        if (number < -1 || number > 255) {
            error_setg(errp, "Property '%s.%s' doesn't take value '%d'", object_get_typename(obj), name, number);
            return;
        }
        *devfn = number;
    }
}

static char *devfn_print(Object *obj, const Property *prop)
{
    int32_t devfn = *(int32_t *)object_field_prop_ptr(obj, prop);

    return devfn < 0 ? g_strdup("<unset>") : g_strdup_printf("%02x.%x", devfn >> 3, devfn & 7);
}

static void devfn_default(ObjectProperty *op, const Property *prop)
{
    object_property_set_default_int(op, prop->defval.i);
}

const PropertyInfo qdev_prop_pci_devfn = { .type = "str", .description = "Slot and optional function number, example: 06.0 or 06",
                                           .get = devfn_get, .set = devfn_set, .print = devfn_print,
                                           .set_default_value = devfn_default };
