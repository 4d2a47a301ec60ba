// SPDX-License-Identifier: GPL-2.0-or-later
/* 64-bit mode: page-fault codes and protections, IST, double faults, mode switches, system calls, debug registers. */
#include "guest.h"

#define WIN 0x40000000ul            /* linear window of 4 kB pages over 0 .. 2 MB */
#define P 1
#define W 2
#define U 4
#define G 0x100
#define NX (1ul << 63)

extern uint64_t pt[512], pd[2048], pml4[512];
extern uint64_t idt[512];
extern struct __attribute__((packed)) Tss64 { uint32_t r; uint64_t rsp[3], r1, ist[7], r2; uint16_t r3, iomap; } tss;
extern char ist1_top[];

enum { PAGE = 300 };                /* a page of the window nothing else uses; its memory is at 300 << 12 */
#define PAGE_VA (WIN + PAGE * 4096ul)
#define PAGE_STR "0x4012c000"

static void map(uint64_t flags)
{
    pt[PAGE] = PAGE * 4096ul | flags;
    asm volatile("invlpg (%0)" :: "r"(PAGE_VA) : "memory");
}

static bool has(uint32_t leaf, unsigned reg, unsigned bit)
{
    uint32_t r[4];

    cpuid(leaf, 0, r);
    return r[reg] >> bit & 1;
}

static void pf_is(long err, const char *what)
{
    fault_is(14, err, 0, what);
    if (got.vec == 14 && (got.cr2 & ~0xffful) != PAGE_VA) {
        check_eq(got.cr2, PAGE_VA, "CR2");
    }
}
static void no_fault(const char *what)
{
    fault_is(-1, -1, 0, what);
}
static void user_ok(const char *what)
{
    fault_is(0x80, -1, 0, what);
}

#define READ "mov " PAGE_STR ", %%eax"
#define WRITE "movl $0x90c3c3c3, " PAGE_STR
#define RUN "mov $" PAGE_STR ", %%eax; call *%%rax"

/* SDM vol. 3, 4.6, 4.7 */
static void test_paging(void)
{
    *(volatile uint8_t *)(PAGE * 4096ul) = 0xc3;
    map(0);
    TRY(READ);
    pf_is(0, "read, not present");
    TRY(WRITE);
    pf_is(2, "write, not present");
    TRY_USER(READ);
    pf_is(4, "user read, not present");
    TRY_USER(WRITE);
    pf_is(6, "user write, not present");
    TRY_USER(RUN);
    pf_is(0x14, "user fetch, not present: I/D is reported with NXE");
    map(P);
    TRY(READ);
    no_fault("supervisor read");
    check(pt[PAGE] & 0x20, "4.8: accessed");
    TRY_USER(READ);
    pf_is(5, "user read of a supervisor page");
    TRY(WRITE);
    pf_is(3, "supervisor write of a read-only page with CR0.WP");
    check(!(pt[PAGE] & 0x40), "a refused write does not set dirty");
    write_cr0(read_cr0() & ~0x10000ul);
    TRY(WRITE);
    no_fault("without CR0.WP it is allowed");
    check(pt[PAGE] & 0x40, "4.8: dirty");
    TRY_USER(WRITE);
    pf_is(7, "for the supervisor only");
    write_cr0(read_cr0() | 0x10000);
    TRY(WRITE);
    pf_is(3, "and WP again after it is set");
    *(volatile uint8_t *)(PAGE * 4096ul) = 0xc3;
    map(P | W | U | NX);
    TRY(RUN);
    pf_is(0x11, "fetch from a no-execute page");
    TRY_USER(RUN);
    pf_is(0x15, "user fetch from a no-execute page");
    map(P | W | U);
    TRY_USER(RUN);
    user_ok("user fetch from an executable page");
    map(P | U | 1ul << 51);
    TRY(READ);
    pf_is(9, "reserved address bits: RSVD");
    map(P | W | U);
    TRY("mov $0x8000000000000000, %%rax; mov (%%rax), %%eax");
    fault_is(13, 0, 0, "non-canonical data: #GP(0)");
    TRY("mov $0x8000000000000000, %%rax; jmp *%%rax");
    fault_is(13, 0, 0, "jump to non-canonical: #GP(0)");
}

