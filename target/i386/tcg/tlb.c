/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The software TLB: fills, flushes, and the slow paths of memory accesses: devices, page crossings, stores that
 * must be reported (dirty logging, decoded code), atomics that cannot be done on a host pointer.
 *
 * A store is made first and reported after: whoever clears a dirty bit and then reads the page sees the store or
 * finds the bit set again. Entries of pages under dirty logging therefore stay NOTDIRTY as long as logging is on.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/engine.h"

static void tlb_spin_lock(X86TCGState *t)
{
    while (__atomic_exchange_n(&t->tlb_lock, 1, __ATOMIC_ACQUIRE)) {
        __builtin_ia32_pause();
    }
}

static void tlb_spin_unlock(X86TCGState *t)
{
    __atomic_store_n(&t->tlb_lock, 0, __ATOMIC_RELEASE);
}

int x86_mmu_index(CPUX86State *env)
{
    if ((env->hflags & HF_CPL_MASK) == 3) {
        return unlikely(env->eflags & AC_MASK) && (env->cr[0] & CR0_AM_MASK) ? X86_MMU_USER_AC
               : env->tcg ? env->tcg->user_part : X86_MMU_USER;
    }
    return env->eflags & AC_MASK ? X86_MMU_KERNEL_AC : X86_MMU_KERNEL;
}

X86PhysPage *x86_phys_page(CPUX86State *env, hwaddr addr)
{
    X86TCGState *t = env->tcg;
    unsigned i = addr >> 12 & (ARRAY_SIZE(t->phys_cache) - 1);

    if (t->phys_cache[i].page != (addr >> 12) + 1) {
        t->mem->lookup(env_cpu(env), addr & PAGE_MASK_, &t->phys_cache[i].p);
        t->phys_cache[i].page = (addr >> 12) + 1;
    }
    return &t->phys_cache[i].p;
}

uint64_t x86_ld_phys(CPUX86State *env, hwaddr addr, unsigned size)
{
    X86PhysPage *p = x86_phys_page(env, addr);
    uint64_t v = 0;

    if (!p->host) {
        return env->tcg->mem->io_read(env_cpu(env), addr, 1u << size);
    }
    if (size == 3 && !(addr & 7)) {
        return qatomic_read((uint64_t *)(p->host + (addr & 4095)));
    }
    if ((addr & 4095) + (1u << size) > 4096) {
        for (unsigned i = 0; i < 1u << size; i++) {
            v |= x86_ld_phys(env, addr + i, 0) << (i * 8);
        }
        return v;
    }
    memcpy(&v, p->host + (addr & 4095), 1u << size);
    return v;
}

void x86_st_phys(CPUX86State *env, hwaddr addr, unsigned size, uint64_t v)
{
    X86PhysPage *p = x86_phys_page(env, addr);

    if ((addr & 4095) + (1u << size) > 4096) {
        for (unsigned i = 0; i < 1u << size; i++) {
            x86_st_phys(env, addr + i, 0, v >> (i * 8));
        }
        return;
    }
    if (!p->host || p->readonly) {
        env->tcg->mem->io_write(env_cpu(env), addr, v, 1u << size);
        return;
    }
    memcpy(p->host + (addr & 4095), &v, 1u << size);
    smp_mb();                   /* as in store_done() */
    x86_code_written(env, p->ram + (addr & 4095), 1u << size);
    env->tcg->mem->set_dirty(env_cpu(env), p->ram + (addr & 4095), 1u << size);
}

/* ---- flushing ---- */
static void clear_index(X86TCGState *t, int part, unsigned j)
{
    X86TLBEntry *e = &t->tlb[part][j];

    e->read = e->write = e->code = x86_tlb_empty(j);
}

static void clear_part(X86TCGState *t, int part)
{
    if (t->used[part]) {
        for (unsigned j = 0; j < X86_TLB_SIZE; j++) {
            clear_index(t, part, j);
        }
        t->used[part] = false;
    }
}

/* Jump targets found through the old mappings are void. */
static uint32_t new_generation(X86TCGState *t)
{
    if (++t->gen_next == 0) {
        memset(t->jc, 0, sizeof(t->jc));    /* 0 is nobody's */
        x86_jit_forget_jumps(t);
        t->gen_next = 1;
    }
    return t->gen_next;
}

