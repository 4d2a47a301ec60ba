/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the guest's arithmetic flags are while a block is translated. An instruction leaves them in the host's; most
 * are never looked at. What may be looked at after the host has lost them, at a memory access that may fault for one,
 * is described by a recipe: which registers still hold operands or result. Only what no recipe covers is saved.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/cc.h"
#include "target/i386/tcg/jit/emit.h"

static const uint32_t size_flags[4] = { OP_RM8 | OP_REG8, OP_66, 0, OP_W };

static bool has_d(unsigned kind)
{
    return kind >= JF_SUB;
}

static bool has_s(unsigned kind)
{
    return kind == JF_SUB || kind == JF_SUBR || kind == JF_ADD || kind == JF_TEST;
}

static bool has_inner(unsigned kind)
{
    return kind == JF_INC || kind == JF_DEC;
}

static Mem slot_mem(unsigned loc)
{
    return MEM(H_ENV, (int)offsetof(CPUX86State, jit_slot) + (loc - LOC_SLOT) * 8 - ENV_BIAS);
}

/* ---- the host's flags to and from memory; S2 is lost ---- */
static void save_raw(JitCtx *c)
{
    as_mov(&c->a, S2, RAX);
    as8(&c->a, 0x9f);                                   /* lahf */
    as_rr(&c->a, OP_RM8 | 1, 0x90, 0, RAX);             /* seto al */
    as_rm(&c->a, OP_66, 0x89, RAX, ENV(jit_raw));
    as_mov(&c->a, RAX, S2);
}

static void load_raw(JitCtx *c)
{
    as_mov(&c->a, S2, RAX);
    as_rm(&c->a, 1, 0xb7, RAX, ENV(jit_raw));           /* movzx eax */
    as8(&c->a, 0x04);
    as8(&c->a, 0x7f);
    as8(&c->a, 0x9e);
    as_mov(&c->a, RAX, S2);
}

void jit_flags_clobber(JitCtx *c)
{
    if (c->host && c->f.kind == JF_NONE) {
        save_raw(c);
        c->f = (JitFlags) { .kind = JF_RAW };
    }
    c->host = false;
}

/* ---- computing them again ---- */
/* loc into S2, the whole register or slot. */
static void loc_to_s2(JitCtx *c, unsigned loc)
{
    if (loc >= LOC_SLOT) {
        as_load(&c->a, S2, slot_mem(loc));
    } else if (jit_reg(loc) < 0) {
        as_load(&c->a, S2, ENV_REG(loc));
    } else {
        as_mov(&c->a, S2, jit_reg(loc));
    }
}

/* op S2, s with the arithmetic group's number @n */
static void alu_s2(JitCtx *c, unsigned n, const JitFlags *f)
{
    uint32_t sz = size_flags[f->size];

    if (f->s == LOC_IMM) {
        as_rr(&c->a, sz, f->size ? 0x81 : 0x80, n, S2);
        if (f->size == 0) {
            as8(&c->a, f->imm);
        } else if (f->size == 1) {
            as8(&c->a, f->imm);
            as8(&c->a, f->imm >> 8);
        } else {
            as32(&c->a, f->imm);
        }
    } else if (f->s >= LOC_SLOT) {
        as_rm(&c->a, sz, n * 8 + (f->size ? 3 : 2), S2, slot_mem(f->s));
    } else if (jit_reg(f->s) < 0) {
        as_rm(&c->a, sz, n * 8 + (f->size ? 3 : 2), S2, ENV_REG(f->s));
    } else {
        as_rr(&c->a, sz, n * 8 + (f->size ? 3 : 2), S2, jit_reg(f->s));
    }
}

enum { N_ADD = 0, N_AND = 4, N_SUB = 5, N_CMP = 7 };

