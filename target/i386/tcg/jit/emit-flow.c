/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack, jumps, calls and returns.
 *
 * A direct jump is a branch whose displacement is patched: to a stub that asks C where to go, then to the target. When the
 * target overwrites all flags before anything can look at them, straight there; else by way of a stub that stores flags.
 * Jumps backwards and indirect ones look at exit_request: no loop is without one.
 *
 * An indirect jump looks the linear target up in a table. When it is not there, or anything else is unusual, the
 * interpreter executes the instruction.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/jit/emit.h"

#define H_SP R11                        /* the guest's stack pointer */

static Mem exit_request(JitCtx *c)
{
    CPUX86State *env = c->env;
    uint8_t *flag = (uint8_t *)&env_cpu(env)->exit_request;

    return MEM(H_ENV, (int)(flag - (uint8_t *)env) - ENV_BIAS);
}

/* ---- the stack; RSP changes after the access ---- */
static void stack_slot(JitCtx *c)
{
    as_lea(&c->a, S1, MEM(H_SP, -8));
    jit_probe(c, 8, ACC_W, 0);
}

static void stack_top(JitCtx *c)
{
    as_mov(&c->a, S1, H_SP);
    jit_probe(c, 8, ACC_R, 0);
}

static void add_sp(JitCtx *c, int n)
{
    jit_flags_reg_write(c, R_ESP);
    as_lea(&c->a, H_SP, MEM(H_SP, n));
}

void jit_emit_push(JitCtx *c)
{
    stack_slot(c);
    as_store(&c->a, MEM(S1, 0), jit_get(c, c->insn->rm, S2));
    add_sp(c, -8);
}

void jit_emit_push_i(JitCtx *c)
{
    stack_slot(c);
    as_rm(&c->a, OP_W, 0xc7, 0, MEM(S1, 0));
    as32(&c->a, c->insn->imm);
    add_sp(c, -8);
}

void jit_emit_push_m(JitCtx *c)
{
    jit_ea(c);
    jit_probe(c, 8, ACC_R, 0);
    as_load(&c->a, S2, MEM(S1, 0));
    as_store(&c->a, ENV(jit_tmp), S2);
    stack_slot(c);
    as_load(&c->a, S2, ENV(jit_tmp));
    as_store(&c->a, MEM(S1, 0), S2);
    add_sp(c, -8);
}

void jit_emit_pop(JitCtx *c)
{
    unsigned g = c->insn->rm, h = jit_reg(g) >= 0 ? jit_reg(g) : S2;

    stack_top(c);
    jit_flags_reg_write(c, g);
    as_load(&c->a, h, MEM(S1, 0));
    jit_put(c, g, h);
    if (g != R_ESP) {
        add_sp(c, 8);
    }
}

void jit_emit_leave(JitCtx *c)
{
    unsigned bp = jit_reg(R_EBP);

    as_mov(&c->a, S1, bp);
    jit_probe(c, 8, ACC_R, 0);
    jit_flags_reg_write(c, R_EBP);
    jit_flags_reg_write(c, R_ESP);
    as_lea(&c->a, H_SP, MEM(bp, 8));
    as_load(&c->a, bp, MEM(S1, 0));
}

/* ---- direct jumps ---- */
/* Leave for @eip, if @cc >= 0 only then; with @check by way of a look at exit_request. */
static void emit_exit(JitCtx *c, uint64_t eip, int cc, bool check)
{
    bool host = c->host;
    JitFlags f = c->f;
    uint8_t *over = NULL;
    JitCold *cold;

    if (check) {
        if (cc >= 0) {
            as8(&c->a, 0x0f);
            as8(&c->a, 0x80 + (cc ^ 1));
            as32(&c->a, 0);
            over = c->a.p - 4;
        }
        jit_flags_clobber(c);
    }
    cold = jit_cold(c, COLD_EXIT);
    cold->check = check;
    if (check) {
        as_cmp8i(&c->a, exit_request(c), 0);
        cold->check_at = as_jcc(&c->a, JNE, NULL);
        cc = -1;
    }
    cold->at = cc >= 0 ? as_jcc(&c->a, cc, NULL) : as_jmp(&c->a, NULL);
    cold->host = c->host;
    cold->f = c->f;
    cold->inner = c->inner;
    cold->tag = (c->b->eip ^ eip) & PAGE_MASK_ ? 1 : 0;
    cold->eip = eip;
    if (over) {
        as_patch(&c->a, over, c->a.p);
        c->host = host;
        c->f = f;
    }
}