static void new_user_generation(X86TCGState *t, int part)
{
    t->gen_user[part] = new_generation(t);
}

static void new_kernel_generation(X86TCGState *t)
{
    t->gen_kernel = new_generation(t);
    t->kernel_code_nonglobal = false;
}

static void all_new_generations(X86TCGState *t)
{
    for (int i = 0; i < X86_TLB_PARTS; i++) {
        new_user_generation(t, i);
    }
    new_kernel_generation(t);
}

void x86_tlb_sync_generation(CPUX86State *env)
{
    X86TCGState *t = env->tcg;
    uint64_t gen = (env->hflags & HF_CPL_MASK) == 3 ? t->gen_user[t->user_part] : t->gen_kernel;

    env->gen_key = gen << 32 | (uint32_t)env->gen_key;
}

void x86_tlb_init(X86TCGState *t)
{
    for (int i = 0; i < X86_TLB_PARTS; i++) {
        t->used[i] = true;
        clear_part(t, i);
    }
    memset(t->pcid_cr3, 0xff, sizeof(t->pcid_cr3));
    t->user_part = X86_MMU_USER;
    t->large_lo = UINT64_MAX;
    all_new_generations(t);
}

void x86_tlb_flush(CPUX86State *env)
{
    X86TCGState *t = env->tcg;

    if (!t) {
        return;
    }
    tlb_spin_lock(t);
    for (int i = 0; i < X86_TLB_PARTS; i++) {
        clear_part(t, i);
    }
    if (!(env->cr[4] & CR4_PCIDE_MASK)) {
        t->user_part = X86_MMU_USER;
        memset(t->pcid_cr3, 0xff, sizeof(t->pcid_cr3));
    }
    t->nr_nonglobal = 0;
    t->large_lo = UINT64_MAX;
    t->large_hi = 0;
    tlb_spin_unlock(t);
    all_new_generations(t);
    x86_tlb_sync_generation(env);
}

/* What the parts without a PCID of their own have of the current address space. tlb_lock held. */
static void clear_untagged(X86TCGState *t)
{
    if (t->nr_nonglobal <= X86_NONGLOBAL_MAX) {
        for (unsigned i = 0; i < t->nr_nonglobal; i++) {
            unsigned part = t->nonglobal[i] >> 12, j = t->nonglobal[i] & 4095;

            if (!t->full[part][j].global) {
                clear_index(t, part, j);
            }
        }
    } else {
        for (unsigned j = 0; j < X86_TLB_SIZE; j++) {
            if (!t->full[X86_MMU_KERNEL][j].global) {
                clear_index(t, X86_MMU_KERNEL, j);
            }
            if (!t->full[X86_MMU_KERNEL_AC][j].global) {
                clear_index(t, X86_MMU_KERNEL_AC, j);
            }
        }
    }
    t->nr_nonglobal = 0;
    clear_part(t, X86_MMU_USER);
    clear_part(t, X86_MMU_USER_AC);
    new_user_generation(t, X86_MMU_USER);
    if (t->kernel_code_nonglobal) {
        new_kernel_generation(t);
    }
}

static void clear_pcid_part(X86TCGState *t, unsigned i)
{
    clear_part(t, X86_NB_MMU + i);
    new_user_generation(t, X86_NB_MMU + i);
}

void x86_tlb_flush_nonglobal(CPUX86State *env)
{
    X86TCGState *t = env->tcg;

    if (!t) {
        return;
    }
    tlb_spin_lock(t);
    clear_untagged(t);
    for (unsigned i = 0; i < X86_TLB_PCIDS; i++) {
        clear_pcid_part(t, i);
    }
    tlb_spin_unlock(t);
    x86_tlb_sync_generation(env);
}

void x86_tlb_flush_pcid(CPUX86State *env, unsigned pcid)
{
    X86TCGState *t = env->tcg;

    tlb_spin_lock(t);
    for (unsigned i = 0; i < X86_TLB_PCIDS; i++) {
        if ((t->pcid_cr3[i] & 0xfff) == pcid) {
            clear_pcid_part(t, i);
        }
    }
    if ((env->cr[3] & 0xfff) == pcid) {
        clear_untagged(t);
    }
    tlb_spin_unlock(t);
    x86_tlb_sync_generation(env);
}

