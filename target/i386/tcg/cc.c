/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lazy arithmetic flags: computing them (SDM vol. 1, 3.4.3.1). cc.h has the representation. */
#include "qemu/osdep.h"
#include "target/i386/tcg/cc.h"
#include "target/i386/tcg/tcg-cpu.h"

static uint32_t szp(uint64_t r, unsigned bits)
{
    uint64_t v = r << (64 - bits);

    return (v == 0 ? CC_Z : 0) | ((int64_t)v < 0 ? CC_S : 0) |
           (__builtin_parity(r & 0xff) ? 0 : CC_P);
}

bool cc_compute_c(const CPUX86State *env)
{
    uint64_t d = env->cc_dst, s = env->cc_src;

    switch (env->cc_op >> 2) {
    case CC_EFLAGS:
        return s & CC_C;
    case CC_ADD:
    case CC_SUB:
        return d < s;
    case CC_ADC:
    case CC_SBB:
        return d <= s;
    case CC_INC:
    case CC_DEC:
    case CC_MUL:
        return s != 0;
    case CC_SHL:
        return (int64_t)s < 0;
    case CC_SHR:
        return s & 1;
    default:
        return false;
    }
}

uint32_t cc_compute(const CPUX86State *env)
{
    unsigned bits = 8u << (env->cc_op & 3);
    uint64_t d = env->cc_dst, s = env->cc_src, a, r, sign = 1ull << (bits - 1);
    unsigned kind = env->cc_op >> 2;
    uint32_t f;

    switch (kind) {
    case CC_EFLAGS:
        return s;
    case CC_ADD:
    case CC_ADC:
        a = d - s - (kind == CC_ADC);
        f = szp(d, bits) | (((a ^ d) & (s ^ d) & sign) ? CC_O : 0) | ((a ^ s ^ d) & CC_A);
        break;
    case CC_SUB:
    case CC_SBB:
        r = d - s - (kind == CC_SBB);
        f = szp(r, bits) | (((d ^ s) & (d ^ r) & sign) ? CC_O : 0) | ((d ^ s ^ r) & CC_A);
        break;
    case CC_INC:
        f = szp(d, bits) | ((d & (sign * 2 - 1)) == sign ? CC_O : 0) | ((d & 15) == 0 ? CC_A : 0);
        break;
    case CC_DEC:
        f = szp(d, bits) | ((d & (sign * 2 - 1)) == sign - 1 ? CC_O : 0) | ((d & 15) == 15 ? CC_A : 0);
        break;
    case CC_SHL:
    case CC_SHR:
        f = szp(d, bits) | (((d ^ s) & sign) ? CC_O : 0);
        break;
    case CC_MUL:
        f = szp(d, bits) | (s ? CC_O : 0);
        break;
    default:
        f = szp(d, bits);
    }
    return f | (cc_compute_c(env) ? CC_C : 0);
}

void cc_set_eflags(CPUX86State *env, uint32_t osazpc)
{
    cc_flags(env, osazpc & CC_OSZAPC);
}

uint32_t cpu_compute_eflags(CPUX86State *env)
{
    return (env->eflags & ~(target_ulong)CC_OSZAPC) | (cc_compute(env) & CC_OSZAPC) | 2;
}

void cpu_load_eflags(CPUX86State *env, uint32_t eflags, uint32_t update_mask)
{
    uint32_t old = env->eflags;

    if (update_mask & CC_OSZAPC) {
        cc_flags(env, (cc_compute(env) & ~update_mask & CC_OSZAPC) | (eflags & update_mask & CC_OSZAPC));
    }
    update_mask &= ~CC_OSZAPC;
    env->eflags = ((env->eflags & ~(target_ulong)update_mask) | (eflags & update_mask) | 2) &
                  ~(target_ulong)CC_OSZAPC;
    env->df = env->eflags & DF_MASK ? -1 : 1;
    if ((old ^ env->eflags) & (VM_MASK | IOPL_MASK | TF_MASK | RF_MASK | AC_MASK)) {
        x86_update_hflags(env);
    }
}
