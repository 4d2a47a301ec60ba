/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The microvm board (hw/i386/microvm.h). A virtio-mmio slot with a device behind it is announced by ACPI, or on the
 * kernel command line when ACPI is off. Start-up, BQL.
 */
#include "qemu/osdep.h"
#include "hw/acpi/acpi.h"
#include "hw/acpi/generic_event_device.h"
#include "hw/char/serial.h"
#include "hw/core/irq.h"
#include "hw/core/loader.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/sysbus.h"
#include "hw/firmware/smbios.h"
#include "hw/i386/acpi-build.h"
#include "hw/i386/microvm.h"
#include "hw/intc/i8259.h"
#include "hw/rtc/mc146818rtc.h"
#include "hw/timer/i8254.h"
#include "hw/timer/pcspk.h"
#include "qapi/error.h"
#include "qapi/qapi-visit-common.h"
#include "qapi/visitor.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "system/address-spaces.h"
#include "target/i386/cpu.h"

#define MICROVM_BIOS_SIZE (64 * KiB)
#define MICROVM_LOWMEM (3 * GiB)

static void microvm_memory_init(MicrovmMachineState *mms)
{
    MachineState *ms = MACHINE(mms);
    X86MachineState *x86ms = X86_MACHINE(mms);
    MemoryRegion *sysmem = get_system_memory();
    g_autofree uint8_t *data = NULL;
    size_t len = MICROVM_BIOS_SIZE;

    x86ms->below_4g_mem_size = MIN(ms->ram_size, MICROVM_LOWMEM);
    x86ms->above_4g_mem_size = ms->ram_size - x86ms->below_4g_mem_size;
    memory_region_init_alias(&mms->ram_below_4g, NULL, "ram-below-4g", ms->ram, 0, x86ms->below_4g_mem_size);
    memory_region_add_subregion(sysmem, 0, &mms->ram_below_4g);
    if (x86ms->above_4g_mem_size) {
        memory_region_init_alias(&mms->ram_above_4g, NULL, "ram-above-4g", ms->ram, x86ms->below_4g_mem_size,
                                 x86ms->above_4g_mem_size);
        memory_region_add_subregion(sysmem, x86ms->above_4g_mem_start, &mms->ram_above_4g);
    }
    if (ms->firmware && !load_file_limited(ms->firmware, 8 * MiB, &data, &len, &error_fatal)) {
        return;
    }
    if (!len || len % (64 * KiB)) {
        error_report("-bios: the size of '%s' is %zu bytes, it must be a multiple of 64 KiB", ms->firmware, len);
        exit(1);
    }
    memory_region_init_ram(&mms->bios, NULL, "pc.bios", len, &error_fatal);
    memory_region_init_alias(&mms->isa_bios, NULL, "isa-bios", &mms->bios, len - MIN(len, 128 * KiB),
                             MIN(len, 128 * KiB));
    memory_region_add_subregion_overlap(sysmem, 0x100000 - MIN(len, 128 * KiB), &mms->isa_bios, 1);
    memory_region_add_subregion(sysmem, 0x100000000ULL - len, &mms->bios);
    if (data) {
        rom_add_blob_fixed_errp("bios", data, len, 0x100000000ULL - len, &error_fatal);
    }
}

static void microvm_virtio_slots(MicrovmMachineState *mms)
{
    for (unsigned i = 0; i < mms->virtio_num_transports; i++) {
        DeviceState *dev = qdev_new("virtio-mmio");

        sysbus_realize_and_unref(SYS_BUS_DEVICE(dev), &error_fatal);
        sysbus_mmio_map(SYS_BUS_DEVICE(dev), 0, VIRTIO_MMIO_BASE + i * MICROVM_SLOT_SIZE);
        sysbus_connect_irq(SYS_BUS_DEVICE(dev), 0, X86_MACHINE(mms)->gsi[mms->virtio_irq_base + i]);
    }
}

