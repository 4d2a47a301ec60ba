// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MSI-X (PCI Local Bus 3.0, 6.8.2): per vector a 16-byte table entry (address, data, control with one mask bit) in a
 * memory BAR, and a pending bit. A vector whose mask bit or whose function's mask is set stays pending and is sent
 * when unmasked.
 *
 * On the migration stream: the table's bytes, then the pending bits' (rounded to bytes). Names: "msix".
 */
#include "qemu/osdep.h"
#include "hw/pci/msix.h"
#include "hw/pci/msi.h"
#include "migration/qemu-file-types.h"
#include "migration/vmstate.h"
#include "qapi/error.h"

#define MSIX_CONTROL (PCI_MSIX_FLAGS + 1)       /* high byte of Message Control */
#define MSIX_ENABLE (PCI_MSIX_FLAGS_ENABLE >> 8)
#define MSIX_MASKALL (PCI_MSIX_FLAGS_MASKALL >> 8)

static uint8_t *entry(PCIDevice *dev, unsigned vector)
{
    return dev->msix_table + vector * PCI_MSIX_ENTRY_SIZE;
}

int msix_present(PCIDevice *dev)
{
    return !!(dev->cap_present & QEMU_PCI_CAP_MSIX);
}

int msix_enabled(PCIDevice *dev)
{
    return msix_present(dev) && (dev->config[dev->msix_cap + MSIX_CONTROL] & MSIX_ENABLE);
}

unsigned int msix_nr_vectors_allocated(const PCIDevice *dev)
{
    return dev->msix_entries_nr;
}

MSIMessage msix_get_message(PCIDevice *dev, unsigned vector)
{
    uint8_t *e = entry(dev, vector);

    return (MSIMessage) { pci_get_quad(e + PCI_MSIX_ENTRY_LOWER_ADDR), pci_get_long(e + PCI_MSIX_ENTRY_DATA) };
}

void msix_set_message(PCIDevice *dev, int vector, MSIMessage msg)
{
    uint8_t *e = entry(dev, vector);

    pci_set_quad(e + PCI_MSIX_ENTRY_LOWER_ADDR, msg.address);
    pci_set_long(e + PCI_MSIX_ENTRY_DATA, msg.data);
    e[PCI_MSIX_ENTRY_VECTOR_CTRL] &= ~PCI_MSIX_ENTRY_CTRL_MASKBIT;
}

static bool vector_masked(PCIDevice *dev, unsigned vector, bool function_masked)
{
    return function_masked || (entry(dev, vector)[PCI_MSIX_ENTRY_VECTOR_CTRL] & PCI_MSIX_ENTRY_CTRL_MASKBIT);
}

bool msix_is_masked(PCIDevice *dev, unsigned vector)
{
    return vector_masked(dev, vector, dev->msix_function_masked);
}

static bool is_pending(PCIDevice *dev, unsigned vector)
{
    return dev->msix_pba[vector / 8] & (1u << (vector % 8));
}

void msix_set_pending(PCIDevice *dev, unsigned vector)
{
    dev->msix_pba[vector / 8] |= 1u << (vector % 8);
}

void msix_clr_pending(PCIDevice *dev, int vector)
{
    dev->msix_pba[vector / 8] &= ~(1u << (vector % 8));
}

static void tell_notifier(PCIDevice *dev, unsigned vector, bool masked)
{
    if (!dev->msix_vector_use_notifier) {
        return;
    }
    if (masked) {
        dev->msix_vector_release_notifier(dev, vector);
    } else {
        dev->msix_vector_use_notifier(dev, vector, msix_get_message(dev, vector));
    }
}

/* A mask may have changed. */
static void handle_mask_update(PCIDevice *dev, unsigned vector, bool was_masked)
{
    bool masked = msix_is_masked(dev, vector);

    if (masked == was_masked) {
        return;
    }
    tell_notifier(dev, vector, masked);
    if (!masked && is_pending(dev, vector)) {
        msix_clr_pending(dev, vector);
        msix_notify(dev, vector);
    }
}

static void update_function_masked(PCIDevice *dev)
{
    uint8_t ctl = dev->config[dev->msix_cap + MSIX_CONTROL];

    dev->msix_function_masked = !(ctl & MSIX_ENABLE) || (ctl & MSIX_MASKALL);
}

