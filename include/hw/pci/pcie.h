/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PCI Express capability, its slot registers, and extended capabilities. */
#ifndef HW_PCI_PCIE_H
#define HW_PCI_PCIE_H

#include "hw/core/qdev.h"
#include "hw/pci/pci.h"
#include "hw/pci/pcie_aer.h"

typedef enum PCIExpLinkSpeed {
    QEMU_PCI_EXP_LNK_2_5GT = 1,
    QEMU_PCI_EXP_LNK_5GT,
    QEMU_PCI_EXP_LNK_8GT,
    QEMU_PCI_EXP_LNK_16GT,
} PCIExpLinkSpeed;

typedef struct PCIExpressDevice {
    uint8_t exp_cap;            /* offset of the capability; 0: none */
    bool hpev_notified;         /* slot: the hot-plug interrupt is asserted */
    uint16_t aer_cap;
    PCIEAERLog aer_log;
    uint16_t ats_cap;
    uint16_t acs_cap;
} PCIExpressDevice;

#define PCI_EXP_VER1_SIZEOF 0x14
#define PCI_EXP_VER2_SIZEOF 0x3c

int pcie_cap_init(PCIDevice *dev, uint8_t offset, uint8_t type, uint8_t port, Error **errp);
int pcie_endpoint_cap_init(PCIDevice *dev, uint8_t offset);
void pcie_cap_exit(PCIDevice *dev);
uint8_t pcie_cap_get_type(const PCIDevice *dev);
void pcie_cap_deverr_init(PCIDevice *dev);
void pcie_cap_deverr_reset(PCIDevice *dev);
void pcie_cap_lnkctl_init(PCIDevice *dev);
void pcie_cap_lnkctl_reset(PCIDevice *dev);
void pcie_cap_fill_link_ep_usp(PCIDevice *dev, PCIExpLinkSpeed speed, int width);
void pcie_cap_root_init(PCIDevice *dev);
void pcie_cap_root_reset(PCIDevice *dev);
void pcie_cap_flr_init(PCIDevice *dev);
void pcie_cap_flr_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len);
void pcie_cap_arifwd_init(PCIDevice *dev);
void pcie_cap_arifwd_reset(PCIDevice *dev);
bool pcie_cap_is_arifwd_enabled(const PCIDevice *dev);

/* Slots. The guest sees presence, attention button and power through Slot Control and Status. */
void pcie_cap_slot_init(PCIDevice *dev, bool hotplug, uint16_t slot);
void pcie_cap_slot_reset(PCIDevice *dev);
void pcie_cap_slot_get(PCIDevice *dev, uint16_t *slt_ctl, uint16_t *slt_sta);
void pcie_cap_slot_write_config(PCIDevice *dev, uint16_t old_slt_ctl, uint16_t old_slt_sta, uint32_t addr,
                                uint32_t val, int len);
int pcie_cap_slot_post_load(void *opaque, int version_id);
void pcie_cap_slot_push_attention_button(PCIDevice *dev);
void pcie_cap_slot_pre_plug_cb(HotplugHandler *hotplug_dev, DeviceState *dev, Error **errp);
void pcie_cap_slot_plug_cb(HotplugHandler *hotplug_dev, DeviceState *dev, Error **errp);
void pcie_cap_slot_unplug_cb(HotplugHandler *hotplug_dev, DeviceState *dev, Error **errp);
void pcie_cap_slot_unplug_request_cb(HotplugHandler *hotplug_dev, DeviceState *dev, Error **errp);

/* Extended capabilities live in 0x100..0xfff, in a list ordered by the time they were added. */
uint16_t pcie_find_capability(PCIDevice *dev, uint16_t cap_id);
void pcie_add_capability(PCIDevice *dev, uint16_t cap_id, uint8_t cap_ver, uint16_t offset, uint16_t size);
void pcie_ari_init(PCIDevice *dev, uint16_t offset);
void pcie_acs_init(PCIDevice *dev, uint16_t offset);
void pcie_acs_reset(PCIDevice *dev);
void pcie_dev_ser_num_init(PCIDevice *dev, uint16_t offset, uint64_t ser_num);
void pcie_ats_init(PCIDevice *dev, uint16_t offset, bool aligned);

#endif
