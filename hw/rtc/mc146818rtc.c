/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Motorola MC146818 real-time clock and CMOS memory of the AT (datasheet MC146818A), ports 0x70 (index) and
 * 0x71 (data).
 *
 * Time is not ticked: while the clock runs it is base_rtc seconds plus (rtc_clock - last_update + offset)
 * nanoseconds, and registers are made from that when read. While it is halted (SET) the registers hold it. The
 * update timer runs once a second while somebody waits for the update or alarm flag. Runs under the BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/rtc/mc146818rtc.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qapi/util.h"
#include "qapi/visitor.h"
#include "qemu/timer.h"
#include "system/rtc.h"
#include "system/runstate.h"

#define RTC_SECONDS 0
#define RTC_SECONDS_ALARM 1
#define RTC_MINUTES 2
#define RTC_MINUTES_ALARM 3
#define RTC_HOURS 4
#define RTC_HOURS_ALARM 5
#define RTC_DAY_OF_WEEK 6
#define RTC_DAY_OF_MONTH 7
#define RTC_MONTH 8
#define RTC_YEAR 9
#define RTC_REG_A 10
#define RTC_REG_B 11
#define RTC_REG_C 12
#define RTC_REG_D 13
#define RTC_CENTURY 0x32
#define RTC_IBM_PS2_CENTURY 0x37

#define REG_A_UIP 0x80
#define REG_A_DV_RESET 0x60     /* divider chain held in reset */
#define REG_B_SET 0x80
#define REG_B_PIE 0x40
#define REG_B_AIE 0x20
#define REG_B_UIE 0x10
#define REG_B_DM 0x04           /* binary instead of BCD */
#define REG_B_24H 0x02
#define REG_C_IRQF 0x80
#define REG_C_PF 0x40
#define REG_C_AF 0x20
#define REG_C_UF 0x10
#define REG_D_VRT 0x80

#define RTC_CLOCK_RATE 32768
#define UIP_HOLD_NS (244 * 1000)
#define REINJECT_MAX 2000

/* What becomes of periodic ticks that the guest did not take in time. */
typedef enum LostTicks { LOST_TICKS_DISCARD, LOST_TICKS_DELAY, LOST_TICKS_SLEW, LOST_TICKS_MAX } LostTicks;

static const char *const lost_ticks_names[] = { "discard", "delay", "slew" };
static const QEnumLookup lost_ticks_lookup = { .array = lost_ticks_names, .size = LOST_TICKS_MAX };

struct MC146818RtcState {
    ISADevice parent_obj;

    MemoryRegion io;
    MemoryRegion coalesced_io;
    uint8_t cmos_data[128];
    uint8_t cmos_index;
    uint8_t isairq;
    uint16_t io_base;
    int32_t base_year;
    uint64_t base_rtc;
    uint64_t last_update;
    int64_t offset;
    qemu_irq irq;
    QEMUTimer *periodic_timer;
    int64_t next_periodic_time;
    QEMUTimer *update_timer;
    uint64_t next_alarm_time;
    uint16_t irq_reinject_on_ack_count;
    uint32_t irq_coalesced;     /* ticks that wait to be shown to the guest */
    uint32_t period;            /* of the 32 kHz clock; 0: off */
    int lost_tick_policy;
    Notifier suspend_notifier;
};

static bool rtc_running(const MC146818RtcState *s)
{
    return !(s->cmos_data[RTC_REG_B] & REG_B_SET) && (s->cmos_data[RTC_REG_A] & 0x70) < REG_A_DV_RESET;
}

static uint64_t get_guest_rtc_ns(const MC146818RtcState *s)
{
    return s->base_rtc * NANOSECONDS_PER_SECOND + qemu_clock_get_ns(rtc_clock) - s->last_update + s->offset;
}

static int to_bcd(const MC146818RtcState *s, int a)
{
    return s->cmos_data[RTC_REG_B] & REG_B_DM ? a : a / 10 << 4 | a % 10;
}

static int from_bcd(const MC146818RtcState *s, int a)
{
    return s->cmos_data[RTC_REG_B] & REG_B_DM ? a : (a >> 4) * 10 + (a & 0xf);
}

/* Hour registers are 1-12 with a PM flag in bit 7 unless the 24-hour bit is set. */
static int hour_from_reg(const MC146818RtcState *s, uint8_t reg)
{
    int hour = from_bcd(s, reg & 0x7f);

    if (!(s->cmos_data[RTC_REG_B] & REG_B_24H)) {
        hour = hour % 12 + (reg & 0x80 ? 12 : 0);
    }
    return hour;
}

