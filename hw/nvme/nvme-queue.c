// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Queues of the NVMe controller (NVMe 1.4, 4.1, 4.6, 7.2): doorbells, fetching, completing, interrupts (7.5).
 * Invariants N1 to N6: nvme.h.
 */
#include "qemu/osdep.h"
#include "nvme.h"
#include "qemu/bswap.h"
#include "qemu/main-loop.h"

/* ---- interrupts ---- */

/* INTx is a level: some queue with interrupts on, whose vector is not masked, is not empty. */
void nvme_update_intx(NvmeCtrl *n)
{
    bool level = false;

    if (msix_enabled(&n->parent_obj)) {
        return;
    }
    for (uint32_t i = 0; i < n->nr_queues && !level; i++) {
        NvmeCQueue *cq = n->cq[i];

        level = cq && cq->irq_enabled && cq->head != cq->tail && cq->vector < 32 && !(n->intms >> cq->vector & 1);
    }
    pci_set_irq(&n->parent_obj, level);
}

static void notify(NvmeCtrl *n, NvmeCQueue *cq)
{
    if (!cq->irq_enabled) {
        return;
    }
    if (msix_enabled(&n->parent_obj)) {
        msix_notify(&n->parent_obj, cq->vector);
    } else {
        nvme_update_intx(n);
    }
}

/* ---- completion queues ---- */

static uint32_t cq_used(const NvmeCQueue *cq)
{
    return (cq->tail + cq->size - cq->head) % cq->size;
}

uint32_t nvme_cq_room(NvmeCQueue *cq)
{
    uint32_t taken = cq_used(cq) + cq->reserved;

    return taken < cq->size - 1 ? cq->size - 1 - taken : 0;
}

void nvme_post(NvmeCtrl *n, uint16_t cqid, NvmeCqe cqe, uint16_t status)
{
    NvmeCQueue *cq = n->cq[cqid];
    uint64_t addr = cq->addr + (uint64_t)cq->tail * sizeof(cqe);
    uint8_t *raw = (uint8_t *)&cqe;

    cqe.status = cpu_to_le16(status << 1 | cq->phase);
    /* The phase makes the entry valid: it is written last. */
    if (dma_memory_write(nvme_as(n), addr, raw, 8, NVME_ATTRS) != MEMTX_OK ||
        dma_memory_write(nvme_as(n), addr + 8, raw + 8, 8, NVME_ATTRS) != MEMTX_OK) {
        nvme_fatal(n, "cannot write a completion queue");
        return;
    }
    if (++cq->tail == cq->size) {
        cq->tail = 0;
        cq->phase = !cq->phase;
    }
    notify(n, cq);
}

void nvme_add_cq(NvmeCtrl *n, uint16_t cqid, uint64_t addr, uint32_t size, uint16_t vector, bool irq_enabled)
{
    NvmeCQueue *cq = g_new0(NvmeCQueue, 1);

    *cq = (NvmeCQueue) { .addr = addr, .size = size, .cqid = cqid, .vector = vector, .phase = true,
                         .irq_enabled = irq_enabled };
    n->cq[cqid] = cq;
}

void nvme_add_sq(NvmeCtrl *n, uint16_t sqid, uint16_t cqid, uint64_t addr, uint32_t size)
{
    NvmeSQueue *sq = g_new0(NvmeSQueue, 1);

    *sq = (NvmeSQueue) { .addr = addr, .size = size, .sqid = sqid, .cqid = cqid };
    n->sq[sqid] = sq;
    n->cq[cqid]->nr_sqs++;
}

void nvme_free_sq(NvmeCtrl *n, uint16_t sqid)
{
    n->cq[n->sq[sqid]->cqid]->nr_sqs--;
    g_clear_pointer(&n->sq[sqid], g_free);
}

void nvme_free_cq(NvmeCtrl *n, uint16_t cqid)
{
    g_clear_pointer(&n->cq[cqid], g_free);
    nvme_update_intx(n);
}

void nvme_free_queues(NvmeCtrl *n)
{
    for (uint32_t i = 0; n->sq && i < n->nr_queues; i++) {
        g_clear_pointer(&n->sq[i], g_free);
        g_clear_pointer(&n->cq[i], g_free);
    }
}

/* ---- the end of a request ---- */

/* Without a completion. */
void nvme_drop_request(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;
    NvmeSQueue *sq = n->sq[req->sqid];

    sq->outstanding--;
    n->cq[sq->cqid]->reserved--;
    n->in_flight--;
    nvme_sg_free(n, &req->sg);
    g_free(req->bounce.iov_base);
    g_free(req);
}

static void finish_delete(NvmeCtrl *n, NvmeSQueue *sq)
{
    NvmeCqe cqe = { .sq_head = cpu_to_le16(n->sq[0]->head), .cid = sq->delete_cid };

    nvme_free_sq(n, sq->sqid);
    n->cq[0]->reserved--;
    nvme_post(n, 0, cqe, NVME_SUCCESS);
}

void nvme_complete(NvmeRequest *req, uint16_t status)
{
    NvmeCtrl *n = req->n;
    NvmeSQueue *sq = n->sq[req->sqid];
    NvmeCqe cqe = {
        .result = cpu_to_le32(req->result), .sq_head = cpu_to_le16(sq->head), .sq_id = cpu_to_le16(sq->sqid),
        .cid = req->cmd.cid,
    };

    if (status) {
        nvme_log_error(req, status);
    }
    nvme_drop_request(req);
    /* A controller that is being reset answers nobody. */
    if (n->csts & NVME_CSTS_RDY && n->cc & NVME_CC_EN) {
        nvme_post(n, sq->cqid, cqe, status);
        if (sq->has_delete && !sq->outstanding) {
            finish_delete(n, sq);
        }
    }
    nvme_progress(n);
}

