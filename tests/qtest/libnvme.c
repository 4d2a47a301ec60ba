/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See libnvme.h. */
#include "qemu/osdep.h"
#include "tests/qtest/libnvme.h"

#define PATIENCE_US (120 * G_USEC_PER_SEC)

uint64_t qnvme_sq_addr(unsigned qid)
{
    return QNVME_QUEUE_MEM + qid * 0x2000;
}

uint64_t qnvme_cq_addr(unsigned qid)
{
    return qnvme_sq_addr(qid) + 0x1000;
}

uint32_t qnvme_read(QNvme *v, uint32_t reg)
{
    return qpci_io_readl(&v->dev, v->bar, reg);
}

void qnvme_write(QNvme *v, uint32_t reg, uint32_t val)
{
    qpci_io_writel(&v->dev, v->bar, reg, val);
}

void qnvme_probe(QNvme *v, QTestState *qts, int devfn)
{
    *v = (QNvme) { .qts = qts };
    qpci_init_pc(&v->bus, qts);
    g_assert_true(qpci_device_init(&v->dev, &v->bus, devfn));
    v->bar = qpci_iomap(&v->dev, 0, NULL);
    qpci_device_enable(&v->dev);
}

static void wait_csts(QNvme *v, uint32_t mask, uint32_t want)
{
    gint64 until = g_get_monotonic_time() + PATIENCE_US;

    while ((qnvme_read(v, NVME_REG_CSTS) & mask) != want) {
        g_assert_cmpint(g_get_monotonic_time(), <, until);
    }
}

static void init_queue(QNvme *v, unsigned qid, uint32_t size, unsigned cqid)
{
    v->q[qid].sq_size = size;
    v->q[qid].sq_tail = 0;
    v->q[qid].cqid = cqid;
    v->q[qid].exists = true;
}

static void init_cq(QNvme *v, unsigned qid, uint32_t size)
{
    v->q[qid].cq_size = size;
    v->q[qid].cq_head = 0;
    v->q[qid].phase = true;
    qtest_memset(v->qts, qnvme_cq_addr(qid), 0, size * 16);
}

void qnvme_enable(QNvme *v)
{
    memset(v->q, 0, sizeof(v->q));
    init_cq(v, 0, 32);
    init_queue(v, 0, 32, 0);
    qnvme_write(v, NVME_REG_AQA, 31 << 16 | 31);
    qnvme_write(v, NVME_REG_ASQ, qnvme_sq_addr(0));
    qnvme_write(v, NVME_REG_ASQ + 4, 0);
    qnvme_write(v, NVME_REG_ACQ, qnvme_cq_addr(0));
    qnvme_write(v, NVME_REG_ACQ + 4, 0);
    qnvme_write(v, NVME_REG_CC, 4 << 20 | 6 << 16 | NVME_CC_EN);
    wait_csts(v, NVME_CSTS_RDY | NVME_CSTS_CFS, NVME_CSTS_RDY);
}

void qnvme_disable(QNvme *v)
{
    qnvme_write(v, NVME_REG_CC, qnvme_read(v, NVME_REG_CC) & ~NVME_CC_EN);
    wait_csts(v, NVME_CSTS_RDY, 0);
}

void qnvme_start(QNvme *v, QTestState *qts, int devfn)
{
    qnvme_probe(v, qts, devfn);
    qnvme_enable(v);
}

void qnvme_move(QNvme *v, QTestState *to)
{
    v->qts = v->bus.qts = to;
    v->dev.bus = &v->bus;
}

uint16_t qnvme_put(QNvme *v, unsigned qid, NvmeCmd *cmd)
{
    QNvmeQueue *q = &v->q[qid];

    cmd->cid = v->next_cid++;
    qtest_memwrite(v->qts, qnvme_sq_addr(qid) + q->sq_tail * 64, cmd, 64);
    q->sq_tail = (q->sq_tail + 1) % q->sq_size;
    return cmd->cid;
}

void qnvme_ring(QNvme *v, unsigned qid)
{
    qnvme_write(v, NVME_REG_DOORBELLS + qid * 8, v->q[qid].sq_tail);
}

