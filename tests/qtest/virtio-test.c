/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio devices through real queues, and what they do with queues no driver would make. */
#include "qemu/osdep.h"
#include <sys/resource.h>
#include "libvirtio.h"

#define BUF 0x400000ull
#define SLOT QPCI_DEVFN(4, 0)
#define NEXT VRING_DESC_F_NEXT
#define WRITE VRING_DESC_F_WRITE

static QTestState *start_with(const char *device)
{
    return qtest_initf("-machine pc -m 64 -nodefaults %s", device);
}

/* ---- entropy ---- */

static void test_rng(void)
{
    QTestState *s = start_with("-device virtio-rng-pci,addr=4");
    QVirtio v;
    uint8_t buf[64], zero[64] = { 0 };

    qvirtio_start(&v, s, SLOT, 0);
    qvirtio_setup_queue(&v, 0, 8);
    qvirtio_driver_ok(&v);
    qtest_memset(s, BUF, 0, 64);
    qvirtio_desc(&v, 0, 0, BUF, 64, WRITE, 0);
    qvirtio_kick(&v, 0, 0, 0, 1);
    qvirtio_wait_used(&v, 0, 1);
    g_assert_cmpuint(qvirtio_used_len(&v, 0, 0), ==, 64);
    qtest_memread(s, BUF, buf, 64);
    g_assert_cmpint(memcmp(buf, zero, 64), !=, 0);
    qtest_quit(s);
}

/* A back end that has nothing yet: the guest's buffer waits, and fills when bytes come. */
static void test_rng_backend(void)
{
    g_autofree char *path = g_strdup_printf("%s/virtio-test-fifo-%d", g_get_tmp_dir(), getpid());
    g_autofree char *args = g_strdup_printf("-object rng-random,id=r,filename=%s -device virtio-rng-pci,rng=r,addr=4",
                                            path);
    uint8_t buf[8];
    QTestState *s;
    QVirtio v;
    int fd;

    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    fd = open(path, O_RDWR);
    g_assert_cmpint(fd, >=, 0);
    s = start_with(args);
    qvirtio_start(&v, s, SLOT, 0);
    qvirtio_setup_queue(&v, 0, 8);
    qvirtio_driver_ok(&v);
    qvirtio_desc(&v, 0, 0, BUF, 64, WRITE, 0);
    qvirtio_kick(&v, 0, 0, 0, 1);
    g_assert_cmpuint(qvirtio_used_idx(&v, 0), ==, 0);
    g_assert_cmpint(write(fd, "entropy!", 8), ==, 8);
    qvirtio_wait_used(&v, 0, 1);
    g_assert_cmpuint(qvirtio_used_len(&v, 0, 0), ==, 8);
    qtest_memread(s, BUF, buf, 8);
    g_assert_cmpmem(buf, 8, "entropy!", 8);
    qtest_quit(s);
    close(fd);
    unlink(path);
}

/* ---- block ---- */

static char *make_image(void)
{
    char *path = g_strdup_printf("%s/virtio-test-XXXXXX", g_get_tmp_dir());
    int fd = g_mkstemp(path);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, 1 << 20), ==, 0);
    close(fd);
    return path;
}

/* Header at BUF, data at BUF+0x1000, status at BUF+0x2000. */
static uint8_t blk_request(QVirtio *v, uint16_t n, uint32_t type, uint64_t sector, uint32_t len)
{
    struct { uint32_t type, ioprio; uint64_t sector; } hdr = { type, 0, sector };
    uint8_t status = 0xff;

    qtest_memwrite(v->qts, BUF, &hdr, sizeof(hdr));
    qtest_memwrite(v->qts, BUF + 0x2000, &status, 1);
    qvirtio_desc(v, 0, 0, BUF, 16, NEXT, len ? 1 : 2);
    qvirtio_desc(v, 0, 1, BUF + 0x1000, len, NEXT | (type == 0 ? WRITE : 0), 2);
    qvirtio_desc(v, 0, 2, BUF + 0x2000, 1, WRITE, 0);
    qvirtio_kick(v, 0, n % 8, 0, n + 1);
    qvirtio_wait_used(v, 0, n + 1);
    qtest_memread(v->qts, BUF + 0x2000, &status, 1);
    return status;
}

