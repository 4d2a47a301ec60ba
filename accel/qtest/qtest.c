/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The qtest accelerator: CPUs exist but never execute an instruction, and the virtual clock stands still unless the
 * qtest client moves it. Lock: as for any vCPU thread (system/cpus.h).
 */
#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "qemu/accel.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "qemu/timer.h"
#include "system/cpus.h"
#include "system/qtest.h"

static void *qtest_cpu_thread(void *arg)
{
    CPUState *cpu = arg;

    bql_lock();
    cpu->thread_id = qemu_get_thread_id();
    current_cpu = cpu;
    cpu_thread_signal_created(cpu);
    while (!cpu->unplug) {
        qemu_wait_io_event(cpu);
        /* nothing to run: sleep until somebody has work for the thread */
        if (!cpu->unplug && !cpu->stop && QSIMPLEQ_EMPTY(&cpu->work_list)) {
            qemu_cond_wait_bql(cpu->halt_cond);
        }
    }
    cpu_thread_signal_destroyed(cpu);
    bql_unlock();
    return NULL;
}

static void qtest_create_vcpu_thread(CPUState *cpu)
{
    g_autofree char *name = g_strdup_printf("CPU %d/DUMMY", cpu->cpu_index);

    qemu_thread_create(cpu->thread, name, qtest_cpu_thread, cpu, QEMU_THREAD_JOINABLE);
}

static const AccelOpsClass qtest_ops = {
    .name = "qtest",
    .create_vcpu_thread = qtest_create_vcpu_thread,
    .get_virtual_clock = qtest_get_virtual_clock,
};

static bool qtest_init_machine(AccelState *as, MachineState *ms, Error **errp)
{
    qemu_clock_set_virtual_source(qtest_get_virtual_clock);
    return true;
}

static void qtest_accel_class_init(ObjectClass *oc, const void *data)
{
    AccelClass *ac = ACCEL_CLASS(oc);

    ac->name = "qtest";
    ac->init_machine = qtest_init_machine;
    ac->ops = &qtest_ops;
    ac->allowed = &qtest_allowed;
}

static const TypeInfo qtest_accel_types[] = {
    { .name = ACCEL_CLASS_NAME("qtest"), .parent = TYPE_ACCEL, .class_init = qtest_accel_class_init },
};
DEFINE_TYPES(qtest_accel_types)
