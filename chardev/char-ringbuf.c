/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the last bytes written, for ringbuf-read. "memory" is the older name. */
#include "qemu/osdep.h"
#include "char-internal.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-char.h"

typedef struct RingBufChardev {
    Chardev parent;
    uint64_t size, prod, cons;
    uint8_t *cbuf;
} RingBufChardev;
DECLARE_INSTANCE_CHECKER(RingBufChardev, RINGBUF_CHARDEV, TYPE_CHARDEV_RINGBUF)

static int ringbuf_write(Chardev *chr, const uint8_t *buf, int len)
{
    RingBufChardev *d = RINGBUF_CHARDEV(chr);

    for (int i = 0; i < len; i++) {
        d->cbuf[d->prod++ & (d->size - 1)] = buf[i];
        if (d->prod - d->cons > d->size) {
            d->cons = d->prod - d->size;
        }
    }
    return len;
}

static bool ringbuf_open(Chardev *chr, ChardevBackend *backend, bool *be_opened, Error **errp)
{
    ChardevRingbuf *o = backend->u.ringbuf.data;
    RingBufChardev *d = RINGBUF_CHARDEV(chr);

    d->size = o->has_size ? o->size : 65536;
    if (!is_power_of_2(d->size) || d->size > 1u << 30) {
        error_setg(errp, "size of ringbuf chardev must be power of two, at most 1 GiB");
        return false;
    }
    d->cbuf = g_malloc0(d->size);
    return true;
}

static RingBufChardev *find(const char *device, Error **errp)
{
    Chardev *chr = qemu_chr_find(device);

    if (!chr) {
        error_setg(errp, "Device '%s' not found", device);
        return NULL;
    }
    if (!object_dynamic_cast(OBJECT(chr), TYPE_CHARDEV_RINGBUF)) {
        error_setg(errp, "%s is not a ringbuf device", device);
        return NULL;
    }
    return RINGBUF_CHARDEV(chr);
}

void qmp_ringbuf_write(const char *device, const char *data, bool has_format, DataFormat format, Error **errp)
{
    RingBufChardev *d = find(device, errp);
    g_autofree uint8_t *raw = NULL;
    gsize len = strlen(data);

    if (!d) {
        return;
    }
    if (has_format && format == DATA_FORMAT_BASE64) {
        raw = g_base64_decode(data, &len);
    }
    qemu_chr_write(CHARDEV(d), raw ? raw : (const uint8_t *)data, len, true);
}

char *qmp_ringbuf_read(const char *device, int64_t size, bool has_format, DataFormat format, Error **errp)
{
    RingBufChardev *d = find(device, errp);
    g_autofree char *data = NULL;
    size_t n, i;

    if (!d) {
        return NULL;
    }
    if (size <= 0) {
        error_setg(errp, "size must be greater than zero");
        return NULL;
    }
    qemu_mutex_lock(&CHARDEV(d)->chr_write_lock);
    n = MIN((uint64_t)size, d->prod - d->cons);
    data = g_malloc(n + 1);
    for (i = 0; i < n; i++) {
        data[i] = d->cbuf[d->cons++ & (d->size - 1)];
    }
    data[n] = '\0';
    qemu_mutex_unlock(&CHARDEV(d)->chr_write_lock);
    if (has_format && format == DATA_FORMAT_BASE64) {
        return g_base64_encode((uint8_t *)data, n);
    }
    return g_steal_pointer(&data);
}

static void ringbuf_finalize(Object *obj)
{
    g_free(RINGBUF_CHARDEV(obj)->cbuf);
}

static void ringbuf_class_init(ObjectClass *oc, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(oc);

    cc->kind = "ringbuf";
    cc->chr_open = ringbuf_open;
    cc->chr_write = ringbuf_write;
}

static void memory_class_init(ObjectClass *oc, const void *data)
{
    CHARDEV_CLASS(oc)->kind = "memory";
}

static const TypeInfo ringbuf_types[] = {
    {
        .name = TYPE_CHARDEV_RINGBUF,
        .parent = TYPE_CHARDEV,
        .instance_size = sizeof(RingBufChardev),
        .instance_finalize = ringbuf_finalize,
        .class_init = ringbuf_class_init,
    }, {
        .name = TYPE_CHARDEV_MEMORY,
        .parent = TYPE_CHARDEV_RINGBUF,
        .instance_size = sizeof(RingBufChardev),
        .class_init = memory_class_init,
    },
};
DEFINE_TYPES(ringbuf_types)
