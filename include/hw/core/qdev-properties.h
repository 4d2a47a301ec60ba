/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device properties as a table: each entry names a field of the device's state, its kind and its default.
 * A property is readable always and writable until the device is realized.
 */
#ifndef HW_CORE_QDEV_PROPERTIES_H
#define HW_CORE_QDEV_PROPERTIES_H

#include "hw/core/qdev.h"

typedef struct PropertyInfo PropertyInfo;

struct Property {
    const char *name;
    const PropertyInfo *info;
    ptrdiff_t offset;
    const char *link_type;
    union {
        int64_t i;
        uint64_t u;
    } defval;
    uint64_t bitmask;
    int arrayoffset;                /* arrays: where the element pointer is; offset is the uint32_t count */
    const PropertyInfo *arrayinfo;
    int arrayfieldsize;
    uint8_t bitnr;
    bool set_default;
};

struct PropertyInfo {
    const char *type;               /* QAPI type name as device-list-properties shows it */
    const char *description;
    const QEnumLookup *enum_table;
    bool realized_set_allowed;
    ObjectPropertyAccessor *get;    /* opaque is the const Property * */
    ObjectPropertyAccessor *set;
    void (*set_default_value)(ObjectProperty *op, const Property *prop);
    ObjectProperty *(*create)(ObjectClass *oc, const char *name, const Property *prop);
    ObjectPropertyRelease *release;
    char *(*print)(Object *obj, const Property *prop);
};

extern const PropertyInfo qdev_prop_bit, qdev_prop_bit64, qdev_prop_bool, qdev_prop_uint8, qdev_prop_uint16,
    qdev_prop_uint32, qdev_prop_int32, qdev_prop_uint64, qdev_prop_int64, qdev_prop_size, qdev_prop_size32,
    qdev_prop_string, qdev_prop_on_off_auto, qdev_prop_link, qdev_prop_array, qdev_prop_usize,
    qdev_prop_uint64_checkmask, qdev_prop_enum;

#define DEFINE_PROP(_name, _state, _field, _prop, _type, ...) {                               \
        .name = (_name), .info = &(_prop),                                                    \
        .offset = offsetof(_state, _field) + type_check(_type, typeof_field(_state, _field)), \
        __VA_ARGS__ }
#define DEFINE_PROP_UNSIGNED(_name, _state, _field, _defval, _prop, _type) \
    DEFINE_PROP(_name, _state, _field, _prop, _type, .set_default = true, .defval.u = (_type)(_defval))
#define DEFINE_PROP_SIGNED(_name, _state, _field, _defval, _prop, _type) \
    DEFINE_PROP(_name, _state, _field, _prop, _type, .set_default = true, .defval.i = (_type)(_defval))
#define DEFINE_PROP_UNSIGNED_NODEFAULT(_name, _state, _field, _prop, _type) \
    DEFINE_PROP(_name, _state, _field, _prop, _type)
#define DEFINE_PROP_SIGNED_NODEFAULT DEFINE_PROP_UNSIGNED_NODEFAULT
#define DEFINE_PROP_BIT(_name, _state, _field, _bit, _defval) \
    DEFINE_PROP(_name, _state, _field, qdev_prop_bit, uint32_t, .bitnr = (_bit), .set_default = true, \
                .defval.u = (bool)(_defval))
#define DEFINE_PROP_BIT64(_name, _state, _field, _bit, _defval) \
    DEFINE_PROP(_name, _state, _field, qdev_prop_bit64, uint64_t, .bitnr = (_bit), .set_default = true, \
                .defval.u = (bool)(_defval))
#define DEFINE_PROP_BOOL(_name, _state, _field, _defval) \
    DEFINE_PROP(_name, _state, _field, qdev_prop_bool, bool, .set_default = true, .defval.u = (bool)(_defval))
