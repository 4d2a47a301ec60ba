// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The migration description of a CPU: section "cpu", version 12.
 *
 * Names, order and sizes are those of the reference's 7.2 machine types. Where our state is laid out differently the
 * entry gives the wire's name and our field (WIRE_*), or goes through a *_vmstate field that pre_save fills.
 * The CPU is stopped; BQL.
 */
#include "qemu/osdep.h"
#include "hw/i386/apic.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/accel.h"
#include "target/i386/cpu-leaves.h"
#include "target/i386/cpu.h"
#include "target/i386/tcg/sys.h"

/* A field whose name on the wire differs from ours. */
#define WIRE(_name, _field, _info, _type) { \
    .name = (_name), .flags = VMS_SINGLE, .size = sizeof(_type), .info = &(_info), \
    .offset = vmstate_offset_value(X86CPU, _field, _type) }
#define WIRE_UINT64(_name, _field) WIRE(_name, _field, vmstate_info_uint64, uint64_t)
#define WIRE_UINT32(_name, _field) WIRE(_name, _field, vmstate_info_uint32, uint32_t)
#define WIRE_UINT16(_name, _field) WIRE(_name, _field, vmstate_info_uint16, uint16_t)
#define WIRE_STRUCTS(_name, _field, _num, _vmsd, _type) { \
    .name = (_name), .flags = VMS_STRUCT | VMS_ARRAY, .size = sizeof(_type), .num = (_num), .vmsd = &(_vmsd), \
    .offset = offsetof(X86CPU, _field) }

static const VMStateDescription vmstate_segment = {
    .name = "segment",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(selector, SegmentCache),
        VMSTATE_UINT64(base, SegmentCache),
        VMSTATE_UINT32(limit, SegmentCache),
        VMSTATE_UINT32(flags, SegmentCache),
        VMSTATE_END_OF_LIST()
    },
};
#define VMSTATE_SEGMENT(_field) VMSTATE_STRUCT(_field, X86CPU, 0, vmstate_segment, SegmentCache)

#define VMSTATE_ZMM_Q(_n) { \
    .name = "_q_ZMMReg[" #_n "]", .flags = VMS_SINGLE, .size = sizeof(uint64_t), .info = &vmstate_info_uint64, \
    .offset = offsetof(ZMMReg, q) + (_n) * sizeof(uint64_t) }

