// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Drivers that end in the host: "file" and "host_device" (a file descriptor; requests run in worker threads), and
 * "null-co"/"null-aio" (accept everything, keep nothing). And "raw": a window of another node.
 *
 * Images are locked with open-file-description locks so that two writers cannot meet. A destination of a migration
 * takes its locks when its guest starts, a source gives its up when it hands over.
 */
#include "qemu/osdep.h"
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include "block-internal.h"
#include "overlay.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/thread-pool.h"
#include "qemu/timer.h"
#include "system/runstate.h"

typedef struct FileState {
    int fd;
    bool is_device;
    bool locking;
    bool locked;
    int64_t size;               /* cached; changes only by truncate */
    Overlay *overlay;           /* temporary changes; the file itself is only read */
} FileState;

/* ---- locks: bit 0 consistent read, 1 write, 3 resize ---- */

#define PERM_BASE 100
#define SHARED_BASE 200
#define PERM_READ 0x1
#define PERM_WRITE 0x2
#define PERM_RESIZE 0x8

static bool lock_byte(int fd, off_t at, short type)
{
    struct flock fl = { .l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };

    return fcntl(fd, F_OFD_SETLK, &fl) == 0;
}

static bool byte_taken(int fd, off_t at)
{
    struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };

    return fcntl(fd, F_OFD_GETLK, &fl) == 0 && fl.l_type != F_UNLCK;
}

static void file_unlock(FileState *s)
{
    struct flock fl = { .l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = PERM_BASE,
                        .l_len = SHARED_BASE + 64 - PERM_BASE };

    fcntl(s->fd, F_OFD_SETLK, &fl);
    s->locked = false;
}

static bool file_lock(BlockDriverState *bs, Error **errp)
{
    static const char *const names[] = { "consistent read", "write", "write unchanged", "resize" };
    FileState *s = bs->opaque;
    unsigned have = bs->read_only ? PERM_READ : PERM_READ | PERM_WRITE | PERM_RESIZE;
    unsigned refuse = PERM_WRITE | PERM_RESIZE;

    if (s->locked || !s->locking) {
        return true;
    }
    for (int i = 0; i < 4; i++) {
        bool ok = true;

        ok &= !(have & (1u << i)) || lock_byte(s->fd, PERM_BASE + i, F_RDLCK);
        ok &= !(refuse & (1u << i)) || lock_byte(s->fd, SHARED_BASE + i, F_RDLCK);
        if (!ok || ((have & (1u << i)) && byte_taken(s->fd, SHARED_BASE + i)) ||
            ((refuse & (1u << i)) && byte_taken(s->fd, PERM_BASE + i))) {
            error_setg(errp, "Failed to get %s\"%s\" lock on '%s'. Is another process using the image?",
                       have & (1u << i) ? "" : "shared ", names[i], bs->filename);
            file_unlock(s);
            return false;
        }
    }
    s->locked = true;
    return true;
}

static bool file_activate(BlockDriverState *bs, Error **errp)
{
    return file_lock(bs, errp);
}

static void file_inactivate(BlockDriverState *bs)
{
    file_unlock(bs->opaque);
}

/* ---- open ---- */

static bool file_open_common(BlockDriverState *bs, const char *filename, bool want_device, bool locking, Error **errp)
{
    FileState *s = bs->opaque;
    struct stat st;

    if (g_str_has_prefix(filename, "file:")) {
        filename += 5;
    }
    bs->filename = g_strdup(filename);
    s->fd = qemu_open_cloexec(filename, (bs->read_only ? O_RDONLY : O_RDWR) | (bs->direct ? O_DIRECT : 0), 0);
    if (s->fd < 0) {
        error_setg_errno(errp, errno, "Could not open '%s'", filename);
        return false;
    }
    if (fstat(s->fd, &st) < 0 || S_ISDIR(st.st_mode)) {
        error_setg(errp, "'%s' is not a regular file or block device", filename);
        goto fail;
    }
    s->is_device = S_ISBLK(st.st_mode);
    if (want_device && !s->is_device && !S_ISCHR(st.st_mode)) {
        error_setg(errp, "'host_device' driver requires '%s' to be either a character or block device", filename);
        goto fail;
    }
    if (s->is_device) {
        uint64_t n;

        if (ioctl(s->fd, BLKGETSIZE64, &n) < 0) {
            error_setg_errno(errp, errno, "Could not get the size of '%s'", filename);
            goto fail;
        }
        s->size = n;
    } else {
        s->size = st.st_size;
    }
    s->locking = locking;
    if (!runstate_check(RUN_STATE_INMIGRATE) && !file_lock(bs, errp)) {
        goto fail;
    }
    return true;

fail:
    qemu_close(s->fd);
    return false;
}

static bool file_open(BlockDriverState *bs, const BlockdevOptions *opts, Error **errp)
{
    const BlockdevOptionsFile *o = opts->driver == BLOCKDEV_DRIVER_FILE ? &opts->u.file : &opts->u.host_device;
    bool locking = !(o->has_locking && o->locking == ON_OFF_AUTO_OFF) && !(opts->has_force_share && opts->force_share);

    return file_open_common(bs, o->filename, opts->driver == BLOCKDEV_DRIVER_HOST_DEVICE, locking, errp);
}

