/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ICH9 LPC bridge (ICH9 datasheet, 13): PIRQ routing, power management block, root complex registers, reset control.
 *
 * Out lines "gsi"[24]: the machine connects them before the device is realized or right after; 0-15 reach the PICs
 * and the I/O APIC, 16-23 are PIRQA..H at the I/O APIC. Child bus "isa.0".
 */
#ifndef HW_SOUTHBRIDGE_ICH9_H
#define HW_SOUTHBRIDGE_ICH9_H

#include "hw/acpi/acpi.h"
#include "hw/acpi/pcihp.h"
#include "hw/isa/apm.h"
#include "hw/isa/isa.h"
#include "hw/isa/pm_smbus.h"
#include "hw/pci/pci_device.h"

#define TYPE_ICH9_LPC_DEVICE "ICH9-LPC"
OBJECT_DECLARE_SIMPLE_TYPE(ICH9LPCState, ICH9_LPC_DEVICE)
#define TYPE_ICH9_SMB_DEVICE "ICH9-SMB"
OBJECT_DECLARE_SIMPLE_TYPE(ICH9SMBState, ICH9_SMB_DEVICE)

#define ICH9_LPC_DEV 31
#define ICH9_LPC_FUNC 0
#define ICH9_SATA1_DEV 31
#define ICH9_SATA1_FUNC 2
#define ICH9_SMB_DEV 31
#define ICH9_SMB_FUNC 3
#define ICH9_GPIO_GSI "gsi"

#define ICH9_LPC_NB_PIRQS 8
#define ICH9_LPC_PIC_NUM_PINS 16
#define ICH9_LPC_PMBASE 0x40
#define ICH9_LPC_ACPI_CTRL 0x44
#define ICH9_LPC_PIRQA_ROUT 0x60
#define ICH9_LPC_PIRQE_ROUT 0x68
#define ICH9_LPC_RCBA 0xf0
#define ICH9_LPC_RCBA_EN 1u
#define ICH9_LPC_ACPI_CTRL_ACPI_EN 0x80

#define ICH9_PMIO_SIZE 128
#define ICH9_PMIO_GPE0_STS 0x20
#define ICH9_PMIO_GPE0_LEN 16
#define ICH9_PMIO_SMI_EN 0x30
#define ICH9_PMIO_SMI_EN_APMC_EN (1u << 5)
#define ICH9_PMIO_SMI_EN_TCO_EN (1u << 13)
#define ICH9_PMIO_SMI_STS 0x34

#define ICH9_RST_CNT_IOPORT 0xcf9
#define ICH9_CC_SIZE 0x4000
#define ICH9_CC_D28IP 0x310c
#define ICH9_CC_D28IP_DEFAULT 0x00214321
#define ICH9_CC_D31IR 0x3140
#define ICH9_CC_D30IR 0x3142
#define ICH9_CC_D29IR 0x3144
#define ICH9_CC_D28IR 0x3146
#define ICH9_CC_D27IR 0x3148
#define ICH9_CC_D26IR 0x314c
#define ICH9_CC_D25IR 0x3150
#define ICH9_CC_DIR_DEFAULT 0x3210
#define ICH9_CC_D30IR_DEFAULT 0x0
#define ICH9_CC_OIC 0x31ff
#define ICH9_CC_GCS 0x3410
#define ICH9_CC_GCS_DEFAULT 0x00000020

#define ICH9_APM_ACPI_ENABLE 0x2
#define ICH9_APM_ACPI_DISABLE 0x3

/* Watchdog registers: kept and migrated; the timer does not run. */
typedef struct TCOIORegs {
    struct {
        uint16_t rld;
        uint8_t din, dout;
        uint16_t sts1, sts2, cnt1, cnt2;
        uint8_t msg1, msg2, wdcnt;
        uint16_t tmr;
    } tco;
    uint8_t sw_irq_gen;
    QEMUTimer *tco_timer;
    int64_t expire_time;
    uint8_t timeouts_no;
    MemoryRegion io;
} TCOIORegs;

typedef struct ICH9LPCPMRegs {
    ACPIREGS acpi_regs;
    MemoryRegion io;
    MemoryRegion io_gpe;
    MemoryRegion io_smi;
    uint32_t smi_en;
    uint32_t smi_sts;
    qemu_irq irq;
    uint32_t pm_io_base;
    Notifier powerdown_notifier;
    AcpiMemHpVmstate acpi_memory_hotplug;
    AcpiCpuHpVmstate cpuhp_state;
    AcpiPciHpState acpi_pci_hotplug;
    bool keep_pci_slot_hpc;
    bool use_acpi_hotplug_bridge;
    uint8_t disable_s3;
    uint8_t disable_s4;
    uint8_t s4_val;
    uint8_t smm_enabled;
    bool smm_compat;
    bool enable_tco;
    TCOIORegs tco_regs;
} ICH9LPCPMRegs;

struct ICH9LPCState {
    PCIDevice d;

    uint8_t irr[PCI_SLOT_MAX][PCI_NUM_PINS];    /* PIRQ (0..7) of each pin */
    APMState apm;
    ICH9LPCPMRegs pm;
    uint32_t sci_level;
    uint8_t sci_gsi;
    bool pin_strap_no_reboot;
    uint8_t chip_config[ICH9_CC_SIZE];
    uint8_t rst_cnt;
    MemoryRegion rst_cnt_mem;
    MemoryRegion rcrb_mem;
    ISABus *isa_bus;
    qemu_irq gsi[24];
    uint8_t smi_guest_features_le[8];
    uint8_t smi_features_ok;
    uint64_t smi_negotiated_features;
    uint64_t smi_host_features;
};

struct ICH9SMBState {
    PCIDevice dev;

    bool irq_enabled;
    PMSMBus smb;
};

void ich9_lpc_set_irq(void *opaque, int irq_num, int level);
int ich9_lpc_map_irq(PCIDevice *pci_dev, int intx);
PCIINTxRoute ich9_route_intx_pin_to_irq(void *opaque, int pirq_pin);

#endif
