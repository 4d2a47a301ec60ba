// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PCI-to-PCI bridge core (PCI-to-PCI Bridge 1.2): the secondary bus and the windows to it. A window is an alias of
 * the secondary bus's container, moved and resized as its base and limit registers change.
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_bridge.h"
#include "hw/core/qdev-properties.h"
#include "hw/pci/pcie.h"
#include "pci-internal.h"
#include "qapi/error.h"

#define SSVID_SIZEOF 8

int pci_bridge_ssvid_init(PCIDevice *dev, uint8_t offset, uint16_t svid, uint16_t ssid, Error **errp)
{
    int pos = pci_add_capability(dev, PCI_CAP_ID_SSVID, offset, SSVID_SIZEOF, errp);

    if (pos >= 0) {
        pci_set_word(dev->config + pos + 4, svid);
        pci_set_word(dev->config + pos + 6, ssid);
    }
    return pos;
}

PCIBus *pci_bridge_get_sec_bus(PCIBridge *br)
{
    return &br->sec_bus;
}

/* @type: PCI_BASE_ADDRESS_SPACE_IO, or memory with or without PREFETCH. */
pcibus_t pci_bridge_get_base(const PCIDevice *d, uint8_t type)
{
    const uint8_t *c = d->config;

    if (type & PCI_BASE_ADDRESS_SPACE_IO) {
        pcibus_t base = (pcibus_t)(c[PCI_IO_BASE] & PCI_IO_RANGE_MASK & 0xff) << 8;

        return (c[PCI_IO_BASE] & PCI_IO_RANGE_TYPE_MASK) == PCI_IO_RANGE_TYPE_32
                   ? base | (pcibus_t)pci_get_word(c + PCI_IO_BASE_UPPER16) << 16 : base;
    }
    if (type & PCI_BASE_ADDRESS_MEM_PREFETCH) {
        return (pcibus_t)(pci_get_word(c + PCI_PREF_MEMORY_BASE) & 0xfff0) << 16 |
               (pcibus_t)pci_get_long(c + PCI_PREF_BASE_UPPER32) << 32;
    }
    return (pcibus_t)(pci_get_word(c + PCI_MEMORY_BASE) & 0xfff0) << 16;
}

/* Last address inside the window. */
pcibus_t pci_bridge_get_limit(const PCIDevice *d, uint8_t type)
{
    const uint8_t *c = d->config;

    if (type & PCI_BASE_ADDRESS_SPACE_IO) {
        pcibus_t limit = (pcibus_t)(c[PCI_IO_LIMIT] & PCI_IO_RANGE_MASK & 0xff) << 8 | 0xfff;

        return (c[PCI_IO_LIMIT] & PCI_IO_RANGE_TYPE_MASK) == PCI_IO_RANGE_TYPE_32
                   ? limit | (pcibus_t)pci_get_word(c + PCI_IO_LIMIT_UPPER16) << 16 : limit;
    }
    if (type & PCI_BASE_ADDRESS_MEM_PREFETCH) {
        return (pcibus_t)(pci_get_word(c + PCI_PREF_MEMORY_LIMIT) & 0xfff0) << 16 |
               (pcibus_t)pci_get_long(c + PCI_PREF_LIMIT_UPPER32) << 32 | 0xfffff;
    }
    return (pcibus_t)(pci_get_word(c + PCI_MEMORY_LIMIT) & 0xfff0) << 16 | 0xfffff;
}

static const char *const window_names[PCI_BRIDGE_WIN_COUNT] = {
    "pci_bridge_io", "pci_bridge_mem", "pci_bridge_pref_mem", "pci_bridge_vga_io_lo", "pci_bridge_vga_io_hi",
    "pci_bridge_vga_mem",
};

static bool window_is_io(int n)
{
    return n == PCI_BRIDGE_WIN_IO || n == PCI_BRIDGE_WIN_VGA_IO_LO || n == PCI_BRIDGE_WIN_VGA_IO_HI;
}

static void window_init(PCIBridge *br, int n)
{
    MemoryRegion *target = window_is_io(n) ? &br->address_space_io : &br->address_space_mem;

    memory_region_init_alias(&br->windows[n].alias, OBJECT(br), window_names[n], target, 0, 1);
}

/* Show [base, limit] of the secondary side, or nothing when empty. */
static void window_set(PCIBridge *br, int n, bool on, pcibus_t base, pcibus_t limit)
{
    PCIBridgeWindow *w = &br->windows[n];
    PCIBus *parent = pci_get_bus(PCI_DEVICE(br));
    MemoryRegion *space = window_is_io(n) ? parent->address_space_io : parent->address_space_mem;
    pcibus_t size = on && limit >= base ? limit - base + 1 : 0;

    if (w->mapped == (size != 0) && (!size || (w->base == base && w->size == size))) {
        return;
    }
    if (w->mapped) {
        memory_region_del_subregion(space, &w->alias);
        w->mapped = false;
    }
    if (size) {
        memory_region_set_size(&w->alias, size);
        memory_region_set_alias_offset(&w->alias, base);
        memory_region_add_subregion_overlap(space, base, &w->alias, 1);
        w->mapped = true;
        w->base = base;
        w->size = size;
    }
}

