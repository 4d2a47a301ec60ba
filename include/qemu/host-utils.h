/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arithmetic wider than 64 bits. Bit searches are in qemu/bitops.h. */
#ifndef QEMU_HOST_UTILS_H
#define QEMU_HOST_UTILS_H

#include "qemu/bitops.h"

/* a * b / c without losing bits in between; c must not be 0. */
static inline uint64_t muldiv64(uint64_t a, uint32_t b, uint32_t c)
{
    return (unsigned __int128)a * b / c;
}
static inline uint64_t muldiv64_round_up(uint64_t a, uint32_t b, uint32_t c)
{
    return ((unsigned __int128)a * b + c - 1) / c;
}
static inline uint64_t muldiv128(uint64_t a, uint64_t b, uint64_t c)
{
    return (unsigned __int128)a * b / c;
}
static inline void mulu64(uint64_t *lo, uint64_t *hi, uint64_t a, uint64_t b)
{
    unsigned __int128 r = (unsigned __int128)a * b;
    *lo = r;
    *hi = r >> 64;
}

#endif
