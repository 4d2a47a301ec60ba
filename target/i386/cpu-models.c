// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The named CPU models. Data only; shape and rules in cpu-models.h.
 *
 * Version 1 of a model lists its features; a later version lists what it adds and, with a leading '-', what it takes
 * away relative to the version before it, and repeats only the numbers that change.
 */
#include "qemu/osdep.h"
#include "target/i386/cpu-models.h"

const X86CPUModel x86_cpu_models[] = {
    {
        .name = "x86-64-v2", .version = 1, .vendor = "GenuineIntel", .family = 6, .model = 143, .stepping = 4,
        .level = 0x16, .xlevel = 0x80000008, .model_id = "Virtual x86-64-v2 processor",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr "
                    "sse sse2 ss pni ssse3 cx16 sse4.1 sse4.2 x2apic popcnt tsc-deadline syscall nx rdtscp lm "
                    "lahf-lm tsc-adjust arat invtsc "
                    "arch-capabilities rdctl-no skip-l1dfl-vmentry ssb-no mds-no pschange-mc-no taa-no",
    },
    {
        .name = "x86-64-v3", .version = 1, .vendor = "GenuineIntel", .family = 6, .model = 143, .stepping = 4,
        .level = 0x16, .xlevel = 0x80000008, .model_id = "Virtual x86-64-v3 processor",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr "
                    "sse sse2 ss pni pclmulqdq ssse3 fma cx16 pcid sse4.1 sse4.2 x2apic movbe popcnt tsc-deadline "
                    "aes xsave avx f16c rdrand syscall nx pdpe1gb rdtscp lm lahf-lm abm 3dnowprefetch "
                    "fsgsbase tsc-adjust bmi1 avx2 smep bmi2 erms invpcid rdseed adx smap clflushopt clwb sha-ni "
                    "umip rdpid fsrm xsaveopt xsavec xgetbv1 xsaves arat invtsc "
                    "arch-capabilities rdctl-no skip-l1dfl-vmentry ssb-no mds-no pschange-mc-no taa-no",
    },
    {
        .name = "x86-64-v4", .version = 1, .vendor = "GenuineIntel", .family = 6, .model = 143, .stepping = 4,
        .level = 0x16, .xlevel = 0x80000008, .model_id = "Virtual x86-64-v4 processor",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr "
                    "sse sse2 ss pni pclmulqdq ssse3 fma cx16 pcid sse4.1 sse4.2 x2apic movbe popcnt tsc-deadline "
                    "aes xsave avx f16c rdrand syscall nx pdpe1gb rdtscp lm lahf-lm abm 3dnowprefetch "
                    "fsgsbase tsc-adjust bmi1 avx2 smep bmi2 erms invpcid rdseed adx smap clflushopt clwb sha-ni "
                    "avx512f avx512dq avx512cd avx512bw avx512vl "
                    "umip rdpid fsrm xsaveopt xsavec xgetbv1 xsaves arat invtsc "
                    "arch-capabilities rdctl-no skip-l1dfl-vmentry ssb-no mds-no pschange-mc-no taa-no",
    },
    {
        .name = "486", .version = 1,
        .vendor = "GenuineIntel", .family = 4, .model = 8, .level = 0x1,
        .features = "fpu pse",
    },
    {
        .name = "Broadwell", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 61, .stepping = 2, .level = 0xd,
        .xlevel = 0x80000008, .model_id = "Intel Core Processor (Broadwell)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 fma cx16 pcid sse4.1 sse4.2 x2apic movbe "
                    "popcnt tsc-deadline aes xsave avx f16c rdrand fsgsbase bmi1 hle avx2 smep bmi2 "
                    "erms invpcid rtm rdseed adx smap syscall nx rdtscp lm lahf-lm abm "
                    "3dnowprefetch xsaveopt arat",
    },
    {
        .name = "Broadwell", .version = 2, .alias = "Broadwell-noTSX",
        .model_id = "Intel Core Processor (Broadwell, no TSX)",
        .features = "-hle -rtm",
    },
    {
        .name = "Broadwell", .version = 3, .alias = "Broadwell-IBRS",
        .model_id = "Intel Core Processor (Broadwell, IBRS)",
        .features = "hle rtm spec-ctrl",
    },
    {
        .name = "Broadwell", .version = 4, .alias = "Broadwell-noTSX-IBRS",
        .model_id = "Intel Core Processor (Broadwell, no TSX, IBRS)",
        .features = "-hle -rtm",
    },
    {
        .name = "Cascadelake-Server", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 85, .stepping = 6, .level = 0xd,
        .xlevel = 0x80000008, .model_id = "Intel Xeon Processor (Cascadelake)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 fma cx16 pcid sse4.1 sse4.2 x2apic movbe "
                    "popcnt tsc-deadline aes xsave avx f16c rdrand fsgsbase bmi1 hle avx2 smep bmi2 "
                    "erms invpcid rtm avx512f avx512dq rdseed adx smap clflushopt clwb avx512cd "
                    "avx512bw avx512vl pku avx512vnni spec-ctrl ssbd syscall nx pdpe1gb rdtscp lm "
                    "lahf-lm abm 3dnowprefetch xsaveopt xsavec xgetbv1 arat",
    },
    {
        .name = "Cascadelake-Server", .version = 2,
        .note = "ARCH_CAPABILITIES",
        .features = "arch-capabilities rdctl-no ibrs-all skip-l1dfl-vmentry mds-no",
    },
    {
        .name = "Cascadelake-Server", .version = 3, .alias = "Cascadelake-Server-noTSX",
        .note = "ARCH_CAPABILITIES, no TSX",
        .features = "-hle -rtm",
    },
    {
        .name = "Cascadelake-Server", .version = 4,
        .note = "ARCH_CAPABILITIES, EPT switching, no TSX",
    },
    {
        .name = "Cascadelake-Server", .version = 5,
        .note = "ARCH_CAPABILITIES, EPT switching, XSAVES, no TSX",
        .features = "xsaves",
    },
    {
        .name = "Conroe", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 15, .stepping = 3, .level = 0xa,
        .xlevel = 0x80000008, .model_id = "Intel Celeron_4x0 (Conroe/Merom Class Core 2)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni ssse3 syscall nx lm lahf-lm",
    },
    {
        .name = "Cooperlake", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 85, .stepping = 10, .level = 0xd,
        .xlevel = 0x80000008, .model_id = "Intel Xeon Processor (Cooperlake)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 fma cx16 pcid sse4.1 sse4.2 x2apic movbe "
                    "popcnt tsc-deadline aes xsave avx f16c rdrand fsgsbase bmi1 hle avx2 smep bmi2 "
                    "erms invpcid rtm avx512f avx512dq rdseed adx smap clflushopt clwb avx512cd "
                    "avx512bw avx512vl pku avx512vnni spec-ctrl stibp arch-capabilities ssbd "
                    "avx512-bf16 syscall nx pdpe1gb rdtscp lm lahf-lm abm 3dnowprefetch xsaveopt "
                    "xsavec xgetbv1 arat rdctl-no ibrs-all skip-l1dfl-vmentry mds-no pschange-mc-no "
                    "taa-no",
    },
    {
        .name = "Cooperlake", .version = 2,
        .note = "XSAVES",
        .features = "xsaves",
    },
    {
        .name = "Denverton", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 95, .stepping = 1, .level = 0x15,
        .xlevel = 0x80000008, .model_id = "Intel Atom Processor (Denverton)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq monitor ssse3 cx16 sse4.1 sse4.2 x2apic movbe "
                    "popcnt tsc-deadline aes xsave rdrand fsgsbase smep erms mpx rdseed smap "
                    "clflushopt sha-ni spec-ctrl arch-capabilities ssbd syscall nx pdpe1gb rdtscp "
                    "lm lahf-lm 3dnowprefetch xsaveopt xsavec xgetbv1 arat rdctl-no "
                    "skip-l1dfl-vmentry",
    },
    {
        .name = "Denverton", .version = 2,
        .note = "no MPX, no MONITOR",
        .features = "-monitor -mpx",
    },
    {
        .name = "Denverton", .version = 3,
        .note = "XSAVES, no MPX, no MONITOR",
        .features = "xsaves",
    },
    {
        .name = "Dhyana", .version = 1,
        .vendor = "HygonGenuine", .family = 24, .stepping = 1, .level = 0xd, .xlevel = 0x8000001e,
        .model_id = "Hygon Dhyana Processor",
        .own_caches = true,
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni monitor ssse3 fma cx16 sse4.1 sse4.2 movbe popcnt xsave "
                    "avx f16c rdrand fsgsbase bmi1 avx2 smep bmi2 rdseed adx smap clflushopt "
                    "syscall nx mmxext fxsr-opt pdpe1gb rdtscp lm lahf-lm svm cr8legacy abm sse4a "
                    "misalignsse 3dnowprefetch osvw topoext ibpb npt nrip-save xsaveopt xsavec "
                    "xgetbv1 arat",
    },
    {
        .name = "Dhyana", .version = 2,
        .note = "XSAVES",
        .features = "xsaves",
    },
    {
        .name = "EPYC", .version = 1,
        .vendor = "AuthenticAMD", .family = 23, .model = 1, .stepping = 2, .level = 0xd,
        .xlevel = 0x8000001e, .model_id = "AMD EPYC Processor",
        .own_caches = true,
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq monitor ssse3 fma cx16 sse4.1 sse4.2 movbe "
                    "popcnt aes xsave avx f16c rdrand fsgsbase bmi1 avx2 smep bmi2 rdseed adx smap "
                    "clflushopt sha-ni syscall nx mmxext fxsr-opt pdpe1gb rdtscp lm lahf-lm svm "
                    "cr8legacy abm sse4a misalignsse 3dnowprefetch osvw topoext npt nrip-save "
                    "xsaveopt xsavec xgetbv1 arat",
    },
    {
        .name = "EPYC", .version = 2, .alias = "EPYC-IBPB",
        .model_id = "AMD EPYC Processor (with IBPB)",
        .features = "ibpb",
    },
    {
        .name = "EPYC", .version = 3,
        .model_id = "AMD EPYC Processor",
        .features = "perfctr-core clzero xsaveerptr xsaves",
    },
    {
        .name = "EPYC-Milan", .version = 1,
        .vendor = "AuthenticAMD", .family = 25, .model = 1, .stepping = 1, .level = 0xd,
        .xlevel = 0x8000001e, .model_id = "AMD EPYC-Milan Processor",
        .own_caches = true,
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq monitor ssse3 fma cx16 pcid sse4.1 sse4.2 "
                    "movbe popcnt aes xsave avx f16c rdrand fsgsbase bmi1 avx2 smep bmi2 erms "
                    "invpcid rdseed adx smap clflushopt clwb sha-ni umip pku rdpid fsrm syscall nx "
                    "mmxext fxsr-opt pdpe1gb rdtscp lm lahf-lm svm cr8legacy abm sse4a misalignsse "
                    "3dnowprefetch osvw topoext perfctr-core clzero xsaveerptr wbnoinvd ibpb ibrs "
                    "amd-stibp amd-ssbd npt nrip-save svme-addr-chk xsaveopt xsavec xgetbv1 xsaves "
                    "arat",
    },
    {
        .name = "EPYC-Rome", .version = 1,
        .vendor = "AuthenticAMD", .family = 23, .model = 49, .level = 0xd, .xlevel = 0x8000001e,
        .model_id = "AMD EPYC-Rome Processor",
        .own_caches = true,
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq monitor ssse3 fma cx16 sse4.1 sse4.2 movbe "
                    "popcnt aes xsave avx f16c rdrand fsgsbase bmi1 avx2 smep bmi2 rdseed adx smap "
                    "clflushopt clwb sha-ni umip rdpid syscall nx mmxext fxsr-opt pdpe1gb rdtscp lm "
                    "lahf-lm svm cr8legacy abm sse4a misalignsse 3dnowprefetch osvw topoext "
                    "perfctr-core clzero xsaveerptr wbnoinvd ibpb amd-stibp npt nrip-save xsaveopt "
                    "xsavec xgetbv1 xsaves arat",
    },
    {
        .name = "EPYC-Rome", .version = 2,
        .features = "ibrs amd-ssbd",
    },
    {
        .name = "Haswell", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 60, .stepping = 4, .level = 0xd,
        .xlevel = 0x80000008, .model_id = "Intel Core Processor (Haswell)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 fma cx16 pcid sse4.1 sse4.2 x2apic movbe "
                    "popcnt tsc-deadline aes xsave avx f16c rdrand fsgsbase bmi1 hle avx2 smep bmi2 "
                    "erms invpcid rtm syscall nx rdtscp lm lahf-lm abm xsaveopt arat",
    },
    {
        .name = "Haswell", .version = 2, .alias = "Haswell-noTSX",
        .stepping = 1, .model_id = "Intel Core Processor (Haswell, no TSX)",
        .features = "-hle -rtm",
    },
    {
        .name = "Haswell", .version = 3, .alias = "Haswell-IBRS",
        .stepping = 4, .model_id = "Intel Core Processor (Haswell, IBRS)",
        .features = "hle rtm spec-ctrl",
    },
    {
        .name = "Haswell", .version = 4, .alias = "Haswell-noTSX-IBRS",
        .stepping = 1, .model_id = "Intel Core Processor (Haswell, no TSX, IBRS)",
        .features = "-hle -rtm",
    },
    {
        .name = "Icelake-Server", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 134, .level = 0xd, .xlevel = 0x80000008,
        .model_id = "Intel Xeon Processor (Icelake)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 fma cx16 pcid sse4.1 sse4.2 x2apic movbe "
                    "popcnt tsc-deadline aes xsave avx f16c rdrand fsgsbase bmi1 hle avx2 smep bmi2 "
                    "erms invpcid rtm avx512f avx512dq rdseed adx smap clflushopt clwb avx512cd "
                    "avx512bw avx512vl avx512vbmi umip pku avx512vbmi2 gfni vaes vpclmulqdq "
                    "avx512vnni avx512bitalg avx512-vpopcntdq la57 spec-ctrl ssbd syscall nx "
                    "pdpe1gb rdtscp lm lahf-lm abm 3dnowprefetch wbnoinvd xsaveopt xsavec xgetbv1 "
                    "arat",
    },
    {
        .name = "Icelake-Server", .version = 2, .alias = "Icelake-Server-noTSX",
        .note = "no TSX",
        .features = "-hle -rtm",
    },
    {
        .name = "Icelake-Server", .version = 3,
        .features = "arch-capabilities rdctl-no ibrs-all skip-l1dfl-vmentry mds-no pschange-mc-no "
                    "taa-no",
    },
    {
        .name = "Icelake-Server", .version = 4,
        .model = 106,
        .features = "avx512ifma sha-ni rdpid fsrm",
    },
    {
        .name = "Icelake-Server", .version = 5,
        .note = "XSAVES",
        .features = "xsaves",
    },
    {
        .name = "Icelake-Server", .version = 6,
        .note = "5-level EPT",
    },
    {
        .name = "IvyBridge", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 58, .stepping = 9, .level = 0xd,
        .xlevel = 0x80000008, .model_id = "Intel Xeon E3-12xx v2 (Ivy Bridge)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 cx16 sse4.1 sse4.2 x2apic popcnt "
                    "tsc-deadline aes xsave avx f16c rdrand fsgsbase smep erms syscall nx rdtscp lm "
                    "lahf-lm xsaveopt arat",
    },
    {
        .name = "IvyBridge", .version = 2, .alias = "IvyBridge-IBRS",
        .model_id = "Intel Xeon E3-12xx v2 (Ivy Bridge, IBRS)",
        .features = "spec-ctrl",
    },
    {
        .name = "KnightsMill", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 133, .level = 0xd, .xlevel = 0x80000008,
        .model_id = "Intel Xeon Phi Processor (Knights Mill)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 ss pni pclmulqdq ssse3 fma cx16 sse4.1 sse4.2 x2apic movbe "
                    "popcnt tsc-deadline aes xsave avx f16c rdrand fsgsbase bmi1 avx2 smep bmi2 "
                    "erms avx512f rdseed adx avx512pf avx512er avx512cd avx512-vpopcntdq "
                    "avx512-4vnniw avx512-4fmaps syscall nx pdpe1gb rdtscp lm lahf-lm abm "
                    "3dnowprefetch xsaveopt arat",
    },
    {
        .name = "Nehalem", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 26, .stepping = 3, .level = 0xb,
        .xlevel = 0x80000008, .model_id = "Intel Core i7 9xx (Nehalem Class Core i7)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni ssse3 cx16 sse4.1 sse4.2 popcnt syscall nx lm lahf-lm",
    },
    {
        .name = "Nehalem", .version = 2, .alias = "Nehalem-IBRS",
        .model_id = "Intel Core i7 9xx (Nehalem Core i7, IBRS update)",
        .features = "spec-ctrl",
    },
    {
        .name = "Opteron_G1", .version = 1,
        .vendor = "AuthenticAMD", .family = 15, .model = 6, .stepping = 1, .level = 0x5,
        .xlevel = 0x80000008, .model_id = "AMD Opteron 240 (Gen 1 Class Opteron)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni syscall nx lm",
    },
    {
        .name = "Opteron_G2", .version = 1,
        .vendor = "AuthenticAMD", .family = 15, .model = 6, .stepping = 1, .level = 0x5,
        .xlevel = 0x8000000a, .model_id = "AMD Opteron 22xx (Gen 2 Class Opteron)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni cx16 syscall nx lm lahf-lm svm",
    },
    {
        .name = "Opteron_G3", .version = 1,
        .vendor = "AuthenticAMD", .family = 16, .model = 2, .stepping = 3, .level = 0x5,
        .xlevel = 0x8000000a, .model_id = "AMD Opteron 23xx (Gen 3 Class Opteron)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni monitor cx16 popcnt syscall nx rdtscp lm lahf-lm svm abm "
                    "sse4a misalignsse",
    },
    {
        .name = "Opteron_G4", .version = 1,
        .vendor = "AuthenticAMD", .family = 21, .model = 1, .stepping = 2, .level = 0xd,
        .xlevel = 0x8000001a, .model_id = "AMD Opteron 62xx class CPU",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 cx16 sse4.1 sse4.2 popcnt aes xsave avx "
                    "syscall nx pdpe1gb rdtscp lm lahf-lm svm abm sse4a misalignsse 3dnowprefetch "
                    "xop fma4 npt nrip-save",
    },
    {
        .name = "Opteron_G5", .version = 1,
        .vendor = "AuthenticAMD", .family = 21, .model = 2, .level = 0xd, .xlevel = 0x8000001a,
        .model_id = "AMD Opteron 63xx class CPU",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 fma cx16 sse4.1 sse4.2 popcnt aes xsave "
                    "avx f16c syscall nx pdpe1gb rdtscp lm lahf-lm svm abm sse4a misalignsse "
                    "3dnowprefetch xop fma4 tbm npt nrip-save",
    },
    {
        .name = "Penryn", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 23, .stepping = 3, .level = 0xa,
        .xlevel = 0x80000008, .model_id = "Intel Core 2 Duo P9xxx (Penryn Class Core 2)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni ssse3 cx16 sse4.1 syscall nx lm lahf-lm",
    },
    {
        .name = "SandyBridge", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 42, .stepping = 1, .level = 0xd,
        .xlevel = 0x80000008, .model_id = "Intel Xeon E312xx (Sandy Bridge)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 cx16 sse4.1 sse4.2 x2apic popcnt "
                    "tsc-deadline aes xsave avx syscall nx rdtscp lm lahf-lm xsaveopt arat",
    },
    {
        .name = "SandyBridge", .version = 2, .alias = "SandyBridge-IBRS",
        .model_id = "Intel Xeon E312xx (Sandy Bridge, IBRS update)",
        .features = "spec-ctrl",
    },
    {
        .name = "Skylake-Client", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 94, .stepping = 3, .level = 0xd,
        .xlevel = 0x80000008, .model_id = "Intel Core Processor (Skylake)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 fma cx16 pcid sse4.1 sse4.2 x2apic movbe "
                    "popcnt tsc-deadline aes xsave avx f16c rdrand fsgsbase bmi1 hle avx2 smep bmi2 "
                    "erms invpcid rtm rdseed adx smap syscall nx rdtscp lm lahf-lm abm "
                    "3dnowprefetch xsaveopt xsavec xgetbv1 arat",
    },
    {
        .name = "Skylake-Client", .version = 2, .alias = "Skylake-Client-IBRS",
        .model_id = "Intel Core Processor (Skylake, IBRS)",
        .features = "spec-ctrl",
    },
    {
        .name = "Skylake-Client", .version = 3, .alias = "Skylake-Client-noTSX-IBRS",
        .model_id = "Intel Core Processor (Skylake, IBRS, no TSX)",
        .features = "-hle -rtm",
    },
    {
        .name = "Skylake-Client", .version = 4,
        .note = "IBRS, XSAVES, no TSX",
        .features = "xsaves",
    },
    {
        .name = "Skylake-Server", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 85, .stepping = 4, .level = 0xd,
        .xlevel = 0x80000008, .model_id = "Intel Xeon Processor (Skylake)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 fma cx16 pcid sse4.1 sse4.2 x2apic movbe "
                    "popcnt tsc-deadline aes xsave avx f16c rdrand fsgsbase bmi1 hle avx2 smep bmi2 "
                    "erms invpcid rtm avx512f avx512dq rdseed adx smap clflushopt clwb avx512cd "
                    "avx512bw avx512vl pku syscall nx pdpe1gb rdtscp lm lahf-lm abm 3dnowprefetch "
                    "xsaveopt xsavec xgetbv1 arat",
    },
    {
        .name = "Skylake-Server", .version = 2, .alias = "Skylake-Server-IBRS",
        .model_id = "Intel Xeon Processor (Skylake, IBRS)",
        .features = "-clflushopt spec-ctrl",
    },
    {
        .name = "Skylake-Server", .version = 3, .alias = "Skylake-Server-noTSX-IBRS",
        .model_id = "Intel Xeon Processor (Skylake, IBRS, no TSX)",
        .features = "-hle -rtm",
    },
    {
        .name = "Skylake-Server", .version = 4,
        .note = "IBRS, EPT switching, no TSX",
    },
    {
        .name = "Skylake-Server", .version = 5,
        .note = "IBRS, XSAVES, EPT switching, no TSX",
        .features = "xsaves",
    },
    {
        .name = "Snowridge", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 134, .stepping = 1, .level = 0x1b,
        .xlevel = 0x80000008, .model_id = "Intel Atom Processor (SnowRidge)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq monitor ssse3 cx16 sse4.1 sse4.2 x2apic movbe "
                    "popcnt tsc-deadline aes xsave rdrand fsgsbase smep erms mpx rdseed smap "
                    "clflushopt clwb sha-ni umip gfni cldemote movdiri movdir64b spec-ctrl "
                    "arch-capabilities core-capability ssbd syscall nx pdpe1gb rdtscp lm lahf-lm "
                    "3dnowprefetch xsaveopt xsavec xgetbv1 arat split-lock-detect",
    },
    {
        .name = "Snowridge", .version = 2,
        .model_id = "Intel Atom Processor (Snowridge, no MPX)",
        .features = "-mpx",
    },
    {
        .name = "Snowridge", .version = 3,
        .note = "XSAVES, no MPX",
        .features = "xsaves",
    },
    {
        .name = "Snowridge", .version = 4,
        .note = "no split lock detect, no core-capability",
        .features = "-core-capability -split-lock-detect",
    },
    {
        .name = "Westmere", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 44, .stepping = 1, .level = 0xb,
        .xlevel = 0x80000008, .model_id = "Westmere E56xx/L56xx/X56xx (Nehalem-C)",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni pclmulqdq ssse3 cx16 sse4.1 sse4.2 popcnt aes syscall nx "
                    "lm lahf-lm arat",
    },
    {
        .name = "Westmere", .version = 2, .alias = "Westmere-IBRS",
        .model_id = "Westmere E56xx/L56xx/X56xx (IBRS update)",
        .features = "spec-ctrl",
    },
    {
        .name = "athlon", .version = 1,
        .vendor = "AuthenticAMD", .family = 6, .model = 2, .stepping = 3, .level = 0x2,
        .xlevel = 0x80000008, .model_id = "QEMU Virtual CPU version 2.5+",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 mmx fxsr "
                    "sse sse2 mmxext 3dnowext 3dnow",
    },
    {
        .name = "core2duo", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 15, .stepping = 11, .level = 0xa,
        .xlevel = 0x80000008, .model_id = "Intel(R) Core(TM)2 Duo CPU     T7700  @ 2.40GHz",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "acpi mmx fxsr sse sse2 ss pni monitor ssse3 cx16 syscall nx lm lahf-lm",
    },
    {
        .name = "coreduo", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 14, .stepping = 8, .level = 0xa,
        .xlevel = 0x80000008, .model_id = "Genuine Intel(R) CPU           T2600  @ 2.16GHz",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat clflush acpi mmx "
                    "fxsr sse sse2 ss pni monitor nx",
    },
    {
        .name = "kvm32", .version = 1,
        .vendor = "GenuineIntel", .family = 15, .model = 6, .stepping = 1, .level = 0x5,
        .xlevel = 0x80000008, .model_id = "Common 32-bit KVM processor",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni",
    },
    {
        .name = "kvm64", .version = 1,
        .vendor = "GenuineIntel", .family = 15, .model = 6, .stepping = 1, .level = 0xd,
        .xlevel = 0x80000008, .model_id = "Common KVM processor",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni cx16 syscall nx lm",
    },
    {
        .name = "n270", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 28, .stepping = 2, .level = 0xa,
        .xlevel = 0x80000008, .model_id = "Intel(R) Atom(TM) CPU N270   @ 1.60GHz",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat clflush acpi mmx "
                    "fxsr sse sse2 ss pni monitor ssse3 movbe nx lahf-lm",
    },
    {
        .name = "pentium", .version = 1,
        .vendor = "GenuineIntel", .family = 5, .model = 4, .stepping = 3, .level = 0x1,
        .features = "fpu de pse tsc msr mce cx8 apic mmx",
    },
    {
        .name = "pentium2", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 5, .stepping = 2, .level = 0x2,
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 mmx fxsr",
    },
    {
        .name = "pentium3", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 7, .stepping = 3, .level = 0x3,
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 mmx fxsr "
                    "sse",
    },
    {
        .name = "phenom", .version = 1,
        .vendor = "AuthenticAMD", .family = 16, .model = 2, .stepping = 3, .level = 0x5,
        .xlevel = 0x8000001a, .model_id = "AMD Phenom(tm) 9550 Quad-Core Processor",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni monitor cx16 popcnt syscall nx mmxext fxsr-opt pdpe1gb "
                    "rdtscp lm 3dnowext 3dnow lahf-lm svm abm sse4a npt",
    },
    {
        .name = "qemu32", .version = 1,
        .vendor = "GenuineIntel", .family = 6, .model = 6, .stepping = 3, .level = 0x4,
        .xlevel = 0x80000004, .model_id = "QEMU Virtual CPU version 2.5+",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep pge cmov pat mmx fxsr sse sse2 pni",
    },
    {
        .name = "qemu64", .version = 1,
        .vendor = "AuthenticAMD", .family = 15, .model = 107, .stepping = 1, .level = 0xd,
        .xlevel = 0x8000000a, .model_id = "QEMU Virtual CPU version 2.5+",
        .features = "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush "
                    "mmx fxsr sse sse2 pni cx16 syscall nx lm lahf-lm svm",
    },
};
const size_t x86_cpu_models_count = ARRAY_SIZE(x86_cpu_models);
