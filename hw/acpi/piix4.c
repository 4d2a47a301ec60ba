// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 82371AB function 3 (Intel 290562, chapter 7): the ACPI register block of the "pc" machines.
 *
 *   0x40 PMBASE   0x80 bit 0 enables it   0x90 SMBus base   0xd2 bit 0 enables it   GPE block at 0xafe0
 */
#include "qemu/osdep.h"
#include "hw/acpi/acpi.h"
#include "hw/core/qdev-properties.h"
#include "hw/southbridge/piix.h"
#include "migration/qemu-file-types.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "system/reset.h"
#include "system/runstate.h"

#define GPE_BASE 0xafe0
#define GPE_LEN 4
#define ACPI_ENABLE 0xf1
#define ACPI_DISABLE 0xf0

static void pm_update_sci(ACPIREGS *ar)
{
    PIIX4PMState *s = container_of(ar, PIIX4PMState, ar);

    acpi_update_sci(&s->ar, s->irq);
}

static void apm_ctrl_changed(uint32_t val, void *arg)
{
    PIIX4PMState *s = arg;

    acpi_pm1_cnt_update(&s->ar, val == ACPI_ENABLE, val == ACPI_DISABLE);
    if (val == ACPI_ENABLE || val == ACPI_DISABLE) {
        return;
    }
    if (PCI_DEVICE(s)->config[0x5b] & 0x02) {
        qemu_irq_raise(s->smi_irq);
    }
}

static void pm_io_space_update(PIIX4PMState *s)
{
    PCIDevice *d = PCI_DEVICE(s);

    memory_region_transaction_begin();
    memory_region_set_enabled(&s->io, d->config[0x80] & 1);
    memory_region_set_address(&s->io, pci_get_long(d->config + 0x40) & 0xffc0);
    memory_region_transaction_commit();
}

static void smbus_io_space_update(PIIX4PMState *s)
{
    PCIDevice *d = PCI_DEVICE(s);

    memory_region_transaction_begin();
    memory_region_set_enabled(&s->smb.io, d->config[0xd2] & 1);
    memory_region_set_address(&s->smb.io, pci_get_long(d->config + 0x90) & 0xffc0);
    memory_region_transaction_commit();
}

static void pm_write_config(PCIDevice *d, uint32_t address, uint32_t val, int len)
{
    PIIX4PMState *s = PIIX4_PM(d);

    pci_default_write_config(d, address, val, len);
    if (pci_ranges_overlap(address, len, 0x80, 1) || pci_ranges_overlap(address, len, 0x40, 4)) {
        pm_io_space_update(s);
    }
    if (pci_ranges_overlap(address, len, 0xd2, 1) || pci_ranges_overlap(address, len, 0x90, 4)) {
        smbus_io_space_update(s);
    }
}

static uint64_t gpe_read(void *opaque, hwaddr addr, unsigned width)
{
    PIIX4PMState *s = opaque;

    return acpi_gpe_ioport_readb(&s->ar, addr);
}

static void gpe_write(void *opaque, hwaddr addr, uint64_t val, unsigned width)
{
    PIIX4PMState *s = opaque;

    acpi_gpe_ioport_writeb(&s->ar, addr, val);
    pm_update_sci(&s->ar);
}

