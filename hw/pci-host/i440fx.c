// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 82441FX host bridge (Intel 290549): configuration mechanism #1 at ports 0xcf8/0xcfc, PAM and SMRAM registers, and
 * the place of the PCI bus in the memory map: below RAM in priority, at address 0.
 *
 *   0x59-0x5f PAM    0x72 SMRAM
 */
#include "qemu/osdep.h"
#include "hw/pci-host/i440fx.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/sysbus.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_host.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/units.h"
#include "pci-hole.h"

#define I440FX_PAM 0x59
#define I440FX_SMRAM 0x72
#define IO_APIC_BASE 0xfec00000

OBJECT_DECLARE_SIMPLE_TYPE(I440FXState, I440FX_PCI_HOST_BRIDGE)

struct I440FXState {
    PCIHostState parent_obj;

    MemoryRegion *system_memory;
    MemoryRegion *io_memory;
    MemoryRegion *pci_address_space;
    MemoryRegion *ram_memory;
    uint64_t below_4g_mem_size;
    uint64_t above_4g_mem_size;
    uint64_t pci_hole64_size;
    uint32_t short_root_bus;
    bool pci_hole64_fix;
    char *pci_type;
};

/* ---- function 0 ---- */

static void i440fx_update_memory_mappings(PCII440FXState *d)
{
    uint8_t *c = PCI_DEVICE(d)->config;

    memory_region_transaction_begin();
    pam_update_all(d->pam_regions, c + I440FX_PAM);
    memory_region_set_enabled(&d->smram_region, !(c[I440FX_SMRAM] & SMRAM_D_OPEN));
    memory_region_set_enabled(&d->smram, c[I440FX_SMRAM] & SMRAM_G_SMRAME);
    memory_region_transaction_commit();
}

static void i440fx_write_config(PCIDevice *dev, uint32_t address, uint32_t val, int len)
{
    PCII440FXState *d = I440FX_PCI_DEVICE(dev);

    pci_default_write_config(dev, address, val, len);
    if (pci_ranges_overlap(address, len, I440FX_PAM, PAM_REGISTERS) ||
        pci_ranges_overlap(address, len, I440FX_SMRAM, 1)) {
        i440fx_update_memory_mappings(d);
    }
}

static void i440fx_reset(DeviceState *dev)
{
    PCIDevice *d = PCI_DEVICE(dev);

    memset(d->config + I440FX_PAM, 0, PAM_REGISTERS);
    d->config[I440FX_SMRAM] = SMRAM_C_BASE_SEG;
    i440fx_update_memory_mappings(I440FX_PCI_DEVICE(d));
}

static int i440fx_post_load(void *opaque, int version_id)
{
    i440fx_update_memory_mappings(opaque);
    return 0;
}

static const VMStateDescription vmstate_i440fx = {
    .name = "I440FX",
    .version_id = 3,
    .minimum_version_id = 3,
    .post_load = i440fx_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, PCII440FXState),
        VMSTATE_UNUSED(1),
        VMSTATE_END_OF_LIST()
    },
};

static void i440fx_realize(PCIDevice *dev, Error **errp)
{
    dev->config[I440FX_SMRAM] = SMRAM_C_BASE_SEG;
    dev->wmask[I440FX_SMRAM] = SMRAM_D_OPEN | SMRAM_D_CLS | SMRAM_D_LCK | SMRAM_G_SMRAME;
}

static void i440fx_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = i440fx_realize;
    k->config_write = i440fx_write_config;
    k->vendor_id = PCI_VENDOR_ID_INTEL;
    k->device_id = PCI_DEVICE_ID_INTEL_82441;
    k->revision = 0x02;
    k->class_id = PCI_CLASS_BRIDGE_HOST;
    dc->reset = i440fx_reset;
    dc->desc = "Host bridge";
    dc->vmsd = &vmstate_i440fx;
    dc->user_creatable = false;
    dc->hotpluggable = false;
}

/* ---- host ---- */

static void i440fx_map_memory(I440FXState *s, PCII440FXState *f)
{
    f->system_memory = s->system_memory;
    f->pci_address_space = s->pci_address_space;
    f->ram_memory = s->ram_memory;

    memory_region_add_subregion_overlap(s->system_memory, 0, s->pci_address_space, -1);
    memory_region_init_alias(&f->smram_region, OBJECT(f), "smram-region", s->pci_address_space, SMRAM_C_BASE,
                             SMRAM_C_SIZE);
    memory_region_add_subregion_overlap(s->system_memory, SMRAM_C_BASE, &f->smram_region, 1);
    memory_region_init(&f->smram, OBJECT(f), "smram", 4 * GiB);
    memory_region_set_enabled(&f->smram, false);
    memory_region_init_alias(&f->low_smram, OBJECT(f), "smram-low", s->ram_memory, SMRAM_C_BASE, SMRAM_C_SIZE);
    memory_region_add_subregion(&f->smram, SMRAM_C_BASE, &f->low_smram);
    f->smram_obj = OBJECT(&f->smram);
    object_property_add_link(qdev_get_machine(), "smram", TYPE_MEMORY_REGION, &f->smram_obj, NULL, 0);
    pam_init_all(f->pam_regions, OBJECT(f), s->ram_memory, s->system_memory, s->pci_address_space);
}

