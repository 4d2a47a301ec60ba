// SPDX-License-Identifier: GPL-2.0-or-later
/* SMBus host controller registers: see the header. Offsets from the I/O base: */
#include "qemu/osdep.h"
#include "hw/isa/pm_smbus.h"

enum { SMBHSTSTS = 0, SMBHSTCNT = 2, SMBHSTCMD, SMBHSTADD, SMBHSTDAT0, SMBHSTDAT1, SMBBLKDAT, SMBAUXCTL = 0xd };

#define STS_HOST_BUSY 0x01
#define STS_INTR 0x02
#define STS_DEV_ERR 0x04
#define STS_BYTE_DONE 0x80
#define STS_W1C 0xfe
#define CTL_INTREN 0x01
#define CTL_KILL 0x02
#define CTL_START 0x40
#define CTL_LAST_BYTE 0x20

static void irq_update(PMSMBus *s)
{
    if (s->set_irq) {
        s->set_irq(s, (s->smb_ctl & CTL_INTREN) && (s->smb_stat & (STS_INTR | STS_DEV_ERR | STS_BYTE_DONE)));
    }
}

static void start(PMSMBus *s)
{
    s->smb_stat = (s->smb_stat & ~STS_HOST_BUSY) | STS_DEV_ERR;
    s->op_done = true;
}

static void smb_write(void *opaque, hwaddr addr, uint64_t val, unsigned width)
{
    PMSMBus *s = opaque;

    switch (addr) {
    case SMBHSTSTS:
        s->smb_stat &= ~(val & STS_W1C);
        break;
    case SMBHSTCNT:
        s->smb_ctl = val & ~CTL_START;
        if (val & CTL_KILL) {
            s->smb_stat &= ~STS_HOST_BUSY;
        } else if (val & CTL_START) {
            start(s);
        }
        break;
    case SMBHSTCMD:
        s->smb_cmd = val;
        break;
    case SMBHSTADD:
        s->smb_addr = val;
        break;
    case SMBHSTDAT0:
        s->smb_data0 = val;
        break;
    case SMBHSTDAT1:
        s->smb_data1 = val;
        break;
    case SMBBLKDAT:
        s->smb_data[s->smb_index] = val;
        s->smb_index = (s->smb_index + 1) % PM_SMBUS_MAX_MSG_SIZE;
        break;
    case SMBAUXCTL:
        s->smb_auxctl = val & 3;
        break;
    }
    irq_update(s);
}

static uint64_t smb_read(void *opaque, hwaddr addr, unsigned width)
{
    PMSMBus *s = opaque;
    uint8_t val;

    switch (addr) {
    case SMBHSTSTS:
        return s->smb_stat;
    case SMBHSTCNT:
        s->smb_index = 0;
        return s->smb_ctl & ~CTL_START;
    case SMBHSTCMD:
        return s->smb_cmd;
    case SMBHSTADD:
        return s->smb_addr;
    case SMBHSTDAT0:
        return s->smb_data0;
    case SMBHSTDAT1:
        return s->smb_data1;
    case SMBBLKDAT:
        val = s->smb_data[s->smb_index];
        s->smb_index = (s->smb_index + 1) % PM_SMBUS_MAX_MSG_SIZE;
        return val;
    case SMBAUXCTL:
        return s->smb_auxctl;
    default:
        return 0;
    }
}

static const MemoryRegionOps smb_ops = {
    .read = smb_read,
    .write = smb_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

void pm_smbus_reset(PMSMBus *s)
{
    s->op_done = true;
    s->smb_index = 0;
    s->smb_stat = 0;
}

/* The bus itself has a section of its own in a stream. Nobody sits on it, so no transfer is ever half done. */
static const VMStateDescription vmstate_i2c_bus = {
    .name = "i2c_bus",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(saved_address, PMSMBus),
        VMSTATE_END_OF_LIST()
    },
};

void pm_smbus_init(DeviceState *parent, PMSMBus *s)
{
    s->op_done = true;
    s->saved_address = 0xff;
    vmstate_register_any(NULL, &vmstate_i2c_bus, s);
    memory_region_init_io(&s->io, OBJECT(parent), &smb_ops, s, "pm-smbus", 64);
}

static bool index_fits(void *opaque, int version_id)
{
    return ((PMSMBus *)opaque)->smb_index < PM_SMBUS_MAX_MSG_SIZE;
}

const VMStateDescription pmsmb_vmstate = {
    .name = "pmsmb",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(smb_stat, PMSMBus),
        VMSTATE_UINT8(smb_ctl, PMSMBus),
        VMSTATE_UINT8(smb_cmd, PMSMBus),
        VMSTATE_UINT8(smb_addr, PMSMBus),
        VMSTATE_UINT8(smb_data0, PMSMBus),
        VMSTATE_UINT8(smb_data1, PMSMBus),
        VMSTATE_UINT32(smb_index, PMSMBus),
        VMSTATE_VALIDATE("smb_index < 32", index_fits),
        VMSTATE_UINT8_ARRAY(smb_data, PMSMBus, PM_SMBUS_MAX_MSG_SIZE),
        VMSTATE_UINT8(smb_auxctl, PMSMBus),
        VMSTATE_UINT8(smb_blkdata, PMSMBus),
        VMSTATE_BOOL(i2c_enable, PMSMBus),
        VMSTATE_BOOL(op_done, PMSMBus),
        VMSTATE_BOOL(in_i2c_block_read, PMSMBus),
        VMSTATE_BOOL(start_transaction_on_status_read, PMSMBus),
        VMSTATE_END_OF_LIST()
    },
};
