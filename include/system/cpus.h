/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads that run virtual CPUs, the big lock (BQL) and pausing everything. Device models run under the BQL;
 * a vCPU thread takes it only for MMIO and port accesses that need it and to look at interrupts.
 * Order: BQL before every other lock of the emulator core (docs/devel/locking).
 */
#ifndef SYSTEM_CPUS_H
#define SYSTEM_CPUS_H

#include "qemu/osdep.h"
#include "qemu/main-loop.h"

void cpus_init(void);                     /* once, before the first CPU: creates the BQL */
void qemu_init_cpu_loop(void);            /* the main thread takes the BQL */
void qemu_init_vcpu(CPUState *cpu);       /* start its thread; returns when it is ready, paused */
void cpu_synchronize_state(CPUState *cpu);
void cpu_synchronize_post_reset(CPUState *cpu);
void cpu_synchronize_post_init(CPUState *cpu);
void cpu_synchronize_pre_loadvm(CPUState *cpu);
void cpu_synchronize_all_states(void);
void cpu_synchronize_all_post_reset(void);
void cpu_synchronize_all_post_init(void);
void cpu_synchronize_all_pre_loadvm(void);

/* All need the BQL. pause waits until every CPU has stopped; a vCPU thread may call it (its own CPU stops later). */
void pause_all_vcpus(void);
void resume_all_vcpus(void);
void cpu_stop_current(void);
bool all_vcpus_paused(void);

/* Ticks and the virtual clock: run while the machine runs. */
void cpu_enable_ticks(void);
void cpu_disable_ticks(void);
int64_t cpu_get_clock(void);              /* ns of QEMU_CLOCK_VIRTUAL */
int64_t cpu_get_ticks(void);              /* guest TSC base */
int64_t cpu_ticks_ahead(void);            /* what TSCs are ahead of the clock, see cpu-timers.c */
extern const VMStateDescription vmstate_timers;

/* Common parts of an accelerator's vCPU thread. */
bool cpu_can_run(CPUState *cpu);
void cpu_handle_guest_debug(CPUState *cpu);
void qemu_wait_io_event(CPUState *cpu);   /* BQL held: sleep while idle, then do queued work and honour stop */
void cpu_thread_signal_created(CPUState *cpu);
void cpu_thread_signal_destroyed(CPUState *cpu);
void cpus_kick_thread(CPUState *cpu);     /* signal the host thread out of a blocking call */

#endif
