/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI PCI hot-plug: registers, numbering of buses, plug and unplug. See hw/acpi/pcihp.h. Runs under the BQL. */
#include "qemu/osdep.h"
#include "hw/acpi/pcihp.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_device.h"
#include "qapi/error.h"
#include "qemu/timer.h"

/* A guest that has not looked at its request by then is asked again by the next device_del. */
#define UNPLUG_PATIENCE_MS 1000

/* ---- Buses and slots ---- */

int acpi_pcihp_bus_number(const AcpiPciHpState *s, const PCIBus *bus)
{
    for (unsigned i = 0; i < s->nr_buses; i++) {
        if (s->buses[i] == bus) {
            return i;
        }
    }
    return -1;
}

/* Before its own children; children youngest first, which is the order that streams of the reference count in. */
static void number_bus(AcpiPciHpState *s, PCIBus *bus)
{
    g_autoptr(GSList) children = g_slist_reverse(g_slist_copy(bus->child));

    if (qbus_is_hotpluggable(BUS(bus)) && s->nr_buses < ACPI_PCIHP_MAX_HOTPLUG_BUS) {
        s->buses[s->nr_buses++] = bus;
    }
    for (GSList *l = children; l; l = l->next) {
        number_bus(s, l->data);
    }
}

void acpi_pcihp_number_buses(AcpiPciHpState *s)
{
    s->nr_buses = 0;
    if (s->root) {
        number_bus(s, s->root);
    }
}

/* Bridges that the tables describe stay: their slots are named there. */
static bool fixed(const PCIDevice *d)
{
    return !DEVICE_GET_CLASS(d)->hotpluggable ||
           (object_dynamic_cast(OBJECT(d), TYPE_PCI_BRIDGE) && !d->qdev.hotplugged);
}

bool acpi_pcihp_slot_removable(const PCIBus *bus, unsigned slot)
{
    if (PCI_DEVFN(slot, 0) < bus->devfn_min || (bus->slot_reserved_mask & (1u << slot))) {
        return false;
    }
    for (int f = 0; f < PCI_FUNC_MAX; f++) {
        const PCIDevice *d = bus->devices[PCI_DEVFN(slot, f)];

        if (d && fixed(d)) {
            return false;
        }
    }
    return true;
}

static uint32_t removable_slots(const PCIBus *bus)
{
    uint32_t mask = 0;

    for (unsigned slot = 0; slot < PCI_SLOT_MAX; slot++) {
        mask |= (uint32_t)acpi_pcihp_slot_removable(bus, slot) << slot;
    }
    return mask;
}

/* ---- Eject ---- */

static void eject_slot(AcpiPciHpState *s, unsigned number, unsigned slot)
{
    PCIBus *bus = s->buses[number];

    s->acpi_pcihp_pci_status[number].down &= ~(1u << slot);
    s->acpi_pcihp_pci_status[number].up &= ~(1u << slot);
    if (!acpi_pcihp_slot_removable(bus, slot)) {
        return;
    }
    for (int f = PCI_FUNC_MAX - 1; f >= 0; f--) {
        PCIDevice *d = bus->devices[PCI_DEVFN(slot, f)];

        if (d) {
            hotplug_handler_unplug(bus->qbus.hotplug_handler, DEVICE(d), NULL);
            object_unparent(OBJECT(d));
        }
    }
}

static void eject_slots(AcpiPciHpState *s, unsigned number, uint32_t slots)
{
    for (unsigned slot = 0; slot < PCI_SLOT_MAX; slot++) {
        if (slots & (1u << slot)) {
            eject_slot(s, number, slot);
        }
    }
}

void acpi_pcihp_reset(AcpiPciHpState *s)
{
    for (unsigned i = 0; i < s->nr_buses; i++) {
        eject_slots(s, i, s->acpi_pcihp_pci_status[i].down);
    }
    memset(s->acpi_pcihp_pci_status, 0, sizeof(s->acpi_pcihp_pci_status));
    s->hotplug_select = 0;
    s->acpi_index = 0;
}

/* ---- Registers ---- */

