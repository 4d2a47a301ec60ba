/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"
#include "target/i386/tcg/x87.h"

bool x87_fast(CPUX86State *env, const X86Insn *insn)
{
    return false;
}
