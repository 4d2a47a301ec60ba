/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPUState: what every virtual CPU has whatever executes it, and CPUClass: what a CPU type must supply.
 * Architectural state is in the target's own structure (target/i386/cpu.h); threads are in system/cpus.c.
 *
 * Who may touch what
 *   BQL           created, stop, stopped, unplug, the list of CPUs (writers), breakpoints, halted (from outside)
 *   work_mutex    work_list
 *   atomic        interrupt_request (set under the BQL, tested without), exit_request, thread_kicked, running
 *   vCPU thread   everything else; others use run_on_cpu() or stop the CPUs first
 * Readers of the CPU list hold the BQL or the RCU read lock.
 */
#ifndef HW_CORE_CPU_H
#define HW_CORE_CPU_H

#include <setjmp.h>
#include "qemu/osdep.h"
#include "hw/core/qdev.h"
#include "qemu/queue.h"
#include "qemu/thread.h"
#include "qemu/atomic.h"
#include "qemu/bitops.h"

#define TYPE_CPU "cpu"
OBJECT_DECLARE_TYPE(CPUState, CPUClass, CPU)

#define OBJECT_DECLARE_CPU_TYPE(CpuInstanceType, CpuClassType, CPU_MODULE_OBJ_NAME) \
    typedef struct ArchCPU CpuInstanceType;                                         \
    OBJECT_DECLARE_TYPE(ArchCPU, CpuClassType, CPU_MODULE_OBJ_NAME)

/* Bits of CPUState.interrupt_request; the values appear in migration streams. */
#define CPU_INTERRUPT_HARD      0x0002
#define CPU_INTERRUPT_EXITTB    0x0004
#define CPU_INTERRUPT_HALT      0x0020
#define CPU_INTERRUPT_DEBUG     0x0080
#define CPU_INTERRUPT_RESET     0x0400
#define CPU_INTERRUPT_TGT_EXT_0 0x0008
#define CPU_INTERRUPT_TGT_EXT_1 0x0010
#define CPU_INTERRUPT_TGT_EXT_2 0x0040
#define CPU_INTERRUPT_TGT_EXT_3 0x0200
#define CPU_INTERRUPT_TGT_EXT_4 0x1000
#define CPU_INTERRUPT_TGT_INT_0 0x0100
#define CPU_INTERRUPT_TGT_INT_1 0x0800
#define CPU_INTERRUPT_TGT_INT_2 0x2000

/* Values of CPUState.exception_index (and results of an execution slice) that are not target exceptions. */
#define EXCP_INTERRUPT 0x10000  /* leave the execution loop: something asynchronous wants the thread */
#define EXCP_HLT       0x10001
#define EXCP_DEBUG     0x10002
#define EXCP_HALTED    0x10003
#define EXCP_YIELD     0x10004
#define EXCP_ATOMIC    0x10005

/* breakpoint and watchpoint flags */
#define BP_MEM_READ           0x01
#define BP_MEM_WRITE          0x02
#define BP_MEM_ACCESS         (BP_MEM_READ | BP_MEM_WRITE)
#define BP_STOP_BEFORE_ACCESS 0x04
#define BP_GDB                0x10
#define BP_CPU                0x20
#define BP_ANY                (BP_GDB | BP_CPU)
#define BP_WATCHPOINT_HIT_READ  0x40
#define BP_WATCHPOINT_HIT_WRITE 0x80

#define SSTEP_ENABLE  0x1
#define SSTEP_NOIRQ   0x2
#define SSTEP_NOTIMER 0x4

typedef struct CPUBreakpoint {
    vaddr pc;
    int flags;
    QTAILQ_ENTRY(CPUBreakpoint) entry;
} CPUBreakpoint;

typedef struct CPUWatchpoint {
    vaddr vaddr;
    vaddr len;
    vaddr hitaddr;
    int flags;
    QTAILQ_ENTRY(CPUWatchpoint) entry;
} CPUWatchpoint;

typedef union run_on_cpu_data {
    int host_int;
    unsigned long host_ulong;
    void *host_ptr;
    vaddr target_ptr;
} run_on_cpu_data;

#define RUN_ON_CPU_HOST_PTR(p)   ((run_on_cpu_data){.host_ptr = (p)})
#define RUN_ON_CPU_HOST_INT(i)   ((run_on_cpu_data){.host_int = (i)})
#define RUN_ON_CPU_HOST_ULONG(u) ((run_on_cpu_data){.host_ulong = (u)})
#define RUN_ON_CPU_TARGET_PTR(v) ((run_on_cpu_data){.target_ptr = (v)})
#define RUN_ON_CPU_NULL          RUN_ON_CPU_HOST_PTR(NULL)

typedef void (*run_on_cpu_func)(CPUState *cpu, run_on_cpu_data data);

