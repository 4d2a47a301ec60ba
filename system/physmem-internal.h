/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files that access memory through views. Call everything here inside an RCU read section. */
#ifndef SYSTEM_PHYSMEM_INTERNAL_H
#define SYSTEM_PHYSMEM_INTERNAL_H

#include "system/memory-internal.h"
#include "system/ram_addr.h"

/* Where one address leads. */
typedef struct Xlat {
    MemoryRegion *mr;
    hwaddr offset;               /* in mr */
    hwaddr left;                 /* bytes that follow contiguously, not counting the one at offset */
    bool readonly;
    const FlatRange *range;      /* NULL: nothing there */
} Xlat;

void flatview_translate(FlatView *fv, hwaddr addr, bool is_write, MemTxAttrs attrs, Xlat *x);

/* Plain host memory for this kind of access? */
static inline bool xlat_direct(const Xlat *x, bool is_write)
{
    const MemoryRegion *mr = x->mr;

    if (likely(mr->ram)) {
        return !mr->ram_device && !(is_write && x->readonly);
    }
    return mr->rom_device && mr->romd_mode && !is_write;
}

MemTxResult flatview_read(FlatView *fv, hwaddr addr, MemTxAttrs attrs, void *buf, hwaddr len);
MemTxResult flatview_write(FlatView *fv, hwaddr addr, MemTxAttrs attrs, const void *buf, hwaddr len);
uint64_t flatview_load(FlatView *fv, hwaddr addr, MemOp op, MemTxAttrs attrs, MemTxResult *result);
void flatview_store(FlatView *fv, hwaddr addr, uint64_t val, MemOp op, MemTxAttrs attrs, MemTxResult *result);

#endif
