// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local APIC: registers, acceptance and acknowledgement of interrupts (Intel SDM vol. 3, chapter 11).
 *
 * Owns one APIC's registers through MMIO (xAPIC) and MSRs (x2APIC). Routing between APICs is in apic-bus.c, the
 * timer in apic-timer.c, realize/reset/vmstate in apic-common.c. Everything needs the BQL, so the guest's accesses
 * take it; a vCPU that only asks "is there an interrupt?" tests CPU_INTERRUPT_HARD and needs no lock.
 */
#include "qemu/osdep.h"
#include "hw/intc/apic-internal.h"
#include "hw/intc/ioapic.h"

enum {
    REG_ID = 0x02,
    REG_VERSION = 0x03,
    REG_TPR = 0x08,
    REG_APR = 0x09,
    REG_PPR = 0x0a,
    REG_EOI = 0x0b,
    REG_LDR = 0x0d,
    REG_DFR = 0x0e,
    REG_SVR = 0x0f,
    REG_ISR = 0x10,
    REG_TMR = 0x18,
    REG_IRR = 0x20,
    REG_ESR = 0x28,
    REG_ICR_LOW = 0x30,
    REG_ICR_HIGH = 0x31,
    REG_LVT = 0x32,
    REG_INITIAL_COUNT = 0x38,
    REG_CURRENT_COUNT = 0x39,
    REG_DIVIDE = 0x3e,
    REG_SELF_IPI = 0x3f,
};

/* Bits of each LVT entry that can be written (SDM vol. 3, figure 11-8). */
static const uint32_t lvt_writable[APIC_LVT_NB] = {
    [APIC_LVT_TIMER] = 0x700ff,
    [APIC_LVT_THERMAL] = 0x107ff,
    [APIC_LVT_PERFORM] = 0x107ff,
    [APIC_LVT_LINT0] = 0x1a7ff,
    [APIC_LVT_LINT1] = 0x1a7ff,
    [APIC_LVT_ERROR] = 0x100ff,
};

/* Processor priority: the higher of TPR and the highest interrupt in service (SDM vol. 3, 11.8.3.1). */
unsigned apic_processor_priority(APICCommonState *s)
{
    int in_service = apic_highest_bit(s->isr);
    unsigned isr_class = in_service < 0 ? 0 : in_service & 0xf0;

    return (s->tpr & 0xf0) >= isr_class ? s->tpr : isr_class;
}

static int acceptable_vector(APICCommonState *s)
{
    int vector = apic_highest_bit(s->irr);

    if (!(s->spurious_vec & APIC_SV_ENABLE) || vector < 0) {
        return -1;
    }
    return (vector & 0xf0) > (apic_processor_priority(s) & 0xf0) ? vector : -1;
}

void apic_update_irq(APICCommonState *s)
{
    bool want = (s->pic_line && apic_accept_pic_intr(DEVICE(s))) || acceptable_vector(s) >= 0;

    if (want) {
        cpu_interrupt(s->cpu, CPU_INTERRUPT_HARD);
    } else {
        cpu_reset_interrupt(s->cpu, CPU_INTERRUPT_HARD);
    }
}

void apic_report_error(APICCommonState *s, uint32_t esr_bit)
{
    s->esr_pending |= esr_bit;
    apic_local_deliver(s, APIC_LVT_ERROR);
}

void apic_set_irq(APICCommonState *s, unsigned vector, bool level)
{
    if (!(s->spurious_vec & APIC_SV_ENABLE)) {
        return;
    }
    if (vector < 16) {
        /* the error interrupt itself may have such a vector: report it once, deliver nothing */
        if (!(s->esr_pending & APIC_ESR_RECV_ILLEGAL)) {
            apic_report_error(s, APIC_ESR_RECV_ILLEGAL);
        }
        return;
    }
    apic_set_bit(s->irr, vector);
    if (level) {
        apic_set_bit(s->tmr, vector);
    } else {
        apic_clear_bit(s->tmr, vector);
    }
    apic_update_irq(s);
}

