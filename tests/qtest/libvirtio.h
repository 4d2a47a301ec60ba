/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtio 1 driver for tests, over the modern PCI registers. Queue memory lives at fixed places: queue n's rings at
 * VQ_BASE + n * 64 KiB; buffers belong to the test.
 */
#ifndef TESTS_LIBVIRTIO_H
#define TESTS_LIBVIRTIO_H

#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "libpci.h"

#define VQ_BASE 0x200000ull
#define VQ_STRIDE 0x10000ull
#define VQ_DESC(n) (VQ_BASE + (n) * VQ_STRIDE)
#define VQ_AVAIL(n) (VQ_DESC(n) + 0x4000)
#define VQ_USED(n) (VQ_DESC(n) + 0x8000)

typedef struct QVirtio {
    QPCIBus bus;
    QPCIDevice dev;
    QPCIBar bar;
    QTestState *qts;
} QVirtio;

/* Up to FEATURES_OK with VERSION_1 and what of @features is offered. */
void qvirtio_start(QVirtio *v, QTestState *qts, int devfn, uint64_t features);
uint64_t qvirtio_features(QVirtio *v);
void qvirtio_setup_queue(QVirtio *v, int n, uint16_t size);
void qvirtio_driver_ok(QVirtio *v);
uint8_t qvirtio_status(QVirtio *v);
void qvirtio_reset(QVirtio *v);
uint32_t qvirtio_config_readl(QVirtio *v, uint32_t off);
void qvirtio_desc(QVirtio *v, int n, int i, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next);
/* Put chain @head into slot @slot, publish @idx and notify. */
void qvirtio_kick(QVirtio *v, int n, uint16_t slot, uint16_t head, uint16_t idx);
uint16_t qvirtio_used_idx(QVirtio *v, int n);
uint32_t qvirtio_used_len(QVirtio *v, int n, int slot);
/* Until used idx is @idx; fails the test when it does not come. */
void qvirtio_wait_used(QVirtio *v, int n, uint16_t idx);

#endif
