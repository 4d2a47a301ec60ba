/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's private state: TLB, decoded blocks, code pages; and the inline memory accesses of the integer core.
 * docs/devel/tcg.md explains it. One X86TCGState per CPU, touched by its own thread except:
 *   tlb_lock          other CPUs set NOTDIRTY bits in tlb[][].write; the owner fills under it
 *   inval (own lock)  other CPUs queue pages whose code they changed
 */
#ifndef TARGET_I386_TCG_ENGINE_H
#define TARGET_I386_TCG_ENGINE_H

#include "target/i386/tcg/insn.h"
#include "qemu/thread.h"

#define PAGE_SIZE_ 4096u
#define PAGE_MASK_ (~(uint64_t)4095)

/*
 * ---- TLB: direct mapped, one part per kind of rights; a translator may rely on this layout ----
 * Parts from X86_NB_MMU on hold the user-mode entries of one PCID each; user_part is the current one, or X86_MMU_USER
 * without PCIDs. The other parts belong to the current address space, but for global entries.
 */
#define X86_TLB_PCIDS 6
#define X86_TLB_PARTS (X86_NB_MMU + X86_TLB_PCIDS)
#define X86_TLB_BITS 10
#define X86_TLB_SIZE (1u << X86_TLB_BITS)

/*
 * A tag is the page's linear address. With low bits set every access takes the slow path: bit 62 is inverted then, so
 * that it is no page's address, whatever bits a comparison looks at. An access compares (addr + size - 1) & PAGE_MASK_,
 * indexed by addr, so one that crosses a page never matches; translated code looks at addr ^ tag. Bit 0: empty; the page is then one
 * of another index, so that not even a wild address matches.
 */
#define X86_TLB_MMIO     0x800      /* no RAM behind it */
#define X86_TLB_NOTDIRTY 0x400      /* stores must be reported: code in the page, or dirty logging */
#define X86_TLB_WATCH    0x200      /* a debug register watches the page */
#define X86_TLB_ALIGN    0x100      /* alignment is checked: on all data entries of X86_MMU_USER_AC */
#define X86_TLB_EMPTY    1
#define X86_TLB_SLOW     (1ull << 62)

typedef struct X86TLBEntry {
    uint64_t read, write, code;
    uint8_t *host;                  /* the page's host address */
} X86TLBEntry;
QEMU_BUILD_BUG_ON(sizeof(X86TLBEntry) != 32);

/* The tag of an empty entry with index @j. */
static QEMU_ALWAYS_INLINE uint64_t x86_tlb_empty(unsigned j)
{
    return X86_TLB_EMPTY | (j ? 0 : 1 << 12);
}

static QEMU_ALWAYS_INLINE uint64_t x86_tlb_tag(uint64_t page, uint64_t low)
{
    return low ? (page ^ X86_TLB_SLOW) | low : page;
}

/* The page a tag stands for; of an empty one, no page's. */
static QEMU_ALWAYS_INLINE uint64_t x86_tlb_page(uint64_t tag)
{
    return tag & X86_TLB_EMPTY ? tag : tag & 4095 ? (tag & PAGE_MASK_) ^ X86_TLB_SLOW : tag;
}

static QEMU_ALWAYS_INLINE void *x86_tlb_host(const X86TLBEntry *e, uint64_t addr)
{
    return e->host + (addr & 4095);
}

typedef struct X86TLBFull {
    hwaddr phys;                    /* of the page */
    uint64_t page;                  /* its linear address */
    ram_addr_t ram;                 /* of the page; valid with RAM behind it */
    bool global;
    uint8_t large;                  /* log2 of the size of the large page it is part of: INVLPG drops all of that */
    bool log;                       /* dirty logging is on: stores are always reported */
    bool readonly;                  /* RAM, but stores go to the bus */
} X86TLBFull;

/* What lies behind a page of physical memory. */
typedef struct X86PhysPage {
    uint8_t *host;                  /* NULL: a device */
    ram_addr_t ram;
    bool readonly;
    bool log;
} X86PhysPage;

