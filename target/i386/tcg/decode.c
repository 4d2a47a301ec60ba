/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instruction decoder: bytes to X86Insn, driven by the generated tables (SDM vol. 2, chapter 2 and appendix A).
 * Pure: reads mode, features and bytes only. Building blocks from instructions is block.c's.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/insn.h"

typedef struct Cursor {
    const uint8_t *p;
    unsigned pos, avail;
    bool more;
} Cursor;

static uint8_t next8(Cursor *c)
{
    if (c->pos >= c->avail) {
        c->more = true;
        return 0;
    }
    return c->p[c->pos++];
}

static uint64_t next_le(Cursor *c, unsigned n)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < n; i++) {
        v |= (uint64_t)next8(c) << (i * 8);
    }
    return v;
}

static int64_t sext(uint64_t v, unsigned bytes)
{
    unsigned shift = 64 - bytes * 8;

    return (int64_t)(v << shift) >> shift;
}

typedef struct Prefixes {
    int seg;                /* -1: none */
    uint8_t rex;
    uint8_t rep;            /* the last of F2, F3 */
    uint8_t space;          /* 0 legacy, 1 VEX, 2 EVEX */
    uint8_t vex_r, vex_x, vex_b, vex_w;
} Prefixes;

/* Legacy prefixes and REX; the opcode's first byte is returned. */
static uint8_t decode_prefixes(Cursor *c, X86Insn *insn, Prefixes *pf, bool code64)
{
    static const int8_t seg_of[8] = { R_ES, R_CS, R_SS, R_DS, R_FS, R_GS };

    for (;;) {
        uint8_t b = next8(c);

        if (code64 && (b & 0xf0) == 0x40) {
            pf->rex = b;
            b = next8(c);
            if (c->more) {
                return b;
            }
            switch (b) {
            case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65: case 0x66: case 0x67:
            case 0xf0: case 0xf2: case 0xf3: case 0x40 ... 0x4f:
                pf->rex = 0;            /* only counts right before the opcode */
                c->pos--;
                continue;
            }
            return b;
        }
        switch (b) {
        case 0x26: case 0x2e: case 0x36: case 0x3e:
            if (!code64) {
                pf->seg = seg_of[b >> 3 & 3];
            }
            break;
        case 0x64: case 0x65:
            pf->seg = seg_of[b & 7];
            break;
        case 0x66:
            insn->flags |= X86_PFX_OPSIZE;
            break;
        case 0x67:
            insn->flags |= X86_PFX_ADSIZE;
            break;
        case 0xf0:
            insn->flags |= X86_PFX_LOCK;
            break;
        case 0xf2:
            insn->flags |= X86_PFX_REPNE;
            pf->rep = b;
            break;
        case 0xf3:
            insn->flags |= X86_PFX_REP;
            pf->rep = b;
            break;
        default:
            return b;
        }
        if (c->more || c->pos > 15) {
            return b;
        }
    }
}

/* C4, C5 and 62 are VEX and EVEX in 64-bit mode, and elsewhere when ModRM.mod would be 3. */
static bool is_vex(const Cursor *c, uint8_t b, bool code64, uint32_t hflags)
{
    if (b != 0xc4 && b != 0xc5 && b != 0x62) {
        return false;
    }
    if (c->pos >= c->avail) {
        return true;                    /* the caller finds out that it needs more */
    }
    return code64 || (c->p[c->pos] & 0xc0) == 0xc0;
}

/* Returns false for reserved encodings. */
static bool decode_vex(Cursor *c, X86Insn *insn, Prefixes *pf, uint8_t b, bool code64)
{
    uint8_t p0, p1, p2;

    if (pf->rex || (insn->flags & (X86_PFX_LOCK | X86_PFX_REP | X86_PFX_REPNE | X86_PFX_OPSIZE))) {
        return false;
    }
    pf->space = b == 0x62 ? 2 : 1;
    insn->flags |= b == 0x62 ? X86_EVEX : X86_VEX;
    p0 = next8(c);
    if (b == 0xc5) {
        pf->vex_r = !(p0 & 0x80);
        p1 = p0 & 0x7f;
        insn->map = 1;
    } else {
        pf->vex_r = !(p0 & 0x80);
        pf->vex_x = !(p0 & 0x40);
        pf->vex_b = !(p0 & 0x20);
        insn->map = b == 0x62 ? p0 & 7 : p0 & 0x1f;
        p1 = next8(c);
        pf->vex_w = p1 >> 7;
    }
    insn->pp = p1 & 3;
    insn->vvvv = ~p1 >> 3 & 15;
    insn->vl = p1 >> 2 & 1;
    if (b == 0x62) {
        if ((p0 & 0x08) || !(p1 & 0x04)) {
            return false;
        }
        p2 = next8(c);
        insn->evex_p2 = p2;
        insn->vl = p2 >> 5 & 3;
        if (!(p0 & 0x10)) {
            pf->vex_r |= 2;             /* R' */
        }
        if (!(p2 & 0x08)) {
            insn->vvvv |= 16;
        }
    }
    if (!code64) {
        pf->vex_r = pf->vex_x = pf->vex_b = 0;
        insn->vvvv &= 7;
    }
    return insn->map < X86_NB_MAPS;
}

