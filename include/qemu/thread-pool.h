/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocking work off the main loop, finished by a callback on it. */
#ifndef QEMU_THREAD_POOL_H
#define QEMU_THREAD_POOL_H

#include "qemu/main-loop.h"

typedef int ThreadPoolFunc(void *arg);                      /* runs in a worker, no lock held */
typedef void ThreadPoolDone(void *opaque, int ret);         /* runs in @context, BQL held on the main loop */

/* Queue @func; @done gets its result. @context NULL: the main loop. Never fails, never blocks. */
void thread_pool_submit(GMainContext *context, ThreadPoolFunc *func, void *arg, ThreadPoolDone *done, void *opaque);

#endif
