// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SMBus function of the ICH9 (data sheet, 18): the registers of pm_smbus.c behind BAR 4, switched on and shown the way to
 * I2C by HOSTC at 0x40. BQL.
 */
#include "qemu/osdep.h"
#include "hw/pci/pci.h"
#include "hw/pci/pci_device.h"
#include "hw/southbridge/ich9.h"

enum { HOSTC = 0x40, HOSTC_ENABLE = 0x01, HOSTC_I2C = 0x04, HOSTC_WRITABLE = 0x07, SMB_BAR = 4 };

static void smb_set_irq(PMSMBus *smb, bool enabled)
{
    ICH9SMBState *s = smb->opaque;

    if (s->irq_enabled != enabled) {
        s->irq_enabled = enabled;
        pci_set_irq(&s->dev, enabled);
    }
}

static void follow_hostc(ICH9SMBState *s)
{
    uint8_t hostc = s->dev.config[HOSTC];

    s->smb.i2c_enable = hostc & HOSTC_I2C;
    memory_region_set_enabled(&s->smb.io, hostc & HOSTC_ENABLE);
}

static void smb_write_config(PCIDevice *pci, uint32_t addr, uint32_t val, int len)
{
    pci_default_write_config(pci, addr, val, len);
    if (pci_ranges_overlap(addr, len, HOSTC, 1)) {
        follow_hostc(ICH9_SMB_DEVICE(pci));
    }
}

static int smb_post_load(void *opaque, int version_id)
{
    follow_hostc(opaque);
    return 0;
}

static const VMStateDescription vmstate_ich9_smbus = {
    .name = "ich9_smb",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = smb_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(dev, ICH9SMBState),
        VMSTATE_BOOL(irq_enabled, ICH9SMBState),
        VMSTATE_STRUCT(smb, ICH9SMBState, 1, pmsmb_vmstate, PMSMBus),
        VMSTATE_END_OF_LIST()
    },
};

static void smb_reset(DeviceState *dev)
{
    ICH9SMBState *s = ICH9_SMB_DEVICE(dev);

    s->dev.config[HOSTC] = 0;
    pm_smbus_reset(&s->smb);
    s->irq_enabled = false;
    follow_hostc(s);
}

static void smb_realize(PCIDevice *pci, Error **errp)
{
    ICH9SMBState *s = ICH9_SMB_DEVICE(pci);

    pci_config_set_interrupt_pin(pci->config, 1);
    pci->wmask[HOSTC] = HOSTC_WRITABLE;
    pm_smbus_init(DEVICE(pci), &s->smb);
    s->smb.set_irq = smb_set_irq;
    s->smb.opaque = s;
    pci_register_bar(pci, SMB_BAR, PCI_BASE_ADDRESS_SPACE_IO, &s->smb.io);
}

static void smb_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->realize = smb_realize;
    pc->config_write = smb_write_config;
    pc->vendor_id = PCI_VENDOR_ID_INTEL;
    pc->device_id = 0x2930;
    pc->revision = 2;
    pc->class_id = 0x0c05;          /* serial bus, SMBus */
    dc->reset = smb_reset;
    dc->vmsd = &vmstate_ich9_smbus;
    dc->desc = "ICH9 SMBUS Bridge";
    dc->user_creatable = false;     /* wired to the board */
}

static const TypeInfo smb_types[] = {
    {
        .name = TYPE_ICH9_SMB_DEVICE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(ICH9SMBState),
        .class_init = smb_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } },
    },
};
DEFINE_TYPES(smb_types)
