// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands on blocks (NVMe 1.4, 6). Reads and writes map the guest's memory for the block layer. What needs memory of
 * our own goes in steps: compare 64 KiB at a time, dataset management a range at a time, a flush of all namespaces one
 * after the other. BQL.
 */
#include "qemu/osdep.h"
#include "nvme.h"
#include "qemu/bswap.h"

#define COMPARE_CHUNK (64u << 10)

static uint64_t slba_of(const NvmeRequest *req)
{
    return (uint64_t)le32_to_cpu(req->cmd.cdw11) << 32 | le32_to_cpu(req->cmd.cdw10);
}

static uint32_t nlb_of(const NvmeRequest *req)
{
    return (le32_to_cpu(req->cmd.cdw12) & 0xffff) + 1;
}

static bool is_fua(const NvmeRequest *req)
{
    return le32_to_cpu(req->cmd.cdw12) >> 30 & 1;
}

static uint64_t bytes_of(const NvmeRequest *req)
{
    return (uint64_t)nlb_of(req) << nvme_ns_shift(req->ns);
}

static uint16_t check_range(NvmeNamespace *ns, uint64_t slba, uint64_t count)
{
    uint64_t blocks = nvme_ns_blocks(ns);

    return slba > blocks || count > blocks - slba ? NVME_LBA_OUT_OF_RANGE | NVME_DNR : NVME_SUCCESS;
}

static uint16_t check_transfer(NvmeRequest *req)
{
    uint8_t mdts = req->n->mdts;

    /* Units of the smallest page (CAP.MPSMIN). */
    if (mdts && bytes_of(req) > 4096ULL << mdts) {
        return NVME_INVALID_FIELD | NVME_DNR;
    }
    return check_range(req->ns, slba_of(req), nlb_of(req));
}

/* ---- completion ---- */

static uint16_t status_of(int ret, bool is_read)
{
    switch (ret) {
    case -EACCES:
    case -EROFS:
        return NVME_RANGE_READ_ONLY | NVME_DNR;
    case -ENOSPC:
        return NVME_CAPACITY_EXCEEDED;
    default:
        return is_read ? NVME_READ_ERROR : NVME_WRITE_FAULT;
    }
}

/* Each step of a request ends here first. True: it went well, @req is still ours. */
static bool step_done(NvmeRequest *req, int ret, bool is_read)
{
    BlockBackend *blk = req->ns->blkconf.blk;
    BlockErrorAction action;

    if (ret >= 0) {
        return true;
    }
    action = blk_get_error_action(blk, is_read, -ret);
    blk_error_action(blk, action, is_read, -ret);
    switch (action) {
    case BLOCK_ERROR_ACTION_IGNORE:
        return true;
    case BLOCK_ERROR_ACTION_STOP:
        nvme_park(req);
        return false;
    default:
        nvme_complete(req, status_of(ret, is_read));
        return false;
    }
}

/* Block layer callbacks enter the controller from outside. */
#define DEFINE_DONE(name, step)                             \
    static void name(void *opaque, int ret)                 \
    {                                                       \
        NvmeRequest *req = opaque;                          \
        NvmeCtrl *n = req->n;                               \
                                                            \
        n->entered++;                                       \
        step(req, ret);                                     \
        n->entered--;                                       \
    }

static void flush_step(NvmeRequest *req, int ret)
{
    if (step_done(req, ret, false)) {
        nvme_complete(req, NVME_SUCCESS);
    }
}
DEFINE_DONE(flush_done, flush_step)

static void write_step(NvmeRequest *req, int ret)
{
    if (!step_done(req, ret, false)) {
        return;
    }
    if (is_fua(req) && blk_enable_write_cache(req->ns->blkconf.blk)) {
        blk_aio_flush(req->ns->blkconf.blk, flush_done, req);
        return;
    }
    nvme_complete(req, NVME_SUCCESS);
}
DEFINE_DONE(write_done, write_step)

static void read_step(NvmeRequest *req, int ret)
{
    if (step_done(req, ret, true)) {
        nvme_complete(req, NVME_SUCCESS);
    }
}
DEFINE_DONE(read_done, read_step)

/* ---- read, write, write zeroes ---- */

