/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ISA bus: port space, sixteen interrupt lines and the DMA controllers, as a PCI-to-ISA bridge (or microvm's
 * bare bridge) offers them to the devices behind it.
 *
 * A bridge calls isa_bus_new() when it is realized and the machine hands over the sixteen lines with
 * isa_bus_register_input_irqs(). All calls run under the BQL.
 */
#ifndef HW_ISA_ISA_H
#define HW_ISA_ISA_H

#include "system/memory.h"
#include "hw/core/qdev.h"
#include "qom/object.h"

#define ISA_NUM_IRQS 16

#define TYPE_ISA_DEVICE "isa-device"
OBJECT_DECLARE_TYPE(ISADevice, ISADeviceClass, ISA_DEVICE)

#define TYPE_ISA_BUS "ISA"
OBJECT_DECLARE_SIMPLE_TYPE(ISABus, ISA_BUS)

/* What an ACPI namespace needs to know of a device; implemented by devices through acpi_dev_aml_interface. */
struct ISADeviceClass {
    DeviceClass parent_class;
};

/* One 8237 controller as its client devices see it (floppy, sound). */
typedef int (*IsaDmaTransferHandler)(void *opaque, int nchan, int pos, int size);
typedef struct IsaDma IsaDma;

struct ISABus {
    BusState parent_obj;

    MemoryRegion *address_space;
    MemoryRegion *address_space_io;
    qemu_irq *irqs_in;
    IsaDma *dma[2];
};

struct ISADevice {
    DeviceState parent_obj;

    int ioport_id;          /* first port registered, -1 when none: names the device in its bus path */
};

ISABus *isa_bus_new(DeviceState *dev, MemoryRegion *address_space, MemoryRegion *address_space_io, Error **errp);
void isa_bus_register_input_irqs(ISABus *bus, qemu_irq *irqs_in);
void isa_bus_dma(ISABus *bus, IsaDma *dma8, IsaDma *dma16);
IsaDma *isa_bus_get_dma(ISABus *bus, int nchan);
qemu_irq isa_bus_get_irq(ISABus *bus, unsigned irqnum);

/* The line @isairq of the bus @dev sits on. */
qemu_irq isa_get_irq(ISADevice *dev, unsigned isairq);
/* Wire output @gpioirq of @isadev to bus line @isairq. */
void isa_connect_gpio_out(ISADevice *isadev, int gpioirq, unsigned isairq);

MemoryRegion *isa_address_space(ISADevice *dev);
MemoryRegion *isa_address_space_io(ISADevice *dev);
ISABus *isa_bus_from_device(ISADevice *dev);

ISADevice *isa_new(const char *name);
ISADevice *isa_try_new(const char *name);
bool isa_realize_and_unref(ISADevice *dev, ISABus *bus, Error **errp);
ISADevice *isa_create_simple(ISABus *bus, const char *name);

/* Put @io at port @start of the bus and remember @start for the device's path. */
void isa_register_ioport(ISADevice *dev, MemoryRegion *io, uint16_t start);

#endif
