/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The destination of a migration: waiting for the source, loading in a thread of its own, starting the guest.
 *
 *   none --migration_incoming_start()--> setup --load_thread()--> active --incoming_finish()--> completed | failed
 *
 * The main loop stays free all the time. The guest starts only when the whole stream has been loaded and, with the
 * hand-over protocol, GO has come (M5 in migration/migration.h). Locks: members belong to the main loop (BQL) except
 * between thread start and incoming_finish(); `state` is atomic.
 */
#include "qemu/osdep.h"
#include "block/block.h"
#include "qemu/bswap.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "qemu/timer.h"
#include "qapi/clone-visitor.h"
#include "qapi/qapi-events-migration.h"
#include "qapi/qapi-visit-sockets.h"
#include "io/sockets.h"
#include "system/runstate.h"
#include "migration/migration.h"
#include "migration/migration-stats.h"
#include "migration/misc.h"
#include "migration/savevm.h"
#include "migration/vmstate-registry.h"
#include <sys/socket.h>

/* A source that fails to read our reason gets this much of its stream swallowed before the connection closes. */
#define DRAIN_MS 2000

typedef struct IncomingState {
    int state;                      /* MigrationStatus, atomic */
    bool deferred;
    bool exit_on_error;
    int listen_fd;
    SocketAddressList *addresses;
    int fd;
    QEMUFile *from_src;
    QEMUFile *to_src;               /* return path, opened on request */
    bool source_is_peer;            /* said HELLO */
    bool source_commits;            /* will send GO */
    int64_t images_ns, go_ns;       /* how long taking them took; when GO came */
    bool go;
    bool loaded;
    QemuMutex send_lock;            /* to_src: written by the loader and by whoever acknowledges */
    bool send_lock_made;
    QemuThread thread;
    Error *error;
} IncomingState;

static IncomingState incoming = { .listen_fd = -1, .fd = -1 };

MigrationStatus migration_incoming_state(void)
{
    return qatomic_read(&incoming.state);
}

static void set_state(IncomingState *s, MigrationStatus st)
{
    qatomic_set(&s->state, st);
    if (migrate_cap(MIGRATION_CAPABILITY_EVENTS)) {
        qapi_event_send_migration(st);
    }
}

char *migration_incoming_error(void)
{
    return migration_incoming_state() == MIGRATION_STATUS_FAILED && incoming.error
           ? g_strdup(error_get_pretty(incoming.error)) : NULL;
}

SocketAddressList *migration_incoming_addresses(void)
{
    return QAPI_CLONE(SocketAddressList, incoming.addresses);
}

void migration_incoming_defer(void)
{
    incoming.deferred = true;
}

bool migration_incoming_deferred(void)
{
    return incoming.deferred;
}

/* ---- What we say to the source ---- */

static void send_message(IncomingState *s, MigRpMessage type, const void *data, uint16_t len)
{
    QEMU_LOCK_GUARD(&s->send_lock);
    if (s->to_src) {
        qemu_put_be16(s->to_src, type);
        qemu_put_be16(s->to_src, len);
        qemu_put_buffer(s->to_src, data, len);
        qemu_fflush(s->to_src);
    }
}

/* C8. The source ignores those it did not ask for. */
static bool approve_switchover(Error **errp)
{
    if (migration_incoming_state() != MIGRATION_STATUS_ACTIVE) {
        error_setg(errp, "no migration comes in that could be acknowledged");
        return false;
    }
    send_message(&incoming, MIG_RP_MSG_SWITCHOVER_ACK, NULL, 0);
    return true;
}

static void send_u32(IncomingState *s, MigRpMessage type, uint32_t value)
{
    uint32_t be = cpu_to_be32(value);

    send_message(s, type, &be, sizeof(be));
}

static void send_failure(IncomingState *s)
{
    const char *text = s->error ? error_get_pretty(s->error) : "unknown";

    if (s->source_is_peer) {
        send_message(s, MIG_RP_MSG_ERROR_TEXT, text, MIN(strlen(text), 2048));
    }
    send_u32(s, MIG_RP_MSG_SHUT, 1);
}

/* ---- What the source asks ---- */

static bool open_return_path(void *opaque, Error **errp)
{
    IncomingState *s = opaque;
    int fd;

    if (s->to_src) {
        error_setg(errp, "the return path is open already");
        return false;
    }
    fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        error_setg_errno(errp, errno, "cannot open the return path");
        return false;
    }
    WITH_QEMU_LOCK_GUARD(&s->send_lock) {
        s->to_src = qemu_file_new_fd(fd, true);
    }
    return true;
}

