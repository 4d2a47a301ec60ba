// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Delivery of exceptions and interrupts (SDM vol. 3, chapter 6), and the INT instructions.
 *
 * An event is delivered on the CPU's own thread without the BQL. A fault during delivery leaves through
 * raise_exception() and comes back in x86_cpu_do_interrupt() with env->old_exception naming what was being delivered:
 * that is how double and triple faults are found. See seg.h for conventions (@ext).
 */
#include "qemu/osdep.h"
#include "hw/i386/apic.h"
#include "qemu/log.h"
#include "qemu/main-loop.h"
#include "system/runstate.h"
#include "target/i386/tcg/seg.h"
#include "target/i386/tcg/sys.h"

/* One event on its way. */
typedef struct Event {
    unsigned vector;
    bool is_int;                /* INT n, INT3, INTO: privilege of the gate is checked, no error code */
    bool is_hw;                 /* external interrupt or NMI */
    bool has_code;
    uint32_t code;
    target_ulong return_eip;
    int ext;
} Event;

static bool vector_has_code(unsigned vector)
{
    return vector == EXCP08_DBLE || (vector >= EXCP0A_TSS && vector <= EXCP0E_PAGE) || vector == EXCP11_ALGN;
}

static void idt_fault(CPUX86State *env, const Event *e, int excp) QEMU_NORETURN;
static void idt_fault(CPUX86State *env, const Event *e, int excp)
{
    raise_exception_err(env, excp, e->vector * 8 + 2 + e->ext);
}

static void selector_fault(CPUX86State *env, const Event *e, int excp, unsigned selector) QEMU_NORETURN;
static void selector_fault(CPUX86State *env, const Event *e, int excp, unsigned selector)
{
    raise_exception_err(env, excp, (selector & 0xfffc) + e->ext);
}

/* EFLAGS as pushed: faults set RF so that the instruction does not hit its breakpoint again (SDM 17.3.1.1). */
static uint32_t pushed_eflags(CPUX86State *env, const Event *e)
{
    uint32_t eflags = cpu_compute_eflags(env);
    bool fault = !e->is_int && !e->is_hw && e->vector != EXCP01_DB && e->vector != EXCP08_DBLE &&
                 e->vector != EXCP12_MCHK;

    return fault ? eflags | RF_MASK : eflags;
}

static void clear_flags_on_entry(CPUX86State *env, bool interrupt_gate)
{
    uint32_t mask = TF_MASK | VM_MASK | RF_MASK | NT_MASK | (interrupt_gate ? IF_MASK : 0);

    cpu_load_eflags(env, 0, mask);
}

/* ---- real mode: SDM vol. 3, 20.1.4 ---- */

static void deliver_real(CPUX86State *env, const Event *e)
{
    X86Stack s = x86_current_stack(env);
    uint32_t target;

    if (e->vector * 4 + 3 > env->idt.limit) {
        idt_fault(env, e, EXCP0D_GPF);
    }
    target = x86_ld_mmu(env, env->idt.base + e->vector * 4, 2, X86_MMU_KERNEL);
    x86_push(env, &s, 1, cpu_compute_eflags(env));
    x86_push(env, &s, 1, env->segs[R_CS].selector);
    x86_push(env, &s, 1, e->return_eip);
    x86_commit_sp(env, &s);
    cpu_load_eflags(env, 0, IF_MASK | TF_MASK | AC_MASK | RF_MASK);
    x86_load_seg_real(env, R_CS, target >> 16);
    env->eip = target & 0xffff;
}

/* ---- protected mode ---- */

typedef struct IntGate {
    unsigned type, selector, ist;
    uint64_t offset;
} IntGate;

static IntGate read_gate(CPUX86State *env, const Event *e, bool long_mode)
{
    unsigned entry = long_mode ? 16 : 8;
    target_ulong addr = env->idt.base + e->vector * entry;
    uint64_t raw;
    X86Desc d;
    IntGate g;

    if (e->vector * entry + entry - 1 > env->idt.limit) {
        idt_fault(env, e, EXCP0D_GPF);
    }
    raw = x86_ld_mmu(env, addr, 3, X86_MMU_KERNEL);
    d = (X86Desc) { .lo = raw, .hi = raw >> 32 };
    g = (IntGate) {
        .type = desc_type(d.hi), .selector = d.lo >> 16, .ist = d.hi & 7, .offset = gate_offset(d),
    };
    if (d.hi & DESC_S_MASK ||
        !((long_mode ? 0xc000 : 0xc0e0) >> g.type & 1)) {       /* 14 15; 5 6 7 14 15 */
        idt_fault(env, e, EXCP0D_GPF);
    }
    if (e->is_int && desc_dpl(d.hi) < x86_cpl(env)) {
        idt_fault(env, e, EXCP0D_GPF);
    }
    if (!(d.hi & DESC_P_MASK)) {
        idt_fault(env, e, EXCP0B_NOSEG);
    }
    if (long_mode) {
        g.offset |= x86_ld_mmu(env, addr + 8, 2, X86_MMU_KERNEL) << 32;
    } else if (g.type < 8) {
        g.offset &= 0xffff;
    }
    return g;
}

