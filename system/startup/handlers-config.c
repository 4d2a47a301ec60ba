/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that only remember something, or answer at once. */
#include "qemu/osdep.h"
#include "qemu/accel.h"
#include "qemu/cutils.h"
#include "handlers.h"
#include "chardev/char.h"
#include "hw/core/boards.h"
#include "hw/core/cpu.h"
#include "hw/core/qdev-properties.h"
#include "qapi/qapi-types-run-state.h"
#include "qapi/util.h"
#include "qobject/keyval.h"
#include "switchover-version.h"
#include "system/runstate.h"
#include "system/system.h"
#include "target/i386/cpu.h"

bool run_nothing(Startup *s, const char *arg, Error **errp)
{
    return true;
}

bool run_nothing_arg(Startup *s, const char *arg, Error **errp)
{
    return true;
}

bool run_help(Startup *s, const char *arg, Error **errp)
{
    startup_print_help();
    exit(0);
}

bool run_version(Startup *s, const char *arg, Error **errp)
{
    printf("QEMU emulator version %s (%s)\n", SWITCHOVER_QEMU_VERSION, SWITCHOVER_PACKAGE);
    printf("Switchover, an independent implementation; licence GPL-2.0-or-later\n");
    exit(0);
}

bool run_readconfig(Startup *s, const char *arg, Error **errp)
{
    return startup_read_config(s, arg, errp);
}

/* --- machine --- */

static bool wants_help(const char *arg)
{
    return !strcmp(arg, "help") || !strcmp(arg, "?");
}

static void print_machine_properties(const char *type)
{
    MachineClass *mc = type ? machine_class_by_name(type) : machine_default_class();
    ObjectPropertyIterator iter;
    ObjectProperty *prop;

    if (!mc) {
        error_report("unsupported machine type '%s'", type ?: "");
        exit(1);
    }
    printf("%s options:\n", object_class_get_name(OBJECT_CLASS(mc)));
    object_class_property_iter_init(&iter, OBJECT_CLASS(mc));
    while ((prop = object_property_iter_next(&iter))) {
        if (prop->set) {
            printf("  %s=<%s>%s%s\n", prop->name, prop->type, prop->description ? " - " : "", prop->description ?: "");
        }
    }
}

bool run_machine(Startup *s, const char *arg, Error **errp)
{
    bool help = false;

    if (wants_help(arg)) {
        g_autofree char *text = machine_help();
        fputs(text, stdout);
        exit(0);
    }
    if (!keyval_parse_into(s->machine, arg, "type", &help, errp)) {
        return false;
    }
    if (help) {
        print_machine_properties(qdict_get_try_str(s->machine, "type"));
        exit(0);
    }
    return true;
}

static bool set_machine_key(Startup *s, const char *key, const char *value)
{
    qdict_put_str(s->machine, key, value);
    return true;
}

bool run_kernel(Startup *s, const char *arg, Error **errp)
{
    return set_machine_key(s, "kernel", arg);
}

bool run_append(Startup *s, const char *arg, Error **errp)
{
    return set_machine_key(s, "append", arg);
}

bool run_initrd(Startup *s, const char *arg, Error **errp)
{
    return set_machine_key(s, "initrd", arg);
}

bool run_dtb(Startup *s, const char *arg, Error **errp)
{
    return set_machine_key(s, "dtb", arg);
}

bool run_bios(Startup *s, const char *arg, Error **errp)
{
    return set_machine_key(s, "firmware", arg);
}

bool run_no_acpi(Startup *s, const char *arg, Error **errp)
{
    return set_machine_key(s, "acpi", "off");
}

bool run_no_hpet(Startup *s, const char *arg, Error **errp)
{
    return set_machine_key(s, "hpet", "off");
}

bool run_usb(Startup *s, const char *arg, Error **errp)
{
    return set_machine_key(s, "usb", "on");
}

bool run_L(Startup *s, const char *arg, Error **errp)
{
    if (wants_help(arg)) {
        qemu_add_default_firmwarepath();
        qemu_list_data_dirs();
        exit(0);
    }
    qemu_add_data_dir(g_strdup(arg));
    return true;
}

/* --- CPU and accelerator --- */

bool run_cpu(Startup *s, const char *arg, Error **errp)
{
    if (wants_help(arg)) {
        g_autofree char *text = x86_cpu_help();
        fputs(text, stdout);
        exit(0);
    }
    s->cpu = arg;
    return true;
}

static void print_accel(ObjectClass *oc, void *opaque)
{
    AccelClass *ac = ACCEL_CLASS(oc);

    if (accel_is_available(ac)) {
        printf("%s\n", ac->name);
    }
}