static const MemoryRegionOps gpe_ops = {
    .read = gpe_read,
    .write = gpe_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

static void pm_powerdown_req(Notifier *n, void *opaque)
{
    PIIX4PMState *s = container_of(n, PIIX4PMState, powerdown_notifier);

    acpi_pm1_evt_power_down(&s->ar);
}

/* ---- hot-plug handler of the root bus and of the bridges on it ---- */

static void piix4_pre_plug(HotplugHandler *h, DeviceState *dev, Error **errp)
{
    acpi_pcihp_device_pre_plug(&PIIX4_PM(h)->acpi_pci_hotplug, dev, errp);
}

static void piix4_plug(HotplugHandler *h, DeviceState *dev, Error **errp)
{
    PIIX4PMState *s = PIIX4_PM(h);

    if (acpi_pcihp_device_plug(&s->acpi_pci_hotplug, h, dev, s->use_acpi_hotplug_bridge)) {
        acpi_send_gpe_event(&s->ar, s->irq, ACPI_PCI_HOTPLUG_STATUS);
    }
}

static void piix4_unplug_request(HotplugHandler *h, DeviceState *dev, Error **errp)
{
    PIIX4PMState *s = PIIX4_PM(h);

    if (acpi_pcihp_device_unplug_request(&s->acpi_pci_hotplug, dev, errp)) {
        acpi_send_gpe_event(&s->ar, s->irq, ACPI_PCI_HOTPLUG_STATUS);
    }
}

/* Not from the device's own reset: devices may go, while the bus is being walked. */
static void pcihp_reset(void *opaque)
{
    acpi_pcihp_reset(&PIIX4_PM(opaque)->acpi_pci_hotplug);
}

static void piix4_pcihp_init(PIIX4PMState *s)
{
    PCIBus *root = pci_get_bus(PCI_DEVICE(s));

    if (s->use_acpi_hotplug_bridge || s->use_acpi_root_pci_hotplug) {
        acpi_pcihp_init(OBJECT(s), &s->acpi_pci_hotplug, root, pci_address_space_io(PCI_DEVICE(s)),
                        ACPI_PCIHP_IO_BASE_PIIX4);
        qemu_register_reset(pcihp_reset, s);
    }
    if (s->use_acpi_root_pci_hotplug) {
        qbus_set_hotplug_handler(BUS(root), OBJECT(s));
    }
}

/* ---- migration ---- */

static int pm_post_load(void *opaque, int version_id)
{
    PIIX4PMState *s = opaque;

    pm_io_space_update(s);
    smbus_io_space_update(s);
    return 0;
}

static bool always(void *opaque, int version_id)
{
    return true;
}

static bool root_hotplug_only(void *opaque, int version_id)
{
    return !((PIIX4PMState *)opaque)->use_acpi_hotplug_bridge;
}

static bool bridge_hotplug(void *opaque, int version_id)
{
    return ((PIIX4PMState *)opaque)->use_acpi_hotplug_bridge;
}

static bool acpi_index_present(void *opaque, int version_id)
{
    PIIX4PMState *s = opaque;

    return s->use_acpi_hotplug_bridge && !s->not_migrate_acpi_index;
}

/* 16-bit registers; the block keeps bytes. */
static int gpe_get(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    uint8_t *p = *(uint8_t **)pv;

    pci_set_word(p, qemu_get_be16(f));
    return qemu_file_get_error(f);
}

static int gpe_put(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc)
{
    uint8_t *p = *(uint8_t **)pv;

    qemu_put_be16(f, pci_get_word(p));
    return 0;
}

static const VMStateInfo vmstate_info_gpe_word = { .name = "uint16", .get = gpe_get, .put = gpe_put };

#define GPE_WORD(f) { .name = stringify(f), .size = 2, .info = &vmstate_info_gpe_word, .flags = VMS_SINGLE, \
                      .offset = offsetof(ACPIGPE, f) }

static const VMStateDescription vmstate_gpe = {
    .name = "gpe",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        GPE_WORD(sts),
        GPE_WORD(en),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_pci_status = {
    .name = "pci_status",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(up, AcpiPciHpPciStatus),
        VMSTATE_UINT32(down, AcpiPciHpPciStatus),
        VMSTATE_END_OF_LIST()
    },
};

static bool memhp_needed(void *opaque)
{
    return ((PIIX4PMState *)opaque)->acpi_memory_hotplug_enabled;
}

static const VMStateDescription vmstate_piix4_memhp = {
    .name = "piix4_pm/memhp",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = memhp_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(memhp, PIIX4PMState, 1, vmstate_acpi_memhp_empty, AcpiMemHpVmstate),
        VMSTATE_END_OF_LIST()
    },
};

static bool cpuhp_needed(void *opaque)
{
    return ((PIIX4PMState *)opaque)->cpuhp_state.modern;
}

