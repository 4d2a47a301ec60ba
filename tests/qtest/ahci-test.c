/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A SATA disk behind the AHCI controller: commands, queued and not, their errors, tables no driver would make. */
#include "qemu/osdep.h"
#include <sys/resource.h>
#include "tests/qtest/libpci.h"

#define LIST 0x100000ull
#define FIS 0x101000ull
#define TABLE 0x110000ull               /* of slot n: + n * 0x1000 */
#define BUF 0x400000ull
#define BUF2 0x500000ull
#define SECTORS 4096u

enum { P_CLB = 0x100, P_CLBU = 0x104, P_FB = 0x108, P_FBU = 0x10c, P_IS = 0x110, P_IE = 0x114, P_CMD = 0x118, P_TFD = 0x120,
       P_SIG = 0x124, P_SSTS = 0x128, P_SCTL = 0x12c, P_SERR = 0x130, P_SACT = 0x134, P_CI = 0x138 };
enum { IS_DHR = 1, IS_PSS = 2, IS_SDB = 8, IS_HBF = 1 << 29, IS_TFE = 1 << 30 };

typedef struct Ahci {
    char *image;
    QTestState *qts;
    QPCIBus bus;
    QPCIDevice dev;
    QPCIBar bar;
} Ahci;

static uint32_t rd(Ahci *a, uint32_t reg)
{
    return qpci_io_readl(&a->dev, a->bar, reg);
}

static void wr(Ahci *a, uint32_t reg, uint32_t val)
{
    qpci_io_writel(&a->dev, a->bar, reg, val);
}

static void start_port(Ahci *a)
{
    wr(a, P_CLB, LIST);
    wr(a, P_FB, FIS);
    wr(a, P_IE, ~0u);
    wr(a, P_CMD, 0x10);
    wr(a, P_CMD, 0x11);
    wr(a, 4, 2);
}

static void launch(Ahci *a, const char *more)
{
    a->qts = qtest_initf("-machine q35 -m 64 -nodefaults -drive file=%s,if=none,id=d,format=raw,werror=stop "
                         "-device ide-hd,drive=d,bus=ide.0,serial=abc %s", a->image, more);
}

static void start(Ahci *a)
{
    int fd;

    a->image = g_strdup_printf("%s/ahci-test-XXXXXX", g_get_tmp_dir());
    fd = g_mkstemp(a->image);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, SECTORS * 512), ==, 0);
    close(fd);
    launch(a, "");
    qpci_init_pc(&a->bus, a->qts);
    g_assert_true(qpci_device_init(&a->dev, &a->bus, QPCI_DEVFN(31, 2)));
    a->bar = qpci_iomap(&a->dev, 5, NULL);
    qpci_device_enable(&a->dev);
    g_assert_cmphex(rd(a, P_SSTS), ==, 0x113);
    start_port(a);
    g_assert_cmphex(rd(a, P_SIG), ==, 0x101);
    g_assert_cmphex(rd(a, P_TFD), ==, 0x150);
}

static void end(Ahci *a)
{
    qtest_quit(a->qts);
    unlink(a->image);
    g_free(a->image);
}

/* PRD entries: two halves of the buffer, so that there is more than one. */
static void put(Ahci *a, unsigned slot, uint8_t command, uint64_t lba, uint32_t count, uint64_t buf, uint32_t bytes)
{
    uint8_t fis[64] = { 0x27, 0x80, command, 0, lba, lba >> 8, lba >> 16, 0x40, lba >> 24, lba >> 32, lba >> 40, 0, count,
                        count >> 8 };
    uint64_t t = TABLE + slot * 0x1000;
    uint32_t half = bytes / 2 & ~511u;

    if (command == 0x60 || command == 0x61) {
        fis[3] = count;
        fis[11] = count >> 8;
        fis[12] = slot << 3;
        fis[13] = 0;
    }
    qtest_memwrite(a->qts, t, fis, sizeof(fis));
    if (bytes) {
        qtest_writeq(a->qts, t + 0x80, buf);
        qtest_writel(a->qts, t + 0x8c, (half ?: bytes) - 1);
        qtest_writeq(a->qts, t + 0x90, buf + half);
        qtest_writel(a->qts, t + 0x9c, bytes - half - 1);
    }
    qtest_writel(a->qts, LIST + slot * 32, 5 | (bytes ? half ? 2 : 1 : 0) << 16);
    qtest_writel(a->qts, LIST + slot * 32 + 4, 0);
    qtest_writeq(a->qts, LIST + slot * 32 + 8, t);
}

