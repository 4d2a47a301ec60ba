// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the CPUID instruction answers, leaf by leaf (Intel SDM vol. 2A "CPUID", AMD APM vol. 3 appendix E).
 *
 * Owns the encoding of leaves. Which features a CPU has was decided before (cpu-expand.c) and is in env->features;
 * this file only reads. Values that follow the guest's own settings (OSXSAVE, APIC enabled, XSAVE area size) are
 * computed at the time of asking. No lock: called on the CPU's own thread, or while it is stopped.
 */
#include "qemu/osdep.h"
#include "hw/i386/apic.h"
#include "hw/i386/topology.h"
#include "target/i386/cpu.h"
#include "target/i386/cpu-leaves.h"

#define CPUID_1_EDX_APIC    (1u << 9)
#define CPUID_1_EDX_HT      (1u << 28)
#define CPUID_1_ECX_OSXSAVE (1u << 27)
#define CPUID_1_ECX_XSAVE   (1u << 26)
#define CPUID_7_ECX_OSPKE   (1u << 4)
#define CPUID_8001_ECX_CMP_LEGACY (1u << 1)

typedef struct Regs {
    uint32_t eax, ebx, ecx, edx;
} Regs;

static X86CPUTopoInfo topo_info(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);
    unsigned dies = MAX(env->nr_dies, 1);

    return (X86CPUTopoInfo) {
        .dies_per_pkg = dies,
        .modules_per_die = 1,
        .cores_per_module = MAX(cs->nr_cores / (int)dies, 1),
        .threads_per_core = MAX(cs->nr_threads, 1),
    };
}

static unsigned logical_per_package(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);

    return MAX(cs->nr_cores, 1) * MAX(cs->nr_threads, 1);
}

static bool is_amd(CPUX86State *env)
{
    return env->cpuid_vendor1 == CPUID_VENDOR_AMD_1 || env->cpuid_vendor1 == CPUID_VENDOR_HYGON_1;
}

/* ---- basic leaves ---- */

static void leaf_1(CPUX86State *env, Regs *r)
{
    X86CPU *cpu = env_archcpu(env);
    unsigned logical = logical_per_package(env);

    r->eax = env->cpuid_version;
    r->ebx = (cpu->apic_id & 0xff) << 24 | 8 << 8;      /* CLFLUSH line of 8 quadwords */
    r->ecx = env->features[FEAT_1_ECX];
    if (r->ecx & CPUID_1_ECX_XSAVE && env->cr[4] & CR4_OSXSAVE_MASK) {
        r->ecx |= CPUID_1_ECX_OSXSAVE;
    }
    r->edx = env->features[FEAT_1_EDX];
    if (cpu->apic_state && !(cpu_get_apic_base(cpu->apic_state) & MSR_IA32_APICBASE_ENABLE)) {
        r->edx &= ~CPUID_1_EDX_APIC;
    }
    if (logical > 1) {
        r->ebx |= MIN(logical, 255) << 16;
        r->edx |= CPUID_1_EDX_HT;
    }
}

static void leaf_2(CPUX86State *env, Regs *r)
{
    if (is_amd(env)) {
        return;
    }
    /* one byte per descriptor: L2 4 MB 16-way, L3 16 MB 16-way (see leaf 4), L1i and L1d 32 KB 8-way */
    r->eax = 0x01;
    r->ecx = 0x4d;
    r->edx = 0x002c307d;
}

static void encode_cache(const X86CacheInfo *c, unsigned sharing, Regs *r)
{
    r->eax = c->type | c->level << 5 | (c->needs_init ? 0 : 1 << 8) | (sharing - 1) << 14;
    r->ebx = (c->line_size - 1) | (c->partitions - 1) << 12 | (c->associativity - 1) << 22;
    r->ecx = c->sets - 1;
    r->edx = (c->wbinvd_lower ? 1 : 0) | (c->inclusive ? 2 : 0) | (c->complex_indexing ? 4 : 0);
}

