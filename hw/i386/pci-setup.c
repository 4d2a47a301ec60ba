/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI as firmware leaves it, for machines that boot a kernel themselves: bus numbers, BARs, bridge windows, interrupt
 * lines, and the chipset registers that put power management where the ACPI tables say. Runs after every system
 * reset, through each function's own config_write, so devices see what a guest would have written.
 *
 *   I/O     0xc000 - 0xfeff            bridges get 4 KiB pieces
 *   memory  0xc0000000 - 0xfebfffff    bridges get 1 MiB pieces, at least 2 MiB when something may be plugged
 *   above   the 64-bit hole            64-bit prefetchable BARs of 64 MiB and more on the root bus
 *
 * BQL.
 */
#include "qemu/osdep.h"
#include "hw/acpi/acpi.h"
#include "hw/i386/pc.h"
#include "hw/pci-host/q35.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "hw/southbridge/ich9.h"
#include "hw/southbridge/piix.h"
#include "qemu/units.h"
#include "system/address-spaces.h"

#define BRIDGE_IO_ALIGN 0x1000
#define BRIDGE_MEM_ALIGN (1 * MiB)
#define HOTPLUG_MEM (2 * MiB)
#define LARGE_BAR (64 * MiB)

typedef enum { RES_IO, RES_MEM, RES_PREF, RES_HIGH, RES_COUNT } ResKind;

/* A cursor per kind of address space; sizes are collected with the cursors starting at 0. */
typedef struct PciAlloc {
    uint64_t next[RES_COUNT];
    unsigned next_bus;
    bool is_q35;
} PciAlloc;

static void cfg_write(PCIDevice *d, uint32_t addr, uint32_t val, int len)
{
    d->config_write(d, addr, val, len);
}

static bool is_bridge(PCIDevice *d)
{
    return (d->config[PCI_HEADER_TYPE] & 0x7f) == PCI_HEADER_TYPE_BRIDGE;
}

/* ---- bus numbers ---- */

static void number_bus(PCIBus *bus, PciAlloc *a)
{
    for (int devfn = 0; devfn < PCI_DEVFN_MAX; devfn++) {
        PCIDevice *d = bus->devices[devfn];

        if (!d || !is_bridge(d)) {
            continue;
        }
        cfg_write(d, PCI_PRIMARY_BUS, pci_bus_num(bus), 1);
        cfg_write(d, PCI_SECONDARY_BUS, a->next_bus++, 1);
        cfg_write(d, PCI_SUBORDINATE_BUS, 0xff, 1);
        number_bus(pci_bridge_get_sec_bus(PCI_BRIDGE(d)), a);
        cfg_write(d, PCI_SUBORDINATE_BUS, a->next_bus - 1, 1);
    }
}

/* ---- BARs ---- */

static ResKind bar_kind(const PCIIORegion *r, bool root)
{
    if (r->type & PCI_BASE_ADDRESS_SPACE_IO) {
        return RES_IO;
    }
    if (root && (r->type & PCI_BASE_ADDRESS_MEM_TYPE_64) && (r->type & PCI_BASE_ADDRESS_MEM_PREFETCH) &&
        r->size >= LARGE_BAR) {
        return RES_HIGH;
    }
    /* Behind a bridge the prefetchable window takes prefetchable BARs; on the root bus all memory is one pool. */
    return !root && (r->type & PCI_BASE_ADDRESS_MEM_PREFETCH) ? RES_PREF : RES_MEM;
}

static uint64_t take(uint64_t *next, uint64_t size, uint64_t align)
{
    uint64_t addr = ROUND_UP(*next, align);

    *next = addr + size;
    return addr;
}

static void write_bar(PCIDevice *d, int n, uint64_t addr)
{
    cfg_write(d, pci_bar(d, n), (uint32_t)addr, 4);
    if (d->io_regions[n].type & PCI_BASE_ADDRESS_MEM_TYPE_64) {
        cfg_write(d, pci_bar(d, n) + 4, addr >> 32, 4);
    }
}

typedef struct BusNeeds {
    uint64_t size[RES_COUNT];
    uint64_t align[RES_COUNT];
} BusNeeds;

static void walk_bus(PCIBus *bus, uint64_t next[RES_COUNT], bool write, BusNeeds *needs);

static void note_align(BusNeeds *needs, ResKind kind, uint64_t align)
{
    needs->align[kind] = MAX(needs->align[kind], align);
}

