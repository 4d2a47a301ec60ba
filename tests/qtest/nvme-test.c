/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NVMe controller: each command, its errors, and guests that mean harm. Migration: nvme-migration-test.c. */
#include "qemu/osdep.h"
#include "tests/qtest/libnvme.h"

#define SLOT QPCI_DEVFN(4, 0)
#define BUF 0x400000ull
#define BUF2 0x500000ull
#define LIST 0x300000ull
#define IMAGE_BLOCKS 4096u
#define DNR NVME_DNR

static char *make_image(void)
{
    char *path = g_strdup_printf("%s/nvme-test-XXXXXX", g_get_tmp_dir());
    int fd = g_mkstemp(path);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, IMAGE_BLOCKS * 512), ==, 0);
    close(fd);
    return path;
}

typedef struct Fixture {
    char *image;
    QTestState *qts;
    QNvme v;
} Fixture;

static void start_props(Fixture *f, const char *drive_props, const char *props)
{
    f->image = make_image();
    f->qts = qtest_initf("-machine pc -m 64 -nodefaults -drive file=%s,if=none,id=d,format=raw,discard=unmap%s "
                         "-device nvme,drive=d,serial=foo,addr=4,id=nv%s", f->image, drive_props, props);
    qnvme_start(&f->v, f->qts, SLOT);
}

static void start(Fixture *f, const char *props)
{
    start_props(f, "", props);
    qnvme_create_pair(&f->v, 1, 64);
}

static void end(Fixture *f)
{
    qtest_quit(f->qts);
    unlink(f->image);
    g_free(f->image);
}

static void fill(Fixture *f, uint64_t addr, size_t len, unsigned seed)
{
    g_autofree uint8_t *p = g_malloc(len);

    for (size_t i = 0; i < len; i++) {
        p[i] = i * 7 + (i >> 8) + seed;
    }
    qtest_memwrite(f->qts, addr, p, len);
}

static void assert_same(Fixture *f, uint64_t a, uint64_t b, size_t len)
{
    g_autofree uint8_t *x = g_malloc(len), *y = g_malloc(len);

    qtest_memread(f->qts, a, x, len);
    qtest_memread(f->qts, b, y, len);
    g_assert_cmpmem(x, len, y, len);
}

/* ---- registers and life ---- */

static void test_registers(void)
{
    Fixture f;
    QNvme *v = &f.v;

    start_props(&f, "", "");
    g_assert_cmphex(qnvme_read(v, NVME_REG_CAP), ==, (uint32_t)NVME_CAP_VALUE);
    g_assert_cmphex(qpci_io_readq(&v->dev, v->bar, NVME_REG_CAP), ==, NVME_CAP_VALUE);
    g_assert_cmphex(qnvme_read(v, NVME_REG_VS), ==, 0x10400);
    qnvme_disable(v);
    qpci_io_writeq(&v->dev, v->bar, NVME_REG_ASQ, 0x123456789abcdefull);
    g_assert_cmphex(qpci_io_readq(&v->dev, v->bar, NVME_REG_ASQ), ==, 0x123456789abc000ull);
    qnvme_write(v, NVME_REG_INTMS, 5);
    qnvme_write(v, NVME_REG_INTMC, 4);
    g_assert_cmphex(qnvme_read(v, NVME_REG_INTMS), ==, 1);
    qnvme_enable(v);
    end(&f);
}

/* What cannot be enabled says CFS, and EN = 0 heals it. */
static void test_bad_enable(void)
{
    static const struct { uint32_t aqa, asq, acq, cc; } bad[] = {
        { 0, 0x100000, 0x101000, 0x460001 },                        /* admin queues of one entry */
        { 0x1f001f, 0x100000, 0x101000, 0x460001 | 5 << 7 },        /* pages larger than MPSMAX */
        { 0x1f001f, 0x100000, 0x101000, 0x460001 | 15 << 7 },
        { 0x1f001f, 0x101000, 0x102000, 0x460001 | 1 << 7 },        /* not on a page of 8 KiB */
        { 0x1f001f, 0x100000, 0x101000, 0x460001 | 3 << 4 },        /* command set */
        { 0x1f001f, 0x100000, 0x101000, 0x460001 | 7 << 11 },       /* arbitration */
    };
    Fixture f;
    QNvme *v = &f.v;

    start_props(&f, "", "");
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        qnvme_disable(v);
        qnvme_write(v, NVME_REG_AQA, bad[i].aqa);
        qnvme_write(v, NVME_REG_ASQ, bad[i].asq);
        qnvme_write(v, NVME_REG_ACQ, bad[i].acq);
        qnvme_write(v, NVME_REG_CC, bad[i].cc);
        g_assert_cmphex(qnvme_read(v, NVME_REG_CSTS), ==, NVME_CSTS_CFS);
        qnvme_write(v, NVME_REG_DOORBELLS, 1);
        qnvme_disable(v);
        g_assert_cmphex(qnvme_read(v, NVME_REG_CSTS), ==, 0);
        qnvme_enable(v);
    }
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 0, BUF, 1, 0, NULL), ==, 0);
    end(&f);
}

static void wait_shutdown(QNvme *v)
{
    while ((qnvme_read(v, NVME_REG_CSTS) & NVME_CSTS_SHST_MASK) != NVME_CSTS_SHST_COMPLETE) {
        g_usleep(100);
    }
}

/* Normal and abrupt shutdown, with I/O going on; then a reset, and it works again. Also reset under I/O. */
static void test_shutdown_reset(void)
{
    Fixture f;
    QNvme *v = &f.v;

    start(&f, "");
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 20; i++) {
            NvmeCmd cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, i * 8, 8, BUF, 0);

            qnvme_put(v, 1, &cmd);
        }
        qnvme_ring(v, 1);
        if (round < 2) {
            qnvme_write(v, NVME_REG_CC, 0x460001 | (round + 1) << 14);
            wait_shutdown(v);
        } else if (round == 3) {
            qobject_unref(qtest_qmp(f.qts, "{'execute': 'system_reset'}"));
            qtest_qmp_eventwait(f.qts, "RESET");
            qnvme_probe(v, f.qts, SLOT);
            g_assert_cmphex(qnvme_read(v, NVME_REG_CC), ==, 0);
        }
        qnvme_disable(v);
        g_assert_cmphex(qnvme_read(v, NVME_REG_CSTS), ==, 0);
        qnvme_enable(v);
        qnvme_create_pair(v, 1, 64);
        g_assert_cmphex(qnvme_rw(v, 1, false, 0, 1, BUF), ==, 0);
    }
    end(&f);
}

/* Function level reset with writes at work: the function is as after power-on, and starts again. */
static void test_flr(void)
{
    g_autofree char *image = make_image();
    QTestState *s = qtest_initf("-machine q35 -m 64 -nodefaults -drive file=%s,if=none,id=d,format=raw "
                                "-device nvme,drive=d,serial=foo,addr=4", image);
    uint8_t cap;
    QNvme v;

    for (int round = 0; round < 3; round++) {
        qnvme_start(&v, s, SLOT);
        qnvme_create_pair(&v, 1, 64);
        g_assert_cmphex(qnvme_rw(&v, 1, false, 0, 8, BUF), ==, 0);
        for (int i = 0; i < 40; i++) {
            NvmeCmd cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, i * 8, 8, BUF, 0);

            qnvme_put(&v, 1, &cmd);
        }
        qnvme_ring(&v, 1);
        cap = qpci_find_capability(&v.dev, 0x10, 0);
        g_assert_cmphex(cap, ==, 0x80);
        qpci_config_writew(&v.dev, cap + 8, 0x8000);
        g_assert_cmphex(qpci_config_readw(&v.dev, 4) & 7, ==, 0);
        qnvme_probe(&v, s, SLOT);
        g_assert_cmphex(qnvme_read(&v, NVME_REG_CC), ==, 0);
        g_assert_cmphex(qnvme_read(&v, NVME_REG_CSTS), ==, 0);
    }
    qtest_quit(s);
    unlink(image);
}

