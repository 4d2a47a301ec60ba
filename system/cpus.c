// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vCPU threads as the rest of the machine sees them: start, kick, pause, work queues, exclusive sections.
 * What a thread executes is the accelerator's (AccelOpsClass). The BQL itself is in util/main-loop.c.
 *
 * States of a vCPU thread (BQL): created -> stopped <-> running; stop asks, stopped answers through qemu_pause_cond.
 *
 * Exclusive sections: exclusive_lock protects pending_cpus and the waits. pending_cpus is 0 when nothing is pending,
 * else 1 plus the number of CPUs that must still reach cpu_exec_end(). cpu->running is written before pending_cpus
 * is read, and start_exclusive() writes pending_cpus before it reads running, so one of the two sees the other.
 */
#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "qemu/accel.h"
#include "qemu/main-loop.h"
#include "system/address-spaces.h"
#include "system/cpus.h"
#include "system/memory.h"
#include "system/runstate.h"

struct qemu_work_item {
    QSIMPLEQ_ENTRY(qemu_work_item) node;
    run_on_cpu_func func;
    run_on_cpu_data data;
    bool free, exclusive, done;
};

static const AccelOpsClass *cpus_accel;
static QemuCond qemu_cpu_cond;          /* a thread was created or destroyed */
static QemuCond qemu_pause_cond;        /* a CPU stopped */
static QemuCond qemu_work_cond;         /* a work item is done */
static QemuMutex exclusive_lock;
static QemuCond exclusive_cond;         /* waits for CPUs to leave cpu_exec */
static QemuCond exclusive_resume;       /* waits for the exclusive section to end */
static int pending_cpus;

static void __attribute__((constructor)) cpus_init_locks(void)
{
    qemu_cond_init(&qemu_cpu_cond);
    qemu_cond_init(&qemu_pause_cond);
    qemu_cond_init(&qemu_work_cond);
    qemu_mutex_init(&exclusive_lock);
    qemu_cond_init(&exclusive_cond);
    qemu_cond_init(&exclusive_resume);
}

const AccelOpsClass *cpus_get_accel(void)
{
    return cpus_accel;
}

void cpus_register_accel(const AccelOpsClass *ops)
{
    cpus_accel = ops;
}

/* ---- state ---- */
bool cpu_is_stopped(CPUState *cpu)
{
    return cpu->stopped || !runstate_is_running();
}

bool cpu_work_list_empty(CPUState *cpu)
{
    return !qatomic_read(&QSIMPLEQ_FIRST(&cpu->work_list));
}

bool cpu_thread_is_idle(CPUState *cpu)
{
    if (cpu->stop || !cpu_work_list_empty(cpu)) {
        return false;
    }
    if (cpu_is_stopped(cpu)) {
        return true;
    }
    if (!cpu->halted || cpu_has_work(cpu)) {
        return false;
    }
    return !cpus_accel->cpu_thread_is_idle || cpus_accel->cpu_thread_is_idle(cpu);
}

bool qemu_cpu_is_self(CPUState *cpu)
{
    return cpu->thread && qemu_thread_is_self(cpu->thread);
}

bool cpu_can_run(CPUState *cpu)
{
    return !cpu->stop && !cpu_is_stopped(cpu);
}

bool all_vcpus_paused(void)
{
    CPUState *cpu;

    CPU_FOREACH(cpu) {
        if (!cpu->stopped) {
            return false;
        }
    }
    return true;
}

/* ---- asking for attention ---- */
void qemu_cpu_kick(CPUState *cpu)
{
    if (cpu->halt_cond) {
        qemu_cond_broadcast(cpu->halt_cond);
    }
    if (cpus_accel && cpus_accel->kick_vcpu_thread) {
        cpus_accel->kick_vcpu_thread(cpu);
    } else {
        cpu_exit(cpu);
    }
}

void cpus_kick_thread(CPUState *cpu)
{
    if (cpu->thread && !qatomic_xchg(&cpu->thread_kicked, true)) {
        pthread_kill(cpu->thread->thread, SIGUSR1);
    }
}

