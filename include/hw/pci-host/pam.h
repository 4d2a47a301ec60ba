/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programmable Attribute Map: thirteen ranges between 0xc0000 and 0xfffff that show RAM or the PCI bus, as 2 bits
 * per range say (82441FX datasheet 3.2.18, Q35 datasheet 5.1.16):
 *
 *   bit 0 read enable, bit 1 write enable      reads        writes
 *   00 / 10                                    PCI          PCI
 *   01                                         RAM          ignored
 *   11                                         RAM          RAM
 */
#ifndef HW_PCI_HOST_PAM_H
#define HW_PCI_HOST_PAM_H

#include "system/memory.h"

#define PAM_REGIONS_COUNT 13
#define PAM_REGISTERS 7

#define SMRAM_C_BASE 0xa0000
#define SMRAM_C_SIZE 0x20000
/* Bits of the SMRAM register, same in both chips. */
#define SMRAM_D_OPEN 0x40
#define SMRAM_D_CLS 0x20
#define SMRAM_D_LCK 0x10
#define SMRAM_G_SMRAME 0x08
#define SMRAM_C_BASE_SEG 0x02

typedef struct PAMMemoryRegion {
    MemoryRegion ram;
    MemoryRegion pci;
    uint8_t mode;
} PAMMemoryRegion;

/* Ranges in register order: 0 is 0xf0000 (64 KiB), then 16 KiB each from 0xc0000. */
void pam_init_all(PAMMemoryRegion *pam, Object *owner, MemoryRegion *ram, MemoryRegion *system, MemoryRegion *pci);
/* Follow the seven registers at @regs. */
void pam_update_all(PAMMemoryRegion *pam, const uint8_t *regs);

#endif
