// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control registers, TLB and cache instructions, flags, halting, CPUID, time and random numbers
 * (SDM vol. 2 by instruction; vol. 3, 2.5 for the checks on control registers).
 */
#include "qemu/osdep.h"
#include <sys/random.h>
#include "hw/i386/apic.h"
#include "qemu/main-loop.h"
#include "target/i386/tcg/seg.h"
#include "target/i386/tcg/sys.h"

static void gp0(CPUX86State *env) QEMU_NORETURN;
static void gp0(CPUX86State *env)
{
    raise_exception_err(env, EXCP0D_GPF, 0);
}

static unsigned mode_size(CPUX86State *env)
{
    return x86_code64(env) ? 3 : 2;
}

/* ---- control registers ---- */

static void check_cr0(CPUX86State *env, uint64_t v)
{
    bool enabling_paging = !(env->cr[0] & CR0_PG_MASK) && v & CR0_PG_MASK;

    if (v >> 32 || (v & CR0_PG_MASK && !(v & CR0_PE_MASK)) || (v & CR0_NW_MASK && !(v & CR0_CD_MASK))) {
        gp0(env);
    }
    if (enabling_paging && env->efer & MSR_EFER_LME &&
        (!(env->cr[4] & CR4_PAE_MASK) || env->segs[R_CS].flags & DESC_L_MASK)) {
        gp0(env);
    }
    if (!(v & CR0_PG_MASK) && env->cr[0] & CR0_PG_MASK && (x86_code64(env) || env->cr[4] & CR4_PCIDE_MASK)) {
        gp0(env);
    }
}

static void write_cr0(CPUX86State *env, uint64_t v)
{
    check_cr0(env, v);
    cpu_x86_update_cr0(env, v);
}

/* Bit 63 with CR4.PCIDE: the new PCID's translations may be kept. */
static void write_cr3(CPUX86State *env, uint64_t v)
{
    X86CPU *cpu = env_archcpu(env);
    bool pcide = env->cr[4] & CR4_PCIDE_MASK, keep = pcide && v >> 63;

    if (x86_long_mode(env)) {
        if (pcide) {
            v &= ~(1ull << 63);
        }
        if (v >> cpu->phys_bits) {
            gp0(env);
        }
    } else {
        v = (uint32_t)v;
    }
    env->cr[3] = v;
    env->pdptrs_valid = false;
    if (pcide) {
        x86_tlb_switch_pcid(env, keep);
    } else {
        x86_tlb_flush_nonglobal(env);
    }
}

static uint64_t cr4_allowed(const CPUX86State *env)
{
    static const struct {
        uint32_t bits;
        FeatureWord word;
        uint8_t bit;
    } rows[] = {
        { CR4_VME_MASK | CR4_PVI_MASK, FEAT_1_EDX, 1 }, { CR4_TSD_MASK, FEAT_1_EDX, 4 }, { CR4_DE_MASK, FEAT_1_EDX, 2 },
        { CR4_PSE_MASK, FEAT_1_EDX, 3 }, { CR4_PAE_MASK, FEAT_1_EDX, 6 }, { CR4_MCE_MASK, FEAT_1_EDX, 7 },
        { CR4_PGE_MASK, FEAT_1_EDX, 13 }, { CR4_OSFXSR_MASK, FEAT_1_EDX, 24 },
        { CR4_OSXMMEXCPT_MASK, FEAT_1_EDX, 25 }, { CR4_UMIP_MASK, FEAT_7_0_ECX, 2 },
        { CR4_LA57_MASK, FEAT_7_0_ECX, 16 }, { CR4_FSGSBASE_MASK, FEAT_7_0_EBX, 0 },
        { CR4_PCIDE_MASK, FEAT_1_ECX, 17 }, { CR4_OSXSAVE_MASK, FEAT_1_ECX, 26 }, { CR4_SMEP_MASK, FEAT_7_0_EBX, 7 },
        { CR4_SMAP_MASK, FEAT_7_0_EBX, 20 }, { CR4_PKE_MASK, FEAT_7_0_ECX, 3 },
    };
    uint64_t allowed = CR4_PCE_MASK;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        allowed |= x86_has_feature(env, rows[i].word, rows[i].bit) ? rows[i].bits : 0;
    }
    return allowed;
}

