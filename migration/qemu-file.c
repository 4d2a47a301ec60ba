/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Buffered, counted, error-latching migration channel. Interface and threads: migration/qemu-file.h.
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/bswap.h"
#include "migration/qemu-file.h"

#define QEMU_FILE_BUF 32768
#define QEMU_FILE_IOV 1024
/* Flush when this much is pending, whatever the number of pieces. */
#define QEMU_FILE_BATCH (2u << 20)

typedef struct UndoEntry {
    VMStateUndo *fn;
    void *where;
    void *what;
    const void *arg;
} UndoEntry;

struct QEMUFile {
    const QEMUFileOps *ops;
    void *opaque;
    bool writable;
    int error;                      /* atomic; 0 or negative errno, first one wins */
    Error *error_obj;

    uint64_t channel_bytes;         /* atomic; what readv/writev moved */
    uint64_t pending_bytes;         /* written: not yet flushed */

    /* Reading: buf[index..fill). Writing: buf[0..fill) backs the small pieces in iov. */
    size_t index;
    size_t fill;
    struct iovec iov[QEMU_FILE_IOV];
    int iovcnt;

    void (*wait_before)(void *);
    void (*wait_after)(void *);
    void *wait_opaque;

    GArray *undo;
    int load_depth;
    size_t load_bytes;
    uint8_t buf[QEMU_FILE_BUF];
};

QEMUFile *qemu_file_new(const QEMUFileOps *ops, void *opaque, bool writable)
{
    QEMUFile *f = g_new0(QEMUFile, 1);

    f->ops = ops;
    f->opaque = opaque;
    f->writable = writable;
    f->undo = g_array_new(false, false, sizeof(UndoEntry));
    return f;
}

void *qemu_file_opaque(QEMUFile *f, const QEMUFileOps *ops)
{
    assert(f->ops == ops);
    return f->opaque;
}

static ssize_t dry_writev(void *opaque, const struct iovec *iov, int iovcnt)
{
    ssize_t sum = 0;

    for (int i = 0; i < iovcnt; i++) {
        sum += iov[i].iov_len;
    }
    return sum;
}

static const QEMUFileOps dry_ops = { .writev = dry_writev };

QEMUFile *qemu_file_new_dry(void)
{
    return qemu_file_new(&dry_ops, NULL, true);
}

bool qemu_file_is_dry(const QEMUFile *f)
{
    return f->ops == &dry_ops;
}

bool qemu_file_is_writable(const QEMUFile *f)
{
    return f->writable;
}

/* ---- Errors ---- */

int qemu_file_get_error(QEMUFile *f)
{
    return qatomic_read(&f->error);
}

int qemu_file_get_error_obj(QEMUFile *f, Error **errp)
{
    int ret = qatomic_read(&f->error);

    if (ret && errp) {
        if (f->error_obj) {
            *errp = error_copy(f->error_obj);
        } else {
            error_setg_errno(errp, -ret, "Channel error");
        }
    }
    return ret;
}

void qemu_file_set_error_obj(QEMUFile *f, int ret, Error *err)
{
    if (f->error == 0 && ret) {
        f->error_obj = err;
        qatomic_set(&f->error, ret);
    } else {
        error_free(err);
    }
}

void qemu_file_set_error(QEMUFile *f, int ret)
{
    qemu_file_set_error_obj(f, ret, NULL);
}

int qemu_file_fail_err(QEMUFile *f, Error *err)
{
    qemu_file_set_error_obj(f, -EINVAL, err);
    return -EINVAL;
}

int qemu_file_fail(QEMUFile *f, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    Error *err = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    error_setg(&err, "%s", text);
    return qemu_file_fail_err(f, err);
}

