/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The translator's figures: `info jit`, x-query-jit. Counters are the CPUs' own, read while they run. BQL. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-machine.h"
#include "qemu/accel.h"
#include "target/i386/tcg/jit/jit.h"

static void cpu_figures(GString *s, CPUState *cs)
{
    CPUX86State *env = cpu_env(cs);
    X86TCGState *t = env->tcg;
    X86JitState *j = t ? t->jit : NULL;

    if (!j) {
        return;
    }
    g_string_append_printf(s, "CPU %d\n", cs->cpu_index);
    g_string_append_printf(s, "  code            %zu of %zu KiB, decoded instructions %zu of %zu KiB\n", j->used >> 10,
                           j->size >> 10, t->arena_used >> 10, t->arena_size >> 10);
    g_string_append_printf(s, "  translated      %" PRIu64 " blocks, %" PRIu64 " instructions, %" PRIu64 " natively, %" PRIu64
                           " bytes to %" PRIu64 "\n", j->stat.blocks, j->stat.insns, j->stat.native, j->stat.bytes_in,
                           j->stat.bytes_out);
    g_string_append_printf(s, "  emptied         %" PRIu64 " times\n", j->stat.flushes);
    g_string_append_printf(s, "  links made      %" PRIu64 "\n", j->stat.links);
    g_string_append_printf(s, "  left            %" PRIu64 " times\n", j->stat.exits);
    g_string_append_printf(s, "  slow accesses   %" PRIu64 "\n", j->stat.slow_mem);
    g_string_append_printf(s, "  calls of C      %" PRIu64 "\n", j->stat.slow_insn);
}

HumanReadableText *qmp_x_query_jit(Error **errp)
{
    g_autoptr(GString) s = g_string_new(NULL);
    HumanReadableText *text;
    CPUState *cs;

    if (!tcg_enabled()) {
        error_setg(errp, "x-query-jit: there is no translator, the accelerator is not tcg");
        return NULL;
    }
    CPU_FOREACH(cs) {
        cpu_figures(s, cs);
    }
    if (!s->len) {
        g_string_append(s, "Instructions are interpreted (-accel tcg,engine=interp).\n");
    }
    text = g_new0(HumanReadableText, 1);
    text->human_readable_text = g_string_free(g_steal_pointer(&s), FALSE);
    return text;
}
