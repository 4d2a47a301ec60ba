/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the command line into a list, and running the list step by step. */
#include "qemu/osdep.h"
#include "startup.h"

typedef struct QueuedOption {
    const OptionDef *def;
    char *arg;
    Location loc;
} QueuedOption;

static GArray *queue;

static const OptionDef *find_option(const char *name)
{
    for (const OptionDef *def = startup_options; def->name; def++) {
        if (!strcmp(def->name, name)) {
            return def;
        }
    }
    return NULL;
}

static QEMU_NORETURN void fail(Error *err)
{
    error_report_err(err);
    exit(1);
}

static void enqueue(Startup *s, const OptionDef *def, const char *arg, const Location *loc)
{
    QueuedOption q = { .def = def, .arg = g_strdup(arg), .loc = *loc };
    Error *err = NULL;

    if (def->step == STEP_PARSE) {
        if (!def->run(s, arg, &err)) {
            fail(err);
        }
        return;
    }
    g_array_append_val(queue, q);
}

bool startup_queue(Startup *s, const char *name, const char *arg, const Location *loc, Error **errp)
{
    const OptionDef *def = find_option(name);

    if (!def) {
        error_setg(errp, "there is no option '%s'", name);
        return false;
    }
    enqueue(s, def, arg, loc);
    return true;
}

int startup_count(const char *name)
{
    int n = 0;

    for (guint i = 0; i < queue->len; i++) {
        n += !strcmp(g_array_index(queue, QueuedOption, i).def->name, name);
    }
    return n;
}

void startup_parse_cmdline(Startup *s, int argc, char **argv)
{
    Location loc;

    queue = g_array_new(false, false, sizeof(QueuedOption));
    loc_push_none(&loc);
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        const OptionDef *def;

        loc_set_cmdline(argv, i, 1);
        if (*name != '-' || !name[1]) {
            Error *err = NULL;
            if (!startup_queue(s, "hda", name, &loc, &err)) {
                fail(err);
            }
            continue;
        }
        name += name[1] == '-' ? 2 : 1;
        def = find_option(name);
        if (!def) {
            error_report("invalid option");
            exit(1);
        }
        if (def->has_arg && i + 1 >= argc) {
            error_report("requires an argument");
            exit(1);
        }
        if (def->has_arg) {
            loc_set_cmdline(argv, i++, 2);
        }
        enqueue(s, def, def->has_arg ? argv[i] : NULL, &loc);
    }
    loc_pop(&loc);
}

void startup_run_step(Startup *s, StartupStep step)
{
    for (guint i = 0; i < queue->len; i++) {
        QueuedOption q = g_array_index(queue, QueuedOption, i);
        Error *err = NULL;

        if (q.def->step != step) {
            continue;
        }
        loc_push_restore(&q.loc);
        if (!q.def->run(s, q.arg, &err)) {
            fail(err);
        }
        loc_pop(&q.loc);
    }
}
