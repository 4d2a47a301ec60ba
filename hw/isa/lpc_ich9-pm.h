/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The power management block inside the LPC bridge. */
#ifndef HW_ISA_LPC_ICH9_PM_H
#define HW_ISA_LPC_ICH9_PM_H

#include "hw/southbridge/ich9.h"

void ich9_pm_init(PCIDevice *lpc_pci, ICH9LPCPMRegs *pm, qemu_irq sci_irq);
void ich9_pm_reset(ICH9LPCPMRegs *pm);
/* @pm_io_base 0: not decoded. */
void ich9_pm_iospace_update(ICH9LPCPMRegs *pm, uint32_t pm_io_base);

extern const VMStateDescription vmstate_ich9_pm;

#endif
