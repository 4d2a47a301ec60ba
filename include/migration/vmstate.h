/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmstate: tables that say how a device's state goes onto a migration stream and comes back.
 *
 * Owns the description types, the field macros and the registration calls. The walker is migration/vmstate.c,
 * the codecs are migration/vmstate-types.c, the registry is migration/vmstate-registry.c.
 * Specification: docs/devel/vmstate.md (rules B1-B10); bytes: docs/specs/migration-stream.md.
 * Lock: saving and loading run under the BQL; tables are constant.
 *
 * A description is a constant table; every number on the wire is big-endian, nothing is padded or aligned:
 *
 *     static const VMStateDescription vmstate_foo = {
 *         .name = "foo", .version_id = 2, .minimum_version_id = 1,
 *         .fields = (const VMStateField[]) {
 *             VMSTATE_UINT32(control, FooState),
 *             VMSTATE_UINT8_ARRAY(fifo, FooState, 16),
 *             VMSTATE_UINT32_V(irq_count, FooState, 2),      // only in streams of version 2 and up
 *             VMSTATE_END_OF_LIST()
 *         },
 *         .subsections = (const VMStateDescription * const []) { &vmstate_foo_dma, NULL },
 *     };
 *
 *   right: a new field goes into a subsection with a `needed` function (old streams stay readable, and new
 *          ones readable by old binaries while the feature is unused), or gets a `_V` and a higher version_id.
 *   wrong: adding, removing, reordering or resizing a field without either; a pointer, bool width, `int`,
 *          or anything else whose size depends on the host, put on the wire raw.
 *
 * How a field is read: three orthogonal questions, answered by `flags`:
 *
 *   1. Where is the data?   at opaque + offset; with VMS_POINTER, where the pointer stored there points to
 *                           (VMS_ALLOC: allocated, zeroed, by the core on load; NULL when there is nothing to hold).
 *   2. How many elements?   none of the array flags: one.  VMS_ARRAY: `num`.  VMS_VARRAY_x: the integer of
 *                           type x at opaque + num_offset (times `num` with VMS_MULTIPLY_ELEMENTS). The count
 *                           itself is not on the wire here: it is a field of its own that comes earlier.
 *   3. What is an element?  VMS_STRUCT: fields and subsections of `vmsd`. VMS_VSTRUCT: the same at
 *                           struct_version_id. Otherwise what `info` writes: fixed width numbers, or
 *                           VMS_BUFFER/VMS_VBUFFER: the element's `size` bytes as they are.
 *
 * `size` and `size_offset` (rule B1)
 *   At most one of them is set, and both always speak of the object that is saved, never of a pointer to it.
 *     single, array, buffer, struct       size = the element in memory (also the stride of the array)
 *     VMS_POINTER                         size = the pointed-to element
 *     VMS_VBUFFER                         size_offset = offset of the int32/uint32 that holds the length
 *                                         (`size` is then the multiplier with VMS_MULTIPLY, else 0)
 *     VMS_ARRAY_OF_POINTER                both 0: slots are one host pointer wide; the objects exist already
 *     .. | VMS_ARRAY_OF_POINTER_AUTO_ALLOC  size (or size_offset) = the object to allocate
 *
 * Every kind of field, and its bytes
 *   bool                  1 byte, 0 or 1; anything else is an error
 *   (u)int8..64, float64  1, 2, 4 or 8 bytes, big-endian
 *     .. _EQUAL           the same; an error unless the destination holds that value already
 *     .. _POSITIVE_LE     the same; an error unless 0 <= it <= the destination's value
 *   timer                 8 bytes: expiry in ns of its clock, all ones when not armed
 *   ARRAY, 2DARRAY,       `num` elements one after another, rows first; nothing says how many
 *   SUB_ARRAY
 *   VARRAY_*              the elements; their number is a field of its own that was loaded before. _ALLOC: the
 *                         destination gets a new array of that many
 *   BUFFER and its kin    the bytes as they are
 *   VBUFFER*              the bytes; their number is a field of its own. _ALLOC as above
 *   BITMAP                as many 8-byte words as the length in bits needs, big-endian, bit 0 of the map in the least
 *                         significant bit of the first; the last word's bits past the end are 0 and ignored on load
 *   POINTER,              what is behind the pointer, as above; both sides have it
 *   STRUCT_POINTER
 *   STRUCT, _ARRAY,       per element its fields, then its subsections; no name, no version: it has the version that
 *   _VARRAY_*             this binary's description has
 *   VSTRUCT               the same at the version the field says
 *   ARRAY_OF_POINTER*     plain (B3): a NULL slot is the marker 0x30; a valid slot is the object and nothing before it.
 *                         The destination must already have NULL in the same slots
 *   .. _AUTO_ALLOC,       (B4): every slot starts with a marker, 0x30 NULL or 0x31 valid, then the object if valid.
 *   VARRAY_OF_POINTER_    The destination's slots are NULL before the load; the core allocates zeroed objects
 *   TO_STRUCT_*_ALLOC
 *   QTAILQ, QLIST         per element 0x01 then its vmsd; then 0x00. The destination's is empty before the load
 *   GTREE                 4-byte node count; per node 0x01, key (8 bytes, or its vmsd), value vmsd; then 0x00. No key
 *                         twice
 *   WITH_TMP              the fields of the temporary's vmsd, nothing around them
 *   UNUSED*               that many zero bytes on save, ignored on load
 *   VALIDATE              no bytes: an error when its function says no, on both sides
 *   codec of one's own    (VMSTATE_SINGLE with a VMStateInfo) whatever it writes
 *   _V                    only in streams of that version and up;  _TEST: only if test(opaque, version) (field_exists)
 *   subsection            only if `needed`: 0x05, 1-byte length and full name ("foo/dma"), 4-byte version, fields,
 *                         subsections
 *   hooks                 no bytes; each has a form with Error **
 *
 * Nothing read from a stream can abort (B7): counts and lengths come from fields that were loaded before, so
 * give a count a VMSTATE_VALIDATE (or an _EQUAL) wherever memory of fixed size stands behind it. Whatever VMS_ALLOC,
 * auto-alloc, queues and trees reserve for one section is bounded by VMSTATE_ALLOC_MAX. A value that a device divides by,
 * shifts by, indexes with or counts down deserves a check too, and so does a time: a stream may say it was years ago.
 */
