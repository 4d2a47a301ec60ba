/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What translated code calls: the slow path of memory accesses, instructions that it has no form of, flags. The thunks
 * (thunks.c) have stored all registers; these functions see the CPU state as the interpreter does, and leave it by an
 * exception the same way.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/int.h"
#include "target/i386/tcg/jit/jit.h"

static uint64_t loc_value(CPUX86State *env, const JitFlags *f, unsigned loc)
{
    if (loc == LOC_IMM) {
        return (int64_t)f->imm;
    }
    if (loc >= LOC_SLOT) {
        return env->jit_slot[loc - LOC_SLOT];
    }
    return x86_get_reg(env, loc, f->size);
}

static uint32_t raw_to_flags(uint16_t raw)
{
    return (raw >> 8 & (CC_S | CC_Z | CC_A | CC_P | CC_C)) | (raw & 1 ? CC_O : 0);
}

/* Make cc_op, cc_dst and cc_src say what the recipe says. May be done again. */
static void sync_flags(CPUX86State *env, const JitFlags *f, const JitFlags *inner)
{
    unsigned size = f->size;
    uint64_t d, s, c;

    if (f->kind == JF_ENV) {
        if (env->cc_op == CC_OP_RAW) {
            cc_flags(env, raw_to_flags(env->jit_raw));
        }
        return;
    }
    if (f->kind == JF_RAW) {
        cc_flags(env, raw_to_flags(env->jit_raw));
        return;
    }
    if (f->kind == JF_INC || f->kind == JF_DEC) {
        static const JitFlags none;

        sync_flags(env, inner, &none);
        c = cc_c(env);
        cc_set(env, f->kind == JF_INC ? CC_INC : CC_DEC, size, sx(size, loc_value(env, f, f->d)), c);
        return;
    }
    d = loc_value(env, f, f->d);
    s = loc_value(env, f, f->s);
    switch (f->kind) {
    case JF_SUB:
        cc_set(env, CC_SUB, size, sx(size, d), sx(size, s));
        break;
    case JF_SUBR:
        cc_set(env, CC_SUB, size, sx(size, d + s), sx(size, s));
        break;
    case JF_ADD:
        cc_set(env, CC_ADD, size, sx(size, d), sx(size, s));
        break;
    case JF_LOGIC:
        cc_set(env, CC_LOGIC, size, sx(size, d), 0);
        break;
    case JF_TEST:
        cc_set(env, CC_LOGIC, size, sx(size, d & s), 0);
        break;
    case JF_NEG:
        cc_set(env, CC_SUB, size, 0, sx(size, -d));
        break;
    case JF_SHL:
        cc_set(env, CC_SHL, size, sx(size, d << f->imm), f->imm - 1 < 8 << size ? sx(size, d << (f->imm - 1)) : 0);
        break;
    case JF_SHR:
        d = zx(size, d);
        s = d >> (f->imm - 1);
        cc_set(env, CC_SHR, size, sx(size, d >> f->imm), f->imm == 1 ? sx(size, s) : s);
        break;
    case JF_SAR:
        d = sx(size, d);
        cc_set(env, CC_SHR, size, (int64_t)d >> f->imm, (int64_t)d >> (f->imm - 1));
        break;
    default:
        g_assert_not_reached();
    }
}

void jit_fix_flags(CPUX86State *env)
{
    if (env->cc_op == CC_OP_RAW) {
        cc_flags(env, raw_to_flags(env->jit_raw));
    }
}

/* AX for SAHF after ADD AL, 7Fh. */
uint64_t jit_call_flags(CPUX86State *env)
{
    uint32_t f;

    jit_fix_flags(env);
    f = cc_compute(env);
    return (f & 0xd5) << 8 | (f & CC_O ? 1 : 0);
}

static void begin(CPUX86State *env, JitSite *site)
{
    sync_flags(env, &site->f, &site->inner);
    env->block_eip = site->block->eip;
    x86_sync_eip(env, site->insn);
}

enum { POPF = 0x9d, CLI = 0xfa, STI = 0xfb };

