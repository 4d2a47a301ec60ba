// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that moves between emulators (tests/migration/test_peer.py). It sets up timers, memory, registers and devices,
 * prints "TICK" from the PIT's interrupts, and at each byte that comes in on COM1 looks whether all is as it was: "MOVED" or
 * "BAD what".
 */
#include "guest.h"

#define APIC 0xfee00000ul
#define HPET 0xfed00000ul
enum { EOI = 0xb0, SVR = 0xf0, LVT_TIMER = 0x320, LVT_LINT0 = 0x350, TICR = 0x380, TDCR = 0x3e0 };

static volatile unsigned ticks, apic_ticks;
static uint64_t memory[32768];
static const uint64_t xmm[4] = { 0x0123456789abcdef, 0xfedcba9876543210, 0x1122334455667788, 0x99aabbccddeeff00 };
static const struct { uint32_t index; uint64_t value; } msrs[] = {
    { 0xc0000081, 0x0018000800000000 }, { 0xc0000082, 0xffff800011111111 }, { 0xc0000084, 0x47700 },
    { 0x277, 0x0007010600070106 }, { 0xc0000102, 0x7f0012340000 }, { 0x174, 8 },
};
/* More than fits one section of a stream: a word of each page. */
static volatile uint64_t *const pages = (volatile uint64_t *)0x1000000;
#define PAGES 12288
static uint64_t last_tsc, last_hpet;
static unsigned bad;

static uint32_t apic_read(unsigned reg) { return *(volatile uint32_t *)(APIC + reg); }
static void apic_write(unsigned reg, uint32_t v) { *(volatile uint32_t *)(APIC + reg) = v; }

static void on_tick(Frame *f)
{
    (void)f;
    ticks++;
    outb(0x20, 0x20);
}

static void on_apic(Frame *f)
{
    (void)f;
    apic_ticks++;
    apic_write(EOI, 0);
}

static uint64_t hash(uint64_t n)
{
    n = (n ^ n >> 31) * 0x9e3779b97f4a7c15;
    return n ^ n >> 29;
}

static uint32_t vmport(uint32_t command, uint32_t *bx)
{
    uint32_t a = 0x564d5868, c = command;

    *bx = 0;
    asm volatile("inl %%dx, %%eax" : "+a"(a), "+b"(*bx), "+c"(c) : "d"(0x5658));
    return a;
}

static uint8_t cmos(uint8_t reg)
{
    outb(0x70, reg);
    return inb(0x71);
}

static uint32_t pci(unsigned devfn, unsigned reg)
{
    outl(0xcf8, 1u << 31 | devfn << 8 | reg);
    return inl(0xcfc);
}

static void expect(bool ok, const char *what)
{
    if (!ok) {
        print("BAD ");
        print(what);
        print("\n");
        bad++;
    }
}

static void set_up(void)
{
    print_port = 0x3f8;
    for (unsigned i = 0; i < ARRAY_SIZE(memory); i++) {
        memory[i] = hash(i);
    }
    for (unsigned i = 0; i < PAGES; i++) {
        pages[i * 512 + i % 512] = hash(~(uint64_t)i);
    }
    write_cr4(read_cr4() | 0x200);
    asm volatile("movups %0, %%xmm5; movups %1, %%xmm15" :: "m"(xmm[0]), "m"(xmm[2]));
    for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++) {
        wrmsr(msrs[i].index, msrs[i].value);
    }
    write_dr0(0x123456);
    /* PIC at 60h, PIT at 100 Hz, through the local APIC's LINT0; the APIC's own timer beside it */
    outb(0x20, 0x11); outb(0x21, 0x60); outb(0x21, 4); outb(0x21, 1);
    outb(0xa0, 0x11); outb(0xa1, 0x68); outb(0xa1, 2); outb(0xa1, 1);
    outb(0x21, 0xfe); outb(0xa1, 0xff);
    handlers[0x60] = on_tick;
    handlers[0x41] = on_apic;
    apic_write(SVR, 0x1ff);
    apic_write(LVT_LINT0, 0x700);
    apic_write(TDCR, 0xb);
    apic_write(LVT_TIMER, 1 << 17 | 0x41);
    apic_write(TICR, 20000000);
    outb(0x43, 0x34); outb(0x40, 0x9c); outb(0x40, 0x2e);
    outb(0x70, 0x50); outb(0x71, 0xa5);
    *(volatile uint64_t *)(HPET + 0x10) = 1;            /* counts */
    outl(0xcf8, 1u << 31 | 0 << 8 | 0x3c);
    /* FDC: CONFIGURE, and LOCK it */
    outb(0x3f5, 0x94);
    inb(0x3f5);
}

