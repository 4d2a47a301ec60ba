// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How functions and buses travel. PCIDevice: version, the whole configuration space (256 or 4096 bytes as the device
 * has), and four 32-bit INTx levels. Bytes in cmask must be what the destination's device has already: they say which
 * device this is. PCIBUS: the number of lines of a root bus and how many functions assert each.
 */
#include "qemu/osdep.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_bridge.h"
#include "migration/qemu-file-types.h"
#include "migration/vmstate.h"
#include "pci-internal.h"
#include "qemu/error-report.h"

static int config_get(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    PCIDevice *d = container_of(pv, PCIDevice, config);
    g_autofree uint8_t *in = g_malloc(size);

    qemu_get_buffer(f, in, size);
    if (qemu_file_get_error(f)) {
        return -EIO;
    }
    for (size_t i = 0; i < size; i++) {
        uint8_t fixed = pci_has_masks_at(d, i) ? d->cmask[i] & ~d->wmask[i] & ~d->w1cmask[i] : 0;

        if ((in[i] ^ d->config[i]) & fixed) {
            return qemu_file_fail(f,
                                  "%s: PCI config byte 0x%zx: incoming 0x%02x, this machine has 0x%02x in fixed bits "
                                  "0x%02x", d->name, i, in[i], d->config[i], fixed);
        }
    }
    memcpy(d->config, in, size);
    pci_update_mappings(d);
    if (object_dynamic_cast(OBJECT(d), TYPE_PCI_BRIDGE)) {
        pci_bus_numbers_changed(pci_get_bus(d));
        pci_bridge_update_mappings(PCI_BRIDGE(d));
    }
    return 0;
}

static int config_put(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc)
{
    const uint8_t **v = pv;

    qemu_put_buffer(f, *v, size);
    return 0;
}

static const VMStateInfo vmstate_info_pci_config = { .name = "pci config", .get = config_get, .put = config_put };

static int irq_get(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    PCIDevice *d = container_of(pv, PCIDevice, irq_state);
    uint8_t state = 0;

    for (int i = 0; i < PCI_NUM_PINS; i++) {
        uint32_t level = qemu_get_be32(f);

        if (level > 1) {
            return qemu_file_fail(f, "%s: INTx level of pin %d is %" PRIu32 ", must be 0 or 1", d->name, i, level);
        }
        state |= level << i;
    }
    d->irq_state = state;
    return 0;
}

static int irq_put(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc)
{
    PCIDevice *d = container_of(pv, PCIDevice, irq_state);

    for (int i = 0; i < PCI_NUM_PINS; i++) {
        qemu_put_be32(f, (d->irq_state >> i) & 1);
    }
    return 0;
}

static const VMStateInfo vmstate_info_pci_irq = { .name = "pci irq state", .get = irq_get, .put = irq_put };

static bool is_express(void *opaque, int version_id)
{
    return pci_is_express(opaque);
}

static bool is_conventional(void *opaque, int version_id)
{
    return !pci_is_express(opaque);
}

/* INTx status is the one bit that a save with the machine running must not show twice: it follows irq_state. */
static int pci_pre_save(void *opaque)
{
    PCIDevice *d = opaque;

    d->config[PCI_STATUS] &= ~PCI_STATUS_INTERRUPT;
    return 0;
}

static int pci_post_save(void *opaque)
{
    pci_update_irq_status(opaque);
    return 0;
}

/* A load that failed may have left an older stream's number, which would bound the next. */
static int pci_pre_load(void *opaque)
{
    ((PCIDevice *)opaque)->version_id = PCI_VMSTATE_VERSION;
    return 0;
}

static int pci_post_load(void *opaque, int version_id)
{
    pci_update_irq_status(opaque);
    return 0;
}

#define CONFIG_FIELD(n, test, bytes) { .name = "config", .version_id = 0, .field_exists = (test), .size = (bytes), \
    .info = &vmstate_info_pci_config, .flags = VMS_SINGLE, .offset = offsetof(PCIDevice, config) }

const VMStateDescription vmstate_pci_device = {
    .name = "PCIDevice",
    .version_id = PCI_VMSTATE_VERSION,
    .minimum_version_id = 1,
    .pre_load = pci_pre_load,
    .pre_save = pci_pre_save,
    .post_save = pci_post_save,
    .post_load = pci_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32_POSITIVE_LE(version_id, PCIDevice),
        CONFIG_FIELD(0, is_conventional, PCI_CONFIG_SPACE_SIZE),
        CONFIG_FIELD(1, is_express, PCIE_CONFIG_SPACE_SIZE),
        { .name = "irq_state", .version_id = 2, .size = PCI_NUM_PINS * sizeof(int32_t),
          .info = &vmstate_info_pci_irq, .flags = VMS_SINGLE, .offset = offsetof(PCIDevice, irq_state) },
        VMSTATE_END_OF_LIST()
    },
};

static bool count_fits(void *opaque, int version_id)
{
    PCIBus *bus = opaque;

    for (int i = 0; i < bus->nirq; i++) {
        if (bus->irq_count[i] < 0 || bus->irq_count[i] > 0x100000) {
            return false;
        }
    }
    return true;
}

const VMStateDescription vmstate_pcibus = {
    .name = "PCIBUS",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32_EQUAL(nirq, PCIBus, "the machines' PCI buses have different numbers of interrupt lines"),
        VMSTATE_VARRAY_INT32(irq_count, PCIBus, nirq, 0, vmstate_info_int32, int32_t),
        VMSTATE_VALIDATE("irq_count of a line is below zero or absurd", count_fits),
        VMSTATE_END_OF_LIST()
    },
};
