// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PCI functions and buses: creation, plugging, lookup, capabilities and reset. Configuration space accesses are in
 * pci-config.c, INTx in pci-irq.c, the migration format in pci-vmstate.c.
 *
 * PCI Local Bus 3.0. Everything here runs under the big lock.
 */
#include "qemu/osdep.h"
#include "hw/pci/pci.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "hw/pci/pci_host.h"
#include "hw/core/qdev-properties.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "system/address-spaces.h"
#include "pci-internal.h"

static void pci_header_reset(PCIDevice *dev);

/* ---- bus types ---- */

bool pci_bus_is_root(const PCIBus *bus)
{
    return bus->flags & PCI_BUS_IS_ROOT;
}

bool pci_bus_is_express(const PCIBus *bus)
{
    return object_dynamic_cast(OBJECT(bus), TYPE_PCIE_BUS) != NULL;
}

bool pci_bus_allows_extended_config_space(const PCIBus *bus)
{
    return bus->flags & PCI_BUS_EXTENDED_CONFIG_SPACE;
}

static int pcibus_num(const PCIBus *bus)
{
    return pci_bus_is_root(bus) ? 0 : bus->parent_dev->config[PCI_SECONDARY_BUS];
}

static uint16_t pcibus_numa_node(const PCIBus *bus)
{
    return UINT16_MAX;
}

int pci_bus_num(const PCIBus *bus)
{
    return PCI_BUS_GET_CLASS(bus)->bus_num(bus);
}

int pci_bus_numa_node(PCIBus *bus)
{
    return PCI_BUS_GET_CLASS(bus)->numa_node(bus);
}

/* The devices' own reset functions have run: what the header holds is reset here, once for all types. */
static void pcibus_reset(BusState *qbus)
{
    PCIBus *bus = PCI_BUS(qbus);

    for (int i = 0; i < PCI_DEVFN_MAX; i++) {
        if (bus->devices[i]) {
            pci_header_reset(bus->devices[i]);
        }
    }
}

static void pcibus_realize(BusState *qbus, Error **errp)
{
    PCIBus *bus = PCI_BUS(qbus);
    PCIBus *parent = bus->parent_dev ? pci_get_bus(bus->parent_dev) : NULL;

    if (parent && pci_bus_is_express(bus) && pci_bus_allows_extended_config_space(parent)) {
        bus->flags |= PCI_BUS_EXTENDED_CONFIG_SPACE;
    } else if (!parent && pci_bus_is_express(bus)) {
        bus->flags |= PCI_BUS_EXTENDED_CONFIG_SPACE;
    }
    vmstate_register(NULL, VMSTATE_INSTANCE_ID_ANY, &vmstate_pcibus, bus);
}

static void pcibus_unrealize(BusState *qbus)
{
    vmstate_unregister(NULL, &vmstate_pcibus, PCI_BUS(qbus));
}

/* "0000:00:02.0:00.0": the root's path, then slot.function of each bridge on the way down and of the device. */
static char *pcibus_get_dev_path(DeviceState *dev)
{
    PCIDevice *d = PCI_DEVICE(dev);
    g_autoptr(GString) path = g_string_new(NULL);
    PCIHostState *host;

    for (;;) {
        PCIBus *bus = pci_get_bus(d);
        g_autofree char *part = g_strdup_printf(":%02x.%x", PCI_SLOT(d->devfn), PCI_FUNC(d->devfn));

        g_string_prepend(path, part);
        if (pci_bus_is_root(bus)) {
            host = (PCIHostState *)object_dynamic_cast(OBJECT(bus->qbus.parent), TYPE_PCI_HOST_BRIDGE);
            g_string_prepend(path, host && PCI_HOST_BRIDGE_GET_CLASS(host)->root_bus_path
                                       ? PCI_HOST_BRIDGE_GET_CLASS(host)->root_bus_path(host, bus) : "0000:00");
            return g_string_free(g_steal_pointer(&path), false);
        }
        d = bus->parent_dev;
    }
}

/* Open Firmware names (PCI Bus Binding) that firmware's boot order file uses. */
static const char *pci_fw_name(uint16_t class)
{
    switch (class) {
    case PCI_CLASS_STORAGE_SCSI: return "scsi";
    case PCI_CLASS_STORAGE_IDE: return "ide";
    case PCI_CLASS_NETWORK_ETHERNET: return "ethernet";
    case PCI_CLASS_DISPLAY_VGA: return "vga";
    case PCI_CLASS_BRIDGE_ISA: return "isa";
    case PCI_CLASS_BRIDGE_PCI: return "pci-bridge";
    case PCI_CLASS_SERIAL_USB: return "usb";
    default: return NULL;
    }
}

