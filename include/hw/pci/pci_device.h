/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of one PCI function, and DMA on its behalf. */
#ifndef HW_PCI_PCI_DEVICE_H
#define HW_PCI_PCI_DEVICE_H

#include "hw/pci/pci.h"
#include "hw/pci/pcie.h"

struct PCIDeviceClass {
    DeviceClass parent_class;

    void (*realize)(PCIDevice *dev, Error **errp);
    void (*exit)(PCIDevice *dev);
    PCIConfigReadFunc *config_read;
    PCIConfigWriteFunc *config_write;

    uint16_t vendor_id;
    uint16_t device_id;
    uint8_t revision;
    uint16_t class_id;
    uint16_t subsystem_vendor_id;   /* only for header type 0 */
    uint16_t subsystem_id;
    const char *romfile;
};

typedef struct PCIIORegion {
    pcibus_t addr;              /* where it is mapped now, or PCI_BAR_UNMAPPED */
    pcibus_t size;              /* 0: no such BAR */
    uint8_t type;               /* PCI_BASE_ADDRESS_* bits */
    MemoryRegion *memory;
    MemoryRegion *address_space;
} PCIIORegion;

typedef void (*MSITriggerFunc)(PCIDevice *dev, MSIMessage msg);
typedef int (*MSIVectorUseNotifier)(PCIDevice *dev, unsigned int vector, MSIMessage msg);
typedef void (*MSIVectorReleaseNotifier)(PCIDevice *dev, unsigned int vector);
typedef void (*MSIVectorPollNotifier)(PCIDevice *dev, unsigned int vector_start, unsigned int vector_end);

#define PCI_VMSTATE_VERSION 2

struct PCIDevice {
    DeviceState qdev;
    bool has_power;

    /* One allocation of 5 x config size; the others point into it. */
    uint8_t *config;
    uint8_t *cmask;             /* bits an incoming migration must match */
    uint8_t *wmask;             /* bits the guest may write */
    uint8_t *w1cmask;           /* bits the guest clears by writing one */
    uint8_t *used;              /* bytes taken by capabilities; conventional part only */
    uint8_t *conventional;      /* allocation: the four masks' first 256 bytes, then config */
    uint8_t *extended;          /* allocation: three masks of 4096 bytes, or NULL: all zero from byte 256 on */

    int32_t devfn;              /* property "addr"; -1: pick a free slot */
    char name[64];
    PCIIORegion io_regions[PCI_NUM_REGIONS];
    AddressSpace bus_master_as;
    MemoryRegion bus_master_container_region;
    MemoryRegion bus_master_enable_region;

    PCIConfigReadFunc *config_read;
    PCIConfigWriteFunc *config_write;

    uint8_t irq_state;          /* bit n: INTx pin n is asserted */
    uint32_t cap_present;       /* QEMU_PCI_CAP_* */

    uint8_t pm_cap;
    uint8_t msi_cap;
    uint8_t msix_cap;
    int msix_entries_nr;
    uint8_t *msix_table;
    uint8_t *msix_pba;
    unsigned *msix_entry_used;
    bool msix_function_masked;
    MemoryRegion msix_exclusive_bar;
    MemoryRegion msix_table_mmio;
    MemoryRegion msix_pba_mmio;
    MSITriggerFunc msi_trigger;
    MSIVectorUseNotifier msix_vector_use_notifier;
    MSIVectorReleaseNotifier msix_vector_release_notifier;
    MSIVectorPollNotifier msix_vector_poll_notifier;
    PCIINTxRoutingNotifier intx_routing_notifier;

    PCIExpressDevice exp;

    char *romfile;
    uint32_t romsize;
    bool has_rom;
    MemoryRegion rom;
    int32_t rom_bar;
    char *failover_pair_id;
    uint32_t acpi_index;
    uint64_t max_bounce_buffer_size; /* of its DMA into what is not RAM */
    bool partially_hotplugged;
    bool enabled;
    int32_t version_id;         /* of the stream being loaded; else PCI_VMSTATE_VERSION */
};

static inline int pci_intx(PCIDevice *pci_dev)
{
    return pci_get_byte(pci_dev->config + PCI_INTERRUPT_PIN) - 1;
}

static inline int pci_is_express(const PCIDevice *d)
{
    return !!(d->cap_present & QEMU_PCI_CAP_EXPRESS);
}

static inline uint32_t pci_config_size(const PCIDevice *d)
{
    return pci_is_express(d) ? PCIE_CONFIG_SPACE_SIZE : PCI_CONFIG_SPACE_SIZE;
}

static inline uint16_t pci_get_bdf(PCIDevice *dev)
{
    return PCI_BUILD_BDF(pci_bus_num(pci_get_bus(dev)), dev->devfn);
}

static inline AddressSpace *pci_get_address_space(PCIDevice *dev)
{
    return &dev->bus_master_as;
}

/* DMA through the function's bus master address space: fails while Bus Master Enable is off. */
static inline MemTxResult pci_dma_rw(PCIDevice *dev, dma_addr_t addr, void *buf, dma_addr_t len,
                                     DMADirection dir, MemTxAttrs attrs)
{
    return dma_memory_rw(pci_get_address_space(dev), addr, buf, len, dir, attrs);
}
static inline MemTxResult pci_dma_read(PCIDevice *dev, dma_addr_t addr, void *buf, dma_addr_t len)
{
    return pci_dma_rw(dev, addr, buf, len, DMA_DIRECTION_TO_DEVICE, MEMTXATTRS_UNSPECIFIED);
}
static inline MemTxResult pci_dma_write(PCIDevice *dev, dma_addr_t addr, const void *buf, dma_addr_t len)
{
    return pci_dma_rw(dev, addr, (void *)buf, len, DMA_DIRECTION_FROM_DEVICE, MEMTXATTRS_UNSPECIFIED);
}
static inline void *pci_dma_map(PCIDevice *dev, dma_addr_t addr, dma_addr_t *plen, DMADirection dir)
{
    return dma_memory_map(pci_get_address_space(dev), addr, plen, dir, MEMTXATTRS_UNSPECIFIED);
}
static inline void pci_dma_unmap(PCIDevice *dev, void *buffer, dma_addr_t len, DMADirection dir,
                                 dma_addr_t access_len)
{
    dma_memory_unmap(pci_get_address_space(dev), buffer, len, dir, access_len);
}

#endif
