/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -rtc: which clock the guest's real-time clock follows and from which date it starts. Set once at start-up. */
#ifndef SYSTEM_RTC_H
#define SYSTEM_RTC_H

#include "qemu/timer.h"

extern QEMUClockType rtc_clock;

/*
 * -rtc base=utc|localtime|<date>,clock=host|rt|vm,driftfix=none|slew. NULL leaves a default. A date is
 * "2006-06-17" or "2006-06-17T16:01:21". driftfix=slew makes every mc146818rtc reinject lost ticks.
 */
bool configure_rtc(const char *base, const char *clock, const char *driftfix, Error **errp);

/* Nanoseconds since 1970, UTC, by the date the guest should see. */
int64_t qemu_rtc_epoch_ns(void);
/* The date the guest should see, @offset seconds away from now. */
void qemu_get_timedate(struct tm *tm, time_t offset);
/* Seconds by which @tm is ahead of the date the guest should see. */
time_t qemu_timedate_diff(struct tm *tm);
/* timegm() for guest-made dates: any field values, no time zone. */
time_t mktimegm(struct tm *tm);

#endif
