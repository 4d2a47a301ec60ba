/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PIT, speaker port, HPET and RTC against the virtual clock. */
#include "qemu/osdep.h"
#include "libqtest.h"

#define HPET 0xfed00000

static QTestState *start(void)
{
    return qtest_init("-machine q35 -nodefaults -rtc base=2000-02-28T23:59:58,clock=vm");
}

static unsigned pit_latch(QTestState *s, int channel)
{
    unsigned lo;

    qtest_outb(s, 0x43, channel << 6);
    lo = qtest_inb(s, 0x40 + channel);
    return lo | qtest_inb(s, 0x40 + channel) << 8;
}

static void test_pit_rate_generator(void)
{
    QTestState *s = start();

    qtest_outb(s, 0x43, 0x34);
    qtest_outb(s, 0x40, 0xe8);
    qtest_outb(s, 0x40, 0x03);                  /* 1000 */
    g_assert_cmpuint(pit_latch(s, 0), ==, 1000);
    qtest_clock_step(s, 100 * 1000);            /* 119.3 ticks */
    g_assert_cmpuint(pit_latch(s, 0), ==, 1000 - 119);
    qtest_clock_step(s, 900 * 1000);            /* 1193.2 in all */
    g_assert_cmpuint(pit_latch(s, 0), ==, 1000 - 193);
    qtest_quit(s);
}

/* What TSC calibration does: one-shot on counter 2, watch its output on port 0x61. */
static void test_pit_oneshot_output(void)
{
    QTestState *s = start();

    qtest_outb(s, 0x61, 0x00);
    qtest_outb(s, 0x61, 0x01);
    qtest_outb(s, 0x43, 0xb0);
    qtest_outb(s, 0x42, 0xff);
    qtest_outb(s, 0x42, 0xff);
    g_assert_cmphex(qtest_inb(s, 0x61) & 0x20, ==, 0);
    qtest_clock_step(s, 54 * 1000 * 1000);
    g_assert_cmphex(qtest_inb(s, 0x61) & 0x20, ==, 0);
    qtest_clock_step(s, 2 * 1000 * 1000);
    g_assert_cmphex(qtest_inb(s, 0x61) & 0x20, ==, 0x20);
    qtest_quit(s);
}

static void test_pit_status(void)
{
    QTestState *s = start();

    qtest_outb(s, 0x43, 0x36);
    qtest_outb(s, 0x40, 0x00);
    qtest_outb(s, 0x40, 0x00);
    qtest_outb(s, 0x43, 0xe2);                  /* latch status of counter 0 */
    g_assert_cmphex(qtest_inb(s, 0x40), ==, 0xb6);
    qtest_quit(s);
}

static void test_hpet_counter(void)
{
    QTestState *s = start();
    uint64_t cap = qtest_readq(s, HPET);

    g_assert_cmphex(cap & 0xffffffff, ==, 0x8086a201);
    g_assert_cmpuint(cap >> 32, ==, 10000000);
    g_assert_cmpuint(qtest_readq(s, HPET + 0xf0), ==, 0);
    qtest_writeq(s, HPET + 0x10, 1);
    qtest_clock_step(s, 1000);
    g_assert_cmpuint(qtest_readq(s, HPET + 0xf0), ==, 100);
    qtest_writeq(s, HPET + 0x10, 0);
    qtest_clock_step(s, 1000);
    g_assert_cmpuint(qtest_readq(s, HPET + 0xf0), ==, 100);
    qtest_quit(s);
}

static void test_hpet_level_interrupt(void)
{
    QTestState *s = start();

    qtest_writeq(s, HPET + 0x100, 0x0006 | 16 << 9);    /* level, enabled, line 16 */
    qtest_writeq(s, HPET + 0x108, 500);
    qtest_writeq(s, HPET + 0x10, 1);
    qtest_clock_step(s, 4990);
    g_assert_cmphex(qtest_readq(s, HPET + 0x20), ==, 0);
    qtest_clock_step(s, 10);
    g_assert_cmphex(qtest_readq(s, HPET + 0x20), ==, 1);
    qtest_writeq(s, HPET + 0x20, 1);
    g_assert_cmphex(qtest_readq(s, HPET + 0x20), ==, 0);
    qtest_quit(s);
}

static void test_hpet_periodic(void)
{
    QTestState *s = start();

    qtest_writeq(s, HPET + 0x100, 0x004e | 16 << 9);    /* value set, periodic, level, enabled */
    qtest_writeq(s, HPET + 0x108, 1000);
    qtest_writeq(s, HPET + 0x108, 1000);
    qtest_writeq(s, HPET + 0x10, 1);
    qtest_clock_step(s, 10000);
    g_assert_cmpuint(qtest_readq(s, HPET + 0x108), ==, 2000);
    qtest_clock_step(s, 20000);
    g_assert_cmpuint(qtest_readq(s, HPET + 0x108), ==, 4000);
    qtest_quit(s);
}

