/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vector and x87 instructions against the host CPU.
 *
 * Every row of insn-vec.tbl is encoded with random operands and run twice: the very bytes natively,
 * between a load and a store of the whole user-level state, and through decoder and handler.  All
 * registers, flags, MXCSR, x87 state and memory must agree.  The handlers run with the small memory
 * and exception layer below instead of the emulator's.  Seeds are fixed.
 */
#include "qemu/osdep.h"
#include <setjmp.h>
#include <ucontext.h>
#include "hw/core/irq.h"
#include "qemu/main-loop.h"
#include "target/i386/tcg/insn.h"
#include "target/i386/tcg/vec.h"
#include "target/i386/tcg/x87.h"

/* ---- the layer under the handlers ---- */

#define MEM_SIZE 4096

static uint8_t *guest_mem;          /* where the native run has its memory; also the guest address */
static uint8_t shadow[MEM_SIZE] __attribute__((aligned(64)));
static sigjmp_buf raised;
static int raised_excp;
static uint32_t mock_eflags;
static bool mock_no_host_ptr;

void raise_exception(CPUX86State *env, int excp)
{
    raised_excp = excp;
    siglongjmp(raised, 1);
}

void raise_exception_err(CPUX86State *env, int excp, int code)
{
    raise_exception(env, excp);
}

void cc_set_eflags(CPUX86State *env, uint32_t flags)
{
    mock_eflags = flags & CC_OSZAPC;
}

uint32_t cpu_compute_eflags(CPUX86State *env)
{
    return mock_eflags | 2;
}

static uint8_t *shadow_at(CPUX86State *env, target_ulong addr, unsigned len)
{
    if (addr < (uintptr_t)guest_mem || addr + len > (uintptr_t)guest_mem + MEM_SIZE) {
        raise_exception(env, EXCP0E_PAGE);
    }
    return shadow + (addr - (uintptr_t)guest_mem);
}

target_ulong x86_linear(CPUX86State *env, int seg, target_ulong off, unsigned size)
{
    return off;
}

target_ulong x86_linear_store(CPUX86State *env, int seg, target_ulong off, unsigned size)
{
    return off;
}

target_ulong x86_ea_offset(CPUX86State *env, const X86Insn *insn)
{
    const uint64_t *slot = (const uint64_t *)env;

    return slot[insn->base] + (slot[insn->index] << insn->scale) + (int64_t)insn->disp;
}

target_ulong x86_ea(CPUX86State *env, const X86Insn *insn)
{
    return x86_ea_offset(env, insn);
}

void x86_ld_bytes(CPUX86State *env, target_ulong addr, void *buf, unsigned len)
{
    memcpy(buf, shadow_at(env, addr, len), len);
}

void x86_st_bytes(CPUX86State *env, target_ulong addr, const void *buf, unsigned len)
{
    memcpy(shadow_at(env, addr, len), buf, len);
}

#define LD_ST(name, type) \
    type x86_ld##name(CPUX86State *env, target_ulong addr) \
    { \
        type v; \
        x86_ld_bytes(env, addr, &v, sizeof(v)); \
        return v; \
    } \
    void x86_st##name(CPUX86State *env, target_ulong addr, type v) \
    { \
        x86_st_bytes(env, addr, &v, sizeof(v)); \
    }
LD_ST(b, uint8_t)
LD_ST(w, uint16_t)
LD_ST(l, uint32_t)
LD_ST(q, uint64_t)

void x86_probe_write(CPUX86State *env, target_ulong addr, unsigned len)
{
    shadow_at(env, addr, len);
}

void *x86_host_ptr(CPUX86State *env, target_ulong addr, unsigned len, bool write)
{
    return mock_no_host_ptr ? NULL : shadow_at(env, addr, len);
}

void x86_tlb_flush(CPUX86State *env)
{
}

void x86_update_hflags(CPUX86State *env)
{
}

void qemu_set_irq(qemu_irq irq, int level)
{
}

#undef bql_lock
void bql_lock_impl(const char *file, int line)
{
}

