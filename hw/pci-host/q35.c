// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Q35 host bridge (Intel 3 Series chipset datasheet, 316966, chapter 5): configuration mechanism #1, the ECAM window
 * (PCIEXBAR), PAM and SMRAM registers. TSEG is not emulated: ESMRAMC keeps what is written without effect.
 */
#include "qemu/osdep.h"
#include "hw/pci-host/q35.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/sysbus.h"
#include "hw/pci/pci_bus.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/units.h"
#include "pci-hole.h"

#define IO_APIC_BASE 0xfec00000

/* ---- function 0 ---- */

/* Length field (bits 2:1): 256, 128 or 64 MiB; 3 is reserved and turns the window off. */
static void mch_update_pciexbar(MCHPCIState *mch)
{
    PCIDevice *d = PCI_DEVICE(mch);
    PCIExpressHost *host = PCIE_HOST_BRIDGE(BUS(pci_get_bus(d))->parent);
    uint64_t reg = pci_get_quad(d->config + MCH_HOST_BRIDGE_PCIEXBAR);
    unsigned len = (reg >> 1) & 3;
    uint64_t size = 256 * MiB >> len, addr = reg & 0xfffffffffULL & ~(size - 1);

    pcie_host_mmcfg_update(host, (reg & MCH_HOST_BRIDGE_PCIEXBAREN) && len != 3, addr, size);
}

static void mch_update(MCHPCIState *mch)
{
    uint8_t *c = PCI_DEVICE(mch)->config;

    memory_region_transaction_begin();
    mch_update_pciexbar(mch);
    pam_update_all(mch->pam_regions, c + MCH_HOST_BRIDGE_PAM0);
    memory_region_set_enabled(&mch->smram_region, !(c[MCH_HOST_BRIDGE_SMRAM] & SMRAM_D_OPEN));
    memory_region_set_enabled(&mch->smram, c[MCH_HOST_BRIDGE_SMRAM] & SMRAM_G_SMRAME);
    memory_region_transaction_commit();
}

static void mch_write_config(PCIDevice *d, uint32_t address, uint32_t val, int len)
{
    MCHPCIState *mch = MCH_PCI_DEVICE(d);

    pci_default_write_config(d, address, val, len);
    if (pci_ranges_overlap(address, len, MCH_HOST_BRIDGE_PCIEXBAR, 8) ||
        pci_ranges_overlap(address, len, MCH_HOST_BRIDGE_PAM0, PAM_REGISTERS) ||
        pci_ranges_overlap(address, len, MCH_HOST_BRIDGE_SMRAM, 1)) {
        /* Locked: D_OPEN falls and nothing in the register changes until reset. */
        if (d->config[MCH_HOST_BRIDGE_SMRAM] & SMRAM_D_LCK) {
            d->config[MCH_HOST_BRIDGE_SMRAM] &= ~SMRAM_D_OPEN;
            d->wmask[MCH_HOST_BRIDGE_SMRAM] = SMRAM_D_CLS;
        }
        mch_update(mch);
    }
}

#define SMRAM_WMASK (SMRAM_D_OPEN | SMRAM_D_CLS | SMRAM_D_LCK | SMRAM_G_SMRAME)

static void mch_reset(DeviceState *qdev)
{
    PCIDevice *d = PCI_DEVICE(qdev);

    pci_set_quad(d->config + MCH_HOST_BRIDGE_PCIEXBAR, MCH_HOST_BRIDGE_PCIEXBAR_DEFAULT);
    memset(d->config + MCH_HOST_BRIDGE_PAM0, 0, PAM_REGISTERS);
    d->config[MCH_HOST_BRIDGE_SMRAM] = SMRAM_C_BASE_SEG;
    d->config[MCH_HOST_BRIDGE_ESMRAMC] = 0x38;
    d->wmask[MCH_HOST_BRIDGE_SMRAM] = SMRAM_WMASK;
    mch_update(MCH_PCI_DEVICE(d));
}

static int mch_post_load(void *opaque, int version_id)
{
    mch_update(opaque);
    return 0;
}

