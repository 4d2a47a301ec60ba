/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * X86CPU: the architectural state of one virtual CPU (Intel SDM vol. 3 ch. 2-4, AMD APM vol. 2), whatever executes it.
 *
 * Owns the state, its constants and small accessors. Floating point and vector state is in target/i386/fpu-state.h,
 * models and CPUID in target/i386/cpu.c, the emulator's private interfaces in target/i386/tcg/tcg-cpu.h.
 * Written by the CPU's own thread; others stop the CPU first (run_on_cpu).
 *
 * Rules
 *  - eflags holds every flag *except* CF PF AF ZF SF OF while code runs; those are lazy (cc_op, cc_dst, cc_src).
 *    Read flags with cpu_compute_eflags(env), write them with cpu_load_eflags(env, value, mask).
 *  - After changing cr[0], cr[4], efer, a segment register or eflags.VM/TF/IOPL call the matching function
 *    (cpu_x86_update_cr0(), ..., cpu_x86_load_seg_cache(), x86_update_hflags()): hflags caches those.
 */
#ifndef TARGET_I386_CPU_H
#define TARGET_I386_CPU_H

#include "qemu/osdep.h"
#include "exec/target_page.h"
#include "hw/core/cpu.h"
#include "target/i386/cpu-features.h"
#include "target/i386/fpu-state.h"

typedef uint64_t target_ulong;
typedef int64_t target_long;
#define TARGET_LONG_BITS 64
#define TARGET_FMT_lx "%016" PRIx64

#define TYPE_X86_CPU "x86_64-cpu"
#define X86_CPU_TYPE_SUFFIX "-" TYPE_X86_CPU
#define X86_CPU_TYPE_NAME(name) (name X86_CPU_TYPE_SUFFIX)
#define CPU_RESOLVING_TYPE TYPE_X86_CPU
OBJECT_DECLARE_CPU_TYPE(X86CPU, X86CPUClass, X86_CPU)

enum {
    R_EAX = 0, R_ECX, R_EDX, R_EBX, R_ESP, R_EBP, R_ESI, R_EDI,
    R_R8, R_R9, R_R10, R_R11, R_R12, R_R13, R_R14, R_R15,
};
#define CPU_NB_REGS 16

enum { R_ES = 0, R_CS, R_SS, R_DS, R_FS, R_GS, R_LDTR, R_TR };

/* Segment descriptor attributes, as in the descriptor's second doubleword (SDM vol. 3, 3.4.5) */
#define DESC_G_SHIFT    23
#define DESC_G_MASK     (1 << DESC_G_SHIFT)
#define DESC_B_SHIFT    22
#define DESC_B_MASK     (1 << DESC_B_SHIFT)
#define DESC_L_SHIFT    21
#define DESC_L_MASK     (1 << DESC_L_SHIFT)
#define DESC_AVL_SHIFT  20
#define DESC_AVL_MASK   (1 << DESC_AVL_SHIFT)
#define DESC_P_SHIFT    15
#define DESC_P_MASK     (1 << DESC_P_SHIFT)
#define DESC_DPL_SHIFT  13
#define DESC_DPL_MASK   (3 << DESC_DPL_SHIFT)
#define DESC_S_SHIFT    12
#define DESC_S_MASK     (1 << DESC_S_SHIFT)
#define DESC_TYPE_SHIFT 8
#define DESC_TYPE_MASK  (15 << DESC_TYPE_SHIFT)
#define DESC_A_MASK     (1 << 8)
#define DESC_CS_MASK    (1 << 11)   /* 1: code */
#define DESC_C_MASK     (1 << 10)   /* code: conforming */
#define DESC_R_MASK     (1 << 9)    /* code: readable */
#define DESC_E_MASK     (1 << 10)   /* data: expand down */
#define DESC_W_MASK     (1 << 9)    /* data: writable */
#define DESC_TSS_BUSY_MASK (1 << 9)

