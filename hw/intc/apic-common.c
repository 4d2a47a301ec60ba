// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local APIC as a device: its types, the shared MMIO window, reset, INIT and migration. BQL.
 */
#include "qemu/osdep.h"
#include "hw/pci/msi.h"
#include "hw/core/qdev-properties.h"
#include "hw/intc/apic-internal.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "system/address-spaces.h"

/* MMIO: see hw/i386/apic.h for what is a register access and what an MSI. */

static unsigned register_index(hwaddr addr)
{
    return addr >> 4 & 0xff;
}

static uint64_t apic_mem_read(void *opaque, hwaddr addr, unsigned size)
{
    APICCommonState *s = apic_of_cpu(current_cpu);
    uint32_t val;

    if (size < 4 || addr >= 0x1000 || !s || apic_in_x2apic_mode(s) ||
        !(s->apicbase & MSR_IA32_APICBASE_ENABLE)) {
        return UINT32_MAX;
    }
    if (!apic_register_read(s, register_index(addr), &val)) {
        apic_report_error(s, APIC_ESR_ILLEGAL_REG);
    }
    return val;
}

static void apic_mem_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    APICCommonState *s;

    if (size < 4) {
        return;
    }
    if (addr >= 0x1000 || !register_index(addr)) {
        apic_deliver_msi(APIC_DEFAULT_ADDRESS + addr, val);
        return;
    }
    s = apic_of_cpu(current_cpu);
    if (!s || apic_in_x2apic_mode(s) || !(s->apicbase & MSR_IA32_APICBASE_ENABLE)) {
        return;
    }
    if (!apic_register_write(s, register_index(addr), val)) {
        apic_report_error(s, APIC_ESR_ILLEGAL_REG);
    }
}

static const MemoryRegionOps apic_io_ops = {
    .read = apic_mem_read,
    .write = apic_mem_write,
    .impl = { .min_access_size = 1, .max_access_size = 4 },
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* Reset and INIT */

/* What both RESET and INIT, and disabling through the base MSR, give (SDM vol. 3, 11.4.7). */
void apic_reset_registers(APICCommonState *s)
{
    s->tpr = 0;
    s->spurious_vec = 0xff;
    s->log_dest = 0;
    s->dest_mode = 0xf;
    memset(s->isr, 0, sizeof(s->isr));
    memset(s->tmr, 0, sizeof(s->tmr));
    memset(s->irr, 0, sizeof(s->irr));
    for (unsigned i = 0; i < APIC_LVT_NB; i++) {
        s->lvt[i] = APIC_LVT_MASKED;
    }
    s->esr = 0;
    s->esr_pending = 0;
    memset(s->icr, 0, sizeof(s->icr));
    apic_timer_reset(s);
}

void apic_init_reset(DeviceState *dev)
{
    APICCommonState *s = dev ? APIC_COMMON(dev) : NULL;

    if (!s) {
        return;
    }
    apic_reset_registers(s);
    s->arb_id = s->id;
    s->wait_for_sipi = !s->is_bsp;      /* a SIPI that came meanwhile stays pending with its vector */
    apic_update_irq(s);
}

void apic_sipi(DeviceState *dev)
{
    APICCommonState *s = APIC_COMMON(dev);

    cpu_reset_interrupt(s->cpu, CPU_INTERRUPT_TGT_INT_1);
    s->wait_for_sipi = 0;
}

int apic_sipi_vector(DeviceState *dev)
{
    APICCommonState *s = dev ? APIC_COMMON(dev) : NULL;

    return s && s->wait_for_sipi ? s->sipi_vector : -1;
}

void apic_designate_bsp(DeviceState *dev, bool bsp)
{
    APICCommonState *s = dev ? APIC_COMMON(dev) : NULL;

    if (s) {
        s->is_bsp = bsp;
        s->wait_for_sipi = !bsp;
        s->apicbase = (s->apicbase & ~MSR_IA32_APICBASE_BSP) | (bsp ? MSR_IA32_APICBASE_BSP : 0);
    }
}

static void apic_reset(DeviceState *dev)
{
    APICCommonState *s = APIC_COMMON(dev);

    s->apicbase = APIC_DEFAULT_ADDRESS | MSR_IA32_APICBASE_ENABLE | (s->is_bsp ? MSR_IA32_APICBASE_BSP : 0);
    s->id = s->initial_apic_id;
    s->pic_line = false;
    apic_init_reset(dev);
    if (s->is_bsp) {
        /* virtual wire mode, as firmware leaves the boot processor: the 8259 interrupts through LINT0 */
        s->lvt[APIC_LVT_LINT0] = APIC_DM_EXTINT << 8;
    }
}

/* Migration */

static bool wait_for_sipi_needed(void *opaque)
{
    APICCommonState *s = opaque;

    return s->wait_for_sipi;
}

static const VMStateDescription vmstate_apic_sipi = {
    .name = "apic_sipi",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = wait_for_sipi_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32(sipi_vector, APICCommonState),
        VMSTATE_INT32(wait_for_sipi, APICCommonState),
        VMSTATE_END_OF_LIST()
    },
};

