/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache of decoded blocks: finding, decoding, linking and dropping them. Each CPU has its own.
 *
 * A block is identified by the host address of its first byte and the mode key, so that it survives changes of the
 * page tables. It never extends past its page, except that its only instruction may cross into the next one. Memory
 * comes from an arena that is emptied as a whole when full. A dropped block stays in memory until then with
 * every handler replaced by op_block_stale, so jumps linked to it and the CPU inside it come back by themselves.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/engine.h"

#define MAX_BYTES (X86_BLOCK_MAX * 15)

static unsigned hash_of(const uint8_t *host, uint32_t key, uint64_t eip)
{
    uint64_t h = ((uintptr_t)host ^ eip >> 12 ^ (uint64_t)key << 40) * 0x9e3779b97f4a7c15ull;

    return h >> (64 - X86_HASH_BITS);
}

void x86_block_flush_all(CPUX86State *env)
{
    X86TCGState *t = env->tcg;

    memset(t->hash, 0, sizeof(t->hash));
    g_hash_table_remove_all(t->pages);
    t->arena_used = 0;
    t->link_from = NULL;
    x86_jit_flush(t);
    memset(t->jc, 0, sizeof(t->jc));
}

/* ---- decoding ---- */
typedef struct Source {
    uint8_t *host, *host2;          /* host address of the first byte; of the second page */
    ram_addr_t ram, ram2;
    uint8_t buf[4096 + 16];         /* code from the start to the page's end, then the next page's first bytes */
    unsigned avail;
    bool crossed;
    bool device;                    /* not RAM: nothing to cache */
} Source;

static uint8_t *code_host(CPUX86State *env, uint64_t lin, ram_addr_t *ram, hwaddr *phys)
{
    int mmu = (env->tlb - env->tcg->tlb[0]) / X86_TLB_SIZE;
    X86TLBEntry *e = x86_tlb_entry(env, lin, MMU_INST_FETCH, mmu);
    X86TLBFull *f = x86_tlb_full(env->tcg, e);

    *ram = f->ram + (lin & 4095);
    *phys = f->phys + (lin & 4095);
    return e->code & X86_TLB_MMIO ? NULL : x86_tlb_host(e, lin);
}

static void source_read(CPUX86State *env, Source *s, uint64_t lin)
{
    hwaddr phys;
    unsigned n = 4096 - (lin & 4095);

    s->host = code_host(env, lin, &s->ram, &phys);
    s->avail = MIN(n, (unsigned)MAX_BYTES);
    if (s->host) {
        /* protect before reading: a store made meanwhile is then noticed */
        x86_code_page_add(env, s->ram, s->host - (lin & 4095), lin & 4095, MIN((lin & 4095) + 63, 4095u));
        memcpy(s->buf, s->host, s->avail);
        return;
    }
    s->device = true;
    s->avail = MIN(n, 16u);
    for (unsigned i = 0; i < s->avail; i++) {
        s->buf[i] = x86_ld_phys(env, phys + i, 0);
    }
}

static void source_cross(CPUX86State *env, Source *s, uint64_t lin)
{
    uint64_t next = (lin & PAGE_MASK_) + 4096;
    hwaddr phys;

    if (!(env->hflags & HF_CS64_MASK)) {
        next = (uint32_t)next;
    }
    s->host2 = code_host(env, next, &s->ram2, &phys);
    s->crossed = true;
    if (s->host2) {
        x86_code_page_add(env, s->ram2, s->host2, 0, 15);
        memcpy(s->buf + s->avail, s->host2, 16);
    } else {
        s->device = true;
        for (unsigned i = 0; i < 16; i++) {
            s->buf[s->avail + i] = x86_ld_phys(env, phys + i, 0);
        }
    }
    s->avail += 16;
}

