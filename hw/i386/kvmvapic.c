/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kvmvapic: the section "kvm-tpr-opt" of PC streams. The reference's device speeds up task priority writes of old 32-bit
 * guests with the help of an option ROM; nothing here needs that, so this device only carries the state, that streams
 * load and go back unchanged, and takes the ROM's port (0x7e, 0x7f), whose writes do nothing. BQL.
 */
#include "qemu/osdep.h"
#include "hw/core/sysbus.h"
#include "hw/i386/x86.h"
#include "migration/vmstate.h"
#include "system/address-spaces.h"

OBJECT_DECLARE_SIMPLE_TYPE(KVMVapicState, KVM_VAPIC)

#define VAPIC_PORT 0x7e
#define GET_TPR_HANDLERS 8

typedef struct VapicHandlers {
    uint32_t set_tpr;
    uint32_t set_tpr_eax;
    uint32_t get_tpr[GET_TPR_HANDLERS];
    uint32_t get_tpr_stack;
} VapicHandlers;

typedef struct VapicRom {
    uint32_t vaddr, fixup_start, fixup_end, vapic_vaddr, vapic_size, vcpu_shift, real_tpr_addr;
    VapicHandlers up, mp;
} VapicRom;

struct KVMVapicState {
    SysBusDevice parent_obj;

    MemoryRegion io;
    VapicRom rom_state;
    uint32_t state, real_tpr_addr, rom_state_vaddr, vapic_paddr, rom_state_paddr;
};

static uint64_t vapic_read(void *opaque, hwaddr addr, unsigned size)
{
    return MAKE_64BIT_MASK(0, size * 8);
}

static void vapic_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
}

static const MemoryRegionOps vapic_ops = {
    .read = vapic_read,
    .write = vapic_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void vapic_realize(DeviceState *dev, Error **errp)
{
    KVMVapicState *s = KVM_VAPIC(dev);

    memory_region_init_io(&s->io, OBJECT(dev), &vapic_ops, s, "kvmvapic", 2);
    memory_region_add_subregion(get_system_io(), VAPIC_PORT, &s->io);
}

static void vapic_reset(DeviceState *dev)
{
    KVMVapicState *s = KVM_VAPIC(dev);

    s->rom_state = (VapicRom) { 0 };
    s->state = s->real_tpr_addr = s->rom_state_vaddr = s->vapic_paddr = s->rom_state_paddr = 0;
}

static const VMStateDescription vmstate_handlers = {
    .name = "kvmvapic-handlers",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(set_tpr, VapicHandlers),
        VMSTATE_UINT32(set_tpr_eax, VapicHandlers),
        VMSTATE_UINT32_ARRAY(get_tpr, VapicHandlers, GET_TPR_HANDLERS),
        VMSTATE_UINT32(get_tpr_stack, VapicHandlers),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_rom = {
    .name = "kvmvapic-guest-rom",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UNUSED(8),
        VMSTATE_UINT32(vaddr, VapicRom),
        VMSTATE_UINT32(fixup_start, VapicRom),
        VMSTATE_UINT32(fixup_end, VapicRom),
        VMSTATE_UINT32(vapic_vaddr, VapicRom),
        VMSTATE_UINT32(vapic_size, VapicRom),
        VMSTATE_UINT32(vcpu_shift, VapicRom),
        VMSTATE_UINT32(real_tpr_addr, VapicRom),
        VMSTATE_STRUCT(up, VapicRom, 0, vmstate_handlers, VapicHandlers),
        VMSTATE_STRUCT(mp, VapicRom, 0, vmstate_handlers, VapicHandlers),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_vapic = {
    .name = "kvm-tpr-opt",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(rom_state, KVMVapicState, 0, vmstate_rom, VapicRom),
        VMSTATE_UINT32(state, KVMVapicState),
        VMSTATE_UINT32(real_tpr_addr, KVMVapicState),
        VMSTATE_UINT32(rom_state_vaddr, KVMVapicState),
        VMSTATE_UINT32(vapic_paddr, KVMVapicState),
        VMSTATE_UINT32(rom_state_paddr, KVMVapicState),
        VMSTATE_END_OF_LIST()
    },
};

static void vapic_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = vapic_realize;
    dc->reset = vapic_reset;
    dc->vmsd = &vmstate_vapic;
    dc->user_creatable = false;
}

static const TypeInfo vapic_types[] = {
    {
        .name = TYPE_KVM_VAPIC,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(KVMVapicState),
        .class_init = vapic_class_init,
    },
};

DEFINE_TYPES(vapic_types)
