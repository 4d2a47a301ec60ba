/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Table-driven device properties: the kinds that need only a field, and how tables become class properties. */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "qapi/visitor.h"
#include "qapi/qapi-types-common.h"
#include "qapi/qapi-visit-common.h"
#include "qobject/qlist.h"

void *object_field_prop_ptr(Object *obj, const Property *prop)
{
    return (char *)obj + prop->offset;
}

bool qdev_prop_allow_set(Object *obj, const char *name, Error **errp)
{
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);

    if (!dev || !dev->realized) {
        return true;
    }
    if (dev->id) {
        error_setg(errp, "Attempt to set property '%s' on device '%s' (type '%s') after it was realized", name,
                   dev->id, object_get_typename(obj));
    } else {
        error_setg(errp, "Attempt to set property '%s' on anonymous device (type '%s') after it was realized", name,
                   object_get_typename(obj));
    }
    return false;
}

/* --- integers and bool: one getter and setter each, made from the visitor of the type --- */

#define DEFINE_FIELD_KIND(kind, ctype)                                                                          \
    static void kind##_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)               \
    {                                                                                                           \
        visit_type_##kind(v, name, (ctype *)object_field_prop_ptr(obj, opaque), errp);                          \
    }                                                                                                           \
    static void kind##_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)               \
    {                                                                                                           \
        ctype value;                                                                                            \
        if (visit_type_##kind(v, name, &value, errp)) {                                                         \
            *(ctype *)object_field_prop_ptr(obj, opaque) = value;                                               \
        }                                                                                                       \
    }
DEFINE_FIELD_KIND(bool, bool)
DEFINE_FIELD_KIND(uint8, uint8_t)
DEFINE_FIELD_KIND(uint16, uint16_t)
DEFINE_FIELD_KIND(uint32, uint32_t)
DEFINE_FIELD_KIND(int32, int32_t)
DEFINE_FIELD_KIND(uint64, uint64_t)
DEFINE_FIELD_KIND(int64, int64_t)
DEFINE_FIELD_KIND(size, uint64_t)

static void default_int(ObjectProperty *op, const Property *prop)
{
    object_property_set_default_int(op, prop->defval.i);
}

static void default_uint(ObjectProperty *op, const Property *prop)
{
    object_property_set_default_uint(op, prop->defval.u);
}

static void default_bool(ObjectProperty *op, const Property *prop)
{
    object_property_set_default_bool(op, prop->defval.u);
}

const PropertyInfo qdev_prop_bool = { .type = "bool", .description = "on/off", .get = bool_get, .set = bool_set,
                                      .set_default_value = default_bool };
const PropertyInfo qdev_prop_uint8 = { .type = "uint8", .get = uint8_get, .set = uint8_set,
                                       .set_default_value = default_uint };
const PropertyInfo qdev_prop_uint16 = { .type = "uint16", .get = uint16_get, .set = uint16_set,
                                        .set_default_value = default_uint };
const PropertyInfo qdev_prop_uint32 = { .type = "uint32", .get = uint32_get, .set = uint32_set,
                                        .set_default_value = default_uint };
const PropertyInfo qdev_prop_usize = { .type = "uint32", .get = uint32_get, .set = uint32_set,
                                       .set_default_value = default_uint };
const PropertyInfo qdev_prop_int32 = { .type = "int32", .get = int32_get, .set = int32_set,
                                       .set_default_value = default_int };
const PropertyInfo qdev_prop_uint64 = { .type = "uint64", .get = uint64_get, .set = uint64_set,
                                        .set_default_value = default_uint };
const PropertyInfo qdev_prop_int64 = { .type = "int64", .get = int64_get, .set = int64_set,
                                       .set_default_value = default_int };
const PropertyInfo qdev_prop_size = { .type = "size", .get = size_get, .set = size_set,
                                      .set_default_value = default_uint };

static void checkmask_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    const Property *prop = opaque;
    uint64_t value;

    if (!visit_type_uint64(v, name, &value, errp)) {
        return;
    }
    if (value & ~prop->bitmask) {
        error_setg(errp, "Property '%s': bits 0x%" PRIx64 " cannot be set", name, value & ~prop->bitmask);
        return;
    }
    *(uint64_t *)object_field_prop_ptr(obj, prop) = value;
}

const PropertyInfo qdev_prop_uint64_checkmask = { .type = "uint64", .get = uint64_get, .set = checkmask_set };

static void size32_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint64_t value = *(uint32_t *)object_field_prop_ptr(obj, opaque);

    visit_type_size(v, name, &value, errp);
}

static void size32_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint64_t value;

    if (!visit_type_size(v, name, &value, errp)) {
        return;
    }
    if (value > UINT32_MAX) {
        error_setg(errp, "Property %s.%s doesn't take value %" PRIu64 " (maximum: %u)", object_get_typename(obj), name,
                   value, UINT32_MAX);
        return;
    }
    *(uint32_t *)object_field_prop_ptr(obj, opaque) = value;
}

const PropertyInfo qdev_prop_size32 = { .type = "size", .get = size32_get, .set = size32_set,
                                        .set_default_value = default_uint };

