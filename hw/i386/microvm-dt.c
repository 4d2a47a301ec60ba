/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device tree of a microvm without ACPI (Devicetree Specification 0.4; bindings as Linux' arch/x86/kernel/devicetree.c
 * and Documentation/devicetree read them): processors, interrupt controllers, the virtio slots in use, serial port and clock.
 * Memory is not in it: x86 kernels take that from the e820 map. Start-up.
 */
#include "qemu/osdep.h"
#include "hw/core/boards.h"
#include "hw/core/sysbus.h"
#include "hw/i386/apic.h"
#include "hw/i386/microvm.h"
#include "qapi/error.h"
#include "qemu/bswap.h"
#include "qemu/units.h"
#include "system/system.h"
#include <libfdt.h>

#define FDT_MAX (1 * MiB)
#define PHANDLE_IOAPIC 1            /* and 2 for the second */
#define IRQ_EDGE_RISING 0
#define IRQ_LEVEL_HIGH 2

/* Cells of a property, big endian. */
static void cells(void *fdt, const char *name, unsigned count, const uint64_t *values)
{
    uint32_t be[8];

    for (unsigned i = 0; i < count; i++) {
        be[i] = cpu_to_be32(values[i]);
    }
    fdt_property(fdt, name, be, count * 4);
}
#define CELLS(_fdt, _name, ...) \
    cells(_fdt, _name, sizeof((uint64_t[]) { __VA_ARGS__ }) / 8, (const uint64_t[]) { __VA_ARGS__ })

static void begin_at(void *fdt, const char *kind, uint64_t addr)
{
    g_autofree char *name = g_strdup_printf("%s@%" PRIx64, kind, addr);

    fdt_begin_node(fdt, name);
}

static void begin_device(void *fdt, const char *kind, const char *compatible, uint64_t addr, uint64_t size)
{
    begin_at(fdt, kind, addr);
    fdt_property_string(fdt, "compatible", compatible);
    CELLS(fdt, "reg", addr >> 32, addr & UINT32_MAX, size >> 32, size & UINT32_MAX);
}

static void add_cpus(void *fdt, MachineState *ms)
{
    fdt_begin_node(fdt, "cpus");
    CELLS(fdt, "#address-cells", 1);
    CELLS(fdt, "#size-cells", 0);
    for (int i = 0; i < ms->possible_cpus->len; i++) {
        const CPUArchId *slot = &ms->possible_cpus->cpus[i];

        if (slot->cpu) {
            begin_at(fdt, "cpu", slot->arch_id);
            fdt_property_string(fdt, "device_type", "cpu");
            fdt_property_string(fdt, "compatible", "intel,x86");
            CELLS(fdt, "reg", slot->arch_id);
            fdt_end_node(fdt);
        }
    }
    fdt_end_node(fdt);
}

static void add_ioapic(void *fdt, uint64_t addr, uint32_t phandle)
{
    begin_device(fdt, "interrupt-controller", "intel,ce4100-ioapic", addr, 0x1000);
    fdt_property(fdt, "interrupt-controller", "", 0);
    CELLS(fdt, "#interrupt-cells", 2);
    CELLS(fdt, "#address-cells", 0);
    CELLS(fdt, "phandle", phandle);
    fdt_end_node(fdt);
}

/* A line of the machine is a pin of one of the I/O APICs. */
static void add_interrupt(void *fdt, unsigned line, unsigned trigger)
{
    CELLS(fdt, "interrupt-parent", PHANDLE_IOAPIC + line / IOAPIC_NUM_PINS);
    CELLS(fdt, "interrupts", line % IOAPIC_NUM_PINS, trigger);
}