bool run_accel(Startup *s, const char *arg, Error **errp)
{
    if (wants_help(arg)) {
        printf("Accelerators supported in QEMU binary:\n");
        object_class_foreach(print_accel, TYPE_ACCEL, false, NULL);
        exit(0);
    }
    g_ptr_array_add(s->accels, (char *)arg);
    return true;
}

bool run_enable_kvm(Startup *s, const char *arg, Error **errp)
{
    return run_accel(s, "kvm", errp);
}

bool run_smp(Startup *s, const char *arg, Error **errp)
{
    bool help = false;

    return keyval_parse_into(s->smp, arg, "cpus", &help, errp) != NULL;
}

bool run_m(Startup *s, const char *arg, Error **errp)
{
    bool help = false;

    return keyval_parse_into(s->memory, arg, "size", &help, errp) != NULL;
}

bool run_boot(Startup *s, const char *arg, Error **errp)
{
    bool help = false;

    return keyval_parse_into(s->boot, arg, "order", &help, errp) != NULL;
}

bool run_numa(Startup *s, const char *arg, Error **errp)
{
    g_ptr_array_add(s->numa, (char *)arg);
    return true;
}

bool run_mem_path(Startup *s, const char *arg, Error **errp)
{
    s->mem_path = arg;
    return true;
}

bool run_mem_prealloc(Startup *s, const char *arg, Error **errp)
{
    s->mem_prealloc = true;
    return true;
}

bool run_icount(Startup *s, const char *arg, Error **errp)
{
    error_setg(errp, "deterministic instruction counting is not available: remove -icount");
    return false;
}

/* --- defaults of properties --- */

static void add_global(char *driver, char *property, char *value)
{
    GlobalProperty *g = g_new0(GlobalProperty, 1);

    g->driver = driver;
    g->property = property;
    g->value = value;
    qdev_prop_register_global(g);
}

bool run_global(Startup *s, const char *arg, Error **errp)
{
    const char *eq = strchr(arg, '=');
    const char *dot = eq ? g_strrstr_len(arg, eq - arg, ".") : NULL;

    if (dot && !strstr(arg, "driver=")) {
        dot = memchr(arg, '.', eq - arg);
        add_global(g_strndup(arg, dot - arg), g_strndup(dot + 1, eq - dot - 1), g_strdup(eq + 1));
        return true;
    }
    g_autoptr(QDict) opts = keyval_parse(arg, NULL, NULL, errp);
    if (!opts) {
        return false;
    }
    const char *driver = qdict_get_try_str(opts, "driver");
    const char *property = qdict_get_try_str(opts, "property");
    const char *value = qdict_get_try_str(opts, "value");
    if (!driver || !property || !value) {
        error_setg(errp, "use driver.property=value or driver=...,property=...,value=...");
        return false;
    }
    add_global(g_strdup(driver), g_strdup(property), g_strdup(value));
    return true;
}

bool run_set(Startup *s, const char *arg, Error **errp)
{
    error_setg(errp, "-set is not supported: give '%s' with the item itself", arg);
    return false;
}

bool run_uuid(Startup *s, const char *arg, Error **errp)
{
    if (!qemu_uuid_parse(arg, &qemu_uuid)) {
        error_setg(errp, "failed to parse UUID string: wrong format");
        return false;
    }
    qemu_uuid_set = true;
    return true;
}

/* --- display --- */

bool run_display(Startup *s, const char *arg, Error **errp)
{
    if (wants_help(arg)) {
        printf("Available display backend types:\nnone\n");
        exit(0);
    }
    if (strcmp(arg, "none") && strcmp(arg, "egl-headless")) {
        error_setg(errp, "Parameter 'type' does not accept value '%s': only 'none' is built in",
                   arg);
        return false;
    }
    return true;
}

bool run_nographic(Startup *s, const char *arg, Error **errp)
{
    s->nographic = enable_nographic = true;
    return set_machine_key(s, "graphics", "off");
}

bool run_vga(Startup *s, const char *arg, Error **errp)
{
    if (strcmp(arg, "none") && strcmp(arg, "std")) {
        error_setg(errp, "unknown vga type: %s (there are std and none)", arg);
        return false;
    }
    default_vga = arg;
    return true;
}

bool run_nodefaults(Startup *s, const char *arg, Error **errp)
{
    s->nodefaults = true;
    return true;
}

/* --- actions --- */

bool run_S(Startup *s, const char *arg, Error **errp)
{
    autostart = false;
    return true;
}

bool run_preconfig(Startup *s, const char *arg, Error **errp)
{
    s->preconfig = true;
    return true;
}

bool run_no_reboot(Startup *s, const char *arg, Error **errp)
{
    reboot_action = REBOOT_ACTION_SHUTDOWN;
    return true;
}