void cpu_interrupt(CPUState *cpu, int mask)
{
    qatomic_or(&cpu->interrupt_request, mask);
    if (cpus_accel && cpus_accel->handle_interrupt) {
        cpus_accel->handle_interrupt(cpu, mask);
    } else if (!qemu_cpu_is_self(cpu)) {
        qemu_cpu_kick(cpu);
    } else {
        cpu_exit(cpu);
    }
}

/* ---- work ---- */
static void queue_work(CPUState *cpu, struct qemu_work_item *wi)
{
    qemu_mutex_lock(&cpu->work_mutex);
    QSIMPLEQ_INSERT_TAIL(&cpu->work_list, wi, node);
    qemu_mutex_unlock(&cpu->work_mutex);
    qemu_cpu_kick(cpu);
}

void run_on_cpu(CPUState *cpu, run_on_cpu_func func, run_on_cpu_data data)
{
    struct qemu_work_item wi = { .func = func, .data = data };
    CPUState *self = current_cpu;

    if (qemu_cpu_is_self(cpu) || !cpu->created) {
        func(cpu, data);
        return;
    }
    queue_work(cpu, &wi);
    while (!qatomic_load_acquire(&wi.done)) {
        qemu_cond_wait_bql(&qemu_work_cond);
        current_cpu = self;
    }
}

static void run_async(CPUState *cpu, run_on_cpu_func func, run_on_cpu_data data, bool exclusive)
{
    struct qemu_work_item *wi = g_new0(struct qemu_work_item, 1);

    wi->func = func;
    wi->data = data;
    wi->free = true;
    wi->exclusive = exclusive;
    queue_work(cpu, wi);
}

void async_run_on_cpu(CPUState *cpu, run_on_cpu_func func, run_on_cpu_data data)
{
    run_async(cpu, func, data, false);
}

void async_safe_run_on_cpu(CPUState *cpu, run_on_cpu_func func, run_on_cpu_data data)
{
    run_async(cpu, func, data, true);
}

static struct qemu_work_item *next_work(CPUState *cpu)
{
    struct qemu_work_item *wi;

    qemu_mutex_lock(&cpu->work_mutex);
    wi = QSIMPLEQ_FIRST(&cpu->work_list);
    if (wi) {
        QSIMPLEQ_REMOVE_HEAD(&cpu->work_list, node);
    }
    qemu_mutex_unlock(&cpu->work_mutex);
    return wi;
}

void process_queued_cpu_work(CPUState *cpu)
{
    struct qemu_work_item *wi;

    while ((wi = next_work(cpu))) {
        if (wi->exclusive) {
            /* others may be waiting for the BQL inside cpu_exec: let them finish */
            bql_unlock();
            start_exclusive();
            wi->func(cpu, wi->data);
            end_exclusive();
            bql_lock();
        } else {
            wi->func(cpu, wi->data);
        }
        if (wi->free) {
            g_free(wi);
        } else {
            qatomic_store_release(&wi->done, true);
        }
    }
    qemu_cond_broadcast(&qemu_work_cond);
}

/* ---- exclusive sections ---- */
void start_exclusive(void)
{
    CPUState *cpu;
    int running = 0;

    if (current_cpu && current_cpu->exclusive_context_count++) {
        return;
    }
    qemu_mutex_lock(&exclusive_lock);
    while (pending_cpus) {
        qemu_cond_wait(&exclusive_resume, &exclusive_lock);
    }
    qatomic_mb_set(&pending_cpus, 1);
    CPU_FOREACH(cpu) {
        if (qatomic_mb_read(&cpu->running)) {
            cpu->has_waiter = true;
            running++;
            qemu_cpu_kick(cpu);
        }
    }
    qatomic_set(&pending_cpus, running + 1);
    while (pending_cpus > 1) {
        qemu_cond_wait(&exclusive_cond, &exclusive_lock);
    }
    qemu_mutex_unlock(&exclusive_lock);
}

