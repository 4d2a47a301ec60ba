/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JMP Jcc CALL RET LOOP JCXZ within the code segment (SDM vol. 2). Far transfers are in the system half. */
#include "qemu/osdep.h"
#include "target/i386/tcg/int.h"

/* Relative target; the mode's width truncates it: 16-bit operand size outside 64-bit mode. */
static QEMU_ALWAYS_INLINE uint64_t target(CPUX86State *env, const X86Insn *insn)
{
    uint64_t t = env->block_eip + insn->off + insn->len + insn->imm;

    return likely(insn->osz == 3) ? t : insn->osz == 2 ? (uint32_t)t : (uint16_t)t;
}

static QEMU_ALWAYS_INLINE uint64_t next_eip(CPUX86State *env, const X86Insn *insn)
{
    return x86_next_eip(env, insn);
}

#if X86_CHAIN
/* A jump leaves by its own chained block; same page only, else through the jump cache. */
#define GOTO(insn, eip) do {                                                                \
        if (likely((insn)->aux)) return goto_direct(env, insn, eip);                        \
        return goto_far_page(env, insn, eip);                                               \
    } while (0)

static QEMU_ALWAYS_INLINE void goto_far_page(CPUX86State *env, const X86Insn *insn, uint64_t eip)
{
    if (((eip ^ env->block_eip) & PAGE_MASK_) == 0) {
        return goto_direct(env, insn, eip);         /* not linked yet */
    }
    return goto_indirect(env, eip);
}
#else
#define GOTO(insn, eip) return goto_direct(env, insn, eip)
#endif

