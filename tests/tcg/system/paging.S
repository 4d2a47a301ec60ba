/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bare-metal checks of what the TLB may keep and what it must drop (SDM vol. 3, 4.10): INVLPG on small and large pages,
 * CR3 with and without PCIDs, INVPCID, global pages, for supervisor and user accesses. Ends like long.S.
 */
#define KCS 0x08
#define KDS 0x10
#define UDS 0x23
#define UCS 0x2b
#define TSS 0x30
#define WINDOW 0x40000000   /* its page tables are what the checks change */
#define LARGE 0x40200000
#define NOFLUSH 63

        .section .multiboot, "a"
        .align 4
        .long 0x1badb002, 0, -0x1badb002

        .bss
        .align 4096
pml4a:  .skip 4096                      /* two address spaces that differ in the window */
pml4b:  .skip 4096
pdpta:  .skip 4096
pdptb:  .skip 4096
pd:     .skip 4096
pda:    .skip 4096
pdb:    .skip 4096
pta:    .skip 4096
ptb:    .skip 4096
page1:  .skip 4096
page2:  .skip 4096
page3:  .skip 4096
        .skip 8192
stack:  .skip 8192
stack0: .skip 8192
ustack:
idt:    .skip 256 * 16
resume: .skip 8
desc:   .skip 16

        .data
        .align 16
gdt:    .quad 0
        .quad 0x00af9b000000ffff
        .quad 0x00cf93000000ffff
        .quad 0
        .quad 0x00cff3000000ffff
        .quad 0x00affb000000ffff
tssd:   .quad 0, 0
gdtr:   .word . - gdt - 1
        .quad gdt
idtr:   .word 256 * 16 - 1
        .quad idt
        .align 16
tss:    .long 0
        .quad stack0
        .skip 92
tss_end:

        .text
        .code32
        .globl _start
_start: cli
        mov $stack, %esp
        movl $pdpta + 7, pml4a
        movl $pdptb + 7, pml4b
        movl $pd + 7, pdpta
        movl $pd + 7, pdptb
        movl $pda + 7, pdpta + 8
        movl $pdb + 7, pdptb + 8
        movl $0x87, pd                  /* the first 2 MB for all, user too */
        movl $pta + 7, pda
        movl $ptb + 7, pdb
        movl $0x11111111, page1
        movl $0x22222222, page2
        movl $0x33333333, page3
        movl $0x600087, pda + 8         /* LARGE */
        movl $0x600087, pdb + 8
        mov $0xc0000080, %ecx
        rdmsr
        or $0x900, %eax
        wrmsr
        mov $0xa0, %eax                 /* PAE, PGE */
        mov %eax, %cr4
        mov $pml4a, %eax
        mov %eax, %cr3
        mov $0x80010011, %eax
        mov %eax, %cr0
        lgdt gdtr
        ljmp $KCS, $start64

        .code64
user_code:
        mov (%rdi), %eax
        int $0x80
back:   mov $stack, %rsp
        jmp *resume
fault:  mov $99, %ebx
fail:   mov %ebx, %eax
        outb %al, $0xf4
1:      hlt
        jmp 1b

/* Supervisor and user read at @addr; both must see @value. */
.macro reads id, addr, value
        mov $\id, %ebx
        mov $\addr, %edi
        cmpl $\value, (%rdi)
        jne fail
        user_reads \id, \addr, \value
.endm
.macro user_reads id, addr, value
        mov $\id, %ebx
        mov $\addr, %edi
        movq $2f, resume
        pushq $UDS
        pushq $ustack
        pushq $2
        pushq $UCS
        pushq $user_code
        iretq
2:      cmp $\value, %eax
        jne fail
.endm
.macro pte table, value
        movq $\value, \table
.endm
/* @space with @pcid; @keep: bit 63. */
.macro space pml4, pcid, keep
        mov $\pml4 + \pcid, %eax
        .if \keep
        bts $NOFLUSH, %rax
        .endif
        mov %rax, %cr3
.endm
.macro invpcid_ type, pcid, addr
        movq $\pcid, desc
        movq $\addr, desc + 8
        mov $\type, %eax
        invpcid desc, %rax
.endm

start64:
        mov $KDS, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        mov $stack, %rsp
        xor %ecx, %ecx
1:      mov $fault, %eax
        mov $0x8e, %edx
        cmp $0x80, %ecx
        jne 2f
        mov $back, %eax
        mov $0xee, %edx