/* The memory under the CPU: the machine's address space, or a test's flat array. */
typedef struct X86MemOps {
    void (*lookup)(CPUState *cs, hwaddr page, X86PhysPage *out);
    uint64_t (*io_read)(CPUState *cs, hwaddr addr, unsigned bytes);
    void (*io_write)(CPUState *cs, hwaddr addr, uint64_t v, unsigned bytes);
    void (*set_dirty)(CPUState *cs, ram_addr_t addr, unsigned bytes);
    void (*code_page)(CPUState *cs, ram_addr_t page);   /* holds code from now on: report stores by devices */
} X86MemOps;

/* ---- decoded blocks ---- */
#define X86_BLOCK_MAX 40            /* instructions */

typedef struct X86Block X86Block;
struct X86Block {
    uint8_t *host;                  /* the first byte's host address; with key, what identifies the block */
    uint8_t *host2;                 /* the second page's, when the last instruction crosses into it */
    uint32_t key;                   /* mode */
    uint16_t bytes;
    uint16_t count;                 /* instructions, without the closing marker */
    X86Block *hash_next;
    /* the translator's (jit/jit.h) */
    uint64_t eip;                   /* what it was decoded for; part of its identity when there is a translator */
    uint32_t heat;                  /* runs until it is translated */
    bool kills_flags, uses_vec;
    X86Exec *first;                 /* the first instruction's handler while another counts or enters the translation */
    X86Block *jit;                  /* its translation: a block that goes on behind conditional jumps */
    X86Block *origin;               /* of a translation */
    const uint8_t *code;
    struct JitExit *exits;          /* linked to it */
    X86Block *page_next[2];
    X86Insn insns[];
};

#define X86_HASH_BITS 17
#define X86_JC_BITS 12
#define X86_NONGLOBAL_MAX 64

typedef struct X86JumpCache {
    uint64_t pc;                    /* linear */
    uint64_t gen_key;
    X86Block *block;
} X86JumpCache;

struct X86JitState;
struct X86TCGState {
    X86TLBEntry tlb[X86_TLB_PARTS][X86_TLB_SIZE];
    X86TLBFull full[X86_TLB_PARTS][X86_TLB_SIZE];
    X86JumpCache jc[1 << X86_JC_BITS];
    X86Block *hash[1 << X86_HASH_BITS];
    uint32_t gen_next, gen_kernel, gen_user[X86_TLB_PARTS];
    uint64_t cs_base;               /* linear = eip + cs_base */
    const X86Insn *link_from;       /* the jump that left the last block and may be linked to what follows */
    uint8_t *arena;
    size_t arena_used, arena_size;
    GHashTable *pages;              /* host page -> its blocks (chained by page_next) */
    const X86MemOps *mem;
    struct X86JitState *jit;        /* NULL: interpret only */
    bool used[X86_TLB_PARTS];       /* this part of the TLB is not empty */
    int user_part;
    unsigned next_pcid_part;
    uint64_t pcid_cr3[X86_TLB_PCIDS];   /* whose entries the part has; -1: nobody's */
    bool kernel_code_nonglobal;     /* supervisor code has run from pages that are not global */
    uint16_t nonglobal[X86_NONGLOBAL_MAX];  /* supervisor entries that are not global: part << 12 | index */
    unsigned nr_nonglobal;          /* X86_NONGLOBAL_MAX + 1: too many, look at all */
    uint64_t large_lo, large_hi;    /* no large page lies outside; empty when lo > hi */
    int tlb_lock;                   /* spin lock */
    uint64_t insn_count;            /* statistics: blocks entered from the loop */
    struct {
        QemuMutex lock;
        GArray *pages;              /* host pages whose blocks must go */
        bool pending;
        bool flush_all;             /* mappings too */
        bool flush_blocks;          /* RAM went away: its host addresses may come back with other contents */
    } inval;
    struct {
        hwaddr page;                /* physical page number + 1 */
        X86PhysPage p;
    } phys_cache[256];
};

/* Bits of hflags (and eflags: TF, RF) that select how bytes decode and run. */
#define X86_KEY_HFLAGS (HF_CPL_MASK | HF_INHIBIT_IRQ_MASK | HF_CS32_MASK | HF_SS32_MASK | HF_PE_MASK | \
                        HF_MP_MASK | HF_EM_MASK | HF_TS_MASK | HF_LMA_MASK | HF_CS64_MASK | HF_VM_MASK | \
                        HF_OSFXSR_MASK | HF_AVX_EN_MASK)
