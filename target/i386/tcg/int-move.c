/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves, LEA, conditional moves, the stack, single flags, no-operations; effective addresses (SDM vol. 2). */
#include "qemu/osdep.h"
#include "target/i386/tcg/int.h"

/* ---- effective addresses ---- */
target_ulong x86_ea_offset(CPUX86State *env, const X86Insn *insn)
{
    const uint64_t *slot = (const uint64_t *)env;
    uint64_t a = slot[insn->base] + (slot[insn->index] << insn->scale) + insn->disp;

    return insn->asz == 3 ? a : insn->asz == 2 ? (uint32_t)a : (uint16_t)a;
}

static uint64_t linear(CPUX86State *env, int seg, uint64_t offset, unsigned size, bool write)
{
    if (env->hflags & HF_CS64_MASK) {
        uint64_t a = seg >= R_FS ? offset + env->segs[seg].base : offset;

        if (unlikely(!x86_canonical(env, a) || !x86_canonical(env, a + size - 1))) {
            raise_exception_err(env, seg == R_SS ? EXCP0C_STACK : EXCP0D_GPF, 0);
        }
        return a;
    }
    return seg_linear(env, NULL, seg, offset, size, write);
}

target_ulong x86_linear(CPUX86State *env, int seg, target_ulong offset, unsigned size)
{
    return linear(env, seg, offset, size, false);
}

target_ulong x86_linear_store(CPUX86State *env, int seg, target_ulong offset, unsigned size)
{
    return linear(env, seg, offset, size, true);
}

uint64_t x86_ea_full(CPUX86State *env, const X86Insn *insn)
{
    uint64_t off = x86_ea_offset(env, insn);

    if (env->hflags & HF_CS64_MASK) {
        return insn->seg >= R_FS ? off + env->segs[insn->seg].base : off;
    }
    if (x86_seg_flat(env, insn->seg)) {
        return (uint32_t)(off + env->segs[insn->seg].base);
    }
    return x86_seg_check_operand(env, insn, off);
}

target_ulong x86_ea(CPUX86State *env, const X86Insn *insn)
{
    uint64_t addr = x86_ea_full(env, insn);

    if (unlikely(insn->seg == R_SS && (env->hflags & HF_CS64_MASK) && !x86_canonical(env, addr))) {
        x86_sync_eip(env, insn);
        raise_exception_err(env, EXCP0C_STACK, 0);
    }
    return addr;
}

uint64_t x86_get_rm(CPUX86State *env, const X86Insn *insn, unsigned size)
{
    return insn->flags & X86_MEM ? ld(env, insn, x86_ea(env, insn), size) : rd(env, insn->rm, size);
}

void x86_set_rm(CPUX86State *env, const X86Insn *insn, unsigned size, uint64_t v)
{
    if (insn->flags & X86_MEM) {
        st(env, insn, x86_ea(env, insn), size, v);
    } else {
        wr(env, insn->rm, size, v);
    }
}

