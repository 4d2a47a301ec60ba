/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 128-bit integers, for sizes up to and including 2^64. Always the compiler's own type. */
#ifndef QEMU_INT128_H
#define QEMU_INT128_H

#include "qemu/osdep.h"

typedef __int128_t Int128;

static inline Int128 int128_make64(uint64_t a) { return a; }
static inline Int128 int128_makes64(int64_t a) { return a; }
static inline Int128 int128_make128(uint64_t lo, uint64_t hi) { return ((__uint128_t)hi << 64) | lo; }
static inline Int128 int128_zero(void) { return 0; }
static inline Int128 int128_one(void) { return 1; }
static inline Int128 int128_2_64(void) { return (Int128)1 << 64; }
static inline uint64_t int128_getlo(Int128 a) { return (uint64_t)a; }
static inline int64_t int128_gethi(Int128 a) { return (int64_t)(a >> 64); }
static inline uint64_t int128_get64(Int128 a) { return (uint64_t)a; }
static inline Int128 int128_add(Int128 a, Int128 b) { return a + b; }
static inline Int128 int128_sub(Int128 a, Int128 b) { return a - b; }
static inline Int128 int128_neg(Int128 a) { return -a; }
static inline Int128 int128_and(Int128 a, Int128 b) { return a & b; }
static inline Int128 int128_or(Int128 a, Int128 b) { return a | b; }
static inline Int128 int128_min(Int128 a, Int128 b) { return a < b ? a : b; }
static inline Int128 int128_max(Int128 a, Int128 b) { return a > b ? a : b; }
static inline bool int128_eq(Int128 a, Int128 b) { return a == b; }
static inline bool int128_ne(Int128 a, Int128 b) { return a != b; }
static inline bool int128_ge(Int128 a, Int128 b) { return a >= b; }
static inline bool int128_gt(Int128 a, Int128 b) { return a > b; }
static inline bool int128_le(Int128 a, Int128 b) { return a <= b; }
static inline bool int128_lt(Int128 a, Int128 b) { return a < b; }
static inline bool int128_nz(Int128 a) { return a != 0; }
static inline bool int128_nonneg(Int128 a) { return a >= 0; }

#endif
