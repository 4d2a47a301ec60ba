// SPDX-License-Identifier: GPL-2.0-or-later
/* Admin commands (NVMe 1.4, 5): queues, features, abort. Identify and log pages have files of their own. BQL. */
#include "qemu/osdep.h"
#include "nvme.h"
#include "qemu/bswap.h"

/* ---- queues: 5.3 to 5.6 ---- */

static bool free_qid(NvmeCtrl *n, uint32_t qid, bool is_cq)
{
    return qid && qid < n->nr_queues && (is_cq ? !n->cq[qid] : !n->sq[qid]);
}

static uint16_t check_queue(NvmeCtrl *n, NvmeRequest *req, uint32_t size)
{
    if (size < 2 || size > NVME_MQES + 1) {
        return NVME_QSIZE_INVALID | NVME_DNR;
    }
    /* CAP.CQR: only contiguous queues. */
    if (!(le32_to_cpu(req->cmd.cdw11) & 1)) {
        return NVME_INVALID_FIELD | NVME_DNR;
    }
    if (le64_to_cpu(req->cmd.prp1) & (nvme_page_size(n) - 1)) {
        return NVME_PRP_OFFSET_INVALID | NVME_DNR;
    }
    if (NVME_CC_IOSQES(n->cc) != 6 || NVME_CC_IOCQES(n->cc) != 4) {
        return NVME_QSIZE_INVALID | NVME_DNR;
    }
    return NVME_SUCCESS;
}

static uint16_t create_cq(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;
    uint32_t dw10 = le32_to_cpu(req->cmd.cdw10), dw11 = le32_to_cpu(req->cmd.cdw11);
    uint32_t qid = dw10 & 0xffff, size = (dw10 >> 16) + 1, vector = dw11 >> 16;
    uint16_t status;

    if (!free_qid(n, qid, true)) {
        return NVME_QID_INVALID | NVME_DNR;
    }
    status = check_queue(n, req, size);
    if (status) {
        return status;
    }
    if (vector >= n->msix_qsize || (!msix_enabled(&n->parent_obj) && vector)) {
        return NVME_VECTOR_INVALID | NVME_DNR;
    }
    nvme_add_cq(n, qid, le64_to_cpu(req->cmd.prp1), size, vector, dw11 & 2);
    return NVME_SUCCESS;
}

static uint16_t create_sq(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;
    uint32_t dw10 = le32_to_cpu(req->cmd.cdw10), cqid = le32_to_cpu(req->cmd.cdw11) >> 16;
    uint32_t qid = dw10 & 0xffff, size = (dw10 >> 16) + 1;
    uint16_t status;

    if (!free_qid(n, qid, false)) {
        return NVME_QID_INVALID | NVME_DNR;
    }
    if (!cqid || cqid >= n->nr_queues || !n->cq[cqid]) {
        return NVME_CQ_INVALID | NVME_DNR;
    }
    status = check_queue(n, req, size);
    if (status) {
        return status;
    }
    nvme_add_sq(n, qid, cqid, le64_to_cpu(req->cmd.prp1), size);
    return NVME_SUCCESS;
}

/* What waits for the machine to run again would never be taken up: it ends now. */
static void abort_parked(NvmeCtrl *n, uint16_t sqid)
{
    NvmeRequest *req, *next;

    QTAILQ_FOREACH_SAFE(req, &n->parked, link, next) {
        if (req->sqid == sqid) {
            nvme_unpark(req);
            nvme_complete(req, NVME_ABORTED_SQ_DELETED);
        }
    }
}

static uint16_t delete_sq(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;
    uint32_t qid = le32_to_cpu(req->cmd.cdw10) & 0xffff;
    NvmeSQueue *sq = qid && qid < n->nr_queues ? n->sq[qid] : NULL;

    if (!sq || sq->has_delete) {
        return NVME_QID_INVALID | NVME_DNR;
    }
    abort_parked(n, qid);
    if (!sq->outstanding) {
        nvme_free_sq(n, qid);
        return NVME_SUCCESS;
    }
    /* nvme_complete() answers when the last command is done; the place in the CQ stays taken until then. */
    sq->has_delete = true;
    sq->delete_cid = req->cmd.cid;
    nvme_drop_request(req);
    n->cq[0]->reserved++;
    return NVME_LATER;
}

