// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of virtio devices that exist as PCI functions. Each entry gives "X-pci" (what it is follows from the bus
 * and the disable-* properties) and, where it ever had a legacy id, "X-pci-transitional" and "X-pci-non-transitional".
 */
#include "qemu/osdep.h"
#include "hw/core/boards.h"
#include "hw/core/qdev-properties.h"
#include "hw/virtio/virtio-pci.h"
#include "hw/virtio/virtio-blk.h"
#include "hw/virtio/virtio-net.h"

static uint32_t two_vectors(VirtIODevice *vdev)
{
    return 2;
}

static uint32_t blk_vectors(VirtIODevice *vdev)
{
    VirtIOBlkConf *conf = &VIRTIO_BLK(vdev)->conf;

    if (conf->num_queues == VIRTIO_BLK_AUTO_NUM_QUEUES) {
        conf->num_queues = MIN(current_machine ? current_machine->smp.cpus : 1, VIRTIO_QUEUE_MAX - 1);
    }
    return conf->num_queues + 1;
}

static uint32_t net_vectors(VirtIODevice *vdev)
{
    return 4;
}

static const VirtioPCIKind kinds[] = {
    { "virtio-blk-pci", TYPE_VIRTIO_BLK, PCI_CLASS_STORAGE_SCSI, PCI_DEVICE_ID_VIRTIO_BLOCK, DEVICE_CATEGORY_STORAGE,
      .nvectors = blk_vectors },
    { "virtio-net-pci", TYPE_VIRTIO_NET, PCI_CLASS_NETWORK_ETHERNET, PCI_DEVICE_ID_VIRTIO_NET,
      DEVICE_CATEGORY_NETWORK, .nvectors = net_vectors },
    { "virtio-rng-pci", "virtio-rng-device", PCI_CLASS_OTHERS, PCI_DEVICE_ID_VIRTIO_RNG, DEVICE_CATEGORY_MISC,
      .nvectors = two_vectors },
    { "virtio-serial-pci", "virtio-serial-device", PCI_CLASS_COMMUNICATION_OTHER, PCI_DEVICE_ID_VIRTIO_CONSOLE,
      DEVICE_CATEGORY_INPUT, .nvectors = two_vectors },
    { "virtio-balloon-pci", "virtio-balloon-device", PCI_CLASS_OTHERS, PCI_DEVICE_ID_VIRTIO_BALLOON,
      DEVICE_CATEGORY_MISC },
};

static const Property choice_props[] = {
    DEFINE_PROP_ON_OFF_AUTO("disable-legacy", VirtIOPCIProxy, disable_legacy, ON_OFF_AUTO_AUTO),
    DEFINE_PROP_BOOL("disable-modern", VirtIOPCIProxy, disable_modern, false),
};

static void kind_class_init(ObjectClass *klass, const void *data)
{
    const VirtioPCIKind *kind = data;
    DeviceClass *dc = DEVICE_CLASS(klass);

    VIRTIO_PCI_CLASS(klass)->kind = kind;
    set_bit(kind->category, dc->categories);
}

static void generic_class_init(ObjectClass *klass, const void *data)
{
    kind_class_init(klass, data);
    device_class_set_props(DEVICE_CLASS(klass), choice_props);
}

static void kind_instance_init(Object *obj)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(obj);
    const VirtioPCIKind *kind = VIRTIO_PCI_GET_CLASS(obj)->kind;
    Object *vdev = object_new(kind->vdev_type);

    proxy->vdev = VIRTIO_DEVICE(vdev);
    object_property_add_child(obj, "virtio-backend", vdev);
    object_unref(vdev);
    qdev_alias_all_properties(DEVICE(vdev), obj);
    if (object_property_find(vdev, "guest-stats")) {
        object_property_add_alias(obj, "guest-stats", vdev, "guest-stats");
        object_property_add_alias(obj, "guest-stats-polling-interval", vdev, "guest-stats-polling-interval");
    }
}

static void transitional_init(Object *obj)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(obj);

    kind_instance_init(obj);
    proxy->disable_legacy = ON_OFF_AUTO_OFF;
    proxy->disable_modern = false;
}

static void non_transitional_init(Object *obj)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(obj);

    kind_instance_init(obj);
    proxy->disable_legacy = ON_OFF_AUTO_ON;
    proxy->disable_modern = false;
}

static void register_one(const char *name, const VirtioPCIKind *kind, void (*init)(Object *),
                         void (*class_init)(ObjectClass *, const void *), const InterfaceInfo *interfaces)
{
    TypeInfo info = {
        .name = name,
        .parent = TYPE_VIRTIO_PCI,
        .instance_size = sizeof(VirtIOPCIProxy),
        .instance_init = init,
        .class_init = class_init,
        .class_data = kind,
        .interfaces = interfaces,
    };

    type_register(&info);
}

static void register_kinds(void)
{
    static const InterfaceInfo both[] = { { INTERFACE_PCIE_DEVICE }, { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } };
    static const InterfaceInfo conventional[] = { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } };

    for (int i = 0; i < ARRAY_SIZE(kinds); i++) {
        const VirtioPCIKind *k = &kinds[i];
        g_autofree char *trans = g_strconcat(k->base_name, "-transitional", NULL);
        g_autofree char *non_trans = g_strconcat(k->base_name, "-non-transitional", NULL);

        register_one(k->base_name, k, kind_instance_init, generic_class_init, both);
        if (!k->modern_only) {
            register_one(trans, k, transitional_init, kind_class_init, conventional);
            register_one(non_trans, k, non_transitional_init, kind_class_init, both);
        }
    }
}

type_init(register_kinds)
