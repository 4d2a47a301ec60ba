// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The registers of virtio over PCI: legacy I/O (virtio 1.2, 4.1.4.10), modern structures (4.1.4) and the window onto
 * them in configuration space (4.1.4.9).
 */
#include "qemu/osdep.h"
#include "virtio-pci-internal.h"
#include "hw/pci/msix.h"
#include "migration/vmstate.h"

/* ---- legacy ---- */

static uint32_t legacy_config_off(VirtIOPCIProxy *proxy)
{
    return msix_enabled(&proxy->pci_dev) ? 24 : 20;
}

static uint32_t read_isr(VirtIOPCIProxy *proxy)
{
    uint32_t isr = proxy->vdev->isr;

    proxy->vdev->isr = 0;
    pci_irq_deassert(&proxy->pci_dev);
    return isr;
}

static uint64_t legacy_read(void *opaque, hwaddr addr, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    VirtIODevice *vdev = proxy->vdev;

    if (addr >= legacy_config_off(proxy)) {
        return virtio_config_read(vdev, addr - legacy_config_off(proxy), size);
    }
    switch (addr) {
    case VIRTIO_PCI_HOST_FEATURES:
        return (uint32_t)vdev->host_features;
    case VIRTIO_PCI_GUEST_FEATURES:
        return (uint32_t)vdev->guest_features;
    case VIRTIO_PCI_QUEUE_PFN:
        return virtio_queue_get_addr(vdev, vdev->queue_sel) >> VIRTIO_PCI_QUEUE_ADDR_SHIFT;
    case VIRTIO_PCI_QUEUE_NUM:
        return virtio_queue_get_num(vdev, vdev->queue_sel);
    case VIRTIO_PCI_QUEUE_SEL:
        return vdev->queue_sel;
    case VIRTIO_PCI_STATUS:
        return vdev->status;
    case VIRTIO_PCI_ISR:
        return read_isr(proxy);
    case VIRTIO_MSI_CONFIG_VECTOR:
        return vdev->config_vector;
    case VIRTIO_MSI_QUEUE_VECTOR:
        return virtio_queue_vector(vdev, vdev->queue_sel);
    default:
        return 0xffffffffu;
    }
}

/* Legacy drivers ignored bad bits by setting one of their own: give them the safe subset then. */
static void legacy_set_features(VirtIOPCIProxy *proxy, uint32_t val)
{
    if (val & (1u << VIRTIO_F_BAD_FEATURE)) {
        val = 0;
    }
    virtio_set_features(proxy->vdev, val);
}

static void legacy_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    VirtIODevice *vdev = proxy->vdev;

    if (addr >= legacy_config_off(proxy)) {
        virtio_config_write(vdev, addr - legacy_config_off(proxy), val, size);
        return;
    }
    switch (addr) {
    case VIRTIO_PCI_GUEST_FEATURES:
        legacy_set_features(proxy, val);
        break;
    case VIRTIO_PCI_QUEUE_PFN:
        if (val == 0) {
            virtio_pci_reset_device(proxy);
        } else {
            virtio_queue_set_addr(vdev, vdev->queue_sel, (hwaddr)(uint32_t)val << VIRTIO_PCI_QUEUE_ADDR_SHIFT);
        }
        break;
    case VIRTIO_PCI_QUEUE_SEL:
        if (val < VIRTIO_QUEUE_MAX) {
            vdev->queue_sel = val;
        }
        break;
    case VIRTIO_PCI_QUEUE_NOTIFY:
        if (val < VIRTIO_QUEUE_MAX) {
            virtio_queue_notify(vdev, val);
        }
        break;
    case VIRTIO_PCI_STATUS:
        if ((val & 0xff) == 0) {
            virtio_pci_reset_device(proxy);
        } else {
            virtio_set_status(vdev, val);
        }
        break;
    case VIRTIO_MSI_CONFIG_VECTOR:
        vdev->config_vector = virtio_pci_change_vector(proxy, vdev->config_vector, val);
        break;
    case VIRTIO_MSI_QUEUE_VECTOR:
        virtio_queue_set_vector(vdev, vdev->queue_sel,
                                virtio_pci_change_vector(proxy, virtio_queue_vector(vdev, vdev->queue_sel), val));
        break;
    default:
        break;
    }
}

