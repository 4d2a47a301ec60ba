/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMUFile: byte order, buffering across boundaries, counts that match the channel, errors that stick. */
#include "qemu/osdep.h"
#include "migration/qemu-file.h"
#include <sys/socket.h>

static void test_numbers(void)
{
    static const uint8_t want[] = { 0xab, 0x12, 0x34, 1, 2, 3, 4, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
                                    3, 'r', 'a', 'm' };
    QEMUFile *f = qemu_file_new_output_mem(), *in;
    const uint8_t *mem;
    char name[256];
    size_t size;

    qemu_put_byte(f, 0xab);
    qemu_put_be16(f, 0x1234);
    qemu_put_be32(f, 0x01020304);
    qemu_put_be64(f, 0x1122334455667788);
    qemu_put_counted_string(f, "ram");
    mem = qemu_file_get_mem(f, &size);
    g_assert_cmpmem(mem, size, want, sizeof(want));

    in = qemu_file_new_input_mem(mem, size);
    g_assert_cmphex(qemu_peek_byte(in, 1), ==, 0x12);
    g_assert_cmphex(qemu_get_byte(in), ==, 0xab);
    g_assert_cmphex(qemu_get_be16(in), ==, 0x1234);
    g_assert_cmphex(qemu_get_be32(in), ==, 0x01020304);
    g_assert_cmphex(qemu_get_be64(in), ==, 0x1122334455667788);
    g_assert_cmpuint(qemu_get_counted_string(in, name), ==, 3);
    g_assert_cmpstr(name, ==, "ram");
    g_assert_cmpuint(qemu_file_transferred(in), ==, size);
    g_assert_cmpint(qemu_file_get_error(in), ==, 0);
    /* Nothing into nowhere is no read (found by fuzzing under UBSan). */
    g_assert_cmpuint(qemu_get_buffer(in, NULL, 0), ==, 0);
    g_assert_cmpint(qemu_file_get_error(in), ==, 0);
    /* Looking past the end is no error, reading past it is, and it sticks. */
    g_assert_cmpint(qemu_peek_byte(in, 0), ==, 0);
    g_assert_cmpint(qemu_file_get_error(in), ==, 0);
    g_assert_cmphex(qemu_get_be32(in), ==, 0);
    g_assert_cmpint(qemu_file_get_error(in), ==, -EIO);
    qemu_fclose(in);
    qemu_fclose(f);
}

static void *drain(void *opaque)
{
    int fd = GPOINTER_TO_INT(opaque);
    GByteArray *all = g_byte_array_new();
    uint8_t buf[4096];
    ssize_t n;

    while ((n = read(fd, buf, sizeof(buf))) > 0) {
        g_byte_array_append(all, buf, n);
    }
    close(fd);
    return all;
}

/* Pages by reference mixed with small items arrive in order; the count is what the socket took. */
static void test_empty(void)
{
    QEMUFile *in = qemu_file_new_input_mem(NULL, 0);

    g_assert_cmpint(qemu_peek_byte(in, 0), ==, 0);
    g_assert_cmpint(qemu_get_byte(in), ==, 0);
    g_assert_cmpint(qemu_file_get_error(in), ==, -EIO);
    qemu_fclose(in);
}

static void test_vectored(void)
{
    enum { PAGES = 3000, PAGE = 4096 };
    g_autofree uint8_t *ram = g_malloc(PAGES * PAGE);
    QEMUFile *f;
    GThread *t;
    GByteArray *got;
    int fds[2];

    for (size_t i = 0; i < PAGES * PAGE; i++) {
        ram[i] = i * 7 + i / PAGE;
    }
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    t = g_thread_new("drain", drain, GINT_TO_POINTER(fds[1]));
    f = qemu_file_new_fd(fds[0], true);
    for (size_t i = 0; i < PAGES; i++) {
        qemu_put_be64(f, i);
        qemu_put_buffer_async(f, ram + i * PAGE, PAGE);
    }
    g_assert_cmpuint(qemu_file_transferred(f), ==, PAGES * (PAGE + 8));
    g_assert_cmpint(qemu_fflush(f), ==, 0);
    g_assert_cmpuint(qemu_file_transferred_noflush(f), ==, PAGES * (PAGE + 8));
    g_assert_cmpint(qemu_fclose(f), ==, 0);
    got = g_thread_join(t);
    g_assert_cmpuint(got->len, ==, PAGES * (PAGE + 8));
    for (size_t i = 0; i < PAGES; i++) {
        const uint8_t *p = got->data + i * (PAGE + 8);

        g_assert_cmpint(p[7], ==, i & 0xff);
        g_assert_cmpint(p[6], ==, i >> 8);
        g_assert_cmpmem(p + 8, PAGE, ram + i * PAGE, PAGE);
    }
    g_byte_array_unref(got);
}

/* Reads that straddle the buffer, from a channel that gives few bytes at a time. */
static ssize_t drip(void *opaque, struct iovec *iov, int cnt)
{
    unsigned *next = opaque;
    size_t n = MIN(iov[0].iov_len, 1 + *next % 3);

    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)iov[0].iov_base)[i] = (*next)++;
    }
    return n;
}

static void test_short_reads(void)
{
    static const QEMUFileOps ops = { .readv = drip };
    unsigned next = 0;
    QEMUFile *f = qemu_file_new(&ops, &next, false);
    const uint8_t *p;
    uint8_t buf[1000], want = 0;

    for (int round = 0; round < 200; round++) {
        g_assert_cmpuint(qemu_peek_buffer(f, &p, 10, 3), ==, 10);
        g_assert_cmpint(p[0], ==, (uint8_t)(want + 3));
        g_assert_cmpuint(qemu_get_buffer(f, buf, sizeof(buf)), ==, sizeof(buf));
        for (size_t i = 0; i < sizeof(buf); i++, want++) {
            g_assert_cmpint(buf[i], ==, want);
        }
    }
    g_assert_cmpuint(qemu_file_transferred(f), ==, 200 * sizeof(buf));
    qemu_fclose(f);
}

static void test_peer_gone(void)
{
    static uint8_t page[4096];
    QEMUFile *f;
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    close(fds[1]);
    f = qemu_file_new_fd(fds[0], true);
    qemu_put_buffer_async(f, page, sizeof(page));
    g_assert_cmpint(qemu_fflush(f), ==, -EPIPE);
    qemu_put_be32(f, 1);
    qemu_file_set_error(f, -EINVAL);
    g_assert_cmpint(qemu_file_get_error(f), ==, -EPIPE);
    g_assert_cmpint(qemu_fclose(f), ==, -EPIPE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qemu-file/numbers", test_numbers);
    g_test_add_func("/qemu-file/empty", test_empty);
    g_test_add_func("/qemu-file/vectored", test_vectored);
    g_test_add_func("/qemu-file/short-reads", test_short_reads);
    g_test_add_func("/qemu-file/peer-gone", test_peer_gone);
    return g_test_run();
}
