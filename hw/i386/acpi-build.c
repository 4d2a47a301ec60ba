/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"
#include "hw/i386/pc.h"
bool pc_acpi_setup(PCMachineState *pcms, Error **errp)
{
    return true;
}