static void rtc_get_time(const MC146818RtcState *s, struct tm *tm)
{
    memset(tm, 0, sizeof(*tm));
    tm->tm_sec = from_bcd(s, s->cmos_data[RTC_SECONDS]);
    tm->tm_min = from_bcd(s, s->cmos_data[RTC_MINUTES]);
    tm->tm_hour = hour_from_reg(s, s->cmos_data[RTC_HOURS]);
    tm->tm_wday = from_bcd(s, s->cmos_data[RTC_DAY_OF_WEEK]) - 1;
    tm->tm_mday = from_bcd(s, s->cmos_data[RTC_DAY_OF_MONTH]);
    tm->tm_mon = from_bcd(s, s->cmos_data[RTC_MONTH]) - 1;
    tm->tm_year = from_bcd(s, s->cmos_data[RTC_YEAR]) + s->base_year +
                  from_bcd(s, s->cmos_data[RTC_CENTURY]) * 100 - 1900;
}

/* Start counting from the date in the registers. */
static void rtc_set_time(MC146818RtcState *s)
{
    struct tm tm;

    rtc_get_time(s, &tm);
    s->base_rtc = mktimegm(&tm);
    s->last_update = qemu_clock_get_ns(rtc_clock);
}

static void rtc_set_cmos(MC146818RtcState *s, const struct tm *tm)
{
    int hour = tm->tm_hour, year = tm->tm_year + 1900 - s->base_year;

    s->cmos_data[RTC_SECONDS] = to_bcd(s, tm->tm_sec);
    s->cmos_data[RTC_MINUTES] = to_bcd(s, tm->tm_min);
    if (s->cmos_data[RTC_REG_B] & REG_B_24H) {
        s->cmos_data[RTC_HOURS] = to_bcd(s, hour);
    } else {
        s->cmos_data[RTC_HOURS] = to_bcd(s, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? 0x80 : 0);
    }
    s->cmos_data[RTC_DAY_OF_WEEK] = to_bcd(s, tm->tm_wday + 1);
    s->cmos_data[RTC_DAY_OF_MONTH] = to_bcd(s, tm->tm_mday);
    s->cmos_data[RTC_MONTH] = to_bcd(s, tm->tm_mon + 1);
    s->cmos_data[RTC_YEAR] = to_bcd(s, year % 100);
    s->cmos_data[RTC_CENTURY] = to_bcd(s, year / 100);
}

static void rtc_update_time(MC146818RtcState *s)
{
    time_t guest_sec = get_guest_rtc_ns(s) / NANOSECONDS_PER_SECOND;
    struct tm tm;

    if (rtc_running(s) && gmtime_r(&guest_sec, &tm)) {
        rtc_set_cmos(s, &tm);
    }
}

static void rtc_raise(MC146818RtcState *s, uint8_t flags)
{
    s->cmos_data[RTC_REG_C] |= flags;
    if (flags & s->cmos_data[RTC_REG_B]) {
        s->cmos_data[RTC_REG_C] |= REG_C_IRQF;
        qemu_irq_raise(s->irq);
    }
}

/* ---- periodic interrupt ---- */

static uint32_t rtc_periodic_clocks(const MC146818RtcState *s)
{
    int rate = s->cmos_data[RTC_REG_A] & 0x0f;

    if (rate == 0 || !(s->cmos_data[RTC_REG_B] & REG_B_PIE)) {
        return 0;
    }
    return 1u << ((rate <= 2 ? rate + 7 : rate) - 1);
}

static int64_t ns_to_rtc_clocks(int64_t ns)
{
    return (__int128)ns * RTC_CLOCK_RATE / NANOSECONDS_PER_SECOND;
}

/* Arm for the first multiple of the period after @now. */
static void rtc_periodic_update(MC146818RtcState *s, int64_t now)
{
    uint32_t period = rtc_periodic_clocks(s);
    int64_t clock = ns_to_rtc_clocks(now), next;

    if (period != s->period) {
        s->irq_coalesced = s->period && period ? (uint64_t)s->irq_coalesced * s->period / period : 0;
        s->period = period;
    }
    if (!period) {
        timer_del(s->periodic_timer);
        return;
    }
    next = (clock & ~(int64_t)(period - 1)) + period;
    s->next_periodic_time = (__int128)next * NANOSECONDS_PER_SECOND / RTC_CLOCK_RATE + 1;
    timer_mod(s->periodic_timer, s->next_periodic_time);
}

