/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two PC boards share: memory map, ISA devices, CMOS contents, machine properties. The chipsets are in
 * pc_piix.c and pc_q35.c. Start-up, BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/core/loader.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/sysbus.h"
#include "hw/block/fdc.h"
#include "hw/char/serial.h"
#include "hw/i386/pc.h"
#include "hw/i386/vmport.h"
#include "hw/input/i8042.h"
#include "hw/intc/i8259.h"
#include "hw/isa/i8257.h"
#include "hw/rtc/mc146818rtc.h"
#include "hw/timer/hpet.h"
#include "hw/timer/i8254.h"
#include "hw/timer/pcspk.h"
#include "qapi/error.h"
#include "qapi/qapi-visit-common.h"
#include "qapi/visitor.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "system/address-spaces.h"
#include "system/system.h"
#include "target/i386/cpu.h"

#define PC_BIOS_SIZE (256 * KiB)
#define PC_ROM_BASE 0xc0000
#define PC_ROM_SIZE 0x20000
#define ISA_BIOS_MAX (128 * KiB)

/* ---- memory ---- */

void pc_split_ram(PCMachineState *pcms)
{
    PCMachineClass *pcmc = PC_MACHINE_GET_CLASS(pcms);
    X86MachineState *x86ms = X86_MACHINE(pcms);
    ram_addr_t ram = MACHINE(pcms)->ram_size, lowmem = pcmc->lowmem, limit = pcmc->lowmem_limit;

    if (x86ms->max_ram_below_4g && x86ms->max_ram_below_4g < lowmem) {
        lowmem = limit = x86ms->max_ram_below_4g;
    }
    if (ram >= limit) {
        x86ms->below_4g_mem_size = lowmem;
        x86ms->above_4g_mem_size = ram - lowmem;
    } else {
        x86ms->below_4g_mem_size = ram;
        x86ms->above_4g_mem_size = 0;
    }
}

/* The ROM at the top of 4 GiB and its last 128 KiB below 1 MiB. Without an image it stays empty. */
static void pc_system_rom_init(PCMachineState *pcms, MemoryRegion *rom_memory)
{
    MachineState *ms = MACHINE(pcms);
    uint64_t size = PC_BIOS_SIZE;
    g_autofree uint8_t *data = NULL;
    size_t len = 0;
    uint64_t isa_size;

    if (ms->firmware) {
        if (!load_file_limited(ms->firmware, pcms->max_fw_size, &data, &len, &error_fatal)) {
            return;
        }
        if (!len || len % (64 * KiB)) {
            error_report("-bios: the size of '%s' is %zu bytes, it must be a multiple of 64 KiB", ms->firmware, len);
            exit(1);
        }
        size = len;
    }
    memory_region_init_ram(&pcms->bios, NULL, "pc.bios", size, &error_fatal);
    memory_region_set_readonly(&pcms->bios, true);
    if (data) {
        rom_add_blob_fixed_errp("bios", data, len, 0x100000000ULL - size, &error_fatal);
    }
    isa_size = MIN(size, ISA_BIOS_MAX);
    memory_region_init_alias(&pcms->isa_bios, NULL, "isa-bios", &pcms->bios, size - isa_size, isa_size);
    memory_region_add_subregion_overlap(rom_memory, 0x100000 - isa_size, &pcms->isa_bios, 1);
    memory_region_set_readonly(&pcms->isa_bios, true);
    memory_region_add_subregion(rom_memory, 0x100000000ULL - size, &pcms->bios);
}

