/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emulator's inner interfaces: what a decoded instruction looks like, how its handler reads and writes operands
 * and memory, raises exceptions and ends a block. docs/devel/tcg.md explains the engine around it.
 *
 * Instruction tables are insn-int.tbl, insn-sys.tbl, insn-vec.tbl, ...; scripts/x86-insn-table.py turns them into the
 * decoder's tables. A row names the C function that *is* the instruction:
 *
 *      void helper_cpuid(CPUX86State *env, const X86Insn *insn);
 *
 * Rules for such a handler
 *  - On entry env->eip is the address of this instruction, and every operand field below is filled in.
 *  - Faults: raise_exception(env, EXCP0D_GPF) or raise_exception_err(env, EXCP0D_GPF, code). They do not return; state
 *    must be as before the instruction, so: read all, check all (x86_probe_write() for stores that follow each
 *    other), then write. Memory accessors raise #PF, #GP and #SS themselves.
 *  - Returning normally moves on to the next instruction. A row marked `jump` sets env->eip itself. A row marked
 *    `end` or `jump` ends the block: required when the instruction may change CS, CPL, hflags, cr[], efer,
 *    eflags.TF/IF/VM/AC/IOPL, segment bases used by 16/32-bit code, or the page tables' meaning.
 *  - Arithmetic flags: cc_set_eflags(env, flags) sets all six; cpu_compute_eflags(env) reads all.
 *  - 32-bit writes to a general register zero its upper half in every mode: use x86_set_reg().
 *  - Writing memory that holds code is handled below you.
 * The CPU's own thread, BQL not held. Take the BQL only around device work, never across raise_exception().
 */
#ifndef TARGET_I386_TCG_CPU_H
#define TARGET_I386_TCG_CPU_H

#include "target/i386/cpu.h"

typedef struct X86Insn X86Insn;
typedef struct X86InsnDesc X86InsnDesc;
typedef void X86Exec(CPUX86State *env, const X86Insn *insn);

/* Word indices into CPUX86State for base and index registers. */
#define X86_SLOT(field) (offsetof(CPUX86State, field) / 8)
#define X86_SLOT_ZERO X86_SLOT(slot_zero)
#define X86_SLOT_EIP  X86_SLOT(block_eip)
QEMU_BUILD_BUG_ON(offsetof(CPUX86State, regs) != 0);

/* X86Insn.flags */
#define X86_PFX_LOCK   0x0001
#define X86_PFX_REP    0x0002      /* F3 */
#define X86_PFX_REPNE  0x0004      /* F2 */
#define X86_PFX_OPSIZE 0x0008      /* 66 */
#define X86_PFX_ADSIZE 0x0010      /* 67 */
#define X86_PFX_SEG    0x0020      /* segment override present (and honoured) */
#define X86_REX        0x0040      /* any REX byte */
#define X86_REX_W      0x0080      /* REX.W, VEX.W, EVEX.W */
#define X86_VEX        0x0100
#define X86_EVEX       0x0200
#define X86_MEM        0x0400      /* the E/M/W/Q operand is memory */
#define X86_EA_SIMPLE  0x0800      /* 64-bit address, no segment base */

struct X86Insn {
    X86Exec *exec;              /* what the engine calls */
    X86Exec *helper;            /* the row's handler, when called through op_helper */
    uint64_t imm;               /* sign-extended as the row's operand says; moffs; branch displacement; far offset */
    int64_t disp;               /* sign-extended; of RIP-relative operands counted from the block's start */
    uint16_t off;               /* bytes from the start of the block: address is env->block_eip + off */
    uint16_t flags;
    uint16_t imm2;              /* far selector, ENTER's level, EXTRQ's second byte */
    uint8_t len;
    uint8_t osz;                /* effective operand size: 1 word, 2 dword, 3 qword (log2 of bytes) */
    uint8_t asz;                /* effective address size, likewise */
    uint8_t seg;                /* R_DS...: segment of the memory operand */
    uint8_t base, index, scale; /* slots and shift: address = slot[base] + (slot[index] << scale) + disp */
    uint8_t reg;                /* ModRM.reg with REX.R; byte registers AH CH DH BH are 16 + 0..3 */
    uint8_t rm;                 /* ModRM.rm with REX.B, or the opcode's low bits with REX.B (Zv); AH.. as above */
    uint8_t modrm;              /* raw */
    uint8_t opcode;             /* last opcode byte */
    uint8_t map;                /* 0: one byte, 1: 0F, 2: 0F38, 3: 0F3A; VEX maps likewise */
    uint8_t pp;                 /* mandatory prefix: 0 none, 1 66, 2 F3, 3 F2 */
    uint8_t vvvv;               /* VEX.vvvv, already inverted */
    uint8_t vl;                 /* VEX.L or EVEX.L'L: 0 128, 1 256, 2 512 */
    uint8_t is4;                /* register number in imm8[7:4] (row operand L*) */
    uint8_t evex_p2;            /* EVEX's third payload byte: z, L'L, b, V', aaa */
    uint8_t opc_off;            /* offset of the opcode byte in bytes[]; modrm, if any, follows it */
    const X86InsnDesc *desc;
    const uint8_t *bytes;       /* the instruction's own bytes; live as long as the block */
    void *aux;                  /* free for the handler's own cache; NULL after decoding */
};

