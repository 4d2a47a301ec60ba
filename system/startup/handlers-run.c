/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that do their work: logs, back ends, monitors, objects, devices. */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qemu/log.h"
#include "qemu/thread.h"
#include "handlers.h"
#include "chardev/char.h"
#include "hw/core/boards.h"
#include "hw/core/loader.h"
#include "hw/core/qdev-properties.h"
#include "hw/firmware/smbios.h"
#include "hw/nvram/fw_cfg.h"
#include "monitor/monitor.h"
#include "qom/object_interfaces.h"
#include "qobject/keyval.h"
#include "system/qdev-monitor.h"
#include "system/rtc.h"
#include "system/system.h"
#include "trace/control.h"
#include <sys/prctl.h>

/* --- names and logs --- */

bool run_name(Startup *s, const char *arg, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, "guest", NULL, errp);
    const char *process = opts ? qdict_get_try_str(opts, "process") : NULL;
    const char *threads = opts ? qdict_get_try_str(opts, "debug-threads") : NULL;
    bool naming = false;

    if (!opts || !startup_known_parameters(opts, "name", errp) ||
        (threads && !qapi_bool_parse("debug-threads", threads, &naming, errp))) {
        return false;
    }
    qemu_name = g_strdup(qdict_get_try_str(opts, "guest"));
    error_guest_name = qemu_name;
    if (naming) {
        qemu_thread_naming(true);
    }
    if (process) {
        prctl(PR_SET_NAME, process);
    }
    return true;
}

static bool switch_trace(const char *pattern, Error **errp)
{
    bool enable = *pattern != '-';

    if (!strcmp(pattern, "help") || !strcmp(pattern, "?")) {
        for (TraceEvent *ev = trace_event_first(); ev; ev = ev->next) {
            printf("%s\n", ev->name);
        }
        exit(0);
    }
    if (!trace_event_set_state(pattern + !enable, enable)) {
        warn_report("trace event '%s' does not exist", pattern + !enable);
    }
    return true;
}

bool run_d(Startup *s, const char *arg, Error **errp)
{
    g_auto(GStrv) items = g_strsplit(arg, ",", 0);
    const char *pattern;
    unsigned mask;

    if (!strcmp(arg, "help") || !strcmp(arg, "?")) {
        qemu_print_log_usage(stdout);
        exit(0);
    }
    for (char **item = items; *item; item++) {
        if (strstart(*item, "trace:", &pattern)) {
            switch_trace(pattern, errp);
        }
    }
    mask = qemu_str_to_log_mask(arg);
    if (!mask) {
        error_setg(errp, "unknown log item in '%s': -d help lists them", arg);
        return false;
    }
    return qemu_set_log(qemu_loglevel | mask, errp);
}

bool run_D(Startup *s, const char *arg, Error **errp)
{
    return qemu_set_log_filename(arg, errp);
}

bool run_dfilter(Startup *s, const char *arg, Error **errp)
{
    return qemu_set_dfilter_ranges(arg, errp);
}

static bool trace_from_file(const char *path, Error **errp)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) gerr = NULL;

    if (!g_file_get_contents(path, &text, NULL, &gerr)) {
        error_setg(errp, "%s", gerr->message);
        return false;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    for (char **line = lines; *line; line++) {
        g_strstrip(*line);
        if (**line && **line != '#') {
            switch_trace(*line, errp);
        }
    }
    return true;
}

bool run_trace(Startup *s, const char *arg, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, "enable", NULL, errp);
    const char *pattern = opts ? qdict_get_try_str(opts, "enable") : NULL;
    const char *events = opts ? qdict_get_try_str(opts, "events") : NULL;
    const char *file = opts ? qdict_get_try_str(opts, "file") : NULL;

    return opts && (!pattern || switch_trace(pattern, errp)) && (!events || trace_from_file(events, errp)) &&
           (!file || qemu_set_log_filename(file, errp));
}

static bool optional_bool(const QDict *opts, const char *key, bool *value, Error **errp)
{
    const char *text = qdict_get_try_str(opts, key);

    return !text || qapi_bool_parse(key, text, value, errp);
}

bool run_msg(Startup *s, const char *arg, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, NULL, NULL, errp);

    return opts && startup_known_parameters(opts, "msg", errp) &&
           optional_bool(opts, "timestamp", &message_with_timestamp, errp) &&
           optional_bool(opts, "guest-name", &error_with_guestname, errp);
}