/* A part for this PCID; a new one begins empty. Entries that are kept must belong to the same page tables. */
static unsigned find_pcid_part(X86TCGState *t, uint64_t cr3, bool keep)
{
    unsigned i;

    for (i = 0; i < X86_TLB_PCIDS; i++) {
        if (((t->pcid_cr3[i] ^ cr3) & 0xfff) == 0 && t->pcid_cr3[i] != UINT64_MAX) {
            keep &= t->pcid_cr3[i] == cr3;
            break;
        }
    }
    if (i == X86_TLB_PCIDS) {
        i = t->next_pcid_part++ % X86_TLB_PCIDS;
        keep = false;
    }
    if (!keep) {
        clear_pcid_part(t, i);
    }
    t->pcid_cr3[i] = cr3;
    return i;
}

void x86_tlb_switch_pcid(CPUX86State *env, bool keep)
{
    X86TCGState *t = env->tcg;

    tlb_spin_lock(t);
    clear_untagged(t);
    t->user_part = X86_NB_MMU + find_pcid_part(t, env->cr[3], keep);
    tlb_spin_unlock(t);
    x86_tlb_sync_generation(env);
}

/* INVLPG inside a large page drops all of it. tlb_lock held. */
static bool clear_large(X86TCGState *t, uint64_t laddr)
{
    bool found = false;

    if (laddr < t->large_lo || laddr > t->large_hi) {
        return false;
    }
    for (int i = 0; i < X86_TLB_PARTS; i++) {
        for (unsigned j = 0; t->used[i] && j < X86_TLB_SIZE; j++) {
            if (t->full[i][j].large && !((t->full[i][j].page ^ laddr) >> t->full[i][j].large)) {
                clear_index(t, i, j);
                found = true;
            }
        }
    }
    return found;
}

static void forget_jumps(X86TCGState *t, uint64_t laddr)
{
    X86JumpCache *j = &t->jc[x86_jc_page(laddr)];

    for (unsigned i = 0; i < 1 << X86_JC_PAGE_BITS; i++, j++) {
        if (!((j->pc ^ laddr) & PAGE_MASK_)) {
            j->gen_key = 0;
        }
    }
}

void x86_tlb_flush_page(CPUX86State *env, target_ulong laddr)
{
    X86TCGState *t = env->tcg;
    bool large;

    if (!t) {
        return;
    }
    tlb_spin_lock(t);
    for (int i = 0; i < X86_TLB_PARTS; i++) {
        clear_index(t, i, laddr >> 12 & (X86_TLB_SIZE - 1));
    }
    large = clear_large(t, laddr);
    tlb_spin_unlock(t);
    if (large || x86_jit_code_in_page(t, laddr)) {
        all_new_generations(t);
        x86_tlb_sync_generation(env);
    } else {
        forget_jumps(t, laddr);
    }
}

/* Host pages may lie elsewhere now. */
void x86_tlb_flush_lookups(CPUX86State *env)
{
    memset(env->tcg->phys_cache, 0, sizeof(env->tcg->phys_cache));
    x86_tlb_flush(env);
}

/* ---- filling ---- */
static bool watched(CPUX86State *env, uint64_t page)
{
    CPUWatchpoint *w;

    QTAILQ_FOREACH(w, &env_cpu(env)->watchpoints, entry) {
        if (w->vaddr <= (page | 4095) && w->vaddr + w->len - 1 >= page) {
            return true;
        }
    }
    return false;
}

static void QEMU_NORETURN raise_pf(CPUX86State *env, uint64_t addr, int code)
{
    env->cr[2] = addr;
    raise_exception_err(env, EXCP0E_PAGE, code);
}

