// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ICH9 power management registers (Intel 316972, 13.8), 128 ports at PMBASE:
 *
 *   0x00 PM1 event   0x04 PM1 control   0x08 timer   0x20 GPE0 (16)   0x30 SMI enable, status   0x60 TCO (32)
 */
#include "qemu/osdep.h"
#include "lpc_ich9-pm.h"
#include "migration/vmstate.h"
#include "system/runstate.h"

static void pm_update_sci(ACPIREGS *regs)
{
    ICH9LPCPMRegs *pm = container_of(regs, ICH9LPCPMRegs, acpi_regs);

    acpi_update_sci(&pm->acpi_regs, pm->irq);
}

static uint64_t gpe_read(void *opaque, hwaddr addr, unsigned width)
{
    return acpi_gpe_ioport_readb(opaque, addr);
}

static void gpe_write(void *opaque, hwaddr addr, uint64_t val, unsigned width)
{
    ACPIREGS *ar = opaque;

    acpi_gpe_ioport_writeb(ar, addr, val);
    pm_update_sci(ar);
}

static const MemoryRegionOps gpe_ops = {
    .read = gpe_read,
    .write = gpe_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

static uint64_t smi_read(void *opaque, hwaddr addr, unsigned width)
{
    ICH9LPCPMRegs *pm = opaque;

    return addr == 0 ? pm->smi_en : addr == 4 ? pm->smi_sts : 0;
}

static void smi_write(void *opaque, hwaddr addr, uint64_t val, unsigned width)
{
    ICH9LPCPMRegs *pm = opaque;

    if (addr == 0) {
        pm->smi_en = val;
    } else if (addr == 4) {
        pm->smi_sts &= ~val;
    }
}

static const MemoryRegionOps smi_ops = {
    .read = smi_read,
    .write = smi_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
};

void ich9_pm_iospace_update(ICH9LPCPMRegs *pm, uint32_t pm_io_base)
{
    pm->pm_io_base = pm_io_base;
    memory_region_transaction_begin();
    memory_region_set_enabled(&pm->io, pm_io_base != 0);
    memory_region_set_address(&pm->io, pm_io_base);
    memory_region_transaction_commit();
}

static void powerdown_req(Notifier *n, void *opaque)
{
    ICH9LPCPMRegs *pm = container_of(n, ICH9LPCPMRegs, powerdown_notifier);

    acpi_pm1_evt_power_down(&pm->acpi_regs);
}

static void tco_timer_expired(void *opaque)
{
    /* Armed only by a stream from a machine whose watchdog ran: let it pass. */
}

static void tco_reset(TCOIORegs *tr)
{
    tr->tco.rld = 0;
    tr->tco.din = tr->tco.dout = 0;
    tr->tco.sts1 = tr->tco.sts2 = 0;
    tr->tco.cnt1 = 0x800;       /* halted */
    tr->tco.cnt2 = 0x8;
    tr->tco.msg1 = tr->tco.msg2 = tr->tco.wdcnt = 0;
    tr->tco.tmr = 4;
    tr->sw_irq_gen = 3;
    tr->expire_time = -1;
    tr->timeouts_no = 0;
    timer_del(tr->tco_timer);
}

void ich9_pm_reset(ICH9LPCPMRegs *pm)
{
    ich9_pm_iospace_update(pm, 0);
    acpi_pm1_evt_reset(&pm->acpi_regs);
    acpi_pm1_cnt_reset(&pm->acpi_regs);
    acpi_pm_tmr_reset(&pm->acpi_regs);
    acpi_gpe_reset(&pm->acpi_regs);
    pm->smi_en = pm->smm_enabled ? 0 : ICH9_PMIO_SMI_EN_APMC_EN;
    pm->smi_sts = 0;
    tco_reset(&pm->tco_regs);
    acpi_cpuhp_vmstate_reset(&pm->cpuhp_state);
    acpi_update_sci(&pm->acpi_regs, pm->irq);
}

void ich9_pm_init(PCIDevice *lpc_pci, ICH9LPCPMRegs *pm, qemu_irq sci_irq)
{
    acpi_cpuhp_vmstate_init(&pm->cpuhp_state);
    memory_region_init(&pm->io, OBJECT(lpc_pci), "ich9-pm", ICH9_PMIO_SIZE);
    memory_region_set_enabled(&pm->io, false);
    memory_region_add_subregion(pci_address_space_io(lpc_pci), 0, &pm->io);
    acpi_pm_tmr_init(&pm->acpi_regs, pm_update_sci, &pm->io);
    acpi_pm1_evt_init(&pm->acpi_regs, pm_update_sci, &pm->io);
    acpi_pm1_cnt_init(&pm->acpi_regs, &pm->io, pm->disable_s3, pm->disable_s4, pm->s4_val,
                      !pm->smm_compat && !pm->smm_enabled);
    acpi_gpe_init(&pm->acpi_regs, ICH9_PMIO_GPE0_LEN);
    memory_region_init_io(&pm->io_gpe, OBJECT(lpc_pci), &gpe_ops, &pm->acpi_regs, "acpi-gpe0", ICH9_PMIO_GPE0_LEN);
    memory_region_add_subregion(&pm->io, ICH9_PMIO_GPE0_STS, &pm->io_gpe);
    memory_region_init_io(&pm->io_smi, OBJECT(lpc_pci), &smi_ops, pm, "acpi-smi", 8);
    memory_region_add_subregion(&pm->io, ICH9_PMIO_SMI_EN, &pm->io_smi);
    pm->tco_regs.tco_timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, tco_timer_expired, pm);
    pm->irq = sci_irq;
    pm->powerdown_notifier.notify = powerdown_req;
    qemu_register_powerdown_notifier(&pm->powerdown_notifier);
}

