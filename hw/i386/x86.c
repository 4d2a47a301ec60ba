/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The x86 base machine: vCPUs with their APIC ids, interrupt lines to CPUs and I/O APICs, and the properties
 * common to pc, q35 and microvm. Start-up and BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/sysbus.h"
#include "hw/i386/apic.h"
#include "hw/i386/x86.h"
#include "qapi/error.h"
#include "qapi/util.h"
#include "qapi/qapi-visit-common.h"
#include "qapi/visitor.h"
#include "system/reset.h"
#include "target/i386/cpu.h"

/* ---- CPUs ---- */

void init_topo_info(X86CPUTopoInfo *topo_info, const X86MachineState *x86ms)
{
    const CpuTopology *smp = &x86ms->parent.smp;

    *topo_info = (X86CPUTopoInfo) {
        .dies_per_pkg = smp->dies, .modules_per_die = smp->modules, .cores_per_module = smp->cores,
        .threads_per_core = smp->threads,
    };
}

const CPUArchIdList *x86_possible_cpu_arch_ids(MachineState *ms)
{
    X86MachineState *x86ms = X86_MACHINE(ms);
    unsigned max_cpus = ms->smp.max_cpus;
    X86CPUTopoInfo topo;

    if (ms->possible_cpus) {
        return ms->possible_cpus;
    }
    init_topo_info(&topo, x86ms);
    ms->possible_cpus = g_malloc0(sizeof(CPUArchIdList) + sizeof(CPUArchId) * max_cpus);
    ms->possible_cpus->len = max_cpus;
    for (unsigned i = 0; i < max_cpus; i++) {
        CPUArchId *slot = &ms->possible_cpus->cpus[i];
        X86CPUTopoIDs ids;

        slot->type = ms->cpu_type;
        slot->vcpus_count = 1;
        slot->arch_id = x86_apicid_from_cpu_idx(&topo, i);
        x86_topo_ids_from_idx(&topo, i, &ids);
        slot->props.has_socket_id = true;
        slot->props.socket_id = ids.pkg_id;
        slot->props.has_die_id = ms->smp.dies > 1;
        slot->props.die_id = ids.die_id;
        slot->props.has_module_id = ms->smp.modules > 1;
        slot->props.module_id = ids.module_id;
        slot->props.has_core_id = true;
        slot->props.core_id = ids.core_id;
        slot->props.has_thread_id = true;
        slot->props.thread_id = ids.smt_id;
    }
    return ms->possible_cpus;
}

CPUInstanceProps x86_cpu_index_to_props(MachineState *ms, unsigned cpu_index)
{
    const CPUArchIdList *list = x86_possible_cpu_arch_ids(ms);

    return cpu_index < list->len ? list->cpus[cpu_index].props : (CPUInstanceProps) { 0 };
}

static bool x86_cpu_new(X86MachineState *x86ms, CPUArchId *slot, Error **errp)
{
    Object *cpu = object_new(x86ms->parent.cpu_type);
    bool ok = object_property_set_uint(cpu, "apic-id", slot->arch_id, errp) &&
              object_property_set_int(cpu, "socket-id", slot->props.socket_id, errp) &&
              object_property_set_int(cpu, "die-id", slot->props.die_id, errp) &&
              object_property_set_int(cpu, "core-id", slot->props.core_id, errp) &&
              object_property_set_int(cpu, "thread-id", slot->props.thread_id, errp) &&
              qdev_realize(DEVICE(cpu), NULL, errp);

    if (ok) {
        slot->cpu = cpu;
    }
    object_unref(cpu);
    return ok;
}

void x86_cpus_init(X86MachineState *x86ms, Error **errp)
{
    MachineState *ms = MACHINE(x86ms);
    X86CPUTopoInfo topo;

    x86_possible_cpu_arch_ids(ms);
    init_topo_info(&topo, x86ms);
    x86ms->apic_id_limit = x86_apicid_from_cpu_idx(&topo, ms->smp.max_cpus - 1) + 1;
    for (unsigned i = 0; i < ms->smp.cpus; i++) {
        if (!x86_cpu_new(x86ms, &ms->possible_cpus->cpus[i], errp)) {
            return;
        }
    }
    x86ms->boot_cpus = ms->smp.cpus;
    sysbus_create_simple(TYPE_KVM_VAPIC, -1, NULL);
}

/* ---- interrupt lines ---- */

