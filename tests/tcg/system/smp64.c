// SPDX-License-Identifier: GPL-2.0-or-later
/* Two processors: INIT and SIPI, IPIs of all kinds, TLB shootdown, atomics, MWAIT. Needs -smp 2. */
#include "guest.h"

#define APIC 0xfee00000ul
#define WIN 0x40000000ul
#define LIMIT 4000000000ul
#define PAGE 301
#define PAGE_VA (WIN + PAGE * 4096ul)

enum { ID = 0x20, EOI = 0xb0, LDR = 0xd0, DFR = 0xe0, SVR = 0xf0, ICR = 0x300, ICR_HI = 0x310 };

extern uint64_t pt[512];
extern char gdtr[], pml4[];
static volatile unsigned alive, command, done, ipis[2][256], nmis;
static volatile uint64_t total, result, line[8] __attribute__((aligned(64)));
extern char ap_stack[8192];
char ap_stack[8192] __attribute__((aligned(16)));

static uint32_t apic_read(unsigned reg) { return *(volatile uint32_t *)(APIC + reg); }
static void apic_write(unsigned reg, uint32_t v) { *(volatile uint32_t *)(APIC + reg) = v; }

/* Entered in real mode at 8000h; 9.11.1 wants the way up from there. */
asm(".code16\n"
    "ap_start: cli; xor %ax, %ax; mov %ax, %ds; incl ap_started - ap_start + 0x8000\n"
    "   lgdtl ap_gdtr - ap_start + 0x8000; mov %cr4, %eax; or $0x620, %eax; mov %eax, %cr4\n"
    "   mov $pml4, %eax; mov %eax, %cr3; mov $0xc0000080, %ecx; rdmsr; or $0x901, %eax; wrmsr\n"
    "   mov %cr0, %eax; or $0x80010003, %eax; and $0x9fffffff, %eax; mov %eax, %cr0\n"
    "   ljmpl $8, $ap_long\n"
    "   .align 4\n"
    "ap_started: .long 0\n"
    "ap_gdtr: .word 511; .long gdt\n"
    "ap_end: .code64\n"
    "ap_long: mov $0x10, %eax; mov %eax, %ds; mov %eax, %es; mov %eax, %ss; mov $ap_stack + 8192, %rsp\n"
    "   call ap_main");
extern char ap_start[], ap_end[], ap_started[];

static bool wait_until(volatile unsigned *what, unsigned value)
{
    uint64_t end = rdtsc() + LIMIT;

    while (*what != value && rdtsc() < end) {
        asm volatile("pause");
    }
    if (*what != value) {
        print("# is ");
        print_hex(*what);
        print(", not ");
        print_hex(value);
        print("\n");
    }
    return *what == value;
}

static void on_ipi(Frame *f)
{
    unsigned me = apic_read(ID) >> 24;

    __atomic_fetch_add(&ipis[me & 1][f->vec], 1, __ATOMIC_SEQ_CST);
    apic_write(EOI, 0);
}

static void on_nmi(Frame *f)
{
    (void)f;
    nmis++;
}

static void ipi(unsigned dest, uint32_t icr)
{
    while (apic_read(ICR) & 0x1000) {
    }
    apic_write(ICR_HI, dest << 24);
    apic_write(ICR, icr);
}

static void ap_command(unsigned c)
{
    volatile uint32_t *window = (volatile uint32_t *)PAGE_VA;

    switch (c) {
    case 1:                             /* atomics */
        for (unsigned i = 0; i < 100000; i++) {
            __atomic_fetch_add(&total, 1, __ATOMIC_SEQ_CST);
        }
        break;
    case 2:                             /* what the window shows */
        result = *window;
        break;
    case 3:
        write_cr3(read_cr3());
        result = *window;
        break;
    case 4:                             /* sleep on a line until it is written */
        asm volatile("monitor" :: "a"(line), "c"(0), "d"(0));
        while (!line[0]) {
            asm volatile("mwait" :: "a"(0), "c"(0) : "memory");
            asm volatile("monitor" :: "a"(line), "c"(0), "d"(0));
        }
        result = line[0];
        break;
    case 5:                             /* HLT until an IPI */
        asm volatile("sti; hlt; cli" ::: "memory");
        break;
    case 6:
        result = rdtsc();
        break;
    }
}

void ap_main(void);
void ap_main(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        unsigned long base;
    } idtr;
    unsigned last = 0;

    asm volatile("sidt %0" : "=m"(idtr));
    extern uint64_t idt[];
    idtr.limit = 4095;
    idtr.base = (unsigned long)idt;
    asm volatile("lidt %0" :: "m"(idtr));
    apic_write(SVR, 0x1ff);
    alive++;
    for (;;) {
        asm volatile("sti; nop; pause; cli" ::: "memory");
        if (command != last) {
            last = command;
            ap_command(last & 0xff);
            __atomic_store_n(&done, last, __ATOMIC_SEQ_CST);
        }
    }
}

