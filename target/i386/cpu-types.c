// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CPU types: one per named model, version and alias, and the special ones (base, max, host); how `-cpu` text becomes
 * a type and properties; `-cpu help`. BQL.
 */
#include "qemu/osdep.h"
#include <cpuid.h>
#include "hw/core/qdev-properties.h"
#include "qapi/error.h"
#include "qemu/cutils.h"
#include "qemu/error-report.h"
#include "target/i386/cpu-models.h"
#include "target/i386/cpu.h"
#include "target/i386/cpu-leaves.h"

/* What a type was registered as: the class's data. */
typedef struct TypeSpec {
    X86CPUKind kind;
    const X86CPUModel *model;
    const char *description;
} TypeSpec;

/* The version a model name without one stands for; fixed, so that guests keep their CPU. */
#define DEFAULT_MODEL_VERSION 1

/* ---- instances ---- */

static void set_identity(CPUX86State *env, const char *vendor, int family, int model, int stepping,
                         const char *model_id)
{
    Object *obj = OBJECT(env_archcpu(env));

    object_property_set_str(obj, "vendor", vendor, &error_abort);
    object_property_set_int(obj, "family", family, &error_abort);
    object_property_set_int(obj, "model", model, &error_abort);
    object_property_set_int(obj, "stepping", stepping, &error_abort);
    object_property_set_str(obj, "model-id", model_id, &error_abort);
}

static void init_model(X86CPU *cpu, const X86CPUModel *row)
{
    CPUX86State *env = &cpu->env;
    X86CPUDefinition def;

    x86_cpu_model_resolve(row, &def);
    set_identity(env, def.vendor, def.family, def.model, def.stepping, def.model_id);
    memcpy(env->features, def.features, sizeof(env->features));
    env->features[FEAT_1_ECX] |= 1u << 31;
    env->cpuid_min_level = def.level;
    env->cpuid_min_xlevel = def.xlevel;
    cpu->legacy_cache = !def.own_caches;
}

static void init_max(X86CPU *cpu)
{
    set_identity(&cpu->env, "GenuineIntel", 6, 143, 4, "Virtual processor with all features");
    cpu->env.cpuid_min_level = 0x16;
    cpu->env.cpuid_min_xlevel = 0x80000008;
}

static void init_host(X86CPU *cpu)
{
    CPUX86State *env = &cpu->env;
    uint32_t r[12 + 4];

    init_max(cpu);
    __cpuid(0, r[0], env->cpuid_vendor1, env->cpuid_vendor3, env->cpuid_vendor2);
    __cpuid(1, env->cpuid_version, r[1], r[2], r[3]);
    env->cpuid_version &= 0x0fff0fff;
    for (unsigned i = 0; i < 3; i++) {
        __cpuid(0x80000002 + i, env->cpuid_model[i * 4], env->cpuid_model[i * 4 + 1], env->cpuid_model[i * 4 + 2],
                env->cpuid_model[i * 4 + 3]);
    }
}

void x86_cpu_instance_init(Object *obj)
{
    X86CPU *cpu = X86_CPU(obj);
    X86CPUClass *xcc = X86_CPU_GET_CLASS(obj);

    cpu->env.old_exception = -1;
    switch (xcc->kind) {
    case X86_CPU_KIND_MODEL:
        init_model(cpu, xcc->model);
        break;
    case X86_CPU_KIND_MAX:
        init_max(cpu);
        break;
    case X86_CPU_KIND_HOST:
        init_host(cpu);
        break;
    default:
        break;
    }
}

/* ---- -cpu NAME[,...] ---- */

ObjectClass *x86_cpu_class_by_name(const char *cpu_model)
{
    g_autofree char *typename = g_strdup_printf("%s" X86_CPU_TYPE_SUFFIX, cpu_model);

    return object_class_by_name(typename);
}

static void add_global(const char *typename, const char *property, const char *value)
{
    GlobalProperty *prop = g_new0(GlobalProperty, 1);       /* kept by the list of globals */

    prop->driver = g_strdup(typename);
    prop->property = g_strdup(property);
    prop->value = g_strdup(value);
    qdev_prop_register_global(prop);
}

/* "tsc-freq=2.5G" is an older spelling of tsc-frequency, with decimal suffixes. */
static bool add_tsc_freq(const char *typename, const char *value, Error **errp)
{
    uint64_t hz;
    g_autofree char *text = NULL;

    if (qemu_strtosz_metric(value, NULL, &hz) < 0) {
        error_setg(errp, "bad numerical value %s for tsc-freq", value);
        return false;
    }
    text = g_strdup_printf("%" PRIu64, hz);
    add_global(typename, "tsc-frequency", text);
    return true;
}

