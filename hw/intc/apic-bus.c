// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages to local APICs: interprocessor interrupts, the I/O APIC's and MSIs (Intel SDM vol. 3, 11.6, 11.11).
 *
 * Owns the list of APICs on the machine's interrupt bus (there is one bus, as there is one system address space)
 * and the choice of who receives a message. What a receiver does with it is in apic.c. BQL.
 */
#include "qemu/osdep.h"
#include "hw/intc/apic-internal.h"

#define APIC_BROADCAST 0xffffffffu

/* Indexed by cpu_index; holes are NULL. */
static GPtrArray *bus;

void apic_bus_add(APICCommonState *s)
{
    if (!bus) {
        bus = g_ptr_array_new();
    }
    if (bus->len <= s->cpu->cpu_index) {
        g_ptr_array_set_size(bus, s->cpu->cpu_index + 1);
    }
    bus->pdata[s->cpu->cpu_index] = s;
}

void apic_bus_remove(APICCommonState *s)
{
    if (s->cpu && bus && s->cpu->cpu_index < bus->len) {
        bus->pdata[s->cpu->cpu_index] = NULL;
    }
}

bool apic_bus_is_empty(void)
{
    for (guint i = 0; bus && i < bus->len; i++) {
        if (bus->pdata[i]) {
            return false;
        }
    }
    return true;
}

APICCommonState *apic_of_cpu(CPUState *cpu)
{
    return cpu && bus && cpu->cpu_index < bus->len ? bus->pdata[cpu->cpu_index] : NULL;
}

static bool matches_physical(const APICCommonState *s, uint32_t dest)
{
    return dest == APIC_BROADCAST || dest == (apic_in_x2apic_mode(s) ? s->initial_apic_id : s->id);
}

/* Logical destinations: SDM vol. 3, 11.6.2.2 and, for x2APIC, 11.12.10. */
static bool matches_logical(const APICCommonState *s, uint32_t dest)
{
    if (dest == APIC_BROADCAST) {
        return true;
    }
    if (apic_in_x2apic_mode(s)) {
        return dest >> 16 == (s->initial_apic_id >> 4 & 0xffff) && dest >> (s->initial_apic_id & 15) & 1;
    }
    if (s->dest_mode == 0xf) {
        return dest & s->log_dest;
    }
    return (dest & 0xf0) == (s->log_dest & 0xf0) && dest & s->log_dest & 0xf;
}

static void receive(APICCommonState *s, uint8_t delivery_mode, uint8_t vector, uint8_t trigger_mode)
{
    switch (delivery_mode) {
    case APIC_DM_FIXED:
    case APIC_DM_LOWPRI:
        apic_set_irq(s, vector, trigger_mode == APIC_TRIGGER_LEVEL);
        break;
    case APIC_DM_SMI:
        cpu_interrupt(s->cpu, CPU_INTERRUPT_TGT_EXT_2);
        break;
    case APIC_DM_NMI:
        cpu_interrupt(s->cpu, CPU_INTERRUPT_TGT_EXT_3);
        break;
    case APIC_DM_INIT:
        /* from here on a SIPI counts, even if the CPU's thread gets to see both at once */
        s->wait_for_sipi = !s->is_bsp;
        cpu_reset_interrupt(s->cpu, CPU_INTERRUPT_TGT_INT_1);
        cpu_interrupt(s->cpu, CPU_INTERRUPT_RESET);
        break;
    case APIC_DM_SIPI:
        if (s->wait_for_sipi) {
            s->sipi_vector = vector;
            cpu_interrupt(s->cpu, CPU_INTERRUPT_TGT_INT_1);
        }
        break;
    case APIC_DM_EXTINT:
        s->pic_line = true;
        apic_update_irq(s);
        break;
    default:
        break;
    }
}

/* What a walk over the receivers of one message carries. */
typedef struct Message {
    uint32_t dest;
    bool logical;
    uint8_t delivery_mode, vector, trigger_mode;
    const APICCommonState *not_to;
} Message;

