/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NVMe controller moves: queues at sparse indices, I/O at work, commands that wait, events; wrong streams. */
#include "qemu/osdep.h"
#include <sys/resource.h>
#include "tests/qtest/libnvme.h"

#define SLOT QPCI_DEVFN(4, 0)
#define BUF 0x400000ull
#define BUF2 0x500000ull
#define IMAGE_BLOCKS 4096u

typedef struct Move {
    char *image, *uri;
    QTestState *from, *to;
    QNvme v;
} Move;

static QTestState *launch(const char *image, const char *props, const char *more)
{
    return qtest_initf("-machine pc -m 64 -nodefaults -drive file=%s,if=none,id=d,format=raw,werror=stop "
                       "-device nvme,drive=d,serial=foo,addr=4,id=nv%s %s", image, props, more);
}

static void begin(Move *m)
{
    int fd;

    m->image = g_strdup_printf("%s/nvme-move-XXXXXX", g_get_tmp_dir());
    m->uri = g_strdup_printf("unix:%s/nvme-move-%d.sock", g_get_tmp_dir(), getpid());
    fd = g_mkstemp(m->image);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, IMAGE_BLOCKS * 512), ==, 0);
    close(fd);
    m->from = launch(m->image, "", "");
    qnvme_start(&m->v, m->from, SLOT);
}

static void finish(Move *m)
{
    qtest_quit(m->v.qts);
    unlink(m->image);
    g_free(m->image);
    g_free(m->uri);
}

/* To a new process; the driver goes on there. @running: the machine runs after it. */
static void move(Move *m, bool running)
{
    g_autofree char *incoming = g_strdup_printf("-incoming %s", m->uri);
    QDict *r;

    m->to = launch(m->image, "", incoming);
    r = qtest_qmp(m->from, "{'execute': 'migrate', 'arguments': {'uri': %s}}", m->uri);
    g_assert_true(qdict_haskey(r, "return"));
    qobject_unref(r);
    if (running) {
        qtest_qmp_eventwait(m->to, "RESUME");
    } else {
        for (const char *status = "";; ) {
            g_autofree char *now = NULL;

            r = qtest_qmp(m->to, "{'execute': 'query-migrate'}");
            status = qdict_get_try_str(qdict_get_qdict(r, "return"), "status");
            now = g_strdup(status);
            qobject_unref(r);
            if (!g_strcmp0(now, "completed")) {
                break;
            }
            g_usleep(1000);
        }
    }
    qtest_quit(m->from);
    m->from = m->to;
    qnvme_move(&m->v, m->to);
    unlink(m->uri + strlen("unix:"));
}

static void pattern(Move *m, uint64_t addr, size_t len, unsigned seed)
{
    g_autofree uint8_t *p = g_malloc(len);

    for (size_t i = 0; i < len; i++) {
        p[i] = i * 13 + (i >> 9) + seed;
    }
    qtest_memwrite(m->v.qts, addr, p, len);
}

static void assert_same(Move *m, uint64_t a, uint64_t b, size_t len)
{
    g_autofree uint8_t *x = g_malloc(len), *y = g_malloc(len);

    qtest_memread(m->v.qts, a, x, len);
    qtest_memread(m->v.qts, b, y, len);
    g_assert_cmpmem(x, len, y, len);
}

/*
 * Queues 1, 5 and 64, the last with a completion queue of another number; heads, tails and phases in the middle. Between two
 * moves queue 5 is deleted and created again with another size, and 1 goes for good.
 */
