/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel 8237/8257 DMA controllers of the AT: two, channels 0-3 of bytes and 4-7 of words. */
#ifndef HW_ISA_I8257_H
#define HW_ISA_I8257_H

#include "hw/isa/isa.h"

#define TYPE_I8257 "i8257"
void i8257_dma_init(ISABus *bus, bool high_page_enable);

#endif