/* CR0 and CR4 bits that switch off x87, MMX, SSE or AVX (SDM vol. 3, tables 2-2 and 14-x). */
static X86Exec *fpu_check(uint32_t key, uint32_t attrs)
{
    if (attrs & X86_ATTR_X87) {
        return key & (HF_EM_MASK | HF_TS_MASK) ? op_nm : NULL;
    }
    if (attrs & X86_ATTR_AVX) {
        if (!(key & HF_AVX_EN_MASK)) {
            return op_ud;
        }
        return key & HF_TS_MASK ? op_nm : NULL;
    }
    if (attrs & (X86_ATTR_SSE | X86_ATTR_MMX)) {
        if ((key & HF_EM_MASK) || ((attrs & X86_ATTR_SSE) && !(key & HF_OSFXSR_MASK))) {
            return op_ud;
        }
        return key & HF_TS_MASK ? op_nm : NULL;
    }
    return NULL;
}

static X86Exec *choose_exec(uint32_t key, const X86Insn *insn)
{
    const X86InsnDesc *d = insn->desc;
    const X86OpSet *ops = d->ops;
    X86Exec *fn = fpu_check(key, d->attrs);
    unsigned size = d->attrs & X86_ATTR_BYTE ? 0 : insn->osz;

    if (fn) {
        return fn;
    }
    if ((d->attrs & X86_ATTR_CPL0) && (key & HF_CPL_MASK)) {
        return op_gp0;
    }
    if (!ops) {
        return d->attrs & X86_ATTR_JUMP ? op_helper_jump : d->attrs & X86_ATTR_END ? op_helper_end : op_helper;
    }
    if (insn->flags & X86_PFX_LOCK) {
        fn = ops->lock[size];
    } else {
        fn = insn->flags & X86_MEM ? ops->m[size] : ops->r[size];
    }
    return fn ?: op_ud;
}

static bool ends_block(const X86Insn *insn)
{
    return insn->exec == op_ud || insn->exec == op_gp0 || insn->exec == op_nm ||
           (insn->desc->attrs & (X86_ATTR_JUMP | X86_ATTR_END));
}

static bool is_jcc(const X86Insn *insn)
{
    return (insn->map == 0 && (insn->opcode & 0xf0) == 0x70) || (insn->map == 1 && (insn->opcode & 0xf0) == 0x80);
}

/* Decode from @s; @go_on: behind conditional jumps, too. Returns the number of instructions in @out (the closing marker excluded), bytes in *@len. */
static unsigned decode_block(CPUX86State *env, Source *s, uint64_t lin, bool go_on, X86Insn *out, unsigned *len)
{
    uint32_t key = env->gen_key;
    unsigned limit = key & (HF_INHIBIT_IRQ_MASK | TF_MASK | RF_MASK | X86_KEY_STEP) ? 1 : X86_BLOCK_MAX;
    unsigned n = 0, off = 0;

    if (s->device) {
        limit = 1;
    }
    while (n < limit) {
        X86Insn *insn = &out[n];
        X86DecodeStatus st = x86_decode_insn(env, env->hflags, s->buf + off, s->avail - off, insn);

        if (st == X86_DECODE_MORE || (st == X86_DECODE_TOO_LONG && s->avail - off < 16 && !s->crossed)) {
            if (n || s->crossed) {
                break;
            }
            source_cross(env, s, lin);
            limit = 1;
            continue;
        }
        insn->off = off;
        if (insn->base == X86_SLOT_EIP) {
            insn->disp += off + insn->len;
        }
        insn->exec = st == X86_DECODE_OK ? choose_exec(key, insn) : st == X86_DECODE_UD ? op_ud : op_gp0;
        off += insn->len;
        n++;
        if (st != X86_DECODE_OK || (ends_block(insn) && !(go_on && (is_jcc(insn) || x86_jit_goes_on(insn))))) {
            break;
        }
    }
    *len = off;
    return n;
}

/* ---- keeping ---- */
static void add_to_page(X86TCGState *t, X86Block *b, unsigned which, uint8_t *host)
{
    uint8_t *page = (uint8_t *)((uintptr_t)host & PAGE_MASK_);

    b->page_next[which] = g_hash_table_lookup(t->pages, page);
    g_hash_table_insert(t->pages, page, (X86Block *)((uintptr_t)b | which));
}

