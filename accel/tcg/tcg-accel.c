// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Software emulation as an accelerator: its object and properties, one thread per vCPU, and the memory core's
 * reports. What a thread executes is the CPU type's (CPUClass.tcg_ops; target/i386/tcg).
 *
 * A vCPU thread holds the BQL except inside cpu_exec and while it sleeps.
 */
#include "qemu/osdep.h"
#include "hw/core/boards.h"
#include "hw/core/cpu.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/accel.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "system/cpus.h"
#include "system/memory.h"
#include "system/ram_addr.h"

#define TYPE_TCG_ACCEL ACCEL_CLASS_NAME("tcg")
OBJECT_DECLARE_SIMPLE_TYPE(TCGState, TCG_ACCEL)

#define SLICE_MS 10                 /* thread=single: how long a CPU runs while others wait */
#define MIN_CODE_CACHE (1u << 20)
#define MAX_TB_SIZE 65536u          /* MiB */

struct TCGState {
    AccelState parent_obj;
    bool single;
    uint32_t tb_size;               /* MiB for all CPUs; 0: the default */
};

/* ---- thread=single: one CPU at a time, in the order in which they ask. A leaf lock. ---- */
static struct {
    bool on;
    QemuMutex lock;
    QemuCond cond;
    uint64_t next, serving;         /* tickets */
    CPUState *holder;
} turn;

static void turn_take(CPUState *cpu)
{
    QEMU_LOCK_GUARD(&turn.lock);
    uint64_t ticket = turn.next++;

    while (turn.serving != ticket) {
        if (!qemu_cond_timedwait(&turn.cond, &turn.lock, SLICE_MS) && turn.holder) {
            cpu_exit(turn.holder);
        }
    }
    turn.holder = cpu;
}

static void turn_give(void)
{
    QEMU_LOCK_GUARD(&turn.lock);
    turn.holder = NULL;
    turn.serving++;
    qemu_cond_broadcast(&turn.cond);
}

static int run_cpu(CPUState *cpu)
{
    int r;

    if (likely(!turn.on)) {
        return cpu->cc->tcg_ops->cpu_exec(cpu);
    }
    turn_take(cpu);
    r = cpu->cc->tcg_ops->cpu_exec(cpu);
    turn_give();
    return r;
}

/* ---- the thread ---- */
static void *tcg_cpu_thread(void *arg)
{
    CPUState *cpu = arg;

    bql_lock();
    qemu_thread_get_self(cpu->thread);
    cpu->thread_id = qemu_get_thread_id();
    current_cpu = cpu;
    cpu_thread_signal_created(cpu);
    cpu->exit_request = true;
    do {
        if (cpu_can_run(cpu)) {
            int r;

            bql_unlock();
            r = run_cpu(cpu);
            bql_lock();
            if (r == EXCP_DEBUG) {
                cpu_handle_guest_debug(cpu);
            }
        }
        qemu_wait_io_event(cpu);
    } while (!cpu->unplug || cpu_can_run(cpu));
    if (cpu->cc->tcg_ops->unrealize) {
        cpu->cc->tcg_ops->unrealize(cpu);
    }
    cpu_thread_signal_destroyed(cpu);
    bql_unlock();
    return NULL;
}

static void tcg_create_vcpu_thread(CPUState *cpu)
{
    g_autofree char *name = g_strdup_printf("CPU %d/TCG", cpu->cpu_index);

    cpu->cc->tcg_ops->realize(cpu);
    qemu_thread_create(cpu->thread, name, tcg_cpu_thread, cpu, QEMU_THREAD_JOINABLE);
}

static const AccelOpsClass tcg_ops = {
    .name = "tcg",
    .create_vcpu_thread = tcg_create_vcpu_thread,
    .kick_vcpu_thread = cpu_exit,
};

/* ---- reports of the memory core ---- */
/* Pages under dirty logging never leave the reported path (target/i386/tcg/tlb.c): clearing bits needs nothing. */
static const RamAccelHooks ram_hooks = {
    .code_written = cpu_code_modified,
};

