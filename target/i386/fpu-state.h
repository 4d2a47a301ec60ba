/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's x87, MMX, SSE, AVX and AVX-512 registers (Intel SDM vol. 1, chapters 8 to 15).
 *
 * Owns the layout of that state inside CPUX86State (member `fp`) and small accessors for it.
 * Does not own: what instructions do with it (target/i386/tcg/), the XSAVE image
 * (target/i386/tcg/xsave.c), the migration description (target/i386/machine.c).
 *
 * Only the vCPU's own thread writes it while the vCPU runs; anybody else stops the vCPU first.
 *
 * Layout, and why:
 *   - fpregs[] is in *physical* order (R0..R7), so that pushing moves only FSW.TOP and MMi is
 *     always fpregs[i].mmx.  ST(i) is fpregs[(TOP + i) & 7].  FXSAVE images are rotated when
 *     written and read.
 *   - fsw holds the whole status word, TOP included: there is no second copy to keep in step.
 *   - ftw is FXSAVE's abridged tag word: bit i set = physical register i is not empty.
 *   - zmm[] is contiguous and 64-byte aligned: XMMi and YMMi are the low 16 and 32 bytes of zmm[i],
 *     so host code can load any width of any register at a constant displacement.
 */
#ifndef TARGET_I386_FPU_STATE_H
#define TARGET_I386_FPU_STATE_H

#include "qemu/osdep.h"

/* x87 status word (FSW) */
#define FPUS_IE         0x0001  /* invalid operation */
#define FPUS_DE         0x0002  /* denormal operand */
#define FPUS_ZE         0x0004  /* division by zero */
#define FPUS_OE         0x0008  /* overflow */
#define FPUS_UE         0x0010  /* underflow */
#define FPUS_PE         0x0020  /* precision */
#define FPUS_SF         0x0040  /* stack fault */
#define FPUS_ES         0x0080  /* an unmasked exception is pending */
#define FPUS_C0         0x0100
#define FPUS_C1         0x0200
#define FPUS_C2         0x0400
#define FPUS_TOP_SHIFT  11
#define FPUS_TOP        0x3800
#define FPUS_C3         0x4000
#define FPUS_B          0x8000  /* copy of ES */
#define FPUS_EXC        0x003f
#define FPUS_CC         (FPUS_C0 | FPUS_C1 | FPUS_C2 | FPUS_C3)

/* x87 control word (FCW): exception masks are bits 0..5, in the order of FSW's flags */
#define FPUC_EM         0x003f
#define FPUC_RESERVED   0x0040  /* reads as one */
#define FPUC_PC         0x0300
#define FPUC_RC         0x0c00
#define FPUC_DEFAULT    0x037f  /* after FNINIT */
#define FPUC_RESET      0x0040  /* after RESET (SDM vol. 3, table 10-1) */

/* MXCSR */
#define MXCSR_EXC       0x003f
#define MXCSR_DAZ       0x0040
#define MXCSR_MASKS     0x1f80
#define MXCSR_MASK_SHIFT 7
#define MXCSR_RC        0x6000
#define MXCSR_FZ        0x8000
#define MXCSR_DEFAULT   0x1f80
#define MXCSR_VALID     0xffff  /* MXCSR_MASK in FXSAVE images; other bits are reserved */

#define X86_NB_ZMM      32
#define X86_NB_OPMASK   8

typedef union X86FPReg {
    struct {
        uint64_t mant;
        uint16_t exp;           /* sign in bit 15 */
        uint16_t pad[3];        /* zero */
    };
    uint64_t mmx;
    uint8_t b[16];
} X86FPReg;
QEMU_BUILD_BUG_ON(sizeof(X86FPReg) != 16);

typedef union ZMMReg {
    uint8_t b[64];
    uint16_t w[32];
    uint32_t l[16];
    uint64_t q[8];
    float s[16];
    double d[8];
} ZMMReg __attribute__((aligned(64)));
QEMU_BUILD_BUG_ON(sizeof(ZMMReg) != 64);

typedef struct X86FPState {
    ZMMReg zmm[X86_NB_ZMM];
    X86FPReg fpregs[8];         /* physical order */
    uint64_t opmask[X86_NB_OPMASK];
    uint16_t fcw;
    uint16_t fsw;
    uint8_t ftw;                /* abridged: bit set = physical register not empty */
    uint8_t ferr;               /* the FERR# pin is asserted (CR0.NE clear) */
    uint16_t fop;               /* eleven bits */
    uint16_t fcs, fds;          /* selectors; zero when saved with REX.W */
    uint32_t mxcsr;
    uint64_t fip, fdp;
} X86FPState __attribute__((aligned(64)));

static inline unsigned x86_fp_top(const X86FPState *fp)
{
    return (fp->fsw >> FPUS_TOP_SHIFT) & 7;
}

static inline void x86_fp_set_top(X86FPState *fp, unsigned top)
{
    fp->fsw = (fp->fsw & ~FPUS_TOP) | (top & 7) << FPUS_TOP_SHIFT;
}

/* ST(i) */
static inline X86FPReg *x86_fp_st(X86FPState *fp, unsigned i)
{
    return &fp->fpregs[(x86_fp_top(fp) + i) & 7];
}

static inline bool x86_fp_st_empty(const X86FPState *fp, unsigned i)
{
    return !(fp->ftw >> ((x86_fp_top(fp) + i) & 7) & 1);
}

/*
 * FSW's ES and B bits follow the exception flags and FCW's masks; call after changing either from
 * outside an instruction (FLDCW, FRSTOR, an incoming stream, a debugger).
 */
static inline void x86_fp_update_es(X86FPState *fp)
{
    bool pending = fp->fsw & ~fp->fcw & FPUS_EXC;

    fp->fsw = (fp->fsw & ~(FPUS_ES | FPUS_B)) | (pending ? FPUS_ES | FPUS_B : 0);
}

/* The sixteen-bit tag word of FNSAVE images: two bits per register, 0 valid, 1 zero, 2 special, 3 empty */
uint16_t x86_fp_full_tag(const X86FPState *fp);
void x86_fp_set_full_tag(X86FPState *fp, uint16_t tag);

/* As after RESET (registers zero, tags valid) and as after FNINIT (registers kept). */
void x86_fp_reset(X86FPState *fp);
void x86_fp_init(X86FPState *fp);

/*
 * CR0.NE = 0: FERR# goes to @irq (IRQ 13 on a PC); a write to port F0h asserts IGNNE# and takes the
 * interrupt back.
 */
void x86_register_ferr_irq(qemu_irq irq);
void cpu_set_ignne(void);

/* The 512-byte FXSAVE image in its 64-bit form, host byte order. */
void x86_fp_to_fxsave(const X86FPState *fp, uint8_t image[512]);
void x86_fp_from_fxsave(X86FPState *fp, const uint8_t image[512]);

#endif
