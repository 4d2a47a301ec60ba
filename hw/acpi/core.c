/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACPI fixed hardware registers (ACPI 6.4, 4.8): PM1 event and control blocks, PM timer, GPE block. The owner
 * (PIIX4 PM, ICH9 LPC) keeps ACPIREGS in its state, migrates the fields and drives the SCI. Runs under the BQL.
 */
#include "qemu/osdep.h"
#include "hw/acpi/acpi.h"
#include "system/runstate.h"

#define PM_TIMER_SCI_TICKS 0x800000     /* bit 23 toggles: TMR_STS */

/* ---- PM timer ---- */

static int64_t acpi_pm_tmr_ticks(void)
{
    return (__int128)qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) * PM_TIMER_FREQUENCY / NANOSECONDS_PER_SECOND;
}

void acpi_pm_tmr_calc_overflow_time(ACPIREGS *ar)
{
    ar->tmr.overflow_time = (acpi_pm_tmr_ticks() + PM_TIMER_SCI_TICKS) & ~(int64_t)(PM_TIMER_SCI_TICKS - 1);
}

void acpi_pm_tmr_update(ACPIREGS *ar, bool enable)
{
    if (enable) {
        int64_t expire = (__int128)ar->tmr.overflow_time * NANOSECONDS_PER_SECOND / PM_TIMER_FREQUENCY + 1;

        timer_mod(ar->tmr.timer, expire);
    } else {
        timer_del(ar->tmr.timer);
    }
}

static void acpi_pm_tmr_timer(void *opaque)
{
    ACPIREGS *ar = opaque;

    qemu_system_wakeup_request(QEMU_WAKEUP_REASON_PMTIMER, NULL);
    ar->tmr.update_sci(ar);
}

static uint64_t acpi_pm_tmr_read(void *opaque, hwaddr addr, unsigned width)
{
    return acpi_pm_tmr_ticks() & 0xffffff;
}

static void acpi_pm_tmr_write(void *opaque, hwaddr addr, uint64_t val, unsigned width)
{
}

static const MemoryRegionOps acpi_pm_tmr_ops = {
    .read = acpi_pm_tmr_read,
    .write = acpi_pm_tmr_write,
    .impl = { .min_access_size = 4 },
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

void acpi_pm_tmr_init(ACPIREGS *ar, acpi_update_sci_fn update_sci, MemoryRegion *parent)
{
    ar->tmr.update_sci = update_sci;
    ar->tmr.timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, acpi_pm_tmr_timer, ar);
    memory_region_init_io(&ar->tmr.io, memory_region_owner(parent), &acpi_pm_tmr_ops, ar, "acpi-tmr", 4);
    memory_region_add_subregion(parent, 8, &ar->tmr.io);
}

void acpi_pm_tmr_reset(ACPIREGS *ar)
{
    ar->tmr.overflow_time = 0;
    timer_del(ar->tmr.timer);
}

/* ---- PM1 events ---- */

uint16_t acpi_pm1_evt_get_sts(ACPIREGS *ar)
{
    if (acpi_pm_tmr_ticks() >= ar->tmr.overflow_time) {
        ar->pm1.evt.sts |= ACPI_BITMASK_TIMER_STATUS;
    }
    return ar->pm1.evt.sts;
}

static void acpi_pm1_evt_write_sts(ACPIREGS *ar, uint16_t val)
{
    if (acpi_pm1_evt_get_sts(ar) & val & ACPI_BITMASK_TIMER_STATUS) {
        acpi_pm_tmr_calc_overflow_time(ar);
    }
    ar->pm1.evt.sts &= ~val;
}

void acpi_pm1_evt_write_en(ACPIREGS *ar, uint16_t val)
{
    ar->pm1.evt.en = val;
    qemu_system_wakeup_enable(QEMU_WAKEUP_REASON_RTC, val & ACPI_BITMASK_RT_CLOCK_ENABLE);
    qemu_system_wakeup_enable(QEMU_WAKEUP_REASON_PMTIMER, val & ACPI_BITMASK_TIMER_ENABLE);
}