static void add_virtio(void *fdt, MicrovmMachineState *mms)
{
    BusChild *kid;

    QTAILQ_FOREACH(kid, &sysbus_get_default()->children, sibling) {
        if (object_dynamic_cast(OBJECT(kid->child), "virtio-mmio") && microvm_slot_used(kid->child)) {
            hwaddr addr = SYS_BUS_DEVICE(kid->child)->mmio[0].addr;

            begin_device(fdt, "virtio_mmio", "virtio,mmio", addr, MICROVM_SLOT_SIZE);
            fdt_property(fdt, "dma-coherent", "", 0);
            add_interrupt(fdt, mms->virtio_irq_base + (addr - VIRTIO_MMIO_BASE) / MICROVM_SLOT_SIZE, IRQ_LEVEL_HIGH);
            fdt_end_node(fdt);
        }
    }
}

/* Children of an ISA bus have addresses of two cells, the first of them 1 for ports. */
static void add_isa(void *fdt, MicrovmMachineState *mms)
{
    fdt_begin_node(fdt, "isa");
    fdt_property_string(fdt, "compatible", "isa");
    CELLS(fdt, "#address-cells", 2);
    CELLS(fdt, "#size-cells", 1);
    CELLS(fdt, "ranges", 1, 0, 0, 0, 0x1000);
    if (mms->isa_serial) {
        fdt_begin_node(fdt, "serial@i3f8");
        fdt_property_string(fdt, "compatible", "ns16550");
        CELLS(fdt, "reg", 1, 0x3f8, 8);
        CELLS(fdt, "clock-frequency", 1843200);
        CELLS(fdt, "current-speed", 115200);
        add_interrupt(fdt, 4, IRQ_EDGE_RISING);
        fdt_end_node(fdt);
    }
    if (X86_MACHINE(mms)->rtc) {
        fdt_begin_node(fdt, "rtc@i70");
        fdt_property_string(fdt, "compatible", "motorola,mc146818");
        CELLS(fdt, "reg", 1, 0x70, 2);
        add_interrupt(fdt, 8, IRQ_EDGE_RISING);
        fdt_end_node(fdt);
    }
    fdt_end_node(fdt);
}

static void add_root(void *fdt, MicrovmMachineState *mms)
{
    MachineState *ms = MACHINE(mms);

    fdt_begin_node(fdt, "");
    fdt_property_string(fdt, "model", "microvm");
    fdt_property_string(fdt, "compatible", "linux,microvm");
    CELLS(fdt, "#address-cells", 2);
    CELLS(fdt, "#size-cells", 2);
    CELLS(fdt, "interrupt-parent", PHANDLE_IOAPIC);
    fdt_begin_node(fdt, "chosen");
    fdt_property_string(fdt, "bootargs", ms->kernel_cmdline ?: "");
    fdt_end_node(fdt);
    add_cpus(fdt, ms);
    begin_device(fdt, "lapic", "intel,ce4100-lapic", 0xfee00000, 0x1000);
    fdt_end_node(fdt);
    add_ioapic(fdt, IO_APIC_DEFAULT_ADDRESS, PHANDLE_IOAPIC);
    if (X86_MACHINE(mms)->ioapic2) {
        add_ioapic(fdt, IO_APIC_SECONDARY_ADDRESS, PHANDLE_IOAPIC + 1);
    }
    add_virtio(fdt, mms);
    add_isa(fdt, mms);
    fdt_end_node(fdt);
}

bool microvm_build_dtb(MicrovmMachineState *mms, uint8_t **data, size_t *len, Error **errp)
{
    void *fdt = g_malloc0(FDT_MAX);

    /* Errors stick: only the last call needs to be looked at. */
    fdt_create(fdt, FDT_MAX);
    fdt_finish_reservemap(fdt);
    add_root(fdt, mms);
    if (fdt_finish(fdt) < 0) {
        error_setg(errp, "the device tree is larger than %d bytes", (int)FDT_MAX);
        g_free(fdt);
        return false;
    }
    *len = fdt_totalsize(fdt);
    *data = g_realloc(fdt, *len);
    return true;
}
