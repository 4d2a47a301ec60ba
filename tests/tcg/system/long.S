/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bare-metal checks of long mode: exceptions and their error codes, privilege changes, SYSCALL, single step and
 * breakpoints, compatibility mode, the local APIC. Started as a multiboot image in flat 32-bit protected mode.
 * Result: a byte to port 0xf4, 0 when all is well, else the number of the check that failed. Text goes to port 0xe9.
 * The SDM section each check relies on stands beside it.
 */
#define KCS 0x08
#define KDS 0x10
#define UCS32 0x1b
#define UDS 0x23
#define UCS 0x2b
#define CS32 0x30
#define TSS 0x38

        .section .multiboot, "a"
        .align 4
        .long 0x1badb002, 0, -0x1badb002

        .bss
        .align 4096
pml4:   .skip 4096
pdpt:   .skip 4096
pd:     .skip 4096
pt:     .skip 4096
pages:  .skip 4096 * 4                  /* 0: user rw, 1: read-only, 2: no-execute, 3: not present */
        .skip 8192
stack:  .skip 8192
stack0: .skip 8192
istack: .skip 8192
ustack:
idt:    .skip 256 * 16
got_vec: .skip 8
got_err: .skip 8
got_rip: .skip 8
got_cs: .skip 8
got_fl: .skip 8
got_cr2: .skip 8
got_rsp: .skip 8
resume: .skip 8
irqs:   .skip 8

        .data
        .align 16
gdt:    .quad 0
        .quad 0x00af9b000000ffff        /* 08 kernel code 64 */
        .quad 0x00cf93000000ffff        /* 10 kernel data */
        .quad 0x00cffb000000ffff        /* 18 user code 32 */
        .quad 0x00cff3000000ffff        /* 20 user data */
        .quad 0x00affb000000ffff        /* 28 user code 64 */
        .quad 0x00cf9b000000ffff        /* 30 kernel code 32 */
tssd:   .quad 0, 0                      /* 38 */
        .quad 0x00cf73000000ffff        /* 48 not present data, DPL 3 */
gdtr:   .word . - gdt - 1
        .quad gdt
idtr:   .word 256 * 16 - 1
        .quad idt
        .align 16
tss:    .long 0
        .quad stack0, 0, 0
        .quad 0
        .quad istack, 0, 0, 0, 0, 0, 0
        .quad 0
        .word 0, 104
tss_end:

        .text
        .code32
        .globl _start
_start: cli
        mov $stack, %esp
        /* identity map of the first 2 MB by 4 kB pages, the APIC's page through a 2 MB one */
        mov $pt, %edi
        mov $0x003, %eax
        mov $512, %ecx
1:      mov %eax, (%edi)
        add $4096, %eax
        add $8, %edi
        loop 1b
        movl $pt + 7, pd
        movl $pd + 7, pdpt
        movl $pdpt + 7, pml4
        /* 3 GB .. 4 GB as one 1 GB page would need pdpe1gb: use the same page directory's second entry */
        movl $0xfee00000 + 0x83, pd + 8
        /* the special pages; all of low memory above stays supervisor */
        mov $pages, %eax
        shr $12, %eax
        lea pt(, %eax, 8), %edi
        orl $7, (%edi)
        movl $pages + 0x1000 + 1, 8(%edi)
        orl $0x80000000, 20(%edi)
        movl $0, 24(%edi)
        mov $pages, %edi
        /* user code lives with its stack in page 0..; copy it there */
        mov $user_code, %esi
        mov $user_end - user_code, %ecx
        rep movsb
        mov $0xc0000080, %ecx
        rdmsr
        or $0x901, %eax                 /* SCE, LME, NXE */
        wrmsr
        mov %cr4, %eax
        or $0x20, %eax
        mov %eax, %cr4
        mov $pml4, %eax
        mov %eax, %cr3
        mov %cr0, %eax
        or $0x80010000, %eax            /* PG, WP */
        mov %eax, %cr0
        lgdt gdtr
        ljmp $KCS, $start64

        .code64
/* Runs at CPL 3 from a copy at `pages`. */
user_code:
u_read: mov stack0, %eax
u_write: movl $1, stack0
u_cli:  cli
u_hlt:  hlt
u_int80: int $0x80
u_int21: int $0x21
u_syscall: syscall
u_after: int $0x80
user_end:

.macro vec n, has
        .align 16
        .if !\has
        push $0
        .endif
        push $\n
        jmp common
.endm
        .align 16
stubs:
        vec 0, 0; vec 1, 0; vec 2, 0; vec 3, 0; vec 4, 0; vec 5, 0; vec 6, 0; vec 7, 0
        vec 8, 1; vec 9, 0; vec 10, 1; vec 11, 1; vec 12, 1; vec 13, 1; vec 14, 1; vec 15, 0
        vec 16, 0; vec 17, 1; vec 18, 0; vec 19, 0; vec 20, 0; vec 21, 0; vec 22, 0; vec 23, 0
        vec 24, 0; vec 25, 0; vec 26, 0; vec 27, 0; vec 28, 0; vec 29, 0; vec 30, 0; vec 31, 0
        vec 128, 0; vec 33, 0
