// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions of hot-plug register state that PIIX4 and ICH9 carry in their streams. */
#include "qemu/osdep.h"
#include "hw/acpi/pcihp.h"

const VMStateDescription vmstate_acpi_pcihp_pci_status = {
    .name = "acpi_pcihp_pci_status",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(up, AcpiPciHpPciStatus),
        VMSTATE_UINT32(down, AcpiPciHpPciStatus),
        VMSTATE_END_OF_LIST()
    },
};

const VMStateDescription vmstate_acpi_memhp_empty = {
    .name = "memory hotplug state",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(selector, AcpiMemHpVmstate),
        VMSTATE_END_OF_LIST()
    },
};