void pci_bridge_update_mappings(PCIBridge *br)
{
    PCIDevice *d = PCI_DEVICE(br);
    uint16_t cmd = d->has_power ? pci_get_word(d->config + PCI_COMMAND) : 0;
    bool vga = pci_get_word(d->config + PCI_BRIDGE_CONTROL) & PCI_BRIDGE_CTL_VGA;
    bool io = cmd & PCI_COMMAND_IO, mem = cmd & PCI_COMMAND_MEMORY;

    memory_region_transaction_begin();
    window_set(br, PCI_BRIDGE_WIN_IO, io, pci_bridge_get_base(d, PCI_BASE_ADDRESS_SPACE_IO),
               pci_bridge_get_limit(d, PCI_BASE_ADDRESS_SPACE_IO));
    window_set(br, PCI_BRIDGE_WIN_MEM, mem, pci_bridge_get_base(d, 0), pci_bridge_get_limit(d, 0));
    window_set(br, PCI_BRIDGE_WIN_PREF, mem, pci_bridge_get_base(d, PCI_BASE_ADDRESS_MEM_PREFETCH),
               pci_bridge_get_limit(d, PCI_BASE_ADDRESS_MEM_PREFETCH));
    window_set(br, PCI_BRIDGE_WIN_VGA_IO_LO, io && vga, 0x3b0, 0x3bb);
    window_set(br, PCI_BRIDGE_WIN_VGA_IO_HI, io && vga, 0x3c0, 0x3df);
    window_set(br, PCI_BRIDGE_WIN_VGA_MEM, mem && vga, 0xa0000, 0xbffff);
    memory_region_transaction_commit();
}

void pci_bridge_write_config(PCIDevice *d, uint32_t address, uint32_t val, int len)
{
    PCIBridge *br = PCI_BRIDGE(d);
    uint16_t oldctl = pci_get_word(d->config + PCI_BRIDGE_CONTROL), newctl;

    pci_default_write_config(d, address, val, len);
    if (pci_ranges_overlap(address, len, PCI_PRIMARY_BUS, 4)) {
        pci_bus_numbers_changed(pci_get_bus(d));
    }
    if (pci_ranges_overlap(address, len, PCI_COMMAND, 2) || pci_ranges_overlap(address, len, PCI_IO_BASE, 2) ||
        pci_ranges_overlap(address, len, PCI_MEMORY_BASE, 20) ||
        pci_ranges_overlap(address, len, PCI_BRIDGE_CONTROL, 2)) {
        pci_bridge_update_mappings(br);
    }
    newctl = pci_get_word(d->config + PCI_BRIDGE_CONTROL);
    if (~oldctl & newctl & PCI_BRIDGE_CTL_BUS_RESET) {
        bus_cold_reset(BUS(&br->sec_bus));
    }
}

/* Base above limit: an empty window. */
void pci_bridge_disable_base_limit(PCIDevice *dev)
{
    uint8_t *c = dev->config;

    pci_word_test_and_set_mask(c + PCI_IO_BASE, PCI_IO_RANGE_MASK & 0xff);
    pci_word_test_and_clear_mask(c + PCI_IO_LIMIT, PCI_IO_RANGE_MASK & 0xff);
    pci_word_test_and_set_mask(c + PCI_MEMORY_BASE, 0xfff0);
    pci_word_test_and_clear_mask(c + PCI_MEMORY_LIMIT, 0xfff0);
    pci_word_test_and_set_mask(c + PCI_PREF_MEMORY_BASE, 0xfff0);
    pci_word_test_and_clear_mask(c + PCI_PREF_MEMORY_LIMIT, 0xfff0);
    pci_set_long(c + PCI_PREF_BASE_UPPER32, 0);
    pci_set_long(c + PCI_PREF_LIMIT_UPPER32, 0);
}

void pci_bridge_reset(DeviceState *qdev)
{
    PCIDevice *dev = PCI_DEVICE(qdev);
    uint8_t *c = dev->config;

    memset(c + PCI_PRIMARY_BUS, 0, 4);
    pci_bus_numbers_changed(pci_get_bus(dev));
    c[PCI_IO_BASE] &= PCI_IO_RANGE_TYPE_MASK;
    c[PCI_IO_LIMIT] &= PCI_IO_RANGE_TYPE_MASK;
    pci_word_test_and_clear_mask(c + PCI_MEMORY_BASE, 0xfff0);
    pci_word_test_and_clear_mask(c + PCI_MEMORY_LIMIT, 0xfff0);
    pci_word_test_and_clear_mask(c + PCI_PREF_MEMORY_BASE, 0xfff0);
    pci_word_test_and_clear_mask(c + PCI_PREF_MEMORY_LIMIT, 0xfff0);
    pci_set_long(c + PCI_PREF_BASE_UPPER32, 0);
    pci_set_long(c + PCI_PREF_LIMIT_UPPER32, 0);
    pci_set_word(c + PCI_BRIDGE_CONTROL, 0);
    pci_set_word(c + PCI_COMMAND, 0);
    pci_bridge_update_mappings(PCI_BRIDGE(dev));
}