static const VMStateDescription vmstate_mch = {
    .name = "mch",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = mch_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, MCHPCIState),
        VMSTATE_UNUSED(1),
        VMSTATE_END_OF_LIST()
    },
};

static void mch_realize(PCIDevice *d, Error **errp)
{
    MCHPCIState *mch = MCH_PCI_DEVICE(d);

    memory_region_add_subregion_overlap(mch->system_memory, 0, mch->pci_address_space, -1);
    memory_region_init_alias(&mch->smram_region, OBJECT(mch), "smram-region", mch->pci_address_space, SMRAM_C_BASE,
                             SMRAM_C_SIZE);
    memory_region_add_subregion_overlap(mch->system_memory, SMRAM_C_BASE, &mch->smram_region, 1);
    memory_region_init(&mch->smram, OBJECT(mch), "smram", 4 * GiB);
    memory_region_set_enabled(&mch->smram, false);
    memory_region_init_alias(&mch->low_smram, OBJECT(mch), "smram-low", mch->ram_memory, SMRAM_C_BASE,
                             SMRAM_C_SIZE);
    memory_region_add_subregion(&mch->smram, SMRAM_C_BASE, &mch->low_smram);
    mch->smram_obj = OBJECT(&mch->smram);
    object_property_add_link(qdev_get_machine(), "smram", TYPE_MEMORY_REGION, &mch->smram_obj, NULL, 0);
    pam_init_all(mch->pam_regions, OBJECT(mch), mch->ram_memory, mch->system_memory, mch->pci_address_space);
}

static const Property mch_props[] = {
    DEFINE_PROP_UINT16("extended-tseg-mbytes", MCHPCIState, ext_tseg_mbytes, 16),
    DEFINE_PROP_BOOL("smbase-smram", MCHPCIState, has_smram_at_smbase, true),
};

static void mch_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = mch_realize;
    k->config_write = mch_write_config;
    k->vendor_id = PCI_VENDOR_ID_INTEL;
    k->device_id = PCI_DEVICE_ID_INTEL_Q35_MCH;
    k->class_id = PCI_CLASS_BRIDGE_HOST;
    dc->reset = mch_reset;
    dc->desc = "Host bridge";
    dc->vmsd = &vmstate_mch;
    dc->user_creatable = false;
    dc->hotpluggable = false;
    device_class_set_props(dc, mch_props);
}

/* ---- host ---- */

static void q35_host_realize(DeviceState *dev, Error **errp)
{
    ERRP_GUARD();
    Q35PCIHost *s = Q35_HOST_DEVICE(dev);
    PCIHostState *phb = PCI_HOST_BRIDGE(dev);
    SysBusDevice *sbd = SYS_BUS_DEVICE(dev);
    MCHPCIState *mch = &s->mch;

    if (!mch->system_memory || !mch->address_space_io || !mch->pci_address_space || !mch->ram_memory) {
        error_setg(errp, "q35-pcihost: the machine must set system-mem, io-mem, pci-mem and ram-mem");
        return;
    }
    memory_region_add_subregion(mch->address_space_io, MCH_HOST_BRIDGE_CONFIG_ADDR, &phb->conf_mem);
    sysbus_init_ioports(sbd, MCH_HOST_BRIDGE_CONFIG_ADDR, 4);
    memory_region_add_subregion(mch->address_space_io, MCH_HOST_BRIDGE_CONFIG_DATA, &phb->data_mem);
    sysbus_init_ioports(sbd, MCH_HOST_BRIDGE_CONFIG_DATA, 4);
    memory_region_set_flush_coalesced(&phb->data_mem);

    phb->bus = pci_root_bus_new(dev, "pcie.0", mch->pci_address_space, mch->address_space_io, 0, TYPE_PCIE_BUS);
    if (!qbus_realize(BUS(phb->bus), errp)) {
        return;
    }
    qdev_realize(DEVICE(mch), BUS(phb->bus), errp);
}

