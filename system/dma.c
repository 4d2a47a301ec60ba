/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMA helpers: fills and scatter-gather lists (system/dma.h). */
#include "qemu/osdep.h"
#include "system/dma.h"
#include "qom/object.h"

MemTxResult dma_memory_set(AddressSpace *as, dma_addr_t addr, uint8_t c, dma_addr_t len, MemTxAttrs attrs)
{
    dma_barrier(as, DMA_DIRECTION_FROM_DEVICE);
    return address_space_set(as, addr, c, len, attrs);
}

void qemu_sglist_init(QEMUSGList *qsg, DeviceState *dev, int alloc_hint, AddressSpace *as)
{
    *qsg = (QEMUSGList) {
        .sg = g_new(ScatterGatherEntry, MAX(alloc_hint, 1)), .nalloc = MAX(alloc_hint, 1), .dev = dev, .as = as,
    };
    object_ref(dev);
}

void qemu_sglist_add(QEMUSGList *qsg, dma_addr_t base, dma_addr_t len)
{
    if (qsg->nsg == qsg->nalloc) {
        qsg->nalloc = 2 * qsg->nalloc + 1;
        qsg->sg = g_renew(ScatterGatherEntry, qsg->sg, qsg->nalloc);
    }
    qsg->sg[qsg->nsg++] = (ScatterGatherEntry) { base, len };
    qsg->size += len;
}

void qemu_sglist_destroy(QEMUSGList *qsg)
{
    object_unref(qsg->dev);
    g_free(qsg->sg);
    *qsg = (QEMUSGList) { 0 };
}

static MemTxResult copy(void *ptr, dma_addr_t len, dma_addr_t *residual, QEMUSGList *sg, DMADirection dir,
                        MemTxAttrs attrs)
{
    dma_addr_t left = MIN(len, sg->size);
    MemTxResult result = MEMTX_OK;
    uint8_t *p = ptr;

    if (residual) {
        *residual = sg->size - left;
    }
    for (int i = 0; i < sg->nsg && left; i++) {
        dma_addr_t n = MIN(left, sg->sg[i].len);

        result |= dma_memory_rw(sg->as, sg->sg[i].base, p, n, dir, attrs);
        p += n;
        left -= n;
    }
    return result;
}

MemTxResult dma_buf_read(void *ptr, dma_addr_t len, dma_addr_t *residual, QEMUSGList *sg, MemTxAttrs attrs)
{
    return copy(ptr, len, residual, sg, DMA_DIRECTION_FROM_DEVICE, attrs);
}

MemTxResult dma_buf_write(void *ptr, dma_addr_t len, dma_addr_t *residual, QEMUSGList *sg, MemTxAttrs attrs)
{
    return copy(ptr, len, residual, sg, DMA_DIRECTION_TO_DEVICE, attrs);
}
