// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * X86CPU as a device: realize, its local APIC, reset, and the glue the generic CPU code asks for.
 *
 * Types and models are in cpu-types.c, properties in cpu-props.c, features in cpu-expand.c, CPUID in cpu-leaves.c.
 * BQL; reset also on the CPU's own thread for INIT (helper.c).
 */
#include "qemu/osdep.h"
#include "hw/core/boards.h"
#include "hw/i386/apic.h"
#include "qapi/error.h"
#include "qemu/accel.h"
#include "system/cpus.h"
#include "system/reset.h"
#include "target/i386/cpu.h"
#include "target/i386/cpu-leaves.h"
#include "target/i386/tcg/tcg-cpu.h"

#define X86_PHYS_BITS_DEFAULT 40
#define X86_PHYS_BITS_MIN 32
#define X86_PHYS_BITS_MAX 52

/* ---- reset: SDM vol. 3, table 10-1 ---- */

static void reset_segments(CPUX86State *env)
{
    uint32_t data = DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | DESC_A_MASK;

    cpu_x86_load_seg_cache(env, R_CS, 0xf000, 0xffff0000, 0xffff, data | DESC_CS_MASK);
    for (int i = 0; i < 6; i++) {
        if (i != R_CS) {
            cpu_x86_load_seg_cache(env, i, 0, 0, 0xffff, data);
        }
    }
    env->gdt.limit = 0xffff;
    env->idt.limit = 0xffff;
    env->ldt = (SegmentCache) { .limit = 0xffff, .flags = DESC_P_MASK | 2 << DESC_TYPE_SHIFT };
    env->tr = (SegmentCache) { .limit = 0xffff, .flags = DESC_P_MASK | 11 << DESC_TYPE_SHIFT };
}

static void x86_cpu_reset_hold(CPUState *cs)
{
    X86CPU *cpu = X86_CPU(cs);
    CPUX86State *env = &cpu->env;

    cpu_breakpoint_remove_all(cs, BP_CPU);
    cpu_watchpoint_remove_all(cs, BP_CPU);
    memset(env, 0, offsetof(CPUX86State, cpuid_level));
    env->old_exception = -1;
    env->exception_nr = -1;
    env->interrupt_injected = -1;
    env->a20_mask = -1;
    env->smbase = 0x30000;
    env->hflags2 = HF2_GIF_MASK;
    env->cr[0] = CR0_CD_MASK | CR0_NW_MASK | CR0_ET_MASK;
    env->eip = 0xfff0;
    env->regs[R_EDX] = env->cpuid_version;
    env->df = 1;
    cpu_load_eflags(env, 0x2, UINT32_MAX);
    reset_segments(env);
    env->dr[6] = DR6_FIXED_1;
    env->dr[7] = DR7_FIXED_1;
    env->xcr0 = 1;
    env->pat = 0x0007040600070406ull;
    env->msr_ia32_misc_enable = 1;          /* fast strings */
    env->mcg_cap = x86_has_feature(env, FEAT_1_EDX, 14) ? MCE_BANKS_DEF | 1 << 8 | 1 << 24 : 0;
    env->mcg_ctl = env->mcg_cap ? UINT64_MAX : 0;
    for (unsigned i = 0; i < MCE_BANKS_DEF && env->mcg_cap; i++) {
        env->mce_banks[i * 4] = UINT64_MAX;
    }
    x86_fp_reset(&env->fp);
    env->tsc_khz = env->user_tsc_khz ? env->user_tsc_khz : X86_TCG_TSC_KHZ;
    x86_update_hflags(env);
    cs->halted = cs->cpu_index != 0;
    tlb_flush(cs);
}

/* System reset: the CPU and its APIC. Only the boot processor runs afterwards. */
static void x86_cpu_machine_reset(void *opaque)
{
    X86CPU *cpu = opaque;

    cpu_reset(CPU(cpu));
    if (cpu->apic_state) {
        device_cold_reset(cpu->apic_state);
    }
}

/* ---- realize ---- */

static void take_topology_from_machine(CPUState *cs)
{
    MachineState *ms = (MachineState *)object_dynamic_cast(qdev_get_machine(), TYPE_MACHINE);

    if (ms) {
        const CpuTopology *t = &ms->smp;

        cs->nr_threads = MAX(t->threads, 1);
        cs->nr_cores = MAX(t->cores, 1) * MAX(t->dies, 1) * MAX(t->modules, 1) * MAX(t->clusters, 1);
        cpu_env(cs)->nr_dies = MAX(t->dies, 1);
    }
    cs->nr_threads = MAX(cs->nr_threads, 1);
    cs->nr_cores = MAX(cs->nr_cores, 1);
}

static bool set_phys_bits(X86CPU *cpu, Error **errp)
{
    bool lm = x86_has_feature(&cpu->env, FEAT_8000_0001_EDX, 29);

    if (!cpu->phys_bits) {
        cpu->phys_bits = lm ? X86_PHYS_BITS_DEFAULT : 36;
    }
    if (cpu->phys_bits < X86_PHYS_BITS_MIN || cpu->phys_bits > X86_PHYS_BITS_MAX) {
        error_setg(errp, "phys-bits should be between %u and %u (but is %u)", X86_PHYS_BITS_MIN, X86_PHYS_BITS_MAX,
                   cpu->phys_bits);
        return false;
    }
    return true;
}

