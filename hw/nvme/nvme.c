// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NVMe controller: the PCI function, its registers (NVM Express 1.4, 3.1), reset and shutdown (7.3, 7.6).
 *
 *   BAR 0    registers and doorbells, then MSI-X table and pending bits, each from a 4 KiB boundary
 *   BAR 4    MSI-X instead, with msix-exclusive-bar=on
 *
 * Reset and shutdown do not wait: while commands are with the block layer, CSTS.RDY stays set (or SHST says
 * "occurring"), and the last of them to finish takes the next step in nvme_progress(). Lock: the big lock.
 */
#include "qemu/osdep.h"
#include "hw/core/qdev-properties.h"
#include "hw/pci/pci.h"
#include "nvme.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/log.h"
#include "qemu/main-loop.h"

#define NVME_MAX_IOQPAIRS 0xfffe
#define NVME_MAX_VECTORS 2048

/* ---- state changes ---- */

void nvme_fatal(NvmeCtrl *n, const char *why)
{
    if (!(n->csts & NVME_CSTS_CFS)) {
        qemu_log_mask(LOG_GUEST_ERROR, "nvme: controller fatal status: %s\n", why);
        n->csts |= NVME_CSTS_CFS;
    }
}

static bool start(NvmeCtrl *n)
{
    uint32_t asqs = (n->aqa & 0xfff) + 1, acqs = (n->aqa >> 16 & 0xfff) + 1;

    if (NVME_CC_MPS(n->cc) > NVME_MPSMAX || NVME_CC_CSS(n->cc) || NVME_CC_AMS(n->cc) || asqs < 2 || acqs < 2 ||
        (n->asq | n->acq) & (nvme_page_size(n) - 1)) {
        return false;
    }
    nvme_add_cq(n, 0, n->acq, acqs, 0, true);
    nvme_add_sq(n, 0, 0, n->asq, asqs);
    n->csts = NVME_CSTS_RDY;
    nvme_check_temperature(n);
    return true;
}

static void drop_parked(NvmeCtrl *n)
{
    NvmeRequest *req;

    while ((req = QTAILQ_FIRST(&n->parked))) {
        nvme_unpark(req);
        nvme_drop_request(req);
    }
}

static void finish_reset(NvmeCtrl *n)
{
    n->resetting = n->flushing = false;
    n->csts = 0;
    n->intms = 0;
    n->nr_aers = n->nr_events = 0;
    n->events_masked = 0;
    nvme_free_queues(n);
    nvme_update_intx(n);
    nvme_reset_features(n);
}

static void begin_reset(NvmeCtrl *n)
{
    n->resetting = true;
    drop_parked(n);
    nvme_progress(n);
}

static void begin_shutdown(NvmeCtrl *n)
{
    n->csts &= ~NVME_CSTS_SHST_MASK;
    if (!(n->csts & NVME_CSTS_RDY)) {
        n->csts |= NVME_CSTS_SHST_COMPLETE;
        return;
    }
    n->csts |= NVME_CSTS_SHST_OCCURRING;
    nvme_progress(n);
}

void nvme_progress(NvmeCtrl *n)
{
    if (n->starved && n->bh) {
        qemu_bh_schedule(n->bh);
    }
    if (n->in_flight) {
        return;
    }
    if (n->resetting) {
        finish_reset(n);
        return;
    }
    if ((n->csts & NVME_CSTS_SHST_MASK) != NVME_CSTS_SHST_OCCURRING) {
        return;
    }
    if (!n->flushing) {
        n->flushing = true;
        if (nvme_flush_all(n)) {
            return;
        }
    }
    n->flushing = false;
    n->csts = (n->csts & ~NVME_CSTS_SHST_MASK) | NVME_CSTS_SHST_COMPLETE;
}

/* ---- registers ---- */