#ifndef MIGRATION_VMSTATE_H
#define MIGRATION_VMSTATE_H

#include "qemu/osdep.h"

typedef struct VMStateInfo VMStateInfo;
typedef struct VMStateField VMStateField;
typedef struct VMStateIf VMStateIf;

/* A codec for one element. Negative errno from get/put fails the migration; load/save, when set, are used instead. */
struct VMStateInfo {
    const char *name;          /* "uint32": the type in the JSON description */
    int (*get)(QEMUFile *f, void *pv, size_t size, const VMStateField *field);
    int (*put)(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc);
    bool (*load)(QEMUFile *f, void *pv, size_t size, const VMStateField *field, Error **errp);
    bool (*save)(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc, Error **errp);
};

enum VMStateFlags {
    VMS_SINGLE                      = 0x00001,  /* one element, says so */
    VMS_POINTER                     = 0x00002,  /* the field is a pointer to the data */
    VMS_ARRAY                       = 0x00004,  /* `num` elements */
    VMS_STRUCT                      = 0x00008,  /* elements are described by `vmsd` */
    VMS_VARRAY_INT32                = 0x00010,  /* count in an int32_t at num_offset */
    VMS_BUFFER                      = 0x00020,  /* `size` raw bytes */
    VMS_ARRAY_OF_POINTER            = 0x00040,  /* the elements are pointers to the objects */
    VMS_VARRAY_UINT16               = 0x00080,
    VMS_VBUFFER                     = 0x00100,  /* raw bytes, length at size_offset */
    VMS_MULTIPLY                    = 0x00200,  /* .. times `size` */
    VMS_VARRAY_UINT8                = 0x00400,
    VMS_VARRAY_UINT32               = 0x00800,
    VMS_MUST_EXIST                  = 0x01000,  /* field_exists answering false is an error */
    VMS_ALLOC                       = 0x02000,  /* with VMS_POINTER: allocated on load */
    VMS_MULTIPLY_ELEMENTS           = 0x04000,  /* count times `num` */
    VMS_VSTRUCT                     = 0x08000,  /* like VMS_STRUCT, at struct_version_id */
    VMS_END                         = 0x10000,  /* end of the table */
    VMS_ARRAY_OF_POINTER_AUTO_ALLOC = 0x20000,  /* rule B4 */
};

#define VMS_VARRAY_ANY (VMS_VARRAY_INT32 | VMS_VARRAY_UINT8 | VMS_VARRAY_UINT16 | VMS_VARRAY_UINT32)

/* The markers of rule B3 and B4. */
#define VMS_NULLPTR_MARKER  0x30
#define VMS_VALIDPTR_MARKER 0x31

/* Most that the stream may make the destination allocate for one section, all its fields together, in bytes. */
#define VMSTATE_ALLOC_MAX (256u << 20)

struct VMStateField {
    const char *name;
    const char *err_hint;               /* added to the message when an _EQUAL field differs */
    size_t offset;
    size_t size;
    size_t start;                       /* qtailq, qlist: offset of the link in the element */
    int num;
    size_t num_offset;
    size_t size_offset;
    const VMStateInfo *info;
    enum VMStateFlags flags;
    const VMStateDescription *vmsd;
    int version_id;                     /* the first version of the description that has this field */
    int struct_version_id;
    bool (*field_exists)(void *opaque, int version_id);
};

/* Order in which devices are saved and loaded: higher first, registration order within. */
typedef enum {
    MIG_PRI_UNINITIALIZED = 0,
    MIG_PRI_LOW,                        /* after everything ordinary */
    MIG_PRI_DEFAULT,
    MIG_PRI_IOMMU,                      /* before the PCI devices that go through it */
    MIG_PRI_PCI_BUS,                    /* before IOMMU */
    MIG_PRI_VIRTIO_MEM,                 /* before IOMMU */
    MIG_PRI_APIC,
    MIG_PRI_GICV3_ITS,
    MIG_PRI_GICV3,
    MIG_PRI_MAX,
} MigrationPriority;

