/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reasons for which this machine cannot be migrated right now. BQL.
 */
#ifndef MIGRATION_BLOCKER_H
#define MIGRATION_BLOCKER_H

#include "qapi/error.h"

/*
 * Blocks migration with *@reasonp, which this takes over. Fails (freeing and clearing *@reasonp) while a migration
 * runs or under -only-migratable. The pointer is the handle for migrate_del_blocker(), which clears it.
 */
int migrate_add_blocker(Error **reasonp, Error **errp);
void migrate_del_blocker(Error **reasonp);

/* The first blocker, or NULL. */
const Error *migration_first_blocker(void);
bool migration_is_blocked(Error **errp);

#endif
