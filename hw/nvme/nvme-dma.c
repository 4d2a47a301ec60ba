// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a command's data pointer to ranges of guest memory: PRP entries and lists (NVMe 1.4, 4.3) and SGLs (4.4), then
 * copies or mappings.
 *
 * Both walks end whatever the guest wrote: every page of a PRP list but the first starts at offset 0 and so covers at
 * least 511 pages of the transfer, and an SGL may have NVME_SGL_MAX descriptors in all its segments together.
 */
#include "qemu/osdep.h"
#include "nvme.h"
#include "qemu/bswap.h"

#define NVME_SGL_MAX 1024
#define LIST_CHUNK 64               /* list entries read at a time */

static bool dma_read(NvmeCtrl *n, uint64_t addr, void *buf, uint64_t len)
{
    return dma_memory_read(nvme_as(n), addr, buf, len, NVME_ATTRS) == MEMTX_OK;
}

static void add_range(NvmeCtrl *n, NvmeSg *sg, uint64_t addr, uint64_t len)
{
    n->sg_in_use += guest_sg_add(sg, addr, len);
}

/* ---- PRP ---- */

static uint16_t walk_prp_list(NvmeCtrl *n, NvmeSg *sg, uint64_t list, uint64_t left)
{
    uint32_t page = nvme_page_size(n);
    uint64_t entries[LIST_CHUNK];

    while (left) {
        /* Entries to the end of this page of the list; the last leads to the next page if more is to come. */
        uint32_t n_page = (page - (list & (page - 1))) / 8;
        uint32_t n_read = MIN(n_page, LIST_CHUNK);

        if (!dma_read(n, list, entries, n_read * 8)) {
            return NVME_DATA_TRANSFER_ERROR;
        }
        for (uint32_t i = 0; i < n_read && left; i++) {
            uint64_t prp = le64_to_cpu(entries[i]), len = MIN(left, page);

            if (prp & (page - 1)) {
                return NVME_PRP_OFFSET_INVALID | NVME_DNR;
            }
            if (i == n_page - 1 && left > page) {
                list = prp;
                goto next_page;
            }
            add_range(n, sg, prp, len);
            left -= len;
        }
        list += n_read * 8;
next_page:;
    }
    return NVME_SUCCESS;
}

static uint16_t walk_prp(NvmeCtrl *n, NvmeSg *sg, uint64_t prp1, uint64_t prp2, uint64_t left)
{
    uint32_t page = nvme_page_size(n);
    uint64_t len = MIN(left, page - (prp1 & (page - 1)));

    if (prp1 & 3) {
        return NVME_PRP_OFFSET_INVALID | NVME_DNR;
    }
    add_range(n, sg, prp1, len);
    left -= len;
    if (!left) {
        return NVME_SUCCESS;
    }
    if (left > page) {
        return prp2 & 7 ? NVME_PRP_OFFSET_INVALID | NVME_DNR : walk_prp_list(n, sg, prp2, left);
    }
    if (prp2 & (page - 1)) {
        return NVME_PRP_OFFSET_INVALID | NVME_DNR;
    }
    add_range(n, sg, prp2, left);
    return NVME_SUCCESS;
}

/* ---- SGL ---- */

static uint16_t add_sgl_data(NvmeCtrl *n, NvmeSg *sg, const NvmeSglDesc *d, uint64_t *left)
{
    uint64_t len = MIN(le32_to_cpu(d->len), *left), addr = le64_to_cpu(d->addr);

    if (d->type & 0xf || d->type >> 4 != NVME_SGL_DATA) {
        return NVME_SGL_TYPE_INVALID | NVME_DNR;
    }
    if (addr + len < addr) {
        return NVME_DATA_TRANSFER_ERROR | NVME_DNR;
    }
    if (len) {
        add_range(n, sg, addr, len);
        *left -= len;
    }
    return NVME_SUCCESS;
}