void pc_memory_init(PCMachineState *pcms, MemoryRegion *system_memory, MemoryRegion *rom_memory)
{
    MachineState *ms = MACHINE(pcms);
    X86MachineState *x86ms = X86_MACHINE(pcms);

    qemu_add_machine_init_done_notifier(&pcms->machine_done);
    memory_region_init_alias(&pcms->ram_below_4g, NULL, "ram-below-4g", ms->ram, 0, x86ms->below_4g_mem_size);
    memory_region_add_subregion(system_memory, 0, &pcms->ram_below_4g);
    if (x86ms->above_4g_mem_size > 0) {
        memory_region_init_alias(&pcms->ram_above_4g, NULL, "ram-above-4g", ms->ram, x86ms->below_4g_mem_size,
                                 x86ms->above_4g_mem_size);
        memory_region_add_subregion(system_memory, x86ms->above_4g_mem_start, &pcms->ram_above_4g);
    }
    pc_system_rom_init(pcms, rom_memory);
    memory_region_init_ram(&pcms->option_rom, NULL, "pc.rom", PC_ROM_SIZE, &error_fatal);
    memory_region_set_readonly(&pcms->option_rom, true);
    memory_region_add_subregion_overlap(rom_memory, PC_ROM_BASE, &pcms->option_rom, 1);
    x86ms->fw_cfg = fw_cfg_init_io_dma(FW_CFG_IO_BASE, FW_CFG_IO_BASE + 4, &address_space_memory);
}

hwaddr pc_pci_hole64_start(PCMachineState *pcms)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);

    return ROUND_UP(x86ms->above_4g_mem_start + x86ms->above_4g_mem_size, 1 * GiB);
}

/* ---- devices ---- */

static void ioport80_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
}

static uint64_t ioport_ones(void *opaque, hwaddr addr, unsigned size)
{
    return UINT64_MAX;
}

/* POST codes: writes have no effect here. */
static const MemoryRegionOps ioport_sink_ops = {
    .read = ioport_ones,
    .write = ioport80_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

void pc_i8259_create(ISABus *isa_bus, GSIState *gsi_state)
{
    qemu_irq *i8259 = i8259_init(isa_bus, x86_allocate_cpu_irq());

    memcpy(gsi_state->i8259_irq, i8259, sizeof(gsi_state->i8259_irq));
    g_free(i8259);
}

/* IGNNE#: the handler of IRQ 13 acknowledges the x87's FERR#. */
static void ioportf0_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    cpu_set_ignne();
}

static const MemoryRegionOps ioportf0_ops = {
    .read = ioport_ones,
    .write = ioportf0_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

static DeviceState *pc_hpet_create(PCMachineState *pcms, qemu_irq *gsi)
{
    DeviceState *hpet = qdev_try_new(TYPE_HPET);

    if (!hpet) {
        return NULL;
    }
    if (!object_property_get_uint(OBJECT(hpet), HPET_INTCAP, NULL)) {
        qdev_prop_set_uint32(hpet, HPET_INTCAP, PC_MACHINE_GET_CLASS(pcms)->hpet_intcap);
    }
    sysbus_realize_and_unref(SYS_BUS_DEVICE(hpet), &error_fatal);
    sysbus_mmio_map(SYS_BUS_DEVICE(hpet), 0, HPET_BASE);
    for (int i = 0; i < IOAPIC_NUM_PINS; i++) {
        sysbus_connect_irq(SYS_BUS_DEVICE(hpet), i, gsi[i]);
    }
    return hpet;
}

static void pc_superio_init(PCMachineState *pcms, ISABus *isa_bus)
{
    qemu_irq a20 = x86_allocate_a20_irq();
    DeviceState *port92;

    serial_hds_isa_init(isa_bus, 0, MAX_ISA_SERIAL_PORTS);
    if (!MACHINE_GET_CLASS(pcms)->no_floppy) {
        isa_create_simple(isa_bus, TYPE_ISA_FDC);
    }
    if (pcms->i8042_enabled) {
        i8042_setup_a20_line(isa_create_simple(isa_bus, TYPE_I8042), a20);
        if (pcms->vmport != ON_OFF_AUTO_OFF) {
            isa_create_simple(isa_bus, TYPE_VMPORT);
            isa_create_simple(isa_bus, "vmmouse");
        }
    }
    port92 = DEVICE(isa_create_simple(isa_bus, "port92"));
    qdev_connect_gpio_out_named(port92, "a20", 0, a20);
}

void pc_basic_device_init(PCMachineState *pcms, ISABus *isa_bus, qemu_irq *gsi)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);
    DeviceState *hpet = NULL;
    qemu_irq pit_alt_irq = NULL, rtc_irq = NULL;
    int pit_isa_irq = 0;
    ISADevice *pit;

    memory_region_init_io(&pcms->ioport80, NULL, &ioport_sink_ops, NULL, "ioport80", 1);
    memory_region_add_subregion(isa_bus->address_space_io, 0x80, &pcms->ioport80);
    memory_region_init_io(&pcms->ioportf0, NULL, &ioportf0_ops, NULL, "ioportF0", 1);
    x86_register_ferr_irq(gsi[13]);
    memory_region_add_subregion(isa_bus->address_space_io, 0xf0, &pcms->ioportf0);
    i8257_dma_init(isa_bus, false);
    if (pcms->hpet_enabled) {
        hpet = pc_hpet_create(pcms, gsi);
        pit_isa_irq = -1;
        pit_alt_irq = qdev_get_gpio_in(hpet, HPET_LEGACY_PIT_INT);
        rtc_irq = qdev_get_gpio_in(hpet, HPET_LEGACY_RTC_INT);
    }
    x86ms->rtc = ISA_DEVICE(mc146818_rtc_init(isa_bus, 2000, rtc_irq));
    if (x86ms->pit != ON_OFF_AUTO_OFF) {
        pit = i8254_pit_init(isa_bus, 0x40, pit_isa_irq, pit_alt_irq);
        if (hpet) {
            qdev_connect_gpio_out(hpet, 0, qdev_get_gpio_in(DEVICE(pit), 0));
        }
        pcspk_init(isa_new(TYPE_PC_SPEAKER), isa_bus, pit);
    }
    pc_superio_init(pcms, isa_bus);
}

