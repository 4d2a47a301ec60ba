/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An NVMe driver for tests (NVM Express 1.4): admin and I/O queues in guest memory, one command at a time or several.
 *
 *      QNvme v;
 *      qnvme_start(&v, qts, QPCI_DEVFN(4, 0));         // PCI, admin queues, CC.EN, CSTS.RDY
 *      qnvme_create_pair(&v, 1, 64);
 *      g_assert_cmphex(qnvme_rw(&v, 1, false, 0, 8, BUF), ==, 0);
 *
 * Status is the 15 bits above the phase: DNR (0x4000), type and code.
 */
#ifndef TESTS_LIBNVME_H
#define TESTS_LIBNVME_H

#include "tests/qtest/libpci.h"
#include "../../hw/nvme/nvme-spec.h"

#define QNVME_MAX_QUEUES 66
#define QNVME_QUEUE_MEM 0x100000ull         /* SQ n at + n * 0x2000, CQ n 0x1000 behind it */

typedef struct QNvmeQueue {
    uint32_t sq_size, cq_size, sq_tail, cq_head;
    uint16_t cqid;
    bool phase, exists;
} QNvmeQueue;

typedef struct QNvme {
    QTestState *qts;
    QPCIBus bus;
    QPCIDevice dev;
    QPCIBar bar;
    uint16_t next_cid;
    QNvmeQueue q[QNVME_MAX_QUEUES];
} QNvme;

uint64_t qnvme_sq_addr(unsigned qid);
uint64_t qnvme_cq_addr(unsigned qid);
uint32_t qnvme_read(QNvme *v, uint32_t reg);
void qnvme_write(QNvme *v, uint32_t reg, uint32_t val);
void qnvme_probe(QNvme *v, QTestState *qts, int devfn);
/* Admin queues of 32 entries, CC.EN; waits for RDY. */
void qnvme_enable(QNvme *v);
void qnvme_disable(QNvme *v);
void qnvme_start(QNvme *v, QTestState *qts, int devfn);
/* The same state continues in another process. */
void qnvme_move(QNvme *v, QTestState *to);

/* Put into the queue; *cid is filled in. */
uint16_t qnvme_put(QNvme *v, unsigned qid, NvmeCmd *cmd);
void qnvme_ring(QNvme *v, unsigned qid);
bool qnvme_poll(QNvme *v, unsigned qid, NvmeCqe *cqe);
NvmeCqe qnvme_wait(QNvme *v, unsigned qid);
/* Put, ring, wait: the status; *result may be NULL. */
uint16_t qnvme_run(QNvme *v, unsigned qid, NvmeCmd cmd, uint32_t *result);
static inline uint16_t qnvme_status(NvmeCqe cqe)
{
    return cqe.status >> 1;
}

uint16_t qnvme_admin(QNvme *v, uint8_t opcode, uint32_t nsid, uint64_t prp1, uint32_t cdw10, uint32_t cdw11,
                     uint32_t *result);
uint16_t qnvme_create_cq(QNvme *v, unsigned qid, uint32_t size, unsigned vector);
uint16_t qnvme_create_sq(QNvme *v, unsigned qid, uint32_t size, unsigned cqid);
void qnvme_create_pair(QNvme *v, unsigned qid, uint32_t size);
void qnvme_delete_pair(QNvme *v, unsigned qid);
NvmeCmd qnvme_rw_cmd(uint8_t opcode, uint32_t nsid, uint64_t slba, uint32_t blocks, uint64_t prp1, uint64_t prp2);
/* Blocks of namespace 1, at most two pages. */
uint16_t qnvme_rw(QNvme *v, unsigned qid, bool write, uint64_t slba, uint32_t blocks, uint64_t addr);

#endif
