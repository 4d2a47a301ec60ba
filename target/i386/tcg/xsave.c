/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FXSAVE, FXRSTOR and the XSAVE family (Intel SDM vol. 1, chapter 13; vol. 2 for each instruction).
 *
 * Owns the memory images of extended state as the guest sees them, XGETBV and XSETBV.  CPUID leaf Dh
 * (target/i386/cpu.c) describes the layout written here; x86_xsave_components[] is common to both.
 *
 * Images are checked and read or composed completely in a buffer of ours before any state changes.
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "target/i386/tcg/tcg-cpu.h"
#include "target/i386/tcg/vec.h"
#include "target/i386/xsave-layout.h"

enum {
    FX_FCW = 0, FX_FSW = 2, FX_FTW = 4, FX_FOP = 6, FX_FIP = 8, FX_FDP = 16,
    FX_MXCSR = 24, FX_ST = 32, FX_XMM = 160, FX_END = 416,
    XS_BV = 512, XS_COMP = 520, XS_HEADER_END = 576,
};

#define XCOMP_COMPACT (1ull << 63)

static unsigned nb_regs(const CPUX86State *env)
{
    return env->hflags & HF_CS64_MASK ? 16 : 8;
}

/* ---- the legacy region ---- */

static void put_x87(CPUX86State *env, const X86Insn *insn, uint8_t *p)
{
    const X86FPState *fp = &env->fp;
    unsigned top = x86_fp_top(fp);

    memset(p, 0, 24);
    stw_le_p(p + FX_FCW, fp->fcw);
    stw_le_p(p + FX_FSW, fp->fsw);
    p[FX_FTW] = fp->ftw;
    stw_le_p(p + FX_FOP, fp->fop);
    if (insn->flags & X86_REX_W) {
        stq_le_p(p + FX_FIP, fp->fip);
        stq_le_p(p + FX_FDP, fp->fdp);
    } else {
        stl_le_p(p + FX_FIP, fp->fip);
        stw_le_p(p + FX_FIP + 4, fp->fcs);
        stl_le_p(p + FX_FDP, fp->fdp);
        stw_le_p(p + FX_FDP + 4, fp->fds);
    }
    for (int i = 0; i < 8; i++) {
        memset(p + FX_ST + 16 * i, 0, 16);
        memcpy(p + FX_ST + 16 * i, fp->fpregs[(top + i) & 7].b, 10);
    }
}

static void get_x87(CPUX86State *env, const X86Insn *insn, const uint8_t *p)
{
    X86FPState *fp = &env->fp;
    unsigned top;

    fp->fcw = (lduw_le_p(p + FX_FCW) & ~0xe080) | FPUC_RESERVED;
    fp->fsw = lduw_le_p(p + FX_FSW);
    fp->ftw = p[FX_FTW];
    fp->fop = lduw_le_p(p + FX_FOP) & 0x7ff;
    if (insn->flags & X86_REX_W) {
        fp->fip = ldq_le_p(p + FX_FIP);
        fp->fdp = ldq_le_p(p + FX_FDP);
        fp->fcs = fp->fds = 0;
    } else {
        fp->fip = (uint32_t)ldl_le_p(p + FX_FIP);
        fp->fcs = lduw_le_p(p + FX_FIP + 4);
        fp->fdp = (uint32_t)ldl_le_p(p + FX_FDP);
        fp->fds = lduw_le_p(p + FX_FDP + 4);
    }
    x86_fp_update_es(fp);
    top = x86_fp_top(fp);
    for (int i = 0; i < 8; i++) {
        X86FPReg *r = &fp->fpregs[(top + i) & 7];

        memset(r, 0, sizeof(*r));
        memcpy(r->b, p + FX_ST + 16 * i, 10);
    }
}

static void init_x87(CPUX86State *env)
{
    x86_fp_init(&env->fp);
    memset(env->fp.fpregs, 0, sizeof(env->fp.fpregs));
}

