// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMware's port (hw/i386/vmport.h). Commands nobody has registered answer all ones. It keeps nothing between two
 * accesses, so nothing of it travels. BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/boards.h"
#include "hw/i386/vmport.h"
#include "target/i386/cpu.h"

#define VMPORT_MAGIC 0x564d5868
#define VMPORT_PORT 0x5658
#define VMPORT_VERSION 6
#define VMPORT_PRODUCT 2            /* which of VMware's products would say this */

OBJECT_DECLARE_SIMPLE_TYPE(VMPortState, VMPORT)

struct VMPortState {
    ISADevice parent_obj;

    MemoryRegion io;
    VMPortReadFunc *func[VMPORT_ENTRIES];
    void *opaque[VMPORT_ENTRIES];
};

void vmport_register(VMPortCommand command, VMPortReadFunc *func, void *opaque)
{
    VMPortState *s = VMPORT(object_resolve_path_type("", TYPE_VMPORT, NULL));

    s->func[command] = func;
    s->opaque[command] = opaque;
}

void vmport_get_regs(uint32_t regs[6])
{
    static const int order[6] = { R_EAX, R_EBX, R_ECX, R_EDX, R_ESI, R_EDI };

    for (int i = 0; i < 6; i++) {
        regs[i] = current_cpu ? X86_CPU(current_cpu)->env.regs[order[i]] : 0;
    }
}

void vmport_set_regs(const uint32_t regs[6])
{
    static const int order[6] = { R_EAX, R_EBX, R_ECX, R_EDX, R_ESI, R_EDI };

    for (int i = 0; i < 6 && current_cpu; i++) {
        X86_CPU(current_cpu)->env.regs[order[i]] = regs[i];
    }
}

static uint64_t vmport_read(void *opaque, hwaddr addr, unsigned size)
{
    VMPortState *s = opaque;
    uint32_t regs[6], command;

    vmport_get_regs(regs);
    if (regs[0] != VMPORT_MAGIC) {
        return regs[0];
    }
    command = regs[2] & 0xffff;
    return command < VMPORT_ENTRIES && s->func[command] ? s->func[command](s->opaque[command], addr) : UINT32_MAX;
}

static void vmport_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    /* OUT means the same as IN; its answer can only be EAX's. */
    uint32_t regs[6];
    uint32_t eax = vmport_read(opaque, addr, 4);

    vmport_get_regs(regs);
    regs[0] = eax;
    vmport_set_regs(regs);
}

static const MemoryRegionOps vmport_ops = {
    .read = vmport_read,
    .write = vmport_write,
    .impl = { .min_access_size = 4, .max_access_size = 4 },
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static uint32_t get_version(void *opaque, uint32_t addr)
{
    uint32_t regs[6];

    vmport_get_regs(regs);
    regs[1] = VMPORT_MAGIC;
    regs[2] = VMPORT_PRODUCT;
    vmport_set_regs(regs);
    return VMPORT_VERSION;
}

static uint32_t get_ram_size(void *opaque, uint32_t addr)
{
    uint32_t regs[6];

    vmport_get_regs(regs);
    regs[1] = 0x1177;
    vmport_set_regs(regs);
    return current_machine->ram_size;
}

static void vmport_realize(DeviceState *dev, Error **errp)
{
    VMPortState *s = VMPORT(dev);

    /* Four wide, because that is how it is read: the port itself is the first. */
    memory_region_init_io(&s->io, OBJECT(s), &vmport_ops, s, "vmport", 4);
    isa_register_ioport(ISA_DEVICE(dev), &s->io, VMPORT_PORT);
    s->func[VMPORT_CMD_GETVERSION] = get_version;
    s->func[VMPORT_CMD_GETRAMSIZE] = get_ram_size;
}

static void vmport_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = vmport_realize;
    dc->user_creatable = false;         /* other devices look for the one */
}

static const TypeInfo vmport_types[] = {
    {
        .name = TYPE_VMPORT,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(VMPortState),
        .class_init = vmport_class_init,
    },
};
DEFINE_TYPES(vmport_types)
