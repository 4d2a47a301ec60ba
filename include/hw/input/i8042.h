/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel 8042 keyboard controller, ports 0x60 and 0x64. */
#ifndef HW_INPUT_I8042_H
#define HW_INPUT_I8042_H

#include "hw/isa/isa.h"

#define TYPE_I8042 "i8042"
#define I8042_A20_LINE "a20"

void i8042_setup_a20_line(ISADevice *dev, qemu_irq a20_out);

#endif