/* *@seg names a segment. The data in it, and in *@seg the segment after it: none left when it was the last. */
static uint16_t walk_segment(NvmeCtrl *n, NvmeSg *sg, NvmeSglDesc *seg, bool *more, unsigned *budget, uint64_t *left)
{
    uint32_t bytes = le32_to_cpu(seg->len), count = bytes / sizeof(NvmeSglDesc);
    uint64_t addr = le64_to_cpu(seg->addr);
    bool last = seg->type >> 4 == NVME_SGL_LAST_SEGMENT;
    NvmeSglDesc desc[LIST_CHUNK];

    if (!count || bytes % sizeof(NvmeSglDesc) || seg->type & 0xf) {
        return NVME_INVALID_SGL_SEGMENT | NVME_DNR;
    }
    if (count > *budget) {
        return NVME_INVALID_SGL_COUNT | NVME_DNR;
    }
    *budget -= count;
    *more = !last;
    while (count) {
        uint32_t now = MIN(count, LIST_CHUNK);

        if (!dma_read(n, addr, desc, now * sizeof(*desc))) {
            return NVME_DATA_TRANSFER_ERROR;
        }
        for (uint32_t i = 0; i < now; i++) {
            bool link = desc[i].type >> 4 == NVME_SGL_SEGMENT || desc[i].type >> 4 == NVME_SGL_LAST_SEGMENT;
            uint16_t status;

            /* A link is the last descriptor of a segment that is not the last, and only that. */
            if (link != (!last && now == count && i == now - 1)) {
                return NVME_INVALID_SGL_SEGMENT | NVME_DNR;
            }
            if (link) {
                *seg = desc[i];
                return NVME_SUCCESS;
            }
            status = add_sgl_data(n, sg, &desc[i], left);
            if (status) {
                return status;
            }
        }
        addr += now * sizeof(*desc);
        count -= now;
    }
    return NVME_SUCCESS;
}

static uint16_t walk_sgl(NvmeCtrl *n, NvmeSg *sg, NvmeSglDesc desc, uint64_t left)
{
    unsigned budget = NVME_SGL_MAX;
    bool more = true;

    switch (desc.type >> 4) {
    case NVME_SGL_SEGMENT:
    case NVME_SGL_LAST_SEGMENT:
        while (more && left) {
            uint16_t status = walk_segment(n, sg, &desc, &more, &budget, &left);

            if (status) {
                return status;
            }
        }
        break;
    default: {
        uint16_t status = add_sgl_data(n, sg, &desc, &left);

        if (status) {
            return status;
        }
    }
    }
    return left ? NVME_SGL_LENGTH_INVALID | NVME_DNR : NVME_SUCCESS;
}

/* ---- the command's data ---- */

uint16_t nvme_map_data(NvmeRequest *req, uint64_t len, bool to_guest)
{
    NvmeCtrl *n = req->n;
    NvmeSg *sg = &req->sg;
    unsigned psdt = req->cmd.flags >> 6;
    uint16_t status;

    nvme_sg_free(n, sg);
    guest_sg_init(sg, DEVICE(n), nvme_as(n), to_guest);
    if (psdt == 0) {
        status = walk_prp(n, sg, le64_to_cpu(req->cmd.prp1), le64_to_cpu(req->cmd.prp2), len);
    } else if (psdt == 3 || req->sqid == 0) {
        status = NVME_INVALID_FIELD | NVME_DNR;
    } else {
        NvmeSglDesc desc;

        memcpy(&desc, &req->cmd.prp1, sizeof(desc));
        status = walk_sgl(n, sg, desc, len);
    }
    if (status) {
        nvme_sg_free(n, sg);
    }
    return status;
}

uint16_t nvme_map_iov(NvmeRequest *req, uint64_t len, bool to_guest)
{
    uint16_t status = nvme_map_data(req, len, to_guest);

    if (!status && !guest_sg_map(&req->sg, &req->qiov)) {
        nvme_sg_free(req->n, &req->sg);
        return NVME_DATA_TRANSFER_ERROR;
    }
    return status;
}

void nvme_sg_free(NvmeCtrl *n, NvmeSg *sg)
{
    n->sg_in_use -= sg->list.nsg;
    guest_sg_free(sg);
}

static uint16_t copy_all(NvmeRequest *req, void *buf, uint64_t len, bool to_guest)
{
    uint16_t status = nvme_map_data(req, len, to_guest);

    if (!status && !guest_sg_copy(&req->sg, 0, buf, len)) {
        status = NVME_DATA_TRANSFER_ERROR;
    }
    nvme_sg_free(req->n, &req->sg);
    return status;
}

uint16_t nvme_data_to_guest(NvmeRequest *req, const void *buf, uint64_t len)
{
    return copy_all(req, (void *)buf, len, true);
}

uint16_t nvme_data_from_guest(NvmeRequest *req, void *buf, uint64_t len)
{
    return copy_all(req, buf, len, false);
}
