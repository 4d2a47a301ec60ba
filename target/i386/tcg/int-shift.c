/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ROL ROR RCL RCR SHL SHR SAR SHLD SHRD and the BMI2 shifts (SDM vol. 2). OF is defined for a count of one only;
 * elsewhere we give what the same formula gives. */
#include "qemu/osdep.h"
#include "target/i386/tcg/int.h"

enum { ROL, ROR, RCL, RCR, SHL, SHR, SAR };

typedef struct Shifted {
    uint64_t r;
    uint64_t src;           /* shifts: cc_src */
    uint32_t flags;         /* rotates: CF and OF */
    bool set;               /* flags change */
} Shifted;

static QEMU_ALWAYS_INLINE Shifted shift(CPUX86State *env, unsigned op, unsigned size, uint64_t a, unsigned count)
{
    unsigned bits = 8u << size, n = count & (size == 3 ? 63 : 31);
    Shifted s = { .r = a, .set = n != 0 };
    bool cf, msb;

    if (!n) {
        return s;
    }
    switch (op) {
    case SHL:
        s.src = n - 1 < bits ? sx(size, a << (n - 1)) : 0;
        s.r = n < 64 ? a << n : 0;
        return s;
    case SHR:
        s.src = a >> (n - 1);
        s.r = a >> n;
        if (n == 1) {
            s.src = sx(size, s.src);
        }
        return s;
    case SAR:
        s.src = (int64_t)sx(size, a) >> (n - 1);
        s.r = (int64_t)sx(size, a) >> n;
        return s;
    case ROL:
        n &= bits - 1;
        s.r = n ? a << n | a >> (bits - n) : a;
        cf = s.r & 1;
        msb = s.r >> (bits - 1) & 1;
        s.flags = (cf ? CC_C : 0) | (cf != msb ? CC_O : 0);
        return s;
    case ROR:
        n &= bits - 1;
        s.r = n ? a >> n | a << (bits - n) : a;
        cf = s.r >> (bits - 1) & 1;
        msb = s.r >> (bits - 2) & 1;
        s.flags = (cf ? CC_C : 0) | (cf != msb ? CC_O : 0);
        return s;
    default: {
        unsigned m = n % (bits + 1);

        cf = cc_c(env);
        for (unsigned i = 0; i < m; i++) {
            bool out = op == RCL ? s.r >> (bits - 1) & 1 : s.r & 1;

            s.r = op == RCL ? zx(size, s.r << 1 | cf) : s.r >> 1 | (uint64_t)cf << (bits - 1);
            cf = out;
        }
        msb = s.r >> (bits - 1) & 1;
        s.flags = (cf ? CC_C : 0) |
                  ((op == RCL ? msb != cf : msb != (s.r >> (bits - 2) & 1)) ? CC_O : 0);
        return s;
    }
    }
}

static QEMU_ALWAYS_INLINE void shift_flags(CPUX86State *env, unsigned op, unsigned size, Shifted s)
{
    if (op < SHL) {
        keep_flags(env, CC_C | CC_O, s.flags);
    } else {
        cc_set(env, op == SHL ? CC_SHL : CC_SHR, size, sx(size, s.r), s.src);
    }
}

#define GEN_SHIFT(S, n, op, how, cnt)                                                       \
    OP(n##_E##how##_r_##S) {                                                                \
        Shifted s = shift(env, op, S, rd(env, insn->rm, S), cnt);                           \
        wr(env, insn->rm, S, s.r);                                                          \
        if (s.set) shift_flags(env, op, S, s);                                              \
        NEXT();                                                                             \
    }                                                                                       \
    OP(n##_E##how##_m_##S) {                                                                \
        uint64_t addr = ea(env, insn);                                                      \
        Shifted s = shift(env, op, S, ld(env, insn, addr, S), cnt);                         \
        if (s.set) {                                                                        \
            st(env, insn, addr, S, s.r);                                                    \
            shift_flags(env, op, S, s);                                                     \
        }                                                                                   \
        NEXT();                                                                             \
    }
