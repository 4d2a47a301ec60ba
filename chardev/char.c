/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Chardev base: creation and lookup, output with its log, input and events on their way to the front end, and the QMP
 * commands. Text forms are in char-parse.c, front ends in char-fe.c.
 */
#include "qemu/osdep.h"
#include "chardev/char-fe.h"
#include "char-internal.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-char.h"
#include "qemu/cutils.h"

static Object *chardevs_root(void)
{
    return object_get_container("chardevs");
}

void qemu_chr_be_event(Chardev *s, QEMUChrEvent event)
{
    ChardevClass *cc = CHARDEV_GET_CLASS(s);

    if (event == CHR_EVENT_OPENED) {
        s->be_open = 1;
    } else if (event == CHR_EVENT_CLOSED) {
        s->be_open = 0;
    }
    cc->chr_be_event(s, event);
}

static void default_be_event(Chardev *s, QEMUChrEvent event)
{
    CharFrontend *fe = s->fe;

    if (fe && fe->chr_event) {
        fe->chr_event(fe->opaque, event);
    }
}

static void write_log(Chardev *s, const uint8_t *buf, size_t len)
{
    if (s->logfd >= 0) {
        qemu_write_full(s->logfd, buf, len);
    }
}

int qemu_chr_write(Chardev *s, const uint8_t *buf, int len, bool write_all)
{
    ChardevClass *cc = CHARDEV_GET_CLASS(s);
    int done = 0, res = 0;

    qemu_mutex_lock(&s->chr_write_lock);
    while (done < len) {
        res = cc->chr_write(s, buf + done, len - done);
        if (res < 0 && errno == EAGAIN && write_all) {
            g_usleep(100);              /* the peer is slow: nothing to wait on that all kinds have */
            continue;
        }
        if (res <= 0) {
            break;
        }
        done += res;
        if (!write_all) {
            break;
        }
    }
    if (done > 0) {
        write_log(s, buf, done);
    }
    qemu_mutex_unlock(&s->chr_write_lock);
    return done ? done : res;
}

int qemu_chr_be_can_write(Chardev *s)
{
    CharFrontend *fe = s->fe;

    return fe && fe->chr_can_read && fe->chr_read ? fe->chr_can_read(fe->opaque) : 0;
}

void qemu_chr_be_write_impl(Chardev *s, const uint8_t *buf, int len)
{
    CharFrontend *fe = s->fe;

    if (fe && fe->chr_read) {
        fe->chr_read(fe->opaque, buf, len);
    }
}

void qemu_chr_be_write(Chardev *s, const uint8_t *buf, int len)
{
    qemu_chr_be_write_impl(s, buf, len);
}

void qemu_chr_be_update_read_handlers(Chardev *s, GMainContext *context)
{
    ChardevClass *cc = CHARDEV_GET_CLASS(s);

    s->gcontext = context;
    if (cc->chr_update_read_handler) {
        cc->chr_update_read_handler(s);
    }
}

GSource *qemu_chr_add_watch(Chardev *s, GIOCondition cond)
{
    ChardevClass *cc = CHARDEV_GET_CLASS(s);

    return cc->chr_add_watch ? cc->chr_add_watch(s, cond) : NULL;
}

bool qemu_chr_wait_connected(Chardev *chr, Error **errp)
{
    ChardevClass *cc = CHARDEV_GET_CLASS(chr);

    return !cc->chr_wait_connected || cc->chr_wait_connected(chr, errp);
}

/* All branches of ChardevBackend start with the same common part. */
static ChardevCommon *common_of(ChardevBackend *b)
{
    return b ? (ChardevCommon *)b->u.null.data : NULL;
}

static bool open_log(Chardev *chr, ChardevCommon *common, Error **errp)
{
    if (!common || !common->logfile) {
        return true;
    }
    chr->logfd = open(common->logfile, O_WRONLY | O_CREAT | O_CLOEXEC
                      | (common->has_logappend && common->logappend ? O_APPEND : O_TRUNC), 0666);
    if (chr->logfd < 0) {
        error_setg_errno(errp, errno, "Unable to open logfile %s", common->logfile);
        return false;
    }
    return true;
}

static Chardev *chardev_open(const char *id, const char *typename, ChardevBackend *backend, GMainContext *context,
                             Error **errp)
{
    Chardev *chr = CHARDEV(object_new(typename));
    ChardevClass *cc = CHARDEV_GET_CLASS(chr);
    bool be_opened = true;

    chr->label = g_strdup(id);
    chr->gcontext = context;
    if (!open_log(chr, common_of(backend), errp)
        || (cc->chr_open && !cc->chr_open(chr, backend, &be_opened, errp))) {
        object_unref(OBJECT(chr));
        return NULL;
    }
    if (!chr->filename) {
        chr->filename = g_strdup(cc->kind ? cc->kind : typename);
    }
    if (be_opened) {
        qemu_chr_be_event(chr, CHR_EVENT_OPENED);
    }
    return chr;
}

Chardev *qemu_chardev_new(const char *id, const char *typename, ChardevBackend *backend, GMainContext *gcontext,
                          Error **errp)
{
    Chardev *chr;

    if (id && qemu_chr_find(id)) {
        error_setg(errp, "Chardev with id '%s' already exists", id);
        return NULL;
    }
    chr = chardev_open(id, typename, backend, gcontext, errp);
    if (chr && id) {
        if (!object_property_try_add_child(chardevs_root(), id, OBJECT(chr), errp)) {
            object_unref(OBJECT(chr));
            return NULL;
        }
        object_unref(OBJECT(chr));
    }
    return chr;
}

