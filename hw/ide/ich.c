// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SATA function of the ICH9 in AHCI mode (AHCI 1.0; Intel ICH9 data sheet, 14): six ports, each with a bus "ide.N" for one
 * drive. Commands: ahci-cmd.c.
 *
 *   BAR 4    I/O, 32 bytes: at 16 an index into BAR 5, at 20 the data there
 *   BAR 5    memory: the controller's registers, then 0x80 bytes per port from 0x100
 *
 * A port without a drive answers PxSSTS 0, PxTFD 7fh. BQL.
 */
#include "qemu/osdep.h"
#include "hw/pci/msi.h"
#include "hw/pci/pci.h"
#include "hw/pci/pci_device.h"
#include "ahci-internal.h"
#include "qapi/error.h"

#define MSI_OFFSET 0x80
#define SATA_CAP_OFFSET 0xa8

/* ---- interrupts and reset ---- */

void ahci_update_irq(AHCIPCIState *s)
{
    AHCIState *a = &s->ahci;
    PCIDevice *pci = PCI_DEVICE(s);
    uint32_t before = a->control_regs.irqstatus;
    bool level;

    for (int i = 0; i < PORTS; i++) {
        if (a->dev[i].port_regs.irq_stat & a->dev[i].port_regs.irq_mask) {
            a->control_regs.irqstatus |= 1u << i;
        }
    }
    level = a->control_regs.irqstatus && a->control_regs.ghc & GHC_IE;
    if (!msi_enabled(pci)) {
        pci_set_irq(pci, level);
    } else if (level && a->control_regs.irqstatus & ~before) {
        msi_notify(pci, 0);
    }
}

void ahci_raise(AHCIDevice *d, uint32_t is)
{
    d->port_regs.irq_stat |= is;
    ahci_update_irq(d->hba);
}

/* After power-up or COMRESET: the link is there when a drive is, and its signature comes once FIS may be received. */
static void link_reset(AHCIDevice *d)
{
    AHCIPortRegs *r = &d->port_regs;

    r->tfdata = 0x7f;
    r->sig = UINT32_MAX;
    r->scr_stat = d->drive ? 0x113 : 0;
    r->scr_act = r->cmd_issue = 0;
    d->busy_slot = -1;
    d->init_d2h_sent = false;
    ide_bus_reset(&d->port);
    if (d->drive) {
        r->scr_err |= 1u << 26;                 /* exchanged */
        if (r->cmd & CMD_FRE) {
            ahci_send_signature(d);
        }
    }
}

static void port_reset(AHCIDevice *d)
{
    if (d->started) {
        d->hba->resetting = true;
        blk_drain(d->drive->conf.blk);
        d->hba->resetting = false;
    }
    d->port_regs = (AHCIPortRegs) { .cmd = CMD_PRESENT };
    d->port_state = d->finished = 0;
    d->done_first_drq = false;
    memset(d->ncq_tfs, 0, sizeof(d->ncq_tfs));
    link_reset(d);
    d->port_regs.scr_err = 0;
}

void ahci_port_attached(AHCIDevice *d)
{
    port_reset(d);
}

static void ahci_reset(AHCIPCIState *s)
{
    AHCIState *a = &s->ahci;

    a->control_regs = (AHCIControlRegs) { .cap = CAP_VALUE, .ghc = GHC_AE, .impl = (1u << PORTS) - 1, .version = 0x10000 };
    for (int i = 0; i < PORTS; i++) {
        port_reset(&a->dev[i]);
    }
    ahci_update_irq(s);
}

/* ---- registers ---- */

static uint32_t *port_reg(AHCIPortRegs *r, hwaddr reg)
{
    switch (reg) {
    case PX_CLB: return &r->lst_addr;
    case PX_CLBU: return &r->lst_addr_hi;
    case PX_FB: return &r->fis_addr;
    case PX_FBU: return &r->fis_addr_hi;
    case PX_IS: return &r->irq_stat;
    case PX_IE: return &r->irq_mask;
    case PX_CMD: return &r->cmd;
    case PX_TFD: return &r->tfdata;
    case PX_SIG: return &r->sig;
    case PX_SSTS: return &r->scr_stat;
    case PX_SCTL: return &r->scr_ctl;
    case PX_SERR: return &r->scr_err;
    case PX_SACT: return &r->scr_act;
    case PX_CI: return &r->cmd_issue;
    default: return NULL;
    }
}

