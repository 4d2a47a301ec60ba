// SPDX-License-Identifier: GPL-2.0-or-later
/* 32-bit protected mode without paging: gates, privilege, virtual-8086 mode, I/O permission, SYSENTER, SMM. */
#include "guest.h"

enum {
    CG32 = FREE_SEL, CG16 = CG32 + 8, NPDATA = CG16 + 8, NPCODE = NPDATA + 8, CONF = NPCODE + 8, RODATA = CONF + 8,
    CGNP = RODATA + 8, XOCODE = CGNP + 8, CS16 = XOCODE + 8, DOWN = CS16 + 8, SMALL = DOWN + 8, NPGATE = SMALL + 8,
};

typedef struct Tss32 {
    uint32_t link, esp0, ss0, rest[22];
    uint16_t trap, iomap;
    uint8_t bitmap[8196];
} Tss32;
extern Tss32 tss;

volatile uint32_t arg0, arg1, gate_cs, gate_sp, gate_ss, user_sp;

static void call_gate(unsigned selector, void *target, unsigned cs, unsigned type, unsigned access, unsigned params)
{
    uint32_t a = (uint32_t)target;

    gdt[selector / 8] = (a & 0xffff) | cs << 16 | (uint64_t)(params | (access | type) << 8 | (a & 0xffff0000)) << 32;
}

/* Behind the 32-bit gate with two parameters: ret eip, cs, p0, p1, esp, ss */
asm("gate32: mov 8(%esp), %eax; mov %eax, %ss:arg0; mov 12(%esp), %eax; mov %eax, %ss:arg1; mov %cs, %eax; mov %eax, %ss:gate_cs\n"
    "   mov %esp, %ss:gate_sp; mov %ss, %eax; mov %eax, %ss:gate_ss; lret $8");
asm("gate16: mov 4(%esp), %ax; mov %eax, %ss:arg0; mov %esp, %ss:gate_sp; lretw $2");
asm("conforming: mov %cs, %eax; mov %eax, %ss:gate_cs; lret");
extern char gate32[], gate16[], conforming[], kernel_stack0_top[];

/* SDM vol. 3, 5.8.3 - 5.8.5: call gates and stack switching */
static void test_call_gates(void)
{
    call_gate(CG32, gate32, KCS, 12, 0xe0, 2);
    TRY_USER("mov %%esp, user_sp; push $0x222; push $0x111; lcall $0x33, $0; sub %%esp, user_sp");
    fault_is(0x80, 0, 0, "CALL through a gate to CPL 0 and back");
    check_eq(arg0, 0x111, "first parameter is copied");
    check_eq(arg1, 0x222, "second parameter is copied");
    check_eq(gate_cs, KCS, "CPL 0 behind the gate");
    check_eq(gate_ss, KDS, "its stack from the TSS");
    check_eq(gate_sp, (uint32_t)kernel_stack0_top - 24, "six words on it");
    check_eq(user_sp, 0, "RET n releases the parameters on both stacks");
    arg0 = 0;
    TRY("push $0x44; push $0x55; lcall $0x30, $0");
    check_eq(arg0, 0x55, "without a change of privilege nothing is copied: the parameters stay behind CS");
    TRY_USER("lcall $0x30, $0");
    fault_is(0x80, 0, 0, "RPL may be lower than CPL as long as the gate's DPL allows");
    call_gate(CG32, gate32, KCS, 12, 0x80, 0);
    TRY_USER("lcall $0x30, $0");
    fault_is(13, CG32, 0, "gate of DPL 0 from CPL 3: #GP(gate)");
    call_gate(CG32, gate32, KCS, 12, 0xe0, 0);
    TRY_USER("ljmp $0x33, $0");
    fault_is(13, KCS, 0, "JMP through a gate to more privilege: #GP(code segment)");
    call_gate(CGNP, gate32, KCS, 12, 0x60, 0);
    TRY("lcall $0x60, $0");
    fault_is(11, CGNP, 0, "gate not present: #NP(gate)");
    set_desc(NPCODE, 0, 0xfffff, 0x1b, 0xc);
    call_gate(CG32, gate32, NPCODE, 12, 0xe0, 0);
    TRY("lcall $0x30, $0");
    fault_is(11, NPCODE, 0, "its code segment not present: #NP(code segment)");
    call_gate(CG32, gate32, 0, 12, 0xe0, 0);
    TRY("lcall $0x30, $0");
    fault_is(13, 0, 0, "null code segment in the gate: #GP(0)");
    set_desc(CONF, 0, 0xfffff, 0x9f, 0xc);
    call_gate(CG32, conforming, CONF, 12, 0xe0, 0);
    TRY_USER("lcall $0x33, $0");
    check_eq(gate_cs, CONF | 3, "conforming code keeps the caller's privilege");
}

