/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio over PCI (virtio 1.2, 4.1).
 *
 *   BAR 0  legacy registers, I/O            (transitional functions)
 *   BAR 1  MSI-X table and pending bits     (vectors > 0)
 *   BAR 4  modern registers, 64-bit memory: +0x0000 common, +0x1000 ISR, +0x2000 device, +0x3000 notify (4 bytes or,
 *          with page-per-vq, 4 KiB per queue)
 */
#ifndef HW_VIRTIO_VIRTIO_PCI_H
#define HW_VIRTIO_VIRTIO_PCI_H

#include "hw/pci/pci_device.h"
#include "hw/virtio/virtio-bus.h"
#include "qapi/qapi-types-common.h"

#define TYPE_VIRTIO_PCI_BUS "virtio-pci-bus"
#define TYPE_VIRTIO_PCI "virtio-pci"
typedef struct VirtIOPCIProxy VirtIOPCIProxy;
typedef struct VirtioPCIClass VirtioPCIClass;
DECLARE_OBJ_CHECKERS(VirtIOPCIProxy, VirtioPCIClass, VIRTIO_PCI, TYPE_VIRTIO_PCI)

#define DEV_NVECTORS_UNSPECIFIED ((uint32_t)-1)

typedef struct VirtIOPCIQueue {
    uint16_t num;
    bool enabled;
    uint16_t reset;
    uint32_t desc[2];
    uint32_t avail[2];
    uint32_t used[2];
} VirtIOPCIQueue;

/* What distinguishes one wrapped device type from another. */
typedef struct VirtioPCIKind {
    const char *base_name;          /* "virtio-blk-pci"; -transitional and -non-transitional are derived */
    const char *vdev_type;          /* "virtio-blk-device" */
    uint16_t class_id;
    uint16_t legacy_id;             /* PCI device id of the transitional function; 0: none */
    DeviceCategory category;
    bool modern_only;
    const char *alias;
    /* MSI-X vectors when the user did not say. */
    uint32_t (*nvectors)(VirtIODevice *vdev);
} VirtioPCIKind;

struct VirtioPCIClass {
    PCIDeviceClass parent_class;

    const VirtioPCIKind *kind;
    DeviceRealize parent_dc_realize;
};

struct VirtIOPCIProxy {
    PCIDevice pci_dev;

    MemoryRegion bar;               /* legacy */
    MemoryRegion modern_bar;
    uint32_t flags;
    bool disable_modern;
    bool ignore_backend_features;
    OnOffAuto disable_legacy;
    bool legacy, modern;            /* settled at realize */
    uint32_t class_code;
    uint32_t nvectors;
    uint32_t dfselect;
    uint32_t gfselect;
    uint32_t guest_features[2];
    VirtIOPCIQueue *vqs;            /* VIRTIO_QUEUE_MAX */
    uint8_t config_cap;             /* offset of the configuration access capability */
    VirtioBusState bus;
    VirtIODevice *vdev;             /* child "virtio-backend" */
};

#endif