/* EFLAGS */
#define CC_C    0x0001
#define CC_P    0x0004
#define CC_A    0x0010
#define CC_Z    0x0040
#define CC_S    0x0080
#define CC_O    0x0800
#define CC_OSZAPC (CC_O | CC_S | CC_Z | CC_A | CC_P | CC_C)
#define TF_MASK   0x00000100
#define IF_MASK   0x00000200
#define DF_MASK   0x00000400
#define IOPL_MASK 0x00003000
#define IOPL_SHIFT 12
#define NT_MASK   0x00004000
#define RF_MASK   0x00010000
#define VM_MASK   0x00020000
#define AC_MASK   0x00040000
#define VIF_MASK  0x00080000
#define VIP_MASK  0x00100000
#define ID_MASK   0x00200000

/* hflags: state that selects how code is decoded and run. Values are part of the migration stream. */
#define HF_CPL_SHIFT         0
#define HF_INHIBIT_IRQ_SHIFT 3
#define HF_CS32_SHIFT        4
#define HF_SS32_SHIFT        5
#define HF_ADDSEG_SHIFT      6      /* DS, ES or SS has a base other than zero */
#define HF_PE_SHIFT          7
#define HF_TF_SHIFT          8
#define HF_MP_SHIFT          9
#define HF_EM_SHIFT         10
#define HF_TS_SHIFT         11
#define HF_IOPL_SHIFT       12
#define HF_LMA_SHIFT        14
#define HF_CS64_SHIFT       15
#define HF_RF_SHIFT         16
#define HF_VM_SHIFT         17
#define HF_AC_SHIFT         18
#define HF_SMM_SHIFT        19
#define HF_OSFXSR_SHIFT     22
#define HF_SMAP_SHIFT       23
#define HF_IOBPT_SHIFT      24
#define HF_UMIP_SHIFT       27
#define HF_AVX_EN_SHIFT     28
#define HF_CPL_MASK         (3 << HF_CPL_SHIFT)
#define HF_INHIBIT_IRQ_MASK (1 << HF_INHIBIT_IRQ_SHIFT)
#define HF_CS32_MASK        (1 << HF_CS32_SHIFT)
#define HF_SS32_MASK        (1 << HF_SS32_SHIFT)
#define HF_ADDSEG_MASK      (1 << HF_ADDSEG_SHIFT)
#define HF_PE_MASK          (1 << HF_PE_SHIFT)
#define HF_TF_MASK          (1 << HF_TF_SHIFT)
#define HF_MP_MASK          (1 << HF_MP_SHIFT)
#define HF_EM_MASK          (1 << HF_EM_SHIFT)
#define HF_TS_MASK          (1 << HF_TS_SHIFT)
#define HF_IOPL_MASK        (3 << HF_IOPL_SHIFT)
#define HF_LMA_MASK         (1 << HF_LMA_SHIFT)
#define HF_CS64_MASK        (1 << HF_CS64_SHIFT)
#define HF_RF_MASK          (1 << HF_RF_SHIFT)
#define HF_VM_MASK          (1 << HF_VM_SHIFT)
#define HF_AC_MASK          (1 << HF_AC_SHIFT)
#define HF_SMM_MASK         (1 << HF_SMM_SHIFT)
#define HF_OSFXSR_MASK      (1 << HF_OSFXSR_SHIFT)
#define HF_SMAP_MASK        (1 << HF_SMAP_SHIFT)
#define HF_IOBPT_MASK       (1 << HF_IOBPT_SHIFT)
#define HF_UMIP_MASK        (1 << HF_UMIP_SHIFT)
#define HF_AVX_EN_MASK      (1 << HF_AVX_EN_SHIFT)

#define HF2_GIF_MASK        (1 << 0)
#define HF2_NMI_MASK        (1 << 2)    /* in an NMI handler */
#define HF2_SMM_INSIDE_NMI_MASK (1 << 4)

#define CR0_PE_MASK  (1u << 0)
#define CR0_MP_MASK  (1u << 1)
#define CR0_EM_MASK  (1u << 2)
#define CR0_TS_MASK  (1u << 3)
#define CR0_ET_MASK  (1u << 4)
#define CR0_NE_MASK  (1u << 5)
#define CR0_WP_MASK  (1u << 16)
#define CR0_AM_MASK  (1u << 18)
#define CR0_NW_MASK  (1u << 29)
#define CR0_CD_MASK  (1u << 30)
#define CR0_PG_MASK  (1u << 31)

