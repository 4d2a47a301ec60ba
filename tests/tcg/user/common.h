/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For guest programs: what they print must be a function of the instructions they execute alone, so
 * no addresses, times, process numbers or anything the kernel chooses.
 */
#ifndef TESTS_TCG_USER_COMMON_H
#define TESTS_TCG_USER_COMMON_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t rng_state = 0x9e3779b97f4a7c15ull;

static inline uint64_t rnd(void)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state;
}

/* FNV-1a over bytes: one line stands for many results */
static inline uint64_t hash_bytes(uint64_t h, const void *p, size_t n)
{
    const unsigned char *b = p;

    for (size_t i = 0; i < n; i++) {
        h = (h ^ b[i]) * 0x100000001b3ull;
    }
    return h;
}
#define HASH_INIT 0xcbf29ce484222325ull

#endif
