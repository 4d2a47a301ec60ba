/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accelerators: what runs guest CPUs (tcg, qtest, kvm). AccelClass is the object the user names with -accel;
 * AccelOpsClass says how it runs vCPU threads. One accelerator per process. BQL.
 */
#ifndef QEMU_ACCEL_H
#define QEMU_ACCEL_H

#include "qom/object.h"

#define TYPE_ACCEL "accel"
#define ACCEL_CLASS_SUFFIX "-" TYPE_ACCEL
#define ACCEL_CLASS_NAME(a) (a ACCEL_CLASS_SUFFIX)
#define ACCEL_OPS_SUFFIX "-ops"
#define TYPE_ACCEL_OPS "accel" ACCEL_OPS_SUFFIX
#define ACCEL_OPS_NAME(name) (name "-" TYPE_ACCEL_OPS)

typedef struct AccelState {
    Object parent_obj;
} AccelState;

typedef struct AccelOpsClass AccelOpsClass;

typedef struct AccelClass {
    ObjectClass parent_class;
    const char *name;                           /* as in -accel NAME */
    bool (*init_machine)(AccelState *accel, MachineState *ms, Error **errp);
    bool (*available)(void);                    /* NULL: always */
    const AccelOpsClass *ops;
    bool *allowed;                              /* set when chosen: tcg_allowed, qtest_allowed, kvm_allowed */
} AccelClass;

struct AccelOpsClass {
    const char *name;
    void (*create_vcpu_thread)(CPUState *cpu);  /* required */
    void (*kick_vcpu_thread)(CPUState *cpu);
    bool (*cpu_thread_is_idle)(CPUState *cpu);
    void (*handle_interrupt)(CPUState *cpu, int mask);
    void (*synchronize_state)(CPUState *cpu);
    void (*synchronize_post_reset)(CPUState *cpu);
    void (*synchronize_post_init)(CPUState *cpu);
    void (*synchronize_pre_loadvm)(CPUState *cpu);
    int64_t (*get_virtual_clock)(void);         /* NULL: host monotonic clock that stops with the machine */
    void (*set_virtual_clock)(int64_t time);
    int64_t (*get_elapsed_ticks)(void);
};

#define ACCEL_CLASS(klass) OBJECT_CLASS_CHECK(AccelClass, (klass), TYPE_ACCEL)
#define ACCEL(obj) OBJECT_CHECK(AccelState, (obj), TYPE_ACCEL)
#define ACCEL_GET_CLASS(obj) OBJECT_GET_CLASS(AccelClass, (obj), TYPE_ACCEL)

/* The class for -accel @name (NULL when unknown), and whether it is built in and usable here. */
AccelClass *accel_find(const char *name);
bool accel_is_available(const AccelClass *ac);
/* Make the object, run init_machine, install the ops. */
bool accel_init_machine(AccelState *accel, MachineState *ms, Error **errp);
AccelState *current_accel(void);
const char *current_accel_name(void);
const AccelOpsClass *cpus_get_accel(void);      /* NULL before an accelerator is chosen */
void cpus_register_accel(const AccelOpsClass *ops);

extern bool tcg_allowed;
/* Bytes each virtual CPU may use for decoded or translated code (-accel tcg,tb-size=). */
extern size_t tcg_code_cache_size;
typedef enum TCGEngine { TCG_ENGINE_INTERP, TCG_ENGINE_JIT } TCGEngine;
extern TCGEngine tcg_engine;
extern unsigned tcg_jit_heat;                   /* runs until a block is translated; 0: as usual */
extern bool qtest_allowed;
#define tcg_enabled() (tcg_allowed)
#define qtest_enabled() (qtest_allowed)

#endif