/* One table row, generated. */
struct X86InsnDesc {
    const char *name;
    const char *operands;
    X86Exec *helper;            /* called through op_helper; or: */
    const void *ops;            /* integer core: struct X86OpSet */
    uint32_t attrs;             /* X86_ATTR_* */
    uint8_t map, opcode, pp, reg, rm, mod, wbit, lbit, space;
    uint8_t immkind, modrm_kind;
    int8_t feature_word;        /* -1: none */
    uint8_t feature_bit;
    uint8_t feature_word2, feature_bit2;
};

/* ---- raising ---- */
void raise_exception(CPUX86State *env, int exception_index) QEMU_NORETURN;
void raise_exception_err(CPUX86State *env, int exception_index, int error_code) QEMU_NORETURN;
/* INT n, INT3, INTO, INT1: @next_eip_addend is the instruction's length. */
void raise_interrupt(CPUX86State *env, int intno, int next_eip_addend) QEMU_NORETURN;
/* Leave the execution loop with cs->exception_index = @excp (EXCP_HLT, ...). env->eip must be what to resume at. */
void x86_exit_loop(CPUX86State *env, int excp) QEMU_NORETURN;

/* Address of the instruction after this one, truncated to the mode's width. */
static inline target_ulong x86_next_eip(const CPUX86State *env, const X86Insn *insn)
{
    target_ulong next = env->block_eip + insn->off + insn->len;

    return env->hflags & HF_CS64_MASK ? next : (uint32_t)next;
}

/* ---- general registers; size is log2 of bytes ---- */
static inline uint8_t *x86_reg8(CPUX86State *env, unsigned r)
{
    return (uint8_t *)&env->regs[r & 15] + (r >> 4);
}

static inline uint64_t x86_get_reg(CPUX86State *env, unsigned r, unsigned size)
{
    switch (size) {
    case 0:
        return *x86_reg8(env, r);
    case 1:
        return (uint16_t)env->regs[r];
    case 2:
        return (uint32_t)env->regs[r];
    default:
        return env->regs[r];
    }
}

static inline void x86_set_reg(CPUX86State *env, unsigned r, unsigned size, uint64_t v)
{
    switch (size) {
    case 0:
        *x86_reg8(env, r) = v;
        break;
    case 1:
        *(uint16_t *)&env->regs[r] = v;
        break;
    case 2:
        env->regs[r] = (uint32_t)v;
        break;
    default:
        env->regs[r] = v;
    }
}

/* ---- flags ---- */
void cc_set_eflags(CPUX86State *env, uint32_t osazpc);

/* ---- memory ----
 * Linear addresses. "mmu" says whose rights count: X86_MMU_CUR the running code's, X86_MMU_KERNEL a supervisor
 * access made by the processor itself (descriptor tables, TSS, interrupt stacks). EFLAGS.AC suspends SMAP for supervisor
 * code and (with CR0.AM) makes user code check alignment.
 */
enum { X86_MMU_KERNEL = 0, X86_MMU_USER = 1, X86_MMU_KERNEL_AC = 2, X86_MMU_USER_AC = 3, X86_NB_MMU = 4 };
int x86_mmu_index(CPUX86State *env);        /* of explicit accesses by the running code */

