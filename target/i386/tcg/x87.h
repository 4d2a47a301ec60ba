/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the x87 sources: x87.c decodes, x87-env.c controls, x87-fast.c accelerates. */
#ifndef TARGET_I386_TCG_X87_H
#define TARGET_I386_TCG_X87_H

#include "target/i386/tcg/tcg-cpu.h"

/* op is D8..DF; memory forms have modrm below C0. */
bool x87_encoding_valid(unsigned op, unsigned modrm);
unsigned x87_mem_size(unsigned op, unsigned modrm);
bool x87_mem_stores(unsigned op, unsigned modrm);
bool x87_writes_eflags(unsigned op, unsigned modrm);

/* #NM when CR0.EM or CR0.TS is set. */
void x87_check_available(CPUX86State *env);
/* A pending exception with CR0.NE clear: the FERR# pin (IRQ 13 through the machine). */
void x87_assert_ferr(CPUX86State *env);

/* FLDCW, FNSTCW, FNSTSW, FLDENV, FNSTENV, FRSTOR, FNSAVE, FNINIT, FNCLEX and the 80287's no-operations. */
void x87_control(CPUX86State *env, const X86Insn *insn);

/* Execute here if it is a common instruction in its ordinary case; false: not done, nothing changed. */
bool x87_fast(CPUX86State *env, const X86Insn *insn);

#endif
