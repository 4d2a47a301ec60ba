/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Randomness back ends, see system/rng.h. */
#include "qemu/osdep.h"
#include <sys/random.h>
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qom/object_interfaces.h"
#include "system/rng.h"

struct RngBackend {
    Object parent_obj;

    char *filename;             /* rng-random only */
    int fd;
    void (*ready)(void *opaque);
    void *opaque;
    bool ended;
};

static size_t builtin_read(RngBackend *r, void *buf, size_t len)
{
    ssize_t n = getrandom(buf, MIN(len, 65536), 0);

    return n > 0 ? n : 0;
}

size_t rng_backend_read(RngBackend *r, void *buf, size_t len)
{
    return r ? RNG_BACKEND_GET_CLASS(r)->read(r, buf, len) : builtin_read(NULL, buf, len);
}

static void fd_ready(void *opaque)
{
    RngBackend *r = opaque;
    void (*ready)(void *) = r->ready;

    qemu_set_fd_handler(r->fd, NULL, NULL, NULL);
    r->ready = NULL;
    if (ready) {
        ready(r->opaque);
    }
}

void rng_backend_wait(RngBackend *r, void (*ready)(void *opaque), void *opaque)
{
    if (r && r->fd >= 0 && !r->ended) {
        r->ready = ready;
        r->opaque = opaque;
        qemu_set_fd_handler(r->fd, ready ? fd_ready : NULL, NULL, r);
    }
}

static size_t random_read(RngBackend *r, void *buf, size_t len)
{
    ssize_t n;

    if (r->ended) {
        return 0;
    }
    do {
        n = read(r->fd, buf, len);
    } while (n < 0 && errno == EINTR);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        warn_report("rng-random: '%s' gives no more: %s", r->filename, n ? strerror(errno) : "end of file");
        r->ended = true;
    }
    return MAX(n, 0);
}

static void random_complete(UserCreatable *uc, Error **errp)
{
    RngBackend *r = RNG_BACKEND(uc);

    r->fd = open(r->filename, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (r->fd < 0) {
        error_setg_errno(errp, errno, "rng-random: could not open '%s'", r->filename);
    }
}

static char *get_filename(Object *obj, Error **errp)
{
    return g_strdup(RNG_BACKEND(obj)->filename);
}

static void set_filename(Object *obj, const char *value, Error **errp)
{
    RngBackend *r = RNG_BACKEND(obj);

    if (r->fd >= 0) {
        error_setg(errp, "rng-random: filename cannot be changed once the object is in use");
        return;
    }
    g_free(r->filename);
    r->filename = g_strdup(value);
}

static void rng_init(Object *obj)
{
    RNG_BACKEND(obj)->fd = -1;
}

static void random_init(Object *obj)
{
    RNG_BACKEND(obj)->filename = g_strdup("/dev/urandom");
}

static void rng_finalize(Object *obj)
{
    RngBackend *r = RNG_BACKEND(obj);

    if (r->fd >= 0) {
        qemu_set_fd_handler(r->fd, NULL, NULL, NULL);
        close(r->fd);
    }
    g_free(r->filename);
}

static void builtin_class_init(ObjectClass *oc, const void *data)
{
    RNG_BACKEND_CLASS(oc)->read = builtin_read;
}

static void random_class_init(ObjectClass *oc, const void *data)
{
    RNG_BACKEND_CLASS(oc)->read = random_read;
    USER_CREATABLE_CLASS(oc)->complete = random_complete;
    object_class_property_add_str(oc, "filename", get_filename, set_filename);
}

static const TypeInfo rng_types[] = {
    {
        .name = TYPE_RNG_BACKEND,
        .parent = TYPE_OBJECT,
        .abstract = true,
        .instance_size = sizeof(RngBackend),
        .instance_init = rng_init,
        .instance_finalize = rng_finalize,
        .class_size = sizeof(RngBackendClass),
        .interfaces = (const InterfaceInfo[]) { { TYPE_USER_CREATABLE }, { } },
    }, {
        .name = "rng-builtin",
        .parent = TYPE_RNG_BACKEND,
        .class_init = builtin_class_init,
    }, {
        .name = "rng-random",
        .parent = TYPE_RNG_BACKEND,
        .instance_init = random_init,
        .class_init = random_class_init,
    },
};
DEFINE_TYPES(rng_types)
