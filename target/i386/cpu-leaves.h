/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Constants and tables behind CPUID that others need too: XSAVE components, caches, vendors. Read-only data.
 */
#ifndef TARGET_I386_CPU_LEAVES_H
#define TARGET_I386_CPU_LEAVES_H

#include "target/i386/cpu.h"
#include "target/i386/xsave-layout.h"

/* First register of the vendor string (EBX of leaf 0), little-endian */
#define CPUID_VENDOR_INTEL_1 0x756e6547
#define CPUID_VENDOR_AMD_1   0x68747541
#define CPUID_VENDOR_HYGON_1 0x6f677948

/* Bits of leaf 1 EDX that AMD repeats in leaf 80000001h EDX (APM vol. 3, E.4.2). */
#define CPUID_8001_EDX_AMD_ALIASES 0x0183f3ffu

/* The APIC timer's input clock, ns per tick = 1 */
#define X86_APIC_BUS_FREQUENCY 1000000000ull
/* The TSC's frequency under software emulation unless tsc-frequency says otherwise */
#define X86_TCG_TSC_KHZ 1000000

/* type: 1 data, 2 instruction, 3 unified */
typedef struct X86CacheInfo {
    unsigned type, level, line_size, associativity, partitions, sets, size;
    bool wbinvd_lower, inclusive, complex_indexing, needs_init;
} X86CacheInfo;
enum { X86_CACHE_L1D, X86_CACHE_L1I, X86_CACHE_L2, X86_CACHE_L3, X86_CACHES };
extern const X86CacheInfo x86_generic_caches[X86_CACHES], x86_generic_amd_caches[X86_CACHES],
    x86_zen_caches[X86_CACHES];

#endif
