/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels over plain descriptors: files, terminals, pipes, and the pipes of a child process. */
#include "qemu/osdep.h"
#include <sys/wait.h>
#include "io/channel-file.h"
#include "qapi/error.h"

static QIOChannelFile *file_new(int fd_in, int fd_out)
{
    QIOChannelFile *f = QIO_CHANNEL_FILE(object_new(TYPE_QIO_CHANNEL_FILE));

    f->fd_in = fd_in;
    f->fd_out = fd_out;
    if (fd_in == fd_out && lseek(fd_in, 0, SEEK_CUR) >= 0) {
        qio_channel_set_feature(QIO_CHANNEL(f), QIO_CHANNEL_FEATURE_SEEKABLE);
    }
    return f;
}

QIOChannelFile *qio_channel_file_new_fd(int fd)
{
    return file_new(fd, fd);
}

QIOChannelFile *qio_channel_file_new_fds(int fd_in, int fd_out)
{
    return file_new(fd_in, fd_out);
}

QIOChannelFile *qio_channel_file_new_path(const char *path, int flags, mode_t mode, Error **errp)
{
    int fd = open(path, flags | O_CLOEXEC, mode);

    if (fd < 0) {
        error_setg_file_open(errp, errno, path);
        return NULL;
    }
    return file_new(fd, fd);
}

QIOChannelFile *qio_channel_command_new_spawn(const char *const argv[], int flags, Error **errp)
{
    int in = -1, out = -1;
    bool want_in = (flags & O_ACCMODE) != O_WRONLY, want_out = (flags & O_ACCMODE) != O_RDONLY;
    g_autoptr(GError) gerr = NULL;
    QIOChannelFile *f;
    GPid pid;

    if (!g_spawn_async_with_pipes(NULL, (char **)argv, NULL,
                                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES, NULL, NULL,
                                  &pid, want_out ? &out : NULL, want_in ? &in : NULL, NULL, &gerr)) {
        error_setg(errp, "Unable to run '%s': %s", argv[0], gerr->message);
        return NULL;
    }
    f = file_new(in, out);
    f->child = pid;
    return f;
}

static ssize_t io_result(ssize_t n, const char *what, Error **errp)
{
    if (n >= 0) {
        return n;
    }
    if (errno == EAGAIN) {
        return QIO_CHANNEL_ERR_BLOCK;
    }
    error_setg_errno(errp, errno, "Unable to %s file", what);
    return -1;
}

static ssize_t file_readv(QIOChannel *ioc, const struct iovec *iov, size_t niov, int **fds, size_t *nfds, int flags,
                          Error **errp)
{
    ssize_t n;

    do {
        n = readv(QIO_CHANNEL_FILE(ioc)->fd_in, iov, niov);
    } while (n < 0 && errno == EINTR);
    return io_result(n, "read from", errp);
}

static ssize_t file_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov, int *fds, size_t nfds, int flags,
                           Error **errp)
{
    ssize_t n;

    do {
        n = writev(QIO_CHANNEL_FILE(ioc)->fd_out, iov, niov);
    } while (n < 0 && errno == EINTR);
    return io_result(n, "write to", errp);
}

static int close_one(int *fd)
{
    int ret = *fd >= 0 ? close(*fd) : 0;

    *fd = -1;
    return ret;
}

static int wait_child(QIOChannelFile *f, Error **errp)
{
    int status;
    pid_t pid = f->child;

    f->child = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            error_setg_errno(errp, errno, "Cannot wait for process %d", pid);
            return -1;
        }
    }
    if (WIFSIGNALED(status) || WEXITSTATUS(status)) {
        error_setg(errp, WIFSIGNALED(status) ? "Process %d was killed by signal %d" : "Process %d exited with status %d",
                   pid, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        return -1;
    }
    return 0;
}

static int file_close(QIOChannel *ioc, Error **errp)
{
    QIOChannelFile *f = QIO_CHANNEL_FILE(ioc);
    int ret = 0;

    if (f->fd_in == f->fd_out) {
        f->fd_in = -1;
    }
    if (close_one(&f->fd_in) < 0 || close_one(&f->fd_out) < 0) {
        error_setg_errno(errp, errno, "Unable to close file");
        ret = -1;
    }
    if (f->child && wait_child(f, ret ? NULL : errp) < 0) {
        ret = -1;
    }
    return ret;
}

static bool file_set_blocking(QIOChannel *ioc, bool enabled, Error **errp)
{
    QIOChannelFile *f = QIO_CHANNEL_FILE(ioc);

    if ((f->fd_in >= 0 && !qemu_set_blocking(f->fd_in, enabled))
        || (f->fd_out >= 0 && f->fd_out != f->fd_in && !qemu_set_blocking(f->fd_out, enabled))) {
        error_setg_errno(errp, errno, "Cannot change the blocking mode of the file");
        return false;
    }
    return true;
}

static off_t file_seek(QIOChannel *ioc, off_t offset, int whence, Error **errp)
{
    QIOChannelFile *f = QIO_CHANNEL_FILE(ioc);
    off_t ret = lseek(f->fd_in >= 0 ? f->fd_in : f->fd_out, offset, whence);

    if (ret < 0) {
        error_setg_errno(errp, errno, "Unable to seek in file");
    }
    return ret;
}

static int file_fd_of(QIOChannel *ioc, GIOCondition condition)
{
    QIOChannelFile *f = QIO_CHANNEL_FILE(ioc);

    return condition & G_IO_OUT || f->fd_in < 0 ? f->fd_out : f->fd_in;
}

static void file_instance_init(Object *obj)
{
    QIO_CHANNEL_FILE(obj)->fd_in = QIO_CHANNEL_FILE(obj)->fd_out = -1;
}

/* Dropped without close: a child is told to go, so that waiting ends. */
static void file_finalize(Object *obj)
{
    QIOChannelFile *f = QIO_CHANNEL_FILE(obj);

    if (f->child) {
        kill(f->child, SIGTERM);
    }
    file_close(QIO_CHANNEL(obj), NULL);
}

static void file_class_init(ObjectClass *oc, const void *data)
{
    QIOChannelClass *k = QIO_CHANNEL_CLASS(oc);

    k->io_readv = file_readv;
    k->io_writev = file_writev;
    k->io_close = file_close;
    k->io_set_blocking = file_set_blocking;
    k->io_seek = file_seek;
    k->io_get_fd = file_fd_of;
}

static const TypeInfo file_types[] = {
    {
        .name = TYPE_QIO_CHANNEL_FILE,
        .parent = TYPE_QIO_CHANNEL,
        .instance_size = sizeof(QIOChannelFile),
        .instance_init = file_instance_init,
        .instance_finalize = file_finalize,
        .class_init = file_class_init,
    },
};
DEFINE_TYPES(file_types)