/* ---- identify, features, logs ---- */

static void test_identify(void)
{
    Fixture f;
    QNvme *v = &f.v;
    uint8_t id[4096], id2[4096];

    start(&f, "");
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 0, BUF, 1, 0, NULL), ==, 0);
    qtest_memread(f.qts, BUF, id, sizeof(id));
    g_assert_cmpmem(id + 4, 20, "foo                 ", 20);
    g_assert_cmpint(id[77], ==, 7);
    g_assert_cmphex(id[512], ==, 0x66);
    g_assert_cmphex(id[513], ==, 0x44);
    /* over two pages, at an odd place */
    {
        NvmeCmd cmd = { .opcode = NVME_ADM_IDENTIFY, .prp1 = BUF + 0x404, .prp2 = BUF2, .cdw10 = 1 };

        g_assert_cmphex(qnvme_run(v, 0, cmd, NULL), ==, 0);
        qtest_memread(f.qts, BUF + 0x404, id2, 0xbfc);
        qtest_memread(f.qts, BUF2, id2 + 0xbfc, 0x404);
        g_assert_cmpmem(id, 4096, id2, 4096);
    }
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 1, BUF, 0, 0, NULL), ==, 0);
    g_assert_cmpuint(qtest_readq(f.qts, BUF), ==, IMAGE_BLOCKS);
    g_assert_cmpuint(qtest_readb(f.qts, BUF + 130), ==, 9);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 0, BUF, 2, 0, NULL), ==, 0);
    g_assert_cmpuint(qtest_readq(f.qts, BUF), ==, 1);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 1, BUF, 2, 0, NULL), ==, 0);
    g_assert_cmpuint(qtest_readq(f.qts, BUF), ==, 0);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 1, BUF, 3, 0, NULL), ==, 0);
    g_assert_cmphex(qtest_readw(f.qts, BUF), ==, 0x1003);
    /* an id nobody has reads as zeroes; ids nobody can have */
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 9, BUF, 0, 0, NULL), ==, 0);
    g_assert_cmphex(qtest_readq(f.qts, BUF), ==, 0);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 0, BUF, 0, 0, NULL), ==, DNR | NVME_INVALID_NAMESPACE);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 257, BUF, 0, 0, NULL), ==, DNR | NVME_INVALID_NAMESPACE);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, ~0u, BUF, 2, 0, NULL), ==, DNR | NVME_INVALID_NAMESPACE);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 2, BUF, 3, 0, NULL), ==, DNR | NVME_INVALID_NAMESPACE);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 0, BUF, 0x55, 0, NULL), ==, DNR | NVME_INVALID_FIELD);
    g_assert_cmphex(qnvme_admin(v, 0x7f, 0, 0, 0, 0, NULL), ==, DNR | NVME_INVALID_OPCODE);
    {
        NvmeCmd cmd = { .opcode = NVME_ADM_IDENTIFY, .flags = 0x40, .prp1 = BUF, .cdw10 = 1 };

        g_assert_cmphex(qnvme_run(v, 0, cmd, NULL), ==, DNR | NVME_INVALID_FIELD);
    }
    end(&f);
}

static uint16_t set_feature(QNvme *v, uint32_t fid, uint32_t val, uint32_t *result)
{
    return qnvme_admin(v, NVME_ADM_SET_FEATURES, 0, 0, fid, val, result);
}

static uint32_t get_feature(QNvme *v, uint32_t fid, uint32_t dw11)
{
    uint32_t val = 0;

    g_assert_cmphex(qnvme_admin(v, NVME_ADM_GET_FEATURES, 0, 0, fid, dw11, &val), ==, 0);
    return val;
}

static void test_features(void)
{
    static const uint8_t plain[] = { 0x01, 0x05, 0x08, 0x0a, 0x0b };
    Fixture f;
    QNvme *v = &f.v;
    uint32_t result;

    start_props(&f, "", ",max_ioqpairs=5");
    g_assert_cmphex(set_feature(v, NVME_FEAT_NUM_QUEUES, 0x00ff00ff, &result), ==, 0);
    g_assert_cmphex(result, ==, 0x00040004);
    g_assert_cmphex(get_feature(v, NVME_FEAT_NUM_QUEUES, 0), ==, 0x00040004);
    g_assert_cmphex(set_feature(v, NVME_FEAT_NUM_QUEUES, 0xffff, NULL), ==, DNR | NVME_INVALID_FIELD);
    for (unsigned i = 0; i < G_N_ELEMENTS(plain); i++) {
        g_assert_cmphex(get_feature(v, plain[i], 0), ==, 0);
        g_assert_cmphex(set_feature(v, plain[i], 0x101, NULL), ==, 0);
        g_assert_cmphex(get_feature(v, plain[i], 0), ==, 0x101);
        g_assert_cmphex(get_feature(v, plain[i] | 1 << 8, 0), ==, 0);           /* default */
        g_assert_cmphex(get_feature(v, plain[i] | 3 << 8, 0), ==, 4);           /* changeable */
        g_assert_cmphex(set_feature(v, plain[i] | 1u << 31, 1, NULL), ==, DNR | NVME_NOT_SAVEABLE);
    }
    g_assert_cmphex(get_feature(v, NVME_FEAT_WRITE_CACHE, 0), ==, 1);
    g_assert_cmphex(set_feature(v, NVME_FEAT_WRITE_CACHE, 0, NULL), ==, 0);
    g_assert_cmphex(get_feature(v, NVME_FEAT_WRITE_CACHE, 0), ==, 0);
    g_assert_cmphex(set_feature(v, NVME_FEAT_VECTOR, 1 << 16 | 64, NULL), ==, 0);
    g_assert_cmphex(get_feature(v, NVME_FEAT_VECTOR, 64), ==, 1 << 16 | 64);
    g_assert_cmphex(get_feature(v, NVME_FEAT_VECTOR, 63), ==, 63);
    g_assert_cmphex(set_feature(v, NVME_FEAT_VECTOR, 65, NULL), ==, DNR | NVME_INVALID_FIELD);
    g_assert_cmphex(set_feature(v, NVME_FEAT_TEMPERATURE, 400, NULL), ==, 0);
    g_assert_cmphex(get_feature(v, NVME_FEAT_TEMPERATURE, 0), ==, 400);
    g_assert_cmphex(set_feature(v, NVME_FEAT_TEMPERATURE, 3 << 16, NULL), ==, DNR | NVME_INVALID_FIELD);
    g_assert_cmphex(set_feature(v, NVME_FEAT_POWER, 1, NULL), ==, DNR | NVME_INVALID_FIELD);
    g_assert_cmphex(set_feature(v, 0x7e, 1, NULL), ==, DNR | NVME_INVALID_FIELD);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_GET_FEATURES, 0, 0, 0x7e, 0, NULL), ==, DNR | NVME_INVALID_FIELD);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_GET_FEATURES, 0, 0, 0x401, 0, NULL), ==, DNR | NVME_INVALID_FIELD);
    qnvme_create_pair(v, 1, 4);
    g_assert_cmphex(set_feature(v, NVME_FEAT_NUM_QUEUES, 1, NULL), ==, DNR | 0xc);
    /* a reset of the controller brings the defaults back */
    qnvme_disable(v);
    qnvme_enable(v);
    g_assert_cmphex(get_feature(v, NVME_FEAT_ARBITRATION, 0), ==, 0);
    end(&f);
}