static void test_blk(void)
{
    g_autofree char *path = make_image();
    g_autofree char *dev = g_strdup_printf("-drive file=%s,if=none,id=d,format=raw -device virtio-blk-pci,drive=d,addr=4",
                                           path);
    QTestState *s = start_with(dev);
    uint8_t pattern[512], back[512];
    g_autofree char *host = NULL;
    QVirtio v;

    memset(pattern, 0x5a, sizeof(pattern));
    qvirtio_start(&v, s, SLOT, 0);
    qvirtio_setup_queue(&v, 0, 8);
    qvirtio_driver_ok(&v);
    g_assert_cmpuint(qvirtio_config_readl(&v, 0), ==, 2048);
    qtest_memwrite(s, BUF + 0x1000, pattern, 512);
    g_assert_cmpint(blk_request(&v, 0, 1, 7, 512), ==, 0);          /* write */
    qtest_memset(s, BUF + 0x1000, 0, 512);
    g_assert_cmpint(blk_request(&v, 1, 0, 7, 512), ==, 0);          /* read */
    qtest_memread(s, BUF + 0x1000, back, 512);
    g_assert_cmpmem(back, 512, pattern, 512);
    g_assert_cmpint(blk_request(&v, 2, 4, 0, 0), ==, 0);            /* flush */
    g_assert_cmpint(blk_request(&v, 3, 0, 2048, 512), ==, 1);       /* past the end */
    g_assert_cmpint(blk_request(&v, 4, 0, UINT64_MAX, 512), ==, 1);
    g_assert_cmpint(blk_request(&v, 5, 0, 0, 100), ==, 1);          /* not whole sectors */
    g_assert_cmpint(blk_request(&v, 6, 99, 0, 512), ==, 2);         /* no such request */
    qtest_quit(s);
    g_assert_true(g_file_get_contents(path, &host, NULL, NULL));
    g_assert_cmpmem(host + 7 * 512, 512, pattern, 512);
    unlink(path);
}

/* snapshot=on: what the guest writes it reads back, with the file's contents around it; the file stays as it was. */
static void test_blk_snapshot(void)
{
    g_autofree char *path = make_image();
    g_autofree char *dev = g_strdup_printf("-snapshot -drive file=%s,if=none,id=d,format=raw "
                                           "-device virtio-blk-pci,drive=d,addr=4", path);
    g_autofree char *before = g_malloc(1 << 20), *after = NULL;
    uint8_t pattern[512], back[1024];
    QTestState *s;
    QVirtio v;

    memset(before, 0x33, 1 << 20);
    g_assert_true(g_file_set_contents(path, before, 1 << 20, NULL));
    s = start_with(dev);
    memset(pattern, 0x5a, sizeof(pattern));
    qvirtio_start(&v, s, SLOT, 0);
    qvirtio_setup_queue(&v, 0, 8);
    qvirtio_driver_ok(&v);
    qtest_memwrite(s, BUF + 0x1000, pattern, 512);
    g_assert_cmpint(blk_request(&v, 0, 1, 127, 512), ==, 0);        /* the last sector of the first 64 KiB */
    g_assert_cmpint(blk_request(&v, 1, 4, 0, 0), ==, 0);
    g_assert_cmpint(blk_request(&v, 2, 0, 127, 1024), ==, 0);       /* it, and the next cluster, from the file */
    qtest_memread(s, BUF + 0x1000, back, 1024);
    g_assert_cmpmem(back, 512, pattern, 512);
    g_assert_cmpmem(back + 512, 512, before, 512);
    g_assert_cmpint(blk_request(&v, 3, 0, 126, 512), ==, 0);
    qtest_memread(s, BUF + 0x1000, back, 512);
    g_assert_cmpmem(back, 512, before, 512);
    qtest_quit(s);
    g_assert_true(g_file_get_contents(path, &after, NULL, NULL));
    g_assert_cmpmem(after, 1 << 20, before, 1 << 20);
    unlink(path);
}