#define X86_KEY_EFLAGS (TF_MASK | RF_MASK)
#define X86_KEY_STEP (1u << 31)     /* one instruction at a time: debugger attached */

extern const X86MemOps x86_mem_ops_system;

void x86_engine_init(CPUX86State *env, const X86MemOps *mem, size_t arena_size);
void x86_engine_free(CPUX86State *env);
/* Run until an exception, an exit request or a change of mode; the loop around it is x86_cpu_exec(). */
int x86_cpu_exec(CPUState *cs);

/* Recompute what depends on the mode: the key of blocks, the TLB of the current rights. */
void x86_sync_mode(CPUX86State *env);

/* block.c */
X86Block *x86_block_find(CPUX86State *env, uint64_t lin);
void x86_block_link(X86TCGState *t, const X86Insn *from, uint64_t from_lin, uint64_t lin, X86Block *to);
void x86_block_flush_all(CPUX86State *env);
/* The block at @lin again, going on behind conditional jumps; NULL when it is not one page of RAM. */
X86Block *x86_block_decode_long(CPUX86State *env, uint64_t lin);
void x86_block_inval_page(CPUX86State *env, uint8_t *host_page, unsigned first, unsigned last);
void x86_process_inval(CPUX86State *env);
X86Exec op_block_end, op_block_stale, op_helper, op_helper_end, op_helper_jump, op_ud, op_gp0, op_nm;

/* jit/jit.c */
/* An instruction marked `end` that seldom changes what decoding depends on: translations go on behind it. */
bool x86_jit_goes_on(const X86Insn *insn);
void x86_jit_init(CPUX86State *env, size_t size);
void x86_jit_free(X86TCGState *t);
void x86_jit_set_heat(CPUX86State *env, unsigned runs);     /* until a block is translated */
/* A block is about to run: translate it when it is hot, link what left the last translation to it. */
void x86_jit_prepare(CPUX86State *env, X86Block *b);
void x86_jit_new_block(X86TCGState *t, X86Block *b);
void x86_jit_drop(X86TCGState *t, X86Block *b);
void x86_jit_flush(X86TCGState *t);
void x86_jit_start(CPUX86State *env);           /* the loop begins anew, perhaps out of an exception */
bool x86_jit_tidy(CPUX86State *env);            /* true: all blocks were forgotten, there was no room */
/* Translated code may lie in the page, and links from other pages lead to it. */
bool x86_jit_code_in_page(X86TCGState *t, uint64_t laddr);
void x86_jit_forget_jumps(X86TCGState *t);

/* codepages.c: which RAM pages hold decoded code, for all CPUs */
void x86_code_page_add(CPUX86State *env, ram_addr_t ram, uint8_t *host, unsigned first, unsigned last);
bool x86_code_page_any(ram_addr_t ram);
/* The guest or a device has stored to [ram, ram + bytes): drop code there. @env is the writer, or NULL. */
void x86_code_written(CPUX86State *env, ram_addr_t ram, unsigned bytes);

/* tlb.c */
/* Stores to the page take the reported path from now on, but for one that is under way. True: there may be one. */
bool x86_tlb_protect_host_page(X86TCGState *t, uint8_t *host);   /* codepages.c, for every CPU */
/* What belongs to entry @e, which may be of any part. */
static inline X86TLBFull *x86_tlb_full(X86TCGState *t, X86TLBEntry *e)
{
    size_t n = e - t->tlb[0];

    return &t->full[n / X86_TLB_SIZE][n % X86_TLB_SIZE];
}

X86TLBEntry *x86_tlb_entry(CPUX86State *env, uint64_t addr, MMUAccessType access, int mmu);
void x86_tlb_flush_lookups(CPUX86State *env);
void x86_tlb_init(X86TCGState *t);
/* After a change of mode: the generation for the current rights. */
void x86_tlb_sync_generation(CPUX86State *env);
X86PhysPage *x86_phys_page(CPUX86State *env, hwaddr addr);
uint64_t x86_ld_slow(CPUX86State *env, uint64_t addr, unsigned size, const X86Insn *insn);
/* As these; a stack access by itself: an address that is not canonical is #SS. */
uint64_t x86_pop_slow(CPUX86State *env, uint64_t addr, unsigned size, const X86Insn *insn);
void x86_push_slow(CPUX86State *env, uint64_t addr, unsigned size, uint64_t v, const X86Insn *insn);
void x86_st_slow(CPUX86State *env, uint64_t addr, unsigned size, uint64_t v, const X86Insn *insn);
/*
 * Host address for an atomic read-modify-write of @bytes at @addr, after raising faults. NULL: not one page of RAM;
 * do it under x86_exclusive. *@report: call x86_atomic_done() after the store.
 */