#define CR4_VME_MASK  (1u << 0)
#define CR4_PVI_MASK  (1u << 1)
#define CR4_TSD_MASK  (1u << 2)
#define CR4_DE_MASK   (1u << 3)
#define CR4_PSE_MASK  (1u << 4)
#define CR4_PAE_MASK  (1u << 5)
#define CR4_MCE_MASK  (1u << 6)
#define CR4_PGE_MASK  (1u << 7)
#define CR4_PCE_MASK  (1u << 8)
#define CR4_OSFXSR_MASK (1u << 9)
#define CR4_OSXMMEXCPT_MASK (1u << 10)
#define CR4_UMIP_MASK (1u << 11)
#define CR4_LA57_MASK (1u << 12)
#define CR4_VMXE_MASK (1u << 13)
#define CR4_SMXE_MASK (1u << 14)
#define CR4_FSGSBASE_MASK (1u << 16)
#define CR4_PCIDE_MASK (1u << 17)
#define CR4_OSXSAVE_MASK (1u << 18)
#define CR4_SMEP_MASK (1u << 20)
#define CR4_SMAP_MASK (1u << 21)
#define CR4_PKE_MASK  (1u << 22)
#define CR4_CET_MASK  (1u << 23)
#define CR4_PKS_MASK  (1u << 24)

#define DR6_BD   (1 << 13)
#define DR6_BS   (1 << 14)
#define DR6_BT   (1 << 15)
#define DR6_FIXED_1 0xffff0ff0
#define DR7_GD   (1 << 13)
#define DR7_FIXED_1 0x00000400

#define MSR_EFER_SCE   (1 << 0)
#define MSR_EFER_LME   (1 << 8)
#define MSR_EFER_LMA   (1 << 10)
#define MSR_EFER_NXE   (1 << 11)
#define MSR_EFER_SVME  (1 << 12)
#define MSR_EFER_FFXSR (1 << 14)

/* Page table entries */
#define PG_PRESENT_MASK  (1ull << 0)
#define PG_RW_MASK       (1ull << 1)
#define PG_USER_MASK     (1ull << 2)
#define PG_PWT_MASK      (1ull << 3)
#define PG_PCD_MASK      (1ull << 4)
#define PG_ACCESSED_MASK (1ull << 5)
#define PG_DIRTY_MASK    (1ull << 6)
#define PG_PSE_MASK      (1ull << 7)
#define PG_GLOBAL_MASK   (1ull << 8)
#define PG_PKRU_SHIFT    59
#define PG_NX_MASK       (1ull << 63)
#define PG_ERROR_P_MASK  0x01
#define PG_ERROR_W_MASK  0x02
#define PG_ERROR_U_MASK  0x04
#define PG_ERROR_RSVD_MASK 0x08
#define PG_ERROR_I_D_MASK 0x10
#define PG_ERROR_PK_MASK 0x20

/* Exceptions */
#define EXCP00_DIVZ 0
#define EXCP01_DB   1
#define EXCP02_NMI  2
#define EXCP03_INT3 3
#define EXCP04_INTO 4
#define EXCP05_BOUND 5
#define EXCP06_ILLOP 6
#define EXCP07_PREX 7
#define EXCP08_DBLE 8
#define EXCP09_XERR 9
#define EXCP0A_TSS  10
#define EXCP0B_NOSEG 11
#define EXCP0C_STACK 12
#define EXCP0D_GPF  13
#define EXCP0E_PAGE 14
#define EXCP10_COPR 16
#define EXCP11_ALGN 17
#define EXCP12_MCHK 18
#define EXCP13_SIMD 19

#define CPU_INTERRUPT_POLL CPU_INTERRUPT_TGT_EXT_1
#define CPU_INTERRUPT_SMI  CPU_INTERRUPT_TGT_EXT_2
#define CPU_INTERRUPT_NMI  CPU_INTERRUPT_TGT_EXT_3
#define CPU_INTERRUPT_MCE  CPU_INTERRUPT_TGT_EXT_4
#define CPU_INTERRUPT_VIRQ CPU_INTERRUPT_TGT_INT_0
#define CPU_INTERRUPT_SIPI CPU_INTERRUPT_TGT_INT_1
#define CPU_INTERRUPT_TPR  CPU_INTERRUPT_TGT_INT_2
#define CPU_INTERRUPT_INIT CPU_INTERRUPT_RESET

typedef enum TPRAccess {
    TPR_ACCESS_READ,
    TPR_ACCESS_WRITE,
} TPRAccess;