/* L1 and L2 belong to a core, L3 to the package. */
static unsigned cache_sharing(CPUX86State *env, const X86CacheInfo *c)
{
    X86CPUTopoInfo t = topo_info(env);

    return c->level == 3 ? 1u << apicid_die_offset(&t) : 1u << apicid_core_offset(&t);
}

static void leaf_4(CPUX86State *env, uint32_t count, Regs *r)
{
    X86CPUTopoInfo t = topo_info(env);
    unsigned cores = 1u << (apicid_pkg_offset(&t) - apicid_core_offset(&t));
    const X86CacheInfo *c;

    if (is_amd(env) || count >= X86_CACHES) {
        return;
    }
    c = &x86_generic_caches[count];
    if (c->level == 3 && !env_archcpu(env)->enable_l3_cache) {
        return;
    }
    encode_cache(c, cache_sharing(env, c), r);
    r->eax |= (cores - 1) << 26;
}

static void leaf_b(CPUX86State *env, uint32_t count, Regs *r)
{
    X86CPU *cpu = env_archcpu(env);
    X86CPUTopoInfo t = topo_info(env);

    if (!cpu->enable_cpuid_0xb) {
        return;
    }
    r->ecx = count & 0xff;
    r->edx = cpu->apic_id;
    switch (count) {
    case 0:
        r->eax = apicid_core_offset(&t);
        r->ebx = t.threads_per_core;
        r->ecx |= 1 << 8;
        break;
    case 1:
        r->eax = apicid_pkg_offset(&t);
        r->ebx = logical_per_package(env);
        r->ecx |= 2 << 8;
        break;
    default:
        break;
    }
}

static void leaf_1f(CPUX86State *env, uint32_t count, Regs *r)
{
    X86CPUTopoInfo t = topo_info(env);

    if (t.dies_per_pkg < 2) {
        return;
    }
    leaf_b(env, count, r);
    if (count == 1) {
        r->eax = apicid_die_offset(&t);
        r->ebx = t.cores_per_module * t.threads_per_core;
    } else if (count == 2) {
        r->eax = apicid_pkg_offset(&t);
        r->ebx = logical_per_package(env);
        r->ecx |= 5 << 8;
    }
}

static void leaf_d(CPUX86State *env, uint32_t count, Regs *r)
{
    uint64_t components = x86_cpu_xsave_components(env);

    if (!components) {
        return;
    }
    if (count == 0) {
        r->eax = components;
        r->edx = components >> 32;
        r->ebx = x86_xsave_area_size(env->xcr0, false);
        r->ecx = x86_xsave_area_size(components, false);
    } else if (count == 1) {
        r->eax = env->features[FEAT_XSAVE];
        r->ebx = x86_xsave_area_size(env->xcr0 | env->xss, true);
    } else if (count < X86_XSAVE_COMPONENTS && components >> count & 1) {
        r->eax = x86_xsave_components[count].size;
        r->ebx = x86_xsave_components[count].offset;
    }
}

static void leaf_7(CPUX86State *env, uint32_t count, Regs *r)
{
    if (count == 0) {
        r->eax = env->features[FEAT_7_1_EAX] ? 1 : 0;
        r->ebx = env->features[FEAT_7_0_EBX];
        r->ecx = env->features[FEAT_7_0_ECX];
        r->edx = env->features[FEAT_7_0_EDX];
        if (x86_has_feature(env, FEAT_7_0_ECX, 3) && env->cr[4] & CR4_PKE_MASK) {
            r->ecx |= CPUID_7_ECX_OSPKE;
        }
    } else if (count == 1) {
        r->eax = env->features[FEAT_7_1_EAX];
    }
}

/* TSC and crystal: the APIC timer counts the crystal, so an OS that trusts this leaf calibrates nothing. */
static void leaf_15(CPUX86State *env, Regs *r)
{
    uint64_t crystal = env->apic_bus_freq ? env->apic_bus_freq : X86_APIC_BUS_FREQUENCY;
    uint64_t tsc_hz = env->tsc_khz * 1000ull, a, b, t;

    if (!tsc_hz || !x86_has_feature(env, FEAT_8000_0007_EDX, 8)) {
        return;                     /* a TSC that is not invariant has no nominal frequency */
    }
    for (a = tsc_hz, b = crystal; b; t = a % b, a = b, b = t) {
    }
    r->ecx = crystal;
    r->eax = crystal / a;
    r->ebx = tsc_hz / a;
}

