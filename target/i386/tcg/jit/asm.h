/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small x86-64 assembler for the translator: one instruction at a time into a buffer, any prefix, map, register or
 * memory form (SDM vol. 2, chapter 2). Knows nothing of the guest.
 *
 * The buffer is mapped twice: written through one address, run through another. Branch displacements are the same in both.
 * Writing past the end is harmless: the position goes on, the bytes do not, and as_full() tells.
 */
#ifndef TARGET_I386_TCG_JIT_ASM_H
#define TARGET_I386_TCG_JIT_ASM_H

#include "qemu/osdep.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

typedef struct Asm {
    uint8_t *p, *end;
} Asm;

/* What an opcode needs besides its operands. The map is 0: one byte, 1: 0F, 2: 0F38, 3: 0F3A. */
enum {
    OP_MAP = 0x0f, OP_W = 0x10, OP_66 = 0x20, OP_F3 = 0x40, OP_F2 = 0x80, OP_LOCK = 0x100,
    OP_REG8 = 0x200, OP_RM8 = 0x400,        /* reg, rm are byte registers; 16 + n: AH CH DH BH */
    OP_VEX = 0x800, OP_L = 0x1000,
};
#define OP_VVVV(v) ((uint32_t)(v) << 16)
#define OP_VVVV_OF(f) ((f) >> 16 & 15)

/* Condition codes */
enum { JO, JNO, JB, JAE, JE, JNE, JBE, JA, JS, JNS, JP, JNP, JL, JGE, JLE, JG };

typedef struct Mem {
    int8_t base, index;         /* -1: none */
    uint8_t scale;
    int32_t disp;
} Mem;

#define MEM(b, d) ((Mem){ .base = (b), .index = -1, .disp = (d) })

static inline bool as_full(const Asm *a)
{
    return a->p > a->end;
}

static inline void as8(Asm *a, uint8_t v)
{
    if (likely(a->p < a->end)) {
        *a->p = v;
    }
    a->p++;
}

static inline void as32(Asm *a, uint32_t v)
{
    if (likely(a->p + 4 <= a->end)) {
        memcpy(a->p, &v, 4);
    }
    a->p += 4;
}

static inline void as64(Asm *a, uint64_t v)
{
    as32(a, v);
    as32(a, v >> 32);
}

/* Prefixes and opcode; r, x, b: the full numbers of the registers that extension bits belong to. */
static inline void as_opcode(Asm *a, uint32_t f, unsigned op, unsigned r, unsigned x, unsigned b)
{
    unsigned rex, pp = f & OP_66 ? 1 : f & OP_F3 ? 2 : f & OP_F2 ? 3 : 0;
    bool force = ((f & OP_REG8) && r >= 4 && r < 16) || ((f & OP_RM8) && b >= 4 && b < 16);

    if (f & OP_VEX) {
        as8(a, 0xc4);
        as8(a, (r & 8 ? 0 : 0x80) | (x & 8 ? 0 : 0x40) | (b & 8 ? 0 : 0x20) | (f & OP_MAP));
        as8(a, (f & OP_W ? 0x80 : 0) | (~OP_VVVV_OF(f) & 15) << 3 | (f & OP_L ? 4 : 0) | pp);
        as8(a, op);
        return;
    }
    if (f & OP_LOCK) {
        as8(a, 0xf0);
    }
    if (f & OP_66) {
        as8(a, 0x66);
    }
    if (f & OP_F3) {
        as8(a, 0xf3);
    }
    if (f & OP_F2) {
        as8(a, 0xf2);
    }
    rex = (f & OP_W ? 8 : 0) | (r < 16 ? r >> 3 << 2 : 0) | x >> 3 << 1 | (b < 16 ? b >> 3 : 0);
    if (rex || force) {
        as8(a, 0x40 | rex);
    }
    if (f & OP_MAP) {
        as8(a, 0x0f);
        if ((f & OP_MAP) > 1) {
            as8(a, (f & OP_MAP) == 2 ? 0x38 : 0x3a);
        }
    }
    as8(a, op);
}

/* op reg, rm with registers; AH.. (16 + n) are encoded as 4 + n */
static inline void as_rr(Asm *a, uint32_t f, unsigned op, unsigned reg, unsigned rm)
{
    as_opcode(a, f, op, reg, 0, rm);
    as8(a, 0xc0 | (reg >= 16 ? reg - 12 : reg & 7) << 3 | (rm >= 16 ? rm - 12 : rm & 7));
}