static void write_port_cmd(AHCIDevice *d, uint32_t val)
{
    AHCIPortRegs *r = &d->port_regs;
    bool stop = r->cmd & ~val & CMD_ST;

    if (stop && d->started) {
        d->hba->resetting = true;
        blk_drain(d->drive->conf.blk);
        d->hba->resetting = false;
    }
    r->cmd = CMD_PRESENT | (val & CMD_WRITABLE);
    r->cmd |= val & CMD_FRE ? CMD_FR : 0;
    r->cmd |= val & CMD_ST ? CMD_CR : 0;
    if (!(val & CMD_ST)) {
        r->cmd_issue = r->scr_act = 0;
        r->tfdata &= stop ? ~1u : ~0u;
    }
    if (val & CMD_FRE && d->drive && !d->init_d2h_sent) {
        ahci_send_signature(d);
    }
    ahci_process(d);
}

static void write_sctl(AHCIDevice *d, uint32_t val)
{
    bool released = (d->port_regs.scr_ctl & 0xf) == 1 && (val & 0xf) == 0;

    d->port_regs.scr_ctl = val & 0xfff;
    if (released) {
        link_reset(d);
    }
}

static void write_port(AHCIPCIState *s, AHCIDevice *d, hwaddr reg, uint32_t val)
{
    AHCIPortRegs *r = &d->port_regs;

    switch (reg) {
    case PX_CLB: r->lst_addr = val & ~0x3ffu; break;
    case PX_FB: r->fis_addr = val & ~0xffu; break;
    case PX_CLBU: r->lst_addr_hi = val; break;
    case PX_FBU: r->fis_addr_hi = val; break;
    case PX_IS: r->irq_stat &= ~val; break;
    case PX_IE: r->irq_mask = val & 0xfdc000ff; break;
    case PX_CMD: write_port_cmd(d, val); break;
    case PX_SCTL: write_sctl(d, val); break;
    case PX_SERR: r->scr_err &= ~val; break;
    case PX_SACT: r->scr_act |= r->cmd & CMD_ST ? val : 0; break;
    case PX_CI:
        r->cmd_issue |= r->cmd & CMD_ST ? val : 0;
        ahci_process(d);
        break;
    default: break;
    }
    ahci_update_irq(s);
}

static uint64_t ahci_read(void *opaque, hwaddr addr, unsigned size)
{
    AHCIPCIState *s = opaque;
    AHCIControlRegs *c = &s->ahci.control_regs;
    uint32_t *r;

    if (addr >= PORT_BASE) {
        if (addr >= PORT_BASE + PORTS * PORT_SIZE) {
            return 0;
        }
        r = port_reg(&s->ahci.dev[(addr - PORT_BASE) / PORT_SIZE].port_regs, addr % PORT_SIZE);
        return r ? *r : 0;
    }
    switch (addr) {
    case HOST_CAP: return c->cap;
    case HOST_GHC: return c->ghc;
    case HOST_IS: return c->irqstatus;
    case HOST_PI: return c->impl;
    case HOST_VS: return c->version;
    default: return 0;
    }
}

static void ahci_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    AHCIPCIState *s = opaque;
    AHCIControlRegs *c = &s->ahci.control_regs;

    if (addr >= PORT_BASE) {
        if (addr < PORT_BASE + PORTS * PORT_SIZE) {
            write_port(s, &s->ahci.dev[(addr - PORT_BASE) / PORT_SIZE], addr % PORT_SIZE, val);
        }
        return;
    }
    if (addr == HOST_GHC && val & GHC_RESET) {
        ahci_reset(s);
    } else if (addr == HOST_GHC) {
        c->ghc = GHC_AE | (val & GHC_IE);
        ahci_update_irq(s);
    } else if (addr == HOST_IS) {
        c->irqstatus &= ~val;
        ahci_update_irq(s);
    }
}