static void test_gate16(void)
{
    static uint8_t code[32] __attribute__((aligned(16)));

    for (unsigned i = 0; i < sizeof(code); i++) {
        code[i] = gate16[i];
    }
    /* a 16-bit gate has 16-bit offsets: a segment that starts at the code */
    set_desc(CS16, (uint32_t)code, 0xffff, 0x9b, 4);
    call_gate(CG16, NULL, CS16, 4, 0xe0, 1);
    arg0 = 0;
    TRY_USER("pushw $0x1616; lcall $0x3b, $0");
    check_eq(arg0 & 0xffff, 0x1616, "16-bit gate: word parameters");
    check_eq(gate_sp, (uint32_t)kernel_stack0_top - 10, "and a frame of words");
}

/* 5.4 - 5.7 and 6.13: what loads refuse, with which code */
static void test_segments(void)
{
    set_desc(NPDATA, 0, 0xfffff, 0x13, 0xc);
    set_desc(RODATA, 0, 0xfffff, 0x91, 0xc);
    set_desc(XOCODE, 0, 0xfffff, 0x99, 0xc);
    TRY("mov $0x40, %%eax; mov %%eax, %%ds");
    fault_is(11, NPDATA, 0, "data segment not present: #NP");
    TRY("mov $0x40, %%eax; mov %%eax, %%ss");
    fault_is(12, NPDATA, 0, "stack segment not present: #SS");
    TRY("mov $0x58, %%eax; mov %%eax, %%ss");
    fault_is(13, RODATA, 0, "read-only stack segment: #GP");
    TRY("xor %%eax, %%eax; mov %%eax, %%ss");
    fault_is(13, 0, 0, "null stack segment: #GP(0)");
    TRY("mov $0x68, %%eax; mov %%eax, %%es");
    fault_is(13, XOCODE, 0, "execute-only code as data: #GP");
    TRY("mov $0x28, %%eax; mov %%eax, %%es");
    fault_is(13, TSS_SEL, 0, "a TSS as data: #GP");
    TRY("mov $0x44, %%eax; mov %%eax, %%es");
    fault_is(13, 0x44, 0, "LDT selector without an LDT: #GP with TI");
    TRY_USER("mov $0x10, %%eax; mov %%eax, %%es");
    fault_is(13, KDS, 0, "kernel data from CPL 3: #GP");
    TRY("ljmp $0x48, $0");
    fault_is(11, NPCODE, 0, "JMP to code not present: #NP");
    TRY("ljmp $0x10, $0");
    fault_is(13, KDS, 0, "JMP to data: #GP");
    TRY("ljmp $0x18, $0");
    fault_is(13, 0x18, 0, "JMP to code of another privilege: #GP");
    TRY("ljmp $0, $0");
    fault_is(13, 0, 0, "JMP to null: #GP(0)");
    TRY("push $0x10; push $0; lret");
    fault_is(13, KDS, 0, "RET to data: #GP");
    TRY_USER("push $8; push $0; lret");
    fault_is(13, KCS, 0, "RET to more privilege: #GP");
    TRY("push $0x1230; push $0x1b; push $0; push $2; pop 4(%%esp); push $0x202; push $0x1b; push $0; iretl");
    check(got.vec == 13, "IRET to CPL 3 with a bad stack: #GP");
    TRY("int $0x30");
    check_eq(got.vec, 0x30, "INT at CPL 0 uses any gate");
    TRY_USER("int $0x30");
    fault_is(13, 0x30 * 8 + 2, 0, "INT through a gate of DPL 0 from CPL 3: #GP with IDT set, EXT clear");
    extern uint64_t idt[];
    idt[0x30] &= ~(1ull << 47);
    TRY("int $0x30");
    fault_is(11, 0x30 * 8 + 2, 0, "gate not present: #NP likewise");
    set_gate(0x30, default_gate(0x30), 14, 0, 0);
    idt[6] &= ~(1ull << 47);
    TRY("ud2");
    fault_is(11, 6 * 8 + 3, 0, "an exception's gate not present: #NP with EXT set");
    idt[11] &= ~(1ull << 47);
    TRY("ud2");
    fault_is(8, 0, 0, "table 6-5: #NP delivering #NP is a double fault");
    set_gate(6, default_gate(6), 14, 0, 0);
    set_gate(11, default_gate(11), 14, 0, 0);
    set_gate(0x30, default_gate(0x30), 15, 0, 0);
    TRY("sti; int $0x30");
    check_eq(got.flags & 0x200, 0x200, "a trap gate");
    set_gate(0x30, default_gate(0x30), 14, 0, 0);
    TRY("into");
    check_eq(got.vec, -1, "INTO without overflow");
    TRY("mov $0x7f, %%al; add $1, %%al; into");
    check_eq(got.vec, 4, "INTO with it");
    TRY("push $9; push $5; mov $10, %%eax; bound %%eax, (%%esp)");
    check_eq(got.vec, 5, "BOUND");
}