void apic_local_deliver(APICCommonState *s, unsigned index)
{
    uint32_t lvt = s->lvt[index];
    bool level = false;

    if (lvt & APIC_LVT_MASKED) {
        return;
    }
    switch (lvt >> 8 & 7) {
    case APIC_DM_SMI:
        cpu_interrupt(s->cpu, CPU_INTERRUPT_TGT_EXT_2);
        break;
    case APIC_DM_NMI:
        cpu_interrupt(s->cpu, CPU_INTERRUPT_TGT_EXT_3);
        break;
    case APIC_DM_EXTINT:
        s->pic_line = true;
        apic_update_irq(s);
        break;
    case APIC_DM_FIXED:
        if (index == APIC_LVT_LINT0 && lvt & APIC_LVT_LEVEL_TRIGGER) {
            level = true;
            s->lvt[index] |= APIC_LVT_REMOTE_IRR;
        }
        apic_set_irq(s, lvt & 0xff, level);
        break;
    default:
        break;
    }
}

/* The 8259 and NMI lines */

int apic_accept_pic_intr(DeviceState *dev)
{
    APICCommonState *s = dev ? APIC_COMMON(dev) : NULL;

    if (!s || !(s->apicbase & MSR_IA32_APICBASE_ENABLE)) {
        return 1;
    }
    return !(s->lvt[APIC_LVT_LINT0] & APIC_LVT_MASKED) &&
           (s->lvt[APIC_LVT_LINT0] >> 8 & 7) == APIC_DM_EXTINT;
}

void apic_deliver_pic_intr(DeviceState *dev, int level)
{
    APICCommonState *s = APIC_COMMON(dev);
    uint32_t lvt = s->lvt[APIC_LVT_LINT0];
    bool rising = level && !s->pic_line;

    s->pic_line = level;
    if (s->apicbase & MSR_IA32_APICBASE_ENABLE && (lvt >> 8 & 7) != APIC_DM_EXTINT) {
        s->pic_line = false;
        if (level ? rising || lvt & APIC_LVT_LEVEL_TRIGGER : false) {
            apic_local_deliver(s, APIC_LVT_LINT0);
        } else if (!level && lvt & APIC_LVT_LEVEL_TRIGGER) {
            apic_clear_bit(s->irr, lvt & 0xff);
        }
    }
    apic_update_irq(s);
}

void apic_deliver_nmi(DeviceState *dev)
{
    apic_local_deliver(APIC_COMMON(dev), APIC_LVT_LINT1);
}

/* Acknowledge and end of interrupt */

int apic_get_highest_priority_irr(DeviceState *dev)
{
    return dev ? apic_highest_bit(APIC_COMMON(dev)->irr) : -1;
}

int apic_get_interrupt(DeviceState *dev)
{
    APICCommonState *s = dev ? APIC_COMMON(dev) : NULL;
    int vector;

    if (!s || !(s->spurious_vec & APIC_SV_ENABLE)) {
        return -1;
    }
    vector = acceptable_vector(s);
    if (vector >= 0) {
        apic_clear_bit(s->irr, vector);
        apic_set_bit(s->isr, vector);
    }
    apic_update_irq(s);
    return vector;
}

void apic_poll_irq(DeviceState *dev)
{
    if (dev) {
        apic_update_irq(APIC_COMMON(dev));
    }
}

static void end_of_interrupt(APICCommonState *s)
{
    int vector = apic_highest_bit(s->isr);
    uint32_t lint0 = s->lvt[APIC_LVT_LINT0];

    if (vector < 0) {
        return;
    }
    apic_clear_bit(s->isr, vector);
    if (lint0 & APIC_LVT_REMOTE_IRR && (lint0 & 0xff) == (uint32_t)vector) {
        s->lvt[APIC_LVT_LINT0] &= ~APIC_LVT_REMOTE_IRR;
    }
    if (apic_test_bit(s->tmr, vector) && !(s->spurious_vec & APIC_SV_DIRECTED_EOI)) {
        ioapic_eoi_broadcast(vector);
    }
    apic_update_irq(s);
}

/* Registers */

static uint32_t read_id(APICCommonState *s)
{
    return apic_in_x2apic_mode(s) ? s->initial_apic_id : (uint32_t)s->id << 24;
}

static uint32_t read_ldr(APICCommonState *s)
{
    if (apic_in_x2apic_mode(s)) {
        return (s->initial_apic_id & 0xffff0) << 12 | 1u << (s->initial_apic_id & 15);
    }
    return (uint32_t)s->log_dest << 24;
}