/* What a bridge wants for the bus behind it; hot-plug slots get room. */
static void bridge_needs(PCIDevice *d, BusNeeds *n)
{
    uint64_t next[RES_COUNT] = { 0 };

    memset(n, 0, sizeof(*n));
    walk_bus(pci_bridge_get_sec_bus(PCI_BRIDGE(d)), next, false, n);
    n->size[RES_IO] = ROUND_UP(next[RES_IO], BRIDGE_IO_ALIGN);
    n->size[RES_MEM] = ROUND_UP(MAX(next[RES_MEM], HOTPLUG_MEM), BRIDGE_MEM_ALIGN);
    n->size[RES_PREF] = ROUND_UP(MAX(next[RES_PREF], HOTPLUG_MEM), BRIDGE_MEM_ALIGN);
    n->align[RES_IO] = MAX(n->align[RES_IO], BRIDGE_IO_ALIGN);
    n->align[RES_MEM] = MAX(n->align[RES_MEM], BRIDGE_MEM_ALIGN);
    n->align[RES_PREF] = MAX(n->align[RES_PREF], BRIDGE_MEM_ALIGN);
}

static void write_windows(PCIDevice *d, const uint64_t base[RES_COUNT], const BusNeeds *n)
{
    uint64_t io_end = base[RES_IO] + n->size[RES_IO], mem_end = base[RES_MEM] + n->size[RES_MEM];
    uint64_t pref_end = base[RES_PREF] + n->size[RES_PREF];
    bool io = n->size[RES_IO] && io_end <= 0x10000;

    cfg_write(d, PCI_IO_BASE, io ? base[RES_IO] >> 8 & 0xf0 : 0xf0, 1);
    cfg_write(d, PCI_IO_LIMIT, io ? (io_end - 1) >> 8 & 0xf0 : 0x00, 1);
    cfg_write(d, PCI_IO_BASE_UPPER16, 0, 2);
    cfg_write(d, PCI_IO_LIMIT_UPPER16, 0, 2);
    cfg_write(d, PCI_MEMORY_BASE, base[RES_MEM] >> 16, 2);
    cfg_write(d, PCI_MEMORY_LIMIT, (mem_end - 1) >> 16, 2);
    cfg_write(d, PCI_PREF_MEMORY_BASE, base[RES_PREF] >> 16, 2);
    cfg_write(d, PCI_PREF_MEMORY_LIMIT, (pref_end - 1) >> 16, 2);
    cfg_write(d, PCI_PREF_BASE_UPPER32, 0, 4);
    cfg_write(d, PCI_PREF_LIMIT_UPPER32, 0, 4);
}

static void place_bridge(PCIDevice *d, uint64_t next[RES_COUNT], bool root, bool write, BusNeeds *needs)
{
    ResKind pref = root ? RES_MEM : RES_PREF;
    uint64_t base[RES_COUNT] = { 0 }, inner[RES_COUNT];
    BusNeeds n;

    bridge_needs(d, &n);
    base[RES_IO] = n.size[RES_IO] ? take(&next[RES_IO], n.size[RES_IO], n.align[RES_IO]) : 0;
    base[RES_MEM] = take(&next[RES_MEM], n.size[RES_MEM], n.align[RES_MEM]);
    base[RES_PREF] = take(&next[pref], n.size[RES_PREF], n.align[RES_PREF]);
    if (needs) {
        note_align(needs, RES_IO, n.align[RES_IO]);
        note_align(needs, RES_MEM, n.align[RES_MEM]);
        note_align(needs, pref, n.align[RES_PREF]);
    }
    if (write) {
        write_windows(d, base, &n);
        memcpy(inner, base, sizeof(inner));
        walk_bus(pci_bridge_get_sec_bus(PCI_BRIDGE(d)), inner, true, NULL);
    }
}

/* One size of BAR at a time, largest first, so that little is lost to alignment. */
static void place_bars(PCIBus *bus, uint64_t next[RES_COUNT], bool root, bool write, BusNeeds *needs)
{
    for (int shift = 40; shift >= 2; shift--) {
        for (int devfn = 0; devfn < PCI_DEVFN_MAX; devfn++) {
            PCIDevice *d = bus->devices[devfn];

            for (int i = 0; d && i < PCI_NUM_REGIONS; i++) {
                PCIIORegion *r = &d->io_regions[i];
                uint64_t addr;
                ResKind kind;

                if (r->size != 1ULL << shift) {
                    continue;
                }
                kind = bar_kind(r, root);
                addr = take(&next[kind], r->size, r->size);
                if (needs) {
                    note_align(needs, kind, r->size);
                }
                if (write && (kind != RES_IO || addr + r->size <= 0x10000) &&
                    (kind == RES_HIGH || kind == RES_IO || addr + r->size - 1 <= PC_PCI_HOLE_END)) {
                    write_bar(d, i, addr);
                }
            }
        }
    }
}

static void walk_bus(PCIBus *bus, uint64_t next[RES_COUNT], bool write, BusNeeds *needs)
{
    bool root = pci_bus_is_root(bus);

    place_bars(bus, next, root, write, needs);
    for (int devfn = 0; devfn < PCI_DEVFN_MAX; devfn++) {
        PCIDevice *d = bus->devices[devfn];

        if (d && is_bridge(d)) {
            place_bridge(d, next, root, write, needs);
        }
    }
}

