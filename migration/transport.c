/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a migration goes to or comes from: URIs and channel lists, and descriptors for them.
 *
 *     tcp:HOST:PORT  unix:PATH  vsock:CID:PORT  fd:NAME-OR-NUMBER  exec:COMMAND  file:PATH[,offset=N]
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/cutils.h"
#include "qemu/thread.h"
#include "qapi/clone-visitor.h"
#include "qapi/error.h"
#include "qapi/qapi-visit-migration.h"
#include "qapi/qapi-visit-sockets.h"
#include "io/sockets.h"
#include "migration/migration.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

/* ---- Parsing ---- */

static void list_append(strList ***tail, const char *s)
{
    strList *e = g_new0(strList, 1);

    e->value = g_strdup(s);
    **tail = e;
    *tail = &e->next;
}

/* PATH[,offset=N]: a comma that is not followed by offset= belongs to the path. */
static bool parse_file(const char *str, FileMigrationArgs *args, Error **errp)
{
    const char *opt = strstr(str, ",offset=");

    args->filename = opt ? g_strndup(str, opt - str) : g_strdup(str);
    args->offset = 0;
    if (opt && qemu_strtosz(opt + strlen(",offset="), NULL, &args->offset) < 0) {
        error_setg(errp, "file: offset '%s' is not a size", opt + strlen(",offset="));
        return false;
    }
    if (!*args->filename) {
        error_setg(errp, "file: needs a path");
        return false;
    }
    return true;
}

static bool parse_into(MigrationAddress *addr, const char *uri, Error **errp)
{
    const char *rest;
    SocketAddress *sa;

    if (g_str_has_prefix(uri, "exec:")) {
        strList **tail = &addr->u.exec.args;

        addr->transport = MIGRATION_ADDRESS_TYPE_EXEC;
        list_append(&tail, "/bin/sh");
        list_append(&tail, "-c");
        list_append(&tail, uri + 5);
        return true;
    }
    if (g_str_has_prefix(uri, "file:")) {
        addr->transport = MIGRATION_ADDRESS_TYPE_FILE;
        return parse_file(uri + 5, &addr->u.file, errp);
    }
    if (!g_str_has_prefix(uri, "tcp:") && !g_str_has_prefix(uri, "unix:") && !g_str_has_prefix(uri, "vsock:") &&
        !g_str_has_prefix(uri, "fd:")) {
        error_setg(errp, "unknown migration protocol: %s (use tcp:, unix:, vsock:, fd:, exec: or file:)", uri);
        return false;
    }
    rest = g_str_has_prefix(uri, "tcp:") ? uri + 4 : uri;
    sa = socket_parse(rest, errp);
    if (!sa) {
        return false;
    }
    addr->transport = MIGRATION_ADDRESS_TYPE_SOCKET;
    addr->u.socket = *sa;
    g_free(sa);                     /* its members moved */
    return true;
}

MigrationAddress *migration_parse_uri(const char *uri, Error **errp)
{
    MigrationAddress *addr = g_new0(MigrationAddress, 1);

    if (!parse_into(addr, uri, errp)) {
        qapi_free_MigrationAddress(addr);
        return NULL;
    }
    return addr;
}

MigrationAddress *migration_address(const char *uri, MigrationChannelList *channels, Error **errp)
{
    if (!uri == !channels) {
        error_setg(errp, "give either 'uri' or 'channels'");
        return NULL;
    }
    if (uri) {
        return migration_parse_uri(uri, errp);
    }
    if (channels->next || channels->value->channel_type != MIGRATION_CHANNEL_TYPE_MAIN) {
        error_setg(errp, "'channels' must be one channel of type 'main'");
        return NULL;
    }
    return QAPI_CLONE(MigrationAddress, channels->value->addr);
}

bool migration_address_is_fd(const MigrationAddress *addr)
{
    return addr->transport == MIGRATION_ADDRESS_TYPE_SOCKET && addr->u.socket.type == SOCKET_ADDRESS_TYPE_FD;
}

/* ---- Commands and files ---- */

/* Run the command with one end of a pipe as its standard input (@to_command) or output; ours is returned. */
static int spawn_command(const MigrationExecCommand *cmd, bool to_command, Error **errp)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    posix_spawn_file_actions_t fa;
    int fds[2], mine = to_command, err;
    pid_t pid;

    for (strList *l = cmd->args; l; l = l->next) {
        g_ptr_array_add(argv, l->value);
    }
    if (!argv->len) {
        error_setg(errp, "exec: needs a command");
        return -1;
    }
    g_ptr_array_add(argv, NULL);
    if (pipe2(fds, O_CLOEXEC) < 0) {
        error_setg_errno(errp, errno, "exec: cannot create a pipe");
        return -1;
    }
    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_adddup2(&fa, fds[!mine], to_command ? STDIN_FILENO : STDOUT_FILENO);
    err = posix_spawnp(&pid, argv->pdata[0], &fa, NULL, (char **)argv->pdata, environ);
    posix_spawn_file_actions_destroy(&fa);
    close(fds[!mine]);
    if (err) {
        close(fds[mine]);
        error_setg_errno(errp, err, "exec: cannot run '%s'", (char *)argv->pdata[0]);
        return -1;
    }
    g_child_watch_add(pid, (GChildWatchFunc)(void *)g_spawn_close_pid, NULL);
    return fds[mine];
}

