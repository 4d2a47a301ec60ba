/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The AML behind ACPI PCI hot-plug (registers: hw/acpi/pcihp.h; ACPI 6.4, 5.6.4 general-purpose events, 5.6.6 device
 * check and eject request, 6.3.3 _EJ0).
 *
 *   \_GPE._E01          takes the lock and calls \_SB.PCI0.PCNT
 *   <bus>.PCNT          selects its bus, tells slots what is asked of them (DVNT), goes on to the buses below
 *   <bus>.Snn._EJ0      PCEJ(bus, slot): ejects
 *
 * Start-up.
 */
#include "qemu/osdep.h"
#include "hw/acpi/aml.h"
#include "hw/acpi/pcihp.h"
#include "hw/i386/acpi-build.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_device.h"
#include "hw/southbridge/piix.h"

#define NOTIFY_DEVICE_CHECK 1
#define NOTIFY_EJECT_REQUEST 3
#define WAIT_FOREVER 0xffff

static AcpiPciHpState *pcihp_of(PCMachineState *pcms)
{
    Object *pm = pcms->pm ? object_dynamic_cast(OBJECT(pcms->pm), TYPE_PIIX4_PM) : NULL;

    return pm && PIIX4_PM(pm)->acpi_pci_hotplug.root ? &PIIX4_PM(pm)->acpi_pci_hotplug : NULL;
}

unsigned acpi_number_hotplug_buses(PCMachineState *pcms)
{
    AcpiPciHpState *s = pcihp_of(pcms);

    if (!s) {
        return 0;
    }
    acpi_pcihp_number_buses(s);
    return s->nr_buses;
}

/* ---- Registers, lock and eject method, in the scope of the root bridge ---- */

static void build_register(GByteArray *b, const char *region, const char *field, unsigned offset)
{
    aml_operation_region(b, region, AML_SYSTEM_IO, ACPI_PCIHP_IO_BASE_PIIX4 + offset, 4);
    aml_field(b, region, AML_DWORD_ACC, field, 32);
}

static void build_pcej(GByteArray *b)
{
    size_t m = aml_method_begin(b, "PCEJ", 2, true);

    aml_acquire(b, "HPLK", WAIT_FOREVER);
    aml_byte(b, AML_STORE);
    aml_arg(b, 0);
    aml_path(b, "HPBN");
    aml_byte(b, AML_SHIFT_LEFT);
    aml_int(b, 1);
    aml_arg(b, 1);
    aml_path(b, "HPEJ");
    aml_release(b, "HPLK");
    aml_end(b, m);
}

/* ---- One bus ---- */

static void build_slot(GByteArray *b, unsigned number, unsigned slot)
{
    char name[5];
    size_t dev, m;

    snprintf(name, sizeof(name), "S%02X", PCI_DEVFN(slot, 0));
    dev = aml_device_begin(b, name);
    aml_name(b, "_ADR");
    aml_int(b, slot << 16);
    aml_name(b, "_SUN");
    aml_int(b, slot);
    m = aml_method_begin(b, "_EJ0", 1, false);
    aml_path(b, "PCEJ");
    aml_int(b, number);
    aml_int(b, slot);
    aml_end(b, m);
    aml_end(b, dev);
}

/* DVNT(slots, what): tell them. */
static void build_dvnt(GByteArray *b, const PCIBus *bus)
{
    size_t m = aml_method_begin(b, "DVNT", 2, false);

    for (unsigned slot = 0; slot < PCI_SLOT_MAX; slot++) {
        char name[5];
        size_t cond;

        if (!acpi_pcihp_slot_removable(bus, slot)) {
            continue;
        }
        snprintf(name, sizeof(name), "S%02X", PCI_DEVFN(slot, 0));
        cond = aml_if_begin(b);
        aml_byte(b, AML_AND);
        aml_arg(b, 0);
        aml_int(b, 1u << slot);
        aml_byte(b, AML_NULL_TARGET);
        aml_byte(b, AML_NOTIFY);
        aml_path(b, name);
        aml_arg(b, 1);
        aml_end(b, cond);
    }
    aml_end(b, m);
}