/* What flushes look for. tlb_lock held. */
static void note_kind(X86TCGState *t, int part, unsigned j, MMUAccessType access, const X86Walk *w, uint64_t page)
{
    if (w->large) {
        uint64_t mask = (1ull << w->large) - 1;

        t->large_lo = MIN(t->large_lo, page & ~mask);
        t->large_hi = MAX(t->large_hi, page | mask);
    }
    if (w->global || (part != X86_MMU_KERNEL && part != X86_MMU_KERNEL_AC)) {
        return;
    }
    t->kernel_code_nonglobal |= access == MMU_INST_FETCH;
    if (t->nr_nonglobal < X86_NONGLOBAL_MAX) {
        t->nonglobal[t->nr_nonglobal] = part << 12 | j;
    }
    if (t->nr_nonglobal <= X86_NONGLOBAL_MAX) {
        t->nr_nonglobal++;
    }
}

static void tlb_fill(CPUX86State *env, uint64_t addr, MMUAccessType access, int mmu)
{
    X86TCGState *t = env->tcg;
    unsigned j = addr >> 12 & (X86_TLB_SIZE - 1);
    X86TLBEntry *e = &t->tlb[mmu][j], n;
    X86TLBFull *f = &t->full[mmu][j];
    uint64_t page = addr & PAGE_MASK_, low;
    X86PhysPage *p;
    X86Walk w;
    int code;

    if (unlikely(!x86_canonical(env, addr))) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    code = x86_walk(env, addr, access, mmu, &w);
    if (code >= 0) {
        raise_pf(env, addr, code);
    }
    p = x86_phys_page(env, w.phys);
    low = p->host ? 0 : X86_TLB_MMIO;
    if (unlikely(!QTAILQ_EMPTY(&env_cpu(env)->watchpoints)) && watched(env, page)) {
        low |= X86_TLB_WATCH;
    }
    if (mmu == X86_MMU_USER_AC) {
        low |= X86_TLB_ALIGN;
    }
    n.read = w.read ? x86_tlb_tag(page, low) : x86_tlb_empty(j);
    n.code = w.exec ? x86_tlb_tag(page, low & X86_TLB_MMIO) : x86_tlb_empty(j);
    n.write = x86_tlb_empty(j);
    n.host = p->host;
    tlb_spin_lock(t);
    f->phys = w.phys;
    f->ram = p->ram;
    f->page = page;
    f->global = w.global;
    f->large = w.large;
    f->log = p->log;
    f->readonly = p->readonly;
    if (w.write) {
        low |= p->readonly ? X86_TLB_MMIO : 0;
        low |= p->host && (p->log || x86_code_page_any(p->ram)) ? X86_TLB_NOTDIRTY : 0;
        n.write = x86_tlb_tag(page, low);
    }
    *e = n;
    t->used[mmu] = true;
    note_kind(t, mmu, j, access, &w, page);
    tlb_spin_unlock(t);
}

X86TLBEntry *x86_tlb_entry(CPUX86State *env, uint64_t addr, MMUAccessType access, int mmu)
{
    X86TLBEntry *e = &env->tcg->tlb[mmu][addr >> 12 & (X86_TLB_SIZE - 1)];
    uint64_t tag = access == MMU_DATA_LOAD ? e->read : access == MMU_DATA_STORE ? e->write : e->code;

    if (x86_tlb_page(tag) != (addr & PAGE_MASK_)) {
        tlb_fill(env, addr, access, mmu);
    }
    return e;
}

static X86TLBFull *full_of(CPUX86State *env, X86TLBEntry *e)
{
    return x86_tlb_full(env->tcg, e);
}

/* ---- accesses inside one page ---- */
static uint64_t ld_page(CPUX86State *env, uint64_t addr, unsigned bytes, int mmu)
{
    X86TLBEntry *e = x86_tlb_entry(env, addr, MMU_DATA_LOAD, mmu);
    uint64_t v = 0;

    if (unlikely(e->read & X86_TLB_WATCH)) {
        x86_data_breakpoint(env, addr, bytes, false);
    }
    if (unlikely(e->read & X86_TLB_MMIO)) {
        return env->tcg->mem->io_read(env_cpu(env), full_of(env, e)->phys | (addr & 4095), bytes);
    }
    switch (bytes) {
    case 1:
        return *(uint8_t *)x86_tlb_host(e, addr);
    case 2:
        return *(u16_una *)x86_tlb_host(e, addr);
    case 4:
        return *(u32_una *)x86_tlb_host(e, addr);
    case 8:
        return *(u64_una *)x86_tlb_host(e, addr);
    }
    memcpy(&v, x86_tlb_host(e, addr), bytes);
    return v;
}

