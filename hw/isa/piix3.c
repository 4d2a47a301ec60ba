// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 82371SB (PIIX3) ISA bridge (Intel 290550): PCI interrupt routing to ISA lines, and the reset control register.
 *
 *   0x60-0x63 PIRQ route control: bit 7 off, bits 3:0 ISA line       port 0xcf9 reset control
 */
#include "qemu/osdep.h"
#include "hw/southbridge/piix.h"
#include "hw/isa/isa.h"
#include "hw/pci/pci_bus.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "system/runstate.h"

#define RCR_SRST 0x02
#define RCR_RCPU 0x04

/* An ISA line is high while any PIRQ routed to it is. */
static void piix_update_isa_irq(PIIXState *s, int line)
{
    PCIBus *bus = pci_get_bus(&s->dev);
    int level = 0;

    for (int p = 0; p < PIIX_NUM_PIRQS; p++) {
        if (s->dev.config[PIIX_PIRQCA + p] == line) {
            level |= pci_bus_get_irq_level(bus, p);
        }
    }
    qemu_set_irq(s->isa_irqs_in[line], level);
}

static void piix_set_pirq(void *opaque, int pirq, int level)
{
    PIIXState *s = opaque;
    int line = s->dev.config[PIIX_PIRQCA + pirq];

    if (line < 16) {
        piix_update_isa_irq(s, line);
    }
}

static PCIINTxRoute piix_route_intx(void *opaque, int pirq)
{
    PIIXState *s = opaque;
    int line = s->dev.config[PIIX_PIRQCA + pirq];

    if (line < 16) {
        return (PCIINTxRoute) { .mode = PCI_INTX_ENABLED, .irq = line };
    }
    return (PCIINTxRoute) { .mode = PCI_INTX_DISABLED, .irq = -1 };
}

static void piix_update_all(PIIXState *s)
{
    for (int line = 0; line < 16; line++) {
        for (int p = 0; p < PIIX_NUM_PIRQS; p++) {
            if (s->dev.config[PIIX_PIRQCA + p] == line) {
                piix_update_isa_irq(s, line);
                break;
            }
        }
    }
}

static void piix_write_config(PCIDevice *dev, uint32_t address, uint32_t val, int len)
{
    PIIXState *s = PIIX3_DEVICE(dev);
    uint8_t old[PIIX_NUM_PIRQS];

    memcpy(old, dev->config + PIIX_PIRQCA, sizeof(old));
    pci_default_write_config(dev, address, val, len);
    if (!pci_ranges_overlap(address, len, PIIX_PIRQCA, PIIX_NUM_PIRQS)) {
        return;
    }
    pci_bus_fire_intx_routing_notifier(pci_get_bus(dev));
    /* Lines that lost a PIRQ fall, lines that won one rise. */
    for (int p = 0; p < PIIX_NUM_PIRQS; p++) {
        if (old[p] < 16 && old[p] != dev->config[PIIX_PIRQCA + p]) {
            piix_update_isa_irq(s, old[p]);
        }
    }
    piix_update_all(s);
}

static void rcr_write(void *opaque, hwaddr addr, uint64_t val, unsigned len)
{
    PIIXState *s = opaque;

    if (val & RCR_RCPU) {
        qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
        return;
    }
    s->rcr = val & RCR_SRST;
}

static uint64_t rcr_read(void *opaque, hwaddr addr, unsigned len)
{
    return ((PIIXState *)opaque)->rcr;
}

static const MemoryRegionOps rcr_ops = {
    .read = rcr_read,
    .write = rcr_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

static void piix_reset(DeviceState *dev)
{
    PIIXState *s = PIIX3_DEVICE(dev);
    uint8_t *c = s->dev.config;

    memset(c + 0x40, 0, 0xc0);
    c[0x04] = 0x07;             /* master, memory and I/O enabled */
    c[0x05] = 0x00;
    c[0x06] = 0x00;
    c[0x07] = 0x02;             /* DEVSEL medium */
    c[0x4c] = 0x4d;             /* ISA I/O recovery */
    c[0x4e] = 0x03;             /* X-bus chip select */
    memset(c + PIIX_PIRQCA, 0x80, PIIX_NUM_PIRQS);
    c[0x69] = 0x02;             /* top of memory */
    c[0x70] = 0x80;             /* motherboard IRQ route */
    c[0x76] = 0x0c;             /* motherboard DMA */
    c[0x77] = 0x0c;
    c[0x78] = 0x02;             /* programmable chip select */
    c[0xa0] = 0x08;             /* SMI control */
    c[0xa8] = 0x0f;             /* fast off timer */
    s->rcr = 0;
}

static int piix_pre_save(void *opaque)
{
    PIIXState *s = opaque;

    for (int p = 0; p < PIIX_NUM_PIRQS; p++) {
        s->pci_irq_levels_vmstate[p] = pci_bus_get_irq_level(pci_get_bus(&s->dev), p);
    }
    return 0;
}

static bool rcr_needed(void *opaque)
{
    return ((PIIXState *)opaque)->rcr != 0;
}

static const VMStateDescription vmstate_piix3_rcr = {
    .name = "PIIX3/rcr",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = rcr_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(rcr, PIIXState),
        VMSTATE_END_OF_LIST()
    },
};

/* The levels themselves come with the bus and the interrupt controllers. */
static const VMStateDescription vmstate_piix3 = {
    .name = "PIIX3",
    .version_id = 3,
    .minimum_version_id = 2,
    .pre_save = piix_pre_save,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(dev, PIIXState),
        VMSTATE_INT32_ARRAY_V(pci_irq_levels_vmstate, PIIXState, PIIX_NUM_PIRQS, 3),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription *const []) { &vmstate_piix3_rcr, NULL },
};

static void piix_realize(PCIDevice *dev, Error **errp)
{
    PIIXState *s = PIIX3_DEVICE(dev);
    PCIBus *bus = pci_get_bus(dev);

    if (!isa_bus_new(DEVICE(dev), pci_address_space(dev), pci_address_space_io(dev), errp)) {
        return;
    }
    memory_region_init_io(&s->rcr_mem, OBJECT(dev), &rcr_ops, s, "piix-reset-control", 1);
    memory_region_add_subregion_overlap(pci_address_space_io(dev), PIIX_RCR_IOPORT, &s->rcr_mem, 1);
    pci_bus_irqs(bus, piix_set_pirq, s, PIIX_NUM_PIRQS);
    pci_bus_set_route_irq_fn(bus, piix_route_intx);
}

static void piix_init(Object *obj)
{
    qdev_init_gpio_out_named(DEVICE(obj), PIIX3_DEVICE(obj)->isa_irqs_in, "isa-irqs", 16);
}

static void piix_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->config_write = piix_write_config;
    k->realize = piix_realize;
    k->vendor_id = PCI_VENDOR_ID_INTEL;
    k->device_id = PCI_DEVICE_ID_INTEL_82371SB_0;
    k->class_id = PCI_CLASS_BRIDGE_ISA;
    dc->reset = piix_reset;
    dc->desc = "ISA bridge";
    dc->vmsd = &vmstate_piix3;
    dc->hotpluggable = false;
    dc->user_creatable = false;
}

static const TypeInfo piix3_types[] = {
    {
        .name = TYPE_PIIX3_DEVICE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(PIIXState),
        .instance_init = piix_init,
        .class_init = piix_class_init,
        .interfaces = (const InterfaceInfo[]) { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } },
    },
};

DEFINE_TYPES(piix3_types)