2:      mov %ecx, %edi
        shl $4, %edi
        mov %ax, idt(%rdi)
        movw $KCS, idt + 2(%rdi)
        movb $0, idt + 4(%rdi)
        movb %dl, idt + 5(%rdi)
        shr $16, %eax
        mov %ax, idt + 6(%rdi)
        inc %ecx
        cmp $0x100, %ecx
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

        /* 4.10.4.1: INVLPG, MOV CR3 */
        pte pta, page1 + 7
        reads 1, WINDOW, 0x11111111
        pte pta, page2 + 7
        invlpg WINDOW
        reads 2, WINDOW, 0x22222222
        pte pta, page1 + 7
        space pml4a, 0, 0
        reads 3, WINDOW, 0x11111111
        /* all of a large page, through an address that was not used */
        movl $0x44444444, LARGE + 0x1000
        movl $0x55555555, LARGE + 0x3000
        reads 4, LARGE + 0x1000, 0x44444444
        reads 5, LARGE + 0x3000, 0x55555555
        movl $0x800087, pda + 8
        movl $0x800087, pdb + 8
        invlpg LARGE + 0x7000
        movl $0x66666666, LARGE + 0x1000
        movl $0x77777777, LARGE + 0x3000
        reads 6, LARGE + 0x1000, 0x66666666
        reads 7, LARGE + 0x3000, 0x77777777
        movl $0x600087, pda + 8
        movl $0x600087, pdb + 8
        invlpg LARGE
        reads 8, LARGE + 0x1000, 0x44444444
        reads 9, LARGE + 0x3000, 0x55555555
        /* 4.10.2.4: a global page outlives MOV CR3, not INVLPG or a change of CR4.PGE */
        pte pta, page1 + 0x107
        invlpg WINDOW
        reads 10, WINDOW, 0x11111111
        pte pta, page2 + 0x107
        mov %cr4, %rax
        btc $7, %rax
        mov %rax, %cr4
        btc $7, %rax
        mov %rax, %cr4
        reads 11, WINDOW, 0x22222222
        pte pta, page1 + 7
        invlpg WINDOW

        /* 4.10.1: PCIDs */
        mov %cr4, %rax
        bts $17, %rax
        mov %rax, %cr4
        pte ptb, page2 + 7
        space pml4a, 1, 0
        reads 20, WINDOW, 0x11111111
        space pml4b, 2, 0
        reads 21, WINDOW, 0x22222222
        space pml4a, 1, 1
        reads 22, WINDOW, 0x11111111
        space pml4b, 2, 1
        reads 23, WINDOW, 0x22222222
        /* without bit 63 the PCID's entries go */
        pte pta, page3 + 7
        space pml4a, 1, 0
        reads 24, WINDOW, 0x33333333
        /* INVPCID by address, by PCID, all, all but global */
        space pml4b, 2, 1
        pte pta, page1 + 7
        invpcid_ 0, 1, WINDOW
        space pml4a, 1, 1
        reads 25, WINDOW, 0x11111111
        space pml4b, 2, 1
        pte pta, page2 + 7
        invpcid_ 1, 1, 0
        space pml4a, 1, 1
        reads 26, WINDOW, 0x22222222
        pte pta, page3 + 7
        invpcid_ 1, 1, 0
        reads 27, WINDOW, 0x33333333
        pte pta, page1 + 7
        pte ptb, page1 + 7
        invpcid_ 3, 0, 0
        reads 28, WINDOW, 0x11111111
        space pml4b, 2, 1
        reads 29, WINDOW, 0x11111111
        pte ptb, page2 + 0x107
        invlpg WINDOW
        reads 30, WINDOW, 0x22222222
        pte ptb, page3 + 7
        invpcid_ 2, 0, 0
        reads 31, WINDOW, 0x33333333
        /* more PCIDs than we keep, each with its own view */
        mov $3, %r12d
3:      pte pta, page1 + 7
        pte ptb, page2 + 7
        lea pml4a(%r12), %eax
        mov %rax, %cr3
        reads 32, WINDOW, 0x11111111
        lea pml4b + 20(%r12), %eax
        mov %rax, %cr3
        reads 33, WINDOW, 0x22222222
        lea pml4a(%r12), %eax
        bts $NOFLUSH, %rax
        mov %rax, %cr3
        reads 34, WINDOW, 0x11111111
        inc %r12d
        cmp $16, %r12d
        jb 3b
        /* the same PCID with other tables: nothing of the old may be used once it was flushed */
        space pml4b, 3, 0
        reads 35, WINDOW, 0x22222222

        xor %eax, %eax
        outb %al, $0xf4
1:      hlt
        jmp 1b
