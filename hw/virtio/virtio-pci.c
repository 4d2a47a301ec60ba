// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio over PCI: function set-up, interrupts, migration. The registers themselves are in virtio-pci-regs.c, the
 * list of functions in virtio-pci-devices.c. Layout of BARs: virtio-pci.h.
 */
#include "qemu/osdep.h"
#include "hw/virtio/virtio-pci.h"
#include "hw/core/qdev-properties.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_bus.h"
#include "migration/qemu-file-types.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "virtio-pci-internal.h"

static VirtIOPCIProxy *to_proxy(DeviceState *d)
{
    return VIRTIO_PCI(d);
}

#define VQS_SIZE (VIRTIO_QUEUE_MAX * sizeof(VirtIOPCIQueue))

/* ---- interrupts ---- */

static void virtio_pci_notify(DeviceState *d, uint16_t vector)
{
    VirtIOPCIProxy *proxy = to_proxy(d);

    if (msix_enabled(&proxy->pci_dev)) {
        if (vector != VIRTIO_NO_VECTOR) {
            msix_notify(&proxy->pci_dev, vector);
        }
    } else {
        pci_set_irq(&proxy->pci_dev, proxy->vdev->isr & 1);
    }
}

/* Vector numbers come from the guest: what does not exist becomes "no vector". */
uint16_t virtio_pci_change_vector(VirtIOPCIProxy *proxy, uint16_t old, uint16_t new)
{
    if (old != VIRTIO_NO_VECTOR) {
        msix_vector_unuse(&proxy->pci_dev, old);
    }
    if (new >= proxy->pci_dev.msix_entries_nr) {
        return VIRTIO_NO_VECTOR;
    }
    msix_vector_use(&proxy->pci_dev, new);
    return new;
}

/* ---- migration ---- */

static void virtio_pci_save_config(DeviceState *d, QEMUFile *f)
{
    VirtIOPCIProxy *proxy = to_proxy(d);

    vmstate_save_state(f, &vmstate_pci_device, &proxy->pci_dev, NULL, NULL);
    msix_save(&proxy->pci_dev, f);
    if (msix_present(&proxy->pci_dev)) {
        qemu_put_be16(f, proxy->vdev->config_vector);
    }
}

static int load_vector(VirtIOPCIProxy *proxy, QEMUFile *f, uint16_t *vector)
{
    *vector = VIRTIO_NO_VECTOR;
    if (!msix_present(&proxy->pci_dev)) {
        return 0;
    }
    *vector = qemu_get_be16(f);
    if (*vector == VIRTIO_NO_VECTOR) {
        return 0;
    }
    if (*vector >= proxy->pci_dev.msix_entries_nr) {
        return qemu_file_fail(f, "%s: vector %u of %d", proxy->pci_dev.name, *vector, proxy->pci_dev.msix_entries_nr);
    }
    msix_vector_use(&proxy->pci_dev, *vector);
    return 0;
}

static int virtio_pci_load_config(DeviceState *d, QEMUFile *f)
{
    VirtIOPCIProxy *proxy = to_proxy(d);
    Error *err = NULL;
    int ret = vmstate_load_state(f, &vmstate_pci_device, &proxy->pci_dev, vmstate_pci_device.version_id, &err);

    if (ret) {
        return qemu_file_fail_err(f, err);
    }
    msix_unuse_all_vectors(&proxy->pci_dev);
    msix_load(&proxy->pci_dev, f);
    return load_vector(proxy, f, &proxy->vdev->config_vector);
}

static void virtio_pci_save_queue(DeviceState *d, int n, QEMUFile *f)
{
    VirtIOPCIProxy *proxy = to_proxy(d);

    if (msix_present(&proxy->pci_dev)) {
        qemu_put_be16(f, virtio_queue_vector(proxy->vdev, n));
    }
}

static int virtio_pci_load_queue(DeviceState *d, int n, QEMUFile *f)
{
    VirtIOPCIProxy *proxy = to_proxy(d);
    uint16_t vector;
    int ret = load_vector(proxy, f, &vector);

    virtio_queue_set_vector(proxy->vdev, n, vector);
    return ret;
}

