// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Software emulation as an accelerator: its object and properties, one thread per vCPU, and the memory core's
 * reports. What a thread executes is the CPU type's (CPUClass.tcg_ops; target/i386/tcg).
 *
 * A vCPU thread holds the BQL except inside cpu_exec and while it sleeps.
 */
#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "qapi/error.h"
#include "qemu/accel.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "system/cpus.h"
#include "system/memory.h"
#include "system/ram_addr.h"

#define TYPE_TCG_ACCEL ACCEL_CLASS_NAME("tcg")

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
            r = cpu->cc->tcg_ops->cpu_exec(cpu);
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
    ram_set_accel_hooks(&ram_hooks);
    return true;
}

/* ---- the object ---- */
static char *get_thread(Object *obj, Error **errp)
{
    return g_strdup("multi");
}

static void set_thread(Object *obj, const char *value, Error **errp)
{
    if (strcmp(value, "multi") && strcmp(value, "single")) {
        error_setg(errp, "tcg: invalid 'thread' setting '%s': use 'multi' or 'single'", value);
    }
}

static char *get_engine(Object *obj, Error **errp)
{
    return g_strdup("interp");
}

static void set_engine(Object *obj, const char *value, Error **errp)
{
    if (strcmp(value, "interp")) {
        error_setg(errp, "tcg: engine '%s' is not available: use 'interp'", value);
    }
}

static void tcg_accel_class_init(ObjectClass *oc, const void *data)
{
    AccelClass *ac = ACCEL_CLASS(oc);

    ac->name = "tcg";
    ac->init_machine = tcg_init_machine;
    ac->ops = &tcg_ops;
    ac->allowed = &tcg_allowed;
    object_class_property_add_str(oc, "thread", get_thread, set_thread);
    object_class_property_set_description(oc, "thread", "multi: one thread per virtual CPU (always the case)");
    object_class_property_add_str(oc, "engine", get_engine, set_engine);
    object_class_property_set_description(oc, "engine", "how instructions run: interp");
}

static const TypeInfo tcg_accel_types[] = {
    {
        .name = TYPE_TCG_ACCEL,
        .parent = TYPE_ACCEL,
        .instance_size = sizeof(AccelState),
        .class_init = tcg_accel_class_init,
    },
};
DEFINE_TYPES(tcg_accel_types)