/* The handler's code segment; *dpl is the privilege it runs at. */
static X86Desc handler_segment(CPUX86State *env, const Event *e, const IntGate *g, unsigned *dpl)
{
    X86Desc d;

    if (null_selector(g->selector)) {
        raise_exception_err(env, EXCP0D_GPF, e->ext);
    }
    if (!x86_read_desc(env, g->selector, &d, NULL) || !desc_is_code(d.hi) || desc_dpl(d.hi) > x86_cpl(env)) {
        selector_fault(env, e, EXCP0D_GPF, g->selector);
    }
    if (!(d.hi & DESC_P_MASK)) {
        selector_fault(env, e, EXCP0B_NOSEG, g->selector);
    }
    *dpl = d.hi & DESC_C_MASK ? x86_cpl(env) : desc_dpl(d.hi);
    return d;
}

static int mmu_of(unsigned dpl)
{
    return dpl == 3 ? X86_MMU_USER : X86_MMU_KERNEL;
}

/* Through a task gate: the error code goes onto the new task's stack. */
static void deliver_task(CPUX86State *env, const Event *e, const IntGate *g)
{
    bool wide;

    x86_task_switch(env, g->selector, TASK_CALL, e->return_eip, e->ext);
    if (e->has_code) {
        X86Stack s = x86_current_stack(env);

        wide = desc_type(env->tr.flags) & 8;
        x86_push(env, &s, wide ? 2 : 1, e->code);
        x86_commit_sp(env, &s);
    }
}

static void deliver_protected(CPUX86State *env, const Event *e)
{
    IntGate g = read_gate(env, e, false);
    bool vm86 = env->eflags & VM_MASK, inner;
    unsigned dpl, size, ss = 0;
    uint32_t esp = 0;
    X86Desc cs, ssd = { 0 };
    X86Stack s;

    if (g.type == 5) {
        deliver_task(env, e, &g);
        return;
    }
    cs = handler_segment(env, e, &g, &dpl);
    if (vm86 && dpl) {
        selector_fault(env, e, EXCP0D_GPF, g.selector);
    }
    if (g.offset > desc_limit(cs)) {
        raise_exception_err(env, EXCP0D_GPF, e->ext);
    }
    size = g.type & 8 ? 2 : 1;
    inner = dpl < x86_cpl(env);
    s = x86_current_stack(env);
    if (inner) {
        x86_tss_stack(env, dpl, &ss, &esp, e->ext);
        if (null_selector(ss) || (ss & 3) != dpl || !x86_read_desc(env, ss, &ssd, NULL) ||
            desc_dpl(ssd.hi) != dpl ||
            (ssd.hi & (DESC_S_MASK | DESC_CS_MASK | DESC_W_MASK)) != (DESC_S_MASK | DESC_W_MASK)) {
            selector_fault(env, e, EXCP0A_TSS, ss);
        }
        if (!(ssd.hi & DESC_P_MASK)) {
            selector_fault(env, e, EXCP0C_STACK, ss);
        }
        s = (X86Stack) {
            .base = desc_base(ssd), .sp = esp, .mask = ssd.hi & DESC_B_MASK ? UINT32_MAX : 0xffff,
        };
    }
    s.mmu = mmu_of(dpl);
    s.ext = e->ext;
    if (inner) {
        if (vm86) {
            x86_push(env, &s, size, env->segs[R_GS].selector);
            x86_push(env, &s, size, env->segs[R_FS].selector);
            x86_push(env, &s, size, env->segs[R_DS].selector);
            x86_push(env, &s, size, env->segs[R_ES].selector);
        }
        x86_push(env, &s, size, env->segs[R_SS].selector);
        x86_push(env, &s, size, env->regs[R_ESP]);
    }
    x86_push(env, &s, size, pushed_eflags(env, e));
    x86_push(env, &s, size, env->segs[R_CS].selector);
    x86_push(env, &s, size, e->return_eip);
    if (e->has_code) {
        x86_push(env, &s, size, e->code);
    }
    x86_set_accessed(env, g.selector, &cs);
    clear_flags_on_entry(env, !(g.type & 1));
    if (inner) {
        if (vm86) {
            static const uint8_t data_segs[] = { R_ES, R_DS, R_FS, R_GS };

            for (unsigned i = 0; i < ARRAY_SIZE(data_segs); i++) {
                cpu_x86_load_seg_cache(env, data_segs[i], 0, 0, 0, 0);
            }
        }
        x86_load_seg_desc(env, R_SS, (ss & ~3u) | dpl, ssd);
    }
    x86_load_seg_desc(env, R_CS, (g.selector & ~3u) | dpl, cs);
    x86_commit_sp(env, &s);
    env->eip = g.offset;
}

