/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translator's private interfaces; docs/devel/jit.md explains it. Everything here belongs to one CPU and is touched by
 * its own thread only.
 */
#ifndef TARGET_I386_TCG_JIT_JIT_H
#define TARGET_I386_TCG_JIT_JIT_H

#include "target/i386/tcg/engine.h"
#include "target/i386/tcg/jit/asm.h"

/* ---- host registers while translated code runs ---- */
#define H_ENV RBP                   /* the CPU state, biased so that what is hot has an 8-bit displacement */
#define S1 R14                      /* scratch: linear, then host address of the memory operand */
#define S2 R15                      /* scratch */
#define ENV_BIAS 128
#define ENV(field) MEM(H_ENV, (int)offsetof(CPUX86State, field) - ENV_BIAS)
#define ENV_REG(g) MEM(H_ENV, (int)((g) * 8) - ENV_BIAS)

/* Where a guest register lives; -1: in memory only. */
extern const int8_t jit_host_reg[16];

/* ---- flags ----
 * How to get the guest's arithmetic flags when they are not in the host's. A location is a guest register, a slot of env->jit_slot,
 * or the immediate.
 */
enum {
    JF_NONE,                        /* not known: they are in the host's flags only */
    JF_ENV,                         /* cc_op and so on are valid */
    JF_RAW,                         /* env->jit_raw: AH of LAHF and AL of SETO */
    JF_SUB, JF_SUBR, JF_ADD,        /* d - s; r = a - s; r = a + s, d being r */
    JF_LOGIC, JF_TEST, JF_NEG,      /* result d; d & s; d = -a */
    JF_SHL, JF_SHR, JF_SAR,         /* d, before, by imm, which is not 0 */
    JF_INC, JF_DEC,                 /* result d; CF is the inner recipe's */
};
#define LOC_SLOT 0x40               /* + 0..3 */
#define LOC_IMM 0x50

typedef struct JitFlags {
    uint8_t kind, size, d, s;
    int32_t imm;
} JitFlags;

/* cc_op of JF_RAW; only while translated code runs. */
#define CC_OP_RAW (31 << 2)

typedef struct JitExit JitExit;
typedef struct X86JitState X86JitState;

/* ---- what translated code calls C with ---- */
enum { ACC_R = 1, ACC_W = 2 };
typedef struct JitSite {
    X86Insn insn[2];                /* the instruction, and one that stops */
    X86Block *block;
    const uint8_t *after;           /* where to go on when C has executed the instruction */
    JitFlags f, inner;              /* before it */
    uint8_t bytes, access, align;
    bool writes_flags;              /* the host's flags must be the guest's then */
    bool set_slots;                 /* slots 0 and 1 are what the interpreter has in cc_dst and cc_src */
    bool vec;                       /* vector registers must be loaded when going on */
    bool x87;                       /* likewise, x87 */
} JitSite;

/* What FIP and FOP become when this x87 instruction was the last. */
typedef struct JitX87 {
    uint64_t eip;
    uint16_t fop;
    uint8_t seg;
    bool mem;
} JitX87;

/* A direct jump out of a block. */
struct JitExit {
    uint64_t eip;                   /* where to */
    uint64_t gen;                   /* other page: the mappings for which the link holds */
    uint8_t *hot, *flagged;         /* displacements: of the jump, and of the one that has stored flags */
    uint8_t *stub_flags, *stub;     /* their targets when not linked */
    X86Block *to;                   /* linked */
    JitExit *next, **prev;          /* of the same target */
    bool other_page;
};

typedef struct JitJumpCache {
    uint64_t pc, gen_key;
    const uint8_t *code;
    X86Block *block;
} JitJumpCache;
QEMU_BUILD_BUG_ON(sizeof(JitJumpCache) != 32);
#define JIT_JC_BITS 16              /* pc[17:2]: a page's entries lie together */
#define JIT_JC_MASK (((1u << JIT_JC_BITS) - 1) << 5)
#define JIT_JC_PAGES (1 << 18)

typedef struct JitHost {
    bool bmi2, avx, avx512;
} JitHost;

struct X86JitState {
    uint8_t *buf, *rx;              /* the same memory, written and run */
    size_t size, used, used_thunks;
    bool active;                    /* translated code is on the stack */
    unsigned heat;                  /* runs until a block is translated */
    bool stopped;                   /* the instruction that C executes has ended normally */
    bool full;                      /* no room: forget all blocks before the next one */
    bool interp_once;               /* the next block is not for translated code */
    JitExit *link;                  /* the exit that left last, to be linked to what follows */
    JitHost host;
    const uint8_t *enter, *exit, *exit_stored, *mem, *insn, *insn_after, *flags, *vec_load, *x87_load;
    struct JitCtx *ctx;
    bool jc_page[JIT_JC_PAGES];     /* by page number: something of such a page may be in */
    JitJumpCache jc[1 << JIT_JC_BITS];
    struct {
        uint64_t blocks, insns, native, flushes, exits, slow_mem, slow_insn, bytes_in, bytes_out, links, cold;
    } stat;
};
/* thunks.c */
void jit_make_thunks(CPUX86State *env);
typedef JitExit *JitEnter(const uint8_t *code, void *env_biased);
/* calls.c: from translated code */
uint64_t jit_call_mem(CPUX86State *env, JitSite *site, uint64_t addr);
uint64_t jit_call_insn(CPUX86State *env, JitSite *site);
uint64_t jit_call_flags(CPUX86State *env);
uint64_t jit_call_bail(CPUX86State *env, JitSite *site);
void jit_fix_flags(CPUX86State *env);
uint64_t jit_call_x87(CPUX86State *env, JitSite *site);
/* emit-x87.c */
bool jit_x87_load(CPUX86State *env);        /* false: exceptions are unmasked or pending */
void jit_x87_store(CPUX86State *env);       /* back to the CPU state, if they are not there */
/* translate.c */
bool jit_translate(CPUX86State *env, X86Block *b);
void jit_link(CPUX86State *env, JitExit *e, X86Block *to);
void jit_unlink(JitExit *e);

#endif
