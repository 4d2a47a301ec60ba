/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integer instructions: the guest's own instruction with its registers renamed and its memory operand at [S1]. Guest
 * registers that live in memory are memory operands where only read, and pass through S2 or S1 otherwise.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/jit/emit.h"

/* Prefixes, map and sizes as the guest's instruction has them. */
static uint32_t op_flags(const JitCtx *c)
{
    const X86Insn *insn = c->insn;
    uint32_t f = insn->map, attrs = insn->desc->attrs;
    bool byte = attrs & X86_ATTR_BYTE;

    if (insn->desc->pp == 3) {
        f |= OP_F3;
    } else if (insn->desc->pp == 4) {
        f |= OP_F2;
    } else if (insn->desc->pp == 2) {
        f |= OP_66;
    }
    if (!byte && insn->osz == 3) {
        f |= OP_W;
    }
    if (!byte && insn->osz == 1) {
        f |= OP_66;
    }
    if (attrs & X86_ATTR_REG8) {
        f |= OP_REG8;
    }
    if ((attrs & X86_ATTR_RM8) || (c->in->use & USE_EB)) {
        f |= OP_RM8;
    }
    return f;
}

static void imm(JitCtx *c)
{
    const X86Insn *insn = c->insn;

    switch (insn->desc->immkind) {
    case X86_IMM_IB:
        as8(&c->a, insn->imm);
        break;
    case X86_IMM_IZ:
        if (insn->osz == 1) {
            as8(&c->a, insn->imm);
            as8(&c->a, insn->imm >> 8);
        } else {
            as32(&c->a, insn->imm);
        }
        break;
    }
}

/*
 * op G, E as the guest has it, with its operands where they are; the memory operand's address is in S1 already. @greg: G's
 * host register, or the digit.
 */
static void emit_e(JitCtx *c, uint32_t f, unsigned greg)
{
    const X86Insn *insn = c->insn;
    unsigned use = c->in->use, bytes = c->in->bytes, tmp;
    int h;

    if (insn->flags & X86_MEM) {
        if (insn->flags & X86_PFX_LOCK) {
            f |= OP_LOCK;
        }
        as_rm(&c->a, f, insn->opcode, greg, MEM(S1, 0));
        imm(c);
        return;
    }
    h = jit_reg(insn->rm);
    if (h >= 0) {
        as_rr(&c->a, f, insn->opcode, greg, h);
        imm(c);
    } else if (!(use & USE_EW) || bytes == 8) {
        as_rm(&c->a, f, insn->opcode, greg, ENV_REG(insn->rm));
        imm(c);
    } else {
        tmp = greg == S2 && !(use & USE_DIGIT) ? S1 : S2;
        if ((use & USE_ER) || bytes < 4) {
            as_load(&c->a, tmp, ENV_REG(insn->rm));
        }
        as_rr(&c->a, f, insn->opcode, greg, tmp);
        imm(c);
        as_store(&c->a, ENV_REG(insn->rm), tmp);
    }
}

/* Partial writes keep the rest of the register. */
static bool g_needs_load(const JitCtx *c)
{
    return (c->in->use & USE_GR) || (c->insn->desc->attrs & X86_ATTR_REG8) || c->insn->osz == 1;
}

static unsigned g_begin(JitCtx *c)
{
    const X86Insn *insn = c->insn;

    if (c->in->use & USE_DIGIT) {
        return insn->modrm >> 3 & 7;
    }
    if (jit_reg(insn->reg) >= 0) {
        return jit_reg(insn->reg);
    }
    if (g_needs_load(c)) {
        as_load(&c->a, S2, ENV_REG(insn->reg));
    }
    return S2;
}

static void g_end(JitCtx *c)
{
    if (c->in->use & USE_GW) {
        jit_put(c, c->insn->reg, S2);
    }
}

static void about_to_write(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    unsigned use = c->in->use;

    if (c->in->fwrite == FW_ALL) {
        return;
    }
    if ((use & USE_EW) && !(insn->flags & X86_MEM)) {
        jit_flags_reg_write(c, insn->rm);
    }
    if (use & USE_GW) {
        jit_flags_reg_write(c, insn->reg);
    }
}

static void begin(JitCtx *c)
{
    if (c->in->access) {
        jit_operand(c);
    }
    if (c->in->fread || c->in->fwrite == FW_SOME) {
        jit_flags_need(c);
    }
    about_to_write(c);
}

