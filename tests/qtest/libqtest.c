/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libqtest: the process and the qtest protocol. QMP is in libqtest-qmp.c. Single-threaded. */
#include "qemu/osdep.h"
#include "tests/qtest/libqtest-internal.h"
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define START_TIMEOUT_MS 60000

QTestState *global_qtest;
static GPtrArray *running;       /* for cleaning up when a test aborts */

/* ---- The process ---- */

const char *qtest_qemu_binary(void)
{
    const char *bin = g_getenv("QTEST_QEMU_BINARY");

    if (!bin) {
        fprintf(stderr, "QTEST_QEMU_BINARY must name the emulator to test\n");
        exit(1);
    }
    return bin;
}

const char *qtest_get_arch(void)
{
    const char *dash = strrchr(qtest_qemu_binary(), '-');

    return dash ? dash + 1 : "x86_64";
}

static void kill_all(int sig)
{
    for (unsigned i = 0; running && i < running->len; i++) {
        QTestState *s = g_ptr_array_index(running, i);
        if (s->pid > 0) {
            kill(s->pid, SIGKILL);
        }
    }
    signal(sig, SIG_DFL);
    raise(sig);
}

static int listen_at(const char *path)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpuint(strlen(path), <, sizeof(addr.sun_path));
    strcpy(addr.sun_path, path);
    unlink(path);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
    g_assert_cmpint(listen(fd, 1), ==, 0);
    return fd;
}

/* Collect the exit status if there is one. */
static bool reap(QTestState *s, bool wait)
{
    if (s->pid > 0 && waitpid(s->pid, &s->wstatus, wait ? 0 : WNOHANG) == s->pid) {
        s->pid = -1;
    }
    return s->pid <= 0;
}

static void check_status(QTestState *s)
{
    if (WIFSIGNALED(s->wstatus)) {
        g_error("the emulator was killed by signal %d (%s)", WTERMSIG(s->wstatus), strsignal(WTERMSIG(s->wstatus)));
    }
    if (WEXITSTATUS(s->wstatus) != s->expected_status) {
        g_error("the emulator exited with status %d instead of %d", WEXITSTATUS(s->wstatus), s->expected_status);
    }
}

/* Accept within the time allowed, but not longer than the emulator lives. */
static int accept_from(QTestState *s, int listener)
{
    for (int waited = 0; waited < START_TIMEOUT_MS; waited += 50) {
        struct pollfd p = { .fd = listener, .events = POLLIN };

        if (poll(&p, 1, 50) > 0) {
            int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            g_assert_cmpint(fd, >=, 0);
            return fd;
        }
        if (reap(s, false)) {
            check_status(s);
            g_error("the emulator exited before it connected");
        }
    }
    g_error("the emulator did not connect within %d s", START_TIMEOUT_MS / 1000);
}

static void exec_emulator(const char *command)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static QTestState *start(const char *accel, const char *extra_args)
{
    QTestState *s = g_new0(QTestState, 1);
    g_autofree char *dir = g_dir_make_tmp("qtest-XXXXXX", NULL);
    g_autofree char *qtest_path = g_strdup_printf("%s/qtest.sock", dir);
    g_autofree char *qmp_path = g_strdup_printf("%s/qmp.sock", dir);
    g_autofree char *command = g_strdup_printf(
        "exec %s -qtest unix:%s -qtest-log %s -chardev socket,path=%s,id=char0 -mon chardev=char0,mode=control "
        "-display none %s %s", qtest_qemu_binary(), qtest_path, g_getenv("QTEST_LOG") ? "/dev/fd/2" : "/dev/null",
        qmp_path, extra_args ? extra_args : "", accel);
    int qtest_listener = listen_at(qtest_path), qmp_listener = listen_at(qmp_path);

    if (!running) {
        running = g_ptr_array_new();
        signal(SIGABRT, kill_all);
    }
    s->rx = g_string_new(NULL);
    s->events = g_queue_new();
    g_test_message("starting: %s", command);
    s->pid = fork();
    g_assert_cmpint(s->pid, >=, 0);
    if (s->pid == 0) {
        exec_emulator(command);
    }
    g_ptr_array_add(running, s);
    s->fd = accept_from(s, qtest_listener);
    s->qmp_fd = accept_from(s, qmp_listener);
    close(qtest_listener);
    close(qmp_listener);
    unlink(qtest_path);
    unlink(qmp_path);
    rmdir(dir);
    qtest_qmp_init(s);
    return s;
}