/* An iothread is a thread that query-iothreads names; a disk takes it. */
static void test_iothread(void)
{
    g_autofree char *path = make_image();
    g_autofree char *args = g_strdup_printf("-object '{\"qom-type\":\"iothread\",\"id\":\"io1\"}' "
                                            "-drive file=%s,if=none,id=d,format=raw "
                                            "-device virtio-blk-pci,drive=d,iothread=io1,addr=4", path);
    QTestState *s = start_with(args);
    QDict *r = qtest_qmp(s, "{'execute': 'query-iothreads'}"), *one;

    one = qobject_to(QDict, qlist_peek(qdict_get_qlist(r, "return")));
    g_assert_cmpstr(qdict_get_str(one, "id"), ==, "io1");
    g_assert_cmpint(qdict_get_int(one, "thread-id"), !=, 0);
    qobject_unref(r);
    r = qtest_qmp(s, "{'execute': 'object-add', 'arguments': {'qom-type': 'iothread', 'id': 'io2'}}");
    g_assert_true(qdict_haskey(r, "return"));
    qobject_unref(r);
    r = qtest_qmp(s, "{'execute': 'object-del', 'arguments': {'id': 'io2'}}");
    g_assert_true(qdict_haskey(r, "return"));
    qobject_unref(r);
    qtest_quit(s);
    unlink(path);
}

/*
 * werror=stop: a write the host refuses stops the machine, and "cont" tries it again. The refusal is a limit on the
 * size of files, which the test lifts.
 */
static void test_blk_stop(void)
{
    g_autofree char *path = make_image();
    g_autofree char *dev = g_strdup_printf("-drive file=%s,if=none,id=d,format=raw,werror=stop "
                                           "-device virtio-blk-pci,drive=d,addr=4", path);
    struct { uint32_t type, ioprio; uint64_t sector; } hdr = { 1, 0, 2000 };
    struct rlimit old, small;
    g_autofree char *host = NULL;
    uint8_t pattern[512], status = 0xff;
    QTestState *s;
    QDict *r;
    QVirtio v;

    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
    small = old;
    small.rlim_cur = 512 * 1024;
    signal(SIGXFSZ, SIG_IGN);           /* the emulator inherits it: EFBIG instead of a signal */
    s = start_with(dev);
    memset(pattern, 0x5a, sizeof(pattern));
    qvirtio_start(&v, s, SLOT, 0);
    qvirtio_setup_queue(&v, 0, 8);
    qvirtio_driver_ok(&v);
    g_assert_cmpint(prlimit(qtest_pid(s), RLIMIT_FSIZE, &small, NULL), ==, 0);
    qtest_memwrite(s, BUF, &hdr, sizeof(hdr));
    qtest_memwrite(s, BUF + 0x1000, pattern, 512);
    qtest_memwrite(s, BUF + 0x2000, &status, 1);
    qvirtio_desc(&v, 0, 0, BUF, 16, NEXT, 1);
    qvirtio_desc(&v, 0, 1, BUF + 0x1000, 512, NEXT, 2);
    qvirtio_desc(&v, 0, 2, BUF + 0x2000, 1, WRITE, 0);
    qvirtio_kick(&v, 0, 0, 0, 1);
    qtest_qmp_eventwait(s, "BLOCK_IO_ERROR");
    qtest_qmp_eventwait(s, "STOP");
    g_assert_cmpuint(qvirtio_used_idx(&v, 0), ==, 0);
    r = qtest_qmp(s, "{'execute': 'query-status'}");
    g_assert_cmpstr(qdict_get_str(qdict_get_qdict(r, "return"), "status"), ==, "io-error");
    qobject_unref(r);
    g_assert_cmpint(prlimit(qtest_pid(s), RLIMIT_FSIZE, &old, NULL), ==, 0);
    r = qtest_qmp(s, "{'execute': 'cont'}");
    qobject_unref(r);
    qvirtio_wait_used(&v, 0, 1);
    qtest_memread(s, BUF + 0x2000, &status, 1);
    g_assert_cmpint(status, ==, 0);
    qtest_quit(s);
    g_assert_true(g_file_get_contents(path, &host, NULL, NULL));
    g_assert_cmpmem(host + 2000 * 512, 512, pattern, 512);
    unlink(path);
}

