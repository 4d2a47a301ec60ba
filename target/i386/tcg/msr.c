// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RDMSR and WRMSR (SDM vol. 4; AMD APM vol. 2, appendix A).
 *
 * Most MSRs are a word of CPUX86State with a mask of writable bits: they are rows of msr_rows. Those with side
 * effects are functions. An MSR that is neither, and in none of the ranges that read as zero, is #GP(0).
 */
#include "qemu/osdep.h"
#include "hw/i386/apic.h"
#include "qemu/host-utils.h"
#include "qemu/log.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "target/i386/cpu-leaves.h"
#include "target/i386/tcg/kvmclock.h"
#include "target/i386/tcg/seg.h"
#include "target/i386/tcg/sys.h"

enum {
    MSR_TSC = 0x10, MSR_APICBASE = 0x1b, MSR_FEATURE_CONTROL = 0x3a, MSR_TSC_ADJUST = 0x3b, MSR_SPEC_CTRL = 0x48,
    MSR_PRED_CMD = 0x49, MSR_UCODE_REV = 0x8b, MSR_MTRRCAP = 0xfe, MSR_ARCH_CAPABILITIES = 0x10a,
    MSR_FLUSH_CMD = 0x10b, MSR_SYSENTER_CS = 0x174, MSR_SYSENTER_ESP = 0x175, MSR_SYSENTER_EIP = 0x176,
    MSR_MCG_CAP = 0x179, MSR_MCG_STATUS = 0x17a, MSR_MCG_CTL = 0x17b, MSR_PERF_STATUS = 0x198,
    MSR_MISC_ENABLE = 0x1a0, MSR_DEBUGCTL = 0x1d9, MSR_MTRR_PHYS = 0x200, MSR_MTRR_FIX64K = 0x250,
    MSR_MTRR_FIX16K = 0x258, MSR_MTRR_FIX4K = 0x268, MSR_PAT = 0x277, MSR_MTRR_DEF_TYPE = 0x2ff,
    MSR_MC_FIRST = 0x400, MSR_TSC_DEADLINE = 0x6e0, MSR_X2APIC = 0x800, MSR_XSS = 0xda0,
    MSR_EFER = 0xc0000080, MSR_STAR = 0xc0000081, MSR_LSTAR = 0xc0000082, MSR_CSTAR = 0xc0000083,
    MSR_FMASK = 0xc0000084, MSR_FSBASE = 0xc0000100, MSR_GSBASE = 0xc0000101, MSR_KERNELGSBASE = 0xc0000102,
    MSR_TSC_AUX = 0xc0000103, MSR_VM_HSAVE = 0xc0010117,
};

#define ALL UINT64_MAX
#define CANONICAL 1             /* flag: a value that is not canonical is #GP */

typedef struct MSRRow {
    uint32_t index;
    uint32_t flags;
    size_t offset;
    uint64_t writable;          /* other bits set in a written value: #GP */
} MSRRow;

#define ROW(_index, _field, _writable, _flags) { _index, _flags, offsetof(CPUX86State, _field), _writable }

static const MSRRow msr_rows[] = {
    ROW(MSR_SYSENTER_ESP, sysenter_esp, ALL, CANONICAL),
    ROW(MSR_SYSENTER_EIP, sysenter_eip, ALL, CANONICAL),
    ROW(MSR_MISC_ENABLE, msr_ia32_misc_enable, ALL, 0),
    ROW(MSR_FEATURE_CONTROL, msr_ia32_feature_control, 0xff07, 0),
    ROW(MSR_MCG_STATUS, mcg_status, 7, 0),
    ROW(MSR_MCG_CTL, mcg_ctl, ALL, 0),
    ROW(MSR_MTRR_DEF_TYPE, mtrr_deftype, 0xcff, 0),
    ROW(MSR_STAR, star, ALL, 0),
    ROW(MSR_LSTAR, lstar, ALL, CANONICAL),
    ROW(MSR_CSTAR, cstar, ALL, CANONICAL),
    ROW(MSR_FMASK, fmask, UINT32_MAX, 0),
    ROW(MSR_FSBASE, segs[R_FS].base, ALL, CANONICAL),
    ROW(MSR_GSBASE, segs[R_GS].base, ALL, CANONICAL),
    ROW(MSR_KERNELGSBASE, kernelgsbase, ALL, CANONICAL),
    ROW(MSR_TSC_AUX, tsc_aux, UINT32_MAX, 0),
    ROW(MSR_VM_HSAVE, vm_hsave, ALL, 0),
    ROW(MSR_SPEC_CTRL, spec_ctrl, 7, 0),
};