/* ---- CMOS: what firmware and some kernels read from the RTC's memory ---- */

static void cmos_set_word(MC146818RtcState *s, int reg, uint16_t val)
{
    mc146818rtc_set_cmos_data(s, reg, val & 0xff);
    mc146818rtc_set_cmos_data(s, reg + 1, val >> 8);
}

static int boot_device2nibble(char boot_device)
{
    static const char order[] = "acdn";
    static const uint8_t nibble[] = { 1, 2, 3, 4 };
    const char *p = boot_device ? strchr(order, boot_device) : NULL;

    return p ? nibble[p - order] : boot_device == 'b' ? 1 : 0;
}

static void pc_cmos_init(PCMachineState *pcms)
{
    X86MachineState *x86ms = X86_MACHINE(pcms);
    MC146818RtcState *s = MC146818_RTC(x86ms->rtc);
    const char *order = MACHINE(pcms)->boot_config.once ?: MACHINE(pcms)->boot_config.order;
    uint64_t kib = x86ms->below_4g_mem_size / KiB, ext = kib > 1024 ? kib - 1024 : 0;
    uint64_t above16 = x86ms->below_4g_mem_size > 16 * MiB ? (x86ms->below_4g_mem_size - 16 * MiB) / (64 * KiB) : 0;
    uint64_t above4g = x86ms->above_4g_mem_size / (64 * KiB);
    int bd[3] = { 0 };

    cmos_set_word(s, 0x15, 640);
    cmos_set_word(s, 0x17, MIN(ext, 65535));
    cmos_set_word(s, 0x30, MIN(ext, 65535));
    cmos_set_word(s, 0x34, MIN(above16, 65535));
    mc146818rtc_set_cmos_data(s, 0x5b, above4g);
    mc146818rtc_set_cmos_data(s, 0x5c, above4g >> 8);
    mc146818rtc_set_cmos_data(s, 0x5d, above4g >> 16);
    mc146818rtc_set_cmos_data(s, 0x5f, x86ms->boot_cpus - 1);
    for (int i = 0; i < 3 && order && order[i]; i++) {
        bd[i] = boot_device2nibble(order[i]);
    }
    mc146818rtc_set_cmos_data(s, 0x3d, bd[1] << 4 | bd[0]);
    mc146818rtc_set_cmos_data(s, 0x38, bd[2] << 4 | !pcms->fd_bootchk);
    mc146818rtc_set_cmos_data(s, 0x14, 0x02 | (pcms->i8042_enabled ? 0x04 : 0));    /* coprocessor, mouse */
}