static uint16_t get_log(QNvme *v, uint8_t lid, uint32_t bytes, uint32_t offset)
{
    NvmeCmd cmd = { .opcode = NVME_ADM_GET_LOG_PAGE, .nsid = ~0u, .prp1 = BUF, .prp2 = BUF + 0x1000,
                    .cdw10 = lid | (bytes / 4 - 1) << 16, .cdw12 = offset };

    return qnvme_run(v, 0, cmd, NULL);
}

static void test_logs(void)
{
    Fixture f;
    QNvme *v = &f.v;

    start(&f, "");
    for (int i = 0; i < 3; i++) {
        g_assert_cmphex(qnvme_rw(v, 1, i & 1, 0, 8, BUF), ==, 0);
    }
    g_assert_cmphex(get_log(v, NVME_LOG_SMART, 512, 0), ==, 0);
    g_assert_cmpuint(qtest_readb(f.qts, BUF), ==, 0);
    g_assert_cmpuint(qtest_readw(f.qts, BUF + 1), ==, 323);
    g_assert_cmpuint(qtest_readq(f.qts, BUF + 64), ==, 2);
    g_assert_cmpuint(qtest_readq(f.qts, BUF + 80), ==, 1);
    g_assert_cmphex(get_log(v, NVME_LOG_FIRMWARE, 512, 0), ==, 0);
    g_assert_cmpuint(qtest_readb(f.qts, BUF), ==, 1);
    g_assert_cmphex(get_log(v, NVME_LOG_EFFECTS, 4096, 0), ==, 0);
    g_assert_cmpuint(qtest_readl(f.qts, BUF + 1024 + 4), ==, 3);
    /* the error log tells of the last failure */
    g_assert_cmphex(qnvme_rw(v, 1, false, IMAGE_BLOCKS, 1, BUF), ==, DNR | NVME_LBA_OUT_OF_RANGE);
    g_assert_cmphex(get_log(v, NVME_LOG_ERROR, 64, 0), ==, 0);
    g_assert_cmpuint(qtest_readq(f.qts, BUF), ==, 1);
    g_assert_cmpuint(qtest_readw(f.qts, BUF + 8), ==, 1);
    g_assert_cmphex(qtest_readw(f.qts, BUF + 12) >> 1, ==, DNR | NVME_LBA_OUT_OF_RANGE);
    g_assert_cmpuint(qtest_readq(f.qts, BUF + 16), ==, IMAGE_BLOCKS);
    /* lengths and offsets that are larger than the page */
    qtest_memset(f.qts, BUF, 0xaa, 8192);
    g_assert_cmphex(get_log(v, NVME_LOG_SMART, 8192, 0), ==, 0);
    g_assert_cmphex(qtest_readb(f.qts, BUF + 512), ==, 0xaa);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_GET_LOG_PAGE, ~0u, BUF, 0xffff0000u | NVME_LOG_ERROR, 0xffff, NULL), ==, 0);
    g_assert_cmphex(get_log(v, NVME_LOG_SMART, 64, 2), ==, DNR | NVME_INVALID_FIELD);
    g_assert_cmphex(get_log(v, NVME_LOG_SMART, 64, 512), ==, DNR | NVME_INVALID_FIELD);
    g_assert_cmphex(get_log(v, 0x77, 64, 0), ==, DNR | NVME_LOG_PAGE_INVALID);
    end(&f);
}

static uint16_t put_aer(QNvme *v)
{
    NvmeCmd cmd = { .opcode = NVME_ADM_ASYNC_EVENT };

    qnvme_put(v, 0, &cmd);
    qnvme_ring(v, 0);
    return cmd.cid;
}

static void test_async_events(void)
{
    Fixture f;
    QNvme *v = &f.v;
    uint16_t cid, cid2;
    uint32_t result;
    NvmeCqe cqe;

    start(&f, ",aerl=1");
    cid = put_aer(v);
    cid2 = put_aer(v);
    /* a third is one too many */
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_ASYNC_EVENT, 0, 0, 0, 0, NULL), ==, DNR | NVME_AER_LIMIT);
    /* too hot: only when asked for */
    g_assert_cmphex(set_feature(v, NVME_FEAT_TEMPERATURE, 300, NULL), ==, 0);
    g_assert_cmphex(set_feature(v, NVME_FEAT_ASYNC_EVENTS, 0xff, NULL), ==, 0);
    {
        NvmeCmd cmd = { .opcode = NVME_ADM_SET_FEATURES, .cdw10 = NVME_FEAT_TEMPERATURE, .cdw11 = 301 };

        qnvme_put(v, 0, &cmd);
        qnvme_ring(v, 0);
        cqe = qnvme_wait(v, 0);
        g_assert_cmphex(cqe.cid, ==, cid);
        g_assert_cmphex(cqe.result, ==, NVME_AE_SMART | NVME_AE_SMART_TEMPERATURE << 8 | NVME_LOG_SMART << 16);
        cqe = qnvme_wait(v, 0);
        g_assert_cmphex(cqe.cid, ==, cmd.cid);
    }
    /* masked until the log is read; a doorbell that is none is another type */
    g_assert_cmphex(set_feature(v, NVME_FEAT_TEMPERATURE, 302, NULL), ==, 0);
    qnvme_write(v, NVME_REG_DOORBELLS + 9 * 8, 1);
    cqe = qnvme_wait(v, 0);
    g_assert_cmphex(cqe.cid, ==, cid2);
    g_assert_cmphex(cqe.result, ==, NVME_AE_ERROR | NVME_AE_BAD_DOORBELL_REG << 8 | NVME_LOG_ERROR << 16);
    g_assert_cmphex(get_log(v, NVME_LOG_SMART, 512, 0), ==, 0);
    g_assert_cmphex(qtest_readb(f.qts, BUF), ==, 2);
    g_assert_cmphex(get_log(v, NVME_LOG_ERROR, 64, 0), ==, 0);
    /* an event that comes first waits for its request; values that no queue has */
    qnvme_write(v, NVME_REG_DOORBELLS + 8, 64);
    qnvme_write(v, NVME_REG_DOORBELLS + 12, 1);
    cid = put_aer(v);
    cqe = qnvme_wait(v, 0);
    g_assert_cmphex(cqe.cid, ==, cid);
    g_assert_cmphex(cqe.result, ==, NVME_AE_ERROR | NVME_AE_BAD_DOORBELL_VALUE << 8 | NVME_LOG_ERROR << 16);
    /* abort: an event request can be, a command that was never given cannot */
    cid = put_aer(v);
    {
        NvmeCmd cmd = { .opcode = NVME_ADM_ABORT, .cdw10 = (uint32_t)cid << 16 };

        qnvme_put(v, 0, &cmd);
        qnvme_ring(v, 0);
        cqe = qnvme_wait(v, 0);
        g_assert_cmphex(cqe.cid, ==, cid);
        g_assert_cmphex(qnvme_status(cqe), ==, NVME_ABORT_REQUESTED);
        cqe = qnvme_wait(v, 0);
        g_assert_cmphex(cqe.cid, ==, cmd.cid);
        g_assert_cmphex(cqe.result, ==, 0);
    }
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_ABORT, 0, 0, 0x12340001, 0, &result), ==, 0);
    g_assert_cmphex(result, ==, 1);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_ABORT, 0, 0, 0x12340009, 0, NULL), ==, DNR | NVME_INVALID_FIELD);
    end(&f);
}