static bool feature_on(const CPUX86State *env, const X86InsnDesc *d)
{
    return (d->feature_word < 0 || (env->features[d->feature_word] >> d->feature_bit & 1)) &&
           (d->feature_bit2 == 255 || (env->features[d->feature_word2] >> d->feature_bit2 & 1));
}

static bool row_matches(const CPUX86State *env, const X86InsnDesc *d, const X86Insn *insn, const Prefixes *pf,
                        bool code64, unsigned w)
{
    static const uint8_t pp_of[4] = { 1, 2, 3, 4 };
    unsigned pp = pp_of[insn->pp];
    unsigned rm = d->attrs & X86_ATTR_MODRM ? insn->modrm & 7 : pf->rex & 1;

    return (d->pp == 255 || d->pp == pp) &&
           (d->reg == 255 || d->reg == (insn->modrm >> 3 & 7)) &&
           (d->rm == 255 || d->rm == rm) &&
           (d->mod == 255 || d->mod == (insn->modrm >= 0xc0)) &&
           (d->wbit == 255 || d->wbit == w) &&
           (d->lbit == 255 || d->lbit == insn->vl) &&
           !(d->attrs & (code64 ? X86_ATTR_I64 : X86_ATTR_O64)) && feature_on(env, d);
}

static const X86InsnDesc *find_row(const CPUX86State *env, const X86Insn *insn, const Prefixes *pf, bool code64)
{
    const X86InsnIndex *ix = &x86_insn_index[pf->space][insn->map][insn->opcode];
    unsigned w = pf->space ? pf->vex_w : pf->rex >> 3 & 1;

    for (unsigned i = 0; i < ix->count; i++) {
        const X86InsnDesc *d = &x86_insn_descs[ix->first + i];

        if (row_matches(env, d, insn, pf, code64, w)) {
            return d;
        }
    }
    return NULL;
}

static bool opcode_has_modrm(unsigned space, unsigned map, unsigned opcode)
{
    const X86InsnIndex *ix = &x86_insn_index[space][map][opcode];

    return ix->count && (x86_insn_descs[ix->first].attrs & X86_ATTR_MODRM);
}

static void decode_ea16(Cursor *c, X86Insn *insn)
{
    static const uint8_t base[8] = { R_EBX, R_EBX, R_EBP, R_EBP, R_ESI, R_EDI, R_EBP, R_EBX };
    static const uint8_t index[8] = { R_ESI, R_EDI, R_ESI, R_EDI, X86_SLOT_ZERO, X86_SLOT_ZERO, X86_SLOT_ZERO,
                                      X86_SLOT_ZERO };
    unsigned mod = insn->modrm >> 6, rm = insn->modrm & 7;

    insn->base = base[rm];
    insn->index = index[rm];
    insn->seg = insn->base == R_EBP ? R_SS : R_DS;
    if (mod == 0 && rm == 6) {
        insn->base = X86_SLOT_ZERO;
        insn->seg = R_DS;
        insn->disp = sext(next_le(c, 2), 2);
    } else if (mod == 1) {
        insn->disp = (int8_t)next8(c);
    } else if (mod == 2) {
        insn->disp = sext(next_le(c, 2), 2);
    }
}

