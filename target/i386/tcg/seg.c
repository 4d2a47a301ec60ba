// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Segment registers and the instructions that load, store and ask about selectors (SDM vol. 3, 3.4, 5.4-5.10).
 * See seg.h for the conventions.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/seg.h"
#include "target/i386/tcg/sys.h"

/* ---- descriptors ---- */

bool x86_read_desc(CPUX86State *env, unsigned selector, X86Desc *d, target_ulong *addr)
{
    const SegmentCache *table = selector & 4 ? &env->ldt : &env->gdt;
    unsigned index = selector & ~7u;
    target_ulong a = table->base + index;
    uint64_t raw;

    if (index + 7 > table->limit || (selector & 4 && null_selector(env->ldt.selector))) {
        return false;
    }
    raw = x86_ld_mmu(env, a, 3, X86_MMU_KERNEL);
    *d = (X86Desc) { .lo = raw, .hi = raw >> 32 };
    if (addr) {
        *addr = a;
    }
    return true;
}

static target_ulong desc_addr(CPUX86State *env, unsigned selector)
{
    return (selector & 4 ? env->ldt.base : env->gdt.base) + (selector & ~7u);
}

void x86_set_accessed(CPUX86State *env, unsigned selector, X86Desc *d)
{
    if (!(d->hi & DESC_A_MASK)) {
        d->hi |= DESC_A_MASK;
        x86_st_mmu(env, desc_addr(env, selector) + 4, 2, d->hi, X86_MMU_KERNEL);
    }
}

void x86_load_seg_desc(CPUX86State *env, int seg, unsigned selector, X86Desc d)
{
    cpu_x86_load_seg_cache(env, seg, selector, desc_base(d), desc_limit(d), d.hi);
}

void x86_load_seg_real(CPUX86State *env, int seg, unsigned selector)
{
    SegmentCache *sc = &env->segs[seg];
    uint32_t flags = sc->flags, limit = sc->limit;

    selector &= 0xffff;
    if (env->eflags & VM_MASK) {
        limit = 0xffff;
        flags = DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | DESC_A_MASK | 3 << DESC_DPL_SHIFT;
    }
    cpu_x86_load_seg_cache(env, seg, selector, selector << 4, limit, flags);
}

void x86_load_null_ss(CPUX86State *env, unsigned selector, unsigned cpl)
{
    cpu_x86_load_seg_cache(env, R_SS, selector, 0, UINT32_MAX,
                           DESC_G_MASK | DESC_B_MASK | DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | DESC_A_MASK |
                           cpl << DESC_DPL_SHIFT);
}

static void load_null(CPUX86State *env, int seg, unsigned selector)
{
    unsigned cpl = x86_cpl(env);

    if (seg == R_SS) {
        if (!x86_code64(env) || cpl == 3 || (selector & 3) != cpl) {
            raise_exception_err(env, EXCP0D_GPF, 0);
        }
        x86_load_null_ss(env, selector, cpl);
    } else {
        cpu_x86_load_seg_cache(env, seg, selector, 0, 0, 0);
    }
}

/* SDM vol. 3, 5.7: SS must be writable data of exactly this privilege. */
static void check_stack_segment(CPUX86State *env, unsigned selector, X86Desc d)
{
    unsigned cpl = x86_cpl(env);

    if (!(d.hi & DESC_S_MASK) || d.hi & DESC_CS_MASK || !(d.hi & DESC_W_MASK) || (selector & 3) != cpl ||
        desc_dpl(d.hi) != cpl) {
        raise_exception_err(env, EXCP0D_GPF, selector & 0xfffc);
    }
    if (!(d.hi & DESC_P_MASK)) {
        raise_exception_err(env, EXCP0C_STACK, selector & 0xfffc);
    }
}

/* SDM vol. 3, 5.6: data and readable code; conforming code is open to all. */
static void check_data_segment(CPUX86State *env, unsigned selector, X86Desc d)
{
    bool code = d.hi & DESC_CS_MASK;

    if (!(d.hi & DESC_S_MASK) || (code && !(d.hi & DESC_R_MASK))) {
        raise_exception_err(env, EXCP0D_GPF, selector & 0xfffc);
    }
    if (!(code && d.hi & DESC_C_MASK) &&
        (desc_dpl(d.hi) < x86_cpl(env) || desc_dpl(d.hi) < (selector & 3))) {
        raise_exception_err(env, EXCP0D_GPF, selector & 0xfffc);
    }
    if (!(d.hi & DESC_P_MASK)) {
        raise_exception_err(env, EXCP0B_NOSEG, selector & 0xfffc);
    }
}

