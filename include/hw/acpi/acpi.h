/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ACPI fixed hardware block: PM1 event and control, PM timer and general-purpose events (ACPI 6.4, chapter 4),
 * shared by PIIX4 and ICH9 power management. The owner supplies the SCI line and where the registers appear:
 *
 *   base + 0   PM1 status, enable      (acpi-evt, 4 bytes)
 *   base + 4   PM1 control             (acpi-cnt, 2 bytes)
 *   base + 8   PM timer, 3.579545 MHz  (acpi-tmr, 4 bytes)
 *   gpe0       status half, then enable half, byte accessible
 *
 * Runs under the BQL.
 */
#ifndef HW_ACPI_ACPI_H
#define HW_ACPI_ACPI_H

#include "system/memory.h"
#include "qemu/notify.h"
#include "qemu/timer.h"
#include "hw/core/irq.h"

#define PM_TIMER_FREQUENCY 3579545

#define ACPI_BITMASK_TIMER_STATUS 0x0001
#define ACPI_BITMASK_BUS_MASTER_STATUS 0x0010
#define ACPI_BITMASK_GLOBAL_LOCK_STATUS 0x0020
#define ACPI_BITMASK_POWER_BUTTON_STATUS 0x0100
#define ACPI_BITMASK_SLEEP_BUTTON_STATUS 0x0200
#define ACPI_BITMASK_RT_CLOCK_STATUS 0x0400
#define ACPI_BITMASK_PCIEXP_WAKE_STATUS 0x4000
#define ACPI_BITMASK_WAKE_STATUS 0x8000
#define ACPI_BITMASK_TIMER_ENABLE 0x0001
#define ACPI_BITMASK_GLOBAL_LOCK_ENABLE 0x0020
#define ACPI_BITMASK_POWER_BUTTON_ENABLE 0x0100
#define ACPI_BITMASK_SLEEP_BUTTON_ENABLE 0x0200
#define ACPI_BITMASK_RT_CLOCK_ENABLE 0x0400
#define ACPI_BITMASK_PM1_COMMON_ENABLED                                                             \
    (ACPI_BITMASK_RT_CLOCK_ENABLE | ACPI_BITMASK_POWER_BUTTON_ENABLE |                              \
     ACPI_BITMASK_GLOBAL_LOCK_ENABLE | ACPI_BITMASK_TIMER_ENABLE)
#define ACPI_BITMASK_SCI_ENABLE 0x0001
#define ACPI_BITMASK_SLEEP_TYPE 0x1c00
#define ACPI_BITMASK_SLEEP_ENABLE 0x2000

/* Bits of the GPE block; the machine's AML names the same numbers. */
#define ACPI_PCI_HOTPLUG_STATUS 2
#define ACPI_CPU_HOTPLUG_STATUS 4
#define ACPI_MEMORY_HOTPLUG_STATUS 8

typedef struct ACPIREGS ACPIREGS;
typedef void (*acpi_update_sci_fn)(ACPIREGS *ar);

typedef struct ACPIPMTimer {
    QEMUTimer *timer;
    MemoryRegion io;
    int64_t overflow_time;      /* in timer ticks */
    acpi_update_sci_fn update_sci;
} ACPIPMTimer;

typedef struct ACPIPM1EVT {
    MemoryRegion io;
    uint16_t sts;
    uint16_t en;
    acpi_update_sci_fn update_sci;
} ACPIPM1EVT;

typedef struct ACPIPM1CNT {
    MemoryRegion io;
    uint16_t cnt;
    uint8_t s4_val;
    bool acpi_only;
} ACPIPM1CNT;

typedef struct ACPIGPE {
    uint8_t len;                /* whole block: half status, half enable */
    uint8_t *sts;
    uint8_t *en;
} ACPIGPE;

struct ACPIREGS {
    ACPIPMTimer tmr;
    ACPIGPE gpe;
    struct {
        ACPIPM1EVT evt;
        ACPIPM1CNT cnt;
    } pm1;
    Notifier wakeup;
};

void acpi_pm_tmr_init(ACPIREGS *ar, acpi_update_sci_fn update_sci, MemoryRegion *parent);
void acpi_pm_tmr_reset(ACPIREGS *ar);
void acpi_pm_tmr_update(ACPIREGS *ar, bool enable);
void acpi_pm_tmr_calc_overflow_time(ACPIREGS *ar);

void acpi_pm1_evt_init(ACPIREGS *ar, acpi_update_sci_fn update_sci, MemoryRegion *parent);
void acpi_pm1_evt_reset(ACPIREGS *ar);
uint16_t acpi_pm1_evt_get_sts(ACPIREGS *ar);
void acpi_pm1_evt_write_en(ACPIREGS *ar, uint16_t val);
/* The power button: sets its status bit if enabled to be seen (system_powerdown). */
void acpi_pm1_evt_power_down(ACPIREGS *ar);

void acpi_pm1_cnt_init(ACPIREGS *ar, MemoryRegion *parent, bool disable_s3, bool disable_s4, uint8_t s4_val,
                       bool acpi_only);
void acpi_pm1_cnt_reset(ACPIREGS *ar);
/* Set or clear SCI_EN, as the APM port commands ask. */
void acpi_pm1_cnt_update(ACPIREGS *ar, bool sci_enable, bool sci_disable);

void acpi_gpe_init(ACPIREGS *ar, uint8_t len);
void acpi_gpe_free(ACPIREGS *ar);
void acpi_gpe_reset(ACPIREGS *ar);
uint32_t acpi_gpe_ioport_readb(ACPIREGS *ar, uint32_t addr);
void acpi_gpe_ioport_writeb(ACPIREGS *ar, uint32_t addr, uint32_t val);

/* Raise GPE bits @status and update the SCI. */
void acpi_send_gpe_event(ACPIREGS *ar, qemu_irq irq, unsigned status);
/* Drive @irq from all enabled sources. */
void acpi_update_sci(ACPIREGS *ar, qemu_irq irq);

#endif
