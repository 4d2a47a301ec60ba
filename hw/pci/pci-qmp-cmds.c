// SPDX-License-Identifier: GPL-2.0-or-later
/* query-pci: the tree as the guest programmed it. */
#include "qemu/osdep.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "qapi/qapi-commands-pci.h"

static PciDeviceInfoList *devices_of(PCIBus *bus, int bus_num);

static const char *class_desc(uint16_t class)
{
    static const struct { uint16_t class; const char *desc; } names[] = {
        { PCI_CLASS_STORAGE_SCSI, "SCSI controller" }, { PCI_CLASS_STORAGE_IDE, "IDE controller" },
        { PCI_CLASS_STORAGE_SATA, "SATA controller" }, { PCI_CLASS_STORAGE_EXPRESS, "NVMe controller" },
        { PCI_CLASS_NETWORK_ETHERNET, "Ethernet controller" }, { PCI_CLASS_DISPLAY_VGA, "VGA controller" },
        { PCI_CLASS_BRIDGE_HOST, "Host bridge" }, { PCI_CLASS_BRIDGE_ISA, "ISA bridge" },
        { PCI_CLASS_BRIDGE_PCI, "PCI bridge" }, { PCI_CLASS_BRIDGE_OTHER, "Bridge" },
        { PCI_CLASS_SERIAL_USB, "USB controller" }, { PCI_CLASS_SERIAL_SMBUS, "SMBus" },
    };

    for (int i = 0; i < ARRAY_SIZE(names); i++) {
        if (names[i].class == class) {
            return names[i].desc;
        }
    }
    return NULL;
}

static PciMemoryRegionList *regions_of(PCIDevice *d)
{
    PciMemoryRegionList *head = NULL, **tail = &head;

    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        PCIIORegion *r = &d->io_regions[i];
        PciMemoryRegion *m;

        if (!r->size) {
            continue;
        }
        m = g_new0(PciMemoryRegion, 1);
        m->bar = i;
        m->address = r->addr;
        m->size = r->size;
        if (r->type & PCI_BASE_ADDRESS_SPACE_IO) {
            m->type = g_strdup("io");
        } else {
            m->type = g_strdup("memory");
            m->has_prefetch = m->has_mem_type_64 = true;
            m->prefetch = r->type & PCI_BASE_ADDRESS_MEM_PREFETCH;
            m->mem_type_64 = r->type & PCI_BASE_ADDRESS_MEM_TYPE_64;
        }
        QAPI_LIST_APPEND(tail, m);
    }
    return head;
}

static PciMemoryRange *range_of(PCIDevice *d, uint8_t type)
{
    PciMemoryRange *r = g_new0(PciMemoryRange, 1);

    r->base = pci_bridge_get_base(d, type);
    r->limit = pci_bridge_get_limit(d, type);
    return r;
}

static PciBridgeInfo *bridge_of(PCIDevice *d)
{
    PciBridgeInfo *b = g_new0(PciBridgeInfo, 1);

    b->bus = g_new0(PciBusInfo, 1);
    b->bus->number = d->config[PCI_PRIMARY_BUS];
    b->bus->secondary = d->config[PCI_SECONDARY_BUS];
    b->bus->subordinate = d->config[PCI_SUBORDINATE_BUS];
    b->bus->io_range = range_of(d, PCI_BASE_ADDRESS_SPACE_IO);
    b->bus->memory_range = range_of(d, 0);
    b->bus->prefetchable_range = range_of(d, PCI_BASE_ADDRESS_MEM_PREFETCH);
    if (d->config[PCI_SECONDARY_BUS]) {
        b->devices = devices_of(pci_bridge_get_sec_bus(PCI_BRIDGE(d)), d->config[PCI_SECONDARY_BUS]);
    }
    return b;
}

static PciDeviceInfo *device_of(PCIDevice *d, int bus_num)
{
    PciDeviceInfo *i = g_new0(PciDeviceInfo, 1);
    uint16_t class = pci_get_word(d->config + PCI_CLASS_DEVICE);

    i->bus = bus_num;
    i->slot = PCI_SLOT(d->devfn);
    i->function = PCI_FUNC(d->devfn);
    i->class_info = g_new0(PciDeviceClass, 1);
    i->class_info->class = class;
    i->class_info->desc = g_strdup(class_desc(class));
    i->id = g_new0(PciDeviceId, 1);
    i->id->vendor = pci_get_word(d->config + PCI_VENDOR_ID);
    i->id->device = pci_get_word(d->config + PCI_DEVICE_ID);
    i->regions = regions_of(d);
    i->qdev_id = g_strdup(d->qdev.id ?: "");
    i->irq_pin = d->config[PCI_INTERRUPT_PIN];
    if (i->irq_pin) {
        i->has_irq = true;
        i->irq = d->config[PCI_INTERRUPT_LINE];
    }
    if (object_dynamic_cast(OBJECT(d), TYPE_PCI_BRIDGE)) {
        i->pci_bridge = bridge_of(d);
    } else {
        i->id->has_subsystem = i->id->has_subsystem_vendor = true;
        i->id->subsystem = pci_get_word(d->config + PCI_SUBSYSTEM_ID);
        i->id->subsystem_vendor = pci_get_word(d->config + PCI_SUBSYSTEM_VENDOR_ID);
    }
    return i;
}

static PciDeviceInfoList *devices_of(PCIBus *bus, int bus_num)
{
    PciDeviceInfoList *head = NULL, **tail = &head;

    for (int i = 0; i < PCI_DEVFN_MAX; i++) {
        if (bus->devices[i]) {
            QAPI_LIST_APPEND(tail, device_of(bus->devices[i], bus_num));
        }
    }
    return head;
}

PciInfoList *qmp_query_pci(Error **errp)
{
    PciInfoList *head = NULL, **tail = &head;

    for (GSList *l = pci_host_list(); l; l = l->next) {
        PciInfo *i = g_new0(PciInfo, 1);

        i->bus = pci_bus_num(l->data);
        i->devices = devices_of(l->data, i->bus);
        QAPI_LIST_APPEND(tail, i);
    }
    return head;
}
