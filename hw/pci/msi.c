// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MSI capability (PCI Local Bus 3.0, 6.8.1). An interrupt is a 32-bit memory write by the function; with several
 * vectors the low bits of the data select one. With per-vector masking a masked message is remembered as pending.
 *
 *   cap+0 id, next | +2 control | +4 address low | +8 address high (64-bit) | data | mask | pending
 */
#include "qemu/osdep.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "qapi/error.h"
#include "qemu/host-utils.h"

bool msi_nonbroken;

static uint16_t msi_flags(const PCIDevice *d)
{
    return pci_get_word(d->config + d->msi_cap + PCI_MSI_FLAGS);
}

static bool is_64(uint16_t flags)
{
    return flags & PCI_MSI_FLAGS_64BIT;
}

static uint8_t msi_data_off(const PCIDevice *d)
{
    return d->msi_cap + (is_64(msi_flags(d)) ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32);
}

static uint8_t msi_mask_off(const PCIDevice *d)
{
    return d->msi_cap + (is_64(msi_flags(d)) ? PCI_MSI_MASK_64 : PCI_MSI_MASK_32);
}

static uint8_t msi_pending_off(const PCIDevice *d)
{
    return msi_mask_off(d) + 4;
}

/* 10, 14, 20 or 24 bytes. */
static uint8_t msi_cap_size(uint16_t flags)
{
    return 10 + (is_64(flags) ? 4 : 0) + (flags & PCI_MSI_FLAGS_MASKBIT ? 10 : 0);
}

unsigned int msi_nr_vectors_allocated(const PCIDevice *d)
{
    return 1u << ((msi_flags(d) & PCI_MSI_FLAGS_QSIZE) >> 4);
}

bool msi_enabled(const PCIDevice *d)
{
    return msi_present(d) && (msi_flags(d) & PCI_MSI_FLAGS_ENABLE);
}

int msi_init(PCIDevice *dev, uint8_t offset, unsigned int nr_vectors, bool msi64bit, bool msi_per_vector_mask,
             Error **errp)
{
    uint16_t flags = ctz32(nr_vectors) << 1;
    int pos;

    g_assert(is_power_of_2(nr_vectors) && nr_vectors <= 32);
    if (!msi_nonbroken) {
        error_setg(errp, "MSI is not supported by the interrupt controller");
        return -ENOTSUP;
    }
    if (msi64bit) {
        flags |= PCI_MSI_FLAGS_64BIT;
    }
    if (msi_per_vector_mask) {
        flags |= PCI_MSI_FLAGS_MASKBIT;
    }
    pos = pci_add_capability(dev, PCI_CAP_ID_MSI, offset, msi_cap_size(flags), errp);
    if (pos < 0) {
        return pos;
    }
    dev->msi_cap = pos;
    dev->cap_present |= QEMU_PCI_CAP_MSI;
    pci_set_word(dev->config + pos + PCI_MSI_FLAGS, flags);
    pci_set_word(dev->wmask + pos + PCI_MSI_FLAGS, PCI_MSI_FLAGS_QSIZE | PCI_MSI_FLAGS_ENABLE);
    pci_set_long(dev->wmask + pos + PCI_MSI_ADDRESS_LO, 0xfffffffc);
    if (msi64bit) {
        pci_set_long(dev->wmask + pos + PCI_MSI_ADDRESS_HI, 0xffffffff);
    }
    pci_set_word(dev->wmask + msi_data_off(dev), 0xffff);
    if (msi_per_vector_mask) {
        pci_set_long(dev->wmask + msi_mask_off(dev), 0xffffffff >> (32 - nr_vectors));
    }
    return 0;
}

void msi_uninit(PCIDevice *dev)
{
    if (!msi_present(dev)) {
        return;
    }
    pci_del_capability(dev, PCI_CAP_ID_MSI, msi_cap_size(msi_flags(dev)));
    dev->cap_present &= ~QEMU_PCI_CAP_MSI;
    dev->msi_cap = 0;
}

void msi_reset(PCIDevice *dev)
{
    uint16_t flags;

    if (!msi_present(dev)) {
        return;
    }
    flags = msi_flags(dev) & ~(PCI_MSI_FLAGS_QSIZE | PCI_MSI_FLAGS_ENABLE);
    pci_set_word(dev->config + dev->msi_cap + PCI_MSI_FLAGS, flags);
    pci_set_long(dev->config + dev->msi_cap + PCI_MSI_ADDRESS_LO, 0);
    if (is_64(flags)) {
        pci_set_long(dev->config + dev->msi_cap + PCI_MSI_ADDRESS_HI, 0);
    }
    pci_set_word(dev->config + msi_data_off(dev), 0);
    if (flags & PCI_MSI_FLAGS_MASKBIT) {
        pci_set_long(dev->config + msi_mask_off(dev), 0);
        pci_set_long(dev->config + msi_pending_off(dev), 0);
    }
}

