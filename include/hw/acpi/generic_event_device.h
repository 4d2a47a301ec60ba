/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generic event device (ACPI 6.4, 5.6.9) of hardware-reduced machines.
 *
 *   region 0, 4 bytes   read: pending events, cleared by reading
 *   region 1, 24 bytes  memory hot-plug (not mapped by microvm)
 *   region 2, 3 bytes   sleep control, sleep status, reset
 */
#ifndef HW_ACPI_GENERIC_EVENT_DEVICE_H
#define HW_ACPI_GENERIC_EVENT_DEVICE_H

#include "hw/core/sysbus.h"

#define TYPE_ACPI_GED "acpi-ged"
#define TYPE_ACPI_GED_X86 "acpi-ged-x86"
OBJECT_DECLARE_SIMPLE_TYPE(AcpiGedState, ACPI_GED)

#define ACPI_GED_EVT_SEL_LEN 4
#define ACPI_GED_REG_SLEEP_CTL 0
#define ACPI_GED_REG_SLEEP_STS 1
#define ACPI_GED_REG_RESET 2
#define ACPI_GED_REG_COUNT 3
#define ACPI_GED_RESET_VALUE 0x42
#define ACPI_GED_SLP_TYP_S5 5
#define ACPI_GED_SLP_EN 0x20

#define ACPI_GED_MEM_HOTPLUG_EVT 0x1
#define ACPI_GED_PWR_DOWN_EVT 0x2

#endif