static uint32_t wait_is(Ahci *a, uint32_t bits)
{
    gint64 until = g_get_monotonic_time() + 120 * G_USEC_PER_SEC;
    uint32_t is;

    while (!((is = rd(a, P_IS)) & bits)) {
        g_assert_cmpint(g_get_monotonic_time(), <, until);
    }
    return is;
}

/* Status, with the interrupt bits acknowledged. */
static uint32_t run(Ahci *a, uint8_t command, uint64_t lba, uint32_t count, uint64_t buf, uint32_t bytes, uint32_t want_is)
{
    put(a, 0, command, lba, count, buf, bytes);
    wr(a, P_CI, 1);
    g_assert_cmphex(wait_is(a, ~0u), ==, want_is);
    wr(a, P_IS, ~0u);
    wr(a, 8, ~0u);
    return rd(a, P_TFD);
}

static void recover(Ahci *a)
{
    wr(a, P_CMD, 0x10);
    wr(a, P_IS, ~0u);
    wr(a, P_CMD, 0x11);
    g_assert_cmphex(rd(a, P_CI), ==, 0);
}

static void fill(Ahci *a, uint64_t addr, size_t len, unsigned seed)
{
    g_autofree uint8_t *p = g_malloc(len);

    for (size_t i = 0; i < len; i++) {
        p[i] = i * 11 + (i >> 9) + seed;
    }
    qtest_memwrite(a->qts, addr, p, len);
}

static void assert_same(Ahci *a, uint64_t x, uint64_t y, size_t len)
{
    g_autofree uint8_t *p = g_malloc(len), *q = g_malloc(len);

    qtest_memread(a->qts, x, p, len);
    qtest_memread(a->qts, y, q, len);
    g_assert_cmpmem(p, len, q, len);
}

static void test_identify(void)
{
    uint8_t id[512], sum = 0;
    Ahci a;

    start(&a);
    g_assert_cmphex(run(&a, 0xec, 0, 0, BUF, 512, IS_PSS), ==, 0x50);
    qtest_memread(a.qts, BUF, id, sizeof(id));
    for (int i = 0; i < 512; i++) {
        sum += id[i];
    }
    g_assert_cmphex(sum, ==, 0);
    g_assert_cmpmem(id + 20, 4, "ba c", 4);
    g_assert_cmpuint(id[200] | id[201] << 8, ==, SECTORS);
    g_assert_cmpuint(qtest_readl(a.qts, LIST + 4), ==, 512);
    g_assert_cmphex(qtest_readb(a.qts, FIS + 0x20), ==, 0x5f);
    g_assert_cmphex(qtest_readb(a.qts, FIS + 0x2f), ==, 0x50);
    end(&a);
}

static void test_read_write(void)
{
    static const struct { uint8_t write, read; uint32_t write_is, read_is; } pairs[] = {
        { 0xca, 0xc8, IS_DHR, IS_DHR }, { 0x35, 0x25, IS_DHR, IS_DHR }, { 0x3d, 0x25, IS_DHR, IS_DHR },
        { 0x30, 0x20, IS_DHR, IS_PSS }, { 0x34, 0x24, IS_DHR, IS_PSS }, { 0xc5, 0xc4, IS_DHR, IS_PSS },
        { 0x61, 0x60, IS_SDB, IS_SDB },
    };
    g_autofree char *host = NULL;
    uint8_t want[4096];
    Ahci a;

    start(&a);
    for (unsigned i = 0; i < G_N_ELEMENTS(pairs); i++) {
        fill(&a, BUF, 16384, i);
        if (pairs[i].write == 0x61) {
            wr(&a, P_SACT, 1);
        }
        g_assert_cmphex(run(&a, pairs[i].write, 100 + i, 32, BUF, 16384, pairs[i].write_is) & 0xff71, ==, 0x50);
        if (pairs[i].read == 0x60) {
            g_assert_cmphex(rd(&a, P_SACT), ==, 0);
            wr(&a, P_SACT, 1);
        }
        g_assert_cmphex(run(&a, pairs[i].read, 100 + i, 32, BUF2, 16384, pairs[i].read_is) & 0xff71, ==, 0x50);
        assert_same(&a, BUF, BUF2, 16384);
        g_assert_cmphex(rd(&a, P_CI), ==, 0);
    }
    qtest_memread(a.qts, BUF, want, sizeof(want));
    g_assert_cmphex(run(&a, 0xea, 0, 0, 0, 0, IS_DHR), ==, 0x50);
    g_assert_cmphex(run(&a, 0xe7, 0, 0, 0, 0, IS_DHR), ==, 0x50);
    g_assert_true(g_file_get_contents(a.image, &host, NULL, NULL));
    g_assert_cmpmem(host + (100 + G_N_ELEMENTS(pairs) - 1) * 512, 4096, want, 4096);
    /* write cache off and on; power modes; settings */
    for (unsigned i = 0; i < 5; i++) {
        static const uint8_t cmd[] = { 0xe5, 0xe0, 0xe1, 0xc6, 0x40 };

        g_assert_cmphex(run(&a, cmd[i], 0, 1, 0, 0, IS_DHR), ==, 0x50);
    }
    end(&a);
}

