/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A firmware image that plays lists of PCI configuration writes, for tests/bench/pciplayer.py, which appends it to the
 * lists. It says 'R' on the first serial port when it waits, takes one byte there, '0' + n, plays list n, and waits again.
 *
 *   image base      16 entries: offset from the image base, pairs, how often, unused (32 bits each)
 *   ...             pairs: CONFIG_ADDRESS, CONFIG_DATA
 *   4 GiB - 4 KiB   this code; the image's base address is at 4 GiB - 32
 */
#define COM1_DATA 0x3f8
#define COM1_STATUS 0x3fd
#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc

        .text
        .code16
start16:
        cli
        lgdtl   %cs:(gdt_pointer - start16 + 0xf000)
        movl    %cr0, %eax
        orl     $1, %eax
        movl    %eax, %cr0
        ljmpl   $0x08, $(start32 - start16 + 0xfffff000)

        .code32
start32:
        movl    $0x10, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    0xffffffe0, %ebp
wait:
        movl    $COM1_DATA, %edx
        movb    $'R', %al
        outb    %al, %dx
        movl    $COM1_STATUS, %edx
1:      inb     %dx, %al
        testb   $1, %al
        jz      1b
        movl    $COM1_DATA, %edx
        inb     %dx, %al
        movzbl  %al, %eax
        subl    $'0', %eax
        shll    $4, %eax
        leal    (%ebp, %eax), %edi
        movl    8(%edi), %ebx
again:
        movl    (%edi), %esi
        addl    %ebp, %esi
        movl    4(%edi), %ecx
2:      lodsl
        movl    $CONFIG_ADDRESS, %edx
        outl    %eax, %dx
        lodsl
        movl    $CONFIG_DATA, %edx
        outl    %eax, %dx
        loop    2b
        decl    %ebx
        jnz     again
        jmp     wait

        .balign 8
gdt:
        .quad   0
        .quad   0x00cf9b000000ffff
        .quad   0x00cf93000000ffff
gdt_pointer:
        .word   23
        .long   gdt - start16 + 0xfffff000

        .org    0xfe0
        .long   0                               /* image base, filled in */
        .org    0xff0
        .code16
        jmp     start16
        .org    0x1000
