// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From what the user asked for to what the CPU has: the accelerator's abilities, dependencies between features and
 * the highest CPUID leaves.
 *
 * Order at realize: (1) "max" and "host" take what is available, (2) dependencies switch off what cannot work,
 * (3) levels are computed, (4) features the accelerator lacks are dropped with a warning (`check`), or refuse the CPU
 * (`enforce`). BQL.
 */
#include "qemu/osdep.h"
#include <cpuid.h>
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/accel.h"
#include "target/i386/cpu.h"
#include "target/i386/cpu-leaves.h"
#include "target/i386/tcg/host-fp.h"

/* When @from is off, @mask of @to cannot be on. */
typedef struct FeatureDep {
    const char *from;
    const char *to;             /* blank-separated names */
} FeatureDep;

static const FeatureDep feature_deps[] = {
    { "xsave", "avx mpx pku xsaveopt xsavec xgetbv1 xsaves xfd amx-tile" },
    { "avx", "fma f16c avx2 xop fma4 vaes vpclmulqdq avx-vnni avx512f" },
    { "avx512f", "avx512dq avx512ifma avx512pf avx512er avx512cd avx512bw avx512vl avx512vbmi avx512vbmi2 "
                 "avx512vnni avx512bitalg avx512-vpopcntdq avx512-4vnniw avx512-4fmaps avx512-vp2intersect "
                 "avx512-fp16 avx512-bf16" },
    { "svm", "npt lbrv svm-lock nrip-save tsc-scale vmcb-clean flushbyasid decodeassists pause-filter pfthreshold "
             "avic v-vmsave-vmload vgif svme-addr-chk" },
    { "arch-capabilities", "rdctl-no ibrs-all rsba skip-l1dfl-vmentry ssb-no mds-no pschange-mc-no tsx-ctrl taa-no" },
    { "core-capability", "split-lock-detect" },
    { "pdcm", "full-width-write" },
    { "intel-pt", "intel-pt-lip" },
};

/* Present in models but silently absent without hardware help; a user who asks for one by name is told. */
static const char tcg_quiet_off[] = "vme svm vmx";

static void feature_mask_of(const char *list, FeatureWordArray mask)
{
    memset(mask, 0, sizeof(FeatureWordArray));
    x86_feature_apply_list(mask, list, NULL);
}

static bool has_feature_named(const CPUX86State *env, const char *name)
{
    unsigned iter = 0;
    FeatureWord w;
    uint64_t mask;

    return x86_feature_lookup(name, &iter, &w, &mask) && env->features[w] & mask;
}

static void apply_dependencies(CPUX86State *env)
{
    for (size_t i = 0; i < ARRAY_SIZE(feature_deps); i++) {
        FeatureWordArray mask;

        if (has_feature_named(env, feature_deps[i].from)) {
            continue;
        }
        feature_mask_of(feature_deps[i].to, mask);
        for (unsigned w = 0; w < FEATURE_WORDS; w++) {
            env->features[w] &= ~mask[w];
        }
    }
}

/* ---- what there is ---- */

static void host_cpuid_words(FeatureWordArray words)
{
    for (unsigned w = 0; w < FEATURE_WORDS; w++) {
        const FeatureWordInfo *info = &feature_word_info[w];
        uint32_t r[4] = { 0 };

        /* MSR words cannot be read in user mode: they describe what emulation does anyway */
        if (info->type != CPUID_FEATURE_WORD || (info->leaf & 0xf0000000) == 0x40000000) {
            words[w] = UINT64_MAX;
            continue;
        }
        __get_cpuid_count(info->leaf, info->subleaf, &r[0], &r[1], &r[2], &r[3]);
        words[w] = r[info->reg];
    }
    words[FEAT_1_ECX] |= 1u << 31;      /* the guest always runs under a hypervisor: us */
}

static void available_features(FeatureWordArray words)
{
    feature_mask_of(tcg_supported_features, words);
    for (unsigned w = 0; w < FEATURE_WORDS; w++) {
        words[w] |= tcg_host_features(w);
    }
}

