/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The migration state machine: one outgoing and one incoming migration per process.
 *
 * Source. Each arrow names the function that takes it; every one is a compare-and-swap in migrate_set_state().
 *
 *   none/completed/failed/cancelled --migration_start()--> setup --migration_begin()--> active
 *   active --migration_stop_guest()--> device                                    (guest stopped)
 *   active --migration_stop_guest()--> pre-switchover --migrate-continue--> device
 *   device --migration_finish_source()--> completed
 *   setup, active, pre-switchover, device --migrate_cancel--> cancelling --migration_finish_source()--> cancelled
 *   setup, active, pre-switchover, device --migration_finish_source()--> failed
 *
 * Invariants
 *  M1. The state changes only in migrate_set_state(), which emits MIGRATION (capability events) for each change.
 *  M2. `commit` leaves OPEN exactly once per migration: to COMMITTED by the migration thread, or to ABORTED by a
 *      cancel or a failure, whichever is first. This is the commit point (rule C14).
 *  M3. While OPEN or ABORTED the destination does not run the guest: it has not got the last bytes it waits for. A source
 *      that aborts gives the guest its old run state back.
 *  M4. Once COMMITTED the source never runs the guest again by itself: it ends in postmigrate, and `cont` is refused
 *      (migration_cont_allowed()). After a save to a file nobody else has the guest, and `cont` lets it run on.
 *  M5. What a destination waits for: with the hand-over protocol (both sides ours and a return path) the GO message, sent
 *      after COMMITTED; otherwise the end mark of the stream, sent after COMMITTED.
 *  M6. If the link breaks between COMMITTED and the destination's answer, no copy or one copy runs, never two. A
 *      destination that loaded everything but got no GO stays paused: `cont` there settles it.
 *  M7. The migration thread owns to_dst; others only shut it down. Files are closed on the main loop after the thread ended.
 *
 * Locks: fields without a remark belong to the main loop (BQL) before the thread starts and after it ended, to the
 * thread in between; `state`, `commit` and mig_stats are atomic.
 */
#ifndef MIGRATION_MIGRATION_H
#define MIGRATION_MIGRATION_H

#include "qemu/thread.h"
#include "qapi/qapi-types-migration.h"
#include "qapi/qapi-types-run-state.h"
#include "migration/qemu-file.h"
#include "migration/convergence.h"
#include "migration/ledger.h"
#include "migration/switchover.h"

typedef enum { MIG_COMMIT_OPEN, MIG_COMMIT_COMMITTED, MIG_COMMIT_ABORTED } MigCommit;

/* Return path messages, destination to source: be16 type, be16 length, data. */
typedef enum {
    MIG_RP_MSG_SHUT = 1,            /* be32: 0 the destination is done, else it failed */
    MIG_RP_MSG_PONG = 2,            /* be32: value of the ping it answers */
    MIG_RP_MSG_SWITCHOVER_ACK = 7,  /* no data: one of the acks that modules asked for */
    /* Ours, only to a source that said HELLO: */
    MIG_RP_MSG_ERROR_TEXT = 0x5357, /* why it failed */
    MIG_RP_MSG_FORECAST = 0x5358,   /* be64: ns that its devices take, about */
    MIG_RP_MSG_TIMES = 0x5359,      /* be64 x REPORT__MAX, ns: what it took */
    MIG_RP_MSG_SECTIONS = 0x535a,   /* { be32 instance, be32 us, name: length byte and bytes } ... */
} MigRpMessage;

/* Ping and pong values of the hand-over protocol; any other peer just echoes them. */
#define MIG_PING_HELLO   0x53570001u    /* source: I know the hand-over protocol */
#define MIG_PONG_PEER    0x53570002u    /* destination: so do I; precedes the pong to HELLO */
#define MIG_PING_COMMITS 0x53570003u    /* source, before the end mark: wait for GO */
#define MIG_PONG_LOADED  0x53570004u    /* destination: everything is in place */
#define MIG_PING_GO      0x53570005u    /* source: the guest is yours */

