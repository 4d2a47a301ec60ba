/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rest of the emulator may ask about migration. BQL unless stated. */
#ifndef MIGRATION_MISC_H
#define MIGRATION_MISC_H

#include "qapi/error.h"

/* Once, before the machine is made: sections "ram" and "globalstate", default options. */
void migration_object_init(void);
/* Before exit: cancels what runs and waits for its threads. */
void migration_shutdown(void);

/* -incoming URI ("defer": wait for migrate-incoming). */
bool qmp_migrate_incoming_uri(const char *uri, Error **errp);

/* Any thread. */
bool migration_is_running(void);
bool migration_is_idle(void);
/* Rule C14: false, with the reason, on a source whose guest now lives elsewhere or may do so. */
bool migration_cont_allowed(Error **errp);

/* -dump-vmstate: every device type's description (hw/core walks the types). */
void dump_vmstate_json_to_file(FILE *out);

#endif