/* A second writer of the same image is refused, by name of the file. */
static void test_blk_lock(void)
{
    g_autofree char *path = make_image();
    g_autofree char *args = g_strdup_printf("-drive file=%s,if=none,id=d,format=raw", path);
    QTestState *s = start_with(args);
    const char *text;
    QDict *r;

    r = qtest_qmp(s, "{'execute': 'blockdev-add', 'arguments': {'driver': 'file', 'node-name': 'n', 'filename': %s}}",
                  path);
    text = qdict_get_str(qdict_get_qdict(r, "error"), "desc");
    g_assert_nonnull(strstr(text, path));
    g_assert_nonnull(strstr(text, "lock"));
    qobject_unref(r);
    qtest_quit(s);
    unlink(path);
}

/* A migration hands the image over: both sides name it, the destination holds it, the source has let go. */
static void test_blk_handover(void)
{
    g_autofree char *path = make_image();
    g_autofree char *uri = g_strdup_printf("unix:%s/virtio-test-%d.sock", g_get_tmp_dir(), getpid());
    g_autofree char *args = g_strdup_printf("-drive file=%s,if=none,id=d,format=raw "
                                            "-device virtio-blk-pci,drive=d,addr=4", path);
    g_autofree char *to_args = g_strdup_printf("%s -incoming %s", args, uri);
    QTestState *from = start_with(args), *to;
    uint8_t status = 0xff;
    QVirtio v;
    QDict *r;

    qvirtio_start(&v, from, SLOT, 0);
    qvirtio_setup_queue(&v, 0, 8);
    qvirtio_driver_ok(&v);
    qtest_memset(from, BUF + 0x1000, 0x5a, 512);
    g_assert_cmpint(blk_request(&v, 0, 1, 7, 512), ==, 0);
    to = start_with(to_args);
    r = qtest_qmp(from, "{'execute': 'migrate', 'arguments': {'uri': %s}}", uri);
    g_assert_true(qdict_haskey(r, "return"));
    qobject_unref(r);
    qtest_qmp_eventwait(from, "STOP");
    qtest_qmp_eventwait(to, "RESUME");
    v.qts = v.bus.qts = to;
    status = blk_request(&v, 1, 0, 7, 512);
    g_assert_cmpint(status, ==, 0);
    g_assert_cmphex(qtest_readb(to, BUF + 0x1000), ==, 0x5a);
    for (int gone = 0; gone < 2; gone++) {
        r = qtest_qmp(from, "{'execute': 'blockdev-add', "
                      "'arguments': {'driver': 'file', 'node-name': 'n', 'filename': %s}}", path);
        g_assert_true(qdict_haskey(r, gone ? "return" : "error"));
        qobject_unref(r);
        if (!gone) {
            qtest_quit(to);
        }
    }
    qtest_quit(from);
    unlink(path);
    unlink(uri + strlen("unix:"));
}