static void basic_leaf(CPUX86State *env, uint32_t index, uint32_t count, Regs *r)
{
    switch (index) {
    case 0:
        *r = (Regs) { env->cpuid_level, env->cpuid_vendor1, env->cpuid_vendor3, env->cpuid_vendor2 };
        break;
    case 1:
        leaf_1(env, r);
        break;
    case 2:
        leaf_2(env, r);
        break;
    case 4:
        leaf_4(env, count, r);
        break;
    case 5:
        r->ecx = 3;                 /* MONITOR extensions: enumerated, interrupts break out */
        break;
    case 6:
        r->eax = env->features[FEAT_6_EAX];
        break;
    case 7:
        leaf_7(env, count, r);
        break;
    case 0xb:
        leaf_b(env, count, r);
        break;
    case 0xd:
        leaf_d(env, count, r);
        break;
    case 0x15:
        leaf_15(env, r);
        break;
    case 0x16:
        if (x86_has_feature(env, FEAT_8000_0007_EDX, 8)) {
            r->eax = r->ebx = env->tsc_khz / 1000;
            r->ecx = 100;
        }
        break;
    case 0x1f:
        leaf_1f(env, count, r);
        break;
    default:
        break;
    }
}

/* ---- hypervisor leaves ---- */

uint32_t x86_tcg_kvm_features(const CPUX86State *env)
{
    const X86CPU *cpu = container_of(env, const X86CPU, env);
    bool clock = env->features[FEAT_KVM] & (KVM_FEATURE_CLOCKSOURCE | KVM_FEATURE_CLOCKSOURCE2);

    return env->tcg && clock && cpu->expose_kvm ? env->features[FEAT_KVM] & TCG_KVM_FEATURES : 0;
}

/* @signature: twelve letters. */
static void signature_leaf(const char *signature, uint32_t last, Regs *r)
{
    memcpy(&r->ebx, signature, 4);
    memcpy(&r->ecx, signature + 4, 4);
    memcpy(&r->edx, signature + 8, 4);
    r->eax = last;
}

static void hypervisor_leaf(CPUX86State *env, uint32_t index, Regs *r)
{
    uint32_t kvm = x86_tcg_kvm_features(env);
    uint32_t own = kvm ? 0x40000100 : 0x40000000;       /* a second interface stands 100h further */

    if (kvm && index == 0x40000000) {
        signature_leaf("KVMKVMKVM\0\0", 0x40000001, r);
    } else if (kvm && index == 0x40000001) {
        r->eax = kvm;
    } else if (index == own && env_archcpu(env)->expose_tcg && env->tcg) {
        signature_leaf("TCGTCGTCGTCG", own + 1, r);     /* what guests recognise as plain software emulation */
    }
}

/* ---- extended leaves ---- */

static void leaf_80000001(CPUX86State *env, Regs *r)
{
    r->eax = env->cpuid_version;
    r->ecx = env->features[FEAT_8000_0001_ECX];
    r->edx = env->features[FEAT_8000_0001_EDX];
    if (is_amd(env)) {
        r->edx |= env->features[FEAT_1_EDX] & CPUID_8001_EDX_AMD_ALIASES;
        if (logical_per_package(env) > 1) {
            r->ecx |= CPUID_8001_ECX_CMP_LEGACY;
        }
    }
}

static uint32_t amd_l1_cache(const X86CacheInfo *c)
{
    return (c->size / 1024) << 24 | c->associativity << 16 | 1 << 8 | c->line_size;
}

