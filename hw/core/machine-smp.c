/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -smp: from what the user gave to a complete topology. Pure computation on the machine's smp field. */
#include "qemu/osdep.h"
#include "hw/core/boards.h"
#include "qapi/error.h"

#define SMP_LEVEL_MAX 4096      /* the product of five levels fits into 64 bits */

typedef struct SMPLevels {
    unsigned sockets, dies, modules, cores, threads, maxcpus;
} SMPLevels;

static char *describe(const SMPCompatProps *p, const SMPLevels *l)
{
    GString *s = g_string_new(NULL);

    g_string_append_printf(s, "sockets (%u)", l->sockets);
    if (p->dies_supported) {
        g_string_append_printf(s, " * dies (%u)", l->dies);
    }
    if (p->modules_supported) {
        g_string_append_printf(s, " * modules (%u)", l->modules);
    }
    g_string_append_printf(s, " * cores (%u) * threads (%u)", l->cores, l->threads);
    return g_string_free(s, FALSE);
}

/* Levels left at 0 are computed; at most one of sockets, cores and threads can take up what is missing. */
static void fill_levels(const SMPCompatProps *p, SMPLevels *l, unsigned cpus)
{
    uint64_t fixed;

    if (!cpus && !l->maxcpus) {
        l->sockets = l->sockets ?: 1;
        l->cores = l->cores ?: 1;
        l->threads = l->threads ?: 1;
        return;
    }
    l->maxcpus = l->maxcpus ?: cpus;
    fixed = (uint64_t)l->dies * l->modules;
    if (p->prefer_sockets) {
        l->cores = l->cores ?: (l->sockets ? 0 : 1);
        if (!l->sockets) {
            l->threads = l->threads ?: 1;
            l->sockets = l->maxcpus / (fixed * l->cores * l->threads);
        } else if (!l->cores) {
            l->threads = l->threads ?: 1;
            l->cores = l->maxcpus / (fixed * l->sockets * l->threads);
        }
    } else if (!l->cores) {
        l->sockets = l->sockets ?: 1;
        l->threads = l->threads ?: 1;
        l->cores = l->maxcpus / (fixed * l->sockets * l->threads);
    } else if (!l->sockets) {
        l->threads = l->threads ?: 1;
        l->sockets = l->maxcpus / (fixed * l->cores * l->threads);
    }
    if (!l->threads) {
        l->threads = l->maxcpus / (fixed * l->sockets * l->cores);
    }
}

static bool check_unsupported(const MachineClass *mc, unsigned value, bool supported, const char *name,
                              Error **errp)
{
    if (value > 1 && !supported) {
        error_setg(errp, "machine '%s' has no %s level: %s must be 1", mc->name, name, name);
        return false;
    }
    return true;
}

bool machine_parse_smp_config(MachineState *ms, const SMPConfigRequest *c, Error **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(ms);
    const SMPCompatProps *p = &mc->smp_props;
    SMPLevels l = {
        .sockets = c->sockets, .dies = c->dies ?: 1, .modules = c->modules ?: 1, .cores = c->cores,
        .threads = c->threads, .maxcpus = c->maxcpus,
    };
    unsigned values[] = { c->cpus, c->sockets, c->dies, c->modules, c->cores, c->threads, c->maxcpus };
    unsigned cpus;
    uint64_t total;

    if (!check_unsupported(mc, c->drawers, false, "drawers", errp) ||
        !check_unsupported(mc, c->books, false, "books", errp) ||
        !check_unsupported(mc, c->clusters, p->clusters_supported, "clusters", errp) ||
        !check_unsupported(mc, c->dies, p->dies_supported, "dies", errp) ||
        !check_unsupported(mc, c->modules, p->modules_supported, "modules", errp)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        if (values[i] > SMP_LEVEL_MAX) {
            error_setg(errp, "%u is more than any machine supports", values[i]);
            return false;
        }
    }
    fill_levels(p, &l, c->cpus);
    total = (uint64_t)l.sockets * l.dies * l.modules * l.cores * l.threads;
    l.maxcpus = l.maxcpus ?: MIN(total, UINT32_MAX);
    cpus = c->cpus ?: l.maxcpus;
    if (total != l.maxcpus) {
        g_autofree char *text = describe(p, &l);

        error_setg(errp, "Invalid CPU topology: product of the hierarchy must match maxcpus: %s != maxcpus (%u)",
                   text, l.maxcpus);
        return false;
    }
    if (l.maxcpus < cpus) {
        g_autofree char *text = describe(p, &l);

        error_setg(errp, "Invalid CPU topology: maxcpus must be equal to or greater than smp: %s == maxcpus (%u) < "
                   "smp_cpus (%u)", text, l.maxcpus, cpus);
        return false;
    }
    if (cpus < mc->min_cpus || l.maxcpus > mc->max_cpus) {
        error_setg(errp, "Invalid SMP CPUs %u. Machine '%s' supports %d to %d", MAX(cpus, l.maxcpus), mc->name,
                   mc->min_cpus, mc->max_cpus);
        return false;
    }
    ms->smp = (CpuTopology) {
        .cpus = cpus, .drawers = 1, .books = 1, .sockets = l.sockets, .dies = l.dies, .clusters = 1,
        .modules = l.modules, .cores = l.cores, .threads = l.threads, .max_cpus = l.maxcpus,
    };
    return true;
}