void bql_unlock(void)
{
}

/* ---- random operands ---- */

static uint64_t rng_state;

static uint64_t rnd(void)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state;
}

static unsigned below(unsigned n)
{
    return (rnd() >> 20) % n;
}

static uint32_t special32(void)
{
    static const uint32_t v[] = {
        0, 1, 0x7fffff, 0x800000, 0x800001, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7f800001,
        0x7fffffff, 0x3f800000, 0x3f800001, 0x4f000000, 0x4effffff, 0x5f000000, 0x3f000000, 0x33800000,
    };

    return v[below(ARRAY_SIZE(v))] | (rnd() & 0x80000000);
}

static uint64_t special64(void)
{
    static const uint64_t v[] = {
        0, 1, 0xfffffffffffff, 0x10000000000000, 0x10000000000001, 0x7fefffffffffffff,
        0x7ff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001, 0x3ff0000000000000,
        0x3ff0000000000001, 0x41dfffffffc00000, 0x41e0000000000000, 0x43e0000000000000,
        0x3fe0000000000000, 0x36a0000000000000, 0x380fffffffffffff, 0x47efffffffffffff,
    };

    return v[below(ARRAY_SIZE(v))] | (rnd() & 1ull << 63);
}

static void random_lanes(void *out, unsigned bytes)
{
    uint64_t *q = out;
    unsigned kind = below(6);

    for (unsigned i = 0; i < bytes / 8; i++) {
        switch (kind) {
        case 0:
            q[i] = special64();
            break;
        case 1:
            q[i] = (uint64_t)special32() << 32 | special32();
            break;
        case 2:     /* doubles of like size */
            q[i] = (rnd() & 0x800fffffffffffff) | (1020ull + below(8)) << 52;
            break;
        case 3:     /* floats of like size */
            q[i] = (rnd() & 0x807fffff807fffff) | (uint64_t)(124 + below(6)) << 55 |
                   (uint64_t)(124 + below(6)) << 23;
            break;
        case 4:     /* text, for the string instructions; some zeros */
            q[i] = rnd() & 0x0307010307030107;
            break;
        default:
            q[i] = rnd();
        }
    }
}

static void random_f80(uint8_t *out)
{
    uint64_t mant = below(3) ? rnd() | 1ull << 63 : rnd();
    uint16_t exp = rnd() & 0x8000;

    switch (below(6)) {
    case 0:
        exp |= 0x7fff;
        mant = below(2) ? 1ull << 63 : mant;
        break;
    case 1:
        mant = below(2) ? 0 : mant;
        break;
    case 2:
        exp |= rnd() & 0x7fff;
        break;
    case 3:
        exp |= 0x3fff;
        mant = 1ull << 63;
        break;
    default:
        exp |= 0x3ff0 + below(64);
    }
    memset(out, 0, 16);
    memcpy(out, &mant, 8);
    memcpy(out + 8, &exp, 2);
}

/* ---- the native run ---- */

/* At an address below 2 GB, so that code reaches it with a 32-bit displacement. */
typedef struct Native {
    uint8_t xsave[1024] __attribute__((aligned(64)));
    uint64_t regs[16];
    uint64_t rflags;
    uint64_t host_rsp;
    uint8_t code[512] __attribute__((aligned(64)));
} Native;

static Native *native;
static uint8_t *native_resume;
static int native_signal;

enum { XS_FCW = 0, XS_FSW = 2, XS_FTW = 4, XS_MXCSR = 24, XS_ST = 32, XS_XMM = 160, XS_BV = 512, XS_YMM = 576 };

static void on_signal(int sig, siginfo_t *info, void *opaque)
{
    ucontext_t *uc = opaque;

    if (uc->uc_mcontext.gregs[REG_RIP] - (uintptr_t)native->code >= sizeof(native->code)) {
        signal(sig, SIG_DFL);
        return;
    }
    native_signal = sig;
    uc->uc_mcontext.gregs[REG_RIP] = (uintptr_t)native_resume;
}

