// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts on the PC board in 64-bit mode: 8259s and 8254, the local APIC's timer in its modes, x2APIC, interrupt
 * shadows, NMI, task priority. The APIC's registers are at their usual address, which start64.S maps.
 */
#include "guest.h"

#define APIC 0xfee00000ul
#define LIMIT 2000000000ul          /* TSC ticks that every wait ends after */

enum { ID = 0x20, TPR = 0x80, PPR = 0xa0, EOI = 0xb0, SVR = 0xf0, ISR = 0x100, IRR = 0x200, ESR = 0x280, ICR = 0x300,
       ICR_HI = 0x310, LVT_TIMER = 0x320, LVT_LINT0 = 0x350, LVT_ERROR = 0x370, TICR = 0x380, TCCR = 0x390, TDCR = 0x3e0 };

static bool x2apic;
static volatile unsigned count[256], order[8], seen;
static volatile unsigned long last_ip;

static uint32_t apic_read(unsigned reg)
{
    return x2apic ? rdmsr(0x800 + reg / 16) : *(volatile uint32_t *)(APIC + reg);
}

static void apic_write(unsigned reg, uint32_t v)
{
    if (x2apic) {
        wrmsr(0x800 + reg / 16, v);
    } else {
        *(volatile uint32_t *)(APIC + reg) = v;
    }
}

static void on_irq(Frame *f)
{
    count[f->vec]++;
    last_ip = f->ip;
    if (seen < 8) {
        order[seen] = f->vec;
    }
    seen++;
    apic_write(EOI, 0);
}

static void on_pic(Frame *f)
{
    count[f->vec]++;
    if (f->vec >= 0x68) {
        outb(0xa0, 0x20);
    }
    outb(0x20, 0x20);
}

/* Wait with interrupts on until @vec came @n times; false after LIMIT ticks. HLT must wake by itself. */
static bool wait_for(unsigned vec, unsigned n)
{
    uint64_t end = rdtsc() + LIMIT;

    while (count[vec] < n && rdtsc() < end) {
        asm volatile("sti; hlt; cli" ::: "memory");
    }
    return count[vec] >= n;
}

static void self(unsigned vec)
{
    if (x2apic) {
        wrmsr(0x83f, vec);
    } else {
        apic_write(ICR, 0x40000 | vec);
    }
}

/* 8259A data sheet: ICW1-4; 8254: mode 2. Through LINT0 as virtual wire. */
static void test_pic(void)
{
    outb(0x20, 0x11); outb(0x21, 0x60); outb(0x21, 4); outb(0x21, 1);
    outb(0xa0, 0x11); outb(0xa1, 0x68); outb(0xa1, 2); outb(0xa1, 1);
    outb(0x21, 0xff); outb(0xa1, 0xff);
    handlers[0x60] = handlers[0x68] = on_pic;
    apic_write(SVR, 0x1ff);
    apic_write(LVT_LINT0, 0x700);           /* ExtINT */
    outb(0x43, 0x34); outb(0x40, 0xa9); outb(0x40, 0x04);       /* 1193: 1 kHz */
    outb(0x21, 0xfe);
    check(wait_for(0x60, 3), "PIT interrupts through the PIC wake HLT");
    outb(0x21, 0xff);
    irqs_on();
    unsigned n = count[0x60];
    uint64_t end = rdtsc() + 5000000;
    while (rdtsc() < end) {
    }
    irqs_off();
    check(count[0x60] <= n + 1, "none while masked");
    /* RTC, periodic at 1024 Hz, through the second PIC */
    outb(0x70, 0x0a); outb(0x71, 0x26);
    outb(0x70, 0x0b); outb(0x71, 0x42);
    outb(0x70, 0x0c); inb(0x71);
    outb(0x21, 0xfb); outb(0xa1, 0xfe);
    check(wait_for(0x68, 1), "RTC interrupt through both PICs");
    outb(0x70, 0x0c);
    check((inb(0x71) & 0xc0) == 0xc0, "its cause");
    outb(0x70, 0x0b); outb(0x71, 0x02);
    outb(0x21, 0xff); outb(0xa1, 0xff);
    apic_write(LVT_LINT0, 0x10700);
}

