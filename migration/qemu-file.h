/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMUFile: one direction of a migration channel, buffered, with sticky errors and exact byte counts.
 *
 * Owns the buffering, the count and the error; not the meaning of any byte. One thread uses a file at a time, except
 * qemu_file_shutdown(), qemu_file_get_error() and the transferred count, which any thread may call.
 *
 * Writing: small items are copied into a buffer; qemu_put_buffer_async() only notes where the bytes are, and they are
 * read at the next flush: large runs of guest pages leave in one vectored write of up to 2 MB.
 * Counting: qemu_file_transferred() is what the channel accepted so far plus what is buffered, so that after a flush
 * it equals the bytes that crossed the socket.
 */
#ifndef MIGRATION_QEMU_FILE_H
#define MIGRATION_QEMU_FILE_H

#include "qapi/error.h"
#include "migration/qemu-file-types.h"

/* A channel. Return bytes moved (0: end of stream), or -errno. EINTR and EAGAIN are the back end's to handle. */
typedef struct QEMUFileOps {
    ssize_t (*readv)(void *opaque, struct iovec *iov, int iovcnt);
    ssize_t (*writev)(void *opaque, const struct iovec *iov, int iovcnt);
    int (*shutdown)(void *opaque);      /* any thread: makes blocked and later calls fail at once */
    int (*close)(void *opaque);
} QEMUFileOps;

QEMUFile *qemu_file_new(const QEMUFileOps *ops, void *opaque, bool writable);
/* The channel behind a file made with exactly these @ops. */
void *qemu_file_opaque(QEMUFile *f, const QEMUFileOps *ops);
/* Takes over @fd (any kind, blocking or not). */
QEMUFile *qemu_file_new_fd(int fd, bool writable);
/*
 * Counts and forgets, and saves without the hooks around a description's fields: a running device may be asked, and is not
 * changed. What hooks would have computed has the value of the last time.
 */
QEMUFile *qemu_file_new_dry(void);
bool qemu_file_is_dry(const QEMUFile *f);
/* To and from memory. The input copies nothing: @data must outlive the file. */
QEMUFile *qemu_file_new_output_mem(void);
QEMUFile *qemu_file_new_input_mem(const void *data, size_t size);
/* Flushes; what was written so far, owned by the file. */
const uint8_t *qemu_file_get_mem(QEMUFile *f, size_t *size);

/* Flushes, closes, frees. Returns the sticky error (negative errno) or 0. */
int qemu_fclose(QEMUFile *f);
int qemu_fflush(QEMUFile *f);
bool qemu_file_is_writable(const QEMUFile *f);
int qemu_file_shutdown(QEMUFile *f);

int qemu_file_get_error_obj(QEMUFile *f, Error **errp);
/* The first error stays; takes over @err (may be NULL). @ret is a negative errno. */
void qemu_file_set_error_obj(QEMUFile *f, int ret, Error *err);
void qemu_file_set_error(QEMUFile *f, int ret);

/* Bytes written or read so far by the users of the file (buffered ones included). */
uint64_t qemu_file_transferred(QEMUFile *f);
/* Bytes the channel itself took; any thread. */
uint64_t qemu_file_transferred_noflush(QEMUFile *f);

void qemu_put_buffer_async(QEMUFile *f, const uint8_t *buf, size_t size);
void qemu_put_counted_string(QEMUFile *f, const char *str);     /* 1-byte length; at most 255 */

/* Look ahead without consuming; at most 32 kB. Returns how many bytes there are at *buf. */
size_t qemu_peek_buffer(QEMUFile *f, const uint8_t **buf, size_t size, size_t offset);
int qemu_peek_byte(QEMUFile *f, int offset);
void qemu_file_skip(QEMUFile *f, size_t size);
/* @buf has room for 256. Returns the length, 0 on error or an empty or NUL-containing name. */
size_t qemu_get_counted_string(QEMUFile *f, char buf[256]);

/* Called around every read that would block: the load path drops the BQL there. */
void qemu_file_set_wait_hooks(QEMUFile *f, void (*before)(void *), void (*after)(void *), void *opaque);

/*
 * Rule B8: what loading has allocated, undone when the load fails. Used by the vmstate core only.
 * Entries above a mark are dropped when they need no undoing any more and undone by a rollback, newest first.
 */
typedef void VMStateUndo(void *where, void *what, const void *arg);
size_t qemu_file_undo_mark(QEMUFile *f);
void qemu_file_undo_push(QEMUFile *f, VMStateUndo *fn, void *where, void *what, const void *arg);
void qemu_file_undo_rollback(QEMUFile *f, size_t mark);
/* Forget entries whose `where` lies in [start, start + size): that memory goes away. */
void qemu_file_undo_forget(QEMUFile *f, size_t mark, const void *start, size_t size);
int *qemu_file_load_depth(QEMUFile *f);
/* What the section being loaded has allocated so far, in bytes. */
size_t *qemu_file_load_bytes(QEMUFile *f);

#endif