static uint16_t delete_cq(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;
    uint32_t qid = le32_to_cpu(req->cmd.cdw10) & 0xffff;

    if (!qid || qid >= n->nr_queues || !n->cq[qid]) {
        return NVME_QID_INVALID | NVME_DNR;
    }
    if (n->cq[qid]->nr_sqs) {
        return NVME_QUEUE_DELETION | NVME_DNR;
    }
    nvme_free_cq(n, qid);
    return NVME_SUCCESS;
}

/* ---- features: 5.9, 5.21 ---- */

void nvme_reset_features(NvmeCtrl *n)
{
    n->features = (NvmeFeatures) {
        .write_cache = n->conf.wce != ON_OFF_AUTO_OFF,
        .num_queues = (n->max_ioqpairs - 1) << 16 | (n->max_ioqpairs - 1),
        .temp_high = 343,
    };
}

static uint32_t *plain_feature(NvmeCtrl *n, uint32_t fid)
{
    switch (fid) {
    case NVME_FEAT_ARBITRATION: return &n->features.arbitration;
    case NVME_FEAT_POWER: return &n->features.power;
    case NVME_FEAT_ERROR_RECOVERY: return &n->features.error_recovery;
    case NVME_FEAT_WRITE_CACHE: return &n->features.write_cache;
    case NVME_FEAT_NUM_QUEUES: return &n->features.num_queues;
    case NVME_FEAT_COALESCING: return &n->features.coalescing;
    case NVME_FEAT_ATOMICITY: return &n->features.atomicity;
    case NVME_FEAT_ASYNC_EVENTS: return &n->features.async_events;
    default: return NULL;
    }
}

/* 0: no such sensor. */
static uint16_t *threshold(NvmeCtrl *n, uint32_t dw11)
{
    uint32_t sensor = dw11 >> 16 & 15, which = dw11 >> 20 & 3;

    return sensor || which > 1 ? NULL : which ? &n->features.temp_low : &n->features.temp_high;
}

static bool read_feature(NvmeCtrl *n, uint32_t fid, uint32_t dw11, uint32_t *val)
{
    uint32_t *plain = plain_feature(n, fid);
    uint16_t *t;

    if (plain) {
        *val = *plain;
        return true;
    }
    switch (fid) {
    case NVME_FEAT_TEMPERATURE:
        t = threshold(n, dw11);
        *val = t ? *t : 0;
        return t;
    case NVME_FEAT_VECTOR:
        dw11 &= 0xffff;
        if (dw11 >= n->msix_qsize) {
            return false;
        }
        *val = dw11 | (n->features.coalescing_off[dw11 / 32] >> dw11 % 32 & 1) << 16;
        return true;
    default:
        return false;
    }
}

/* Capabilities (SEL 3): bit 2 changeable, 1 per namespace, 0 saveable. */
static uint32_t feature_caps(uint32_t fid)
{
    return fid == NVME_FEAT_NUM_QUEUES ? 0 : 4;
}

static uint16_t get_feature(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;
    uint32_t dw10 = le32_to_cpu(req->cmd.cdw10), dw11 = le32_to_cpu(req->cmd.cdw11), sel = dw10 >> 8 & 7, val;

    if (sel > 3) {
        return NVME_INVALID_FIELD | NVME_DNR;
    }
    if (sel == 1 || sel == 2) {             /* nothing is saved: the default */
        NvmeFeatures now = n->features;
        bool ok;

        nvme_reset_features(n);
        ok = read_feature(n, dw10 & 0xff, dw11, &val);
        n->features = now;
        if (!ok) {
            return NVME_INVALID_FIELD | NVME_DNR;
        }
    } else if (!read_feature(n, dw10 & 0xff, dw11, &val)) {
        return NVME_INVALID_FIELD | NVME_DNR;
    }
    req->result = sel == 3 ? feature_caps(dw10 & 0xff) : val;
    return NVME_SUCCESS;
}

static void set_write_cache(NvmeCtrl *n, bool on)
{
    for (uint32_t i = 1; i <= NVME_MAX_NAMESPACES; i++) {
        if (n->ns[i]) {
            blk_set_enable_write_cache(n->ns[i]->blkconf.blk, on);
        }
    }
}

static bool io_queues_exist(NvmeCtrl *n)
{
    for (uint32_t i = 1; i < n->nr_queues; i++) {
        if (n->cq[i] || n->sq[i]) {
            return true;
        }
    }
    return false;
}