static QTestState *with_handshake(QTestState *s)
{
    QDict *greeting = qtest_qmp_receive_dict(s);

    g_assert_true(qdict_haskey(greeting, "QMP"));
    qobject_unref(greeting);
    qtest_qmp_assert_success(s, "{'execute': 'qmp_capabilities'}");
    return s;
}

QTestState *qtest_init_without_qmp_handshake(const char *extra_args)
{
    return start("-accel qtest", extra_args);
}

QTestState *qtest_init(const char *extra_args)
{
    return with_handshake(start("-accel qtest", extra_args));
}

QTestState *qtest_init_bare(const char *extra_args)
{
    return with_handshake(start("", extra_args));
}

QTestState *qtest_vinitf(const char *fmt, va_list ap)
{
    g_autofree char *args = g_strdup_vprintf(fmt, ap);

    return qtest_init(args);
}

QTestState *qtest_initf(const char *fmt, ...)
{
    QTestState *s;
    va_list ap;

    va_start(ap, fmt);
    s = qtest_vinitf(fmt, ap);
    va_end(ap);
    return s;
}

void qtest_set_expected_status(QTestState *s, int status)
{
    s->expected_status = status;
}

bool qtest_probe_child(QTestState *s)
{
    return !reap(s, false);
}

pid_t qtest_pid(QTestState *s)
{
    return s->pid;
}

void qtest_wait_qemu(QTestState *s)
{
    if (!reap(s, true)) {
        g_error("cannot wait for the emulator: %s", strerror(errno));
    }
    check_status(s);
}

void qtest_kill_qemu(QTestState *s)
{
    if (s->pid > 0) {
        kill(s->pid, SIGTERM);
        qtest_wait_qemu(s);
    }
}

void qtest_quit(QTestState *s)
{
    qtest_kill_qemu(s);
    g_ptr_array_remove(running, s);
    close(s->fd);
    close(s->qmp_fd);
    qtest_qmp_cleanup(s);
    g_string_free(s->rx, true);
    g_free(s);
}

int qtest_run_to_exit(const char *args, char **output)
{
    g_autofree char *command = g_strdup_printf("exec %s %s 2>&1", qtest_qemu_binary(), args);
    GString *out = g_string_new(NULL);
    FILE *p = popen(command, "re");
    char buf[4096];
    size_t n;
    int status;

    g_assert_nonnull(p);
    while ((n = fread(buf, 1, sizeof(buf), p)) > 0) {
        g_string_append_len(out, buf, n);
    }
    status = pclose(p);
    if (WIFSIGNALED(status)) {
        g_error("'%s' was killed by signal %d: %s", args, WTERMSIG(status), out->str);
    }
    if (output) {
        *output = g_string_free(out, false);
    } else {
        g_string_free(out, true);
    }
    return WEXITSTATUS(status);
}

/* ---- Lines ---- */

void qtest_socket_send(int fd, const char *text, size_t len)
{
    while (len) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            g_error("cannot write to the emulator: %s", strerror(errno));
        }
        text += n;
        len -= n;
    }
}

static char *receive_line(QTestState *s)
{
    char *end;

    while (!(end = memchr(s->rx->str, '\n', s->rx->len))) {
        char buf[4096];
        ssize_t n = recv(s->fd, buf, sizeof(buf), 0);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            reap(s, true);
            check_status(s);
            g_error("the emulator closed the qtest channel");
        }
        g_string_append_len(s->rx, buf, n);
    }
    char *line = g_strndup(s->rx->str, end - s->rx->str);
    g_string_erase(s->rx, 0, end - s->rx->str + 1);
    return line;
}

