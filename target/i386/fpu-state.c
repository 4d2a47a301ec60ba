/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conversions of the guest's floating-point state between our layout and the architecture's memory
 * images (Intel SDM vol. 1, 8.1.7 "x87 FPU tag word", 10.5.1 "FXSAVE area").  No guest memory is
 * touched here.
 */
#include "qemu/osdep.h"
#include "target/i386/fpu-state.h"

enum { TAG_VALID, TAG_ZERO, TAG_SPECIAL, TAG_EMPTY };

static unsigned classify(const X86FPReg *r)
{
    unsigned exp = r->exp & 0x7fff;

    if (exp == 0 && r->mant == 0) {
        return TAG_ZERO;
    }
    if (exp == 0 || exp == 0x7fff || !(r->mant >> 63)) {
        return TAG_SPECIAL;
    }
    return TAG_VALID;
}

uint16_t x86_fp_full_tag(const X86FPState *fp)
{
    uint16_t tag = 0;

    for (int i = 0; i < 8; i++) {
        unsigned t = fp->ftw >> i & 1 ? classify(&fp->fpregs[i]) : TAG_EMPTY;

        tag |= t << (2 * i);
    }
    return tag;
}

void x86_fp_set_full_tag(X86FPState *fp, uint16_t tag)
{
    fp->ftw = 0;
    for (int i = 0; i < 8; i++) {
        if ((tag >> (2 * i) & 3) != TAG_EMPTY) {
            fp->ftw |= 1 << i;
        }
    }
}

void x86_fp_init(X86FPState *fp)
{
    fp->fcw = FPUC_DEFAULT;
    fp->fsw = 0;
    fp->ftw = 0;
    fp->fop = 0;
    fp->fip = fp->fdp = 0;
    fp->fcs = fp->fds = 0;
    fp->ferr = 0;
}

void x86_fp_reset(X86FPState *fp)
{
    memset(fp, 0, sizeof(*fp));
    fp->fcw = FPUC_RESET;
    fp->ftw = 0xff;
    fp->mxcsr = MXCSR_DEFAULT;
}

/* Offsets in the FXSAVE image */
enum {
    FX_FCW = 0, FX_FSW = 2, FX_FTW = 4, FX_FOP = 6, FX_FIP = 8, FX_FDP = 16,
    FX_MXCSR = 24, FX_MXCSR_MASK = 28, FX_ST = 32, FX_XMM = 160,
};

void x86_fp_to_fxsave(const X86FPState *fp, uint8_t image[512])
{
    unsigned top = x86_fp_top(fp);
    uint32_t mask = MXCSR_VALID;

    memset(image, 0, 512);
    memcpy(image + FX_FCW, &fp->fcw, 2);
    memcpy(image + FX_FSW, &fp->fsw, 2);
    image[FX_FTW] = fp->ftw;
    memcpy(image + FX_FOP, &fp->fop, 2);
    memcpy(image + FX_FIP, &fp->fip, 8);
    memcpy(image + FX_FDP, &fp->fdp, 8);
    memcpy(image + FX_MXCSR, &fp->mxcsr, 4);
    memcpy(image + FX_MXCSR_MASK, &mask, 4);
    for (int i = 0; i < 8; i++) {
        memcpy(image + FX_ST + 16 * i, fp->fpregs[(top + i) & 7].b, 10);
    }
    for (int i = 0; i < 16; i++) {
        memcpy(image + FX_XMM + 16 * i, fp->zmm[i].b, 16);
    }
}

void x86_fp_from_fxsave(X86FPState *fp, const uint8_t image[512])
{
    unsigned top;

    memcpy(&fp->fcw, image + FX_FCW, 2);
    memcpy(&fp->fsw, image + FX_FSW, 2);
    fp->fcw |= FPUC_RESERVED;
    fp->ftw = image[FX_FTW];
    memcpy(&fp->fop, image + FX_FOP, 2);
    fp->fop &= 0x7ff;
    memcpy(&fp->fip, image + FX_FIP, 8);
    memcpy(&fp->fdp, image + FX_FDP, 8);
    memcpy(&fp->mxcsr, image + FX_MXCSR, 4);
    fp->mxcsr &= MXCSR_VALID;
    x86_fp_update_es(fp);
    top = x86_fp_top(fp);
    for (int i = 0; i < 8; i++) {
        X86FPReg *r = &fp->fpregs[(top + i) & 7];

        memset(r, 0, sizeof(*r));
        memcpy(r->b, image + FX_ST + 16 * i, 10);
    }
    for (int i = 0; i < 16; i++) {
        memcpy(fp->zmm[i].b, image + FX_XMM + 16 * i, 16);
    }
}