/*
 * Segment offset to linear: adds the base; checks canonical form or, in 16/32-bit modes, type and limit (#GP/#SS). The
 * access is a read unless _store is called.
 */
target_ulong x86_linear(CPUX86State *env, int seg, target_ulong offset, unsigned size);
target_ulong x86_linear_store(CPUX86State *env, int seg, target_ulong offset, unsigned size);
/* Offset part and linear address of the instruction's memory operand. */
target_ulong x86_ea_offset(CPUX86State *env, const X86Insn *insn);
target_ulong x86_ea(CPUX86State *env, const X86Insn *insn);

uint8_t x86_ldb(CPUX86State *env, target_ulong laddr);
uint16_t x86_ldw(CPUX86State *env, target_ulong laddr);
uint32_t x86_ldl(CPUX86State *env, target_ulong laddr);
uint64_t x86_ldq(CPUX86State *env, target_ulong laddr);
void x86_stb(CPUX86State *env, target_ulong laddr, uint8_t v);
void x86_stw(CPUX86State *env, target_ulong laddr, uint16_t v);
void x86_stl(CPUX86State *env, target_ulong laddr, uint32_t v);
void x86_stq(CPUX86State *env, target_ulong laddr, uint64_t v);
/* size: log2 of bytes, 0..3 */
uint64_t x86_ld_mmu(CPUX86State *env, target_ulong laddr, unsigned size, int mmu);
void x86_st_mmu(CPUX86State *env, target_ulong laddr, unsigned size, uint64_t v, int mmu);
/* Any length; stores probe every page first, so a fault leaves memory untouched. */
void x86_ld_bytes(CPUX86State *env, target_ulong laddr, void *buf, unsigned len);
void x86_st_bytes(CPUX86State *env, target_ulong laddr, const void *buf, unsigned len);
/* Fault now if [laddr, laddr+len) cannot be written / read by the running code. */
void x86_probe_write(CPUX86State *env, target_ulong laddr, unsigned len);
void x86_probe_read(CPUX86State *env, target_ulong laddr, unsigned len);
/*
 * Host pointer to [laddr, laddr+len) when it is plain RAM inside one page, after raising any fault; else NULL: use
 * the accessors. For @write the page is already marked dirty and its code dropped; use the pointer at once.
 */
void *x86_host_ptr(CPUX86State *env, target_ulong laddr, unsigned len, bool write);

/* Physical memory, through the CPU's address space (SMM aware). */
uint64_t x86_ld_phys(CPUX86State *env, hwaddr addr, unsigned size);
void x86_st_phys(CPUX86State *env, hwaddr addr, unsigned size, uint64_t v);

/* The operand in ModRM.rm, register or memory; size is log2 of bytes. */
uint64_t x86_get_rm(CPUX86State *env, const X86Insn *insn, unsigned size);
void x86_set_rm(CPUX86State *env, const X86Insn *insn, unsigned size, uint64_t v);

/* ---- TLB; the CPU's own thread ---- */
void x86_tlb_flush(CPUX86State *env);                       /* everything, global pages too */
void x86_tlb_flush_nonglobal(CPUX86State *env);             /* of all PCIDs: MOV CR3 without them */
void x86_tlb_flush_pcid(CPUX86State *env, unsigned pcid);   /* one PCID, not what is global */
/* MOV CR3 with CR4.PCIDE, env->cr[3] being the new value; @keep: bit 63 was set. */
void x86_tlb_switch_pcid(CPUX86State *env, bool keep);
void x86_tlb_flush_page(CPUX86State *env, target_ulong laddr);  /* INVLPG */

/* ---- supplied by the system half (seg.c, excp.c, sys.c, ...) ---- */
/* Deliver cs->exception_index (fault, trap, INT n) to the guest; may raise again (double fault). */
void x86_cpu_do_interrupt(CPUState *cs);
/* Something is pending in cs->interrupt_request (BQL held): take it if it can be taken now; true if state changed. */
bool x86_cpu_exec_interrupt(CPUState *cs, int interrupt_request);
/* A hardware breakpoint (DR0-3) or single step hit: set DR6 and cs->exception_index, or return false to ignore it. */
bool x86_check_hw_breakpoint(CPUX86State *env, target_ulong eip);
void x86_data_breakpoint(CPUX86State *env, target_ulong laddr, unsigned len, bool write);

#endif
