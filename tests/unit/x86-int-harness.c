// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A CPU with flat memory and nothing else: the interpreter's integer core without QOM, machine or system half.
 * Physical addresses are host addresses inside registered windows; anything else reads as zero and counts as a miss.
 */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "x86-int-harness.h"
#include "target/i386/tcg/vec.h"
#include "target/i386/tcg/x87.h"

__thread CPUState *current_cpu;

static struct {
    uint64_t base, size;
    uint8_t *host;
} windows[8];
static unsigned nr_windows;
unsigned harness_misses;
int harness_exception, harness_error;

/* ---- what lies below ---- */
static void lookup(CPUState *cs, hwaddr page, X86PhysPage *out)
{
    *out = (X86PhysPage){ 0 };
    for (unsigned i = 0; i < nr_windows; i++) {
        if (page >= windows[i].base && page < windows[i].base + windows[i].size) {
            out->host = windows[i].host + (page - windows[i].base);
            out->ram = page;
        }
    }
}

static uint64_t io_read(CPUState *cs, hwaddr addr, unsigned bytes)
{
    harness_misses++;
    return 0;
}

static void io_write(CPUState *cs, hwaddr addr, uint64_t v, unsigned bytes)
{
    harness_misses++;
}

static void set_dirty(CPUState *cs, ram_addr_t addr, unsigned bytes)
{
}

static void code_page(CPUState *cs, ram_addr_t page)
{
}

static const X86MemOps flat_ops = { lookup, io_read, io_write, set_dirty, code_page };

/* ---- what lies beside: the system half and the threads ---- */
void cpu_exec_start(CPUState *cpu)
{
    cpu->running = true;
}

void cpu_exec_end(CPUState *cpu)
{
    cpu->running = false;
}

void start_exclusive(void)
{
}

void end_exclusive(void)
{
}

bool cpu_work_list_empty(CPUState *cpu)
{
    return true;
}

void x86_cpu_do_interrupt(CPUState *cs)
{
    harness_exception = cs->exception_index;
    harness_error = cpu_env(cs)->error_code;
    x86_exit_loop(cpu_env(cs), EXCP_INTERRUPT);
}

bool x86_cpu_exec_interrupt(CPUState *cs, int interrupt_request)
{
    return false;
}

bool x86_check_hw_breakpoint(CPUX86State *env, target_ulong eip)
{
    return false;
}

void x86_data_breakpoint(CPUX86State *env, target_ulong laddr, unsigned len, bool write)
{
}

void x86_update_hflags(CPUX86State *env)
{
}

/* ---- vector instructions: no table row of the integer core has one ---- */
void helper_vec(CPUX86State *env, const X86Insn *insn)
{
}

void helper_vzeroupper(CPUX86State *env, const X86Insn *insn)
{
}

void helper_vzeroall(CPUX86State *env, const X86Insn *insn)
{
}

void helper_x87(CPUX86State *env, const X86Insn *insn)
{
}

bool x87_encoding_valid(unsigned op, unsigned modrm)
{
    return false;
}

unsigned x87_mem_size(unsigned op, unsigned modrm)
{
    return 0;
}

bool x87_mem_stores(unsigned op, unsigned modrm)
{
    return false;
}

bool x87_writes_eflags(unsigned op, unsigned modrm)
{
    return false;
}

void vec_parse_operands(VecOperands *o, const X86InsnDesc *desc, unsigned vl, bool w)
{
}

/* ---- the harness ---- */
CPUX86State *harness_new(uint32_t hflags)
{
    X86CPU *cpu = g_aligned_alloc0(1, sizeof(X86CPU), 64);
    CPUState *cs = &cpu->parent_obj;
    CPUX86State *env = &cpu->env;

    qemu_mutex_init(&cs->work_mutex);
    QSIMPLEQ_INIT(&cs->work_list);
    QTAILQ_INIT(&cs->breakpoints);
    QTAILQ_INIT(&cs->watchpoints);
    cs->exception_index = -1;
    current_cpu = cs;
    for (int i = 0; i < FEATURE_WORDS; i++) {
        env->features[i] = UINT64_MAX;
    }
    env->a20_mask = -1;
    env->hflags = hflags;
    env->df = 1;
    env->eflags = 2;
    cpu->phys_bits = 48;
    for (int i = 0; i < 6; i++) {
        env->segs[i].limit = UINT32_MAX;
    }
    x86_engine_init(env, &flat_ops, 64u << 20);
    return env;
}

void harness_free(CPUX86State *env)
{
    X86CPU *cpu = env_archcpu(env);

    x86_engine_free(env);
    g_aligned_free(cpu);
}

void harness_map(uint64_t base, void *host, uint64_t size)
{
    windows[nr_windows].base = base;
    windows[nr_windows].host = host;
    windows[nr_windows++].size = size;
}

int harness_step(CPUX86State *env)
{
    env_cpu(env)->singlestep_enabled = SSTEP_ENABLE;
    harness_exception = -1;
    return x86_cpu_exec(env_cpu(env));
}

int harness_run(CPUX86State *env)
{
    env_cpu(env)->singlestep_enabled = 0;
    harness_exception = -1;
    return x86_cpu_exec(env_cpu(env));
}
