/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How an x86 CPU's place in the topology becomes its APIC ID.
 *
 * The ID is a string of bit fields, thread lowest (Intel SDM vol. 3, 9.9.1 "Hierarchical Mapping of Shared
 * Resources"):
 *
 *      | package | die | module | core | thread |
 *
 * Each field is as wide as the largest number it must hold, so IDs have gaps unless the counts are powers of two.
 * Pure functions; no state, no lock.
 */
#ifndef HW_I386_TOPOLOGY_H
#define HW_I386_TOPOLOGY_H

#include "qemu/osdep.h"

typedef uint32_t apic_id_t;

typedef struct X86CPUTopoIDs {
    unsigned pkg_id;
    unsigned die_id;
    unsigned module_id;
    unsigned core_id;
    unsigned smt_id;
} X86CPUTopoIDs;

/* How many of each level the level above holds; all at least 1. */
typedef struct X86CPUTopoInfo {
    unsigned dies_per_pkg;
    unsigned modules_per_die;
    unsigned cores_per_module;
    unsigned threads_per_core;
} X86CPUTopoInfo;

/* Bits needed to number @count things. */
static inline unsigned apicid_bitwidth_for_count(unsigned count)
{
    return count <= 1 ? 0 : 32 - __builtin_clz(count - 1);
}

static inline unsigned apicid_smt_width(const X86CPUTopoInfo *t)
{
    return apicid_bitwidth_for_count(t->threads_per_core);
}

static inline unsigned apicid_core_width(const X86CPUTopoInfo *t)
{
    return apicid_bitwidth_for_count(t->cores_per_module);
}

static inline unsigned apicid_module_width(const X86CPUTopoInfo *t)
{
    return apicid_bitwidth_for_count(t->modules_per_die);
}

static inline unsigned apicid_die_width(const X86CPUTopoInfo *t)
{
    return apicid_bitwidth_for_count(t->dies_per_pkg);
}

static inline unsigned apicid_core_offset(const X86CPUTopoInfo *t)
{
    return apicid_smt_width(t);
}

static inline unsigned apicid_module_offset(const X86CPUTopoInfo *t)
{
    return apicid_core_offset(t) + apicid_core_width(t);
}

static inline unsigned apicid_die_offset(const X86CPUTopoInfo *t)
{
    return apicid_module_offset(t) + apicid_module_width(t);
}

static inline unsigned apicid_pkg_offset(const X86CPUTopoInfo *t)
{
    return apicid_die_offset(t) + apicid_die_width(t);
}

static inline apic_id_t x86_apicid_from_topo_ids(const X86CPUTopoInfo *t, const X86CPUTopoIDs *ids)
{
    return ids->pkg_id << apicid_pkg_offset(t) | ids->die_id << apicid_die_offset(t) |
           ids->module_id << apicid_module_offset(t) | ids->core_id << apicid_core_offset(t) | ids->smt_id;
}

static inline void x86_topo_ids_from_idx(const X86CPUTopoInfo *t, unsigned cpu_index, X86CPUTopoIDs *ids)
{
    ids->smt_id = cpu_index % t->threads_per_core;
    cpu_index /= t->threads_per_core;
    ids->core_id = cpu_index % t->cores_per_module;
    cpu_index /= t->cores_per_module;
    ids->module_id = cpu_index % t->modules_per_die;
    cpu_index /= t->modules_per_die;
    ids->die_id = cpu_index % t->dies_per_pkg;
    ids->pkg_id = cpu_index / t->dies_per_pkg;
}

static inline void x86_topo_ids_from_apicid(apic_id_t apicid, const X86CPUTopoInfo *t, X86CPUTopoIDs *ids)
{
    ids->smt_id = apicid & ((1u << apicid_smt_width(t)) - 1);
    ids->core_id = apicid >> apicid_core_offset(t) & ((1u << apicid_core_width(t)) - 1);
    ids->module_id = apicid >> apicid_module_offset(t) & ((1u << apicid_module_width(t)) - 1);
    ids->die_id = apicid >> apicid_die_offset(t) & ((1u << apicid_die_width(t)) - 1);
    ids->pkg_id = apicid >> apicid_pkg_offset(t);
}

static inline apic_id_t x86_apicid_from_cpu_idx(const X86CPUTopoInfo *t, unsigned cpu_index)
{
    X86CPUTopoIDs ids;

    x86_topo_ids_from_idx(t, cpu_index, &ids);
    return x86_apicid_from_topo_ids(t, &ids);
}

#endif
