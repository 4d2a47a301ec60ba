/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI tables of the PC machines (ACPI 6.4, 5.2; IA-PC HPET 1.0a; PCI Firmware 3.0 for MCFG; WAET). Start-up. */
#include "qemu/osdep.h"
#include "hw/acpi/acpi.h"
#include "hw/i386/acpi-build.h"
#include "hw/i386/apic.h"
#include "hw/intc/ioapic.h"
#include "hw/southbridge/ich9.h"
#include "hw/timer/hpet.h"
#include "qapi/error.h"
#include "qemu/bswap.h"

#define GAS_MEMORY 0
#define GAS_IO 1
#define PIIX_GPE0 0xafe0

/* What the description of one bus with hot-plug slots takes, rounded up. */
#define HOTPLUG_BUS_AML 0x1000

#define FADT_WBINVD (1u << 0)
#define FADT_PROC_C1 (1u << 2)
#define FADT_SLP_BUTTON (1u << 5)
#define FADT_RTC_S4 (1u << 7)
#define FADT_RESET_REG (1u << 10)
#define FADT_PLATFORM_CLOCK (1u << 15)
#define FADT_APIC_CLUSTER (1u << 18)

static void build_fadt(AcpiTables *t, PCMachineState *pcms, uint32_t facs, uint32_t dsdt)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);
    bool is_q35 = PC_MACHINE_GET_CLASS(pcms)->is_q35;
    uint32_t gpe0 = is_q35 ? PC_PM_BASE + ICH9_PMIO_GPE0_STS : PIIX_GPE0, fadt;
    uint8_t gpe0_len = is_q35 ? ICH9_PMIO_GPE0_LEN : 4;

    fadt = acpi_table_begin(t, "FACP", 3);
    acpi_add_pointer(t, 4, facs);
    acpi_add_pointer(t, 4, dsdt);
    acpi_add(t, 1, 1);                                  /* interrupt model, as ACPI 1.0 had it */
    acpi_add(t, 0, 1);                                  /* unspecified profile */
    acpi_add(t, 9, 2);                                  /* SCI */
    acpi_add(t, 0xb2, 4);
    acpi_add(t, is_q35 ? ICH9_APM_ACPI_ENABLE : 0xf1, 1);
    acpi_add(t, is_q35 ? ICH9_APM_ACPI_DISABLE : 0xf0, 1);
    acpi_add(t, 0, 2);
    acpi_add(t, PC_PM_BASE, 4);                         /* PM1a event, PM1b event */
    acpi_add(t, 0, 4);
    acpi_add(t, PC_PM_BASE + 4, 4);                     /* PM1a control, PM1b control, PM2 */
    acpi_add(t, 0, 8);
    acpi_add(t, PC_PM_BASE + 8, 4);                     /* PM timer */
    acpi_add(t, gpe0, 4);
    acpi_add(t, 0, 4);
    acpi_add(t, 4, 1);                                  /* lengths */
    acpi_add(t, 2, 1);
    acpi_add(t, 0, 1);
    acpi_add(t, 4, 1);
    acpi_add(t, gpe0_len, 1);
    acpi_add(t, 0, 3);
    acpi_add(t, 0xfff, 2);                              /* C2 and C3 are not supported */
    acpi_add(t, 0xfff, 2);
    acpi_add(t, 0, 6);
    acpi_add(t, 0, 2);                                  /* day and month alarm */
    acpi_add(t, 0x32, 1);                               /* century */
    acpi_add(t, pcms->i8042_enabled ? 0x2 : 0, 2);      /* 8042 present */
    acpi_add(t, 0, 1);
    acpi_add(t, FADT_WBINVD | FADT_PROC_C1 | FADT_SLP_BUTTON | FADT_RTC_S4 | FADT_RESET_REG | FADT_PLATFORM_CLOCK |
                (x86ms->apic_id_limit > 8 ? FADT_APIC_CLUSTER : 0), 4);
    acpi_add_gas(t, GAS_IO, 8, 0, 0, 0xcf9);
    acpi_add(t, 0x0f, 1);
    acpi_add(t, 0, 3);
    acpi_add(t, 0, 8);                                  /* the 32-bit pointers count */
    acpi_add(t, 0, 8);
    acpi_add_gas(t, GAS_IO, 32, 0, 0, PC_PM_BASE);
    acpi_add_gas(t, 0, 0, 0, 0, 0);
    acpi_add_gas(t, GAS_IO, 16, 0, 0, PC_PM_BASE + 4);
    acpi_add_gas(t, 0, 0, 0, 0, 0);
    acpi_add_gas(t, 0, 0, 0, 0, 0);
    acpi_add_gas(t, GAS_IO, 32, 0, 0, PC_PM_BASE + 8);
    acpi_add_gas(t, GAS_IO, gpe0_len * 8, 0, 0, gpe0);
    acpi_add_gas(t, 0, 0, 0, 0, 0);
    acpi_table_end(t, fadt, true);
}