/*
 * Hooks run in this order. Save: pre_save, fields, subsections, post_save (always once pre_save succeeded).
 * Load: pre_load, fields, subsections, post_load. A hook that fails (non-zero, or false with an error) fails the
 * migration. Use the _errp form in new code; set one of each pair.
 */
struct VMStateDescription {
    const char *name;
    bool unmigratable;                  /* the device blocks migration */
    bool early_setup;                   /* sent with the set-up data, before RAM; may not have iterable state */
    int version_id;
    int minimum_version_id;
    MigrationPriority priority;
    int (*pre_load)(void *opaque);
    bool (*pre_load_errp)(void *opaque, Error **errp);
    int (*post_load)(void *opaque, int version_id);
    bool (*post_load_errp)(void *opaque, int version_id, Error **errp);
    int (*pre_save)(void *opaque);
    bool (*pre_save_errp)(void *opaque, Error **errp);
    int (*post_save)(void *opaque);
    bool (*needed)(void *opaque);       /* NULL: always */
    bool (*dev_unplug_pending)(void *opaque);
    const VMStateField *fields;
    const VMStateDescription *const *subsections;
};

extern const VMStateInfo vmstate_info_bool;
extern const VMStateInfo vmstate_info_int8;
extern const VMStateInfo vmstate_info_int16;
extern const VMStateInfo vmstate_info_int32;
extern const VMStateInfo vmstate_info_int64;
extern const VMStateInfo vmstate_info_uint8;
extern const VMStateInfo vmstate_info_uint16;
extern const VMStateInfo vmstate_info_uint32;
extern const VMStateInfo vmstate_info_uint64;
extern const VMStateInfo vmstate_info_uint8_equal;
extern const VMStateInfo vmstate_info_uint16_equal;
extern const VMStateInfo vmstate_info_int32_equal;
extern const VMStateInfo vmstate_info_uint32_equal;
extern const VMStateInfo vmstate_info_uint64_equal;
extern const VMStateInfo vmstate_info_int32_le;        /* 0 <= incoming <= the value already there */
extern const VMStateInfo vmstate_info_cpudouble;
extern const VMStateInfo vmstate_info_timer;
extern const VMStateInfo vmstate_info_buffer;
extern const VMStateInfo vmstate_info_unused_buffer;
extern const VMStateInfo vmstate_info_bitmap;
extern const VMStateInfo vmstate_info_tmp;
extern const VMStateInfo vmstate_info_qtailq;
extern const VMStateInfo vmstate_info_qlist;
extern const VMStateInfo vmstate_info_gtree;
extern const VMStateInfo vmstate_info_ptr_marker;

/* ---- Offsets that fail to compile when the field is not of the type given ---- */

/* Zero; does not compile unless both types are the same (an enum is its integer type). */
#define VMS_SAME_TYPE(_t1, _t2) (0 * sizeof((typeof(_t1) *)64 - (typeof(_t2) *)64))
#define vmstate_offset_value(_state, _field, _type) \
    (offsetof(_state, _field) + VMS_SAME_TYPE(_type, typeof_field(_state, _field)))
#define vmstate_offset_pointer(_state, _field, _type) vmstate_offset_value(_state, _field, _type *)
#define vmstate_offset_array(_state, _field, _type, _num) vmstate_offset_value(_state, _field, _type[_num])
#define vmstate_offset_2darray(_state, _field, _type, _n1, _n2) \
    vmstate_offset_value(_state, _field, _type[_n1][_n2])
#define vmstate_offset_sub_array(_state, _field, _type, _start) \
    vmstate_offset_value(_state, _field[_start], _type)
#define vmstate_offset_varray(_state, _field, _type) \
    vmstate_offset_array(_state, _field, _type, sizeof_field(_state, _field) / sizeof(_type))
#define vmstate_offset_buffer(_state, _field) vmstate_offset_varray(_state, _field, uint8_t)

/* ---- The core: every other field macro is one of these ---- */

#define VMSTATE_FIELD(_f, _test, _v, _flags, _size, _offset, ...) { \
    .name = stringify(_f), .field_exists = (_test), .version_id = (_v), .flags = (_flags), \
    .size = (_size), .offset = (_offset), __VA_ARGS__ }
#define VMS_COUNT(_s, _f_num, _ctype) .num_offset = vmstate_offset_value(_s, _f_num, _ctype)
#define VMS_LENGTH(_s, _f_size, _ctype) .size_offset = vmstate_offset_value(_s, _f_size, _ctype)

#define VMSTATE_END_OF_LIST() { .flags = VMS_END }

/* ---- One element, by codec ---- */