/* A match that no clock of ours reaches is never; it once made the timer due again and again (found by fuzzing). */
static void test_hpet_far(void)
{
    static const uint64_t far[] = { UINT64_MAX, 0x1900000000000000, 0x1999999999999999, INT64_MAX };
    QTestState *s = start();

    qtest_writeq(s, HPET + 0x100, 0x0006 | 16 << 9);
    for (unsigned i = 0; i < ARRAY_SIZE(far); i++) {
        qtest_writeq(s, HPET + 0x10, 0);
        qtest_writeq(s, HPET + 0x108, far[i]);
        qtest_writeq(s, HPET + 0x10, 1);
        qtest_clock_step(s, 5000);
        g_assert_cmphex(qtest_readq(s, HPET + 0x20), ==, 0);
    }
    qtest_quit(s);
}

static uint8_t cmos(QTestState *s, uint8_t reg)
{
    qtest_outb(s, 0x70, reg);
    return qtest_inb(s, 0x71);
}

static void cmos_set(QTestState *s, uint8_t reg, uint8_t val)
{
    qtest_outb(s, 0x70, reg);
    qtest_outb(s, 0x71, val);
}

/* 28 February of a leap year rolls over to the 29th; BCD by default. */
static void test_rtc_date(void)
{
    QTestState *s = start();

    qtest_clock_step(s, 3LL * 1000 * 1000 * 1000);
    g_assert_cmphex(cmos(s, 2), ==, 0x00);
    g_assert_cmphex(cmos(s, 4), ==, 0x00);
    g_assert_cmphex(cmos(s, 7), ==, 0x29);
    g_assert_cmphex(cmos(s, 8), ==, 0x02);
    g_assert_cmphex(cmos(s, 9), ==, 0x00);
    g_assert_cmphex(cmos(s, 0x32), ==, 0x20);
    qtest_quit(s);
}

static void test_rtc_alarm_and_update(void)
{
    QTestState *s = start();

    cmos_set(s, 1, 0xc0);
    cmos_set(s, 3, 0xc0);
    cmos_set(s, 5, 0xc0);
    cmos(s, 0x0c);
    g_assert_cmphex(cmos(s, 0x0c), ==, 0);
    qtest_clock_step(s, 1100LL * 1000 * 1000);
    g_assert_cmphex(cmos(s, 0x0c) & 0x30, ==, 0x30);
    g_assert_cmphex(cmos(s, 0x0c), ==, 0);
    qtest_quit(s);
}

static void test_rtc_periodic(void)
{
    QTestState *s = start();

    cmos_set(s, 0x0a, 0x26);
    cmos_set(s, 0x0b, 0x42);
    cmos(s, 0x0c);
    qtest_clock_step(s, 1000 * 1000);
    g_assert_cmphex(cmos(s, 0x0c) & 0xc0, ==, 0xc0);
    g_assert_cmphex(cmos(s, 0x0c) & 0xc0, ==, 0);
    qtest_quit(s);
}

/* While SET is on the date stands still and can be written. */
static void test_rtc_set(void)
{
    QTestState *s = start();

    cmos_set(s, 0x0b, 0x82);
    cmos_set(s, 4, 0x07);
    qtest_clock_step(s, 5LL * 1000 * 1000 * 1000);
    g_assert_cmphex(cmos(s, 0), ==, 0x58);
    cmos_set(s, 0x0b, 0x02);
    qtest_clock_step(s, 1LL * 1000 * 1000 * 1000);
    g_assert_cmphex(cmos(s, 0), ==, 0x59);
    g_assert_cmphex(cmos(s, 4), ==, 0x07);
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pit/rate-generator", test_pit_rate_generator);
    qtest_add_func("/pit/oneshot-output", test_pit_oneshot_output);
    qtest_add_func("/pit/status", test_pit_status);
    qtest_add_func("/hpet/counter", test_hpet_counter);
    qtest_add_func("/hpet/level-interrupt", test_hpet_level_interrupt);
    qtest_add_func("/hpet/periodic", test_hpet_periodic);
    qtest_add_func("/hpet/far", test_hpet_far);
    qtest_add_func("/rtc/date", test_rtc_date);
    qtest_add_func("/rtc/alarm-and-update", test_rtc_alarm_and_update);
    qtest_add_func("/rtc/periodic", test_rtc_periodic);
    qtest_add_func("/rtc/set", test_rtc_set);
    return g_test_run();
}
