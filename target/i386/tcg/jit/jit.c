/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translator's life: its code buffer, which blocks it translates, entering and leaving their code, forgetting them.
 *
 * A block runs in the interpreter until it has become hot. Then it is decoded again, going on behind conditional jumps, and
 * that longer block is translated. The first handler of the short one enters the translation, so that the
 * interpreter's links lead there, too. Code is never freed singly: the buffer is emptied with the arena of blocks.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "target/i386/tcg/jit/emit.h"

#define HEAT 16

static X86Exec op_count, op_enter;

/* ---- running ---- */
static void op_count(CPUX86State *env, const X86Insn *insn)
{
    X86Block *b = container_of(insn, X86Block, insns[0]);

    if (b->heat > 1) {
        b->heat--;
        return b->first(env, insn);
    }
    b->heat = 0;
    env->eip = env->block_eip;
    env->tcg->link_from = (const X86Insn *)1;       /* back to the loop, which translates it */
}

static void op_enter(CPUX86State *env, const X86Insn *insn)
{
    X86Block *b = container_of(insn, X86Block, insns[0]);
    X86TCGState *t = env->tcg;
    X86JitState *j = t->jit;
    JitExit *e;

    if (unlikely(j->interp_once)) {
        j->interp_once = false;
        return b->first(env, insn);
    }
    if (j->active) {                                /* called by translated code: it returns first */
        env->eip = env->block_eip;
        t->link_from = (const X86Insn *)1;
        return;
    }
    j->active = true;
    t->link_from = NULL;
    e = ((JitEnter *)j->enter)(b->jit->code, (uint8_t *)env + ENV_BIAS);
    j->active = false;
    jit_x87_store(env);
    jit_fix_flags(env);
    j->stat.exits++;
    if (e) {
        env->eip = e->eip;
        j->link = e;
        t->link_from = (const X86Insn *)1;
    }
}

/* ---- making ---- */
static void give_up(X86Block *b)
{
    b->insns[0].exec = b->first;
}

static bool suitable(const X86Block *b)
{
    return (b->key & HF_CS64_MASK) && b->host && !b->host2 &&
           !(b->key & (HF_INHIBIT_IRQ_MASK | TF_MASK | RF_MASK | X86_KEY_STEP));
}

static void make(CPUX86State *env, X86Block *b)
{
    X86TCGState *t = env->tcg;
    X86Block *l;

    give_up(b);
    /* nothing may be emptied on the way: @b is in use */
    if (t->arena_used + (64 << 10) > t->arena_size || t->jit->used + (64 << 10) > t->jit->size) {
        t->jit->stat.flushes++;
        t->jit->full = true;
        return;
    }
    l = x86_block_decode_long(env, b->eip);
    if (l && b->insns[0].exec != op_block_stale && jit_translate(env, l)) {
        l->origin = b;
        b->jit = l;
        b->insns[0].exec = op_enter;
    }
}

void x86_jit_prepare(CPUX86State *env, X86Block *b)
{
    X86JitState *j = env->tcg->jit;
    JitExit *e;

    if (!j) {
        return;
    }
    e = j->link;
    j->link = NULL;
    if (b->insns[0].exec == op_count && !b->heat) {
        make(env, b);
    }
    if (b->insns[0].exec == op_enter) {
        JitJumpCache *jc = &j->jc[(b->eip << 3 & JIT_JC_MASK) >> 5];

        j->jc_page[b->eip >> 12 & (JIT_JC_PAGES - 1)] = true;
        *jc = (JitJumpCache) { b->eip, env->gen_key, b->jit->code, b->jit };
        if (e && e->eip == b->eip) {
            jit_link(env, e, b->jit);
        }
    }
}

void x86_jit_new_block(X86TCGState *t, X86Block *b)
{
    if (t->jit && suitable(b)) {
        b->first = b->insns[0].exec;
        b->heat = t->jit->heat;
        b->insns[0].exec = op_count;
    }
}

/* ---- forgetting ---- */
void x86_jit_drop(X86TCGState *t, X86Block *b)
{
    JitJumpCache *jc;
    X86Block *o = b->origin;

    if (!t->jit) {
        return;
    }
    t->jit->link = NULL;
    while (b->exits) {
        jit_unlink(b->exits);
    }
    jc = &t->jit->jc[(b->eip << 3 & JIT_JC_MASK) >> 5];
    if (jc->block == b) {
        jc->gen_key = 0;
    }
    if (o && o->insns[0].exec == op_enter) {
        o->jit = NULL;
        o->heat = t->jit->heat;
        o->insns[0].exec = op_count;
    }
}

void x86_jit_forget_jumps(X86TCGState *t)
{
    if (t->jit) {
        memset(t->jit->jc, 0, sizeof(t->jit->jc));
    }
}

bool x86_jit_code_in_page(X86TCGState *t, uint64_t laddr)
{
    return t->jit && t->jit->jc_page[laddr >> 12 & (JIT_JC_PAGES - 1)];
}

void x86_jit_flush(X86TCGState *t)
{
    if (t->jit) {
        t->jit->used = t->jit->used_thunks;
        t->jit->link = NULL;
        t->jit->full = false;
        memset(t->jit->jc_page, 0, sizeof(t->jit->jc_page));
        x86_jit_forget_jumps(t);
    }
}

void x86_jit_start(CPUX86State *env)
{
    X86JitState *j = env->tcg->jit;

    if (j) {
        j->active = false;
        j->link = NULL;
        jit_x87_store(env);
        env->jit_vec = 0;
        env->jit_host_mxcsr = MXCSR_DEFAULT;
        env->jit_jc = j->jc;                        /* a reset clears it */
    }
}

bool x86_jit_tidy(CPUX86State *env)
{
    if (likely(!env->tcg->jit || !env->tcg->jit->full)) {
        return false;
    }
    x86_block_flush_all(env);
    return true;
}

/* ---- the buffer ---- */
static bool map_buffer(X86JitState *j, size_t size)
{
    int fd = memfd_create("x86-jit", MFD_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    if (ftruncate(fd, size) == 0) {
        j->buf = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
        j->rx = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_NORESERVE, fd, 0);
    }
    close(fd);
    j->size = size;
    return j->buf && j->rx && j->buf != MAP_FAILED && j->rx != MAP_FAILED;
}

static void host_features(JitHost *h)
{
    __builtin_cpu_init();
    h->bmi2 = __builtin_cpu_supports("bmi2");
    h->avx = __builtin_cpu_supports("avx");
    h->avx512 = __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}

void x86_jit_init(CPUX86State *env, size_t size)
{
    X86JitState *j = g_new0(X86JitState, 1);

    if (!map_buffer(j, MIN(size, 1u << 30))) {
        warn_report("tcg: no memory for translated code: instructions are interpreted");
        x86_jit_free(&(X86TCGState) { .jit = j });
        return;
    }
    host_features(&j->host);
    j->heat = HEAT;
    j->ctx = g_new0(JitCtx, 1);
    env->tcg->jit = j;
    jit_make_thunks(env);
}

void x86_jit_set_heat(CPUX86State *env, unsigned runs)
{
    if (env->tcg->jit) {
        env->tcg->jit->heat = runs;
    }
}

void x86_jit_free(X86TCGState *t)
{
    X86JitState *j = t->jit;

    if (j) {
        if (j->buf && j->buf != MAP_FAILED) {
            munmap(j->buf, j->size);
        }
        if (j->rx && j->rx != MAP_FAILED) {
            munmap(j->rx, j->size);
        }
        g_free(j->ctx);
        g_free(j);
        t->jit = NULL;
    }
}
