/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DSDT of the PC machines: PCI root bridge with its windows and interrupt routing, the ISA devices, HPET, fw_cfg,
 * CPUs and sleep states. Interrupts are routed as pci-setup.c programs the chipset. Start-up.
 */
#include "qemu/osdep.h"
#include "hw/acpi/aml.h"
#include "hw/char/serial.h"
#include "hw/i386/acpi-build.h"
#include "hw/isa/isa.h"
#include "hw/timer/hpet.h"

static void build_sleep_states(GByteArray *b)
{
    static const struct {
        const char *name;
        uint8_t type;
    } states[] = { { "\\_S4", 2 }, { "\\_S5", 0 } };

    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        size_t pkg;

        aml_name(b, states[i].name);
        pkg = aml_package_begin(b, 4);
        aml_int(b, states[i].type);
        aml_int(b, states[i].type);
        aml_int(b, 0);
        aml_int(b, 0);
        aml_end(b, pkg);
    }
}

/* PICF: 1 once the OS has said that it uses the I/O APIC. */
static void build_pic(GByteArray *b)
{
    size_t m;

    aml_name(b, "\\PICF");
    aml_int(b, 0);
    m = aml_method_begin(b, "\\_PIC", 1, false);
    aml_byte(b, AML_STORE);
    aml_arg(b, 0);
    aml_path(b, "\\PICF");
    aml_end(b, m);
}

static unsigned pin_irq(bool is_q35, unsigned slot, unsigned pin, bool apic)
{
    static const uint8_t isa[4] = { 10, 10, 11, 11 };
    unsigned pirq;

    if (!is_q35) {
        return isa[(pin + slot - 1) & 3];
    }
    pirq = slot >= 25 ? pin : 4 + ((slot + pin) & 3);
    return apic ? 16 + pirq : isa[pirq & 3];
}

static void build_prt_package(GByteArray *b, bool is_q35, bool apic)
{
    size_t prt = aml_package_begin(b, 32 * 4);

    for (unsigned i = 0; i < 32 * 4; i++) {
        size_t e = aml_package_begin(b, 4);

        aml_int(b, (i / 4) << 16 | 0xffff);
        aml_int(b, i % 4);
        aml_int(b, 0);
        aml_int(b, pin_irq(is_q35, i / 4, i % 4, apic));
        aml_end(b, e);
    }
    aml_end(b, prt);
}

static void build_prt(GByteArray *b, bool is_q35)
{
    size_t m = aml_method_begin(b, "_PRT", 0, false), cond = aml_if_begin(b);

    aml_path(b, "\\PICF");
    aml_return(b);
    build_prt_package(b, is_q35, true);
    aml_end(b, cond);
    aml_return(b);
    build_prt_package(b, is_q35, false);
    aml_end(b, m);
}

static void build_root_crs(GByteArray *b, PCMachineState *pcms)
{
    GByteArray *r = g_byte_array_new();
    uint64_t hole64 = pc_pci_hole64_start(pcms);

    aml_name(b, "_CRS");
    res_range(r, 16, RES_BUS, 0, 0xff);
    res_io(r, 0xcf8, 0xcf8, 1, 8);
    res_range(r, 16, RES_IO_RANGE, 0, 0xcf7);
    res_range(r, 16, RES_IO_RANGE, 0xd00, 0xffff);
    res_range(r, 32, RES_MEMORY, 0xa0000, 0xbffff);
    res_range(r, 32, RES_MEMORY, PC_PCI_HOLE_START, PC_PCI_HOLE_END);
    if (pcms->pci_hole64_size) {
        res_range(r, 64, RES_MEMORY, hole64, hole64 + pcms->pci_hole64_size - 1);
    }
    aml_resource_template(b, r);
}

