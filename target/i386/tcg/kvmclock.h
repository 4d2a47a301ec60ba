/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KVM's paravirtual clock under software emulation: its MSRs and its page in the guest's memory. */
#ifndef TARGET_I386_TCG_KVMCLOCK_H
#define TARGET_I386_TCG_KVMCLOCK_H

#include "target/i386/cpu.h"

enum {
    MSR_KVM_WALL_CLOCK_OLD = 0x11, MSR_KVM_SYSTEM_TIME_OLD = 0x12,
    MSR_KVM_WALL_CLOCK = 0x4b564d00, MSR_KVM_SYSTEM_TIME = 0x4b564d01,
};

/* Of the four MSRs above; false: #GP, the CPU does not have them. */
bool x86_kvmclock_read(CPUX86State *env, uint32_t index, uint64_t *v);
bool x86_kvmclock_write(CPUX86State *env, uint32_t index, uint64_t v);

/* The guest moved its TSC: what its page says must follow. */
void x86_kvmclock_update(CPUX86State *env);

/* @khz: ticks per ms, not 0. ns = (ticks << shift) * mul / 2^32; a negative shift goes to the right. */
void x86_kvmclock_scale(uint64_t khz, uint32_t *mul, int8_t *shift);

#endif
