// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Log pages (NVMe 1.4, 5.14) and asynchronous events (5.2). An event of a type is reported once; the next of that type
 * waits until the host has read the log page that goes with it. BQL.
 */
#include "qemu/osdep.h"
#include "nvme.h"
#include "qemu/bswap.h"
#include "qemu/timer.h"

#define TEMPERATURE 323             /* kelvin */
#define WARN_TEMPERATURE 2          /* bit of SMART's critical warning and of feature 0bh */

/* ---- events ---- */

static bool event_masked(NvmeCtrl *n, uint32_t event)
{
    return n->events_masked >> (event & 7) & 1;
}

static void post_event(NvmeCtrl *n, uint32_t at)
{
    NvmeCqe cqe = { .result = cpu_to_le32(n->events[at]), .sq_head = cpu_to_le16(n->sq[0]->head),
                    .cid = n->aer_cid[0] };

    n->events_masked |= 1 << (n->events[at] & 7);
    memmove(&n->events[at], &n->events[at + 1], (--n->nr_events - at) * sizeof(n->events[0]));
    memmove(&n->aer_cid[0], &n->aer_cid[1], --n->nr_aers * sizeof(n->aer_cid[0]));
    nvme_post(n, 0, cqe, NVME_SUCCESS);
}

void nvme_send_events(NvmeCtrl *n)
{
    uint32_t i = 0;

    while (i < n->nr_events && n->nr_aers && n->cq[0] && nvme_cq_room(n->cq[0])) {
        if (event_masked(n, n->events[i])) {
            i++;
        } else {
            post_event(n, i);
        }
    }
}

void nvme_event(NvmeCtrl *n, enum NvmeAsyncEventType type, enum NvmeAsyncEventInfo info, enum NvmeLogPage log)
{
    uint32_t event = type | info << 8 | log << 16;

    for (uint32_t i = 0; i < n->nr_events; i++) {
        if (n->events[i] == event) {
            return;
        }
    }
    if (event_masked(n, event) || n->nr_events >= MIN(n->aer_max_queued, NVME_MAX_EVENTS)) {
        return;
    }
    n->events[n->nr_events++] = event;
    nvme_send_events(n);
}

static void events_read(NvmeCtrl *n, enum NvmeAsyncEventType type)
{
    n->events_masked &= ~(1 << type);
    nvme_send_events(n);
}

uint16_t nvme_async_event_request(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;

    if (n->nr_aers > n->aerl) {
        return NVME_AER_LIMIT | NVME_DNR;
    }
    n->aer_cid[n->nr_aers++] = req->cmd.cid;
    nvme_drop_request(req);
    nvme_send_events(n);
    return NVME_LATER;
}

bool nvme_abort_aer(NvmeCtrl *n, uint16_t cid)
{
    for (uint32_t i = 0; i < n->nr_aers; i++) {
        if (n->aer_cid[i] == cid && nvme_cq_room(n->cq[0])) {
            NvmeCqe cqe = { .sq_head = cpu_to_le16(n->sq[0]->head), .cid = cid };

            memmove(&n->aer_cid[i], &n->aer_cid[i + 1], (--n->nr_aers - i) * sizeof(cid));
            nvme_post(n, 0, cqe, NVME_ABORT_REQUESTED);
            return true;
        }
    }
    return false;
}

static bool temperature_warns(NvmeCtrl *n)
{
    return TEMPERATURE >= n->features.temp_high || TEMPERATURE <= n->features.temp_low;
}

void nvme_check_temperature(NvmeCtrl *n)
{
    if (temperature_warns(n) && n->features.async_events & WARN_TEMPERATURE) {
        nvme_event(n, NVME_AE_SMART, NVME_AE_SMART_TEMPERATURE, NVME_LOG_SMART);
    }
}

/* ---- log pages ---- */