bool qnvme_poll(QNvme *v, unsigned qid, NvmeCqe *cqe)
{
    unsigned cqid = v->q[qid].cqid;
    QNvmeQueue *q = &v->q[cqid];

    qtest_memread(v->qts, qnvme_cq_addr(cqid) + q->cq_head * 16, cqe, 16);
    if ((cqe->status & 1) != q->phase) {
        return false;
    }
    if (++q->cq_head == q->cq_size) {
        q->cq_head = 0;
        q->phase = !q->phase;
    }
    qnvme_write(v, NVME_REG_DOORBELLS + cqid * 8 + 4, q->cq_head);
    return true;
}

NvmeCqe qnvme_wait(QNvme *v, unsigned qid)
{
    gint64 until = g_get_monotonic_time() + PATIENCE_US;
    NvmeCqe cqe;

    while (!qnvme_poll(v, qid, &cqe)) {
        g_assert_cmpint(g_get_monotonic_time(), <, until);
    }
    return cqe;
}

uint16_t qnvme_run(QNvme *v, unsigned qid, NvmeCmd cmd, uint32_t *result)
{
    NvmeCqe cqe;

    qnvme_put(v, qid, &cmd);
    qnvme_ring(v, qid);
    cqe = qnvme_wait(v, qid);
    g_assert_cmphex(cqe.cid, ==, cmd.cid);
    g_assert_cmpuint(cqe.sq_id, ==, qid);
    g_assert_cmpuint(cqe.sq_head, ==, v->q[qid].sq_tail);
    if (result) {
        *result = cqe.result;
    }
    return qnvme_status(cqe);
}

uint16_t qnvme_admin(QNvme *v, uint8_t opcode, uint32_t nsid, uint64_t prp1, uint32_t cdw10, uint32_t cdw11,
                     uint32_t *result)
{
    NvmeCmd cmd = { .opcode = opcode, .nsid = nsid, .prp1 = prp1, .cdw10 = cdw10, .cdw11 = cdw11 };

    return qnvme_run(v, 0, cmd, result);
}

uint16_t qnvme_create_cq(QNvme *v, unsigned qid, uint32_t size, unsigned vector)
{
    uint16_t status;

    qtest_memset(v->qts, qnvme_cq_addr(qid), 0, size * 16);
    status = qnvme_admin(v, NVME_ADM_CREATE_CQ, 0, qnvme_cq_addr(qid), (size - 1) << 16 | qid, vector << 16 | 3, NULL);
    if (!status) {
        init_cq(v, qid, size);
    }
    return status;
}

uint16_t qnvme_create_sq(QNvme *v, unsigned qid, uint32_t size, unsigned cqid)
{
    uint16_t status = qnvme_admin(v, NVME_ADM_CREATE_SQ, 0, qnvme_sq_addr(qid), (size - 1) << 16 | qid, cqid << 16 | 1,
                                  NULL);

    if (!status) {
        init_queue(v, qid, size, cqid);
    }
    return status;
}

void qnvme_create_pair(QNvme *v, unsigned qid, uint32_t size)
{
    g_assert_cmphex(qnvme_create_cq(v, qid, size, 0), ==, 0);
    g_assert_cmphex(qnvme_create_sq(v, qid, size, qid), ==, 0);
}

void qnvme_delete_pair(QNvme *v, unsigned qid)
{
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_DELETE_SQ, 0, 0, qid, 0, NULL), ==, 0);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_DELETE_CQ, 0, 0, qid, 0, NULL), ==, 0);
    v->q[qid].exists = false;
}

NvmeCmd qnvme_rw_cmd(uint8_t opcode, uint32_t nsid, uint64_t slba, uint32_t blocks, uint64_t prp1, uint64_t prp2)
{
    return (NvmeCmd) { .opcode = opcode, .nsid = nsid, .prp1 = prp1, .prp2 = prp2, .cdw10 = slba, .cdw11 = slba >> 32,
                       .cdw12 = blocks - 1 };
}

uint16_t qnvme_rw(QNvme *v, unsigned qid, bool write, uint64_t slba, uint32_t blocks, uint64_t addr)
{
    g_assert_cmpuint(blocks * 512, <=, 8192 - (addr & 0xfff));
    return qnvme_run(v, qid, qnvme_rw_cmd(write ? NVME_IO_WRITE : NVME_IO_READ, 1, slba, blocks, addr,
                                          (addr & ~0xfffull) + 0x1000), NULL);
}