static uint8_t *emit(uint8_t *p, const char *bytes, unsigned n)
{
    memcpy(p, bytes, n);
    return p + n;
}
#define E(p, s) emit(p, s, sizeof(s) - 1)

static uint8_t *emit_abs(uint8_t *p, const void *addr)
{
    uint32_t a = (uintptr_t)addr;

    memcpy(p, &a, 4);
    return p + 4;
}

/* mov between a register and [abs32] */
static uint8_t *emit_mov(uint8_t *p, unsigned r, bool store)
{
    *p++ = 0x48 | (r >> 3) << 2;
    *p++ = store ? 0x89 : 0x8b;
    *p++ = (r & 7) << 3 | 4;
    *p++ = 0x25;
    return emit_abs(p, &native->regs[r]);
}

static void native_prepare(const uint8_t *insn, unsigned len)
{
    uint8_t *p = native->code;

    p = E(p, "\x53\x55\x41\x54\x41\x55\x41\x56\x41\x57");
    p = E(p, "\xb8\x07\x00\x00\x00\x31\xd2\x48\x0f\xae\x2c\x25");       /* xrstor64 */
    p = emit_abs(p, native->xsave);
    p = E(p, "\xff\x34\x25");
    p = emit_abs(p, &native->rflags);
    p = E(p, "\x9d");
    for (int r = 0; r < 16; r++) {
        p = r == R_ESP ? p : emit_mov(p, r, false);
    }
    p = emit(p, (const char *)insn, len);
    native_resume = p;
    for (int r = 0; r < 16; r++) {
        p = r == R_ESP ? p : emit_mov(p, r, true);
    }
    p = E(p, "\x9c\x8f\x04\x25");
    p = emit_abs(p, &native->rflags);
    p = E(p, "\xb8\x07\x00\x00\x00\x31\xd2\x48\x0f\xae\x24\x25");       /* xsave64 */
    p = emit_abs(p, native->xsave);
    p = E(p, "\xdb\xe3\xc5\xf8\x77\xfc\x41\x5f\x41\x5e\x41\x5d\x41\x5c\x5d\x5b\xc3");
    g_assert(p <= native->code + sizeof(native->code));
}

static void native_run(void)
{
    uint32_t mxcsr;

    asm volatile("stmxcsr %0" : "=m"(mxcsr));
    native_signal = 0;
    ((void (*)(void))native->code)();
    asm volatile("ldmxcsr %0" : : "m"(mxcsr));
}

/* ---- one comparison ---- */

static CPUX86State *env;

static void random_state(bool unmask)
{
    uint16_t fcw, fsw;
    uint32_t mxcsr;

    memset(native->xsave, 0, sizeof(native->xsave));
    for (int r = 0; r < 16; r++) {
        native->regs[r] = below(3) ? rnd() : below(40);
        random_lanes(native->xsave + XS_XMM + 16 * r, 16);
        random_lanes(native->xsave + XS_YMM + 16 * r, 16);
    }
    native->regs[R_EBX] = (uintptr_t)guest_mem + 1024;
    native->rflags = (rnd() & CC_OSZAPC) | 0x202;
    mxcsr = (rnd() & (MXCSR_RC | MXCSR_EXC)) | (below(4) ? 0 : rnd() & (MXCSR_DAZ | MXCSR_FZ)) |
            (unmask && !below(3) ? rnd() & MXCSR_MASKS : MXCSR_MASKS);
    if (below(2)) {
        mxcsr = MXCSR_DEFAULT;
    }
    memcpy(native->xsave + XS_MXCSR, &mxcsr, 4);
    fcw = FPUC_RESERVED | (below(2) ? 0x33f : (rnd() & 0x0c00) | "\0\0\2\3"[below(4)] << 8 | 0x3f);
    if (unmask && !below(3)) {
        fcw &= ~(rnd() & 0x3f);
    }
    fsw = (rnd() & (FPUS_TOP | FPUS_CC)) | (below(3) ? 0 : rnd() & FPUS_EXC & fcw);
    memcpy(native->xsave + XS_FCW, &fcw, 2);
    memcpy(native->xsave + XS_FSW, &fsw, 2);
    native->xsave[XS_FTW] = below(4) ? 0xff : rnd();
    for (int i = 0; i < 8; i++) {
        random_f80(native->xsave + XS_ST + 16 * i);
    }
    native->xsave[XS_BV] = 7;
    for (int i = 0; i < MEM_SIZE; i += 64) {
        random_lanes(guest_mem + i, 64);
    }
}

