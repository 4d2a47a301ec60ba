/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors that clients pass: named ones of a session (getfd), which go with it, and sets (add-fd, -add-fd), which any
 * option may open as /dev/fdset/N. Sets are protected by fdset_lock.
 */
#include "qemu/osdep.h"
#include "io/sockets.h"
#include "monitor-internal.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-misc.h"

typedef struct FdsetFd {
    int fd;
    char *opaque;
} FdsetFd;

static GHashTable *fdsets;              /* id -> GArray of FdsetFd */
static GMutex fdset_lock;

void monitor_fds_close(Monitor *mon)
{
    GHashTableIter it;
    gpointer fd;

    QEMU_LOCK_GUARD(&mon->mon_lock);
    g_hash_table_iter_init(&it, mon->fds);
    while (g_hash_table_iter_next(&it, NULL, &fd)) {
        qemu_close(GPOINTER_TO_INT(fd) - 1);
    }
    g_hash_table_remove_all(mon->fds);
}

static int take_message_fd(Error **errp)
{
    Monitor *mon = monitor_cur();
    int fd = mon ? qemu_chr_fe_get_msgfd(&mon->chr) : -1;

    if (fd < 0) {
        error_setg(errp, "No file descriptor supplied via SCM_RIGHTS");
    }
    return fd;
}

void qmp_getfd(const char *fdname, Error **errp)
{
    Monitor *mon = monitor_cur();
    int fd = take_message_fd(errp), old;

    if (fd < 0) {
        return;
    }
    if (!*fdname || g_ascii_isdigit(*fdname)) {
        error_setg(errp, "Parameter 'fdname' expects a name not starting with a digit");
        qemu_close(fd);
        return;
    }
    QEMU_LOCK_GUARD(&mon->mon_lock);
    old = GPOINTER_TO_INT(g_hash_table_lookup(mon->fds, fdname)) - 1;
    qemu_close(old);
    g_hash_table_replace(mon->fds, g_strdup(fdname), GINT_TO_POINTER(fd + 1));
}

static int take_named(Monitor *mon, const char *fdname)
{
    int fd;

    QEMU_LOCK_GUARD(&mon->mon_lock);
    fd = GPOINTER_TO_INT(g_hash_table_lookup(mon->fds, fdname)) - 1;
    g_hash_table_remove(mon->fds, fdname);
    return fd;
}

void qmp_closefd(const char *fdname, Error **errp)
{
    Monitor *mon = monitor_cur();
    int fd = mon ? take_named(mon, fdname) : -1;

    if (fd < 0) {
        error_setg(errp, "File descriptor named '%s' not found", fdname);
        return;
    }
    qemu_close(fd);
}

int monitor_get_fd(Monitor *mon, const char *fdname, Error **errp)
{
    int fd = mon ? take_named(mon, fdname) : -1;

    if (fd < 0) {
        error_setg(errp, "File descriptor named '%s' has not been found", fdname);
    }
    return fd;
}

int monitor_fd_param(Monitor *mon, const char *fdname, Error **errp)
{
    return g_ascii_isdigit(*fdname) ? socket_get_fd(fdname, errp) : monitor_get_fd(mon, fdname, errp);
}

static int lookup(const char *name, Error **errp)
{
    return monitor_get_fd(monitor_cur(), name, errp);
}

static __attribute__((constructor)) void register_lookup(void)
{
    socket_set_fd_lookup(lookup);
}

static GArray *find_set(int64_t id)
{
    return fdsets ? g_hash_table_lookup(fdsets, &id) : NULL;
}

static GArray *make_set(int64_t id)
{
    GArray *set = g_array_new(FALSE, TRUE, sizeof(FdsetFd));

    if (!fdsets) {
        fdsets = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    }
    g_hash_table_insert(fdsets, g_memdup2(&id, sizeof(id)), set);
    return set;
}

