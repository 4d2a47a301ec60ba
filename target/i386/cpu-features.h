/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature words: every CPUID register (or feature MSR) whose bits are properties of the CPU object.
 *
 * Owns the numbering of the words and the table that names their bits. The table is data only (cpu-features.c);
 * what the words mean for a given CPU is decided in cpu-expand.c. Bit positions are those of the Intel SDM volume 2
 * (CPUID) and volume 3 appendix A (VMX capability MSRs), and of the AMD APM volume 3 appendix E.
 */
#ifndef TARGET_I386_CPU_FEATURES_H
#define TARGET_I386_CPU_FEATURES_H

#include "qemu/osdep.h"

typedef enum FeatureWord {
    FEAT_1_EDX,
    FEAT_1_ECX,
    FEAT_7_0_EBX,
    FEAT_7_0_ECX,
    FEAT_7_0_EDX,
    FEAT_7_1_EAX,
    FEAT_8000_0001_EDX,
    FEAT_8000_0001_ECX,
    FEAT_8000_0007_EDX,
    FEAT_8000_0008_EBX,
    FEAT_C000_0001_EDX,
    FEAT_KVM,
    FEAT_KVM_HINTS,
    FEAT_SVM,
    FEAT_XSAVE,
    FEAT_6_EAX,
    FEAT_14_0_ECX,
    FEAT_SGX_12_0_EAX,
    FEAT_SGX_12_0_EBX,
    FEAT_SGX_12_1_EAX,
    FEAT_XSAVE_XCR0_LO,
    FEAT_XSAVE_XCR0_HI,
    FEAT_XSAVE_XSS_LO,
    FEAT_XSAVE_XSS_HI,
    FEAT_ARCH_CAPABILITIES,
    FEAT_CORE_CAPABILITY,
    FEAT_PERF_CAPABILITIES,
    FEAT_VMX_PROCBASED_CTLS,
    FEAT_VMX_SECONDARY_CTLS,
    FEAT_VMX_PINBASED_CTLS,
    FEAT_VMX_EXIT_CTLS,
    FEAT_VMX_ENTRY_CTLS,
    FEAT_VMX_MISC,
    FEAT_VMX_EPT_VPID_CAPS,
    FEAT_VMX_BASIC,
    FEAT_VMX_VMFUNC,
    FEATURE_WORDS,
} FeatureWord;

/* FEAT_KVM, as far as software emulation has it. */
enum {
    KVM_FEATURE_CLOCKSOURCE = 1 << 0,
    KVM_FEATURE_CLOCKSOURCE2 = 1 << 3,
    KVM_FEATURE_CLOCKSOURCE_STABLE_BIT = 1 << 24,
    TCG_KVM_FEATURES = KVM_FEATURE_CLOCKSOURCE | KVM_FEATURE_CLOCKSOURCE2 | KVM_FEATURE_CLOCKSOURCE_STABLE_BIT,
};

typedef uint64_t FeatureWordArray[FEATURE_WORDS];

typedef enum FeatureWordType {
    CPUID_FEATURE_WORD,
    MSR_FEATURE_WORD,
} FeatureWordType;

/* Index into the four results of CPUID. */
enum { CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX };

typedef struct FeatureWordInfo {
    FeatureWordType type;
    uint32_t leaf;              /* CPUID leaf, or MSR number */
    uint32_t subleaf;           /* valid when needs_subleaf */
    bool needs_subleaf;
    uint8_t reg;                /* CPUID_EAX .. CPUID_EDX */
    const char *names[64];      /* property names, NULL where the bit is reserved or not for users */
} FeatureWordInfo;

/* A second name for one property, kept because clients use it. */
typedef struct FeatureAlias {
    const char *alias;
    const char *name;
} FeatureAlias;

extern const FeatureWordInfo feature_word_info[FEATURE_WORDS];
extern const FeatureAlias feature_aliases[];
extern const size_t feature_aliases_count;

/*
 * What software emulation can do, as feature names separated by blanks. A feature goes on this list in the same
 * change that makes its instructions (or its architectural behaviour) work in the interpreter. Vector, x87 and
 * XSAVE features are not on it: they depend on the host, see tcg_host_features() in target/i386/tcg/host-fp.h.
 */
extern const char tcg_supported_features[];

/* Find the word and bit mask of @name; a name may stand for bits in more than one word (call with *iter from 0). */
bool x86_feature_lookup(const char *name, unsigned *iter, FeatureWord *word, uint64_t *mask);

/* Add ("name") or remove ("-name") the blank-separated features of @list in @words. False names the unknown one. */
bool x86_feature_apply_list(FeatureWordArray words, const char *list, char **unknown);

/* "CPUID.80000001H:ECX.svm [bit 2]": how warnings and errors print a feature. */
char *x86_feature_describe(FeatureWord word, unsigned bit);

#endif
