/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AML and resource descriptors (ACPI 6.4, chapters 20 and 6.4): see hw/acpi/aml.h. Pure. */
#include "qemu/osdep.h"
#include "hw/acpi/aml.h"
#include "qemu/bswap.h"

#define EXT_OP 0x5b

void aml_byte(GByteArray *b, uint8_t v)
{
    g_byte_array_append(b, &v, 1);
}

void aml_bytes(GByteArray *b, const void *data, size_t len)
{
    g_byte_array_append(b, data, len);
}

static void put_le(GByteArray *b, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        aml_byte(b, v >> (i * 8));
    }
}

void aml_int(GByteArray *b, uint64_t v)
{
    if (v <= 1) {
        aml_byte(b, v);                         /* Zero, One */
    } else if (v <= 0xff) {
        aml_byte(b, 0x0a);
        put_le(b, v, 1);
    } else if (v <= 0xffff) {
        aml_byte(b, 0x0b);
        put_le(b, v, 2);
    } else if (v <= 0xffffffff) {
        aml_byte(b, 0x0c);
        put_le(b, v, 4);
    } else {
        aml_byte(b, 0x0e);
        put_le(b, v, 8);
    }
}

void aml_string(GByteArray *b, const char *s)
{
    aml_byte(b, 0x0d);
    aml_bytes(b, s, strlen(s) + 1);
}

static void put_segment(GByteArray *b, const char *s)
{
    char seg[4] = { '_', '_', '_', '_' };

    memcpy(seg, s, MIN(strlen(s), 4));
    aml_bytes(b, seg, 4);
}

void aml_path(GByteArray *b, const char *path)
{
    g_auto(GStrv) segs = NULL;
    unsigned n;

    while (*path == '\\' || *path == '^') {
        aml_byte(b, *path++);
    }
    if (!*path) {
        aml_byte(b, 0);                         /* the root itself */
        return;
    }
    segs = g_strsplit(path, ".", -1);
    n = g_strv_length(segs);
    if (n == 2) {
        aml_byte(b, 0x2e);
    } else if (n > 2) {
        aml_byte(b, 0x2f);
        aml_byte(b, n);
    }
    for (unsigned i = 0; i < n; i++) {
        put_segment(b, segs[i]);
    }
}

void aml_name(GByteArray *b, const char *path)
{
    aml_byte(b, 0x08);
    aml_path(b, path);
}

/* Three letters in five bits each, four hex digits, big endian. */
void aml_eisaid(GByteArray *b, const char *id)
{
    uint32_t v = (id[0] - 0x40) << 26 | (id[1] - 0x40) << 21 | (id[2] - 0x40) << 16 | strtoul(id + 3, NULL, 16);

    aml_byte(b, 0x0c);
    put_le(b, GUINT32_SWAP_LE_BE(v), 4);
}

/* ---- containers: opcode, three length bytes to be filled in, contents ---- */

static size_t begin(GByteArray *b, int ext, uint8_t op)
{
    size_t mark;

    if (ext) {
        aml_byte(b, EXT_OP);
    }
    aml_byte(b, op);
    mark = b->len;
    put_le(b, 0, 3);
    return mark;
}

void aml_end(GByteArray *b, size_t mark)
{
    uint32_t len = b->len - mark;               /* counts the length bytes themselves */

    assert(len < 1u << 20);
    b->data[mark] = 0x80 | (len & 0xf);
    b->data[mark + 1] = len >> 4;
    b->data[mark + 2] = len >> 12;
}

size_t aml_scope_begin(GByteArray *b, const char *path)
{
    size_t mark = begin(b, 0, 0x10);

    aml_path(b, path);
    return mark;
}

size_t aml_device_begin(GByteArray *b, const char *name)
{
    size_t mark = begin(b, 1, 0x82);

    aml_path(b, name);
    return mark;
}

size_t aml_method_begin(GByteArray *b, const char *name, unsigned args, bool serialized)
{
    size_t mark = begin(b, 0, 0x14);

    aml_path(b, name);
    aml_byte(b, args | serialized << 3);
    return mark;
}

size_t aml_package_begin(GByteArray *b, unsigned elements)
{
    size_t mark = begin(b, 0, 0x12);

    aml_byte(b, elements);
    return mark;
}

size_t aml_if_begin(GByteArray *b)
{
    return begin(b, 0, 0xa0);
}

size_t aml_else_begin(GByteArray *b)
{
    return begin(b, 0, 0xa1);
}