/* INTR of the 8259 pair: through LINT0 of the APICs that listen, or straight to a CPU without one. */
static void pic_irq_request(void *opaque, int irq, int level)
{
    CPUState *cs = first_cpu;

    if (!cs) {
        return;
    }
    if (X86_CPU(cs)->apic_state) {
        CPU_FOREACH(cs) {
            DeviceState *apic = X86_CPU(cs)->apic_state;

            if (apic_accept_pic_intr(apic)) {
                apic_deliver_pic_intr(apic, level);
            }
        }
    } else if (level) {
        cpu_interrupt(cs, CPU_INTERRUPT_HARD);
    } else {
        cpu_reset_interrupt(cs, CPU_INTERRUPT_HARD);
    }
}

qemu_irq x86_allocate_cpu_irq(void)
{
    return qemu_allocate_irq(pic_irq_request, NULL, 0);
}

static void handle_a20_line_change(void *opaque, int irq, int level)
{
    if (first_cpu) {
        x86_cpu_set_a20(X86_CPU(first_cpu), level);
    }
}

qemu_irq x86_allocate_a20_irq(void)
{
    return qemu_allocate_irq(handle_a20_line_change, NULL, 0);
}

void gsi_handler(void *opaque, int n, int level)
{
    GSIState *s = opaque;

    if (n < ISA_NUM_IRQS && s->i8259_irq[n]) {
        qemu_set_irq(s->i8259_irq[n], level);
    }
    if (n >= IO_APIC_SECONDARY_IRQBASE) {
        qemu_set_irq(s->ioapic2_irq[n - IO_APIC_SECONDARY_IRQBASE], level);
    } else if (n == 0) {
        qemu_set_irq(s->ioapic_irq[2], level);      /* the timer; input 0 is the 8259's INTR on real boards */
    } else {
        qemu_set_irq(s->ioapic_irq[n], level);
    }
}

static DeviceState *ioapic_create(hwaddr addr, qemu_irq *pins, Object *parent, const char *name)
{
    DeviceState *dev = qdev_new(TYPE_IOAPIC);

    if (parent) {
        object_property_add_child(parent, name, OBJECT(dev));
    }
    sysbus_realize_and_unref(SYS_BUS_DEVICE(dev), &error_fatal);
    sysbus_mmio_map(SYS_BUS_DEVICE(dev), 0, addr);
    for (int i = 0; i < IOAPIC_NUM_PINS; i++) {
        pins[i] = qdev_get_gpio_in(dev, i);
    }
    return dev;
}

void ioapic_init_gsi(GSIState *gsi_state, Object *parent)
{
    ioapic_create(IO_APIC_DEFAULT_ADDRESS, gsi_state->ioapic_irq, parent, "ioapic");
}

DeviceState *ioapic_init_secondary(GSIState *gsi_state)
{
    return ioapic_create(IO_APIC_SECONDARY_ADDRESS, gsi_state->ioapic2_irq, NULL, NULL);
}

qemu_irq *x86_gsi_create(X86MachineState *x86ms, GSIState **state)
{
    *state = g_new0(GSIState, 1);
    x86ms->gsi = qemu_allocate_irqs(gsi_handler, *state, 2 * IOAPIC_NUM_PINS);
    return x86ms->gsi;
}

/* ---- properties ---- */

bool x86_machine_is_smm_enabled(const X86MachineState *x86ms)
{
    return x86ms->smm != ON_OFF_AUTO_OFF;
}

bool x86_machine_is_acpi_enabled(const X86MachineState *x86ms)
{
    return x86ms->acpi != ON_OFF_AUTO_OFF;
}

#define X86_AUTO_PROP(_name)                                                                                    \
    static void x86_get_##_name(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)          \
    {                                                                                                           \
        OnOffAuto value = X86_MACHINE(obj)->_name;                                                              \
        visit_type_OnOffAuto(v, name, &value, errp);                                                            \
    }                                                                                                           \
    static void x86_set_##_name(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)          \
    {                                                                                                           \
        visit_type_OnOffAuto(v, name, &X86_MACHINE(obj)->_name, errp);                                          \
    }
X86_AUTO_PROP(smm)
X86_AUTO_PROP(acpi)
X86_AUTO_PROP(pit)
X86_AUTO_PROP(pic)

