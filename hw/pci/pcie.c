// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The PCI Express capability (Base 4.0, 7.5.3), extended capabilities (7.6.3) and hot-plug slots (6.7).
 *
 * A slot with native hot-plug, as the guest sees it:
 *
 *     empty --plug--> present: Presence Detect State=1, Changed events, interrupt
 *     present --unplug request--> attention button pressed --guest turns power off--> removed: State=0, event
 *
 * Transitions: pcie_cap_slot_plug_cb, pcie_cap_slot_unplug_request_cb, pcie_cap_slot_write_config.
 */
#include "qemu/osdep.h"
#include "hw/pci/pcie.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pcie_port.h"
#include "pci-internal.h"
#include "qapi/error.h"

static uint8_t *exp_cap(const PCIDevice *dev)
{
    return dev->config + dev->exp.exp_cap;
}

static void lnk_fill(PCIDevice *dev, unsigned speed, unsigned width)
{
    uint8_t *c = exp_cap(dev);

    pci_set_long(c + PCI_EXP_LNKCAP, (pci_get_long(c + PCI_EXP_LNKCAP) & 0xff00fc00) | speed | width << 4 |
                                     PCI_EXP_LNKCAP_ASPM_L0S);
    /* The link reports what an emulated wire trains to: 2.5 GT/s, one lane. */
    pci_set_word(c + PCI_EXP_LNKSTA, QEMU_PCI_EXP_LNK_2_5GT | 1 << 4);
    pci_set_word(c + PCI_EXP_LNKCTL2, speed > 1 ? speed : 0);
    pci_set_long(c + PCI_EXP_LNKCAP2, speed > 1 ? ((1u << (speed + 1)) - 2) : 0);
}

void pcie_cap_fill_link_ep_usp(PCIDevice *dev, PCIExpLinkSpeed speed, int width)
{
    lnk_fill(dev, speed, width);
}

int pcie_cap_init(PCIDevice *dev, uint8_t offset, uint8_t type, uint8_t port, Error **errp)
{
    int pos = pci_add_capability(dev, PCI_CAP_ID_EXP, offset, PCI_EXP_VER2_SIZEOF, errp);
    uint8_t *c, *cmask;

    if (pos < 0) {
        return pos;
    }
    dev->exp.exp_cap = pos;
    c = exp_cap(dev);
    cmask = dev->cmask + pos;
    pci_set_word(c + PCI_EXP_FLAGS, (type << 4 & PCI_EXP_FLAGS_TYPE) | 2);
    pci_set_long(c + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER);
    /* Extended formats and one end-to-end TLP prefix. */
    pci_set_long(c + PCI_EXP_DEVCAP2, 0x00300000);
    if (type == PCI_EXP_TYPE_ROOT_PORT || type == PCI_EXP_TYPE_DOWNSTREAM) {
        PCIESlot *slot = (PCIESlot *)object_dynamic_cast(OBJECT(dev), TYPE_PCIE_SLOT);

        lnk_fill(dev, slot ? slot->speed : QEMU_PCI_EXP_LNK_2_5GT, slot ? slot->width : 1);
        pci_long_test_and_set_mask(c + PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_DLLLARC | PCI_EXP_LNKCAP_LBNC | (uint32_t)port << 24);
    } else if (type != PCI_EXP_TYPE_RC_END) {
        lnk_fill(dev, QEMU_PCI_EXP_LNK_2_5GT, 1);
        if (dev->cap_present & QEMU_PCIE_LNKSTA_DLLLA) {
            pci_word_test_and_set_mask(c + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_DLLLA);
        }
        pci_long_test_and_set_mask(c + PCI_EXP_LNKCAP, (uint32_t)port << 24);
    }
    /* What describes the guest-visible state of a link or slot may differ from the source's. */
    pci_set_word(cmask + PCI_EXP_LNKSTA, 0);
    pci_set_word(cmask + PCI_EXP_SLTSTA, 0);
    pci_set_long(cmask + PCI_EXP_DEVCAP, 0);
    pci_set_long(cmask + PCI_EXP_LNKCAP, 0);
    pci_set_long(cmask + PCI_EXP_DEVCAP2, 0);
    pci_set_long(cmask + PCI_EXP_LNKCAP2, 0);
    return pos;
}

