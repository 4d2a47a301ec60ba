// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control registers, mode and what is derived from them: hflags, flushes, A20, INIT and SIPI
 * (Intel SDM vol. 3, 2.5, 4.1, 9.1, 8.4).
 *
 * These functions change state unconditionally: whether the guest may do so (#GP) is checked by the instruction's
 * handler in target/i386/tcg/sys.c. The CPU's own thread, or the CPU stopped.
 */
#include "qemu/osdep.h"
#include "hw/i386/apic.h"
#include "hw/intc/i8259.h"
#include "qemu/timer.h"
#include "system/cpus.h"
#include "target/i386/cpu.h"
#include "target/i386/cpu-leaves.h"

/* ---- hflags ---- */

#define HF_CODE_SEG  (HF_CS32_MASK | HF_CS64_MASK)
#define HF_DATA_SEGS (HF_SS32_MASK | HF_ADDSEG_MASK)

static uint32_t code_hflags(const CPUX86State *env)
{
    uint32_t flags = env->segs[R_CS].flags;

    if (env->hflags & HF_LMA_MASK && flags & DESC_L_MASK) {
        return HF_CS32_MASK | HF_SS32_MASK | HF_CS64_MASK;
    }
    return flags & DESC_B_MASK ? HF_CS32_MASK : 0;
}

/* Depends on HF_CS64 and HF_PE being right. */
static uint32_t data_hflags(const CPUX86State *env)
{
    bool need_base;

    if (env->hflags & HF_CS64_MASK) {
        return HF_SS32_MASK;
    }
    need_base = !(env->cr[0] & CR0_PE_MASK) || env->eflags & VM_MASK || !(env->hflags & HF_CS32_MASK) ||
                env->segs[R_DS].base || env->segs[R_ES].base || env->segs[R_SS].base;
    return (env->segs[R_SS].flags & DESC_B_MASK ? HF_SS32_MASK : 0) | (need_base ? HF_ADDSEG_MASK : 0);
}

static void update_segment_hflags(CPUX86State *env)
{
    env->hflags = (env->hflags & ~HF_CODE_SEG) | (code_hflags(env) & HF_CODE_SEG);
    env->hflags = (env->hflags & ~HF_DATA_SEGS) | data_hflags(env);
}

static uint32_t control_hflags(const CPUX86State *env)
{
    uint32_t h = 0;
    uint64_t cr0 = env->cr[0], cr4 = env->cr[4];

    h |= cr0 & CR0_PE_MASK ? HF_PE_MASK : 0;
    h |= cr0 & CR0_MP_MASK ? HF_MP_MASK : 0;
    h |= cr0 & CR0_EM_MASK ? HF_EM_MASK : 0;
    h |= cr0 & CR0_TS_MASK ? HF_TS_MASK : 0;
    h |= env->efer & MSR_EFER_LMA ? HF_LMA_MASK : 0;
    h |= cr4 & CR4_OSFXSR_MASK ? HF_OSFXSR_MASK : 0;
    h |= cr4 & CR4_SMAP_MASK ? HF_SMAP_MASK : 0;
    h |= cr4 & CR4_UMIP_MASK ? HF_UMIP_MASK : 0;
    h |= cr4 & CR4_OSXSAVE_MASK && (env->xcr0 & 6) == 6 ? HF_AVX_EN_MASK : 0;
    return h;
}

#define HF_CONTROL (HF_PE_MASK | HF_MP_MASK | HF_EM_MASK | HF_TS_MASK | HF_LMA_MASK | HF_OSFXSR_MASK | \
                    HF_SMAP_MASK | HF_UMIP_MASK | HF_AVX_EN_MASK)
#define HF_EFLAGS  (HF_TF_MASK | HF_IOPL_MASK | HF_VM_MASK | HF_AC_MASK | HF_RF_MASK)
QEMU_BUILD_BUG_ON(HF_EFLAGS != (TF_MASK | IOPL_MASK | VM_MASK | AC_MASK | RF_MASK));