/* --- single bits --- */

#define DEFINE_BIT_KIND(kind, ctype)                                                                            \
    static void kind##_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)               \
    {                                                                                                           \
        const Property *prop = opaque;                                                                          \
        bool value = *(ctype *)object_field_prop_ptr(obj, prop) >> prop->bitnr & 1;                             \
        visit_type_bool(v, name, &value, errp);                                                                 \
    }                                                                                                           \
    static void kind##_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)               \
    {                                                                                                           \
        const Property *prop = opaque;                                                                          \
        ctype *field = object_field_prop_ptr(obj, prop);                                                        \
        ctype mask = (ctype)1 << prop->bitnr;                                                                   \
        bool value;                                                                                             \
        if (visit_type_bool(v, name, &value, errp)) {                                                           \
            *field = value ? *field | mask : *field & ~mask;                                                    \
        }                                                                                                       \
    }
DEFINE_BIT_KIND(bit, uint32_t)
DEFINE_BIT_KIND(bit64, uint64_t)

const PropertyInfo qdev_prop_bit = { .type = "bool", .description = "on/off", .get = bit_get, .set = bit_set,
                                     .set_default_value = default_bool };
const PropertyInfo qdev_prop_bit64 = { .type = "bool", .description = "on/off", .get = bit64_get, .set = bit64_set,
                                       .set_default_value = default_bool };

/* --- strings, enums, links, arrays --- */

static void string_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    char **field = object_field_prop_ptr(obj, opaque);
    char *text = *field ? *field : (char *)"";

    visit_type_str(v, name, &text, errp);
}

static void string_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    char **field = object_field_prop_ptr(obj, opaque);
    char *text;

    if (visit_type_str(v, name, &text, errp)) {
        g_free(*field);
        *field = text;
    }
}

static void string_release(Object *obj, const char *name, void *opaque)
{
    g_clear_pointer((char **)object_field_prop_ptr(obj, opaque), g_free);
}

const PropertyInfo qdev_prop_string = { .type = "str", .get = string_get, .set = string_set,
                                        .release = string_release };

static void enum_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    const Property *prop = opaque;

    visit_type_enum(v, name, object_field_prop_ptr(obj, prop), prop->info->enum_table, errp);
}

static void enum_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    const Property *prop = opaque;

    visit_type_enum(v, name, object_field_prop_ptr(obj, prop), prop->info->enum_table, errp);
}

static void default_enum(ObjectProperty *op, const Property *prop)
{
    object_property_set_default_str(op, qapi_enum_lookup(prop->info->enum_table, prop->defval.i));
}

const PropertyInfo qdev_prop_enum = { .type = "enum", .get = enum_get, .set = enum_set,
                                      .set_default_value = default_enum };
const PropertyInfo qdev_prop_on_off_auto = { .type = "OnOffAuto", .description = "on/off/auto",
                                             .enum_table = &OnOffAuto_lookup, .get = enum_get, .set = enum_set,
                                             .set_default_value = default_enum };

static void link_check(const Object *obj, const char *name, Object *val, Error **errp)
{
    qdev_prop_allow_set((Object *)obj, name, errp);
}

static ObjectProperty *link_create(ObjectClass *oc, const char *name, const Property *prop)
{
    return object_class_property_add_link(oc, name, prop->link_type, prop->offset, link_check, OBJ_PROP_LINK_STRONG);
}

const PropertyInfo qdev_prop_link = { .type = "link", .create = link_create };

/* The element as a property of its own, at the address of slot @i. */
static Property array_element(const Property *prop, Object *obj, char *elements, uint32_t i)
{
    Property e = { .name = prop->name, .info = prop->arrayinfo };

    e.offset = elements + (size_t)i * prop->arrayfieldsize - (char *)obj;
    return e;
}

static void array_release(Object *obj, const char *name, void *opaque)
{
    const Property *prop = opaque;
    uint32_t *count = object_field_prop_ptr(obj, prop);
    char **elements = (char **)((char *)obj + prop->arrayoffset);

    for (uint32_t i = 0; *elements && i < *count && prop->arrayinfo->release; i++) {
        Property e = array_element(prop, obj, *elements, i);
        prop->arrayinfo->release(obj, NULL, &e);
    }
    g_clear_pointer(elements, g_free);
    *count = 0;
}

static void array_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    ERRP_GUARD();
    const Property *prop = opaque;
    uint32_t *count = object_field_prop_ptr(obj, prop);
    char **elements = (char **)((char *)obj + prop->arrayoffset);
    GenericList *list = NULL;

    array_release(obj, name, opaque);
    if (!visit_start_list(v, name, &list, sizeof(*list), errp)) {
        return;
    }
    for (GenericList *tail = list; tail && !*errp; tail = visit_next_list(v, tail, sizeof(*tail))) {
        *elements = g_realloc_n(*elements, *count + 1, prop->arrayfieldsize);
        memset(*elements + (size_t)*count * prop->arrayfieldsize, 0, prop->arrayfieldsize);
        Property e = array_element(prop, obj, *elements, (*count)++);
        prop->arrayinfo->set(obj, v, NULL, &e, errp);
    }
    if (!*errp) {
        visit_check_list(v, errp);
    }
    visit_end_list(v, (void **)&list);
    while (list) {
        GenericList *next = list->next;
        g_free(list);
        list = next;
    }
}

