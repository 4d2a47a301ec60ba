/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI buses and functions: constants, and what devices and machines call.
 *
 * Layout of a root bus and what a function sees:
 *
 *     PCIBus.address_space_mem / _io      BARs of functions are mapped here, at overlap priority 1
 *     PCIDevice.bus_master_as             DMA: one container holding an alias of the bus's DMA root.
 *                                         The alias is enabled by Bus Master Enable; while off, the
 *                                         address space resolves to the shared empty view (series A3).
 *
 * A device's realize registers BARs and capabilities; everything after (mapping, INTx, MSI, reset) is
 * driven from config space writes. All of it runs under the big lock.
 * Specifications: PCI Local Bus 3.0, PCI-to-PCI Bridge 1.2, PCI Express Base 4.0.
 */
#ifndef HW_PCI_PCI_H
#define HW_PCI_PCI_H

#include <linux/pci_regs.h>

#include "hw/core/qdev.h"
#include "hw/pci/pci_ids.h"
#include "qemu/bswap.h"
#include "qom/object.h"
#include "system/dma.h"
#include "system/memory.h"

#define PCI_DEVFN(slot, func)   ((((slot) & 0x1f) << 3) | ((func) & 0x07))
#define PCI_BUS_NUM(x)          (((x) >> 8) & 0xff)
#define PCI_SLOT(devfn)         (((devfn) >> 3) & 0x1f)
#define PCI_FUNC(devfn)         ((devfn) & 0x07)
#define PCI_BUILD_BDF(bus, devfn) (((bus) << 8) | (devfn))
#define PCI_BDF_TO_DEVFN(x)     ((x) & 0xff)
#define PCI_BUS_MAX             256
#define PCI_DEVFN_MAX           256
#define PCI_SLOT_MAX            32
#define PCI_FUNC_MAX            8

#define PCI_HEADER_TYPE_MULTI_FUNCTION 0x80
#define PCI_CONFIG_HEADER_SIZE  0x40
#define PCI_CONFIG_SPACE_SIZE   0x100
#define PCIE_CONFIG_SPACE_SIZE  0x1000
#define PCI_NUM_PINS            4
#define PCI_NUM_REGIONS         7
#define PCI_ROM_SLOT            6
#define PCI_ROM_SIZE_MAX        (16u << 20)
#define PCI_CAP_ALIGN_SIZE      4
#ifndef PCI_BAR
#define PCI_BAR(n)              (PCI_BASE_ADDRESS_0 + 4 * (n))
#endif

typedef uint64_t pcibus_t;
#define PCI_BAR_UNMAPPED        (~(pcibus_t)0)
#define FMT_PCIBUS              PRIx64

enum {
    QEMU_PCI_CAP_MSI = 0x1,
    QEMU_PCI_CAP_MSIX = 0x2,
    QEMU_PCI_CAP_EXPRESS = 0x4,
    QEMU_PCI_CAP_MULTIFUNCTION_BITNR = 3,
    QEMU_PCI_CAP_MULTIFUNCTION = 0x8,
    QEMU_PCI_CAP_SERR_BITNR = 4,
    QEMU_PCI_CAP_SERR = 0x10,
    QEMU_PCI_SHPC = 0x20,
    QEMU_PCI_SLOTID = 0x40,
    QEMU_PCIE_SLTCAP_PCP = 0x80,
    QEMU_PCIE_LNKSTA_DLLLA_BITNR = 8,
    QEMU_PCIE_LNKSTA_DLLLA = 0x100,
    QEMU_PCIE_EXTCAP_INIT_BITNR = 9,
    QEMU_PCIE_EXTCAP_INIT = 0x200,
};

typedef struct PCIINTxRoute {
    enum { PCI_INTX_ENABLED, PCI_INTX_INVERTED, PCI_INTX_DISABLED } mode;
    int irq;
} PCIINTxRoute;

typedef struct MSIMessage {
    uint64_t address;
    uint32_t data;
} MSIMessage;

typedef void (*pci_set_irq_fn)(void *opaque, int irq_num, int level);
typedef int (*pci_map_irq_fn)(PCIDevice *pci_dev, int irq_num);
typedef PCIINTxRoute (*pci_route_irq_fn)(void *opaque, int pin);
typedef void (*PCIINTxRoutingNotifier)(PCIDevice *dev);
typedef void (*pci_device_fn)(PCIBus *b, PCIDevice *d, void *opaque);
typedef void (*pci_bus_fn)(PCIBus *b, void *opaque);
typedef uint32_t PCIConfigReadFunc(PCIDevice *pci_dev, uint32_t address, int len);
typedef void PCIConfigWriteFunc(PCIDevice *pci_dev, uint32_t address, uint32_t data, int len);

typedef struct PCIIOMMUOps {
    AddressSpace *(*get_address_space)(PCIBus *bus, void *opaque, int devfn);
} PCIIOMMUOps;