static void store_host(uintptr_t p, uint64_t v, unsigned bytes)
{
    switch (bytes) {
    case 1:
        *(uint8_t *)p = v;
        break;
    case 2:
        *(u16_una *)p = v;
        break;
    case 4:
        *(u32_una *)p = v;
        break;
    case 8:
        *(u64_una *)p = v;
        break;
    default:
        memcpy((void *)p, &v, bytes);
    }
}

/*
 * A reported store is done: drop the code it changed, set dirty bits, and go back to the fast path if nobody cares any
 * more. The store must be visible before the code marks are read: a CPU that decodes sets the mark, then reads the
 * bytes, so that it sees the store or we see the mark.
 */
static void store_done(CPUX86State *env, X86TLBEntry *e, X86TLBFull *f, uint64_t addr, unsigned bytes)
{
    X86TCGState *t = env->tcg;

    smp_mb();
    x86_code_written(env, f->ram + (addr & 4095), bytes);
    t->mem->set_dirty(env_cpu(env), f->ram + (addr & 4095), bytes);
    if (!f->log && !x86_code_page_any(f->ram)) {
        tlb_spin_lock(t);
        if (!x86_code_page_any(f->ram) && !(e->write & X86_TLB_EMPTY)) {
            qatomic_set(&e->write, x86_tlb_tag(x86_tlb_page(e->write), e->write & 4095 & ~X86_TLB_NOTDIRTY));
        }
        tlb_spin_unlock(t);
    }
}

static void st_page(CPUX86State *env, uint64_t addr, unsigned bytes, uint64_t v, int mmu)
{
    X86TLBEntry *e = x86_tlb_entry(env, addr, MMU_DATA_STORE, mmu);
    X86TLBFull *f = full_of(env, e);

    if (unlikely(e->write & X86_TLB_WATCH)) {
        x86_data_breakpoint(env, addr, bytes, true);
    }
    if (e->write & X86_TLB_MMIO) {
        env->tcg->mem->io_write(env_cpu(env), f->phys | (addr & 4095), v, bytes);
    } else if (e->write & X86_TLB_NOTDIRTY) {
        store_host((uintptr_t)x86_tlb_host(e, addr), v, bytes);
        store_done(env, e, f, addr, bytes);
    } else {
        store_host((uintptr_t)x86_tlb_host(e, addr), v, bytes);
    }
}

uint64_t x86_ld_mmu(CPUX86State *env, target_ulong addr, unsigned size, int mmu)
{
    unsigned bytes = 1u << size, first = 4096 - (addr & 4095);
    uint64_t lo, next;

    if (likely(bytes <= first)) {
        return ld_page(env, addr, bytes, mmu);
    }
    next = addr + first;
    if (!(env->hflags & HF_CS64_MASK) && !(env->hflags & HF_LMA_MASK)) {
        next = (uint32_t)next;
    }
    x86_tlb_entry(env, addr, MMU_DATA_LOAD, mmu);
    x86_tlb_entry(env, next, MMU_DATA_LOAD, mmu);
    lo = ld_page(env, addr, first, mmu);
    return lo | ld_page(env, next, bytes - first, mmu) << (first * 8);
}

void x86_st_mmu(CPUX86State *env, target_ulong addr, unsigned size, uint64_t v, int mmu)
{
    unsigned bytes = 1u << size, first = 4096 - (addr & 4095);
    uint64_t next;

    if (likely(bytes <= first)) {
        st_page(env, addr, bytes, v, mmu);
        return;
    }
    next = addr + first;
    if (!(env->hflags & HF_CS64_MASK) && !(env->hflags & HF_LMA_MASK)) {
        next = (uint32_t)next;
    }
    x86_tlb_entry(env, addr, MMU_DATA_STORE, mmu);
    x86_tlb_entry(env, next, MMU_DATA_STORE, mmu);
    st_page(env, addr, first, v, mmu);
    st_page(env, next, bytes - first, v >> (first * 8), mmu);
}

