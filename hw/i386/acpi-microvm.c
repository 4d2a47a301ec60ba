/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI tables of microvm: the hardware-reduced profile (ACPI 6.4, 4.1) with a generic event device. Start-up. */
#include "qemu/osdep.h"
#include "hw/acpi/aml.h"
#include "hw/acpi/generic_event_device.h"
#include "hw/char/serial.h"
#include "hw/i386/acpi-build.h"
#include "hw/i386/microvm.h"
#include "qemu/bswap.h"

#define GAS_MEMORY 0
#define GAS_IO 1
#define FADT_RESET_REG (1u << 10)
#define FADT_HW_REDUCED (1u << 20)

static void build_ged(GByteArray *b)
{
    size_t dev = aml_device_begin(b, "GED"), m, cond;
    GByteArray *r = g_byte_array_new();

    aml_name(b, "_HID");
    aml_string(b, "ACPI0013");
    aml_name(b, "_UID");
    aml_string(b, "GED");
    aml_name(b, "_CRS");
    res_ext_irq(r, GED_MMIO_IRQ, false, false);
    aml_resource_template(b, r);
    aml_operation_region(b, "EREG", 0, GED_MMIO_BASE, ACPI_GED_EVT_SEL_LEN);
    aml_field(b, "EREG", AML_DWORD_ACC, "ESEL", 32);
    m = aml_method_begin(b, "_EVT", 1, true);
    aml_byte(b, AML_STORE);
    aml_path(b, "ESEL");
    aml_local(b, 0);
    cond = aml_if_begin(b);
    aml_byte(b, AML_AND);
    aml_local(b, 0);
    aml_int(b, ACPI_GED_PWR_DOWN_EVT);
    aml_byte(b, AML_NULL_TARGET);
    aml_byte(b, AML_NOTIFY);
    aml_path(b, "\\_SB.PWRB");
    aml_int(b, 0x80);
    aml_end(b, cond);
    aml_end(b, m);
    aml_end(b, dev);
    dev = aml_device_begin(b, "PWRB");
    aml_name(b, "_HID");
    aml_eisaid(b, "PNP0C0C");
    aml_end(b, dev);
}

static void build_virtio_slot(GByteArray *b, MicrovmMachineState *mms, unsigned slot)
{
    GByteArray *r = g_byte_array_new();
    char name[5];
    size_t dev;

    snprintf(name, sizeof(name), "VR%02u", slot % 100);
    dev = aml_device_begin(b, name);
    aml_name(b, "_HID");
    aml_string(b, "LNRO0005");
    aml_name(b, "_UID");
    aml_int(b, slot);
    aml_name(b, "_CCA");
    aml_int(b, 1);
    aml_name(b, "_CRS");
    res_memory32_fixed(r, VIRTIO_MMIO_BASE + slot * MICROVM_SLOT_SIZE, MICROVM_SLOT_SIZE, true);
    res_ext_irq(r, mms->virtio_irq_base + slot, true, false);
    aml_resource_template(b, r);
    aml_end(b, dev);
}

static void build_com(GByteArray *b)
{
    GByteArray *r = g_byte_array_new();
    size_t dev = aml_device_begin(b, "COM1");

    aml_name(b, "_HID");
    aml_eisaid(b, "PNP0501");
    aml_name(b, "_UID");
    aml_int(b, 1);
    aml_name(b, "_STA");
    aml_int(b, 0xf);
    aml_name(b, "_CRS");
    res_io(r, 0x3f8, 0x3f8, 1, 8);
    res_irq(r, 4);
    aml_resource_template(b, r);
    aml_end(b, dev);
}

static void build_rtc(GByteArray *b)
{
    GByteArray *r = g_byte_array_new();
    size_t dev = aml_device_begin(b, "RTC");

    aml_name(b, "_HID");
    aml_eisaid(b, "PNP0B00");
    aml_name(b, "_CRS");
    res_io(r, 0x70, 0x70, 1, 8);
    res_irq(r, 8);
    aml_resource_template(b, r);
    aml_end(b, dev);
}

