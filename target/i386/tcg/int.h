/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building blocks of the integer core's handlers. A handler is one specialised function per operand form and size
 * that ends in NEXT(): a tail call to the next instruction's handler, so nothing in it may have its address taken.
 * Order inside a handler: loads, then stores (either may fault), then registers, then flags.
 */
#ifndef TARGET_I386_TCG_INT_H
#define TARGET_I386_TCG_INT_H

#include "target/i386/tcg/engine.h"
#include "target/i386/tcg/cc.h"

#define OP(name) static void name(CPUX86State *env, const X86Insn *insn)

/* The same body for sizes 0-3 (byte to qword), or 1-3. */
#define SIZES4(M, ...) M(0, ##__VA_ARGS__) M(1, ##__VA_ARGS__) M(2, ##__VA_ARGS__) M(3, ##__VA_ARGS__)
#define SIZES3(M, ...) M(1, ##__VA_ARGS__) M(2, ##__VA_ARGS__) M(3, ##__VA_ARGS__)
#define FN4(f) { f##_0, f##_1, f##_2, f##_3 }
#define FN3(f) { NULL, f##_1, f##_2, f##_3 }
#define FN1(f) { f, f, f, f }
#define OPSET(name, ...) extern const X86OpSet x86_ops_##name; const X86OpSet x86_ops_##name = { __VA_ARGS__ };

static QEMU_ALWAYS_INLINE uint64_t sx(unsigned size, uint64_t v)
{
    switch (size) {
    case 0:
        return (int8_t)v;
    case 1:
        return (int16_t)v;
    case 2:
        return (int32_t)v;
    default:
        return v;
    }
}

static QEMU_ALWAYS_INLINE uint64_t zx(unsigned size, uint64_t v)
{
    switch (size) {
    case 0:
        return (uint8_t)v;
    case 1:
        return (uint16_t)v;
    case 2:
        return (uint32_t)v;
    default:
        return v;
    }
}

static QEMU_ALWAYS_INLINE uint64_t rd(CPUX86State *env, unsigned r, unsigned size)
{
    return x86_get_reg(env, r, size);
}

static QEMU_ALWAYS_INLINE void wr(CPUX86State *env, unsigned r, unsigned size, uint64_t v)
{
    x86_set_reg(env, r, size, v);
}

/* The ModRM operand in form M: 1 memory, 0 register. */
static QEMU_ALWAYS_INLINE uint64_t rd_e(CPUX86State *env, const X86Insn *insn, bool mem, unsigned size)
{
    return mem ? ld(env, insn, ea(env, insn), size) : rd(env, insn->rm, size);
}

/* Flags are in hand already when an instruction computes them all. */
static QEMU_ALWAYS_INLINE void keep_flags(CPUX86State *env, uint32_t change, uint32_t value)
{
    cc_flags(env, (cc_compute(env) & ~change & CC_OSZAPC) | value);
}

#endif
