/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which instructions of 64-bit mode have a native form, what they do to flags and memory (SDM vol. 2). What is not
 * here is executed by its interpreter handler.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/vec.h"
#include "target/i386/tcg/jit/emit.h"

enum { B = OP_RM8 };

typedef struct Form {
    JitEmit *emit;
    uint8_t use;
    uint8_t fread, fwrite;
} Form;

static Form form(JitEmit *emit, unsigned use, bool fread, unsigned fwrite)
{
    return (Form) { emit, use, fread, fwrite };
}

static const Form none;

/* ADD OR ADC SBB AND SUB XOR CMP; by number, whatever the form */
static Form alu(unsigned n, bool to_g, bool imm)
{
    unsigned e = n == 7 ? USE_ER : USE_ER | USE_EW, g = n == 7 ? USE_GR : USE_GR | USE_GW;
    unsigned use = imm ? e | USE_DIGIT : to_g ? USE_ER | g : e | USE_GR;

    return form(jit_emit_alu, use, n == 2 || n == 3, FW_ALL);
}

static Form shift_group(const X86Insn *insn, bool by_cl)
{
    unsigned n = insn->modrm >> 3 & 7;
    unsigned count = insn->opcode >= 0xd0 ? 1 : insn->imm & (insn->osz == 3 && (insn->opcode & 1) ? 63 : 31);

    if (n == 2 || n == 3) {
        return form(jit_emit_modrm, USE_ER | USE_EW | USE_DIGIT, true, FW_SOME);
    }
    if (!by_cl && !count && !(insn->flags & X86_MEM)) {
        return form(jit_emit_modrm, USE_ER | USE_EW | USE_DIGIT, false, FW_NONE);
    }
    return form(jit_emit_shift, USE_ER | USE_EW | USE_DIGIT, false, n < 4 || by_cl || !count ? FW_SOME : FW_ALL);
}

static Form group3(const X86Insn *insn)
{
    switch (insn->modrm >> 3 & 7) {
    case 0:
    case 1:
        return form(jit_emit_alu, USE_ER | USE_DIGIT, false, FW_ALL);
    case 2:
        return form(jit_emit_modrm, USE_ER | USE_EW | USE_DIGIT, false, FW_NONE);
    case 3:
        return form(jit_emit_unary, USE_ER | USE_EW | USE_DIGIT, false, FW_ALL);
    case 4:
    case 5:
        return form(jit_emit_modrm, USE_ER | USE_DIGIT, false, FW_ALL);
    default:
        return form(jit_emit_div, USE_ER | USE_DIGIT, false, FW_ALL);
    }
}

static Form group5(const X86Insn *insn)
{
    switch (insn->modrm >> 3 & 7) {
    case 0:
    case 1:
        return form(jit_emit_unary, USE_ER | USE_EW | USE_DIGIT, false, FW_SOME);
    case 2:
        return insn->opcode == 0xff ? form(jit_emit_call_e, USE_ER, false, FW_NONE) : none;
    case 4:
        return form(jit_emit_jmp_e, USE_ER, false, FW_NONE);
    case 6:
        return insn->flags & X86_MEM ? form(jit_emit_push_m, USE_ER, false, FW_NONE)
                                     : form(jit_emit_push, 0, false, FW_NONE);
    default:
        return none;
    }
}

static Form one_byte(const X86Insn *insn)
{
    unsigned op = insn->opcode;

    if (op < 0x40 && (op & 7) < 6) {
        return alu(op >> 3, (op & 7) == 2 || (op & 7) == 3, (op & 7) >= 4);
    }
    switch (op) {
    case 0x50 ... 0x57:
        return form(jit_emit_push, 0, false, FW_NONE);
    case 0x58 ... 0x5f:
        return form(jit_emit_pop, 0, false, FW_NONE);
    case 0x63:
        return form(jit_emit_modrm, USE_ER | USE_GW | USE_E32, false, FW_NONE);
    case 0x68: case 0x6a:
        return form(jit_emit_push_i, 0, false, FW_NONE);
    case 0x69: case 0x6b:
        return form(jit_emit_modrm, USE_ER | USE_GW, false, FW_ALL);
    case 0x70 ... 0x7f:
        return form(jit_emit_jcc, 0, true, FW_NONE);
    case 0x80: case 0x81: case 0x83:
        return alu(insn->modrm >> 3 & 7, false, true);
    case 0x84: case 0x85:
        return form(jit_emit_alu, USE_ER | USE_GR, false, FW_ALL);
    case 0x86: case 0x87:
        return form(jit_emit_modrm, USE_ER | USE_EW | USE_GR | USE_GW, false, FW_NONE);
    case 0x88: case 0x89:
        return form(jit_emit_modrm, USE_EW | USE_GR, false, FW_NONE);
    case 0x8a: case 0x8b:
        return form(jit_emit_modrm, USE_ER | USE_GW, false, FW_NONE);
    case 0x8d:
        return form(jit_emit_lea, USE_GW, false, FW_NONE);
    case 0x90 ... 0x97:
        if (insn->opcode == 0x90 && !(insn->rm & 8)) {
            return form(jit_emit_nop, 0, false, FW_NONE);
        }
        return form(jit_emit_xchg_a, 0, false, FW_NONE);
    case 0x98: case 0x99:
        return form(jit_emit_plain, 0, false, FW_NONE);
    case 0x9e:
        return form(jit_emit_plain, 0, false, FW_SOME);         /* sahf */
    case 0x9f:
        return form(jit_emit_plain, 0, true, FW_NONE);          /* lahf */
    case 0xa8: case 0xa9:
        return form(jit_emit_alu, USE_DIGIT, false, FW_ALL);
    case 0xb0 ... 0xbf:
        return form(jit_emit_movi, 0, false, FW_NONE);
    case 0xc0: case 0xc1: case 0xd0: case 0xd1:
        return shift_group(insn, false);
    case 0xd2: case 0xd3:
        return shift_group(insn, true);
    case 0xc2: case 0xc3:
        return form(jit_emit_ret, 0, false, FW_NONE);
    case 0xc6: case 0xc7:
        return form(jit_emit_modrm, USE_EW | USE_DIGIT, false, FW_NONE);
    case 0xc9:
        return form(jit_emit_leave, 0, false, FW_NONE);
    case 0xe8:
        return form(jit_emit_call, 0, false, FW_NONE);
    case 0xe9: case 0xeb:
        return form(jit_emit_jmp, 0, false, FW_NONE);
    case 0xf5: case 0xf8: case 0xf9:
        return form(jit_emit_plain, 0, op == 0xf5, FW_SOME);
    case 0xf6: case 0xf7:
        return group3(insn);
    case 0xfe: case 0xff:
        return group5(insn);
    }
    return none;
}