static const VMStateDescription vmstate_piix4_cpuhp = {
    .name = "piix4_pm/cpuhp",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = cpuhp_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(cpuhp_state, PIIX4PMState, 1, vmstate_acpi_cpuhp, AcpiCpuHpVmstate),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_piix4_pm = {
    .name = "piix4_pm",
    .version_id = 3,
    .minimum_version_id = 3,
    .post_load = pm_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, PIIX4PMState),
        VMSTATE_UINT16(ar.pm1.evt.sts, PIIX4PMState),
        VMSTATE_UINT16(ar.pm1.evt.en, PIIX4PMState),
        VMSTATE_UINT16(ar.pm1.cnt.cnt, PIIX4PMState),
        VMSTATE_STRUCT(apm, PIIX4PMState, 0, vmstate_apm, APMState),
        VMSTATE_STRUCT_TEST(smb, PIIX4PMState, always, 3, pmsmb_vmstate, PMSMBus),
        VMSTATE_TIMER_PTR(ar.tmr.timer, PIIX4PMState),
        VMSTATE_INT64(ar.tmr.overflow_time, PIIX4PMState),
        VMSTATE_STRUCT(ar.gpe, PIIX4PMState, 2, vmstate_gpe, ACPIGPE),
        VMSTATE_STRUCT_TEST(acpi_pci_hotplug.acpi_pcihp_pci_status[0], PIIX4PMState, root_hotplug_only, 2,
                            vmstate_pci_status, AcpiPciHpPciStatus),
        VMSTATE_UINT32_TEST(acpi_pci_hotplug.hotplug_select, PIIX4PMState, bridge_hotplug),
        VMSTATE_STRUCT_ARRAY_TEST(acpi_pci_hotplug.acpi_pcihp_pci_status, PIIX4PMState,
                                  ACPI_PCIHP_MAX_HOTPLUG_BUS, bridge_hotplug, 1, vmstate_acpi_pcihp_pci_status,
                                  AcpiPciHpPciStatus),
        VMSTATE_UINT32_TEST(acpi_pci_hotplug.acpi_index, PIIX4PMState, acpi_index_present),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription *const []) {
        &vmstate_piix4_memhp, &vmstate_piix4_cpuhp, NULL
    },
};

/* ---- device ---- */

static void piix4_pm_reset(DeviceState *dev)
{
    PIIX4PMState *s = PIIX4_PM(dev);
    uint8_t *c = PCI_DEVICE(s)->config;

    c[0x58] = 0;
    c[0x59] = 0;
    c[0x5a] = 0;
    c[0x5b] = s->smm_enabled ? 0 : 0x02;
    pci_set_long(c + 0x40, 1);
    c[0x80] = 0;
    acpi_pm1_evt_reset(&s->ar);
    acpi_pm1_cnt_reset(&s->ar);
    acpi_pm_tmr_reset(&s->ar);
    acpi_gpe_reset(&s->ar);
    pm_smbus_reset(&s->smb);
    acpi_cpuhp_vmstate_reset(&s->cpuhp_state);
    pm_io_space_update(s);
    acpi_update_sci(&s->ar, s->irq);
}

