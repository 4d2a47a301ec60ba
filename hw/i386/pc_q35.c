/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "q35": Intel Q35 memory controller hub and ICH9. Start-up, BQL. */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/i386/pc.h"
#include "hw/pci-host/q35.h"
#include "hw/southbridge/ich9.h"
#include "qapi/error.h"
#include "target/i386/cpu.h"

static ISABus *q35_create_lpc(PCMachineState *pcms)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);
    PCIDevice *lpc = pci_new_multifunction(PCI_DEVFN(ICH9_LPC_DEV, ICH9_LPC_FUNC), TYPE_ICH9_LPC_DEVICE);

    qdev_prop_set_uint8(DEVICE(lpc), "smm-enabled", x86_machine_is_smm_enabled(x86ms));
    for (int i = 0; i < IOAPIC_NUM_PINS; i++) {
        qdev_connect_gpio_out_named(DEVICE(lpc), ICH9_GPIO_GSI, i, x86ms->gsi[i]);
    }
    pci_realize_and_unref(lpc, pcms->pcibus, &error_fatal);
    pc_set_acpi_device(pcms, lpc);
    return ISA_BUS(qdev_get_child_bus(DEVICE(lpc), "isa.0"));
}

static void pc_q35_init(MachineState *machine)
{
    PCMachineState *pcms = PC_MACHINE(machine);
    GSIState *gsi_state;
    DeviceState *phb;
    ISABus *isa_bus;

    phb = pc_init_host(pcms, TYPE_Q35_HOST_DEVICE, "q35", "pcie.0", &gsi_state);
    isa_bus = q35_create_lpc(pcms);
    pc_init_isa(pcms, phb, isa_bus, gsi_state);
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