/* ---- enabling and interrupts ---- */

static void enable_device(PCIBus *bus, PCIDevice *d, void *opaque)
{
    static const uint8_t isa_irq[4] = { 10, 10, 11, 11 };
    PciAlloc *a = opaque;
    uint16_t cmd = pci_get_word(d->config + PCI_COMMAND);
    uint8_t pin = d->config[PCI_INTERRUPT_PIN];
    PCIDevice *root_dev = d;

    for (int i = 0; i < PCI_ROM_SLOT; i++) {
        if (d->io_regions[i].size) {
            cmd |= d->io_regions[i].type & PCI_BASE_ADDRESS_SPACE_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
        }
    }
    if (is_bridge(d)) {
        cmd |= PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
    }
    cfg_write(d, PCI_COMMAND, cmd, 2);
    if (!pin) {
        return;
    }
    pin--;
    while (!pci_bus_is_root(pci_get_bus(root_dev))) {
        pin = pci_swizzle(PCI_SLOT(root_dev->devfn), pin);
        root_dev = pci_bridge_get_device(pci_get_bus(root_dev));
    }
    cfg_write(d, PCI_INTERRUPT_LINE,
              isa_irq[a->is_q35 ? pin & 3 : (pin + PCI_SLOT(root_dev->devfn) - 1) & 3], 1);
}

static void enable_bus(PCIBus *bus, PciAlloc *a)
{
    for (int devfn = 0; devfn < PCI_DEVFN_MAX; devfn++) {
        PCIDevice *d = bus->devices[devfn];

        if (d) {
            enable_device(bus, d, a);
            if (is_bridge(d)) {
                enable_bus(pci_bridge_get_sec_bus(PCI_BRIDGE(d)), a);
            }
        }
    }
}

static void outb(uint16_t port, uint8_t val)
{
    address_space_stb(&address_space_io, port, val, MEMTXATTRS_UNSPECIFIED, NULL);
}

static void setup_piix(PCMachineState *pcms)
{
    static const uint8_t route[4] = { 10, 10, 11, 11 };
    PCIDevice *piix3 = pcms->pcibus->devices[PCI_DEVFN(1, 0)];

    for (int i = 0; i < 4; i++) {
        cfg_write(piix3, PIIX_PIRQCA + i, route[i], 1);
    }
    if (pcms->pm) {
        cfg_write(pcms->pm, PCI_INTERRUPT_LINE, 9, 1);
        cfg_write(pcms->pm, 0x40, PC_PM_BASE | 1, 4);
        cfg_write(pcms->pm, 0x80, 1, 1);
    }
}

static void setup_ich9(PCMachineState *pcms)
{
    static const uint8_t route[8] = { 10, 10, 11, 11, 10, 10, 11, 11 };
    PCIDevice *mch = pcms->pcibus->devices[PCI_DEVFN(0, 0)];

    for (int i = 0; i < 8; i++) {
        cfg_write(pcms->pm, (i < 4 ? ICH9_LPC_PIRQA_ROUT : ICH9_LPC_PIRQE_ROUT - 4) + i, route[i], 1);
    }
    cfg_write(pcms->pm, ICH9_LPC_PMBASE, PC_PM_BASE | 1, 4);
    cfg_write(pcms->pm, ICH9_LPC_ACPI_CTRL, ICH9_LPC_ACPI_CTRL_ACPI_EN, 1);
    cfg_write(pcms->pm, ICH9_LPC_RCBA, 0xfed1c000 | ICH9_LPC_RCBA_EN, 4);
    cfg_write(mch, MCH_HOST_BRIDGE_PCIEXBAR + 4, 0, 4);
    cfg_write(mch, MCH_HOST_BRIDGE_PCIEXBAR, PC_MMCONFIG_BASE | MCH_HOST_BRIDGE_PCIEXBAREN, 4);
}

void pc_pci_setup(PCMachineState *pcms)
{
    PciAlloc a = { .next_bus = 1, .is_q35 = PC_MACHINE_GET_CLASS(pcms)->is_q35 };
    uint64_t next[RES_COUNT] = {
        [RES_IO] = 0xc000, [RES_MEM] = PC_PCI_HOLE_START, [RES_HIGH] = pc_pci_hole64_start(pcms),
    };

    memory_region_transaction_begin();
    number_bus(pcms->pcibus, &a);
    walk_bus(pcms->pcibus, next, true, NULL);
    enable_bus(pcms->pcibus, &a);
    if (a.is_q35) {
        setup_ich9(pcms);
    } else {
        setup_piix(pcms);
    }
    memory_region_transaction_commit();
    outb(0x4d0, 0);
    outb(0x4d1, 0x0c);      /* lines 10 and 11 are level triggered */
}
