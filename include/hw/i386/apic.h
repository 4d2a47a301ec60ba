/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The local APIC of one CPU (Intel SDM vol. 3, chapter 11), as its CPU, the I/O APIC and boards see it.
 *
 * Every function needs the BQL. The APIC asks for its CPU's attention with cpu_interrupt(); the CPU answers on its
 * own thread: CPU_INTERRUPT_HARD with apic_get_interrupt(), INIT and SIPI with apic_init_reset() and apic_sipi().
 * All take the DeviceState of a TYPE_APIC_COMMON; functions that query answer harmlessly for NULL (a CPU without APIC).
 *
 * The register page and MSIs share one MMIO region, "apic-msi", 1 MB at APIC_DEFAULT_ADDRESS: the first APIC that is
 * realized maps it. Accesses below offset 0x1000 with bits 11:4 not zero are the accessing CPU's registers; all
 * others are message-signalled interrupts, whoever writes them.
 */
#ifndef HW_I386_APIC_H
#define HW_I386_APIC_H

#include "hw/core/qdev.h"

#define TYPE_APIC_COMMON "apic-common"
#define TYPE_APIC "apic"

#define APIC_DEFAULT_ADDRESS 0xfee00000
#define APIC_SPACE_SIZE      0x100000

#define MSR_IA32_APICBASE_BSP    (1u << 8)
#define MSR_IA32_APICBASE_EXTD   (1u << 10)
#define MSR_IA32_APICBASE_ENABLE (1u << 11)
#define MSR_IA32_APICBASE_BASE   (0xffffffu << 12)

/* Delivery modes (ICR, LVT, I/O APIC and MSI data bits 10:8) */
#define APIC_DM_FIXED   0
#define APIC_DM_LOWPRI  1
#define APIC_DM_SMI     2
#define APIC_DM_NMI     4
#define APIC_DM_INIT    5
#define APIC_DM_SIPI    6
#define APIC_DM_EXTINT  7

#define APIC_TRIGGER_EDGE  0
#define APIC_TRIGGER_LEVEL 1

/*
 * Send a message on the interrupt bus. @dest_mode 0 physical, 1 logical. A physical @dest of 0xff (0xffffffff from
 * an x2APIC) is everybody.
 */
void apic_deliver_irq(uint32_t dest, uint8_t dest_mode, uint8_t delivery_mode, uint8_t vector,
                      uint8_t trigger_mode);
/* An MSI as a device writes it: @addr in the 0xfeexxxxx window. */
void apic_deliver_msi(hwaddr addr, uint32_t data);

/* The 8259's INTR line reaches this CPU through LINT0: would it be accepted, and drive it. */
int apic_accept_pic_intr(DeviceState *dev);
void apic_deliver_pic_intr(DeviceState *dev, int level);
void apic_deliver_nmi(DeviceState *dev);            /* LINT1, or straight when there is no APIC */

/* Acknowledge: the vector to run, -1 when nothing may be delivered (spurious vector included in the answer). */
int apic_get_interrupt(DeviceState *dev);
int apic_get_highest_priority_irr(DeviceState *dev);
void apic_poll_irq(DeviceState *dev);

void cpu_set_apic_base(DeviceState *dev, uint64_t val);
uint64_t cpu_get_apic_base(DeviceState *dev);
bool is_x2apic_mode(DeviceState *dev);
/* CR8: the task priority's upper nibble. */
void cpu_set_apic_tpr(DeviceState *dev, uint8_t val);
uint8_t cpu_get_apic_tpr(DeviceState *dev);

void apic_init_reset(DeviceState *dev);             /* INIT: keeps the base and the id */
void apic_sipi(DeviceState *dev);                   /* SIPI taken: clears the wait state */
int apic_sipi_vector(DeviceState *dev);             /* vector of the SIPI being taken */
void apic_designate_bsp(DeviceState *dev, bool bsp);

/* x2APIC registers, MSR 0x800 + @index. False: #GP. */
bool apic_msr_read(DeviceState *dev, int index, uint64_t *val);
bool apic_msr_write(DeviceState *dev, int index, uint64_t val);

/*
 * IA32_TSC_DEADLINE: the value as the guest wrote it and the virtual-clock time (ns) when the TSC reaches it. 0
 * disarms. Ignored unless the LVT timer is in TSC-deadline mode.
 */
void apic_set_tsc_deadline(DeviceState *dev, uint64_t value, int64_t expire_ns);
uint64_t apic_get_tsc_deadline(DeviceState *dev);
/* After migration: the value the guest reads; the timer itself came with the APIC's state. */
void apic_restore_tsc_deadline(DeviceState *dev, uint64_t value);

/* "info lapic" */
void apic_dump(DeviceState *dev, GString *out);

#endif
