// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hardware breakpoints of the guest (SDM vol. 3, 17.2): DR0-3 watched through the common breakpoint lists.
 *
 * Code breakpoints are BP_CPU entries of the CPU's list of breakpoints, data breakpoints of that of watchpoints: the TLB
 * sends accesses to their pages to the slow path, which reports here. While either list has entries, code runs one
 * instruction at a time, so that the trap comes where it belongs. The CPU's own thread.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/sys.h"
#include "target/i386/tcg/tcg-cpu.h"

enum { DR7_EXEC, DR7_WRITE, DR7_IO, DR7_ACCESS };

static bool dr_enabled(const CPUX86State *env, unsigned i)
{
    return env->dr[7] >> (i * 2) & 3;
}

static unsigned dr_type(const CPUX86State *env, unsigned i)
{
    return env->dr[7] >> (16 + i * 4) & 3;
}

static unsigned dr_len(const CPUX86State *env, unsigned i)
{
    static const uint8_t len[4] = { 1, 2, 8, 4 };

    return len[env->dr[7] >> (18 + i * 4) & 3];
}

static target_ulong dr_start(const CPUX86State *env, unsigned i)
{
    return env->dr[i] & ~(target_ulong)(dr_len(env, i) - 1);
}

void x86_update_hw_breakpoints(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);

    for (unsigned i = 0; i < 4; i++) {
        if (env->cpu_breakpoint[i]) {
            cpu_breakpoint_remove_by_ref(cs, env->cpu_breakpoint[i]);
            env->cpu_breakpoint[i] = NULL;
        }
        if (env->cpu_watchpoint[i]) {
            cpu_watchpoint_remove_by_ref(cs, env->cpu_watchpoint[i]);
            env->cpu_watchpoint[i] = NULL;
        }
        if (!dr_enabled(env, i)) {
            continue;
        }
        if (dr_type(env, i) == DR7_EXEC) {
            cpu_breakpoint_insert(cs, env->dr[i], BP_CPU, &env->cpu_breakpoint[i]);
        } else if (dr_type(env, i) != DR7_IO) {
            cpu_watchpoint_insert(cs, dr_start(env, i), dr_len(env, i),
                                  BP_CPU | (dr_type(env, i) == DR7_WRITE ? BP_MEM_WRITE : BP_MEM_ACCESS),
                                  &env->cpu_watchpoint[i]);
        }
    }
    tlb_flush(cs);
}

bool x86_check_hw_breakpoint(CPUX86State *env, target_ulong eip)
{
    CPUState *cs = env_cpu(env);
    target_ulong lin = eip + (env->hflags & HF_CS64_MASK ? 0 : env->segs[R_CS].base);
    unsigned hit = 0;

    for (unsigned i = 0; i < 4; i++) {
        if (dr_enabled(env, i) && dr_type(env, i) == DR7_EXEC && env->dr[i] == lin) {
            hit |= 1u << i;
        }
    }
    if (!hit) {
        return false;
    }
    env->dr[6] = (env->dr[6] & ~15ull) | hit;
    env->exception_is_int = false;
    env->error_code = 0;
    cs->exception_index = EXCP01_DB;
    return true;
}

/* A trap: delivered after the instruction. */
static void trap(CPUX86State *env, unsigned hit)
{
    env->dr[6] = (env->dr[6] & ~15ull) | hit;
    env_cpu(env)->exception_index = EXCP01_DB;
    env->exception_is_int = false;
    env->error_code = 0;
    cpu_exit(env_cpu(env));
}

/* SDM vol. 3, 17.2.5: with CR4.DE, type 2 watches ports. */
void x86_io_breakpoint(CPUX86State *env, unsigned port, unsigned bytes)
{
    unsigned hit = 0;

    for (unsigned i = 0; i < 4; i++) {
        if (dr_enabled(env, i) && dr_type(env, i) == DR7_IO && port < dr_start(env, i) + dr_len(env, i) &&
            dr_start(env, i) < port + bytes) {
            hit |= 1u << i;
        }
    }
    if (hit) {
        trap(env, hit);
    }
}

void x86_data_breakpoint(CPUX86State *env, target_ulong laddr, unsigned len, bool write)
{
    unsigned hit = 0;

    for (unsigned i = 0; i < 4; i++) {
        unsigned type = dr_type(env, i);
        target_ulong start = dr_start(env, i);

        if (dr_enabled(env, i) && (type == DR7_ACCESS || (type == DR7_WRITE && write)) &&
            laddr < start + dr_len(env, i) && start < laddr + len) {
            hit |= 1u << i;
        }
    }
    if (hit) {
        trap(env, hit);
    }
}
