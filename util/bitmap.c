/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bitmaps and bit searches, a word at a time. */
#include "qemu/osdep.h"
#include "qemu/bitmap.h"

unsigned long find_next_bit(const unsigned long *addr, unsigned long size, unsigned long offset)
{
    while (offset < size) {
        unsigned long word = addr[BIT_WORD(offset)] & BITMAP_FIRST_WORD_MASK(offset);

        if (word) {
            offset = QEMU_ALIGN_DOWN(offset, BITS_PER_LONG) + ctz64(word);
            return MIN(offset, size);
        }
        offset = QEMU_ALIGN_DOWN(offset, BITS_PER_LONG) + BITS_PER_LONG;
    }
    return size;
}

unsigned long find_next_zero_bit(const unsigned long *addr, unsigned long size, unsigned long offset)
{
    while (offset < size) {
        unsigned long word = ~addr[BIT_WORD(offset)] & BITMAP_FIRST_WORD_MASK(offset);

        if (word) {
            offset = QEMU_ALIGN_DOWN(offset, BITS_PER_LONG) + ctz64(word);
            return MIN(offset, size);
        }
        offset = QEMU_ALIGN_DOWN(offset, BITS_PER_LONG) + BITS_PER_LONG;
    }
    return size;
}

unsigned long find_last_bit(const unsigned long *addr, unsigned long size)
{
    for (unsigned long i = BITS_TO_LONGS(size); i-- > 0;) {
        unsigned long word = addr[i];

        if (i == BIT_WORD(size)) {
            word &= BITMAP_LAST_WORD_MASK(size);
        }
        if (word) {
            return i * BITS_PER_LONG + 63 - clz64(word);
        }
    }
    return size;
}

unsigned long *bitmap_try_new(long nbits)
{
    return g_try_malloc0_n(BITS_TO_LONGS(nbits), sizeof(unsigned long));
}

unsigned long *bitmap_new(long nbits)
{
    return g_new0(unsigned long, BITS_TO_LONGS(nbits));
}

unsigned long *bitmap_zero_extend(unsigned long *old, long old_nbits, long new_nbits)
{
    unsigned long *map = g_renew(unsigned long, old, BITS_TO_LONGS(new_nbits));

    if (new_nbits > old_nbits) {
        bitmap_clear(map, old_nbits, new_nbits - old_nbits);
    }
    return map;
}

void bitmap_zero(unsigned long *dst, long nbits)
{
    memset(dst, 0, BITS_TO_LONGS(nbits) * sizeof(long));
}

void bitmap_fill(unsigned long *dst, long nbits)
{
    bitmap_zero(dst, nbits);
    bitmap_set(dst, 0, nbits);
}

void bitmap_copy(unsigned long *dst, const unsigned long *src, long nbits)
{
    memcpy(dst, src, BITS_TO_LONGS(nbits) * sizeof(long));
}

/* Call @op(word, mask) for each word the range [start, start + nr) touches. */
#define FOR_RANGE(map, start, nr, word, mask, op) do {                          \
        long pos_ = (start), end_ = (start) + (nr);                             \
        while (pos_ < end_) {                                                   \
            typeof(&(map)[0]) word = &(map)[BIT_WORD(pos_)];                        \
            long next_ = QEMU_ALIGN_DOWN(pos_, BITS_PER_LONG) + BITS_PER_LONG;  \
            unsigned long mask = BITMAP_FIRST_WORD_MASK(pos_);                  \
            if (next_ > end_) {                                                 \
                mask &= BITMAP_LAST_WORD_MASK(end_);                            \
            }                                                                   \
            op;                                                                 \
            pos_ = next_;                                                       \
        }                                                                       \
    } while (0)

void bitmap_set(unsigned long *map, long start, long nr)
{
    FOR_RANGE(map, start, nr, w, mask, *w |= mask);
}

void bitmap_clear(unsigned long *map, long start, long nr)
{
    FOR_RANGE(map, start, nr, w, mask, *w &= ~mask);
}