void x86_load_seg(CPUX86State *env, int seg, unsigned selector)
{
    X86Desc d;

    selector &= 0xffff;
    if (!x86_protected(env)) {
        x86_load_seg_real(env, seg, selector);
        return;
    }
    if (null_selector(selector)) {
        load_null(env, seg, selector);
        return;
    }
    if (!x86_read_desc(env, selector, &d, NULL)) {
        raise_exception_err(env, EXCP0D_GPF, selector & 0xfffc);
    }
    if (seg == R_SS) {
        check_stack_segment(env, selector, d);
    } else {
        check_data_segment(env, selector, d);
    }
    x86_set_accessed(env, selector, &d);
    x86_load_seg_desc(env, seg, selector, d);
}

void x86_drop_privileged_segs(CPUX86State *env, unsigned cpl)
{
    static const uint8_t data_segs[] = { R_ES, R_DS, R_FS, R_GS };

    for (size_t i = 0; i < ARRAY_SIZE(data_segs); i++) {
        SegmentCache *sc = &env->segs[data_segs[i]];
        bool conforming = desc_is_code(sc->flags) && sc->flags & DESC_C_MASK;

        /* null FS and GS keep their 64-bit bases */
        if (!null_selector(sc->selector) && !conforming && desc_dpl(sc->flags) < cpl) {
            cpu_x86_load_seg_cache(env, data_segs[i], 0, sc->base, 0, sc->flags & ~DESC_P_MASK);
        }
    }
}

/* ---- stacks ---- */

X86Stack x86_current_stack(CPUX86State *env)
{
    X86Stack s = { .sp = env->regs[R_ESP], .mmu = x86_mmu_index(env), .ext = -1 };

    if (x86_code64(env)) {
        s.mask = UINT64_MAX;
        s.wide = true;
    } else {
        s.base = env->segs[R_SS].base;
        s.mask = env->segs[R_SS].flags & DESC_B_MASK ? UINT32_MAX : 0xffff;
    }
    return s;
}

static target_ulong stack_linear(CPUX86State *env, const X86Stack *s)
{
    target_ulong addr = s->base + (s->sp & s->mask);

    if (!s->wide) {
        return (uint32_t)addr;
    }
    if (!x86_is_canonical(env, addr)) {
        raise_exception_err(env, EXCP0C_STACK, s->ext > 0);
    }
    return addr;
}

void x86_push(CPUX86State *env, X86Stack *s, unsigned size, uint64_t v)
{
    s->sp = (s->sp & ~s->mask) | ((s->sp - (1u << size)) & s->mask);
    x86_st_mmu(env, stack_linear(env, s), size, v, s->mmu);
}

uint64_t x86_pop(CPUX86State *env, X86Stack *s, unsigned size)
{
    uint64_t v = x86_ld_mmu(env, stack_linear(env, s), size, s->mmu);

    s->sp = (s->sp & ~s->mask) | ((s->sp + (1u << size)) & s->mask);
    return v;
}

void x86_commit_sp(CPUX86State *env, const X86Stack *s)
{
    if (s->mask == 0xffff) {
        env->regs[R_ESP] = (env->regs[R_ESP] & ~0xffffull) | (s->sp & 0xffff);
    } else if (s->mask == UINT32_MAX) {
        env->regs[R_ESP] = (uint32_t)s->sp;
    } else {
        env->regs[R_ESP] = s->sp;
    }
}

/* ---- moving selectors ---- */

/* After a load of SS, interrupts and single-step traps wait for one instruction (SDM vol. 3, 6.8.3). */
static void shadow_after_ss(CPUX86State *env, int seg)
{
    if (seg == R_SS) {
        env->hflags |= HF_INHIBIT_IRQ_MASK;
    }
}

