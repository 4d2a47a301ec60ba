// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ICH9 LPC bridge (Intel 316972, chapters 10 and 13).
 *
 * Interrupts: each device's pins go to a PIRQ (A..H, 0..7) by the DxxIR registers (slots 25-31) or by rotation over
 * E..H (other slots). PIRQ n is input 16+n of the I/O APIC and, when its route register allows, also an ISA line.
 * A line is the OR of the PIRQs routed to it and of SCI.
 */
#include "qemu/osdep.h"
#include "hw/southbridge/ich9.h"
#include "hw/core/qdev-properties.h"
#include "hw/pci/pci_bus.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "system/runstate.h"
#include "lpc_ich9-pm.h"

#define PIRQ_OFF 0x80
#define RST_CNT_CPU 0x04

/* ---- routing ---- */

static uint8_t pirq_route(ICH9LPCState *lpc, int pirq)
{
    return lpc->d.config[(pirq < 4 ? ICH9_LPC_PIRQA_ROUT : ICH9_LPC_PIRQE_ROUT - 4) + pirq];
}

static int sci_irq(ICH9LPCState *lpc)
{
    static const uint8_t lines[8] = { 9, 10, 11, 0, 20, 21, 22, 23 };
    int sel = lpc->d.config[ICH9_LPC_ACPI_CTRL] & 7;

    return lines[sel] ?: 9;
}

static void update_isa_line(ICH9LPCState *lpc, int line)
{
    PCIBus *bus = pci_get_bus(&lpc->d);
    int level = lpc->sci_gsi == line && lpc->sci_level;

    for (int p = 0; p < ICH9_LPC_NB_PIRQS; p++) {
        uint8_t route = pirq_route(lpc, p);

        if (!(route & PIRQ_OFF) && (route & 0xf) == line) {
            level |= pci_bus_get_irq_level(bus, p);
        }
    }
    qemu_set_irq(lpc->gsi[line], level);
}

static void update_apic_line(ICH9LPCState *lpc, int gsi)
{
    int level = pci_bus_get_irq_level(pci_get_bus(&lpc->d), gsi - 16);

    if (lpc->sci_gsi == gsi) {
        level |= lpc->sci_level;
    }
    qemu_set_irq(lpc->gsi[gsi], level);
}

void ich9_lpc_set_irq(void *opaque, int pirq, int level)
{
    ICH9LPCState *lpc = opaque;
    uint8_t route = pirq_route(lpc, pirq);

    update_apic_line(lpc, 16 + pirq);
    if (!(route & PIRQ_OFF)) {
        update_isa_line(lpc, route & 0xf);
    }
}

int ich9_lpc_map_irq(PCIDevice *pci_dev, int intx)
{
    PCIBus *root = pci_device_root_bus(pci_dev);
    ICH9LPCState *lpc = root->irq_opaque;

    return lpc ? lpc->irr[PCI_SLOT(pci_dev->devfn)][intx & 3] : 0;
}

PCIINTxRoute ich9_route_intx_pin_to_irq(void *opaque, int pirq_pin)
{
    ICH9LPCState *lpc = opaque;
    uint8_t route = pirq_route(lpc, pirq_pin);

    if (!(route & PIRQ_OFF)) {
        return (PCIINTxRoute) { .mode = PCI_INTX_ENABLED, .irq = route & 0xf };
    }
    return (PCIINTxRoute) { .mode = PCI_INTX_ENABLED, .irq = 16 + pirq_pin };
}

static void set_sci(void *opaque, int irq_num, int level)
{
    ICH9LPCState *lpc = opaque;

    if (lpc->sci_level == !!level) {
        return;
    }
    lpc->sci_level = !!level;
    if (lpc->sci_gsi >= 16) {
        update_apic_line(lpc, lpc->sci_gsi);
    } else {
        update_isa_line(lpc, lpc->sci_gsi);
    }
}

/* irr[] from the DxxIR registers: three bits per pin, four bits apart. */
static void cc_update(ICH9LPCState *lpc)
{
    static const struct {
        int reg, slot;
    } regs[] = { { ICH9_CC_D25IR, 25 }, { ICH9_CC_D26IR, 26 }, { ICH9_CC_D27IR, 27 }, { ICH9_CC_D28IR, 28 },
                 { ICH9_CC_D29IR, 29 }, { ICH9_CC_D31IR, 31 } };

    for (int slot = 0; slot < PCI_SLOT_MAX; slot++) {
        for (int pin = 0; pin < PCI_NUM_PINS; pin++) {
            lpc->irr[slot][pin] = (slot + pin) % 4 + 4;
        }
    }
    for (int i = 0; i < ARRAY_SIZE(regs); i++) {
        uint16_t val = pci_get_word(lpc->chip_config + regs[i].reg);

        for (int pin = 0; pin < PCI_NUM_PINS; pin++) {
            lpc->irr[regs[i].slot][pin] = (val >> (pin * 4)) & 7;
        }
    }
    /* The PCI bridge's pins are wired through. */
    for (int pin = 0; pin < PCI_NUM_PINS; pin++) {
        lpc->irr[30][pin] = pin;
    }
}

