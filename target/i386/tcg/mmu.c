/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page walks: 32-bit, PAE and 4-level paging, rights and #PF error codes (SDM vol. 3, 4.2-4.7).
 * Does not own the TLB (tlb.c). Accessed and dirty bits are set with host atomics: other CPUs walk the same tables.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/engine.h"

bool x86_canonical(const CPUX86State *env, uint64_t addr)
{
    unsigned shift = env->cr[4] & CR4_LA57_MASK ? 7 : 16;

    return (uint64_t)((int64_t)(addr << shift) >> shift) == addr;
}

typedef struct Walker {
    CPUX86State *env;
    MMUAccessType access;
    int mmu;
    uint64_t rsvd;              /* reserved address bits */
    bool nxe;
    /* rights, and-ed over the levels */
    bool user, rw, nx;
} Walker;

static int pf_code(const Walker *k, bool present, bool rsvd)
{
    bool user = k->mmu == X86_MMU_USER;

    return (present ? PG_ERROR_P_MASK : 0) | (k->access == MMU_DATA_STORE ? PG_ERROR_W_MASK : 0) |
           (user ? PG_ERROR_U_MASK : 0) | (rsvd ? PG_ERROR_RSVD_MASK : 0) |
           (k->access == MMU_INST_FETCH && (k->nxe || (k->env->cr[4] & CR4_SMEP_MASK)) ? PG_ERROR_I_D_MASK : 0);
}

static bool update_entry(CPUX86State *env, hwaddr addr, unsigned size, uint64_t old, uint64_t set)
{
    X86PhysPage *p;

    if ((old & set) == set) {
        return true;
    }
    p = x86_phys_page(env, addr);
    if (!p->host || p->readonly) {
        x86_st_phys(env, addr, size, old | set);
        return true;
    }
    if (size == 2) {
        uint32_t *e = (uint32_t *)(p->host + (addr & 4095));

        if (qatomic_cmpxchg(e, (uint32_t)old, (uint32_t)(old | set)) != (uint32_t)old) {
            return false;
        }
    } else {
        uint64_t *e = (uint64_t *)(p->host + (addr & 4095));

        if (qatomic_cmpxchg(e, old, old | set) != old) {
            return false;
        }
    }
    x86_code_written(env, p->ram + (addr & 4095), 1u << size);
    env->tcg->mem->set_dirty(env_cpu(env), p->ram + (addr & 4095), 1u << size);
    return true;
}

/* SDM vol. 3, 4.6: may the access be made with these rights? */
static bool allowed(const Walker *k, MMUAccessType access)
{
    CPUX86State *env = k->env;

    if (k->mmu == X86_MMU_USER) {
        if (!k->user) {
            return false;
        }
        return access == MMU_DATA_STORE ? k->rw : access == MMU_INST_FETCH ? !k->nx : true;
    }
    switch (access) {
    case MMU_INST_FETCH:
        return !k->nx && !(k->user && (env->cr[4] & CR4_SMEP_MASK));
    case MMU_DATA_STORE:
        if (!k->rw && (env->cr[0] & CR0_WP_MASK)) {
            return false;
        }
        /* fall through */
    default:
        return !(k->user && k->mmu == X86_MMU_KERNEL && (env->cr[4] & CR4_SMAP_MASK));
    }
}

/* Protection keys (SDM vol. 3, 4.6.2): user pages, data accesses, 4-level paging. */
static bool pkey_denies(const Walker *k, uint64_t pte, MMUAccessType access)
{
    CPUX86State *env = k->env;
    unsigned key = pte >> PG_PKRU_SHIFT & 15;

    if (!(env->cr[4] & CR4_PKE_MASK) || !(env->hflags & HF_LMA_MASK) || !k->user || access == MMU_INST_FETCH) {
        return false;
    }
    if (env->pkru >> (key * 2) & 1) {
        return true;
    }
    return access == MMU_DATA_STORE && (env->pkru >> (key * 2) & 2) &&
           (k->mmu == X86_MMU_USER || (env->cr[0] & CR0_WP_MASK));
}

static void collect(Walker *k, uint64_t e)
{
    k->user &= (e & PG_USER_MASK) != 0;
    k->rw &= (e & PG_RW_MASK) != 0;
    k->nx |= k->nxe && (e & PG_NX_MASK);
}