static uint32_t iobpt_hflag(const CPUX86State *env)
{
    for (unsigned i = 0; i < 4 && env->cr[4] & CR4_DE_MASK; i++) {
        if (env->dr[7] >> (i * 2) & 3 && (env->dr[7] >> (16 + i * 4) & 3) == 2) {
            return HF_IOBPT_MASK;
        }
    }
    return 0;
}

static unsigned current_cpl(const CPUX86State *env)
{
    if (!(env->cr[0] & CR0_PE_MASK)) {
        return 0;
    }
    if (env->eflags & VM_MASK) {
        return 3;
    }
    return env->segs[R_SS].flags >> DESC_DPL_SHIFT & 3;
}

void x86_update_hflags(CPUX86State *env)
{
    uint32_t kept = env->hflags & (HF_INHIBIT_IRQ_MASK | HF_SMM_MASK);

    env->hflags = kept | control_hflags(env) | (env->eflags & HF_EFLAGS) | iobpt_hflag(env) | current_cpl(env);
    update_segment_hflags(env);
}

static void update_control_hflags(CPUX86State *env)
{
    env->hflags = (env->hflags & ~HF_CONTROL) | control_hflags(env);
    update_segment_hflags(env);
}

/* Loading SS sets CPL (its DPL); the other registers leave it alone. */
void cpu_x86_load_seg_cache(CPUX86State *env, int seg_reg, unsigned selector, target_ulong base, unsigned limit,
                            unsigned flags)
{
    env->segs[seg_reg] = (SegmentCache) { .selector = selector, .base = base, .limit = limit, .flags = flags };
    if (seg_reg == R_SS) {
        env->hflags = (env->hflags & ~HF_CPL_MASK) | current_cpl(env);
    }
    if (seg_reg <= R_DS) {
        update_segment_hflags(env);
    }
}

/* ---- control registers ---- */

/* PAE paging outside long mode keeps the four PDPTEs in the processor (SDM vol. 3, 4.4.1): read again when needed. */
static void forget_pdptrs(CPUX86State *env)
{
    env->pdptrs_valid = false;
}

void cpu_x86_update_cr0(CPUX86State *env, uint32_t new_cr0)
{
    uint32_t changed = (uint32_t)env->cr[0] ^ new_cr0;
    bool was_paging = env->cr[0] & CR0_PG_MASK, paging = new_cr0 & CR0_PG_MASK;

    env->cr[0] = new_cr0 | CR0_ET_MASK;
    if (!was_paging && paging && env->efer & MSR_EFER_LME) {
        env->efer |= MSR_EFER_LMA;
    } else if (was_paging && !paging) {
        env->efer &= ~(uint64_t)MSR_EFER_LMA;
    }
    if (changed & (CR0_PG_MASK | CR0_WP_MASK | CR0_PE_MASK)) {
        forget_pdptrs(env);
        tlb_flush(env_cpu(env));
    }
    if (changed & CR0_PE_MASK) {
        /* the first instructions after MOV CR0 run with the old segments at CPL 0 */
        env->hflags &= ~HF_CPL_MASK;
    }
    update_control_hflags(env);
}

/* Bit 63 (PCID: keep the TLB) and what may be kept is the caller's business; this flushes. */
void cpu_x86_update_cr3(CPUX86State *env, target_ulong new_cr3)
{
    env->cr[3] = new_cr3;
    forget_pdptrs(env);
    if (env->cr[0] & CR0_PG_MASK) {
        tlb_flush(env_cpu(env));
    }
}

void cpu_x86_update_cr4(CPUX86State *env, uint32_t new_cr4)
{
    uint32_t changed = (uint32_t)env->cr[4] ^ new_cr4;

    env->cr[4] = new_cr4;
    if (changed & (CR4_PGE_MASK | CR4_PAE_MASK | CR4_PSE_MASK | CR4_SMEP_MASK | CR4_SMAP_MASK | CR4_LA57_MASK |
                   CR4_PCIDE_MASK | CR4_PKE_MASK | CR4_PKS_MASK)) {
        forget_pdptrs(env);
        tlb_flush(env_cpu(env));
    }
    env->hflags = (env->hflags & ~HF_IOBPT_MASK) | iobpt_hflag(env);
    update_control_hflags(env);
}