/* ---- queues ---- */

static uint16_t raw_create(QNvme *v, uint8_t op, uint32_t qid, uint32_t size0, uint64_t addr, uint32_t dw11)
{
    return qnvme_admin(v, op, 0, addr, size0 << 16 | qid, dw11, NULL);
}

static void test_queues(void)
{
    const uint8_t cq = NVME_ADM_CREATE_CQ, sq = NVME_ADM_CREATE_SQ;
    Fixture f;
    QNvme *v = &f.v;

    start(&f, ",max_ioqpairs=4");
    g_assert_cmphex(raw_create(v, cq, 0, 3, BUF, 3), ==, DNR | NVME_QID_INVALID);
    g_assert_cmphex(raw_create(v, cq, 1, 3, BUF, 3), ==, DNR | NVME_QID_INVALID);
    g_assert_cmphex(raw_create(v, cq, 5, 3, BUF, 3), ==, DNR | NVME_QID_INVALID);
    g_assert_cmphex(raw_create(v, cq, 0xffff, 3, BUF, 3), ==, DNR | NVME_QID_INVALID);
    g_assert_cmphex(raw_create(v, cq, 2, 0, BUF, 3), ==, DNR | NVME_QSIZE_INVALID);
    g_assert_cmphex(raw_create(v, cq, 2, 0x800, BUF, 3), ==, DNR | NVME_QSIZE_INVALID);
    g_assert_cmphex(raw_create(v, cq, 2, 3, BUF, 2), ==, DNR | NVME_INVALID_FIELD);
    g_assert_cmphex(raw_create(v, cq, 2, 3, BUF + 8, 3), ==, DNR | NVME_PRP_OFFSET_INVALID);
    g_assert_cmphex(raw_create(v, cq, 2, 3, BUF, 3 | 1 << 16), ==, DNR | NVME_VECTOR_INVALID);
    g_assert_cmphex(raw_create(v, cq, 2, 3, BUF, 3 | 65 << 16), ==, DNR | NVME_VECTOR_INVALID);
    g_assert_cmphex(raw_create(v, sq, 1, 3, BUF, 1 | 1 << 16), ==, DNR | NVME_QID_INVALID);
    g_assert_cmphex(raw_create(v, sq, 2, 3, BUF, 1), ==, DNR | NVME_CQ_INVALID);
    g_assert_cmphex(raw_create(v, sq, 2, 3, BUF, 1 | 2 << 16), ==, DNR | NVME_CQ_INVALID);
    g_assert_cmphex(raw_create(v, sq, 2, 3, BUF, 1 | 0xffffu << 16), ==, DNR | NVME_CQ_INVALID);
    g_assert_cmphex(raw_create(v, sq, 2, 0, BUF, 1 | 1 << 16), ==, DNR | NVME_QSIZE_INVALID);
    g_assert_cmphex(raw_create(v, sq, 2, 3, BUF, 1 << 16), ==, DNR | NVME_INVALID_FIELD);
    g_assert_cmphex(raw_create(v, sq, 2, 3, BUF + 4, 1 | 1 << 16), ==, DNR | NVME_PRP_OFFSET_INVALID);
    /* two submission queues on one completion queue */
    g_assert_cmphex(qnvme_create_sq(v, 3, 8, 1), ==, 0);
    g_assert_cmphex(qnvme_rw(v, 3, true, 1, 1, BUF), ==, 0);
    g_assert_cmphex(qnvme_rw(v, 1, false, 1, 1, BUF), ==, 0);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_DELETE_CQ, 0, 0, 1, 0, NULL), ==, DNR | NVME_QUEUE_DELETION);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_DELETE_SQ, 0, 0, 3, 0, NULL), ==, 0);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_DELETE_SQ, 0, 0, 3, 0, NULL), ==, DNR | NVME_QID_INVALID);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_DELETE_SQ, 0, 0, 0, 0, NULL), ==, DNR | NVME_QID_INVALID);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_DELETE_CQ, 0, 0, 0, 0, NULL), ==, DNR | NVME_QID_INVALID);
    qnvme_delete_pair(v, 1);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_DELETE_CQ, 0, 0, 1, 0, NULL), ==, DNR | NVME_QID_INVALID);
    end(&f);
}

/* A queue is deleted while its commands are at work: all are answered, the deletion last. */
static void test_delete_busy(void)
{
    Fixture f;
    QNvme *v = &f.v;
    int done = 0;
    NvmeCqe cqe;

    start(&f, "");
    for (int i = 0; i < 40; i++) {
        NvmeCmd cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, i * 8, 8, BUF, 0);

        qnvme_put(v, 1, &cmd);
    }
    qnvme_ring(v, 1);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_DELETE_SQ, 0, 0, 1, 0, NULL), ==, 0);
    while (qnvme_poll(v, 1, &cqe)) {
        g_assert_cmphex(qnvme_status(cqe), ==, 0);
        done++;
    }
    g_assert_cmpint(done, ==, 40);
    end(&f);
}

/* ---- blocks ---- */

static void test_read_write(void)
{
    Fixture f;
    QNvme *v = &f.v;
    g_autofree char *host = NULL;
    uint8_t want[8192];
    NvmeCmd cmd;

    start(&f, "");
    /* one page, two pages, from the middle of a page */
    fill(&f, BUF, 16384, 1);
    g_assert_cmphex(qnvme_rw(v, 1, true, 0, 1, BUF), ==, 0);
    g_assert_cmphex(qnvme_rw(v, 1, true, 16, 16, BUF), ==, 0);
    g_assert_cmphex(qnvme_rw(v, 1, true, 100, 8, BUF + 0x404), ==, 0);
    g_assert_cmphex(qnvme_rw(v, 1, false, 16, 16, BUF2), ==, 0);
    assert_same(&f, BUF, BUF2, 8192);
    /* a list: pages in any order, from the middle of the list's page, and of the data's */
    fill(&f, BUF, 128 * 512, 2);
    for (int i = 0; i < 20; i++) {
        qtest_writeq(f.qts, LIST + 0x100 + i * 8, BUF + (i + 1) * 0x1000);
    }
    cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, 200, 128, BUF + 0x800, LIST + 0x100);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    for (int i = 0; i < 20; i++) {
        qtest_writeq(f.qts, LIST + i * 8, BUF2 + (19 - i) * 0x1000);
    }
    cmd = qnvme_rw_cmd(NVME_IO_READ, 1, 204, 120, BUF2 + 0x20000, LIST);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    assert_same(&f, BUF + 0x1000, BUF2 + 0x20000, 0x1000);
    for (int i = 0; i < 14; i++) {
        assert_same(&f, BUF + 0x2000 + i * 0x1000, BUF2 + (19 - i) * 0x1000, 0x1000);
    }
    /* a list of two pages: the last entry of the first leads on (512 KiB, the most that mdts allows) */
    fill(&f, BUF, 1024 * 512, 3);
    qtest_writeq(f.qts, LIST + 0xff8, LIST + 0x1000);
    for (int i = 0; i < 7; i++) {
        qtest_writeq(f.qts, LIST + 0xfc0 + i * 8, BUF + (i + 1) * 0x1000);
    }
    for (int i = 7; i < 127; i++) {
        qtest_writeq(f.qts, LIST + 0x1000 + (i - 7) * 8, BUF + (i + 1) * 0x1000);
    }
    cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, 1000, 1024, BUF, LIST + 0xfc0);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    g_assert_cmphex(qnvme_rw(v, 1, false, 1000 + 800, 16, BUF2), ==, 0);
    assert_same(&f, BUF + 800 * 512, BUF2, 8192);
    /* through to the medium, with FUA and flush */
    qtest_memset(f.qts, BUF, 0x5a, 8192);
    cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, 3000, 16, BUF, BUF + 0x1000);
    cmd.cdw12 |= 1u << 30;
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    cmd = (NvmeCmd) { .opcode = NVME_IO_FLUSH, .nsid = 1 };
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    cmd.nsid = NVME_NSID_ALL;
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    memset(want, 0x5a, sizeof(want));
    g_assert_true(g_file_get_contents(f.image, &host, NULL, NULL));
    g_assert_cmpmem(host + 3000 * 512, 8192, want, 8192);
    end(&f);
}