static void test_smep_smap(void)
{
    unsigned long cr4 = read_cr4();

    if (!check(has(7, 1, 7) && has(7, 1, 20) && has(7, 2, 2), "the CPU has SMEP, SMAP and UMIP")) {
        return;
    }
    /* our own code and data must be supervisor pages from here on: the identity map is U */
    pd[0] &= ~4ul;
    map(P | W | U);
    write_cr4(cr4 | 1 << 20);
    TRY(RUN);
    pf_is(0x11, "SMEP: supervisor fetch from a user page");
    write_cr4(cr4 | 1 << 21);
    TRY(READ);
    pf_is(1, "SMAP: supervisor read of a user page");
    TRY(WRITE);
    pf_is(3, "SMAP: write");
    TRY("stac; " READ "; " WRITE "; clac");
    no_fault("with AC set it is allowed");
    TRY("stac; clac; " READ);
    pf_is(1, "and not after CLAC");
    TRY("pushq $0x40002; popfq; " READ);
    no_fault("AC through POPF");
    write_cr4(cr4);
    pd[0] |= 4;
    write_cr3(read_cr3());
    TRY_USER("stac");
    fault_is(6, -1, 0, "STAC at CPL 3: #UD");
    write_cr4(cr4 | 1 << 11);
    TRY_USER("sgdt -64(%%rsp)");
    fault_is(13, 0, 0, "UMIP: SGDT at CPL 3");
    TRY_USER("str %%eax");
    fault_is(13, 0, 0, "UMIP: STR");
    TRY_USER("smsw %%eax");
    fault_is(13, 0, 0, "UMIP: SMSW");
    TRY("sldt %%eax; smsw %%eax");
    no_fault("UMIP leaves CPL 0 alone");
    write_cr4(cr4);
    TRY_USER("sgdt -64(%%rsp); sidt -64(%%rsp); str %%eax; sldt %%eax; smsw %%eax");
    user_ok("without UMIP");
}

/* 6.14.5, 6.15 */
static void test_ist(void)
{
    tss.ist[0] = (uint64_t)ist1_top;
    set_gate(6, default_gate(6), 14, 0, 1);
    TRY("ud2");
    check_eq(got.handler_sp, (unsigned long)ist1_top - sizeof(Frame) + 32, "IST 1: its stack, also without a change of privilege");
    check(got.sp == resume_sp && got.ss == KDS, "SS:RSP are pushed always");
    tss.ist[0] = (uint64_t)ist1_top + 8;
    TRY("ud2");
    check_eq(got.handler_sp, (unsigned long)ist1_top - sizeof(Frame) + 32, "6.14.2: the frame is aligned to 16 bytes");
    set_gate(6, default_gate(6), 14, 0, 0);
    idt[14 * 2] &= ~(1ull << 47);
    map(0);
    TRY(READ);
    fault_is(8, 0, 0, "#NP delivering #PF: double fault");
    set_gate(14, default_gate(14), 14, 0, 0);
    idt[0] &= ~(1ull << 47);
    TRY("xor %%ecx, %%ecx; div %%ecx");
    fault_is(8, 0, 0, "#NP delivering #DE: double fault");
    set_gate(0, default_gate(0), 14, 0, 0);
    idt[6 * 2] &= ~(1ull << 47);
    TRY("ud2");
    fault_is(11, 6 * 8 + 3, 0, "#NP delivering #UD: serial");
    set_gate(6, default_gate(6), 14, 0, 0);
    /* the stack itself is gone: #PF pushing, again for the #PF, #DF on a good stack */
    set_gate(8, default_gate(8), 14, 0, 1);
    tss.ist[0] = (uint64_t)ist1_top;
    TRY("mov $" PAGE_STR " + 128, %%rsp; ud2");
    fault_is(8, 0, 0, "#PF pushing a #PF's frame: double fault through the IST");
    check_eq(got.sp, PAGE_VA + 128, "RSP of the loser is kept");
    set_gate(8, default_gate(8), 14, 0, 0);
    map(P | W | U);
    TRY("int $0x81; nop");
    check_eq(got.vec, 0x81, "INT n");
    uint64_t old = idt[0x81 * 2];
    idt[0x81 * 2] = (old & ~0xffff0000ull) | (uint64_t)KCS32 << 16;
    TRY("int $0x81");
    fault_is(13, KCS32, 0, "a gate to 32-bit code: #GP(its selector)");
    idt[0x81 * 2] = old;
    idt[0x81 * 2 + 1] = 0x00800000;
    TRY("int $0x81");
    fault_is(13, 0, 0, "a gate to a non-canonical offset: #GP(0)");
    idt[0x81 * 2 + 1] = 0;
}

