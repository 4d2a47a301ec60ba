/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of the ACPI tables that the x86 boards share. */
#ifndef HW_I386_ACPI_BUILD_H
#define HW_I386_ACPI_BUILD_H

#include "hw/acpi/acpi-tables.h"
#include "hw/i386/pc.h"

/* Hot-plug of PCI devices by AML: number its buses (how many?), then describe them in the scope of the root bridge, and
 * the event. */
unsigned acpi_number_hotplug_buses(PCMachineState *pcms);
void acpi_build_pci_hotplug(GByteArray *b, PCMachineState *pcms);
void acpi_build_gpe(GByteArray *b, PCMachineState *pcms);
void pc_build_dsdt(GByteArray *b, PCMachineState *pcms);
void acpi_build_cpus(GByteArray *b, MachineState *ms);
void acpi_build_fw_cfg_device(GByteArray *b);
/* MADT; @pc_overrides: ISA lines as a PC has them. */
void acpi_build_madt(AcpiTables *t, X86MachineState *x86ms, bool pc_overrides, bool ioapic2);
/* Give the finished set to fw_cfg and, without firmware, to memory. */
bool acpi_tables_publish(AcpiTables *t, X86MachineState *x86ms, Error **errp);
/* Where tables go when there is no firmware; called before anything is placed below. @extra: beyond the usual. */
void acpi_reserve_memory(X86MachineState *x86ms, uint32_t extra);

#endif