static const MemoryRegionOps ahci_ops = {
    .read = ahci_read,
    .write = ahci_write,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static uint64_t idp_read(void *opaque, hwaddr addr, unsigned size)
{
    AHCIPCIState *s = opaque;

    return addr == 16 ? s->ahci.idp_index : addr == 20 ? ahci_read(s, s->ahci.idp_index, size) : 0;
}

static void idp_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    AHCIPCIState *s = opaque;

    if (addr == 16) {
        s->ahci.idp_index = val & 0xffc;
    } else if (addr == 20) {
        ahci_write(s, s->ahci.idp_index, val, size);
    }
}

static const MemoryRegionOps idp_ops = {
    .read = idp_read,
    .write = idp_write,
    .impl = { .min_access_size = 4, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* ---- migration ---- */

static const VMStateDescription vmstate_ncq = {
    .name = "ncq state",
    .version_id = 1,
    .minimum_version_id = 0,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(sector_count, NCQTransferState),
        VMSTATE_UINT64(lba, NCQTransferState),
        VMSTATE_UINT8(tag, NCQTransferState),
        VMSTATE_UINT8(cmd, NCQTransferState),
        VMSTATE_UINT8(slot, NCQTransferState),
        VMSTATE_BOOL(used, NCQTransferState),
        VMSTATE_BOOL(halt, NCQTransferState),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_port = {
    .name = "ahci port",
    .version_id = 1,
    .minimum_version_id = 0,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(port, AHCIDevice, 1, vmstate_ide_bus, IDEBus),
        VMSTATE_STRUCT(port.ifs[0], AHCIDevice, 1, vmstate_ide_drive, IDEState),
        VMSTATE_UINT32(port_state, AHCIDevice),
        VMSTATE_UINT32(finished, AHCIDevice),
        VMSTATE_UINT32(port_regs.lst_addr, AHCIDevice),
        VMSTATE_UINT32(port_regs.lst_addr_hi, AHCIDevice),
        VMSTATE_UINT32(port_regs.fis_addr, AHCIDevice),
        VMSTATE_UINT32(port_regs.fis_addr_hi, AHCIDevice),
        VMSTATE_UINT32(port_regs.irq_stat, AHCIDevice),
        VMSTATE_UINT32(port_regs.irq_mask, AHCIDevice),
        VMSTATE_UINT32(port_regs.cmd, AHCIDevice),
        VMSTATE_UINT32(port_regs.tfdata, AHCIDevice),
        VMSTATE_UINT32(port_regs.sig, AHCIDevice),
        VMSTATE_UINT32(port_regs.scr_stat, AHCIDevice),
        VMSTATE_UINT32(port_regs.scr_ctl, AHCIDevice),
        VMSTATE_UINT32(port_regs.scr_err, AHCIDevice),
        VMSTATE_UINT32(port_regs.scr_act, AHCIDevice),
        VMSTATE_UINT32(port_regs.cmd_issue, AHCIDevice),
        VMSTATE_BOOL(done_first_drq, AHCIDevice),
        VMSTATE_INT32(busy_slot, AHCIDevice),
        VMSTATE_BOOL(init_d2h_sent, AHCIDevice),
        VMSTATE_STRUCT_ARRAY(ncq_tfs, AHCIDevice, SLOTS, 1, vmstate_ncq, NCQTransferState),
        VMSTATE_END_OF_LIST()
    },
};

static bool ahci_post_load(void *opaque, int version_id, Error **errp)
{
    AHCIState *a = opaque;

    for (int i = 0; i < PORTS; i++) {
        AHCIDevice *d = &a->dev[i];

        if (!(d->port_regs.scr_stat & 0xf) != !d->drive) {
            error_setg(errp, "ahci: port %d has %s drive here, and had %s there", i, d->drive ? "a" : "no",
                       d->drive ? "none" : "one");
            return false;
        }
        d->busy_slot = -1;              /* what had not ended is started again, from cmd_issue */
    }
    return true;
}

static const VMStateDescription vmstate_ahci = {
    .name = "ahci",
    .version_id = 1,
    .minimum_version_id = 0,
    .post_load_errp = ahci_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT_ARRAY(dev, AHCIState, PORTS, 0, vmstate_port, AHCIDevice),
        VMSTATE_UINT32(control_regs.cap, AHCIState),
        VMSTATE_UINT32(control_regs.ghc, AHCIState),
        VMSTATE_UINT32(control_regs.irqstatus, AHCIState),
        VMSTATE_UINT32(control_regs.impl, AHCIState),
        VMSTATE_UINT32(control_regs.version, AHCIState),
        VMSTATE_UINT32(idp_index, AHCIState),
        VMSTATE_INT32_EQUAL(ports, AHCIState, NULL),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_ich9_ahci = {
    .name = "ich9_ahci",
    .version_id = 1,
    .minimum_version_id = 0,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, AHCIPCIState),
        VMSTATE_STRUCT(ahci, AHCIPCIState, 0, vmstate_ahci, AHCIState),
        VMSTATE_END_OF_LIST()
    },
};

/* ---- device ---- */

static void ich9_ahci_reset(DeviceState *dev)
{
    AHCIPCIState *s = ICH9_AHCI(dev);

    msi_reset(PCI_DEVICE(dev));
    s->ahci.idp_index = 0;
    ahci_reset(s);
}

/* What waited for the machine to run. */
static void vm_change(void *opaque, bool running, RunState state)
{
    AHCIPCIState *s = opaque;

    for (int i = 0; i < PORTS && running; i++) {
        ahci_process(&s->ahci.dev[i]);
    }
}

static void ich9_ahci_realize(PCIDevice *pci, Error **errp)
{
    AHCIPCIState *s = ICH9_AHCI(pci);
    int cap;

    s->ahci.ports = PORTS;
    for (unsigned i = 0; i < PORTS; i++) {
        g_autofree char *name = g_strdup_printf("ide.%u", i);

        s->ahci.dev[i].hba = s;
        s->ahci.dev[i].index = i;
        qbus_init(&s->ahci.dev[i].bus, sizeof(s->ahci.dev[i].bus), TYPE_IDE_BUS, DEVICE(s), name);
        s->ahci.dev[i].bus.port = &s->ahci.dev[i];
    }
    pci_config_set_prog_interface(pci->config, 1);
    pci_config_set_interrupt_pin(pci->config, 1);
    pci->config[0x90] = 0x40;                   /* MAP: the ports are in AHCI mode */
    memory_region_init_io(&s->ahci.mem, OBJECT(s), &ahci_ops, s, "ahci", 4096);
    memory_region_init_io(&s->ahci.idp, OBJECT(s), &idp_ops, s, "ahci-idp", 32);
    pci_register_bar(pci, 4, PCI_BASE_ADDRESS_SPACE_IO, &s->ahci.idp);
    pci_register_bar(pci, 5, PCI_BASE_ADDRESS_SPACE_MEMORY, &s->ahci.mem);
    /* Serial ATA capability 1.0: index and data are in BAR 4, at dword 4. */
    cap = pci_add_capability(pci, 0x12, SATA_CAP_OFFSET, 8, errp);
    if (cap < 0) {
        return;
    }
    pci_set_long(pci->config + cap + 2, 0x10);
    pci_set_long(pci->config + cap + 4, 8 | 4 << 4);
    if (msi_init(pci, MSI_OFFSET, 1, true, false, errp) < 0) {
        return;
    }
    s->vmstate = qemu_add_vm_change_state_handler(vm_change, s);
    ahci_reset(s);
}

static void ich9_ahci_exit(PCIDevice *pci)
{
    qemu_del_vm_change_state_handler(ICH9_AHCI(pci)->vmstate);
    msi_uninit(pci);
}

static void ich9_ahci_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->realize = ich9_ahci_realize;
    pc->exit = ich9_ahci_exit;
    pc->vendor_id = PCI_VENDOR_ID_INTEL;
    pc->device_id = 0x2922;
    pc->revision = 2;
    pc->class_id = 0x0106;          /* mass storage, SATA */
    dc->reset = ich9_ahci_reset;
    dc->vmsd = &vmstate_ich9_ahci;
    set_bit(DEVICE_CATEGORY_STORAGE, dc->categories);
}

static const TypeInfo ich9_ahci_types[] = {
    { .name = TYPE_IDE_BUS, .parent = TYPE_BUS, .instance_size = sizeof(AHCIBus) },
    {
        .name = TYPE_ICH9_AHCI,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(AHCIPCIState),
        .class_init = ich9_ahci_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } },
    },
};
DEFINE_TYPES(ich9_ahci_types)
