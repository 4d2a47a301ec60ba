/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CharFrontend: a device's end of a character device. One chardev has one front end; a mux has several.
 *
 *   right:  qemu_chr_fe_init(&s->chr, chr, errp) (or DEFINE_PROP_CHR), then qemu_chr_fe_set_handlers();
 *           on unrealize qemu_chr_fe_deinit(&s->chr, false).
 *
 * A front end without back end (chr == NULL) swallows output: devices need not ask.
 */
#ifndef QEMU_CHAR_FE_H
#define QEMU_CHAR_FE_H

#include "chardev/char.h"

struct CharFrontend {
    Chardev *chr;
    IOEventHandler *chr_event;
    IOCanReadHandler *chr_can_read;
    IOReadHandler *chr_read;
    BackendChangeHandler *chr_be_change;
    void *opaque;
    unsigned tag;               /* number of this front end on a mux */
    bool fe_is_open;
};

typedef CharFrontend CharBackend;       /* the older name */

bool qemu_chr_fe_init(CharFrontend *c, Chardev *s, Error **errp);
void qemu_chr_fe_deinit(CharFrontend *c, bool del);     /* @del: remove the chardev too */
Chardev *qemu_chr_fe_get_driver(CharFrontend *c);
bool qemu_chr_fe_backend_connected(CharFrontend *c);
bool qemu_chr_fe_backend_open(CharFrontend *c);

/*
 * @fd_can_read tells how many bytes @fd_read may get now. @context: where they run; NULL is the main loop.
 * All NULL: stop input. @set_open: the front end counts as open when it has handlers.
 */
void qemu_chr_fe_set_handlers(CharFrontend *c, IOCanReadHandler *fd_can_read, IOReadHandler *fd_read,
                              IOEventHandler *fd_event, BackendChangeHandler *be_change, void *opaque,
                              GMainContext *context, bool set_open);
void qemu_chr_fe_set_handlers_full(CharFrontend *c, IOCanReadHandler *fd_can_read, IOReadHandler *fd_read,
                                   IOEventHandler *fd_event, BackendChangeHandler *be_change, void *opaque,
                                   GMainContext *context, bool set_open, bool sync_state);
void qemu_chr_fe_take_focus(CharFrontend *c);
void qemu_chr_fe_accept_input(CharFrontend *c);         /* call when can_read may have grown */
void qemu_chr_fe_disconnect(CharFrontend *c);
int qemu_chr_fe_wait_connected(CharFrontend *c, Error **errp);
void qemu_chr_fe_set_echo(CharFrontend *c, bool echo);
void qemu_chr_fe_set_open(CharFrontend *c, bool is_open);
void qemu_chr_fe_printf(CharFrontend *c, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

typedef gboolean (*FEWatchFunc)(void *do_not_use, GIOCondition condition, void *data);
guint qemu_chr_fe_add_watch(CharFrontend *c, GIOCondition cond, FEWatchFunc func, void *user_data);

/* Bytes written, maybe fewer; -1 and errno (EAGAIN: watch and try again). The _all form waits for a slow peer. */
int qemu_chr_fe_write(CharFrontend *c, const uint8_t *buf, int len);
int qemu_chr_fe_write_all(CharFrontend *c, const uint8_t *buf, int len);
int qemu_chr_fe_ioctl(CharFrontend *c, int cmd, void *arg);
int qemu_chr_fe_get_msgfd(CharFrontend *c);             /* -1: none came */
int qemu_chr_fe_get_msgfds(CharFrontend *c, int *fds, int num);
int qemu_chr_fe_set_msgfds(CharFrontend *c, int *fds, int num);

#endif
