// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Properties of CPU objects: a boolean per named CPUID bit, identity (vendor, family, ...), and switches.
 *
 * All can be set until the CPU is realized; a feature the user set, on or off, is remembered in user_features so
 * that neither the model nor the accelerator's defaults override it. BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "target/i386/cpu.h"
#include "target/i386/cpu-leaves.h"

/* ---- feature bits ---- */

typedef struct FeatureProp {
    FeatureWord word;
    uint64_t mask;
} FeatureProp;

static void feature_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    const FeatureProp *p = opaque;
    bool value = (X86_CPU(obj)->env.features[p->word] & p->mask) == p->mask;

    visit_type_bool(v, name, &value, errp);
}

static bool settable(Object *obj, const char *name, Error **errp)
{
    if (DEVICE(obj)->realized) {
        error_setg(errp, "Property '%s' of a CPU cannot change once the CPU exists", name);
        return false;
    }
    return true;
}

static void feature_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    const FeatureProp *p = opaque;
    CPUX86State *env = &X86_CPU(obj)->env;
    bool value;

    if (!settable(obj, name, errp) || !visit_type_bool(v, name, &value, errp)) {
        return;
    }
    env->features[p->word] = value ? env->features[p->word] | p->mask : env->features[p->word] & ~p->mask;
    env->user_features[p->word] |= p->mask;
}

static void add_feature(ObjectClass *oc, const char *name)
{
    FeatureProp *p = g_new(FeatureProp, 1);     /* lives as long as the class */
    unsigned iter = 0;

    if (object_class_property_find(oc, name) || !x86_feature_lookup(name, &iter, &p->word, &p->mask)) {
        g_free(p);
        return;
    }
    object_class_property_add(oc, name, "bool", feature_get, feature_set, NULL, p);
}

static void add_features(ObjectClass *oc)
{
    for (unsigned w = 0; w < FEATURE_WORDS; w++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            if (feature_word_info[w].names[bit]) {
                add_feature(oc, feature_word_info[w].names[bit]);
            }
        }
    }
    for (size_t i = 0; i < feature_aliases_count; i++) {
        add_feature(oc, feature_aliases[i].alias);
    }
}

/* ---- family, model, stepping: fields of CPUID leaf 1 EAX (SDM vol. 2A, figure 3-6) ---- */

typedef enum VersionField { VERSION_FAMILY, VERSION_MODEL, VERSION_STEPPING } VersionField;

static int64_t version_field_get(uint32_t version, VersionField field)
{
    unsigned family = version >> 8 & 15;

    switch (field) {
    case VERSION_FAMILY:
        return family == 15 ? family + (version >> 20 & 0xff) : family;
    case VERSION_MODEL:
        return (version >> 4 & 15) | (version >> 12 & 0xf0);
    default:
        return version & 15;
    }
}

static uint32_t version_field_set(uint32_t version, VersionField field, unsigned value)
{
    switch (field) {
    case VERSION_FAMILY:
        version &= ~0x0ff00f00u;
        return value > 15 ? version | 0xf00 | (value - 15) << 20 : version | value << 8;
    case VERSION_MODEL:
        return (version & ~0xf00f0u) | (value & 15) << 4 | value >> 4 << 16;
    default:
        return (version & ~15u) | value;
    }
}

static const struct {
    const char *name;
    VersionField field;
    int64_t max;
} version_props[] = {
    { "family", VERSION_FAMILY, 0xff + 15 },
    { "model", VERSION_MODEL, 0xff },
    { "stepping", VERSION_STEPPING, 15 },
};

static void version_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    int64_t value = version_field_get(X86_CPU(obj)->env.cpuid_version, version_props[GPOINTER_TO_UINT(opaque)].field);

    visit_type_int(v, name, &value, errp);
}

static void version_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    unsigned i = GPOINTER_TO_UINT(opaque);
    CPUX86State *env = &X86_CPU(obj)->env;
    int64_t value;

    if (!settable(obj, name, errp) || !visit_type_int(v, name, &value, errp)) {
        return;
    }
    if (value < 0 || value > version_props[i].max) {
        error_setg(errp, "Property '%s' of a CPU doesn't take value %" PRId64 " (minimum: 0, maximum: %" PRId64 ")",
                   name, value, version_props[i].max);
        return;
    }
    env->cpuid_version = version_field_set(env->cpuid_version, version_props[i].field, value);
}

/* ---- vendor and model-id: strings spread over registers ---- */

static char *vendor_get(Object *obj, Error **errp)
{
    CPUX86State *env = &X86_CPU(obj)->env;
    uint32_t words[3] = { env->cpuid_vendor1, env->cpuid_vendor2, env->cpuid_vendor3 };

    return g_strndup((const char *)words, sizeof(words));
}