static void write_cr4(CPUX86State *env, uint64_t v)
{
    uint64_t changed = env->cr[4] ^ v;

    if (v & ~cr4_allowed(env)) {
        gp0(env);
    }
    if (x86_long_mode(env) && (!(v & CR4_PAE_MASK) || changed & CR4_LA57_MASK)) {
        gp0(env);
    }
    if (changed & v & CR4_PCIDE_MASK && (!x86_long_mode(env) || env->cr[3] & 0xfff)) {
        gp0(env);
    }
    cpu_x86_update_cr4(env, v);
}

static void write_cr8(CPUX86State *env, uint64_t v)
{
    if (v >> 4) {
        gp0(env);
    }
    bql_lock();
    cpu_set_apic_tpr(env_archcpu(env)->apic_state, v);
    bql_unlock();
}

/* LOCK MOV CR0 is another name of CR8 on AMD's processors without REX. */
static unsigned control_reg(CPUX86State *env, const X86Insn *insn)
{
    unsigned reg = insn->reg;

    if (reg == 0 && insn->flags & X86_PFX_LOCK && x86_has_feature(env, FEAT_8000_0001_ECX, 4)) {
        reg = 8;
    }
    if (reg == 1 || (reg > 4 && reg != 8)) {
        raise_exception(env, EXCP06_ILLOP);
    }
    return reg;
}

void helper_mov_rc(CPUX86State *env, const X86Insn *insn)
{
    unsigned reg = control_reg(env, insn);
    uint64_t v = reg == 8 ? cpu_get_apic_tpr(env_archcpu(env)->apic_state) : env->cr[reg];

    x86_set_reg(env, insn->rm, mode_size(env), v);
}

void helper_mov_cr(CPUX86State *env, const X86Insn *insn)
{
    uint64_t v = x86_get_reg(env, insn->rm, mode_size(env));

    switch (control_reg(env, insn)) {
    case 0:
        write_cr0(env, v);
        break;
    case 2:
        env->cr[2] = v;
        break;
    case 3:
        write_cr3(env, v);
        break;
    case 4:
        write_cr4(env, v);
        break;
    case 8:
        write_cr8(env, v);
        break;
    }
}

/* LMSW writes the low four bits and cannot clear PE. */
void helper_lmsw(CPUX86State *env, const X86Insn *insn)
{
    uint32_t v = x86_get_rm(env, insn, 1);

    write_cr0(env, (env->cr[0] & ~0xeull) | (v & 0xf));
}

void helper_clts(CPUX86State *env, const X86Insn *insn)
{
    cpu_x86_update_cr0(env, env->cr[0] & ~(uint64_t)CR0_TS_MASK);
}

/* ---- debug registers: SDM vol. 3, 17.2 ---- */

static unsigned debug_reg(CPUX86State *env, const X86Insn *insn)
{
    unsigned reg = insn->reg;

    if (reg > 7 || ((reg == 4 || reg == 5) && env->cr[4] & CR4_DE_MASK)) {
        raise_exception(env, EXCP06_ILLOP);
    }
    if (env->dr[7] & DR7_GD) {
        env->dr[7] &= ~(uint64_t)DR7_GD;
        env->dr[6] |= DR6_BD;
        raise_exception(env, EXCP01_DB);
    }
    return reg == 4 ? 6 : reg == 5 ? 7 : reg;
}

void helper_mov_rd(CPUX86State *env, const X86Insn *insn)
{
    x86_set_reg(env, insn->rm, mode_size(env), env->dr[debug_reg(env, insn)]);
}

void helper_mov_dr(CPUX86State *env, const X86Insn *insn)
{
    unsigned reg = debug_reg(env, insn);
    uint64_t v = x86_get_reg(env, insn->rm, mode_size(env));

    if (reg >= 6 && v >> 32) {
        gp0(env);
    }
    if (reg < 4) {
        env->dr[reg] = v;
        x86_update_hw_breakpoints(env);
    } else if (reg == 6) {
        env->dr[6] = (v & ~0x1000ull) | DR6_FIXED_1;
    } else {
        cpu_x86_update_dr7(env, (v & 0xffff2fff) | DR7_FIXED_1);
        x86_update_hw_breakpoints(env);
    }
}