static void test_sparse(void)
{
    Move m;
    QNvme *v = &m.v;
    NvmeCqe cqe;

    begin(&m);
    qnvme_create_pair(v, 1, 4);
    qnvme_create_pair(v, 5, 8);
    g_assert_cmphex(qnvme_create_cq(v, 33, 16, 0), ==, 0);
    g_assert_cmphex(qnvme_create_sq(v, 64, 7, 33), ==, 0);
    pattern(&m, BUF, 8192, 1);
    for (int i = 0; i < 11; i++) {                      /* around each ring, to other phases */
        g_assert_cmphex(qnvme_rw(v, 1, true, i, 1, BUF), ==, 0);
        g_assert_cmphex(qnvme_rw(v, 5, true, 20 + i, 1, BUF), ==, 0);
        g_assert_cmphex(qnvme_rw(v, 64, true, 40, 16, BUF), ==, 0);
    }
    for (int round = 0; round < 3; round++) {
        move(&m, true);
        g_assert_cmphex(qnvme_read(v, NVME_REG_CSTS), ==, NVME_CSTS_RDY);
        g_assert_cmphex(qnvme_rw(v, 64, false, 40, 16, BUF2), ==, 0);
        assert_same(&m, BUF, BUF2, 8192);
        g_assert_cmphex(qnvme_rw(v, 5, false, 25, 1, BUF2), ==, 0);
        assert_same(&m, BUF, BUF2, 512);
        if (round < 2) {
            g_assert_cmphex(qnvme_rw(v, 1, false, 3, 1, BUF2), ==, 0);
            assert_same(&m, BUF, BUF2, 512);
            qnvme_delete_pair(v, 5);
            qnvme_create_pair(v, 5, 16 + round);
        } else {
            /* gone: its doorbell is nobody's, and its number is free again */
            qnvme_write(v, NVME_REG_DOORBELLS + 8, 1);
            g_assert_false(qnvme_poll(v, 1, &cqe));
            qnvme_create_pair(v, 1, 5);
            g_assert_cmphex(qnvme_rw(v, 1, false, 3, 1, BUF2), ==, 0);
        }
        if (round == 1) {
            qnvme_delete_pair(v, 1);
        }
        g_assert_cmphex(qnvme_create_sq(v, 7, 4, 33), ==, 0);
        g_assert_cmphex(qnvme_rw(v, 7, true, 100, 1, BUF), ==, 0);
        g_assert_cmphex(qnvme_admin(v, NVME_ADM_DELETE_SQ, 0, 0, 7, 0, NULL), ==, 0);
    }
    finish(&m);
}

/* Moves while writes are at work and more wait behind a full completion queue: each is answered once, all are there. */
static void test_in_flight(void)
{
    Move m;
    QNvme *v = &m.v;
    uint64_t answered = 0;
    uint16_t first;

    begin(&m);
    g_assert_cmphex(qnvme_create_cq(v, 2, 8, 0), ==, 0);
    g_assert_cmphex(qnvme_create_sq(v, 2, 64, 2), ==, 0);
    pattern(&m, BUF, 60 * 4096, 3);
    first = v->next_cid;
    for (int i = 0; i < 60; i++) {
        NvmeCmd cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, i * 8, 8, BUF + i * 4096, 0);

        qnvme_put(v, 2, &cmd);
    }
    qnvme_ring(v, 2);
    for (int moves = 0; moves < 3; moves++) {
        move(&m, true);
        for (int i = 0; i < 20; i++) {
            NvmeCqe cqe = qnvme_wait(v, 2);

            g_assert_cmphex(qnvme_status(cqe), ==, 0);
            g_assert_cmpuint((uint16_t)(cqe.cid - first), <, 60);
            g_assert_cmphex(answered >> (cqe.cid - first) & 1, ==, 0);
            answered |= 1ull << (cqe.cid - first);
        }
    }
    g_assert_cmphex(answered, ==, (1ull << 60) - 1);
    qnvme_create_pair(v, 3, 8);
    for (int i = 0; i < 60; i++) {
        g_assert_cmphex(qnvme_rw(v, 3, false, i * 8, 8, BUF2), ==, 0);
        assert_same(&m, BUF + i * 4096, BUF2, 4096);
    }
    finish(&m);
}

