/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 8254 programmable interval timer: three counters of 1.193182 MHz on ports 0x40-0x43. Counter 0 drives ISA
 * interrupt 0, counter 2 the speaker. gpio-in 0 switches the interrupt off (HPET legacy replacement).
 */
#ifndef HW_TIMER_I8254_H
#define HW_TIMER_I8254_H

#include "hw/isa/isa.h"

#define PIT_FREQ 1193182
#define TYPE_I8254 "isa-pit"
OBJECT_DECLARE_SIMPLE_TYPE(PITState, I8254)

typedef struct PITChannelInfo {
    int gate;
    int mode;
    int initial_count;
    int out;
} PITChannelInfo;

/* Interrupt line @isa_irq of @bus, or @alt_irq when @isa_irq is negative. */
ISADevice *i8254_pit_init(ISABus *bus, int base, int isa_irq, qemu_irq alt_irq);
void pit_set_gate(ISADevice *dev, int channel, int val);
void pit_get_channel_info(ISADevice *dev, int channel, PITChannelInfo *info);

#endif
