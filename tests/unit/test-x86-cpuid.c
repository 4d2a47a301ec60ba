// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CPUID of named models against numbers printed by the reference on a 7.2 machine (`-cpu X`, one CPU unless said).
 * No accelerator is chosen, so nothing is filtered: this is about models and the encoding of leaves.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/accel.h"
#include "qemu/module.h"
#include "target/i386/cpu-leaves.h"
#include "target/i386/cpu-models.h"

typedef struct Leaf {
    uint32_t index, count, eax, ebx, ecx, edx;
} Leaf;

static X86CPU *make_cpu(const char *model)
{
    g_autofree char *typename = g_strdup_printf("%s" X86_CPU_TYPE_SUFFIX, model);
    X86CPU *cpu = X86_CPU(object_new(typename));

    cpu->apic_id = 0;
    cpu->phys_bits = 40;
    CPU(cpu)->nr_cores = CPU(cpu)->nr_threads = 1;
    g_assert_true(x86_cpu_expand_features(cpu, &error_abort));
    cpu->env.xcr0 = 1;
    return cpu;
}

static void check_leaves(X86CPU *cpu, const Leaf *leaves, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const Leaf *l = &leaves[i];
        uint32_t a, b, c, d;

        cpu_x86_cpuid(&cpu->env, l->index, l->count, &a, &b, &c, &d);
        if (a != l->eax || b != l->ebx || c != l->ecx || d != l->edx) {
            g_test_message("leaf %08x/%x: %08x %08x %08x %08x, expected %08x %08x %08x %08x", l->index, l->count, a, b,
                           c, d, l->eax, l->ebx, l->ecx, l->edx);
            g_test_fail();
        }
    }
}

static void test_qemu64(void)
{
    static const Leaf leaves[] = {
        { 0, 0, 0xd, 0x68747541, 0x444d4163, 0x69746e65 },
        { 1, 0, 0x00060fb1, 0x00000800, 0x80002001, 0x078bfbfd },
        { 2, 0, 0, 0, 0, 0 },
        { 4, 0, 0, 0, 0, 0 },
        { 7, 0, 0, 0, 0, 0 },
        { 0xb, 0, 0, 1, 0x100, 0 },
        { 0xb, 1, 0, 1, 0x201, 0 },
        { 0xb, 2, 0, 0, 2, 0 },
        { 0xd, 0, 0, 0, 0, 0 },
        { 0x80000000, 0, 0x8000000a, 0x68747541, 0x444d4163, 0x69746e65 },
        { 0x80000001, 0, 0x00060fb1, 0, 0x5, 0x2193fbfd },
        { 0x80000002, 0, 0x554d4551, 0x72695620, 0x6c617574, 0x55504320 },
        { 0x80000003, 0, 0x72657620, 0x6e6f6973, 0x352e3220, 0x2b },
        { 0x80000005, 0, 0x01ff01ff, 0x01ff01ff, 0x40020140, 0x40020140 },
        { 0x80000006, 0, 0, 0x42004200, 0x02008140, 0x00808140 },
        { 0x80000008, 0, 0x3028, 0, 0, 0 },
        { 0x8000000a, 0, 1, 0x10, 0, 0 },
    };
    X86CPU *cpu = make_cpu("qemu64");

    check_leaves(cpu, leaves, ARRAY_SIZE(leaves));
    object_unref(cpu);
}

static void test_haswell(void)
{
    static const Leaf leaves[] = {
        { 0, 0, 0xd, 0x756e6547, 0x6c65746e, 0x49656e69 },
        /* with PCID, x2APIC and the TSC deadline, which the reference's emulation drops */
        { 1, 0, 0x000306c4, 0x00000800, 0xf6d83203 | 1 << 17 | 1 << 21 | 1 << 24 | 1 << 12 | 1 << 29, 0x078bfbfd },
        { 2, 0, 0x1, 0, 0x4d, 0x002c307d },
        { 4, 0, 0x121, 0x01c0003f, 0x3f, 1 },
        { 4, 1, 0x122, 0x01c0003f, 0x3f, 1 },
        { 4, 2, 0x143, 0x03c0003f, 0xfff, 1 },
        { 4, 3, 0x163, 0x03c0003f, 0x3fff, 6 },
        { 4, 4, 0, 0, 0, 0 },
        { 6, 0, 4, 0, 0, 0 },
        { 7, 0, 0, 0xfb9, 0, 0 },
        { 0xd, 0, 7, 0x240, 0x340, 0 },
        { 0xd, 2, 0x100, 0x240, 0, 0 },
        { 0x80000000, 0, 0x80000008, 0x756e6547, 0x6c65746e, 0x49656e69 },
        { 0x80000001, 0, 0x000306c4, 0, 0x21, 0x28100800 },
    };
    X86CPU *cpu = make_cpu("Haswell");

    check_leaves(cpu, leaves, ARRAY_SIZE(leaves));
    object_unref(cpu);
}