static void tell_slots(GByteArray *b, const char *field, unsigned event)
{
    aml_path(b, "DVNT");
    aml_path(b, field);
    aml_int(b, event);
}

static bool build_bus(GByteArray *b, AcpiPciHpState *s, PCIBus *bus);

/* A bridge with a numbered bus at or below it. */
static bool build_bridge(GByteArray *b, AcpiPciHpState *s, PCIBus *sec)
{
    int devfn = sec->parent_dev->devfn;
    size_t dev, begin = b->len;
    bool any;
    char name[5];

    snprintf(name, sizeof(name), "S%02X", devfn);
    dev = aml_device_begin(b, name);
    aml_name(b, "_ADR");
    aml_int(b, PCI_SLOT(devfn) << 16 | PCI_FUNC(devfn));
    any = build_bus(b, s, sec);
    if (any) {
        aml_end(b, dev);
    } else {
        g_byte_array_set_size(b, begin);
    }
    return any;
}

/* What goes into the scope of the bus's bridge. False: nothing does. */
static bool build_bus(GByteArray *b, AcpiPciHpState *s, PCIBus *bus)
{
    g_autoptr(GPtrArray) below = g_ptr_array_new();
    int number = acpi_pcihp_bus_number(s, bus);
    size_t m;

    for (GSList *l = bus->child; l; l = l->next) {
        if (build_bridge(b, s, l->data)) {
            g_ptr_array_add(below, l->data);
        }
    }
    if (number < 0 && !below->len) {
        return false;
    }
    if (number >= 0) {
        for (unsigned slot = 0; slot < PCI_SLOT_MAX; slot++) {
            if (acpi_pcihp_slot_removable(bus, slot)) {
                build_slot(b, number, slot);
            }
        }
        build_dvnt(b, bus);
    }
    m = aml_method_begin(b, "PCNT", 0, false);
    if (number >= 0) {
        aml_byte(b, AML_STORE);
        aml_int(b, number);
        aml_path(b, "HPBN");
        tell_slots(b, "HPUP", NOTIFY_DEVICE_CHECK);
        tell_slots(b, "HPDN", NOTIFY_EJECT_REQUEST);
    }
    for (unsigned i = 0; i < below->len; i++) {
        PCIBus *sec = g_ptr_array_index(below, i);
        char call[11];

        snprintf(call, sizeof(call), "^S%02X_.PCNT", sec->parent_dev->devfn);
        aml_path(b, call);
    }
    aml_end(b, m);
    return true;
}

/* ---- Tables ---- */

void acpi_build_pci_hotplug(GByteArray *b, PCMachineState *pcms)
{
    AcpiPciHpState *s = pcihp_of(pcms);

    if (!s || !s->nr_buses) {
        return;
    }
    build_register(b, "HPR0", "HPUP", ACPI_PCIHP_UP);
    build_register(b, "HPR1", "HPDN", ACPI_PCIHP_DOWN);
    build_register(b, "HPR2", "HPEJ", ACPI_PCIHP_EJECT);
    build_register(b, "HPR3", "HPBN", ACPI_PCIHP_SELECT);
    aml_mutex(b, "HPLK");
    build_pcej(b);
    build_bus(b, s, s->root);
}

void acpi_build_gpe(GByteArray *b, PCMachineState *pcms)
{
    AcpiPciHpState *s = pcihp_of(pcms);
    size_t gpe, m;

    if (!s || !s->nr_buses) {
        return;
    }
    gpe = aml_scope_begin(b, "\\_GPE");
    m = aml_method_begin(b, "_E01", 0, false);
    aml_acquire(b, "\\_SB.PCI0.HPLK", WAIT_FOREVER);
    aml_path(b, "\\_SB.PCI0.PCNT");
    aml_release(b, "\\_SB.PCI0.HPLK");
    aml_end(b, m);
    aml_end(b, gpe);
}