/* Which entry point: "auto" is what this version of the machine always had. */
static bool pc_smbios_entry64(PCMachineState *pcms)
{
    return !strcmp(pcms->smbios_entry_point, "64") ||
           (!strcmp(pcms->smbios_entry_point, "auto") && !PC_MACHINE_GET_CLASS(pcms)->smbios_entry32);
}

static void pc_machine_done(Notifier *notifier, void *data)
{
    PCMachineState *pcms = container_of(notifier, PCMachineState, machine_done);
    X86MachineState *x86ms = X86_MACHINE(pcms);
    Error *err = NULL;

    pc_cmos_init(pcms);
    x86_fw_cfg_init(x86ms);
    if ((x86_machine_is_acpi_enabled(x86ms) && !pc_acpi_setup(pcms, &err)) ||
        !x86_smbios_setup(x86ms, pc_smbios_entry64(pcms), &err) || !x86_load_kernel(x86ms, &err)) {
        error_report_err(err);
        exit(1);
    }
}

/* ---- properties and type ---- */

#define PC_BOOL_PROP(_fn, _field)                                                       \
    static bool pc_get_##_fn(Object *obj, Error **errp)                                 \
    {                                                                                   \
        return PC_MACHINE(obj)->_field;                                                 \
    }                                                                                   \
    static void pc_set_##_fn(Object *obj, bool value, Error **errp)                     \
    {                                                                                   \
        PC_MACHINE(obj)->_field = value;                                                \
    }
PC_BOOL_PROP(smbus, smbus_enabled)
PC_BOOL_PROP(sata, sata_enabled)
PC_BOOL_PROP(hpet, hpet_enabled)
PC_BOOL_PROP(i8042, i8042_enabled)
PC_BOOL_PROP(fd_bootchk, fd_bootchk)
PC_BOOL_PROP(bypass_iommu, default_bus_bypass_iommu)

static void pc_get_vmport(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    OnOffAuto value = PC_MACHINE(obj)->vmport;

    visit_type_OnOffAuto(v, name, &value, errp);
}

static void pc_set_vmport(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    visit_type_OnOffAuto(v, name, &PC_MACHINE(obj)->vmport, errp);
}

static void pc_get_max_ram_below_4g(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint64_t value = X86_MACHINE(obj)->max_ram_below_4g;

    visit_type_size(v, name, &value, errp);
}

static void pc_set_max_ram_below_4g(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint64_t value;

    if (!visit_type_size(v, name, &value, errp)) {
        return;
    }
    if (value > 4 * GiB || value < 1 * MiB) {
        error_setg(errp, "-machine max-ram-below-4g: must be between 1M and 4G");
        return;
    }
    X86_MACHINE(obj)->max_ram_below_4g = value;
}

static void pc_get_max_fw_size(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint64_t value = PC_MACHINE(obj)->max_fw_size;

    visit_type_size(v, name, &value, errp);
}

static void pc_set_max_fw_size(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint64_t value;

    if (!visit_type_size(v, name, &value, errp)) {
        return;
    }
    if (value > 16 * MiB) {
        error_setg(errp, "-machine max-fw-size: at most 16M fit below 4G");
        return;
    }
    PC_MACHINE(obj)->max_fw_size = value;
}

static char *pc_get_smbios_ep(Object *obj, Error **errp)
{
    return g_strdup(PC_MACHINE(obj)->smbios_entry_point);
}

static void pc_set_smbios_ep(Object *obj, const char *value, Error **errp)
{
    if (strcmp(value, "32") && strcmp(value, "64") && strcmp(value, "auto")) {
        error_setg(errp, "-machine smbios-entry-point-type: expects '32', '64' or 'auto'");
        return;
    }
    g_free(PC_MACHINE(obj)->smbios_entry_point);
    PC_MACHINE(obj)->smbios_entry_point = g_strdup(value);
}

