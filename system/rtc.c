/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -rtc: the date base and clock of the guest's real-time clock. Written at start-up, read under the BQL. */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "qapi/error.h"
#include "system/rtc.h"

typedef enum RTCBase { RTC_BASE_UTC, RTC_BASE_LOCALTIME, RTC_BASE_DATETIME } RTCBase;

QEMUClockType rtc_clock = QEMU_CLOCK_HOST;

static RTCBase rtc_base_type = RTC_BASE_UTC;
static time_t rtc_ref_start;        /* the date given, in seconds */
static time_t rtc_clock_start;      /* rtc_clock when it was given */

time_t mktimegm(struct tm *tm)
{
    struct tm copy = *tm;

    return timegm(&copy);
}

static time_t rtc_now(QEMUClockType clock)
{
    return qemu_clock_get_ns(clock) / NANOSECONDS_PER_SECOND;
}

/* Seconds since the epoch that the guest should see now. */
static time_t rtc_ref_now(void)
{
    time_t value = rtc_now(rtc_clock);

    if (rtc_base_type == RTC_BASE_DATETIME) {
        return rtc_ref_start + value - rtc_clock_start;
    }
    return rtc_clock == QEMU_CLOCK_HOST ? value : rtc_ref_start + value - rtc_clock_start;
}

int64_t qemu_rtc_epoch_ns(void)
{
    return (int64_t)rtc_ref_now() * NANOSECONDS_PER_SECOND + qemu_clock_get_ns(rtc_clock) % NANOSECONDS_PER_SECOND;
}

void qemu_get_timedate(struct tm *tm, time_t offset)
{
    time_t t = rtc_ref_now() + offset;

    if (rtc_base_type == RTC_BASE_LOCALTIME) {
        localtime_r(&t, tm);
    } else {
        gmtime_r(&t, tm);
    }
}

time_t qemu_timedate_diff(struct tm *tm)
{
    struct tm copy = *tm;
    time_t seconds;

    if (rtc_base_type == RTC_BASE_LOCALTIME) {
        copy.tm_isdst = -1;
        seconds = mktime(&copy);
    } else {
        seconds = mktimegm(&copy);
    }
    return seconds - rtc_ref_now();
}

static bool parse_base(const char *base, Error **errp)
{
    struct tm tm = { 0 };
    int n = 0;

    if (!base || !strcmp(base, "utc")) {
        rtc_base_type = RTC_BASE_UTC;
    } else if (!strcmp(base, "localtime")) {
        rtc_base_type = RTC_BASE_LOCALTIME;
    } else if ((sscanf(base, "%d-%d-%dT%d:%d:%d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
                       &tm.tm_sec, &n) == 6 && !base[n]) ||
               (sscanf(base, "%d-%d-%d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) == 3 && !base[n])) {
        tm.tm_year -= 1900;
        tm.tm_mon -= 1;
        rtc_base_type = RTC_BASE_DATETIME;
        rtc_ref_start = mktimegm(&tm);
    } else {
        error_setg(errp, "-rtc: invalid base '%s': use utc, localtime, or a date like 2006-06-17T16:01:21", base);
        return false;
    }
    return true;
}

bool configure_rtc(const char *base, const char *clock, const char *driftfix, Error **errp)
{
    if (!clock || !strcmp(clock, "host")) {
        rtc_clock = QEMU_CLOCK_HOST;
    } else if (!strcmp(clock, "rt")) {
        rtc_clock = QEMU_CLOCK_REALTIME;
    } else if (!strcmp(clock, "vm")) {
        rtc_clock = QEMU_CLOCK_VIRTUAL;
    } else {
        error_setg(errp, "-rtc: invalid clock '%s': use host, rt or vm", clock);
        return false;
    }
    /* The virtual clock starts at 0, whatever it shows before the accelerator is there. */
    rtc_clock_start = rtc_clock == QEMU_CLOCK_VIRTUAL ? 0 : rtc_now(rtc_clock);
    rtc_ref_start = rtc_now(QEMU_CLOCK_HOST);
    if (!parse_base(base, errp)) {
        return false;
    }
    if (driftfix && !strcmp(driftfix, "slew")) {
        static GlobalProperty slew = { .driver = "mc146818rtc", .property = "lost_tick_policy", .value = "slew" };

        qdev_prop_register_global(&slew);
    } else if (driftfix && strcmp(driftfix, "none")) {
        error_setg(errp, "-rtc: invalid driftfix '%s': use none or slew", driftfix);
        return false;
    }
    return true;
}