static void file_close(BlockDriverState *bs)
{
    FileState *s = bs->opaque;

    overlay_free(s->overlay);
    qemu_close(s->fd);
}

bool bdrv_file_make_temporary(BlockDriverState *bs, Error **errp)
{
    FileState *s = bs->opaque;

    g_assert(bs->drv->submit == bdrv_file.submit);
    s->overlay = overlay_new(s->size, errp);
    bs->read_only = false;
    return s->overlay != NULL;
}

static int64_t file_getlength(BlockDriverState *bs)
{
    return ((FileState *)bs->opaque)->size;
}

static bool file_truncate(BlockDriverState *bs, int64_t size, Error **errp)
{
    FileState *s = bs->opaque;

    if (s->is_device || s->overlay || ftruncate(s->fd, size) < 0) {
        error_setg_errno(errp, s->is_device || s->overlay ? ENOTSUP : errno, "Could not resize '%s'", bs->filename);
        return false;
    }
    s->size = size;
    return true;
}

/* ---- requests, in a worker ---- */

/* Short transfers go on; the end of a file whose size is not a multiple of the sector reads as zeroes. */
static int do_rw(int fd, BlockRequest *req)
{
    g_autofree struct iovec *copy = g_memdup2(req->iov, req->niov * sizeof(struct iovec));
    struct iovec *iov = copy;
    unsigned n = req->niov;
    int64_t done = 0;

    while (done < req->bytes) {
        unsigned batch = MIN(n, (unsigned)IOV_MAX);
        ssize_t ret = req->op == BLOCK_OP_READ ? preadv(fd, iov, batch, req->offset + done)
                                               : pwritev(fd, iov, batch, req->offset + done);

        if (ret < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -errno;
        }
        if (ret == 0) {
            if (req->op == BLOCK_OP_WRITE) {
                return -ENOSPC;
            }
            iov_memset(iov, n, 0, 0, req->bytes - done);
            break;
        }
        done += ret;
        iov_discard_front(&iov, &n, ret);
    }
    return 0;
}

static int write_zero_bytes(int fd, int64_t offset, int64_t bytes)
{
    g_autofree void *zero = g_malloc0(MIN(bytes, 1 << 20));

    while (bytes) {
        ssize_t ret = pwrite(fd, zero, MIN(bytes, 1 << 20), offset);

        if (ret < 0 && errno != EINTR) {
            return -errno;
        }
        if (ret > 0) {
            offset += ret;
            bytes -= ret;
        }
    }
    return 0;
}

static int do_zero(FileState *s, BlockRequest *req)
{
    if (s->is_device) {
        uint64_t range[2] = { req->offset, req->bytes };

        return ioctl(s->fd, BLKZEROOUT, range) == 0 ? 0 : write_zero_bytes(s->fd, req->offset, req->bytes);
    }
    if (req->may_unmap &&
        fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, req->offset, req->bytes) == 0) {
        return 0;
    }
    if (fallocate(s->fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, req->offset, req->bytes) == 0) {
        return 0;
    }
    return write_zero_bytes(s->fd, req->offset, req->bytes);
}

static int do_discard(FileState *s, BlockRequest *req)
{
    uint64_t range[2] = { req->offset, req->bytes };

    /* A hint: what cannot be discarded stays. */
    if (s->is_device) {
        (void)!ioctl(s->fd, BLKDISCARD, range);
    } else {
        (void)!fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, req->offset, req->bytes);
    }
    return 0;
}

static int file_worker(void *arg)
{
    BlockRequest *req = arg;
    FileState *s = req->bs->opaque;
    int ret;

    if (s->overlay) {
        /* Nothing of it outlives the process: discarding and flushing have no meaning. */
        return req->op == BLOCK_OP_FLUSH || req->op == BLOCK_OP_DISCARD ? 0 : overlay_request(s->overlay, s->fd, req);
    }
    switch (req->op) {
    case BLOCK_OP_READ:
    case BLOCK_OP_WRITE:
        ret = do_rw(s->fd, req);
        break;
    case BLOCK_OP_FLUSH:
        ret = fdatasync(s->fd) < 0 ? -errno : 0;
        break;
    case BLOCK_OP_DISCARD:
        ret = do_discard(s, req);
        break;
    default:
        ret = do_zero(s, req);
        break;
    }
    if (ret == 0 && req->fua && !req->bs->no_flush && fdatasync(s->fd) < 0) {
        ret = -errno;
    }
    return ret;
}

static void file_done(void *opaque, int ret)
{
    bdrv_request_done(opaque, ret);
}

static void file_submit(BlockDriverState *bs, BlockRequest *req)
{
    if ((req->op == BLOCK_OP_FLUSH && bs->no_flush) || (req->op == BLOCK_OP_DISCARD && !bs->discard_unmap)) {
        bdrv_complete_soon(req, 0);
        return;
    }
    thread_pool_submit(NULL, file_worker, req, file_done, req);
}

