/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The common x87 instructions in their ordinary case: sources not empty, room to push, every exception
 * masked.  Anything else returns false with nothing changed and x87.c does it whole.
 *
 * Operands pass through the host's x87 registers one by one; the host's stack is empty before and
 * after.  As with MXCSR, the host's sticky exception flags may stay set as long as the guest has
 * them set too; otherwise they are cleared first.  FCW is loaded only when the guest's is not the
 * one the C ABI prescribes, and put back.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/tcg-cpu.h"
#include "target/i386/tcg/vec.h"
#include "target/i386/tcg/x87.h"

typedef uint16_t F80Binary(X86FPReg *res, const X86FPReg *st0, const void *src);
typedef uint16_t F80Compare(const X86FPReg *st0, const void *src);
typedef uint16_t F80Load(X86FPReg *res, const void *src);
typedef uint16_t F80Store(void *dst, const X86FPReg *st0);

/* ---- one host instruction each; the status word comes back ---- */

#define BINARY_ST(name) \
    static uint16_t name##_st(X86FPReg *res, const X86FPReg *st0, const void *src) \
    { \
        uint16_t sw; \
        asm volatile("fldt %2; fldt %3; " #name " %%st(1), %%st; fnstsw %0; fstpt %1; fstp %%st(0)" \
                     : "=a"(sw), "=m"(*res) : "m"(*(const X86FPReg *)src), "m"(*st0)); \
        return sw; \
    }
#define BINARY_MEM(name, suffix, insn, type) \
    static uint16_t name##_##suffix(X86FPReg *res, const X86FPReg *st0, const void *src) \
    { \
        uint16_t sw; \
        asm volatile("fldt %2; " insn " %3; fnstsw %0; fstpt %1" \
                     : "=a"(sw), "=m"(*res) : "m"(*st0), "m"(*(const type *)src)); \
        return sw; \
    }