static void vendor_set(Object *obj, const char *value, Error **errp)
{
    CPUX86State *env = &X86_CPU(obj)->env;

    if (!settable(obj, "vendor", errp)) {
        return;
    }
    if (strlen(value) != 12) {
        error_setg(errp, "Property 'vendor' of a CPU must have 12 characters, '%s' has %zu", value, strlen(value));
        return;
    }
    memcpy(&env->cpuid_vendor1, value, 4);
    memcpy(&env->cpuid_vendor2, value + 4, 4);
    memcpy(&env->cpuid_vendor3, value + 8, 4);
}

static char *model_id_get(Object *obj, Error **errp)
{
    return g_strndup((const char *)X86_CPU(obj)->env.cpuid_model, 48);
}

static void model_id_set(Object *obj, const char *value, Error **errp)
{
    CPUX86State *env = &X86_CPU(obj)->env;

    if (settable(obj, "model-id", errp)) {
        memset(env->cpuid_model, 0, sizeof(env->cpuid_model));
        memcpy(env->cpuid_model, value, MIN(strlen(value), sizeof(env->cpuid_model)));
    }
}

/* ---- TSC frequency, in Hz ---- */

static void tsc_frequency_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    int64_t value = X86_CPU(obj)->env.user_tsc_khz * 1000;

    visit_type_int(v, name, &value, errp);
}

static void tsc_frequency_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    CPUX86State *env = &X86_CPU(obj)->env;
    int64_t value;

    if (!settable(obj, name, errp) || !visit_type_int(v, name, &value, errp)) {
        return;
    }
    if (value < 0 || value > 1000 * (int64_t)UINT32_MAX) {
        error_setg(errp, "Property 'tsc-frequency' of a CPU doesn't take value %" PRId64, value);
        return;
    }
    env->tsc_khz = env->user_tsc_khz = value / 1000;
}

/* ---- the plain ones ---- */

#define HV_BIT(_name, _bit) DEFINE_PROP_BIT64("hv-" _name, X86CPU, hyperv_features, _bit, false)

