// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PCI Express root ports: a base type that lays out the capabilities, and the generic "pcie-root-port".
 *
 *   0x40 SSVID   0x48 MSI-X (table in BAR 0)   0x54 Express   0x100 AER   0x148 ACS
 */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie_port.h"
#include "migration/vmstate.h"
#include "qapi/error.h"

#define GEN_PCIE_ROOT_PORT_AER_OFFSET 0x100
#define GEN_PCIE_ROOT_PORT_ACS_OFFSET 0x148
#define GEN_PCIE_ROOT_PORT_MSIX_NR_VECTOR 1

static void rp_aer_vector_update(PCIDevice *d)
{
    PCIERootPortClass *rpc = PCIE_ROOT_PORT_GET_CLASS(d);

    if (rpc->aer_vector && d->exp.aer_cap) {
        uint32_t s = pci_get_long(d->config + d->exp.aer_cap + PCI_ERR_ROOT_STATUS);

        s = (s & 0x07ffffff) | (uint32_t)rpc->aer_vector(d) << 27;
        pci_set_long(d->config + d->exp.aer_cap + PCI_ERR_ROOT_STATUS, s);
    }
}

static void rp_write_config(PCIDevice *d, uint32_t address, uint32_t val, int len)
{
    uint32_t root_cmd = d->exp.aer_cap ? pci_get_long(d->config + d->exp.aer_cap + PCI_ERR_ROOT_COMMAND) : 0;
    uint16_t slt_ctl, slt_sta;

    pcie_cap_slot_get(d, &slt_ctl, &slt_sta);
    pci_bridge_write_config(d, address, val, len);
    rp_aer_vector_update(d);
    pcie_cap_flr_write_config(d, address, val, len);
    pcie_cap_slot_write_config(d, slt_ctl, slt_sta, address, val, len);
    pcie_aer_write_config(d, address, val, len);
    pcie_aer_root_write_config(d, address, val, len, root_cmd);
}

static void rp_reset(DeviceState *qdev)
{
    PCIDevice *d = PCI_DEVICE(qdev);

    rp_aer_vector_update(d);
    pcie_cap_root_reset(d);
    pcie_cap_deverr_reset(d);
    pcie_cap_slot_reset(d);
    pcie_cap_arifwd_reset(d);
    pcie_acs_reset(d);
    pcie_aer_root_reset(d);
    pci_bridge_reset(qdev);
    pci_bridge_disable_base_limit(d);
    pci_bridge_update_mappings(PCI_BRIDGE(d));
}

static void rp_realize(PCIDevice *d, Error **errp)
{
    PCIEPort *p = PCIE_PORT(d);
    PCIESlot *s = PCIE_SLOT(d);
    PCIERootPortClass *rpc = PCIE_ROOT_PORT_GET_CLASS(d);

    if (!pci_bus_is_root(pci_get_bus(d))) {
        error_setg(errp, "%s: a root port must sit on the root bus, not on '%s'", d->name, BUS(pci_get_bus(d))->name);
        return;
    }
    pci_config_set_interrupt_pin(d->config, 1);
    pci_bridge_initfn(d, TYPE_PCIE_BUS);
    if (pci_bridge_ssvid_init(d, rpc->ssvid_offset, PCI_VENDOR_ID_REDHAT, rpc->ssid, errp) < 0) {
        goto err_bridge;
    }
    if (rpc->interrupts_init && rpc->interrupts_init(d, errp) < 0) {
        goto err_bridge;
    }
    if (pcie_cap_init(d, rpc->exp_offset, PCI_EXP_TYPE_ROOT_PORT, p->port, errp) < 0) {
        goto err_int;
    }
    pcie_cap_arifwd_init(d);
    pcie_cap_deverr_init(d);
    pcie_cap_slot_init(d, s->hotplug && s->native_hotplug, s->slot);
    pcie_cap_root_init(d);
    if (pcie_aer_init(d, PCI_ERR_VER, rpc->aer_offset, PCI_ERR_SIZEOF, errp) < 0) {
        goto err_int;
    }
    pcie_aer_root_init(d);
    rp_aer_vector_update(d);
    if (rpc->acs_offset && !s->disable_acs) {
        pcie_acs_init(d, rpc->acs_offset);
    }
    return;

err_int:
    if (rpc->interrupts_uninit) {
        rpc->interrupts_uninit(d);
    }
err_bridge:
    pci_bridge_exitfn(d);
}

static void rp_exit(PCIDevice *d)
{
    PCIERootPortClass *rpc = PCIE_ROOT_PORT_GET_CLASS(d);

    pcie_aer_exit(d);
    pcie_cap_exit(d);
    if (rpc->interrupts_uninit) {
        rpc->interrupts_uninit(d);
    }
    pci_bridge_exitfn(d);
}

static void rp_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->config_write = rp_write_config;
    k->realize = rp_realize;
    k->exit = rp_exit;
    dc->reset = rp_reset;
    set_bit(DEVICE_CATEGORY_BRIDGE, dc->categories);
}

/* ---- pcie-root-port ---- */

#define TYPE_GEN_PCIE_ROOT_PORT "pcie-root-port"
OBJECT_DECLARE_SIMPLE_TYPE(GenPCIERootPort, GEN_PCIE_ROOT_PORT)

struct GenPCIERootPort {
    PCIESlot parent_obj;

    bool migrate_msix;
    PCIResReserve res_reserve;
    char *speed, *width;
};

static uint8_t gen_rp_aer_vector(const PCIDevice *d)
{
    return 0;
}

