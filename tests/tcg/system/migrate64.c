// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that is moved to another process while it waits, and then looks whether it is still itself. It talks to
 * COM1: prints "PHASE n", waits for a byte, checks. tests/functional/test_cpu_migration.py moves it in between.
 */
#include "guest.h"

#define APIC 0xfee00000ul
enum { ID = 0x20, TPR = 0x80, EOI = 0xb0, SVR = 0xf0, IRR = 0x200, ESR = 0x280, ICR = 0x300, ICR_HI = 0x310,
       LVT_TIMER = 0x320, LVT_ERROR = 0x370, TICR = 0x380, TCCR = 0x390, TDCR = 0x3e0 };

static volatile unsigned ticks, others;
static uint32_t apic_read(unsigned reg) { return *(volatile uint32_t *)(APIC + reg); }
static void apic_write(unsigned reg, uint32_t v) { *(volatile uint32_t *)(APIC + reg) = v; }

static void on_tick(Frame *f)
{
    (void)f;
    ticks++;
    apic_write(EOI, 0);
}

static void on_other(Frame *f)
{
    (void)f;
    others++;
    apic_write(EOI, 0);
}

static void phase(const char *n)
{
    print("# PHASE ");
    print(n);
    print("\n");
}

static void wait_byte(void)
{
    while (!(inb(0x3fd) & 1)) {
    }
    inb(0x3f8);
}

/* ---- registers ---- */

uint64_t gpr[16];
static const uint64_t pattern[16] = {
    0, 0x1111222233334444, 0, 0x5555666677778888, 0, 0x9999aaaabbbbcccc, 0xddddeeeeffff0000, 0x123456789abcdef0,
    0x0808080808080808, 0x0909090909090909, 0x1010101010101010, 0xfedcba9876543210, 0x1212121212121212,
    0x1313131313131313, 0x1414141414141414, 0x1515151515151515,
};
const uint64_t *const patterns = pattern;

/* All registers but RAX, RDX and RSP hold a pattern while the byte is awaited; CF, ZF and friends go with the poll. */
asm("spin: push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15; mov patterns, %rax\n"
    "   mov 8(%rax), %rcx; mov 24(%rax), %rbx; mov 40(%rax), %rbp; mov 48(%rax), %rsi; mov 56(%rax), %rdi\n"
    "   mov 64(%rax), %r8; mov 72(%rax), %r9; mov 80(%rax), %r10; mov 88(%rax), %r11; mov 96(%rax), %r12\n"
    "   mov 104(%rax), %r13; mov 112(%rax), %r14; mov 120(%rax), %r15; mov $0x3fd, %edx; std; sti\n"
    "1: inb %dx, %al; test $1, %al; jz 1b\n"
    "   cli; pushfq; popq spin_flags; cld; mov $0x3f8, %edx; inb %dx, %al\n"
    "   mov %rcx, gpr + 8; mov %rbx, gpr + 24; mov %rbp, gpr + 40; mov %rsi, gpr + 48; mov %rdi, gpr + 56\n"
    "   mov %r8, gpr + 64; mov %r9, gpr + 72; mov %r10, gpr + 80; mov %r11, gpr + 88; mov %r12, gpr + 96\n"
    "   mov %r13, gpr + 104; mov %r14, gpr + 112; mov %r15, gpr + 120\n"
    "   pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp; ret");
void spin(void);
extern uint64_t spin_flags;
uint64_t spin_flags;

/* ---- floating point and vectors ---- */

static uint8_t area[2][1024] __attribute__((aligned(64)));
static const float floats[8] = { 1.5f, -2.25f, 3e20f, 1e-40f, 5, 6, 7, 8 };

static void load_vectors(void)
{
    static const uint16_t fcw = 0x027f;
    static const uint32_t mxcsr = 0x9fc0 | 0x3f;

    asm volatile("fninit; fldcw %0; fldpi; fld1; fldl2e; fdivrp; fldz; ldmxcsr %1" :: "m"(fcw), "m"(mxcsr));
    asm volatile("vmovups %0, %%ymm0; vpermilps $0x1b, %%ymm0, %%ymm1; vaddps %%ymm0, %%ymm1, %%ymm7;"
                 "vperm2f128 $1, %%ymm7, %%ymm7, %%ymm15; vxorps %%ymm9, %%ymm9, %%ymm9" :: "m"(floats));
}