bool x86_jit_goes_on(const X86Insn *insn)
{
    if (insn->exec != op_helper_end) {
        return false;
    }
    if (insn->map == 1) {                       /* CLAC STAC, WRMSR, CPUID */
        return insn->opcode == 0x01 ? insn->modrm == 0xca || insn->modrm == 0xcb
                                    : insn->opcode == 0x30 || insn->opcode == 0xa2;
    }
    switch (insn->opcode) {
    case STI: case CLI: case POPF:
    case 0xe6: case 0xe7: case 0xee: case 0xef: /* OUT */
        return insn->map == 0;
    }
    return false;
}

/*
 * After such an instruction: may the translation go on? STI's shadow matters only to an interrupt that is pending already;
 * one that comes later sets exit_request, which the next instruction does not look at.
 */
static bool same_mode(CPUX86State *env, const X86Insn *insn)
{
    uint32_t pending = qatomic_read(&env_cpu(env)->interrupt_request);
    uint64_t old = env->gen_key;

    if (x86_must_exit(env) || env_cpu(env)->exception_index >= 0 || (pending && (pending != CPU_INTERRUPT_HARD || (env->eflags & IF_MASK)))) {
        return false;
    }
    if (insn->map == 0 && insn->opcode == STI) {
        env->hflags &= ~HF_INHIBIT_IRQ_MASK;
    }
    x86_sync_mode(env);
    return env->gen_key == old;
}

/* 0: go on after the instruction; 1: leave translated code. */
static uint64_t run(CPUX86State *env, JitSite *site)
{
    X86TCGState *t = env->tcg;
    X86JitState *j = t->jit;

    jit_x87_store(env);
    j->stopped = false;
    t->link_from = (const X86Insn *)1;
    site->insn[0].exec(env, site->insn);
    if (!j->stopped && !(x86_jit_goes_on(site->insn) && same_mode(env, site->insn))) {
        return 1;
    }
    if (unlikely(site->block->insns[0].exec == op_block_stale)) {
        env->eip = site->block->eip + site->insn[1].off;
        return 1;
    }
    if (unlikely(site->vec && ~env->fp.mxcsr & MXCSR_MASKS)) {
        env->eip = site->block->eip + site->insn[1].off;    /* exceptions unmasked: not for us any more */
        return 1;
    }
    if (site->x87 && !jit_x87_load(env)) {
        env->eip = site->block->eip + site->insn[1].off;
        return 1;
    }
    if (site->writes_flags) {
        env->jit_raw_out = jit_call_flags(env);
    }
    if (site->set_slots) {
        env->jit_slot[0] = env->cc_dst;
        env->jit_slot[1] = env->cc_src;
    }
    return 0;
}

uint64_t jit_call_insn(CPUX86State *env, JitSite *site)
{
    env->tcg->jit->stat.slow_insn++;
    begin(env, site);
    return run(env, site);
}

/* 1: leave, the interpreter has to execute it. */
uint64_t jit_call_x87(CPUX86State *env, JitSite *site)
{
    return jit_x87_load(env) ? 0 : jit_call_bail(env, site);
}

/* The instruction needs the vector registers, but exceptions are unmasked. */
uint64_t jit_call_bail(CPUX86State *env, JitSite *site)
{
    X86TCGState *t = env->tcg;

    begin(env, site);
    t->jit->interp_once = true;
    t->link_from = (const X86Insn *)1;
    return 1;
}

/* The address in host memory, or as above. */
uint64_t jit_call_mem(CPUX86State *env, JitSite *site, uint64_t addr)
{
    X86TCGState *t = env->tcg;
    uint64_t page = addr & PAGE_MASK_, tag = page;
    int mmu = (env->tlb - t->tlb[0]) / X86_TLB_SIZE;
    X86TLBEntry *e = NULL;

    t->jit->stat.slow_mem++;
    begin(env, site);
    if (!x86_canonical(env, addr) || (addr & 4095) + site->bytes > 4096 ||
        (site->align && (addr & (site->align - 1)))) {
        return run(env, site);
    }
    if (site->access & ACC_R) {
        e = x86_tlb_entry(env, addr, MMU_DATA_LOAD, mmu);
        tag = e->read;
    }
    if ((site->access & ACC_W) && tag == page) {
        e = x86_tlb_entry(env, addr, MMU_DATA_STORE, mmu);
        tag = e->write;
    }
    return tag == page ? (uintptr_t)x86_tlb_host(e, addr) : run(env, site);
}