static const VMStateDescription vmstate_xmm_reg = {
    .name = "xmm_reg",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_ZMM_Q(0),
        VMSTATE_ZMM_Q(1),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_ymmh_reg = {
    .name = "ymmh_reg",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_ZMM_Q(2),
        VMSTATE_ZMM_Q(3),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_mtrr_var = {
    .name = "mtrr_var",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(base, MTRRVar),
        VMSTATE_UINT64(mask, MTRRVar),
        VMSTATE_END_OF_LIST()
    },
};

/* Significand, then sign and exponent: ten bytes, which pass through a copy of their own in the reference's description. */
typedef struct FPRegTmp {
    X86FPReg *parent;
    uint64_t tmp_mant;
    uint16_t tmp_exp;
} FPRegTmp;

static int fpreg_pre_save(void *opaque)
{
    FPRegTmp *tmp = opaque;

    tmp->tmp_mant = tmp->parent->mant;
    tmp->tmp_exp = tmp->parent->exp;
    return 0;
}

static int fpreg_post_load(void *opaque, int version_id)
{
    FPRegTmp *tmp = opaque;

    *tmp->parent = (X86FPReg) { .mant = tmp->tmp_mant, .exp = tmp->tmp_exp };
    return 0;
}

static const VMStateDescription vmstate_fpreg_tmp = {
    .name = "fpreg_tmp",
    .pre_save = fpreg_pre_save,
    .post_load = fpreg_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(tmp_mant, FPRegTmp),
        VMSTATE_UINT16(tmp_exp, FPRegTmp),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_fpreg = {
    .name = "fpreg",
    .fields = (const VMStateField[]) {
        VMSTATE_WITH_TMP(X86FPReg, FPRegTmp, vmstate_fpreg_tmp),
        VMSTATE_END_OF_LIST()
    },
};

/* ---- what is only sent when it says something ---- */

#define SUBSECTION(_id, _name, _when, ...) \
    static bool _id##_needed(void *opaque) \
    { \
        CPUX86State *env = &((X86CPU *)opaque)->env; \
        return (_when); \
    } \
    static const VMStateDescription vmstate_##_id = { \
        .name = (_name), .version_id = 1, .minimum_version_id = 1, .needed = _id##_needed, \
        .fields = (const VMStateField[]) { __VA_ARGS__, VMSTATE_END_OF_LIST() }, \
    }

SUBSECTION(fpop_ip_dp, "cpu/fpop_ip_dp", env->fp.fop || env->fp.fip || env->fp.fdp,
           WIRE_UINT16("env.fpop", env.fp.fop), WIRE_UINT64("env.fpip", env.fp.fip),
           WIRE_UINT64("env.fpdp", env.fp.fdp));
SUBSECTION(msr_tsc_adjust, "cpu/msr_tsc_adjust", env->tsc_adjust, VMSTATE_UINT64(env.tsc_adjust, X86CPU));
SUBSECTION(msr_tscdeadline, "cpu/msr_tscdeadline", env->tsc_deadline, VMSTATE_UINT64(env.tsc_deadline, X86CPU));
SUBSECTION(misc_enable, "cpu/msr_ia32_misc_enable", env->msr_ia32_misc_enable != 1,
           VMSTATE_UINT64(env.msr_ia32_misc_enable, X86CPU));
SUBSECTION(feature_control, "cpu/msr_ia32_feature_control", env->msr_ia32_feature_control,
           VMSTATE_UINT64(env.msr_ia32_feature_control, X86CPU));
SUBSECTION(xss, "cpu/xss", env->xss, VMSTATE_UINT64(env.xss, X86CPU));
SUBSECTION(pkru, "cpu/pkru", env->pkru, VMSTATE_UINT32(env.pkru, X86CPU));
SUBSECTION(tsc_khz, "cpu/tsc_khz", env->user_tsc_khz, VMSTATE_INT64(env.tsc_khz, X86CPU));
SUBSECTION(spec_ctrl, "cpu/spec_ctrl", env->spec_ctrl, VMSTATE_UINT64(env.spec_ctrl, X86CPU));
SUBSECTION(smi_count, "cpu/msr_smi_count", env->msr_smi_count, VMSTATE_UINT64(env.msr_smi_count, X86CPU));
SUBSECTION(poll_control, "cpu/poll_control_msr", env->poll_control_msr != 1,
           VMSTATE_UINT64(env.poll_control_msr, X86CPU));

static bool upper_vectors_needed(void *opaque)
{
    X86FPState *fp = &((X86CPU *)opaque)->env.fp;

    for (unsigned i = 0; i < X86_NB_OPMASK; i++) {
        if (fp->opmask[i]) {
            return true;
        }
    }
    for (unsigned i = 0; i < X86_NB_ZMM; i++) {
        for (unsigned j = i < 16 ? 4 : 0; j < 8; j++) {
            if (fp->zmm[i].q[j]) {
                return true;
            }
        }
    }
    return false;
}

static const VMStateDescription vmstate_zmmh_reg = {
    .name = "zmmh_reg",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_ZMM_Q(4),
        VMSTATE_ZMM_Q(5),
        VMSTATE_ZMM_Q(6),
        VMSTATE_ZMM_Q(7),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_hi16_reg = {
    .name = "Hi16_ZMM_reg",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64_ARRAY(q, ZMMReg, 8),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_avx512 = {
    .name = "cpu/avx512",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = upper_vectors_needed,
    .fields = (const VMStateField[]) {
        { .name = "env.opmask_regs", .flags = VMS_ARRAY, .size = sizeof(uint64_t), .num = X86_NB_OPMASK,
          .info = &vmstate_info_uint64, .offset = offsetof(X86CPU, env.fp.opmask) },
        WIRE_STRUCTS("env.xmm_regs[0]", env.fp.zmm[0], 16, vmstate_zmmh_reg, ZMMReg),
        WIRE_STRUCTS("env.xmm_regs[16]", env.fp.zmm[16], 16, vmstate_hi16_reg, ZMMReg),
        VMSTATE_END_OF_LIST()
    },
};

/* ---- before saving, after loading ---- */

static int x86_cpu_pre_save(void *opaque)
{
    X86CPU *cpu = opaque;
    CPUX86State *env = &cpu->env;

    env->eflags_vmstate = cpu_compute_eflags(env);
    env->fptag_vmstate = env->fp.ftw;
    env->fpregs_format_vmstate = 0;             /* eighty-bit registers */
    env->tsc = cpu_get_tsc(env);
    env->tsc_deadline = apic_get_tsc_deadline(cpu->apic_state);
    env->v_tpr = cpu_get_apic_tpr(cpu->apic_state);
    env->xstate_bv = env->xcr0;
    return 0;
}

/* Subsections that are absent mean the value after reset. */
static int x86_cpu_pre_load(void *opaque)
{
    CPUX86State *env = &((X86CPU *)opaque)->env;

    env->fp.fop = 0;
    env->fp.fip = env->fp.fdp = 0;
    env->tsc_adjust = 0;
    env->tsc_deadline = 0;
    env->msr_ia32_misc_enable = 1;
    env->msr_ia32_feature_control = 0;
    env->xss = 0;
    env->pkru = 0;
    env->spec_ctrl = 0;
    env->msr_smi_count = 0;
    env->poll_control_msr = 1;
    return 0;
}

static bool x86_cpu_check_loaded(X86CPU *cpu, Error **errp)
{
    CPUX86State *env = &cpu->env;
    uint64_t components = x86_cpu_xsave_components(env) | 1;

    if (env->xcr0 & ~components) {
        error_setg(errp, "cpu: XCR0 0x%" PRIx64 " enables state this CPU model does not have (it has 0x%" PRIx64 ")",
                   env->xcr0, components);
        return false;
    }
    if (env->fpregs_format_vmstate) {
        error_setg(errp, "cpu: floating-point registers in format %u, only 0 is supported",
                   env->fpregs_format_vmstate);
        return false;
    }
    if (env->cr[0] & CR0_PG_MASK && !(env->cr[0] & CR0_PE_MASK)) {
        error_setg(errp, "cpu: CR0 0x%" PRIx64 " has paging without protection", env->cr[0]);
        return false;
    }
    if (env->tsc_khz <= 0) {
        error_setg(errp, "cpu: TSC frequency %" PRId64 " kHz is not possible", env->tsc_khz);
        return false;
    }
    return true;
}

static bool x86_cpu_post_load(void *opaque, int version_id, Error **errp)
{
    X86CPU *cpu = opaque;
    CPUX86State *env = &cpu->env;

    if (!x86_cpu_check_loaded(cpu, errp)) {
        return false;
    }
    cpu_load_eflags(env, env->eflags_vmstate, UINT32_MAX);
    env->fp.ftw = env->fptag_vmstate;
    for (unsigned i = 0; i < 8; i++) {
        memset(env->fp.fpregs[i].pad, 0, sizeof(env->fp.fpregs[i].pad));
    }
    x86_fp_update_es(&env->fp);
    env->fp.mxcsr &= MXCSR_VALID;
    env->dr[6] |= DR6_FIXED_1;
    env->dr[7] = (uint32_t)env->dr[7] | DR7_FIXED_1;
    env->a20_mask = env->a20_mask & 1 << 20 ? -1 : ~(1 << 20);
    env->pdptrs_valid = false;
    env->old_exception = -1;
    CPU(cpu)->exception_index = -1;
    apic_restore_tsc_deadline(cpu->apic_state, env->tsc_deadline);
    x86_update_hflags(env);
    if (tcg_enabled()) {
        x86_update_hw_breakpoints(env);
    }
    tlb_flush(CPU(cpu));
    return true;
}

const VMStateDescription vmstate_x86_cpu = {
    .name = "cpu",
    .version_id = 12,
    .minimum_version_id = 11,
    .pre_load = x86_cpu_pre_load,
    .pre_save = x86_cpu_pre_save,
    .post_load_errp = x86_cpu_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64_ARRAY(env.regs, X86CPU, CPU_NB_REGS),
        VMSTATE_UINT64(env.eip, X86CPU),
        WIRE_UINT64("env.eflags", env.eflags_vmstate),
        VMSTATE_UINT32(env.hflags, X86CPU),
        WIRE_UINT16("env.fpuc", env.fp.fcw),
        WIRE_UINT16("env.fpus_vmstate", env.fp.fsw),
        VMSTATE_UINT16(env.fptag_vmstate, X86CPU),
        VMSTATE_UINT16(env.fpregs_format_vmstate, X86CPU),
        WIRE_STRUCTS("env.fpregs", env.fp.fpregs, 8, vmstate_fpreg, X86FPReg),
        VMSTATE_STRUCT_ARRAY(env.segs, X86CPU, 6, 0, vmstate_segment, SegmentCache),
        VMSTATE_SEGMENT(env.ldt),
        VMSTATE_SEGMENT(env.tr),
        VMSTATE_SEGMENT(env.gdt),
        VMSTATE_SEGMENT(env.idt),
        VMSTATE_UINT32(env.sysenter_cs, X86CPU),
        VMSTATE_UINT64(env.sysenter_esp, X86CPU),
        VMSTATE_UINT64(env.sysenter_eip, X86CPU),
        VMSTATE_UINT64(env.cr[0], X86CPU),
        VMSTATE_UINT64(env.cr[2], X86CPU),
        VMSTATE_UINT64(env.cr[3], X86CPU),
        VMSTATE_UINT64(env.cr[4], X86CPU),
        VMSTATE_UINT64_ARRAY(env.dr, X86CPU, 8),
        VMSTATE_INT32(env.a20_mask, X86CPU),
        WIRE_UINT32("env.mxcsr", env.fp.mxcsr),
        WIRE_STRUCTS("env.xmm_regs[0]", env.fp.zmm[0], 16, vmstate_xmm_reg, ZMMReg),
        VMSTATE_UINT64(env.efer, X86CPU),
        VMSTATE_UINT64(env.star, X86CPU),
        VMSTATE_UINT64(env.lstar, X86CPU),
        VMSTATE_UINT64(env.cstar, X86CPU),
        VMSTATE_UINT64(env.fmask, X86CPU),
        VMSTATE_UINT64(env.kernelgsbase, X86CPU),
        VMSTATE_UINT32(env.smbase, X86CPU),
        VMSTATE_UINT64(env.pat, X86CPU),
        VMSTATE_UINT32(env.hflags2, X86CPU),
        VMSTATE_UINT64(env.vm_hsave, X86CPU),
        VMSTATE_UINT64(env.vm_vmcb, X86CPU),
        VMSTATE_UINT64(env.tsc_offset, X86CPU),
        VMSTATE_UINT64(env.intercept, X86CPU),
        VMSTATE_UINT16(env.intercept_cr_read, X86CPU),
        VMSTATE_UINT16(env.intercept_cr_write, X86CPU),
        VMSTATE_UINT16(env.intercept_dr_read, X86CPU),
        VMSTATE_UINT16(env.intercept_dr_write, X86CPU),
        VMSTATE_UINT32(env.intercept_exceptions, X86CPU),
        VMSTATE_UINT8(env.v_tpr, X86CPU),
        VMSTATE_UINT64_ARRAY(env.mtrr_fixed, X86CPU, 11),
        VMSTATE_UINT64(env.mtrr_deftype, X86CPU),
        VMSTATE_STRUCT_ARRAY(env.mtrr_var, X86CPU, MSR_MTRRcap_VCNT, 8, vmstate_mtrr_var, MTRRVar),
        VMSTATE_INT32(env.interrupt_injected, X86CPU),
        VMSTATE_UINT32(env.mp_state, X86CPU),
        VMSTATE_UINT64(env.tsc, X86CPU),
        VMSTATE_INT32(env.exception_nr, X86CPU),
        VMSTATE_UINT8(env.soft_interrupt, X86CPU),
        VMSTATE_UINT8(env.nmi_injected, X86CPU),
        VMSTATE_UINT8(env.nmi_pending, X86CPU),
        VMSTATE_UINT8(env.has_error_code, X86CPU),
        VMSTATE_UINT32(env.sipi_vector, X86CPU),
        VMSTATE_UINT64(env.mcg_cap, X86CPU),
        VMSTATE_UINT64(env.mcg_status, X86CPU),
        VMSTATE_UINT64(env.mcg_ctl, X86CPU),
        VMSTATE_UINT64_ARRAY(env.mce_banks, X86CPU, MCE_BANKS_DEF * 4),
        VMSTATE_UINT64(env.tsc_aux, X86CPU),
        VMSTATE_UINT64(env.system_time_msr, X86CPU),
        VMSTATE_UINT64(env.wall_clock_msr, X86CPU),
        VMSTATE_UINT64_V(env.xcr0, X86CPU, 12),
        VMSTATE_UINT64_V(env.xstate_bv, X86CPU, 12),
        { .name = "env.xmm_regs[1]", .version_id = 12, .flags = VMS_STRUCT | VMS_ARRAY, .size = sizeof(ZMMReg),
          .num = 16, .vmsd = &vmstate_ymmh_reg, .offset = offsetof(X86CPU, env.fp.zmm[0]) },
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription *const []) {
        &vmstate_fpop_ip_dp,
        &vmstate_msr_tsc_adjust,
        &vmstate_msr_tscdeadline,
        &vmstate_misc_enable,
        &vmstate_feature_control,
        &vmstate_avx512,
        &vmstate_xss,
        &vmstate_tsc_khz,
        &vmstate_pkru,
        &vmstate_spec_ctrl,
        &vmstate_smi_count,
        &vmstate_poll_control,
        NULL
    },
};