static void put_xmm(CPUX86State *env, uint8_t *p)
{
    for (unsigned i = 0; i < nb_regs(env); i++) {
        memcpy(p + FX_XMM + 16 * i, env->fp.zmm[i].b, 16);
    }
}

static void get_xmm(CPUX86State *env, const uint8_t *p)
{
    for (unsigned i = 0; i < nb_regs(env); i++) {
        memcpy(env->fp.zmm[i].b, p + FX_XMM + 16 * i, 16);
    }
}

static void put_mxcsr(CPUX86State *env, uint8_t *p)
{
    stl_le_p(p + FX_MXCSR, env->fp.mxcsr);
    stl_le_p(p + FX_MXCSR + 4, MXCSR_VALID);
}

static void check_mxcsr(CPUX86State *env, uint32_t v)
{
    if (v & ~MXCSR_VALID) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
}

/* ---- FXSAVE, FXRSTOR ---- */

static target_ulong fx_address(CPUX86State *env, const X86Insn *insn)
{
    target_ulong addr;

    if (env->hflags & (HF_EM_MASK | HF_TS_MASK)) {
        raise_exception(env, EXCP07_PREX);
    }
    addr = x86_ea(env, insn);
    if (addr & 15) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    return addr;
}

/* EFER.FFXSR: the kernel's fast form leaves the XMM registers alone */
static bool fast_fx(const CPUX86State *env)
{
    return (env->efer & MSR_EFER_FFXSR) && (env->hflags & HF_CS64_MASK) && !x86_cpl(env);
}

static unsigned xmm_end(const CPUX86State *env)
{
    return FX_XMM + 16 * nb_regs(env);
}

void helper_fxsave(CPUX86State *env, const X86Insn *insn)
{
    uint8_t image[FX_END];
    target_ulong addr = fx_address(env, insn);
    bool xmm = !fast_fx(env);

    put_x87(env, insn, image);
    put_mxcsr(env, image);
    if (xmm) {
        put_xmm(env, image);
    }
    x86_st_bytes(env, addr, image, xmm ? xmm_end(env) : FX_XMM);
}

void helper_fxrstor(CPUX86State *env, const X86Insn *insn)
{
    uint8_t image[FX_END];
    target_ulong addr = fx_address(env, insn);
    bool sse = env->hflags & HF_OSFXSR_MASK, xmm = sse && !fast_fx(env);

    x86_ld_bytes(env, addr, image, xmm ? xmm_end(env) : FX_XMM);
    if (sse) {
        check_mxcsr(env, ldl_le_p(image + FX_MXCSR));
        env->fp.mxcsr = ldl_le_p(image + FX_MXCSR);
    }
    get_x87(env, insn, image);
    if (xmm) {
        get_xmm(env, image);
    }
}

/* ---- components ---- */

static bool all_zero(const void *p, size_t n)
{
    const uint64_t *w = p;
    uint64_t acc = 0;

    for (size_t i = 0; i < n / 8; i++) {
        acc |= w[i];
    }
    return !acc;
}

static bool regs_zero(const CPUX86State *env, unsigned first, unsigned n, unsigned off, unsigned len)
{
    for (unsigned i = first; i < first + n; i++) {
        if (!all_zero(env->fp.zmm[i].b + off, len)) {
            return false;
        }
    }
    return true;
}

/* Components not in their initial configuration (SDM vol. 1, 13.6) */
static uint64_t xinuse(const CPUX86State *env)
{
    const X86FPState *fp = &env->fp;
    uint64_t v = 0;

    if (fp->fcw != FPUC_DEFAULT || fp->fsw || fp->ftw || fp->fop || fp->fip || fp->fdp || fp->fcs ||
        fp->fds || !all_zero(fp->fpregs, sizeof(fp->fpregs))) {
        v |= XSTATE_FP_MASK;
    }
    v |= regs_zero(env, 0, 16, 0, 16) ? 0 : XSTATE_SSE_MASK;
    v |= regs_zero(env, 0, 16, 16, 16) ? 0 : XSTATE_YMM_MASK;
    v |= all_zero(fp->opmask, sizeof(fp->opmask)) ? 0 : XSTATE_OPMASK_MASK;
    v |= regs_zero(env, 0, 16, 32, 32) ? 0 : XSTATE_ZMM_Hi256_MASK;
    v |= regs_zero(env, 16, 16, 0, 64) ? 0 : XSTATE_Hi16_ZMM_MASK;
    v |= env->pkru ? XSTATE_PKRU_MASK : 0;
    return v;
}

