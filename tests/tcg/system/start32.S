/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of bare-metal guests that stay in 32-bit protected mode: flat segments, no paging. See guest.h. */
        .section .multiboot, "a"
        .align 4
        .long 0x1badb002, 0, -0x1badb002

        .bss
        .align 16
        .skip 16384
stack_top:
        .skip 8192
        .globl user_stack_top, kernel_stack0_top
user_stack_top:
        .skip 8192
kernel_stack0_top:

        .data
        .align 16
        .globl gdt, tss
gdt:    .quad 0
        .quad 0x00cf9b000000ffff        /* 08 kernel code */
        .quad 0x00cf93000000ffff        /* 10 kernel data */
        .quad 0x00cffb000000ffff        /* 18 user code */
        .quad 0x00cff3000000ffff        /* 20 user data */
        .quad 0                         /* 28 TSS */
        .fill 58, 8, 0
gdtr:   .word . - gdt - 1
        .long gdt
        .align 16
tss:    .long 0, kernel_stack0_top, 0x10
        .fill 22, 4, 0
        .word 0, 104
        .fill 8196, 1, 0xff             /* I/O bitmap: nothing allowed */

        .text
        .globl _start
_start: cli
        mov $stack_top, %esp
        lgdt gdtr
        ljmp $0x08, $1f
1:      mov $0x10, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %fs
        mov %eax, %gs
        mov %eax, %ss
        mov $tss, %eax
        movw $104 + 8195, gdt + 0x28
        mov %ax, gdt + 0x2a
        shr $16, %eax
        mov %al, gdt + 0x2c
        mov %ah, gdt + 0x2f
        movb $0x89, gdt + 0x2d
        mov $0x28, %eax
        ltr %ax
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

common: push %eax; push %ecx; push %edx; push %ebx; push %ebp; push %esi; push %edi
        mov $0x10, %eax
        mov %eax, %ds
        mov %eax, %es
        cld
        push %esp
        call trap_entry
        add $4, %esp
        test %al, %al
        jz 1f
        pop %edi; pop %esi; pop %ebp; pop %ebx; pop %edx; pop %ecx; pop %eax
        add $8, %esp
        iretl
1:      mov $0x10, %eax
        mov %eax, %ss
        mov %eax, %fs
        mov %eax, %gs
        mov resume_sp, %esp
        mov resume_bp, %ebp
        push $2
        popfl
        jmp *resume_ip