static void take_available(X86CPU *cpu, X86CPUKind kind)
{
    CPUX86State *env = &cpu->env;
    FeatureWordArray avail, host;

    available_features(avail);
    if (kind == X86_CPU_KIND_HOST) {
        host_cpuid_words(host);
    }
    for (unsigned w = 0; w < FEATURE_WORDS; w++) {
        uint64_t take = kind == X86_CPU_KIND_HOST ? avail[w] & host[w] : avail[w];

        env->features[w] |= take & ~env->user_features[w];
    }
}

/* ---- levels ---- */

static void need_level(CPUX86State *env, uint32_t leaf)
{
    uint32_t *min = leaf >= 0xc0000000 ? &env->cpuid_min_xlevel2 :
                    leaf >= 0x80000000 ? &env->cpuid_min_xlevel : &env->cpuid_min_level;

    *min = MAX(*min, leaf);
}

static void compute_levels(X86CPU *cpu)
{
    CPUX86State *env = &cpu->env;

    for (unsigned w = 0; w < FEATURE_WORDS && cpu->full_cpuid_auto_level; w++) {
        const FeatureWordInfo *info = &feature_word_info[w];

        if (info->type == CPUID_FEATURE_WORD && env->features[w] && (info->leaf & 0xf0000000) != 0x40000000) {
            need_level(env, info->leaf);
        }
    }
    env->cpuid_level = env->cpuid_level == UINT32_MAX ? env->cpuid_min_level : env->cpuid_level;
    env->cpuid_xlevel = env->cpuid_xlevel == UINT32_MAX ? env->cpuid_min_xlevel : env->cpuid_xlevel;
    env->cpuid_xlevel2 = env->cpuid_xlevel2 == UINT32_MAX ? env->cpuid_min_xlevel2 : env->cpuid_xlevel2;
}

bool x86_cpu_expand_features(X86CPU *cpu, Error **errp)
{
    CPUX86State *env = &cpu->env;
    X86CPUKind kind = X86_CPU_GET_CLASS(cpu)->kind;

    if (kind == X86_CPU_KIND_MAX || kind == X86_CPU_KIND_HOST) {
        take_available(cpu, kind);
    }
    if (tcg_enabled()) {
        FeatureWordArray quiet;

        feature_mask_of(tcg_quiet_off, quiet);
        for (unsigned w = 0; w < FEATURE_WORDS; w++) {
            env->features[w] &= ~(quiet[w] & ~env->user_features[w]);
        }
        env->features[FEAT_KVM] |= TCG_KVM_FEATURES & ~env->user_features[FEAT_KVM];
    }
    apply_dependencies(env);
    compute_levels(cpu);
    return true;
}

/* ---- filtering ---- */

static void report_missing(X86CPU *cpu, FeatureWord w)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        if (cpu->filtered_features[w] >> bit & 1) {
            g_autofree char *text = x86_feature_describe(w, bit);

            warn_report("TCG doesn't support requested feature: %s", text);
        }
    }
}

bool x86_cpu_filter_features(X86CPU *cpu, Error **errp)
{
    CPUX86State *env = &cpu->env;
    FeatureWordArray avail;
    bool missing = false;

    memset(cpu->filtered_features, 0, sizeof(cpu->filtered_features));
    if (!tcg_enabled()) {
        return true;                    /* nothing executes the guest, or the accelerator filters itself */
    }
    available_features(avail);
    for (unsigned w = 0; w < FEATURE_WORDS; w++) {
        uint64_t lacking = env->features[w] & ~avail[w];

        /* never part of what a guest executes: no leaf shows these without their accelerator */
        if (!lacking || w == FEAT_KVM || w == FEAT_KVM_HINTS) {
            continue;
        }
        missing = true;
        cpu->filtered_features[w] = lacking;
        if (!cpu->force_features) {
            env->features[w] &= avail[w];
        }
        if (cpu->check_cpuid || cpu->enforce_cpuid) {
            report_missing(cpu, w);
        }
    }
    if (missing && cpu->enforce_cpuid) {
        error_setg(errp, "TCG doesn't support requested features");
        return false;
    }
    apply_dependencies(env);
    return true;
}
