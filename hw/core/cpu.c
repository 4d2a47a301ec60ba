// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The abstract CPU device: the list of CPUs, creation and lookup by model, reset, interrupt bits, breakpoints and
 * debugger access to memory. Threads are in system/cpus.c, the architecture in target/. Locks: see hw/core/cpu.h.
 */
#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "hw/core/qdev-properties.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/error-report.h"

CPUTailQ cpus_queue = QTAILQ_HEAD_INITIALIZER(cpus_queue);
__thread CPUState *current_cpu;

/* ---- the list ---- */
void cpu_list_add(CPUState *cpu)
{
    CPUState *other;
    int index = 0;

    if (cpu->cpu_index < 0) {
        CPU_FOREACH(other) {
            index = MAX(index, other->cpu_index + 1);
        }
        cpu->cpu_index = index;
    }
    QTAILQ_INSERT_TAIL(&cpus_queue, cpu, node);
}

void cpu_list_remove(CPUState *cpu)
{
    if (qemu_get_cpu(cpu->cpu_index) == cpu) {
        QTAILQ_REMOVE(&cpus_queue, cpu, node);
    }
    cpu->cpu_index = -1;
}

CPUState *qemu_get_cpu(int index)
{
    CPUState *cpu;

    CPU_FOREACH(cpu) {
        if (cpu->cpu_index == index) {
            return cpu;
        }
    }
    return NULL;
}

CPUState *cpu_by_arch_id(int64_t id)
{
    CPUState *cpu;

    CPU_FOREACH(cpu) {
        if (cpu->cc->get_arch_id(cpu) == id) {
            return cpu;
        }
    }
    return NULL;
}

bool cpu_exists(int64_t id)
{
    return cpu_by_arch_id(id) != NULL;
}

/* ---- models ---- */
ObjectClass *cpu_class_by_name(const char *typename, const char *cpu_model)
{
    ObjectClass *oc = object_class_by_name(typename);
    CPUClass *cc = oc ? CPU_CLASS(oc) : NULL;

    return cc && cc->class_by_name ? cc->class_by_name(cpu_model) : NULL;
}

CPUState *cpu_create(const char *typename)
{
    Object *obj = object_new(typename);
    Error *err = NULL;

    if (!qdev_realize(DEVICE(obj), NULL, &err)) {
        error_report_err(err);
        object_unref(obj);
        exit(1);
    }
    return CPU(obj);
}

/* ---- reset and interrupts ---- */
void cpu_reset(CPUState *cpu)
{
    cpu->interrupt_request = 0;
    cpu->halted = cpu->start_powered_off;
    cpu->exception_index = -1;
    cpu->crash_occurred = false;
    cpu->watchpoint_hit = NULL;
    if (cpu->cc->reset_hold) {
        cpu->cc->reset_hold(cpu);
    }
    tlb_flush(cpu);
}

void cpu_reset_interrupt(CPUState *cpu, int mask)
{
    qatomic_and(&cpu->interrupt_request, ~mask);
}

void cpu_exit(CPUState *cpu)
{
    qatomic_mb_set(&cpu->exit_request, true);
}

/* ---- the accelerator's caches ---- */
void tlb_flush(CPUState *cpu)
{
    if (cpu->cc->tcg_ops && cpu->cc->tcg_ops->tlb_flush) {
        cpu->cc->tcg_ops->tlb_flush(cpu);
    }
}

void tlb_flush_page(CPUState *cpu, vaddr addr)
{
    if (cpu->cc->tcg_ops && cpu->cc->tcg_ops->tlb_flush_page) {
        cpu->cc->tcg_ops->tlb_flush_page(cpu, addr);
    }
}

void cpu_code_modified(ram_addr_t start, ram_addr_t length)
{
    CPUState *cpu = first_cpu;

    if (cpu && cpu->cc->tcg_ops && cpu->cc->tcg_ops->code_modified) {
        cpu->cc->tcg_ops->code_modified(start, length);
    }
}

