/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers behind ACPI PCI hot-plug (docs/specs/acpi-pci-hotplug): which slots of a numbered bus came up or are
 * asked to go down. State and its migration only: hot-plug itself goes through native PCI Express slots.
 */
#ifndef HW_ACPI_PCIHP_H
#define HW_ACPI_PCIHP_H

#include "migration/vmstate.h"

#define ACPI_PCIHP_MAX_HOTPLUG_BUS 256

typedef struct AcpiPciHpPciStatus {
    uint32_t up;
    uint32_t down;
} AcpiPciHpPciStatus;

typedef struct AcpiPciHpState {
    uint32_t hotplug_select;
    uint32_t acpi_index;
    AcpiPciHpPciStatus acpi_pcihp_pci_status[ACPI_PCIHP_MAX_HOTPLUG_BUS];
} AcpiPciHpState;

extern const VMStateDescription vmstate_acpi_pcihp_pci_status;

/* The part of memory hot-plug state that a machine without slots has. */
typedef struct AcpiMemHpVmstate {
    uint32_t selector;
} AcpiMemHpVmstate;

extern const VMStateDescription vmstate_acpi_memhp_empty;

#endif
