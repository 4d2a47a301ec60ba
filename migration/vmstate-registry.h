/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of everything that has a section in a stream, in the order in which it is saved.
 *
 * Owns the entries and their names; savevm.c walks them. Lock: BQL; the migration thread may walk the list without it
 * because devices cannot come or go while a migration runs.
 */
#ifndef MIGRATION_VMSTATE_REGISTRY_H
#define MIGRATION_VMSTATE_REGISTRY_H

#include "qemu/queue.h"
#include "migration/register.h"

typedef struct SaveStateEntry SaveStateEntry;
struct SaveStateEntry {
    QTAILQ_ENTRY(SaveStateEntry) entry;
    char idstr[256];
    uint32_t instance_id;
    int alias_id;                        /* -1: none */
    int version_id;
    uint32_t section_id;                 /* number in the streams we write */
    const VMStateDescription *vmsd;      /* either this .. */
    const SaveVMHandlers *ops;           /* .. or this */
    void *opaque;
    /* The name without the device's path, as old streams have it; empty: none. */
    char compat_idstr[256];
    uint32_t compat_instance_id;
    /* Of the latest switchover (rule C12): at the source, and as the destination tells; atomic. */
    uint64_t bytes;
    int64_t save_ns, load_ns;
    /* While loading. */
    uint32_t load_section_id;
    int load_version_id;
    bool loaded;                         /* its state has been seen in this stream */
};

typedef QTAILQ_HEAD(SaveStateList, SaveStateEntry) SaveStateList;
SaveStateList *vmstate_registry(void);

/* By name or compatibility name, instance or alias; NULL when there is none. */
SaveStateEntry *vmstate_registry_find(const char *idstr, uint32_t instance_id);
MigrationPriority vmstate_entry_priority(const SaveStateEntry *se);

/* The first registered description that forbids migration, or NULL. */
const SaveStateEntry *vmstate_registry_unmigratable(void);

/* -dump-vmstate's JSON for one description: {"field": .., "Fields": [..], "Subsections": [..]}. */
void vmstate_dump(JSONWriter *w, const char *key, const VMStateDescription *vmsd);

/* Between begin and end vmstate_load_later() collects; end runs what was collected if @run. Big lock. */
void vmstate_later_begin(void);
bool vmstate_later_end(bool run, Error **errp);

#endif
