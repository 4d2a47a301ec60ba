/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The debug log: -d selects items, -D a file (a %d in its name is the process id). A line is written whole.
 * Costs one load and a branch while an item is off.
 */
#ifndef QEMU_LOG_H
#define QEMU_LOG_H

#include "qemu/osdep.h"

#define CPU_LOG_TB_OUT_ASM (1u << 0)
#define CPU_LOG_TB_IN_ASM (1u << 1)
#define CPU_LOG_TB_OP (1u << 2)
#define CPU_LOG_INT (1u << 4)
#define CPU_LOG_EXEC (1u << 5)
#define CPU_LOG_PCALL (1u << 6)
#define CPU_LOG_TB_CPU (1u << 8)
#define CPU_LOG_RESET (1u << 9)
#define LOG_UNIMP (1u << 10)
#define LOG_GUEST_ERROR (1u << 11)
#define CPU_LOG_MMU (1u << 12)
#define CPU_LOG_TB_NOCHAIN (1u << 13)
#define CPU_LOG_PAGE (1u << 14)
#define LOG_TRACE (1u << 15)
#define CPU_LOG_TB_FPU (1u << 17)
#define LOG_STRACE (1u << 19)

typedef struct QEMULogItem {
    unsigned mask;
    const char *name;
    const char *help;
} QEMULogItem;
extern const QEMULogItem qemu_log_items[];       /* ends with mask 0 */
extern unsigned qemu_loglevel;

static inline bool qemu_loglevel_mask(unsigned mask)
{
    return (__atomic_load_n(&qemu_loglevel, __ATOMIC_RELAXED) & mask) != 0;
}
#define qemu_log_enabled() (qemu_loglevel != 0)
#define qemu_log_mask(mask, fmt, ...) do {          \
        if (unlikely(qemu_loglevel_mask(mask))) {   \
            qemu_log(fmt, ##__VA_ARGS__);           \
        }                                           \
    } while (0)

void qemu_log(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
/* Exclusive use of the log's stream for text of several lines; NULL when there is none to write to. */
FILE *qemu_log_trylock(void);
void qemu_log_unlock(FILE *f);
unsigned qemu_str_to_log_mask(const char *str);  /* 0 when an item is unknown */
void qemu_print_log_usage(FILE *f);
bool qemu_set_log(unsigned mask, Error **errp);
bool qemu_set_log_filename(const char *filename, Error **errp);
/* -dfilter: only guest addresses in these ranges are logged by in_asm, out_asm, exec, cpu. */
bool qemu_set_dfilter_ranges(const char *ranges, Error **errp);
bool qemu_log_in_addr_range(uint64_t addr);

#endif
