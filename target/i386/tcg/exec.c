/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The execution loop: exceptions, interrupts, finding the next block and running it; and the handlers that are not
 * instructions (end of block, a call to a plain C handler, faults found by the decoder).
 *
 * Who wants the thread sets exit_request; it is tested between blocks. Exceptions come back by siglongjmp().
 */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "target/i386/tcg/codepages.h"
#include "target/i386/tcg/engine.h"

void raise_exception_err(CPUX86State *env, int exception_index, int error_code)
{
    CPUState *cs = env_cpu(env);

    cs->exception_index = exception_index;
    env->error_code = error_code;
    env->exception_is_int = false;
    env->exception_next_eip = env->eip;
    siglongjmp(cs->jmp_env, 1);
}

void raise_exception(CPUX86State *env, int exception_index)
{
    raise_exception_err(env, exception_index, 0);
}

void raise_interrupt(CPUX86State *env, int intno, int next_eip_addend)
{
    CPUState *cs = env_cpu(env);

    cs->exception_index = intno;
    env->error_code = 0;
    env->exception_is_int = true;
    env->exception_next_eip = env->eip + next_eip_addend;
    siglongjmp(cs->jmp_env, 1);
}

void x86_exit_loop(CPUX86State *env, int excp)
{
    CPUState *cs = env_cpu(env);

    cs->exception_index = excp;
    siglongjmp(cs->jmp_env, 1);
}

/* ---- handlers around instructions ---- */
void op_block_end(CPUX86State *env, const X86Insn *insn)
{
    uint64_t eip = env->block_eip + insn->off;

    return goto_direct(env, insn, env->hflags & HF_CS64_MASK ? eip : (uint32_t)eip);
}

void op_block_stale(CPUX86State *env, const X86Insn *insn)
{
    x86_sync_eip(env, insn);
    env->tcg->link_from = NULL;
}

void op_helper(CPUX86State *env, const X86Insn *insn)
{
    x86_sync_eip(env, insn);
    insn->helper(env, insn);
    NEXT();
}

void op_helper_end(CPUX86State *env, const X86Insn *insn)
{
    x86_sync_eip(env, insn);
    insn->helper(env, insn);
    env->eip += insn->len;
    if (!(env->hflags & HF_CS64_MASK)) {
        env->eip = (uint32_t)env->eip;
    }
    env->tcg->link_from = NULL;
}

void op_helper_jump(CPUX86State *env, const X86Insn *insn)
{
    x86_sync_eip(env, insn);
    insn->helper(env, insn);
    env->tcg->link_from = NULL;
}

void op_ud(CPUX86State *env, const X86Insn *insn)
{
    x86_sync_eip(env, insn);
    raise_exception(env, EXCP06_ILLOP);
}

void op_gp0(CPUX86State *env, const X86Insn *insn)
{
    x86_sync_eip(env, insn);
    raise_exception_err(env, EXCP0D_GPF, 0);
}

void op_nm(CPUX86State *env, const X86Insn *insn)
{
    x86_sync_eip(env, insn);
    raise_exception(env, EXCP07_PREX);
}

/* ---- the loop ---- */
static bool debugging(CPUState *cs)
{
    return cs->singlestep_enabled || !QTAILQ_EMPTY(&cs->breakpoints) || !QTAILQ_EMPTY(&cs->watchpoints);
}

/* Recompute what depends on the mode: the key of blocks, the TLB of the current rights. */
void x86_sync_mode(CPUX86State *env)
{
    X86TCGState *t = env->tcg;
    uint32_t key = (env->hflags & X86_KEY_HFLAGS) | (env->eflags & X86_KEY_EFLAGS);

    if (unlikely(debugging(env_cpu(env)))) {
        key |= X86_KEY_STEP;
    }
    env->gen_key = key;
    x86_tlb_sync_generation(env);
    t->cs_base = key & HF_CS64_MASK ? 0 : env->segs[R_CS].base;
    env->tlb = t->tlb[x86_mmu_index(env)];
}