/* ---- migration ---- */

static const VMStateDescription vmstate_memhp = {
    .name = "ich9_pm/memhp",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(acpi_memory_hotplug, ICH9LPCPMRegs, 1, vmstate_acpi_memhp_empty, AcpiMemHpVmstate),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_tco_regs = {
    .name = "tco io device status",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT16(tco.rld, TCOIORegs),
        VMSTATE_UINT8(tco.din, TCOIORegs),
        VMSTATE_UINT8(tco.dout, TCOIORegs),
        VMSTATE_UINT16(tco.sts1, TCOIORegs),
        VMSTATE_UINT16(tco.sts2, TCOIORegs),
        VMSTATE_UINT16(tco.cnt1, TCOIORegs),
        VMSTATE_UINT16(tco.cnt2, TCOIORegs),
        VMSTATE_UINT8(tco.msg1, TCOIORegs),
        VMSTATE_UINT8(tco.msg2, TCOIORegs),
        VMSTATE_UINT8(tco.wdcnt, TCOIORegs),
        VMSTATE_UINT16(tco.tmr, TCOIORegs),
        VMSTATE_UINT8(sw_irq_gen, TCOIORegs),
        VMSTATE_TIMER_PTR(tco_timer, TCOIORegs),
        VMSTATE_INT64(expire_time, TCOIORegs),
        VMSTATE_UINT8(timeouts_no, TCOIORegs),
        VMSTATE_END_OF_LIST()
    },
};

static bool tco_needed(void *opaque)
{
    return ((ICH9LPCPMRegs *)opaque)->enable_tco;
}

static const VMStateDescription vmstate_tco = {
    .name = "ich9_pm/tco",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = tco_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(tco_regs, ICH9LPCPMRegs, 1, vmstate_tco_regs, TCOIORegs),
        VMSTATE_END_OF_LIST()
    },
};

static bool cpuhp_needed(void *opaque)
{
    return ((ICH9LPCPMRegs *)opaque)->cpuhp_state.modern;
}

static const VMStateDescription vmstate_cpuhp = {
    .name = "ich9_pm/cpuhp",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = cpuhp_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(cpuhp_state, ICH9LPCPMRegs, 1, vmstate_acpi_cpuhp, AcpiCpuHpVmstate),
        VMSTATE_END_OF_LIST()
    },
};

static bool pcihp_needed(void *opaque)
{
    return ((ICH9LPCPMRegs *)opaque)->use_acpi_hotplug_bridge;
}

static const VMStateDescription vmstate_pcihp = {
    .name = "ich9_pm/pcihp",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = pcihp_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(acpi_pci_hotplug.hotplug_select, ICH9LPCPMRegs),
        VMSTATE_STRUCT_ARRAY(acpi_pci_hotplug.acpi_pcihp_pci_status, ICH9LPCPMRegs, ACPI_PCIHP_MAX_HOTPLUG_BUS, 1,
                             vmstate_acpi_pcihp_pci_status, AcpiPciHpPciStatus),
        VMSTATE_UINT32(acpi_pci_hotplug.acpi_index, ICH9LPCPMRegs),
        VMSTATE_END_OF_LIST()
    },
};

/* Sixteen bytes behind each pointer. */
#define GPE_ARRAY(_f) VMSTATE_FIELD(_f, NULL, 0, VMS_ARRAY | VMS_POINTER, sizeof(uint8_t), \
    vmstate_offset_pointer(ICH9LPCPMRegs, _f, uint8_t), .info = &vmstate_info_uint8, .num = ICH9_PMIO_GPE0_LEN)

const VMStateDescription vmstate_ich9_pm = {
    .name = "ich9_pm",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT16(acpi_regs.pm1.evt.sts, ICH9LPCPMRegs),
        VMSTATE_UINT16(acpi_regs.pm1.evt.en, ICH9LPCPMRegs),
        VMSTATE_UINT16(acpi_regs.pm1.cnt.cnt, ICH9LPCPMRegs),
        VMSTATE_TIMER_PTR(acpi_regs.tmr.timer, ICH9LPCPMRegs),
        VMSTATE_INT64(acpi_regs.tmr.overflow_time, ICH9LPCPMRegs),
        GPE_ARRAY(acpi_regs.gpe.sts),
        GPE_ARRAY(acpi_regs.gpe.en),
        VMSTATE_UINT32(smi_en, ICH9LPCPMRegs),
        VMSTATE_UINT32(smi_sts, ICH9LPCPMRegs),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription *const []) {
        &vmstate_memhp, &vmstate_tco, &vmstate_cpuhp, &vmstate_pcihp, NULL
    },
};