/* ---- TLB and caches ---- */

void helper_invlpg(CPUX86State *env, const X86Insn *insn)
{
    x86_tlb_flush_page(env, x86_ea(env, insn));
}

void helper_invpcid(CPUX86State *env, const X86Insn *insn)
{
    uint64_t type = x86_get_reg(env, insn->reg, mode_size(env));
    target_ulong ea = x86_ea(env, insn);
    uint64_t pcid = x86_ldq(env, ea), addr = x86_ldq(env, ea + 8);

    if (type > 3 || pcid >> 12 || (type == 0 && !x86_is_canonical(env, addr)) ||
        (type < 2 && pcid && !(env->cr[4] & CR4_PCIDE_MASK))) {
        gp0(env);
    }
    if (type == 0) {
        x86_tlb_flush_page(env, addr);
    } else if (type == 1) {
        x86_tlb_flush_pcid(env, pcid);
    } else if (type == 2) {
        x86_tlb_flush(env);
    } else {
        x86_tlb_flush_nonglobal(env);
    }
}

void helper_wbinvd(CPUX86State *env, const X86Insn *insn)
{
}

void helper_serialize(CPUX86State *env, const X86Insn *insn)
{
}

void helper_clzero(CPUX86State *env, const X86Insn *insn)
{
    static const uint8_t zeros[64];
    target_ulong offset = x86_get_reg(env, R_EAX, insn->asz) & ~63ull;

    x86_st_bytes(env, x86_linear_store(env, insn->flags & X86_PFX_SEG ? insn->seg : R_DS, offset, 64), zeros, 64);
}

/* ---- flags ---- */

static unsigned iopl(const CPUX86State *env)
{
    return env->eflags >> IOPL_SHIFT & 3;
}

/* CLI and STI: CPL (or, in virtual-8086 mode, 3) must not exceed IOPL. */
static void check_iopl(CPUX86State *env)
{
    if (env->hflags & HF_PE_MASK && x86_cpl(env) > iopl(env)) {
        gp0(env);
    }
}

void helper_cli(CPUX86State *env, const X86Insn *insn)
{
    check_iopl(env);
    cpu_load_eflags(env, 0, IF_MASK);
}

void helper_sti(CPUX86State *env, const X86Insn *insn)
{
    check_iopl(env);
    if (!(env->eflags & IF_MASK)) {
        env->hflags |= HF_INHIBIT_IRQ_MASK;
        cpu_load_eflags(env, IF_MASK, IF_MASK);
    }
}

void helper_clac(CPUX86State *env, const X86Insn *insn)
{
    if (x86_cpl(env)) {
        raise_exception(env, EXCP06_ILLOP);
    }
    cpu_load_eflags(env, 0, AC_MASK);
}

void helper_stac(CPUX86State *env, const X86Insn *insn)
{
    if (x86_cpl(env)) {
        raise_exception(env, EXCP06_ILLOP);
    }
    cpu_load_eflags(env, AC_MASK, AC_MASK);
}

static void check_vm86_flags(CPUX86State *env)
{
    if (env->eflags & VM_MASK && iopl(env) < 3) {
        gp0(env);
    }
}

void helper_pushf(CPUX86State *env, const X86Insn *insn)
{
    X86Stack s = x86_current_stack(env);

    check_vm86_flags(env);
    x86_push(env, &s, insn->osz, cpu_compute_eflags(env) & ~(uint32_t)(VM_MASK | RF_MASK));
    x86_commit_sp(env, &s);
}

