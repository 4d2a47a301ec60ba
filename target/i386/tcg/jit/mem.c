/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory operands: the linear address, the TLB probe and its slow path.
 *
 *      lea   S1, [operand]             linear address
 *      rorx  S2, S1, 7
 *      and   S2, 1023 * 32
 *      add   S2, [tlb]                 its TLB entry
 *      xor   S1, [S2 + tag]            the offset in the page, if it is this page's entry and nothing special
 *      cmp   S1, 4096 - bytes          (or test, when the operand must be aligned)
 *      ja    slow
 *      add   S1, [S2 + host]           host address
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/jit/emit.h"

static void add_base(JitCtx *c, unsigned seg)
{
    as_rm(&c->a, OP_W, 0x03, S1, MEM(H_ENV, (int)offsetof(CPUX86State, segs[seg].base) - ENV_BIAS));
}

void jit_ea(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    uint32_t w = insn->asz == 3 ? OP_W : 0;
    Mem m = { .base = -1, .index = -1, .scale = insn->scale, .disp = insn->disp };

    if (insn->base == X86_SLOT_EIP) {
        uint64_t v = c->b->eip + insn->disp;

        as_movi(&c->a, S1, w ? v : (uint32_t)v);
    } else {
        if (insn->index != X86_SLOT_ZERO) {
            m.index = jit_get(c, insn->index, S2);
        }
        if (insn->base != X86_SLOT_ZERO) {
            m.base = jit_get(c, insn->base, S1);
        }
        if (m.base >= 0 && m.index < 0 && !m.disp && w) {
            if (m.base != S1) {
                as_mov(&c->a, S1, m.base);
            }
        } else {
            as_rm(&c->a, w, 0x8d, S1, m);
        }
    }
    if (insn->seg >= R_FS) {
        jit_flags_clobber(c);
        add_base(c, insn->seg);
    }
}

void jit_probe(JitCtx *c, unsigned bytes, unsigned access, unsigned align)
{
    unsigned tag = access & ACC_W ? offsetof(X86TLBEntry, write) : offsetof(X86TLBEntry, read);
    Asm *a = &c->a;
    JitCold *cold;

    jit_flags_clobber(c);
    if (c->j->host.bmi2) {
        as_rr(a, OP_VEX | OP_F2 | OP_W | 3, 0xf0, S2, S1);      /* rorx */
        as8(a, 7);
    } else {
        as_mov(a, S2, S1);
        as_rr(a, OP_W, 0xc1, 5, S2);
        as8(a, 7);
    }
    as_rr(a, 0, 0x81, 4, S2);
    as32(a, (X86_TLB_SIZE - 1) * sizeof(X86TLBEntry));
    as_rm(a, OP_W, 0x03, S2, ENV(tlb));
    as_rm(a, OP_W, 0x33, S1, MEM(S2, tag));
    cold = jit_cold(c, COLD_MEM);
    if (align) {
        as_rr(a, OP_W, 0xf7, 0, S1);
        as32(a, ~(4095u & ~(align - 1)));
        cold->at = as_jcc(a, JNE, NULL);
    } else {
        as_rr(a, OP_W, 0x81, 7, S1);
        as32(a, 4096 - bytes);
        cold->at = as_jcc(a, JA, NULL);
    }
    as_rm(a, OP_W, 0x03, S1, MEM(S2, offsetof(X86TLBEntry, host)));
    cold->back = a->p;
    cold->tag = tag;
    cold->site = jit_site(c);
    cold->site->bytes = bytes;
    cold->site->access = access;
    cold->site->align = align;
    cold->site->f = c->f;
    cold->site->inner = c->inner;
}

void jit_operand(JitCtx *c)
{
    jit_ea(c);
    jit_probe(c, c->in->bytes, c->in->access, c->in->align);
}
