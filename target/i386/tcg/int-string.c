/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MOVS CMPS STOS LODS SCAS with REP, REPE, REPNE (SDM vol. 2). A repeated instruction can be interrupted between
 * iterations: registers are always those of the iterations done, and RIP is its own until it has finished.
 * MOVS and STOS on ordinary RAM work by runs inside a page.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/int.h"

static uint64_t src_addr(CPUX86State *env, const X86Insn *insn, unsigned size)
{
    uint64_t off = zx(insn->asz, env->regs[R_ESI]);

    if (env->hflags & HF_CS64_MASK) {
        return insn->seg >= R_FS ? off + env->segs[insn->seg].base : off;
    }
    return seg_linear(env, insn, insn->seg, off, 1u << size, false);
}

static uint64_t dst_addr(CPUX86State *env, const X86Insn *insn, unsigned size, bool write)
{
    uint64_t off = zx(insn->asz, env->regs[R_EDI]);

    return env->hflags & HF_CS64_MASK ? off : seg_linear(env, insn, R_ES, off, 1u << size, write);
}

static void advance(CPUX86State *env, const X86Insn *insn, unsigned r, int64_t by)
{
    wr(env, r, insn->asz, env->regs[r] + by);
}

enum { MOVS, CMPS, STOS, LODS, SCAS };

static QEMU_ALWAYS_INLINE void one(CPUX86State *env, const X86Insn *insn, unsigned op, unsigned size)
{
    int64_t step = (int64_t)env->df << size;
    uint64_t a, b;

    switch (op) {
    case MOVS:
        a = ld(env, insn, src_addr(env, insn, size), size);
        st(env, insn, dst_addr(env, insn, size, true), size, a);
        advance(env, insn, R_ESI, step);
        advance(env, insn, R_EDI, step);
        break;
    case STOS:
        st(env, insn, dst_addr(env, insn, size, true), size, env->regs[R_EAX]);
        advance(env, insn, R_EDI, step);
        break;
    case LODS:
        wr(env, R_EAX, size, ld(env, insn, src_addr(env, insn, size), size));
        advance(env, insn, R_ESI, step);
        break;
    case SCAS:
        b = ld(env, insn, dst_addr(env, insn, size, false), size);
        cc_set(env, CC_SUB, size, sx(size, env->regs[R_EAX]), sx(size, b));
        advance(env, insn, R_EDI, step);
        break;
    default:
        a = ld(env, insn, src_addr(env, insn, size), size);
        b = ld(env, insn, dst_addr(env, insn, size, false), size);
        cc_set(env, CC_SUB, size, sx(size, a), sx(size, b));
        advance(env, insn, R_ESI, step);
        advance(env, insn, R_EDI, step);
    }
}

static bool overlapping(const uint8_t *d, const uint8_t *s, uint64_t bytes)
{
    return d > s && d < s + bytes;
}

static void fill(uint8_t *d, unsigned size, uint64_t v, uint64_t n)
{
    if (size == 0 || v == 0) {
        memset(d, v, n << size);
        return;
    }
    for (uint64_t i = 0; i < n; i++) {
        memcpy(d + (i << size), &v, 1u << size);
    }
}

/*
 * As many iterations as fit into the pages at hand, forwards, on plain RAM. Returns how many were done; 0: go on one
 * by one.
 */
static uint64_t bulk(CPUX86State *env, const X86Insn *insn, unsigned op, unsigned size, uint64_t n)
{
    uint64_t d, s = 0;
    uint8_t *dp, *sp;

    if (env->df < 0 || n < 4 || insn->asz == 1) {
        return 0;
    }
    if (!(env->hflags & HF_CS64_MASK) &&
        (!x86_seg_flat(env, R_ES) || (op == MOVS && !x86_seg_flat(env, insn->seg)))) {
        return 0;               /* each element is checked */
    }
    d = dst_addr(env, insn, size, true);
    n = MIN(n, (4096 - (d & 4095)) >> size);
    if (op == MOVS) {
        s = src_addr(env, insn, size);
        n = MIN(n, (4096 - (s & 4095)) >> size);
    }
    if (n < 2) {
        return 0;
    }
    x86_sync_eip(env, insn);
    if (op == MOVS) {
        sp = x86_host_ptr(env, s, n << size, false);
        if (!sp) {
            return 0;
        }
        dp = x86_host_ptr(env, d, n << size, true);
        if (!dp || overlapping(dp, sp, n << size)) {
            return 0;
        }
        memmove(dp, sp, n << size);
        advance(env, insn, R_ESI, n << size);
    } else {
        dp = x86_host_ptr(env, d, n << size, true);
        if (!dp) {
            return 0;
        }
        fill(dp, size, env->regs[R_EAX], n);
    }
    advance(env, insn, R_EDI, n << size);
    return n;
}

/* Returns false when something asynchronous wants the CPU before the count is used up. */
static QEMU_ALWAYS_INLINE bool repeat(CPUX86State *env, const X86Insn *insn, unsigned op, unsigned size)
{
    bool want_z = insn->flags & X86_PFX_REP;
    uint64_t n, done;

    while ((n = zx(insn->asz, env->regs[R_ECX])) != 0) {
        done = op == MOVS || op == STOS ? bulk(env, insn, op, size, n) : 0;
        if (!done) {
            one(env, insn, op, size);
            done = 1;
        }
        wr(env, R_ECX, insn->asz, n - done);
        if ((op == CMPS || op == SCAS) && cc_z(env) != want_z) {
            break;
        }
        if (n != done && (x86_must_exit(env) || (env->eflags & TF_MASK))) {
            return false;
        }
    }
    return true;
}

#define GEN_STRING(S, n, op)                                                                \
    static __attribute__((noinline)) bool n##_rep_##S(CPUX86State *env, const X86Insn *insn) \
    {                                                                                       \
        return repeat(env, insn, op, S);                                                    \
    }                                                                                       \
    OP(n##_##S) {                                                                           \
        if (insn->flags & (X86_PFX_REP | X86_PFX_REPNE)) {                                  \
            if (unlikely(!n##_rep_##S(env, insn))) {                                        \
                x86_sync_eip(env, insn);                                                    \
                env->tcg->link_from = NULL;                                                 \
                return;                                                                     \
            }                                                                               \
        } else {                                                                            \
            one(env, insn, op, S);                                                          \
        }                                                                                   \
        NEXT();                                                                             \
    }
#define STRING(n, op) SIZES4(GEN_STRING, n, op) OPSET(n, .r = FN4(n))
STRING(movs, MOVS)
STRING(cmps, CMPS)
STRING(stos, STOS)
STRING(lods, LODS)
STRING(scas, SCAS)