void bitmap_set_atomic(unsigned long *map, long start, long nr)
{
    FOR_RANGE(map, start, nr, w, mask, {
        if ((qatomic_read(w) & mask) != mask) {
            qatomic_or(w, mask);
        }
    });
    smp_mb();
}

void bitmap_clear_atomic(unsigned long *map, long start, long nr)
{
    FOR_RANGE(map, start, nr, w, mask, qatomic_and(w, ~mask));
}

bool bitmap_test_and_clear_atomic(unsigned long *map, long start, long nr)
{
    unsigned long found = 0;

    FOR_RANGE(map, start, nr, w, mask, {
        if (qatomic_read(w) & mask) {
            found |= qatomic_fetch_and(w, ~mask) & mask;
        }
    });
    if (!found) {
        smp_mb();
    }
    return found != 0;
}

void bitmap_copy_and_clear_atomic(unsigned long *dst, unsigned long *src, long nbits)
{
    for (long i = 0; i < BITS_TO_LONGS(nbits); i++) {
        dst[i] = qatomic_read(&src[i]) ? qatomic_xchg(&src[i], 0) : 0;
    }
}

bool bitmap_empty(const unsigned long *map, long nbits)
{
    return find_first_bit(map, nbits) >= (unsigned long)nbits;
}

bool bitmap_full(const unsigned long *map, long nbits)
{
    return find_first_zero_bit(map, nbits) >= (unsigned long)nbits;
}

/* Word @i of a map of @nbits, with bits past the end off. */
static unsigned long word_of(const unsigned long *map, long i, long nbits)
{
    return map[i] & (i == BIT_WORD(nbits) ? BITMAP_LAST_WORD_MASK(nbits) : ~0UL);
}

bool bitmap_equal(const unsigned long *a, const unsigned long *b, long nbits)
{
    for (long i = 0; i < BITS_TO_LONGS(nbits); i++) {
        if (word_of(a, i, nbits) != word_of(b, i, nbits)) {
            return false;
        }
    }
    return true;
}

bool bitmap_intersects(const unsigned long *a, const unsigned long *b, long nbits)
{
    for (long i = 0; i < BITS_TO_LONGS(nbits); i++) {
        if (word_of(a, i, nbits) & b[i]) {
            return true;
        }
    }
    return false;
}

void bitmap_and(unsigned long *dst, const unsigned long *a, const unsigned long *b, long nbits)
{
    for (long i = 0; i < BITS_TO_LONGS(nbits); i++) {
        dst[i] = a[i] & b[i];
    }
}

void bitmap_or(unsigned long *dst, const unsigned long *a, const unsigned long *b, long nbits)
{
    for (long i = 0; i < BITS_TO_LONGS(nbits); i++) {
        dst[i] = a[i] | b[i];
    }
}

void bitmap_andnot(unsigned long *dst, const unsigned long *a, const unsigned long *b, long nbits)
{
    for (long i = 0; i < BITS_TO_LONGS(nbits); i++) {
        dst[i] = a[i] & ~b[i];
    }
}

long bitmap_count_one(const unsigned long *map, long nbits)
{
    long count = 0;

    for (long i = 0; i < BITS_TO_LONGS(nbits); i++) {
        count += ctpop64(word_of(map, i, nbits));
    }
    return count;
}

long bitmap_count_one_with_offset(const unsigned long *map, long offset, long nbits)
{
    long count = 0;

    FOR_RANGE(map, offset, nbits, w, mask, count += ctpop64(*w & mask));
    return count;
}

unsigned long bitmap_find_next_zero_area(const unsigned long *map, unsigned long size, unsigned long start,
                                         unsigned long nr, unsigned long align_mask)
{
    for (;;) {
        unsigned long index = (find_next_zero_bit(map, size, start) + align_mask) & ~align_mask;
        unsigned long end = index + nr;

        if (end > size) {
            return end;
        }
        start = find_next_bit(map, end, index);
        if (start >= end) {
            return index;
        }
        start++;
    }
}