/* The leaf is found: check rights, set A and D, fill @w. Returns -2 when the entry changed meanwhile. */
static int finish(Walker *k, hwaddr ea, unsigned esize, uint64_t e, hwaddr phys, unsigned large, X86Walk *w)
{
    CPUX86State *env = k->env;
    bool store = k->access == MMU_DATA_STORE;

    if (!allowed(k, k->access)) {
        return pf_code(k, true, false);
    }
    if (pkey_denies(k, e, k->access)) {
        return pf_code(k, true, false) | PG_ERROR_PK_MASK;
    }
    if (!update_entry(env, ea, esize, e, PG_ACCESSED_MASK | (store ? PG_DIRTY_MASK : 0))) {
        return -2;
    }
    w->phys = phys;
    w->global = (e & PG_GLOBAL_MASK) && (env->cr[4] & CR4_PGE_MASK);
    w->large = large;
    w->read = allowed(k, MMU_DATA_LOAD) && !pkey_denies(k, e, MMU_DATA_LOAD);
    w->write = (store || (e & PG_DIRTY_MASK)) && allowed(k, MMU_DATA_STORE) &&
               !pkey_denies(k, e, MMU_DATA_STORE);
    w->exec = allowed(k, MMU_INST_FETCH);
    return -1;
}

/* PAE and 4/5-level paging: entries of 8 bytes, 9 bits per level. */
static int walk64(Walker *k, uint64_t addr, X86Walk *w)
{
    CPUX86State *env = k->env;
    bool lma = env->hflags & HF_LMA_MASK;
    const uint64_t amask = 0x000ffffffffff000ull;
    hwaddr table = env->cr[3] & amask;
    int level = lma ? (env->cr[4] & CR4_LA57_MASK ? 4 : 3) : 1;

    k->user = k->rw = true;
    k->nx = false;
    if (!lma) {
        uint64_t e = env->pdptrs_valid ? env->pdptrs[addr >> 30 & 3]
                                       : x86_ld_phys(env, (env->cr[3] & ~31u) + (addr >> 30 & 3) * 8, 3);

        if (!(e & PG_PRESENT_MASK)) {
            return pf_code(k, false, false);
        }
        table = e & amask;
    }
    for (;; level--) {
        unsigned shift = 12 + 9 * level;
        hwaddr ea = (table + (addr >> shift & 511) * 8) & env->a20_mask;
        uint64_t e = x86_ld_phys(env, ea, 3), rsvd = k->rsvd;
        bool leaf = level == 0 || (level <= 2 && (e & PG_PSE_MASK) && (lma || level == 1));

        if (!(e & PG_PRESENT_MASK)) {
            return pf_code(k, false, false);
        }
        if (level == 2 && leaf && !x86_has_feature(env, FEAT_8000_0001_EDX, 26)) {
            rsvd |= PG_PSE_MASK;
        }
        if (level > 2) {
            rsvd |= PG_PSE_MASK;
        }
        if (!lma) {
            rsvd |= 0x7ff0000000000000ull & ~(k->nxe ? PG_NX_MASK : 0);
        }
        if (leaf && level) {
            rsvd |= ((1ull << shift) - 1) & ~0x1fffull;
        }
        if (e & rsvd) {
            return pf_code(k, true, true);
        }
        collect(k, e);
        if (leaf) {
            hwaddr mask = (1ull << shift) - 1;

            return finish(k, ea, 3, e, ((e & amask & ~mask) | (addr & mask)) & PAGE_MASK_, level ? shift : 0, w);
        }
        if (!update_entry(env, ea, 3, e, PG_ACCESSED_MASK)) {
            return -2;
        }
        table = e & amask;
    }
}