static void env_from_native(void)
{
    uint8_t fx[512];

    memcpy(fx, native->xsave, 512);
    memset(fx + 6, 0, 18);
    x86_fp_from_fxsave(&env->fp, fx);
    memcpy(env->regs, native->regs, sizeof(env->regs));
    for (int i = 0; i < 16; i++) {
        memcpy(env->fp.zmm[i].b + 16, native->xsave + XS_YMM + 16 * i, 16);
        memset(env->fp.zmm[i].b + 32, 0x5a, 32);
    }
    mock_eflags = native->rflags & CC_OSZAPC;
    memcpy(shadow, guest_mem, MEM_SIZE);
}

static bool emulate(const uint8_t *bytes, unsigned len)
{
    static X86Insn insn;
    X86DecodeStatus st = x86_decode_insn(env, env->hflags, bytes, 15, &insn);

    raised_excp = -1;
    if (st != X86_DECODE_OK) {
        raised_excp = EXCP06_ILLOP;
        return false;
    }
    g_assert_cmpuint(insn.len, ==, len);
    insn.bytes = bytes;
    if (sigsetjmp(raised, 0)) {
        return false;
    }
    insn.helper(env, &insn);
    return true;
}

static char *hex(const void *p, unsigned n)
{
    GString *s = g_string_new(NULL);

    for (unsigned i = 0; i < n; i++) {
        g_string_append_printf(s, "%02x", ((const uint8_t *)p)[i]);
    }
    return g_string_free(s, FALSE);
}

static bool differs(const char *what, const char *name, const uint8_t *insn, const void *want,
                    const void *got, unsigned n)
{
    if (!memcmp(want, got, n)) {
        return false;
    }
    g_test_message("%s [%s]: %s: host %s, emulated %s", name, hex(insn, 12), what, hex(want, n), hex(got, n));
    return true;
}

static bool compare(const char *name, const uint8_t *insn)
{
    uint8_t fx[512];
    uint32_t flags = native->rflags & CC_OSZAPC;
    bool bad = false;
    char what[16];

    x86_fp_to_fxsave(&env->fp, fx);
    for (int r = 0; r < 16; r++) {
        snprintf(what, sizeof(what), "r%d", r);
        bad |= r != R_ESP && differs(what, name, insn, &native->regs[r], &env->regs[r], 8);
        snprintf(what, sizeof(what), "xmm%d", r);
        bad |= differs(what, name, insn, native->xsave + XS_XMM + 16 * r, env->fp.zmm[r].b, 16);
        snprintf(what, sizeof(what), "ymm%d", r);
        bad |= differs(what, name, insn, native->xsave + XS_YMM + 16 * r, env->fp.zmm[r].b + 16, 16);
    }
    for (int i = 0; i < 8; i++) {
        snprintf(what, sizeof(what), "st%d", i);
        bad |= differs(what, name, insn, native->xsave + XS_ST + 16 * i, fx + XS_ST + 16 * i, 10);
    }
    bad |= differs("fcw", name, insn, native->xsave + XS_FCW, fx + XS_FCW, 2);
    bad |= differs("fsw", name, insn, native->xsave + XS_FSW, fx + XS_FSW, 2);
    bad |= differs("ftw", name, insn, native->xsave + XS_FTW, fx + XS_FTW, 1);
    bad |= differs("mxcsr", name, insn, native->xsave + XS_MXCSR, &env->fp.mxcsr, 4);
    bad |= differs("flags", name, insn, &flags, &mock_eflags, 4);
    if (memcmp(guest_mem, shadow, MEM_SIZE)) {
        bad |= differs("memory", name, insn, guest_mem + 1024, shadow + 1024, 64);
        bad = true;
    }
    return !bad;
}

