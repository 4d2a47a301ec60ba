/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SSE and AVX instructions: the guest's own, on the guest's own register numbers; only general registers and the memory
 * operand are renamed. The guest's MXCSR is in the host's, with every exception masked (thunks.c, vec_load): where the
 * guest unmasks one, the interpreter runs.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/vec.h"
#include "target/i386/tcg/jit/emit.h"

static bool wide(const X86Insn *insn)
{
    return insn->flags & X86_REX_W;
}

/* PCMPESTRM, PCMPESTRI, PCMPISTRM, PCMPISTRI */
static bool is_string(const X86InsnDesc *d)
{
    return d->map == 3 && (d->opcode & 0xfc) == 0x60;
}

static bool is_kind(uint8_t operand, unsigned kind)
{
    return (operand & HOPND_KIND) == kind;
}

static void operands(const X86Insn *insn, VecOperands *o)
{
    vec_parse_operands(o, insn->desc, insn->desc->lbit == 1, wide(insn));
}

void jit_classify_vec(JitCtx *c, const X86Insn *insn, JitInfo *in)
{
    const X86InsnDesc *d = insn->desc;
    VecOperands o;

    if (d->helper == helper_vzeroupper || d->helper == helper_vzeroall) {
        in->emit = jit_emit_vzero;
        in->vec = true;
        return;
    }
    if (d->helper != helper_vec) {
        return;
    }
    operands(insn, &o);
    if (is_kind(o.reg, HOPND_MMX) || is_kind(o.vvvv, HOPND_MMX) || is_kind(o.vvvv, HOPND_GPR) ||
        is_kind(o.rm, HOPND_MMX)) {
        return;
    }
    if (insn->flags & X86_MEM) {
        if (!o.mem_bytes) {
            return;
        }
        in->access = (o.rm & HOPND_R ? ACC_R : 0) | (o.rm & HOPND_W ? ACC_W : 0);
        in->bytes = o.mem_bytes;
        if ((d->attrs & X86_ATTR_AL) || (!d->space && o.mem_bytes == 16 && !(d->attrs & X86_ATTR_UA))) {
            in->align = o.mem_bytes;
        }
    }
    in->emit = jit_emit_vec;
    in->vec = true;
    in->fwrite = d->attrs & X86_ATTR_FLAGS ? FW_ALL : FW_NONE;
}

static uint32_t op_flags(const X86Insn *insn, const VecOperands *o)
{
    static const uint32_t prefix[4] = { 0, OP_66, OP_F3, OP_F2 };
    const X86InsnDesc *d = insn->desc;
    uint32_t f = insn->map | prefix[insn->pp];
    bool w = o->w_matters || is_string(d) ? wide(insn) : d->space && d->wbit == 1;

    f |= w ? OP_W : 0;
    if (d->space) {
        f |= OP_VEX | (d->lbit == 1 ? OP_L : 0) | (o->vvvv ? OP_VVVV(insn->vvvv) : 0);
    }
    return f;
}

void jit_emit_vec(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    bool mem = insn->flags & X86_MEM, put_reg = false, put_rm = false;
    unsigned reg, rm = insn->rm;
    VecOperands o;
    uint32_t f;

    operands(insn, &o);
    f = op_flags(insn, &o);
    if (mem) {
        jit_operand(c);
    }
    if (!o.reg) {
        reg = insn->modrm >> 3 & 7;
    } else if (is_kind(o.reg, HOPND_GPR)) {
        put_reg = (o.reg & HOPND_W) && jit_reg(insn->reg) < 0;
        if ((o.reg & HOPND_W) && !c->in->fwrite) {
            jit_flags_reg_write(c, insn->reg);
        }
        reg = put_reg ? S2 : jit_get(c, insn->reg, S2);
    } else {
        reg = insn->reg;
    }
    if (!mem && is_kind(o.rm, HOPND_GPR)) {
        put_rm = (o.rm & HOPND_W) && jit_reg(insn->rm) < 0;
        if ((o.rm & HOPND_W) && !c->in->fwrite) {
            jit_flags_reg_write(c, insn->rm);
        }
        rm = put_rm ? S1 : jit_get(c, insn->rm, S1);
    }
    if (mem) {
        as_rm(&c->a, f, insn->opcode, reg, MEM(S1, 0));
    } else {
        as_rr(&c->a, f, insn->opcode, reg, rm);
    }
    if (o.is4 || o.imm) {
        as8(&c->a, insn->imm);
    }
    if (put_reg) {
        as_store(&c->a, ENV_REG(insn->reg), S2);
    }
    if (put_rm) {
        as_store(&c->a, ENV_REG(insn->rm), S1);
    }
    if (c->in->fwrite) {
        jit_flags_written(c);
    }
}

void jit_emit_vzero(JitCtx *c)
{
    as8(&c->a, 0xc5);
    as8(&c->a, c->insn->desc->helper == helper_vzeroall ? 0xfc : 0xf8);
    as8(&c->a, 0x77);
}
