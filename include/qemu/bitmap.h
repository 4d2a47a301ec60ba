/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bitmaps: arrays of unsigned long. The _atomic forms may race with each other; the rest need a lock. */
#ifndef QEMU_BITMAP_H
#define QEMU_BITMAP_H

#include "qemu/bitops.h"

#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]
#define BITMAP_FIRST_WORD_MASK(start) (~0UL << ((start) & (BITS_PER_LONG - 1)))
#define BITMAP_LAST_WORD_MASK(nbits) (~0UL >> (-(nbits) & (BITS_PER_LONG - 1)))

unsigned long *bitmap_new(long nbits);           /* zeroed; free with g_free */
unsigned long *bitmap_try_new(long nbits);       /* NULL when there is no memory */
/* Grow (or shrink) @old; new bits are zero. */
unsigned long *bitmap_zero_extend(unsigned long *old, long old_nbits, long new_nbits);
void bitmap_zero(unsigned long *dst, long nbits);
void bitmap_fill(unsigned long *dst, long nbits);
void bitmap_copy(unsigned long *dst, const unsigned long *src, long nbits);
void bitmap_set(unsigned long *map, long start, long nr);
void bitmap_clear(unsigned long *map, long start, long nr);
void bitmap_set_atomic(unsigned long *map, long start, long nr);
void bitmap_clear_atomic(unsigned long *map, long start, long nr);
/* Clear the range atomically; true when any bit in it was set. */
bool bitmap_test_and_clear_atomic(unsigned long *map, long start, long nr);
/* Move @src to @dst, leaving @src zero, word by word atomically. */
void bitmap_copy_and_clear_atomic(unsigned long *dst, unsigned long *src, long nbits);
bool bitmap_empty(const unsigned long *map, long nbits);
bool bitmap_full(const unsigned long *map, long nbits);
bool bitmap_equal(const unsigned long *a, const unsigned long *b, long nbits);
bool bitmap_intersects(const unsigned long *a, const unsigned long *b, long nbits);
void bitmap_and(unsigned long *dst, const unsigned long *a, const unsigned long *b, long nbits);
void bitmap_or(unsigned long *dst, const unsigned long *a, const unsigned long *b, long nbits);
void bitmap_andnot(unsigned long *dst, const unsigned long *a, const unsigned long *b, long nbits);
long bitmap_count_one(const unsigned long *map, long nbits);
long bitmap_count_one_with_offset(const unsigned long *map, long offset, long nbits);
/* First run of @nr clear bits at or after @start, aligned to @align_mask + 1; >= @size when there is none. */
unsigned long bitmap_find_next_zero_area(const unsigned long *map, unsigned long size, unsigned long start,
                                         unsigned long nr, unsigned long align_mask);

#endif
