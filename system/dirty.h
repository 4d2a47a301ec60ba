/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to RAM management: see system/ram_addr.h for everything else about dirty bits. */
#ifndef SYSTEM_DIRTY_H
#define SYSTEM_DIRTY_H

#include "qemu/osdep.h"

/* Make the bitmaps cover ram_addrs below @end. Under ram_list.mutex. */
void dirty_memory_extend(ram_addr_t end);

#endif
