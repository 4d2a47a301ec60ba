/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the system half: handlers of insn-sys.tbl, debug registers, system management mode. */
#ifndef TARGET_I386_TCG_SYS_H
#define TARGET_I386_TCG_SYS_H

#include "target/i386/tcg/tcg-cpu.h"

/* rows of insn-sys.tbl */
X86Exec helper_mov_es, helper_mov_se, helper_push_seg, helper_pop_seg, helper_load_far, helper_rdsegbase,
    helper_wrsegbase, helper_swapgs, helper_lcall, helper_ljmp, helper_lret, helper_iret, helper_int3,
    helper_int, helper_into, helper_int1, helper_syscall, helper_sysret, helper_sysenter, helper_sysexit,
    helper_sldt, helper_str, helper_lldt, helper_ltr, helper_verr, helper_verw, helper_sgdt, helper_sidt,
    helper_lgdt, helper_lidt, helper_lar, helper_lsl, helper_arpl, helper_smsw, helper_lmsw, helper_clts,
    helper_mov_rc, helper_mov_rd, helper_mov_cr, helper_mov_dr, helper_invlpg, helper_invpcid,
    helper_wbinvd, helper_clac, helper_stac, helper_cli, helper_sti, helper_pushf, helper_popf, helper_hlt,
    helper_monitor, helper_mwait, helper_cpuid, helper_rdtsc, helper_rdtscp, helper_rdpid, helper_rdpmc,
    helper_rdmsr, helper_wrmsr, helper_rdrand, helper_serialize, helper_clzero, helper_rsm, helper_in,
    helper_out, helper_ins, helper_outs;

/* debug.c: DR0-3 or DR7 changed, or were loaded: tell the engine what to watch. */
void x86_update_hw_breakpoints(CPUX86State *env);
void x86_io_breakpoint(CPUX86State *env, unsigned port, unsigned bytes);

/* smm.c: take an SMI. */
void x86_enter_smm(X86CPU *cpu);

#endif