typedef struct SegmentCache {
    uint32_t selector;
    target_ulong base;
    uint32_t limit;
    uint32_t flags;             /* DESC_* */
} SegmentCache;

typedef struct MTRRVar {
    uint64_t base;
    uint64_t mask;
} MTRRVar;

#define MSR_MTRRcap_VCNT 8
#define MCE_BANKS_DEF 10

typedef struct X86TCGState X86TCGState;     /* target/i386/tcg/tcg-cpu.h */

typedef struct CPUArchState {
    /*
     * The first words are an array the emulator indexes with what the decoder put into an instruction; keep them
     * first and in this order (X86_SLOT_* in target/i386/tcg/tcg-cpu.h).
     */
    target_ulong regs[CPU_NB_REGS];
    uint64_t slot_zero;         /* always 0 */
    uint64_t block_eip;         /* RIP of the running block's first instruction */
    struct X86TLBEntry *tlb;    /* of the running code's rights */
    target_ulong eip;           /* precise between blocks and where an exception is raised */
    uint64_t gen_key;           /* the emulator's: generation of the mappings << 32 | key of the running code */
    void *jit_jc;               /* the translator's jump cache */

    /* lazy arithmetic flags, target/i386/tcg/cc.h; CC_OP_EFLAGS: the flags are in cc_src */
    uint32_t cc_op;
    uint64_t cc_dst;
    uint64_t cc_src;
    uint64_t jit_raw;           /* the translator's: flags, a temporary, operands that flags depend on */
    uint64_t jit_raw_out;
    uint64_t jit_tmp;
    uint64_t jit_slot[4];
    uint8_t jit_vec;            /* the vector registers and MXCSR are in the host's */
    uint8_t jit_x87;            /* the x87 registers are in the host's */
    uint32_t jit_host_mxcsr;
    uint32_t jit_x87_last;      /* JitX87 of the last instruction, as an offset in the arena */
    uint64_t jit_x87_ea;        /* and its operand's address */
    int32_t df;                 /* 1 or -1, from eflags.DF */
    uint32_t hflags;
    uint32_t hflags2;
    target_ulong eflags;        /* without CC_OSZAPC while running; see above */

    SegmentCache segs[6];
    SegmentCache ldt;
    SegmentCache tr;
    SegmentCache gdt;           /* base and limit only */
    SegmentCache idt;

    target_ulong cr[5];         /* cr[1] is unused; CR8 is in the local APIC */
    bool pdptrs_valid;
    uint64_t pdptrs[4];
    int32_t a20_mask;
    uint32_t pkru;
    uint32_t pkrs;

    X86FPState fp;

    uint32_t sysenter_cs;
    target_ulong sysenter_esp;
    target_ulong sysenter_eip;
    uint64_t efer;
    uint64_t star;
    uint64_t lstar;
    uint64_t cstar;
    uint64_t fmask;
    uint64_t kernelgsbase;
    uint64_t vm_hsave;
    uint64_t vm_vmcb;

    uint64_t tsc_adjust;
    uint64_t tsc_deadline;
    uint64_t tsc_aux;
    uint64_t tsc_offset;
    uint64_t tsc;               /* in streams */
    int64_t tsc_khz;
    int64_t user_tsc_khz;
    uint64_t xcr0;
    uint64_t xss;
    uint64_t xstate_bv;         /* in streams */
    uint64_t eflags_vmstate;    /* in streams: all flags */
    uint16_t fptag_vmstate, fpregs_format_vmstate;

    uint64_t mcg_status;
    uint64_t msr_ia32_misc_enable;
    uint64_t msr_ia32_feature_control;
    uint64_t msr_ia32_sgxlepubkeyhash[4];
    uint64_t spec_ctrl;
    uint64_t virt_ssbd;
    uint64_t msr_smi_count;
    uint64_t pat;
    uint32_t smbase;
    uint64_t system_time_msr;
    uint64_t wall_clock_msr;
    uint64_t steal_time_msr;
    uint64_t async_pf_en_msr;
    uint64_t async_pf_int_msr;
    uint64_t pv_eoi_en_msr;
    uint64_t poll_control_msr;

    uint64_t mtrr_fixed[11];
    uint64_t mtrr_deftype;
    MTRRVar mtrr_var[MSR_MTRRcap_VCNT];

    target_ulong dr[8];         /* debug registers; dr[4], dr[5] unused */
    CPUBreakpoint *cpu_breakpoint[4];
    CPUWatchpoint *cpu_watchpoint[4];

    /* an exception on its way from where it was raised to delivery */
    int error_code;
    bool exception_is_int;      /* INT n, INT3, INTO: exception_next_eip is pushed */
    target_ulong exception_next_eip;
    int old_exception;          /* for double and triple faults; -1 when none */

    /* SVM intercepts: only present in streams */
    uint64_t intercept;
    uint16_t intercept_cr_read, intercept_cr_write, intercept_dr_read, intercept_dr_write;
    uint32_t intercept_exceptions;
    uint8_t v_tpr;

    /* KVM event state: present in streams */
    uint8_t nmi_injected;
    uint8_t nmi_pending;
    uint32_t sipi_vector;
    int32_t exception_nr;
    int32_t interrupt_injected;
    uint8_t soft_interrupt;
    uint8_t has_error_code;
    uint32_t mp_state;

    uint64_t mcg_cap;
    uint64_t mcg_ctl;
    uint64_t mcg_ext_ctl;
    uint64_t mce_banks[MCE_BANKS_DEF * 4];

    /* everything above is zeroed by reset where the SDM says so (x86_cpu_reset_hold); below is configuration */
    uint32_t cpuid_level, cpuid_xlevel, cpuid_xlevel2;
    uint32_t cpuid_min_level, cpuid_min_xlevel, cpuid_min_xlevel2;
    uint32_t cpuid_max_level, cpuid_max_xlevel, cpuid_max_xlevel2;
    uint32_t cpuid_vendor1, cpuid_vendor2, cpuid_vendor3;
    uint32_t cpuid_version;
    uint32_t cpuid_model[12];
    FeatureWordArray features;
    FeatureWordArray user_features;     /* the user set these bits, on or off */
    unsigned nr_dies;
    uint64_t apic_bus_freq;

    X86TCGState *tcg;                   /* the emulator's TLB and block cache; NULL with other accelerators */
} CPUX86State;

