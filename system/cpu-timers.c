/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest time: the virtual clock and the base of the TSC. Both run only while the machine runs, and their offsets are
 * the migration section "timer", so a guest sees one continuous clock across a move.
 *
 * Readers are lock-free (a sequence count); writers hold the BQL.
 */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "migration/vmstate.h"
#include "system/cpus.h"

typedef struct GuestTime {
    unsigned seq;                /* odd while a writer is at work */
    bool running;
    int64_t cpu_clock_offset;    /* guest ns = host ns + offset while running, the value itself while stopped */
    int64_t cpu_ticks_offset;    /* on the wire only: the TSC's base. Here it is the clock, a tick per ns */
    int64_t ticks_ahead;         /* by how much the base that was loaded was more than the clock that was */
} GuestTime;

static GuestTime guest_time;

static void write_begin(void)
{
    qatomic_set(&guest_time.seq, guest_time.seq + 1);
    smp_wmb();
}

static void write_end(void)
{
    smp_wmb();
    qatomic_set(&guest_time.seq, guest_time.seq + 1);
}

/* The offset and whether it is to be added to a host clock: one consistent pair. */
static int64_t read_offset(const int64_t *offset, bool *running)
{
    unsigned seq;
    int64_t value;

    do {
        seq = qatomic_load_acquire(&guest_time.seq);
        value = qatomic_read(offset);
        *running = qatomic_read(&guest_time.running);
        smp_rmb();
    } while ((seq & 1) || seq != qatomic_read(&guest_time.seq));
    return value;
}

int64_t cpu_get_clock(void)
{
    bool running;
    int64_t value = read_offset(&guest_time.cpu_clock_offset, &running);

    return running ? value + get_clock() : value;
}

int64_t cpu_get_ticks(void)
{
    return cpu_get_clock();
}

int64_t cpu_ticks_ahead(void)
{
    return guest_time.ticks_ahead;
}

void cpu_enable_ticks(void)
{
    if (!guest_time.running) {
        write_begin();
        qatomic_set(&guest_time.cpu_clock_offset, guest_time.cpu_clock_offset - get_clock());
        qatomic_set(&guest_time.running, true);
        write_end();
    }
    qemu_clock_enable(QEMU_CLOCK_VIRTUAL, true);
}

void cpu_disable_ticks(void)
{
    qemu_clock_enable(QEMU_CLOCK_VIRTUAL, false);
    if (guest_time.running) {
        write_begin();
        qatomic_set(&guest_time.cpu_clock_offset, guest_time.cpu_clock_offset + get_clock());
        qatomic_set(&guest_time.running, false);
        write_end();
    }
}

void init_clocks(void)
{
    qemu_clock_set_virtual_source(cpu_get_clock);
    qemu_clock_enable(QEMU_CLOCK_VIRTUAL, false);
}

/*
 * The stream's layout: two offsets around a word that once held the tick rate. The reference counts the first with the host's
 * TSC: what that was ahead of the clock is added to every TSC from then on (cpu_ticks_ahead()), so that they go on.
 */
static int timers_pre_save(void *opaque)
{
    GuestTime *t = opaque;

    t->cpu_ticks_offset = (uint64_t)t->cpu_clock_offset + (uint64_t)t->ticks_ahead;
    return 0;
}

static int timers_post_load(void *opaque, int version_id)
{
    GuestTime *t = opaque;

    t->ticks_ahead = version_id >= 2 ? (int64_t)((uint64_t)t->cpu_ticks_offset - (uint64_t)t->cpu_clock_offset) : 0;
    return 0;
}

const VMStateDescription vmstate_timers = {
    .name = "timer",
    .version_id = 2,
    .minimum_version_id = 1,
    .pre_save = timers_pre_save,
    .post_load = timers_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_INT64(cpu_ticks_offset, GuestTime),
        VMSTATE_UNUSED(8),
        VMSTATE_INT64_V(cpu_clock_offset, GuestTime, 2),
        VMSTATE_END_OF_LIST()
    },
};

void cpu_timers_register_vmstate(void)
{
    vmstate_register(NULL, 0, &vmstate_timers, &guest_time);
}