static const VMStateDescription vmstate_modern_queue = {
    .name = "virtio_pci/modern_queue_state",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT16(num, VirtIOPCIQueue),
        VMSTATE_UNUSED(1),
        VMSTATE_BOOL(enabled, VirtIOPCIQueue),
        VMSTATE_UINT32_ARRAY(desc, VirtIOPCIQueue, 2),
        VMSTATE_UINT32_ARRAY(avail, VirtIOPCIQueue, 2),
        VMSTATE_UINT32_ARRAY(used, VirtIOPCIQueue, 2),
        VMSTATE_END_OF_LIST()
    },
};

static bool modern_needed(void *opaque)
{
    return ((VirtIOPCIProxy *)opaque)->modern;
}

static const VMStateDescription vmstate_modern = {
    .name = "virtio_pci/modern_state",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = modern_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(dfselect, VirtIOPCIProxy),
        VMSTATE_UINT32(gfselect, VirtIOPCIProxy),
        VMSTATE_UINT32_ARRAY(guest_features, VirtIOPCIProxy, 2),
        VMSTATE_STRUCT_VARRAY_POINTER_KNOWN(vqs, VirtIOPCIProxy, VIRTIO_QUEUE_MAX, 0, vmstate_modern_queue,
                                            VirtIOPCIQueue),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_virtio_pci = {
    .name = "virtio_pci",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription *const []) { &vmstate_modern, NULL },
};

static bool virtio_pci_has_extra_state(DeviceState *d)
{
    return true;
}

static void virtio_pci_save_extra_state(DeviceState *d, QEMUFile *f)
{
    vmstate_save_state(f, &vmstate_virtio_pci, to_proxy(d), NULL, NULL);
}

static int virtio_pci_load_extra_state(DeviceState *d, QEMUFile *f)
{
    Error *err = NULL;
    int ret = vmstate_load_state(f, &vmstate_virtio_pci, to_proxy(d), 1, &err);

    return ret ? qemu_file_fail_err(f, err) : 0;
}

/* ---- the bus's view ---- */

static int virtio_pci_query_nvectors(DeviceState *d)
{
    return to_proxy(d)->nvectors == DEV_NVECTORS_UNSPECIFIED ? 0 : to_proxy(d)->nvectors;
}

static AddressSpace *virtio_pci_get_dma_as(DeviceState *d)
{
    return pci_get_address_space(PCI_DEVICE(d));
}

static bool virtio_pci_queue_enabled(DeviceState *d, int n)
{
    VirtIOPCIProxy *proxy = to_proxy(d);

    if (virtio_vdev_has_feature(proxy->vdev, VIRTIO_F_VERSION_1)) {
        return proxy->vqs[n].enabled;
    }
    return virtio_queue_get_desc_addr(proxy->vdev, n) != 0;
}


static void virtio_pci_pre_plugged(DeviceState *d, Error **errp)
{
    VirtIOPCIProxy *proxy = to_proxy(d);

    if (proxy->modern) {
        virtio_add_feature(&proxy->vdev->host_features, VIRTIO_F_VERSION_1);
    }
    virtio_add_feature(&proxy->vdev->host_features, VIRTIO_F_BAD_FEATURE);
}

static int add_modern_cap(VirtIOPCIProxy *proxy, uint8_t type, uint8_t bar, uint32_t off, uint32_t len, uint8_t size,
                          Error **errp)
{
    PCIDevice *d = &proxy->pci_dev;
    int pos = pci_add_capability(d, PCI_CAP_ID_VNDR, 0, size, errp);
    uint8_t *c = d->config + pos;

    if (pos > 0) {
        c[VIRTIO_PCI_CAP_LEN] = size;
        c[VIRTIO_PCI_CAP_CFG_TYPE] = type;
        c[VIRTIO_PCI_CAP_BAR] = bar;
        pci_set_long(c + VIRTIO_PCI_CAP_OFFSET, off);
        pci_set_long(c + VIRTIO_PCI_CAP_LENGTH, len);
    }
    return pos;
}