void msix_set_mask(PCIDevice *dev, int vector, bool mask)
{
    bool was = msix_is_masked(dev, vector);
    uint8_t *ctrl = entry(dev, vector) + PCI_MSIX_ENTRY_VECTOR_CTRL;

    *ctrl = mask ? *ctrl | PCI_MSIX_ENTRY_CTRL_MASKBIT : *ctrl & ~PCI_MSIX_ENTRY_CTRL_MASKBIT;
    handle_mask_update(dev, vector, was);
}

void msix_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len)
{
    bool was;

    if (!msix_present(dev) || !pci_ranges_overlap(addr, len, dev->msix_cap + MSIX_CONTROL, 1)) {
        return;
    }
    was = dev->msix_function_masked;
    update_function_masked(dev);
    if (!msix_enabled(dev)) {
        return;
    }
    pci_device_deassert_intx(dev);
    if (was == dev->msix_function_masked) {
        return;
    }
    for (int v = 0; v < dev->msix_entries_nr; v++) {
        handle_mask_update(dev, v, vector_masked(dev, v, was));
    }
}

static uint64_t table_read(void *opaque, hwaddr addr, unsigned size)
{
    PCIDevice *dev = opaque;

    return ldn_le_p(dev->msix_table + addr, size);
}

static void table_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    PCIDevice *dev = opaque;
    unsigned vector = addr / PCI_MSIX_ENTRY_SIZE;
    bool was = msix_is_masked(dev, vector);

    stn_le_p(dev->msix_table + addr, size, val);
    handle_mask_update(dev, vector, was);
}

static const MemoryRegionOps table_ops = {
    .read = table_read,
    .write = table_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 8 },
};

static uint64_t pba_read(void *opaque, hwaddr addr, unsigned size)
{
    PCIDevice *dev = opaque;

    if (dev->msix_vector_poll_notifier) {
        unsigned first = addr * 8, end = MIN(first + size * 8, (unsigned)dev->msix_entries_nr);

        dev->msix_vector_poll_notifier(dev, first, end);
    }
    return ldn_le_p(dev->msix_pba + addr, size);
}

static void pba_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    /* read-only */
}

static const MemoryRegionOps pba_ops = {
    .read = pba_read,
    .write = pba_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 8 },
};

static void mask_all(PCIDevice *dev)
{
    for (int v = 0; v < dev->msix_entries_nr; v++) {
        bool was = msix_is_masked(dev, v);

        entry(dev, v)[PCI_MSIX_ENTRY_VECTOR_CTRL] |= PCI_MSIX_ENTRY_CTRL_MASKBIT;
        handle_mask_update(dev, v, was);
    }
}

static unsigned pba_bytes(unsigned nentries)
{
    return ROUND_UP(nentries, 64) / 8;
}