/* ---- MOV ---- */
#define GEN_MOV(S)                                                                          \
    OP(mov_EG_r_##S) { wr(env, insn->rm, S, rd(env, insn->reg, S)); NEXT(); }               \
    OP(mov_EG_m_##S) { st(env, insn, ea(env, insn), S, rd(env, insn->reg, S)); NEXT(); }    \
    OP(mov_GE_r_##S) { wr(env, insn->reg, S, rd(env, insn->rm, S)); NEXT(); }               \
    OP(mov_GE_m_##S) { wr(env, insn->reg, S, ld(env, insn, ea(env, insn), S)); NEXT(); }    \
    OP(mov_EI_r_##S) { wr(env, insn->rm, S, insn->imm); NEXT(); }                           \
    OP(mov_EI_m_##S) { st(env, insn, ea(env, insn), S, insn->imm); NEXT(); }                \
    OP(mov_AO_##S) { wr(env, R_EAX, S, ld(env, insn, moffs(env, insn, S, false), S)); NEXT(); } \
    OP(mov_OA_##S) { st(env, insn, moffs(env, insn, S, true), S, rd(env, R_EAX, S)); NEXT(); }

static uint64_t moffs(CPUX86State *env, const X86Insn *insn, unsigned size, bool write)
{
    if (env->hflags & HF_CS64_MASK) {
        return insn->seg >= R_FS ? insn->imm + env->segs[insn->seg].base : insn->imm;
    }
    return seg_linear(env, insn, insn->seg, insn->imm, 1u << size, write);
}

SIZES4(GEN_MOV)
OPSET(mov_EG, .r = FN4(mov_EG_r), .m = FN4(mov_EG_m))
OPSET(mov_GE, .r = FN4(mov_GE_r), .m = FN4(mov_GE_m))
OPSET(mov_EI, .r = FN4(mov_EI_r), .m = FN4(mov_EI_m))
OPSET(mov_ZI, .r = FN4(mov_EI_r))
OPSET(mov_AO, .r = FN4(mov_AO))
OPSET(mov_OA, .r = FN4(mov_OA))

#define GEN_EXTEND(S)                                                                       \
    OP(movzx_b_r_##S) { wr(env, insn->reg, S, rd(env, insn->rm, 0)); NEXT(); }              \
    OP(movzx_b_m_##S) { wr(env, insn->reg, S, ld(env, insn, ea(env, insn), 0)); NEXT(); }   \
    OP(movzx_w_r_##S) { wr(env, insn->reg, S, rd(env, insn->rm, 1)); NEXT(); }              \
    OP(movzx_w_m_##S) { wr(env, insn->reg, S, ld(env, insn, ea(env, insn), 1)); NEXT(); }   \
    OP(movsx_b_r_##S) { wr(env, insn->reg, S, sx(0, rd(env, insn->rm, 0))); NEXT(); }       \
    OP(movsx_b_m_##S) { wr(env, insn->reg, S, sx(0, ld(env, insn, ea(env, insn), 0))); NEXT(); } \
    OP(movsx_w_r_##S) { wr(env, insn->reg, S, sx(1, rd(env, insn->rm, 1))); NEXT(); }       \
    OP(movsx_w_m_##S) { wr(env, insn->reg, S, sx(1, ld(env, insn, ea(env, insn), 1))); NEXT(); } \
    OP(movsx_l_r_##S) { wr(env, insn->reg, S, sx(2, rd(env, insn->rm, 2))); NEXT(); }       \
    OP(movsx_l_m_##S) { wr(env, insn->reg, S, sx(2, ld(env, insn, ea(env, insn), 2))); NEXT(); } \
    OP(lea_##S) {                                                                           \
        const uint64_t *slot = (const uint64_t *)env;                                       \
        uint64_t a = slot[insn->base] + (slot[insn->index] << insn->scale) + insn->disp;    \
        if (unlikely(insn->asz != 3)) a = x86_ea_offset(env, insn);                         \
        wr(env, insn->reg, S, a);                                                           \
        NEXT();                                                                             \
    }
SIZES3(GEN_EXTEND)
OPSET(movzx_b, .r = FN3(movzx_b_r), .m = FN3(movzx_b_m))
OPSET(movzx_w, .r = FN3(movzx_w_r), .m = FN3(movzx_w_m))
OPSET(movsx_b, .r = FN3(movsx_b_r), .m = FN3(movsx_b_m))
OPSET(movsx_w, .r = FN3(movsx_w_r), .m = FN3(movsx_w_m))
OPSET(movsx_l, .r = FN3(movsx_l_r), .m = FN3(movsx_l_m))
OPSET(lea, .m = FN3(lea))

/* ---- CMOVcc, SETcc ---- */
#define GEN_CMOV(S, cc)                                                                     \
    OP(cmov##cc##_r_##S) {                                                                  \
        wr(env, insn->reg, S, cc_test(env, cc) ? rd(env, insn->rm, S) : rd(env, insn->reg, S)); \
        NEXT();                                                                             \
    }                                                                                       \
    OP(cmov##cc##_m_##S) {                                                                  \
        uint64_t v = ld(env, insn, ea(env, insn), S);                                       \
        wr(env, insn->reg, S, cc_test(env, cc) ? v : rd(env, insn->reg, S));                \
        NEXT();                                                                             \
    }
#define COND(cc)                                                                            \
    SIZES3(GEN_CMOV, cc)                                                                    \
    OP(set##cc##_r) { *x86_reg8(env, insn->rm) = cc_test(env, cc); NEXT(); }                \
    OP(set##cc##_m) { st(env, insn, ea(env, insn), 0, cc_test(env, cc)); NEXT(); }          \
    OPSET(cmov##cc, .r = FN3(cmov##cc##_r), .m = FN3(cmov##cc##_m))                         \
    OPSET(set##cc, .r = FN1(set##cc##_r), .m = FN1(set##cc##_m))
COND(0) COND(1) COND(2) COND(3) COND(4) COND(5) COND(6) COND(7)
COND(8) COND(9) COND(10) COND(11) COND(12) COND(13) COND(14) COND(15)

/* ---- the stack: the pointer's width comes from SS (or 64-bit mode), the item's from the instruction ---- */
static QEMU_ALWAYS_INLINE void sp_set(CPUX86State *env, uint64_t sp)
{
    if (env->hflags & HF_CS64_MASK) {
        env->regs[R_ESP] = sp;
    } else if (env->hflags & HF_SS32_MASK) {
        env->regs[R_ESP] = (uint32_t)sp;
    } else {
        wr(env, R_ESP, 1, sp);
    }
}

static QEMU_ALWAYS_INLINE uint64_t sp_addr(CPUX86State *env, const X86Insn *insn, uint64_t sp, unsigned size, bool write)
{
    if (env->hflags & HF_CS64_MASK) {
        return sp;
    }
    return seg_linear(env, insn, R_SS, env->hflags & HF_SS32_MASK ? (uint32_t)sp : (uint16_t)sp, 1u << size, write);
}

static QEMU_ALWAYS_INLINE void push(CPUX86State *env, const X86Insn *insn, unsigned size, uint64_t v)
{
    uint64_t sp = env->regs[R_ESP] - (1 << size);

    st_stack(env, insn, sp_addr(env, insn, sp, size, true), size, v);
    sp_set(env, sp);
}

static QEMU_ALWAYS_INLINE uint64_t peek(CPUX86State *env, const X86Insn *insn, unsigned size)
{
    return ld_stack(env, insn, sp_addr(env, insn, env->regs[R_ESP], size, false), size);
}

#define GEN_STACK(S)                                                                        \
    OP(push_Z_##S) { push(env, insn, S, rd(env, insn->rm, S)); NEXT(); }                    \
    OP(push_I_##S) { push(env, insn, S, insn->imm); NEXT(); }                               \
    OP(push_E_m_##S) { push(env, insn, S, ld(env, insn, ea(env, insn), S)); NEXT(); }       \
    OP(pop_Z_##S) {                                                                         \
        uint64_t v = peek(env, insn, S);                                                    \
        sp_set(env, env->regs[R_ESP] + (1 << S));                                           \
        wr(env, insn->rm, S, v);                                                            \
        NEXT();                                                                             \
    }                                                                                       \
    /* an address based on the stack pointer is formed after the increment */               \
    OP(pop_E_m_##S) {                                                                       \
        uint64_t v = peek(env, insn, S), old = env->regs[R_ESP], addr;                      \
        sp_set(env, old + (1 << S));                                                        \
        addr = ea(env, insn);                                                               \
        env->regs[R_ESP] = old;                                                             \
        st(env, insn, addr, S, v);                                                          \
        sp_set(env, old + (1 << S));                                                        \
        NEXT();                                                                             \
    }                                                                                       \
    OP(leave_##S) {                                                                         \
        uint64_t bp = env->regs[R_EBP], v = ld_stack(env, insn, sp_addr(env, insn, bp, S, false), S); \
        sp_set(env, bp + (1 << S));                                                         \
        wr(env, R_EBP, S, v);                                                               \
        NEXT();                                                                             \
    }                                                                                       \
    OP(pusha_##S) { do_pusha(env, insn, S); NEXT(); }                                       \
    OP(popa_##S) { do_popa(env, insn, S); NEXT(); }                                         \
    OP(enter_##S) { do_enter(env, insn, S); NEXT(); }

static __attribute__((noinline)) void do_pusha(CPUX86State *env, const X86Insn *insn, unsigned size)
{
    uint64_t sp = env->regs[R_ESP];

    x86_sync_eip(env, insn);
    for (int i = 0; i < 8; i++) {
        x86_probe_write(env, sp_addr(env, insn, sp - ((i + 1) << size), size, true), 1 << size);
    }
    for (int i = 0; i < 8; i++) {
        st(env, insn, sp_addr(env, insn, sp - ((i + 1) << size), size, true), size, i == R_ESP ? sp : env->regs[i]);
    }
    sp_set(env, sp - (8 << size));
}

static __attribute__((noinline)) void do_popa(CPUX86State *env, const X86Insn *insn, unsigned size)
{
    uint64_t sp = env->regs[R_ESP], v[8];

    for (int i = 0; i < 8; i++) {
        v[7 - i] = ld(env, insn, sp_addr(env, insn, sp + (i << size), size, false), size);
    }
    for (int i = 0; i < 8; i++) {
        if (i != R_ESP) {
            wr(env, i, size, v[i]);
        }
    }
    sp_set(env, sp + (8 << size));
}

static __attribute__((noinline)) void do_enter(CPUX86State *env, const X86Insn *insn, unsigned size)
{
    unsigned level = insn->imm2 & 31;
    uint64_t sp = env->regs[R_ESP] - (1 << size), frame = sp, bp = env->regs[R_EBP];

    x86_sync_eip(env, insn);
    x86_probe_write(env, sp_addr(env, insn, sp - insn->imm - (level << size), 0, true), 1);
    st_stack(env, insn, sp_addr(env, insn, sp, size, true), size, bp);
    for (unsigned i = 1; i < level; i++) {
        uint64_t v;

        bp -= 1 << size;
        v = ld_stack(env, insn, sp_addr(env, insn, bp, size, false), size);
        sp -= 1 << size;
        st_stack(env, insn, sp_addr(env, insn, sp, size, true), size, v);
    }
    if (level) {
        sp -= 1 << size;
        st_stack(env, insn, sp_addr(env, insn, sp, size, true), size, frame);
    }
    wr(env, R_EBP, size, frame);
    sp_set(env, sp - insn->imm);
}

SIZES3(GEN_STACK)
OPSET(push_Z, .r = FN3(push_Z))
OPSET(push_I, .r = FN3(push_I))
OPSET(push_E, .r = FN3(push_Z), .m = FN3(push_E_m))
OPSET(pop_Z, .r = FN3(pop_Z))
OPSET(pop_E, .r = FN3(pop_Z), .m = FN3(pop_E_m))
OPSET(leave, .r = FN3(leave))
OPSET(pusha, .r = FN3(pusha))
OPSET(popa, .r = FN3(popa))
OPSET(enter, .r = FN3(enter))

/* ---- flags and the rest ---- */
OP(op_lahf) { x86_reg8(env, R_EAX)[1] = (cc_compute(env) & 0xd5) | 2; NEXT(); }
OP(op_sahf) { keep_flags(env, 0xd5, x86_reg8(env, R_EAX)[1] & 0xd5); NEXT(); }
OP(op_cmc) { uint32_t f = cc_compute(env); cc_flags(env, f ^ CC_C); NEXT(); }
OP(op_clc) { keep_flags(env, CC_C, 0); NEXT(); }
OP(op_stc) { keep_flags(env, CC_C, CC_C); NEXT(); }
OP(op_cld) { env->eflags &= ~(target_ulong)DF_MASK; env->df = 1; NEXT(); }
OP(op_std) { env->eflags |= DF_MASK; env->df = -1; NEXT(); }
OP(op_nop) { NEXT(); }
OP(op_mfence) { smp_mb(); NEXT(); }
OP(op_salc) { *x86_reg8(env, R_EAX) = cc_c(env) ? 0xff : 0; NEXT(); }
OP(op_xlat)
{
    uint64_t off = env->regs[R_EBX] + (uint8_t)env->regs[R_EAX];

    x86_sync_eip(env, insn);
    *x86_reg8(env, R_EAX) = ld(env, insn, x86_linear(env, insn->seg, zx(insn->asz, off), 1), 0);
    NEXT();
}

static __attribute__((noinline)) void do_bound(CPUX86State *env, const X86Insn *insn)
{
    unsigned size = insn->osz;
    uint64_t addr = ea(env, insn);
    int64_t lo = sx(size, ld(env, insn, addr, size));
    int64_t hi = sx(size, ld(env, insn, (uint32_t)(addr + (1 << size)), size));
    int64_t v = sx(size, env->regs[insn->reg]);

    if (v < lo || v > hi) {
        x86_sync_eip(env, insn);
        raise_exception(env, EXCP05_BOUND);
    }
}

OP(op_bound) { do_bound(env, insn); NEXT(); }

OPSET(lahf, .r = FN1(op_lahf))
OPSET(sahf, .r = FN1(op_sahf))
OPSET(cmc, .r = FN1(op_cmc))
OPSET(clc, .r = FN1(op_clc))
OPSET(stc, .r = FN1(op_stc))
OPSET(cld, .r = FN1(op_cld))
OPSET(std, .r = FN1(op_std))
OPSET(nop, .r = FN1(op_nop), .m = FN1(op_nop))
OPSET(mfence, .r = FN1(op_mfence))
OPSET(salc, .r = FN1(op_salc))
OPSET(xlat, .r = FN1(op_xlat))
OPSET(bound, .m = FN1(op_bound))
OPSET(ud, .r = FN1(op_ud), .m = FN1(op_ud))
