/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registration functions queued by constructors. Runs before there are threads. */
#include "qemu/osdep.h"
#include "qemu/module.h"

typedef struct InitEntry InitEntry;
struct InitEntry {
    void (*fn)(void);
    InitEntry *next;
};

static InitEntry *init_lists[MODULE_INIT_MAX];

void register_module_init(void (*fn)(void), ModuleInitType type)
{
    InitEntry *e = g_new(InitEntry, 1);

    e->fn = fn;
    e->next = init_lists[type];
    init_lists[type] = e;
}

void module_call_init(ModuleInitType type)
{
    InitEntry *e;

    while ((e = init_lists[type])) {
        init_lists[type] = e->next;
        e->fn();
        g_free(e);
    }
}
