// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Far control transfers: JMP, CALL and RET through segments and gates, and IRET (SDM vol. 3, 5.8, 6.12, 6.14).
 *
 * Order in every function: check everything, touch memory (which may fault), then change registers. See seg.h.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/seg.h"
#include "target/i386/tcg/sys.h"

static void gp(CPUX86State *env, unsigned selector) QEMU_NORETURN;
static void gp(CPUX86State *env, unsigned selector)
{
    raise_exception_err(env, EXCP0D_GPF, selector & 0xfffc);
}

static void np(CPUX86State *env, unsigned selector) QEMU_NORETURN;
static void np(CPUX86State *env, unsigned selector)
{
    raise_exception_err(env, EXCP0B_NOSEG, selector & 0xfffc);
}

static target_ulong truncate_to(target_ulong v, unsigned size)
{
    return size == 1 ? (uint16_t)v : size == 2 ? (uint32_t)v : v;
}

/* Selector and offset of the instruction's far pointer. */
static unsigned far_operand(CPUX86State *env, const X86Insn *insn, target_ulong *offset)
{
    target_ulong ea;

    if (!(insn->flags & X86_MEM)) {
        *offset = truncate_to(insn->imm, insn->osz);
        return insn->imm2;
    }
    ea = x86_ea(env, insn);
    *offset = x86_ld_mmu(env, ea, insn->osz, x86_mmu_index(env));
    return x86_ldw(env, ea + (1u << insn->osz));
}

/* ---- code segments ---- */

/* A code segment as the target of JMP or CALL at CPL; not through a gate. */
static void check_direct_target(CPUX86State *env, unsigned selector, X86Desc d)
{
    unsigned cpl = x86_cpl(env);

    if (d.hi & DESC_C_MASK) {
        if (desc_dpl(d.hi) > cpl) {
            gp(env, selector);
        }
    } else if ((selector & 3) > cpl || desc_dpl(d.hi) != cpl) {
        gp(env, selector);
    }
    if (!(d.hi & DESC_P_MASK)) {
        np(env, selector);
    }
    if (x86_long_mode(env) && (d.hi & (DESC_L_MASK | DESC_B_MASK)) == (DESC_L_MASK | DESC_B_MASK)) {
        gp(env, selector);
    }
}

static void check_offset(CPUX86State *env, X86Desc d, target_ulong offset)
{
    if (x86_long_mode(env) && d.hi & DESC_L_MASK) {
        if (!x86_is_canonical(env, offset)) {
            gp(env, 0);
        }
    } else if (offset > desc_limit(d)) {
        gp(env, 0);
    }
}

static void load_cs(CPUX86State *env, unsigned selector, X86Desc d, target_ulong offset)
{
    x86_set_accessed(env, selector, &d);
    x86_load_seg_desc(env, R_CS, selector, d);
    env->eip = offset;
}

/* ---- call gates ---- */

typedef struct Gate {
    unsigned selector;
    uint64_t offset;
    unsigned size;              /* of what is pushed: 1, 2, 3 */
    unsigned params;
} Gate;

static Gate read_call_gate(CPUX86State *env, unsigned selector, X86Desc d, target_ulong addr)
{
    Gate g = { .selector = d.lo >> 16, .offset = gate_offset(d), .size = 2, .params = d.hi & 31 };

    if (desc_dpl(d.hi) < x86_cpl(env) || desc_dpl(d.hi) < (selector & 3)) {
        gp(env, selector);
    }
    if (!(d.hi & DESC_P_MASK)) {
        np(env, selector);
    }
    if (x86_long_mode(env)) {
        uint64_t hi;

        if ((selector & ~7u) + 15 > (selector & 4 ? env->ldt.limit : env->gdt.limit)) {
            gp(env, selector);
        }
        hi = x86_ld_mmu(env, addr + 8, 3, X86_MMU_KERNEL);
        if (hi >> 40 & 0x1f) {
            gp(env, selector);
        }
        g.offset |= hi << 32;
        g.size = 3;
        g.params = 0;
    } else if (desc_type(d.hi) == 4) {
        g.size = 1;
        g.offset &= 0xffff;
    }
    return g;
}

