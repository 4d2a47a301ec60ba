/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x87 instructions, opcodes D8 to DF and 9B (Intel SDM vol. 1, chapter 8; opcode map vol. 2, A.5).
 *
 * Owns decoding of ModRM within those opcodes, when #NM, #MF and #UD are raised, and the instruction,
 * data and opcode pointers, which are the guest's.  The control instructions are in x87-env.c.
 *
 * Arithmetic is defined as what the host's x87 does.  There are two ways to it:
 *   - x87-fast.c: the common instructions on valid operands with every exception masked; operands
 *     go through the host's registers one by one.
 *   - here, everything: the guest's whole x87 state is loaded with FXRSTOR, the very same instruction
 *     executed (memory operand redirected to a staging buffer) and the state read back with FXSAVE.
 *     Unmasked exceptions need nothing special: the host sets ES and only a *waiting* instruction
 *     would fault; there is none before FNINIT discards the host's copy.
 * The host's control word is back at its default before any C code runs.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/tcg-cpu.h"
#include "target/i386/tcg/vec.h"
#include "target/i386/tcg/x87.h"

/* ---- which encodings exist ---- */

#define GRP(a) (0xffull << (a))
/* one bit per ModRM byte C0..FF */
static const uint64_t reg_valid[8] = {
    /* D8 */ ~0ull,
    /* D9 */ GRP(0) | GRP(8) | 1ull << 0x10 | GRP(0x18) | 0x33ull << 0x20 | 0x7full << 0x28 |
             GRP(0x30) | GRP(0x38),
    /* DA */ GRP(0) | GRP(8) | GRP(0x10) | GRP(0x18) | 1ull << 0x29,
    /* DB */ GRP(0) | GRP(8) | GRP(0x10) | GRP(0x18) | 0x1full << 0x20 | GRP(0x28) | GRP(0x30),
    /* DC */ ~0ull,
    /* DD */ GRP(0) | GRP(8) | GRP(0x10) | GRP(0x18) | GRP(0x20) | GRP(0x28),
    /* DE */ GRP(0) | GRP(8) | GRP(0x10) | 1ull << 0x19 | GRP(0x20) | GRP(0x28) | GRP(0x30) |
             GRP(0x38),
    /* DF */ GRP(0) | GRP(8) | GRP(0x10) | GRP(0x18) | 1ull << 0x20 | GRP(0x28) | GRP(0x30),
};

/* bytes of the memory operand per opcode and ModRM.reg; 0: control instruction; 255: invalid */
static const uint8_t mem_size[8][8] = {
    { 4, 4, 4, 4, 4, 4, 4, 4 },
    { 4, 255, 4, 4, 0, 0, 0, 0 },
    { 4, 4, 4, 4, 4, 4, 4, 4 },
    { 4, 4, 4, 4, 255, 10, 255, 10 },
    { 8, 8, 8, 8, 8, 8, 8, 8 },
    { 8, 8, 8, 8, 0, 255, 0, 0 },
    { 2, 2, 2, 2, 2, 2, 2, 2 },
    { 2, 2, 2, 2, 10, 8, 10, 8 },
};

/* ModRM.reg values that store, one bit each */
static const uint8_t mem_stores[8] = { 0, 0x0c, 0, 0x8e, 0, 0x0e, 0, 0xce };

bool x87_encoding_valid(unsigned op, unsigned modrm)
{
    return modrm >= 0xc0 ? reg_valid[op & 7] >> (modrm & 63) & 1
                         : mem_size[op & 7][modrm >> 3 & 7] != 255;
}

unsigned x87_mem_size(unsigned op, unsigned modrm)
{
    return mem_size[op & 7][modrm >> 3 & 7];
}

bool x87_mem_stores(unsigned op, unsigned modrm)
{
    return mem_stores[op & 7] >> (modrm >> 3 & 7) & 1;
}

/* Control instructions are handled by x87_control(); they neither wait (mostly) nor set pointers. */
static bool is_control(unsigned op, unsigned modrm)
{
    if (modrm < 0xc0) {
        return mem_size[op & 7][modrm >> 3 & 7] == 0;
    }
    return (op == 0xdb && modrm >= 0xe0 && modrm <= 0xe4) || (op == 0xdf && modrm == 0xe0);
}

/* ---- faults ---- */

void x87_check_available(CPUX86State *env)
{
    if (env->hflags & (HF_EM_MASK | HF_TS_MASK)) {
        raise_exception(env, EXCP07_PREX);
    }
}

