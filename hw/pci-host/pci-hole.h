/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The address ranges a PC's host bridge leaves to PCI, as properties that ACPI tables are made from. */
#ifndef HW_PCI_HOST_PCI_HOLE_H
#define HW_PCI_HOST_PCI_HOLE_H

#include "hw/pci/pci.h"

void pci_hole_add_properties(ObjectClass *klass, ObjectPropertyAccessor *get);
/*
 * Answer the property @name: below 4 GiB the hole is [@below_4g, @end32); above, what 64-bit BARs use now, extended
 * to at least @hole64_size bytes from the first GiB boundary over RAM (0: only what is used).
 */
void pci_hole_get(PCIBus *bus, const char *name, uint64_t below_4g, uint64_t end32, uint64_t above_4g,
                  uint64_t hole64_size, Visitor *v, Error **errp);

#endif