const MemoryRegionOps virtio_pci_legacy_ops = {
    .read = legacy_read,
    .write = legacy_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

/* ---- modern ---- */

/* queue_notify_data and queue_reset follow what older headers know. */
#define COMMON_Q_NDATA 56
#define COMMON_Q_RESET 58

static VirtIOPCIQueue *selected(VirtIOPCIProxy *proxy)
{
    return &proxy->vqs[proxy->vdev->queue_sel];     /* queue_sel < VIRTIO_QUEUE_MAX always */
}

static uint64_t offered(VirtIODevice *vdev)
{
    return vdev->host_features & ~VIRTIO_DEVICE_GET_CLASS(vdev)->legacy_features;
}

static uint32_t common_read(VirtIOPCIProxy *proxy, hwaddr addr)
{
    VirtIODevice *vdev = proxy->vdev;
    VirtIOPCIQueue *q = selected(proxy);

    switch (addr) {
    case VIRTIO_PCI_COMMON_DFSELECT:
        return proxy->dfselect;
    case VIRTIO_PCI_COMMON_DF:
        return proxy->dfselect <= 1 ? offered(vdev) >> (32 * proxy->dfselect) : 0;
    case VIRTIO_PCI_COMMON_GFSELECT:
        return proxy->gfselect;
    case VIRTIO_PCI_COMMON_GF:
        return proxy->gfselect < 2 ? proxy->guest_features[proxy->gfselect] : 0;
    case VIRTIO_PCI_COMMON_MSIX:
        return vdev->config_vector;
    case VIRTIO_PCI_COMMON_NUMQ:
        return virtio_get_num_queues(vdev);
    case VIRTIO_PCI_COMMON_STATUS:
        return vdev->status;
    case VIRTIO_PCI_COMMON_CFGGENERATION:
        return vdev->generation & 0xff;
    case VIRTIO_PCI_COMMON_Q_SELECT:
        return vdev->queue_sel;
    case VIRTIO_PCI_COMMON_Q_SIZE:
        return virtio_queue_get_num(vdev, vdev->queue_sel);
    case VIRTIO_PCI_COMMON_Q_MSIX:
        return virtio_queue_vector(vdev, vdev->queue_sel);
    case VIRTIO_PCI_COMMON_Q_ENABLE:
        return q->enabled;
    case VIRTIO_PCI_COMMON_Q_NOFF:
        return vdev->queue_sel;
    case VIRTIO_PCI_COMMON_Q_DESCLO:
        return q->desc[0];
    case VIRTIO_PCI_COMMON_Q_DESCHI:
        return q->desc[1];
    case VIRTIO_PCI_COMMON_Q_AVAILLO:
        return q->avail[0];
    case VIRTIO_PCI_COMMON_Q_AVAILHI:
        return q->avail[1];
    case VIRTIO_PCI_COMMON_Q_USEDLO:
        return q->used[0];
    case VIRTIO_PCI_COMMON_Q_USEDHI:
        return q->used[1];
    case COMMON_Q_NDATA:
        return vdev->queue_sel;
    case COMMON_Q_RESET:
        return q->reset;
    default:
        return 0;
    }
}

static void enable_queue(VirtIOPCIProxy *proxy)
{
    VirtIODevice *vdev = proxy->vdev;
    VirtIOPCIQueue *q = selected(proxy);
    int n = vdev->queue_sel;

    if (!virtio_queue_get_max_num(vdev, n)) {
        return;
    }
    if (!q->num || !is_power_of_2(q->num) || q->num > VIRTQUEUE_MAX_SIZE) {
        virtio_error(vdev, "virtio: queue %d enabled with size %u", n, q->num);
        return;
    }
    virtio_queue_set_num(vdev, n, q->num);
    virtio_queue_set_rings(vdev, n, (uint64_t)q->desc[1] << 32 | q->desc[0], (uint64_t)q->avail[1] << 32 | q->avail[0],
                           (uint64_t)q->used[1] << 32 | q->used[0]);
    q->enabled = true;
    q->reset = 0;
    virtio_queue_enable(vdev, n);
}

static void common_write(VirtIOPCIProxy *proxy, hwaddr addr, uint32_t val)
{
    VirtIODevice *vdev = proxy->vdev;
    VirtIOPCIQueue *q = selected(proxy);

    switch (addr) {
    case VIRTIO_PCI_COMMON_DFSELECT:
        proxy->dfselect = val;
        break;
    case VIRTIO_PCI_COMMON_GFSELECT:
        proxy->gfselect = val;
        break;
    case VIRTIO_PCI_COMMON_GF:
        if (proxy->gfselect < 2) {
            proxy->guest_features[proxy->gfselect] = val;
            virtio_set_features(vdev, (uint64_t)proxy->guest_features[1] << 32 | proxy->guest_features[0]);
        }
        break;
    case VIRTIO_PCI_COMMON_MSIX:
        vdev->config_vector = virtio_pci_change_vector(proxy, vdev->config_vector, val);
        break;
    case VIRTIO_PCI_COMMON_STATUS:
        if ((val & 0xff) == 0) {
            virtio_pci_reset_device(proxy);
        } else {
            virtio_set_status(vdev, val);
        }
        break;
    case VIRTIO_PCI_COMMON_Q_SELECT:
        if (val < VIRTIO_QUEUE_MAX) {
            vdev->queue_sel = val;
        }
        break;
    case VIRTIO_PCI_COMMON_Q_SIZE:
        q->num = val;
        virtio_queue_set_num(vdev, vdev->queue_sel, val);
        break;
    case VIRTIO_PCI_COMMON_Q_MSIX:
        virtio_queue_set_vector(vdev, vdev->queue_sel,
                                virtio_pci_change_vector(proxy, virtio_queue_vector(vdev, vdev->queue_sel), val));
        break;
    case VIRTIO_PCI_COMMON_Q_ENABLE:
        if (val == 1) {
            enable_queue(proxy);
        } else {
            virtio_error(vdev, "wrong value for queue_enable %" PRIx32, val);
        }
        break;
    case VIRTIO_PCI_COMMON_Q_DESCLO:
        q->desc[0] = val;
        break;
    case VIRTIO_PCI_COMMON_Q_DESCHI:
        q->desc[1] = val;
        break;
    case VIRTIO_PCI_COMMON_Q_AVAILLO:
        q->avail[0] = val;
        break;
    case VIRTIO_PCI_COMMON_Q_AVAILHI:
        q->avail[1] = val;
        break;
    case VIRTIO_PCI_COMMON_Q_USEDLO:
        q->used[0] = val;
        break;
    case VIRTIO_PCI_COMMON_Q_USEDHI:
        q->used[1] = val;
        break;
    case COMMON_Q_RESET:
        if (val == 1) {
            virtio_queue_reset(vdev, vdev->queue_sel);
            q->reset = 0;
            q->enabled = false;
        }
        break;
    default:
        break;
    }
}

static uint64_t modern_read(void *opaque, hwaddr addr, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;

    if (addr < VPCI_ISR_OFF) {
        return common_read(proxy, addr);
    }
    if (addr < VPCI_DEVICE_OFF) {
        return addr == VPCI_ISR_OFF ? read_isr(proxy) : 0;
    }
    if (addr < VPCI_NOTIFY_OFF) {
        return virtio_config_read(proxy->vdev, addr - VPCI_DEVICE_OFF, size);
    }
    return 0;
}

static void modern_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;

    if (addr < VPCI_ISR_OFF) {
        common_write(proxy, addr, val);
    } else if (addr >= VPCI_NOTIFY_OFF) {
        hwaddr queue = (addr - VPCI_NOTIFY_OFF) / virtio_pci_notify_mult(proxy);

        if (queue < VIRTIO_QUEUE_MAX) {
            virtio_queue_notify(proxy->vdev, queue);
        }
    } else if (addr >= VPCI_DEVICE_OFF) {
        virtio_config_write(proxy->vdev, addr - VPCI_DEVICE_OFF, val, size);
    }
}

