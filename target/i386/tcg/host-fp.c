/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stubs: guest vector instructions executed by the host CPU (host-fp.h has the contract).
 *
 * Owns the stub builder, the executable buffer, the exception fix-up and the list of host features.
 * Does not own decoding, guest memory or faults (vec.c).  Encodings: Intel SDM vol. 2, chapter 2.
 *
 * Executable memory: one memory file mapped twice, writable and executable, so no page is ever both
 * through one address.  It is sparse; only pages holding stubs cost memory.
 *
 * MXCSR.  Loading it costs more than most instructions, so arithmetic runs with whatever is loaded
 * when that is equivalent: control bits equal, and no flag set in the host that the guest does not
 * have set already (flags are sticky, so such a flag cannot be told from a new one).
 *
 * Unmasked exceptions.  The stub then runs with the guest's own masks.  The host CPU raises #XM
 * exactly when the guest's would, before anything is written; the SIGFPE handler continues
 * at the end of the stub and the caller is told.  Flags are then those the CPU left in MXCSR.
 *
 * Lock: stub_lock guards creation and the hash table; it is a leaf.
 */
#include "qemu/osdep.h"
#include <ucontext.h>
#include "qemu/atomic.h"
#include "target/i386/tcg/host-fp.h"

#define CODE_SIZE   (64u << 20)
#define STUB_MAX    160         /* no stub is longer */
#define FAULT_PAD   0           /* offset of the code a faulting stub continues at */

/* host register numbers of general operands and pointers */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9 };
enum { V_XMM0, V_REG, V_VVVV, V_RM, V_IS4, V_ZERO };

static GMutex stub_lock;
static GHashTable *stub_table;
static uint8_t *code_rw, *code_rx;
static size_t code_used;

/* set by the SIGFPE handler for the code it interrupted */
static __thread volatile sig_atomic_t stub_faulted;
static __thread bool sigfpe_unblocked;

static struct sigaction old_sigfpe;

/* ---- emitting ---- */

typedef struct Emit {
    uint8_t *p;
} Emit;

static void e8(Emit *e, uint8_t b)
{
    *e->p++ = b;
}

static uint8_t modrm(unsigned mod, unsigned reg, unsigned rm)
{
    return mod << 6 | (reg & 7) << 3 | (rm & 7);
}

/* Prefixes and opcode of one instruction; registers are below 8 except a base of R8. */
static void e_opcode(Emit *e, HostEnc enc, unsigned pp, unsigned map, unsigned op,
                     unsigned w, unsigned l, unsigned vvvv, bool base_r8)
{
    static const uint8_t prefix[4] = { 0, 0x66, 0xf3, 0xf2 };

    if (enc == HOST_VEX) {
        e8(e, 0xc4);
        e8(e, 0xc0 | (base_r8 ? 0 : 0x20) | map);
        e8(e, w << 7 | (~vvvv & 15) << 3 | l << 2 | pp);
    } else {
        if (pp) {
            e8(e, prefix[pp]);
        }
        if (w || base_r8) {
            e8(e, 0x40 | w << 3 | base_r8);
        }
        e8(e, 0x0f);
        if (map == 2) {
            e8(e, 0x38);
        } else if (map == 3) {
            e8(e, 0x3a);
        }
    }
    e8(e, op);
}

/* (v)movups between a vector register and [base] */
static void e_vec(Emit *e, HostEnc enc, unsigned l, bool store, unsigned v, unsigned base)
{
    e_opcode(e, enc, 0, 1, store ? 0x11 : 0x10, 0, l, 0, base == R8);
    e8(e, modrm(0, v, base));
}

/* movq between an MMX register and [base] */
static void e_mmx(Emit *e, bool store, unsigned v, unsigned base)
{
    e_opcode(e, HOST_LEGACY, 0, 1, store ? 0x7f : 0x6f, 0, 0, 0, false);
    e8(e, modrm(0, v, base));
}

/* 64-bit mov between a general register and [base + disp8] */
static void e_gpr(Emit *e, bool store, unsigned r, unsigned base, unsigned disp)
{
    e8(e, 0x48 | (base == R9 ? 1 : 0));
    e8(e, store ? 0x89 : 0x8b);
    e8(e, modrm(1, r, base));
    e8(e, disp);
}