void helper_mov_es(CPUX86State *env, const X86Insn *insn)
{
    unsigned seg = insn->modrm >> 3 & 7;

    if (seg > R_GS) {
        raise_exception(env, EXCP06_ILLOP);
    }
    /* a store to memory is always 16 bits; a register gets the operand size, zero-extended */
    x86_set_rm(env, insn, insn->flags & X86_MEM ? 1 : insn->osz, env->segs[seg].selector);
}

void helper_mov_se(CPUX86State *env, const X86Insn *insn)
{
    unsigned seg = insn->modrm >> 3 & 7;

    if (seg > R_GS || seg == R_CS) {
        raise_exception(env, EXCP06_ILLOP);
    }
    x86_load_seg(env, seg, x86_get_rm(env, insn, 1));
    shadow_after_ss(env, seg);
}

static unsigned seg_of_push(const X86Insn *insn)
{
    if (insn->map == 1) {
        return insn->opcode & 8 ? R_GS : R_FS;
    }
    return insn->opcode >> 3 & 3;
}

void helper_push_seg(CPUX86State *env, const X86Insn *insn)
{
    X86Stack s = x86_current_stack(env);

    x86_push(env, &s, insn->osz, env->segs[seg_of_push(insn)].selector);
    x86_commit_sp(env, &s);
}

void helper_pop_seg(CPUX86State *env, const X86Insn *insn)
{
    X86Stack s = x86_current_stack(env);
    unsigned seg = seg_of_push(insn);

    x86_load_seg(env, seg, x86_pop(env, &s, insn->osz));
    x86_commit_sp(env, &s);
    shadow_after_ss(env, seg);
}

void helper_load_far(CPUX86State *env, const X86Insn *insn)
{
    int seg = insn->map == 0 ? (insn->opcode == 0xc4 ? R_ES : R_DS)
                             : (insn->opcode == 0xb2 ? R_SS : insn->opcode == 0xb4 ? R_FS : R_GS);
    target_ulong ea = x86_ea(env, insn);
    uint64_t offset = x86_ld_mmu(env, ea, insn->osz, x86_mmu_index(env));

    x86_load_seg(env, seg, x86_ldw(env, ea + (1u << insn->osz)));
    x86_set_reg(env, insn->reg, insn->osz, offset);
    shadow_after_ss(env, seg);
}

/* ---- FS and GS bases ---- */

static void check_fsgsbase(CPUX86State *env)
{
    if (!(env->cr[4] & CR4_FSGSBASE_MASK)) {
        raise_exception(env, EXCP06_ILLOP);
    }
}

void helper_rdsegbase(CPUX86State *env, const X86Insn *insn)
{
    check_fsgsbase(env);
    x86_set_reg(env, insn->rm, insn->flags & X86_REX_W ? 3 : 2, env->segs[insn->modrm & 8 ? R_GS : R_FS].base);
}

void helper_wrsegbase(CPUX86State *env, const X86Insn *insn)
{
    uint64_t base = x86_get_reg(env, insn->rm, insn->flags & X86_REX_W ? 3 : 2);

    check_fsgsbase(env);
    if (!x86_is_canonical(env, base)) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    env->segs[insn->modrm & 8 ? R_GS : R_FS].base = base;
}

void helper_swapgs(CPUX86State *env, const X86Insn *insn)
{
    target_ulong base = env->segs[R_GS].base;

    env->segs[R_GS].base = env->kernelgsbase;
    env->kernelgsbase = base;
}

/* ---- LDTR and TR ---- */

/* System descriptors are sixteen bytes in long mode: the base's upper half follows. */
static uint64_t system_desc_base(CPUX86State *env, target_ulong addr, X86Desc d)
{
    uint64_t base = desc_base(d);

    if (x86_long_mode(env)) {
        base |= x86_ld_mmu(env, addr + 8, 2, X86_MMU_KERNEL) << 32;
    }
    return base;
}

static bool system_desc_fits(CPUX86State *env, unsigned selector)
{
    return !(selector & 4) && (selector & ~7u) + (x86_long_mode(env) ? 15 : 7) <= env->gdt.limit;
}

