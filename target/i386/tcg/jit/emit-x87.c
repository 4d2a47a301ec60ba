/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x87 instructions: the guest's own, on the host's register stack, which is the guest's from the first one that needs it
 * until C runs that may use either (SDM vol. 1, chapter 8). Only while every exception is masked and none is pending;
 * otherwise the interpreter runs.
 *
 * The host's instruction and data pointers are of no use: which instruction was the last, and its operand's address, is
 * written down as it executes, and turned into FIP, FDP and FOP when the registers go back to the CPU state.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/vec.h"
#include "target/i386/tcg/x87.h"
#include "target/i386/tcg/jit/emit.h"

/* ---- between the host's registers and the CPU state ---- */
typedef struct Image {
    uint16_t fcw, fsw;
    uint8_t ftw, pad;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mask;
    X86FPReg st[8];
    uint8_t rest[512 - 32 - 128];
} __attribute__((aligned(64))) Image;
QEMU_BUILD_BUG_ON(sizeof(Image) != 512);

/* All exceptions masked, none pending. */
static bool quiet(const X86FPState *fp)
{
    return (fp->fcw & FPUC_EM) == FPUC_EM && !(fp->fsw & FPUS_ES);
}

static void load(CPUX86State *env)
{
    X86FPState *fp = &env->fp;
    unsigned top = x86_fp_top(fp);
    Image im = { .fcw = fp->fcw, .fsw = fp->fsw, .ftw = fp->ftw, .mxcsr = MXCSR_DEFAULT };

    for (int i = 0; i < 8; i++) {
        im.st[i] = fp->fpregs[(top + i) & 7];
    }
    __asm__ volatile("fxrstor64 %0" : : "m"(im) : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                     "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)", "st(2)",
                     "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
    env->jit_x87 = 1;
    env->jit_x87_last = 0;
}

static void note_pointers(CPUX86State *env)
{
    const X86TCGState *t = env->tcg;
    const JitX87 *last = (const JitX87 *)(t->arena + env->jit_x87_last);

    if (env->jit_x87_last) {
        env->fp.fop = last->fop;
        env->fp.fip = last->eip;
        env->fp.fcs = env->segs[R_CS].selector;
        if (last->mem) {
            env->fp.fdp = env->jit_x87_ea;
            env->fp.fds = env->segs[last->seg].selector;
        }
    }
}

void jit_x87_store(CPUX86State *env)
{
    X86FPState *fp = &env->fp;
    unsigned top;
    Image im;

    if (likely(!env->jit_x87)) {
        return;
    }
    env->jit_x87 = 0;
    __asm__ volatile("fxsave64 %0; fninit" : "=m"(im));
    fp->fcw = im.fcw;
    fp->fsw = im.fsw;
    fp->ftw = im.ftw;
    top = x86_fp_top(fp);
    for (int i = 0; i < 8; i++) {
        fp->fpregs[(top + i) & 7] = (X86FPReg) { .mant = im.st[i].mant, .exp = im.st[i].exp };
    }
    note_pointers(env);
}

bool jit_x87_load(CPUX86State *env)
{
    if (!env->jit_x87) {
        if (!quiet(&env->fp)) {
            return false;
        }
        load(env);
    }
    return true;
}

/* ---- translation ---- */
static bool is_control(unsigned op, unsigned modrm)
{
    if (modrm < 0xc0) {
        return x87_mem_size(op, modrm) == 0;
    }
    return (op == 0xdb && modrm >= 0xe0 && modrm <= 0xe4) || (op == 0xdf && modrm == 0xe0);
}

static void memory(const X86Insn *insn, JitInfo *in, unsigned bytes, unsigned access)
{
    in->access = access;
    in->bytes = bytes;
}

/* FLDCW FNSTCW FNSTSW FNCLEX; the rest is rare */
static bool classify_control(const X86Insn *insn, JitInfo *in)
{
    unsigned digit = insn->modrm >> 3 & 7;

    if (!(insn->flags & X86_MEM)) {
        return (insn->opcode == 0xdf && insn->modrm == 0xe0) || (insn->opcode == 0xdb && insn->modrm == 0xe2);
    }
    if (insn->opcode == 0xd9 && digit == 5) {
        in->clobbers = true;
        memory(insn, in, 2, ACC_R);
        return true;
    }
    if ((insn->opcode == 0xd9 || insn->opcode == 0xdd) && digit == 7) {
        memory(insn, in, 2, ACC_W);
        return true;
    }
    return false;
}

void jit_classify_x87(JitCtx *c, const X86Insn *insn, JitInfo *in)
{
    unsigned op = insn->opcode, modrm = insn->modrm;
    JitInfo n = { .emit = jit_emit_x87, .x87 = true };

    if (!x87_encoding_valid(op, modrm)) {
        return;
    }
    if (is_control(op, modrm)) {
        if (classify_control(insn, &n)) {
            *in = n;
        }
        return;
    }
    if (insn->flags & X86_MEM) {
        memory(insn, &n, x87_mem_size(op, modrm), x87_mem_stores(op, modrm) ? ACC_W : ACC_R);
    } else if ((op == 0xda || op == 0xdb) && modrm < 0xe0) {
        n.fread = true;                         /* FCMOVcc */
    } else if (x87_writes_eflags(op, modrm)) {
        n.fwrite = FW_ALL;
    }
    *in = n;
}

/* Write down that this was the last one, unless the next is sure to. */
static void note_last(JitCtx *c)
{
    const JitInfo *next = c->i + 1 < c->b->count ? c->in + 1 : NULL;
    const X86Insn *insn = c->insn;
    JitX87 *last;

    if (is_control(insn->opcode, insn->modrm) ||
        (!(insn->flags & X86_MEM) && next && next->emit == jit_emit_x87 && !next->x87_check &&
         !(insn[1].flags & X86_MEM) && !is_control(insn[1].opcode, insn[1].modrm))) {
        return;
    }
    last = jit_arena(c, sizeof(*last));
    *last = (JitX87) { .eip = c->b->eip + insn->off, .fop = (insn->opcode & 7) << 8 | insn->modrm, .seg = insn->seg,
                       .mem = insn->flags & X86_MEM };
    as_store32i(&c->a, ENV(jit_x87_last), (uint8_t *)last - c->env->tcg->arena);
}

void jit_emit_x87(JitCtx *c)
{
    const X86Insn *insn = c->insn;

    if (insn->flags & X86_MEM) {
        bool control = is_control(insn->opcode, insn->modrm);

        jit_ea(c);
        if (!control) {
            as_store(&c->a, ENV(jit_tmp), S1);
        }
        jit_probe(c, c->in->bytes, c->in->access, 0);
        if (control && c->in->access == ACC_R) {        /* FLDCW: one that unmasks is the interpreter's */
            JitCold *cold = jit_cold(c, COLD_INSN);

            as_rm(&c->a, 1, 0xb7, S2, MEM(S1, 0));
            as_rr(&c->a, 0, 0xf7, 2, S2);
            as_rr(&c->a, 0, 0xf7, 0, S2);
            as32(&c->a, FPUC_EM);
            cold->site = jit_site(c);
            cold->at = as_jcc(&c->a, JNE, NULL);
        }
        as_rm(&c->a, 0, insn->opcode, insn->modrm >> 3 & 7, MEM(S1, 0));
        if (!control) {
            as_load(&c->a, S2, ENV(jit_tmp));
            as_store(&c->a, ENV(jit_x87_ea), S2);
        }
    } else {
        if (c->in->fread) {
            jit_flags_need(c);
        }
        if (insn->opcode == 0xdf && insn->modrm == 0xe0) {
            jit_flags_reg_write(c, R_EAX);
        }
        as8(&c->a, insn->opcode);
        as8(&c->a, insn->modrm);
        if (c->in->fwrite) {
            jit_flags_written(c);
        }
    }
    note_last(c);
}