/* Any instruction with ModRM operands whose flags are not worth a recipe. */
void jit_emit_modrm(JitCtx *c)
{
    begin(c);
    emit_e(c, op_flags(c), g_begin(c));
    g_end(c);
    if (c->in->fwrite) {
        jit_flags_written(c);
    }
}

/* CMPXCHG8B, CMPXCHG16B; always locked, as the interpreter has them */
void jit_emit_cmpxchg(JitCtx *c)
{
    begin(c);
    jit_flags_reg_write(c, R_EAX);
    jit_flags_reg_write(c, R_EDX);
    as_rm(&c->a, 1 | OP_LOCK | (c->insn->osz == 3 ? OP_W : 0), 0xc7, 1, MEM(S1, 0));
    jit_flags_written(c);
}

/* ---- ADD .. CMP, TEST ---- */
enum { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST };

static unsigned alu_number(const X86Insn *insn)
{
    unsigned op = insn->opcode;

    return op < 0x40 ? op >> 3 : op >= 0x80 && op <= 0x83 ? insn->modrm >> 3 & 7 : TEST;
}

/* After the instruction: what its flags can be computed from. d, s: guest register, slot or immediate. */
static void alu_recipe(JitCtx *c, unsigned n, unsigned size, unsigned d, unsigned s, int32_t i)
{
    bool same = d == s;

    switch (n) {
    case ADD:
        if (!same) {
            jit_flags_known(c, JF_ADD, size, d, s, i);
            return;
        }
        break;
    case SUB:
        if (!same) {
            jit_flags_known(c, JF_SUBR, size, d, s, i);
            return;
        }
        break;
    case CMP:
        jit_flags_known(c, JF_SUB, size, d, s, i);
        return;
    case TEST:
        jit_flags_known(c, same ? JF_LOGIC : JF_TEST, size, d, s, i);
        return;
    case OR:
    case AND:
    case XOR:
        jit_flags_known(c, JF_LOGIC, size, d, d, 0);
        return;
    }
    jit_flags_written(c);
}

/* op rAX, imm and friends without a ModRM byte, as the immediate group. */
static void alu_accumulator(JitCtx *c, unsigned n, unsigned size)
{
    const X86Insn *insn = c->insn;
    uint32_t f = size == 0 ? OP_RM8 : size == 1 ? OP_66 : size == 3 ? OP_W : 0;

    as_rr(&c->a, f, n == TEST ? (size ? 0xf7 : 0xf6) : size ? 0x81 : 0x80, n == TEST ? 0 : n, RAX);
    imm(c);
    alu_recipe(c, n, size, R_EAX, LOC_IMM, insn->imm);
}

/* CMP and TEST against memory: keep the value, for the flags. */
static void compare_memory(JitCtx *c, unsigned n, unsigned size)
{
    const X86Insn *insn = c->insn;
    uint32_t f = op_flags(c) & (OP_W | OP_66);
    bool to_g = c->in->use & USE_GW || (insn->opcode < 0x40 && (insn->opcode & 2));
    unsigned op = insn->opcode, slot = LOC_SLOT + (to_g ? 1 : 0);
    Mem m = MEM(H_ENV, (int)offsetof(CPUX86State, jit_slot) + (slot - LOC_SLOT) * 8 - ENV_BIAS);

    if (size >= 2) {
        as_rm(&c->a, f, 0x8b, S2, MEM(S1, 0));
    } else {
        as_rm(&c->a, 1, size ? 0xb7 : 0xb6, S2, MEM(S1, 0));
    }
    as_store(&c->a, m, S2);
    c->set_slots = true;
    if (c->in->use & USE_DIGIT) {
        as_rr(&c->a, op_flags(c), op, insn->modrm >> 3 & 7, S2);
        imm(c);
        alu_recipe(c, n, size, slot, LOC_IMM, insn->imm);
        return;
    }
    as_rr(&c->a, op_flags(c) | (size ? 0 : OP_RM8), op, jit_get(c, insn->reg, S1), S2);
    if (to_g) {
        alu_recipe(c, n, size, insn->reg, slot, 0);
    } else {
        alu_recipe(c, n, size, slot, insn->reg, 0);
    }
}

