/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MMX, SSE and AVX instructions: checks, operands and faults around the host stubs of host-fp.c.
 *
 * Owns operand plumbing and alignment faults (Intel SDM vol. 2, 2.4, exception classes).  The decoder
 * has checked features, CR0, CR4 and XCR0.  The instructions themselves are the host's; those with an
 * irregular operand (masked moves, gathers, MXCSR, state zeroing) are in vec-special.c.
 *
 * The first execution of a decoded instruction resolves it: reads its row, builds its stub and hangs a
 * VecOp on insn->aux.  VecOps are shared by equal instructions and never freed (there are at most as
 * many as stubs).
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/tcg-cpu.h"
#include "target/i386/tcg/insn.h"
#include "target/i386/tcg/vec.h"

typedef struct VecOp {
    HostStubKey key;            /* and mem_bytes, align: identity */
    uint8_t mem_bytes;
    uint8_t align;              /* a memory operand must be aligned to its size */
    bool fp, flags, mem_write, mmx, mmx_dest_reg, mmx_dest_rm, is4;
    const HostStub *stub;
    HostStubFn *fn;
} VecOp;

static GMutex ops_lock;
static GHashTable *ops;

static guint op_hash(gconstpointer p)
{
    const uint32_t *w = p;
    uint32_t h = 0;

    for (int i = 0; i < 4; i++) {
        h = (h ^ w[i]) * 0x85ebca6bu;
        h ^= h >> 13;
    }
    return h;
}

static gboolean op_equal(gconstpointer a, gconstpointer b)
{
    return !memcmp(a, b, offsetof(VecOp, fp));
}

/* ---- from a table row to a stub ---- */

/* bytes a suffix stands for; 0 unknown */
static unsigned suffix_bytes(const char *s, unsigned vl, bool w)
{
    static const struct {
        char name[3];
        uint8_t bytes;
    } sizes[] = { { "b", 1 }, { "w", 2 }, { "d", 4 }, { "q", 8 }, { "dq", 16 }, { "qq", 32 } };

    if (*s == 'x') {
        return 16 << vl;
    }
    if (*s == 'y') {
        return w ? 8 : 4;
    }
    for (int i = ARRAY_SIZE(sizes) - 1; i >= 0; i--) {
        size_t n = strlen(sizes[i].name);

        if (!strncmp(s, sizes[i].name, n) && (s[n] == ',' || !s[n])) {
            return sizes[i].bytes;
        }
    }
    return 0;
}

/* One operand; *access is what it gets besides its kind. */
static void parse_operand(VecOperands *o, const char *s, unsigned access, unsigned vl, bool w)
{
    if (s[1] == 'y') {
        o->w_matters = true;
    }
    switch (*s) {
    case 'V':
        o->reg = HOPND_VEC | access;
        break;
    case 'P':
        o->reg = HOPND_MMX | access;
        break;
    case 'G':
        o->reg = HOPND_GPR | access;
        break;
    case 'H':
        o->vvvv = HOPND_VEC | access;
        break;
    case 'W': case 'U': case 'M':
        o->rm = HOPND_VEC | access;
        o->mem_bytes = suffix_bytes(s + 1, vl, w);
        break;
    case 'Q': case 'N':
        o->rm = HOPND_MMX | access;
        o->mem_bytes = suffix_bytes(s + 1, vl, w);
        break;
    case 'E':
        o->rm = HOPND_GPR | access;
        /* Edb: a dword register or a byte of memory */
        o->mem_bytes = suffix_bytes(s + (s[1] == 'd' && s[2] && s[2] != ',' ? 2 : 1), vl, w);
        break;
    case 'L':
        o->is4 = true;
        break;
    case 'I':
        o->imm = true;
        break;
    case 'X':
        o->xmm0 = true;
        break;
    }
}

