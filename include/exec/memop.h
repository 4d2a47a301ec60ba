/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Size, byte order and signedness of one memory operand. Hosts are little-endian here. */
#ifndef EXEC_MEMOP_H
#define EXEC_MEMOP_H

#include "qemu/osdep.h"

typedef enum MemOp {
    MO_8 = 0,
    MO_16 = 1,
    MO_32 = 2,
    MO_64 = 3,
    MO_128 = 4,
    MO_SIZE = 0x07,

    MO_SIGN = 0x08,
    MO_BSWAP = 0x10,
    MO_LE = 0,
    MO_BE = MO_BSWAP,

    MO_UB = MO_8,
    MO_UW = MO_16,
    MO_UL = MO_32,
    MO_UQ = MO_64,
    MO_LEUW = MO_LE | MO_16,
    MO_LEUL = MO_LE | MO_32,
    MO_LEUQ = MO_LE | MO_64,
    MO_BEUW = MO_BE | MO_16,
    MO_BEUL = MO_BE | MO_32,
    MO_BEUQ = MO_BE | MO_64,
} MemOp;

static inline unsigned memop_size(MemOp op)
{
    return 1u << (op & MO_SIZE);
}

/* @size is 1, 2, 4, 8 or 16. */
static inline MemOp size_memop(unsigned size)
{
    return (MemOp)__builtin_ctz(size);
}

#endif