int pcie_endpoint_cap_init(PCIDevice *dev, uint8_t offset)
{
    bool integrated = pci_bus_is_express(pci_get_bus(dev)) && pci_bus_is_root(pci_get_bus(dev));
    Error *err = NULL;
    int ret = pcie_cap_init(dev, offset, integrated ? PCI_EXP_TYPE_RC_END : PCI_EXP_TYPE_ENDPOINT, 0, &err);

    error_free(err);
    return ret;
}

void pcie_cap_exit(PCIDevice *dev)
{
    if (dev->exp.exp_cap) {
        pci_del_capability(dev, PCI_CAP_ID_EXP, PCI_EXP_VER2_SIZEOF);
        dev->exp.exp_cap = 0;
    }
}

uint8_t pcie_cap_get_type(const PCIDevice *dev)
{
    return (pci_get_word(exp_cap(dev) + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >> 4;
}

/* ---- device and link control ---- */

#define DEVCTL_ERR (PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE)

void pcie_cap_deverr_init(PCIDevice *dev)
{
    uint32_t pos = dev->exp.exp_cap;

    pci_long_test_and_set_mask(dev->config + pos + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER);
    pci_word_test_and_set_mask(dev->wmask + pos + PCI_EXP_DEVCTL, DEVCTL_ERR);
    pci_word_test_and_set_mask(dev->w1cmask + pos + PCI_EXP_DEVSTA,
                               PCI_EXP_DEVSTA_CED | PCI_EXP_DEVSTA_NFED | PCI_EXP_DEVSTA_FED | PCI_EXP_DEVSTA_URD);
}

void pcie_cap_deverr_reset(PCIDevice *dev)
{
    pci_word_test_and_clear_mask(exp_cap(dev) + PCI_EXP_DEVCTL, DEVCTL_ERR);
}

void pcie_cap_lnkctl_init(PCIDevice *dev)
{
    pci_word_test_and_set_mask(dev->wmask + dev->exp.exp_cap + PCI_EXP_LNKCTL,
                               PCI_EXP_LNKCTL_CCC | PCI_EXP_LNKCTL_ES);
}

void pcie_cap_lnkctl_reset(PCIDevice *dev)
{
    pci_word_test_and_clear_mask(exp_cap(dev) + PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_CCC | PCI_EXP_LNKCTL_ES);
}

#define RTCTL_ERR (PCI_EXP_RTCTL_SECEE | PCI_EXP_RTCTL_SENFEE | PCI_EXP_RTCTL_SEFEE)

void pcie_cap_root_init(PCIDevice *dev)
{
    pci_set_word(dev->wmask + dev->exp.exp_cap + PCI_EXP_RTCTL, RTCTL_ERR);
}

void pcie_cap_root_reset(PCIDevice *dev)
{
    pci_set_word(exp_cap(dev) + PCI_EXP_RTCTL, 0);
}

void pcie_cap_flr_init(PCIDevice *dev)
{
    pci_long_test_and_set_mask(exp_cap(dev) + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_FLR);
    pci_word_test_and_set_mask(dev->wmask + dev->exp.exp_cap + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR);
}

/* The FLR bit always reads as zero: the reset is done when the write returns. */
void pcie_cap_flr_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len)
{
    uint8_t *devctl = exp_cap(dev) + PCI_EXP_DEVCTL;

    if (pci_word_test_and_clear_mask(devctl, PCI_EXP_DEVCTL_BCR_FLR)) {
        pci_device_reset(dev);
    }
}

void pcie_cap_arifwd_init(PCIDevice *dev)
{
    uint32_t pos = dev->exp.exp_cap;

    pci_long_test_and_set_mask(dev->config + pos + PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_ARI);
    pci_long_test_and_set_mask(dev->wmask + pos + PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_ARI);
}

void pcie_cap_arifwd_reset(PCIDevice *dev)
{
    pci_word_test_and_clear_mask(exp_cap(dev) + PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_ARI);
}

bool pcie_cap_is_arifwd_enabled(const PCIDevice *dev)
{
    return pci_is_express(dev) && dev->exp.exp_cap &&
           (pci_get_word(exp_cap(dev) + PCI_EXP_DEVCTL2) & PCI_EXP_DEVCTL2_ARI);
}

/* ---- slots ---- */

#define SLT_EVENTS (PCI_EXP_SLTSTA_ABP | PCI_EXP_SLTSTA_PFD | PCI_EXP_SLTSTA_MRLSC | PCI_EXP_SLTSTA_PDC | \
                    PCI_EXP_SLTSTA_CC)