/* Both runs of one encoding; false when they disagree */
static bool check(const char *name, const uint8_t *insn, unsigned len)
{
    bool done;

    mock_no_host_ptr = below(2);
    env_from_native();
    native_prepare(insn, len);
    native_run();
    done = emulate(insn, len);
    if (done != !native_signal) {
        g_test_message("%s [%s]: host signal %d, emulated exception %d", name, hex(insn, 12), native_signal,
                       raised_excp);
        return false;
    }
    return compare(name, insn);
}

/* ---- encoding rows ---- */

static unsigned pick_reg(uint8_t kind)
{
    unsigned r;

    if ((kind & HOPND_KIND) == HOPND_MMX) {
        return below(8);
    }
    do {
        r = below(16);
    } while ((kind & HOPND_KIND) == HOPND_GPR && (r == R_ESP || r == R_EBX));
    return r;
}

typedef struct Enc {
    uint8_t bytes[16];
    unsigned len;
} Enc;

static void put8(Enc *e, unsigned b)
{
    e->bytes[e->len++] = b;
}

static void encode_prefix(Enc *e, const X86InsnDesc *d, unsigned reg, unsigned rm, unsigned x, unsigned vvvv, bool w)
{
    static const uint8_t pfx[] = { 0, 0, 0x66, 0xf3, 0xf2 };
    unsigned l = d->lbit == 1 || (d->lbit == 255 && d->space && below(2));

    if (d->space) {
        put8(e, 0xc4);
        put8(e, (reg < 8) << 7 | !x << 6 | (rm < 8) << 5 | d->map);
        put8(e, w << 7 | (~vvvv & 15) << 3 | l << 2 | (d->pp == 255 ? 0 : d->pp - 1));
    } else {
        if (d->pp != 255 && pfx[d->pp]) {
            put8(e, pfx[d->pp]);
        }
        if (w || reg > 7 || rm > 7) {
            put8(e, 0x40 | w << 3 | (reg > 7) << 2 | (rm > 7));
        }
        put8(e, 0x0f);
        if (d->map > 1) {
            put8(e, d->map == 2 ? 0x38 : 0x3a);
        }
    }
    put8(e, d->opcode);
}

/* Random registers, memory form and immediate for a row */
static void encode(Enc *e, const X86InsnDesc *d, bool mem)
{
    VecOperands o;
    unsigned reg, rm, vvvv, disp = 0;
    bool w = d->wbit == 255 ? below(2) : d->wbit;

    memset(e, 0, sizeof(*e));
    vec_parse_operands(&o, d, d->lbit == 1, w);
    if (!o.w_matters && !d->space) {
        w = false;
    }
    reg = d->reg != 255 ? d->reg : pick_reg(o.reg);
    rm = mem ? R_EBX : pick_reg(o.rm);
    vvvv = o.vvvv ? pick_reg(o.vvvv) : 0;
    encode_prefix(e, d, reg, rm, 0, vvvv, w);
    if (mem) {
        bool aligned = (d->attrs & X86_ATTR_AL) || (!d->space && !(d->attrs & X86_ATTR_UA));

        disp = aligned ? below(8) * 32 : below(256);
    }
    put8(e, (mem ? 0x80 : 0xc0) | (reg & 7) << 3 | (rm & 7));
    if (mem) {
        memcpy(e->bytes + e->len, &disp, 4);
        e->len += 4;
    }
    if (d->immkind != X86_IMM_NONE) {
        put8(e, rnd());
    }
}

static bool host_can(const X86InsnDesc *d)
{
    return (d->feature_word < 0 || tcg_host_has(d->feature_word, d->feature_bit)) &&
           (d->feature_bit2 == 255 || tcg_host_has(d->feature_word2, d->feature_bit2));
}

