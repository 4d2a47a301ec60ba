/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest physical addresses. The types themselves are in qemu/typedefs.h. */
#ifndef EXEC_HWADDR_H
#define EXEC_HWADDR_H

#include "qemu/osdep.h"

#define HWADDR_BITS 64
#define HWADDR_FMT_plx "%016" PRIx64

typedef struct MemMapEntry {
    hwaddr base;
    hwaddr size;
} MemMapEntry;

#endif
