// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ATA channels (ATA/ATAPI-7, volume 1): the registers of a cable nobody is on. What is written goes to both drives'
 * registers, as on a cable; reads give 0, which drivers take for "no drive". BQL.
 */
#include "qemu/osdep.h"
#include "ide-internal.h"

enum { REG_DATA, REG_ERROR, REG_NSECTOR, REG_SECTOR, REG_LCYL, REG_HCYL, REG_SELECT, REG_STATUS };
enum { CONTROL_SRST = 0x04, CONTROL_HOB = 0x80, SELECT_ALWAYS = 0xa0, SELECT_DRIVE1 = 0x10, STATUS_READY_SEEK = 0x50 };

static void drive_reset(IDEState *s)
{
    *s = (IDEState) {
        .mult_sectors = 16, .nsector = 1, .sector = 1, .lcyl = 0xff, .hcyl = 0xff, .select = SELECT_ALWAYS,
        .status = STATUS_READY_SEEK,
    };
}

void ide_bus_reset(IDEBus *bus)
{
    bus->cmd = 0;
    bus->unit = 0;
    drive_reset(&bus->ifs[0]);
    drive_reset(&bus->ifs[1]);
}

static void write_drive(IDEState *s, hwaddr addr, uint8_t val)
{
    switch (addr) {
    case REG_ERROR:
        s->hob_feature = s->feature;
        s->feature = val;
        break;
    case REG_NSECTOR:
        s->hob_nsector = s->nsector;
        s->nsector = val;
        break;
    case REG_SECTOR:
        s->hob_sector = s->sector;
        s->sector = val;
        break;
    case REG_LCYL:
        s->hob_lcyl = s->lcyl;
        s->lcyl = val;
        break;
    case REG_HCYL:
        s->hob_hcyl = s->hcyl;
        s->hcyl = val;
        break;
    case REG_SELECT:
        s->select = val | SELECT_ALWAYS;
        break;
    default:                        /* data and commands for nobody */
        break;
    }
}

static void ide_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    IDEBus *bus = opaque;

    bus->cmd &= ~CONTROL_HOB;
    write_drive(&bus->ifs[0], addr, val);
    write_drive(&bus->ifs[1], addr, val);
    if (addr == REG_SELECT) {
        bus->unit = val & SELECT_DRIVE1 ? 1 : 0;
    }
}

static uint64_t ide_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

static void control_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    IDEBus *bus = opaque;

    if (bus->cmd & ~val & CONTROL_SRST) {
        ide_bus_reset(bus);
    }
    bus->cmd = val;
}

static const MemoryRegionOps ide_ops = {
    .read = ide_read,
    .write = ide_write,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static const MemoryRegionOps control_ops = {
    .read = ide_read,
    .write = control_write,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

void ide_bus_init_io(IDEBus *bus, Object *owner)
{
    memory_region_init_io(&bus->regs, owner, &ide_ops, bus, "ide", 8);
    memory_region_init_io(&bus->control, owner, &control_ops, bus, "ide", 1);
}

/* ---- migration ---- */

static bool has_identify(void *opaque, int version_id)
{
    return ((IDEState *)opaque)->identify_set != 0;
}

static bool unit_valid(void *opaque, int version_id)
{
    return ((IDEBus *)opaque)->unit < 2;
}

const VMStateDescription vmstate_ide_bus = {
    .name = "ide_bus",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(cmd, IDEBus),
        VMSTATE_UINT8(unit, IDEBus),
        VMSTATE_VALIDATE("drive 0 or 1", unit_valid),
        VMSTATE_END_OF_LIST()
    },
};

const VMStateDescription vmstate_ide_drive = {
    .name = "ide_drive",
    .version_id = 3,
    .minimum_version_id = 0,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32(mult_sectors, IDEState),
        VMSTATE_INT32(identify_set, IDEState),
        VMSTATE_BUFFER_TEST(identify_data, IDEState, has_identify),
        VMSTATE_UINT8(feature, IDEState),
        VMSTATE_UINT8(error, IDEState),
        VMSTATE_UINT32(nsector, IDEState),
        VMSTATE_UINT8(sector, IDEState),
        VMSTATE_UINT8(lcyl, IDEState),
        VMSTATE_UINT8(hcyl, IDEState),
        VMSTATE_UINT8(hob_feature, IDEState),
        VMSTATE_UINT8(hob_sector, IDEState),
        VMSTATE_UINT8(hob_nsector, IDEState),
        VMSTATE_UINT8(hob_lcyl, IDEState),
        VMSTATE_UINT8(hob_hcyl, IDEState),
        VMSTATE_UINT8(select, IDEState),
        VMSTATE_UINT8(status, IDEState),
        VMSTATE_UINT8(lba48, IDEState),
        VMSTATE_UINT8(sense_key, IDEState),
        VMSTATE_UINT8(asc, IDEState),
        VMSTATE_UINT8_V(cdrom_changed, IDEState, 3),
        VMSTATE_END_OF_LIST()
    },
};