static char *pcibus_get_fw_dev_path(DeviceState *dev)
{
    PCIDevice *d = PCI_DEVICE(dev);
    const char *name = pci_fw_name(pci_get_word(d->config + PCI_CLASS_DEVICE));
    g_autofree char *ids = g_strdup_printf("pci%04x,%04x", pci_get_word(d->config + PCI_VENDOR_ID),
                                           pci_get_word(d->config + PCI_DEVICE_ID));

    if (!name) {
        name = ids;
    }
    if (PCI_FUNC(d->devfn)) {
        return g_strdup_printf("%s@%x,%x", name, PCI_SLOT(d->devfn), PCI_FUNC(d->devfn));
    }
    return g_strdup_printf("%s@%x", name, PCI_SLOT(d->devfn));
}

static void pci_bus_class_init(ObjectClass *klass, const void *data)
{
    BusClass *k = BUS_CLASS(klass);
    PCIBusClass *pbc = PCI_BUS_CLASS(klass);

    k->get_dev_path = pcibus_get_dev_path;
    k->get_fw_dev_path = pcibus_get_fw_dev_path;
    k->realize = pcibus_realize;
    k->unrealize = pcibus_unrealize;
    k->reset = pcibus_reset;
    pbc->bus_num = pcibus_num;
    pbc->numa_node = pcibus_numa_node;
}

static GSList **pci_roots(void)
{
    static GSList *roots;

    return &roots;
}

GSList *pci_host_list(void)
{
    return *pci_roots();
}

static void pci_root_bus_setup(PCIBus *bus, MemoryRegion *mem, MemoryRegion *io, uint8_t devfn_min)
{
    bus->devfn_min = devfn_min;
    bus->address_space_mem = mem;
    bus->address_space_io = io;
    bus->flags |= PCI_BUS_IS_ROOT;
    *pci_roots() = g_slist_append(*pci_roots(), bus);
}

void pci_root_bus_init(PCIBus *bus, size_t bus_size, DeviceState *parent, const char *name, MemoryRegion *mem,
                       MemoryRegion *io, uint8_t devfn_min, const char *typename)
{
    qbus_init(bus, bus_size, typename, parent, name);
    pci_root_bus_setup(bus, mem, io, devfn_min);
}

PCIBus *pci_root_bus_new(DeviceState *parent, const char *name, MemoryRegion *mem, MemoryRegion *io,
                         uint8_t devfn_min, const char *typename)
{
    PCIBus *bus = PCI_BUS(qbus_new(typename, parent, name));

    pci_root_bus_setup(bus, mem, io, devfn_min);
    return bus;
}

void pci_root_bus_cleanup(PCIBus *bus)
{
    *pci_roots() = g_slist_remove(*pci_roots(), bus);
    pci_bus_irqs_cleanup(bus);
    g_clear_pointer(&bus->numbers, g_free);
    qbus_unrealize(BUS(bus));
}

/* ---- finding things ---- */

PCIBus *pci_get_bus(const PCIDevice *dev)
{
    return PCI_BUS(qdev_get_parent_bus(DEVICE(dev)));
}

PCIBus *pci_device_root_bus(const PCIDevice *d)
{
    PCIBus *bus = pci_get_bus(d);

    while (!pci_bus_is_root(bus)) {
        bus = pci_get_bus(bus->parent_dev);
    }
    return bus;
}

PCIDevice *pci_bridge_get_device(PCIBus *bus)
{
    return bus->parent_dev;
}

/* Bus numbers are whatever the guest wrote: overlapping ranges resolve to the first bridge, and depth is bounded
 * by the real tree. */
static PCIBus *search_bus_nr(PCIBus *bus, int bus_num)
{
    if (pci_bus_num(bus) == bus_num) {
        return bus;
    }
    for (GSList *l = bus->child; l; l = l->next) {
        PCIBus *sec = l->data;
        uint8_t *c = sec->parent_dev->config;

        if (bus_num >= c[PCI_SECONDARY_BUS] && bus_num <= c[PCI_SUBORDINATE_BUS] && c[PCI_SECONDARY_BUS]) {
            return search_bus_nr(sec, bus_num);
        }
    }
    return NULL;
}

/* Every configuration access asks: what a search below a root found is kept until a bridge changes. */
struct PCIBusNumbers {
    PCIBus *bus[256];
    bool known[256];
};

PCIBus *pci_find_bus_nr(PCIBus *bus, int bus_num)
{
    struct PCIBusNumbers *n;

    if (!pci_bus_is_root(bus) || bus_num < 0 || bus_num > 255) {
        return search_bus_nr(bus, bus_num);
    }
    if (!bus->numbers) {
        bus->numbers = g_new0(struct PCIBusNumbers, 1);
    }
    n = bus->numbers;
    if (!n->known[bus_num]) {
        n->bus[bus_num] = search_bus_nr(bus, bus_num);
        n->known[bus_num] = true;
    }
    return n->bus[bus_num];
}

