/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The local APIC's state, shared by apic.c (registers, acceptance), apic-bus.c (messages between APICs) and
 * apic-timer.c. Everything here is written under the BQL.
 *
 * Invariants
 *  1. CPU_INTERRUPT_HARD is set in the CPU exactly when apic_update_irq() last found an acceptable request (a vector
 *     in IRR above the processor priority, or the 8259's line through an open LINT0).
 *  2. A vector is in ISR from apic_get_interrupt() to EOI; it may be in IRR at the same time once more.
 *  3. The timer is armed exactly when timer_expiry (apic-timer.c) says so; a masked LVT timer keeps counting.
 */
#ifndef HW_INTC_APIC_INTERNAL_H
#define HW_INTC_APIC_INTERNAL_H

#include "hw/core/cpu.h"
#include "hw/i386/apic.h"
#include "qemu/timer.h"
#include "system/memory.h"

typedef struct APICCommonState APICCommonState;
DECLARE_INSTANCE_CHECKER(APICCommonState, APIC_COMMON, TYPE_APIC_COMMON)

enum {
    APIC_LVT_TIMER,
    APIC_LVT_THERMAL,
    APIC_LVT_PERFORM,
    APIC_LVT_LINT0,
    APIC_LVT_LINT1,
    APIC_LVT_ERROR,
    APIC_LVT_NB,
};

/* LVT and ICR bits */
#define APIC_LVT_MASKED         (1u << 16)
#define APIC_LVT_LEVEL_TRIGGER  (1u << 15)
#define APIC_LVT_REMOTE_IRR     (1u << 14)
#define APIC_LVT_POLARITY       (1u << 13)
#define APIC_SEND_PENDING       (1u << 12)
#define APIC_LVT_TIMER_SHIFT    17
#define APIC_LVT_TIMER_MODE     (3u << APIC_LVT_TIMER_SHIFT)
#define APIC_TIMER_ONE_SHOT     0
#define APIC_TIMER_PERIODIC     1
#define APIC_TIMER_TSC_DEADLINE 2
#define APIC_ICR_LEVEL_ASSERT   (1u << 14)

#define APIC_SV_ENABLE          (1u << 8)
#define APIC_SV_DIRECTED_EOI    (1u << 12)

#define APIC_ESR_SEND_ILLEGAL   (1u << 5)
#define APIC_ESR_RECV_ILLEGAL   (1u << 6)
#define APIC_ESR_ILLEGAL_REG    (1u << 7)

struct APICCommonState {
    DeviceState parent_obj;

    MemoryRegion io_memory;
    CPUState *cpu;
    uint32_t initial_apic_id;       /* 32 bits, as in x2APIC mode */
    uint8_t version;

    uint32_t apicbase;              /* IA32_APIC_BASE, low half */
    uint8_t id;                     /* xAPIC ID register */
    uint8_t arb_id;
    uint8_t tpr;
    uint32_t spurious_vec;
    uint8_t log_dest;
    uint8_t dest_mode;              /* DFR bits 31:28: 0xf flat, 0 cluster */
    uint32_t isr[8];
    uint32_t tmr[8];
    uint32_t irr[8];
    uint32_t lvt[APIC_LVT_NB];
    uint32_t esr;                   /* as the guest reads it */
    uint32_t esr_vmstate;           /* in streams */
    uint32_t esr_pending;           /* errors since the guest last wrote ESR */
    uint32_t icr[2];
    uint32_t divide_conf;
    int count_shift;
    uint32_t initial_count;
    int64_t initial_count_load_time;
    int64_t next_time;
    int64_t timer_expiry;           /* ns, -1 not armed; for streams */
    uint64_t tsc_deadline;
    QEMUTimer *timer;

    int32_t sipi_vector;
    int32_t wait_for_sipi;
    bool pic_line;                  /* level of the 8259's INTR */
    bool is_bsp;
};

/* Vectors as a 256-bit set; -1 when empty. */
static inline int apic_highest_bit(const uint32_t *set)
{
    for (int i = 7; i >= 0; i--) {
        if (set[i]) {
            return i * 32 + 31 - __builtin_clz(set[i]);
        }
    }
    return -1;
}

static inline bool apic_test_bit(const uint32_t *set, unsigned bit)
{
    return set[bit >> 5] >> (bit & 31) & 1;
}

static inline void apic_set_bit(uint32_t *set, unsigned bit)
{
    set[bit >> 5] |= 1u << (bit & 31);
}

static inline void apic_clear_bit(uint32_t *set, unsigned bit)
{
    set[bit >> 5] &= ~(1u << (bit & 31));
}

static inline bool apic_in_x2apic_mode(const APICCommonState *s)
{
    return s->apicbase & MSR_IA32_APICBASE_EXTD;
}

static inline unsigned apic_timer_mode(const APICCommonState *s)
{
    return s->lvt[APIC_LVT_TIMER] >> APIC_LVT_TIMER_SHIFT & 3;
}

/* apic.c */
void apic_update_irq(APICCommonState *s);
void apic_set_irq(APICCommonState *s, unsigned vector, bool level);
void apic_local_deliver(APICCommonState *s, unsigned lvt);
void apic_report_error(APICCommonState *s, uint32_t esr_bit);
unsigned apic_processor_priority(APICCommonState *s);
bool apic_register_read(APICCommonState *s, unsigned index, uint32_t *val);
bool apic_register_write(APICCommonState *s, unsigned index, uint32_t val);
void apic_reset_registers(APICCommonState *s);

/* apic-bus.c: all APICs of the machine */
void apic_bus_add(APICCommonState *s);
void apic_bus_remove(APICCommonState *s);
bool apic_bus_is_empty(void);
APICCommonState *apic_of_cpu(CPUState *cpu);
void apic_send_ipi(APICCommonState *s);     /* as ICR says */

/* apic-timer.c */
void apic_timer_init(APICCommonState *s);
void apic_timer_free(APICCommonState *s);
void apic_timer_reset(APICCommonState *s);
void apic_timer_set_divider(APICCommonState *s, uint32_t val);
void apic_timer_set_initial_count(APICCommonState *s, uint32_t val);
void apic_timer_lvt_changed(APICCommonState *s, uint32_t old_lvt);
uint32_t apic_timer_current_count(APICCommonState *s);
void apic_timer_restore(APICCommonState *s);    /* after load: arm from timer_expiry */

extern const VMStateDescription vmstate_apic_common;

#endif