static const MSRRow *find_row(uint32_t index)
{
    for (size_t i = 0; i < ARRAY_SIZE(msr_rows); i++) {
        if (msr_rows[i].index == index) {
            return &msr_rows[i];
        }
    }
    return NULL;
}

static uint64_t *row_field(CPUX86State *env, const MSRRow *row)
{
    return (uint64_t *)((char *)env + row->offset);
}

/* ---- memory types ---- */

/* Eight bytes of memory types (MTRR, PAT): each 0, 1, 4, 5, 6, and 7 (PAT's UC-) when @pat. */
static bool valid_types(uint64_t v, bool pat)
{
    for (unsigned i = 0; i < 64; i += 8) {
        unsigned t = v >> i & 0xff;

        if (t > 7 || t == 2 || t == 3 || (t == 7 && !pat)) {
            return false;
        }
    }
    return true;
}

static uint64_t *mtrr_field(CPUX86State *env, uint32_t index)
{
    if (index >= MSR_MTRR_PHYS && index < MSR_MTRR_PHYS + 2 * MSR_MTRRcap_VCNT) {
        MTRRVar *var = &env->mtrr_var[(index - MSR_MTRR_PHYS) / 2];

        return index & 1 ? &var->mask : &var->base;
    }
    if (index == MSR_MTRR_FIX64K) {
        return &env->mtrr_fixed[0];
    }
    if (index == MSR_MTRR_FIX16K || index == MSR_MTRR_FIX16K + 1) {
        return &env->mtrr_fixed[1 + index - MSR_MTRR_FIX16K];
    }
    if (index >= MSR_MTRR_FIX4K && index < MSR_MTRR_FIX4K + 8) {
        return &env->mtrr_fixed[3 + index - MSR_MTRR_FIX4K];
    }
    return NULL;
}

static bool has_mtrr(const CPUX86State *env)
{
    return x86_has_feature(env, FEAT_1_EDX, 12);
}

/* ---- time ---- */

static void write_tsc(CPUX86State *env, uint64_t v)
{
    uint64_t delta = v - cpu_get_tsc(env);

    env->tsc_offset += delta;
    env->tsc_adjust += delta;
    x86_kvmclock_update(env);
}

static void write_tsc_adjust(CPUX86State *env, uint64_t v)
{
    env->tsc_offset += v - env->tsc_adjust;
    env->tsc_adjust = v;
    x86_kvmclock_update(env);
}

/* When on the virtual clock will the TSC reach @tsc? */
static int64_t tsc_to_ns(CPUX86State *env, uint64_t tsc)
{
    int64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    int64_t ticks = tsc - cpu_get_tsc(env);

    if (ticks <= 0) {
        return now;
    }
    if (env->tsc_khz != X86_TCG_TSC_KHZ) {
        ticks = muldiv64(ticks, X86_TCG_TSC_KHZ, env->tsc_khz);
    }
    return ticks > INT64_MAX - now ? INT64_MAX : now + ticks;
}

static void write_tsc_deadline(CPUX86State *env, uint64_t v)
{
    int64_t when = tsc_to_ns(env, v);

    bql_lock();
    apic_set_tsc_deadline(env_archcpu(env)->apic_state, v, when);
    bql_unlock();
}

/* ---- APIC ---- */

/* SDM vol. 3, table 11-5: which changes of the two mode bits are allowed. */
static bool write_apicbase(CPUX86State *env, uint64_t v)
{
    DeviceState *apic = env_archcpu(env)->apic_state;
    uint64_t old = cpu_get_apic_base(apic);
    unsigned from = old >> 10 & 3, to = v >> 10 & 3;     /* 0 disabled, 2 xAPIC, 3 x2APIC */
    bool x2apic = x86_has_feature(env, FEAT_1_ECX, 21);

    if (!apic || v >> env_archcpu(env)->phys_bits || v & 0x2ff || to == 1 || (to == 3 && !x2apic) ||
        (from == 3 && to == 2) || (from == 0 && to == 3)) {
        return false;
    }
    bql_lock();
    cpu_set_apic_base(apic, v);
    bql_unlock();
    return true;
}