/* Record what came and go on at [resume], at CPL 0, on the main stack. */
common: push %rax
        mov 8(%rsp), %rax; mov %rax, got_vec
        mov 16(%rsp), %rax; mov %rax, got_err
        mov 24(%rsp), %rax; mov %rax, got_rip
        mov 32(%rsp), %rax; mov %rax, got_cs
        mov 40(%rsp), %rax; mov %rax, got_fl
        mov 48(%rsp), %rax; mov %rax, got_rsp
        mov %cr2, %rax; mov %rax, got_cr2
        pop %rax
        mov $stack, %rsp
        pushq $2
        popfq
        jmp *resume
irq:    incl irqs
        push %rax
        movl $0, 0x2000b0               /* EOI */
        pop %rax
        iretq

set_gate:                               /* edi vector, rsi handler, edx type and DPL byte, ecx IST */
        mov %edi, %eax
        shl $4, %eax
        movw %si, idt(%rax)
        movw $KCS, idt + 2(%rax)
        movb %cl, idt + 4(%rax)
        movb %dl, idt + 5(%rax)
        shr $16, %rsi
        movw %si, idt + 6(%rax)
        shr $16, %rsi
        movl %esi, idt + 8(%rax)
        ret

fail:   mov %ebx, %eax
        outb %al, $0xf4
1:      hlt
        jmp 1b

/* Try @insn: it must raise @vec with error code @err at its own address (or @at). */
.macro faults id, vec, err, insn:vararg
        mov $\id, %ebx
        movq $2f, resume
        movq $-1, got_vec
1:      \insn
        jmp fail
2:      cmpq $\vec, got_vec
        jne fail
        cmpq $\err, got_err
        jne fail
        cmpq $1b, got_rip
        jne fail
        cmpq $KCS, got_cs
        jne fail
.endm
.macro is id, what:vararg
        mov $\id, %ebx
        cmpq \what
        jne fail
.endm
/* Enter user mode at label @entry of the copied code; come back by a fault or INT to `2`. */
.macro user entry
        movq $2f, resume
        movq $-1, got_vec
        pushq $UDS
        pushq $pages + 4096 - 64
        pushq $0x202
        pushq $UCS
        pushq $pages + (\entry - user_code)
        iretq
2:
.endm

start64:
        mov $KDS, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        mov $stack, %rsp
        lidt idtr
        xor %r12d, %r12d
1:      mov %r12d, %edi
        mov %r12d, %esi
        shl $4, %esi
        add $stubs, %rsi
        mov $0x8e, %edx
        xor %ecx, %ecx
        call set_gate
        inc %r12d
        cmp $32, %r12d
        jb 1b
        mov $0x80, %edi; mov $stubs + 32 * 16, %esi; mov $0xee, %edx; call set_gate
        mov $0x21, %edi; mov $stubs + 33 * 16, %esi; mov $0x8e, %edx; call set_gate
        mov $0x40, %edi; mov $irq, %esi; call set_gate
        mov $tss, %eax
        mov %eax, %edx
        shl $16, %rax
        movabs $0x0000890000000000, %rcx
        or %rcx, %rax
        or $tss_end - tss - 1, %rax
        mov %rax, tssd
        mov $TSS, %eax
        ltr %ax

        /* vol. 3, 6.15: faults name the instruction, traps the one after */
        faults 1, 6, 0, ud2
        xor %edx, %edx; xor %ecx, %ecx
        faults 2, 0, 0, div %ecx
        mov $3, %ebx
        movq $2f, resume
        int3
1:      jmp fail
2:      is 3, $3, got_vec
        is 3, $1b, got_rip
        /* vol. 3, 5.4: selector errors carry the selector */
        mov $0x1230, %eax
        faults 4, 13, 0x1230, mov %eax, %ds
        mov $0x48, %eax
        faults 5, 11, 0x48, mov %eax, %ds
        mov $UDS, %eax
        faults 6, 13, 0x20, mov %eax, %ss
        movabs $0x8000000000000000, %rdi
        faults 7, 13, 0, mov (%rdi), %eax
        /* vol. 3, 6.15 #SS: an address that is not canonical, through the stack segment */
        mov %rdi, %rbp
        faults 8, 12, 0, mov (%rbp), %eax
        faults 11, 12, 0, leave
        faults 12, 12, 0, incl 8(%rbp)
        mov $0x12345, %ecx
        faults 9, 13, 0, rdmsr
        mov %cr4, %rax
        bts $31, %rax
        faults 10, 13, 0, mov %rax, %cr4

        /* vol. 3, 4.7: page-fault error codes */
        faults 20, 14, 0, mov pages + 0x3010, %eax
        is 20, $pages + 0x3010, got_cr2
        faults 21, 14, 2, movl $1, pages + 0x3020
        faults 22, 14, 3, movl $1, pages + 0x1000
        mov pages + 0x1000, %eax
        mov $23, %ebx
        movq $2f, resume
        mov $pages + 0x2000, %eax
        jmp *%rax