static void pc_machine_initfn(Object *obj)
{
    PCMachineState *pcms = PC_MACHINE(obj);

    pcms->vmport = ON_OFF_AUTO_AUTO;
    pcms->acpi_build_enabled = true;
    pcms->smbus_enabled = true;
    pcms->sata_enabled = true;
    pcms->i8042_enabled = true;
    pcms->hpet_enabled = true;
    pcms->fd_bootchk = true;
    pcms->max_fw_size = 8 * MiB;
    pcms->smbios_entry_point = g_strdup("auto");
    pcms->machine_done.notify = pc_machine_done;
}

static void pc_machine_finalize(Object *obj)
{
    PCMachineState *pcms = PC_MACHINE(obj);

    qemu_remove_machine_init_done_notifier(&pcms->machine_done);
    g_free(pcms->smbios_entry_point);
}

static GlobalProperty pc_compat_7_2[] = {
    /* The strap that keeps the TCO watchdog from resetting the machine was set. */
    { "ICH9-LPC", "noreboot", "true" },
    /* Software emulation had no paravirtual clock. */
    { TYPE_X86_CPU, "kvmclock", "off" },
    { TYPE_X86_CPU, "kvmclock-stable-bit", "off" },
};

void pc_class_7_2(PCMachineClass *pcmc)
{
    MachineClass *mc = MACHINE_CLASS(pcmc);

    mc->default_cpu_type = X86_CPU_TYPE_NAME("qemu64");
    pcmc->smbios_entry32 = true;
    machine_add_compat_props(mc, hw_compat_7_2, hw_compat_7_2_len);
    machine_add_compat_props(mc, pc_compat_7_2, G_N_ELEMENTS(pc_compat_7_2));
}

static void pc_machine_class_init(ObjectClass *oc, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);

    mc->max_cpus = 255;
    mc->default_ram_id = "pc.ram";
    mc->default_boot_order = "cad";
    mc->default_cpu_type = X86_CPU_TYPE_NAME("x86-64-v3");
    mc->has_hotpluggable_cpus = true;
    mc->smp_props.dies_supported = true;
    mc->smm_supported = true;
    object_class_property_add(oc, "vmport", "OnOffAuto", pc_get_vmport, pc_set_vmport, NULL, NULL);
    object_class_property_set_description(oc, "vmport", "the I/O port of VMware's guest tools, with their pointer; auto is on");
    object_class_property_add(oc, "max-ram-below-4g", "size", pc_get_max_ram_below_4g, pc_set_max_ram_below_4g, NULL,
                              NULL);
    object_class_property_set_description(oc, "max-ram-below-4g", "most RAM below the 4 GiB boundary");
    object_class_property_add(oc, "max-fw-size", "size", pc_get_max_fw_size, pc_set_max_fw_size, NULL, NULL);
    object_class_property_set_description(oc, "max-fw-size", "largest firmware image");
    object_class_property_add_str(oc, "smbios-entry-point-type", pc_get_smbios_ep, pc_set_smbios_ep);
    object_class_property_set_description(oc, "smbios-entry-point-type", "SMBIOS anchor: 32, 64 or auto");
    object_class_property_add_bool(oc, "smbus", pc_get_smbus, pc_set_smbus);
    object_class_property_add_bool(oc, "sata", pc_get_sata, pc_set_sata);
    object_class_property_add_bool(oc, "hpet", pc_get_hpet, pc_set_hpet);
    object_class_property_set_description(oc, "hpet", "high precision event timer");
    object_class_property_add_bool(oc, "i8042", pc_get_i8042, pc_set_i8042);
    object_class_property_add_bool(oc, "fd-bootchk", pc_get_fd_bootchk, pc_set_fd_bootchk);
    object_class_property_add_bool(oc, "default-bus-bypass-iommu", pc_get_bypass_iommu, pc_set_bypass_iommu);
}

static const TypeInfo pc_machine_types[] = {
    {
        .name = TYPE_PC_MACHINE,
        .parent = TYPE_X86_MACHINE,
        .abstract = true,
        .instance_size = sizeof(PCMachineState),
        .instance_init = pc_machine_initfn,
        .instance_finalize = pc_machine_finalize,
        .class_size = sizeof(PCMachineClass),
        .class_init = pc_machine_class_init,
    },
};
DEFINE_TYPES(pc_machine_types)
