/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of system reset handlers. Lock: the BQL. */
#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "system/reset.h"

typedef struct ResetEntry {
    QEMUResetHandler *func;
    void *opaque;
    QTAILQ_ENTRY(ResetEntry) entry;
} ResetEntry;

static QTAILQ_HEAD(, ResetEntry) handlers = QTAILQ_HEAD_INITIALIZER(handlers);
static ResetEntry *upcoming;     /* a handler may take devices out, and their handlers with them */

void qemu_register_reset(QEMUResetHandler *func, void *opaque)
{
    ResetEntry *re = g_new0(ResetEntry, 1);

    re->func = func;
    re->opaque = opaque;
    QTAILQ_INSERT_TAIL(&handlers, re, entry);
}

void qemu_unregister_reset(QEMUResetHandler *func, void *opaque)
{
    ResetEntry *re;

    QTAILQ_FOREACH(re, &handlers, entry) {
        if (re->func == func && re->opaque == opaque) {
            if (re == upcoming) {
                upcoming = QTAILQ_NEXT(re, entry);
            }
            QTAILQ_REMOVE(&handlers, re, entry);
            g_free(re);
            return;
        }
    }
}

void qemu_devices_reset(void)
{
    ResetEntry *re;

    for (re = QTAILQ_FIRST(&handlers); re; re = upcoming) {
        upcoming = QTAILQ_NEXT(re, entry);
        re->func(re->opaque);
    }
}
