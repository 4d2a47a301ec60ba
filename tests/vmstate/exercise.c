/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See exercise.h. Sources: PCI 3.0, virtio 1.1, NVMe 1.4, and the data sheets of the 8254, 8259 and MC146818. */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "system/address-spaces.h"
#include "system/memory.h"
#include "system/runstate.h"
#include "tests/vmstate/exercise.h"

#define RING_FIRST 0x10000          /* low memory, a page each */
#define RING_LAST 0x9e000
#define MEM_FIRST 0xc1000000u
#define IO_FIRST 0xc000

typedef struct Exercise {
    uint64_t ring;
    uint32_t mem, io;
} Exercise;

/* ---- Access ---- */

static uint64_t get(AddressSpace *as, hwaddr addr, unsigned size)
{
    uint64_t v = 0;

    address_space_read(as, addr, MEMTXATTRS_UNSPECIFIED, &v, size);
    return v;
}

static void put(AddressSpace *as, hwaddr addr, unsigned size, uint64_t v)
{
    address_space_write(as, addr, MEMTXATTRS_UNSPECIFIED, &v, size);
}

static void out(uint16_t port, uint8_t v)
{
    put(&address_space_io, port, 1, v);
}

static uint32_t config_read(unsigned devfn, unsigned reg, unsigned size)
{
    put(&address_space_io, 0xcf8, 4, 0x80000000u | devfn << 8 | (reg & 0xfc));
    return get(&address_space_io, 0xcfc + (reg & 3), size);
}

static void config_write(unsigned devfn, unsigned reg, unsigned size, uint32_t v)
{
    put(&address_space_io, 0xcf8, 4, 0x80000000u | devfn << 8 | (reg & 0xfc));
    put(&address_space_io, 0xcfc + (reg & 3), size, v);
}

static uint64_t ring(Exercise *e)
{
    uint64_t at = e->ring;

    e->ring = at + 0x1000 <= RING_LAST ? at + 0x1000 : RING_FIRST;
    return at;
}

/* ---- PCI ---- */

/* Give every BAR a place; base[i] is where BAR i begins. */
static void place_bars(Exercise *e, unsigned devfn, uint64_t base[6])
{
    for (unsigned i = 0; i < 6; i++) {
        uint32_t old = config_read(devfn, 0x10 + i * 4, 4), size, *next = old & 1 ? &e->io : &e->mem;

        config_write(devfn, 0x10 + i * 4, 4, UINT32_MAX);
        size = config_read(devfn, 0x10 + i * 4, 4);
        size = -(size & (size & 1 ? ~3u : ~15u));
        if (!size || (old & 1 && size > 0x1000)) {
            continue;
        }
        *next = ROUND_UP(*next, size);
        config_write(devfn, 0x10 + i * 4, 4, *next);
        base[i] = *next;
        *next += size;
        if ((old & 7) == 4) {
            config_write(devfn, 0x10 + ++i * 4, 4, 0);
        }
    }
    config_write(devfn, 4, 2, 7);
}

/* ---- virtio ---- */

static void start_virtio(Exercise *e, uint64_t common)
{
    AddressSpace *as = &address_space_memory;
    unsigned queues = get(as, common + 0x12, 2);

    put(as, common + 0x14, 1, 0);
    put(as, common + 0x14, 1, 3);
    for (unsigned word = 0; word < 2; word++) {
        put(as, common, 4, word);
        put(as, common + 8, 4, word);
        /* A network card that may announce itself does so after a load: its state would not stay the same. */
        put(as, common + 12, 4, get(as, common + 4, 4) & ~(word ? 0 : 1u << 21));
    }
    put(as, common + 0x14, 1, 0xb);
    for (unsigned q = 0; q < MIN(queues, 3); q++) {
        uint64_t at = ring(e);

        put(as, common + 0x16, 2, q);
        put(as, common + 0x18, 2, 16);
        put(as, common + 0x20, 8, at);
        put(as, common + 0x28, 8, at + 0x400);
        put(as, common + 0x30, 8, at + 0x800);
        put(as, common + 0x1c, 2, 1);
    }
    put(as, common + 0x14, 1, 0xf);
}

static void find_virtio(Exercise *e, unsigned devfn, const uint64_t base[6])
{
    for (unsigned cap = config_read(devfn, 0x34, 1), n = 0; cap && n < 48; cap = config_read(devfn, cap + 1, 1), n++) {
        unsigned bar = config_read(devfn, cap + 4, 1);

        if (config_read(devfn, cap, 1) == 9 && config_read(devfn, cap + 3, 1) == 1 && bar < 6 && base[bar]) {
            start_virtio(e, base[bar] + config_read(devfn, cap + 8, 4));
            return;
        }
    }
}