/* False: there is no such register. */
bool apic_register_read(APICCommonState *s, unsigned index, uint32_t *val)
{
    switch (index) {
    case REG_ID:
        *val = read_id(s);
        break;
    case REG_VERSION:
        *val = s->version | (APIC_LVT_NB - 1) << 16;
        break;
    case REG_TPR:
        *val = s->tpr;
        break;
    case REG_APR:
    case REG_PPR:
        *val = apic_processor_priority(s);
        break;
    case REG_EOI:
        *val = 0;
        break;
    case REG_LDR:
        *val = read_ldr(s);
        break;
    case REG_DFR:
        *val = (uint32_t)s->dest_mode << 28 | 0x0fffffff;
        break;
    case REG_SVR:
        *val = s->spurious_vec;
        break;
    case REG_ISR ... REG_ISR + 7:
        *val = s->isr[index & 7];
        break;
    case REG_TMR ... REG_TMR + 7:
        *val = s->tmr[index & 7];
        break;
    case REG_IRR ... REG_IRR + 7:
        *val = s->irr[index & 7];
        break;
    case REG_ESR:
        *val = s->esr;
        break;
    case REG_ICR_LOW:
    case REG_ICR_HIGH:
        *val = s->icr[index & 1];
        break;
    case REG_LVT ... REG_LVT + APIC_LVT_NB - 1:
        *val = s->lvt[index - REG_LVT];
        break;
    case REG_INITIAL_COUNT:
        *val = s->initial_count;
        break;
    case REG_CURRENT_COUNT:
        *val = apic_timer_current_count(s);
        break;
    case REG_DIVIDE:
        *val = s->divide_conf;
        break;
    default:
        *val = 0;
        return false;
    }
    return true;
}

static void write_lvt(APICCommonState *s, unsigned n, uint32_t val)
{
    uint32_t old = s->lvt[n];

    val &= lvt_writable[n];
    if (!(s->spurious_vec & APIC_SV_ENABLE)) {
        val |= APIC_LVT_MASKED;         /* SDM vol. 3, 11.4.7.2 */
    }
    s->lvt[n] = val | (old & APIC_LVT_REMOTE_IRR);
    if (n == APIC_LVT_TIMER) {
        apic_timer_lvt_changed(s, old);
    }
    apic_update_irq(s);
}

static void write_spurious(APICCommonState *s, uint32_t val)
{
    s->spurious_vec = val & 0x11ff;
    if (!(val & APIC_SV_ENABLE)) {
        for (unsigned i = 0; i < APIC_LVT_NB; i++) {
            s->lvt[i] |= APIC_LVT_MASKED;
        }
    }
    apic_update_irq(s);
}

bool apic_register_write(APICCommonState *s, unsigned index, uint32_t val)
{
    switch (index) {
    case REG_ID:
        s->id = val >> 24;
        break;
    case REG_TPR:
        s->tpr = val;
        apic_update_irq(s);
        break;
    case REG_EOI:
        end_of_interrupt(s);
        break;
    case REG_LDR:
        s->log_dest = val >> 24;
        break;
    case REG_DFR:
        s->dest_mode = val >> 28;
        break;
    case REG_SVR:
        write_spurious(s, val);
        break;
    case REG_ESR:
        s->esr = s->esr_pending;
        s->esr_pending = 0;
        break;
    case REG_ICR_LOW:
        s->icr[0] = val & 0x000ccfff;
        apic_send_ipi(s);
        break;
    case REG_ICR_HIGH:
        s->icr[1] = val;
        break;
    case REG_LVT ... REG_LVT + APIC_LVT_NB - 1:
        write_lvt(s, index - REG_LVT, val);
        break;
    case REG_INITIAL_COUNT:
        apic_timer_set_initial_count(s, val);
        break;
    case REG_DIVIDE:
        apic_timer_set_divider(s, val);
        break;
    case REG_VERSION:
    case REG_APR:
    case REG_PPR:
    case REG_ISR ... REG_IRR + 7:
    case REG_CURRENT_COUNT:
        break;                          /* read-only */
    default:
        return false;
    }
    return true;
}

/* x2APIC: the same registers as MSRs, with stricter rules (SDM vol. 3, table 11-6). */

bool apic_msr_read(DeviceState *dev, int index, uint64_t *val)
{
    APICCommonState *s = dev ? APIC_COMMON(dev) : NULL;
    uint32_t low;

    if (!s || !apic_in_x2apic_mode(s)) {
        return false;
    }
    switch (index) {
    case REG_EOI:
    case REG_APR:
    case REG_DFR:
    case REG_ICR_HIGH:
    case REG_SELF_IPI:
        return false;
    case REG_ICR_LOW:
        *val = s->icr[0] | (uint64_t)s->icr[1] << 32;
        return true;
    default:
        if (!apic_register_read(s, index, &low)) {
            return false;
        }
        *val = low;
        return true;
    }
}