void *x86_atomic_ptr(CPUX86State *env, uint64_t addr, unsigned bytes, const X86Insn *insn, bool *report);
void x86_atomic_done(CPUX86State *env, uint64_t addr, unsigned bytes);
void x86_exclusive_begin(CPUX86State *env);
void x86_exclusive_end(CPUX86State *env);

/* mmu.c */
typedef struct X86Walk {
    hwaddr phys;
    bool read, write, exec;         /* allowed; write also says that D is set */
    bool global;
    uint8_t large;                  /* log2 of the page's size when not 4 KiB, else 0 */
} X86Walk;
/* Translate for @access, setting A and D. Returns -1, or the #PF error code. */
int x86_walk(CPUX86State *env, uint64_t addr, MMUAccessType access, int mmu, X86Walk *w);
bool x86_canonical(const CPUX86State *env, uint64_t addr);

static inline void x86_sync_eip(CPUX86State *env, const X86Insn *insn)
{
    env->eip = env->block_eip + insn->off;
    if (!(env->hflags & HF_CS64_MASK)) {
        env->eip = (uint32_t)env->eip;
    }
}

typedef uint16_t __attribute__((aligned(1), may_alias)) u16_una;
typedef uint32_t __attribute__((aligned(1), may_alias)) u32_una;
typedef uint64_t __attribute__((aligned(1), may_alias)) u64_una;

static QEMU_ALWAYS_INLINE void *tlb_hit(CPUX86State *env, uint64_t addr, unsigned bytes, bool write)
{
    X86TLBEntry *e = &env->tlb[addr >> 12 & (X86_TLB_SIZE - 1)];
    uint64_t tag = write ? e->write : e->read;

    return likely(tag == ((addr + bytes - 1) & PAGE_MASK_)) ? x86_tlb_host(e, addr) : NULL;
}

static QEMU_ALWAYS_INLINE uint64_t ld_host(const void *p, unsigned size)
{
    switch (size) {
    case 0:
        return *(const uint8_t *)p;
    case 1:
        return *(const u16_una *)p;
    case 2:
        return *(const u32_una *)p;
    default:
        return *(const u64_una *)p;
    }
}

static QEMU_ALWAYS_INLINE void st_host(void *p, unsigned size, uint64_t v)
{
    switch (size) {
    case 0:
        *(uint8_t *)p = v;
        break;
    case 1:
        *(u16_una *)p = v;
        break;
    case 2:
        *(u32_una *)p = v;
        break;
    default:
        *(u64_una *)p = v;
    }
}

static QEMU_ALWAYS_INLINE uint64_t ld(CPUX86State *env, const X86Insn *insn, uint64_t addr, unsigned size)
{
    void *p = tlb_hit(env, addr, 1u << size, false);

    return likely(p) ? ld_host(p, size) : x86_ld_slow(env, addr, size, insn);
}

static QEMU_ALWAYS_INLINE void st(CPUX86State *env, const X86Insn *insn, uint64_t addr, unsigned size, uint64_t v)
{
    void *p = tlb_hit(env, addr, 1u << size, true);

    if (likely(p)) {
        st_host(p, size, v);
    } else {
        x86_st_slow(env, addr, size, v, insn);
    }
}

static QEMU_ALWAYS_INLINE uint64_t ld_stack(CPUX86State *env, const X86Insn *insn, uint64_t addr, unsigned size)
{
    void *p = tlb_hit(env, addr, 1u << size, false);

    return likely(p) ? ld_host(p, size) : x86_pop_slow(env, addr, size, insn);
}

static QEMU_ALWAYS_INLINE void st_stack(CPUX86State *env, const X86Insn *insn, uint64_t addr, unsigned size, uint64_t v)
{
    void *p = tlb_hit(env, addr, 1u << size, true);

    if (likely(p)) {
        st_host(p, size, v);
    } else {
        x86_push_slow(env, addr, size, v, insn);
    }
}