static void test_rows(void)
{
    unsigned bad_rows = 0, rows = 0;

    for (unsigned i = 0; i < x86_insn_count; i++) {
        const X86InsnDesc *d = &x86_insn_descs[i];

        if (d->helper != helper_vec || !host_can(d)) {
            continue;
        }
        rng_state = 0x9e3779b97f4a7c15 + i;
        rows++;
        for (int n = 0; n < 48; n++) {
            bool mem = d->mod == 255 ? below(2) : !d->mod;
            Enc e;

            random_state(true);
            encode(&e, d, mem);
            if (!check(d->name, e.bytes, e.len)) {
                bad_rows++;
                break;
            }
        }
    }
    g_test_message("%u rows", rows);
    g_assert_cmpuint(rows, >, 300);
    g_assert_cmpuint(bad_rows, ==, 0);
}

/* Masked moves and gathers: memory operands that are only partly accessed */
static void test_masked(void)
{
    for (unsigned i = 0; i < x86_insn_count; i++) {
        const X86InsnDesc *d = &x86_insn_descs[i];
        bool gather = d->helper == helper_vgather;
        bool bytes = d->helper == helper_maskmovdqu || d->helper == helper_maskmovq;

        if ((!gather && !bytes && d->helper != helper_vmaskmov_load && d->helper != helper_vmaskmov_store) ||
            !host_can(d)) {
            continue;
        }
        rng_state = 0xdeadbeef + i;
        for (int n = 0; n < 200; n++) {
            unsigned reg = below(5), idx = 5 + below(11), vvvv = d->space && !bytes ? 16 - 5 - below(5) : 0;
            Enc e = { .len = 0 };

            random_state(false);
            if (gather) {
                vvvv = idx == 5 ? 6 : 5;
                for (int k = 0; k < 4; k++) {
                    uint64_t v = d->opcode & 1 ? below(64) : (uint64_t)below(64) << 32 | below(64);

                    memcpy(native->xsave + (k < 2 ? XS_XMM : XS_YMM) + 16 * idx + 8 * (k & 1), &v, 8);
                }
                encode_prefix(&e, d, reg, R_EBX, idx > 7, vvvv, below(2));
                put8(&e, reg << 3 | 4);
                put8(&e, below(4) << 6 | (idx & 7) << 3 | R_EBX);
            } else if (bytes) {
                native->regs[R_EDI] = (uintptr_t)guest_mem + 1000 + below(50);
                encode_prefix(&e, d, reg, 7, 0, 0, 0);
                put8(&e, 0xc0 | reg << 3 | 7);
            } else {
                encode_prefix(&e, d, reg, R_EBX, 0, vvvv, d->wbit == 255 ? below(2) : d->wbit);
                put8(&e, reg << 3 | R_EBX);
            }
            g_assert_true(check(d->name, e.bytes, e.len));
        }
    }
}

/* Everything x87 that is not a control instruction */
static void test_x87(void)
{
    unsigned bad = 0;

    rng_state = 77;
    for (unsigned op = 0xd8; op <= 0xdf; op++) {
        for (unsigned m = 0; m < 256; m = m < 0x38 ? m + 8 : m < 0xc0 ? 0xc0 : m + 1) {
            bool control = m < 0xc0 ? x87_mem_size(op, m) == 0 : (op == 0xdb && m >= 0xe0 && m < 0xe5);

            if (!x87_encoding_valid(op, m) || control) {
                continue;
            }
            for (int n = 0; n < 60; n++) {
                Enc e = { .bytes = { op, m < 0xc0 ? m | R_EBX : m }, .len = 2 };

                random_state(true);
                if (!check("x87", e.bytes, e.len)) {
                    bad++;
                    break;
                }
            }
        }
    }
    g_assert_cmpuint(bad, ==, 0);
}