/* ---- virtual-8086 mode: SDM vol. 3, 20.2, 20.3 ---- */

extern uint32_t vm_flags;
uint32_t vm_flags;
/* Enter at 0x800:0 with a stack at 0x900:0x100; the code there was copied by vm86(). */
asm("vm86_enter: movl $vm86_done, resume_ip; mov %esp, resume_sp; mov %ebp, resume_bp; push $0x4444; push $0x3333\n"
    "   push $0x2222; push $0x1111; push $0x900; push $0x100; push vm_flags; push $0x800; push $0; iretl\n"
    "vm86_done: ret");
void vm86_enter(void);

static void vm86(const uint8_t *code, unsigned len, unsigned iopl)
{
    uint8_t *to = (uint8_t *)0x8000;

    for (unsigned i = 0; i < len; i++) {
        to[i] = code[i];
    }
    to[len] = 0xcc;             /* INT3: the gate has DPL 3 */
    vm_flags = 0x20202 | iopl << 12;
    got.vec = -1;
    asm volatile("call vm86_enter" ::: TRY_CLOBBERS);
}
#define VM86(iopl, ...) do { static const uint8_t c[] = { __VA_ARGS__ }; vm86(c, sizeof(c), iopl); } while (0)

static void test_vm86(void)
{
    VM86(0, 0x90);
    check_eq(got.vec, 3, "virtual-8086 mode: INT3 leaves it");
    check_eq(got.ip, 2, "IP on the inner stack");
    check_eq(got.cs, 0x800, "CS");
    check_eq(got.sp, 0x100, "SP");
    check_eq(got.ss, 0x900, "SS");
    check_eq(got.es, 0x1111, "ES");
    check_eq(got.ds, 0x2222, "DS");
    check_eq(got.fs, 0x3333, "FS");
    check_eq(got.gs, 0x4444, "GS");
    check(got.flags & 0x20000, "VM in the flags pushed");
    VM86(0, 0xcd, 0x80);
    fault_is(13, 0, 0, "INT n with IOPL below 3: #GP(0)");
    check_eq(got.ip, 0, "at the INT");
    VM86(3, 0xcd, 0x80);
    fault_is(0x80, -1, 2, "INT n with IOPL 3 goes through the IDT");
    VM86(3, 0xcd, 0x30);
    fault_is(13, 0x30 * 8 + 2, 0, "whose gate's DPL counts");
    VM86(0, 0xfa);
    fault_is(13, 0, 0, "CLI with IOPL 0: #GP");
    VM86(0, 0x9c);
    fault_is(13, 0, 0, "PUSHF");
    VM86(0, 0x9d);
    fault_is(13, 0, 0, "POPF");
    VM86(0, 0xcf);
    fault_is(13, 0, 0, "IRET");
    VM86(3, 0xfa, 0x9c, 0x58, 0x9d);
    check_eq(got.vec, 3, "all allowed with IOPL 3");
    VM86(3, 0xf4);
    fault_is(13, 0, 0, "HLT is privileged: CPL is 3");
    VM86(3, 0x0f, 0x00, 0xc8);
    check_eq(got.vec, 6, "STR is not recognised: #UD");
    VM86(0, 0xb8, 0x00, 0x08, 0x8e, 0xd8, 0xc7, 0x06, 0x00, 0x01, 0x34, 0x12);
    check_eq(*(uint16_t *)0x8100, 0x1234, "segments are paragraphs");
    VM86(3, 0x9c, 0x0e, 0x68, 0x08, 0x00, 0xcf, 0x90, 0x90, 0xb8, 0x55, 0xaa, 0xa3, 0x02, 0x01);
    check_eq(got.vec, 3, "IRET inside virtual-8086 mode");
    check_eq(got.ip, 0xf, "to where it says");
    VM86(0, 0x9a, 0x06, 0x00, 0x00, 0x08, 0xcc, 0xcb);
    check_eq(got.ip, 6, "far CALL and RET");
    tss.iomap = 104;
    tss.bitmap[0x80 / 8] = 0xfe;
    VM86(3, 0xe4, 0x80);
    check_eq(got.vec, 3, "19.5.2: IN of a port whose bit is clear");
    VM86(3, 0xe4, 0x81);
    fault_is(13, 0, 0, "of one whose bit is set, with IOPL 3: #GP");
}