#define VMSTATE_SINGLE_FULL(_f, _s, _test, _v, _info, _type, _err_hint) \
    VMSTATE_FIELD(_f, _test, _v, VMS_SINGLE, sizeof(_type), vmstate_offset_value(_s, _f, _type), \
                  .info = &(_info), .err_hint = (_err_hint))
#define VMSTATE_SINGLE_TEST(_f, _s, _test, _v, _info, _type) \
    VMSTATE_SINGLE_FULL(_f, _s, _test, _v, _info, _type, NULL)
#define VMSTATE_SINGLE(_f, _s, _v, _info, _type) VMSTATE_SINGLE_TEST(_f, _s, NULL, _v, _info, _type)

/* _type is the pointer type, as in the structure. */
#define VMSTATE_POINTER(_f, _s, _v, _info, _type) VMSTATE_POINTER_TEST_V(_f, _s, NULL, _v, _info, _type)
#define VMSTATE_POINTER_TEST(_f, _s, _test, _info, _type) \
    VMSTATE_POINTER_TEST_V(_f, _s, _test, 0, _info, _type)
#define VMSTATE_POINTER_TEST_V(_f, _s, _test, _v, _info, _type) \
    VMSTATE_FIELD(_f, _test, _v, VMS_SINGLE | VMS_POINTER, sizeof(*(_type)0), \
                  vmstate_offset_value(_s, _f, _type), .info = &(_info))

/* No bytes: fails the migration when _test(opaque, version) is false, on both sides. */
#define VMSTATE_VALIDATE(_name, _test) { \
    .name = (_name), .field_exists = (_test), .flags = VMS_ARRAY | VMS_MUST_EXIST, .num = 0, .size = 1, \
    .info = &vmstate_info_uint8 }

/* ---- Arrays, by codec ---- */

#define VMSTATE_ARRAY_FULL(_f, _s, _num, _test, _v, _info, _type) \
    VMSTATE_FIELD(_f, _test, _v, VMS_ARRAY, sizeof(_type), vmstate_offset_array(_s, _f, _type, _num), \
                  .info = &(_info), .num = (_num))
#define VMSTATE_ARRAY(_f, _s, _num, _v, _info, _type) VMSTATE_ARRAY_FULL(_f, _s, _num, NULL, _v, _info, _type)
#define VMSTATE_ARRAY_TEST(_f, _s, _num, _test, _info, _type) \
    VMSTATE_ARRAY_FULL(_f, _s, _num, _test, 0, _info, _type)
#define VMSTATE_2DARRAY(_f, _s, _n1, _n2, _v, _info, _type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_ARRAY, sizeof(_type), vmstate_offset_2darray(_s, _f, _type, _n1, _n2), \
                  .info = &(_info), .num = (_n1) * (_n2))
#define VMSTATE_SUB_ARRAY(_f, _s, _start, _num, _v, _info, _type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_ARRAY, sizeof(_type), vmstate_offset_sub_array(_s, _f, _type, _start), \
                  .info = &(_info), .num = (_num))

/* Count in another field; the array is in the structure (_UNSAFE), behind a pointer, or allocated (_ALLOC). */
#define VMSTATE_VARRAY_PTR_(_f, _s, _f_num, _ctype, _flags, _v, _info, _type) \
    VMSTATE_FIELD(_f, NULL, _v, (_flags) | VMS_POINTER, sizeof(_type), vmstate_offset_pointer(_s, _f, _type), \
                  .info = &(_info), VMS_COUNT(_s, _f_num, _ctype))
#define VMSTATE_VARRAY_INT32(_f, _s, _f_num, _v, _info, _type) \
    VMSTATE_VARRAY_PTR_(_f, _s, _f_num, int32_t, VMS_VARRAY_INT32, _v, _info, _type)
#define VMSTATE_VARRAY_UINT32(_f, _s, _f_num, _v, _info, _type) \
    VMSTATE_VARRAY_PTR_(_f, _s, _f_num, uint32_t, VMS_VARRAY_UINT32, _v, _info, _type)
#define VMSTATE_VARRAY_UINT32_ALLOC(_f, _s, _f_num, _v, _info, _type) \
    VMSTATE_VARRAY_PTR_(_f, _s, _f_num, uint32_t, VMS_VARRAY_UINT32 | VMS_ALLOC, _v, _info, _type)
#define VMSTATE_VARRAY_UINT16_ALLOC(_f, _s, _f_num, _v, _info, _type) \
    VMSTATE_VARRAY_PTR_(_f, _s, _f_num, uint16_t, VMS_VARRAY_UINT16 | VMS_ALLOC, _v, _info, _type)
#define VMSTATE_VARRAY_UINT16_UNSAFE(_f, _s, _f_num, _v, _info, _type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_VARRAY_UINT16, sizeof(_type), vmstate_offset_varray(_s, _f, _type), \
                  .info = &(_info), VMS_COUNT(_s, _f_num, uint16_t))
