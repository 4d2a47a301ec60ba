/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmstate codecs for single values: numbers, booleans, timers, buffers, bitmaps, markers.
 * Bytes of each: migration/vmstate.h. Containers are in vmstate-containers.c.
 */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "qemu/timer.h"
#include "migration/qemu-file.h"
#include "migration/vmstate-internal.h"

/* One pair of functions and a VMStateInfo per integer type. */
#define DEFINE_INT_INFO(_name, _ctype, _getter, _putter)                                                     \
    static int get_##_name(QEMUFile *f, void *pv, size_t size, const VMStateField *field)                    \
    {                                                                                                        \
        *(_ctype *)pv = (_ctype)_getter(f);                                                                  \
        return 0;                                                                                            \
    }                                                                                                        \
    static int put_##_name(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *desc)  \
    {                                                                                                        \
        _putter(f, *(_ctype *)pv);                                                                           \
        return 0;                                                                                            \
    }                                                                                                        \
    const VMStateInfo vmstate_info_##_name = { .name = #_name, .get = get_##_name, .put = put_##_name }

DEFINE_INT_INFO(int8, int8_t, qemu_get_byte, qemu_put_byte);
DEFINE_INT_INFO(int16, int16_t, qemu_get_be16, qemu_put_be16);
DEFINE_INT_INFO(int32, int32_t, qemu_get_be32, qemu_put_be32);
DEFINE_INT_INFO(int64, int64_t, qemu_get_be64, qemu_put_be64);
DEFINE_INT_INFO(uint8, uint8_t, qemu_get_byte, qemu_put_byte);
DEFINE_INT_INFO(uint16, uint16_t, qemu_get_be16, qemu_put_be16);
DEFINE_INT_INFO(uint32, uint32_t, qemu_get_be32, qemu_put_be32);
DEFINE_INT_INFO(uint64, uint64_t, qemu_get_be64, qemu_put_be64);

static bool load_bool(QEMUFile *f, void *pv, size_t size, const VMStateField *field, Error **errp)
{
    int v = qemu_get_byte(f);

    if (v > 1) {
        error_setg(errp, "boolean is 0x%02x, neither 0 nor 1", v);
        return false;
    }
    *(bool *)pv = v;
    return true;
}

static int put_bool(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *desc)
{
    qemu_put_byte(f, *(bool *)pv);
    return 0;
}

const VMStateInfo vmstate_info_bool = { .name = "bool", .load = load_bool, .put = put_bool };

/* The value travels; the destination must hold the same already. */
#define DEFINE_EQUAL_INFO(_name, _ctype, _getter, _fmt)                                                     \
    static bool load_##_name##_equal(QEMUFile *f, void *pv, size_t size, const VMStateField *field,         \
                                     Error **errp)                                                          \
    {                                                                                                       \
        _ctype mine = *(_ctype *)pv, theirs = (_ctype)_getter(f);                                           \
                                                                                                            \
        if (mine == theirs || qemu_file_get_error(f)) {                                                     \
            return true;                                                                                    \
        }                                                                                                   \
        error_setg(errp, "value is %" _fmt " in the stream but %" _fmt " here%s%s", theirs, mine,           \
                   field->err_hint ? ": " : "", field->err_hint ? field->err_hint : "");                    \
        return false;                                                                                       \
    }                                                                                                       \
    const VMStateInfo vmstate_info_##_name##_equal = {                                                      \
        .name = #_name " equal", .load = load_##_name##_equal, .put = put_##_name }

DEFINE_EQUAL_INFO(uint8, uint8_t, qemu_get_byte, PRIu8);
DEFINE_EQUAL_INFO(uint16, uint16_t, qemu_get_be16, PRIu16);
DEFINE_EQUAL_INFO(int32, int32_t, qemu_get_be32, PRId32);
DEFINE_EQUAL_INFO(uint32, uint32_t, qemu_get_be32, PRIu32);
DEFINE_EQUAL_INFO(uint64, uint64_t, qemu_get_be64, PRIu64);

static bool load_int32_le(QEMUFile *f, void *pv, size_t size, const VMStateField *field, Error **errp)
{
    int32_t most = *(int32_t *)pv, v = (int32_t)qemu_get_be32(f);

    if (v < 0 || v > most) {
        error_setg(errp, "value %" PRId32 " is outside 0..%" PRId32, v, most);
        return false;
    }
    *(int32_t *)pv = v;
    return true;
}

const VMStateInfo vmstate_info_int32_le = { .name = "int32 le", .load = load_int32_le, .put = put_int32 };

const VMStateInfo vmstate_info_cpudouble = { .name = "CPU_Double_U", .get = get_uint64, .put = put_uint64 };

static int get_timer(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    QEMUTimer *ts = pv;
    uint64_t expire = qemu_get_be64(f);

    if (qemu_file_get_error(f)) {
        return 0;
    }
    if (expire == UINT64_MAX) {
        timer_del(ts);
    } else {
        timer_mod_ns(ts, MIN(expire, (uint64_t)INT64_MAX));
    }
    return 0;
}

static int put_timer(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *desc)
{
    qemu_put_be64(f, timer_expire_time_ns(pv));
    return 0;
}

const VMStateInfo vmstate_info_timer = { .name = "timer", .get = get_timer, .put = put_timer };

static int get_buffer(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    qemu_get_buffer(f, pv, size);
    return 0;
}

static int put_buffer(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *desc)
{
    qemu_put_buffer(f, pv, size);
    return 0;
}

const VMStateInfo vmstate_info_buffer = { .name = "buffer", .get = get_buffer, .put = put_buffer };

static int get_unused(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    uint8_t sink[1024];

    for (size_t n; size > 0 && !qemu_file_get_error(f); size -= n) {
        n = MIN(size, sizeof(sink));
        qemu_get_buffer(f, sink, n);
    }
    return 0;
}

static int put_unused(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *desc)
{
    static const uint8_t zeroes[1024];

    for (size_t n; size > 0; size -= n) {
        n = MIN(size, sizeof(zeroes));
        qemu_put_buffer(f, zeroes, n);
    }
    return 0;
}

const VMStateInfo vmstate_info_unused_buffer = { .name = "unused_buffer", .get = get_unused, .put = put_unused };

/* @size is the length in bits. The last word's bits past the end are written as zero and ignored on load. */
static int put_bitmap(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *desc)
{
    const unsigned long *map = pv;

    for (size_t bit = 0; bit < size; bit += 64) {
        uint64_t w = map[bit / 64];

        if (size - bit < 64) {
            w &= MAKE_64BIT_MASK(0, size - bit);
        }
        qemu_put_be64(f, w);
    }
    return 0;
}

static int get_bitmap(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    unsigned long *map = pv;

    for (size_t bit = 0; bit < size && !qemu_file_get_error(f); bit += 64) {
        uint64_t w = qemu_get_be64(f);

        if (size - bit < 64) {
            uint64_t mine = MAKE_64BIT_MASK(0, size - bit);
            w = (w & mine) | (map[bit / 64] & ~mine);
        }
        map[bit / 64] = w;
    }
    return 0;
}

const VMStateInfo vmstate_info_bitmap = { .name = "bitmap", .get = get_bitmap, .put = put_bitmap };

/* Never walked as a field: vmstate.c writes markers inline (rule B6) and names them so in the description. */
const VMStateInfo vmstate_info_ptr_marker = { .name = "ptr-marker" };