bool run_rtc(Startup *s, const char *arg, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, "base", NULL, errp);

    return opts && startup_known_parameters(opts, "rtc", errp) &&
           configure_rtc(qdict_get_try_str(opts, "base"), qdict_get_try_str(opts, "clock"),
                         qdict_get_try_str(opts, "driftfix"), errp);
}

/* --- back ends and monitors --- */

bool run_add_fd(Startup *s, const char *arg, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, NULL, NULL, errp);
    const char *fd_text = opts ? qdict_get_try_str(opts, "fd") : NULL;
    const char *set_text = opts ? qdict_get_try_str(opts, "set") : NULL;
    int fd, set, dupfd;
    AddfdInfo *info;

    if (!opts) {
        return false;
    }
    if (!fd_text || !set_text || qemu_strtoi(fd_text, NULL, 10, &fd) || qemu_strtoi(set_text, NULL, 10, &set) ||
        set < 0) {
        error_setg(errp, "fd=N and set=N are required, both numbers");
        return false;
    }
    if (fd <= STDERR_FILENO) {
        error_setg(errp, "fd cannot be a standard I/O stream");
        return false;
    }
    dupfd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (dupfd < 0) {
        error_setg_errno(errp, errno, "fd=%d: cannot duplicate", fd);
        return false;
    }
    close(fd);
    info = monitor_fdset_add_fd(dupfd, true, set, qdict_get_try_str(opts, "opaque"), errp);
    qapi_free_AddfdInfo(info);
    return info != NULL;
}

static void print_kind(const char *kind, void *opaque)
{
    printf("  %s\n", kind);
}

bool run_chardev(Startup *s, const char *arg, Error **errp)
{
    if (!strcmp(arg, "help") || !strcmp(arg, "?")) {
        printf("Available chardev backend types:\n");
        qemu_chr_print_types(print_kind, NULL);
        exit(0);
    }
    return qemu_chr_new_from_option(arg, errp) != NULL;
}

static bool next_port(const char *what, int *count, int limit, Error **errp)
{
    if (*count >= limit) {
        error_setg(errp, "too many %s ports: at most %d", what, limit);
        return false;
    }
    (*count)++;
    return true;
}

bool run_serial(Startup *s, const char *arg, Error **errp)
{
    int index = s->serials;
    g_autofree char *label = g_strdup_printf("serial%d", index);
    Chardev *chr;

    if (!next_port("serial", &s->serials, MAX_SERIAL_PORTS, errp)) {
        return false;
    }
    s->serial_given = true;
    if (!strcmp(arg, "none")) {
        return true;
    }
    if (g_str_has_prefix(arg, "mon:")) {
        s->monitor_given = true;
    }
    chr = qemu_chr_new_mux_mon(label, arg, NULL, errp);
    serial_hd_set(index, chr);
    return chr != NULL;
}

bool run_parallel(Startup *s, const char *arg, Error **errp)
{
    int index = s->parallels;
    g_autofree char *label = g_strdup_printf("parallel%d", index);

    if (!next_port("parallel", &s->parallels, MAX_PARALLEL_PORTS, errp)) {
        return false;
    }
    if (strcmp(arg, "none")) {
        Chardev *chr = qemu_chr_new(label, arg, NULL, errp);
        parallel_hd_set(index, chr);
        return chr != NULL;
    }
    return true;
}

/* -monitor, -qmp: a chardev in short form, or the id of one. */
static Chardev *monitor_chardev(const char *arg, const char *prefix, int *count, Error **errp)
{
    g_autofree char *label = g_strdup_printf("%s%d", prefix, (*count)++);
    const char *id;

    if (strstart(arg, "chardev:", &id)) {
        Chardev *chr = qemu_chr_find(id);
        if (!chr) {
            error_setg(errp, "chardev \"%s\" not found", id);
        }
        return chr;
    }
    return qemu_chr_new_mux_mon(label, arg, NULL, errp);
}

bool run_monitor(Startup *s, const char *arg, Error **errp)
{
    ERRP_GUARD();
    Chardev *chr;

    s->monitor_given = true;
    if (!strcmp(arg, "none")) {
        return true;
    }
    chr = monitor_chardev(arg, "compat_monitor", &s->hmps, errp);
    if (chr) {
        monitor_init_hmp(chr, true, errp);
    }
    return !*errp;
}

