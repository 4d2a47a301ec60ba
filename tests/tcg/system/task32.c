// SPDX-License-Identifier: GPL-2.0-or-later
/* Hardware task switching (SDM vol. 3, chapter 7), in 32-bit protected mode without paging. */
#include "guest.h"

typedef struct Tss32 {
    uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs, ldt;
    uint16_t trap, iomap;
} Tss32;

typedef struct Tss16 {
    uint16_t link, sp0, ss0, sp1, ss1, sp2, ss2, ip, flags, ax, cx, dx, bx, sp, bp, si, di, es, cs, ss, ds, ldt;
} Tss16;

enum {
    TSS2 = FREE_SEL, TSS16 = TSS2 + 8, GATE = TSS16 + 8, CS16 = GATE + 8, NPDATA = CS16 + 8, NPTSS = NPDATA + 8,
    SHORTTSS = NPTSS + 8, LDT = SHORTTSS + 8, DATA16 = LDT + 8, FTSS = DATA16 + 8,
};

extern Tss32 tss;
static Tss32 tss2, ftss;
static Tss16 tss16;
extern uint64_t idt[256];
static char stack2[4096], stack16[4096], fstack[4096];
volatile uint32_t seen_flags, seen_cr0, seen_eax, seen_es, seen_fs, runs, task_err, task_link, seen_ldt;
static uint64_t ldt[4];

static unsigned access_of(unsigned selector)
{
    return gdt[selector / 8] >> 40 & 0xff;
}

/* The second task: notes its state, returns with IRET; called again it goes on behind it. */
asm("task2: pushf; pop seen_flags; mov %cr0, %ecx; mov %ecx, seen_cr0; mov %eax, seen_eax\n"
    "   mov %es, %ecx; mov %ecx, seen_es; mov %fs, %ecx; mov %ecx, seen_fs; sldt %ecx; mov %ecx, seen_ldt; incl runs\n"
    "   mov tss2, %ecx; mov %ecx, task_link\n"
    "   mov $0x1234567, %eax; iretl; jmp task2");
/* The same, leaving by JMP to the first task. */
asm("task2_jmp: pushf; pop seen_flags; incl runs; ljmp $0x28, $0; jmp task2_jmp");
/* In a 16-bit task: a 32-bit code segment serves as well, the TSS decides the format. */
asm("task16: pushf; pop seen_flags; mov %eax, seen_eax; incl runs; iretl; jmp task16");
extern char task2[], task2_jmp[], task16[];

static void prepare(void *entry)
{
    tss2 = (Tss32) {
        .eip = (uint32_t)entry, .eflags = 0x2, .esp = (uint32_t)(stack2 + sizeof(stack2)), .es = KDS, .cs = KCS,
        .ss = KDS, .ds = KDS, .fs = 0, .gs = KDS, .eax = 0xabcd, .iomap = 104,
    };
    set_desc(TSS2, (uint32_t)&tss2, 103, 0x89, 0);
    runs = 0;
    seen_flags = seen_cr0 = 0;
    asm volatile("clts");
}

/* 7.3, table 7-2: CALL nests: NT and the link are set, the old task stays busy; IRET undoes it */
static void test_call_iret(void)
{
    uint32_t eax = 0, flags;

    prepare(task2);
    asm volatile("mov $0x77, %%ebx; mov $0x88, %%esi; lcall %3, $0; pushf; pop %1; mov %%ebx, %%ecx; add %%esi, %%ecx"
                 : "=a"(eax), "=d"(flags) : "0"(0x5555), "i"(TSS2) : "ecx", "ebx", "esi", "edi", "memory", "cc");
    check_eq(runs, 1, "CALL to a TSS runs its task");
    check(seen_flags & 0x4000, "NT is set in the task called");
    check_eq(task_link, TSS_SEL, "the link names the caller");
    check(seen_cr0 & 8, "TS is set by the switch");
    check_eq(seen_eax, 0xabcd, "registers come from the TSS");
    check_eq(seen_fs, 0, "null data selectors are fine");
    check_eq(eax, 0x5555, "the caller's registers come back");
    check(!(flags & 0x4000), "NT of the caller is as it was");
    check_eq(access_of(TSS2), 0x89, "a task left by IRET is available");
    check_eq(access_of(TSS_SEL), 0x8b, "the task returned to is busy");
    check(!(tss2.eflags & 0x4000), "IRET saves NT as cleared");
    check_eq(tss2.eax, 0x1234567, "a task's registers are saved where it stopped");
    asm volatile("lcall %0, $0" :: "i"(TSS2) : "memory");
    check_eq(runs, 2, "called again, it goes on behind its IRET");
    check_eq(seen_eax, 0x1234567, "with the registers it had");
}