static void microvm_isa_init(MicrovmMachineState *mms, GSIState *gsi_state)
{
    X86MachineState *x86ms = X86_MACHINE(mms);

    if (x86ms->pic != ON_OFF_AUTO_OFF) {
        qemu_irq *i8259 = i8259_init(mms->isa_bus, x86_allocate_cpu_irq());

        memcpy(gsi_state->i8259_irq, i8259, sizeof(gsi_state->i8259_irq));
        g_free(i8259);
    }
    if (x86ms->pit != ON_OFF_AUTO_OFF) {
        ISADevice *pit = i8254_pit_init(mms->isa_bus, 0x40, 0, NULL);
        ISADevice *gate = isa_new(TYPE_PC_SPEAKER);

        /* Port 0x61 gates the counter that Linux calibrates the TSC with: there is no other clock to compare. */
        qdev_prop_set_bit(DEVICE(gate), "migrate", false);
        pcspk_init(gate, mms->isa_bus, pit);
    }
    if (mms->rtc != ON_OFF_AUTO_OFF) {
        x86ms->rtc = ISA_DEVICE(mc146818_rtc_init(mms->isa_bus, 2000, NULL));
    }
    if (mms->isa_serial) {
        serial_hds_isa_init(mms->isa_bus, 0, 1);
    }
}

/*
 * The ACPI PM timer, 24 bits of the virtual clock. Linux ignores the PIT on hardware-reduced platforms and would
 * otherwise have nothing to calibrate the TSC against. It has no state.
 */
static uint64_t pm_timer_read(void *opaque, hwaddr addr, unsigned size)
{
    return (uint64_t)((__int128)qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) * PM_TIMER_FREQUENCY /
                      NANOSECONDS_PER_SECOND) & 0xffffff;
}

static void pm_timer_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
}