static X86Block *make_block(CPUX86State *env, Source *s, uint64_t lin, bool go_on)
{
    X86TCGState *t = env->tcg;
    X86Insn tmp[X86_BLOCK_MAX];
    unsigned bytes, n = decode_block(env, s, lin, go_on, tmp, &bytes);
    size_t insns = (n + 1) * sizeof(X86Insn), total = ROUND_UP(sizeof(X86Block) + insns + bytes + 16, 16);
    uint8_t *copy;
    X86Block *b;

    if (t->arena_used + total > t->arena_size) {
        x86_block_flush_all(env);
    }
    b = (X86Block *)(t->arena + t->arena_used);
    t->arena_used += total;
    *b = (X86Block){ .host = s->host, .host2 = s->crossed ? s->host2 : NULL, .key = env->gen_key,
                     .bytes = bytes, .count = n, .eip = t->jit ? lin : 0 };
    copy = (uint8_t *)b + sizeof(X86Block) + insns;
    memcpy(b->insns, tmp, n * sizeof(X86Insn));
    memcpy(copy, s->buf, bytes);
    for (unsigned i = 0; i < n; i++) {
        b->insns[i].bytes = copy + b->insns[i].off;
    }
    b->insns[n] = (X86Insn){ .exec = op_block_end, .off = bytes };
    return b;
}

/* The page table of code must cover the whole block before the bytes are trusted. */
static bool source_still_same(CPUX86State *env, const Source *s, uint64_t lin, unsigned bytes)
{
    unsigned first = lin & 4095, in_page = MIN(bytes, 4096 - first);

    if (in_page) {
        x86_code_page_add(env, s->ram, s->host - first, first, first + in_page - 1);
    }
    return memcmp(s->buf, s->host, in_page) == 0 &&
           (!s->crossed || bytes <= in_page || memcmp(s->buf + in_page, s->host2, bytes - in_page) == 0);
}

static X86Block *decode_at(CPUX86State *env, uint64_t lin, bool go_on)
{
    X86TCGState *t = env->tcg;
    X86Block *b;
    Source s;
    unsigned h;

    for (;;) {
        s.crossed = s.device = false;
        s.host2 = NULL;
        source_read(env, &s, lin);
        b = make_block(env, &s, lin, go_on);
        if (s.device) {
            return b;               /* used once: not in the hash */
        }
        if (source_still_same(env, &s, lin, b->bytes)) {
            break;
        }
    }
    if (!go_on) {
        h = hash_of(b->host, b->key, b->eip);
        b->hash_next = t->hash[h];
        t->hash[h] = b;
        x86_jit_new_block(t, b);
    }
    add_to_page(t, b, 0, b->host);
    if (s.crossed) {
        add_to_page(t, b, 1, b->host2);
    }
    return b;
}

X86Block *x86_block_decode_long(CPUX86State *env, uint64_t lin)
{
    X86Block *b = decode_at(env, lin, true);

    return b->host && !b->host2 ? b : NULL;
}

X86Block *x86_block_find(CPUX86State *env, uint64_t lin)
{
    X86TCGState *t = env->tcg;
    X86JumpCache *j = &t->jc[x86_jc_hash(lin)];
    uint32_t key = env->gen_key;
    uint64_t eip = t->jit ? lin : 0;
    ram_addr_t ram;
    uint8_t *host;
    hwaddr phys;
    X86Block *b;

    if (j->pc == lin && j->gen_key == env->gen_key && j->block->insns[0].exec != op_block_stale) {
        return j->block;
    }
    host = code_host(env, lin, &ram, &phys);
    b = NULL;
    if (host) {
        for (b = t->hash[hash_of(host, key, eip)]; b; b = b->hash_next) {
            if (b->host == host && b->key == key && b->eip == eip) {
                break;
            }
        }
    }
    if (b && b->host2) {
        uint64_t next = (lin & PAGE_MASK_) + 4096;

        if (code_host(env, env->hflags & HF_CS64_MASK ? next : (uint32_t)next, &ram, &phys) != b->host2) {
            return decode_at(env, lin, false);
        }
        return b;
    }
    if (!b) {
        b = decode_at(env, lin, false);
    }
    if (b->host && !b->host2) {
        *j = (X86JumpCache){ .pc = lin, .gen_key = env->gen_key, .block = b };
    }
    return b;
}