/* True when a breakpoint stops the CPU here. */
static bool hit_breakpoint(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);
    uint64_t lin = env->eip + env->tcg->cs_base;
    CPUBreakpoint *bp;

    QTAILQ_FOREACH(bp, &cs->breakpoints, entry) {
        if (bp->pc != lin) {
            continue;
        }
        if (bp->flags & BP_GDB) {
            cs->exception_index = EXCP_DEBUG;
            return true;
        }
        if (!(env->eflags & RF_MASK) && x86_check_hw_breakpoint(env, env->eip)) {
            return true;
        }
    }
    return false;
}

/* One block in a mode that needs looking after: shadow, single step, RF, debugger. */
static void run_careful(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);
    bool tf = env->eflags & TF_MASK;
    uint64_t lin = env->eip + env->tcg->cs_base;
    X86Block *b;

    if ((env->gen_key & X86_KEY_STEP) && hit_breakpoint(env)) {
        return;
    }
    b = x86_block_find(env, env->hflags & HF_CS64_MASK ? lin : (uint32_t)lin);
    env->hflags &= ~(HF_INHIBIT_IRQ_MASK | HF_RF_MASK);
    env->eflags &= ~(target_ulong)RF_MASK;
    enter_block(env, b, env->eip);
    if (tf && !(env->hflags & HF_INHIBIT_IRQ_MASK)) {
        env->dr[6] |= DR6_BS;
        cs->exception_index = EXCP01_DB;
        env->error_code = 0;
        env->exception_is_int = false;
        env->exception_next_eip = env->eip;
    } else if (cs->singlestep_enabled) {
        cs->exception_index = EXCP_DEBUG;
    }
}

/* The mode may have changed; false: something needs the loop around us. */
static bool new_mode(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);

    if (cs->exception_index >= 0 || qatomic_read(&cs->interrupt_request)) {
        return false;
    }
    x86_sync_mode(env);
    return !((uint32_t)env->gen_key & (HF_INHIBIT_IRQ_MASK | TF_MASK | RF_MASK | X86_KEY_STEP));
}

/* Run blocks until something needs the loop around us. */
static void run_blocks(CPUX86State *env)
{
    X86TCGState *t = env->tcg;
    uint64_t from_lin, lin, gen;
    const X86Insn *from;
    X86Block *b;

    x86_sync_mode(env);
    if (unlikely((uint32_t)env->gen_key & (HF_INHIBIT_IRQ_MASK | TF_MASK | RF_MASK | X86_KEY_STEP))) {
        run_careful(env);
        return;
    }
    t->link_from = NULL;
    x86_jit_start(env);
    for (;;) {
        lin = env->eip + t->cs_base;
        if (!((uint32_t)env->gen_key & HF_CS64_MASK)) {
            lin = (uint32_t)lin;
        }
        from_lin = env->block_eip + t->cs_base;
        from = t->link_from;
        t->link_from = NULL;
        if (unlikely(x86_jit_tidy(env))) {
            from = NULL;
        }
        gen = env->gen_key;
        b = x86_block_find(env, lin);
        if (from && gen == env->gen_key) {
            x86_block_link(t, from, from_lin, lin, b);
        }
        x86_jit_prepare(env, b);
        t->link_from = (const X86Insn *)1;
        enter_block(env, b, env->eip);
        /* Only direct jumps (link_from) and indirect ones (still 1) leave the mode as it was. */
        if (x86_must_exit(env) || (!t->link_from && !new_mode(env))) {
            return;
        }
        if (t->link_from == (const X86Insn *)1) {
            t->link_from = NULL;
        }
    }
}

/* True when the loop should return *ret. */
static bool handle_exception(CPUState *cs, int *ret)
{
    CPUX86State *env = cpu_env(cs);

    if (cs->exception_index < 0) {
        return false;
    }
    if (cs->exception_index >= EXCP_INTERRUPT) {
        *ret = cs->exception_index;
        cs->exception_index = -1;
        return true;
    }
    x86_sync_mode(env);
    x86_cpu_do_interrupt(cs);
    cs->exception_index = -1;
    env->old_exception = -1;
    return false;
}

