/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two address spaces every machine has: physical memory and x86 I/O ports. */
#ifndef SYSTEM_ADDRESS_SPACES_H
#define SYSTEM_ADDRESS_SPACES_H

#include "qemu/osdep.h"

extern AddressSpace address_space_memory;
extern AddressSpace address_space_io;

/* The root regions: "system" (2^64 bytes) and "io" (64 KiB, unclaimed ports read as all ones). */
MemoryRegion *get_system_memory(void);
MemoryRegion *get_system_io(void);

/* Create both. Called once, before the machine is built; later calls do nothing. */
void cpu_exec_init_all(void);

#endif