void x87_check_pending(CPUX86State *env)
{
    if (likely(!(env->fp.fsw & FPUS_ES))) {
        return;
    }
    if (env->cr[0] & CR0_NE_MASK) {
        raise_exception(env, EXCP10_COPR);
    }
    x87_assert_ferr(env);
}

/* ---- pointers ---- */

static void record_pointers(CPUX86State *env, const X86Insn *insn)
{
    X86FPState *fp = &env->fp;

    fp->fop = (insn->opcode & 7) << 8 | insn->modrm;
    fp->fip = env->eip;
    fp->fcs = env->segs[R_CS].selector;
    if (insn->flags & X86_MEM) {
        fp->fdp = x86_ea_offset(env, insn);
        fp->fds = env->segs[insn->seg].selector;
    }
}

/* ---- the general way ---- */

static void image_from_state(const X86FPState *fp, uint8_t *image)
{
    unsigned top = x86_fp_top(fp);
    uint32_t mxcsr = MXCSR_DEFAULT;

    memcpy(image, &fp->fcw, 2);
    memcpy(image + 2, &fp->fsw, 2);
    image[4] = fp->ftw;
    asm volatile("stmxcsr %0" : "=m"(mxcsr));
    memcpy(image + 24, &mxcsr, 4);
    for (int i = 0; i < 8; i++) {
        memcpy(image + 32 + 16 * i, &fp->fpregs[(top + i) & 7], 16);
    }
}

static void state_from_image(X86FPState *fp, const uint8_t *image)
{
    unsigned top;

    memcpy(&fp->fsw, image + 2, 2);
    fp->ftw = image[4];
    top = x86_fp_top(fp);
    for (int i = 0; i < 8; i++) {
        memcpy(&fp->fpregs[(top + i) & 7], image + 32 + 16 * i, 16);
    }
}

/*
 * Was the memory operand written?  With an unmasked exception only inexactness lets a store
 * complete (SDM vol. 1, 8.5).  No unmasked flag was set before, or we would not have come here.
 */
static bool store_done(const X86FPState *fp, const uint8_t *image)
{
    uint16_t fsw;

    memcpy(&fsw, image + 2, 2);
    return !(fsw & ~fp->fcw & FPUS_EXC & ~FPUS_PE);
}

static void run_whole(CPUX86State *env, const X86Insn *insn)
{
    uint8_t image[512] __attribute__((aligned(64))) = { 0 };
    uint8_t staging[16] __attribute__((aligned(16))) = { 0 };
    unsigned op = insn->opcode, size = x87_mem_size(op, insn->modrm);
    bool mem = insn->flags & X86_MEM, store = mem && x87_mem_stores(op, insn->modrm);
    target_ulong addr = mem ? x86_ea(env, insn) : 0;
    uint64_t flags = cpu_compute_eflags(env);

    if (mem && !store) {
        x86_ld_bytes(env, addr, staging, size);
    } else if (store) {
        x86_probe_write(env, addr, size);
    }
    image_from_state(&env->fp, image);
    if (!x87_host_exec(op, insn->modrm, image, staging, &flags)) {
        raise_exception(env, EXCP06_ILLOP);
    }
    if (store && store_done(&env->fp, image)) {
        x86_st_bytes(env, addr, staging, size);
    }
    state_from_image(&env->fp, image);
    if (x87_writes_eflags(op, insn->modrm)) {
        cc_set_eflags(env, flags & CC_OSZAPC);
    }
    record_pointers(env, insn);
}

bool x87_writes_eflags(unsigned op, unsigned modrm)
{
    return (op == 0xdb || op == 0xdf) && modrm >= 0xe8 && modrm <= 0xf7;
}

void helper_x87(CPUX86State *env, const X86Insn *insn)
{
    unsigned op = insn->opcode, modrm = insn->modrm;

    if (unlikely(!x87_encoding_valid(op, modrm))) {
        raise_exception(env, EXCP06_ILLOP);
    }
    x87_check_available(env);
    if (is_control(op, modrm)) {
        x87_control(env, insn);
        return;
    }
    x87_check_pending(env);
    if (x87_fast(env, insn)) {
        record_pointers(env, insn);
        return;
    }
    run_whole(env, insn);
}

/* 9B: only looks for a pending exception; #NM needs both MP and TS */
void helper_fwait(CPUX86State *env, const X86Insn *insn)
{
    if ((env->hflags & (HF_MP_MASK | HF_TS_MASK)) == (HF_MP_MASK | HF_TS_MASK)) {
        raise_exception(env, EXCP07_PREX);
    }
    x87_check_pending(env);
}
