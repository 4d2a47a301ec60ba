// SPDX-License-Identifier: GPL-2.0-or-later
/* See hw/block/guest-sg.h. */
#include "qemu/osdep.h"
#include "hw/block/guest-sg.h"
#include "system/ramblock.h"

static DMADirection direction(const GuestSg *sg)
{
    return sg->to_guest ? DMA_DIRECTION_FROM_DEVICE : DMA_DIRECTION_TO_DEVICE;
}

void guest_sg_init(GuestSg *sg, DeviceState *dev, AddressSpace *as, bool to_guest)
{
    sg->to_guest = to_guest;
    qemu_sglist_init(&sg->list, dev, 4, as);
}

bool guest_sg_add(GuestSg *sg, uint64_t addr, uint64_t len)
{
    QEMUSGList *l = &sg->list;
    ScatterGatherEntry *last = l->nsg ? &l->sg[l->nsg - 1] : NULL;

    if (last && last->base + last->len == addr && addr) {
        last->len += len;
        l->size += len;
        return false;
    }
    qemu_sglist_add(l, addr, len);
    return true;
}

static bool map_range(GuestSg *sg, uint64_t addr, uint64_t len, int *alloc)
{
    while (len) {
        dma_addr_t now = len;
        ram_addr_t offset;
        void *p = dma_memory_map(sg->list.as, addr, &now, direction(sg), GUEST_SG_ATTRS);

        if (!p) {
            return false;
        }
        if (sg->niov == *alloc) {
            *alloc = *alloc * 2 + 1;
            sg->iov = g_renew(struct iovec, sg->iov, *alloc);
        }
        sg->iov[sg->niov++] = (struct iovec) { p, now };
        /* Not a copy of what a device would have answered. And a page of many regions is not a buffer. */
        if (!qemu_ram_block_from_host(p, false, &offset) || sg->niov > GUEST_SG_MAX) {
            return false;
        }
        addr += now;
        len -= now;
    }
    return true;
}

static void unmap(GuestSg *sg, bool written)
{
    for (int i = 0; i < sg->niov; i++) {
        dma_memory_unmap(sg->list.as, sg->iov[i].iov_base, sg->iov[i].iov_len, direction(sg),
                         written ? sg->iov[i].iov_len : 0);
    }
    sg->niov = 0;
    g_clear_pointer(&sg->iov, g_free);
}

bool guest_sg_map(GuestSg *sg, QEMUIOVector *qiov)
{
    int alloc = MAX(sg->list.nsg, 1);

    sg->iov = g_new(struct iovec, alloc);
    dma_barrier(sg->list.as, direction(sg));
    for (int i = 0; i < sg->list.nsg; i++) {
        if (!map_range(sg, sg->list.sg[i].base, sg->list.sg[i].len, &alloc)) {
            unmap(sg, false);
            return false;
        }
    }
    qemu_iovec_init_external(qiov, sg->iov, sg->niov);
    return true;
}

bool guest_sg_copy(GuestSg *sg, uint64_t offset, void *buf, uint64_t len)
{
    uint8_t *p = buf;

    for (int i = 0; i < sg->list.nsg && len; i++) {
        ScatterGatherEntry *e = &sg->list.sg[i];
        uint64_t now;

        if (offset >= e->len) {
            offset -= e->len;
            continue;
        }
        now = MIN(len, e->len - offset);
        if (dma_memory_rw(sg->list.as, e->base + offset, p, now, direction(sg), GUEST_SG_ATTRS) != MEMTX_OK) {
            return false;
        }
        p += now;
        len -= now;
        offset = 0;
    }
    return true;
}

void guest_sg_free(GuestSg *sg)
{
    if (sg->list.sg) {
        unmap(sg, true);
        qemu_sglist_destroy(&sg->list);
    }
}