static void test_io_errors(void)
{
    Fixture f;
    QNvme *v = &f.v;
    NvmeCmd cmd;

    start(&f, ",mdts=2");
    g_assert_cmphex(qnvme_rw(v, 1, false, IMAGE_BLOCKS - 1, 1, BUF), ==, 0);
    g_assert_cmphex(qnvme_rw(v, 1, false, IMAGE_BLOCKS - 1, 2, BUF), ==, DNR | NVME_LBA_OUT_OF_RANGE);
    g_assert_cmphex(qnvme_rw(v, 1, true, UINT64_MAX, 2, BUF), ==, DNR | NVME_LBA_OUT_OF_RANGE);
    g_assert_cmphex(qnvme_rw(v, 1, true, UINT64_MAX >> 9, 2, BUF), ==, DNR | NVME_LBA_OUT_OF_RANGE);
    cmd = qnvme_rw_cmd(NVME_IO_READ, 1, 0, 33, BUF, LIST);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_INVALID_FIELD);
    cmd = qnvme_rw_cmd(NVME_IO_COMPARE, 1, 0, 65536, BUF, LIST);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_INVALID_FIELD);
    cmd = qnvme_rw_cmd(NVME_IO_READ, 0, 0, 1, BUF, 0);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_INVALID_NAMESPACE);
    cmd = qnvme_rw_cmd(NVME_IO_READ, ~0u, 0, 1, BUF, 0);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_INVALID_NAMESPACE);
    cmd = qnvme_rw_cmd(NVME_IO_READ, 2, 0, 1, BUF, 0);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_INVALID_FIELD);
    cmd = qnvme_rw_cmd(NVME_IO_READ, 1, 0, 1, BUF, 0);
    cmd.flags = 1;
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_INVALID_FIELD);
    cmd.flags = 0;
    cmd.opcode = 0x66;
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_INVALID_OPCODE);
    end(&f);
    start_props(&f, ",readonly=on", "");
    qnvme_create_pair(v, 1, 8);
    g_assert_cmphex(qnvme_rw(v, 1, false, 0, 1, BUF), ==, 0);
    g_assert_cmphex(qnvme_rw(v, 1, true, 0, 1, BUF), ==, DNR | NVME_RANGE_READ_ONLY);
    cmd = qnvme_rw_cmd(NVME_IO_WRITE_ZEROES, 1, 0, 1, 0, 0);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_RANGE_READ_ONLY);
    cmd = (NvmeCmd) { .opcode = NVME_IO_FLUSH, .nsid = 1 };
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    end(&f);
}

static void test_compare_zeroes_dsm(void)
{
    Fixture f;
    QNvme *v = &f.v;
    NvmeDsmRange r[3] = { { 0, 8, 8 }, { 0, 0, 0 }, { 0, 16, 32 } };
    NvmeCmd cmd;

    start(&f, "");
    for (int i = 0; i < 64; i++) {
        qtest_writeq(f.qts, LIST + i * 8, BUF + (i + 1) * 0x1000);
    }
    fill(&f, BUF, 0x40000, 9);
    /* 100 KiB: more than one piece */
    cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, 0, 200, BUF, LIST);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    cmd.opcode = NVME_IO_COMPARE;
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    qtest_writeb(f.qts, BUF + 199 * 512, qtest_readb(f.qts, BUF + 199 * 512) ^ 1);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_COMPARE_FAILURE);
    cmd = qnvme_rw_cmd(NVME_IO_COMPARE, 1, 1, 1, BUF, 0);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_COMPARE_FAILURE);
    /* deallocate reads as zeroes, the block beside it does not */
    qtest_memwrite(f.qts, BUF2, r, sizeof(r));
    cmd = (NvmeCmd) { .opcode = NVME_IO_DSM, .nsid = 1, .prp1 = BUF2, .cdw10 = 2, .cdw11 = 4 };
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    g_assert_cmphex(qnvme_rw(v, 1, false, 0, 16, BUF2), ==, 0);
    assert_same(&f, BUF, BUF2, 4096);
    g_assert_cmphex(qtest_readq(f.qts, BUF2 + 4096), ==, 0);
    g_assert_cmphex(qtest_readq(f.qts, BUF2 + 8184), ==, 0);
    r[2].slba = IMAGE_BLOCKS;
    qtest_memwrite(f.qts, BUF2, r, sizeof(r));
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_LBA_OUT_OF_RANGE);
    cmd.cdw11 = 3;                              /* only advice */
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    /* write zeroes, with and without deallocation */
    for (int deac = 0; deac < 2; deac++) {
        cmd = qnvme_rw_cmd(NVME_IO_WRITE_ZEROES, 1, 100 + deac * 20, 8, 0, 0);
        cmd.cdw12 |= deac << 25;
        g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
        g_assert_cmphex(qnvme_rw(v, 1, false, 100 + deac * 20, 9, BUF2), ==, 0);
        g_assert_cmphex(qtest_readq(f.qts, BUF2 + 4088), ==, 0);
        assert_same(&f, BUF + (108 + deac * 20) * 512, BUF2 + 4096, 512);
    }
    cmd = qnvme_rw_cmd(NVME_IO_WRITE_ZEROES, 1, IMAGE_BLOCKS - 1, 2, 0, 0);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_LBA_OUT_OF_RANGE);
    end(&f);
}

/* ---- SGLs ---- */

static NvmeCmd sgl_cmd(uint8_t opcode, uint64_t slba, uint32_t blocks, uint64_t addr, uint32_t len, unsigned type)
{
    NvmeSglDesc d = { .addr = addr, .len = len, .type = type << 4 };
    NvmeCmd cmd = qnvme_rw_cmd(opcode, 1, slba, blocks, 0, 0);

    cmd.flags = 0x40;
    memcpy(&cmd.prp1, &d, sizeof(d));
    return cmd;
}

static void put_sgl(Fixture *f, uint64_t where, uint64_t addr, uint32_t len, uint8_t type)
{
    NvmeSglDesc d = { .addr = addr, .len = len, .type = type };

    qtest_memwrite(f->qts, where, &d, sizeof(d));
}

