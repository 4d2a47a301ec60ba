/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mux: several front ends on one back end. Output goes through from all; input goes to the one with the focus. After the
 * escape character (term_escape_char, Ctrl-a by default) a key is a command:
 *
 *     h  help    x  quit    c  next front end    b  break    t  timestamps    s  (disks: nothing to do)
 *     the escape character again: itself
 */
#include "qemu/osdep.h"
#include "char-internal.h"
#include "qapi/error.h"

int term_escape_char = 1;

static ChardevQuitFunc *quit_func;

void qemu_chr_set_quit_func(ChardevQuitFunc *quit)
{
    quit_func = quit;
}

bool mux_attach(MuxChardev *d, CharFrontend *c, Error **errp)
{
    for (unsigned i = 0; i < CHR_MUX_MAX; i++) {
        if (!d->fes[i]) {
            d->fes[i] = c;
            c->tag = i;
            d->n++;
            return true;
        }
    }
    error_setg(errp, "too many uses of multiplexed chardev '%s' (maximum is %d)", d->parent.label, CHR_MUX_MAX);
    return false;
}

void mux_detach(MuxChardev *d, CharFrontend *c)
{
    d->fes[c->tag] = NULL;
    d->n--;
    if (d->focus == (int)c->tag) {
        d->focus = -1;
        for (unsigned i = 0; i < CHR_MUX_MAX; i++) {
            if (d->fes[i]) {
                mux_set_focus(d, i);
                break;
            }
        }
    }
}

bool qemu_chr_is_busy(Chardev *chr)
{
    MuxChardev *d = (MuxChardev *)object_dynamic_cast(OBJECT(chr), TYPE_CHARDEV_MUX);

    return d ? d->n > 0 : chr->fe != NULL;
}

static void send_event(MuxChardev *d, int i, QEMUChrEvent event)
{
    CharFrontend *fe = i >= 0 ? d->fes[i] : NULL;

    if (fe && fe->chr_event) {
        fe->chr_event(fe->opaque, event);
    }
}

void mux_set_focus(MuxChardev *d, unsigned focus)
{
    if (d->focus == (int)focus) {
        return;
    }
    send_event(d, d->focus, CHR_EVENT_MUX_OUT);
    d->focus = focus;
    d->parent.fe = d->fes[focus];
    send_event(d, focus, CHR_EVENT_MUX_IN);
}

static void mux_help(MuxChardev *d)
{
    char esc[16];
    g_autofree char *text = NULL;

    if (term_escape_char > 0 && term_escape_char < 27) {
        snprintf(esc, sizeof(esc), "C-%c", 'a' + term_escape_char - 1);
    } else {
        snprintf(esc, sizeof(esc), "C-a[0x%02x]", term_escape_char);
    }
    text = g_strdup_printf("\n\r%s h    print this help\n\r%s x    exit emulator\n\r%s s    save disk data back to file"
                           " (if -snapshot)\n\r%s t    toggle console timestamps\n\r%s b    send break (magic sysrq)\n\r"
                           "%s c    switch between console and monitor\n\r%s %s  sends %s\n\r",
                           esc, esc, esc, esc, esc, esc, esc, esc, esc);
    qemu_chr_fe_write_all(&d->chr, (uint8_t *)text, strlen(text));
}

static void mux_next(MuxChardev *d)
{
    for (unsigned i = 1; i <= CHR_MUX_MAX; i++) {
        unsigned next = (d->focus + i) % CHR_MUX_MAX;

        if (d->fes[next]) {
            mux_set_focus(d, next);
            return;
        }
    }
}

static void mux_command(MuxChardev *d, uint8_t ch)
{
    switch (ch) {
    case 'h':
    case '?':
        mux_help(d);
        break;
    case 'x':
        qemu_chr_fe_write_all(&d->chr, (uint8_t *)"QEMU: Terminated\n\r", 18);
        if (quit_func) {
            quit_func();
        }
        break;
    case 'b':
        send_event(d, d->focus, CHR_EVENT_BREAK);
        break;
    case 'c':
        mux_next(d);
        break;
    case 't':
        d->timestamps = !d->timestamps;
        d->timestamps_start = -1;
        d->linestart = false;
        break;
    }
}

/* True: the byte is for the front end. */
static bool mux_filter(MuxChardev *d, uint8_t ch)
{
    if (d->got_escape) {
        d->got_escape = false;
        if (ch == term_escape_char) {
            return true;
        }
        mux_command(d, ch);
        return false;
    }
    d->got_escape = ch == term_escape_char;
    return !d->got_escape;
}

/* Deliver what waited for room. */
static void mux_drain(MuxChardev *d, int m)
{
    CharFrontend *fe = m >= 0 ? d->fes[m] : NULL;

    while (fe && d->prod[m] != d->cons[m] && fe->chr_can_read && fe->chr_can_read(fe->opaque) > 0) {
        fe->chr_read(fe->opaque, &d->buf[m][d->cons[m]++ % CHR_MUX_BUF], 1);
    }
}

