// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plugs the engine into the CPU class and the machine's memory: where pages of physical memory are, device accesses,
 * dirty bits, and forgetting addresses when the memory map or dirty logging changes.
 */
#include "qemu/osdep.h"
#include "qemu/accel.h"
#include "system/address-spaces.h"
#include "system/memory.h"
#include "system/ram_addr.h"
#include "target/i386/tcg/codepages.h"
#include "target/i386/tcg/engine.h"

typedef struct EngineListener {
    MemoryListener listener;
    CPUState *cpu;
} EngineListener;

static MemTxAttrs attrs_of(CPUState *cs)
{
    return (MemTxAttrs){ .secure = !!(cpu_env(cs)->hflags & HF_SMM_MASK) };
}

/* ---- the machine's memory as the engine wants it ---- */
static void system_lookup(CPUState *cs, hwaddr page, X86PhysPage *out)
{
    MemoryPage p;

    RCU_READ_LOCK_GUARD();
    address_space_page(cs->as, page, attrs_of(cs), &p);
    *out = (X86PhysPage){ .host = p.whole ? p.host : NULL, .ram = p.ram_addr, .readonly = p.readonly,
                          .log = p.dirty_log_mask & DIRTY_CLIENTS_NOCODE };
}

static uint64_t system_io_read(CPUState *cs, hwaddr addr, unsigned bytes)
{
    MemTxAttrs attrs = attrs_of(cs);
    uint8_t buf[8] = { 0 };
    uint64_t v;

    switch (bytes) {
    case 1:
        return address_space_ldub(cs->as, addr, attrs, NULL);
    case 2:
        return address_space_lduw_le(cs->as, addr, attrs, NULL);
    case 4:
        return address_space_ldl_le(cs->as, addr, attrs, NULL);
    case 8:
        return address_space_ldq_le(cs->as, addr, attrs, NULL);
    }
    address_space_read(cs->as, addr, attrs, buf, bytes);
    memcpy(&v, buf, 8);
    return v;
}

static void system_io_write(CPUState *cs, hwaddr addr, uint64_t v, unsigned bytes)
{
    MemTxAttrs attrs = attrs_of(cs);

    switch (bytes) {
    case 1:
        address_space_stb(cs->as, addr, v, attrs, NULL);
        break;
    case 2:
        address_space_stw_le(cs->as, addr, v, attrs, NULL);
        break;
    case 4:
        address_space_stl_le(cs->as, addr, v, attrs, NULL);
        break;
    case 8:
        address_space_stq_le(cs->as, addr, v, attrs, NULL);
        break;
    default:
        address_space_write(cs->as, addr, attrs, &v, bytes);
    }
}

static void system_set_dirty(CPUState *cs, ram_addr_t addr, unsigned bytes)
{
    cpu_physical_memory_set_dirty_range(addr, bytes, DIRTY_CLIENTS_NOCODE);
}

static void system_code_page(CPUState *cs, ram_addr_t page)
{
    cpu_physical_memory_test_and_clear_dirty(page, TARGET_PAGE_SIZE, DIRTY_MEMORY_CODE);
}

const X86MemOps x86_mem_ops_system = {
    .lookup = system_lookup,
    .io_read = system_io_read,
    .io_write = system_io_write,
    .set_dirty = system_set_dirty,
    .code_page = system_code_page,
};

/* ---- changes of the map and of logging ---- */
static void forget_lookups(CPUState *cs, run_on_cpu_data data)
{
    if (cpu_env(cs)->tcg) {
        x86_tlb_flush_lookups(cpu_env(cs));
    }
}

static void flush_async(CPUState *cs)
{
    X86TCGState *t = cpu_env(cs)->tcg;

    if (!t) {
        return;
    }
    qemu_mutex_lock(&t->inval.lock);
    t->inval.flush_all = true;
    qatomic_set(&t->inval.pending, true);
    qemu_mutex_unlock(&t->inval.lock);
    cpu_exit(cs);
}

/* Before it returns no CPU uses an address or a right to store unreported that is older than the call. */
static void flush_and_wait(CPUState *cs)
{
    run_on_cpu(cs, forget_lookups, RUN_ON_CPU_NULL);
}

static CPUState *listener_cpu(MemoryListener *l)
{
    return container_of(l, EngineListener, listener)->cpu;
}

static void map_changed(MemoryListener *l)
{
    CPUState *cs = listener_cpu(l);

    if (!cs->created || qemu_cpu_is_self(cs)) {
        forget_lookups(cs, RUN_ON_CPU_NULL);
    } else {
        flush_async(cs);
    }
}

static bool logging_starts(MemoryListener *l, Error **errp)
{
    flush_and_wait(listener_cpu(l));
    return true;
}

static void logging_stops(MemoryListener *l)
{
    flush_async(listener_cpu(l));
}

static void region_logging(MemoryListener *l, MemoryRegionSection *section, int old_val, int new_val)
{
    flush_async(listener_cpu(l));
}

/* Blocks are known by host address, and that may soon be another block's. */
static void ram_removed(RAMBlockNotifier *n, void *host, size_t size, size_t max_size)
{
    x86_engines_forget_blocks();
}

static void watch_ram_blocks(void)
{
    static RAMBlockNotifier notifier = { .ram_block_removed = ram_removed };

    if (!notifier.next.le_prev) {
        ram_block_notifier_add(&notifier);
    }
}

/* ---- the class ---- */
static void engine_realize(CPUState *cs)
{
    EngineListener *l = g_new0(EngineListener, 1);

    if (!cs->as) {
        cs->as = &address_space_memory;
        cs->num_ases = 1;
    }
    if (tcg_engine == TCG_ENGINE_JIT) {
        x86_engine_init(cpu_env(cs), &x86_mem_ops_system, tcg_code_cache_size / 2);
        x86_jit_init(cpu_env(cs), tcg_code_cache_size / 2);
        if (tcg_jit_heat) {
            x86_jit_set_heat(cpu_env(cs), tcg_jit_heat);
        }
    } else {
        x86_engine_init(cpu_env(cs), &x86_mem_ops_system, tcg_code_cache_size);
    }
    l->cpu = cs;
    l->listener = (MemoryListener){
        .name = "x86-tcg", .commit = map_changed, .log_start = region_logging, .log_stop = region_logging,
        .log_global_start = logging_starts, .log_global_stop = logging_stops,
        .priority = MEMORY_LISTENER_PRIORITY_ACCEL,
    };
    cs->accel = l;
    memory_listener_register(&l->listener, cs->as);
    watch_ram_blocks();
    rcu_set_force_hook(x86_engines_kick);
}

static void engine_unrealize(CPUState *cs)
{
    EngineListener *l = cs->accel;

    memory_listener_unregister(&l->listener);
    g_free(l);
    cs->accel = NULL;
    x86_engine_free(cpu_env(cs));
}

static void ops_tlb_flush(CPUState *cs)
{
    x86_tlb_flush(cpu_env(cs));
}

static void ops_tlb_flush_page(CPUState *cs, vaddr addr)
{
    x86_tlb_flush_page(cpu_env(cs), addr);
}

static const TCGCPUOps x86_tcg_ops = {
    .realize = engine_realize,
    .unrealize = engine_unrealize,
    .cpu_exec = x86_cpu_exec,
    .tlb_flush = ops_tlb_flush,
    .tlb_flush_page = ops_tlb_flush_page,
    .flush_async = flush_async,
    .code_modified = x86_code_written_by_device,
};

void x86_tcg_cpu_class_init(CPUClass *cc)
{
    cc->tcg_ops = &x86_tcg_ops;
}