/* op reg, [m] */
static inline void as_rm(Asm *a, uint32_t f, unsigned op, unsigned reg, Mem m)
{
    unsigned r3 = (reg >= 16 ? reg - 12 : reg & 7) << 3;
    unsigned mod = m.disp == 0 && (m.base & 7) != 5 ? 0 : m.disp == (int8_t)m.disp ? 0x40 : 0x80;

    as_opcode(a, f & ~OP_RM8, op, reg, m.index < 0 ? 0 : m.index, m.base < 0 ? 0 : m.base);
    if (m.base < 0) {
        as8(a, 0x04 | r3);
        as8(a, m.scale << 6 | (m.index < 0 ? 4 : m.index & 7) << 3 | 5);
        as32(a, m.disp);
        return;
    }
    if (m.index >= 0 || (m.base & 7) == 4) {
        as8(a, mod | r3 | 4);
        as8(a, m.scale << 6 | (m.index < 0 ? 4 : m.index & 7) << 3 | (m.base & 7));
    } else {
        as8(a, mod | r3 | (m.base & 7));
    }
    if (mod == 0x40) {
        as8(a, m.disp);
    } else if (mod == 0x80) {
        as32(a, m.disp);
    }
}

/* ---- the few forms that the translator writes itself ---- */
static inline void as_mov(Asm *a, unsigned dst, unsigned src)
{
    as_rr(a, OP_W, 0x8b, dst, src);
}

static inline void as_load(Asm *a, unsigned dst, Mem m)
{
    as_rm(a, OP_W, 0x8b, dst, m);
}

static inline void as_store(Asm *a, Mem m, unsigned src)
{
    as_rm(a, OP_W, 0x89, src, m);
}

static inline void as_lea(Asm *a, unsigned dst, Mem m)
{
    as_rm(a, OP_W, 0x8d, dst, m);
}

static inline void as_movi(Asm *a, unsigned dst, uint64_t v)
{
    if (v <= UINT32_MAX) {
        as_opcode(a, 0, 0xb8 + (dst & 7), 0, 0, dst);
        as32(a, v);
    } else if (v == (uint64_t)(int64_t)(int32_t)v) {
        as_rr(a, OP_W, 0xc7, 0, dst);
        as32(a, v);
    } else {
        as_opcode(a, OP_W, 0xb8 + (dst & 7), 0, 0, dst);
        as64(a, v);
    }
}

/* mov dword [m], imm */
static inline void as_store32i(Asm *a, Mem m, uint32_t v)
{
    as_rm(a, 0, 0xc7, 0, m);
    as32(a, v);
}

static inline void as_store8i(Asm *a, Mem m, uint8_t v)
{
    as_rm(a, 0, 0xc6, 0, m);
    as8(a, v);
}

/* cmp byte [m], imm8 */
static inline void as_cmp8i(Asm *a, Mem m, uint8_t v)
{
    as_rm(a, 0, 0x80, 7, m);
    as8(a, v);
}

static inline void as_push(Asm *a, unsigned r)
{
    as_opcode(a, 0, 0x50 + (r & 7), 0, 0, r);
}

static inline void as_pop(Asm *a, unsigned r)
{
    as_opcode(a, 0, 0x58 + (r & 7), 0, 0, r);
}

/* A branch with a 32-bit displacement; returns where the displacement is. */
static inline uint8_t *as_jmp(Asm *a, const uint8_t *to)
{
    as8(a, 0xe9);
    as32(a, to ? to - (a->p + 4) : 0);
    return a->p - 4;
}

static inline uint8_t *as_jcc(Asm *a, unsigned cc, const uint8_t *to)
{
    as8(a, 0x0f);
    as8(a, 0x80 + cc);
    as32(a, to ? to - (a->p + 4) : 0);
    return a->p - 4;
}

static inline void as_call(Asm *a, const uint8_t *to)
{
    as8(a, 0xe8);
    as32(a, to - (a->p + 4));
}

/* A short forward branch; close with as_here8(). */
static inline uint8_t *as_jcc8(Asm *a, unsigned cc)
{
    as8(a, 0x70 + cc);
    as8(a, 0);
    return a->p;
}

static inline uint8_t *as_jmp8(Asm *a)
{
    as8(a, 0xeb);
    as8(a, 0);
    return a->p;
}

static inline void as_here8(Asm *a, uint8_t *from)
{
    if (a->p <= a->end) {
        from[-1] = a->p - from;
    }
}

/* Point the 32-bit displacement at @at to @to. */
static inline void as_patch(const Asm *a, uint8_t *at, const uint8_t *to)
{
    int32_t d = to - (at + 4);

    if (at + 4 <= a->end) {
        memcpy(at, &d, 4);
    }
}

#endif