/* True when an interrupt was taken or something else changed. */
static bool handle_interrupt(CPUState *cs)
{
    CPUX86State *env = cpu_env(cs);
    int request = qatomic_read(&cs->interrupt_request);
    bool taken;

    if (likely(!request)) {
        return false;
    }
    if (request == CPU_INTERRUPT_HARD && (!(env->eflags & IF_MASK) || (env->hflags & HF_INHIBIT_IRQ_MASK))) {
        return false;
    }
    bql_lock();
    request = cs->interrupt_request;
    if (unlikely(cs->singlestep_enabled & SSTEP_NOIRQ)) {
        request &= ~(CPU_INTERRUPT_HARD | CPU_INTERRUPT_SMI | CPU_INTERRUPT_NMI);
    }
    x86_sync_mode(env);
    taken = request && x86_cpu_exec_interrupt(cs, request);
    bql_unlock();
    return taken;
}

/*
 * Host addresses in the TLB are used without a reference: guest code runs inside an RCU read section, and who removes
 * RAM first has flush_async() called. A section that begins after that sees the request here, before any use.
 */
static void new_rcu_section(CPUX86State *env)
{
    rcu_read_unlock();
    rcu_read_lock();
    x86_process_inval(env);
}

/* The loop proper; every exception starts it again. */
static int exec_loop(CPUState *cs)
{
    CPUX86State *env = cpu_env(cs);
    int ret = EXCP_INTERRUPT;

    while (!handle_exception(cs, &ret)) {
        if (unlikely(qatomic_read(&cs->exit_request))) {
            qatomic_mb_set(&cs->exit_request, false);
            new_rcu_section(env);
            /* an interrupt that can be taken now saves a round through the thread's loop */
            if (cs->stop || cs->unplug || !cpu_work_list_empty(cs) || !handle_interrupt(cs)) {
                return EXCP_INTERRUPT;
            }
            continue;
        }
        if (handle_interrupt(cs)) {
            continue;
        }
        run_blocks(env);
    }
    return ret;
}

int x86_cpu_exec(CPUState *cs)
{
    int ret;

    if (cs->halted) {
        if (!cpu_has_work(cs)) {
            return EXCP_HALTED;
        }
        cs->halted = 0;
    }
    current_cpu = cs;
    cpu_exec_start(cs);
    rcu_read_lock();
    x86_process_inval(cpu_env(cs));
    if (sigsetjmp(cs->jmp_env, 0)) {
        x86_jit_start(cpu_env(current_cpu));        /* whatever an exception left in the host's registers */
        if (bql_locked()) {
            bql_unlock();
        }
        if (cpu_in_exclusive_context(current_cpu)) {
            x86_exclusive_end(cpu_env(current_cpu));
        }
    }
    ret = exec_loop(current_cpu);
    rcu_read_unlock();
    cpu_exec_end(current_cpu);
    return ret;
}

void x86_engine_init(CPUX86State *env, const X86MemOps *mem, size_t arena_size)
{
    X86TCGState *t = g_malloc0(sizeof(*t));

    x86_tlb_init(t);
    t->mem = mem;
    t->arena_size = arena_size;
    t->arena = mmap(NULL, arena_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (t->arena == MAP_FAILED) {
        t->arena = NULL;
        t->arena_size = 0;
    }
    t->pages = g_hash_table_new(g_direct_hash, g_direct_equal);
    t->inval.pages = g_array_new(false, false, sizeof(uint8_t *));
    qemu_mutex_init(&t->inval.lock);
    env->tcg = t;
    env->tlb = t->tlb[0];
    env->slot_zero = 0;
    x86_engine_register(env);
}

void x86_engine_free(CPUX86State *env)
{
    X86TCGState *t = env->tcg;

    x86_engine_unregister(env);
    x86_jit_free(t);
    munmap(t->arena, t->arena_size);
    g_hash_table_destroy(t->pages);
    g_array_free(t->inval.pages, true);
    qemu_mutex_destroy(&t->inval.lock);
    g_free(t);
    env->tcg = NULL;
    env->tlb = NULL;
}