/* Late ticks are made up for one by one, but no more of them than this: a stream may say they are years late. */
#define CATCH_UP_NS NANOSECONDS_PER_SECOND

static void rtc_periodic_timer(void *opaque)
{
    MC146818RtcState *s = opaque;

    rtc_periodic_update(s, MAX(s->next_periodic_time, qemu_clock_get_ns(rtc_clock) - CATCH_UP_NS));
    if (s->lost_tick_policy == LOST_TICKS_SLEW && (s->cmos_data[RTC_REG_C] & REG_C_PF) &&
        (s->cmos_data[RTC_REG_B] & REG_B_PIE)) {
        if (s->irq_coalesced < REINJECT_MAX) {
            s->irq_coalesced++;
        }
    }
    rtc_raise(s, REG_C_PF);
}

/* ---- update and alarm ---- */

static bool rtc_alarm_matches(const MC146818RtcState *s)
{
    static const uint8_t time_reg[] = { RTC_SECONDS, RTC_MINUTES, RTC_HOURS };
    static const uint8_t alarm_reg[] = { RTC_SECONDS_ALARM, RTC_MINUTES_ALARM, RTC_HOURS_ALARM };

    for (int i = 0; i < 3; i++) {
        uint8_t alarm = s->cmos_data[alarm_reg[i]];

        if ((alarm & 0xc0) != 0xc0 && alarm != s->cmos_data[time_reg[i]]) {     /* 11xxxxxx: any */
            return false;
        }
    }
    return true;
}

/* Run the timer while UF or AF may still become set or interrupt somebody. */
static void rtc_check_update_timer(MC146818RtcState *s)
{
    uint8_t b = s->cmos_data[RTC_REG_B], c = s->cmos_data[RTC_REG_C];
    uint64_t into;

    if (!rtc_running(s) || ((c & REG_C_UF) && (c & REG_C_AF)) ||
        ((c & REG_C_UF) && !(b & (REG_B_UIE | REG_B_AIE)))) {
        timer_del(s->update_timer);
        return;
    }
    into = get_guest_rtc_ns(s) % NANOSECONDS_PER_SECOND;
    s->next_alarm_time = qemu_clock_get_ns(rtc_clock) + NANOSECONDS_PER_SECOND - into;
    timer_mod(s->update_timer, s->next_alarm_time);
}

static void rtc_update_timer(void *opaque)
{
    MC146818RtcState *s = opaque;
    uint8_t flags = REG_C_UF;

    rtc_update_time(s);
    if (rtc_alarm_matches(s)) {
        flags |= REG_C_AF;
        if (s->cmos_data[RTC_REG_B] & REG_B_AIE) {
            qemu_system_wakeup_request(QEMU_WAKEUP_REASON_RTC, NULL);
        }
    }
    rtc_raise(s, flags);
    rtc_check_update_timer(s);
}

/* ---- registers ---- */

static void rtc_write_reg_a(MC146818RtcState *s, uint8_t data)
{
    bool was_running = rtc_running(s);

    if (was_running) {
        rtc_update_time(s);
    }
    s->cmos_data[RTC_REG_A] = (data & ~REG_A_UIP) | (s->cmos_data[RTC_REG_A] & REG_A_UIP);
    if (!was_running && rtc_running(s)) {
        s->offset = 500 * SCALE_MS;     /* the first update comes half a second after the divider is released */
        rtc_set_time(s);
    }
    rtc_periodic_update(s, qemu_clock_get_ns(rtc_clock));
    rtc_check_update_timer(s);
}

static void rtc_write_reg_b(MC146818RtcState *s, uint8_t data)
{
    bool was_running = rtc_running(s);

    if (data & REG_B_SET) {
        if (was_running) {
            rtc_update_time(s);
        }
        s->cmos_data[RTC_REG_A] &= ~REG_A_UIP;
        data &= ~REG_B_UIE;
    }
    /* Format bits change how the running time is shown, not the time. */
    s->cmos_data[RTC_REG_B] = data;
    if (!was_running && rtc_running(s)) {
        s->offset = get_guest_rtc_ns(s) % NANOSECONDS_PER_SECOND;
        rtc_set_time(s);
    } else if (was_running && rtc_running(s)) {
        rtc_update_time(s);
    }
    /* An interrupt just enabled for a flag already up is raised now; a disabled one goes away. */
    if (data & s->cmos_data[RTC_REG_C] & (REG_C_PF | REG_C_AF | REG_C_UF)) {
        s->cmos_data[RTC_REG_C] |= REG_C_IRQF;
        qemu_irq_raise(s->irq);
    } else {
        s->cmos_data[RTC_REG_C] &= ~REG_C_IRQF;
        qemu_irq_lower(s->irq);
    }
    rtc_periodic_update(s, qemu_clock_get_ns(rtc_clock));
    rtc_check_update_timer(s);
}

