/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x87 control: control and status word, environment and full-state images (Intel SDM vol. 1, 8.1.8 to
 * 8.1.10: four layouts by operand size and mode), and the FERR# pin of CR0.NE = 0.
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/main-loop.h"
#include "hw/core/irq.h"
#include "target/i386/tcg/tcg-cpu.h"
#include "target/i386/tcg/vec.h"
#include "target/i386/tcg/x87.h"

/* The board's wire from FERR# (to IRQ 13); BQL.  None: the signal goes nowhere. */
static qemu_irq ferr_irq;
/* IGNNE# is asserted: port F0h was written and FERR# has not gone away since; BQL */
static bool ignne;

void x86_register_ferr_irq(qemu_irq irq)
{
    ferr_irq = irq;
}

void cpu_set_ignne(void)
{
    ignne = true;
    qemu_irq_lower(ferr_irq);
}

static void set_ferr(CPUX86State *env, bool level)
{
    if (env->fp.ferr == level) {
        return;
    }
    env->fp.ferr = level;
    bql_lock();
    if (!level) {
        ignne = false;
    }
    qemu_set_irq(ferr_irq, level && !ignne);
    bql_unlock();
}

void x87_assert_ferr(CPUX86State *env)
{
    set_ferr(env, true);
}

static void lower_ferr_if_clear(CPUX86State *env)
{
    if (env->fp.ferr && !(env->fp.fsw & FPUS_ES)) {
        set_ferr(env, false);
    }
}

/* ---- environment images ---- */

typedef struct FPEnv {
    uint16_t fcw, fsw, tag, fop, fcs, fds;
    uint32_t fip, fdp;
} FPEnv;

static bool real_layout(CPUX86State *env)
{
    return !(env->hflags & HF_PE_MASK) || (env->hflags & HF_VM_MASK);
}

static unsigned env_size(const X86Insn *insn)
{
    return insn->osz == 1 ? 14 : 28;
}

static void put(uint8_t *image, bool wide, unsigned index, uint32_t v)
{
    if (wide) {
        stl_le_p(image + 4 * index, v);
    } else {
        stw_le_p(image + 2 * index, v);
    }
}

static uint32_t get(const uint8_t *image, bool wide, unsigned index)
{
    return wide ? ldl_le_p(image + 4 * index) : lduw_le_p(image + 2 * index);
}

static void store_env(CPUX86State *env, bool wide, uint8_t *image)
{
    X86FPState *fp = &env->fp;
    uint32_t ones = wide ? 0xffff0000 : 0;

    put(image, wide, 0, fp->fcw | ones);
    put(image, wide, 1, fp->fsw | ones);
    put(image, wide, 2, x86_fp_full_tag(fp) | ones);
    if (real_layout(env)) {
        uint32_t ip = fp->fip + fp->fcs * 16, dp = fp->fdp + fp->fds * 16;

        put(image, wide, 3, (ip & 0xffff) | ones);
        put(image, wide, 4, wide ? (ip >> 16) << 12 | fp->fop : (ip >> 4 & 0xf000) | fp->fop);
        put(image, wide, 5, (dp & 0xffff) | ones);
        put(image, wide, 6, wide ? (dp >> 16) << 12 : dp >> 4 & 0xf000);
    } else {
        put(image, wide, 3, fp->fip);
        put(image, wide, 4, wide ? (uint32_t)fp->fop << 16 | fp->fcs : fp->fcs);
        put(image, wide, 5, fp->fdp);
        put(image, wide, 6, fp->fds | ones);
    }
}

