/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single bits, bit fields and bit searches. */
#ifndef QEMU_BITOPS_H
#define QEMU_BITOPS_H

#include "qemu/osdep.h"
#include "qemu/atomic.h"

#define BITS_PER_BYTE 8
#define BITS_PER_LONG 64
#define BIT(nr) (1UL << (nr))
#define BIT_ULL(nr) (1ULL << (nr))
#define BIT_MASK(nr) (1UL << ((nr) % BITS_PER_LONG))
#define BIT_WORD(nr) ((nr) / BITS_PER_LONG)
#define BITS_TO_LONGS(nr) DIV_ROUND_UP(nr, BITS_PER_LONG)
#define MAKE_64BIT_MASK(shift, length) (((~0ULL) >> (64 - (length))) << (shift))

static inline void set_bit(long nr, unsigned long *addr)
{
    addr[BIT_WORD(nr)] |= BIT_MASK(nr);
}
static inline void set_bit_atomic(long nr, unsigned long *addr)
{
    qatomic_or(&addr[BIT_WORD(nr)], BIT_MASK(nr));
}
static inline void clear_bit(long nr, unsigned long *addr)
{
    addr[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}
static inline void clear_bit_atomic(long nr, unsigned long *addr)
{
    qatomic_and(&addr[BIT_WORD(nr)], ~BIT_MASK(nr));
}
static inline void change_bit(long nr, unsigned long *addr)
{
    addr[BIT_WORD(nr)] ^= BIT_MASK(nr);
}
static inline bool test_bit(long nr, const unsigned long *addr)
{
    return addr[BIT_WORD(nr)] >> (nr % BITS_PER_LONG) & 1;
}
static inline bool test_and_set_bit(long nr, unsigned long *addr)
{
    bool old = test_bit(nr, addr);
    set_bit(nr, addr);
    return old;
}
static inline bool test_and_clear_bit(long nr, unsigned long *addr)
{
    bool old = test_bit(nr, addr);
    clear_bit(nr, addr);
    return old;
}

/* First set (clear) bit at or after @offset; @size when there is none. */
unsigned long find_next_bit(const unsigned long *addr, unsigned long size, unsigned long offset);
unsigned long find_next_zero_bit(const unsigned long *addr, unsigned long size, unsigned long offset);
unsigned long find_last_bit(const unsigned long *addr, unsigned long size);
static inline unsigned long find_first_bit(const unsigned long *addr, unsigned long size)
{
    return find_next_bit(addr, size, 0);
}
static inline unsigned long find_first_zero_bit(const unsigned long *addr, unsigned long size)
{
    return find_next_zero_bit(addr, size, 0);
}

static inline uint32_t rol32(uint32_t v, unsigned n)
{
    return v << (n & 31) | v >> (-n & 31);
}
static inline uint32_t ror32(uint32_t v, unsigned n)
{
    return v >> (n & 31) | v << (-n & 31);
}
static inline uint32_t extract32(uint32_t value, int start, int length)
{
    return value >> start & (~0u >> (32 - length));
}
static inline uint64_t extract64(uint64_t value, int start, int length)
{
    return value >> start & (~0ull >> (64 - length));
}
static inline int64_t sextract64(uint64_t value, int start, int length)
{
    return (int64_t)(value << (64 - length - start)) >> (64 - length);
}
static inline uint32_t deposit32(uint32_t value, int start, int length, uint32_t field)
{
    uint32_t mask = (~0u >> (32 - length)) << start;
    return (value & ~mask) | (field << start & mask);
}
static inline uint64_t deposit64(uint64_t value, int start, int length, uint64_t field)
{
    uint64_t mask = (~0ull >> (64 - length)) << start;
    return (value & ~mask) | (field << start & mask);
}

/* Zero is defined: the width of the type. */
static inline int clz32(uint32_t v)
{
    return v ? __builtin_clz(v) : 32;
}
static inline int clz64(uint64_t v)
{
    return v ? __builtin_clzll(v) : 64;
}
static inline int ctz32(uint32_t v)
{
    return v ? __builtin_ctz(v) : 32;
}
static inline int ctz64(uint64_t v)
{
    return v ? __builtin_ctzll(v) : 64;
}
static inline int ctpop32(uint32_t v)
{
    return __builtin_popcount(v);
}
static inline int ctpop64(uint64_t v)
{
    return __builtin_popcountll(v);
}
/* The largest power of two not above @v; 0 for 0. */
static inline uint64_t pow2floor(uint64_t v)
{
    return v ? 1ull << (63 - clz64(v)) : 0;
}
/* The smallest power of two not below @v; 1 for 0, 0 when it does not fit. */
static inline uint64_t pow2ceil(uint64_t v)
{
    int n = v > 1 ? 64 - clz64(v - 1) : 0;
    return n < 64 ? 1ull << n : 0;
}

#endif