/* ---- breakpoints; inserting one makes the CPU leave its fast path ---- */
int cpu_breakpoint_insert(CPUState *cpu, vaddr pc, int flags, CPUBreakpoint **breakpoint)
{
    CPUBreakpoint *bp = g_new0(CPUBreakpoint, 1);

    bp->pc = pc;
    bp->flags = flags;
    if (flags & BP_GDB) {
        QTAILQ_INSERT_HEAD(&cpu->breakpoints, bp, entry);
    } else {
        QTAILQ_INSERT_TAIL(&cpu->breakpoints, bp, entry);
    }
    cpu_exit(cpu);
    if (breakpoint) {
        *breakpoint = bp;
    }
    return 0;
}

void cpu_breakpoint_remove_by_ref(CPUState *cpu, CPUBreakpoint *bp)
{
    QTAILQ_REMOVE(&cpu->breakpoints, bp, entry);
    g_free(bp);
    cpu_exit(cpu);
}

int cpu_breakpoint_remove(CPUState *cpu, vaddr pc, int flags)
{
    CPUBreakpoint *bp;

    QTAILQ_FOREACH(bp, &cpu->breakpoints, entry) {
        if (bp->pc == pc && bp->flags == flags) {
            cpu_breakpoint_remove_by_ref(cpu, bp);
            return 0;
        }
    }
    return -ENOENT;
}

void cpu_breakpoint_remove_all(CPUState *cpu, int mask)
{
    CPUBreakpoint *bp, *next;

    QTAILQ_FOREACH_SAFE(bp, &cpu->breakpoints, entry, next) {
        if (bp->flags & mask) {
            cpu_breakpoint_remove_by_ref(cpu, bp);
        }
    }
}

int cpu_watchpoint_insert(CPUState *cpu, vaddr addr, vaddr len, int flags, CPUWatchpoint **watchpoint)
{
    CPUWatchpoint *wp;

    if (!len || addr + len - 1 < addr) {
        return -EINVAL;
    }
    wp = g_new0(CPUWatchpoint, 1);
    wp->vaddr = addr;
    wp->len = len;
    wp->flags = flags;
    QTAILQ_INSERT_TAIL(&cpu->watchpoints, wp, entry);
    tlb_flush(cpu);
    if (watchpoint) {
        *watchpoint = wp;
    }
    return 0;
}

void cpu_watchpoint_remove_by_ref(CPUState *cpu, CPUWatchpoint *wp)
{
    QTAILQ_REMOVE(&cpu->watchpoints, wp, entry);
    if (cpu->watchpoint_hit == wp) {
        cpu->watchpoint_hit = NULL;
    }
    g_free(wp);
    tlb_flush(cpu);
}

int cpu_watchpoint_remove(CPUState *cpu, vaddr addr, vaddr len, int flags)
{
    CPUWatchpoint *wp;

    QTAILQ_FOREACH(wp, &cpu->watchpoints, entry) {
        if (wp->vaddr == addr && wp->len == len && wp->flags == flags) {
            cpu_watchpoint_remove_by_ref(cpu, wp);
            return 0;
        }
    }
    return -ENOENT;
}

void cpu_watchpoint_remove_all(CPUState *cpu, int mask)
{
    CPUWatchpoint *wp, *next;

    QTAILQ_FOREACH_SAFE(wp, &cpu->watchpoints, entry, next) {
        if (wp->flags & mask) {
            cpu_watchpoint_remove_by_ref(cpu, wp);
        }
    }
}

void cpu_single_step(CPUState *cpu, int enabled)
{
    cpu->singlestep_enabled = enabled;
    cpu_exit(cpu);
}

/* ---- looking at it from outside ---- */
bool cpu_paging_enabled(const CPUState *cpu)
{
    return cpu->cc->get_paging_enabled && cpu->cc->get_paging_enabled(cpu);
}

