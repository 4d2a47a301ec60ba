// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Task state segments and hardware task switches (SDM vol. 3, chapter 7). See seg.h for conventions.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/seg.h"

static void ts_fault(CPUX86State *env, unsigned selector, int ext) QEMU_NORETURN;
static void ts_fault(CPUX86State *env, unsigned selector, int ext)
{
    raise_exception_err(env, EXCP0A_TSS, (selector & 0xfffc) | (ext > 0));
}

static bool tss_is_32(uint32_t flags)
{
    return desc_type(flags) & 8;
}

static uint64_t tss_read(CPUX86State *env, target_ulong base, unsigned offset, unsigned size)
{
    return x86_ld_mmu(env, base + offset, size, X86_MMU_KERNEL);
}

static void tss_write(CPUX86State *env, target_ulong base, unsigned offset, unsigned size, uint64_t v)
{
    x86_st_mmu(env, base + offset, size, v, X86_MMU_KERNEL);
}

/* ---- inner stacks ---- */

void x86_tss_stack(CPUX86State *env, unsigned dpl, unsigned *ss, uint32_t *esp, int ext)
{
    bool wide = tss_is_32(env->tr.flags);
    unsigned offset = wide ? 4 + dpl * 8 : 2 + dpl * 4;

    if (offset + (wide ? 7 : 3) > env->tr.limit) {
        ts_fault(env, env->tr.selector, ext);
    }
    *esp = tss_read(env, env->tr.base, offset, wide ? 2 : 1);
    *ss = tss_read(env, env->tr.base, offset + (wide ? 4 : 2), 1);
}

/* Slots 0..2: RSP0-2; 4..10: IST1-7 (SDM vol. 3, figure 7-11). */
uint64_t x86_tss_rsp(CPUX86State *env, unsigned slot, int ext)
{
    unsigned offset = 4 + slot * 8;
    uint64_t rsp;

    if (offset + 7 > env->tr.limit) {
        ts_fault(env, env->tr.selector, ext);
    }
    rsp = tss_read(env, env->tr.base, offset, 3);
    if (!x86_is_canonical(env, rsp)) {
        raise_exception_err(env, EXCP0C_STACK, ext > 0);
    }
    return rsp;
}

/* ---- task switch ---- */

/* A task's saved registers, whichever TSS format they came from. */
typedef struct TaskState {
    uint32_t cr3, eip, eflags, regs[8];
    unsigned segs[6], ldt, link;
    bool trap;
} TaskState;

/* Where the 32-bit and the 16-bit format keep things (SDM vol. 3, figures 7-2 and 7-10). */
static TaskState read_tss(CPUX86State *env, target_ulong base, bool wide)
{
    TaskState t = { 0 };

    if (wide) {
        t.cr3 = tss_read(env, base, 0x1c, 2);
        t.eip = tss_read(env, base, 0x20, 2);
        t.eflags = tss_read(env, base, 0x24, 2);
        t.trap = tss_read(env, base, 0x64, 1) & 1;
        t.ldt = tss_read(env, base, 0x60, 1);
    } else {
        t.eip = tss_read(env, base, 0x0e, 1);
        t.eflags = tss_read(env, base, 0x10, 1);
        t.ldt = tss_read(env, base, 0x2a, 1);
    }
    for (unsigned i = 0; i < 8; i++) {
        t.regs[i] = wide ? tss_read(env, base, 0x28 + i * 4, 2)
                         : tss_read(env, base, 0x12 + i * 2, 1) | 0xffff0000;
    }
    for (unsigned i = 0; i < (wide ? 6 : 4); i++) {
        t.segs[i] = wide ? tss_read(env, base, 0x48 + i * 4, 1) : tss_read(env, base, 0x22 + i * 2, 1);
    }
    return t;
}

static void save_current(CPUX86State *env, uint32_t eip, uint32_t eflags)
{
    target_ulong base = env->tr.base;
    bool wide = tss_is_32(env->tr.flags);

    if (wide) {
        tss_write(env, base, 0x20, 2, eip);
        tss_write(env, base, 0x24, 2, eflags);
    } else {
        tss_write(env, base, 0x0e, 1, eip);
        tss_write(env, base, 0x10, 1, eflags);
    }
    for (unsigned i = 0; i < 8; i++) {
        tss_write(env, base, wide ? 0x28 + i * 4 : 0x12 + i * 2, wide ? 2 : 1, env->regs[i]);
    }
    for (unsigned i = 0; i < (wide ? 6 : 4); i++) {
        tss_write(env, base, wide ? 0x48 + i * 4 : 0x22 + i * 2, 1, env->segs[i].selector);
    }
}

static void set_busy(CPUX86State *env, unsigned selector, bool busy)
{
    target_ulong addr = env->gdt.base + (selector & ~7u) + 4;
    uint32_t hi = x86_ld_mmu(env, addr, 2, X86_MMU_KERNEL);

    x86_st_mmu(env, addr, 2, busy ? hi | DESC_TSS_BUSY_MASK : hi & ~(uint32_t)DESC_TSS_BUSY_MASK, X86_MMU_KERNEL);
}

