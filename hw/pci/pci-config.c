// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Configuration space of a function: reads, writes, and where its BARs and its bus mastering follow from them
 * (PCI Local Bus 3.0, 6.2). A write takes effect before it returns, as one memory transaction.
 */
#include "qemu/osdep.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_bridge.h"
#include "pci-internal.h"

/* Config offset of a region's register; the expansion ROM's differs between header types. */
int pci_bar(PCIDevice *d, int reg)
{
    if (reg != PCI_ROM_SLOT) {
        return PCI_BASE_ADDRESS_0 + reg * 4;
    }
    return (d->config[PCI_HEADER_TYPE] & ~PCI_HEADER_TYPE_MULTI_FUNCTION) == PCI_HEADER_TYPE_BRIDGE
               ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS;
}

static bool pci_bar_is_64bit(const PCIIORegion *r)
{
    return !(r->type & PCI_BASE_ADDRESS_SPACE_IO) && (r->type & PCI_BASE_ADDRESS_MEM_TYPE_64);
}

/* @memory has a power-of-two size; type errors here are bugs of the device, not of the guest. */
void pci_register_bar(PCIDevice *pci_dev, int region_num, uint8_t type, MemoryRegion *memory)
{
    PCIIORegion *r = &pci_dev->io_regions[region_num];
    pcibus_t size = memory_region_size(memory);
    uint8_t *reg = NULL;
    uint64_t wmask = ~(size - 1);
    PCIBus *bus = pci_get_bus(pci_dev);
    int off = pci_bar(pci_dev, region_num);

    g_assert(region_num >= 0 && region_num < PCI_NUM_REGIONS && is_power_of_2(size));
    *r = (PCIIORegion) {
        .addr = PCI_BAR_UNMAPPED, .size = size, .type = type, .memory = memory,
        .address_space = type & PCI_BASE_ADDRESS_SPACE_IO ? bus->address_space_io : bus->address_space_mem,
    };
    if (region_num == PCI_ROM_SLOT) {
        wmask |= PCI_ROM_ADDRESS_ENABLE;
    }
    reg = pci_dev->config + off;
    pci_set_long(reg, type);
    if (pci_bar_is_64bit(r)) {
        pci_set_quad(pci_dev->wmask + off, wmask);
        pci_set_quad(pci_dev->cmask + off, ~0ULL);
    } else {
        pci_set_long(pci_dev->wmask + off, wmask & 0xffffffff);
        pci_set_long(pci_dev->cmask + off, 0xffffffff);
    }
}

pcibus_t pci_get_bar_addr(PCIDevice *pci_dev, int region_num)
{
    return pci_dev->io_regions[region_num].addr;
}

/* The address a BAR decodes now, or PCI_BAR_UNMAPPED: decoding off, zero, or the all-ones of a size probe. */
pcibus_t pci_bar_address(PCIDevice *d, int reg, uint8_t type, pcibus_t size)
{
    uint16_t cmd = pci_get_word(d->config + PCI_COMMAND);
    int off = pci_bar(d, reg);
    pcibus_t addr, last;

    if (!d->has_power) {
        return PCI_BAR_UNMAPPED;
    }
    if (type & PCI_BASE_ADDRESS_SPACE_IO) {
        if (!(cmd & PCI_COMMAND_IO)) {
            return PCI_BAR_UNMAPPED;
        }
        addr = pci_get_long(d->config + off) & ~(size - 1);
        last = addr + size - 1;
        return addr == 0 || last <= addr || last > UINT16_MAX ? PCI_BAR_UNMAPPED : addr;
    }
    if (!(cmd & PCI_COMMAND_MEMORY)) {
        return PCI_BAR_UNMAPPED;
    }
    addr = type & PCI_BASE_ADDRESS_MEM_TYPE_64 ? pci_get_quad(d->config + off) : pci_get_long(d->config + off);
    if (reg == PCI_ROM_SLOT && !(addr & PCI_ROM_ADDRESS_ENABLE)) {
        return PCI_BAR_UNMAPPED;
    }
    addr &= ~(size - 1);
    last = addr + size - 1;
    if (addr == 0 || last <= addr || last == PCI_BAR_UNMAPPED) {
        return PCI_BAR_UNMAPPED;
    }
    if (!(type & PCI_BASE_ADDRESS_MEM_TYPE_64) && last >= UINT32_MAX) {
        return PCI_BAR_UNMAPPED;
    }
    return addr;
}

void pci_update_mappings(PCIDevice *d)
{
    bool changed = false;

    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        PCIIORegion *r = &d->io_regions[i];
        pcibus_t addr;

        if (!r->size) {
            continue;
        }
        addr = pci_bar_address(d, i, r->type, r->size);
        if (addr == r->addr) {
            continue;
        }
        if (!changed) {
            memory_region_transaction_begin();
            changed = true;
        }
        if (r->addr != PCI_BAR_UNMAPPED) {
            memory_region_del_subregion(r->address_space, r->memory);
        }
        r->addr = addr;
        if (addr != PCI_BAR_UNMAPPED) {
            memory_region_add_subregion_overlap(r->address_space, addr, r->memory, 1);
        }
    }
    pci_update_bus_master(d);
    if (changed) {
        memory_region_transaction_commit();
    }
}

void pci_update_bus_master(PCIDevice *d)
{
    bool on = d->has_power && (pci_get_word(d->config + PCI_COMMAND) & PCI_COMMAND_MASTER);

    memory_region_set_enabled(&d->bus_master_enable_region, on);
}

void pci_set_power(PCIDevice *d, bool state)
{
    if (d->has_power == state) {
        return;
    }
    d->has_power = state;
    d->enabled = state;
    pci_update_mappings(d);
    if (!state) {
        pci_device_reset(d);
    }
}

uint32_t pci_default_read_config(PCIDevice *d, uint32_t address, int len)
{
    uint32_t val = 0;

    if (address + len > pci_config_size(d)) {
        return ~0u;
    }
    memcpy(&val, d->config + address, len);
    return le32_to_cpu(val);
}

void pci_default_write_config(PCIDevice *d, uint32_t addr, uint32_t val_in, int l)
{
    bool was_irq_disabled = pci_irq_disabled(d);
    uint32_t val = val_in;

    if (addr + l > pci_config_size(d)) {
        return;
    }
    for (int i = 0; i < l && pci_has_masks_at(d, addr + i); val >>= 8, i++) {
        uint8_t w = d->wmask[addr + i], w1c = d->w1cmask[addr + i], old = d->config[addr + i];

        d->config[addr + i] = ((old & ~w) | (val & w)) & ~(val & w1c);
    }
    if (pci_ranges_overlap(addr, l, PCI_BASE_ADDRESS_0, 24) || pci_ranges_overlap(addr, l, PCI_ROM_ADDRESS, 4) ||
        pci_ranges_overlap(addr, l, PCI_ROM_ADDRESS1, 4) || pci_ranges_overlap(addr, l, PCI_COMMAND, 2)) {
        pci_update_mappings(d);
    }
    if (pci_ranges_overlap(addr, l, PCI_COMMAND, 2)) {
        pci_update_irq_disabled(d, was_irq_disabled);
    }
    msi_write_config(d, addr, val_in, l);
    msix_write_config(d, addr, val_in, l);
}