/* SDM vol. 3, 11.5.4 */
static void test_timer(const char *mode)
{
    print("# "); print(mode); print("\n");
    handlers[0x40] = on_irq;
    count[0x40] = 0;
    apic_write(TDCR, 0xb);
    apic_write(LVT_TIMER, 0x40);
    apic_write(TICR, 200000);
    check(wait_for(0x40, 1), "one-shot timer");
    check_eq(apic_read(TCCR), 0, "stops at zero");
    apic_write(LVT_TIMER, 0x20040);
    apic_write(TICR, 500000);
    check(wait_for(0x40, 4), "periodic timer");
    uint32_t a = apic_read(TCCR);
    check(a && a <= 500000, "counts between zero and the initial count");
    apic_write(LVT_TIMER, 0x10040);
    apic_write(TICR, 0);
    unsigned n = count[0x40];
    irqs_on();
    uint64_t end = rdtsc() + 3000000;
    while (rdtsc() < end) {
    }
    irqs_off();
    check(count[0x40] <= n + 1, "stops when the count is cleared");
    count[0x40] = 0;
    apic_write(LVT_TIMER, 0x40040);
    wrmsr(0x6e0, rdtsc() + 1000000000000ull);
    check(rdmsr(0x6e0) != 0, "TSC deadline armed");
    uint64_t before = rdtsc() + 1000000;
    wrmsr(0x6e0, before);
    check(wait_for(0x40, 1), "TSC deadline interrupt");
    check(rdtsc() >= before, "not before the deadline");
    check_eq(rdmsr(0x6e0), 0, "disarmed after it");
    wrmsr(0x6e0, 1);
    check(wait_for(0x40, 2), "a deadline in the past fires at once");
    apic_write(LVT_TIMER, 0x10040);
}

/* 6.8.3 and vol. 2, STI: one instruction's grace */
static void test_shadow(void)
{
    handlers[0x41] = handlers[0x51] = handlers[0x61] = on_irq;
    count[0x41] = 0;
    self(0x41);
    check_eq(count[0x41], 0, "an interrupt waits while IF is clear");
    check(apic_read(IRR + 0x20) & 2, "in the IRR");
    asm volatile("sti; nop; 3: nop; nop; cli; movq $3b, mark" ::: "memory");
    check_eq(count[0x41], 1, "and comes after STI");
    check_eq(last_ip, mark, "behind the instruction that follows it");
    self(0x41);
    asm volatile("sti; cli; nop; nop" ::: "memory");
    check_eq(count[0x41], 1, "STI; CLI lets nothing in");
    asm volatile("mov %%ss, %%eax; pushq $0x202; popfq; 3: nop; cli; movq $3b, mark" ::: "rax", "memory");
    check_eq(count[0x41], 2, "POPF has no shadow");
    check_eq(last_ip, mark, "at the next instruction");
    self(0x41);
    asm volatile("mov %%ss, %%eax; sti; mov %%eax, %%ss; nop; 3: nop; nop; cli; movq $3b, mark" ::: "rax", "memory");
    check_eq(count[0x41], 3, "MOV SS behind STI");
    check(last_ip == mark || last_ip == mark - 1, "at most one shadow more");
    /* 11.8.3.1: priority */
    seen = 0;
    self(0x41);
    self(0x61);
    self(0x51);
    irqs_on();
    asm volatile("nop; nop");
    irqs_off();
    check(seen == 3 && order[0] == 0x61 && order[1] == 0x51 && order[2] == 0x41, "higher vectors first");
    write_cr3(read_cr3());
    asm volatile("mov %0, %%cr8" :: "r"(5ul));
    seen = 0;
    self(0x51);
    self(0x61);
    irqs_on();
    asm volatile("nop; nop");
    irqs_off();
    check(seen == 1 && order[0] == 0x61, "CR8 holds back its class and below");
    check_eq(apic_read(TPR), 0x50, "CR8 is the TPR");
    check_eq(apic_read(PPR), 0x50, "and the processor priority");
    asm volatile("sti; mov %0, %%cr8; nop; nop; cli" :: "r"(0ul));
    check_eq(seen, 2, "lowering it lets the interrupt in");
}

/* vol. 2, MWAIT: ECX bit 0: an interrupt ends it although IF is clear, and stays pending */
static void test_mwait(void)
{
    uint32_t r[4];

    cpuid(1, 0, r);
    if (!(r[2] >> 3 & 1)) {
        return;
    }
    count[0x41] = 0;
    self(0x41);
    asm volatile("monitor" :: "a"(&scratch), "c"(0), "d"(0));
    asm volatile("mwait" :: "a"(0), "c"(1) : "memory");
    check_eq(count[0x41], 0, "MWAIT with a masked interrupt pending goes on");
    irqs_on();
    irqs_off();
    check_eq(count[0x41], 1, "which comes later");
    TRY("mov $2, %%ecx; xor %%eax, %%eax; mwait");
    fault_is(13, 0, 0, "reserved extensions: #GP");
    TRY_USER("xor %%ecx, %%ecx; xor %%eax, %%eax; mwait");
    fault_is(6, -1, 0, "at CPL 3: #UD");
}

/* 6.7.1: NMI is blocked until IRET */
static volatile unsigned nmis, nmi_depth, nmi_max;
static void on_nmi(Frame *f)
{
    (void)f;
    nmis++;
    nmi_depth++;
    if (nmi_depth > nmi_max) {
        nmi_max = nmi_depth;
    }
    if (nmis == 1) {
        if (x2apic) {
            wrmsr(0x830, (uint64_t)apic_read(ID) << 32 | 0x400);
        } else {
            apic_write(ICR_HI, apic_read(ID));
            apic_write(ICR, 0x400);
        }
        asm volatile("nop; nop; nop");
    }
    nmi_depth--;
}

