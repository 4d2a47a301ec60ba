/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small host helpers that hide EINTR and flags. Any thread. */
#include "qemu/osdep.h"

size_t qemu_real_host_page_size(void)
{
    static size_t size;

    if (!size) {
        size = sysconf(_SC_PAGESIZE);
    }
    return size;
}

void *qemu_sparse_alloc(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED) {
        g_error("cannot allocate %zu bytes of address space: %s", size, strerror(errno));
    }
    return p;
}

void qemu_sparse_free(void *p, size_t size)
{
    if (p) {
        munmap(p, size);
    }
}

ssize_t qemu_write_full(int fd, const void *buf, size_t count)
{
    size_t done = 0;

    while (done < count) {
        ssize_t n = write(fd, (const char *)buf + done, count - done);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        done += n;
    }
    return done;
}

ssize_t qemu_read_full(int fd, void *buf, size_t count)
{
    size_t done = 0;

    while (done < count) {
        ssize_t n = read(fd, (char *)buf + done, count - done);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return done ? (ssize_t)done : -1;
        }
        if (n == 0) {
            break;
        }
        done += n;
    }
    return done;
}

void qemu_close(int fd)
{
    int saved = errno;

    if (fd >= 0) {
        close(fd);
    }
    errno = saved;
}

void qemu_close_cleanup(int *fd)
{
    qemu_close(*fd);
}

int qemu_open_cloexec(const char *path, int flags, mode_t mode)
{
    int fd;

    do {
        fd = open(path, flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

bool qemu_set_blocking(int fd, bool block)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0) {
        return false;
    }
    flags = block ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    return fcntl(fd, F_SETFL, flags) == 0;
}