MSIMessage msi_get_message(PCIDevice *dev, unsigned int vector)
{
    unsigned n = msi_nr_vectors_allocated(dev);
    MSIMessage msg = { .address = pci_get_long(dev->config + dev->msi_cap + PCI_MSI_ADDRESS_LO) };

    if (is_64(msi_flags(dev))) {
        msg.address |= (uint64_t)pci_get_long(dev->config + dev->msi_cap + PCI_MSI_ADDRESS_HI) << 32;
    }
    msg.data = pci_get_word(dev->config + msi_data_off(dev));
    msg.data = (msg.data & ~(n - 1)) | (vector & (n - 1));
    return msg;
}

void msi_set_message(PCIDevice *dev, MSIMessage msg)
{
    pci_set_long(dev->config + dev->msi_cap + PCI_MSI_ADDRESS_LO, msg.address);
    if (is_64(msi_flags(dev))) {
        pci_set_long(dev->config + dev->msi_cap + PCI_MSI_ADDRESS_HI, msg.address >> 32);
    }
    pci_set_word(dev->config + msi_data_off(dev), msg.data);
}

bool msi_is_masked(const PCIDevice *dev, unsigned vector)
{
    return (msi_flags(dev) & PCI_MSI_FLAGS_MASKBIT) &&
           (pci_get_long(dev->config + msi_mask_off(dev)) & (1u << (vector & 31)));
}

void msi_send_message(PCIDevice *dev, MSIMessage msg)
{
    MemTxAttrs attrs = { .requester_id = pci_requester_id(dev) };

    if (dev->msi_trigger) {
        dev->msi_trigger(dev, msg);
        return;
    }
    address_space_stl_le(&dev->bus_master_as, msg.address, msg.data, attrs, NULL);
}

void msi_notify(PCIDevice *dev, unsigned int vector)
{
    if (!msi_enabled(dev)) {
        return;
    }
    if (msi_is_masked(dev, vector)) {
        pci_long_test_and_set_mask(dev->config + msi_pending_off(dev), 1u << (vector & 31));
        return;
    }
    msi_send_message(dev, msi_get_message(dev, vector));
}

/* Send what was waiting and is not masked any more. */
static void msi_deliver_pending(PCIDevice *dev)
{
    uint32_t ready;

    if (!msi_enabled(dev) || !(msi_flags(dev) & PCI_MSI_FLAGS_MASKBIT)) {
        return;
    }
    ready = pci_get_long(dev->config + msi_pending_off(dev)) & ~pci_get_long(dev->config + msi_mask_off(dev));
    pci_long_test_and_clear_mask(dev->config + msi_pending_off(dev), ready);
    for (; ready; ready &= ready - 1) {
        msi_notify(dev, ctz32(ready));
    }
}

void msi_set_mask(PCIDevice *dev, int vector, bool mask, Error **errp)
{
    if (!(msi_flags(dev) & PCI_MSI_FLAGS_MASKBIT) || vector < 0 || vector > 31) {
        error_setg(errp, "%s: MSI vector %d cannot be masked", dev->name, vector);
        return;
    }
    if (mask) {
        pci_long_test_and_set_mask(dev->config + msi_mask_off(dev), 1u << vector);
    } else {
        pci_long_test_and_clear_mask(dev->config + msi_mask_off(dev), 1u << vector);
    }
    msi_deliver_pending(dev);
}

/* Called after the bytes are stored. */
void msi_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len)
{
    uint16_t flags;
    unsigned max, now;

    if (!msi_present(dev)) {
        return;
    }
    flags = msi_flags(dev);
    if (!pci_ranges_overlap(addr, len, dev->msi_cap, msi_cap_size(flags))) {
        return;
    }
    /* More vectors enabled than offered: clamp. */
    max = (flags & PCI_MSI_FLAGS_QMASK) >> 1;
    now = (flags & PCI_MSI_FLAGS_QSIZE) >> 4;
    if (now > max) {
        flags = (flags & ~PCI_MSI_FLAGS_QSIZE) | max << 4;
        pci_set_word(dev->config + dev->msi_cap + PCI_MSI_FLAGS, flags);
    }
    if (flags & PCI_MSI_FLAGS_ENABLE) {
        pci_device_deassert_intx(dev);
        msi_deliver_pending(dev);
    }
}