/* ---- compatibility mode and system calls ---- */

volatile uint64_t sc_flags, sc_cs, sc_ss, sc_rcx, sc_r11, sc_rsp;
asm("syscall_entry: mov %rcx, sc_rcx; mov %r11, sc_r11; mov %cs, sc_cs; mov %ss, sc_ss; mov %rsp, sc_rsp\n"
    "   pushfq; popq sc_flags; cmpb $0, sysret32; jne 1f; sysretq; 1: sysretl");
asm("sysenter_entry: mov %rsp, sc_rsp; mov %cs, sc_cs; pushfq; popq sc_flags; cmpb $0, sysret32; jne 1f; sysexitq\n"
    "1: sysexit");
uint8_t sysret32;
extern char syscall_entry[], sysenter_entry[], kernel_stack0_top[];

/* Code32 runs at CPL 3 in compatibility mode; INT 80h ends it. */
#define TRY_COMPAT(insn) do { \
        got.vec = -1; \
        asm volatile(SAVE_RESUME "pushq $0x23; pushq $user_stack_top; pushq $0x202; pushq $0x1b; pushq $2f; iretq;" \
                     ".code32; 2: mov $0x23, %%eax; mov %%eax, %%ds; " insn "; int $0x80; .code64; 1:" RESTORE_SP \
                     ::: TRY_CLOBBERS); \
    } while (0)

static void test_syscalls(void)
{
    wrmsr(0xc0000081, (uint64_t)(UCS32 << 16 | KCS) << 32);
    wrmsr(0xc0000082, (uint64_t)syscall_entry);
    wrmsr(0xc0000084, 0x200 | 0x400);
    TRY_USER("mov %%rsp, %%rbx; std; stc; syscall; 3: pushfq; pop %%rdx; cld; mov %%rdx, scratch; cmp %%rsp, %%rbx");
    user_ok("SYSCALL and SYSRETQ");
    check_eq(sc_cs, KCS, "CS from STAR[47:32]");
    check_eq(sc_ss, KDS, "SS is CS + 8");
    check_eq(sc_flags & 0x601, 1, "FMASK clears IF and DF");
    check_eq(sc_r11 & 0x601, 0x601, "R11 has the flags before");
    check_eq(scratch & 0x601, 0x601, "and SYSRET restores them");
    check_eq(got.cs, UCS, "64-bit: CS from STAR[63:48] + 16");
    check_eq(got.ss, UDS, "SS + 8");
    sysret32 = 1;
    TRY_USER("syscall; .code32; dec %%eax; nop; int $0x80; .code64");
    user_ok("SYSRETL goes to compatibility mode");
    check_eq(got.cs, UCS32, "CS from STAR[63:48]");
    sysret32 = 0;
    TRY("mov $0x8000000000000000, %%rcx; sysretq");
    fault_is(13, 0, 0, "SYSRET to non-canonical: #GP at CPL 0");
    check_eq(got.cs, KCS, "with the kernel's CS");
    TRY_USER("sysretq");
    fault_is(13, 0, 0, "SYSRET is privileged");
    wrmsr(0xc0000080, rdmsr(0xc0000080) & ~1ull);
    TRY_USER("syscall");
    fault_is(6, -1, 0, "without EFER.SCE: #UD");
    wrmsr(0xc0000080, rdmsr(0xc0000080) | 1);
}

static void test_sysenter(void)
{
    wrmsr(0x174, KCS);
    wrmsr(0x175, (uint64_t)kernel_stack0_top);
    wrmsr(0x176, (uint64_t)sysenter_entry);
    /* SYSEXIT wants CS + 32 for 64-bit code: selector 28h */
    TRY_USER("mov %%rsp, %%rcx; lea 3f(%%rip), %%rdx; sysenter; 3: nop");
    user_ok("SYSENTER and SYSEXIT in 64-bit mode");
    check_eq(got.cs, 0x2b, "CS is SYSENTER_CS + 32");
    check_eq(got.ss, 0x33, "SS is SYSENTER_CS + 40");
    check_eq(sc_rsp, (unsigned long)kernel_stack0_top, "RSP from the MSR");
    check(!(sc_flags & 0x200), "IF is clear");
    sysret32 = 1;
    TRY_COMPAT("mov %%esp, %%ecx; mov $3f, %%edx; sysenter; 3: nop");
    user_ok("from compatibility mode and back");
    check_eq(got.cs, 0x1b, "CS is SYSENTER_CS + 16");
    sysret32 = 0;
}

