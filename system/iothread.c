/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads for back ends (system/iothread.h) and query-iothreads. The thread runs its context without the big lock; the
 * object is made and destroyed under it. The poll-* and batch properties are kept for those who ask: waiting is always
 * in the kernel.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-misc.h"
#include "qapi/util.h"
#include "qapi/visitor.h"
#include "qemu/thread.h"
#include "qom/object_interfaces.h"
#include "system/iothread.h"

struct IOThread {
    Object parent_obj;

    GMainContext *context;
    GMainLoop *loop;
    QemuThread thread;
    QemuSemaphore ready;
    int thread_id;
    int64_t poll_max_ns, poll_grow, poll_shrink, aio_max_batch, thread_pool_min, thread_pool_max;
};

static void *iothread_run(void *opaque)
{
    IOThread *t = opaque;

    t->thread_id = qemu_get_thread_id();
    g_main_context_push_thread_default(t->context);
    qemu_sem_post(&t->ready);
    g_main_loop_run(t->loop);
    g_main_context_pop_thread_default(t->context);
    return NULL;
}

static void iothread_complete(UserCreatable *uc, Error **errp)
{
    IOThread *t = IOTHREAD(uc);
    g_autofree char *id = iothread_get_id(t);
    g_autofree char *name = g_strdup_printf("IO %s", id);

    t->context = g_main_context_new();
    t->loop = g_main_loop_new(t->context, FALSE);
    qemu_sem_init(&t->ready, 0);
    qemu_thread_create(&t->thread, name, iothread_run, t, QEMU_THREAD_JOINABLE);
    qemu_sem_wait(&t->ready);
}

/* Runs in the thread, so that it cannot come before the loop does. */
static gboolean iothread_quit(gpointer opaque)
{
    g_main_loop_quit(opaque);
    return G_SOURCE_REMOVE;
}

static void iothread_finalize(Object *obj)
{
    IOThread *t = IOTHREAD(obj);
    GSource *source;

    if (!t->loop) {
        return;
    }
    source = g_idle_source_new();
    g_source_set_callback(source, iothread_quit, t->loop, NULL);
    g_source_attach(source, t->context);
    g_source_unref(source);
    qemu_thread_join(&t->thread);
    qemu_sem_destroy(&t->ready);
    g_main_loop_unref(t->loop);
    g_main_context_unref(t->context);
}

GMainContext *iothread_get_g_main_context(IOThread *t)
{
    return t->context;
}

char *iothread_get_id(IOThread *t)
{
    return g_strdup(object_get_canonical_path_component(OBJECT(t)));
}

IOThread *iothread_by_id(const char *id)
{
    return (IOThread *)object_dynamic_cast(object_resolve_path_component(object_get_objects_root(), id), TYPE_IOTHREAD);
}

static int add_info(Object *obj, void *opaque)
{
    IOThreadInfoList ***tail = opaque;
    IOThread *t = (IOThread *)object_dynamic_cast(obj, TYPE_IOTHREAD);

    if (t) {
        IOThreadInfo *i = g_new0(IOThreadInfo, 1);

        i->id = iothread_get_id(t);
        i->thread_id = t->thread_id;
        i->poll_max_ns = t->poll_max_ns;
        i->poll_grow = t->poll_grow;
        i->poll_shrink = t->poll_shrink;
        i->aio_max_batch = t->aio_max_batch;
        QAPI_LIST_APPEND(*tail, i);
    }
    return 0;
}

IOThreadInfoList *qmp_query_iothreads(Error **errp)
{
    IOThreadInfoList *head = NULL, **tail = &head;

    object_child_foreach(object_get_objects_root(), add_info, &tail);
    return head;
}

static const struct { const char *name; size_t offset; int64_t initial; } numbers[] = {
    { "poll-max-ns", offsetof(IOThread, poll_max_ns), 32768 }, { "poll-grow", offsetof(IOThread, poll_grow), 0 },
    { "poll-shrink", offsetof(IOThread, poll_shrink), 0 }, { "aio-max-batch", offsetof(IOThread, aio_max_batch), 0 },
    { "thread-pool-min", offsetof(IOThread, thread_pool_min), 0 },
    { "thread-pool-max", offsetof(IOThread, thread_pool_max), 64 },
};

static int64_t *number(Object *obj, void *opaque)
{
    return (int64_t *)((char *)obj + (size_t)opaque);
}

static void get_number(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    visit_type_int64(v, name, number(obj, opaque), errp);
}

static void set_number(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    int64_t val;

    if (!visit_type_int64(v, name, &val, errp)) {
        return;
    }
    if (val < 0) {
        error_setg(errp, "iothread: %s must be 0 or more, not %" PRId64, name, val);
        return;
    }
    *number(obj, opaque) = val;
}

static void iothread_init(Object *obj)
{
    for (int i = 0; i < ARRAY_SIZE(numbers); i++) {
        *number(obj, (void *)numbers[i].offset) = numbers[i].initial;
    }
}

static void iothread_class_init(ObjectClass *oc, const void *data)
{
    USER_CREATABLE_CLASS(oc)->complete = iothread_complete;
    for (int i = 0; i < ARRAY_SIZE(numbers); i++) {
        object_class_property_add(oc, numbers[i].name, "int", get_number, set_number, NULL, (void *)numbers[i].offset);
    }
}

static const TypeInfo iothread_types[] = {
    {
        .name = TYPE_IOTHREAD,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(IOThread),
        .instance_init = iothread_init,
        .instance_finalize = iothread_finalize,
        .class_init = iothread_class_init,
        .interfaces = (const InterfaceInfo[]) { { TYPE_USER_CREATABLE }, { } },
    },
};
DEFINE_TYPES(iothread_types)
