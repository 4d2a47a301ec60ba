/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared among the back ends: descriptors as a channel, and the mux. */
#ifndef CHAR_INTERNAL_H
#define CHAR_INTERNAL_H

#include "chardev/char-fe.h"
#include "io/channel.h"

#define CHR_MUX_MAX 4
#define CHR_MUX_BUF 32

typedef struct MuxChardev {
    Chardev parent;
    CharFrontend *fes[CHR_MUX_MAX];
    CharFrontend chr;           /* our end of the chardev below */
    unsigned n;
    int focus;                  /* index of the front end with the input; -1: none */
    bool got_escape, linestart, timestamps;
    int64_t timestamps_start;   /* microseconds; -1: not yet */
    uint8_t buf[CHR_MUX_MAX][CHR_MUX_BUF];
    unsigned prod[CHR_MUX_MAX], cons[CHR_MUX_MAX];
} MuxChardev;
DECLARE_INSTANCE_CHECKER(MuxChardev, MUX_CHARDEV, TYPE_CHARDEV_MUX)

bool mux_attach(MuxChardev *d, CharFrontend *c, Error **errp);
void mux_detach(MuxChardev *d, CharFrontend *c);
void mux_set_focus(MuxChardev *d, unsigned focus);
bool qemu_chr_is_busy(Chardev *chr);

/* A channel that is read into the front end: the base of file, stdio, pipe, pty and serial. */
typedef struct FDChardev {
    Chardev parent;
    QIOChannel *ioc;
    GSource *source;            /* input watch, with a check that the front end has room */
    bool read_only, write_only;
    int hold_fd;                /* pty: our hold on the slave; else -1 */
    char *unlink_path;          /* pty: the symbolic link */
} FDChardev;
DECLARE_INSTANCE_CHECKER(FDChardev, FD_CHARDEV, TYPE_CHARDEV_FD)

void fd_chr_set_channel(Chardev *chr, QIOChannel *ioc);         /* takes the reference */

/*
 * Calls @fn when @ioc has input and @can_read(opaque) is positive; @can_read is asked on each round of the loop.
 * The caller destroys and unrefs the source.
 */
GSource *io_add_watch_poll(QIOChannel *ioc, IOCanReadHandler *can_read, QIOChannelFunc fn, void *opaque,
                           GMainContext *context);
void io_remove_watch_poll(GSource **source);
int io_channel_send(QIOChannel *ioc, const uint8_t *buf, int len);      /* -1 and errno */

#endif