/*
 * The stream has one ESR. Errors the guest has not fetched yet travel in it and are found both by a guest that reads
 * first and by one that writes first, as the manual wants.
 */
static int apic_pre_save(void *opaque)
{
    APICCommonState *s = opaque;

    s->esr_vmstate = s->esr | s->esr_pending;
    return 0;
}

static int apic_pre_load(void *opaque)
{
    APICCommonState *s = opaque;

    s->wait_for_sipi = 0;               /* overwritten by the subsection when it is there */
    return 0;
}

static int apic_post_load(void *opaque, int version_id)
{
    APICCommonState *s = opaque;

    if (s->count_shift < 0 || s->count_shift > 7) {
        return -EINVAL;
    }
    s->esr = s->esr_pending = s->esr_vmstate;
    s->is_bsp = s->apicbase & MSR_IA32_APICBASE_BSP;
    apic_timer_restore(s);
    return 0;
}

const VMStateDescription vmstate_apic_common = {
    .name = "apic",
    .version_id = 3,
    .minimum_version_id = 3,
    .pre_load = apic_pre_load,
    .pre_save = apic_pre_save,
    .post_load = apic_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(apicbase, APICCommonState),
        VMSTATE_UINT8(id, APICCommonState),
        VMSTATE_UINT8(arb_id, APICCommonState),
        VMSTATE_UINT8(tpr, APICCommonState),
        VMSTATE_UINT32(spurious_vec, APICCommonState),
        VMSTATE_UINT8(log_dest, APICCommonState),
        VMSTATE_UINT8(dest_mode, APICCommonState),
        VMSTATE_UINT32_ARRAY(isr, APICCommonState, 8),
        VMSTATE_UINT32_ARRAY(tmr, APICCommonState, 8),
        VMSTATE_UINT32_ARRAY(irr, APICCommonState, 8),
        VMSTATE_UINT32_ARRAY(lvt, APICCommonState, APIC_LVT_NB),
        { .name = "esr", .flags = VMS_SINGLE, .size = sizeof(uint32_t), .info = &vmstate_info_uint32,
          .offset = vmstate_offset_value(APICCommonState, esr_vmstate, uint32_t) },
        VMSTATE_UINT32_ARRAY(icr, APICCommonState, 2),
        VMSTATE_UINT32(divide_conf, APICCommonState),
        VMSTATE_INT32(count_shift, APICCommonState),
        VMSTATE_UINT32(initial_count, APICCommonState),
        VMSTATE_INT64(initial_count_load_time, APICCommonState),
        VMSTATE_INT64(next_time, APICCommonState),
        VMSTATE_INT64(timer_expiry, APICCommonState),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription *const []) {
        &vmstate_apic_sipi,
        NULL
    },
};

/* Life */

static void apic_realize(DeviceState *dev, Error **errp)
{
    APICCommonState *s = APIC_COMMON(dev);

    if (!s->cpu) {
        error_setg(errp, "a local APIC belongs to a CPU and cannot be created alone");
        return;
    }
    msi_nonbroken = true;
    memory_region_init_io(&s->io_memory, OBJECT(s), &apic_io_ops, s, "apic-msi", APIC_SPACE_SIZE);
    /* An I/O APIC resends a level line from inside the EOI write: that message must not be dropped. */
    s->io_memory.disable_reentrancy_guard = true;
    if (apic_bus_is_empty()) {
        memory_region_add_subregion_overlap(get_system_memory(), APIC_DEFAULT_ADDRESS, &s->io_memory, 0x1000);
    }
    apic_timer_init(s);
    apic_bus_add(s);
    vmstate_register_with_alias_id(NULL, s->initial_apic_id, &vmstate_apic_common, s, -1, 0, NULL);
}

static void apic_unrealize(DeviceState *dev)
{
    APICCommonState *s = APIC_COMMON(dev);

    vmstate_unregister(NULL, &vmstate_apic_common, s);
    apic_bus_remove(s);
    apic_timer_free(s);
    if (memory_region_is_mapped(&s->io_memory)) {
        memory_region_del_subregion(get_system_memory(), &s->io_memory);
    }
}

static const Property apic_properties[] = {
    DEFINE_PROP_UINT32("id", APICCommonState, initial_apic_id, 0),
    DEFINE_PROP_UINT8("version", APICCommonState, version, 0x14),
    DEFINE_PROP_LINK("cpu", APICCommonState, cpu, TYPE_CPU, CPUState *),
};

static void apic_common_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->reset = apic_reset;
    dc->realize = apic_realize;
    dc->unrealize = apic_unrealize;
    dc->user_creatable = false;         /* made by the CPU it belongs to */
    device_class_set_props(dc, apic_properties);
}

static const TypeInfo apic_types[] = {
    {
        .name = TYPE_APIC_COMMON,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(APICCommonState),
        .class_init = apic_common_class_init,
        .abstract = true,
    },
    {
        .name = TYPE_APIC,
        .parent = TYPE_APIC_COMMON,
    },
};
DEFINE_TYPES(apic_types)