static int gen_rp_interrupts_init(PCIDevice *d, Error **errp)
{
    int ret = msix_init_exclusive_bar(d, GEN_PCIE_ROOT_PORT_MSIX_NR_VECTOR, 0, errp);

    if (ret == 0) {
        msix_vector_use(d, 0);
    }
    return ret;
}

static void gen_rp_interrupts_uninit(PCIDevice *d)
{
    msix_uninit_exclusive_bar(d);
}

static bool pick(const char *name, const char *val, const char *const *names, const uint32_t *vals, int n,
                 uint32_t *out, Error **errp)
{
    for (int i = 0; i < n; i++) {
        if (g_str_equal(val, names[i])) {
            *out = vals[i];
            return true;
        }
    }
    error_setg(errp, "pcie-root-port: %s does not take value '%s'", name, val);
    return false;
}

static bool gen_rp_link(GenPCIERootPort *grp, Error **errp)
{
    static const char *const speeds[] = { "2_5", "5", "8", "16", "32", "64" };
    static const uint32_t speed_vals[] = { 1, 2, 3, 4, 5, 6 };
    static const char *const widths[] = { "1", "2", "4", "8", "12", "16", "32" };
    static const uint32_t width_vals[] = { 1, 2, 4, 8, 12, 16, 32 };
    PCIESlot *s = PCIE_SLOT(grp);

    return pick("x-speed", grp->speed ?: "16", speeds, speed_vals, 6, &s->speed, errp) &&
           pick("x-width", grp->width ?: "32", widths, width_vals, 7, &s->width, errp);
}

static void gen_rp_realize(DeviceState *dev, Error **errp)
{
    ERRP_GUARD();
    PCIDevice *d = PCI_DEVICE(dev);
    GenPCIERootPort *grp = GEN_PCIE_ROOT_PORT(d);
    DeviceClass *parent = DEVICE_CLASS(object_class_by_name(TYPE_PCIE_ROOT_PORT));

    if (!gen_rp_link(grp, errp)) {
        return;
    }
    parent->realize(dev, errp);
    if (*errp) {
        return;
    }
    pci_bridge_qemu_reserve_cap_init(d, 0, grp->res_reserve, errp);
    if (*errp) {
        DEVICE_GET_CLASS(d)->unrealize(dev);
    }
}

static bool gen_rp_has_msix(void *opaque, int version_id)
{
    return GEN_PCIE_ROOT_PORT(opaque)->migrate_msix;
}

static int gen_rp_post_load(void *opaque, int version_id)
{
    return pcie_cap_slot_post_load(opaque, version_id);
}

static const VMStateDescription vmstate_rp = {
    .name = "pcie-root-port",
    .priority = MIG_PRI_PCI_BUS,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = gen_rp_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj.parent_obj.parent_obj, PCIESlot),
        VMSTATE_STRUCT(parent_obj.parent_obj.parent_obj.exp.aer_log, PCIESlot, 0, vmstate_pcie_aer_log, PCIEAERLog),
        VMSTATE_MSIX_TEST(parent_obj.parent_obj.parent_obj.parent_obj, GenPCIERootPort, gen_rp_has_msix),
        VMSTATE_END_OF_LIST()
    },
};

static const Property gen_rp_props[] = {
    DEFINE_PROP_BOOL("x-migrate-msix", GenPCIERootPort, migrate_msix, true),
    DEFINE_PROP_UINT32("bus-reserve", GenPCIERootPort, res_reserve.bus, UINT32_MAX),
    DEFINE_PROP_SIZE("io-reserve", GenPCIERootPort, res_reserve.io, UINT64_MAX),
    DEFINE_PROP_SIZE("mem-reserve", GenPCIERootPort, res_reserve.mem_non_pref, UINT64_MAX),
    DEFINE_PROP_SIZE("pref32-reserve", GenPCIERootPort, res_reserve.mem_pref_32, UINT64_MAX),
    DEFINE_PROP_SIZE("pref64-reserve", GenPCIERootPort, res_reserve.mem_pref_64, UINT64_MAX),
    DEFINE_PROP_STRING("x-speed", GenPCIERootPort, speed),
    DEFINE_PROP_STRING("x-width", GenPCIERootPort, width),
};

static void gen_rp_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);
    PCIERootPortClass *rpc = PCIE_ROOT_PORT_CLASS(klass);

    k->vendor_id = PCI_VENDOR_ID_REDHAT;
    k->device_id = PCI_DEVICE_ID_REDHAT_PCIE_RP;
    dc->desc = "PCI Express Root Port";
    dc->vmsd = &vmstate_rp;
    dc->realize = gen_rp_realize;
    device_class_set_props(dc, gen_rp_props);
    rpc->aer_vector = gen_rp_aer_vector;
    rpc->interrupts_init = gen_rp_interrupts_init;
    rpc->interrupts_uninit = gen_rp_interrupts_uninit;
    rpc->ssvid_offset = 0x40;
    rpc->exp_offset = 0;          /* after what comes before */
    rpc->aer_offset = GEN_PCIE_ROOT_PORT_AER_OFFSET;
    rpc->acs_offset = GEN_PCIE_ROOT_PORT_ACS_OFFSET;
}

static const TypeInfo root_port_types[] = {
    {
        .name = TYPE_PCIE_ROOT_PORT,
        .parent = TYPE_PCIE_SLOT,
        .class_init = rp_class_init,
        .abstract = true,
        .class_size = sizeof(PCIERootPortClass),
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_PCIE_DEVICE }, { } },
    },
    {
        .name = TYPE_GEN_PCIE_ROOT_PORT,
        .parent = TYPE_PCIE_ROOT_PORT,
        .instance_size = sizeof(GenPCIERootPort),
        .class_init = gen_rp_class_init,
    },
};

DEFINE_TYPES(root_port_types)