static void test_epyc_topology(void)
{
    static const Leaf leaves[] = {
        { 0xb, 0, 1, 2, 0x100, 0 },
        { 0xb, 1, 2, 4, 0x201, 0 },
        { 0x80000005, 0, 0x01ff01ff, 0x01ff01ff, 0x20080140, 0x40040140 },
        { 0x80000006, 0, 0, 0x42004200, 0x02006140, 0x00408140 },
        { 0x8000001d, 0, 0x4121, 0x01c0003f, 0x3f, 1 },
        { 0x8000001d, 1, 0x4122, 0x00c0003f, 0xff, 1 },
        { 0x8000001d, 2, 0x4043, 0x01c0003f, 0x3ff, 0 },
        { 0x8000001d, 3, 0xc163, 0x03c0003f, 0x1fff, 6 },
        { 0x8000001e, 0, 0, 0x100, 0, 0 },
    };
    X86CPU *cpu = make_cpu("EPYC-v3");

    CPU(cpu)->nr_cores = CPU(cpu)->nr_threads = 2;
    check_leaves(cpu, leaves, ARRAY_SIZE(leaves));
    object_unref(cpu);
}

/* The fixed models run only what this emulator can do, so that the default CPU never warns. */
static void test_fixed_models_are_supported(void)
{
    static const char *const models[] = { "x86-64-v2", "x86-64-v3" };

    tcg_allowed = true;
    for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
        X86CPU *cpu = make_cpu(models[i]);

        g_assert_true(x86_cpu_filter_features(cpu, &error_abort));
        for (unsigned w = 0; w < FEATURE_WORDS; w++) {
            g_assert_cmphex(cpu->filtered_features[w], ==, 0);
        }
        object_unref(cpu);
    }
    tcg_allowed = false;
}

static void test_every_model(void)
{
    for (size_t i = 0; i < x86_cpu_models_count; i++) {
        const X86CPUModel *m = &x86_cpu_models[i];
        g_auto(GStrv) names = g_strsplit(m->features ? m->features : "", " ", -1);
        g_autofree char *versioned = g_strdup_printf("%s-v%u", m->name, m->version);

        for (char **n = names; *n; n++) {
            FeatureWordArray scratch = { 0 };

            if (!x86_feature_apply_list(scratch, *n, NULL)) {
                g_error("%s lists unknown feature %s", versioned, *n);
            }
        }
        object_unref(make_cpu(versioned));
    }
}

static void test_feature_properties(void)
{
    X86CPU *cpu = X86_CPU(object_new("Haswell" X86_CPU_TYPE_SUFFIX));
    Error *err = NULL;

    g_assert_true(object_property_get_bool(OBJECT(cpu), "avx2", &error_abort));
    g_assert_true(object_property_get_bool(OBJECT(cpu), "sse4_1", &error_abort));
    g_assert_true(object_property_set_bool(OBJECT(cpu), "sse4-1", false, &error_abort));
    g_assert_false(object_property_get_bool(OBJECT(cpu), "sse4.1", &error_abort));
    g_assert_cmpint(object_property_get_int(OBJECT(cpu), "model", &error_abort), ==, 60);
    g_assert_false(object_property_set_int(OBJECT(cpu), "stepping", 16, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "stepping"));
    error_free(err);
    err = NULL;
    g_assert_false(object_property_set_str(OBJECT(cpu), "vendor", "short", &err));
    error_free(err);
    /* switching off a feature takes what depends on it along */
    object_property_set_bool(OBJECT(cpu), "xsave", false, &error_abort);
    x86_cpu_expand_features(cpu, &error_abort);
    g_assert_false(object_property_get_bool(OBJECT(cpu), "avx2", &error_abort));
    object_unref(cpu);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init(MODULE_INIT_QOM);
    g_test_add_func("/x86/cpuid/qemu64", test_qemu64);
    g_test_add_func("/x86/cpuid/haswell", test_haswell);
    g_test_add_func("/x86/cpuid/epyc-topology", test_epyc_topology);
    g_test_add_func("/x86/cpuid/fixed-models", test_fixed_models_are_supported);
    g_test_add_func("/x86/cpuid/every-model", test_every_model);
    g_test_add_func("/x86/cpuid/properties", test_feature_properties);
    return g_test_run();
}
