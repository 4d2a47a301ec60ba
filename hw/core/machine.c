/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine base type: properties common to all boards, main memory, the vCPU topology of -smp, and the order in
 * which a board comes to life. Boards are in hw/i386 and hw/core/null-machine.c. Start-up only, BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/boards.h"
#include "hw/core/cpu.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "qom/object_interfaces.h"
#include "system/hostmem.h"
#include "system/reset.h"

MachineState *current_machine;

static NotifierList machine_init_done_notifiers = NOTIFIER_LIST_INITIALIZER(machine_init_done_notifiers);
static bool machine_init_done;

/* ---- properties ---- */

#define MACHINE_STR_PROP(_fn, _field)                                                   \
    static char *machine_get_##_fn(Object *obj, Error **errp)                           \
    {                                                                                   \
        return g_strdup(MACHINE(obj)->_field);                                          \
    }                                                                                   \
    static void machine_set_##_fn(Object *obj, const char *value, Error **errp)         \
    {                                                                                   \
        g_free(MACHINE(obj)->_field);                                                   \
        MACHINE(obj)->_field = g_strdup(value);                                         \
    }

MACHINE_STR_PROP(kernel, kernel_filename)
MACHINE_STR_PROP(initrd, initrd_filename)
MACHINE_STR_PROP(append, kernel_cmdline)
MACHINE_STR_PROP(dtb, dtb)
MACHINE_STR_PROP(dumpdtb, dumpdtb)
MACHINE_STR_PROP(firmware, firmware)
MACHINE_STR_PROP(shim, shim_filename)
MACHINE_STR_PROP(memory_encryption, memory_encryption)
MACHINE_STR_PROP(memdev, ram_memdev_id)

#define MACHINE_BOOL_PROP(_fn, _field)                                                  \
    static bool machine_get_##_fn(Object *obj, Error **errp)                            \
    {                                                                                   \
        return MACHINE(obj)->_field;                                                    \
    }                                                                                   \
    static void machine_set_##_fn(Object *obj, bool value, Error **errp)                \
    {                                                                                   \
        MACHINE(obj)->_field = value;                                                   \
    }

MACHINE_BOOL_PROP(graphics, enable_graphics)
MACHINE_BOOL_PROP(dump_guest_core, dump_guest_core)
MACHINE_BOOL_PROP(mem_merge, mem_merge)
MACHINE_BOOL_PROP(suppress_vmdesc, suppress_vmdesc)

static bool machine_get_usb(Object *obj, Error **errp)
{
    return MACHINE(obj)->usb;
}

static void machine_set_usb(Object *obj, bool value, Error **errp)
{
    MACHINE(obj)->usb = value;
    MACHINE(obj)->usb_disabled = !value;
}

static void machine_class_init(ObjectClass *oc, const void *data)
{
    static const struct {
        const char *name;
        char *(*get)(Object *, Error **);
        void (*set)(Object *, const char *, Error **);
        const char *help;
    } strings[] = {
        { "kernel", machine_get_kernel, machine_set_kernel, "Linux kernel, PVH or multiboot image to start" },
        { "initrd", machine_get_initrd, machine_set_initrd, "initial ram disk, or multiboot modules" },
        { "append", machine_get_append, machine_set_append, "command line of the kernel" },
        { "dtb", machine_get_dtb, machine_set_dtb, "device tree file for the kernel" },
        { "dumpdtb", machine_get_dumpdtb, machine_set_dumpdtb, "write the machine's device tree to this file" },
        { "firmware", machine_get_firmware, machine_set_firmware, "firmware image" },
        { "shim", machine_get_shim, machine_set_shim, "shim image that checks the kernel" },
        { "memory-encryption", machine_get_memory_encryption, machine_set_memory_encryption,
          "object that encrypts guest memory" },
        { "memory-backend", machine_get_memdev, machine_set_memdev, "id of the object that is main memory" },
    };
    static const struct {
        const char *name;
        bool (*get)(Object *, Error **);
        void (*set)(Object *, bool, Error **);
        const char *help;
    } bools[] = {
        { "graphics", machine_get_graphics, machine_set_graphics, "off: no graphical display" },
        { "dump-guest-core", machine_get_dump_guest_core, machine_set_dump_guest_core,
          "guest memory is part of a core dump" },
        { "mem-merge", machine_get_mem_merge, machine_set_mem_merge, "equal pages may be merged by the host" },
        { "suppress-vmdesc", machine_get_suppress_vmdesc, machine_set_suppress_vmdesc,
          "on: no description in the migration stream" },
        { "usb", machine_get_usb, machine_set_usb, "the board's USB controller" },
    };
    MachineClass *mc = MACHINE_CLASS(oc);

    mc->default_ram_size = 128 * MiB;
    mc->default_cpus = 1;
    mc->min_cpus = 1;
    mc->max_cpus = 1;
    mc->default_boot_order = "cad";
    mc->numa_mem_supported = true;
    for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
        object_class_property_add_str(oc, strings[i].name, strings[i].get, strings[i].set);
        object_class_property_set_description(oc, strings[i].name, strings[i].help);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bools); i++) {
        object_class_property_add_bool(oc, bools[i].name, bools[i].get, bools[i].set);
        object_class_property_set_description(oc, bools[i].name, bools[i].help);
    }
}