2:      is 23, $14, got_vec
        is 23, $0x11, got_err
        is 23, $pages + 0x2000, got_cr2
        is 23, $pages + 0x2000, got_rip

        /* vol. 3, 5.9 and 6.12.1: privilege; the stack comes from the TSS, SS is pushed */
        mov $30, %ebx
        user u_read
        is 30, $14, got_vec
        is 31, $5, got_err
        is 32, $UCS, got_cs
        is 33, $pages + 4096 - 64, got_rsp
        user u_write
        is 34, $7, got_err
        user u_cli
        is 35, $13, got_vec
        is 35, $0, got_err
        user u_hlt
        is 36, $13, got_vec
        user u_int80
        is 37, $128, got_vec
        is 37, $pages + (u_int80 + 2 - user_code), got_rip
        user u_int21
        is 38, $13, got_vec
        is 38, $0x21 * 8 + 2, got_err

        /* vol. 2, SYSCALL and SYSRET */
        mov $40, %ebx
        mov $0xc0000081, %ecx
        xor %eax, %eax
        mov $(UCS32 << 16) | KCS, %edx
        wrmsr
        inc %ecx
        mov $syscall_entry, %eax
        xor %edx, %edx
        wrmsr
        mov $0xc0000084, %ecx
        mov $0x200, %eax
        wrmsr
        xor %r13d, %r13d
        user u_syscall
        is 41, $128, got_vec
        is 42, $1, %r13
        is 43, $UCS, got_cs
        is 44, $0x202, %r11

        /* vol. 3, 17.3.1.4: single step traps after the instruction */
        mov $50, %ebx
        movq $2f, resume
        pushfq
        orq $0x100, (%rsp)
        popfq
        nop
1:      jmp fail
2:      is 50, $1, got_vec
        is 51, $1b, got_rip
        mov %dr6, %rax
        and $0x4000, %eax
        is 52, $0x4000, %rax
        xor %eax, %eax
        mov %rax, %dr6
        /* vol. 3, 17.2.4: instruction breakpoints are faults and push RF */
        mov $53, %ebx
        movq $2f, resume
        mov $1f, %eax
        mov %rax, %dr0
        mov $2, %eax
        mov %rax, %dr7
        nop
1:      nop
        jmp fail
2:      is 54, $1, got_vec
        is 55, $1b, got_rip
        mov %dr6, %rax
        and $15, %eax
        is 56, $1, %rax
        xor %eax, %eax
        mov %rax, %dr7

        /* vol. 3, 3.4.5: compatibility mode */
        mov $60, %ebx
        mov $0x1122334455667788, %r14
        pushq $CS32
        pushq $compat
        lretq
        .code32
compat: mov $-1, %eax
        inc %eax                        /* 40: INC here, REX in 64-bit mode */
        mov $0x12345678, %ecx
        ljmp $KCS, $back64
        .code64
back64: is 60, $0x12345678, %rcx
        is 61, $0, %rax

        /* vol. 2, LSL and LAR */
        mov $KCS, %ecx
        mov $62, %ebx
        lsl %ecx, %eax
        jnz fail
        cmp $-1, %eax
        jne fail
        lar %ecx, %eax
        jnz fail
        and $0x00f0ff00, %eax           /* bits 19:16 are undefined */
        cmp $0x00a09b00, %eax
        jne fail
        mov $0x1230, %ecx
        lar %ecx, %eax
        jz fail

        /* vol. 3, 11.5.4, 11.8: APIC timer one-shot wakes HLT; the page is at 0x200000 by our tables */
        mov $70, %ebx
        movl $0x1ff, 0x2000f0
        movl $0x40, 0x200320
        movl $0xb, 0x2003e0
        movl $100000, 0x200380
        sti
        hlt
        cli
        cmpl $1, irqs
        jne fail
        /* 11.6.1: self IPI, held back while IF is clear */
        mov $71, %ebx
        movl $0x40040, 0x200300
        cmpl $1, irqs
        jne fail
        sti
        nop
        nop
        cli
        cmpl $2, irqs
        jne fail
        /* 11.8.3: a task priority of the same class holds it back */
        mov $72, %ebx
        mov $4, %eax
        mov %rax, %cr8
        movl $0x40040, 0x200300
        sti
        nop
        nop
        cmpl $2, irqs
        jne fail
        xor %eax, %eax
        mov %rax, %cr8
        nop
        cmpl $3, irqs
        jne fail
        cli

        /* vol. 3, 6.15 (#DF): a #PF whose handler is missing */
        mov $80, %ebx
        movb $0x0e, idt + 14 * 16 + 5   /* not present */
        movq $2f, resume
        mov pages + 0x3010, %eax
        jmp fail
2:      is 80, $8, got_vec
        is 81, $0, got_err

        xor %ebx, %ebx
        jmp fail

syscall_entry:
        inc %r13d
        mov $pages + (u_after - user_code), %eax
        cmp %rax, %rcx
        jne 1f
        sysretq
1:      mov $45, %ebx
        jmp fail
