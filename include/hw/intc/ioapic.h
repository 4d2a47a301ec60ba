/* SPDX-License-Identifier: GPL-2.0-or-later */
/* I/O APIC (82093AA, version 0x20 with the EOI register): 24 inputs, each with a redirection entry. */
#ifndef HW_INTC_IOAPIC_H
#define HW_INTC_IOAPIC_H

#include "qemu/osdep.h"

#define IOAPIC_NUM_PINS 24
#define IO_APIC_DEFAULT_ADDRESS 0xfec00000
#define IO_APIC_SECONDARY_ADDRESS (IO_APIC_DEFAULT_ADDRESS + 0x10000)
#define IO_APIC_SECONDARY_IRQBASE 24
#define TYPE_IOAPIC "ioapic"

/* A local APIC completed the level-triggered interrupt @vector: clear Remote IRR, redeliver if still high. */
void ioapic_eoi_broadcast(int vector);

#endif