#define BINARY(name, iname) \
    BINARY_ST(name) \
    BINARY_MEM(name, m32, #name "s", uint32_t) \
    BINARY_MEM(name, m64, #name "l", uint64_t) \
    BINARY_MEM(name, i16, #iname "s", uint16_t) \
    BINARY_MEM(name, i32, #iname "l", uint32_t)
BINARY(fadd, fiadd)
BINARY(fmul, fimul)
BINARY(fsub, fisub)
BINARY(fsubr, fisubr)
BINARY(fdiv, fidiv)
BINARY(fdivr, fidivr)

#define COMPARE(name, insn, type) \
    static uint16_t name(const X86FPReg *st0, const void *src) \
    { \
        uint16_t sw; \
        asm volatile("fldt %1; " insn " %2; fnstsw %0" : "=a"(sw) : "m"(*st0), "m"(*(const type *)src)); \
        return sw; \
    }
COMPARE(fcom_m32, "fcomps", uint32_t)
COMPARE(fcom_m64, "fcompl", uint64_t)
COMPARE(fcom_i16, "ficomps", uint16_t)
COMPARE(fcom_i32, "ficompl", uint32_t)

#define COMPARE_ST(name, insn) \
    static uint16_t name(const X86FPReg *st0, const void *src) \
    { \
        uint16_t sw; \
        asm volatile("fldt %2; fldt %1; " insn "; fnstsw %0" \
                     : "=a"(sw) : "m"(*st0), "m"(*(const X86FPReg *)src)); \
        return sw; \
    }
COMPARE_ST(fcom_st, "fcompp")
COMPARE_ST(fucom_st, "fucompp")

#define LOAD(name, insn, type) \
    static uint16_t name(X86FPReg *res, const void *src) \
    { \
        uint16_t sw; \
        asm volatile(insn " %2; fnstsw %0; fstpt %1" : "=a"(sw), "=m"(*res) : "m"(*(const type *)src)); \
        return sw; \
    }
LOAD(fld_m32, "flds", uint32_t)
LOAD(fld_m64, "fldl", uint64_t)
LOAD(fld_i16, "filds", uint16_t)
LOAD(fld_i32, "fildl", uint32_t)
LOAD(fld_i64, "fildll", uint64_t)

#define STORE(name, insn, type) \
    static uint16_t name(void *dst, const X86FPReg *st0) \
    { \
        uint16_t sw; \
        asm volatile("fldt %2; " insn " %1; fnstsw %0" : "=a"(sw), "=m"(*(type *)dst) : "m"(*st0)); \
        return sw; \
    }
STORE(fst_m32, "fstps", uint32_t)
STORE(fst_m64, "fstpl", uint64_t)
STORE(fst_i16, "fistps", uint16_t)
STORE(fst_i32, "fistpl", uint32_t)
STORE(fst_i64, "fistpll", uint64_t)
STORE(fstt_i16, "fisttps", uint16_t)
STORE(fstt_i32, "fisttpl", uint32_t)
STORE(fstt_i64, "fisttpll", uint64_t)

#define UNARY(name) \
    static uint16_t name##_st(X86FPReg *res, const void *src) \
    { \
        uint16_t sw; \
        asm volatile("fldt %2; " #name "; fnstsw %0; fstpt %1" \
                     : "=a"(sw), "=m"(*res) : "m"(*(const X86FPReg *)src)); \
        return sw; \
    }
UNARY(fsqrt)
UNARY(frndint)

/* ---- the host's environment ---- */

static inline uint16_t host_fnstsw(void)
{
    uint16_t sw;

    asm volatile("fnstsw %0" : "=a"(sw));
    return sw;
}

static inline void host_fldcw(uint16_t cw)
{
    asm volatile("fldcw %0" : : "m"(cw));
}

/* True: FCW was changed, host_leave() must be called with it. */
static inline bool host_enter(const X86FPState *fp)
{
    if (unlikely(host_fnstsw() & ~fp->fsw & FPUS_EXC)) {
        asm volatile("fnclex");
    }
    if (unlikely(fp->fcw != FPUC_DEFAULT)) {
        host_fldcw(fp->fcw);
        return true;
    }
    return false;
}

static inline void host_leave(bool changed)
{
    if (unlikely(changed)) {
        host_fldcw(FPUC_DEFAULT);
    }
}

/* ---- the guest's stack ---- */

static inline void set_flags(X86FPState *fp, uint16_t sw, uint16_t cc)
{
    fp->fsw = (fp->fsw & ~cc) | (sw & (cc | FPUS_EXC));
}

static inline void pop(X86FPState *fp)
{
    unsigned top = x86_fp_top(fp);

    fp->ftw &= ~(1u << top);
    x86_fp_set_top(fp, top + 1);
}

static inline bool can_push(const X86FPState *fp)
{
    return x86_fp_st_empty(fp, 7);
}

/* ST(7) has its value already and becomes ST(0) */
static inline void pushed(X86FPState *fp)
{
    unsigned top = (x86_fp_top(fp) - 1) & 7;

    x86_fp_set_top(fp, top);
    fp->ftw |= 1u << top;
}

static inline void push(X86FPState *fp, const X86FPReg *v)
{
    *x86_fp_st(fp, 7) = *v;
    pushed(fp);
}

/* ---- instructions ---- */

static uint64_t load_operand(CPUX86State *env, const X86Insn *insn, unsigned size)
{
    target_ulong addr = x86_ea(env, insn);

    return size == 8 ? x86_ldq(env, addr) : size == 4 ? x86_ldl(env, addr) : x86_ldw(env, addr);
}

enum { SRC_M32, SRC_I32, SRC_M64, SRC_I16, SRC_ST, SRC_COUNT };

#define ROW(name) { name##_m32, name##_i32, name##_m64, name##_i16, name##_st }
static F80Binary *const binary[8][SRC_COUNT] = {
    ROW(fadd), ROW(fmul), { NULL }, { NULL }, ROW(fsub), ROW(fsubr), ROW(fdiv), ROW(fdivr),
};
static F80Compare *const compare[SRC_COUNT] = { fcom_m32, fcom_i32, fcom_m64, fcom_i16, fcom_st };

static bool run_compare(X86FPState *fp, F80Compare *fn, const void *src, unsigned pops)
{
    bool changed = host_enter(fp);
    uint16_t sw = fn(x86_fp_st(fp, 0), src);

    host_leave(changed);
    set_flags(fp, sw, FPUS_CC);
    while (pops--) {
        pop(fp);
    }
    return true;
}

static bool run_binary(X86FPState *fp, F80Binary *fn, X86FPReg *dest, const void *src)
{
    bool changed = host_enter(fp);
    /* straight into place: copying ten fresh bytes as sixteen would stall */
    uint16_t sw = fn(dest, x86_fp_st(fp, 0), src);

    host_leave(changed);
    set_flags(fp, sw, FPUS_C1);
    return true;
}

/* D8, DA, DC, DE with memory: ST(0) = ST(0) op m */
static bool arith_mem(CPUX86State *env, const X86Insn *insn)
{
    static const uint8_t sizes[4] = { 4, 4, 8, 2 };
    X86FPState *fp = &env->fp;
    unsigned kind = (insn->opcode & 7) >> 1, digit = insn->modrm >> 3 & 7;
    uint64_t v;

    if (x86_fp_st_empty(fp, 0)) {
        return false;
    }
    v = load_operand(env, insn, sizes[kind]);
    if (digit == 2 || digit == 3) {
        return run_compare(fp, compare[kind], &v, digit - 2);
    }
    return run_binary(fp, binary[digit][kind], x86_fp_st(fp, 0), &v);
}

/* D8, DC, DE with registers; in DC and DE the result goes to ST(i) */
static bool arith_reg(CPUX86State *env, const X86Insn *insn)
{
    X86FPState *fp = &env->fp;
    unsigned i = insn->modrm & 7, digit = insn->modrm >> 3 & 7;
    X86FPReg *sti = x86_fp_st(fp, i);

    if (x86_fp_st_empty(fp, 0) || x86_fp_st_empty(fp, i)) {
        return false;
    }
    if (digit == 2 || digit == 3) {
        return run_compare(fp, fcom_st, sti, insn->opcode == 0xde ? digit - 1 : digit - 2);
    }
    run_binary(fp, binary[digit][SRC_ST], insn->opcode == 0xd8 ? x86_fp_st(fp, 0) : sti, sti);
    if (insn->opcode == 0xde) {
        pop(fp);
    }
    return true;
}

static bool run_load(CPUX86State *env, const X86Insn *insn, F80Load *fn, unsigned size)
{
    X86FPState *fp = &env->fp;
    uint64_t v;
    uint16_t sw;
    bool changed;

    if (!can_push(fp)) {
        return false;
    }
    v = load_operand(env, insn, size);
    changed = host_enter(fp);
    sw = fn(x86_fp_st(fp, 7), &v);
    host_leave(changed);
    /* a denormal or signalling source sets flags; C1 is clear */
    pushed(fp);
    set_flags(fp, sw & ~FPUS_C1, FPUS_C1);
    return true;
}

static bool load_f80(CPUX86State *env, const X86Insn *insn)
{
    X86FPReg r = { 0 };

    if (!can_push(&env->fp)) {
        return false;
    }
    x86_ld_bytes(env, x86_ea(env, insn), r.b, 10);
    push(&env->fp, &r);
    env->fp.fsw &= ~FPUS_C1;
    return true;
}

static bool run_store(CPUX86State *env, const X86Insn *insn, F80Store *fn, unsigned size, bool pops)
{
    X86FPState *fp = &env->fp;
    target_ulong addr;
    union {
        uint16_t w;
        uint32_t l;
        uint64_t q;
    } v;
    uint16_t sw;
    bool changed;

    if (x86_fp_st_empty(fp, 0)) {
        return false;
    }
    addr = x86_ea(env, insn);
    changed = host_enter(fp);
    sw = fn(&v, x86_fp_st(fp, 0));
    host_leave(changed);
    /* may fault: nothing has changed so far */
    if (size == 8) {
        x86_stq(env, addr, v.q);
    } else if (size == 4) {
        x86_stl(env, addr, v.l);
    } else {
        x86_stw(env, addr, v.w);
    }
    set_flags(fp, sw, FPUS_C1);
    if (pops) {
        pop(fp);
    }
    return true;
}

static bool store_f80(CPUX86State *env, const X86Insn *insn)
{
    if (x86_fp_st_empty(&env->fp, 0)) {
        return false;
    }
    x86_st_bytes(env, x86_ea(env, insn), x86_fp_st(&env->fp, 0)->b, 10);
    env->fp.fsw &= ~FPUS_C1;
    pop(&env->fp);
    return true;
}

static bool transfer_mem(CPUX86State *env, const X86Insn *insn)
{
    switch ((insn->opcode & 7) << 3 | (insn->modrm >> 3 & 7)) {
    case 1 << 3 | 0:
        return run_load(env, insn, fld_m32, 4);
    case 1 << 3 | 2:
    case 1 << 3 | 3:
        return run_store(env, insn, fst_m32, 4, insn->modrm & 8);
    case 3 << 3 | 0:
        return run_load(env, insn, fld_i32, 4);
    case 3 << 3 | 1:
        return run_store(env, insn, fstt_i32, 4, true);
    case 3 << 3 | 2:
    case 3 << 3 | 3:
        return run_store(env, insn, fst_i32, 4, insn->modrm & 8);
    case 3 << 3 | 5:
        return load_f80(env, insn);
    case 3 << 3 | 7:
        return store_f80(env, insn);
    case 5 << 3 | 0:
        return run_load(env, insn, fld_m64, 8);
    case 5 << 3 | 1:
        return run_store(env, insn, fstt_i64, 8, true);
    case 5 << 3 | 2:
    case 5 << 3 | 3:
        return run_store(env, insn, fst_m64, 8, insn->modrm & 8);
    case 7 << 3 | 0:
        return run_load(env, insn, fld_i16, 2);
    case 7 << 3 | 1:
        return run_store(env, insn, fstt_i16, 2, true);
    case 7 << 3 | 2:
    case 7 << 3 | 3:
        return run_store(env, insn, fst_i16, 2, insn->modrm & 8);
    case 7 << 3 | 5:
        return run_load(env, insn, fld_i64, 8);
    case 7 << 3 | 7:
        return run_store(env, insn, fst_i64, 8, true);
    }
    return false;
}

static bool exchange(X86FPState *fp, unsigned i)
{
    X86FPReg *a = x86_fp_st(fp, 0), *b = x86_fp_st(fp, i), t;

    if (x86_fp_st_empty(fp, 0) || x86_fp_st_empty(fp, i)) {
        return false;
    }
    t = *a;
    *a = *b;
    *b = t;
    fp->fsw &= ~FPUS_C1;
    return true;
}

static bool load_st(X86FPState *fp, unsigned i)
{
    X86FPReg v = *x86_fp_st(fp, i);

    if (x86_fp_st_empty(fp, i) || !can_push(fp)) {
        return false;
    }
    push(fp, &v);
    fp->fsw &= ~FPUS_C1;
    return true;
}

static bool store_st(X86FPState *fp, unsigned i, bool pops)
{
    if (x86_fp_st_empty(fp, 0)) {
        return false;
    }
    *x86_fp_st(fp, i) = *x86_fp_st(fp, 0);
    fp->ftw |= 1u << ((x86_fp_top(fp) + i) & 7);
    fp->fsw &= ~FPUS_C1;
    if (pops) {
        pop(fp);
    }
    return true;
}

/* FSQRT, FRNDINT */
static bool run_unary(X86FPState *fp, F80Load *fn)
{
    uint16_t sw;
    bool changed;

    if (x86_fp_st_empty(fp, 0)) {
        return false;
    }
    changed = host_enter(fp);
    sw = fn(x86_fp_st(fp, 0), x86_fp_st(fp, 0));
    host_leave(changed);
    set_flags(fp, sw, FPUS_C1);
    return true;
}

/* D9 with a register */
static bool group_d9(X86FPState *fp, unsigned modrm)
{
    static const X86FPReg one = { .mant = 1ull << 63, .exp = 0x3fff }, zero;

    switch (modrm) {
    case 0xc0 ... 0xc7:
        return load_st(fp, modrm & 7);
    case 0xc8 ... 0xcf:
        return exchange(fp, modrm & 7);
    case 0xe0:
    case 0xe1:
        if (x86_fp_st_empty(fp, 0)) {
            return false;
        }
        x86_fp_st(fp, 0)->exp = modrm & 1 ? x86_fp_st(fp, 0)->exp & 0x7fff : x86_fp_st(fp, 0)->exp ^ 0x8000;
        fp->fsw &= ~FPUS_C1;
        return true;
    case 0xe8:
    case 0xee:
        if (!can_push(fp)) {
            return false;
        }
        push(fp, modrm == 0xe8 ? &one : &zero);
        fp->fsw &= ~FPUS_C1;
        return true;
    case 0xfa:
        return run_unary(fp, fsqrt_st);
    case 0xfc:
        return run_unary(fp, frndint_st);
    }
    return false;
}

/* FCOMI, FUCOMI and their popping forms: ZF PF CF instead of C3 C2 C0; FSW keeps all four, C1 too */
static bool compare_eflags(CPUX86State *env, const X86Insn *insn)
{
    X86FPState *fp = &env->fp;
    unsigned i = insn->modrm & 7;
    uint16_t cc = fp->fsw & FPUS_CC, sw;

    if (x86_fp_st_empty(fp, 0) || x86_fp_st_empty(fp, i)) {
        return false;
    }
    run_compare(fp, insn->modrm < 0xf0 ? fucom_st : fcom_st, x86_fp_st(fp, i), 0);
    sw = fp->fsw;
    fp->fsw = (sw & ~FPUS_CC) | cc;
    cc_set_eflags(env, (sw & FPUS_C3 ? CC_Z : 0) | (sw & FPUS_C2 ? CC_P : 0) | (sw & FPUS_C0 ? CC_C : 0));
    if (insn->opcode == 0xdf) {
        pop(fp);
    }
    return true;
}

static bool transfer_reg(CPUX86State *env, const X86Insn *insn)
{
    X86FPState *fp = &env->fp;
    unsigned i = insn->modrm & 7;

    switch ((insn->opcode & 7) << 3 | (insn->modrm >> 3 & 7)) {
    case 1 << 3 | 0 ... 1 << 3 | 7:
        return group_d9(fp, insn->modrm);
    case 2 << 3 | 5:        /* DA E9 */
        if (x86_fp_st_empty(fp, 0) || x86_fp_st_empty(fp, 1)) {
            return false;
        }
        return run_compare(fp, fucom_st, x86_fp_st(fp, 1), 2);
    case 3 << 3 | 5:
    case 3 << 3 | 6:
    case 7 << 3 | 5:
    case 7 << 3 | 6:
        return compare_eflags(env, insn);
    case 5 << 3 | 2:
    case 5 << 3 | 3:
        return store_st(fp, i, insn->modrm & 8);
    case 5 << 3 | 4:
    case 5 << 3 | 5:
        if (x86_fp_st_empty(fp, 0) || x86_fp_st_empty(fp, i)) {
            return false;
        }
        return run_compare(fp, fucom_st, x86_fp_st(fp, i), insn->modrm >> 3 & 1);
    }
    return false;
}

bool x87_fast(CPUX86State *env, const X86Insn *insn)
{
    if (unlikely((env->fp.fcw & FPUC_EM) != FPUC_EM)) {
        return false;
    }
    if (insn->flags & X86_MEM) {
        return insn->opcode & 1 ? transfer_mem(env, insn) : arith_mem(env, insn);
    }
    if (insn->opcode == 0xd8 || insn->opcode == 0xdc || insn->opcode == 0xde) {
        return arith_reg(env, insn);
    }
    return transfer_reg(env, insn);
}
