/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 82371SB (PIIX3) PCI-to-ISA bridge and 82371AB (PIIX4) power management function.
 *
 * PIIX3: child bus "isa.0"; out lines "isa-irqs"[16]: the machine connects them to its interrupt inputs before PCI
 * devices raise any. PIIX4_PM: unnamed out line 0 is SCI (input 9), "smi-irq" is SMI.
 */
#ifndef HW_SOUTHBRIDGE_PIIX_H
#define HW_SOUTHBRIDGE_PIIX_H

#include "hw/acpi/acpi.h"
#include "hw/acpi/pcihp.h"
#include "hw/isa/apm.h"
#include "hw/isa/pm_smbus.h"
#include "hw/pci/pci_device.h"

#define PIIX_PIRQCA 0x60            /* PIRQA..D route control */
#define PIIX_RCR_IOPORT 0xcf9
#define PIIX_NUM_PIRQS 4

#define TYPE_PIIX3_DEVICE "PIIX3"
#define TYPE_PIIX4_PM "PIIX4_PM"

OBJECT_DECLARE_SIMPLE_TYPE(PIIXState, PIIX3_DEVICE)

struct PIIXState {
    PCIDevice dev;

    qemu_irq isa_irqs_in[16];
    uint8_t rcr;
    MemoryRegion rcr_mem;
    int32_t pci_irq_levels_vmstate[PIIX_NUM_PIRQS];
};

OBJECT_DECLARE_SIMPLE_TYPE(PIIX4PMState, PIIX4_PM)

struct PIIX4PMState {
    PCIDevice parent_obj;

    MemoryRegion io;
    MemoryRegion io_gpe;
    ACPIREGS ar;
    APMState apm;
    PMSMBus smb;
    uint32_t smb_io_base;
    qemu_irq irq;
    qemu_irq smi_irq;
    Notifier powerdown_notifier;
    AcpiPciHpState acpi_pci_hotplug;
    bool use_acpi_hotplug_bridge;
    bool use_acpi_root_pci_hotplug;
    bool not_migrate_acpi_index;
    uint8_t disable_s3;
    uint8_t disable_s4;
    uint8_t s4_val;
    bool smm_enabled;
    bool smm_compat;
    bool acpi_memory_hotplug_enabled;
    AcpiMemHpVmstate memhp;
    AcpiCpuHpVmstate cpuhp_state;
};

#endif