static void cmos_write_reg(MC146818RtcState *s, uint8_t data)
{
    switch (s->cmos_index) {
    case RTC_SECONDS_ALARM:
    case RTC_MINUTES_ALARM:
    case RTC_HOURS_ALARM:
        s->cmos_data[s->cmos_index] = data;
        rtc_check_update_timer(s);
        break;
    case RTC_IBM_PS2_CENTURY:
        s->cmos_index = RTC_CENTURY;
        /* fall through */
    case RTC_CENTURY:
    case RTC_SECONDS:
    case RTC_MINUTES:
    case RTC_HOURS:
    case RTC_DAY_OF_WEEK:
    case RTC_DAY_OF_MONTH:
    case RTC_MONTH:
    case RTC_YEAR:
        if (rtc_running(s)) {
            uint64_t frac = get_guest_rtc_ns(s) % NANOSECONDS_PER_SECOND;

            rtc_update_time(s);
            s->cmos_data[s->cmos_index] = data;
            rtc_set_time(s);
            s->offset = frac;
            rtc_check_update_timer(s);
        } else {
            s->cmos_data[s->cmos_index] = data;
        }
        break;
    case RTC_REG_A:
        rtc_write_reg_a(s, data);
        break;
    case RTC_REG_B:
        rtc_write_reg_b(s, data);
        break;
    case RTC_REG_C:
    case RTC_REG_D:
        break;                          /* read only */
    default:
        s->cmos_data[s->cmos_index] = data;
        break;
    }
}

static void cmos_ioport_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    MC146818RtcState *s = opaque;

    if ((addr & 1) == 0) {
        s->cmos_index = data & 0x7f;
    } else {
        cmos_write_reg(s, data);
    }
}

static bool rtc_update_in_progress(const MC146818RtcState *s)
{
    return rtc_running(s) &&
           get_guest_rtc_ns(s) % NANOSECONDS_PER_SECOND >= NANOSECONDS_PER_SECOND - UIP_HOLD_NS;
}

/* Reading register C acknowledges everything. */
static uint8_t rtc_read_reg_c(MC146818RtcState *s)
{
    uint8_t ret = s->cmos_data[RTC_REG_C];

    qemu_irq_lower(s->irq);
    s->cmos_data[RTC_REG_C] = 0;
    if (ret & (REG_C_UF | REG_C_AF)) {
        rtc_check_update_timer(s);
    }
    if (s->irq_coalesced && (s->cmos_data[RTC_REG_B] & REG_B_PIE)) {
        s->irq_coalesced--;
        rtc_raise(s, REG_C_PF);
    }
    return ret;
}

static uint64_t cmos_ioport_read(void *opaque, hwaddr addr, unsigned size)
{
    MC146818RtcState *s = opaque;

    if ((addr & 1) == 0) {
        return 0xff;                    /* the index is write only */
    }
    switch (s->cmos_index) {
    case RTC_IBM_PS2_CENTURY:
        s->cmos_index = RTC_CENTURY;
        /* fall through */
    case RTC_CENTURY:
    case RTC_SECONDS:
    case RTC_MINUTES:
    case RTC_HOURS:
    case RTC_DAY_OF_WEEK:
    case RTC_DAY_OF_MONTH:
    case RTC_MONTH:
    case RTC_YEAR:
        rtc_update_time(s);
        return s->cmos_data[s->cmos_index];
    case RTC_REG_A:
        return (s->cmos_data[RTC_REG_A] & ~REG_A_UIP) | (rtc_update_in_progress(s) ? REG_A_UIP : 0);
    case RTC_REG_C:
        return rtc_read_reg_c(s);
    default:
        return s->cmos_data[s->cmos_index];
    }
}

void mc146818rtc_set_cmos_data(MC146818RtcState *s, int addr, int val)
{
    if (addr >= 0 && addr <= 127) {
        s->cmos_data[addr] = val;
    }
}