#define X86_OEM_PROP(_fn, _max)                                                                                 \
    static char *x86_get_##_fn(Object *obj, Error **errp)                                                       \
    {                                                                                                           \
        return g_strdup(X86_MACHINE(obj)->_fn);                                                                 \
    }                                                                                                           \
    static void x86_set_##_fn(Object *obj, const char *value, Error **errp)                                     \
    {                                                                                                           \
        if (strlen(value) > (_max)) {                                                                           \
            error_setg(errp, "-machine: the ACPI name '%s' is longer than %d characters", value, (_max));       \
            return;                                                                                             \
        }                                                                                                       \
        g_free(X86_MACHINE(obj)->_fn);                                                                          \
        X86_MACHINE(obj)->_fn = g_strdup(value);                                                                \
    }
X86_OEM_PROP(oem_id, 6)
X86_OEM_PROP(oem_table_id, 8)

/* Accepted so that command lines written for KVM work: the interrupt controllers are always ours here. */
static void x86_set_kernel_irqchip(Object *obj, const char *value, Error **errp)
{
    if (strcmp(value, "on") && strcmp(value, "off") && strcmp(value, "split")) {
        error_setg(errp, "Parameter 'kernel-irqchip' expects 'on', 'off' or 'split'");
        return;
    }
    g_free(X86_MACHINE(obj)->kernel_irqchip);
    X86_MACHINE(obj)->kernel_irqchip = g_strdup(value);
}

static void x86_machine_initfn(Object *obj)
{
    X86MachineState *x86ms = X86_MACHINE(obj);

    x86ms->smm = ON_OFF_AUTO_AUTO;
    x86ms->acpi = ON_OFF_AUTO_AUTO;
    x86ms->pit = ON_OFF_AUTO_AUTO;
    x86ms->pic = ON_OFF_AUTO_AUTO;
    x86ms->oem_id = g_strdup("BOCHS ");
    x86ms->oem_table_id = g_strdup("BXPC    ");
    x86ms->above_4g_mem_start = 4ULL << 30;
}

static void x86_machine_finalize(Object *obj)
{
    X86MachineState *x86ms = X86_MACHINE(obj);

    g_free(x86ms->oem_id);
    g_free(x86ms->oem_table_id);
    g_free(x86ms->kernel_irqchip);
}

static void x86_machine_reset(MachineState *machine)
{
    qemu_devices_reset();
    x86_boot_reset(X86_MACHINE(machine));
}

static void x86_machine_class_init(ObjectClass *oc, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);

    mc->reset = x86_machine_reset;
    mc->possible_cpu_arch_ids = x86_possible_cpu_arch_ids;
    mc->cpu_index_to_instance_props = x86_cpu_index_to_props;
    X86_MACHINE_CLASS(oc)->fwcfg_dma_enabled = true;
    object_class_property_add(oc, "smm", "OnOffAuto", x86_get_smm, x86_set_smm, NULL, NULL);
    object_class_property_set_description(oc, "smm", "system management mode");
    object_class_property_add(oc, "acpi", "OnOffAuto", x86_get_acpi, x86_set_acpi, NULL, NULL);
    object_class_property_set_description(oc, "acpi", "ACPI tables and power management");
    object_class_property_add(oc, "pit", "OnOffAuto", x86_get_pit, x86_set_pit, NULL, NULL);
    object_class_property_set_description(oc, "pit", "i8254 interval timer");
    object_class_property_add(oc, "pic", "OnOffAuto", x86_get_pic, x86_set_pic, NULL, NULL);
    object_class_property_set_description(oc, "pic", "i8259 interrupt controllers");
    object_class_property_add_str(oc, "x-oem-id", x86_get_oem_id, x86_set_oem_id);
    object_class_property_set_description(oc, "x-oem-id", "OEM ID in the headers of ACPI tables");
    object_class_property_add_str(oc, "x-oem-table-id", x86_get_oem_table_id, x86_set_oem_table_id);
    object_class_property_set_description(oc, "x-oem-table-id", "OEM table ID in the headers of ACPI tables");
    object_class_property_add_str(oc, "kernel-irqchip", NULL, x86_set_kernel_irqchip);
    object_class_property_set_description(oc, "kernel-irqchip", "accepted and without effect unless KVM is used");
}

static const TypeInfo x86_machine_types[] = {
    {
        .name = TYPE_X86_MACHINE,
        .parent = TYPE_MACHINE,
        .abstract = true,
        .instance_size = sizeof(X86MachineState),
        .instance_init = x86_machine_initfn,
        .instance_finalize = x86_machine_finalize,
        .class_size = sizeof(X86MachineClass),
        .class_init = x86_machine_class_init,
    },
};
DEFINE_TYPES(x86_machine_types)