/* An image the destination cannot have fails the migration before the hand-over: the source goes on with it. */
static void test_blk_handover_refused(void)
{
    g_autofree char *path = make_image(), *other = make_image();
    g_autofree char *uri = g_strdup_printf("unix:%s/virtio-test-%d.sock", g_get_tmp_dir(), getpid());
    g_autofree char *args = g_strdup_printf("-drive file=%s,if=none,id=d,format=raw "
                                            "-device virtio-blk-pci,drive=d,addr=4", path);
    g_autofree char *to_args = g_strdup_printf("-drive file=%s,if=none,id=d,format=raw "
                                               "-device virtio-blk-pci,drive=d,addr=4 -incoming %s", other, uri);
    g_autofree char *holder_args = g_strdup_printf("-drive file=%s,if=none,id=d,format=raw", other);
    QTestState *from = start_with(args), *holder = start_with(holder_args), *to = start_with(to_args);
    QDict *r;

    r = qtest_qmp(from, "{'execute': 'migrate', 'arguments': {'uri': %s}}", uri);
    g_assert_true(qdict_haskey(r, "return"));
    qobject_unref(r);
    qtest_set_expected_status(to, 1);
    qtest_wait_qemu(to);
    qtest_qmp_eventwait(from, "STOP");
    qtest_qmp_eventwait(from, "RESUME");
    /* it has its own image again, locked */
    r = qtest_qmp(from, "{'execute': 'blockdev-add', "
                  "'arguments': {'driver': 'file', 'node-name': 'n', 'filename': %s}}", path);
    g_assert_true(qdict_haskey(r, "error"));
    qobject_unref(r);
    qtest_quit(to);
    qtest_quit(holder);
    qtest_quit(from);
    unlink(path);
    unlink(other);
    unlink(uri + strlen("unix:"));
}

/* ---- network: cards nobody named, and links ---- */

static void test_default_nic(void)
{
    QTestState *s = qtest_init("-machine pc -m 64");
    char *text = qtest_hmp(s, "info network");
    QDict *r;

    g_assert_nonnull(strstr(text, "model=virtio-net-pci"));
    g_assert_nonnull(strstr(text, "type=user"));
    g_free(text);
    qtest_quit(s);
    s = qtest_init("-machine pc -m 64 -nic none");
    text = qtest_hmp(s, "info network");
    g_assert_cmpstr(text, ==, "");
    g_free(text);
    r = qtest_qmp(s, "{'execute': 'set_link', 'arguments': {'name': 'absent', 'up': false}}");
    g_assert_nonnull(strstr(qdict_get_str(qdict_get_qdict(r, "error"), "desc"), "absent"));
    qobject_unref(r);
    qtest_quit(s);
}

/* The status word of the configuration follows set_link (virtio 1.2, 5.1.4: bit 0 of the word at 6). */
static void test_set_link(void)
{
    QTestState *s = start_with("-netdev user,id=u -device virtio-net-pci,netdev=u,id=n,addr=4");
    static const char *const names[] = { "n", "u" };
    QVirtio v;

    qvirtio_start(&v, s, SLOT, 1ull << 16);     /* VIRTIO_NET_F_STATUS */
    qvirtio_driver_ok(&v);
    g_assert_cmphex(qvirtio_config_readl(&v, 4) >> 16 & 1, ==, 1);
    for (int i = 0; i < 2; i++) {
        qobject_unref(qtest_qmp(s, "{'execute': 'set_link', 'arguments': {'name': %s, 'up': false}}", names[i]));
        g_assert_cmphex(qvirtio_config_readl(&v, 4) >> 16 & 1, ==, 0);
        qobject_unref(qtest_qmp(s, "{'execute': 'set_link', 'arguments': {'name': %s, 'up': true}}", names[i]));
        g_assert_cmphex(qvirtio_config_readl(&v, 4) >> 16 & 1, ==, 1);
    }
    qtest_quit(s);
}

/* ---- hostile queues: the device breaks, the emulator lives, a reset mends ---- */

typedef struct Evil {
    const char *name;
    struct { uint64_t addr; uint32_t len; uint16_t flags, next; } d[3];
    uint16_t head, idx;
} Evil;

