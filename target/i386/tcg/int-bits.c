/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BT BTS BTR BTC BSF BSR, counts, BMI1/2 field operations, BSWAP MOVBE CRC32 (SDM vol. 2). */
#include "qemu/osdep.h"
#include "target/i386/tcg/int.h"

enum { BT, BTS, BTR, BTC };

static QEMU_ALWAYS_INLINE uint64_t bt_result(unsigned op, uint64_t a, uint64_t bit)
{
    return op == BTS ? a | bit : op == BTR ? a & ~bit : op == BTC ? a ^ bit : a;
}

/* The bit string form addresses the word the bit lies in. */
static QEMU_ALWAYS_INLINE uint64_t bt_addr(CPUX86State *env, const X86Insn *insn, unsigned size, uint64_t index,
                                           bool write)
{
    int64_t word = (int64_t)sx(size, index) >> (3 + size);
    uint64_t off;

    if (insn->flags & X86_EA_SIMPLE) {
        return ea(env, insn) + ((uint64_t)word << size);
    }
    off = x86_ea_offset(env, insn) + ((uint64_t)word << size);
    x86_sync_eip(env, insn);
    return write ? x86_linear_store(env, insn->seg, zx(insn->asz, off), 1 << size)
                 : x86_linear(env, insn->seg, zx(insn->asz, off), 1 << size);
}

static __attribute__((noinline)) uint64_t bt_locked(CPUX86State *env, const X86Insn *insn, uint64_t addr,
                                                    unsigned size, unsigned op, uint64_t bit)
{
    bool report = false;
    void *p = tlb_hit(env, addr, 1u << size, true);
    uint64_t a;

    if (!p) {
        p = x86_atomic_ptr(env, addr, 1u << size, insn, &report);
    }
    if (!p) {
        x86_exclusive_begin(env);
        a = x86_ld_slow(env, addr, size, insn);
        x86_st_slow(env, addr, size, bt_result(op, a, bit), insn);
        x86_exclusive_end(env);
        return a;
    }
/* Plain types: the host is x86, where a locked access may be unaligned; of an unaligned type a compiler makes a call. */
#define ATOMIC(T) (op == BTS ? __atomic_fetch_or((T *)p, bit, __ATOMIC_SEQ_CST) :           \
                   op == BTR ? __atomic_fetch_and((T *)p, ~bit, __ATOMIC_SEQ_CST) :         \
                   __atomic_fetch_xor((T *)p, bit, __ATOMIC_SEQ_CST))
    a = size == 1 ? ATOMIC(uint16_t) : size == 2 ? ATOMIC(uint32_t) : ATOMIC(uint64_t);
#undef ATOMIC
    if (report) {
        x86_atomic_done(env, addr, 1u << size);
    }
    return a;
}

static QEMU_ALWAYS_INLINE void bt_flags(CPUX86State *env, uint64_t a, uint64_t bit)
{
    keep_flags(env, CC_C, a & bit ? CC_C : 0);
}

#define BIT_IN(S, n) (1ull << ((n) & ((8 << S) - 1)))
#define GEN_BT(S, n, op)                                                                    \
    OP(n##_EG_r_##S) {                                                                      \
        uint64_t a = rd(env, insn->rm, S), bit = BIT_IN(S, env->regs[insn->reg]);              \
        if (op != BT) wr(env, insn->rm, S, bt_result(op, a, bit));                          \
        bt_flags(env, a, bit);                                                              \
        NEXT();                                                                             \
    }                                                                                       \
    OP(n##_EG_m_##S) {                                                                      \
        uint64_t i = env->regs[insn->reg], addr = bt_addr(env, insn, S, i, op != BT);       \
        uint64_t a = ld(env, insn, addr, S), bit = BIT_IN(S, i);                               \
        if (op != BT) st(env, insn, addr, S, bt_result(op, a, bit));                        \
        bt_flags(env, a, bit);                                                              \
        NEXT();                                                                             \
    }                                                                                       \
    OP(n##_EI_r_##S) {                                                                      \
        uint64_t a = rd(env, insn->rm, S), bit = BIT_IN(S, insn->imm);                         \
        if (op != BT) wr(env, insn->rm, S, bt_result(op, a, bit));                          \
        bt_flags(env, a, bit);                                                              \
        NEXT();                                                                             \
    }                                                                                       \
    OP(n##_EI_m_##S) {                                                                      \
        uint64_t addr = ea(env, insn), a = ld(env, insn, addr, S), bit = BIT_IN(S, insn->imm); \
        if (op != BT) st(env, insn, addr, S, bt_result(op, a, bit));                        \
        bt_flags(env, a, bit);                                                              \
        NEXT();                                                                             \
    }
