/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC boards: i440FX + PIIX3 ("pc") and Q35 + ICH9 ("q35"). */
#ifndef HW_I386_PC_H
#define HW_I386_PC_H

#include "hw/i386/x86.h"
#include "hw/pci/pci.h"
#include "qemu/notify.h"

#define TYPE_PC_MACHINE "generic-pc-machine"
OBJECT_DECLARE_TYPE(PCMachineState, PCMachineClass, PC_MACHINE)

struct PCMachineClass {
    X86MachineClass parent;

    bool is_q35;
    uint32_t hpet_intcap;
    ram_addr_t lowmem_limit, lowmem;    /* RAM of lowmem_limit or more is split at lowmem */
    bool smbios_entry32;                /* "auto" is the 2.8 entry point */
};

/* What pc-*-7.2 have in common and newer types have not. */
void pc_class_7_2(PCMachineClass *pcmc);

typedef struct AcpiBuildState {
    uint8_t patched;
} AcpiBuildState;

struct PCMachineState {
    X86MachineState parent_obj;

    Notifier machine_done;
    PCIBus *pcibus;
    PCIDevice *pm;              /* PIIX4_PM or ICH9-LPC */
    OnOffAuto vmport;
    bool acpi_build_enabled;
    AcpiBuildState acpi_state;
    bool smbus_enabled, sata_enabled, hpet_enabled, i8042_enabled, fd_bootchk, default_bus_bypass_iommu;
    char *smbios_entry_point;
    uint64_t max_fw_size;
    uint64_t pci_hole64_start, pci_hole64_size;
    MemoryRegion bios, isa_bios, option_rom;
    MemoryRegion ram_below_4g, ram_above_4g;
    MemoryRegion ioport80, ioportf0;
};

#define PC_MMCONFIG_BASE 0xb0000000ULL
#define PC_MMCONFIG_SIZE 0x10000000ULL
#define PC_PCI_HOLE_START 0xc0000000ULL     /* where BARs go without firmware */
#define PC_PCI_HOLE_END 0xfebfffffULL
#define PC_PM_BASE 0x600

void pc_memory_init(PCMachineState *pcms, MemoryRegion *system_memory, MemoryRegion *rom_memory);
void pc_split_ram(PCMachineState *pcms);
void pc_basic_device_init(PCMachineState *pcms, ISABus *isa_bus, qemu_irq *gsi);
void pc_i8259_create(ISABus *isa_bus, GSIState *gsi_state);
void pc_machine_register_version(const char *name);

/*
 * pc-chipset.c: RAM, CPUs, the host bridge of type @type as child @name with its bus @bus (pcms->pcibus), GSIs; returns
 * the bridge. Then, when the ISA bridge stands: PICs, I/O APIC and ISA devices. Errors end the program.
 */
DeviceState *pc_init_host(PCMachineState *pcms, const char *type, const char *name, const char *bus, GSIState **gsi_state);
void pc_init_isa(PCMachineState *pcms, DeviceState *phb, ISABus *isa_bus, GSIState *gsi_state);
/* @pm does ACPI's power management. */
void pc_set_acpi_device(PCMachineState *pcms, PCIDevice *pm);

/* pci-setup.c: what firmware does to PCI after reset. */
void pc_pci_setup(PCMachineState *pcms);
hwaddr pc_pci_hole64_start(PCMachineState *pcms);

/* acpi-build.c */
bool pc_acpi_setup(PCMachineState *pcms, Error **errp);

#endif