void x86_load_ldt(CPUX86State *env, unsigned selector, int fault, int ext)
{
    unsigned code = (selector & 0xfffc) | (ext > 0);
    target_ulong addr;
    X86Desc d;

    if (null_selector(selector)) {
        env->ldt = (SegmentCache) { .selector = selector };
        return;
    }
    if (!system_desc_fits(env, selector) || !x86_read_desc(env, selector, &d, &addr)) {
        raise_exception_err(env, fault, code);
    }
    if (d.hi & DESC_S_MASK || desc_type(d.hi) != 2) {
        raise_exception_err(env, fault, code);
    }
    if (!(d.hi & DESC_P_MASK)) {
        raise_exception_err(env, fault == EXCP0A_TSS ? EXCP0A_TSS : EXCP0B_NOSEG, code);
    }
    env->ldt = (SegmentCache) {
        .selector = selector, .base = system_desc_base(env, addr, d), .limit = desc_limit(d), .flags = d.hi,
    };
}

void helper_lldt(CPUX86State *env, const X86Insn *insn)
{
    x86_load_ldt(env, x86_get_rm(env, insn, 1), EXCP0D_GPF, -1);
}

void helper_ltr(CPUX86State *env, const X86Insn *insn)
{
    unsigned selector = x86_get_rm(env, insn, 1), type;
    target_ulong addr;
    uint64_t base;
    X86Desc d;

    if (null_selector(selector)) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    if (!system_desc_fits(env, selector) || !x86_read_desc(env, selector, &d, &addr)) {
        raise_exception_err(env, EXCP0D_GPF, selector & 0xfffc);
    }
    type = desc_type(d.hi);
    if (d.hi & DESC_S_MASK || (type != 9 && (type != 1 || x86_long_mode(env)))) {
        raise_exception_err(env, EXCP0D_GPF, selector & 0xfffc);
    }
    if (!(d.hi & DESC_P_MASK)) {
        raise_exception_err(env, EXCP0B_NOSEG, selector & 0xfffc);
    }
    base = system_desc_base(env, addr, d);
    if (x86_long_mode(env) && !x86_is_canonical(env, base)) {
        raise_exception_err(env, EXCP0D_GPF, selector & 0xfffc);
    }
    d.hi |= DESC_TSS_BUSY_MASK;
    x86_st_mmu(env, addr + 4, 2, d.hi, X86_MMU_KERNEL);
    env->tr = (SegmentCache) { .selector = selector, .base = base, .limit = desc_limit(d), .flags = d.hi };
}

/* SLDT, STR, SGDT, SIDT, SMSW: not for applications when CR4.UMIP is set (SDM vol. 3, 2.5). */
static void check_umip(CPUX86State *env)
{
    if (env->hflags & HF_UMIP_MASK && x86_cpl(env)) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
}

static void store_word(CPUX86State *env, const X86Insn *insn, uint64_t v)
{
    check_umip(env);
    x86_set_rm(env, insn, insn->flags & X86_MEM ? 1 : insn->osz, v);
}

void helper_sldt(CPUX86State *env, const X86Insn *insn)
{
    store_word(env, insn, env->ldt.selector);
}

void helper_str(CPUX86State *env, const X86Insn *insn)
{
    store_word(env, insn, env->tr.selector);
}

void helper_smsw(CPUX86State *env, const X86Insn *insn)
{
    store_word(env, insn, env->cr[0]);
}

/* ---- GDTR and IDTR ---- */

static void store_table(CPUX86State *env, const X86Insn *insn, const SegmentCache *table)
{
    target_ulong ea = x86_ea(env, insn);

    check_umip(env);
    x86_probe_write(env, ea, x86_code64(env) ? 10 : 6);
    x86_stw(env, ea, table->limit);
    if (x86_code64(env)) {
        x86_stq(env, ea + 2, table->base);
    } else {
        x86_stl(env, ea + 2, table->base);
    }
}

static void load_table(CPUX86State *env, const X86Insn *insn, SegmentCache *table)
{
    target_ulong ea = x86_ea(env, insn);
    uint32_t limit = x86_ldw(env, ea);
    uint64_t base = x86_code64(env) ? x86_ldq(env, ea + 2) : x86_ldl(env, ea + 2);

    if (x86_code64(env) && !x86_is_canonical(env, base)) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    if (!x86_code64(env) && insn->osz == 1) {
        base &= 0xffffff;
    }
    table->limit = limit;
    table->base = base;
}

