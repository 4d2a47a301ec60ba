/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The debug log. Lock: log_lock, a leaf, held while a line is written. */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qemu/log.h"
#include "qemu/thread.h"
#include "qapi/error.h"

unsigned qemu_loglevel;
static QemuMutex log_lock = { PTHREAD_MUTEX_INITIALIZER };
static FILE *log_file;               /* NULL: stderr */
static char *log_filename;
static GArray *filter;               /* pairs of uint64_t first, last */

const QEMULogItem qemu_log_items[] = {
    { CPU_LOG_TB_OUT_ASM, "out_asm", "host code made for each translated block" },
    { CPU_LOG_TB_IN_ASM, "in_asm", "guest code of each translated block" },
    { CPU_LOG_TB_OP, "op", "decoded instructions of each block" },
    { CPU_LOG_INT, "int", "interrupts and exceptions, one line each" },
    { CPU_LOG_EXEC, "exec", "each block before it runs" },
    { CPU_LOG_TB_CPU, "cpu", "CPU registers before each block" },
    { CPU_LOG_TB_FPU, "fpu", "floating-point registers too, with 'cpu'" },
    { CPU_LOG_PCALL, "pcall", "far calls, returns and task switches in protected mode" },
    { CPU_LOG_RESET, "cpu_reset", "CPU state before a CPU is reset" },
    { LOG_UNIMP, "unimp", "what guests use that is not emulated" },
    { LOG_GUEST_ERROR, "guest_errors", "what guests do that hardware forbids" },
    { CPU_LOG_MMU, "mmu", "address translation" },
    { CPU_LOG_PAGE, "page", "changes of the memory map" },
    { CPU_LOG_TB_NOCHAIN, "nochain", "do not chain blocks, so that 'exec' and 'cpu' show every one" },
    { LOG_TRACE, "trace:PATTERN", "trace events whose names match the pattern" },
    { LOG_STRACE, "strace", "accepted, prints nothing" },
    { 0, NULL, NULL },
};

unsigned qemu_str_to_log_mask(const char *str)
{
    g_auto(GStrv) parts = g_strsplit(str, ",", 0);
    unsigned mask = 0;

    for (char **p = parts; *p; p++) {
        const QEMULogItem *item;

        if (!strcmp(*p, "all")) {
            for (item = qemu_log_items; item->mask; item++) {
                mask |= item->mask;
            }
            continue;
        }
        if (strstart(*p, "trace:", NULL)) {
            mask |= LOG_TRACE;
            continue;
        }
        for (item = qemu_log_items; item->mask && strcmp(*p, item->name); item++) {
        }
        if (!item->mask) {
            return 0;
        }
        mask |= item->mask;
    }
    return mask;
}

void qemu_print_log_usage(FILE *f)
{
    fprintf(f, "Log items (comma separated):\n");
    for (const QEMULogItem *item = qemu_log_items; item->mask; item++) {
        fprintf(f, "%-15s %s\n", item->name, item->help);
    }
    fprintf(f, "\nUse \"-d trace:help\" to get a list of trace events.\n\n");
}

FILE *qemu_log_trylock(void)
{
    qemu_mutex_lock(&log_lock);
    return log_file ? log_file : stderr;
}

void qemu_log_unlock(FILE *f)
{
    if (f) {
        fflush(f);
        qemu_mutex_unlock(&log_lock);
    }
}

void qemu_log(const char *fmt, ...)
{
    FILE *f = qemu_log_trylock();
    va_list ap;

    va_start(ap, fmt);
    vfprintf(f, fmt, ap);
    va_end(ap);
    qemu_log_unlock(f);
}

bool qemu_set_log(unsigned mask, Error **errp)
{
    qatomic_set(&qemu_loglevel, mask);
    return true;
}

bool qemu_set_log_filename(const char *filename, Error **errp)
{
    const char *percent = strchr(filename, '%');
    g_autofree char *path = NULL;

    if (percent && (percent[1] != 'd' || strchr(percent + 1, '%'))) {
        error_setg(errp, "Bad log file name '%s': only one '%%d', for the process id, may be in it", filename);
        return false;
    }
    path = percent ? g_strdup_printf("%.*s%d%s", (int)(percent - filename), filename, getpid(), percent + 2)
                   : g_strdup(filename);
    FILE *f = fopen(path, "w");
    if (!f) {
        error_setg_errno(errp, errno, "Could not open log file '%s'", path);
        return false;
    }
    QEMU_LOCK_GUARD(&log_lock);
    if (log_file) {
        fclose(log_file);
    }
    log_file = f;
    g_free(log_filename);
    log_filename = g_steal_pointer(&path);
    return true;
}

/* "first..last", "first+size" or "at-size", comma separated. */
bool qemu_set_dfilter_ranges(const char *ranges, Error **errp)
{
    g_auto(GStrv) parts = g_strsplit(ranges, ",", 0);

    if (!filter) {
        filter = g_array_new(false, false, sizeof(uint64_t));
    }
    g_array_set_size(filter, 0);
    for (char **p = parts; *p; p++) {
        const char *op, *end;
        uint64_t a, b, first, last;
        int ret = qemu_strtou64(*p, &op, 0, &a);

        if (!ret && strstart(op, "..", &end)) {
            ret = qemu_strtou64(end, NULL, 0, &b);
            first = a, last = b;
        } else if (!ret && *op == '+') {
            ret = qemu_strtou64(op + 1, NULL, 0, &b);
            first = a, last = a + b - 1;
        } else if (!ret && *op == '-') {
            ret = qemu_strtou64(op + 1, NULL, 0, &b);
            first = a - b + 1, last = a;
        } else {
            ret = -EINVAL;
        }
        if (ret || first > last) {
            error_setg(errp, "-dfilter: bad range '%s': use START..END, START+SIZE or END-SIZE", *p);
            return false;
        }
        g_array_append_val(filter, first);
        g_array_append_val(filter, last);
    }
    return true;
}

bool qemu_log_in_addr_range(uint64_t addr)
{
    if (!filter) {
        return true;
    }
    for (unsigned i = 0; i < filter->len; i += 2) {
        if (addr >= g_array_index(filter, uint64_t, i) && addr <= g_array_index(filter, uint64_t, i + 1)) {
            return true;
        }
    }
    return false;
}