void jit_emit_alu(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    unsigned n = alu_number(insn), size = insn->desc->attrs & X86_ATTR_BYTE ? 0 : insn->osz, use = c->in->use;
    bool mem = insn->flags & X86_MEM;

    begin(c);
    if (!(insn->desc->attrs & X86_ATTR_MODRM)) {
        alu_accumulator(c, n, size);
        return;
    }
    if (mem && (n == CMP || n == TEST) && c->in->obs && insn->reg < 16) {
        compare_memory(c, n, size);
        return;
    }
    emit_e(c, op_flags(c), g_begin(c));
    g_end(c);
    if (mem) {
        /* OR and the like: only the result counts */
        if ((use & USE_GW) && (n == OR || n == AND || n == XOR)) {
            alu_recipe(c, n, size, insn->reg, insn->reg, 0);
        } else {
            jit_flags_written(c);
        }
    } else if (use & USE_DIGIT) {
        alu_recipe(c, n, size, insn->rm, LOC_IMM, insn->imm);
    } else if (use & USE_GW || (n == CMP && (insn->opcode & 2))) {
        alu_recipe(c, n, size, insn->reg, insn->rm, 0);
    } else {
        alu_recipe(c, n, size, insn->rm, insn->reg, 0);
    }
}

/* INC DEC NEG */
void jit_emit_unary(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    unsigned size = insn->desc->attrs & X86_ATTR_BYTE ? 0 : insn->osz;
    bool neg = insn->opcode < 0xfe, reg = !(insn->flags & X86_MEM);
    JitFlags before, inner;

    if (!neg && reg && c->in->obs && c->host && c->f.kind == JF_NONE) {
        jit_flags_clobber(c);
        c->host = true;
    }
    begin(c);
    before = c->f;
    inner = c->inner;
    emit_e(c, op_flags(c), insn->modrm >> 3 & 7);
    if (!reg || (!neg && before.kind == JF_NONE)) {
        jit_flags_written(c);
        return;
    }
    if (neg) {
        jit_flags_known(c, JF_NEG, size, insn->rm, insn->rm, 0);
        return;
    }
    c->inner = before.kind == JF_INC || before.kind == JF_DEC ? inner : before;
    jit_flags_known(c, insn->modrm & 8 ? JF_DEC : JF_INC, size, insn->rm, insn->rm, 0);
}

/* ROL ROR SHL SHR SAR by an immediate or CL */
void jit_emit_shift(JitCtx *c)
{
    static const uint8_t kinds[8] = { 0, 0, 0, 0, JF_SHL, JF_SHR, JF_SHL, JF_SAR };
    const X86Insn *insn = c->insn;
    unsigned size = insn->desc->attrs & X86_ATTR_BYTE ? 0 : insn->osz, n = insn->modrm >> 3 & 7;
    unsigned count = insn->opcode >= 0xd0 ? 1 : insn->imm & (size == 3 ? 63 : 31);
    bool recipe;

    begin(c);
    recipe = c->in->fwrite == FW_ALL && !(insn->flags & X86_MEM) && c->in->obs && insn->rm < 16 && size >= 2;
    if (recipe) {
        as_store(&c->a, MEM(H_ENV, (int)offsetof(CPUX86State, jit_slot[2]) - ENV_BIAS), jit_get(c, insn->rm, S2));
    }
    emit_e(c, op_flags(c), n);
    if (recipe) {
        jit_flags_known(c, kinds[n], size, LOC_SLOT + 2, LOC_SLOT + 2, count);
    } else {
        jit_flags_written(c);
    }
}

/* ---- the rest ---- */
void jit_emit_lea(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    uint32_t w = insn->asz == 3 && insn->osz == 3 ? OP_W : 0;
    Mem m = { .base = -1, .index = -1, .scale = insn->scale, .disp = insn->disp };
    unsigned dst;

    jit_flags_reg_write(c, insn->reg);
    dst = jit_reg(insn->reg) >= 0 ? jit_reg(insn->reg) : S2;
    if (insn->base == X86_SLOT_EIP) {
        uint64_t v = c->b->eip + insn->disp;

        v = insn->asz == 3 ? v : (uint32_t)v;
        v = insn->osz == 3 ? v : (uint32_t)v;
        if (insn->osz == 1) {
            as_movi(&c->a, S1, v);
        } else {
            as_movi(&c->a, dst, v);
            jit_put(c, insn->reg, dst);
            return;
        }
    } else {
        if (insn->index != X86_SLOT_ZERO) {
            m.index = jit_get(c, insn->index, S2);
        }
        if (insn->base != X86_SLOT_ZERO) {
            m.base = jit_get(c, insn->base, S1);
        }
        if (insn->osz != 1) {
            as_rm(&c->a, w, 0x8d, dst, m);
            jit_put(c, insn->reg, dst);
            return;
        }
        as_rm(&c->a, 0, 0x8d, S1, m);
    }
    dst = jit_get(c, insn->reg, S2);
    as_rr(&c->a, OP_66, 0x8b, dst, S1);
    jit_put(c, insn->reg, dst);
}