Chardev *qemu_chr_find(const char *name)
{
    Object *obj = object_resolve_path_component(chardevs_root(), name);

    return obj ? (Chardev *)object_dynamic_cast(obj, TYPE_CHARDEV) : NULL;
}

typedef struct ForEach {
    void (*fn)(Chardev *chr, void *opaque);
    void *opaque;
} ForEach;

static int for_each_child(Object *child, void *opaque)
{
    ForEach *f = opaque;

    f->fn(CHARDEV(child), f->opaque);
    return 0;
}

void qemu_chr_for_each(void (*fn)(Chardev *chr, void *opaque), void *opaque)
{
    ForEach f = { fn, opaque };

    object_child_foreach(chardevs_root(), for_each_child, &f);
}

void qemu_chr_cleanup(void)
{
    object_unparent(chardevs_root());
}

static void add_info(Chardev *chr, void *opaque)
{
    ChardevInfoList **list = opaque;
    ChardevInfo *info = g_new0(ChardevInfo, 1);

    info->label = g_strdup(chr->label);
    info->filename = g_strdup(chr->filename);
    info->frontend_open = chr->fe && chr->fe->fe_is_open;
    QAPI_LIST_PREPEND(*list, info);
}

ChardevInfoList *qmp_query_chardev(Error **errp)
{
    ChardevInfoList *list = NULL;

    qemu_chr_for_each(add_info, &list);
    return list;
}

static void add_kind(ObjectClass *oc, void *opaque)
{
    ChardevBackendInfoList **list = opaque;
    ChardevClass *cc = CHARDEV_CLASS(oc);

    if (cc->kind && !cc->internal) {
        ChardevBackendInfo *info = g_new0(ChardevBackendInfo, 1);

        info->name = g_strdup(cc->kind);
        QAPI_LIST_PREPEND(*list, info);
    }
}

ChardevBackendInfoList *qmp_query_chardev_backends(Error **errp)
{
    ChardevBackendInfoList *list = NULL;

    object_class_foreach(add_kind, TYPE_CHARDEV, false, &list);
    return list;
}

void qemu_chr_print_types(void (*print)(const char *kind, void *opaque), void *opaque)
{
    g_autoptr(ChardevBackendInfoList) list = qmp_query_chardev_backends(NULL);

    for (ChardevBackendInfoList *l = list; l; l = l->next) {
        print(l->value->name, opaque);
    }
}

static ChardevReturn *make_return(Chardev *chr)
{
    ChardevReturn *ret = g_new0(ChardevReturn, 1);

    if (object_dynamic_cast(OBJECT(chr), TYPE_CHARDEV_PTY)) {
        ret->pty = g_strdup(chr->filename + strlen("pty:"));
    }
    return ret;
}

ChardevReturn *qmp_chardev_add(const char *id, ChardevBackend *backend, Error **errp)
{
    g_autofree char *type = g_strdup_printf("chardev-%s", ChardevBackendKind_str(backend->type));
    Chardev *chr;

    if (!object_class_by_name(type)) {
        error_setg(errp, "chardev backend '%s' is not supported here", ChardevBackendKind_str(backend->type));
        return NULL;
    }
    chr = qemu_chardev_new(id, type, backend, NULL, errp);
    return chr ? make_return(chr) : NULL;
}

void qmp_chardev_remove(const char *id, Error **errp)
{
    Chardev *chr = qemu_chr_find(id);

    if (!chr) {
        error_setg(errp, "Chardev '%s' not found", id);
    } else if (qemu_chr_is_busy(chr)) {
        error_setg(errp, "Chardev '%s' is busy", id);
    } else {
        object_unparent(OBJECT(chr));
    }
}

void qmp_chardev_send_break(const char *id, Error **errp)
{
    Chardev *chr = qemu_chr_find(id);

    if (!chr) {
        error_setg(errp, "Chardev '%s' not found", id);
        return;
    }
    qemu_chr_be_event(chr, CHR_EVENT_BREAK);
}

static void char_init(Object *obj)
{
    Chardev *chr = CHARDEV(obj);

    chr->logfd = -1;
    qemu_mutex_init(&chr->chr_write_lock);
}

static void char_finalize(Object *obj)
{
    Chardev *chr = CHARDEV(obj);

    if (chr->fe) {
        chr->fe->chr = NULL;
    }
    qemu_close(chr->logfd);
    g_free(chr->filename);
    g_free(chr->label);
    qemu_mutex_destroy(&chr->chr_write_lock);
}

static int null_write(Chardev *chr, const uint8_t *buf, int len)
{
    return len;
}

static void char_class_init(ObjectClass *oc, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(oc);

    cc->chr_write = null_write;
    cc->chr_be_event = default_be_event;
}

static bool null_open(Chardev *chr, ChardevBackend *backend, bool *be_opened, Error **errp)
{
    *be_opened = false;
    return true;
}

static void null_class_init(ObjectClass *oc, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(oc);

    cc->kind = "null";
    cc->chr_open = null_open;
}

static const TypeInfo char_types[] = {
    {
        .name = TYPE_CHARDEV,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(Chardev),
        .instance_init = char_init,
        .instance_finalize = char_finalize,
        .abstract = true,
        .class_size = sizeof(ChardevClass),
        .class_init = char_class_init,
    }, {
        .name = TYPE_CHARDEV_NULL,
        .parent = TYPE_CHARDEV,
        .instance_size = sizeof(Chardev),
        .class_init = null_class_init,
    },
};
DEFINE_TYPES(char_types)
