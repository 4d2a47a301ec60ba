/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that both chipsets take to come up, around what only one of them has (pc_piix.c, pc_q35.c). Start-up, BQL. */
#include "qemu/osdep.h"
#include "hw/core/sysbus.h"
#include "hw/i386/pc.h"
#include "hw/pci/pci_host.h"
#include "qapi/error.h"
#include "system/address-spaces.h"

static DeviceState *create_host_bridge(PCMachineState *pcms, const char *type, const char *name, MemoryRegion *pci_memory)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);
    DeviceState *phb = qdev_new(type);
    Object *o = OBJECT(phb);

    object_property_add_child(OBJECT(pcms), name, o);
    object_property_set_link(o, PCI_HOST_PROP_RAM_MEM, OBJECT(MACHINE(pcms)->ram), &error_fatal);
    object_property_set_link(o, PCI_HOST_PROP_PCI_MEM, OBJECT(pci_memory), &error_fatal);
    object_property_set_link(o, PCI_HOST_PROP_SYSTEM_MEM, OBJECT(get_system_memory()), &error_fatal);
    object_property_set_link(o, PCI_HOST_PROP_IO_MEM, OBJECT(get_system_io()), &error_fatal);
    object_property_set_uint(o, PCI_HOST_BELOW_4G_MEM_SIZE, x86ms->below_4g_mem_size, &error_fatal);
    object_property_set_uint(o, PCI_HOST_ABOVE_4G_MEM_SIZE, x86ms->above_4g_mem_size, &error_fatal);
    sysbus_realize_and_unref(SYS_BUS_DEVICE(phb), &error_fatal);
    pcms->pci_hole64_size = object_property_get_uint(o, PCI_HOST_PROP_PCI_HOLE64_SIZE, NULL);
    return phb;
}

DeviceState *pc_init_host(PCMachineState *pcms, const char *type, const char *name, const char *bus, GSIState **gsi_state)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);
    MemoryRegion *pci_memory = g_new(MemoryRegion, 1);
    DeviceState *phb;

    pc_split_ram(pcms);
    x86_cpus_init(x86ms, &error_fatal);
    memory_region_init(pci_memory, NULL, "pci", UINT64_MAX);
    phb = create_host_bridge(pcms, type, name, pci_memory);
    pcms->pcibus = PCI_BUS(qdev_get_child_bus(phb, bus));
    pc_memory_init(pcms, get_system_memory(), pci_memory);
    x86_gsi_create(x86ms, gsi_state);
    return phb;
}

void pc_init_isa(PCMachineState *pcms, DeviceState *phb, ISABus *isa_bus, GSIState *gsi_state)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);

    isa_bus_register_input_irqs(isa_bus, x86ms->gsi);
    if (x86ms->pic != ON_OFF_AUTO_OFF) {
        pc_i8259_create(isa_bus, gsi_state);
    }
    ioapic_init_gsi(gsi_state, OBJECT(phb));
    pc_basic_device_init(pcms, isa_bus, x86ms->gsi);
}

void pc_set_acpi_device(PCMachineState *pcms, PCIDevice *pm)
{
    pcms->pm = pm;
    object_property_add_link(OBJECT(pcms), "acpi-device", TYPE_DEVICE, &X86_MACHINE(pcms)->acpi_dev,
                             object_property_allow_set_link, OBJ_PROP_LINK_STRONG);
    object_property_set_link(OBJECT(pcms), "acpi-device", OBJECT(pm), &error_abort);
}