/* C11: how fast this host goes through its devices' state; loading takes about as long as saving. */
static void send_forecast(IncomingState *s)
{
    int64_t start;
    uint8_t be[8];

    bql_lock();
    start = get_clock();
    qemu_savevm_state_dry();
    stq_be_p(be, MAX(get_clock() - start, 1));
    bql_unlock();
    send_message(s, MIG_RP_MSG_FORECAST, be, sizeof(be));
}

static bool answer_ping(void *opaque, uint32_t value, Error **errp)
{
    IncomingState *s = opaque;

    switch (value) {
    case MIG_PING_HELLO:
        if (!s->source_is_peer) {
            s->source_is_peer = true;
            send_forecast(s);
        }
        send_u32(s, MIG_RP_MSG_PONG, MIG_PONG_PEER);
        break;
    case MIG_PING_COMMITS:
        s->source_commits = s->to_src != NULL;
        break;
    case MIG_PING_GO:
        s->go = s->loaded;
        s->go_ns = get_clock();
        break;
    }
    send_u32(s, MIG_RP_MSG_PONG, value);
    return true;
}

static const LoadCallbacks load_callbacks = { .open_return_path = open_return_path, .ping = answer_ping };

/* ---- Loading ---- */

/* The source unlocked its images before its devices' state: hold them before saying that the guest can run here. */
static bool take_images(IncomingState *s, Error **errp)
{
    int64_t start = get_clock();
    bool ok;

    bql_lock();
    ok = bdrv_activate_all(errp);
    bql_unlock();
    s->images_ns = get_clock() - start;
    return ok;
}

static void return_images(void)
{
    bql_lock();
    bdrv_inactivate_all(NULL);
    bql_unlock();
}

/* Everything is here. With a source that commits: say so and wait for its word. */
static bool wait_for_go(IncomingState *s, Error **errp)
{
    s->loaded = true;
    if (!s->source_commits) {
        return true;
    }
    send_u32(s, MIG_RP_MSG_PONG, MIG_PONG_LOADED);
    while (!s->go) {
        if (!qemu_loadvm_command(s->from_src, &load_callbacks, s, errp)) {
            error_prepend(errp, "the guest is loaded, but the source did not hand it over; if the source is gone for "
                          "good, `cont` runs it here: ");
            return false;
        }
    }
    return true;
}

static void *load_thread(void *opaque);
static void incoming_finish(void *opaque);

/* Let the source read our last words: a close with unread input would make its kernel drop them. */
static void drain(IncomingState *s)
{
    int64_t end = g_get_monotonic_time() + DRAIN_MS * 1000;
    uint8_t sink[65536];

    if (s->to_src && shutdown(s->fd, SHUT_WR) == 0) {
        struct timeval tv = { .tv_usec = 100000 };

        setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
        while (g_get_monotonic_time() < end) {
            ssize_t n = recv(s->fd, sink, sizeof(sink), 0);

            if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
                break;
            }
        }
    }
}

static void *load_thread(void *opaque)
{
    IncomingState *s = opaque;
    Error *err = NULL;

    rcu_register_thread();
    if (qemu_loadvm_state(s->from_src, &load_callbacks, s, &err) < 0 || !take_images(s, &err) || !wait_for_go(s, &err)) {
        s->error = err;
        return_images();
        send_failure(s);
        drain(s);
    }
    rcu_unregister_thread();
    qemu_bh_schedule_oneshot(incoming_finish, s);
    return NULL;
}

static void close_channel(IncomingState *s)
{
    WITH_QEMU_LOCK_GUARD(&s->send_lock) {
        if (s->to_src) {
            qemu_fclose(s->to_src);
            s->to_src = NULL;
        }
    }
    qemu_fclose(s->from_src);
    s->from_src = NULL;
    s->fd = -1;
}