void nvme_log_error(NvmeRequest *req, uint16_t status)
{
    NvmeCtrl *n = req->n;

    n->error = (NvmeErrorLog) {
        .count = cpu_to_le64(++n->error_count),
        .sqid = cpu_to_le16(req->sqid),
        .cid = req->cmd.cid,
        .status = cpu_to_le16(status << 1),
        .location = 0xffff,
        .lba = req->sqid ? (uint64_t)req->cmd.cdw11 << 32 | req->cmd.cdw10 : 0,
        .nsid = req->cmd.nsid,
    };
}

/* 16 bytes each, in a log whose fields are as wide as nobody needs. */
static void fill_smart(NvmeCtrl *n, uint8_t *p)
{
    uint64_t hours = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) / (3600 * NANOSECONDS_PER_SECOND);

    p[0] = n->smart_critical_warning | (temperature_warns(n) ? WARN_TEMPERATURE : 0);
    stw_le_p(p + 1, TEMPERATURE);
    p[3] = 100;                                 /* spare, and when to worry */
    p[4] = 10;
    stq_le_p(p + 32, DIV_ROUND_UP(n->sectors_read, 1000));
    stq_le_p(p + 48, DIV_ROUND_UP(n->sectors_written, 1000));
    stq_le_p(p + 64, n->reads);
    stq_le_p(p + 80, n->writes);
    stq_le_p(p + 112, 1);
    stq_le_p(p + 128, hours);
    stq_le_p(p + 176, n->error_count);
}

static void fill_effects(uint8_t *p)
{
    static const uint8_t admin[] = { 0, 1, 2, 4, 5, 6, 8, 9, 10, 12 }, reads[] = { 0, 2, 5 }, writes[] = { 1, 8, 9 };

    for (unsigned i = 0; i < G_N_ELEMENTS(admin); i++) {
        stl_le_p(p + 4 * admin[i], 1);          /* supported */
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(reads); i++) {
        stl_le_p(p + 1024 + 4 * reads[i], 1);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(writes); i++) {
        stl_le_p(p + 1024 + 4 * writes[i], 3);  /* changes what blocks hold */
    }
}

uint16_t nvme_get_log_page(NvmeRequest *req)
{
    NvmeCtrl *n = req->n;
    uint32_t dw10 = le32_to_cpu(req->cmd.cdw10), dw11 = le32_to_cpu(req->cmd.cdw11);
    uint64_t offset = (uint64_t)le32_to_cpu(req->cmd.cdw13) << 32 | le32_to_cpu(req->cmd.cdw12);
    uint64_t len = (((uint64_t)(dw11 & 0xffff) << 16 | dw10 >> 16) + 1) * 4, size;
    g_autofree uint8_t *page = g_malloc0(4096);
    enum NvmeAsyncEventType type = NVME_AE_NOTICE;
    uint16_t status;

    switch (dw10 & 0xff) {
    case NVME_LOG_ERROR:
        memcpy(page, &n->error, sizeof(n->error));
        size = sizeof(n->error);
        type = NVME_AE_ERROR;
        break;
    case NVME_LOG_SMART:
        fill_smart(n, page);
        size = 512;
        type = NVME_AE_SMART;
        break;
    case NVME_LOG_FIRMWARE:
        page[0] = 1;
        memcpy(page + 8, "1.0     ", 8);
        size = 512;
        break;
    case NVME_LOG_CHANGED_NS:
        size = 4096;
        break;
    case NVME_LOG_EFFECTS:
        fill_effects(page);
        size = 4096;
        break;
    default:
        return NVME_LOG_PAGE_INVALID | NVME_DNR;
    }
    if (offset & 3 || offset >= size) {
        return NVME_INVALID_FIELD | NVME_DNR;
    }
    status = nvme_data_to_guest(req, page + offset, MIN(len, size - offset));
    if (!status && !(dw10 >> 15 & 1)) {         /* "retain asynchronous event" */
        events_read(n, type);
    }
    return status;
}
