/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SMBus host controller of PIIX4 and ICH9 (ICH9 datasheet, 18.2). No devices sit on the bus: each transaction ends at
 * once with "device error", as on a board with empty sockets.
 */
#ifndef HW_ISA_PM_SMBUS_H
#define HW_ISA_PM_SMBUS_H

#include "migration/vmstate.h"
#include "system/memory.h"

#define PM_SMBUS_MAX_MSG_SIZE 32

typedef struct PMSMBus {
    MemoryRegion io;
    uint8_t saved_address;      /* of the bus behind it: the device in the middle of a transfer, 0xff none */
    uint8_t smb_stat;
    uint8_t smb_ctl;
    uint8_t smb_cmd;
    uint8_t smb_addr;
    uint8_t smb_data0;
    uint8_t smb_data1;
    uint8_t smb_data[PM_SMBUS_MAX_MSG_SIZE];
    uint8_t smb_blkdata;
    uint8_t smb_auxctl;
    uint32_t smb_index;
    bool i2c_enable;
    bool op_done;
    bool in_i2c_block_read;
    bool start_transaction_on_status_read;
    void (*set_irq)(struct PMSMBus *s, bool enabled);
    void *opaque;
} PMSMBus;

void pm_smbus_init(DeviceState *parent, PMSMBus *smb);
void pm_smbus_reset(PMSMBus *s);

extern const VMStateDescription pmsmb_vmstate;

#endif