static const MemoryRegionOps pm_timer_ops = {
    .read = pm_timer_read,
    .write = pm_timer_write,
    .impl = { .min_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void microvm_ged_init(MicrovmMachineState *mms)
{
    X86MachineState *x86ms = X86_MACHINE(mms);
    DeviceState *dev = qdev_new(TYPE_ACPI_GED_X86);

    qdev_prop_set_uint32(dev, "ged-event", ACPI_GED_PWR_DOWN_EVT);
    sysbus_realize_and_unref(SYS_BUS_DEVICE(dev), &error_fatal);
    sysbus_mmio_map(SYS_BUS_DEVICE(dev), 0, GED_MMIO_BASE);
    sysbus_mmio_map(SYS_BUS_DEVICE(dev), 2, GED_MMIO_BASE_REGS);
    sysbus_connect_irq(SYS_BUS_DEVICE(dev), 0, x86ms->gsi[GED_MMIO_IRQ]);
    mms->ged = dev;
    memory_region_init_io(&mms->pm_timer, OBJECT(mms), &pm_timer_ops, NULL, "acpi-tmr", 4);
    memory_region_add_subregion(get_system_io(), MICROVM_PM_TIMER_PORT, &mms->pm_timer);
}

static void microvm_machine_state_init(MachineState *machine)
{
    MicrovmMachineState *mms = MICROVM_MACHINE(machine);
    X86MachineState *x86ms = X86_MACHINE(machine);
    bool ioapic2 = mms->ioapic2 != ON_OFF_AUTO_OFF;
    GSIState *gsi_state;

    qemu_add_machine_init_done_notifier(&mms->machine_done);
    microvm_memory_init(mms);
    x86_cpus_init(x86ms, &error_fatal);
    x86_gsi_create(x86ms, &gsi_state);
    mms->isa_bus = isa_bus_new(NULL, get_system_memory(), get_system_io(), &error_abort);
    isa_bus_register_input_irqs(mms->isa_bus, x86ms->gsi);
    ioapic_init_gsi(gsi_state, OBJECT(machine));
    if (ioapic2) {
        x86ms->ioapic2 = ioapic_init_secondary(gsi_state);
    }
    mms->virtio_irq_base = ioapic2 ? IO_APIC_SECONDARY_IRQBASE : 16;
    mms->virtio_num_transports = ioapic2 ? 24 : 8;
    microvm_virtio_slots(mms);
    if (x86_machine_is_acpi_enabled(x86ms)) {
        microvm_ged_init(mms);
    }
    microvm_isa_init(mms, gsi_state);
    x86ms->fw_cfg = fw_cfg_init_io_dma(FW_CFG_IO_BASE, FW_CFG_IO_BASE + 4, &address_space_memory);
}

bool microvm_slot_used(DeviceState *mmio)
{
    BusState *bus = QLIST_FIRST(&mmio->child_bus);

    return bus && !QTAILQ_EMPTY(&bus->children);
}

/* virtio_mmio.device=512@0xfeb00000:24 for every slot in use. */
static void microvm_fix_cmdline(MicrovmMachineState *mms)
{
    MachineState *ms = MACHINE(mms);
    BusChild *kid;
    GString *s;

    if (!ms->kernel_filename || !mms->auto_kernel_cmdline || x86_machine_is_acpi_enabled(X86_MACHINE(mms))) {
        return;
    }
    s = g_string_new(ms->kernel_cmdline);
    QTAILQ_FOREACH(kid, &sysbus_get_default()->children, sibling) {
        if (object_dynamic_cast(OBJECT(kid->child), "virtio-mmio") && microvm_slot_used(kid->child)) {
            hwaddr addr = SYS_BUS_DEVICE(kid->child)->mmio[0].addr;
            unsigned slot = (addr - VIRTIO_MMIO_BASE) / MICROVM_SLOT_SIZE;

            g_string_append_printf(s, " virtio_mmio.device=%d@0x%" HWADDR_PRIx ":%u", MICROVM_SLOT_SIZE, addr,
                                   mms->virtio_irq_base + slot);
        }
    }
    g_free(ms->kernel_cmdline);
    ms->kernel_cmdline = g_string_free(s, FALSE);
}

/* Without ACPI a device tree describes the machine; -dtb replaces it, -machine dumpdtb= writes it to a file. */
static bool microvm_dtb_setup(MicrovmMachineState *mms, Error **errp)
{
    MachineState *ms = MACHINE(mms);
    g_autofree uint8_t *data = NULL;
    size_t len = 0;

    if (x86_machine_is_acpi_enabled(X86_MACHINE(mms)) || ms->dtb) {
        return true;            /* x86_load_kernel() takes the file */
    }
    if (!microvm_build_dtb(mms, &data, &len, errp)) {
        return false;
    }
    if (ms->dumpdtb) {
        g_autoptr(GError) err = NULL;

        if (!data) {
            error_setg(errp, "-machine dumpdtb: built without libfdt");
            return false;
        }
        if (!g_file_set_contents(ms->dumpdtb, (char *)data, len, &err)) {
            error_setg(errp, "-machine dumpdtb: %s", err->message);
            return false;
        }
        exit(0);
    }
    return !data || x86_add_setup_dtb(X86_MACHINE(mms), data, len, errp);
}

static void microvm_machine_done(Notifier *notifier, void *data)
{
    MicrovmMachineState *mms = container_of(notifier, MicrovmMachineState, machine_done);
    X86MachineState *x86ms = X86_MACHINE(mms);
    Error *err = NULL;

    x86_fw_cfg_init(x86ms);
    microvm_fix_cmdline(mms);
    if ((x86_machine_is_acpi_enabled(x86ms) && !microvm_acpi_setup(mms, &err)) ||
        (smbios_options_given() && !x86_smbios_setup(x86ms, true, &err)) ||
        !microvm_dtb_setup(mms, &err) || !x86_load_kernel(x86ms, &err)) {
        error_report_err(err);
        exit(1);
    }
}

/* ---- properties and type ---- */

#define MICROVM_AUTO_PROP(_name)                                                                                \
    static void microvm_get_##_name(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)      \
    {                                                                                                           \
        OnOffAuto value = MICROVM_MACHINE(obj)->_name;                                                          \
        visit_type_OnOffAuto(v, name, &value, errp);                                                            \
    }                                                                                                           \
    static void microvm_set_##_name(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)      \
    {                                                                                                           \
        visit_type_OnOffAuto(v, name, &MICROVM_MACHINE(obj)->_name, errp);                                      \
    }
MICROVM_AUTO_PROP(rtc)
MICROVM_AUTO_PROP(ioapic2)

#define MICROVM_BOOL_PROP(_name)                                                        \
    static bool microvm_get_##_name(Object *obj, Error **errp)                          \
    {                                                                                   \
        return MICROVM_MACHINE(obj)->_name;                                             \
    }                                                                                   \
    static void microvm_set_##_name(Object *obj, bool value, Error **errp)              \
    {                                                                                   \
        MICROVM_MACHINE(obj)->_name = value;                                            \
    }
MICROVM_BOOL_PROP(isa_serial)
MICROVM_BOOL_PROP(option_roms)
MICROVM_BOOL_PROP(auto_kernel_cmdline)

static void microvm_machine_initfn(Object *obj)
{
    MicrovmMachineState *mms = MICROVM_MACHINE(obj);

    mms->rtc = ON_OFF_AUTO_AUTO;
    mms->ioapic2 = ON_OFF_AUTO_AUTO;
    mms->isa_serial = true;
    mms->option_roms = true;
    mms->auto_kernel_cmdline = true;
    mms->machine_done.notify = microvm_machine_done;
}

static void microvm_machine_finalize(Object *obj)
{
    qemu_remove_machine_init_done_notifier(&MICROVM_MACHINE(obj)->machine_done);
}

static void microvm_class_init(ObjectClass *oc, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);

    mc->init = microvm_machine_state_init;
    mc->family = "microvm_i386";
    mc->desc = "microvm (i386)";
    mc->max_cpus = 288;
    mc->default_cpu_type = X86_CPU_TYPE_NAME("x86-64-v3");
    mc->default_ram_id = "microvm.ram";
    mc->no_floppy = true;
    mc->no_cdrom = true;
    mc->no_parallel = true;
    mc->smp_props.dies_supported = true;
    object_class_property_add(oc, "rtc", "OnOffAuto", microvm_get_rtc, microvm_set_rtc, NULL, NULL);
    object_class_property_set_description(oc, "rtc", "MC146818 real-time clock");
    object_class_property_add(oc, "ioapic2", "OnOffAuto", microvm_get_ioapic2, microvm_set_ioapic2, NULL, NULL);
    object_class_property_set_description(oc, "ioapic2", "second I/O APIC, for 24 virtio slots instead of 8");
    object_class_property_add_bool(oc, "isa-serial", microvm_get_isa_serial, microvm_set_isa_serial);
    object_class_property_set_description(oc, "isa-serial", "one ISA serial port");
    object_class_property_add_bool(oc, "x-option-roms", microvm_get_option_roms, microvm_set_option_roms);
    object_class_property_add_bool(oc, "auto-kernel-cmdline", microvm_get_auto_kernel_cmdline,
                                   microvm_set_auto_kernel_cmdline);
    object_class_property_set_description(oc, "auto-kernel-cmdline",
                                          "without ACPI, name the virtio slots on the kernel command line");
}

static const TypeInfo microvm_types[] = {
    {
        .name = TYPE_MICROVM_MACHINE,
        .parent = TYPE_X86_MACHINE,
        .instance_size = sizeof(MicrovmMachineState),
        .instance_init = microvm_machine_initfn,
        .instance_finalize = microvm_machine_finalize,
        .class_init = microvm_class_init,
    },
};
DEFINE_TYPES(microvm_types)