static void madt_cpu(AcpiTables *t, unsigned uid, uint32_t apic_id, bool enabled)
{
    if (apic_id < 255) {
        acpi_add(t, 0, 1);
        acpi_add(t, 8, 1);
        acpi_add(t, uid, 1);
        acpi_add(t, apic_id, 1);
        acpi_add(t, enabled, 4);
    } else {
        acpi_add(t, 9, 1);
        acpi_add(t, 16, 1);
        acpi_add(t, 0, 2);
        acpi_add(t, apic_id, 4);
        acpi_add(t, enabled, 4);
        acpi_add(t, uid, 4);
    }
}

static void madt_ioapic(AcpiTables *t, uint8_t id, uint32_t addr, uint32_t gsi)
{
    acpi_add(t, 1, 1);
    acpi_add(t, 12, 1);
    acpi_add(t, id, 1);
    acpi_add(t, 0, 1);
    acpi_add(t, addr, 4);
    acpi_add(t, gsi, 4);
}

static void madt_override(AcpiTables *t, uint8_t irq, uint32_t gsi, uint16_t flags)
{
    acpi_add(t, 2, 1);
    acpi_add(t, 10, 1);
    acpi_add(t, 0, 1);
    acpi_add(t, irq, 1);
    acpi_add(t, gsi, 4);
    acpi_add(t, flags, 2);
}

void acpi_build_madt(AcpiTables *t, X86MachineState *x86ms, bool pc_overrides, bool ioapic2)
{
    static const uint8_t level_irqs[] = { 5, 9, 10, 11 };
    const CPUArchIdList *cpus = x86_possible_cpu_arch_ids(MACHINE(x86ms));
    uint32_t madt = acpi_table_begin(t, "APIC", 3);
    bool x2apic = false;

    acpi_add(t, APIC_DEFAULT_ADDRESS, 4);
    acpi_add(t, x86ms->pic != ON_OFF_AUTO_OFF, 4);      /* 8259s are there too */
    for (int i = 0; i < cpus->len; i++) {
        /* Empty slots are listed disabled: the OS then reserves room for them. */
        madt_cpu(t, i, cpus->cpus[i].arch_id, cpus->cpus[i].cpu != NULL);
        x2apic |= cpus->cpus[i].arch_id >= 255;
    }
    madt_ioapic(t, 0, IO_APIC_DEFAULT_ADDRESS, 0);
    if (ioapic2) {
        madt_ioapic(t, 1, IO_APIC_SECONDARY_ADDRESS, IO_APIC_SECONDARY_IRQBASE);
    }
    madt_override(t, 0, 2, 0);
    for (size_t i = 0; pc_overrides && i < ARRAY_SIZE(level_irqs); i++) {
        madt_override(t, level_irqs[i], level_irqs[i], 0xd);        /* active high, level triggered */
    }
    if (x2apic) {
        acpi_add(t, 10, 1);
        acpi_add(t, 12, 1);
        acpi_add(t, 0, 2);
        acpi_add(t, UINT32_MAX, 4);
        acpi_add(t, 1, 1);
        acpi_add(t, 0, 3);
    }
    acpi_add(t, 4, 1);                                  /* NMI is LINT1 of every CPU */
    acpi_add(t, 6, 1);
    acpi_add(t, 0xff, 1);
    acpi_add(t, 0, 2);
    acpi_add(t, 1, 1);
    acpi_table_end(t, madt, true);
}