void pci_bridge_map_irq(PCIBridge *br, const char *bus_name, pci_map_irq_fn map_irq)
{
    br->map_irq = map_irq;
    br->bus_name = bus_name;
}

void pci_bridge_initfn(PCIDevice *dev, const char *typename)
{
    PCIBus *parent = pci_get_bus(dev);
    PCIBridge *br = PCI_BRIDGE(dev);
    PCIBus *sec = &br->sec_bus;

    pci_word_test_and_set_mask(dev->config + PCI_STATUS, PCI_STATUS_66MHZ | PCI_STATUS_FAST_BACK);
    pci_config_set_class(dev->config, PCI_CLASS_BRIDGE_PCI);
    dev->config[PCI_HEADER_TYPE] =
        (dev->config[PCI_HEADER_TYPE] & PCI_HEADER_TYPE_MULTI_FUNCTION) | PCI_HEADER_TYPE_BRIDGE;
    pci_set_word(dev->config + PCI_SEC_STATUS, PCI_STATUS_66MHZ | PCI_STATUS_FAST_BACK);

    /* Unless it has a name of its own, the bus is called like the device. */
    if (!br->bus_name && dev->qdev.id && *dev->qdev.id) {
        br->bus_name = dev->qdev.id;
    }
    qbus_init(sec, sizeof(br->sec_bus), typename, DEVICE(dev), br->bus_name);
    sec->parent_dev = dev;
    sec->map_irq = br->map_irq ?: pci_swizzle_map_irq_fn;
    memory_region_init(&br->address_space_mem, OBJECT(br), "pci_bridge_pci", UINT64_MAX);
    memory_region_init(&br->address_space_io, OBJECT(br), "pci_bridge_io", 4ULL << 30);
    sec->address_space_mem = &br->address_space_mem;
    sec->address_space_io = &br->address_space_io;
    for (int n = 0; n < PCI_BRIDGE_WIN_COUNT; n++) {
        window_init(br, n);
    }
    parent->child = g_slist_append(parent->child, sec);
    pci_bus_numbers_changed(parent);
}

void pci_bridge_exitfn(PCIDevice *dev)
{
    PCIBridge *br = PCI_BRIDGE(dev);
    PCIBus *parent = pci_get_bus(dev);

    parent->child = g_slist_remove(parent->child, &br->sec_bus);
    pci_bus_numbers_changed(parent);
    for (int n = 0; n < PCI_BRIDGE_WIN_COUNT; n++) {
        window_set(br, n, false, 0, 0);
    }
}

/* Vendor capability by which firmware learns how much to reserve (layout in docs/specs/pci-hints). */
int pci_bridge_qemu_reserve_cap_init(PCIDevice *dev, int cap_offset, PCIResReserve r, Error **errp)
{
    int pos;
    uint8_t *c;

    if (r.bus == UINT32_MAX && r.io == UINT64_MAX && r.mem_non_pref == UINT64_MAX && r.mem_pref_32 == UINT64_MAX &&
        r.mem_pref_64 == UINT64_MAX) {
        return 0;
    }
    if (r.mem_non_pref != UINT64_MAX && r.mem_non_pref >= UINT32_MAX) {
        error_setg(errp, "mem-reserve must be less than 4 GiB");
        return -EINVAL;
    }
    if (r.mem_pref_32 != UINT64_MAX && r.mem_pref_64 != UINT64_MAX) {
        error_setg(errp, "only one of pref32-reserve and pref64-reserve may be set");
        return -EINVAL;
    }
    pos = pci_add_capability(dev, PCI_CAP_ID_VNDR, cap_offset, 32, errp);
    if (pos < 0) {
        return pos;
    }
    c = dev->config + pos;
    c[2] = 32;                      /* length */
    c[3] = 1;                       /* type: resource reserve */
    pci_set_long(c + 4, r.bus);
    pci_set_quad(c + 8, r.io);
    pci_set_long(c + 16, r.mem_non_pref);
    pci_set_long(c + 20, r.mem_pref_32);
    pci_set_quad(c + 24, r.mem_pref_64);
    return 0;
}

static const Property pci_bridge_props[] = {
    DEFINE_PROP_BOOL("x-pci-express-writeable-slt-bug", PCIBridge, pcie_writeable_slt_bug, false),
};

static void pci_bridge_class_init(ObjectClass *klass, const void *data)
{
    device_class_set_props(DEVICE_CLASS(klass), pci_bridge_props);
}

static const TypeInfo pci_bridge_types[] = {
    {
        .name = TYPE_PCI_BRIDGE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(PCIBridge),
        .class_init = pci_bridge_class_init,
        .abstract = true,
    },
};

DEFINE_TYPES(pci_bridge_types)