static Form bit_test(const X86Insn *insn, bool imm)
{
    unsigned n = imm ? insn->modrm >> 3 & 3 : insn->opcode >> 3 & 3;

    if (!imm && (insn->flags & X86_MEM)) {
        /* the offset reaches beyond the operand */
        return insn->osz < 2 || insn->asz != 3 ? none
               : form(jit_emit_bit_string, USE_ER | (n ? USE_EW : 0) | USE_GR, false, FW_SOME);
    }
    return form(jit_emit_modrm, USE_ER | (n ? USE_EW : 0) | (imm ? USE_DIGIT : USE_GR), false, FW_SOME);
}

static Form two_byte(const X86Insn *insn)
{
    unsigned op = insn->opcode;

    switch (op) {
    case 0x0d: case 0x18 ... 0x1f:
        return form(jit_emit_nop, 0, false, FW_NONE);
    case 0x40 ... 0x4f:
        return form(jit_emit_modrm, USE_ER | USE_GR | USE_GW, true, FW_NONE);
    case 0x80 ... 0x8f:
        return form(jit_emit_jcc, 0, true, FW_NONE);
    case 0x90 ... 0x9f:
        return form(jit_emit_modrm, USE_EW | USE_DIGIT | USE_EB, true, FW_NONE);
    case 0xa3: case 0xab: case 0xb3: case 0xbb:
        return bit_test(insn, false);
    case 0xba:
        return bit_test(insn, true);
    case 0xa4: case 0xac:
        return form(jit_emit_modrm, USE_ER | USE_EW | USE_GR, false,
                    insn->imm & (insn->osz == 3 ? 63 : 31) ? FW_ALL : FW_SOME);
    case 0xa5: case 0xad:
        return form(jit_emit_modrm, USE_ER | USE_EW | USE_GR, false, FW_SOME);
    case 0xae:
        return insn->modrm >= 0xe8 && !insn->pp ? form(jit_emit_fence, 0, false, FW_NONE) : none;
    case 0xaf:
        return form(jit_emit_modrm, USE_ER | USE_GR | USE_GW, false, FW_ALL);
    case 0xb0: case 0xb1:
        return form(jit_emit_modrm, USE_ER | USE_EW | USE_GR, false, FW_ALL);
    case 0xb6: case 0xbe:
        return form(jit_emit_modrm, USE_ER | USE_GW | USE_EB, false, FW_NONE);
    case 0xb7: case 0xbf:
        return form(jit_emit_modrm, USE_ER | USE_GW | USE_EWORD, false, FW_NONE);
    case 0xb8:
        return form(jit_emit_modrm, USE_ER | USE_GW, false, FW_ALL);
    case 0xbc: case 0xbd:
        /* BSF, BSR: the destination stays when the source is 0 */
        return form(jit_emit_modrm, USE_ER | USE_GW | (insn->pp == 2 ? 0 : USE_GR), false, FW_ALL);
    case 0xc0: case 0xc1:
        return form(jit_emit_modrm, USE_ER | USE_EW | USE_GR | USE_GW, false, FW_ALL);
    case 0xc3:
        return form(jit_emit_modrm, USE_EW | USE_GR, false, FW_NONE);
    case 0xc7:
        return (insn->modrm >> 3 & 7) == 1 ? form(jit_emit_cmpxchg, USE_ER | USE_EW | USE_DIGIT, false, FW_SOME) : none;
    case 0xc8 ... 0xcf:
        return form(jit_emit_bswap, 0, false, FW_NONE);
    }
    return none;
}

