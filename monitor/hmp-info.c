/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "info" commands that show what QMP answers. */
#include "qemu/osdep.h"
#include "monitor-internal.h"
#include "net/net.h"
#include "qapi/error.h"
#include "qobject/qjson.h"
#include "system/memory.h"
#include "system/qdev-monitor.h"
#include "trace/control.h"

static void info_version(Monitor *mon, const QDict *qdict)
{
    QDict *ret = qobject_to(QDict, hmp_call_qmp(mon, "query-version", NULL)), *v;

    if (ret) {
        v = qdict_get_qdict(ret, "qemu");
        monitor_printf(mon, "%" PRId64 ".%" PRId64 ".%" PRId64 " (%s)\n", qdict_get_int(v, "major"),
                       qdict_get_int(v, "minor"), qdict_get_int(v, "micro"), qdict_get_str(ret, "package"));
        qobject_unref(ret);
    }
}

static void info_status(Monitor *mon, const QDict *qdict)
{
    QDict *ret = qobject_to(QDict, hmp_call_qmp(mon, "query-status", NULL));
    const char *status;
    bool running;

    if (!ret) {
        return;
    }
    running = qdict_get_bool(ret, "running");
    status = qdict_get_str(ret, "status");
    monitor_printf(mon, "VM status: %s", running ? "running" : "paused");
    if (!running && !g_str_equal(status, "paused")) {
        monitor_printf(mon, " (%s)", status);
    }
    monitor_puts(mon, "\n");
    qobject_unref(ret);
}

static void info_name(Monitor *mon, const QDict *qdict)
{
    QDict *ret = qobject_to(QDict, hmp_call_qmp(mon, "query-name", NULL));

    if (ret && qdict_haskey(ret, "name")) {
        monitor_printf(mon, "%s\n", qdict_get_str(ret, "name"));
    }
    qobject_unref(ret);
}

static void info_uuid(Monitor *mon, const QDict *qdict)
{
    QDict *ret = qobject_to(QDict, hmp_call_qmp(mon, "query-uuid", NULL));

    if (ret) {
        monitor_printf(mon, "%s\n", qdict_get_str(ret, "UUID"));
        qobject_unref(ret);
    }
}

static void info_kvm(Monitor *mon, const QDict *qdict)
{
    QDict *ret = qobject_to(QDict, hmp_call_qmp(mon, "query-kvm", NULL));

    if (ret) {
        monitor_printf(mon, "kvm support: %s\n", !qdict_get_bool(ret, "present") ? "not compiled"
                       : qdict_get_bool(ret, "enabled") ? "enabled" : "disabled");
        qobject_unref(ret);
    }
}

static void info_balloon(Monitor *mon, const QDict *qdict)
{
    QDict *ret = qobject_to(QDict, hmp_call_qmp(mon, "query-balloon", NULL));

    if (ret) {
        monitor_printf(mon, "balloon: actual=%" PRId64 "\n", qdict_get_int(ret, "actual") >> 20);
        qobject_unref(ret);
    }
}

static void info_chardev(Monitor *mon, const QDict *qdict)
{
    QList *ret = qobject_to(QList, hmp_call_qmp(mon, "query-chardev", NULL));
    const QListEntry *e;

    if (!ret) {
        return;
    }
    QLIST_FOREACH_ENTRY(ret, e) {
        QDict *d = qobject_to(QDict, e->value);

        monitor_printf(mon, "%s: filename=%s\n", qdict_get_str(d, "label"), qdict_get_str(d, "filename"));
    }
    qobject_unref(ret);
}

static void info_cpus(Monitor *mon, const QDict *qdict)
{
    QList *ret = qobject_to(QList, hmp_call_qmp(mon, "query-cpus-fast", NULL));
    int current = MAX(mon->cpu_index, 0);
    const QListEntry *e;

    if (!ret) {
        return;
    }
    QLIST_FOREACH_ENTRY(ret, e) {
        QDict *d = qobject_to(QDict, e->value);
        int64_t index = qdict_get_int(d, "cpu-index");

        monitor_printf(mon, "%c CPU #%" PRId64 ": thread_id=%" PRId64 "\n", index == current ? '*' : ' ', index,
                       qdict_get_int(d, "thread-id"));
    }
    qobject_unref(ret);
}

