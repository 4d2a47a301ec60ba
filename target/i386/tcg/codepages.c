/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of guest RAM hold bytes that some CPU has decoded, for all CPUs of the machine.
 *
 * Each page has a word with a bit per 64-byte granule that holds code. While it is not zero, stores to the page take
 * the reported path in every TLB; a store into a marked granule drops the blocks there, at once in the writer's own
 * cache, by a queued request in the others'. The order is: set granules, then protect TLBs; a TLB is filled under
 * its lock, reading the granules inside, so one of both sees the other. A CPU that has looked at its TLB but not stored
 * yet is waited for: rare, because code is seldom written through a mapping another CPU holds.
 *
 * code_lock (a leaf, docs/devel/locking) protects the list of engines and growing the table; granules are atomic.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/engine.h"
#include "target/i386/tcg/codepages.h"

#define L2_BITS 14
#define L1_SIZE (1u << 16)          /* 2^(16 + 14 + 12) bytes of RAM */

typedef struct CodePage {
    uint64_t granules;
    uint8_t *host;
} CodePage;

/* The one table of the process: there is one machine. */
static CodePage *code_l1[L1_SIZE];
static pthread_mutex_t code_lock = PTHREAD_MUTEX_INITIALIZER;
static GPtrArray *engines;          /* CPUX86State */

void x86_engine_register(CPUX86State *env)
{
    pthread_mutex_lock(&code_lock);
    if (!engines) {
        engines = g_ptr_array_new();
    }
    g_ptr_array_add(engines, env);
    pthread_mutex_unlock(&code_lock);
}

void x86_engine_unregister(CPUX86State *env)
{
    pthread_mutex_lock(&code_lock);
    g_ptr_array_remove(engines, env);
    pthread_mutex_unlock(&code_lock);
}

static CodePage *code_page(ram_addr_t ram, bool make)
{
    uint64_t pfn = ram >> 12;
    CodePage *l2;

    if (pfn >> L2_BITS >= L1_SIZE) {
        return NULL;
    }
    l2 = qatomic_rcu_read(&code_l1[pfn >> L2_BITS]);
    if (!l2) {
        if (!make) {
            return NULL;
        }
        pthread_mutex_lock(&code_lock);
        l2 = code_l1[pfn >> L2_BITS];
        if (!l2) {
            l2 = g_new0(CodePage, 1 << L2_BITS);
            qatomic_rcu_set(&code_l1[pfn >> L2_BITS], l2);
        }
        pthread_mutex_unlock(&code_lock);
    }
    return &l2[pfn & ((1 << L2_BITS) - 1)];
}

static uint64_t granule_mask(unsigned first, unsigned last)
{
    return (UINT64_MAX >> (63 - (last >> 6))) & (UINT64_MAX << (first >> 6));
}

bool x86_code_page_any(ram_addr_t ram)
{
    CodePage *p = code_page(ram, false);

    return p && qatomic_mb_read(&p->granules);
}

/* True when another CPU may be in the middle of a store to the page. */
static bool protect(CPUX86State *env, uint8_t *host)
{
    bool in_flight = false;

    pthread_mutex_lock(&code_lock);
    for (unsigned i = 0; i < engines->len; i++) {
        CPUX86State *other = engines->pdata[i];

        in_flight |= x86_tlb_protect_host_page(other->tcg, host) && other != env;
    }
    pthread_mutex_unlock(&code_lock);
    return in_flight;
}

void x86_code_page_add(CPUX86State *env, ram_addr_t ram, uint8_t *host, unsigned first, unsigned last)
{
    CodePage *p = code_page(ram, true);
    uint64_t mask = granule_mask(first, last);

    if (!p || ((qatomic_read(&p->granules) & mask) == mask && qatomic_read(&p->host) == host)) {
        return;
    }
    qatomic_set(&p->host, host);
    if (qatomic_fetch_or(&p->granules, mask)) {
        return;
    }
    env->tcg->mem->code_page(env_cpu(env), ram & PAGE_MASK_);
    if (protect(env, host)) {
        x86_exclusive_begin(env);
        x86_exclusive_end(env);
    }
}

static void queue_inval(CPUX86State *env, uint8_t *host)
{
    X86TCGState *t = env->tcg;

    qemu_mutex_lock(&t->inval.lock);
    g_array_append_val(t->inval.pages, host);
    qatomic_set(&t->inval.pending, true);
    qemu_mutex_unlock(&t->inval.lock);
    qatomic_mb_set(&env_cpu(env)->exit_request, true);
}

/*
 * The writer drops what it overlaps; the others drop the whole page. With one CPU the granules are left as they are:
 * other blocks of the page may use them, and a stale bit only costs time. When others are told, they lose all of
 * the page, so the bits that remain are the writer's.
 */
static void drop(CPUX86State *writer, CodePage *p, unsigned first, unsigned last)
{
    uint8_t *host = qatomic_read(&p->host);

    qatomic_fetch_and(&p->granules, ~granule_mask(first, last));
    pthread_mutex_lock(&code_lock);
    for (unsigned i = 0; i < engines->len; i++) {
        CPUX86State *env = engines->pdata[i];

        if (env == writer) {
            x86_block_inval_page(env, host, first & ~63u, last | 63);
        } else {
            queue_inval(env, host);
        }
    }
    pthread_mutex_unlock(&code_lock);
}

void x86_code_written(CPUX86State *env, ram_addr_t ram, unsigned bytes)
{
    while (bytes) {
        unsigned first = ram & 4095, n = MIN(bytes, 4096 - first);
        CodePage *p = code_page(ram, false);

        if (p && (qatomic_read(&p->granules) & granule_mask(first, first + n - 1))) {
            drop(env, p, first, first + n - 1);
        }
        ram += n;
        bytes -= n;
    }
}

void x86_code_written_by_device(ram_addr_t start, ram_addr_t length)
{
    while (length) {
        unsigned n = MIN(length, 1u << 30);

        x86_code_written(NULL, start, n);
        start += n;
        length -= n;
    }
}

void x86_engines_kick(void)
{
    pthread_mutex_lock(&code_lock);
    for (unsigned i = 0; engines && i < engines->len; i++) {
        CPUX86State *env = engines->pdata[i];

        qatomic_mb_set(&env_cpu(env)->exit_request, true);
    }
    pthread_mutex_unlock(&code_lock);
}

void x86_engines_forget_blocks(void)
{
    pthread_mutex_lock(&code_lock);
    for (unsigned i = 0; engines && i < engines->len; i++) {
        CPUX86State *env = engines->pdata[i];

        qemu_mutex_lock(&env->tcg->inval.lock);
        env->tcg->inval.flush_blocks = true;
        qatomic_set(&env->tcg->inval.pending, true);
        qemu_mutex_unlock(&env->tcg->inval.lock);
        qatomic_mb_set(&env_cpu(env)->exit_request, true);
    }
    pthread_mutex_unlock(&code_lock);
}
