/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files, devices and descriptors. Two descriptors make a bidirectional channel of two pipes. */
#ifndef QIO_CHANNEL_FILE_H
#define QIO_CHANNEL_FILE_H

#include "io/channel.h"

#define TYPE_QIO_CHANNEL_FILE "qio-channel-file"
OBJECT_DECLARE_SIMPLE_TYPE(QIOChannelFile, QIO_CHANNEL_FILE)

struct QIOChannelFile {
    QIOChannel parent;
    int fd_in, fd_out;          /* the same, or -1 where there is no such direction */
    GPid child;                 /* commands: waited for by close; 0: none */
};

QIOChannelFile *qio_channel_file_new_fd(int fd);                       /* takes @fd */
QIOChannelFile *qio_channel_file_new_fds(int fd_in, int fd_out);       /* takes both */
QIOChannelFile *qio_channel_file_new_path(const char *path, int flags, mode_t mode, Error **errp);
/* Run @argv with its standard input and output on the channel. @flags: O_RDONLY, O_WRONLY or O_RDWR. */
QIOChannelFile *qio_channel_command_new_spawn(const char *const argv[], int flags, Error **errp);

#endif