static void decode_ea(Cursor *c, X86Insn *insn, const Prefixes *pf, bool code64, bool *rip)
{
    unsigned mod = insn->modrm >> 6, rm = insn->modrm & 7;
    unsigned rexb = (pf->space ? pf->vex_b : pf->rex & 1) ? 8 : 0;
    unsigned rexx = (pf->space ? pf->vex_x : pf->rex >> 1 & 1) ? 8 : 0;

    insn->index = X86_SLOT_ZERO;
    insn->base = rm | rexb;
    if (rm == 4) {
        uint8_t sib = next8(c);

        insn->scale = sib >> 6;
        insn->index = (sib >> 3 & 7) | rexx;
        if (insn->index == 4) {
            insn->index = X86_SLOT_ZERO;
        }
        rm = sib & 7;
        insn->base = rm | rexb;
        if (rm == 5 && mod == 0) {
            insn->base = X86_SLOT_ZERO;
            insn->disp = (int32_t)next_le(c, 4);
        }
    } else if (rm == 5 && mod == 0) {
        insn->disp = (int32_t)next_le(c, 4);
        insn->base = X86_SLOT_ZERO;
        if (code64) {
            insn->base = X86_SLOT_EIP;
            *rip = true;
        }
    }
    if (mod == 1) {
        insn->disp = (int8_t)next8(c);
    } else if (mod == 2) {
        insn->disp = (int32_t)next_le(c, 4);
    }
    insn->seg = insn->base == R_ESP || insn->base == R_EBP ? R_SS : R_DS;
}

static void decode_imm(Cursor *c, X86Insn *insn, unsigned kind)
{
    unsigned z = insn->osz == 1 ? 2 : 4;

    switch (kind) {
    case X86_IMM_IB:
    case X86_IMM_JB:
        insn->imm = (int8_t)next8(c);
        break;
    case X86_IMM_IW:
        insn->imm = next_le(c, 2);
        break;
    case X86_IMM_IZ:
    case X86_IMM_JZ:
        insn->imm = sext(next_le(c, z), z);
        break;
    case X86_IMM_IV:
        z = 1 << insn->osz;
        insn->imm = sext(next_le(c, z), z);
        break;
    case X86_IMM_O:
        insn->imm = next_le(c, 1 << insn->asz);
        break;
    case X86_IMM_AP:
        insn->imm = next_le(c, z);
        insn->imm2 = next_le(c, 2);
        break;
    case X86_IMM_IWIB:
        insn->imm = next_le(c, 2);
        insn->imm2 = next8(c);
        break;
    case X86_IMM_IBIB:
        insn->imm = (int8_t)next8(c);
        insn->imm2 = next8(c);
        break;
    }
}

/* A mandatory 66 prefix is part of the opcode and does not select an operand size. */
static unsigned operand_size(const X86Insn *insn, const Prefixes *pf, const X86InsnDesc *d, uint32_t hflags)
{
    uint32_t attrs = d->attrs;
    bool opsize = (insn->flags & X86_PFX_OPSIZE) && d->pp != 2;

    bool w = pf->space ? pf->vex_w : pf->rex & 8;

    if (hflags & HF_CS64_MASK) {
        if (w || (attrs & X86_ATTR_F64)) {
            return 3;
        }
        if (opsize) {
            return 1;
        }
        return attrs & X86_ATTR_D64 ? 3 : 2;
    }
    return !(hflags & HF_CS32_MASK) == !opsize ? 1 : 2;
}

static unsigned address_size(const X86Insn *insn, uint32_t hflags)
{
    bool ads = insn->flags & X86_PFX_ADSIZE;

    if (hflags & HF_CS64_MASK) {
        return ads ? 2 : 3;
    }
    return !(hflags & HF_CS32_MASK) == !ads ? 1 : 2;
}

/* Register numbers with their extension bits; AH CH DH BH become 16 + 0..3. */
static void finish_registers(X86Insn *insn, const Prefixes *pf, uint32_t attrs)
{
    unsigned ext_r = pf->space ? (pf->vex_r & 1) << 3 | (pf->vex_r & 2) << 3 : (pf->rex & 4) << 1;
    unsigned ext_b = pf->space ? pf->vex_b << 3 : (pf->rex & 1) << 3;

    if (attrs & X86_ATTR_MODRM) {
        insn->reg = (insn->modrm >> 3 & 7) | ext_r;
        insn->rm = (insn->modrm & 7) | ext_b;
        if (pf->space == 2 && pf->vex_x && !(insn->flags & X86_MEM)) {
            insn->rm |= 16;
        }
    } else if (attrs & X86_ATTR_OPREG) {
        insn->rm = (insn->opcode & 7) | ext_b;
    }
    if (pf->rex || pf->space) {
        return;
    }
    if ((attrs & X86_ATTR_REG8) && insn->reg >= 4) {
        insn->reg += 12;
    }
    if ((attrs & X86_ATTR_RM8) && insn->rm >= 4 && !(insn->flags & X86_MEM)) {
        insn->rm += 12;
    }
}