static void e_load(Emit *e, const HostStubKey *k, unsigned opnd, unsigned v, unsigned base)
{
    switch (opnd & HOPND_KIND) {
    case HOPND_VEC:
        e_vec(e, k->enc, k->l, false, v, base);
        break;
    case HOPND_MMX:
        e_mmx(e, false, v, base);
        break;
    case HOPND_GPR:
        e_gpr(e, false, RAX, base, 0);
        break;
    }
}

static void e_store(Emit *e, const HostStubKey *k, unsigned opnd, unsigned v, unsigned base)
{
    if (!(opnd & HOPND_W)) {
        return;
    }
    switch (opnd & HOPND_KIND) {
    case HOPND_VEC:
        if (k->enc == HOST_VEX) {
            /* the whole 32 bytes, and zeros into the 32 above */
            e_vec(e, HOST_VEX, 1, true, v, base);
            e_opcode(e, HOST_VEX, 1, 1, 0xef, 0, 0, V_ZERO, false);     /* vpxor */
            e8(e, modrm(3, V_ZERO, V_ZERO));
            e_opcode(e, HOST_VEX, 0, 1, 0x11, 0, 1, 0, base == R8);     /* vmovups [base+32] */
            e8(e, modrm(1, V_ZERO, base));
            e8(e, 32);
        } else {
            e_vec(e, HOST_LEGACY, 0, true, v, base);
        }
        break;
    case HOPND_MMX:
        e_mmx(e, true, v, base);
        break;
    case HOPND_GPR:
        e_gpr(e, true, RAX, base, 0);
        break;
    }
}

static bool uses(const HostStubKey *k, unsigned kind)
{
    return (k->reg & HOPND_KIND) == kind || (k->rm & HOPND_KIND) == kind;
}

static unsigned hostreg(unsigned opnd, unsigned v)
{
    return (opnd & HOPND_KIND) == HOPND_GPR ? RAX : v;
}

static void e_insn(Emit *e, const HostStubKey *k)
{
    bool mem = (k->rm & HOPND_KIND) == HOPND_MEM;
    bool has_v = (k->vvvv & HOPND_KIND) != HOPND_NONE;
    unsigned reg = k->digit == HOST_NO_DIGIT ? hostreg(k->reg, V_REG) : k->digit;

    e_opcode(e, k->enc, k->pp, k->map, k->op, k->w, k->l, has_v ? V_VVVV : 0, false);
    e8(e, mem ? modrm(0, reg, RSI) : modrm(3, reg, hostreg(k->rm, V_RM)));
    if (k->flags & HSTUB_IS4) {
        e8(e, V_IS4 << 4 | (k->imm & 15));
    } else if (k->flags & HSTUB_IMM) {
        e8(e, k->imm);
    }
}