static void write_cc(NvmeCtrl *n, uint32_t val)
{
    uint32_t old = n->cc;

    /* A host may not enable before it has seen RDY go. */
    n->cc = val & NVME_CC_WRITABLE & ~(n->resetting ? NVME_CC_EN : 0);
    if (~old & n->cc & NVME_CC_EN) {
        n->csts = 0;
        if (!start(n)) {
            nvme_fatal(n, "enabled with admin queues or settings that are not supported");
        }
    } else if (old & ~n->cc & NVME_CC_EN) {
        begin_reset(n);
    }
    if (NVME_CC_SHN(n->cc) && NVME_CC_SHN(n->cc) != NVME_CC_SHN(old) && !n->resetting) {
        begin_shutdown(n);
    }
}

static uint64_t regs_read(void *opaque, hwaddr addr, unsigned size)
{
    NvmeCtrl *n = opaque;

    switch (addr) {
    case NVME_REG_CAP: return (uint32_t)NVME_CAP_VALUE;
    case NVME_REG_CAP + 4: return NVME_CAP_VALUE >> 32;
    case NVME_REG_VS: return NVME_VS_1_4;
    case NVME_REG_INTMS:
    case NVME_REG_INTMC: return n->intms;
    case NVME_REG_CC: return n->cc;
    case NVME_REG_CSTS: return n->csts;
    case NVME_REG_AQA: return n->aqa;
    case NVME_REG_ASQ: return (uint32_t)n->asq;
    case NVME_REG_ASQ + 4: return n->asq >> 32;
    case NVME_REG_ACQ: return (uint32_t)n->acq;
    case NVME_REG_ACQ + 4: return n->acq >> 32;
    default: return 0;
    }
}

static void write_register(NvmeCtrl *n, hwaddr addr, uint32_t val)
{
    switch (addr) {
    case NVME_REG_INTMS:
        n->intms |= val;
        nvme_update_intx(n);
        break;
    case NVME_REG_INTMC:
        n->intms &= ~val;
        nvme_update_intx(n);
        break;
    case NVME_REG_CC: write_cc(n, val); break;
    case NVME_REG_AQA: n->aqa = val & 0x0fff0fff; break;
    case NVME_REG_ASQ: n->asq = deposit64(n->asq, 0, 32, val & ~0xfffu); break;
    case NVME_REG_ASQ + 4: n->asq = deposit64(n->asq, 32, 32, val); break;
    case NVME_REG_ACQ: n->acq = deposit64(n->acq, 0, 32, val & ~0xfffu); break;
    case NVME_REG_ACQ + 4: n->acq = deposit64(n->acq, 32, 32, val); break;
    default: break;
    }
}

static void regs_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    NvmeCtrl *n = opaque;

    /* Our own interrupt message, aimed at ourselves. */
    if (n->entered) {
        return;
    }
    n->entered++;
    if (addr >= NVME_REG_DOORBELLS) {
        nvme_doorbell(n, addr - NVME_REG_DOORBELLS, val);
    } else {
        write_register(n, addr, val);
    }
    n->entered--;
}