static uint16_t set_num_queues(NvmeRequest *req, uint32_t want)
{
    NvmeCtrl *n = req->n;

    /* 0's based, 65535 is reserved; must come before the first I/O queue. */
    if ((want & 0xffff) == 0xffff || want >> 16 == 0xffff) {
        return NVME_INVALID_FIELD | NVME_DNR;
    }
    if (io_queues_exist(n)) {
        return 0x000c | NVME_DNR;           /* Command Sequence Error */
    }
    /* As many as there are, whatever was asked for. */
    req->result = n->features.num_queues;
    return NVME_SUCCESS;
}

static uint16_t set_feature(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;
    uint32_t dw10 = le32_to_cpu(req->cmd.cdw10), dw11 = le32_to_cpu(req->cmd.cdw11), fid = dw10 & 0xff, bit;
    uint16_t *t;

    if (dw10 >> 31) {
        return NVME_NOT_SAVEABLE | NVME_DNR;
    }
    switch (fid) {
    case NVME_FEAT_NUM_QUEUES:
        return set_num_queues(req, dw11);
    case NVME_FEAT_TEMPERATURE:
        t = threshold(n, dw11);
        if (!t) {
            return NVME_INVALID_FIELD | NVME_DNR;
        }
        *t = dw11 & 0xffff;
        nvme_check_temperature(n);
        return NVME_SUCCESS;
    case NVME_FEAT_VECTOR:
        if ((dw11 & 0xffff) >= n->msix_qsize) {
            return NVME_INVALID_FIELD | NVME_DNR;
        }
        bit = 1u << (dw11 & 31);
        n->features.coalescing_off[(dw11 & 0xffff) / 32] &= ~bit;
        n->features.coalescing_off[(dw11 & 0xffff) / 32] |= dw11 >> 16 & 1 ? bit : 0;
        return NVME_SUCCESS;
    case NVME_FEAT_POWER:
        if (dw11 & 0x1f) {                  /* there is one power state, 0 */
            return NVME_INVALID_FIELD | NVME_DNR;
        }
        break;
    case NVME_FEAT_WRITE_CACHE:
        dw11 &= 1;
        set_write_cache(n, dw11);
        break;
    default:
        if (!plain_feature(n, fid)) {
            return NVME_INVALID_FIELD | NVME_DNR;
        }
    }
    *plain_feature(n, fid) = dw11;
    return NVME_SUCCESS;
}

/* ---- abort: 5.1 ---- */

static uint16_t abort_command(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;
    uint32_t dw10 = le32_to_cpu(req->cmd.cdw10), sqid = dw10 & 0xffff;
    uint16_t cid = cpu_to_le16(dw10 >> 16);
    NvmeRequest *p, *next;

    if (sqid >= n->nr_queues || !n->sq[sqid]) {
        return NVME_INVALID_FIELD | NVME_DNR;
    }
    /* What is with the host's file system finishes by itself: "not aborted". */
    req->result = 1;
    QTAILQ_FOREACH_SAFE(p, &n->parked, link, next) {
        if (p->sqid == sqid && p->cmd.cid == cid) {
            nvme_unpark(p);
            nvme_complete(p, NVME_ABORT_REQUESTED);
            req->result = 0;
            return NVME_SUCCESS;
        }
    }
    if (!sqid && nvme_abort_aer(n, cid)) {
        req->result = 0;
    }
    return NVME_SUCCESS;
}

uint16_t nvme_admin(NvmeRequest *req)
{
    /* Fused operations are for I/O; SGLs are not for admin commands over PCI Express. */
    if (req->cmd.flags & 0xc3) {
        return NVME_INVALID_FIELD | NVME_DNR;
    }
    switch (req->cmd.opcode) {
    case NVME_ADM_DELETE_SQ: return delete_sq(req);
    case NVME_ADM_CREATE_SQ: return create_sq(req);
    case NVME_ADM_GET_LOG_PAGE: return nvme_get_log_page(req);
    case NVME_ADM_DELETE_CQ: return delete_cq(req);
    case NVME_ADM_CREATE_CQ: return create_cq(req);
    case NVME_ADM_IDENTIFY: return nvme_identify(req);
    case NVME_ADM_ABORT: return abort_command(req);
    case NVME_ADM_SET_FEATURES: return set_feature(req);
    case NVME_ADM_GET_FEATURES: return get_feature(req);
    case NVME_ADM_ASYNC_EVENT: return nvme_async_event_request(req);
    default: return NVME_INVALID_OPCODE | NVME_DNR;
    }
}