static void test_jmp(void)
{
    prepare(task2_jmp);
    asm volatile("ljmp %0, $0" :: "i"(TSS2) : "memory");
    check_eq(runs, 1, "JMP to a TSS and back");
    check(!(seen_flags & 0x4000), "JMP does not nest");
    check_eq(access_of(TSS2), 0x89, "the task left by JMP is available");
    check_eq(access_of(TSS_SEL), 0x8b, "the task jumped to is busy");
}

static void test_gates(void)
{
    prepare(task2);
    gdt[GATE / 8] = (uint64_t)TSS2 << 16 | 0xe500ull << 32;
    asm volatile("lcall %0, $0" :: "i"(GATE) : "memory");
    check_eq(runs, 1, "7.2.5: CALL through a task gate");
    set_gate(0x50, NULL, 5, 3, 0);
    idt[0x50] = (uint64_t)TSS2 << 16 | 0xe500ull << 32;
    asm volatile("int $0x50" ::: "memory");
    check_eq(runs, 2, "INT through a task gate");
    TRY_USER("int $0x50");
    check_eq(runs, 3, "INT from CPL 3 through a task gate");
    fault_is(0x80, 0, 0, "and the user's code goes on");
    TRY_USER("lcall $0x40, $0");
    check_eq(runs, 4, "CALL from CPL 3 through a task gate of DPL 3");
    TRY_USER("lcall $0x30, $0");
    fault_is(13, TSS2, 0, "CALL from CPL 3 to a TSS of DPL 0 is #GP");
}

/* The fault comes back at the faulting instruction: the handler's task must step over it. */
asm("fault_task: pop task_err; incl runs; mov resume_ip, %eax; mov %eax, tss + 32; movl $0x10, tss + 80; movl $8, tss + 76\n"
    "   mov resume_sp, %eax; mov %eax, tss + 56; mov resume_bp, %eax; mov %eax, tss + 60; movl $0x10, tss + 84\n"
    "   movl $0x10, tss + 72; movl $0, tss + 88; movl $0, tss + 92; movl $2, tss + 36; movl $0, tss + 96; iretl\n"
    "   jmp fault_task");
extern char fault_task[];

static void fault_gate(unsigned vec)
{
    ftss = (Tss32) {
        .eip = (uint32_t)fault_task, .eflags = 0x2, .esp = (uint32_t)(fstack + sizeof(fstack)), .es = KDS, .cs = KCS,
        .ss = KDS, .ds = KDS, .iomap = 104,
    };
    set_desc(FTSS, (uint32_t)&ftss, 103, 0x89, 0);
    idt[vec] = (uint64_t)FTSS << 16 | 0x8500ull << 32;
    runs = 0;
    task_err = -1;
}

static void fault_done(unsigned vec)
{
    set_gate(vec, default_gate(vec), 14, 0, 0);
}

static void task_fault_is(unsigned err, const char *what)
{
    check_eq(runs, 1, what);
    check_eq(task_err, err, what);
}

/* 6.12.2, 6.15: faults through task gates, with a bad inner stack */
static void test_fault_tasks(void)
{
    fault_gate(13);
    TRY("mov $0x1238, %%eax; mov %%eax, %%fs");
    task_fault_is(0x1238, "#GP through a task gate: error code on the new stack");
    fault_done(13);
    fault_gate(10);
    tss.ss0 = 0x1238;
    TRY_USER("nop");
    task_fault_is(0x1238, "inner stack selector outside the GDT: #TS with it");
    tss.ss0 = UDS;
    fault_gate(10);
    TRY_USER("nop");
    task_fault_is(UDS & ~3, "inner stack of the wrong privilege: #TS");
    fault_done(10);
    set_desc(NPDATA, 0, 0xfffff, 0x13, 0xc);
    tss.ss0 = NPDATA;
    fault_gate(12);
    TRY_USER("nop");
    task_fault_is(NPDATA, "inner stack segment not present: #SS with it");
    fault_done(12);
    /* 6.15, #DF: #GP in user code, no usable stack for it, #TS on the way: contributory twice */
    fault_gate(8);
    tss.ss0 = 0x1238;
    TRY_USER("cli");
    task_fault_is(0, "#TS while delivering #GP is a double fault");
    fault_done(8);
    tss.ss0 = KDS;
}

