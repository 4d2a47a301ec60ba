/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads and stores of a width known at run time only. */
#include "qemu/osdep.h"
#include "qemu/bswap.h"

uint64_t ldn_le_p(const void *p, int sz)
{
    uint64_t v = 0;

    memcpy(&v, p, sz);
    return v;
}

uint64_t ldn_be_p(const void *p, int sz)
{
    return bswap64(ldn_le_p(p, sz)) >> (64 - 8 * sz);
}

void stn_le_p(void *p, int sz, uint64_t v)
{
    memcpy(p, &v, sz);
}

void stn_be_p(void *p, int sz, uint64_t v)
{
    stn_le_p(p, sz, bswap64(v << (64 - 8 * sz)));
}