void pcie_cap_slot_init(PCIDevice *dev, bool hotplug, uint16_t slot)
{
    uint32_t pos = dev->exp.exp_cap;
    PCIESlot *s = PCIE_SLOT(dev);
    uint16_t ctl = PCI_EXP_SLTCTL_PIC | PCI_EXP_SLTCTL_AIC | PCI_EXP_SLTCTL_HPIE | PCI_EXP_SLTCTL_CCIE |
                   PCI_EXP_SLTCTL_PDCE | PCI_EXP_SLTCTL_ABPE;
    uint32_t cap = (uint32_t)slot << 19 | PCI_EXP_SLTCAP_EIP | PCI_EXP_SLTCAP_PIP | PCI_EXP_SLTCAP_AIP |
                   PCI_EXP_SLTCAP_ABP;

    pci_word_test_and_set_mask(dev->config + pos + PCI_EXP_FLAGS, PCI_EXP_FLAGS_SLOT);
    if (hotplug) {
        cap |= PCI_EXP_SLTCAP_HPS | PCI_EXP_SLTCAP_HPC;
    }
    if (s->power_controller_present) {
        cap |= PCI_EXP_SLTCAP_PCP;
        ctl |= PCI_EXP_SLTCTL_PCC;
    }
    pci_set_long(dev->config + pos + PCI_EXP_SLTCAP, cap);
    pci_set_word(dev->config + pos + PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_PWR_IND_OFF | PCI_EXP_SLTCTL_ATTN_IND_OFF);
    pci_set_word(dev->wmask + pos + PCI_EXP_SLTCTL, ctl | PCI_EXP_SLTCTL_EIC);
    pci_set_word(dev->w1cmask + pos + PCI_EXP_SLTSTA, SLT_EVENTS);
    dev->exp.hpev_notified = false;
    qbus_set_hotplug_handler(BUS(pci_bridge_get_sec_bus(PCI_BRIDGE(dev))), OBJECT(dev));
}

/* All functions behind the port share its power. */
static void slot_set_power(PCIDevice *port, bool on)
{
    PCIBus *sec = pci_bridge_get_sec_bus(PCI_BRIDGE(port));

    for (int i = 0; i < PCI_DEVFN_MAX; i++) {
        if (sec->devices[i]) {
            pci_set_power(sec->devices[i], on);
        }
    }
}

static void slot_update_power(PCIDevice *dev)
{
    uint8_t *c = exp_cap(dev);
    bool on = true;

    if (pci_get_long(c + PCI_EXP_SLTCAP) & PCI_EXP_SLTCAP_PCP) {
        on = !(pci_get_word(c + PCI_EXP_SLTCTL) & PCI_EXP_SLTCTL_PCC);
    }
    slot_set_power(dev, on);
}