/* ---- waiting for the machine to run again ---- */

void nvme_park(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;

    if (n->sq[req->sqid]->has_delete || !(n->cc & NVME_CC_EN)) {
        nvme_complete(req, NVME_ABORTED_SQ_DELETED);
        return;
    }
    nvme_sg_free(n, &req->sg);
    g_clear_pointer(&req->bounce.iov_base, g_free);
    req->pos = req->count = 0;
    QTAILQ_INSERT_TAIL(&n->parked, req, link);
    n->nr_parked++;
    n->in_flight--;
    nvme_progress(n);
}

void nvme_unpark(NvmeRequest *req)
{
    QTAILQ_REMOVE(&req->n->parked, req, link);
    req->n->nr_parked--;
    req->n->in_flight++;
}

static void execute(NvmeRequest *req)
{
    uint16_t status = req->sqid ? nvme_io(req) : nvme_admin(req);

    if (status != NVME_LATER) {
        nvme_complete(req, status);
    }
}

void nvme_retry_parked(NvmeCtrl *n)
{
    for (uint32_t i = n->nr_parked; i > 0; i--) {
        NvmeRequest *req = QTAILQ_FIRST(&n->parked);

        nvme_unpark(req);
        execute(req);
    }
}

/* ---- fetching ---- */

static bool can_fetch(NvmeCtrl *n, NvmeSQueue *sq)
{
    if (!(n->csts & NVME_CSTS_RDY) || n->csts & NVME_CSTS_CFS || !(n->cc & NVME_CC_EN) || sq->head == sq->tail ||
        sq->has_delete || !runstate_is_running() || !nvme_cq_room(n->cq[sq->cqid])) {
        return false;
    }
    if (n->in_flight + n->nr_parked >= NVME_MAX_IN_FLIGHT || n->sg_in_use >= NVME_MAX_SG) {
        n->starved = true;
        return false;
    }
    return true;
}

static void process_sq(NvmeCtrl *n, uint16_t sqid)
{
    NvmeSQueue *sq;

    /* At most a queue's length of commands: a guest on another CPU may be refilling it. */
    for (uint32_t budget = NVME_MQES + 1; (sq = n->sq[sqid]) && can_fetch(n, sq); budget--) {
        NvmeRequest *req;
        NvmeCmd cmd;

        if (!budget) {
            qemu_bh_schedule(n->bh);
            return;
        }
        if (dma_memory_read(nvme_as(n), sq->addr + (uint64_t)sq->head * sizeof(cmd), &cmd, sizeof(cmd), NVME_ATTRS)) {
            nvme_fatal(n, "cannot read a submission queue");
            return;
        }
        sq->head = (sq->head + 1) % sq->size;
        req = g_new0(NvmeRequest, 1);
        req->n = n;
        req->sqid = sqid;
        req->cmd = cmd;
        sq->outstanding++;
        n->cq[sq->cqid]->reserved++;
        n->in_flight++;
        execute(req);
    }
}

void nvme_process(NvmeCtrl *n)
{
    n->starved = false;
    for (uint32_t i = 0; i < n->nr_queues; i++) {
        if (n->sq[i]) {
            process_sq(n, i);
        }
    }
}

/* ---- doorbells ---- */

static void ring_cq(NvmeCtrl *n, uint32_t qid, uint32_t val)
{
    NvmeCQueue *cq = n->cq[qid];

    /* The host can take off only what is in the queue: N1 depends on it. */
    if (val >= cq->size || (val + cq->size - cq->head) % cq->size > cq_used(cq)) {
        nvme_event(n, NVME_AE_ERROR, NVME_AE_BAD_DOORBELL_VALUE, NVME_LOG_ERROR);
        return;
    }
    cq->head = val;
    nvme_update_intx(n);
    if (qid == 0) {
        nvme_send_events(n);
    }
    /* Room for completions: what waited for it may be fetched. */
    for (uint32_t i = 0, left = cq->nr_sqs; i < n->nr_queues && left; i++) {
        if (n->sq[i] && n->sq[i]->cqid == qid) {
            left--;
            process_sq(n, i);
        }
    }
}

static void ring_sq(NvmeCtrl *n, uint32_t qid, uint32_t val)
{
    NvmeSQueue *sq = n->sq[qid];

    if (val >= sq->size) {
        nvme_event(n, NVME_AE_ERROR, NVME_AE_BAD_DOORBELL_VALUE, NVME_LOG_ERROR);
        return;
    }
    sq->tail = val;
    process_sq(n, qid);
}

void nvme_doorbell(NvmeCtrl *n, hwaddr offset, uint32_t val)
{
    uint32_t qid = offset / 8;
    bool is_cq = offset & 4;

    if (!(n->csts & NVME_CSTS_RDY) || n->csts & NVME_CSTS_CFS) {
        return;
    }
    val &= 0xffff;
    if (qid >= n->nr_queues || (is_cq ? !n->cq[qid] : !n->sq[qid])) {
        nvme_event(n, NVME_AE_ERROR, NVME_AE_BAD_DOORBELL_REG, NVME_LOG_ERROR);
        return;
    }
    if (is_cq) {
        ring_cq(n, qid, val);
    } else {
        ring_sq(n, qid, val);
    }
}
