/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One block being translated: what the emitters of the instruction groups share. */
#ifndef TARGET_I386_TCG_JIT_EMIT_H
#define TARGET_I386_TCG_JIT_EMIT_H

#include "target/i386/tcg/jit/jit.h"

/* What the translator knows of an instruction before it emits it. */
typedef struct JitCtx JitCtx;
typedef void JitEmit(JitCtx *c);
enum { FW_NONE, FW_SOME, FW_ALL };
enum { USE_ER = 1, USE_EW = 2, USE_GR = 4, USE_GW = 8, USE_DIGIT = 16, USE_EB = 32, USE_EWORD = 64, USE_E32 = 128 };
typedef struct JitInfo {
    JitEmit *emit;                  /* NULL: C executes it */
    uint8_t access;                 /* of the ModRM operand in memory, or the stack */
    uint8_t bytes;                  /* its size */
    uint8_t align;                  /* it must be aligned: 16, 32 */
    uint8_t fwrite;                 /* FW_* */
    uint8_t use;                    /* USE_* of the ModRM operands */
    bool fread;
    bool clobbers;                  /* the host's flags, for other reasons than a memory access */
    bool vec, x87;
    bool x87_check;
    bool vec_check;                 /* must see to it that vector registers are loaded */
    /* found looking backwards from the block's end */
    bool obs;                       /* flags after it may be wanted when the host has lost them */
    bool alive;                     /* flags after it may be wanted at all */
} JitInfo;

typedef struct JitCold {
    enum { COLD_MEM, COLD_EXIT, COLD_INSN, COLD_VEC, COLD_X87 } kind;
    uint8_t *at;                    /* displacement of the branch to here */
    uint8_t *back;
    JitSite *site;
    unsigned tag;                   /* offset of the TLB tag compared; EXIT: to another page */
    uint64_t eip;                   /* EXIT: where to */
    bool check;                     /* EXIT: also reached when exit_request is set, from: */
    uint8_t *check_at;
    bool host;                      /* flags there */
    JitFlags f, inner;
} JitCold;

#define JIT_COLD_MAX 256

struct JitCtx {
    Asm a;
    CPUX86State *env;
    X86JitState *j;
    X86Block *b;
    const X86Insn *insn;
    unsigned i;
    JitInfo *info, *in;             /* of all; of the current one */
    bool host;                      /* the host's flags are the guest's */
    JitFlags f, inner;              /* else, or also; JF_NONE: only the host has them */
    bool set_slots;                 /* JitSite.set_slots for those of the current instruction */
    bool ended;                     /* nothing is reached behind here */
    bool x87_loaded;
    bool vec_loaded;                /* the guest's vector registers are in the host's */
    bool full;                      /* no more room: give up */
    uint8_t spare[512];
    unsigned nr_cold;
    JitCold cold[JIT_COLD_MAX];
};

/* classify.c */
void jit_classify(JitCtx *c, const X86Insn *insn, JitInfo *in);

/* translate.c */
JitSite *jit_site(JitCtx *c);
void *jit_arena(JitCtx *c, size_t n);       /* memory that lives as long as the block */
JitCold *jit_cold(JitCtx *c, int kind);

/* flags.c */
void jit_flags_clobber(JitCtx *c);          /* the host's flags are about to be lost */
void jit_flags_need(JitCtx *c);             /* make them the guest's */
void jit_flags_to_env(JitCtx *c);           /* store them where any block finds them */
void jit_flags_reg_write(JitCtx *c, unsigned g);    /* guest register @g is about to change */
void jit_flags_written(JitCtx *c);          /* by the instruction just emitted; only the host has them */
void jit_flags_known(JitCtx *c, unsigned kind, unsigned size, unsigned d, unsigned s, int32_t imm);
bool jit_flags_env_empty(const JitCtx *c);  /* jit_flags_to_env() would emit nothing */

/* mem.c */
void jit_ea(JitCtx *c);                                     /* S1: linear address of the ModRM operand */
void jit_probe(JitCtx *c, unsigned bytes, unsigned access, unsigned align);  /* S1 to host address */
void jit_operand(JitCtx *c);                                /* both, as JitInfo says */

static inline int jit_reg(unsigned g)
{
    return g < 16 ? jit_host_reg[g] : (int)g;
}

/* Guest register @g in a host register: its own, or @tmp. */
static inline unsigned jit_get(JitCtx *c, unsigned g, unsigned tmp)
{
    if (jit_reg(g) >= 0) {
        return jit_reg(g);
    }
    as_load(&c->a, tmp, ENV_REG(g));
    return tmp;
}

static inline void jit_put(JitCtx *c, unsigned g, unsigned h)
{
    if (jit_reg(g) < 0) {
        as_store(&c->a, ENV_REG(g), h);
    }
}

/* emit-*.c */
JitEmit jit_emit_modrm, jit_emit_alu, jit_emit_unary, jit_emit_shift, jit_emit_lea, jit_emit_movi, jit_emit_xchg_a,
        jit_emit_nop, jit_emit_fence, jit_emit_bswap, jit_emit_plain, jit_emit_div, jit_emit_vex_gpr;
JitEmit jit_emit_push, jit_emit_push_m, jit_emit_push_i, jit_emit_pop, jit_emit_leave;
JitEmit jit_emit_jcc, jit_emit_jmp, jit_emit_call, jit_emit_jmp_e, jit_emit_call_e, jit_emit_ret;
void jit_emit_exit(JitCtx *c, uint64_t eip, int cc);
JitEmit jit_emit_cli, jit_emit_sti, jit_emit_swapgs, jit_emit_pushf, jit_emit_bit_string,
        jit_emit_cmpxchg;
void jit_classify_sys(JitCtx *c, const X86Insn *insn, JitInfo *in);
JitEmit jit_emit_x87;
void jit_classify_x87(JitCtx *c, const X86Insn *insn, JitInfo *in);
JitEmit jit_emit_vec, jit_emit_vzero;
void jit_classify_vec(JitCtx *c, const X86Insn *insn, JitInfo *in);

#endif
