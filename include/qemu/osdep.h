/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first include of every source file: the C library, GLib and the few macros the whole tree uses.
 * Owns no functions beyond small host helpers (util/osdep.c).
 */
#ifndef QEMU_OSDEP_H
#define QEMU_OSDEP_H

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "qemu/compiler.h"
#include "qemu/typedefs.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ROUND_DOWN(n, d) ((n) & -(0 ? (n) : (d)))
#define ROUND_UP(n, d) ROUND_DOWN((n) + (d) - 1, (d))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define QEMU_ALIGN_DOWN(n, m) ((n) / (m) * (m))
#define QEMU_ALIGN_UP(n, m) QEMU_ALIGN_DOWN((n) + (m) - 1, (m))
#define QEMU_IS_ALIGNED(n, m) (((n) % (m)) == 0)
#define is_power_of_2(n) ((n) != 0 && ((n) & ((n) - 1)) == 0)
#define g_autofree_fd __attribute__((cleanup(qemu_close_cleanup)))

/* Host page size, valid before main() runs anything. */
size_t qemu_real_host_page_size(void);
/* Zeroed memory of which only touched pages count; calloc() may touch all of it. Never NULL. Free with the same size. */
void *qemu_sparse_alloc(size_t size);
void qemu_sparse_free(void *p, size_t size);

/* EINTR-safe; close() keeps errno. */
ssize_t qemu_write_full(int fd, const void *buf, size_t count);
ssize_t qemu_read_full(int fd, void *buf, size_t count);
void qemu_close(int fd);
void qemu_close_cleanup(int *fd);
int qemu_open_cloexec(const char *path, int flags, mode_t mode);
bool qemu_set_blocking(int fd, bool block);

#endif