void cpu_load_efer(CPUX86State *env, uint64_t val)
{
    uint64_t changed = env->efer ^ val;

    env->efer = val;
    if (changed & MSR_EFER_NXE) {
        tlb_flush(env_cpu(env));
    }
    update_control_hflags(env);
}

void cpu_x86_update_dr7(CPUX86State *env, uint32_t new_dr7)
{
    env->dr[7] = new_dr7 | DR7_FIXED_1;
    env->hflags = (env->hflags & ~HF_IOBPT_MASK) | iobpt_hflag(env);
    tlb_flush(env_cpu(env));            /* data breakpoints are looked for on the slow path */
}

void x86_cpu_set_a20(X86CPU *cpu, int a20_state)
{
    CPUX86State *env = &cpu->env;
    int32_t mask = a20_state ? -1 : ~(1 << 20);

    if (env->a20_mask != mask) {
        cpu_exit(CPU(cpu));
        env->a20_mask = mask;
        tlb_flush(CPU(cpu));
    }
}

/* ---- time ---- */

uint64_t cpu_get_tsc(CPUX86State *env)
{
    uint64_t ns = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);

    if (env->tsc_khz == X86_TCG_TSC_KHZ || !env->tsc_khz) {
        return ns + cpu_ticks_ahead() + env->tsc_offset;
    }
    return muldiv64(ns, env->tsc_khz, X86_TCG_TSC_KHZ) + cpu_ticks_ahead() + env->tsc_offset;
}

/* ---- INIT, SIPI, interrupt acknowledge ---- */

int cpu_get_pic_interrupt(CPUX86State *env)
{
    DeviceState *apic = env_archcpu(env)->apic_state;
    int vector = apic_get_interrupt(apic);

    if (vector >= 0) {
        return vector;
    }
    if (!isa_pic || !apic_accept_pic_intr(apic) || !pic_get_output(isa_pic)) {
        apic_poll_irq(apic);
        return -1;
    }
    return pic_read_irq(isa_pic);
}

/* SDM vol. 3, table 10-1: INIT keeps caches, floating point, MSRs, MTRRs and the TSC. */
void do_cpu_init(X86CPU *cpu)
{
    CPUState *cs = CPU(cpu);
    CPUX86State *env = &cpu->env;
    g_autofree CPUX86State *old = g_memdup2(env, sizeof(*env));
    int sipi = cs->interrupt_request & CPU_INTERRUPT_SIPI;

    cpu_reset(cs);
    cs->interrupt_request = sipi;
    env->fp = old->fp;
    env->xcr0 = old->xcr0;
    env->xss = old->xss;
    env->tsc_offset = old->tsc_offset;
    env->tsc_adjust = old->tsc_adjust;
    env->tsc_aux = old->tsc_aux;
    env->star = old->star;
    env->lstar = old->lstar;
    env->cstar = old->cstar;
    env->fmask = old->fmask;
    env->kernelgsbase = old->kernelgsbase;
    env->sysenter_cs = old->sysenter_cs;
    env->sysenter_esp = old->sysenter_esp;
    env->sysenter_eip = old->sysenter_eip;
    env->pat = old->pat;
    env->smbase = old->smbase;
    env->mtrr_deftype = old->mtrr_deftype;
    memcpy(env->mtrr_fixed, old->mtrr_fixed, sizeof(env->mtrr_fixed));
    memcpy(env->mtrr_var, old->mtrr_var, sizeof(env->mtrr_var));
    memcpy(env->mce_banks, old->mce_banks, sizeof(env->mce_banks));
    env->mcg_status = old->mcg_status;
    env->mcg_ctl = old->mcg_ctl;
    env->msr_ia32_misc_enable = old->msr_ia32_misc_enable;
    env->msr_ia32_feature_control = old->msr_ia32_feature_control;
    env->cr[0] = (env->cr[0] & ~(CR0_CD_MASK | CR0_NW_MASK)) | (old->cr[0] & (CR0_CD_MASK | CR0_NW_MASK));
    x86_update_hflags(env);
    apic_init_reset(cpu->apic_state);
    cs->halted = !(cpu_get_apic_base(cpu->apic_state) & MSR_IA32_APICBASE_BSP) && cpu->apic_state;
}

