/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The XSAVE image's components (Intel SDM vol. 1, 13.2 and 13.4): read by CPUID leaf Dh and by the
 * instructions.  Read-only data.
 */
#include "qemu/osdep.h"
#include "target/i386/xsave-layout.h"

const X86XSaveComponent x86_xsave_components[X86_XSAVE_COMPONENTS] = {
    [0] = { .size = 160 },
    [1] = { .size = 256 },
    [2] = { .offset = 576, .size = 256, .word = FEAT_1_ECX, .bit = 28 },
    [3] = { .offset = 960, .size = 64, .word = FEAT_7_0_EBX, .bit = 14 },
    [4] = { .offset = 1024, .size = 64, .word = FEAT_7_0_EBX, .bit = 14 },
    [5] = { .offset = 1088, .size = 64, .word = FEAT_7_0_EBX, .bit = 16 },
    [6] = { .offset = 1152, .size = 512, .word = FEAT_7_0_EBX, .bit = 16 },
    [7] = { .offset = 1664, .size = 1024, .word = FEAT_7_0_EBX, .bit = 16 },
    [9] = { .offset = 2688, .size = 8, .word = FEAT_7_0_ECX, .bit = 3 },
};

uint64_t x86_cpu_xsave_components(const CPUX86State *env)
{
    uint64_t mask = 0;

    if (!x86_has_feature(env, FEAT_1_ECX, 26)) {
        return 0;
    }
    mask = 3;
    for (unsigned i = 2; i < X86_XSAVE_COMPONENTS; i++) {
        const X86XSaveComponent *c = &x86_xsave_components[i];

        if (c->size && x86_has_feature(env, c->word, c->bit)) {
            mask |= 1ull << i;
        }
    }
    return mask;
}

uint32_t x86_xsave_area_size(uint64_t mask, bool compacted)
{
    uint32_t size = 512 + 64;

    for (unsigned i = 2; i < X86_XSAVE_COMPONENTS; i++) {
        const X86XSaveComponent *c = &x86_xsave_components[i];

        if (mask >> i & 1) {
            size = compacted ? size + c->size : MAX(size, c->offset + c->size);
        }
    }
    return size;
}

bool x86_xcr0_valid(const CPUX86State *env, uint64_t v)
{
    const uint64_t avx512 = XSTATE_OPMASK_MASK | XSTATE_ZMM_Hi256_MASK | XSTATE_Hi16_ZMM_MASK;

    if (!(v & XSTATE_FP_MASK) || (v & ~x86_cpu_xsave_components(env))) {
        return false;
    }
    if ((v & XSTATE_YMM_MASK) && !(v & XSTATE_SSE_MASK)) {
        return false;
    }
    return !(v & avx512) || ((v & avx512) == avx512 && (v & XSTATE_YMM_MASK));
}