void pci_bus_numbers_changed(PCIBus *bus)
{
    while (!pci_bus_is_root(bus)) {
        bus = pci_get_bus(bus->parent_dev);
    }
    g_clear_pointer(&bus->numbers, g_free);
}

PCIDevice *pci_find_device(PCIBus *bus, int bus_num, uint8_t devfn)
{
    bus = pci_find_bus_nr(bus, bus_num);
    return bus ? bus->devices[devfn] : NULL;
}

static PCIDevice *find_by_id(PCIBus *bus, const char *id)
{
    for (int i = 0; i < PCI_DEVFN_MAX; i++) {
        if (bus->devices[i] && g_strcmp0(bus->devices[i]->qdev.id, id) == 0) {
            return bus->devices[i];
        }
    }
    for (GSList *l = bus->child; l; l = l->next) {
        PCIDevice *d = find_by_id(l->data, id);

        if (d) {
            return d;
        }
    }
    return NULL;
}

int pci_qdev_find_device(const char *id, PCIDevice **pdev)
{
    for (GSList *l = pci_host_list(); l; l = l->next) {
        *pdev = find_by_id(l->data, id);
        if (*pdev) {
            return 0;
        }
    }
    return -ENODEV;
}

void pci_for_each_device_under_bus(PCIBus *bus, pci_device_fn fn, void *opaque)
{
    for (int i = 0; i < PCI_DEVFN_MAX; i++) {
        if (bus->devices[i]) {
            fn(bus, bus->devices[i], opaque);
        }
    }
}

void pci_for_each_device(PCIBus *bus, int bus_num, pci_device_fn fn, void *opaque)
{
    bus = pci_find_bus_nr(bus, bus_num);
    if (bus) {
        pci_for_each_device_under_bus(bus, fn, opaque);
    }
}

void pci_for_each_bus(PCIBus *root, pci_bus_fn fn, void *opaque)
{
    fn(root, opaque);
    for (GSList *l = root->child; l; l = l->next) {
        pci_for_each_bus(l->data, fn, opaque);
    }
}

MemoryRegion *pci_address_space(PCIDevice *dev)
{
    return pci_get_bus(dev)->address_space_mem;
}

MemoryRegion *pci_address_space_io(PCIDevice *dev)
{
    return pci_get_bus(dev)->address_space_io;
}

void pci_setup_iommu(PCIBus *bus, const PCIIOMMUOps *ops, void *opaque)
{
    bus->iommu_ops = ops;
    bus->iommu_opaque = opaque;
}

AddressSpace *pci_device_iommu_address_space(PCIDevice *dev)
{
    PCIBus *root = pci_device_root_bus(dev);

    if (root->iommu_ops) {
        return root->iommu_ops->get_address_space(root, root->iommu_opaque, dev->devfn);
    }
    return &address_space_memory;
}

uint16_t pci_requester_id(PCIDevice *dev)
{
    return pci_get_bdf(dev);
}

/* ---- capabilities ---- */

static int pci_find_space(PCIDevice *pdev, uint8_t size)
{
    int run = 0;

    for (int i = PCI_CONFIG_HEADER_SIZE; i < PCI_CONFIG_SPACE_SIZE; i++) {
        if (pdev->used[i]) {
            run = 0;
        } else if (run || QEMU_IS_ALIGNED(i, PCI_CAP_ALIGN_SIZE)) {
            if (++run == size) {
                return i - size + 1;
            }
        }
    }
    return 0;
}

