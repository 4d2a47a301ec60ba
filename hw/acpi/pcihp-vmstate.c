// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions of hot-plug register state that PIIX4 and ICH9 carry in their streams. */
#include "qemu/osdep.h"
#include "hw/acpi/pcihp.h"
#include "hw/core/boards.h"

const VMStateDescription vmstate_acpi_pcihp_pci_status = {
    .name = "acpi_pcihp_pci_status",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(up, AcpiPciHpPciStatus),
        VMSTATE_UINT32(down, AcpiPciHpPciStatus),
        VMSTATE_END_OF_LIST()
    },
};

const VMStateDescription vmstate_acpi_memhp_empty = {
    .name = "memory hotplug state",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(selector, AcpiMemHpVmstate),
        VMSTATE_END_OF_LIST()
    },
};

void acpi_cpuhp_vmstate_init(AcpiCpuHpVmstate *s)
{
    s->dev_count = current_machine ? current_machine->smp.max_cpus : 1;
    s->devs = g_new0(AcpiCpuHpDev, s->dev_count);
}

void acpi_cpuhp_vmstate_reset(AcpiCpuHpVmstate *s)
{
    s->selector = 0;
    s->command = 0;
    s->modern = false;
    memset(s->devs, 0, s->dev_count * sizeof(*s->devs));
}

static const VMStateDescription vmstate_cpuhp_dev = {
    .name = "CPU hotplug device state",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_BOOL(is_inserting, AcpiCpuHpDev),
        VMSTATE_BOOL(is_removing, AcpiCpuHpDev),
        VMSTATE_UINT32(ost_event, AcpiCpuHpDev),
        VMSTATE_UINT32(ost_status, AcpiCpuHpDev),
        VMSTATE_END_OF_LIST()
    },
};

static int cpuhp_post_load(void *opaque, int version_id)
{
    ((AcpiCpuHpVmstate *)opaque)->modern = true;
    return 0;
}

const VMStateDescription vmstate_acpi_cpuhp = {
    .name = "CPU hotplug state",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = cpuhp_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(selector, AcpiCpuHpVmstate),
        VMSTATE_UINT8(command, AcpiCpuHpVmstate),
        VMSTATE_STRUCT_VARRAY_POINTER_UINT32(devs, AcpiCpuHpVmstate, dev_count, vmstate_cpuhp_dev, AcpiCpuHpDev),
        VMSTATE_END_OF_LIST()
    },
};
