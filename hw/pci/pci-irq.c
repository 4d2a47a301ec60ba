// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * INTx: four pins per function, swizzled at each bridge (PCI-to-PCI Bridge 1.2, 9.1) until a root bus maps them to
 * one of its lines. A root line is the OR of all functions that assert it: irq_count[] counts them.
 */
#include "qemu/osdep.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "pci-internal.h"

static bool pci_irq_state(const PCIDevice *d, int pin)
{
    return (d->irq_state >> pin) & 1;
}

void pci_bus_irqs(PCIBus *bus, pci_set_irq_fn set_irq, void *irq_opaque, int nirq)
{
    pci_bus_irqs_cleanup(bus);
    bus->set_irq = set_irq;
    bus->irq_opaque = irq_opaque;
    bus->nirq = nirq;
    bus->irq_count = g_new0(int32_t, nirq);
}

void pci_bus_map_irqs(PCIBus *bus, pci_map_irq_fn map_irq)
{
    bus->map_irq = map_irq;
}

void pci_bus_irqs_cleanup(PCIBus *bus)
{
    bus->set_irq = NULL;
    bus->irq_opaque = NULL;
    bus->nirq = 0;
    g_clear_pointer(&bus->irq_count, g_free);
}

int pci_bus_get_irq_level(PCIBus *bus, int irq_num)
{
    return irq_num >= 0 && irq_num < bus->nirq && bus->irq_count[irq_num] != 0;
}

int pci_swizzle_map_irq_fn(PCIDevice *pci_dev, int pin)
{
    return pci_swizzle(PCI_SLOT(pci_dev->devfn), pin);
}

/* From @d's @pin up to the root: the root's line, or -1 when nothing is connected. */
static int pci_irq_route(PCIDevice *d, int pin, PCIBus **root)
{
    for (;;) {
        PCIBus *bus = pci_get_bus(d);

        if (!bus->map_irq) {
            return -1;
        }
        pin = bus->map_irq(d, pin);
        if (pci_bus_is_root(bus)) {
            *root = bus;
            return bus->set_irq && pin >= 0 && pin < bus->nirq ? pin : -1;
        }
        d = bus->parent_dev;
    }
}

static void pci_change_irq_level(PCIDevice *d, int pin, int change)
{
    PCIBus *root;
    int line = pci_irq_route(d, pin, &root);

    if (line >= 0) {
        root->irq_count[line] += change;
        root->set_irq(root->irq_opaque, line, root->irq_count[line] != 0);
    }
}

bool pci_irq_disabled(const PCIDevice *d)
{
    return pci_get_word(d->config + PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE;
}

void pci_update_irq_status(PCIDevice *d)
{
    if (d->irq_state) {
        d->config[PCI_STATUS] |= PCI_STATUS_INTERRUPT;
    } else {
        d->config[PCI_STATUS] &= ~PCI_STATUS_INTERRUPT;
    }
}

void pci_update_irq_disabled(PCIDevice *d, bool was_disabled)
{
    bool disabled = pci_irq_disabled(d);

    if (disabled == was_disabled) {
        return;
    }
    for (int pin = 0; pin < PCI_NUM_PINS; pin++) {
        if (pci_irq_state(d, pin)) {
            pci_change_irq_level(d, pin, disabled ? -1 : 1);
        }
    }
}

static void pci_irq_handler(void *opaque, int pin, int level)
{
    PCIDevice *d = opaque;
    int change = !!level - pci_irq_state(d, pin);

    if (!change) {
        return;
    }
    d->irq_state ^= 1u << pin;
    pci_update_irq_status(d);
    if (!pci_irq_disabled(d)) {
        pci_change_irq_level(d, pin, change);
    }
}

void pci_set_irq(PCIDevice *d, int level)
{
    int pin = pci_intx(d);

    if (pin >= 0 && pin < PCI_NUM_PINS) {
        pci_irq_handler(d, pin, level);
    }
}

qemu_irq pci_allocate_irq(PCIDevice *d)
{
    return qemu_allocate_irq(pci_irq_handler, d, pci_intx(d));
}

void pci_device_deassert_intx(PCIDevice *d)
{
    for (int pin = 0; pin < PCI_NUM_PINS; pin++) {
        pci_irq_handler(d, pin, 0);
    }
}

/* ---- where a pin ends, for those who bypass the lines ---- */

void pci_bus_set_route_irq_fn(PCIBus *bus, pci_route_irq_fn fn)
{
    bus->route_intx_to_irq = fn;
}

PCIINTxRoute pci_device_route_intx_to_irq(PCIDevice *dev, int pin)
{
    PCIINTxRoute none = { .mode = PCI_INTX_DISABLED, .irq = -1 };
    PCIBus *root;
    int line = pci_irq_route(dev, pin, &root);

    return line >= 0 && root->route_intx_to_irq ? root->route_intx_to_irq(root->irq_opaque, line) : none;
}

bool pci_intx_route_changed(PCIINTxRoute *old, PCIINTxRoute *new)
{
    return old->mode != new->mode || old->irq != new->irq;
}

void pci_device_set_intx_routing_notifier(PCIDevice *dev, PCIINTxRoutingNotifier notifier)
{
    dev->intx_routing_notifier = notifier;
}

static void fire_one(PCIBus *bus, PCIDevice *d, void *opaque)
{
    if (d->intx_routing_notifier) {
        d->intx_routing_notifier(d);
    }
}

static void fire_bus(PCIBus *bus, void *opaque)
{
    pci_for_each_device_under_bus(bus, fire_one, NULL);
}

void pci_bus_fire_intx_routing_notifier(PCIBus *bus)
{
    pci_for_each_bus(bus, fire_bus, NULL);
}

MSIMessage pci_get_msi_message(PCIDevice *dev, int vector)
{
    return msix_enabled(dev) ? msix_get_message(dev, vector) : msi_get_message(dev, vector);
}

void pci_set_msi_message(PCIDevice *dev, int vector, MSIMessage msg)
{
    if (msix_enabled(dev)) {
        msix_set_message(dev, vector, msg);
    } else {
        msi_set_message(dev, msg);
    }
}
