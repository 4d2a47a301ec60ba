/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generated instruction tables and what their fields mean; scripts/x86-insn-table.py states the notation. */
#ifndef TARGET_I386_TCG_INSN_H
#define TARGET_I386_TCG_INSN_H

#include "target/i386/tcg/tcg-cpu.h"

/* Handlers of the integer core, by form of the ModRM operand and log2 of the operand size. NULL: not decodable. */
typedef struct X86OpSet {
    X86Exec *r[4];
    X86Exec *m[4];
    X86Exec *lock[4];
} X86OpSet;

enum {
    X86_ATTR_LOCK = 1 << 0, X86_ATTR_I64 = 1 << 1, X86_ATTR_O64 = 1 << 2, X86_ATTR_D64 = 1 << 3,
    X86_ATTR_F64 = 1 << 4, X86_ATTR_JUMP = 1 << 5, X86_ATTR_END = 1 << 6, X86_ATTR_CPL0 = 1 << 7,
    X86_ATTR_PE = 1 << 8, X86_ATTR_X87 = 1 << 9, X86_ATTR_MMX = 1 << 10, X86_ATTR_SSE = 1 << 11,
    X86_ATTR_AVX = 1 << 12, X86_ATTR_REP = 1 << 13, X86_ATTR_MODRM = 1 << 14, X86_ATTR_BYTE = 1 << 15,
    X86_ATTR_REG8 = 1 << 16, X86_ATTR_RM8 = 1 << 17, X86_ATTR_NOVVVV = 1 << 18, X86_ATTR_IS4 = 1 << 19,
    X86_ATTR_OPREG = 1 << 20,
    /* vector rows, see insn-vec.tbl */
    X86_ATTR_FP = 1 << 21, X86_ATTR_UA = 1 << 22, X86_ATTR_AL = 1 << 23, X86_ATTR_NODEST = 1 << 24,
    X86_ATTR_RMW = 1 << 25, X86_ATTR_FLAGS = 1 << 26,
};

enum {
    X86_IMM_NONE, X86_IMM_IB, X86_IMM_IW, X86_IMM_IZ, X86_IMM_IV, X86_IMM_JB, X86_IMM_JZ, X86_IMM_O, X86_IMM_AP,
    X86_IMM_IWIB, X86_IMM_IBIB,
};

#define X86_NB_MAPS 7
typedef struct X86InsnIndex {
    uint16_t first, count;
} X86InsnIndex;

extern const X86InsnDesc x86_insn_descs[];
extern const unsigned x86_insn_count;
/* by space (legacy, VEX, EVEX), map, opcode */
extern const X86InsnIndex x86_insn_index[3][X86_NB_MAPS][256];

typedef enum X86DecodeStatus {
    X86_DECODE_OK,
    X86_DECODE_UD,          /* not an instruction here: raise #UD */
    X86_DECODE_TOO_LONG,    /* more than 15 bytes: #GP(0) */
    X86_DECODE_MORE,        /* @avail bytes are not enough */
} X86DecodeStatus;

/*
 * Decode one instruction from @bytes for the mode @hflags with the features of @env. Fills every field of @insn but
 * exec, off and bytes; len also when it is undefined.
 */
X86DecodeStatus x86_decode_insn(const CPUX86State *env, uint32_t hflags, const uint8_t *bytes, unsigned avail,
                                X86Insn *insn);

#endif