#define TYPE_PCI_BUS "PCI"
#define TYPE_PCIE_BUS "PCIE"
OBJECT_DECLARE_TYPE(PCIBus, PCIBusClass, PCI_BUS)

#define TYPE_PCI_DEVICE "pci-device"
typedef struct PCIDeviceClass PCIDeviceClass;
DECLARE_OBJ_CHECKERS(PCIDevice, PCIDeviceClass, PCI_DEVICE, TYPE_PCI_DEVICE)

/* A function type names the buses it can sit on by implementing one or both. */
#define INTERFACE_PCIE_DEVICE "pci-express-device"
#define INTERFACE_CONVENTIONAL_PCI_DEVICE "conventional-pci-device"

/* ---- buses ---- */
bool pci_bus_is_express(const PCIBus *bus);
bool pci_bus_is_root(const PCIBus *bus);
bool pci_bus_allows_extended_config_space(const PCIBus *bus);
void pci_root_bus_init(PCIBus *bus, size_t bus_size, DeviceState *parent, const char *name,
                       MemoryRegion *mem, MemoryRegion *io, uint8_t devfn_min, const char *typename);
PCIBus *pci_root_bus_new(DeviceState *parent, const char *name, MemoryRegion *mem, MemoryRegion *io,
                         uint8_t devfn_min, const char *typename);
void pci_root_bus_cleanup(PCIBus *bus);
void pci_bus_irqs(PCIBus *bus, pci_set_irq_fn set_irq, void *irq_opaque, int nirq);
void pci_bus_map_irqs(PCIBus *bus, pci_map_irq_fn map_irq);
void pci_bus_irqs_cleanup(PCIBus *bus);
int pci_bus_get_irq_level(PCIBus *bus, int irq_num);
void pci_bus_set_route_irq_fn(PCIBus *bus, pci_route_irq_fn fn);
void pci_bus_fire_intx_routing_notifier(PCIBus *bus);
PCIINTxRoute pci_device_route_intx_to_irq(PCIDevice *dev, int pin);
bool pci_intx_route_changed(PCIINTxRoute *old, PCIINTxRoute *new);
void pci_device_set_intx_routing_notifier(PCIDevice *dev, PCIINTxRoutingNotifier notifier);
int pci_swizzle_map_irq_fn(PCIDevice *pci_dev, int pin);
static inline int pci_swizzle(int slot, int pin)
{
    return (slot + pin) % PCI_NUM_PINS;
}

int pci_bus_num(const PCIBus *s);
int pci_bus_numa_node(PCIBus *bus);
PCIBus *pci_get_bus(const PCIDevice *dev);
PCIBus *pci_device_root_bus(const PCIDevice *d);
PCIDevice *pci_bridge_get_device(PCIBus *bus);
PCIBus *pci_find_bus_nr(PCIBus *bus, int bus_num);
PCIDevice *pci_find_device(PCIBus *bus, int bus_num, uint8_t devfn);
int pci_qdev_find_device(const char *id, PCIDevice **pdev);
void pci_for_each_device(PCIBus *bus, int bus_num, pci_device_fn fn, void *opaque);
void pci_for_each_device_under_bus(PCIBus *bus, pci_device_fn fn, void *opaque);
void pci_for_each_bus(PCIBus *root, pci_bus_fn fn, void *opaque); /* parents before children */
MemoryRegion *pci_address_space(PCIDevice *dev);
MemoryRegion *pci_address_space_io(PCIDevice *dev);
void pci_setup_iommu(PCIBus *bus, const PCIIOMMUOps *ops, void *opaque);
AddressSpace *pci_device_iommu_address_space(PCIDevice *dev);
/* All root buses of the machine, in order of creation. */
GSList *pci_host_list(void);

/* ---- functions ---- */
PCIDevice *pci_new(int devfn, const char *name);
PCIDevice *pci_new_multifunction(int devfn, const char *name);
bool pci_realize_and_unref(PCIDevice *dev, PCIBus *bus, Error **errp);
PCIDevice *pci_create_simple(PCIBus *bus, int devfn, const char *name);
PCIDevice *pci_create_simple_multifunction(PCIBus *bus, int devfn, const char *name);
void pci_device_reset(PCIDevice *dev);
void pci_device_deassert_intx(PCIDevice *dev);

void pci_register_bar(PCIDevice *pci_dev, int region_num, uint8_t attr, MemoryRegion *memory);
pcibus_t pci_get_bar_addr(PCIDevice *pci_dev, int region_num);
pcibus_t pci_bar_address(PCIDevice *d, int reg, uint8_t type, pcibus_t size);
int pci_bar(PCIDevice *d, int reg);
/* Offset 0 picks a free place; returns the offset, or negative with @errp set. */
int pci_add_capability(PCIDevice *pdev, uint8_t cap_id, uint8_t offset, uint8_t size, Error **errp);
void pci_del_capability(PCIDevice *pci_dev, uint8_t cap_id, uint8_t cap_size);
uint8_t pci_find_capability(PCIDevice *pci_dev, uint8_t cap_id);

