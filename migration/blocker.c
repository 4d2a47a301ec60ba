/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reasons against migrating. Interface: migration/blocker.h. */
#include "qemu/osdep.h"
#include "migration/blocker.h"
#include "migration/misc.h"
#include "system/system.h"

/* Handles are the addresses of the registrants' Error pointers. */
static GSList *blockers;

int migrate_add_blocker(Error **reasonp, Error **errp)
{
    Error *reason = *reasonp;

    if (only_migratable) {
        error_setg(errp, "-only-migratable is in force: %s", error_get_pretty(reason));
    } else if (migration_is_running()) {
        error_setg(errp, "A migration is running: %s", error_get_pretty(reason));
    } else {
        blockers = g_slist_prepend(blockers, reason);
        return 0;
    }
    error_free(reason);
    *reasonp = NULL;
    return -EACCES;
}

void migrate_del_blocker(Error **reasonp)
{
    if (*reasonp) {
        blockers = g_slist_remove(blockers, *reasonp);
        error_free(*reasonp);
        *reasonp = NULL;
    }
}

const Error *migration_first_blocker(void)
{
    return blockers ? blockers->data : NULL;
}

bool migration_is_blocked(Error **errp)
{
    if (blockers) {
        error_propagate(errp, error_copy(blockers->data));
    }
    return blockers != NULL;
}