static unsigned serial;
static void start(unsigned c)
{
    serial += 0x100;
    __atomic_store_n(&command, serial | c, __ATOMIC_SEQ_CST);
}
static bool finished(unsigned c)
{
    return wait_until(&done, serial | c);
}

static void boot_ap(void)
{
    for (char *from = ap_start, *to = (char *)0x8000; from < ap_end; ) {
        *to++ = *from++;
    }
    volatile unsigned *started = (volatile unsigned *)(0x8000 + (ap_started - ap_start));
    unsigned dest = apic_read(ID) >> 24 ^ 1;

    uint64_t end;

    ipi(dest, 0x4500);
    ipi(dest, 0x8500);                  /* de-assert: nothing */
    *started = 0;
    ipi(dest, 0x608);
    check(wait_until(started, 1), "INIT, SIPI: starts in real mode at vector << 12");
    check(wait_until(&alive, 1), "and goes on into 64-bit mode");
    ipi(dest, 0x608);
    end = rdtsc() + 3000000;
    while (rdtsc() < end) {
    }
    check_eq(*started, 1, "a second SIPI is ignored");
}

static void test_ipis(void)
{
    unsigned dest = apic_read(ID) >> 24 ^ 1;

    for (unsigned v = 0x40; v < 0x48; v++) {
        handlers[v] = on_ipi;
    }
    ipi(dest, 0x40);
    check(wait_until(&ipis[1][0x40], 1), "fixed, physical destination");
    ipi(0, 0xc0041);
    check(wait_until(&ipis[1][0x41], 1), "all but self");
    ipi(0, 0x80042);
    check(wait_until(&ipis[1][0x42], 1), "all including self: there");
    irqs_on();
    check(wait_until(&ipis[0][0x42], 1), "and here");
    irqs_off();
    apic_write(LDR, 1u << 24);
    apic_write(DFR, 0xffffffff);
    ipi(1, 0x843);
    irqs_on();
    check(wait_until(&ipis[0][0x43], 1), "logical destination");
    irqs_off();
    ipi(0xff, 0x44);
    check(wait_until(&ipis[1][0x44], 1), "broadcast");
    handlers[2] = on_nmi;
    ipi(dest, 0x400);
    check(wait_until(&nmis, 1), "NMI");
    start(5);
    for (uint64_t end = rdtsc() + LIMIT; done != (serial | 5) && rdtsc() < end; ) {
        ipi(dest, 0x45);                /* again, should one have come before HLT */
    }
    check(finished(5), "an IPI wakes HLT");
}

static void test_memory(void)
{
    uint64_t want = 200000;

    start(1);
    for (unsigned i = 0; i < 100000; i++) {
        __atomic_fetch_add(&total, 1, __ATOMIC_SEQ_CST);
    }
    check(finished(1), "atomics run");
    check_eq(total, want, "none is lost");
    *(volatile uint32_t *)(PAGE * 4096ul) = 0x1111;
    *(volatile uint32_t *)((PAGE + 1) * 4096ul) = 0x2222;
    start(2);
    check(finished(2), "the other's read");
    check_eq(result, 0x1111, "through its TLB");
    pt[PAGE] = (PAGE + 1) * 4096ul | 7;
    start(3);
    check(finished(3), "after CR3 was reloaded");
    check_eq(result, 0x2222, "it sees the new mapping");
}

static void test_mwait(void)
{
    line[0] = 0;
    start(4);
    uint64_t end = rdtsc() + 3000000;
    while (rdtsc() < end) {
    }
    line[0] = 77;
    check(finished(4), "MWAIT ends by a store to the line");
    check_eq(result, 77, "which is seen");
    uint64_t before = rdtsc();
    start(6);
    check(finished(6), "RDTSC there");
    uint64_t after = rdtsc();
    check(result >= before && result <= after, "the TSCs agree");
}

/* INIT again: the processor starts over */
static void test_again(void)
{
    unsigned dest = apic_read(ID) >> 24 ^ 1;

    alive = 0;
    command = done = 0;
    ipi(dest, 0x4500);
    for (uint64_t end = rdtsc() + 20000000; rdtsc() < end; ) {
    }                                   /* it must wait: the code at the reset vector resets the machine */
    ipi(dest, 0x608);
    check(wait_until(&alive, 1), "INIT, a pause and SIPI once more");
    start(1);
    check(finished(1), "it works as before");
}

void guest_main(void)
{
    apic_write(SVR, 0x1ff);
    boot_ap();
    test_ipis();
    test_memory();
    test_mwait();
    test_again();
}
