// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What management asks about CPU models: query-cpu-definitions, query-cpu-model-expansion, and the read-only
 * properties unavailable-features, feature-words and filtered-features of every CPU object.
 *
 * Models are looked at through unrealized CPU objects, so the answers are those a `-cpu` option would get: globals and
 * machine compatibility properties included. Owns no state. BQL.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-machine.h"
#include "qapi/qapi-visit-machine.h"
#include "qapi/qapi-builtin-visit.h"
#include "qemu/accel.h"
#include "qobject/qdict.h"
#include "target/i386/cpu-models.h"
#include "target/i386/cpu.h"

#define STATIC_BASE_MODEL "base"

/* ---- features as names ---- */

/* Names of the bits in @words; a bit without a property is no use to a client and left out. */
static strList *names_of(const FeatureWordArray words)
{
    strList *list = NULL, **tail = &list;

    for (unsigned w = 0; w < FEATURE_WORDS; w++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            if (words[w] >> bit & 1 && feature_word_info[w].names[bit]) {
                QAPI_LIST_APPEND(tail, g_strdup(feature_word_info[w].names[bit]));
            }
        }
    }
    return list;
}

static void unavailable_features_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    strList *list = names_of(X86_CPU(obj)->filtered_features);

    visit_type_strList(v, name, &list, errp);
    qapi_free_strList(list);
}

static const X86CPURegister32 register_names[] = {
    [CPUID_EAX] = X86_CPU_REGISTER32_EAX,
    [CPUID_EBX] = X86_CPU_REGISTER32_EBX,
    [CPUID_ECX] = X86_CPU_REGISTER32_ECX,
    [CPUID_EDX] = X86_CPU_REGISTER32_EDX,
};

static void visit_words(Visitor *v, const char *name, const FeatureWordArray words, Error **errp)
{
    X86CPUFeatureWordInfoList *list = NULL, **tail = &list;

    for (unsigned w = 0; w < FEATURE_WORDS; w++) {
        const FeatureWordInfo *info = &feature_word_info[w];
        X86CPUFeatureWordInfo *item;

        if (info->type != CPUID_FEATURE_WORD) {
            continue;
        }
        item = g_new0(X86CPUFeatureWordInfo, 1);
        item->cpuid_input_eax = info->leaf;
        item->has_cpuid_input_ecx = info->needs_subleaf;
        item->cpuid_input_ecx = info->subleaf;
        item->cpuid_register = register_names[info->reg];
        item->features = words[w];
        QAPI_LIST_APPEND(tail, item);
    }
    visit_type_X86CPUFeatureWordInfoList(v, name, &list, errp);
    qapi_free_X86CPUFeatureWordInfoList(list);
}

static void feature_words_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    visit_words(v, name, X86_CPU(obj)->env.features, errp);
}

static void filtered_features_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    visit_words(v, name, X86_CPU(obj)->filtered_features, errp);
}

void x86_cpu_add_query_properties(ObjectClass *oc)
{
    object_class_property_add(oc, "unavailable-features", "strList", unavailable_features_get, NULL, NULL, NULL);
    object_class_property_add(oc, "feature-words", "X86CPUFeatureWordInfo", feature_words_get, NULL, NULL, NULL);
    object_class_property_add(oc, "filtered-features", "X86CPUFeatureWordInfo", filtered_features_get, NULL, NULL,
                              NULL);
}

/* ---- query-cpu-definitions ---- */

static char *model_name(ObjectClass *oc)
{
    const char *typename = object_class_get_name(oc);

    return g_strndup(typename, strlen(typename) - strlen(X86_CPU_TYPE_SUFFIX));
}

/* What a CPU of this class would lack here, quietly. */
static strList *class_unavailable_features(ObjectClass *oc)
{
    g_autoptr(Object) obj = object_new_with_class(oc);
    X86CPU *cpu = X86_CPU(obj);

    cpu->check_cpuid = cpu->enforce_cpuid = false;
    if (!x86_cpu_expand_features(cpu, NULL) || !x86_cpu_filter_features(cpu, NULL)) {
        return NULL;
    }
    return names_of(cpu->filtered_features);
}