static void save_vectors(void *to)
{
    asm volatile("xsave64 (%0)" :: "r"(to), "a"(7), "d"(0) : "memory");
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        if (a[i] != b[i]) {
            print("# byte ");
            print_hex(i);
            print(" was ");
            print_hex(a[i]);
            print(" is ");
            print_hex(b[i]);
            print("\n");
            return false;
        }
    }
    return true;
}

/* ---- MSRs ---- */

static const struct {
    uint32_t index;
    uint64_t value;
    const char *name;
} msrs[] = {
    { 0x174, 0x8, "SYSENTER_CS" }, { 0x175, 0xffff800012345678, "SYSENTER_ESP" },
    { 0x176, 0xffff800087654321, "SYSENTER_EIP" }, { 0x277, 0x0007010600070106, "PAT" },
    { 0x2ff, 0xc06, "MTRR_DEF_TYPE" }, { 0x200, 0x80000000, "MTRR_PHYSBASE0" }, { 0x268, 0x0606060606060606, "MTRR_FIX4K" },
    { 0xc0000081, 0x00180008deadbeef, "STAR" }, { 0xc0000082, 0xffff800011111111, "LSTAR" },
    { 0xc0000083, 0xffff800022222222, "CSTAR" }, { 0xc0000084, 0x47700, "FMASK" }, { 0xc0000100, 0x7fff12340000, "FS_BASE" },
    { 0xc0000101, 0xffff888800000000, "GS_BASE" }, { 0xc0000102, 0x7f0012340000, "KERNEL_GS_BASE" },
    { 0xc0000103, 0x77, "TSC_AUX" }, { 0x3b, 0x1000000, "TSC_ADJUST" }, { 0x1a0, 0x1, "MISC_ENABLE" },
};

static void test_registers(void)
{
    uint64_t before, cr0 = read_cr0(), cr4 = read_cr4(), efer = rdmsr(0xc0000080), base = rdmsr(0x1b);
    unsigned n;

    for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++) {
        wrmsr(msrs[i].index, msrs[i].value);
    }
    load_vectors();
    save_vectors(area[0]);
    write_dr0(0x123456);
    write_dr3(0xffff800000001000);
    write_dr7(0x00030401);              /* an execution breakpoint nobody reaches */
    asm volatile("mov %0, %%cr8; mov %1, %%es; mov %1, %%gs" :: "r"(2ul), "r"(UDS));
    wrmsr(0xc0000101, 0xffff888800000000);
    handlers[0x40] = on_tick;
    apic_write(TDCR, 3);                /* by 16 */
    apic_write(LVT_TIMER, 0x20040);
    apic_write(TICR, 125000);
    before = rdtsc();
    n = ticks;
    phase("registers");
    spin();
    save_vectors(area[1]);
    check(rdtsc() > before, "the TSC did not go back");
    check(ticks > n, "the periodic timer ticks");
    for (n = 0; n < 16; n++) {
        if (pattern[n]) {
            check_eq(gpr[n], pattern[n], "general register");
        }
    }
    check(spin_flags & 0x400, "DF");
    check(same_bytes(area[0], area[1], 0, 28), "x87 control, status, tags; MXCSR");
    check(same_bytes(area[0], area[1], 32, 160), "x87 registers");
    check(same_bytes(area[0], area[1], 160, 416), "XMM registers");
    check(same_bytes(area[0], area[1], 576, 832), "upper halves of YMM");
    check(area[1][512] & 4, "XSTATE_BV says so");
    for (n = 0; n < ARRAY_SIZE(msrs); n++) {
        check_eq(rdmsr(msrs[n].index), msrs[n].value, msrs[n].name);
    }
    check_eq(read_cr0(), cr0, "CR0");
    check_eq(read_cr4(), cr4, "CR4");
    check_eq(rdmsr(0xc0000080), efer, "EFER");
    check_eq(rdmsr(0x1b), base, "APIC base");
    check_eq(read_dr0(), 0x123456, "DR0");
    check_eq(read_dr3(), 0xffff800000001000, "DR3");
    check_eq(read_dr7(), 0x00030401, "DR7");
    check_eq(apic_read(TPR), 0x20, "TPR");
    check_eq(apic_read(TICR), 125000, "initial count");
    unsigned es, gs;
    asm volatile("mov %%es, %0; mov %%gs, %1" : "=r"(es), "=r"(gs));
    check(es == UDS && gs == UDS, "selectors");
    apic_write(LVT_TIMER, 0x10040);
    apic_write(TICR, 0);
    n = ticks;
    irqs_on();
    irqs_off();
    write_dr7(0x400);
    asm volatile("mov %0, %%cr8" :: "r"(0ul));
}