/* Checks that do not choose the row but make the encoding invalid. */
static bool row_is_valid(const X86Insn *insn, const X86InsnDesc *d, const Prefixes *pf, uint32_t hflags)
{
    if ((insn->flags & X86_PFX_LOCK) && (!(d->attrs & X86_ATTR_LOCK) || !(insn->flags & X86_MEM))) {
        return false;
    }
    if ((d->attrs & X86_ATTR_NOVVVV) && (insn->vvvv & 15)) {
        return false;
    }
    if (pf->space && (!(hflags & HF_PE_MASK) || (hflags & HF_VM_MASK))) {
        return false;
    }
    return !(d->attrs & X86_ATTR_PE) || ((hflags & HF_PE_MASK) && !(hflags & HF_VM_MASK));
}

X86DecodeStatus x86_decode_insn(const CPUX86State *env, uint32_t hflags, const uint8_t *bytes, unsigned avail,
                                X86Insn *insn)
{
    bool code64 = hflags & HF_CS64_MASK, rip = false, reserved = false;
    Cursor c = { .p = bytes, .avail = MIN(avail, 16) };
    Prefixes pf = { .seg = -1 };
    const X86InsnDesc *d;
    uint8_t b;

    memset(insn, 0, sizeof(*insn));
    insn->base = insn->index = X86_SLOT_ZERO;
    b = decode_prefixes(&c, insn, &pf, code64);
    if (is_vex(&c, b, code64, hflags)) {
        reserved = !decode_vex(&c, insn, &pf, b, code64);
        insn->opc_off = c.pos;
        b = next8(&c);
    } else {
        insn->opc_off = c.pos - 1;
        insn->pp = pf.rep == 0xf3 ? 2 : pf.rep == 0xf2 ? 3 : insn->flags & X86_PFX_OPSIZE ? 1 : 0;
        if (b == 0x0f) {
            insn->map = 1;
            insn->opc_off = c.pos;
            b = next8(&c);
            if (b == 0x38 || b == 0x3a) {
                insn->map = b == 0x38 ? 2 : 3;
                insn->opc_off = c.pos;
                b = next8(&c);
            }
        }
    }
    insn->opcode = b;
    if (c.more) {
        goto out_more;
    }
    if (reserved || insn->map >= X86_NB_MAPS) {
        insn->len = c.pos;
        return X86_DECODE_UD;
    }
    if (opcode_has_modrm(pf.space, insn->map, b)) {
        insn->modrm = next8(&c);
    }
    d = find_row(env, insn, &pf, code64);
    if (!d) {
        if (c.more) {
            goto out_more;
        }
        insn->len = c.pos;
        return c.pos > 15 ? X86_DECODE_TOO_LONG : X86_DECODE_UD;
    }
    insn->desc = d;
    insn->helper = d->helper;
    insn->flags |= (pf.rex ? X86_REX : 0) | ((pf.space ? pf.vex_w : pf.rex >> 3 & 1) ? X86_REX_W : 0);
    insn->osz = operand_size(insn, &pf, d, hflags);
    insn->asz = address_size(insn, hflags);
    insn->seg = R_DS;
    if ((d->attrs & X86_ATTR_MODRM) && insn->modrm < 0xc0) {
        insn->flags |= X86_MEM;
        if (insn->asz == 1) {
            decode_ea16(&c, insn);
        } else {
            decode_ea(&c, insn, &pf, code64, &rip);
        }
    }
    finish_registers(insn, &pf, d->attrs);
    decode_imm(&c, insn, d->immkind);
    if (d->attrs & X86_ATTR_IS4) {
        insn->is4 = insn->imm >> 4 & (code64 ? 15 : 7);
    }
    if (pf.seg >= 0) {
        insn->seg = pf.seg;
        insn->flags |= X86_PFX_SEG;
    }
    if (insn->asz == 3 && insn->seg < R_FS) {
        insn->flags |= X86_EA_SIMPLE;
    }
    insn->len = c.pos;
    if (c.more) {
        goto out_more;
    }
    if (c.pos > 15) {
        return X86_DECODE_TOO_LONG;
    }
    return row_is_valid(insn, d, &pf, hflags) ? X86_DECODE_OK : X86_DECODE_UD;

out_more:
    return avail >= 16 ? X86_DECODE_TOO_LONG : X86_DECODE_MORE;
}