/* What every machine type gets anew, not inherited from its parent. */
static void machine_class_base_init(ObjectClass *oc, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);
    const char *cname = object_class_get_name(oc);

    mc->max_cpus = mc->max_cpus ?: 1;
    mc->min_cpus = mc->min_cpus ?: 1;
    mc->default_cpus = mc->default_cpus ?: 1;
    mc->alias = NULL;
    mc->is_default = false;
    mc->deprecation_reason = NULL;
    mc->compat_props = g_ptr_array_new();
    if (g_str_has_suffix(cname, TYPE_MACHINE_SUFFIX) && !object_class_is_abstract(oc)) {
        mc->name = g_strndup(cname, strlen(cname) - strlen(TYPE_MACHINE_SUFFIX));
    }
}

static void machine_initfn(Object *obj)
{
    MachineState *ms = MACHINE(obj);
    MachineClass *mc = MACHINE_GET_CLASS(obj);

    ms->dump_guest_core = true;
    ms->mem_merge = true;
    ms->enable_graphics = true;
    ms->kernel_cmdline = g_strdup("");
    ms->ram_size = mc->default_ram_size;
    ms->maxram_size = mc->default_ram_size;
    ms->smp = (CpuTopology) {
        .cpus = mc->default_cpus, .max_cpus = mc->default_cpus, .drawers = 1, .books = 1, .sockets = 1, .dies = 1,
        .clusters = 1, .modules = 1, .cores = 1, .threads = 1,
    };
    ms->boot_config.splash_time = -1;
    ms->boot_config.reboot_timeout = -1;
    ms->boot_config.order = g_strdup(mc->default_boot_order);
    ms->numa_state = g_new0(NumaState, 1);
    object_property_add_new_container(obj, "peripheral");
    object_property_add_new_container(obj, "peripheral-anon");
}

static void machine_finalize(Object *obj)
{
    MachineState *ms = MACHINE(obj);

    g_free(ms->kernel_filename);
    g_free(ms->initrd_filename);
    g_free(ms->kernel_cmdline);
    g_free(ms->dtb);
    g_free(ms->dumpdtb);
    g_free(ms->firmware);
    g_free(ms->shim_filename);
    g_free(ms->memory_encryption);
    g_free(ms->ram_memdev_id);
    g_free(ms->boot_config.order);
    g_free(ms->boot_config.once);
    g_free(ms->boot_config.splash);
    g_free(ms->possible_cpus);
    g_free(ms->device_memory);
    g_free(ms->numa_state);
}

static const TypeInfo machine_types[] = {
    {
        .name = TYPE_MACHINE,
        .parent = TYPE_OBJECT,
        .abstract = true,
        .class_size = sizeof(MachineClass),
        .class_init = machine_class_init,
        .class_base_init = machine_class_base_init,
        .instance_size = sizeof(MachineState),
        .instance_init = machine_initfn,
        .instance_finalize = machine_finalize,
    },
};
DEFINE_TYPES(machine_types)

bool machine_usb(MachineState *machine)
{
    return machine->usb;
}

bool machine_mem_merge(MachineState *machine)
{
    return machine->mem_merge;
}

bool machine_dump_guest_core(MachineState *machine)
{
    return machine->dump_guest_core;
}

const char *machine_type_name(const MachineClass *mc)
{
    return mc->name;
}

/* ---- main memory and start ---- */

static bool machine_use_memdev(MachineState *ms, Error **errp)
{
    Object *o = object_resolve_path_component(object_get_container("objects"), ms->ram_memdev_id);
    HostMemoryBackend *backend;
    MemoryRegion *mr;

    if (!o || !object_dynamic_cast(o, TYPE_MEMORY_BACKEND)) {
        error_setg(errp, "-machine memory-backend: there is no memory back end '%s': add -object "
                   "memory-backend-ram,id=%s,size=...", ms->ram_memdev_id, ms->ram_memdev_id);
        return false;
    }
    backend = MEMORY_BACKEND(o);
    mr = host_memory_backend_get_memory(backend);
    if (host_memory_backend_is_mapped(backend)) {
        error_setg(errp, "-machine memory-backend: '%s' is in use already", ms->ram_memdev_id);
        return false;
    }
    if (memory_region_size(mr) != ms->ram_size) {
        error_setg(errp, "-machine memory-backend: '%s' has %" PRIu64 " bytes but -m says %" PRIu64
                   ": make them equal", ms->ram_memdev_id, memory_region_size(mr), ms->ram_size);
        return false;
    }
    ms->memdev = backend;
    return true;
}