static bool setup_modern(VirtIOPCIProxy *proxy, Error **errp)
{
    PCIDevice *d = &proxy->pci_dev;
    uint32_t notify_len = virtio_pci_notify_len(proxy);
    uint64_t bar_size = VPCI_NOTIFY_OFF + notify_len;
    int pos;

    if (add_modern_cap(proxy, VIRTIO_PCI_CAP_COMMON_CFG, VPCI_MODERN_BAR, VPCI_COMMON_OFF, 0x1000, 16, errp) < 0 ||
        add_modern_cap(proxy, VIRTIO_PCI_CAP_ISR_CFG, VPCI_MODERN_BAR, VPCI_ISR_OFF, 0x1000, 16, errp) < 0 ||
        add_modern_cap(proxy, VIRTIO_PCI_CAP_DEVICE_CFG, VPCI_MODERN_BAR, VPCI_DEVICE_OFF, 0x1000, 16, errp) < 0) {
        return false;
    }
    pos = add_modern_cap(proxy, VIRTIO_PCI_CAP_NOTIFY_CFG, VPCI_MODERN_BAR, VPCI_NOTIFY_OFF, notify_len, 20, errp);
    if (pos < 0) {
        return false;
    }
    pci_set_long(d->config + pos + 16, virtio_pci_notify_mult(proxy));
    pos = add_modern_cap(proxy, VIRTIO_PCI_CAP_PCI_CFG, 0, 0, 0, 20, errp);
    if (pos < 0) {
        return false;
    }
    proxy->config_cap = pos;
    d->wmask[pos + VIRTIO_PCI_CAP_BAR] = 0xff;
    memset(d->wmask + pos + VIRTIO_PCI_CAP_OFFSET, 0xff, 12);
    memset(d->cmask + pos + VIRTIO_PCI_CAP_OFFSET, 0, 12);

    bar_size = 1ull << (64 - clz64(bar_size - 1));
    memory_region_init_io(&proxy->modern_bar, OBJECT(proxy), &virtio_pci_modern_ops, proxy, "virtio-pci", bar_size);
    pci_register_bar(d, VPCI_MODERN_BAR, PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_PREFETCH |
                     PCI_BASE_ADDRESS_MEM_TYPE_64, &proxy->modern_bar);
    return true;
}

static void set_ids(VirtIOPCIProxy *proxy)
{
    const VirtioPCIKind *kind = VIRTIO_PCI_GET_CLASS(proxy)->kind;
    uint8_t *c = proxy->pci_dev.config;

    pci_config_set_class(c, proxy->class_code ? proxy->class_code >> 8 : kind->class_id);
    if (proxy->legacy) {
        pci_config_set_device_id(c, kind->legacy_id);
        pci_set_word(c + PCI_SUBSYSTEM_VENDOR_ID, PCI_VENDOR_ID_REDHAT_QUMRANET);
        pci_set_word(c + PCI_SUBSYSTEM_ID, proxy->vdev->device_id);
    } else {
        pci_config_set_device_id(c, PCI_DEVICE_ID_VIRTIO_10_BASE + proxy->vdev->device_id);
        pci_config_set_revision(c, 1);
    }
    c[PCI_INTERRUPT_PIN] = 1;
}

static void virtio_pci_device_plugged(DeviceState *d, Error **errp)
{
    VirtIOPCIProxy *proxy = to_proxy(d);
    PCIDevice *pci = &proxy->pci_dev;
    Error *err = NULL;

    if (proxy->legacy && virtio_host_has_feature(proxy->vdev, VIRTIO_F_ACCESS_PLATFORM)) {
        error_setg(errp, "VIRTIO_F_IOMMU_PLATFORM was supported by neither legacy nor transitional device");
        return;
    }
    set_ids(proxy);
    if (proxy->modern && !setup_modern(proxy, errp)) {
        return;
    }
    if (proxy->nvectors) {
        if (msix_init_exclusive_bar(pci, proxy->nvectors, VPCI_MSIX_BAR, &err) < 0) {
            /* A machine without messages still has INTx. */
            if (!msi_nonbroken) {
                error_free(err);
                proxy->nvectors = 0;
            } else {
                error_propagate(errp, err);
                return;
            }
        }
    }
    if (proxy->legacy) {
        uint32_t size = (msix_present(pci) ? 24 : 20) + proxy->vdev->config_len;

        memory_region_init_io(&proxy->bar, OBJECT(proxy), &virtio_pci_legacy_ops, proxy, "virtio-pci",
                              1u << (32 - clz32(size - 1)));
        pci_register_bar(pci, VPCI_LEGACY_BAR, PCI_BASE_ADDRESS_SPACE_IO, &proxy->bar);
    }
}

/* ---- function ---- */

