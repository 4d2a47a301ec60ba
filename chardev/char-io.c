/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channel input that pauses while the front end is full, and output with errno. */
#include "qemu/osdep.h"
#include "char-internal.h"
#include "qapi/error.h"

typedef struct PollSource {
    GSource parent;
    QIOChannel *ioc;
    GSource *watch;             /* child source, there while there is room */
    IOCanReadHandler *can_read;
    QIOChannelFunc fn;
    void *opaque;
} PollSource;

static gboolean poll_prepare(GSource *source, gint *timeout)
{
    PollSource *ps = (PollSource *)source;
    bool want = ps->can_read(ps->opaque) > 0;

    *timeout = -1;
    if (want && !ps->watch) {
        ps->watch = qio_channel_create_watch(ps->ioc, G_IO_IN | G_IO_ERR | G_IO_HUP);
        g_source_set_callback(ps->watch, (GSourceFunc)(void (*)(void))ps->fn, ps->opaque, NULL);
        g_source_add_child_source(source, ps->watch);
    } else if (!want && ps->watch) {
        g_source_remove_child_source(source, ps->watch);
        g_source_unref(ps->watch);
        ps->watch = NULL;
    }
    return FALSE;
}

/* Ready when the child is; the child has its own dispatch. */
static gboolean poll_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    return G_SOURCE_CONTINUE;
}

static void poll_finalize(GSource *source)
{
    PollSource *ps = (PollSource *)source;

    if (ps->watch) {
        g_source_unref(ps->watch);
    }
    object_unref(OBJECT(ps->ioc));
}

static GSourceFuncs poll_funcs = {
    .prepare = poll_prepare,
    .dispatch = poll_dispatch,
    .finalize = poll_finalize,
};

GSource *io_add_watch_poll(QIOChannel *ioc, IOCanReadHandler *can_read, QIOChannelFunc fn, void *opaque,
                           GMainContext *context)
{
    GSource *source = g_source_new(&poll_funcs, sizeof(PollSource));
    PollSource *ps = (PollSource *)source;

    ps->ioc = ioc;
    object_ref(OBJECT(ioc));
    ps->can_read = can_read;
    ps->fn = fn;
    ps->opaque = opaque;
    g_source_attach(source, context);
    return source;
}

void io_remove_watch_poll(GSource **source)
{
    if (*source) {
        g_source_destroy(*source);
        g_source_unref(*source);
        *source = NULL;
    }
}

int io_channel_send(QIOChannel *ioc, const uint8_t *buf, int len)
{
    ssize_t n = qio_channel_write(ioc, (const char *)buf, len, NULL);

    if (n == QIO_CHANNEL_ERR_BLOCK) {
        errno = EAGAIN;
        return -1;
    }
    if (n < 0) {
        errno = EIO;
        return -1;
    }
    return n;
}
