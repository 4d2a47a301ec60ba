/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Named CPU models: the shape of one row of the table in cpu-models.c.
 *
 * A model is what `-cpu NAME` means before `+feat`, machine compatibility properties and the accelerator have their
 * say. Rows are immutable: once released, what a version lists never changes, or guests would not migrate.
 * Versions of one model follow each other in the table in rising order.
 */
#ifndef TARGET_I386_CPU_MODELS_H
#define TARGET_I386_CPU_MODELS_H

#include "qemu/osdep.h"
#include "target/i386/cpu-features.h"

typedef struct X86CPUModel {
    const char *name;           /* without the version */
    unsigned version;
    const char *alias;          /* a further name of exactly this version, or NULL */
    const char *note;           /* what changed, for `-cpu help` */
    const char *vendor;         /* from here on 0/NULL in a later version means "as before" */
    int family, model, stepping;
    uint32_t level, xlevel;
    const char *model_id;
    bool own_caches;            /* describes its own caches instead of the generic ones */
    const char *features;       /* version 1: all; later: what is added and, with '-', taken away */
} X86CPUModel;

/* A model with its inherited fields filled in. */
typedef struct X86CPUDefinition {
    const char *vendor;
    int family, model, stepping;
    uint32_t level, xlevel;
    const char *model_id;
    const char *note;
    bool own_caches;
    FeatureWordArray features;
} X86CPUDefinition;

extern const X86CPUModel x86_cpu_models[];
extern const size_t x86_cpu_models_count;

/* Row of @name at @version; version 0 is the latest. NULL when there is none. */
const X86CPUModel *x86_cpu_model_find(const char *name, unsigned version);

void x86_cpu_model_resolve(const X86CPUModel *row, X86CPUDefinition *def);

#endif