static void cc_reset(ICH9LPCState *lpc)
{
    uint8_t *c = lpc->chip_config;

    memset(c, 0, ICH9_CC_SIZE);
    pci_set_long(c + ICH9_CC_D28IP, ICH9_CC_D28IP_DEFAULT);
    pci_set_word(c + ICH9_CC_D31IR, ICH9_CC_DIR_DEFAULT);
    pci_set_word(c + ICH9_CC_D29IR, ICH9_CC_DIR_DEFAULT);
    pci_set_word(c + ICH9_CC_D28IR, ICH9_CC_DIR_DEFAULT);
    pci_set_word(c + ICH9_CC_D27IR, ICH9_CC_DIR_DEFAULT);
    pci_set_word(c + ICH9_CC_D26IR, ICH9_CC_DIR_DEFAULT);
    pci_set_word(c + ICH9_CC_D25IR, ICH9_CC_DIR_DEFAULT);
    pci_set_long(c + ICH9_CC_GCS, ICH9_CC_GCS_DEFAULT & ~(lpc->pin_strap_no_reboot ? 0 : 0x20));
    cc_update(lpc);
}

static uint64_t cc_read(void *opaque, hwaddr addr, unsigned len)
{
    ICH9LPCState *lpc = opaque;

    return ldn_le_p(lpc->chip_config + addr, len);
}

static void cc_write(void *opaque, hwaddr addr, uint64_t val, unsigned len)
{
    ICH9LPCState *lpc = opaque;

    if (addr + len > ICH9_CC_SIZE) {
        return;
    }
    stn_le_p(lpc->chip_config + addr, len, val);
    pci_bus_fire_intx_routing_notifier(pci_get_bus(&lpc->d));
    cc_update(lpc);
}

