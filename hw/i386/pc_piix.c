/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "pc": Intel 440FX host bridge, PIIX3 ISA bridge, PIIX4 power management. Start-up, BQL. */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/i386/pc.h"
#include "hw/pci-host/i440fx.h"
#include "hw/pci/pci_device.h"
#include "hw/southbridge/piix.h"
#include "qapi/error.h"
#include "qemu/units.h"
#include "target/i386/cpu.h"

/* Pin of a slot to PIRQ: slots rotate, so that neighbours do not share. */
static int pc_pci_slot_get_pirq(PCIDevice *pci_dev, int pci_intx)
{
    return (pci_intx + PCI_SLOT(pci_dev->devfn) - 1) & 3;
}

static void pc_smi_interrupt(void *opaque, int irq, int level)
{
    if (level && first_cpu) {
        cpu_interrupt(first_cpu, CPU_INTERRUPT_SMI);
    }
}

static void pc_create_pm(PCMachineState *pcms, int devfn, qemu_irq sci)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);
    PCIDevice *pm = pci_new(devfn, TYPE_PIIX4_PM);

    qdev_prop_set_uint32(DEVICE(pm), "smb_io_base", 0xb100);
    qdev_prop_set_bit(DEVICE(pm), "smm-enabled", x86_machine_is_smm_enabled(x86ms));
    pci_realize_and_unref(pm, pcms->pcibus, &error_fatal);
    qdev_connect_gpio_out(DEVICE(pm), 0, sci);
    qdev_connect_gpio_out_named(DEVICE(pm), "smi-irq", 0, qemu_allocate_irq(pc_smi_interrupt, NULL, 0));
    pc_set_acpi_device(pcms, pm);
}

static void pc_init1(MachineState *machine)
{
    PCMachineState *pcms = PC_MACHINE(machine);
    X86MachineState *x86ms = X86_MACHINE(machine);
    GSIState *gsi_state;
    DeviceState *phb;
    PCIDevice *piix3;
    ISABus *isa_bus;

    phb = pc_init_host(pcms, TYPE_I440FX_PCI_HOST_BRIDGE, "i440fx", "pci.0", &gsi_state);
    pci_bus_map_irqs(pcms->pcibus, pc_pci_slot_get_pirq);
    piix3 = pci_new_multifunction(PCI_DEVFN(1, 0), TYPE_PIIX3_DEVICE);
    for (int i = 0; i < ISA_NUM_IRQS; i++) {
        qdev_connect_gpio_out_named(DEVICE(piix3), "isa-irqs", i, x86ms->gsi[i]);
    }
    pci_realize_and_unref(piix3, pcms->pcibus, &error_fatal);
    isa_bus = ISA_BUS(qdev_get_child_bus(DEVICE(piix3), "isa.0"));
    pc_init_isa(pcms, phb, isa_bus, gsi_state);
    pci_init_nic_devices(pcms->pcibus, "e1000");
    pci_create_simple(pcms->pcibus, PCI_DEVFN(1, 1), "piix3-ide");
    if (x86_machine_is_acpi_enabled(x86ms)) {
        pc_create_pm(pcms, PCI_DEVFN(1, 3), x86ms->gsi[9]);
    }
}

static void pc_i440fx_class_init(ObjectClass *oc, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);
    PCMachineClass *pcmc = PC_MACHINE_CLASS(oc);

    mc->init = pc_init1;
    mc->family = "pc_piix";
    mc->desc = "Standard PC (i440FX + PIIX, 1996)";
    mc->default_display = "std";
    mc->default_nic = "e1000";
    pcmc->hpet_intcap = 0x4;
    pcmc->lowmem_limit = 0xe0000000;
    pcmc->lowmem = 0xc0000000;
}

static void pc_i440fx_11_1_class_init(ObjectClass *oc, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);

    mc->alias = "pc";
    mc->is_default = true;
}

static void pc_i440fx_7_2_class_init(ObjectClass *oc, const void *data)
{
    pc_class_7_2(PC_MACHINE_CLASS(oc));
}

static const TypeInfo pc_i440fx_types[] = {
    {
        .name = "pc-i440fx-common",
        .parent = TYPE_PC_MACHINE,
        .abstract = true,
        .class_init = pc_i440fx_class_init,
    },
    {
        .name = MACHINE_TYPE_NAME("pc-i440fx-11.1"),
        .parent = "pc-i440fx-common",
        .class_init = pc_i440fx_11_1_class_init,
    },
    {
        .name = MACHINE_TYPE_NAME("pc-i440fx-7.2"),
        .parent = "pc-i440fx-common",
        .class_init = pc_i440fx_7_2_class_init,
    },
};
DEFINE_TYPES(pc_i440fx_types)