static uint16_t read_write(NvmeRequest *req, bool is_write)
{
    NvmeCtrl *n = req->n;
    int64_t offset = slba_of(req) << nvme_ns_shift(req->ns);
    uint16_t status = check_transfer(req);

    if (!status && is_write && !blk_is_writable(req->ns->blkconf.blk)) {
        status = NVME_RANGE_READ_ONLY | NVME_DNR;
    }
    if (!status) {
        status = nvme_map_iov(req, bytes_of(req), !is_write);
    }
    if (status) {
        return status;
    }
    if (is_write) {
        n->writes++;
        n->sectors_written += req->qiov.size >> 9;
        blk_aio_pwritev(req->ns->blkconf.blk, offset, &req->qiov, write_done, req);
    } else {
        n->reads++;
        n->sectors_read += req->qiov.size >> 9;
        blk_aio_preadv(req->ns->blkconf.blk, offset, &req->qiov, read_done, req);
    }
    return NVME_LATER;
}

static uint16_t write_zeroes(NvmeRequest *req)
{
    uint16_t status = check_range(req->ns, slba_of(req), nlb_of(req));

    if (!status && !blk_is_writable(req->ns->blkconf.blk)) {
        status = NVME_RANGE_READ_ONLY | NVME_DNR;
    }
    if (status) {
        return status;
    }
    blk_aio_pwrite_zeroes(req->ns->blkconf.blk, slba_of(req) << nvme_ns_shift(req->ns), bytes_of(req),
                          le32_to_cpu(req->cmd.cdw12) >> 25 & 1, write_done, req);
    return NVME_LATER;
}

/* ---- compare: 6.6 ---- */

static void compare_step(NvmeRequest *req, int ret);
DEFINE_DONE(compare_done, compare_step)

static void compare_next(NvmeRequest *req)
{
    uint64_t offset = (slba_of(req) << nvme_ns_shift(req->ns)) + req->pos;

    req->bounce.iov_len = MIN(COMPARE_CHUNK, bytes_of(req) - req->pos);
    qemu_iovec_init_external(&req->qiov, &req->bounce, 1);
    blk_aio_preadv(req->ns->blkconf.blk, offset, &req->qiov, compare_done, req);
}

static void compare_step(NvmeRequest *req, int ret)
{
    size_t len = req->bounce.iov_len;
    g_autofree uint8_t *host = NULL;

    if (!step_done(req, ret, true)) {
        return;
    }
    host = g_malloc(len);
    if (!guest_sg_copy(&req->sg, req->pos, host, len)) {
        nvme_complete(req, NVME_DATA_TRANSFER_ERROR);
        return;
    }
    if (memcmp(host, req->bounce.iov_base, len)) {
        nvme_complete(req, NVME_COMPARE_FAILURE | NVME_DNR);
        return;
    }
    req->pos += len;
    if (req->pos == bytes_of(req)) {
        nvme_complete(req, NVME_SUCCESS);
    } else {
        compare_next(req);
    }
}

static uint16_t compare(NvmeRequest *req)
{
    uint16_t status = check_transfer(req);

    if (!status) {
        status = nvme_map_data(req, bytes_of(req), false);
    }
    if (status) {
        return status;
    }
    req->pos = 0;
    req->bounce.iov_base = g_malloc(MIN(COMPARE_CHUNK, bytes_of(req)));
    compare_next(req);
    return NVME_LATER;
}

/* ---- dataset management: 6.7. Only "deallocate" does something; the rest is advice. ---- */

static void dsm_step(NvmeRequest *req, int ret);
DEFINE_DONE(dsm_done, dsm_step)

/* False: that was the last. A range without whole blocks, or of none, is skipped. */
static bool dsm_next(NvmeRequest *req)
{
    const NvmeDsmRange *r = req->bounce.iov_base;

    while (req->pos < req->count) {
        uint64_t slba = le64_to_cpu(r[req->pos].slba), blocks = le32_to_cpu(r[req->pos].blocks);

        req->pos++;
        if (blocks) {
            blk_aio_pdiscard(req->ns->blkconf.blk, slba << nvme_ns_shift(req->ns), blocks << nvme_ns_shift(req->ns),
                             dsm_done, req);
            return true;
        }
    }
    return false;
}

static void dsm_step(NvmeRequest *req, int ret)
{
    /* A back end that cannot deallocate has not failed. */
    if (step_done(req, ret == -ENOTSUP ? 0 : ret, false) && !dsm_next(req)) {
        nvme_complete(req, NVME_SUCCESS);
    }
}