static void test_nmi(void)
{
    handlers[2] = on_nmi;
    nmis = nmi_max = 0;
    if (x2apic) {
        wrmsr(0x830, (uint64_t)apic_read(ID) << 32 | 0x400);
    } else {
        apic_write(ICR_HI, apic_read(ID));
        apic_write(ICR, 0x400);
    }
    asm volatile("nop; nop; nop; nop");
    check_eq(nmis, 2, "NMI with IF clear; a second one follows");
    check_eq(nmi_max, 1, "after IRET only");
}

#define HPET 0xfed00000ul
enum { HPET_CONFIG = 0x10, HPET_STATUS = 0x20, HPET_COUNTER = 0xf0, HPET_T0_CONFIG = 0x100, HPET_T0_COMPARE = 0x108 };

static volatile uint32_t *hpet(unsigned reg)
{
    return (volatile uint32_t *)(HPET + reg);
}

static void ioapic_write(uint32_t reg, uint32_t v)
{
    *(volatile uint32_t *)0xfec00000ul = reg;
    *(volatile uint32_t *)0xfec00010ul = v;
}

static void on_level(Frame *f)
{
    if (++count[f->vec] == 3) {
        *hpet(HPET_STATUS) = 1;
    }
    apic_write(EOI, 0);
}

/* I/O APIC data sheet: a level that is still there at the EOI comes again; HPET specification 2.3.8: level mode. */
static void test_level(void)
{
    handlers[0x50] = on_level;
    count[0x50] = 0;
    outb(0x43, 0x30); outb(0x40, 0xff); outb(0x40, 0xff);       /* the PIT has the same input: low, for 55 ms */
    ioapic_write(0x14, 0x8050);
    ioapic_write(0x15, (x2apic ? apic_read(ID) : apic_read(ID) >> 24) << 24);
    *hpet(HPET_CONFIG) = 0;
    *hpet(HPET_COUNTER) = 0;
    *hpet(HPET_COUNTER + 4) = 0;
    *hpet(HPET_T0_CONFIG) = 2 << 9 | 1 << 8 | 4 | 2;    /* input 2, 32 bits, on, level */
    *hpet(HPET_T0_COMPARE) = 10000;
    *hpet(HPET_CONFIG) = 1;
    check(wait_for(0x50, 3), "a level interrupt comes until its cause is gone");
    irqs_on();
    uint64_t end = rdtsc() + 1000000;
    while (rdtsc() < end) {
    }
    irqs_off();
    check_eq(count[0x50], 3, "and then no more");
    *hpet(HPET_CONFIG) = 0;
    *hpet(HPET_T0_CONFIG) = 0;
    ioapic_write(0x14, 0x10000);
}

/* 11.5.3: errors */
static void test_errors(void)
{
    handlers[0x42] = on_irq;
    count[0x42] = 0;
    apic_write(LVT_ERROR, 0x42);
    apic_write(ESR, 0);
    if (x2apic) {
        TRY("mov $0x83f, %%ecx; mov $0x100, %%eax; xor %%edx, %%edx; wrmsr");
        fault_is(13, 0, 0, "x2APIC: reserved bits of SELF_IPI");
        TRY("mov $0x802, %%ecx; xor %%eax, %%eax; xor %%edx, %%edx; wrmsr");
        fault_is(13, 0, 0, "x2APIC: the ID is read-only");
        TRY("mov $0x80b, %%ecx; mov $1, %%eax; xor %%edx, %%edx; wrmsr");
        fault_is(13, 0, 0, "x2APIC: EOI takes zero only");
        TRY("mov $0x831, %%ecx; rdmsr");
        fault_is(13, 0, 0, "x2APIC: there is no upper ICR");
        TRY("mov $0x1b, %%ecx; rdmsr; btr $10, %%eax; wrmsr");
        fault_is(13, 0, 0, "x2APIC to xAPIC without disabling: #GP");
    }
    apic_write(ICR, 0x40005);
    irqs_on();
    asm volatile("nop");
    irqs_off();
    apic_write(ESR, 0);
    check(apic_read(ESR) & 0x60, "a vector below 16 is an error");
    check_eq(count[0x42], 1, "and interrupts");
    apic_write(ESR, 0);
    check_eq(apic_read(ESR), 0, "a write to ESR fetches what is new");
    apic_write(LVT_ERROR, 0x10042);
}

void guest_main(void)
{
    uint32_t r[4];

    test_pic();
    test_timer("xAPIC");
    test_shadow();
    test_mwait();
    test_nmi();
    test_level();
    test_errors();
    cpuid(1, 0, r);
    if (r[2] >> 21 & 1) {
        wrmsr(0x1b, rdmsr(0x1b) | 0xc00);
        x2apic = true;
        check_eq(rdmsr(0x1b) & 0xc00, 0xc00, "x2APIC mode");
        test_timer("x2APIC");
        test_shadow();
        test_nmi();
        test_level();
        test_errors();
    }
}