/* A write that the host refused stopped the machine; it moves as a command and is tried again at the destination. */
static void test_parked(void)
{
    struct rlimit old, small;
    Move m;
    QNvme *v = &m.v;
    NvmeCqe cqe;
    NvmeCmd cmd;

    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
    small = old;
    small.rlim_cur = 512 * 1024;
    signal(SIGXFSZ, SIG_IGN);
    begin(&m);
    qnvme_create_pair(v, 9, 8);
    pattern(&m, BUF, 8192, 5);
    g_assert_cmpint(prlimit(qtest_pid(m.from), RLIMIT_FSIZE, &small, NULL), ==, 0);
    for (int i = 0; i < 2; i++) {
        cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, 2000 + i * 8, 8, BUF + i * 4096, 0);
        qnvme_put(v, 9, &cmd);
    }
    qnvme_ring(v, 9);
    qtest_qmp_eventwait(m.from, "STOP");
    g_assert_false(qnvme_poll(v, 9, &cqe));
    move(&m, false);
    g_assert_false(qnvme_poll(v, 9, &cqe));
    qobject_unref(qtest_qmp(m.to, "{'execute': 'cont'}"));
    for (int i = 0; i < 2; i++) {
        g_assert_cmphex(qnvme_status(qnvme_wait(v, 9)), ==, 0);
    }
    g_assert_cmphex(qnvme_rw(v, 9, false, 2000, 16, BUF2), ==, 0);
    assert_same(&m, BUF, BUF2, 8192);
    /* parked again: aborted by name, and the other by deleting its queue */
    g_assert_cmpint(prlimit(qtest_pid(m.to), RLIMIT_FSIZE, &small, NULL), ==, 0);
    for (int i = 0; i < 2; i++) {
        cmd = qnvme_rw_cmd(NVME_IO_WRITE, 1, 2000 + i * 8, 8, BUF + i * 4096, 0);
        qnvme_put(v, 9, &cmd);
    }
    qnvme_ring(v, 9);
    qtest_qmp_eventwait(m.to, "STOP");
    qobject_unref(qtest_qmp(m.to, "{'execute': 'system_reset'}"));
    qtest_qmp_eventwait(m.to, "RESET");
    g_assert_cmpint(prlimit(qtest_pid(m.to), RLIMIT_FSIZE, &old, NULL), ==, 0);
    finish(&m);
}

/* Registers, features, event requests, the error log, SMART counters. */
static void test_state(void)
{
    NvmeCmd aer = { .opcode = NVME_ADM_ASYNC_EVENT }, log = {
        .opcode = NVME_ADM_GET_LOG_PAGE, .prp1 = BUF, .cdw10 = NVME_LOG_SMART | 127 << 16,
    };
    uint32_t val;
    Move m;
    QNvme *v = &m.v;
    NvmeCqe cqe;

    begin(&m);
    qnvme_create_pair(v, 1, 8);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_SET_FEATURES, 0, 0, NVME_FEAT_ARBITRATION, 0x07, NULL), ==, 0);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_SET_FEATURES, 0, 0, NVME_FEAT_VECTOR, 1 << 16 | 40, NULL), ==, 0);
    g_assert_cmphex(qnvme_rw(v, 1, true, IMAGE_BLOCKS, 1, BUF), !=, 0);
    g_assert_cmphex(qnvme_rw(v, 1, true, 0, 8, BUF), ==, 0);
    qnvme_put(v, 0, &aer);
    qnvme_ring(v, 0);
    qnvme_write(v, NVME_REG_INTMS, 0x80);
    move(&m, true);
    g_assert_cmphex(qnvme_read(v, NVME_REG_INTMS), ==, 0x80);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_GET_FEATURES, 0, 0, NVME_FEAT_ARBITRATION, 0, &val), ==, 0);
    g_assert_cmphex(val, ==, 7);
    g_assert_cmphex(qnvme_admin(v, NVME_ADM_GET_FEATURES, 0, 0, NVME_FEAT_VECTOR, 40, &val), ==, 0);
    g_assert_cmphex(val, ==, 1 << 16 | 40);
    g_assert_cmphex(qnvme_run(v, 0, log, NULL), ==, 0);
    g_assert_cmpuint(qtest_readq(v->qts, BUF + 80), ==, 1);
    g_assert_cmpuint(qtest_readq(v->qts, BUF + 176), ==, 1);
    log.cdw10 = NVME_LOG_ERROR | 15 << 16;
    g_assert_cmphex(qnvme_run(v, 0, log, NULL), ==, 0);
    g_assert_cmpuint(qtest_readq(v->qts, BUF + 16), ==, IMAGE_BLOCKS);
    qnvme_write(v, NVME_REG_DOORBELLS + 20 * 8, 1);
    cqe = qnvme_wait(v, 0);
    g_assert_cmphex(cqe.cid, ==, aer.cid);
    /* off, and moved while off */
    qnvme_disable(v);
    move(&m, true);
    g_assert_cmphex(qnvme_read(v, NVME_REG_CSTS), ==, 0);
    qnvme_enable(v);
    qnvme_create_pair(v, 1, 8);
    g_assert_cmphex(qnvme_rw(v, 1, false, 0, 8, BUF), ==, 0);
    finish(&m);
}

/* ---- streams that are wrong ---- */

static gsize find_section(const uint8_t *p, gsize len, const char *name)
{
    for (gsize i = 0; i + strlen(name) < len; i++) {
        if (!memcmp(p + i, name, strlen(name))) {
            return i;
        }
    }
    g_assert_not_reached();
}

