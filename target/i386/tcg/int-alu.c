/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ADD OR ADC SBB AND SUB XOR CMP TEST INC DEC NEG NOT, and with LOCK: XADD, XCHG, CMPXCHG, CMPXCHG8B/16B
 * (SDM vol. 2). Locked forms are atomic operations of the host on the host's address.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/int.h"

enum { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, INC, DEC, NEG, NOT, XCHG, XADD };

static QEMU_ALWAYS_INLINE uint64_t alu_result(unsigned op, uint64_t a, uint64_t b, unsigned c)
{
    switch (op) {
    case ADD:
    case XADD:
        return a + b;
    case OR:
        return a | b;
    case ADC:
        return a + b + c;
    case SBB:
        return a - b - c;
    case AND:
    case TEST:
        return a & b;
    case XOR:
        return a ^ b;
    case INC:
        return a + 1;
    case DEC:
        return a - 1;
    case NEG:
        return -a;
    case NOT:
        return ~a;
    case XCHG:
        return b;
    default:
        return a - b;
    }
}

static QEMU_ALWAYS_INLINE unsigned alu_carry(CPUX86State *env, unsigned op)
{
    return op == ADC || op == SBB || op == INC || op == DEC ? cc_c(env) : 0;
}

static QEMU_ALWAYS_INLINE void alu_flags(CPUX86State *env, unsigned op, unsigned size, uint64_t a, uint64_t b,
                                         unsigned c, uint64_t r)
{
    switch (op) {
    case ADD:
    case XADD:
        return cc_set(env, CC_ADD, size, sx(size, r), sx(size, b));
    case ADC:
        return cc_set(env, c ? CC_ADC : CC_ADD, size, sx(size, r), sx(size, b));
    case SUB:
    case CMP:
        return cc_set(env, CC_SUB, size, sx(size, a), sx(size, b));
    case SBB:
        return cc_set(env, c ? CC_SBB : CC_SUB, size, sx(size, a), sx(size, b));
    case NEG:
        return cc_set(env, CC_SUB, size, 0, sx(size, a));
    case INC:
        return cc_set(env, CC_INC, size, sx(size, r), c);
    case DEC:
        return cc_set(env, CC_DEC, size, sx(size, r), c);
    case NOT:
    case XCHG:
        return;
    default:
        return cc_set(env, CC_LOGIC, size, sx(size, r), 0);
    }
}

