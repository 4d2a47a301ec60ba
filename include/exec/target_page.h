/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's smallest page, the unit of dirty tracking: 4 KiB on x86. */
#ifndef EXEC_TARGET_PAGE_H
#define EXEC_TARGET_PAGE_H

#define TARGET_PAGE_BITS 12
#define TARGET_PAGE_SIZE (1ULL << TARGET_PAGE_BITS)
#define TARGET_PAGE_MASK (~(TARGET_PAGE_SIZE - 1))
#define TARGET_PAGE_ALIGN(addr) (((addr) + TARGET_PAGE_SIZE - 1) & TARGET_PAGE_MASK)

static inline size_t qemu_target_page_size(void)
{
    return TARGET_PAGE_SIZE;
}

static inline int qemu_target_page_bits(void)
{
    return TARGET_PAGE_BITS;
}

static inline unsigned long qemu_target_pages_to_MiB(unsigned long pages)
{
    return pages >> (20 - TARGET_PAGE_BITS);
}

#endif