typedef enum MMUAccessType {
    MMU_DATA_LOAD = 0,
    MMU_DATA_STORE = 1,
    MMU_INST_FETCH = 2,
} MMUAccessType;

/* What software emulation needs from a CPU type. */
typedef struct TCGCPUOps {
    /* Allocate and free the engine's per-CPU state (TLB, block cache). */
    void (*realize)(CPUState *cpu);
    void (*unrealize)(CPUState *cpu);
    /* Run guest code until something wants the thread; returns an EXCP_* value. No BQL held. */
    int (*cpu_exec)(CPUState *cpu);
    /* Forget translations; the CPU's own thread, or with it stopped. */
    void (*tlb_flush)(CPUState *cpu);
    void (*tlb_flush_page)(CPUState *cpu, vaddr addr);
    void (*flush_async)(CPUState *cpu);     /* any thread: flush before the next block runs */
    /* Guest RAM changed behind the CPUs' backs (DMA, ROM load, migration): drop code decoded from it. */
    void (*code_modified)(ram_addr_t start, ram_addr_t length);
} TCGCPUOps;

/* Memory access by the debugger and the monitor. */
typedef struct SysemuCPUOps {
    hwaddr (*get_phys_page_attrs_debug)(CPUState *cpu, vaddr addr, void *attrs);
    const VMStateDescription *legacy_vmsd;
} SysemuCPUOps;

struct CPUClass {
    DeviceClass parent_class;

    ObjectClass *(*class_by_name)(const char *cpu_model);
    void (*parse_features)(const char *typename, char *str, Error **errp);
    bool (*has_work)(CPUState *cpu);               /* would a halted CPU wake up now? */
    int64_t (*get_arch_id)(CPUState *cpu);
    bool (*get_paging_enabled)(const CPUState *cpu);
    void (*dump_state)(CPUState *cpu, FILE *f, int flags);
    void (*set_pc)(CPUState *cpu, vaddr value);
    vaddr (*get_pc)(CPUState *cpu);
    int (*gdb_read_register)(CPUState *cpu, GByteArray *buf, int reg);
    int (*gdb_write_register)(CPUState *cpu, uint8_t *buf, int reg);
    const char *gdb_core_xml_file;
    int gdb_num_core_regs;
    const char *(*gdb_arch_name)(CPUState *cpu);
    const SysemuCPUOps *sysemu_ops;
    const TCGCPUOps *tcg_ops;
    const char *deprecation_note;
    void (*reset_hold)(CPUState *cpu);             /* the target's reset; called by cpu_reset() after the common part */
};

struct qemu_work_item;

struct CPUState {
    DeviceState parent_obj;

    CPUClass *cc;                     /* the class, cached */
    int nr_cores;
    int nr_threads;
    int cpu_index;
    int cluster_index;

    QemuThread *thread;
    int thread_id;                    /* of the host */
    bool running;                     /* inside cpu_exec_start/end */
    bool has_waiter;
    QemuCond *halt_cond;
    bool thread_kicked;
    bool created;
    bool stop;                        /* asked to pause */
    bool stopped;                     /* has paused */
    bool start_powered_off;
    bool unplug;
    bool crash_occurred;
    bool exit_request;                /* leave cpu_exec at the end of the current block */
    bool vcpu_dirty;                  /* KVM: our copy of the registers is the valid one */
    int exclusive_context_count;
    int singlestep_enabled;

    uint32_t interrupt_request;
    uint32_t halted;
    int32_t exception_index;
    sigjmp_buf jmp_env;

    QemuMutex work_mutex;
    QSIMPLEQ_HEAD(, qemu_work_item) work_list;

    AddressSpace *as;                 /* the CPU's view of memory */
    MemoryRegion *memory;
    int num_ases;

    QTAILQ_ENTRY(CPUState) node;
    QTAILQ_HEAD(, CPUBreakpoint) breakpoints;
    QTAILQ_HEAD(, CPUWatchpoint) watchpoints;
    CPUWatchpoint *watchpoint_hit;

    void *accel;                      /* private to the accelerator */
    bool throttle_thread_scheduled;
};

typedef QTAILQ_HEAD(CPUTailQ, CPUState) CPUTailQ;
extern CPUTailQ cpus_queue;
extern __thread CPUState *current_cpu;

#define first_cpu QTAILQ_FIRST(&cpus_queue)
#define CPU_NEXT(cpu) QTAILQ_NEXT(cpu, node)
#define CPU_FOREACH(cpu) QTAILQ_FOREACH(cpu, &cpus_queue, node)
#define CPU_FOREACH_SAFE(cpu, next_cpu) QTAILQ_FOREACH_SAFE(cpu, &cpus_queue, node, next_cpu)