void x86_cpu_parse_features(const char *typename, char *str, Error **errp)
{
    g_auto(GStrv) words = g_strsplit(str ? str : "", ",", -1);

    /* name=value first, then +name and -name: a bare sign wins over an assignment, as it always has */
    for (char **p = words; *p; p++) {
        char *eq = strchr(*p, '=');
        const char *value = "on";

        if (**p == '+' || **p == '-' || !**p) {
            continue;
        }
        if (eq) {
            *eq = '\0';
            value = eq + 1;
        }
        g_strdelimit(*p, "_", '-');
        if (!strcmp(*p, "tsc-freq")) {
            if (!add_tsc_freq(typename, value, errp)) {
                return;
            }
        } else {
            add_global(typename, *p, value);
        }
    }
    for (char **p = words; *p; p++) {
        if (**p == '+' || **p == '-') {
            g_strdelimit(*p + 1, "_", '-');
            add_global(typename, *p + 1, **p == '+' ? "on" : "off");
        }
    }
}

/* ---- help ---- */

static void help_line(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, "x86 %-20s  %s\n", name, text);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void help_models(GString *out)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; i < x86_cpu_models_count; i++) {
        const X86CPUModel *m = &x86_cpu_models[i];
        g_autofree char *versioned = NULL;
        X86CPUDefinition def;

        x86_cpu_model_resolve(m, &def);
        if (m->version == 1) {
            g_ptr_array_add(lines, g_strdup_printf("%-20s  (alias configured by machine type)", m->name));
        }
        if (m->alias) {
            g_ptr_array_add(lines, g_strdup_printf("%-20s  (alias of %s-v%u)", m->alias, m->name, m->version));
        }
        versioned = g_strdup_printf("%s-v%u", m->name, m->version);
        g_ptr_array_add(lines, g_strdup_printf("%-20s  %s%s%s%s", versioned, def.model_id, m->note ? " [" : "",
                                               m->note ? m->note : "", m->note ? "]" : ""));
    }
    qsort(lines->pdata, lines->len, sizeof(lines->pdata[0]), compare_names);
    for (guint i = 0; i < lines->len; i++) {
        g_string_append_printf(out, "x86 %s\n", (char *)lines->pdata[i]);
    }
}

static void help_flags(GString *out)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    size_t column = 0;

    for (unsigned w = 0; w < FEATURE_WORDS; w++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            if (feature_word_info[w].names[bit]) {
                g_ptr_array_add(names, (void *)feature_word_info[w].names[bit]);
            }
        }
    }
    qsort(names->pdata, names->len, sizeof(names->pdata[0]), compare_names);
    g_string_append(out, "\nRecognized CPUID flags:\n");
    for (guint i = 0; i < names->len; i++) {
        size_t len = strlen(names->pdata[i]);

        if (column && column + 1 + len > 75) {
            g_string_append_c(out, '\n');
            column = 0;
        }
        g_string_append_printf(out, column ? " %s" : "  %s", (char *)names->pdata[i]);
        column += len + (column ? 1 : 2);
    }
    g_string_append(out, "\n\n");
}

char *x86_cpu_help(void)
{
    GString *out = g_string_new("Available CPUs:\n");

    help_models(out);
    help_line(out, "base", "base CPU model type with no features enabled");
    help_line(out, "host", "processor with all supported host features ");
    help_line(out, "max", "Enables all features supported by the accelerator in the current host");
    help_flags(out);
    return g_string_free(out, FALSE);
}

/* ---- registration ---- */

static void x86_cpu_type_class_init(ObjectClass *oc, const void *data)
{
    const TypeSpec *spec = data;
    X86CPUClass *xcc = X86_CPU_CLASS(oc);

    xcc->kind = spec->kind;
    xcc->model = spec->model;
    xcc->model_description = spec->description;
}

static void register_cpu_type(const char *name, X86CPUKind kind, const X86CPUModel *model, const char *description)
{
    g_autofree char *typename = g_strdup_printf("%s" X86_CPU_TYPE_SUFFIX, name);
    TypeSpec *spec = g_new(TypeSpec, 1);                /* lives as long as the type */

    *spec = (TypeSpec) { .kind = kind, .model = model, .description = description };
    type_register(&(TypeInfo) {
        .name = typename,
        .parent = TYPE_X86_CPU,
        .class_init = x86_cpu_type_class_init,
        .class_data = spec,
    });
}

static void register_cpu_types(void)
{
    for (size_t i = 0; i < x86_cpu_models_count; i++) {
        const X86CPUModel *m = &x86_cpu_models[i];
        g_autofree char *versioned = g_strdup_printf("%s-v%u", m->name, m->version);

        register_cpu_type(versioned, X86_CPU_KIND_MODEL, m, NULL);
        if (m->alias) {
            register_cpu_type(m->alias, X86_CPU_KIND_MODEL, m, NULL);
        }
        if (m->version == DEFAULT_MODEL_VERSION) {
            register_cpu_type(m->name, X86_CPU_KIND_MODEL, m, NULL);
        }
    }
    register_cpu_type("base", X86_CPU_KIND_BASE, NULL, "base CPU model type with no features enabled");
    register_cpu_type("max", X86_CPU_KIND_MAX, NULL,
                      "Enables all features supported by the accelerator in the current host");
    register_cpu_type("host", X86_CPU_KIND_HOST, NULL, "processor with all supported host features ");
}
type_init(register_cpu_types)
