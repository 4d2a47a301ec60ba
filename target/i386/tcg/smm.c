// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System management mode: SMI entry and RSM (SDM vol. 3, chapter 30; AMD APM vol. 2, 10.2 for the 64-bit save area,
 * which firmware for emulated machines expects). The state is saved at SMBASE + 0xfe00.
 */
#include "qemu/osdep.h"
#include "target/i386/tcg/seg.h"
#include "target/i386/tcg/sys.h"

#define SMM_REVISION 0x00020064         /* AMD64 layout, SMBASE relocation */

/* Where the AMD64 save area keeps 64-bit registers (APM vol. 2, table 10-1), as offsets from SMBASE + 0x8000. */
typedef struct SaveSlot {
    uint16_t offset;
    uint8_t size;                       /* log2 of bytes */
    uint16_t field;
} SaveSlot;

#define SLOT(_offset, _size, _field) { _offset, _size, offsetof(CPUX86State, _field) }
static const SaveSlot save_slots[] = {
    SLOT(0x7e64, 2, gdt.limit), SLOT(0x7e68, 3, gdt.base),
    SLOT(0x7e84, 2, idt.limit), SLOT(0x7e88, 3, idt.base),
    SLOT(0x7f00, 2, smbase), SLOT(0x7f50, 3, cr[3]), SLOT(0x7f60, 3, dr[7]),
    SLOT(0x7f68, 3, dr[6]), SLOT(0x7f78, 3, eip),
    SLOT(0x7f80, 3, regs[15]), SLOT(0x7f88, 3, regs[14]), SLOT(0x7f90, 3, regs[13]), SLOT(0x7f98, 3, regs[12]),
    SLOT(0x7fa0, 3, regs[11]), SLOT(0x7fa8, 3, regs[10]), SLOT(0x7fb0, 3, regs[9]), SLOT(0x7fb8, 3, regs[8]),
    SLOT(0x7fc0, 3, regs[R_EDI]), SLOT(0x7fc8, 3, regs[R_ESI]), SLOT(0x7fd0, 3, regs[R_EBP]),
    SLOT(0x7fd8, 3, regs[R_ESP]), SLOT(0x7fe0, 3, regs[R_EBX]), SLOT(0x7fe8, 3, regs[R_EDX]),
    SLOT(0x7ff0, 3, regs[R_ECX]), SLOT(0x7ff8, 3, regs[R_EAX]),
};
#define SMM_SEGMENTS 0x7e00             /* six of sixteen bytes: ES CS SS DS FS GS */
#define SMM_LDTR     0x7e70
#define SMM_TR       0x7e90
#define SMM_EFER     0x7ed0
#define SMM_REV_ID   0x7efc
#define SMM_CR4      0x7f48
#define SMM_CR0      0x7f58
#define SMM_RFLAGS   0x7f70

static hwaddr save_area(const CPUX86State *env)
{
    return env->smbase + 0x8000;
}

static void save_segment(CPUX86State *env, hwaddr at, const SegmentCache *sc)
{
    x86_st_phys(env, at, 1, sc->selector);
    x86_st_phys(env, at + 2, 1, sc->flags >> 8 & 0xf0ff);
    x86_st_phys(env, at + 4, 2, sc->limit);
    x86_st_phys(env, at + 8, 3, sc->base);
}

static SegmentCache restore_segment(CPUX86State *env, hwaddr at)
{
    return (SegmentCache) {
        .selector = x86_ld_phys(env, at, 1),
        .flags = (x86_ld_phys(env, at + 2, 1) & 0xf0ff) << 8,
        .limit = x86_ld_phys(env, at + 4, 2),
        .base = x86_ld_phys(env, at + 8, 3),
    };
}