static size_t build(const HostStubKey *k, uint8_t *out)
{
    Emit e = { out };
    bool implicit_gpr = k->flags & (HSTUB_EAX_EDX | HSTUB_ECX_W);

    if ((k->reg & HOPND_KIND) && !(k->flags & HSTUB_NOLOAD_REG)) {
        e_load(&e, k, k->reg, V_REG, RDI);
    }
    if (k->rm & HOPND_KIND) {
        e_load(&e, k, k->rm, V_RM, RSI);
    }
    if (k->vvvv & HOPND_KIND) {
        e_load(&e, k, k->vvvv, V_VVVV, RDX);
    }
    if (k->flags & HSTUB_IS4) {
        e_load(&e, k, HOPND_VEC, V_IS4, RCX);
    }
    if (k->flags & HSTUB_XMM0) {
        e_load(&e, k, HOPND_VEC, V_XMM0, R8);
    }
    if (implicit_gpr) {
        e8(&e, 0x49);                           /* mov r9, rcx */
        e8(&e, 0x89);
        e8(&e, modrm(3, RCX, R9));
        if (k->flags & HSTUB_EAX_EDX) {
            e_gpr(&e, false, RAX, R9, 0);
            e_gpr(&e, false, RDX, R9, 16);
        }
    }
    e_insn(&e, k);
    if (k->flags & HSTUB_FLAGS) {
        e8(&e, 0x9c);                           /* pushfq; pop rax */
        e8(&e, 0x58);
    }
    if (k->flags & HSTUB_ECX_W) {
        e8(&e, 0x89);                           /* mov ecx, ecx: a 32-bit result */
        e8(&e, modrm(3, RCX, RCX));
        e_gpr(&e, true, RCX, R9, 8);
    }
    if (k->flags & HSTUB_XMM0_W) {
        e_store(&e, k, HOPND_VEC | HOPND_W, V_XMM0, R8);
    }
    e_store(&e, k, k->reg, V_REG, RDI);
    if ((k->rm & HOPND_KIND) != HOPND_MEM) {
        e_store(&e, k, k->rm, V_RM, RSI);
    }
    e_store(&e, k, k->vvvv, V_VVVV, RDX);
    if (uses(k, HOPND_MMX)) {
        e8(&e, 0x0f);                           /* emms */
        e8(&e, 0x77);
    }
    if (k->enc == HOST_VEX) {
        e8(&e, 0xc5);                           /* vzeroupper */
        e8(&e, 0xf8);
        e8(&e, 0x77);
    }
    e8(&e, 0xc3);
    return e.p - out;
}

/* ---- the SIGFPE fix-up ---- */

static void sigfpe(int sig, siginfo_t *info, void *opaque)
{
    ucontext_t *uc = opaque;
    uintptr_t ip = uc->uc_mcontext.gregs[REG_RIP];

    if (ip - (uintptr_t)code_rx < CODE_SIZE) {
        /* stubs touch the stack only after the guest's instruction: returning is safe */
        uc->uc_mcontext.gregs[REG_RIP] = (uintptr_t)code_rx + FAULT_PAD;
        stub_faulted = 1;
        return;
    }
    if ((old_sigfpe.sa_flags & SA_SIGINFO) && old_sigfpe.sa_sigaction) {
        old_sigfpe.sa_sigaction(sig, info, opaque);
        return;
    }
    /* not ours: the fault repeats with the previous disposition */
    sigaction(SIGFPE, &old_sigfpe, NULL);
}