static void put_component(CPUX86State *env, unsigned i, uint8_t *p)
{
    switch (i) {
    case XSTATE_YMM_BIT:
        for (unsigned r = 0; r < nb_regs(env); r++) {
            memcpy(p + 16 * r, env->fp.zmm[r].b + 16, 16);
        }
        break;
    case XSTATE_OPMASK_BIT:
        memcpy(p, env->fp.opmask, 64);
        break;
    case XSTATE_ZMM_Hi256_BIT:
        for (unsigned r = 0; r < nb_regs(env); r++) {
            memcpy(p + 32 * r, env->fp.zmm[r].b + 32, 32);
        }
        break;
    case XSTATE_Hi16_ZMM_BIT:
        if (nb_regs(env) == 16) {
            memcpy(p, env->fp.zmm[16].b, 1024);
        }
        break;
    case XSTATE_PKRU_BIT:
        stq_le_p(p, env->pkru);
        break;
    }
}

/* @p NULL: the initial configuration */
static void get_component(CPUX86State *env, unsigned i, const uint8_t *p)
{
    static const uint8_t zero[1024];

    p = p ? p : zero;
    switch (i) {
    case XSTATE_YMM_BIT:
        for (unsigned r = 0; r < nb_regs(env); r++) {
            memcpy(env->fp.zmm[r].b + 16, p + 16 * r, 16);
        }
        break;
    case XSTATE_OPMASK_BIT:
        memcpy(env->fp.opmask, p, 64);
        break;
    case XSTATE_ZMM_Hi256_BIT:
        for (unsigned r = 0; r < nb_regs(env); r++) {
            memcpy(env->fp.zmm[r].b + 32, p + 32 * r, 32);
        }
        break;
    case XSTATE_Hi16_ZMM_BIT:
        if (nb_regs(env) == 16) {
            memcpy(env->fp.zmm[16].b, p, 1024);
        }
        break;
    case XSTATE_PKRU_BIT:
        if (env->pkru != (uint32_t)ldl_le_p(p)) {
            env->pkru = ldl_le_p(p);
            x86_tlb_flush(env);
        }
        break;
    }
}

/* Where component i (2 and up) lies; compacted images hold those of @comp one after another. */
static unsigned component_offset(uint64_t comp, unsigned i)
{
    unsigned off = XS_HEADER_END;

    if (!(comp & XCOMP_COMPACT)) {
        return x86_xsave_components[i].offset;
    }
    for (unsigned j = 2; j < i; j++) {
        if (comp >> j & 1) {
            off += x86_xsave_components[j].size;
        }
    }
    return off;
}

static unsigned image_size(uint64_t comp, uint64_t which)
{
    unsigned end = XS_HEADER_END;

    for (unsigned i = 2; i < X86_XSAVE_COMPONENTS; i++) {
        if ((which >> i & 1) && x86_xsave_components[i].size) {
            end = MAX(end, component_offset(comp, i) + x86_xsave_components[i].size);
        }
    }
    return end;
}

static target_ulong xs_address(CPUX86State *env, const X86Insn *insn)
{
    target_ulong addr;

    if (!(env->cr[4] & CR4_OSXSAVE_MASK)) {
        raise_exception(env, EXCP06_ILLOP);
    }
    if (env->hflags & HF_TS_MASK) {
        raise_exception(env, EXCP07_PREX);
    }
    addr = x86_ea(env, insn);
    if (addr & 63) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    return addr;
}

