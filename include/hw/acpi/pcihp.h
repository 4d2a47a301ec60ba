/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACPI PCI hot-plug: registers through which AML learns which slots of a numbered bus came up or should go down, and
 * through which it ejects one. A bit stands for a slot (device number); buses are numbered once, at start.
 *
 *      port     read                                     write
 *     +0x00    slots that came up; reading clears
 *     +0x04    slots asked to go down
 *     +0x08    0                                        eject these slots
 *     +0x0c    slots that can be ejected
 *     +0x10    number of the selected bus               select a bus
 *     +0x14    acpi-index of the chosen slot; clears     choose a slot (one bit)
 *
 *   device_add --> up bit, GPE 1 --> AML: device check --> guest enumerates the slot
 *   device_del --> down bit, GPE 1 --> AML: eject request --> guest lets go, _EJ0 --> eject register --> device goes
 *
 * The down bit stays until the device is gone, and a device_del may be repeated. Resetting the machine carries out what
 * is asked for. Runs under the BQL.
 */
#ifndef HW_ACPI_PCIHP_H
#define HW_ACPI_PCIHP_H

#include "hw/acpi/acpi.h"
#include "hw/pci/pci_bus.h"
#include "migration/vmstate.h"

#define ACPI_PCIHP_IO_BASE_PIIX4 0xae00
#define ACPI_PCIHP_SIZE 0x18
#define ACPI_PCIHP_MAX_HOTPLUG_BUS 256

#define ACPI_PCIHP_UP 0x00
#define ACPI_PCIHP_DOWN 0x04
#define ACPI_PCIHP_EJECT 0x08
#define ACPI_PCIHP_REMOVABLE 0x0c
#define ACPI_PCIHP_SELECT 0x10
#define ACPI_PCIHP_INDEX 0x14

typedef struct AcpiPciHpPciStatus {
    uint32_t up;
    uint32_t down;
} AcpiPciHpPciStatus;

typedef struct AcpiPciHpState {
    uint32_t hotplug_select;
    uint32_t acpi_index;
    AcpiPciHpPciStatus acpi_pcihp_pci_status[ACPI_PCIHP_MAX_HOTPLUG_BUS];
    PCIBus *root;                    /* NULL: not set up */
    PCIBus *buses[ACPI_PCIHP_MAX_HOTPLUG_BUS];       /* by number */
    unsigned nr_buses;
    MemoryRegion io;
} AcpiPciHpState;

/* The registers, at @io_base of @io. */
void acpi_pcihp_init(Object *owner, AcpiPciHpState *s, PCIBus *root, MemoryRegion *io, uint16_t io_base);
/* Once all devices of the command line are there: give numbers to the buses that take hot-plug. */
void acpi_pcihp_number_buses(AcpiPciHpState *s);
void acpi_pcihp_reset(AcpiPciHpState *s);

/* The number of @bus, or -1: it takes no hot-plug. */
int acpi_pcihp_bus_number(const AcpiPciHpState *s, const PCIBus *bus);
/* May @slot be filled and emptied while the machine runs? */
bool acpi_pcihp_slot_removable(const PCIBus *bus, unsigned slot);

/* For the hot-plug handler of the owner. True from the last two: it must raise ACPI_PCI_HOTPLUG_STATUS. */
void acpi_pcihp_device_pre_plug(AcpiPciHpState *s, DeviceState *dev, Error **errp);
bool acpi_pcihp_device_plug(AcpiPciHpState *s, HotplugHandler *handler, DeviceState *dev, bool bridges);
bool acpi_pcihp_device_unplug_request(AcpiPciHpState *s, DeviceState *dev, Error **errp);

extern const VMStateDescription vmstate_acpi_pcihp_pci_status;

/* The part of memory hot-plug state that a machine without slots has. */
typedef struct AcpiMemHpVmstate {
    uint32_t selector;
} AcpiMemHpVmstate;

extern const VMStateDescription vmstate_acpi_memhp_empty;

/*
 * CPU hot-plug registers as another emulator's firmware left them: kept and handed on, since no processor comes or goes
 * here. `modern`: they are part of the stream.
 */
typedef struct AcpiCpuHpDev {
    bool is_inserting, is_removing;
    uint32_t ost_event, ost_status;
} AcpiCpuHpDev;

typedef struct AcpiCpuHpVmstate {
    uint32_t selector;
    uint8_t command;
    uint32_t dev_count;             /* processors the machine may have */
    AcpiCpuHpDev *devs;
    bool modern;
} AcpiCpuHpVmstate;

void acpi_cpuhp_vmstate_init(AcpiCpuHpVmstate *s);
void acpi_cpuhp_vmstate_reset(AcpiCpuHpVmstate *s);
extern const VMStateDescription vmstate_acpi_cpuhp;

#endif