static void check_memory(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(memory); i++) {
        if (memory[i] != hash(i)) {
            expect(false, "memory");
            return;
        }
    }
}

static void check_pages(void)
{
    for (unsigned i = 0; i < PAGES; i++) {
        if (pages[i * 512 + i % 512] != hash(~(uint64_t)i)) {
            expect(false, "pages");
            return;
        }
    }
}

static void check_cpu(void)
{
    uint64_t now[4], tsc = rdtsc();

    asm volatile("movups %%xmm5, %0; movups %%xmm15, %1" : "=m"(now[0]), "=m"(now[2]) :: "memory");
    asm volatile("" :: "r"(now) : "memory");
    for (unsigned i = 0; i < 4; i++) {
        expect(((volatile uint64_t *)now)[i] == xmm[i], "xmm");
    }
    for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++) {
        expect(rdmsr(msrs[i].index) == msrs[i].value, "msr");
    }
    expect(read_dr0() == 0x123456, "dr0");
    expect(tsc > last_tsc, "tsc");
    last_tsc = tsc;
}

static void check_devices(void)
{
    uint64_t hpet = *(volatile uint64_t *)(HPET + 0xf0);
    bool q35 = pci(0, 0) >> 16 == 0x29c0;
    uint32_t bx;

    expect(inl(0xcfc) == pci(0, 0), "pci address");
    expect(inb(0x21) == 0xfe && inb(0xa1) == 0xff, "pic mask");
    expect(apic_read(SVR) == 0x1ff && apic_read(LVT_TIMER) << 12 >> 12 == (1 << 17 | 0x41), "apic");
    expect(cmos(0x50) == 0xa5, "cmos");
    expect(hpet > last_hpet, "hpet");
    last_hpet = hpet;
    expect(vmport(10, &bx) == 6 && bx == 0x564d5868, "vmport");
    if (q35) {
        expect(pci(0xfa, 0) == 0x29228086 && pci(0xfa, 8) == 0x01060102, "ahci");
        expect(pci(0xfb, 0) == 0x29308086, "smbus");
    } else {
        expect(pci(9, 0) == 0x70108086, "ide");
        outb(0x3f5, 0x0e);              /* DUMPREG: LOCK is in byte 7 */
        for (unsigned i = 0; i < 10; i++) {
            uint8_t v = inb(0x3f5);

            expect(i != 7 || v >> 7, "fdc");
        }
        expect(inb(0x1f7) == 0, "ide status");
    }
}

void guest_main(void)
{
    unsigned said = 0, waits = 0, start_pit, start_apic;

    set_up();
    irqs_on();
    for (;;) {
        asm volatile("hlt");
        if (ticks / 20 != said) {
            said = ticks / 20;
            print("TICK ");
            print_hex(said);
            print("\n");
        }
        if (!(inb(0x3fd) & 1)) {
            continue;
        }
        inb(0x3f8);
        check_memory();
        check_pages();
        check_cpu();
        check_devices();
        start_pit = ticks;
        start_apic = apic_ticks;
        for (waits = 0; (ticks - start_pit < 5 || apic_ticks == start_apic) && waits < 2000; waits++) {
            asm volatile("hlt");
        }
        expect(ticks - start_pit >= 5, "pit interrupts");
        expect(apic_ticks != start_apic, "apic timer interrupts");
        print(bad ? "WRONG\n" : "MOVED\n");
        bad = 0;
    }
}