static bool add_qmp(Startup *s, const char *arg, bool pretty, Error **errp)
{
    ERRP_GUARD();
    Chardev *chr = monitor_chardev(arg, "qmp", &s->qmps, errp);

    s->monitor_given = true;
    if (chr) {
        monitor_init_qmp(chr, pretty, errp);
    }
    return !*errp;
}

bool run_qmp(Startup *s, const char *arg, Error **errp)
{
    return add_qmp(s, arg, false, errp);
}

bool run_qmp_pretty(Startup *s, const char *arg, Error **errp)
{
    return add_qmp(s, arg, true, errp);
}

bool run_mon(Startup *s, const char *arg, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, "chardev", NULL, errp);

    s->monitor_given = true;
    return opts && monitor_init_opts(opts, errp);
}

bool run_debugcon(Startup *s, const char *arg, Error **errp)
{
    g_autofree char *label = g_strdup_printf("debugcon%d", s->debugcons++);
    g_autofree char *device = g_strdup_printf("isa-debugcon,iobase=0xe9,chardev=%s", label);

    return qemu_chr_new_mux_mon(label, arg, NULL, errp) &&
           startup_queue(s, "device", device, &(Location){ .kind = LOC_NONE }, errp);
}

/* --- objects and devices --- */

/* These need back ends or a machine; everything else is made before them, so that they can refer to it. */
static bool is_late_object(const char *type)
{
    return g_str_has_prefix(type, "filter-") || g_str_has_prefix(type, "colo-") ||
           !strcmp(type, "rng-egd") || !strcmp(type, "qtest") || !strcmp(type, "can-host-socketcan") ||
           g_str_has_prefix(type, "memory-backend-");
}

bool run_object(Startup *s, const char *arg, Error **errp)
{
    bool is_keyval, help = false;
    g_autoptr(QDict) opts = option_arg_parse(arg, "qom-type", &is_keyval, &help, errp);

    if (!opts) {
        return false;
    }
    if (help) {
        const char *type = qdict_get_try_str(opts, "qom-type");
        exit(user_creatable_print_help(type) ? 0 : 1);
    }
    const char *type = qdict_get_try_str(opts, "qom-type");
    if (!type) {
        error_setg(errp, "Parameter 'qom-type' is missing");
        return false;
    }
    return is_late_object(type) != s->late_objects || user_creatable_add_from_str(arg, errp);
}

bool run_device(Startup *s, const char *arg, Error **errp)
{
    bool help = false;
    DeviceState *dev = qdev_device_add_from_str(arg, &help, errp);

    if (help) {
        exit(0);
    }
    object_unref(dev);
    return dev != NULL;
}

bool run_smbios(Startup *s, const char *arg, Error **errp)
{
    return smbios_entry_add(arg, errp);
}

bool run_fw_cfg(Startup *s, const char *arg, Error **errp)
{
    g_autoptr(QDict) opts = keyval_parse(arg, "name", NULL, errp);
    const char *name, *file, *string;
    g_autofree uint8_t *data = NULL;
    size_t len = 0;

    if (!opts) {
        return false;
    }
    name = qdict_get_try_str(opts, "name");
    file = qdict_get_try_str(opts, "file");
    string = qdict_get_try_str(opts, "string");
    if (!name || !*name || !file == !string || qdict_size(opts) != 2) {
        error_setg(errp, "expected name=NAME and one of file=FILE and string=TEXT");
        return false;
    }
    if (!strstart(name, "opt/", NULL)) {
        warn_report("-fw_cfg: '%s' does not start with 'opt/': names outside it belong to the machine", name);
    }
    if (!fw_cfg_find()) {
        error_setg(errp, "this machine has no fw_cfg device");
        return false;
    }
    if (string) {
        len = strlen(string);
        data = g_memdup2(string, len);
    } else if (!load_file_limited(file, FW_CFG_USER_FILE_MAX, &data, &len, errp)) {
        return false;
    }
    if (!fw_cfg_add_user_file(fw_cfg_find(), name, data, len, errp)) {
        return false;
    }
    data = NULL;                /* the device's now */
    return true;
}
