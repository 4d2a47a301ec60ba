// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The NVMe controller on the wire. Queues are auto-alloc arrays of pointers (rule B4): a marker per slot, so queues at
 * any indices travel, and the destination's slots are what the source's were. The machine has stopped and the block
 * layer is drained, so no request is in flight (N6); those that an error has parked travel as the commands they are.
 *
 * Everything that comes in is checked in post_load before it is used: the rest of the device trusts its own state.
 */
#include "qemu/osdep.h"
#include "migration/vmstate.h"
#include "nvme.h"
#include "qapi/error.h"

static const VMStateDescription vmstate_sq = {
    .name = "nvme/sq",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(addr, NvmeSQueue),
        VMSTATE_UINT32(head, NvmeSQueue),
        VMSTATE_UINT32(tail, NvmeSQueue),
        VMSTATE_UINT32(size, NvmeSQueue),
        VMSTATE_UINT16(sqid, NvmeSQueue),
        VMSTATE_UINT16(cqid, NvmeSQueue),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_cq = {
    .name = "nvme/cq",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(addr, NvmeCQueue),
        VMSTATE_UINT32(head, NvmeCQueue),
        VMSTATE_UINT32(tail, NvmeCQueue),
        VMSTATE_UINT32(size, NvmeCQueue),
        VMSTATE_UINT16(cqid, NvmeCQueue),
        VMSTATE_UINT16(vector, NvmeCQueue),
        VMSTATE_BOOL(phase, NvmeCQueue),
        VMSTATE_BOOL(irq_enabled, NvmeCQueue),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_request = {
    .name = "nvme/request",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT16(sqid, NvmeRequest),
        VMSTATE_BUFFER_UNSAFE(cmd, NvmeRequest, 0, sizeof(NvmeCmd)),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_features = {
    .name = "nvme/features",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(arbitration, NvmeFeatures),
        VMSTATE_UINT32(power, NvmeFeatures),
        VMSTATE_UINT32(error_recovery, NvmeFeatures),
        VMSTATE_UINT32(write_cache, NvmeFeatures),
        VMSTATE_UINT32(num_queues, NvmeFeatures),
        VMSTATE_UINT32(coalescing, NvmeFeatures),
        VMSTATE_UINT32(atomicity, NvmeFeatures),
        VMSTATE_UINT32(async_events, NvmeFeatures),
        VMSTATE_UINT16(temp_high, NvmeFeatures),
        VMSTATE_UINT16(temp_low, NvmeFeatures),
        VMSTATE_UINT32_ARRAY(coalescing_off, NvmeFeatures, 2048 / 32),
        VMSTATE_END_OF_LIST()
    },
};

/* ---- hooks ---- */

static bool nvme_pre_save(void *opaque, Error **errp)
{
    NvmeCtrl *n = opaque;

    if (n->in_flight) {
        bdrv_drain_all();
    }
    return true;
}

/* The slots must be empty before the load. */
static bool nvme_pre_load(void *opaque, Error **errp)
{
    nvme_reset(DEVICE(opaque));
    return true;
}

static bool counts_fit(void *opaque, int version_id)
{
    NvmeCtrl *n = opaque;

    return n->nr_aers <= (uint32_t)n->aerl + 1 && n->nr_events <= NVME_MAX_EVENTS;
}

static bool check_cq(NvmeCtrl *n, uint32_t i, Error **errp)
{
    NvmeCQueue *cq = n->cq[i];

    if (cq->cqid != i || cq->size < 2 || cq->size > 4096 || cq->head >= cq->size || cq->tail >= cq->size ||
        cq->vector >= n->msix_qsize) {
        error_setg(errp, "nvme: completion queue %u: id %u, size %u, head %u, tail %u or vector %u is out of range", i,
                   cq->cqid, cq->size, cq->head, cq->tail, cq->vector);
        return false;
    }
    return true;
}

static bool check_sq(NvmeCtrl *n, uint32_t i, Error **errp)
{
    NvmeSQueue *sq = n->sq[i];

    if (sq->sqid != i || sq->size < 2 || sq->size > 4096 || sq->head >= sq->size || sq->tail >= sq->size) {
        error_setg(errp, "nvme: submission queue %u: id %u, size %u, head %u or tail %u is out of range", i, sq->sqid,
                   sq->size, sq->head, sq->tail);
        return false;
    }
    if (sq->cqid >= n->nr_queues || !n->cq[sq->cqid] || !sq->cqid != !i) {
        error_setg(errp, "nvme: submission queue %u has completion queue %u, which it cannot have", i, sq->cqid);
        return false;
    }
    n->cq[sq->cqid]->nr_sqs++;
    return true;
}

static bool check_parked(NvmeCtrl *n, Error **errp)
{
    NvmeRequest *req;

    n->nr_parked = 0;
    QTAILQ_FOREACH(req, &n->parked, link) {
        NvmeSQueue *sq = req->sqid && req->sqid < n->nr_queues ? n->sq[req->sqid] : NULL;

        if (!sq || !nvme_cq_room(n->cq[sq->cqid]) || ++n->nr_parked > NVME_MAX_IN_FLIGHT) {
            error_setg(errp, "nvme: a waiting command belongs to submission queue %u, which cannot have it", req->sqid);
            return false;
        }
        req->n = n;
        sq->outstanding++;
        n->cq[sq->cqid]->reserved++;
    }
    return true;
}

static bool check_registers(NvmeCtrl *n, Error **errp)
{
    bool ready = n->csts & NVME_CSTS_RDY;

    if (!n->sq[0] != !ready || !n->cq[0] != !ready || (ready && !(n->cc & NVME_CC_EN)) ||
        NVME_CC_MPS(n->cc) > (ready ? NVME_MPSMAX : 15) ||
        (n->csts & NVME_CSTS_SHST_MASK) == NVME_CSTS_SHST_OCCURRING) {
        error_setg(errp, "nvme: CC 0x%x and CSTS 0x%x do not go with %s admin queues", n->cc, n->csts,
                   n->sq[0] ? "the" : "no");
        return false;
    }
    return true;
}

static bool load_checked(NvmeCtrl *n, Error **errp)
{
    if (!check_registers(n, errp)) {
        return false;
    }
    for (uint32_t i = 0; i < n->nr_queues; i++) {
        if (n->cq[i] && !check_cq(n, i, errp)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < n->nr_queues; i++) {
        if (n->sq[i] && (!n->sq[0] || !check_sq(n, i, errp))) {
            return false;
        }
    }
    return check_parked(n, errp);
}

static bool nvme_post_load(void *opaque, int version_id, Error **errp)
{
    NvmeCtrl *n = opaque;

    if (!load_checked(n, errp)) {
        /* The log of the load frees queues and requests; nothing may run on what is left until then. */
        n->csts = n->cc = 0;
        n->nr_parked = 0;
        return false;
    }
    for (uint32_t i = 1; i <= NVME_MAX_NAMESPACES; i++) {
        if (n->ns[i]) {
            blk_set_enable_write_cache(n->ns[i]->blkconf.blk, n->features.write_cache & 1);
        }
    }
    return true;
}

const VMStateDescription vmstate_nvme = {
    .name = "nvme",
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_save_errp = nvme_pre_save,
    .pre_load_errp = nvme_pre_load,
    .post_load_errp = nvme_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, NvmeCtrl),
        VMSTATE_UINT16_EQUAL(msix_qsize, NvmeCtrl, "give both sides the same msix_qsize"),
        VMSTATE_MSIX(parent_obj, NvmeCtrl),
        VMSTATE_UINT32_EQUAL(nr_queues, NvmeCtrl, "give both sides the same max_ioqpairs"),
        VMSTATE_UINT32(cc, NvmeCtrl),
        VMSTATE_UINT32(csts, NvmeCtrl),
        VMSTATE_UINT32(intms, NvmeCtrl),
        VMSTATE_UINT32(aqa, NvmeCtrl),
        VMSTATE_UINT64(asq, NvmeCtrl),
        VMSTATE_UINT64(acq, NvmeCtrl),
        VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC(sq, NvmeCtrl, nr_queues, 0, vmstate_sq, NvmeSQueue),
        VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC(cq, NvmeCtrl, nr_queues, 0, vmstate_cq, NvmeCQueue),
        VMSTATE_QTAILQ_V(parked, NvmeCtrl, 0, vmstate_request, NvmeRequest, link),
        VMSTATE_STRUCT(features, NvmeCtrl, 0, vmstate_features, NvmeFeatures),
        VMSTATE_UINT32(nr_aers, NvmeCtrl),
        VMSTATE_UINT32(nr_events, NvmeCtrl),
        VMSTATE_VALIDATE("as many events and requests for them as there can be", counts_fit),
        VMSTATE_UINT16_ARRAY(aer_cid, NvmeCtrl, NVME_MAX_AERS),
        VMSTATE_UINT32_ARRAY(events, NvmeCtrl, NVME_MAX_EVENTS),
        VMSTATE_UINT8(events_masked, NvmeCtrl),
        VMSTATE_BUFFER_UNSAFE(error, NvmeCtrl, 0, sizeof(NvmeErrorLog)),
        VMSTATE_UINT64(error_count, NvmeCtrl),
        VMSTATE_UINT64(sectors_read, NvmeCtrl),
        VMSTATE_UINT64(sectors_written, NvmeCtrl),
        VMSTATE_UINT64(reads, NvmeCtrl),
        VMSTATE_UINT64(writes, NvmeCtrl),
        VMSTATE_END_OF_LIST()
    },
};