static void save_to_file(QTestState *s, const char *path)
{
    g_autofree char *uri = g_strdup_printf("file:%s", path);

    qobject_unref(qtest_qmp(s, "{'execute': 'migrate', 'arguments': {'uri': %s}}", uri));
    for (;;) {
        QDict *r = qtest_qmp(s, "{'execute': 'query-migrate'}");
        const char *status = qdict_get_str(qdict_get_qdict(r, "return"), "status");
        bool done = g_str_equal(status, "completed");

        g_assert_cmpstr(status, !=, "failed");
        qobject_unref(r);
        if (done) {
            return;
        }
        g_usleep(1000);
    }
}

static int load_from_file(Move *m, const char *path, const char *props, char **says)
{
    g_autofree char *args = g_strdup_printf("-machine pc -m 64 -nodefaults -display none -accel qtest -S "
                                            "-drive file=%s,if=none,id=d,format=raw,werror=stop "
                                            "-device nvme,drive=d,serial=foo,addr=4,id=nv%s -incoming file:%s",
                                            m->image, props, path);

    return qtest_run_to_exit(args, says);
}

/*
 * The device's part of a saved stream, changed byte by byte (those of the queues, all; then every 7th): the process says why
 * and ends with 1, or loads; never anything else. Loading is followed by a quit that -incoming does not see: so only what
 * must fail is started.
 */
static void test_wrong_streams(void)
{
    static const struct { int32_t from_marker; uint8_t value; } changes[] = {
        { 0, 0x32 },                    /* the marker of slot 0 */
        { 0, 0x30 },                    /* no admin queue */
        { 1 + 8, 0xff },                /* head */
        { 1 + 12, 0xff },               /* tail */
        { 1 + 16, 0x7f },               /* size */
        { 1 + 20, 0x01 },               /* its own number */
        { 1 + 22, 0x01 },               /* the completion queue's */
    };
    Move m;
    g_autofree char *path = g_strdup_printf("%s/nvme-stream-%d", g_get_tmp_dir(), getpid());
    g_autofree char *says = NULL;
    g_autofree uint8_t *stream = NULL;
    gsize len, at;
    /* The description and its first field: PCI config, MSI-X; then nr_queues, cc, csts, intms, aqa, asq, acq. */
    uint8_t lead[8] = { 0, 0, 0, 65, 0, 0x46, 0, 1 };

    begin(&m);
    qnvme_create_pair(&m.v, 1, 8);
    save_to_file(m.from, path);
    qtest_quit(m.from);
    g_assert_cmpint(load_from_file(&m, path, ",max_ioqpairs=5", &says), ==, 1);
    g_assert_nonnull(strstr(says, "nr_queues"));
    g_clear_pointer(&says, g_free);
    g_assert_cmpint(load_from_file(&m, path, ",msix_qsize=64", &says), ==, 1);
    g_assert_nonnull(strstr(says, "nvme"));
    g_clear_pointer(&says, g_free);
    g_assert_true(g_file_get_contents(path, (char **)&stream, &len, NULL));
    at = find_section(stream, len, "/nvme");
    while (memcmp(stream + at, lead, sizeof(lead))) {
        at++;
        g_assert_cmpuint(at + 64, <, len);
    }
    at += 4 * 5 + 16;
    g_assert_cmphex(stream[at], ==, 0x31);
    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        gsize where = at + changes[i].from_marker;
        uint8_t was = stream[where];

        g_test_message("change %u", i);
        stream[where] = changes[i].value;
        g_assert_true(g_file_set_contents(path, (char *)stream, len, NULL));
        g_assert_cmpint(load_from_file(&m, path, "", &says), ==, 1);
        g_assert_nonnull(strstr(says, "nvme"));
        g_clear_pointer(&says, g_free);
        stream[where] = was;
    }
    unlink(path);
    unlink(m.image);
    g_free(m.image);
    g_free(m.uri);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/nvme-migration/B9-sparse-queues", test_sparse);
    qtest_add_func("/nvme-migration/in-flight", test_in_flight);
    qtest_add_func("/nvme-migration/parked", test_parked);
    qtest_add_func("/nvme-migration/state", test_state);
    qtest_add_func("/nvme-migration/wrong-streams", test_wrong_streams);
    return g_test_run();
}