static void build_dsdt(GByteArray *b, MicrovmMachineState *mms)
{
    size_t sb = aml_scope_begin(b, "\\_SB"), pkg;
    BusChild *kid;

    build_com(b);
    if (X86_MACHINE(mms)->rtc) {
        build_rtc(b);
    }
    build_ged(b);
    QTAILQ_FOREACH(kid, &sysbus_get_default()->children, sibling) {
        BusState *bus = QLIST_FIRST(&kid->child->child_bus);

        if (object_dynamic_cast(OBJECT(kid->child), "virtio-mmio") && bus && !QTAILQ_EMPTY(&bus->children)) {
            build_virtio_slot(b, mms, (SYS_BUS_DEVICE(kid->child)->mmio[0].addr - VIRTIO_MMIO_BASE) /
                              MICROVM_SLOT_SIZE);
        }
    }
    aml_end(b, sb);
    acpi_build_fw_cfg_device(b);
    acpi_build_cpus(b, MACHINE(mms));
    aml_name(b, "\\_S5");
    pkg = aml_package_begin(b, 4);
    aml_int(b, ACPI_GED_SLP_TYP_S5);
    aml_int(b, 0);
    aml_int(b, 0);
    aml_int(b, 0);
    aml_end(b, pkg);
}

static void build_fadt(AcpiTables *t, uint32_t dsdt)
{
    uint32_t fadt = acpi_table_begin(t, "FACP", 5), body = t->blob->len;

    acpi_add(t, 0, 4);
    acpi_add_pointer(t, 4, dsdt);
    while (t->blob->len < body + 112 - 36) {
        acpi_add(t, 0, 1);
    }
    stl_le_p(t->blob->data + fadt + 76, MICROVM_PM_TIMER_PORT);
    t->blob->data[fadt + 91] = 4;
    acpi_add(t, FADT_RESET_REG | FADT_HW_REDUCED, 4);
    acpi_add_gas(t, GAS_MEMORY, 8, 0, 0, GED_MMIO_BASE_REGS + ACPI_GED_REG_RESET);
    acpi_add(t, ACPI_GED_RESET_VALUE, 1);
    acpi_add(t, 0, 3);
    acpi_add(t, 0, 8);
    acpi_add(t, 0, 8);                  /* the 32-bit DSDT pointer counts */
    for (int i = 0; i < 8; i++) {       /* of the PC's register blocks only the PM timer exists */
        bool timer = i == 5;

        acpi_add_gas(t, timer ? GAS_IO : 0, timer ? 32 : 0, 0, timer ? 3 : 0, timer ? MICROVM_PM_TIMER_PORT : 0);
    }
    acpi_add_gas(t, GAS_MEMORY, 8, 0, 0, GED_MMIO_BASE_REGS + ACPI_GED_REG_SLEEP_CTL);
    acpi_add_gas(t, GAS_MEMORY, 8, 0, 0, GED_MMIO_BASE_REGS + ACPI_GED_REG_SLEEP_STS);
    acpi_table_end(t, fadt, true);
}

bool microvm_acpi_setup(MicrovmMachineState *mms, Error **errp)
{
    X86MachineState *x86ms = X86_MACHINE(mms);
    AcpiTables t;
    uint32_t dsdt;
    bool ok;

    acpi_reserve_memory(x86ms, 0);
    acpi_tables_init(&t, x86ms->oem_id, x86ms->oem_table_id);
    dsdt = acpi_table_begin(&t, "DSDT", 2);
    build_dsdt(t.blob, mms);
    acpi_table_end(&t, dsdt, false);
    build_fadt(&t, dsdt);
    acpi_build_madt(&t, x86ms, false, x86ms->ioapic2 != NULL);
    acpi_build_rsdt(&t);
    ok = acpi_tables_publish(&t, x86ms, errp);
    acpi_tables_free(&t);
    return ok;
}