void aml_return(GByteArray *b)
{
    aml_byte(b, 0xa4);
}

void aml_arg(GByteArray *b, unsigned n)
{
    aml_byte(b, 0x68 + n);
}

void aml_local(GByteArray *b, unsigned n)
{
    aml_byte(b, 0x60 + n);
}

void aml_buffer(GByteArray *b, const void *data, size_t len)
{
    size_t mark = begin(b, 0, 0x11);

    aml_int(b, len);
    aml_bytes(b, data, len);
    aml_end(b, mark);
}

/* The first three groups of a UUID are stored little endian. */
void aml_uuid(GByteArray *b, const char *uuid)
{
    static const uint8_t at[16] = { 6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34 };
    uint8_t bytes[16];

    for (int i = 0; i < 16; i++) {
        char hex[3] = { uuid[at[i]], uuid[at[i] + 1], 0 };

        bytes[i] = strtoul(hex, NULL, 16);
    }
    aml_buffer(b, bytes, sizeof(bytes));
}

void aml_mutex(GByteArray *b, const char *name)
{
    aml_byte(b, EXT_OP);
    aml_byte(b, 0x01);
    aml_path(b, name);
    aml_byte(b, 0);                             /* synchronisation level */
}

void aml_acquire(GByteArray *b, const char *mutex, uint16_t timeout)
{
    aml_byte(b, EXT_OP);
    aml_byte(b, 0x23);
    aml_path(b, mutex);
    put_le(b, timeout, 2);
}

void aml_release(GByteArray *b, const char *mutex)
{
    aml_byte(b, EXT_OP);
    aml_byte(b, 0x27);
    aml_path(b, mutex);
}

void aml_operation_region(GByteArray *b, const char *name, uint8_t space, uint64_t offset, uint64_t len)
{
    aml_byte(b, EXT_OP);
    aml_byte(b, 0x80);
    aml_path(b, name);
    aml_byte(b, space);
    aml_int(b, offset);
    aml_int(b, len);
}

void aml_field(GByteArray *b, const char *region, uint8_t access, const char *name, unsigned bits)
{
    size_t mark = begin(b, 1, 0x81);

    aml_path(b, region);
    aml_byte(b, access);                        /* NoLock, Preserve */
    put_segment(b, name);
    assert(bits < 64);
    aml_byte(b, bits);
    aml_end(b, mark);
}

/* ---- resources ---- */

void res_io(GByteArray *r, uint16_t min, uint16_t max, uint8_t align, uint8_t len)
{
    aml_byte(r, 0x47);
    aml_byte(r, 1);                             /* all sixteen address bits are decoded */
    put_le(r, min, 2);
    put_le(r, max, 2);
    aml_byte(r, align);
    aml_byte(r, len);
}

void res_irq(GByteArray *r, unsigned irq)
{
    aml_byte(r, 0x22);
    put_le(r, 1u << irq, 2);
}

void res_ext_irq(GByteArray *r, uint32_t irq, bool level, bool active_low)
{
    aml_byte(r, 0x89);
    put_le(r, 6, 2);
    aml_byte(r, 0x01 | !level << 1 | active_low << 2);
    aml_byte(r, 1);
    put_le(r, irq, 4);
}

void res_memory32_fixed(GByteArray *r, uint32_t base, uint32_t len, bool writable)
{
    aml_byte(r, 0x86);
    put_le(r, 9, 2);
    aml_byte(r, writable);
    put_le(r, base, 4);
    put_le(r, len, 4);
}

void res_range(GByteArray *r, unsigned bits, uint8_t type, uint64_t min, uint64_t max)
{
    unsigned bytes = bits / 8;

    aml_byte(r, bits == 16 ? 0x88 : bits == 32 ? 0x87 : 0x8a);
    put_le(r, 3 + 5 * bytes, 2);
    aml_byte(r, type);
    aml_byte(r, 0x0c);                          /* minimum and maximum are fixed; decoded positively; producer */
    aml_byte(r, type == RES_MEMORY ? 0x01 : type == RES_IO_RANGE ? 0x03 : 0);
    put_le(r, 0, bytes);
    put_le(r, min, bytes);
    put_le(r, max, bytes);
    put_le(r, 0, bytes);
    put_le(r, max - min + 1, bytes);
}

void aml_resource_template(GByteArray *b, GByteArray *r)
{
    aml_byte(r, 0x79);
    aml_byte(r, 0);
    aml_buffer(b, r->data, r->len);
    g_byte_array_unref(r);
}