static const MemoryRegionOps rcrb_ops = {
    .read = cc_read,
    .write = cc_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* ---- config space ---- */

static void pmbase_update(ICH9LPCState *lpc)
{
    uint8_t *c = lpc->d.config;
    uint32_t base = c[ICH9_LPC_ACPI_CTRL] & ICH9_LPC_ACPI_CTRL_ACPI_EN
                        ? pci_get_long(c + ICH9_LPC_PMBASE) & 0xff80 : 0;

    ich9_pm_iospace_update(&lpc->pm, base);
    /* SCI moves with its level. */
    if (lpc->sci_gsi != sci_irq(lpc)) {
        bool level = lpc->sci_level;

        set_sci(lpc, 0, 0);
        lpc->sci_gsi = sci_irq(lpc);
        set_sci(lpc, 0, level);
    }
}

static void rcba_update(ICH9LPCState *lpc)
{
    uint32_t rcba = pci_get_long(lpc->d.config + ICH9_LPC_RCBA);

    memory_region_transaction_begin();
    memory_region_set_address(&lpc->rcrb_mem, rcba & 0xffffc000);
    memory_region_set_enabled(&lpc->rcrb_mem, rcba & ICH9_LPC_RCBA_EN);
    memory_region_transaction_commit();
}

static void routes_update(ICH9LPCState *lpc)
{
    for (int line = 0; line < ICH9_LPC_PIC_NUM_PINS; line++) {
        bool used = lpc->sci_gsi == line;

        for (int p = 0; p < ICH9_LPC_NB_PIRQS; p++) {
            uint8_t route = pirq_route(lpc, p);

            used |= !(route & PIRQ_OFF) && (route & 0xf) == line;
        }
        if (used) {
            update_isa_line(lpc, line);
        }
    }
    pci_bus_fire_intx_routing_notifier(pci_get_bus(&lpc->d));
}

static void ich9_lpc_config_write(PCIDevice *d, uint32_t addr, uint32_t val, int len)
{
    ICH9LPCState *lpc = ICH9_LPC_DEVICE(d);
    uint8_t old[ICH9_LPC_NB_PIRQS];

    for (int p = 0; p < ICH9_LPC_NB_PIRQS; p++) {
        old[p] = pirq_route(lpc, p);
    }
    pci_default_write_config(d, addr, val, len);
    if (pci_ranges_overlap(addr, len, ICH9_LPC_PMBASE, 4) || pci_ranges_overlap(addr, len, ICH9_LPC_ACPI_CTRL, 1)) {
        pmbase_update(lpc);
    }
    if (pci_ranges_overlap(addr, len, ICH9_LPC_RCBA, 4)) {
        rcba_update(lpc);
    }
    if (pci_ranges_overlap(addr, len, ICH9_LPC_PIRQA_ROUT, 4) ||
        pci_ranges_overlap(addr, len, ICH9_LPC_PIRQE_ROUT, 4)) {
        for (int p = 0; p < ICH9_LPC_NB_PIRQS; p++) {
            if (!(old[p] & PIRQ_OFF) && old[p] != pirq_route(lpc, p)) {
                update_isa_line(lpc, old[p] & 0xf);
            }
        }
        routes_update(lpc);
    }
}

/* ---- ports ---- */

static void rst_cnt_write(void *opaque, hwaddr addr, uint64_t val, unsigned len)
{
    ICH9LPCState *lpc = opaque;

    if (val & RST_CNT_CPU) {
        qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
        return;
    }
    lpc->rst_cnt = val & 0x0a;
}

static uint64_t rst_cnt_read(void *opaque, hwaddr addr, unsigned len)
{
    return ((ICH9LPCState *)opaque)->rst_cnt;
}

static const MemoryRegionOps rst_cnt_ops = {
    .read = rst_cnt_read,
    .write = rst_cnt_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

static void apm_ctrl_changed(uint32_t val, void *arg)
{
    ICH9LPCState *lpc = arg;

    acpi_pm1_cnt_update(&lpc->pm.acpi_regs, val == ICH9_APM_ACPI_ENABLE, val == ICH9_APM_ACPI_DISABLE);
}

/* ---- device ---- */

static void ich9_lpc_reset(DeviceState *qdev)
{
    ICH9LPCState *lpc = ICH9_LPC_DEVICE(qdev);
    uint8_t *c = lpc->d.config;

    for (int i = 0; i < 4; i++) {
        c[ICH9_LPC_PIRQA_ROUT + i] = PIRQ_OFF;
        c[ICH9_LPC_PIRQE_ROUT + i] = PIRQ_OFF;
    }
    c[ICH9_LPC_ACPI_CTRL] = 0;
    pci_set_long(c + ICH9_LPC_PMBASE, 1);
    pci_set_long(c + ICH9_LPC_RCBA, 0);
    cc_reset(lpc);
    ich9_pm_reset(&lpc->pm);
    pmbase_update(lpc);
    rcba_update(lpc);
    lpc->sci_level = 0;
    lpc->rst_cnt = 0;
    memset(lpc->smi_guest_features_le, 0, sizeof(lpc->smi_guest_features_le));
    lpc->smi_features_ok = 0;
    lpc->smi_negotiated_features = 0;
}

static int ich9_lpc_post_load(void *opaque, int version_id)
{
    ICH9LPCState *lpc = opaque;

    lpc->sci_gsi = sci_irq(lpc);
    pmbase_update(lpc);
    rcba_update(lpc);
    cc_update(lpc);
    return 0;
}

static bool rst_cnt_needed(void *opaque)
{
    return ((ICH9LPCState *)opaque)->rst_cnt != 0;
}

static const VMStateDescription vmstate_rst_cnt = {
    .name = "ICH9LPC/rst_cnt",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = rst_cnt_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(rst_cnt, ICH9LPCState),
        VMSTATE_END_OF_LIST()
    },
};

static bool smi_feat_needed(void *opaque)
{
    ICH9LPCState *lpc = opaque;

    return lpc->smi_features_ok || ldq_le_p(lpc->smi_guest_features_le);
}

static const VMStateDescription vmstate_smi_feat = {
    .name = "ICH9LPC/smi_feat",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = smi_feat_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8_ARRAY(smi_guest_features_le, ICH9LPCState, 8),
        VMSTATE_UINT8(smi_features_ok, ICH9LPCState),
        VMSTATE_UINT64(smi_negotiated_features, ICH9LPCState),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_ich9_lpc = {
    .name = "ICH9LPC",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = ich9_lpc_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(d, ICH9LPCState),
        VMSTATE_STRUCT(apm, ICH9LPCState, 0, vmstate_apm, APMState),
        VMSTATE_STRUCT(pm, ICH9LPCState, 0, vmstate_ich9_pm, ICH9LPCPMRegs),
        VMSTATE_UINT8_ARRAY(chip_config, ICH9LPCState, ICH9_CC_SIZE),
        VMSTATE_UINT32(sci_level, ICH9LPCState),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription *const []) { &vmstate_rst_cnt, &vmstate_smi_feat, NULL },
};

static void ich9_lpc_init(Object *obj)
{
    ICH9LPCState *lpc = ICH9_LPC_DEVICE(obj);

    lpc->sci_gsi = 9;
    qdev_init_gpio_out_named(DEVICE(obj), lpc->gsi, ICH9_GPIO_GSI, 24);
    object_property_add_uint8_ptr(obj, "sci_int", &lpc->sci_gsi, OBJ_PROP_FLAG_READ);
    object_property_add_uint32_ptr(obj, "pm_io_base", &lpc->pm.pm_io_base, OBJ_PROP_FLAG_READ);
}

static void ich9_lpc_realize(PCIDevice *d, Error **errp)
{
    ICH9LPCState *lpc = ICH9_LPC_DEVICE(d);
    PCIBus *bus = pci_get_bus(d);

    lpc->isa_bus = isa_bus_new(DEVICE(d), pci_address_space(d), pci_address_space_io(d), errp);
    if (!lpc->isa_bus) {
        return;
    }
    pci_set_long(d->wmask + ICH9_LPC_PMBASE, 0xff80);
    pci_set_long(d->config + ICH9_LPC_PMBASE, 1);
    d->wmask[ICH9_LPC_ACPI_CTRL] = 7 | ICH9_LPC_ACPI_CTRL_ACPI_EN;
    pci_set_long(d->wmask + ICH9_LPC_RCBA, 0xffffc000 | ICH9_LPC_RCBA_EN);

    memory_region_init_io(&lpc->rcrb_mem, OBJECT(d), &rcrb_ops, lpc, "lpc-rcrb-mmio", ICH9_CC_SIZE);
    memory_region_set_enabled(&lpc->rcrb_mem, false);
    memory_region_add_subregion_overlap(pci_address_space(d), 0, &lpc->rcrb_mem, 1);

    ich9_pm_init(d, &lpc->pm, qemu_allocate_irq(set_sci, lpc, 0));
    apm_init(OBJECT(d), pci_address_space_io(d), &lpc->apm, apm_ctrl_changed, lpc);
    memory_region_init_io(&lpc->rst_cnt_mem, OBJECT(d), &rst_cnt_ops, lpc, "lpc-reset-control", 1);
    memory_region_add_subregion_overlap(pci_address_space_io(d), ICH9_RST_CNT_IOPORT, &lpc->rst_cnt_mem, 1);
    cc_reset(lpc);

    pci_bus_irqs(bus, ich9_lpc_set_irq, lpc, ICH9_LPC_NB_PIRQS);
    pci_bus_map_irqs(bus, ich9_lpc_map_irq);
    pci_bus_set_route_irq_fn(bus, ich9_route_intx_pin_to_irq);
}

static const Property ich9_lpc_props[] = {
    DEFINE_PROP_BOOL("noreboot", ICH9LPCState, pin_strap_no_reboot, false),
    DEFINE_PROP_BOOL("smm-compat", ICH9LPCState, pm.smm_compat, false),
    DEFINE_PROP_UINT8("smm-enabled", ICH9LPCState, pm.smm_enabled, 0),
    DEFINE_PROP_UINT8("disable_s3", ICH9LPCState, pm.disable_s3, 0),
    DEFINE_PROP_UINT8("disable_s4", ICH9LPCState, pm.disable_s4, 0),
    DEFINE_PROP_UINT8("s4_val", ICH9LPCState, pm.s4_val, 2),
    DEFINE_PROP_BOOL("enable_tco", ICH9LPCState, pm.enable_tco, true),
    DEFINE_PROP_BOOL("acpi-pci-hotplug-with-bridge-support", ICH9LPCState, pm.use_acpi_hotplug_bridge, true),
    DEFINE_PROP_BOOL("x-keep-pci-slot-hpc", ICH9LPCState, pm.keep_pci_slot_hpc, true),
    DEFINE_PROP_BIT64("x-smi-broadcast", ICH9LPCState, smi_host_features, 0, true),
    DEFINE_PROP_BIT64("x-smi-cpu-hotplug", ICH9LPCState, smi_host_features, 1, true),
    DEFINE_PROP_BIT64("x-smi-cpu-hotunplug", ICH9LPCState, smi_host_features, 2, true),
};

static void ich9_lpc_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = ich9_lpc_realize;
    k->config_write = ich9_lpc_config_write;
    k->vendor_id = PCI_VENDOR_ID_INTEL;
    k->device_id = PCI_DEVICE_ID_INTEL_ICH9_8;
    k->revision = 0x02;
    k->class_id = PCI_CLASS_BRIDGE_ISA;
    dc->reset = ich9_lpc_reset;
    dc->desc = "ICH9 LPC bridge";
    dc->vmsd = &vmstate_ich9_lpc;
    dc->user_creatable = false;
    dc->hotpluggable = false;
    device_class_set_props(dc, ich9_lpc_props);
}

static const TypeInfo ich9_lpc_types[] = {
    {
        .name = TYPE_ICH9_LPC_DEVICE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(ICH9LPCState),
        .instance_init = ich9_lpc_init,
        .class_init = ich9_lpc_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } },
    },
};

DEFINE_TYPES(ich9_lpc_types)
