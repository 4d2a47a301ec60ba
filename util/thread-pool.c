/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GLib's thread pool with completions as one-shot idle sources of the caller's context. */
#include "qemu/osdep.h"
#include "qemu/thread-pool.h"
#include "qemu/rcu.h"
#include "qemu/tsan.h"

#define MAX_WORKERS 32

typedef struct Job {
    GMainContext *context;
    ThreadPoolFunc *func;
    void *arg;
    ThreadPoolDone *done;
    void *opaque;
    int ret;
} Job;

static gboolean job_done(gpointer data)
{
    Job *job = data;

    tsan_acquire(job);
    if (job->done) {
        job->done(job->opaque, job->ret);
    }
    g_free(job);
    return G_SOURCE_REMOVE;
}

static void job_run(gpointer data, gpointer unused)
{
    Job *job = data;

    tsan_acquire(job);
    job->ret = job->func(job->arg);
    GMainContext *context = job->context;
    GSource *source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_can_recurse(source, true);
    g_source_set_callback(source, job_done, job, NULL);
    tsan_release(job);
    g_source_attach(source, context);
    g_source_unref(source);
}

void thread_pool_submit(GMainContext *context, ThreadPoolFunc *func, void *arg, ThreadPoolDone *done, void *opaque)
{
    static gsize pool;
    Job *job = g_new0(Job, 1);

    if (g_once_init_enter(&pool)) {
        g_once_init_leave(&pool, (gsize)g_thread_pool_new(job_run, NULL, MAX_WORKERS, false, NULL));
    }
    *job = (Job){ .context = context, .func = func, .arg = arg, .done = done, .opaque = opaque };
    tsan_release(job);
    g_thread_pool_push((GThreadPool *)pool, job, NULL);
}
