/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The code at the start of each code buffer: entering and leaving translated code, and calling C from it. All guest
 * registers are stored before C runs and loaded after it, because C may read or change any of them.
 *
 *      enter   C function: callee-saved registers to the stack, guest registers loaded, jump
 *      exit    S2: what enter returns
 *      mem     call; S1 linear address, S2 JitSite -> S1 host address, or goes on at site->after
 *      insn    call; S2 JitSite
 *      insn_after  jump; likewise, then goes on at site->after
 *      flags   call; loads the host's flags from the CPU state
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/jit/jit.h"

/* Registers that x86 uses implicitly are themselves; four live in memory. */
const int8_t jit_host_reg[16] = { RAX, RCX, RDX, RBX, R11, R13, RSI, RDI, R8, R9, R10, -1, R12, -1, -1, -1 };

static const uint8_t callee_saved[6] = { RBX, RBP, R12, R13, R14, R15 };

static void store_regs(Asm *a)
{
    for (unsigned g = 0; g < 16; g++) {
        if (jit_host_reg[g] >= 0) {
            as_store(a, ENV_REG(g), jit_host_reg[g]);
        }
    }
}

static void load_regs(Asm *a)
{
    for (unsigned g = 0; g < 16; g++) {
        if (jit_host_reg[g] >= 0) {
            as_load(a, jit_host_reg[g], ENV_REG(g));
        }
    }
}

static void call_c(Asm *a, const void *fn)
{
    as_lea(a, RDI, MEM(H_ENV, -ENV_BIAS));
    as_movi(a, RAX, (uintptr_t)fn);
    as_rr(a, 0, 0xff, 2, RAX);
}

static Mem zmm(unsigned i)
{
    return MEM(H_ENV, (int)offsetof(CPUX86State, fp.zmm) + i * 64 - ENV_BIAS);
}

static void vec_move(X86JitState *j, Asm *a, bool store)
{
    uint32_t f = j->host.avx ? OP_VEX | OP_L | 1 : 1;

    for (unsigned i = 0; i < 16; i++) {
        as_rm(a, f, store ? 0x11 : 0x10, i, zmm(i));    /* (v)movups */
    }
}

/* Vector registers back to the CPU state, the host's MXCSR restored. */
static void vec_spill(X86JitState *j, Asm *a)
{
    uint8_t *skip;

    as_cmp8i(a, ENV(jit_vec), 0);
    as8(a, 0x0f);
    as8(a, 0x80 + JE);
    as32(a, 0);
    skip = a->p - 4;
    vec_move(j, a, true);
    as_rm(a, 1, 0xae, 3, ENV(fp.mxcsr));                /* stmxcsr */
    as_rm(a, 1, 0xae, 2, ENV(jit_host_mxcsr));          /* ldmxcsr */
    if (j->host.avx) {
        as8(a, 0xc5);
        as8(a, 0xf8);
        as8(a, 0x77);                                   /* vzeroupper */
    }
    as_store8i(a, ENV(jit_vec), 0);
    as_patch(a, skip, a->p);
}

static void vec_load(X86JitState *j, Asm *a)
{
    as_rm(a, 1, 0xae, 2, ENV(fp.mxcsr));
    vec_move(j, a, false);
    as_store8i(a, ENV(jit_vec), 1);
}

/* After C, if the site had them loaded. S2: site */
static void vec_reload(X86JitState *j, Asm *a)
{
    uint8_t *skip;

    as_cmp8i(a, MEM(S2, offsetof(JitSite, vec)), 0);
    as8(a, 0x0f);
    as8(a, 0x80 + JE);
    as32(a, 0);
    skip = a->p - 4;
    vec_load(j, a);
    as_patch(a, skip, a->p);
}

static void sub_rsp(Asm *a, int n)
{
    as_lea(a, RSP, MEM(RSP, -n));
}

/* al: OF, ah: the others */
static void flags_from_ax(Asm *a)
{
    as8(a, 0x04);
    as8(a, 0x7f);                               /* add al, 7Fh */
    as8(a, 0x9e);                               /* sahf */
}

static const uint8_t *rx(X86JitState *j, const uint8_t *p)
{
    return p - j->buf + j->rx;
}

static void make_enter(X86JitState *j, Asm *a)
{
    j->enter = rx(j, a->p);
    for (int i = 0; i < 6; i++) {
        as_push(a, callee_saved[i]);
    }
    sub_rsp(a, 8);
    as_mov(a, RBP, RSI);
    as_mov(a, S2, RDI);
    load_regs(a);
    as_rr(a, 0, 0xff, 4, S2);

    j->exit = a->p;
    store_regs(a);
    vec_spill(j, a);
    j->exit_stored = a->p;
    as_mov(a, RAX, S2);
    sub_rsp(a, -8);
    for (int i = 5; i >= 0; i--) {
        as_pop(a, callee_saved[i]);
    }
    as8(a, 0xc3);
}