int pci_add_capability(PCIDevice *pdev, uint8_t cap_id, uint8_t offset, uint8_t size, Error **errp)
{
    uint8_t *config;

    if (!offset) {
        offset = pci_find_space(pdev, size);
        if (!offset) {
            error_setg(errp, "%s: no room for PCI capability 0x%x of %d bytes", pdev->name, cap_id, size);
            return -ENOSPC;
        }
    } else if (offset + size > PCI_CONFIG_SPACE_SIZE) {
        error_setg(errp, "%s: PCI capability 0x%x at 0x%x does not fit", pdev->name, cap_id, offset);
        return -EINVAL;
    }
    for (int i = offset; i < offset + size; i++) {
        if (pdev->used[i]) {
            error_setg(errp, "%s: PCI capability 0x%x at 0x%x overlaps another at 0x%x", pdev->name, cap_id,
                       offset, i);
            return -EINVAL;
        }
    }
    config = pdev->config + offset;
    config[PCI_CAP_LIST_ID] = cap_id;
    config[PCI_CAP_LIST_NEXT] = pdev->config[PCI_CAPABILITY_LIST];
    pdev->config[PCI_CAPABILITY_LIST] = offset;
    pdev->config[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
    memset(pdev->used + offset, 0xff, ROUND_UP(size, 4));
    memset(pdev->wmask + offset, 0, size);
    memset(pdev->cmask + offset, 0xff, size);
    return offset;
}

/* Walks what this file's add function built, so the list is sound; the bound is for a device that edits it. */
static uint8_t find_capability(PCIDevice *d, uint8_t cap_id, uint8_t *prev_p)
{
    uint8_t prev = PCI_CAPABILITY_LIST, next;

    if (!(d->config[PCI_STATUS] & PCI_STATUS_CAP_LIST)) {
        return 0;
    }
    for (int i = 0; i < 64 && (next = d->config[prev]); i++) {
        if (d->config[next + PCI_CAP_LIST_ID] == cap_id) {
            if (prev_p) {
                *prev_p = prev;
            }
            return next;
        }
        prev = next + PCI_CAP_LIST_NEXT;
    }
    return 0;
}

uint8_t pci_find_capability(PCIDevice *pci_dev, uint8_t cap_id)
{
    return find_capability(pci_dev, cap_id, NULL);
}

void pci_del_capability(PCIDevice *pci_dev, uint8_t cap_id, uint8_t size)
{
    uint8_t prev = 0, offset = find_capability(pci_dev, cap_id, &prev);

    if (!offset) {
        return;
    }
    pci_dev->config[prev] = pci_dev->config[offset + PCI_CAP_LIST_NEXT];
    memset(pci_dev->config + offset, 0, size);
    memset(pci_dev->wmask + offset, 0xff, size);
    memset(pci_dev->w1cmask + offset, 0, size);
    memset(pci_dev->cmask + offset, 0, size);
    memset(pci_dev->used + offset, 0, ROUND_UP(size, 4));
    if (!pci_dev->config[PCI_CAPABILITY_LIST]) {
        pci_dev->config[PCI_STATUS] &= ~PCI_STATUS_CAP_LIST;
    }
}

/* ---- reset ---- */

static void pci_header_reset(PCIDevice *dev)
{
    static const uint8_t cleared[] = {PCI_COMMAND, PCI_COMMAND + 1, PCI_STATUS, PCI_STATUS + 1,
                                      PCI_CACHE_LINE_SIZE, PCI_INTERRUPT_LINE};

    pci_device_deassert_intx(dev);
    for (int i = 0; i < ARRAY_SIZE(cleared); i++) {
        dev->config[cleared[i]] &= ~(dev->wmask[cleared[i]] | dev->w1cmask[cleared[i]]);
    }
    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        PCIIORegion *r = &dev->io_regions[i];
        uint8_t *bar = dev->config + pci_bar(dev, i);

        if (!r->size) {
            continue;
        }
        if (!(r->type & PCI_BASE_ADDRESS_SPACE_IO) && (r->type & PCI_BASE_ADDRESS_MEM_TYPE_64)) {
            pci_set_quad(bar, r->type);
        } else {
            pci_set_long(bar, r->type);
        }
    }
    msi_reset(dev);
    msix_reset(dev);
    pci_update_mappings(dev);
}

void pci_device_reset(PCIDevice *dev)
{
    device_cold_reset(DEVICE(dev));
    pci_header_reset(dev);
}

/* ---- a function comes and goes ---- */

static void pci_config_alloc(PCIDevice *d)
{
    enum { N = PCI_CONFIG_SPACE_SIZE };

    d->conventional = g_malloc0(4 * N + pci_config_size(d));
    d->cmask = d->conventional;
    d->wmask = d->conventional + N;
    d->w1cmask = d->conventional + 2 * N;
    d->used = d->conventional + 3 * N;
    d->config = d->conventional + 4 * N;
}

static void pci_config_free(PCIDevice *d)
{
    g_clear_pointer(&d->conventional, g_free);
    g_clear_pointer(&d->extended, g_free);
    d->config = d->cmask = d->wmask = d->w1cmask = d->used = NULL;
}

/* Few functions have extended capabilities: a page for each mask is left to them. */
void pci_extend_masks(PCIDevice *d)
{
    uint8_t **masks[] = { &d->cmask, &d->wmask, &d->w1cmask };

    if (d->extended) {
        return;
    }
    d->extended = g_malloc0(3 * PCIE_CONFIG_SPACE_SIZE);
    for (int i = 0; i < ARRAY_SIZE(masks); i++) {
        uint8_t *mask = d->extended + i * PCIE_CONFIG_SPACE_SIZE;

        memcpy(mask, *masks[i], PCI_CONFIG_SPACE_SIZE);
        *masks[i] = mask;
    }
}