static const Evil evils[] = {
    { "loop", { { BUF, 16, NEXT | WRITE, 1 }, { BUF, 16, NEXT | WRITE, 0 } }, 0, 1 },
    { "out-of-table", { { BUF, 16, NEXT | WRITE, 200 } }, 0, 1 },
    { "head-out-of-table", { { BUF, 16, WRITE, 0 } }, 300, 1 },
    { "index-jump", { { BUF, 16, WRITE, 0 } }, 0, 5000 },
    { "zero-length", { { BUF, 0, WRITE, 0 } }, 0, 1 },
    { "read-after-write", { { BUF, 16, NEXT | WRITE, 1 }, { BUF, 16, 0, 0 } }, 0, 1 },
    { "indirect-odd-size", { { BUF, 17, VRING_DESC_F_INDIRECT, 0 } }, 0, 1 },
    { "indirect-with-next", { { BUF, 32, VRING_DESC_F_INDIRECT | NEXT, 1 } }, 0, 1 },
    { "indirect-nowhere", { { UINT64_MAX - 64, 32, VRING_DESC_F_INDIRECT, 0 } }, 0, 1 },
};

static void test_evil(const void *data)
{
    const Evil *e = data;
    QTestState *s = start_with("-device virtio-rng-pci,addr=4");
    QVirtio v;

    qvirtio_start(&v, s, SLOT, ~0ull);
    qvirtio_setup_queue(&v, 0, 8);
    qvirtio_driver_ok(&v);
    for (int i = 0; i < 3; i++) {
        qvirtio_desc(&v, 0, i, e->d[i].addr, e->d[i].len, e->d[i].flags, e->d[i].next);
    }
    qvirtio_kick(&v, 0, 0, e->head, e->idx);
    g_assert_cmphex(qvirtio_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET, !=, 0);
    g_assert_cmpuint(qvirtio_used_idx(&v, 0), ==, 0);

    qvirtio_start(&v, s, SLOT, 0);
    qvirtio_setup_queue(&v, 0, 8);
    qvirtio_driver_ok(&v);
    qvirtio_desc(&v, 0, 0, BUF, 64, WRITE, 0);
    qvirtio_kick(&v, 0, 0, 0, 1);
    qvirtio_wait_used(&v, 0, 1);
    qtest_quit(s);
}

/* Rings outside memory, then a legal queue. */
static void test_rings_nowhere(void)
{
    QTestState *s = start_with("-device virtio-rng-pci,addr=4");
    QVirtio v;

    qvirtio_start(&v, s, SLOT, 0);
    qpci_io_writew(&v.dev, v.bar, 22, 0);
    qpci_io_writel(&v.dev, v.bar, 32, 0xfffff000);
    qpci_io_writel(&v.dev, v.bar, 36, 0xffffffff);
    qpci_io_writel(&v.dev, v.bar, 40, 0x1000);
    qpci_io_writel(&v.dev, v.bar, 48, 0x2000);
    qpci_io_writew(&v.dev, v.bar, 28, 1);
    qvirtio_driver_ok(&v);
    qpci_io_writew(&v.dev, v.bar, 0x3000, 0);
    g_assert_cmphex(qvirtio_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET, !=, 0);
    qtest_quit(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/virtio/rng", test_rng);
    qtest_add_func("/virtio/rng/backend", test_rng_backend);
    qtest_add_func("/virtio/iothread", test_iothread);
    qtest_add_func("/virtio/blk", test_blk);
    qtest_add_func("/virtio/blk/snapshot", test_blk_snapshot);
    qtest_add_func("/virtio/blk/werror-stop", test_blk_stop);
    qtest_add_func("/virtio/blk/lock", test_blk_lock);
    qtest_add_func("/virtio/blk/handover", test_blk_handover);
    qtest_add_func("/virtio/blk/handover-refused", test_blk_handover_refused);
    qtest_add_func("/virtio/net/default", test_default_nic);
    qtest_add_func("/virtio/net/set-link", test_set_link);
    for (int i = 0; i < ARRAY_SIZE(evils); i++) {
        g_autofree char *name = g_strdup_printf("/virtio/hostile/%s", evils[i].name);

        qtest_add_data_func(name, &evils[i], test_evil);
    }
    qtest_add_func("/virtio/hostile/rings-nowhere", test_rings_nowhere);
    return g_test_run();
}
