/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MUL IMUL DIV IDIV MULX, ADCX ADOX, sign extension of the accumulator, decimal adjustment (SDM vol. 2). */
#include "qemu/osdep.h"
#include "target/i386/tcg/int.h"

static void QEMU_NORETURN divide_error(CPUX86State *env, const X86Insn *insn)
{
    x86_sync_eip(env, insn);
    raise_exception(env, EXCP00_DIVZ);
}

/* ---- multiplication ---- */
static QEMU_ALWAYS_INLINE void mul(CPUX86State *env, unsigned size, uint64_t b)
{
    uint64_t a = rd(env, R_EAX, size);
    unsigned __int128 p = (unsigned __int128)a * b;
    uint64_t lo = zx(size, p), hi = size == 3 ? p >> 64 : (uint64_t)p >> (8 << size);

    if (size == 0) {
        wr(env, R_EAX, 1, p);
    } else {
        wr(env, R_EAX, size, lo);
        wr(env, R_EDX, size, hi);
    }
    cc_set(env, CC_MUL, size, sx(size, lo), hi != 0);
}

static QEMU_ALWAYS_INLINE void imul(CPUX86State *env, unsigned size, uint64_t b)
{
    int64_t a = sx(size, rd(env, R_EAX, size));
    __int128 p = (__int128)a * (int64_t)sx(size, b);
    uint64_t lo = sx(size, p);

    if (size == 0) {
        wr(env, R_EAX, 1, p);
    } else {
        wr(env, R_EAX, size, p);
        wr(env, R_EDX, size, size == 3 ? (uint64_t)(p >> 64) : (uint64_t)p >> (8 << size));
    }
    cc_set(env, CC_MUL, size, lo, p != (int64_t)lo);
}

static QEMU_ALWAYS_INLINE uint64_t imul2(CPUX86State *env, unsigned size, uint64_t a, uint64_t b)
{
    __int128 p = (__int128)(int64_t)sx(size, a) * (int64_t)sx(size, b);
    uint64_t lo = sx(size, p);

    cc_set(env, CC_MUL, size, lo, p != (int64_t)lo);
    return lo;
}