struct ArchCPU {
    CPUState parent_obj;

    CPUX86State env;

    uint32_t apic_id;
    DeviceState *apic_state;
    int32_t node_id, socket_id, die_id, core_id, thread_id;
    uint32_t phys_bits;                 /* width of physical addresses */
    uint32_t guest_phys_bits;
    bool force_features, check_cpuid, enforce_cpuid;
    bool fill_mtrr_mask, host_phys_bits, enable_pmu, enable_lmce, full_cpuid_auto_level;
    bool vmware_cpuid_freq, cache_info_passthrough, legacy_cache, l3_cache, enable_l3_cache;
    bool migratable, expose_kvm, expose_tcg, hyperv_passthrough, max_features, enable_cpuid_0xb, kvm_no_smi_migration;
    uint8_t host_phys_bits_limit;
    uint32_t ucode_rev_lo;
    uint64_t ucode_rev;
    FeatureWordArray filtered_features; /* asked for, but not available */
    bool vendor_cpuid_only, intel_pt_auto_level, migrate_smi_count, kvm_pv_enforce_cpuid;
    uint32_t level_func7;
    uint64_t lbr_fmt;
    /* Hyper-V enlightenments: only an accelerator that has them looks */
    char *hyperv_vendor;
    uint64_t hyperv_features;
    bool hyperv_enforce_cpuid, hyperv_synic_kvm_only;
    uint32_t hyperv_spinlock_attempts;
    uint32_t hyperv_ver_build, hyperv_ver_sp;
    uint16_t hyperv_ver_major, hyperv_ver_minor;
    uint8_t hyperv_ver_sb;
    uint32_t hyperv_ver_sn;
    int32_t hv_max_vps;
    MemoryRegion *cpu_as_root, *cpu_as_mem, *smram;
};

/* What a CPU type stands for; the rows of named models are in target/i386/cpu-models.c. */
typedef enum X86CPUKind {
    X86_CPU_KIND_NONE,          /* the abstract type */
    X86_CPU_KIND_MODEL,
    X86_CPU_KIND_BASE,          /* no feature at all: for model expansion */
    X86_CPU_KIND_MAX,           /* all that the accelerator can do */
    X86_CPU_KIND_HOST,          /* of that, what the host has */
} X86CPUKind;

