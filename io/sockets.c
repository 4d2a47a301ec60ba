/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connecting, listening, and naming what a socket is bound to. Text forms: sockets-parse.c. */
#include "qemu/osdep.h"
#include <linux/vm_sockets.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "io/sockets.h"
#include "qapi/error.h"

static SocketFdLookup *fd_lookup;

void socket_set_fd_lookup(SocketFdLookup *lookup)
{
    fd_lookup = lookup;
}

int socket_get_fd(const char *fdstr, Error **errp)
{
    char *end;
    long fd;

    if (!g_ascii_isdigit(*fdstr)) {
        if (fd_lookup) {
            return fd_lookup(fdstr, errp);
        }
        error_setg(errp, "No file descriptor named '%s' has been passed", fdstr);
        return -1;
    }
    errno = 0;
    fd = strtol(fdstr, &end, 10);
    if (errno || *end || fd > INT_MAX || fcntl(fd, F_GETFD) < 0) {
        error_setg(errp, "'%s' is not an open file descriptor", fdstr);
        return -1;
    }
    return fd;
}

/* PF_UNSPEC, PF_INET or PF_INET6; -1: both are refused. */
static int inet_family(const InetSocketAddress *a, Error **errp)
{
    bool no4 = a->has_ipv4 && !a->ipv4, no6 = a->has_ipv6 && !a->ipv6;
    bool only4 = a->has_ipv4 && a->ipv4 && !(a->has_ipv6 && a->ipv6);
    bool only6 = a->has_ipv6 && a->ipv6 && !(a->has_ipv4 && a->ipv4);

    if (no4 && no6) {
        error_setg(errp, "Cannot disable IPv4 and IPv6 at same time");
        return -1;
    }
    return no6 || only4 ? PF_INET : no4 || only6 ? PF_INET6 : PF_UNSPEC;
}

static struct addrinfo *inet_lookup(const InetSocketAddress *a, const char *port, bool passive, Error **errp)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = passive ? AI_PASSIVE : 0 }, *res;
    int rc, family = inet_family(a, errp);

    if (family < 0) {
        return NULL;
    }
    hints.ai_family = family;
    if (a->has_numeric && a->numeric) {
        hints.ai_flags |= AI_NUMERICHOST | AI_NUMERICSERV;
    }
    rc = getaddrinfo(*a->host ? a->host : NULL, port, &hints, &res);
    if (rc) {
        error_setg(errp, "address resolution failed for %s:%s: %s", a->host, port, gai_strerror(rc));
        return NULL;
    }
    return res;
}

static int connect_fd(int fd, const struct sockaddr *sa, socklen_t len)
{
    int rc;

    do {
        rc = connect(fd, sa, len);
    } while (rc < 0 && errno == EINTR);
    return rc;
}

static int inet_connect(const InetSocketAddress *a, Error **errp)
{
    struct addrinfo *res = inet_lookup(a, a->port, false, errp), *ai;
    int fd = -1, saved = 0, on = 1;

    if (!res) {
        return -1;
    }
    for (ai = res; ai; ai = ai->ai_next) {
        fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, ai->ai_protocol);
        if (fd >= 0 && !connect_fd(fd, ai->ai_addr, ai->ai_addrlen)) {
            break;
        }
        saved = errno;
        qemu_close(fd);
        fd = -1;
    }
    freeaddrinfo(res);
    if (fd < 0) {
        error_setg_errno(errp, saved, "Failed to connect to '%s:%s'", a->host, a->port);
        return -1;
    }
    if (a->has_keep_alive && a->keep_alive) {
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    }
    return fd;
}

static int try_listen(const struct addrinfo *ai, int backlog)
{
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, ai->ai_protocol), on = 1, off = 0;

    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (ai->ai_family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    }
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, backlog) < 0) {
        qemu_close(fd);
        return -1;
    }
    return fd;
}

/* IPv6 wildcard first: it takes IPv4 clients too. */
static int listen_any(const InetSocketAddress *a, const char *port, int backlog, int *err, Error **errp)
{
    struct addrinfo *res = inet_lookup(a, port, true, errp), *ai;
    int fd = -1, pass;

    *err = 0;
    for (pass = 0; res && fd < 0 && pass < 2; pass++) {
        for (ai = res; ai && fd < 0; ai = ai->ai_next) {
            if ((ai->ai_family == AF_INET6) == !pass) {
                fd = try_listen(ai, backlog);
                *err = fd < 0 ? errno : 0;
            }
        }
    }
    if (res) {
        freeaddrinfo(res);
    }
    return fd;
}