static bool map_code(void)
{
    struct sigaction sa = { .sa_sigaction = sigfpe, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    int fd = memfd_create("x86-stubs", MFD_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    if (ftruncate(fd, CODE_SIZE) == 0) {
        code_rw = mmap(NULL, CODE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        code_rx = mmap(NULL, CODE_SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    }
    close(fd);
    if (!code_rw || code_rw == MAP_FAILED || code_rx == MAP_FAILED) {
        code_rw = NULL;
        return false;
    }
    code_rw[FAULT_PAD] = 0xc3;      /* ret; the upper halves are cleaned by the caller */
    code_used = 64;
    sigemptyset(&sa.sa_mask);
    sigaction(SIGFPE, &sa, &old_sigfpe);
    return true;
}

/* ---- the table of stubs ---- */

static guint key_hash(gconstpointer p)
{
    const uint32_t *w = p;
    uint32_t h = 0;

    for (int i = 0; i < 4; i++) {
        h = (h ^ w[i]) * 0x9e3779b1u;
        h ^= h >> 15;
    }
    return h;
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    return !memcmp(a, b, sizeof(HostStubKey));
}

static HostStub *create(const HostStubKey *key)
{
    HostStub *s;
    size_t len;

    if (!code_rw && !map_code()) {
        return NULL;
    }
    if (code_used + STUB_MAX > CODE_SIZE) {
        return NULL;
    }
    len = build(key, code_rw + code_used);
    g_assert(len <= STUB_MAX);
    s = g_new0(HostStub, 1);
    s->key = *key;
    s->fn = (HostStubFn *)(code_rx + code_used);
    code_used = ROUND_UP(code_used + len, 16);
    g_hash_table_insert(stub_table, &s->key, s);
    return s;
}

const HostStub *host_stub(const HostStubKey *key)
{
    HostStub *s;

    g_mutex_lock(&stub_lock);
    if (!stub_table) {
        stub_table = g_hash_table_new(key_hash, key_equal);
    }
    s = g_hash_table_lookup(stub_table, key);
    if (!s) {
        s = create(key);
    }
    g_mutex_unlock(&stub_lock);
    return s;
}

/* ---- arithmetic ---- */

static inline uint32_t get_mxcsr(void)
{
    uint32_t v;

    asm volatile("stmxcsr %0" : "=m"(v));
    return v;
}

static inline void set_mxcsr(uint32_t v)
{
    asm volatile("ldmxcsr %0" : : "m"(v));
}

static void unblock_sigfpe(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGFPE);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    sigfpe_unblocked = true;
}

static G_GNUC_NO_INLINE bool run_with_guest_mxcsr(const HostStub *s, X86FPState *fp, uint64_t *ret,
                                                  void *reg, void *rm, void *vvvv, void *aux,
                                                  void *xmm0)
{
    uint32_t host = get_mxcsr();
    bool unmasked = (fp->mxcsr & MXCSR_MASKS) != MXCSR_MASKS;

    if (unmasked && !sigfpe_unblocked) {
        unblock_sigfpe();
    }
    stub_faulted = 0;
    set_mxcsr(fp->mxcsr);
    *ret = s->fn(reg, rm, vvvv, aux, xmm0);
    fp->mxcsr = get_mxcsr();
    /*
     * Equal controls: leave the guest's flags loaded, they are harmless to C and save a load next
     * time.  Otherwise the host's own value comes back.
     */
    if (((fp->mxcsr ^ host) & ~MXCSR_EXC) != 0) {
        set_mxcsr(host);
    }
    if (stub_faulted && s->key.enc == HOST_VEX) {
        asm volatile("vzeroupper");
    }
    return !stub_faulted;
}

bool host_stub_run_fp(const HostStub *s, X86FPState *fp, uint64_t *ret,
                      void *reg, void *rm, void *vvvv, void *aux, void *xmm0)
{
    uint32_t host = get_mxcsr();

    /* any control bit different, or a flag the guest lacks; masks must all be set */
    if (unlikely(((host ^ fp->mxcsr) & ~MXCSR_EXC) | (host & ~fp->mxcsr & MXCSR_EXC) |
                 (~host & MXCSR_MASKS))) {
        return run_with_guest_mxcsr(s, fp, ret, reg, rm, vvvv, aux, xmm0);
    }
    *ret = s->fn(reg, rm, vvvv, aux, xmm0);
    fp->mxcsr |= get_mxcsr() & MXCSR_EXC;
    return true;
}

/* ---- x87 ---- */

typedef uint64_t X87Fn(void *image, void *mem, uint64_t eflags);
static X87Fn *x87_stubs[8][256];

/* pushes EFLAGS in, FXRSTOR64, the instruction, EFLAGS out, FXSAVE64, FNINIT: see x87.c */
static size_t build_x87(unsigned op, unsigned m, uint8_t *out)
{
    static const uint8_t head[] = { 0x52, 0x9d, 0x48, 0x0f, 0xae, 0x0f };
    static const uint8_t tail[] = { 0x9c, 0x58, 0x48, 0x0f, 0xae, 0x07, 0xdb, 0xe3, 0xc3 };
    Emit e = { out };

    for (int i = 0; i < sizeof(head); i++) {
        e8(&e, head[i]);
    }
    e8(&e, op);
    e8(&e, m < 0xc0 ? modrm(0, m >> 3, RSI) : m);
    for (int i = 0; i < sizeof(tail); i++) {
        e8(&e, tail[i]);
    }
    return e.p - out;
}

static X87Fn *x87_stub(unsigned op, unsigned m)
{
    X87Fn *fn;

    g_mutex_lock(&stub_lock);
    fn = x87_stubs[op & 7][m];
    if (!fn && (code_rw || map_code()) && code_used + STUB_MAX <= CODE_SIZE) {
        size_t len = build_x87(op, m, code_rw + code_used);

        fn = (X87Fn *)(code_rx + code_used);
        code_used = ROUND_UP(code_used + len, 16);
        qatomic_set(&x87_stubs[op & 7][m], fn);
    }
    g_mutex_unlock(&stub_lock);
    return fn;
}

bool x87_host_exec(unsigned op, unsigned m, void *image, void *mem, uint64_t *eflags)
{
    X87Fn *fn;

    m = m < 0xc0 ? m & 0x38 : m;
    fn = qatomic_read(&x87_stubs[op & 7][m]);
    if (unlikely(!fn)) {
        fn = x87_stub(op, m);
        if (!fn) {
            return false;
        }
    }
    /* popfq would also take TF, DF, AC and the like */
    *eflags = fn(image, mem, (*eflags & CC_OSZAPC) | 0x202);
    return true;
}

/* ---- host features ---- */

/* bits of CPUID that stand for instructions run through this seam */
typedef struct SeamFeature {
    FeatureWord word;
    uint32_t leaf, subleaf;
    unsigned reg;               /* 0 EAX .. 3 EDX */
    uint32_t mask;
    uint32_t needs_ymm;         /* those of them that need the host kernel to keep YMM registers */
} SeamFeature;

#define BIT_(n) (1u << (n))
static const SeamFeature seam_features[] = {
    /* FPU, MMX, FXSR, SSE, SSE2 */
    { FEAT_1_EDX, 1, 0, 3, BIT_(0) | BIT_(23) | BIT_(24) | BIT_(25) | BIT_(26), 0 },
    /* SSE3, PCLMULQDQ, SSSE3, FMA, SSE4.1, SSE4.2, AES, AVX, F16C */
    { FEAT_1_ECX, 1, 0, 2, BIT_(0) | BIT_(1) | BIT_(9) | BIT_(12) | BIT_(19) | BIT_(20) | BIT_(25) |
      BIT_(28) | BIT_(29), BIT_(12) | BIT_(28) | BIT_(29) },
    /* AVX2, SHA */
    { FEAT_7_0_EBX, 7, 0, 1, BIT_(5) | BIT_(29), BIT_(5) },
    /* GFNI, VAES, VPCLMULQDQ */
    { FEAT_7_0_ECX, 7, 0, 2, BIT_(8) | BIT_(9) | BIT_(10), BIT_(9) | BIT_(10) },
    /* AVX-VNNI, AVX-IFMA */
    { FEAT_7_1_EAX, 7, 1, 0, BIT_(4) | BIT_(23), BIT_(4) | BIT_(23) },
};

/* done in C whatever the host is */
static const struct {
    FeatureWord word;
    uint32_t mask;
} soft_features[] = {
    { FEAT_1_ECX, BIT_(26) },                                   /* XSAVE */
    { FEAT_XSAVE, BIT_(0) | BIT_(1) | BIT_(2) | BIT_(3) },      /* XSAVEOPT, C, XGETBV(1), S */
};

static uint32_t host_cpuid(uint32_t leaf, uint32_t subleaf, unsigned reg)
{
    uint32_t max, b, r[4];

    asm("cpuid" : "=a"(max), "=b"(b), "=c"(r[2]), "=d"(r[3]) : "a"(0), "c"(0));
    if (leaf > max) {
        return 0;
    }
    asm("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(subleaf));
    return r[reg];
}

static bool host_keeps_ymm(void)
{
    uint32_t lo, hi;

    if (!(host_cpuid(1, 0, 2) & BIT_(27))) {
        return false;
    }
    asm("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return (lo & 6) == 6;
}

uint64_t tcg_host_features(FeatureWord w)
{
    uint64_t bits = 0;

    for (int i = 0; i < ARRAY_SIZE(soft_features); i++) {
        if (soft_features[i].word == w) {
            bits |= soft_features[i].mask;
        }
    }
    for (int i = 0; i < ARRAY_SIZE(seam_features); i++) {
        const SeamFeature *f = &seam_features[i];

        if (f->word == w) {
            bits |= host_cpuid(f->leaf, f->subleaf, f->reg) & f->mask &
                    ~(host_keeps_ymm() ? 0 : f->needs_ymm);
        }
    }
    return bits;
}

bool tcg_host_has(FeatureWord w, unsigned bit)
{
    return tcg_host_features(w) >> bit & 1;
}
