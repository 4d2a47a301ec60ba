/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segmentation's building blocks (SDM vol. 3, chapters 3, 5, 6, 7): descriptors, stacks, privilege checks.
 *
 * Shared by seg.c (segment registers), far.c (transfers), excp.c (delivery) and task.c (task switches). All run on
 * the CPU's own thread, without the BQL, and may raise exceptions; @ext is the EXT bit of error codes: 1 while an
 * event that is not INT n is being delivered.
 */
#ifndef TARGET_I386_TCG_SEG_H
#define TARGET_I386_TCG_SEG_H

#include "target/i386/tcg/tcg-cpu.h"

/* A descriptor's two doublewords */
typedef struct X86Desc {
    uint32_t lo, hi;
} X86Desc;

static inline unsigned desc_dpl(uint32_t hi)
{
    return hi >> DESC_DPL_SHIFT & 3;
}

static inline unsigned desc_type(uint32_t hi)
{
    return hi >> DESC_TYPE_SHIFT & 15;
}

static inline uint32_t desc_base(X86Desc d)
{
    return d.lo >> 16 | (d.hi & 0xff) << 16 | (d.hi & 0xff000000);
}

static inline uint32_t desc_limit(X86Desc d)
{
    uint32_t limit = (d.lo & 0xffff) | (d.hi & 0x000f0000);

    return d.hi & DESC_G_MASK ? limit << 12 | 0xfff : limit;
}

static inline uint32_t gate_offset(X86Desc d)
{
    return (d.hi & 0xffff0000) | (d.lo & 0xffff);
}

static inline bool desc_is_code(uint32_t hi)
{
    return (hi & (DESC_S_MASK | DESC_CS_MASK)) == (DESC_S_MASK | DESC_CS_MASK);
}

static inline bool null_selector(unsigned selector)
{
    return !(selector & 0xfffc);
}

static inline bool x86_long_mode(const CPUX86State *env)
{
    return env->hflags & HF_LMA_MASK;
}

static inline bool x86_code64(const CPUX86State *env)
{
    return env->hflags & HF_CS64_MASK;
}

static inline bool x86_protected(const CPUX86State *env)
{
    return env->hflags & HF_PE_MASK && !(env->eflags & VM_MASK);
}

static inline bool x86_is_canonical(const CPUX86State *env, uint64_t addr)
{
    unsigned shift = env->cr[4] & CR4_LA57_MASK ? 7 : 16;

    return (uint64_t)((int64_t)(addr << shift) >> shift) == addr;
}

/* seg.c */
/* False: @selector is outside its table. The address of the descriptor is left in *addr when that is not NULL. */
bool x86_read_desc(CPUX86State *env, unsigned selector, X86Desc *d, target_ulong *addr);
void x86_set_accessed(CPUX86State *env, unsigned selector, X86Desc *d);
void x86_load_seg_desc(CPUX86State *env, int seg, unsigned selector, X86Desc d);
void x86_load_seg_real(CPUX86State *env, int seg, unsigned selector);   /* real and virtual-8086 mode */
void x86_load_seg(CPUX86State *env, int seg, unsigned selector);        /* as MOV Sreg does; not CS */
void x86_load_null_ss(CPUX86State *env, unsigned selector, unsigned cpl);
/* After returning to CPL @cpl: data segments that are more privileged become null. */
void x86_drop_privileged_segs(CPUX86State *env, unsigned cpl);
void x86_load_ldt(CPUX86State *env, unsigned selector, int fault, int ext);

/* A stack being pushed to or popped from; registers change only when the caller commits sp. */
typedef struct X86Stack {
    target_ulong base, sp, mask;
    bool wide;                  /* 64-bit addresses */
    int mmu;                    /* X86_MMU_* */
    int ext;                    /* -1: not while delivering */
} X86Stack;

X86Stack x86_current_stack(CPUX86State *env);
void x86_push(CPUX86State *env, X86Stack *s, unsigned size, uint64_t v);   /* size: log2 of bytes */
uint64_t x86_pop(CPUX86State *env, X86Stack *s, unsigned size);
void x86_commit_sp(CPUX86State *env, const X86Stack *s);

/* task.c */
typedef enum X86TaskSwitch { TASK_JMP, TASK_CALL, TASK_IRET } X86TaskSwitch;
void x86_task_switch(CPUX86State *env, unsigned selector, X86TaskSwitch how, target_ulong next_eip, int ext);
/* The task register's TSS: inner stack for privilege level @dpl (32-bit), and slot @index (64-bit: RSP0-2, IST). */
void x86_tss_stack(CPUX86State *env, unsigned dpl, unsigned *ss, uint32_t *esp, int ext);
uint64_t x86_tss_rsp(CPUX86State *env, unsigned slot, int ext);

#endif