#define GEN_BT_L(S, n, op)                                                                  \
    OP(n##_EG_l_##S) {                                                                      \
        uint64_t i = env->regs[insn->reg], bit = BIT_IN(S, i);                                 \
        bt_flags(env, bt_locked(env, insn, bt_addr(env, insn, S, i, true), S, op, bit), bit); \
        NEXT();                                                                             \
    }                                                                                       \
    OP(n##_EI_l_##S) {                                                                      \
        uint64_t bit = BIT_IN(S, insn->imm);                                                   \
        bt_flags(env, bt_locked(env, insn, ea(env, insn), S, op, bit), bit);                \
        NEXT();                                                                             \
    }
#define BITTEST(n, op)                                                                      \
    SIZES3(GEN_BT, n, op) SIZES3(GEN_BT_L, n, op)                                           \
    OPSET(n##_EG, .r = FN3(n##_EG_r), .m = FN3(n##_EG_m), .lock = FN3(n##_EG_l))            \
    OPSET(n##_EI, .r = FN3(n##_EI_r), .m = FN3(n##_EI_m), .lock = FN3(n##_EI_l))
SIZES3(GEN_BT, bt, BT)
OPSET(bt_EG, .r = FN3(bt_EG_r), .m = FN3(bt_EG_m))
OPSET(bt_EI, .r = FN3(bt_EI_r), .m = FN3(bt_EI_m))
BITTEST(bts, BTS)
BITTEST(btr, BTR)
BITTEST(btc, BTC)

/* ---- scans and counts: a zero source leaves BSF's and BSR's destination as it is ---- */
static QEMU_ALWAYS_INLINE void scan(CPUX86State *env, const X86Insn *insn, bool up, unsigned size, uint64_t v)
{
    if (v) {
        wr(env, insn->reg, size, up ? __builtin_ctzll(v) : 63 - __builtin_clzll(v));
    }
    cc_set(env, CC_LOGIC, size, sx(size, v), 0);
}

/* TZCNT and LZCNT: CF says the source was zero, ZF that the result is */
static QEMU_ALWAYS_INLINE void count(CPUX86State *env, const X86Insn *insn, bool up, unsigned size, uint64_t v)
{
    unsigned bits = 8 << size, r = !v ? bits : up ? __builtin_ctzll(v) : __builtin_clzll(v) - (64 - bits);

    wr(env, insn->reg, size, r);
    cc_flags(env, (v ? 0 : CC_C) | (r ? 0 : CC_Z));
}

#define GEN_SCAN(S)                                                                         \
    OP(bsf_r_##S) { scan(env, insn, true, S, rd_e(env, insn, false, S)); NEXT(); }          \
    OP(bsf_m_##S) { scan(env, insn, true, S, rd_e(env, insn, true, S)); NEXT(); }           \
    OP(bsr_r_##S) { scan(env, insn, false, S, rd_e(env, insn, false, S)); NEXT(); }         \
    OP(bsr_m_##S) { scan(env, insn, false, S, rd_e(env, insn, true, S)); NEXT(); }          \
    OP(tzcnt_r_##S) { count(env, insn, true, S, rd_e(env, insn, false, S)); NEXT(); }       \
    OP(tzcnt_m_##S) { count(env, insn, true, S, rd_e(env, insn, true, S)); NEXT(); }        \
    OP(lzcnt_r_##S) { count(env, insn, false, S, rd_e(env, insn, false, S)); NEXT(); }      \
    OP(lzcnt_m_##S) { count(env, insn, false, S, rd_e(env, insn, true, S)); NEXT(); }       \
    OP(popcnt_r_##S) {                                                                      \
        uint64_t v = rd_e(env, insn, false, S);                                             \
        wr(env, insn->reg, S, __builtin_popcountll(v));                                     \
        cc_flags(env, v ? 0 : CC_Z);                                                        \
        NEXT();                                                                             \
    }                                                                                       \
    OP(popcnt_m_##S) {                                                                      \
        uint64_t v = rd_e(env, insn, true, S);                                              \
        wr(env, insn->reg, S, __builtin_popcountll(v));                                     \
        cc_flags(env, v ? 0 : CC_Z);                                                        \
        NEXT();                                                                             \
    }
SIZES3(GEN_SCAN)
OPSET(bsf_GE, .r = FN3(bsf_r), .m = FN3(bsf_m))
OPSET(bsr_GE, .r = FN3(bsr_r), .m = FN3(bsr_m))
OPSET(tzcnt_GE, .r = FN3(tzcnt_r), .m = FN3(tzcnt_m))
OPSET(lzcnt_GE, .r = FN3(lzcnt_r), .m = FN3(lzcnt_m))
OPSET(popcnt_GE, .r = FN3(popcnt_r), .m = FN3(popcnt_m))

/* ---- byte order ---- */
static QEMU_ALWAYS_INLINE uint64_t swap(unsigned size, uint64_t v)
{
    return size == 1 ? __builtin_bswap16(v) : size == 2 ? __builtin_bswap32(v) : __builtin_bswap64(v);
}

OP(bswap_1) { wr(env, insn->rm, 1, 0); NEXT(); }      /* undefined; processors give zero */
OP(bswap_2) { wr(env, insn->rm, 2, swap(2, env->regs[insn->rm])); NEXT(); }
OP(bswap_3) { wr(env, insn->rm, 3, swap(3, env->regs[insn->rm])); NEXT(); }
OPSET(bswap_Z, .r = FN3(bswap))
#define GEN_MOVBE(S)                                                                        \
    OP(movbe_GM_##S) { wr(env, insn->reg, S, swap(S, rd_e(env, insn, true, S))); NEXT(); }  \
    OP(movbe_MG_##S) { st(env, insn, ea(env, insn), S, swap(S, env->regs[insn->reg])); NEXT(); }
SIZES3(GEN_MOVBE)
OPSET(movbe_GM, .m = FN3(movbe_GM))
OPSET(movbe_MG, .m = FN3(movbe_MG))

/* ---- CRC32: polynomial 11EDC6F41, reflected ---- */
static uint32_t crc32c(uint32_t crc, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes * 8; i++, v >>= 1) {
        crc = (crc ^ v) & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
    return crc;
}

#define GEN_CRC(M, MEM)                                                                     \
    OP(crc32_b_##M) {                                                                       \
        uint64_t v = rd_e(env, insn, MEM, 0);                                               \
        wr(env, insn->reg, 2, crc32c(env->regs[insn->reg], v, 1));                          \
        NEXT();                                                                             \
    }
GEN_CRC(r, false)
GEN_CRC(m, true)
#define GEN_CRCV(S)                                                                         \
    OP(crc32_v_r_##S) {                                                                     \
        wr(env, insn->reg, 2, crc32c(env->regs[insn->reg], rd_e(env, insn, false, S), 1 << S)); \
        NEXT();                                                                             \
    }                                                                                       \
    OP(crc32_v_m_##S) {                                                                     \
        uint64_t v = rd_e(env, insn, true, S);                                              \
        wr(env, insn->reg, 2, crc32c(env->regs[insn->reg], v, 1 << S));                     \
        NEXT();                                                                             \
    }
SIZES3(GEN_CRCV)
OPSET(crc32_b, .r = FN1(crc32_b_r), .m = FN1(crc32_b_m))
OPSET(crc32_v, .r = FN3(crc32_v_r), .m = FN3(crc32_v_m))

/* ---- BMI1, BMI2 fields ---- */
static uint64_t pdep(uint64_t v, uint64_t mask)
{
    uint64_t r = 0;

    for (; mask; mask &= mask - 1, v >>= 1) {
        if (v & 1) {
            r |= mask & -mask;
        }
    }
    return r;
}

static uint64_t pext(uint64_t v, uint64_t mask)
{
    uint64_t r = 0, bit = 1;

    for (; mask; mask &= mask - 1, bit <<= 1) {
        if (v & mask & -mask) {
            r |= bit;
        }
    }
    return r;
}

static QEMU_ALWAYS_INLINE uint32_t szf(unsigned size, uint64_t r)
{
    return (zx(size, r) ? 0 : CC_Z) | ((int64_t)sx(size, r) < 0 ? CC_S : 0);
}

#define GEN_BMI(S, M, MEM)                                                                  \
    OP(andn_##M##_##S) {                                                                    \
        uint64_t r = ~rd(env, insn->vvvv, S) & rd_e(env, insn, MEM, S);                     \
        wr(env, insn->reg, S, r);                                                           \
        cc_flags(env, szf(S, r));                                                           \
        NEXT();                                                                             \
    }                                                                                       \
    OP(bextr_##M##_##S) {                                                                   \
        uint64_t v = rd_e(env, insn, MEM, S), c = env->regs[insn->vvvv];                    \
        unsigned start = c & 255, n = c >> 8 & 255;                                         \
        uint64_t r = start < (8 << S) ? v >> start : 0;                                     \
        r = n < 64 ? r & ((1ull << n) - 1) : r;                                             \
        wr(env, insn->reg, S, r);                                                           \
        cc_flags(env, zx(S, r) ? 0 : CC_Z);                                                 \
        NEXT();                                                                             \
    }                                                                                       \
    OP(blsr_##M##_##S) {                                                                    \
        uint64_t v = rd_e(env, insn, MEM, S), r = v & (v - 1);                              \
        wr(env, insn->vvvv, S, r);                                                          \
        cc_flags(env, szf(S, r) | (v ? 0 : CC_C));                                          \
        NEXT();                                                                             \
    }                                                                                       \
    OP(blsmsk_##M##_##S) {                                                                  \
        uint64_t v = rd_e(env, insn, MEM, S), r = v ^ (v - 1);                              \
        wr(env, insn->vvvv, S, r);                                                          \
        cc_flags(env, (szf(S, r) & CC_S) | (v ? 0 : CC_C));                                 \
        NEXT();                                                                             \
    }                                                                                       \
    OP(blsi_##M##_##S) {                                                                    \
        uint64_t v = rd_e(env, insn, MEM, S), r = v & -v;                                   \
        wr(env, insn->vvvv, S, r);                                                          \
        cc_flags(env, szf(S, r) | (v ? CC_C : 0));                                          \
        NEXT();                                                                             \
    }                                                                                       \
    OP(bzhi_##M##_##S) {                                                                    \
        uint64_t v = rd_e(env, insn, MEM, S), r = v;                                        \
        unsigned n = env->regs[insn->vvvv] & 255;                                           \
        if (n < (8 << S)) r &= (1ull << n) - 1;                                             \
        wr(env, insn->reg, S, r);                                                           \
        cc_flags(env, szf(S, r) | (n >= (8 << S) ? CC_C : 0));                              \
        NEXT();                                                                             \
    }                                                                                       \
    OP(pdep_##M##_##S) {                                                                    \
        uint64_t mask = rd_e(env, insn, MEM, S);                                            \
        wr(env, insn->reg, S, pdep(rd(env, insn->vvvv, S), mask));                          \
        NEXT();                                                                             \
    }                                                                                       \
    OP(pext_##M##_##S) {                                                                    \
        uint64_t mask = rd_e(env, insn, MEM, S);                                            \
        wr(env, insn->reg, S, pext(rd(env, insn->vvvv, S), mask));                          \
        NEXT();                                                                             \
    }
GEN_BMI(2, r, false) GEN_BMI(3, r, false) GEN_BMI(2, m, true) GEN_BMI(3, m, true)
#define BMISET(n, sfx) OPSET(n##_##sfx, .r = { NULL, NULL, n##_r_2, n##_r_3 }, .m = { NULL, NULL, n##_m_2, n##_m_3 })
BMISET(andn, GBE)
BMISET(bextr, GEB)
BMISET(blsr, BE)
BMISET(blsmsk, BE)
BMISET(blsi, BE)
BMISET(bzhi, GEB)
BMISET(pdep, GBE)
BMISET(pext, GBE)
