// SPDX-License-Identifier: GPL-2.0-or-later
/* A SATA disk on an AHCI port: properties, and what IDENTIFY DEVICE says of it (ATA8-ACS, 7.16). BQL. */
#include "qemu/osdep.h"
#include "ahci-internal.h"
#include "qapi/error.h"
#include "qemu/bswap.h"

uint64_t ide_hd_sectors(IDEDrive *d)
{
    uint64_t sectors;

    blk_get_geometry(d->conf.blk, &sectors);
    return MIN(sectors, 1ULL << 48);
}

/* Characters come in pairs, the first in the upper byte. */
static void put_text(uint8_t *p, unsigned size, const char *text)
{
    size_t len = strlen(text);

    for (unsigned i = 0; i < size; i++) {
        p[i ^ 1] = i < len ? text[i] : ' ';
    }
}

static void put_word(uint8_t *id, unsigned word, uint16_t val)
{
    stw_le_p(id + 2 * word, val);
}

void ide_hd_identify(IDEDrive *d, uint8_t id[512])
{
    uint64_t sectors = ide_hd_sectors(d);
    uint8_t sum = 0xa5;

    memset(id, 0, 512);
    put_word(id, 0, 0x0040);
    put_word(id, 1, MIN(sectors / (16 * 63), 16383));
    put_word(id, 3, 16);
    put_word(id, 6, 63);
    put_text(id + 20, 20, d->serial);
    put_text(id + 46, 8, d->version ?: "1.0");
    put_text(id + 54, 40, d->model ?: "QEMU HARDDISK");
    put_word(id, 47, 0x8010);                   /* READ MULTIPLE: 16 sectors */
    put_word(id, 49, 0x0f00);                   /* LBA, DMA, IORDY */
    put_word(id, 50, 0x4000);
    put_word(id, 53, 7);
    put_word(id, 59, 0x0110);
    stl_le_p(id + 120, MIN(sectors, 0x0fffffff));
    put_word(id, 63, 0x0007);
    put_word(id, 64, 3);
    for (int i = 65; i <= 68; i++) {
        put_word(id, i, 120);
    }
    put_word(id, 75, SLOTS - 1);
    put_word(id, 76, 0x0102);                   /* NCQ, 1.5 Gb/s */
    put_word(id, 80, 0x00f0);
    put_word(id, 81, 0x0016);
    put_word(id, 82, 0x4020 | 1 << 0xc);        /* write cache, WRITE BUFFER, NOP */
    put_word(id, 83, 0x7400);                   /* FLUSH, FLUSH EXT, 48 bits */
    put_word(id, 84, 0x4000);
    put_word(id, 85, 0x4000 | (blk_enable_write_cache(d->conf.blk) ? 0x20 : 0));
    put_word(id, 86, 0x3400);
    put_word(id, 87, 0x4000);
    put_word(id, 88, 0x203f);                   /* UDMA 5 of 0 to 5 */
    stq_le_p(id + 200, sectors);
    put_word(id, 106, 0x6000 | __builtin_ctz(d->conf.physical_block_size / 512));
    if (d->wwn) {
        put_word(id, 84, 0x4100);
        put_word(id, 87, 0x4100);
        for (int i = 0; i < 4; i++) {
            put_word(id, 108 + i, d->wwn >> (48 - 16 * i));
        }
    }
    put_word(id, 217, 1);                       /* does not rotate */
    id[510] = 0xa5;
    for (int i = 0; i < 511; i++) {
        sum += i == 510 ? 0 : id[i];
    }
    id[511] = -sum;
}

static void ide_hd_realize(DeviceState *dev, Error **errp)
{
    IDEDrive *d = IDE_HD(dev);
    AHCIDevice *port = IDE_BUS(qdev_get_parent_bus(dev))->port;

    if (port->drive) {
        error_setg(errp, "%s: bus '%s' has a drive already", TYPE_IDE_HD, qdev_get_parent_bus(dev)->name);
        return;
    }
    if (!blkconf_apply(&d->conf, dev, false, errp)) {
        return;
    }
    if (d->conf.logical_block_size != 512) {
        error_setg(errp, "logical_block_size must be 512 for IDE");
        blkconf_release(&d->conf, dev);
        return;
    }
    if (!d->serial) {
        d->serial = g_strdup_printf("QM%05u", port->index + 1);
    }
    d->port = port;
    port->drive = d;
    ahci_port_attached(port);
}

static void ide_hd_unrealize(DeviceState *dev)
{
    IDEDrive *d = IDE_HD(dev);

    blk_drain(d->conf.blk);
    d->port->drive = NULL;
    ahci_port_attached(d->port);
    blkconf_release(&d->conf, dev);
}

static const Property ide_hd_props[] = {
    DEFINE_BLOCK_PROPERTIES(IDEDrive, conf),
    DEFINE_PROP_STRING("serial", IDEDrive, serial),
    DEFINE_PROP_STRING("model", IDEDrive, model),
    DEFINE_PROP_STRING("ver", IDEDrive, version),
    DEFINE_PROP_UINT64("wwn", IDEDrive, wwn, 0),
};

static void ide_hd_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->bus_type = TYPE_IDE_BUS;
    dc->realize = ide_hd_realize;
    dc->unrealize = ide_hd_unrealize;
    dc->desc = "virtual IDE disk";
    dc->fw_name = "drive";
    device_class_set_props(dc, ide_hd_props);
    set_bit(DEVICE_CATEGORY_STORAGE, dc->categories);
}

static const TypeInfo ide_hd_types[] = {
    {
        .name = TYPE_IDE_HD,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(IDEDrive),
        .class_init = ide_hd_class_init,
    },
};
DEFINE_TYPES(ide_hd_types)