/* SDM vol. 1, 19.5 */
static void test_io(void)
{
    tss.bitmap[0x80 / 8] = 0xfe;
    TRY_USER("inb $0x80, %%al");
    check_eq(got.vec, 0x80, "IN at CPL 3, bit clear");
    TRY_USER("inw $0x80, %%ax");
    fault_is(13, 0, 0, "a word needs both bits");
    TRY_USER("mov $0x81, %%edx; outb %%al, %%dx");
    fault_is(13, 0, 0, "bit set: #GP");
    user_flags = 0x3202;
    TRY_USER("mov $0x81, %%edx; outb %%al, %%dx");
    check_eq(got.vec, 0x80, "IOPL 3 needs no bits");
    TRY_USER("cli; sti");
    check_eq(got.vec, 0x80, "and allows CLI");
    user_flags = 0x202;
    tss.bitmap[0x80 / 8] = 0x7f;
    tss.bitmap[0x88 / 8] = 0xfe;
    TRY_USER("mov $0x87, %%edx; inw %%dx, %%ax");
    check_eq(got.vec, 0x80, "a word over two bytes of the map");
    tss.iomap = 0xffff;
    TRY_USER("inb $0x80, %%al");
    fault_is(13, 0, 0, "a map beyond the limit allows nothing");
    tss.iomap = 104;
    tss.bitmap[0x80 / 8] = tss.bitmap[0x88 / 8] = 0xff;
}

static void test_string_io(void)
{
    static uint8_t out[4] = { 0x11, 0x22, 0x33, 0xfb }, in[6];
    uint32_t c = 4, s = (uint32_t)out, d = (uint32_t)in;

    asm volatile("cld; rep outsb" : "+c"(c), "+S"(s) : "d"(0x21) : "memory");
    check_eq(c, 0, "REP OUTS uses the count up");
    check_eq(s, (uint32_t)out + 4, "and moves ESI");
    check_eq(inb(0x21), 0xfb, "the port got the last byte last");
    c = 3;
    asm volatile("rep insb" : "+c"(c), "+D"(d) : "d"(0x21) : "memory");
    check(in[0] == 0xfb && in[2] == 0xfb && !in[3] && d == (uint32_t)in + 3, "REP INS");
    c = 2;
    d = (uint32_t)in + 5;
    asm volatile("std; rep insb; cld" : "+c"(c), "+D"(d) : "d"(0x21) : "memory");
    check(in[5] == 0xfb && in[4] == 0xfb && d == (uint32_t)in + 3, "INS downwards");
    outb(0x21, 0xff);
    TRY_USER("mov $0x21, %%edx; mov $scratch, %%esi; outsb");
    fault_is(13, 0, 0, "OUTS asks the permission map");
    TRY_USER("mov $0x21, %%edx; mov $scratch, %%edi; xor %%ecx, %%ecx; rep insb");
    check_eq(got.vec, 13, "also when the count is zero");
}