typedef struct MigrationState {
    int state;                      /* MigrationStatus, atomic */
    int commit;                     /* MigCommit, atomic */
    bool capabilities[MIGRATION_CAPABILITY__MAX];
    MigrationParameters params;

    MigrationAddress *addr;         /* where to; consumed by the thread */
    int fd;                         /* or a descriptor that is open already; -1 */
    int channel_fd;                 /* to_dst's, for the thread */
    bool to_storage;                /* a file: nobody runs the guest meanwhile */
    QEMUFile *to_dst;
    QemuMutex file_lock;            /* to_dst against shutdown from the main loop */
    QemuThread thread;
    bool thread_running;
    QEMUBH *finish_bh;

    /* Return path. Flags are set by its thread, which then posts rp_sem. */
    QEMUFile *from_dst;
    QemuThread rp_thread;
    bool rp_open;
    QemuSemaphore rp_sem;
    bool rp_hello, rp_peer, rp_loaded, rp_shut, rp_closed;      /* atomic */
    uint32_t rp_shut_value;
    uint32_t acks_asked, acks_got;  /* C8: by modules, from the destination; atomic */

    QemuSemaphore wake;             /* cancel, continue, new parameters */
    bool guest_stopped;
    RunState old_runstate;

    SwitchoverTimes ledger;
    Convergence convergence;        /* error_lock */
    uint64_t estimate_left;         /* total of the latest query */
    BandwidthMeter meter;
    int64_t window_start_ns;        /* of max-bandwidth */
    uint64_t window_bytes;
    int64_t iteration_start_ns;
    int64_t sending_ns;             /* time in which something was sent, and what: zero pages count whole */
    uint64_t sending_bytes;

    /* Times in ms of QEMU_CLOCK_REALTIME. */
    int64_t start_ms, setup_ms, stop_ms, end_ms, downtime_ms;

    QemuMutex error_lock;           /* also: convergence */
    Error *error;                   /* the first; error_lock */
} MigrationState;

MigrationState *migrate_get_current(void);
/* True when the change happened. */
bool migrate_set_state(MigrationState *s, MigrationStatus from, MigrationStatus to);
MigrationStatus migrate_state(const MigrationState *s);
bool migrate_status_in_progress(MigrationStatus st);
void migrate_set_error(MigrationState *s, Error *err);      /* takes @err */
void migrate_set_error_text(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

void migration_start(MigrationState *s, MigrationAddress *addr, int fd);
void migration_cancel(MigrationState *s, Error **errp);
uint64_t migration_bandwidth(MigrationState *s);
uint64_t migration_threshold(MigrationState *s);
/* C11: the whole pause, if it began now. */
int64_t migration_estimate_ns(MigrationState *s);

/* Return path, source side (return-path.c). */
bool migration_open_return_path(MigrationState *s, int fd);
void migration_close_return_path(MigrationState *s);
/* Wait until *flag, the path's end, or a cancel; @timeout_ms -1: no limit. True when the flag is set. */
bool migration_wait_return_path(MigrationState *s, const bool *flag, int timeout_ms);

/* Destination (incoming.c). */
void migration_incoming_start(MigrationAddress *addr, int fd, bool exit_on_error, Error **errp);
MigrationStatus migration_incoming_state(void);
char *migration_incoming_error(void);
SocketAddressList *migration_incoming_addresses(void);
void migration_incoming_defer(void);
bool migration_incoming_deferred(void);

/* Options (options.c). */
void migration_default_options(MigrationState *s);
void migration_hmp_init(void);
static inline bool migrate_cap(MigrationCapability cap)
{
    return migrate_get_current()->capabilities[cap];
}

/* Addresses and connections (transport.c). The result of parse is freed with qapi_free_MigrationAddress(). */
MigrationAddress *migration_parse_uri(const char *uri, Error **errp);
/* From @uri or @channels, exactly one of them. */
MigrationAddress *migration_address(const char *uri, MigrationChannelList *channels, Error **errp);
bool migration_address_is_fd(const MigrationAddress *addr);
/*
 * A descriptor to write to (outgoing) or read from; waits, so not on the main loop. -1 on error, and without one when
 * @cancelled, which is asked about every CANCEL_CHECK_MS, says so.
 */
#define CANCEL_CHECK_MS 50
int migration_connect(const MigrationAddress *addr, bool (*cancelled)(void), Error **errp);
int migration_open_incoming(const MigrationAddress *addr, Error **errp);
/* TCP must not hold the short messages of the hand-over back: that cost 40 ms of each pause. Any descriptor. */
void migration_no_delay(int fd);
int migration_listen(const MigrationAddress *addr, Error **errp);

#endif
