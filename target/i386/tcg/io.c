// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IN, OUT, INS, OUTS and the I/O permission bitmap (SDM vol. 1, chapter 19). Devices are called with the BQL held.
 */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "system/ioport.h"
#include "target/i386/tcg/seg.h"
#include "target/i386/tcg/sys.h"

/* SDM vol. 1, 19.5.2: one bit per port in the TSS; beyond its limit means no. */
static bool bitmap_allows(CPUX86State *env, unsigned port, unsigned bytes)
{
    unsigned offset, bits;

    if (!(env->tr.flags & DESC_P_MASK) || !(env->tr.flags >> DESC_TYPE_SHIFT & 8) || env->tr.limit < 103) {
        return false;
    }
    offset = x86_ld_mmu(env, env->tr.base + 0x66, 1, X86_MMU_KERNEL) + port / 8;
    if (offset + 1 > env->tr.limit) {
        return false;
    }
    bits = x86_ld_mmu(env, env->tr.base + offset, 1, X86_MMU_KERNEL) >> (port & 7);
    return !(bits & ((1u << bytes) - 1));
}

static void check_port(CPUX86State *env, unsigned port, unsigned size)
{
    bool checked = env->hflags & HF_PE_MASK &&
                   (env->eflags & VM_MASK || x86_cpl(env) > (env->eflags >> IOPL_SHIFT & 3));

    if (checked && !bitmap_allows(env, port, 1u << size)) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
}

static void port_done(CPUX86State *env, unsigned port, unsigned size)
{
    if (unlikely(env->hflags & HF_IOBPT_MASK)) {
        x86_io_breakpoint(env, port, 1u << size);
    }
}

static uint32_t port_in(CPUX86State *env, unsigned port, unsigned size)
{
    uint32_t v;

    bql_lock();
    v = size == 0 ? cpu_inb(port) : size == 1 ? cpu_inw(port) : cpu_inl(port);
    bql_unlock();
    port_done(env, port, size);
    return v;
}

static void port_out(CPUX86State *env, unsigned port, unsigned size, uint32_t v)
{
    bql_lock();
    if (size == 0) {
        cpu_outb(port, v);
    } else if (size == 1) {
        cpu_outw(port, v);
    } else {
        cpu_outl(port, v);
    }
    bql_unlock();
    port_done(env, port, size);
}

/* Bit 0 of the opcode: byte or word/doubleword; bit 3: the port is in DX. */
static unsigned access_size(const X86Insn *insn)
{
    return insn->opcode & 1 ? MIN(insn->osz, 2) : 0;
}

static unsigned port_of(CPUX86State *env, const X86Insn *insn)
{
    return insn->opcode & 8 ? (uint16_t)env->regs[R_EDX] : insn->imm & 0xff;
}

void helper_in(CPUX86State *env, const X86Insn *insn)
{
    unsigned port = port_of(env, insn), size = access_size(insn);

    check_port(env, port, size);
    x86_set_reg(env, R_EAX, size, port_in(env, port, size));
}

void helper_out(CPUX86State *env, const X86Insn *insn)
{
    unsigned port = port_of(env, insn), size = access_size(insn);

    check_port(env, port, size);
    port_out(env, port, size, x86_get_reg(env, R_EAX, size));
}

/* ---- string forms: a batch of iterations per visit, so that interrupts get in between ---- */

#define REP_BATCH 256

static void advance(CPUX86State *env, const X86Insn *insn, unsigned reg, unsigned size)
{
    target_ulong step = env->eflags & DF_MASK ? -(target_ulong)(1u << size) : 1u << size;

    x86_set_reg(env, reg, insn->asz, x86_get_reg(env, reg, insn->asz) + step);
}

static void ins_once(CPUX86State *env, const X86Insn *insn, unsigned port, unsigned size)
{
    target_ulong addr = x86_linear_store(env, R_ES, x86_get_reg(env, R_EDI, insn->asz), 1u << size);

    x86_probe_write(env, addr, 1u << size);
    x86_st_mmu(env, addr, size, port_in(env, port, size), x86_mmu_index(env));
    advance(env, insn, R_EDI, size);
}

static void outs_once(CPUX86State *env, const X86Insn *insn, unsigned port, unsigned size)
{
    int seg = insn->flags & X86_PFX_SEG ? insn->seg : R_DS;
    target_ulong addr = x86_linear(env, seg, x86_get_reg(env, R_ESI, insn->asz), 1u << size);

    port_out(env, port, size, x86_ld_mmu(env, addr, size, x86_mmu_index(env)));
    advance(env, insn, R_ESI, size);
}

typedef void StringIO(CPUX86State *env, const X86Insn *insn, unsigned port, unsigned size);

static void string_io(CPUX86State *env, const X86Insn *insn, StringIO *once)
{
    unsigned port = (uint16_t)env->regs[R_EDX], size = access_size(insn), batch;
    bool rep = insn->flags & (X86_PFX_REP | X86_PFX_REPNE);

    check_port(env, port, size);
    if (!rep) {
        once(env, insn, port, size);
        env->eip = x86_next_eip(env, insn);
        return;
    }
    /* a single step is one iteration (SDM vol. 3, 17.3.1.4), and so is what a breakpoint may hit */
    batch = env->eflags & TF_MASK || env->hflags & HF_IOBPT_MASK ? 1 : REP_BATCH;
    for (unsigned i = 0; i < batch && x86_get_reg(env, R_ECX, insn->asz); i++) {
        once(env, insn, port, size);
        x86_set_reg(env, R_ECX, insn->asz, x86_get_reg(env, R_ECX, insn->asz) - 1);
        if (qatomic_read(&env_cpu(env)->exit_request) || qatomic_read(&env_cpu(env)->interrupt_request)) {
            break;
        }
    }
    /* env->eip still names this instruction: come back until the count is used up */
    if (!x86_get_reg(env, R_ECX, insn->asz)) {
        env->eip = x86_next_eip(env, insn);
    }
}

void helper_ins(CPUX86State *env, const X86Insn *insn)
{
    string_io(env, insn, ins_once);
}

void helper_outs(CPUX86State *env, const X86Insn *insn)
{
    string_io(env, insn, outs_once);
}
