/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Front ends: attaching, handlers, output. */
#include "qemu/osdep.h"
#include "char-internal.h"
#include "qapi/error.h"

static MuxChardev *mux_of(Chardev *chr)
{
    return chr ? (MuxChardev *)object_dynamic_cast(OBJECT(chr), TYPE_CHARDEV_MUX) : NULL;
}

bool qemu_chr_fe_init(CharFrontend *c, Chardev *s, Error **errp)
{
    MuxChardev *mux = mux_of(s);

    *c = (CharFrontend) { 0 };
    if (mux) {
        if (!mux_attach(mux, c, errp)) {
            return false;
        }
    } else if (s) {
        if (s->fe) {
            error_setg(errp, "chardev '%s' is already in use", s->label ? s->label : s->filename);
            return false;
        }
        s->fe = c;
    }
    c->chr = s;
    return true;
}

void qemu_chr_fe_deinit(CharFrontend *c, bool del)
{
    Chardev *chr = c->chr;
    MuxChardev *mux = mux_of(chr);

    if (!chr) {
        return;
    }
    qemu_chr_fe_set_handlers(c, NULL, NULL, NULL, NULL, NULL, NULL, true);
    if (mux) {
        mux_detach(mux, c);
    } else if (chr->fe == c) {
        chr->fe = NULL;
    }
    c->chr = NULL;
    if (del) {
        if (OBJECT(chr)->parent) {
            object_unparent(OBJECT(chr));
        } else {
            object_unref(OBJECT(chr));
        }
    }
}

Chardev *qemu_chr_fe_get_driver(CharFrontend *c)
{
    return c->chr;
}

bool qemu_chr_fe_backend_connected(CharFrontend *c)
{
    return c->chr != NULL;
}

bool qemu_chr_fe_backend_open(CharFrontend *c)
{
    return c->chr && c->chr->be_open;
}

void qemu_chr_fe_set_handlers_full(CharFrontend *c, IOCanReadHandler *fd_can_read, IOReadHandler *fd_read,
                                   IOEventHandler *fd_event, BackendChangeHandler *be_change, void *opaque,
                                   GMainContext *context, bool set_open, bool sync_state)
{
    bool has_handlers = fd_can_read || fd_read || fd_event || be_change || opaque;
    MuxChardev *mux = mux_of(c->chr);

    if (!c->chr) {
        return;
    }
    c->chr_can_read = fd_can_read;
    c->chr_read = fd_read;
    c->chr_event = fd_event;
    c->chr_be_change = be_change;
    c->opaque = opaque;
    if (mux) {
        if (has_handlers && mux->focus < 0) {
            mux_set_focus(mux, c->tag);
        }
    } else {
        qemu_chr_be_update_read_handlers(c->chr, context);
    }
    if (set_open) {
        qemu_chr_fe_set_open(c, has_handlers);
    }
    if (has_handlers) {
        qemu_chr_fe_take_focus(c);
        if (sync_state && c->chr->be_open && c->chr_event) {
            c->chr_event(c->opaque, CHR_EVENT_OPENED);
        }
    }
}

void qemu_chr_fe_set_handlers(CharFrontend *c, IOCanReadHandler *fd_can_read, IOReadHandler *fd_read,
                              IOEventHandler *fd_event, BackendChangeHandler *be_change, void *opaque,
                              GMainContext *context, bool set_open)
{
    qemu_chr_fe_set_handlers_full(c, fd_can_read, fd_read, fd_event, be_change, opaque, context, set_open, true);
}

void qemu_chr_fe_take_focus(CharFrontend *c)
{
    MuxChardev *mux = mux_of(c->chr);

    if (mux) {
        mux_set_focus(mux, c->tag);
    }
}

void qemu_chr_fe_accept_input(CharFrontend *c)
{
    if (c->chr && CHARDEV_GET_CLASS(c->chr)->chr_accept_input) {
        CHARDEV_GET_CLASS(c->chr)->chr_accept_input(c->chr);
    }
    if (c->chr) {
        g_main_context_wakeup(c->chr->gcontext);
    }
}

void qemu_chr_fe_disconnect(CharFrontend *c)
{
    if (c->chr && CHARDEV_GET_CLASS(c->chr)->chr_disconnect) {
        CHARDEV_GET_CLASS(c->chr)->chr_disconnect(c->chr);
    }
}

int qemu_chr_fe_wait_connected(CharFrontend *c, Error **errp)
{
    if (!c->chr) {
        error_setg(errp, "missing associated backend");
        return -1;
    }
    return qemu_chr_wait_connected(c->chr, errp) ? 0 : -1;
}

void qemu_chr_fe_set_echo(CharFrontend *c, bool echo)
{
    if (c->chr && CHARDEV_GET_CLASS(c->chr)->chr_set_echo) {
        CHARDEV_GET_CLASS(c->chr)->chr_set_echo(c->chr, echo);
    }
}

void qemu_chr_fe_set_open(CharFrontend *c, bool is_open)
{
    if (!c->chr || c->fe_is_open == is_open) {
        return;
    }
    c->fe_is_open = is_open;
    if (CHARDEV_GET_CLASS(c->chr)->chr_set_fe_open) {
        CHARDEV_GET_CLASS(c->chr)->chr_set_fe_open(c->chr, is_open);
    }
}

void qemu_chr_fe_printf(CharFrontend *c, const char *fmt, ...)
{
    g_autofree char *s = NULL;
    va_list ap;

    va_start(ap, fmt);
    s = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    qemu_chr_fe_write_all(c, (uint8_t *)s, strlen(s));
}

guint qemu_chr_fe_add_watch(CharFrontend *c, GIOCondition cond, FEWatchFunc func, void *user_data)
{
    GSource *source = c->chr ? qemu_chr_add_watch(c->chr, cond) : NULL;
    guint id;

    if (!source) {
        return 0;
    }
    g_source_set_callback(source, (GSourceFunc)(void (*)(void))func, user_data, NULL);
    id = g_source_attach(source, c->chr->gcontext);
    g_source_unref(source);
    return id;
}

int qemu_chr_fe_write(CharFrontend *c, const uint8_t *buf, int len)
{
    return c->chr ? qemu_chr_write(c->chr, buf, len, false) : len;
}

int qemu_chr_fe_write_all(CharFrontend *c, const uint8_t *buf, int len)
{
    return c->chr ? qemu_chr_write(c->chr, buf, len, true) : len;
}

int qemu_chr_fe_ioctl(CharFrontend *c, int cmd, void *arg)
{
    if (!c->chr || !CHARDEV_GET_CLASS(c->chr)->chr_ioctl) {
        return -ENOTSUP;
    }
    return CHARDEV_GET_CLASS(c->chr)->chr_ioctl(c->chr, cmd, arg);
}

int qemu_chr_fe_get_msgfds(CharFrontend *c, int *fds, int num)
{
    return c->chr && CHARDEV_GET_CLASS(c->chr)->get_msgfds ? CHARDEV_GET_CLASS(c->chr)->get_msgfds(c->chr, fds, num) : 0;
}

int qemu_chr_fe_get_msgfd(CharFrontend *c)
{
    int fd;

    return qemu_chr_fe_get_msgfds(c, &fd, 1) == 1 ? fd : -1;
}

int qemu_chr_fe_set_msgfds(CharFrontend *c, int *fds, int num)
{
    return c->chr && CHARDEV_GET_CLASS(c->chr)->set_msgfds ? CHARDEV_GET_CLASS(c->chr)->set_msgfds(c->chr, fds, num)
                                                           : -1;
}