static bool x2apic_access(CPUX86State *env, uint32_t index, uint64_t *v, bool write)
{
    DeviceState *apic = env_archcpu(env)->apic_state;
    bool ok;

    bql_lock();
    ok = write ? apic_msr_write(apic, index - MSR_X2APIC, *v) : apic_msr_read(apic, index - MSR_X2APIC, v);
    bql_unlock();
    return ok;
}

/* ---- EFER ---- */

static bool write_efer(CPUX86State *env, uint64_t v)
{
    uint64_t allowed = 0;

    allowed |= x86_has_feature(env, FEAT_8000_0001_EDX, 11) ? MSR_EFER_SCE : 0;
    allowed |= x86_has_feature(env, FEAT_8000_0001_EDX, 29) ? MSR_EFER_LME | MSR_EFER_LMA : 0;
    allowed |= x86_has_feature(env, FEAT_8000_0001_EDX, 20) ? MSR_EFER_NXE : 0;
    allowed |= x86_has_feature(env, FEAT_8000_0001_EDX, 25) ? MSR_EFER_FFXSR : 0;
    if (v & ~allowed || ((env->efer ^ v) & MSR_EFER_LME && env->cr[0] & CR0_PG_MASK)) {
        return false;
    }
    cpu_load_efer(env, (v & ~(uint64_t)MSR_EFER_LMA) | (env->efer & MSR_EFER_LMA));
    return true;
}

/* ---- machine check banks ---- */

static bool mce_bank(const CPUX86State *env, uint32_t index)
{
    return index >= MSR_MC_FIRST && index < MSR_MC_FIRST + 4 * (env->mcg_cap & 0xff);
}