static bool machine_create_memdev(MachineState *ms, const char *mem_path, Error **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(ms);
    Object *obj = object_new(mem_path ? TYPE_MEMORY_BACKEND_FILE : TYPE_MEMORY_BACKEND_RAM);
    bool ok;

    if (mem_path && !object_property_set_str(obj, "mem-path", mem_path, errp)) {
        object_unref(obj);
        return false;
    }
    ok = object_property_set_uint(obj, "size", ms->ram_size, errp);
    if (ok) {
        object_property_add_child(object_get_container("objects"), mc->default_ram_id, obj);
        ok = object_property_set_bool(obj, "x-use-canonical-path-for-ramblock-id", false, errp) &&
             user_creatable_complete(USER_CREATABLE(obj), errp);
    }
    ms->memdev = ok ? MEMORY_BACKEND(obj) : NULL;
    object_unref(obj);
    return ok;
}

static bool machine_get_ram(MachineState *ms, const char *mem_path, Error **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(ms);

    if (!mc->default_ram_id || !ms->ram_size) {
        return true;
    }
    if (ms->ram_memdev_id ? !machine_use_memdev(ms, errp) : !machine_create_memdev(ms, mem_path, errp)) {
        return false;
    }
    host_memory_backend_set_mapped(ms->memdev, true);
    ms->ram = host_memory_backend_get_memory(ms->memdev);
    vmstate_register_ram_global(ms->ram);           /* main memory is part of every stream */
    return true;
}

static bool machine_check_cpu_type(MachineState *ms, Error **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(ms);
    ObjectClass *oc = ms->cpu_type ? object_class_by_name(ms->cpu_type) : NULL;

    if (!mc->valid_cpu_types || !oc) {
        return true;
    }
    for (int i = 0; mc->valid_cpu_types[i]; i++) {
        if (object_class_dynamic_cast(oc, mc->valid_cpu_types[i])) {
            return true;
        }
    }
    error_setg(errp, "-cpu: machine '%s' does not take CPU type '%s'", mc->name, ms->cpu_type);
    return false;
}

bool machine_run_board_init(MachineState *ms, const char *mem_path, Error **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(ms);

    if (!machine_get_ram(ms, mem_path, errp) || !machine_check_cpu_type(ms, errp)) {
        return false;
    }
    if (mc->init) {
        mc->init(ms);
    }
    phase_advance(PHASE_MACHINE_INITIALIZED);
    return true;
}

void qemu_add_machine_init_done_notifier(Notifier *notify)
{
    notifier_list_add(&machine_init_done_notifiers, notify);
    if (machine_init_done) {
        notify->notify(notify, NULL);
    }
}

void qemu_remove_machine_init_done_notifier(Notifier *notify)
{
    notifier_remove(notify);
}

void qemu_run_machine_init_done_notifiers(void)
{
    if (machine_init_done) {
        return;
    }
    machine_init_done = true;
    notifier_list_notify(&machine_init_done_notifiers, NULL);
}

void qdev_machine_creation_done(void)
{
    phase_advance(PHASE_MACHINE_READY);
    qemu_run_machine_init_done_notifiers();
}

/* ---- finding machine types ---- */

static GSList *machine_list(void)
{
    return object_class_get_list(TYPE_MACHINE, false);
}

MachineClass *machine_class_by_name(const char *name)
{
    g_autoptr(GSList) list = machine_list();

    for (GSList *l = list; l; l = l->next) {
        MachineClass *mc = MACHINE_CLASS(l->data);

        if (!strcmp(mc->name, name) || (mc->alias && !strcmp(mc->alias, name))) {
            return mc;
        }
    }
    return NULL;
}

MachineClass *machine_default_class(void)
{
    g_autoptr(GSList) list = machine_list();

    for (GSList *l = list; l; l = l->next) {
        if (MACHINE_CLASS(l->data)->is_default) {
            return MACHINE_CLASS(l->data);
        }
    }
    return NULL;
}

/* By family, then newest version first. */
static gint machine_cmp(gconstpointer a, gconstpointer b)
{
    const MachineClass *x = MACHINE_CLASS((void *)a), *y = MACHINE_CLASS((void *)b);
    int family = g_strcmp0(x->family, y->family);

    if (!x->family != !y->family) {
        return x->family ? -1 : 1;
    }
    return family ? family : x->family ? -strverscmp(x->name, y->name) : strcmp(x->name, y->name);
}

char *machine_help(void)
{
    GString *out = g_string_new("Supported machines are:\n");
    GSList *list = g_slist_sort(machine_list(), machine_cmp);

    for (GSList *l = list; l; l = l->next) {
        MachineClass *mc = MACHINE_CLASS(l->data);

        if (mc->alias) {
            g_string_append_printf(out, "%-20s %s (alias of %s)\n", mc->alias, mc->desc, mc->name);
        }
        g_string_append_printf(out, "%-20s %s%s%s\n", mc->name, mc->desc, mc->is_default ? " (default)" : "",
                               mc->deprecation_reason ? " (deprecated)" : "");
    }
    g_slist_free(list);
    return g_string_free(out, FALSE);
}
