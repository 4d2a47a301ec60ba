// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IDE function of the PIIX3 (Intel 82371SB data sheet): two channels at their fixed ports and the bus master registers
 * (BAR 4). The cables are empty, see core.c. BQL.
 */
#include "qemu/osdep.h"
#include "hw/isa/isa.h"
#include "hw/pci/pci.h"
#include "hw/pci/pci_device.h"
#include "ide-internal.h"
#include "qapi/error.h"
#include "system/address-spaces.h"

#define TYPE_PIIX3_IDE "piix3-ide"
OBJECT_DECLARE_SIMPLE_TYPE(PIIX3IDEState, PIIX3_IDE)

enum { BM_START = 0x01, BM_CMD_WRITABLE = 0x09, BM_STATUS_KEEP = 0x60, BM_STATUS_CLEAR = 0x06 };

typedef struct BMDMAState {
    uint8_t cmd;
    uint8_t migration_compat_status;        /* the status register: the wire's name for it */
    uint32_t addr;
    int64_t migration_retry_sector_num;
    uint32_t migration_retry_nsector;
    uint8_t migration_retry_unit;
} BMDMAState;

struct PIIX3IDEState {
    PCIDevice parent_obj;

    IDEBus bus[2];
    BMDMAState bmdma[2];
    MemoryRegion bar;
};

/* Per channel: 0 command, 2 status, 4 to 7 the table's address. */
static uint64_t bm_read(void *opaque, hwaddr addr, unsigned size)
{
    BMDMAState *bm = &((PIIX3IDEState *)opaque)->bmdma[addr >> 3];

    switch (addr & 7) {
    case 0: return bm->cmd;
    case 2: return bm->migration_compat_status;
    case 4: case 5: case 6: case 7: return bm->addr >> 8 * (addr & 3) & 0xff;
    default: return 0xff;
    }
}

static void bm_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    BMDMAState *bm = &((PIIX3IDEState *)opaque)->bmdma[addr >> 3];
    unsigned shift = 8 * (addr & 3);

    switch (addr & 7) {
    case 0:
        bm->cmd = val & BM_CMD_WRITABLE;
        break;
    case 2:
        bm->migration_compat_status = (val & BM_STATUS_KEEP) | (bm->migration_compat_status & ~val & BM_STATUS_CLEAR) |
                                      (bm->migration_compat_status & BM_START);
        break;
    case 4: case 5: case 6: case 7:
        bm->addr = ((bm->addr & ~(0xffu << shift)) | (uint32_t)(val & 0xff) << shift) & ~3u;
        break;
    default:
        break;
    }
}

static const MemoryRegionOps bm_ops = {
    .read = bm_read,
    .write = bm_write,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void piix3_ide_reset(DeviceState *dev)
{
    PIIX3IDEState *s = PIIX3_IDE(dev);
    uint8_t *conf = PCI_DEVICE(dev)->config;

    for (int i = 0; i < 2; i++) {
        ide_bus_reset(&s->bus[i]);
        s->bmdma[i] = (BMDMAState) { 0 };
    }
    pci_set_word(conf + PCI_STATUS, PCI_STATUS_DEVSEL_MEDIUM | PCI_STATUS_FAST_BACK);
}

static const VMStateDescription vmstate_bmdma = {
    .name = "ide bmdma",
    .version_id = 3,
    .minimum_version_id = 0,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(cmd, BMDMAState),
        VMSTATE_UINT8(migration_compat_status, BMDMAState),
        VMSTATE_UINT32(addr, BMDMAState),
        VMSTATE_INT64(migration_retry_sector_num, BMDMAState),
        VMSTATE_UINT32(migration_retry_nsector, BMDMAState),
        VMSTATE_UINT8(migration_retry_unit, BMDMAState),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_piix3_ide = {
    .name = "ide",
    .version_id = 3,
    .minimum_version_id = 0,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, PIIX3IDEState),
        VMSTATE_STRUCT_ARRAY(bmdma, PIIX3IDEState, 2, 0, vmstate_bmdma, BMDMAState),
        VMSTATE_STRUCT_ARRAY(bus, PIIX3IDEState, 2, 1, vmstate_ide_bus, IDEBus),
        VMSTATE_STRUCT_ARRAY(bus[0].ifs, PIIX3IDEState, 2, 3, vmstate_ide_drive, IDEState),
        VMSTATE_STRUCT_ARRAY(bus[1].ifs, PIIX3IDEState, 2, 3, vmstate_ide_drive, IDEState),
        VMSTATE_END_OF_LIST()
    },
};

static void piix3_ide_realize(PCIDevice *pci, Error **errp)
{
    static const uint16_t command[2] = { 0x1f0, 0x170 }, control[2] = { 0x3f6, 0x376 };
    PIIX3IDEState *s = PIIX3_IDE(pci);

    pci_config_set_prog_interface(pci->config, 0x80);           /* fixed ports; bus master */
    memory_region_init_io(&s->bar, OBJECT(s), &bm_ops, s, "piix-bmdma", 16);
    pci_register_bar(pci, 4, PCI_BASE_ADDRESS_SPACE_IO, &s->bar);
    for (int i = 0; i < 2; i++) {
        ide_bus_init_io(&s->bus[i], OBJECT(s));
        memory_region_add_subregion(pci_address_space_io(pci), command[i], &s->bus[i].regs);
        memory_region_add_subregion(pci_address_space_io(pci), control[i], &s->bus[i].control);
    }
}

static void piix3_ide_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->realize = piix3_ide_realize;
    pc->vendor_id = PCI_VENDOR_ID_INTEL;
    pc->device_id = 0x7010;
    pc->class_id = 0x0101;          /* mass storage, IDE */
    dc->reset = piix3_ide_reset;
    dc->vmsd = &vmstate_piix3_ide;
    dc->user_creatable = false;     /* its ports are fixed: the board's only */
    set_bit(DEVICE_CATEGORY_STORAGE, dc->categories);
}

static const TypeInfo piix3_ide_types[] = {
    {
        .name = TYPE_PIIX3_IDE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(PIIX3IDEState),
        .class_init = piix3_ide_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } },
    },
};
DEFINE_TYPES(piix3_ide_types)