void jit_emit_exit(JitCtx *c, uint64_t eip, int cc)
{
    emit_exit(c, eip, cc, false);
}

static uint64_t next_eip(JitCtx *c)
{
    return c->b->eip + c->insn->off + c->insn->len;
}

void jit_emit_jcc(JitCtx *c)
{
    int64_t d = c->insn->imm;

    jit_flags_need(c);
    emit_exit(c, next_eip(c) + d, c->insn->opcode & 15, d < 0);
}

void jit_emit_jmp(JitCtx *c)
{
    int64_t d = c->insn->imm;

    emit_exit(c, next_eip(c) + d, -1, d < 0);
    c->ended = true;
}

static void push_return(JitCtx *c)
{
    uint64_t ret = next_eip(c);

    stack_slot(c);
    if (ret == (uint64_t)(int32_t)ret) {
        as_rm(&c->a, OP_W, 0xc7, 0, MEM(S1, 0));
        as32(&c->a, ret);
    } else {
        as_movi(&c->a, S2, ret);
        as_store(&c->a, MEM(S1, 0), S2);
    }
    add_sp(c, -8);
}

void jit_emit_call(JitCtx *c)
{
    push_return(c);
    emit_exit(c, next_eip(c) + c->insn->imm, -1, (int64_t)c->insn->imm < 0);
    c->ended = true;
}

/* ---- indirect jumps ---- */
/* S1: target -> S2: its entry. Otherwise, or when the CPU is wanted, the interpreter takes the instruction. */
static void lookup(JitCtx *c)
{
    JitCold *cold;
    Asm *a = &c->a;

    as_cmp8i(a, exit_request(c), 0);
    cold = jit_cold(c, COLD_INSN);
    cold->site = jit_site(c);
    cold->at = as_jcc(a, JNE, NULL);
    as_lea(a, S2, (Mem){ .base = -1, .index = S1, .scale = 3 });
    as_rr(a, 0, 0x81, 4, S2);
    as32(a, JIT_JC_MASK);
    as_rm(a, OP_W, 0x03, S2, ENV(jit_jc));
    as_rm(a, OP_W, 0x3b, S1, MEM(S2, offsetof(JitJumpCache, pc)));
    cold = jit_cold(c, COLD_INSN);
    cold->site = jit_site(c);
    cold->at = as_jcc(a, JNE, NULL);
    as_load(a, S1, ENV(gen_key));
    as_rm(a, OP_W, 0x3b, S1, MEM(S2, offsetof(JitJumpCache, gen_key)));
    cold = jit_cold(c, COLD_INSN);
    cold->site = jit_site(c);
    cold->at = as_jcc(a, JNE, NULL);
}

static void jump_s2(JitCtx *c)
{
    as_rm(&c->a, 0, 0xff, 4, MEM(S2, offsetof(JitJumpCache, code)));
    c->ended = true;
}

/* The target of JMP and CALL to S1 */
static void target(JitCtx *c)
{
    if (c->insn->flags & X86_MEM) {
        jit_ea(c);
        jit_probe(c, 8, ACC_R, 0);
        as_load(&c->a, S1, MEM(S1, 0));
    } else {
        unsigned h = jit_get(c, c->insn->rm, S1);

        if (h != S1) {
            as_mov(&c->a, S1, h);
        }
    }
}

void jit_emit_jmp_e(JitCtx *c)
{
    jit_flags_to_env(c);
    c->host = false;
    target(c);
    lookup(c);
    jump_s2(c);
}

void jit_emit_call_e(JitCtx *c)
{
    jit_flags_to_env(c);
    c->host = false;
    target(c);
    lookup(c);
    as_load(&c->a, S2, MEM(S2, offsetof(JitJumpCache, code)));
    as_store(&c->a, ENV(jit_tmp), S2);
    push_return(c);
    as_rm(&c->a, 0, 0xff, 4, ENV(jit_tmp));
    c->ended = true;
}

void jit_emit_ret(JitCtx *c)
{
    jit_flags_to_env(c);
    c->host = false;
    stack_top(c);
    as_load(&c->a, S1, MEM(S1, 0));
    lookup(c);
    as_lea(&c->a, H_SP, MEM(H_SP, 8 + (c->insn->opcode == 0xc2 ? (int)c->insn->imm : 0)));
    jump_s2(c);
}