static void test_compat(void)
{
    TRY_COMPAT("mov $-1, %%eax; .byte 0x40; .byte 0x40; mov %%eax, scratch");
    user_ok("compatibility mode at CPL 3");
    check_eq(scratch, 1, "40h is INC there");
    check_eq(got.cs, UCS32, "its CS");
    TRY_COMPAT("ljmp $0x2b, $3f; .code64; 3: mov $1, %%eax; .byte 0x48; .byte 0xff; .byte 0xc0; mov %%rax, scratch;"
               "int $0x80; .code32");
    check_eq(scratch, 2, "far jump to 64-bit code: 48h is REX.W");
    check_eq(got.cs, UCS, "64-bit CS");
    TRY_COMPAT("pushl $0x2b; pushl $3f; lret; .code64; 3: nop; int $0x80; .code32");
    check_eq(got.cs, UCS, "far return likewise");
    TRY_COMPAT("mov $0x8000, %%eax; .byte 0x67, 0x8b, 0x07");
    check(got.vec == 0x80 || got.vec == 14, "16-bit addressing works");
}

/* leave long mode altogether and come back: 9.8.5.1, 9.8.5.4 */
volatile uint64_t legacy_seen, legacy_efer;
asm("legacy: push %rbx; push %rbp; mov %rsp, legacy_seen; push $0x30; push $3f; lretq; .code32\n"
    "3: mov $0x10, %eax; mov %eax, %ss; mov %cr0, %eax; and $0x7fffffff, %eax; mov %eax, %cr0\n"
    "   mov $0xc0000080, %ecx; rdmsr; mov %eax, legacy_efer; and $0xfffffeff, %eax; wrmsr\n"
    "   mov $-1, %eax; inc %eax; jnz 4f\n"
    "   or $0x100, %eax; mov $0xc0000080, %ecx; rdmsr; or $0x100, %eax; wrmsr\n"
    "   mov %cr4, %eax; or $0x20, %eax; mov %eax, %cr4; mov $pml4, %eax; mov %eax, %cr3\n"
    "   mov %cr0, %eax; or $0x80000000, %eax; mov %eax, %cr0\n"
    "4: ljmp $8, $5f; .code64; 5: mov legacy_seen, %rsp; pop %rbp; pop %rbx; ret");
void legacy(void);

static void test_long_mode(void)
{
    legacy();
    check_eq(legacy_efer & 0x500, 0x100, "LMA goes with paging, LME stays");
    check_eq(rdmsr(0xc0000080) & 0x500, 0x500, "and comes back");
    TRY("mov %%cr0, %%rax; btr $31, %%rax; mov %%rax, %%cr0");
    fault_is(13, 0, 0, "clearing PG in 64-bit mode: #GP");
    TRY("mov %%cr4, %%rax; btr $5, %%rax; mov %%rax, %%cr4");
    fault_is(13, 0, 0, "clearing PAE in long mode: #GP");
    TRY("mov $0xc0000080, %%ecx; rdmsr; btr $8, %%eax; wrmsr");
    fault_is(13, 0, 0, "changing LME with paging: #GP");
    TRY("mov %%cr0, %%rax; btr $0, %%rax; mov %%rax, %%cr0");
    fault_is(13, 0, 0, "PG without PE: #GP");
    TRY("mov $1, %%eax; shl $60, %%rax; mov %%rax, %%cr3");
    fault_is(13, 0, 0, "reserved bits of CR3: #GP");
    TRY("mov $16, %%eax; mov %%rax, %%cr8");
    fault_is(13, 0, 0, "reserved bits of CR8: #GP");
    TRY("mov %%cr1, %%rax");
    check_eq(got.vec, 6, "CR1: #UD");
    TRY("mov $0xc0000100, %%ecx; xor %%eax, %%eax; mov $0x80000000, %%edx; wrmsr");
    fault_is(13, 0, 0, "non-canonical FS base: #GP");
    TRY("mov $0x277, %%ecx; mov $2, %%eax; xor %%edx, %%edx; wrmsr");
    fault_is(13, 0, 0, "reserved PAT type: #GP");
    /* 15.3.2.1, 15.3.2.2 */
    TRY("mov $0x410, %%ecx; mov $0xfffffbff, %%eax; mov $-1, %%edx; wrmsr");
    no_fault("MC4_CTL takes any set of bits");
    check_eq(rdmsr(0x410), 0xfffffffffffffbff, "and keeps it");
    TRY("mov $0x401, %%ecx; xor %%eax, %%eax; xor %%edx, %%edx; wrmsr");
    no_fault("MC0_STATUS can be cleared");
    TRY("mov $0x401, %%ecx; mov $1, %%eax; xor %%edx, %%edx; wrmsr");
    fault_is(13, 0, 0, "and nothing else");
    TRY("xor %%ecx, %%ecx; rdpmc");
    check(got.vec == 13 || got.vec == -1, "RDPMC faults or counts");
    TRY_USER("rdpmc");
    fault_is(13, 0, 0, "RDPMC at CPL 3 without CR4.PCE: #GP");
    write_cr4(read_cr4() | 4);
    TRY_USER("rdtsc");
    fault_is(13, 0, 0, "RDTSC at CPL 3 with CR4.TSD: #GP");
    write_cr4(read_cr4() & ~4ul);
    TRY("push $0x4002; popfq; iretq");
    fault_is(13, 0, 0, "IRET with NT in long mode: #GP");
}