/* ---- long mode: SDM vol. 3, 6.14 ---- */

static void deliver_long(CPUX86State *env, const Event *e)
{
    IntGate g = read_gate(env, e, true);
    unsigned dpl;
    X86Desc cs = handler_segment(env, e, &g, &dpl);
    bool inner = dpl < x86_cpl(env);
    X86Stack s = { .mask = UINT64_MAX, .wide = true, .mmu = mmu_of(dpl), .ext = e->ext };

    if ((cs.hi & (DESC_L_MASK | DESC_B_MASK)) != DESC_L_MASK) {
        selector_fault(env, e, EXCP0D_GPF, g.selector);
    }
    if (g.ist) {
        s.sp = x86_tss_rsp(env, g.ist + 3, e->ext);
    } else if (inner) {
        s.sp = x86_tss_rsp(env, dpl, e->ext);
    } else {
        s.sp = env->regs[R_ESP];
    }
    s.sp &= ~15ull;
    if (!x86_is_canonical(env, g.offset)) {
        raise_exception_err(env, EXCP0D_GPF, e->ext);
    }
    x86_push(env, &s, 3, env->segs[R_SS].selector);
    x86_push(env, &s, 3, env->regs[R_ESP]);
    x86_push(env, &s, 3, pushed_eflags(env, e));
    x86_push(env, &s, 3, env->segs[R_CS].selector);
    x86_push(env, &s, 3, e->return_eip);
    if (e->has_code) {
        x86_push(env, &s, 3, e->code);
    }
    x86_set_accessed(env, g.selector, &cs);
    clear_flags_on_entry(env, !(g.type & 1));
    if (inner) {
        x86_load_null_ss(env, dpl, dpl);
    }
    x86_load_seg_desc(env, R_CS, (g.selector & ~3u) | dpl, cs);
    env->regs[R_ESP] = s.sp;
    env->eip = g.offset;
}

/* ---- all modes ---- */

static void deliver(CPUX86State *env, const Event *e)
{
    if (qemu_loglevel_mask(CPU_LOG_INT)) {
        qemu_log("interrupt %02x%s code %04x at %04x:%016" PRIx64 " cpl %u cr2 %016" PRIx64 "\n", e->vector,
                 e->is_int ? " (INT)" : e->is_hw ? " (hardware)" : "", e->has_code ? e->code : 0,
                 env->segs[R_CS].selector, e->return_eip, x86_cpl(env), env->cr[2]);
    }
    if (!(env->cr[0] & CR0_PE_MASK)) {
        deliver_real(env, e);
    } else if (x86_long_mode(env)) {
        deliver_long(env, e);
    } else {
        deliver_protected(env, e);
    }
}

static bool is_contributory(int vector)
{
    return vector == EXCP00_DIVZ || (vector >= EXCP0A_TSS && vector <= EXCP0D_GPF);
}

/* SDM vol. 3, table 6-5: what an exception during the delivery of @first makes of @second. */
static bool makes_double_fault(int first, int second)
{
    if (is_contributory(first)) {
        return is_contributory(second);
    }
    return first == EXCP0E_PAGE && (is_contributory(second) || second == EXCP0E_PAGE);
}

/* Shutdown: only RESET, INIT, NMI or SMI end it; boards answer a shutdown cycle with a reset. */
static void triple_fault(CPUX86State *env) QEMU_NORETURN;
static void triple_fault(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);

    qemu_log_mask(CPU_LOG_RESET, "triple fault at %04x:%016" PRIx64 "\n", env->segs[R_CS].selector, env->eip);
    env->old_exception = -1;
    cs->halted = 1;
    bql_lock();
    qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
    bql_unlock();
    x86_exit_loop(env, EXCP_HLT);
}

