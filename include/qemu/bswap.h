/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Byte order. Hosts are x86-64, so cpu is little-endian; loads and stores may be unaligned. */
#ifndef QEMU_BSWAP_H
#define QEMU_BSWAP_H

#include "qemu/osdep.h"

#define bswap16(v) __builtin_bswap16(v)
#define bswap32(v) __builtin_bswap32(v)
#define bswap64(v) __builtin_bswap64(v)

#define DEFINE_ENDIAN_CONV(bits)                                                                    \
    static inline uint##bits##_t cpu_to_le##bits(uint##bits##_t v) { return v; }                    \
    static inline uint##bits##_t le##bits##_to_cpu(uint##bits##_t v) { return v; }                  \
    static inline uint##bits##_t cpu_to_be##bits(uint##bits##_t v) { return bswap##bits(v); }       \
    static inline uint##bits##_t be##bits##_to_cpu(uint##bits##_t v) { return bswap##bits(v); }     \
    static inline void cpu_to_le##bits##s(uint##bits##_t *p) { (void)p; }                           \
    static inline void le##bits##_to_cpus(uint##bits##_t *p) { (void)p; }                           \
    static inline void cpu_to_be##bits##s(uint##bits##_t *p) { *p = bswap##bits(*p); }              \
    static inline void be##bits##_to_cpus(uint##bits##_t *p) { *p = bswap##bits(*p); }
DEFINE_ENDIAN_CONV(16)
DEFINE_ENDIAN_CONV(32)
DEFINE_ENDIAN_CONV(64)
#undef DEFINE_ENDIAN_CONV

static inline int ldub_p(const void *p)
{
    return *(const uint8_t *)p;
}
static inline int ldsb_p(const void *p)
{
    return *(const int8_t *)p;
}
static inline void stb_p(void *p, uint8_t v)
{
    *(uint8_t *)p = v;
}

#define DEFINE_LDST(sz, bits, ret)                                                  \
    static inline ret ld##sz##_he_p(const void *p)                                  \
    {                                                                               \
        uint##bits##_t v;                                                           \
        memcpy(&v, p, sizeof(v));                                                   \
        return v;                                                                   \
    }                                                                               \
    static inline ret ld##sz##_le_p(const void *p) { return ld##sz##_he_p(p); }     \
    static inline ret ld##sz##_be_p(const void *p)                                  \
    {                                                                               \
        return bswap##bits(ld##sz##_he_p(p));                                       \
    }                                                                               \
    static inline ret ld##sz##_p(const void *p) { return ld##sz##_he_p(p); }
DEFINE_LDST(uw, 16, uint16_t)
DEFINE_LDST(l, 32, uint32_t)
DEFINE_LDST(q, 64, uint64_t)
#undef DEFINE_LDST
#define ldsw_le_p(p) ((int16_t)lduw_le_p(p))
#define ldsw_be_p(p) ((int16_t)lduw_be_p(p))

#define DEFINE_ST(sz, bits)                                                                                 \
    static inline void st##sz##_he_p(void *p, uint##bits##_t v) { memcpy(p, &v, sizeof(v)); }               \
    static inline void st##sz##_le_p(void *p, uint##bits##_t v) { memcpy(p, &v, sizeof(v)); }               \
    static inline void st##sz##_be_p(void *p, uint##bits##_t v) { st##sz##_he_p(p, bswap##bits(v)); }       \
    static inline void st##sz##_p(void *p, uint##bits##_t v) { memcpy(p, &v, sizeof(v)); }
DEFINE_ST(w, 16)
DEFINE_ST(l, 32)
DEFINE_ST(q, 64)
#undef DEFINE_ST

/* @sz bytes (1, 2, 4 or 8). */
uint64_t ldn_le_p(const void *p, int sz);
uint64_t ldn_be_p(const void *p, int sz);
void stn_le_p(void *p, int sz, uint64_t v);
void stn_be_p(void *p, int sz, uint64_t v);

#endif