#define GEN_JCC(cc)                                                                         \
    OP(jcc##cc##_op) {                                                                      \
        if (cc_test(env, cc)) GOTO(insn, target(env, insn));                                \
        NEXT();                                                                             \
    }                                                                                       \
    OPSET(jcc##cc, .r = FN1(jcc##cc##_op))
GEN_JCC(0) GEN_JCC(1) GEN_JCC(2) GEN_JCC(3) GEN_JCC(4) GEN_JCC(5) GEN_JCC(6) GEN_JCC(7)
GEN_JCC(8) GEN_JCC(9) GEN_JCC(10) GEN_JCC(11) GEN_JCC(12) GEN_JCC(13) GEN_JCC(14) GEN_JCC(15)

OP(jmp_op) { GOTO(insn, target(env, insn)); }

/* ---- counted loops ---- */
static QEMU_ALWAYS_INLINE uint64_t count_down(CPUX86State *env, const X86Insn *insn)
{
    uint64_t n = zx(insn->asz, env->regs[R_ECX] - 1);

    wr(env, R_ECX, insn->asz, n);
    return n;
}

OP(loop_op) { if (count_down(env, insn)) GOTO(insn, target(env, insn)); NEXT(); }
OP(loope_op) { if (count_down(env, insn) && cc_z(env)) GOTO(insn, target(env, insn)); NEXT(); }
OP(loopne_op) { if (count_down(env, insn) && !cc_z(env)) GOTO(insn, target(env, insn)); NEXT(); }
OP(jcxz_op) { if (!zx(insn->asz, env->regs[R_ECX])) GOTO(insn, target(env, insn)); NEXT(); }

/* ---- calls and returns ---- */
static QEMU_ALWAYS_INLINE void push_eip(CPUX86State *env, const X86Insn *insn, unsigned size, uint64_t v)
{
    uint64_t sp = env->regs[R_ESP] - (1 << size);

    if (likely(size == 3)) {
        st_stack(env, insn, sp, 3, v);
        env->regs[R_ESP] = sp;
    } else if (env->hflags & HF_SS32_MASK) {
        st(env, insn, seg_linear(env, insn, R_SS, sp, 1u << size, true), size, v);
        env->regs[R_ESP] = (uint32_t)sp;
    } else {
        st(env, insn, seg_linear(env, insn, R_SS, (uint16_t)sp, 1u << size, true), size, v);
        wr(env, R_ESP, 1, sp);
    }
}

static QEMU_ALWAYS_INLINE uint64_t pop_eip(CPUX86State *env, const X86Insn *insn, unsigned size, unsigned extra)
{
    uint64_t sp = env->regs[R_ESP], v;

    if (likely(size == 3)) {
        v = ld_stack(env, insn, sp, 3);
        env->regs[R_ESP] = sp + 8 + extra;
    } else if (env->hflags & HF_SS32_MASK) {
        v = ld(env, insn, seg_linear(env, insn, R_SS, sp, 1u << size, false), size);
        env->regs[R_ESP] = (uint32_t)(sp + (1 << size) + extra);
    } else {
        v = ld(env, insn, seg_linear(env, insn, R_SS, (uint16_t)sp, 1u << size, false), size);
        wr(env, R_ESP, 1, sp + (1 << size) + extra);
    }
    return v;
}

/* A target that is not canonical faults with RIP at the branch, before anything changed. */
static QEMU_ALWAYS_INLINE void check_target(CPUX86State *env, const X86Insn *insn, unsigned size, uint64_t eip)
{
    if (size == 3 && unlikely(!x86_canonical(env, eip))) {
        x86_sync_eip(env, insn);
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
}

#define GEN_FLOW(S)                                                                         \
    OP(call_##S) {                                                                          \
        uint64_t t = target(env, insn);                                                     \
        push_eip(env, insn, S, next_eip(env, insn));                                        \
        GOTO(insn, t);                                                                      \
    }                                                                                       \
    OP(jmp_E_r_##S) {                                                                       \
        uint64_t t = rd(env, insn->rm, S);                                                  \
        check_target(env, insn, S, t);                                                      \
        return goto_indirect(env, t);                                                       \
    }                                                                                       \
    OP(jmp_E_m_##S) {                                                                       \
        uint64_t t = ld(env, insn, ea(env, insn), S);                                       \
        check_target(env, insn, S, t);                                                      \
        return goto_indirect(env, t);                                                       \
    }                                                                                       \
    OP(call_E_r_##S) {                                                                      \
        uint64_t t = rd(env, insn->rm, S);                                                  \
        check_target(env, insn, S, t);                                                      \
        push_eip(env, insn, S, next_eip(env, insn));                                        \
        return goto_indirect(env, t);                                                       \
    }                                                                                       \
    OP(call_E_m_##S) {                                                                      \
        uint64_t t = ld(env, insn, ea(env, insn), S);                                       \
        check_target(env, insn, S, t);                                                      \
        push_eip(env, insn, S, next_eip(env, insn));                                        \
        return goto_indirect(env, t);                                                       \
    }                                                                                       \
    OP(ret_##S) {                                                                           \
        uint64_t old = env->regs[R_ESP], t = pop_eip(env, insn, S, 0);                      \
        if (S == 3 && unlikely(!x86_canonical(env, t))) {                                   \
            env->regs[R_ESP] = old;                                                         \
            check_target(env, insn, S, t);                                                  \
        }                                                                                   \
        return goto_indirect(env, t);                                                       \
    }                                                                                       \
    OP(ret_I_##S) {                                                                         \
        uint64_t old = env->regs[R_ESP], t = pop_eip(env, insn, S, insn->imm);              \
        if (S == 3 && unlikely(!x86_canonical(env, t))) {                                   \
            env->regs[R_ESP] = old;                                                         \
            check_target(env, insn, S, t);                                                  \
        }                                                                                   \
        return goto_indirect(env, t);                                                       \
    }
SIZES3(GEN_FLOW)
OPSET(jmp, .r = FN1(jmp_op))
OPSET(loop, .r = FN1(loop_op))
OPSET(loope, .r = FN1(loope_op))
OPSET(loopne, .r = FN1(loopne_op))
OPSET(jcxz, .r = FN1(jcxz_op))
OPSET(call, .r = FN3(call))
OPSET(jmp_E, .r = FN3(jmp_E_r), .m = FN3(jmp_E_m))
OPSET(call_E, .r = FN3(call_E_r), .m = FN3(call_E_m))
OPSET(ret, .r = FN3(ret))
OPSET(ret_I, .r = FN3(ret_I))
