/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86 I/O ports: direct access by number, and lists of port handlers for legacy devices. */
#ifndef SYSTEM_IOPORT_H
#define SYSTEM_IOPORT_H

#include "system/memory.h"

#define MAX_IOPORTS (64 * 1024)
#define IOPORTS_MASK (MAX_IOPORTS - 1)

/* Answers reads with all ones and drops writes: what an empty ISA bus does. */
extern const MemoryRegionOps unassigned_io_ops;

void cpu_outb(uint32_t addr, uint8_t val);
void cpu_outw(uint32_t addr, uint16_t val);
void cpu_outl(uint32_t addr, uint32_t val);
uint8_t cpu_inb(uint32_t addr);
uint16_t cpu_inw(uint32_t addr);
uint32_t cpu_inl(uint32_t addr);

/* One row: @len ports from @offset of the list's base answer accesses of @size bytes. The last row is all zero. */
typedef struct MemoryRegionPortio {
    uint32_t offset;
    uint32_t len;
    unsigned size;
    uint32_t (*read)(void *opaque, uint32_t address);
    void (*write)(void *opaque, uint32_t address, uint32_t data);
    uint32_t base;               /* filled in by the core */
} MemoryRegionPortio;
#define PORTIO_END_OF_LIST() { }

typedef struct PortioList {
    const MemoryRegionPortio *ports;
    Object *owner;
    MemoryRegion *address_space;
    uint32_t addr;
    unsigned nr;
    MemoryRegion **regions;
    void *opaque;
    const char *name;
    bool flush_coalesced_mmio;
} PortioList;

void portio_list_init(PortioList *piolist, Object *owner, const MemoryRegionPortio *callbacks, void *opaque,
                      const char *name);
void portio_list_set_flush_coalesced(PortioList *piolist);
void portio_list_destroy(PortioList *piolist);
void portio_list_add(PortioList *piolist, MemoryRegion *address_space, uint32_t addr);
void portio_list_del(PortioList *piolist);
void portio_list_set_enabled(PortioList *piolist, bool enabled);
void portio_list_set_address(PortioList *piolist, uint32_t addr);

#endif