/* All 32 slots at once; each tag comes back once. */
static void test_ncq(void)
{
    Ahci a;

    start(&a);
    fill(&a, BUF, 32 * 4096, 7);
    for (int write = 1; write >= 0; write--) {
        for (unsigned i = 0; i < 32; i++) {
            put(&a, i, write ? 0x61 : 0x60, i * 8, 8, (write ? BUF : BUF2) + i * 4096, 4096);
        }
        wr(&a, P_SACT, ~0u);
        wr(&a, P_CI, ~0u);
        while (rd(&a, P_SACT) || rd(&a, P_CI)) {
            g_usleep(100);
        }
        g_assert_cmphex(rd(&a, P_TFD) & 1, ==, 0);
        wr(&a, P_IS, ~0u);
    }
    assert_same(&a, BUF, BUF2, 32 * 4096);
    end(&a);
}

static void test_errors(void)
{
    Ahci a;

    start(&a);
    g_assert_cmphex(run(&a, 0xff, 0, 1, BUF, 512, IS_DHR | IS_TFE), ==, 0x441);
    /* nothing goes on until the port was stopped */
    put(&a, 1, 0xec, 0, 0, BUF, 512);
    wr(&a, P_CI, 2);
    g_assert_cmphex(rd(&a, P_IS), ==, 0);
    recover(&a);
    g_assert_cmphex(run(&a, 0xec, 0, 0, BUF, 512, IS_PSS), ==, 0x50);
    g_assert_cmphex(run(&a, 0x25, SECTORS - 1, 2, BUF, 1024, IS_DHR | IS_TFE), ==, 0x1041);
    recover(&a);
    g_assert_cmphex(run(&a, 0x35, 0xffffffffffff, 0, BUF, 1024, IS_DHR | IS_TFE), ==, 0x1041);
    recover(&a);
    wr(&a, P_SACT, 1);
    g_assert_cmphex(run(&a, 0x60, SECTORS, 1, BUF, 512, IS_SDB | IS_TFE) & 0xff01, ==, 0x1001);
    g_assert_cmphex(rd(&a, P_SACT), ==, 1);
    recover(&a);
    /* too few bytes described; where no memory is; a device; no PRDs at all */
    g_assert_cmphex(run(&a, 0x25, 0, 8, BUF, 2048, IS_DHR | IS_TFE), ==, 0x441);
    recover(&a);
    g_assert_cmphex(run(&a, 0x25, 0, 1, 1ull << 50, 512, IS_DHR | IS_TFE), ==, 0x441);
    recover(&a);
    g_assert_cmphex(run(&a, 0x25, 0, 1, a.bar.addr, 512, IS_DHR | IS_TFE), ==, 0x441);
    recover(&a);
    g_assert_cmphex(run(&a, 0xec, 0, 1, 0, 0, IS_DHR | IS_TFE), ==, 0x441);
    recover(&a);
    /* lists and tables where no memory is */
    qtest_writeq(a.qts, LIST + 8, 1ull << 50);
    wr(&a, P_CI, 1);
    g_assert_cmphex(rd(&a, P_IS), ==, IS_HBF);
    recover(&a);
    wr(&a, P_CLBU, 0x10000);
    wr(&a, P_CI, 1);
    g_assert_cmphex(rd(&a, P_IS), ==, IS_HBF);
    recover(&a);
    wr(&a, P_CLBU, 0);
    g_assert_cmphex(run(&a, 0xec, 0, 0, BUF, 512, IS_PSS), ==, 0x50);
    /* COMRESET: the signature again */
    wr(&a, P_CMD, 0x10);
    wr(&a, P_SCTL, 1);
    wr(&a, P_SCTL, 0);
    g_assert_cmphex(rd(&a, P_SSTS), ==, 0x113);
    g_assert_cmphex(rd(&a, P_TFD), ==, 0x150);
    g_assert_cmphex(rd(&a, P_SIG), ==, 0x101);
    wr(&a, P_CMD, 0x11);
    g_assert_cmphex(run(&a, 0xec, 0, 0, BUF, 512, IS_PSS), ==, 0x50);
    end(&a);
}

