/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The seam between the guest's vector instructions and the host CPU.
 *
 * The host is an x86-64, so a vector instruction is *defined* as what the host does.  For every
 * distinct instruction -- opcode, prefixes, vector length, immediate, operand kinds, but not register
 * numbers -- there is one tiny host function, a *stub*.  It loads its operands from memory into fixed
 * host registers, executes the guest's instruction with its operands renamed to those, and stores
 * what it writes:
 *
 *      stub(reg, rm, vvvv, aux, xmm0)
 *           |    |    |     |    `- r8:  register XMM0, for instructions that imply it
 *           |    |    |     `------ rcx: fourth vector (/is4), or the guest's general registers
 *           |    |    `------------ rdx: VEX.vvvv operand    -> host register 2
 *           |    `----------------- rsi: ModRM.rm operand    -> host register 3, or [rsi] if memory
 *           `---------------------- rdi: ModRM.reg operand   -> host register 1
 *
 * Vector operands point at a ZMMReg, MMX and general ones at a uint64_t, memory ones at a staging
 * buffer of 64 aligned bytes which the caller fills and flushes through the checked guest accesses.
 * Legacy encodings store 16 bytes (the rest of the register stays); VEX encodings store the whole
 * register, zero above the vector length.
 *
 * Right:  s = host_stub(&key); host_stub_run_fp(s, fp, ...);      arithmetic, uses MXCSR
 *         s = host_stub(&key); s->fn(...);                        moves, logic, integers
 * Wrong:  calling s->fn for arithmetic: it would round as the host C code does.
 *
 * Stubs are immutable and shared by all vCPU threads; a lock guards only their creation.
 */
#ifndef TARGET_I386_TCG_HOST_FP_H
#define TARGET_I386_TCG_HOST_FP_H

#include "target/i386/cpu.h"

typedef enum HostEnc { HOST_LEGACY, HOST_VEX } HostEnc;

/* What an operand is, or-ed with how it is used. */
enum {
    HOPND_NONE, HOPND_VEC, HOPND_MMX, HOPND_GPR, HOPND_MEM,
    HOPND_KIND = 0x0f, HOPND_R = 0x10, HOPND_W = 0x20,
};

enum {
    HSTUB_IMM = 1,          /* an immediate byte follows */
    HSTUB_IS4 = 2,          /* the immediate names a fourth vector register: aux */
    HSTUB_XMM0 = 4,         /* reads XMM0 */
    HSTUB_XMM0_W = 8,       /* writes XMM0 */
    HSTUB_EAX_EDX = 16,     /* reads aux[0] and aux[2] as RAX and RDX (PCMPESTRx) */
    HSTUB_ECX_W = 32,       /* writes aux[1], RCX (PCMPxSTRI) */
    HSTUB_FLAGS = 64,       /* returns RFLAGS */
    HSTUB_NOLOAD_REG = 128, /* the register named by reg is only written (VEX) */
};

typedef struct HostStubKey {
    uint8_t enc;            /* HostEnc */
    uint8_t map;            /* 1: 0F, 2: 0F38, 3: 0F3A */
    uint8_t pp;             /* 0: none, 1: 66, 2: F3, 3: F2 */
    uint8_t op;
    uint8_t w, l;
    uint8_t digit;          /* ModRM.reg as opcode extension, or HOST_NO_DIGIT */
    uint8_t imm;
    uint8_t reg, rm, vvvv;  /* HOPND_* */
    uint8_t flags;          /* HSTUB_* */
    uint8_t pad[4];
} HostStubKey;
QEMU_BUILD_BUG_ON(sizeof(HostStubKey) != 16);

#define HOST_NO_DIGIT 0xff

typedef uint64_t HostStubFn(void *reg, void *rm, void *vvvv, void *aux, void *xmm0);

typedef struct HostStub {
    HostStubFn *fn;
    HostStubKey key;
} HostStub;

/*
 * The stub for an encoding, built on first use.  NULL only when the code buffer is full or could not
 * be had (never with the encodings the tables produce: it is sized for all of them).
 */
const HostStub *host_stub(const HostStubKey *key);

/*
 * Run an arithmetic stub with the guest's MXCSR and fold the exception flags into it.  False: an
 * unmasked exception was raised, nothing was written except fp->mxcsr's flags; deliver #XM.
 */
bool host_stub_run_fp(const HostStub *s, X86FPState *fp, uint64_t *ret,
                      void *reg, void *rm, void *vvvv, void *aux, void *xmm0);

/*
 * Execute one x87 instruction, op D8..DF: @image (FXSAVE form, 64-byte aligned) is loaded before
 * and stored after; @mem stands for the memory operand; @eflags goes in (FCMOVcc) and out.  The
 * encoding must be one the host has.  False: no executable memory.
 */
bool x87_host_exec(unsigned op, unsigned modrm, void *image, void *mem, uint64_t *eflags);

/*
 * The bits of a feature word that stand for vector or x87 instructions and extended state, and that
 * can be emulated on this host; other bits are zero.  CPUID must not offer more than this of them.
 */
uint64_t tcg_host_features(FeatureWord w);
bool tcg_host_has(FeatureWord w, unsigned bit);

#endif
