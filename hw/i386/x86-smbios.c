/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives the guest its SMBIOS structures: files for firmware, or, without firmware, the entry point and the structures in the
 * F segment, where a kernel looks for "_SM_" and "_SM3_" on 16-byte boundaries. Start-up, when memory and CPUs are known.
 */
#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "hw/core/loader.h"
#include "hw/firmware/smbios.h"
#include "hw/i386/x86.h"
#include "qapi/error.h"
#include "target/i386/cpu.h"

static void describe(X86MachineState *x86ms, SmbiosMachine *m)
{
    MachineState *ms = MACHINE(x86ms);
    CPUX86State *env = cpu_env(first_cpu);
    unsigned per_socket = ms->smp.max_cpus / MAX(ms->smp.sockets, 1);

    *m = (SmbiosMachine) {
        .manufacturer = "QEMU",
        .product = MACHINE_GET_CLASS(ms)->desc,
        .version = MACHINE_GET_CLASS(ms)->name,
        .cpu_signature = env->cpuid_version,
        .cpu_features = env->features[FEAT_1_EDX],
        .sockets = DIV_ROUND_UP(ms->smp.cpus, MAX(per_socket, 1)),
        .cores = MAX(per_socket / MAX(ms->smp.threads, 1), 1),
        .threads = MAX(per_socket, 1),
        .ram_size = ms->ram_size,
        .ram = { { 0, x86ms->below_4g_mem_size }, { x86ms->above_4g_mem_start, x86ms->above_4g_mem_size } },
        .firmware = ms->firmware,
    };
}

static void add_file(FWCfgState *s, const char *name, const void *data, size_t len)
{
    fw_cfg_add_file(s, name, g_memdup2(data, len), len);
}

/* In the F segment if they fit there, else at the end of low memory below the ACPI tables. */
static bool place(X86MachineState *x86ms, SmbiosTables *t, Error **errp)
{
    hwaddr addr = BOOT_SMBIOS_TABLES;

    if (t->data->len > BOOT_SMBIOS_END - BOOT_SMBIOS_TABLES) {
        if (!x86_boot_alloc(x86ms, t->data->len, &addr, errp)) {
            return false;
        }
    }
    smbios_set_address(t, addr);
    return rom_add_blob_fixed_errp("SMBIOS structures", t->data->data, t->data->len, addr, errp) &&
           rom_add_blob_fixed_errp("SMBIOS entry point", t->anchor, t->anchor_len, BOOT_SMBIOS_ANCHOR, errp);
}

bool x86_smbios_setup(X86MachineState *x86ms, bool entry64, Error **errp)
{
    SmbiosMachine m;
    SmbiosTables t;
    bool ok = true;

    if (!first_cpu) {
        return true;
    }
    describe(x86ms, &m);
    m.entry64 = entry64;
    if (!smbios_build(&m, &t, errp)) {
        return false;
    }
    if (x86ms->fw_cfg) {
        add_file(x86ms->fw_cfg, "etc/smbios/smbios-tables", t.data->data, t.data->len);
        add_file(x86ms->fw_cfg, "etc/smbios/smbios-anchor", t.anchor, t.anchor_len);
    }
    if (!m.firmware) {
        ok = place(x86ms, &t, errp);
    }
    smbios_free(&t);
    return ok;
}
