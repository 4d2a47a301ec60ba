/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lazy arithmetic flags. An instruction stores its operands or result and what kind of operation it was; flags are
 * computed when something reads them. cc_op = kind << 2 | log2 of the operand size. cc_dst and cc_src hold values
 * sign-extended from that size to 64 bits: signed and unsigned order are those of the narrow values, so most
 * conditions need no size.
 *
 *   kind     cc_dst             cc_src                 CF              OF
 *   EFLAGS   -                  the six flags          stored          stored
 *   ADD      result r           operand b              r < b           sign of (a^r)&(b^r), a = r - b
 *   ADC      result r = a+b+1   operand b              r <= b          likewise, a = r - b - 1
 *   SUB      operand a          operand b              a < b           sign of (a^b)&(a^r), r = a - b
 *   SBB      operand a          operand b              a <= b          likewise, r = a - b - 1
 *   LOGIC    result             -                      0               0
 *   INC,DEC  result             CF before              kept            r is the least, the greatest
 *   SHL      result             value before the last  sign of src     sign of src ^ dst
 *   SHR      result               one-bit step         bit 0 of src    sign of src ^ dst
 *   MUL      low half           not zero: overflow     src != 0        src != 0
 */
#ifndef TARGET_I386_TCG_CC_H
#define TARGET_I386_TCG_CC_H

#include "target/i386/cpu.h"

enum {
    CC_EFLAGS, CC_ADD, CC_ADC, CC_SUB, CC_SBB, CC_LOGIC, CC_INC, CC_DEC, CC_SHL, CC_SHR, CC_MUL,
};

uint32_t cc_compute(const CPUX86State *env);    /* all six */
bool cc_compute_c(const CPUX86State *env);

static QEMU_ALWAYS_INLINE void cc_set(CPUX86State *env, unsigned kind, unsigned size, uint64_t dst, uint64_t src)
{
    env->cc_op = kind << 2 | size;
    env->cc_dst = dst;
    env->cc_src = src;
}

static inline void cc_flags(CPUX86State *env, uint32_t flags)
{
    env->cc_op = CC_EFLAGS << 2;
    env->cc_src = flags;
}

static QEMU_ALWAYS_INLINE bool cc_z(const CPUX86State *env)
{
    unsigned kind = env->cc_op >> 2;

    if (likely(kind == CC_SUB)) {
        return env->cc_dst == env->cc_src;
    }
    if (likely(kind != CC_EFLAGS && kind != CC_SBB)) {
        return env->cc_dst == 0;
    }
    return cc_compute(env) & CC_Z;
}

static QEMU_ALWAYS_INLINE bool cc_c(const CPUX86State *env)
{
    unsigned kind = env->cc_op >> 2;

    if (likely(kind == CC_SUB)) {
        return env->cc_dst < env->cc_src;
    }
    if (kind == CC_LOGIC) {
        return false;
    }
    return cc_compute_c(env);
}

static QEMU_ALWAYS_INLINE bool cc_s(const CPUX86State *env)
{
    unsigned kind = env->cc_op >> 2;

    if (likely(kind != CC_EFLAGS && kind != CC_SUB && kind != CC_SBB)) {
        return (int64_t)env->cc_dst < 0;
    }
    return cc_compute(env) & CC_S;
}

static QEMU_ALWAYS_INLINE bool cc_be(const CPUX86State *env)
{
    return env->cc_op >> 2 == CC_SUB ? env->cc_dst <= env->cc_src : cc_c(env) || cc_z(env);
}

static QEMU_ALWAYS_INLINE bool cc_l(const CPUX86State *env)
{
    unsigned kind = env->cc_op >> 2;
    uint32_t f;

    if (likely(kind == CC_SUB)) {
        return (int64_t)env->cc_dst < (int64_t)env->cc_src;
    }
    if (kind == CC_LOGIC) {
        return (int64_t)env->cc_dst < 0;
    }
    f = cc_compute(env);
    return !(f & CC_S) != !(f & CC_O);
}

static QEMU_ALWAYS_INLINE bool cc_le(const CPUX86State *env)
{
    unsigned kind = env->cc_op >> 2;
    uint32_t f;

    if (likely(kind == CC_SUB)) {
        return (int64_t)env->cc_dst <= (int64_t)env->cc_src;
    }
    if (kind == CC_LOGIC) {
        return (int64_t)env->cc_dst <= 0;
    }
    f = cc_compute(env);
    return (f & CC_Z) || !(f & CC_S) != !(f & CC_O);
}

/* Condition @cc of Jcc, SETcc, CMOVcc (SDM vol. 2, appendix B.1); constant in its callers. */
static QEMU_ALWAYS_INLINE bool cc_test(const CPUX86State *env, unsigned cc)
{
    bool r;

    switch (cc >> 1) {
    case 0:
        r = cc_compute(env) & CC_O;
        break;
    case 1:
        r = cc_c(env);
        break;
    case 2:
        r = cc_z(env);
        break;
    case 3:
        r = cc_be(env);
        break;
    case 4:
        r = cc_s(env);
        break;
    case 5:
        r = cc_compute(env) & CC_P;
        break;
    case 6:
        r = cc_l(env);
        break;
    default:
        r = cc_le(env);
    }
    return r ^ (cc & 1);
}

#endif