int qemu_file_shutdown(QEMUFile *f)
{
    /* No error object from here: the file's own thread may be setting one. */
    int none = 0;

    __atomic_compare_exchange_n(&f->error, &none, -EIO, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return f->ops->shutdown ? f->ops->shutdown(f->opaque) : 0;
}

void qemu_file_set_wait_hooks(QEMUFile *f, void (*before)(void *), void (*after)(void *), void *opaque)
{
    f->wait_before = before;
    f->wait_after = after;
    f->wait_opaque = opaque;
}

/* ---- Writing ---- */

/* Drop the first @done bytes from @iov; returns how many whole pieces are behind us. */
static int iov_consume(struct iovec *iov, int cnt, size_t done)
{
    int i = 0;

    while (i < cnt && done >= iov[i].iov_len) {
        done -= iov[i++].iov_len;
    }
    if (i < cnt) {
        iov[i].iov_base = (uint8_t *)iov[i].iov_base + done;
        iov[i].iov_len -= done;
    }
    return i;
}

static void wait_begins(QEMUFile *f)
{
    if (f->wait_before) {
        f->wait_before(f->wait_opaque);
    }
}

static void wait_ended(QEMUFile *f)
{
    if (f->wait_after) {
        f->wait_after(f->wait_opaque);
    }
}

int qemu_fflush(QEMUFile *f)
{
    int at = 0;

    if (!f->writable) {
        return qemu_file_get_error(f);
    }
    while (at < f->iovcnt && !qemu_file_get_error(f)) {
        ssize_t n;

        wait_begins(f);
        n = f->ops->writev(f->opaque, f->iov + at, f->iovcnt - at);
        wait_ended(f);
        if (n < 0) {
            qemu_file_set_error(f, n);
            break;
        }
        qatomic_set(&f->channel_bytes, f->channel_bytes + n);
        f->pending_bytes -= n;
        at += iov_consume(f->iov + at, f->iovcnt - at, n);
    }
    f->iovcnt = 0;
    f->fill = 0;
    f->pending_bytes = 0;
    return qemu_file_get_error(f);
}

static void add_piece(QEMUFile *f, const uint8_t *p, size_t size)
{
    struct iovec *last = f->iovcnt ? &f->iov[f->iovcnt - 1] : NULL;

    if (last && (const uint8_t *)last->iov_base + last->iov_len == p) {
        last->iov_len += size;
    } else {
        f->iov[f->iovcnt++] = (struct iovec){ .iov_base = (void *)p, .iov_len = size };
    }
    f->pending_bytes += size;
    if (f->iovcnt == QEMU_FILE_IOV || f->pending_bytes >= QEMU_FILE_BATCH) {
        qemu_fflush(f);
    }
}

void qemu_put_buffer_async(QEMUFile *f, const uint8_t *buf, size_t size)
{
    if (size && !qemu_file_get_error(f)) {
        add_piece(f, buf, size);
    }
}

void qemu_put_buffer(QEMUFile *f, const uint8_t *buf, size_t size)
{
    while (size && !qemu_file_get_error(f)) {
        size_t n = MIN(size, QEMU_FILE_BUF - f->fill);

        memcpy(f->buf + f->fill, buf, n);
        f->fill += n;
        add_piece(f, f->buf + f->fill - n, n);
        if (f->fill == QEMU_FILE_BUF) {
            qemu_fflush(f);
        }
        buf += n;
        size -= n;
    }
}

void qemu_put_byte(QEMUFile *f, int v)
{
    uint8_t b = v;

    qemu_put_buffer(f, &b, 1);
}

void qemu_put_be16(QEMUFile *f, unsigned int v)
{
    uint16_t b = cpu_to_be16(v);

    qemu_put_buffer(f, (uint8_t *)&b, sizeof(b));
}

void qemu_put_be32(QEMUFile *f, unsigned int v)
{
    uint32_t b = cpu_to_be32(v);

    qemu_put_buffer(f, (uint8_t *)&b, sizeof(b));
}

void qemu_put_be64(QEMUFile *f, uint64_t v)
{
    uint64_t b = cpu_to_be64(v);

    qemu_put_buffer(f, (uint8_t *)&b, sizeof(b));
}

void qemu_put_counted_string(QEMUFile *f, const char *str)
{
    size_t len = MIN(strlen(str), 255);

    qemu_put_byte(f, len);
    qemu_put_buffer(f, (const uint8_t *)str, len);
}

/* ---- Reading ---- */

/* Meeting the end of the stream is an error, but not when only @peeking. */
static ssize_t file_read(QEMUFile *f, struct iovec *iov, int cnt, bool peeking)
{
    ssize_t n;

    wait_begins(f);
    n = f->ops->readv(f->opaque, iov, cnt);
    wait_ended(f);
    if (n > 0) {
        qatomic_set(&f->channel_bytes, f->channel_bytes + n);
    } else if ((n < 0 || !peeking) && !qemu_file_get_error(f)) {
        Error *err = NULL;

        error_setg(&err, "%s after %" PRIu64 " bytes",
                   n < 0 ? strerror(-n) : "Stream ends too early", f->channel_bytes);
        qemu_file_set_error_obj(f, n < 0 ? n : -EIO, err);
    }
    return n;
}

/* Have at least @want bytes (<= QEMU_FILE_BUF) in the buffer; false at the end of the stream. */
static bool file_fill(QEMUFile *f, size_t want)
{
    if (f->fill - f->index >= want) {
        return true;
    }
    memmove(f->buf, f->buf + f->index, f->fill - f->index);
    f->fill -= f->index;
    f->index = 0;
    while (f->fill < want) {
        struct iovec iov = { f->buf + f->fill, QEMU_FILE_BUF - f->fill };
        ssize_t n = qemu_file_get_error(f) ? -1 : file_read(f, &iov, 1, true);

        if (n <= 0) {
            return false;
        }
        f->fill += n;
    }
    return true;
}

size_t qemu_peek_buffer(QEMUFile *f, const uint8_t **buf, size_t size, size_t offset)
{
    size_t have;

    assert(!f->writable && size + offset <= QEMU_FILE_BUF);
    file_fill(f, size + offset);
    have = f->fill - f->index;
    if (have <= offset) {
        return 0;
    }
    *buf = f->buf + f->index + offset;
    return MIN(size, have - offset);
}

int qemu_peek_byte(QEMUFile *f, int offset)
{
    const uint8_t *p;

    return qemu_peek_buffer(f, &p, 1, offset) ? *p : 0;
}

void qemu_file_skip(QEMUFile *f, size_t size)
{
    f->index += MIN(size, f->fill - f->index);
}

size_t qemu_get_buffer(QEMUFile *f, uint8_t *buf, size_t size)
{
    size_t done = MIN(size, f->fill - f->index);

    if (size == 0) {
        return 0;                   /* there need not be a buffer then */
    }
    memcpy(buf, f->buf + f->index, done);
    f->index += done;
    while (done < size && !qemu_file_get_error(f)) {
        /* The rest goes straight to its place; what follows it in the channel into the buffer. */
        struct iovec iov[2] = { { buf + done, size - done }, { f->buf, QEMU_FILE_BUF } };
        size_t left = size - done;
        ssize_t n = file_read(f, iov, 2, false);

        if (n <= 0) {
            break;
        }
        f->index = 0;
        f->fill = (size_t)n > left ? n - left : 0;
        done += MIN((size_t)n, left);
    }
    memset(buf + done, 0, size - done);
    return done;
}

int qemu_get_byte(QEMUFile *f)
{
    uint8_t b;

    if (likely(f->index < f->fill)) {
        return f->buf[f->index++];
    }
    qemu_get_buffer(f, &b, 1);
    return b;
}

unsigned int qemu_get_be16(QEMUFile *f)
{
    uint16_t b;

    qemu_get_buffer(f, (uint8_t *)&b, sizeof(b));
    return be16_to_cpu(b);
}

unsigned int qemu_get_be32(QEMUFile *f)
{
    uint32_t b;

    qemu_get_buffer(f, (uint8_t *)&b, sizeof(b));
    return be32_to_cpu(b);
}

uint64_t qemu_get_be64(QEMUFile *f)
{
    uint64_t b;

    qemu_get_buffer(f, (uint8_t *)&b, sizeof(b));
    return be64_to_cpu(b);
}

size_t qemu_get_counted_string(QEMUFile *f, char buf[256])
{
    size_t len = qemu_get_byte(f);
    size_t got = qemu_get_buffer(f, (uint8_t *)buf, len);

    buf[got] = 0;
    return got == len && strlen(buf) == len ? len : 0;
}

/* ---- Counts, end ---- */

uint64_t qemu_file_transferred_noflush(QEMUFile *f)
{
    return qatomic_read(&f->channel_bytes);
}

uint64_t qemu_file_transferred(QEMUFile *f)
{
    return f->writable ? f->channel_bytes + f->pending_bytes : f->channel_bytes - (f->fill - f->index);
}

int qemu_fclose(QEMUFile *f)
{
    int ret = qemu_fflush(f);
    int cret = f->ops->close ? f->ops->close(f->opaque) : 0;

    error_free(f->error_obj);
    g_array_free(f->undo, true);
    g_free(f);
    return ret ? ret : cret;
}

/* ---- Undo log of a load (rule B8) ---- */

size_t qemu_file_undo_mark(QEMUFile *f)
{
    return f->undo->len;
}

void qemu_file_undo_push(QEMUFile *f, VMStateUndo *fn, void *where, void *what, const void *arg)
{
    UndoEntry e = { fn, where, what, arg };

    g_array_append_val(f->undo, e);
}

void qemu_file_undo_rollback(QEMUFile *f, size_t mark)
{
    while (f->undo->len > mark) {
        UndoEntry e = g_array_index(f->undo, UndoEntry, f->undo->len - 1);

        g_array_set_size(f->undo, f->undo->len - 1);
        e.fn(e.where, e.what, e.arg);
    }
}

void qemu_file_undo_forget(QEMUFile *f, size_t mark, const void *start, size_t size)
{
    for (size_t i = f->undo->len; i > mark; i--) {
        UndoEntry *e = &g_array_index(f->undo, UndoEntry, i - 1);
        uintptr_t off = (uintptr_t)e->where - (uintptr_t)start;

        if (off < size) {
            g_array_remove_index(f->undo, i - 1);
        }
    }
}

int *qemu_file_load_depth(QEMUFile *f)
{
    return &f->load_depth;
}

size_t *qemu_file_load_bytes(QEMUFile *f)
{
    return &f->load_bytes;
}
