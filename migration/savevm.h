/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream: its header, its sections in order, its commands, its end. Layout: docs/specs/migration-stream.md.
 *
 * Owns framing; what is inside a section belongs to vmstate or to the section's handlers. Locks per function below.
 */
#ifndef MIGRATION_SAVEVM_H
#define MIGRATION_SAVEVM_H

#include "migration/qemu-file.h"
#include "migration/register.h"

#define QEMU_VM_FILE_MAGIC 0x5145564d
#define QEMU_VM_FILE_VERSION 3

enum {
    QEMU_VM_EOF = 0x00,
    QEMU_VM_SECTION_START = 0x01,
    QEMU_VM_SECTION_PART = 0x02,
    QEMU_VM_SECTION_END = 0x03,
    QEMU_VM_SECTION_FULL = 0x04,
    QEMU_VM_SUBSECTION = 0x05,
    QEMU_VM_VMDESCRIPTION = 0x06,
    QEMU_VM_CONFIGURATION = 0x07,
    QEMU_VM_COMMAND = 0x08,
    QEMU_VM_SECTION_FOOTER = 0x7e,
};

typedef enum {
    MIG_CMD_INVALID = 0,
    MIG_CMD_OPEN_RETURN_PATH = 1,
    MIG_CMD_PING = 2,               /* be32, comes back in MIG_RP_MSG_PONG */
    MIG_CMD_SWITCHOVER_START = 11,  /* the guest has stopped */
} MigCommand;

/* How the loader reports what is not state. Any may be NULL: then the command is an error. */
typedef struct LoadCallbacks {
    bool (*open_return_path)(void *opaque, Error **errp);
    bool (*ping)(void *opaque, uint32_t value, Error **errp);
} LoadCallbacks;

/* A thread that holds the BQL gives it back while @f's channel waits: the other side may be slow, stuck or gone. */
void qemu_file_lend_bql(QEMUFile *f, bool on);

/* Source. The migration thread calls these; those marked BQL need it. */
bool qemu_savevm_state_blocked(Error **errp);                       /* BQL */
void qemu_savevm_state_header(QEMUFile *f);                         /* BQL: machine name */
int qemu_savevm_state_setup(QEMUFile *f, Error **errp);
/* 1: no module has more to send in this pass. */
int qemu_savevm_state_iterate(QEMUFile *f, Error **errp);
void qemu_savevm_state_query_pending(MigPendingData *out, bool exact);
/*
 * BQL, guest stopped: what is left of the iterable state; then every device, the end mark and the description. When all
 * devices have been flushed and before the end mark, @commit (may be NULL) is asked: false stops there, -ECANCELED.
 */
int qemu_savevm_state_complete_iterable(QEMUFile *f, Error **errp);
int qemu_savevm_state_complete_devices(QEMUFile *f, bool (*commit)(void *opaque), void *opaque, Error **errp);
/*
 * BQL, guest running or not: how many bytes qemu_savevm_state_complete_devices() would write now, about. No device notices.
 */
uint64_t qemu_savevm_state_dry(void);
void qemu_savevm_state_cleanup(void);                               /* BQL */
void qemu_savevm_send_command(QEMUFile *f, MigCommand cmd, const void *data, uint16_t len);
void qemu_savevm_send_ping(QEMUFile *f, uint32_t value);

/*
 * Destination: header to end mark and description. BQL not held by the caller; taken per section. On failure
 * *errp names section, field and offset and nothing more is read.
 */
int qemu_loadvm_state(QEMUFile *f, const LoadCallbacks *cb, void *opaque, Error **errp);
/* A command that may follow the description (our own peers): true and handled, or false with an error. */
bool qemu_loadvm_command(QEMUFile *f, const LoadCallbacks *cb, void *opaque, Error **errp);

/* "globalstate": the run state the source had. */
void global_state_register(void);
void global_state_store(void);
bool global_state_received(void);
const char *global_state_get(void);

#endif