void jit_emit_movi(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    unsigned dst = jit_reg(insn->rm) >= 0 ? (unsigned)jit_reg(insn->rm) : S2;
    bool byte = insn->opcode < 0xb8;

    jit_flags_reg_write(c, insn->rm);
    if (byte || insn->osz == 1) {
        if (dst == S2) {
            as_load(&c->a, S2, ENV_REG(insn->rm));
        }
        if (byte) {
            as_rr(&c->a, OP_RM8, 0xc6, 0, dst);
            as8(&c->a, insn->imm);
        } else {
            as_rr(&c->a, OP_66, 0xc7, 0, dst);
            as8(&c->a, insn->imm);
            as8(&c->a, insn->imm >> 8);
        }
    } else {
        as_movi(&c->a, dst, insn->osz == 3 ? insn->imm : (uint32_t)insn->imm);
    }
    jit_put(c, insn->rm, dst);
}

/* xchg rAX, Zv */
void jit_emit_xchg_a(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    unsigned h;

    jit_flags_reg_write(c, R_EAX);
    jit_flags_reg_write(c, insn->rm);
    h = jit_get(c, insn->rm, S2);
    as_rr(&c->a, insn->osz == 3 ? OP_W : insn->osz == 1 ? OP_66 : 0, 0x87, RAX, h);
    jit_put(c, insn->rm, h);
}

void jit_emit_nop(JitCtx *c)
{
}

void jit_emit_fence(JitCtx *c)
{
    if ((c->insn->modrm & 0x38) == 0x30) {
        as8(&c->a, 0x0f);
        as8(&c->a, 0xae);
        as8(&c->a, 0xf0);
    }
}

void jit_emit_bswap(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    unsigned h;

    jit_flags_reg_write(c, insn->rm);
    h = jit_get(c, insn->rm, S2);
    if (insn->osz == 1) {
        as_rr(&c->a, OP_66, 0xc7, 0, h);        /* mov h16, 0: what bswap makes of one here */
        as8(&c->a, 0);
        as8(&c->a, 0);
    } else {
        as_opcode(&c->a, 1 | (insn->osz == 3 ? OP_W : 0), 0xc8 + (h & 7), 0, 0, h);
    }
    jit_put(c, insn->rm, h);
}

/* One byte, implied registers: CBW CWD LAHF SAHF CMC CLC STC */
void jit_emit_plain(JitCtx *c)
{
    const X86Insn *insn = c->insn;

    if (c->in->fread || c->in->fwrite) {
        jit_flags_need(c);
    }
    if (insn->opcode == 0x98 || insn->opcode == 0x9f) {
        jit_flags_reg_write(c, R_EAX);
    } else if (insn->opcode == 0x99) {
        jit_flags_reg_write(c, R_EDX);
    }
    as_opcode(&c->a, insn->osz == 3 ? OP_W : insn->osz == 1 ? OP_66 : 0, insn->opcode, 0, 0, 0);
    if (c->in->fwrite) {
        jit_flags_written(c);
    }
}

/* ---- DIV IDIV: what might raise #DE goes to the interpreter ---- */
static void guard(JitCtx *c, unsigned cc)
{
    JitCold *cold = jit_cold(c, COLD_INSN);

    cold->at = as_jcc(&c->a, cc, NULL);
    cold->site = jit_site(c);
}