static int inet_listen(const InetSocketAddress *a, int backlog, Error **errp)
{
    char *end;
    unsigned long first = strtoul(a->port, &end, 10), last = a->has_to ? a->to : first, p;
    int fd = -1, err = 0;

    if (*end || !*a->port) {                /* a service name */
        fd = listen_any(a, a->port, backlog, &err, errp);
    }
    for (p = first; !*end && *a->port && fd < 0 && p <= last && p <= 65535; p++) {
        g_autofree char *port = g_strdup_printf("%lu", p);

        fd = listen_any(a, port, backlog, &err, errp);
        if (fd < 0 && !err) {
            return -1;
        }
    }
    if (fd < 0 && err) {
        error_setg_errno(errp, err, "Failed to listen on '%s:%s'", a->host, a->port);
    } else if (fd < 0 && errp && !*errp) {
        error_setg(errp, "Port '%s' is out of range", a->port);
    }
    return fd;
}

static bool unix_fill(const UnixSocketAddress *a, struct sockaddr_un *un, socklen_t *len, Error **errp)
{
    bool abstract = a->has_abstract && a->abstract, tight = !a->has_tight || a->tight;
    size_t n = strlen(a->path);

    *un = (struct sockaddr_un) { .sun_family = AF_UNIX };
    if (n + abstract > sizeof(un->sun_path) - !abstract) {
        error_setg(errp, "UNIX socket path '%s' is longer than %zu bytes", a->path, sizeof(un->sun_path) - 1);
        return false;
    }
    memcpy(un->sun_path + abstract, a->path, n);
    *len = abstract && tight ? offsetof(struct sockaddr_un, sun_path) + 1 + n : sizeof(*un);
    return true;
}

static int unix_connect(const UnixSocketAddress *a, Error **errp)
{
    struct sockaddr_un un;
    socklen_t len;
    int fd;

    if (!unix_fill(a, &un, &len, errp)) {
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect_fd(fd, (struct sockaddr *)&un, len) < 0) {
        error_setg_errno(errp, errno, "Failed to connect to '%s'", a->path);
        qemu_close(fd);
        return -1;
    }
    return fd;
}

static int unix_listen(const UnixSocketAddress *a, int backlog, Error **errp)
{
    struct sockaddr_un un;
    socklen_t len;
    int fd;

    if (!unix_fill(a, &un, &len, errp)) {
        return -1;
    }
    if (un.sun_path[0] && unlink(un.sun_path) < 0 && errno != ENOENT) {
        error_setg_errno(errp, errno, "Failed to remove the old socket '%s'", a->path);
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&un, len) < 0 || listen(fd, backlog) < 0) {
        error_setg_errno(errp, errno, "Failed to bind socket to '%s'", a->path);
        qemu_close(fd);
        return -1;
    }
    return fd;
}

static int vsock_open(const VsockSocketAddress *a, int backlog, Error **errp)
{
    struct sockaddr_vm vm = { .svm_family = AF_VSOCK };
    char *e1, *e2;
    int fd, rc;

    vm.svm_cid = strtoul(a->cid, &e1, 10);
    vm.svm_port = strtoul(a->port, &e2, 10);
    if (*e1 || *e2 || !*a->cid || !*a->port) {
        error_setg(errp, "vsock address '%s:%s' must be two numbers", a->cid, a->port);
        return -1;
    }
    fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    rc = fd < 0 ? -1 : backlog ? bind(fd, (struct sockaddr *)&vm, sizeof(vm))
                               : connect_fd(fd, (struct sockaddr *)&vm, sizeof(vm));
    if (rc < 0 || (backlog && listen(fd, backlog) < 0)) {
        error_setg_errno(errp, errno, "Failed to open vsock '%s:%s'", a->cid, a->port);
        qemu_close(fd);
        return -1;
    }
    return fd;
}