static const MemoryRegionOps regs_ops = {
    .read = regs_read,
    .write = regs_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

/* ---- reset, run and stop ---- */

void nvme_reset(DeviceState *dev)
{
    NvmeCtrl *n = NVME(dev);

    if (n->entered) {
        n->reset_wanted = true;
        qemu_bh_schedule(n->bh);
        return;
    }
    n->cc = 0;
    n->csts = 0;                    /* what completes now answers nobody */
    drop_parked(n);
    if (n->in_flight) {
        bdrv_drain_all();
    }
    finish_reset(n);
    n->aqa = 0;
    n->asq = n->acq = 0;
    n->starved = n->reset_wanted = false;
}

static void work(void *opaque)
{
    NvmeCtrl *n = opaque;

    if (n->reset_wanted) {
        nvme_reset(DEVICE(n));
    }
    n->entered++;
    nvme_process(n);
    n->entered--;
}

static void vm_change(void *opaque, bool running, RunState state)
{
    NvmeCtrl *n = opaque;

    if (running) {
        n->entered++;
        nvme_retry_parked(n);
        nvme_process(n);
        n->entered--;
    }
}

static void nvme_config_write(PCIDevice *pci, uint32_t addr, uint32_t val, int len)
{
    NvmeCtrl *n = NVME(pci);

    pci_default_write_config(pci, addr, val, len);
    pcie_cap_flr_write_config(pci, addr, val, len);
    nvme_update_intx(n);
}

/* ---- device ---- */

static bool check_properties(NvmeCtrl *n, Error **errp)
{
    if (n->num_queues) {
        warn_report("nvme: num_queues is deprecated, use max_ioqpairs (one less) instead");
        n->max_ioqpairs = n->num_queues - 1;
    }
    if (n->max_ioqpairs < 1 || n->max_ioqpairs > NVME_MAX_IOQPAIRS) {
        error_setg(errp, "max_ioqpairs must be between 1 and %d", NVME_MAX_IOQPAIRS);
        return false;
    }
    if (n->msix_qsize < 1 || n->msix_qsize > NVME_MAX_VECTORS) {
        error_setg(errp, "msix_qsize must be between 1 and %d", NVME_MAX_VECTORS);
        return false;
    }
    if (!n->serial || !*n->serial || strlen(n->serial) > 20) {
        error_setg(errp, n->serial && *n->serial ? "serial is at most 20 characters long" : "serial property not set");
        return false;
    }
    if (n->mdts > 16) {
        error_setg(errp, "mdts must be at most 16 (256 MiB), or 0 for no limit but that of commands");
        return false;
    }
    return true;
}

static bool init_bars(NvmeCtrl *n, Error **errp)
{
    PCIDevice *pci = &n->parent_obj;
    uint64_t regs = ROUND_UP(NVME_REG_DOORBELLS + 8ULL * n->nr_queues, 4096), table = regs;
    uint64_t pba = table + ROUND_UP((uint64_t)n->msix_qsize * PCI_MSIX_ENTRY_SIZE, 4096);
    uint64_t size = n->msix_exclusive_bar ? regs : pba + ROUND_UP(DIV_ROUND_UP(n->msix_qsize, 64) * 8, 4096);
    int ret;

    memory_region_init(&n->bar0, OBJECT(n), "nvme-bar0", pow2ceil(size));
    memory_region_init_io(&n->regs, OBJECT(n), &regs_ops, n, "nvme", regs);
    memory_region_add_subregion(&n->bar0, 0, &n->regs);
    pci_register_bar(pci, 0, PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64, &n->bar0);
    ret = n->msix_exclusive_bar ? msix_init_exclusive_bar(pci, n->msix_qsize, 4, errp)
                                : msix_init(pci, n->msix_qsize, &n->bar0, 0, table, &n->bar0, 0, pba, 0, errp);
    if (ret < 0) {
        return false;
    }
    for (unsigned i = 0; i < n->msix_qsize; i++) {
        msix_vector_use(pci, i);
    }
    return true;
}

static void free_bars(NvmeCtrl *n)
{
    if (n->msix_exclusive_bar) {
        msix_uninit_exclusive_bar(&n->parent_obj);
    } else {
        msix_uninit(&n->parent_obj, &n->bar0, &n->bar0);
    }
}

static bool init_config(NvmeCtrl *n, Error **errp)
{
    PCIDevice *pci = &n->parent_obj;
    int pos;

    pci_config_set_prog_interface(pci->config, 2);
    pci_config_set_interrupt_pin(pci->config, 1);
    if (n->use_intel_id) {
        pci_config_set_vendor_id(pci->config, PCI_VENDOR_ID_INTEL);
        pci_config_set_device_id(pci->config, 0x5845);
    }
    pos = pci_add_capability(pci, PCI_CAP_ID_PM, 0x60, PCI_PM_SIZEOF, errp);
    if (pos < 0) {
        return false;
    }
    pci->pm_cap = pos;
    pci_set_word(pci->config + pos + PCI_PM_PMC, 0x3);
    pci_set_word(pci->wmask + pos + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);
    if (pci_is_express(pci)) {
        if (pcie_endpoint_cap_init(pci, 0x80) < 0) {
            error_setg(errp, "%s: no room for the PCI Express capability", pci->name);
            return false;
        }
        pcie_cap_flr_init(pci);
    }
    return true;
}

static void nvme_exit(PCIDevice *pci)
{
    NvmeCtrl *n = NVME(pci);

    n->entered = 0;
    nvme_reset(DEVICE(n));
    qemu_del_vm_change_state_handler(n->vmstate);
    nvme_ns_detach(&n->own_ns, DEVICE(n));
    g_clear_pointer(&n->sq, g_free);
    g_clear_pointer(&n->cq, g_free);
    g_clear_pointer(&n->bh, qemu_bh_delete);
    free_bars(n);
    pcie_cap_exit(pci);
}

static void nvme_realize(PCIDevice *pci, Error **errp)
{
    NvmeCtrl *n = NVME(pci);

    if (!check_properties(n, errp)) {
        return;
    }
    n->nr_queues = n->max_ioqpairs + 1;
    if (!init_config(n, errp) || !init_bars(n, errp)) {
        return;
    }
    if (n->conf.blk) {
        n->own_ns.blkconf = n->conf;
        n->own_ns.nsid = 1;
        if (!nvme_ns_attach(n, &n->own_ns, DEVICE(n), errp)) {
            free_bars(n);
            pcie_cap_exit(pci);
            return;
        }
    }
    n->sq = g_new0(NvmeSQueue *, n->nr_queues);
    n->cq = g_new0(NvmeCQueue *, n->nr_queues);
    QTAILQ_INIT(&n->parked);
    n->bh = qemu_bh_new(work, n);
    n->vmstate = qemu_add_vm_change_state_handler(vm_change, n);
    qbus_init(&n->bus, sizeof(n->bus), TYPE_NVME_BUS, DEVICE(n), DEVICE(n)->id);
    nvme_reset_features(n);
}

/* On PCI Express an express function, elsewhere a conventional one: decided before config space is made. */
static void nvme_dc_realize(DeviceState *dev, Error **errp)
{
    PCIDevice *pci = PCI_DEVICE(dev);

    if (pci_bus_is_express(PCI_BUS(qdev_get_parent_bus(dev)))) {
        pci->cap_present |= QEMU_PCI_CAP_EXPRESS;
    }
    DEVICE_CLASS(object_class_get_parent(object_class_by_name(TYPE_NVME)))->realize(dev, errp);
}

static const Property nvme_props[] = {
    DEFINE_BLOCK_PROPERTIES(NvmeCtrl, conf),
    DEFINE_PROP_STRING("serial", NvmeCtrl, serial),
    DEFINE_PROP_UINT32("num_queues", NvmeCtrl, num_queues, 0),
    DEFINE_PROP_UINT32("max_ioqpairs", NvmeCtrl, max_ioqpairs, 64),
    DEFINE_PROP_UINT16("msix_qsize", NvmeCtrl, msix_qsize, 65),
    DEFINE_PROP_BOOL("msix-exclusive-bar", NvmeCtrl, msix_exclusive_bar, false),
    DEFINE_PROP_UINT8("mdts", NvmeCtrl, mdts, 7),
    DEFINE_PROP_UINT8("aerl", NvmeCtrl, aerl, 3),
    DEFINE_PROP_UINT32("aer_max_queued", NvmeCtrl, aer_max_queued, NVME_MAX_EVENTS),
    DEFINE_PROP_UINT8("smart_critical_warning", NvmeCtrl, smart_critical_warning, 0),
    DEFINE_PROP_BOOL("use-intel-id", NvmeCtrl, use_intel_id, false),
};

static void nvme_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->realize = nvme_realize;
    pc->exit = nvme_exit;
    pc->config_write = nvme_config_write;
    pc->vendor_id = PCI_VENDOR_ID_REDHAT;
    pc->device_id = 0x0010;
    pc->revision = 2;
    pc->class_id = 0x0108;          /* mass storage, non-volatile memory */
    dc->realize = nvme_dc_realize;
    dc->desc = "Non-Volatile Memory Express";
    dc->reset = nvme_reset;
    dc->vmsd = &vmstate_nvme;
    device_class_set_props(dc, nvme_props);
    set_bit(DEVICE_CATEGORY_STORAGE, dc->categories);
}

static const TypeInfo nvme_types[] = {
    {
        .name = TYPE_NVME,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(NvmeCtrl),
        .class_init = nvme_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_PCIE_DEVICE }, { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } },
    },
};
DEFINE_TYPES(nvme_types)