/* FLDCW, FNSTCW, FNSTSW, FLDENV, FRSTOR, FNINIT, FNCLEX: state after; the pointers in images are not compared */
static void test_x87_control(void)
{
    static const uint8_t insns[][2] = {
        { 0xd9, 0x23 }, { 0xd9, 0x3b }, { 0xdd, 0x3b }, { 0xdd, 0x23 }, { 0xdb, 0xe2 }, { 0xdb, 0xe3 },
        { 0xdf, 0xe0 }, { 0xdb, 0xe0 },
    };

    rng_state = 99;
    for (int i = 0; i < ARRAY_SIZE(insns); i++) {
        for (int n = 0; n < 60; n++) {
            random_state(true);
            g_assert_true(check("x87 control", insns[i], 2));
        }
    }
}

static void test_mxcsr(void)
{
    static const uint8_t ld[] = { 0x0f, 0xae, 0x13 }, st[] = { 0x0f, 0xae, 0x1b };
    uint32_t v = 0x10000;

    rng_state = 5;
    for (int n = 0; n < 100; n++) {
        random_state(true);
        v = rnd() & 0xffff;
        memcpy(guest_mem + 1024, &v, 4);
        g_assert_true(check("ldmxcsr", ld, 3));
        g_assert_true(check("stmxcsr", st, 3));
    }
    v = 0x10000;
    memcpy(guest_mem + 1024, &v, 4);
    env_from_native();
    env->regs[R_EBX] = (uintptr_t)guest_mem + 1024;
    g_assert_false(emulate(ld, 3));
    g_assert_cmpint(raised_excp, ==, EXCP0D_GPF);
}

/* Alignment (#GP) of legacy and VEX memory operands */
static void test_alignment(void)
{
    static const struct {
        uint8_t bytes[8];
        uint8_t len;
        bool faults;
    } t[] = {
        { { 0x0f, 0x58, 0x43, 0x08 }, 4, true },                /* addps xmm0, [rbx+8] */
        { { 0x0f, 0x10, 0x43, 0x08 }, 4, false },               /* movups */
        { { 0x0f, 0x28, 0x43, 0x08 }, 4, true },                /* movaps */
        { { 0xf3, 0x0f, 0x58, 0x43, 0x07 }, 5, false },         /* addss */
        { { 0xc5, 0xf8, 0x58, 0x43, 0x08 }, 5, false },         /* vaddps */
        { { 0xc5, 0xfc, 0x28, 0x43, 0x10 }, 5, true },          /* vmovaps ymm */
        { { 0x66, 0x0f, 0x3a, 0x63, 0x43, 0x08, 0x00 }, 7, false }, /* pcmpistri */
        { { 0x66, 0x0f, 0x6f, 0x43, 0x04 }, 5, true },          /* movdqa */
        { { 0x0f, 0xfc, 0x43, 0x04 }, 4, false },               /* paddb mm0 */
    };

    rng_state = 6;
    for (int i = 0; i < ARRAY_SIZE(t); i++) {
        random_state(false);
        env_from_native();
        g_assert_cmpint(emulate(t[i].bytes, t[i].len), ==, !t[i].faults);
        if (t[i].faults) {
            g_assert_cmpint(raised_excp, ==, EXCP0D_GPF);
        }
    }
}

