/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Components of the XSAVE image (Intel SDM vol. 1, 13.4 and 13.5): numbers, offsets, sizes. */
#ifndef TARGET_I386_XSAVE_LAYOUT_H
#define TARGET_I386_XSAVE_LAYOUT_H

#include "target/i386/cpu.h"

#define XSTATE_FP_BIT           0
#define XSTATE_SSE_BIT          1
#define XSTATE_YMM_BIT          2
#define XSTATE_BNDREGS_BIT      3
#define XSTATE_BNDCSR_BIT       4
#define XSTATE_OPMASK_BIT       5
#define XSTATE_ZMM_Hi256_BIT    6
#define XSTATE_Hi16_ZMM_BIT     7
#define XSTATE_PKRU_BIT         9

#define XSTATE_FP_MASK          (1ull << XSTATE_FP_BIT)
#define XSTATE_SSE_MASK         (1ull << XSTATE_SSE_BIT)
#define XSTATE_YMM_MASK         (1ull << XSTATE_YMM_BIT)
#define XSTATE_OPMASK_MASK      (1ull << XSTATE_OPMASK_BIT)
#define XSTATE_ZMM_Hi256_MASK   (1ull << XSTATE_ZMM_Hi256_BIT)
#define XSTATE_Hi16_ZMM_MASK    (1ull << XSTATE_Hi16_ZMM_BIT)
#define XSTATE_PKRU_MASK        (1ull << XSTATE_PKRU_BIT)

/* One more than the highest component we have; an index is the bit in XCR0. */
#define X86_XSAVE_COMPONENTS 10
typedef struct X86XSaveComponent {
    uint32_t offset, size;      /* in the standard form; size 0: not defined */
    FeatureWord word;           /* the feature it belongs to */
    unsigned bit;
} X86XSaveComponent;
extern const X86XSaveComponent x86_xsave_components[X86_XSAVE_COMPONENTS];

/* Components XCR0 may enable on this CPU. */
uint64_t x86_cpu_xsave_components(const CPUX86State *env);
/* Bytes of an XSAVE area holding @mask. */
uint32_t x86_xsave_area_size(uint64_t mask, bool compacted);

/* May XCR0 have this value on this CPU? */
bool x86_xcr0_valid(const CPUX86State *env, uint64_t v);

#endif