static bool tcg_init_machine(AccelState *as, MachineState *ms, Error **errp)
{
    TCGState *s = TCG_ACCEL(as);

    if (s->single) {
        qemu_mutex_init(&turn.lock);
        qemu_cond_init(&turn.cond);
        turn.on = true;
    }
    if (s->tb_size) {
        uint64_t share = ((uint64_t)s->tb_size << 20) / MAX(ms->smp.max_cpus, 1u);

        tcg_code_cache_size = MAX(share, MIN_CODE_CACHE);
    }
    ram_set_accel_hooks(&ram_hooks);
    return true;
}

/* ---- the object ---- */
static char *get_thread(Object *obj, Error **errp)
{
    return g_strdup(TCG_ACCEL(obj)->single ? "single" : "multi");
}

static void set_thread(Object *obj, const char *value, Error **errp)
{
    if (strcmp(value, "multi") && strcmp(value, "single")) {
        error_setg(errp, "tcg: invalid 'thread' setting '%s': use 'multi' or 'single'", value);
        return;
    }
    TCG_ACCEL(obj)->single = !strcmp(value, "single");
}

static void get_tb_size(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    visit_type_uint32(v, name, &TCG_ACCEL(obj)->tb_size, errp);
}

static void set_tb_size(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint32_t mib;

    if (!visit_type_uint32(v, name, &mib, errp)) {
        return;
    }
    if (mib > MAX_TB_SIZE) {
        error_setg(errp, "tcg: tb-size is at most %u (MiB)", MAX_TB_SIZE);
        return;
    }
    TCG_ACCEL(obj)->tb_size = mib;
}

static void get_heat(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint32_t heat = tcg_jit_heat;

    visit_type_uint32(v, name, &heat, errp);
}

static void set_heat(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint32_t heat;

    if (visit_type_uint32(v, name, &heat, errp)) {
        tcg_jit_heat = heat;
    }
}

static char *get_engine(Object *obj, Error **errp)
{
    return g_strdup(tcg_engine == TCG_ENGINE_JIT ? "jit" : "interp");
}

static void set_engine(Object *obj, const char *value, Error **errp)
{
    if (strcmp(value, "interp") && strcmp(value, "jit")) {
        error_setg(errp, "tcg: invalid 'engine' setting '%s': use 'interp' or 'jit'", value);
        return;
    }
    tcg_engine = !strcmp(value, "jit") ? TCG_ENGINE_JIT : TCG_ENGINE_INTERP;
}

static void tcg_accel_class_init(ObjectClass *oc, const void *data)
{
    AccelClass *ac = ACCEL_CLASS(oc);

    ac->name = "tcg";
    ac->init_machine = tcg_init_machine;
    ac->ops = &tcg_ops;
    ac->allowed = &tcg_allowed;
    object_class_property_add_str(oc, "thread", get_thread, set_thread);
    object_class_property_set_description(oc, "thread", "multi: virtual CPUs run at the same time; single: in turns");
    object_class_property_add(oc, "tb-size", "int", get_tb_size, set_tb_size, NULL, NULL);
    object_class_property_set_description(oc, "tb-size", "MiB for decoded code, shared out among the virtual CPUs");
    object_class_property_add(oc, "x-heat", "int", get_heat, set_heat, NULL, NULL);
    object_class_property_set_description(oc, "x-heat", "how often a block is interpreted before it is translated");
    object_class_property_add_str(oc, "engine", get_engine, set_engine);
    object_class_property_set_description(oc, "engine", "how instructions run: interp, or jit: translated to host code");
}

static const TypeInfo tcg_accel_types[] = {
    {
        .name = TYPE_TCG_ACCEL,
        .parent = TYPE_ACCEL,
        .instance_size = sizeof(TCGState),
        .class_init = tcg_accel_class_init,
    },
};
DEFINE_TYPES(tcg_accel_types)