struct X86CPUClass {
    CPUClass parent_class;
    X86CPUKind kind;
    const struct X86CPUModel *model;    /* X86_CPU_KIND_MODEL only */
    const char *model_description;
    DeviceRealize parent_realize;
    DeviceUnrealize parent_unrealize;
};

#define UNASSIGNED_APIC_ID 0xffffffffu

#define env_archcpu(env) container_of(env, X86CPU, env)
#define env_cpu(env) (&env_archcpu(env)->parent_obj)
static inline CPUX86State *cpu_env(CPUState *cs)
{
    return &((struct ArchCPU *)cs)->env;
}

static inline unsigned x86_cpl(const CPUX86State *env)
{
    return env->hflags & HF_CPL_MASK;
}

/* The KVM leaves' features that a guest of software emulation sees; 0: it has no such leaves. */
uint32_t x86_tcg_kvm_features(const CPUX86State *env);

static inline bool x86_has_feature(const CPUX86State *env, FeatureWord w, unsigned bit)
{
    return env->features[w] >> bit & 1;
}

void x86_cpu_set_a20(X86CPU *cpu, int a20_state);
void cpu_x86_cpuid(CPUX86State *env, uint32_t index, uint32_t count, uint32_t *eax, uint32_t *ebx, uint32_t *ecx,
                   uint32_t *edx);
void x86_cpu_dump_state(CPUState *cs, FILE *f, int flags);
void do_cpu_init(X86CPU *cpu);                  /* INIT */
void do_cpu_sipi(X86CPU *cpu);
uint64_t cpu_get_tsc(CPUX86State *env);

/* cpu-expand.c: apply the model, levels and dependencies; then drop what the accelerator lacks. */
bool x86_cpu_expand_features(X86CPU *cpu, Error **errp);
bool x86_cpu_filter_features(X86CPU *cpu, Error **errp);
/* cpu-props.c: class properties of every CPU type */
void x86_cpu_add_properties(ObjectClass *oc);
/* cpu-qmp.c: the read-only ones that report features */
void x86_cpu_add_query_properties(ObjectClass *oc);
/* cpu-types.c */
void x86_cpu_instance_init(Object *obj);
ObjectClass *x86_cpu_class_by_name(const char *cpu_model);
void x86_cpu_parse_features(const char *typename, char *str, Error **errp);
char *x86_cpu_help(void);                       /* text of -cpu help; the caller frees it */
/* machine.c */
extern const VMStateDescription vmstate_x86_cpu;
int cpu_get_pic_interrupt(CPUX86State *env);    /* acknowledge: the vector, -1 when none */

/* Control registers and mode: keep hflags and the TLB right (target/i386/helper.c). */
void cpu_x86_update_cr0(CPUX86State *env, uint32_t new_cr0);
void cpu_x86_update_cr3(CPUX86State *env, target_ulong new_cr3);
void cpu_x86_update_cr4(CPUX86State *env, uint32_t new_cr4);
void cpu_load_efer(CPUX86State *env, uint64_t val);
/* All of hflags from cr[], efer, segs[] and eflags (except INHIBIT_IRQ and SMM, which are kept). */
void x86_update_hflags(CPUX86State *env);
/* Load the cache part of a segment register and the hflags that depend on it. */
void cpu_x86_load_seg_cache(CPUX86State *env, int seg_reg, unsigned selector, target_ulong base, unsigned limit,
                            unsigned flags);
void cpu_x86_update_dr7(CPUX86State *env, uint32_t new_dr7);

/* Flags: full value, and writing the bits of @update_mask (VM, TF, IOPL included: hflags follow). */
uint32_t cpu_compute_eflags(CPUX86State *env);
void cpu_load_eflags(CPUX86State *env, uint32_t eflags, uint32_t update_mask);

/* Page walk without side effects, for debuggers: -1 when not mapped. */
hwaddr x86_cpu_get_phys_page_attrs_debug(CPUState *cpu, vaddr addr, void *attrs);

/* Install tcg_ops into the class (target/i386/tcg/tcg-cpu.c). */
void x86_tcg_cpu_class_init(CPUClass *cc);

#endif
