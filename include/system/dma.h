/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA by devices: reads, writes and mappings through a bus master's address space, ordered against the device's
 * other memory accesses, and scatter-gather lists of guest ranges.
 */
#ifndef SYSTEM_DMA_H
#define SYSTEM_DMA_H

#include "system/address-spaces.h"
#include "system/memory.h"

typedef enum {
    DMA_DIRECTION_TO_DEVICE = 0,
    DMA_DIRECTION_FROM_DEVICE = 1,
} DMADirection;

#define DMA_ADDR_BITS 64
#define DMA_ADDR_FMT "%" PRIx64

static inline void dma_barrier(AddressSpace *as, DMADirection dir)
{
    (void)as;
    (void)dir;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline bool dma_memory_valid(AddressSpace *as, dma_addr_t addr, dma_addr_t len, DMADirection dir,
                                    MemTxAttrs attrs)
{
    return address_space_access_valid(as, addr, len, dir == DMA_DIRECTION_FROM_DEVICE, attrs);
}

static inline MemTxResult dma_memory_rw_relaxed(AddressSpace *as, dma_addr_t addr, void *buf, dma_addr_t len,
                                                DMADirection dir, MemTxAttrs attrs)
{
    return address_space_rw(as, addr, attrs, buf, len, dir == DMA_DIRECTION_FROM_DEVICE);
}

static inline MemTxResult dma_memory_rw(AddressSpace *as, dma_addr_t addr, void *buf, dma_addr_t len,
                                        DMADirection dir, MemTxAttrs attrs)
{
    dma_barrier(as, dir);
    return dma_memory_rw_relaxed(as, addr, buf, len, dir, attrs);
}

static inline MemTxResult dma_memory_read(AddressSpace *as, dma_addr_t addr, void *buf, dma_addr_t len,
                                          MemTxAttrs attrs)
{
    return dma_memory_rw(as, addr, buf, len, DMA_DIRECTION_TO_DEVICE, attrs);
}

static inline MemTxResult dma_memory_write(AddressSpace *as, dma_addr_t addr, const void *buf, dma_addr_t len,
                                           MemTxAttrs attrs)
{
    return dma_memory_rw(as, addr, (void *)buf, len, DMA_DIRECTION_FROM_DEVICE, attrs);
}

MemTxResult dma_memory_set(AddressSpace *as, dma_addr_t addr, uint8_t c, dma_addr_t len, MemTxAttrs attrs);

static inline void *dma_memory_map(AddressSpace *as, dma_addr_t addr, dma_addr_t *len, DMADirection dir,
                                   MemTxAttrs attrs)
{
    return address_space_map(as, addr, len, dir == DMA_DIRECTION_FROM_DEVICE, attrs);
}

static inline void dma_memory_unmap(AddressSpace *as, void *buffer, dma_addr_t len, DMADirection dir,
                                    dma_addr_t access_len)
{
    address_space_unmap(as, buffer, len, dir == DMA_DIRECTION_FROM_DEVICE, access_len);
}

/* Typed accessors: lduw_le_dma(as, addr, &val, attrs), stl_be_dma(as, addr, val, attrs), ... On a failed load *pval
 * is zero where nothing answered. */
#define DEFINE_LDST_DMA(lname, sname, bits, end)                                                                    \
    static inline MemTxResult lname##_##end##_dma(AddressSpace *as, dma_addr_t addr, uint##bits##_t *pval,          \
                                                  MemTxAttrs attrs)                                                 \
    {                                                                                                               \
        MemTxResult res = dma_memory_read(as, addr, pval, bits / 8, attrs);                                         \
        *pval = end##bits##_to_cpu(*pval);                                                                          \
        return res;                                                                                                 \
    }                                                                                                               \
    static inline MemTxResult sname##_##end##_dma(AddressSpace *as, dma_addr_t addr, uint##bits##_t val,            \
                                                  MemTxAttrs attrs)                                                 \
    {                                                                                                               \
        val = cpu_to_##end##bits(val);                                                                              \
        return dma_memory_write(as, addr, &val, bits / 8, attrs);                                                   \
    }
DEFINE_LDST_DMA(lduw, stw, 16, le)
DEFINE_LDST_DMA(ldl, stl, 32, le)
DEFINE_LDST_DMA(ldq, stq, 64, le)
DEFINE_LDST_DMA(lduw, stw, 16, be)
DEFINE_LDST_DMA(ldl, stl, 32, be)
DEFINE_LDST_DMA(ldq, stq, 64, be)
#undef DEFINE_LDST_DMA

static inline MemTxResult ldub_dma(AddressSpace *as, dma_addr_t addr, uint8_t *val, MemTxAttrs attrs)
{
    return dma_memory_read(as, addr, val, 1, attrs);
}

static inline MemTxResult stb_dma(AddressSpace *as, dma_addr_t addr, uint8_t val, MemTxAttrs attrs)
{
    return dma_memory_write(as, addr, &val, 1, attrs);
}

/* ---- Scatter-gather lists ------------------------------------------------------------------------------------ */

typedef struct ScatterGatherEntry {
    dma_addr_t base;
    dma_addr_t len;
} ScatterGatherEntry;

typedef struct QEMUSGList {
    ScatterGatherEntry *sg;
    int nsg;
    int nalloc;
    dma_addr_t size;             /* of all entries */
    DeviceState *dev;
    AddressSpace *as;
} QEMUSGList;

void qemu_sglist_init(QEMUSGList *qsg, DeviceState *dev, int alloc_hint, AddressSpace *as);
void qemu_sglist_add(QEMUSGList *qsg, dma_addr_t base, dma_addr_t len);
void qemu_sglist_destroy(QEMUSGList *qsg);

/* Copy between @ptr and the list; *residual (may be NULL) is what did not fit. */
MemTxResult dma_buf_read(void *ptr, dma_addr_t len, dma_addr_t *residual, QEMUSGList *sg, MemTxAttrs attrs);
MemTxResult dma_buf_write(void *ptr, dma_addr_t len, dma_addr_t *residual, QEMUSGList *sg, MemTxAttrs attrs);

#endif