void do_cpu_sipi(X86CPU *cpu)
{
    CPUState *cs = CPU(cpu);
    CPUX86State *env = &cpu->env;
    int vector = apic_sipi_vector(cpu->apic_state);

    cpu_reset_interrupt(cs, CPU_INTERRUPT_SIPI);
    if (vector < 0) {
        return;
    }
    apic_sipi(cpu->apic_state);
    cpu_x86_load_seg_cache(env, R_CS, vector << 8, vector << 12, env->segs[R_CS].limit, env->segs[R_CS].flags);
    env->eip = 0;
    cs->halted = 0;
}

/* ---- debugging aids ---- */

static const char *const segment_names[] = { "ES", "CS", "SS", "DS", "FS", "GS", "LDT", "TR" };

static void dump_segments(CPUX86State *env, FILE *f)
{
    for (unsigned i = 0; i < 8; i++) {
        const SegmentCache *s = i < 6 ? &env->segs[i] : i == 6 ? &env->ldt : &env->tr;

        fprintf(f, "%-3s=%04x %016" PRIx64 " %08x %08x\n", segment_names[i], s->selector, s->base, s->limit,
                s->flags);
    }
    fprintf(f, "GDT=     %016" PRIx64 " %08x\nIDT=     %016" PRIx64 " %08x\n", env->gdt.base, env->gdt.limit,
            env->idt.base, env->idt.limit);
}

void x86_cpu_dump_state(CPUState *cs, FILE *f, int flags)
{
    static const char *const names[] = {
        "RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI", "R8 ", "R9 ", "R10", "R11", "R12", "R13", "R14", "R15",
    };
    static const uint8_t order[] = { 0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15 };
    CPUX86State *env = cpu_env(cs);
    uint32_t eflags = cpu_compute_eflags(env);

    for (unsigned i = 0; i < 16; i++) {
        fprintf(f, "%s=%016" PRIx64 "%c", names[order[i]], env->regs[order[i]], i % 4 == 3 ? '\n' : ' ');
    }
    fprintf(f, "RIP=%016" PRIx64 " RFL=%08x [%c%c%c%c%c%c%c] CPL=%u II=%u A20=%u SMM=%u HLT=%u\n", env->eip, eflags,
            eflags & DF_MASK ? 'D' : '-', eflags & CC_O ? 'O' : '-', eflags & CC_S ? 'S' : '-',
            eflags & CC_Z ? 'Z' : '-', eflags & CC_A ? 'A' : '-', eflags & CC_P ? 'P' : '-',
            eflags & CC_C ? 'C' : '-', x86_cpl(env), !!(env->hflags & HF_INHIBIT_IRQ_MASK),
            (uint32_t)env->a20_mask >> 20 & 1, !!(env->hflags & HF_SMM_MASK), cs->halted);
    dump_segments(env, f);
    fprintf(f, "CR0=%08x CR2=%016" PRIx64 " CR3=%016" PRIx64 " CR4=%08x\n", (uint32_t)env->cr[0], env->cr[2],
            env->cr[3], (uint32_t)env->cr[4]);
    fprintf(f, "DR0=%016" PRIx64 " DR1=%016" PRIx64 " DR2=%016" PRIx64 " DR3=%016" PRIx64 "\n", env->dr[0],
            env->dr[1], env->dr[2], env->dr[3]);
    fprintf(f, "DR6=%016" PRIx64 " DR7=%016" PRIx64 "\nEFER=%016" PRIx64 "\n", env->dr[6], env->dr[7], env->efer);
}