static CpuDefinitionInfo *describe_class(ObjectClass *oc)
{
    X86CPUClass *xcc = X86_CPU_CLASS(oc);
    CpuDefinitionInfo *info = g_new0(CpuDefinitionInfo, 1);

    info->name = model_name(oc);
    info->typename = g_strdup(object_class_get_name(oc));
    info->unavailable_features = class_unavailable_features(oc);
    info->has_unavailable_features = true;
    info->has_migration_safe = true;
    info->migration_safe = xcc->kind == X86_CPU_KIND_MODEL || xcc->kind == X86_CPU_KIND_BASE;
    info->q_static = xcc->kind == X86_CPU_KIND_BASE;
    if (xcc->kind == X86_CPU_KIND_MODEL) {
        g_autofree char *versioned = g_strdup_printf("%s-v%u", xcc->model->name, xcc->model->version);

        if (strcmp(versioned, info->name)) {
            info->alias_of = g_steal_pointer(&versioned);
        }
    }
    return info;
}

CpuDefinitionInfoList *qmp_query_cpu_definitions(Error **errp)
{
    GSList *classes = object_class_get_list_sorted(TYPE_X86_CPU, false);
    CpuDefinitionInfoList *list = NULL, **tail = &list;

    for (GSList *l = classes; l; l = l->next) {
        QAPI_LIST_APPEND(tail, describe_class(l->data));
    }
    g_slist_free(classes);
    return list;
}

/* ---- query-cpu-model-expansion ---- */

static bool set_props(Object *obj, QObject *props, Error **errp)
{
    const QDict *dict;

    if (!props) {
        return true;
    }
    dict = qobject_to(QDict, props);
    if (!dict) {
        error_setg(errp, "Invalid parameter type for 'model.props', expected: object");
        return false;
    }
    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        if (!object_property_set_qobject(obj, qdict_entry_key(e), qdict_entry_value(e), errp)) {
            return false;
        }
    }
    return true;
}

static Object *expanded_cpu(const CpuModelInfo *model, Error **errp)
{
    ObjectClass *oc = x86_cpu_class_by_name(model->name);
    g_autoptr(Object) obj = NULL;

    if (!oc || !object_class_dynamic_cast(oc, TYPE_X86_CPU)) {
        error_setg(errp, "CPU model '%s' not found", model->name);
        return NULL;
    }
    obj = object_new_with_class(oc);
    if (!set_props(obj, model->props, errp) || !x86_cpu_expand_features(X86_CPU(obj), errp)) {
        return NULL;
    }
    return g_steal_pointer(&obj);
}

static void add_prop(QDict *dict, Object *obj, const char *name)
{
    QObject *value = object_property_get_qobject(obj, name, NULL);

    if (value) {
        qdict_put_obj(dict, name, value);
    }
}

/* Everything that, given to the static base model, makes this CPU: features under their first names, identity. */
static void add_static_props(QDict *dict, Object *obj)
{
    static const char *const identity[] = {
        "min-level", "min-xlevel", "family", "model", "stepping", "vendor", "model-id", "lmce",
    };

    for (size_t i = 0; i < ARRAY_SIZE(identity); i++) {
        add_prop(dict, obj, identity[i]);
    }
    for (unsigned w = 0; w < FEATURE_WORDS; w++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            if (feature_word_info[w].names[bit]) {
                add_prop(dict, obj, feature_word_info[w].names[bit]);
            }
        }
    }
}

static void add_all_props(QDict *dict, Object *obj)
{
    ObjectPropertyIterator iter;
    ObjectProperty *prop;

    object_property_iter_init(&iter, obj);
    while ((prop = object_property_iter_next(&iter))) {
        if (prop->get && prop->set) {
            add_prop(dict, obj, prop->name);
        }
    }
}

CpuModelExpansionInfo *qmp_query_cpu_model_expansion(CpuModelExpansionType type, CpuModelInfo *model, Error **errp)
{
    g_autoptr(Object) obj = expanded_cpu(model, errp);
    CpuModelExpansionInfo *info;
    QDict *props;

    if (!obj) {
        return NULL;
    }
    props = qdict_new();
    info = g_new0(CpuModelExpansionInfo, 1);
    info->model = g_new0(CpuModelInfo, 1);
    if (type == CPU_MODEL_EXPANSION_TYPE_STATIC) {
        info->model->name = g_strdup(STATIC_BASE_MODEL);
        add_static_props(props, obj);
    } else {
        info->model->name = g_strdup(model->name);
        add_all_props(props, obj);
    }
    info->model->props = QOBJECT(props);
    return info;
}
