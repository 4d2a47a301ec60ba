/* SPDX-License-Identifier: GPL-2.0-or-later */
/* query-machines, query-cpus-fast and what else is asked of the machine as a whole. Lock: the BQL. */
#include "qemu/osdep.h"
#include "hw/core/boards.h"
#include "hw/core/cpu.h"
#include "qemu/accel.h"
#include "qapi/qapi-commands-machine.h"
#include "qapi/qapi-commands-misc.h"
#include "system/hostmem.h"
#include "system/runstate.h"
#include "system/system.h"

static CompatPropertyList *compat_list(const MachineClass *mc)
{
    CompatPropertyList *head = NULL, **tail = &head;

    for (guint i = 0; mc->compat_props && i < mc->compat_props->len; i++) {
        GlobalProperty *g = mc->compat_props->pdata[i];
        CompatProperty *p = g_new0(CompatProperty, 1);

        p->qom_type = g_strdup(g->driver);
        p->property = g_strdup(g->property);
        p->value = g_strdup(g->value);
        QAPI_LIST_APPEND(tail, p);
    }
    return head;
}

static MachineInfo *machine_info(MachineClass *mc, bool compat_props)
{
    MachineInfo *info = g_new0(MachineInfo, 1);

    info->name = g_strdup(mc->name);
    info->alias = g_strdup(mc->alias);
    info->has_is_default = info->is_default = mc->is_default;
    info->cpu_max = mc->max_cpus ? mc->max_cpus : 1;
    info->hotpluggable_cpus = mc->has_hotpluggable_cpus;
    info->numa_mem_supported = mc->numa_mem_supported;
    info->deprecated = mc->deprecation_reason != NULL;
    info->default_cpu_type = g_strdup(mc->default_cpu_type);
    info->default_ram_id = g_strdup(mc->default_ram_id);
    info->acpi = object_class_property_find(OBJECT_CLASS(mc), "acpi") != NULL;
    info->has_compat_props = compat_props;
    info->compat_props = compat_props ? compat_list(mc) : NULL;
    return info;
}

MachineInfoList *qmp_query_machines(bool has_compat_props, bool compat_props, Error **errp)
{
    GSList *classes = object_class_get_list_sorted(TYPE_MACHINE, false);
    MachineInfoList *list = NULL;

    for (GSList *e = classes; e; e = e->next) {
        QAPI_LIST_PREPEND(list, machine_info(MACHINE_CLASS(e->data), has_compat_props && compat_props));
    }
    g_slist_free(classes);
    return list;
}

CurrentMachineParams *qmp_query_current_machine(Error **errp)
{
    CurrentMachineParams *params = g_new0(CurrentMachineParams, 1);

    params->wakeup_suspend_support = qemu_wakeup_suspend_enabled();
    return params;
}

TargetInfo *qmp_query_target(Error **errp)
{
    TargetInfo *info = g_new0(TargetInfo, 1);

    info->arch = SYS_EMU_TARGET_X86_64;
    return info;
}

UuidInfo *qmp_query_uuid(Error **errp)
{
    UuidInfo *info = g_new0(UuidInfo, 1);

    info->UUID = qemu_uuid_unparse_strdup(&qemu_uuid);
    return info;
}

GuidInfo *qmp_query_vm_generation_id(Error **errp)
{
    error_setg(errp, "VM Generation ID device not found");
    return NULL;
}

NameInfo *qmp_query_name(Error **errp)
{
    NameInfo *info = g_new0(NameInfo, 1);

    info->name = g_strdup(qemu_name);
    return info;
}

KvmInfo *qmp_query_kvm(Error **errp)
{
    KvmInfo *info = g_new0(KvmInfo, 1);
    AccelClass *kvm = accel_find("kvm");

    info->present = kvm != NULL;
    info->enabled = kvm && kvm->allowed && *kvm->allowed;
    return info;
}