static int mux_can_read(void *opaque)
{
    MuxChardev *d = opaque;
    CharFrontend *fe = d->focus >= 0 ? d->fes[d->focus] : NULL;

    if (d->focus >= 0 && d->prod[d->focus] - d->cons[d->focus] < CHR_MUX_BUF) {
        return 1;
    }
    return fe && fe->chr_can_read ? fe->chr_can_read(fe->opaque) : d->focus < 0;
}

static void mux_read(void *opaque, const uint8_t *buf, int size)
{
    MuxChardev *d = opaque;

    mux_drain(d, d->focus);
    for (int i = 0; i < size; i++) {
        int m;
        CharFrontend *fe;

        if (!mux_filter(d, buf[i]) || d->focus < 0) {
            continue;
        }
        m = d->focus;
        fe = d->fes[m];
        if (d->prod[m] == d->cons[m] && fe && fe->chr_can_read && fe->chr_can_read(fe->opaque) > 0) {
            fe->chr_read(fe->opaque, &buf[i], 1);
        } else if (d->prod[m] - d->cons[m] < CHR_MUX_BUF) {
            d->buf[m][d->prod[m]++ % CHR_MUX_BUF] = buf[i];
        }
    }
}

static void mux_event(void *opaque, QEMUChrEvent event)
{
    qemu_chr_be_event(CHARDEV(opaque), event);
}

static void mux_be_event(Chardev *chr, QEMUChrEvent event)
{
    for (int i = 0; i < CHR_MUX_MAX; i++) {
        send_event(MUX_CHARDEV(chr), i, event);
    }
}

static void mux_stamp(MuxChardev *d)
{
    int64_t now = g_get_monotonic_time();
    char text[32];
    int n;

    if (d->timestamps_start < 0) {
        d->timestamps_start = now;
    }
    now = (now - d->timestamps_start) / 1000;
    n = snprintf(text, sizeof(text), "[%02d:%02d:%02d.%03d] ", (int)(now / 3600000), (int)(now / 60000 % 60),
                 (int)(now / 1000 % 60), (int)(now % 1000));
    qemu_chr_fe_write_all(&d->chr, (uint8_t *)text, n);
}

static int mux_write(Chardev *chr, const uint8_t *buf, int len)
{
    MuxChardev *d = MUX_CHARDEV(chr);

    if (!d->timestamps) {
        return qemu_chr_fe_write(&d->chr, buf, len);
    }
    for (int i = 0; i < len; i++) {
        if (d->linestart) {
            mux_stamp(d);
            d->linestart = false;
        }
        qemu_chr_fe_write_all(&d->chr, buf + i, 1);
        d->linestart = buf[i] == '\n';
    }
    return len;
}

static GSource *mux_add_watch(Chardev *chr, GIOCondition cond)
{
    Chardev *below = MUX_CHARDEV(chr)->chr.chr;

    return below ? qemu_chr_add_watch(below, cond) : NULL;
}

static void mux_accept_input(Chardev *chr)
{
    MuxChardev *d = MUX_CHARDEV(chr);

    mux_drain(d, d->focus);
    qemu_chr_fe_accept_input(&d->chr);
}

static bool mux_open(Chardev *chr, ChardevBackend *backend, bool *be_opened, Error **errp)
{
    MuxChardev *d = MUX_CHARDEV(chr);
    const char *below = backend->u.mux.data->chardev;
    Chardev *drv = qemu_chr_find(below);

    if (!drv) {
        error_setg(errp, "mux: base chardev %s not found", below);
        return false;
    }
    *be_opened = drv->be_open;
    chr->filename = g_strdup(drv->filename);
    if (!qemu_chr_fe_init(&d->chr, drv, errp)) {
        return false;
    }
    qemu_chr_fe_set_handlers_full(&d->chr, mux_can_read, mux_read, mux_event, NULL, d, chr->gcontext, true, false);
    return true;
}

static void mux_init(Object *obj)
{
    MUX_CHARDEV(obj)->focus = -1;
    MUX_CHARDEV(obj)->timestamps_start = -1;
}

static void mux_finalize(Object *obj)
{
    MuxChardev *d = MUX_CHARDEV(obj);

    for (int i = 0; i < CHR_MUX_MAX; i++) {
        if (d->fes[i]) {
            d->fes[i]->chr = NULL;
        }
    }
    d->parent.fe = NULL;
    qemu_chr_fe_deinit(&d->chr, false);
}

static void mux_class_init(ObjectClass *oc, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(oc);

    cc->kind = "mux";
    cc->chr_open = mux_open;
    cc->chr_write = mux_write;
    cc->chr_add_watch = mux_add_watch;
    cc->chr_accept_input = mux_accept_input;
    cc->chr_be_event = mux_be_event;
}

static const TypeInfo mux_types[] = {
    {
        .name = TYPE_CHARDEV_MUX,
        .parent = TYPE_CHARDEV,
        .instance_size = sizeof(MuxChardev),
        .instance_init = mux_init,
        .instance_finalize = mux_finalize,
        .class_init = mux_class_init,
    },
};
DEFINE_TYPES(mux_types)
