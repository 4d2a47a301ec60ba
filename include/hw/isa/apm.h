/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * APM command and status ports 0xb2/0xb3: a write to the command port asks the owner for an SMI or an ACPI mode
 * switch. The field is named "apm" in the owner's migration stream.
 */
#ifndef HW_ISA_APM_H
#define HW_ISA_APM_H

#include "migration/vmstate.h"
#include "system/memory.h"

#define APM_CNT_IOPORT 0xb2
#define ACPI_PORT_SMI_CMD APM_CNT_IOPORT

typedef void (*apm_ctrl_changed_t)(uint32_t val, void *arg);

typedef struct APMState {
    uint8_t apmc;
    uint8_t apms;
    apm_ctrl_changed_t callback;
    void *arg;
    MemoryRegion io;
} APMState;

void apm_init(Object *dev, MemoryRegion *io_parent, APMState *s, apm_ctrl_changed_t callback, void *arg);

extern const VMStateDescription vmstate_apm;
#define VMSTATE_APM(_field, _state) VMSTATE_STRUCT(_field, _state, 1, vmstate_apm, APMState)

#endif