static void load_env(CPUX86State *env, bool wide, const uint8_t *image)
{
    X86FPState *fp = &env->fp;

    fp->fcw = (get(image, wide, 0) & ~0xe080) | FPUC_RESERVED;
    fp->fsw = get(image, wide, 1);
    x86_fp_set_full_tag(fp, get(image, wide, 2));
    fp->fcs = fp->fds = 0;
    if (real_layout(env)) {
        uint32_t ip_hi = get(image, wide, 4), dp_hi = get(image, wide, 6);

        fp->fip = (get(image, wide, 3) & 0xffff) |
                  (wide ? (ip_hi >> 12 & 0xffff) << 16 : (ip_hi & 0xf000) << 4);
        fp->fdp = (get(image, wide, 5) & 0xffff) |
                  (wide ? (dp_hi >> 12 & 0xffff) << 16 : (dp_hi & 0xf000) << 4);
        fp->fop = ip_hi & 0x7ff;
    } else {
        fp->fip = get(image, wide, 3);
        fp->fcs = get(image, wide, 4);
        fp->fop = wide ? get(image, wide, 4) >> 16 & 0x7ff : fp->fop;
        fp->fdp = get(image, wide, 5);
        fp->fds = get(image, wide, 6);
    }
    x86_fp_update_es(fp);
}

static void fnstenv(CPUX86State *env, const X86Insn *insn)
{
    uint8_t image[28];

    store_env(env, insn->osz != 1, image);
    x86_st_bytes(env, x86_ea(env, insn), image, env_size(insn));
    env->fp.fcw |= FPUC_EM;
    x86_fp_update_es(&env->fp);
}

static void fldenv(CPUX86State *env, const X86Insn *insn)
{
    uint8_t image[28];

    x86_ld_bytes(env, x86_ea(env, insn), image, env_size(insn));
    load_env(env, insn->osz != 1, image);
}

static void fnsave(CPUX86State *env, const X86Insn *insn)
{
    uint8_t image[28 + 80];
    unsigned n = env_size(insn);

    store_env(env, insn->osz != 1, image);
    for (int i = 0; i < 8; i++) {
        memcpy(image + n + 10 * i, x86_fp_st(&env->fp, i)->b, 10);
    }
    x86_st_bytes(env, x86_ea(env, insn), image, n + 80);
    x86_fp_init(&env->fp);
}

static void frstor(CPUX86State *env, const X86Insn *insn)
{
    uint8_t image[28 + 80];
    unsigned n = env_size(insn);

    x86_ld_bytes(env, x86_ea(env, insn), image, n + 80);
    load_env(env, insn->osz != 1, image);
    for (int i = 0; i < 8; i++) {
        memcpy(x86_fp_st(&env->fp, i)->b, image + n + 10 * i, 10);
    }
}

static void fldcw(CPUX86State *env, const X86Insn *insn)
{
    env->fp.fcw = (x86_ldw(env, x86_ea(env, insn)) & ~0xe080) | FPUC_RESERVED;
    x86_fp_update_es(&env->fp);
}

static void fnclex(CPUX86State *env)
{
    env->fp.fsw &= ~(FPUS_EXC | FPUS_SF | FPUS_ES | FPUS_B);
}

static void control_mem(CPUX86State *env, const X86Insn *insn)
{
    switch ((insn->opcode & 7) << 3 | (insn->modrm >> 3 & 7)) {
    case 1 << 3 | 4:
        x87_check_pending(env);
        fldenv(env, insn);
        break;
    case 1 << 3 | 5:
        x87_check_pending(env);
        fldcw(env, insn);
        break;
    case 1 << 3 | 6:
        fnstenv(env, insn);
        break;
    case 1 << 3 | 7:
        x86_stw(env, x86_ea(env, insn), env->fp.fcw);
        break;
    case 5 << 3 | 4:
        x87_check_pending(env);
        frstor(env, insn);
        break;
    case 5 << 3 | 6:
        fnsave(env, insn);
        break;
    case 5 << 3 | 7:
        x86_stw(env, x86_ea(env, insn), env->fp.fsw);
        break;
    }
}

void x87_control(CPUX86State *env, const X86Insn *insn)
{
    if (insn->flags & X86_MEM) {
        control_mem(env, insn);
    } else if (insn->opcode == 0xdf) {
        x86_set_reg(env, R_EAX, 1, env->fp.fsw);
    } else if (insn->modrm == 0xe2) {
        fnclex(env);
    } else if (insn->modrm == 0xe3) {
        bool ferr = env->fp.ferr;

        x86_fp_init(&env->fp);
        env->fp.ferr = ferr;
    }
    /* E0, E1, E4: FNENI, FNDISI, FNSETPM do nothing since the 80387 */
    lower_ferr_if_clear(env);
}