#define VMSTATE_VARRAY_MULTIPLY(_f, _s, _f_num, _multiply, _info, _type) \
    VMSTATE_FIELD(_f, NULL, 0, VMS_VARRAY_UINT32 | VMS_MULTIPLY_ELEMENTS, sizeof(_type), \
                  vmstate_offset_varray(_s, _f, _type), .info = &(_info), .num = (_multiply), \
                  VMS_COUNT(_s, _f_num, uint32_t))

/* ---- Structures ---- */

#define VMSTATE_STRUCT_TEST(_f, _s, _test, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, _test, _v, VMS_STRUCT, sizeof(_type), vmstate_offset_value(_s, _f, _type), \
                  .vmsd = &(_vmsd))
#define VMSTATE_STRUCT(_f, _s, _v, _vmsd, _type) VMSTATE_STRUCT_TEST(_f, _s, NULL, _v, _vmsd, _type)

#define VMSTATE_VSTRUCT_TEST(_f, _s, _test, _v, _vmsd, _type, _struct_v) \
    VMSTATE_FIELD(_f, _test, _v, VMS_VSTRUCT, sizeof(_type), vmstate_offset_value(_s, _f, _type), \
                  .vmsd = &(_vmsd), .struct_version_id = (_struct_v))
#define VMSTATE_VSTRUCT_V(_f, _s, _v, _vmsd, _type, _struct_v) \
    VMSTATE_VSTRUCT_TEST(_f, _s, NULL, _v, _vmsd, _type, _struct_v)
#define VMSTATE_VSTRUCT(_f, _s, _vmsd, _type, _struct_v) VMSTATE_VSTRUCT_V(_f, _s, 0, _vmsd, _type, _struct_v)

/* _type is the structure here, the field a pointer to it. */
#define VMSTATE_STRUCT_POINTER_TEST_V(_f, _s, _test, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, _test, _v, VMS_STRUCT | VMS_POINTER, sizeof(_type), vmstate_offset_pointer(_s, _f, _type), \
                  .vmsd = &(_vmsd))
#define VMSTATE_STRUCT_POINTER_TEST(_f, _s, _test, _vmsd, _type) \
    VMSTATE_STRUCT_POINTER_TEST_V(_f, _s, _test, 0, _vmsd, _type)
#define VMSTATE_STRUCT_POINTER_V(_f, _s, _v, _vmsd, _type) \
    VMSTATE_STRUCT_POINTER_TEST_V(_f, _s, NULL, _v, _vmsd, _type)
#define VMSTATE_STRUCT_POINTER(_f, _s, _vmsd, _type) VMSTATE_STRUCT_POINTER_V(_f, _s, 0, _vmsd, _type)

#define VMSTATE_STRUCT_ARRAY_TEST(_f, _s, _num, _test, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, _test, _v, VMS_STRUCT | VMS_ARRAY, sizeof(_type), \
                  vmstate_offset_array(_s, _f, _type, _num), .vmsd = &(_vmsd), .num = (_num))
#define VMSTATE_STRUCT_ARRAY(_f, _s, _num, _v, _vmsd, _type) \
    VMSTATE_STRUCT_ARRAY_TEST(_f, _s, _num, NULL, _v, _vmsd, _type)
#define VMSTATE_STRUCT_SUB_ARRAY(_f, _s, _start, _num, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_STRUCT | VMS_ARRAY, sizeof(_type), \
                  vmstate_offset_sub_array(_s, _f, _type, _start), .vmsd = &(_vmsd), .num = (_num))
#define VMSTATE_STRUCT_2DARRAY_TEST(_f, _s, _n1, _n2, _test, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, _test, _v, VMS_STRUCT | VMS_ARRAY, sizeof(_type), \
                  vmstate_offset_2darray(_s, _f, _type, _n1, _n2), .vmsd = &(_vmsd), .num = (_n1) * (_n2))
#define VMSTATE_STRUCT_2DARRAY(_f, _s, _n1, _n2, _v, _vmsd, _type) \
    VMSTATE_STRUCT_2DARRAY_TEST(_f, _s, _n1, _n2, NULL, _v, _vmsd, _type)

/* Structures inside this one, count in another field. */
#define VMSTATE_STRUCT_VARRAY_IN_(_f, _s, _f_num, _ctype, _flag, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_STRUCT | (_flag), sizeof(_type), vmstate_offset_varray(_s, _f, _type), \
                  .vmsd = &(_vmsd), VMS_COUNT(_s, _f_num, _ctype))
#define VMSTATE_STRUCT_VARRAY_UINT8(_f, _s, _f_num, _v, _vmsd, _type) \
    VMSTATE_STRUCT_VARRAY_IN_(_f, _s, _f_num, uint8_t, VMS_VARRAY_UINT8, _v, _vmsd, _type)
#define VMSTATE_STRUCT_VARRAY_INT32(_f, _s, _f_num, _v, _vmsd, _type) \
    VMSTATE_STRUCT_VARRAY_IN_(_f, _s, _f_num, int32_t, VMS_VARRAY_INT32, _v, _vmsd, _type)