/* _OSC for a PCI Express root: grant the OS native hot-plug, PME, AER and capability control. */
static void build_osc(GByteArray *b)
{
    size_t m = aml_method_begin(b, "_OSC", 4, true), cond, other;
    static const char *const words[] = { "CDW1", "CDW2", "CDW3" };

    for (int i = 0; i < 3; i++) {
        aml_byte(b, AML_CREATE_DWORD_FIELD);
        aml_arg(b, 3);
        aml_int(b, i * 4);
        aml_path(b, words[i]);
    }
    cond = aml_if_begin(b);
    aml_byte(b, AML_LEQUAL);
    aml_arg(b, 0);
    aml_uuid(b, "33db4d5b-1ff7-401c-9657-7441c03dd766");
    aml_byte(b, AML_STORE);
    aml_path(b, "CDW3");
    aml_local(b, 0);
    aml_byte(b, AML_AND);
    aml_path(b, "CDW3");
    aml_int(b, 0x1f);
    aml_path(b, "CDW3");
    other = aml_if_begin(b);
    aml_byte(b, AML_LNOT);
    aml_byte(b, AML_LEQUAL);
    aml_path(b, "CDW3");
    aml_local(b, 0);
    aml_byte(b, AML_OR);                        /* some bits were masked */
    aml_path(b, "CDW1");
    aml_int(b, 0x10);
    aml_path(b, "CDW1");
    aml_end(b, other);
    aml_end(b, cond);
    cond = aml_else_begin(b);
    aml_byte(b, AML_OR);                        /* unrecognized UUID */
    aml_path(b, "CDW1");
    aml_int(b, 4);
    aml_path(b, "CDW1");
    aml_end(b, cond);
    aml_return(b);
    aml_arg(b, 3);
    aml_end(b, m);
}

static void build_isa_device(GByteArray *b, const char *name, const char *hid, unsigned uid, const uint16_t ports[][2],
                             unsigned nports, int irq)
{
    size_t dev = aml_device_begin(b, name);
    GByteArray *r = g_byte_array_new();

    aml_name(b, "_HID");
    aml_eisaid(b, hid);
    if (uid) {
        aml_name(b, "_UID");
        aml_int(b, uid);
    }
    aml_name(b, "_STA");
    aml_int(b, 0xf);
    aml_name(b, "_CRS");
    for (unsigned i = 0; i < nports; i++) {
        res_io(r, ports[i][0], ports[i][0], 1, ports[i][1]);
    }
    if (irq >= 0) {
        res_irq(r, irq);
    }
    aml_resource_template(b, r);
    aml_end(b, dev);
}

static void build_serial(GByteArray *b, Object *obj, unsigned n)
{
    uint16_t port[1][2] = { { object_property_get_uint(obj, "iobase", NULL), 8 } };
    char name[5];

    snprintf(name, sizeof(name), "COM%u", n);
    build_isa_device(b, name, "PNP0501", n, (const uint16_t (*)[2])port, 1, object_property_get_uint(obj, "irq", NULL));
}

static void build_isa(GByteArray *b, PCMachineState *pcms)
{
    static const uint16_t rtc[][2] = { { 0x70, 8 } }, kbd[][2] = { { 0x60, 1 }, { 0x64, 1 } };
    size_t isa = aml_device_begin(b, "ISA");
    BusChild *kid;
    unsigned com = 0;

    aml_name(b, "_ADR");
    aml_int(b, PC_MACHINE_GET_CLASS(pcms)->is_q35 ? 0x1f0000 : 0x10000);
    build_isa_device(b, "RTC", "PNP0B00", 0, rtc, 1, 8);
    if (pcms->i8042_enabled) {
        build_isa_device(b, "KBD", "PNP0303", 0, kbd, 2, 1);
        build_isa_device(b, "MOU", "PNP0F13", 0, NULL, 0, 12);
    }
    QTAILQ_FOREACH_REVERSE(kid, &BUS(isa_bus_from_device(X86_MACHINE(pcms)->rtc))->children, sibling) {
        if (object_dynamic_cast(OBJECT(kid->child), TYPE_ISA_SERIAL) && com < 9) {
            build_serial(b, OBJECT(kid->child), ++com);
        }
    }
    aml_end(b, isa);
}

