/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The I/O port of VMware's guest tools: IN from 0x5658 with 0x564d5868 in EAX and a command in CX; arguments and answers
 * are in the other registers.
 */
#ifndef HW_I386_VMPORT_H
#define HW_I386_VMPORT_H

#include "hw/isa/isa.h"

#define TYPE_VMPORT "vmport"

/* The answer, for EAX. */
typedef uint32_t VMPortReadFunc(void *opaque, uint32_t address);

typedef enum {
    VMPORT_CMD_GETVERSION = 10,
    VMPORT_CMD_GETRAMSIZE = 20,
    VMPORT_CMD_VMMOUSE_DATA = 39,
    VMPORT_CMD_VMMOUSE_STATUS = 40,
    VMPORT_CMD_VMMOUSE_COMMAND = 41,
    VMPORT_ENTRIES = 0x2c,
} VMPortCommand;

void vmport_register(VMPortCommand command, VMPortReadFunc *func, void *opaque);
/* EAX, EBX, ECX, EDX, ESI, EDI of the processor at the port. */
void vmport_get_regs(uint32_t regs[6]);
void vmport_set_regs(const uint32_t regs[6]);

#endif
