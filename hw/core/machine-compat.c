/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What devices of every board were like in older machine types: driver, property, value. An entry is added when a default
 * changes, and never taken away. Data only.
 */
#include "qemu/osdep.h"
#include "hw/core/boards.h"

GlobalProperty hw_compat_7_2[] = {
    /* Slot control bits that hardware has read-only could be written. */
    { "base-pci-bridge", "x-pci-express-writeable-slt-bug", "true", .optional = true },
};
const size_t hw_compat_7_2_len = G_N_ELEMENTS(hw_compat_7_2);

void machine_add_compat_props(MachineClass *mc, GlobalProperty *props, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        g_ptr_array_add(mc->compat_props, &props[i]);
    }
}
