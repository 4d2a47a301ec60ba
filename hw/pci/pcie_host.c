// SPDX-License-Identifier: GPL-2.0-or-later
/* The Enhanced Configuration Access Mechanism (PCI Express Base 4.0, 7.2.2): 4 KiB per function, memory-mapped. */
#include "qemu/osdep.h"
#include "hw/pci/pcie_host.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "system/address-spaces.h"

static PCIDevice *target(PCIExpressHost *e, hwaddr addr)
{
    return pci_find_device(e->pci.bus, PCIE_MMCFG_BUS(addr), PCIE_MMCFG_DEVFN(addr));
}

static void mmcfg_write(void *opaque, hwaddr addr, uint64_t val, unsigned len)
{
    PCIDevice *d = target(opaque, addr);

    if (d) {
        pci_host_config_write_common(d, PCIE_MMCFG_CONFOFFSET(addr), pci_config_size(d), val, len);
    }
}

static uint64_t mmcfg_read(void *opaque, hwaddr addr, unsigned len)
{
    PCIDevice *d = target(opaque, addr);
    uint32_t off = PCIE_MMCFG_CONFOFFSET(addr);

    if (!d) {
        return ~0ULL;
    }
    /* A conventional function has nothing, not even ones, in extended space: an empty capability list. */
    if (off >= pci_config_size(d)) {
        return pci_is_express(d) ? ~0ULL : 0;
    }
    return pci_host_config_read_common(d, off, pci_config_size(d), len);
}

static const MemoryRegionOps mmcfg_ops = {
    .read = mmcfg_read,
    .write = mmcfg_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
};

void pcie_host_mmcfg_init(PCIExpressHost *e, uint32_t size)
{
    e->size = size;
    memory_region_init_io(&e->mmio, OBJECT(e), &mmcfg_ops, e, "pcie-mmcfg-mmio", size);
}

void pcie_host_mmcfg_unmap(PCIExpressHost *e)
{
    if (e->base_addr != PCIE_BASE_ADDR_UNMAPPED) {
        memory_region_del_subregion(get_system_memory(), &e->mmio);
        e->base_addr = PCIE_BASE_ADDR_UNMAPPED;
    }
}

void pcie_host_mmcfg_map(PCIExpressHost *e, hwaddr addr, uint32_t size)
{
    e->base_addr = addr;
    e->size = size;
    memory_region_set_size(&e->mmio, size);
    memory_region_add_subregion(get_system_memory(), addr, &e->mmio);
}

void pcie_host_mmcfg_update(PCIExpressHost *e, int enable, hwaddr addr, uint32_t size)
{
    if (enable && e->base_addr == addr && e->size == size) {
        return;
    }
    memory_region_transaction_begin();
    pcie_host_mmcfg_unmap(e);
    if (enable) {
        pcie_host_mmcfg_map(e, addr, size);
    }
    memory_region_transaction_commit();
}

static void pcie_host_init(Object *obj)
{
    PCIExpressHost *e = PCIE_HOST_BRIDGE(obj);

    e->base_addr = PCIE_BASE_ADDR_UNMAPPED;
    pcie_host_mmcfg_init(e, PCIE_MMCFG_SIZE_MAX);
}

static const TypeInfo pcie_host_types[] = {
    {
        .name = TYPE_PCIE_HOST_BRIDGE,
        .parent = TYPE_PCI_HOST_BRIDGE,
        .abstract = true,
        .instance_size = sizeof(PCIExpressHost),
        .instance_init = pcie_host_init,
    },
};

DEFINE_TYPES(pcie_host_types)