/* The code segment behind a gate; *dpl is where control goes. */
static X86Desc gate_target(CPUX86State *env, const Gate *g, unsigned *dpl)
{
    X86Desc d;

    if (null_selector(g->selector)) {
        gp(env, 0);
    }
    if (!x86_read_desc(env, g->selector, &d, NULL)) {
        gp(env, g->selector);
    }
    *dpl = desc_dpl(d.hi);
    if (!desc_is_code(d.hi) || *dpl > x86_cpl(env)) {
        gp(env, g->selector);
    }
    if (x86_long_mode(env) && (d.hi & (DESC_L_MASK | DESC_B_MASK)) != DESC_L_MASK) {
        gp(env, g->selector);
    }
    if (!(d.hi & DESC_P_MASK)) {
        np(env, g->selector);
    }
    return d;
}

/* The inner stack's segment, checked as SDM vol. 3, 5.8.5 says. */
static X86Desc inner_stack_segment(CPUX86State *env, unsigned ss, unsigned dpl, int ext)
{
    unsigned code = (ss & 0xfffc) | (ext > 0);
    X86Desc d;

    if (null_selector(ss) || (ss & 3) != dpl || !x86_read_desc(env, ss, &d, NULL) || desc_dpl(d.hi) != dpl ||
        (d.hi & (DESC_S_MASK | DESC_CS_MASK | DESC_W_MASK)) != (DESC_S_MASK | DESC_W_MASK)) {
        raise_exception_err(env, EXCP0A_TSS, code);
    }
    if (!(d.hi & DESC_P_MASK)) {
        raise_exception_err(env, EXCP0C_STACK, code);
    }
    return d;
}

static int mmu_of_cpl(unsigned cpl)
{
    return cpl == 3 ? X86_MMU_USER : X86_MMU_KERNEL;
}

static void call_inner(CPUX86State *env, const Gate *g, X86Desc cs, unsigned dpl, target_ulong next_eip)
{
    X86Stack old = x86_current_stack(env), s = { .mmu = mmu_of_cpl(dpl), .ext = -1 };
    unsigned ss = dpl;
    uint32_t esp;
    X86Desc ssd = { 0 };

    if (x86_long_mode(env)) {
        s.sp = x86_tss_rsp(env, dpl, -1);
        s.mask = UINT64_MAX;
        s.wide = true;
    } else {
        x86_tss_stack(env, dpl, &ss, &esp, -1);
        ssd = inner_stack_segment(env, ss, dpl, -1);
        s.sp = esp;
        s.base = desc_base(ssd);
        s.mask = ssd.hi & DESC_B_MASK ? UINT32_MAX : 0xffff;
    }
    x86_push(env, &s, g->size, env->segs[R_SS].selector);
    x86_push(env, &s, g->size, env->regs[R_ESP]);
    for (int i = (int)g->params - 1; i >= 0; i--) {
        X86Stack at = old;

        at.sp = old.sp + ((target_ulong)i << g->size);
        x86_push(env, &s, g->size, x86_pop(env, &at, g->size));
    }
    x86_push(env, &s, g->size, env->segs[R_CS].selector);
    x86_push(env, &s, g->size, next_eip);
    if (x86_long_mode(env)) {
        x86_load_null_ss(env, dpl, dpl);
    } else {
        x86_set_accessed(env, ss, &ssd);
        x86_load_seg_desc(env, R_SS, ss, ssd);
    }
    load_cs(env, (g->selector & ~3u) | dpl, cs, g->offset);
    env->regs[R_ESP] = s.mask == UINT64_MAX ? s.sp : s.mask == UINT32_MAX ? (uint32_t)s.sp
                       : (env->regs[R_ESP] & ~0xffffull) | (s.sp & 0xffff);
}