#define SHIFTS(n, op)                                                                       \
    SIZES4(GEN_SHIFT, n, op, I, insn->imm) SIZES4(GEN_SHIFT, n, op, 1, 1)                   \
    SIZES4(GEN_SHIFT, n, op, C, env->regs[R_ECX])                                           \
    OPSET(n##_EI, .r = FN4(n##_EI_r), .m = FN4(n##_EI_m))                                   \
    OPSET(n##_E1, .r = FN4(n##_E1_r), .m = FN4(n##_E1_m))                                   \
    OPSET(n##_EC, .r = FN4(n##_EC_r), .m = FN4(n##_EC_m))
SHIFTS(rol, ROL)
SHIFTS(ror, ROR)
SHIFTS(rcl, RCL)
SHIFTS(rcr, RCR)
SHIFTS(shl, SHL)
SHIFTS(shr, SHR)
SHIFTS(sar, SAR)

/* ---- double shifts; a 16-bit count above 16 is undefined: we rotate through both operands ---- */
static QEMU_ALWAYS_INLINE Shifted double_shift(bool left, unsigned size, uint64_t a, uint64_t b, unsigned count)
{
    unsigned bits = 8u << size, n = count & (size == 3 ? 63 : 31);
    Shifted s = { .r = a, .set = n != 0 };

    if (!n) {
        return s;
    }
    if (size == 1) {
        uint64_t v = left ? a << 32 | b << 16 | a : a << 32 | b << 16 | a;

        if (left) {
            s.src = sx(1, v << (n - 1) >> 32);
            s.r = v << n >> 32;
        } else {
            s.src = v >> (n - 1);
            s.r = v >> n;
            if (n == 1) {
                s.src = sx(1, s.src);
            }
        }
        return s;
    }
    if (left) {
        s.src = sx(size, a << (n - 1) | (n > 1 ? b >> (bits - n + 1) : 0));
        s.r = a << n | b >> (bits - n);
    } else {
        s.src = a >> (n - 1) | (n > 1 ? b << (bits - n + 1) : 0);
        s.r = a >> n | b << (bits - n);
        s.src = sx(size, s.src);
    }
    return s;
}

#define GEN_DSHIFT(S, n, left, how, cnt)                                                    \
    OP(n##_##how##_r_##S) {                                                                 \
        Shifted s = double_shift(left, S, rd(env, insn->rm, S), rd(env, insn->reg, S), cnt); \
        wr(env, insn->rm, S, s.r);                                                          \
        if (s.set) shift_flags(env, left ? SHL : SHR, S, s);                                \
        NEXT();                                                                             \
    }                                                                                       \
    OP(n##_##how##_m_##S) {                                                                 \
        uint64_t addr = ea(env, insn);                                                      \
        Shifted s = double_shift(left, S, ld(env, insn, addr, S), rd(env, insn->reg, S), cnt); \
        if (s.set) {                                                                        \
            st(env, insn, addr, S, s.r);                                                    \
            shift_flags(env, left ? SHL : SHR, S, s);                                       \
        }                                                                                   \
        NEXT();                                                                             \
    }
SIZES3(GEN_DSHIFT, shld, true, I, insn->imm)
SIZES3(GEN_DSHIFT, shld, true, C, env->regs[R_ECX])
SIZES3(GEN_DSHIFT, shrd, false, I, insn->imm)
SIZES3(GEN_DSHIFT, shrd, false, C, env->regs[R_ECX])
OPSET(shld_I, .r = FN3(shld_I_r), .m = FN3(shld_I_m))
OPSET(shld_C, .r = FN3(shld_C_r), .m = FN3(shld_C_m))
OPSET(shrd_I, .r = FN3(shrd_I_r), .m = FN3(shrd_I_m))
OPSET(shrd_C, .r = FN3(shrd_C_r), .m = FN3(shrd_C_m))

/* ---- BMI2: no flags ---- */
#define GEN_X(S, M, MEM)                                                                    \
    OP(rorx_##M##_##S) {                                                                    \
        uint64_t v = rd_e(env, insn, MEM, S);                                               \
        unsigned n = insn->imm & ((8 << S) - 1);                                            \
        wr(env, insn->reg, S, n ? v >> n | v << ((8 << S) - n) : v);                        \
        NEXT();                                                                             \
    }                                                                                       \
    OP(sarx_##M##_##S) {                                                                    \
        uint64_t v = rd_e(env, insn, MEM, S);                                               \
        wr(env, insn->reg, S, (int64_t)sx(S, v) >> (env->regs[insn->vvvv] & ((8 << S) - 1))); \
        NEXT();                                                                             \
    }                                                                                       \
    OP(shlx_##M##_##S) {                                                                    \
        uint64_t v = rd_e(env, insn, MEM, S);                                               \
        wr(env, insn->reg, S, v << (env->regs[insn->vvvv] & ((8 << S) - 1)));               \
        NEXT();                                                                             \
    }                                                                                       \
    OP(shrx_##M##_##S) {                                                                    \
        uint64_t v = rd_e(env, insn, MEM, S);                                               \
        wr(env, insn->reg, S, v >> (env->regs[insn->vvvv] & ((8 << S) - 1)));               \
        NEXT();                                                                             \
    }
GEN_X(2, r, false) GEN_X(3, r, false) GEN_X(2, m, true) GEN_X(3, m, true)
#define FN2(f) { NULL, NULL, f##_2, f##_3 }
OPSET(rorx_GEI, .r = FN2(rorx_r), .m = FN2(rorx_m))
OPSET(sarx_GEB, .r = FN2(sarx_r), .m = FN2(sarx_m))
OPSET(shlx_GEB, .r = FN2(shlx_r), .m = FN2(shlx_m))
OPSET(shrx_GEB, .r = FN2(shrx_r), .m = FN2(shrx_m))
