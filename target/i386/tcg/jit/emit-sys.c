/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few system instructions that kernels execute all the time, at CPL 0: CLI STI SWAPGS PUSHF; and BT.. on bit strings. */
#include "qemu/osdep.h"
#include "target/i386/tcg/jit/emit.h"

#define PLAIN_FLAGS 0x8d5               /* OF SF ZF AF PF CF */

void jit_classify_sys(JitCtx *c, const X86Insn *insn, JitInfo *in)
{
    JitEmit *emit = NULL;
    bool cpl0 = !(c->b->key & HF_CPL_MASK);

    if (insn->map == 0 && insn->opcode == 0xfa && cpl0) {
        emit = jit_emit_cli;
    } else if (insn->map == 0 && insn->opcode == 0xfb && cpl0) {
        emit = jit_emit_sti;
    } else if (insn->map == 0 && insn->opcode == 0x9c && insn->osz == 3) {
        emit = jit_emit_pushf;
        in->fread = true;
    } else if (insn->map == 1 && insn->opcode == 0x01 && insn->modrm == 0xf8 && cpl0) {
        in->emit = jit_emit_swapgs;
        return;
    }
    in->emit = emit;
    in->clobbers = emit != NULL;
}

void jit_emit_cli(JitCtx *c)
{
    jit_flags_clobber(c);
    as_rm(&c->a, 0, 0x81, 4, ENV(eflags));
    as32(&c->a, ~IF_MASK);
}

/* An interrupt that is pending is the interpreter's business; one that comes later sets exit_request. */
void jit_emit_sti(JitCtx *c)
{
    CPUX86State *env = c->env;
    uint8_t *request = (uint8_t *)&env_cpu(env)->interrupt_request;
    JitCold *cold;

    jit_flags_clobber(c);
    as_rm(&c->a, 0, 0x83, 7, MEM(H_ENV, (int)(request - (uint8_t *)env) - ENV_BIAS));
    as8(&c->a, 0);
    cold = jit_cold(c, COLD_INSN);
    cold->site = jit_site(c);
    cold->at = as_jcc(&c->a, JNE, NULL);
    as_rm(&c->a, 0, 0x81, 1, ENV(eflags));
    as32(&c->a, IF_MASK);
}

void jit_emit_swapgs(JitCtx *c)
{
    as_load(&c->a, S1, ENV(segs[R_GS].base));
    as_load(&c->a, S2, ENV(kernelgsbase));
    as_store(&c->a, ENV(segs[R_GS].base), S2);
    as_store(&c->a, ENV(kernelgsbase), S1);
}

void jit_emit_pushf(JitCtx *c)
{
    Asm *a = &c->a;

    jit_flags_need(c);
    jit_flags_clobber(c);               /* saves them if nothing else tells what they are; changes none */
    as8(a, 0x9c);
    as_pop(a, S2);
    as_rr(a, 0, 0x81, 4, S2);
    as32(a, PLAIN_FLAGS);
    as_rm(a, 0, 0x0b, S2, ENV(eflags));
    as_rr(a, 0, 0x81, 4, S2);
    as32(a, ~(VM_MASK | RF_MASK));
    as_rr(a, 0, 0x83, 1, S2);
    as8(a, 2);
    as_store(a, ENV(jit_tmp), S2);
    as_lea(a, S1, MEM(R11, -8));
    jit_probe(c, 8, ACC_W, 0);
    as_load(a, S2, ENV(jit_tmp));
    as_store(a, MEM(S1, 0), S2);
    jit_flags_reg_write(c, R_ESP);
    as_lea(a, R11, MEM(R11, -8));
}

/* BT BTS BTR BTC of a bit string: the operand is that part of it where the bit is. */
void jit_emit_bit_string(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    uint32_t w = insn->osz == 3 ? OP_W : 0;
    unsigned n = insn->opcode >> 3 & 3;
    Asm *a = &c->a;

    jit_ea(c);
    jit_flags_clobber(c);
    if (jit_reg(insn->reg) < 0) {
        as_rm(a, OP_W, w ? 0x8b : 0x63, S2, ENV_REG(insn->reg));
    } else {
        as_rr(a, OP_W, w ? 0x8b : 0x63, S2, jit_reg(insn->reg));
    }
    as_rr(a, OP_W, 0xc1, 7, S2);
    as8(a, w ? 6 : 5);
    as_lea(a, S1, (Mem){ .base = S1, .index = S2, .scale = insn->osz });
    jit_probe(c, c->in->bytes, c->in->access, 0);
    if (n) {
        unsigned h = jit_get(c, insn->reg, S2);

        if (h != S2) {
            as_mov(a, S2, h);
        }
        as_rr(a, 0, 0x83, 4, S2);
        as8(a, w ? 63 : 31);
        as_store(a, ENV(jit_tmp), S2);
        jit_flags_need(c);
        as_load(a, S2, ENV(jit_tmp));
        as_rm(a, 1 | w | (insn->flags & X86_PFX_LOCK ? OP_LOCK : 0), insn->opcode, S2, MEM(S1, 0));
    } else {
        jit_flags_need(c);
        as_rm(a, w, 0x8b, S1, MEM(S1, 0));
        as_rr(a, 1 | w, insn->opcode, jit_get(c, insn->reg, S2), S1);
    }
    jit_flags_written(c);
}
