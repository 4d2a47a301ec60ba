/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ATA channels as PIIX and AHCI controllers hold them: the task file of two drives, device control, and their place on a
 * stream. No drive can be attached to a channel yet. BQL.
 */
#ifndef HW_IDE_INTERNAL_H
#define HW_IDE_INTERNAL_H

#include "hw/core/irq.h"
#include "migration/vmstate.h"
#include "system/memory.h"

typedef struct IDEState {
    int32_t mult_sectors;
    int32_t identify_set;
    uint8_t identify_data[512];
    uint8_t feature, error;
    uint32_t nsector;
    uint8_t sector, lcyl, hcyl;
    uint8_t hob_feature, hob_sector, hob_nsector, hob_lcyl, hob_hcyl;
    uint8_t select, status, lba48;
    uint8_t sense_key, asc, cdrom_changed;
} IDEState;

typedef struct IDEBus {
    IDEState ifs[2];
    uint8_t cmd;                    /* device control */
    uint8_t unit;                   /* which of the two the task file is */
    MemoryRegion regs, control;     /* PIIX only */
} IDEBus;

void ide_bus_reset(IDEBus *bus);
/* Eight registers of the command block, and the one of the control block. */
void ide_bus_init_io(IDEBus *bus, Object *owner);

extern const VMStateDescription vmstate_ide_bus, vmstate_ide_drive;

#endif