static void test_junk(void)
{
    GRand *r = g_rand_new_with_seed(3);
    Ahci a;

    start(&a);
    for (int i = 0; i < 2000; i++) {
        uint64_t t = TABLE + (i % 32) * 0x1000;

        put(&a, i % 32, g_rand_int(r), g_rand_int_range(r, 0, 5000), g_rand_int_range(r, 0, 70), BUF, 4096);
        for (int k = 0; k < 4; k++) {
            qtest_writeb(a.qts, t + g_rand_int_range(r, 0, 0xa0), g_rand_int(r));
            qtest_writeb(a.qts, LIST + g_rand_int_range(r, 0, 1024), g_rand_int(r));
        }
        wr(&a, P_SACT, g_rand_int(r));
        wr(&a, P_CI, g_rand_int(r));
        wr(&a, 4 * g_rand_int_range(r, 0, 0x60), g_rand_int(r));
        if (i % 16 == 0) {
            wr(&a, 4, 1);
            start_port(&a);
        }
    }
    wr(&a, 4, 1);
    start_port(&a);
    g_assert_cmphex(run(&a, 0xec, 0, 0, BUF, 512, IS_PSS), ==, 0x50);
    g_rand_free(r);
    end(&a);
}

/*
 * A refused write stops the machine; it keeps its place in PxCI, moves, and is tried again there. Then, with queued writes
 * at work, another move.
 */
static void test_migration(void)
{
    g_autofree char *uri = g_strdup_printf("unix:%s/ahci-move-%d.sock", g_get_tmp_dir(), getpid());
    g_autofree char *incoming = g_strdup_printf("-incoming %s", uri);
    struct rlimit old, small;
    Ahci a;

    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
    small = old;
    small.rlim_cur = 512 * 1024;
    signal(SIGXFSZ, SIG_IGN);
    start(&a);
    fill(&a, BUF, 32 * 4096, 9);
    for (int round = 0; round < 2; round++) {
        QTestState *from = a.qts;
        QDict *r;

        if (round == 0) {
            g_assert_cmpint(prlimit(qtest_pid(from), RLIMIT_FSIZE, &small, NULL), ==, 0);
            put(&a, 3, 0x35, 2000, 8, BUF, 4096);
            wr(&a, P_CI, 8);
            qtest_qmp_eventwait(from, "STOP");
            g_assert_cmphex(rd(&a, P_CI), ==, 8);
        } else {
            for (unsigned i = 0; i < 32; i++) {
                put(&a, i, 0x61, i * 8, 8, BUF + i * 4096, 4096);
            }
            wr(&a, P_SACT, ~0u);
            wr(&a, P_CI, ~0u);
        }
        launch(&a, incoming);
        r = qtest_qmp(from, "{'execute': 'migrate', 'arguments': {'uri': %s}}", uri);
        g_assert_true(qdict_haskey(r, "return"));
        qobject_unref(r);
        if (round == 0) {
            for (bool done = false; !done; g_usleep(1000)) {
                r = qtest_qmp(a.qts, "{'execute': 'query-migrate'}");
                done = !g_strcmp0(qdict_get_try_str(qdict_get_qdict(r, "return"), "status"), "completed");
                qobject_unref(r);
            }
            qobject_unref(qtest_qmp(a.qts, "{'execute': 'cont'}"));
        } else {
            qtest_qmp_eventwait(a.qts, "RESUME");
        }
        a.bus.qts = a.qts;
        while (rd(&a, P_CI) || rd(&a, P_SACT)) {
            g_usleep(100);
        }
        g_assert_cmphex(rd(&a, P_TFD) & 1, ==, 0);
        wr(&a, P_IS, ~0u);
        qtest_quit(from);
        unlink(uri + strlen("unix:"));
    }
    g_assert_cmphex(run(&a, 0x25, 2000, 8, BUF2, 4096, IS_DHR), ==, 0x50);
    assert_same(&a, BUF, BUF2, 4096);
    g_assert_cmphex(run(&a, 0x25, 0, 256, BUF2, 32 * 4096, IS_DHR), ==, 0x50);
    assert_same(&a, BUF, BUF2, 32 * 4096);
    end(&a);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/ahci/identify", test_identify);
    qtest_add_func("/ahci/read-write", test_read_write);
    qtest_add_func("/ahci/ncq", test_ncq);
    qtest_add_func("/ahci/errors", test_errors);
    qtest_add_func("/ahci/junk", test_junk);
    qtest_add_func("/ahci/migration", test_migration);
    return g_test_run();
}
