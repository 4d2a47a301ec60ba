/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SaveVMHandlers: how a module with more state than a vmstate table can describe (RAM, a device with iterable state)
 * takes part in a migration. Every handler is optional except where stated.
 *
 * Source, in order:
 *   save_prepare        main thread, BQL     may refuse the migration
 *   save_setup          migration thread     once, guest running; sends the set-up data
 *   save_query_pending  migration thread     how much is left (rule C1), both kinds of query
 *   save_live_iterate   migration thread     sends until migration_rate_exceeded(); 1 = nothing left this round
 *   save_complete       BQL, guest stopped   sends the rest
 *   save_cleanup        BQL                  always, once per migration that reached save_setup
 * Destination: load_setup, load_state per section, load_cleanup.
 *
 * Each save handler writes a section whose framing the caller provides; load_state must consume exactly what
 * save_* wrote. BQL: as listed; "migration thread" means it is not held, and a handler that needs it takes it.
 */
#ifndef MIGRATION_REGISTER_H
#define MIGRATION_REGISTER_H

#include "migration/vmstate.h"

/* Rule C1: what one module, or all of them, still has to send. The caller zeroes it; handlers add. */
typedef struct MigPendingData {
    uint64_t precopy_bytes;        /* can move while the guest runs, or after it stopped */
    uint64_t stopcopy_bytes;       /* can move only while the guest is stopped */
    uint64_t postcopy_bytes;       /* can move after the destination started */
    uint32_t switchover_acks;      /* acknowledgements asked of the destination so far (rule C8); from the core: owed */
} MigPendingData;

typedef struct SaveVMHandlers {
    bool (*is_active)(void *opaque);
    bool (*has_postcopy)(void *opaque);

    bool (*save_prepare)(void *opaque, Error **errp);
    int (*save_setup)(QEMUFile *f, void *opaque, Error **errp);
    /* @exact: synchronise with the hardware or the guest first; otherwise cheap, from what is known. */
    void (*save_query_pending)(void *opaque, MigPendingData *pending, bool exact);
    int (*save_live_iterate)(QEMUFile *f, void *opaque);
    int (*save_complete)(QEMUFile *f, void *opaque);
    void (*save_cleanup)(void *opaque);
    /* The whole state in one SECTION_FULL, guest stopped. */
    void (*save_state)(QEMUFile *f, void *opaque);

    int (*load_setup)(QEMUFile *f, void *opaque, Error **errp);
    int (*load_state)(QEMUFile *f, void *opaque, int version_id);
    int (*load_cleanup)(void *opaque);
    bool (*switchover_ack_needed)(void *opaque);
} SaveVMHandlers;

/* @idstr names the section; at most 255 bytes. @ops and @opaque stay valid until unregistered. */
int register_savevm_live(const char *idstr, uint32_t instance_id, int version_id, const SaveVMHandlers *ops,
                         void *opaque);
void unregister_savevm(VMStateIf *obj, const char *idstr, void *opaque);

/*
 * Rule C8, destination: one acknowledgement for the source, which switches over when it has as many as its modules asked
 * for in their queries. A module asks first and then tells its other half, in its section. BQL or not; false: no source
 * listens.
 */
bool qemu_loadvm_approve_switchover(Error **errp);
extern bool (*approve_switchover_hook)(Error **errp);

#endif