/* Level of the hot-plug interrupt: an enabled event is pending. */
static void hotplug_update_event(PCIDevice *dev)
{
    uint8_t *c = exp_cap(dev);
    uint16_t ctl = pci_get_word(c + PCI_EXP_SLTCTL), sta = pci_get_word(c + PCI_EXP_SLTSTA);
    bool level = (ctl & PCI_EXP_SLTCTL_HPIE) &&
                 (((ctl & PCI_EXP_SLTCTL_ABPE) && (sta & PCI_EXP_SLTSTA_ABP)) ||
                  ((ctl & PCI_EXP_SLTCTL_PDCE) && (sta & PCI_EXP_SLTSTA_PDC)) ||
                  ((ctl & PCI_EXP_SLTCTL_CCIE) && (sta & PCI_EXP_SLTSTA_CC)));
    unsigned vector = (pci_get_word(c + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_IRQ) >> 9;
    bool before = dev->exp.hpev_notified;

    dev->exp.hpev_notified = level;
    if (level == before) {
        return;
    }
    if (msix_enabled(dev) || msi_enabled(dev)) {
        if (!level) {
            return;
        }
        if (msix_enabled(dev)) {
            msix_notify(dev, vector);
        } else {
            msi_notify(dev, vector);
        }
    } else {
        pci_set_irq(dev, level);
    }
}

static void slot_event(PCIDevice *dev, uint16_t event)
{
    pci_word_test_and_set_mask(exp_cap(dev) + PCI_EXP_SLTSTA, event);
    hotplug_update_event(dev);
}

static bool slot_occupied(PCIDevice *dev)
{
    PCIBus *sec = pci_bridge_get_sec_bus(PCI_BRIDGE(dev));

    for (int i = 0; i < PCI_DEVFN_MAX; i++) {
        if (sec->devices[i] && !sec->devices[i]->partially_hotplugged) {
            return true;
        }
    }
    return false;
}

static void slot_set_presence(PCIDevice *dev, bool present)
{
    uint8_t *c = exp_cap(dev);

    if (present) {
        pci_word_test_and_set_mask(c + PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PDS);
        pci_word_test_and_set_mask(c + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_DLLLA);
    } else {
        pci_word_test_and_clear_mask(c + PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PDS);
        pci_word_test_and_clear_mask(c + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_DLLLA);
    }
}

void pcie_cap_slot_reset(PCIDevice *dev)
{
    uint8_t *c = exp_cap(dev);
    bool populated = slot_occupied(dev);

    pci_word_test_and_clear_mask(c + PCI_EXP_SLTCTL,
                                 PCI_EXP_SLTCTL_EIC | PCI_EXP_SLTCTL_PIC | PCI_EXP_SLTCTL_AIC |
                                 PCI_EXP_SLTCTL_HPIE | PCI_EXP_SLTCTL_CCIE | PCI_EXP_SLTCTL_PDCE |
                                 PCI_EXP_SLTCTL_ABPE | PCI_EXP_SLTCTL_PCC);
    pci_word_test_and_set_mask(c + PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_ATTN_IND_OFF |
                               (populated ? PCI_EXP_SLTCTL_PWR_IND_ON : PCI_EXP_SLTCTL_PWR_IND_OFF));
    if (!populated && (pci_get_long(c + PCI_EXP_SLTCAP) & PCI_EXP_SLTCAP_PCP)) {
        pci_word_test_and_set_mask(c + PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_PCC);
    }
    pci_word_test_and_clear_mask(c + PCI_EXP_SLTSTA, SLT_EVENTS | PCI_EXP_SLTSTA_EIS);
    slot_set_presence(dev, populated);
    slot_update_power(dev);
    hotplug_update_event(dev);
}

void pcie_cap_slot_get(PCIDevice *dev, uint16_t *slt_ctl, uint16_t *slt_sta)
{
    *slt_ctl = pci_get_word(exp_cap(dev) + PCI_EXP_SLTCTL);
    *slt_sta = pci_get_word(exp_cap(dev) + PCI_EXP_SLTSTA);
}

static void unplug_all(PCIDevice *port)
{
    PCIBus *sec = pci_bridge_get_sec_bus(PCI_BRIDGE(port));

    for (int i = PCI_DEVFN_MAX - 1; i >= 0; i--) {
        PCIDevice *d = sec->devices[i];

        if (d && d->qdev.pending_deleted_event) {
            hotplug_handler_unplug(HOTPLUG_HANDLER(port), DEVICE(d), NULL);
            object_unparent(OBJECT(d));
        }
    }
}

void pcie_cap_slot_write_config(PCIDevice *dev, uint16_t old_ctl, uint16_t old_sta, uint32_t addr, uint32_t val,
                                int len)
{
    uint8_t *c = exp_cap(dev);
    uint16_t ctl, off_mask = PCI_EXP_SLTCTL_PCC | PCI_EXP_SLTCTL_PIC;
    uint16_t is_off = PCI_EXP_SLTCTL_PWR_OFF | PCI_EXP_SLTCTL_PWR_IND_OFF;

    if (pci_ranges_overlap(addr, len, dev->exp.exp_cap + PCI_EXP_SLTSTA, 2)) {
        hotplug_update_event(dev);
    }
    if (!pci_ranges_overlap(addr, len, dev->exp.exp_cap + PCI_EXP_SLTCTL, 2)) {
        return;
    }
    if (pci_word_test_and_clear_mask(c + PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_EIC)) {
        pci_set_word(c + PCI_EXP_SLTSTA, pci_get_word(c + PCI_EXP_SLTSTA) ^ PCI_EXP_SLTSTA_EIS);
    }
    ctl = pci_get_word(c + PCI_EXP_SLTCTL);
    /* Power and indicator both off, and that is new: the guest is done with the device. */
    if ((pci_get_word(c + PCI_EXP_SLTSTA) & PCI_EXP_SLTSTA_PDS) && (ctl & off_mask) == is_off &&
        (old_ctl & off_mask) != is_off) {
        unplug_all(dev);
        if (!slot_occupied(dev)) {
            slot_set_presence(dev, false);
            pci_word_test_and_set_mask(c + PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PDC);
        }
    }
    slot_update_power(dev);
    /* Commands complete at once. */
    slot_event(dev, PCI_EXP_SLTSTA_CC);
}

int pcie_cap_slot_post_load(void *opaque, int version_id)
{
    PCIDevice *dev = opaque;
    uint16_t ctl, sta;

    if (!dev->exp.exp_cap) {
        return 0;
    }
    pcie_cap_slot_get(dev, &ctl, &sta);
    dev->exp.hpev_notified = (ctl & PCI_EXP_SLTCTL_HPIE) && (sta & SLT_EVENTS & (ctl | PCI_EXP_SLTSTA_CC));
    slot_update_power(dev);
    return 0;
}

void pcie_cap_slot_push_attention_button(PCIDevice *dev)
{
    slot_event(dev, PCI_EXP_SLTSTA_ABP);
}

void pcie_cap_slot_pre_plug_cb(HotplugHandler *hotplug_dev, DeviceState *dev, Error **errp)
{
    PCIDevice *port = PCI_DEVICE(hotplug_dev);
    PCIESlot *slot = PCIE_SLOT(port);

    if (dev->hotplugged && !slot->hotplug) {
        error_setg(errp, "Hot-plug failed: unsupported by the port device '%s'", port->qdev.id ?: port->name);
        return;
    }
    if (dev->hotplugged && (pci_get_word(exp_cap(port) + PCI_EXP_SLTSTA) & PCI_EXP_SLTSTA_EIS)) {
        error_setg(errp, "the slot of '%s' is locked", port->qdev.id ?: port->name);
    }
}

void pcie_cap_slot_plug_cb(HotplugHandler *hotplug_dev, DeviceState *dev, Error **errp)
{
    PCIDevice *port = PCI_DEVICE(hotplug_dev);
    PCIDevice *d = PCI_DEVICE(dev);

    if (!dev->hotplugged) {
        slot_set_presence(port, true);
        return;
    }
    /* A multifunction device appears when its function 0 does. */
    if (PCI_FUNC(d->devfn) == 0) {
        slot_set_presence(port, true);
        slot_update_power(port);
        slot_event(port, PCI_EXP_SLTSTA_PDC | PCI_EXP_SLTSTA_ABP);
    }
}

void pcie_cap_slot_unplug_cb(HotplugHandler *hotplug_dev, DeviceState *dev, Error **errp)
{
    qdev_unrealize(dev);
}

void pcie_cap_slot_unplug_request_cb(HotplugHandler *hotplug_dev, DeviceState *dev, Error **errp)
{
    PCIDevice *port = PCI_DEVICE(hotplug_dev);
    uint8_t *c = exp_cap(port);
    uint16_t ctl = pci_get_word(c + PCI_EXP_SLTCTL);
    PCIBus *sec = pci_bridge_get_sec_bus(PCI_BRIDGE(port));

    if (!PCIE_SLOT(port)->hotplug) {
        error_setg(errp, "Hot-unplug failed: unsupported by the port device '%s'", port->qdev.id ?: port->name);
        return;
    }
    if ((ctl & PCI_EXP_SLTCTL_PIC) == PCI_EXP_SLTCTL_PWR_IND_BLINK) {
        error_setg(errp, "Hot-unplug failed: guest is busy (power indicator blinking)");
        return;
    }
    for (int i = 0; i < PCI_DEVFN_MAX; i++) {
        if (sec->devices[i]) {
            sec->devices[i]->qdev.pending_deleted_event = true;
        }
    }
    /* The guest keeps the slot unpowered: nobody to ask. */
    if ((pci_get_long(c + PCI_EXP_SLTCAP) & PCI_EXP_SLTCAP_PCP) && (ctl & PCI_EXP_SLTCTL_PCC)) {
        unplug_all(port);
        slot_set_presence(port, false);
        slot_event(port, PCI_EXP_SLTSTA_PDC);
        return;
    }
    pcie_cap_slot_push_attention_button(port);
}

/* ---- extended capabilities ---- */

static uint16_t find_ext(PCIDevice *dev, uint16_t cap_id, uint16_t *prev_p)
{
    uint16_t prev = 0, next = PCI_CONFIG_SPACE_SIZE;

    if (!pci_is_express(dev)) {
        return 0;
    }
    for (int i = 0; i < 960 && next; i++) {
        uint32_t header = pci_get_long(dev->config + next);

        if (!header) {
            next = 0;
            break;
        }
        if (PCI_EXT_CAP_ID(header) == cap_id) {
            break;
        }
        prev = next;
        next = PCI_EXT_CAP_NEXT(header) & 0xffc;
    }
    if (prev_p) {
        *prev_p = prev;
    }
    return next;
}

uint16_t pcie_find_capability(PCIDevice *dev, uint16_t cap_id)
{
    return find_ext(dev, cap_id, NULL);
}

/* Ids 0xffff and offset 0x100: the list's head must come first. */
void pcie_add_capability(PCIDevice *dev, uint16_t cap_id, uint8_t cap_ver, uint16_t offset, uint16_t size)
{
    g_assert(pci_is_express(dev) && offset >= PCI_CONFIG_SPACE_SIZE && offset % 4 == 0 &&
             offset + size <= PCIE_CONFIG_SPACE_SIZE);
    if (offset != PCI_CONFIG_SPACE_SIZE) {
        uint16_t prev = 0;
        uint32_t header;

        find_ext(dev, 0xffff, &prev);
        if (!prev) {
            /* Null capability at the head so that the list starts where software looks. */
            prev = PCI_CONFIG_SPACE_SIZE;
        }
        header = pci_get_long(dev->config + prev);
        pci_set_long(dev->config + prev, (header & 0xfffff) | (uint32_t)offset << 20);
    }
    pci_extend_masks(dev);
    pci_set_long(dev->config + offset, cap_id | (uint32_t)cap_ver << 16);
    memset(dev->wmask + offset, 0, size);
    memset(dev->w1cmask + offset, 0, size);
    memset(dev->cmask + offset, 0xff, size);
}

void pcie_ari_init(PCIDevice *dev, uint16_t offset)
{
    pcie_add_capability(dev, PCI_EXT_CAP_ID_ARI, 1, offset, 8);
    pci_set_long(dev->config + offset + PCI_ARI_CAP, 0);
}

void pcie_dev_ser_num_init(PCIDevice *dev, uint16_t offset, uint64_t ser_num)
{
    pcie_add_capability(dev, PCI_EXT_CAP_ID_DSN, 1, offset, 12);
    pci_set_quad(dev->config + offset + 4, ser_num);
}

void pcie_ats_init(PCIDevice *dev, uint16_t offset, bool aligned)
{
    pcie_add_capability(dev, PCI_EXT_CAP_ID_ATS, 1, offset, 8);
    dev->exp.ats_cap = offset;
    pci_set_word(dev->config + offset + PCI_ATS_CAP, aligned ? 0x20 : 0);
    pci_set_word(dev->wmask + offset + PCI_ATS_CTRL, 0x800f | 0x10);
}

void pcie_acs_init(PCIDevice *dev, uint16_t offset)
{
    uint16_t caps = PCI_ACS_SV | PCI_ACS_TB | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF | PCI_ACS_DT;

    pcie_add_capability(dev, PCI_EXT_CAP_ID_ACS, 1, offset, 8);
    dev->exp.acs_cap = offset;
    pci_set_word(dev->config + offset + PCI_ACS_CAP, caps);
    pci_set_word(dev->wmask + offset + PCI_ACS_CTRL, caps);
}

void pcie_acs_reset(PCIDevice *dev)
{
    if (dev->exp.acs_cap) {
        pci_set_word(dev->config + dev->exp.acs_cap + PCI_ACS_CTRL, 0);
    }
}