static bool addressed(const APICCommonState *s, const Message *m)
{
    return s && s != m->not_to &&
           (m->logical ? matches_logical(s, m->dest) : matches_physical(s, m->dest));
}

/* Lowest priority: the CPU with the least urgent work takes it, the one that has the vector already first. */
static void deliver_lowest_priority(const Message *m)
{
    APICCommonState *best = NULL;

    for (guint i = 0; i < bus->len; i++) {
        APICCommonState *s = bus->pdata[i];

        if (!addressed(s, m) || !(s->spurious_vec & APIC_SV_ENABLE)) {
            continue;
        }
        if (apic_test_bit(s->irr, m->vector)) {
            best = s;
            break;
        }
        if (!best || apic_processor_priority(s) < apic_processor_priority(best)) {
            best = s;
        }
    }
    if (best) {
        receive(best, m->delivery_mode, m->vector, m->trigger_mode);
    }
}

static void deliver(const Message *m)
{
    if (!bus) {
        return;
    }
    if (m->delivery_mode == APIC_DM_LOWPRI) {
        deliver_lowest_priority(m);
        return;
    }
    for (guint i = 0; i < bus->len; i++) {
        if (addressed(bus->pdata[i], m)) {
            receive(bus->pdata[i], m->delivery_mode, m->vector, m->trigger_mode);
        }
    }
}

void apic_deliver_irq(uint32_t dest, uint8_t dest_mode, uint8_t delivery_mode, uint8_t vector,
                      uint8_t trigger_mode)
{
    Message m = {
        .dest = dest == 0xff ? APIC_BROADCAST : dest, .logical = dest_mode, .delivery_mode = delivery_mode,
        .vector = vector, .trigger_mode = trigger_mode,
    };

    /* In logical mode 0xff is simply every bit of the mask; x2APICs in cluster 0 see it as such. */
    if (dest_mode && dest == 0xff) {
        m.dest = 0xff;
    }
    deliver(&m);
}

/*
 * Address: 0xfee in 31:20, destination 19:12, its upper bits (a platform extension, bits 11:5) 14:8 of the ID,
 * destination mode bit 2. Data: vector 7:0, delivery mode 10:8, trigger mode 15.
 */
void apic_deliver_msi(hwaddr addr, uint32_t data)
{
    uint32_t dest = (addr >> 12 & 0xff) | (addr >> 5 & 0x7f) << 8;

    apic_deliver_irq(dest, addr >> 2 & 1, data >> 8 & 7, data & 0xff, data >> 15 & 1);
}

void apic_send_ipi(APICCommonState *s)
{
    uint32_t low = s->icr[0];
    bool x2 = apic_in_x2apic_mode(s);
    uint32_t dest = x2 ? s->icr[1] : s->icr[1] >> 24;
    Message m = {
        .delivery_mode = low >> 8 & 7, .vector = low & 0xff, .trigger_mode = low >> 15 & 1,
    };

    if (m.delivery_mode == APIC_DM_INIT && m.trigger_mode && !(low & APIC_ICR_LEVEL_ASSERT)) {
        return;                     /* INIT level de-assert: only the bus arbitration of old CPUs cared */
    }
    if (m.delivery_mode <= APIC_DM_LOWPRI && m.vector < 16) {
        apic_report_error(s, APIC_ESR_SEND_ILLEGAL);
        return;
    }
    m.trigger_mode = APIC_TRIGGER_EDGE;
    switch (low >> 18 & 3) {
    case 0:
        m.logical = low >> 11 & 1;
        m.dest = !x2 && !m.logical && dest == 0xff ? APIC_BROADCAST : dest;
        deliver(&m);
        break;
    case 1:
        receive(s, m.delivery_mode, m.vector, m.trigger_mode);
        break;
    case 3:
        m.not_to = s;
        /* fall through */
    case 2:
        m.dest = APIC_BROADCAST;
        deliver(&m);
        break;
    }
}
