/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For ThreadSanitizer only: GLib hands our data from thread to thread under locks that the sanitizer cannot see. The
 * giver says so before and the taker after, with the same address:
 *
 *      tsan_release(job);  g_thread_pool_push(pool, job, NULL);        in the worker: tsan_acquire(job);
 *
 * Not for hiding races: where both sides are our code, use a lock or an atomic.
 */
#ifndef QEMU_TSAN_H
#define QEMU_TSAN_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#define tsan_release(p) __tsan_release(p)
#define tsan_acquire(p) __tsan_acquire(p)
#else
#define tsan_release(p) ((void)(p))
#define tsan_acquire(p) ((void)(p))
#endif

#endif