static int current_mmu(CPUX86State *env)
{
    return (env->tlb - env->tcg->tlb[0]) / X86_TLB_SIZE;
}

/* Not on the fast path: alignment (SDM vol. 3, 6.15 #AC), and #SS for what would be #GP. */
static void check_access(CPUX86State *env, uint64_t addr, unsigned bytes, const X86Insn *insn, bool stack)
{
    if (insn) {
        x86_sync_eip(env, insn);
        stack |= insn->seg == R_SS && (insn->flags & X86_MEM);
    }
    if (stack && unlikely(!x86_canonical(env, addr))) {
        raise_exception_err(env, EXCP0C_STACK, 0);
    }
    if (unlikely(current_mmu(env) == X86_MMU_USER_AC) && (addr & (bytes - 1))) {
        raise_exception_err(env, EXCP11_ALGN, 0);
    }
}

uint64_t x86_pop_slow(CPUX86State *env, uint64_t addr, unsigned size, const X86Insn *insn)
{
    check_access(env, addr, 1u << size, insn, true);
    return x86_ld_mmu(env, addr, size, current_mmu(env));
}

void x86_push_slow(CPUX86State *env, uint64_t addr, unsigned size, uint64_t v, const X86Insn *insn)
{
    check_access(env, addr, 1u << size, insn, true);
    x86_st_mmu(env, addr, size, v, current_mmu(env));
}

uint64_t x86_ld_slow(CPUX86State *env, uint64_t addr, unsigned size, const X86Insn *insn)
{
    check_access(env, addr, 1u << size, insn, false);
    return x86_ld_mmu(env, addr, size, current_mmu(env));
}

void x86_st_slow(CPUX86State *env, uint64_t addr, unsigned size, uint64_t v, const X86Insn *insn)
{
    check_access(env, addr, 1u << size, insn, false);
    x86_st_mmu(env, addr, size, v, current_mmu(env));
}

uint8_t x86_ldb(CPUX86State *env, target_ulong laddr)
{
    return ld(env, NULL, laddr, 0);
}

uint16_t x86_ldw(CPUX86State *env, target_ulong laddr)
{
    return ld(env, NULL, laddr, 1);
}

uint32_t x86_ldl(CPUX86State *env, target_ulong laddr)
{
    return ld(env, NULL, laddr, 2);
}

uint64_t x86_ldq(CPUX86State *env, target_ulong laddr)
{
    return ld(env, NULL, laddr, 3);
}

void x86_stb(CPUX86State *env, target_ulong laddr, uint8_t v)
{
    st(env, NULL, laddr, 0, v);
}

void x86_stw(CPUX86State *env, target_ulong laddr, uint16_t v)
{
    st(env, NULL, laddr, 1, v);
}

void x86_stl(CPUX86State *env, target_ulong laddr, uint32_t v)
{
    st(env, NULL, laddr, 2, v);
}

void x86_stq(CPUX86State *env, target_ulong laddr, uint64_t v)
{
    st(env, NULL, laddr, 3, v);
}

static void probe(CPUX86State *env, uint64_t laddr, unsigned len, MMUAccessType access)
{
    int mmu = current_mmu(env);

    x86_tlb_entry(env, laddr, access, mmu);
    for (uint64_t a = (laddr & PAGE_MASK_) + 4096; len && a - laddr < len; a += 4096) {
        x86_tlb_entry(env, a, access, mmu);
    }
}

void x86_probe_write(CPUX86State *env, target_ulong laddr, unsigned len)
{
    probe(env, laddr, len, MMU_DATA_STORE);
}

void x86_probe_read(CPUX86State *env, target_ulong laddr, unsigned len)
{
    probe(env, laddr, len, MMU_DATA_LOAD);
}

void *x86_host_ptr(CPUX86State *env, target_ulong laddr, unsigned len, bool write)
{
    void *p = tlb_hit(env, laddr, len, write);
    int mmu = current_mmu(env);
    X86TLBEntry *e;
    uint64_t tag;

    if (likely(p)) {
        return p;
    }
    if ((laddr & 4095) + len > 4096) {
        return NULL;
    }
    e = x86_tlb_entry(env, laddr, write ? MMU_DATA_STORE : MMU_DATA_LOAD, mmu);
    tag = write ? e->write : e->read;
    return tag == (laddr & PAGE_MASK_) ? x86_tlb_host(e, laddr) : NULL;
}