static void test_deadline(void)
{
    uint64_t deadline = rdtsc() + 1500000000;

    apic_write(LVT_TIMER, 0x40040);
    ticks = 0;
    wrmsr(0x6e0, deadline);
    phase("deadline");
    wait_byte();
    check(rdmsr(0x6e0) == deadline || rdtsc() >= deadline, "the deadline is kept");
    while (!ticks) {
        asm volatile("sti; hlt; cli" ::: "memory");
    }
    check(rdtsc() >= deadline, "not before its time");
    check_eq(ticks, 1, "and once");
    check_eq(rdmsr(0x6e0), 0, "disarmed");
    apic_write(LVT_TIMER, 0x10040);
}

/* Interrupts that wait for IF, for the priority; errors the guest has not asked for yet. */
static void test_pending(void)
{
    handlers[0x41] = handlers[0x61] = on_other;
    asm volatile("mov %0, %%cr8" :: "r"(5ul));
    apic_write(ICR, 0x40041);
    apic_write(ICR, 0x40061);
    apic_write(ICR, 0x40005);
    phase("pending");
    wait_byte();
    check_eq(others, 0, "IF is clear");
    check(apic_read(IRR + 0x20) & 2 && apic_read(IRR + 0x30) & 2, "both wait in the IRR");
    irqs_on();
    irqs_off();
    check_eq(others, 1, "the higher comes with IF");
    asm volatile("sti; mov %0, %%cr8; nop; nop; cli" :: "r"(0ul));
    check_eq(others, 2, "the lower with the priority");
    apic_write(ESR, 0);
    check(apic_read(ESR) & 0x60, "errors not yet fetched");
}

/* HLT: only an interrupt ends it */
static void test_halted(void)
{
    ticks = 0;
    apic_write(TDCR, 0xb);
    apic_write(LVT_TIMER, 0x40);
    apic_write(TICR, 1500000000);
    phase("halted");
    while (!ticks) {
        asm volatile("sti; hlt; cli" ::: "memory");
    }
    check_eq(ticks, 1, "a halted processor is woken by the timer that ran when it moved");
    wait_byte();
}

/* ---- the other processor: waiting for SIPI when it moved ---- */
asm(".code16\n"
    "ap16: cli; xor %ax, %ax; mov %ax, %ds; movw $0x4242, 0x9000\n"
    "1: hlt; jmp 1b\n"
    "ap16_end: .code64");
extern char ap16[], ap16_end[];

static void test_sipi(void)
{
    unsigned dest = apic_read(ID) >> 24 ^ 1;
    volatile uint16_t *mark16 = (volatile uint16_t *)0x9000;

    for (char *from = ap16, *to = (char *)0x8000; from < ap16_end; ) {
        *to++ = *from++;
    }
    apic_write(ICR_HI, dest << 24);
    apic_write(ICR, 0x4500);
    phase("sipi");
    wait_byte();
    check_eq(*mark16, 0, "the other processor waits");
    apic_write(ICR_HI, dest << 24);
    apic_write(ICR, 0x608);
    for (uint64_t end = rdtsc() + 4000000000; *mark16 != 0x4242 && rdtsc() < end; ) {
    }
    check_eq(*mark16, 0x4242, "and starts");
}

void guest_main(void)
{
    uint32_t r[4];

    print_port = 0x3f8;
    apic_write(SVR, 0x1ff);
    cpuid(1, 0, r);
    write_cr4(read_cr4() | 0x40000);
    asm volatile("xsetbv" :: "a"(7), "d"(0), "c"(0));
    test_registers();
    test_deadline();
    test_pending();
    test_halted();
    test_sipi();
}