static void pci_init_masks(PCIDevice *d, bool is_bridge)
{
    /* What identifies a device must agree on both sides of a migration. */
    pci_set_word(d->cmask + PCI_VENDOR_ID, 0xffff);
    pci_set_word(d->cmask + PCI_DEVICE_ID, 0xffff);
    d->cmask[PCI_STATUS] = PCI_STATUS_CAP_LIST;
    d->cmask[PCI_REVISION_ID] = 0xff;
    d->cmask[PCI_CLASS_PROG] = 0xff;
    pci_set_word(d->cmask + PCI_CLASS_DEVICE, 0xffff);
    d->cmask[PCI_HEADER_TYPE] = 0xff;
    d->cmask[PCI_CAPABILITY_LIST] = 0xff;

    d->wmask[PCI_CACHE_LINE_SIZE] = 0xff;
    d->wmask[PCI_INTERRUPT_LINE] = 0xff;
    pci_set_word(d->wmask + PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
                                         PCI_COMMAND_INTX_DISABLE);
    if (d->cap_present & QEMU_PCI_CAP_SERR) {
        pci_word_test_and_set_mask(d->wmask + PCI_COMMAND, PCI_COMMAND_SERR);
    }
    pci_set_word(d->w1cmask + PCI_STATUS,
                 PCI_STATUS_PARITY | PCI_STATUS_SIG_TARGET_ABORT | PCI_STATUS_REC_TARGET_ABORT |
                 PCI_STATUS_REC_MASTER_ABORT | PCI_STATUS_SIG_SYSTEM_ERROR | PCI_STATUS_DETECTED_PARITY);
    /* The rest belongs to the device, which may keep scratch registers there. */
    memset(d->wmask + PCI_CONFIG_HEADER_SIZE, 0xff, PCI_CONFIG_SPACE_SIZE - PCI_CONFIG_HEADER_SIZE);

    if (is_bridge) {
        memset(d->wmask + PCI_PRIMARY_BUS, 0xff, 4);
        d->wmask[PCI_IO_BASE] = PCI_IO_RANGE_MASK & 0xff;
        d->wmask[PCI_IO_LIMIT] = PCI_IO_RANGE_MASK & 0xff;
        pci_set_word(d->wmask + PCI_MEMORY_BASE, 0xfff0);
        pci_set_word(d->wmask + PCI_MEMORY_LIMIT, 0xfff0);
        pci_set_word(d->wmask + PCI_PREF_MEMORY_BASE, 0xfff0);
        pci_set_word(d->wmask + PCI_PREF_MEMORY_LIMIT, 0xfff0);
        memset(d->wmask + PCI_PREF_BASE_UPPER32, 0xff, 8);
        pci_set_word(d->w1cmask + PCI_SEC_STATUS, 0xf900);
        pci_set_word(d->wmask + PCI_BRIDGE_CONTROL,
                     PCI_BRIDGE_CTL_PARITY | PCI_BRIDGE_CTL_SERR | PCI_BRIDGE_CTL_ISA | PCI_BRIDGE_CTL_VGA |
                     0x10 /* VGA 16-bit decode */ | PCI_BRIDGE_CTL_MASTER_ABORT | PCI_BRIDGE_CTL_BUS_RESET |
                     PCI_BRIDGE_CTL_FAST_BACK | 0x0300 /* discard timers */ | 0x0800);
        pci_set_word(d->w1cmask + PCI_BRIDGE_CONTROL, 0x0400 /* discard timer status */);
        pci_set_word(d->cmask + PCI_IO_BASE, (PCI_IO_RANGE_TYPE_MASK << 8) | PCI_IO_RANGE_TYPE_MASK);
        d->config[PCI_IO_BASE] = PCI_IO_RANGE_TYPE_16;
        d->config[PCI_IO_LIMIT] = PCI_IO_RANGE_TYPE_16;
        pci_set_word(d->config + PCI_PREF_MEMORY_BASE, PCI_PREF_RANGE_TYPE_64);
        pci_set_word(d->config + PCI_PREF_MEMORY_LIMIT, PCI_PREF_RANGE_TYPE_64);
    }
}