/* The registers of virtio-mmio, version 2. */
static void start_virtio_mmio(Exercise *e, uint64_t base)
{
    AddressSpace *as = &address_space_memory;

    if (get(as, base, 4) != 0x74726976 || get(as, base + 4, 4) != 2 || !get(as, base + 8, 4)) {
        return;
    }
    put(as, base + 0x70, 4, 3);
    for (unsigned word = 0; word < 2; word++) {
        put(as, base + 0x14, 4, word);
        put(as, base + 0x24, 4, word);
        put(as, base + 0x20, 4, get(as, base + 0x10, 4) & ~(word ? 0 : 1u << 21));
    }
    put(as, base + 0x70, 4, 0xb);
    for (unsigned q = 0; q < 2; q++) {
        uint64_t at = ring(e);

        put(as, base + 0x30, 4, q);
        put(as, base + 0x38, 4, 8);
        put(as, base + 0x80, 4, at);
        put(as, base + 0x90, 4, at + 0x400);
        put(as, base + 0xa0, 4, at + 0x800);
        put(as, base + 0x44, 4, 1);
    }
    put(as, base + 0x70, 4, 0xf);
}

/* ---- NVMe ---- */

/* One admin command: opcode, PRP1 and two words. */
static void nvme_admin(uint64_t bar, uint64_t sq, unsigned slot, uint8_t opcode, uint64_t prp, uint32_t dw10, uint32_t dw11)
{
    AddressSpace *as = &address_space_memory;
    uint64_t at = sq + slot * 64;

    put(as, at, 4, opcode | slot << 16);
    put(as, at + 24, 8, prp);
    put(as, at + 40, 4, dw10);
    put(as, at + 44, 4, dw11);
    put(as, bar + 0x1000, 4, slot + 1);
    for (int i = 0; i < 20; i++) {
        main_loop_wait(true);
    }
}

static void start_nvme(Exercise *e, uint64_t bar)
{
    static const uint16_t qids[] = { 1, 5 };
    AddressSpace *as = &address_space_memory;
    uint64_t sq = ring(e), cq = ring(e);
    unsigned slot = 0;

    put(as, bar + 0x24, 4, 0x000f000f);
    put(as, bar + 0x28, 8, sq);
    put(as, bar + 0x30, 8, cq);
    put(as, bar + 0x14, 4, 0x00460001);
    for (int i = 0; i < 20; i++) {
        main_loop_wait(true);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(qids); i++) {
        nvme_admin(bar, sq, slot++, 5, ring(e), 15u << 16 | qids[i], 1);
        nvme_admin(bar, sq, slot++, 1, ring(e), 15u << 16 | qids[i], qids[i] << 16 | 1);
    }
}

/* ---- The board ---- */

static void program_board(void)
{
    static const struct {
        uint16_t port;
        uint8_t value;
    } writes[] = {
        /* 8259: vectors 0x20 and 0x28, cascade on line 2, some lines masked */
        { 0x20, 0x11 }, { 0x21, 0x20 }, { 0x21, 4 }, { 0x21, 1 }, { 0x21, 0xb8 },
        { 0xa0, 0x11 }, { 0xa1, 0x28 }, { 0xa1, 2 }, { 0xa1, 1 }, { 0xa1, 0x8e },
        /* 8254: counter 0 at 100 Hz, counter 2 latched halfway through its two bytes */
        { 0x43, 0x34 }, { 0x40, 0x9c }, { 0x40, 0x2e }, { 0x43, 0xb6 }, { 0x42, 0x34 },
        /* MC146818: periodic interrupt, an alarm */
        { 0x70, 0x0a }, { 0x71, 0x26 }, { 0x70, 0x0b }, { 0x71, 0x62 }, { 0x70, 0x01 }, { 0x71, 0x30 },
        /* 8237, keyboard controller, system control */
        { 0x0b, 0x46 }, { 0x02, 0x12 }, { 0x02, 0x34 }, { 0x64, 0xd4 }, { 0x92, 2 }, { 0x61, 1 },
        /* a serial port: divisor, format, interrupts */
        { 0x3fb, 0x83 }, { 0x3f8, 12 }, { 0x3fb, 3 }, { 0x3fa, 7 }, { 0x3f9, 5 }, { 0x3f8, 'x' },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(writes); i++) {
        out(writes[i].port, writes[i].value);
    }
}

void exercise_machine(void)
{
    Exercise e = { RING_FIRST, MEM_FIRST, IO_FIRST };

    /* Commands of NVMe are only looked at while the machine runs; its CPUs do not, nor does its clock. */
    vm_start();
    program_board();
    for (unsigned devfn = 0; devfn < 256; devfn++) {
        uint32_t id = config_read(devfn, 0, 4), class = config_read(devfn, 8, 4) >> 8;
        uint64_t base[6] = { 0 };

        if (id == UINT32_MAX || id == 0 || (config_read(devfn, 0x0e, 1) & 0x7f) || class >> 16 == 6) {
            continue;
        }
        place_bars(&e, devfn, base);
        if ((id & 0xffff) == 0x1af4) {
            find_virtio(&e, devfn, base);
        } else if (class == 0x010802 && base[0]) {
            start_nvme(&e, base[0]);
        }
    }
    for (unsigned i = 0; i < 24; i++) {
        start_virtio_mmio(&e, 0xfeb00000 + i * 0x200);
    }
    vm_stop(RUN_STATE_PAUSED);
}