int msix_init(PCIDevice *dev, unsigned short nentries, MemoryRegion *table_bar, uint8_t table_bar_nr,
              unsigned table_offset, MemoryRegion *pba_bar, uint8_t pba_bar_nr, unsigned pba_offset, uint8_t cap_pos,
              Error **errp)
{
    int cap;
    uint8_t *config;

    if (!msi_nonbroken) {
        error_setg(errp, "MSI-X is not supported by the interrupt controller");
        return -ENOTSUP;
    }
    if (nentries < 1 || nentries > PCI_MSIX_FLAGS_QSIZE + 1) {
        error_setg(errp, "%s: the number of MSI-X vectors must be 1 to %d, not %d", dev->name,
                   PCI_MSIX_FLAGS_QSIZE + 1, nentries);
        return -EINVAL;
    }
    if (table_offset + nentries * PCI_MSIX_ENTRY_SIZE > memory_region_size(table_bar) ||
        pba_offset + pba_bytes(nentries) > memory_region_size(pba_bar) || (table_offset | pba_offset) & 7) {
        error_setg(errp, "%s: the MSI-X table or pending bits do not fit their BAR", dev->name);
        return -EINVAL;
    }
    cap = pci_add_capability(dev, PCI_CAP_ID_MSIX, cap_pos, MSIX_CAP_LENGTH, errp);
    if (cap < 0) {
        return cap;
    }
    dev->msix_cap = cap;
    dev->cap_present |= QEMU_PCI_CAP_MSIX;
    config = dev->config + cap;
    pci_set_word(config + PCI_MSIX_FLAGS, nentries - 1);
    pci_set_long(config + PCI_MSIX_TABLE, table_offset | table_bar_nr);
    pci_set_long(config + PCI_MSIX_PBA, pba_offset | pba_bar_nr);
    dev->wmask[cap + MSIX_CONTROL] |= MSIX_ENABLE | MSIX_MASKALL;

    dev->msix_entries_nr = nentries;
    dev->msix_table = g_malloc0(nentries * PCI_MSIX_ENTRY_SIZE);
    dev->msix_pba = g_malloc0(pba_bytes(nentries));
    dev->msix_entry_used = g_new0(unsigned, nentries);
    dev->msix_function_masked = true;
    mask_all(dev);

    memory_region_init_io(&dev->msix_table_mmio, OBJECT(dev), &table_ops, dev, "msix-table",
                          nentries * PCI_MSIX_ENTRY_SIZE);
    memory_region_add_subregion(table_bar, table_offset, &dev->msix_table_mmio);
    memory_region_init_io(&dev->msix_pba_mmio, OBJECT(dev), &pba_ops, dev, "msix-pba", pba_bytes(nentries));
    memory_region_add_subregion(pba_bar, pba_offset, &dev->msix_pba_mmio);
    return 0;
}

/* Table in the lower half, pending bits in the upper: 4 KiB, more when there are over 128 vectors. */
int msix_init_exclusive_bar(PCIDevice *dev, unsigned short nentries, uint8_t bar_nr, Error **errp)
{
    g_autofree char *name = g_strdup_printf("%s-msix", dev->name);
    uint32_t pba_offset = 2048, size = 4096;

    if (nentries * PCI_MSIX_ENTRY_SIZE > pba_offset) {
        pba_offset = ROUND_UP(nentries * PCI_MSIX_ENTRY_SIZE, 4096);
    }
    while (size < pba_offset + pba_bytes(nentries)) {
        size *= 2;
    }
    memory_region_init(&dev->msix_exclusive_bar, OBJECT(dev), name, size);
    if (msix_init(dev, nentries, &dev->msix_exclusive_bar, bar_nr, 0, &dev->msix_exclusive_bar, bar_nr, pba_offset, 0,
                  errp) < 0) {
        return -EINVAL;
    }
    pci_register_bar(dev, bar_nr, PCI_BASE_ADDRESS_SPACE_MEMORY, &dev->msix_exclusive_bar);
    return 0;
}

void msix_uninit(PCIDevice *dev, MemoryRegion *table_bar, MemoryRegion *pba_bar)
{
    if (!msix_present(dev)) {
        return;
    }
    pci_del_capability(dev, PCI_CAP_ID_MSIX, MSIX_CAP_LENGTH);
    dev->msix_cap = 0;
    dev->msix_entries_nr = 0;
    memory_region_del_subregion(pba_bar, &dev->msix_pba_mmio);
    memory_region_del_subregion(table_bar, &dev->msix_table_mmio);
    g_clear_pointer(&dev->msix_table, g_free);
    g_clear_pointer(&dev->msix_pba, g_free);
    g_clear_pointer(&dev->msix_entry_used, g_free);
    dev->cap_present &= ~QEMU_PCI_CAP_MSIX;
}

void msix_uninit_exclusive_bar(PCIDevice *dev)
{
    if (msix_present(dev)) {
        msix_uninit(dev, &dev->msix_exclusive_bar, &dev->msix_exclusive_bar);
    }
}

void msix_notify(PCIDevice *dev, unsigned vector)
{
    if (vector >= dev->msix_entries_nr || !dev->msix_entry_used[vector]) {
        return;
    }
    if (msix_is_masked(dev, vector)) {
        msix_set_pending(dev, vector);
        return;
    }
    msi_send_message(dev, msix_get_message(dev, vector));
}

