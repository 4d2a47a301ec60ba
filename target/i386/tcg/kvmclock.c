// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The paravirtual clock of KVM for guests of software emulation (kernel documentation virt/kvm/x86/msr.rst,
 * cpuid.rst). A guest that has it calibrates nothing, so a host that is short of time cannot mislead it.
 *
 * The TSC here is the virtual clock, scaled, plus an offset: what a page says is true until the guest moves its TSC,
 * also after a migration. So a page is written when the guest asks for it and when its TSC moves, by the vCPU that
 * owns it. Locks: none; the addresses are the vCPU's own state.
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/timer.h"
#include "system/cpus.h"
#include "system/memory.h"
#include "system/rtc.h"
#include "target/i386/cpu-features.h"
#include "target/i386/cpu-leaves.h"
#include "target/i386/tcg/kvmclock.h"

#define ENABLED 1               /* bit of the system time MSR */
#define TSC_STABLE 1            /* flag of a page: pages of all CPUs agree */

/* Little endian, as in the guest's memory; 32 bytes. */
typedef struct QEMU_PACKED TimePage {
    uint32_t version;           /* odd while the rest changes */
    uint32_t pad0;
    uint64_t tsc_timestamp;     /* ticks */
    uint64_t system_time;       /* ns, at tsc_timestamp */
    uint32_t mul;               /* ns per tick after the shift, 32 fraction bits */
    int8_t shift;               /* of ticks, to the left */
    uint8_t flags;
    uint8_t pad[2];
} TimePage;

typedef struct QEMU_PACKED WallClock {
    uint32_t version, sec, nsec;
} WallClock;

void x86_kvmclock_scale(uint64_t khz, uint32_t *mul, int8_t *shift)
{
    uint64_t m = MAX((1000000ull << 32) / khz, 1);

    for (*shift = 0; m > UINT32_MAX; ++*shift) {
        m >>= 1;
    }
    for (; m < 1u << 31; --*shift) {
        m <<= 1;
    }
    *mul = m;
}

/* Version first and last: another CPU may be reading (the vDSO reads the first CPU's page on all). */
static void publish(CPUX86State *env, hwaddr gpa, void *page, size_t size)
{
    AddressSpace *as = env_cpu(env)->as;
    uint32_t version = 0;

    address_space_read(as, gpa, MEMTXATTRS_UNSPECIFIED, &version, sizeof(version));
    version = cpu_to_le32((le32_to_cpu(version) | 1));
    address_space_write(as, gpa, MEMTXATTRS_UNSPECIFIED, &version, sizeof(version));
    address_space_write(as, gpa + sizeof(version), MEMTXATTRS_UNSPECIFIED, page + sizeof(version), size - sizeof(version));
    version = cpu_to_le32(le32_to_cpu(version) + 1);
    address_space_write(as, gpa, MEMTXATTRS_UNSPECIFIED, &version, sizeof(version));
}

void x86_kvmclock_update(CPUX86State *env)
{
    TimePage page = { .tsc_timestamp = cpu_to_le64(env->tsc_offset + cpu_ticks_ahead()), .flags = TSC_STABLE };
    uint32_t mul;

    if (!(env->system_time_msr & ENABLED)) {
        return;
    }
    x86_kvmclock_scale(env->tsc_khz ?: X86_TCG_TSC_KHZ, &mul, &page.shift);
    page.mul = cpu_to_le32(mul);
    publish(env, env->system_time_msr & ~(uint64_t)ENABLED, &page, sizeof(page));
}

/* The date at which the virtual clock was zero. */
static void write_wall_clock(CPUX86State *env, uint64_t gpa)
{
    int64_t ns = qemu_rtc_epoch_ns() - qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    WallClock wall = { .sec = cpu_to_le32(ns / NANOSECONDS_PER_SECOND), .nsec = cpu_to_le32(ns % NANOSECONDS_PER_SECOND) };

    env->wall_clock_msr = gpa;
    publish(env, gpa, &wall, sizeof(wall));
}

static bool has_msr(const CPUX86State *env, uint32_t index)
{
    return x86_tcg_kvm_features(env) & (index < MSR_KVM_WALL_CLOCK ? KVM_FEATURE_CLOCKSOURCE : KVM_FEATURE_CLOCKSOURCE2);
}

bool x86_kvmclock_read(CPUX86State *env, uint32_t index, uint64_t *v)
{
    bool wall = index == MSR_KVM_WALL_CLOCK || index == MSR_KVM_WALL_CLOCK_OLD;

    *v = wall ? env->wall_clock_msr : env->system_time_msr;
    return has_msr(env, index);
}

bool x86_kvmclock_write(CPUX86State *env, uint32_t index, uint64_t v)
{
    if (!has_msr(env, index)) {
        return false;
    }
    if (index == MSR_KVM_WALL_CLOCK || index == MSR_KVM_WALL_CLOCK_OLD) {
        write_wall_clock(env, v);
    } else {
        env->system_time_msr = v;
        x86_kvmclock_update(env);
    }
    return true;
}