bool run_no_shutdown(Startup *s, const char *arg, Error **errp)
{
    shutdown_action = SHUTDOWN_ACTION_PAUSE;
    return true;
}

static bool parse_action(const QEnumLookup *lookup, const char *value, int *field, Error **errp)
{
    int v = value ? qapi_enum_parse(lookup, value, -1, errp) : *field;

    if (v < 0) {
        return false;
    }
    *field = v;
    return true;
}

bool run_action(Startup *s, const char *arg, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, NULL, NULL, errp);
    int reboot = reboot_action, shutdown = shutdown_action, panic = panic_action, watchdog = watchdog_action;
    struct {
        const char *key;
        const QEnumLookup *lookup;
        int *field;
    } const kinds[] = {
        { "reboot", &RebootAction_lookup, &reboot }, { "shutdown", &ShutdownAction_lookup, &shutdown },
        { "panic", &PanicAction_lookup, &panic }, { "watchdog", &WatchdogAction_lookup, &watchdog },
    };
    size_t known = 0;

    if (!opts) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        known += qdict_haskey(opts, kinds[i].key);
        if (!parse_action(kinds[i].lookup, qdict_get_try_str(opts, kinds[i].key), kinds[i].field, errp)) {
            return false;
        }
    }
    if (known != qdict_size(opts)) {
        error_setg(errp, "Invalid parameter: -action takes reboot, shutdown, panic and watchdog");
        return false;
    }
    reboot_action = reboot;
    shutdown_action = shutdown;
    panic_action = panic;
    watchdog_action = watchdog;
    return true;
}

bool run_watchdog_action(Startup *s, const char *arg, Error **errp)
{
    int v = watchdog_action;
    bool ok = parse_action(&WatchdogAction_lookup, arg, &v, errp);

    watchdog_action = v;
    return ok;
}

bool run_incoming(Startup *s, const char *arg, Error **errp)
{
    s->incoming = arg;
    return true;
}

bool run_loadvm(Startup *s, const char *arg, Error **errp)
{
    error_setg(errp, "internal snapshots are not supported: save with 'migrate file:...' and start with -incoming");
    return false;
}

bool run_only_migratable(Startup *s, const char *arg, Error **errp)
{
    only_migratable = true;
    return true;
}

bool run_dump_vmstate(Startup *s, const char *arg, Error **errp)
{
    s->dump_vmstate = arg;
    return true;
}

/* --- process --- */

bool run_pidfile(Startup *s, const char *arg, Error **errp)
{
    s->pidfile = arg;
    return true;
}

bool run_daemonize(Startup *s, const char *arg, Error **errp)
{
    s->daemonize = true;
    return true;
}

bool run_chroot(Startup *s, const char *arg, Error **errp)
{
    return os_set_chroot(arg, errp);
}

bool run_runas(Startup *s, const char *arg, Error **errp)
{
    return os_set_runas(arg, errp);
}

bool run_run_with(Startup *s, const char *arg, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, NULL, NULL, errp);
    const char *user = opts ? qdict_get_try_str(opts, "user") : NULL;
    const char *dir = opts ? qdict_get_try_str(opts, "chroot") : NULL;

    return opts && (!user || os_set_runas(user, errp)) && (!dir || os_set_chroot(dir, errp));
}

bool run_sandbox(Startup *s, const char *arg, Error **errp)
{
    if (g_str_has_prefix(arg, "off")) {
        return true;
    }
    error_setg(errp, "sandbox support is not enabled in this build: use -sandbox off");
    return false;
}

bool run_overcommit(Startup *s, const char *arg, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, NULL, NULL, errp);
    const char *lock = opts ? qdict_get_try_str(opts, "mem-lock") : NULL;
    bool on = false;

    if (!opts || !startup_known_parameters(opts, "overcommit", errp) ||
        (lock && !qapi_bool_parse("mem-lock", lock, &on, errp))) {
        return false;
    }
    if (on && mlockall(MCL_CURRENT | MCL_FUTURE)) {
        error_setg_errno(errp, errno, "mem-lock=on: cannot lock memory");
        return false;
    }
    return true;
}

bool run_compat(Startup *s, const char *arg, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, NULL, NULL, errp);

    return opts != NULL;
}

bool run_echr(Startup *s, const char *arg, Error **errp)
{
    if (qemu_strtoi(arg, NULL, 0, &term_escape_char) || term_escape_char < 0 || term_escape_char > 255) {
        error_setg(errp, "Bad argument '%s': give the code of a character", arg);
        return false;
    }
    return true;
}

bool run_qtest(Startup *s, const char *arg, Error **errp)
{
    s->qtest = arg;
    return true;
}

bool run_qtest_log(Startup *s, const char *arg, Error **errp)
{
    s->qtest_log = arg;
    return true;
}
