/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Integer arithmetic with its flags, multiplication, division, shifts, bit operations, string instructions. */
#include "common.h"

#define BINARY(name, insn, type, con) \
    static uint64_t name(uint64_t h, type a, type b) \
    { \
        uint64_t f; \
        asm volatile(insn "; pushfq; popq %1" : "+r"(a), "=&r"(f) : con(b) : "cc"); \
        f &= 0x8d5; \
        h = hash_bytes(h, &a, sizeof(a)); \
        return hash_bytes(h, &f, sizeof(f)); \
    }
BINARY(add8, "addb %2, %0", uint8_t, "q")
BINARY(add16, "addw %2, %0", uint16_t, "r")
BINARY(add32, "addl %2, %0", uint32_t, "r")
BINARY(add64, "addq %2, %0", uint64_t, "r")
BINARY(adc64, "stc; adcq %2, %0", uint64_t, "r")
BINARY(sbb32, "stc; sbbl %2, %0", uint32_t, "r")
BINARY(sub64, "subq %2, %0", uint64_t, "r")
BINARY(cmp8, "cmpb %2, %0", uint8_t, "q")
BINARY(xor64, "xorq %2, %0", uint64_t, "r")

static uint64_t shifts(uint64_t h, uint64_t v, uint8_t n)
{
    uint64_t r[8] = { v, v, v, v, v, v, v, v };

    asm volatile("shlq %%cl, %0" : "+r"(r[0]) : "c"(n) : "cc");
    asm volatile("shrl %%cl, %k0" : "+r"(r[1]) : "c"(n) : "cc");
    asm volatile("sarq %%cl, %0" : "+r"(r[2]) : "c"(n) : "cc");
    asm volatile("rolw %%cl, %w0" : "+r"(r[3]) : "c"(n) : "cc");
    asm volatile("rorq %%cl, %0" : "+r"(r[4]) : "c"(n) : "cc");
    asm volatile("clc; rclq %%cl, %0" : "+r"(r[5]) : "c"(n) : "cc");
    asm volatile("stc; rcrl %%cl, %k0" : "+r"(r[6]) : "c"(n) : "cc");
    asm volatile("shldq %%cl, %1, %0" : "+r"(r[7]) : "r"(~v), "c"(n) : "cc");
    return hash_bytes(h, r, sizeof(r));
}

static uint64_t bits(uint64_t h, uint64_t v)
{
    uint64_t r[6] = { __builtin_popcountll(v), __builtin_bswap64(v), v, v, v, v };

    asm volatile("bsfq %1, %0" : "+r"(r[2]) : "r"(v | 1ull << 40) : "cc");
    asm volatile("bsrq %1, %0" : "+r"(r[3]) : "r"(v | 1) : "cc");
    asm volatile("btcq %1, %0" : "+r"(r[4]) : "r"(v >> 3) : "cc");
    asm volatile("btsl $17, %k0" : "+r"(r[5]) : : "cc");
    return hash_bytes(h, r, sizeof(r));
}

static uint64_t divisions(uint64_t h, uint64_t a, uint64_t b)
{
    int64_t r[6];

    b |= 1;
    r[0] = a / b;
    r[1] = a % b;
    r[2] = (int64_t)a / (int64_t)(b | 2);
    r[3] = (int32_t)a % (int32_t)(b | 4);
    r[4] = (unsigned __int128)a * b >> 64;
    r[5] = (__int128)(int64_t)a * (int64_t)b >> 64;
    return hash_bytes(h, r, sizeof(r));
}

static void strings(void)
{
    static char a[4096], b[4096];
    void *d = b, *s = a;
    size_t n = 1000;
    uint64_t left;

    for (int i = 0; i < 4096; i++) {
        a[i] = rnd();
    }
    asm volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
    d = b + 1000;
    n = 100;
    asm volatile("rep stosq" : "+D"(d), "+c"(n) : "a"(0x0123456789abcdefull) : "memory");
    b[700] ^= 1;
    d = b;
    s = a;
    left = 1000;
    asm volatile("repe cmpsb" : "+D"(d), "+S"(s), "+c"(left) : : "memory", "cc");
    printf("strings %016llx left %llu\n", (unsigned long long)hash_bytes(HASH_INIT, b, 4096),
           (unsigned long long)left);
    d = b;
    s = b + 3;          /* overlapping copy, forwards */
    n = 2000;
    asm volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
    d = b + 2999;       /* and backwards */
    s = b + 2990;
    n = 1000;
    asm volatile("std; rep movsb; cld" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
    printf("overlap %016llx\n", (unsigned long long)hash_bytes(HASH_INIT, b, 4096));
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

int main(void)
{
    uint64_t h = HASH_INIT;
    static uint32_t v[20000];

    for (int i = 0; i < 20000; i++) {
        uint64_t a = rnd(), b = i & 1 ? rnd() : rnd() & 15;

        h = add8(h, a, b);
        h = add16(h, a, b);
        h = add32(h, a, b);
        h = add64(h, a, b);
        h = adc64(h, a, b);
        h = sbb32(h, a, b);
        h = sub64(h, a, b);
        h = cmp8(h, a, b);
        h = xor64(h, a, b);
        h = shifts(h, a, b);
        h = bits(h, a);
        h = divisions(h, a, b);
        v[i] = a;
    }
    printf("arithmetic %016llx\n", (unsigned long long)h);
    strings();
    qsort(v, 20000, sizeof(v[0]), compare_u32);
    printf("sorted %016llx\n", (unsigned long long)hash_bytes(HASH_INIT, v, sizeof(v)));
    return 0;
}
