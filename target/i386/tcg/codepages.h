/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Engines known to the code-page table, and what devices and the memory core tell it. codepages.c. */
#ifndef TARGET_I386_TCG_CODEPAGES_H
#define TARGET_I386_TCG_CODEPAGES_H

#include "target/i386/cpu.h"

void x86_engine_register(CPUX86State *env);
void x86_engine_unregister(CPUX86State *env);
void x86_code_written_by_device(ram_addr_t start, ram_addr_t length);
/* Every CPU forgets all decoded code before it runs another block. */
void x86_engines_forget_blocks(void);
/* Every CPU comes back to its loop. */
void x86_engines_kick(void);

#endif