const BlockDriver bdrv_file = {
    .name = "file", .state_size = sizeof(FileState), .open = file_open, .close = file_close, .submit = file_submit,
    .getlength = file_getlength, .truncate = file_truncate, .activate = file_activate,
    .inactivate = file_inactivate,
};
const BlockDriver bdrv_host_device = {
    .name = "host_device", .state_size = sizeof(FileState), .open = file_open, .close = file_close,
    .submit = file_submit, .getlength = file_getlength, .truncate = file_truncate, .activate = file_activate,
    .inactivate = file_inactivate,
};

/* ---- null ---- */

typedef struct NullState {
    int64_t size;
    bool read_zeroes;
} NullState;

static bool null_open(BlockDriverState *bs, const BlockdevOptions *opts, Error **errp)
{
    const BlockdevOptionsNull *o = opts->driver == BLOCKDEV_DRIVER_NULL_CO ? &opts->u.null_co : &opts->u.null_aio;
    NullState *s = bs->opaque;

    s->size = o->has_size ? o->size : 1LL << 30;
    s->read_zeroes = o->has_read_zeroes && o->read_zeroes;
    if (s->size < 0) {
        error_setg(errp, "size must not be negative");
        return false;
    }
    bs->filename = g_strdup_printf("%s://", bs->drv->name);
    return true;
}

static void null_submit(BlockDriverState *bs, BlockRequest *req)
{
    NullState *s = bs->opaque;

    if (req->op == BLOCK_OP_READ && s->read_zeroes) {
        iov_memset(req->iov, req->niov, 0, 0, req->bytes);
    }
    bdrv_complete_soon(req, 0);
}

static int64_t null_getlength(BlockDriverState *bs)
{
    return ((NullState *)bs->opaque)->size;
}

const BlockDriver bdrv_null_co = { .name = "null-co", .state_size = sizeof(NullState), .open = null_open,
                                   .submit = null_submit, .getlength = null_getlength };
const BlockDriver bdrv_null_aio = { .name = "null-aio", .state_size = sizeof(NullState), .open = null_open,
                                    .submit = null_submit, .getlength = null_getlength };

/* ---- raw ---- */

typedef struct RawState {
    int64_t offset;
    int64_t size;               /* -1: to the end of the child */
} RawState;

static bool raw_open(BlockDriverState *bs, const BlockdevOptions *opts, Error **errp)
{
    const BlockdevOptionsRaw *o = &opts->u.raw;
    RawState *s = bs->opaque;
    int64_t len;

    if (o->file->type == QTYPE_QSTRING) {
        bs->file = bdrv_find_node(o->file->u.reference);
        if (!bs->file) {
            error_setg(errp, "Cannot find device='' nor node-name='%s'", o->file->u.reference);
            return false;
        }
        bdrv_ref(bs->file);
    } else {
        BlockdevOptions child = o->file->u.definition;

        if (!child.has_read_only) {
            child.has_read_only = true;
            child.read_only = bs->read_only;
        }
        bs->file = bdrv_open(&child, errp);
        if (!bs->file) {
            return false;
        }
    }
    s->offset = o->has_offset ? o->offset : 0;
    s->size = o->has_size ? o->size : -1;
    len = bdrv_getlength(bs->file);
    if (s->offset < 0 || (o->has_size && s->size < 0) || s->offset > len || (s->size >= 0 && s->size > len - s->offset)) {
        error_setg(errp, "raw: offset and size do not fit the %" PRId64 " bytes of '%s'", len, bs->file->node_name);
        bdrv_unref(bs->file);
        return false;
    }
    bs->read_only |= bs->file->read_only;
    bs->filename = g_strdup(bs->file->filename);
    return true;
}

static void raw_submit(BlockDriverState *bs, BlockRequest *req)
{
    RawState *s = bs->opaque;

    req->offset += s->offset;
    bdrv_submit(bs->file, req);
}

static int64_t raw_getlength(BlockDriverState *bs)
{
    RawState *s = bs->opaque;
    int64_t len = bdrv_getlength(bs->file);

    return len < 0 ? len : s->size >= 0 ? MIN(s->size, len - s->offset) : len - s->offset;
}

static bool raw_truncate(BlockDriverState *bs, int64_t size, Error **errp)
{
    RawState *s = bs->opaque;

    if (s->size >= 0) {
        error_setg(errp, "Cannot resize fixed-size raw disks");
        return false;
    }
    if (!bs->file->drv->truncate) {
        error_setg(errp, "'%s' cannot be resized", bs->file->node_name);
        return false;
    }
    return bs->file->drv->truncate(bs->file, size + s->offset, errp);
}

const BlockDriver bdrv_raw = { .name = "raw", .state_size = sizeof(RawState), .open = raw_open,
                               .submit = raw_submit, .getlength = raw_getlength, .truncate = raw_truncate };
