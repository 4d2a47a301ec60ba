// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM's paravirtual clock (kernel documentation virt/kvm/x86/msr.rst, cpuid.rst): the leaves that announce it, both
 * generations of its registers, what a page says against the TSC, and that it follows a TSC that is moved.
 */
#include "guest.h"

#define TSC 0x10
#define TSC_ADJUST 0x3b

typedef struct Page {
    uint32_t version, pad0;
    uint64_t tsc, ns;
    uint32_t mul;
    int8_t shift;
    uint8_t flags, pad[2];
} Page;

static volatile Page pages[2] __attribute__((aligned(64)));
static volatile struct { uint32_t version, sec, nsec; } wall;

static uint64_t page_ns(volatile Page *p)
{
    uint64_t ticks = rdtsc() - p->tsc;

    ticks = p->shift < 0 ? ticks >> -p->shift : ticks << p->shift;
    return p->ns + (uint64_t)((unsigned __int128)ticks * p->mul >> 32);
}

static void test_leaves(void)
{
    uint32_t r[4];

    cpuid(0x40000000, 0, r);
    check_eq(r[0], 0x40000001, "40000000h: highest leaf");
    check(r[1] == 0x4b4d564b && r[2] == 0x564b4d56 && r[3] == 0x4d, "40000000h: KVMKVMKVM");
    cpuid(0x40000001, 0, r);
    check_eq(r[0], 0x01000009, "40000001h: both generations of the clock, stable");
    cpuid(0x40000100, 0, r);
    check(r[0] == 0x40000101 && r[1] == 0x54474354, "40000100h: the emulator's own leaf");
}

static void test_page(uint32_t msr, volatile Page *p)
{
    uint64_t a, b, before;

    wrmsr(msr, (uintptr_t)p | 1);
    check_eq(rdmsr(msr), (uintptr_t)p | 1, "the register reads back");
    check(p->version && !(p->version & 1), "the version is even and not 0");
    check_eq(p->flags, 1, "the page says that the TSC is stable");
    check_eq(p->mul, 0x80000000, "a tick is a nanosecond: mul");
    check_eq((uint8_t)p->shift, 1, "a tick is a nanosecond: shift");
    a = page_ns(p);
    b = page_ns(p);
    check(a && b >= a, "time goes forward");

    before = p->version;
    a = page_ns(p);
    wrmsr(TSC, rdtsc() + 1000000000000ull);
    b = page_ns(p);
    check(p->version != before, "a TSC that was moved changes the page");
    check(b >= a && b - a < 500000000000ull, "and not the time");
    a = page_ns(p);
    wrmsr(TSC_ADJUST, 0);
    b = page_ns(p);
    check(b >= a && b - a < 500000000000ull, "the same by TSC_ADJUST");

    wrmsr(msr, (uintptr_t)p);
    before = p->version;
    wrmsr(TSC, 5);
    check_eq(p->version, before, "a clock that is off is left alone");
    wrmsr(TSC_ADJUST, 0);
}

void guest_main(void)
{
    test_leaves();
    test_page(0x4b564d01, &pages[0]);
    test_page(0x12, &pages[1]);
    wrmsr(0x4b564d00, (uintptr_t)&wall);
    check(!(wall.version & 1) && wall.sec > 1700000000 && wall.nsec < 1000000000, "the date at the clock's zero");
    /* nowhere: nothing happens, and nothing breaks */
    wrmsr(0x4b564d01, 0xffffffffff000ul | 1);
    check_eq(rdmsr(0x4b564d01), 0xffffffffff000ul | 1, "a page outside memory");
    TRY("mov $0x4b564d02, %%ecx; rdmsr");
    fault_is(13, 0, 0, "a register of KVM that is not announced");
    finish();
}