/* Writable, without effect, reading as zero: performance, power and chipset registers that systems poke unasked. */
static bool reads_as_zero(uint32_t index)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0x00, 0x01 }, { 0x17, 0x17 }, { 0x2a, 0x2a }, { 0x79, 0x79 }, { 0xc1, 0xc8 }, { 0xcd, 0xcd }, { 0xe7, 0xe8 },
        { 0x11e, 0x11e }, { 0x186, 0x18d }, { 0x198, 0x199 }, { 0x1a2, 0x1a2 }, { 0x1d9, 0x1de }, { 0x3f1, 0x3f1 },
        { 0xc0000104, 0xc0000104 }, { 0xc0010000, 0xc00111ff },
    };

    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
        if (index >= ranges[i].first && index <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* ---- the two instructions ---- */

static bool read_msr(CPUX86State *env, uint32_t index, uint64_t *v)
{
    X86CPU *cpu = env_archcpu(env);
    const MSRRow *row = find_row(index);
    uint64_t *mtrr = mtrr_field(env, index);

    if (row) {
        *v = *row_field(env, row);
        return true;
    }
    if (mtrr) {
        *v = *mtrr;
        return has_mtrr(env);
    }
    if (index >= MSR_X2APIC && index < MSR_X2APIC + 0x100) {
        return x2apic_access(env, index, v, false);
    }
    if (mce_bank(env, index)) {
        *v = env->mce_banks[index - MSR_MC_FIRST];
        return true;
    }
    switch (index) {
    case MSR_TSC:
        *v = cpu_get_tsc(env);
        return true;
    case MSR_KVM_WALL_CLOCK_OLD:
    case MSR_KVM_SYSTEM_TIME_OLD:
    case MSR_KVM_WALL_CLOCK:
    case MSR_KVM_SYSTEM_TIME:
        return x86_kvmclock_read(env, index, v);
    case MSR_TSC_ADJUST:
        *v = env->tsc_adjust;
        return x86_has_feature(env, FEAT_7_0_EBX, 1);
    case MSR_TSC_DEADLINE:
        *v = apic_get_tsc_deadline(cpu->apic_state);
        return x86_has_feature(env, FEAT_1_ECX, 24);
    case MSR_APICBASE:
        *v = cpu_get_apic_base(cpu->apic_state);
        return cpu->apic_state;
    case MSR_SYSENTER_CS:
        *v = env->sysenter_cs;
        return true;
    case MSR_EFER:
        *v = env->efer;
        return true;
    case MSR_PAT:
        *v = env->pat;
        return true;
    case MSR_MTRRCAP:
        *v = MSR_MTRRcap_VCNT | 1 << 8 | 1 << 10;       /* fixed ranges and write combining */
        return has_mtrr(env);
    case MSR_MCG_CAP:
        *v = env->mcg_cap;
        return true;
    case MSR_UCODE_REV:
        *v = cpu->ucode_rev ? cpu->ucode_rev : 0x100000000ull;
        return true;
    case MSR_ARCH_CAPABILITIES:
        *v = env->features[FEAT_ARCH_CAPABILITIES];
        return x86_has_feature(env, FEAT_7_0_EDX, 29);
    case MSR_XSS:
        *v = env->xss;
        return x86_has_feature(env, FEAT_XSAVE, 3);
    default:
        *v = 0;
        return reads_as_zero(index);
    }
}

static bool write_mtrr(CPUX86State *env, uint32_t index, uint64_t *field, uint64_t v)
{
    uint64_t addr_mask = (1ull << env_archcpu(env)->phys_bits) - 1;

    if (index >= MSR_MTRR_FIX64K) {
        if (!valid_types(v, false)) {
            return false;
        }
    } else if (v & ~addr_mask || v & (index & 1 ? 0x7ff : 0xf00)) {
        return false;
    }
    *field = v;
    return true;
}

static bool write_row(CPUX86State *env, const MSRRow *row, uint64_t v)
{
    if (v & ~row->writable || (row->flags & CANONICAL && !x86_is_canonical(env, v))) {
        return false;
    }
    *row_field(env, row) = v;
    return true;
}

static bool write_msr(CPUX86State *env, uint32_t index, uint64_t v)
{
    const MSRRow *row = find_row(index);
    uint64_t *mtrr = mtrr_field(env, index);

    if (row) {
        return write_row(env, row, v);
    }
    if (mtrr) {
        return has_mtrr(env) && write_mtrr(env, index, mtrr, v);
    }
    if (index >= MSR_X2APIC && index < MSR_X2APIC + 0x100) {
        return x2apic_access(env, index, &v, true);
    }
    if (mce_bank(env, index)) {
        /* status may only be cleared; control takes any enables, as on all but the P6 (SDM vol. 3, 15.3.2.1, 15.3.2.2) */
        if ((index & 3) == 1 && v) {
            return false;
        }
        env->mce_banks[index - MSR_MC_FIRST] = v;
        return true;
    }
    switch (index) {
    case MSR_TSC:
        write_tsc(env, v);
        return true;
    case MSR_KVM_WALL_CLOCK_OLD:
    case MSR_KVM_SYSTEM_TIME_OLD:
    case MSR_KVM_WALL_CLOCK:
    case MSR_KVM_SYSTEM_TIME:
        return x86_kvmclock_write(env, index, v);
    case MSR_TSC_ADJUST:
        write_tsc_adjust(env, v);
        return x86_has_feature(env, FEAT_7_0_EBX, 1);
    case MSR_TSC_DEADLINE:
        write_tsc_deadline(env, v);
        return x86_has_feature(env, FEAT_1_ECX, 24);
    case MSR_APICBASE:
        return write_apicbase(env, v);
    case MSR_SYSENTER_CS:
        env->sysenter_cs = v;
        return true;
    case MSR_EFER:
        return write_efer(env, v);
    case MSR_PAT:
        if (!valid_types(v, true)) {
            return false;
        }
        env->pat = v;
        return true;
    case MSR_XSS:
        if (v || !x86_has_feature(env, FEAT_XSAVE, 3)) {
            return false;
        }
        return true;
    case MSR_UCODE_REV:
    case MSR_PRED_CMD:
    case MSR_FLUSH_CMD:
        return true;
    default:
        return reads_as_zero(index);
    }
}

void helper_rdmsr(CPUX86State *env, const X86Insn *insn)
{
    uint32_t index = env->regs[R_ECX];
    uint64_t v;

    if (!read_msr(env, index, &v)) {
        qemu_log_mask(LOG_GUEST_ERROR, "RDMSR of %08x, which this CPU does not have\n", index);
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
    env->regs[R_EAX] = (uint32_t)v;
    env->regs[R_EDX] = v >> 32;
}

void helper_wrmsr(CPUX86State *env, const X86Insn *insn)
{
    uint32_t index = env->regs[R_ECX];
    uint64_t v = (uint32_t)env->regs[R_EAX] | env->regs[R_EDX] << 32;

    if (!write_msr(env, index, v)) {
        qemu_log_mask(LOG_GUEST_ERROR, "WRMSR of %08x: no such register or invalid value %016" PRIx64 "\n", index, v);
        raise_exception_err(env, EXCP0D_GPF, 0);
    }
}