static bool create_apic(X86CPU *cpu, Error **errp)
{
    CPUState *cs = CPU(cpu);
    Object *apic;

    if (!x86_has_feature(&cpu->env, FEAT_1_EDX, 9) && cs->nr_cores * cs->nr_threads == 1) {
        return true;
    }
    apic = object_new(TYPE_APIC);
    object_property_add_child(OBJECT(cpu), "lapic", apic);
    object_unref(apic);
    if (!object_property_set_uint(apic, "id", cpu->apic_id, errp) ||
        !object_property_set_link(apic, "cpu", OBJECT(cpu), errp) ||
        !qdev_realize(DEVICE(apic), NULL, errp)) {
        object_unparent(apic);
        return false;
    }
    cpu->apic_state = DEVICE(apic);
    apic_designate_bsp(cpu->apic_state, cs->cpu_index == 0);
    device_cold_reset(cpu->apic_state);
    return true;
}

static void x86_cpu_realize(DeviceState *dev, Error **errp)
{
    ERRP_GUARD();
    X86CPU *cpu = X86_CPU(dev);
    CPUState *cs = CPU(dev);

    if (cpu->apic_id == UNASSIGNED_APIC_ID) {
        error_setg(errp, "apic-id property was not initialized properly");
        return;
    }
    take_topology_from_machine(cs);
    if (!x86_cpu_expand_features(cpu, errp) || !x86_cpu_filter_features(cpu, errp) || !set_phys_bits(cpu, errp)) {
        return;
    }
    X86_CPU_GET_CLASS(cpu)->parent_realize(dev, errp);
    if (*errp) {
        return;
    }
    if (!create_apic(cpu, errp)) {
        X86_CPU_GET_CLASS(cpu)->parent_unrealize(dev);
        return;
    }
    cpu_reset(cs);
    qemu_register_reset(x86_cpu_machine_reset, cpu);
    qemu_init_vcpu(cs);
}

static void x86_cpu_unrealize(DeviceState *dev)
{
    X86CPU *cpu = X86_CPU(dev);

    cpu_remove_sync(CPU(dev));
    qemu_unregister_reset(x86_cpu_machine_reset, cpu);
    if (cpu->apic_state) {
        object_unparent(OBJECT(cpu->apic_state));
        cpu->apic_state = NULL;
    }
    X86_CPU_GET_CLASS(cpu)->parent_unrealize(dev);
}

/* ---- answers to generic code ---- */

static bool x86_cpu_has_work(CPUState *cs)
{
    CPUX86State *env = cpu_env(cs);
    uint32_t pending = qatomic_read(&cs->interrupt_request);

    if (pending & CPU_INTERRUPT_HARD && env->eflags & IF_MASK) {
        return true;
    }
    if (pending & CPU_INTERRUPT_NMI && !(env->hflags2 & HF2_NMI_MASK)) {
        return true;
    }
    return pending & (CPU_INTERRUPT_INIT | CPU_INTERRUPT_SIPI | CPU_INTERRUPT_MCE | CPU_INTERRUPT_SMI);
}

static int64_t x86_cpu_get_arch_id(CPUState *cs)
{
    return X86_CPU(cs)->apic_id;
}

static bool x86_cpu_get_paging_enabled(const CPUState *cs)
{
    return cpu_env((CPUState *)cs)->cr[0] & CR0_PG_MASK;
}

static void x86_cpu_set_pc(CPUState *cs, vaddr value)
{
    cpu_env(cs)->eip = value;
}

static vaddr x86_cpu_get_pc(CPUState *cs)
{
    CPUX86State *env = cpu_env(cs);

    return env->eip + env->segs[R_CS].base;
}

static const SysemuCPUOps x86_sysemu_ops = {
    .get_phys_page_attrs_debug = x86_cpu_get_phys_page_attrs_debug,
    .legacy_vmsd = &vmstate_x86_cpu,
};

static void x86_cpu_class_init(ObjectClass *oc, const void *data)
{
    X86CPUClass *xcc = X86_CPU_CLASS(oc);
    CPUClass *cc = CPU_CLASS(oc);
    DeviceClass *dc = DEVICE_CLASS(oc);

    device_class_set_parent_realize(dc, x86_cpu_realize, &xcc->parent_realize);
    device_class_set_parent_unrealize(dc, x86_cpu_unrealize, &xcc->parent_unrealize);
    x86_cpu_add_properties(oc);
    dc->user_creatable = true;
    cc->class_by_name = x86_cpu_class_by_name;
    cc->parse_features = x86_cpu_parse_features;
    cc->reset_hold = x86_cpu_reset_hold;
    cc->has_work = x86_cpu_has_work;
    cc->get_arch_id = x86_cpu_get_arch_id;
    cc->get_paging_enabled = x86_cpu_get_paging_enabled;
    cc->dump_state = x86_cpu_dump_state;
    cc->set_pc = x86_cpu_set_pc;
    cc->get_pc = x86_cpu_get_pc;
    cc->sysemu_ops = &x86_sysemu_ops;
    x86_tcg_cpu_class_init(cc);
}

static const TypeInfo x86_cpu_base_types[] = {
    {
        .name = TYPE_X86_CPU,
        .parent = TYPE_CPU,
        .instance_size = sizeof(X86CPU),
        .instance_align = __alignof(X86CPU),
        .instance_init = x86_cpu_instance_init,
        .abstract = true,
        .class_size = sizeof(X86CPUClass),
        .class_init = x86_cpu_class_init,
    },
};
DEFINE_TYPES(x86_cpu_base_types)
