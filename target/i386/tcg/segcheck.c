/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segment checks of data accesses outside 64-bit mode: usable, type, limit (SDM vol. 3, 5.3-5.5), and the linear address.
 * A flat segment (x86_seg_flat()) never comes here; how an instruction uses its operand is therefore worked out
 * from its table row only when asked for.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/engine.h"

static void QEMU_NORETURN fault(CPUX86State *env, const X86Insn *insn, int seg)
{
    if (insn) {
        x86_sync_eip(env, insn);
    }
    raise_exception_err(env, seg == R_SS ? EXCP0C_STACK : EXCP0D_GPF, 0);
}

static bool protected_mode(const CPUX86State *env)
{
    return (env->hflags & HF_PE_MASK) && !(env->hflags & HF_VM_MASK);
}

static bool type_allows(const SegmentCache *s, bool write)
{
    if (!(s->flags & DESC_P_MASK) || !(s->flags & DESC_S_MASK)) {
        return false;           /* loaded with a null selector */
    }
    if (s->flags & DESC_CS_MASK) {
        return !write && (s->flags & DESC_R_MASK);
    }
    return !write || (s->flags & DESC_W_MASK);
}

static bool inside_limit(const SegmentCache *s, uint32_t off, unsigned bytes)
{
    uint64_t last = (uint64_t)off + bytes - 1;

    if ((s->flags & (DESC_CS_MASK | DESC_E_MASK)) == DESC_E_MASK) {
        return off > s->limit && last <= (s->flags & DESC_B_MASK ? UINT32_MAX : 0xffff);
    }
    return s->limit == UINT32_MAX || last <= s->limit;
}

uint64_t x86_seg_check(CPUX86State *env, const X86Insn *insn, int seg, uint32_t off, unsigned bytes, bool write)
{
    const SegmentCache *s = &env->segs[seg];

    if ((protected_mode(env) && !type_allows(s, write)) || !inside_limit(s, off, bytes)) {
        fault(env, insn, seg);
    }
    return (uint32_t)(off + s->base);
}

/* ---- what an instruction does with its memory operand ---- */
typedef struct Operand {
    unsigned bytes;
    bool write;
} Operand;

/* x87: by opcode D8-DF and ModRM.reg (SDM vol. 2, tables ); +128: stored. 0: an environment or state. */
static Operand x87_operand(const X86Insn *insn)
{
    enum { W = 128 };
    static const uint8_t rows[8][8] = {
        { 4, 4, 4, 4, 4, 4, 4, 4 },
        { 4, 0, 4 + W, 4 + W, 0, 2, 0 + W, 2 + W },
        { 4, 4, 4, 4, 4, 4, 4, 4 },
        { 4, 4 + W, 4 + W, 4 + W, 0, 10, 0, 10 + W },
        { 8, 8, 8, 8, 8, 8, 8, 8 },
        { 8, 8 + W, 8 + W, 8 + W, 0, 0, 0 + W, 2 + W },
        { 2, 2, 2, 2, 2, 2, 2, 2 },
        { 2, 2 + W, 2 + W, 2 + W, 10, 8, 10 + W, 8 + W },
    };
    uint8_t r = rows[insn->opcode & 7][insn->modrm >> 3 & 7];
    unsigned env_size = insn->osz == 1 ? 14 : 28;

    return (Operand){ r & ~W ?: insn->opcode == 0xdd ? env_size + 80 : env_size, r & W };
}

/* Bytes that the letters after an operand's kind stand for. */
static unsigned suffix_bytes(const X86Insn *insn, const char *s)
{
    switch (s[0]) {
    case 'b':
        return 1;
    case 'w':
        return 2;
    case 'd':
        return s[1] == 'q' ? 16 : s[1] == 'b' ? 1 : s[1] == 'w' ? 2 : 4;
    case 'q':
        return s[1] == 'q' ? 32 : 8;
    case 'v':
    case 'y':
        return 1u << insn->osz;
    case 'p':
        return 2 + (1u << insn->osz);
    case 's':
        return 6;
    case 'o':
        return 16;
    case 'x':
        return 16u << insn->vl;
    default:
        return 512;             /* FXSAVE, XSAVE: the legacy area */
    }
}

/* Rows whose first operand is only read; vector rows say so themselves. */
static bool first_is_source(const X86InsnDesc *d)
{
    static const char *const names[] = {
        "CMP", "TEST", "BT", "PUSH", "MUL", "IMUL", "DIV", "IDIV", "CALL", "JMP", "NOP", "LGDT", "LIDT", "LLDT", "LTR",
        "LMSW", "VERR", "VERW", "LDMXCSR", "VLDMXCSR", "FXRSTOR", "XRSTOR", "XRSTORS",
    };

    if (d->attrs & X86_ATTR_NODEST) {
        return true;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(d->name, names[i])) {
            return true;
        }
    }
    return false;
}

static Operand operand(const X86Insn *insn)
{
    const char *o = insn->desc->operands;
    bool first = true;

    if (insn->map == 0 && (insn->opcode & 0xf8) == 0xd8 && !(insn->flags & (X86_VEX | X86_EVEX))) {
        return x87_operand(insn);
    }
    for (; o; o = strchr(o, ','), first = false) {
        o += strspn(o, ", ");
        if (strchr("EMWQ", *o)) {
            return (Operand){ suffix_bytes(insn, o + 1), first && !first_is_source(insn->desc) };
        }
    }
    return (Operand){ 1, false };
}

uint64_t x86_seg_check_operand(CPUX86State *env, const X86Insn *insn, uint32_t off)
{
    const SegmentCache *s = &env->segs[insn->seg];
    Operand op;

    /* what real mode nearly always is: far from the end of a plain segment */
    if ((s->flags & X86_SEG_DATA_MASK) == X86_SEG_DATA && off + 1024ull <= s->limit) {
        return (uint32_t)(off + s->base);
    }
    op = operand(insn);
    return x86_seg_check(env, insn, insn->seg, off, op.bytes, op.write);
}
