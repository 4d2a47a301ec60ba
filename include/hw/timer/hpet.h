/* SPDX-License-Identifier: GPL-2.0-or-later */
/* High precision event timer: where it is and how its lines are called. */
#ifndef HW_TIMER_HPET_H
#define HW_TIMER_HPET_H

#include "qemu/osdep.h"

#define HPET_BASE 0xfed00000
#define HPET_LEN 0x400
#define HPET_CLK_PERIOD_NS 10
#define HPET_MIN_TIMERS 3
#define HPET_MAX_TIMERS 32
#define HPET_NUM_IRQ_ROUTES 32
#define HPET_LEGACY_PIT_INT 0   /* gpio-out: enables the PIT; gpio-in: PIT interrupt */
#define HPET_LEGACY_RTC_INT 1   /* gpio-in: RTC interrupt */
#define RTC_ISA_IRQ_LINE 8

#define TYPE_HPET "hpet"
#define HPET_INTCAP "hpet-intcap"

/* True once a machine has a HPET. */
bool hpet_find(void);
uint32_t hpet_event_timer_block_id(void);

#endif