static Form map_38(const X86Insn *insn)
{
    unsigned op = insn->opcode;

    if (op == 0xf0 || op == 0xf1) {
        if (insn->pp == 3) {
            return form(jit_emit_modrm, USE_ER | USE_GR | USE_GW | (op == 0xf0 ? USE_EB : 0), false, FW_NONE);
        }
        return form(jit_emit_modrm, op == 0xf0 ? USE_ER | USE_GW : USE_EW | USE_GR, false, FW_NONE);
    }
    if (op == 0xf6) {
        return form(jit_emit_modrm, USE_ER | USE_GR | USE_GW, true, FW_SOME);
    }
    return none;
}

/* BMI1, BMI2 */
static Form vex_gpr(const X86Insn *insn)
{
    unsigned op = insn->opcode;
    bool flags = insn->map == 2 && (op == 0xf2 || op == 0xf3 || (op == 0xf5 && !insn->pp) || (op == 0xf7 && !insn->pp));

    if (insn->map == 2 && op == 0xf6 && jit_host_reg[insn->vvvv & 15] < 0) {
        return none;                    /* two destinations */
    }
    return form(jit_emit_vex_gpr, USE_ER, false, flags ? FW_ALL : FW_NONE);
}

/* A byte register AH.. cannot be encoded beside anything that needs REX. */
static bool high_byte_clash(const X86Insn *insn, const Form *f)
{
    bool high = (insn->reg >= 16 && !(f->use & USE_DIGIT)) || (insn->rm >= 16 && !(insn->flags & X86_MEM));

    if (!high) {
        return false;
    }
    if (insn->flags & X86_MEM) {
        return true;
    }
    for (int i = 0; i < 2; i++) {
        unsigned r = i ? insn->rm : insn->reg;
        bool byte = i || !(f->use & (USE_EB | USE_EWORD));

        if (i == 0 && (f->use & USE_DIGIT)) {
            continue;
        }
        if (r < 16 && (jit_host_reg[r] < 0 || jit_host_reg[r] >= (byte ? 4 : 8))) {
            return true;
        }
    }
    return insn->osz == 3 && !(insn->desc->attrs & X86_ATTR_BYTE);
}

static unsigned operand_bytes(const X86Insn *insn, const Form *f)
{
    if (f->use & USE_EB || (insn->desc->attrs & X86_ATTR_BYTE)) {
        return 1;
    }
    return f->use & USE_EWORD ? 2 : f->use & USE_E32 ? 4 : 1 << insn->osz;
}

void jit_classify(JitCtx *c, const X86Insn *insn, JitInfo *in)
{
    const X86InsnDesc *d = insn->desc;
    Form f = none;

    *in = (JitInfo) { 0 };
    if (d && !d->ops && (insn->exec == op_helper || insn->exec == op_helper_end)) {
        if (d->helper == helper_x87) {
            jit_classify_x87(c, insn, in);
        } else if (d->attrs & (X86_ATTR_SSE | X86_ATTR_AVX)) {
            jit_classify_vec(c, insn, in);
        } else {
            jit_classify_sys(c, insn, in);
        }
        return;
    }
    if (!d || !d->ops || insn->exec == op_ud || insn->exec == op_gp0 || insn->exec == op_nm) {
        return;
    }
    if (insn->flags & X86_VEX) {
        f = vex_gpr(insn);
    } else if (insn->map == 0) {
        f = one_byte(insn);
    } else if (insn->map == 1) {
        f = two_byte(insn);
    } else if (insn->map == 2) {
        f = map_38(insn);
    }
    if (!f.emit || high_byte_clash(insn, &f)) {
        return;
    }
    if ((f.emit == jit_emit_push || f.emit == jit_emit_pop || f.emit == jit_emit_push_i || f.emit == jit_emit_push_m ||
         f.emit == jit_emit_leave) && insn->osz != 3) {
        return;
    }
    in->emit = f.emit;
    in->use = f.use;
    in->fread = f.fread;
    in->fwrite = f.fwrite;
    in->bytes = operand_bytes(insn, &f);
    if (f.emit == jit_emit_cmpxchg) {
        in->bytes = insn->osz == 3 ? 16 : 8;
        in->align = insn->osz == 3 ? 16 : 0;
    }
    if ((insn->flags & X86_MEM) && f.emit != jit_emit_lea && f.emit != jit_emit_nop) {
        in->access = (f.use & USE_ER ? ACC_R : 0) | (f.use & USE_EW ? ACC_W : 0);
    }
    in->clobbers = f.emit == jit_emit_push || f.emit == jit_emit_pop || f.emit == jit_emit_push_i ||
                   f.emit == jit_emit_push_m || f.emit == jit_emit_leave || f.emit == jit_emit_call ||
                   f.emit == jit_emit_ret || f.emit == jit_emit_call_e || f.emit == jit_emit_jmp_e ||
                   f.emit == jit_emit_div ||
                   ((f.emit == jit_emit_jcc || f.emit == jit_emit_jmp) && (int64_t)insn->imm < 0);
}