/* Associativity code of leaf 80000006h. */
static uint32_t amd_assoc_code(unsigned ways)
{
    static const uint8_t map[][2] = {
        { 1, 1 }, { 2, 2 }, { 4, 4 }, { 8, 6 }, { 16, 8 }, { 32, 0xa }, { 48, 0xb }, { 64, 0xc }, { 96, 0xd },
        { 128, 0xe },
    };
    for (size_t i = 0; i < ARRAY_SIZE(map); i++) {
        if (map[i][0] == ways) {
            return map[i][1];
        }
    }
    return 0;
}

static const X86CacheInfo *amd_caches(CPUX86State *env)
{
    return env_archcpu(env)->legacy_cache ? x86_generic_amd_caches : x86_zen_caches;
}

static void leaf_80000005(CPUX86State *env, Regs *r)
{
    const X86CacheInfo *c = amd_caches(env);

    /* TLBs: 255 entries of either page size, associativity 1 */
    r->eax = 0x01ff01ff;
    r->ebx = 0x01ff01ff;
    r->ecx = amd_l1_cache(&c[X86_CACHE_L1D]);
    r->edx = amd_l1_cache(&c[X86_CACHE_L1I]);
}

static void leaf_80000006(CPUX86State *env, Regs *r)
{
    const X86CacheInfo *l2 = &amd_caches(env)[X86_CACHE_L2], *l3 = &amd_caches(env)[X86_CACHE_L3];

    r->ebx = 0x42004200;
    r->ecx = (l2->size / 1024) << 16 | amd_assoc_code(l2->associativity) << 12 | 1 << 8 | l2->line_size;
    r->edx = (l3->size / (512 * 1024)) << 18 | amd_assoc_code(l3->associativity) << 12 | 1 << 8 | l3->line_size;
}

static void leaf_80000008(CPUX86State *env, Regs *r)
{
    X86CPUTopoInfo t = topo_info(env);
    bool la57 = x86_has_feature(env, FEAT_7_0_ECX, 16);
    unsigned logical = logical_per_package(env);

    r->eax = env_archcpu(env)->phys_bits;
    if (x86_has_feature(env, FEAT_8000_0001_EDX, 29)) {
        r->eax |= (la57 ? 57 : 48) << 8;
    } else {
        r->eax |= 32 << 8;
    }
    r->ebx = env->features[FEAT_8000_0008_EBX];
    if (logical > 1) {
        r->ecx = apicid_pkg_offset(&t) << 12 | (logical - 1);
    }
}

static void leaf_8000001d(CPUX86State *env, uint32_t count, Regs *r)
{
    if (x86_has_feature(env, FEAT_8000_0001_ECX, 22) && count < X86_CACHES) {
        const X86CacheInfo *c = &amd_caches(env)[count];

        encode_cache(c, cache_sharing(env, c), r);
    }
}

static void leaf_8000001e(CPUX86State *env, Regs *r)
{
    X86CPU *cpu = env_archcpu(env);
    X86CPUTopoInfo t = topo_info(env);
    X86CPUTopoIDs ids;

    if (!x86_has_feature(env, FEAT_8000_0001_ECX, 22)) {
        return;
    }
    x86_topo_ids_from_apicid(cpu->apic_id, &t, &ids);
    r->eax = cpu->apic_id;
    r->ebx = ids.core_id | (t.threads_per_core - 1) << 8;
    r->ecx = ids.pkg_id | (t.dies_per_pkg - 1) << 8;
}

static void extended_leaf(CPUX86State *env, uint32_t index, uint32_t count, Regs *r)
{
    switch (index) {
    case 0x80000000:
        *r = (Regs) { env->cpuid_xlevel, env->cpuid_vendor1, env->cpuid_vendor3, env->cpuid_vendor2 };
        break;
    case 0x80000001:
        leaf_80000001(env, r);
        break;
    case 0x80000002 ... 0x80000004:
        memcpy(r, &env->cpuid_model[(index - 0x80000002) * 4], sizeof(*r));
        break;
    case 0x80000005:
        leaf_80000005(env, r);
        break;
    case 0x80000006:
        leaf_80000006(env, r);
        break;
    case 0x80000007:
        r->edx = env->features[FEAT_8000_0007_EDX];
        break;
    case 0x80000008:
        leaf_80000008(env, r);
        break;
    case 0x8000000a:
        if (x86_has_feature(env, FEAT_8000_0001_ECX, 2)) {
            *r = (Regs) { 1, 0x10, 0, env->features[FEAT_SVM] };
        }
        break;
    case 0x8000001d:
        leaf_8000001d(env, count, r);
        break;
    case 0x8000001e:
        leaf_8000001e(env, r);
        break;
    default:
        break;
    }
}