int mc146818rtc_get_cmos_data(MC146818RtcState *s, int addr)
{
    return addr >= 0 && addr <= 127 ? s->cmos_data[addr] : -1;
}

static void rtc_set_date_from_host(MC146818RtcState *s)
{
    struct tm tm;

    qemu_get_timedate(&tm, 0);
    s->base_rtc = mktimegm(&tm);
    s->last_update = qemu_clock_get_ns(rtc_clock);
    s->offset = 0;
    rtc_set_cmos(s, &tm);
}

static void rtc_notify_suspend(Notifier *notifier, void *data)
{
    MC146818RtcState *s = container_of(notifier, MC146818RtcState, suspend_notifier);

    rtc_update_time(s);
}

/* Date and memory survive a reset; interrupts do not. */
static void rtc_reset(DeviceState *dev)
{
    MC146818RtcState *s = MC146818_RTC(dev);

    s->cmos_data[RTC_REG_B] &= ~(REG_B_PIE | REG_B_AIE | REG_B_UIE);
    s->cmos_data[RTC_REG_C] &= ~(REG_C_UF | REG_C_IRQF | REG_C_PF | REG_C_AF);
    rtc_check_update_timer(s);
    rtc_periodic_update(s, qemu_clock_get_ns(rtc_clock));
    qemu_irq_lower(s->irq);
    s->irq_coalesced = 0;
    s->irq_reinject_on_ack_count = 0;
}

static int rtc_pre_save(void *opaque)
{
    MC146818RtcState *s = opaque;

    rtc_update_time(s);
    return 0;
}

static int rtc_post_load(void *opaque, int version_id)
{
    MC146818RtcState *s = opaque;
    uint32_t period;

    if (version_id <= 2 || rtc_clock == QEMU_CLOCK_REALTIME) {
        rtc_set_time(s);
        s->offset = 0;
    }
    s->cmos_index &= 0x7f;
    period = rtc_periodic_clocks(s);
    if (period && !timer_pending(s->periodic_timer)) {
        s->period = period;
        rtc_periodic_update(s, qemu_clock_get_ns(rtc_clock));
    }
    rtc_check_update_timer(s);
    return 0;
}

static bool rtc_irq_reinject_on_ack_count_needed(void *opaque)
{
    MC146818RtcState *s = opaque;

    return s->irq_reinject_on_ack_count != 0;
}

static const VMStateDescription vmstate_rtc_irq_reinject_on_ack_count = {
    .name = "mc146818rtc/irq_reinject_on_ack_count",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = rtc_irq_reinject_on_ack_count_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT16(irq_reinject_on_ack_count, MC146818RtcState),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_rtc = {
    .name = "mc146818rtc",
    .version_id = 3,
    .minimum_version_id = 1,
    .pre_save = rtc_pre_save,
    .post_load = rtc_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_BUFFER(cmos_data, MC146818RtcState),
        VMSTATE_UINT8(cmos_index, MC146818RtcState),
        VMSTATE_UNUSED(7 * 4),
        VMSTATE_TIMER_PTR(periodic_timer, MC146818RtcState),
        VMSTATE_INT64(next_periodic_time, MC146818RtcState),
        VMSTATE_UNUSED(3 * 8),
        VMSTATE_UINT32_V(irq_coalesced, MC146818RtcState, 2),
        VMSTATE_UINT32_V(period, MC146818RtcState, 2),
        VMSTATE_UINT64_V(base_rtc, MC146818RtcState, 3),
        VMSTATE_UINT64_V(last_update, MC146818RtcState, 3),
        VMSTATE_INT64_V(offset, MC146818RtcState, 3),
        VMSTATE_TIMER_PTR_V(update_timer, MC146818RtcState, 3),
        VMSTATE_UINT64_V(next_alarm_time, MC146818RtcState, 3),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription * const []) {
        &vmstate_rtc_irq_reinject_on_ack_count,
        NULL
    }
};