/* FXSAVE and XSAVE images: ours read by the host, the host's read by us */
static void test_images(void)
{
    static const uint8_t fxsave[] = { 0x48, 0x0f, 0xae, 0x03 }, fxrstor[] = { 0x48, 0x0f, 0xae, 0x0b };
    static const uint8_t xsave[] = { 0x48, 0x0f, 0xae, 0x23 }, xrstor[] = { 0x48, 0x0f, 0xae, 0x2b };
    static const uint8_t xsavec[] = { 0x48, 0x0f, 0xc7, 0x23 };

    rng_state = 8;
    for (int n = 0; n < 100; n++) {
        bool compact = n & 1;
        X86FPState before;

        random_state(true);
        memset(guest_mem, 0, MEM_SIZE);
        native->regs[R_EAX] = 7;
        native->regs[R_EDX] = 0;
        env_from_native();
        before = env->fp;
        /* ours out, ours in */
        g_assert_true(n % 3 ? emulate(compact ? xsavec : xsave, 4) : emulate(fxsave, 4));
        memset(env->fp.fpregs, 0, sizeof(env->fp.fpregs));
        for (int i = 0; i < 16; i++) {
            memset(env->fp.zmm[i].b, 0, n % 3 ? 32 : 16);
        }
        env->fp.mxcsr = MXCSR_DEFAULT;
        env->fp.fcw = env->fp.fsw = env->fp.ftw = 0;
        g_assert_true(n % 3 ? emulate(xrstor, 4) : emulate(fxrstor, 4));
        g_assert_cmpmem(&before, offsetof(X86FPState, opmask), &env->fp, offsetof(X86FPState, opmask));
        g_assert_cmpuint(before.mxcsr, ==, env->fp.mxcsr);
        g_assert_cmpuint(before.fsw, ==, env->fp.fsw);
        /* ours read by the host: it restores what we wrote */
        memcpy(guest_mem, shadow, MEM_SIZE);
        memset(native->xsave + 32, 0, 480);
        native->xsave[XS_BV] = 7;
        native_prepare(n % 3 ? xrstor : fxrstor, 4);
        native_run();
        g_assert_cmpint(native_signal, ==, 0);
        g_assert_true(compare("host xrstor", xrstor));
    }
}

/* A bad image is #GP and changes nothing */
static void test_bad_image(void)
{
    static const uint8_t xrstor[] = { 0x48, 0x0f, 0xae, 0x2b };
    static const struct {
        unsigned off;
        uint8_t v;
    } t[] = { { 512 + 1, 1 }, { 520, 1 }, { 528, 1 }, { 24 + 2, 1 } };

    rng_state = 9;
    for (int i = 0; i < ARRAY_SIZE(t); i++) {
        X86FPState before;

        random_state(false);
        memset(guest_mem, 0, MEM_SIZE);
        guest_mem[1024 + 512] = 7;
        guest_mem[1024 + t[i].off] = t[i].v;
        native->regs[R_EAX] = 7;
        native->regs[R_EDX] = 0;
        env_from_native();
        before = env->fp;
        g_assert_false(emulate(xrstor, 4));
        g_assert_cmpint(raised_excp, ==, EXCP0D_GPF);
        g_assert_cmpmem(&before, sizeof(before), &env->fp, sizeof(before));
    }
}

static void setup(void)
{
    struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_NODEFER };

    guest_mem = mmap(NULL, MEM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    native = mmap(NULL, sizeof(Native), PROT_READ | PROT_WRITE | PROT_EXEC,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    g_assert(guest_mem != MAP_FAILED && native != MAP_FAILED);
    sigaction(SIGFPE, &sa, NULL);
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGILL, &sa, NULL);

    env = &((struct ArchCPU *)g_malloc0(sizeof(struct ArchCPU) + 64))->env;
    env = (CPUX86State *)ROUND_UP((uintptr_t)env, 64);
    env->hflags = HF_PE_MASK | HF_LMA_MASK | HF_CS64_MASK | HF_CS32_MASK | HF_SS32_MASK | HF_OSFXSR_MASK |
                  HF_AVX_EN_MASK | HF_MP_MASK;
    env->cr[0] = CR0_PE_MASK | CR0_NE_MASK | CR0_MP_MASK;
    env->cr[4] = CR4_OSFXSR_MASK | CR4_OSXMMEXCPT_MASK | CR4_OSXSAVE_MASK;
    env->xcr0 = 7;
    for (int w = 0; w < FEATURE_WORDS; w++) {
        env->features[w] = tcg_host_features(w);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    setup();
    g_test_add_func("/x86/vec/rows", test_rows);
    g_test_add_func("/x86/vec/masked", test_masked);
    g_test_add_func("/x86/vec/mxcsr", test_mxcsr);
    g_test_add_func("/x86/vec/alignment", test_alignment);
    g_test_add_func("/x86/x87/all", test_x87);
    g_test_add_func("/x86/x87/control", test_x87_control);
    g_test_add_func("/x86/xsave/images", test_images);
    g_test_add_func("/x86/xsave/bad-image", test_bad_image);
    return g_test_run();
}