/* Flags as site->writes_flags asks, then jmp [S2 + after]. */
static void go_after(Asm *a)
{
    uint8_t *skip;

    as_cmp8i(a, MEM(S2, offsetof(JitSite, writes_flags)), 0);
    skip = as_jcc8(a, JE);
    as_mov(a, S1, RAX);
    as_load(a, RAX, ENV(jit_raw_out));
    flags_from_ax(a);
    as_mov(a, RAX, S1);
    as_here8(a, skip);
    as_rm(a, 0, 0xff, 4, MEM(S2, offsetof(JitSite, after)));
}

/* S1 is what C returned: 1 leaves. */
static void leave_if_1(X86JitState *j, Asm *a, unsigned depth)
{
    uint8_t *on;

    as_rr(a, OP_W, 0x83, 7, S1);                /* cmp S1, 1 */
    as8(a, 1);
    on = as_jcc8(a, JNE);
    sub_rsp(a, -(int)depth);
    as_movi(a, S2, 0);
    as_jmp(a, j->exit_stored);
    as_here8(a, on);
}

static void make_calls(X86JitState *j, Asm *a)
{
    uint8_t *done;

    j->mem = a->p;
    sub_rsp(a, 8);
    store_regs(a);
    vec_spill(j, a);
    as_mov(a, RSI, S2);
    as_mov(a, RDX, S1);
    call_c(a, jit_call_mem);
    as_mov(a, S1, RAX);
    load_regs(a);
    leave_if_1(j, a, 16);
    vec_reload(j, a);
    as_rr(a, OP_W, 0x85, S1, S1);
    done = as_jcc8(a, JE);
    sub_rsp(a, -8);
    as8(a, 0xc3);
    as_here8(a, done);
    sub_rsp(a, -16);
    go_after(a);

    j->insn = a->p;
    sub_rsp(a, 8);
    store_regs(a);
    vec_spill(j, a);
    as_mov(a, RSI, S2);
    call_c(a, jit_call_insn);
    as_mov(a, S1, RAX);
    load_regs(a);
    leave_if_1(j, a, 16);
    sub_rsp(a, -8);
    as8(a, 0xc3);

    j->insn_after = a->p;
    store_regs(a);
    vec_spill(j, a);
    as_mov(a, RSI, S2);
    call_c(a, jit_call_insn);
    as_mov(a, S1, RAX);
    load_regs(a);
    leave_if_1(j, a, 0);
    vec_reload(j, a);
    go_after(a);

    j->flags = a->p;
    sub_rsp(a, 8);
    store_regs(a);
    vec_spill(j, a);
    call_c(a, jit_call_flags);
    as_mov(a, S2, RAX);
    load_regs(a);
    as_rr(a, OP_W, 0x87, S2, RAX);              /* xchg */
    flags_from_ax(a);
    as_mov(a, RAX, S2);
    sub_rsp(a, -8);
    as8(a, 0xc3);
}

/* call; S2: JitSite of the instruction that needs them. Leaves when exceptions are unmasked. */
static void make_vec_load(X86JitState *j, Asm *a)
{
    uint8_t *bail;

    j->vec_load = a->p;
    as_rm(a, 0, 0x8b, S1, ENV(fp.mxcsr));
    as_rr(a, 0, 0xf7, 2, S1);                           /* not */
    as_rr(a, 0, 0xf7, 0, S1);                           /* test */
    as32(a, MXCSR_MASKS);
    as8(a, 0x0f);
    as8(a, 0x80 + JNE);
    as32(a, 0);
    bail = a->p - 4;
    vec_load(j, a);
    as8(a, 0xc3);
    as_patch(a, bail, a->p);
    sub_rsp(a, -8);
    store_regs(a);
    as_mov(a, RSI, S2);
    call_c(a, jit_call_bail);
    as_movi(a, S2, 0);
    as_jmp(a, j->exit_stored);
}

/* call; S2: JitSite of the instruction that needs them. Leaves when exceptions are unmasked or pending. */
static void make_x87_load(X86JitState *j, Asm *a)
{
    j->x87_load = a->p;
    sub_rsp(a, 8);
    store_regs(a);
    vec_spill(j, a);
    as_mov(a, RSI, S2);
    call_c(a, jit_call_x87);
    as_mov(a, S1, RAX);
    load_regs(a);
    leave_if_1(j, a, 16);
    vec_reload(j, a);
    sub_rsp(a, -8);
    as8(a, 0xc3);
}

void jit_make_thunks(CPUX86State *env)
{
    X86JitState *j = env->tcg->jit;
    Asm a = { j->buf, j->buf + j->size };

    make_enter(j, &a);
    make_calls(j, &a);
    make_vec_load(j, &a);
    make_x87_load(j, &a);
    j->used = j->used_thunks = ROUND_UP(a.p - j->buf, 64);
}