void end_exclusive(void)
{
    if (current_cpu && --current_cpu->exclusive_context_count) {
        return;
    }
    qemu_mutex_lock(&exclusive_lock);
    qatomic_set(&pending_cpus, 0);
    qemu_cond_broadcast(&exclusive_resume);
    qemu_mutex_unlock(&exclusive_lock);
}

void cpu_exec_start(CPUState *cpu)
{
    qatomic_mb_set(&cpu->running, true);
    if (likely(!qatomic_mb_read(&pending_cpus))) {
        return;
    }
    qemu_mutex_lock(&exclusive_lock);
    if (!cpu->has_waiter) {
        /* not counted: the section has begun without us */
        qatomic_mb_set(&cpu->running, false);
        while (pending_cpus) {
            qemu_cond_wait(&exclusive_resume, &exclusive_lock);
        }
        qatomic_mb_set(&cpu->running, true);
    }
    /* counted: run until the next exit, cpu_exec_end() tells */
    qemu_mutex_unlock(&exclusive_lock);
}

void cpu_exec_end(CPUState *cpu)
{
    qatomic_mb_set(&cpu->running, false);
    if (likely(!qatomic_mb_read(&pending_cpus))) {
        return;
    }
    qemu_mutex_lock(&exclusive_lock);
    if (cpu->has_waiter) {
        cpu->has_waiter = false;
        qatomic_set(&pending_cpus, pending_cpus - 1);
        if (pending_cpus == 1) {
            qemu_cond_signal(&exclusive_cond);
        }
    }
    qemu_mutex_unlock(&exclusive_lock);
}

/* ---- the thread's own side ---- */
static void stop_if_asked(CPUState *cpu)
{
    if (cpu->stop) {
        cpu->stop = false;
        cpu->stopped = true;
        qemu_cond_broadcast(&qemu_pause_cond);
    }
}

void qemu_wait_io_event(CPUState *cpu)
{
    while (cpu_thread_is_idle(cpu)) {
        qemu_cond_wait_bql(cpu->halt_cond);
    }
    qatomic_set(&cpu->thread_kicked, false);
    stop_if_asked(cpu);
    process_queued_cpu_work(cpu);
}

void cpu_thread_signal_created(CPUState *cpu)
{
    cpu->created = true;
    qemu_cond_broadcast(&qemu_cpu_cond);
}

void cpu_thread_signal_destroyed(CPUState *cpu)
{
    cpu->created = false;
    qemu_cond_broadcast(&qemu_cpu_cond);
}

void cpu_handle_guest_debug(CPUState *cpu)
{
    cpu->stopped = true;
    qemu_system_debug_request();
}

void cpu_stop_current(void)
{
    if (current_cpu) {
        current_cpu->stop = true;
        cpu_exit(current_cpu);
    }
}

/* ---- from outside ---- */
void qemu_init_vcpu(CPUState *cpu)
{
    cpu->stopped = true;
    cpu->halt_cond = g_new0(QemuCond, 1);
    qemu_cond_init(cpu->halt_cond);
    if (!cpus_accel || !cpus_accel->create_vcpu_thread) {
        return;
    }
    cpu->thread = g_new0(QemuThread, 1);
    cpus_accel->create_vcpu_thread(cpu);
    while (!cpu->created) {
        qemu_cond_wait_bql(&qemu_cpu_cond);
    }
}

void cpu_pause(CPUState *cpu)
{
    if (qemu_cpu_is_self(cpu)) {
        cpu->stop = false;
        cpu->stopped = true;
        cpu_exit(cpu);
    } else if (cpu->created) {
        cpu->stop = true;
        qemu_cpu_kick(cpu);
    } else {
        cpu->stopped = true;
    }
}

void cpu_resume(CPUState *cpu)
{
    cpu->stop = false;
    cpu->stopped = false;
    qemu_cpu_kick(cpu);
}

