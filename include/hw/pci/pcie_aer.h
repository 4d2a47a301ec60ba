/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advanced Error Reporting: the capability's registers and the log that migrates with a port. */
#ifndef HW_PCI_PCIE_AER_H
#define HW_PCI_PCIE_AER_H

#include "hw/pci/pci.h"

#define PCIE_AER_LOG_MAX_DEFAULT 8
#define PCIE_AER_LOG_MAX_LIMIT 128
#define PCI_ERR_VER 2
#define PCI_ERR_SIZEOF 0x48

typedef struct PCIEAERErr {
    uint32_t status;
    uint16_t source_id;
    uint16_t flags;
    uint32_t header[4];
    uint32_t prefix[4];
} PCIEAERErr;

typedef struct PCIEAERLog {
    uint16_t log_num;
    uint16_t log_max;
    PCIEAERErr *log;            /* log_max entries */
} PCIEAERLog;

extern const VMStateDescription vmstate_pcie_aer_log;

int pcie_aer_init(PCIDevice *dev, uint8_t cap_ver, uint16_t offset, uint16_t size, Error **errp);
void pcie_aer_exit(PCIDevice *dev);
void pcie_aer_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len);
void pcie_aer_root_init(PCIDevice *dev);
void pcie_aer_root_reset(PCIDevice *dev);
void pcie_aer_root_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len, uint32_t root_cmd_prev);

#endif