static void replay(JitCtx *c, const JitFlags *f, const JitFlags *inner)
{
    uint32_t sz = size_flags[f->size];

    switch (f->kind) {
    case JF_ENV:
        as_call(&c->a, c->j->flags);
        return;
    case JF_RAW:
        load_raw(c);
        return;
    case JF_SUB:
        if (f->size >= 2 && f->d < 16 && jit_reg(f->d) >= 0 && f->s < 16 && jit_reg(f->s) >= 0) {
            as_rr(&c->a, sz, 0x3b, jit_reg(f->d), jit_reg(f->s));
            return;
        }
        loc_to_s2(c, f->d);
        alu_s2(c, N_CMP, f);
        return;
    case JF_SUBR:
        loc_to_s2(c, f->d);
        alu_s2(c, N_ADD, f);
        alu_s2(c, N_SUB, f);
        return;
    case JF_ADD:
        loc_to_s2(c, f->d);
        alu_s2(c, N_SUB, f);
        alu_s2(c, N_ADD, f);
        return;
    case JF_TEST:
        loc_to_s2(c, f->d);
        alu_s2(c, N_AND, f);
        return;
    case JF_LOGIC:
        if (f->size >= 2 && f->d < 16 && jit_reg(f->d) >= 0) {
            as_rr(&c->a, sz, 0x85, jit_reg(f->d), jit_reg(f->d));
            return;
        }
        loc_to_s2(c, f->d);
        as_rr(&c->a, sz, f->size ? 0x85 : 0x84, S2, S2);
        return;
    case JF_NEG:
        loc_to_s2(c, f->d);
        as_rr(&c->a, sz, f->size ? 0xf7 : 0xf6, 3, S2);
        as_rr(&c->a, sz, f->size ? 0xf7 : 0xf6, 3, S2);
        return;
    case JF_SHL:
    case JF_SHR:
    case JF_SAR:
        loc_to_s2(c, f->d);
        as_rr(&c->a, sz, f->size ? 0xc1 : 0xc0, f->kind == JF_SHL ? 4 : f->kind == JF_SHR ? 5 : 7, S2);
        as8(&c->a, f->imm);
        return;
    case JF_INC:
    case JF_DEC: {
        unsigned undo = f->kind == JF_INC ? 1 : 0;

        replay(c, inner, NULL);
        loc_to_s2(c, f->d);
        as_rr(&c->a, sz, f->size ? 0xff : 0xfe, undo, S2);
        as_rr(&c->a, sz, f->size ? 0xff : 0xfe, !undo, S2);
        return;
    }
    }
    g_assert_not_reached();
}

void jit_flags_need(JitCtx *c)
{
    if (!c->host) {
        replay(c, &c->f, &c->inner);
        c->host = true;
    }
}

/* ---- to where every block finds them ---- */
static void store_operand(JitCtx *c, Mem m, const JitFlags *f, unsigned loc)
{
    static const uint8_t movsx_op[2] = { 0xbe, 0xbf };

    if (loc == LOC_IMM) {
        as_rm(&c->a, OP_W, 0xc7, 0, m);
        as32(&c->a, f->imm);
        return;
    }
    if (f->size == 3) {
        if (loc < 16 && jit_reg(loc) >= 0) {
            as_store(&c->a, m, jit_reg(loc));
            return;
        }
        loc_to_s2(c, loc);
    } else if (f->size == 2) {
        if (loc >= LOC_SLOT) {
            as_rm(&c->a, OP_W, 0x63, S2, slot_mem(loc));
        } else if (jit_reg(loc) < 0) {
            as_rm(&c->a, OP_W, 0x63, S2, ENV_REG(loc));
        } else {
            as_rr(&c->a, OP_W, 0x63, S2, jit_reg(loc));
        }
    } else {
        uint32_t w = OP_W | 1 | (f->size ? 0 : OP_RM8);

        if (loc >= LOC_SLOT) {
            as_rm(&c->a, w, movsx_op[f->size], S2, slot_mem(loc));
        } else if (jit_reg(loc) < 0) {
            as_rm(&c->a, w, movsx_op[f->size], S2, ENV_REG(loc));
        } else {
            as_rr(&c->a, w, movsx_op[f->size], S2, jit_reg(loc));
        }
    }
    as_store(&c->a, m, S2);
}