static void piix4_pm_realize(PCIDevice *dev, Error **errp)
{
    PIIX4PMState *s = PIIX4_PM(dev);
    uint8_t *c = dev->config;

    c[0x06] = 0x80;
    c[0x07] = 0x02;
    c[0x09] = 0x00;
    c[0x3d] = 0x01;             /* interrupt pin A */
    apm_init(OBJECT(dev), pci_address_space_io(dev), &s->apm, apm_ctrl_changed, s);
    c[0x5f] = 0x10;             /* bits firmware reports through resource registers */
    c[0x63] = 0x60;
    c[0x67] = 0x18;
    pci_set_long(c + 0x90, s->smb_io_base | 1);
    c[0xd2] = 0x09;
    acpi_cpuhp_vmstate_init(&s->cpuhp_state);
    pm_smbus_init(DEVICE(dev), &s->smb);
    memory_region_set_enabled(&s->smb.io, c[0xd2] & 1);
    memory_region_add_subregion(pci_address_space_io(dev), s->smb_io_base, &s->smb.io);

    memory_region_init(&s->io, OBJECT(s), "piix4-pm", 64);
    memory_region_set_enabled(&s->io, false);
    memory_region_add_subregion(pci_address_space_io(dev), 0, &s->io);
    acpi_pm_tmr_init(&s->ar, pm_update_sci, &s->io);
    acpi_pm1_evt_init(&s->ar, pm_update_sci, &s->io);
    acpi_pm1_cnt_init(&s->ar, &s->io, s->disable_s3, s->disable_s4, s->s4_val, !s->smm_compat && !s->smm_enabled);
    acpi_gpe_init(&s->ar, GPE_LEN);
    memory_region_init_io(&s->io_gpe, OBJECT(s), &gpe_ops, s, "acpi-gpe0", GPE_LEN);
    memory_region_add_subregion(pci_address_space_io(dev), GPE_BASE, &s->io_gpe);

    piix4_pcihp_init(s);
    s->powerdown_notifier.notify = pm_powerdown_req;
    qemu_register_powerdown_notifier(&s->powerdown_notifier);
}

static void piix4_pm_init(Object *obj)
{
    PIIX4PMState *s = PIIX4_PM(obj);

    qdev_init_gpio_out(DEVICE(obj), &s->irq, 1);
    qdev_init_gpio_out_named(DEVICE(obj), &s->smi_irq, "smi-irq", 1);
}

static const Property piix4_pm_props[] = {
    DEFINE_PROP_UINT32("smb_io_base", PIIX4PMState, smb_io_base, 0),
    DEFINE_PROP_UINT8("disable_s3", PIIX4PMState, disable_s3, 0),
    DEFINE_PROP_UINT8("disable_s4", PIIX4PMState, disable_s4, 0),
    DEFINE_PROP_UINT8("s4_val", PIIX4PMState, s4_val, 2),
    DEFINE_PROP_BOOL("acpi-pci-hotplug-with-bridge-support", PIIX4PMState, use_acpi_hotplug_bridge, true),
    DEFINE_PROP_BOOL("acpi-root-pci-hotplug", PIIX4PMState, use_acpi_root_pci_hotplug, true),
    DEFINE_PROP_BOOL("memory-hotplug-support", PIIX4PMState, acpi_memory_hotplug_enabled, true),
    DEFINE_PROP_BOOL("smm-compat", PIIX4PMState, smm_compat, false),
    DEFINE_PROP_BOOL("smm-enabled", PIIX4PMState, smm_enabled, false),
    DEFINE_PROP_BOOL("x-not-migrate-acpi-index", PIIX4PMState, not_migrate_acpi_index, false),
};

static void piix4_pm_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);
    HotplugHandlerClass *hc = HOTPLUG_HANDLER_CLASS(klass);

    hc->pre_plug = piix4_pre_plug;
    hc->plug = piix4_plug;
    hc->unplug_request = piix4_unplug_request;
    hc->unplug = qdev_simple_device_unplug_cb;
    k->realize = piix4_pm_realize;
    k->config_write = pm_write_config;
    k->vendor_id = PCI_VENDOR_ID_INTEL;
    k->device_id = PCI_DEVICE_ID_INTEL_82371AB_3;
    k->revision = 0x03;
    k->class_id = PCI_CLASS_BRIDGE_OTHER;
    dc->reset = piix4_pm_reset;
    dc->desc = "PM";
    dc->vmsd = &vmstate_piix4_pm;
    dc->user_creatable = false;
    dc->hotpluggable = false;
    device_class_set_props(dc, piix4_pm_props);
}

static const TypeInfo piix4_types[] = {
    {
        .name = TYPE_PIIX4_PM,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(PIIX4PMState),
        .instance_init = piix4_pm_init,
        .class_init = piix4_pm_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { TYPE_HOTPLUG_HANDLER }, { } },
    },
};

DEFINE_TYPES(piix4_types)