static void call_through_gate(CPUX86State *env, unsigned selector, X86Desc d, target_ulong addr, bool call,
                              target_ulong next_eip)
{
    Gate g = read_call_gate(env, selector, d, addr);
    unsigned dpl, cpl = x86_cpl(env);
    X86Desc cs = gate_target(env, &g, &dpl);
    bool conforming = cs.hi & DESC_C_MASK;
    X86Stack s;

    check_offset(env, cs, g.offset);
    if (!call) {
        if (!conforming && dpl != cpl) {
            gp(env, g.selector);
        }
        load_cs(env, (g.selector & ~3u) | cpl, cs, g.offset);
        return;
    }
    if (!conforming && dpl < cpl) {
        call_inner(env, &g, cs, dpl, next_eip);
        return;
    }
    s = x86_current_stack(env);
    if (x86_long_mode(env)) {
        s = (X86Stack) { .sp = env->regs[R_ESP], .mask = UINT64_MAX, .wide = true, .mmu = s.mmu, .ext = -1 };
    }
    x86_push(env, &s, g.size, env->segs[R_CS].selector);
    x86_push(env, &s, g.size, next_eip);
    load_cs(env, (g.selector & ~3u) | cpl, cs, g.offset);
    x86_commit_sp(env, &s);
}

/* JMP and CALL to a system descriptor: gate or TSS. */
static void transfer_system(CPUX86State *env, unsigned selector, X86Desc d, target_ulong addr, bool call,
                            target_ulong next_eip)
{
    unsigned type = desc_type(d.hi);

    if (type == 12 || (type == 4 && !x86_long_mode(env))) {
        call_through_gate(env, selector, d, addr, call, next_eip);
        return;
    }
    if (x86_long_mode(env) || (type != 1 && type != 9 && type != 5)) {
        gp(env, selector);
    }
    if (desc_dpl(d.hi) < x86_cpl(env) || desc_dpl(d.hi) < (selector & 3)) {
        gp(env, selector);
    }
    if (!(d.hi & DESC_P_MASK)) {
        np(env, selector);
    }
    x86_task_switch(env, type == 5 ? d.lo >> 16 : selector, call ? TASK_CALL : TASK_JMP, next_eip, -1);
}

static X86Desc target_desc(CPUX86State *env, unsigned selector, target_ulong *addr)
{
    X86Desc d;

    if (null_selector(selector)) {
        gp(env, 0);
    }
    if (!x86_read_desc(env, selector, &d, addr)) {
        gp(env, selector);
    }
    if (d.hi & DESC_S_MASK && !(d.hi & DESC_CS_MASK)) {
        gp(env, selector);
    }
    return d;
}

void helper_ljmp(CPUX86State *env, const X86Insn *insn)
{
    target_ulong offset, addr;
    unsigned selector = far_operand(env, insn, &offset);
    X86Desc d;

    if (!x86_protected(env)) {
        x86_load_seg_real(env, R_CS, selector);
        env->eip = offset;
        return;
    }
    d = target_desc(env, selector, &addr);
    if (!(d.hi & DESC_S_MASK)) {
        transfer_system(env, selector, d, addr, false, x86_next_eip(env, insn));
        return;
    }
    check_direct_target(env, selector, d);
    check_offset(env, d, offset);
    load_cs(env, (selector & ~3u) | x86_cpl(env), d, offset);
}

void helper_lcall(CPUX86State *env, const X86Insn *insn)
{
    target_ulong offset, addr = 0, next_eip = x86_next_eip(env, insn);
    unsigned selector = far_operand(env, insn, &offset);
    bool protected = x86_protected(env);
    X86Desc d = { 0 };
    X86Stack s;

    if (protected) {
        d = target_desc(env, selector, &addr);
        if (!(d.hi & DESC_S_MASK)) {
            transfer_system(env, selector, d, addr, true, next_eip);
            return;
        }
        check_direct_target(env, selector, d);
        check_offset(env, d, offset);
    }
    s = x86_current_stack(env);
    x86_push(env, &s, insn->osz, env->segs[R_CS].selector);
    x86_push(env, &s, insn->osz, next_eip);
    if (protected) {
        load_cs(env, (selector & ~3u) | x86_cpl(env), d, offset);
    } else {
        x86_load_seg_real(env, R_CS, selector);
        env->eip = offset;
    }
    x86_commit_sp(env, &s);
}

/* ---- RET and IRET in protected and long mode ---- */