#define VMSTATE_STRUCT_VARRAY_UINT32(_f, _s, _f_num, _v, _vmsd, _type) \
    VMSTATE_STRUCT_VARRAY_IN_(_f, _s, _f_num, uint32_t, VMS_VARRAY_UINT32, _v, _vmsd, _type)

/* Structures behind one pointer, contiguous, count in another field. */
#define VMSTATE_STRUCT_VARRAY_PTR_(_f, _s, _f_num, _ctype, _flags, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_STRUCT | VMS_POINTER | (_flags), sizeof(_type), \
                  vmstate_offset_pointer(_s, _f, _type), .vmsd = &(_vmsd), VMS_COUNT(_s, _f_num, _ctype))
#define VMSTATE_STRUCT_VARRAY_POINTER_INT32(_f, _s, _f_num, _vmsd, _type) \
    VMSTATE_STRUCT_VARRAY_PTR_(_f, _s, _f_num, int32_t, VMS_VARRAY_INT32, 0, _vmsd, _type)
#define VMSTATE_STRUCT_VARRAY_POINTER_UINT32(_f, _s, _f_num, _vmsd, _type) \
    VMSTATE_STRUCT_VARRAY_PTR_(_f, _s, _f_num, uint32_t, VMS_VARRAY_UINT32, 0, _vmsd, _type)
#define VMSTATE_STRUCT_VARRAY_POINTER_UINT16(_f, _s, _f_num, _vmsd, _type) \
    VMSTATE_STRUCT_VARRAY_PTR_(_f, _s, _f_num, uint16_t, VMS_VARRAY_UINT16, 0, _vmsd, _type)
#define VMSTATE_STRUCT_VARRAY_ALLOC(_f, _s, _f_num, _v, _vmsd, _type) \
    VMSTATE_STRUCT_VARRAY_PTR_(_f, _s, _f_num, int32_t, VMS_VARRAY_INT32 | VMS_ALLOC, _v, _vmsd, _type)
#define VMSTATE_STRUCT_VARRAY_POINTER_KNOWN(_f, _s, _num, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_STRUCT | VMS_POINTER | VMS_ARRAY, sizeof(_type), \
                  vmstate_offset_pointer(_s, _f, _type), .vmsd = &(_vmsd), .num = (_num))

/* ---- Arrays of pointers (rules B1-B4) ---- */

/* _type is the pointer type, as in the structure. */
#define VMSTATE_ARRAY_OF_POINTER(_f, _s, _num, _v, _info, _type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_ARRAY | VMS_ARRAY_OF_POINTER, 0, vmstate_offset_array(_s, _f, _type, _num), \
                  .info = &(_info), .num = (_num))
/* _type is the structure; the field is `_type *f[_num]`. */
#define VMSTATE_ARRAY_OF_POINTER_TO_STRUCT(_f, _s, _num, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_ARRAY | VMS_STRUCT | VMS_ARRAY_OF_POINTER, 0, \
                  vmstate_offset_array(_s, _f, _type *, _num), .vmsd = &(_vmsd), .num = (_num))
/* The field is `_type **f`, an array of slots that exists on both sides; the count is in another field. */
#define VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT32(_f, _s, _f_num, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_VARRAY_UINT32 | VMS_POINTER | VMS_STRUCT | VMS_ARRAY_OF_POINTER, 0, \
                  vmstate_offset_pointer(_s, _f, _type *), .vmsd = &(_vmsd), VMS_COUNT(_s, _f_num, uint32_t))

#define VMSTATE_ARRAY_OF_POINTER_TO_STRUCT_AUTO_ALLOC(_f, _s, _num, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_ARRAY | VMS_STRUCT | VMS_ARRAY_OF_POINTER | VMS_ARRAY_OF_POINTER_AUTO_ALLOC, \
                  sizeof(_type), vmstate_offset_array(_s, _f, _type *, _num), .vmsd = &(_vmsd), .num = (_num))
#define VMSTATE_VARRAY_OF_POINTER_AUTO_(_f, _s, _f_num, _ctype, _flag, _v, _vmsd, _type) \
    VMSTATE_FIELD(_f, NULL, _v, \
                  (_flag) | VMS_POINTER | VMS_STRUCT | VMS_ARRAY_OF_POINTER | VMS_ARRAY_OF_POINTER_AUTO_ALLOC, \
                  sizeof(_type), vmstate_offset_pointer(_s, _f, _type *), .vmsd = &(_vmsd), \
                  VMS_COUNT(_s, _f_num, _ctype))
#define VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT8_ALLOC(_f, _s, _f_num, _v, _vmsd, _type) \
    VMSTATE_VARRAY_OF_POINTER_AUTO_(_f, _s, _f_num, uint8_t, VMS_VARRAY_UINT8, _v, _vmsd, _type)
#define VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT16_ALLOC(_f, _s, _f_num, _v, _vmsd, _type) \
    VMSTATE_VARRAY_OF_POINTER_AUTO_(_f, _s, _f_num, uint16_t, VMS_VARRAY_UINT16, _v, _vmsd, _type)
