/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short names of device types, as data. */
#include "qemu/osdep.h"
#include "system/qdev-monitor.h"

static const struct {
    const char *alias, *type;
} aliases[] = {
    { "AHCI", "ich9-ahci" },
    { "ahci", "ich9-ahci" },
    { "e1000-82540em", "e1000" },
    { "virtio-9p", "virtio-9p-pci" },
    { "virtio-balloon", "virtio-balloon-pci" },
    { "virtio-blk", "virtio-blk-pci" },
    { "virtio-gpu", "virtio-gpu-pci" },
    { "virtio-input-host", "virtio-input-host-pci" },
    { "virtio-iommu", "virtio-iommu-pci" },
    { "virtio-keyboard", "virtio-keyboard-pci" },
    { "virtio-mouse", "virtio-mouse-pci" },
    { "virtio-net", "virtio-net-pci" },
    { "virtio-rng", "virtio-rng-pci" },
    { "virtio-scsi", "virtio-scsi-pci" },
    { "virtio-serial", "virtio-serial-pci" },
    { "virtio-tablet", "virtio-tablet-pci" },
};

const char *qdev_resolve_alias(const char *driver)
{
    for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
        if (!strcmp(aliases[i].alias, driver) && object_class_by_name(aliases[i].type)) {
            return aliases[i].type;
        }
    }
    return driver;
}
