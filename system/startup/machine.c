/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From -machine, -accel, -cpu, -smp, -m, -boot to a machine object with its properties set. Exits on errors. */
#include "qemu/osdep.h"
#include "qemu/accel.h"
#include "qemu/cutils.h"
#include "qemu/units.h"
#include "startup.h"
#include "hw/core/boards.h"
#include "hw/core/cpu.h"
#include "qobject/keyval.h"
#include "system/cpus.h"
#include "system/system.h"

static QEMU_NORETURN void fail(Error *err)
{
    error_report_err(err);
    exit(1);
}

/* Keys of -machine that are not properties of the machine object. */
static char *take(QDict *dict, const char *key)
{
    char *value = g_strdup(qdict_get_try_str(dict, key));

    qdict_del(dict, key);
    return value;
}

static MachineClass *select_machine(Startup *s)
{
    g_autofree char *type = take(s->machine, "type");
    MachineClass *mc = type ? machine_class_by_name(type) : machine_default_class();

    if (!mc && type) {
        error_report("unsupported machine type '%s'", type);
        error_printf("Use -machine help to list supported machines\n");
        exit(1);
    }
    if (!mc) {
        error_report("No machine specified, and there is no default");
        error_printf("Use -machine help to list supported machines\n");
        exit(1);
    }
    return mc;
}

void startup_create_machine(Startup *s)
{
    MachineClass *mc = select_machine(s);
    Object *root = object_get_root();

    object_set_machine_compat_props(mc->compat_props);
    /* "/machine" was a container while there was no machine. */
    if (object_resolve_path_component(root, "machine")) {
        object_unparent(object_resolve_path_component(root, "machine"));
    }
    current_machine = MACHINE(object_new_with_class(OBJECT_CLASS(mc)));
    object_property_add_child(root, "machine", OBJECT(current_machine));
    object_unref(current_machine);
    container_get(OBJECT(current_machine), "/unattached");
    if (mc->deprecation_reason) {
        warn_report("Machine type '%s' is deprecated: %s", mc->name, mc->deprecation_reason);
    }
    phase_advance(PHASE_MACHINE_CREATED);
}

static void set_machine_props(Startup *s)
{
    Error *err = NULL;

    if (!object_set_properties_from_keyval(OBJECT(current_machine), s->machine, false, &err)) {
        error_prepend(&err, "-machine: ");
        fail(err);
    }
}

/* --- accelerator --- */

static bool try_accel(const char *arg, bool report, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, "accel", NULL, errp);
    g_autofree char *name = opts ? take(opts, "accel") : NULL;
    AccelClass *ac = name ? accel_find(name) : NULL;
    AccelState *accel;

    if (!opts) {
        return false;
    }
    if (!ac) {
        error_setg(errp, "invalid accelerator %s", name);
        error_append_hint(errp, "Use -accel help to list them.\n");
        return false;
    }
    if (!accel_is_available(ac)) {
        error_setg(errp, "accelerator %s is not available here", name);
        return false;
    }
    accel = ACCEL(object_new_with_class(OBJECT_CLASS(ac)));
    if (!object_set_properties_from_keyval(OBJECT(accel), opts, false, errp) ||
        !accel_init_machine(accel, current_machine, errp)) {
        error_prepend(errp, "failed to initialize %s: ", name);
        object_unref(accel);
        return false;
    }
    return true;
}

/* Try each in turn; the first that works wins, and what did not work is said when another was taken instead. */
void startup_init_accel(Startup *s)
{
    g_autofree char *machine_accel = take(s->machine, "accel");
    g_auto(GStrv) names = NULL;
    Error *err = NULL, *first = NULL;
    guint n;

    if (machine_accel && s->accels->len) {
        error_report("The -accel and \"-machine accel=\" options are incompatible");
        exit(1);
    }
    if (machine_accel) {
        names = g_strsplit(machine_accel, ":", 0);
        for (char **name = names; *name; name++) {
            g_ptr_array_add(s->accels, *name);
        }
    }
    if (!s->accels->len) {
        g_ptr_array_add(s->accels, (char *)"tcg");
    }
    n = s->accels->len;
    for (guint i = 0; i < n; i++) {
        err = NULL;
        if (try_accel(s->accels->pdata[i], n == 1, &err)) {
            if (first) {
                error_prepend(&first, "falling back to %s: ", (char *)s->accels->pdata[i]);
                warn_report_err(first);
            }
            phase_advance(PHASE_ACCEL_CREATED);
            return;
        }
        if (!first) {
            first = err;
        } else {
            error_free(err);
        }
    }
    fail(first);
}

/* --- sizes --- */

static uint64_t size_member(QDict *dict, const char *key, uint64_t def, bool mib)
{
    const char *text = qdict_get_try_str(dict, key);
    uint64_t size;

    if (!text) {
        return def;
    }
    if (mib ? qemu_strtosz_MiB(text, NULL, &size) : qemu_strtosz(text, NULL, &size)) {
        error_report("-m: Parameter '%s' expects a size, not '%s'", key, text);
        error_printf("Give a number of MiB, or one with a suffix K, M, G or T.\n");
        exit(1);
    }
    return size;
}

static void reject_unknown(QDict *dict, const char *option, const char *const *known)
{
    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        if (!g_strv_contains(known, qdict_entry_key(e))) {
            error_report("%s: Invalid parameter '%s'", option, qdict_entry_key(e));
            exit(1);
        }
    }
}