const MemoryRegionOps virtio_pci_modern_ops = {
    .read = modern_read,
    .write = modern_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

/* ---- configuration space ---- */

/* The window names BAR, offset and length; nothing but aligned accesses inside BAR 4 does anything. */
static bool cfg_window(VirtIOPCIProxy *proxy, uint32_t *off, uint32_t *len)
{
    uint8_t *c = proxy->pci_dev.config + proxy->config_cap;

    *off = pci_get_long(c + VIRTIO_PCI_CAP_OFFSET);
    *len = pci_get_long(c + VIRTIO_PCI_CAP_LENGTH);
    return c[VIRTIO_PCI_CAP_BAR] == VPCI_MODERN_BAR && (*len == 1 || *len == 2 || *len == 4) && !(*off & (*len - 1)) &&
           *off < memory_region_size(&proxy->modern_bar);
}

static bool touches_window(VirtIOPCIProxy *proxy, uint32_t address, int len)
{
    return proxy->config_cap && pci_ranges_overlap(address, len, proxy->config_cap + 16, 4);
}

uint32_t virtio_pci_read_config(PCIDevice *d, uint32_t address, int len)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(d);
    uint32_t off, n;

    if (touches_window(proxy, address, len) && cfg_window(proxy, &off, &n)) {
        stn_le_p(d->config + proxy->config_cap + 16, n, modern_read(proxy, off, n));
    }
    return pci_default_read_config(d, address, len);
}

void virtio_pci_write_config(PCIDevice *d, uint32_t address, uint32_t val, int len)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(d);
    uint32_t off, n;

    pci_default_write_config(d, address, val, len);
    if (d->exp.exp_cap) {
        pcie_cap_flr_write_config(d, address, val, len);
    }
    if (pci_ranges_overlap(address, len, PCI_COMMAND, 2)) {
        virtio_set_disabled(proxy->vdev, !(d->config[PCI_COMMAND] & PCI_COMMAND_MASTER));
    }
    if (touches_window(proxy, address, len) && cfg_window(proxy, &off, &n)) {
        modern_write(proxy, off, ldn_le_p(d->config + proxy->config_cap + 16, n), n);
    }
}
