/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Port 0x61: speaker gate of PIT counter 2 and the memory refresh toggle. */
#ifndef HW_TIMER_PCSPK_H
#define HW_TIMER_PCSPK_H

#include "hw/isa/isa.h"

#define TYPE_PC_SPEAKER "isa-pcspk"
ISADevice *pcspk_init(ISADevice *isa_dev, ISABus *bus, ISADevice *pit);

#endif