static void q35_host_initfn(Object *obj)
{
    Q35PCIHost *s = Q35_HOST_DEVICE(obj);
    PCIHostState *phb = PCI_HOST_BRIDGE(obj);

    memory_region_init_io(&phb->conf_mem, obj, &pci_host_conf_le_ops, phb, "pci-conf-idx", 4);
    memory_region_init_io(&phb->data_mem, obj, &pci_host_data_le_ops, phb, "pci-conf-data", 4);
    object_initialize_child(obj, "mch", &s->mch, TYPE_MCH_PCI_DEVICE);
    qdev_prop_set_int32(DEVICE(&s->mch), "addr", PCI_DEVFN(0, 0));
    qdev_prop_set_bit(DEVICE(&s->mch), "multifunction", false);
}

static void q35_get_hole(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    Q35PCIHost *s = Q35_HOST_DEVICE(obj);

    pci_hole_get(PCI_HOST_BRIDGE(obj)->bus, name, s->mch.below_4g_mem_size, IO_APIC_BASE, s->mch.above_4g_mem_size,
                 s->pci_hole64_fix ? s->mch.pci_hole64_size : 0, v, errp);
}

static void q35_get_mmcfg_size(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    visit_type_uint64(v, name, &PCIE_HOST_BRIDGE(obj)->size, errp);
}

static const char *q35_root_bus_path(PCIHostState *host, PCIBus *bus)
{
    return Q35_HOST_DEVICE(host)->mch.short_root_bus ? "0000" : "0000:00";
}

static const Property q35_props[] = {
    DEFINE_PROP_LINK(PCI_HOST_PROP_RAM_MEM, Q35PCIHost, mch.ram_memory, TYPE_MEMORY_REGION, MemoryRegion *),
    DEFINE_PROP_LINK(PCI_HOST_PROP_PCI_MEM, Q35PCIHost, mch.pci_address_space, TYPE_MEMORY_REGION, MemoryRegion *),
    DEFINE_PROP_LINK(PCI_HOST_PROP_SYSTEM_MEM, Q35PCIHost, mch.system_memory, TYPE_MEMORY_REGION, MemoryRegion *),
    DEFINE_PROP_LINK(PCI_HOST_PROP_IO_MEM, Q35PCIHost, mch.address_space_io, TYPE_MEMORY_REGION, MemoryRegion *),
    DEFINE_PROP_UINT64(PCIE_HOST_MCFG_BASE, Q35PCIHost, parent_obj.base_addr, PCIE_BASE_ADDR_UNMAPPED),
    DEFINE_PROP_SIZE(PCI_HOST_PROP_PCI_HOLE64_SIZE, Q35PCIHost, mch.pci_hole64_size, 32 * GiB),
    DEFINE_PROP_UINT32("short_root_bus", Q35PCIHost, mch.short_root_bus, 0),
    DEFINE_PROP_SIZE(PCI_HOST_BELOW_4G_MEM_SIZE, Q35PCIHost, mch.below_4g_mem_size, 0),
    DEFINE_PROP_SIZE(PCI_HOST_ABOVE_4G_MEM_SIZE, Q35PCIHost, mch.above_4g_mem_size, 0),
    DEFINE_PROP_BOOL("x-pci-hole64-fix", Q35PCIHost, pci_hole64_fix, true),
};

static void q35_host_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    PCI_HOST_BRIDGE_CLASS(klass)->root_bus_path = q35_root_bus_path;
    dc->realize = q35_host_realize;
    dc->user_creatable = false;
    set_bit(DEVICE_CATEGORY_BRIDGE, dc->categories);
    device_class_set_props(dc, q35_props);
    pci_hole_add_properties(klass, q35_get_hole);
    object_class_property_add(klass, PCIE_HOST_MCFG_SIZE, "uint64", q35_get_mmcfg_size, NULL, NULL, NULL);
}

static const TypeInfo q35_types[] = {
    {
        .name = TYPE_MCH_PCI_DEVICE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(MCHPCIState),
        .class_init = mch_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } },
    },
    {
        .name = TYPE_Q35_HOST_DEVICE,
        .parent = TYPE_PCIE_HOST_BRIDGE,
        .instance_size = sizeof(Q35PCIHost),
        .instance_init = q35_host_initfn,
        .class_init = q35_host_class_init,
    },
};

DEFINE_TYPES(q35_types)
