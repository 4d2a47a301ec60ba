/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MC146818 real-time clock with 128 bytes of CMOS memory, ports 0x70/0x71, ISA interrupt 8. */
#ifndef HW_RTC_MC146818RTC_H
#define HW_RTC_MC146818RTC_H

#include "hw/isa/isa.h"

#define RTC_ISA_IRQ 8

#define TYPE_MC146818_RTC "mc146818rtc"
OBJECT_DECLARE_SIMPLE_TYPE(MC146818RtcState, MC146818_RTC)

/* @intercept_irq replaces ISA line 8 when not NULL (the HPET takes it in legacy mode). */
MC146818RtcState *mc146818_rtc_init(ISABus *bus, int base_year, qemu_irq intercept_irq);
void mc146818rtc_set_cmos_data(MC146818RtcState *s, int addr, int val);
int mc146818rtc_get_cmos_data(MC146818RtcState *s, int addr);
void qmp_rtc_reset_reinjection(Error **errp);

#endif