/* PIIX3's PIRQ A..D, with slot 1 (the bridge itself) at no rotation. */
static int pc_pci_slot_get_pirq(PCIDevice *pci_dev, int pci_intx)
{
    return (pci_intx + PCI_SLOT(pci_dev->devfn) - 1) & 3;
}

static void i440fx_pcihost_realize(DeviceState *dev, Error **errp)
{
    ERRP_GUARD();
    I440FXState *s = I440FX_PCI_HOST_BRIDGE(dev);
    PCIHostState *phb = PCI_HOST_BRIDGE(dev);
    SysBusDevice *sbd = SYS_BUS_DEVICE(dev);
    PCIDevice *d;

    if (!s->system_memory || !s->io_memory || !s->pci_address_space || !s->ram_memory) {
        error_setg(errp, "i440FX-pcihost: the machine must set system-mem, io-mem, pci-mem and ram-mem");
        return;
    }
    memory_region_add_subregion(s->io_memory, 0xcf8, &phb->conf_mem);
    sysbus_init_ioports(sbd, 0xcf8, 4);
    memory_region_add_subregion(s->io_memory, 0xcfc, &phb->data_mem);
    sysbus_init_ioports(sbd, 0xcfc, 4);
    memory_region_set_flush_coalesced(&phb->data_mem);

    phb->bus = pci_root_bus_new(dev, "pci.0", s->pci_address_space, s->io_memory, 0, TYPE_PCI_BUS);
    pci_bus_map_irqs(phb->bus, pc_pci_slot_get_pirq);
    if (!qbus_realize(BUS(phb->bus), errp)) {
        return;
    }
    d = pci_new(0, s->pci_type && *s->pci_type ? s->pci_type : TYPE_I440FX_PCI_DEVICE);
    if (!pci_realize_and_unref(d, phb->bus, errp)) {
        return;
    }
    i440fx_map_memory(s, I440FX_PCI_DEVICE(d));
}

static void i440fx_pcihost_initfn(Object *obj)
{
    PCIHostState *phb = PCI_HOST_BRIDGE(obj);

    memory_region_init_io(&phb->conf_mem, obj, &pci_host_conf_le_ops, phb, "pci-conf-idx", 4);
    memory_region_init_io(&phb->data_mem, obj, &pci_host_data_le_ops, phb, "pci-conf-data", 4);
}

static void i440fx_get_hole(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    I440FXState *s = I440FX_PCI_HOST_BRIDGE(obj);

    pci_hole_get(PCI_HOST_BRIDGE(obj)->bus, name, s->below_4g_mem_size, IO_APIC_BASE, s->above_4g_mem_size,
                 s->pci_hole64_fix ? s->pci_hole64_size : 0, v, errp);
}

static const char *i440fx_root_bus_path(PCIHostState *host, PCIBus *bus)
{
    /* Old firmware counted root buses in two digits. */
    return I440FX_PCI_HOST_BRIDGE(host)->short_root_bus ? "0000" : "0000:00";
}

static const Property i440fx_props[] = {
    DEFINE_PROP_LINK(PCI_HOST_PROP_RAM_MEM, I440FXState, ram_memory, TYPE_MEMORY_REGION, MemoryRegion *),
    DEFINE_PROP_LINK(PCI_HOST_PROP_PCI_MEM, I440FXState, pci_address_space, TYPE_MEMORY_REGION, MemoryRegion *),
    DEFINE_PROP_LINK(PCI_HOST_PROP_SYSTEM_MEM, I440FXState, system_memory, TYPE_MEMORY_REGION, MemoryRegion *),
    DEFINE_PROP_LINK(PCI_HOST_PROP_IO_MEM, I440FXState, io_memory, TYPE_MEMORY_REGION, MemoryRegion *),
    DEFINE_PROP_SIZE(PCI_HOST_PROP_PCI_HOLE64_SIZE, I440FXState, pci_hole64_size, 2 * GiB),
    DEFINE_PROP_UINT32("short_root_bus", I440FXState, short_root_bus, 0),
    DEFINE_PROP_SIZE(PCI_HOST_BELOW_4G_MEM_SIZE, I440FXState, below_4g_mem_size, 0),
    DEFINE_PROP_SIZE(PCI_HOST_ABOVE_4G_MEM_SIZE, I440FXState, above_4g_mem_size, 0),
    DEFINE_PROP_BOOL("x-pci-hole64-fix", I440FXState, pci_hole64_fix, true),
    DEFINE_PROP_STRING(I440FX_HOST_PROP_PCI_TYPE, I440FXState, pci_type),
};

static void i440fx_pcihost_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    PCI_HOST_BRIDGE_CLASS(klass)->root_bus_path = i440fx_root_bus_path;
    dc->realize = i440fx_pcihost_realize;
    dc->user_creatable = false;
    device_class_set_props(dc, i440fx_props);
    pci_hole_add_properties(klass, i440fx_get_hole);
}

static const TypeInfo i440fx_types[] = {
    {
        .name = TYPE_I440FX_PCI_DEVICE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(PCII440FXState),
        .class_init = i440fx_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } },
    },
    {
        .name = TYPE_I440FX_PCI_HOST_BRIDGE,
        .parent = TYPE_PCI_HOST_BRIDGE,
        .instance_size = sizeof(I440FXState),
        .instance_init = i440fx_pcihost_initfn,
        .class_init = i440fx_pcihost_class_init,
    },
};

DEFINE_TYPES(i440fx_types)