static void build_root_bridge(GByteArray *b, PCMachineState *pcms)
{
    bool is_q35 = PC_MACHINE_GET_CLASS(pcms)->is_q35;
    size_t sb = aml_scope_begin(b, "\\_SB"), pci = aml_device_begin(b, "PCI0");

    aml_name(b, "_HID");
    aml_eisaid(b, is_q35 ? "PNP0A08" : "PNP0A03");
    if (is_q35) {
        aml_name(b, "_CID");
        aml_eisaid(b, "PNP0A03");
    }
    aml_name(b, "_UID");
    aml_int(b, 0);
    if (is_q35) {
        build_osc(b);
    }
    build_root_crs(b, pcms);
    build_prt(b, is_q35);
    build_isa(b, pcms);
    acpi_build_pci_hotplug(b, pcms);
    aml_end(b, pci);
    aml_end(b, sb);
}

static void build_hpet(GByteArray *b)
{
    size_t sb = aml_scope_begin(b, "\\_SB"), dev = aml_device_begin(b, "HPET");
    GByteArray *r = g_byte_array_new();

    aml_name(b, "_HID");
    aml_eisaid(b, "PNP0103");
    aml_name(b, "_UID");
    aml_int(b, 0);
    aml_name(b, "_STA");
    aml_int(b, 0xf);
    aml_name(b, "_CRS");
    res_memory32_fixed(r, HPET_BASE, HPET_LEN, false);
    aml_resource_template(b, r);
    aml_end(b, dev);
    aml_end(b, sb);
}

/* The configuration window of a PCI Express root must be a motherboard resource, or an OS will not use it. */
static void build_mmconfig_device(GByteArray *b)
{
    size_t sb = aml_scope_begin(b, "\\_SB"), dev = aml_device_begin(b, "DRAC");
    GByteArray *r = g_byte_array_new();

    aml_name(b, "_HID");
    aml_eisaid(b, "PNP0C01");
    aml_name(b, "_CRS");
    res_memory32_fixed(r, PC_MMCONFIG_BASE, PC_MMCONFIG_SIZE, true);
    aml_resource_template(b, r);
    aml_end(b, dev);
    aml_end(b, sb);
}

void acpi_build_fw_cfg_device(GByteArray *b)
{
    size_t sb = aml_scope_begin(b, "\\_SB"), dev = aml_device_begin(b, "FWCF");
    GByteArray *r = g_byte_array_new();

    aml_name(b, "_HID");
    aml_string(b, "QEMU0002");
    aml_name(b, "_STA");
    aml_int(b, 0xb);
    aml_name(b, "_CRS");
    res_io(r, FW_CFG_IO_BASE, FW_CFG_IO_BASE, 1, 12);
    aml_resource_template(b, r);
    aml_end(b, dev);
    aml_end(b, sb);
}

void acpi_build_cpus(GByteArray *b, MachineState *ms)
{
    const CPUArchIdList *cpus = x86_possible_cpu_arch_ids(ms);
    size_t sb = aml_scope_begin(b, "\\_SB");

    for (int i = 0; i < cpus->len; i++) {
        size_t dev;
        char name[5];

        if (!cpus->cpus[i].cpu) {
            continue;
        }
        snprintf(name, sizeof(name), "C%03X", i & 0xfff);
        dev = aml_device_begin(b, name);
        aml_name(b, "_HID");
        aml_string(b, "ACPI0007");
        aml_name(b, "_UID");
        aml_int(b, i);
        aml_end(b, dev);
    }
    aml_end(b, sb);
}

void pc_build_dsdt(GByteArray *b, PCMachineState *pcms)
{
    build_pic(b);
    build_root_bridge(b, pcms);
    acpi_build_gpe(b, pcms);
    if (PC_MACHINE_GET_CLASS(pcms)->is_q35) {
        build_mmconfig_device(b);
    }
    if (hpet_find()) {
        build_hpet(b);
    }
    acpi_build_fw_cfg_device(b);
    acpi_build_cpus(b, MACHINE(pcms));
    build_sleep_states(b);
}
