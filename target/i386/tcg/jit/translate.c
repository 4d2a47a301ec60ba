/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translating one block: look at its instructions backwards for what becomes of flags, emit them, then what is seldom
 * reached: slow paths and exits. The stubs of exits, and linking them, are here too.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/jit/emit.h"

static X86Exec op_stop;

static void op_stop(CPUX86State *env, const X86Insn *insn)
{
    env->tcg->jit->stopped = true;
}

void *jit_arena(JitCtx *c, size_t n)
{
    X86TCGState *t = c->env->tcg;
    void *p;

    n = ROUND_UP(n, 16);
    if (t->arena_used + n > t->arena_size) {
        c->full = true;
        return c->spare;
    }
    p = t->arena + t->arena_used;
    t->arena_used += n;
    memset(p, 0, n);
    return p;
}

JitSite *jit_site(JitCtx *c)
{
    JitSite *s = jit_arena(c, sizeof(*s));

    s->insn[0] = *c->insn;
    s->insn[0].aux = NULL;
    s->insn[1] = (X86Insn) { .exec = op_stop, .off = c->insn->off + c->insn->len };
    s->block = c->b;
    s->f = c->f;
    s->inner = c->inner;
    s->vec = c->vec_loaded;
    s->x87 = c->x87_loaded;
    return s;
}

JitCold *jit_cold(JitCtx *c, int kind)
{
    JitCold *cold;

    if (c->nr_cold == JIT_COLD_MAX) {
        c->full = true;
        c->nr_cold--;
    }
    cold = &c->cold[c->nr_cold++];
    *cold = (JitCold) { .kind = kind };
    return cold;
}

static const uint8_t *to_rx(JitCtx *c, const uint8_t *p)
{
    return p - c->j->buf + c->j->rx;
}

/* ---- instructions ---- */
/* By the interpreter's handler. */
static void emit_call(JitCtx *c)
{
    if (c->host && c->f.kind == JF_NONE) {
        jit_flags_clobber(c);
    }
    c->vec_loaded = c->x87_loaded = false;
    as_movi(&c->a, S2, (uintptr_t)jit_site(c));
    as_call(&c->a, c->j->insn);
    c->host = false;
    c->f = (JitFlags) { .kind = JF_ENV };
    if (c->insn->desc && !x86_jit_goes_on(c->insn) && (c->insn->desc->attrs & (X86_ATTR_JUMP | X86_ATTR_END))) {
        c->ended = true;                /* C does not come back */
    }
}

/* Registers are loaded when first used. */
static void check(JitCtx *c, int kind)
{
    JitCold *cold = jit_cold(c, kind);

    cold->at = as_jcc(&c->a, JE, NULL);
    cold->back = c->a.p;
    cold->site = jit_site(c);
}

static void emit_insn(JitCtx *c)
{
    unsigned first = c->nr_cold;

    c->set_slots = false;
    if (!c->in->emit) {
        emit_call(c);
        return;
    }
    c->j->stat.native++;
    if (c->in->vec_check) {
        jit_flags_clobber(c);
        as_cmp8i(&c->a, ENV(jit_vec), 0);
        check(c, COLD_VEC);
        c->vec_loaded = true;
    }
    if (c->in->x87_check) {
        jit_flags_clobber(c);
        as_cmp8i(&c->a, ENV(jit_x87), 0);
        check(c, COLD_X87);
        c->x87_loaded = true;
    }
    c->in->emit(c);
    for (unsigned i = first; i < c->nr_cold; i++) {
        JitSite *s = c->cold[i].site;

        if (s) {
            s->after = to_rx(c, c->a.p);
            s->writes_flags = c->host;
            s->set_slots = c->set_slots;
        }
    }
}

static void look_back(JitCtx *c)
{
    bool obs = false, alive = true;

    for (int i = c->b->count - 1; i >= 0; i--) {
        JitInfo *in = &c->info[i];

        in->obs = obs;
        in->alive = alive;
        if (!in->emit) {
            obs = alive = true;
            continue;
        }
        if (in->fwrite == FW_ALL) {
            obs = alive = false;
        }
        if (in->access || in->clobbers) {
            obs = true;
        }
        if (obs || in->fread || in->fwrite == FW_SOME) {
            alive = true;
        }
        if (in->emit == jit_emit_jcc) {
            alive = true;
        }
    }
}

/* All flags are overwritten before anything could look at them or leave. */
static bool kills_flags(const JitCtx *c)
{
    for (unsigned i = 0; i < c->b->count; i++) {
        const JitInfo *in = &c->info[i];

        if (!in->emit || in->access || in->clobbers || in->fread || in->fwrite == FW_SOME || in->emit == jit_emit_jmp) {
            return false;
        }
        if (in->fwrite == FW_ALL) {
            return true;
        }
    }
    return false;
}

/* ---- the seldom reached ---- */
static void cold_mem(JitCtx *c, JitCold *cold)
{
    as_patch(&c->a, cold->at, c->a.p);
    as_rm(&c->a, OP_W, 0x33, S1, MEM(S2, cold->tag));
    as_movi(&c->a, S2, (uintptr_t)cold->site);
    as_call(&c->a, c->j->mem);
    as_jmp(&c->a, cold->back);
}

static void cold_load(JitCtx *c, JitCold *cold)
{
    as_patch(&c->a, cold->at, c->a.p);
    as_movi(&c->a, S2, (uintptr_t)cold->site);
    as_call(&c->a, cold->kind == COLD_VEC ? c->j->vec_load : c->j->x87_load);
    as_jmp(&c->a, cold->back);
}