/* ---- SDM vol. 3, 17.2, 17.3 ---- */

uint32_t watched[4] __attribute__((aligned(16)));
static unsigned db_count;
static unsigned long db_ip[8], db_dr6[8];

static void on_db(Frame *f)
{
    if (db_count < 8) {
        db_ip[db_count] = f->ip;
        db_dr6[db_count] = read_dr6();
    }
    db_count++;
    write_dr6(0);
    f->flags |= 0x10000;        /* RF */
    if (db_count > 40) {
        f->flags &= ~0x100ul;
    }
}

#define STEPS(insn) do { \
        db_count = 0; \
        asm volatile("pushfq; orq $0x100, (%%rsp); popfq; " insn "; pushfq; andq $~0x100, (%%rsp); popfq" \
                     ::: TRY_CLOBBERS); \
        db_count -= 3; \
    } while (0)

static void test_debug(void)
{
    handlers[1] = on_db;
    STEPS("nop; nop; nop");
    check_eq(db_count, 3, "TF: a trap after every instruction");
    check_eq(db_dr6[0] & 0xe00f, 0x4000, "DR6.BS");
    STEPS("mov $3, %%ecx; mov $watch_src, %%esi; mov $watch_src, %%edi; rep movsb");
    check_eq(db_count, 6, "of every iteration of a repeated string instruction");
    STEPS("mov %%ss, %%eax; mov %%eax, %%ss; nop");
    check_eq(db_count, 2, "6.8.3: none between MOV SS and the next instruction");
    STEPS("push $0; pop %%rax; cpuid; rdtsc");
    check_eq(db_count, 4, "system instructions count too");
    write_dr0((unsigned long)&watched[1]);
    write_dr7(0x000d0001 | 1 << 8);         /* write, four bytes */
    db_count = 0;
    asm volatile("movl $1, watched + 4; 3: nop; movl $3b, %%eax; mov %%rax, mark" ::: "memory", "rax");
    check_eq(db_count, 1, "data breakpoint on a write");
    check_eq(db_ip[0], mark, "a trap: at the next instruction");
    check_eq(db_dr6[0] & 0xe00f, 1, "DR6.B0");
    check_eq(watched[1], 1, "after the write is done");
    db_count = 0;
    asm volatile("mov watched + 4, %%eax; movl $1, watched; movl $1, watched + 8" ::: "memory", "rax");
    check_eq(db_count, 0, "neither reads nor its neighbours");
    asm volatile("movq $1, watched; movb $1, watched + 7; incl watched + 4; lock incl watched + 4; push %%rax; pop watched + 4"
                 ::: "memory", "cc");
    check_eq(db_count, 5, "any overlap, read-modify-write, atomic, POP");
    db_count = 0;
    asm volatile("mov $watched, %%edi; mov $4, %%ecx; xor %%eax, %%eax; rep stosl" ::: "memory", "rax", "rcx", "rdi");
    check_eq(db_count, 1, "string stores");
    write_dr7(0x000f0001 | 1 << 8);
    db_count = 0;
    asm volatile("mov watched + 4, %%eax; movb $1, watched + 5; mov watched, %%eax" ::: "memory", "rax");
    check_eq(db_count, 2, "type 3: reads and writes");
    write_dr7(0x000f0000 | 1 << 8);
    db_count = 0;
    asm volatile("mov watched + 4, %%eax" ::: "memory", "rax");
    check_eq(db_count, 0, "disabled");
    asm volatile("lea 3f(%%rip), %%rax; mov %%rax, %%dr1; mov $0x408, %%eax; mov %%rax, %%dr7; nop; 3: nop; mov %%dr1, %%rax;"
                 "mov %%rax, mark; xor %%eax, %%eax; mov %%rax, %%dr7" ::: "memory", "rax");
    check_eq(db_count, 1, "instruction breakpoint, once with RF");
    check_eq(db_ip[0], mark, "before the instruction");
    check_eq(db_dr6[0] & 15, 2, "DR6.B1");
    /* 17.2.5: CR4.DE and type 2: ports */
    write_cr4(read_cr4() | 8);
    write_dr0(0x80);
    write_dr7(0x00020501);
    db_count = 0;
    asm volatile("outb %%al, $0x80; 3: outb %%al, $0x81; movq $3b, mark" ::: "memory");
    check_eq(db_count, 1, "I/O breakpoint");
    check_eq(db_ip[0], mark, "a trap");
    write_dr7(0x400);
    write_cr4(read_cr4() & ~8ul);
    STEPS("mov $3, %%ecx; mov $watch_src, %%esi; mov $0x80, %%edx; rep outsb");
    check_eq(db_count, 6, "REP OUTS is stepped by iterations");
    handlers[1] = NULL;
    TRY("mov $0x2400, %%eax; mov %%rax, %%dr7; mov %%dr0, %%rax");
    fault_is(1, -1, 0, "DR7.GD: access to debug registers is #DB");
    check_eq(got.dr6 & 0x2000, 0x2000, "DR6.BD");
    check_eq(read_dr7() & 0x2000, 0, "which clears GD");
    TRY_USER("mov %%dr0, %%rax");
    fault_is(13, 0, 0, "debug registers are privileged");
    write_cr4(read_cr4() | 8);
    TRY("mov %%dr4, %%rax");
    fault_is(6, -1, 0, "DR4 with CR4.DE: #UD");
    write_cr4(read_cr4() & ~8ul);
    TRY("mov $1, %%eax; shl $32, %%rax; mov %%rax, %%dr7");
    fault_is(13, 0, 0, "upper half of DR7: #GP");
    TRY_USER("pushfq; orq $0x100, (%%rsp); popfq; mov $1, %%eax; nop");
    fault_is(1, -1, 0, "single step at CPL 3");
    /* INT n is not stepped into: the trap comes after the handler */
    TRY("pushfq; orq $0x100, (%%rsp); popfq; int $0x82");
    check_eq(got.vec, 0x82, "TF is clear in a handler");
    TRY(".byte 0xf1");
    fault_is(1, -1, 0, "INT1");
}
char watch_src[8];