static void print_pci_device(Monitor *mon, const QDict *d)
{
    const QDict *class = qdict_get_qdict(d, "class_info"), *id = qdict_get_qdict(d, "id");
    QDict *bridge = qdict_get_qdict(d, "pci_bridge");
    const char *desc = qdict_get_try_str(class, "desc");
    const QListEntry *e;

    monitor_printf(mon, "  Bus %2" PRId64 ", device %3" PRId64 ", function %" PRId64 ":\n", qdict_get_int(d, "bus"),
                   qdict_get_int(d, "slot"), qdict_get_int(d, "function"));
    if (desc) {
        monitor_printf(mon, "    %s", desc);
    } else {
        monitor_printf(mon, "    Class %04x", (unsigned)qdict_get_int(class, "class"));
    }
    monitor_printf(mon, ": PCI device %04x:%04x\n", (unsigned)qdict_get_int(id, "vendor"),
                   (unsigned)qdict_get_int(id, "device"));
    if (qdict_haskey(id, "subsystem")) {
        monitor_printf(mon, "      PCI subsystem %04x:%04x\n", (unsigned)qdict_get_int(id, "subsystem-vendor"),
                       (unsigned)qdict_get_int(id, "subsystem"));
    }
    if (qdict_haskey(d, "irq")) {
        monitor_printf(mon, "      IRQ %" PRId64 ", pin %c\n", qdict_get_int(d, "irq"),
                       (char)('A' + qdict_get_int(d, "irq_pin") - 1));
    }
    QLIST_FOREACH_ENTRY(qdict_get_qlist(d, "regions"), e) {
        const QDict *r = qobject_to(QDict, e->value);
        bool io = !g_strcmp0(qdict_get_str(r, "type"), "io");
        uint64_t addr = qdict_get_int(r, "address"), size = qdict_get_int(r, "size");

        monitor_printf(mon, "      BAR%" PRId64 ": %s at 0x%0*" PRIx64 " [0x%0*" PRIx64 "].\n", qdict_get_int(r, "bar"),
                       io ? "I/O" : qdict_get_bool(r, "mem_type_64")
                       ? (qdict_get_bool(r, "prefetch") ? "64 bit prefetchable memory" : "64 bit memory")
                       : (qdict_get_bool(r, "prefetch") ? "32 bit prefetchable memory" : "32 bit memory"),
                       io ? 4 : 8, addr, io ? 4 : 8, addr + size - 1);
    }
    monitor_printf(mon, "      id \"%s\"\n", qdict_get_str(d, "qdev_id"));
    if (bridge && qdict_haskey(bridge, "devices")) {
        QLIST_FOREACH_ENTRY(qdict_get_qlist(bridge, "devices"), e) {
            print_pci_device(mon, qobject_to(QDict, e->value));
        }
    }
}

static void info_pci(Monitor *mon, const QDict *qdict)
{
    QList *ret = qobject_to(QList, hmp_call_qmp(mon, "query-pci", NULL));
    const QListEntry *e, *d;

    if (!ret) {
        return;
    }
    QLIST_FOREACH_ENTRY(ret, e) {
        QLIST_FOREACH_ENTRY(qdict_get_qlist(qobject_to(QDict, e->value), "devices"), d) {
            print_pci_device(mon, qobject_to(QDict, d->value));
        }
    }
    qobject_unref(ret);
}

static void print_text(Monitor *mon, const char *qmp)
{
    QDict *ret = qobject_to(QDict, hmp_call_qmp(mon, qmp, NULL));

    if (ret) {
        monitor_puts(mon, qdict_get_str(ret, "human-readable-text"));
        qobject_unref(ret);
    }
}

#define TEXT(fn, qmp)                                                   \
    static void fn(Monitor *mon, const QDict *qdict)                    \
    {                                                                   \
        print_text(mon, qmp);                                           \
    }

TEXT(info_ramblock, "x-query-ramblock")
TEXT(info_irq, "x-query-irq")
TEXT(info_pic, "x-query-interrupt-controllers")
TEXT(info_jit, "x-query-jit")
TEXT(info_roms, "x-query-roms")
TEXT(info_numa, "x-query-numa")

/* What has no layout of its own yet: the QMP answer, readable. */
static void print_json(Monitor *mon, const char *qmp)
{
    QObject *ret = hmp_call_qmp(mon, qmp, NULL);
    GString *s;

    if (ret) {
        s = qobject_to_json_pretty(ret, true);
        monitor_printf(mon, "%s\n", s->str);
        g_string_free(s, TRUE);
        qobject_unref(ret);
    }
}

#define JSON(fn, qmp)                                                   \
    static void fn(Monitor *mon, const QDict *qdict)                    \
    {                                                                   \
        print_json(mon, qmp);                                           \
    }

JSON(info_block, "query-block")
JSON(info_blockstats, "query-blockstats")
JSON(info_memdev, "query-memdev")
JSON(info_memory_devices, "query-memory-devices")
JSON(info_memory_size, "query-memory-size-summary")
JSON(info_hotpluggable, "query-hotpluggable-cpus")
JSON(info_iothreads, "query-iothreads")
JSON(info_vnc, "query-vnc")