static const MemoryRegionOps cmos_ops = {
    .read = cmos_ioport_read,
    .write = cmos_ioport_write,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* The guest's date as a structure of integers named like struct tm's. */
static void rtc_get_date(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    MC146818RtcState *s = MC146818_RTC(obj);
    struct tm tm;

    rtc_update_time(s);
    rtc_get_time(s, &tm);
    if (!visit_start_struct(v, name, NULL, 0, errp)) {
        return;
    }
    if (visit_type_int32(v, "tm_year", &tm.tm_year, errp) && visit_type_int32(v, "tm_mon", &tm.tm_mon, errp) &&
        visit_type_int32(v, "tm_mday", &tm.tm_mday, errp) && visit_type_int32(v, "tm_hour", &tm.tm_hour, errp) &&
        visit_type_int32(v, "tm_min", &tm.tm_min, errp) && visit_type_int32(v, "tm_sec", &tm.tm_sec, errp)) {
        visit_check_struct(v, errp);
    }
    visit_end_struct(v, NULL);
}

static int rtc_get_lost_ticks(Object *obj, Error **errp)
{
    return MC146818_RTC(obj)->lost_tick_policy;
}

static void rtc_set_lost_ticks(Object *obj, int value, Error **errp)
{
    if (DEVICE(obj)->realized) {
        error_setg(errp, "mc146818rtc: property 'lost_tick_policy' cannot change once the device exists");
    } else {
        MC146818_RTC(obj)->lost_tick_policy = value;
    }
}

static void rtc_realize(DeviceState *dev, Error **errp)
{
    ISADevice *isadev = ISA_DEVICE(dev);
    MC146818RtcState *s = MC146818_RTC(dev);

    if (s->isairq >= ISA_NUM_IRQS) {
        error_setg(errp, "mc146818rtc: property 'irq' is %u, the largest ISA line is %d", s->isairq,
                   ISA_NUM_IRQS - 1);
        return;
    }
    s->cmos_data[RTC_REG_A] = 0x26;
    s->cmos_data[RTC_REG_B] = REG_B_24H;
    s->cmos_data[RTC_REG_C] = 0;
    s->cmos_data[RTC_REG_D] = REG_D_VRT;
    if (s->base_year == 2000) {
        s->base_year = 0;
    }
    rtc_set_date_from_host(s);
    s->periodic_timer = timer_new_ns(rtc_clock, rtc_periodic_timer, s);
    s->update_timer = timer_new_ns(rtc_clock, rtc_update_timer, s);
    rtc_check_update_timer(s);
    s->suspend_notifier.notify = rtc_notify_suspend;
    qemu_register_suspend_notifier(&s->suspend_notifier);

    memory_region_init_io(&s->io, OBJECT(s), &cmos_ops, s, "rtc", 2);
    isa_register_ioport(isadev, &s->io, s->io_base);
    memory_region_init_io(&s->coalesced_io, OBJECT(s), &cmos_ops, s, "rtc-index", 1);
    memory_region_add_subregion(&s->io, 0, &s->coalesced_io);

    qdev_set_legacy_instance_id(dev, s->io_base, 3);
    object_property_add(OBJECT(s), "date", "struct tm", rtc_get_date, NULL, NULL, NULL);
    qdev_init_gpio_out(dev, &s->irq, 1);
}

static const Property mc146818rtc_properties[] = {
    DEFINE_PROP_INT32("base_year", MC146818RtcState, base_year, 1980),
    DEFINE_PROP_UINT16("iobase", MC146818RtcState, io_base, 0x70),
    DEFINE_PROP_UINT8("irq", MC146818RtcState, isairq, RTC_ISA_IRQ),
};

static void rtc_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    dc->realize = rtc_realize;
    dc->reset = rtc_reset;
    dc->vmsd = &vmstate_rtc;
    device_class_set_props(dc, mc146818rtc_properties);
    object_class_property_add_enum(klass, "lost_tick_policy", "LostTickPolicy", &lost_ticks_lookup,
                                   rtc_get_lost_ticks, rtc_set_lost_ticks);
}

static const TypeInfo rtc_types[] = {
    {
        .name = TYPE_MC146818_RTC,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(MC146818RtcState),
        .class_init = rtc_class_init,
    },
};
DEFINE_TYPES(rtc_types)

MC146818RtcState *mc146818_rtc_init(ISABus *bus, int base_year, qemu_irq intercept_irq)
{
    ISADevice *isadev = isa_new(TYPE_MC146818_RTC);
    DeviceState *dev = DEVICE(isadev);
    MC146818RtcState *s = MC146818_RTC(isadev);

    qdev_prop_set_int32(dev, "base_year", base_year);
    isa_realize_and_unref(isadev, bus, &error_fatal);
    if (intercept_irq) {
        qdev_connect_gpio_out(dev, 0, intercept_irq);
    } else {
        isa_connect_gpio_out(isadev, 0, s->isairq);
    }
    object_property_add_alias(qdev_get_machine(), "rtc-time", OBJECT(isadev), "date");
    return s;
}