hwaddr cpu_get_phys_page_debug(CPUState *cpu, vaddr addr)
{
    const SysemuCPUOps *ops = cpu->cc->sysemu_ops;

    return ops && ops->get_phys_page_attrs_debug ? ops->get_phys_page_attrs_debug(cpu, addr, NULL) : (hwaddr)-1;
}

void cpu_dump_state(CPUState *cpu, FILE *f, int flags)
{
    if (cpu->cc->dump_state) {
        cpu->cc->dump_state(cpu, f, flags);
    }
}

static const VMStateField cpu_common_fields[] = {
    VMSTATE_UINT32(halted, CPUState),
    VMSTATE_UINT32(interrupt_request, CPUState),
    VMSTATE_END_OF_LIST()
};

static int cpu_common_post_load(void *opaque, int version_id)
{
    CPUState *cpu = opaque;

    tlb_flush(cpu);
    return 0;
}

const VMStateDescription vmstate_cpu_common = {
    .name = "cpu_common",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = cpu_common_post_load,
    .fields = cpu_common_fields,
};

/* ---- the type ---- */
static bool never_work(CPUState *cpu)
{
    return false;
}

static int64_t index_as_id(CPUState *cpu)
{
    return cpu->cpu_index;
}

static void cpu_instance_init(Object *obj)
{
    CPUState *cpu = CPU(obj);

    cpu->cc = CPU_GET_CLASS(obj);
    cpu->cpu_index = -1;
    cpu->exception_index = -1;
    cpu->nr_cores = cpu->nr_threads = 1;
    cpu->stopped = true;
    qemu_mutex_init(&cpu->work_mutex);
    QSIMPLEQ_INIT(&cpu->work_list);
    QTAILQ_INIT(&cpu->breakpoints);
    QTAILQ_INIT(&cpu->watchpoints);
}

static void cpu_instance_finalize(Object *obj)
{
    CPUState *cpu = CPU(obj);

    cpu_breakpoint_remove_all(cpu, BP_ANY);
    while (!QTAILQ_EMPTY(&cpu->watchpoints)) {
        CPUWatchpoint *wp = QTAILQ_FIRST(&cpu->watchpoints);

        QTAILQ_REMOVE(&cpu->watchpoints, wp, entry);
        g_free(wp);
    }
    qemu_mutex_destroy(&cpu->work_mutex);
}

static void cpu_common_realize(DeviceState *dev, Error **errp)
{
    CPUState *cpu = CPU(dev);
    const SysemuCPUOps *ops = cpu->cc->sysemu_ops;

    cpu_list_add(cpu);
    vmstate_register(NULL, cpu->cpu_index, &vmstate_cpu_common, cpu);
    if (ops && ops->legacy_vmsd) {
        vmstate_register(NULL, cpu->cpu_index, ops->legacy_vmsd, cpu);
    }
}

static void cpu_common_unrealize(DeviceState *dev)
{
    CPUState *cpu = CPU(dev);
    const SysemuCPUOps *ops = cpu->cc->sysemu_ops;

    if (ops && ops->legacy_vmsd) {
        vmstate_unregister(NULL, ops->legacy_vmsd, cpu);
    }
    vmstate_unregister(NULL, &vmstate_cpu_common, cpu);
    cpu_list_remove(cpu);
}

static void cpu_class_init(ObjectClass *oc, const void *data)
{
    CPUClass *cc = CPU_CLASS(oc);

    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = cpu_common_realize;
    dc->unrealize = cpu_common_unrealize;
    dc->user_creatable = false;
    cc->has_work = never_work;
    cc->get_arch_id = index_as_id;
    set_bit(DEVICE_CATEGORY_CPU, dc->categories);
}

static const TypeInfo cpu_types[] = {
    {
        .name = TYPE_CPU,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(CPUState),
        .instance_init = cpu_instance_init,
        .instance_finalize = cpu_instance_finalize,
        .abstract = true,
        .class_size = sizeof(CPUClass),
        .class_init = cpu_class_init,
    },
};
DEFINE_TYPES(cpu_types)