static void guard_div(JitCtx *c, uint32_t f, unsigned size, bool mem, unsigned h)
{
    unsigned hi = size ? RDX : 16 + RAX, op = size ? 0x3b : 0x3a;

    if (size == 0) {
        as_rr(&c->a, 1 | OP_RM8, 0xb6, S2, mem ? S1 : h);
        as_rr(&c->a, 0, 0x8b, S1, RAX);
        as_rr(&c->a, 1, 0xb7, S1, S1);
        as_rr(&c->a, 0, 0xc1, 5, S1);
        as8(&c->a, 8);
        as_rr(&c->a, 0, 0x3b, S1, S2);
        guard(c, JAE);
        return;
    }
    if (mem) {
        as_rm(&c->a, f, op, hi, MEM(S1, 0));
    } else {
        as_rr(&c->a, f, op, hi, h);
    }
    guard(c, JAE);
}

/* The dividend is its low half sign-extended, the divisor neither 0 nor -1. */
static void guard_idiv(JitCtx *c, uint32_t f, unsigned h)
{
    as_rm(&c->a, f, 0x8d, S1, MEM(h, 1));
    as_rr(&c->a, f, 0x83, 7, S1);
    as8(&c->a, 1);
    guard(c, JBE);
    as_rr(&c->a, f, 0x8b, S1, RAX);
    as_rr(&c->a, f, 0xc1, 7, S1);
    as8(&c->a, f & OP_W ? 63 : 31);
    as_rr(&c->a, f, 0x3b, S1, RDX);
    guard(c, JNE);
}

void jit_emit_div(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    unsigned size = insn->desc->attrs & X86_ATTR_BYTE ? 0 : insn->osz;
    uint32_t f = size == 3 ? OP_W : 0;
    unsigned h;

    if (size < 2) {
        JitCold *cold;

        jit_flags_clobber(c);
        cold = jit_cold(c, COLD_INSN);          /* rare: always the interpreter's */
        cold->at = as_jmp(&c->a, NULL);
        cold->site = jit_site(c);
        jit_flags_written(c);
        return;
    }
    begin(c);
    jit_flags_clobber(c);
    if (insn->flags & X86_MEM) {
        as_rm(&c->a, f, 0x8b, S2, MEM(S1, 0));
        h = S2;
    } else {
        h = jit_get(c, insn->rm, S2);
    }
    if ((insn->modrm >> 3 & 7) == 6) {
        guard_div(c, f, size, false, h);
    } else {
        guard_idiv(c, f, h);
    }
    as_rr(&c->a, f, 0xf7, insn->modrm >> 3 & 7, h);
    jit_flags_written(c);
}

/* ---- BMI ---- */
void jit_emit_vex_gpr(JitCtx *c)
{
    const X86Insn *insn = c->insn;
    bool mem = insn->flags & X86_MEM, group = insn->map == 2 && insn->opcode == 0xf3;
    unsigned dst_guest = group ? insn->vvvv : insn->reg, dst, v = 0, reg;
    uint32_t f = OP_VEX | insn->map | (insn->osz == 3 ? OP_W : 0);
    bool mulx = insn->map == 2 && insn->opcode == 0xf6;

    f |= insn->pp == 1 ? OP_66 : insn->pp == 2 ? OP_F3 : insn->pp == 3 ? OP_F2 : 0;
    begin(c);
    if (c->in->fwrite != FW_ALL) {
        jit_flags_reg_write(c, dst_guest);
        if (mulx) {
            jit_flags_reg_write(c, insn->vvvv);
        }
    }
    dst = jit_reg(dst_guest) >= 0 ? (unsigned)jit_reg(dst_guest) : S2;
    if (group) {
        v = dst;
        reg = insn->modrm >> 3 & 7;
    } else {
        reg = dst;
        if (insn->map == 2) {
            v = mulx ? (unsigned)jit_reg(insn->vvvv) : jit_get(c, insn->vvvv, S2);
        }
    }
    f |= OP_VVVV(v);
    if (mem) {
        as_rm(&c->a, f, insn->opcode, reg, MEM(S1, 0));
    } else if (jit_reg(insn->rm) >= 0) {
        as_rr(&c->a, f, insn->opcode, reg, jit_reg(insn->rm));
    } else {
        as_rm(&c->a, f, insn->opcode, reg, ENV_REG(insn->rm));
    }
    if (insn->map == 3) {
        as8(&c->a, insn->imm);
    }
    jit_put(c, dst_guest, dst);
    if (c->in->fwrite) {
        jit_flags_written(c);
    }
}