#define VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC(_f, _s, _f_num, _v, _vmsd, _type) \
    VMSTATE_VARRAY_OF_POINTER_AUTO_(_f, _s, _f_num, uint32_t, VMS_VARRAY_UINT32, _v, _vmsd, _type)

/* ---- Raw bytes ---- */

#define VMSTATE_STATIC_BUFFER(_f, _s, _v, _test, _start, _size) \
    VMSTATE_FIELD(_f, _test, _v, VMS_BUFFER, (_size) - (_start), vmstate_offset_buffer(_s, _f) + (_start), \
                  .info = &vmstate_info_buffer)
#define VMSTATE_BUFFER_V(_f, _s, _v) VMSTATE_STATIC_BUFFER(_f, _s, _v, NULL, 0, sizeof_field(_s, _f))
#define VMSTATE_BUFFER(_f, _s) VMSTATE_BUFFER_V(_f, _s, 0)
#define VMSTATE_BUFFER_TEST(_f, _s, _test) VMSTATE_STATIC_BUFFER(_f, _s, 0, _test, 0, sizeof_field(_s, _f))
#define VMSTATE_PARTIAL_BUFFER(_f, _s, _size) VMSTATE_STATIC_BUFFER(_f, _s, 0, NULL, 0, _size)
#define VMSTATE_BUFFER_START_MIDDLE_V(_f, _s, _start, _v) \
    VMSTATE_STATIC_BUFFER(_f, _s, _v, NULL, _start, sizeof_field(_s, _f))
#define VMSTATE_BUFFER_START_MIDDLE(_f, _s, _start) VMSTATE_BUFFER_START_MIDDLE_V(_f, _s, _start, 0)

/* Any field as _size bytes through a codec; the type is not checked. */
#define VMSTATE_BUFFER_UNSAFE_INFO_TEST(_f, _s, _test, _v, _info, _size) \
    VMSTATE_FIELD(_f, _test, _v, VMS_BUFFER, _size, offsetof(_s, _f), .info = &(_info))
#define VMSTATE_BUFFER_UNSAFE_INFO(_f, _s, _v, _info, _size) \
    VMSTATE_BUFFER_UNSAFE_INFO_TEST(_f, _s, NULL, _v, _info, _size)
#define VMSTATE_BUFFER_UNSAFE(_f, _s, _v, _size) \
    VMSTATE_BUFFER_UNSAFE_INFO(_f, _s, _v, vmstate_info_buffer, _size)
#define VMSTATE_BUFFER_POINTER_UNSAFE(_f, _s, _v, _size) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_BUFFER | VMS_POINTER, _size, offsetof(_s, _f), .info = &vmstate_info_buffer)

/* `uint8_t *f`; the length is an int32_t or uint32_t field that was loaded before. */
#define VMSTATE_VBUFFER_(_f, _s, _test, _v, _f_size, _ctype, _flags, _multiply) \
    VMSTATE_FIELD(_f, _test, _v, VMS_VBUFFER | VMS_POINTER | (_flags), _multiply, \
                  vmstate_offset_pointer(_s, _f, uint8_t), .info = &vmstate_info_buffer, \
                  VMS_LENGTH(_s, _f_size, _ctype))
#define VMSTATE_VBUFFER(_f, _s, _v, _test, _f_size) VMSTATE_VBUFFER_(_f, _s, _test, _v, _f_size, int32_t, 0, 0)
#define VMSTATE_VBUFFER_UINT32(_f, _s, _v, _test, _f_size) \
    VMSTATE_VBUFFER_(_f, _s, _test, _v, _f_size, uint32_t, 0, 0)
#define VMSTATE_VBUFFER_ALLOC_UINT32(_f, _s, _v, _test, _f_size) \
    VMSTATE_VBUFFER_(_f, _s, _test, _v, _f_size, uint32_t, VMS_ALLOC, 0)
#define VMSTATE_VBUFFER_MULTIPLY(_f, _s, _v, _test, _f_size, _multiply) \
    VMSTATE_VBUFFER_(_f, _s, _test, _v, _f_size, uint32_t, VMS_MULTIPLY, _multiply)
#define VMSTATE_PARTIAL_VBUFFER(_f, _s, _size) VMSTATE_VBUFFER(_f, _s, 0, NULL, _size)
#define VMSTATE_PARTIAL_VBUFFER_UINT32(_f, _s, _size) VMSTATE_VBUFFER_UINT32(_f, _s, 0, NULL, _size)

/* `unsigned long *f`; the int32_t field _f_size is the length in bits. */
#define VMSTATE_BITMAP(_f, _s, _v, _f_size) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_VBUFFER | VMS_POINTER, 0, vmstate_offset_pointer(_s, _f, unsigned long), \
                  .info = &vmstate_info_bitmap, VMS_LENGTH(_s, _f_size, int32_t))

/* ---- Padding ---- */

#define VMSTATE_UNUSED_BUFFER(_test, _v, _size) \
    VMSTATE_FIELD(unused, _test, _v, VMS_BUFFER, _size, 0, .info = &vmstate_info_unused_buffer)