AcceleratorInfo *qmp_query_accelerators(Error **errp)
{
    AcceleratorInfo *info = g_new0(AcceleratorInfo, 1);
    AcceleratorList **tail = &info->present;

    for (int i = 0; i < ACCELERATOR__MAX; i++) {
        if (accel_find(Accelerator_str(i))) {
            QAPI_LIST_APPEND(tail, i);
        }
        if (!g_strcmp0(current_accel_name(), Accelerator_str(i))) {
            info->enabled = i;
        }
    }
    return info;
}

/* --- CPUs --- */

static CpuInstanceProperties *instance_properties(const CPUInstanceProps *p)
{
    CpuInstanceProperties *props = g_new0(CpuInstanceProperties, 1);

#define COPY(field) props->has_##field = p->has_##field, props->field = p->field
    COPY(node_id);
    COPY(socket_id);
    COPY(die_id);
    COPY(module_id);
    COPY(core_id);
    COPY(thread_id);
#undef COPY
    return props;
}

CpuInfoFastList *qmp_query_cpus_fast(Error **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(current_machine);
    CpuInfoFastList *head = NULL, **tail = &head;
    CPUState *cpu;

    CPU_FOREACH(cpu) {
        CpuInfoFast *info = g_new0(CpuInfoFast, 1);

        info->cpu_index = cpu->cpu_index;
        info->qom_path = object_get_canonical_path(OBJECT(cpu));
        info->thread_id = cpu->thread_id;
        info->target = SYS_EMU_TARGET_X86_64;
        if (mc->cpu_index_to_instance_props) {
            CPUInstanceProps props = mc->cpu_index_to_instance_props(current_machine, cpu->cpu_index);
            info->props = instance_properties(&props);
        }
        QAPI_LIST_APPEND(tail, info);
    }
    return head;
}

HotpluggableCPUList *qmp_query_hotpluggable_cpus(Error **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(current_machine);
    HotpluggableCPUList *list = NULL;
    const CPUArchIdList *possible;

    if (!mc->has_hotpluggable_cpus || !mc->possible_cpu_arch_ids) {
        error_setg(errp, "machine does not support hot-plugging CPUs");
        return NULL;
    }
    possible = mc->possible_cpu_arch_ids(current_machine);
    for (int i = 0; i < possible->len; i++) {
        const CPUArchId *slot = &possible->cpus[i];
        HotpluggableCPU *cpu = g_new0(HotpluggableCPU, 1);

        cpu->type = g_strdup(slot->type);
        cpu->vcpus_count = slot->vcpus_count;
        cpu->props = instance_properties(&slot->props);
        cpu->qom_path = slot->cpu ? object_get_canonical_path(slot->cpu) : NULL;
        QAPI_LIST_PREPEND(list, cpu);
    }
    return list;
}

/* --- memory --- */

MemoryInfo *qmp_query_memory_size_summary(Error **errp)
{
    MemoryInfo *info = g_new0(MemoryInfo, 1);

    info->base_memory = current_machine->ram_size;
    info->has_plugged_memory = true;
    return info;
}

MemoryDeviceInfoList *qmp_query_memory_devices(Error **errp)
{
    return NULL;
}

static int add_memdev(Object *obj, void *opaque)
{
    MemdevList **list = opaque;
    Memdev *m;

    if (!object_dynamic_cast(obj, TYPE_MEMORY_BACKEND)) {
        return 0;
    }
    m = g_new0(Memdev, 1);
    m->id = g_strdup(object_get_canonical_path_component(obj));
    m->size = object_property_get_uint(obj, "size", NULL);
    m->merge = object_property_get_bool(obj, "merge", NULL);
    m->dump = object_property_get_bool(obj, "dump", NULL);
    m->prealloc = object_property_get_bool(obj, "prealloc", NULL);
    m->share = object_property_get_bool(obj, "share", NULL);
    m->policy = HOST_MEM_POLICY_DEFAULT;
    QAPI_LIST_PREPEND(*list, m);
    return 0;
}

MemdevList *qmp_query_memdev(Error **errp)
{
    MemdevList *list = NULL;

    object_child_foreach(object_get_objects_root(), add_memdev, &list);
    return list;
}