/* Text made below the monitor; weak, since a test may link only part of the machine. */
extern __attribute__((weak)) typeof(mtree_info) mtree_info;
extern __attribute__((weak)) typeof(qdev_print_tree) qdev_print_tree;
extern __attribute__((weak)) typeof(qom_print_tree) qom_print_tree;
extern __attribute__((weak)) typeof(net_info_text) net_info_text;

static void info_network(Monitor *mon, const QDict *qdict)
{
    g_autoptr(GString) s = g_string_new(NULL);

    if (net_info_text) {
        net_info_text(s);
        monitor_puts(mon, s->str);
    }
}

static void info_mtree(Monitor *mon, const QDict *qdict)
{
    g_autoptr(GString) s = g_string_new(NULL);

    if (mtree_info) {
        mtree_info(s, qdict_get_bool(qdict, "flatview"), qdict_get_bool(qdict, "dispatch_tree"),
                   qdict_get_bool(qdict, "owner"), qdict_get_bool(qdict, "disabled"));
        monitor_puts(mon, s->str);
    }
}

static void info_qtree(Monitor *mon, const QDict *qdict)
{
    g_autoptr(GString) s = g_string_new(NULL);

    if (qdev_print_tree) {
        qdev_print_tree(s);
        monitor_puts(mon, s->str);
    }
}

static void info_qom_tree(Monitor *mon, const QDict *qdict)
{
    g_autoptr(GString) s = g_string_new(NULL);
    Error *err = NULL;

    if (qom_print_tree && qom_print_tree(s, qdict_get_try_str(qdict, "path"), &err)) {
        monitor_puts(mon, s->str);
    }
    hmp_handle_error(mon, err);
}

static void info_history(Monitor *mon, const QDict *qdict)
{
    ReadLineState *rs = mon->capture ? NULL : ((MonitorHMP *)mon)->rs;
    const char *line;

    for (unsigned i = 0; rs && (line = readline_get_history(rs, i)); i++) {
        monitor_printf(mon, "%u: '%s'\n", i, line);
    }
}

static void info_trace_events(Monitor *mon, const QDict *qdict)
{
    const char *pattern = qdict_get_try_str(qdict, "name");

    for (TraceEvent *ev = trace_event_first(); ev; ev = ev->next) {
        if (!pattern || g_pattern_match_simple(pattern, ev->name)) {
            monitor_printf(mon, "%s : state %u\n", ev->name, trace_event_enabled(ev));
        }
    }
}

#define INFO(n, a, p, h, f) { .name = n, .args_type = a, .params = p, .help = h, .cmd = f }

const HMPCommand hmp_info_commands[] = {
    INFO("version", "", "", "version of the emulator", info_version),
    INFO("status", "", "", "whether the machine runs, and why not", info_status),
    INFO("name", "", "", "name of the machine", info_name),
    INFO("uuid", "", "", "UUID of the machine", info_uuid),
    INFO("kvm", "", "", "state of the KVM accelerator", info_kvm),
    INFO("balloon", "", "", "memory the guest has kept", info_balloon),
    INFO("chardev", "", "", "character devices", info_chardev),
    INFO("cpus", "", "", "virtual processors and their threads", info_cpus),
    INFO("pci", "", "", "PCI devices as the guest programmed them", info_pci),
    INFO("block", "", "", "block devices", info_block),
    INFO("blockstats", "", "", "figures of block devices", info_blockstats),
    INFO("memdev", "", "", "memory back ends", info_memdev),
    INFO("memory-devices", "", "", "memory that was plugged", info_memory_devices),
    INFO("memory_size_summary", "", "", "sizes of base and plugged memory", info_memory_size),
    INFO("hotpluggable-cpus", "", "", "places for processors", info_hotpluggable),
    INFO("iothreads", "", "", "I/O threads", info_iothreads),
    INFO("vnc", "", "", "VNC server", info_vnc),
    INFO("ramblock", "", "", "blocks of RAM", info_ramblock),
    INFO("irq", "", "", "counts of interrupts", info_irq),
    INFO("pic", "", "", "state of the interrupt controllers", info_pic),
    INFO("jit", "", "", "figures of the translator", info_jit),
    INFO("roms", "", "", "images loaded into memory", info_roms),
    INFO("numa", "", "", "NUMA nodes", info_numa),
    INFO("network", "", "", "network cards and back ends", info_network),
    INFO("mtree", "flatview:-f,dispatch_tree:-d,owner:-o,disabled:-D", "[-f][-d][-o][-D]", "memory regions", info_mtree),
    INFO("qtree", "", "", "devices by bus", info_qtree),
    INFO("qom-tree", "path:s?", "[path]", "objects by composition", info_qom_tree),
    INFO("history", "", "", "lines typed so far", info_history),
    INFO("trace-events", "name:s?", "[name]", "trace events and whether they are on", info_trace_events),
    { .name = NULL },
};
