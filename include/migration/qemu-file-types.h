/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of QEMUFile that a device with its own get/put codec needs: numbers (big-endian) and bytes. Errors are
 * sticky: after one, writes are dropped and reads give zeroes, so check qemu_file_get_error() once at the end.
 */
#ifndef MIGRATION_QEMU_FILE_TYPES_H
#define MIGRATION_QEMU_FILE_TYPES_H

#include "qemu/osdep.h"

int qemu_file_get_error(QEMUFile *f);
/*
 * For a codec that finds a value that cannot be: the reason that the migration's one error message will give. Sticky; the
 * first wins. Return -EINVAL, for `return qemu_file_fail(f, ...)`. _err takes @err.
 */
int qemu_file_fail(QEMUFile *f, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
int qemu_file_fail_err(QEMUFile *f, Error *err);

void qemu_put_buffer(QEMUFile *f, const uint8_t *buf, size_t size);
void qemu_put_byte(QEMUFile *f, int v);
void qemu_put_be16(QEMUFile *f, unsigned int v);
void qemu_put_be32(QEMUFile *f, unsigned int v);
void qemu_put_be64(QEMUFile *f, uint64_t v);

/* Returns the number of bytes read: @size, or less at the end of the stream or on error. */
size_t qemu_get_buffer(QEMUFile *f, uint8_t *buf, size_t size);
int qemu_get_byte(QEMUFile *f);
unsigned int qemu_get_be16(QEMUFile *f);
unsigned int qemu_get_be32(QEMUFile *f);
uint64_t qemu_get_be64(QEMUFile *f);

#define qemu_put_ubyte(f, v) qemu_put_byte(f, (uint8_t)(v))
#define qemu_get_ubyte(f) ((unsigned int)qemu_get_byte(f))
#define qemu_put_sbyte(f, v) qemu_put_byte(f, (uint8_t)(int8_t)(v))
#define qemu_get_sbyte(f) ((int)(int8_t)qemu_get_byte(f))

/* _s: through a pointer of exactly that width. */
#define VMS_QF_PAIR_(_w, _ut, _st) \
    static inline void qemu_put_be##_w##s(QEMUFile *f, const _ut *p) { qemu_put_be##_w(f, *p); } \
    static inline void qemu_get_be##_w##s(QEMUFile *f, _ut *p) { *p = qemu_get_be##_w(f); } \
    static inline void qemu_put_sbe##_w##s(QEMUFile *f, const _st *p) { qemu_put_be##_w(f, (_ut)*p); } \
    static inline void qemu_get_sbe##_w##s(QEMUFile *f, _st *p) { *p = (_st)qemu_get_be##_w(f); }
VMS_QF_PAIR_(16, uint16_t, int16_t)
VMS_QF_PAIR_(32, uint32_t, int32_t)
VMS_QF_PAIR_(64, uint64_t, int64_t)
#undef VMS_QF_PAIR_
static inline void qemu_put_8s(QEMUFile *f, const uint8_t *p) { qemu_put_byte(f, *p); }
static inline void qemu_get_8s(QEMUFile *f, uint8_t *p) { *p = qemu_get_byte(f); }
static inline void qemu_put_s8s(QEMUFile *f, const int8_t *p) { qemu_put_byte(f, (uint8_t)*p); }
static inline void qemu_get_s8s(QEMUFile *f, int8_t *p) { *p = (int8_t)qemu_get_byte(f); }

#endif