uint32_t pci_default_read_config(PCIDevice *d, uint32_t address, int len);
void pci_default_write_config(PCIDevice *d, uint32_t address, uint32_t val, int len);
void pci_update_mappings(PCIDevice *d);
void pci_set_power(PCIDevice *pci_dev, bool state);

qemu_irq pci_allocate_irq(PCIDevice *pci_dev);
void pci_set_irq(PCIDevice *pci_dev, int level);
static inline void pci_irq_assert(PCIDevice *pci_dev)
{
    pci_set_irq(pci_dev, 1);
}
static inline void pci_irq_deassert(PCIDevice *pci_dev)
{
    pci_set_irq(pci_dev, 0);
}
uint16_t pci_requester_id(PCIDevice *dev);
MSIMessage pci_get_msi_message(PCIDevice *dev, int vector);
void pci_set_msi_message(PCIDevice *dev, int vector, MSIMessage msg);

void pci_default_init_nic(PCIBus *bus, const char *default_model);
void pci_init_nic_devices(PCIBus *bus, const char *default_model);
bool pci_init_nic_in_slot(PCIBus *bus, const char *default_model, const char *alias, const char *devaddr);
int pci_parse_devaddr(const char *addr, int *domp, int *busp, unsigned int *slotp, unsigned int *funcp);

/* ---- raw access to config space bytes (little-endian) ---- */
static inline void pci_set_byte(uint8_t *config, uint8_t val) { *config = val; }
static inline uint8_t pci_get_byte(const uint8_t *config) { return *config; }
static inline void pci_set_word(uint8_t *config, uint16_t val) { stw_le_p(config, val); }
static inline uint16_t pci_get_word(const uint8_t *config) { return lduw_le_p(config); }
static inline void pci_set_long(uint8_t *config, uint32_t val) { stl_le_p(config, val); }
static inline uint32_t pci_get_long(const uint8_t *config) { return ldl_le_p(config); }
static inline void pci_set_quad(uint8_t *config, uint64_t val) { stq_le_p(config, val); }
static inline uint64_t pci_get_quad(const uint8_t *config) { return ldq_le_p(config); }

static inline void pci_config_set_vendor_id(uint8_t *c, uint16_t v) { pci_set_word(c + PCI_VENDOR_ID, v); }
static inline void pci_config_set_device_id(uint8_t *c, uint16_t v) { pci_set_word(c + PCI_DEVICE_ID, v); }
static inline void pci_config_set_revision(uint8_t *c, uint8_t v) { c[PCI_REVISION_ID] = v; }
static inline void pci_config_set_class(uint8_t *c, uint16_t v) { pci_set_word(c + PCI_CLASS_DEVICE, v); }
static inline void pci_config_set_prog_interface(uint8_t *c, uint8_t v) { c[PCI_CLASS_PROG] = v; }
static inline void pci_config_set_interrupt_pin(uint8_t *c, uint8_t v) { c[PCI_INTERRUPT_PIN] = v; }

/* Each returns the bits of @mask that were set before. */
static inline uint16_t pci_word_test_and_set_mask(uint8_t *config, uint16_t mask)
{
    uint16_t val = pci_get_word(config);

    pci_set_word(config, val | mask);
    return val & mask;
}
static inline uint16_t pci_word_test_and_clear_mask(uint8_t *config, uint16_t mask)
{
    uint16_t val = pci_get_word(config);

    pci_set_word(config, val & ~mask);
    return val & mask;
}
static inline uint32_t pci_long_test_and_set_mask(uint8_t *config, uint32_t mask)
{
    uint32_t val = pci_get_long(config);

    pci_set_long(config, val | mask);
    return val & mask;
}
static inline uint32_t pci_long_test_and_clear_mask(uint8_t *config, uint32_t mask)
{
    uint32_t val = pci_get_long(config);

    pci_set_long(config, val & ~mask);
    return val & mask;
}
static inline bool range_covers_byte_pci(uint32_t a, uint32_t l, uint32_t b)
{
    return b >= a && b - a < l;
}
/* Does [a1, a1+l1) touch [a2, a2+l2)? Lengths are never zero here. */
static inline bool pci_ranges_overlap(uint32_t a1, uint32_t l1, uint32_t a2, uint32_t l2)
{
    return a1 < a2 + l2 && a2 < a1 + l1;
}

extern const VMStateDescription vmstate_pci_device;
#define VMSTATE_PCI_DEVICE(_field, _state) VMSTATE_STRUCT(_field, _state, 0, vmstate_pci_device, PCIDevice)
#define VMSTATE_PCI_DEVICE_POINTER(_field, _state) \
    VMSTATE_STRUCT_POINTER(_field, _state, vmstate_pci_device, PCIDevice)

#endif