static void cold_insn(JitCtx *c, JitCold *cold)
{
    as_patch(&c->a, cold->at, c->a.p);
    as_movi(&c->a, S2, (uintptr_t)cold->site);
    as_jmp(&c->a, c->j->insn_after);
}

/* When exit_request is set: store flags, leave. */
static void flags_at(JitCtx *c, const JitCold *cold)
{
    c->host = cold->host;
    c->f = cold->f;
    c->inner = cold->inner;
}

static void cold_exit(JitCtx *c, JitCold *cold)
{
    JitExit *e = jit_arena(c, sizeof(*e));
    uint8_t *check_stub = NULL;
    Asm *a = &c->a;

    e->eip = cold->eip;
    e->other_page = cold->tag;
    e->hot = cold->at;
    flags_at(c, cold);
    if (cold->check) {
        as_patch(a, cold->check_at, a->p);
        check_stub = a->p;
        jit_flags_to_env(c);
        flags_at(c, cold);
    }
    if (check_stub && check_stub != a->p) {
        as_movi(a, S2, (uintptr_t)e);
        as_jmp(a, c->j->exit);
    }
    e->stub_flags = a->p;
    jit_flags_to_env(c);
    if (e->other_page) {
        uint8_t *miss;

        as_movi(a, S1, (uintptr_t)e);
        as_load(a, S2, ENV(gen_key));
        as_rm(a, OP_W, 0x3b, S2, MEM(S1, offsetof(JitExit, gen)));
        miss = as_jcc8(a, JNE);
        e->flagged = as_jmp(a, NULL);
        as_here8(a, miss);
    } else {
        e->flagged = as_jmp(a, NULL);
    }
    e->stub = a->p;
    if (check_stub == e->stub_flags) {
        as_patch(a, cold->check_at, a->p);      /* there were no flags to store */
    }
    as_movi(a, S2, (uintptr_t)e);
    as_jmp(a, c->j->exit);
    as_patch(a, e->hot, e->stub_flags);
    as_patch(a, e->flagged, e->stub);
}

/* ---- linking ---- */
static void patch(uint8_t *at, const uint8_t *to)
{
    int32_t d = to - (at + 4);

    memcpy(at, &d, 4);
}

void jit_link(CPUX86State *env, JitExit *e, X86Block *to)
{
    X86JitState *j = env->tcg->jit;
    uint8_t *code = (uint8_t *)to->code - j->rx + j->buf;

    if (e->to == to) {
        e->gen = env->gen_key;
        return;
    }
    if (e->to) {
        jit_unlink(e);
    }
    e->to = to;
    e->gen = env->gen_key;
    e->next = to->exits;
    e->prev = &to->exits;
    if (e->next) {
        e->next->prev = &e->next;
    }
    to->exits = e;
    patch(e->flagged, code);
    if (!e->other_page && (to->kills_flags || e->stub_flags == e->flagged - 1)) {
        patch(e->hot, code);
    }
    j->stat.links++;
}

void jit_unlink(JitExit *e)
{
    patch(e->hot, e->stub_flags);
    patch(e->flagged, e->stub);
    *e->prev = e->next;
    if (e->next) {
        e->next->prev = e->prev;
    }
    e->to = NULL;
}

/* ---- a block ---- */
bool jit_translate(CPUX86State *env, X86Block *b)
{
    X86JitState *j = env->tcg->jit;
    JitCtx *c = j->ctx;
    JitInfo info[X86_BLOCK_MAX];
    uint8_t *start = j->buf + j->used;
    bool vec = false, x87 = false;

    c->a = (Asm) { start, j->buf + j->size };
    c->env = env;
    c->j = j;
    c->b = b;
    c->info = info;
    c->host = c->ended = c->full = false;
    c->f = (JitFlags) { .kind = JF_ENV };
    c->inner = (JitFlags) { 0 };
    c->nr_cold = 0;
    c->vec_loaded = c->x87_loaded = false;
    for (unsigned i = 0; i < b->count; i++) {
        jit_classify(c, &b->insns[i], &info[i]);
        if (!info[i].emit) {
            vec = x87 = false;
        }
        if (info[i].vec && !vec) {
            info[i].vec_check = info[i].clobbers = vec = true;
        }
        if (info[i].x87 && !x87) {
            info[i].x87_check = info[i].clobbers = x87 = true;
        }
    }
    look_back(c);
    for (unsigned i = 0; i < b->count && !c->ended; i++) {
        c->insn = &b->insns[i];
        c->in = &info[i];
        c->i = i;
        emit_insn(c);
    }
    if (!c->ended) {
        jit_emit_exit(c, b->eip + b->bytes, -1);
    }
    for (unsigned i = 0; i < c->nr_cold; i++) {
        JitCold *cold = &c->cold[i];

        if (cold->kind == COLD_MEM) {
            cold_mem(c, cold);
        } else if (cold->kind == COLD_INSN) {
            cold_insn(c, cold);
        } else if (cold->kind == COLD_VEC || cold->kind == COLD_X87) {
            cold_load(c, cold);
        } else {
            cold_exit(c, cold);
        }
    }
    if (as_full(&c->a) || c->full) {
        return false;
    }
    b->kills_flags = kills_flags(c);
    b->code = to_rx(c, start);
    j->used = ROUND_UP(c->a.p - j->buf, 32);
    j->stat.blocks++;
    j->stat.insns += b->count;
    j->stat.bytes_in += b->bytes;
    j->stat.bytes_out += c->a.p - start;
    return true;
}