/* A leaf beyond the highest one answers as the highest basic leaf on Intel, zero on AMD; see the SDM's note. */
static uint32_t clamp_leaf(CPUX86State *env, uint32_t index)
{
    uint32_t limit = env->cpuid_level;

    if (index >= 0xc0000000) {
        limit = env->cpuid_xlevel2;
    } else if (index >= 0x80000000) {
        limit = env->cpuid_xlevel;
    } else if (index >= 0x40000000) {
        limit = index >= 0x40000100 && x86_tcg_kvm_features(env) ? 0x40000101 : 0x40000001;
    }
    return index <= limit ? index : env->cpuid_level;
}

void cpu_x86_cpuid(CPUX86State *env, uint32_t index, uint32_t count, uint32_t *eax, uint32_t *ebx, uint32_t *ecx,
                   uint32_t *edx)
{
    Regs r = { 0 };

    index = clamp_leaf(env, index);
    if (index >= 0xc0000000) {
        if (index == 0xc0000000) {
            r.eax = env->cpuid_xlevel2;
        } else if (index == 0xc0000001) {
            r.edx = env->features[FEAT_C000_0001_EDX];
        }
    } else if (index >= 0x80000000) {
        extended_leaf(env, index, count, &r);
    } else if (index >= 0x40000000) {
        hypervisor_leaf(env, index, &r);
    } else {
        basic_leaf(env, index, count, &r);
    }
    *eax = r.eax;
    *ebx = r.ebx;
    *ecx = r.ecx;
    *edx = r.edx;
}

/* ---- caches ---- */

#define KiB_ 1024u
const X86CacheInfo x86_generic_caches[X86_CACHES] = {
    [X86_CACHE_L1D] = { 1, 1, 64, 8, 1, 64, 32 * KiB_, .wbinvd_lower = true },
    [X86_CACHE_L1I] = { 2, 1, 64, 8, 1, 64, 32 * KiB_, .wbinvd_lower = true },
    [X86_CACHE_L2] = { 3, 2, 64, 16, 1, 4096, 4096 * KiB_, .wbinvd_lower = true },
    [X86_CACHE_L3] = { 3, 3, 64, 16, 1, 16384, 16384 * KiB_, .inclusive = true, .complex_indexing = true },
};
const X86CacheInfo x86_generic_amd_caches[X86_CACHES] = {
    [X86_CACHE_L1D] = { 1, 1, 64, 2, 1, 512, 64 * KiB_, .wbinvd_lower = true },
    [X86_CACHE_L1I] = { 2, 1, 64, 2, 1, 512, 64 * KiB_, .wbinvd_lower = true },
    [X86_CACHE_L2] = { 3, 2, 64, 16, 1, 512, 512 * KiB_ },
    [X86_CACHE_L3] = { 3, 3, 64, 16, 1, 16384, 16384 * KiB_, .inclusive = true, .complex_indexing = true },
};
const X86CacheInfo x86_zen_caches[X86_CACHES] = {
    [X86_CACHE_L1D] = { 1, 1, 64, 8, 1, 64, 32 * KiB_, .wbinvd_lower = true },
    [X86_CACHE_L1I] = { 2, 1, 64, 4, 1, 256, 64 * KiB_, .wbinvd_lower = true },
    [X86_CACHE_L2] = { 3, 2, 64, 8, 1, 1024, 512 * KiB_, .needs_init = true },
    [X86_CACHE_L3] = { 3, 3, 64, 16, 1, 8192, 8192 * KiB_, .inclusive = true, .complex_indexing = true },
};
