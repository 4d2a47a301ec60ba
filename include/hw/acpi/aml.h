/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AML emitter (ACPI 6.4, chapter 20): appends terms to a byte array. What contains other terms is opened with
 * aml_*_begin(), which returns a mark, and closed with aml_end(mark). Package lengths always take three bytes.
 *
 *   right:  size_t dev = aml_device_begin(b, "RTC_");
 *           aml_name(b, "_HID"); aml_eisaid(b, "PNP0B00");
 *           aml_end(b, dev);
 *
 * Names are given as in ASL: "\\_SB.PCI0", "_CRS"; segments shorter than four characters are padded with '_'.
 */
#ifndef HW_ACPI_AML_H
#define HW_ACPI_AML_H

#include "qemu/osdep.h"

void aml_byte(GByteArray *b, uint8_t v);
void aml_bytes(GByteArray *b, const void *data, size_t len);
void aml_int(GByteArray *b, uint64_t v);
void aml_string(GByteArray *b, const char *s);
void aml_path(GByteArray *b, const char *path);
/* Name(path, ...): the object follows. */
void aml_name(GByteArray *b, const char *path);
void aml_eisaid(GByteArray *b, const char *id);

size_t aml_scope_begin(GByteArray *b, const char *path);
size_t aml_device_begin(GByteArray *b, const char *name);
size_t aml_method_begin(GByteArray *b, const char *name, unsigned args, bool serialized);
size_t aml_package_begin(GByteArray *b, unsigned elements);
/* If(predicate): the predicate follows, then the body. */
size_t aml_if_begin(GByteArray *b);
size_t aml_else_begin(GByteArray *b);
void aml_end(GByteArray *b, size_t mark);

void aml_return(GByteArray *b);                 /* the value follows */
void aml_arg(GByteArray *b, unsigned n);
void aml_local(GByteArray *b, unsigned n);
#define AML_STORE 0x70                          /* source, target */
#define AML_SHIFT_LEFT 0x79                     /* value, count, target */
#define AML_AND 0x7b                            /* a, b, target */
#define AML_OR 0x7d
#define AML_LEQUAL 0x93
#define AML_LNOT 0x92
#define AML_CREATE_DWORD_FIELD 0x8a             /* buffer, index, name */
#define AML_NOTIFY 0x86                         /* object, value */
#define AML_NULL_TARGET 0x00
#define AML_ONES 0xff

/* A buffer of @len bytes. */
void aml_buffer(GByteArray *b, const void *data, size_t len);
void aml_uuid(GByteArray *b, const char *uuid);
/* Mutex(name), and waiting for one: @timeout in ms, 0xffff for ever. */
void aml_mutex(GByteArray *b, const char *name);
void aml_acquire(GByteArray *b, const char *mutex, uint16_t timeout);
void aml_release(GByteArray *b, const char *mutex);
/* OperationRegion(name, space, offset, len), and a Field with one member of @bits < 64 at bit 0. */
#define AML_SYSTEM_IO 1
#define AML_BYTE_ACC 1
#define AML_DWORD_ACC 3
void aml_operation_region(GByteArray *b, const char *name, uint8_t space, uint64_t offset, uint64_t len);
void aml_field(GByteArray *b, const char *region, uint8_t access, const char *name, unsigned bits);

/* Resource templates: collect descriptors in an array of their own, then emit it as a buffer. */
void res_io(GByteArray *r, uint16_t min, uint16_t max, uint8_t align, uint8_t len);
void res_irq(GByteArray *r, unsigned irq);
void res_ext_irq(GByteArray *r, uint32_t irq, bool level, bool active_low);
void res_memory32_fixed(GByteArray *r, uint32_t base, uint32_t len, bool writable);
#define RES_MEMORY 0
#define RES_IO_RANGE 1
#define RES_BUS 2
/* Address space descriptors of a bridge (producer), 16, 32 or 64 bits wide. */
void res_range(GByteArray *r, unsigned bits, uint8_t type, uint64_t min, uint64_t max);
void aml_resource_template(GByteArray *b, GByteArray *r);       /* frees @r */

#endif