/* C12: what loading took, for the source's ledger. */
static void report_times(IncomingState *s)
{
    int64_t ns[REPORT__MAX] = {
        [REPORT_LOAD] = mig_stat_get(load_ns), [REPORT_IMAGES] = s->images_ns, [REPORT_RESUME] = get_clock() - s->go_ns,
    };
    uint8_t times[8 * REPORT__MAX];
    g_autoptr(GByteArray) b = g_byte_array_new();
    SaveStateEntry *se;

    if (!s->source_is_peer) {
        return;
    }
    for (int i = 0; i < REPORT__MAX; i++) {
        stq_be_p(times + 8 * i, ns[i]);
    }
    send_message(s, MIG_RP_MSG_TIMES, times, sizeof(times));
    QTAILQ_FOREACH(se, vmstate_registry(), entry) {
        uint8_t head[9];

        if (!se->loaded) {
            continue;
        }
        stl_be_p(head, se->instance_id);
        stl_be_p(head + 4, MIN(se->load_ns / 1000, UINT32_MAX));
        head[8] = strlen(se->idstr);
        g_byte_array_append(b, head, sizeof(head));
        g_byte_array_append(b, (const uint8_t *)se->idstr, head[8]);
        if (b->len > 2048) {
            send_message(s, MIG_RP_MSG_SECTIONS, b->data, b->len);
            g_byte_array_set_size(b, 0);
        }
    }
    if (b->len) {
        send_message(s, MIG_RP_MSG_SECTIONS, b->data, b->len);
    }
}

/* As the source was, unless -S keeps the guest waiting. */
static void start_guest(void)
{
    RunState st = RUN_STATE_RUNNING;

    if (global_state_received()) {
        st = qapi_enum_parse(&RunState_lookup, global_state_get(), RUN_STATE_RUNNING, NULL);
    }
    if (!runstate_is_live(st)) {
        runstate_set(st);
    } else if (autostart) {
        vm_start();
    } else {
        runstate_set(RUN_STATE_PAUSED);
    }
}

static void incoming_finish(void *opaque)
{
    IncomingState *s = opaque;

    qemu_thread_join(&s->thread);
    if (!s->error) {
        if (!s->go_ns) {
            s->go_ns = get_clock();
        }
        start_guest();
        report_times(s);
        send_u32(s, MIG_RP_MSG_SHUT, 0);
        close_channel(s);
        set_state(s, MIGRATION_STATUS_COMPLETED);
        return;
    }
    close_channel(s);
    set_state(s, MIGRATION_STATUS_FAILED);
    error_report("load of migration failed: %s", error_get_pretty(s->error));
    if (s->loaded) {
        runstate_set(RUN_STATE_PAUSED);          /* M6 */
    } else if (s->exit_on_error) {
        exit(EXIT_FAILURE);
    }
}

static void start_loading(IncomingState *s, int fd)
{
    s->fd = fd;
    migration_no_delay(fd);
    s->from_src = qemu_file_new_fd(fd, false);
    set_state(s, MIGRATION_STATUS_ACTIVE);
    qemu_thread_create(&s->thread, "mig/dst/main", load_thread, s, QEMU_THREAD_JOINABLE);
}

/* ---- Waiting for the source ---- */

static void accept_source(void *opaque)
{
    IncomingState *s = opaque;
    int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0) {
        return;                     /* it went away again */
    }
    qemu_set_fd_handler(s->listen_fd, NULL, NULL, NULL);
    close(s->listen_fd);
    s->listen_fd = -1;
    start_loading(s, fd);
}

static bool listen_for_source(IncomingState *s, const MigrationAddress *addr, Error **errp)
{
    SocketAddress *local;

    s->listen_fd = migration_listen(addr, errp);
    if (s->listen_fd < 0) {
        return false;
    }
    local = socket_local_address(s->listen_fd, NULL);
    if (local) {
        s->addresses = g_new0(SocketAddressList, 1);
        s->addresses->value = local;
    }
    set_state(s, MIGRATION_STATUS_SETUP);
    qemu_set_fd_handler(s->listen_fd, accept_source, NULL, s);
    return true;
}

void migration_incoming_start(MigrationAddress *addr, int fd, bool exit_on_error, Error **errp)
{
    IncomingState *s = &incoming;

    if (!s->send_lock_made) {
        qemu_mutex_init(&s->send_lock);
        s->send_lock_made = true;
        approve_switchover_hook = approve_switchover;
    }
    s->exit_on_error = exit_on_error;
    s->deferred = false;
    g_clear_pointer(&s->addresses, qapi_free_SocketAddressList);
    g_clear_pointer(&s->error, error_free);
    s->go_ns = 0;
    s->source_is_peer = s->source_commits = s->go = s->loaded = false;
    if (addr->transport == MIGRATION_ADDRESS_TYPE_SOCKET && !migration_address_is_fd(addr)) {
        s->deferred = !listen_for_source(s, addr, errp);
    } else {
        fd = fd >= 0 ? fd : migration_open_incoming(addr, errp);
        s->deferred = fd < 0;
        if (fd >= 0) {
            set_state(s, MIGRATION_STATUS_SETUP);
            start_loading(s, fd);
        }
    }
    qapi_free_MigrationAddress(addr);
}