void pause_all_vcpus(void)
{
    CPUState *cpu;

    CPU_FOREACH(cpu) {
        cpu_pause(cpu);
    }
    while (!all_vcpus_paused()) {
        CPU_FOREACH(cpu) {
            if (!cpu->stopped) {
                qemu_cpu_kick(cpu);
            }
        }
        qemu_cond_wait_bql(&qemu_pause_cond);
    }
}

void resume_all_vcpus(void)
{
    CPUState *cpu;

    if (!runstate_is_running()) {
        return;
    }
    CPU_FOREACH(cpu) {
        cpu_resume(cpu);
    }
}

/* Unplug: ask the thread to end and wait for it, without the BQL. */
void cpu_remove_sync(CPUState *cpu)
{
    cpu->stop = true;
    cpu->unplug = true;
    qemu_cpu_kick(cpu);
    if (!cpu->thread) {
        return;
    }
    bql_unlock();
    qemu_thread_join(cpu->thread);
    bql_lock();
    g_free(cpu->thread);
    cpu->thread = NULL;
}

/* ---- the accelerators' caches ---- */
void tlb_flush_all_cpus(void)
{
    CPUState *cpu;

    CPU_FOREACH(cpu) {
        if (qemu_cpu_is_self(cpu) || !cpu->created) {
            tlb_flush(cpu);
        } else if (cpu->cc->tcg_ops && cpu->cc->tcg_ops->flush_async) {
            cpu->cc->tcg_ops->flush_async(cpu);
        }
    }
}

/* ---- a debugger's view of memory ---- */
int cpu_memory_rw_debug(CPUState *cpu, vaddr addr, void *ptr, size_t len, bool is_write)
{
    AddressSpace *as = cpu->as ?: &address_space_memory;
    uint8_t *buf = ptr;

    while (len) {
        size_t n = MIN(len, 4096 - (addr & 4095));
        hwaddr phys = cpu_get_phys_page_debug(cpu, addr);
        MemTxResult r;

        if (phys == (hwaddr)-1) {
            return -1;
        }
        phys |= addr & 4095;
        r = is_write ? address_space_write_rom(as, phys, MEMTXATTRS_UNSPECIFIED, buf, n)
                     : address_space_read(as, phys, MEMTXATTRS_UNSPECIFIED, buf, n);
        if (r != MEMTX_OK) {
            return -1;
        }
        addr += n;
        buf += n;
        len -= n;
    }
    return 0;
}

/* ---- register synchronisation: nothing to do unless the accelerator keeps registers elsewhere ---- */
void cpu_synchronize_state(CPUState *cpu)
{
    if (cpus_accel && cpus_accel->synchronize_state) {
        cpus_accel->synchronize_state(cpu);
    }
}

void cpu_synchronize_post_reset(CPUState *cpu)
{
    if (cpus_accel && cpus_accel->synchronize_post_reset) {
        cpus_accel->synchronize_post_reset(cpu);
    }
}

void cpu_synchronize_post_init(CPUState *cpu)
{
    if (cpus_accel && cpus_accel->synchronize_post_init) {
        cpus_accel->synchronize_post_init(cpu);
    }
}

void cpu_synchronize_pre_loadvm(CPUState *cpu)
{
    if (cpus_accel && cpus_accel->synchronize_pre_loadvm) {
        cpus_accel->synchronize_pre_loadvm(cpu);
    }
}

#define FOR_ALL(name)                       \
    void cpu_synchronize_all_##name(void)   \
    {                                       \
        CPUState *cpu;                      \
                                            \
        CPU_FOREACH(cpu) {                  \
            cpu_synchronize_##name(cpu);    \
        }                                   \
    }
FOR_ALL(post_reset)
FOR_ALL(post_init)
FOR_ALL(pre_loadvm)

void cpu_synchronize_all_states(void)
{
    CPUState *cpu;

    CPU_FOREACH(cpu) {
        cpu_synchronize_state(cpu);
    }
}