void virtio_pci_reset_device(VirtIOPCIProxy *proxy)
{
    virtio_bus_reset(&proxy->bus);
    msix_unuse_all_vectors(&proxy->pci_dev);
    proxy->dfselect = proxy->gfselect = 0;
    proxy->guest_features[0] = proxy->guest_features[1] = 0;
    if (proxy->vqs) {
        for (int i = 0; i < proxy->vdev->nvqs; i++) {
            proxy->vqs[i] = (VirtIOPCIQueue) { .num = virtio_queue_get_max_num(proxy->vdev, i) };
        }
    }
}

static void virtio_pci_reset(DeviceState *qdev)
{
    VirtIOPCIProxy *proxy = to_proxy(qdev);
    PCIDevice *dev = &proxy->pci_dev;

    if (!qdev->realized) {
        return;
    }
    virtio_pci_reset_device(proxy);
    if (dev->exp.exp_cap) {
        pcie_cap_deverr_reset(dev);
        pcie_cap_lnkctl_reset(dev);
    }
    if (dev->pm_cap) {
        pci_set_word(dev->config + dev->pm_cap + PCI_PM_CTRL, 0);
    }
}

static bool init_express(VirtIOPCIProxy *proxy, Error **errp)
{
    PCIDevice *d = &proxy->pci_dev;
    int pos;

    if (pcie_endpoint_cap_init(d, 0) < 0) {
        error_setg(errp, "%s: no room for the PCI Express capability", d->name);
        return false;
    }
    pos = pci_add_capability(d, PCI_CAP_ID_PM, 0, PCI_PM_SIZEOF, errp);
    if (pos < 0) {
        return false;
    }
    d->pm_cap = pos;
    pci_set_word(d->config + pos + PCI_PM_PMC, 0x3);
    pci_set_word(d->wmask + pos + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);
    pcie_cap_deverr_init(d);
    pcie_cap_lnkctl_init(d);
    pcie_cap_flr_init(d);
    return true;
}

static void virtio_pci_realize(PCIDevice *d, Error **errp)
{
    ERRP_GUARD();
    VirtIOPCIProxy *proxy = VIRTIO_PCI(d);
    const VirtioPCIKind *kind = VIRTIO_PCI_GET_CLASS(proxy)->kind;

    if (!proxy->legacy && !proxy->modern) {
        error_setg(errp, "device cannot work as neither modern nor legacy mode is enabled");
        return;
    }
    if (pci_is_express(d) && !init_express(proxy, errp)) {
        return;
    }
    proxy->vqs = qemu_sparse_alloc(VQS_SIZE);
    qbus_init(&proxy->bus, sizeof(proxy->bus), TYPE_VIRTIO_PCI_BUS, DEVICE(proxy), "virtio-bus");
    if (kind->nvectors && proxy->nvectors == DEV_NVECTORS_UNSPECIFIED) {
        proxy->nvectors = kind->nvectors(proxy->vdev);
    } else if (proxy->nvectors == DEV_NVECTORS_UNSPECIFIED) {
        proxy->nvectors = 0;
    }
    if (!qdev_realize(DEVICE(proxy->vdev), BUS(&proxy->bus), errp)) {
        qemu_sparse_free(g_steal_pointer(&proxy->vqs), VQS_SIZE);
        return;
    }
    virtio_pci_reset_device(proxy);
}

static void virtio_pci_exit(PCIDevice *d)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(d);

    pcie_cap_exit(d);
    qemu_sparse_free(g_steal_pointer(&proxy->vqs), VQS_SIZE);
}

/* Decides what kind of function this is before the PCI core makes its config space. */
static void virtio_pci_dc_realize(DeviceState *qdev, Error **errp)
{
    VirtIOPCIProxy *proxy = to_proxy(qdev);
    PCIBus *bus = PCI_BUS(qdev_get_parent_bus(qdev));
    bool pcie_port = pci_bus_is_express(bus) && !pci_bus_is_root(bus);
    const VirtioPCIKind *kind = VIRTIO_PCI_GET_CLASS(qdev)->kind;

    if (proxy->disable_legacy == ON_OFF_AUTO_AUTO) {
        proxy->disable_legacy = pcie_port ? ON_OFF_AUTO_ON : ON_OFF_AUTO_OFF;
    }
    proxy->modern = !proxy->disable_modern;
    proxy->legacy = proxy->disable_legacy == ON_OFF_AUTO_OFF && kind->legacy_id && !kind->modern_only;
    if (pcie_port && proxy->modern && !(proxy->flags & VPCI_FLAG_DISABLE_PCIE)) {
        proxy->pci_dev.cap_present |= QEMU_PCI_CAP_EXPRESS;
    }
    VIRTIO_PCI_GET_CLASS(qdev)->parent_dc_realize(qdev, errp);
}