/* The code segment being returned to. */
static X86Desc return_target(CPUX86State *env, unsigned cs)
{
    unsigned rpl = cs & 3, cpl = x86_cpl(env);
    X86Desc d;

    if (null_selector(cs)) {
        gp(env, 0);
    }
    if (!x86_read_desc(env, cs, &d, NULL) || !desc_is_code(d.hi) || rpl < cpl) {
        gp(env, cs);
    }
    if (d.hi & DESC_C_MASK ? desc_dpl(d.hi) > rpl : desc_dpl(d.hi) != rpl) {
        gp(env, cs);
    }
    if (!(d.hi & DESC_P_MASK)) {
        np(env, cs);
    }
    if (x86_long_mode(env) && (d.hi & (DESC_L_MASK | DESC_B_MASK)) == (DESC_L_MASK | DESC_B_MASK)) {
        gp(env, cs);
    }
    return d;
}

/* SS popped by a return to @rpl; null is fine when 64-bit code returns to 64-bit code below CPL 3. */
static bool outer_stack_segment(CPUX86State *env, unsigned ss, unsigned rpl, bool to_code64, X86Desc *d)
{
    if (null_selector(ss)) {
        if (!x86_long_mode(env) || !to_code64 || rpl == 3) {
            gp(env, 0);
        }
        return false;
    }
    if ((ss & 3) != rpl || !x86_read_desc(env, ss, d, NULL) || desc_dpl(d->hi) != rpl ||
        (d->hi & (DESC_S_MASK | DESC_CS_MASK | DESC_W_MASK)) != (DESC_S_MASK | DESC_W_MASK)) {
        gp(env, ss);
    }
    if (!(d->hi & DESC_P_MASK)) {
        raise_exception_err(env, EXCP0C_STACK, ss & 0xfffc);
    }
    return true;
}

static void set_outer_sp(CPUX86State *env, bool to_code64, target_ulong sp)
{
    if (to_code64) {
        env->regs[R_ESP] = sp;
    } else if (env->segs[R_SS].flags & DESC_B_MASK) {
        env->regs[R_ESP] = (uint32_t)sp;
    } else {
        env->regs[R_ESP] = (env->regs[R_ESP] & ~0xffffull) | (sp & 0xffff);
    }
}

typedef struct Frame {
    target_ulong eip, sp;
    unsigned cs, ss;
    uint32_t eflags;
} Frame;

/* Common end of RET and IRET: @s is past what was popped; @outer: the frame had SS:ESP. */
static void finish_return(CPUX86State *env, const Frame *f, X86Desc csd, X86Stack *s, bool outer, unsigned addend,
                          uint32_t eflags_mask)
{
    unsigned rpl = f->cs & 3;
    bool to_code64 = x86_long_mode(env) && csd.hi & DESC_L_MASK, have_ss = false;
    X86Desc ssd = { 0 };

    if (outer) {
        have_ss = outer_stack_segment(env, f->ss, rpl, to_code64, &ssd);
    }
    check_offset(env, csd, f->eip);
    if (have_ss) {
        x86_set_accessed(env, f->ss, &ssd);
    }
    load_cs(env, f->cs, csd, f->eip);
    if (outer) {
        if (have_ss) {
            x86_load_seg_desc(env, R_SS, f->ss, ssd);
        } else {
            x86_load_null_ss(env, f->ss, rpl);
        }
        set_outer_sp(env, to_code64, f->sp + addend);
        x86_drop_privileged_segs(env, rpl);
    } else {
        s->sp += addend;
        x86_commit_sp(env, s);
    }
    if (eflags_mask) {
        cpu_load_eflags(env, f->eflags, eflags_mask);
    }
}

void helper_lret(CPUX86State *env, const X86Insn *insn)
{
    X86Stack s = x86_current_stack(env);
    unsigned addend = insn->opcode == 0xca ? (uint16_t)insn->imm : 0;
    Frame f = { 0 };
    bool outer;
    X86Desc csd;

    f.eip = x86_pop(env, &s, insn->osz);
    f.cs = x86_pop(env, &s, insn->osz) & 0xffff;
    if (!x86_protected(env)) {
        x86_load_seg_real(env, R_CS, f.cs);
        env->eip = f.eip;
        s.sp += addend;
        x86_commit_sp(env, &s);
        return;
    }
    csd = return_target(env, f.cs);
    outer = (f.cs & 3) > x86_cpl(env);
    if (outer) {
        s.sp += addend;
        f.sp = x86_pop(env, &s, insn->osz);
        f.ss = x86_pop(env, &s, insn->osz) & 0xffff;
    }
    finish_return(env, &f, csd, &s, outer, addend, 0);
}

/* ---- IRET ---- */