AddfdInfo *monitor_fdset_add_fd(int fd, bool has_fdset_id, int64_t fdset_id, const char *opaque, Error **errp)
{
    FdsetFd f = { .fd = fd, .opaque = g_strdup(opaque) };
    AddfdInfo *info;
    GArray *set;

    if (has_fdset_id && fdset_id < 0) {
        error_setg(errp, "Parameter 'fdset-id' expects a non-negative value");
        g_free(f.opaque);
        return NULL;
    }
    g_mutex_lock(&fdset_lock);
    for (fdset_id = has_fdset_id ? fdset_id : 0; !has_fdset_id && find_set(fdset_id); fdset_id++) {
    }
    set = find_set(fdset_id);
    if (!set) {
        set = make_set(fdset_id);
    }
    g_array_append_val(set, f);
    g_mutex_unlock(&fdset_lock);
    info = g_new0(AddfdInfo, 1);
    info->fdset_id = fdset_id;
    info->fd = fd;
    return info;
}

AddfdInfo *qmp_add_fd(bool has_fdset_id, int64_t fdset_id, const char *opaque, Error **errp)
{
    int fd = take_message_fd(errp);
    AddfdInfo *info = fd < 0 ? NULL : monitor_fdset_add_fd(fd, has_fdset_id, fdset_id, opaque, errp);

    if (!info) {
        qemu_close(fd);
    }
    return info;
}

void qmp_remove_fd(int64_t fdset_id, bool has_fd, int64_t fd, Error **errp)
{
    bool found = false;
    GArray *set;

    g_mutex_lock(&fdset_lock);
    set = find_set(fdset_id);
    for (int i = set ? set->len - 1 : -1; i >= 0; i--) {
        FdsetFd *f = &g_array_index(set, FdsetFd, i);

        if (!has_fd || f->fd == fd) {
            qemu_close(f->fd);
            g_free(f->opaque);
            g_array_remove_index(set, i);
            found = true;
        }
    }
    if (set && !set->len) {
        g_hash_table_remove(fdsets, &fdset_id);
        g_array_free(set, TRUE);
    }
    g_mutex_unlock(&fdset_lock);
    if (!found) {
        error_setg(errp, "File descriptor named 'fdset-id:%" PRId64 ", fd:%" PRId64 "' not found", fdset_id,
                   has_fd ? fd : -1);
    }
}

static FdsetInfo *describe(int64_t id, GArray *set)
{
    FdsetInfo *info = g_new0(FdsetInfo, 1);

    info->fdset_id = id;
    for (guint i = 0; i < set->len; i++) {
        FdsetFdInfo *fd = g_new0(FdsetFdInfo, 1);

        fd->fd = g_array_index(set, FdsetFd, i).fd;
        fd->opaque = g_strdup(g_array_index(set, FdsetFd, i).opaque);
        QAPI_LIST_PREPEND(info->fds, fd);
    }
    return info;
}

FdsetInfoList *qmp_query_fdsets(Error **errp)
{
    FdsetInfoList *list = NULL;
    GHashTableIter it;
    gpointer id, set;

    g_mutex_lock(&fdset_lock);
    if (fdsets) {
        g_hash_table_iter_init(&it, fdsets);
        while (g_hash_table_iter_next(&it, &id, &set)) {
            QAPI_LIST_PREPEND(list, describe(*(int64_t *)id, set));
        }
    }
    g_mutex_unlock(&fdset_lock);
    return list;
}

int monitor_fdset_dup_fd_add(int64_t fdset_id, int flags, Error **errp)
{
    GArray *set;
    int fd = -1;

    g_mutex_lock(&fdset_lock);
    set = find_set(fdset_id);
    for (guint i = 0; set && fd < 0 && i < set->len; i++) {
        int mode = fcntl(g_array_index(set, FdsetFd, i).fd, F_GETFL);

        if (mode != -1 && (mode & O_ACCMODE) == (flags & O_ACCMODE)) {
            fd = fcntl(g_array_index(set, FdsetFd, i).fd, F_DUPFD_CLOEXEC, 0);
        }
    }
    g_mutex_unlock(&fdset_lock);
    if (fd < 0) {
        error_setg(errp, "fdset %" PRId64 " has no file descriptor with the access mode that is needed", fdset_id);
    }
    return fd;
}