void x86_cpu_do_interrupt(CPUState *cs)
{
    CPUX86State *env = cpu_env(cs);
    Event e = {
        .vector = cs->exception_index & 0xff, .is_int = env->exception_is_int, .code = env->error_code,
        .return_eip = env->exception_is_int ? env->exception_next_eip : env->eip,
    };

    if (env->old_exception == EXCP08_DBLE && !e.is_int) {
        triple_fault(env);
    }
    if (!e.is_int && env->old_exception >= 0 && makes_double_fault(env->old_exception, e.vector)) {
        e.vector = EXCP08_DBLE;
        e.code = 0;
    }
    e.ext = !e.is_int;
    e.has_code = !e.is_int && vector_has_code(e.vector) && env->cr[0] & CR0_PE_MASK;
    env->old_exception = e.is_int ? -1 : (int)e.vector;
    env->exception_is_int = false;
    deliver(env, &e);
    env->old_exception = -1;
}

static void deliver_hardware(CPUX86State *env, unsigned vector)
{
    Event e = { .vector = vector, .is_hw = true, .return_eip = env->eip, .ext = 1 };

    /* delivery may leave by a fault, which must not happen with the lock held */
    bql_unlock();
    env->old_exception = -1;
    deliver(env, &e);
    bql_lock();
}

/* ---- pending interrupts, in priority order (SDM vol. 3, table 6-2) ---- */

static bool take_hard(CPUState *cs)
{
    CPUX86State *env = cpu_env(cs);
    int vector;

    if (!(env->eflags & IF_MASK) || env->hflags & HF_INHIBIT_IRQ_MASK) {
        return false;
    }
    vector = cpu_get_pic_interrupt(env);
    if (vector < 0) {
        return false;
    }
    deliver_hardware(env, vector);
    return true;
}

bool x86_cpu_exec_interrupt(CPUState *cs, int interrupt_request)
{
    X86CPU *cpu = X86_CPU(cs);
    CPUX86State *env = &cpu->env;

    if (interrupt_request & CPU_INTERRUPT_POLL) {
        cpu_reset_interrupt(cs, CPU_INTERRUPT_POLL);
        apic_poll_irq(cpu->apic_state);
    }
    if (interrupt_request & CPU_INTERRUPT_INIT) {
        cpu_reset_interrupt(cs, CPU_INTERRUPT_INIT);
        do_cpu_init(cpu);
        if (cs->halted) {
            cs->exception_index = EXCP_HLT;     /* out of the loop: nothing runs before SIPI */
        }
        return true;
    }
    if (interrupt_request & CPU_INTERRUPT_SIPI) {
        do_cpu_sipi(cpu);
        return true;
    }
    if (interrupt_request & CPU_INTERRUPT_SMI && !(env->hflags & (HF_SMM_MASK | HF_INHIBIT_IRQ_MASK))) {
        cpu_reset_interrupt(cs, CPU_INTERRUPT_SMI);
        x86_enter_smm(cpu);
        return true;
    }
    if (interrupt_request & CPU_INTERRUPT_NMI && !(env->hflags2 & HF2_NMI_MASK) &&
        !(env->hflags & HF_INHIBIT_IRQ_MASK)) {
        cpu_reset_interrupt(cs, CPU_INTERRUPT_NMI);
        env->hflags2 |= HF2_NMI_MASK;
        deliver_hardware(env, EXCP02_NMI);
        return true;
    }
    if (interrupt_request & CPU_INTERRUPT_MCE) {
        cpu_reset_interrupt(cs, CPU_INTERRUPT_MCE);
        deliver_hardware(env, EXCP12_MCHK);
        return true;
    }
    return interrupt_request & CPU_INTERRUPT_HARD && take_hard(cs);
}

/* ---- INT n, INT3, INTO, INT1 ---- */

void helper_int(CPUX86State *env, const X86Insn *insn)
{
    /* virtual-8086 mode at IOPL < 3 traps to the monitor (no VME) */
    if (env->eflags & VM_MASK && (env->eflags >> IOPL_SHIFT & 3) < 3) {
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    raise_interrupt(env, insn->imm & 0xff, insn->len);
}

void helper_int3(CPUX86State *env, const X86Insn *insn)
{
    raise_interrupt(env, EXCP03_INT3, insn->len);
}

void helper_into(CPUX86State *env, const X86Insn *insn)
{
    if (cpu_compute_eflags(env) & CC_O) {
        raise_interrupt(env, EXCP04_INTO, insn->len);
    }
    env->eip = x86_next_eip(env, insn);
}

/* #DB as a trap, without a cause in DR6; the gate's privilege is not checked. */
void helper_int1(CPUX86State *env, const X86Insn *insn)
{
    env->eip = x86_next_eip(env, insn);
    raise_exception(env, EXCP01_DB);
}
