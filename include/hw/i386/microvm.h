/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * microvm: no PCI; virtio over MMIO, two I/O APICs, and ACPI in its hardware-reduced form.
 *
 *   0xfea00000  generic event device          0xfec00000  I/O APIC, GSI 0-23
 *   0xfeb00000  24 virtio-mmio slots, 512 B   0xfec10000  I/O APIC, GSI 24-47 (one per slot)
 */
#ifndef HW_I386_MICROVM_H
#define HW_I386_MICROVM_H

#include "hw/i386/x86.h"

#define TYPE_MICROVM_MACHINE MACHINE_TYPE_NAME("microvm")
OBJECT_DECLARE_SIMPLE_TYPE(MicrovmMachineState, MICROVM_MACHINE)

#define VIRTIO_MMIO_BASE 0xfeb00000
#define VIRTIO_CMDLINE_MAXLEN 64
#define GED_MMIO_BASE 0xfea00000
#define GED_MMIO_BASE_REGS (GED_MMIO_BASE + 0x200)
#define GED_MMIO_IRQ 9
#define MICROVM_PM_TIMER_PORT 0x608
#define MICROVM_SLOT_SIZE 0x200

struct MicrovmMachineState {
    X86MachineState parent_obj;

    OnOffAuto rtc;
    OnOffAuto ioapic2;
    bool isa_serial;
    bool option_roms;
    bool auto_kernel_cmdline;
    unsigned virtio_irq_base;
    unsigned virtio_num_transports;
    ISABus *isa_bus;
    DeviceState *ged;
    Notifier machine_done;
    MemoryRegion bios, isa_bios, ram_below_4g, ram_above_4g, pm_timer;
};

/* Does the virtio-mmio slot hold a device? */
bool microvm_slot_used(DeviceState *mmio);
/* A device tree, or NULL when built without libfdt. The caller frees it. */
bool microvm_build_dtb(MicrovmMachineState *mms, uint8_t **data, size_t *len, Error **errp);
bool microvm_acpi_setup(MicrovmMachineState *mms, Error **errp);

#endif