void vec_parse_operands(VecOperands *o, const X86InsnDesc *desc, unsigned vl, bool w)
{
    bool legacy = desc->space == 0, first = true;

    memset(o, 0, sizeof(*o));
    for (const char *s = desc->operands; s; first = false) {
        unsigned access = HOPND_R;

        if (first && !(desc->attrs & X86_ATTR_NODEST)) {
            access = HOPND_W | (legacy || (desc->attrs & X86_ATTR_RMW) ? HOPND_R : 0);
        }
        parse_operand(o, s, access, vl, w);
        s = strchr(s, ',');
        if (s) {
            s += strspn(s, ", ");
        }
    }
}

/* PCMPESTRM, PCMPESTRI, PCMPISTRM, PCMPISTRI: 60 to 63 of map 3 */
static unsigned string_flags(const X86InsnDesc *desc)
{
    if (desc->map != 3 || (desc->opcode & 0xfc) != 0x60) {
        return 0;
    }
    return (desc->opcode & 2 ? 0 : HSTUB_EAX_EDX) | (desc->opcode & 1 ? HSTUB_ECX_W : HSTUB_XMM0_W);
}

static void stub_key(HostStubKey *k, const X86Insn *insn, const VecOperands *o, bool w)
{
    const X86InsnDesc *desc = insn->desc;
    unsigned str = string_flags(desc);

    k->enc = desc->space ? HOST_VEX : HOST_LEGACY;
    k->map = insn->map;
    k->pp = insn->pp;
    k->op = insn->opcode;
    k->l = desc->lbit == 1;
    k->w = o->w_matters || (str & HSTUB_EAX_EDX) ? w : desc->space && desc->wbit == 1;
    k->digit = o->reg ? HOST_NO_DIGIT : insn->modrm >> 3 & 7;
    k->imm = o->imm ? insn->imm : 0;
    k->reg = o->reg;
    k->rm = insn->flags & X86_MEM ? HOPND_MEM | (o->rm & ~HOPND_KIND) : o->rm;
    k->vvvv = o->vvvv;
    k->flags = (o->imm ? HSTUB_IMM : 0) | (o->is4 ? HSTUB_IS4 : 0) | (o->xmm0 ? HSTUB_XMM0 : 0) |
               (desc->attrs & X86_ATTR_FLAGS ? HSTUB_FLAGS : 0) | str;
}

static bool must_align(const X86InsnDesc *desc, unsigned bytes)
{
    return (desc->attrs & X86_ATTR_AL) ||
           (desc->space == 0 && bytes == 16 && !(desc->attrs & X86_ATTR_UA));
}

static VecOp *make_op(CPUX86State *env, const X86Insn *insn)
{
    VecOp *op = g_new0(VecOp, 1), *known;
    const X86InsnDesc *desc = insn->desc;
    bool w = (insn->flags & X86_REX_W) && (env->hflags & HF_CS64_MASK);
    bool mem = insn->flags & X86_MEM;
    VecOperands o;

    vec_parse_operands(&o, desc, desc->lbit == 1, w);
    stub_key(&op->key, insn, &o, w);
    op->mem_bytes = o.mem_bytes;
    op->align = mem && must_align(desc, o.mem_bytes) ? o.mem_bytes : 0;
    op->fp = desc->attrs & X86_ATTR_FP;
    op->flags = desc->attrs & X86_ATTR_FLAGS;
    op->is4 = o.is4;
    op->mem_write = mem && (o.rm & HOPND_W);
    op->mmx = (o.reg & HOPND_KIND) == HOPND_MMX || (!mem && (o.rm & HOPND_KIND) == HOPND_MMX);
    op->mmx_dest_reg = (o.reg & (HOPND_KIND | HOPND_W)) == (HOPND_MMX | HOPND_W);
    op->mmx_dest_rm = !mem && (o.rm & (HOPND_KIND | HOPND_W)) == (HOPND_MMX | HOPND_W);

    g_mutex_lock(&ops_lock);
    if (!ops) {
        ops = g_hash_table_new(op_hash, op_equal);
    }
    known = g_hash_table_lookup(ops, op);
    if (known) {
        g_free(op);
    } else {
        op->stub = host_stub(&op->key);
        if (op->stub) {
            op->fn = op->stub->fn;
            g_hash_table_add(ops, op);
            known = op;
        } else {
            g_free(op);
        }
    }
    g_mutex_unlock(&ops_lock);
    return known;
}

