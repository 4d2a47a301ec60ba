/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start of bare-metal guests in 64-bit mode. The first 4 GB are mapped one to one by 2 MB pages open to CPL 3; linear
 * 1 GB .. 1 GB + 2 MB is a page table (`pt`) of 4 kB pages over the same memory as 0 .. 2 MB, for a test to change.
 * See guest.h.
 */
        .section .multiboot, "a"
        .align 4
        .long 0x1badb002, 0, -0x1badb002

        .bss
        .align 4096
        .globl pml4, pdpt, pd, pt
pml4:   .skip 4096
pdpt:   .skip 4096
pd:     .skip 4096 * 4
pt:     .skip 4096
        .skip 16384
stack_top:
        .skip 8192
        .globl user_stack_top, kernel_stack0_top, ist1_top
user_stack_top:
        .skip 8192
kernel_stack0_top:
        .skip 8192
ist1_top:
        .skip 64

        .data
        .align 16
        .globl gdt, tss, gdtr
gdt:    .quad 0
        .quad 0x00af9b000000ffff        /* 08 kernel code 64 */
        .quad 0x00cf93000000ffff        /* 10 kernel data */
        .quad 0x00cffb000000ffff        /* 18 user code 32 */
        .quad 0x00cff3000000ffff        /* 20 user data */
        .quad 0x00affb000000ffff        /* 28 user code 64 */
        .quad 0x00cf9b000000ffff        /* 30 kernel code 32 */
        .quad 0, 0                      /* 38 TSS */
        .fill 55, 8, 0
gdtr:   .word 64 * 8 - 1
        .quad gdt
        .align 16
tss:    .long 0
        .quad kernel_stack0_top, 0, 0
        .quad 0
        .quad ist1_top, 0, 0, 0, 0, 0, 0
        .quad 0
        .word 0, 104
        .fill 8196, 1, 0xff

        .text
        .code32
        .globl _start
_start: cli
        mov $stack_top, %esp
        mov $pd, %edi
        mov $0x87, %eax                 /* present, writable, user, 2 MB */
        mov $2048, %ecx
1:      mov %eax, (%edi)
        movl $0, 4(%edi)
        add $0x200000, %eax
        add $8, %edi
        loop 1b
        mov $pt, %edi
        mov $7, %eax
        mov $512, %ecx
1:      mov %eax, (%edi)
        movl $0, 4(%edi)
        add $4096, %eax
        add $8, %edi
        loop 1b
        movl $pt + 7, pd + 4096
        mov $pd + 7, %eax
        mov $pdpt, %edi
        mov $4, %ecx
1:      mov %eax, (%edi)
        add $4096, %eax
        add $8, %edi
        loop 1b
        movl $pdpt + 7, pml4
        mov %cr4, %eax
        or $0x620, %eax                 /* PAE, OSFXSR, OSXMMEXCPT */
        mov %eax, %cr4
        mov $pml4, %eax
        mov %eax, %cr3
        mov $0xc0000080, %ecx
        rdmsr
        or $0x901, %eax                 /* SCE, LME, NXE */
        wrmsr
        mov %cr0, %eax
        or $0x80010002, %eax            /* PG, WP, MP */
        and $~4, %eax
        mov %eax, %cr0
        lgdt gdtr
        ljmp $0x08, $1f
        .code64
1:      mov $0x10, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %fs
        mov %eax, %gs
        mov %eax, %ss
        mov $tss, %eax
        shl $16, %rax
        movabs $0x0000890000000000, %rcx
        or %rcx, %rax
        or $0xffff, %rax
        and $~0xffff, %rax
        or $104 + 8195, %rax
        mov %rax, gdt + 0x38
        mov $0x38, %eax
        ltr %ax
        mov $stack_top, %rsp
        call guest_init

        .align 16
        .globl stubs
stubs:
        .set n, 0
        .rept 256
        .align 16
        .if (n == 8) || (n == 17) || ((n >= 10) && (n <= 14))
        .else
        push $0
        .endif
        push $n
        jmp common
        .set n, n + 1
        .endr

common: push %rax; push %rcx; push %rdx; push %rbx; push %rbp; push %rsi; push %rdi
        push %r8; push %r9; push %r10; push %r11; push %r12; push %r13; push %r14; push %r15
        cld
        mov %rsp, %rdi
        mov %rsp, %rbx
        and $~15, %rsp
        call trap_entry
        test %al, %al
        jz 1f
        mov %rbx, %rsp
        pop %r15; pop %r14; pop %r13; pop %r12; pop %r11; pop %r10; pop %r9; pop %r8
        pop %rdi; pop %rsi; pop %rbp; pop %rbx; pop %rdx; pop %rcx; pop %rax
        add $16, %rsp
        iretq
1:      mov $0x10, %eax
        mov %eax, %ss
        mov %eax, %ds
        mov %eax, %es
        mov resume_sp, %rsp
        mov resume_bp, %rbp
        push $2
        popfq
        jmp *resume_ip