#define DEFINE_PROP_UINT8(_n, _s, _f, _d) DEFINE_PROP_UNSIGNED(_n, _s, _f, _d, qdev_prop_uint8, uint8_t)
#define DEFINE_PROP_UINT16(_n, _s, _f, _d) DEFINE_PROP_UNSIGNED(_n, _s, _f, _d, qdev_prop_uint16, uint16_t)
#define DEFINE_PROP_UINT32(_n, _s, _f, _d) DEFINE_PROP_UNSIGNED(_n, _s, _f, _d, qdev_prop_uint32, uint32_t)
#define DEFINE_PROP_INT32(_n, _s, _f, _d) DEFINE_PROP_SIGNED(_n, _s, _f, _d, qdev_prop_int32, int32_t)
#define DEFINE_PROP_UINT64(_n, _s, _f, _d) DEFINE_PROP_UNSIGNED(_n, _s, _f, _d, qdev_prop_uint64, uint64_t)
#define DEFINE_PROP_INT64(_n, _s, _f, _d) DEFINE_PROP_SIGNED(_n, _s, _f, _d, qdev_prop_int64, int64_t)
#define DEFINE_PROP_SIZE(_n, _s, _f, _d) DEFINE_PROP_UNSIGNED(_n, _s, _f, _d, qdev_prop_size, uint64_t)
#define DEFINE_PROP_SIZE32(_n, _s, _f, _d) DEFINE_PROP_UNSIGNED(_n, _s, _f, _d, qdev_prop_size32, uint32_t)
#define DEFINE_PROP_STRING(_n, _s, _f) DEFINE_PROP(_n, _s, _f, qdev_prop_string, char *)
#define DEFINE_PROP_ON_OFF_AUTO(_n, _s, _f, _d) \
    DEFINE_PROP_SIGNED(_n, _s, _f, _d, qdev_prop_on_off_auto, OnOffAuto)
#define DEFINE_PROP_LINK(_name, _state, _field, _type, _ptr_type) \
    DEFINE_PROP(_name, _state, _field, qdev_prop_link, _ptr_type, .link_type = _type)
/* @_field is the uint32_t count, @_arrayfield a pointer to elements of @_arraytype. */
#define DEFINE_PROP_ARRAY(_name, _state, _field, _arrayfield, _arrayprop, _arraytype) \
    DEFINE_PROP(_name, _state, _field, qdev_prop_array, uint32_t, .set_default = true, .defval.u = 0, \
                .arrayinfo = &(_arrayprop), .arrayfieldsize = sizeof(_arraytype), \
                .arrayoffset = offsetof(_state, _arrayfield))

/* Back-end properties (hw/core/qdev-properties-system.h has macaddr, chr, netdev, drive, pci-devfn, ...). */

void *object_field_prop_ptr(Object *obj, const Property *prop);
void qdev_property_add_static(DeviceState *dev, const Property *prop);

/* Setters for board code: abort when the property does not exist or refuses. */
void qdev_prop_set_bit(DeviceState *dev, const char *name, bool value);
void qdev_prop_set_uint8(DeviceState *dev, const char *name, uint8_t value);
void qdev_prop_set_uint16(DeviceState *dev, const char *name, uint16_t value);
void qdev_prop_set_uint32(DeviceState *dev, const char *name, uint32_t value);
void qdev_prop_set_int32(DeviceState *dev, const char *name, int32_t value);
void qdev_prop_set_uint64(DeviceState *dev, const char *name, uint64_t value);
void qdev_prop_set_string(DeviceState *dev, const char *name, const char *value);
void qdev_prop_set_enum(DeviceState *dev, const char *name, int value);
void qdev_prop_set_chr(DeviceState *dev, const char *name, Chardev *value);
void qdev_prop_set_netdev(DeviceState *dev, const char *name, NetClientState *value);

/* -global: @prop stays borrowed for the life of the program. */
void qdev_prop_register_global(GlobalProperty *prop);
const GlobalProperty *qdev_find_global_prop(Object *obj, const char *name);
int qdev_prop_check_globals(void);                 /* warns of -global lines that hit nothing; how many */
void qdev_prop_set_globals(DeviceState *dev);
bool qdev_prop_allow_set(Object *obj, const char *name, Error **errp);
void error_set_from_qdev_prop_error(Error **errp, int ret, Object *obj, const char *name, const char *value);

#endif
