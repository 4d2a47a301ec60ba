/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bare-metal checks of 32-bit protected mode: limits and types of segments on data accesses (SDM vol. 3, 5.3-5.5), stack
 * limits, alignment checks (6.15, #AC). Multiboot image; ends like long.S.
 */
#define KCS 0x08
#define KDS 0x10
#define SMALL 0x18          /* read/write, base 0x200000, limit 0xfff */
#define RDONLY 0x20         /* the same, read-only */
#define DOWN 0x28           /* expand down: offsets 0x1000 to 4 G - 1 */
#define XCODE 0x30          /* execute-only code */
#define RCODE 0x38          /* readable code */
#define DOWN16 0x40         /* expand down, B clear: offsets 0x1000 to 0xffff */
#define TSS 0x48
#define UCS 0x53
#define UDS 0x5b

        .section .multiboot, "a"
        .align 4
        .long 0x1badb002, 0, -0x1badb002

        .bss
        .align 4096
        .skip 8192
stack:  .skip 8192
stack0: .skip 8192
ustack:
idt:    .skip 256 * 8
got_vec: .skip 4
got_err: .skip 4
got_eip: .skip 4
resume: .skip 4

        .data
        .align 16
gdt:    .quad 0
        .quad 0x00cf9b000000ffff
        .quad 0x00cf93000000ffff
        .quad 0x0040932000000fff
        .quad 0x0040912000000fff
        .quad 0x0040972000000fff
        .quad 0x00cf99000000ffff
        .quad 0x00409b2000000fff
        .quad 0x0000972000000fff
tssd:   .quad 0
        .quad 0x00cffb000000ffff
        .quad 0x00cff3000000ffff
gdtr:   .word . - gdt - 1
        .long gdt
idtr:   .word 256 * 8 - 1
        .long idt
        .align 16
tss:    .long 0, stack0, KDS
        .skip 92
tss_end:

        .text
        .code32
.macro vec n, has
        .align 16
        .if !\has
        push $0
        .endif
        push $\n
        jmp common
.endm
        .align 16
stubs:  vec 0, 0; vec 1, 0; vec 2, 0; vec 3, 0; vec 4, 0; vec 5, 0; vec 6, 0; vec 7, 0
        vec 8, 1; vec 9, 0; vec 10, 1; vec 11, 1; vec 12, 1; vec 13, 1; vec 14, 1; vec 15, 0
        vec 16, 0; vec 17, 1; vec 18, 0; vec 19, 0; vec 128, 0
common: push %eax
        mov $KDS, %eax
        mov %eax, %ds
        mov 4(%esp), %eax; mov %eax, got_vec
        mov 8(%esp), %eax; mov %eax, got_err
        mov 12(%esp), %eax; mov %eax, got_eip
        pop %eax
        mov $KDS, %esp
        mov %esp, %ss
        mov $stack, %esp
        push $2
        popf
        jmp *resume

fail:   mov $KDS, %eax
        mov %eax, %ds
        mov %bl, %al
        outb %al, $0xf4
1:      hlt
        jmp 1b

/* @insn must raise @vec with error code 0 at its own address. */
.macro faults id, vec, insn:vararg
        mov $\id, %ebx
        movl $2f, %ss:resume
        movl $-1, %ss:got_vec
1:      \insn
        jmp fail
2:      cmpl $\vec, got_vec
        jne fail
        cmpl $0, got_err
        jne fail
        cmpl $1b, got_eip
        jne fail
.endm
.macro use seg, sel
        mov $\sel, %eax
        mov %eax, %\seg
.endm
.macro is id, what:vararg
        mov $\id, %ebx
        cmpl \what
        jne fail
.endm

        .globl _start
_start: cli
        mov $stack, %esp
        lgdt gdtr
        ljmp $KCS, $1f
1:      use ss, KDS
        use ds, KDS
        use es, KDS
        xor %ecx, %ecx
1:      mov %ecx, %eax
        shl $4, %eax
        add $stubs, %eax
        cmp $20, %ecx
        je 2f
        lea idt(, %ecx, 8), %edi
        mov $0x8e00, %edx
        jmp 3f
2:      mov $idt + 128 * 8, %edi
        mov $0xee00, %edx
3:      mov %ax, (%edi)
        movw $KCS, 2(%edi)
        mov %dx, 4(%edi)
        shr $16, %eax
        mov %ax, 6(%edi)
        inc %ecx
        cmp $21, %ecx
        jb 1b
        lidt idtr
        mov $tss, %eax
        movw $tss_end - tss - 1, tssd
        mov %ax, tssd + 2
        shr $16, %eax
        mov %al, tssd + 4
        movb $0x89, tssd + 5
        mov $TSS, %eax
        ltr %ax

        /* limits: the last byte counts */
        movl $0x11223344, 0x200ffc
        use fs, SMALL
        mov %fs:0xffc, %eax
        is 1, $0x11223344, %eax
        faults 2, 13, mov %fs:0xffd, %eax
        faults 3, 13, movl $1, %fs:0xffd
        faults 4, 13, movb $1, %fs:0x1000
        movb $5, %fs:0xfff
        faults 5, 13, movzwl %fs:0xfff, %eax
        movzbl %fs:0xfff, %eax
        is 6, $5, %eax
        faults 7, 13, fldl %fs:0xffa
        faults 8, 13, lgs %fs:0xffc, %eax
        faults 9, 13, lock incl %fs:0xffe
        mov $0x1000 * 8, %eax
        faults 10, 13, bts %eax, %fs:0
        faults 11, 13, mov %fs:-4, %eax
        movl $0x1000, %edi
        use es, SMALL
        faults 12, 13, stosb
        is 13, $0x1000, %edi
        mov $0xff8, %edi
        mov $100, %ecx
        faults 14, 13, rep stosl
        is 15, $98, %ecx                /* two fitted */
        is 16, $0x1000, %edi
        use es, KDS

        /* types */
        use fs, RDONLY
        mov %fs:0, %eax
        faults 20, 13, mov %eax, %fs:0
        faults 21, 13, addl $1, %fs:0
        cmpl $1, %fs:0
        faults 22, 13, sete %fs:0
        use fs, 0
        faults 23, 13, mov %fs:0, %eax
        use fs, RCODE
        mov %fs:0, %eax
        faults 24, 13, mov %eax, %fs:0
        faults 25, 13, mov %eax, %cs:resume
        faults 26, 13, movl %eax, %fs:0x1000
        ljmp $XCODE, $1f
1:      faults 27, 13, mov %cs:resume, %eax

        /* expand down */
        use fs, DOWN
        faults 30, 13, mov %fs:0xffc, %eax
        faults 31, 13, mov %fs:0xfff, %eax
        mov %fs:0x1000, %eax
        mov %fs:0xfffffffc, %eax
        use fs, DOWN16
        faults 32, 13, mov %fs:0xfff, %al
        mov %fs:0xfffc, %eax
        faults 33, 13, mov %fs:0xfffd, %eax

        /* the stack: #SS, and the pointer stays */
        mov $SMALL, %eax
        mov %eax, %ss
        mov $0x1002, %esp
        mov $2f, %ecx
        mov $40, %ebx
        movl $2f, resume
1:      pop %eax                        /* needs 0x1002 to 0x1005 */
        jmp fail
2:      is 40, $12, got_vec             /* the handler's frame fits below 0x1002 */
        is 41, $1b, got_eip
        mov $SMALL, %eax
        mov %eax, %ss
        mov $0x800, %esp
        mov $0x2000, %ebp
        movl $2f, resume
1:      mov (%ebp), %eax
        jmp fail
2:      is 42, $12, got_vec
        is 43, $1b, got_eip

        /* vol. 3, 6.15 #AC: only at CPL 3 with CR0.AM and EFLAGS.AC */
        mov %cr0, %eax
        or $0x40000, %eax
        mov %eax, %cr0
        mov $0x40202, %esi
        mov 0x300001, %eax
        movl $2f, resume
        use ds, UDS
        push $UDS; push $ustack; push %esi; push $UCS; push $u_word
        iret
u_word: mov 0x300002, %ax
        mov 0x300003, %al
        movl $1, 0x300004
u_bad:  mov 0x300002, %eax
        int $0x80
2:      is 50, $17, got_vec
        is 51, $0, got_err
        is 52, $u_bad, got_eip
        movl $2f, resume
        use ds, UDS
        push $UDS; push $ustack; push %esi; push $UCS; push $u_lock
        iret
u_lock: lock incl 0x300001
        int $0x80
2:      is 53, $17, got_vec
        is 54, $u_lock, got_eip
        movl $2f, resume
        use ds, UDS
        push $UDS; push $ustack - 1; push %esi; push $UCS; push $u_push
        iret
u_push: push %eax
        int $0x80
2:      is 55, $17, got_vec
        is 56, $u_push, got_eip
        movl $2f, resume
        use ds, UDS
        push $UDS; push $ustack; push $0x202; push $UCS; push $u_none
        iret
u_none: mov 0x300001, %eax
        int $0x80
2:      is 57, $128, got_vec

        xor %eax, %eax
        outb %al, $0xf4
1:      hlt
        jmp 1b