/* SDM vol. 2, SYSENTER and SYSEXIT */
volatile uint32_t se_cs, se_ss, se_flags;
asm("sysenter_entry: mov %cs, %eax; mov %eax, se_cs; mov %ss, %eax; mov %eax, se_ss; pushf; pop se_flags\n"
    "   sysexit");
extern char sysenter_entry[];

static void test_sysenter(void)
{
    wrmsr(0x174, 0);
    TRY("sysenter");
    fault_is(13, 0, 0, "SYSENTER with a null CS: #GP");
    wrmsr(0x174, KCS);
    wrmsr(0x175, (uint32_t)kernel_stack0_top);
    wrmsr(0x176, (uint32_t)sysenter_entry);
    TRY_USER("mov %%esp, %%ecx; mov $3f, %%edx; sysenter; 3:");
    fault_is(0x80, -1, 0, "SYSENTER and SYSEXIT");
    check_eq(got.cs, UCS, "back in CS + 16, RPL 3");
    check_eq(got.ss, UDS, "SS + 24");
    check_eq(se_cs, KCS, "CS inside");
    check_eq(se_ss, KDS, "SS inside");
    check(!(se_flags & 0x200), "IF is clear inside");
    TRY_USER("sysexit");
    fault_is(13, 0, 0, "SYSEXIT is privileged");
}

/* SDM vol. 3, 34.4, 34.10: SMI through the chipset's command port. The handler is at SMBASE + 8000h, in RAM. */
static void pci_write(unsigned dev, unsigned fn, unsigned reg, uint32_t v)
{
    outl(0xcf8, 0x80000000 | dev << 11 | fn << 8 | reg);
    outl(0xcfc, v);
}

static void test_smm(void)
{
    /* 16-bit, CS base 30000h: count, note that EAX survives, RSM */
    static const uint8_t code[] = {
        0x66, 0x50, 0x66, 0xb8, 0x78, 0x56, 0x34, 0x12, 0x2e, 0x66, 0xa3, 0x00, 0x01, 0x2e, 0x66, 0xff, 0x06, 0x04, 0x01,
        0x66, 0x58, 0x0f, 0xaa,
    };
    uint8_t *to = (uint8_t *)0x38000;
    uint32_t eax = 0xb2b2, bx, cs;

    for (unsigned i = 0; i < sizeof(code); i++) {
        to[i] = code[i];
    }
    *(uint32_t *)0x30100 = *(uint32_t *)0x30104 = 0;
    pci_write(1, 3, 0x58, 1 << 25);         /* PIIX4: APMC_EN */
    asm volatile("mov $0x7777, %%ebx; out %%al, $0xb2; nop; mov %%cs, %2" : "+a"(eax), "=&b"(bx), "=r"(cs) :: "memory");
    check_eq(*(uint32_t *)0x30104, 1, "SMI enters the handler at SMBASE + 8000h");
    check_eq(*(uint32_t *)0x30100, 0x12345678, "in 16-bit mode with 32-bit operands at hand");
    check_eq(eax, 0xb2b2, "RSM brings the registers back");
    check_eq(bx, 0x7777, "all of them");
    check_eq(cs, KCS, "and protected mode");
    TRY("rsm");
    check_eq(got.vec, 6, "RSM outside SMM: #UD");
}

void guest_main(void)
{
    test_call_gates();
    test_gate16();
    test_segments();
    test_vm86();
    test_io();
    test_string_io();
    test_sysenter();
    test_smm();
}