static uint64_t pcihp_read(void *opaque, hwaddr addr, unsigned size)
{
    AcpiPciHpState *s = opaque;
    AcpiPciHpPciStatus *status;
    uint32_t val;

    if (addr == ACPI_PCIHP_SELECT) {
        return s->hotplug_select;
    }
    if (s->hotplug_select >= s->nr_buses) {
        return 0;
    }
    status = &s->acpi_pcihp_pci_status[s->hotplug_select];
    switch (addr) {
    case ACPI_PCIHP_UP:
        val = status->up;
        status->up = 0;
        return val;
    case ACPI_PCIHP_DOWN:
        return status->down;
    case ACPI_PCIHP_REMOVABLE:
        return removable_slots(s->buses[s->hotplug_select]);
    case ACPI_PCIHP_INDEX:
        val = s->acpi_index;
        s->acpi_index = 0;
        return val;
    default:
        return 0;
    }
}

static void pcihp_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    AcpiPciHpState *s = opaque;
    PCIDevice *d;

    if (addr == ACPI_PCIHP_SELECT) {
        s->hotplug_select = data;
        return;
    }
    if (s->hotplug_select >= s->nr_buses) {
        return;
    }
    switch (addr) {
    case ACPI_PCIHP_EJECT:
        eject_slots(s, s->hotplug_select, data);
        break;
    case ACPI_PCIHP_INDEX:
        d = (uint32_t)data ? s->buses[s->hotplug_select]->devices[PCI_DEVFN(__builtin_ctz(data), 0)] : NULL;
        s->acpi_index = d ? d->acpi_index : 0;
        break;
    }
}

static const MemoryRegionOps pcihp_ops = {
    .read = pcihp_read,
    .write = pcihp_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
};

void acpi_pcihp_init(Object *owner, AcpiPciHpState *s, PCIBus *root, MemoryRegion *io, uint16_t io_base)
{
    s->root = root;
    memory_region_init_io(&s->io, owner, &pcihp_ops, s, "acpi-pci-hotplug", ACPI_PCIHP_SIZE);
    memory_region_add_subregion(io, io_base, &s->io);
}

/* ---- Plug and unplug ---- */

void acpi_pcihp_device_pre_plug(AcpiPciHpState *s, DeviceState *dev, Error **errp)
{
    PCIBus *bus = PCI_BUS(dev->parent_bus);

    if (dev->hotplugged && acpi_pcihp_bus_number(s, bus) < 0) {
        error_setg(errp, "Bus '%s' is not described to the guest: it cannot be told of a new device there",
                   bus->qbus.name);
    }
}

bool acpi_pcihp_device_plug(AcpiPciHpState *s, HotplugHandler *handler, DeviceState *dev, bool bridges)
{
    PCIDevice *d = PCI_DEVICE(dev);

    if (!dev->hotplugged) {
        if (bridges && object_dynamic_cast(OBJECT(dev), TYPE_PCI_BRIDGE)) {
            qbus_set_hotplug_handler(BUS(pci_bridge_get_sec_bus(PCI_BRIDGE(d))), OBJECT(handler));
        }
        return false;
    }
    s->acpi_pcihp_pci_status[acpi_pcihp_bus_number(s, pci_get_bus(d))].up |= 1u << PCI_SLOT(d->devfn);
    return true;
}

bool acpi_pcihp_device_unplug_request(AcpiPciHpState *s, DeviceState *dev, Error **errp)
{
    PCIDevice *d = PCI_DEVICE(dev);
    PCIBus *bus = pci_get_bus(d);
    int number = acpi_pcihp_bus_number(s, bus);

    if (number < 0) {
        error_setg(errp, "Bus '%s' is not described to the guest: it cannot be asked to let go of a device there",
                   bus->qbus.name);
        return false;
    }
    if (!acpi_pcihp_slot_removable(bus, PCI_SLOT(d->devfn))) {
        error_setg(errp, "Slot %u of bus '%s' holds a device that cannot be removed", PCI_SLOT(d->devfn),
                   bus->qbus.name);
        return false;
    }
    dev->pending_deleted_event = true;
    dev->pending_deleted_expires_ms = qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + UNPLUG_PATIENCE_MS;
    s->acpi_pcihp_pci_status[number].down |= 1u << PCI_SLOT(d->devfn);
    return true;
}
