/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "none": a machine without devices, for talking to the monitor. */
#include "qemu/osdep.h"
#include "hw/core/boards.h"

static void machine_none_init(MachineState *mch)
{
}

static void machine_none_machine_init(MachineClass *mc)
{
    mc->desc = "empty machine";
    mc->init = machine_none_init;
    mc->max_cpus = 1;
    mc->default_ram_size = 0;
    mc->default_ram_id = "ram";
    mc->no_serial = true;
    mc->no_parallel = true;
    mc->no_floppy = true;
    mc->no_cdrom = true;
    mc->no_sdcard = true;
}

DEFINE_MACHINE("none", machine_none_machine_init)
