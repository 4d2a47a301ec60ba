// SPDX-License-Identifier: GPL-2.0-or-later
/* PAM ranges: two aliases each, one of RAM and one of the PCI bus; the registers choose which is enabled. */
#include "qemu/osdep.h"
#include "hw/pci-host/pam.h"

static void pam_init_one(PAMMemoryRegion *p, Object *owner, MemoryRegion *ram, MemoryRegion *system,
                         MemoryRegion *pci, hwaddr base, uint64_t size)
{
    memory_region_init_alias(&p->ram, owner, "pam-ram", ram, base, size);
    memory_region_init_alias(&p->pci, owner, "pam-pci", pci, base, size);
    memory_region_set_enabled(&p->ram, false);
    memory_region_add_subregion_overlap(system, base, &p->ram, 1);
    memory_region_add_subregion_overlap(system, base, &p->pci, 1);
    p->mode = 0;
}

void pam_init_all(PAMMemoryRegion *pam, Object *owner, MemoryRegion *ram, MemoryRegion *system, MemoryRegion *pci)
{
    pam_init_one(&pam[0], owner, ram, system, pci, 0xf0000, 0x10000);
    for (int i = 1; i < PAM_REGIONS_COUNT; i++) {
        pam_init_one(&pam[i], owner, ram, system, pci, 0xc0000 + (i - 1) * 0x4000, 0x4000);
    }
}

static void pam_update_one(PAMMemoryRegion *p, uint8_t mode)
{
    if (p->mode == mode) {
        return;
    }
    p->mode = mode;
    memory_region_set_readonly(&p->ram, !(mode & 2));
    memory_region_set_enabled(&p->ram, mode & 1);
    memory_region_set_enabled(&p->pci, !(mode & 1));
}

void pam_update_all(PAMMemoryRegion *pam, const uint8_t *regs)
{
    memory_region_transaction_begin();
    pam_update_one(&pam[0], (regs[0] >> 4) & 3);
    for (int i = 1; i < PAM_REGIONS_COUNT; i++) {
        pam_update_one(&pam[i], regs[1 + (i - 1) / 2] >> ((i - 1) % 2 ? 4 : 0) & 3);
    }
    memory_region_transaction_commit();
}
