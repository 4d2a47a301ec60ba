/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Built without libfdt: a microvm without ACPI only has its command line to describe it. */
#include "qemu/osdep.h"
#include "hw/i386/microvm.h"

bool microvm_build_dtb(MicrovmMachineState *mms, uint8_t **data, size_t *len, Error **errp)
{
    *data = NULL;
    *len = 0;
    return true;
}
