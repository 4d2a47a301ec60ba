// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Look-ups in the feature and model tables. Owns no data and no state; callable from any thread.
 */
#include "qemu/osdep.h"
#include "target/i386/cpu-features.h"
#include "target/i386/cpu-models.h"

static const char *canonical_name(const char *name)
{
    for (size_t i = 0; i < feature_aliases_count; i++) {
        if (!strcmp(name, feature_aliases[i].alias)) {
            return feature_aliases[i].name;
        }
    }
    return name;
}

bool x86_feature_lookup(const char *name, unsigned *iter, FeatureWord *word, uint64_t *mask)
{
    name = canonical_name(name);
    for (unsigned w = *iter; w < FEATURE_WORDS; w++) {
        uint64_t m = 0;
        for (unsigned bit = 0; bit < 64; bit++) {
            const char *n = feature_word_info[w].names[bit];
            if (n && !strcmp(n, name)) {
                m |= 1ull << bit;
            }
        }
        if (m) {
            *word = w;
            *mask = m;
            *iter = w + 1;
            return true;
        }
    }
    *iter = FEATURE_WORDS;
    return false;
}

bool x86_feature_apply_list(FeatureWordArray words, const char *list, char **unknown)
{
    g_auto(GStrv) names = g_strsplit(list, " ", -1);

    for (char **p = names; *p; p++) {
        bool remove = **p == '-';
        const char *name = *p + remove;
        unsigned iter = 0;
        FeatureWord word;
        uint64_t mask;
        bool found = false;

        while (*name && x86_feature_lookup(name, &iter, &word, &mask)) {
            words[word] = remove ? words[word] & ~mask : words[word] | mask;
            found = true;
        }
        if (*name && !found) {
            if (unknown) {
                *unknown = g_strdup(name);
            }
            return false;
        }
    }
    return true;
}

char *x86_feature_describe(FeatureWord word, unsigned bit)
{
    static const char *const reg_names[] = { "EAX", "EBX", "ECX", "EDX" };
    const FeatureWordInfo *info = &feature_word_info[word];
    const char *name = bit < 64 ? info->names[bit] : NULL;
    g_autofree char *place = info->type == MSR_FEATURE_WORD
        ? g_strdup_printf("MSR(%XH)", info->leaf)
        : g_strdup_printf("CPUID.%02XH:%s", info->leaf, reg_names[info->reg]);

    return g_strdup_printf("%s%s%s [bit %u]", place, name ? "." : "", name ? name : "", bit);
}

const X86CPUModel *x86_cpu_model_find(const char *name, unsigned version)
{
    const X86CPUModel *found = NULL;

    for (size_t i = 0; i < x86_cpu_models_count; i++) {
        const X86CPUModel *row = &x86_cpu_models[i];
        if (!strcmp(row->name, name) && (!version || row->version == version)) {
            found = row;
        }
    }
    return found;
}

void x86_cpu_model_resolve(const X86CPUModel *row, X86CPUDefinition *def)
{
    const X86CPUModel *r = row;

    *def = (X86CPUDefinition) { .vendor = "", .model_id = "" };
    while (r > x86_cpu_models && !strcmp(r[-1].name, row->name)) {
        r--;
    }
    for (; r <= row; r++) {
        def->vendor = r->vendor ? r->vendor : def->vendor;
        def->family = r->family ? r->family : def->family;
        def->model = r->model ? r->model : def->model;
        def->stepping = r->stepping ? r->stepping : def->stepping;
        def->level = r->level ? r->level : def->level;
        def->xlevel = r->xlevel ? r->xlevel : def->xlevel;
        def->model_id = r->model_id ? r->model_id : def->model_id;
        def->note = r->note;
        def->own_caches |= r->own_caches;
        if (r->features) {
            x86_feature_apply_list(def->features, r->features, NULL);
        }
    }
}
