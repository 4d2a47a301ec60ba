// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Advanced Error Reporting (PCI Express Base 4.0, 7.8.4), registers only: nothing in the tree signals errors yet, so
 * status stays clear and the log empty. The log travels because ports of the reference carry one.
 */
#include "qemu/osdep.h"
#include "hw/pci/pcie_aer.h"
#include "hw/pci/pci_device.h"
#include "migration/vmstate.h"
#include "qapi/error.h"

#define UNC_SUPPORTED 0x07fff030u
#define UNC_SEV_DEFAULT 0x00462030u
#define COR_SUPPORTED 0x0000f1c1u
#define COR_MASK_DEFAULT 0x0000e000u

int pcie_aer_init(PCIDevice *dev, uint8_t cap_ver, uint16_t offset, uint16_t size, Error **errp)
{
    PCIEAERLog *log = &dev->exp.aer_log;

    if (log->log_max == UINT16_MAX) {
        log->log_max = PCIE_AER_LOG_MAX_DEFAULT;
    }
    if (log->log_max > PCIE_AER_LOG_MAX_LIMIT) {
        error_setg(errp, "%s: aer_log_max must be 0 to %d, not %d", dev->name, PCIE_AER_LOG_MAX_LIMIT, log->log_max);
        return -EINVAL;
    }
    pcie_add_capability(dev, PCI_EXT_CAP_ID_ERR, cap_ver, offset, size);
    dev->exp.aer_cap = offset;
    log->log = g_new0(PCIEAERErr, MAX(log->log_max, 1));

    pci_set_long(dev->w1cmask + offset + PCI_ERR_UNCOR_STATUS, UNC_SUPPORTED);
    pci_set_long(dev->wmask + offset + PCI_ERR_UNCOR_MASK, UNC_SUPPORTED);
    pci_set_long(dev->config + offset + PCI_ERR_UNCOR_SEVER, UNC_SEV_DEFAULT);
    pci_set_long(dev->wmask + offset + PCI_ERR_UNCOR_SEVER, UNC_SUPPORTED);
    pci_set_long(dev->w1cmask + offset + PCI_ERR_COR_STATUS, COR_SUPPORTED);
    pci_set_long(dev->config + offset + PCI_ERR_COR_MASK, COR_MASK_DEFAULT);
    pci_set_long(dev->wmask + offset + PCI_ERR_COR_MASK, COR_SUPPORTED);
    pci_set_long(dev->config + offset + PCI_ERR_CAP, 0x2a0);
    pci_set_long(dev->wmask + offset + PCI_ERR_CAP, PCI_ERR_CAP_ECRC_GENE | PCI_ERR_CAP_ECRC_CHKE | 0x400);
    return 0;
}

void pcie_aer_exit(PCIDevice *dev)
{
    g_clear_pointer(&dev->exp.aer_log.log, g_free);
}

void pcie_aer_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len)
{
    /* Status never becomes set, so clearing it has nothing to update. */
}

void pcie_aer_root_init(PCIDevice *dev)
{
    uint16_t pos = dev->exp.aer_cap;

    pci_set_long(dev->wmask + pos + PCI_ERR_ROOT_COMMAND,
                 PCI_ERR_ROOT_CMD_COR_EN | PCI_ERR_ROOT_CMD_NONFATAL_EN | PCI_ERR_ROOT_CMD_FATAL_EN);
    pci_set_long(dev->w1cmask + pos + PCI_ERR_ROOT_STATUS, 0x7f);
    pci_set_long(dev->cmask + pos + PCI_ERR_ROOT_STATUS, 0x7f);
}

void pcie_aer_root_reset(PCIDevice *dev)
{
    if (dev->exp.aer_cap) {
        pci_set_long(dev->config + dev->exp.aer_cap + PCI_ERR_ROOT_COMMAND, 0);
    }
}

void pcie_aer_root_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len, uint32_t root_cmd_prev)
{
}

static bool log_fits(void *opaque, int version_id)
{
    PCIEAERLog *s = opaque;

    return s->log_num <= s->log_max;
}

static const VMStateDescription vmstate_aer_err = {
    .name = "PCIE_AER_ERROR",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(status, PCIEAERErr),
        VMSTATE_UINT16(source_id, PCIEAERErr),
        VMSTATE_UINT16(flags, PCIEAERErr),
        VMSTATE_UINT32_ARRAY(header, PCIEAERErr, 4),
        VMSTATE_UINT32_ARRAY(prefix, PCIEAERErr, 4),
        VMSTATE_END_OF_LIST()
    },
};

const VMStateDescription vmstate_pcie_aer_log = {
    .name = "PCIE_AER_ERROR_LOG",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT16(log_num, PCIEAERLog),
        VMSTATE_UINT16_EQUAL(log_max, PCIEAERLog, "aer_log_max differs"),
        VMSTATE_VALIDATE("log_num <= log_max", log_fits),
        VMSTATE_STRUCT_VARRAY_POINTER_UINT16(log, PCIEAERLog, log_num, vmstate_aer_err, PCIEAERErr),
        VMSTATE_END_OF_LIST()
    },
};