void msix_reset(PCIDevice *dev)
{
    if (!msix_present(dev)) {
        return;
    }
    dev->config[dev->msix_cap + MSIX_CONTROL] &= ~dev->wmask[dev->msix_cap + MSIX_CONTROL];
    mask_all(dev);
    memset(dev->msix_table, 0, dev->msix_entries_nr * PCI_MSIX_ENTRY_SIZE);
    memset(dev->msix_pba, 0, pba_bytes(dev->msix_entries_nr));
    for (int v = 0; v < dev->msix_entries_nr; v++) {
        entry(dev, v)[PCI_MSIX_ENTRY_VECTOR_CTRL] |= PCI_MSIX_ENTRY_CTRL_MASKBIT;
    }
    dev->msix_function_masked = true;
}

/* A vector nobody uses is never sent nor left pending. */
void msix_vector_use(PCIDevice *dev, unsigned vector)
{
    if (vector < dev->msix_entries_nr) {
        dev->msix_entry_used[vector]++;
    }
}

void msix_vector_unuse(PCIDevice *dev, unsigned vector)
{
    if (vector < dev->msix_entries_nr && dev->msix_entry_used[vector] && --dev->msix_entry_used[vector] == 0) {
        msix_clr_pending(dev, vector);
    }
}

void msix_unuse_all_vectors(PCIDevice *dev)
{
    for (int v = 0; msix_present(dev) && v < dev->msix_entries_nr; v++) {
        dev->msix_entry_used[v] = 0;
        msix_clr_pending(dev, v);
    }
}

int msix_set_vector_notifiers(PCIDevice *dev, MSIVectorUseNotifier use_notifier,
                              MSIVectorReleaseNotifier release_notifier, MSIVectorPollNotifier poll_notifier)
{
    dev->msix_vector_use_notifier = use_notifier;
    dev->msix_vector_release_notifier = release_notifier;
    dev->msix_vector_poll_notifier = poll_notifier;
    for (int v = 0; msix_enabled(dev) && v < dev->msix_entries_nr; v++) {
        if (!msix_is_masked(dev, v)) {
            tell_notifier(dev, v, false);
        }
    }
    return 0;
}

void msix_unset_vector_notifiers(PCIDevice *dev)
{
    for (int v = 0; msix_enabled(dev) && v < dev->msix_entries_nr; v++) {
        if (!msix_is_masked(dev, v)) {
            tell_notifier(dev, v, true);
        }
    }
    dev->msix_vector_use_notifier = NULL;
    dev->msix_vector_release_notifier = NULL;
    dev->msix_vector_poll_notifier = NULL;
}

void msix_save(PCIDevice *dev, QEMUFile *f)
{
    if (msix_present(dev)) {
        qemu_put_buffer(f, dev->msix_table, dev->msix_entries_nr * PCI_MSIX_ENTRY_SIZE);
        qemu_put_buffer(f, dev->msix_pba, DIV_ROUND_UP(dev->msix_entries_nr, 8));
    }
}

void msix_load(PCIDevice *dev, QEMUFile *f)
{
    if (!msix_present(dev)) {
        return;
    }
    qemu_get_buffer(f, dev->msix_table, dev->msix_entries_nr * PCI_MSIX_ENTRY_SIZE);
    qemu_get_buffer(f, dev->msix_pba, DIV_ROUND_UP(dev->msix_entries_nr, 8));
    update_function_masked(dev);
    for (int v = 0; v < dev->msix_entries_nr; v++) {
        if (!msix_is_masked(dev, v)) {
            tell_notifier(dev, v, false);
        }
    }
}

static int put_msix(QEMUFile *f, void *pv, size_t size, const VMStateField *field, JSONWriter *vmdesc)
{
    msix_save(pv, f);
    return 0;
}

static int get_msix(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    msix_load(pv, f);
    return qemu_file_get_error(f);
}

static const VMStateInfo vmstate_info_msix = { .name = "msix state", .get = get_msix, .put = put_msix };

const VMStateDescription vmstate_msix = {
    .name = "msix",
    .fields = (const VMStateField[]) {
        { .name = "msix", .info = &vmstate_info_msix, .flags = VMS_SINGLE, .size = sizeof(PCIDevice) },
        VMSTATE_END_OF_LIST()
    },
};
