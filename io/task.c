/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See io/task.h. The thread owns the task until it queues the completion. */
#include "qemu/osdep.h"
#include "io/task.h"
#include "qapi/error.h"
#include "qemu/tsan.h"

struct QIOTask {
    Object *source;
    QIOTaskFunc func;
    gpointer opaque;
    GDestroyNotify destroy;
    Error *err;
    QIOTaskWorker worker;
    gpointer worker_opaque;
    GDestroyNotify worker_destroy;
    GMainContext *context;
};

QIOTask *qio_task_new(Object *source, QIOTaskFunc func, gpointer opaque, GDestroyNotify destroy)
{
    QIOTask *task = g_new0(QIOTask, 1);

    task->source = source;
    object_ref(source);
    task->func = func;
    task->opaque = opaque;
    task->destroy = destroy;
    return task;
}

static gboolean complete(gpointer opaque)
{
    QIOTask *task = opaque;

    tsan_acquire(task);
    task->func(task, task->opaque);
    if (task->destroy) {
        task->destroy(task->opaque);
    }
    if (task->worker_destroy) {
        task->worker_destroy(task->worker_opaque);
    }
    object_unref(task->source);
    error_free(task->err);
    if (task->context) {
        g_main_context_unref(task->context);
    }
    g_free(task);
    return G_SOURCE_REMOVE;
}

static gpointer run(gpointer opaque)
{
    QIOTask *task = opaque;
    GMainContext *context = task->context;
    GSource *idle = g_idle_source_new();

    task->worker(task, task->worker_opaque);
    g_source_set_priority(idle, G_PRIORITY_DEFAULT);
    g_source_set_callback(idle, complete, task, NULL);
    tsan_release(task);
    g_source_attach(idle, context);
    g_source_unref(idle);
    return NULL;
}

void qio_task_run_in_thread(QIOTask *task, QIOTaskWorker worker, gpointer opaque, GDestroyNotify destroy,
                            GMainContext *context)
{
    task->worker = worker;
    task->worker_opaque = opaque;
    task->worker_destroy = destroy;
    task->context = context ? g_main_context_ref(context) : NULL;
    g_thread_unref(g_thread_new("io-task", run, task));
}

void qio_task_set_error(QIOTask *task, Error *err)
{
    error_propagate(&task->err, err);
}

bool qio_task_propagate_error(QIOTask *task, Error **errp)
{
    if (!task->err) {
        return false;
    }
    error_propagate(errp, g_steal_pointer(&task->err));
    return true;
}

Object *qio_task_get_source(QIOTask *task)
{
    return task->source;
}