static bool pci_check_multifunction(PCIBus *bus, PCIDevice *dev, Error **errp)
{
    int slot = PCI_SLOT(dev->devfn);
    PCIDevice *f0 = bus->devices[PCI_DEVFN(slot, 0)];

    if (dev->cap_present & QEMU_PCI_CAP_MULTIFUNCTION) {
        dev->config[PCI_HEADER_TYPE] |= PCI_HEADER_TYPE_MULTI_FUNCTION;
    }
    if (PCI_FUNC(dev->devfn)) {
        if (f0 && !(f0->cap_present & QEMU_PCI_CAP_MULTIFUNCTION) && !(f0->exp.exp_cap &&
            pcie_find_capability(f0, PCI_EXT_CAP_ID_ARI))) {
            error_setg(errp, "PCI: function %x.%x: function 0 of the slot (%s) is not multifunction=on", slot,
                       PCI_FUNC(dev->devfn), f0->name);
            return false;
        }
        return true;
    }
    if (dev->cap_present & QEMU_PCI_CAP_MULTIFUNCTION) {
        return true;
    }
    for (int f = 1; f < PCI_FUNC_MAX; f++) {
        if (bus->devices[PCI_DEVFN(slot, f)]) {
            error_setg(errp, "PCI: %s at %x.0 must be multifunction=on: %x.%x is already in use", dev->name, slot,
                       slot, f);
            return false;
        }
    }
    return true;
}

static bool pci_pick_devfn(PCIBus *bus, PCIDevice *dev, Error **errp)
{
    int devfn = dev->devfn;

    if (devfn < 0) {
        /* A PCI Express link has one device. */
        int step = PCI_FUNC_MAX, end = PCI_DEVFN_MAX;

        for (devfn = bus->devfn_min; devfn < end; devfn += step) {
            if (!bus->devices[devfn] && !(bus->slot_reserved_mask & (1u << PCI_SLOT(devfn)))) {
                dev->devfn = devfn;
                return true;
            }
        }
        error_setg(errp, "PCI: no slot/function available for %s, all in use or reserved", dev->name);
        return false;
    }
    if (bus->slot_reserved_mask & (1u << PCI_SLOT(devfn))) {
        error_setg(errp, "PCI: slot %d function %d not available for %s, reserved", PCI_SLOT(devfn),
                   PCI_FUNC(devfn), dev->name);
        return false;
    }
    if (bus->devices[devfn]) {
        error_setg(errp, "PCI: slot %d function %d not available for %s, in use by %s,id=%s", PCI_SLOT(devfn),
                   PCI_FUNC(devfn), dev->name, bus->devices[devfn]->name, bus->devices[devfn]->qdev.id ?: "");
        return false;
    }
    if (PCI_FUNC(devfn) == 0 || !dev->qdev.hotplugged || !bus->devices[PCI_DEVFN(PCI_SLOT(devfn), 0)]) {
        return true;
    }
    error_setg(errp, "PCI: slot %d function 0 already occupied by %s, new func %s cannot be exposed to guest",
               PCI_SLOT(devfn), bus->devices[PCI_DEVFN(PCI_SLOT(devfn), 0)]->name, dev->name);
    return false;
}

static void pci_init_bus_master(PCIDevice *d)
{
    AddressSpace *dma_as = pci_device_iommu_address_space(d);

    memory_region_init(&d->bus_master_container_region, OBJECT(d), "bus master container", UINT64_MAX);
    memory_region_init_alias(&d->bus_master_enable_region, OBJECT(d), "bus master", dma_as->root, 0,
                             memory_region_size(dma_as->root));
    memory_region_set_enabled(&d->bus_master_enable_region, false);
    memory_region_add_subregion(&d->bus_master_container_region, 0, &d->bus_master_enable_region);
    address_space_init(&d->bus_master_as, &d->bus_master_container_region, d->name);
    d->bus_master_as.max_bounce_buffer_size = d->max_bounce_buffer_size;
}

static bool do_pci_register_device(PCIDevice *d, PCIBus *bus, Error **errp)
{
    PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(d);
    bool is_bridge = object_dynamic_cast(OBJECT(d), TYPE_PCI_BRIDGE) != NULL;

    g_strlcpy(d->name, object_get_typename(OBJECT(d)), sizeof(d->name));
    if (!pci_pick_devfn(bus, d, errp)) {
        return false;
    }
    pci_config_alloc(d);
    pci_config_set_vendor_id(d->config, pc->vendor_id);
    pci_config_set_device_id(d->config, pc->device_id);
    pci_config_set_revision(d->config, pc->revision);
    pci_config_set_class(d->config, pc->class_id);
    if (is_bridge) {
        d->config[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
    } else {
        pci_set_word(d->config + PCI_SUBSYSTEM_VENDOR_ID,
                     pc->subsystem_vendor_id ?: PCI_SUBVENDOR_ID_REDHAT_QUMRANET);
        pci_set_word(d->config + PCI_SUBSYSTEM_ID,
                     pc->subsystem_vendor_id || pc->subsystem_id ? pc->subsystem_id : PCI_SUBDEVICE_ID_QEMU);
    }
    pci_init_masks(d, is_bridge);
    if (!pci_check_multifunction(bus, d, errp)) {
        pci_config_free(d);
        return false;
    }
    pci_init_bus_master(d);
    d->config_read = pc->config_read ?: pci_default_read_config;
    d->config_write = pc->config_write ?: pci_default_write_config;
    d->version_id = PCI_VMSTATE_VERSION;
    bus->devices[d->devfn] = d;
    return true;
}

static void do_pci_unregister_device(PCIDevice *d)
{
    pci_device_deassert_intx(d);
    pci_get_bus(d)->devices[d->devfn] = NULL;
    address_space_destroy(&d->bus_master_as);
    memory_region_del_subregion(&d->bus_master_container_region, &d->bus_master_enable_region);
    object_unparent(OBJECT(&d->bus_master_enable_region));
    object_unparent(OBJECT(&d->bus_master_container_region));
    pci_config_free(d);
}

static void pci_unmap_bars(PCIDevice *d)
{
    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        PCIIORegion *r = &d->io_regions[i];

        if (r->size && r->addr != PCI_BAR_UNMAPPED) {
            memory_region_del_subregion(r->address_space, r->memory);
            r->addr = PCI_BAR_UNMAPPED;
        }
    }
}