static void test_sgl(void)
{
    Fixture f;
    QNvme *v = &f.v;

    start(&f, "");
    fill(&f, BUF, 0x10000, 5);
    /* one block of data, at a place no PRP could name */
    g_assert_cmphex(qnvme_run(v, 1, sgl_cmd(NVME_IO_WRITE, 0, 16, BUF + 3, 8192, 0), NULL), ==, 0);
    /* two segments: three pieces with an empty one, then the last two; 512 bytes too many are allowed */
    put_sgl(&f, LIST, BUF2 + 1, 100, 0);
    put_sgl(&f, LIST + 16, BUF2 + 101, 0, 0);
    put_sgl(&f, LIST + 32, BUF2 + 101, 4000, 0);
    put_sgl(&f, LIST + 48, LIST + 0x1008, 32, NVME_SGL_LAST_SEGMENT << 4);
    put_sgl(&f, LIST + 0x1008, BUF2 + 0x2000, 92, 0);
    put_sgl(&f, LIST + 0x1018, BUF2 + 0x3000, 4096 + 512 - 92 + 92, 0);
    g_assert_cmphex(qnvme_run(v, 1, sgl_cmd(NVME_IO_READ, 0, 16, LIST, 64, NVME_SGL_SEGMENT), NULL), ==, 0);
    assert_same(&f, BUF + 3, BUF2 + 1, 4100);
    assert_same(&f, BUF + 3 + 4100, BUF2 + 0x2000, 92);
    assert_same(&f, BUF + 3 + 4192, BUF2 + 0x3000, 4000);
    end(&f);
}

static void test_sgl_errors(void)
{
    static const struct { uint64_t addr; uint32_t len; unsigned type; uint16_t want; } direct[] = {
        { BUF, 4095, NVME_SGL_DATA, DNR | NVME_SGL_LENGTH_INVALID },
        { BUF, 0, NVME_SGL_DATA, DNR | NVME_SGL_LENGTH_INVALID },
        { BUF, 4096, 1, DNR | NVME_SGL_TYPE_INVALID },
        { BUF, 4096, 4, DNR | NVME_SGL_TYPE_INVALID },
        { BUF, 4096, 15, DNR | NVME_SGL_TYPE_INVALID },
        { UINT64_MAX - 100, 4096, NVME_SGL_DATA, DNR | NVME_DATA_TRANSFER_ERROR },
        { 1ull << 50, 4096, NVME_SGL_DATA, NVME_DATA_TRANSFER_ERROR },
        { LIST, 0, NVME_SGL_SEGMENT, DNR | NVME_INVALID_SGL_SEGMENT },
        { LIST, 24, NVME_SGL_LAST_SEGMENT, DNR | NVME_INVALID_SGL_SEGMENT },
        { LIST, 16 * 2000, NVME_SGL_LAST_SEGMENT, DNR | NVME_INVALID_SGL_COUNT },
        { LIST, 0xfffffff0, NVME_SGL_LAST_SEGMENT, DNR | NVME_INVALID_SGL_COUNT },
        { 1ull << 50, 32, NVME_SGL_LAST_SEGMENT, NVME_DATA_TRANSFER_ERROR },
        { LIST, 16, NVME_SGL_LAST_SEGMENT, DNR | NVME_INVALID_SGL_SEGMENT },       /* a link in the last one */
        { LIST + 16, 16, NVME_SGL_SEGMENT, DNR | NVME_INVALID_SGL_SEGMENT },       /* no link in another */
        { LIST, 16, NVME_SGL_SEGMENT, DNR | NVME_INVALID_SGL_COUNT },              /* a segment that leads to itself */
    };
    Fixture f;
    QNvme *v = &f.v;
    NvmeCmd cmd;

    start(&f, "");
    put_sgl(&f, LIST, LIST, 16, NVME_SGL_SEGMENT << 4);
    put_sgl(&f, LIST + 16, BUF, 16, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(direct); i++) {
        cmd = sgl_cmd(NVME_IO_READ, 0, 8, direct[i].addr, direct[i].len, direct[i].type);
        g_test_message("case %u", i);
        g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, direct[i].want);
    }
    cmd = sgl_cmd(NVME_IO_READ, 0, 8, BUF, 4096, 0);
    cmd.flags = 0xc0;
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_INVALID_FIELD);
    end(&f);
}

/* ---- guests that mean harm ---- */

static void test_prp_errors(void)
{
    Fixture f;
    QNvme *v = &f.v;
    NvmeCmd cmd;

    start(&f, "");
    g_assert_cmphex(qnvme_rw(v, 1, false, 0, 1, BUF + 2), ==, DNR | NVME_PRP_OFFSET_INVALID);
    cmd = qnvme_rw_cmd(NVME_IO_READ, 1, 0, 16, BUF, BUF + 0x1004);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_PRP_OFFSET_INVALID);
    cmd = qnvme_rw_cmd(NVME_IO_READ, 1, 0, 64, BUF, LIST + 4);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_PRP_OFFSET_INVALID);
    qtest_writeq(f.qts, LIST, BUF + 8);
    cmd.prp2 = LIST;
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, DNR | NVME_PRP_OFFSET_INVALID);
    /* data, and the list, where there is no memory, or a device */
    g_assert_cmphex(qnvme_rw(v, 1, false, 0, 1, 1ull << 50), ==, NVME_DATA_TRANSFER_ERROR);
    g_assert_cmphex(qnvme_rw(v, 1, true, 0, 1, ~0xfffull), ==, NVME_DATA_TRANSFER_ERROR);
    g_assert_cmphex(qnvme_rw(v, 1, false, 0, 1, v->bar.addr), ==, NVME_DATA_TRANSFER_ERROR);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 0, v->bar.addr, 1, 0, NULL), ==, NVME_DATA_TRANSFER_ERROR);
    cmd.prp2 = 1ull << 50;
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, NVME_DATA_TRANSFER_ERROR);
    cmd.prp2 = v->bar.addr;
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, NVME_DATA_TRANSFER_ERROR);
    end(&f);
    /* a list whose last entry leads to itself, for the largest command there is: it ends */
    start(&f, ",mdts=0");
    qtest_memset(f.qts, BUF, 0x77, 0x1000);
    for (int i = 0; i < 512; i++) {
        qtest_writeq(f.qts, LIST + i * 8, i < 511 ? BUF : LIST);
    }
    cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, 0, IMAGE_BLOCKS, BUF, LIST);
    for (int i = 0; i < 30; i++) {
        qnvme_put(v, 1, &cmd);
    }
    qnvme_ring(v, 1);
    for (int i = 0; i < 30; i++) {
        g_assert_cmphex(qnvme_status(qnvme_wait(v, 1)), ==, 0);
    }
    cmd = qnvme_rw_cmd(NVME_IO_COMPARE, 1, 0, IMAGE_BLOCKS, BUF, LIST);
    g_assert_cmphex(qnvme_run(v, 1, cmd, NULL), ==, 0);
    end(&f);
}

/* Queues where there is no memory, or a device: fatal, and a reset heals. */
static void test_queue_addresses(void)
{
    Fixture f;
    QNvme *v = &f.v;

    start(&f, "");
    for (int i = 0; i < 4; i++) {
        uint64_t where = i & 1 ? v->bar.addr : 1ull << 50;
        NvmeCmd cmd = qnvme_rw_cmd(NVME_IO_READ, 1, 0, 1, BUF, 0);

        if (i < 2) {
            g_assert_cmphex(raw_create(v, NVME_ADM_CREATE_SQ, 2, 7, where, 1 | 1 << 16), ==, 0);
        } else {
            g_assert_cmphex(raw_create(v, NVME_ADM_CREATE_CQ, 2, 7, where, 3), ==, 0);
            g_assert_cmphex(raw_create(v, NVME_ADM_CREATE_SQ, 2, 7, qnvme_sq_addr(2), 1 | 2 << 16), ==, 0);
            v->q[2].sq_size = 8;
            qnvme_put(v, 2, &cmd);
        }
        qnvme_write(v, NVME_REG_DOORBELLS + 2 * 8, 1);
        while (!(qnvme_read(v, NVME_REG_CSTS) & NVME_CSTS_CFS)) {
            g_usleep(100);
        }
        qnvme_write(v, NVME_REG_DOORBELLS + 8, 5);      /* deaf */
        qnvme_disable(v);
        qnvme_enable(v);
        qnvme_create_pair(v, 1, 64);
    }
    end(&f);
}

