/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the memory tests: process set-up, a recording listener, and an independent reference renderer. */
#ifndef TESTS_MEMORY_TEST_COMMON_H
#define TESTS_MEMORY_TEST_COMMON_H

#include "qemu/osdep.h"
#include "system/memory.h"

void memory_test_init(int *argc, char ***argv);

/* A range as a user of the API sees it. */
typedef struct RefRange {
    hwaddr first, last, offset;
    const MemoryRegion *mr;
    bool readonly;
} RefRange;

/* What @root shows, found by asking at every boundary: slow, and built on nothing but the region's public fields. */
GArray *reference_render(MemoryRegion *root);
/* What the address space shows, as RefRange. */
GArray *view_ranges(AddressSpace *as);
/* NULL when equal, else where they differ. */
char *ranges_differ(const GArray *a, const GArray *b);
/* Wait for everything deferred by RCU. Big lock held. */
void memory_test_settle(void);

/* Logs "+first-last:name", "-...", "log+first-last", "e+addr", "e-addr", "begin", "commit". */
typedef struct LogListener {
    MemoryListener l;
    GString *log;
} LogListener;
void log_listener_register(LogListener *ll, AddressSpace *as);
void log_listener_unregister(LogListener *ll);
/* The log so far, which is emptied. */
char *log_take(LogListener *ll);
#define assert_log(ll, expected) do {                    \
        g_autofree char *got_ = log_take(ll);            \
        g_assert_cmpstr(got_, ==, expected);             \
    } while (0)

#endif
