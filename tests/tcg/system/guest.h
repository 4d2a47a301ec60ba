/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bare-metal guests written in C share: printing TAP, trying an instruction that should fault, descriptors.
 *
 * A guest is a multiboot image: start32.S or start64.S enters guest_main() with interrupts off, a GDT and an IDT whose
 * handlers record what came in `got`. Text goes to port 0xe9, the number of failed checks to port 0xf4.
 *
 *      TRY(insn)       runs insn at CPL 0; got.vec is the vector it raised, or -1
 *      TRY_USER(insn)  the same at CPL 3; got.vec is 0x80 when nothing was raised
 *
 * Code in TRY may use every register except the stack pointer and frame pointer. fault_is() and friends then look at
 * `got`. A vector with a handler in `handlers` is not recorded: its interrupted code goes on when it returns.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KCS 0x08
#define KDS 0x10
#define UDS 0x23
#ifdef __x86_64__
#define UCS 0x2b        /* SYSRET wants data below code */
#define UCS32 0x1b
#define KCS32 0x30
#define TSS_SEL 0x38    /* two slots */
#define FREE_SEL 0x48   /* first selector for the test itself */
#else
#define UCS 0x1b
#define TSS_SEL 0x28
#define FREE_SEL 0x30
#endif
#define GDT_ENTRIES 64

typedef struct Frame {
#ifdef __x86_64__
    unsigned long r15, r14, r13, r12, r11, r10, r9, r8;
#endif
    unsigned long di, si, bp, bx, dx, cx, ax;
    unsigned long vec, err, ip, cs, flags, sp, ss;      /* sp, ss: 32-bit only when the privilege changed */
    unsigned long es, ds, fs, gs;                       /* out of virtual-8086 mode only */
} Frame;

typedef struct Got {
    long vec;
    unsigned long err, ip, cs, flags, sp, ss, es, ds, fs, gs, cr2, dr6, handler_sp;
} Got;

typedef void Handler(Frame *f);

extern Got got;
extern Handler *handlers[256];
extern uint64_t gdt[GDT_ENTRIES];
extern unsigned long resume_ip, resume_sp, resume_bp;
extern char user_stack_top[], kernel_stack0_top[];
extern unsigned failures, checks;
extern unsigned print_port;          /* 0x3f8: the serial port */

void guest_main(void);

/* ---- lib.c ---- */
void print(const char *s);
void print_hex(unsigned long v);
bool check(bool ok, const char *what);
bool check_eq(unsigned long have, unsigned long want, const char *what);
void finish(void) __attribute__((noreturn));
/* The last TRY raised @vec with @err (-1: any) at @ip (0: any). */
bool fault_is(long vec, long err, unsigned long ip, const char *what);
void set_gate(unsigned vec, void *handler, unsigned type, unsigned dpl, unsigned ist);
void *default_gate(unsigned vec);
void set_desc(unsigned selector, unsigned long base, uint32_t limit, unsigned access, unsigned flags);

/* ---- ports, registers ---- */
static inline void outb(unsigned port, uint8_t v) { asm volatile("outb %0, %w1" :: "a"(v), "d"(port)); }
static inline void outl(unsigned port, uint32_t v) { asm volatile("outl %0, %w1" :: "a"(v), "d"(port)); }
static inline uint8_t inb(unsigned port) { uint8_t v; asm volatile("inb %w1, %0" : "=a"(v) : "d"(port)); return v; }
static inline uint32_t inl(unsigned port) { uint32_t v; asm volatile("inl %w1, %0" : "=a"(v) : "d"(port)); return v; }

#define CONTROL_REG(name) \
    static inline unsigned long read_##name(void) \
    { unsigned long v; asm volatile("mov %%" #name ", %0" : "=r"(v)); return v; } \
    static inline void write_##name(unsigned long v) { asm volatile("mov %0, %%" #name :: "r"(v) : "memory"); }
CONTROL_REG(cr0) CONTROL_REG(cr2) CONTROL_REG(cr3) CONTROL_REG(cr4)
CONTROL_REG(dr0) CONTROL_REG(dr1) CONTROL_REG(dr2) CONTROL_REG(dr3) CONTROL_REG(dr6) CONTROL_REG(dr7)

static inline uint64_t rdmsr(uint32_t i)
{
    uint32_t lo, hi;

    asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(i));
    return lo | (uint64_t)hi << 32;
}
static inline void wrmsr(uint32_t i, uint64_t v)
{
    asm volatile("wrmsr" :: "c"(i), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}
static inline uint64_t rdtsc(void)
{
    uint32_t lo, hi;

    asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return lo | (uint64_t)hi << 32;
}
static inline void cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    asm volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(sub));
}
static inline void irqs_on(void) { asm volatile("sti; nop" ::: "memory"); }
static inline void irqs_off(void) { asm volatile("cli" ::: "memory"); }

#ifdef __x86_64__
#define SAVE_RESUME "movq $1f, resume_ip; mov %%rsp, resume_sp; mov %%rbp, resume_bp;"
#define RESTORE_SP "mov resume_sp, %%rsp;"
#define TRY_CLOBBERS "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", \
                     "memory", "cc"
#define ENTER_USER "pushq $0x23; pushq $user_stack_top; pushq $0x3202; pushq $0x2b; pushq $2f; iretq; 2:"
#else
#define SAVE_RESUME "movl $1f, resume_ip; mov %%esp, resume_sp; mov %%ebp, resume_bp;"
#define RESTORE_SP "mov resume_sp, %%esp;"
#define TRY_CLOBBERS "eax", "ebx", "ecx", "edx", "esi", "edi", "memory", "cc"
#define ENTER_USER "push $0x23; push $user_stack_top; push user_flags; push $0x1b; push $2f; iretl;" \
                   "2: mov $0x23, %%eax; mov %%eax, %%ds; mov %%eax, %%es;"
extern unsigned long user_flags;
#endif
#define TRY(insn) do { \
        got.vec = -1; \
        asm volatile(SAVE_RESUME "7: " insn "; 1:" RESTORE_SP ::: TRY_CLOBBERS); \
    } while (0)
#define TRY_USER(insn) do { \
        got.vec = -1; \
        asm volatile(SAVE_RESUME ENTER_USER "7: " insn "; 8: int $0x80; 1:" ::: TRY_CLOBBERS); \
    } while (0)
/* For tests that need the address of a point inside insn: "mark: movl $3f, mark" style code writes to this. */
extern unsigned long mark, scratch;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
