/* SPDX-License-Identifier: GPL-2.0-or-later */
/* I/O ports: access by number, and port lists (system/ioport.h). */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "system/address-spaces.h"
#include "system/ioport.h"

static uint64_t unassigned_io_read(void *opaque, hwaddr addr, unsigned size)
{
    return UINT64_MAX;
}

static void unassigned_io_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
}

const MemoryRegionOps unassigned_io_ops = {
    .read = unassigned_io_read,
    .write = unassigned_io_write,
    .valid = { .min_access_size = 1, .max_access_size = 4, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 4, .unaligned = true },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

void cpu_outb(uint32_t addr, uint8_t val)
{
    address_space_stb(&address_space_io, addr, val, MEMTXATTRS_UNSPECIFIED, NULL);
}

void cpu_outw(uint32_t addr, uint16_t val)
{
    address_space_stw(&address_space_io, addr, val, MEMTXATTRS_UNSPECIFIED, NULL);
}

void cpu_outl(uint32_t addr, uint32_t val)
{
    address_space_stl(&address_space_io, addr, val, MEMTXATTRS_UNSPECIFIED, NULL);
}

/* A port access that no device takes at that size reads as the floating bus: all ones. */
uint8_t cpu_inb(uint32_t addr)
{
    MemTxResult r;
    uint8_t val = address_space_ldub(&address_space_io, addr, MEMTXATTRS_UNSPECIFIED, &r);

    return r & MEMTX_DECODE_ERROR ? 0xff : val;
}

uint16_t cpu_inw(uint32_t addr)
{
    MemTxResult r;
    uint16_t val = address_space_lduw(&address_space_io, addr, MEMTXATTRS_UNSPECIFIED, &r);

    return r & MEMTX_DECODE_ERROR ? 0xffff : val;
}

uint32_t cpu_inl(uint32_t addr)
{
    MemTxResult r;
    uint32_t val = address_space_ldl(&address_space_io, addr, MEMTXATTRS_UNSPECIFIED, &r);

    return r & MEMTX_DECODE_ERROR ? 0xffffffff : val;
}

/* ---- Port lists ---- */

/* One region of a list: rows that touch or overlap share it. */
typedef struct PortioRegion {
    struct rcu_head rcu;
    MemoryRegion mr;
    PortioList *list;
    uint32_t start;              /* first port, from the list's base */
    unsigned nr;
    MemoryRegionPortio rows[];
} PortioRegion;

static const MemoryRegionPortio *find_row(const PortioRegion *r, uint32_t offset, unsigned size, bool write)
{
    for (unsigned i = 0; i < r->nr; i++) {
        const MemoryRegionPortio *row = &r->rows[i];
        if (offset >= row->offset && offset < row->offset + row->len && row->size == size &&
            (write ? row->write != NULL : row->read != NULL)) {
            return row;
        }
    }
    return NULL;
}

static uint64_t portio_read(void *opaque, hwaddr addr, unsigned size)
{
    PortioRegion *r = opaque;
    uint32_t offset = r->start + addr;
    const MemoryRegionPortio *row = find_row(r, offset, size, false);

    if (row) {
        return row->read(r->list->opaque, row->base + offset);
    }
    if (size == 1) {
        return 0xff;
    }
    /* as the ISA bus does: halves, low first */
    uint64_t low = portio_read(opaque, addr, size / 2);
    return low | portio_read(opaque, addr + size / 2, size / 2) << 8 * (size / 2);
}

static void portio_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    PortioRegion *r = opaque;
    uint32_t offset = r->start + addr;
    const MemoryRegionPortio *row = find_row(r, offset, size, true);

    if (row) {
        row->write(r->list->opaque, row->base + offset, data);
    } else if (size > 1) {
        portio_write(opaque, addr, data & MAKE_64BIT_MASK(0, 4 * size), size / 2);
        portio_write(opaque, addr + size / 2, data >> 4 * size, size / 2);
    }
}

static const MemoryRegionOps portio_ops = {
    .read = portio_read,
    .write = portio_write,
    .valid = { .min_access_size = 1, .max_access_size = 4, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 4, .unaligned = true },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

void portio_list_init(PortioList *piolist, Object *owner, const MemoryRegionPortio *callbacks, void *opaque,
                      const char *name)
{
    unsigned n = 0;

    while (callbacks[n].size) {
        n++;
    }
    *piolist = (PortioList) {
        .ports = callbacks, .owner = owner, .opaque = opaque, .name = name, .regions = g_new0(MemoryRegion *, n),
    };
}

void portio_list_set_flush_coalesced(PortioList *piolist)
{
    piolist->flush_coalesced_mmio = true;
}

void portio_list_destroy(PortioList *piolist)
{
    for (unsigned i = 0; i < piolist->nr; i++) {
        PortioRegion *r = container_of(piolist->regions[i], PortioRegion, mr);

        if (r->mr.parent_obj.parent) {
            object_unparent(OBJECT(&r->mr));
        } else {
            object_unref(OBJECT(&r->mr));        /* no owner, no machine */
        }
        g_free_rcu(r, rcu);
    }
    piolist->nr = 0;
    g_clear_pointer(&piolist->regions, g_free);
}

static void add_region(PortioList *piolist, const MemoryRegionPortio *rows, unsigned n, uint32_t first, uint32_t end)
{
    PortioRegion *r = g_malloc0(sizeof(*r) + n * sizeof(rows[0]));

    r->list = piolist;
    r->start = first;
    r->nr = n;
    memcpy(r->rows, rows, n * sizeof(rows[0]));
    for (unsigned i = 0; i < n; i++) {
        r->rows[i].base = piolist->addr;
    }
    memory_region_init_io(&r->mr, piolist->owner, &portio_ops, r, piolist->name, end - first);
    if (piolist->flush_coalesced_mmio) {
        memory_region_set_flush_coalesced(&r->mr);
    }
    memory_region_add_subregion(piolist->address_space, piolist->addr + first, &r->mr);
    piolist->regions[piolist->nr++] = &r->mr;
}

void portio_list_add(PortioList *piolist, MemoryRegion *address_space, uint32_t addr)
{
    const MemoryRegionPortio *row = piolist->ports, *first = row;
    uint32_t start = row->offset, end = row->offset + row->len;

    piolist->address_space = address_space;
    piolist->addr = addr;
    memory_region_transaction_begin();
    for (; row->size; row++) {
        if (row->offset > end) {
            add_region(piolist, first, row - first, start, end);
            first = row;
            start = row->offset;
            end = start;
        }
        end = MAX(end, row->offset + row->len);
    }
    add_region(piolist, first, row - first, start, end);
    memory_region_transaction_commit();
}

void portio_list_del(PortioList *piolist)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < piolist->nr; i++) {
        memory_region_del_subregion(piolist->address_space, piolist->regions[i]);
    }
    memory_region_transaction_commit();
}

void portio_list_set_enabled(PortioList *piolist, bool enabled)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < piolist->nr; i++) {
        memory_region_set_enabled(piolist->regions[i], enabled);
    }
    memory_region_transaction_commit();
}

void portio_list_set_address(PortioList *piolist, uint32_t addr)
{
    memory_region_transaction_begin();
    piolist->addr = addr;
    for (unsigned i = 0; i < piolist->nr; i++) {
        PortioRegion *r = container_of(piolist->regions[i], PortioRegion, mr);

        for (unsigned j = 0; j < r->nr; j++) {
            r->rows[j].base = addr;
        }
        memory_region_set_address(&r->mr, addr + r->start);
    }
    memory_region_transaction_commit();
}