void acpi_pm1_evt_power_down(ACPIREGS *ar)
{
    if (ar->pm1.evt.en & ACPI_BITMASK_POWER_BUTTON_ENABLE) {
        ar->pm1.evt.sts |= ACPI_BITMASK_POWER_BUTTON_STATUS;
        ar->tmr.update_sci(ar);
    }
}

void acpi_pm1_evt_reset(ACPIREGS *ar)
{
    ar->pm1.evt.sts = 0;
    ar->pm1.evt.en = 0;
    qemu_system_wakeup_enable(QEMU_WAKEUP_REASON_RTC, false);
    qemu_system_wakeup_enable(QEMU_WAKEUP_REASON_PMTIMER, false);
}

static uint64_t acpi_pm_evt_read(void *opaque, hwaddr addr, unsigned width)
{
    ACPIREGS *ar = opaque;

    return addr < 2 ? acpi_pm1_evt_get_sts(ar) : ar->pm1.evt.en;
}

static void acpi_pm_evt_write(void *opaque, hwaddr addr, uint64_t val, unsigned width)
{
    ACPIREGS *ar = opaque;

    if (addr < 2) {
        acpi_pm1_evt_write_sts(ar, val);
    } else {
        acpi_pm1_evt_write_en(ar, val);
    }
    ar->pm1.evt.update_sci(ar);
}

