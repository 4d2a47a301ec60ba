// SPDX-License-Identifier: GPL-2.0-or-later
/* See pci-hole.h. */
#include "qemu/osdep.h"
#include "pci-hole.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "hw/pci/pci_host.h"
#include "qapi/visitor.h"
#include "qemu/units.h"

typedef struct Range64 {
    uint64_t start, end;        /* end: one past the last byte; start == end: empty */
} Range64;

static void extend(PCIBus *bus, PCIDevice *d, void *opaque)
{
    Range64 *r = opaque;

    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        PCIIORegion *b = &d->io_regions[i];

        if (!b->size || (b->type & PCI_BASE_ADDRESS_SPACE_IO) || b->addr == PCI_BAR_UNMAPPED || b->addr < 4 * GiB) {
            continue;
        }
        if (r->start == r->end) {
            *r = (Range64) { b->addr, b->addr + b->size };
        } else {
            r->start = MIN(r->start, b->addr);
            r->end = MAX(r->end, b->addr + b->size);
        }
    }
}

static void extend_bus(PCIBus *bus, void *opaque)
{
    pci_for_each_device_under_bus(bus, extend, opaque);
}

void pci_hole_get(PCIBus *bus, const char *name, uint64_t below_4g, uint64_t end32, uint64_t above_4g,
                  uint64_t hole64_size, Visitor *v, Error **errp)
{
    Range64 r = { 0, 0 };
    uint64_t val = 0;

    if (g_str_equal(name, PCI_HOST_PROP_PCI_HOLE_START) || g_str_equal(name, PCI_HOST_PROP_PCI_HOLE_END)) {
        uint32_t v32 = g_str_equal(name, PCI_HOST_PROP_PCI_HOLE_START) ? below_4g : end32;

        visit_type_uint32(v, name, &v32, errp);
        return;
    }
    pci_for_each_bus(bus, extend_bus, &r);
    if (hole64_size) {
        uint64_t first = ROUND_UP(4 * GiB + above_4g, 1 * GiB);

        if (r.start == r.end) {
            r.start = first;
        }
        r.end = MAX(r.end, ROUND_UP(r.start + hole64_size, 1 * GiB));
    }
    if (r.start != r.end) {
        val = g_str_equal(name, PCI_HOST_PROP_PCI_HOLE64_START) ? r.start : r.end - 1;
    }
    visit_type_uint64(v, name, &val, errp);
}

void pci_hole_add_properties(ObjectClass *klass, ObjectPropertyAccessor *get)
{
    object_class_property_add(klass, PCI_HOST_PROP_PCI_HOLE_START, "uint32", get, NULL, NULL, NULL);
    object_class_property_add(klass, PCI_HOST_PROP_PCI_HOLE_END, "uint32", get, NULL, NULL, NULL);
    object_class_property_add(klass, PCI_HOST_PROP_PCI_HOLE64_START, "uint64", get, NULL, NULL, NULL);
    object_class_property_add(klass, PCI_HOST_PROP_PCI_HOLE64_END, "uint64", get, NULL, NULL, NULL);
}