void x86_block_link(X86TCGState *t, const X86Insn *from, uint64_t from_lin, uint64_t lin, X86Block *to)
{
    if (((from_lin ^ lin) & PAGE_MASK_) || to->host2 || !to->host ||
        !(to->key & (HF_CS32_MASK | HF_CS64_MASK)) ||
        (to->key & (HF_INHIBIT_IRQ_MASK | TF_MASK | RF_MASK | X86_KEY_STEP))) {
        return;
    }
    ((X86Insn *)from)->aux = to;
}

/* ---- dropping ---- */
static bool overlaps(const X86Block *b, const uint8_t *page, unsigned first, unsigned last)
{
    unsigned start = (uintptr_t)b->host & 4095;

    if (b->host2 && (uint8_t *)((uintptr_t)b->host2 & PAGE_MASK_) == page) {
        if (first < start + b->bytes - 4096) {
            return true;
        }
        if ((uint8_t *)((uintptr_t)b->host & PAGE_MASK_) != page) {
            return false;
        }
    }
    return start <= last && start + b->bytes > first;
}

static void drop_block(X86TCGState *t, X86Block *b)
{
    X86Block **p = &t->hash[hash_of(b->host, b->key, b->eip)];

    while (*p && *p != b) {
        p = &(*p)->hash_next;
    }
    if (*p) {
        *p = b->hash_next;
    }
    for (unsigned i = 0; i <= b->count; i++) {
        b->insns[i].exec = op_block_stale;
        b->insns[i].aux = NULL;
    }
    x86_jit_drop(t, b);
}

void x86_block_inval_page(CPUX86State *env, uint8_t *page, unsigned first, unsigned last)
{
    X86TCGState *t = env->tcg;
    uintptr_t link = (uintptr_t)g_hash_table_lookup(t->pages, page), keep = 0;
    uintptr_t *tail = &keep;

    while (link) {
        X86Block *b = (X86Block *)(link & ~(uintptr_t)1);
        unsigned which = link & 1;
        uintptr_t next = (uintptr_t)b->page_next[which];

        if (b->insns[0].exec == op_block_stale) {
            /* dropped through its other page */
        } else if (overlaps(b, page, first, last)) {
            drop_block(t, b);
        } else {
            *tail = link;
            tail = (uintptr_t *)&b->page_next[which];
        }
        link = next;
    }
    *tail = 0;
    if (keep) {
        g_hash_table_insert(t->pages, page, (void *)keep);
    } else {
        g_hash_table_remove(t->pages, page);
    }
}

void x86_process_inval(CPUX86State *env)
{
    X86TCGState *t = env->tcg;
    bool flush, blocks;

    if (!qatomic_mb_read(&t->inval.pending)) {
        return;
    }
    qemu_mutex_lock(&t->inval.lock);
    for (unsigned i = 0; i < t->inval.pages->len; i++) {
        x86_block_inval_page(env, g_array_index(t->inval.pages, uint8_t *, i), 0, 4095);
    }
    g_array_set_size(t->inval.pages, 0);
    flush = t->inval.flush_all;
    blocks = t->inval.flush_blocks;
    t->inval.flush_all = t->inval.flush_blocks = false;
    qatomic_set(&t->inval.pending, false);
    qemu_mutex_unlock(&t->inval.lock);
    if (flush) {
        x86_tlb_flush_lookups(env);
    }
    if (blocks) {
        x86_block_flush_all(env);
    }
}