/* SDM vol. 3, 4.10.4: after INVLPG, or a load of CR3, code runs from where its page is mapped now. */
static void test_remap(void)
{
    enum { FROM = PAGE + 1, TO = PAGE + 2, OTHER = PAGE + 3 };
    static const uint8_t jump[] = { 0xe9, 0xfb, 0x0f, 0, 0 };                   /* to the start of the next page */
    uint8_t *code = (uint8_t *)(FROM * 4096ul);
    int (*f)(void) = (int (*)(void))(WIN + FROM * 4096ul);

    for (int i = 0; i < 5; i++) {
        code[i] = jump[i];
    }
    for (int page = TO; page <= OTHER; page++) {
        *(volatile uint64_t *)(page * 4096ul) = 0xc300000000b8ul | (uint64_t)page << 8;    /* mov $page, %eax; ret */
    }
    for (int round = 0; round < 8; round++) {
        int page = round & 1 ? OTHER : TO, wrong = 0;

        pt[TO] = page * 4096ul | P | W;
        if (round & 2) {
            write_cr3(read_cr3());
        } else {
            asm volatile("invlpg (%0)" :: "r"(WIN + TO * 4096ul) : "memory");
        }
        for (int i = 0; i < 300; i++) {
            wrong += f() != page;
        }
        check_eq(wrong, 0, round & 2 ? "a jump to a page remapped by CR3" : "a jump to a page remapped by INVLPG");
    }
    pt[TO] = TO * 4096ul | P | W | U;
}

void guest_main(void)
{
    test_paging();
    test_remap();
    test_smep_smap();
    test_ist();
    test_syscalls();
    test_sysenter();
    test_compat();
    test_long_mode();
    test_debug();
}