/* List of CPUs. cpu_list_add() gives the lowest free index unless cpu_index is set already. */
void cpu_list_add(CPUState *cpu);
void cpu_list_remove(CPUState *cpu);
CPUState *qemu_get_cpu(int index);
CPUState *cpu_by_arch_id(int64_t id);
bool cpu_exists(int64_t id);

void cpu_reset(CPUState *cpu);
ObjectClass *cpu_class_by_name(const char *typename, const char *cpu_model);
CPUState *cpu_create(const char *typename);
/* "model,+feat,prop=value": registers the features as globals of the type and returns the type name. Exits on errors. */
const char *parse_cpu_option(const char *cpu_option);

bool cpu_paging_enabled(const CPUState *cpu);
hwaddr cpu_get_phys_page_debug(CPUState *cpu, vaddr addr);
void cpu_dump_state(CPUState *cpu, FILE *f, int flags);
#define CPU_DUMP_CODE  0x00010000
#define CPU_DUMP_FPU   0x00020000
#define CPU_DUMP_CCOP  0x00040000

/* Ask for attention. cpu_interrupt() needs the BQL; qemu_cpu_kick() and cpu_exit() may come from any thread. */
void cpu_interrupt(CPUState *cpu, int mask);
void cpu_reset_interrupt(CPUState *cpu, int mask);
void cpu_exit(CPUState *cpu);
void qemu_cpu_kick(CPUState *cpu);
void cpu_pause(CPUState *cpu);
void cpu_resume(CPUState *cpu);
void cpu_remove_sync(CPUState *cpu);
bool cpu_is_stopped(CPUState *cpu);
bool cpu_work_list_empty(CPUState *cpu);
bool cpu_thread_is_idle(CPUState *cpu);
bool qemu_cpu_is_self(CPUState *cpu);
static inline bool cpu_has_work(CPUState *cpu)
{
    return cpu->cc->has_work(cpu);
}

static inline bool cpu_test_interrupt(CPUState *cpu, int mask)
{
    return qatomic_read(&cpu->interrupt_request) & mask;
}

/* Run @func on the CPU's thread: waiting (BQL held, dropped meanwhile), not waiting, or alone among all CPUs. */
void run_on_cpu(CPUState *cpu, run_on_cpu_func func, run_on_cpu_data data);
void async_run_on_cpu(CPUState *cpu, run_on_cpu_func func, run_on_cpu_data data);
void async_safe_run_on_cpu(CPUState *cpu, run_on_cpu_func func, run_on_cpu_data data);
void process_queued_cpu_work(CPUState *cpu);

/*
 * Exclusive sections: between start_exclusive() and end_exclusive() no other CPU is between cpu_exec_start() and
 * cpu_exec_end(). The caller is a vCPU thread outside cpu_exec_start/end, and holds no BQL.
 */
void cpu_exec_start(CPUState *cpu);
void cpu_exec_end(CPUState *cpu);
void start_exclusive(void);
void end_exclusive(void);
static inline bool cpu_in_exclusive_context(const CPUState *cpu)
{
    return cpu->exclusive_context_count;
}

int cpu_breakpoint_insert(CPUState *cpu, vaddr pc, int flags, CPUBreakpoint **breakpoint);
int cpu_breakpoint_remove(CPUState *cpu, vaddr pc, int flags);
void cpu_breakpoint_remove_by_ref(CPUState *cpu, CPUBreakpoint *breakpoint);
void cpu_breakpoint_remove_all(CPUState *cpu, int mask);
int cpu_watchpoint_insert(CPUState *cpu, vaddr addr, vaddr len, int flags, CPUWatchpoint **watchpoint);
int cpu_watchpoint_remove(CPUState *cpu, vaddr addr, vaddr len, int flags);
void cpu_watchpoint_remove_by_ref(CPUState *cpu, CPUWatchpoint *watchpoint);
void cpu_watchpoint_remove_all(CPUState *cpu, int mask);
void cpu_single_step(CPUState *cpu, int enabled);

/* Forget cached translations: of one CPU (own thread or stopped), or of all, from any thread; see docs/devel/tcg.md. */
void tlb_flush(CPUState *cpu);
void tlb_flush_page(CPUState *cpu, vaddr addr);
void tlb_flush_all_cpus(void);
/* Guest RAM was written by something that is not a vCPU. Any thread. Cheap when no code was decoded from it. */
void cpu_code_modified(ram_addr_t start, ram_addr_t length);

/* Virtual memory as a debugger sees it: no faults, writes ROM too, drops code it changes. 0, or -1 where unmapped. */
int cpu_memory_rw_debug(CPUState *cpu, vaddr addr, void *ptr, size_t len, bool is_write);

extern const VMStateDescription vmstate_cpu_common;

#endif