static int walk32(Walker *k, uint64_t addr, X86Walk *w)
{
    CPUX86State *env = k->env;
    hwaddr ea = ((env->cr[3] & ~0xfffull) + (addr >> 22 & 1023) * 4) & env->a20_mask;
    uint32_t e = x86_ld_phys(env, ea, 2);

    k->user = k->rw = true;
    k->nx = false;
    if (!(e & PG_PRESENT_MASK)) {
        return pf_code(k, false, false);
    }
    if ((e & PG_PSE_MASK) && (env->cr[4] & CR4_PSE_MASK)) {
        /* bits 20:13 are address bits 39:32 (PSE-36); bit 21 is reserved */
        hwaddr base = (e & 0xffc00000u) | (hwaddr)(e >> 13 & 0xff) << 32;

        if (e & (1u << 21)) {
            return pf_code(k, true, true);
        }
        collect(k, e);
        return finish(k, ea, 2, e, (base | (addr & 0x3fffff)) & PAGE_MASK_, 22, w);
    }
    collect(k, e);
    if (!update_entry(env, ea, 2, e, PG_ACCESSED_MASK)) {
        return -2;
    }
    ea = ((e & ~0xfffu) + (addr >> 12 & 1023) * 4) & env->a20_mask;
    e = x86_ld_phys(env, ea, 2);
    if (!(e & PG_PRESENT_MASK)) {
        return pf_code(k, false, false);
    }
    collect(k, e);
    return finish(k, ea, 2, e, e & ~0xfffu, 0, w);
}

int x86_walk(CPUX86State *env, uint64_t addr, MMUAccessType access, int mmu, X86Walk *w)
{
    Walker k = { .env = env, .access = access, .mmu = mmu == X86_MMU_KERNEL || mmu == X86_MMU_KERNEL_AC ? mmu : X86_MMU_USER };
    unsigned bits = env_archcpu(env)->phys_bits ?: 40;
    int r;

    if (!(env->cr[0] & CR0_PG_MASK)) {
        *w = (X86Walk){ .phys = addr & PAGE_MASK_ & env->a20_mask, .read = true, .write = true, .exec = true };
        return -1;
    }
    k.nxe = env->efer & MSR_EFER_NXE;
    k.rsvd = (0x000fffffffffffffull & ~((1ull << bits) - 1)) | (k.nxe ? 0 : PG_NX_MASK);
    do {
        r = env->cr[4] & CR4_PAE_MASK ? walk64(&k, addr, w) : walk32(&k, addr, w);
    } while (r == -2);
    if (r == -1) {
        w->phys &= (int64_t)env->a20_mask;
    }
    return r;
}

/* As x86_walk() for reading with all rights, changing nothing. */
static hwaddr debug_walk(CPUX86State *env, uint64_t addr)
{
    hwaddr table = env->cr[3] & 0x000ffffffffff000ull;
    bool pae = env->cr[4] & CR4_PAE_MASK, lma = env->hflags & HF_LMA_MASK;
    int level = pae ? (lma ? (env->cr[4] & CR4_LA57_MASK ? 4 : 3) : 2) : 1;
    unsigned bits = pae ? 9 : 10, esize = pae ? 3 : 2;

    if (pae && !lma) {
        table = env->cr[3] & 0xffffffe0u;
    }
    for (;; level--) {
        unsigned shift = 12 + bits * level;
        unsigned mask = pae && !lma && level == 2 ? 3 : (1u << bits) - 1;
        uint64_t e = x86_ld_phys(env, table + ((addr >> shift & mask) << esize), esize);
        bool pse = (e & PG_PSE_MASK) && level && level <= 2 && !(pae && !lma && level == 2) &&
                   (pae || (env->cr[4] & CR4_PSE_MASK));

        if (!(e & PG_PRESENT_MASK)) {
            return -1;
        }
        if (level == 0 || pse) {
            uint64_t off = (1ull << shift) - 1;
            hwaddr base = e & 0x000ffffffffff000ull & ~off;

            if (!pae && pse) {
                base |= (hwaddr)(e >> 13 & 0xff) << 32;
            }
            return (base | (addr & off)) & PAGE_MASK_ & (int64_t)env->a20_mask;
        }
        table = e & 0x000ffffffffff000ull;
    }
}

hwaddr x86_cpu_get_phys_page_attrs_debug(CPUState *cpu, vaddr addr, void *attrs)
{
    CPUX86State *env = cpu_env(cpu);

    if (!(env->cr[0] & CR0_PG_MASK)) {
        return addr & PAGE_MASK_ & (int64_t)env->a20_mask;
    }
    if (!env->tcg) {
        return -1;
    }
    return debug_walk(env, addr);
}