static void iret_real(CPUX86State *env, const X86Insn *insn)
{
    X86Stack s = x86_current_stack(env);
    uint32_t mask = TF_MASK | AC_MASK | ID_MASK | IF_MASK | NT_MASK | DF_MASK | RF_MASK | CC_OSZAPC;
    Frame f = { 0 };

    f.eip = x86_pop(env, &s, insn->osz);
    f.cs = x86_pop(env, &s, insn->osz) & 0xffff;
    f.eflags = x86_pop(env, &s, insn->osz);
    mask |= env->eflags & VM_MASK ? 0 : IOPL_MASK;
    if (insn->osz == 1) {
        mask &= 0xffff;
    }
    x86_load_seg_real(env, R_CS, f.cs);
    env->eip = f.eip;
    x86_commit_sp(env, &s);
    cpu_load_eflags(env, f.eflags, mask);
}

/* SDM vol. 3, 20.2.2: the frame of an interrupt out of virtual-8086 mode, nine doublewords. */
static void iret_to_vm86(CPUX86State *env, Frame *f, X86Stack *s)
{
    unsigned segs[6];

    f->sp = x86_pop(env, s, 2);
    segs[R_SS] = x86_pop(env, s, 2);
    segs[R_ES] = x86_pop(env, s, 2);
    segs[R_DS] = x86_pop(env, s, 2);
    segs[R_FS] = x86_pop(env, s, 2);
    segs[R_GS] = x86_pop(env, s, 2);
    segs[R_CS] = f->cs;
    cpu_load_eflags(env, f->eflags, TF_MASK | AC_MASK | ID_MASK | IF_MASK | IOPL_MASK | VM_MASK | NT_MASK | DF_MASK |
                    VIF_MASK | VIP_MASK | RF_MASK | CC_OSZAPC);
    for (int i = 0; i < 6; i++) {
        x86_load_seg_real(env, i, segs[i]);
    }
    x86_update_hflags(env);
    env->eip = f->eip & 0xffff;
    env->regs[R_ESP] = (uint32_t)f->sp;
}

static void iret_protected(CPUX86State *env, const X86Insn *insn)
{
    X86Stack s = x86_current_stack(env);
    unsigned cpl = x86_cpl(env), iopl = env->eflags >> IOPL_SHIFT & 3;
    uint32_t mask = TF_MASK | AC_MASK | ID_MASK | RF_MASK | NT_MASK | DF_MASK | CC_OSZAPC;
    Frame f = { 0 };
    bool outer;
    X86Desc csd;

    f.eip = x86_pop(env, &s, insn->osz);
    f.cs = x86_pop(env, &s, insn->osz) & 0xffff;
    f.eflags = x86_pop(env, &s, insn->osz);
    if (insn->osz == 2 && f.eflags & VM_MASK && !cpl && !x86_long_mode(env)) {
        iret_to_vm86(env, &f, &s);
        return;
    }
    csd = return_target(env, f.cs);
    outer = (f.cs & 3) > cpl || x86_code64(env);
    if (outer) {
        f.sp = x86_pop(env, &s, insn->osz);
        f.ss = x86_pop(env, &s, insn->osz) & 0xffff;
    }
    mask |= cpl == 0 ? IOPL_MASK : 0;
    mask |= cpl <= iopl ? IF_MASK : 0;
    if (insn->osz == 1) {
        mask &= 0xffff;
    }
    finish_return(env, &f, csd, &s, outer, 0, mask);
}

void helper_iret(CPUX86State *env, const X86Insn *insn)
{
    if (!(env->hflags & HF_PE_MASK)) {
        iret_real(env, insn);
    } else if (env->eflags & VM_MASK) {
        if ((env->eflags >> IOPL_SHIFT & 3) != 3) {
            gp(env, 0);
        }
        iret_real(env, insn);
    } else if (env->eflags & NT_MASK) {
        if (x86_long_mode(env)) {
            gp(env, 0);
        }
        x86_task_switch(env, x86_ld_mmu(env, env->tr.base, 1, X86_MMU_KERNEL), TASK_IRET, x86_next_eip(env, insn),
                        -1);
    } else {
        iret_protected(env, insn);
    }
    env->hflags2 &= ~HF2_NMI_MASK;
}
