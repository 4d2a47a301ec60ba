/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vector instructions whose memory or state effect the host cannot have for us: MXCSR, EMMS, VZERO*,
 * masked moves and gathers (Intel SDM vol. 2).  Written in C; the decoder has checked CR0, CR4, XCR0.
 *
 * Masked-out elements are never accessed, so they never fault.  Masked stores test every element
 * first and then write, gathers record each element as it completes, as the SDM asks.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/tcg-cpu.h"
#include "target/i386/tcg/vec.h"

void helper_emms(CPUX86State *env, const X86Insn *insn)
{
    x87_check_pending(env);
    env->fp.ftw = 0;
}

/* Sixteen registers in 64-bit mode, else eight */
static unsigned nb_regs(const CPUX86State *env)
{
    return env->hflags & HF_CS64_MASK ? 16 : 8;
}

void helper_vzeroupper(CPUX86State *env, const X86Insn *insn)
{
    for (unsigned i = 0; i < nb_regs(env); i++) {
        memset(env->fp.zmm[i].b + 16, 0, 48);
    }
}

void helper_vzeroall(CPUX86State *env, const X86Insn *insn)
{
    memset(env->fp.zmm, 0, nb_regs(env) * sizeof(ZMMReg));
}

void helper_ldmxcsr(CPUX86State *env, const X86Insn *insn)
{
    uint32_t v = x86_ldl(env, x86_ea(env, insn));

    if (v & ~MXCSR_VALID) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    env->fp.mxcsr = v;
}

void helper_stmxcsr(CPUX86State *env, const X86Insn *insn)
{
    x86_stl(env, x86_ea(env, insn), env->fp.mxcsr);
}

/* ---- MASKMOVQ, MASKMOVDQU: bytes of reg chosen by rm go to [rDI] ---- */

static void mask_store_bytes(CPUX86State *env, const X86Insn *insn, const uint8_t *data,
                             const uint8_t *mask, unsigned n)
{
    target_ulong addr = x86_linear_store(env, insn->seg, x86_get_reg(env, R_EDI, insn->asz), n);

    for (unsigned i = 0; i < n; i++) {
        if (mask[i] & 0x80) {
            x86_probe_write(env, addr + i, 1);
        }
    }
    for (unsigned i = 0; i < n; i++) {
        if (mask[i] & 0x80) {
            x86_stb(env, addr + i, data[i]);
        }
    }
}

void helper_maskmovq(CPUX86State *env, const X86Insn *insn)
{
    x87_check_pending(env);
    mask_store_bytes(env, insn, env->fp.fpregs[insn->reg & 7].b, env->fp.fpregs[insn->rm & 7].b, 8);
    vec_mmx_entered(env);
}

void helper_maskmovdqu(CPUX86State *env, const X86Insn *insn)
{
    mask_store_bytes(env, insn, env->fp.zmm[insn->reg].b, env->fp.zmm[insn->rm].b, 16);
}

/* ---- VMASKMOVPS/PD, VPMASKMOVD/Q ---- */

static bool element_on(const ZMMReg *mask, unsigned i, unsigned size)
{
    return mask->b[(i << size) + (1 << size) - 1] & 0x80;
}

/* VMASKMOVPD and W1 of VPMASKMOV have eight-byte elements (log2: 3) */
static unsigned mask_element_size(const X86Insn *insn)
{
    if (insn->opcode >= 0x8c) {
        return insn->flags & X86_REX_W ? 3 : 2;
    }
    return insn->opcode & 1 ? 3 : 2;
}

void helper_vmaskmov_load(CPUX86State *env, const X86Insn *insn)
{
    unsigned size = mask_element_size(insn), n = (16 << insn->vl) >> size;
    const ZMMReg *mask = &env->fp.zmm[insn->vvvv];
    target_ulong addr = x86_ea(env, insn);
    ZMMReg r = { 0 };

    for (unsigned i = 0; i < n; i++) {
        if (element_on(mask, i, size)) {
            x86_ld_bytes(env, addr + (i << size), r.b + (i << size), 1 << size);
        }
    }
    env->fp.zmm[insn->reg] = r;
}

void helper_vmaskmov_store(CPUX86State *env, const X86Insn *insn)
{
    unsigned size = mask_element_size(insn), n = (16 << insn->vl) >> size;
    const ZMMReg *mask = &env->fp.zmm[insn->vvvv], *data = &env->fp.zmm[insn->reg];
    target_ulong addr = x86_ea(env, insn);

    for (unsigned i = 0; i < n; i++) {
        if (element_on(mask, i, size)) {
            x86_probe_write(env, addr + (i << size), 1 << size);
        }
    }
    for (unsigned i = 0; i < n; i++) {
        if (element_on(mask, i, size)) {
            x86_st_bytes(env, addr + (i << size), data->b + (i << size), 1 << size);
        }
    }
}

/* ---- gathers ---- */

typedef struct Vsib {
    unsigned index;             /* vector register */
    unsigned index_size;        /* log2 */
} Vsib;

/* The decoder's index is a general register's; SIB and VEX.X say which vector it is. */
static Vsib vsib(CPUX86State *env, const X86Insn *insn)
{
    uint8_t sib = insn->bytes[insn->opc_off + 2];
    bool x = (env->hflags & HF_CS64_MASK) && !(insn->bytes[insn->opc_off - 2] & 0x40);

    return (Vsib) { (sib >> 3 & 7) | x << 3, insn->opcode & 1 ? 3 : 2 };
}

static target_ulong vsib_address(CPUX86State *env, const X86Insn *insn, const Vsib *v, unsigned i,
                                 unsigned size)
{
    const ZMMReg *index = &env->fp.zmm[v->index];
    int64_t ix = v->index_size == 3 ? (int64_t)index->q[i] : (int32_t)index->l[i];
    uint64_t off = ((const uint64_t *)env)[insn->base] + ((uint64_t)ix << insn->scale) +
                   (int64_t)insn->disp;

    if (insn->asz == 2) {
        off = (uint32_t)off;
    }
    return x86_linear(env, insn->seg, off, 1 << size);
}

void helper_vgather(CPUX86State *env, const X86Insn *insn)
{
    unsigned size = insn->flags & X86_REX_W ? 3 : 2;
    ZMMReg *dest = &env->fp.zmm[insn->reg], *mask = &env->fp.zmm[insn->vvvv];
    unsigned wider, n;
    Vsib v;

    if ((insn->modrm & 7) != 4 || insn->asz == 1) {
        raise_exception(env, EXCP06_ILLOP);
    }
    v = vsib(env, insn);
    if (insn->reg == insn->vvvv || insn->reg == v.index || insn->vvvv == v.index) {
        raise_exception(env, EXCP06_ILLOP);
    }
    wider = MAX(size, v.index_size);
    n = (16 << insn->vl) >> wider;
    for (unsigned i = 0; i < n; i++) {
        if (element_on(mask, i, size)) {
            uint8_t e[8];

            x86_ld_bytes(env, vsib_address(env, insn, &v, i, size), e, 1 << size);
            memcpy(dest->b + (i << size), e, 1 << size);
            memset(mask->b + (i << size), 0, 1 << size);
        }
    }
    memset(mask, 0, sizeof(*mask));
    memset(dest->b + (n << size), 0, 64 - (n << size));
}