static void save_state(CPUX86State *env)
{
    hwaddr area = save_area(env);

    for (size_t i = 0; i < ARRAY_SIZE(save_slots); i++) {
        const SaveSlot *s = &save_slots[i];
        const char *field = (const char *)env + s->field;

        x86_st_phys(env, area + s->offset, s->size,
                    s->size == 3 ? *(const uint64_t *)field : *(const uint32_t *)field);
    }
    for (unsigned i = 0; i < 6; i++) {
        save_segment(env, area + SMM_SEGMENTS + i * 16, &env->segs[i]);
    }
    save_segment(env, area + SMM_LDTR, &env->ldt);
    save_segment(env, area + SMM_TR, &env->tr);
    x86_st_phys(env, area + SMM_EFER, 3, env->efer);
    x86_st_phys(env, area + SMM_REV_ID, 2, SMM_REVISION);
    x86_st_phys(env, area + SMM_CR4, 3, env->cr[4]);
    x86_st_phys(env, area + SMM_CR0, 3, env->cr[0]);
    x86_st_phys(env, area + SMM_RFLAGS, 3, cpu_compute_eflags(env));
}

void x86_enter_smm(X86CPU *cpu)
{
    CPUX86State *env = &cpu->env;
    uint32_t flags = DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | DESC_A_MASK | DESC_G_MASK;

    env->msr_smi_count++;
    env->hflags |= HF_SMM_MASK;
    if (env->hflags2 & HF2_NMI_MASK) {
        env->hflags2 |= HF2_SMM_INSIDE_NMI_MASK;
    } else {
        env->hflags2 |= HF2_NMI_MASK;
    }
    save_state(env);
    cpu_load_efer(env, 0);
    cpu_load_eflags(env, 2, UINT32_MAX);
    env->eip = 0x8000;
    cpu_x86_update_cr0(env, env->cr[0] & ~(CR0_PE_MASK | CR0_EM_MASK | CR0_TS_MASK | CR0_PG_MASK));
    cpu_x86_update_cr4(env, 0);
    env->dr[7] = DR7_FIXED_1;
    cpu_x86_load_seg_cache(env, R_CS, env->smbase >> 4 & 0xffff, env->smbase, UINT32_MAX, flags | DESC_CS_MASK);
    for (unsigned i = 0; i < 6; i++) {
        if (i != R_CS) {
            cpu_x86_load_seg_cache(env, i, 0, 0, UINT32_MAX, flags);
        }
    }
    x86_update_hflags(env);
    tlb_flush(CPU(cpu));
}

void helper_rsm(CPUX86State *env, const X86Insn *insn)
{
    hwaddr area = save_area(env);
    uint32_t eflags;

    if (!(env->hflags & HF_SMM_MASK)) {
        raise_exception(env, EXCP06_ILLOP);
    }
    for (size_t i = 0; i < ARRAY_SIZE(save_slots); i++) {
        const SaveSlot *s = &save_slots[i];
        char *field = (char *)env + s->field;
        uint64_t v = x86_ld_phys(env, area + s->offset, s->size);

        if (s->size == 3) {
            *(uint64_t *)field = v;
        } else {
            *(uint32_t *)field = v;
        }
    }
    eflags = x86_ld_phys(env, area + SMM_RFLAGS, 3);
    env->efer = x86_ld_phys(env, area + SMM_EFER, 3);
    env->cr[4] = x86_ld_phys(env, area + SMM_CR4, 3);
    env->cr[0] = x86_ld_phys(env, area + SMM_CR0, 3);
    for (unsigned i = 0; i < 6; i++) {
        env->segs[i] = restore_segment(env, area + SMM_SEGMENTS + i * 16);
    }
    env->ldt = restore_segment(env, area + SMM_LDTR);
    env->tr = restore_segment(env, area + SMM_TR);
    env->hflags &= ~HF_SMM_MASK;
    cpu_load_eflags(env, eflags, UINT32_MAX);
    if (!(env->hflags2 & HF2_SMM_INSIDE_NMI_MASK)) {
        env->hflags2 &= ~HF2_NMI_MASK;
    }
    env->hflags2 &= ~HF2_SMM_INSIDE_NMI_MASK;
    env->pdptrs_valid = false;
    x86_update_hflags(env);
    x86_update_hw_breakpoints(env);
    tlb_flush(env_cpu(env));
}