/* An explicit romfile becomes the expansion ROM BAR; an empty one, or none, means no ROM. */
static bool pci_add_option_rom(PCIDevice *d, Error **errp)
{
    g_autofree char *data = NULL;
    g_autoptr(GError) gerr = NULL;
    g_autofree char *name = NULL;
    gsize len;
    uint64_t size = 2048;

    if (!d->romfile || !*d->romfile || !d->rom_bar) {
        return true;
    }
    if (!g_file_get_contents(d->romfile, &data, &len, &gerr)) {
        error_setg(errp, "%s: romfile: %s", d->name, gerr->message);
        return false;
    }
    if (len == 0 || len > PCI_ROM_SIZE_MAX) {
        error_setg(errp, "%s: romfile %s must have 1 byte to 16 MiB, it has %zu bytes", d->name, d->romfile, len);
        return false;
    }
    while (size < len) {
        size *= 2;
    }
    if (d->romsize != UINT32_MAX) {
        if (len > d->romsize || !is_power_of_2(d->romsize) || d->romsize > PCI_ROM_SIZE_MAX) {
            error_setg(errp, "%s: romsize must be a power of two up to 16 MiB that holds %s (%zu bytes)", d->name,
                       d->romfile, len);
            return false;
        }
        size = d->romsize;
    }
    name = g_strdup_printf("%s.rom", object_get_typename(OBJECT(d)));
    if (!memory_region_init_rom(&d->rom, OBJECT(d), name, size, errp)) {
        return false;
    }
    d->has_rom = true;
    memcpy(memory_region_get_ram_ptr(&d->rom), data, len);
    pci_register_bar(d, PCI_ROM_SLOT, 0, &d->rom);
    return true;
}

static void pci_qdev_unrealize(DeviceState *dev)
{
    PCIDevice *d = PCI_DEVICE(dev);
    PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(d);

    pci_unmap_bars(d);
    if (pc->exit) {
        pc->exit(d);
    }
    msix_uninit_exclusive_bar(d);
    msi_uninit(d);
    if (d->exp.exp_cap) {
        pcie_aer_exit(d);
    }
    do_pci_unregister_device(d);
}

static bool pci_check_bus_kind(PCIDevice *d, PCIBus *bus, Error **errp)
{
    bool conv = object_dynamic_cast(OBJECT(d), INTERFACE_CONVENTIONAL_PCI_DEVICE);
    bool pcie = object_dynamic_cast(OBJECT(d), INTERFACE_PCIE_DEVICE);

    if (pcie && !conv) {
        if (!pci_bus_is_express(bus)) {
            error_setg(errp, "%s is a PCI Express device: bus '%s' is conventional PCI, use a PCIe bus",
                       object_get_typename(OBJECT(d)), bus->qbus.name);
            return false;
        }
        d->cap_present |= QEMU_PCI_CAP_EXPRESS;
    }
    if (pci_bus_is_express(bus) && !pci_bus_is_root(bus) && PCI_SLOT(d->devfn) && d->devfn >= 0) {
        error_setg(errp, "PCI: slot %d is not valid for %s, parent device only allows plugging into slot 0.",
                   PCI_SLOT(d->devfn), object_get_typename(OBJECT(d)));
        return false;
    }
    return true;
}

static void pci_qdev_realize(DeviceState *qdev, Error **errp)
{
    PCIDevice *d = PCI_DEVICE(qdev);
    PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(d);
    PCIBus *bus = PCI_BUS(qdev_get_parent_bus(qdev));
    Error *err = NULL;

    if (!pci_check_bus_kind(d, bus, errp)) {
        return;
    }
    if (d->failover_pair_id) {
        error_setg(errp, "failover_pair_id is not supported by %s", object_get_typename(OBJECT(d)));
        return;
    }
    d->has_power = true;
    d->enabled = true;
    if (!do_pci_register_device(d, bus, errp)) {
        return;
    }
    if (pc->realize) {
        pc->realize(d, &err);
        if (err) {
            error_propagate(errp, err);
            pci_unmap_bars(d);
            do_pci_unregister_device(d);
            return;
        }
    }
    if (!pci_add_option_rom(d, errp)) {
        pci_qdev_unrealize(qdev);
    }
}

