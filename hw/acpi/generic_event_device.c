/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generic event device (hw/acpi/generic_event_device.h): power button, sleep and reset registers. BQL. */
#include "qemu/osdep.h"
#include "hw/acpi/generic_event_device.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "migration/vmstate.h"
#include "system/runstate.h"

typedef struct GEDState {
    MemoryRegion evt;
    MemoryRegion regs;
    uint32_t sel;                   /* events the guest has not read */
} GEDState;

struct AcpiGedState {
    SysBusDevice parent_obj;

    MemoryRegion container_memhp;
    GEDState ged_state;
    uint32_t ged_event_bitmap;
    qemu_irq irq;
    Notifier powerdown_notifier;
};

static uint64_t ged_evt_read(void *opaque, hwaddr addr, unsigned size)
{
    GEDState *s = opaque;
    uint32_t sel = s->sel;

    s->sel = 0;
    return sel;
}

static void ged_evt_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
}

static const MemoryRegionOps ged_evt_ops = {
    .read = ged_evt_read,
    .write = ged_evt_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
};

static uint64_t ged_regs_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

static void ged_regs_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    switch (addr) {
    case ACPI_GED_REG_SLEEP_CTL:
        if ((data & ACPI_GED_SLP_EN) && ((data >> 2) & 7) == ACPI_GED_SLP_TYP_S5) {
            qemu_system_shutdown_request(SHUTDOWN_CAUSE_GUEST_SHUTDOWN);
        }
        break;
    case ACPI_GED_REG_RESET:
        if (data == ACPI_GED_RESET_VALUE) {
            qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
        }
        break;
    }
}

static const MemoryRegionOps ged_regs_ops = {
    .read = ged_regs_read,
    .write = ged_regs_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

static void ged_powerdown(Notifier *n, void *opaque)
{
    AcpiGedState *s = container_of(n, AcpiGedState, powerdown_notifier);

    if (s->ged_event_bitmap & ACPI_GED_PWR_DOWN_EVT) {
        s->ged_state.sel |= ACPI_GED_PWR_DOWN_EVT;
        qemu_irq_pulse(s->irq);
    }
}

static const VMStateDescription vmstate_ged_state = {
    .name = "acpi-ged-state",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(sel, GEDState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_acpi_ged = {
    .name = "acpi-ged",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(ged_state, AcpiGedState, 1, vmstate_ged_state, GEDState),
        VMSTATE_END_OF_LIST()
    }
};

static const Property ged_properties[] = {
    DEFINE_PROP_UINT32("ged-event", AcpiGedState, ged_event_bitmap, 0),
};

static void ged_reset(DeviceState *dev)
{
    ACPI_GED(dev)->ged_state.sel = 0;
}

static void ged_initfn(Object *obj)
{
    AcpiGedState *s = ACPI_GED(obj);
    SysBusDevice *sbd = SYS_BUS_DEVICE(obj);

    memory_region_init_io(&s->ged_state.evt, obj, &ged_evt_ops, &s->ged_state, "acpi-ged", ACPI_GED_EVT_SEL_LEN);
    sysbus_init_mmio(sbd, &s->ged_state.evt);
    sysbus_init_irq(sbd, &s->irq);
    memory_region_init(&s->container_memhp, obj, "memhp container", 24);
    sysbus_init_mmio(sbd, &s->container_memhp);
    memory_region_init_io(&s->ged_state.regs, obj, &ged_regs_ops, &s->ged_state, "acpi-ged-regs",
                          ACPI_GED_REG_COUNT);
    sysbus_init_mmio(sbd, &s->ged_state.regs);
}

static void ged_realize(DeviceState *dev, Error **errp)
{
    AcpiGedState *s = ACPI_GED(dev);

    s->powerdown_notifier.notify = ged_powerdown;
    qemu_register_powerdown_notifier(&s->powerdown_notifier);
}

static void ged_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->desc = "ACPI Generic Event Device";
    dc->realize = ged_realize;
    dc->reset = ged_reset;
    dc->vmsd = &vmstate_acpi_ged;
    dc->user_creatable = false;
    device_class_set_props(dc, ged_properties);
}

static const TypeInfo ged_types[] = {
    {
        .name = TYPE_ACPI_GED,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(AcpiGedState),
        .instance_init = ged_initfn,
        .class_init = ged_class_init,
    },
    {
        .name = TYPE_ACPI_GED_X86,
        .parent = TYPE_ACPI_GED,
    },
};
DEFINE_TYPES(ged_types)
