/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "q35": Intel Q35 memory controller hub and ICH9. Start-up, BQL. */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/sysbus.h"
#include "hw/i386/pc.h"
#include "hw/pci-host/q35.h"
#include "hw/pci/pci_host.h"
#include "hw/southbridge/ich9.h"
#include "qapi/error.h"
#include "system/address-spaces.h"
#include "target/i386/cpu.h"

static DeviceState *q35_create_host(PCMachineState *pcms, MemoryRegion *pci_memory)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);
    DeviceState *phb = qdev_new(TYPE_Q35_HOST_DEVICE);
    Object *o = OBJECT(phb);

    object_property_add_child(OBJECT(pcms), "q35", o);
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

static ISABus *q35_create_lpc(PCMachineState *pcms)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);
    PCIDevice *lpc = pci_new_multifunction(PCI_DEVFN(ICH9_LPC_DEV, ICH9_LPC_FUNC), TYPE_ICH9_LPC_DEVICE);

    qdev_prop_set_uint8(DEVICE(lpc), "smm-enabled", x86_machine_is_smm_enabled(x86ms));
    for (int i = 0; i < IOAPIC_NUM_PINS; i++) {
        qdev_connect_gpio_out_named(DEVICE(lpc), ICH9_GPIO_GSI, i, x86ms->gsi[i]);
    }
    pci_realize_and_unref(lpc, pcms->pcibus, &error_fatal);
    pcms->pm = lpc;
    object_property_add_link(OBJECT(pcms), "acpi-device", TYPE_DEVICE, &x86ms->acpi_dev,
                             object_property_allow_set_link, OBJ_PROP_LINK_STRONG);
    object_property_set_link(OBJECT(pcms), "acpi-device", OBJECT(lpc), &error_abort);
    return ISA_BUS(qdev_get_child_bus(DEVICE(lpc), "isa.0"));
}

static void pc_q35_init(MachineState *machine)
{
    PCMachineState *pcms = PC_MACHINE(machine);
    X86MachineState *x86ms = X86_MACHINE(machine);
    MemoryRegion *pci_memory = g_new(MemoryRegion, 1);
    GSIState *gsi_state;
    DeviceState *phb;
    ISABus *isa_bus;

    pc_split_ram(pcms);
    x86_cpus_init(x86ms, &error_fatal);
    memory_region_init(pci_memory, NULL, "pci", UINT64_MAX);
    phb = q35_create_host(pcms, pci_memory);
    pcms->pcibus = PCI_BUS(qdev_get_child_bus(phb, "pcie.0"));
    pc_memory_init(pcms, get_system_memory(), pci_memory);
    x86_gsi_create(x86ms, &gsi_state);
    isa_bus = q35_create_lpc(pcms);
    isa_bus_register_input_irqs(isa_bus, x86ms->gsi);
    if (x86ms->pic != ON_OFF_AUTO_OFF) {
        pc_i8259_create(isa_bus, gsi_state);
    }
    ioapic_init_gsi(gsi_state, OBJECT(phb));
    pc_basic_device_init(pcms, isa_bus, x86ms->gsi);
    pci_init_nic_devices(pcms->pcibus, "e1000e");
    if (pcms->sata_enabled) {
        pci_create_simple_multifunction(pcms->pcibus, PCI_DEVFN(0x1f, 2), "ich9-ahci");
    }
    if (pcms->smbus_enabled && object_class_by_name(TYPE_ICH9_SMB_DEVICE)) {
        pci_create_simple_multifunction(pcms->pcibus, PCI_DEVFN(ICH9_SMB_DEV, ICH9_SMB_FUNC), TYPE_ICH9_SMB_DEVICE);
    }
}

static void pc_q35_class_init(ObjectClass *oc, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);
    PCMachineClass *pcmc = PC_MACHINE_CLASS(oc);

    mc->init = pc_q35_init;
    mc->family = "pc_q35";
    mc->desc = "Standard PC (Q35 + ICH9, 2009)";
    mc->default_display = "std";
    mc->default_nic = "e1000e";
    mc->max_cpus = 288;
    mc->no_floppy = true;
    pcmc->is_q35 = true;
    pcmc->hpet_intcap = 0xff0104;
    pcmc->lowmem_limit = 0xb0000000;
    pcmc->lowmem = 0x80000000;
}

static void pc_q35_11_1_class_init(ObjectClass *oc, const void *data)
{
    MACHINE_CLASS(oc)->alias = "q35";
}

static void pc_q35_7_2_class_init(ObjectClass *oc, const void *data)
{
    pc_class_7_2(PC_MACHINE_CLASS(oc));
}

static const TypeInfo pc_q35_types[] = {
    {
        .name = "pc-q35-common",
        .parent = TYPE_PC_MACHINE,
        .abstract = true,
        .class_init = pc_q35_class_init,
    },
    {
        .name = MACHINE_TYPE_NAME("pc-q35-11.1"),
        .parent = "pc-q35-common",
        .class_init = pc_q35_11_1_class_init,
    },
    {
        .name = MACHINE_TYPE_NAME("pc-q35-7.2"),
        .parent = "pc-q35-common",
        .class_init = pc_q35_7_2_class_init,
    },
};
DEFINE_TYPES(pc_q35_types)
