/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio devices through real queues, and what they do with queues no driver would make. */
#include "qemu/osdep.h"
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
    qtest_add_func("/virtio/blk", test_blk);
    for (int i = 0; i < ARRAY_SIZE(evils); i++) {
        g_autofree char *name = g_strdup_printf("/virtio/hostile/%s", evils[i].name);

        qtest_add_data_func(name, &evils[i], test_evil);
    }
    qtest_add_func("/virtio/hostile/rings-nowhere", test_rings_nowhere);
    return g_test_run();
}