static uint64_t requested(const CPUX86State *env, uint64_t enabled)
{
    return (((uint64_t)(uint32_t)env->regs[R_EDX] << 32) | (uint32_t)env->regs[R_EAX]) & enabled;
}

/* ---- saving ---- */

/* The legacy region, the parts of it that @save names */
static void save_legacy(CPUX86State *env, const X86Insn *insn, target_ulong addr, uint64_t save,
                        bool mxcsr)
{
    uint8_t image[FX_END];

    if (save & XSTATE_FP_MASK) {
        put_x87(env, insn, image);
        x86_st_bytes(env, addr, image, FX_MXCSR);
        x86_st_bytes(env, addr + FX_ST, image + FX_ST, 128);
    }
    if (mxcsr) {
        put_mxcsr(env, image);
        x86_st_bytes(env, addr + FX_MXCSR, image + FX_MXCSR, 8);
    }
    if (save & XSTATE_SSE_MASK) {
        put_xmm(env, image);
        x86_st_bytes(env, addr + FX_XMM, image + FX_XMM, 16 * nb_regs(env));
    }
}

static void save_components(CPUX86State *env, target_ulong addr, uint64_t save, uint64_t comp)
{
    uint8_t buf[1024];

    for (unsigned i = 2; i < X86_XSAVE_COMPONENTS; i++) {
        if (save >> i & 1) {
            memset(buf, 0, x86_xsave_components[i].size);
            put_component(env, i, buf);
            x86_st_bytes(env, addr + component_offset(comp, i), buf, x86_xsave_components[i].size);
        }
    }
}

/* XSAVE and XSAVEOPT: standard form; XSTATE_BV bits that are not asked for stay */
void helper_xsave(CPUX86State *env, const X86Insn *insn)
{
    target_ulong addr = xs_address(env, insn);
    uint64_t rfbm = requested(env, env->xcr0), inuse = xinuse(env), bv;

    x86_probe_write(env, addr, image_size(0, rfbm));
    bv = x86_ldq(env, addr + XS_BV);
    save_legacy(env, insn, addr, rfbm, rfbm & (XSTATE_SSE_MASK | XSTATE_YMM_MASK));
    save_components(env, addr, rfbm, 0);
    x86_stq(env, addr + XS_BV, (bv & ~rfbm) | (inuse & rfbm));
}

static void save_compact(CPUX86State *env, const X86Insn *insn, uint64_t enabled)
{
    target_ulong addr = xs_address(env, insn);
    uint64_t rfbm = requested(env, enabled), comp = rfbm | XCOMP_COMPACT, save = xinuse(env);

    if (env->fp.mxcsr != MXCSR_DEFAULT) {
        save |= XSTATE_SSE_MASK;
    }
    save &= rfbm;
    x86_probe_write(env, addr, image_size(comp, rfbm));
    save_legacy(env, insn, addr, save, save & XSTATE_SSE_MASK);
    save_components(env, addr, save, comp);
    x86_stq(env, addr + XS_BV, save);
    x86_stq(env, addr + XS_COMP, comp);
}

void helper_xsavec(CPUX86State *env, const X86Insn *insn)
{
    save_compact(env, insn, env->xcr0);
}

void helper_xsaves(CPUX86State *env, const X86Insn *insn)
{
    save_compact(env, insn, env->xcr0 | env->xss);
}

/* ---- restoring ---- */

static void bad_image(CPUX86State *env)
{
    raise_exception_err(env, EXCP0D_GPF, 0);
}

/* Check the header; the XCOMP_BV to interpret the image by */
static uint64_t check_header(CPUX86State *env, const uint8_t *header, uint64_t enabled, bool need_compact)
{
    uint64_t bv = ldq_le_p(header), comp = ldq_le_p(header + 8);

    if (!(comp & XCOMP_COMPACT)) {
        if (need_compact || comp || !all_zero(header + 8, 16) || (bv & ~enabled)) {
            bad_image(env);
        }
        return 0;
    }
    if ((!need_compact && !x86_has_feature(env, FEAT_XSAVE, 1)) ||
        (comp & ~XCOMP_COMPACT & ~enabled) || (bv & ~comp) || !all_zero(header + 16, 48)) {
        bad_image(env);
    }
    return comp;
}