/*
 * A host that never takes completions off: what has no place waits in the submission queue. Then it takes them one by
 * one. Doorbells for entries that are not there change nothing.
 */
static void test_full_queue(void)
{
    Fixture f;
    QNvme *v = &f.v;
    NvmeCqe cqe, before[4], after[4];
    NvmeCmd cmd;

    start_props(&f, "", "");
    g_assert_cmphex(qnvme_create_cq(v, 1, 4, 0), ==, 0);
    g_assert_cmphex(qnvme_create_sq(v, 2, 64, 1), ==, 0);
    for (int i = 0; i < 60; i++) {
        cmd = qnvme_rw_cmd(i & 1 ? NVME_IO_WRITE : 0x66, 1, i, 1, BUF, 0);
        qnvme_put(v, 2, &cmd);
    }
    qnvme_ring(v, 2);
    qobject_unref(qtest_qmp(f.qts, "{'execute': 'stop'}"));         /* drains */
    qobject_unref(qtest_qmp(f.qts, "{'execute': 'cont'}"));
    qtest_memread(f.qts, qnvme_cq_addr(1), before, sizeof(before));
    g_assert_cmpuint(before[2].status & 1, ==, 1);
    g_assert_cmphex(before[3].status, ==, 0);                       /* one is always free */
    for (unsigned bad = 4; bad < 10; bad++) {
        qnvme_write(v, NVME_REG_DOORBELLS + 12, bad == 9 ? 0xffff : bad);
    }
    for (unsigned i = 0; i < 4; i++) {
        qnvme_write(v, NVME_REG_DOORBELLS + 2 * 8, 0x1000 + i);
    }
    qtest_memread(f.qts, qnvme_cq_addr(1), after, sizeof(after));
    g_assert_cmpmem(before, sizeof(before), after, sizeof(after));
    for (int i = 0; i < 60; i++) {
        cqe = qnvme_wait(v, 2);
        g_assert_cmpuint(cqe.sq_id, ==, 2);
    }
    g_assert_false(qnvme_poll(v, 2, &cqe));
    end(&f);
}

/* Anything in every command: only answers, or silence after a fatal error. */
static void test_junk(void)
{
    Fixture f;
    QNvme *v = &f.v;
    GRand *r = g_rand_new_with_seed(20110301);

    start(&f, ",mdts=5");
    for (int i = 0; i < 3000; i++) {
        unsigned qid = g_rand_int_range(r, 0, 2);
        NvmeCmd cmd;
        NvmeCqe cqe;

        for (unsigned k = 0; k < sizeof(cmd) / 4; k++) {
            ((uint32_t *)&cmd)[k] = g_rand_boolean(r) ? g_rand_int(r) : g_rand_int_range(r, 0, 64);
        }
        cmd.opcode = g_rand_int_range(r, 0, 14);
        cmd.nsid = g_rand_int_range(r, 0, 3);
        cmd.flags &= 0x43;
        cmd.flags = g_rand_boolean(r) ? 0 : cmd.flags;
        if (g_rand_boolean(r)) {
            cmd.prp1 = BUF + g_rand_int_range(r, 0, 1024) * 4;
            cmd.prp2 = LIST + g_rand_int_range(r, 0, 3) * 0x1000;
            cmd.cdw11 = 0;
        }
        if (qid == 0 && (cmd.opcode == NVME_ADM_DELETE_SQ || cmd.opcode == NVME_ADM_DELETE_CQ) && (cmd.cdw10 & 0xffff) == 1) {
            continue;
        }
        qnvme_put(v, qid, &cmd);
        qnvme_ring(v, qid);
        for (int k = 0; k < 3; k++) {
            qnvme_write(v, 4 * g_rand_int_range(r, 0x400, 0x480), g_rand_int_range(r, 0, 70));
        }
        /* an outstanding event request answers at any time */
        while (qnvme_poll(v, qid, &cqe)) {
        }
        if (qnvme_read(v, NVME_REG_CSTS) & NVME_CSTS_CFS || i % 97 == 0) {
            qnvme_disable(v);
            qnvme_enable(v);
            qnvme_create_pair(v, 1, 64);
        }
    }
    qnvme_disable(v);
    qnvme_enable(v);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_IDENTIFY, 0, BUF, 1, 0, NULL), ==, 0);
    g_rand_free(r);
    end(&f);
}

/* ---- interrupts ---- */

static void test_intx(void)
{
    Fixture f;
    QNvme *v = &f.v;
    NvmeCmd cmd = { .opcode = NVME_ADM_IDENTIFY, .prp1 = BUF, .cdw10 = 1 };
    NvmeCqe cqe;

    start_props(&f, "", "");
    g_assert_cmphex(qpci_config_readw(&v->dev, 6) & 8, ==, 0);
    qnvme_put(v, 0, &cmd);
    qnvme_ring(v, 0);
    g_assert_cmphex(qpci_config_readw(&v->dev, 6) & 8, ==, 8);      /* PCI status: interrupt */
    qnvme_write(v, NVME_REG_INTMS, 1);
    g_assert_cmphex(qpci_config_readw(&v->dev, 6) & 8, ==, 0);
    qnvme_write(v, NVME_REG_INTMC, 1);
    g_assert_cmphex(qpci_config_readw(&v->dev, 6) & 8, ==, 8);
    g_assert_true(qnvme_poll(v, 0, &cqe));                          /* and rings the head */
    g_assert_cmphex(qpci_config_readw(&v->dev, 6) & 8, ==, 0);
    end(&f);
}

/* A message is a store: here into memory, where it can be seen. Vector 2 of the table, in BAR 0 or a BAR of its own. */
static void test_msix(gconstpointer exclusive)
{
    Fixture f;
    QNvme *v = &f.v;
    uint8_t cap;
    uint32_t table;
    QPCIBar bar;

    start_props(&f, "", exclusive ? ",msix-exclusive-bar=on" : "");
    cap = qpci_find_capability(&v->dev, 0x11, 0);
    g_assert_cmpuint(qpci_config_readw(&v->dev, cap + 2) & 0x7ff, ==, 64);
    table = qpci_config_readl(&v->dev, cap + 4);
    g_assert_cmpuint(table & 7, ==, exclusive ? 4 : 0);
    bar = exclusive ? qpci_iomap(&v->dev, 4, NULL) : v->bar;
    table &= ~7u;
    for (int i = 0; i < 3; i++) {
        qpci_io_writel(&v->dev, bar, table + i * 16, BUF2 + i * 4);
        qpci_io_writel(&v->dev, bar, table + i * 16 + 4, 0);
        qpci_io_writel(&v->dev, bar, table + i * 16 + 8, 0x1000 + i);
        qpci_io_writel(&v->dev, bar, table + i * 16 + 12, 0);
    }
    qpci_config_writew(&v->dev, cap + 2, 0x8000);
    g_assert_cmphex(qnvme_create_cq(v, 3, 8, 2), ==, 0);
    g_assert_cmphex(qtest_readl(f.qts, BUF2), ==, 0x1000);
    g_assert_cmphex(qnvme_create_sq(v, 1, 8, 3), ==, 0);
    g_assert_cmphex(qtest_readl(f.qts, BUF2 + 8), ==, 0);
    g_assert_cmphex(qnvme_rw(v, 1, false, 0, 1, BUF), ==, 0);
    g_assert_cmphex(qtest_readl(f.qts, BUF2 + 8), ==, 0x1002);
    g_assert_cmphex(qpci_config_readw(&v->dev, 6) & 8, ==, 0);
    end(&f);
}