static void build_hpet_table(AcpiTables *t)
{
    uint32_t hpet = acpi_table_begin(t, "HPET", 1);

    acpi_add(t, hpet_event_timer_block_id(), 4);
    acpi_add_gas(t, GAS_MEMORY, 0, 0, 0, HPET_BASE);
    acpi_add(t, 0, 4);
    acpi_table_end(t, hpet, true);
}

static void build_mcfg(AcpiTables *t)
{
    uint32_t mcfg = acpi_table_begin(t, "MCFG", 1);

    acpi_add(t, 0, 8);
    acpi_add(t, PC_MMCONFIG_BASE, 8);
    acpi_add(t, 0, 2);
    acpi_add(t, 0, 1);
    acpi_add(t, 0xff, 1);
    acpi_add(t, 0, 4);
    acpi_table_end(t, mcfg, true);
}

/* One read of the PM timer is enough. */
static void build_waet(AcpiTables *t)
{
    uint32_t waet = acpi_table_begin(t, "WAET", 1);

    acpi_add(t, 1u << 1, 4);
    acpi_table_end(t, waet, true);
}

static uint32_t build_facs(AcpiTables *t)
{
    uint32_t facs;

    acpi_align(t, 64);
    facs = t->blob->len;
    g_byte_array_append(t->blob, (const uint8_t *)"FACS", 4);
    acpi_add(t, 64, 4);
    for (int i = 0; i < 7; i++) {
        acpi_add(t, 0, 8);
    }
    return facs;
}

void acpi_reserve_memory(X86MachineState *x86ms, uint32_t extra)
{
    uint32_t size = BOOT_ACPI_SIZE + extra;

    if (!MACHINE(x86ms)->firmware && x86ms->below_4g_mem_size >= 2 * size + 0x100000) {
        x86ms->acpi_data_addr = QEMU_ALIGN_DOWN(x86ms->below_4g_mem_size - size, 0x1000);
        x86ms->acpi_data_size = size;
    }
}

bool acpi_tables_publish(AcpiTables *t, X86MachineState *x86ms, Error **errp)
{
    if (x86ms->fw_cfg && !acpi_tables_to_fw_cfg(t, x86ms->fw_cfg, errp)) {
        return false;
    }
    if (x86ms->acpi_data_size) {
        x86ms->rsdp_addr = BOOT_RSDP_ADDR;
        return acpi_tables_to_memory(t, x86ms->acpi_data_addr, x86ms->acpi_data_size, BOOT_RSDP_ADDR, errp);
    }
    return true;
}

/* Whether firmware has fetched the tables, which another emulator then leaves alone. Here they never change. */
static const VMStateDescription vmstate_acpi_build = {
    .name = "acpi_build",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(patched, AcpiBuildState),
        VMSTATE_END_OF_LIST()
    },
};

bool pc_acpi_setup(PCMachineState *pcms, Error **errp)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);
    uint32_t facs, dsdt;
    AcpiTables t;
    bool ok;

    vmstate_register(NULL, 0, &vmstate_acpi_build, &pcms->acpi_state);
    acpi_reserve_memory(x86ms, acpi_number_hotplug_buses(pcms) * HOTPLUG_BUS_AML);
    acpi_tables_init(&t, x86ms->oem_id, x86ms->oem_table_id);
    facs = build_facs(&t);
    dsdt = acpi_table_begin(&t, "DSDT", 1);
    pc_build_dsdt(t.blob, pcms);
    acpi_table_end(&t, dsdt, false);
    build_fadt(&t, pcms, facs, dsdt);
    acpi_build_madt(&t, x86ms, true, false);
    if (hpet_find()) {
        build_hpet_table(&t);
    }
    if (PC_MACHINE_GET_CLASS(pcms)->is_q35) {
        build_mcfg(&t);
    }
    build_waet(&t);
    acpi_build_rsdt(&t);
    ok = acpi_tables_publish(&t, x86ms, errp);
    acpi_tables_free(&t);
    return ok;
}
