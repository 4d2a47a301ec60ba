/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the vector, x87 and extended-state parts of the interpreter share. */
#ifndef TARGET_I386_TCG_VEC_H
#define TARGET_I386_TCG_VEC_H

#include "target/i386/tcg/insn.h"
#include "target/i386/tcg/host-fp.h"

/* Every regular instruction of insn-vec.tbl. */
void helper_vec(CPUX86State *env, const X86Insn *insn);

/* What a row's operand column says. */
typedef struct VecOperands {
    uint8_t reg, vvvv, rm;      /* HOPND_*, with HOPND_R and HOPND_W */
    uint8_t mem_bytes;          /* size of a memory operand, 0: none possible */
    bool is4, imm, xmm0;
    bool w_matters;             /* a y operand: W selects 4 or 8 bytes */
} VecOperands;
void vec_parse_operands(VecOperands *o, const X86InsnDesc *desc, unsigned vl, bool w);

/* An MMX instruction executed: TOP is zero, all registers valid. */
void vec_mmx_entered(CPUX86State *env);
/* An unmasked SIMD floating-point exception: #XM, or #UD without CR4.OSXMMEXCPT. */
void vec_raise_xm(CPUX86State *env) QEMU_NORETURN;

/* A pending unmasked x87 exception: #MF with CR0.NE, else FERR# and IRQ 13. */
void x87_check_pending(CPUX86State *env);

X86Exec helper_emms, helper_vzeroupper, helper_vzeroall, helper_ldmxcsr, helper_stmxcsr;
X86Exec helper_maskmovq, helper_maskmovdqu, helper_vmaskmov_load, helper_vmaskmov_store, helper_vgather;
X86Exec helper_fxsave, helper_fxrstor, helper_xsave, helper_xsavec, helper_xsaves, helper_xrstor;
X86Exec helper_xrstors, helper_xgetbv, helper_xsetbv;
X86Exec helper_x87, helper_fwait;

#endif