static void set_memory(Startup *s)
{
    static const char *const known[] = { "size", "slots", "maxmem", NULL };
    MachineState *ms = current_machine;
    uint64_t slots = 0;

    reject_unknown(s->memory, "-m", known);
    ms->ram_size = ROUND_UP(size_member(s->memory, "size", ms->ram_size, true), 8 * KiB);
    ms->maxram_size = size_member(s->memory, "maxmem", ms->ram_size, false);
    if (qdict_haskey(s->memory, "slots") &&
        qemu_strtou64(qdict_get_try_str(s->memory, "slots"), NULL, 0, &slots)) {
        error_report("-m: Parameter 'slots' expects a number");
        exit(1);
    }
    ms->ram_slots = slots;
    if (!ms->ram_size && MACHINE_GET_CLASS(ms)->default_ram_size) {
        ms->ram_size = ms->maxram_size = MACHINE_GET_CLASS(ms)->default_ram_size;
    }
    if (ms->maxram_size < ms->ram_size) {
        error_report("-m: maxmem must be at least the initial memory size of %" PRIu64 " bytes", ms->ram_size);
        exit(1);
    }
}

static void set_smp(Startup *s)
{
    static const char *const known[] = { "cpus", "drawers", "books", "sockets", "dies", "clusters", "modules",
                                         "cores", "threads", "maxcpus", NULL };
    SMPConfigRequest req = { 0 };
    unsigned *const fields[] = { &req.cpus, &req.drawers, &req.books, &req.sockets, &req.dies, &req.clusters,
                                 &req.modules, &req.cores, &req.threads, &req.maxcpus };
    Error *err = NULL;

    reject_unknown(s->smp, "-smp", known);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        const char *text = qdict_get_try_str(s->smp, known[i]);

        if (text && (qemu_strtoui(text, NULL, 0, fields[i]) || !*fields[i])) {
            error_report("-smp: Parameter '%s' expects a number greater than zero, not '%s'", known[i], text);
            exit(1);
        }
    }
    if (!machine_parse_smp_config(current_machine, &req, &err)) {
        error_prepend(&err, "-smp: ");
        fail(err);
    }
}

/* Drives are letters from a to p, each at most once. */
static bool boot_order_valid(const char *order)
{
    uint32_t seen = 0;

    for (; *order; order++) {
        if (*order < 'a' || *order > 'p' || seen & 1u << (*order - 'a')) {
            return false;
        }
        seen |= 1u << (*order - 'a');
    }
    return true;
}

static bool boot_member(const char *key, const char *value, BootConfigurationState *boot)
{
    if (!strcmp(key, "order") || !strcmp(key, "once")) {
        char **field = *key == 'o' && key[1] == 'r' ? &boot->order : &boot->once;

        if (!boot_order_valid(value)) {
            return false;
        }
        g_free(*field);
        *field = g_strdup(value);
        return true;
    }
    if (!strcmp(key, "splash")) {
        boot->splash = g_strdup(value);
        return true;
    }
    if (!strcmp(key, "menu")) {
        boot->has_menu = true;
        return qapi_bool_parse(key, value, &boot->menu, NULL);
    }
    if (!strcmp(key, "strict")) {
        return qapi_bool_parse(key, value, &boot->strict, NULL);
    }
    if (!strcmp(key, "reboot-timeout")) {
        return !qemu_strtoi64(value, NULL, 0, &boot->reboot_timeout);
    }
    return !strcmp(key, "splash-time") && !qemu_strtoi64(value, NULL, 0, &boot->splash_time);
}

static void set_boot(Startup *s)
{
    for (const QDictEntry *e = qdict_first(s->boot); e; e = qdict_next(s->boot, e)) {
        const char *value = qdict_get_try_str(s->boot, qdict_entry_key(e));

        if (!value || !boot_member(qdict_entry_key(e), value, &current_machine->boot_config)) {
            error_report("-boot: Invalid parameter '%s%s%s'", qdict_entry_key(e), value ? "=" : "",
                         value ? value : "");
            exit(1);
        }
    }
}

/* One node holding everything is what there is: its memdev is the main memory. */
static void set_numa(Startup *s)
{
    for (guint i = 0; i < s->numa->len; i++) {
        Error *err = NULL;
        g_autoptr(QDict) opts = keyval_parse(s->numa->pdata[i], "type", NULL, &err);
        const char *type = opts ? qdict_get_try_str(opts, "type") : NULL;
        const char *memdev = opts ? qdict_get_try_str(opts, "memdev") : NULL;

        if (!opts) {
            error_prepend(&err, "-numa %s: ", (char *)s->numa->pdata[i]);
            fail(err);
        }
        if (g_strcmp0(type, "node") || g_strcmp0(qdict_get_try_str(opts, "nodeid") ?: "0", "0") || i) {
            error_report("-numa %s: only one node, nodeid=0, is supported", (char *)s->numa->pdata[i]);
            exit(1);
        }
        if (memdev) {
            qdict_put_str(s->machine, "memory-backend", memdev);
        }
    }
}

void startup_init_cpu_and_memory(Startup *s)
{
    MachineClass *mc = MACHINE_GET_CLASS(current_machine);

    set_memory(s);
    set_smp(s);
    set_boot(s);
    set_numa(s);
    set_machine_props(s);
    current_machine->cpu_type = s->cpu ? parse_cpu_option(s->cpu) : mc->default_cpu_type;
    if (s->mem_path && current_machine->ram_memdev_id) {
        error_report("'-mem-path' can't be used together with '-machine memory-backend'");
        exit(1);
    }
}