/* The next line that is not about interrupts; those are taken in. */
static char *receive_reply(QTestState *s)
{
    for (;;) {
        char *line = receive_line(s);
        int n;

        if (sscanf(line, "IRQ raise %d", &n) == 1) {
            g_assert_cmpint(n, <, QTEST_MAX_IRQS);
            s->irq_level[n] = true;
        } else if (sscanf(line, "IRQ lower %d", &n) == 1) {
            g_assert_cmpint(n, <, QTEST_MAX_IRQS);
            s->irq_level[n] = false;
        } else {
            return line;
        }
        g_free(line);
    }
}

static void send_line(QTestState *s, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static void send_line(QTestState *s, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    qtest_socket_send(s->fd, text, strlen(text));
}

char *qtest_command(QTestState *s, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    send_line(s, "%s\n", text);
    return receive_reply(s);
}

/* What follows "OK " in the reply. */
static char *expect_ok(QTestState *s)
{
    g_autofree char *line = receive_reply(s);

    if (strcmp(line, "OK") && !g_str_has_prefix(line, "OK ")) {
        g_error("qtest answers: %s", line);
    }
    return g_strdup(line[2] ? line + 3 : "");
}

static void expect_plain_ok(QTestState *s)
{
    g_free(expect_ok(s));
}

static uint64_t expect_number(QTestState *s)
{
    g_autofree char *arg = expect_ok(s);
    uint64_t value;
    char *end;

    value = g_ascii_strtoull(arg, &end, 0);
    g_assert_true(end != arg && !*end);
    return value;
}

/* ---- Interrupts ---- */

void qtest_irq_intercept_in(QTestState *s, const char *path)
{
    send_line(s, "irq_intercept_in %s\n", path);
    expect_plain_ok(s);
}

void qtest_irq_intercept_out(QTestState *s, const char *path)
{
    send_line(s, "irq_intercept_out %s\n", path);
    expect_plain_ok(s);
}

void qtest_irq_intercept_out_named(QTestState *s, const char *path, const char *name)
{
    send_line(s, "irq_intercept_out %s %s\n", path, name);
    expect_plain_ok(s);
}

bool qtest_get_irq(QTestState *s, int num)
{
    g_assert_cmpint(num, <, QTEST_MAX_IRQS);
    qtest_inb(s, 0);             /* a round trip: what was raised before has arrived */
    return s->irq_level[num];
}

void qtest_set_irq_in(QTestState *s, const char *path, const char *name, int irq, int level)
{
    send_line(s, "set_irq_in %s %s %d %d\n", path, name ? name : "unnamed-gpio-in", irq, level);
    expect_plain_ok(s);
}

/* ---- Ports and memory ---- */

#define DEFINE_PORT(letter, type)                                               \
    void qtest_out##letter(QTestState *s, uint16_t addr, type value)            \
    {                                                                           \
        send_line(s, "out" #letter " 0x%x 0x%x\n", addr, value);                \
        expect_plain_ok(s);                                                     \
    }                                                                           \
    type qtest_in##letter(QTestState *s, uint16_t addr)                         \
    {                                                                           \
        send_line(s, "in" #letter " 0x%x\n", addr);                             \
        return expect_number(s);                                                \
    }
DEFINE_PORT(b, uint8_t)
DEFINE_PORT(w, uint16_t)
DEFINE_PORT(l, uint32_t)

#define DEFINE_MEMORY(letter, type)                                                                 \
    void qtest_write##letter(QTestState *s, uint64_t addr, type value)                              \
    {                                                                                               \
        send_line(s, "write" #letter " 0x%" PRIx64 " 0x%" PRIx64 "\n", addr, (uint64_t)value);      \
        expect_plain_ok(s);                                                                         \
    }                                                                                               \
    type qtest_read##letter(QTestState *s, uint64_t addr)                                           \
    {                                                                                               \
        send_line(s, "read" #letter " 0x%" PRIx64 "\n", addr);                                      \
        return expect_number(s);                                                                    \
    }
DEFINE_MEMORY(b, uint8_t)
DEFINE_MEMORY(w, uint16_t)
DEFINE_MEMORY(l, uint32_t)
DEFINE_MEMORY(q, uint64_t)

void qtest_memread(QTestState *s, uint64_t addr, void *data, size_t size)
{
    g_autofree char *hex = NULL;
    uint8_t *p = data;

    if (!size) {
        return;
    }
    send_line(s, "read 0x%" PRIx64 " 0x%zx\n", addr, size);
    hex = expect_ok(s);
    g_assert_cmpuint(strlen(hex), ==, 2 + 2 * size);
    for (size_t i = 0; i < size; i++) {
        p[i] = g_ascii_xdigit_value(hex[2 + 2 * i]) << 4 | g_ascii_xdigit_value(hex[3 + 2 * i]);
    }
}

void qtest_memwrite(QTestState *s, uint64_t addr, const void *data, size_t size)
{
    g_autoptr(GString) hex = g_string_sized_new(2 * size);
    const uint8_t *p = data;

    if (!size) {
        return;
    }
    for (size_t i = 0; i < size; i++) {
        g_string_append_printf(hex, "%02x", p[i]);
    }
    send_line(s, "write 0x%" PRIx64 " 0x%zx 0x%s\n", addr, size, hex->str);
    expect_plain_ok(s);
}

void qtest_bufread(QTestState *s, uint64_t addr, void *data, size_t size)
{
    g_autofree char *text = NULL;
    g_autofree uint8_t *bytes = NULL;
    gsize n;

    if (!size) {
        return;
    }
    send_line(s, "b64read 0x%" PRIx64 " 0x%zx\n", addr, size);
    text = expect_ok(s);
    bytes = g_base64_decode(text, &n);
    g_assert_cmpuint(n, ==, size);
    memcpy(data, bytes, size);
}

void qtest_bufwrite(QTestState *s, uint64_t addr, const void *data, size_t size)
{
    g_autofree char *text = NULL;

    if (!size) {
        return;
    }
    text = g_base64_encode(data, size);
    send_line(s, "b64write 0x%" PRIx64 " 0x%zx %s\n", addr, size, text);
    expect_plain_ok(s);
}

void qtest_memset(QTestState *s, uint64_t addr, uint8_t pattern, size_t size)
{
    send_line(s, "memset 0x%" PRIx64 " 0x%zx 0x%02x\n", addr, size, pattern);
    expect_plain_ok(s);
}

bool qtest_big_endian(QTestState *s)
{
    g_autofree char *reply = NULL;

    send_line(s, "endianness\n");
    reply = expect_ok(s);
    return !strcmp(reply, "big");
}

/* ---- Time ---- */

int64_t qtest_clock_step_next(QTestState *s)
{
    send_line(s, "clock_step\n");
    return expect_number(s);
}

int64_t qtest_clock_step(QTestState *s, int64_t step)
{
    send_line(s, "clock_step %" PRIi64 "\n", step);
    return expect_number(s);
}

int64_t qtest_clock_set(QTestState *s, int64_t val)
{
    send_line(s, "clock_set %" PRIi64 "\n", val);
    return expect_number(s);
}

/* ---- Tests ---- */

void qtest_add_func(const char *str, void (*fn)(void))
{
    g_autofree char *path = g_strdup_printf("/%s%s%s", qtest_get_arch(), *str == '/' ? "" : "/", str);

    g_test_add_func(path, fn);
}

void qtest_add_data_func_full(const char *str, void *data, void (*fn)(const void *), GDestroyNotify data_free_func)
{
    g_autofree char *path = g_strdup_printf("/%s%s%s", qtest_get_arch(), *str == '/' ? "" : "/", str);

    g_test_add_data_func_full(path, data, fn, data_free_func);
}

void qtest_add_data_func(const char *str, const void *data, void (*fn)(const void *))
{
    qtest_add_data_func_full(str, (void *)data, fn, NULL);
}