bool apic_msr_write(DeviceState *dev, int index, uint64_t val)
{
    APICCommonState *s = dev ? APIC_COMMON(dev) : NULL;

    if (!s || !apic_in_x2apic_mode(s)) {
        return false;
    }
    if (index == REG_ICR_LOW) {
        s->icr[1] = val >> 32;
        return apic_register_write(s, REG_ICR_LOW, val);
    }
    if (val >> 32) {
        return false;
    }
    switch (index) {
    case REG_SELF_IPI:
        if (val >> 8) {
            return false;
        }
        apic_set_irq(s, val, false);
        return true;
    case REG_EOI:
    case REG_ESR:
        return !val && apic_register_write(s, index, 0);
    case REG_TPR:
        return !(val >> 8) && apic_register_write(s, index, val);
    case REG_ID:
    case REG_VERSION:
    case REG_APR:
    case REG_PPR:
    case REG_LDR:
    case REG_DFR:
    case REG_ISR ... REG_IRR + 7:
    case REG_ICR_HIGH:
    case REG_CURRENT_COUNT:
        return false;
    default:
        return apic_register_write(s, index, val);
    }
}

/* The base MSR and CR8 */

void cpu_set_apic_base(DeviceState *dev, uint64_t val)
{
    APICCommonState *s = dev ? APIC_COMMON(dev) : NULL;
    bool was_enabled;

    if (!s) {
        return;
    }
    was_enabled = s->apicbase & MSR_IA32_APICBASE_ENABLE;
    s->apicbase = (val & ~(uint64_t)MSR_IA32_APICBASE_BSP) | (s->apicbase & MSR_IA32_APICBASE_BSP);
    if (was_enabled && !(val & MSR_IA32_APICBASE_ENABLE)) {
        apic_reset_registers(s);        /* SDM vol. 3, 11.4.3: back to the power-up state */
    }
    apic_update_irq(s);
}

uint64_t cpu_get_apic_base(DeviceState *dev)
{
    return dev ? APIC_COMMON(dev)->apicbase : 0;
}

bool is_x2apic_mode(DeviceState *dev)
{
    return dev && apic_in_x2apic_mode(APIC_COMMON(dev));
}

void cpu_set_apic_tpr(DeviceState *dev, uint8_t val)
{
    if (dev) {
        APIC_COMMON(dev)->tpr = val << 4;
        apic_update_irq(APIC_COMMON(dev));
    }
}

uint8_t cpu_get_apic_tpr(DeviceState *dev)
{
    return dev ? APIC_COMMON(dev)->tpr >> 4 : 0;
}

void apic_dump(DeviceState *dev, GString *out)
{
    static const char *const lvt_names[] = { "LVTTIMER", "LVTTHMR", "LVTPC", "LVT0", "LVT1", "LVTERR" };
    APICCommonState *s = APIC_COMMON(dev);

    g_string_append_printf(out, "dumping local APIC state for CPU %u\n\n", s->initial_apic_id);
    for (unsigned i = 0; i < APIC_LVT_NB; i++) {
        g_string_append_printf(out, "%-8s 0x%08x%s\n", lvt_names[i], s->lvt[i],
                               s->lvt[i] & APIC_LVT_MASKED ? " masked" : "");
    }
    g_string_append_printf(out, "Timer    DCR=0x%x shift=%d initial_count=%u current_count=%u\n", s->divide_conf,
                           s->count_shift, s->initial_count, apic_timer_current_count(s));
    g_string_append_printf(out, "SPIV     0x%08x APIC %s\n", s->spurious_vec,
                           s->spurious_vec & APIC_SV_ENABLE ? "enabled" : "disabled");
    g_string_append_printf(out, "ICR      0x%08x 0x%08x\nESR      0x%08x\n", s->icr[0], s->icr[1], s->esr);
    for (unsigned k = 0; k < 2; k++) {
        const uint32_t *set = k ? s->irr : s->isr;

        g_string_append(out, k ? "IRR     " : "ISR     ");
        for (unsigned v = 0; v < 256; v++) {
            if (apic_test_bit(set, v)) {
                g_string_append_printf(out, " %u%s", v, apic_test_bit(s->tmr, v) ? "(level)" : "");
            }
        }
        g_string_append_c(out, '\n');
    }
    g_string_append_printf(out, "TPR 0x%02x PPR 0x%02x\n", s->tpr, apic_processor_priority(s));
}