static uint64_t wrap(CPUX86State *env, uint64_t addr)
{
    return env->hflags & (HF_CS64_MASK | HF_LMA_MASK) ? addr : (uint32_t)addr;
}

void x86_ld_bytes(CPUX86State *env, target_ulong laddr, void *buf, unsigned len)
{
    uint8_t *out = buf;
    int mmu = current_mmu(env);

    while (len) {
        unsigned room = 4096 - (laddr & 4095), n = MIN(len, room);
        void *p = x86_host_ptr(env, laddr, n, false);

        if (p) {
            memcpy(out, p, n);
        } else {
            uint64_t v;

            n = MIN(n, 8);
            n = n >= 8 ? 8 : n >= 4 ? 4 : n >= 2 ? 2 : 1;
            v = ld_page(env, laddr, n, mmu);
            memcpy(out, &v, n);
        }
        out += n;
        len -= n;
        laddr = wrap(env, laddr + n);
    }
}

void x86_st_bytes(CPUX86State *env, target_ulong laddr, const void *buf, unsigned len)
{
    const uint8_t *in = buf;
    int mmu = current_mmu(env);

    x86_probe_write(env, laddr, len);
    while (len) {
        unsigned room = 4096 - (laddr & 4095), n = MIN(len, room);
        void *p = x86_host_ptr(env, laddr, n, true);

        if (p) {
            memcpy(p, in, n);
        } else {
            uint64_t v = 0;

            n = MIN(n, 8);
            n = n >= 8 ? 8 : n >= 4 ? 4 : n >= 2 ? 2 : 1;
            memcpy(&v, in, n);
            st_page(env, laddr, n, v, mmu);
        }
        in += n;
        len -= n;
        laddr = wrap(env, laddr + n);
    }
}

/* ---- atomics ---- */
void *x86_atomic_ptr(CPUX86State *env, uint64_t addr, unsigned bytes, const X86Insn *insn, bool *report)
{
    int mmu = current_mmu(env);
    X86TLBEntry *e;

    *report = false;
    check_access(env, addr, bytes, insn, false);
    x86_probe_write(env, addr, bytes);
    if ((addr & 4095) + bytes > 4096) {
        return NULL;
    }
    e = x86_tlb_entry(env, addr, MMU_DATA_STORE, mmu);
    if (e->write & (X86_TLB_MMIO | X86_TLB_WATCH)) {
        return NULL;
    }
    *report = e->write & X86_TLB_NOTDIRTY;
    return x86_tlb_host(e, addr);
}

void x86_atomic_done(CPUX86State *env, uint64_t addr, unsigned bytes)
{
    X86TLBEntry *e = &env->tlb[addr >> 12 & (X86_TLB_SIZE - 1)];

    store_done(env, e, full_of(env, e), addr, bytes);
}

/* No other CPU runs guest code in between. The access itself must not fault any more: probe first. */
void x86_exclusive_begin(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);

    cpu_exec_end(cs);
    start_exclusive();
}

void x86_exclusive_end(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);

    end_exclusive();
    cpu_exec_start(cs);
}

/* ---- protecting pages that hold code: called by codepages.c for every CPU ---- */
bool x86_tlb_protect_host_page(X86TCGState *t, uint8_t *host)
{
    bool found = false;

    tlb_spin_lock(t);
    for (int i = 0; i < X86_TLB_PARTS; i++) {
        if (!t->used[i]) {
            continue;
        }
        for (unsigned j = 0; j < X86_TLB_SIZE; j++) {
            X86TLBEntry *e = &t->tlb[i][j];

            if (e->host == host && !(e->write & X86_TLB_EMPTY)) {
                qatomic_mb_set(&e->write, x86_tlb_tag(x86_tlb_page(e->write), (e->write & 4095) | X86_TLB_NOTDIRTY));
                found = true;
            }
        }
    }
    tlb_spin_unlock(t);
    return found;
}