static const Property virtio_pci_props[] = {
    DEFINE_PROP_BIT("virtio-pci-bus-master-bug-migration", VirtIOPCIProxy, flags, 0, false),
    DEFINE_PROP_BIT("migrate-extra", VirtIOPCIProxy, flags, 4, true),
    DEFINE_PROP_BIT("modern-pio-notify", VirtIOPCIProxy, flags, 5, false),
    DEFINE_PROP_BIT("x-disable-pcie", VirtIOPCIProxy, flags, VPCI_FLAG_DISABLE_PCIE_BIT, false),
    DEFINE_PROP_BIT("page-per-vq", VirtIOPCIProxy, flags, VPCI_FLAG_PAGE_PER_VQ_BIT, false),
    DEFINE_PROP_BOOL("x-ignore-backend-features", VirtIOPCIProxy, ignore_backend_features, false),
    DEFINE_PROP_BIT("ats", VirtIOPCIProxy, flags, 9, false),
    DEFINE_PROP_BIT("x-ats-page-aligned", VirtIOPCIProxy, flags, 10, true),
    DEFINE_PROP_BIT("x-pcie-deverr-init", VirtIOPCIProxy, flags, 11, true),
    DEFINE_PROP_BIT("x-pcie-lnkctl-init", VirtIOPCIProxy, flags, 12, true),
    DEFINE_PROP_BIT("x-pcie-pm-init", VirtIOPCIProxy, flags, 13, true),
    DEFINE_PROP_BIT("x-pcie-flr-init", VirtIOPCIProxy, flags, 14, true),
    DEFINE_PROP_BIT("aer", VirtIOPCIProxy, flags, 15, false),
    DEFINE_PROP_BIT("ioeventfd", VirtIOPCIProxy, flags, 1, true),
    DEFINE_PROP_UINT32("vectors", VirtIOPCIProxy, nvectors, DEV_NVECTORS_UNSPECIFIED),
    DEFINE_PROP_UINT32("class", VirtIOPCIProxy, class_code, 0),
};

static void virtio_pci_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);
    VirtioPCIClass *vpc = VIRTIO_PCI_CLASS(klass);

    device_class_set_props(dc, virtio_pci_props);
    k->realize = virtio_pci_realize;
    k->exit = virtio_pci_exit;
    k->config_read = virtio_pci_read_config;
    k->config_write = virtio_pci_write_config;
    k->vendor_id = PCI_VENDOR_ID_REDHAT_QUMRANET;
    k->revision = 0;
    k->class_id = PCI_CLASS_OTHERS;
    device_class_set_parent_realize(dc, virtio_pci_dc_realize, &vpc->parent_dc_realize);
    dc->reset = virtio_pci_reset;
}

static void virtio_pci_bus_class_init(ObjectClass *klass, const void *data)
{
    VirtioBusClass *k = VIRTIO_BUS_CLASS(klass);

    k->notify = virtio_pci_notify;
    k->save_config = virtio_pci_save_config;
    k->load_config = virtio_pci_load_config;
    k->save_queue = virtio_pci_save_queue;
    k->load_queue = virtio_pci_load_queue;
    k->has_extra_state = virtio_pci_has_extra_state;
    k->save_extra_state = virtio_pci_save_extra_state;
    k->load_extra_state = virtio_pci_load_extra_state;
    k->query_nvectors = virtio_pci_query_nvectors;
    k->pre_plugged = virtio_pci_pre_plugged;
    k->device_plugged = virtio_pci_device_plugged;
    k->get_dma_as = virtio_pci_get_dma_as;
    k->queue_enabled = virtio_pci_queue_enabled;
}

static const TypeInfo virtio_pci_types[] = {
    {
        .name = TYPE_VIRTIO_PCI,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(VirtIOPCIProxy),
        .class_init = virtio_pci_class_init,
        .class_size = sizeof(VirtioPCIClass),
        .abstract = true,
    },
    {
        .name = TYPE_VIRTIO_PCI_BUS,
        .parent = TYPE_VIRTIO_BUS,
        .class_init = virtio_pci_bus_class_init,
    },
};

DEFINE_TYPES(virtio_pci_types)