static const Property x86_cpu_properties[] = {
    DEFINE_PROP_UINT32("apic-id", X86CPU, apic_id, UNASSIGNED_APIC_ID),
    DEFINE_PROP_INT32("thread-id", X86CPU, thread_id, -1),
    DEFINE_PROP_INT32("core-id", X86CPU, core_id, -1),
    DEFINE_PROP_INT32("die-id", X86CPU, die_id, -1),
    DEFINE_PROP_INT32("socket-id", X86CPU, socket_id, -1),
    DEFINE_PROP_INT32("node-id", X86CPU, node_id, -1),
    DEFINE_PROP_BOOL("pmu", X86CPU, enable_pmu, false),
    DEFINE_PROP_UINT64("lbr-fmt", X86CPU, lbr_fmt, ~0x3full),
    DEFINE_PROP_UINT64("lbr_fmt", X86CPU, lbr_fmt, ~0x3full),
    DEFINE_PROP_BOOL("check", X86CPU, check_cpuid, true),
    DEFINE_PROP_BOOL("enforce", X86CPU, enforce_cpuid, false),
    DEFINE_PROP_BOOL("x-force-features", X86CPU, force_features, false),
    DEFINE_PROP_BOOL("kvm", X86CPU, expose_kvm, true),
    DEFINE_PROP_BOOL("tcg-cpuid", X86CPU, expose_tcg, true),
    DEFINE_PROP_UINT32("phys-bits", X86CPU, phys_bits, 0),
    DEFINE_PROP_BOOL("host-phys-bits", X86CPU, host_phys_bits, false),
    DEFINE_PROP_UINT8("host-phys-bits-limit", X86CPU, host_phys_bits_limit, 0),
    DEFINE_PROP_BOOL("fill-mtrr-mask", X86CPU, fill_mtrr_mask, true),
    DEFINE_PROP_UINT32("level-func7", X86CPU, level_func7, 0),
    DEFINE_PROP_UINT32("level", X86CPU, env.cpuid_level, UINT32_MAX),
    DEFINE_PROP_UINT32("xlevel", X86CPU, env.cpuid_xlevel, UINT32_MAX),
    DEFINE_PROP_UINT32("xlevel2", X86CPU, env.cpuid_xlevel2, UINT32_MAX),
    DEFINE_PROP_UINT32("min-level", X86CPU, env.cpuid_min_level, 0),
    DEFINE_PROP_UINT32("min-xlevel", X86CPU, env.cpuid_min_xlevel, 0),
    DEFINE_PROP_UINT32("min-xlevel2", X86CPU, env.cpuid_min_xlevel2, 0),
    DEFINE_PROP_UINT64("ucode-rev", X86CPU, ucode_rev, 0),
    DEFINE_PROP_BOOL("full-cpuid-auto-level", X86CPU, full_cpuid_auto_level, true),
    DEFINE_PROP_BOOL("cpuid-0xb", X86CPU, enable_cpuid_0xb, true),
    DEFINE_PROP_BOOL("x-vendor-cpuid-only", X86CPU, vendor_cpuid_only, true),
    DEFINE_PROP_BOOL("lmce", X86CPU, enable_lmce, false),
    DEFINE_PROP_BOOL("l3-cache", X86CPU, enable_l3_cache, true),
    DEFINE_PROP_BOOL("legacy-cache", X86CPU, legacy_cache, true),
    DEFINE_PROP_BOOL("migratable", X86CPU, migratable, true),
    DEFINE_PROP_BOOL("host-cache-info", X86CPU, cache_info_passthrough, false),
    DEFINE_PROP_BOOL("kvm-no-smi-migration", X86CPU, kvm_no_smi_migration, false),
    DEFINE_PROP_BOOL("kvm-pv-enforce-cpuid", X86CPU, kvm_pv_enforce_cpuid, false),
    DEFINE_PROP_BOOL("vmware-cpuid-freq", X86CPU, vmware_cpuid_freq, true),
    DEFINE_PROP_BOOL("x-migrate-smi-count", X86CPU, migrate_smi_count, true),
    DEFINE_PROP_BOOL("x-intel-pt-auto-level", X86CPU, intel_pt_auto_level, true),
    DEFINE_PROP_UINT32("hv-spinlocks", X86CPU, hyperv_spinlock_attempts, UINT32_MAX),
    DEFINE_PROP_STRING("hv-vendor-id", X86CPU, hyperv_vendor),
    DEFINE_PROP_UINT32("hv-version-id-build", X86CPU, hyperv_ver_build, 14393),
    DEFINE_PROP_UINT16("hv-version-id-major", X86CPU, hyperv_ver_major, 10),
    DEFINE_PROP_UINT16("hv-version-id-minor", X86CPU, hyperv_ver_minor, 0),
    DEFINE_PROP_UINT32("hv-version-id-spack", X86CPU, hyperv_ver_sp, 0),
    DEFINE_PROP_UINT8("hv-version-id-sbranch", X86CPU, hyperv_ver_sb, 0),
    DEFINE_PROP_UINT32("hv-version-id-snumber", X86CPU, hyperv_ver_sn, 0),
    DEFINE_PROP_BOOL("hv-passthrough", X86CPU, hyperv_passthrough, false),
    DEFINE_PROP_BOOL("hv-enforce-cpuid", X86CPU, hyperv_enforce_cpuid, false),
    DEFINE_PROP_BOOL("x-hv-synic-kvm-only", X86CPU, hyperv_synic_kvm_only, false),
    DEFINE_PROP_INT32("x-hv-max-vps", X86CPU, hv_max_vps, -1),
    HV_BIT("relaxed", 0), HV_BIT("vapic", 1), HV_BIT("time", 2), HV_BIT("crash", 3), HV_BIT("reset", 4),
    HV_BIT("vpindex", 5), HV_BIT("runtime", 6), HV_BIT("synic", 7), HV_BIT("stimer", 8), HV_BIT("frequencies", 9),
    HV_BIT("reenlightenment", 10), HV_BIT("tlbflush", 11), HV_BIT("evmcs", 12), HV_BIT("ipi", 13),
    HV_BIT("stimer-direct", 14), HV_BIT("avic", 15), HV_BIT("apicv", 15), HV_BIT("syndbg", 16),
    HV_BIT("emsr-bitmap", 17), HV_BIT("xmm-input", 18), HV_BIT("tlbflush-ext", 19), HV_BIT("tlbflush-direct", 20),
};

void x86_cpu_add_properties(ObjectClass *oc)
{
    device_class_set_props(DEVICE_CLASS(oc), x86_cpu_properties);
    for (unsigned i = 0; i < ARRAY_SIZE(version_props); i++) {
        object_class_property_add(oc, version_props[i].name, "int", version_get, version_set, NULL,
                                  GUINT_TO_POINTER(i));
    }
    object_class_property_add(oc, "tsc-frequency", "int", tsc_frequency_get, tsc_frequency_set, NULL, NULL);
    object_class_property_add_str(oc, "vendor", vendor_get, vendor_set);
    object_class_property_add_str(oc, "model-id", model_id_get, model_id_set);
    add_features(oc);
    x86_cpu_add_query_properties(oc);
}