/* ---- helpers for machines ---- */

static PCIDevice *pci_new_internal(int devfn, bool multifunction, const char *name)
{
    DeviceState *dev = qdev_new(name);

    qdev_prop_set_int32(dev, "addr", devfn);
    if (multifunction) {
        qdev_prop_set_bit(dev, "multifunction", true);
    }
    return PCI_DEVICE(dev);
}

PCIDevice *pci_new(int devfn, const char *name)
{
    return pci_new_internal(devfn, false, name);
}

PCIDevice *pci_new_multifunction(int devfn, const char *name)
{
    return pci_new_internal(devfn, true, name);
}

bool pci_realize_and_unref(PCIDevice *dev, PCIBus *bus, Error **errp)
{
    return qdev_realize_and_unref(DEVICE(dev), BUS(bus), errp);
}

PCIDevice *pci_create_simple(PCIBus *bus, int devfn, const char *name)
{
    PCIDevice *dev = pci_new(devfn, name);

    pci_realize_and_unref(dev, bus, &error_fatal);
    return dev;
}

PCIDevice *pci_create_simple_multifunction(PCIBus *bus, int devfn, const char *name)
{
    PCIDevice *dev = pci_new_multifunction(devfn, name);

    pci_realize_and_unref(dev, bus, &error_fatal);
    return dev;
}

static const Property pci_props[] = {
    DEFINE_PROP("addr", PCIDevice, devfn, qdev_prop_pci_devfn, int32_t, .defval.i = -1, .set_default = true),
    DEFINE_PROP_STRING("romfile", PCIDevice, romfile),
    DEFINE_PROP_UINT32("romsize", PCIDevice, romsize, UINT32_MAX),
    DEFINE_PROP_INT32("rombar", PCIDevice, rom_bar, 1),
    DEFINE_PROP_BIT("multifunction", PCIDevice, cap_present, QEMU_PCI_CAP_MULTIFUNCTION_BITNR, false),
    DEFINE_PROP_BIT("x-pcie-lnksta-dllla", PCIDevice, cap_present, QEMU_PCIE_LNKSTA_DLLLA_BITNR, true),
    DEFINE_PROP_BIT("x-pcie-extcap-init", PCIDevice, cap_present, QEMU_PCIE_EXTCAP_INIT_BITNR, true),
    DEFINE_PROP_STRING("failover_pair_id", PCIDevice, failover_pair_id),
    DEFINE_PROP_UINT32("acpi-index", PCIDevice, acpi_index, 0),
    DEFINE_PROP_SIZE("x-max-bounce-buffer-size", PCIDevice, max_bounce_buffer_size, DEFAULT_MAX_BOUNCE_BUFFER_SIZE),
};

static void pci_device_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *k = DEVICE_CLASS(klass);

    k->realize = pci_qdev_realize;
    k->unrealize = pci_qdev_unrealize;
    k->bus_type = TYPE_PCI_BUS;
    device_class_set_props(k, pci_props);
}

static void pci_device_class_base_init(ObjectClass *klass, const void *data)
{
    bool abstract = object_class_is_abstract(klass);

    if (!abstract && !object_class_dynamic_cast(klass, INTERFACE_CONVENTIONAL_PCI_DEVICE) &&
        !object_class_dynamic_cast(klass, INTERFACE_PCIE_DEVICE)) {
        warn_report("type %s names no PCI bus interface", object_class_get_name(klass));
    }
}

static const TypeInfo pci_types[] = {
    {
        .name = TYPE_PCI_BUS,
        .parent = TYPE_BUS,
        .instance_size = sizeof(PCIBus),
        .class_size = sizeof(PCIBusClass),
        .class_init = pci_bus_class_init,
    },
    { .name = TYPE_PCIE_BUS, .parent = TYPE_PCI_BUS },
    { .name = INTERFACE_PCIE_DEVICE, .parent = TYPE_INTERFACE },
    { .name = INTERFACE_CONVENTIONAL_PCI_DEVICE, .parent = TYPE_INTERFACE },
    {
        .name = TYPE_PCI_DEVICE,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(PCIDevice),
        .abstract = true,
        .class_size = sizeof(PCIDeviceClass),
        .class_init = pci_device_class_init,
        .class_base_init = pci_device_class_base_init,
    },
};

DEFINE_TYPES(pci_types)
