// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SYSCALL/SYSRET and SYSENTER/SYSEXIT (SDM vol. 2; AMD APM vol. 3 for the legacy-mode forms).
 * Segments are loaded flat without reading descriptors, as the manuals say.
 */
#include "qemu/osdep.h"
#include "target/i386/cpu-leaves.h"
#include "target/i386/tcg/seg.h"
#include "target/i386/tcg/sys.h"

#define FLAT (DESC_G_MASK | DESC_P_MASK | DESC_S_MASK | DESC_A_MASK)

static void flat_cs(CPUX86State *env, unsigned selector, unsigned dpl, bool code64)
{
    cpu_x86_load_seg_cache(env, R_CS, selector, 0, UINT32_MAX,
                           FLAT | dpl << DESC_DPL_SHIFT | DESC_CS_MASK | DESC_R_MASK |
                           (code64 ? DESC_L_MASK : DESC_B_MASK));
}

static void flat_ss(CPUX86State *env, unsigned selector, unsigned dpl)
{
    cpu_x86_load_seg_cache(env, R_SS, selector, 0, UINT32_MAX,
                           FLAT | dpl << DESC_DPL_SHIFT | DESC_W_MASK | DESC_B_MASK);
}

static bool is_intel(const CPUX86State *env)
{
    return env->cpuid_vendor1 == CPUID_VENDOR_INTEL_1;
}

void helper_syscall(CPUX86State *env, const X86Insn *insn)
{
    unsigned selector = env->star >> 32 & 0xfffc;
    target_ulong next = x86_next_eip(env, insn);
    bool code64 = x86_code64(env);

    if (!(env->efer & MSR_EFER_SCE) || !(env->hflags & HF_PE_MASK) || (is_intel(env) && !code64)) {
        raise_exception(env, EXCP06_ILLOP);
    }
    env->regs[R_ECX] = code64 ? next : (uint32_t)next;
    if (x86_long_mode(env)) {
        env->regs[R_R11] = cpu_compute_eflags(env) & ~(uint32_t)RF_MASK;
        cpu_load_eflags(env, 0, env->fmask | RF_MASK);
        flat_cs(env, selector, 0, true);
        env->eip = code64 ? env->lstar : env->cstar;
    } else {
        cpu_load_eflags(env, 0, IF_MASK | RF_MASK | VM_MASK);
        flat_cs(env, selector, 0, false);
        env->eip = (uint32_t)env->star;
    }
    flat_ss(env, selector + 8, 0);
}

void helper_sysret(CPUX86State *env, const X86Insn *insn)
{
    unsigned selector = env->star >> 48;

    if (!(env->efer & MSR_EFER_SCE) || (is_intel(env) && !x86_code64(env))) {
        raise_exception(env, EXCP06_ILLOP);
    }
    if (!(env->cr[0] & CR0_PE_MASK) || x86_cpl(env)) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    if (x86_code64(env) && insn->flags & X86_REX_W) {
        if (!x86_is_canonical(env, env->regs[R_ECX])) {
            raise_exception_err(env, EXCP0D_GPF, 0);
        }
        flat_cs(env, (selector + 16) | 3, 3, true);
        env->eip = env->regs[R_ECX];
    } else {
        flat_cs(env, selector | 3, 3, false);
        env->eip = (uint32_t)env->regs[R_ECX];
    }
    flat_ss(env, (selector + 8) | 3, 3);
    if (x86_long_mode(env)) {
        cpu_load_eflags(env, env->regs[R_R11],
                        TF_MASK | IF_MASK | IOPL_MASK | NT_MASK | DF_MASK | AC_MASK | ID_MASK | RF_MASK | CC_OSZAPC |
                        VIF_MASK | VIP_MASK);
        cpu_load_eflags(env, 0, RF_MASK);
    } else {
        cpu_load_eflags(env, IF_MASK, IF_MASK);
    }
}

void helper_sysenter(CPUX86State *env, const X86Insn *insn)
{
    unsigned selector = env->sysenter_cs & 0xfffc;

    if (!selector) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    cpu_load_eflags(env, 0, VM_MASK | IF_MASK | RF_MASK);
    flat_cs(env, selector, 0, x86_long_mode(env));
    flat_ss(env, selector + 8, 0);
    x86_update_hflags(env);
    env->regs[R_ESP] = x86_long_mode(env) ? env->sysenter_esp : (uint32_t)env->sysenter_esp;
    env->eip = x86_long_mode(env) ? env->sysenter_eip : (uint32_t)env->sysenter_eip;
}

void helper_sysexit(CPUX86State *env, const X86Insn *insn)
{
    unsigned selector = env->sysenter_cs & 0xfffc;
    bool to64 = insn->flags & X86_REX_W && x86_code64(env);

    if (!selector || x86_cpl(env)) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    if (to64 && (!x86_is_canonical(env, env->regs[R_ECX]) || !x86_is_canonical(env, env->regs[R_EDX]))) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    flat_cs(env, (selector + (to64 ? 32 : 16)) | 3, 3, to64);
    flat_ss(env, (selector + (to64 ? 40 : 24)) | 3, 3);
    env->eip = to64 ? env->regs[R_EDX] : (uint32_t)env->regs[R_EDX];
    env->regs[R_ESP] = to64 ? env->regs[R_ECX] : (uint32_t)env->regs[R_ECX];
}
