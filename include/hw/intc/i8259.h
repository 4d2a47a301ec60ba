/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pair of 8259A interrupt controllers of a PC. */
#ifndef HW_INTC_I8259_H
#define HW_INTC_I8259_H

#include "hw/isa/isa.h"

#define TYPE_I8259 "isa-i8259"
#define TYPE_PIC_COMMON TYPE_I8259
OBJECT_DECLARE_SIMPLE_TYPE(PICCommonState, PIC_COMMON)

/*
 * Create master and slave on @bus; @parent_irq_in is the INTR line. Returns the sixteen inputs (caller frees
 * the array). The master is left in isa_pic.
 */
qemu_irq *i8259_init(ISABus *bus, qemu_irq parent_irq_in);
/* Interrupt acknowledge: the vector of the highest pending request, spurious 7 when there is none. */
int pic_read_irq(PICCommonState *s);
int pic_get_output(PICCommonState *s);

/* The master controller; NULL on machines without. Written once at machine creation. */
extern PICCommonState *isa_pic;

#endif
