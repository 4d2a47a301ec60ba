// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Configuration mechanism #1 (PCI Local Bus 3.0, 3.2.2.3.2): CONFIG_ADDRESS and CONFIG_DATA, and the base type of
 * host bridges. The subclass maps conf_mem and data_mem.
 *
 *   CONFIG_ADDRESS  31 enable | 23:16 bus | 15:8 devfn | 7:2 register
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_host.h"
#include "hw/core/qdev-properties.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "migration/vmstate.h"

static PCIDevice *target(PCIBus *bus, uint32_t addr)
{
    return pci_find_device(bus, (addr >> 16) & 0xff, (addr >> 8) & 0xff);
}

void pci_host_config_write_common(PCIDevice *d, uint32_t addr, uint32_t limit, uint32_t val, uint32_t len)
{
    if (addr + len <= limit && d->has_power) {
        d->config_write(d, addr, val, len);
    }
}

uint32_t pci_host_config_read_common(PCIDevice *d, uint32_t addr, uint32_t limit, uint32_t len)
{
    return addr + len <= limit && d->has_power ? d->config_read(d, addr, len) : ~0u;
}

void pci_data_write(PCIBus *s, uint32_t addr, uint32_t val, unsigned len)
{
    PCIDevice *d = target(s, addr);

    if (d) {
        pci_host_config_write_common(d, addr & 0xff, PCI_CONFIG_SPACE_SIZE, val, len);
    }
}

uint32_t pci_data_read(PCIBus *s, uint32_t addr, unsigned len)
{
    PCIDevice *d = target(s, addr);
    uint32_t val = d ? pci_host_config_read_common(d, addr & 0xff, PCI_CONFIG_SPACE_SIZE, len) : ~0u;

    return len == 4 ? val : val & ((1u << (len * 8)) - 1);
}

/* Only a 32-bit write reaches CONFIG_ADDRESS; narrower ones belong to whatever else decodes the ports. */
static void conf_write(void *opaque, hwaddr addr, uint64_t val, unsigned len)
{
    PCIHostState *s = opaque;

    if (addr == 0 && len == 4) {
        s->config_reg = val;
    }
}

static uint64_t conf_read(void *opaque, hwaddr addr, unsigned len)
{
    PCIHostState *s = opaque;

    return addr == 0 && len == 4 ? s->config_reg : (s->config_reg >> (addr * 8)) & ((1ULL << (len * 8)) - 1);
}

static void data_write(void *opaque, hwaddr addr, uint64_t val, unsigned len)
{
    PCIHostState *s = opaque;

    if (s->config_reg & (1u << 31)) {
        pci_data_write(s->bus, (s->config_reg & ~3u) | (addr & 3), val, len);
    }
}

static uint64_t data_read(void *opaque, hwaddr addr, unsigned len)
{
    PCIHostState *s = opaque;

    if (!(s->config_reg & (1u << 31))) {
        return 0xffffffffu >> (32 - len * 8);
    }
    return pci_data_read(s->bus, (s->config_reg & ~3u) | (addr & 3), len);
}

const MemoryRegionOps pci_host_conf_le_ops = {
    .read = conf_read,
    .write = conf_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

const MemoryRegionOps pci_host_data_le_ops = {
    .read = data_read,
    .write = data_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static bool pci_host_needed(void *opaque)
{
    return ((PCIHostState *)opaque)->mig_enabled;
}

static const VMStateDescription vmstate_pcihost = {
    .name = "PCIHost",
    .needed = pci_host_needed,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(config_reg, PCIHostState),
        VMSTATE_END_OF_LIST()
    },
};

static const Property pci_host_props[] = {
    DEFINE_PROP_BOOL("x-config-reg-migration-enabled", PCIHostState, mig_enabled, true),
    DEFINE_PROP_BOOL(PCI_HOST_BYPASS_IOMMU, PCIHostState, bypass_iommu, false),
};

static void pci_host_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    device_class_set_props(dc, pci_host_props);
    dc->vmsd = &vmstate_pcihost;
}

static const TypeInfo pci_host_types[] = {
    {
        .name = TYPE_PCI_HOST_BRIDGE,
        .parent = TYPE_SYS_BUS_DEVICE,
        .abstract = true,
        .class_size = sizeof(PCIHostBridgeClass),
        .instance_size = sizeof(PCIHostState),
        .class_init = pci_host_class_init,
    },
};

DEFINE_TYPES(pci_host_types)