/* 7.3, table 7-1: checks on the way, and where they are reported */
static void test_checks(void)
{
    prepare(task2);
    set_desc(NPTSS, (uint32_t)&tss2, 103, 0x09, 0);
    set_desc(SHORTTSS, (uint32_t)&tss2, 102, 0x89, 0);
    TRY("7: lcall $0x58, $0");
    fault_is(11, NPTSS, 0, "TSS not present: #NP");
    TRY("lcall $0x60, $0");
    fault_is(10, SHORTTSS, 0, "TSS limit below 67h: #TS");
    TRY("ljmp $0x28, $0");
    fault_is(13, TSS_SEL, 0, "JMP to a busy TSS: #GP");
    TRY("lcall $0x1230, $0");
    fault_is(13, 0x1230, 0, "selector outside the GDT: #GP");
    check_eq(access_of(TSS_SEL), 0x8b, "a refused switch leaves the task busy");
    /* IRET with NT to a task that is not busy */
    tss.link = TSS2;
    TRY("pushf; orl $0x4000, (%%esp); popf; iretl");
    fault_is(10, TSS2, 0, "IRET to a TSS that is not busy: #TS");
}

/* A fault in a new task's context left us there. */
static void back_to_first_task(void)
{
    gdt[TSS_SEL / 8] &= ~(2ull << 40);
    asm volatile("pushf; andl $~0x4000, (%%esp); popf; ltr %w0" :: "r"(TSS_SEL) : "memory", "cc");
}

/* 7.3: segments of the new task are checked in its context */
static void test_new_context(void)
{
    prepare(task2);
    set_desc(NPDATA, 0, 0xfffff, 0x13, 0xc);
    tss2.es = NPDATA;
    TRY("lcall $0x30, $0");
    fault_is(11, NPDATA, (uint32_t)task2, "ES not present: #NP in the new task");
    back_to_first_task();
}

static void test_ldt(void)
{
    set_desc(LDT, (uint32_t)ldt, sizeof(ldt) - 1, 0x82, 0);
    ldt[1] = gdt[KDS / 8];
    prepare(task2);
    tss2.ldt = LDT;
    tss2.es = 0xc;
    asm volatile("lcall %0, $0" :: "i"(TSS2) : "memory");
    check_eq(seen_es, 0xc, "a task's LDT is loaded before its segments");
    check_eq(seen_ldt, LDT, "LDTR of the task");
    uint32_t v;
    asm volatile("sldt %0" : "=r"(v));
    check_eq(v, 0, "and the caller's comes back");
}

/* 7.2.1: the T flag raises #DB before the task's first instruction */
static void test_trap(void)
{
    prepare(task2);
    tss2.trap = 1;
    TRY("lcall $0x30, $0");
    fault_is(1, -1, (uint32_t)task2, "T flag: #DB at the task's first instruction");
    check_eq(got.dr6 & 0xe00f, 0x8000, "DR6.BT");
    check_eq(runs, 0, "which did not run yet");
    back_to_first_task();
}

static void test_tss16(void)
{
    uint32_t eax;

    tss16 = (Tss16) {
        .ip = 0, .flags = 2, .sp = sizeof(stack16), .ax = 0x1616, .es = KDS, .cs = CS16, .ss = DATA16, .ds = KDS,
    };
    runs = 0;
    set_desc(CS16, (uint32_t)task16, 0xffff, 0x9b, 4);
    set_desc(DATA16, (uint32_t)stack16, 0xffff, 0x93, 0);
    set_desc(TSS16, (uint32_t)&tss16, 0x2b, 0x81, 0);
    asm volatile("lcall %2, $0" : "=a"(eax) : "0"(0x99887766), "i"(TSS16) : "memory");
    check_eq(runs, 1, "7.6: CALL to a 16-bit TSS");
    check_eq(seen_eax & 0xffff, 0x1616, "its registers");
    check_eq(tss16.link, TSS_SEL, "its link");
    check_eq(eax, 0x99887766, "the caller's upper halves survive in its 32-bit TSS");
    check_eq(access_of(TSS16), 0x81, "available again");
}

void guest_main(void)
{
    test_call_iret();
    test_jmp();
    test_checks();
    test_tss16();
    test_ldt();
    test_fault_tasks();
    test_gates();
    test_trap();
    test_new_context();
}