static void array_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    ERRP_GUARD();
    const Property *prop = opaque;
    uint32_t count = *(uint32_t *)object_field_prop_ptr(obj, prop);
    char *elements = *(char **)((char *)obj + prop->arrayoffset);
    g_autofree GenericList *links = g_malloc0_n(count + 1, sizeof(*links));
    GenericList *list = count ? links : NULL;

    /* An output visitor walks list links; give it a chain of empty ones. */
    for (uint32_t i = 0; i + 1 < count; i++) {
        links[i].next = &links[i + 1];
    }
    if (!visit_start_list(v, name, &list, sizeof(*list), errp)) {
        return;
    }
    GenericList *tail = list;
    for (uint32_t i = 0; i < count && tail && !*errp; i++) {
        Property e = array_element(prop, obj, elements, i);
        prop->arrayinfo->get(obj, v, NULL, &e, errp);
        tail = visit_next_list(v, tail, sizeof(*tail));
    }
    visit_end_list(v, (void **)&list);
}

const PropertyInfo qdev_prop_array = { .type = "list", .get = array_get, .set = array_set,
                                       .release = array_release };

/* --- from table to class properties --- */

/* A property that may be set only before realize goes through this check. */
static void guarded_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    const Property *prop = opaque;

    if (qdev_prop_allow_set(obj, name, errp)) {
        prop->info->set(obj, v, name, opaque, errp);
    }
}

static ObjectPropertyAccessor *setter(const Property *prop)
{
    return !prop->info->set ? NULL : prop->info->realized_set_allowed ? prop->info->set : guarded_set;
}

static void class_add_property(ObjectClass *oc, const Property *prop)
{
    ObjectProperty *op;

    if (prop->info->create) {
        op = prop->info->create(oc, prop->name, prop);
    } else {
        op = object_class_property_add(oc, prop->name, prop->info->type, prop->info->get, setter(prop),
                                       prop->info->release, (void *)prop);
        if (prop->set_default && prop->info->set_default_value) {
            prop->info->set_default_value(op, prop);
        }
    }
    if (prop->info->description) {
        object_class_property_set_description(oc, prop->name, prop->info->description);
    }
}

void device_class_set_props_n(DeviceClass *dc, const Property *props, size_t n)
{
    dc->props_ = props;
    dc->props_count_ = n;
    for (size_t i = 0; i < n; i++) {
        class_add_property(OBJECT_CLASS(dc), &props[i]);
    }
}

void qdev_property_add_static(DeviceState *dev, const Property *prop)
{
    ObjectProperty *op;

    g_assert(!prop->info->create);
    op = object_property_add(OBJECT(dev), prop->name, prop->info->type, prop->info->get, setter(prop),
                             prop->info->release, (void *)prop);
    if (prop->info->description) {
        object_property_set_description(OBJECT(dev), prop->name, prop->info->description);
    }
    if (prop->set_default && prop->info->set_default_value) {
        prop->info->set_default_value(op, prop);
        op->init(OBJECT(dev), op);
    }
}

void qdev_alias_all_properties(DeviceState *target, Object *source)
{
    for (ObjectClass *oc = object_get_class(OBJECT(target)); oc && object_class_dynamic_cast(oc, TYPE_DEVICE);
         oc = object_class_get_parent(oc)) {
        DeviceClass *dc = DEVICE_CLASS(oc);

        for (int i = 0; i < dc->props_count_; i++) {
            if (!object_property_find(source, dc->props_[i].name)) {
                object_property_add_alias(source, dc->props_[i].name, OBJECT(target), dc->props_[i].name);
            }
        }
    }
}

/* --- setters for boards --- */

#define DEFINE_BOARD_SETTER(suffix, ctype, kind)                                        \
    void qdev_prop_set_##suffix(DeviceState *dev, const char *name, ctype value)        \
    {                                                                                   \
        object_property_set_##kind(OBJECT(dev), name, value, &error_abort);             \
    }
DEFINE_BOARD_SETTER(bit, bool, bool)
DEFINE_BOARD_SETTER(uint8, uint8_t, uint)
DEFINE_BOARD_SETTER(uint16, uint16_t, uint)
DEFINE_BOARD_SETTER(uint32, uint32_t, uint)
DEFINE_BOARD_SETTER(int32, int32_t, int)
DEFINE_BOARD_SETTER(uint64, uint64_t, uint)
DEFINE_BOARD_SETTER(string, const char *, str)

static const Property *find_property(DeviceState *dev, const char *name)
{
    ObjectProperty *op = object_property_find(OBJECT(dev), name);

    g_assert(op);
    return op->opaque;
}

void qdev_prop_set_enum(DeviceState *dev, const char *name, int value)
{
    const Property *prop = find_property(dev, name);

    qdev_prop_set_string(dev, name, qapi_enum_lookup(prop->info->enum_table, value));
}