static void restore_legacy(CPUX86State *env, const X86Insn *insn, const uint8_t *image, uint64_t rfbm,
                           uint64_t bv, bool compact)
{
    if (rfbm & XSTATE_FP_MASK) {
        if (bv & XSTATE_FP_MASK) {
            get_x87(env, insn, image);
        } else {
            init_x87(env);
        }
    }
    if (compact ? rfbm & XSTATE_SSE_MASK : rfbm & (XSTATE_SSE_MASK | XSTATE_YMM_MASK)) {
        env->fp.mxcsr = !compact || (bv & XSTATE_SSE_MASK) ? ldl_le_p(image + FX_MXCSR)
                                                           : MXCSR_DEFAULT;
    }
    if (rfbm & XSTATE_SSE_MASK) {
        static const uint8_t zero[FX_END];

        get_xmm(env, bv & XSTATE_SSE_MASK ? image : zero);
    }
}

static void restore(CPUX86State *env, const X86Insn *insn, uint64_t enabled, bool need_compact)
{
    uint8_t image[4096] __attribute__((aligned(8)));
    target_ulong addr = xs_address(env, insn);
    uint64_t rfbm = requested(env, enabled), bv, comp;
    bool load_mxcsr;

    x86_ld_bytes(env, addr, image, XS_HEADER_END);
    bv = ldq_le_p(image + XS_BV);
    comp = check_header(env, image + XS_BV, enabled, need_compact);
    load_mxcsr = comp ? rfbm & bv & XSTATE_SSE_MASK : rfbm & (XSTATE_SSE_MASK | XSTATE_YMM_MASK);
    if (load_mxcsr) {
        check_mxcsr(env, ldl_le_p(image + FX_MXCSR));
    }
    for (unsigned i = 2; i < X86_XSAVE_COMPONENTS; i++) {
        if (rfbm & bv & (1ull << i)) {
            unsigned off = component_offset(comp, i);

            x86_ld_bytes(env, addr + off, image + off, x86_xsave_components[i].size);
        }
    }
    restore_legacy(env, insn, image, rfbm, bv, comp);
    for (unsigned i = 2; i < X86_XSAVE_COMPONENTS; i++) {
        if (rfbm >> i & 1) {
            get_component(env, i, bv >> i & 1 ? image + component_offset(comp, i) : NULL);
        }
    }
}

void helper_xrstor(CPUX86State *env, const X86Insn *insn)
{
    restore(env, insn, env->xcr0, false);
}

void helper_xrstors(CPUX86State *env, const X86Insn *insn)
{
    restore(env, insn, env->xcr0 | env->xss, true);
}

/* ---- XCR0 ---- */

void helper_xgetbv(CPUX86State *env, const X86Insn *insn)
{
    uint64_t v;

    if (!(env->cr[4] & CR4_OSXSAVE_MASK)) {
        raise_exception(env, EXCP06_ILLOP);
    }
    switch ((uint32_t)env->regs[R_ECX]) {
    case 0:
        v = env->xcr0;
        break;
    case 1:
        if (x86_has_feature(env, FEAT_XSAVE, 2)) {
            v = env->xcr0 & xinuse(env);
            break;
        }
        /* fall through */
    default:
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    env->regs[R_EAX] = (uint32_t)v;
    env->regs[R_EDX] = v >> 32;
}

void helper_xsetbv(CPUX86State *env, const X86Insn *insn)
{
    uint64_t v = (uint64_t)(uint32_t)env->regs[R_EDX] << 32 | (uint32_t)env->regs[R_EAX];

    if (!(env->cr[4] & CR4_OSXSAVE_MASK)) {
        raise_exception(env, EXCP06_ILLOP);
    }
    if ((uint32_t)env->regs[R_ECX] != 0 || !x86_xcr0_valid(env, v)) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    env->xcr0 = v;
    x86_update_hflags(env);
}