int socket_connect(SocketAddress *addr, Error **errp)
{
    switch (addr->type) {
    case SOCKET_ADDRESS_TYPE_INET:
        return inet_connect(&addr->u.inet, errp);
    case SOCKET_ADDRESS_TYPE_UNIX:
        return unix_connect(&addr->u.q_unix, errp);
    case SOCKET_ADDRESS_TYPE_VSOCK:
        return vsock_open(&addr->u.vsock, 0, errp);
    case SOCKET_ADDRESS_TYPE_FD:
        return socket_get_fd(addr->u.fd.str, errp);
    default:
        error_setg(errp, "Unknown socket address type");
        return -1;
    }
}

int socket_listen(SocketAddress *addr, int backlog, Error **errp)
{
    ERRP_GUARD();

    switch (addr->type) {
    case SOCKET_ADDRESS_TYPE_INET:
        return inet_listen(&addr->u.inet, backlog, errp);
    case SOCKET_ADDRESS_TYPE_UNIX:
        return unix_listen(&addr->u.q_unix, backlog, errp);
    case SOCKET_ADDRESS_TYPE_VSOCK:
        return vsock_open(&addr->u.vsock, backlog, errp);
    case SOCKET_ADDRESS_TYPE_FD: {
        int fd = socket_get_fd(addr->u.fd.str, errp);

        if (fd >= 0 && listen(fd, backlog) < 0) {
            error_setg_errno(errp, errno, "Failed to listen on file descriptor %s", addr->u.fd.str);
            return -1;
        }
        return fd;
    }
    default:
        error_setg(errp, "Unknown socket address type");
        return -1;
    }
}

static SocketAddress *from_sockaddr(const struct sockaddr_storage *ss, socklen_t len, Error **errp)
{
    SocketAddress *addr = g_new0(SocketAddress, 1);
    char host[NI_MAXHOST], port[NI_MAXSERV];

    switch (ss->ss_family) {
    case AF_INET:
    case AF_INET6:
        if (getnameinfo((const struct sockaddr *)ss, len, host, sizeof(host), port, sizeof(port),
                        NI_NUMERICHOST | NI_NUMERICSERV)) {
            break;
        }
        addr->type = SOCKET_ADDRESS_TYPE_INET;
        addr->u.inet.host = g_strdup(host);
        addr->u.inet.port = g_strdup(port);
        addr->u.inet.has_ipv4 = addr->u.inet.ipv4 = ss->ss_family == AF_INET;
        addr->u.inet.has_ipv6 = addr->u.inet.ipv6 = ss->ss_family == AF_INET6;
        return addr;
    case AF_UNIX: {
        const struct sockaddr_un *un = (const struct sockaddr_un *)ss;
        int n = len - (int)offsetof(struct sockaddr_un, sun_path);
        bool abstract = n > 1 && !un->sun_path[0];

        addr->type = SOCKET_ADDRESS_TYPE_UNIX;
        addr->u.q_unix.has_abstract = addr->u.q_unix.abstract = abstract;
        addr->u.q_unix.path = g_strndup(un->sun_path + abstract, MAX(n - abstract, 0));
        return addr;
    }
    case AF_VSOCK:
        addr->type = SOCKET_ADDRESS_TYPE_VSOCK;
        addr->u.vsock.cid = g_strdup_printf("%u", ((const struct sockaddr_vm *)ss)->svm_cid);
        addr->u.vsock.port = g_strdup_printf("%u", ((const struct sockaddr_vm *)ss)->svm_port);
        return addr;
    }
    g_free(addr);
    error_setg(errp, "Socket family %d has no address that can be shown", ss->ss_family);
    return NULL;
}

SocketAddress *socket_local_address(int fd, Error **errp)
{
    struct sockaddr_storage ss = { 0 };
    socklen_t len = sizeof(ss);

    if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0) {
        error_setg_errno(errp, errno, "Unable to query local socket address");
        return NULL;
    }
    return from_sockaddr(&ss, len, errp);
}

SocketAddress *socket_remote_address(int fd, Error **errp)
{
    struct sockaddr_storage ss = { 0 };
    socklen_t len = sizeof(ss);

    if (getpeername(fd, (struct sockaddr *)&ss, &len) < 0) {
        error_setg_errno(errp, errno, "Unable to query remote socket address");
        return NULL;
    }
    return from_sockaddr(&ss, len, errp);
}