#define GEN_MUL(S)                                                                          \
    OP(mul_E_r_##S) { mul(env, S, rd(env, insn->rm, S)); NEXT(); }                          \
    OP(mul_E_m_##S) { mul(env, S, ld(env, insn, ea(env, insn), S)); NEXT(); }               \
    OP(imul_E_r_##S) { imul(env, S, rd(env, insn->rm, S)); NEXT(); }                        \
    OP(imul_E_m_##S) { imul(env, S, ld(env, insn, ea(env, insn), S)); NEXT(); }
SIZES4(GEN_MUL)
#define GEN_IMUL2(S)                                                                        \
    OP(imul_GE_r_##S) {                                                                     \
        wr(env, insn->reg, S, imul2(env, S, rd(env, insn->reg, S), rd(env, insn->rm, S)));  \
        NEXT();                                                                             \
    }                                                                                       \
    OP(imul_GE_m_##S) {                                                                     \
        uint64_t b = ld(env, insn, ea(env, insn), S);                                       \
        wr(env, insn->reg, S, imul2(env, S, rd(env, insn->reg, S), b));                     \
        NEXT();                                                                             \
    }                                                                                       \
    OP(imul_GEI_r_##S) {                                                                    \
        wr(env, insn->reg, S, imul2(env, S, rd(env, insn->rm, S), insn->imm));              \
        NEXT();                                                                             \
    }                                                                                       \
    OP(imul_GEI_m_##S) {                                                                    \
        uint64_t b = ld(env, insn, ea(env, insn), S);                                       \
        wr(env, insn->reg, S, imul2(env, S, b, insn->imm));                                 \
        NEXT();                                                                             \
    }
SIZES3(GEN_IMUL2)
OPSET(mul_E, .r = FN4(mul_E_r), .m = FN4(mul_E_m))
OPSET(imul_E, .r = FN4(imul_E_r), .m = FN4(imul_E_m))
OPSET(imul_GE, .r = FN3(imul_GE_r), .m = FN3(imul_GE_m))
OPSET(imul_GEI, .r = FN3(imul_GEI_r), .m = FN3(imul_GEI_m))

#define GEN_MULX(S, M, MEM)                                                                 \
    OP(mulx_##M##_##S) {                                                                    \
        unsigned __int128 p = (unsigned __int128)rd_e(env, insn, MEM, S) * rd(env, R_EDX, S); \
        wr(env, insn->vvvv, S, p);                                                          \
        wr(env, insn->reg, S, S == 3 ? (uint64_t)(p >> 64) : (uint64_t)p >> 32);            \
        NEXT();                                                                             \
    }
GEN_MULX(2, r, false) GEN_MULX(3, r, false) GEN_MULX(2, m, true) GEN_MULX(3, m, true)
OPSET(mulx_GBE, .r = { NULL, NULL, mulx_r_2, mulx_r_3 }, .m = { NULL, NULL, mulx_m_2, mulx_m_3 })

/* ---- division ---- */
static QEMU_ALWAYS_INLINE void divide(CPUX86State *env, const X86Insn *insn, unsigned size, uint64_t d)
{
    unsigned bits = 8 << size;
    unsigned __int128 n;
    uint64_t q, r;

    if (!d) {
        divide_error(env, insn);
    }
    if (size == 0) {
        n = (uint16_t)env->regs[R_EAX];
    } else {
        n = (unsigned __int128)rd(env, R_EDX, size) << bits | rd(env, R_EAX, size);
    }
    if ((uint64_t)(n >> bits) >= d) {
        divide_error(env, insn);
    }
    if (size < 3) {
        q = (uint64_t)n / d;
        r = (uint64_t)n % d;
    } else {
        q = n / d;
        r = n % d;
    }
    if (size == 0) {
        wr(env, R_EAX, 1, r << 8 | q);
    } else {
        wr(env, R_EAX, size, q);
        wr(env, R_EDX, size, r);
    }
}

static QEMU_ALWAYS_INLINE void idivide(CPUX86State *env, const X86Insn *insn, unsigned size, uint64_t v)
{
    unsigned bits = 8 << size;
    int64_t d = sx(size, v);
    __int128 n, q;
    int64_t r;

    if (!d) {
        divide_error(env, insn);
    }
    if (size == 0) {
        n = (int16_t)env->regs[R_EAX];
    } else {
        n = (__int128)((unsigned __int128)(int64_t)sx(size, rd(env, R_EDX, size)) << bits | rd(env, R_EAX, size));
    }
    if (d == -1) {                  /* the only quotient the host cannot represent either */
        q = (__int128)(-(unsigned __int128)n);
        r = 0;
        if (n == (__int128)((unsigned __int128)1 << 127)) {
            divide_error(env, insn);
        }
    } else if (n == (int64_t)n) {
        q = (int64_t)n / d;
        r = (int64_t)n % d;
    } else {
        q = n / d;
        r = n % d;
    }
    if (q != (int64_t)sx(size, q)) {
        divide_error(env, insn);
    }
    if (size == 0) {
        wr(env, R_EAX, 1, (uint64_t)(uint8_t)r << 8 | (uint8_t)q);
    } else {
        wr(env, R_EAX, size, q);
        wr(env, R_EDX, size, r);
    }
}

#define GEN_DIV(S)                                                                          \
    OP(div_E_r_##S) { divide(env, insn, S, rd(env, insn->rm, S)); NEXT(); }                 \
    OP(div_E_m_##S) { divide(env, insn, S, ld(env, insn, ea(env, insn), S)); NEXT(); }      \
    OP(idiv_E_r_##S) { idivide(env, insn, S, rd(env, insn->rm, S)); NEXT(); }               \
    OP(idiv_E_m_##S) { idivide(env, insn, S, ld(env, insn, ea(env, insn), S)); NEXT(); }
SIZES4(GEN_DIV)
OPSET(div_E, .r = FN4(div_E_r), .m = FN4(div_E_m))
OPSET(idiv_E, .r = FN4(idiv_E_r), .m = FN4(idiv_E_m))

/* ---- ADCX, ADOX ---- */
#define GEN_ADX(n, bit, S, M, MEM)                                                          \
    OP(n##_##M##_##S) {                                                                     \
        uint64_t b = rd_e(env, insn, MEM, S), a = rd(env, insn->reg, S);                    \
        uint32_t f = cc_compute(env);                                                       \
        unsigned __int128 r = (unsigned __int128)a + b + ((f & (bit)) != 0);                \
        wr(env, insn->reg, S, r);                                                           \
        cc_flags(env, (f & ~(bit)) | (r >> (8 << S) ? (bit) : 0));                          \
        NEXT();                                                                             \
    }
#define ADX(n, bit)                                                                         \
    GEN_ADX(n, bit, 2, r, false) GEN_ADX(n, bit, 3, r, false) GEN_ADX(n, bit, 2, m, true)   \
    GEN_ADX(n, bit, 3, m, true)                                                             \
    OPSET(n##_GE, .r = { NULL, n##_r_2, n##_r_2, n##_r_3 }, .m = { NULL, n##_m_2, n##_m_2, n##_m_3 })
ADX(adcx, CC_C)
ADX(adox, CC_O)

/* ---- CBW CWDE CDQE, CWD CDQ CQO ---- */
#define GEN_CBW(S)                                                                          \
    OP(cbw_##S) { wr(env, R_EAX, S, sx(S - 1, env->regs[R_EAX])); NEXT(); }                 \
    OP(cwd_##S) { wr(env, R_EDX, S, (int64_t)sx(S, env->regs[R_EAX]) < 0 ? -1 : 0); NEXT(); }
SIZES3(GEN_CBW)
OPSET(cbw, .r = FN3(cbw))
OPSET(cwd, .r = FN3(cwd))

/* ---- decimal adjustment ---- */
static uint32_t szp8(uint8_t v)
{
    return (v ? 0 : CC_Z) | (v & 0x80 ? CC_S : 0) | (__builtin_parity(v) ? 0 : CC_P);
}

static void daa_das(CPUX86State *env, bool sub)
{
    uint32_t f = cc_compute(env), out = 0;
    uint8_t old = env->regs[R_EAX], al = old;

    if ((al & 15) > 9 || (f & CC_A)) {
        out |= CC_A | (f & CC_C) | (sub ? (old < 6 ? CC_C : 0) : (old > 0xf9 ? CC_C : 0));
        al += sub ? -6 : 6;
    }
    if (old > 0x99 || (f & CC_C)) {
        al += sub ? -0x60 : 0x60;
        out |= CC_C;
    } else if (!sub) {
        out &= ~CC_C;
    }
    *x86_reg8(env, R_EAX) = al;
    cc_flags(env, out | szp8(al));
}

static void aaa_aas(CPUX86State *env, bool sub)
{
    uint32_t f = cc_compute(env);
    uint16_t ax = env->regs[R_EAX];

    if ((ax & 15) > 9 || (f & CC_A)) {
        ax += sub ? -0x106 : 0x106;
        f = CC_A | CC_C;
    } else {
        f = 0;
    }
    ax &= 0xff0f;
    wr(env, R_EAX, 1, ax);
    cc_flags(env, f | szp8(ax));
}

OP(op_daa) { daa_das(env, false); NEXT(); }
OP(op_das) { daa_das(env, true); NEXT(); }
OP(op_aaa) { aaa_aas(env, false); NEXT(); }
OP(op_aas) { aaa_aas(env, true); NEXT(); }
OP(op_aam)
{
    uint8_t base = insn->imm, al = env->regs[R_EAX];

    if (!base) {
        divide_error(env, insn);
    }
    wr(env, R_EAX, 1, (al / base) << 8 | al % base);
    cc_flags(env, szp8(al % base));
    NEXT();
}
OP(op_aad)
{
    uint16_t ax = env->regs[R_EAX];
    uint8_t al = ax + (ax >> 8) * (uint8_t)insn->imm;

    wr(env, R_EAX, 1, al);
    cc_flags(env, szp8(al));
    NEXT();
}
OPSET(daa, .r = FN1(op_daa))
OPSET(das, .r = FN1(op_das))
OPSET(aaa, .r = FN1(op_aaa))
OPSET(aas, .r = FN1(op_aas))
OPSET(aam, .r = FN1(op_aam))
OPSET(aad, .r = FN1(op_aad))
