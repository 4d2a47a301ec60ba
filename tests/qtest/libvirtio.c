/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See libvirtio.h. Register offsets: virtio 1.2, 4.1.4.3; the BAR layout is hw/virtio/virtio-pci.h's. */
#include "qemu/osdep.h"
#include "libvirtio.h"

enum { DFSELECT = 0, DF = 4, GFSELECT = 8, GF = 12, STATUS = 20, QSEL = 22, QSIZE = 24, QENABLE = 28, QDESC = 32,
       QAVAIL = 40, QUSED = 48, DEVICE = 0x2000, NOTIFY = 0x3000 };

uint64_t qvirtio_features(QVirtio *v)
{
    uint64_t f;

    qpci_io_writel(&v->dev, v->bar, DFSELECT, 0);
    f = qpci_io_readl(&v->dev, v->bar, DF);
    qpci_io_writel(&v->dev, v->bar, DFSELECT, 1);
    return f | (uint64_t)qpci_io_readl(&v->dev, v->bar, DF) << 32;
}

uint8_t qvirtio_status(QVirtio *v)
{
    return qpci_io_readb(&v->dev, v->bar, STATUS);
}

void qvirtio_reset(QVirtio *v)
{
    qpci_io_writeb(&v->dev, v->bar, STATUS, 0);
    g_assert_cmphex(qvirtio_status(v), ==, 0);
}

void qvirtio_start(QVirtio *v, QTestState *qts, int devfn, uint64_t features)
{
    v->qts = qts;
    qpci_init_pc(&v->bus, qts);
    g_assert_true(qpci_device_init(&v->dev, &v->bus, devfn));
    qpci_device_enable(&v->dev);
    v->bar = qpci_iomap(&v->dev, 4, NULL);
    qvirtio_reset(v);
    qpci_io_writeb(&v->dev, v->bar, STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
    features = (features & qvirtio_features(v)) | 1ull << VIRTIO_F_VERSION_1;
    qpci_io_writel(&v->dev, v->bar, GFSELECT, 0);
    qpci_io_writel(&v->dev, v->bar, GF, features);
    qpci_io_writel(&v->dev, v->bar, GFSELECT, 1);
    qpci_io_writel(&v->dev, v->bar, GF, features >> 32);
    qpci_io_writeb(&v->dev, v->bar, STATUS, qvirtio_status(v) | VIRTIO_CONFIG_S_FEATURES_OK);
    g_assert_cmphex(qvirtio_status(v) & VIRTIO_CONFIG_S_FEATURES_OK, !=, 0);
}

void qvirtio_setup_queue(QVirtio *v, int n, uint16_t size)
{
    qtest_memset(v->qts, VQ_DESC(n), 0, VQ_STRIDE);
    qpci_io_writew(&v->dev, v->bar, QSEL, n);
    qpci_io_writew(&v->dev, v->bar, QSIZE, size);
    qpci_io_writel(&v->dev, v->bar, QDESC, VQ_DESC(n));
    qpci_io_writel(&v->dev, v->bar, QDESC + 4, 0);
    qpci_io_writel(&v->dev, v->bar, QAVAIL, VQ_AVAIL(n));
    qpci_io_writel(&v->dev, v->bar, QAVAIL + 4, 0);
    qpci_io_writel(&v->dev, v->bar, QUSED, VQ_USED(n));
    qpci_io_writel(&v->dev, v->bar, QUSED + 4, 0);
    qpci_io_writew(&v->dev, v->bar, QENABLE, 1);
}

void qvirtio_driver_ok(QVirtio *v)
{
    qpci_io_writeb(&v->dev, v->bar, STATUS, qvirtio_status(v) | VIRTIO_CONFIG_S_DRIVER_OK);
}

uint32_t qvirtio_config_readl(QVirtio *v, uint32_t off)
{
    return qpci_io_readl(&v->dev, v->bar, DEVICE + off);
}

void qvirtio_desc(QVirtio *v, int n, int i, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
    struct vring_desc d = { addr, len, flags, next };

    qtest_memwrite(v->qts, VQ_DESC(n) + i * sizeof(d), &d, sizeof(d));
}

void qvirtio_kick(QVirtio *v, int n, uint16_t slot, uint16_t head, uint16_t idx)
{
    qtest_memwrite(v->qts, VQ_AVAIL(n) + 4 + 2 * slot, &head, 2);
    qtest_memwrite(v->qts, VQ_AVAIL(n) + 2, &idx, 2);
    qpci_io_writew(&v->dev, v->bar, NOTIFY + 4 * n, n);
}

uint16_t qvirtio_used_idx(QVirtio *v, int n)
{
    uint16_t idx;

    qtest_memread(v->qts, VQ_USED(n) + 2, &idx, 2);
    return idx;
}

uint32_t qvirtio_used_len(QVirtio *v, int n, int slot)
{
    uint32_t len;

    qtest_memread(v->qts, VQ_USED(n) + 8 + 8 * slot, &len, 4);
    return len;
}

void qvirtio_wait_used(QVirtio *v, int n, uint16_t idx)
{
    /* Each question is a round trip through the emulator's main loop, where completions run. */
    for (int i = 0; i < 200000; i++) {
        if (qvirtio_used_idx(v, n) == idx) {
            return;
        }
    }
    g_assert_not_reached();
}
