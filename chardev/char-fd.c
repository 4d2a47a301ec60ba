/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Back ends that are descriptors: file, pipe, stdio, pty, serial. Standard input's terminal mode and file status flags are
 * saved when it is opened and put back when it closes.
 */
#include "qemu/osdep.h"
#include <pty.h>
#include <termios.h>
#include "char-internal.h"
#include "chardev/char-serial.h"
#include "io/channel-file.h"
#include "qapi/error.h"

typedef struct StdioChardev {
    FDChardev parent;
    bool tty, saved, allow_signal, echo;
    struct termios old_tio;
    int old_flags[2];
} StdioChardev;
DECLARE_INSTANCE_CHECKER(StdioChardev, STDIO_CHARDEV, TYPE_CHARDEV_STDIO)

/* The process has one standard input. */
static bool stdio_in_use;

static int fd_can_read(void *opaque)
{
    return qemu_chr_be_can_write(CHARDEV(opaque));
}

static gboolean fd_read(QIOChannel *ioc, GIOCondition cond, gpointer opaque)
{
    Chardev *chr = opaque;
    FDChardev *s = FD_CHARDEV(chr);
    uint8_t buf[CHR_READ_BUF_LEN];
    int room = MIN(qemu_chr_be_can_write(chr), (int)sizeof(buf));
    ssize_t n;

    if (room <= 0) {
        return G_SOURCE_CONTINUE;
    }
    n = qio_channel_read(ioc, (char *)buf, room, NULL);
    if (n > 0) {
        qemu_chr_be_write(chr, buf, n);
    } else if (n != QIO_CHANNEL_ERR_BLOCK) {
        io_remove_watch_poll(&s->source);
        qemu_chr_be_event(chr, CHR_EVENT_CLOSED);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static void fd_update_read_handler(Chardev *chr)
{
    FDChardev *s = FD_CHARDEV(chr);

    io_remove_watch_poll(&s->source);
    if (s->ioc && !s->write_only && chr->fe && chr->fe->chr_read) {
        s->source = io_add_watch_poll(s->ioc, fd_can_read, fd_read, chr, chr->gcontext);
    }
}

void fd_chr_set_channel(Chardev *chr, QIOChannel *ioc)
{
    FD_CHARDEV(chr)->ioc = ioc;
    qio_channel_set_blocking(ioc, false, NULL);
}

static int fd_write(Chardev *chr, const uint8_t *buf, int len)
{
    FDChardev *s = FD_CHARDEV(chr);

    return s->ioc && !s->read_only ? io_channel_send(s->ioc, buf, len) : len;
}

static GSource *fd_add_watch(Chardev *chr, GIOCondition cond)
{
    FDChardev *s = FD_CHARDEV(chr);

    return s->ioc ? qio_channel_create_watch(s->ioc, cond) : NULL;
}

static void fd_init(Object *obj)
{
    FD_CHARDEV(obj)->hold_fd = -1;
}

static void fd_finalize(Object *obj)
{
    FDChardev *s = FD_CHARDEV(obj);

    qemu_close(s->hold_fd);
    if (s->unlink_path) {
        unlink(s->unlink_path);
        g_free(s->unlink_path);
    }
    io_remove_watch_poll(&s->source);
    if (s->ioc) {
        object_unref(OBJECT(s->ioc));
    }
}

static void fd_class_init(ObjectClass *oc, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(oc);

    cc->chr_write = fd_write;
    cc->chr_add_watch = fd_add_watch;
    cc->chr_update_read_handler = fd_update_read_handler;
}

static bool file_open(Chardev *chr, ChardevBackend *backend, bool *be_opened, Error **errp)
{
    ChardevFile *file = backend->u.file.data;
    bool append = file->has_append && file->append;
    g_autofree_fd int out = open(file->out, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0666);
    int in = -1;

    if (out < 0) {
        error_setg_file_open(errp, errno, file->out);
        return false;
    }
    if (file->in) {
        in = open(file->in, O_RDONLY | O_CLOEXEC);
        if (in < 0) {
            error_setg_file_open(errp, errno, file->in);
            return false;
        }
    }
    FD_CHARDEV(chr)->write_only = in < 0;
    fd_chr_set_channel(chr, QIO_CHANNEL(qio_channel_file_new_fds(in, out)));
    out = -1;
    chr->filename = g_strdup("file");
    return true;
}

static void file_class_init(ObjectClass *oc, const void *data)
{
    CHARDEV_CLASS(oc)->kind = "file";
    CHARDEV_CLASS(oc)->chr_open = file_open;
}

/* PATH.in and PATH.out if both exist, else PATH both ways. */
static bool pipe_open(Chardev *chr, ChardevBackend *backend, bool *be_opened, Error **errp)
{
    const char *path = backend->u.pipe.data->device;
    g_autofree char *name_in = g_strdup_printf("%s.in", path), *name_out = g_strdup_printf("%s.out", path);
    int in = open(name_in, O_RDWR | O_CLOEXEC), out = open(name_out, O_RDWR | O_CLOEXEC);

    if (in < 0 || out < 0) {
        qemu_close(in);
        qemu_close(out);
        in = out = open(path, O_RDWR | O_CLOEXEC);
        if (in < 0) {
            error_setg_file_open(errp, errno, path);
            return false;
        }
    }
    fd_chr_set_channel(chr, QIO_CHANNEL(qio_channel_file_new_fds(in, out)));
    chr->filename = g_strdup("pipe");
    return true;
}

static void pipe_class_init(ObjectClass *oc, const void *data)
{
    CHARDEV_CLASS(oc)->kind = "pipe";
    CHARDEV_CLASS(oc)->chr_open = pipe_open;
}

static void stdio_apply(StdioChardev *s)
{
    struct termios tty = s->old_tio;

    if (!s->tty) {
        return;
    }
    if (!s->echo) {
        tty.c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        tty.c_oflag |= OPOST;
        tty.c_lflag &= ~(ECHO | ECHONL | ICANON | IEXTEN);
        tty.c_cflag = (tty.c_cflag & ~(CSIZE | PARENB)) | CS8;
        tty.c_cc[VMIN] = 1;
        tty.c_cc[VTIME] = 0;
    }
    if (!s->allow_signal) {
        tty.c_lflag &= ~ISIG;
    }
    tcsetattr(0, TCSANOW, &tty);
}

static bool stdio_open(Chardev *chr, ChardevBackend *backend, bool *be_opened, Error **errp)
{
    StdioChardev *s = STDIO_CHARDEV(chr);
    ChardevStdio *opts = backend->u.stdio.data;

    if (stdio_in_use) {
        error_setg(errp, "cannot use stdio by multiple character devices");
        return false;
    }
    stdio_in_use = true;
    s->old_flags[0] = fcntl(0, F_GETFL);
    s->old_flags[1] = fcntl(1, F_GETFL);
    s->tty = !tcgetattr(0, &s->old_tio);
    s->saved = true;
    s->allow_signal = !opts->has_signal || opts->signal;
    stdio_apply(s);
    fd_chr_set_channel(chr, QIO_CHANNEL(qio_channel_file_new_fds(0, 1)));
    chr->filename = g_strdup("stdio");
    return true;
}

static void stdio_set_echo(Chardev *chr, bool echo)
{
    STDIO_CHARDEV(chr)->echo = echo;
    stdio_apply(STDIO_CHARDEV(chr));
}

static void stdio_finalize(Object *obj)
{
    StdioChardev *s = STDIO_CHARDEV(obj);
    QIOChannelFile *file = (QIOChannelFile *)s->parent.ioc;

    if (!s->saved) {
        return;
    }
    stdio_in_use = false;
    if (s->tty) {
        tcsetattr(0, TCSANOW, &s->old_tio);
    }
    for (int i = 0; i < 2; i++) {
        if (s->old_flags[i] != -1) {
            fcntl(i, F_SETFL, s->old_flags[i]);
        }
    }
    if (file) {
        file->fd_in = file->fd_out = -1;        /* standard input and output outlive us */
    }
}

static void stdio_class_init(ObjectClass *oc, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(oc);

    cc->kind = "stdio";
    cc->chr_open = stdio_open;
    cc->chr_set_echo = stdio_set_echo;
}

static bool pty_open(Chardev *chr, ChardevBackend *backend, bool *be_opened, Error **errp)
{
    ChardevPty *opts = backend->u.pty.data;
    struct termios tty;
    int master, slave;
    const char *name;

    if (openpty(&master, &slave, NULL, NULL, NULL) < 0) {
        error_setg_errno(errp, errno, "Failed to create PTY");
        return false;
    }
    tcgetattr(slave, &tty);
    cfmakeraw(&tty);
    tcsetattr(slave, TCSAFLUSH, &tty);
    fcntl(master, F_SETFD, FD_CLOEXEC);
    name = ptsname(master);
    chr->filename = g_strdup_printf("pty:%s", name);
    if (opts->path && symlink(name, opts->path) < 0) {
        error_setg_errno(errp, errno, "Failed to create PTY symlink '%s'", opts->path);
        close(slave);
        close(master);
        return false;
    }
    /* Our own hold on the slave keeps the master from hanging up between clients. */
    fcntl(slave, F_SETFD, FD_CLOEXEC);
    FD_CHARDEV(chr)->hold_fd = slave;
    FD_CHARDEV(chr)->unlink_path = g_strdup(opts->path);
    fd_chr_set_channel(chr, QIO_CHANNEL(qio_channel_file_new_fd(master)));
    fprintf(stderr, "char device redirected to %s (label %s)\n", name, chr->label ? chr->label : "unnamed");
    return true;
}

static void pty_class_init(ObjectClass *oc, const void *data)
{
    CHARDEV_CLASS(oc)->kind = "pty";
    CHARDEV_CLASS(oc)->chr_open = pty_open;
}

static bool serial_open(Chardev *chr, ChardevBackend *backend, bool *be_opened, Error **errp)
{
    const char *path = backend->u.serial.data->device;
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct termios tty;

    if (fd < 0) {
        error_setg_file_open(errp, errno, path);
        return false;
    }
    if (tcgetattr(fd, &tty) < 0) {
        error_setg_errno(errp, errno, "'%s' is not a serial line", path);
        close(fd);
        return false;
    }
    cfmakeraw(&tty);
    cfsetspeed(&tty, B115200);
    tcsetattr(fd, TCSANOW, &tty);
    fd_chr_set_channel(chr, QIO_CHANNEL(qio_channel_file_new_fd(fd)));
    chr->filename = g_strdup("serial");
    return true;
}

static void serial_class_init(ObjectClass *oc, const void *data)
{
    CHARDEV_CLASS(oc)->kind = "serial";
    CHARDEV_CLASS(oc)->chr_open = serial_open;
}

#define FD_TYPE(NAME, size, init)                                                                                 \
    { .name = NAME, .parent = TYPE_CHARDEV_FD, .instance_size = size, .class_init = init }

static const TypeInfo fd_types[] = {
    {
        .name = TYPE_CHARDEV_FD,
        .parent = TYPE_CHARDEV,
        .instance_size = sizeof(FDChardev),
        .instance_init = fd_init,
        .instance_finalize = fd_finalize,
        .class_init = fd_class_init,
        .abstract = true,
    },
    FD_TYPE(TYPE_CHARDEV_FILE, sizeof(FDChardev), file_class_init),
    FD_TYPE(TYPE_CHARDEV_PIPE, sizeof(FDChardev), pipe_class_init),
    FD_TYPE(TYPE_CHARDEV_PTY, sizeof(FDChardev), pty_class_init),
    FD_TYPE(TYPE_CHARDEV_SERIAL, sizeof(FDChardev), serial_class_init),
    {
        .name = TYPE_CHARDEV_STDIO,
        .parent = TYPE_CHARDEV_FD,
        .instance_size = sizeof(StdioChardev),
        .instance_finalize = stdio_finalize,
        .class_init = stdio_class_init,
    },
};
DEFINE_TYPES(fd_types)
