/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A slow operation run in a thread of its own, whose end is told in a main loop context. */
#ifndef QIO_TASK_H
#define QIO_TASK_H

#include "qom/object.h"

typedef struct QIOTask QIOTask;
typedef void (*QIOTaskFunc)(QIOTask *task, gpointer opaque);
typedef void (*QIOTaskWorker)(QIOTask *task, gpointer opaque);

QIOTask *qio_task_new(Object *source, QIOTaskFunc func, gpointer opaque, GDestroyNotify destroy);
/* @worker in a new thread, then the task's function in @context, then the task is freed. */
void qio_task_run_in_thread(QIOTask *task, QIOTaskWorker worker, gpointer opaque, GDestroyNotify destroy,
                            GMainContext *context);
void qio_task_set_error(QIOTask *task, Error *err);                    /* takes @err */
bool qio_task_propagate_error(QIOTask *task, Error **errp);            /* true: there was one */
Object *qio_task_get_source(QIOTask *task);

#endif