static int open_file(const FileMigrationArgs *args, bool write, Error **errp)
{
    int flags = write ? O_CREAT | O_WRONLY | (args->offset ? 0 : O_TRUNC) : O_RDONLY;
    int fd = qemu_open_cloexec(args->filename, flags, 0660);

    if (fd < 0) {
        error_setg_file_open(errp, errno, args->filename);
        return -1;
    }
    if (args->offset && lseek(fd, args->offset, SEEK_SET) < 0) {
        error_setg_errno(errp, errno, "file: cannot seek to %" PRIu64 " in '%s'", args->offset, args->filename);
        close(fd);
        return -1;
    }
    return fd;
}

static int no_transport(Error **errp)
{
    error_setg(errp, "RDMA is not supported");
    return -1;
}

/*
 * connect() may take minutes and cannot be interrupted from another thread: a thread of its own does it, and is left
 * behind (it closes what it gets) when the migration is cancelled.
 */
typedef struct ConnectJob {
    unsigned refs;                  /* atomic */
    SocketAddress *addr;
    QemuSemaphore done;
    int fd;
    Error *err;
} ConnectJob;

static void connect_job_unref(ConnectJob *job)
{
    if (qatomic_fetch_dec(&job->refs) == 1) {
        if (job->fd >= 0) {
            close(job->fd);
        }
        error_free(job->err);
        qapi_free_SocketAddress(job->addr);
        qemu_sem_destroy(&job->done);
        g_free(job);
    }
}

static void *connect_thread(void *opaque)
{
    ConnectJob *job = opaque;

    job->fd = socket_connect(job->addr, &job->err);
    qemu_sem_post(&job->done);
    connect_job_unref(job);
    return NULL;
}

static int connect_socket(const SocketAddress *addr, bool (*cancelled)(void), Error **errp)
{
    ConnectJob *job = g_new0(ConnectJob, 1);
    QemuThread thread;
    int fd = -1;

    *job = (ConnectJob) { .refs = 2, .addr = QAPI_CLONE(SocketAddress, addr), .fd = -1 };
    qemu_sem_init(&job->done, 0);
    qemu_thread_create(&thread, "mig/src/connect", connect_thread, job, QEMU_THREAD_DETACHED);
    while (!cancelled()) {
        if (qemu_sem_timedwait(&job->done, CANCEL_CHECK_MS) == 0) {
            fd = job->fd;
            job->fd = -1;
            error_propagate(errp, g_steal_pointer(&job->err));
            break;
        }
    }
    connect_job_unref(job);
    return fd;
}

int migration_connect(const MigrationAddress *addr, bool (*cancelled)(void), Error **errp)
{
    switch (addr->transport) {
    case MIGRATION_ADDRESS_TYPE_SOCKET:
        return migration_address_is_fd(addr) ? socket_get_fd(addr->u.socket.u.fd.str, errp)
                                             : connect_socket((SocketAddress *)&addr->u.socket, cancelled, errp);
    case MIGRATION_ADDRESS_TYPE_EXEC:
        return spawn_command(&addr->u.exec, true, errp);
    case MIGRATION_ADDRESS_TYPE_FILE:
        return open_file(&addr->u.file, true, errp);
    default:
        return no_transport(errp);
    }
}

int migration_open_incoming(const MigrationAddress *addr, Error **errp)
{
    switch (addr->transport) {
    case MIGRATION_ADDRESS_TYPE_SOCKET:
        return socket_get_fd(addr->u.socket.u.fd.str, errp);
    case MIGRATION_ADDRESS_TYPE_EXEC:
        return spawn_command(&addr->u.exec, false, errp);
    case MIGRATION_ADDRESS_TYPE_FILE:
        return open_file(&addr->u.file, false, errp);
    default:
        return no_transport(errp);
    }
}

int migration_listen(const MigrationAddress *addr, Error **errp)
{
    return socket_listen((SocketAddress *)&addr->u.socket, 1, errp);
}

void migration_no_delay(int fd)
{
    int on = 1;

    /* Refused by what is not TCP, which does not need it. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}