bool jit_flags_env_empty(const JitCtx *c)
{
    return c->f.kind == JF_ENV;
}

void jit_flags_to_env(JitCtx *c)
{
    JitFlags *f = &c->f;

    switch (f->kind) {
    case JF_ENV:
        return;
    case JF_SUB:
    case JF_ADD:
        store_operand(c, ENV(cc_dst), f, f->d);
        store_operand(c, ENV(cc_src), f, f->s);
        as_store32i(&c->a, ENV(cc_op), (f->kind == JF_SUB ? CC_SUB : CC_ADD) << 2 | f->size);
        break;
    case JF_LOGIC:
        store_operand(c, ENV(cc_dst), f, f->d);
        as_store32i(&c->a, ENV(cc_op), CC_LOGIC << 2 | f->size);
        break;
    default:
        if (f->kind != JF_RAW) {
            jit_flags_need(c);
            save_raw(c);
        }
        as_store32i(&c->a, ENV(cc_op), CC_OP_RAW);
    }
    *f = (JitFlags) { .kind = JF_ENV };
}

/* ---- what instructions do to them ---- */
static bool slot_used(const JitCtx *c, unsigned loc)
{
    return (has_d(c->f.kind) && (c->f.d == loc || (has_s(c->f.kind) && c->f.s == loc))) ||
           (has_inner(c->f.kind) && has_d(c->inner.kind) &&
            (c->inner.d == loc || (has_s(c->inner.kind) && c->inner.s == loc)));
}

static void move_loc(JitCtx *c, uint8_t *loc, unsigned g)
{
    if (*loc != g) {
        return;
    }
    for (unsigned k = 0; k < 4; k++) {
        if (!slot_used(c, LOC_SLOT + k)) {
            as_store(&c->a, slot_mem(LOC_SLOT + k), jit_get(c, *loc, S2));
            *loc = LOC_SLOT + k;
            return;
        }
    }
    g_assert_not_reached();
}

static bool recipe_uses(const JitFlags *f, unsigned g)
{
    return has_d(f->kind) && (f->d == g || (has_s(f->kind) && f->s == g));
}

void jit_flags_reg_write(JitCtx *c, unsigned g)
{
    g &= 15;
    if (!recipe_uses(&c->f, g) && !(has_inner(c->f.kind) && recipe_uses(&c->inner, g))) {
        return;
    }
    if (!c->in->alive || (c->host && !c->in->obs)) {
        if (c->host) {
            c->f = (JitFlags) { .kind = JF_NONE };
        } else if (!c->in->alive) {
            c->f = (JitFlags) { .kind = JF_ENV };       /* nobody looks before they are written again */
        }
        return;
    }
    move_loc(c, &c->f.d, g);
    if (has_s(c->f.kind)) {
        move_loc(c, &c->f.s, g);
    }
    if (has_inner(c->f.kind) && has_d(c->inner.kind)) {
        move_loc(c, &c->inner.d, g);
        if (has_s(c->inner.kind)) {
            move_loc(c, &c->inner.s, g);
        }
    }
}

void jit_flags_written(JitCtx *c)
{
    c->host = true;
    c->f = (JitFlags) { .kind = JF_NONE };
}

void jit_flags_known(JitCtx *c, unsigned kind, unsigned size, unsigned d, unsigned s, int32_t imm)
{
    c->host = true;
    c->f = (JitFlags) { kind, size, d, s, imm };
    if ((d >= 16 && d < LOC_SLOT) || (s >= 16 && s < LOC_SLOT)) {
        c->f.kind = JF_NONE;                            /* AH and the like are not worth it */
    }
}