#define VMSTATE_UNUSED_V(_v, _size) VMSTATE_UNUSED_BUFFER(NULL, _v, _size)
#define VMSTATE_UNUSED(_size) VMSTATE_UNUSED_V(0, _size)
#define VMSTATE_UNUSED_TEST(_test, _size) VMSTATE_UNUSED_BUFFER(_test, 0, _size)
#define VMSTATE_UNUSED_VARRAY_UINT32(_s, _test, _v, _f_num, _size) \
    VMSTATE_FIELD(unused, _test, _v, VMS_VARRAY_UINT32 | VMS_BUFFER, _size, 0, \
                  .info = &vmstate_info_unused_buffer, VMS_COUNT(_s, _f_num, uint32_t))

/* ---- Containers ---- */

/* The whole structure through a temporary that begins with `_state *parent`. */
#define VMSTATE_WITH_TMP_TEST(_s, _test, _tmp_type, _vmsd) { \
    .name = "tmp", .field_exists = (_test), .flags = VMS_SINGLE, .info = &vmstate_info_tmp, .vmsd = &(_vmsd), \
    .size = sizeof(_tmp_type) + VMS_SAME_TYPE(_s *, typeof_field(_tmp_type, parent)) }
#define VMSTATE_WITH_TMP(_s, _tmp_type, _vmsd) VMSTATE_WITH_TMP_TEST(_s, NULL, _tmp_type, _vmsd)

/* Queue heads; _next names the link in _type. Elements are allocated on load; the queue must be empty then. */
#define VMSTATE_QTAILQ_V(_f, _s, _v, _vmsd, _type, _next) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_SINGLE, sizeof(_type), offsetof(_s, _f), .info = &vmstate_info_qtailq, \
                  .vmsd = &(_vmsd), .start = offsetof(_type, _next))
#define VMSTATE_QLIST_V(_f, _s, _v, _vmsd, _type, _next) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_SINGLE, sizeof(_type), offsetof(_s, _f), .info = &vmstate_info_qlist, \
                  .vmsd = &(_vmsd), .start = offsetof(_type, _next))

/* `GTree *f`. _vmsd is an array: the value's description first, then the key's. */
#define VMSTATE_GTREE_V(_f, _s, _v, _vmsd, _key_type, _val_type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_SINGLE | VMS_POINTER, sizeof(_val_type), vmstate_offset_pointer(_s, _f, GTree), \
                  .info = &vmstate_info_gtree, .vmsd = (_vmsd), .start = sizeof(_key_type))
/* The key is the pointer value itself. */
#define VMSTATE_GTREE_DIRECT_KEY_V(_f, _s, _v, _vmsd, _val_type) \
    VMSTATE_FIELD(_f, NULL, _v, VMS_SINGLE | VMS_POINTER, sizeof(_val_type), vmstate_offset_pointer(_s, _f, GTree), \
                  .info = &vmstate_info_gtree, .vmsd = (_vmsd), .start = 0)

#include "migration/vmstate-scalars.h"

/* ---- Registration (qdev does this for a device's dc->vmsd) ---- */

#define VMSTATE_INSTANCE_ID_ANY (~0u)

/*
 * For the part of a load that reads guest memory through a device's address space, or stores to it: all devices load in
 * one memory transaction, so what they map shows only at its end. Runs @fn then; at once when nothing is loading. The
 * load fails when @fn does.
 */
typedef bool (*VMStateLoadLater)(void *opaque, Error **errp);
bool vmstate_load_later(VMStateLoadLater fn, void *opaque, Error **errp);

/*
 * Enters @vmsd under "<id of obj>/<vmsd->name>" (or just the name without an object or id). Pass
 * VMSTATE_INSTANCE_ID_ANY to get the next free instance. @alias_id (-1: none) is a second instance id under which
 * streams may know it, from version @required_for_version on. Returns 0, or -1 with an error.
 */
int vmstate_register_with_alias_id(VMStateIf *obj, uint32_t instance_id, const VMStateDescription *vmsd,
                                   void *base, int alias_id, int required_for_version, Error **errp);
int vmstate_register(VMStateIf *obj, int instance_id, const VMStateDescription *vmsd, void *opaque);
int vmstate_register_any(VMStateIf *obj, const VMStateDescription *vmsd, void *opaque);
void vmstate_unregister(VMStateIf *obj, const VMStateDescription *vmsd, void *opaque);

/*
 * Rule B2: checks @vmsd and all it reaches; false with an error naming description and field when a table is
 * malformed. Registration and class initialisation call it.
 */
bool vmstate_check(const VMStateDescription *vmsd, Error **errp);

/* ---- Saving and loading one description ---- */

bool vmstate_save_needed(const VMStateDescription *vmsd, void *opaque);
bool vmstate_section_needed(const VMStateDescription *vmsd, void *opaque);
int vmstate_save_state(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, JSONWriter *vmdesc, Error **errp);
int vmstate_save_state_v(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, JSONWriter *vmdesc,
                         int version_id, Error **errp);
int vmstate_load_state(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, int version_id, Error **errp);

#endif