static const MemoryRegionOps acpi_pm_evt_ops = {
    .read = acpi_pm_evt_read,
    .write = acpi_pm_evt_write,
    .impl = { .min_access_size = 2, .max_access_size = 2 },
    .valid = { .min_access_size = 1, .max_access_size = 2 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

void acpi_pm1_evt_init(ACPIREGS *ar, acpi_update_sci_fn update_sci, MemoryRegion *parent)
{
    ar->pm1.evt.update_sci = update_sci;
    memory_region_init_io(&ar->pm1.evt.io, memory_region_owner(parent), &acpi_pm_evt_ops, ar, "acpi-evt", 4);
    memory_region_add_subregion(parent, 0, &ar->pm1.evt.io);
}

/* ---- PM1 control ---- */

static void acpi_pm1_cnt_write(ACPIREGS *ar, uint16_t val)
{
    uint16_t sus_typ;

    ar->pm1.cnt.cnt = val & ~ACPI_BITMASK_SLEEP_ENABLE;
    if (!(val & ACPI_BITMASK_SLEEP_ENABLE)) {
        return;
    }
    sus_typ = (val & ACPI_BITMASK_SLEEP_TYPE) >> 10;
    switch (sus_typ) {
    case 0:                             /* S5 */
        qemu_system_shutdown_request(SHUTDOWN_CAUSE_GUEST_SHUTDOWN);
        break;
    case 1:                             /* S3 */
        qemu_system_suspend_request();
        break;
    default:
        if (sus_typ == ar->pm1.cnt.s4_val) {
            qemu_system_shutdown_request(SHUTDOWN_CAUSE_GUEST_SHUTDOWN);
        }
        break;
    }
}

void acpi_pm1_cnt_update(ACPIREGS *ar, bool sci_enable, bool sci_disable)
{
    if (ar->pm1.cnt.acpi_only) {
        return;
    }
    if (sci_enable) {
        ar->pm1.cnt.cnt |= ACPI_BITMASK_SCI_ENABLE;
    } else if (sci_disable) {
        ar->pm1.cnt.cnt &= ~ACPI_BITMASK_SCI_ENABLE;
    }
}

static uint64_t acpi_pm_cnt_read(void *opaque, hwaddr addr, unsigned width)
{
    return ((ACPIREGS *)opaque)->pm1.cnt.cnt;
}

static void acpi_pm_cnt_write(void *opaque, hwaddr addr, uint64_t val, unsigned width)
{
    acpi_pm1_cnt_write(opaque, val);
}

static const MemoryRegionOps acpi_pm_cnt_ops = {
    .read = acpi_pm_cnt_read,
    .write = acpi_pm_cnt_write,
    .impl = { .min_access_size = 2, .max_access_size = 2 },
    .valid = { .min_access_size = 1, .max_access_size = 2 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* A wake event shows in WAK_STS together with its cause. */
static void acpi_notify_wakeup(Notifier *notifier, void *data)
{
    ACPIREGS *ar = container_of(notifier, ACPIREGS, wakeup);
    WakeupReason *reason = data;

    switch (*reason) {
    case QEMU_WAKEUP_REASON_RTC:
        ar->pm1.evt.sts |= ACPI_BITMASK_WAKE_STATUS | ACPI_BITMASK_RT_CLOCK_STATUS;
        break;
    case QEMU_WAKEUP_REASON_PMTIMER:
        ar->pm1.evt.sts |= ACPI_BITMASK_WAKE_STATUS | ACPI_BITMASK_TIMER_STATUS;
        break;
    case QEMU_WAKEUP_REASON_OTHER:
        ar->pm1.evt.sts |= ACPI_BITMASK_WAKE_STATUS | ACPI_BITMASK_POWER_BUTTON_STATUS;
        break;
    default:
        break;
    }
}

void acpi_pm1_cnt_init(ACPIREGS *ar, MemoryRegion *parent, bool disable_s3, bool disable_s4, uint8_t s4_val,
                       bool acpi_only)
{
    ar->pm1.cnt.s4_val = s4_val;
    ar->pm1.cnt.acpi_only = acpi_only;
    ar->wakeup.notify = acpi_notify_wakeup;
    qemu_register_wakeup_notifier(&ar->wakeup);
    qemu_register_wakeup_support();
    memory_region_init_io(&ar->pm1.cnt.io, memory_region_owner(parent), &acpi_pm_cnt_ops, ar, "acpi-cnt", 2);
    memory_region_add_subregion(parent, 4, &ar->pm1.cnt.io);
}

void acpi_pm1_cnt_reset(ACPIREGS *ar)
{
    ar->pm1.cnt.cnt = ar->pm1.cnt.acpi_only ? ACPI_BITMASK_SCI_ENABLE : 0;
}

/* ---- general purpose events ---- */

void acpi_gpe_init(ACPIREGS *ar, uint8_t len)
{
    ar->gpe.len = len;
    ar->gpe.sts = g_malloc0(len);       /* streams carry len bytes of each */
    ar->gpe.en = g_malloc0(len);
}

void acpi_gpe_free(ACPIREGS *ar)
{
    g_clear_pointer(&ar->gpe.sts, g_free);
    g_clear_pointer(&ar->gpe.en, g_free);
}

void acpi_gpe_reset(ACPIREGS *ar)
{
    memset(ar->gpe.sts, 0, ar->gpe.len / 2);
    memset(ar->gpe.en, 0, ar->gpe.len / 2);
}

void acpi_gpe_ioport_writeb(ACPIREGS *ar, uint32_t addr, uint32_t val)
{
    uint32_t half = ar->gpe.len / 2;

    if (addr < half) {
        ar->gpe.sts[addr] &= ~val;
    } else if (addr < ar->gpe.len) {
        ar->gpe.en[addr - half] = val;
    }
}

uint32_t acpi_gpe_ioport_readb(ACPIREGS *ar, uint32_t addr)
{
    uint32_t half = ar->gpe.len / 2;

    if (addr < half) {
        return ar->gpe.sts[addr];
    }
    return addr < ar->gpe.len ? ar->gpe.en[addr - half] : 0;
}

void acpi_send_gpe_event(ACPIREGS *ar, qemu_irq irq, unsigned status)
{
    for (unsigned i = 0; i < MIN(4, ar->gpe.len / 2); i++) {
        ar->gpe.sts[i] |= status >> (i * 8);
    }
    acpi_update_sci(ar, irq);
}

void acpi_update_sci(ACPIREGS *ar, qemu_irq irq)
{
    uint16_t pm1 = acpi_pm1_evt_get_sts(ar);
    bool level = pm1 & ar->pm1.evt.en & ACPI_BITMASK_PM1_COMMON_ENABLED;

    for (int i = 0; i < ar->gpe.len / 2; i++) {
        level |= ar->gpe.sts[i] & ar->gpe.en[i];
    }
    qemu_set_irq(irq, level);
    acpi_pm_tmr_update(ar, (ar->pm1.evt.en & ACPI_BITMASK_TIMER_ENABLE) && !(pm1 & ACPI_BITMASK_TIMER_STATUS));
}