/* ---- locked read-modify-write ---- */
static bool cas(void *p, unsigned size, uint64_t old, uint64_t new)
{
    uint8_t o8 = old;
    uint16_t o16 = old;
    uint32_t o32 = old;

    switch (size) {
    case 0:
        return __atomic_compare_exchange_n((uint8_t *)p, &o8, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    case 1:
        return __atomic_compare_exchange_n((uint16_t *)p, &o16, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    case 2:
        return __atomic_compare_exchange_n((uint32_t *)p, &o32, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    default:
        return __atomic_compare_exchange_n((uint64_t *)p, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }
}

static uint64_t load_host(void *p, unsigned size)
{
    switch (size) {
    case 0:
        return *(volatile uint8_t *)p;
    case 1:
        return *(volatile u16_una *)p;
    case 2:
        return *(volatile u32_una *)p;
    default:
        return *(volatile u64_una *)p;
    }
}

/* Returns what was in memory. CMPXCHG: @b is stored if memory equals @cmp, else its own value is stored back. */
static __attribute__((noinline)) uint64_t locked(CPUX86State *env, const X86Insn *insn, uint64_t addr,
                                                 unsigned size, unsigned op, uint64_t b, unsigned c)
{
    bool report = false;
    void *p = tlb_hit(env, addr, 1u << size, true);
    uint64_t a;

    if (!p) {
        p = x86_atomic_ptr(env, addr, 1u << size, insn, &report);
    }
    if (!p) {
        x86_exclusive_begin(env);
        a = x86_ld_slow(env, addr, size, insn);
        x86_st_slow(env, addr, size, alu_result(op, a, b, c), insn);
        x86_exclusive_end(env);
        return a;
    }
    do {
        a = load_host(p, size);
    } while (!cas(p, size, a, zx(size, alu_result(op, a, b, c))));
    if (report) {
        x86_atomic_done(env, addr, 1u << size);
    }
    return a;
}

/* Compare and exchange; returns what was in memory. */
static __attribute__((noinline)) uint64_t locked_cmpxchg(CPUX86State *env, const X86Insn *insn, uint64_t addr,
                                                         unsigned size, uint64_t cmp, uint64_t new)
{
    bool report = false;
    void *p = tlb_hit(env, addr, 1u << size, true);
    uint64_t a;

    if (!p) {
        p = x86_atomic_ptr(env, addr, 1u << size, insn, &report);
    }
    if (!p) {
        x86_exclusive_begin(env);
        a = x86_ld_slow(env, addr, size, insn);
        x86_st_slow(env, addr, size, a == cmp ? new : a, insn);
        x86_exclusive_end(env);
        return a;
    }
    do {
        a = load_host(p, size);
    } while (!cas(p, size, a, a == cmp ? new : a));
    if (report) {
        x86_atomic_done(env, addr, 1u << size);
    }
    return a;
}

/* ---- two operands ---- */
#define STORES(op) ((op) != CMP && (op) != TEST)

#define GEN_EG_R(S, n, op)                                                                  \
    OP(n##_EG_r_##S) {                                                                      \
        uint64_t a = rd(env, insn->rm, S), b = rd(env, insn->reg, S);                       \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t r = alu_result(op, a, b, c);                                               \
        if (STORES(op)) wr(env, insn->rm, S, r);                                            \
        alu_flags(env, op, S, a, b, c, r);                                                  \
        NEXT();                                                                             \
    }
#define GEN_EG_M(S, n, op)                                                                  \
    OP(n##_EG_m_##S) {                                                                      \
        uint64_t addr = ea(env, insn), a = ld(env, insn, addr, S), b = rd(env, insn->reg, S); \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t r = alu_result(op, a, b, c);                                               \
        if (STORES(op)) st(env, insn, addr, S, r);                                          \
        alu_flags(env, op, S, a, b, c, r);                                                  \
        NEXT();                                                                             \
    }
#define GEN_EG_L(S, n, op)                                                                  \
    OP(n##_EG_l_##S) {                                                                      \
        uint64_t b = rd(env, insn->reg, S);                                                 \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t a = locked(env, insn, ea(env, insn), S, op, b, c);                         \
        alu_flags(env, op, S, a, b, c, alu_result(op, a, b, c));                            \
        NEXT();                                                                             \
    }
#define GEN_GE_R(S, n, op)                                                                  \
    OP(n##_GE_r_##S) {                                                                      \
        uint64_t a = rd(env, insn->reg, S), b = rd(env, insn->rm, S);                       \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t r = alu_result(op, a, b, c);                                               \
        if (STORES(op)) wr(env, insn->reg, S, r);                                           \
        alu_flags(env, op, S, a, b, c, r);                                                  \
        NEXT();                                                                             \
    }
#define GEN_GE_M(S, n, op)                                                                  \
    OP(n##_GE_m_##S) {                                                                      \
        uint64_t b = ld(env, insn, ea(env, insn), S), a = rd(env, insn->reg, S);            \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t r = alu_result(op, a, b, c);                                               \
        if (STORES(op)) wr(env, insn->reg, S, r);                                           \
        alu_flags(env, op, S, a, b, c, r);                                                  \
        NEXT();                                                                             \
    }
#define GEN_EI_R(S, n, op)                                                                  \
    OP(n##_EI_r_##S) {                                                                      \
        uint64_t a = rd(env, insn->rm, S), b = insn->imm;                                   \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t r = alu_result(op, a, b, c);                                               \
        if (STORES(op)) wr(env, insn->rm, S, r);                                            \
        alu_flags(env, op, S, a, b, c, r);                                                  \
        NEXT();                                                                             \
    }
#define GEN_EI_M(S, n, op)                                                                  \
    OP(n##_EI_m_##S) {                                                                      \
        uint64_t addr = ea(env, insn), a = ld(env, insn, addr, S), b = insn->imm;           \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t r = alu_result(op, a, b, c);                                               \
        if (STORES(op)) st(env, insn, addr, S, r);                                          \
        alu_flags(env, op, S, a, b, c, r);                                                  \
        NEXT();                                                                             \
    }
#define GEN_EI_L(S, n, op)                                                                  \
    OP(n##_EI_l_##S) {                                                                      \
        uint64_t b = insn->imm;                                                             \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t a = locked(env, insn, ea(env, insn), S, op, b, c);                         \
        alu_flags(env, op, S, a, b, c, alu_result(op, a, b, c));                            \
        NEXT();                                                                             \
    }
#define GEN_AI(S, n, op)                                                                    \
    OP(n##_AI_##S) {                                                                        \
        uint64_t a = rd(env, R_EAX, S), b = insn->imm;                                      \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t r = alu_result(op, a, b, c);                                               \
        if (STORES(op)) wr(env, R_EAX, S, r);                                               \
        alu_flags(env, op, S, a, b, c, r);                                                  \
        NEXT();                                                                             \
    }

#define ALU_COMMON(n, op)                                                                   \
    SIZES4(GEN_EG_R, n, op) SIZES4(GEN_EG_M, n, op) SIZES4(GEN_EI_R, n, op)                 \
    SIZES4(GEN_EI_M, n, op) SIZES4(GEN_AI, n, op)                                           \
    OPSET(n##_AI, .r = FN4(n##_AI))
#define ALU_LOCK(n, op)                                                                     \
    ALU_COMMON(n, op) SIZES4(GEN_GE_R, n, op) SIZES4(GEN_GE_M, n, op)                       \
    SIZES4(GEN_EG_L, n, op) SIZES4(GEN_EI_L, n, op)                                         \
    OPSET(n##_EG, .r = FN4(n##_EG_r), .m = FN4(n##_EG_m), .lock = FN4(n##_EG_l))            \
    OPSET(n##_EI, .r = FN4(n##_EI_r), .m = FN4(n##_EI_m), .lock = FN4(n##_EI_l))            \
    OPSET(n##_GE, .r = FN4(n##_GE_r), .m = FN4(n##_GE_m))

ALU_LOCK(add, ADD)
ALU_LOCK(or, OR)
ALU_LOCK(adc, ADC)
ALU_LOCK(sbb, SBB)
ALU_LOCK(and, AND)
ALU_LOCK(sub, SUB)
ALU_LOCK(xor, XOR)
ALU_COMMON(cmp, CMP)
SIZES4(GEN_GE_R, cmp, CMP)
SIZES4(GEN_GE_M, cmp, CMP)
OPSET(cmp_EG, .r = FN4(cmp_EG_r), .m = FN4(cmp_EG_m))
OPSET(cmp_EI, .r = FN4(cmp_EI_r), .m = FN4(cmp_EI_m))
OPSET(cmp_GE, .r = FN4(cmp_GE_r), .m = FN4(cmp_GE_m))
ALU_COMMON(test, TEST)
OPSET(test_EG, .r = FN4(test_EG_r), .m = FN4(test_EG_m))
OPSET(test_EI, .r = FN4(test_EI_r), .m = FN4(test_EI_m))

/* ---- one operand ---- */
#define GEN_E_R(S, n, op)                                                                   \
    OP(n##_E_r_##S) {                                                                       \
        uint64_t a = rd(env, insn->rm, S);                                                  \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t r = alu_result(op, a, 0, c);                                               \
        wr(env, insn->rm, S, r);                                                            \
        alu_flags(env, op, S, a, 0, c, r);                                                  \
        NEXT();                                                                             \
    }
#define GEN_E_M(S, n, op)                                                                   \
    OP(n##_E_m_##S) {                                                                       \
        uint64_t addr = ea(env, insn), a = ld(env, insn, addr, S);                          \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t r = alu_result(op, a, 0, c);                                               \
        st(env, insn, addr, S, r);                                                          \
        alu_flags(env, op, S, a, 0, c, r);                                                  \
        NEXT();                                                                             \
    }
#define GEN_E_L(S, n, op)                                                                   \
    OP(n##_E_l_##S) {                                                                       \
        unsigned c = alu_carry(env, op);                                                    \
        uint64_t a = locked(env, insn, ea(env, insn), S, op, 0, c);                         \
        alu_flags(env, op, S, a, 0, c, alu_result(op, a, 0, c));                            \
        NEXT();                                                                             \
    }
#define UNARY(n, op)                                                                        \
    SIZES4(GEN_E_R, n, op) SIZES4(GEN_E_M, n, op) SIZES4(GEN_E_L, n, op)                    \
    OPSET(n##_E, .r = FN4(n##_E_r), .m = FN4(n##_E_m), .lock = FN4(n##_E_l))
UNARY(inc, INC)
UNARY(dec, DEC)
UNARY(neg, NEG)
UNARY(not, NOT)

/* ---- XCHG XADD CMPXCHG ---- */
#define GEN_XCHG(S)                                                                         \
    OP(xchg_EG_r_##S) {                                                                     \
        uint64_t a = rd(env, insn->rm, S), b = rd(env, insn->reg, S);                       \
        wr(env, insn->rm, S, b);                                                            \
        wr(env, insn->reg, S, a);                                                           \
        NEXT();                                                                             \
    }                                                                                       \
    OP(xchg_EG_m_##S) {                                                                     \
        uint64_t a = locked(env, insn, ea(env, insn), S, XCHG, rd(env, insn->reg, S), 0);   \
        wr(env, insn->reg, S, a);                                                           \
        NEXT();                                                                             \
    }                                                                                       \
    OP(xadd_EG_r_##S) {                                                                     \
        uint64_t a = rd(env, insn->rm, S), b = rd(env, insn->reg, S), r = a + b;            \
        wr(env, insn->reg, S, a);                                                           \
        wr(env, insn->rm, S, r);                                                            \
        alu_flags(env, ADD, S, a, b, 0, r);                                                 \
        NEXT();                                                                             \
    }                                                                                       \
    OP(xadd_EG_m_##S) {                                                                     \
        uint64_t addr = ea(env, insn), a = ld(env, insn, addr, S), b = rd(env, insn->reg, S); \
        st(env, insn, addr, S, a + b);                                                      \
        wr(env, insn->reg, S, a);                                                           \
        alu_flags(env, ADD, S, a, b, 0, a + b);                                             \
        NEXT();                                                                             \
    }                                                                                       \
    OP(xadd_EG_l_##S) {                                                                     \
        uint64_t b = rd(env, insn->reg, S), a = locked(env, insn, ea(env, insn), S, XADD, b, 0); \
        wr(env, insn->reg, S, a);                                                           \
        alu_flags(env, ADD, S, a, b, 0, a + b);                                             \
        NEXT();                                                                             \
    }                                                                                       \
    OP(cmpxchg_EG_r_##S) {                                                                  \
        uint64_t a = rd(env, insn->rm, S), cmp = rd(env, R_EAX, S);                         \
        if (a == cmp) {                                                                     \
            wr(env, insn->rm, S, rd(env, insn->reg, S));                                    \
        } else {                                                                            \
            wr(env, R_EAX, S, a);                                                           \
        }                                                                                   \
        alu_flags(env, CMP, S, cmp, a, 0, 0);                                               \
        NEXT();                                                                             \
    }                                                                                       \
    OP(cmpxchg_EG_m_##S) {                                                                  \
        uint64_t addr = ea(env, insn), a = ld(env, insn, addr, S), cmp = rd(env, R_EAX, S); \
        st(env, insn, addr, S, a == cmp ? rd(env, insn->reg, S) : a);                       \
        if (a != cmp) {                                                                     \
            wr(env, R_EAX, S, a);                                                           \
        }                                                                                   \
        alu_flags(env, CMP, S, cmp, a, 0, 0);                                               \
        NEXT();                                                                             \
    }                                                                                       \
    OP(cmpxchg_EG_l_##S) {                                                                  \
        uint64_t cmp = rd(env, R_EAX, S);                                                   \
        uint64_t a = locked_cmpxchg(env, insn, ea(env, insn), S, cmp, rd(env, insn->reg, S)); \
        if (a != cmp) {                                                                     \
            wr(env, R_EAX, S, a);                                                           \
        }                                                                                   \
        alu_flags(env, CMP, S, cmp, a, 0, 0);                                               \
        NEXT();                                                                             \
    }
#define GEN_XCHG_ZA(S)                                                                      \
    OP(xchg_ZA_##S) {                                                                       \
        uint64_t a = rd(env, insn->rm, S), b = rd(env, R_EAX, S);                           \
        wr(env, insn->rm, S, b);                                                            \
        wr(env, R_EAX, S, a);                                                               \
        NEXT();                                                                             \
    }
SIZES4(GEN_XCHG)
SIZES3(GEN_XCHG_ZA)
OPSET(xchg_EG, .r = FN4(xchg_EG_r), .m = FN4(xchg_EG_m), .lock = FN4(xchg_EG_m))
OPSET(xchg_ZA, .r = FN3(xchg_ZA))
OPSET(xadd_EG, .r = FN4(xadd_EG_r), .m = FN4(xadd_EG_m), .lock = FN4(xadd_EG_l))
OPSET(cmpxchg_EG, .r = FN4(cmpxchg_EG_r), .m = FN4(cmpxchg_EG_m), .lock = FN4(cmpxchg_EG_l))

static __attribute__((noinline)) void do_cmpxchg8b(CPUX86State *env, const X86Insn *insn)
{
    uint64_t cmp = (uint32_t)env->regs[R_EAX] | env->regs[R_EDX] << 32;
    uint64_t new = (uint32_t)env->regs[R_EBX] | env->regs[R_ECX] << 32;
    uint64_t a = locked_cmpxchg(env, insn, ea(env, insn), 3, cmp, new);

    if (a != cmp) {
        env->regs[R_EAX] = (uint32_t)a;
        env->regs[R_EDX] = a >> 32;
    }
    keep_flags(env, CC_Z, a == cmp ? CC_Z : 0);
}

OP(op_cmpxchg8b)
{
    do_cmpxchg8b(env, insn);
    NEXT();
}

static __attribute__((noinline)) void do_cmpxchg16b(CPUX86State *env, const X86Insn *insn)
{
    uint64_t addr = ea(env, insn), lo, hi;
    bool report = false, same;
    void *p;

    x86_sync_eip(env, insn);
    if (addr & 15) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    p = x86_atomic_ptr(env, addr, 16, insn, &report);
    if (p) {
        uint64_t a = env->regs[R_EAX], d = env->regs[R_EDX];

        __asm__ volatile("lock cmpxchg16b %1"
                         : "=@ccz"(same), "+m"(*(__int128 *)p), "+a"(a), "+d"(d)
                         : "b"(env->regs[R_EBX]), "c"(env->regs[R_ECX]) : "memory");
        lo = a;
        hi = d;
        if (report) {
            x86_atomic_done(env, addr, 16);
        }
    } else {
        x86_exclusive_begin(env);
        lo = x86_ld_slow(env, addr, 3, insn);
        hi = x86_ld_slow(env, addr + 8, 3, insn);
        same = lo == env->regs[R_EAX] && hi == env->regs[R_EDX];
        x86_st_slow(env, addr, 3, same ? env->regs[R_EBX] : lo, insn);
        x86_st_slow(env, addr + 8, 3, same ? env->regs[R_ECX] : hi, insn);
        x86_exclusive_end(env);
    }
    if (!same) {
        env->regs[R_EAX] = lo;
        env->regs[R_EDX] = hi;
    }
    keep_flags(env, CC_Z, same ? CC_Z : 0);
}

OP(op_cmpxchg16b)
{
    do_cmpxchg16b(env, insn);
    NEXT();
}

OPSET(cmpxchg8b, .m = FN1(op_cmpxchg8b), .lock = FN1(op_cmpxchg8b))
OPSET(cmpxchg16b, .m = FN1(op_cmpxchg16b), .lock = FN1(op_cmpxchg16b))