/* Loading a segment of the new task: faults are #TS, #NP, #SS with its selector, in the new task's context. */
static void load_task_segment(CPUX86State *env, int seg, unsigned selector, unsigned cpl, int ext)
{
    unsigned code = (selector & 0xfffc) | (ext > 0), dpl, rpl = selector & 3;
    X86Desc d;

    if (null_selector(selector)) {
        if (seg == R_CS || seg == R_SS) {
            ts_fault(env, selector, ext);
        }
        cpu_x86_load_seg_cache(env, seg, selector, 0, 0, 0);
        return;
    }
    if (!x86_read_desc(env, selector, &d, NULL) || !(d.hi & DESC_S_MASK)) {
        ts_fault(env, selector, ext);
    }
    dpl = desc_dpl(d.hi);
    if (seg == R_CS) {
        if (!(d.hi & DESC_CS_MASK) || (d.hi & DESC_C_MASK ? dpl > rpl : dpl != rpl)) {
            ts_fault(env, selector, ext);
        }
    } else if (seg == R_SS) {
        if (d.hi & DESC_CS_MASK || !(d.hi & DESC_W_MASK) || dpl != cpl || rpl != cpl) {
            ts_fault(env, selector, ext);
        }
    } else {
        bool code_seg = d.hi & DESC_CS_MASK;

        if ((code_seg && !(d.hi & DESC_R_MASK)) ||
            (!(code_seg && d.hi & DESC_C_MASK) && (dpl < cpl || dpl < rpl))) {
            ts_fault(env, selector, ext);
        }
    }
    if (!(d.hi & DESC_P_MASK)) {
        raise_exception_err(env, seg == R_SS ? EXCP0C_STACK : EXCP0B_NOSEG, code);
    }
    x86_set_accessed(env, selector, &d);
    x86_load_seg_desc(env, seg, selector, d);
}

static void load_task(CPUX86State *env, const TaskState *t, bool wide, int ext)
{
    static const uint8_t order[] = { R_SS, R_ES, R_DS, R_FS, R_GS };
    uint32_t mask = TF_MASK | AC_MASK | ID_MASK | IF_MASK | IOPL_MASK | VM_MASK | RF_MASK | NT_MASK | DF_MASK |
                    CC_OSZAPC;

    if (wide && env->cr[0] & CR0_PG_MASK) {
        cpu_x86_update_cr3(env, t->cr3);
    }
    env->eip = t->eip;
    cpu_load_eflags(env, t->eflags, wide ? mask : mask & 0xffff);
    for (unsigned i = 0; i < 8; i++) {
        env->regs[i] = t->regs[i];
    }
    if (wide && t->eflags & VM_MASK) {
        for (unsigned i = 0; i < 6; i++) {
            x86_load_seg_real(env, i, t->segs[i]);
        }
        x86_load_ldt(env, t->ldt, EXCP0A_TSS, ext);
        x86_update_hflags(env);
        return;
    }
    /* selectors first: a fault while loading descriptors finds them in place */
    for (unsigned i = 0; i < 6; i++) {
        env->segs[i].selector = t->segs[i];
    }
    if (t->ldt & 4) {
        ts_fault(env, t->ldt, ext);
    }
    x86_load_ldt(env, t->ldt, EXCP0A_TSS, ext);
    load_task_segment(env, R_CS, t->segs[R_CS], t->segs[R_CS] & 3, ext);
    for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
        load_task_segment(env, order[i], t->segs[order[i]], t->segs[R_CS] & 3, ext);
    }
}

void x86_task_switch(CPUX86State *env, unsigned selector, X86TaskSwitch how, target_ulong next_eip, int ext)
{
    int fault = how == TASK_IRET ? EXCP0A_TSS : EXCP0D_GPF;
    unsigned code = (selector & 0xfffc) | (ext > 0), type;
    uint32_t eflags = cpu_compute_eflags(env);
    unsigned old_selector = env->tr.selector;
    bool wide;
    target_ulong base;
    TaskState t;
    X86Desc d;

    selector &= 0xffff;
    if (selector & 4 || null_selector(selector) || !x86_read_desc(env, selector, &d, NULL)) {
        raise_exception_err(env, fault, code);
    }
    type = desc_type(d.hi);
    if (d.hi & DESC_S_MASK || (type & ~(8u | 2u)) != 1 || !!(type & 2) != (how == TASK_IRET)) {
        raise_exception_err(env, fault, code);
    }
    if (!(d.hi & DESC_P_MASK)) {
        raise_exception_err(env, EXCP0B_NOSEG, code);
    }
    wide = type & 8;
    base = desc_base(d);
    if (desc_limit(d) < (wide ? 0x67 : 0x2b)) {
        ts_fault(env, selector, ext);
    }
    t = read_tss(env, base, wide);
    if (how != TASK_CALL) {
        set_busy(env, old_selector, false);
    }
    if (how == TASK_IRET) {
        eflags &= ~(uint32_t)NT_MASK;
    }
    save_current(env, next_eip, eflags);
    if (how == TASK_CALL) {
        tss_write(env, base, 0, 1, old_selector);
        t.eflags |= NT_MASK;
    }
    if (how != TASK_IRET) {
        set_busy(env, selector, true);
    }
    /* the point of no return: faults from here on belong to the new task */
    env->cr[0] |= CR0_TS_MASK;
    env->tr = (SegmentCache) {
        .selector = selector, .base = base, .limit = desc_limit(d), .flags = d.hi | DESC_TSS_BUSY_MASK,
    };
    cpu_x86_update_cr0(env, env->cr[0]);
    cpu_x86_update_dr7(env, env->dr[7] & ~0x155u);
    load_task(env, &t, wide, ext);
    if (t.trap) {
        env->dr[6] |= DR6_BT;
        raise_exception(env, EXCP01_DB);
    }
}