/* ---- segments outside 64-bit mode (segcheck.c) ---- */
#define X86_SEG_DATA (DESC_P_MASK | DESC_S_MASK | DESC_W_MASK)      /* writable data, expand up */
#define X86_SEG_DATA_MASK (X86_SEG_DATA | DESC_CS_MASK | DESC_E_MASK)

/* Any access is allowed. */
static QEMU_ALWAYS_INLINE bool x86_seg_flat(const CPUX86State *env, int seg)
{
    const SegmentCache *s = &env->segs[seg];

    return likely(s->limit == UINT32_MAX && (s->flags & X86_SEG_DATA_MASK) == X86_SEG_DATA);
}

/* The linear address, or #GP(0), for SS #SS(0). @insn NULL: env->eip is right already. */
uint64_t x86_seg_check(CPUX86State *env, const X86Insn *insn, int seg, uint32_t off, unsigned bytes, bool write);
/* For the instruction's ModRM operand. */
uint64_t x86_seg_check_operand(CPUX86State *env, const X86Insn *insn, uint32_t off);

static QEMU_ALWAYS_INLINE uint64_t seg_linear(CPUX86State *env, const X86Insn *insn, int seg, uint32_t off,
                                              unsigned bytes, bool write)
{
    if (x86_seg_flat(env, seg)) {
        return (uint32_t)(off + env->segs[seg].base);
    }
    return x86_seg_check(env, insn, seg, off, bytes, write);
}

uint64_t x86_ea_full(CPUX86State *env, const X86Insn *insn);

static QEMU_ALWAYS_INLINE uint64_t ea(CPUX86State *env, const X86Insn *insn)
{
    const uint64_t *slot = (const uint64_t *)env;

    if (likely(insn->flags & X86_EA_SIMPLE)) {
        return slot[insn->base] + (slot[insn->index] << insn->scale) + insn->disp;
    }
    return x86_ea_full(env, insn);
}

/* ---- leaving a handler ---- */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
#define X86_CHAIN 1             /* calls in tail position are jumps */
#else
#define X86_CHAIN 0             /* they may not be: go back to the loop after each block */
#endif

#define NEXT() return insn[1].exec(env, insn + 1)

static inline bool x86_must_exit(CPUX86State *env)
{
    return unlikely(qatomic_read(&env_cpu(env)->exit_request));
}

static QEMU_ALWAYS_INLINE void enter_block(CPUX86State *env, X86Block *b, uint64_t eip)
{
    env->block_eip = eip;
    return b->insns[0].exec(env, b->insns);
}

/* To a target known at decode time. */
static QEMU_ALWAYS_INLINE void goto_direct(CPUX86State *env, const X86Insn *insn, uint64_t eip)
{
    env->eip = eip;
#if X86_CHAIN
    X86Block *b = insn->aux;

    if (likely(b) && !x86_must_exit(env)) {
        return enter_block(env, b, eip);
    }
#endif
    env->tcg->link_from = insn;
}

/* The entries of a page lie together: INVLPG clears them. */
#define X86_JC_PAGE_BITS 6

static inline unsigned x86_jc_page(uint64_t lin)
{
    return ((lin >> 12 ^ lin >> 18) & ((1 << (X86_JC_BITS - X86_JC_PAGE_BITS)) - 1)) << X86_JC_PAGE_BITS;
}

static inline unsigned x86_jc_hash(uint64_t lin)
{
    return x86_jc_page(lin) | ((lin ^ lin >> X86_JC_PAGE_BITS) & ((1 << X86_JC_PAGE_BITS) - 1));
}

/* To a target computed now. */
static QEMU_ALWAYS_INLINE void goto_indirect(CPUX86State *env, uint64_t eip)
{
    env->eip = eip;
#if X86_CHAIN
    X86TCGState *t = env->tcg;
    uint64_t lin = eip + t->cs_base;
    X86JumpCache *j = &t->jc[x86_jc_hash(lin)];

    if (likely(j->pc == lin && j->gen_key == env->gen_key) && !x86_must_exit(env)) {
        return enter_block(env, j->block, eip);
    }
#endif
}

#endif