void helper_popf(CPUX86State *env, const X86Insn *insn)
{
    X86Stack s = x86_current_stack(env);
    uint32_t mask = TF_MASK | AC_MASK | ID_MASK | NT_MASK | DF_MASK | CC_OSZAPC;
    uint64_t v;

    check_vm86_flags(env);
    if (!(env->hflags & HF_PE_MASK) || (!x86_cpl(env) && !(env->eflags & VM_MASK))) {
        mask |= IF_MASK | IOPL_MASK;
    } else if (x86_cpl(env) <= iopl(env)) {
        mask |= IF_MASK;
    }
    if (insn->osz == 1) {
        mask &= 0xffff;
    }
    v = x86_pop(env, &s, insn->osz);
    x86_commit_sp(env, &s);
    cpu_load_eflags(env, 0, insn->osz == 1 ? 0 : RF_MASK);
    cpu_load_eflags(env, v, mask);
}

/* ---- halting ---- */

static void halt(CPUX86State *env, const X86Insn *insn) QEMU_NORETURN;
static void halt(CPUX86State *env, const X86Insn *insn)
{
    env->eip = x86_next_eip(env, insn);
    env->hflags &= ~HF_INHIBIT_IRQ_MASK;        /* STI; HLT must not sleep through the interrupt */
    env_cpu(env)->halted = 1;
    x86_exit_loop(env, EXCP_HLT);
}

void helper_hlt(CPUX86State *env, const X86Insn *insn)
{
    halt(env, insn);
}

static void ud_outside_kernel(CPUX86State *env)
{
    if (x86_cpl(env)) {
        raise_exception(env, EXCP06_ILLOP);
    }
}

void helper_monitor(CPUX86State *env, const X86Insn *insn)
{
    ud_outside_kernel(env);
    if ((uint32_t)env->regs[R_ECX]) {
        gp0(env);
    }
    x86_ldb(env, x86_linear(env, insn->flags & X86_PFX_SEG ? insn->seg : R_DS,
                            x86_get_reg(env, R_EAX, insn->asz), 1));
}

/*
 * The monitored store may come from another CPU: we do not watch for it. With one CPU that takes interrupts sleeping is
 * right; else MWAIT returns at once, as it may for any reason. With IF clear it must: ECX bit 0 makes masked interrupts
 * end it.
 */
void helper_mwait(CPUX86State *env, const X86Insn *insn)
{
    ud_outside_kernel(env);
    if ((uint32_t)env->regs[R_ECX] & ~1u) {
        gp0(env);
    }
    if (!CPU_NEXT(first_cpu) && env->eflags & IF_MASK) {
        halt(env, insn);
    }
    env->eip = x86_next_eip(env, insn);
}

/* ---- identification, time, random numbers ---- */

void helper_cpuid(CPUX86State *env, const X86Insn *insn)
{
    uint32_t r[4];

    cpu_x86_cpuid(env, env->regs[R_EAX], env->regs[R_ECX], &r[0], &r[1], &r[2], &r[3]);
    env->regs[R_EAX] = r[0];
    env->regs[R_EBX] = r[1];
    env->regs[R_ECX] = r[2];
    env->regs[R_EDX] = r[3];
}

static void check_tsd(CPUX86State *env)
{
    if (env->cr[4] & CR4_TSD_MASK && x86_cpl(env)) {
        gp0(env);
    }
}

void helper_rdtsc(CPUX86State *env, const X86Insn *insn)
{
    uint64_t tsc;

    check_tsd(env);
    tsc = cpu_get_tsc(env);
    env->regs[R_EAX] = (uint32_t)tsc;
    env->regs[R_EDX] = tsc >> 32;
}

void helper_rdtscp(CPUX86State *env, const X86Insn *insn)
{
    helper_rdtsc(env, insn);
    env->regs[R_ECX] = (uint32_t)env->tsc_aux;
}

void helper_rdpid(CPUX86State *env, const X86Insn *insn)
{
    x86_set_reg(env, insn->rm, mode_size(env), env->tsc_aux);
}

/* No counters are enumerated: any index is out of range. */
void helper_rdpmc(CPUX86State *env, const X86Insn *insn)
{
    gp0(env);
}

void helper_rdrand(CPUX86State *env, const X86Insn *insn)
{
    uint64_t v = 0;
    bool ok = getrandom(&v, sizeof(v), 0) == sizeof(v);

    x86_set_reg(env, insn->rm, insn->osz, ok ? v : 0);
    cc_set_eflags(env, ok ? CC_C : 0);
}