void helper_sgdt(CPUX86State *env, const X86Insn *insn)
{
    store_table(env, insn, &env->gdt);
}

void helper_sidt(CPUX86State *env, const X86Insn *insn)
{
    store_table(env, insn, &env->idt);
}

void helper_lgdt(CPUX86State *env, const X86Insn *insn)
{
    load_table(env, insn, &env->gdt);
}

void helper_lidt(CPUX86State *env, const X86Insn *insn)
{
    load_table(env, insn, &env->idt);
}

/* ---- questions about selectors: ZF is the answer ---- */

static void set_zf(CPUX86State *env, bool zf)
{
    uint32_t flags = cpu_compute_eflags(env) & CC_OSZAPC;

    cc_set_eflags(env, zf ? flags | CC_Z : flags & ~CC_Z);
}

/* Visible to the running code at the selector's RPL? Conforming code always is. */
static bool visible(CPUX86State *env, unsigned selector, X86Desc d)
{
    if (desc_is_code(d.hi) && d.hi & DESC_C_MASK) {
        return true;
    }
    return desc_dpl(d.hi) >= x86_cpl(env) && desc_dpl(d.hi) >= (selector & 3);
}

static bool verify(CPUX86State *env, unsigned selector, bool write)
{
    X86Desc d;

    if (null_selector(selector) || !x86_read_desc(env, selector, &d, NULL) || !(d.hi & DESC_S_MASK) ||
        !visible(env, selector, d)) {
        return false;
    }
    if (d.hi & DESC_CS_MASK) {
        return !write && d.hi & DESC_R_MASK;
    }
    return !write || d.hi & DESC_W_MASK;
}

void helper_verr(CPUX86State *env, const X86Insn *insn)
{
    set_zf(env, verify(env, x86_get_rm(env, insn, 1), false));
}

void helper_verw(CPUX86State *env, const X86Insn *insn)
{
    set_zf(env, verify(env, x86_get_rm(env, insn, 1), true));
}

/* System descriptor types LAR and LSL accept (SDM vol. 2, tables 3-52 and 3-56), as bit masks by type. */
#define TYPES_LAR_32   0x1a3e           /* 1 2 3 4 5 9 11 12 */
#define TYPES_LAR_LONG 0x1a04           /* 2 9 11 12 */
#define TYPES_LSL_32   0x0a0e           /* 1 2 3 9 11 */
#define TYPES_LSL_LONG 0x0a04           /* 2 9 11 */

static bool inspect(CPUX86State *env, unsigned selector, unsigned types, X86Desc *d)
{
    if (null_selector(selector) || !x86_read_desc(env, selector, d, NULL)) {
        return false;
    }
    if (!(d->hi & DESC_S_MASK) && !(types >> desc_type(d->hi) & 1)) {
        return false;
    }
    return visible(env, selector, *d);
}

void helper_lar(CPUX86State *env, const X86Insn *insn)
{
    unsigned selector = x86_get_rm(env, insn, 1);
    X86Desc d;
    bool ok = inspect(env, selector, x86_long_mode(env) ? TYPES_LAR_LONG : TYPES_LAR_32, &d);

    if (ok) {
        x86_set_reg(env, insn->reg, insn->osz, d.hi & 0x00f0ff00);
    }
    set_zf(env, ok);
}

void helper_lsl(CPUX86State *env, const X86Insn *insn)
{
    unsigned selector = x86_get_rm(env, insn, 1);
    X86Desc d;
    bool ok = inspect(env, selector, x86_long_mode(env) ? TYPES_LSL_LONG : TYPES_LSL_32, &d);

    if (ok) {
        x86_set_reg(env, insn->reg, insn->osz, desc_limit(d));
    }
    set_zf(env, ok);
}

void helper_arpl(CPUX86State *env, const X86Insn *insn)
{
    unsigned dst = x86_get_rm(env, insn, 1), src = x86_get_reg(env, insn->reg, 1);
    bool adjust = (dst & 3) < (src & 3);

    if (adjust) {
        x86_set_rm(env, insn, 1, (dst & ~3u) | (src & 3));
    }
    set_zf(env, adjust);
}