/* ---- namespaces and properties ---- */

static void test_namespaces(void)
{
    g_autofree char *a = make_image(), *b = make_image();
    QTestState *s = qtest_initf("-machine pc -m 64 -nodefaults -drive file=%s,if=none,id=a,format=raw "
                                "-drive file=%s,if=none,id=b,format=raw -device nvme,serial=foo,addr=4,id=nv "
                                "-device nvme-ns,bus=nv,drive=a,nsid=256,eui64=0x1122334455667788,"
                                "uuid=00112233-4455-6677-8899-aabbccddeeff "
                                "-device nvme-ns,bus=nv,drive=b,logical_block_size=4096,physical_block_size=4096", a, b);
    uint8_t desc[32], want[] = { 1, 8, 0, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 3, 16, 0, 0, 0, 0x11, 0x22,
                                 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
    NvmeCmd cmd;
    QNvme v;

    qnvme_start(&v, s, SLOT);
    qnvme_create_pair(&v, 1, 8);
    g_assert_cmphex(qnvme_admin(&v, NVME_ADM_IDENTIFY, 0, BUF, 2, 0, NULL), ==, 0);
    g_assert_cmphex(qtest_readq(s, BUF), ==, 0x10000000001ull);
    g_assert_cmphex(qtest_readl(s, BUF + 8), ==, 0);
    g_assert_cmphex(qnvme_admin(&v, NVME_ADM_IDENTIFY, 256, BUF, 3, 0, NULL), ==, 0);
    qtest_memread(s, BUF, desc, sizeof(desc));
    g_assert_cmpmem(desc, 32, want, 32);
    g_assert_cmphex(qnvme_admin(&v, NVME_ADM_IDENTIFY, 1, BUF, 0, 0, NULL), ==, 0);
    g_assert_cmpuint(qtest_readq(s, BUF), ==, IMAGE_BLOCKS / 8);
    qtest_memset(s, BUF, 0x11, 4096);
    cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, 3, 1, BUF, 0);
    g_assert_cmphex(qnvme_run(&v, 1, cmd, NULL), ==, 0);
    qtest_memset(s, BUF, 0x22, 4096);
    cmd = qnvme_rw_cmd(NVME_IO_WRITE, 256, 24, 8, BUF, 0);
    g_assert_cmphex(qnvme_run(&v, 1, cmd, NULL), ==, 0);
    cmd = qnvme_rw_cmd(NVME_IO_READ, 1, 3, 1, BUF, 0);
    g_assert_cmphex(qnvme_run(&v, 1, cmd, NULL), ==, 0);
    g_assert_cmphex(qtest_readb(s, BUF + 4095), ==, 0x11);
    cmd = (NvmeCmd) { .opcode = NVME_IO_FLUSH, .nsid = NVME_NSID_ALL };
    g_assert_cmphex(qnvme_run(&v, 1, cmd, NULL), ==, 0);
    qtest_quit(s);
    unlink(a);
    unlink(b);
}

static void test_properties(void)
{
    static const struct { const char *args, *says; } bad[] = {
        { "-device nvme", "serial property not set" },
        { "-device nvme,serial=123456789012345678901", "serial" },
        { "-device nvme,serial=x,max_ioqpairs=0", "max_ioqpairs" },
        { "-device nvme,serial=x,max_ioqpairs=65535", "max_ioqpairs" },
        { "-device nvme,serial=x,num_queues=1", "max_ioqpairs" },
        { "-device nvme,serial=x,msix_qsize=0", "msix_qsize" },
        { "-device nvme,serial=x,msix_qsize=2049", "msix_qsize" },
        { "-device nvme,serial=x,mdts=17", "mdts" },
        { "-device nvme-ns", "nvme-bus" },
        { "-device nvme,serial=x,id=n -device nvme-ns,bus=n,nsid=1", "drive" },
        { "-device nvme,serial=x,id=n -blockdev null-co,node-name=d,size=65536 -device nvme-ns,bus=n,drive=d,nsid=257", "nsid" },
        { "-blockdev null-co,node-name=c,size=65536 -blockdev null-co,node-name=d,size=65536 -device nvme,serial=x,id=n,drive=c "
          "-device nvme-ns,bus=n,drive=d,nsid=1", "already allocated" },
    };
    static const char *const good[] = {
        "-device nvme,serial=x", "-device nvme,serial=x,max_ioqpairs=65534,msix_qsize=2048",
        "-device nvme,serial=x,num_queues=5,use-intel-id=on", "-device nvme,serial=x,msix-exclusive-bar=on,msix_qsize=1",
        "-device pcie-root-port,id=rp -device nvme,serial=x,bus=rp",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *args = g_strdup_printf("-machine q35 -nodefaults -display none %s", bad[i].args);
        g_autofree char *out = NULL;

        g_assert_cmpint(qtest_run_to_exit(args, &out), ==, 1);
        g_assert_nonnull(strstr(out, bad[i].says));
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        QTestState *s = qtest_initf("-machine q35 -nodefaults -m 64 %s,id=nv", good[i]);

        qobject_unref(qtest_qmp(s, "{'execute': 'system_reset'}"));
        qtest_qmp_eventwait(s, "RESET");
        qtest_quit(s);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/nvme/registers", test_registers);
    qtest_add_func("/nvme/bad-enable", test_bad_enable);
    qtest_add_func("/nvme/shutdown-reset", test_shutdown_reset);
    qtest_add_func("/nvme/flr", test_flr);
    qtest_add_func("/nvme/identify", test_identify);
    qtest_add_func("/nvme/features", test_features);
    qtest_add_func("/nvme/logs", test_logs);
    qtest_add_func("/nvme/async-events", test_async_events);
    qtest_add_func("/nvme/queues", test_queues);
    qtest_add_func("/nvme/delete-busy", test_delete_busy);
    qtest_add_func("/nvme/read-write", test_read_write);
    qtest_add_func("/nvme/io-errors", test_io_errors);
    qtest_add_func("/nvme/compare-zeroes-dsm", test_compare_zeroes_dsm);
    qtest_add_func("/nvme/sgl", test_sgl);
    qtest_add_func("/nvme/sgl-errors", test_sgl_errors);
    qtest_add_func("/nvme/prp-errors", test_prp_errors);
    qtest_add_func("/nvme/queue-addresses", test_queue_addresses);
    qtest_add_func("/nvme/full-queue", test_full_queue);
    qtest_add_func("/nvme/junk", test_junk);
    qtest_add_func("/nvme/intx", test_intx);
    qtest_add_data_func("/nvme/msix", NULL, test_msix);
    qtest_add_data_func("/nvme/msix-exclusive", "", test_msix);
    qtest_add_func("/nvme/namespaces", test_namespaces);
    qtest_add_func("/nvme/properties", test_properties);
    return g_test_run();
}