/* ---- execution ---- */

void vec_mmx_entered(CPUX86State *env)
{
    x86_fp_set_top(&env->fp, 0);
    env->fp.ftw = 0xff;
}

void vec_raise_xm(CPUX86State *env)
{
    raise_exception(env, env->cr[4] & CR4_OSXMMEXCPT_MASK ? EXCP13_SIMD : EXCP06_ILLOP);
}

static void *operand(CPUX86State *env, unsigned kind, unsigned n)
{
    switch (kind & HOPND_KIND) {
    case HOPND_MMX:
        return &env->fp.fpregs[n & 7].mmx;
    case HOPND_GPR:
        return &env->regs[n];
    default:
        return &env->fp.zmm[n];
    }
}

static void run(CPUX86State *env, const X86Insn *insn, const VecOp *op, void *rm)
{
    void *reg = operand(env, op->key.reg, insn->reg);
    void *vvvv = &env->fp.zmm[insn->vvvv & 15];
    void *aux = op->is4 ? (void *)&env->fp.zmm[insn->is4 & 15] : env->regs;
    uint64_t ret;

    if (op->fp) {
        if (unlikely(!host_stub_run_fp(op->stub, &env->fp, &ret, reg, rm, vvvv, aux, &env->fp.zmm[0]))) {
            if (op->mmx) {
                vec_mmx_entered(env);   /* as hosts do, though the instruction faults */
            }
            vec_raise_xm(env);
        }
    } else {
        ret = op->fn(reg, rm, vvvv, aux, &env->fp.zmm[0]);
    }
    if (op->flags) {
        cc_set_eflags(env, ret & CC_OSZAPC);
    }
    if (op->mmx) {
        vec_mmx_entered(env);
        if (op->mmx_dest_reg) {
            env->fp.fpregs[insn->reg & 7].exp = 0xffff;
        }
        if (op->mmx_dest_rm) {
            env->fp.fpregs[insn->rm & 7].exp = 0xffff;
        }
    }
}

/* The memory operand: straight from guest RAM where it is plain RAM in one page, else staged. */
static void run_mem(CPUX86State *env, const X86Insn *insn, const VecOp *op)
{
    uint8_t staging[64] __attribute__((aligned(64)));
    target_ulong addr = x86_ea(env, insn);
    void *p;

    if (unlikely(op->align && (addr & (op->align - 1)))) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    p = x86_host_ptr(env, addr, op->mem_bytes, op->mem_write);
    if (likely(p)) {
        run(env, insn, op, p);
        return;
    }
    if (op->mem_write) {
        run(env, insn, op, staging);
        x86_st_bytes(env, addr, staging, op->mem_bytes);
    } else {
        x86_ld_bytes(env, addr, staging, op->mem_bytes);
        run(env, insn, op, staging);
    }
}

static const VecOp *resolve(CPUX86State *env, const X86Insn *insn)
{
    const VecOp *op = make_op(env, insn);

    if (!op) {
        raise_exception(env, EXCP06_ILLOP);
    }
    ((X86Insn *)insn)->aux = (void *)op;
    return op;
}

void helper_vec(CPUX86State *env, const X86Insn *insn)
{
    const VecOp *op = insn->aux;

    if (unlikely(!op)) {
        op = resolve(env, insn);
    }
    if (op->mmx) {
        x87_check_pending(env);
    }
    if (insn->flags & X86_MEM) {
        run_mem(env, insn, op);
    } else {
        run(env, insn, op, operand(env, op->key.rm, insn->rm));
    }
}