static uint16_t dataset_management(NvmeRequest *req)
{
    uint32_t count = (le32_to_cpu(req->cmd.cdw10) & 0xff) + 1;
    NvmeDsmRange *r;
    uint16_t status;

    if (!(le32_to_cpu(req->cmd.cdw11) >> 2 & 1)) {
        return NVME_SUCCESS;
    }
    if (!blk_is_writable(req->ns->blkconf.blk)) {
        return NVME_RANGE_READ_ONLY | NVME_DNR;
    }
    r = req->bounce.iov_base = g_new(NvmeDsmRange, count);
    status = nvme_data_from_guest(req, r, count * sizeof(*r));
    for (uint32_t i = 0; i < count && !status; i++) {
        status = check_range(req->ns, le64_to_cpu(r[i].slba), le32_to_cpu(r[i].blocks));
    }
    if (status) {
        return status;
    }
    req->pos = 0;
    req->count = count;
    return dsm_next(req) ? NVME_LATER : NVME_SUCCESS;
}

/* ---- flush: 6.8 ---- */

static NvmeNamespace *next_ns(NvmeCtrl *n, uint32_t after)
{
    for (uint32_t i = after + 1; i <= NVME_MAX_NAMESPACES; i++) {
        if (n->ns[i]) {
            return n->ns[i];
        }
    }
    return NULL;
}

static void flush_next(NvmeRequest *req, int ret);
DEFINE_DONE(flush_one_done, flush_next)

static void flush_next(NvmeRequest *req, int ret)
{
    if (!step_done(req, ret, false)) {
        return;
    }
    req->ns = next_ns(req->n, req->ns->nsid);
    if (req->ns) {
        blk_aio_flush(req->ns->blkconf.blk, flush_one_done, req);
    } else {
        nvme_complete(req, NVME_SUCCESS);
    }
}

static uint16_t flush(NvmeRequest *req, uint32_t nsid)
{
    if (nsid == NVME_NSID_ALL) {
        req->ns = next_ns(req->n, 0);
        if (!req->ns) {
            return NVME_SUCCESS;
        }
        blk_aio_flush(req->ns->blkconf.blk, flush_one_done, req);
        return NVME_LATER;
    }
    blk_aio_flush(req->ns->blkconf.blk, flush_done, req);
    return NVME_LATER;
}

/* A shutdown's flush: no command of the guest's. */
static void shutdown_flushed(void *opaque, int ret)
{
    NvmeCtrl *n = opaque;

    n->entered++;
    n->in_flight--;
    nvme_progress(n);
    n->entered--;
}

bool nvme_flush_all(NvmeCtrl *n)
{
    bool any = false;

    for (NvmeNamespace *ns = next_ns(n, 0); ns; ns = next_ns(n, ns->nsid)) {
        if (blk_is_writable(ns->blkconf.blk)) {
            n->in_flight++;
            any = true;
            blk_aio_flush(ns->blkconf.blk, shutdown_flushed, n);
        }
    }
    return any;
}

uint16_t nvme_io(NvmeRequest *req)
{
    uint32_t nsid = le32_to_cpu(req->cmd.nsid);

    if (req->cmd.flags & 3) {                   /* no fused operations */
        return NVME_INVALID_FIELD | NVME_DNR;
    }
    req->ns = nvme_ns(req->n, nsid);
    if (!req->ns && !(req->cmd.opcode == NVME_IO_FLUSH && nsid == NVME_NSID_ALL)) {
        /* An id that could be somebody's, and one that could not. */
        return (nsid && nsid <= NVME_MAX_NAMESPACES ? NVME_INVALID_FIELD : NVME_INVALID_NAMESPACE) | NVME_DNR;
    }
    switch (req->cmd.opcode) {
    case NVME_IO_FLUSH: return flush(req, nsid);
    case NVME_IO_WRITE: return read_write(req, true);
    case NVME_IO_READ: return read_write(req, false);
    case NVME_IO_COMPARE: return compare(req);
    case NVME_IO_WRITE_ZEROES: return write_zeroes(req);
    case NVME_IO_DSM: return dataset_management(req);
    default: return NVME_INVALID_OPCODE | NVME_DNR;
    }
}
