/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process itself: daemon, pid file, signals, dropping privileges. Main thread only. */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "startup.h"
#include "system/runstate.h"
#include <glib-unix.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/signalfd.h>

static int daemon_pipe = -1;
static struct passwd *runas;
static char *chroot_dir;
static char *pidfile_path;

/* --- daemon: the parent reports what the child reports --- */

void os_daemonize(void)
{
    int fds[2];
    pid_t pid;

    if (!g_unix_open_pipe(fds, FD_CLOEXEC, NULL)) {
        error_report("-daemonize: %s", strerror(errno));
        exit(1);
    }
    pid = fork();
    if (pid < 0) {
        error_report("-daemonize: %s", strerror(errno));
        exit(1);
    }
    if (pid > 0) {
        uint8_t status = 1;

        close(fds[1]);
        ssize_t n = qemu_read_full(fds[0], &status, 1);
        /* No word means that the child died; it has said why on our stderr. */
        _exit(n == 1 && status == 0 ? 0 : 1);
    }
    close(fds[0]);
    daemon_pipe = fds[1];
    setsid();
    /* A second fork, so that no terminal can ever become ours. */
    pid = fork();
    if (pid != 0) {
        _exit(pid < 0);
    }
    umask(027);
    signal(SIGTSTP, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGTTIN, SIG_IGN);
}

static void drop_privileges(void)
{
    if (chroot_dir && (chroot(chroot_dir) || chdir("/"))) {
        error_report("chroot to '%s' failed: %s", chroot_dir, strerror(errno));
        exit(1);
    }
    if (runas && (initgroups(runas->pw_name, runas->pw_gid) || setgid(runas->pw_gid) || setuid(runas->pw_uid))) {
        error_report("cannot become user '%s': %s", runas->pw_name, strerror(errno));
        exit(1);
    }
}

void os_setup_post(void)
{
    uint8_t status = 0;

    drop_privileges();
    if (daemon_pipe < 0) {
        return;
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (chdir("/") || null < 0) {
        error_report("-daemonize: %s", strerror(errno));
        exit(1);
    }
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    close(null);
    qemu_write_full(daemon_pipe, &status, 1);
    close(daemon_pipe);
}

bool os_set_runas(const char *user, Error **errp)
{
    errno = 0;
    runas = getpwnam(user);
    if (!runas) {
        error_setg(errp, "User \"%s\" doesn't exist", user);
    }
    return runas != NULL;
}

bool os_set_chroot(const char *path, Error **errp)
{
    chroot_dir = g_strdup(path);
    return true;
}

/* --- pid file: locked while we live, removed when we go --- */

static void remove_pidfile(Notifier *n, void *data)
{
    unlink(pidfile_path);
}

static Notifier pidfile_notifier = { .notify = remove_pidfile };

bool os_write_pidfile(const char *path, Error **errp)
{
    g_autofree char *text = g_strdup_printf("%d\n", getpid());
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = qemu_open_cloexec(path, O_CREAT | O_RDWR, 0600);

    if (fd < 0) {
        error_setg_errno(errp, errno, "cannot create PID file '%s'", path);
        return false;
    }
    if (fcntl(fd, F_SETLK, &lock)) {
        error_setg(errp, "cannot lock PID file '%s': another process has it", path);
        close(fd);
        return false;
    }
    if (ftruncate(fd, 0) || qemu_write_full(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        error_setg_errno(errp, errno, "cannot write PID file '%s'", path);
        close(fd);
        return false;
    }
    pidfile_path = realpath(path, NULL);
    qemu_add_exit_notifier(&pidfile_notifier);
    return true;        /* the descriptor stays open: it holds the lock */
}

/* --- signals: read on the main loop, so that no handler runs at a bad moment --- */

static void signal_ready(void *opaque)
{
    struct signalfd_siginfo info;
    int fd = GPOINTER_TO_INT(opaque);

    while (read(fd, &info, sizeof(info)) == sizeof(info)) {
        qemu_system_killed(info.ssi_signo, info.ssi_pid);
    }
}

void os_setup_signal_handling(void)
{
    sigset_t set;
    int fd;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) {
        error_report("signalfd: %s", strerror(errno));
        exit(1);
    }
    qemu_set_fd_handler(fd, signal_ready, NULL, GINT_TO_POINTER(fd));
}
